//! What suites over canonical statements hash: the document, and the proof configuration in the document's contexts
//! (VC-DI-EDDSA 1.0 §3.2.3 to §3.2.5; VC-DI-ECDSA 1.0 §3.2.3 to §3.2.5).

use jigap_keys::hash::HashAlgorithm;
use serde_json::{Map, Value};

use crate::json_ld::Statements;
use crate::{Contexts, ProofError, canonical, json_ld};

/// The digest of canonical statements.
pub(crate) fn digest(statements: &Statements, hash: HashAlgorithm) -> Result<Vec<u8>, ProofError> {
    Ok(hash.digest(canonical::canonicalize(&statements.quads, hash)?.as_bytes()))
}

/// The digest of a proof configuration, which speaks the contexts of the document and none of its own.
pub(super) fn configuration(
    mut configuration: Map<String, Value>,
    context: Option<&Value>,
    (hash, contexts): (HashAlgorithm, &Contexts),
) -> Result<Vec<u8>, ProofError> {
    if configuration.contains_key("@context") {
        return Err(ProofError::Context);
    }
    let context = context.cloned().ok_or(ProofError::Context)?;
    configuration.insert("@context".to_owned(), context);
    digest(&json_ld::statements(&configuration, contexts)?, hash)
}
