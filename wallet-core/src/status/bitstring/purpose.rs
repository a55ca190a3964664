//! What a status is for: `statusPurpose` (Bitstring Status List 1.0 §2.1, §2.2).

use std::fmt;

/// The purpose of a status.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum StatusPurpose {
    /// Set: the credential was revoked, for good.
    Revocation,
    /// Set: the credential is suspended for now.
    Suspension,
    /// Whatever the value, it says something of the credential and does not end it.
    Message,
    /// Set: there is a newer credential to be had. This one stays valid.
    Refresh,
    /// A purpose that the specification does not define.
    Other(String),
}

impl StatusPurpose {
    /// The purpose called `name`.
    pub fn of(name: &str) -> Self {
        match name {
            "revocation" => Self::Revocation,
            "suspension" => Self::Suspension,
            "message" => Self::Message,
            "refresh" => Self::Refresh,
            other => Self::Other(other.to_owned()),
        }
    }

    /// Its name.
    pub fn as_str(&self) -> &str {
        match self {
            Self::Revocation => "revocation",
            Self::Suspension => "suspension",
            Self::Message => "message",
            Self::Refresh => "refresh",
            Self::Other(name) => name,
        }
    }
}

impl fmt::Display for StatusPurpose {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}
