//! W3C credentials with Data Integrity proofs as the judge sees them. Their own rules are the `LD-…` checks of
//! [`crate::ldp`].

use jigap_keys::PublicKey;
use serde_json::Value;

use super::format::{ClaimedRequest, Described, KeyName, Proven, Unproven};
use super::holder;
use crate::contexts::{Contexts, VERIFIABLE_CREDENTIAL};
use crate::dcql::Format;
use crate::did::{self, Did, ProofKey};
use crate::documents::{Documents, Need};
use crate::jose::Header;
use crate::ldp::{LdpVc, LdpVp, VerifiedLdpVc};
use crate::sdjwt::KeyBindingRequest;
use crate::time::Timestamp;
use crate::verdict::{Reason, Refusal, checks};

const NO_PRESENTATION: Reason = Reason::new(
    "holder-proof-missing",
    "the credential came without a presentation of its holder",
    "증명서가 소지자의 제출본 없이 왔습니다",
);

/// A credential that was parsed, with the presentation it came in.
struct Parsed {
    credential: LdpVc,
    presentation: Option<LdpVp>,
    described: Described,
}

/// A credential whose proofs hold, with the presentation it came in.
struct Verified {
    credential: VerifiedLdpVc,
    presentation: Option<LdpVp>,
}

/// Reads a credential or a presentation of one. Refuses by V-01, V-03, LD-06 and LD-07: of what cannot be read nothing can be
/// told, and so nothing of what it lacks either.
pub(super) fn read(document: &Value, contexts: &Contexts) -> Result<Box<dyn Unproven>, Refusal> {
    let contexts = contexts.for_data_integrity();
    let (presentation, credential) = if LdpVp::is_one(document) {
        let (presentation, credential) = LdpVp::read(document.clone(), contexts)?;
        (Some(presentation), credential)
    } else {
        (None, LdpVc::read(document.clone(), contexts)?)
    };
    credential.require_readable()?;
    let types = credential.unverified_types().iter();
    let types = types.filter(|name| *name != VERIFIABLE_CREDENTIAL).cloned().collect();
    let described = Described::new(Format::LdpVc, credential.unverified_issuer().map(str::to_owned), types);
    Ok(Box::new(Parsed { credential, presentation, described }))
}

impl Unproven for Parsed {
    fn described(&self) -> &Described {
        &self.described
    }

    fn key_name(&self) -> KeyName<'_> {
        KeyName::Method(self.credential.verification_method())
    }

    fn says_signed_at(&self) -> Option<Timestamp> {
        self.credential.unverified_created()
    }

    fn is_presented(&self) -> bool {
        self.presentation.is_some()
    }

    fn proof_needs(&self, key: &ProofKey, documents: &Documents) -> Vec<Need> {
        self.credential.needs(key, documents)
    }

    fn prove(self: Box<Self>, key: &ProofKey, documents: &Documents) -> Result<Box<dyn Proven>, Refusal> {
        let credential = self.credential.verify_by(key, documents)?;
        Ok(Box::new(Verified { credential, presentation: self.presentation }))
    }
}

impl Proven for Verified {
    fn types(&self) -> Vec<&str> {
        self.credential.types().iter().map(String::as_str).collect()
    }

    fn period(&self) -> (Option<Timestamp>, Option<Timestamp>) {
        self.credential.period()
    }

    fn status(&self) -> Option<&Value> {
        None
    }

    fn credential_status(&self) -> Option<&Value> {
        self.credential.status()
    }

    fn header(&self) -> Option<&Header> {
        None
    }

    fn holder_needs(&self, documents: &Documents) -> Vec<Need> {
        let subject = self.presentation.as_ref().and_then(|_| self.subject());
        subject.and_then(|did| did::needs(&did, documents)).into_iter().collect()
    }

    fn holder(&self, documents: &Documents) -> Option<PublicKey> {
        let method = self.presentation.as_ref().and_then(LdpVp::unverified_method);
        holder::key(&self.subject()?, method.as_deref(), documents).ok()
    }

    fn claimed_request(&self) -> Option<ClaimedRequest> {
        let presentation = self.presentation.as_ref().filter(|presentation| presentation.has_proof())?;
        let (audience, nonce) = presentation.unverified_request();
        Some(ClaimedRequest { audience, nonce })
    }

    fn require_holder(
        &self,
        request: &KeyBindingRequest<'_>,
        documents: &Documents,
    ) -> Result<PublicKey, Refusal> {
        let presentation =
            self.presentation.as_ref().ok_or(checks::HOLDER_BINDING.refuse(NO_PRESENTATION))?;
        presentation.verify(&self.credential, request, documents)
    }

    fn into_claims(self: Box<Self>) -> Value {
        self.credential.into_credential()
    }
}

impl Verified {
    /// The DID that all subjects of the credential are.
    fn subject(&self) -> Option<Did> {
        Did::parse(self.credential.subject()?).ok()
    }
}
