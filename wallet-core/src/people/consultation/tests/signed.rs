//! Statements of a consultation as they are signed: by whom, about which, in which form.

use jigap_keys::json::Limits;
use serde_json::Map;

use super::super::checks::{FORM, SIGNER};
use super::super::signed::{Between, KIND};
use super::*;
use crate::jose::Jws;
use crate::people::contact::{Answer, Contact, ContactRequest, Message, NewRequest, Says, answer};
use crate::people::{Kind as Sort, Persona};

const HERE: &str = "people.example";

fn persona(seed: u64) -> Persona {
    Persona::generate(&Repeatable::new(seed))
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

/// A contact that `seeker` asked for, and what was answered.
fn contact(seeker: u64, says: Says) -> Contact {
    let (listing, message) = (persona(2).public(), Message::new("안녕하세요", &Repeatable::new(5)).unwrap());
    let new = NewRequest {
        audience: HERE,
        contact: Bytes32([6; 32]),
        listing: &listing,
        message: &message,
        proof: None,
    };
    let text = new.sign(&persona(seeker), START, &Repeatable::new(6)).unwrap();
    let request = ContactRequest::read(&text, HERE).unwrap();
    let mut contact = Contact::begin(&request, START);
    let answer = answer(&persona(2), HERE, &request, says, START).unwrap();
    contact.take(&Answer::read(&answer, HERE).unwrap(), START).unwrap();
    contact
}

fn asks() -> What {
    What::Request { answer_by: START.plus(Seconds(DAY)) }
}

fn first() -> String {
    between().sign(&persona(1), (1, None, START), asks()).unwrap()
}

fn claims() -> Map<String, Value> {
    let mut claims = Jws::parse(&first()).unwrap().unverified_payload().as_object().cloned().unwrap();
    ["iss", "aud", "iat"].iter().for_each(|name| drop(claims.remove(*name)));
    claims
}

fn with(by: &Persona, (member, value): (&str, Value)) -> String {
    let mut claims = claims();
    claims.insert(member.to_owned(), value);
    claims.retain(|_, value| !value.is_null());
    Sort { limits: Limits::MESSAGE, ..KIND }.sign(by, HERE, START, claims).unwrap()
}

#[test]
fn three_run_one_consultation_by_what_they_sign() {
    let directory = persona(3).id();
    let (between, event) = Between::first(&first(), (HERE, &directory), &contact(1, Says::Accept)).unwrap();
    assert_eq!(between, self::between());
    let (mut here, mut wallet) = (Consultation::default(), Consultation::default());
    here.take(&event, START).unwrap();
    wallet.follow(&event, START).unwrap();
    let sides = [
        (persona(2), What::Quote(quote(START))),
        (persona(1), What::Accept {}),
        (persona(3), What::Halt { why: Why::Revoked }),
    ];
    for (by, what) in sides {
        let text = between.sign(&by, wallet.next(START), what).unwrap();
        let event = between.read(&text).unwrap();
        assert_eq!(event.digest(), Digest::of(&text));
        assert!(matches!(here.take(&event, START), Ok(Taken::New(_))));
        wallet.follow(&event, START).unwrap();
        assert_eq!(here.take(&between.read(&text).unwrap(), START), Ok(Taken::Again));
    }
    assert_eq!((here.state(), &wallet), (&State::Cancelled { by: Role::Directory }, &here));
}

#[test]
fn two_statements_of_one_number_hint_at_who_signed_both() {
    let mut it = Consultation::default();
    it.take(&between().read(&first()).unwrap(), START).unwrap();
    let later = What::Request { answer_by: START.plus(Seconds(60)) };
    let other = between().sign(&persona(1), (1, None, START), later).unwrap();
    let refused = it.take(&between().read(&other).unwrap(), START).unwrap_err();
    let fork = refused.fork.unwrap();
    assert_eq!(
        (fork.kept, fork.other, fork.both_by),
        (Digest::of(&first()), Digest::of(&other), Some(Role::Seeker))
    );
    assert_eq!(between().hints(&first(), &other), Ok(Some(Role::Seeker)));
    // The same twice, one of another number, one of the other side: no fault of anybody.
    let next = between().sign(&persona(1), (2, None, START), asks()).unwrap();
    let raced = between().sign(&persona(2), (1, None, START), asks()).unwrap();
    // What came too late is said again, with another moment; who followed another fork did not make it.
    let again = between().sign(&persona(1), (1, None, START.plus(Seconds(400))), asks()).unwrap();
    let forked = between().sign(&persona(1), (1, Some(Digest::of("")), START), later).unwrap();
    let forked_event = between().read(&forked).unwrap();
    assert_eq!(it.take(&forked_event, START).unwrap_err().fork.unwrap().both_by, None);
    for innocent in [first(), next, raced, again, forked] {
        assert_eq!(between().hints(&first(), &innocent), Ok(None));
    }
    let elsewhere = Between { consultation: Bytes32([4; 32]), ..between() };
    assert_eq!(elsewhere.hints(&first(), &other).unwrap_err().check, SIGNER);
}

#[test]
fn the_wire_form_stays_what_it_is() {
    let tick = Tick { count: 1, from: START, until: START.plus(Seconds(600)) };
    let all = [
        asks(),
        What::Quote(quote(START)),
        What::Decline {},
        What::Tick(tick),
        What::Halt { why: Why::IssuerKeyCompromised },
        What::Resolve { owed: Won(1) },
        blinded(),
        What::Passed { due: Due::NoShow },
    ];
    for what in all {
        let text = between().sign(&persona(1), (2, Some(Digest::of("")), START), what).unwrap();
        assert_eq!(between().read(&text).unwrap().what(), &what);
    }
    // With feature `josekit` JSON keeps the order that members came in: other bytes are signed, and other digests kept.
    if !cfg!(feature = "josekit") {
        insta::assert_json_snapshot!((claims(), all));
    }
}

#[test]
fn cn_01_a_statement_that_is_not_in_its_form_is_refused() {
    for wrong in [
        ("consultation", json!("AAAA")),
        ("consultation", json!(null)),
        ("seeker", json!("me")),
        ("number", json!(-1)),
        ("number", json!("1")),
        ("previous", json!("AAAA")),
        ("what", json!(null)),
        ("what", json!({"do": "pay"})),
        ("what", json!({"do": "decline", "because": 1})),
        ("what", json!({"do": "request"})),
        ("what", json!({"do": "resolve", "owed": -1})),
        ("what", json!({"do": "resolve", "owed": 1.5})),
        ("what", json!({"do": "rate", "blinded": "AAAA"})),
        ("what", json!({"do": "tick", "count": 65_536, "from": 1, "until": 2})),
        ("what", json!({"do": "tick", "count": 1, "from": 1, "until": 2, "price": 1})),
        ("name", json!("김지갑")),
    ] {
        let shown = format!("{wrong:?}");
        assert_eq!(between().read(&with(&persona(1), wrong)).unwrap_err().check, FORM, "{shown}");
    }
    assert_eq!(between().read("a.b.c").unwrap_err().check.id, "PE-01");
}

#[test]
fn cn_02_a_statement_of_a_stranger_or_of_another_consultation_is_refused() {
    let refused = |text: &str| between().read(text).unwrap_err().check;
    assert_eq!(refused(&with(&persona(4), ("number", json!(1)))), SIGNER);
    for wrong in [
        ("consultation", json!(Bytes32([4; 32]))),
        ("seeker", json!(persona(4).id())),
        ("listed", json!(persona(4).id())),
    ] {
        assert_eq!(refused(&with(&persona(1), wrong)), SIGNER);
    }
    // Nobody is two of the three.
    let directory = persona(3).id();
    for wrong in [
        ("listed", json!(persona(1).id())),
        ("listed", json!(directory)),
        ("seeker", json!(directory)),
        ("seeker", json!(persona(4).id())),
    ] {
        let text = with(&persona(1), wrong);
        assert_eq!(
            Between::first(&text, (HERE, &directory), &contact(1, Says::Accept)).unwrap_err().check,
            SIGNER
        );
    }
    // Nobody consults whom they did not ask, or who did not accept.
    for contact in [contact(4, Says::Accept), contact(1, Says::Decline), contact(1, Says::Block)] {
        assert_eq!(Between::first(&first(), (HERE, &directory), &contact).unwrap_err().check, SIGNER);
    }
    // Nor is a listed person a seeker of whoever asked them.
    let turned = Between { seeker: persona(2).id(), listed: persona(1).id(), ..between() };
    let text = turned.sign(&persona(2), (1, None, START), asks()).unwrap();
    let turned = Between::first(&text, (HERE, &directory), &contact(1, Says::Accept));
    assert_eq!(turned.unwrap_err().check, SIGNER);
}
