//! Who may issue what, and by which key mechanism: the signed trust list, and finding an issuer's key by it.
//!
//! The credential never chooses how its key is found: the list fixes one mechanism per issuer (SD-JWT VC §2.5 and its
//! security considerations, "Ecosystem-specific Public Key Verification Methods"). Judging goes
//! [`TrustList::verify`] → [`TrustList::entry`] → [`needs`] until nothing is missing → [`issuer_key`]. The format is
//! described in docs/TRUST-LIST.md. Keys for credentials
//! and for status lists are told apart where the entry pins them. Refused: what the checks `TL-…`, `V-04`, `V-05` and `V-06` say.

mod document_signer;
mod entry;
mod index;
mod issuer_did;
mod issuer_metadata;
mod key;
mod list;
mod pass_terms;
pub mod seen;
pub mod succession;

pub use document_signer::document_signer_key;
pub(crate) use entry::object;
pub use entry::{Authorities, Mechanism, Names, PinnedKeys, TrustEntry};
pub use issuer_did::IssuerDid;
pub(crate) use key::for_status_lists;
pub use key::{
    issuer_key, issuer_key_at, key_needs, method_key, method_key_at, method_needs, needs, signing_keys,
    status_key, status_method_key,
};
pub(crate) use list::UNKNOWN_ISSUER;
pub use list::{
    ENTRY, FORM, IDENTITY, IssueError, MEDIA_TYPE, SIGNATURE, TYP, TYPE, TrustList, TrustListContent, UNIQUE,
    VALIDITY,
};
pub use pass_terms::PassTerms;

use crate::verdict::Check;

/// V-04: the key is the issuer's own.
pub const ISSUER_BINDING: Check = Check::new(
    "V-04",
    "the signing key belongs to the issuer the credential names",
    "서명 키가 증명서에 적힌 발급자의 것입니다",
    "SD-JWT VC §2.5, §4.3; RFC 9901 §7.1 2.c; DID 1.0 §5.3.2",
);
/// V-05: the key was found in the one way that the trust list fixes.
pub const MECHANISM: Check = Check::new(
    "V-05",
    "the issuer's key was found by the mechanism the trust list names",
    "발급자의 키를 신뢰 목록이 정한 방식으로 찾았습니다",
    "SD-JWT VC §2.5; docs/TRUST-LIST.md §3",
);
/// V-06: the issuer may issue this, now.
pub const TRUSTED: Check = Check::new(
    "V-06",
    "the trust list lets this issuer issue this type now",
    "신뢰 목록이 이 발급자에게 지금 이 유형의 발급을 허용합니다",
    "docs/TRUST-LIST.md §3",
);
/// TL-08: the key signs only what it is for.
pub const KEY_PURPOSE: Check = Check::new(
    "TL-08",
    "where the trust list pins an issuer's keys, a key signs only what it is pinned for",
    "신뢰 목록이 발급자의 키를 정해 두었으면 각 키는 정해진 것에만 서명합니다",
    "docs/TRUST-LIST.md §3",
);

#[cfg(test)]
mod tests;
