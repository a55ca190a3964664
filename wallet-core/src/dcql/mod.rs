//! The Digital Credentials Query Language: OpenID4VP 1.0 §6 and §7.
//!
//! [`Query::parse`] refuses every query that breaks a MUST of §6 (checks `DQ-…`). [`select`] is the wallet's side: which
//! held credentials match, what they would disclose, and why nothing does; [`Selection::require_answer`] says whether what
//! the holder chose of it is an answer. [`check_response`] is the verifier's side
//! (`V-18`): it believes nothing the wallet selected and judges what was presented by the same rules.
//!
//! Matched here: `dc+sd-jwt`, `jwt_vc_json`, `ldp_vc`, `mso_mdoc`. Queries for formats unknown here are parsed and answered with
//! [`Obstacle::FormatNotSupported`].

mod choose;
mod format;
mod matching;
mod named;
mod query;
mod response;
mod select;

pub use choose::{Choice, ChoiceError};
pub use format::Format;
pub(crate) use matching::nearest_age;
pub use matching::{Authority, Candidate, LackingClaim, Obstacle};
pub use query::{
    ClaimQuery, CredentialQuery, CredentialSetQuery, Meta, Query, TrustedAuthoritiesQuery, checks,
};
pub use response::{MAX_PRESENTATIONS, QUERY_SATISFIED, check_response, check_shape};
pub use select::{CredentialSelection, Disclosure, Match, Selection, SetSelection, select};

#[cfg(test)]
pub(crate) mod tests;
