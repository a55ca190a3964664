//! Targets of `did`: syntax and resolution of did:key and did:jwk, and DID documents as did:web fetches them.

use jigap_wallet_core::did::{self, Did, DidDocument, DidUrl, Purpose};
use jigap_wallet_core::documents::{Document, Documents};
use serde_json::{Value, json};
use url::Url;

use crate::fixtures::{NOW, holder, issuer, must, reader, seeds, text};

const PURPOSES: [Purpose; 5] = [
    Purpose::AssertionMethod,
    Purpose::Authentication,
    Purpose::KeyAgreement,
    Purpose::CapabilityInvocation,
    Purpose::CapabilityDelegation,
];
const WEB: &str = "did:web:issuer.example";

/// What is read is printed letter by letter; a document is of the DID that was resolved; a did:key has one spelling.
pub(crate) fn did(data: &[u8]) {
    let Some(text) = text(data) else { return };
    let nothing = Documents::new();
    if let Ok(did) = Did::parse(text) {
        assert_eq!(did.as_str(), text);
        assert_eq!(format!("did:{}:{}", did.method(), did.identifier()), text);
        let _ = (did::needs(&did, &nothing), did::web_document_url(&did));
        if let Ok(document) = did::resolve(&did, &nothing) {
            assert_eq!(document.id(), &did);
            keys_are_found(&document, did.method() == "key");
        }
    }
    if let Ok(url) = DidUrl::parse(text) {
        assert_eq!(url.as_str(), text);
        for purpose in PURPOSES {
            let _ = did::verification_key(text, purpose, &nothing);
        }
    }
}

fn keys_are_found(document: &DidDocument, is_did_key: bool) {
    for purpose in PURPOSES {
        for method in document.methods(purpose) {
            let found = document.verification_key(method.id(), purpose);
            if let (Ok(key), true, Purpose::AssertionMethod) = (&found, is_did_key, purpose) {
                assert_eq!(did::key_did(key), document.id().as_str());
            }
            let _ = (method.kind(), method.controller());
        }
    }
    // What is written is read again, and lists the same keys.
    let again = must(DidDocument::parse(document.to_json().to_string().as_bytes()));
    for purpose in PURPOSES {
        let keys = |document: &DidDocument| -> Vec<_> {
            document
                .methods(purpose)
                .map(|method| (method.id().clone(), method.key().ok().cloned()))
                .collect()
        };
        assert_eq!(keys(&again), keys(document));
    }
}

pub(crate) fn did_seeds() -> Vec<Vec<u8>> {
    let mut texts = vec![
        "did:web:issuer.example%3A8080:tenant:hanbit".to_owned(),
        "did:web:issuer.example#key-1".to_owned(),
        "did:example:123/path?versionId=1&a=b#frag".to_owned(),
    ];
    for key in [issuer(), reader()] {
        let key_did = did::key_did(key.public());
        let fragment = key_did.trim_start_matches("did:key:").to_owned();
        texts.extend([format!("{key_did}#{fragment}"), key_did]);
        let jwk_did = did::jwk_did(key.public());
        texts.extend([format!("{jwk_did}#0"), jwk_did]);
    }
    seeds(texts)
}

/// A fetched document is of the DID that was asked for, or refused.
pub(crate) fn document(data: &[u8]) {
    if let Ok(document) = DidDocument::parse(data) {
        keys_are_found(&document, false);
    }
    let did = must(Did::parse(WEB));
    let mut documents = Documents::new();
    let fetched = Document { bytes: data.to_vec(), fetched_at: NOW, max_age: None };
    documents.insert(must(did::web_document_url(&did)), fetched);
    if let Ok(document) = did::resolve(&did, &documents) {
        assert_eq!(document.id().as_str(), WEB);
    }
    let _ = did::verification_key(&format!("{WEB}#key-1"), Purpose::AssertionMethod, &documents);
}

pub(crate) fn document_seeds() -> Vec<Vec<u8>> {
    let did = must(Did::parse(WEB));
    let plain = must(DidDocument::new(did).with_key("key-1", issuer().public(), &[Purpose::AssertionMethod]));
    let plain =
        must(plain.with_key("key-2", reader().public(), &[Purpose::KeyAgreement, Purpose::Authentication]));
    let method = |id: &str| {
        json!({"id": format!("{WEB}{id}"), "type": "Multikey", "controller": WEB,
            "publicKeyMultibase": holder().public().to_multikey()})
    };
    let service =
        json!({"id": "#hub", "type": "x", "serviceEndpoint": must(Url::parse("https://hub.example/"))});
    let embedded = json!({
        "@context": ["https://www.w3.org/ns/did/v1", "https://w3id.org/security/multikey/v1"], "id": WEB,
        "alsoKnownAs": ["https://issuer.example"], "controller": [WEB], "verificationMethod": [method("#m1")],
        "assertionMethod": [format!("{WEB}#m1"), method("#m2")], "service": [service],
    });
    seeds([plain.to_json(), embedded, Value::Null])
}
