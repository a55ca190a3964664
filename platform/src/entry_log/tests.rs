//! A gate's log on disk: many at once, killed, full, tampered with, another day, another clock.

use super::*;
use crate::testing::SeededEntropy;
use jigap_keys::KeyType;
use jigap_wallet_core::entry_log::{CHAIN, CIRCLE, CLOSED, Door, Draft, KEYS, Party, Role, Run};
use jigap_wallet_core::pass::{Generation, Pseudonym};
use jigap_wallet_core::time::Seconds;
use jigap_wallet_core::verdict::Check;

pub(super) const NOW: Timestamp = Timestamp::from_unix(1_795_910_400);
const DAY: u32 = 86_400;

fn key(seed: u64, key_type: KeyType) -> PrivateKey {
    PrivateKey::generate(key_type, &SeededEntropy::new(seed))
}

pub(super) fn door() -> PrivateKey {
    key(9, KeyType::Ed25519)
}

/// Keys for so many days from today on.
pub(super) fn policy(days: usize) -> Policy {
    among(days, [1, 2, 3])
}

/// The same among parties with these seeds.
pub(super) fn among(days: usize, seeds: [u64; 3]) -> Policy {
    let statement = |role: Role, seed: u64| {
        let identity = key(seed, KeyType::Ed25519);
        let keys = |count: usize| {
            (0..count).map(|it| key(seed * 1000 + it as u64, KeyType::X25519).public().clone()).collect()
        };
        let party = Party {
            role,
            name: role.name().to_owned(),
            operator: role.name().to_owned(),
            identity: identity.public().clone(),
            door: (role == Role::Venue).then(|| Door::sign(&door(), identity.public()).unwrap()),
            at: NOW,
            days: Run { first: Day::of(NOW).number(), keys: keys(days) },
            generations: Run { first: Generation::of(NOW).number(), keys: keys(2) },
        };
        party.sign(&identity).unwrap()
    };
    let [authority, venue, issuer] = seeds;
    let statements = vec![
        statement(Role::Authority, authority),
        statement(Role::Venue, venue),
        statement(Role::Issuer, issuer),
    ];
    let mut draft = Draft::new(statements).unwrap();
    seeds.iter().for_each(|seed| draft.agree(&key(*seed, KeyType::Ed25519)).unwrap());
    draft.agreed().unwrap()
}

fn open(folder: &Path, now: Timestamp) -> Result<GateLog, EntryLogError> {
    GateLog::open(folder, "north", (policy(60), door()), now, Arc::new(SeededEntropy::new(5)))
}

pub(super) fn guest(number: u8) -> Guest {
    Guest::Pass(Pseudonym::from_bytes([number; 16]))
}

pub(super) fn check(outcome: Result<impl Sized, EntryLogError>) -> Option<Check> {
    match outcome {
        Err(EntryLogError::Refused(refusal)) => Some(refusal.check),
        Err(other) => panic!("{other}"),
        Ok(_) => None,
    }
}

fn rows(folder: &Path) -> Vec<usize> {
    let read = read(folder, &policy(60), |_| true).unwrap();
    read.iter().map(|day| day.rows.len()).collect()
}

#[test]
fn many_at_once_are_one_chain_and_a_day_follows_a_day() {
    let folder = tempfile::tempdir().unwrap();
    let log = open(folder.path(), NOW).unwrap();
    assert!(matches!(open(folder.path(), NOW), Err(EntryLogError::InUse)));
    std::thread::scope(|scope| {
        for thread in 0..8 {
            let log = &log;
            scope.spawn(move || (0..25).for_each(|it| log.append(guest(thread * 25 + it), NOW).unwrap()));
        }
    });
    log.close(NOW).unwrap();
    assert_eq!(rows(folder.path()), [200]);
    let tomorrow = NOW.plus(Seconds(DAY));
    log.append(guest(201), tomorrow).unwrap();
    drop(log);
    assert_eq!(rows(folder.path()), [200, 1]);
    let read = read(folder.path(), &policy(60), |day| day == Day::of(NOW)).unwrap();
    assert!(read.len() == 1 && read[0].is_closed(), "closed when the next day began");
    // Opened again, it goes on where it was; 28 days later its rows are gone.
    open(folder.path(), tomorrow).unwrap().append(guest(202), tomorrow).unwrap();
    assert_eq!(rows(folder.path()), [200, 2]);
    let month = NOW.plus(Seconds(28 * DAY));
    open(folder.path(), month).unwrap().append(guest(203), month).unwrap();
    assert_eq!(rows(folder.path()), [2, 1]);
    let first = folder.path().join(format!("{}.closes", Day::of(NOW)));
    assert!(!first.exists(), "with what was signed of them");
}

/// A scanner that was killed signed nothing: the next to open the gate does, and of a day whose rows are gone nobody does.
#[test]
fn el_06_days_that_are_over_are_signed_when_the_gate_is_opened_again() {
    let folder = tempfile::tempdir().unwrap();
    open(folder.path(), NOW).unwrap().append(guest(1), NOW).unwrap();
    let of = |day: Day| read(folder.path(), &policy(60), |it| it == day).map(|days| days[0].closes.clone());
    let today = Day::of(NOW);
    assert!(of(today).unwrap().is_empty());
    let tomorrow = NOW.plus(Seconds(DAY));
    let log = open(folder.path(), tomorrow).unwrap();
    let closes = of(today).unwrap();
    assert!(closes.len() == 1 && closes[0].is_last() && closes[0].count == 1);
    // A scanner that stopped in the middle of the day.
    log.append(guest(2), tomorrow).unwrap();
    log.close(tomorrow).unwrap();
    drop(log);
    assert!(!of(today.plus(1)).unwrap()[0].is_last());
    let after = NOW.plus(Seconds(2 * DAY));
    open(folder.path(), after).unwrap();
    assert_eq!(of(today.plus(1)).unwrap().iter().map(Close::is_last).collect::<Vec<_>>(), [false, true]);
    assert_eq!(of(today).unwrap().len(), 1, "once");
    std::fs::remove_file(folder.path().join(format!("{today}.rows"))).unwrap();
    assert_eq!(check(read(folder.path(), &policy(60), |_| true)), Some(CLOSED), "a whole day was removed");
    assert!(open(folder.path(), after).is_ok(), "which shuts no gate");
}

#[test]
fn el_14_nobody_is_let_in_where_the_row_cannot_be_kept() {
    let folder = tempfile::tempdir().unwrap();
    let log = open(folder.path(), NOW).unwrap();
    log.append(guest(1), NOW).unwrap();
    // A file that cannot grow, as a full disk: opened for reading alone.
    let path = folder.path().join(format!("{}.rows", Day::of(NOW)));
    let read_only = Journal::for_test(File::options().read(true).open(&path).unwrap());
    log.state().open.as_mut().unwrap().journal = Arc::new(read_only);
    assert_eq!(log.append(guest(2), NOW).unwrap_err().check, LOGGED);
    assert_eq!(log.append(guest(3), NOW).unwrap_err().check, LOGGED, "nothing follows what is not known");
    assert!(log.close(NOW).is_err());
    drop(log);
    assert_eq!(rows(folder.path()), [1]);
    // Without a key for the day it does not even open.
    let short = GateLog::open(
        &folder.path().join("short"),
        "north",
        (policy(1), door()),
        NOW.plus(Seconds(DAY)),
        Arc::new(SeededEntropy::new(5)),
    );
    assert_eq!(check(short), Some(KEYS));
    // One whose key for the day runs out while it is open.
    let folder = tempfile::tempdir().unwrap();
    let log =
        GateLog::open(folder.path(), "north", (policy(1), door()), NOW, Arc::new(SeededEntropy::new(5)))
            .unwrap();
    log.append(guest(1), NOW).unwrap();
    assert_eq!(log.append(guest(2), NOW.plus(Seconds(DAY))).unwrap_err().check, KEYS);
}

#[test]
fn el_13_a_day_before_the_last_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    let log = open(folder.path(), NOW.plus(Seconds(DAY))).unwrap();
    log.append(guest(1), NOW.plus(Seconds(DAY))).unwrap();
    assert_eq!(log.append(guest(2), NOW).unwrap_err().check, CLOCK);
    drop(log);
    assert_eq!(check(open(folder.path(), NOW)), Some(CLOCK));
}

#[test]
#[expect(clippy::disallowed_methods, reason = "tampers with what was written")]
fn el_06_rows_that_were_cut_off_shut_the_gate() {
    let folder = tempfile::tempdir().unwrap();
    let log = open(folder.path(), NOW).unwrap();
    (0..3).for_each(|it| log.append(guest(it), NOW).unwrap());
    log.close(NOW).unwrap();
    drop(log);
    let path = folder.path().join(format!("{}.rows", Day::of(NOW)));
    let whole = std::fs::read(&path).unwrap();
    let frame = whole.len() / 3;
    std::fs::write(&path, &whole[..2 * frame]).unwrap();
    assert_eq!(check(open(folder.path(), NOW)), Some(CLOSED));
    std::fs::write(&path, &whole[frame..]).unwrap();
    assert_eq!(check(open(folder.path(), NOW)), Some(CHAIN));
    std::fs::write(&path, &whole).unwrap();
    assert_eq!(check(open(folder.path(), NOW)), None);
    // The folder of another gate, or another venue's policy.
    let other =
        GateLog::open(folder.path(), "south", (policy(60), door()), NOW, Arc::new(SeededEntropy::new(5)));
    assert!(matches!(other, Err(EntryLogError::Log(LogError::Place))));
    let stranger = (policy(60), key(10, KeyType::Ed25519));
    let other = GateLog::open(folder.path(), "north", stranger, NOW, Arc::new(SeededEntropy::new(5)));
    assert!(matches!(other, Err(EntryLogError::Log(LogError::Place))));
}

#[test]
fn el_08_a_folder_of_other_parties_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    open(folder.path(), NOW).unwrap().append(guest(1), NOW).unwrap();
    let others = || among(60, [1, 2, 4]);
    let entropy = Arc::new(SeededEntropy::new(5));
    assert_eq!(check(GateLog::open(folder.path(), "north", (others(), door()), NOW, entropy)), Some(CIRCLE));
    assert_eq!(check(read(folder.path(), &others(), |_| true)), Some(CIRCLE));
    // Keys of more days do not make other parties.
    let entropy = Arc::new(SeededEntropy::new(5));
    assert_eq!(check(GateLog::open(folder.path(), "north", (policy(90), door()), NOW, entropy)), None);
}

#[test]
fn a_register_is_read_as_it_was_noted() {
    let folder = tempfile::tempdir().unwrap();
    let identity = key(3, KeyType::Ed25519);
    let entropy = || Arc::new(SeededEntropy::new(6));
    let files = RegisterFiles::open(folder.path(), (policy(1), identity.public()), entropy()).unwrap();
    let generation = Generation::of(NOW);
    let passes = [1, 2].map(|pass| (Pseudonym::from_bytes([pass; 16]), generation));
    files.note(&passes, "student 7").unwrap();
    files.note(&passes[..1], "student 7").unwrap();
    let next = (Pseudonym::from_bytes([4; 16]), generation.next());
    files.note(&[next, passes[0]], "student 7").unwrap();
    let later = (Pseudonym::from_bytes([3; 16]), Generation::from_number(generation.number() + 2));
    assert_eq!(check(files.note(&[later], "student 7")), Some(KEYS));
    assert_eq!(register(folder.path()).unwrap().len(), 3);
    // What is of a generation ends with its keys.
    let last = Day::of(generation.ends()).plus(28);
    end_register(folder.path(), last.plus(-1)).unwrap();
    assert_eq!(register(folder.path()).unwrap().len(), 3);
    end_register(folder.path(), last).unwrap();
    assert_eq!(register(folder.path()).unwrap().iter().map(|it| it.pseudonym).collect::<Vec<_>>(), [next.0]);
    let stranger = key(4, KeyType::Ed25519);
    let refused = RegisterFiles::open(folder.path(), (policy(1), stranger.public()), entropy());
    assert!(matches!(refused, Err(EntryLogError::Log(LogError::Place))));
}
