//! Batches that are nobody's, for somebody else, of another time, or say what they may not; events out of order.

use jigap_keys::{KeyType, PrivateKey};
use serde_json::{Value, json};

use super::follow::{FITS, IN_ORDER, Standing, SubjectState, Taken};
use super::signed::{
    AUDIENCE, CONTENT, FORM, GOES_ON, MAX_EVENTS, MAX_LIFETIME, MOMENT, NewBatch, NotSigned, SIGNER,
    SignedBatch, TYP, VerifiedBatch,
};
use super::*;
use crate::dcql::Format;
use crate::jose::{self, Header, Jws};
use crate::testing::Repeatable;
use crate::time::Seconds;
use crate::verdict::checks::PROOF;
use crate::verdict::{Check, Finding, JudgedCredential, Outcome, Reason, Refusal, Scope};

const NOW: Timestamp = Timestamp::from_unix(1_800_000_000);
const VERIFIER: &str = "x509_san_dns:gate.example";
const CONSUMER: &str = "people.example";
const KIND: &str = "https://types.example/tax-accountant/1";

fn key() -> PrivateKey {
    PrivateKey::generate(KeyType::P256, &Repeatable::new(1))
}

fn id(number: u8) -> FactId {
    FactId::new(jigap_keys::base64url::encode([number; 32])).unwrap()
}

fn subject() -> Subject {
    Subject::new(jigap_keys::base64url::encode([77; 32])).unwrap()
}

fn path(json: Value) -> ClaimPath {
    ClaimPath::from_json(&json).unwrap()
}

fn verdict(outcome: Outcome, scope: Scope, claims: Value) -> Verdict {
    let credential = JudgedCredential {
        query_id: Some("tax".to_owned()),
        format: Format::DcSdJwt,
        types: vec![KIND.to_owned()],
        issuer: Some("https://issuer.example".to_owned()),
        freshness: None,
        messages: Vec::new(),
        holder: None,
        findings: vec![Finding { check: PROOF, outcome }],
        backing: None,
        claims,
    };
    Verdict::new(scope, NOW, Vec::new(), vec![credential])
}

fn claims() -> Value {
    json!({
        "grade": "기사", "since": 2019, "active": true, "name": "김지갑", "score": 1.5, "regions": ["서울", "부산"],
        "long": "가".repeat(MAX_TEXT), "status": {"status_list": {"idx": 7, "uri": "https://issuer.example/s"}},
    })
}

fn found(sought: &Sought) -> Option<VerifiedClaim> {
    let accepted = verdict(Outcome::Passed, Scope::Full, claims());
    VerifiedClaim::found(&accepted, 0, sought, (id(1), subject()), Some(NOW.plus(Seconds(59))))
}

fn value_at(name: &str) -> Sought {
    Sought { path: Some(path(json!([name]))), one_of: Vec::new() }
}

fn held() -> Sought {
    Sought { path: None, one_of: Vec::new() }
}

fn events() -> Vec<FactEvent> {
    let one_of = Sought { one_of: vec![text("기사"), text("기술사")], ..value_at("grade") };
    let whats = [
        What::Asserted(found(&one_of).unwrap()),
        What::Asserted(found(&value_at("since")).unwrap().renamed(id(2))),
        What::Asserted(found(&held()).unwrap().renamed(id(3))),
        What::Unconfirmed(id(1)),
        What::Confirmed(id(1)),
        What::Retracted(id(1), Why::ConsentWithdrawn),
    ];
    let event = |(at, what): (u64, What)| FactEvent { subject: subject(), sequence: at + 1, at: NOW, what };
    (0..).zip(whats).map(event).collect()
}

fn text(text: &str) -> Scalar {
    Scalar::Text(text.to_owned())
}

fn batch(events: &[FactEvent]) -> NewBatch<'_> {
    let next = 17 + events.len() as u64;
    NewBatch { verifier: VERIFIER, audience: CONSUMER, after: 17, next, events }
}

fn signed() -> String {
    batch(&events()).unsigned(key().public(), NOW).unwrap().sign(&key()).unwrap()
}

fn header() -> Header {
    Header::for_key(key().public()).unwrap().typ(TYP)
}

/// The batch in which `member` is `value`; absent where that is null.
fn with(member: &str, value: Value) -> String {
    let mut claims = Jws::parse(&signed()).unwrap().unverified_payload().clone();
    claims[member] = value;
    claims.as_object_mut().unwrap().retain(|_, value| !value.is_null());
    jose::sign(&header(), &claims, &key()).unwrap()
}

/// The batch in whose first event, an assertion, `member` is `value`; absent where that is null.
fn with_event(at: usize, member: &str, value: Value) -> String {
    let mut claims = Jws::parse(&signed()).unwrap().unverified_payload().clone();
    let event = &mut claims["events"][at];
    event[member] = value;
    event.as_object_mut().unwrap().retain(|_, value| !value.is_null());
    jose::sign(&header(), &claims, &key()).unwrap()
}

fn judge(text: &str, now: Timestamp) -> Result<VerifiedBatch, Refusal> {
    let key = key();
    let pinned = |named: &str| (named == VERIFIER).then_some(key.public());
    SignedBatch::parse(text)?.verify(pinned, (CONSUMER, 17), now)
}

#[track_caller]
fn refused(text: &str, check: Check) {
    assert_eq!(judge(text, NOW).unwrap_err().check, check, "{text}");
}

#[test]
fn what_a_verifier_signs_comes_out_as_it_was_said() {
    let batch = judge(&signed(), NOW.plus(Seconds(299))).unwrap();
    assert_eq!((batch.next(), batch.events()), (23, &events()[..]));
    assert!(!format!("{batch:?}").contains("기사"), "a value may be personal data");
    let nothing = NewBatch { next: 17, ..self::batch(&[]) }.unsigned(key().public(), NOW).unwrap();
    assert_eq!(judge(&nothing.sign(&key()).unwrap(), NOW).unwrap().events(), []);
}

#[test]
fn only_a_verdict_that_accepts_makes_claims_and_only_of_what_it_proves() {
    const OTHER: Reason = Reason::new("x", "x", "x");
    for refused in [
        verdict(Outcome::Refused(OTHER), Scope::Full, claims()),
        verdict(Outcome::NotJudged(OTHER), Scope::Full, claims()),
        verdict(Outcome::Passed, Scope::ProofAndStatus, claims()),
        verdict(Outcome::Passed, Scope::ProofOnly, claims()),
    ] {
        assert_eq!(VerifiedClaim::found(&refused, 0, &held(), (id(1), subject()), None), None);
    }
    for (name, says) in
        [("grade", text("기사")), ("since", Scalar::Number(2019)), ("active", Scalar::Is(true))]
    {
        assert_eq!(found(&value_at(name)).unwrap().says, Says::Value(says));
    }
    for name in ["no", "score", "regions", "status", "long"] {
        assert_eq!(found(&value_at(name)), None, "{name}");
    }
    let all = Sought { path: Some(path(json!(["regions", null]))), one_of: Vec::new() };
    assert_eq!(found(&all), None, "which of them?");
    let other = Sought { one_of: vec![text("기술사")], ..value_at("grade") };
    assert_eq!(found(&other), None);
    let ends = found(&held()).unwrap().valid_until.unwrap();
    assert_eq!((ends.unix() % 3600, ends <= NOW.plus(Seconds(59))), (0, true), "told to the hour");
    assert!(
        found(&held()).unwrap().has_ended(ends) && !found(&held()).unwrap().has_ended(ends.minus(Seconds(1)))
    );
}

#[test]
fn an_event_is_kept_sealed_and_opens_at_its_place_only() {
    let (keys, other) = (RecordKeys::from_secret(&[1; 32]), RecordKeys::from_secret(&[2; 32]));
    for event in events() {
        let sealed = event.seal("out/1", &keys, &Repeatable::new(1)).unwrap();
        assert_eq!(FactEvent::open("out/1", &sealed, &keys), Ok(event));
        assert_eq!(FactEvent::open("out/2", &sealed, &keys), Err(SealBroken));
        assert_eq!(FactEvent::open("out/1", &sealed, &other), Err(SealBroken));
    }
}

#[test]
fn names_are_of_256_bits() {
    for wrong in ["", "AAAA", "A".repeat(44).as_str(), "김".repeat(43).as_str()] {
        assert_eq!((FactId::new(wrong), Subject::new(wrong)), (Err(InvalidName), Err(InvalidName)));
    }
}

#[test]
fn a_batch_is_signed_in_its_form_only() {
    let (events, key) = (events(), key());
    let many = vec![events[0].clone(); MAX_EVENTS + 1];
    let wrong = [
        batch(&many),
        NewBatch { next: 16, ..batch(&[]) },
        NewBatch { next: 18, ..batch(&events) },
        NewBatch { next: 24, ..batch(&events) },
    ];
    for batch in wrong {
        assert_eq!(batch.unsigned(key.public(), NOW), Err(NotSigned::Form));
    }
    let p521 = PrivateKey::generate(KeyType::P521, &Repeatable::new(1));
    assert_eq!(batch(&events).unsigned(p521.public(), NOW), Err(NotSigned::Key));
}

#[test]
fn the_longest_batch_is_within_the_limit_of_those_who_read_it() {
    let claim = Claim {
        kind: "x".repeat(MAX_IDENTIFIER),
        issuer: "y".repeat(MAX_IDENTIFIER),
        says: Says::OneOf(vec![text(&"z".repeat(MAX_TEXT)); MAX_ONE_OF]),
        ..(*found(&value_at("grade")).unwrap()).clone()
    };
    let what = What::Asserted(VerifiedClaim::dangerous_assume_verified(claim));
    let events: Vec<_> = (1..=100)
        .map(|sequence| FactEvent { subject: subject(), sequence, at: NOW, what: what.clone() })
        .collect();
    let signed = batch(&events).unsigned(key().public(), NOW).unwrap().sign(&key()).unwrap();
    assert_eq!(judge(&signed, NOW).unwrap().events().len(), 100);
}

#[test]
fn fa_01_another_form_type_or_algorithm_is_refused() {
    let claims = Jws::parse(&signed()).unwrap().unverified_payload().clone();
    refused("", FORM);
    refused("a.b.c", FORM);
    refused(&"x".repeat((2 << 20) + 1), FORM);
    for typ in ["JWT", "jigap-verdict+jwt", "oauth-authz-req+jwt"] {
        let header = Header::for_key(key().public()).unwrap().typ(typ);
        refused(&jose::sign(&header, &claims, &key()).unwrap(), FORM);
    }
    let p521 = PrivateKey::generate(KeyType::P521, &Repeatable::new(1));
    let header = Header::for_key(p521.public()).unwrap().typ(TYP);
    refused(&jose::sign(&header, &claims, &p521).unwrap(), FORM);
}

#[test]
fn fa_02_a_stranger_and_another_key_than_the_pinned_one_are_refused() {
    refused(&with("iss", json!("x509_san_dns:other.example")), SIGNER);
    refused(&with("iss", json!(null)), SIGNER);
    let claims = Jws::parse(&signed()).unwrap().unverified_payload().clone();
    let other = PrivateKey::generate(KeyType::P256, &Repeatable::new(2));
    let header = Header::for_key(other.public()).unwrap().typ(TYP).jwk(other.public().clone());
    refused(&jose::sign(&header, &claims, &other).unwrap(), SIGNER);
    let (text, forged) = (signed(), with("events", json!([])));
    let (_, signature) = text.rsplit_once('.').unwrap();
    let (said, _) = forged.rsplit_once('.').unwrap();
    refused(&format!("{said}.{signature}"), SIGNER);
}

#[test]
fn fa_03_a_batch_for_another_consumer_or_for_several_is_refused() {
    for audience in [json!("other.example"), json!([CONSUMER]), json!("people.example/"), json!(null)] {
        refused(&with("aud", audience), AUDIENCE);
    }
}

#[test]
fn fa_04_a_batch_of_another_time_or_for_too_long_is_refused() {
    let text = signed();
    let at = |seconds: i64| judge(&text, Timestamp::from_unix(NOW.unix() + seconds)).map(|_| ());
    assert_eq!((at(0), at(-30), at(299)), (Ok(()), Ok(()), Ok(())));
    assert_eq!(at(300).unwrap_err().reason.moment(), Some(NOW.plus(MAX_LIFETIME)));
    assert_eq!(at(-31).unwrap_err().check, MOMENT);
    refused(&with("exp", json!(NOW.unix() + 301)), MOMENT);
    for member in ["iat", "exp"] {
        refused(&with(member, json!(null)), MOMENT);
        refused(&with(member, json!("now")), MOMENT);
    }
}

#[test]
fn fa_05_what_is_no_event_is_refused() {
    let many = vec![Jws::parse(&signed()).unwrap().unverified_payload()["events"][0].clone(); MAX_EVENTS + 1];
    for (member, value) in [
        ("events", json!(null)),
        ("events", json!({})),
        ("events", json!([{}])),
        ("events", json!(many)),
        ("next", json!(null)),
        ("next", json!(16)),
        ("next", json!(19)),
        ("next", json!(-1)),
    ] {
        refused(&with(member, value), CONTENT);
    }
    let claims = |next, events| {
        let mut claims = Jws::parse(&signed()).unwrap().unverified_payload().clone();
        (claims["next"], claims["events"]) = (json!(next), events);
        jose::sign(&header(), &claims, &key()).unwrap()
    };
    refused(&claims(23, json!([])), CONTENT);
    refused(&with("next", json!(24)), CONTENT);
    for (at, member, value) in [
        (0, "subject", json!("me")),
        (0, "fact", json!("AAAA")),
        (0, "sequence", json!(0)),
        (0, "at", json!("now")),
        (0, "event", json!("forgotten")),
        (0, "type", json!(null)),
        (0, "type", json!("")),
        (0, "issuer", json!("x".repeat(2049))),
        (0, "path", json!([])),
        (0, "path", json!(null)),
        (0, "one_of", json!(null)),
        (0, "one_of", json!([])),
        (0, "one_of", json!(vec!["x"; 33])),
        (0, "one_of", json!([1.5])),
        (0, "value", json!("both")),
        (0, "reason", json!("revoked")),
        (0, "status", json!("https://issuer.example/s#7")),
        (1, "value", json!("두\n줄")),
        (1, "value", json!({"a": 1})),
        (2, "path", json!(["grade"])),
        (3, "reason", json!("revoked")),
        (3, "type", json!("x")),
        (5, "reason", json!(null)),
        (5, "reason", json!("because")),
        (5, "valid_until", json!(1)),
    ] {
        refused(&with_event(at, member, value), CONTENT);
    }
}

#[test]
fn fa_06_a_batch_that_begins_elsewhere_is_refused() {
    for after in [json!(0), json!(16), json!(18), json!("17"), json!(null)] {
        refused(&with("after", after), GOES_ON);
    }
}

#[test]
fn events_are_taken_once_however_often_they_are_said() {
    let mut state = SubjectState::default();
    for round in 0..3 {
        for event in &events() {
            let expected = if round == 0 { Taken::New } else { Taken::Again };
            assert_eq!(state.take(event), Ok(expected));
        }
    }
    let standings: Vec<_> = [1, 2, 3, 4].map(|number| state.standing(&id(number))).into();
    assert_eq!(standings, [Some(Standing::Retracted), Some(Standing::Live), Some(Standing::Live), None]);
    assert_eq!((state.sequence(), state.facts().count()), (6, 3));
    let stored = serde_json::to_string(&state).unwrap();
    assert_eq!(serde_json::from_str::<SubjectState>(&stored).unwrap(), state);
}

#[test]
fn fa_07_an_event_before_its_turn_is_refused_and_changes_nothing() {
    let (mut state, events) = (SubjectState::default(), events());
    assert_eq!(state.take(&events[1]).unwrap_err().check, IN_ORDER);
    state.take(&events[0]).unwrap();
    let before = state.clone();
    for ahead in &events[2..] {
        assert_eq!(state.take(ahead).unwrap_err().check, IN_ORDER);
    }
    assert_eq!(state, before);
}

#[test]
fn fa_08_an_event_that_contradicts_what_was_said_is_refused_and_changes_nothing() {
    let claim = found(&held()).unwrap();
    let said = |before: &[What], what: What| {
        let mut state = SubjectState::default();
        let event = |sequence, what| FactEvent { subject: subject(), sequence, at: NOW, what };
        for (at, what) in (1..).zip(before) {
            state.take(&event(at, what.clone())).unwrap();
        }
        let kept = state.clone();
        let outcome = state.take(&event(before.len() as u64 + 1, what));
        assert!(outcome.is_ok() || state == kept);
        outcome.map_err(|refusal| refusal.check)
    };
    let (asserted, retracted) = (What::Asserted(claim), What::Retracted(id(1), Why::Revoked));
    let (unconfirmed, confirmed) = (What::Unconfirmed(id(1)), What::Confirmed(id(1)));
    for what in [&unconfirmed, &confirmed, &retracted] {
        assert_eq!(said(&[], what.clone()), Err(FITS));
    }
    for what in [&asserted, &confirmed] {
        assert_eq!(said(std::slice::from_ref(&asserted), what.clone()), Err(FITS));
    }
    for what in [&asserted, &unconfirmed] {
        assert_eq!(said(&[asserted.clone(), unconfirmed.clone()], what.clone()), Err(FITS));
    }
    for what in [&asserted, &unconfirmed, &confirmed, &retracted] {
        assert_eq!(said(&[asserted.clone(), retracted.clone()], what.clone()), Err(FITS));
    }
    assert_eq!(said(&[asserted, unconfirmed], retracted), Ok(Taken::New));
}

#[test]
fn fa_08_what_was_said_otherwise_before_is_not_taken_for_said_again() {
    let (mut state, events) = (SubjectState::default(), events());
    for event in &events[..5] {
        state.take(event).unwrap();
    }
    let before = state.clone();
    let again = |state: &mut SubjectState, sequence, what| {
        state
            .take(&FactEvent { subject: subject(), sequence, at: NOW, what })
            .map_err(|refusal| refusal.check)
    };
    let unknown = found(&held()).unwrap().renamed(id(9));
    for sequence in 1..=5 {
        for what in [
            What::Retracted(id(1), Why::Revoked),
            What::Retracted(id(9), Why::Revoked),
            What::Asserted(unknown.clone()),
            What::Unconfirmed(id(9)),
        ] {
            assert_eq!(again(&mut state, sequence, what), Err(FITS));
        }
    }
    assert_eq!(state, before);
    state.take(&events[5]).unwrap();
    assert_eq!(again(&mut state, 6, events[5].what.clone()), Ok(Taken::Again));
}
