//! did:jwk (github.com/quartzjer/did-jwk, spec.md): the identifier is a public JWK in base64url; its one method is `#0`.
//!
//! `use: "sig"` keeps the key out of `keyAgreement`, `use: "enc"` keeps it out of everything else, no `use` lists it
//! everywhere (what its type cannot do, [`DidDocument::verification_key`] refuses). Refused: private keys, padding, JSON
//! that is not strict, a `use` that is neither or contradicts the key.

use jigap_keys::json::{self, Limits};
use jigap_keys::{KeyType, PublicKey, base64url};
use serde_json::Value;

use super::document::{Material, SIGNING, key_error};
use super::{Did, DidDocument, DidUrl, Purpose, ResolutionError};

/// The fragment of the one method there is.
const METHOD: &str = "0";
/// Bounds of the JWK.
const LIMITS: Limits = Limits { bytes: 3072, depth: 4 };

pub(super) fn did(key: &PublicKey) -> String {
    let mut jwk = key.to_jwk();
    let only = match key.key_type() {
        KeyType::Ed25519 => Some("sig"),
        KeyType::X25519 => Some("enc"),
        KeyType::P256 | KeyType::P384 | KeyType::P521 => None,
    };
    if let (Some(only), Some(members)) = (only, jwk.as_object_mut()) {
        members.insert("use".to_owned(), only.into());
    }
    format!("did:jwk:{}", base64url::encode(jwk.to_string()))
}

pub(super) fn document(did: &Did) -> Result<DidDocument, ResolutionError> {
    let Own { jwk, key, listed } = read(did)?;
    let mut document = DidDocument::new(did.clone());
    let id = DidUrl::parse(&format!("{did}#{METHOD}"))?;
    document.add(id, "JsonWebKey2020", (Material::Jwk(jwk), Ok(key)), listed);
    Ok(document)
}

/// The key of `url`, a verification method, for `purpose`: what [`document`] says of it, without making the document.
pub(super) fn key(url: &DidUrl, purpose: Purpose) -> Result<PublicKey, ResolutionError> {
    let Own { key, listed, .. } = read(url.did())?;
    if url.fragment() != Some(METHOD) {
        Err(ResolutionError::InvalidVerificationMethod)
    } else if !listed.contains(&purpose) {
        Err(ResolutionError::InvalidRelationshipForVerificationMethod)
    } else if !purpose.suits(key.key_type()) {
        Err(ResolutionError::UnsupportedPublicKeyType)
    } else {
        Ok(key)
    }
}

/// What a did:jwk has in itself.
struct Own {
    jwk: Value,
    key: PublicKey,
    /// The relationships that its one method is listed under.
    listed: &'static [Purpose],
}

fn read(did: &Did) -> Result<Own, ResolutionError> {
    let bytes = base64url::decode(did.identifier()).map_err(|_| ResolutionError::InvalidDid)?;
    let jwk = json::parse(&bytes, LIMITS).map_err(|_| ResolutionError::InvalidDid)?;
    let key = PublicKey::from_jwk(&jwk).map_err(key_error)?;
    let listed: &[Purpose] = match jwk.get("use").map(Value::as_str) {
        None => &Purpose::ALL,
        Some(Some("sig")) => &SIGNING,
        Some(Some("enc")) => &[Purpose::KeyAgreement],
        Some(_) => return Err(ResolutionError::InvalidPublicKey),
    };
    Ok(Own { jwk, key, listed })
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use serde_json::json;

    use super::*;

    const P256: &str = "did:jwk:eyJjcnYiOiJQLTI1NiIsImt0eSI6IkVDIiwieCI6ImFjYklRaXVNczNpOF91c3pFakoydHBUdFJNNEVVM3l6OTFQSDZDZEgyVjAiLCJ5IjoiX0tjeUxqOXZXTXB0bm1LdG00NkdxRHo4d2Y3NEk1TEtncmwyR3pIM25TRSJ9";
    const X25519: &str = "did:jwk:eyJrdHkiOiJPS1AiLCJjcnYiOiJYMjU1MTkiLCJ1c2UiOiJlbmMiLCJ4IjoiM3A3YmZYdDl3YlRUVzJIQzdPUTFOei1EUThoYmVHZE5yZngtRkctSUswOCJ9";

    fn resolve(did: &str) -> Result<DidDocument, ResolutionError> {
        document(&Did::parse(did).unwrap())
    }

    fn of_jwk(jwk: &str) -> Result<DidDocument, ResolutionError> {
        resolve(&format!("did:jwk:{}", base64url::encode(jwk)))
    }

    fn listed(document: &DidDocument) -> Vec<Purpose> {
        Purpose::ALL.into_iter().filter(|purpose| document.methods(*purpose).next().is_some()).collect()
    }

    /// The specification's example "P-256".
    #[test]
    fn the_p256_example_of_the_specification() {
        let document = resolve(P256).unwrap();
        assert_eq!(listed(&document), Purpose::ALL);
        let url = format!("{P256}#0");
        assert_eq!(
            document.to_json(),
            json!({
                "@context": ["https://www.w3.org/ns/did/v1", "https://w3id.org/security/suites/jws-2020/v1"],
                "id": P256,
                "verificationMethod": [{
                    "id": url, "type": "JsonWebKey2020", "controller": P256,
                    "publicKeyJwk": {
                        "crv": "P-256", "kty": "EC",
                        "x": "acbIQiuMs3i8_uszEjJ2tpTtRM4EU3yz91PH6CdH2V0",
                        "y": "_KcyLj9vWMptnmKtm46GqDz8wf74I5LKgrl2GzH3nSE"
                    }
                }],
                "assertionMethod": [url], "authentication": [url], "capabilityInvocation": [url],
                "capabilityDelegation": [url], "keyAgreement": [url]
            })
        );
    }

    /// The specification's example "X25519", whose `use` is `enc`.
    #[test]
    fn the_x25519_example_of_the_specification() {
        let document = resolve(X25519).unwrap();
        assert_eq!(listed(&document), [Purpose::KeyAgreement]);
        let jwk = &document.to_json()["verificationMethod"][0]["publicKeyJwk"];
        assert_eq!(jwk["use"], "enc", "the JWK stands as it was");
    }

    #[test]
    fn use_decides_the_relationships() {
        let members = r#""crv":"P-256","kty":"EC","x":"acbIQiuMs3i8_uszEjJ2tpTtRM4EU3yz91PH6CdH2V0","y":"_KcyLj9vWMptnmKtm46GqDz8wf74I5LKgrl2GzH3nSE""#;
        let signs = of_jwk(&format!(r#"{{{members},"use":"sig"}}"#)).unwrap();
        assert!(!listed(&signs).contains(&Purpose::KeyAgreement) && listed(&signs).len() == 4);
        let agrees = of_jwk(&format!(r#"{{{members},"use":"enc"}}"#)).unwrap();
        assert_eq!(listed(&agrees), [Purpose::KeyAgreement]);
        let with_kid = of_jwk(&format!(r#"{{{members},"kid":"7"}}"#)).unwrap();
        assert_eq!(with_kid.methods(Purpose::AssertionMethod).next().unwrap().id().fragment(), Some("0"));
        for other in [r#""tls""#, "7", "null", r#"["sig"]"#] {
            assert!(of_jwk(&format!(r#"{{{members},"use":{other}}}"#)).is_err(), "{other}");
        }
    }

    #[test]
    fn without_use_a_key_is_listed_everywhere_and_serves_what_it_can() {
        let ed25519 = r#"{"kty":"OKP","crv":"Ed25519","x":"0-e2i2_Ua1S5HbTYnVB0lj2Z2ytXu2-tYmDFf8f5NjU"}"#;
        for (jwk, serves) in [
            (ed25519.to_owned(), Purpose::AssertionMethod),
            (ed25519.replace("Ed", "X"), Purpose::KeyAgreement),
        ] {
            let document = of_jwk(&jwk).unwrap();
            assert_eq!(listed(&document), Purpose::ALL);
            let url = DidUrl::parse(&format!("{}#0", document.id())).unwrap();
            for purpose in [Purpose::AssertionMethod, Purpose::KeyAgreement] {
                assert_eq!(document.verification_key(&url, purpose).is_ok(), purpose == serves, "{jwk}");
            }
        }
    }

    /// The shorter way to a key says what the document says, of every purpose, method and broken DID.
    #[test]
    fn a_key_without_the_document_is_the_documents() {
        let members = r#""crv":"P-256","kty":"EC","x":"acbIQiuMs3i8_uszEjJ2tpTtRM4EU3yz91PH6CdH2V0","y":"_KcyLj9vWMptnmKtm46GqDz8wf74I5LKgrl2GzH3nSE""#;
        let okp = |crv: &str| {
            format!(r#"{{"kty":"OKP","crv":"{crv}","x":"0-e2i2_Ua1S5HbTYnVB0lj2Z2ytXu2-tYmDFf8f5NjU"}}"#)
        };
        let jwks = [
            format!("{{{members}}}"),
            format!(r#"{{{members},"use":"sig"}}"#),
            format!(r#"{{{members},"use":"enc"}}"#),
            format!(r#"{{{members},"use":"tls"}}"#),
            okp("Ed25519"),
            okp("X25519"),
            okp("Ed448"),
            "{}".to_owned(),
            "7".to_owned(),
            "{".to_owned(),
        ];
        for jwk in jwks {
            let did = format!("did:jwk:{}", base64url::encode(&jwk));
            for fragment in ["0", "1", "00", ""] {
                let url = DidUrl::parse(&format!("{did}#{fragment}")).unwrap();
                for purpose in Purpose::ALL {
                    let of_document = document(url.did()).and_then(|it| it.verification_key(&url, purpose));
                    assert_eq!(key(&url, purpose), of_document, "{jwk} {fragment} {purpose:?}");
                }
            }
        }
    }

    #[test]
    fn what_is_no_public_jwk_is_refused() {
        let deep = format!("{{\"kty\":{}{}}}", "[".repeat(64), "]".repeat(64));
        let long = format!("{{\"kty\":\"{}\"}}", "a".repeat(LIMITS.bytes));
        let key = r#""kty":"OKP","crv":"Ed25519","x":"0-e2i2_Ua1S5HbTYnVB0lj2Z2ytXu2-tYmDFf8f5NjU""#;
        let private = format!(r#"{{{key},"d":"nWGxne_9WmC6hEr0kuwsxERJxWl7MmkZcDusAxyuf2A"}}"#);
        let twice = format!(r#"{{{key},"kty":"OKP"}}"#);
        let short = key.replace("NjU", "");
        for (jwk, error) in [
            (deep.as_str(), ResolutionError::InvalidDid),
            (long.as_str(), ResolutionError::InvalidDid),
            (twice.as_str(), ResolutionError::InvalidDid),
            ("", ResolutionError::InvalidDid),
            ("7", ResolutionError::InvalidPublicKey),
            ("{}", ResolutionError::InvalidPublicKey),
            (private.as_str(), ResolutionError::InvalidPublicKey),
            (&format!("{{{short}}}"), ResolutionError::InvalidPublicKey),
            (r#"{"kty":"oct","k":"AAAA"}"#, ResolutionError::UnsupportedPublicKeyType),
            (r#"{"kty":"RSA","n":"AQAB","e":"AQAB"}"#, ResolutionError::UnsupportedPublicKeyType),
        ] {
            let did = Did::parse(&format!("did:jwk:{}", base64url::encode(jwk)));
            assert_eq!(did.and_then(|did| document(&did)), Err(error), "{jwk:.60}");
        }
        for did in [format!("{P256}:0"), format!("{P256}%3D"), format!("{P256}.")] {
            assert_eq!(resolve(&did), Err(ResolutionError::InvalidDid));
        }
    }

    proptest! {
        #[test]
        fn a_key_becomes_a_did_and_comes_back(seed: u64) {
            for key in crate::did::tests::public_keys(seed) {
                let document = resolve(&did(&key)).unwrap();
                let purpose = if key.key_type() == KeyType::X25519 { Purpose::KeyAgreement } else { Purpose::AssertionMethod };
                prop_assert_eq!(document.methods(purpose).next().unwrap().key().unwrap(), &key);
                let parsed = DidDocument::parse(document.to_json().to_string().as_bytes()).unwrap();
                prop_assert_eq!(parsed, document);
            }
        }
    }
}
