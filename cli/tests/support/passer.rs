//! Who comes to a gate of the tests, and the trust list that names the issuer of their passes.

#![expect(clippy::unwrap_used, reason = "a test's helpers fail the test")]

use std::rc::Rc;

use jigap_keys::{KeyType, PrivateKey};
use jigap_platform::clock::SystemClock;
use jigap_platform::entropy::OsEntropy;
use jigap_wallet_core::bundle::TrustBundle;
use jigap_wallet_core::did::{Did, key_did};
use jigap_wallet_core::pass::{Fact, Generation, Heard, Kind, PassClaims, Window, present};
use jigap_wallet_core::ports::Clock as _;
use jigap_wallet_core::time::{Seconds, Timestamp};
use jigap_wallet_core::trust::{Authorities, Mechanism, Names, PassTerms, TrustEntry, TrustListContent};

pub(crate) const EVENT: &str = "Year-end concert";
pub(crate) const DAY: Seconds = Seconds(86_400);

pub(crate) fn now() -> Timestamp {
    SystemClock.now()
}

pub(crate) fn key() -> PrivateKey {
    PrivateKey::generate(KeyType::Ed25519, &OsEntropy)
}

/// What shows a pass, in these ways wrong or right.
pub(crate) struct Visitor {
    pub(crate) kind: Kind,
    pub(crate) holder: PrivateKey,
    pub(crate) signer: Rc<PrivateKey>,
    pub(crate) expires: Timestamp,
}

impl Visitor {
    pub(crate) fn of(issuer: &Rc<PrivateKey>) -> Self {
        Self {
            kind: Kind::Entry,
            holder: key(),
            signer: Rc::clone(issuer),
            expires: Generation::of(now()).ends(),
        }
    }

    pub(crate) fn shows(&self, issuer: &PrivateKey, heard: &Heard, window: Window) -> String {
        let particulars = [EVENT, "R", "12", "34"].into_iter().map(str::to_owned);
        let claims = PassClaims {
            kind: self.kind,
            facts: vec![Fact::AgeOver(19)],
            particulars: particulars.take(self.kind.particulars().len()).collect(),
            expires: self.expires,
            holder: self.holder.public().clone(),
            version: 0,
            status: None,
        };
        // Says that it is the issuer's, whoever signs.
        let pass = claims.unsigned(issuer.public()).unwrap().sign(&self.signer).unwrap();
        present(&pass, window, heard, &self.holder).unwrap()
    }
}

/// The list of this version that names the issuer, for so long.
pub(crate) fn bundle(
    issuer: &PrivateKey,
    publisher: &PrivateKey,
    (version, lasts): (u64, Seconds),
) -> Vec<u8> {
    let (did, list) = (key_did(issuer.public()), "https://trust.example/list");
    let entry = TrustEntry {
        issuer: did.clone(),
        names: Names { ko: "한빛구".to_owned(), en: "Hanbit district".to_owned() },
        mechanism: Mechanism::Did(Did::parse(&did).unwrap().into()),
        keys: None,
        types: [Kind::Entry, Kind::Ticket].map(|kind| kind.trusted_type().to_owned()).to_vec(),
        valid_from: now().minus(DAY),
        valid_until: now().plus(DAY),
        withdrawn_since: None,
        status_issuers: Vec::new(),
        authorities: Authorities::default(),
        passes: PassTerms::default(),
    };
    let content = TrustListContent {
        publisher: "https://trust.example".to_owned(),
        id: list.to_owned(),
        version,
        issued_at: now(),
        expires_at: now().plus(lasts),
        entries: vec![entry],
    };
    let signed = content.issue(publisher, None).unwrap();
    TrustBundle::write((list, &signed), publisher.public(), []).to_string().into_bytes()
}
