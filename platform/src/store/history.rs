//! The recent past of a store: which keys each commit wrote, so that later commits can be validated against it, and,
//! for backends without snapshots, what those keys held before. Refuses (`Conflict`) to answer for a version that is
//! older than what it still remembers.

use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::sync::Arc;
use std::time::{Duration, Instant};

use jigap_wallet_core::ports::{KeyRange, StoreError, StoreLimits};

/// What a transaction has read.
#[derive(Debug, Default)]
pub(super) struct Reads {
    /// Single keys.
    pub(super) keys: BTreeSet<Vec<u8>>,
    /// Ranges, each as far as it was really looked at.
    pub(super) ranges: Vec<KeyRange>,
}

impl Reads {
    /// Whether one of the keys of `written` was read.
    pub(super) fn touch<V>(&self, written: &BTreeMap<Vec<u8>, V>) -> bool {
        self.keys.iter().any(|key| written.contains_key(key))
            || self
                .ranges
                .iter()
                .any(|range| !range.is_empty() && written.range::<[u8], _>(range.bounds()).next().is_some())
    }
}

/// One applied batch.
#[derive(Debug)]
pub(super) struct Entry {
    /// The version that it made.
    pub(super) version: u64,
    /// The keys that it wrote, each with the value before (kept only for backends without snapshots).
    pub(super) before: BTreeMap<Vec<u8>, Option<Vec<u8>>>,
}

/// Recent commits, and the transactions that still need them.
#[derive(Debug, Default)]
pub(super) struct History {
    entries: VecDeque<Arc<Entry>>,
    /// The newest version that was forgotten.
    floor: u64,
    /// Running transactions by version: how many, and when the youngest began.
    running: BTreeMap<u64, (usize, Instant)>,
}

impl History {
    /// A transaction on `version` begins.
    pub(super) fn enter(&mut self, version: u64, now: Instant) {
        let running = self.running.entry(version).or_insert((0, now));
        *running = (running.0 + 1, now);
    }

    /// A transaction on `version` ends.
    pub(super) fn leave(&mut self, version: u64) {
        if let Some(running) = self.running.get_mut(&version) {
            running.0 = running.0.saturating_sub(1);
            if running.0 == 0 {
                self.running.remove(&version);
            }
        }
    }

    /// Notes a commit that is about to be applied.
    pub(super) fn push(&mut self, entry: Entry) {
        self.entries.push_back(Arc::new(entry));
    }

    /// Takes the last note back: it was not applied.
    pub(super) fn pop(&mut self) {
        self.entries.pop_back();
    }

    /// Forgets what no running transaction needs. Those out of time do not count.
    pub(super) fn prune(&mut self, current: u64, now: Instant) {
        let longest = Duration::from_secs(StoreLimits::SECONDS + 1);
        let young = |since: Instant| now.saturating_duration_since(since) <= longest;
        let oldest = self.running.iter().find(|(_, (_, since))| young(*since)).map(|(version, _)| *version);
        let needed = oldest.unwrap_or(current);
        while let Some(entry) = self.entries.front().filter(|entry| entry.version <= needed) {
            self.floor = entry.version;
            self.entries.pop_front();
        }
    }

    /// The commits after `version`, oldest first.
    pub(super) fn since(&self, version: u64) -> Result<impl Iterator<Item = &Arc<Entry>>, StoreError> {
        if version < self.floor {
            return Err(StoreError::Conflict);
        }
        let first = self.entries.partition_point(|entry| entry.version <= version);
        Ok(self.entries.range(first..))
    }
}
