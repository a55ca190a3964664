//! A presentation as a document of any number of credentials, whoever they are about, with any number of proofs or none:
//! for verdicts that do not ask about trust. One that must open a gate is an [`LdpVp`](super::LdpVp).
//!
//! Refused: what is no presentation (LD-06, DM checks); proofs for another purpose (V-16), by unknown keys or somebody other
//! than the `holder` (V-11), for another request or audience (V-13, V-12) or for several, that have ended or are of the future (V-14); no
//! proof where something was asked (V-10).

use std::sync::Arc;

use jigap_data_integrity::{Contexts, Expanded, Proof, SecuredDocument};
use serde_json::Value;

use super::presentation::{NO_HOLDER_PROOF, OTHER_FORM, OTHER_HOLDER, OTHER_PURPOSE, of_did};
use super::{LdpVp, PRESENTATION, controller, first_context, refuse};
use crate::did::{self, DidUrl, Purpose};
use crate::documents::{Documents, Need};
use crate::sdjwt::KeyBindingRequest;
use crate::vcdm::{id_of, moments, rules};
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
const BAD_MOMENT: Reason = Reason::new(
    "vp-moment-malformed",
    "a moment in the presentation's proof is malformed",
    "제출물 증명의 시각이 잘못되었습니다",
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

    /// Whether a proof came with it.
    pub const fn has_proof(&self) -> bool {
        self.document.is_some()
    }

    /// Verifies all its proofs as the answer to `request`. Said is whether its nonce and its audience are asked for.
    ///
    /// # Errors
    /// The rule that it breaks.
    pub fn verify(
        &self,
        request: &KeyBindingRequest<'_>,
        asked: (bool, bool),
        documents: &Documents,
    ) -> Result<(), Refusal> {
        let Some(document) = &self.document else {
            let nothing_asked = asked == (false, false);
            return if nothing_asked { Ok(()) } else { Err(checks::HOLDER_BINDING.refuse(NO_HOLDER_PROOF)) };
        };
        self.proofs.iter().try_for_each(|proof| self.hold((document, proof), request, asked, documents))
    }

    fn hold(
        &self,
        (document, proof): (&Expanded, &Proof),
        request: &KeyBindingRequest<'_>,
        (nonce_asked, audience_asked): (bool, bool),
        documents: &Documents,
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
        let nothing = request.nonce.is_empty();
        if nonce_asked && (nothing || proof.challenge() != Some(request.nonce)) {
            return Err(checks::NONCE.refuse(OTHER_CHALLENGE));
        }
        // §4.4: the same strings as were asked for, and none beside them.
        let same = matches!(proof.domain(), [one] if one == request.audience && !one.is_empty());
        if audience_asked && !same {
            return Err(checks::AUDIENCE.refuse(OTHER_DOMAIN));
        }
        let moment = |text: Option<&str>| match text {
            None => Ok(None),
            Some(text) => moments::read(text).map(Some).ok_or(BAD_MOMENT),
        };
        let in_time = || {
            if let Some(created) = moment(proof.created())? {
                request.require_made(created)?;
            }
            request.require_within(None, moment(proof.expires())?)
        };
        in_time().map_err(|reason| checks::PRESENTATION_TIME.refuse(reason))
    }
}
