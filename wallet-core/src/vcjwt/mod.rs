//! W3C Verifiable Credentials secured as JWT: VCDM 2.0 by VC-JOSE-COSE §3.1 (`vc+jwt`, `vp+jwt`), and VCDM 1.1 by its
//! §6.3.1 (`JWT` with a `vc` or `vp` claim). In OpenID4VC both are the format `jwt_vc_json`.
//!
//! A credential of either model comes out in the terms of its model, the JWT claims of 1.1 folded in. Refuses what the
//! VJ checks say. Whether the moment is right, and what the status says, is judged elsewhere; contexts are compared as
//! names, JSON-LD is not processed.

mod credential;
mod issue;
mod presentation;

pub use credential::{CLAIMS, CONTEXT, ISSUER, Model, PERIOD, SHAPE, SUBJECT, TYP, TYPE, VcJwt, VerifiedVc};
pub use issue::{IssueError, issue, present};
pub use presentation::{AUDIENCE, CREDENTIALS, HOLDER, NONCE, PRESENTATION, TIME, VerifiedVp, VpJwt};

use serde_json::Value;

/// The first context of VCDM 2.0.
pub const CONTEXT_V2: &str = "https://www.w3.org/ns/credentials/v2";
/// The first context of VCDM 1.1.
const CONTEXT_V1: &str = "https://www.w3.org/2018/credentials/v1";

/// Whether the first context is `first` (VCDM 2.0 §4.3, 1.1 §4.1: an ordered set).
fn context_begins_with(document: &Value, first: &str) -> bool {
    document.get("@context").and_then(|contexts| contexts.get(0)).is_some_and(|context| context == first)
}

/// The types of a credential or presentation: one string or an array of strings.
fn types(document: &Value) -> Option<Vec<&str>> {
    match document.get("type")? {
        Value::String(one) => Some(vec![one]),
        Value::Array(all) => all.iter().map(Value::as_str).collect(),
        _ => None,
    }
}

/// The identifier of something that is named by a string or by an object with an `id`.
fn id_of(value: &Value) -> Option<&str> {
    match value {
        Value::String(id) => Some(id),
        other => other.get("id")?.as_str(),
    }
}

#[cfg(test)]
mod tests;
