//! What the goldens judge: a student ID, one presentation of it, and trust bundles. Ed25519 and bytes from a seed: the same
//! in every run. The keys protect nothing.

use std::sync::atomic::{AtomicU64, Ordering};

use jigap_keys::{Entropy, KeyType, PrivateKey, hash};
use jigap_wallet_core::bundle::TrustBundle;
use jigap_wallet_core::claims::ClaimPath;
use jigap_wallet_core::did;
use jigap_wallet_core::documents::Document;
use jigap_wallet_core::jose::Header;
use jigap_wallet_core::sdjwt::{SdJwtVc, SdJwtVcBuilder};
use jigap_wallet_core::status::{StatusBits, StatusList, StatusListToken, StatusReference, StatusValue, TYP};
use jigap_wallet_core::time::{Seconds, Timestamp};
use jigap_wallet_core::trust::{Authorities, Mechanism, Names, TrustEntry, TrustListContent};
use serde_json::json;
use url::Url;

pub(crate) const NOW: Timestamp = Timestamp::from_unix(1_800_000_000);
pub(crate) const AUDIENCE: &str = "https://gate.example";
pub(crate) const NONCE: &str = "n-0S6_WzA2Mj-0123456789";
const LIST: &str = "https://trust.example/list";
const STATUS: &str = "https://uni.example/status/1";
const VCT: &str = "https://jigap.example/types/student-id/1";

/// SHA-256 of a seed and a counter.
struct Seeded(u64, AtomicU64);

impl Entropy for Seeded {
    fn fill(&self, out: &mut [u8]) {
        for chunk in out.chunks_mut(32) {
            let counter = self.1.fetch_add(1, Ordering::SeqCst);
            let block = hash::sha256(&[self.0.to_be_bytes(), counter.to_be_bytes()].concat());
            chunk.iter_mut().zip(block).for_each(|(to, from)| *to = from);
        }
    }
}

fn seeded(seed: u64) -> Seeded {
    Seeded(seed, AtomicU64::new(0))
}

fn key(seed: u64) -> PrivateKey {
    PrivateKey::generate(KeyType::Ed25519, &seeded(seed))
}

/// Every fixture: file name and content.
pub(crate) fn all() -> Vec<(&'static str, String)> {
    let (issuer, holder) = (key(1), key(2));
    let credential = credential(&issuer, &holder);
    vec![
        ("shown.sd-jwt", presented(&credential, &holder)),
        ("changed.sd-jwt", changed(&credential)),
        ("trust.json", bundle(&issuer, &issuer, StatusValue::VALID)),
        ("trust-suspended.json", bundle(&issuer, &issuer, StatusValue::SUSPENDED)),
        ("trust-other.json", bundle(&key(4), &issuer, StatusValue::VALID)),
        ("student.sd-jwt", credential),
    ]
}

fn credential(issuer: &PrivateKey, holder: &PrivateKey) -> String {
    let status = StatusReference::new(STATUS, 7).unwrap().to_claim();
    let claims = json!({
        "iss": did::jwk_did(issuer.public()), "vct": VCT, "iat": NOW.minus(Seconds(1000)), "exp": NOW.plus(Seconds(86_400)),
        "status": status, "name": "김지갑", "enrolment_status": "enrolled", "birth_date": "2004-05-06"
    });
    let conceal = ["name", "enrolment_status", "birth_date"].map(path);
    let builder = SdJwtVcBuilder::new(claims.as_object().unwrap().clone()).conceal(conceal);
    let unsigned =
        builder.holder(holder.public().clone()).build(header(issuer, "dc+sd-jwt"), &seeded(9)).unwrap();
    unsigned.sign(issuer).unwrap()
}

fn presented(credential: &str, holder: &PrivateKey) -> String {
    let held = SdJwtVc::parse(credential).unwrap().dangerous_assume_verified().unwrap();
    let presentation = held.present(&[path("enrolment_status")]).unwrap();
    presentation.bind(AUDIENCE, NONCE, NOW, holder.public()).unwrap().sign(holder).unwrap()
}

/// The same claims under the signature of somebody else.
fn changed(credential: &str) -> String {
    let forged = self::credential(&key(5), &key(2));
    let signature = |text: &str| text.split('~').next().unwrap().rsplit('.').next().unwrap().to_owned();
    credential.replace(&signature(credential), &signature(&forged))
}

/// A trust list of `trusted`, and the status list of `issuer` with `value` at the student's place.
fn bundle(trusted: &PrivateKey, issuer: &PrivateKey, value: StatusValue) -> String {
    let did = did::jwk_did(trusted.public());
    let mechanism = Mechanism::Did(did::Did::parse(&did).unwrap().into());
    let bytes = status(issuer, value).into_bytes();
    let document = Document { bytes, fetched_at: NOW, max_age: None };
    bundle_of(entry(&did, mechanism, VCT), &[(&Url::parse(STATUS).unwrap(), &document)])
}

/// Who is trusted with one type.
pub(crate) fn entry(issuer: &str, mechanism: Mechanism, of_type: &str) -> TrustEntry {
    TrustEntry {
        issuer: issuer.to_owned(),
        names: Names { ko: "한빛대학교".to_owned(), en: "Hanbit University".to_owned() },
        mechanism,
        keys: None,
        types: vec![of_type.to_owned()],
        valid_from: NOW.minus(Seconds(100_000)),
        valid_until: NOW.plus(Seconds(100_000)),
        withdrawn_since: None,
        passes: jigap_wallet_core::trust::PassTerms::default(),
        authorities: Authorities::default(),
        status_issuers: Vec::new(),
    }
}

/// A trust list of one entry, with documents.
pub(crate) fn bundle_of(entry: TrustEntry, documents: &[(&Url, &Document)]) -> String {
    let signer = key(3);
    let content = TrustListContent {
        publisher: "https://trust.example".to_owned(),
        id: LIST.to_owned(),
        version: 1,
        issued_at: NOW.minus(Seconds(10)),
        expires_at: NOW.plus(Seconds(10_000)),
        entries: vec![entry],
    };
    let list = content.issue(&signer, None).unwrap();
    format!("{:#}\n", TrustBundle::write((LIST, &list), signer.public(), documents.iter().copied()))
}

fn status(issuer: &PrivateKey, value: StatusValue) -> String {
    let mut list = StatusList::new(StatusBits::new(2).unwrap(), 1000);
    list.set(7, value).unwrap();
    let token = StatusListToken {
        uri: STATUS.to_owned(),
        issued_at: NOW.minus(Seconds(100)),
        expires: Some(NOW.plus(Seconds(1000))),
        ttl: Some(Seconds(300)),
        aggregation_uri: None,
        list,
    };
    token.sign(header(issuer, TYP), issuer).unwrap()
}

fn header(issuer: &PrivateKey, typ: &str) -> Header {
    let did = did::jwk_did(issuer.public());
    Header::for_key(issuer.public()).unwrap().typ(typ).kid(format!("{did}#0"))
}

fn path(name: &str) -> ClaimPath {
    ClaimPath::from_json(&json!([name])).unwrap()
}
