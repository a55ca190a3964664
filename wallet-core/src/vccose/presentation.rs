//! A presentation in COSE: parse, verify, take the credentials out.
//!
//! VC-JOSE-COSE does not say where a presentation in COSE says what it answers. Here it is as in a `vp+jwt`: by the members
//! `nonce`, `aud` and `iat` of the document.

use jigap_keys::PublicKey;
use serde_json::Value;

use super::document::Document;
use crate::cose::Header;
use crate::redacted;
use crate::sdjwt::KeyBindingRequest;
use crate::time::Timestamp;
use crate::vcdm::envelope::Held;
use crate::vcdm::id_of;
use crate::vcjwt::{Model, TIME, answers, examine_presentation, moments, require_presentation};
use crate::verdict::{Reason, Refusal};

const ENDED: Reason = Reason::new(
    "vp-signature-ended",
    "the presentation's signature does not hold at this moment",
    "제출물의 서명이 지금 시각에 유효하지 않습니다",
);

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
        let document = Document::parse(bytes, Held::Presentation)?;
        require_presentation(document.value(), Model::V2)?;
        Ok(Self(document))
    }

    /// The holder's header; it is not verified.
    pub const fn header(&self) -> &Header {
        self.0.message().header()
    }

    /// The presentation, before anybody vouches for it.
    pub const fn unverified_presentation(&self) -> &Value {
        self.0.value()
    }

    /// The holder the presentation names, before anybody vouches for it: only for finding the holder's key.
    pub fn unverified_holder(&self) -> Option<&str> {
        id_of(self.0.value().get("holder")?)
    }

    /// Verifies the holder's signature and what the presentation was made for; answers the holder it names and the texts of
    /// its credentials, each to be parsed and verified for itself.
    ///
    /// # Errors
    /// CO-05, CO-07, VJ-10 to VJ-14, DM checks.
    pub fn verify(
        &self,
        holder_key: &PublicKey,
        request: &KeyBindingRequest<'_>,
    ) -> Result<(Option<&str>, Vec<&str>), Refusal> {
        self.0.clone().verify(holder_key)?;
        answers(self.0.value(), request, (true, true))?;
        let claims = self.0.message().unverified_claims()?;
        request.require_within(claims.not_before, claims.expires).map_err(|_| TIME.refuse(ENDED))?;
        examine_presentation(self.0.value(), self.0.value())
    }

    /// Verifies the holder's signature and the form alone, whatever it was made for and whenever; answers the presentation.
    ///
    /// # Errors
    /// CO-05, CO-07, VJ-12 (a malformed moment), VJ-13, VJ-14, DM checks.
    pub fn verify_form(&self, holder_key: &PublicKey) -> Result<&Value, Refusal> {
        self.0.clone().verify(holder_key)?;
        let _: [Option<Timestamp>; 3] = moments(self.0.value())?;
        examine_presentation(self.0.value(), self.0.value())?;
        Ok(self.0.value())
    }
}
