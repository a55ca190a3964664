//! Snapshots for backends that have none: the present state, with every key that was written since the snapshot put
//! back to what it held then.
//!
//! The engine notes a commit in the history *before* it is applied. So a value that was read from the present state
//! first, and whose key the history then does not name, was there at the snapshot.

use std::collections::BTreeMap;
use std::sync::Arc;

use jigap_wallet_core::ports::{KeyRange, StoreError};

use super::backend::{Reader, layered_range};
use super::engine::Shared;

/// The state at `version`, seen through the present one.
pub(super) struct LiveSnapshot {
    /// The present state.
    pub(super) present: Arc<dyn Reader>,
    /// Whose history it is.
    pub(super) shared: Arc<Shared>,
    /// The version to show.
    pub(super) version: u64,
}

impl Reader for LiveSnapshot {
    fn get(&self, key: &[u8]) -> Result<Option<Vec<u8>>, StoreError> {
        let present = self.present.get(key)?;
        let state = self.shared.state();
        let then = state.history.since(self.version)?.find_map(|entry| entry.before.get(key));
        Ok(then.map_or(present, Clone::clone))
    }

    fn range(
        &self,
        range: &KeyRange,
        limit: usize,
        reverse: bool,
    ) -> Result<Vec<(Vec<u8>, Vec<u8>)>, StoreError> {
        layered_range(range, limit, reverse, self.present.as_ref(), |covered, rows| {
            let mut there: BTreeMap<_, _> = rows.into_iter().collect();
            let entries: Vec<_> = self.shared.state().history.since(self.version)?.cloned().collect();
            for entry in entries.iter().rev() {
                for (key, before) in entry.before.range::<[u8], _>(covered.bounds()) {
                    match before {
                        Some(value) => there.insert(key.clone(), value.clone()),
                        None => there.remove(key),
                    };
                }
            }
            Ok(there)
        })
    }
}
