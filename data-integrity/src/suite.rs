//! The cryptosuite `eddsa-rdfc-2022` (VC-DI-EDDSA 1.0 §3.2): SHA-256 of the canonical proof configuration, followed by
//! SHA-256 of the canonical document, signed with Ed25519.

use jigap_keys::hash::sha256;
use jigap_keys::{KeyType, PrivateKey, PublicKey};
use serde_json::{Map, Value};

use crate::document::with_previous;
use crate::json_ld::Statements;
use crate::{Contexts, Proof, ProofError, ProofOptions, SecuredDocument, canonical, json_ld};

/// `type` of a proof of any cryptosuite.
pub(crate) const TYPE: &str = "DataIntegrityProof";
/// `cryptosuite` of this one.
pub(crate) const CRYPTOSUITE: &str = "eddsa-rdfc-2022";

/// Ed25519 signatures (RFC 8032 §5.1.6).
const SIGNATURE_BYTES: usize = 64;

/// §3.2.2, with `document` the digest of the document and of the proofs that this one builds on, and `context` the
/// document's.
pub(crate) fn verify(
    document: impl FnOnce() -> Result<[u8; 32], ProofError>,
    context: Option<&Value>,
    (proof, key): (&Proof, &PublicKey),
    contexts: &Contexts,
) -> Result<(), ProofError> {
    if proof.proof_type() != TYPE || proof.cryptosuite() != Some(CRYPTOSUITE) {
        return Err(ProofError::UnsupportedSuite);
    }
    if key.key_type() != KeyType::Ed25519 {
        return Err(ProofError::WrongKey);
    }
    let signature =
        proof.text("proofValue").and_then(decode).ok_or(ProofError::MalformedProof("proofValue"))?;
    let mut configuration = proof.members().clone();
    configuration.remove("proofValue");
    let signed = together(configuration_digest(configuration, context, contexts)?, document()?);
    key.verify(&signed, &signature).map_err(|_| ProofError::BadSignature)
}

/// A proof that lacks only its signature: for keys that another device keeps.
#[derive(Clone, PartialEq)]
pub struct Prepared {
    unsecured: Map<String, Value>,
    proofs: Vec<Value>,
    configuration: Map<String, Value>,
    signing_input: [u8; 64],
}

/// Without what the document says.
impl std::fmt::Debug for Prepared {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Prepared").field("earlier_proofs", &self.proofs.len()).finish_non_exhaustive()
    }
}

impl Prepared {
    /// The bytes to be signed with Ed25519.
    pub fn signing_input(&self) -> &[u8] {
        &self.signing_input
    }

    /// The document with its earlier proofs and this one.
    ///
    /// # Errors
    /// [`ProofError::MalformedProof`] for a signature that is not 64 bytes long.
    pub fn attach(self, signature: &[u8]) -> Result<Value, ProofError> {
        if signature.len() != SIGNATURE_BYTES {
            return Err(ProofError::MalformedProof("proofValue"));
        }
        let Self { mut unsecured, mut proofs, configuration: mut proof, .. } = self;
        proof.insert("proofValue".to_owned(), Value::from(encode(signature)));
        let proof = Value::Object(proof);
        let secured = if proofs.is_empty() {
            proof
        } else {
            proofs.push(proof);
            Value::Array(proofs)
        };
        unsecured.insert("proof".to_owned(), secured);
        Ok(Value::Object(unsecured))
    }
}

/// Prepares a proof of `document` (§3.2.1). Proofs that it has already stay, and this one joins them: a proof set, or a
/// chain if `options` names those it builds on.
///
/// # Errors
/// [`ProofError`], the caller's fault or that of who wrote the document.
pub fn prepare(document: Value, options: &ProofOptions, contexts: &Contexts) -> Result<Prepared, ProofError> {
    let (unsecured, proofs) = match document {
        Value::Object(members) if !members.contains_key("proof") => (members, Vec::new()),
        document => SecuredDocument::from_value(document)?.into_parts(),
    };
    let input = with_previous(&unsecured, &proofs, options.id.as_deref(), &options.previous_proof)?;
    let configuration = options.members();
    let context = input.get("@context");
    let configured = configuration_digest(configuration.clone(), context, contexts)?;
    let signing_input = together(configured, digest(&json_ld::statements(&input, contexts)?)?);
    Ok(Prepared { unsecured, proofs, configuration, signing_input })
}

/// Adds a proof by `key` to `document`. See [`prepare`].
///
/// # Errors
/// [`ProofError`].
pub fn sign(
    document: Value,
    options: &ProofOptions,
    key: &PrivateKey,
    contexts: &Contexts,
) -> Result<Value, ProofError> {
    if key.public().key_type() != KeyType::Ed25519 {
        return Err(ProofError::WrongKey);
    }
    let prepared = prepare(document, options, contexts)?;
    let signature = key.sign(prepared.signing_input())?;
    prepared.attach(&signature)
}

/// What is signed (§3.2.4).
fn together(configuration: [u8; 32], document: [u8; 32]) -> [u8; 64] {
    let mut signed = [0; 64];
    let (proof_part, document_part) = signed.split_at_mut(32);
    proof_part.copy_from_slice(&configuration);
    document_part.copy_from_slice(&document);
    signed
}

/// SHA-256 of canonical statements (§3.2.3).
pub(crate) fn digest(statements: &Statements) -> Result<[u8; 32], ProofError> {
    Ok(sha256(canonical::canonicalize(&statements.quads)?.as_bytes()))
}

/// The configuration speaks the document's contexts (§3.2.5).
fn configuration_digest(
    mut configuration: Map<String, Value>,
    context: Option<&Value>,
    contexts: &Contexts,
) -> Result<[u8; 32], ProofError> {
    if configuration.contains_key("@context") {
        return Err(ProofError::Context);
    }
    let context = context.cloned().ok_or(ProofError::Context)?;
    configuration.insert("@context".to_owned(), context);
    digest(&json_ld::statements(&Value::Object(configuration), contexts)?)
}

/// Multibase base58btc (Multibase §2).
fn encode(signature: &[u8]) -> String {
    format!("z{}", bs58::encode(signature).into_string())
}

/// At most twice what 64 bytes take: longer text costs the square of its length.
fn decode(text: &str) -> Option<Vec<u8>> {
    let text = text.strip_prefix('z').filter(|text| text.len() <= 2 * SIGNATURE_BYTES)?;
    bs58::decode(text).into_vec().ok().filter(|bytes| bytes.len() == SIGNATURE_BYTES)
}

#[cfg(test)]
mod tests;
