//! Tickets and cards: which gate they open, and which they do not.

use super::*;

fn ticket_of(scene: &mut Scene, particulars: [&str; 4]) {
    scene.claims.particulars = particulars.map(str::to_owned).to_vec();
}

#[test]
fn ep_09_a_ticket_of_another_event_or_zone_opens_nothing() {
    let mut scene = Scene::of_tickets();
    assert!(scene.judge(&scene.code(NOW), NOW).is_ok());
    for event in ["음악회 2", "", "음악", "음악회 "] {
        ticket_of(&mut scene, [event, "R", "12", "34"]);
        scene.assert_refused(&scene.code(NOW), NOW, WANTED, "pass-particular");
    }
    scene.gate.wants = scene.gate.wants.with("zone", ["S", "R"]).unwrap();
    for (zone, good) in [("R", true), ("S", true), ("A", false), ("", false)] {
        ticket_of(&mut scene, ["음악회", zone, "12", "34"]);
        assert_eq!(scene.judge(&scene.code(NOW), NOW).is_ok(), good, "{zone}");
    }
}

/// Whoever is on the trust list for tickets may issue one of that name: a gate says whose it takes.
#[test]
fn ep_03_a_ticket_of_another_issuer_of_tickets_is_refused() {
    let mut scene = Scene::of_tickets();
    scene.gate.issuers = vec!["https://other.example".to_owned()];
    scene.assert_refused(&scene.code(NOW), NOW, ISSUER, "pass-issuer");
}

#[test]
fn ep_09_a_gate_that_does_not_say_for_what_opens_for_no_ticket() {
    let code = Scene::of_tickets().code(NOW);
    let mut scene = Scene::of_tickets();
    scene.gate.issuers = Vec::new();
    scene.assert_refused(&code, NOW, WANTED, "gate-unspecific");
    let mut scene = Scene::of_tickets();
    scene.gate.wants = Wants::new(Kind::Ticket, []);
    scene.assert_refused(&code, NOW, WANTED, "gate-unspecific");
    let two = Wants::new(Kind::Ticket, []).with("event", ["음악회", "연극"]).unwrap();
    scene.gate.wants = two.clone();
    scene.assert_refused(&code, NOW, WANTED, "gate-unspecific");
    assert_eq!(VenueCode::on_poster(NAMES, &two, &scene.venue), Err(PassError::Particulars));
}

#[test]
fn what_no_pass_could_say_is_not_asked_for() {
    let of = |kind: Kind, name: &str, texts: &[&str]| {
        Wants::new(kind, []).with(name, texts.iter().copied()).map(|wants| wants.says_for_what())
    };
    assert_eq!(of(Kind::Ticket, "event", &["a"]), Ok(true));
    assert_eq!(of(Kind::Ticket, "zone", &["a"]), Ok(false));
    assert_eq!(of(Kind::StudentCard, "institution", &["한빛대학교"]), Ok(true));
    for (kind, name, text) in [
        (Kind::Entry, "event", "a"),
        (Kind::Membership, "event", "a"),
        (Kind::Ticket, "event", ""),
        (Kind::Ticket, "event", "a\u{202E}"),
        (Kind::Ticket, "event", "12345678901234567890123456789012345678901"),
    ] {
        assert_eq!(of(kind, name, &[text]), Err(PassError::Particulars), "{kind:?} {name} {text}");
    }
    let many: Vec<String> = (0..17).map(|number| number.to_string()).collect();
    let many: Vec<&str> = many.iter().map(String::as_str).collect();
    assert_eq!(of(Kind::Ticket, "zone", &many), Err(PassError::Particulars));
}

/// Where nothing is written down, as in a browser's page, a ticket would be used again after a reload.
#[test]
fn ep_13_a_scanner_that_keeps_no_marks_opens_for_no_ticket() {
    let scene = Scene::of_tickets();
    let refused = scene.replay().admit(scene.judge(&scene.code(NOW), NOW).unwrap(), NOW).unwrap_err();
    assert_eq!((refused.check, refused.reason.code), (KEPT, "gate-keeps-no-marks"));
}

/// An entry pass has no particulars: nothing is asked of any.
#[test]
fn the_code_of_an_entry_gate_has_eight_parts() {
    let scene = Scene::new();
    let bytes = text_form::read("JV1:", &scene.shown_by_gate(NOW), 600).unwrap();
    let payload = cose::Sign1::parse(&bytes).unwrap().unverified_payload().unwrap().to_vec();
    assert_eq!(payload[0], 0x88);
}

/// Cards end when their issuer says, tickets with their event; only entry passes must not be told apart.
#[test]
fn a_card_ends_by_itself() {
    let mut scene = Scene::of_tickets();
    scene.claims.kind = Kind::Membership;
    scene.claims.particulars = vec!["한빛".to_owned(), String::new()];
    scene.claims.expires = NOW.plus(Seconds(1));
    assert!(scene.claims.ends_as_others_do() && scene.claims.unsigned(scene.issuer.public()).is_ok());
    scene.claims.kind = Kind::Entry;
    assert!(!scene.claims.ends_as_others_do());
}
