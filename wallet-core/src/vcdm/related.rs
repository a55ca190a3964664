//! Digests of related resources (VCDM 2.0 §5.3), of those resources that are known without fetching anything: the base
//! context, whose digests W3C publishes (§B.1).
//!
//! A resource that is not known here is not looked at: nothing is ever fetched for a digest.

use jigap_keys::base64url;
use serde_json::{Map, Value};

use super::CONTEXT_V2;
use crate::verdict::{Check, Reason, Refusal};

/// DM-11: digests of what is known are its digests.
pub const DIGEST: Check = Check::new(
    "DM-11",
    "the digest of a related resource that is known here is that of the resource",
    "이곳에서 아는 관련 자원의 다이제스트는 그 자원의 다이제스트와 같습니다",
    "VCDM 2.0 §5.3, §B.1",
);

const OTHER_DIGEST: Reason = Reason::new(
    "vc-related-digest",
    "a related resource has another digest than the credential says",
    "관련 자원의 다이제스트가 증명서에 적힌 것과 다릅니다",
);

/// The base context as it was published at one time: its digests in base64, and SHA-256 as multihash in base58btc.
struct Edition {
    sha256: &'static str,
    sha384: &'static str,
    sha512: &'static str,
    base58: &'static str,
}

/// Of the Candidate Recommendation (20 July 2024), and of the Recommendation.
const BASE_CONTEXT: [Edition; 2] = [
    Edition {
        sha256: "JKGMkOmFbVJhEfKTduMC2XCyvRAYLjOVmZWwIH1wQ7k=",
        sha384: "NSOcNpmdIVUxIJGvGUoe22FjTWrXiaXlsZ8q6912LdnR3KraQO2n75Ica4wK4Qeg",
        sha512: "yxM236hnDYDQM0SzsMwl+vTUUgGCPDXzm7Gv5an5EfYV/07IDsXy+J4z0U6Wvsi+eOON81uRjJzV87NEm9bIjw==",
        base58: "zQmQoeG7u6XBtdXoek5p3aPoTjaSRemHAKrMcY2Hcjpe3jv",
    },
    Edition {
        sha256: "WZVc7WaX1h4D8rJVb+vlMIqxaEKEb1tYbX8fet7JJzQ=",
        sha384: "l/HrjlBCNWyAX91hr6LFV2Y3heB5Tcr6IeE4/Tje8YyzYBM8IhqjHWiWpr8+ZbYU",
        sha512: "XVVFK9Lc+KKfWikEc+skKxxft31OaPGgqoe6pNuiaUhS1l7GPUisBKmdlW+fcVO5QG+E0tBMdIabAsI5odgTBQ==",
        base58: "zQmUNM6HqwZxuJ5k6cYRKAiqjUkx1qxWJe4WTqsg7ZJtEFm",
    },
];

/// Compares the digests of the related resources that are known here.
///
/// # Errors
/// A refusal by DM-11.
pub fn check_digests(members: &Map<String, Value>) -> Result<(), Refusal> {
    let related = members.get("relatedResource");
    let all = related.map(|one| one.as_array().map_or(std::slice::from_ref(one), Vec::as_slice));
    let known = |resource: &&Value| resource.get("id").and_then(Value::as_str) == Some(CONTEXT_V2);
    let right = |resource: &Value| {
        let says = |name: &str| resource.get(name).and_then(Value::as_str);
        says("digestSRI").is_none_or(|digests| BASE_CONTEXT.iter().any(|it| it.has_sri(digests)))
            && says("digestMultibase")
                .is_none_or(|digest| BASE_CONTEXT.iter().any(|it| it.has_multibase(digest)))
    };
    let sound = all.unwrap_or_default().iter().filter(known).all(right);
    if sound { Ok(()) } else { Err(DIGEST.refuse(OTHER_DIGEST)) }
}

impl Edition {
    /// By Subresource Integrity §3.3.4: of several digests the strongest kind counts, and one of it.
    fn has_sri(&self, digests: &str) -> bool {
        let kinds = [("sha512-", self.sha512), ("sha384-", self.sha384), ("sha256-", self.sha256)];
        let strongest = kinds
            .into_iter()
            .find(|(prefix, _)| digests.split_ascii_whitespace().any(|digest| digest.starts_with(prefix)));
        strongest.is_some_and(|(prefix, digest)| {
            digests.split_ascii_whitespace().any(|said| said.strip_prefix(prefix) == Some(digest))
        })
    }

    /// SHA-256, as a multihash or, as W3C's own examples have it, alone.
    fn has_multibase(&self, said: &str) -> bool {
        const MULTIHASH: [u8; 2] = [0x12, 0x20];
        let encoded = self.sha256.trim_end_matches('=').replace('+', "-").replace('/', "_");
        if said == self.base58 {
            return true;
        }
        let Some(said) = said.strip_prefix('u') else { return false };
        let Ok(digest) = base64url::decode(&encoded) else { return false };
        said == encoded || said == base64url::encode([&MULTIHASH, digest.as_slice()].concat())
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn refused(resource: &Value) -> Option<&'static str> {
        let document = json!({"relatedResource": resource});
        check_digests(document.as_object().unwrap()).err().map(|refusal| refusal.check.id)
    }

    #[test]
    fn dm_11_a_known_resource_with_another_digest_is_refused() {
        let [older, newer] = &BASE_CONTEXT;
        for digest in [
            json!({"digestSRI": format!("sha256-{}", older.sha256)}),
            json!({"digestSRI": format!("sha384-{}", newer.sha384)}),
            json!({"digestSRI": format!("sha256-AAAA sha512-{}", newer.sha512)}),
            json!({"digestMultibase": newer.base58}),
            // As the Recommendation prints it.
            json!({"digestMultibase": "uEiBZlVztZpfWHgPyslVv6-UwirFoQoRvW1htfx963sknNA"}),
        ] {
            let mut resource = digest.clone();
            resource["id"] = json!(CONTEXT_V2);
            assert_eq!(refused(&resource), None, "{digest}");
            assert_eq!(refused(&json!([resource])), None, "{digest}");
        }
        for digest in [
            json!({"digestSRI": format!("sha384-{}", newer.sha256)}),
            json!({"digestSRI": format!("sha256-{} sha512-{}", newer.sha256, newer.sha384)}),
            json!({"digestMultibase": "uEiBZlVztZpfWHgPyslVv6-UwirFoQoRvW1htfx963sknNB"}),
            json!({"digestMultibase": "u"}),
            json!({"digestSRI": format!("sha256-{}", older.sha256), "digestMultibase": "zQm"}),
        ] {
            let mut resource = digest.clone();
            resource["id"] = json!(CONTEXT_V2);
            assert_eq!(refused(&resource), Some(DIGEST.id), "{digest}");
            resource["id"] = json!("https://school.example/logo");
            assert_eq!(refused(&json!([resource, 7])), None, "what is not known is not looked at");
        }
    }
}
