//! What an embedded backend gives to the engine: a reader of its present state and one atomic, durable write.
//! Everything else of the contract (snapshots, conflicts, limits, batches) is the engine's. Refuses nothing itself.

use std::collections::BTreeMap;
use std::sync::Arc;

use jigap_wallet_core::ports::{KeyRange, StoreError};

/// Reads an ordered map.
pub(super) trait Reader: Send + Sync {
    /// The value of `key`.
    fn get(&self, key: &[u8]) -> Result<Option<Vec<u8>>, StoreError>;

    /// Up to `limit` pairs of `range` in key order, from the end if `reverse`.
    fn range(
        &self,
        range: &KeyRange,
        limit: usize,
        reverse: bool,
    ) -> Result<Vec<(Vec<u8>, Vec<u8>)>, StoreError>;
}

/// New values by key; `None` removes.
#[derive(Debug, Default)]
pub(super) struct Changes(pub(super) BTreeMap<Vec<u8>, Option<Vec<u8>>>);

/// A backend. Only the committer thread calls `apply`.
pub(super) trait Backend: Send + Sync {
    /// Whether what `reader` returns stays as it was when `apply` is called later. If not, the engine keeps the
    /// values that commits overwrite for as long as a transaction may read them.
    fn keeps_snapshots(&self) -> bool;

    /// A reader of the present state.
    fn reader(&self) -> Result<Arc<dyn Reader>, StoreError>;

    /// Writes all of `changes` or nothing, and returns when they are durable.
    fn apply(&self, changes: &Changes) -> Result<(), ApplyError>;

    /// Whether it has met damage in its file. From then on it refuses everything.
    fn is_damaged(&self) -> bool {
        false
    }
}

/// Why `apply` failed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub(super) enum ApplyError {
    /// Nothing was written.
    #[error("nothing was written")]
    NotWritten,
    /// Nobody knows what will be there after the next start.
    #[error("the outcome of the write is unknown")]
    InDoubt,
}

/// The first `limit` of `pairs`, read by `read`; from the end if `reverse`.
pub(super) fn first<I: DoubleEndedIterator, E>(
    pairs: I,
    limit: usize,
    reverse: bool,
    read: impl FnMut(I::Item) -> Result<(Vec<u8>, Vec<u8>), E>,
) -> Result<Vec<(Vec<u8>, Vec<u8>)>, E> {
    if reverse { pairs.rev().take(limit).map(read).collect() } else { pairs.take(limit).map(read).collect() }
}

/// Reads `range` chunk by chunk from `base` and passes each chunk, with the part of the range that it covers, through
/// `over`, which returns what is really there, in ascending order; until `limit` pairs are found.
pub(super) fn layered_range(
    range: &KeyRange,
    limit: usize,
    reverse: bool,
    base: &dyn Reader,
    over: impl Fn(&KeyRange, Vec<(Vec<u8>, Vec<u8>)>) -> Result<BTreeMap<Vec<u8>, Vec<u8>>, StoreError>,
) -> Result<Vec<(Vec<u8>, Vec<u8>)>, StoreError> {
    let mut found = Vec::new();
    let mut rest = range.clone();
    let mut chunk = limit;
    while found.len() < limit && !rest.is_empty() {
        let rows = base.range(&rest, chunk, reverse)?;
        let covered = match rows.last() {
            Some((last, _)) if rows.len() >= chunk => take_until(&mut rest, last, reverse),
            _ => std::mem::replace(&mut rest, KeyRange::new([], [])),
        };
        let there = over(&covered, rows)?;
        if reverse {
            found.extend(there.into_iter().rev());
        } else {
            found.extend(there);
        }
        chunk = chunk.saturating_mul(2);
    }
    found.truncate(limit);
    Ok(found)
}

/// Splits off the part of `rest` that a scan has seen when `last` was the last key it returned.
fn take_until(rest: &mut KeyRange, last: &[u8], reverse: bool) -> KeyRange {
    if reverse {
        let end = std::mem::replace(&mut rest.end, last.to_vec());
        KeyRange::new(last, end)
    } else {
        let after = successor(last);
        let start = std::mem::replace(&mut rest.start, after.clone());
        KeyRange::new(start, after)
    }
}

/// The first key after `key`.
pub(super) fn successor(key: &[u8]) -> Vec<u8> {
    let mut next = Vec::with_capacity(key.len() + 1);
    next.extend_from_slice(key);
    next.push(0);
    next
}
