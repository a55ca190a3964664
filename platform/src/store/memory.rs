//! The store in memory: for tests, with faults if wanted, and for services that need not remember. Nothing survives it.

use std::collections::BTreeMap;
use std::sync::{Arc, PoisonError, RwLock};

use jigap_wallet_core::ports::{KeyRange, Store, StoreError};

use super::backend::{ApplyError, Backend, Changes, Reader, first};
use super::engine::Engine;
use super::faults::Faults;

/// A new, empty store in memory whose commits fail as `faults` says. Fails if no thread can be started.
pub fn in_memory(faults: Faults) -> Result<Arc<dyn Store>, StoreError> {
    Ok(Arc::new(Engine::start(Arc::new(Memory::default()), faults)?))
}

#[derive(Clone, Default)]
struct Memory(Arc<RwLock<BTreeMap<Vec<u8>, Vec<u8>>>>);

impl Backend for Memory {
    fn keeps_snapshots(&self) -> bool {
        false
    }

    fn reader(&self) -> Result<Arc<dyn Reader>, StoreError> {
        Ok(Arc::new(self.clone()))
    }

    fn apply(&self, changes: &Changes) -> Result<(), ApplyError> {
        let mut map = self.0.write().unwrap_or_else(PoisonError::into_inner);
        for (key, value) in &changes.0 {
            match value {
                Some(value) => map.insert(key.clone(), value.clone()),
                None => map.remove(key),
            };
        }
        Ok(())
    }
}

impl Reader for Memory {
    fn get(&self, key: &[u8]) -> Result<Option<Vec<u8>>, StoreError> {
        Ok(self.0.read().unwrap_or_else(PoisonError::into_inner).get(key).cloned())
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
        let map = self.0.read().unwrap_or_else(PoisonError::into_inner);
        let pairs = map.range::<[u8], _>(range.bounds());
        first(pairs, limit, reverse, |(key, value)| Ok((key.clone(), value.clone())))
    }
}
