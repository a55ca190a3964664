//! A credential with Data Integrity proofs: read, verify, and hold to the data model.

use std::sync::Arc;

use jigap_data_integrity::{Contexts, Expanded, Proof, ProofError, SecuredDocument};
use jigap_keys::PublicKey;
use serde_json::{Map, Value};

#[cfg(feature = "bbs")]
use super::selective::is_bbs;
use super::{controller, first_context, has_type, refuse};
use crate::contexts::VERIFIABLE_CREDENTIAL;
use crate::did::{self, DidUrl, ProofKey};
use crate::documents::{Documents, Need};
use crate::time::Timestamp;
use crate::vcdm::{
    self, BAD_PERIOD, CONTEXT_V1, NO_ISSUER, NO_SUBJECT, OTHER_CONTEXT, OTHER_TYPE, Period, moments, rules,
    subjects,
};
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

/// LD-07: what is judged is what was signed.
pub const READING: Check = Check::new(
    "LD-07",
    "the signed statements can be read back: each property has one name in the contexts known here, or none and goes by its IRI, and nothing goes in circles",
    "서명된 진술을 되읽을 수 있습니다. 속성마다 이곳에서 아는 컨텍스트의 이름이 하나이거나, 이름이 없어 IRI로 읽히고, 서로 맴돌지 않습니다",
    "VC-DATA-INTEGRITY §2.4.1; VC-DI-EDDSA §3.2; RDFC-1.0",
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

/// For how many proofs beside the issuer's a document is fetched, at most.
const MOST_COSIGNERS: usize = 4;

/// A credential of which nothing is verified.
#[derive(Clone)]
pub struct LdpVc {
    proofs: Vec<Proof>,
    /// Which proof stands for the issuer.
    signer: usize,
    /// The first context, if it is the data model's.
    context: Option<&'static str>,
    /// What cannot be expanded cannot be verified: V-03 says so when it is tried.
    expanded: Expanded,
    reading: Result<Value, ProofError>,
    /// Whether the document keeps the rules of the data model, which are about JSON as it is written.
    rules: Result<(), Refusal>,
    issuer: Option<String>,
    types: Vec<String>,
}

/// Without its claims, which nobody vouched for yet.
impl std::fmt::Debug for LdpVc {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("LdpVc").field("types", &self.types).finish_non_exhaustive()
    }
}

impl LdpVc {
    /// Reads a document that was parsed within bounds, and that uses `contexts` alone. Refuses by V-01 and V-03.
    pub fn read(document: Value, contexts: &Arc<Contexts>) -> Result<Self, Refusal> {
        let document = SecuredDocument::from_value(document).map_err(refuse)?;
        let proofs = document.proofs().map_err(refuse)?;
        let context = first_context(document.unsecured());
        let rules = rules::check_credential(document.unsecured()).and_then(|()| told(document.unsecured()));
        let expanded = document.expand(contexts);
        let types = expanded.types().unwrap_or_default().into_iter().map(str::to_owned).collect();
        let reading = expanded.reading();
        let issuer = reading.as_ref().ok().and_then(vcdm::issuer).map(str::to_owned);
        let of_issuer = |proof: &Proof| issuer.as_deref() == Some(controller(proof.verification_method()));
        let signer = proofs.iter().position(of_issuer).unwrap_or(0);
        Ok(Self { proofs, signer, context, expanded, reading, rules, issuer, types })
    }

    /// Refuses (V-03, LD-07) a document whose statements cannot be read, by contexts that are known: whom it names and what it
    /// is nobody can tell.
    ///
    /// # Errors
    /// What is in the way.
    pub fn require_readable(&self) -> Result<(), Refusal> {
        self.reading.as_ref().map(drop).map_err(|error| refuse(*error))
    }

    /// The issuer it names, before anybody vouches for it; none where it cannot be read.
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

    /// When the proof that stands for the issuer says it was made.
    pub fn unverified_created(&self) -> Option<Timestamp> {
        self.proofs.get(self.signer)?.created().and_then(Timestamp::parse_rfc3339)
    }

    /// What is wanted to verify the proofs beside the issuer's, whose key is `issuer_key`: the documents of a few DIDs of
    /// the web. Nothing, unless the issuer's own proof holds: nobody else makes us fetch.
    pub fn needs(&self, issuer_key: &ProofKey, documents: &Documents) -> Vec<Need> {
        if self.proofs.len() == 1 || self.holds(self.signer, issuer_key).is_err() {
            return Vec::new();
        }
        let others = self.proofs.iter().enumerate().filter(|(number, _)| *number != self.signer);
        let urls = others.filter_map(|(_, proof)| DidUrl::parse(proof.verification_method()).ok());
        urls.take(MOST_COSIGNERS).filter_map(|url| did::needs(url.did(), documents)).collect()
    }

    /// Whether one of the proofs was made with `key`.
    fn holds(&self, number: usize, key: &ProofKey) -> Result<(), ProofError> {
        let Some(proof) = self.proofs.get(number) else { return Ok(()) };
        match key {
            #[cfg(feature = "bbs")]
            ProofKey::Bbs(_) if !is_bbs(proof) => Err(ProofError::WrongKey),
            #[cfg(feature = "bbs")]
            // Nobody asks for a pseudonym here: who shows it says so by the presentation's own proof.
            ProofKey::Bbs(key) => self.expanded.verify_bbs(proof, key, None).map(drop),
            #[cfg(feature = "bbs")]
            ProofKey::Signing(_) if is_bbs(proof) => Err(ProofError::WrongKey),
            ProofKey::Signing(key) => self.expanded.verify(proof, key),
        }
    }

    /// Verifies every proof, the issuer's with `issuer_key` and others with the keys of their DIDs, and reads the
    /// credential. Refuses by V-02, V-03, V-16, LD-01 to LD-05, LD-07, and DM checks.
    pub fn verify(self, issuer_key: &PublicKey, documents: &Documents) -> Result<VerifiedLdpVc, Refusal> {
        self.verify_by(&issuer_key.clone().into(), documents)
    }

    /// The same with a key that may be one of `bbs-2023`.
    pub fn verify_by(self, issuer_key: &ProofKey, documents: &Documents) -> Result<VerifiedLdpVc, Refusal> {
        for (number, proof) in self.proofs.iter().enumerate() {
            let found;
            let key = if number == self.signer {
                issuer_key
            } else {
                let method = proof.verification_method();
                found = did::proof_key(method, documents).map_err(|_| checks::PROOF.refuse(KEY_UNKNOWN))?;
                &found
            };
            self.holds(number, key).map_err(refuse)?;
        }
        if self.proofs.iter().any(|proof| proof.proof_purpose() != "assertionMethod") {
            return Err(checks::PURPOSE.refuse(OTHER_PURPOSE));
        }
        let credential = self.reading.map_err(refuse)?;
        self.rules?;
        VerifiedLdpVc::read(credential, self.types, self.context, &self.proofs)
    }

    /// Reads the credential without looking at its proofs: only for one that the caller verified before, or keeps for
    /// others to verify. As its statements read, with the `@context` it came with; or as it was written where its contexts
    /// are not at hand. Refuses by LD-01 to LD-05.
    pub fn dangerous_assume_verified(self) -> Result<VerifiedLdpVc, Refusal> {
        let unsecured = self.expanded.document().unsecured();
        if let Ok(mut credential) = self.reading {
            if let (Some(members), Some(context)) = (credential.as_object_mut(), unsecured.get("@context")) {
                members.insert("@context".to_owned(), context.clone());
            }
            return VerifiedLdpVc::read(credential, self.types, self.context, &self.proofs);
        }
        let written = Value::Object(unsecured.clone());
        let types = has_type(&written, "VerifiableCredential").then(|| VERIFIABLE_CREDENTIAL.to_owned());
        VerifiedLdpVc::read(written, types.into_iter().collect(), self.context, &self.proofs)
    }
}

/// A credential whose proofs all hold. Its period and status are not judged yet.
#[derive(Clone, PartialEq)]
pub struct VerifiedLdpVc {
    credential: Value,
    types: Vec<String>,
    period: Period,
}

/// Without its claims.
impl std::fmt::Debug for VerifiedLdpVc {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("VerifiedLdpVc").field("types", &self.types).finish_non_exhaustive()
    }
}

impl VerifiedLdpVc {
    /// Holds a credential to the data model, whose first context is `context`.
    fn read(
        credential: Value,
        types: Vec<String>,
        context: Option<&str>,
        proofs: &[Proof],
    ) -> Result<Self, Refusal> {
        let context = context.ok_or(CONTEXT.refuse(OTHER_CONTEXT))?;
        if !types.iter().any(|name| name == VERIFIABLE_CREDENTIAL) {
            return Err(TYPE.refuse(OTHER_TYPE));
        }
        vcdm::issuer(&credential).ok_or(ISSUER.refuse(NO_ISSUER))?;
        if !vcdm::reads_as_something(&credential) {
            return Err(SUBJECT.refuse(NO_SUBJECT));
        }
        let period = period(&credential, context, proofs).ok_or(PERIOD.refuse(BAD_PERIOD))?;
        Ok(Self { credential, types, period })
    }

    /// What the credential says, as its signed statements read: see [`Expanded::reading`]. No `@context`, no proofs.
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
        (self.period.begins, self.period.ends)
    }

    /// `credentialStatus` as it stands.
    pub fn status(&self) -> Option<&Value> {
        self.credential.get("credentialStatus")
    }

    /// Whether every subject is the one with this identifier.
    pub fn is_only_about(&self, id: &str) -> bool {
        vcdm::is_only_about(&self.credential, id)
    }

    /// The one subject's identifier.
    pub fn subject(&self) -> Option<&str> {
        let id = subjects(&self.credential).next().and_then(vcdm::id_of)?;
        self.is_only_about(id).then_some(id)
    }
}

/// Refuses (LD-04) a document of which a subject is no object, or an empty one: read from the statements, a subject that is
/// named and nothing more is an IRI, and one that is an IRI as it is written is no subject of either data model.
fn told(document: &Map<String, Value>) -> Result<(), Refusal> {
    let subjects = document.get("credentialSubject").ok_or(SUBJECT.refuse(NO_SUBJECT))?;
    if vcdm::tells_something(subjects) { Ok(()) } else { Err(SUBJECT.refuse(NO_SUBJECT)) }
}

/// From when until when the credential and all its proofs hold; `None` where a moment is malformed or the order wrong.
fn period(credential: &Value, context: &str, proofs: &[Proof]) -> Option<Period> {
    let mut period = Period::of(credential, context == CONTEXT_V1)?;
    for proof in proofs {
        let moment = |text: Option<&str>| match text {
            None => Some(None),
            Some(text) => moments::read(text).map(Some),
        };
        period.narrow(moment(proof.created())?, moment(proof.expires())?);
    }
    Some(period)
}
