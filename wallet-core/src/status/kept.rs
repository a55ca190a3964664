//! A status list that is kept between judgements, whatever kind it is.

use jigap_keys::PublicKey;

use super::VerifiedStatusList;
use super::bitstring::VerifiedBitstring;
use crate::jose::Header;
use crate::time::{Seconds, Timestamp};

/// A status list whose signature was verified, and how it names its key.
#[derive(Debug)]
pub enum KeptList {
    /// A Token Status List, with the header that names its key.
    Token(Box<Header>, VerifiedStatusList),
    /// A Bitstring Status List.
    Bitstring(VerifiedBitstring),
}

impl KeptList {
    /// How long after it was fetched its issuer lets it be cached.
    pub const fn ttl(&self) -> Option<Seconds> {
        match self {
            Self::Token(_, list) => list.token().ttl,
            Self::Bitstring(list) => list.ttl(),
        }
    }

    /// Whether a status that this list gives, fetched at `fetched_at`, is fresh at `now` for a policy with that
    /// `max_status_age`. If not, it is to be fetched again.
    pub fn is_fresh(&self, fetched_at: Timestamp, now: Timestamp, max_status_age: Option<Seconds>) -> bool {
        match self {
            Self::Token(_, list) => list.is_fresh(fetched_at, now, max_status_age),
            Self::Bitstring(list) => list.is_fresh(fetched_at, now, max_status_age),
        }
    }

    /// The key whose signature was verified.
    pub const fn signed_by(&self) -> &PublicKey {
        match self {
            Self::Token(_, list) => list.signed_by(),
            Self::Bitstring(list) => list.signed_by(),
        }
    }

    /// Bytes of memory that the decoded list takes.
    pub fn weight(&self) -> usize {
        match self {
            Self::Token(_, list) => list.token().list.as_bytes().len(),
            Self::Bitstring(list) => list.list().as_bytes().len(),
        }
    }
}
