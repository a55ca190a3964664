//! SD-JWT (RFC 9901) and SD-JWT VC (draft-ietf-oauth-sd-jwt-vc-19): issue, parse, process, present, verify.
//!
//! The way of a credential, each arrow a type that only the step before can make:
//! - issuer: [`SdJwtVcBuilder`] → [`UnsignedSdJwt`] → text;
//! - holder: text → [`SdJwtVc`] → [`VerifiedSdJwtVc`] → [`Presentation`] → [`UnsignedSdJwt`] → text;
//! - verifier: text → [`SdJwtVc`] → [`VerifiedSdJwtVc`] → [`KeyBinding`].
//!
//! [`SdJwt`] and [`VerifiedSdJwt`] are the same without the rules of the credential format. Where the issuer's key
//! comes from is not decided here. Left out: the JWS JSON Serialization (RFC 9901 §8, optional).

mod disclosure;
mod form;
mod issue;
pub mod key_binding;
mod present;
mod process;
mod request;
mod vc;

pub use disclosure::DISCLOSURE;
pub(crate) use form::key_bound;
pub use form::{FORM, ISSUED_WITHOUT_KEY_BINDING, SdJwt, UnsignedSdJwt};
pub(crate) use issue::Plan;
pub use issue::{IssueError, SdJwtVcBuilder};
pub use key_binding::{
    ALGORITHM, AUDIENCE, HOLDER_KEY, ISSUED_AT, KeyBinding, NONCE, REQUIRED, SIGNATURE, TRANSCRIPT,
    TYPE as KEY_BINDING_TYPE, VALIDITY,
};
pub use present::{Presentation, PresentationError};
pub use process::{
    CLAIM_TWICE, DEPTH, DIGEST_TWICE, DISCLOSURE_TWICE, HASH, PLACEMENT, RESERVED_NAME, STAYS_OPEN,
    UNREFERENCED, VerifiedSdJwt,
};
pub use request::KeyBindingRequest;
pub use vc::{REGISTERED, SdJwtVc, TYPE, VCT, VerifiedSdJwtVc};

/// The claim that holds the digests of concealed object members (RFC 9901 §4.2.4.1).
const SD: &str = "_sd";
/// The claim that names the hash function of all digests (RFC 9901 §4.1.1).
const SD_ALG: &str = "_sd_alg";
/// The key that stands for a concealed array element (RFC 9901 §4.2.4.2).
const ELLIPSIS: &str = "...";

/// Most bytes of an SD-JWT with everything attached.
const MAX_BYTES: usize = 1024 * 1024;
/// Most disclosures of an SD-JWT.
const MAX_DISCLOSURES: usize = 1024;
/// Most steps from the top of the claims to any value, through all disclosures.
const MAX_DEPTH: usize = 32;

#[cfg(test)]
mod tests;
