//! Receipts that gates of a venue give each other, and every way in which one is refused.

use super::*;
use crate::cbor::Value;

/// What a gate of the scene's venue says of its ticket.
fn receipt(scene: &Scene, gate: u8, seconds: u32) -> Receipt {
    Receipt {
        at: NOW.plus(Seconds(seconds)),
        gate: GateId([gate; 8]),
        name: "정문".to_owned(),
        pass: Pseudonym::of(scene.holder.public()),
        window: Window::of(NOW),
        ends: Some(NOW.plus(Seconds(7200))),
    }
}

fn signed(scene: &Scene, gate: u8, seconds: u32) -> SignedReceipt {
    receipt(scene, gate, seconds).sign(&scene.venue).unwrap()
}

#[track_caller]
fn assert_refused(scene: &Scene, bytes: &[u8], now: Timestamp, check: Check, reason: &str) {
    let refusal = SignedReceipt::read(bytes, scene.venue.public(), now).expect_err("refused");
    assert_eq!((refusal.check, refusal.reason.code), (check, reason));
}

#[test]
fn a_receipt_goes_from_gate_to_gate() {
    let scene = Scene::of_tickets();
    let admitted = scene.replay().mark(scene.judge(&scene.code(NOW), NOW).unwrap(), NOW).unwrap();
    let wrote = Receipt::of(&admitted, (GateId([1; 8]), "정문"), NOW).sign(&scene.venue).unwrap();
    let read = SignedReceipt::read_line(&wrote.to_line(), scene.venue.public(), NOW).unwrap();
    assert_eq!(read, wrote);
    assert_eq!((read.receipt().pass, read.receipt().ends), (admitted.pseudonym, Some(admitted.expires)));
    assert!(wrote.to_line().len() < 500, "{}", wrote.to_line().len());
    let entry = Scene::new();
    let admitted = entry.replay().admit(entry.judge(&entry.code(NOW), NOW).unwrap(), NOW).unwrap();
    assert_eq!(Receipt::of(&admitted, (GateId([1; 8]), "정문"), NOW).ends, None);
}

#[test]
fn mk_01_what_is_no_receipt_is_refused() {
    let scene = Scene::of_tickets();
    let good = signed(&scene, 1, 0);
    let form = |payload: Vec<u8>| {
        let header = cose::Header::for_key(KeyType::Ed25519).unwrap();
        UnsignedSign1::new(header, b"JG1 mark", payload).sign(&scene.venue).unwrap()
    };
    let payload = cose::Sign1::parse(good.bytes()).unwrap().unverified_payload().unwrap().to_vec();
    assert!(SignedReceipt::read(&form(payload.clone()), scene.venue.public(), NOW).is_ok());
    let item = crate::cbor::parse(&payload, crate::cbor::Limits { bytes: 400, depth: 4, items: 32 }).unwrap();
    let parts: Vec<Vec<u8>> = item.as_array().unwrap().iter().map(|part| part.raw().to_vec()).collect();
    let with = |at: usize, other: &[u8]| {
        let mut parts = parts.clone();
        parts[at] = other.to_vec();
        [vec![0x87], parts.concat()].concat()
    };
    let long_name = [&[0x78, 61][..], &[b'a'; 61]].concat();
    let broken = [
        vec![],
        vec![0x80],
        [vec![0x86], parts[..6].concat()].concat(),
        [vec![0x88], parts.concat(), vec![0]].concat(),
        with(0, &[0x40]),
        with(1, &[0x41, 1]),
        with(2, &[0x60]),
        with(2, &long_name),
        with(2, &[0x61, 0x1b]),
        with(3, &[0x41, 1]),
        with(4, &[0x20]),
        with(4, &[0x1b, 0, 0, 0, 1, 0, 0, 0, 0]),
        with(5, &[0x60]),
        with(6, &[0xf6]),
        // The same moment in more bytes than it needs.
        with(6, &[&[0x1b, 0, 0, 0, 0][..], &parts[6][1..]].concat()),
    ];
    for payload in broken {
        assert_refused(&scene, &form(payload), NOW, RECEIPT, "mark-form");
    }
    for bytes in [&[][..], &[0xff; 500], &good.bytes()[1..], &[good.bytes(), &[0]].concat()] {
        assert_refused(&scene, bytes, NOW, RECEIPT, "mark-form");
    }
    for line in ["", "=", &"A".repeat(541), "가"] {
        let refusal = SignedReceipt::read_line(line, scene.venue.public(), NOW).unwrap_err();
        assert_eq!(refusal.check, RECEIPT, "{line}");
    }
    assert!(matches!(item.as_array().unwrap()[5].value(), Value::Unsigned(_)));
    let nameless = Receipt { name: " ".to_owned(), ..receipt(&scene, 1, 0) };
    assert_eq!(nameless.sign(&scene.venue), Err(PassError::Name));
}

#[test]
fn mk_02_what_the_venue_did_not_sign_is_refused() {
    let scene = Scene::of_tickets();
    let mut forged = signed(&scene, 1, 0).bytes().to_vec();
    *forged.last_mut().unwrap() ^= 1;
    assert_refused(&scene, &forged, NOW, RECEIPT_SIGNATURE, "mark-forged");
    // Of this venue, but signed by somebody else, or as something else.
    let payload =
        cose::Sign1::parse(signed(&scene, 1, 0).bytes()).unwrap().unverified_payload().unwrap().to_vec();
    for (context, signer) in
        [(&b"JG1 mark"[..], key(KeyType::Ed25519, 77)), (b"JV1", key(KeyType::Ed25519, 2))]
    {
        let header = cose::Header::for_key(KeyType::Ed25519).unwrap();
        let bytes = UnsignedSign1::new(header, context, payload.clone()).sign(&signer).unwrap();
        assert_refused(&scene, &bytes, NOW, RECEIPT_SIGNATURE, "mark-forged");
    }
}

#[test]
fn mk_03_a_receipt_of_another_venue_is_refused() {
    let scene = Scene::of_tickets();
    let other = receipt(&scene, 1, 0).sign(&key(KeyType::Ed25519, 77)).unwrap();
    assert_refused(&scene, other.bytes(), NOW, RECEIPT_VENUE, "mark-venue");
}

#[test]
fn mk_04_a_receipt_of_another_time_is_refused() {
    let scene = Scene::of_tickets();
    let bytes = signed(&scene, 1, 0).bytes().to_vec();
    assert!(SignedReceipt::read(&bytes, scene.venue.public(), NOW.minus(Seconds(60))).is_ok());
    assert_refused(&scene, &bytes, NOW.minus(Seconds(61)), RECEIPT_TIME, "mark-future");
    let ends = NOW.plus(Seconds(7200)).plus(Window::LENGTH);
    assert!(SignedReceipt::read(&bytes, scene.venue.public(), ends.minus(Seconds(1))).is_ok());
    assert_refused(&scene, &bytes, ends, RECEIPT_TIME, "mark-over");
    let of_window = Receipt { ends: None, ..receipt(&scene, 1, 0) }.sign(&scene.venue).unwrap();
    let later = Window::of(NOW).ends().plus(Window::LENGTH);
    assert!(SignedReceipt::read(of_window.bytes(), scene.venue.public(), later.minus(Seconds(1))).is_ok());
    assert_refused(&scene, of_window.bytes(), later, RECEIPT_TIME, "mark-over");
}

#[test]
fn a_ticket_used_at_two_gates_is_found_out() {
    let scene = Scene::of_tickets();
    let (first, second) = (signed(&scene, 1, 5), signed(&scene, 2, 0));
    let mut marks = Marks::default();
    assert_eq!(marks.merge(first.clone()), Merged::New);
    assert_eq!(marks.merge(first.clone()), Merged::Same);
    assert!(!marks.is_duplicate());
    assert_eq!(marks.merge(second.clone()), Merged::Duplicate);
    assert_eq!(marks.merge(second.clone()), Merged::Same);
    assert!(marks.is_duplicate());
    assert_eq!(marks.receipts(), [second, first], "the earliest first");
    assert_eq!(Marks::from_cbor(&marks.to_cbor()), Some(marks));
    // By ECDSA one receipt has many signatures: they are one receipt.
    let venue = key(KeyType::P256, 9);
    let twice = || receipt(&scene, 1, 0).sign(&venue).unwrap();
    let (one, other) = (twice(), twice());
    let mut marks = Marks::default();
    assert_eq!((marks.merge(one), marks.merge(other)), (Merged::New, Merged::Same));
}

proptest! {
    /// In whatever order, and however often.
    #[test]
    fn marks_end_up_the_same_at_every_gate(told in prop::collection::vec((0_u8..4, 0_u32..12), 0..40), shift: prop::sample::Index) {
        let scene = Scene::of_tickets();
        let receipts: Vec<SignedReceipt> = told.iter().map(|(gate, at)| signed(&scene, *gate, *at)).collect();
        let merged = |receipts: &mut dyn Iterator<Item = &SignedReceipt>| {
            let mut marks = Marks::default();
            for receipt in receipts {
                marks.merge(receipt.clone());
            }
            marks
        };
        let (here, there) = receipts.split_at(shift.index(receipts.len() + 1));
        let one = merged(&mut receipts.iter());
        prop_assert_eq!(&one, &merged(&mut there.iter().rev().chain(here).chain(there)));
        prop_assert!(one.receipts().len() <= 8);
    }
}
