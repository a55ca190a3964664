//! Ratings that go as they should; tokens of other keys, batches and consultations, spent twice or made up; what few ratings would tell.

use jigap_keys::json::Limits;
use jigap_keys::voprf::ServerKey;
use jigap_keys::{KeyType, PrivateKey};
use serde_json::{Map, Value, json};

use super::checks::{ENOUGH, EVALUATED, FORM, KEY, ONCE, RECEIPT, TOKEN, WHEN};
use super::reputation::{FEWEST, LASTS, NoCredential};
use super::*;
use crate::jose::{Header, Jws};
use crate::people::consultation::signed::Between;
use crate::people::consultation::{Consultation, Event, Quote, Role, Tick, What, Won};
use crate::people::names::{Bytes32, Digest};
use crate::people::{Kind, Persona};
use crate::sdjwt::SdJwtVc;
use crate::testing::Repeatable;
use crate::time::{Seconds, Timestamp};
use crate::verdict::{Check, Refusal};

const HERE: &str = "people.example";
/// 2027-01-15.
const START: Timestamp = Timestamp::from_unix(1_800_000_000);
/// 2027-02-01.
const OVER: Timestamp = Timestamp::from_unix(1_801_440_000);
/// Five minutes later: what was said in January has come.
const OPENS: Timestamp = Timestamp::from_unix(1_801_440_300);

fn persona(seed: u64) -> Persona {
    Persona::generate(&Repeatable::new(seed))
}

fn secret() -> TokenSecret {
    TokenSecret::new([1; 32])
}

fn batch() -> Batch {
    Batch { listing: persona(2).id(), month: Period::of(START).unwrap() }
}

fn between() -> Between {
    Between {
        consultation: Bytes32([3; 32]),
        seeker: persona(1).id(),
        listed: persona(2).id(),
        directory: persona(3).id(),
        audience: HERE.to_owned(),
    }
}

fn asked() -> Asked {
    Asked::new(&Repeatable::new(7)).unwrap()
}

/// A consultation in which the seeker asked with this.
fn consulted(ticks: u16, asked: &Asked) -> Consultation {
    let mut it = Consultation::default();
    let quote = Quote {
        price: Won(1),
        tick: Seconds(60),
        most: 2,
        starts: START.plus(Seconds(60)),
        free_until: START,
        fee: Won(0),
        good_until: START.plus(Seconds(60)),
    };
    let mut said = vec![
        (Role::Seeker, 0, What::Request { answer_by: START.plus(Seconds(60)) }),
        (Role::Listed, 0, What::Quote(quote)),
        (Role::Seeker, 0, What::Accept {}),
        (Role::Listed, 0, What::Arrive {}),
        (Role::Seeker, 0, What::Arrive {}),
    ];
    for count in 1..=ticks {
        let end = u32::from(count) * 60;
        let tick = Tick { count, from: START.plus(Seconds(end - 60)), until: START.plus(Seconds(end)) };
        said.extend([(Role::Listed, end, What::Tick(tick)), (Role::Seeker, end, What::Tick(tick))]);
    }
    let end = u32::from(ticks) * 60;
    said.push((Role::Listed, end, What::Finish {}));
    said.push((Role::Seeker, end, What::Confirm {}));
    said.push((Role::Seeker, end, What::Rate { blinded: asked.blinded() }));
    for (by, later, what) in said {
        let at = START.plus(Seconds(later));
        let (number, previous, at) = it.next(at);
        let digest = Digest(Bytes32([u8::try_from(number).unwrap(); 32]));
        let event = Event::dangerous_assume_verified((number, previous, digest), (by, at), what);
        let event = event.dangerous_of(between().digest());
        it.follow(&event, at).unwrap();
    }
    it
}

fn named_key() -> String {
    secret().name_key(&persona(3), HERE, &batch(), START).unwrap()
}

fn key() -> BatchKey {
    BatchKey::read(&named_key(), HERE, &persona(3).id()).unwrap()
}

fn issued(asked: &Asked) -> Issued {
    Receipt::of(&consulted(1, asked), &between()).unwrap().issue(&secret(), &Repeatable::new(8)).unwrap()
}

fn token() -> Token {
    asked().finish(&issued(&asked()), &batch(), &key()).unwrap()
}

fn stars(count: u8) -> Stars {
    Stars::new(count).unwrap()
}

#[track_caller]
fn refused<T: std::fmt::Debug>(outcome: Result<T, Refusal>, check: Check) {
    assert_eq!(outcome.unwrap_err().check, check);
}

#[test]
fn a_seeker_rates_and_the_directory_knows_its_own_token() {
    let rating = token().rate(stars(4));
    let sent = serde_json::to_vec(&rating).unwrap();
    let rating = Rating::parse(&sent).unwrap();
    let verified = rating.verify(&secret(), OPENS).unwrap();
    assert_eq!((verified.stars(), verified.batch()), (stars(4), &batch()));
    assert_eq!(verified.spend(None), Ok(true));
    assert_eq!(verified.spend(Some(verified.content())), Ok(false), "the same rating again");
    assert_eq!(token().spendable().0, OPENS);
}

#[test]
fn nothing_of_the_consultation_is_in_the_rating() {
    let (asked, issued) = (asked(), issued(&asked()));
    let sent = serde_json::to_string(&token().rate(stars(5))).unwrap();
    let seen = [
        asked.blinded().to_string(),
        issued.evaluated.to_string(),
        persona(1).id().to_string(),
        between().consultation.to_string(),
    ];
    assert!(seen.iter().all(|seen| !sent.contains(seen)));
    // Another blinding of the same token: the directory saw something else, and what is sent is the same.
    let fresh = Asked::new(&Repeatable::new(9)).unwrap().secret();
    let mut other = *asked.secret();
    other[32..].copy_from_slice(&fresh[32..]);
    let other = Asked::again(&other).unwrap();
    assert_ne!(other.blinded(), asked.blinded());
    let token = other.finish(&self::issued(&other), &batch(), &key()).unwrap();
    assert_eq!(serde_json::to_string(&token.rate(stars(5))).unwrap(), sent);
}

#[test]
fn what_was_asked_for_is_kept_and_the_answer_can_be_had_again() {
    let kept = Asked::again(&asked().secret()).unwrap();
    assert_eq!(kept.blinded(), asked().blinded());
    let again = Receipt::of(&consulted(1, &asked()), &between()).unwrap();
    let again = again.issue(&secret(), &Repeatable::new(99)).unwrap();
    assert_eq!(again.evaluated, issued(&asked()).evaluated);
    assert_eq!(kept.finish(&again, &batch(), &key()).unwrap().rate(stars(1)), token().rate(stars(1)));
    assert!(Asked::again(&[255; 64]).is_err() && Asked::again(&[0; 64]).is_err());
    let printed = format!("{:?} {:?} {:?}", asked(), token(), secret());
    assert_eq!(printed, "Asked(redacted) Token(redacted) TokenSecret(redacted)");
}

#[test]
fn months_are_those_of_the_calendar() {
    let month = |text: &str| Period::try_from(text.to_owned());
    let january = Period::of(START).unwrap();
    assert_eq!((january.to_string().as_str(), january.ends()), ("2027-01", OVER));
    assert_eq!(Period::of(OVER).unwrap(), month("2027-02").unwrap());
    assert_eq!(Period::of(OVER.minus(Seconds(1))).unwrap(), january);
    assert_eq!(month("2026-12").unwrap().ends(), january.begins());
    assert_eq!(january.closes(), month("2027-05").unwrap().begins());
    for wrong in [
        "",
        "2027",
        "2027-13",
        "2027-00",
        "2027-1",
        "1969-12",
        "12027-01",
        "2027-01-01",
        "+027-01",
        "２０２７-01",
    ] {
        assert_eq!(month(wrong), Err(NoMonth), "{wrong}");
    }
    assert_eq!(
        (Period::of(Timestamp::from_unix(-1)), Period::of(Timestamp::from_unix(i64::MAX))),
        (None, None)
    );
    assert_eq!(month("9999-12").unwrap().ends(), Timestamp::from_unix(i64::MAX));
}

#[test]
fn the_forms_stay_what_they_are() {
    let mut tally = Tally::new(persona(2).id());
    tally.count(&token().rate(stars(3)).verify(&secret(), OPENS).unwrap()).unwrap();
    let key = Jws::parse(&named_key()).unwrap().unverified_payload().clone();
    let forms =
        json!({"rating": token().rate(stars(3)), "issued": issued(&asked()), "tally": tally, "key": key});
    // With feature `josekit` JSON keeps the order that members came in: other bytes are signed, and other digests kept.
    if !cfg!(feature = "josekit") {
        insta::assert_json_snapshot!(forms);
    }
    let stored = serde_json::to_value(&tally).unwrap();
    assert_eq!(serde_json::from_value::<Tally>(stored.clone()).unwrap(), tally);
    for (name, value) in
        [("version", json!(2)), ("months", json!({"2027-13": [0, 0, 0, 0, 0]})), ("more", json!(1))]
    {
        let mut other = stored.clone();
        other[name] = value;
        assert!(serde_json::from_value::<Tally>(other).is_err(), "{name}");
    }
}

#[test]
fn ra_01_a_consultation_that_is_not_confirmed_or_asked_for_no_token_gives_none() {
    refused(Receipt::of(&Consultation::default(), &between()), RECEIPT);
    // Of one consultation no receipt comes for another, or for somebody else's listing.
    for other in [
        Between { listed: persona(9).id(), ..between() },
        Between { consultation: Bytes32([4; 32]), ..between() },
        Between { seeker: persona(9).id(), ..between() },
    ] {
        refused(Receipt::of(&consulted(1, &asked()), &other), RECEIPT);
    }
    let whole = serde_json::to_value(consulted(1, &asked())).unwrap();
    let bill = json!({"held": 2, "counted": 1, "earned": 1});
    for state in [
        json!({"phase": "confirmed", "bill": bill, "owed": 1, "until": 1}),
        json!({"phase": "delivered", "bill": bill, "until": 1}),
        json!({"phase": "disputed", "bill": bill, "until": 1}),
        json!({"phase": "closed"}),
        json!({"phase": "cancelled", "by": "seeker"}),
        json!({"phase": "rated", "blinded": asked().blinded(), "at": i64::MAX}),
    ] {
        let mut stored = whole.clone();
        stored["state"] = state;
        let it: Consultation = serde_json::from_value(stored).unwrap();
        refused(Receipt::of(&it, &between()), RECEIPT);
    }
    let mut stored = whole;
    stored["state"] = json!({"phase": "rated", "blinded": Bytes32([9; 32]), "at": START.unix()});
    let it: Consultation = serde_json::from_value(stored).unwrap();
    let receipt = Receipt::of(&it, &between()).unwrap();
    refused(receipt.issue(&secret(), &Repeatable::new(8)), RECEIPT);
}

#[test]
fn ra_02_a_key_that_another_names_or_that_is_not_everybodys_is_refused() {
    refused(BatchKey::read(&named_key(), HERE, &persona(4).id()), KEY);
    key().require_same(&key()).unwrap();
    let other = TokenSecret::new([2; 32]).name_key(&persona(3), HERE, &batch(), START).unwrap();
    let other = BatchKey::read(&other, HERE, &persona(3).id()).unwrap();
    refused(key().require_same(&other), KEY);
    let february = Batch { month: Period::of(OVER).unwrap(), ..batch() };
    let of_february = secret().name_key(&persona(3), HERE, &february, START).unwrap();
    let of_february = BatchKey::read(&of_february, HERE, &persona(3).id()).unwrap();
    refused(key().require_same(&of_february), KEY);
    refused(asked().finish(&issued(&asked()), &batch(), &of_february), KEY);
}

#[test]
fn ra_03_a_token_that_another_key_evaluated_is_refused() {
    let receipt = Receipt::of(&consulted(1, &asked()), &between()).unwrap();
    let good = issued(&asked());
    // A key of this seeker's own, by which the directory would know the rating again.
    let marked = receipt.issue(&TokenSecret::new([2; 32]), &Repeatable::new(8)).unwrap();
    let other = Asked::new(&Repeatable::new(70)).unwrap();
    for wrong in [
        marked.clone(),
        Issued { evaluated: marked.evaluated, ..good.clone() },
        Issued { proof: marked.proof, ..good.clone() },
        Issued { evaluated: Bytes32([9; 32]), ..good.clone() },
        Issued { evaluated: asked().blinded(), ..good.clone() },
        Issued { proof: "AAAA".to_owned(), ..good.clone() },
        Issued { proof: "%".to_owned(), ..good.clone() },
        issued(&other),
    ] {
        refused(asked().finish(&wrong, &batch(), &key()), EVALUATED);
    }
    asked().finish(&good, &batch(), &key()).unwrap();
}

#[test]
fn ra_04_what_is_no_rating_is_refused() {
    let good = serde_json::to_value(token().rate(stars(5))).unwrap();
    let with = |value: (&str, Value)| {
        let mut other = good.clone();
        other[value.0] = value.1;
        other.as_object_mut().unwrap().retain(|_, value| !value.is_null());
        Rating::parse(other.to_string().as_bytes())
    };
    for wrong in [
        ("stars", json!(0)),
        ("stars", json!(6)),
        ("stars", json!(4.5)),
        ("stars", json!(256)),
        ("stars", json!(null)),
        ("version", json!(2)),
        ("batch", json!({"listing": "me", "month": "2027-01"})),
        ("batch", json!({"listing": persona(2).id(), "month": "2027-13"})),
        ("token", json!("AAAA")),
        ("mac", json!(null)),
        ("text", json!("좋았어요")),
    ] {
        refused(with(wrong), FORM);
    }
    for wrong in ["", "[]", "{}", r#"{"stars":1,"stars":5}"#, &" ".repeat(2_000)] {
        refused(Rating::parse(wrong.as_bytes()), FORM);
        refused(Issued::parse(wrong.as_bytes()), FORM);
    }
    assert_eq!((Stars::new(0), Stars::new(6)), (None, None));
    let mut claims: Map<String, Value> = Map::new();
    for key in [json!(Bytes32([9; 32])), json!(Bytes32([0; 32])), json!("AAAA")] {
        claims.insert("key".to_owned(), key);
        claims.insert("batch".to_owned(), json!(batch()));
        let kind = Kind { limits: Limits::MESSAGE, ..BATCH_KEY };
        let text = kind.sign(&persona(3), HERE, START, claims.clone()).unwrap();
        refused(BatchKey::read(&text, HERE, &persona(3).id()), FORM);
    }
}

#[test]
fn ra_05_a_rating_before_its_month_is_over_or_long_after_is_refused() {
    let rating = token().rate(stars(2));
    let closes = batch().month.closes();
    for wrong in [START, OVER, OPENS.minus(Seconds(1)), closes, Timestamp::from_unix(i64::MAX)] {
        refused(rating.verify(&secret(), wrong), WHEN);
    }
    rating.verify(&secret(), OPENS).unwrap();
    rating.verify(&secret(), closes.minus(Seconds(1))).unwrap();
}

#[test]
fn ra_06_a_rating_by_no_token_of_its_batch_is_refused() {
    let good = serde_json::to_value(token().rate(stars(1))).unwrap();
    let verify = |value: (&str, Value)| {
        let mut other = good.clone();
        other[value.0] = value.1;
        Rating::parse(other.to_string().as_bytes()).unwrap().verify(&secret(), OPENS)
    };
    // Somebody on the way would make five stars of one, or spend it on somebody else.
    refused(verify(("stars", json!(5))), TOKEN);
    refused(verify(("token", json!(Bytes32([9; 32])))), TOKEN);
    refused(verify(("mac", json!(Bytes32([9; 32])))), TOKEN);
    refused(verify(("batch", json!({"listing": persona(9).id(), "month": "2027-01"}))), TOKEN);
    refused(verify(("batch", json!({"listing": persona(2).id(), "month": "2026-12"}))), TOKEN);
    let good = token().rate(stars(1)).verify(&secret(), OPENS).unwrap();
    let mut another = Tally::new(persona(9).id());
    refused(another.count(&good), TOKEN);
    assert_eq!(another, Tally::new(persona(9).id()), "what is about another is not counted");
    refused(token().rate(stars(1)).verify(&TokenSecret::new([2; 32]), OPENS), TOKEN);
    // A key that is derived for a batch is of no other.
    let keys = [batch(), Batch { month: Period::of(OVER).unwrap(), ..batch() }];
    let keys = keys.map(|batch| secret().key(&batch).unwrap());
    assert_ne!(ServerKey::public(&keys[0]), ServerKey::public(&keys[1]));
}

#[test]
fn ra_07_a_token_is_spent_on_one_rating() {
    let (one, other) = (token().rate(stars(5)), token().rate(stars(1)));
    let one = one.verify(&secret(), OPENS).unwrap();
    let other = other.verify(&secret(), OPENS).unwrap();
    assert_eq!(one.token(), other.token());
    refused(other.spend(Some(one.content())), ONCE);
    let another = Asked::new(&Repeatable::new(70)).unwrap();
    let another = another.finish(&issued(&another), &batch(), &key()).unwrap().rate(stars(5));
    assert_ne!(another.verify(&secret(), OPENS).unwrap().token(), one.token());
}

/// So many ratings of these stars, each by a token of its own.
fn tally(all: &[u8]) -> Tally {
    let mut tally = Tally::new(persona(2).id());
    for (seed, count) in (100..).zip(all) {
        let asked = Asked::new(&Repeatable::new(seed)).unwrap();
        let token = asked.finish(&issued(&asked), &batch(), &key()).unwrap();
        tally.count(&token.rate(stars(*count)).verify(&secret(), OPENS).unwrap()).unwrap();
    }
    tally
}

#[test]
fn ra_08_few_ratings_are_not_told() {
    refused(Tally::new(persona(2).id()).reputation(), ENOUGH);
    refused(tally(&[5, 4, 5, 5]).reputation(), ENOUGH);
    let told = tally(&[5, 4, 5, 5, 4]).reputation().unwrap();
    assert_eq!((told.ratings(), told.tenths()), (u64::from(FEWEST), 46));
    assert_eq!(tally(&[1, 1, 1, 1, 1]).reputation().unwrap().tenths(), 10);
    assert_eq!(tally(&[5, 5, 5, 4]).reputation().map_err(|refusal| refusal.check), Err(ENOUGH));
    // 4.25 and 3.75: halves upwards.
    assert_eq!(tally(&[5, 4, 4, 4, 5, 4, 4, 4]).reputation().unwrap().tenths(), 43);
    assert_eq!(tally(&[3, 4, 4, 4, 3, 4, 4, 4]).reputation().unwrap().tenths(), 38);
}

#[test]
fn a_reputation_is_a_credential_of_its_persona() {
    let directory = PrivateKey::generate(KeyType::P256, &Repeatable::new(5));
    let sayer = Sayer {
        vct: "https://people.example/types/reputation/1",
        issuer: "https://people.example",
        directory: ("https://people.example", "한빛 사람 찾기"),
    };
    let told = tally(&[5, 4, 5, 5, 4]).reputation().unwrap();
    let header = Header::for_key(directory.public()).unwrap();
    let key = persona(2).public().signing_key().clone();
    let other = persona(9).public().signing_key().clone();
    let of_another = told.credential(&sayer, &other, header.clone(), OVER, &Repeatable::new(6));
    assert!(matches!(of_another, Err(NoCredential::Listing)), "another's reputation");
    let credential = told.credential(&sayer, &key, header, OVER, &Repeatable::new(6)).unwrap();
    let text = credential.sign(&directory).unwrap();
    let verified = SdJwtVc::parse(&text).unwrap().verify(directory.public()).unwrap();
    assert_eq!((verified.vct(), verified.issuer()), (sayer.vct, Some(sayer.issuer)));
    let claims = verified.into_claims();
    assert_eq!(claims["cnf"]["jwk"], key.to_jwk());
    assert_eq!(claims["exp"], json!(OVER.plus(LASTS).unix()));
    let said = told.claims(sayer.directory);
    assert!(said.iter().all(|(name, value)| claims[name] == *value), "nothing of it is concealed");
    // The type says the same.
    let example = include_str!("../../../../schemas/reputation/examples/valid/five.json");
    assert_eq!(serde_json::from_str::<Value>(example).unwrap(), Value::Object(said));
}
