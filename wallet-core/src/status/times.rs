//! What a status list says of its own age.

use crate::time::{Seconds, Timestamp};

/// When a status list was signed and fetched, and how long it may be relied on: what [`Freshness`](super::Freshness) is
/// decided by, whatever kind of list it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ListTimes {
    /// When the list was fetched: as of then this was what its publisher gave out.
    pub as_of: Timestamp,
    /// When the issuer signed it: `iat` of a Token Status List, `validFrom` or `created` of a list that is a credential.
    /// `None` if it does not say.
    pub issued_at: Option<Timestamp>,
    /// The first moment it may not be relied upon any more.
    pub expires: Option<Timestamp>,
    /// `ttl`: how long after `as_of` the issuer lets it be cached.
    pub ttl: Option<Seconds>,
}
