//! `ecdsa-sd-2023` (VC-DI-ECDSA 1.0 §3.5, §3.6): P-256 over statements one by one, so that a holder shows some of them.
//!
//! The issuer signs what is mandatory with its key, together with an ephemeral key that has signed each other statement
//! (the base proof); the holder chooses statements and makes a derived proof of it; a verifier takes derived proofs and
//! nothing else. Refused: a base proof where a derived one belongs; a proof that builds on another (`previousProof`),
//! since a derived document shows one proof alone; statements and signatures that are not as many.

mod value;

use jigap_keys::hash::{HashAlgorithm, sha256};
use jigap_keys::{Entropy, KeyType, PrivateKey, PublicKey};
use serde_json::Value;

use self::value::{Derived, KEY, LABEL, MOST_SIGNATURES, SIGNATURE};
use super::{Cryptosuite, DATA_INTEGRITY_PROOF, Prepared, Signed, Suite, Transformation, rdfc};
use crate::selective::{Group, Labelled, Selectable, hmac_label, hmac_labels, label_revealed, select_json};
use crate::{Contexts, Pointer, Proof, ProofError, ProofOptions, SecuredDocument, json_ld};

pub(super) use self::value::Base;

pub(super) const SUITE: Suite = Suite {
    proof_type: DATA_INTEGRITY_PROOF,
    cryptosuite: Some("ecdsa-sd-2023"),
    transformation: Transformation::Selective,
    keys: &[(KeyType::P256, HashAlgorithm::Sha256)],
};

/// The prefix of a P-256 key in Multikey.
const P256: [u8; 2] = [0x80, 0x24];

const MALFORMED: ProofError = ProofError::MalformedProof("proofValue");

/// Verifies a derived proof (§3.6.7).
pub(super) fn verify(document: &impl Signed, proof: &Proof, key: &PublicKey) -> Result<(), ProofError> {
    let derived = Derived::read(proof.value())?;
    let labels: Vec<String> = derived.labels.iter().map(hmac_label).collect();
    let lines = document.lines(&labels)?;
    if derived.mandatory.last().is_some_and(|last| *last >= lines.len()) {
        return Err(MALFORMED);
    }
    let mut indexes = derived.mandatory.iter().peekable();
    let (mandatory, disclosed): (Vec<_>, Vec<_>) =
        lines.iter().enumerate().partition(|(index, _)| indexes.next_if_eq(&index).is_some());
    let mandatory = mandatory.into_iter().map(|(_, line)| line.as_str());
    let disclosed: Vec<&str> = disclosed.into_iter().map(|(_, line)| line.as_str()).collect();
    if disclosed.len() != derived.signatures.len() {
        return Err(MALFORMED);
    }
    let context = document.unsecured().get("@context");
    let configured = configuration(proof, context, document.contexts()?)?;
    let signed = sign_data(&configured, &derived.public_key, mandatory);
    require_signatures(
        (&signed, &derived.signature, key),
        &derived.public_key,
        (&disclosed, &derived.signatures),
    )
}

/// Verifies a base proof of `document`, for the holder who receives it. To a verifier it proves nothing: who shows it did not
/// choose what to show.
///
/// # Errors
/// [`ProofError`].
pub fn verify_ecdsa_sd_base(
    document: &SecuredDocument,
    proof: &Proof,
    key: &PublicKey,
    contexts: &Contexts,
) -> Result<(), ProofError> {
    require_suite(proof.suite(), key.key_type())?;
    let base = Base::read(proof.value())?;
    let unsecured = Value::Object(document.unsecured().clone());
    let selectable = Selectable::new(&unsecured, contexts)?;
    let labels = hmac_labels(selectable.blanks(), &base.hmac_key);
    let labelled = selectable.label(&labels);
    let mandatory = labelled.group(&base.mandatory)?;
    let others: Vec<&str> = outside(&labelled, &mandatory).collect();
    if others.len() != base.signatures.len() {
        return Err(MALFORMED);
    }
    let configured = configuration(proof, unsecured.get("@context"), contexts)?;
    let signed = sign_data(&configured, &base.public_key, inside(&labelled, &mandatory));
    require_signatures((&signed, &base.signature, key), &base.public_key, (&others, &base.signatures))
}

/// Prepares a base proof of `document` (§3.6.1), with which its holder can show what `mandatory` points at and any of the
/// rest. Proofs that it has already stay. The ephemeral key is made of `entropy` and gone when this returns; so is the
/// key of the labels, which goes to the holder in the proof.
///
/// # Errors
/// [`ProofError::UnsupportedSuite`], [`ProofError::WrongKey`], [`ProofError::PreviousProof`] for options of another kind;
/// [`ProofError::Pointer`]; [`ProofError::TooComplex`] for more than 4,096 statements beyond the mandatory ones; and what else
/// may be wrong with a document.
pub fn prepare_ecdsa_sd(
    document: Value,
    options: &ProofOptions,
    mandatory: &[Pointer],
    (contexts, entropy): (&Contexts, &dyn Entropy),
) -> Result<Prepared, ProofError> {
    require_suite(Some(options.cryptosuite), options.key_type)?;
    if !options.previous_proof.is_empty() {
        return Err(ProofError::PreviousProof);
    }
    let document = SecuredDocument::unfinished(document)?;
    let unsecured = Value::Object(document.unsecured().clone());
    let selectable = Selectable::new(&unsecured, contexts)?;
    let mut hmac_key = [0; 32];
    entropy.fill(&mut hmac_key);
    let labels = hmac_labels(selectable.blanks(), &hmac_key);
    let labelled = selectable.label(&labels);
    let group = labelled.group(mandatory)?;
    let others: Vec<&str> = outside(&labelled, &group).collect();
    if others.len() > MOST_SIGNATURES {
        return Err(ProofError::TooComplex);
    }
    let ephemeral = PrivateKey::generate(KeyType::P256, entropy);
    let sign = |line: &&str| {
        let signature = ephemeral.sign(line.as_bytes())?;
        <[u8; SIGNATURE]>::try_from(signature).map_err(|_| ProofError::WrongKey)
    };
    let signatures = others.iter().map(sign).collect::<Result<Vec<_>, _>>()?;
    let public_key = multikey(ephemeral.public())?;
    let configuration = options.members();
    let hash = HashAlgorithm::Sha256;
    let configured = rdfc::configuration(&configuration, unsecured.get("@context"), (hash, contexts))?;
    let signing_input = sign_data(&configured, &public_key, inside(&labelled, &group));
    let base =
        Base { signature: [0; SIGNATURE], public_key, hmac_key, signatures, mandatory: mandatory.to_vec() };
    let (key_type, base) = (KeyType::P256, Some(base));
    Ok(Prepared { document, configuration, key_type, signing_input, base })
}

/// Adds a base proof by `key` to `document`, whatever suite and type of key `options` name. See [`prepare_ecdsa_sd`].
///
/// # Errors
/// [`ProofError`].
pub fn sign_ecdsa_sd(
    document: Value,
    options: &ProofOptions,
    mandatory: &[Pointer],
    key: &PrivateKey,
    surroundings: (&Contexts, &dyn Entropy),
) -> Result<Value, ProofError> {
    let (cryptosuite, key_type) = (Cryptosuite::EcdsaSd2023, key.public().key_type());
    let options = ProofOptions { cryptosuite, key_type, ..options.clone() };
    let prepared = prepare_ecdsa_sd(document, &options, mandatory, surroundings)?;
    let signature = key.sign(prepared.signing_input())?;
    prepared.attach(&signature)
}

/// Shows of `document`, which has a base proof, what is mandatory and what `selective` points at (§3.6.6). Other proofs, which
/// are of the whole, are left out. What comes out is what a verifier will find, or it does not come out.
///
/// # Errors
/// [`ProofError::NoProof`] if none is a base proof; [`ProofError::Pointer`] for a pointer at nothing, or for none at all where
/// nothing is mandatory; [`ProofError::MalformedProof`] for a base proof that is not of this document.
pub fn derive_ecdsa_sd(
    document: Value,
    selective: &[Pointer],
    contexts: &Contexts,
) -> Result<Value, ProofError> {
    let document = SecuredDocument::from_value(document)?;
    let (proof, base) = base_of(&document)?;
    let unsecured = Value::Object(document.unsecured().clone());
    let selectable = Selectable::new(&unsecured, contexts)?;
    let labels = hmac_labels(selectable.blanks(), &base.hmac_key);
    let labelled = selectable.label(&labels);
    let mandatory = labelled.group(&base.mandatory)?;
    let combined = mandatory.or(&labelled.group(selective)?);
    if outside(&labelled, &mandatory).count() != base.signatures.len() {
        return Err(MALFORMED);
    }
    let of_line = (0..labelled.lines().len()).filter(|line| !mandatory.has(*line)).zip(&base.signatures);
    let signatures =
        of_line.filter(|(line, _)| combined.has(*line)).map(|(_, signature)| *signature).collect();
    let among = combined.indexes().enumerate().filter(|(_, line)| mandatory.has(*line));
    let indexes = among.map(|(index, _)| index).collect();

    let pointers = [&base.mandatory[..], selective].concat();
    let Some(Value::Object(mut shown)) = select_json(&unsecured, &pointers)? else {
        return Err(ProofError::Pointer);
    };
    let verifier_labels = labelled.verifier_labels(&combined)?;
    let lines = label_revealed(&json_ld::statements(&shown, contexts)?, &verifier_labels)?;
    if !lines.iter().eq(inside(&labelled, &combined)) {
        return Err(ProofError::Uncovered);
    }
    let Base { signature, public_key, .. } = base;
    let label = |label: &String| {
        let bytes = label.strip_prefix('u').and_then(|text| jigap_keys::base64url::decode(text).ok());
        bytes.and_then(|bytes| <[u8; LABEL]>::try_from(bytes).ok()).ok_or(MALFORMED)
    };
    let labels = verifier_labels.iter().map(label).collect::<Result<_, _>>()?;
    let derived = Derived { signature, public_key, signatures, labels, mandatory: indexes };
    let mut members = proof.members().clone();
    members.insert("proofValue".to_owned(), Value::from(derived.write()));
    shown.insert("proof".to_owned(), Value::Object(members));
    Ok(Value::Object(shown))
}

/// What every show of `document`, which has a base proof, tells.
///
/// # Errors
/// [`ProofError::NoProof`] if none is a base proof, and what else may be wrong with its proofs.
pub fn ecdsa_sd_mandatory(document: &Value) -> Result<Vec<Pointer>, ProofError> {
    let (_, base) = base_of(&SecuredDocument::from_value(document.clone())?)?;
    Ok(base.mandatory)
}

fn base_of(document: &SecuredDocument) -> Result<(Proof, Base), ProofError> {
    let of_suite = |proof: &Proof| proof.suite() == Some(Cryptosuite::EcdsaSd2023);
    let proof = document.proofs()?.into_iter().find(of_suite).ok_or(ProofError::NoProof)?;
    let base = Base::read(proof.value())?;
    Ok((proof, base))
}

fn require_suite(suite: Option<Cryptosuite>, key_type: KeyType) -> Result<(), ProofError> {
    if suite != Some(Cryptosuite::EcdsaSd2023) {
        return Err(ProofError::UnsupportedSuite);
    }
    if key_type == KeyType::P256 { Ok(()) } else { Err(ProofError::WrongKey) }
}

/// The lines of a group.
fn inside<'l>(labelled: &'l Labelled<'_>, group: &Group) -> impl Iterator<Item = &'l str> {
    group.indexes().filter_map(move |index| labelled.lines().get(index)).map(String::as_str)
}

/// The lines that are not in a group.
fn outside<'l>(labelled: &'l Labelled<'_>, group: &Group) -> impl Iterator<Item = &'l str> {
    let lines = labelled.lines().iter().enumerate();
    lines.filter(move |(index, _)| !group.has(*index)).map(|(_, line)| line.as_str())
}

fn configuration(proof: &Proof, context: Option<&Value>, contexts: &Contexts) -> Result<Vec<u8>, ProofError> {
    if !proof.previous_proof().is_empty() {
        return Err(ProofError::PreviousProof);
    }
    rdfc::configuration(proof.members(), context, (HashAlgorithm::Sha256, contexts))
}

/// What the issuer's key signs (§3.5.1): the digests of the configuration and of the mandatory lines around the ephemeral key.
fn sign_data<'l>(
    configured: &[u8],
    public_key: &[u8; KEY],
    mandatory: impl Iterator<Item = &'l str>,
) -> Vec<u8> {
    let mandatory = sha256(mandatory.collect::<String>().as_bytes());
    [configured, public_key, &mandatory].concat()
}

/// The issuer's signature first: a stranger's proof costs one verification.
fn require_signatures(
    (signed, signature, key): (&[u8], &[u8; SIGNATURE], &PublicKey),
    ephemeral: &[u8; KEY],
    (lines, signatures): (&[&str], &[[u8; SIGNATURE]]),
) -> Result<(), ProofError> {
    let point = ephemeral.strip_prefix(&P256).ok_or(MALFORMED)?;
    let ephemeral = PublicKey::from_bytes(KeyType::P256, point).map_err(|_| MALFORMED)?;
    key.verify(signed, signature).map_err(|_| ProofError::BadSignature)?;
    let mut pairs = lines.iter().zip(signatures);
    let all = pairs.all(|(line, signature)| ephemeral.verify(line.as_bytes(), signature).is_ok());
    if all { Ok(()) } else { Err(ProofError::BadSignature) }
}

/// Prefix and compressed point (SEC 1 §2.3.3).
fn multikey(key: &PublicKey) -> Result<[u8; KEY], ProofError> {
    let point = key.to_bytes();
    let x = point.get(1..33).ok_or(ProofError::WrongKey)?;
    let odd = point.last().copied().unwrap_or_default() & 1;
    [&P256[..], &[2 + odd], x].concat().try_into().map_err(|_| ProofError::WrongKey)
}

#[cfg(test)]
mod tests;
