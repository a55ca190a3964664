//! Who may do what in which state: one table (CN-05).
//!
//! | state | the seeker | the listed person | the directory | time |
//! |---|---|---|---|---|
//! | draft | request | | | |
//! | requested | cancel | quote, decline | halt | expired |
//! | quoted | accept, cancel | cancel | halt | expired |
//! | accepted | arrive, cancel | arrive, cancel | halt | no-show |
//! | in session | tick, finish | tick, finish | halt | ended |
//! | delivered, halted | confirm, dispute | | | confirmed |
//! | disputed | withdraw | concede | resolve | resolved |
//! | confirmed | rate | | | closed |
//!
//! What time causes may be said by any of the three. In every other state nobody may do anything.

use serde::{Deserialize, Serialize};

use super::checks::{MAY, NOT_ALLOWED};
use super::event::{Kind, Role};
use crate::verdict::Refusal;

/// The state that a consultation is in, without what belongs to it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Phase {
    /// Nothing was said.
    Draft,
    /// The seeker asked.
    Requested,
    /// There is an offer.
    Quoted,
    /// It was taken.
    Accepted,
    /// Both are there.
    InSession,
    /// The session is over.
    Delivered,
    /// The directory ended it.
    Halted,
    /// The seeker is against what was counted.
    Disputed,
    /// What is owed stands.
    Confirmed,
    /// The seeker has a token to rate with. Final.
    Rated,
    /// And took none. Final.
    Closed,
    /// There was no offer. Final.
    Declined,
    /// One side wanted it no more. Final.
    Cancelled,
    /// Nobody answered. Final.
    Expired,
    /// Somebody did not come. Final.
    NoShow,
}

const SEEKER: &[Role] = &[Role::Seeker];
const LISTED: &[Role] = &[Role::Listed];
const BOTH: &[Role] = &[Role::Seeker, Role::Listed];
const DIRECTORY: &[Role] = &[Role::Directory];
const ANYBODY: &[Role] = &[Role::Seeker, Role::Listed, Role::Directory];

/// The table.
pub(super) const TABLE: &[(Phase, Kind, &[Role])] = &[
    (Phase::Draft, Kind::Request, SEEKER),
    (Phase::Requested, Kind::Cancel, SEEKER),
    (Phase::Requested, Kind::Quote, LISTED),
    (Phase::Requested, Kind::Decline, LISTED),
    (Phase::Requested, Kind::Halt, DIRECTORY),
    (Phase::Requested, Kind::Passed, ANYBODY),
    (Phase::Quoted, Kind::Accept, SEEKER),
    (Phase::Quoted, Kind::Cancel, BOTH),
    (Phase::Quoted, Kind::Halt, DIRECTORY),
    (Phase::Quoted, Kind::Passed, ANYBODY),
    (Phase::Accepted, Kind::Arrive, BOTH),
    (Phase::Accepted, Kind::Cancel, BOTH),
    (Phase::Accepted, Kind::Halt, DIRECTORY),
    (Phase::Accepted, Kind::Passed, ANYBODY),
    (Phase::InSession, Kind::Tick, BOTH),
    (Phase::InSession, Kind::Finish, BOTH),
    (Phase::InSession, Kind::Halt, DIRECTORY),
    (Phase::InSession, Kind::Passed, ANYBODY),
    (Phase::Delivered, Kind::Confirm, SEEKER),
    (Phase::Delivered, Kind::Dispute, SEEKER),
    (Phase::Delivered, Kind::Passed, ANYBODY),
    (Phase::Halted, Kind::Confirm, SEEKER),
    (Phase::Halted, Kind::Dispute, SEEKER),
    (Phase::Halted, Kind::Passed, ANYBODY),
    (Phase::Disputed, Kind::Withdraw, SEEKER),
    (Phase::Disputed, Kind::Concede, LISTED),
    (Phase::Disputed, Kind::Resolve, DIRECTORY),
    (Phase::Disputed, Kind::Passed, ANYBODY),
    (Phase::Confirmed, Kind::Rate, SEEKER),
    (Phase::Confirmed, Kind::Passed, ANYBODY),
];

impl Phase {
    /// Whether nothing can come after it.
    pub const fn is_final(self) -> bool {
        matches!(
            self,
            Self::Rated | Self::Closed | Self::Declined | Self::Cancelled | Self::Expired | Self::NoShow
        )
    }

    /// What `by` may do now.
    pub fn permits(self, by: Role) -> impl Iterator<Item = Kind> {
        let here = TABLE.iter().filter(move |(phase, _, who)| *phase == self && who.contains(&by));
        here.map(|(_, kind, _)| *kind)
    }

    /// Refuses by CN-05.
    pub(super) fn require(self, by: Role, kind: Kind) -> Result<(), Refusal> {
        if self.permits(by).any(|permitted| permitted == kind) {
            Ok(())
        } else {
            Err(MAY.refuse(NOT_ALLOWED))
        }
    }
}
