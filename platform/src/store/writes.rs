//! What one transaction has written so far, and how that looks over what was there before: "read your writes".
//! Keeps count against `StoreLimits`; what is over the limit is not kept, and the transaction is refused as `TooLarge`.

use std::collections::BTreeMap;
use std::ops::Bound;

use jigap_wallet_core::ports::{KeyRange, StoreError, StoreLimits};

use super::backend::{Changes, Reader, layered_range};

/// The writes of one transaction, in their final effect.
#[derive(Debug, Default)]
pub(super) struct Writes {
    /// What happens to single keys, after the ranges were cleared.
    edits: BTreeMap<Vec<u8>, Edit>,
    /// Cleared ranges, disjoint: start to end.
    cleared: BTreeMap<Vec<u8>, Vec<u8>>,
    /// Bytes of everything ever written in the transaction, overwritten or not.
    bytes: usize,
    too_large: bool,
}

#[derive(Debug)]
enum Edit {
    /// The value is known; `None` is absent.
    Put(Option<Vec<u8>>),
    /// To be added to whatever is there at commit.
    Add(i64),
}

impl Writes {
    /// Writes `key`.
    pub(super) fn set(&mut self, key: &[u8], value: &[u8]) {
        if self.admit(key, value.len()) {
            self.edits.insert(key.to_vec(), Edit::Put(Some(value.to_vec())));
        }
    }

    /// Removes `key`.
    pub(super) fn clear(&mut self, key: &[u8]) {
        if self.admit(key, 0) {
            self.edits.insert(key.to_vec(), Edit::Put(None));
        }
    }

    /// Adds `delta` to the counter under `key`.
    pub(super) fn add(&mut self, key: &[u8], delta: i64) {
        if !self.admit(key, size_of::<i64>()) {
            return;
        }
        let edit = match self.edits.get(key) {
            Some(Edit::Put(value)) => Edit::Put(Some(added(value.as_deref(), delta))),
            Some(Edit::Add(before)) => Edit::Add(before.wrapping_add(delta)),
            None if self.clears(key) => Edit::Put(Some(added(None, delta))),
            None => Edit::Add(delta),
        };
        self.edits.insert(key.to_vec(), edit);
    }

    /// Removes every key of `range`.
    pub(super) fn clear_range(&mut self, range: &KeyRange) {
        if range.is_empty() || !self.admit_range(range) {
            return;
        }
        self.edits.extract_if(range.start.clone()..range.end.clone(), |_, _| true).for_each(drop);
        let (mut start, mut end) = (range.start.clone(), range.end.clone());
        while let Some((s, e)) = self.cleared.range(..=end.clone()).next_back().filter(|(_, e)| **e >= start)
        {
            let (s, e) = (s.clone(), e.clone());
            self.cleared.remove(&s);
            start = start.min(s);
            end = end.max(e);
        }
        self.cleared.insert(start, end);
    }

    /// Whether the transaction is over the limits.
    pub(super) fn are_too_large(&self) -> bool {
        self.too_large
    }

    /// Whether nothing was written.
    pub(super) fn are_empty(&self) -> bool {
        self.edits.is_empty() && self.cleared.is_empty()
    }

    /// Bytes written.
    pub(super) fn bytes(&self) -> usize {
        self.bytes
    }

    /// The value of `key` if it follows from these writes alone.
    pub(super) fn known(&self, key: &[u8]) -> Option<Option<Vec<u8>>> {
        match self.edits.get(key) {
            Some(Edit::Put(value)) => Some(value.clone()),
            Some(Edit::Add(_)) => None,
            None => self.clears(key).then_some(None),
        }
    }

    /// The value of `key` when it was `base` before.
    pub(super) fn over(&self, key: &[u8], base: Option<Vec<u8>>) -> Option<Vec<u8>> {
        match self.edits.get(key) {
            Some(Edit::Put(value)) => value.clone(),
            Some(Edit::Add(delta)) => Some(added(base.as_deref(), *delta)),
            None if self.clears(key) => None,
            None => base,
        }
    }

    /// Up to `limit` pairs of `range` as they are over `base`.
    pub(super) fn range_over(
        &self,
        base: &dyn Reader,
        range: &KeyRange,
        limit: usize,
        reverse: bool,
    ) -> Result<Vec<(Vec<u8>, Vec<u8>)>, StoreError> {
        if self.are_empty() {
            return base.range(range, limit, reverse);
        }
        layered_range(range, limit, reverse, base, |covered, rows| {
            let mut there: BTreeMap<_, _> = rows.into_iter().filter(|(key, _)| !self.clears(key)).collect();
            for (key, edit) in self.edits.range::<[u8], _>(covered.bounds()) {
                match edit {
                    Edit::Put(Some(value)) => drop(there.insert(key.clone(), value.clone())),
                    Edit::Put(None) => drop(there.remove(key)),
                    Edit::Add(delta) => {
                        let value = added(there.get(key).map(Vec::as_slice), *delta);
                        there.insert(key.clone(), value);
                    }
                }
            }
            Ok(there)
        })
    }

    /// The effect of these writes on `base` under the `earlier` changes of the same batch.
    pub(super) fn resolve(self, base: &dyn Reader, earlier: &Changes) -> Result<Changes, StoreError> {
        let mut changes = BTreeMap::new();
        for (start, end) in &self.cleared {
            let range = KeyRange::new(start.as_slice(), end.as_slice());
            changes.extend(base.range(&range, usize::MAX, false)?.into_iter().map(|(key, _)| (key, None)));
            let written = earlier.0.range::<[u8], _>(range.bounds());
            changes.extend(written.map(|(key, _)| (key.clone(), None)));
        }
        for (key, edit) in self.edits {
            let value = match edit {
                Edit::Put(value) => value,
                Edit::Add(delta) => {
                    let before = match earlier.0.get(&key) {
                        Some(value) => value.clone(),
                        None => base.get(&key)?,
                    };
                    Some(added(before.as_deref(), delta))
                }
            };
            changes.insert(key, value);
        }
        Ok(Changes(changes))
    }

    fn clears(&self, key: &[u8]) -> bool {
        let mut until = self.cleared.range::<[u8], _>((Bound::Unbounded, Bound::Included(key)));
        until.next_back().is_some_and(|(_, end)| key < end.as_slice())
    }

    fn admit(&mut self, key: &[u8], value: usize) -> bool {
        self.admit_bytes(
            key.len() <= StoreLimits::KEY && value <= StoreLimits::VALUE,
            key.len().saturating_add(value),
        )
    }

    fn admit_range(&mut self, range: &KeyRange) -> bool {
        let longest = range.start.len().max(range.end.len());
        self.admit_bytes(longest <= StoreLimits::KEY + 1, range.start.len().saturating_add(range.end.len()))
    }

    fn admit_bytes(&mut self, each_is_fine: bool, more: usize) -> bool {
        self.bytes = self.bytes.saturating_add(more);
        self.too_large |= !each_is_fine || self.bytes > StoreLimits::TRANSACTION;
        !self.too_large
    }
}

/// The counter `value` (little-endian, absent or short: zeros; long: its first eight bytes) plus `delta`, wrapping.
fn added(value: Option<&[u8]>, delta: i64) -> Vec<u8> {
    let mut counter = [0; 8];
    for (to, from) in counter.iter_mut().zip(value.unwrap_or_default()) {
        *to = *from;
    }
    i64::from_le_bytes(counter).wrapping_add(delta).to_le_bytes().to_vec()
}
