//! Whether a credential was revoked or suspended since: Token Status List (draft-ietf-oauth-status-list, the version
//! pinned in docs/SPECS.md), as JWT and as CWT; for W3C credentials also Bitstring Status List ([`bitstring`]).
//!
//! The issuer packs statuses in a [`StatusList`], signs it as a [`StatusListToken`] and gives each credential a
//! [`StatusReference`] to a random place. Who judges verifies the token once into a [`VerifiedStatusList`], keeps it, and
//! asks it for one [`StatusAnswer`] per credential, which costs a comparison and a byte. [`Freshness`] says how far that
//! answer can be relied on. A foreign list is decompressed only after its signature verified, and only up to a bound.
//!
//! Left out: MAC-secured tokens (refused), aggregation, and historical resolution by `?time=`.

pub mod bitstring;
mod cwt;
mod freshness;
mod index;
pub(crate) mod inflate;
mod kept;
mod list;
mod reference;
mod times;
mod token;
mod value;
mod verified;

pub use cwt::{LABEL_STATUS, MEDIA_TYPE_CWT};
pub(crate) use cwt::{cwt_key_name, cwt_message};
pub use freshness::Freshness;
pub use index::{CHUNK_BYTES, ChunkLayout, ChunkPosition, pick_free_index, uniform_below};
pub use kept::KeptList;
pub use list::{StatusBits, StatusList, StatusListError};
pub use reference::{REFERENCE, StatusReference};
pub use times::ListTimes;
pub use token::{MEDIA_TYPE, StatusListToken, TYP};
pub use value::StatusValue;
pub use verified::{
    BITS, CLOCK_SKEW, INDEX, LIST_BOUND, LIST_FORM, NOT_EXPIRED, NOT_FROM_THE_FUTURE, SIGNATURE, SUBJECT,
    StatusAnswer, TOKEN_FORM, TTL, VerifiedStatusList,
};

/// Whether `accept` asks for a status list of any kind: such a document says itself how long it may be kept.
pub fn is_list_type(accept: &str) -> bool {
    [MEDIA_TYPE, MEDIA_TYPE_CWT, bitstring::ACCEPT].contains(&accept)
}

#[cfg(test)]
mod vectors {
    /// The text of one official example; `None` where the vectors are absent and not required.
    #[expect(clippy::disallowed_methods, reason = "tests read the official vectors from their folder")]
    pub(crate) fn read(file: &str) -> Option<String> {
        let folder = jigap_tests::vectors("token-status-list/examples")?;
        Some(std::fs::read_to_string(folder.join(file)).unwrap())
    }
}
