//! Secured documents: what is said, and the proofs of it; proof sets and proof chains (VC-DATA-INTEGRITY §2.1.1,
//! §2.1.2, §4.3).

use std::sync::OnceLock;

use jigap_keys::PublicKey;
use jigap_keys::hash::HashAlgorithm;
use jigap_keys::json::{self, Limits};
use serde_json::{Map, Value};

use crate::json_ld::{RDF_TYPE, Statements};
use crate::rdf::Quad;
use crate::suite::{self, Signed, rdfc};
use crate::{Contexts, Proof, ProofError, json_ld, reading};

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

    /// Its proofs, in their order.
    ///
    /// # Errors
    /// [`ProofError::MalformedProof`] if one is malformed.
    pub fn proofs(&self) -> Result<Vec<Proof>, ProofError> {
        self.proofs.iter().map(Proof::read).collect()
    }

    /// Looks at what the document says, its proofs left out, by `contexts`. Nothing is verified, and what cannot be expanded
    /// is told when it is asked about.
    pub fn expand(self, contexts: &Contexts) -> Expanded {
        Expanded {
            document: self,
            contexts: contexts.clone(),
            statements: OnceLock::new(),
            sha256: OnceLock::new(),
            sha384: OnceLock::new(),
        }
    }

    /// [`Expanded::verify`], for one proof.
    ///
    /// # Errors
    /// [`ProofError`].
    pub fn verify(&self, proof: &Proof, key: &PublicKey, contexts: &Contexts) -> Result<(), ProofError> {
        self.clone().expand(contexts).verify(proof, key)
    }

    /// Verifies that `proof`, one of the document's, was made with `key` over the document's JSON as it stands. Nothing is
    /// expanded, so that any JSON object will do, with `@context` or without. What the proof covers is `@context` as the
    /// proof has it, where it has one, and everything else in [`unsecured`](Self::unsecured).
    ///
    /// # Errors
    /// [`ProofError`]; [`ProofError::UnsupportedSuite`] for proofs over statements.
    pub fn verify_json(&self, proof: &Proof, key: &PublicKey) -> Result<(), ProofError> {
        suite::verify(self, proof, key)
    }

    pub(crate) fn into_parts(self) -> (Map<String, Value>, Vec<Value>) {
        (self.unsecured, self.proofs)
    }
}

/// A proof over statements is no proof of JSON.
impl Signed for SecuredDocument {
    fn unsecured(&self) -> &Map<String, Value> {
        &self.unsecured
    }

    fn proofs(&self) -> &[Value] {
        &self.proofs
    }

    fn digest(&self, _: HashAlgorithm) -> Result<Vec<u8>, ProofError> {
        Err(ProofError::UnsupportedSuite)
    }

    fn contexts(&self) -> Result<&Contexts, ProofError> {
        Err(ProofError::UnsupportedSuite)
    }
}

/// A secured document and the contexts to read it by. Its statements are looked for once, and put into canonical form once,
/// however many proofs it has.
#[derive(Clone)]
pub struct Expanded {
    document: SecuredDocument,
    contexts: Contexts,
    statements: OnceLock<Result<Statements, ProofError>>,
    sha256: OnceLock<Result<Vec<u8>, ProofError>>,
    sha384: OnceLock<Result<Vec<u8>, ProofError>>,
}

/// Without what it says.
impl std::fmt::Debug for Expanded {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Expanded").field("proofs", &self.document.proofs.len()).finish_non_exhaustive()
    }
}

impl Expanded {
    /// The document as it was written.
    pub const fn document(&self) -> &SecuredDocument {
        &self.document
    }

    /// What proofs over statements cover.
    fn statements(&self) -> Result<&Statements, ProofError> {
        let find = || json_ld::statements(&self.document.unsecured, &self.contexts);
        self.statements.get_or_init(find).as_ref().map_err(|error| *error)
    }

    /// The statements, if every proof covers them: a proof over JSON may be made in fewer contexts than the document has now,
    /// and those appended to it must not change what it says.
    fn covered(&self) -> Result<&Statements, ProofError> {
        let statements = self.statements()?;
        let SecuredDocument { unsecured, proofs } = &self.document;
        for proof in proofs {
            let Some(context) = proof.get("@context").filter(|own| Some(*own) != unsecured.get("@context"))
            else {
                continue;
            };
            let mut signed = unsecured.clone();
            signed.insert("@context".to_owned(), context.clone());
            if json_ld::statements(&signed, &self.contexts)? != *statements {
                return Err(ProofError::Uncovered);
            }
        }
        Ok(statements)
    }

    /// What the document calls itself: its types, as IRIs.
    ///
    /// # Errors
    /// [`ProofError`] for contexts that are not known, and for what no signature would cover.
    pub fn types(&self) -> Result<Vec<&str>, ProofError> {
        let Statements { quads, root } = self.covered()?;
        let of_root =
            |quad: &&Quad| quad.graph.is_none() && quad.subject == *root && quad.predicate == RDF_TYPE;
        let mut types: Vec<&str> =
            quads.iter().filter(of_root).filter_map(|quad| quad.object.iri()).collect();
        types.sort_unstable();
        types.dedup();
        Ok(types)
    }

    /// What the document says, read back from the statements that its proofs are made over: the same for every document
    /// with these statements, however it was written. A property goes by the name that the registry has for it. Several
    /// values stand in an array whose order means nothing, one stands alone; `@context` and graphs of their own are left out.
    ///
    /// # Errors
    /// As [`types`](Self::types), and [`ProofError::Unreadable`], [`ProofError::TooComplex`].
    pub fn reading(&self) -> Result<Value, ProofError> {
        reading::read(self.covered()?, &self.contexts)
    }

    /// Verifies that `proof`, one of the document's, was made with `key` over the document, and over the proofs that it
    /// builds on (§4.3). Whether those verify too is a question of its own.
    ///
    /// # Errors
    /// [`ProofError`].
    pub fn verify(&self, proof: &Proof, key: &PublicKey) -> Result<(), ProofError> {
        suite::verify(self, proof, key)
    }
}

impl Signed for Expanded {
    fn unsecured(&self) -> &Map<String, Value> {
        &self.document.unsecured
    }

    fn proofs(&self) -> &[Value] {
        &self.document.proofs
    }

    fn digest(&self, hash: HashAlgorithm) -> Result<Vec<u8>, ProofError> {
        let find = || rdfc::digest(self.statements()?, hash);
        match hash {
            HashAlgorithm::Sha256 => self.sha256.get_or_init(find).clone(),
            HashAlgorithm::Sha384 => self.sha384.get_or_init(find).clone(),
            HashAlgorithm::Sha512 => find(),
        }
    }

    fn contexts(&self) -> Result<&Contexts, ProofError> {
        Ok(&self.contexts)
    }
}

/// What a proof that builds on `previous` is made over: the document with just those proofs.
pub(crate) fn with_previous(
    unsecured: &Map<String, Value>,
    proofs: &[Value],
    id: Option<&str>,
    previous: &[String],
) -> Result<Map<String, Value>, ProofError> {
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
    Ok(input)
}
