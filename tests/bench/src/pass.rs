//! An entry pass judged at a gate, as a camera reads it, against its two signatures verified bare: one that its issuer recognises,
//! and one that it signed blindly.

use std::cell::RefCell;
use std::fmt::Write as _;

use jigap_keys::blind::{Blinding, PublicKey, SecretKey};
use jigap_keys::{Entropy as _, KeyType, PrivateKey};
use jigap_platform::entropy::OsEntropy;
use jigap_wallet_core::pass::{
    BlindKey, BlindRequest, BlindVerifier, Fact, Gate, Generation, Kind, PassClaims, PassIssuer, PassIssuers,
    PassKey, Presence, Pseudonym, Replay, ScreenSecret, VenueCode, VenueId, Wants, Window, present,
};
use jigap_wallet_core::text::Lang;
use jigap_wallet_core::time::Seconds;
use jigap_wallet_core::trust::Names;

use crate::bare::Bare;
use crate::measure::{Case, Typical, in_turns, timed};
use crate::scene::NOW;
use crate::{BenchError, broken, require};

/// Codes that are shown in turn, each of another pass.
const CODES: usize = 2_000;
/// Passes that were shown before in the same window.
const SHOWN: usize = 100_000;
/// Bytes that the issuer and the holder sign of a pass, about.
const SIGNED: [usize; 2] = [130, 290];
/// Bytes that an issuer signs blindly.
const SIGNED_BLINDLY: usize = 75;

pub(crate) fn run(seconds: f64) -> Result<String, BenchError> {
    let mut table = String::from(
        "| a pass shown at a gate with a screen | bytes; characters | bare, µs | judged and marked, µs | ratio, undisturbed (target ≤ 1.3) | ratio | p99 of one by one, µs (target ≤ 500) |\n\
         |---|---|---|---|---|---|---|\n",
    );
    let kinds = [
        ("Ed25519", KeyType::Ed25519, Issuing::Traceable),
        ("P-256", KeyType::P256, Issuing::Traceable),
        ("P-256, signed blindly (target ≤ 2,000)", KeyType::P256, Issuing::Blind),
    ];
    for (name, key_type, issuing) in kinds {
        let door = Door::new(key_type, issuing)?;
        let mut cases = [
            Case::new("bare signatures", || door.verifies_bare()),
            Case::new("judged and marked", || door.lets_in()),
        ];
        let figures = in_turns(&mut cases, seconds / 3.0)?;
        let [bare, judged] = figures.as_slice() else {
            return Err(BenchError::Broken("two cases give two figures".into()));
        };
        let characters = door.codes.first().map_or(0, String::len);
        let _ = writeln!(
            table,
            "| {name} | {}; {characters} | {} | {} | {:.2} | {} | {:.0} |",
            (characters - 4) * 2 / 3,
            Typical::of(bare).say(1),
            Typical::of(judged).say(1),
            Typical::undisturbed_ratio(judged, bare),
            Typical::ratio(judged, bare).say(2),
            door.slowest_but_one_in_a_hundred()?,
        );
    }
    Ok(table)
}

/// Codes as wallets show them, each of another pass.
pub(crate) fn codes() -> Result<Vec<String>, BenchError> {
    Ok(Door::new(KeyType::Ed25519, Issuing::Traceable)?.codes)
}

/// How passes are signed.
#[derive(Clone, Copy, PartialEq)]
enum Issuing {
    Traceable,
    Blind,
}

struct Door {
    gate: Gate,
    issuers: PassIssuers,
    codes: Vec<String>,
    before: Replay,
    /// The next code, and what was let in so far.
    state: RefCell<(usize, Replay)>,
    signatures: Vec<Bare>,
    /// In place of the issuer's, where that is a blind one.
    blind: Option<(PublicKey, Vec<u8>, [u8; 48])>,
}

impl Door {
    fn new(key_type: KeyType, issuing: Issuing) -> Result<Self, BenchError> {
        let key = || PrivateKey::generate(key_type, &OsEntropy);
        let (issuer, venue) = (key(), key());
        let wants = Wants::new(Kind::Entry, [Fact::AgeOver(19)]);
        let secret = ScreenSecret::generate(&OsEntropy);
        let window = Window::of(NOW);
        let screen = VenueCode::on_screen(("Museum", "North"), &wants, (window, &secret), &venue);
        let screen =
            VenueCode::read(&screen.map_err(broken("a screen"))?, NOW).map_err(broken("a screen"))?;
        let (heard, window) = screen.heard(window);
        let code = |_| {
            let holder = key();
            let claims = PassClaims {
                kind: Kind::Entry,
                facts: vec![Fact::AgeOver(19)],
                particulars: Vec::new(),
                expires: Generation::of(NOW).ends(),
                holder: holder.public().clone(),
                version: 0,
                status: None,
            };
            let unsigned = claims.unsigned(issuer.public()).map_err(broken("a pass"))?;
            let pass = unsigned.sign(&issuer).map_err(broken("a pass"))?;
            present(&pass, window, &heard, &holder).map_err(broken("a code"))
        };
        let signer = SecretKey::derive(&[7; 32], b"bench").map_err(broken("a key"))?;
        let trusted = PassIssuer {
            key: PassKey::Traceable(issuer.public().clone()),
            issuer: "https://pass.example".to_owned(),
            names: Names { ko: "패스".to_owned(), en: "Pass".to_owned() },
            kinds: vec![Kind::Entry],
            min_versions: [].into(),
            statuses: Vec::new(),
            as_of: NOW,
            until: NOW.plus(Seconds(3600)),
        };
        let issuers = match issuing {
            Issuing::Traceable => PassIssuers::new([trusted]),
            Issuing::Blind => PassIssuers::new([PassIssuer { key: blind_key(&signer)?, ..trusted }]),
        };
        let blindly = |_| {
            let (holder, id) = (key(), blind_key(&signer)?.id());
            let request = BlindRequest::generate(holder.public(), &OsEntropy);
            let point = signer.sign(&request.point()).map_err(broken("an answer"))?;
            let answer = [&id.as_bytes()[..], &point].concat();
            let pass = request.finish(&answer, &issuers).map_err(broken("a pass"))?;
            present(pass.shown(), window, &heard, &holder).map_err(broken("a code"))
        };
        let codes = match issuing {
            Issuing::Traceable => (0..CODES).map(code).collect::<Result<Vec<_>, BenchError>>()?,
            Issuing::Blind => (0..CODES).map(blindly).collect::<Result<Vec<_>, BenchError>>()?,
        };
        let gate = Gate {
            venue: VenueId::of(venue.public()),
            wants,
            issuers: Vec::new(),
            presence: Presence::Screen(secret),
            max_trust_age: Gate::MAX_TRUST_AGE,
        };
        let mut before = Replay::starting(&gate, NOW);
        for _ in 0..SHOWN {
            let mut pass = [0; 16];
            OsEntropy.fill(&mut pass);
            before.remember_shown(window, Pseudonym::from_bytes(pass), NOW);
        }
        let signed = |length: usize| {
            let (key, message) = (key(), vec![7; length]);
            let signature = key.sign(&message).map_err(broken("a signature"))?;
            Bare::new(key.public(), message, signature)
        };
        let mut signatures = SIGNED.into_iter().map(signed).collect::<Result<Vec<_>, _>>()?;
        let blind = match issuing {
            Issuing::Traceable => None,
            Issuing::Blind => {
                signatures.remove(0);
                Some(signed_blindly(&signer)?)
            }
        };
        let state = RefCell::new((0, before.clone()));
        Ok(Self { gate, issuers, codes, before, state, signatures, blind })
    }

    fn verifies_bare(&self) -> bool {
        let blind = |(key, message, signature): &(PublicKey, Vec<u8>, [u8; 48])| {
            key.verify(signature, message).is_ok()
        };
        self.signatures.iter().all(Bare::verifies) && self.blind.as_ref().is_none_or(blind)
    }

    /// The next code is judged and marked. When all were shown, everything begins anew.
    fn lets_in(&self) -> bool {
        let mut state = self.state.borrow_mut();
        let (next, replay) = &mut *state;
        let Some(code) = self.codes.get(*next) else {
            *next = 0;
            *replay = self.before.clone();
            return true;
        };
        *next += 1;
        let judged = self.gate.judge(code, &self.issuers, NOW, Lang::Ko);
        judged.and_then(|checked| replay.admit(checked, NOW)).is_ok()
    }

    fn slowest_but_one_in_a_hundred(&self) -> Result<f64, BenchError> {
        *self.state.borrow_mut() = (0, self.before.clone());
        let mut figures = Vec::with_capacity(CODES);
        for _ in 0..CODES {
            let (good, took) = timed(|| self.lets_in());
            require(good, "judged one by one")?;
            figures.push(took * 1e6);
        }
        figures.sort_by(f64::total_cmp);
        Ok(figures.get(CODES * 99 / 100).copied().unwrap_or(f64::NAN))
    }
}

/// What a gate knows of the key.
fn blind_key(signer: &SecretKey) -> Result<PassKey, BenchError> {
    let (facts, key) = (vec![Fact::AgeOver(19)], *signer.public().as_bytes());
    let key = BlindKey { kind: Kind::Entry, facts, expires: Generation::of(NOW).ends(), key };
    BlindVerifier::new(key).map(PassKey::Blind).ok_or_else(|| BenchError::Broken("a key".into()))
}

/// A signature by itself, as of [`Bare`]: of so many bytes as stand in a pass.
fn signed_blindly(signer: &SecretKey) -> Result<(PublicKey, Vec<u8>, [u8; 48]), BenchError> {
    let (message, blinding) = (vec![7; SIGNED_BLINDLY], Blinding::generate(&OsEntropy));
    let answer = signer.sign(&blinding.blind(&message)).map_err(broken("an answer"))?;
    let signature = blinding.finish(&answer, &message, signer.public()).map_err(broken("a signature"))?;
    Ok((signer.public().clone(), message, signature))
}
