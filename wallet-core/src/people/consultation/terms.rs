//! What the two sides agree on: a price in won for each tick of time, how many at most, when, and what it costs not to come.
//!
//! No money moves here. Refused: what is out of bounds (CN-08).

use serde::{Deserialize, Serialize};

use super::checks::{BOUNDS, TERMS};
use crate::time::{Seconds, Timestamp};
use crate::verdict::Refusal;

/// Dearest consultation.
pub const MAX_PRICE: Won = Won(100_000_000);
/// Shortest tick.
pub const MIN_TICK: Seconds = Seconds(60);
/// Longest tick.
pub const MAX_TICK: Seconds = Seconds(3600);
/// Most ticks of one consultation.
pub const MAX_TICKS: u16 = 120;
/// How long a request may wait for its quote, and a quote for its answer.
pub const MAX_WAIT: Seconds = Seconds(14 * DAY);
/// How far ahead a consultation may be agreed on.
pub const MAX_AHEAD: Seconds = Seconds(90 * DAY);

pub(super) const DAY: u32 = 24 * 3600;

/// Whole Korean won.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Won(pub u64);

impl Won {
    /// This much for each of `count`; as much as there can be where that is too much.
    pub const fn times(self, count: u16) -> Self {
        Self(self.0.saturating_mul(count as u64))
    }

    /// What is left without `other`; nothing where that is more.
    pub const fn less(self, other: Self) -> Self {
        Self(self.0.saturating_sub(other.0))
    }
}

/// What the listed person offers.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Quote {
    /// For each tick.
    pub price: Won,
    /// How long one is.
    pub tick: Seconds,
    /// How many at most: then the consultation is over.
    pub most: u16,
    /// When both are to arrive.
    pub starts: Timestamp,
    /// Until when the seeker may cancel what they accepted, and owes nothing.
    pub free_until: Timestamp,
    /// What the seeker owes who cancels later or does not come.
    pub fee: Won,
    /// Until when it can be accepted.
    pub good_until: Timestamp,
}

impl Quote {
    /// What it costs if nothing is left out.
    pub const fn total(&self) -> Won {
        self.price.times(self.most)
    }

    /// Refuses by CN-08 what is out of bounds for a quote of `at`.
    pub fn require_bounds(&self, at: Timestamp) -> Result<(), Refusal> {
        let time = (MIN_TICK..=MAX_TICK).contains(&self.tick) && (1..=MAX_TICKS).contains(&self.most);
        let money = self.total() <= MAX_PRICE && self.fee <= self.total();
        let waits = at < self.good_until && self.good_until <= at.plus(MAX_WAIT);
        let starts = self.good_until <= self.starts && self.starts <= at.plus(MAX_AHEAD);
        let all = time && money && waits && starts && self.free_until <= self.starts;
        if all { Ok(()) } else { Err(TERMS.refuse(BOUNDS)) }
    }
}

/// Refuses by CN-08 a request of `at` that wants its quote by `answer_by`.
pub(super) fn require_wait(at: Timestamp, answer_by: Timestamp) -> Result<(), Refusal> {
    let waits = at < answer_by && answer_by <= at.plus(MAX_WAIT);
    if waits { Ok(()) } else { Err(TERMS.refuse(BOUNDS)) }
}
