//! W3C Verifiable Credentials secured as JWT: VCDM 2.0 by VC-JOSE-COSE §3.1 (`vc+jwt`, `vp+jwt`), and VCDM 1.1 by its
//! §6.3.1 (`JWT` with a `vc` or `vp` claim). In OpenID4VC both are the format `jwt_vc_json`.
//!
//! A credential of either model comes out in the terms of its model, the JWT claims of 1.1 folded in. Refuses what the
//! VJ checks say. Whether the moment is right, and what the status says, is judged elsewhere; contexts are compared as
//! names, JSON-LD is not processed.

mod credential;
mod issue;
mod presentation;

pub(crate) use credential::examine;
pub use credential::{CLAIMS, CONTEXT, ISSUER, Model, PERIOD, SHAPE, SUBJECT, TYP, TYPE, VcJwt, VerifiedVc};
pub use issue::{IssueError, issue, present, present_document};
pub use presentation::{AUDIENCE, CREDENTIALS, HOLDER, NONCE, PRESENTATION, TIME, VerifiedVp, VpJwt};
pub(crate) use presentation::{
    answers, entries, examine_presentation, moments, only_credential, other_holder, require_presentation,
};

use serde_json::Value;

pub use crate::vcdm::CONTEXT_V2;

/// Whether the first context is `first` (VCDM 2.0 §4.3, 1.1 §4.1: an ordered set).
fn context_begins_with(document: &Value, first: &str) -> bool {
    document.get("@context").and_then(|contexts| contexts.get(0)).is_some_and(|context| context == first)
}

#[cfg(test)]
mod tests;
