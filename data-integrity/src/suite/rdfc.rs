//! What suites over canonical statements hash: the document, and the proof configuration in the document's contexts
//! (VC-DI-EDDSA 1.0 §3.2.3 to §3.2.5; VC-DI-ECDSA 1.0 §3.2.3 to §3.2.5).

use std::sync::LazyLock;

use jigap_keys::hash::HashAlgorithm;
use serde_json::{Map, Value};

use crate::json_ld::Statements;
use crate::{Contexts, ProofError, canonical, json_ld};

/// The digest of canonical statements.
pub(crate) fn digest(statements: &Statements<'_>, hash: HashAlgorithm) -> Result<Vec<u8>, ProofError> {
    canonical::digest(&statements.quads, hash)
}

/// The digest of a proof configuration, its value left out, which speaks the contexts of the document and none of its own.
pub(super) fn configuration(
    configuration: &Map<String, Value>,
    context: Option<&Value>,
    (hash, contexts): (HashAlgorithm, &Contexts),
) -> Result<Vec<u8>, ProofError> {
    if configuration.contains_key("@context") || context.is_none() {
        return Err(ProofError::Context);
    }
    let said = json_ld::configuration_in(context, configuration, contexts)?;
    if !Contexts::known().contains_all(context) && !says_what_it_reads(&said, configuration) {
        return Err(ProofError::Uncovered);
    }
    digest(&said, hash)
}

/// Whether a configuration says in the vocabulary's own contexts what it says in the document's. A proof is judged by its
/// members' names, and not read back: whoever holds a document could bring a context along by which `ends` means what
/// `expires` means, and hide the end of a proof behind that name.
fn says_what_it_reads(said: &Statements<'_>, configuration: &Map<String, Value>) -> bool {
    let own = |context| {
        let said_there = json_ld::configuration_in(Some(context), configuration, Contexts::known());
        said_there.is_ok_and(|said_there| said_there == *said)
    };
    OWN.iter().any(own)
}

/// Where the members of proofs are defined, as credentials' own contexts define them too.
static OWN: LazyLock<[Value; 3]> = LazyLock::new(|| {
    [
        "https://w3id.org/security/data-integrity/v2".into(),
        "https://w3id.org/security/data-integrity/v1".into(),
        "https://w3id.org/security/suites/ed25519-2020/v1".into(),
    ]
});
