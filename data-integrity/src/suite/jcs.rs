//! What suites over canonical JSON (RFC 8785) hash: the document and the proof configuration as they stand
//! (VC-DI-EDDSA 1.0 §3.3; VC-DI-ECDSA 1.0 §3.3). Nothing is expanded, and a document without `@context` will do.
//!
//! A proof says in which contexts the document was when it was made. Contexts may have been appended since, by whoever
//! added another proof: the document is hashed without them. Refused: a proof whose contexts the document does not begin
//! with.

use jigap_keys::hash::HashAlgorithm;
use jigap_keys::json;
use serde_json::{Map, Value};

use crate::ProofError;

/// The digest of a document with the proofs it builds on, as it was when the proof with `configuration` was made (§3.3.2
/// step 4, §3.3.3).
pub(super) fn document(
    unsecured: &Map<String, Value>,
    previous: Option<&Value>,
    (configuration, hash): (&Map<String, Value>, HashAlgorithm),
) -> Result<Vec<u8>, ProofError> {
    let (in_document, in_proof) = (unsecured.get("@context"), configuration.get("@context"));
    if in_proof.is_some_and(|first| !begins_with(in_document, first)) {
        return Err(ProofError::Context);
    }
    let said = unsecured.iter().map(|(name, value)| match in_proof {
        Some(context) if name == "@context" => (name.as_str(), context),
        _ => (name.as_str(), value),
    });
    Ok(json::digest_object(said.chain(previous.map(|proofs| ("proof", proofs))), hash)?)
}

/// The digest of a proof configuration, its value left out (§3.3.5).
pub(super) fn configuration(
    configuration: &Map<String, Value>,
    hash: HashAlgorithm,
) -> Result<Vec<u8>, ProofError> {
    let members = configuration.iter().map(|(name, value)| (name.as_str(), value));
    Ok(json::digest_object(members.filter(|(name, _)| *name != "proofValue"), hash)?)
}

/// Whether the contexts `all` begin with the contexts `first`, in the same order.
fn begins_with(all: Option<&Value>, first: &Value) -> bool {
    all.is_some_and(|all| listed(all).starts_with(listed(first)))
}

/// One context alone counts as an array of one.
fn listed(contexts: &Value) -> &[Value] {
    match contexts {
        Value::Array(several) => several,
        one => std::slice::from_ref(one),
    }
}
