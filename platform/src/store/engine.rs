//! The optimistic engine that all embedded backends share, after FoundationDB: a transaction reads a snapshot, collects
//! what it read and wrote, and hands both to the committer; only that one thread writes.
//!
//! Refuses, as the `Store` port says: transactions over the limits (`TooLarge`, before anything else), those older than
//! five seconds and everything once the store has stopped (`Unavailable`), and those whose reads were overwritten (`Conflict`).

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{self, Sender};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use async_trait::async_trait;
use jigap_wallet_core::ports::{KeyRange, Store, StoreError, StoreLimits, Transaction, Tx};
use tokio::sync::oneshot;

use super::backend::{Backend, Reader, successor};
use super::committer::{self, Request, Waiting};
use super::faults::Faults;
use super::history::{History, Reads};
use super::live::LiveSnapshot;
use super::writes::Writes;

/// A store over a backend. Dropping it ends its thread, after what was queued is committed and answered; the backend
/// is closed when the last transaction is dropped too.
pub(super) struct Engine {
    shared: Arc<Shared>,
    committer: Option<JoinHandle<()>>,
}

/// What the store, its transactions and its committer share.
pub(super) struct Shared {
    pub(super) backend: Arc<dyn Backend>,
    /// Set for ever when a write failed in doubt or the committer did: from then on the present state cannot be trusted.
    broken: AtomicBool,
    state: Mutex<State>,
    /// `None` once the store is dropped.
    queue: Mutex<Option<Sender<Waiting>>>,
}

/// The present version and the recent past.
pub(super) struct State {
    pub(super) version: u64,
    /// Reads exactly `version` if the backend keeps snapshots, else whatever is present.
    pub(super) reader: Arc<dyn Reader>,
    pub(super) history: History,
}

impl Engine {
    /// Starts the committer thread of a store over `backend`.
    pub(super) fn start(backend: Arc<dyn Backend>, faults: Faults) -> Result<Self, StoreError> {
        let reader = backend.reader()?;
        let (sender, queue) = mpsc::channel();
        let shared = Arc::new(Shared {
            backend,
            broken: AtomicBool::new(false),
            state: Mutex::new(State { version: 0, reader, history: History::default() }),
            queue: Mutex::new(Some(sender)),
        });
        let of_thread = Arc::clone(&shared);
        let committer = std::thread::Builder::new()
            .name("jigap-store".into())
            .spawn(move || committer::run(&of_thread, &queue, faults))
            .map_err(|_| StoreError::Unavailable)?;
        Ok(Self { shared, committer: Some(committer) })
    }
}

impl Drop for Engine {
    fn drop(&mut self) {
        drop(locked(&self.shared.queue).take());
        if let Some(committer) = self.committer.take() {
            // It can only have panicked; then the store has stopped, and its callers were told `Unknown`.
            let _ = committer.join();
        }
    }
}

#[async_trait]
impl Store for Engine {
    async fn begin(&self) -> Result<Tx, StoreError> {
        let begun = now();
        let shared = Arc::clone(&self.shared);
        shared.usable()?;
        let (version, reader) = {
            let mut state = shared.state();
            let version = state.version;
            state.history.enter(version, begun);
            (version, Arc::clone(&state.reader))
        };
        let reader = if shared.backend.keeps_snapshots() {
            reader
        } else {
            Arc::new(LiveSnapshot { present: reader, shared: Arc::clone(&shared), version })
        };
        Ok(Tx::new(Optimistic { shared, version, reader, begun, work: Mutex::new(Work::default()) }))
    }

    fn has_stopped(&self) -> bool {
        self.shared.has_stopped()
    }
}

impl Shared {
    /// The state, locked: only for a moment, never across a read or write of the backend.
    pub(super) fn state(&self) -> MutexGuard<'_, State> {
        locked(&self.state)
    }

    /// From now on nothing is read or written.
    pub(super) fn stop(&self) {
        self.broken.store(true, Ordering::Release);
    }

    fn has_stopped(&self) -> bool {
        self.broken.load(Ordering::Acquire) || self.backend.is_damaged()
    }

    /// Refuses when the store has stopped.
    pub(super) fn usable(&self) -> Result<(), StoreError> {
        if self.has_stopped() { Err(StoreError::Unavailable) } else { Ok(()) }
    }

    /// Queues `request` for the committer; gives where its outcome will come.
    fn submit(&self, request: Request) -> Result<oneshot::Receiver<Result<(), StoreError>>, StoreError> {
        let queue = locked(&self.queue);
        let sender = queue.as_ref().ok_or(StoreError::Unavailable)?;
        let (answer, outcome) = oneshot::channel();
        sender.send((request, answer)).map_err(|_| {
            // The committer has died.
            self.stop();
            StoreError::Unavailable
        })?;
        Ok(outcome)
    }
}

/// One transaction.
struct Optimistic {
    shared: Arc<Shared>,
    version: u64,
    reader: Arc<dyn Reader>,
    begun: Instant,
    work: Mutex<Work>,
}

#[derive(Default)]
struct Work {
    reads: Reads,
    writes: Writes,
    committed: bool,
}

impl Optimistic {
    fn check(&self) -> Result<(), StoreError> {
        self.shared.usable()?;
        let age = now().saturating_duration_since(self.begun);
        if age > Duration::from_secs(StoreLimits::SECONDS) { Err(StoreError::Unavailable) } else { Ok(()) }
    }

    /// What goes to the committer; `None` if there is nothing to write. A snapshot is consistent, so a transaction that
    /// only read needs no validation.
    fn finish(&self) -> Result<Option<oneshot::Receiver<Result<(), StoreError>>>, StoreError> {
        let mut work = locked(&self.work);
        if std::mem::replace(&mut work.committed, true) {
            return Err(StoreError::Unavailable);
        }
        if work.writes.are_too_large() {
            return Err(StoreError::TooLarge);
        }
        self.check()?;
        if work.writes.are_empty() {
            return Ok(None);
        }
        let Work { reads, writes, .. } = std::mem::take(&mut *work);
        work.committed = true;
        self.shared.submit(Request { version: self.version, reads, writes }).map(Some)
    }
}

#[async_trait]
impl Transaction for Optimistic {
    async fn get(&self, key: &[u8]) -> Result<Option<Vec<u8>>, StoreError> {
        self.check()?;
        if key.len() > StoreLimits::KEY {
            return Err(StoreError::TooLarge);
        }
        let mut work = locked(&self.work);
        if let Some(value) = work.writes.known(key) {
            return Ok(value);
        }
        let base = self.reader.get(key)?;
        work.reads.keys.insert(key.to_vec());
        Ok(work.writes.over(key, base))
    }

    async fn range(
        &self,
        range: &KeyRange,
        limit: usize,
        reverse: bool,
    ) -> Result<Vec<(Vec<u8>, Vec<u8>)>, StoreError> {
        self.check()?;
        if range.is_empty() || limit == 0 {
            return Ok(Vec::new());
        }
        let mut work = locked(&self.work);
        let found = work.writes.range_over(self.reader.as_ref(), range, limit, reverse)?;
        let mut seen = range.clone();
        if let Some((last, _)) = found.last().filter(|_| found.len() >= limit) {
            if reverse {
                seen.start.clone_from(last);
            } else {
                seen.end = successor(last);
            }
        }
        work.reads.ranges.push(seen);
        Ok(found)
    }

    fn set(&self, key: &[u8], value: &[u8]) {
        locked(&self.work).writes.set(key, value);
    }

    fn clear(&self, key: &[u8]) {
        locked(&self.work).writes.clear(key);
    }

    fn clear_range(&self, range: &KeyRange) {
        locked(&self.work).writes.clear_range(range);
    }

    fn add(&self, key: &[u8], delta: i64) {
        locked(&self.work).writes.add(key, delta);
    }

    async fn commit(&self) -> Result<(), StoreError> {
        match self.finish()? {
            None => Ok(()),
            // The committer answers every request, unless it died between.
            Some(answer) => answer.await.unwrap_or_else(|_| {
                self.shared.stop();
                Err(StoreError::Unknown)
            }),
        }
    }
}

impl Drop for Optimistic {
    fn drop(&mut self) {
        self.shared.state().history.leave(self.version);
    }
}

/// The monotonic clock, for the five seconds.
#[expect(clippy::disallowed_methods, reason = "the store measures how long its transactions run")]
pub(super) fn now() -> Instant {
    Instant::now()
}

/// The lock, also after a panic elsewhere: no critical section leaves its data half changed.
fn locked<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
