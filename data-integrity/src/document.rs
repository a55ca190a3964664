//! Secured documents: what is said, and the proofs of it; proof sets and proof chains (VC-DATA-INTEGRITY §2.1.1,
//! §2.1.2, §4.3).

use std::sync::{Arc, OnceLock};

use jigap_keys::PublicKey;
use jigap_keys::hash::HashAlgorithm;
use jigap_keys::json::{self, Limits};
use serde_json::{Map, Value};

use crate::json_ld::{RDF_TYPE, Statements};
use crate::rdf::Quad;
use crate::suite::{self, Draft, Signed, rdfc};
use crate::{Contexts, Cryptosuite, Proof, ProofError, json_ld, reading};

/// How many proofs of one document are looked at.
pub const MAX_PROOFS: usize = 16;

/// A document with at least one proof, none of them verified.
#[derive(Clone, PartialEq)]
pub struct SecuredDocument {
    unsecured: Map<String, Value>,
    proofs: Vec<Arc<Map<String, Value>>>,
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
    /// [`ProofError::Json`], [`ProofError::NotAnObject`], [`ProofError::NoProof`], [`ProofError::TooManyProofs`],
    /// [`ProofError::MalformedProof`] for a proof that is no object.
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
            0 => return Err(ProofError::NoProof),
            1..=MAX_PROOFS => {}
            _ => return Err(ProofError::TooManyProofs),
        }
        let object = |proof| match proof {
            Value::Object(members) => Ok(Arc::new(members)),
            _ => Err(ProofError::MalformedProof("proof")),
        };
        Ok(Self { unsecured, proofs: proofs.into_iter().map(object).collect::<Result<_, _>>()? })
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
        let mut proofs = Vec::with_capacity(self.proofs.len());
        for members in &self.proofs {
            proofs.push(Proof::read(members)?);
        }
        Ok(proofs)
    }

    /// Looks at what the document says, its proofs left out, by `contexts`. Nothing is verified, and what cannot be expanded
    /// is told when it is asked about.
    pub fn expand(self, contexts: &Contexts) -> Expanded {
        Expanded {
            document: self,
            contexts: contexts.clone(),
            read: OnceLock::new(),
            sha256: OnceLock::new(),
            sha384: OnceLock::new(),
        }
    }

    /// [`Expanded::verify`], for one proof.
    ///
    /// # Errors
    /// [`ProofError`].
    pub fn verify(&self, proof: &Proof, key: &PublicKey, contexts: &Contexts) -> Result<(), ProofError> {
        suite::verify(&self.draft(contexts), proof, key)
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

    pub(crate) fn draft<'a>(&'a self, contexts: &'a Contexts) -> Draft<'a> {
        Draft { unsecured: &self.unsecured, proofs: &self.proofs, contexts }
    }

    /// A document to which a proof will be added, and which may have none yet.
    pub(crate) fn unfinished(value: Value) -> Result<Self, ProofError> {
        match value {
            Value::Object(unsecured) if !unsecured.contains_key("proof") => {
                Ok(Self { unsecured, proofs: Vec::new() })
            }
            value => Self::from_value(value),
        }
    }

    /// The document with one more proof.
    pub(crate) fn with_proof(self, proof: Map<String, Value>) -> Value {
        let Self { mut unsecured, proofs } = self;
        let earlier = proofs.into_iter().map(|proof| Value::Object(Arc::unwrap_or_clone(proof)));
        let mut all: Vec<Value> = earlier.chain([Value::Object(proof)]).collect();
        let proof = if all.len() == 1 { all.swap_remove(0) } else { Value::Array(all) };
        unsecured.insert("proof".to_owned(), proof);
        Value::Object(unsecured)
    }
}

/// A proof over statements is no proof of JSON.
impl Signed for SecuredDocument {
    fn unsecured(&self) -> &Map<String, Value> {
        &self.unsecured
    }

    fn proofs(&self) -> &[Arc<Map<String, Value>>] {
        &self.proofs
    }

    fn digest(&self, _: HashAlgorithm) -> Result<Vec<u8>, ProofError> {
        Err(ProofError::UnsupportedSuite)
    }

    fn lines(&self, _: &[String]) -> Result<Vec<String>, ProofError> {
        Err(ProofError::UnsupportedSuite)
    }

    fn contexts(&self) -> Result<&Contexts, ProofError> {
        Err(ProofError::UnsupportedSuite)
    }
}

/// A secured document and the contexts to read it by. It is read once, and put into canonical form once, however many proofs
/// it has.
#[derive(Clone)]
pub struct Expanded {
    document: SecuredDocument,
    contexts: Contexts,
    read: OnceLock<Result<Read, ProofError>>,
    sha256: OnceLock<Result<Vec<u8>, ProofError>>,
    sha384: OnceLock<Result<Vec<u8>, ProofError>>,
}

/// What is kept of a document's statements.
#[derive(Clone)]
struct Read {
    types: Vec<String>,
    reading: Result<Value, ProofError>,
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
    fn draft(&self) -> Draft<'_> {
        self.document.draft(&self.contexts)
    }

    /// The statements, if every proof covers them: a proof over JSON may be made in fewer contexts than the document has now,
    /// and those appended to it must not change what it says.
    fn covered(&self) -> Result<Statements<'_>, ProofError> {
        let statements = json_ld::statements(&self.document.unsecured, &self.contexts)?;
        let SecuredDocument { unsecured, proofs } = &self.document;
        for proof in proofs {
            let Some(context) = proof.get("@context").filter(|own| Some(*own) != unsecured.get("@context"))
            else {
                continue;
            };
            if json_ld::statements_in(Some(context), unsecured, &self.contexts)? != statements {
                return Err(ProofError::Uncovered);
            }
        }
        Ok(statements)
    }

    fn read(&self) -> Result<&Read, ProofError> {
        let read = || {
            let statements = self.covered()?;
            if self.document.proofs.iter().any(|proof| is_of_whole_statements(proof)) {
                // While they are at hand: they are gone when a proof is verified.
                self.sha256.get_or_init(|| rdfc::digest(&statements, HashAlgorithm::Sha256));
            }
            let reading = reading::read(&statements, &self.contexts);
            Ok(Read { types: types(&statements), reading })
        };
        self.read.get_or_init(read).as_ref().map_err(|error| *error)
    }

    /// What the document calls itself: its types, as IRIs.
    ///
    /// # Errors
    /// [`ProofError`] for contexts that are not known, and for what no signature would cover.
    pub fn types(&self) -> Result<Vec<&str>, ProofError> {
        Ok(self.read()?.types.iter().map(String::as_str).collect())
    }

    /// What the document says, read back from the statements that its proofs are made over: the same for every document
    /// with these statements, however it was written. A property goes by the name that the registry has for it. Several
    /// values stand in an array whose order means nothing, one stands alone; `@context` and graphs of their own are left out.
    ///
    /// # Errors
    /// As [`types`](Self::types), and [`ProofError::Unreadable`], [`ProofError::TooComplex`].
    pub fn reading(&self) -> Result<Value, ProofError> {
        self.read()?.reading.clone()
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

    fn proofs(&self) -> &[Arc<Map<String, Value>>] {
        &self.document.proofs
    }

    fn digest(&self, hash: HashAlgorithm) -> Result<Vec<u8>, ProofError> {
        let find = || self.draft().digest(hash);
        match hash {
            HashAlgorithm::Sha256 => self.sha256.get_or_init(find).clone(),
            HashAlgorithm::Sha384 => self.sha384.get_or_init(find).clone(),
            HashAlgorithm::Sha512 => find(),
        }
    }

    fn lines(&self, labels: &[String]) -> Result<Vec<String>, ProofError> {
        self.draft().lines(labels)
    }

    fn contexts(&self) -> Result<&Contexts, ProofError> {
        Ok(&self.contexts)
    }
}

/// Whether a proof with these members is made over the digest of a document's statements.
fn is_of_whole_statements(proof: &Map<String, Value>) -> bool {
    let text = |name| proof.get(name).and_then(Value::as_str);
    let suite = Cryptosuite::of(text("type").unwrap_or_default(), text("cryptosuite"));
    suite.is_some_and(Cryptosuite::is_of_whole_statements)
}

/// The types of the document itself, in order.
fn types(Statements { quads, root }: &Statements<'_>) -> Vec<String> {
    let of_root =
        |quad: &&Quad<'_>| quad.graph.is_none() && quad.subject == *root && quad.predicate.bare() == RDF_TYPE;
    let types = quads.iter().filter(of_root).filter_map(|quad| quad.object.iri());
    let mut types: Vec<String> = types.map(str::to_owned).collect();
    types.sort_unstable();
    types.dedup();
    types
}

/// The proofs that one called `id` builds on, if it does: `previous`, by their ids.
pub(crate) fn previous_proofs(
    proofs: &[Arc<Map<String, Value>>],
    id: Option<&str>,
    previous: &[String],
) -> Result<Option<Value>, ProofError> {
    if previous.is_empty() {
        return Ok(None);
    }
    let mut matching = Vec::with_capacity(previous.len());
    for name in previous {
        let mut named = proofs.iter().filter(|proof| proof.get("id").and_then(Value::as_str) == Some(name));
        match (named.next(), named.next()) {
            (Some(proof), None) if id != Some(name) => matching.push(Value::Object((**proof).clone())),
            _ => return Err(ProofError::PreviousProof),
        }
    }
    Ok(Some(Value::Array(matching)))
}
