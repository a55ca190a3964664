//! A page's entry log: what it seals, keeps and hands over, and when nobody is let in.

use std::collections::BTreeMap;

use jigap_keys::KeyType;
use jigap_wallet_core::entry_log::{CHAIN, Door, Draft, KEYS, Party, Role, Row, Run};
use jigap_wallet_core::pass::Generation;
use jigap_wallet_core::time::Seconds;

use super::*;

const NOW: Timestamp = Timestamp::from_unix(1_795_943_107);
const DAY: Seconds = Seconds(86_400);
const ID: GateId = GateId([7; 8]);

/// Bytes that follow from a number: keys for tests.
struct Seeded(u8);

impl Entropy for Seeded {
    fn fill(&self, out: &mut [u8]) {
        out.iter_mut().zip(0_u8..).for_each(|(byte, n)| *byte = self.0.wrapping_mul(31).wrapping_add(n));
    }
}

fn key(seed: u8, key_type: KeyType) -> PrivateKey {
    PrivateKey::generate(key_type, &Seeded(seed))
}

fn door() -> PrivateKey {
    key(2, KeyType::Ed25519)
}

/// A policy among parties with these seeds, with keys for so many days from today on, in base64url.
fn policy(days: u8, seeds: [u8; 3]) -> String {
    let statement = |role: Role, seed: u8| {
        let identity = key(seed, KeyType::Ed25519);
        let keys = |count: u8| (0..count).map(|n| key(seed + n, KeyType::X25519).public().clone()).collect();
        let party = Party {
            role,
            name: role.name().to_owned(),
            operator: role.name().to_owned(),
            identity: identity.public().clone(),
            door: (role == Role::Venue).then(|| Door::sign(&door(), identity.public()).unwrap()),
            at: NOW,
            days: Run {
                first: Day::of(NOW).number(),
                keys: if role.has_days() { keys(days) } else { Vec::new() },
            },
            generations: Run {
                first: Generation::of(NOW).number(),
                keys: if role.has_generations() { keys(1) } else { Vec::new() },
            },
        };
        party.sign(&identity).unwrap()
    };
    let roles = [Role::Authority, Role::Venue, Role::Issuer];
    let statements = roles.into_iter().zip(seeds).map(|(role, seed)| statement(role, seed));
    let mut draft = Draft::new(statements.collect()).unwrap();
    seeds.iter().for_each(|seed| draft.agree(&key(*seed, KeyType::Ed25519)).unwrap());
    base64url::encode(draft.to_bytes())
}

const PARTIES: [u8; 3] = [50, 100, 150];

/// What a page kept, and its log.
struct Page {
    kept: BTreeMap<String, String>,
    store: PageStore,
    log: PageLog,
}

impl Page {
    fn new() -> Self {
        Self::of_kept(BTreeMap::new())
    }

    fn of_kept(kept: BTreeMap<String, String>) -> Self {
        let store = PageStore::of_kept(&serde_json::to_string(&kept).unwrap()).unwrap();
        let log = PageLog::open(&policy(9, PARTIES), (ID, "북문"), &door(), &store).unwrap();
        Self { kept, store, log }
    }

    fn keep(&mut self) {
        let changes: BTreeMap<String, Option<String>> =
            serde_json::from_str(&self.store.changes()).unwrap_or_default();
        for (key, value) in changes {
            match value {
                Some(value) => self.kept.insert(key, value),
                None => self.kept.remove(&key),
            };
        }
    }

    /// Lets somebody in, and keeps it.
    fn lets_in(&mut self, pass: u8, now: Timestamp) -> Result<(), Refusal> {
        self.log.append(Pseudonym::from_bytes([pass; 16]), now, (&door(), &Seeded(pass)))?;
        self.keep();
        Ok(())
    }

    fn tell(&mut self, now: Timestamp) -> Option<RowsTold> {
        self.log.tell(now, &door()).unwrap()
    }

    fn hear(&mut self, count: u64, now: Timestamp) -> bool {
        let more = self.log.hear(&format!("{{\"count\":{count}}}"), now).unwrap();
        self.keep();
        more
    }
}

/// The rows that were told, and what was signed, as whoever gets them reads them.
fn read(told: &RowsTold) -> (Vec<u64>, Option<Close>) {
    let rows = told.read().unwrap();
    let venue = jigap_wallet_core::pass::VenueId::of(door().public());
    let numbers = rows.rows.iter().map(|row| Row::read(row).unwrap().sequence);
    (numbers.collect(), rows.close.map(|close| Close::read(&close, venue).unwrap()))
}

fn check(outcome: Result<(), Refusal>) -> (&'static str, &'static str) {
    outcome.map_or_else(|refusal| (refusal.check.id, refusal.reason.code), |()| ("", ""))
}

#[test]
fn rows_are_kept_until_they_are_there_and_the_chain_goes_on() {
    let mut page = Page::new();
    for pass in 1..=3 {
        page.lets_in(pass, NOW).unwrap();
    }
    let kept = page.kept.values().map(|value| base64url::decode(value).unwrap()).collect::<Vec<_>>().concat();
    assert!((1..=3).all(|pass: u8| !kept.windows(8).any(|it| it == [pass; 8])), "sealed");
    let told = page.tell(NOW).unwrap();
    assert_eq!((told.scanner.as_str(), told.day.clone()), ("0707070707070707", Day::of(NOW).to_string()));
    let (numbers, close) = read(&told);
    assert_eq!((numbers, close.unwrap().count), (vec![0, 1, 2], 3));
    // The answer was lost, and the page is loaded anew: the same again, and what came since.
    let mut page = Page::of_kept(page.kept);
    page.lets_in(4, NOW).unwrap();
    let again = page.tell(NOW).unwrap();
    assert_eq!(again.rows[..3], told.rows);
    assert_eq!(page.log.standing(), json!({"unsent": 4, "refused": false}));
    // Three were there, and the fourth comes with what follows it.
    assert!(page.hear(3, NOW));
    let rows = read(&page.tell(NOW).unwrap()).0;
    assert_eq!(rows, [3]);
    assert!(!page.hear(4, NOW));
    assert_eq!(page.tell(NOW), None, "nothing is new");
    let mut page = Page::of_kept(page.kept);
    page.lets_in(5, NOW).unwrap();
    assert_eq!(read(&page.tell(NOW).unwrap()).0, [4]);
}

#[test]
fn a_day_that_is_over_is_signed_a_last_time_and_handed_over_first() {
    let (mut page, tomorrow) = (Page::new(), NOW.plus(DAY));
    for pass in 0..=100 {
        page.lets_in(pass, NOW).unwrap();
    }
    page.lets_in(200, tomorrow).unwrap();
    let (numbers, close) = read(&page.tell(tomorrow).unwrap());
    assert_eq!((numbers.len(), close), (MOST_ROWS, None), "not all of them");
    assert!(page.hear(100, tomorrow));
    let (numbers, close) = read(&page.tell(tomorrow).unwrap());
    let close = close.unwrap();
    assert_eq!((numbers, close.count, close.day, close.is_last()), (vec![100], 101, Day::of(NOW), true));
    assert!(page.hear(101, tomorrow));
    let told = page.tell(tomorrow).unwrap();
    assert_eq!((read(&told).0, told.day), (vec![0], Day::of(tomorrow).to_string()));
    assert!(!page.hear(1, tomorrow));
    // In an hour in which nobody came it says that nobody did.
    let later = tomorrow.plus(Seconds(3600));
    let (numbers, close) = read(&page.tell(later).unwrap());
    assert_eq!((numbers.len(), close.unwrap().until), (0, Hour::of(later)));
    page.hear(1, later);
    assert_eq!(page.tell(later), None);
}

#[test]
fn el_14_what_stands_against_a_row_lets_nobody_in() {
    let mut page = Page::new();
    let without_keys = NOW.plus(Seconds(20 * DAY.0));
    assert_eq!(check(page.log.ready(without_keys)), (KEYS.id, "log-no-key"));
    assert_eq!(check(page.lets_in(1, without_keys)), (KEYS.id, "log-no-key"));
    page.lets_in(1, NOW.plus(DAY)).unwrap();
    assert_eq!(check(page.lets_in(1, NOW)), (CLOCK.id, "log-day-back"));
    // Whoever gets the rows refuses them: it is remembered until they are taken.
    page.tell(NOW.plus(DAY)).unwrap();
    page.log.refuse().unwrap();
    page.keep();
    let mut page = Page::of_kept(page.kept);
    assert_eq!(check(page.lets_in(1, NOW.plus(DAY))), (LOGGED.id, "log-refused"));
    page.tell(NOW.plus(DAY)).unwrap();
    page.hear(1, NOW.plus(DAY));
    page.lets_in(2, NOW.plus(DAY)).unwrap();
    assert!(matches!(page.log.hear("{}", NOW), Err(PageLogError::Form)));
    let rows = page.tell(NOW.plus(DAY)).unwrap().read().unwrap().rows;
    let mut other = Chain::begin(
        &Policy::read(&base64url::decode(&policy(9, PARTIES)).unwrap()).unwrap(),
        "x",
        Day::of(NOW),
    )
    .unwrap();
    assert_eq!(other.follow(&rows[0]).unwrap_err().check, CHAIN, "the chain of no other gate");
}

#[test]
fn a_policy_is_of_this_venue_and_among_the_same_parties() {
    let mut page = Page::new();
    page.lets_in(1, NOW).unwrap();
    assert_eq!(page.log.renew(&policy(30, PARTIES), &door()), Ok(()));
    assert!(page.lets_in(1, NOW.plus(Seconds(20 * DAY.0))).is_ok(), "other keys");
    assert_eq!(page.log.renew(&policy(9, [51, 100, 150]), &door()), Err(PageLogError::Parties));
    let store = PageStore::default();
    let opened = |policy: &str, key: &PrivateKey| PageLog::open(policy, (ID, "a"), key, &store).err();
    assert_eq!(opened(&policy(9, PARTIES), &key(3, KeyType::Ed25519)), Some(PageLogError::Parties));
    assert_eq!(opened("=", &door()), Some(PageLogError::Damaged));
    assert!(matches!(opened("AA", &door()), Some(PageLogError::Policy(_))));
    let damaged = BTreeMap::from([(base64url::encode(HEAD), "AA".to_owned())]);
    let store = PageStore::of_kept(&serde_json::to_string(&damaged).unwrap()).unwrap();
    assert_eq!(
        PageLog::open(&policy(9, PARTIES), (ID, "a"), &door(), &store).err(),
        Some(PageLogError::Damaged)
    );
}

#[test]
fn rows_of_days_whose_keys_ended_are_deleted() {
    let mut page = Page::new();
    page.lets_in(1, NOW).unwrap();
    page.lets_in(2, NOW.plus(DAY)).unwrap();
    page.log.delete_ended(Day::of(NOW).plus(27)).unwrap();
    assert_eq!(page.log.standing()["unsent"], 2);
    page.log.delete_ended(Day::of(NOW).plus(28)).unwrap();
    assert_eq!(page.log.standing()["unsent"], 1);
    assert_eq!(page.tell(NOW.plus(DAY)).unwrap().day, Day::of(NOW.plus(DAY)).to_string());
}
