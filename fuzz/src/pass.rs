//! Targets of `pass`: what a gate's camera and a wallet's camera see, and what another gate of the venue says.
//!
//! Input that begins with `JG1:` or `JV1:` is text as it is read; other input is the CBOR that would stand in one, so that
//! mutation reaches what stands behind the encoding.

use std::collections::BTreeSet;
use std::sync::LazyLock;

use jigap_keys::PrivateKey;
use jigap_keys::blind::SecretKey;
use jigap_wallet_core::entry_log::{MOST_ROWS, RowsHeard, RowsTold};
use jigap_wallet_core::pass::{
    BlindKey, BlindRequest, BlindVerifier, Fact, Gate, GateId, Generation, Heard, Kind, MOST_TOLD, Marks,
    MarksHeard, Merged, PassClaims, PassCode, PassIssuer, PassIssuers, PassKey, PassSort, PassStatus,
    Presence, Pseudonym, Receipt, Replay, SignedReceipt, VenueCode, VenueId, Wants, Window, present,
};
use jigap_wallet_core::text::Lang;
use jigap_wallet_core::time::{Seconds, Timestamp};
use jigap_wallet_core::trust::Names;

use crate::fixtures::{NOW, Same, holder, issuer, must, text};

static VENUE: LazyLock<PrivateKey> =
    LazyLock::new(|| PrivateKey::generate(jigap_keys::KeyType::Ed25519, &Same::new(7)));

/// Every code that our holder ever showed.
static SHOWN: LazyLock<BTreeSet<String>> =
    LazyLock::new(|| pass_code_seeds().iter().filter_map(|seed| as_text("JG1:", seed)).collect());

/// What a gate lets in was shown by our holder with a pass of our issuer, and is let in once.
pub(crate) fn pass_code(data: &[u8]) {
    let Some(code) = as_text("JG1:", data) else { return };
    if let Ok(read) = PassCode::parse(&code) {
        assert!(code.len() <= 483, "longer than any code");
        let _ = (read.issuer(), read.window());
    }
    let gate = gate();
    let issuers = &*TRUSTED;
    // A gate without a screen of its own has no nonce that could differ from run to run.
    let Ok(checked) = gate.judge(&code, issuers, NOW, Lang::En) else { return };
    let again = must(gate.judge(&code, issuers, NOW, Lang::En));
    let mut replay = Replay::starting(&screen(), NOW);
    let admitted = must(replay.admit(checked, NOW));
    assert!(replay.admit(again, NOW).is_err(), "let in twice");
    assert!(gate.wants.are_met_by(admitted.kind, &admitted.facts, &admitted.particulars));
    assert!(SHOWN.contains(&code), "let in, and nobody showed it");
}

/// A pass that comes of an answer is the one that our issuer signed: whatever else is answered is refused.
pub(crate) fn blind_answer(data: &[u8]) {
    let request = BlindRequest::generate(holder().public(), &Same::new(9));
    let came = request.finish(data, &TRUSTED);
    assert_eq!(came.is_ok(), data == ANSWER.as_slice(), "another answer is taken");
}

static BLIND: LazyLock<(SecretKey, BlindKey)> = LazyLock::new(|| {
    let secret = must(SecretKey::derive(&[7; 32], b"fuzz"));
    let (facts, key) = (vec![Fact::AgeOver(19)], *secret.public().as_bytes());
    let key = BlindKey { kind: Kind::Entry, facts, expires: Generation::of(NOW).ends(), key };
    (secret, key)
});

static TRUSTED: LazyLock<PassIssuers> = LazyLock::new(|| {
    let verifier = BlindVerifier::new(BLIND.1.clone());
    let blind = verifier.map(|key| PassIssuer { key: PassKey::Blind(key), ..trusted() });
    PassIssuers::new(blind.into_iter().chain([trusted()]))
});

/// What our issuer answers to our holder.
static ANSWER: LazyLock<Vec<u8>> = LazyLock::new(|| {
    let (secret, key) = &*BLIND;
    let request = BlindRequest::generate(holder().public(), &Same::new(9));
    [&key.id().as_bytes()[..], &must(secret.sign(&request.point()))].concat()
});

pub(crate) fn blind_answer_seeds() -> Vec<Vec<u8>> {
    vec![ANSWER.clone()]
}

/// What is read as a venue's code was signed by our venue, and says names that people can read.
pub(crate) fn venue_code(data: &[u8]) {
    let Some(code) = as_text("JV1:", data) else { return };
    let Ok(read) = VenueCode::read(&code, NOW) else { return };
    assert!(!read.name().trim().is_empty() && !read.gate().trim().is_empty());
    assert!(read.wants().says_for_what(), "a ticket of no event");
    let (_, window) = read.heard(Window::of(NOW));
    assert!(window.counts_at(NOW));
}

/// A receipt that is taken was signed by our venue, and says what it says in one form alone.
pub(crate) fn pass_mark(data: &[u8]) {
    messages(data);
    let Ok(read) = SignedReceipt::read(data, VENUE.public(), NOW) else { return };
    assert_eq!(read.bytes(), data);
    let again = must(SignedReceipt::read_line(&read.to_line(), VENUE.public(), NOW));
    assert_eq!(again, read);
    assert!(WROTE.iter().any(|wrote| wrote.receipt() == read.receipt()), "taken, and nobody wrote it");
    let mut marks = Marks::default();
    assert_eq!((marks.merge(read), marks.merge(again)), (Merged::New, Merged::Same));
}

/// What scanners and the computer that keeps their gate say to each other holds no more than a message does, and says it again.
fn messages(data: &[u8]) {
    if let Some(heard) = MarksHeard::read(data) {
        assert!(heard.marks.len() <= MOST_TOLD);
    }
    let _ = RowsHeard::read(data);
    let told: Option<RowsTold> = serde_json::from_slice(data).ok();
    if let Some(rows) = told.and_then(|told| told.read()) {
        assert!(rows.rows.len() <= MOST_ROWS);
        let again = RowsTold::of(rows.scanner, rows.day, &rows.rows, rows.close.as_deref());
        assert_eq!(again.read(), Some(rows));
    }
}

/// Every receipt that our venue ever wrote, and that counts.
static WROTE: LazyLock<Vec<SignedReceipt>> = LazyLock::new(|| {
    let receipt = |gate: u8, ends: Option<Timestamp>| Receipt {
        at: NOW,
        gate: GateId([gate; 8]),
        name: "정문".to_owned(),
        pass: Pseudonym::from_bytes([gate; 16]),
        window: Window::of(NOW),
        ends,
    };
    let ends = NOW.plus(Seconds(3600));
    let receipts = [receipt(1, Some(ends)), receipt(2, Some(ends)), receipt(3, None)];
    receipts.into_iter().map(|receipt| must(receipt.sign(&VENUE))).collect()
});

pub(crate) fn pass_mark_seeds() -> Vec<Vec<u8>> {
    let messages = [
        r#"{"next":"AAAAAAAAAAAAAAAAAAAAAA.1","more":false,"marks":["AA"]}"#,
        r#"{"scanner":"0707070707070707","day":"2026-11-29","rows":["AA"],"close":"AA"}"#,
        r#"{"count":3}"#,
    ];
    let messages = messages.map(|message| message.as_bytes().to_vec());
    WROTE.iter().map(|wrote| wrote.bytes().to_vec()).chain(messages).collect()
}

fn as_text(prefix: &str, data: &[u8]) -> Option<String> {
    if data.starts_with(prefix.as_bytes()) {
        return text(data).map(str::to_owned);
    }
    Some(format!("{prefix}{}", base45::encode(data)))
}

fn bytes_of(code: &str) -> Option<Vec<u8>> {
    base45::decode(code.get(4..)?).ok()
}

fn gate() -> Gate {
    Gate {
        venue: VenueId::of(VENUE.public()),
        wants: Wants::new(Kind::Entry, [Fact::AgeOver(14)]),
        issuers: Vec::new(),
        presence: Presence::Poster,
        max_trust_age: Seconds(3600),
    }
}

/// A gate that takes codes as soon as it starts.
fn screen() -> Gate {
    let secret = jigap_wallet_core::pass::ScreenSecret::generate(&Same::new(8));
    Gate { presence: Presence::Screen(secret), ..gate() }
}

fn trusted() -> PassIssuer {
    PassIssuer {
        key: PassKey::Traceable(issuer().public().clone()),
        issuer: "https://issuer.example".to_owned(),
        names: Names { ko: "발급자".to_owned(), en: "Issuer".to_owned() },
        kinds: vec![Kind::Entry, Kind::Ticket],
        min_versions: [].into(),
        statuses: Vec::new(),
        as_of: NOW,
        until: NOW.plus(Seconds(3600)),
    }
}

fn pass(kind: Kind, facts: Vec<Fact>, particulars: &[&str], index: Option<u64>) -> Vec<u8> {
    let claims = PassClaims {
        kind,
        facts,
        particulars: particulars.iter().map(|text| (*text).to_owned()).collect(),
        expires: Generation::of(NOW).ends(),
        holder: holder().public().clone(),
        version: 1,
        status: index.map(|index| PassStatus { list: [1, 2, 3, 4], index }),
    };
    must(must(claims.unsigned(issuer().public())).sign(issuer()))
}

pub(crate) fn pass_code_seeds() -> Vec<Vec<u8>> {
    let facts = vec![Fact::AgeOver(19), must(Fact::parse("student"))];
    let request = BlindRequest::generate(holder().public(), &Same::new(9));
    let passes = [
        must(request.finish(&ANSWER, &TRUSTED)).shown().to_vec(),
        pass(Kind::Entry, facts.clone(), &[], None),
        pass(Kind::StudentCard, facts, &["한빛대학교", "학사"], Some(1_000_000)),
        pass(Kind::Ticket, Vec::new(), &["음악회", "R", "12", "34"], None),
    ];
    let venue = VenueId::of(VENUE.public());
    let heard = [Heard::Poster(venue), Heard::Anyone, Heard::Screen(venue, [5; 16])];
    let codes = passes.iter().flat_map(|pass| {
        heard.iter().map(|heard| must(present(pass, Window::of(NOW), heard, holder())).into_bytes())
    });
    let mut seeds: Vec<Vec<u8>> = codes.collect();
    let frames: Vec<Vec<u8>> = seeds.iter().filter_map(|code| bytes_of(text(code)?)).collect();
    seeds.extend(frames);
    seeds
}

pub(crate) fn venue_code_seeds() -> Vec<Vec<u8>> {
    let secret = jigap_wallet_core::pass::ScreenSecret::generate(&Same::new(8));
    let wants = Wants::new(Kind::Entry, [Fact::AgeOver(19)]).of(PassSort::Blind);
    let screen =
        must(VenueCode::on_screen(("한빛 미술관", "정문"), &wants, (Window::of(NOW), &secret), &VENUE));
    let tickets = must(Wants::new(Kind::Ticket, []).with("event", ["음악회"]));
    let tickets = must(tickets.with("zone", ["R", "S"]));
    let poster = must(VenueCode::on_poster(("Museum", "North gate"), &tickets, &VENUE));
    let mut seeds = vec![screen.into_bytes(), poster.into_bytes()];
    let frames: Vec<Vec<u8>> = seeds.iter().filter_map(|code| bytes_of(text(code)?)).collect();
    seeds.extend(frames);
    seeds
}
