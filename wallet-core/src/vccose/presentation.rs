//! A presentation in COSE: parse, verify, take the credentials out.
//!
//! VC-JOSE-COSE does not say where a presentation in COSE says what it answers. Here it is as in a `vp+jwt`: by the members
//! `nonce`, `aud` and `iat` of the document, or by the CWT Claims `aud` and `iat` in the protected header, which mean what RFC 8392
//! says (§3.3.3). Who signs it says so by `holder`, by the member `iss`, or by the claim `iss` in the header. Of what stands in
//! both, each must hold.

use jigap_keys::PublicKey;
use serde_json::Value;

use super::document::Document;
use crate::cose::{CwtClaims, Header, Sign1};
use crate::redacted;
use crate::sdjwt::KeyBindingRequest;
use crate::time::Timestamp;
use crate::vcdm::envelope::{Enclosed, Held, Securing};
use crate::vcdm::id_of;
use crate::vcjwt::{
    AUDIENCE, HOLDER, Model, TIME, answers, examine_presentation, moments, require_presentation,
};
use crate::verdict::{Reason, Refusal};

const ENDED: Reason = Reason::new(
    "vp-signature-ended",
    "the presentation's signature does not hold at this moment",
    "제출물의 서명이 지금 시각에 유효하지 않습니다",
);

const TWO_HOLDERS: Reason =
    Reason::new("vp-holder-contradiction", "two holders are named", "소지자가 둘로 적혀 있습니다");

/// A presentation in COSE that was parsed but not verified.
#[derive(Clone)]
pub struct VpCose(Document);

impl std::fmt::Debug for VpCose {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        redacted::debug(f, "VpCose", &[(redacted::members(self.0.value()), "members")])
    }
}

impl VpCose {
    /// Parses the message, tagged (18) or not. Refuses by VE-01, VE-02, VE-03, VJ-09, and by CO checks.
    ///
    /// # Errors
    /// The rule that it breaks.
    pub fn parse(bytes: &[u8]) -> Result<Self, Refusal> {
        Self::read(Sign1::parse(bytes)?)
    }

    /// As [`VpCose::parse`], of a message that was parsed already.
    pub(crate) fn read(message: Sign1) -> Result<Self, Refusal> {
        let document = Document::read(message, Held::Presentation)?;
        require_presentation(document.value(), Model::V2)?;
        Ok(Self(document))
    }

    /// Whether a message calls itself a presentation.
    pub(crate) fn is_one(message: &Sign1) -> bool {
        message.header().require_typ(Held::Presentation.media_type(Securing::Cose)).is_ok()
    }

    /// The holder's header; it is not verified.
    pub const fn header(&self) -> &Header {
        self.0.message().header()
    }

    pub(crate) const fn message(&self) -> &Sign1 {
        self.0.message()
    }

    /// The presentation, before anybody vouches for it.
    pub const fn unverified_presentation(&self) -> &Value {
        self.0.value()
    }

    /// The holder the presentation names, before anybody vouches for it: only for finding the holder's key.
    pub fn unverified_holder(&self) -> Option<String> {
        let document = self.0.value();
        let named = document.get("holder").and_then(id_of).or_else(|| document.get("iss")?.as_str());
        let claimed = || self.0.message().unverified_claims().ok()?.issuer;
        named.map(str::to_owned).or_else(claimed)
    }

    /// Verifies the holder's signature and what the presentation was made for; answers the holder it names and its credentials,
    /// each to be parsed and verified for itself.
    ///
    /// # Errors
    /// CO-05, CO-07, VJ-10 to VJ-14, DM checks.
    pub fn verify(
        &self,
        holder_key: &PublicKey,
        request: &KeyBindingRequest<'_>,
    ) -> Result<(Option<String>, Vec<Enclosed<'_>>), Refusal> {
        self.check(holder_key, request, (true, true))
    }

    /// As [`VpCose::verify`]. Said is whether the nonce and the audience of `request` are asked for.
    pub(crate) fn check(
        &self,
        holder_key: &PublicKey,
        request: &KeyBindingRequest<'_>,
        asked: (bool, bool),
    ) -> Result<(Option<String>, Vec<Enclosed<'_>>), Refusal> {
        let claims = self.signed_by(holder_key)?;
        let (holder, credentials) = examine_presentation(self.0.value(), self.0.value())?;
        let holder = agreed(holder, claims.issuer.as_deref())?;
        self.answers(&claims, request, asked)?;
        Ok((holder, credentials))
    }

    /// Verifies the holder's signature and the form alone, whatever it was made for and whenever; answers the presentation.
    ///
    /// # Errors
    /// CO-05, CO-07, VJ-12 (a malformed moment), VJ-13, VJ-14, DM checks.
    pub fn verify_form(&self, holder_key: &PublicKey) -> Result<&Value, Refusal> {
        let claims = self.signed_by(holder_key)?;
        let _: [Option<Timestamp>; 3] = moments(self.0.value())?;
        let (holder, _) = examine_presentation(self.0.value(), self.0.value())?;
        agreed(holder, claims.issuer.as_deref())?;
        Ok(self.0.value())
    }

    /// For whom it says that it was made, before anybody vouches for it: in the document, or else in the header.
    pub(crate) fn unverified_audience(&self) -> Option<String> {
        match self.0.value().get("aud") {
            None => self.0.message().unverified_claims().ok()?.audience?.into_iter().next(),
            Some(Value::Array(many)) => many.first()?.as_str().map(str::to_owned),
            Some(one) => one.as_str().map(str::to_owned),
        }
    }

    /// Whether it says when it was made, in the document or in the header.
    pub(crate) fn is_dated(&self) -> bool {
        let claimed = || self.0.message().unverified_claims().is_ok_and(|claims| claims.issued_at.is_some());
        self.0.value().get("iat").is_some() || claimed()
    }

    /// Refuses (VJ-10 to VJ-12) what was not made as the answer to `request`, by the document or by the claims in the header.
    fn answers(
        &self,
        claims: &CwtClaims,
        request: &KeyBindingRequest<'_>,
        (for_nonce, for_audience): (bool, bool),
    ) -> Result<(), Refusal> {
        let document = self.0.value();
        let within = claims.audience.is_none() || document.get("aud").is_some();
        answers(document, request, (for_nonce, for_audience && within))?;
        if let Some(audience) = claims.audience.as_ref().filter(|_| for_audience) {
            let alone = if let [one] = audience.as_slice() { Some(one.as_str()) } else { None };
            request.require_audience(alone).map_err(|reason| AUDIENCE.refuse(reason))?;
        }
        request.require_within(claims.not_before, claims.expires).map_err(|_| TIME.refuse(ENDED))?;
        let made = claims.issued_at.map_or(Ok(()), |at| request.require_made(at));
        made.map_err(|reason| TIME.refuse(reason))
    }

    /// Verifies the holder's signature; answers the claims in the header that it covers.
    fn signed_by(&self, holder_key: &PublicKey) -> Result<CwtClaims, Refusal> {
        let (_, claims, _) = self.0.clone().verify(holder_key)?;
        Ok(claims)
    }
}

/// The holder that the document names, or else the claim `iss` in the header, which names who signed (VC-JOSE-COSE §3.3.3,
/// §4.1.2, §4.2; RFC 9597 §2). Refuses (VJ-14) two that differ, as of a `vp+jwt`.
fn agreed(named: Option<&str>, claimed: Option<&str>) -> Result<Option<String>, Refusal> {
    match (named, claimed) {
        (Some(named), Some(claimed)) if named != claimed => Err(HOLDER.refuse(TWO_HOLDERS)),
        (named, claimed) => Ok(named.or(claimed).map(str::to_owned)),
    }
}
