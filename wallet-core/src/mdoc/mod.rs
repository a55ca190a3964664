//! ISO/IEC 18013-5 mdoc: issuing, presenting and verifying documents of any type.
//!
//! [`MdocBuilder`] → [`UnsignedMdoc`] makes what an issuer hands out. [`IssuerSigned::parse`] → [`IssuerSigned::verify`] →
//! [`VerifiedMdoc`] reads it; [`VerifiedMdoc::present`] → [`Presentation`] shows some of it to one verifier, whose
//! [`DeviceResponse`] is [taken apart](DeviceResponse::into_parts) and its [`DeviceSigned`] verified in a [`Session`].
//! Whose certificate signed is for the trust list ([`crate::trust`]); all of it is judged by [`crate::judge`].
//!
//! Bytes that were digested or signed are never encoded again. Everything is read by [`crate::cbor`] within its limits.
//! Refused: what the checks `MD-…` and `CO-…` say.

pub mod age;
pub mod checks;
mod form;
mod issue;
mod mso;
mod present;
mod response;
mod session;
mod signed;
mod value;

pub use form::{FillError, MdocForm};
pub use issue::{MdocBuilder, UnsignedMdoc};
pub use mso::{Mso, Validity};
pub use present::{NoSuchElement, Presentation};
pub(crate) use response::unproven;
pub use response::{DeviceResponse, DeviceSigned};
pub use session::{Engagement, Session, SessionTranscript};
pub use signed::{IssuerSigned, VerifiedMdoc};
pub use value::{ElementType, NotOfType};

#[cfg(test)]
pub(crate) mod tests;
