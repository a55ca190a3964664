//! A document of VCDM in a COSE_Sign1, whatever it says: form, media types, JSON.

use base64::Engine as _;
use base64::alphabet::{STANDARD, URL_SAFE};
use base64::engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig};
use jigap_keys::PublicKey;
use jigap_keys::json::{self, Limits};
use serde_json::Value;

use crate::cbor;
use crate::cose::{CwtClaims, Header, MediaType, Sign1};
use crate::vcdm::envelope::{CONTENT, DOCUMENT, Held, Securing, TYP};
use crate::verdict::{Reason, Refusal};

const OTHER_TYP: Reason = Reason::new(
    "vc-cose-typ",
    "the message is not what its kind of document demands",
    "메시지가 이 종류의 문서에 맞지 않습니다",
);
const OTHER_CONTENT: Reason = Reason::new(
    "vc-content-number",
    "the content type is a number that no document has",
    "내용의 매체 종류가 어떤 문서의 것도 아닌 번호입니다",
);
const NO_JSON: Reason = Reason::new(
    "vc-cose-json",
    "the payload is absent or not strict JSON within its limits",
    "페이로드가 없거나 제한을 지킨 엄격한 JSON이 아닙니다",
);
const NO_OBJECT: Reason =
    Reason::new("vc-cose-object", "the payload is not a JSON object", "페이로드가 JSON 객체가 아닙니다");

/// The text of the largest message.
const MAX_TEXT: usize = cbor::Limits::MESSAGE.bytes / 3 * 4 + 4;

/// With padding or without: VC-JOSE-COSE names base64 and says no more.
const ANY_PADDING: GeneralPurposeConfig =
    GeneralPurposeConfig::new().with_decode_padding_mode(DecodePaddingMode::Indifferent);

/// The bytes of a message that is written as base64 (RFC 4648 §4), with padding or without, or as base64url. `None`: it is
/// neither, or larger than any message.
pub fn decode_text(text: &str) -> Option<Vec<u8>> {
    let alphabet = if text.contains(['-', '_']) { &URL_SAFE } else { &STANDARD };
    let within = text.len() <= MAX_TEXT;
    within.then(|| GeneralPurpose::new(alphabet, ANY_PADDING).decode(text).ok())?
}

/// A document of which nothing is verified.
#[derive(Clone)]
pub(super) struct Document {
    message: Sign1,
    value: Value,
}

impl Document {
    /// Refuses by VE-01, VE-02, VE-03 and by CO checks.
    pub(super) fn parse(bytes: &[u8], held: Held) -> Result<Self, Refusal> {
        Self::read(Sign1::parse(bytes)?, held)
    }

    /// As [`Document::parse`], of a message that was parsed already.
    pub(super) fn read(message: Sign1, held: Held) -> Result<Self, Refusal> {
        let media_type = held.media_type(Securing::Cose);
        message.header().require_typ(media_type).map_err(|_| TYP.refuse(OTHER_TYP))?;
        match &message.header().content_type {
            None => {}
            Some(MediaType::Name(name)) => held.require_content(Some(name))?,
            Some(MediaType::Number(_)) => return Err(CONTENT.refuse(OTHER_CONTENT)),
        }
        let payload = message.unverified_payload().ok_or(DOCUMENT.refuse(NO_JSON))?;
        let value = json::parse(payload, Limits::MESSAGE).map_err(|_| DOCUMENT.refuse(NO_JSON))?;
        if value.is_object() { Ok(Self { message, value }) } else { Err(DOCUMENT.refuse(NO_OBJECT)) }
    }

    pub(super) const fn message(&self) -> &Sign1 {
        &self.message
    }

    pub(super) const fn value(&self) -> &Value {
        &self.value
    }

    /// Refuses by CO-05, CO-06, CO-07.
    pub(super) fn verify(self, key: &PublicKey) -> Result<(Header, CwtClaims, Value), Refusal> {
        let claims = self.message.unverified_claims();
        let (header, _) = self.message.verify(key, b"")?.into_parts();
        Ok((header, claims?, self.value))
    }
}
