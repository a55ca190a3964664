//! A presentation as SD-JWT: parse, verify, take the credentials out. Its holder signs it as an issuer signs an SD-JWT; what it
//! answers stands in it as in a `vp+jwt`.

use jigap_keys::PublicKey;
use serde_json::Value;

use super::credential::require_held;
use crate::jose::Header;
use crate::sdjwt::{KeyBindingRequest, SdJwt};
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
        let sd_jwt = SdJwt::parse(text)?;
        require_held(&sd_jwt, Held::Presentation)?;
        sd_jwt.require_no_key_binding()?;
        Ok(Self(sd_jwt))
    }

    /// The holder's header; it is not verified.
    pub const fn header(&self) -> &Header {
        self.0.header()
    }

    /// Verifies the holder's signature, processes the disclosures, and holds the presentation to what it was made for; answers
    /// it. Its credentials are not verified.
    ///
    /// # Errors
    /// JW-05, JW-07, SD-02 to SD-10, SD-14, VJ-09 to VJ-14, DM checks.
    pub fn verify(self, holder_key: &PublicKey, request: &KeyBindingRequest<'_>) -> Result<Value, Refusal> {
        let document = self.read(holder_key)?;
        answers(&document, request, (true, true))?;
        Ok(document)
    }

    /// Verifies the holder's signature and the form alone, whatever it was made for and whenever; answers the presentation.
    ///
    /// # Errors
    /// As [`Self::verify`], without VJ-10 and VJ-11.
    pub fn verify_form(self, holder_key: &PublicKey) -> Result<Value, Refusal> {
        let document = self.read(holder_key)?;
        moments(&document)?;
        Ok(document)
    }

    fn read(self, holder_key: &PublicKey) -> Result<Value, Refusal> {
        let document = self.0.verify_keeping_open(holder_key, &ALWAYS_OPEN)?.into_claims();
        if ["vc", "vp"].iter().any(|name| document.get(name).is_some()) {
            return Err(PRESENTATION.refuse(MISPLACED));
        }
        require_presentation(&document, Model::V2)?;
        examine_presentation(&document, &document)?;
        Ok(document)
    }
}
