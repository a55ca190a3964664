//! A W3C credential as JWT (`jwt_vc_json`) as the judge sees it. Its own rules are the `VJ-…` checks of [`crate::vcjwt`]; the
//! presentation around it is [`super::shown`]'s (OpenID4VP 1.0 Appendix B.1.3.1).

use jigap_keys::PublicKey;
use serde_json::Value;

use super::format::{Bound, ClaimedRequest, Described, KeyName, Proven, Unproven, signing};
use super::shown::bound_key;
use crate::contexts::{Contexts, VERIFIABLE_CREDENTIAL};
use crate::dcql::Format;
use crate::did::ProofKey;
use crate::documents::Documents;
use crate::jose::{self, Header, Jws};
use crate::sdjwt::KeyBindingRequest;
use crate::time::Timestamp;
use crate::vcdm::only_subject;
use crate::vcjwt::{self, VcJwt, VerifiedVc};
use crate::verdict::{Check, Reason, Refusal, checks};

const ABSENT: Reason = Reason::new(
    "vp-absent",
    "the credential came alone, without a presentation by its holder",
    "소지자의 제출물 없이 증명서만 왔습니다",
);

/// A credential that was parsed.
struct Parsed {
    credential: VcJwt,
    described: Described,
    types: Vec<String>,
}

/// A credential whose issuer's signature was verified.
struct Verified {
    credential: VerifiedVc,
    types: Vec<String>,
}

/// Parses a compact serialization, of a credential or a presentation. Refuses by V-02 and by JW checks.
pub(super) fn parse(text: &str) -> Result<Jws, Refusal> {
    Jws::parse(text).map_err(of_credential)
}

/// Reads a credential. Refuses by V-01, VJ-02 and VE-02.
pub(super) fn read(jws: Jws, contexts: &Contexts) -> Result<Box<dyn Unproven>, Refusal> {
    let credential = VcJwt::read(jws).map_err(of_credential)?;
    let types = contexts.expanded_types(credential.unverified_credential().unwrap_or(&Value::Null));
    let own = types.iter().filter(|name| *name != VERIFIABLE_CREDENTIAL).cloned().collect();
    let issuer = credential.unverified_issuer().map(str::to_owned);
    let described = Described::new(Format::JwtVcJson, issuer, own);
    Ok(Box::new(Parsed { credential, described, types }))
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
        false
    }

    fn prove(self: Box<Self>, key: &ProofKey, _: &Documents) -> Result<Box<dyn Proven>, Refusal> {
        let key = signing(key)?;
        let Self { credential, types, .. } = *self;
        let credential = credential.verify(key).map_err(of_credential)?;
        Ok(Box::new(Verified { credential, types }))
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

    fn header(&self) -> Option<&Header> {
        Some(self.credential.header())
    }

    fn claimed_request(&self) -> Option<ClaimedRequest> {
        None
    }

    fn binds(&self) -> Bound {
        Bound::of(self.credential.confirmation(), only_subject(self.credential.credential()))
    }

    fn holder(&self, documents: &Documents) -> Option<PublicKey> {
        bound_key(self.binds(), None, documents).ok()
    }

    fn require_holder(&self, _: &KeyBindingRequest<'_>, _: &Documents) -> Result<PublicKey, Refusal> {
        Err(checks::HOLDER_BINDING.refuse(ABSENT))
    }

    fn into_claims(self: Box<Self>) -> Value {
        self.credential.into_credential()
    }
}

/// A refusal of the token under its id common to all formats.
fn of_credential(refusal: Refusal) -> Refusal {
    const SAME: [(Check, Check); 5] = [
        (vcjwt::TYP, checks::TOKEN_TYPE),
        (jose::ALGORITHM, checks::ALGORITHM),
        (jose::CRITICAL, checks::ALGORITHM),
        (jose::KEY, checks::ALGORITHM),
        (jose::SIGNATURE, checks::PROOF),
    ];
    let same = SAME.iter().find(|(fine, _)| *fine == refusal.check);
    same.map_or(refusal, |(_, common)| common.refuse(refusal.reason))
}
