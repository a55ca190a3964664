//! The embedded store on redb: one file, copy-on-write B-trees, a commit is one fsync.
//!
//! Refuses a file that another process has open, one of an unknown format version, and one that is not ours.

use std::fs::File;
use std::io::ErrorKind;
use std::os::unix::fs::OpenOptionsExt;
use std::path::Path;
use std::sync::Arc;

use jigap_wallet_core::ports::{KeyRange, StoreError};
use redb::backends::FileBackend;
use redb::{
    Database, DatabaseError, Durability, ReadOnlyTable, ReadableDatabase, ReadableTable, TableDefinition,
};

use super::backend::{ApplyError, Backend, Changes, Reader, first};
use super::{FORMAT, OpenError, files};

const DATA: TableDefinition<&[u8], &[u8]> = TableDefinition::new("data");
const META: TableDefinition<&str, u64> = TableDefinition::new("meta");
/// Memory for cached pages in bytes.
const CACHE: usize = 128 * 1024 * 1024;

/// Opens the file at `path`, or makes it, with its folder. An empty file is not taken for a new store: something emptied it.
pub(super) fn open(path: &Path) -> Result<Redb, OpenError> {
    files::private_folder_of(path)?;
    let database = match std::fs::OpenOptions::new().read(true).write(true).open(path) {
        Ok(file) if file.metadata()?.len() == 0 => {
            return Err(OpenError::Damaged("the file is empty".into()));
        }
        Ok(file) => open_made(file)?,
        Err(error) if error.kind() == ErrorKind::NotFound => make(path)?,
        Err(error) => return Err(error.into()),
    };
    files::sync_folder_of(path)?;
    Ok(Redb { database })
}

/// Makes the store beside its place and moves it there when it is whole: one that lost power while it was made would
/// never open. The lock on the file beside is held until then, so two processes cannot both make the store.
fn make(path: &Path) -> Result<Database, OpenError> {
    let beside = path.with_added_extension("new");
    let mut options = std::fs::OpenOptions::new();
    let file = options.read(true).write(true).create(true).truncate(false).mode(0o600).open(&beside)?;
    if file.try_lock().is_err() || path.exists() {
        return Err(OpenError::InUse);
    }
    file.set_len(0)?;
    let database = open_made(file)?;
    std::fs::rename(&beside, path)?;
    Ok(database)
}

/// Opens the database in `file`, or makes one in it if it is empty.
fn open_made(file: File) -> Result<Database, OpenError> {
    let not_opened = |error: DatabaseError| match error {
        DatabaseError::DatabaseAlreadyOpen => OpenError::InUse,
        other => OpenError::Damaged(other.to_string()),
    };
    let backend = FileBackend::new(file).map_err(not_opened)?;
    let database =
        Database::builder().set_cache_size(CACHE).create_with_backend(backend).map_err(not_opened)?;
    settle_format(&database)?;
    Ok(database)
}

/// Checks the format version, or writes it into a new file.
fn settle_format(database: &Database) -> Result<(), OpenError> {
    let damaged = |error: redb::Error| OpenError::Damaged(error.to_string());
    let transaction = database.begin_write().map_err(|e| damaged(e.into()))?;
    {
        let is_new = transaction.list_tables().map_err(|e| damaged(e.into()))?.next().is_none();
        let mut meta = transaction.open_table(META).map_err(|e| damaged(e.into()))?;
        let found = meta.get("format").map_err(|e| damaged(e.into()))?.map(|guard| guard.value());
        match found {
            Some(FORMAT) => {}
            Some(other) => return Err(OpenError::UnknownFormat(other)),
            None if !is_new => return Err(OpenError::NotOurs),
            None => drop(meta.insert("format", FORMAT).map_err(|e| damaged(e.into()))?),
        }
        transaction.open_table(DATA).map_err(|e| damaged(e.into()))?;
    }
    transaction.commit().map_err(|e| damaged(e.into()))
}

/// An open database.
pub(super) struct Redb {
    database: Database,
}

impl Redb {
    /// Everything up to the commit: if it fails, nothing is written.
    fn prepare(&self, changes: &Changes) -> Result<redb::WriteTransaction, redb::Error> {
        let mut transaction = self.database.begin_write()?;
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
}

impl Backend for Redb {
    fn keeps_snapshots(&self) -> bool {
        true
    }

    fn reader(&self) -> Result<Arc<dyn Reader>, StoreError> {
        let transaction = self.database.begin_read().map_err(unavailable)?;
        Ok(Arc::new(Snapshot(transaction.open_table(DATA).map_err(unavailable)?)))
    }

    fn apply(&self, changes: &Changes) -> Result<(), ApplyError> {
        let transaction = self.prepare(changes).map_err(|_| ApplyError::NotWritten)?;
        transaction.commit().map_err(|_| ApplyError::InDoubt)
    }
}

/// A read transaction's table.
struct Snapshot(ReadOnlyTable<&'static [u8], &'static [u8]>);

impl Reader for Snapshot {
    fn get(&self, key: &[u8]) -> Result<Option<Vec<u8>>, StoreError> {
        Ok(self.0.get(key).map_err(unavailable)?.map(|guard| guard.value().to_vec()))
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
        let pairs =
            self.0.range::<&[u8]>(range.start.as_slice()..range.end.as_slice()).map_err(unavailable)?;
        first(pairs, limit, reverse, |pair| {
            let (key, value) = pair.map_err(unavailable)?;
            Ok((key.value().to_vec(), value.value().to_vec()))
        })
    }
}

fn unavailable<E>(_: E) -> StoreError {
    StoreError::Unavailable
}
