//! JWS in compact serialization with a JSON object as payload (RFC 7515 §3.1, RFC 7519).
//!
//! Refuses: anything but three base64url parts without padding or stray bits; more than its limits in size or depth;
//! a payload that is not a JSON object or repeats a member; a key that does not fit `alg`; a wrong signature.

use jigap_keys::json::{self, Limits};
use jigap_keys::{PrivateKey, PublicKey, base64url};
use serde_json::Value;

use super::header::{Algorithm, HEADER, Header};
use crate::ports::{Signer, SignerError};
use crate::redacted;
use crate::verdict::{Check, Reason, Refusal};

/// JW-01: the compact serialization is well-formed.
pub const FORM: Check = Check::new(
    "JW-01",
    "a signed message is three parts of strict base64url, within its size limit",
    "서명된 메시지는 엄격한 base64url 세 부분으로 되어 있고 크기 제한을 지킵니다",
    "RFC 7515 §3.1, §5.2",
);
/// JW-05: the key fits the algorithm.
pub const KEY: Check = Check::new(
    "JW-05",
    "the key that checks a signature is of the type that `alg` says",
    "서명을 확인하는 키의 종류가 `alg`와 일치합니다",
    "RFC 8725 §3.1, RFC 7518 §3.1",
);
/// JW-06: the payload is a JSON object.
pub const PAYLOAD: Check = Check::new(
    "JW-06",
    "the payload is a bounded JSON object without repeated members",
    "페이로드는 크기가 제한된, 중복 항목 없는 JSON 객체입니다",
    "RFC 7519 §4, §7.2",
);
/// JW-07: the signature is right.
pub const SIGNATURE: Check = Check::new(
    "JW-07",
    "the signature is the key's over exactly this header and payload",
    "서명은 바로 이 헤더와 페이로드에 대해 해당 키로 만든 것입니다",
    "RFC 7515 §5.2",
);

const TOO_LARGE: Reason = Reason::new("jws-too-large", "the message is too large", "메시지가 너무 큽니다");
const NOT_THREE_PARTS: Reason = Reason::new(
    "jws-parts",
    "the message does not have three parts",
    "메시지가 세 부분으로 되어 있지 않습니다",
);
const NOT_BASE64URL: Reason =
    Reason::new("jws-base64url", "a part is not strict base64url", "base64url 형식이 잘못된 부분이 있습니다");
const BAD_HEADER_JSON: Reason = Reason::new(
    "header-json",
    "the header is not strict JSON within its limits",
    "헤더가 제한을 지킨 엄격한 JSON이 아닙니다",
);
const BAD_PAYLOAD_JSON: Reason = Reason::new(
    "payload-json",
    "the payload is not strict JSON within its limits",
    "페이로드가 제한을 지킨 엄격한 JSON이 아닙니다",
);
const NOT_AN_OBJECT: Reason =
    Reason::new("payload-object", "the payload is not a JSON object", "페이로드가 JSON 객체가 아닙니다");
const KEY_TYPE: Reason = Reason::new(
    "key-type-mismatch",
    "the signer's key is of another type than `alg` says",
    "서명자의 키 종류가 `alg`와 다릅니다",
);
const MISMATCH: Reason =
    Reason::new("signature-mismatch", "the signature does not match", "서명이 일치하지 않습니다");

/// A header holds a few names and at most ten certificates.
const HEADER_LIMITS: Limits = Limits { bytes: 64 * 1024, depth: 8 };

/// A signed message that was parsed but not verified.
#[derive(Clone)]
pub struct Jws {
    parts: Parts,
    payload: Value,
}

impl std::fmt::Debug for Jws {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        redacted::debug(f, "Jws", &[(redacted::members(&self.payload), "members")])
    }
}

impl Jws {
    /// Parses the compact serialization within [`Limits::MESSAGE`]. Refuses by JW-01, 02, 03, 04, 06, 09.
    pub fn parse(compact: &str) -> Result<Self, Refusal> {
        Self::parse_within(compact, Limits::MESSAGE)
    }

    /// Parses as [`Jws::parse`] does, within limits of the caller: `bytes` for the whole text, `depth` for the payload.
    pub fn parse_within(compact: &str, limits: Limits) -> Result<Self, Refusal> {
        Self::parse_understanding(compact, limits, &[])
    }

    /// Parses as [`Jws::parse_within`] does, for a caller who understands these members of the header: `crit` may name them.
    pub(crate) fn parse_understanding(
        compact: &str,
        limits: Limits,
        understood: &[&str],
    ) -> Result<Self, Refusal> {
        let (parts, payload) = Parts::parse_understanding(compact, limits, understood)?;
        let payload = json::parse(&payload, limits).map_err(|_| PAYLOAD.refuse(BAD_PAYLOAD_JSON))?;
        if payload.is_object() { Ok(Self { parts, payload }) } else { Err(PAYLOAD.refuse(NOT_AN_OBJECT)) }
    }

    /// The protected header; it is not verified either.
    pub const fn header(&self) -> &Header {
        &self.parts.header
    }

    /// The payload, an object, before anybody vouches for it: only for finding the key to verify with.
    pub const fn unverified_payload(&self) -> &Value {
        &self.payload
    }

    /// Verifies the signature of a message that stays where it is. Refuses as [`Jws::verify`].
    pub(crate) fn check(&self, key: &PublicKey) -> Result<(), Refusal> {
        self.parts.verify(key)
    }

    /// Verifies the signature. Refuses a key that does not fit `alg` (JW-05) and a wrong signature (JW-07).
    pub fn verify(self, key: &PublicKey) -> Result<VerifiedJws, Refusal> {
        self.parts.verify(key)?;
        Ok(self.dangerous_assume_verified())
    }

    /// Takes the message for verified without looking at its signature: only for what the caller verified before and
    /// kept where nobody else writes.
    pub fn dangerous_assume_verified(self) -> VerifiedJws {
        VerifiedJws { header: self.parts.header, payload: self.payload }
    }
}

/// A signed message whose signature was verified.
#[derive(Clone, PartialEq)]
pub struct VerifiedJws {
    header: Header,
    payload: Value,
}

impl std::fmt::Debug for VerifiedJws {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        redacted::debug(f, "VerifiedJws", &[(redacted::members(&self.payload), "members")])
    }
}

impl VerifiedJws {
    /// The protected header.
    pub const fn header(&self) -> &Header {
        &self.header
    }

    /// The payload: a JSON object.
    pub const fn payload(&self) -> &Value {
        &self.payload
    }

    /// Header and payload, owned.
    pub fn into_parts(self) -> (Header, Value) {
        (self.header, self.payload)
    }
}

/// Why a message could not be signed: the caller's fault, or the environment's.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum SignError {
    /// The caller's key is of another type than the header's `alg`.
    #[error("the key does not fit the header's algorithm")]
    WrongKey,
    /// The signature does not have the algorithm's length.
    #[error("the signature has the wrong length")]
    WrongSignature,
    /// The key could not be used.
    #[error(transparent)]
    Signer(#[from] SignerError),
}

/// A message whose signature is still missing: what a key in an HSM or KMS is asked to sign.
#[derive(Clone, PartialEq, Eq)]
pub struct UnsignedJws {
    alg: Algorithm,
    signing_input: String,
}

impl std::fmt::Debug for UnsignedJws {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        redacted::debug(f, "UnsignedJws", &[(self.signing_input.len(), "bytes")])
    }
}

impl UnsignedJws {
    /// Encodes header and payload.
    pub fn new(header: &Header, payload: &Value) -> Self {
        Self::of_text(header, &payload.to_string())
    }

    /// The same of a payload that is JSON text already.
    pub(crate) fn of_text(header: &Header, payload: &str) -> Self {
        let mut signing_input = base64url::encode(header.to_value().to_string());
        signing_input.push('.');
        signing_input.push_str(&base64url::encode(payload));
        Self { alg: header.alg, signing_input }
    }

    /// The bytes to sign.
    pub const fn signing_input(&self) -> &[u8] {
        self.signing_input.as_bytes()
    }

    /// Joins the signature over [`UnsignedJws::signing_input`] to the message.
    pub fn attach(self, signature: &[u8]) -> Result<String, SignError> {
        if signature.len() != self.alg.signature_length() {
            return Err(SignError::WrongSignature);
        }
        let mut compact = self.signing_input;
        compact.push('.');
        compact.push_str(&base64url::encode(signature));
        Ok(compact)
    }

    /// Signs with a key at hand.
    pub fn sign(self, key: &PrivateKey) -> Result<String, SignError> {
        self.require(key.public())?;
        let signature = key.sign(self.signing_input()).map_err(|_| SignError::WrongKey)?;
        self.attach(&signature)
    }

    /// Signs with a key behind the [`Signer`] port.
    pub async fn sign_with(self, signer: &dyn Signer) -> Result<String, SignError> {
        self.require(signer.public_key())?;
        let signature = signer.sign(self.signing_input()).await?;
        self.attach(&signature)
    }

    fn require(&self, key: &PublicKey) -> Result<(), SignError> {
        if self.alg.fits(key.key_type()) { Ok(()) } else { Err(SignError::WrongKey) }
    }
}

/// Signs header and payload into the compact serialization.
pub fn sign(header: &Header, payload: &Value, key: &PrivateKey) -> Result<String, SignError> {
    UnsignedJws::new(header, payload).sign(key)
}

/// What a JWS is, whatever its payload.
#[derive(Clone)]
pub(super) struct Parts {
    header: Header,
    signing_input: String,
    signature: Vec<u8>,
}

impl Parts {
    #[cfg(test)]
    pub(super) fn parse(compact: &str, limits: Limits) -> Result<(Self, Vec<u8>), Refusal> {
        Self::parse_understanding(compact, limits, &[])
    }

    /// Splits and decodes; the payload's bytes come back beside it.
    fn parse_understanding(
        compact: &str,
        limits: Limits,
        understood: &[&str],
    ) -> Result<(Self, Vec<u8>), Refusal> {
        if compact.len() > limits.bytes {
            return Err(FORM.refuse(TOO_LARGE));
        }
        let malformed = FORM.refuse(NOT_THREE_PARTS);
        let (signing_input, signature) = compact.rsplit_once('.').ok_or(malformed)?;
        let (header, payload) = signing_input.split_once('.').ok_or(malformed)?;
        if payload.contains('.') || header.is_empty() || signature.is_empty() {
            return Err(malformed);
        }
        let header =
            json::parse(&decode(header)?, HEADER_LIMITS).map_err(|_| HEADER.refuse(BAD_HEADER_JSON))?;
        let header = Header::from_value(header, understood)?;
        let parts = Self { header, signing_input: signing_input.to_owned(), signature: decode(signature)? };
        Ok((parts, decode(payload)?))
    }

    /// Whether the signature is this key's.
    pub(super) fn verify(&self, key: &PublicKey) -> Result<(), Refusal> {
        if !self.header.alg.fits(key.key_type()) {
            return Err(KEY.refuse(KEY_TYPE));
        }
        key.verify(self.signing_input.as_bytes(), &self.signature).map_err(|_| SIGNATURE.refuse(MISMATCH))
    }
}

fn decode(part: &str) -> Result<Vec<u8>, Refusal> {
    base64url::decode(part).map_err(|_| FORM.refuse(NOT_BASE64URL))
}
