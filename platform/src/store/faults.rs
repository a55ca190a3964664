//! Faults on purpose, for the in-memory store: what a distributed store does once in a while, tests need at will.

use std::collections::BTreeMap;

/// What goes wrong with a commit.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Fault {
    /// Refused as `Conflict`; nothing is written.
    Conflict,
    /// Written, but reported as `Unknown`.
    UnknownCommitted,
    /// Not written, and reported as `Unknown`.
    UnknownNotCommitted,
    /// Refused as `Unavailable`; nothing is written.
    Unavailable,
    /// The writer panics, and the store has stopped. Never among seeded ones.
    Panic,
}

/// Which commits fail, and how. Commits count from 1; those that write nothing do not count.
#[derive(Debug, Clone, Default)]
pub struct Faults {
    count: u64,
    chosen: BTreeMap<u64, Fault>,
    seeded: Option<Seeded>,
}

#[derive(Debug, Clone)]
struct Seeded {
    state: u64,
    one_in: u64,
}

impl Faults {
    /// No faults.
    pub fn none() -> Self {
        Self::default()
    }

    /// The faults of chosen commits.
    pub fn at(chosen: impl IntoIterator<Item = (u64, Fault)>) -> Self {
        Self { chosen: chosen.into_iter().collect(), ..Self::default() }
    }

    /// Every kind of fault that a store outlives at random, about one commit in `one_in`, the same for the same `seed`.
    pub fn seeded(seed: u64, one_in: u64) -> Self {
        Self { seeded: Some(Seeded { state: seed, one_in: one_in.max(1) }), ..Self::default() }
    }

    /// The fault of the next commit.
    pub(super) fn next(&mut self) -> Option<Fault> {
        self.count += 1;
        self.chosen.get(&self.count).copied().or_else(|| self.seeded.as_mut().and_then(Seeded::next))
    }
}

impl Seeded {
    fn next(&mut self) -> Option<Fault> {
        let random = splitmix(&mut self.state);
        if !random.is_multiple_of(self.one_in) {
            return None;
        }
        Some(match splitmix(&mut self.state) % 4 {
            0 => Fault::Conflict,
            1 => Fault::UnknownCommitted,
            2 => Fault::UnknownNotCommitted,
            _ => Fault::Unavailable,
        })
    }
}

/// `SplitMix64`: repeatable, not for secrets.
pub(super) fn splitmix(state: &mut u64) -> u64 {
    *state = state.wrapping_add(0x9E37_79B9_7F4A_7C15);
    let mut z = *state;
    z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
    z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
    z ^ (z >> 31)
}
