//! The embedded store on sled 0.34.7: a folder with a log of pages. It has no snapshots, so the engine keeps what its
//! commits overwrite; a commit is one atomic batch and one flush.
//!
//! sled's own flush ends in `sync_file_range` on Linux, which leaves the disk's cache and the file's length to chance
//! (sync_file_range(2), "Warning"); so each commit also syncs the file itself. sled never syncs its settings (the file
//! `conf`), without which it does not open; so opening does. (docs/decisions/0004-embedded-store.md)
//!
//! Refuses a folder that another process has open, one of an unknown format version, and one that is not ours.

use std::fs::File;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use jigap_wallet_core::ports::{KeyRange, StoreError};

use super::backend::{ApplyError, Backend, Changes, Reader, first};
use super::{FORMAT, OpenError, files};

/// Memory for cached pages in bytes.
const CACHE: u64 = 128 * 1024 * 1024;
/// How often, and how far apart, a lock is asked for again.
const LOCK_TRIES: u32 = 100;
const LOCK_PAUSE: Duration = Duration::from_millis(10);
/// The key of the format version in the tree `meta`: a big-endian `u64`.
const FORMAT_KEY: &[u8] = b"format";

/// Opens the folder at `path`, or makes it.
pub(super) fn open(path: &Path) -> Result<Sled, OpenError> {
    if !path.exists() {
        make(path)?;
    }
    open_made(path)
}

/// Makes the store beside its place and moves it there when it is whole: one that lost power while it was made would
/// never open.
fn make(path: &Path) -> Result<(), OpenError> {
    let beside = path.with_added_extension("new");
    if beside.exists() {
        std::fs::remove_dir_all(&beside)?;
    }
    drop(open_made(&beside)?);
    std::fs::rename(&beside, path)?;
    Ok(files::sync_folder_of(path)?)
}

fn open_made(path: &Path) -> Result<Sled, OpenError> {
    files::private_folder(path)?;
    remove_half_written(path)?;
    let database = unlocked(path)?;
    let damaged = |error: sled::Error| OpenError::Damaged(error.to_string());
    let data = database.open_tree("data").map_err(damaged)?;
    let meta = database.open_tree("meta").map_err(damaged)?;
    match meta
        .get(FORMAT_KEY)
        .map_err(damaged)?
        .map(|found| found.as_ref().try_into().map(u64::from_be_bytes))
    {
        Some(Ok(FORMAT)) => {}
        Some(Ok(other)) => return Err(OpenError::UnknownFormat(other)),
        Some(Err(_)) => return Err(OpenError::NotOurs),
        None if !data.is_empty() => return Err(OpenError::NotOurs),
        None => drop(meta.insert(FORMAT_KEY, &FORMAT.to_be_bytes()).map_err(damaged)?),
    }
    database.flush().map_err(damaged)?;
    #[expect(clippy::disallowed_methods, reason = "the store owns its files")]
    let (log, settings) = (File::open(path.join("db"))?, File::open(path.join("conf"))?);
    settings.sync_all()?;
    log.sync_all()?;
    files::sync_folder(path)?;
    files::sync_folder_of(path)?;
    Ok(Sled { database, data, log })
}

/// Removes snapshots (sled's word for what shortens its recovery) that were not finished when the process ended: sled
/// takes them for finished ones and then does not open. Not while another process has the store open.
fn remove_half_written(path: &Path) -> Result<(), OpenError> {
    let log = path.join("db");
    if !log.exists() {
        return Ok(());
    }
    let lock = std::fs::OpenOptions::new().read(true).write(true).open(log)?;
    if lock.try_lock().is_err() {
        return Ok(());
    }
    for entry in std::fs::read_dir(path)? {
        let path = entry?.path();
        if path.extension().is_some_and(|extension| extension == "generating") {
            std::fs::remove_file(path)?;
        }
    }
    Ok(())
}

/// Opens the database, and waits a moment when it is locked: sled's threads hold the lock for some milliseconds after it
/// was closed.
fn unlocked(path: &Path) -> Result<sled::Db, OpenError> {
    let config = sled::Config::new().path(path).cache_capacity(CACHE).flush_every_ms(None);
    let mut tries = 0;
    loop {
        match config.open() {
            Ok(database) => return Ok(database),
            // sled names the lock in the text only.
            Err(sled::Error::Io(error)) if error.to_string().contains("acquire lock") => {
                tries += 1;
                if tries > LOCK_TRIES {
                    return Err(OpenError::InUse);
                }
                std::thread::sleep(LOCK_PAUSE);
            }
            Err(sled::Error::Io(error)) => return Err(OpenError::File(error)),
            Err(other) => return Err(OpenError::Damaged(other.to_string())),
        }
    }
}

/// An open database.
pub(super) struct Sled {
    database: sled::Db,
    data: sled::Tree,
    /// The file that sled writes to, for syncing it.
    log: File,
}

impl Backend for Sled {
    fn keeps_snapshots(&self) -> bool {
        false
    }

    fn reader(&self) -> Result<Arc<dyn Reader>, StoreError> {
        Ok(Arc::new(Present(self.data.clone())))
    }

    fn apply(&self, changes: &Changes) -> Result<(), ApplyError> {
        let mut batch = sled::Batch::default();
        for (key, value) in &changes.0 {
            match value {
                Some(value) => batch.insert(key.as_slice(), value.as_slice()),
                None => batch.remove(key.as_slice()),
            }
        }
        let applied = self.data.apply_batch(batch).and_then(|()| self.database.flush());
        applied.map_err(|_| ApplyError::InDoubt)?;
        self.log.sync_all().map_err(|_| ApplyError::InDoubt)
    }
}

/// The tree as it is now.
struct Present(sled::Tree);

impl Reader for Present {
    fn get(&self, key: &[u8]) -> Result<Option<Vec<u8>>, StoreError> {
        let value = self.0.get(key).map_err(|_| StoreError::Unavailable)?;
        Ok(value.map(|value| value.to_vec()))
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
        first(self.0.range(range.start.as_slice()..range.end.as_slice()), limit, reverse, |pair| {
            let (key, value) = pair.map_err(|_| StoreError::Unavailable)?;
            Ok((key.to_vec(), value.to_vec()))
        })
    }
}
