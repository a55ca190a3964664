//! The cryptosuites, side by side. A proof's `type` and `cryptosuite` choose one of them; what it is made of is data: a
//! transformation ([`rdfc`] or [`jcs`]), and the hash that goes with each type of key. All but [`ecdsa_sd_2023`] sign the digest of the
//! proof configuration followed by the digest of the document (VC-DI-EDDSA 1.0 §3.2.4, §3.3.4; VC-DI-ECDSA 1.0 §3.2.4,
//! §3.3.4), and write the signature in base58btc (Controlled Identifiers 1.0 §2.4).

#[cfg(feature = "bbs")]
pub(crate) mod bbs_2023;
mod ecdsa_jcs_2019;
mod ecdsa_rdfc_2019;
pub(crate) mod ecdsa_sd_2023;
mod ed25519_signature_2020;
mod eddsa_jcs_2022;
mod eddsa_rdfc_2022;
mod jcs;
pub(crate) mod rdfc;

use std::sync::Arc;

use jigap_keys::hash::HashAlgorithm;
use jigap_keys::{KeyType, PrivateKey, PublicKey};
use serde_json::{Map, Value};

use crate::document::previous_proofs;
use crate::selective::label_revealed;
use crate::{Contexts, Proof, ProofError, ProofOptions, SecuredDocument, json_ld};

/// `type` of most proofs.
const DATA_INTEGRITY_PROOF: &str = "DataIntegrityProof";

/// A cryptosuite by name.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Cryptosuite {
    /// `eddsa-rdfc-2022`: Ed25519 over canonical statements (VC-DI-EDDSA 1.0 §3.2).
    EddsaRdfc2022,
    /// `eddsa-jcs-2022`: Ed25519 over canonical JSON (VC-DI-EDDSA 1.0 §3.3).
    EddsaJcs2022,
    /// `ecdsa-rdfc-2019`: P-256 or P-384 over canonical statements (VC-DI-ECDSA 1.0 §3.2).
    EcdsaRdfc2019,
    /// `ecdsa-jcs-2019`: P-256 or P-384 over canonical JSON (VC-DI-ECDSA 1.0 §3.3).
    EcdsaJcs2019,
    /// `ecdsa-sd-2023`: P-256 over statements one by one, shown by choice (VC-DI-ECDSA 1.0 §3.6).
    EcdsaSd2023,
    /// `Ed25519Signature2020`, for documents of VCDM 1.1: Ed25519 over canonical statements.
    Ed25519Signature2020,
}

impl Cryptosuite {
    /// All of them.
    pub const ALL: [Self; 6] = [
        Self::EddsaRdfc2022,
        Self::EddsaJcs2022,
        Self::EcdsaRdfc2019,
        Self::EcdsaJcs2019,
        Self::EcdsaSd2023,
        Self::Ed25519Signature2020,
    ];

    const fn suite(self) -> &'static Suite {
        match self {
            Self::EddsaRdfc2022 => &eddsa_rdfc_2022::SUITE,
            Self::EddsaJcs2022 => &eddsa_jcs_2022::SUITE,
            Self::EcdsaRdfc2019 => &ecdsa_rdfc_2019::SUITE,
            Self::EcdsaJcs2019 => &ecdsa_jcs_2019::SUITE,
            Self::EcdsaSd2023 => &ecdsa_sd_2023::SUITE,
            Self::Ed25519Signature2020 => &ed25519_signature_2020::SUITE,
        }
    }

    /// The suite of a proof with this `type` and `cryptosuite`.
    pub fn of(proof_type: &str, cryptosuite: Option<&str>) -> Option<Self> {
        let named = |it: &Self| it.proof_type() == proof_type && it.name() == cryptosuite;
        Self::ALL.into_iter().find(named)
    }

    /// `type` of its proofs.
    pub const fn proof_type(self) -> &'static str {
        self.suite().proof_type
    }

    /// `cryptosuite` of its proofs; none where `type` says it all.
    pub const fn name(self) -> Option<&'static str> {
        self.suite().cryptosuite
    }

    /// Whether keys of this type sign in it.
    pub fn takes(self, key_type: KeyType) -> bool {
        self.hash(key_type).is_ok()
    }

    /// Whether it signs what a document says as JSON-LD. The others sign the JSON as it stands, and need no contexts.
    pub fn is_of_statements(self) -> bool {
        self.suite().transformation != Transformation::Jcs
    }

    /// Whether it signs the digest of all statements.
    pub(crate) fn is_of_whole_statements(self) -> bool {
        self.suite().transformation == Transformation::Rdfc
    }

    fn hash(self, key_type: KeyType) -> Result<HashAlgorithm, ProofError> {
        let fitting = self.suite().keys.iter().find(|(fitting, _)| *fitting == key_type);
        fitting.map(|(_, hash)| *hash).ok_or(ProofError::WrongKey)
    }
}

/// What a cryptosuite is made of.
struct Suite {
    proof_type: &'static str,
    cryptosuite: Option<&'static str>,
    transformation: Transformation,
    /// The types of keys, each with its hash.
    keys: &'static [(KeyType, HashAlgorithm)],
}

/// What of a document is hashed.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Transformation {
    /// Its statements in the canonical form RDFC-1.0.
    Rdfc,
    /// Its JSON in the canonical form of RFC 8785.
    Jcs,
    /// Its statements one by one.
    Selective,
}

/// A document as its proofs see it.
pub(crate) trait Signed {
    /// The document without proofs.
    fn unsecured(&self) -> &Map<String, Value>;

    /// The proofs.
    fn proofs(&self) -> &[Arc<Map<String, Value>>];

    /// The digest of the statements of the document without proofs.
    fn digest(&self, hash: HashAlgorithm) -> Result<Vec<u8>, ProofError>;

    /// The canonical lines of those statements, their blank nodes under `labels`.
    fn lines(&self, labels: &[String]) -> Result<Vec<String>, ProofError>;

    /// The contexts it is read by.
    fn contexts(&self) -> Result<&Contexts, ProofError>;
}

/// Verifies that `proof` was made with `key` over `document`.
pub(crate) fn verify(document: &impl Signed, proof: &Proof, key: &PublicKey) -> Result<(), ProofError> {
    let suite = proof.suite().ok_or(ProofError::UnsupportedSuite)?;
    let hash = suite.hash(key.key_type())?;
    if suite.suite().transformation == Transformation::Selective {
        return ecdsa_sd_2023::verify(document, proof, key);
    }
    let signature = decode(proof.value(), key.key_type()).ok_or(ProofError::MalformedProof("proofValue"))?;
    let building_on = (proof.id(), proof.previous_proof());
    let signed = signing_input(document, proof.members(), building_on, (suite, hash))?;
    key.verify(&signed, &signature).map_err(|_| ProofError::BadSignature)
}

/// What is signed, for a proof with the members `configuration` called `id` that builds on `previous` ones.
fn signing_input(
    document: &impl Signed,
    configuration: &Map<String, Value>,
    (id, previous): (Option<&str>, &[String]),
    (suite, hash): (Cryptosuite, HashAlgorithm),
) -> Result<Vec<u8>, ProofError> {
    let unsecured = document.unsecured();
    let previous = || previous_proofs(document.proofs(), id, previous);
    let (mut configured, said) = match suite.suite().transformation {
        Transformation::Rdfc => {
            let contexts = document.contexts()?;
            let context = unsecured.get("@context");
            let configured = rdfc::configuration(configuration, context, (hash, contexts))?;
            let said = match previous()? {
                None => document.digest(hash)?,
                Some(proofs) => {
                    let mut with_proofs = unsecured.clone();
                    with_proofs.insert("proof".to_owned(), proofs);
                    rdfc::digest(&json_ld::statements(&with_proofs, contexts)?, hash)?
                }
            };
            (configured, said)
        }
        Transformation::Jcs => {
            let said = jcs::document(unsecured, previous()?.as_ref(), (configuration, hash))?;
            (jcs::configuration(configuration, hash)?, said)
        }
        Transformation::Selective => return Err(ProofError::UnsupportedSuite),
    };
    configured.extend(said);
    Ok(configured)
}

/// A proof that lacks only its signature: for keys that another device keeps.
#[derive(Clone, PartialEq)]
pub struct Prepared {
    document: SecuredDocument,
    configuration: Map<String, Value>,
    key_type: KeyType,
    signing_input: Vec<u8>,
    /// What the signature is wrapped in, where statements are signed one by one.
    base: Option<ecdsa_sd_2023::Base>,
}

/// Without what the document says.
impl std::fmt::Debug for Prepared {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Prepared").field("document", &self.document).finish_non_exhaustive()
    }
}

impl Prepared {
    /// The type of the key that is to sign.
    pub const fn key_type(&self) -> KeyType {
        self.key_type
    }

    /// The bytes to be signed.
    pub fn signing_input(&self) -> &[u8] {
        &self.signing_input
    }

    /// The document with its earlier proofs and this one.
    ///
    /// # Errors
    /// [`ProofError::MalformedProof`] for a signature of another length than the key's.
    pub fn attach(self, signature: &[u8]) -> Result<Value, ProofError> {
        if signature.len() != signature_bytes(self.key_type) {
            return Err(ProofError::MalformedProof("proofValue"));
        }
        let Self { document, configuration: mut proof, base, .. } = self;
        let value = match base {
            None => encode(signature),
            Some(base) => base.signed(signature)?,
        };
        proof.insert("proofValue".to_owned(), Value::from(value));
        Ok(document.with_proof(proof))
    }
}

/// Prepares a proof of `document` by the cryptosuite and the type of key that `options` name. Proofs that it has already
/// stay, and this one joins them: a proof set, or a chain if `options` names those it builds on.
///
/// # Errors
/// [`ProofError`], the caller's fault or that of who wrote the document; [`ProofError::UnsupportedSuite`] for
/// `ecdsa-sd-2023`, which [`prepare_ecdsa_sd`](crate::prepare_ecdsa_sd) prepares.
pub fn prepare(document: Value, options: &ProofOptions, contexts: &Contexts) -> Result<Prepared, ProofError> {
    let document = SecuredDocument::unfinished(document)?;
    let (suite, key_type) = (options.cryptosuite, options.key_type);
    let hash = suite.hash(key_type)?;
    let mut configuration = options.members();
    if suite.suite().transformation == Transformation::Jcs
        && let Some(context) = document.unsecured().get("@context")
    {
        configuration.insert("@context".to_owned(), context.clone());
    }
    let building_on = (options.id.as_deref(), options.previous_proof.as_slice());
    let draft = document.draft(contexts);
    let signing_input = signing_input(&draft, &configuration, building_on, (suite, hash))?;
    Ok(Prepared { document, configuration, key_type, signing_input, base: None })
}

/// Adds a proof by `key` to `document`, whatever type of key `options` names. See [`prepare`].
///
/// # Errors
/// [`ProofError`].
pub fn sign(
    document: Value,
    options: &ProofOptions,
    key: &PrivateKey,
    contexts: &Contexts,
) -> Result<Value, ProofError> {
    let options = ProofOptions { key_type: key.public().key_type(), ..options.clone() };
    let prepared = prepare(document, &options, contexts)?;
    let signature = key.sign(prepared.signing_input())?;
    prepared.attach(&signature)
}

/// A document that is looked at once: to add a proof, or to verify one.
pub(crate) struct Draft<'a> {
    pub(crate) unsecured: &'a Map<String, Value>,
    pub(crate) proofs: &'a [Arc<Map<String, Value>>],
    pub(crate) contexts: &'a Contexts,
}

impl Signed for Draft<'_> {
    fn unsecured(&self) -> &Map<String, Value> {
        self.unsecured
    }

    fn proofs(&self) -> &[Arc<Map<String, Value>>] {
        self.proofs
    }

    fn digest(&self, hash: HashAlgorithm) -> Result<Vec<u8>, ProofError> {
        rdfc::digest(&json_ld::statements(self.unsecured, self.contexts)?, hash)
    }

    fn lines(&self, labels: &[String]) -> Result<Vec<String>, ProofError> {
        label_revealed(&json_ld::statements(self.unsecured, self.contexts)?, labels)
    }

    fn contexts(&self) -> Result<&Contexts, ProofError> {
        Ok(self.contexts)
    }
}

/// A signature as `keys` writes it: RFC 8032 §5.1.6, or `r || s` of FIPS 186-5.
const fn signature_bytes(key_type: KeyType) -> usize {
    match key_type {
        KeyType::P384 => 96,
        KeyType::P521 => 132,
        KeyType::Ed25519 | KeyType::P256 | KeyType::X25519 => 64,
    }
}

fn encode(signature: &[u8]) -> String {
    format!("z{}", bs58::encode(signature).into_string())
}

/// At most twice what the signature takes: longer text costs the square of its length.
fn decode(text: &str, key_type: KeyType) -> Option<Vec<u8>> {
    let bytes = signature_bytes(key_type);
    let text = text.strip_prefix('z').filter(|text| text.len() <= 2 * bytes)?;
    bs58::decode(text).into_vec().ok().filter(|decoded| decoded.len() == bytes)
}

#[cfg(test)]
mod by_value;
#[cfg(test)]
mod inputs;
#[cfg(test)]
mod tests;
#[cfg(test)]
mod vectors;
