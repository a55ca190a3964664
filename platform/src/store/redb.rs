//! The embedded store on redb: one file, copy-on-write B-trees, a commit is one fsync.
//!
//! Refuses a file that another process has open, one of an unknown format version, one that is not ours, and one that is
//! damaged. redb panics over some damage: every call of it is watched ([`Watch`]), and after the first that panics or
//! finds damage nothing is read or written until the file is opened again.

use std::cell::Cell;
use std::fs::File;
use std::io::ErrorKind;
use std::os::unix::fs::OpenOptionsExt;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use jigap_wallet_core::ports::{KeyRange, StoreError};
use redb::backends::FileBackend;
use redb::{
    Database, DatabaseError, Durability, ReadOnlyTable, ReadableDatabase, ReadableTable, TableDefinition,
    TableHandle as _,
};

use super::backend::{ApplyError, Backend, Changes, Reader, first};
use super::{FORMAT, OpenError, files};
use crate::panics::caught;

const DATA: TableDefinition<&[u8], &[u8]> = TableDefinition::new("data");
const META: TableDefinition<&str, u64> = TableDefinition::new("meta");

/// How a file is opened.
#[derive(Clone, Copy)]
pub(super) struct Opening {
    /// Memory for cached pages in bytes.
    pub(super) cache: usize,
    /// A file of up to this many bytes is checked whole, every page against its checksum. A longer one only after a crash, by
    /// redb itself: it must open at once.
    pub(super) checked: u64,
}

impl Opening {
    const USUAL: Self = Self { cache: 128 * 1024 * 1024, checked: 64 * 1024 * 1024 };
}

/// Opens the file at `path`, or makes it, with its folder. An empty file is not taken for a new store: something emptied it.
pub(super) fn open(path: &Path) -> Result<Redb, OpenError> {
    open_so(path, Opening::USUAL)
}

/// The same in another way.
pub(super) fn open_so(path: &Path, opening: Opening) -> Result<Redb, OpenError> {
    files::private_folder_of(path)?;
    let database = match std::fs::OpenOptions::new().read(true).write(true).open(path) {
        Ok(file) => match file.metadata()?.len() {
            0 => return Err(OpenError::Damaged("the file is empty".into())),
            length => open_made(file, opening.cache, length <= opening.checked)?,
        },
        Err(error) if error.kind() == ErrorKind::NotFound => make(path, opening.cache)?,
        Err(error) => return Err(error.into()),
    };
    files::sync_folder_of(path)?;
    let watch = Watch::default();
    Ok(Redb { database: Watched::new(database, &watch), watch })
}

/// Makes the store beside its place and moves it there when it is whole: one that lost power while it was made would
/// never open. The lock on the file beside is held until then, so two processes cannot both make the store.
fn make(path: &Path, cache: usize) -> Result<Database, OpenError> {
    let beside = path.with_added_extension("new");
    let mut options = std::fs::OpenOptions::new();
    let file = options.read(true).write(true).create(true).truncate(false).mode(0o600).open(&beside)?;
    if file.try_lock().is_err() || path.exists() {
        return Err(OpenError::InUse);
    }
    file.set_len(0)?;
    let database = open_made(file, cache, false)?;
    std::fs::rename(&beside, path)?;
    Ok(database)
}

/// Opens the database in `file`, or makes one in it if it is empty.
fn open_made(file: File, cache: usize, check: bool) -> Result<Database, OpenError> {
    let not_opened = |error: DatabaseError| match error {
        DatabaseError::DatabaseAlreadyOpen => OpenError::InUse,
        other => OpenError::Damaged(other.to_string()),
    };
    let opened = caught(|| {
        let backend = FileBackend::new(file).map_err(not_opened)?;
        let mut builder = Database::builder();
        builder.set_cache_size(cache).set_check_integrity_on_open(check);
        let database = builder.create_with_backend(backend).map_err(not_opened)?;
        settle_format(&database)?;
        Ok(database)
    });
    opened.unwrap_or_else(|place| Err(OpenError::Damaged(format!("redb gave up at {place}"))))
}

/// Checks the format version, or writes it into a new file.
fn settle_format(database: &Database) -> Result<(), OpenError> {
    let damaged = |error: redb::Error| OpenError::Damaged(error.to_string());
    let transaction = database.begin_write().map_err(|e| damaged(e.into()))?;
    {
        let tables = transaction.list_tables().map_err(|e| damaged(e.into()))?;
        let tables: Vec<String> = tables.map(|table| table.name().to_owned()).collect();
        let mut meta = transaction.open_table(META).map_err(|e| damaged(e.into()))?;
        let found = meta.get("format").map_err(|e| damaged(e.into()))?.map(|guard| guard.value());
        match found {
            Some(FORMAT) if tables.iter().any(|name| name == DATA.name()) => {}
            Some(FORMAT) => return Err(OpenError::Damaged("its data is gone".into())),
            Some(other) => return Err(OpenError::UnknownFormat(other)),
            None if !tables.is_empty() => return Err(OpenError::NotOurs),
            None => drop(meta.insert("format", FORMAT).map_err(|e| damaged(e.into()))?),
        }
        transaction.open_table(DATA).map_err(|e| damaged(e.into()))?;
    }
    transaction.commit().map_err(|e| damaged(e.into()))
}

/// Whether redb has met damage, known to the database and its snapshots.
#[derive(Clone, Default)]
struct Watch(Arc<AtomicBool>);

impl Watch {
    fn met_damage(&self) -> bool {
        self.0.load(Ordering::Acquire)
    }

    /// What `act` gives, unless damage was met before. A panic is damage.
    fn over<T>(&self, act: impl FnOnce() -> Result<T, redb::Error>) -> Result<T, StoreError> {
        if self.met_damage() {
            return Err(StoreError::Unavailable);
        }
        let what = match caught(act) {
            Ok(Ok(value)) => return Ok(value),
            Ok(Err(redb::Error::Corrupted(_) | redb::Error::LockPoisoned(_))) => "found by redb".to_owned(),
            // The first failure was told: after it redb refuses everything.
            Ok(Err(redb::Error::PreviousIo)) => return Err(StoreError::Unavailable),
            Ok(Err(error)) => {
                tracing::error!(%error, "the store's file cannot be read or written");
                return Err(StoreError::Unavailable);
            }
            Err(place) => place,
        };
        self.0.store(true, Ordering::Release);
        tracing::error!(%what, "the store's file is damaged: nothing is read or written until it is opened again");
        Err(StoreError::Unavailable)
    }
}

/// Something of redb's that may panic when it is dropped, too: it takes locks that a panic has poisoned, and a database
/// writes as it closes.
struct Watched<T> {
    /// `None` only while it is dropped.
    inner: Option<T>,
    watch: Watch,
}

impl<T> Watched<T> {
    fn new(inner: T, watch: &Watch) -> Self {
        Self { inner: Some(inner), watch: watch.clone() }
    }

    /// What `act` makes of it, unless damage was met.
    fn with<R>(&self, act: impl FnOnce(&T) -> Result<R, redb::Error>) -> Result<R, StoreError> {
        let inner = self.inner.as_ref().ok_or(StoreError::Unavailable)?;
        self.watch.over(|| act(inner))
    }
}

impl<T> Drop for Watched<T> {
    fn drop(&mut self) {
        let inner = self.inner.take();
        // What went wrong in closing is found, and mended or told, when the file is opened again.
        let _ = caught(|| drop(inner));
    }
}

/// An open database.
pub(super) struct Redb {
    database: Watched<Database>,
    watch: Watch,
}

/// Everything up to the commit: if it fails, nothing is written.
fn prepare(database: &Database, changes: &Changes) -> Result<redb::WriteTransaction, redb::Error> {
    let mut transaction = database.begin_write()?;
    transaction.set_durability(Durability::Immediate)?;
    {
        let mut data = transaction.open_table(DATA)?;
        for (key, value) in &changes.0 {
            match value {
                Some(value) => drop(data.insert(key.as_slice(), value.as_slice())?),
                None => drop(data.remove(key.as_slice())?),
            }
        }
    }
    Ok(transaction)
}

impl Backend for Redb {
    fn keeps_snapshots(&self) -> bool {
        true
    }

    fn reader(&self) -> Result<Arc<dyn Reader>, StoreError> {
        let table = self.database.with(|database| Ok(database.begin_read()?.open_table(DATA)?))?;
        Ok(Arc::new(Snapshot(Watched::new(table, &self.watch))))
    }

    fn apply(&self, changes: &Changes) -> Result<(), ApplyError> {
        let commits = Cell::new(false);
        let written = self.database.with(|database| {
            let transaction = prepare(database, changes)?;
            commits.set(true);
            Ok(transaction.commit()?)
        });
        // A store whose file is damaged is done with: in doubt, so that the engine says so to everybody.
        let in_doubt = commits.get() || self.watch.met_damage();
        written.map_err(|_| if in_doubt { ApplyError::InDoubt } else { ApplyError::NotWritten })
    }

    fn is_damaged(&self) -> bool {
        self.watch.met_damage()
    }
}

/// A read transaction's table.
struct Snapshot(Watched<ReadOnlyTable<&'static [u8], &'static [u8]>>);

impl Reader for Snapshot {
    fn get(&self, key: &[u8]) -> Result<Option<Vec<u8>>, StoreError> {
        self.0.with(|table| Ok(table.get(key)?.map(|guard| guard.value().to_vec())))
    }

    fn range(
        &self,
        range: &KeyRange,
        limit: usize,
        reverse: bool,
    ) -> Result<Vec<(Vec<u8>, Vec<u8>)>, StoreError> {
        if range.is_empty() {
            return Ok(Vec::new());
        }
        self.0.with(|table| {
            let pairs = table.range::<&[u8]>(range.start.as_slice()..range.end.as_slice())?;
            first(pairs, limit, reverse, |pair| {
                let (key, value) = pair?;
                Ok((key.value().to_vec(), value.value().to_vec()))
            })
        })
    }
}

#[cfg(test)]
mod tests {
    use std::io;
    use std::sync::Mutex;

    use super::*;

    /// Takes log lines in memory.
    #[derive(Clone, Default)]
    struct Lines(Arc<Mutex<Vec<u8>>>);

    impl io::Write for Lines {
        fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
            self.0.lock().unwrap().extend_from_slice(bytes);
            Ok(bytes.len())
        }

        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }

    #[test]
    fn why_the_file_cannot_be_written_is_told_once_and_is_no_damage() {
        let lines = Lines::default();
        let writer = lines.clone();
        let subscriber =
            tracing_subscriber::fmt().with_ansi(false).with_writer(move || writer.clone()).finish();
        let watch = Watch::default();
        tracing::subscriber::with_default(subscriber, || {
            let full = redb::Error::Io(io::Error::from(ErrorKind::StorageFull));
            assert_eq!(watch.over(|| Err::<(), _>(full)), Err(StoreError::Unavailable));
            for _ in 0..2 {
                let later = watch.over(|| Err::<(), _>(redb::Error::PreviousIo));
                assert_eq!(later, Err(StoreError::Unavailable));
            }
        });
        let text = String::from_utf8(lines.0.lock().unwrap().clone()).unwrap();
        assert_eq!(text.lines().count(), 1, "{text}");
        assert!(text.contains("the store's file cannot be read or written"), "{text}");
        assert!(text.contains(&io::Error::from(ErrorKind::StorageFull).to_string()), "{text}");
        assert!(!watch.met_damage());
    }
}
