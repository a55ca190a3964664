//! A W3C credential as JWT (`jwt_vc_json`) as the judge sees it, in its presentation or alone (OpenID4VP 1.0 Appendix
//! B.1.3.1). Its own rules are the `VJ-…` checks of [`crate::vcjwt`].
//!
//! The holder is whom the credential binds: the key in `cnf` (RFC 7800), or without one the DID that is the credential's
//! only subject, by a key that its document lists for authentication. Nothing the presentation says of its holder is
//! believed.

use jigap_keys::{PublicKey, Purpose};
use serde_json::Value;

use super::format::{ClaimedRequest, Described, KeyName, Proven, Unproven, signing};
use super::holder;
use crate::contexts::{Contexts, VERIFIABLE_CREDENTIAL};
use crate::dcql::Format;
use crate::did::{self, Did, ProofKey};
use crate::documents::{Documents, Need};
use crate::jose::{self, Header, Jws};
use crate::sdjwt::KeyBindingRequest;
use crate::time::Timestamp;
use crate::vcjwt::{self, VcJwt, VerifiedVc, VpJwt};
use crate::verdict::{Check, Reason, Refusal, checks};

const ABSENT: Reason = Reason::new(
    "vp-absent",
    "the credential came alone, without a presentation by its holder",
    "소지자의 제출물 없이 증명서만 왔습니다",
);
const NO_HOLDER: Reason = Reason::new(
    "holder-not-named",
    "the credential names neither a holder's key nor one subject with a DID",
    "증명서에 소지자의 키도, DID를 가진 하나의 주체도 없습니다",
);
const BAD_KEY: Reason = Reason::new(
    "cnf-jwk-unsupported",
    "the holder's key in the credential is not a supported public key",
    "증명서에 적힌 소지자의 키가 지원되는 공개키가 아닙니다",
);
/// A credential, with or without a presentation around it, that was parsed.
struct Parsed {
    credential: VcJwt,
    presentation: Option<VpJwt>,
    described: Described,
    types: Vec<String>,
}

/// A credential whose issuer's signature was verified.
struct Verified {
    credential: VerifiedVc,
    presentation: Option<VpJwt>,
    types: Vec<String>,
}

/// Parses the compact serialization. Refuses by V-01, V-02, VJ-02, VJ-09 and VJ-13, and by JW checks.
pub(super) fn read(text: &str, contexts: &Contexts) -> Result<Box<dyn Unproven>, Refusal> {
    let jws = Jws::parse(text).map_err(of_credential)?;
    let (credential, presentation) = if VpJwt::is_one(&jws) {
        let presentation = VpJwt::read(jws)?;
        let credential = VcJwt::parse(presentation.unverified_credential()?).map_err(of_credential)?;
        (credential, Some(presentation))
    } else {
        (VcJwt::read(jws).map_err(of_credential)?, None)
    };
    let types = contexts.expanded_types(credential.unverified_credential().unwrap_or(&Value::Null));
    let described = Described {
        format: Format::JwtVcJson,
        issuer: credential.unverified_issuer().map(str::to_owned),
        types: types.iter().filter(|name| *name != VERIFIABLE_CREDENTIAL).cloned().collect(),
    };
    Ok(Box::new(Parsed { credential, presentation, described, types }))
}

impl Unproven for Parsed {
    fn described(&self) -> &Described {
        &self.described
    }

    fn key_name(&self) -> KeyName<'_> {
        KeyName::Header(self.credential.header())
    }

    fn says_signed_at(&self) -> Option<Timestamp> {
        self.credential.unverified_payload().get("iat").and_then(jose::numeric_date)
    }

    fn is_presented(&self) -> bool {
        self.presentation.is_some()
    }

    fn prove(self: Box<Self>, key: &ProofKey, _: &Documents) -> Result<Box<dyn Proven>, Refusal> {
        let key = signing(key)?;
        let Self { credential, presentation, types, .. } = *self;
        let credential = credential.verify(key).map_err(of_credential)?;
        Ok(Box::new(Verified { credential, presentation, types }))
    }
}

impl Proven for Verified {
    fn types(&self) -> Vec<&str> {
        self.types.iter().map(String::as_str).collect()
    }

    fn period(&self) -> (Option<Timestamp>, Option<Timestamp>) {
        (self.credential.not_before(), self.credential.expires_at())
    }

    fn status(&self) -> Option<&Value> {
        self.credential.token_status()
    }

    fn credential_status(&self) -> Option<&Value> {
        self.credential.status()
    }

    fn holder_needs(&self, documents: &Documents) -> Vec<Need> {
        let did = match &self.presentation {
            Some(_) if self.credential.confirmation().is_none() => self.subject(),
            _ => None,
        };
        did.and_then(|did| did::needs(&did, documents)).into_iter().collect()
    }

    fn header(&self) -> Option<&Header> {
        Some(self.credential.header())
    }

    fn claimed_request(&self) -> Option<ClaimedRequest> {
        self.presentation
            .as_ref()
            .map(|presentation| ClaimedRequest::of_jwt(presentation.unverified_payload()))
    }

    fn holder(&self, documents: &Documents) -> Option<PublicKey> {
        let header = self.presentation.as_ref().map(VpJwt::header);
        self.holder_key(header, documents).ok()
    }

    fn require_holder(
        &self,
        request: &KeyBindingRequest<'_>,
        documents: &Documents,
    ) -> Result<PublicKey, Refusal> {
        let presentation = self.presentation.as_ref().ok_or(checks::HOLDER_BINDING.refuse(ABSENT))?;
        let key = self.holder_key(Some(presentation.header()), documents)?;
        // Whom `cnf` binds need not be whom it speaks about.
        let about = Some(&self.credential).filter(|credential| credential.confirmation().is_none());
        presentation.verify_with(&key, request, about).map_err(of_presentation)?;
        Ok(key)
    }

    fn into_claims(self: Box<Self>) -> Value {
        self.credential.into_credential()
    }
}

impl Verified {
    /// The key of whom the credential binds, by the header of the presentation where a DID has several.
    fn holder_key(&self, header: Option<&Header>, documents: &Documents) -> Result<PublicKey, Refusal> {
        let binding = |reason| checks::HOLDER_BINDING.refuse(reason);
        if let Some(confirmation) = self.credential.confirmation() {
            let jwk = confirmation.get("jwk").ok_or(binding(NO_HOLDER))?;
            return PublicKey::from_jwk_for(jwk, Purpose::Signature).map_err(|_| binding(BAD_KEY));
        }
        let subject = self.subject().ok_or(binding(NO_HOLDER))?;
        holder::key(&subject, header.and_then(|header| header.kid.as_deref()), documents)
    }

    /// The DID that all subjects of the credential are.
    fn subject(&self) -> Option<Did> {
        let subject = self.credential.subjects().next()?;
        self.credential.is_only_about(subject).then(|| Did::parse(subject).ok())?
    }
}

/// A refusal of the credential's token under its id common to all formats.
fn of_credential(refusal: Refusal) -> Refusal {
    common(
        &[
            (vcjwt::TYP, checks::TOKEN_TYPE),
            (jose::ALGORITHM, checks::ALGORITHM),
            (jose::CRITICAL, checks::ALGORITHM),
            (jose::KEY, checks::ALGORITHM),
            (jose::SIGNATURE, checks::PROOF),
        ],
        refusal,
    )
}

/// A refusal of the presentation's token under its id common to all formats.
fn of_presentation(refusal: Refusal) -> Refusal {
    common(
        &[
            (jose::KEY, checks::HOLDER_PROOF),
            (jose::SIGNATURE, checks::HOLDER_PROOF),
            (vcjwt::NONCE, checks::NONCE),
            (vcjwt::AUDIENCE, checks::AUDIENCE),
            (vcjwt::TIME, checks::PRESENTATION_TIME),
        ],
        refusal,
    )
}

fn common(same: &[(Check, Check)], refusal: Refusal) -> Refusal {
    let same = same.iter().find(|(fine, _)| *fine == refusal.check);
    same.map_or(refusal, |(_, common)| common.refuse(refusal.reason))
}
