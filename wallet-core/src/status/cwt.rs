//! The Status List Token as CWT (Token Status List §5.2), and the reference to one in CBOR (§6.3).
//!
//! It says the same as the JWT, by the numbers of CWT's registry: `sub` 2, `exp` 4, `iat` 6, `ttl` 65534, `status_list`
//! 65533, with the compressed list as bytes. It is a COSE_Sign1 (RFC 9052); one secured by a MAC is refused.

use jigap_keys::PublicKey;

use super::verified::{CLAIM_MISSING, Claims};
use super::{
    SIGNATURE, StatusBits, StatusList, StatusListToken, StatusReference, TOKEN_FORM, VerifiedStatusList,
};
use crate::cbor::{self, Item, Limits, Value, Writer};
use crate::cose::{self, Sign1, UnsignedSign1, numeric_date};
use crate::jose::{self, Header};
use crate::ports::FetchLimits;
use crate::time::{Seconds, Timestamp};
use crate::verdict::{Reason, Refusal};

/// The `typ` of a Status List Token as CWT, and the media type it is asked for and served with (§5.2, §8.1, §8.2).
pub const MEDIA_TYPE_CWT: &str = "application/statuslist+cwt";
/// The label of the claim `status` in a CWT (§6.3). In the Mobile Security Object of an mdoc it is called by its name.
pub const LABEL_STATUS: i64 = 65_535;

const SUB: i64 = 2;
const EXP: i64 = 4;
const NBF: i64 = 5;
const IAT: i64 = 6;
const STATUS_LIST: i64 = 65_533;
const TTL: i64 = 65_534;
/// The tag of a CWT (RFC 8392 §6), which may stand around that of COSE_Sign1.
const TAG_CWT: u64 = 61;

const NO_CWT: Reason =
    Reason::new("status-cwt", "the token is no CWT within the limits", "토큰이 한도 안의 CWT가 아닙니다");

/// A token, as long as the fetch limit for status lists allows; it nests few levels and names few things.
const LIMITS: Limits = Limits { bytes: FetchLimits::STATUS_LIST.max_bytes, depth: 16, items: 1024 };

impl StatusListToken {
    /// The CWT still to be signed. `header` says which key (`kid` or `x5chain`); its `typ` is set here.
    pub fn unsigned_cwt(&self, header: cose::Header) -> UnsignedSign1 {
        UnsignedSign1::new(header.typ(MEDIA_TYPE_CWT), &[], self.cwt_claims()).tagged()
    }

    fn cwt_claims(&self) -> Vec<u8> {
        let compressed = self.list.to_zlib();
        let mut writer = Writer::with_capacity(compressed.len() + 256);
        writer.map(3 + usize::from(self.expires.is_some()) + usize::from(self.ttl.is_some()));
        writer.integer(SUB).text(&self.uri);
        if let Some(expires) = self.expires {
            writer.integer(EXP).integer(expires.unix());
        }
        writer.integer(IAT).integer(self.issued_at.unix());
        writer.integer(STATUS_LIST).map(2 + usize::from(self.aggregation_uri.is_some()));
        writer.text("bits").unsigned(self.list.bits().get().into());
        writer.text("lst").bytes(&compressed);
        if let Some(uri) = &self.aggregation_uri {
            writer.text("aggregation_uri").text(uri);
        }
        if let Some(ttl) = self.ttl {
            writer.integer(TTL).unsigned(ttl.0.into());
        }
        writer.into_bytes()
    }
}

impl VerifiedStatusList {
    /// As [`VerifiedStatusList::verify`], of a token as CWT. `issuer_key` finds the status issuer's key from the header in
    /// the words of JOSE: `kid` where it is text, `x5chain` as `x5c`. Nothing in it is verified yet.
    pub fn verify_cwt(
        token: &[u8],
        uri: &str,
        now: Timestamp,
        issuer_key: impl FnOnce(&Header) -> Result<PublicKey, Refusal>,
    ) -> Result<Self, Refusal> {
        let form = |refusal: Refusal| TOKEN_FORM.refuse(refusal.reason);
        let message = cwt_message(token)?;
        message.header().require_typ(MEDIA_TYPE_CWT).map_err(form)?;
        let signed_by = issuer_key(&cwt_key_name(&message))?;
        let verified = message.verify(&signed_by, &[]).map_err(|refusal| {
            let check = if refusal.check == cose::PAYLOAD { TOKEN_FORM } else { SIGNATURE };
            check.refuse(refusal.reason)
        })?;
        let missing = TOKEN_FORM.refuse(CLAIM_MISSING);
        let claims = cbor::parse(verified.payload(), LIMITS).map_err(|_| missing)?;
        let (token, begins) = read(&claims, uri, now)?;
        Ok(Self::new(token, begins, signed_by))
    }
}

impl StatusReference {
    /// Reads the value of a `status` claim in CBOR. As [`StatusReference::from_claim`] otherwise.
    pub fn from_cbor(status: &Item<'_>) -> Result<Option<Self>, Refusal> {
        let mechanisms = status.as_map().filter(|map| !map.is_empty()).ok_or(Self::malformed())?;
        if mechanisms.iter().any(|(name, _)| name.as_text().is_none()) {
            return Err(Self::malformed());
        }
        let Some(list) = status.get("status_list") else { return Ok(None) };
        let idx = list.get("idx").and_then(Item::as_u64).ok_or(Self::malformed())?;
        let uri = list.get("uri").and_then(Item::as_text).ok_or(Self::malformed())?;
        Self::new(uri, idx).map(Some)
    }

    /// Writes the value of the `status` claim that makes this reference.
    pub fn write_cbor(&self, writer: &mut Writer) {
        writer.map(1).text("status_list").map(2);
        writer.text("idx").unsigned(self.idx()).text("uri").text(self.uri());
    }
}

/// The signed message, with the tags it may have.
pub(crate) fn cwt_message(token: &[u8]) -> Result<Sign1, Refusal> {
    let item = cbor::parse(token, LIMITS).map_err(|_| TOKEN_FORM.refuse(NO_CWT))?;
    let message = item.tagged(TAG_CWT).unwrap_or(&item);
    Sign1::from_item(message).map_err(|refusal| TOKEN_FORM.refuse(refusal.reason))
}

/// How a message names its key, in the words of JOSE.
pub(crate) fn cwt_key_name(message: &Sign1) -> Header {
    let header = message.header();
    let algorithm = match header.alg {
        cose::Algorithm::Es384 => jose::Algorithm::Es384,
        cose::Algorithm::Es512 => jose::Algorithm::Es512,
        cose::Algorithm::EdDsa => jose::Algorithm::EdDsa,
        // A message that is signed has no other.
        cose::Algorithm::Es256 | cose::Algorithm::Hmac256 => jose::Algorithm::Es256,
    };
    let named = Header::new(algorithm).x5c(header.x5chain.clone());
    match header.kid.clone().and_then(|kid| String::from_utf8(kid).ok()) {
        Some(kid) => named.kid(kid),
        None => named,
    }
}

fn read(claims: &Item<'_>, uri: &str, now: Timestamp) -> Result<(StatusListToken, Timestamp), Refusal> {
    let missing = TOKEN_FORM.refuse(CLAIM_MISSING);
    claims.as_map().ok_or(missing)?;
    let moment = |label| claims.at(label).map(|value| numeric_date(value).ok_or(missing)).transpose();
    let list = claims.at(STATUS_LIST).filter(|list| list.as_map().is_some());
    let aggregation_uri = match list.and_then(|list| list.get("aggregation_uri")) {
        None => None,
        Some(uri) => Some(uri.as_text().ok_or(missing)?.to_owned()),
    };
    let said = Claims {
        subject: claims.at(SUB).and_then(Item::as_text),
        issued_at: moment(IAT)?,
        not_before: moment(NBF)?,
        expires: moment(EXP)?,
        ttl: claims.at(TTL).map(positive_seconds),
        has_list: list.is_some(),
        bits: list.and_then(|list| list.get("bits")).and_then(Item::as_u64),
        aggregation_uri,
    };
    let compressed = list.and_then(|list| list.get("lst")).and_then(Item::as_bytes);
    said.read(uri, now, |bits: StatusBits| {
        compressed.map(|bytes| StatusList::from_zlib(bits, bytes, StatusList::MAX_BYTES))
    })
}

/// A positive number of seconds, fractions cut off, at most what [`Seconds`] holds.
fn positive_seconds(value: &Item<'_>) -> Option<Seconds> {
    match value.value() {
        Value::Unsigned(seconds) => {
            (*seconds > 0).then(|| Seconds(u32::try_from(*seconds).unwrap_or(u32::MAX)))
        }
        Value::Float(seconds) => {
            let seconds = seconds.value();
            (seconds > 0.0).then_some(Seconds(seconds as u32))
        }
        _ => None,
    }
}

#[cfg(test)]
mod tests;
