//! W3C credentials and presentations of VCDM 2.0 secured by COSE: `vc+cose` and `vp+cose` (VC-JOSE-COSE §3.3, §5.3).
//!
//! A COSE_Sign1 ([`crate::cose`]) whose payload is the document as JSON, whose `typ` (16) names what it is, and whose content
//! type (3) may. CWT Claims in the protected header (RFC 9597) narrow the period and must name the credential's issuer, as
//! claims within the document must. As text it is base64; in a JSON document it is an envelope
//! ([`crate::vcdm::envelope`]). Refuses what the CO, VE, VJ and DM checks say.

mod credential;
mod document;
mod issue;
mod presentation;

pub use credential::{VcCose, VerifiedVcCose};
pub use document::decode_text;
pub use issue::{issue, present_document};
pub use presentation::VpCose;

#[cfg(test)]
pub(crate) mod tests;
