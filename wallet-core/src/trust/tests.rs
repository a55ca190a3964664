//! What the tests of the trust list share: a publisher, its lists, and issuers of each mechanism.

mod any_name;
mod keys;
mod lists;
mod many;
mod purposes;
mod successions;

use jigap_keys::{KeyType, PrivateKey, PublicKey};
use serde_json::{Value, json};
use url::Url;

use super::*;
use crate::did::{self, Did};
use crate::testing::Repeatable;
use crate::time::{Seconds, Timestamp};
use crate::verdict::Refusal;
use crate::x509::tests::{Authority, NOW};

const LIST: &str = "https://trust.example/korea";
const ISSUER: &str = "https://univ.example/issuer";
const VCT: &str = "urn:jigap:student-id:1";
const YEAR: Seconds = Seconds(31_536_000);

fn key(seed: u64) -> PrivateKey {
    PrivateKey::generate(KeyType::Ed25519, &Repeatable::new(seed))
}

fn did_key(seed: u64) -> Did {
    Did::parse(&did::key_did(key(seed).public())).unwrap()
}

fn entry(issuer: &str, mechanism: Mechanism) -> TrustEntry {
    TrustEntry {
        issuer: issuer.to_owned(),
        names: Names { ko: "지갑대학교".to_owned(), en: "Jigap University".to_owned() },
        mechanism,
        keys: None,
        types: vec![VCT.to_owned()],
        valid_from: NOW.minus(YEAR),
        valid_until: NOW.plus(YEAR),
        withdrawn_since: None,
        passes: crate::trust::PassTerms::default(),
        authorities: Authorities::default(),
        status_issuers: Vec::new(),
    }
}

fn by_did(seed: u64) -> TrustEntry {
    entry(ISSUER, Mechanism::Did(did_key(seed).into()))
}

fn by_chain(root: &Authority, san: &[&str]) -> TrustEntry {
    let san = san.iter().map(|name| (*name).to_owned()).collect();
    entry(ISSUER, Mechanism::X5c { anchors: root.anchors(), san })
}

fn by_metadata() -> TrustEntry {
    entry(ISSUER, Mechanism::JwtVcIssuer(Url::parse(ISSUER).unwrap()))
}

fn content(entries: Vec<TrustEntry>) -> TrustListContent {
    TrustListContent {
        publisher: "https://trust.example".to_owned(),
        id: LIST.to_owned(),
        version: 7,
        issued_at: NOW,
        expires_at: NOW.plus(YEAR),
        entries,
    }
}

fn code(outcome: Result<impl Sized, Refusal>) -> (&'static str, &'static str) {
    outcome.map_or_else(|refusal| (refusal.check.id, refusal.reason.code), |_| ("", ""))
}
