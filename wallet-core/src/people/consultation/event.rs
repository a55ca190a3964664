//! What is said in a consultation, by whom.
//!
//! An [`Event`] is a statement that was verified: its number, the digest of the one before, and what it says. It is made by verifying
//! a signed statement ([`super::signed`]); the one shortcut is spelled [`Event::dangerous_assume_verified`].

use serde::{Deserialize, Serialize};

use super::terms::{Quote, Won};
use super::tick::Tick;
use crate::facts::Why;
use crate::people::names::{Bytes32, Digest};
use crate::time::Timestamp;

/// Who says something.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Role {
    /// Who looked for somebody.
    Seeker,
    /// Who was found.
    Listed,
    /// The directory.
    Directory,
}

/// What time causes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Due {
    /// Nobody answered the request or the quote.
    Expired,
    /// Somebody did not come.
    NoShow,
    /// Nothing was counted for half an hour: the session is over.
    Ended,
    /// The seeker said nothing against it for three days.
    Confirmed,
    /// Nobody resolved the dispute for 14 days: what was counted is what is owed.
    Resolved,
    /// No token to rate with was taken for 30 days.
    Closed,
}

/// What is said.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(tag = "do", rename_all = "kebab-case", deny_unknown_fields)]
pub enum What {
    /// The seeker wants a quote.
    Request {
        /// By when.
        answer_by: Timestamp,
    },
    /// The listed person offers.
    Quote(Quote),
    /// The listed person does not.
    Decline {},
    /// The seeker takes the offer.
    Accept {},
    /// One side wants it no more.
    Cancel {},
    /// One side is there.
    Arrive {},
    /// One side says that this time has passed. It counts once the other says the same.
    Tick(Tick),
    /// One side ends the session.
    Finish {},
    /// The directory ends it: what the listing was found by is so no more.
    Halt {
        /// Why.
        why: Why,
    },
    /// The seeker has nothing against what was counted.
    Confirm {},
    /// The seeker has.
    Dispute {},
    /// The seeker has no more.
    Withdraw {},
    /// The listed person wants nothing for it.
    Concede {},
    /// The directory's moderator says what is owed.
    Resolve {
        /// To the listed person.
        owed: Won,
    },
    /// The seeker takes the token to rate with, unseen. Whether it is used, and how, stands nowhere here.
    Rate {
        /// The blinded element.
        blinded: Bytes32,
    },
    /// Time passed.
    Passed {
        /// What that causes.
        due: Due,
    },
}

/// The sort of what is said, by which the table asks.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[expect(missing_docs, reason = "each is the variant of `What` that has its name")]
pub enum Kind {
    Request,
    Quote,
    Decline,
    Accept,
    Cancel,
    Arrive,
    Tick,
    Finish,
    Halt,
    Confirm,
    Dispute,
    Withdraw,
    Concede,
    Resolve,
    Rate,
    Passed,
}

impl What {
    /// Its sort.
    pub const fn kind(&self) -> Kind {
        match self {
            Self::Request { .. } => Kind::Request,
            Self::Quote(_) => Kind::Quote,
            Self::Decline {} => Kind::Decline,
            Self::Accept {} => Kind::Accept,
            Self::Cancel {} => Kind::Cancel,
            Self::Arrive {} => Kind::Arrive,
            Self::Tick(_) => Kind::Tick,
            Self::Finish {} => Kind::Finish,
            Self::Halt { .. } => Kind::Halt,
            Self::Confirm {} => Kind::Confirm,
            Self::Dispute {} => Kind::Dispute,
            Self::Withdraw {} => Kind::Withdraw,
            Self::Concede {} => Kind::Concede,
            Self::Resolve { .. } => Kind::Resolve,
            Self::Rate { .. } => Kind::Rate,
            Self::Passed { .. } => Kind::Passed,
        }
    }
}

/// A statement of one consultation that was verified.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Event {
    pub(super) number: u32,
    pub(super) previous: Option<Digest>,
    pub(super) digest: Digest,
    pub(super) by: Role,
    pub(super) at: Timestamp,
    pub(super) what: What,
    pub(super) between: Digest,
}

impl Event {
    /// What nobody verified: for tests and generated sequences.
    pub const fn dangerous_assume_verified(
        (number, previous, digest): (u32, Option<Digest>, Digest),
        (by, at): (Role, Timestamp),
        what: What,
    ) -> Self {
        Self { number, previous, digest, by, at, what, between: Digest(Bytes32([0; 32])) }
    }

    /// As of the consultation with this digest, which nobody verified either.
    #[must_use]
    pub const fn dangerous_of(self, between: Digest) -> Self {
        Self { between, ..self }
    }

    /// Its number: from 1 on.
    pub const fn number(&self) -> u32 {
        self.number
    }

    /// The digest of the whole statement.
    pub const fn digest(&self) -> Digest {
        self.digest
    }

    /// Who said it.
    pub const fn by(&self) -> Role {
        self.by
    }

    /// When they say that they did.
    pub const fn at(&self) -> Timestamp {
        self.at
    }

    /// What it says.
    pub const fn what(&self) -> &What {
        &self.what
    }
}
