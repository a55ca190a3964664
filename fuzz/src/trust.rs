//! Targets of `trust` and `bundle`: trust lists, JWT VC issuer metadata, trust bundles.

use jigap_keys::json::{self, Limits};
use jigap_wallet_core::bundle::TrustBundle;
use jigap_wallet_core::did::{self, Did};
use jigap_wallet_core::documents::{Document, Documents};
use jigap_wallet_core::time::{Seconds, Timestamp};
use jigap_wallet_core::trust::{
    self, Authorities, Mechanism, Names, TYP, TrustEntry, TrustList, TrustListContent,
};
use serde_json::{Value, json};
use url::Url;

use crate::fixtures::{NOW, header, holder, issuer, must, seeds, token};

/// The list.
pub(crate) const LIST: &str = "https://trust.example/list";
/// Who issues.
pub(crate) const ISSUER: &str = "https://issuer.example";
/// Where its keys are.
pub(crate) const METADATA: &str = "https://issuer.example/.well-known/jwt-vc-issuer";
const KEYS: &str = "https://issuer.example/keys";

/// What verifies was signed; what was read is issued again and read the same.
pub(crate) fn list(data: &[u8]) {
    let Some(token) = token(data, &header(TYP), issuer()) else { return };
    let Ok(list) = TrustList::verify(&token.text, LIST, issuer().public(), NOW) else { return };
    token.require_signed();
    let again = must(list.content().issue(issuer(), None));
    let again = must(TrustList::verify(&again, LIST, issuer().public(), NOW));
    assert_eq!(again.content(), list.content());
    for entry in &list.content().entries {
        assert_eq!(list.find(&entry.issuer), Some(entry));
        for kind in entry.types.iter().take(3) {
            let _ = list.entry(&entry.issuer, kind, NOW);
        }
        let _ = list.status_entry(&entry.issuer, ISSUER, NOW);
    }
}

fn entry(mechanism: Mechanism) -> TrustEntry {
    TrustEntry {
        issuer: match &mechanism {
            Mechanism::Did(issuer) => issuer.did().as_str().to_owned(),
            _ => ISSUER.to_owned(),
        },
        names: Names { ko: "한빛대학교".to_owned(), en: "Hanbit University".to_owned() },
        mechanism,
        keys: None,
        types: vec!["https://jigap.example/types/student-id/1".to_owned()],
        valid_from: Timestamp::from_unix(1_700_000_000),
        valid_until: Timestamp::from_unix(1_900_000_000),
        withdrawn_since: None,
        passes: jigap_wallet_core::trust::PassTerms::default(),
        authorities: Authorities::default(),
        status_issuers: vec![ISSUER.to_owned()],
    }
}

/// Our issuer by its metadata.
pub(crate) fn by_metadata() -> TrustEntry {
    entry(Mechanism::JwtVcIssuer(must(Url::parse(ISSUER))))
}

/// What the list says.
pub(crate) fn content() -> TrustListContent {
    let of_did = must(Did::parse(&did::key_did(issuer().public())));
    TrustListContent {
        publisher: "https://trust.example".to_owned(),
        id: LIST.to_owned(),
        version: 3,
        issued_at: NOW,
        expires_at: NOW.plus(Seconds(86_400)),
        entries: vec![by_metadata(), entry(Mechanism::Did(of_did.into()))],
    }
}

pub(crate) fn list_seeds() -> Vec<Vec<u8>> {
    let text = must(content().issue(issuer(), Some("k1")));
    let payload = must(jigap_wallet_core::jose::Jws::parse(&text)).unverified_payload().to_string();
    seeds([text, payload])
}

/// A key comes only from metadata of the issuer itself; the input is the metadata, and the key set beside it.
pub(crate) fn issuer_metadata(data: &[u8]) {
    let mut documents = Documents::new();
    for place in [METADATA, KEYS] {
        let document = Document { bytes: data.to_vec(), fetched_at: NOW, max_age: None };
        documents.insert(must(Url::parse(place)), document);
    }
    for header in [header("JWT"), header("JWT").kid("k1")] {
        let _ = trust::needs(&by_metadata(), &header, &documents);
        if let Ok(key) = trust::issuer_key(&by_metadata(), &header, &documents, NOW) {
            assert!(key.key_type().jose_alg().is_some());
            let metadata = must(json::parse(data, Limits::MESSAGE));
            assert_eq!(metadata.get("issuer"), Some(&json!(ISSUER)));
        }
    }
}

pub(crate) fn issuer_metadata_seeds() -> Vec<Vec<u8>> {
    let named = |kid: &str| {
        let mut jwk = issuer().public().to_jwk();
        jwk.as_object_mut().map(|members| members.insert("kid".to_owned(), json!(kid)));
        jwk
    };
    seeds([
        json!({"issuer": ISSUER, "jwks": {"keys": [named("k1"), named("k2")]}}),
        json!({"issuer": ISSUER, "jwks": {"keys": [issuer().public().to_jwk()]}}),
        json!({"issuer": ISSUER, "jwks_uri": KEYS}),
        json!({"issuer": ISSUER, "jwks_uri": KEYS, "keys": [named("k1")]}),
    ])
}

/// What is read is written and read the same; its list verifies only if it was signed.
pub(crate) fn bundle(data: &[u8]) {
    let Ok(bundle) = TrustBundle::parse(data) else { return };
    let written = TrustBundle::write((&bundle.list, &bundle.trust_list), &bundle.signer, []);
    let again = must(TrustBundle::parse(written.to_string().as_bytes()));
    assert_eq!(
        (again.list, again.trust_list, again.signer),
        (bundle.list.clone(), bundle.trust_list.clone(), bundle.signer.clone())
    );
    if bundle.verify(NOW).is_ok() && bundle.signer == *issuer().public() {
        assert!(crate::fixtures::was_signed(&bundle.trust_list), "accepted, and nobody signed it");
    }
}

pub(crate) fn bundle_seeds() -> Vec<Vec<u8>> {
    let list = must(content().issue(issuer(), None));
    let url = must(Url::parse(METADATA));
    let document = Document { bytes: b"{}".to_vec(), fetched_at: NOW, max_age: Some(Seconds(60)) };
    let bundle = |signer| TrustBundle::write((LIST, &list), signer, [(&url, &document)]);
    let values: [Value; 2] = [bundle(issuer().public()), bundle(holder().public())];
    seeds(values)
}
