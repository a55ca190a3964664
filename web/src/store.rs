//! A store in a page: what is committed stands in memory at once and is handed to the page, which makes it durable. Until the page says
//! that it is, [`Door`](crate::door::Door) lets nobody in for it: the promise of the port, that what is acknowledged lasts, is kept there.
//!
//! There is one page and one thing at a time: a transaction that another overtook fails with [`StoreError::Conflict`].

use std::collections::BTreeMap;
use std::pin::pin;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll, Waker};

use async_trait::async_trait;
use jigap_keys::base64url;
use jigap_wallet_core::ports::{KeyRange, Store, StoreError, StoreLimits, Transaction, Tx};

type Bytes = Vec<u8>;

/// What stands in memory, and what of it the page was not handed yet.
#[derive(Default)]
struct State {
    pairs: BTreeMap<Bytes, Bytes>,
    changed: BTreeMap<Bytes, Option<Bytes>>,
    /// Commits so far.
    version: u64,
}

/// The store of a page.
#[derive(Clone, Default)]
pub struct PageStore(Arc<Mutex<State>>);

/// What a page kept is not what it was handed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("it is damaged")]
pub struct Damaged;

impl PageStore {
    /// With what a page kept: the members of a JSON object, keys and values in base64url.
    ///
    /// # Errors
    /// [`Damaged`]
    pub fn of_kept(kept: &str) -> Result<Self, Damaged> {
        let kept: BTreeMap<String, String> = serde_json::from_str(kept).map_err(|_| Damaged)?;
        let read = |(key, value): (String, String)| Some((decoded(&key)?, decoded(&value)?));
        let pairs = kept.into_iter().map(read).collect::<Option<_>>().ok_or(Damaged)?;
        Ok(Self(Arc::new(Mutex::new(State { pairs, ..State::default() }))))
    }

    /// What changed since this was asked last, for the page to keep: as JSON, `null` for what is gone. Empty: nothing did.
    pub fn changes(&self) -> String {
        let changed = std::mem::take(&mut self.state().changed);
        if changed.is_empty() {
            return String::new();
        }
        let changed = changed
            .iter()
            .map(|(key, value)| (base64url::encode(key), value.as_ref().map(base64url::encode)));
        serde_json::to_string(&changed.collect::<BTreeMap<_, _>>()).unwrap_or_default()
    }

    /// Whether there is something to keep.
    pub fn has_changed(&self) -> bool {
        !self.state().changed.is_empty()
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn decoded(text: &str) -> Option<Bytes> {
    base64url::decode(text).ok()
}

/// What work on this store comes to, which waits for nobody.
///
/// # Errors
/// [`StoreError::Unavailable`] where it would.
pub fn at_once<T>(work: impl Future<Output = T>) -> Result<T, StoreError> {
    match pin!(work).poll(&mut Context::from_waker(Waker::noop())) {
        Poll::Ready(done) => Ok(done),
        Poll::Pending => Err(StoreError::Unavailable),
    }
}

#[async_trait]
impl Store for PageStore {
    async fn begin(&self) -> Result<Tx, StoreError> {
        let version = self.state().version;
        Ok(Tx::new(Change { store: self.clone(), version, written: Mutex::default() }))
    }
}

/// A running transaction.
struct Change {
    store: PageStore,
    version: u64,
    written: Mutex<BTreeMap<Bytes, Option<Bytes>>>,
}

impl Change {
    fn written(&self) -> MutexGuard<'_, BTreeMap<Bytes, Option<Bytes>>> {
        self.written.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn current(&self) -> Result<MutexGuard<'_, State>, StoreError> {
        Some(self.store.state()).filter(|state| state.version == self.version).ok_or(StoreError::Conflict)
    }

    fn found(&self, key: &[u8]) -> Option<Bytes> {
        let state = self.store.state();
        self.written().get(key).map_or_else(|| state.pairs.get(key).cloned(), Clone::clone)
    }
}

#[async_trait]
impl Transaction for Change {
    async fn get(&self, key: &[u8]) -> Result<Option<Bytes>, StoreError> {
        drop(self.current()?);
        Ok(self.found(key))
    }

    async fn range(
        &self,
        range: &KeyRange,
        limit: usize,
        reverse: bool,
    ) -> Result<Vec<(Bytes, Bytes)>, StoreError> {
        let (state, written) = (self.current()?, self.written());
        if range.is_empty() {
            return Ok(Vec::new());
        }
        // Of what is stored as many as are left when all that was written took one away.
        let enough = limit.saturating_add(written.len());
        let stored = state.pairs.range::<[u8], _>(range.bounds()).map(|(key, value)| (key, Some(value)));
        let mut found: BTreeMap<&Bytes, Option<&Bytes>> =
            if reverse { stored.rev().take(enough).collect() } else { stored.take(enough).collect() };
        found.extend(written.range::<[u8], _>(range.bounds()).map(|(key, value)| (key, value.as_ref())));
        let pairs = found.into_iter().filter_map(|(key, value)| Some((key.clone(), value?.clone())));
        let pairs: Vec<(Bytes, Bytes)> = pairs.collect();
        Ok(if reverse {
            pairs.into_iter().rev().take(limit).collect()
        } else {
            pairs.into_iter().take(limit).collect()
        })
    }

    fn set(&self, key: &[u8], value: &[u8]) {
        self.written().insert(key.to_vec(), Some(value.to_vec()));
    }

    fn clear(&self, key: &[u8]) {
        self.written().insert(key.to_vec(), None);
    }

    fn clear_range(&self, range: &KeyRange) {
        if range.is_empty() {
            return;
        }
        let state = self.store.state();
        let mut written = self.written();
        let stored = state.pairs.range::<[u8], _>(range.bounds()).map(|(key, _)| key.clone());
        let keys: Vec<Bytes> =
            stored.chain(written.range::<[u8], _>(range.bounds()).map(|(key, _)| key.clone())).collect();
        written.extend(keys.into_iter().map(|key| (key, None)));
    }

    fn add(&self, key: &[u8], delta: i64) {
        let mut sum = self.found(key).unwrap_or_default();
        sum.resize(size_of::<i64>(), 0);
        let before = sum.first_chunk().copied().map(i64::from_le_bytes).unwrap_or_default();
        self.set(key, &before.wrapping_add(delta).to_le_bytes());
    }

    async fn commit(&self) -> Result<(), StoreError> {
        let mut state = self.current()?;
        let written = std::mem::take(&mut *self.written());
        let size = |(key, value): (&Bytes, &Option<Bytes>)| (key.len(), value.as_ref().map_or(0, Vec::len));
        let large = |(key, value)| key > StoreLimits::KEY || value > StoreLimits::VALUE;
        if written.iter().map(size).any(large) {
            return Err(StoreError::TooLarge);
        }
        if written.is_empty() {
            return Ok(());
        }
        for (key, value) in &written {
            match value {
                Some(value) => state.pairs.insert(key.clone(), value.clone()),
                None => state.pairs.remove(key),
            };
        }
        state.changed.extend(written);
        state.version += 1;
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use jigap_wallet_core::ports::transact;

    use super::*;

    fn done<T>(work: impl Future<Output = Result<T, StoreError>>) -> Result<T, StoreError> {
        at_once(work).unwrap()
    }

    fn put(store: &PageStore, pairs: &[(&str, Option<&str>)]) {
        let written = transact(store, |tx| async move {
            for (key, value) in pairs {
                value.map_or_else(|| tx.clear(key), |value| tx.set(key, value));
            }
            Ok::<_, StoreError>(())
        });
        done(written).unwrap();
    }

    fn all(tx: &Tx, limit: usize) -> Vec<String> {
        let found = done(tx.range(&KeyRange::new(*b"a", *b"z"), limit)).unwrap();
        found.into_iter().map(|(key, value)| String::from_utf8([key, value].join(&b'=')).unwrap()).collect()
    }

    #[test]
    fn what_a_page_kept_is_what_it_was_handed() {
        let store = PageStore::default();
        put(&store, &[("a", Some("1")), ("b", Some("2")), ("c", None)]);
        assert!(store.has_changed());
        let handed = store.changes();
        assert_eq!(handed, r#"{"YQ":"MQ","Yg":"Mg","Yw":null}"#);
        assert!(!store.has_changed() && store.changes().is_empty());
        put(&store, &[("b", None)]);
        assert_eq!(store.changes(), r#"{"Yg":null}"#);
        let kept = PageStore::of_kept(r#"{"YQ":"MQ"}"#).unwrap();
        assert!(!kept.has_changed(), "it was kept");
        assert_eq!(all(&done(kept.begin()).unwrap(), 9), ["a=1"]);
        for damaged in ["", "[]", r#"{"YQ":1}"#, r#"{"=":"MQ"}"#] {
            assert_eq!(PageStore::of_kept(damaged).err(), Some(Damaged), "{damaged}");
        }
    }

    #[test]
    fn a_transaction_reads_its_own_writes_in_both_directions() {
        let store = PageStore::default();
        put(&store, &[("a", Some("1")), ("b", Some("2")), ("d", Some("4")), ("e", Some("5"))]);
        let tx = done(store.begin()).unwrap();
        tx.set("c", "3");
        tx.clear("b");
        assert_eq!(all(&tx, 9), ["a=1", "c=3", "d=4", "e=5"]);
        assert_eq!(all(&tx, 2), ["a=1", "c=3"]);
        let last = done(tx.range_reverse(&KeyRange::new(*b"a", *b"z"), 3)).unwrap();
        assert_eq!(last.iter().map(|(key, _)| key.as_slice()).collect::<Vec<_>>(), [b"e", b"d", b"c"]);
        tx.clear_range(&KeyRange::new(*b"c", *b"e"));
        tx.add("e", 2);
        assert_eq!(done(tx.get("c")), Ok(None));
        assert_eq!(done(tx.get("e")), Ok(Some((i64::from(b'5') + 2).to_le_bytes().to_vec())));
        assert!(done(tx.range(&KeyRange::new(*b"z", *b"a"), 9)).unwrap().is_empty());
        tx.clear_range(&KeyRange::new(*b"z", *b"a"));
        done(tx.commit()).unwrap();
        assert_eq!(done(done(store.begin()).unwrap().get("d")), Ok(None));
    }

    #[test]
    fn a_transaction_that_was_overtaken_and_what_is_too_large_change_nothing() {
        let store = PageStore::default();
        let late = done(store.begin()).unwrap();
        late.set("a", "late");
        put(&store, &[("a", Some("1"))]);
        assert_eq!(done(late.get("a")), Err(StoreError::Conflict));
        assert_eq!(done(late.commit()), Err(StoreError::Conflict));
        let large = done(store.begin()).unwrap();
        large.set("a", vec![0; StoreLimits::VALUE + 1]);
        assert_eq!(done(large.commit()), Err(StoreError::TooLarge));
        assert_eq!(all(&done(store.begin()).unwrap(), 9), ["a=1"]);
        assert_eq!(at_once(std::future::pending::<()>()), Err(StoreError::Unavailable));
    }
}
