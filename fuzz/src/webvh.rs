//! Targets of did:webvh: logs and the proofs of witnesses.

use jigap_keys::{KeyType, PrivateKey};
use jigap_wallet_core::did::webvh::{
    Change, Log, Resolution, VersionQuery, WitnessProofs, Witnesses, create, key_hash, log_url,
    placeholder_did, resolve,
};
use jigap_wallet_core::did::{DidUrl, Purpose};
use jigap_wallet_core::documents::{Document, Documents};
use jigap_wallet_core::time::Timestamp;
use serde_json::{Value, json};

use crate::fixtures::{NOW, must, reader, seeds};

const PLACE: &str = "issuer.example:school";

/// A log that is read is of the DIDs it names, has its versions in order and resolves each of them; one that was cut off does
/// not continue it.
pub(crate) fn log(data: &[u8]) {
    let Ok(log) = Log::read(data, NOW) else { return };
    let mut documents = Documents::new();
    for (index, version) in log.versions().iter().enumerate() {
        assert_eq!(version.number() as usize, index + 1);
        assert_eq!(log.require_did(version.did()), Ok(()));
        let query = VersionQuery::Id(version.id().to_owned());
        let id = |it: &Resolution| it.metadata.get("versionId").is_some_and(|id| id == version.id());
        assert!(log.resolve(&query).is_some_and(|it| id(&it)));
        let document = Document { bytes: data.to_vec(), fetched_at: NOW, max_age: None };
        documents.insert(must(log_url(version.did())), document);
    }
    let Some(last) = log.versions().last() else { return };
    let _ = resolve(&must(DidUrl::parse(last.did().as_str())), &documents);
    if let Ok(document) = log.document() {
        for method in document.methods(Purpose::AssertionMethod) {
            for signed in [None, Some(NOW), log.versions().first().map(|first| first.time())] {
                let _ = log.key_at(method.id(), Purpose::AssertionMethod, signed);
            }
        }
    }
    assert!(log.continues(&log));
    let cut = data.len() - data.split(|byte| *byte == b'\n').next_back().map_or(0, <[u8]>::len);
    if let Ok(shorter) = Log::read(data.get(..cut).unwrap_or_default(), NOW) {
        assert!(log.continues(&shorter));
    }
}

/// A file of witness proofs is written as it was read, and approves nothing of a log that it does not name.
pub(crate) fn witness(data: &[u8]) {
    let Ok(proofs) = WitnessProofs::read(data) else { return };
    assert_eq!(WitnessProofs::read(proofs.to_json().to_string().as_bytes()).as_ref(), Ok(&proofs));
    let log = must(Log::read(book(Some(witnesses())).as_bytes(), NOW));
    let approved = log.require_witnessed(&proofs, NOW).is_ok();
    let names = log.versions().iter().any(|version| proofs.to_json().to_string().contains(version.id()));
    assert!(names || !approved);
}

/// One key for each name.
fn key(name: u8) -> PrivateKey {
    PrivateKey::generate(KeyType::Ed25519, &Bytes(name))
}

/// The same byte for ever.
struct Bytes(u8);

impl jigap_keys::Entropy for Bytes {
    fn fill(&self, out: &mut [u8]) {
        out.fill(self.0);
    }
}

fn witnesses() -> Witnesses {
    must(Witnesses::new(1, vec![key(b'w').public().to_multikey()]))
}

fn document(did: &str) -> Value {
    json!({"@context": ["https://www.w3.org/ns/did/v1"], "id": did, "assertionMethod": [{"id": format!("{did}#key-1"),
        "type": "JsonWebKey", "controller": did, "publicKeyJwk": reader().public().to_jwk()}]})
}

/// Two entries under pre-rotation.
fn book(witnesses: Option<Witnesses>) -> String {
    let keys = |name: u8| Some(vec![key(name).public().clone()]);
    let promise = |name: u8| Some(vec![key_hash(key(name).public())]);
    let first = Change {
        update_keys: keys(b'a'),
        next_key_hashes: promise(b'b'),
        witnesses: witnesses.map(Some),
        portable: Some(true),
        ..Change::default()
    };
    let at = Timestamp::from_unix(1_700_000_000);
    let draft = must(create(PLACE, &document(&placeholder_did(PLACE)), &first, key(b'a').public(), at));
    let signature = must(draft.signature(&key(b'a')));
    let mut text = draft.into_line(&signature);
    let log = must(Log::read(text.as_bytes(), NOW));
    let moved = must(log.document_at("elsewhere.example"));
    let second = Change { update_keys: keys(b'b'), next_key_hashes: promise(b'c'), ..Change::default() };
    let later = Timestamp::from_unix(1_710_000_000);
    let draft = must(log.update(Some(&moved), &second, key(b'b').public(), later));
    let signature = must(draft.signature(&key(b'b')));
    text += &draft.into_line(&signature);
    text
}

pub(crate) fn log_seeds() -> Vec<Vec<u8>> {
    let text = book(None);
    let first = text.lines().next().unwrap_or_default().to_owned();
    seeds([text, first, book(Some(witnesses()))])
}

pub(crate) fn witness_seeds() -> Vec<Vec<u8>> {
    let log = must(Log::read(book(Some(witnesses())).as_bytes(), NOW));
    let mut proofs = WitnessProofs::none();
    for version in log.versions() {
        let draft = must(version.approval(key(b'w').public(), version.time()));
        let signature = must(draft.signature(&key(b'w')));
        proofs = proofs.with(version.id(), draft.into_proof(&signature));
    }
    seeds([proofs.to_json().to_string(), r#"[{"versionId":"1-x"}]"#.to_owned()])
}
