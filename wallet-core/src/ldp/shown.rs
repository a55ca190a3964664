//! A presentation as a document of any number of credentials, whoever they are about, with any number of proofs or none:
//! for verdicts that do not ask about trust. One that must open a gate is an [`LdpVp`](super::LdpVp).
//!
//! Refused: what is no presentation (LD-06, DM checks); proofs for another purpose (V-16), by unknown keys or somebody other
//! than the `holder` (V-11), for another request or audience (V-13, V-12), that have ended (V-14); no proof where something
//! was asked (V-10).

use std::sync::Arc;

use jigap_data_integrity::{Contexts, Expanded, Proof, SecuredDocument};
use serde_json::Value;

use super::presentation::{NO_HOLDER_PROOF, OTHER_FORM, OTHER_HOLDER, OTHER_PURPOSE, of_did};
use super::{LdpVp, PRESENTATION, controller, first_context, refuse};
use crate::did::{self, DidUrl, Purpose};
use crate::documents::{Documents, Need};
use crate::time::Timestamp;
use crate::vcdm::{id_of, rules};
use crate::verdict::{Reason, Refusal, checks};

const OTHER_CHALLENGE: Reason = Reason::new(
    "vp-other-challenge",
    "the presentation answers another request",
    "다른 요청에 대한 제출물입니다",
);
const OTHER_DOMAIN: Reason = Reason::new(
    "vp-other-domain",
    "the presentation was made for somebody else",
    "다른 상대를 위해 만든 제출물입니다",
);
const ENDED: Reason = Reason::new(
    "vp-proof-ended",
    "a moment in the presentation's proof is malformed, or the proof has ended",
    "제출물 증명의 시각이 잘못되었거나 증명이 끝났습니다",
);

/// Most credentials of one presentation.
const MAX_CREDENTIALS: usize = 32;

/// A presentation of which nothing is verified.
pub struct ShownDocuments {
    /// None where no proof came with it.
    document: Option<Expanded>,
    proofs: Vec<Proof>,
    holder: Option<String>,
    credentials: Vec<Value>,
}

impl ShownDocuments {
    /// Reads a document that was parsed within bounds. Refuses by LD-06, V-01 and DM checks.
    ///
    /// # Errors
    /// The rule that it breaks.
    pub fn read(document: Value, contexts: &Arc<Contexts>) -> Result<Self, Refusal> {
        let malformed = PRESENTATION.refuse(OTHER_FORM);
        let members = document.as_object().filter(|_| LdpVp::is_one(&document)).ok_or(malformed)?;
        first_context(members).ok_or(malformed)?;
        rules::check_presentation(members)?;
        let credentials = match members.get("verifiableCredential") {
            None => Vec::new(),
            Some(Value::Array(many)) if many.len() <= MAX_CREDENTIALS => many.clone(),
            Some(one @ Value::Object(_)) => vec![one.clone()],
            Some(_) => return Err(malformed),
        };
        let holder = members.get("holder").and_then(id_of).map(str::to_owned);
        let (document, proofs) = match members.get("proof") {
            None => (None, Vec::new()),
            Some(_) => {
                let secured = SecuredDocument::from_value(document).map_err(refuse)?;
                let proofs = secured.proofs().map_err(refuse)?;
                (Some(secured.expand(contexts)), proofs)
            }
        };
        Ok(Self { document, proofs, holder, credentials })
    }

    /// What it holds.
    pub fn credentials(&self) -> &[Value] {
        &self.credentials
    }

    /// What is wanted to find the keys of its proofs.
    pub fn needs(&self, documents: &Documents) -> Vec<Need> {
        let urls = self.proofs.iter().filter_map(|proof| DidUrl::parse(proof.verification_method()).ok());
        urls.filter_map(|url| did::needs(url.did(), documents)).collect()
    }

    /// Verifies all its proofs as the answer to a challenge and a domain, each where it was asked for.
    ///
    /// # Errors
    /// The rule that it breaks.
    pub fn verify(
        &self,
        asked: (Option<&str>, Option<&str>),
        now: Timestamp,
        documents: &Documents,
    ) -> Result<(), Refusal> {
        let Some(document) = &self.document else {
            let nothing_asked = asked == (None, None);
            return if nothing_asked { Ok(()) } else { Err(checks::HOLDER_BINDING.refuse(NO_HOLDER_PROOF)) };
        };
        self.proofs.iter().try_for_each(|proof| self.hold(document, proof, asked, (now, documents)))
    }

    fn hold(
        &self,
        document: &Expanded,
        proof: &Proof,
        (challenge, domain): (Option<&str>, Option<&str>),
        (now, documents): (Timestamp, &Documents),
    ) -> Result<(), Refusal> {
        if proof.proof_purpose() != "authentication" {
            return Err(checks::PURPOSE.refuse(OTHER_PURPOSE));
        }
        let method = proof.verification_method();
        if self.holder.as_deref().is_some_and(|holder| holder != controller(method)) {
            return Err(checks::HOLDER_PROOF.refuse(OTHER_HOLDER));
        }
        let key = did::verification_key(method, Purpose::Authentication, documents).map_err(of_did)?;
        document.verify(proof, &key).map_err(|error| checks::HOLDER_PROOF.refuse(refuse(error).reason))?;
        if challenge.is_some_and(|challenge| proof.challenge() != Some(challenge)) {
            return Err(checks::NONCE.refuse(OTHER_CHALLENGE));
        }
        if domain.is_some_and(|domain| !proof.domain().iter().any(|said| said == domain)) {
            return Err(checks::AUDIENCE.refuse(OTHER_DOMAIN));
        }
        let moment = |text: Option<&str>| match text {
            None => Ok(None),
            Some(text) => {
                Timestamp::parse_rfc3339(text).map(Some).ok_or(checks::PRESENTATION_TIME.refuse(ENDED))
            }
        };
        moment(proof.created())?;
        match moment(proof.expires())? {
            Some(ends) if ends <= now => Err(checks::PRESENTATION_TIME.refuse(ENDED)),
            _ => Ok(()),
        }
    }
}
