//! What happens to listings, numbered without a gap: the index is made of this and of nothing else. Payment is not among it.

use jigap_wallet_core::facts::FactId;
use jigap_wallet_core::time::Timestamp;

use crate::listing::Admitted;
use crate::ranking::Reputation;

/// Something that happened.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct IndexEvent {
    /// Its number; the first is 1.
    pub sequence: u64,
    /// When.
    pub at: Timestamp,
    /// What.
    pub what: What,
}

/// What happened.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum What {
    /// A listing is new, was changed, or is back.
    Listed(Box<Admitted>),
    /// It is not to be found for now: its person does not want to be, or nothing proves it.
    Paused(String),
    /// It is gone.
    Withdrawn(String),
    /// Whether a fact still holds cannot be found out: facets that stand on it answer no filter.
    Unconfirmed(FactId),
    /// It holds.
    Confirmed(FactId),
    /// It holds no more: every listing that stands on it is gone at once.
    Retracted(FactId),
    /// What others found.
    Rated(String, Reputation),
}
