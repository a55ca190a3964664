//! A presentation that is signed as a whole, as JWT (`vp+jwt`, and `JWT` of the data model 1.1), SD-JWT (`vp+sd-jwt`) or COSE
//! (`vp+cose`), as the judge sees it (VC-JOSE-COSE §3.1.2, §3.2.2, §3.3.2; OpenID4VP 1.0 Appendix B.1.3.1). Its own rules are the
//! `VJ-…` checks of [`crate::vcjwt`].
//!
//! The holder is whom the credential binds: the key in `cnf` (RFC 7800), or without one the DID that is the credential's
//! only subject, by a key that its document lists for authentication. Nothing the presentation says of its holder is
//! believed. It holds one credential, secured by any of the three whatever the presentation is secured by. No query can ask
//! for one that is not a JWT around a JWT (OpenID4VP 1.0 Appendix B).

use std::borrow::Cow;

use jigap_keys::{PublicKey, Purpose};
use serde_json::Value;

use super::format::{self, Bound, ClaimedRequest, Described, KeyName, Proven, Unproven};
use super::{enclosed, holder, sd_jwt_vc};
use crate::claims::ThinnedArray;
use crate::contexts::Contexts;
use crate::cose::{self, Sign1};
use crate::dcql::Format;
use crate::did::{self, Did, ProofKey};
use crate::documents::{Documents, Need};
use crate::jose::{self, Header, Jws};
use crate::sdjwt::{self, KeyBindingRequest, SdJwt};
use crate::status::cwt_key_name;
use crate::time::Timestamp;
use crate::vccose::VpCose;
use crate::vcdm::id_of;
use crate::vcjwt::{self, VpJwt, entries, only_credential};
use crate::vcsdjwt::VpSdJwt;
use crate::verdict::{Check, Reason, Refusal, checks};

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

/// A presentation that was parsed; nothing of it is verified.
pub(super) enum Shown {
    Jwt(Box<VpJwt>),
    /// With what it discloses.
    SdJwt(Box<VpSdJwt>, Value),
    Cose(Box<VpCose>),
}

impl Shown {
    /// Refuses by VJ-09 and VE-02.
    pub(super) fn of_jws(jws: Jws) -> Result<Self, Refusal> {
        VpJwt::read(jws).map(Box::new).map(Self::Jwt)
    }

    /// Refuses by V-01, VJ-09 and SD checks.
    pub(super) fn of_sd_jwt(token: SdJwt) -> Result<Self, Refusal> {
        let presentation = VpSdJwt::read(token).map_err(enclosed::common)?;
        let document = presentation.unverified_presentation().map_err(sd_jwt_vc::common)?;
        Ok(Self::SdJwt(Box::new(presentation), document))
    }

    /// Refuses by V-01, VJ-09 and VE-03.
    pub(super) fn of_message(message: Sign1) -> Result<Self, Refusal> {
        VpCose::read(message).map(Box::new).map(Self::Cose).map_err(enclosed::common)
    }

    /// The format by which a query can ask for it, with a credential of `inner`: that of both, or one that none can ask for.
    const fn asked_as(&self, inner: Format) -> Format {
        match self {
            Self::Jwt(_) => inner,
            Self::SdJwt(..) => Format::VcSdJwt,
            Self::Cose(_) => Format::VcCose,
        }
    }

    fn document(&self) -> &Value {
        match self {
            Self::Jwt(it) => it.unverified_presentation().unwrap_or(&Value::Null),
            Self::SdJwt(_, document) => document,
            Self::Cose(it) => it.unverified_presentation(),
        }
    }

    /// The request that it says it answers.
    fn claimed_request(&self) -> ClaimedRequest {
        let said = ClaimedRequest::of_jwt(self.claims());
        match self {
            Self::Cose(it) => {
                ClaimedRequest { audience: it.unverified_audience().unwrap_or_default(), ..said }
            }
            Self::Jwt(_) | Self::SdJwt(..) => said,
        }
    }

    /// Whether it says when it was made.
    fn is_dated(&self) -> bool {
        match self {
            Self::Cose(it) => it.is_dated(),
            Self::Jwt(_) | Self::SdJwt(..) => self.claims().get("iat").is_some(),
        }
    }

    /// What says for whom, for which request and when it was made; of one in COSE also claims in its header may.
    fn claims(&self) -> &Value {
        match self {
            Self::Jwt(it) => it.unverified_payload(),
            Self::SdJwt(..) | Self::Cose(_) => self.document(),
        }
    }

    /// The credentials as they stand there, each a string or an envelope.
    pub(super) fn entries(&self) -> Vec<Value> {
        entries(self.document()).unwrap_or_default().to_vec()
    }

    /// The name of the key that it says it was signed with.
    pub(super) fn kid(&self) -> Option<Cow<'_, str>> {
        match self {
            Self::Jwt(it) => it.header().kid.as_deref().map(Cow::Borrowed),
            Self::SdJwt(it, _) => it.header().kid.as_deref().map(Cow::Borrowed),
            Self::Cose(it) => cwt_key_name(it.message()).kid.map(Cow::Owned),
        }
    }

    /// The holder that it names, before anybody vouches for it.
    pub(super) fn unverified_holder(&self) -> Option<Cow<'_, str>> {
        match self {
            Self::Jwt(it) => it.unverified_holder().map(Cow::Borrowed),
            Self::SdJwt(_, document) => holder_of(document).map(Cow::Borrowed),
            Self::Cose(it) => it.unverified_holder().map(Cow::Owned),
        }
    }

    /// Verifies it, and answers the holder that it names. Said is whether the nonce and the audience of `request` are asked for.
    pub(super) fn verify(
        &self,
        key: &PublicKey,
        request: &KeyBindingRequest<'_>,
        asked: (bool, bool),
    ) -> Result<Option<String>, Refusal> {
        match self {
            Self::Jwt(it) => Ok(it.check(key, request, asked)?.0.map(str::to_owned)),
            Self::SdJwt(it, _) => {
                let document = VpSdJwt::clone(it).check(key, request, asked)?;
                Ok(holder_of(&document).map(str::to_owned))
            }
            Self::Cose(it) => Ok(it.check(key, request, asked)?.0),
        }
    }
}

/// The holder that a document of the data model 2.0 names; that its `iss` says the same was checked.
fn holder_of(document: &Value) -> Option<&str> {
    document.get("holder").and_then(id_of).or_else(|| document.get("iss")?.as_str())
}

/// A credential in the presentation around it, parsed.
struct Parsed {
    credential: Box<dyn Unproven>,
    presentation: Shown,
    described: Described,
}

/// The same whose issuer's proof holds.
struct Verified {
    credential: Box<dyn Proven>,
    presentation: Shown,
}

/// Reads the one credential that a presentation holds, as what it is said to be. Refuses none and several (VJ-13), and one that
/// carries a key binding JWT, which nobody would look at (SD-11).
pub(super) fn read(presentation: Shown, contexts: &Contexts) -> Result<Box<dyn Unproven>, Refusal> {
    let credential = format::of_enclosed(only_credential(presentation.document())?, contexts)?;
    if credential.has_key_binding() {
        return Err(sdjwt::key_bound());
    }
    let described = credential.described().clone();
    let described = Described { asked_as: presentation.asked_as(described.asked_as), ..described };
    Ok(Box::new(Parsed { credential, presentation, described }))
}

impl Unproven for Parsed {
    fn described(&self) -> &Described {
        &self.described
    }

    fn key_name(&self) -> KeyName<'_> {
        self.credential.key_name()
    }

    fn says_signed_at(&self) -> Option<Timestamp> {
        self.credential.says_signed_at()
    }

    fn is_presented(&self) -> bool {
        true
    }

    fn proof_needs(&self, key: &ProofKey, documents: &Documents) -> Vec<Need> {
        self.credential.proof_needs(key, documents)
    }

    fn prove(self: Box<Self>, key: &ProofKey, documents: &Documents) -> Result<Box<dyn Proven>, Refusal> {
        let Self { credential, presentation, .. } = *self;
        Ok(Box::new(Verified { credential: credential.prove(key, documents)?, presentation }))
    }
}

impl Proven for Verified {
    fn types(&self) -> Vec<&str> {
        self.credential.types()
    }

    fn period(&self) -> (Option<Timestamp>, Option<Timestamp>) {
        self.credential.period()
    }

    fn status(&self) -> Option<&Value> {
        self.credential.status()
    }

    fn prefers_cwt(&self) -> bool {
        self.credential.prefers_cwt()
    }

    fn credential_status(&self) -> Option<&Value> {
        self.credential.credential_status()
    }

    fn holder_needs(&self, documents: &Documents) -> Vec<Need> {
        let Bound::Subject(did) = self.credential.binds() else { return Vec::new() };
        did::needs(&did, documents).into_iter().collect()
    }

    fn header(&self) -> Option<&Header> {
        self.credential.header()
    }

    fn certificates(&self) -> &[Vec<u8>] {
        self.credential.certificates()
    }

    fn holder(&self, documents: &Documents) -> Option<PublicKey> {
        bound_key(self.credential.binds(), self.presentation.kid().as_deref(), documents).ok()
    }

    fn claimed_request(&self) -> Option<ClaimedRequest> {
        Some(self.presentation.claimed_request())
    }

    fn require_holder(
        &self,
        request: &KeyBindingRequest<'_>,
        documents: &Documents,
    ) -> Result<PublicKey, Refusal> {
        let bound = self.credential.binds();
        // Whom `cnf` binds need not be whom it speaks about.
        let subject = if let Bound::Subject(did) = &bound { Some(did.clone()) } else { None };
        let key = bound_key(bound, self.presentation.kid().as_deref(), documents)?;
        let named = self.presentation.verify(&key, request, (true, true)).map_err(common)?;
        match subject {
            Some(subject) if named.as_deref() != Some(subject.as_str()) => Err(vcjwt::other_holder()),
            _ => Ok(key),
        }
    }

    /// No specification asks for `iat` of a presentation (VC-JOSE-COSE, OpenID4VP 1.0 B.1.3.1).
    fn is_dated(&self) -> bool {
        self.presentation.is_dated()
    }

    fn withheld(&self) -> &[ThinnedArray] {
        self.credential.withheld()
    }

    fn into_claims(self: Box<Self>) -> Value {
        self.credential.into_claims()
    }
}

impl Bound {
    /// Whom a W3C credential binds, by its `cnf`, and its only subject.
    pub(super) fn of(confirmation: Option<&Value>, subject: Option<&str>) -> Self {
        match confirmation {
            Some(confirmation) => confirmation.get("jwk").map_or(Self::Nobody, |jwk| {
                PublicKey::from_jwk_for(jwk, Purpose::Signature).map_or(Self::Unsupported, Self::Key)
            }),
            None => subject.and_then(|id| Did::parse(id).ok()).map_or(Self::Nobody, Self::Subject),
        }
    }
}

/// The key of whom a credential binds: `method` tells which, where a DID has several.
pub(super) fn bound_key(
    bound: Bound,
    method: Option<&str>,
    documents: &Documents,
) -> Result<PublicKey, Refusal> {
    match bound {
        Bound::Key(key) => Ok(key),
        Bound::Unsupported => Err(checks::HOLDER_BINDING.refuse(BAD_KEY)),
        Bound::Subject(subject) => holder::key(&subject, method, documents),
        Bound::Nobody => Err(checks::HOLDER_BINDING.refuse(NO_HOLDER)),
    }
}

/// A refusal of the holder's proof under its id common to all formats.
fn common(refusal: Refusal) -> Refusal {
    const SAME: [(Check, Check); 7] = [
        (jose::KEY, checks::HOLDER_PROOF),
        (jose::SIGNATURE, checks::HOLDER_PROOF),
        (cose::KEY, checks::HOLDER_PROOF),
        (cose::SIGNATURE, checks::HOLDER_PROOF),
        (vcjwt::NONCE, checks::NONCE),
        (vcjwt::AUDIENCE, checks::AUDIENCE),
        (vcjwt::TIME, checks::PRESENTATION_TIME),
    ];
    let same = SAME.iter().find(|(fine, _)| *fine == refusal.check);
    same.map_or(refusal, |(_, common)| common.refuse(refusal.reason))
}
