//! What a venue shows, and every way in which it is refused.

use super::*;

#[test]
fn vn_01_what_is_no_code_of_a_venue_is_refused() {
    let scene = Scene::new();
    let code = scene.shown_by_gate(NOW);
    let read = VenueCode::read(&code, NOW).unwrap();
    assert_eq!((read.name(), read.gate(), read.wants()), (NAMES.0, NAMES.1, &scene.gate.wants));
    assert_eq!(read.venue(), scene.gate.venue);
    let bytes = text_form::read("JV1:", &code, 600).unwrap();
    let signed = |payload: Vec<u8>| {
        let header = cose::Header::for_key(KeyType::Ed25519).unwrap();
        text_form::write("JV1:", &UnsignedSign1::new(header, b"JV1", payload).sign(&scene.venue).unwrap())
    };
    let payload = |name: &str, kind: u64, window: &[u8], nonce: &[u8]| {
        let mut writer = Writer::new();
        writer.array(8).raw(&scene.venue.public().to_compressed_cose_key()).text(name).text("문");
        writer.unsigned(kind).unsigned(0).array(0).raw(window).raw(nonce);
        writer.into_bytes()
    };
    assert!(VenueCode::read(&signed(payload("집", 0, &[0xf6], &[0xf6])), NOW).is_ok());
    let of_sort = |kind: u64, sort: u64, particulars: &[u8]| {
        let mut writer = Writer::new();
        writer.array(9).raw(&scene.venue.public().to_compressed_cose_key()).text("집").text("문");
        writer.unsigned(kind).unsigned(sort).array(0).null().null().raw(particulars);
        writer.into_bytes()
    };
    let with_particulars = |kind: u64, particulars: &[u8]| of_sort(kind, 0, particulars);
    let of_event = signed(with_particulars(1, &[0x84, 0x81, 0x61, b'a', 0x80, 0x80, 0x80]));
    let read = VenueCode::read(&of_event, NOW).unwrap();
    assert_eq!(*read.wants(), Wants::new(Kind::Ticket, []).with("event", ["a"]).unwrap());
    for broken in [
        String::new(),
        code.replace("JV1:", "JG1:"),
        code.to_lowercase(),
        "JV1:".to_owned() + &"0".repeat(597),
        signed(vec![0x80]),
        signed(payload("", 0, &[0xf6], &[0xf6])),
        signed(payload("집\u{200B}", 0, &[0xf6], &[0xf6])),
        signed(payload(&"집".repeat(21), 0, &[0xf6], &[0xf6])),
        signed(payload("집", 4, &[0xf6], &[0xf6])),
        signed(payload("집", 0, &[0x01], &[0xf6])),
        signed(payload("집", 0, &[0xf6], &[0x50; 17])),
        signed(payload("집", 0, &[0x01], &[0x4f; 16])),
        // A ticket of no event; particulars of an entry pass.
        signed(payload("집", 1, &[0xf6], &[0xf6])),
        signed(with_particulars(0, &[0x80])),
        // Tickets that their issuer does not recognise; a sort that there is not.
        signed(of_sort(1, 2, &[0x84, 0x81, 0x61, b'a', 0x80, 0x80, 0x80])),
        signed(of_sort(1, 3, &[0x84, 0x81, 0x61, b'a', 0x80, 0x80, 0x80])),
        signed(with_particulars(1, &[0x84, 0x80, 0x80, 0x80, 0x80])),
        signed(with_particulars(1, &[0x84, 0x82, 0x61, b'a', 0x61, b'b', 0x80, 0x80, 0x80])),
        signed(with_particulars(1, &[0x84, 0x81, 0x60, 0x80, 0x80, 0x80])),
        signed(with_particulars(1, &[0x84, 0x81, 0x61, b'a', 0x82, 0x61, b'b', 0x61, b'b', 0x80, 0x80])),
        signed(with_particulars(1, &[0x83, 0x81, 0x61, b'a', 0x80, 0x80])),
        signed(with_particulars(1, &[0x84, 0x81, 0x61, 0x1b, 0x80, 0x80, 0x80])),
    ] {
        let refusal = VenueCode::read(&broken, NOW).unwrap_err();
        assert_eq!((refusal.check, refusal.reason.code), (VENUE, "venue-code"), "{broken}");
    }
    let cut = text_form::write("JV1:", &bytes[..bytes.len() - 1]);
    assert!(VenueCode::read(&cut, NOW).is_err());
    let long = "집".repeat(21);
    let made = VenueCode::on_poster((&long, "문"), &scene.gate.wants, &scene.venue);
    assert_eq!(made, Err(PassError::Name));
}

#[test]
fn vn_02_a_code_its_venue_did_not_sign_is_refused() {
    let scene = Scene::new();
    let bytes = text_form::read("JV1:", &scene.shown_by_gate(NOW), 600).unwrap();
    let mut forged = bytes.clone();
    *forged.last_mut().unwrap() ^= 1;
    let refusal = VenueCode::read(&text_form::write("JV1:", &forged), NOW).unwrap_err();
    assert_eq!((refusal.check, refusal.reason.code), (VENUE_SIGNATURE, "venue-signature"));
    // Another's name on this venue's code.
    let at = bytes.windows(6).position(|it| it == "한빛".as_bytes()).unwrap();
    let mut renamed = bytes;
    renamed[at..at + 6].copy_from_slice("은빛".as_bytes());
    let refusal = VenueCode::read(&text_form::write("JV1:", &renamed), NOW).unwrap_err();
    assert_eq!(refusal.check, VENUE_SIGNATURE);
}

#[test]
fn vn_03_a_screen_of_another_time_is_refused() {
    let scene = Scene::new();
    let code = scene.shown_by_gate(NOW);
    let later = Window::of(NOW).begins().plus(Seconds(30));
    let refusal = VenueCode::read(&code, later).unwrap_err();
    assert_eq!((refusal.check, refusal.reason.code), (VENUE_NOW, "venue-window"));
    let poster = VenueCode::on_poster(NAMES, &scene.gate.wants, &scene.venue).unwrap();
    let (heard, window) = VenueCode::read(&poster, later).unwrap().heard(Window::of(later));
    assert_eq!((heard, window), (Heard::Poster(scene.gate.venue), Window::of(later)));
}
