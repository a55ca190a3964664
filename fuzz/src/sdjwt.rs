//! Target of `sdjwt`: SD-JWT, SD-JWT VC, their processing, selection and key binding.
//!
//! Input that begins with `{` is `{"payload": …, "disclosures": [text or array, …]}`: it is signed and encoded, and a
//! string `#n` within stands for the digest of the n-th disclosure, so that mutation builds trees of disclosures.

use jigap_keys::{base64url, hash};
use jigap_wallet_core::jose;
use jigap_wallet_core::sdjwt::{SdJwt, SdJwtVc, SdJwtVcBuilder, VerifiedSdJwt};
use serde_json::{Map, Value, json};

use crate::fixtures::{
    AUDIENCE, NONCE, NOW, Same, Token, header, holder, issuer, must, object, request, seeds, text,
};

const TYP: &str = "dc+sd-jwt";

/// What verifies was signed; what is processed has no digest left and each disclosure at one place; a selection of
/// everything is the whole, one of nothing still stands; a key binding that holds was signed.
pub(crate) fn sd_jwt(data: &[u8]) {
    let Some(token) = assembled(data) else { return };
    if let Ok(sd_jwt) = SdJwt::parse(&token.text) {
        if let Ok(processed) = sd_jwt.clone().dangerous_assume_verified() {
            check(&processed, &token.text);
        }
        if sd_jwt.verify(issuer().public()).is_ok() {
            require_signed(&token, 0);
        }
    }
    let Ok(vc) = SdJwtVc::parse(&token.text) else { return };
    if let Ok(vc) = vc.clone().dangerous_assume_verified() {
        assert!(!vc.vct().is_empty() && vc.types().count() > 0);
        let _ =
            (vc.issuer(), vc.issued_at(), vc.not_before(), vc.expires_at(), vc.status(), vc.vct_integrity());
    }
    let Ok(vc) = vc.verify(issuer().public()) else { return };
    if vc.verify_key_binding(&request()).is_ok() {
        let at = token.text.matches('~').count();
        require_signed(&Token { ours: false, ..token }, at);
    }
}

/// Called where the part at `position` between the tildes was accepted.
fn require_signed(token: &Token, position: usize) {
    let part = token.text.split('~').nth(position).unwrap_or_default().to_owned();
    Token { text: part, ours: token.ours }.require_signed();
}

fn check(processed: &VerifiedSdJwt, text: &str) {
    let sent = processed.as_sd_jwt().matches('~').count().saturating_sub(1);
    assert_eq!(processed.disclosed().len(), sent, "a disclosure went nowhere");
    assert!(text.starts_with(processed.as_sd_jwt()));
    assert!(is_clean(processed.claims()), "a digest was left behind");
    for path in processed.disclosed() {
        assert_eq!(path.select(processed.claims()).len(), 1, "a disclosure is not where it says");
    }
    let whole = must(processed.present(processed.disclosed())).into_sd_jwt();
    assert_eq!(whole, processed.as_sd_jwt());
    let least = must(processed.present(&[])).into_sd_jwt();
    let least = must(must(SdJwt::parse(&least)).dangerous_assume_verified());
    assert!(least.disclosed().is_empty());
}

fn is_clean(claims: &Value) -> bool {
    match claims {
        Value::Object(members) => {
            !["_sd", "_sd_alg", "..."].iter().any(|name| members.contains_key(*name))
                && members.values().all(is_clean)
        }
        Value::Array(elements) => elements.iter().all(is_clean),
        _ => true,
    }
}

/// The input as a credential: see the module.
pub(crate) fn assembled(data: &[u8]) -> Option<Token> {
    if data.first() != Some(&b'{') {
        return Some(Token { text: text(data)?.to_owned(), ours: false });
    }
    let mut parts = object(data)?;
    let (payload, disclosures) = (parts.remove("payload")?, parts.remove("disclosures").unwrap_or_default());
    let mut encoded: Vec<String> = Vec::new();
    for disclosure in disclosures.as_array().into_iter().flatten().take(2000) {
        encoded.push(match disclosure {
            Value::String(text) => text.clone(),
            other => base64url::encode(with_digests(other, &encoded).to_string()),
        });
    }
    let payload = with_digests(&payload, &encoded);
    let mut text = must(jose::sign(&header(TYP).kid("k1"), &payload, issuer()));
    for one in encoded {
        text.push('~');
        text.push_str(&one);
    }
    Some(Token { text: text + "~", ours: true })
}

/// `value` with digests in place of `#n`.
fn with_digests(value: &Value, disclosures: &[String]) -> Value {
    match value {
        Value::String(text) => {
            let named =
                text.strip_prefix('#').and_then(|number| disclosures.get(number.parse::<usize>().ok()?));
            named.map_or_else(|| value.clone(), |one| base64url::encode(hash::sha256(one.as_bytes())).into())
        }
        Value::Array(elements) => elements.iter().map(|element| with_digests(element, disclosures)).collect(),
        Value::Object(members) => {
            members.iter().map(|(name, member)| (name.clone(), with_digests(member, disclosures))).collect()
        }
        other => other.clone(),
    }
}

/// A credential with nested claims and array elements concealed.
pub(crate) fn credential() -> String {
    let claims = json!({
        "iss": "https://issuer.example", "vct": "https://jigap.example/types/student-id/1", "iat": NOW, "name": "김하늘",
        "institution": {"id": "https://hanbit.example", "name": "한빛대학교"}, "roles": ["student", "tutor"],
        "status": {"status_list": {"idx": 7, "uri": "https://issuer.example/status/1"}},
    });
    let claims = claims.as_object().cloned().unwrap_or_default();
    let paths =
        [json!(["name"]), json!(["institution"]), json!(["institution", "name"]), json!(["roles", null])];
    let paths = paths.iter().map(|path| must(jigap_wallet_core::claims::ClaimPath::from_json(path)));
    let builder = SdJwtVcBuilder::new(claims).conceal(paths).decoys(2).holder(holder().public().clone());
    must(must(builder.build(header(TYP).kid("k1"), &Same::new(11))).sign(issuer()))
}

/// The credential shown to the verifier of [`request`].
pub(crate) fn presentation() -> String {
    let vc = must(must(SdJwtVc::parse(&credential())).verify(issuer().public()));
    let path = must(jigap_wallet_core::claims::ClaimPath::from_json(&json!(["roles", 1])));
    let presentation = must(vc.present(&[path]));
    must(must(presentation.bind(AUDIENCE, NONCE, NOW, holder().public())).sign(holder()))
}

pub(crate) fn sd_jwt_seeds() -> Vec<Vec<u8>> {
    let tree = json!({
        "payload": {"vct": "t", "_sd_alg": "sha-256", "_sd": ["#1", "#3"], "list": [{"...": "#0"}, 1, {"...": "decoy"}]},
        "disclosures": [["salt", "element"], ["salt", "outer", {"_sd": ["#0x"], "open": 1}], ["salt", "inner", [true]],
            ["salt", "deep", {"_sd": ["#2"], "more": [{"a": {}}]}]],
    });
    let twice = json!({"payload": {"vct": "t", "_sd": ["#0", "#0"]}, "disclosures": [["s", "a", 1]]});
    let open =
        json!({"payload": {"vct": "t", "cnf": {"_sd": ["#0"]}}, "disclosures": [["s", "jwk", Map::new()]]});
    seeds([credential(), presentation(), tree.to_string(), twice.to_string(), open.to_string()])
}
