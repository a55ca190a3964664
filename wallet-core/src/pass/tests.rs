//! Passes made, shown and judged; and every way in which one is refused.

use std::collections::BTreeMap;

use jigap_keys::{KeyType, PrivateKey};
use proptest::prelude::*;

use super::*;
use crate::cbor::Writer;
use crate::cose::{self, UnsignedSign1};
use crate::status::{StatusBits, StatusList, StatusValue};
use crate::testing::Repeatable;
use crate::text::Lang;
use crate::text_form;
use crate::time::{Seconds, Timestamp};
use crate::trust::Names;
use crate::verdict::{Check, Refusal};

#[cfg(feature = "bbs")]
mod blind;
mod bundled;
mod marks;
mod replay;
mod tickets;
mod venue;

const NOW: Timestamp = Timestamp::from_unix(1_795_943_107);
const LIST: &str = "https://pass.example/status/1";
const NAMES: (&str, &str) = ("한빛 미술관", "1층 정문");

fn key(key_type: KeyType, seed: u64) -> PrivateKey {
    PrivateKey::generate(key_type, &Repeatable::new(seed))
}

fn place(index: u64) -> PassStatus {
    PassStatus { list: PassStatus::tag(LIST), index }
}

fn age(years: u8) -> Fact {
    Fact::AgeOver(years)
}

fn student() -> Fact {
    Fact::parse("student").unwrap()
}

/// An issuer, a venue with a gate, and somebody with a pass.
struct Scene {
    issuer: PrivateKey,
    venue: PrivateKey,
    holder: PrivateKey,
    claims: PassClaims,
    statuses: StatusList,
    min_version: u32,
    as_of: Timestamp,
    until: Timestamp,
    gate: Gate,
}

impl Scene {
    fn new() -> Self {
        Self::of(KeyType::Ed25519, Wants::new(Kind::Entry, [age(19)]))
    }

    fn of(key_type: KeyType, wants: Wants) -> Self {
        let (issuer, venue, holder) = (key(key_type, 1), key(KeyType::Ed25519, 2), key(key_type, 3));
        let claims = PassClaims {
            kind: Kind::Entry,
            facts: vec![student(), age(19)],
            particulars: Vec::new(),
            expires: Generation::of(NOW).ends(),
            holder: holder.public().clone(),
            version: 0,
            status: None,
        };
        let gate = Gate {
            venue: VenueId::of(venue.public()),
            wants,
            issuers: Vec::new(),
            presence: Presence::Screen(ScreenSecret::generate(&Repeatable::new(4))),
            max_trust_age: Gate::MAX_TRUST_AGE,
        };
        let statuses = StatusList::new(StatusBits::new(2).unwrap(), 100_000);
        Self {
            issuer,
            venue,
            holder,
            claims,
            statuses,
            min_version: 0,
            as_of: NOW,
            until: NOW.plus(Seconds(u32::MAX)),
            gate,
        }
    }

    /// A ticket, with a place in the status list, and the gate of its event.
    fn of_tickets() -> Self {
        let wants = Wants::new(Kind::Ticket, []).with("event", ["음악회"]).unwrap();
        let mut scene = Self::of(KeyType::Ed25519, wants);
        scene.gate.issuers = vec!["https://pass.example".to_owned()];
        scene.claims.kind = Kind::Ticket;
        scene.claims.facts = Vec::new();
        scene.claims.particulars = ["음악회", "R", "12", "34"].map(str::to_owned).to_vec();
        scene.claims.status = Some(place(70_000));
        scene
    }

    fn replay(&self) -> Replay {
        Replay::starting(&self.gate, NOW)
    }

    fn pass(&self) -> Vec<u8> {
        self.claims.unsigned(self.issuer.public()).unwrap().sign(&self.issuer).unwrap()
    }

    fn issuers(&self) -> PassIssuers {
        let issuer = PassIssuer {
            key: PassKey::Traceable(self.issuer.public().clone()),
            issuer: "https://pass.example".to_owned(),
            names: Names { ko: "패스".to_owned(), en: "Pass".to_owned() },
            kinds: vec![Kind::Entry, Kind::Ticket],
            min_versions: BTreeMap::from([(self.claims.kind, self.min_version)]),
            statuses: vec![self.snapshot()],
            as_of: self.as_of,
            until: self.until,
        };
        PassIssuers::new([issuer])
    }

    fn snapshot(&self) -> Snapshot {
        Snapshot {
            tag: PassStatus::tag(LIST),
            list: self.statuses.clone(),
            as_of: self.as_of,
            until: self.until,
        }
    }

    /// What the gate shows in the window of `now`.
    fn shown_by_gate(&self, now: Timestamp) -> String {
        match &self.gate.presence {
            Presence::Screen(secret) => {
                VenueCode::on_screen(NAMES, &self.gate.wants, (Window::of(now), secret), &self.venue).unwrap()
            }
            _ => VenueCode::on_poster(NAMES, &self.gate.wants, &self.venue).unwrap(),
        }
    }

    /// The code that the holder shows at `now`, having read what the gate shows.
    fn code(&self, now: Timestamp) -> String {
        let venue = VenueCode::read(&self.shown_by_gate(now), now).unwrap();
        let (heard, window) = venue.heard(Window::of(now));
        present(&self.pass(), window, &heard, &self.holder).unwrap()
    }

    fn judge(&self, code: &str, now: Timestamp) -> Result<Checked, Refusal> {
        self.gate.judge(code, &self.issuers(), now, Lang::En)
    }

    #[track_caller]
    fn assert_refused(&self, code: &str, now: Timestamp, check: Check, reason: &str) {
        let refusal = self.judge(code, now).expect_err("refused");
        assert_eq!((refusal.check, refusal.reason.code), (check, reason));
    }
}

#[test]
fn whoever_holds_a_pass_is_let_in_once_in_a_window() {
    for key_type in [KeyType::Ed25519, KeyType::P256] {
        let scene = Scene::of(key_type, Wants::new(Kind::Entry, [age(14), student()]));
        let mut replay = scene.replay();
        let code = scene.code(NOW);
        let admitted = replay.admit(scene.judge(&code, NOW).unwrap(), NOW).unwrap();
        assert_eq!((admitted.kind, admitted.asked), (Kind::Entry, Asking::Screen));
        assert_eq!(
            (admitted.issuer.as_str(), admitted.issuer_name.as_str()),
            ("https://pass.example", "Pass")
        );
        assert_eq!(admitted.facts, [age(19), student()]);
        assert_eq!(admitted.pseudonym, Pseudonym::of(scene.holder.public()));
        let again = replay.admit(scene.judge(&code, NOW).unwrap(), NOW).unwrap_err();
        assert_eq!((again.check, again.reason.code), (ONCE, "pass-shown-before"));
        // Nor by another code, as long as the first counts or would if the clock went back a little.
        for (seconds, let_in) in [(15, false), (30, false), (45, true)] {
            let later = NOW.plus(Seconds(seconds));
            let judged = scene.judge(&scene.code(later), later).unwrap();
            assert_eq!(replay.admit(judged, later).is_ok(), let_in, "{seconds}");
        }
    }
}

/// The issue's bounds: 240 bytes and 61 by 61 modules for a standard pass, 69 by 69 for the rest.
#[test]
fn codes_are_as_small_as_they_must_be() {
    for key_type in [KeyType::Ed25519, KeyType::P256] {
        let scene = Scene::of(key_type, Wants::new(Kind::Entry, []));
        let code = scene.code(NOW);
        assert!(code.len() <= 366, "{} characters", code.len());
        let event = "2026 송년 음악회";
        let wants = Wants::new(Kind::Ticket, []).with("event", [event]).unwrap();
        let mut ticket = Scene::of(key_type, wants.with("zone", ["1층 R석", "1층 S석"]).unwrap());
        ticket.gate.issuers = vec!["https://pass.example".to_owned()];
        ticket.claims.kind = Kind::Ticket;
        ticket.claims.facts = Vec::new();
        ticket.claims.particulars = [event, "1층 R석", "12열", "34번"].map(str::to_owned).to_vec();
        ticket.claims.status = Some(place(99_999));
        // 419 characters fit 65 by 65 modules, 483 fit 69 by 69.
        let sizes = (ticket.code(NOW).len(), ticket.shown_by_gate(NOW).len());
        assert_eq!(sizes, if key_type == KeyType::Ed25519 { (412, 328) } else { (415, 328) });
        assert!(ticket.shown_by_gate(NOW).len() <= 600, "77 by 77: {}", ticket.shown_by_gate(NOW).len());
        assert!(ticket.judge(&ticket.code(NOW), NOW).is_ok());
        ticket.claims.particulars = vec!["가".repeat(13); 4];
        assert_eq!(ticket.claims.unsigned(ticket.issuer.public()).err(), Some(PassError::TooLarge));
    }
}

#[test]
fn what_could_tell_a_pass_from_others_is_not_issued() {
    let scene = Scene::new();
    let make = |change: &dyn Fn(&mut PassClaims)| {
        let mut claims = scene.claims.clone();
        change(&mut claims);
        claims.unsigned(scene.issuer.public()).map(|_| ())
    };
    assert_eq!(make(&|claims| claims.expires = claims.expires.plus(Seconds(1))), Err(PassError::Expiry));
    assert_eq!(make(&|claims| claims.expires = Generation::of(NOW).next().ends()), Ok(()));
    assert_eq!(make(&|claims| claims.particulars = vec!["A".to_owned()]), Err(PassError::Particulars));
    assert_eq!(make(&|claims| claims.kind = Kind::Ticket), Err(PassError::Particulars));
    assert_eq!(
        make(&|claims| claims.holder = key(KeyType::P384, 9).public().clone()),
        Err(PassError::KeyType)
    );
    // A list says when what stands in it was issued.
    assert_eq!(make(&|claims| claims.status = Some(place(1))), Err(PassError::Particulars));
    let deceptive = ["A\u{202E}", "", "", ""].map(str::to_owned).to_vec();
    let ticket = |claims: &mut PassClaims| {
        claims.kind = Kind::Ticket;
        claims.particulars = deceptive.clone();
    };
    assert_eq!(make(&ticket), Err(PassError::Particulars));
}

/// Two passes of one person differ in key and signature alone, neither of which says anything.
#[test]
fn two_passes_have_nothing_else_in_common() {
    let mut scene = Scene::new();
    let one = scene.pass();
    let other = key(KeyType::Ed25519, 30);
    scene.claims.holder = other.public().clone();
    let two = scene.pass();
    let differing: Vec<usize> = (0..one.len()).filter(|at| one[*at] != two[*at]).collect();
    let key_at = one.windows(32).position(|it| it == scene.holder.public().to_bytes()).unwrap();
    let signature_at = one.len() - 64;
    let explained = |at: &usize| (key_at..key_at + 32).contains(at) || *at >= signature_at;
    assert_eq!(one.len(), two.len());
    assert!(differing.iter().all(explained), "{differing:?}");
}

#[test]
fn ep_01_what_is_no_code_is_refused() {
    let scene = Scene::new();
    let code = scene.code(NOW);
    let bytes = text_form::read("JG1:", &code, 483).unwrap();
    let frame = |elements: usize, window: u64, signature: &[u8]| {
        let mut writer = Writer::new();
        writer.array(elements).raw(&scene.pass()).unsigned(window).bytes(signature);
        text_form::write("JG1:", &writer.into_bytes())
    };
    let window = u64::from(Window::of(NOW).number());
    for broken in [
        String::new(),
        "JG1:".to_owned(),
        code.replace("JG1:", "JG2:"),
        code.to_lowercase(),
        format!("{code}0"),
        code[..code.len() - 3].to_owned(),
        "JG1:".to_owned() + &"0".repeat(480),
        text_form::write("JG1:", &[&bytes[..], &[0]].concat()),
        text_form::write("JG1:", &[&[0x82], &bytes[1..]].concat()),
        // The window in more bytes than it needs.
        text_form::write(
            "JG1:",
            &[&bytes[..bytes.len() - 71], &[0x1b, 0, 0, 0, 0], &bytes[bytes.len() - 70..]].concat(),
        ),
        frame(3, u64::MAX, &[0; 64]),
        frame(3, window, &[0; 63]),
        frame(3, window, &[0; 65]),
        text_form::write("JG1:", &[0x83, 0x40, 0x00, 0x40]),
        text_form::write("JG1:", &[0x9f; 100]),
        text_form::write("JG1:", &[0x81; 300]),
    ] {
        scene.assert_refused(&broken, NOW, FORM, "pass-code");
    }
}

/// A pass with this payload and header, by the issuer whom the gate trusts, shown by its holder.
fn shown(scene: &Scene, header: cose::Header, payload: Vec<u8>) -> String {
    let pass = UnsignedSign1::new(header, b"JG1 issuer", payload).sign(&scene.issuer).unwrap();
    let mut frame = Writer::new();
    frame.array(3).raw(&pass).unsigned(u64::from(Window::of(NOW).number())).bytes(&[1; 64]);
    text_form::write("JG1:", &frame.into_bytes())
}

fn header(scene: &Scene) -> cose::Header {
    let header = cose::Header::for_key(scene.issuer.public().key_type()).unwrap();
    header.kid(*KeyId::of(scene.issuer.public()).as_bytes())
}

#[test]
fn ep_02_what_says_more_or_less_than_a_pass_is_refused() {
    let scene = Scene::new();
    let holder = scene.holder.public().to_compressed_cose_key();
    let other = key(KeyType::P384, 5).public().to_compressed_cose_key();
    let payload = |exp: &[u8], cnf: &[u8], said: &[u8], more: &[u8]| {
        let mut writer = Writer::new();
        writer
            .map(3 + usize::from(!more.is_empty()))
            .integer(4)
            .raw(exp)
            .integer(8)
            .map(1)
            .integer(1)
            .raw(cnf);
        writer.integer(-65_537).raw(said).raw(more);
        writer.into_bytes()
    };
    let end = [0x1a, 0x7f, 0xff, 0xff, 0xff];
    // Kind entry; the rest is changed.
    let plain: &[u8] = &[0xa1, 0, 0];
    assert!(PassClaims::read(&payload(&end, &holder, plain, &[])).is_ok());
    let long = ["a2".to_owned(), "0000".to_owned(), "0181".to_owned(), "7819".to_owned(), "61".repeat(25)];
    let long = crate::testing::hex(&long.concat());
    let said: [&[u8]; 16] = [
        &[0xa0],
        &[0xa1, 0, 4],
        &[0xa1, 1, 0],
        &[0xa2, 0, 0, 5, 0],
        &[0xa2, 0, 0, 0x61, b'x', 0],
        // Facts: none, not sorted, twice, over 99, 0, a fact of age by its text, a name that is none.
        &[0xa2, 0, 0, 1, 0x80],
        &[0xa2, 0, 0, 1, 0x82, 19, 14],
        &[0xa2, 0, 0, 1, 0x82, 19, 19],
        &[0xa2, 0, 0, 1, 0x81, 0x18, 100],
        &[0xa2, 0, 0, 1, 0x81, 0],
        &[0xa2, 0, 0, 1, 0x81, 0x61, b'A'],
        // Particulars of an entry pass; a version of 0; a place that is no number; one key twice.
        &[0xa2, 0, 0, 2, 0x81, 0x61, b'x'],
        &[0xa2, 0, 0, 3, 0],
        &[0xa2, 0, 0, 4, 0x20],
        &[0xa2, 0, 0, 4, 0x82, 0x43, 1, 2, 3, 0],
        &long,
    ];
    let mut payloads: Vec<Vec<u8>> = said.into_iter().map(|said| payload(&end, &holder, said, &[])).collect();
    payloads.push(payload(&[0xf6], &holder, plain, &[]));
    payloads.push(payload(&[0xfb, 0x41, 0xdf, 0xff, 0xff, 0xff, 0xc0, 0, 0], &holder, plain, &[]));
    payloads.push(payload(&end, &other, plain, &[]));
    payloads.push(payload(&end, &[0xa0], plain, &[]));
    // An issuer (1), a moment (6) and an identifier (7) would tell passes apart.
    payloads.push(payload(&end, &holder, plain, &[1, 0x61, b'x']));
    payloads.push(payload(&end, &holder, plain, &[6, 1]));
    payloads.push(payload(&end, &holder, plain, &[7, 0x41, 1]));
    payloads.push(vec![0x80]);
    payloads.push(vec![]);
    for payload in payloads {
        scene.assert_refused(&shown(&scene, header(&scene), payload), NOW, CLAIMS, "pass-claims");
    }
    // What says the same in other bytes could be a mark.
    let mut longer = payload(&end, &holder, plain, &[]);
    longer.splice(1..2, [0x18, 4]);
    scene.assert_refused(&shown(&scene, header(&scene), longer), NOW, CLAIMS, "pass-claims");
    let good = payload(&end, &holder, plain, &[]);
    let typed = header(&scene).typ("mark");
    scene.assert_refused(&shown(&scene, typed, good.clone()), NOW, CLAIMS, "pass-claims");
    let plain_header = cose::Header::for_key(KeyType::Ed25519).unwrap();
    for kid in [None, Some(vec![]), Some(vec![1; 9])] {
        let header = kid.map_or(plain_header.clone(), |kid| plain_header.clone().kid(kid));
        scene.assert_refused(&shown(&scene, header, good.clone()), NOW, CLAIMS, "pass-claims");
    }
}

#[test]
fn ep_03_an_issuer_the_gate_does_not_trust_is_refused() {
    let mut scene = Scene::new();
    let good = scene.code(NOW);
    let trusted = scene.issuers();
    scene.issuer = key(KeyType::Ed25519, 99);
    let stranger = scene.code(NOW);
    let judged = scene.gate.judge(&stranger, &trusted, NOW, Lang::En).err().unwrap();
    assert_eq!((judged.check, judged.reason.code), (ISSUER, "pass-issuer"));
    // Two issuers with one key: it cannot be said whose the pass is.
    let one = trusted.find(KeyId::of(key(KeyType::Ed25519, 1).public())).unwrap().clone();
    let two = PassIssuers::new([one.clone(), one]);
    assert_eq!(scene.gate.judge(&good, &two, NOW, Lang::En).err().unwrap().check, ISSUER);
    // One whom this gate does not name; one whose time in the list is over.
    let mut scene = Scene::new();
    scene.gate.issuers = vec!["https://other.example".to_owned()];
    scene.assert_refused(&scene.code(NOW), NOW, ISSUER, "pass-issuer");
    scene.gate.issuers.push("https://pass.example".to_owned());
    assert!(scene.judge(&scene.code(NOW), NOW).is_ok());
    scene.until = NOW;
    scene.assert_refused(&scene.code(NOW), NOW, ISSUER, "pass-issuer");
    // A kind that it may not issue.
    let wants = Wants::new(Kind::Membership, []).with("organisation", ["한빛"]).unwrap();
    let mut scene = Scene::of(KeyType::Ed25519, wants);
    scene.gate.issuers = vec!["https://pass.example".to_owned()];
    scene.claims.kind = Kind::Membership;
    scene.claims.particulars = vec!["한빛".to_owned(), String::new()];
    scene.assert_refused(&scene.code(NOW), NOW, ISSUER, "pass-issuer");
}

#[test]
fn ep_04_a_pass_its_issuer_did_not_sign_is_refused() {
    let scene = Scene::new();
    let bytes = text_form::read("JG1:", &scene.code(NOW), 483).unwrap();
    let end_of_pass = bytes.len() - 66 - 5;
    let mut forged = bytes.clone();
    forged[end_of_pass - 1] ^= 1;
    scene.assert_refused(&text_form::write("JG1:", &forged), NOW, AUTHENTIC, "pass-forged");
    // Signed by the right key, but as something else.
    let claims = scene.claims.unsigned(scene.issuer.public()).unwrap().sign(&scene.issuer).unwrap();
    let payload = cose::Sign1::parse(&claims).unwrap().unverified_payload().unwrap().to_vec();
    let pass = UnsignedSign1::new(header(&scene), &[], payload).sign(&scene.issuer).unwrap();
    let heard = Heard::Anyone;
    let code = present(&pass, Window::of(NOW), &heard, &scene.holder).unwrap();
    scene.assert_refused(&code, NOW, AUTHENTIC, "pass-forged");
}

#[test]
fn ep_05_a_pass_that_ended_is_refused() {
    let scene = Scene::new();
    let last = scene.claims.expires.minus(Seconds(1));
    let mut later = Scene { as_of: last, ..scene };
    assert!(later.judge(&later.code(last), last).is_ok());
    let over = later.claims.expires;
    later.as_of = over;
    later.assert_refused(&later.code(over), over, NOT_ENDED, "pass-ended");
}

#[test]
fn ep_06_a_pass_of_a_version_that_was_ended_is_refused() {
    let mut scene = Scene { min_version: 2, ..Scene::new() };
    scene.claims.version = 1;
    scene.assert_refused(&scene.code(NOW), NOW, VERSION, "pass-version");
    scene.claims.version = 2;
    assert!(scene.judge(&scene.code(NOW), NOW).is_ok());
}

#[test]
fn ep_07_a_photograph_is_worth_nothing_half_a_minute_later() {
    let scene = Scene::new();
    let code = scene.code(NOW);
    let begins = Window::of(NOW).begins();
    for (seconds, counts) in [(0_u32, true), (14, true), (29, true), (30, false), (86_400, false)] {
        let now = begins.plus(Seconds(seconds));
        assert_eq!(scene.judge(&code, now).is_ok(), counts, "{seconds}");
    }
    scene.assert_refused(&code, begins.plus(Seconds(30)), WINDOW, "pass-window");
    scene.assert_refused(&code, begins.minus(Seconds(16)), WINDOW, "pass-window");
}

#[test]
fn ep_08_a_code_made_for_another_door_or_by_another_key_is_refused() {
    let mut scene = Scene::new();
    let pass = scene.pass();
    let window = Window::of(NOW);
    let Presence::Screen(secret) = &scene.gate.presence else { panic!("a screen") };
    let (venue, nonce) = (scene.gate.venue, secret.nonce(window));
    let elsewhere = VenueId::of(key(KeyType::Ed25519, 50).public());
    let show = |heard: Heard| present(&pass, window, &heard, &scene.holder).unwrap();
    assert!(scene.judge(&show(Heard::Screen(venue, nonce)), NOW).is_ok());
    let refused = [
        Heard::Screen(elsewhere, nonce),
        Heard::Screen(venue, [0; NONCE_BYTES]),
        Heard::Screen(venue, secret.nonce(Window::from_number(window.number() - 1))),
        Heard::Poster(venue),
        Heard::Anyone,
    ];
    for heard in refused {
        scene.assert_refused(&show(heard), NOW, HOLDER, "pass-holder");
    }
    // A pass that was copied without its key; a signature moved to another window.
    let thief = key(KeyType::Ed25519, 60);
    assert_eq!(present(&pass, window, &Heard::Anyone, &thief), Err(PassError::OtherKey));
    let bytes = text_form::read("JG1:", &scene.code(NOW), 483).unwrap();
    let mut moved = bytes.clone();
    let at = bytes.len() - 67;
    moved[at] ^= 1;
    scene.assert_refused(&text_form::write("JG1:", &moved), NOW, HOLDER, "pass-holder");
    // What a stronger gate takes does not open a weaker one either, and the reverse.
    for presence in [Presence::Poster, Presence::OneWay] {
        let two_way = presence.asking() == Asking::Poster;
        let heard = if two_way { Heard::Poster(venue) } else { Heard::Anyone };
        let strong = show_for(&pass, &scene.holder, Heard::Screen(venue, nonce));
        scene.gate.presence = presence;
        scene.assert_refused(&strong, NOW, HOLDER, "pass-holder");
        assert!(scene.judge(&show_for(&pass, &scene.holder, heard), NOW).is_ok());
    }
}

fn show_for(pass: &[u8], holder: &PrivateKey, heard: Heard) -> String {
    present(pass, Window::of(NOW), &heard, holder).unwrap()
}

#[test]
fn ep_09_what_the_gate_does_not_ask_for_opens_nothing() {
    let scene = Scene::of(KeyType::Ed25519, Wants::new(Kind::Entry, [age(20)]));
    scene.assert_refused(&scene.code(NOW), NOW, WANTED, "pass-fact");
    let scene =
        Scene::of(KeyType::Ed25519, Wants::new(Kind::Entry, [age(19), Fact::parse("member").unwrap()]));
    scene.assert_refused(&scene.code(NOW), NOW, WANTED, "pass-fact");
    let mut scene = Scene::of_tickets();
    scene.claims = Scene::new().claims;
    scene.assert_refused(&scene.code(NOW), NOW, WANTED, "pass-kind");
}

#[test]
fn ep_10_a_pass_that_was_revoked_or_whose_status_is_not_known_is_refused() {
    let mut scene = Scene::of_tickets();
    for value in [StatusValue::INVALID, StatusValue::SUSPENDED] {
        scene.statuses.set(70_000, value).unwrap();
        scene.assert_refused(&scene.code(NOW), NOW, NOT_REVOKED, "pass-revoked");
    }
    scene.statuses.set(70_000, StatusValue::VALID).unwrap();
    assert!(scene.judge(&scene.code(NOW), NOW).is_ok());
    scene.claims.status = Some(place(100_004));
    scene.assert_refused(&scene.code(NOW), NOW, NOT_REVOKED, "pass-status-unknown");
    scene.claims.status = Some(place(1));
    let trusted = scene.issuers().find(KeyId::of(scene.issuer.public())).unwrap().clone();
    // A list that ended; without its list, and with two that cannot be told apart.
    let ended = Snapshot { until: NOW, ..scene.snapshot() };
    for statuses in [vec![ended], vec![], vec![scene.snapshot(), scene.snapshot()]] {
        let issuers = PassIssuers::new([PassIssuer { statuses, ..trusted.clone() }]);
        let judged = scene.gate.judge(&scene.code(NOW), &issuers, NOW, Lang::En).err().unwrap();
        assert_eq!((judged.check, judged.reason.code), (NOT_REVOKED, "pass-status-unknown"));
    }
}

#[test]
fn ep_12_a_gate_whose_trust_is_too_old_opens_for_nobody() {
    let mut scene = Scene::new();
    for (age, good) in [(0, true), (72 * 3600, true), (72 * 3600 + 1, false)] {
        scene.as_of = NOW.minus(Seconds(age));
        assert_eq!(scene.judge(&scene.code(NOW), NOW).is_ok(), good, "{age}");
    }
    scene.assert_refused(&scene.code(NOW), NOW, FRESH_TRUST, "trust-old");
    scene.as_of = NOW.plus(Seconds(61));
    scene.assert_refused(&scene.code(NOW), NOW, FRESH_TRUST, "trust-old");
}

#[test]
fn nothing_of_a_pass_is_printed() {
    let scene = Scene::new();
    let checked = scene.judge(&scene.code(NOW), NOW).unwrap();
    let code = PassCode::parse(&scene.code(NOW)).unwrap();
    let pseudonym = Pseudonym::of(scene.holder.public());
    let shown = format!("{checked:?} {code:?} {:?} {pseudonym:?} {:?}", scene.claims, scene.gate);
    let admitted = scene.replay().admit(checked, NOW).unwrap();
    let shown = format!("{shown} {admitted:?}");
    for secret in ["student\"", "AgeOver(19), Named"] {
        assert!(!shown.contains(secret), "{shown}");
    }
    let Presence::Screen(secret) = &scene.gate.presence else { panic!("a screen") };
    assert!(!shown.contains(&format!("{:?}", secret.nonce(Window::of(NOW)))), "{shown}");
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    /// One byte of a good code changed, cut or added: no gate opens.
    #[test]
    fn a_changed_code_opens_nothing(at: prop::sample::Index, change in 1_u8..) {
        let scene = Scene::new();
        let bytes = text_form::read("JG1:", &scene.code(NOW), 483).unwrap();
        let at = at.index(bytes.len());
        let mut changed = bytes.clone();
        changed[at] ^= change;
        for broken in [&changed[..], &bytes[..at], &[&bytes[..at], &[change], &bytes[at..]].concat()] {
            prop_assert!(scene.judge(&text_form::write("JG1:", broken), NOW).is_err());
        }
    }

    #[test]
    fn facts_are_read_as_they_are_written(text in "[a-z][a-z0-9_]{0,23}|age_over_[1-9][0-9]?") {
        let fact = Fact::parse(&text);
        prop_assume!(fact.is_ok());
        prop_assert_eq!(fact.unwrap().to_string(), text);
    }
}

#[test]
fn a_fact_has_one_name() {
    for text in
        ["", "A", "1a", "age_over_0", "age_over_019", "age_over_100", "age_over_", "a-b", "age_over_+9"]
    {
        assert_eq!(Fact::parse(text), Err(FactError), "{text}");
    }
    assert_eq!(Fact::parse(&"a".repeat(25)), Err(FactError));
    assert!(age(19).implies(&age(14)) && !age(14).implies(&age(19)) && student().implies(&student()));
}
