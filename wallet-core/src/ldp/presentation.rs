//! A presentation with a Data Integrity proof: one credential, and the proof that its holder shows it to this verifier,
//! for this request, now (OpenID4VP 1.0 appendix B.1.3.2.5).

use std::sync::Arc;

use jigap_data_integrity::{Contexts, Proof, SecuredDocument};
use jigap_keys::PublicKey;
use serde_json::Value;

use super::{LdpVc, VerifiedLdpVc, controller, first_context, has_type, refuse};
use crate::did::{self, Purpose, ResolutionError};
use crate::documents::Documents;
use crate::sdjwt::KeyBindingRequest;
use crate::vcdm::{id_of, moments, rules};
use crate::verdict::{Check, Reason, Refusal, checks};

/// LD-06: the presentation's form.
pub const PRESENTATION: Check = Check::new(
    "LD-06",
    "a presentation begins with the data model's context, has its type, and holds one credential",
    "제출본은 데이터 모델의 컨텍스트로 시작하고 그 종류이며 증명서 하나를 담고 있습니다",
    "VCDM 2.0 §4.13; VCDM 1.1 §4.10; OpenID4VP 1.0 appendix B.1.3.2",
);

pub(super) const OTHER_FORM: Reason = Reason::new(
    "vp-form",
    "it is not a presentation of one credential",
    "증명서 하나를 담은 제출본이 아닙니다",
);
pub(super) const NO_HOLDER_PROOF: Reason = Reason::new(
    "holder-proof-missing",
    "the presentation does not carry exactly one holder's proof",
    "제출본에 소지자 증명이 꼭 하나 들어 있지 않습니다",
);
pub(super) const OTHER_PURPOSE: Reason = Reason::new(
    "vp-purpose",
    "the holder's proof was not made for authentication",
    "소지자 증명이 인증용으로 만든 것이 아닙니다",
);
const NOT_FOR_AUTHENTICATION: Reason = Reason::new(
    "ldp-holder-key-purpose",
    "the holder's DID document does not list the key for authentication",
    "소지자의 DID 문서가 그 키를 인증용으로 두고 있지 않습니다",
);
const HOLDER_KEY: Reason = Reason::new(
    "holder-key-unknown",
    "the holder's key is not known or not for authentication",
    "소지자의 키를 알 수 없거나 인증용이 아닙니다",
);
pub(super) const OTHER_HOLDER: Reason = Reason::new(
    "vp-other-holder",
    "the credential does not speak about the one who presents it",
    "증명서가 제출한 사람에 대한 것이 아닙니다",
);
const BAD_TIME: Reason = Reason::new(
    "vp-time-malformed",
    "it does not say when it was made, or when it ends is malformed",
    "언제 만들었는지 적혀 있지 않거나 끝나는 시각의 형식이 잘못되었습니다",
);
/// A presentation of which nothing is verified.
#[derive(Debug, Clone)]
pub struct LdpVp {
    /// None, where no proof came with it.
    document: Option<SecuredDocument>,
    contexts: Arc<Contexts>,
}

impl LdpVp {
    /// Whether a document calls itself a presentation.
    pub fn is_one(document: &Value) -> bool {
        has_type(document, "VerifiablePresentation")
    }

    /// Reads a document that was parsed within bounds, and the credential in it. Refuses by LD-06, and as
    /// [`LdpVc::read`].
    pub fn read(document: Value, contexts: &Arc<Contexts>) -> Result<(Self, LdpVc), Refusal> {
        let malformed = PRESENTATION.refuse(OTHER_FORM);
        let credential = match document.get("verifiableCredential") {
            Some(Value::Array(many)) if many.len() == 1 => many.first(),
            Some(one @ Value::Object(_)) => Some(one),
            _ => None,
        };
        let begins = document.as_object().and_then(first_context).is_some();
        let names_holder = document.get("holder").is_none_or(|holder| id_of(holder).is_some());
        let credential = credential.filter(|_| begins && names_holder && Self::is_one(&document));
        let credential = LdpVc::read(credential.ok_or(malformed)?.clone(), contexts)?;
        document.as_object().map_or(Ok(()), rules::check_presentation)?;
        let document = match document.get("proof") {
            None => None,
            Some(_) => Some(SecuredDocument::from_value(document).map_err(refuse)?),
        };
        Ok((Self { document, contexts: Arc::clone(contexts) }, credential))
    }

    /// Whether a proof came with it.
    pub const fn has_proof(&self) -> bool {
        self.document.is_some()
    }

    /// The audience and the nonce that its proof names, before anybody vouches for it; empty where it names none.
    pub(crate) fn unverified_request(&self) -> (String, String) {
        let proof = self.document.as_ref().and_then(|document| document.proofs().ok()?.into_iter().next());
        let audience = proof.as_ref().and_then(|proof| proof.domain().first().cloned());
        let nonce = proof.as_ref().and_then(|proof| proof.challenge().map(str::to_owned));
        (audience.unwrap_or_default(), nonce.unwrap_or_default())
    }

    /// The URL of the key of the holder's proof, before anybody vouches for it.
    pub fn unverified_method(&self) -> Option<String> {
        let proofs = self.document.as_ref()?.proofs().ok()?;
        let [proof] = proofs.as_slice() else { return None };
        Some(proof.verification_method().to_owned())
    }

    /// Verifies the holder's proof: by a key of the one whom `credential` speaks about, for `request`. Answers the key.
    /// Refuses by V-10 to V-14 and V-16.
    pub fn verify(
        &self,
        credential: &VerifiedLdpVc,
        request: &KeyBindingRequest<'_>,
        documents: &Documents,
    ) -> Result<PublicKey, Refusal> {
        let missing = checks::HOLDER_BINDING.refuse(NO_HOLDER_PROOF);
        let document = self.document.as_ref().ok_or(missing)?;
        let proofs = document.proofs().map_err(|_| missing)?;
        let [proof] = proofs.as_slice() else { return Err(missing) };
        if proof.proof_purpose() != "authentication" {
            return Err(checks::PURPOSE.refuse(OTHER_PURPOSE));
        }
        let other_holder = checks::HOLDER_PROOF.refuse(OTHER_HOLDER);
        let did = controller(proof.verification_method());
        if !credential.is_only_about(did) {
            return Err(other_holder);
        }
        let key = did::verification_key(proof.verification_method(), Purpose::Authentication, documents)
            .map_err(of_did)?;
        let of_holder = |error| checks::HOLDER_PROOF.refuse(refuse(error).reason);
        let expanded = document.clone().expand(&self.contexts);
        // Read first, so that its statements are looked for once; told after.
        let reading = expanded.reading();
        expanded.verify(proof, &key).map_err(of_holder)?;
        let presentation = reading.map_err(of_holder)?;
        if presentation.get("holder").is_some_and(|holder| id_of(holder) != Some(did)) {
            return Err(other_holder);
        }
        request.require_nonce(proof.challenge()).map_err(|reason| checks::NONCE.refuse(reason))?;
        let domain = match proof.domain() {
            [domain] => Some(domain.as_str()),
            _ => None,
        };
        request.require_audience(domain).map_err(|reason| checks::AUDIENCE.refuse(reason))?;
        made_now(proof, request)?;
        Ok(key)
    }
}

/// Why the holder's key is not taken.
pub(super) fn of_did(error: ResolutionError) -> Refusal {
    match error {
        ResolutionError::InvalidRelationshipForVerificationMethod => {
            checks::PURPOSE.refuse(NOT_FOR_AUTHENTICATION)
        }
        _ => checks::HOLDER_PROOF.refuse(HOLDER_KEY),
    }
}

/// A holder's proof says when it was made; it may say when it ends.
fn made_now(proof: &Proof, request: &KeyBindingRequest<'_>) -> Result<(), Refusal> {
    let malformed = checks::PRESENTATION_TIME.refuse(BAD_TIME);
    let created = proof.created().and_then(moments::read).ok_or(malformed)?;
    let expires = match proof.expires() {
        None => None,
        Some(text) => Some(moments::read(text).ok_or(malformed)?),
    };
    request.require_made(created).map_err(|reason| checks::PRESENTATION_TIME.refuse(reason))?;
    request.require_within(None, expires).map_err(|reason| checks::PRESENTATION_TIME.refuse(reason))
}
