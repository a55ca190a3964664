//! The feed of verified facts: what an accepting verdict found, told to one consumer for as long as it holds
//! (docs/decisions/0021-feed-of-facts.md).
//!
//! `ask` asks a wallet for its holder's consent, `found` makes facts of the verdict, `outbox` keeps what is told in order,
//! `watch` looks whether each still stands (`lists`, `signers`), `turn` is how a fact changes, `consents` how a holder takes it
//! back, `hints` what issuers say, `audit` whether every live fact has a live proof. What is told and what it rests on are written in
//! one commit, sealed; a consumer's token is kept as its hash.

pub(crate) mod ask;
pub mod audit;
pub(crate) mod consents;
pub(crate) mod found;
pub(crate) mod hints;
mod lists;
pub(crate) mod outbox;
mod places;
mod records;
mod signers;
mod turn;
pub mod watch;

use std::collections::VecDeque;
use std::sync::{Arc, Mutex, PoisonError};

pub use self::ask::{MAX_SOUGHT, Refused as NotAsked};
use self::records::Books;
use crate::session::SessionError;
use jigap_keys::Entropy;
use jigap_wallet_core::facts::Subject;
use jigap_wallet_core::ports::{Store, StoreError};
use jigap_wallet_core::sealing::{RecordKeys, SealBroken};
use jigap_wallet_core::time::Seconds;

/// What an operator decides about looking.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Settings {
    /// How often each status list, and each issuer's key, is looked at.
    pub check: Seconds,
    /// How long one may not be seen until its facts are told to be unconfirmed.
    pub unconfirmed_after: Seconds,
    /// How long a list may take to come.
    pub fetch: Seconds,
}

impl Default for Settings {
    fn default() -> Self {
        Self { check: Seconds(60), unconfirmed_after: Seconds(3600), fetch: Seconds(10) }
    }
}

/// Who is told.
pub struct Consumer {
    /// What they are called: an https URL, the audience of what is told.
    pub name: String,
    /// What stands for them in the store.
    place: String,
}

/// Wakes who waits: the feed itself waits for nobody.
pub trait Bell: Send + Sync {
    /// Consumers were told something.
    fn told(&self);

    /// Something is to be looked at.
    fn look(&self);
}

/// The feed: consumers, and where what is told to them lies.
pub struct Feed {
    consumers: Vec<Consumer>,
    settings: Settings,
    store: Arc<dyn Store>,
    entropy: Arc<dyn Entropy>,
    keys: RecordKeys,
    bell: Arc<dyn Bell>,
    /// Lists that issuers say have changed.
    hinted: Mutex<VecDeque<String>>,
}

/// Why the feed could not do something.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum FeedError {
    /// The store failed.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// Our own record cannot be opened.
    #[error(transparent)]
    Seal(#[from] SealBroken),
    /// The session was answered, or cannot be read.
    #[error(transparent)]
    Session(#[from] SessionError),
}

/// Most lists that wait in memory to be looked at because of a hint; of more the store knows.
const MOST_HINTED: usize = 10_000;

impl Feed {
    /// A feed for `consumers`, whose records lie in `store`, sealed by `keys`; `bell` wakes who waits.
    pub fn new(
        consumers: impl IntoIterator<Item = String>,
        settings: Settings,
        (store, entropy, bell): (Arc<dyn Store>, Arc<dyn Entropy>, Arc<dyn Bell>),
        keys: RecordKeys,
    ) -> Self {
        let consumer = |name: String| Consumer { place: keys.derive("feed consumer", &name), name };
        let consumers = consumers.into_iter().map(consumer).collect();
        Self { consumers, settings, store, entropy, bell, keys, hinted: Mutex::default() }
    }

    /// Whom facts of `persona` are about to `consumer`: the same for every request, and another for every other consumer.
    pub(crate) fn subject(&self, consumer: &str, persona: &str) -> Result<Subject, SealBroken> {
        let of = serde_json::json!([consumer, persona]).to_string();
        Subject::new(self.keys.derive("feed subject", &of)).map_err(|_| SealBroken)
    }

    /// The consumer of this name.
    pub fn consumer(&self, name: &str) -> Option<&Consumer> {
        self.consumers.iter().find(|consumer| consumer.name == name)
    }

    fn books(&self) -> Books<'_> {
        Books { keys: &self.keys, entropy: &*self.entropy }
    }

    /// Wakes whoever waits for something to be told.
    fn tell(&self) {
        self.bell.told();
    }

    /// Has the list of this place looked at before others.
    fn look_now(&self, list: String) {
        let mut hinted = self.hinted.lock().unwrap_or_else(PoisonError::into_inner);
        if hinted.len() < MOST_HINTED && !hinted.contains(&list) {
            hinted.push_back(list);
        }
        drop(hinted);
        self.bell.look();
    }

    fn next_hinted(&self) -> Option<String> {
        self.hinted.lock().unwrap_or_else(PoisonError::into_inner).pop_front()
    }
}

#[cfg(test)]
mod tests;
