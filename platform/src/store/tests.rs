//! The conformance suite on every embedded backend, and what is theirs alone: faults, failed writes, files.

use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};

use jigap_wallet_core::ports::{KeyRange, Store, StoreError, transact};

use super::backend::{ApplyError, Backend, Changes, Reader};
use super::conformance::Subject;
use super::engine::Engine;
use super::{Fault, Faults, OpenError, StoreConfig, StoreEngine, in_memory, open};

mod damage;

mod memory {
    use super::*;

    fn subject() -> Subject {
        Subject { store: in_memory(Faults::none()).expect("starts"), _keep: None }
    }

    super::super::conformance::conformance!(subject);
}

mod redb {
    use super::*;

    fn subject() -> Subject {
        embedded(StoreEngine::Redb)
    }

    super::super::conformance::conformance!(subject);
}

mod sled {
    use super::*;

    fn subject() -> Subject {
        embedded(StoreEngine::Sled)
    }

    super::super::conformance::conformance!(subject);
}

fn embedded(engine: StoreEngine) -> Subject {
    let folder = tempfile::tempdir().expect("a folder");
    let store = open(&config(engine, folder.path())).expect("opens");
    Subject { store, _keep: Some(Box::new(folder)) }
}

fn config(engine: StoreEngine, folder: &Path) -> StoreConfig {
    StoreConfig { engine, path: folder.join("private").join("store") }
}

async fn add(store: &dyn Store, runs: &AtomicUsize) -> Result<(), StoreError> {
    transact(store, |tx| async move {
        runs.fetch_add(1, Ordering::SeqCst);
        tx.add("n", 1);
        Ok(())
    })
    .await
}

async fn count(store: &dyn Store) -> Result<i64, StoreError> {
    let bytes = transact(store, |tx| async move { tx.get("n").await }).await?;
    Ok(bytes.map_or(0, |bytes| i64::from_le_bytes(bytes.try_into().expect("eight bytes"))))
}

#[tokio::test]
async fn injected_faults_say_what_they_do() {
    let faults = [
        (2, Fault::Conflict),
        (4, Fault::UnknownCommitted),
        (5, Fault::UnknownNotCommitted),
        (6, Fault::Unavailable),
    ];
    let store = in_memory(Faults::at(faults)).expect("starts");
    let runs = AtomicUsize::new(0);
    let expected = [
        // (outcome, runs so far, count after)
        (Ok(()), 1, 1),
        (Ok(()), 3, 2),
        (Err(StoreError::Unknown), 4, 3),
        (Err(StoreError::Unknown), 5, 3),
        (Err(StoreError::Unavailable), 6, 3),
        (Ok(()), 7, 4),
    ];
    for (outcome, ran, sum) in expected {
        assert_eq!(add(store.as_ref(), &runs).await, outcome);
        assert_eq!((runs.load(Ordering::SeqCst), count(store.as_ref()).await), (ran, Ok(sum)));
    }
}

#[tokio::test]
async fn seeded_faults_are_repeatable_and_of_every_kind() {
    let outcomes = |seed| async move {
        let store = in_memory(Faults::seeded(seed, 3)).expect("starts");
        let mut outcomes = Vec::new();
        for _ in 0..200 {
            let tx = store.begin().await.expect("begins");
            tx.add("n", 1);
            let outcome = tx.commit().await;
            outcomes.push((outcome, count(store.as_ref()).await));
        }
        outcomes
    };
    let first = outcomes(7).await;
    assert_eq!(first, outcomes(7).await);
    assert_ne!(first, outcomes(8).await);
    for kind in [StoreError::Conflict, StoreError::Unknown, StoreError::Unavailable] {
        assert!(first.iter().any(|(outcome, _)| *outcome == Err(kind)), "{kind}");
    }
}

/// Everybody who waits is answered, nobody waits for ever, and the store says that it has stopped.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_writer_that_panics_stops_the_store() {
    let store = in_memory(Faults::at([(3, Fault::Panic)])).expect("starts");
    let mut commits = tokio::task::JoinSet::new();
    for number in 0..20_u8 {
        let tx = store.begin().await.expect("begins");
        tx.set([number], "x");
        commits.spawn(tx.commit());
    }
    let outcomes = commits.join_all().await;
    assert!(outcomes.contains(&Err(StoreError::Unknown)), "{outcomes:?}");
    assert!(outcomes.iter().filter(|outcome| outcome.is_ok()).count() <= 2, "{outcomes:?}");
    assert!(store.has_stopped());
    assert_eq!(store.begin().await.err(), Some(StoreError::Unavailable));
}

/// A backend in memory whose writes fail at will.
struct Failing {
    inner: Arc<dyn Backend>,
    in_doubt: AtomicBool,
    not_written: AtomicBool,
}

struct Nothing;

impl Reader for Nothing {
    fn get(&self, _: &[u8]) -> Result<Option<Vec<u8>>, StoreError> {
        Ok(None)
    }

    fn range(&self, _: &KeyRange, _: usize, _: bool) -> Result<Vec<(Vec<u8>, Vec<u8>)>, StoreError> {
        Ok(vec![])
    }
}

struct Void;

impl Backend for Void {
    fn keeps_snapshots(&self) -> bool {
        false
    }

    fn reader(&self) -> Result<Arc<dyn Reader>, StoreError> {
        Ok(Arc::new(Nothing))
    }

    fn apply(&self, _: &Changes) -> Result<(), ApplyError> {
        Ok(())
    }
}

impl Backend for Failing {
    fn keeps_snapshots(&self) -> bool {
        self.inner.keeps_snapshots()
    }

    fn reader(&self) -> Result<Arc<dyn Reader>, StoreError> {
        self.inner.reader()
    }

    fn apply(&self, changes: &Changes) -> Result<(), ApplyError> {
        if self.in_doubt.load(Ordering::SeqCst) {
            return Err(ApplyError::InDoubt);
        }
        if self.not_written.load(Ordering::SeqCst) {
            return Err(ApplyError::NotWritten);
        }
        self.inner.apply(changes)
    }
}

#[tokio::test]
async fn a_failed_sync_is_unknown_and_closes_the_store() {
    let backend = Arc::new(Failing {
        inner: Arc::new(Void),
        in_doubt: AtomicBool::new(false),
        not_written: AtomicBool::new(false),
    });
    let store = Engine::start(Arc::clone(&backend) as Arc<dyn Backend>, Faults::none()).expect("starts");
    let runs = AtomicUsize::new(0);
    assert_eq!(add(&store, &runs).await, Ok(()));
    backend.not_written.store(true, Ordering::SeqCst);
    assert_eq!(add(&store, &runs).await, Err(StoreError::Unavailable));
    backend.not_written.store(false, Ordering::SeqCst);
    assert_eq!(add(&store, &runs).await, Ok(()), "what was not written does no harm");
    assert!(!store.has_stopped());
    let open = store.begin().await.expect("begins");
    backend.in_doubt.store(true, Ordering::SeqCst);
    assert_eq!(add(&store, &runs).await, Err(StoreError::Unknown));
    backend.in_doubt.store(false, Ordering::SeqCst);
    assert_eq!(open.get("n").await, Err(StoreError::Unavailable));
    assert_eq!(store.begin().await.err(), Some(StoreError::Unavailable));
    assert!(store.has_stopped());
    assert_eq!(runs.load(Ordering::SeqCst), 4, "an unknown outcome is not retried");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn dropping_the_store_answers_what_was_queued() {
    for engine in [StoreEngine::Redb, StoreEngine::Sled] {
        let folder = tempfile::tempdir().expect("a folder");
        let store = open(&config(engine, folder.path())).expect("opens");
        let late = store.begin().await.expect("begins");
        let mut commits = tokio::task::JoinSet::new();
        for _ in 0..20 {
            let tx = store.begin().await.expect("begins");
            tx.add("n", 1);
            commits.spawn(tx.commit());
        }
        drop(store);
        late.add("n", 1);
        assert_eq!(late.commit().await, Err(StoreError::Unavailable));
        let written = commits.join_all().await.into_iter().filter(Result::is_ok).count();
        let again = open(&config(engine, folder.path())).expect("is free again");
        assert_eq!(count(again.as_ref()).await.map(usize::try_from), Ok(Ok(written)));
    }
}

#[tokio::test]
async fn what_was_committed_is_there_after_opening_again() {
    for engine in [StoreEngine::Redb, StoreEngine::Sled] {
        let folder = tempfile::tempdir().expect("a folder");
        for round in 1..=3 {
            let store = open(&config(engine, folder.path())).expect("opens");
            add(store.as_ref(), &AtomicUsize::new(0)).await.expect("commits");
            assert_eq!(count(store.as_ref()).await, Ok(round));
        }
    }
}

#[test]
fn a_store_that_is_open_is_not_opened_again() {
    for engine in [StoreEngine::Redb, StoreEngine::Sled] {
        let folder = tempfile::tempdir().expect("a folder");
        let config = config(engine, folder.path());
        let first = open(&config).expect("opens");
        assert!(matches!(open(&config), Err(OpenError::InUse)), "{engine:?}");
        drop(first);
        open(&config).expect("opens when it is free");
    }
}

#[test]
fn only_the_owner_may_read_a_store() {
    for engine in [StoreEngine::Redb, StoreEngine::Sled] {
        let folder = tempfile::tempdir().expect("a folder");
        let config = config(engine, folder.path());
        let _store = open(&config).expect("opens");
        let mode = |path: &Path| std::fs::metadata(path).expect("is there").permissions().mode() & 0o777;
        assert_eq!(mode(config.path.parent().expect("has one")), 0o700);
        assert_eq!(mode(&config.path), if engine == StoreEngine::Redb { 0o600 } else { 0o700 });
    }
}

#[test]
fn an_unknown_format_is_refused() {
    let folder = tempfile::tempdir().expect("a folder");
    let config = config(StoreEngine::Redb, folder.path());
    drop(open(&config).expect("opens"));
    let database = ::redb::Database::open(&config.path).expect("opens");
    let transaction = database.begin_write().expect("begins");
    let meta = ::redb::TableDefinition::<&str, u64>::new("meta");
    transaction.open_table(meta).expect("is there").insert("format", 2).expect("writes");
    transaction.commit().expect("commits");
    drop(database);
    assert!(matches!(open(&config), Err(OpenError::UnknownFormat(2))));

    let config = StoreConfig { engine: StoreEngine::Sled, path: folder.path().join("sled") };
    drop(open(&config).expect("opens"));
    let database = ::sled::open(&config.path).expect("opens");
    database.open_tree("meta").expect("is there").insert("format", &2_u64.to_be_bytes()).expect("writes");
    drop(database);
    assert!(matches!(open(&config), Err(OpenError::UnknownFormat(2))));
}

#[test]
#[expect(clippy::disallowed_methods, reason = "the test spoils a file")]
fn a_foreign_database_is_refused() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("foreign");
    let database = ::redb::Database::create(&path).expect("makes");
    let transaction = database.begin_write().expect("begins");
    let theirs = ::redb::TableDefinition::<&str, u64>::new("theirs");
    transaction.open_table(theirs).expect("makes").insert("k", 1).expect("writes");
    transaction.commit().expect("commits");
    drop(database);
    let config = StoreConfig { engine: StoreEngine::Redb, path: path.clone() };
    assert!(matches!(open(&config), Err(OpenError::NotOurs)));
    std::fs::write(&path, "not a database, but long enough to look like one".repeat(200)).expect("writes");
    assert!(matches!(open(&config), Err(OpenError::Damaged(_))));
}

#[tokio::test]
#[expect(clippy::disallowed_methods, reason = "the test leaves half a file")]
async fn redb_opens_after_its_making_was_cut_off() {
    let folder = tempfile::tempdir().expect("a folder");
    let config = config(StoreEngine::Redb, folder.path());
    let half = config.path.with_added_extension("new");
    std::fs::create_dir_all(half.parent().expect("has one")).expect("makes");
    std::fs::write(&half, [0; 4096]).expect("writes");
    assert_eq!(count(open(&config).expect("opens").as_ref()).await, Ok(0));
    assert!(!half.exists());
}

#[test]
#[expect(clippy::disallowed_methods, reason = "the test empties a file")]
fn an_emptied_redb_file_is_refused_and_not_begun_anew() {
    let folder = tempfile::tempdir().expect("a folder");
    let config = config(StoreEngine::Redb, folder.path());
    drop(open(&config).expect("opens"));
    std::fs::write(&config.path, "").expect("empties");
    assert!(matches!(open(&config), Err(OpenError::Damaged(_))));
    assert_eq!(std::fs::metadata(&config.path).expect("is there").len(), 0);
}

#[test]
#[expect(clippy::disallowed_methods, reason = "the test is the other process that makes the store")]
fn two_cannot_make_one_redb_store() {
    let folder = tempfile::tempdir().expect("a folder");
    let config = config(StoreEngine::Redb, folder.path());
    let beside = config.path.with_added_extension("new");
    std::fs::create_dir_all(beside.parent().expect("has one")).expect("makes");
    let other = std::fs::File::create(&beside).expect("makes");
    other.try_lock().expect("locks");
    assert!(matches!(open(&config), Err(OpenError::InUse)));
    assert!(!config.path.exists());
}

#[tokio::test]
#[expect(clippy::disallowed_methods, reason = "the test leaves half a file")]
async fn sled_opens_after_a_snapshot_was_half_written() {
    let folder = tempfile::tempdir().expect("a folder");
    let config = config(StoreEngine::Sled, folder.path());
    add(open(&config).expect("opens").as_ref(), &AtomicUsize::new(0)).await.expect("commits");
    let half = config.path.join("snap.FFFFFFFFFFFFFFFF.generating");
    std::fs::write(&half, "").expect("writes");
    assert_eq!(count(open(&config).expect("opens").as_ref()).await, Ok(1));
    assert!(!half.exists());
}

#[test]
#[expect(clippy::disallowed_methods, reason = "the test leaves half a store")]
fn sled_is_made_anew_when_making_it_was_cut_off() {
    let folder = tempfile::tempdir().expect("a folder");
    let config = config(StoreEngine::Sled, folder.path());
    let half = config.path.with_added_extension("new");
    std::fs::create_dir_all(&half).expect("makes");
    std::fs::write(half.join("conf"), "half").expect("writes");
    open(&config).expect("opens");
    assert!(!half.exists());
}

#[test]
fn the_configuration_names_the_engine() {
    let parsed: StoreConfig = toml::from_str("engine = \"sled\"\npath = \"a/b\"").expect("parses");
    assert_eq!(parsed, StoreConfig { engine: StoreEngine::Sled, path: "a/b".into() });
    assert!(toml::from_str::<StoreConfig>("engine = \"sqlite\"\npath = \"a\"").is_err());
    assert!(toml::from_str::<StoreConfig>("path = \"a\"\nfoo = 1").is_err());
}
