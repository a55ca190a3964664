//! The talk: requests for contact, their messages and answers, reports, disclosures, statements of consultations, ratings.

use std::sync::LazyLock;

use jigap_keys::base64url;
use jigap_wallet_core::jose::{Algorithm, Header};
use jigap_wallet_core::people::consultation::signed::{Between, KIND as CONSULTATION};
use jigap_wallet_core::people::consultation::{Consultation, MAX_TICKS, Taken, What};
use jigap_wallet_core::people::contact::{
    ANSWER, Answer, Contact, ContactRequest, DISCLOSURE, Disclosure, FrankKey, Ground, MAX_CHARACTERS,
    Message, NewRequest, Proved, REPORT, REQUEST, Says, answer, disclose, report,
};
use jigap_wallet_core::people::names::{Bytes32, Digest};
use jigap_wallet_core::people::rating::{
    Asked, BATCH_KEY, Batch, BatchKey, Issued, Period, Rating, Stars, Tally, TokenSecret,
};
use jigap_wallet_core::people::{Kind, Persona};
use jigap_wallet_core::time::{Seconds, Timestamp};
use serde_json::{Value, json};

use crate::fixtures::{AUDIENCE, NOW, Same, Token, must, seeds, token};

const CONTACT: Bytes32 = Bytes32([5; 32]);

static SEEKER: LazyLock<Persona> = LazyLock::new(|| Persona::generate(&Same::new(41)));
static LISTED: LazyLock<Persona> = LazyLock::new(|| Persona::generate(&Same::new(42)));
static DIRECTORY: LazyLock<Persona> = LazyLock::new(|| Persona::generate(&Same::new(43)));

fn header(kind: Kind, by: &Persona) -> Header {
    Header::new(Algorithm::EdDsa).typ(kind.typ).jwk(by.signing_key().public().clone())
}

/// The bytes as a statement of `by`.
fn said(data: &[u8], kind: Kind, by: &Persona) -> Option<Token> {
    token(data, &header(kind, by), by.signing_key())
}

/// The statement, and its claims for mutation.
fn statement_seeds(texts: &[String]) -> Vec<Vec<u8>> {
    let claims = texts.iter().filter_map(|text| {
        let payload = base64url::decode(text.split('.').nth(1)?).ok()?;
        String::from_utf8(payload).ok()
    });
    let all: Vec<String> = texts.iter().cloned().chain(claims).collect();
    all.into_iter().flat_map(|text| seeds([text])).collect()
}

fn message() -> Message {
    match Message::new("안녕하세요, 상담을 받고 싶습니다.", &Same::new(44)) {
        Some(message) => message,
        None => panic!("it is a message"),
    }
}

fn asked() -> String {
    let (listing, message) = (LISTED.public(), message());
    let new = NewRequest {
        audience: AUDIENCE,
        contact: CONTACT,
        listing: &listing,
        message: &message,
        proof: Some("a.b.c"),
    };
    must(new.sign(&SEEKER, NOW, &Same::new(45)))
}

fn contact() -> (ContactRequest, Contact) {
    let request = must(ContactRequest::read(&asked(), AUDIENCE));
    let mut contact = Contact::begin(&request, NOW);
    let accepts = must(answer(&LISTED, AUDIENCE, &request, Says::Accept, NOW));
    must(contact.take(&must(Answer::read(&accepts, AUDIENCE)), NOW));
    (request, contact)
}

/// A request that is read was signed by its seeker, who asks another; what opens was committed to.
pub(crate) fn request(data: &[u8]) {
    let Some(token) = said(data, REQUEST, &SEEKER) else { return };
    let Ok(request) = ContactRequest::read(&token.text, AUDIENCE) else { return };
    token.require_signed();
    assert!(request.seeker().id() == SEEKER.id() && *request.listing() != SEEKER.id());
    let frank = FrankKey::new([7; 32]).frank(&request, NOW);
    assert!(frank.is_of(&request));
    if let Ok(message) = request.open(&LISTED) {
        assert_eq!(message.commitment(request.contact()), *request.commitment());
    }
}

pub(crate) fn request_seeds() -> Vec<Vec<u8>> {
    statement_seeds(&[asked()])
}

/// Whatever is sealed by the book: what opens is a message within its bounds, and the one that was committed to.
pub(crate) fn sealed(data: &[u8]) {
    let (listing, commitment) = (LISTED.public(), message().commitment(&CONTACT));
    let aad = format!("{} {} {CONTACT} {commitment} {AUDIENCE}", SEEKER.id(), listing.id());
    let mut plain = data.to_vec();
    plain.resize(data.len().max(4_224), b' ');
    let sealed = must(listing.seal(b"jigap contact 1", aad.as_bytes(), &plain, &Same::new(46)));
    let claims = json!({
        "contact": CONTACT, "listing": listing.id(), "opens": SEEKER.public().sealing_key(),
        "sealed": base64url::encode(sealed), "commitment": commitment,
    });
    let claims = claims.as_object().cloned().unwrap_or_default();
    let text = must(REQUEST.sign(&SEEKER, AUDIENCE, NOW, claims));
    let Ok(request) = ContactRequest::read(&text, AUDIENCE) else { return };
    let Ok(opened) = request.open(&LISTED) else { return };
    assert!((1..=MAX_CHARACTERS).contains(&opened.text().chars().count()));
    assert!(opened == message(), "another text for the same commitment");
}

pub(crate) fn sealed_seeds() -> Vec<Vec<u8>> {
    let sealed = |text: &str, opening: &Bytes32| json!({"text": text, "opening": opening}).to_string();
    seeds([sealed(message().text(), message().opening()), sealed("a", &CONTACT)])
}

/// An answer that is taken is the listed person's.
pub(crate) fn answered(data: &[u8]) {
    let Some(token) = said(data, ANSWER, &LISTED) else { return };
    let Ok(answer) = Answer::read(&token.text, AUDIENCE) else { return };
    token.require_signed();
    let mut contact = Contact::begin(&must(ContactRequest::read(&asked(), AUDIENCE)), NOW);
    if contact.take(&answer, NOW).is_ok() {
        assert_eq!((answer.contact(), contact.take(&answer, NOW)), (&CONTACT, Ok(false)));
    }
}

pub(crate) fn answered_seeds() -> Vec<Vec<u8>> {
    let request = must(ContactRequest::read(&asked(), AUDIENCE));
    statement_seeds(&[must(answer(&LISTED, AUDIENCE, &request, Says::Accept, NOW))])
}

/// A report that proves something is of what passed here, by whom it was for.
pub(crate) fn reported(data: &[u8]) {
    let Some(token) = said(data, REPORT, &LISTED) else { return };
    let Ok(proved) = Proved::judge(&token.text, AUDIENCE, &FrankKey::new([7; 32])) else { return };
    token.require_signed();
    assert!(proved.text() == message().text() && proved.passed().seeker == SEEKER.id());
}

pub(crate) fn reported_seeds() -> Vec<Vec<u8>> {
    let (request, _) = contact();
    let frank = FrankKey::new([7; 32]).frank(&request, NOW);
    statement_seeds(&[must(report(&LISTED, AUDIENCE, (&frank, &message()), Ground::Spam, NOW))])
}

/// A disclosure that is read is between the two sides.
pub(crate) fn disclosed(data: &[u8]) {
    let Some(token) = said(data, DISCLOSURE, &SEEKER) else { return };
    let Ok(disclosure) = Disclosure::read(&token.text, AUDIENCE, &contact().1) else { return };
    token.require_signed();
    assert!(*disclosure.by() == SEEKER.id() && *disclosure.to() == LISTED.id());
    if let Ok(text) = disclosure.open(&LISTED) {
        assert!(!text.is_empty());
    }
}

pub(crate) fn disclosed_seeds() -> Vec<Vec<u8>> {
    let (sides, whom) = ((&*SEEKER, &LISTED.public()), (AUDIENCE, &CONTACT));
    statement_seeds(&[must(disclose(sides, whom, "eyJ…~", NOW, &Same::new(47)))])
}

fn between() -> Between {
    Between {
        consultation: CONTACT,
        seeker: SEEKER.id(),
        listed: LISTED.id(),
        directory: DIRECTORY.id(),
        audience: AUDIENCE.to_owned(),
    }
}

/// What is said on the way to a session in which one side counted: by whom, how much later, what.
const SAID: [(u8, u32, &str); 6] = [
    (b'0', 0, ASKS),
    (b'1', 0, QUOTE),
    (b'0', 0, r#"{"do":"accept"}"#),
    (b'1', 7_200, r#"{"do":"arrive"}"#),
    (b'0', 7_200, r#"{"do":"arrive"}"#),
    (b'1', 7_800, r#"{"do":"tick","count":1,"from":1795485600,"until":1795486200}"#),
];
const ASKS: &str = r#"{"do":"request","answer_by":1795482000}"#;
const QUOTE: &str = r#"{"do":"quote","price":20000,"tick":600,"most":3,"starts":1795485600,"free_until":1795482000,"fee":5000,"good_until":1795482000}"#;

/// A consultation before and after each of them, and when that is.
fn stages() -> Vec<(Consultation, Timestamp)> {
    let mut it = Consultation::default();
    let mut stages = vec![(it.clone(), NOW)];
    for (by, later, what) in SAID {
        let by: &Persona = if by == b'0' { &SEEKER } else { &LISTED };
        let now = NOW.plus(Seconds(later));
        let what = must(serde_json::from_str(what));
        must(it.take(&must(between().read(&must(between().sign(by, it.next(now), what)))), now));
        stages.push((it.clone(), now));
    }
    stages
}

/// The first statement of it.
fn asked_for() -> String {
    let what = must(serde_json::from_str(ASKS));
    must(between().sign(&SEEKER, Consultation::default().next(NOW), what))
}

/// A statement that is read was signed by one of the three; taken twice it changes nothing; nothing is stuck after it.
pub(crate) fn consultation(data: &[u8]) {
    said_next(data);
    let Some(token) = said(data, CONSULTATION, &SEEKER) else { return };
    let Ok(event) = between().read(&token.text) else { return };
    token.require_signed();
    assert_eq!(event.digest(), Digest::of(&token.text));
}

/// Whatever one of the three says next, in each state on the way to a session: taken twice it changes nothing, and nothing is stuck.
/// The first byte chooses who says it, the rest is what.
fn said_next(data: &[u8]) {
    let Some((by, what)) = data.split_first() else { return };
    let by: &Persona = match by % 3 {
        0 => &SEEKER,
        1 => &LISTED,
        _ => &DIRECTORY,
    };
    let Ok(what) = serde_json::from_slice::<What>(what) else { return };
    for (mut it, now) in stages() {
        let event = must(between().read(&must(between().sign(by, it.next(now), what))));
        if it.take(&event, now).is_ok() {
            assert_eq!(it.follow(&event, now), Ok(Taken::Again));
            assert!(it.state().phase().is_final() || it.deadline().is_some(), "stuck");
        }
        // The longest time that a consultation can take.
        let end = now.plus(Seconds(u32::from(MAX_TICKS) * 5_400 + 300 * 24 * 3_600));
        assert!(it.deadline().is_none_or(|(when, _)| when <= end), "{:?}", it.state());
    }
}

pub(crate) fn consultation_seeds() -> Vec<Vec<u8>> {
    let texts = SAID.iter().map(|(by, _, what)| format!("{}{what}", char::from(*by)));
    seeds(texts).into_iter().chain(statement_seeds(&[asked_for()])).collect()
}

fn batch() -> Batch {
    match Period::of(NOW) {
        Some(month) => Batch { listing: LISTED.id(), month },
        None => panic!("now is in a month"),
    }
}

fn secret() -> TokenSecret {
    TokenSecret::new([9; 32])
}

/// The key of a batch that is read was named by the directory.
pub(crate) fn rating_key(data: &[u8]) {
    let Some(token) = said(data, BATCH_KEY, &DIRECTORY) else { return };
    let Ok(key) = BatchKey::read(&token.text, AUDIENCE, &DIRECTORY.id()) else { return };
    token.require_signed();
    assert!(key.require_same(&key).is_ok());
    assert!(BatchKey::read(&token.text, AUDIENCE, &SEEKER.id()).is_err());
}

pub(crate) fn rating_key_seeds() -> Vec<Vec<u8>> {
    statement_seeds(&[must(secret().name_key(&DIRECTORY, AUDIENCE, &batch(), NOW))])
}

/// A rating that is authenticated is one that a token was spent on; answers to who asks for a token do not panic.
pub(crate) fn rating(data: &[u8]) {
    if let Ok(issued) = Issued::parse(data) {
        let asked = must(Asked::new(&Same::new(48)));
        let key = must(secret().name_key(&DIRECTORY, AUDIENCE, &batch(), NOW));
        let key = must(BatchKey::read(&key, AUDIENCE, &DIRECTORY.id()));
        assert!(asked.finish(&issued, &batch(), &key).is_err(), "nobody evaluated it");
    }
    let Ok(rating) = Rating::parse(data) else { return };
    let printed = must(serde_json::to_vec(&rating));
    assert_eq!(Rating::parse(&printed).as_ref(), Ok(&rating));
    assert!(rating.verify(&secret(), Timestamp::from_unix(i64::MAX)).is_err(), "it has its time");
    // No token was ever issued under this secret.
    assert!(rating.verify(&secret(), batch().month.opens()).is_err());
    assert!(Tally::new(LISTED.id()).reputation().is_err());
}

pub(crate) fn rating_seeds() -> Vec<Vec<u8>> {
    let stars = Stars::new(5).map(Stars::count);
    let rating = |token: Value| {
        json!({"version": 1, "batch": batch(), "stars": stars, "token": token, "mac": CONTACT}).to_string()
    };
    let issued = json!({"evaluated": CONTACT, "proof": "A".repeat(86)}).to_string();
    seeds([rating(json!(CONTACT)), issued])
}
