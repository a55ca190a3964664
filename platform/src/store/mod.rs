//! The `Store` port's embedded implementations (DESIGN, "Store"): in memory, on redb, on sled, all behind one optimistic
//! engine. Opening refuses what another process has open, what has an unknown format, and what is not ours.

mod backend;
mod committer;
mod engine;
mod faults;
mod files;
mod history;
mod live;
mod memory;
mod redb;
mod sled;
mod writes;

#[cfg(test)]
mod conformance;
#[cfg(test)]
mod tests;

use std::io;
use std::path::PathBuf;
use std::sync::Arc;

use jigap_wallet_core::ports::{Store, StoreError};
use serde::Deserialize;

pub use faults::{Fault, Faults};
pub use memory::in_memory;

/// The version of the stored form, under the key `format` beside the data.
const FORMAT: u64 = 1;

/// Which store to open, and where.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct StoreConfig {
    /// The engine.
    #[serde(default)]
    pub engine: StoreEngine,
    /// redb: the file; sled: the folder; memory: not used. What is missing is made, for its owner only.
    pub path: PathBuf,
}

/// The embedded engines.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum StoreEngine {
    /// One file, copy-on-write.
    #[default]
    Redb,
    /// A folder with a log.
    Sled,
    /// Nothing survives the process.
    Memory,
}

/// Why a store could not be opened.
#[derive(Debug, thiserror::Error)]
pub enum OpenError {
    /// Another process, or another part of this one, has it open.
    #[error("the store is in use by another process")]
    InUse,
    /// It was written by another version of Jigap.
    #[error("the store has format {0}, this version of Jigap reads format {FORMAT}")]
    UnknownFormat(u64),
    /// It is a database, but not one of Jigap's.
    #[error("there is a database that is not Jigap's")]
    NotOurs,
    /// The engine cannot read it.
    #[error("the store cannot be read: {0}")]
    Damaged(String),
    /// The file system refused.
    #[error("the store's file or folder cannot be used: {0}")]
    File(#[from] io::Error),
    /// The store did not start.
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// Opens the store that `config` names. It is closed when the last handle and the last transaction are dropped.
pub fn open(config: &StoreConfig) -> Result<Arc<dyn Store>, OpenError> {
    let backend: Arc<dyn backend::Backend> = match config.engine {
        StoreEngine::Memory => return Ok(in_memory(Faults::none())?),
        StoreEngine::Redb => Arc::new(redb::open(&config.path)?),
        StoreEngine::Sled => Arc::new(sled::open(&config.path)?),
    };
    Ok(Arc::new(engine::Engine::start(backend, Faults::none())?))
}
