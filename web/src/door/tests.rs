//! A page's door, as the page uses it. What each check refuses is tested where it is enforced.

use std::collections::BTreeMap;

use jigap_keys::KeyType;
use jigap_wallet_core::did::{Did, key_did};
use jigap_wallet_core::pass::{
    Board, Generation, Kind, MarksTold, PassClaims, VenueCode, present, write_package,
};
use jigap_wallet_core::time::Seconds;
use jigap_wallet_core::trust::{Authorities, Mechanism, Names, TrustEntry, TrustListContent};

use super::*;

const NOW: Timestamp = Timestamp::from_unix(1_795_943_107);
const LIST: &str = "https://trust.example/list";
const EVENT: &str = "Year-end concert";
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
    signed_until(NOW.plus(Seconds(30 * DAY.0)), signer, (list, version), issued_at)
}

fn signed_until(ends: Timestamp, signer: u8, (list, version): (&str, u64), issued_at: Timestamp) -> Vec<u8> {
    let issuer = key_did(key(1).public());
    let entry = TrustEntry {
        issuer: issuer.clone(),
        names: Names { ko: "한빛구".to_owned(), en: "Hanbit district".to_owned() },
        mechanism: Mechanism::Did(Did::parse(&issuer).unwrap().into()),
        keys: None,
        types: [Kind::Entry, Kind::Ticket].map(|kind| kind.trusted_type().to_owned()).to_vec(),
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
        expires_at: ends,
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
    Door::open((package().as_bytes(), &bundle(LIST, 3, NOW)), ("{}", None), NOW, Box::new(Seeded(5))).unwrap()
}

/// What somebody over 19 shows who read the door's screen at `now`: a pass, or a ticket where the gate takes tickets.
fn shown(door: &Door, holder: u8, now: Timestamp) -> String {
    let venue = VenueCode::read(&door.screen(now).unwrap().unwrap(), now).unwrap();
    let (holder, (heard, window)) = (key(holder), venue.heard(Window::of(now)));
    let kind = door.gate.wants.kind;
    let particulars = [EVENT, "R", "12", "34"].into_iter().map(str::to_owned).take(kind.particulars().len());
    let claims = PassClaims {
        kind,
        facts: vec![Fact::AgeOver(19), Fact::Named("volunteer".to_owned())],
        particulars: particulars.collect(),
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
        "open": true, "weaker": false, "issuer": "Hanbit district", "kind": "entry", "particulars": [], "facts": ["age_over_19"],
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
    let mut again =
        Door::open((package.as_bytes(), &bundle(LIST, 3, NOW)), ("{}", None), NOW, Box::new(Seeded(6)))
            .unwrap();
    assert_eq!(again.judge(&code, NOW, Lang::En)["check"], "EP-08");
}

#[test]
fn a_door_says_how_old_what_it_knows_is_and_shuts_when_it_is_too_old() {
    let mut door = door();
    let later = NOW.plus(Seconds(4 * DAY.0));
    assert_eq!(door.standing(later, Lang::En)["trust"]["age"], 4 * DAY.0);
    assert_eq!(door.standing(later, Lang::En)["trust"]["max_age"], 72 * 3600);
    assert_eq!(door.judge(&shown(&door, 3, later), later, Lang::En)["check"], "EP-12");
    door.renew(&bundle(LIST, 4, later), later).unwrap();
    assert_eq!(door.standing(later, Lang::En)["trust"]["age"], 0);
    assert_eq!(door.judge(&shown(&door, 3, later), later, Lang::En)["open"], true);
}

#[test]
fn an_older_bundle_another_list_s_and_none_at_all_leave_the_one_in_use() {
    let mut door = door();
    assert_eq!(door.renew(&bundle(LIST, 2, NOW), NOW), Err(DoorError::Older(Older)));
    let earlier = bundle(LIST, 3, NOW.minus(Seconds(60)));
    assert_eq!(door.renew(&earlier, NOW), Err(DoorError::Older(Older)), "the same version of before");
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
fn what_has_ended_is_followed_by_a_later_version_of_the_same_list_alone() {
    let before = signed_by(9, LIST, 3, NOW.minus(Seconds(60)));
    let follows = |bundle: &[u8], now| succeeds(&before, bundle, now);
    assert_eq!(follows(&bundle(LIST, 4, NOW), NOW), Ok(()));
    assert_eq!(follows(&bundle(LIST, 3, NOW), NOW), Ok(()));
    assert_eq!(follows(&bundle(LIST, 2, NOW), NOW), Err(DoorError::Older(Older)));
    assert!(matches!(follows(&bundle("https://other.example/list", 9, NOW), NOW), Err(DoorError::List(_))));
    assert!(matches!(follows(&signed_by(8, LIST, 9, NOW), NOW), Err(DoorError::List(_))), "a stranger's");
    assert!(matches!(follows(b"{}", NOW), Err(DoorError::Bundle(_))));
    assert!(matches!(succeeds(b"{}", &before, NOW), Err(DoorError::Bundle(_))));
    // What has ended may be followed, and follows nothing.
    let ended = NOW.plus(Seconds(31 * DAY.0));
    assert!(matches!(follows(&bundle(LIST, 4, NOW), ended), Err(DoorError::List(_))));
    let lasting = signed_until(ended.plus(DAY), 9, (LIST, 4), ended);
    assert_eq!(follows(&lasting, ended), Ok(()));
}

#[test]
fn what_is_no_gate_does_not_open() {
    let opened = |package: &[u8], bundle: &[u8]| {
        Door::open((package, bundle), ("{}", None), NOW, Box::new(Seeded(5))).err()
    };
    let (package, bundle) = (package(), bundle(LIST, 3, NOW));
    assert!(matches!(opened(b"{}", &bundle), Some(DoorError::Package(_))));
    let other = package.replace("\"screen\"", "\"door\"");
    assert!(matches!(opened(other.as_bytes(), &bundle), Some(DoorError::Settings(SettingsError::Presence))));
    assert!(matches!(opened(package.as_bytes(), b"{}"), Some(DoorError::Bundle(_))));
    let kept =
        |kept: &str| Door::open((package.as_bytes(), &bundle), (kept, None), NOW, Box::new(Seeded(5))).err();
    assert!(matches!(kept("[]"), Some(DoorError::Kept(Damaged))));
    // `gate/id` that is none.
    assert!(matches!(kept(r#"{"Z2F0ZS9pZA":"AA"}"#), Some(DoorError::Register(RegisterError::Damaged))));
}

/// A door that takes tickets, and what its page kept.
struct Page {
    door: Door,
    kept: BTreeMap<String, String>,
}

impl Page {
    fn new(seed: u8) -> Self {
        Self::of_kept(seed, BTreeMap::new())
    }

    fn of_kept(seed: u8, kept: BTreeMap<String, String>) -> Self {
        let settings = json!({
            "venue": "한빛홀", "gate": format!("Gate {seed}"), "kind": "ticket", "event": EVENT, "facts": [], "presence": "screen",
            "issuers": [key_did(key(1).public())], "max_trust_age_hours": 72,
        });
        let package = write_package(&serde_json::from_value(settings).unwrap(), &key(2));
        let text = serde_json::to_string(&kept).unwrap();
        let door = Door::open(
            (package.as_bytes(), &bundle(LIST, 3, NOW)),
            (&text, None),
            NOW,
            Box::new(Seeded(seed)),
        )
        .unwrap();
        Self { door, kept }
    }

    /// As after its page was loaded anew.
    fn again(self, seed: u8) -> Self {
        Self::of_kept(seed, self.kept)
    }

    /// Keeps what changed.
    fn keep(&mut self) -> Value {
        let changes: BTreeMap<String, Option<String>> =
            serde_json::from_str(&self.door.changes()).unwrap_or_default();
        for (key, value) in changes {
            match value {
                Some(value) => self.kept.insert(key, value),
                None => self.kept.remove(&key),
            };
        }
        self.door.settle(true)
    }

    /// Judges a code, keeping what is to be kept.
    fn judge(&mut self, code: &str) -> Value {
        let judged = self.door.judge(code, NOW, Lang::En);
        if judged == json!({ "waits": true }) { self.keep() } else { judged }
    }

    fn shown(&self, holder: u8) -> String {
        shown(&self.door, holder, NOW)
    }

    /// Tells the board and hears from it until there is no more.
    fn meet(&mut self, board: &mut Board) {
        loop {
            let told: MarksTold = serde_json::from_str(&self.door.tell().unwrap()).unwrap();
            let end = Generation::of(NOW).ends();
            told.marks.into_iter().for_each(|line| board.pin(end, line));
            let heard = serde_json::to_string(&board.since(told.since.as_deref())).unwrap();
            let more = self.door.hear(&heard, NOW).unwrap();
            self.keep();
            if !more {
                return;
            }
        }
    }

    fn standing(&self) -> Value {
        self.door.standing(NOW, Lang::En)["tickets"].clone()
    }
}

fn told(verdict: &Value) -> (&str, &str) {
    (verdict["check"].as_str().unwrap_or("open"), verdict["reason"].as_str().unwrap_or_default())
}

#[test]
fn ep_13_a_page_lets_a_ticket_in_once_it_has_met_the_others_and_kept_the_mark() {
    let (mut page, mut board) = (Page::new(5), Board::new(&Seeded(1)));
    assert_eq!(told(&page.judge(&page.shown(3))), ("EP-13", "page-not-met"));
    page.meet(&mut board);
    let code = page.shown(3);
    assert_eq!(page.door.judge(&code, NOW, Lang::En), json!({ "waits": true }), "nobody is let in before");
    let open = page.keep();
    assert_eq!((told(&open), &open["facts"]), (("open", ""), &json!([])));
    assert_eq!((&open["kind"], &open["particulars"][0]), (&json!("ticket"), &json!(EVENT)));
    assert_eq!(told(&page.judge(&code)), ("EP-11", "ticket-used"));
    assert_eq!(page.standing()["untold"], 1);
    // Loaded anew, without the others: it knows what it kept.
    let mut page = page.again(6);
    assert_eq!(told(&page.judge(&page.shown(3))), ("EP-11", "ticket-used"));
    assert_eq!(told(&page.judge(&page.shown(4))), ("open", ""));
    assert_eq!(page.standing(), json!({"met": true, "untold": 2, "twice": 0, "latest": null}));
}

#[test]
fn ep_13_a_page_that_cannot_keep_a_mark_lets_nobody_with_a_ticket_in() {
    let mut page = Page::new(5);
    page.meet(&mut Board::new(&Seeded(1)));
    let code = page.shown(3);
    assert_eq!(page.door.judge(&code, NOW, Lang::En), json!({ "waits": true }));
    page.door.changes();
    assert_eq!(told(&page.door.settle(false)), ("EP-13", "page-keeps-nothing"));
    assert_eq!(told(&page.judge(&page.shown(4))), ("EP-13", "page-keeps-nothing"));
    assert_eq!((page.door.standing(NOW, Lang::En)["keeps"].clone(), page.door.tell()), (json!(false), None));
    // Nobody came in with it: opened by what was kept, the ticket is not used.
    let mut page = page.again(6);
    assert_eq!(told(&page.judge(&page.shown(3))), ("open", ""));
}

#[test]
fn pages_tell_each_other_and_find_what_was_used_twice() {
    let mut board = Board::new(&Seeded(1));
    let (mut north, mut south) = (Page::new(5), Page::new(6));
    north.meet(&mut board);
    south.meet(&mut board);
    assert_eq!(told(&north.judge(&north.shown(3))), ("open", ""));
    north.meet(&mut board);
    south.meet(&mut board);
    assert_eq!(told(&south.judge(&south.shown(3))), ("EP-11", "ticket-used"));
    // Without a network both let in what neither has heard of.
    assert_eq!(told(&north.judge(&north.shown(4))), ("open", ""));
    assert_eq!(told(&south.judge(&south.shown(4))), ("open", ""));
    north.meet(&mut board);
    south.meet(&mut board);
    north.meet(&mut board);
    for page in [&north, &south] {
        let standing = page.standing();
        assert_eq!((&standing["twice"], &standing["untold"]), (&json!(1), &json!(0)));
        assert!(standing["latest"].as_str().unwrap().ends_with("UTC, Gate 6"), "{standing}");
    }
    assert_eq!(south.again(7).standing()["twice"], 1, "it is kept");
    // A page that lost all it kept hears what it had told itself, before it lets anybody in.
    let mut anew = Page::new(8);
    assert_eq!(told(&anew.judge(&anew.shown(3))), ("EP-13", "page-not-met"));
    anew.meet(&mut board);
    assert_eq!(told(&anew.judge(&anew.shown(3))), ("EP-11", "ticket-used"));
}

#[test]
fn what_is_no_answer_and_what_is_of_the_future_is_not_heard() {
    let (mut north, mut board) = (Page::new(5), Board::new(&Seeded(1)));
    north.meet(&mut board);
    north.judge(&north.shown(3));
    north.meet(&mut board);
    let mut slow = Page::new(6);
    assert!(matches!(slow.door.hear("{}", NOW), Err(HearError::Form)));
    let heard = serde_json::to_string(&board.since(None)).unwrap();
    // Its clock is behind: it has not met the others, and hears the same again.
    assert_eq!(slow.door.hear(&heard, NOW.minus(Seconds(120))), Ok(false));
    assert_eq!(
        (slow.standing()["met"].clone(), slow.door.sharing.offer().unwrap().since),
        (json!(false), None)
    );
    assert_eq!(slow.door.hear(&heard, NOW), Ok(false));
    assert_eq!(slow.standing()["met"], true);
}

#[test]
fn marks_of_tickets_that_ended_are_forgotten() {
    let (mut page, mut board) = (Page::new(5), Board::new(&Seeded(1)));
    page.meet(&mut board);
    page.judge(&page.shown(3));
    page.meet(&mut board);
    let before = page.kept.len();
    page.door.forget_ended(Generation::of(NOW).ends().plus(DAY).plus(Seconds(1)));
    page.keep();
    assert_eq!(page.kept.len(), before - 2, "the mark, and when it ends");
}
