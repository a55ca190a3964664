//! did:web (W3C CCG): the document lies on the web server of the domain in the identifier.
//!
//! `did:web:example.com%3A3000:user:alice` is at `https://example.com:3000/user/alice/did.json`, a bare domain at
//! `/.well-known/did.json`. Refused: IP addresses (the method forbids them), what is no domain name, empty or dotted
//! path segments, encoded slashes, a document whose `id` is not the DID. `localhost` is asked for by http, which the
//! fetch guard lets pass in development alone.

use url::{Host, Url};

use super::{Did, DidDocument, ResolutionError};
use crate::documents::Documents;

pub(super) fn document_url(did: &Did) -> Result<Url, ResolutionError> {
    read(did.identifier()).ok_or(ResolutionError::InvalidDid)
}

pub(super) fn document(did: &Did, documents: &Documents) -> Result<DidDocument, ResolutionError> {
    let fetched = documents.get(&document_url(did)?).ok_or(ResolutionError::NotFound)?;
    let document = DidDocument::parse(&fetched.bytes)?;
    if document.id() == did { Ok(document) } else { Err(ResolutionError::InvalidDidDocument) }
}

fn read(identifier: &str) -> Option<Url> {
    let (domain, path) = match identifier.split_once(':') {
        Some((domain, path)) => (domain, Some(path)),
        None => (identifier, None),
    };
    let (domain, port) = split_port(domain)?;
    if !is_domain_name(domain) || !path.is_none_or(|path| path.split(':').all(is_segment)) {
        return None;
    }
    let scheme = if domain.eq_ignore_ascii_case("localhost") { "http" } else { "https" };
    let port = port.map(|port| format!(":{port}")).unwrap_or_default();
    let path = path.map_or_else(|| ".well-known".to_owned(), |path| path.replace(':', "/"));
    let url = Url::parse(&format!("{scheme}://{domain}{port}/{path}/did.json")).ok()?;
    // What the URL parser takes for an address (also `0x7f.1` and `2130706433`) is none of a did:web.
    matches!(url.host(), Some(Host::Domain(host)) if host.eq_ignore_ascii_case(domain)).then_some(url)
}

/// Domain and port, which stand apart by an encoded colon.
fn split_port(domain: &str) -> Option<(&str, Option<u16>)> {
    let Some(at) = domain.find('%') else { return Some((domain, None)) };
    let (name, encoded) = domain.split_at_checked(at)?;
    let port = encoded.strip_prefix("%3A").or_else(|| encoded.strip_prefix("%3a"))?;
    let plain = !port.starts_with('0') && port.bytes().all(|byte| byte.is_ascii_digit());
    Some((name, Some(port.parse().ok().filter(|_| plain)?)))
}

/// RFC 1123 §2.1: labels of letters, digits and hyphens, 253 characters in all.
pub(super) fn is_domain_name(name: &str) -> bool {
    name.len() <= 253
        && name.split('.').all(|label| {
            (1..=63).contains(&label.len())
                && label.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-')
                && !label.starts_with('-')
                && !label.ends_with('-')
        })
}

/// Whether a path segment stays one segment, whoever decodes it.
fn is_segment(segment: &str) -> bool {
    let lower = segment.to_ascii_lowercase();
    let decoded_dots = lower.replace("%2e", ".");
    let hidden = lower.contains("%2f") || lower.contains("%5c") || lower.contains("%25");
    let control = lower.match_indices('%').any(|(at, _)| {
        lower
            .get(at + 1..at + 3)
            .and_then(|hex| u8::from_str_radix(hex, 16).ok())
            .is_none_or(|byte| byte < 0x20)
    });
    !matches!(decoded_dots.as_str(), "" | "." | "..") && !hidden && !control
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::did::{Purpose, needs, resolve, verification_key};
    use crate::documents::Document;
    use crate::time::Timestamp;

    fn did(text: &str) -> Did {
        Did::parse(text).unwrap()
    }

    fn brought(url: &str, body: &str) -> Documents {
        let mut documents = Documents::new();
        let document = Document { bytes: body.into(), fetched_at: Timestamp::from_unix(0), max_age: None };
        documents.insert(Url::parse(url).unwrap(), document);
        documents
    }

    /// The specification's examples, and the case of its percent-encoding.
    #[test]
    fn the_examples_of_the_specification() {
        for (text, url) in [
            ("did:web:w3c-ccg.github.io", "https://w3c-ccg.github.io/.well-known/did.json"),
            ("did:web:w3c-ccg.github.io:user:alice", "https://w3c-ccg.github.io/user/alice/did.json"),
            ("did:web:example.com%3A3000:user:alice", "https://example.com:3000/user/alice/did.json"),
            ("did:web:example.com%3a3000", "https://example.com:3000/.well-known/did.json"),
            ("did:web:localhost%3A8080", "http://localhost:8080/.well-known/did.json"),
            ("did:web:Example.com:%ED%95%99", "https://example.com/%ED%95%99/did.json"),
        ] {
            let need = needs(&did(text), &Documents::new()).unwrap();
            assert_eq!((need.url.as_str(), need.accept), (url, "application/json"), "{text}");
        }
    }

    #[test]
    fn what_is_no_domain_and_path_is_refused() {
        for identifier in [
            "127.0.0.1",
            "192.168.0.1%3A80",
            "0x7f.1",
            "2130706433",
            "127.1",
            "%5B%3A%3A1%5D",
            "example.com%3A",
            "example.com%3A0",
            "example.com%3A080",
            "example.com%3A65536",
            "example.com%3A80%3A80",
            "example.com%3Ax",
            "example.com%2F..",
            "user%40example.com",
            "exa_mple.com",
            "-a.com",
            "a-.com",
            "a..com",
            ".com",
            "example.com.",
            "%65xample.com",
            "example.com::a",
            "example.com:.:a",
            "example.com:..:a",
            "example.com:%2e%2E:a",
            "example.com:.%2e:a",
            "example.com:a%2Fb",
            "example.com:a%5cb",
            "example.com:%00",
            "example.com:%0d%0a",
            "example.com:%252e",
        ] {
            let did = did(&format!("did:web:{identifier}"));
            assert_eq!(document_url(&did), Err(ResolutionError::InvalidDid), "{identifier}");
            assert_eq!(needs(&did, &Documents::new()), None, "{identifier}");
            assert_eq!(resolve(&did, &Documents::new()), Err(ResolutionError::InvalidDid));
        }
        let long = format!("did:web:{}com", "a.".repeat(130));
        assert_eq!(document_url(&did(&long)), Err(ResolutionError::InvalidDid));
    }

    #[test]
    fn the_document_must_be_there_and_be_its_own() {
        let alice = did("did:web:example.com:alice");
        let url = "https://example.com/alice/did.json";
        assert_eq!(resolve(&alice, &Documents::new()), Err(ResolutionError::NotFound));
        let own = brought(url, r#"{"id":"did:web:example.com:alice"}"#);
        assert_eq!(resolve(&alice, &own).unwrap().id(), &alice);
        assert_eq!(needs(&alice, &own), None);
        for other in ["did:web:example.com:bob", "did:web:example.com", "did:web:EXAMPLE.com:alice"] {
            let documents = brought(url, &json!({"id": other}).to_string());
            assert_eq!(resolve(&alice, &documents), Err(ResolutionError::InvalidDidDocument), "{other}");
        }
        let mut missing = Documents::new();
        missing.insert_missing(Url::parse(url).unwrap());
        assert_eq!(resolve(&alice, &missing), Err(ResolutionError::NotFound));
        assert_eq!(needs(&alice, &missing), None);
    }

    /// The keys of the specification's example document.
    #[test]
    fn keys_serve_only_what_they_are_listed_for() {
        let body = json!({
            "@context": ["https://www.w3.org/ns/did/v1", "https://w3id.org/security/suites/jws-2020/v1"],
            "id": "did:web:example.com",
            "verificationMethod": [
                {"id": "did:web:example.com#key-0", "type": "JsonWebKey2020", "controller": "did:web:example.com",
                 "publicKeyJwk": {"kty": "OKP", "crv": "Ed25519", "x": "0-e2i2_Ua1S5HbTYnVB0lj2Z2ytXu2-tYmDFf8f5NjU"}},
                {"id": "did:web:example.com#key-1", "type": "JsonWebKey2020", "controller": "did:web:example.com",
                 "publicKeyJwk": {"kty": "OKP", "crv": "X25519", "x": "9GXjPGGvmRq9F6Ng5dQQ_s31mfhxrcNZxRGONrmH30k"}}
            ],
            "authentication": ["did:web:example.com#key-0"],
            "keyAgreement": ["did:web:example.com#key-1"]
        });
        let documents = brought("https://example.com/.well-known/did.json", &body.to_string());
        let key = |fragment: &str, purpose| {
            verification_key(&format!("did:web:example.com#{fragment}"), purpose, &documents)
        };
        assert!(key("key-0", Purpose::Authentication).is_ok());
        assert!(key("key-1", Purpose::KeyAgreement).is_ok());
        let unlisted = Err(ResolutionError::InvalidRelationshipForVerificationMethod);
        assert_eq!(key("key-0", Purpose::AssertionMethod), unlisted);
        assert_eq!(key("key-0", Purpose::KeyAgreement), unlisted);
        assert_eq!(key("key-1", Purpose::Authentication), unlisted);
        assert_eq!(key("key-2", Purpose::Authentication), Err(ResolutionError::InvalidVerificationMethod));
    }
}
