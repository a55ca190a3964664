//! redb files that somebody damaged: they are refused, or read rightly; nothing panics.

#![expect(clippy::disallowed_methods, reason = "the tests damage files")]

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use super::super::backend::{ApplyError, Backend, Changes};
use super::super::faults::splitmix;
use super::super::redb::{Opening, Redb, open_so};
use super::*;

const PAGE: usize = 4096;
/// Every page is read from the file each time.
const UNCHECKED: Opening = Opening { cache: 0, checked: 0 };
const CHECKED: Opening = Opening { cache: 0, checked: u64::MAX };
/// How many damaged files each test opens.
const RUNS: u64 = 100;

type Pairs = BTreeMap<Vec<u8>, Vec<u8>>;

/// A store that was filled in several commits and closed: its bytes, and what is in it.
fn filled(folder: &Path) -> (Vec<u8>, Pairs) {
    let path = folder.join("sound");
    let store = open_so(&path, UNCHECKED).expect("opens");
    let (mut state, mut pairs) = (1, Pairs::new());
    for commit in 0..6_u64 {
        let mut changes = Changes::default();
        for number in 0..60_u64 {
            let value = vec![splitmix(&mut state) as u8; (splitmix(&mut state) % 3_000) as usize];
            changes.0.insert(format!("key/{commit}/{number:03}").into_bytes(), Some(value));
            if number % 7 == 0 && commit > 0 {
                changes.0.insert(format!("key/{}/{number:03}", commit - 1).into_bytes(), None);
            }
        }
        store.apply(&changes).expect("commits");
        for (key, value) in changes.0 {
            match value {
                Some(value) => pairs.insert(key, value),
                None => pairs.remove(&key),
            };
        }
    }
    drop(store);
    (std::fs::read(&path).expect("reads"), pairs)
}

/// One thing wrong with the file, another for each seed.
fn damage(sound: &[u8], seed: u64) -> Vec<u8> {
    let mut state = seed;
    let mut bytes = sound.to_vec();
    let mut below = |most: usize| (splitmix(&mut state) % most as u64) as usize;
    let pages = bytes.len() / PAGE;
    match below(6) {
        0 | 1 => {
            // Near the beginning, where the header and the roots are, as often as anywhere.
            let within = if below(2) == 0 { bytes.len() } else { 8 * PAGE };
            let place = below(within);
            bytes[place] ^= 1 << below(8);
        }
        2 => {
            let place = below(pages) * PAGE;
            bytes[place..place + PAGE].fill(below(256) as u8);
        }
        3 => {
            let (from, to) = (below(pages) * PAGE, below(pages) * PAGE);
            bytes.copy_within(from..from + PAGE, to);
        }
        4 => {
            let place = below(bytes.len() - 64);
            for byte in &mut bytes[place..place + 64] {
                *byte = below(256) as u8;
            }
        }
        _ => bytes.truncate(below(bytes.len())),
    }
    bytes
}

fn all(store: &Redb) -> Result<Pairs, StoreError> {
    let range = KeyRange::new([], [0xFF]);
    Ok(store.reader()?.range(&range, usize::MAX, false)?.into_iter().collect())
}

fn written(store: &Redb, key: &str) -> Result<(), ApplyError> {
    store.apply(&Changes(BTreeMap::from([(key.as_bytes().to_vec(), Some(b"new".to_vec()))])))
}

struct Damaged {
    path: PathBuf,
    sound: Vec<u8>,
    pairs: Pairs,
    _folder: tempfile::TempDir,
}

fn damaged() -> Damaged {
    let folder = tempfile::tempdir().expect("a folder");
    let (sound, pairs) = filled(folder.path());
    Damaged { path: folder.path().join("damaged"), sound, pairs, _folder: folder }
}

/// Those that are checked whole: refused, or everything that was acknowledged is there, and goes on to be.
#[test]
fn a_damaged_file_is_refused_or_read_rightly() {
    let Damaged { path, sound, mut pairs, _folder } = damaged();
    let mut opened = 0;
    for seed in 0..RUNS {
        std::fs::write(&path, damage(&sound, seed)).expect("writes");
        let store = match open_so(&path, CHECKED) {
            Ok(store) => store,
            Err(OpenError::Damaged(_)) => continue,
            Err(other) => panic!("{seed}: {other}"),
        };
        opened += 1;
        assert!(all(&store).as_ref() == Ok(&pairs), "{seed}");
        assert_eq!(written(&store, "new"), Ok(()), "{seed}");
        drop(store);
        pairs.insert(b"new".to_vec(), b"new".to_vec());
        let again = open_so(&path, CHECKED).expect("opens again");
        assert!(all(&again).as_ref() == Ok(&pairs), "{seed}");
        pairs.remove(b"new".as_slice());
    }
    assert!((RUNS / 20..RUNS / 2).contains(&opened), "what is not used may be changed: {opened}");
}

/// Those too long to be checked when they are opened: redb panics over some of the damage, as it opens or on its way. (What it
/// meets when depends on the build: with debug assertions it walks through every file that it opens.)
#[test]
fn a_damaged_file_that_is_not_checked_panics_nowhere() {
    let Damaged { path, sound, _folder, .. } = damaged();
    let mut refused = 0;
    for seed in 0..RUNS {
        std::fs::write(&path, damage(&sound, seed)).expect("writes");
        match open_so(&path, UNCHECKED) {
            Ok(store) => used(&store, seed),
            Err(_) => refused += 1,
        }
    }
    assert!((1..RUNS).contains(&refused), "{refused}");
}

/// The file is damaged under a store that is open.
#[test]
fn damage_under_an_open_store_closes_it() {
    let Damaged { path, sound, _folder, .. } = damaged();
    let mut met = 0;
    for seed in 0..RUNS {
        std::fs::write(&path, &sound).expect("writes");
        let store = open_so(&path, UNCHECKED).expect("opens");
        let other = std::fs::OpenOptions::new().write(true).open(&path).expect("opens");
        let bytes = damage(&sound, seed);
        other.set_len(bytes.len() as u64).expect("cuts");
        std::os::unix::fs::FileExt::write_all_at(&other, &bytes, 0).expect("writes");
        used(&store, seed);
        met += u64::from(store.is_damaged());
    }
    assert!(met > 0);
}

/// Reads and writes; what was refused as damaged stays so.
fn used(store: &Redb, seed: u64) {
    let mut state = seed;
    for number in 0..4 {
        let was = store.is_damaged();
        let key = format!("key/{}/{:03}", splitmix(&mut state) % 6, splitmix(&mut state) % 60);
        let read = store.reader().and_then(|reader| reader.get(key.as_bytes()));
        let all = all(store);
        let wrote = written(store, &format!("new/{seed}/{number}"));
        if was {
            assert_eq!(
                (read, all, wrote),
                (Err(StoreError::Unavailable), Err(StoreError::Unavailable), Err(ApplyError::InDoubt))
            );
        } else if wrote.is_ok() {
            let there =
                store.reader().and_then(|reader| reader.get(format!("new/{seed}/{number}").as_bytes()));
            assert!(
                there.is_err() || there == Ok(Some(b"new".to_vec())),
                "{seed}: an acknowledged write is there"
            );
        }
    }
}

/// Whoever asks whether the store is ready learns it, not only whoever met the damage.
#[tokio::test]
async fn a_store_that_met_damage_has_stopped() {
    let Damaged { path, sound, pairs, _folder } = damaged();
    std::fs::write(&path, &sound).expect("writes");
    let store =
        Engine::start(Arc::new(open_so(&path, UNCHECKED).expect("opens")), Faults::none()).expect("starts");
    assert!(!store.has_stopped());
    let other = std::fs::OpenOptions::new().write(true).open(&path).expect("opens");
    std::os::unix::fs::FileExt::write_all_at(&other, &vec![0xFF; sound.len() - 4096], 4096).expect("writes");
    let tx = store.begin().await.expect("begins");
    let mut refused = 0;
    for key in pairs.keys() {
        refused += u64::from(tx.get(key).await == Err(StoreError::Unavailable));
    }
    assert!(refused > 0 && store.has_stopped(), "{refused}");
    assert_eq!(store.begin().await.err(), Some(StoreError::Unavailable));
    tx.set("k", "v");
    assert_eq!(tx.commit().await, Err(StoreError::Unavailable));
}

#[test]
fn a_store_without_its_data_is_damaged_and_not_begun_anew() {
    let folder = tempfile::tempdir().expect("a folder");
    let config = config(StoreEngine::Redb, folder.path());
    drop(open(&config).expect("opens"));
    let database = ::redb::Database::open(&config.path).expect("opens");
    let transaction = database.begin_write().expect("begins");
    let data = ::redb::TableDefinition::<&[u8], &[u8]>::new("data");
    transaction.rename_table(data, ::redb::TableDefinition::<&[u8], &[u8]>::new("date")).expect("renames");
    transaction.commit().expect("commits");
    drop(database);
    assert!(matches!(open(&config), Err(OpenError::Damaged(_))));
}
