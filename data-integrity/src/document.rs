//! Secured documents: what is said, and the proofs of it; proof sets and proof chains (VC-DATA-INTEGRITY §2.1.1,
//! §2.1.2, §4.3).

use jigap_keys::PublicKey;
use jigap_keys::json::{self, Limits};
use serde_json::{Map, Value};

use crate::{Contexts, Proof, ProofError, json_ld, suite};

/// How many proofs of one document are looked at.
pub const MAX_PROOFS: usize = 16;

/// A document with at least one proof, none of them verified.
#[derive(Clone, PartialEq)]
pub struct SecuredDocument {
    unsecured: Map<String, Value>,
    proofs: Vec<Value>,
}

/// Without what it says.
impl std::fmt::Debug for SecuredDocument {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("SecuredDocument").field("proofs", &self.proofs.len()).finish_non_exhaustive()
    }
}

impl SecuredDocument {
    /// Reads a document: at most 1 MiB, 32 deep.
    ///
    /// # Errors
    /// [`ProofError::Json`], [`ProofError::NotAnObject`], [`ProofError::NoProof`], [`ProofError::TooManyProofs`].
    pub fn parse(bytes: &[u8]) -> Result<Self, ProofError> {
        Self::from_value(json::parse(bytes, Limits::MESSAGE)?)
    }

    /// The same of a value that was parsed within bounds: a credential within a presentation.
    ///
    /// # Errors
    /// As [`SecuredDocument::parse`], but for [`ProofError::Json`].
    pub fn from_value(value: Value) -> Result<Self, ProofError> {
        let Value::Object(mut unsecured) = value else { return Err(ProofError::NotAnObject) };
        let proofs = match unsecured.remove("proof") {
            None => return Err(ProofError::NoProof),
            Some(Value::Array(proofs)) => proofs,
            Some(proof) => vec![proof],
        };
        match proofs.len() {
            0 => Err(ProofError::NoProof),
            1..=MAX_PROOFS => Ok(Self { unsecured, proofs }),
            _ => Err(ProofError::TooManyProofs),
        }
    }

    /// What the document says, without its proofs.
    pub fn unsecured(&self) -> &Map<String, Value> {
        &self.unsecured
    }

    /// What the document calls itself: its types, as IRIs by its contexts. Nothing is verified.
    ///
    /// # Errors
    /// [`ProofError`] for contexts that are not known, and for types that none of them defines.
    pub fn types(&self, contexts: &Contexts) -> Result<Vec<String>, ProofError> {
        json_ld::types(&self.unsecured, contexts)
    }

    /// Its proofs, in their order.
    ///
    /// # Errors
    /// [`ProofError::MalformedProof`] if one is malformed.
    pub fn proofs(&self) -> Result<Vec<Proof>, ProofError> {
        self.proofs.iter().map(Proof::read).collect()
    }

    /// Verifies that `proof`, one of [`proofs`](Self::proofs), was made with `key` over this document, and over the
    /// proofs that it builds on (§4.3). Whether those verify too is a question of its own.
    ///
    /// # Errors
    /// [`ProofError`].
    pub fn verify(&self, proof: &Proof, key: &PublicKey, contexts: &Contexts) -> Result<(), ProofError> {
        let input = with_previous(&self.unsecured, &self.proofs, proof.id(), proof.previous_proof())?;
        suite::verify(input, proof, key, contexts)
    }

    pub(crate) fn into_parts(self) -> (Map<String, Value>, Vec<Value>) {
        (self.unsecured, self.proofs)
    }
}

/// What a proof that builds on `previous` is made over: the document with just those proofs.
pub(crate) fn with_previous(
    unsecured: &Map<String, Value>,
    proofs: &[Value],
    id: Option<&str>,
    previous: &[String],
) -> Result<Value, ProofError> {
    let mut input = unsecured.clone();
    if !previous.is_empty() {
        let mut matching = Vec::with_capacity(previous.len());
        for name in previous {
            let mut named =
                proofs.iter().filter(|proof| proof.get("id").and_then(Value::as_str) == Some(name));
            match (named.next(), named.next()) {
                (Some(proof), None) if id != Some(name) => matching.push(proof.clone()),
                _ => return Err(ProofError::PreviousProof),
            }
        }
        input.insert("proof".to_owned(), Value::Array(matching));
    }
    Ok(Value::Object(input))
}
