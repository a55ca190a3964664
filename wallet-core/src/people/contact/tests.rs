//! Contacts that go as they should; messages that are no part of them, that could not be reported, that were never sent; answers of
//! others; who asks too often.

use jigap_keys::base64url;
use jigap_keys::json::Limits;
use serde_json::{Map, Value, json};

use super::budget::{BETWEEN, BY_SEEKER, OF_LISTING, Pair, Spent, spend};
use super::checks::{
    ANSWERS, BLOCKED, BUDGET, COMMITTED, DISCLOSES, FORM, FRANKED, GATE, OPENS, PAIRWISE, REPORTER, STANDING,
};
use super::*;
use crate::jose::Jws;
use crate::people::names::Bytes32;
use crate::people::{Kind, Persona, PublicPersona};
use crate::testing::Repeatable;
use crate::time::{Seconds, Timestamp};
use crate::verdict::{Check, Refusal};

const HERE: &str = "people.example";
const NOW: Timestamp = Timestamp::from_unix(1_800_000_000);
const TEXT: &str = "안녕하세요, 세무 상담을 받고 싶습니다.\n가능하실까요?";
const CONTACT: Bytes32 = Bytes32([5; 32]);

fn seeker() -> Persona {
    Persona::generate(&Repeatable::new(1))
}

fn listing() -> Persona {
    Persona::generate(&Repeatable::new(2))
}

fn stranger() -> Persona {
    Persona::generate(&Repeatable::new(3))
}

fn message() -> Message {
    Message::new(TEXT, &Repeatable::new(4)).unwrap()
}

fn asking<'a>(listing: &'a PublicPersona, message: &'a Message) -> NewRequest<'a> {
    NewRequest { audience: HERE, contact: CONTACT, listing, message, proof: None }
}

fn signed() -> String {
    asking(&listing().public(), &message()).sign(&seeker(), NOW, &Repeatable::new(6)).unwrap()
}

fn request() -> ContactRequest {
    ContactRequest::read(&signed(), HERE).unwrap()
}

fn key() -> FrankKey {
    FrankKey::new([7; 32])
}

fn claims(text: &str) -> Map<String, Value> {
    let mut claims = Jws::parse(text).unwrap().unverified_payload().as_object().cloned().unwrap();
    ["iss", "aud", "iat"].iter().for_each(|name| drop(claims.remove(*name)));
    claims
}

/// The statement in which `member` is `value`, absent where that is null, signed by `by`.
fn with(text: &str, kind: Kind, by: &Persona, (member, value): (&str, Value)) -> String {
    let mut claims = claims(text);
    claims.insert(member.to_owned(), value);
    claims.retain(|_, value| !value.is_null());
    let kind = Kind { limits: Limits { bytes: 1 << 20, depth: 8 }, ..kind };
    kind.sign(by, HERE, NOW, claims).unwrap()
}

#[track_caller]
fn refused<T: std::fmt::Debug>(outcome: Result<T, Refusal>, check: Check) {
    assert_eq!(outcome.unwrap_err().check, check);
}

fn answered(says: Says) -> Answer {
    answered_at(says, NOW)
}

fn answered_at(says: Says, at: Timestamp) -> Answer {
    Answer::read(&answer(&listing(), HERE, &request(), says, at).unwrap(), HERE).unwrap()
}

fn accepted() -> Contact {
    let mut contact = Contact::begin(&request(), NOW);
    assert_eq!(contact.take(&answered(Says::Accept), NOW), Ok(true));
    contact
}

#[test]
fn a_message_reaches_whom_it_is_for_and_nobody_else_reads_it() {
    let (text, request) = (signed(), request());
    request.require_new(None, NOW).unwrap();
    request.require_new(Some(&listing().id()), NOW).unwrap();
    let opened = request.open(&listing()).unwrap();
    assert_eq!((opened.text(), request.seeker().id()), (TEXT, seeker().id()));
    let seen = format!("{} {request:?} {opened:?}", Jws::parse(&text).unwrap().unverified_payload());
    assert!(!seen.contains("안녕") && !seen.contains(opened.opening().to_string().as_str()));
}

#[test]
fn what_is_sealed_has_one_length_whatever_is_written() {
    let length = |text: &str| {
        let message = Message::new(text, &Repeatable::new(4)).unwrap();
        asking(&listing().public(), &message).sign(&seeker(), NOW, &Repeatable::new(6)).unwrap().len()
    };
    assert_eq!(length("?"), length(&"𝄞".repeat(MAX_CHARACTERS)));
    assert_eq!(length("?"), length(&"\"\\\n".repeat(MAX_CHARACTERS / 3)));
}

#[test]
fn texts_out_of_bounds_are_no_messages() {
    let long = "가".repeat(MAX_CHARACTERS + 1);
    for wrong in ["", " \n ", "a\u{0}b", "a\rb", "\u{1b}[31m", long.as_str()] {
        assert_eq!(Message::new(wrong, &Repeatable::new(1)), None, "{wrong:?}");
    }
    // Nobody would see these, or not as they are.
    for wrong in
        ["\u{200B}\u{2060}", "\u{200D} \u{200D}", "송금 \u{202E}하세요", "\u{2067}a\u{2069}", "\u{202A}a"]
    {
        assert_eq!(Message::new(wrong, &Repeatable::new(1)), None, "{wrong:?}");
    }
    assert!(Message::new("👩\u{200D}🔧", &Repeatable::new(1)).is_some(), "a joiner is part of what is seen");
    assert!(Message::new("가".repeat(MAX_CHARACTERS), &Repeatable::new(1)).is_some());
}

#[test]
fn a_contact_is_answered_and_the_same_answer_changes_nothing() {
    let mut contact = accepted();
    let kept = contact.clone();
    assert_eq!(contact.take(&answered(Says::Accept), NOW.plus(Seconds(1 << 30))), Ok(false));
    assert_eq!(contact, kept);
    assert!(contact.joins(&seeker().id(), &listing().id()) && contact.joins(&listing().id(), &seeker().id()));
    for (one, other) in [(seeker(), stranger()), (seeker(), seeker()), (stranger(), listing())] {
        assert!(!contact.joins(&one.id(), &other.id()));
    }
    assert_eq!(contact.take(&answered(Says::Block), NOW), Ok(true));
    assert!(!contact.joins(&seeker().id(), &listing().id()), "a block ends it");
}

#[test]
fn a_contact_is_stored_in_its_version_only() {
    let stored = serde_json::to_value(accepted()).unwrap();
    assert_eq!(serde_json::from_value::<Contact>(stored.clone()).unwrap(), accepted());
    // With feature `josekit` JSON keeps the order that members came in: other bytes are signed, and other digests kept.
    if !cfg!(feature = "josekit") {
        insta::assert_json_snapshot!(stored);
    }
    for (name, value) in [("version", json!(2)), ("more", json!(1)), ("standing", json!("paid"))] {
        let mut other = stored.clone();
        other[name] = value;
        assert!(serde_json::from_value::<Contact>(other).is_err(), "{name}");
    }
}

#[test]
fn the_wire_forms_stay_what_they_are() {
    let frank = key().frank(&request(), NOW);
    let reported = report(&listing(), HERE, (&frank, &message()), Ground::Spam, NOW).unwrap();
    let answer = answer(&listing(), HERE, &request(), Says::Block, NOW).unwrap();
    let mut shown: Vec<Map<String, Value>> =
        [signed(), answer, reported].iter().map(|text| claims(text)).collect();
    let sealed = shown[0]["sealed"].as_str().unwrap().len();
    shown[0].insert("sealed".to_owned(), json!(format!("{sealed} characters")));
    // With feature `josekit` JSON keeps the order that members came in: other bytes are signed, and other digests kept.
    if !cfg!(feature = "josekit") {
        insta::assert_json_snapshot!(shown);
    }
}

#[test]
fn a_report_proves_who_wrote_what_to_whom_and_when() {
    let (request, frank) = (request(), key().frank(&request(), NOW));
    assert!(frank.is_of(&request));
    let opened = request.open(&listing()).unwrap();
    let reported = report(&listing(), HERE, (&frank, &opened), Ground::Abuse, NOW).unwrap();
    let proved = Proved::judge(&reported, HERE, &key()).unwrap();
    let passed = proved.passed();
    assert_eq!((proved.text(), proved.ground(), passed.received), (TEXT, Ground::Abuse, NOW));
    assert_eq!((&passed.seeker, &passed.listing), (&seeker().id(), &listing().id()));
    assert!(!format!("{proved:?}").contains("안녕"));
}

#[test]
fn pc_01_what_is_not_in_its_form_is_refused() {
    let text = signed();
    for wrong in [
        ("contact", json!("AAAA")),
        ("contact", json!(null)),
        ("listing", json!("me")),
        ("opens", json!("AAAA")),
        ("sealed", json!("%")),
        ("sealed", json!("A".repeat(8 * 1024 + 4))),
        ("commitment", json!(null)),
        ("proof", json!(7)),
        ("proof", json!("x".repeat(MAX_PROOF + 1))),
        ("name", json!("김지갑")),
    ] {
        let shown = wrong.0;
        let text = with(&text, Kind { limits: REQUEST.limits, ..REQUEST }, &seeker(), wrong);
        if text.len() > REQUEST.limits.bytes {
            assert_eq!(ContactRequest::read(&text, HERE).unwrap_err().check.id, "PE-01");
            continue;
        }
        assert_eq!(ContactRequest::read(&text, HERE).unwrap_err().check, FORM, "{shown}");
    }
    let answer = answer(&listing(), HERE, &request(), Says::Block, NOW).unwrap();
    for wrong in [("answer", json!("maybe")), ("request", json!(null)), ("more", json!(1))] {
        refused(Answer::read(&with(&answer, ANSWER, &listing(), wrong), HERE), FORM);
    }
    let frank = key().frank(&request(), NOW);
    let reported = report(&listing(), HERE, (&frank, &message()), Ground::Spam, NOW).unwrap();
    for wrong in
        [("text", json!("")), ("ground", json!("because")), ("frank", json!({})), ("opening", json!("A"))]
    {
        refused(Proved::judge(&with(&reported, REPORT, &listing(), wrong), HERE, &key()), FORM);
    }
    let too_long = "x".repeat(MAX_PROOF + 1);
    let (public, message) = (listing().public(), message());
    let new = NewRequest { proof: Some(&too_long), ..asking(&public, &message) };
    assert_eq!(new.sign(&seeker(), NOW, &Repeatable::new(6)), Err(NotMade::Form));
}

#[test]
fn pc_02_a_persona_that_asks_itself_or_asked_another_listing_is_refused() {
    let public = listing().public();
    let own = asking(&public, &message()).sign(&listing(), NOW, &Repeatable::new(6)).unwrap();
    refused(ContactRequest::read(&own, HERE), PAIRWISE);
    refused(request().require_new(Some(&stranger().id()), NOW), PAIRWISE);
    assert_eq!(request().require_new(None, NOW.plus(Seconds(301))).unwrap_err().check.id, "PE-05");
}

#[test]
fn pc_03_a_message_that_is_for_another_or_of_another_request_does_not_open() {
    refused(request().open(&stranger()), OPENS);
    // Another persona passes it off as its own; it is moved to another contact, listing or commitment.
    let text = signed();
    let moved = [
        with(&text, REQUEST, &stranger(), ("opens", json!(stranger().public().sealing_key()))),
        with(&text, REQUEST, &seeker(), ("contact", json!(Bytes32([6; 32])))),
        with(&text, REQUEST, &seeker(), ("listing", json!(stranger().id()))),
        with(&text, REQUEST, &seeker(), ("commitment", json!(Bytes32([6; 32])))),
        with(&text, REQUEST, &seeker(), ("sealed", json!("AAAA"))),
    ];
    for text in moved {
        refused(ContactRequest::read(&text, HERE).unwrap().open(&listing()), OPENS);
    }
    // What is sealed by the book and holds no such text.
    let opening = Bytes32([1; 32]);
    let fill = |text: &str| format!("{text}{}", " ".repeat(4_224 - text.len()));
    for plain in [
        fill(&json!({"text": "", "opening": opening}).to_string()),
        fill(&json!({"text": "a".repeat(1_001), "opening": opening}).to_string()),
        fill(&json!({"text": "hello", "opening": "AAAA"}).to_string()),
        fill(&json!({"text": "hello", "opening": opening, "more": 1}).to_string()),
        fill(r#"{"text":"one","text":"two"}"#),
        fill("hello"),
        json!({"text": "hello", "opening": opening}).to_string(),
        String::new(),
    ] {
        refused(Message::read(plain.as_bytes()), OPENS);
    }
    refused(Message::read(&[0xff; 4_224]), OPENS);
}

#[test]
fn pc_04_a_text_that_its_sender_did_not_commit_to_is_not_shown_and_proves_nothing() {
    // A sender who means to deny it commits to another text, by the book in all else.
    let other = Message::new("안녕하세요", &Repeatable::new(9)).unwrap();
    let (seeker, listing) = (seeker(), listing());
    let commitment = other.commitment(&CONTACT);
    let aad = format!("{} {} {CONTACT} {commitment} {HERE}", seeker.id(), listing.id());
    let sealed = listing
        .public()
        .seal(b"jigap contact 1", aad.as_bytes(), &message().padded(), &Repeatable::new(6))
        .unwrap();
    let text = with(&signed(), REQUEST, &seeker, ("commitment", json!(commitment)));
    let text = with(&text, REQUEST, &seeker, ("sealed", json!(base64url::encode(sealed))));
    let request = ContactRequest::read(&text, HERE).unwrap();
    refused(request.open(&listing), COMMITTED);
    // A recipient who reports what was never written.
    let frank = key().frank(&self::request(), NOW);
    for forged in [
        Message::opened("돈을 보내세요".to_owned(), *message().opening()).unwrap(),
        Message::opened(TEXT.to_owned(), Bytes32([1; 32])).unwrap(),
        other,
    ] {
        let reported = report(&listing, HERE, (&frank, &forged), Ground::Fraud, NOW).unwrap();
        refused(Proved::judge(&reported, HERE, &key()), COMMITTED);
    }
    refused(message().require(&Bytes32([6; 32]), &message().commitment(&CONTACT)), COMMITTED);
}

#[test]
fn pc_05_a_proof_that_is_missing_another_or_unasked_is_refused() {
    let verdict = crate::verdict::signed::AttestedVerdict::dangerous_assume_verified("over-19");
    let asks = Gate::Asks("over-19".to_owned());
    assert_eq!((Gate::Open.require(None), asks.require(Some(&verdict))), (Ok(()), Ok(())));
    refused(asks.require(None), GATE);
    refused(Gate::Asks("student".to_owned()).require(Some(&verdict)), GATE);
    refused(Gate::Open.require(Some(&verdict)), GATE);
}

#[test]
fn pc_06_who_asks_more_than_their_budget_or_a_listings_is_refused_and_nothing_is_spent() {
    let day = Seconds(24 * 3600);
    let (mut seeker, mut pairs) = (Spent::default(), vec![(Spent::default(), Pair::default()); 60]);
    for (at, (listing, pair)) in (0..).zip(&mut pairs).take(BY_SEEKER.most) {
        spend(&mut seeker, listing, pair, NOW.plus(Seconds(at))).unwrap();
    }
    let (listing, pair) = &mut pairs[BY_SEEKER.most];
    let refusal = spend(&mut seeker, listing, pair, NOW.plus(Seconds(100))).unwrap_err();
    assert_eq!((refusal.check, refusal.reason.moment()), (BUDGET, Some(NOW.plus(day))));
    assert_eq!((&*listing, &*pair), (&Spent::default(), &Pair::default()), "all or none");
    spend(&mut seeker, listing, pair, NOW.plus(day)).unwrap();
    // One listing, and many who ask it.
    let mut listing = Spent::default();
    for _ in 0..OF_LISTING.most {
        spend(&mut Spent::default(), &mut listing, &mut Pair::default(), NOW).unwrap();
    }
    refused(spend(&mut Spent::default(), &mut listing, &mut Pair::default(), NOW), BUDGET);
    // The same two again.
    let (mut one, mut other, mut pair) = (Spent::default(), Spent::default(), Pair::default());
    spend(&mut one, &mut other, &mut pair, NOW).unwrap();
    let refusal = spend(&mut one, &mut other, &mut pair, NOW.plus(day)).unwrap_err();
    assert_eq!(refusal.reason.moment(), Some(NOW.plus(BETWEEN.within)));
    spend(&mut one, &mut other, &mut pair, NOW.plus(BETWEEN.within)).unwrap();
    let stored = serde_json::to_value(&pair).unwrap();
    let moment = NOW.plus(BETWEEN.within);
    let spent = json!({"version": 1, "moments": [moment]});
    assert_eq!(stored, json!({"version": 1, "spent": spent, "blocked": false}));
    assert_eq!(serde_json::from_value::<Pair>(stored.clone()).unwrap(), pair);
    for (name, value) in
        [("version", json!(2)), ("spent", json!({"version": 2, "moments": []})), ("more", json!(1))]
    {
        let mut other = stored.clone();
        other[name] = value;
        assert!(serde_json::from_value::<Pair>(other).is_err(), "{name}");
    }
}

#[test]
fn pc_07_an_answer_of_another_or_to_another_request_is_refused() {
    let contact = Contact::begin(&request(), NOW);
    let text = answer(&listing(), HERE, &request(), Says::Accept, NOW).unwrap();
    for (by, wrong) in [
        (stranger(), ("answer", json!("accept"))),
        (seeker(), ("answer", json!("accept"))),
        (listing(), ("contact", json!(Bytes32([6; 32])))),
        (listing(), ("request", json!(Bytes32([6; 32])))),
    ] {
        let answer = Answer::read(&with(&text, ANSWER, &by, wrong), HERE).unwrap();
        refused(contact.clone().take(&answer, NOW), ANSWERS);
    }
}

#[test]
fn pc_08_an_answer_that_comes_too_late_or_contradicts_is_refused_and_changes_nothing() {
    let waiting = Contact::begin(&request(), NOW);
    let ends = NOW.plus(WAITS);
    assert!(waiting.has_expired(ends) && !waiting.has_expired(ends.minus(Seconds(1))));
    for says in [Says::Accept, Says::Decline] {
        refused(waiting.clone().take(&answered_at(says, ends), ends), STANDING);
    }
    let mut expired = waiting.clone();
    assert_eq!(expired.take(&answered_at(Says::Block, ends), ends), Ok(true), "later too one can block");
    assert_eq!(expired.standing(), Standing::Blocked);
    for (first, then) in [
        (Says::Accept, Says::Decline),
        (Says::Decline, Says::Accept),
        (Says::Block, Says::Accept),
        (Says::Block, Says::Decline),
    ] {
        let mut contact = waiting.clone();
        contact.take(&answered(first), NOW).unwrap();
        let kept = contact.clone();
        refused(contact.take(&answered(then), NOW), STANDING);
        assert_eq!(contact, kept);
    }
    let old = waiting.clone().take(&answered(Says::Accept), NOW.plus(Seconds(301)));
    assert_eq!(old.unwrap_err().check.id, "PE-05");
}

#[test]
fn pc_08_who_hears_an_answer_later_takes_it_by_the_moment_it_says() {
    let (waiting, ends) = (Contact::begin(&request(), NOW), NOW.plus(WAITS));
    let last = ends.minus(Seconds(1));
    for at in [NOW, last] {
        let (answer, mut contact) = (answered_at(Says::Accept, at), waiting.clone());
        refused(contact.take(&answer, ends), STANDING);
        assert_eq!((contact.follow(&answer), contact.follow(&answer)), (Ok(true), Ok(false)));
        assert_eq!(contact.standing(), Standing::Accepted);
        refused(contact.follow(&answered_at(Says::Decline, at)), STANDING);
        assert_eq!(contact.standing(), Standing::Accepted, "what is refused changes nothing");
    }
    refused(waiting.clone().follow(&answered_at(Says::Accept, ends)), STANDING);
}

#[test]
fn pc_09_a_report_of_what_did_not_pass_here_is_refused() {
    let frank = key().frank(&request(), NOW);
    let other = stranger().id();
    let forged = [
        Frank { passed: Passed { seeker: other.clone(), ..frank.passed.clone() }, ..frank.clone() },
        Frank { passed: Passed { received: NOW.plus(Seconds(1)), ..frank.passed.clone() }, ..frank.clone() },
        Frank { passed: Passed { contact: Bytes32([6; 32]), ..frank.passed.clone() }, ..frank.clone() },
        Frank { mac: Bytes32([0; 32]), ..frank.clone() },
        // What it never saw, though all of it fits.
        FrankKey::new([8; 32]).frank(&request(), NOW),
    ];
    for forged in forged {
        let reported = report(&listing(), HERE, (&forged, &message()), Ground::Spam, NOW).unwrap();
        refused(Proved::judge(&reported, HERE, &key()), FRANKED);
    }
    for elsewhere in [
        Passed { listing: other.clone(), ..frank.passed.clone() },
        Passed { seeker: other, ..frank.passed.clone() },
        Passed { contact: Bytes32([6; 32]), ..frank.passed.clone() },
        Passed { commitment: Bytes32([6; 32]), ..frank.passed.clone() },
    ] {
        assert!(!Frank { passed: elsewhere, ..frank.clone() }.is_of(&request()));
    }
}

#[test]
fn pc_10_a_report_by_another_than_whom_it_was_for_is_refused() {
    let frank = key().frank(&request(), NOW);
    for by in [stranger(), seeker()] {
        let reported = report(&by, HERE, (&frank, &message()), Ground::Spam, NOW).unwrap();
        refused(Proved::judge(&reported, HERE, &key()), REPORTER);
    }
}

#[test]
fn pc_11_nobody_discloses_before_it_was_accepted_or_to_another() {
    let disclose = |by: &Persona, to: &Persona| {
        super::disclose((by, &to.public()), (HERE, &CONTACT), "eyJ…~", NOW, &Repeatable::new(8)).unwrap()
    };
    let (seeker, listing, stranger) = (seeker(), listing(), stranger());
    for (by, to) in [(&seeker, &listing), (&listing, &seeker)] {
        let text = disclose(by, to);
        let disclosure = Disclosure::read(&text, HERE, &accepted()).unwrap();
        assert_eq!(disclosure.open(to).unwrap().as_str(), "eyJ…~");
        assert_eq!((disclosure.by(), disclosure.to()), (&by.id(), &to.id()));
        refused(disclosure.open(&stranger), OPENS);
        refused(Disclosure::read(&text, HERE, &Contact::begin(&request(), NOW)), DISCLOSES);
        let mut blocked = accepted();
        blocked.take(&answered(Says::Block), NOW).unwrap();
        refused(Disclosure::read(&text, HERE, &blocked), DISCLOSES);
    }
    for (by, to) in [(&seeker, &stranger), (&stranger, &listing), (&seeker, &seeker)] {
        refused(Disclosure::read(&disclose(by, to), HERE, &accepted()), DISCLOSES);
    }
    let other = with(&disclose(&seeker, &listing), DISCLOSURE, &seeker, ("contact", json!(Bytes32([6; 32]))));
    refused(Disclosure::read(&other, HERE, &accepted()), DISCLOSES);
    let long = "x".repeat(MAX_BYTES + 1);
    for wrong in ["", &long] {
        let made =
            super::disclose((&seeker, &listing.public()), (HERE, &CONTACT), wrong, NOW, &Repeatable::new(8));
        assert_eq!(made, Err(NotMade::Form));
    }
}

#[test]
fn pc_03_what_is_disclosed_has_few_lengths_and_is_filled_up_by_the_book() {
    let (seeker, listing) = (seeker(), listing());
    let made = |text: &str| {
        disclose((&seeker, &listing.public()), (HERE, &CONTACT), text, NOW, &Repeatable::new(8)).unwrap()
    };
    let read = |text: &str| Disclosure::read(text, HERE, &accepted()).unwrap().open(&listing);
    assert_eq!(made("a").len(), made(&"a".repeat(4_095)).len());
    assert!(made("a").len() < made(&"a".repeat(4_096)).len());
    for length in [1, 4_095, 4_096, MAX_BYTES] {
        assert_eq!(read(&made(&"a".repeat(length))).unwrap().len(), length);
    }
    assert_eq!(read(&made("a\u{1}\u{0}")).unwrap().as_str(), "a\u{1}\u{0}");
    let aad = format!("{} {} {CONTACT} {HERE}", seeker.id(), listing.id());
    let ended = |text: &[u8], length: usize| [text, &[1], &vec![0; length - text.len() - 1]].concat();
    for plain in [b"a".to_vec(), vec![0; 4_096], ended(b"", 4_096), ended(b"a", 8_192), ended(&[0xff], 4_096)]
    {
        let sealed =
            listing.public().seal(b"jigap disclosure 1", aad.as_bytes(), &plain, &Repeatable::new(8));
        let sealed = json!(base64url::encode(sealed.unwrap()));
        refused(read(&with(&made("a"), DISCLOSURE, &seeker, ("sealed", sealed))), OPENS);
    }
}

#[test]
fn pc_12_who_was_blocked_asks_under_no_persona() {
    let mut pair = Pair::default();
    for says in [Says::Accept, Says::Decline] {
        let mut contact = Contact::begin(&request(), NOW);
        contact.take(&answered(says), NOW).unwrap();
        assert!(!pair.heed(&contact));
    }
    let mut blocked = accepted();
    blocked.take(&answered(Says::Block), NOW).unwrap();
    assert!(pair.heed(&blocked) && pair.heed(&accepted()), "another contact does not lift it");
    let (mut seeker, mut listing) = (Spent::default(), Spent::default());
    // However long ago it was: no budget comes back, and none is spent.
    for now in [NOW, NOW.plus(BETWEEN.within), Timestamp::from_unix(i64::MAX)] {
        refused(spend(&mut seeker, &mut listing, &mut pair, now), BLOCKED);
    }
    assert_eq!((&seeker, &listing), (&Spent::default(), &Spent::default()));
    assert_eq!(
        spend(&mut seeker, &mut listing, &mut Pair::default(), NOW),
        Ok(()),
        "another pair is not blocked"
    );
}
