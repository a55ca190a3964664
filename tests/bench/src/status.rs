//! Status lists of a million, of every kind: made and signed, one status changed, signed again, verified; and one status,
//! once a list is decoded.

use std::cell::RefCell;

use jigap_keys::{PrivateKey, PublicKey};
use jigap_wallet_core::contexts::Contexts;
use jigap_wallet_core::cose;
use jigap_wallet_core::documents::Documents;
use jigap_wallet_core::jose::Header;
use jigap_wallet_core::status::bitstring::{
    Bitstring, ListCredential, StatusEntry, StatusPurpose, StatusSize, UnverifiedList, VerifiedBitstring,
};
use jigap_wallet_core::status::{
    StatusBits, StatusList, StatusListToken, StatusReference, StatusValue, TYP, VerifiedStatusList,
};
use jigap_wallet_core::time::Seconds;

use crate::measure::{Case, Typical, in_turns};
use crate::scene::{NOW, STATUS_URI, STATUSES, revoked, status_issuer};
use crate::{BenchError, broken};

/// An odd step that visits all places of the list before it repeats one.
const STEP: u64 = 618_033;
const ONE: StatusSize = StatusSize::ONE;

pub(crate) fn run(seconds: f64) -> Result<String, BenchError> {
    let (key, did, header) = status_issuer()?;
    let token = |form| Tokens::new(&key, &header, form);
    let (tokens, cwt) = (token(Form::Jwt)?, token(Form::Cwt)?);
    let bitstring = |way| Bitstrings::new(&key, &did, &header, way);
    let (jwt, document) = (bitstring(Way::Jwt)?, bitstring(Way::Document)?);
    let mut cases = Vec::new();
    cases.extend(tokens.cases());
    cases.extend(cwt.cases());
    cases.extend(jwt.cases());
    cases.extend(document.cases());
    let figures = in_turns(&mut cases, seconds)?;
    let mut table = format!(
        "| list of {STATUSES}, one in a hundred revoked; Ed25519 | made and signed, ms | one status changed, ns | \
         signed again, ms | verified and decoded, µs | a status after that, ns (target < 1,000) |\n\
         |---|---|---|---|---|---|\n"
    );
    let kinds = [
        ("Token Status List, JWT", tokens.signed.len()),
        ("Token Status List, CWT", cwt.signed.len()),
        ("Bitstring Status List, `vc+jwt`", jwt.signed.len()),
        ("Bitstring Status List, `eddsa-rdfc-2022`", document.signed.len()),
    ];
    for ((kind, bytes), figures) in kinds.into_iter().zip(figures.chunks(OPERATIONS)) {
        let say = |number: usize, scale: f64, digits| {
            let figures = figures.get(number).map(|all| all.iter().map(|figure| figure * scale).collect());
            Typical::of(&figures.unwrap_or_else(Vec::new)).say(digits)
        };
        table += &format!(
            "| {kind} ({} kB) | {} | {} | {} | {} | {} |\n",
            bytes / 1000,
            say(0, 1e-3, 1),
            say(1, 1e3, 0),
            say(2, 1e-3, 1),
            say(3, 1.0, 0),
            say(4, 1e3, 0)
        );
    }
    Ok(table)
}

/// Cases of each kind of list.
const OPERATIONS: usize = 5;

/// What a Token Status List is written in.
#[derive(Debug, Clone, Copy)]
enum Form {
    Jwt,
    Cwt,
}

/// Token Status Lists.
struct Tokens<'a> {
    key: &'a PrivateKey,
    header: Header,
    form: Form,
    kept: RefCell<StatusListToken>,
    signed: Vec<u8>,
    verified: VerifiedStatusList,
    references: Vec<StatusReference>,
}

impl<'a> Tokens<'a> {
    fn new(key: &'a PrivateKey, header: &Header, form: Form) -> Result<Self, BenchError> {
        let token = made_token().ok_or_else(|| BenchError::Broken("a list holds its statuses".into()))?;
        let header = header.clone().typ(TYP);
        let signed = form.sign(&token, (key, &header));
        let signed = signed.ok_or_else(|| BenchError::Broken("a list is signed".into()))?;
        let verified = form.verify(&signed, key.public()).ok_or_else(refused)?;
        let references = places().map(|index| StatusReference::new(STATUS_URI, index));
        let references = references.collect::<Result<_, _>>().map_err(broken("a reference"))?;
        Ok(Self { key, header, form, kept: RefCell::new(token), signed, verified, references })
    }

    fn cases(&self) -> [Case<'_>; OPERATIONS] {
        let signs = |token: &StatusListToken| self.form.sign(token, (self.key, &self.header)).is_some();
        let (mut next, mut changed) = (self.references.iter().cycle(), places().cycle());
        [
            Case::new("making a token", move || made_token().is_some_and(|token| signs(&token))),
            Case::new("changing a token", move || {
                let index = changed.next().unwrap_or_default();
                self.kept.borrow_mut().list.set(index, StatusValue::INVALID).is_ok()
            }),
            Case::new("signing a token again", move || signs(&self.kept.borrow())),
            Case::new("verifying a token", move || {
                self.form.verify(&self.signed, self.key.public()).is_some()
            }),
            Case::new("a status of a token", move || {
                next.next().is_some_and(|reference| self.verified.status(reference, NOW, NOW).is_ok())
            }),
        ]
    }
}

fn made_token() -> Option<StatusListToken> {
    let mut list = StatusList::new(StatusBits::One, STATUSES as usize);
    for index in revoked() {
        list.set(index, StatusValue::INVALID).ok()?;
    }
    Some(StatusListToken {
        uri: STATUS_URI.to_owned(),
        issued_at: NOW,
        expires: Some(NOW.plus(Seconds(1000))),
        ttl: Some(Seconds(300)),
        aggregation_uri: None,
        list,
    })
}

impl Form {
    fn sign(self, token: &StatusListToken, (key, header): (&PrivateKey, &Header)) -> Option<Vec<u8>> {
        match self {
            Self::Jwt => token.sign(header.clone(), key).ok().map(String::into_bytes),
            Self::Cwt => {
                let named = cose::Header::for_key(key.public().key_type())?;
                let named = named.kid(header.kid.clone().unwrap_or_default());
                token.unsigned_cwt(named).sign(key).ok()
            }
        }
    }

    fn verify(self, token: &[u8], key: &PublicKey) -> Option<VerifiedStatusList> {
        match self {
            Self::Jwt => {
                let text = std::str::from_utf8(token).ok()?;
                VerifiedStatusList::verify(text, STATUS_URI, NOW, |_| Ok(key.clone())).ok()
            }
            Self::Cwt => VerifiedStatusList::verify_cwt(token, STATUS_URI, NOW, |_| Ok(key.clone())).ok(),
        }
    }
}

/// How a Bitstring Status List is secured.
#[derive(Debug, Clone, Copy)]
enum Way {
    Jwt,
    Document,
}

/// Bitstring Status Lists.
struct Bitstrings<'a> {
    key: &'a PrivateKey,
    did: &'a str,
    header: Header,
    way: Way,
    kept: RefCell<ListCredential>,
    signed: String,
    verified: VerifiedBitstring,
    entries: Vec<StatusEntry>,
}

impl<'a> Bitstrings<'a> {
    fn new(key: &'a PrivateKey, did: &'a str, header: &Header, way: Way) -> Result<Self, BenchError> {
        let list = made(did).ok_or_else(|| BenchError::Broken("a list holds its statuses".into()))?;
        let signed = sign(&list, (key, did, header), way)
            .ok_or_else(|| BenchError::Broken("a list is signed".into()))?;
        let verified = verify(&signed, did, key.public()).ok_or_else(refused)?;
        let entry = |index| StatusEntry::new(StatusPurpose::Revocation, index, STATUS_URI);
        let entries = places().map(entry).collect::<Result<_, _>>().map_err(broken("an entry"))?;
        let header = header.clone();
        Ok(Self { key, did, header, way, kept: RefCell::new(list), signed, verified, entries })
    }

    fn cases(&self) -> [Case<'_>; OPERATIONS] {
        let signs =
            |list: &ListCredential| sign(list, (self.key, self.did, &self.header), self.way).is_some();
        let (mut next, mut changed) = (self.entries.iter().cycle(), places().cycle());
        [
            Case::new("making a list", move || made(self.did).is_some_and(|list| signs(&list))),
            Case::new("changing a list", move || {
                let index = changed.next().unwrap_or_default();
                self.kept.borrow_mut().list.set(index, ONE, 1).is_ok()
            }),
            Case::new("signing a list again", move || signs(&self.kept.borrow())),
            Case::new("verifying a list", move || {
                verify(&self.signed, self.did, self.key.public()).is_some()
            }),
            Case::new("a status of a list", move || {
                next.next().is_some_and(|entry| self.verified.status(entry, NOW, NOW).is_ok())
            }),
        ]
    }
}

fn made(did: &str) -> Option<ListCredential> {
    let mut list = Bitstring::new(STATUSES as usize, ONE);
    for index in revoked() {
        list.set(index, ONE, 1).ok()?;
    }
    Some(ListCredential {
        uri: STATUS_URI.to_owned(),
        issuer: did.to_owned(),
        purposes: vec![StatusPurpose::Revocation],
        issued_at: NOW,
        expires: Some(NOW.plus(Seconds(1000))),
        ttl: Some(Seconds(300)),
        list,
    })
}

fn sign(list: &ListCredential, (key, did, header): (&PrivateKey, &str, &Header), way: Way) -> Option<String> {
    match way {
        Way::Jwt => list.unsigned_jwt(header.clone()).ok()?.sign(key).ok(),
        Way::Document => {
            let unsigned = list
                .unsigned_document(&format!("{did}#0"), (key.public().key_type(), Contexts::built_in()))
                .ok()?;
            unsigned.sign(key).ok().map(|document| document.to_string())
        }
    }
}

fn verify(text: &str, did: &str, key: &PublicKey) -> Option<VerifiedBitstring> {
    let list = UnverifiedList::read(text.as_bytes(), Contexts::built_in()).ok()?;
    list.verify((did, key.clone()), STATUS_URI, &Documents::new(), NOW).ok()
}

fn places() -> impl Iterator<Item = u64> + Clone {
    (0..1000).map(|n| n * STEP % STATUSES)
}

fn refused() -> BenchError {
    BenchError::Broken("an honest list is refused".into())
}
