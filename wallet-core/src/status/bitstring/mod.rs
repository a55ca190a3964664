//! Whether a W3C credential was revoked or suspended since, or what else its issuer says of it: Bitstring Status List 1.0.
//!
//! The issuer packs statuses in a [`Bitstring`], signs it as a credential of its own ([`ListCredential`]) and gives each
//! credential a [`StatusEntry`] per purpose. Who judges reads what was fetched as an [`UnverifiedList`], finds the key of
//! whom it names as its issuer, verifies it once into a [`VerifiedBitstring`], keeps it, and asks it for one
//! [`EntryAnswer`] per entry. A foreign list is decompressed only after its signature verified, and only up to a bound.
//!
//! Left out: `statusReference` (never fetched), historical lists by `?timestamp=`, lists secured in other ways than by
//! Data Integrity or as `vc+jwt`.

mod entry;
mod error;
mod gzip;
mod issue;
mod list;
mod purpose;
mod verified;

pub use entry::{ENTRY, ENTRY_TYPE, MESSAGES, StatusEntry};
pub use error::problem_type;
pub use issue::{LIST_TYPE, ListCredential, SUBJECT_TYPE};
pub use list::{Bitstring, BitstringError, MIN_ENTRIES, StatusSize};
pub use purpose::StatusPurpose;
pub use verified::{
    BOUND, CREDENTIAL, ENCODING, EntryAnswer, INDEX, LENGTH, LIST, NOT_ENDED, NOT_FROM_THE_FUTURE, PURPOSE,
    SIGNATURE, SignerName, TTL, UnverifiedList, VerifiedBitstring,
};

/// The `Accept` header that lists are asked for with (§3.6): credentials with Data Integrity proofs, as JWT, and what
/// servers less specific call them.
pub const ACCEPT: &str = "application/vc, application/vc+jwt, application/vc+ld+json;q=0.9, application/ld+json;q=0.8, application/json;q=0.7";
/// The media type of a list with Data Integrity proofs.
pub const MEDIA_TYPE: &str = "application/vc";
/// The media type of a list as JWT.
pub const MEDIA_TYPE_JWT: &str = "application/vc+jwt";
