//! Keys of the publisher that are replaced: who follows, and whom nobody follows.

use super::*;
use crate::trust::succession::{self, hand_over, leading_to};

fn statement(from: u64, to: u64) -> String {
    statement_of(LIST, from, to)
}

fn statement_of(list: &str, from: u64, to: u64) -> String {
    hand_over(list, key(from).public(), key(to).public(), NOW).unwrap().sign(&key(from)).unwrap()
}

/// A list that `signer` signs and that carries `statements`.
fn list(signer: u64, statements: &[String]) -> String {
    let signer = key(signer);
    let unsigned = content(vec![by_did(9)]).unsigned_after(statements, signer.public(), None).unwrap();
    unsigned.sign(&signer).unwrap()
}

/// Who signed, for whoever pinned `pinned`.
fn read(jwt: &str, pinned: u64) -> Result<PublicKey, &'static str> {
    let read = TrustList::verify(jwt, LIST, key(pinned).public(), NOW);
    read.map(|list| list.signer().cloned().unwrap()).map_err(|refusal| refusal.check.id)
}

#[test]
fn whoever_pinned_an_earlier_key_follows() {
    let handed_over = [statement(1, 2), statement(2, 3)];
    let jwt = list(3, &handed_over);
    for pinned in [1, 2, 3] {
        assert_eq!(read(&jwt, pinned).as_ref(), Ok(key(3).public()), "{pinned}");
    }
    // What an earlier key signed before counts as it did.
    assert_eq!(read(&list(1, &[]), 1).as_ref(), Ok(key(1).public()));
    assert_eq!(read(&list(2, &handed_over[..1]), 1).as_ref(), Ok(key(2).public()));
}

#[test]
fn tl_03_a_key_that_nobody_handed_over_to_is_refused() {
    let good = [statement(1, 2), statement(2, 3)];
    let jwt = list(3, &good);
    assert_eq!(read(&jwt, 4), Err("TL-03"), "a stranger's list");
    for (why, signer, statements) in [
        ("nothing leads to it", 2, vec![]),
        ("a link is missing", 3, vec![statement(2, 3)]),
        ("the links are out of order", 3, vec![statement(2, 3), statement(1, 2)]),
        ("a stranger says so", 3, vec![statement(4, 3)]),
        ("of another list", 2, vec![statement_of("https://trust.example/other", 1, 2)]),
        ("the key that handed over signs again", 1, vec![statement(1, 2)]),
        ("a key says it of itself", 2, vec![statement(2, 2)]),
        ("no statement at all", 2, vec!["a.b.c".to_owned(), String::new()]),
    ] {
        assert_eq!(read(&list(signer, &statements), 1), Err("TL-03"), "{why}");
    }
    // A message of another kind by the very key is no statement: the list itself, and one under another `typ`.
    let payload = json!({"sub": LIST, "iat": NOW, "jwk": key(2).public().to_jwk()});
    for (typ, payload) in [
        ("jigap-trust-list+jwt", payload.clone()),
        (succession::TYP, json!({"sub": LIST, "jwk": key(2).public().to_jwk()})),
        (succession::TYP, json!({"sub": LIST, "iat": NOW, "jwk": {"kty": "OKP"}})),
        (succession::TYP, json!({"sub": LIST, "iat": NOW, "jwk": key(2).public().to_jwk(), "exp": 1})),
    ] {
        let header = crate::jose::Header::for_key(key(1).public()).unwrap().typ(typ);
        let text = crate::jose::UnsignedJws::new(&header, &payload).sign(&key(1)).unwrap();
        assert_eq!(read(&list(2, &[text]), 1), Err("TL-03"), "{typ} {payload}");
    }
}

#[test]
fn tl_01_statements_beyond_their_bounds_are_refused() {
    let signed = |member: Value| {
        let mut payload = crate::jose::Jws::parse(&list(1, &[])).unwrap().unverified_payload().clone();
        payload["handed_over"] = member;
        let header = crate::jose::Header::for_key(key(1).public()).unwrap().typ(TYP);
        crate::jose::UnsignedJws::new(&header, &payload).sign(&key(1)).unwrap()
    };
    assert_eq!(read(&signed(json!(vec!["x"; 16])), 1).as_ref(), Ok(key(1).public()), "they lead nowhere");
    for wrong in [json!([]), json!(vec!["x"; 17]), json!([1]), json!("x"), json!(null)] {
        assert_eq!(read(&signed(wrong.clone()), 1), Err("TL-01"), "{wrong}");
    }
    let unsigned = content(Vec::new()).unsigned_after(&vec![String::new(); 17], key(1).public(), None);
    assert!(unsigned.is_err(), "none is made either");
}

#[test]
fn a_list_carries_what_leads_to_its_signer() {
    // 1 → 2 → 3, and 4 that took over at once, whom 3 said nothing of; 4 → 5. The statement to 9 was never followed.
    let kept = [statement(1, 2), statement(2, 9), statement(2, 3), statement(4, 5)];
    let of = |signer: u64| leading_to(key(signer).public(), &kept);
    assert_eq!(of(3), [statement(1, 2), statement(2, 3)]);
    assert_eq!(of(1), [""; 0]);
    assert_eq!(of(4), [""; 0]);
    assert_eq!(of(5), [statement(4, 5)]);
    let long: Vec<String> = (1..=20).map(|at| statement(at, at + 1)).collect();
    let carried = leading_to(key(21).public(), &long);
    assert_eq!(carried, long[4..], "the latest 16");
    let jwt = list(21, &carried);
    assert_eq!(read(&jwt, 5).as_ref(), Ok(key(21).public()));
    assert_eq!(read(&jwt, 4), Err("TL-03"));
    // A circle ends.
    assert_eq!(leading_to(key(1).public(), &[statement(1, 2), statement(2, 1)]).len(), 2);
}
