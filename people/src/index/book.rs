//! What the events amount to: who is listed, which facts hold, and who must not be shown although the index may still hold them.

use std::collections::{HashMap, HashSet};

use jigap_keys::hash::sha256;
use jigap_wallet_core::facts::FactId;
use jigap_wallet_core::time::{Seconds, Timestamp};

use crate::event::{IndexEvent, What};
use crate::facet::Facet;
use crate::listing::{Admitted, Listing};
use crate::page::ANSWER;
use crate::ranking::Reputation;

/// Somebody who is listed.
#[derive(Debug)]
pub(super) struct Entry {
    admitted: Admitted,
    paused: bool,
    pub(super) reputation: Reputation,
}

/// The state.
#[derive(Debug, Default)]
pub(super) struct Book {
    entries: HashMap<u64, Entry>,
    by_fact: HashMap<FactId, Vec<u64>>,
    unconfirmed: HashSet<FactId>,
    retracted: HashSet<FactId>,
    /// By listing, also of those that are gone: who comes back has theirs again.
    reputations: HashMap<u64, Reputation>,
    /// Of each listing that an older answer may hold and must not show: the event since which, and when the index had caught up with it.
    tombstones: HashMap<u64, (u64, Option<Timestamp>)>,
    /// The last event.
    pub(super) applied: u64,
}

/// Every fact that a listing stands on, once for each facet.
fn facts_of(listing: &Listing) -> impl Iterator<Item = &FactId> {
    listing.facets.iter().flat_map(|facet| &facet.facts)
}

/// The number that the index knows a listing by.
pub(super) fn key(id: &str) -> u64 {
    sha256(id.as_bytes()).iter().take(8).fold(0, |key, byte| key << 8 | u64::from(*byte))
}

impl Book {
    /// Takes the next event and says which listings it changes.
    pub(super) fn take(&mut self, event: IndexEvent) -> Vec<u64> {
        let IndexEvent { sequence, at, what } = event;
        self.applied = sequence;
        let (keys, hides) = match what {
            What::Listed(admitted) => (vec![self.list(*admitted)], true),
            What::Paused(id) => (self.pause(key(&id)), true),
            What::Withdrawn(id) => (self.withdraw(key(&id)), true),
            What::Unconfirmed(fact) => {
                let keys = self.of_fact(&fact);
                self.unconfirmed.insert(fact);
                (keys, true)
            }
            What::Confirmed(fact) => {
                let keys = self.of_fact(&fact);
                self.unconfirmed.remove(&fact);
                for key in &keys {
                    if let Some(entry) = self.entries.get_mut(key) {
                        entry.admitted.confirmed(&fact, at);
                    }
                }
                (keys, false)
            }
            What::Retracted(fact) => {
                let keys = self.of_fact(&fact);
                self.retracted.insert(fact);
                (keys, true)
            }
            What::Rated(id, reputation) => {
                let key = key(&id);
                self.reputations.insert(key, reputation);
                let entry = self.entries.get_mut(&key);
                (entry.map(|entry| entry.reputation = reputation).map(|()| key).into_iter().collect(), false)
            }
        };
        if hides {
            self.tombstones.extend(keys.iter().map(|key| (*key, (sequence, None))));
        }
        keys
    }

    fn list(&mut self, admitted: Admitted) -> u64 {
        let key = key(&admitted.listing().id);
        if let Some(entry) = self.entries.remove(&key) {
            self.forget_facts(key, entry.admitted.listing());
        }
        for fact in facts_of(admitted.listing()) {
            self.by_fact.entry(fact.clone()).or_default().push(key);
        }
        let reputation = self.reputations.get(&key).copied().unwrap_or_default();
        self.entries.insert(key, Entry { admitted, paused: false, reputation });
        key
    }

    fn pause(&mut self, key: u64) -> Vec<u64> {
        let entry = self.entries.get_mut(&key);
        entry.map(|entry| entry.paused = true).map(|()| key).into_iter().collect()
    }

    fn withdraw(&mut self, key: u64) -> Vec<u64> {
        let Some(entry) = self.entries.remove(&key) else { return Vec::new() };
        self.forget_facts(key, entry.admitted.listing());
        vec![key]
    }

    fn forget_facts(&mut self, key: u64, listing: &Listing) {
        for fact in facts_of(listing) {
            if let Some(keys) = self.by_fact.get_mut(fact) {
                keys.retain(|one| *one != key);
                if keys.is_empty() {
                    self.by_fact.remove(fact);
                }
            }
        }
    }

    fn of_fact(&self, fact: &FactId) -> Vec<u64> {
        self.by_fact.get(fact).cloned().unwrap_or_default()
    }

    /// A listing that may be found, and the facets that are confirmed. `None` where it is paused, where any of its facts was
    /// retracted, where none is confirmed, and where its words use a title whose facets are not.
    pub(super) fn findable(&self, key: u64) -> Option<(&Entry, Vec<&Facet>)> {
        let entry = self.entries.get(&key).filter(|entry| !entry.paused)?;
        let facets = &entry.listing().facets;
        let any = |facet: &Facet, of: &HashSet<FactId>| facet.facts.iter().any(|fact| of.contains(fact));
        if facets.iter().any(|facet| any(facet, &self.retracted)) {
            return None;
        }
        let confirmed = |facet: &&Facet| !any(facet, &self.unconfirmed);
        let confirmed: Vec<&Facet> = facets.iter().filter(confirmed).collect();
        let kinds: Vec<&str> = confirmed.iter().map(|facet| facet.kind.as_str()).collect();
        (!kinds.is_empty() && entry.admitted.is_backed_by(&kinds)).then_some((entry, confirmed))
    }

    /// Whether what was found as of an event may be shown still.
    pub(super) fn shows(&self, key: u64, as_of: u64) -> bool {
        self.tombstones.get(&key).is_none_or(|(since, _)| *since <= as_of)
    }

    /// Who must be left out of what is found as of an event.
    pub(super) fn hidden(&self, as_of: u64) -> HashSet<u64> {
        let newer = self.tombstones.iter().filter(|(_, (since, _))| *since > as_of);
        newer.map(|(key, _)| *key).collect()
    }

    /// The index has caught up. Forgets tombstones that no answer needs: those from before it had, have ended twice over since.
    pub(super) fn caught_up(&mut self, committed: u64, now: Timestamp) {
        for (since, caught_up) in self.tombstones.values_mut().filter(|(_, caught_up)| caught_up.is_none()) {
            *caught_up = (*since <= committed).then_some(now);
        }
        let ended = now.minus(Seconds(2 * ANSWER.0));
        self.tombstones.retain(|_, (_, caught_up)| caught_up.is_none_or(|at| at > ended));
    }

    /// How many are listed.
    pub(super) fn len(&self) -> usize {
        self.entries.len()
    }
}

impl Entry {
    /// The listing.
    pub(super) fn listing(&self) -> &Listing {
        self.admitted.listing()
    }
}
