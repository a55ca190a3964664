//! W3C credentials and presentations of VCDM 2.0 secured by SD-JWT: `vc+sd-jwt` and `vp+sd-jwt` (VC-JOSE-COSE §3.2, §5.2).
//!
//! An SD-JWT ([`crate::sdjwt`], RFC 9901) whose payload is the document, whose `typ` says what it is, and whose `cty` may. What
//! decides about validity must not be concealed ([`ALWAYS_OPEN`], SD-14); an issuer conceals nothing of [`OPEN_AT_ISSUE`]
//! either, without which nobody could read the rest. A holder discloses and binds as with every SD-JWT: `cnf` names the key.
//! Refuses what the SD, KB, VE, VJ and DM checks say. Not to be mistaken for the SD-JWT VC of the IETF (`dc+sd-jwt`).

mod credential;
mod issue;
mod presentation;

pub use credential::{ALWAYS_OPEN, VcSdJwt, VerifiedVcSdJwt};
pub use issue::{IssueError, OPEN_AT_ISSUE, VcSdJwtBuilder, present_document};
pub use presentation::VpSdJwt;

#[cfg(test)]
mod tests;
