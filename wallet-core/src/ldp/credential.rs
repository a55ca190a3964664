//! A credential with Data Integrity proofs: read, verify, and hold to the data model.

use std::sync::Arc;

use jigap_data_integrity::{Contexts, Proof, SecuredDocument};
use jigap_keys::PublicKey;
use serde_json::Value;

use super::{CONTEXT_V1, controller, first_context, has_type, id_of, refuse};
use crate::did::{self, Purpose};
use crate::documents::Documents;
use crate::time::Timestamp;
use crate::verdict::{Check, Reason, Refusal, checks};

/// LD-01: the first context.
pub const CONTEXT: Check = Check::new(
    "LD-01",
    "`@context` begins with the context of the data model",
    "`@context`는 데이터 모델의 컨텍스트로 시작합니다",
    "VCDM 2.0 §4.3; VCDM 1.1 §4.1",
);
/// LD-02: the type.
pub const TYPE: Check = Check::new(
    "LD-02",
    "`VerifiableCredential` is among the types",
    "종류에 `VerifiableCredential`이 있습니다",
    "VCDM 2.0 §4.5; VCDM 1.1 §4.3",
);
/// LD-03: one issuer.
pub const ISSUER: Check = Check::new(
    "LD-03",
    "`issuer` is a URL or an object with one",
    "`issuer`는 URL이거나 URL을 가진 객체입니다",
    "VCDM 2.0 §4.7; VCDM 1.1 §4.5",
);
/// LD-04: about somebody.
pub const SUBJECT: Check = Check::new(
    "LD-04",
    "`credentialSubject` is an object that says something, or a non-empty array of such objects",
    "`credentialSubject`는 내용이 있는 객체이거나 그런 객체의 비어 있지 않은 배열입니다",
    "VCDM 2.0 §4.8; VCDM 1.1 §4.4",
);
/// LD-05: moments are moments.
pub const PERIOD: Check = Check::new(
    "LD-05",
    "the moments of the credential and its proofs are well-formed and in order; the data model 1.1 demands a beginning",
    "증명서와 증명의 시각은 올바른 형식이고 순서가 맞습니다. 데이터 모델 1.1에서는 시작이 꼭 있어야 합니다",
    "VCDM 2.0 §4.9; VCDM 1.1 §4.6, §4.8; VC-DATA-INTEGRITY §2.1",
);

const OTHER_CONTEXT: Reason = Reason::new(
    "vc-context",
    "the first context is not the data model's",
    "첫 컨텍스트가 데이터 모델의 것이 아닙니다",
);
const OTHER_TYPE: Reason = Reason::new(
    "vc-type",
    "the document is not of type VerifiableCredential",
    "VerifiableCredential 종류가 아닙니다",
);
const NO_ISSUER: Reason =
    Reason::new("vc-issuer-missing", "no issuer is named", "발급자가 적혀 있지 않습니다");
const NO_SUBJECT: Reason = Reason::new(
    "vc-subject-missing",
    "the credential says nothing about anybody",
    "증명서가 아무 내용도 말하지 않습니다",
);
const BAD_PERIOD: Reason = Reason::new(
    "vc-period-malformed",
    "the period of validity is missing or malformed",
    "유효 기간이 없거나 형식이 잘못되었습니다",
);
const OTHER_PURPOSE: Reason = Reason::new(
    "ldp-purpose",
    "a proof of the credential was not made for assertions",
    "증명서의 증명 가운데 발급용으로 만들지 않은 것이 있습니다",
);
const KEY_UNKNOWN: Reason = Reason::new(
    "ldp-key-unknown",
    "the key of one of the proofs is not known",
    "증명 가운데 하나의 키를 알 수 없습니다",
);

/// A credential of which nothing is verified.
#[derive(Debug, Clone)]
pub struct LdpVc {
    document: SecuredDocument,
    proofs: Vec<Proof>,
    /// Which proof stands for the issuer.
    signer: usize,
    issuer: Option<String>,
    types: Vec<String>,
    contexts: Arc<Contexts>,
}

impl LdpVc {
    /// Reads a document that was parsed within bounds, and that uses `contexts` alone. Refuses by V-01 and V-03.
    pub fn read(document: Value, contexts: &Arc<Contexts>) -> Result<Self, Refusal> {
        let document = SecuredDocument::from_value(document).map_err(refuse)?;
        let proofs = document.proofs().map_err(refuse)?;
        let issuer = document.unsecured().get("issuer").and_then(id_of).map(str::to_owned);
        let of_issuer = |proof: &Proof| issuer.as_deref() == Some(controller(proof.verification_method()));
        let signer = proofs.iter().position(of_issuer).unwrap_or(0);
        // What cannot be expanded cannot be verified either: V-03 will say so.
        let types = document.types(contexts).unwrap_or_default();
        Ok(Self { document, proofs, signer, issuer, types, contexts: Arc::clone(contexts) })
    }

    /// The issuer it names, before anybody vouches for it.
    pub fn unverified_issuer(&self) -> Option<&str> {
        self.issuer.as_deref()
    }

    /// Its types as IRIs, before anybody vouches for them.
    pub fn unverified_types(&self) -> &[String] {
        &self.types
    }

    /// The key of the proof that stands for the issuer: a URL.
    pub fn verification_method(&self) -> &str {
        self.proofs.get(self.signer).map(Proof::verification_method).unwrap_or_default()
    }

    /// Verifies every proof, the issuer's with `issuer_key` and others with the keys of their DIDs, and reads the
    /// credential. Refuses by V-02, V-03, V-16, and LD-01 to LD-05.
    pub fn verify(self, issuer_key: &PublicKey, documents: &Documents) -> Result<VerifiedLdpVc, Refusal> {
        for (number, proof) in self.proofs.iter().enumerate() {
            let found;
            let key = if number == self.signer {
                issuer_key
            } else {
                let method = proof.verification_method();
                found = did::verification_key(method, Purpose::AssertionMethod, documents)
                    .map_err(|_| checks::PROOF.refuse(KEY_UNKNOWN))?;
                &found
            };
            self.document.verify(proof, key, &self.contexts).map_err(refuse)?;
        }
        if self.proofs.iter().any(|proof| proof.proof_purpose() != "assertionMethod") {
            return Err(checks::PURPOSE.refuse(OTHER_PURPOSE));
        }
        self.dangerous_assume_verified()
    }

    /// Reads the credential without looking at its proofs: only for one that the caller verified before, or keeps for
    /// others to verify. Refuses by LD-01 to LD-05.
    pub fn dangerous_assume_verified(self) -> Result<VerifiedLdpVc, Refusal> {
        let credential = Value::Object(self.document.unsecured().clone());
        let context = first_context(&credential).ok_or(CONTEXT.refuse(OTHER_CONTEXT))?;
        if !has_type(&credential, "VerifiableCredential") {
            return Err(TYPE.refuse(OTHER_TYPE));
        }
        if !self.issuer.is_some_and(|issuer| issuer.contains(':')) {
            return Err(ISSUER.refuse(NO_ISSUER));
        }
        let says_something = |subject: &Value| subject.as_object().is_some_and(|members| !members.is_empty());
        if subjects(&credential).count() == 0 || !subjects(&credential).all(says_something) {
            return Err(SUBJECT.refuse(NO_SUBJECT));
        }
        let period = period(&credential, context, &self.proofs).ok_or(PERIOD.refuse(BAD_PERIOD))?;
        Ok(VerifiedLdpVc { credential, types: self.types, period })
    }
}

/// A credential whose proofs all hold. Its period and status are not judged yet.
#[derive(Clone, PartialEq)]
pub struct VerifiedLdpVc {
    credential: Value,
    types: Vec<String>,
    period: (Option<Timestamp>, Option<Timestamp>),
}

/// Without its claims.
impl std::fmt::Debug for VerifiedLdpVc {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("VerifiedLdpVc").field("types", &self.types).finish_non_exhaustive()
    }
}

impl VerifiedLdpVc {
    /// The credential without its proofs.
    pub const fn credential(&self) -> &Value {
        &self.credential
    }

    /// The same, owned.
    pub fn into_credential(self) -> Value {
        self.credential
    }

    /// Its types as IRIs.
    pub fn types(&self) -> &[String] {
        &self.types
    }

    /// From when until when credential and proofs are valid, where they say so.
    pub const fn period(&self) -> (Option<Timestamp>, Option<Timestamp>) {
        self.period
    }

    /// `credentialStatus` as it stands.
    pub fn status(&self) -> Option<&Value> {
        self.credential.get("credentialStatus")
    }

    /// Whether every subject is the one with this identifier.
    pub fn is_only_about(&self, id: &str) -> bool {
        subjects(&self.credential).all(|subject| subject.get("id").is_some_and(|subject| subject == id))
    }

    /// The one subject's identifier.
    pub fn subject(&self) -> Option<&str> {
        let id = subjects(&self.credential).next()?.get("id")?.as_str()?;
        self.is_only_about(id).then_some(id)
    }
}

fn subjects(credential: &Value) -> impl Iterator<Item = &Value> {
    let (one, many) = match credential.get("credentialSubject") {
        Some(Value::Array(many)) => (None, Some(many)),
        one => (one, None),
    };
    one.into_iter().chain(many.into_iter().flatten())
}

/// From when until when the credential and all its proofs hold; `None` where a moment is malformed or the order wrong.
fn period(
    credential: &Value,
    context: &str,
    proofs: &[Proof],
) -> Option<(Option<Timestamp>, Option<Timestamp>)> {
    let written = |name| match credential.get(name) {
        None => Some(None),
        Some(value) => Timestamp::parse_rfc3339(value.as_str()?).map(Some),
    };
    let (begins, ends) = if context == CONTEXT_V1 {
        (Some(written("issuanceDate")??), written("expirationDate")?)
    } else {
        (written("validFrom")?, written("validUntil")?)
    };
    if begins.zip(ends).is_some_and(|(begins, ends)| begins > ends) {
        return None;
    }
    let (mut not_before, mut expires_at) = (begins, ends);
    for proof in proofs {
        if let Some(created) = proof.created() {
            not_before = not_before.max(Some(Timestamp::parse_rfc3339(created)?));
        }
        if let Some(expires) = proof.expires() {
            let expires = Timestamp::parse_rfc3339(expires)?;
            expires_at = Some(expires_at.map_or(expires, |ends| ends.min(expires)));
        }
    }
    Some((not_before, expires_at))
}
