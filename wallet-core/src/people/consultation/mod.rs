//! A consultation: from a request to a rating, as statements that follow each other (docs/decisions/0023-the-talk.md).
//!
//! ```text
//! draft → requested → quoted → accepted → in session → delivered → confirmed → rated
//! ```
//! and beside that declined, cancelled, expired, no-show, halted, disputed, closed. Who may do what in which state is one
//! table ([`Phase::permits`]). A wallet and a directory run the very same machine over the very same statements: what it says follows from them alone, so
//! that both find the same state. Every statement has a number and names the digest of the one before; each is taken once. What time
//! causes is a statement too: anybody of the three says it once it is [due](Consultation::due), and until then nothing else is taken.
//!
//! | who | does |
//! |---|---|
//! | one side | [`Consultation::next`], then signs that ([`signed`]) |
//! | the directory, or the other side as it hears it | [`Consultation::take`] with its clock |
//! | whoever reads it later | [`Consultation::follow`] |
//!
//! Refused: what CN-01 to CN-13 say; then nothing changes.

mod chain;
pub mod checks;
mod event;
pub mod signed;
mod state;
mod table;
mod terms;
mod tick;

use serde::{Deserialize, Serialize};

use self::chain::Chain;
pub use self::chain::{Fork, Refused};
use self::checks::{BEFORE, DUE, FOLLOWS, FULL, GAP, LENGTH, MOMENT, NOT_NOW, PASSED};
pub use self::event::{Due, Event, Kind, Role, What};
pub use self::state::{
    Arrived, Bill, CONFIRM_WITHIN, EARLY, GRACE, IDLE, RATE_WITHIN, RESOLVE_WITHIN, Settlement, State, WAITS,
};
pub use self::table::Phase;
pub use self::terms::{MAX_AHEAD, MAX_PRICE, MAX_TICK, MAX_TICKS, MAX_WAIT, MIN_TICK, Quote, Won};
pub use self::tick::{Session, Tick, WINDOW};
use crate::people::names::Digest;
use crate::time::{Seconds, Timestamp};
use crate::verdict::Refusal;

/// Most statements of a consultation.
pub const MAX_STATEMENTS: u32 = 600;
/// How many of them ticks leave to what ends it.
const ROOM: u32 = 16;
/// How long a statement may be under way to whoever takes it with their clock.
pub const LATE: Seconds = Seconds(300);
/// How far the clock of whoever says it may be ahead.
pub const CLOCK_SKEW: Seconds = Seconds(30);
/// The version of the stored form.
const VERSION: u32 = 1;

/// What came of a statement.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Taken {
    /// It was not known; and what it means for money.
    New(Settlement),
    /// This very statement was taken before. Nothing changed.
    Again,
}

/// One consultation, as far as its statements are known. Its JSON is how it is stored.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "Stored", into = "Stored")]
pub struct Consultation {
    chain: Chain,
    state: State,
    last: Option<Timestamp>,
    between: Option<Digest>,
}

impl Consultation {
    /// Takes a statement that was just made, by the clock of whoever takes it. Refuses by CN-03 to CN-13.
    ///
    /// # Errors
    /// [`Refused`]; then nothing changed.
    pub fn take(&mut self, event: &Event, now: Timestamp) -> Result<Taken, Refused> {
        if self.chain.knows(event)? {
            return Ok(Taken::Again);
        }
        if event.at < now.minus(LATE) {
            return Err(MOMENT.refuse(NOT_NOW.at(event.at)).into());
        }
        self.follow(event, now)
    }

    /// Takes a statement that somebody else took with their clock: whoever reads a consultation later. Refuses as
    /// [`take`](Self::take), however old it is; what is of the future nobody can have taken.
    ///
    /// # Errors
    /// [`Refused`]; then nothing changed.
    pub fn follow(&mut self, event: &Event, now: Timestamp) -> Result<Taken, Refused> {
        if self.chain.knows(event)? {
            return Ok(Taken::Again);
        }
        if event.at > now.plus(CLOCK_SKEW) {
            return Err(MOMENT.refuse(NOT_NOW.at(event.at)).into());
        }
        if self.between.is_some_and(|between| between != event.between) {
            return Err(FOLLOWS.refuse(GAP).into());
        }
        self.in_time(event)?;
        if matches!(event.what, What::Tick(_)) && event.number > MAX_STATEMENTS - ROOM {
            return Err(LENGTH.refuse(FULL).into());
        }
        let (state, settlement) = self.state.after(event)?;
        self.chain.append(event);
        self.state = state;
        self.last = Some(event.at);
        self.between = Some(event.between);
        Ok(Taken::New(settlement))
    }

    /// Refuses what is of before the last statement (CN-06), and what is said before what time caused (CN-07).
    fn in_time(&self, event: &Event) -> Result<(), Refusal> {
        if let Some(last) = self.last.filter(|last| event.at < *last) {
            return Err(MOMENT.refuse(BEFORE.at(last)));
        }
        match self.state.deadline() {
            Some((when, _)) if when <= event.at && !matches!(event.what, What::Passed { .. }) => {
                Err(DUE.refuse(PASSED.at(when)))
            }
            _ => Ok(()),
        }
    }

    /// The state.
    pub const fn state(&self) -> &State {
        &self.state
    }

    /// Who may do what now.
    pub fn permits(&self, by: Role) -> impl Iterator<Item = Kind> {
        self.state.phase().permits(by)
    }

    /// What time has caused at `now` and nobody has said yet: to be said as [`What::Passed`].
    pub fn due(&self, now: Timestamp) -> Option<Due> {
        self.state.due(now)
    }

    /// When time causes something next, and what. `None` in a draft and at the end.
    pub const fn deadline(&self) -> Option<(Timestamp, Due)> {
        self.state.deadline()
    }

    /// The [`digest`](signed::Between::digest) of which consultation it is, and between whom. `None` in a draft.
    pub const fn between(&self) -> Option<Digest> {
        self.between
    }

    /// Number and digest of the last statement; 0 and `None` in a draft.
    pub fn head(&self) -> (u32, Option<Digest>) {
        (self.chain.length(), self.chain.head())
    }

    /// What the next statement says beside what is said: its number, the digest of the one before, and when it is made. That is not
    /// before the last, whose maker's clock may be ahead.
    pub fn next(&self, now: Timestamp) -> (u32, Option<Digest>, Timestamp) {
        let at = self.last.map_or(now, |last| last.max(now));
        (self.chain.length().saturating_add(1), self.chain.head(), at)
    }
}

/// How it is stored.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Stored {
    version: u32,
    statements: Chain,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    last: Option<Timestamp>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    between: Option<Digest>,
    state: State,
}

/// The stored form is of another version, or none.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("a stored consultation is not of version 1")]
struct OtherVersion;

impl TryFrom<Stored> for Consultation {
    type Error = OtherVersion;

    fn try_from(stored: Stored) -> Result<Self, OtherVersion> {
        let Stored { version, statements: chain, last, between, state } = stored;
        let begun = chain.length() > 0;
        let whole = version == VERSION && chain.length() <= MAX_STATEMENTS && begun == between.is_some();
        whole.then_some(Self { chain, state, last, between }).ok_or(OtherVersion)
    }
}

impl From<Consultation> for Stored {
    fn from(Consultation { chain, state, last, between }: Consultation) -> Self {
        Self { version: VERSION, statements: chain, last, between, state }
    }
}

#[cfg(test)]
mod tests;
