//! Stored forms: each record says its version, and only the version that is known is read.
//!
//! Offers, grants, issuances and kept answers are JSON with a `version`; what is personal stands sealed in pieces beside them.
//! Status lists are bare bits in pieces of 4 KiB, as the specification packs them. A golden test holds each form, so that
//! a change of one cannot go unnoticed. Refused: another version (an older or newer Jigap wrote it), and what is damaged.

use jigap_wallet_core::sealing::SealBroken;
use serde::Deserialize;
use serde::de::DeserializeOwned;

/// A record with a version.
pub(crate) trait Stored: DeserializeOwned {
    /// What the log calls it.
    const KIND: &'static str;
    /// The version that is written and read.
    const VERSION: u8;

    /// The version it says.
    fn version(&self) -> u8;
}

/// Why a record is not read. Names no content.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub(crate) enum StoredError {
    /// Another Jigap wrote it.
    #[error(
        "a stored {kind} is of version {found}, and this Jigap reads version {known}: run the one that wrote it"
    )]
    Version { kind: &'static str, found: u64, known: u8 },
    /// It is not what was written.
    #[error("a stored {kind} is damaged")]
    Damaged { kind: &'static str },
}

/// Reads a record; the log says what is wrong with one that cannot be read.
pub(crate) fn read<T: Stored>(bytes: &[u8]) -> Result<T, SealBroken> {
    parse(bytes).map_err(|error| {
        tracing::error!(%error, "a record cannot be read");
        SealBroken
    })
}

fn parse<T: Stored>(bytes: &[u8]) -> Result<T, StoredError> {
    #[derive(Deserialize)]
    struct Versioned {
        version: u64,
    }
    match serde_json::from_slice::<T>(bytes) {
        Ok(record) if record.version() == T::VERSION => Ok(record),
        _ => Err(match serde_json::from_slice::<Versioned>(bytes) {
            Ok(Versioned { version }) if version != u64::from(T::VERSION) => {
                StoredError::Version { kind: T::KIND, found: version, known: T::VERSION }
            }
            _ => StoredError::Damaged { kind: T::KIND },
        }),
    }
}

#[cfg(test)]
mod tests;
