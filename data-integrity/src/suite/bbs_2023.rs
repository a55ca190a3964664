//! The cryptosuite `bbs-2023` (VC-DI-BBS 1.0, W3C's draft of 2025-04-03): an issuer signs each statement of a document; a
//! holder shows some of them, those that the issuer made mandatory always, and proves that they were signed. Two such
//! documents cannot be linked by their proofs. What they say may still link them.
//!
//! A holder may be bound: to a secret that it committed to before (`anonymous_holder_binding`), to a pseudonym for each
//! verifier (`pseudonym`), or both. docs/SPECS.md says which drafts and where text and vectors differ.
//!
//! Refused: keys that are no BBS keys, proofs with `previousProof`, statements that the proof does not account for.

mod value;

use jigap_keys::bbs::{
    BbsError, Commitment, Disclosed, HolderSecrets, Presentation, Pseudonym, PublicKey, SecretKey,
    SecretScalar, prove,
};
use jigap_keys::hash::{HashAlgorithm, sha256};
use jigap_keys::{Entropy, constant_time_eq};
use serde_json::{Map, Value};
use zeroize::Zeroizing;

use super::{Signed as _, rdfc};
use crate::selective::{Group, Labelled, Pointer, Selectable, select_json, shuffled_labels};
use crate::{Contexts, Expanded, Proof, ProofError, ProofOptions, SecuredDocument};
use value::{Base, Derived, Feature};

/// `cryptosuite` of these proofs.
pub(crate) const CRYPTOSUITE: &str = "bbs-2023";
const MALFORMED: ProofError = ProofError::MalformedProof("proofValue");

/// Whom a credential is bound to, beyond whoever has it.
#[derive(Clone, Copy)]
pub enum BbsBinding<'a> {
    /// Nobody.
    None,
    /// Who knows the secret that this commitment holds (`anonymous_holder_binding`).
    Holder(&'a [u8]),
    /// Who knows its part of a pseudonym.
    Pseudonym {
        /// The holder's commitment to its part.
        commitment: &'a [u8],
        /// Whether it also holds a secret of the holder (`holder_binding_pseudonym`).
        holder: bool,
        /// The issuer's part: fresh, or kept to issue once more for the same pseudonyms.
        part: &'a SecretScalar,
    },
}

impl std::fmt::Debug for BbsBinding<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Self::None => "None",
            Self::Holder(_) => "Holder",
            Self::Pseudonym { .. } => "Pseudonym",
        })
    }
}

/// Adds a base proof by `key` to `document` (§3.4.1): for its holder alone, who derives from it what others see. The
/// statements that `mandatory` points at will be in all of that. `options` names the key, and no other proofs.
///
/// # Errors
/// [`ProofError`]; [`ProofError::BadSignature`] for a commitment that its maker did not know,
/// [`ProofError::TooComplex`] for more statements than one signature takes.
pub fn sign_bbs(
    document: Value,
    options: &ProofOptions,
    (mandatory, binding): (&[Pointer], BbsBinding<'_>),
    key: &SecretKey,
    contexts: &Contexts,
    entropy: &dyn Entropy,
) -> Result<Value, ProofError> {
    if !options.previous_proof.is_empty() {
        return Err(ProofError::PreviousProof);
    }
    let document = SecuredDocument::unfinished(document)?;
    let mut configuration = options.members();
    configuration.insert("type".to_owned(), super::DATA_INTEGRITY_PROOF.into());
    configuration.insert("cryptosuite".to_owned(), CRYPTOSUITE.into());
    let mut hmac_key = Zeroizing::new([0; 32]);
    entropy.fill(&mut *hmac_key);

    let whole = Value::Object(document.unsecured().clone());
    let selectable = Selectable::new(&whole, contexts)?;
    let labels = shuffled_labels(selectable.blanks(), &hmac_key);
    let labelled = selectable.label(&labels);
    let group = labelled.group(mandatory)?;
    let header = header(&configuration, document.unsecured(), (&labelled, &group), contexts)?;
    let messages = withheld(&labelled, &group);
    let (feature, signature, part) = match binding {
        BbsBinding::None => (Feature::Baseline, key.sign(&header, &messages), None),
        BbsBinding::Holder(commitment) => {
            let commitment = Commitment::verify(commitment, 1, false).map_err(bbs)?;
            (Feature::HolderBinding, key.sign_blind(&commitment, &header, &messages, None), None)
        }
        BbsBinding::Pseudonym { commitment, holder, part } => {
            let commitment = Commitment::verify(commitment, usize::from(holder), true).map_err(bbs)?;
            let signature = key.sign_blind(&commitment, &header, &messages, Some(part));
            (Feature::Pseudonym, signature, Some(part.clone()))
        }
    };
    let base = Base {
        feature,
        signature: signature.map_err(bbs)?,
        header,
        key: key.public().clone(),
        hmac_key,
        mandatory: mandatory.to_vec(),
        part,
    };
    let mut proof = configuration;
    proof.insert("proofValue".to_owned(), Value::from(base.write()));
    Ok(document.with_proof(proof))
}

/// What a holder committed to when its credential was made.
#[derive(Clone, Copy)]
pub struct BbsHolder<'a> {
    /// Its secret, where it is bound to one.
    pub secret: Option<&'a [u8]>,
    /// What blinded the commitment.
    pub blinding: &'a SecretScalar,
    /// Its part of the pseudonym, where it has one.
    pub pseudonym: Option<&'a SecretScalar>,
}

impl std::fmt::Debug for BbsHolder<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("BbsHolder(redacted)")
    }
}

/// What a holder shows, and to whom.
#[derive(Debug, Clone, Copy, Default)]
pub struct BbsDisclosure<'a> {
    /// What is shown beside what is mandatory.
    pub selective: &'a [Pointer],
    /// What the proof is bound to: a verifier's challenge.
    pub presentation_header: &'a [u8],
    /// The context of the pseudonym, where there is one.
    pub nym_domain: Option<&'a str>,
    /// The holder's secrets, where the credential is bound to them.
    pub holder: Option<BbsHolder<'a>>,
}

/// Derives from `document`, which has a base proof, the document that a verifier sees (§3.4.6). Other proofs are left out.
///
/// # Errors
/// [`ProofError::NoProof`] without a base proof, [`ProofError::Pointer`] where nothing would be shown,
/// [`ProofError::BadSignature`] where the base proof is not the issuer's over this document and these secrets, and
/// [`ProofError`].
pub fn derive_bbs(
    document: &SecuredDocument,
    disclosure: &BbsDisclosure<'_>,
    contexts: &Contexts,
    entropy: &dyn Entropy,
) -> Result<Value, ProofError> {
    let proof = document.proofs()?.into_iter().find(is_bbs).ok_or(ProofError::NoProof)?;
    if !proof.previous_proof().is_empty() {
        return Err(ProofError::PreviousProof);
    }
    let base = Base::read(proof.value()).ok_or(MALFORMED)?;
    let mut configuration = proof.members().clone();

    let whole = Value::Object(document.unsecured().clone());
    let selectable = Selectable::new(&whole, contexts)?;
    let labels = shuffled_labels(selectable.blanks(), &base.hmac_key);
    let labelled = selectable.label(&labels);
    let mandatory = labelled.group(&base.mandatory)?;
    let combined = mandatory.or(&labelled.group(disclosure.selective)?);
    let header = header(&configuration, document.unsecured(), (&labelled, &mandatory), contexts)?;
    if !constant_time_eq(&header, &base.header) {
        return Err(ProofError::BadSignature);
    }
    let messages = withheld(&labelled, &mandatory);
    let others = (0..labelled.lines().len()).filter(|line| !mandatory.has(*line));
    let selective: Vec<_> =
        others.enumerate().filter(|(_, line)| combined.has(*line)).map(|(index, _)| index).collect();
    let shown = combined.indexes().enumerate().filter(|(_, line)| mandatory.has(*line));
    let mandatory_shown = shown.map(|(index, _)| index).collect();

    let pointers = [&base.mandatory[..], disclosure.selective].concat();
    let Some(Value::Object(mut revealed)) = select_json(&whole, &pointers)? else {
        return Err(ProofError::Pointer);
    };
    let (made, pseudonym) = make(&base, &messages, &selective, disclosure, entropy)?;
    let derived = Derived {
        feature: base.feature,
        proof: made,
        labels: labelled
            .verifier_labels(&combined)?
            .iter()
            .map(|it| number(it))
            .collect::<Option<_>>()
            .ok_or(MALFORMED)?,
        mandatory: mandatory_shown,
        selective,
        presentation_header: disclosure.presentation_header.to_vec(),
        domain: None,
        pseudonym,
        signed: (base.feature != Feature::Baseline).then_some(messages.len()),
        committed: 0,
    };
    configuration.insert("proofValue".to_owned(), Value::from(derived.write()));
    revealed.insert("proof".to_owned(), Value::Object(configuration));
    Ok(Value::Object(revealed))
}

/// What every show of `document`, which has a base proof, tells.
///
/// # Errors
/// [`ProofError::NoProof`] if none is a base proof, and what else may be wrong with its proofs.
pub fn bbs_mandatory(document: &Value) -> Result<Vec<Pointer>, ProofError> {
    let document = SecuredDocument::from_value(document.clone())?;
    let proof = document.proofs()?.into_iter().find(is_bbs).ok_or(ProofError::NoProof)?;
    Ok(Base::read(proof.value()).ok_or(MALFORMED)?.mandatory)
}

/// The BBS proof, by what the base proof says the holder is bound to.
fn make(
    base: &Base,
    messages: &[&[u8]],
    selective: &[usize],
    disclosure: &BbsDisclosure<'_>,
    entropy: &dyn Entropy,
) -> Result<(Vec<u8>, Option<Pseudonym>), ProofError> {
    let presentation = Presentation {
        header: &base.header,
        presentation_header: disclosure.presentation_header,
        context: disclosure.nym_domain.map(str::as_bytes),
    };
    let secret = disclosure.holder.and_then(|it| it.secret);
    let committed = secret.as_slice();
    let whole = match (&base.part, disclosure.holder.and_then(|it| it.pseudonym)) {
        (Some(issuers), Some(holders)) => Some(holders.plus(issuers)),
        _ => None,
    };
    let holder = disclosure.holder.map(|it| HolderSecrets {
        messages: committed,
        blinding: it.blinding,
        pseudonym: whole.as_ref(),
    });
    let fits = match (base.feature, &holder) {
        (Feature::Baseline, None) => true,
        (Feature::HolderBinding, Some(_)) => secret.is_some() && whole.is_none(),
        (Feature::Pseudonym, Some(_)) => whole.is_some(),
        _ => false,
    };
    if !fits {
        return Err(ProofError::BadSignature);
    }
    let signed = (&base.key, &base.signature[..]);
    prove(signed, messages, selective, &presentation, holder.as_ref(), entropy).map_err(bbs)
}

/// What a verified `bbs-2023` proof says beside the document: for the verifier to judge.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BbsShown {
    /// What the holder bound the proof to.
    pub presentation_header: Vec<u8>,
    /// Whether the proof was made by who knows the secret that the issuer bound the credential to.
    pub holder_bound: bool,
    /// The holder's pseudonym.
    pub pseudonym: Option<Pseudonym>,
}

impl Expanded {
    /// Verifies that `proof`, one of this document's and derived, is of what the holder of `key` signed (§3.4.7).
    /// `nym_domain` is the context in which a pseudonym is expected; a proof with one is refused without.
    ///
    /// # Errors
    /// [`ProofError`]; a base proof is refused as [`ProofError::MalformedProof`]: it is for its holder alone.
    pub fn verify_bbs(
        &self,
        proof: &Proof,
        key: &PublicKey,
        nym_domain: Option<&str>,
    ) -> Result<BbsShown, ProofError> {
        if !is_bbs(proof) {
            return Err(ProofError::UnsupportedSuite);
        }
        if !proof.previous_proof().is_empty() {
            return Err(ProofError::PreviousProof);
        }
        let derived = Derived::read(proof.value()).ok_or(MALFORMED)?;
        if derived.domain.is_some() && derived.domain.as_deref() != nym_domain {
            return Err(ProofError::BadSignature);
        }
        let context = if derived.pseudonym.is_some() {
            Some(nym_domain.ok_or(ProofError::BadSignature)?.as_bytes())
        } else {
            None
        };
        let labels: Vec<_> = derived.labels.iter().map(|it| format!("b{it}")).collect();
        let lines = self.lines(&labels)?;
        let (mandatory, others) = split(&lines, &derived.mandatory)?;
        if others.len() != derived.selective.len() {
            return Err(MALFORMED);
        }
        let header = together(proof.members(), self.unsecured(), &mandatory, self.contexts()?)?;
        let messages: Vec<_> = derived.selective.iter().copied().zip(others).collect();
        let disclosed = Disclosed {
            messages: &messages,
            signed: derived.signed,
            committed: derived.committed,
            pseudonym: derived.pseudonym.as_ref(),
        };
        let presentation =
            Presentation { header: &header, presentation_header: &derived.presentation_header, context };
        key.verify_proof(&derived.proof, &disclosed, &presentation).map_err(bbs)?;
        Ok(BbsShown {
            presentation_header: derived.presentation_header,
            holder_bound: derived.committed == 1,
            pseudonym: derived.pseudonym,
        })
    }
}

fn is_bbs(proof: &Proof) -> bool {
    proof.proof_type() == super::DATA_INTEGRITY_PROOF && proof.cryptosuite() == Some(CRYPTOSUITE)
}

/// The lines whose places are in `mandatory`, and the others.
fn split<'a>(lines: &'a [String], mandatory: &[usize]) -> Result<(Vec<&'a str>, Vec<&'a [u8]>), ProofError> {
    if mandatory.last().is_some_and(|last| *last >= lines.len()) {
        return Err(MALFORMED);
    }
    let mut next = mandatory.iter().peekable();
    let (mut first, mut second) = (Vec::new(), Vec::new());
    for (index, line) in lines.iter().enumerate() {
        if next.next_if(|it| **it == index).is_some() {
            first.push(line.as_str());
        } else {
            second.push(line.as_bytes());
        }
    }
    Ok((first, second))
}

/// The lines that are not in the group `mandatory`: each is a message of the signature.
fn withheld<'a>(labelled: &'a Labelled<'_>, mandatory: &Group) -> Vec<&'a [u8]> {
    let lines = labelled.lines().iter().enumerate();
    lines.filter(|(index, _)| !mandatory.has(*index)).map(|(_, line)| line.as_bytes()).collect()
}

fn header(
    configuration: &Map<String, Value>,
    unsecured: &Map<String, Value>,
    (labelled, mandatory): (&Labelled<'_>, &Group),
    contexts: &Contexts,
) -> Result<[u8; 64], ProofError> {
    let lines: Vec<_> =
        mandatory.indexes().filter_map(|index| labelled.lines().get(index)).map(String::as_str).collect();
    together(configuration, unsecured, &lines, contexts)
}

/// The header of the signature (§3.4.5): the digest of the proof's configuration, and that of the mandatory lines.
fn together(
    configuration: &Map<String, Value>,
    unsecured: &Map<String, Value>,
    mandatory: &[&str],
    contexts: &Contexts,
) -> Result<[u8; 64], ProofError> {
    let context = unsecured.get("@context");
    let configured = rdfc::configuration(configuration, context, (HashAlgorithm::Sha256, contexts))?;
    let mut header = [0; 64];
    let (first, second) = header.split_at_mut(32);
    first.copy_from_slice(&configured);
    second.copy_from_slice(&sha256(mandatory.concat().as_bytes()));
    Ok(header)
}

/// The number of a label: `b7` is 7.
fn number(label: &str) -> Option<u64> {
    label.strip_prefix('b')?.parse().ok()
}

fn bbs(error: BbsError) -> ProofError {
    match error {
        BbsError::Malformed(_) | BbsError::Indexes => MALFORMED,
        BbsError::TooManyMessages => ProofError::TooComplex,
        BbsError::Invalid => ProofError::BadSignature,
    }
}

#[cfg(test)]
mod tests;
