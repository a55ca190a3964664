//! Time that both sides count (CN-09).
//!
//! A [`Tick`] is an interval of the quoted length that has just ended. Each side says it; it counts once both said the same count and
//! the same interval. So neither can stretch it: not the one who earns, who needs the other's word, nor the one who pays, who would
//! have to deny what both were there for, and then the other stops. Intervals may leave pauses between them and never overlap.

use serde::{Deserialize, Serialize};

use super::checks::{NOT_JUST_ENDED, OTHER_COUNT, OTHER_LENGTH, OVERLAPS, PROPOSED, TICK};
use super::event::Role;
use super::terms::Quote;
use crate::time::{Seconds, Timestamp};
use crate::verdict::Refusal;

/// How long after its end a tick can be said.
pub const WINDOW: Seconds = Seconds(120);

/// An interval of a session.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Tick {
    /// Its count: from 1 on.
    pub count: u16,
    /// From when.
    pub from: Timestamp,
    /// Until when.
    pub until: Timestamp,
}

/// A session that goes on.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Session {
    counted: u16,
    last: Timestamp,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    by_seeker: Option<Tick>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    by_listed: Option<Tick>,
}

impl Session {
    pub(super) const fn begun(at: Timestamp) -> Self {
        Self { counted: 0, last: at, by_seeker: None, by_listed: None }
    }

    /// How many ticks both sides counted.
    pub const fn counted(&self) -> u16 {
        self.counted
    }

    /// When the last of them ended; before the first, when the session began.
    pub const fn last(&self) -> Timestamp {
        self.last
    }

    /// The tick that follows without a pause, once it has ended: what an honest side says at `now`, unless the other said another
    /// that it can agree with.
    pub fn next(&self, quote: &Quote, now: Timestamp) -> Option<Tick> {
        let tick = Tick {
            count: self.counted.saturating_add(1),
            from: self.last,
            until: self.last.plus(quote.tick),
        };
        (tick.until <= now && now <= tick.until.plus(WINDOW)).then_some(tick)
    }

    /// What the other side of `by` says, and `by` can still agree with at `now`.
    pub fn said_by_other(&self, by: Role, now: Timestamp) -> Option<Tick> {
        let said = match by {
            Role::Seeker => self.by_listed,
            Role::Listed => self.by_seeker,
            Role::Directory => None,
        };
        said.filter(|tick| now <= tick.until.plus(WINDOW))
    }

    /// The session after `by`, one of its two sides, said `tick` at `at`. Refuses by CN-09.
    pub(super) fn after(
        mut self,
        tick: Tick,
        (by, at): (Role, Timestamp),
        quote: &Quote,
    ) -> Result<Self, Refusal> {
        self.require(&tick, at, quote)?;
        if self.said_by_other(by, at) == Some(tick) {
            return Ok(Self { counted: tick.count, ..Self::begun(tick.until) });
        }
        let own = if by == Role::Seeker { &mut self.by_seeker } else { &mut self.by_listed };
        // Or one side alone could fill the consultation with statements, each a second after the other.
        if own.is_some_and(|said| tick.until <= said.until.plus(WINDOW)) {
            return Err(TICK.refuse(PROPOSED));
        }
        *own = Some(tick);
        Ok(self)
    }

    fn require(&self, tick: &Tick, at: Timestamp, quote: &Quote) -> Result<(), Refusal> {
        if Some(tick.count) != self.counted.checked_add(1) || tick.count > quote.most {
            return Err(TICK.refuse(OTHER_COUNT));
        }
        if tick.from < self.last {
            return Err(TICK.refuse(OVERLAPS.at(self.last)));
        }
        // Saturates at the end of time, where an interval would be short.
        if tick.until.unix().checked_sub(tick.from.unix()) != Some(i64::from(quote.tick.0)) {
            return Err(TICK.refuse(OTHER_LENGTH));
        }
        let just_ended = tick.until <= at && at <= tick.until.plus(WINDOW);
        if just_ended { Ok(()) } else { Err(TICK.refuse(NOT_JUST_ENDED.at(tick.until))) }
    }
}
