//! The `Store` port: ordered keys and values, serializable transactions, ranges included (DESIGN, "Store").
//!
//! The contract, which `platform`'s conformance suite checks for every implementation:
//! - a transaction reads one snapshot and its own writes; it commits whole or not at all;
//! - it fails with [`StoreError::Conflict`] if a key or range it read was written by a commit since its snapshot; of a
//!   range only what the answer covers counts: with a limit, up to the last pair returned;
//! - one that only read needs no validation: its snapshot is consistent;
//! - writes that read nothing (`set`, `clear`, `clear_range`, `add`) never conflict;
//! - an acknowledged commit is durable: it survives `kill -9` and a power cut (in memory: as long as the process);
//! - a snapshot holds every commit acknowledged before it;
//! - keys are ordered bytewise; the empty key and the empty value are allowed.

use std::ops::Bound;
use std::sync::Arc;

use async_trait::async_trait;

/// How often [`transact`] runs its function before it reports a conflict. Of all that fight for one key one wins each
/// round, so 64 callers need some hundreds of rounds until even the unluckiest has won.
const MAX_ATTEMPTS: usize = 1_000;

/// The limits of every store: FoundationDB's.
pub struct StoreLimits;

impl StoreLimits {
    /// Longest key in bytes.
    pub const KEY: usize = 10_000;
    /// Longest value in bytes.
    pub const VALUE: usize = 100_000;
    /// Most bytes of keys and values one transaction may write.
    pub const TRANSACTION: usize = 10_000_000;
    /// Longest time from begin to commit in seconds.
    pub const SECONDS: u64 = 5;
}

/// What can go wrong.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum StoreError {
    /// Somebody else wrote what this transaction read. Nothing was written; [`transact`] retries.
    #[error("the transaction conflicts with another")]
    Conflict,
    /// The commit may or may not have happened: ask by the mutation's idempotency id, never retry blindly.
    #[error("it is unknown whether the transaction was committed")]
    Unknown,
    /// A key, value or transaction over [`StoreLimits`]. Nothing was written.
    #[error("a key, value or transaction is over the store's limits")]
    TooLarge,
    /// The store cannot be used now (closed, disk full, out of time). Nothing was written.
    #[error("the store is not available")]
    Unavailable,
}

/// A range of keys.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KeyRange {
    /// First key.
    pub start: Vec<u8>,
    /// The key after the last.
    pub end: Vec<u8>,
}

impl KeyRange {
    /// All keys from `start` up to but not including `end`.
    pub fn new(start: impl Into<Vec<u8>>, end: impl Into<Vec<u8>>) -> Self {
        Self { start: start.into(), end: end.into() }
    }

    /// All keys that begin with `prefix`, which must not be empty or all 0xFF.
    pub fn prefix(prefix: impl Into<Vec<u8>>) -> Self {
        let start = prefix.into();
        let mut end = start.clone();
        while let Some(last) = end.pop() {
            if last < 0xFF {
                end.push(last + 1);
                break;
            }
        }
        Self { start, end }
    }

    /// Whether `key` lies in the range.
    pub fn contains(&self, key: &[u8]) -> bool {
        self.start.as_slice() <= key && key < self.end.as_slice()
    }

    /// Whether no key can lie in the range.
    pub fn is_empty(&self) -> bool {
        self.start >= self.end
    }

    /// The range as bounds for ordered maps.
    pub fn bounds(&self) -> (Bound<&[u8]>, Bound<&[u8]>) {
        (Bound::Included(&self.start), Bound::Excluded(&self.end))
    }
}

/// What an implementation gives for one transaction. Callers use [`Tx`].
///
/// Writes cannot fail; one that is over [`StoreLimits`] makes `commit` fail with [`StoreError::TooLarge`].
#[async_trait]
pub trait Transaction: Send + Sync {
    /// The value of `key` in the snapshot under this transaction's own writes.
    async fn get(&self, key: &[u8]) -> Result<Option<Vec<u8>>, StoreError>;
    /// Up to `limit` pairs of `range` in key order, from the end if `reverse`.
    async fn range(
        &self,
        range: &KeyRange,
        limit: usize,
        reverse: bool,
    ) -> Result<Vec<(Vec<u8>, Vec<u8>)>, StoreError>;
    /// Writes `key`.
    fn set(&self, key: &[u8], value: &[u8]);
    /// Removes `key`.
    fn clear(&self, key: &[u8]);
    /// Removes every key of `range`.
    fn clear_range(&self, range: &KeyRange);
    /// Adds `delta` to the little-endian `i64` under `key` (wrapping; absent or short: filled up with zeros; long: its
    /// first eight bytes) without reading it, so that counters do not conflict.
    fn add(&self, key: &[u8], delta: i64);
    /// Commits. Returns when the writes are durable. A transaction commits once.
    async fn commit(&self) -> Result<(), StoreError>;
}

/// A running transaction: a handle that is cheap to clone.
#[derive(Clone)]
pub struct Tx(Arc<dyn Transaction>);

impl Tx {
    /// Wraps an implementation's transaction.
    pub fn new(transaction: impl Transaction + 'static) -> Self {
        Self(Arc::new(transaction))
    }

    /// The value of `key`.
    pub async fn get(&self, key: impl AsRef<[u8]>) -> Result<Option<Vec<u8>>, StoreError> {
        self.0.get(key.as_ref()).await
    }

    /// Up to `limit` pairs of `range`, lowest key first.
    pub async fn range(&self, range: &KeyRange, limit: usize) -> Result<Vec<(Vec<u8>, Vec<u8>)>, StoreError> {
        self.0.range(range, limit, false).await
    }

    /// Up to `limit` pairs of `range`, highest key first.
    pub async fn range_reverse(
        &self,
        range: &KeyRange,
        limit: usize,
    ) -> Result<Vec<(Vec<u8>, Vec<u8>)>, StoreError> {
        self.0.range(range, limit, true).await
    }

    /// Writes `key`.
    pub fn set(&self, key: impl AsRef<[u8]>, value: impl AsRef<[u8]>) {
        self.0.set(key.as_ref(), value.as_ref());
    }

    /// Removes `key`.
    pub fn clear(&self, key: impl AsRef<[u8]>) {
        self.0.clear(key.as_ref());
    }

    /// Removes every key of `range`.
    pub fn clear_range(&self, range: &KeyRange) {
        self.0.clear_range(range);
    }

    /// Adds `delta` to the little-endian `i64` counter under `key`, without a conflict.
    pub fn add(&self, key: impl AsRef<[u8]>, delta: i64) {
        self.0.add(key.as_ref(), delta);
    }

    /// Commits, once. [`transact`] does it; by hand only where two transactions are to be interleaved, in tests.
    pub async fn commit(self) -> Result<(), StoreError> {
        self.0.commit().await
    }
}

/// A store of ordered keys and values. Use it through [`transact`].
#[async_trait]
pub trait Store: Send + Sync {
    /// Begins a transaction on a snapshot that holds every commit acknowledged so far.
    async fn begin(&self) -> Result<Tx, StoreError>;

    /// Whether it has stopped for good: a write failed in doubt, its writer has ended, or its data is damaged. Then it answers
    /// everything with [`StoreError::Unavailable`] until it is opened again.
    fn has_stopped(&self) -> bool {
        false
    }
}

/// Runs `body` in a transaction and commits it, again from the start on [`StoreError::Conflict`]: so `body` must have no
/// effect but through its [`Tx`]. If `body` fails, nothing is written and its error is returned.
///
/// `body` is written `|tx| async move { … }`; what it borrows it takes as references.
pub async fn transact<T, E, F, Fut>(store: &dyn Store, body: F) -> Result<T, E>
where
    E: From<StoreError>,
    F: Fn(Tx) -> Fut,
    Fut: Future<Output = Result<T, E>>,
{
    for _ in 0..MAX_ATTEMPTS {
        let tx = store.begin().await?;
        let value = body(tx.clone()).await?;
        match tx.0.commit().await {
            Err(StoreError::Conflict) => {}
            outcome => return outcome.map(|()| value).map_err(E::from),
        }
    }
    Err(StoreError::Conflict.into())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_prefix_covers_its_keys_and_nothing_else() {
        let range = KeyRange::prefix(*b"a\xff");
        assert_eq!(range.end, b"b");
        assert!(
            range.contains(b"a\xff")
                && range.contains(b"a\xff\xff\x00")
                && !range.contains(b"b")
                && !range.contains(b"a\xfe")
        );
        assert!(KeyRange::new(*b"b", *b"a").is_empty());
    }
}
