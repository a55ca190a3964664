//! A page's door, as the page uses it. What each check refuses is tested where it is enforced.

use jigap_keys::KeyType;
use jigap_wallet_core::did::{Did, key_did};
use jigap_wallet_core::pass::{Generation, Kind, PassClaims, VenueCode, present, write_package};
use jigap_wallet_core::time::Seconds;
use jigap_wallet_core::trust::{Authorities, Mechanism, Names, TrustEntry, TrustListContent};

use super::*;

const NOW: Timestamp = Timestamp::from_unix(1_795_943_107);
const LIST: &str = "https://trust.example/list";
const DAY: Seconds = Seconds(86_400);

/// Bytes that follow from a number: keys for tests.
struct Seeded(u8);

impl Entropy for Seeded {
    fn fill(&self, out: &mut [u8]) {
        out.iter_mut().zip(0_u8..).for_each(|(byte, n)| *byte = self.0.wrapping_mul(31).wrapping_add(n));
    }
}

fn key(seed: u8) -> PrivateKey {
    PrivateKey::generate(KeyType::Ed25519, &Seeded(seed))
}

/// A bundle whose list trusts the issuer with key 1, signed with key 9.
fn bundle(list: &str, version: u64, issued_at: Timestamp) -> Vec<u8> {
    signed_by(9, list, version, issued_at)
}

fn signed_by(signer: u8, list: &str, version: u64, issued_at: Timestamp) -> Vec<u8> {
    let issuer = key_did(key(1).public());
    let entry = TrustEntry {
        issuer: issuer.clone(),
        names: Names { ko: "한빛구".to_owned(), en: "Hanbit district".to_owned() },
        mechanism: Mechanism::Did(Did::parse(&issuer).unwrap().into()),
        keys: None,
        types: vec![Kind::Entry.trusted_type().to_owned()],
        valid_from: NOW.minus(DAY),
        valid_until: NOW.plus(Seconds(100 * DAY.0)),
        withdrawn_since: None,
        status_issuers: Vec::new(),
        authorities: Authorities::default(),
        passes: jigap_wallet_core::trust::PassTerms::default(),
    };
    let content = TrustListContent {
        publisher: "https://trust.example".to_owned(),
        id: list.to_owned(),
        version,
        issued_at,
        expires_at: NOW.plus(Seconds(30 * DAY.0)),
        entries: vec![entry],
    };
    let signed = content.issue(&key(signer), None).unwrap();
    TrustBundle::write((list, &signed), key(signer).public(), []).to_string().into_bytes()
}

fn package() -> String {
    let settings = json!({
        "venue": "한빛 미술관", "gate": "정문", "facts": ["age_over_19"], "presence": "screen", "max_trust_age_hours": 72,
    });
    write_package(&serde_json::from_value(settings).unwrap(), &key(2)).to_string()
}

fn door() -> Door {
    Door::open(package().as_bytes(), &bundle(LIST, 3, NOW), NOW, &Seeded(5)).unwrap()
}

/// What somebody over 19 shows who read the door's screen at `now`.
fn shown(door: &Door, holder: u8, now: Timestamp) -> String {
    let venue = VenueCode::read(&door.screen(now).unwrap().unwrap(), now).unwrap();
    let (holder, (heard, window)) = (key(holder), venue.heard(Window::of(now)));
    let claims = PassClaims {
        kind: Kind::Entry,
        facts: vec![Fact::AgeOver(19), Fact::Named("volunteer".to_owned())],
        particulars: Vec::new(),
        expires: Generation::of(NOW).ends(),
        holder: holder.public().clone(),
        version: 0,
        status: None,
    };
    let pass = claims.unsigned(key(1).public()).unwrap().sign(&key(1)).unwrap();
    present(&pass, window, &heard, &holder).unwrap()
}

#[test]
fn a_door_opens_once_for_whoever_read_its_screen() {
    let mut door = door();
    let code = shown(&door, 3, NOW);
    let open = json!({
        "open": true, "weaker": false, "issuer": "Hanbit district", "facts": ["age_over_19"],
    });
    assert_eq!(door.judge(&code, NOW, Lang::En), open);
    let again = door.judge(&code, NOW, Lang::En);
    assert_eq!((&again["open"], &again["check"]), (&json!(false), &json!("EP-11")));
    assert!(again["said"]["ko"].as_str().unwrap().contains("45초"));
    let none = door.judge("https://example.com", NOW, Lang::Ko);
    assert_eq!((&none["open"], &none["check"]), (&json!(false), &json!("EP-01")));
    assert_eq!(door.judge(&shown(&door, 4, NOW), NOW, Lang::Ko)["issuer"], "한빛구");
}

#[test]
fn a_door_that_was_opened_anew_takes_no_code_of_before() {
    let code = shown(&door(), 3, NOW);
    let package = package();
    let mut again = Door::open(package.as_bytes(), &bundle(LIST, 3, NOW), NOW, &Seeded(6)).unwrap();
    assert_eq!(again.judge(&code, NOW, Lang::En)["check"], "EP-08");
}

#[test]
fn a_door_says_how_old_what_it_knows_is_and_shuts_when_it_is_too_old() {
    let mut door = door();
    let later = NOW.plus(Seconds(4 * DAY.0));
    assert_eq!(door.standing(later)["trust"]["age"], 4 * DAY.0);
    assert_eq!(door.standing(later)["trust"]["max_age"], 72 * 3600);
    assert_eq!(door.judge(&shown(&door, 3, later), later, Lang::En)["check"], "EP-12");
    door.renew(&bundle(LIST, 4, later), later).unwrap();
    assert_eq!(door.standing(later)["trust"]["age"], 0);
    assert_eq!(door.judge(&shown(&door, 3, later), later, Lang::En)["open"], true);
}

#[test]
fn an_older_bundle_another_list_s_and_none_at_all_leave_the_one_in_use() {
    let mut door = door();
    assert_eq!(door.renew(&bundle(LIST, 2, NOW), NOW), Err(DoorError::Older));
    let earlier = bundle(LIST, 3, NOW.minus(Seconds(60)));
    assert_eq!(door.renew(&earlier, NOW), Err(DoorError::Older), "the same version of before");
    let other = bundle("https://other.example/list", 9, NOW);
    assert!(matches!(door.renew(&other, NOW), Err(DoorError::List(_))));
    // Whoever can put a bundle there is not whoever signs the list.
    let strange = signed_by(8, LIST, 99, NOW);
    assert!(matches!(door.renew(&strange, NOW), Err(DoorError::List(_))));
    assert!(matches!(door.renew(b"{}", NOW), Err(DoorError::Bundle(_))));
    let ended = NOW.plus(Seconds(31 * DAY.0));
    assert!(matches!(door.renew(&bundle(LIST, 4, NOW), ended), Err(DoorError::List(_))));
    assert_eq!(door.judge(&shown(&door, 3, NOW), NOW, Lang::En)["open"], true);
}

#[test]
fn what_is_no_gate_does_not_open() {
    let opened = |package: &[u8], bundle: &[u8]| Door::open(package, bundle, NOW, &Seeded(5)).err();
    let (package, bundle) = (package(), bundle(LIST, 3, NOW));
    assert!(matches!(opened(b"{}", &bundle), Some(DoorError::Package(_))));
    let other = package.replace("\"screen\"", "\"door\"");
    assert!(matches!(opened(other.as_bytes(), &bundle), Some(DoorError::Settings(SettingsError::Presence))));
    assert!(matches!(opened(package.as_bytes(), b"{}"), Some(DoorError::Bundle(_))));
}
