//! Answers that are read on: the ranked list of a search is kept for ten minutes (SE-06), under cursors that say nothing. What is read of it goes
//! through the tombstones each time, so that who was retracted, paused or withdrawn since is in no page.
//!
//! Kept in memory, at most [`MOST`]: the oldest goes first, and who reads on there searches again.

use std::collections::{HashMap, VecDeque};
use std::sync::{Arc, Mutex, PoisonError};

use jigap_keys::Entropy;
use jigap_wallet_core::sealing::{is_random_id, random_id};
use jigap_wallet_core::time::{Seconds, Timestamp};

use crate::page::Ranked;

/// Most cursors.
const MOST: usize = 20_000;
/// How long they are kept: as long as an answer may be read.
const KEPT: Seconds = Seconds(600);

/// Where somebody reads on.
#[derive(Clone)]
pub(crate) struct Place {
    pub(crate) ranked: Arc<Ranked>,
    pub(crate) from: usize,
    pub(crate) size: usize,
}

/// The cursors.
#[derive(Default)]
pub(crate) struct Answers(Mutex<Kept>);

#[derive(Default)]
struct Kept {
    places: HashMap<String, Place>,
    ages: VecDeque<(Timestamp, String)>,
}

impl Answers {
    /// Keeps a place; gives its cursor.
    pub(crate) fn keep(&self, place: Place, now: Timestamp, entropy: &dyn Entropy) -> String {
        let cursor = random_id::<16>(entropy);
        let mut kept = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let ended = |at: Timestamp| at.plus(KEPT) < now;
        while kept.ages.len() >= MOST || kept.ages.front().is_some_and(|(at, _)| ended(*at)) {
            if let Some((_, oldest)) = kept.ages.pop_front() {
                kept.places.remove(&oldest);
            }
        }
        kept.ages.push_back((now, cursor.clone()));
        kept.places.insert(cursor.clone(), place);
        cursor
    }

    /// The place of a cursor.
    pub(crate) fn find(&self, cursor: &str) -> Option<Place> {
        let kept = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        Some(cursor)
            .filter(|cursor| is_random_id::<16>(cursor))
            .and_then(|cursor| kept.places.get(cursor).cloned())
    }
}
