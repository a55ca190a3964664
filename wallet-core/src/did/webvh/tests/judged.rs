//! Whose signature counts, after a key was rotated, revoked, or stolen.

use super::*;

fn of(book: &Book, seed: u64, signed: Option<Timestamp>) -> Result<jigap_keys::PublicKey, ResolutionError> {
    let url = DidUrl::parse(&format!("{}#key-{seed}", book.did())).unwrap();
    crate::did::verification_key_at(&url, Purpose::AssertionMethod, &book.documents(), signed)
}

fn refused(result: Result<jigap_keys::PublicKey, ResolutionError>) -> (Check, &'static str) {
    match result {
        Err(ResolutionError::Webvh(refusal)) => (refusal.check, refusal.reason.code),
        other => panic!("{other:?}"),
    }
}

/// The key 2 was replaced by the key 4 on day 10, and that by 5 on day 20.
fn rotated() -> Book {
    let mut book = Book::plain();
    let did = book.did();
    let documents = [document(did.as_str(), &[4]), document(did.as_str(), &[5])];
    book.append(1, Some(&documents[0]), &Change::default(), day(10));
    book.append(1, Some(&documents[1]), &Change::default(), day(20));
    book
}

#[test]
fn what_was_signed_before_a_rotation_stays_valid() {
    let book = rotated();
    for (seed, signed) in [
        (2, START),
        (2, day(9)),
        (2, day(10).minus(Seconds(1))),
        (4, day(10)),
        (4, day(19)),
        (5, day(20)),
        (5, NOW),
    ] {
        assert_eq!(of(&book, seed, Some(signed)).as_ref(), Ok(key(seed).public()), "{seed} at {signed}");
    }
    assert_eq!(of(&book, 5, None).as_ref(), Ok(key(5).public()));
    assert_eq!(
        of(&book, 5, Some(START)).as_ref(),
        Ok(key(5).public()),
        "what the key in use says of old times"
    );
    assert_eq!(of(&book, 9, Some(START)), Err(ResolutionError::InvalidVerificationMethod));
}

#[test]
fn wv_20_a_retired_key_verifies_nothing_newer_and_nothing_undated() {
    let book = rotated();
    for signed in [None, Some(day(10)), Some(NOW), Some(START.minus(Seconds(1)))] {
        assert_eq!(refused(of(&book, 2, signed)), (RETIRED, "webvh-key-retired"), "{signed:?}");
    }
    assert_eq!(refused(of(&book, 4, Some(START))), (RETIRED, "webvh-key-retired"), "before it was listed");
}

/// A thief of a retired key may claim any time; the issuer needs one entry to be rid of him, and no later one brings him back.
#[test]
fn wv_20_a_revoked_key_verifies_nothing_whatever_time_is_claimed() {
    let mut book = rotated();
    let did = book.did();
    assert_eq!(
        of(&book, 2, Some(day(1))).as_ref(),
        Ok(key(2).public()),
        "dated back, and not yet known to be stolen"
    );
    let plain = document(did.as_str(), &[5]);
    let mut revoking = document(did.as_str(), &[5, 2]);
    revoking["verificationMethod"][1]["revoked"] = json!(day(30).to_rfc3339());
    revoking["assertionMethod"].as_array_mut().unwrap().pop();
    book.append(1, Some(&revoking), &Change::default(), day(30));
    for _ in 0..2 {
        for signed in [START, day(1), day(9), day(10), NOW] {
            assert_eq!(refused(of(&book, 2, Some(signed))).0, RETIRED, "{signed}");
        }
        assert_eq!(of(&book, 4, Some(day(11))).as_ref(), Ok(key(4).public()), "another retired key");
        book.append(1, Some(&plain), &Change::default(), day(40));
        if book.text.lines().count() > 5 {
            break;
        }
    }
}

/// The same key under another name, and one that is revoked while it is listed.
#[test]
fn wv_20_a_revoked_key_is_known_by_itself() {
    let mut book = rotated();
    let did = book.did();
    let mut revoking = document(did.as_str(), &[5, 2]);
    revoking["verificationMethod"][1]["id"] = format!("{did}#stolen").into();
    revoking["verificationMethod"][1]["revoked"] = json!(day(30).to_rfc3339());
    revoking["assertionMethod"].as_array_mut().unwrap().pop();
    book.append(1, Some(&revoking), &Change::default(), day(30));
    assert_eq!(refused(of(&book, 2, Some(day(1)))), (RETIRED, "webvh-key-revoked"));
    let mut listed = document(did.as_str(), &[5]);
    listed["verificationMethod"][0]["revoked"] = json!(day(35).to_rfc3339());
    book.append(1, Some(&listed), &Change::default(), day(35));
    assert_eq!(refused(of(&book, 5, Some(day(25)))), (RETIRED, "webvh-key-revoked"));
    assert!(of(&book, 5, None).is_err());
    assert!(of(&book, 5, Some(NOW)).is_err());
}

#[test]
fn wv_21_a_deactivated_did_verifies_nothing() {
    let mut book = rotated();
    book.append(1, None, &Change { deactivated: true, ..Change::default() }, day(30));
    for (seed, signed) in [(5, None), (5, Some(day(25))), (2, Some(START))] {
        assert_eq!(refused(of(&book, seed, signed)), (DEACTIVATED, "webvh-deactivated"));
    }
    let document = crate::did::resolve(&book.did(), &book.documents());
    assert!(matches!(document, Err(ResolutionError::Webvh(refusal)) if refusal.check == DEACTIVATED));
}

/// One fragment for one key after the other, as some controllers do.
#[test]
fn a_name_that_was_used_again_means_the_key_of_its_time() {
    let mut book = Book::plain();
    let did = book.did();
    let mut again = document(did.as_str(), &[2]);
    again["verificationMethod"][0]["publicKeyMultibase"] = key(7).public().to_multikey().into();
    book.append(1, Some(&again), &Change::default(), day(10));
    assert_eq!(of(&book, 2, Some(day(9))).as_ref(), Ok(key(2).public()));
    for signed in [None, Some(day(10)), Some(START.minus(Seconds(1)))] {
        assert_eq!(of(&book, 2, signed).as_ref(), Ok(key(7).public()), "{signed:?}");
    }
}

/// Several implementations leave out the controller, or write relative ids.
#[test]
fn methods_are_read_as_several_implementations_write_them() {
    let mut book = Book::plain();
    let mut document = document(book.did().as_str(), &[2]);
    document["verificationMethod"][0].as_object_mut().unwrap().remove("controller");
    book.append(1, Some(&document), &Change::default(), day(1));
    assert_eq!(of(&book, 2, None).as_ref(), Ok(key(2).public()));
    document["verificationMethod"][0]["id"] = json!("#key-2");
    document["assertionMethod"] = json!(["#key-2"]);
    book.append(1, Some(&document), &Change::default(), day(2));
    assert_eq!(of(&book, 2, None).as_ref(), Ok(key(2).public()));
    document["verificationMethod"][0]["controller"] = json!("did:web:other.example");
    book.append(1, Some(&document), &Change::default(), day(3));
    assert_eq!(refused(of(&book, 2, None)).0, RETIRED, "now another's method, of that name");
}
