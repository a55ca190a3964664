//! A presentation as SD-JWT: parse, verify, take the credentials out. Its holder signs it as an issuer signs an SD-JWT; what it
//! answers stands in it as in a `vp+jwt`.

use jigap_keys::PublicKey;
use serde_json::Value;

use super::credential::require_held;
use crate::jose::Header;
use crate::sdjwt::{KeyBindingRequest, SdJwt, VerifiedSdJwt};
use crate::vcdm::envelope::Held;
use crate::vcjwt::{Model, PRESENTATION, answers, examine_presentation, moments, require_presentation};
use crate::verdict::{Reason, Refusal};

const MISPLACED: Reason = Reason::new(
    "vp-misplaced",
    "a presentation of the data model 2.0 has no `vc` and no `vp`",
    "데이터 모델 2.0의 제출물에는 `vc`와 `vp`가 없습니다",
);

/// Members that say what the presentation answers and when it holds.
const ALWAYS_OPEN: [&str; 6] = ["iss", "aud", "nonce", "iat", "nbf", "exp"];

/// A presentation as SD-JWT that was parsed but not verified.
#[derive(Debug, Clone)]
pub struct VpSdJwt(SdJwt);

impl VpSdJwt {
    /// Parses the compact serialization. Refuses by VE-01, VE-02, SD-01, SD-11, and by JW checks: who signs it is its holder, so
    /// nobody is left to bind it.
    ///
    /// # Errors
    /// The rule that it breaks.
    pub fn parse(text: &str) -> Result<Self, Refusal> {
        Self::read(SdJwt::parse(text)?)
    }

    /// As [`VpSdJwt::parse`], of a token that was parsed already.
    pub(crate) fn read(sd_jwt: SdJwt) -> Result<Self, Refusal> {
        require_held(&sd_jwt, Held::Presentation)?;
        sd_jwt.require_no_key_binding()?;
        Ok(Self(sd_jwt))
    }

    /// The holder's header; it is not verified.
    pub const fn header(&self) -> &Header {
        self.0.header()
    }

    /// The presentation with what was disclosed, before anybody vouches for it: only for finding its credential and the holder's
    /// key. Refuses by SD-02 to SD-10, SD-14, VJ-09.
    pub(crate) fn unverified_presentation(&self) -> Result<Value, Refusal> {
        shaped(self.0.clone().dangerous_assume_verified_keeping_open(&ALWAYS_OPEN)?)
    }

    /// Verifies the holder's signature, processes the disclosures, and holds the presentation to what it was made for; answers
    /// it. Its credentials are not verified.
    ///
    /// # Errors
    /// JW-05, JW-07, SD-02 to SD-10, SD-14, VJ-09 to VJ-14, DM checks.
    pub fn verify(self, holder_key: &PublicKey, request: &KeyBindingRequest<'_>) -> Result<Value, Refusal> {
        self.check(holder_key, request, (true, true))
    }

    /// As [`VpSdJwt::verify`]. Said is whether the nonce and the audience of `request` are asked for.
    pub(crate) fn check(
        self,
        holder_key: &PublicKey,
        request: &KeyBindingRequest<'_>,
        asked: (bool, bool),
    ) -> Result<Value, Refusal> {
        let document = self.signed_by(holder_key)?;
        answers(&document, request, asked)?;
        Ok(document)
    }

    /// Verifies the holder's signature and the form alone, whatever it was made for and whenever; answers the presentation.
    ///
    /// # Errors
    /// As [`Self::verify`], without VJ-10 and VJ-11.
    pub fn verify_form(self, holder_key: &PublicKey) -> Result<Value, Refusal> {
        let document = self.signed_by(holder_key)?;
        moments(&document)?;
        Ok(document)
    }

    fn signed_by(self, holder_key: &PublicKey) -> Result<Value, Refusal> {
        let document = shaped(self.0.verify_keeping_open(holder_key, &ALWAYS_OPEN)?)?;
        examine_presentation(&document, &document)?;
        Ok(document)
    }
}

/// Refuses (VJ-09) what is no presentation of the data model 2.0.
fn shaped(sd_jwt: VerifiedSdJwt) -> Result<Value, Refusal> {
    let document = sd_jwt.into_claims();
    if ["vc", "vp"].iter().any(|name| document.get(name).is_some()) {
        return Err(PRESENTATION.refuse(MISPLACED));
    }
    require_presentation(&document, Model::V2)?;
    Ok(document)
}
