//! What the tests of did:webvh share: keys, logs, and a forger who holds the keys and breaks one rule at a time.

mod judged;
mod rules;
mod vectors;
mod writing;

use jigap_keys::json::{Limits, parse};
use jigap_keys::{KeyType, PrivateKey};
use serde_json::{Value, json};

use super::*;
use crate::documents::Document;
use crate::testing::Repeatable;
use crate::time::Seconds;
use crate::verdict::{Check, Refusal};

const PLACE: &str = "school.example:dids:hanbit";
const START: Timestamp = Timestamp::from_unix(1_700_000_000);
const NOW: Timestamp = Timestamp::from_unix(1_800_000_000);

fn key(seed: u64) -> PrivateKey {
    PrivateKey::generate(KeyType::Ed25519, &Repeatable::new(seed))
}

/// `days` after the first version.
fn day(days: u32) -> Timestamp {
    START.plus(Seconds(days * 86_400))
}

/// A document at [`PLACE`] whose methods are the keys of `seeds`, for assertions.
fn document(did: &str, seeds: &[u64]) -> Value {
    let method = |seed: &u64| {
        json!({"id": format!("{did}#key-{seed}"), "type": "Multikey", "controller": did,
            "publicKeyMultibase": key(*seed).public().to_multikey()})
    };
    let references: Vec<String> = seeds.iter().map(|seed| format!("{did}#key-{seed}")).collect();
    json!({"@context": ["https://www.w3.org/ns/did/v1", "https://w3id.org/security/multikey/v1"], "id": did,
        "verificationMethod": seeds.iter().map(method).collect::<Vec<_>>(), "assertionMethod": references})
}

/// Whoever signs with the key of `seed` from now on.
fn by(seed: u64) -> Change {
    Change { update_keys: Some(vec![key(seed).public().clone()]), ..Change::default() }
}

/// A log that grows.
struct Book {
    text: String,
}

impl Book {
    /// Created by the key 1, which signs updates; the key 2 signs credentials.
    fn new(change: &Change) -> Self {
        let document = document(&placeholder_did(PLACE), &[2]);
        let draft = create(PLACE, &document, change, key(1).public(), START).unwrap();
        let signature = draft.signature(&key(1)).unwrap();
        Self { text: draft.into_line(&signature) }
    }

    fn plain() -> Self {
        Self::new(&by(1))
    }

    fn log(&self) -> Log {
        Log::read(self.text.as_bytes(), NOW).unwrap()
    }

    fn refusal(&self) -> Refusal {
        Log::read(self.text.as_bytes(), NOW).unwrap_err()
    }

    fn did(&self) -> Did {
        self.log().versions().last().unwrap().did().clone()
    }

    /// Appends what the key of `seed` signs, whether or not that is allowed.
    fn append(&mut self, seed: u64, document: Option<&Value>, change: &Change, at: Timestamp) -> &mut Self {
        let draft = self.log().update(document, change, key(seed).public(), at).unwrap();
        let signature = draft.signature(&key(seed)).unwrap();
        self.text += &draft.into_line(&signature);
        self
    }

    /// The same with its last entry changed by `change`, hashed again and signed again by the key of `seed`.
    fn forged(&self, seed: u64, change: impl FnOnce(&mut Value)) -> Self {
        let mut lines: Vec<&str> = self.text.lines().collect();
        let mut entry = parse(lines.pop().unwrap().as_bytes(), Limits::MESSAGE).unwrap();
        change(&mut entry);
        entry.as_object_mut().unwrap().remove("proof");
        let before =
            lines.last().map(|line| parse(line.as_bytes(), Limits::MESSAGE).unwrap()["versionId"].clone());
        let predecessor = match &before {
            Some(before) => before.as_str().unwrap().to_owned(),
            None => entry["parameters"]["scid"].as_str().unwrap_or_default().to_owned(),
        };
        let hash = hash::of_entry(entry.clone(), &predecessor).unwrap();
        let number = entry["versionId"].as_str().unwrap().split('-').next().unwrap().to_owned();
        entry["versionId"] = format!("{number}-{hash}").into();
        let multikey = key(seed).public().to_multikey();
        let unsigned = proof::Unsigned::new(entry, &multikey, START).unwrap();
        let signature = unsigned.signed_by(&key(seed)).unwrap();
        let (mut entry, proof) = unsigned.attach(&signature);
        entry["proof"] = json!([proof]);
        let before: String = lines.iter().map(|line| format!("{line}\n")).collect();
        Self { text: format!("{before}{entry}\n") }
    }

    /// The same with its last line changed by `change`, and nothing made right again.
    fn damaged(&self, change: impl FnOnce(&mut Value)) -> Self {
        let mut lines: Vec<&str> = self.text.lines().collect();
        let mut entry = parse(lines.pop().unwrap().as_bytes(), Limits::MESSAGE).unwrap();
        change(&mut entry);
        let before: String = lines.iter().map(|line| format!("{line}\n")).collect();
        Self { text: format!("{before}{entry}\n") }
    }

    /// The log where its DID says it is.
    fn documents(&self) -> Documents {
        let mut documents = Documents::new();
        let document = Document { bytes: self.text.clone().into(), fetched_at: NOW, max_age: None };
        documents.insert(log_url(&self.did()).unwrap(), document);
        documents
    }
}

/// Requires that `book` breaks `check`.
fn refuses(book: &Book, check: Check, what: &str) {
    let refusal = book.refusal();
    assert_eq!(refusal.check, check, "{what}: {refusal}");
}
