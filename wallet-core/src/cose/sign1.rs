//! COSE_Sign1: one signer, payload attached or detached (RFC 9052 §4.2, §4.4).
//!
//! Refuses: what is not the four elements of strict CBOR, alone or under tag 18; a key that does not fit `alg`; an attached
//! payload where a detached one is expected, and the reverse; a wrong signature.

use std::fmt;

use jigap_keys::{PrivateKey, PublicKey};

use super::claims::CwtClaims;
use super::header::{ALGORITHM, Algorithm, Header};
use crate::cbor::{self, Item, Limits, Writer};
use crate::ports::{Signer, SignerError};
use crate::redacted;
use crate::verdict::{Check, Reason, Refusal};

/// CO-01: the message is well-formed.
pub const FORM: Check = Check::new(
    "CO-01",
    "a COSE message is four elements of strict CBOR within its limits, with no tag but its own",
    "COSE 메시지는 제한을 지킨 엄격한 CBOR 네 요소이며, 자기 태그 말고 다른 태그가 없습니다",
    "RFC 9052 §2, §4.2, §6.2; RFC 8949",
);
/// CO-05: the key fits the algorithm.
pub const KEY: Check = Check::new(
    "CO-05",
    "the key that checks a signature is of the type that `alg` says",
    "서명을 확인하는 키의 종류가 `alg`와 일치합니다",
    "RFC 9053 §2",
);
/// CO-06: the payload is where it is expected.
pub const PAYLOAD: Check = Check::new(
    "CO-06",
    "the payload is in the message, or is not where it is detached",
    "페이로드는 메시지 안에 있고, 분리된 경우에는 안에 없습니다",
    "RFC 9052 §4.1",
);
/// CO-07: the signature is right.
pub const SIGNATURE: Check = Check::new(
    "CO-07",
    "the signature is the key's over exactly this protected header and payload",
    "서명은 바로 이 보호 헤더와 페이로드에 대해 해당 키로 만든 것입니다",
    "RFC 9052 §4.4",
);

const NOT_CBOR: Reason = Reason::new(
    "cose-cbor",
    "the message is not strict CBOR within its limits",
    "메시지가 제한을 지킨 엄격한 CBOR가 아닙니다",
);
const NOT_FOUR: Reason = Reason::new(
    "cose-elements",
    "the message does not have the four elements of its kind",
    "메시지가 종류에 맞는 네 요소로 되어 있지 않습니다",
);
const NOT_A_SIGNATURE: Reason = Reason::new(
    "cose-alg-kind",
    "the algorithm is for another kind of message",
    "다른 종류의 메시지에 쓰는 알고리즘입니다",
);
const KEY_TYPE: Reason = Reason::new(
    "cose-key-type",
    "the signer's key is of another type than `alg` says",
    "서명자의 키 종류가 `alg`와 다릅니다",
);
const DETACHED: Reason =
    Reason::new("cose-payload-absent", "the message has no payload", "메시지에 페이로드가 없습니다");
const ATTACHED: Reason = Reason::new(
    "cose-payload-present",
    "the message has a payload where it should be detached",
    "페이로드가 분리되어야 하는데 메시지 안에 있습니다",
);
const MISMATCH: Reason =
    Reason::new("cose-signature-mismatch", "the signature does not match", "서명이 일치하지 않습니다");

/// The tag of COSE_Sign1 (RFC 9052 §2).
const TAG_SIGN1: u64 = 18;
const CONTEXT: &str = "Signature1";

/// The four elements that COSE_Sign1 and COSE_Mac0 both have.
#[derive(Clone)]
pub(super) struct Parts {
    pub(super) protected: Vec<u8>,
    pub(super) header: Header,
    pub(super) payload: Option<Vec<u8>>,
    /// Signature or tag.
    pub(super) proof: Vec<u8>,
}

impl Parts {
    pub(super) fn parse(bytes: &[u8], tag: u64, limits: Limits) -> Result<Self, Refusal> {
        Self::read(&cbor::parse(bytes, limits).map_err(|_| FORM.refuse(NOT_CBOR))?, tag)
    }

    pub(super) fn read(item: &Item<'_>, tag: u64) -> Result<Self, Refusal> {
        let malformed = FORM.refuse(NOT_FOUR);
        let message = item.tagged(tag).unwrap_or(item);
        let Some([protected, unprotected, payload, proof]) = message.as_array() else {
            return Err(malformed);
        };
        let protected = protected.as_bytes().ok_or(malformed)?;
        let payload = match payload.value() {
            cbor::Value::Null => None,
            _ => Some(payload.as_bytes().ok_or(malformed)?.to_vec()),
        };
        let proof = proof.as_bytes().ok_or(malformed)?.to_vec();
        let header = Header::read(protected, unprotected)?;
        Ok(Self { protected: protected.to_vec(), header, payload, proof })
    }

    /// The payload inside the message, or, if that has none, the one that is known from elsewhere.
    pub(super) fn payload<'p>(&'p self, detached: Option<&'p [u8]>) -> Result<&'p [u8], Refusal> {
        match (self.payload.as_deref(), detached) {
            (Some(payload), None) | (None, Some(payload)) => Ok(payload),
            (None, None) => Err(PAYLOAD.refuse(DETACHED)),
            (Some(_), Some(_)) => Err(PAYLOAD.refuse(ATTACHED)),
        }
    }
}

/// Sig_structure and MAC_structure (RFC 9052 §4.4, §6.3), which differ in their context.
pub(super) fn structure(context: &str, protected: &[u8], external: &[u8], payload: &[u8]) -> Vec<u8> {
    let size = protected.len() + external.len() + payload.len();
    let mut writer = Writer::with_capacity(size + 40);
    writer.array(4).text(context).bytes(protected).bytes(external).bytes(payload);
    writer.into_bytes()
}

/// Writes the four elements; `tag`: under this one.
pub(super) fn encode(
    tag: Option<u64>,
    header: &Header,
    (protected, payload, proof): (&[u8], Option<&[u8]>, &[u8]),
) -> Vec<u8> {
    let mut writer = Writer::with_capacity(protected.len() + payload.map_or(0, <[u8]>::len) + 256);
    if let Some(tag) = tag {
        writer.tag(tag);
    }
    writer.array(4).bytes(protected);
    header.write_unprotected(&mut writer);
    match payload {
        Some(payload) => writer.bytes(payload),
        None => writer.null(),
    };
    writer.bytes(proof);
    writer.into_bytes()
}

/// A signed message that was parsed but not verified.
#[derive(Clone)]
pub struct Sign1(Parts);

impl fmt::Debug for Sign1 {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        redacted::debug(f, "Sign1", &[(self.0.payload.as_ref().map_or(0, Vec::len), "bytes")])
    }
}

impl Sign1 {
    /// Parses a message, tagged (18) or not, within [`Limits::MESSAGE`]. Refuses by CO-01, 02, 03, 04, 09.
    pub fn parse(bytes: &[u8]) -> Result<Self, Refusal> {
        Self::parse_within(bytes, Limits::MESSAGE)
    }

    /// Parses as [`Sign1::parse`] does, within limits of the caller.
    pub fn parse_within(bytes: &[u8], limits: Limits) -> Result<Self, Refusal> {
        Self::of(Parts::parse(bytes, TAG_SIGN1, limits)?)
    }

    /// Reads it from an item of a larger structure, tagged or not.
    pub fn from_item(item: &Item<'_>) -> Result<Self, Refusal> {
        Self::of(Parts::read(item, TAG_SIGN1)?)
    }

    fn of(parts: Parts) -> Result<Self, Refusal> {
        match parts.header.alg {
            Algorithm::Es256 | Algorithm::Es384 | Algorithm::Es512 | Algorithm::EdDsa => Ok(Self(parts)),
            Algorithm::Hmac256 => Err(ALGORITHM.refuse(NOT_A_SIGNATURE)),
        }
    }

    /// The header. Nothing in it is verified yet, and what is unprotected never will be.
    pub const fn header(&self) -> &Header {
        &self.0.header
    }

    /// The payload, before anybody vouches for it: only for finding the key to verify with. `None`: it is detached.
    pub fn unverified_payload(&self) -> Option<&[u8]> {
        self.0.payload.as_deref()
    }

    /// The CWT Claims of the protected header (RFC 9597), before anybody vouches for them. Refuses by CO-02.
    pub fn unverified_claims(&self) -> Result<CwtClaims, Refusal> {
        CwtClaims::read(&self.0.protected)
    }

    /// Verifies the signature over the payload in the message and `external` data (RFC 9052 §4.3; usually none).
    /// Refuses by CO-05, CO-06, CO-07.
    pub fn verify(self, key: &PublicKey, external: &[u8]) -> Result<VerifiedSign1, Refusal> {
        self.check(key, external, None)?;
        Ok(VerifiedSign1 { header: self.0.header, payload: self.0.payload.unwrap_or_default() })
    }

    /// Verifies the signature over a payload that is not in the message. Refuses as [`Sign1::verify`].
    pub fn verify_detached(&self, key: &PublicKey, external: &[u8], payload: &[u8]) -> Result<(), Refusal> {
        self.check(key, external, Some(payload))
    }

    fn check(&self, key: &PublicKey, external: &[u8], detached: Option<&[u8]>) -> Result<(), Refusal> {
        let Self(parts) = self;
        if !parts.header.alg.fits(key.key_type()) {
            return Err(KEY.refuse(KEY_TYPE));
        }
        let signed = structure(CONTEXT, &parts.protected, external, parts.payload(detached)?);
        key.verify(&signed, &parts.proof).map_err(|_| SIGNATURE.refuse(MISMATCH))
    }
}

/// A signed message whose signature was verified, with its payload.
#[derive(Clone, PartialEq, Eq)]
pub struct VerifiedSign1 {
    header: Header,
    payload: Vec<u8>,
}

impl fmt::Debug for VerifiedSign1 {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        redacted::debug(f, "VerifiedSign1", &[(self.payload.len(), "bytes")])
    }
}

impl VerifiedSign1 {
    /// The header; `kid` and `x5chain` may have stood in the part that is not signed.
    pub const fn header(&self) -> &Header {
        &self.header
    }

    /// The payload.
    pub fn payload(&self) -> &[u8] {
        &self.payload
    }

    /// Header and payload, owned.
    pub fn into_parts(self) -> (Header, Vec<u8>) {
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
pub struct UnsignedSign1 {
    header: Header,
    protected: Vec<u8>,
    /// As it stands in the message.
    payload: Option<Vec<u8>>,
    signing_input: Vec<u8>,
    tagged: bool,
}

impl fmt::Debug for UnsignedSign1 {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        redacted::debug(f, "UnsignedSign1", &[(self.signing_input.len(), "bytes")])
    }
}

impl UnsignedSign1 {
    /// A message with its payload in it.
    pub fn new(header: Header, external: &[u8], payload: Vec<u8>) -> Self {
        let (protected, signing_input) = Self::input(&header, external, &payload);
        Self { header, protected, payload: Some(payload), signing_input, tagged: false }
    }

    /// A message with its payload detached.
    pub fn detached(header: Header, external: &[u8], payload: &[u8]) -> Self {
        let (protected, signing_input) = Self::input(&header, external, payload);
        Self { header, protected, payload: None, signing_input, tagged: false }
    }

    fn input(header: &Header, external: &[u8], payload: &[u8]) -> (Vec<u8>, Vec<u8>) {
        let protected = header.protected();
        let signing_input = structure(CONTEXT, &protected, external, payload);
        (protected, signing_input)
    }

    /// Under the tag of COSE_Sign1, 18. ISO 18013-5 wants none; a CWT alone wants it.
    #[must_use]
    pub fn tagged(self) -> Self {
        Self { tagged: true, ..self }
    }

    /// The bytes to sign.
    pub fn signing_input(&self) -> &[u8] {
        &self.signing_input
    }

    /// Joins the signature over [`UnsignedSign1::signing_input`] to the message.
    pub fn attach(self, signature: &[u8]) -> Result<Vec<u8>, SignError> {
        if signature.len() != self.header.alg.signature_length() {
            return Err(SignError::WrongSignature);
        }
        let tag = self.tagged.then_some(TAG_SIGN1);
        Ok(encode(tag, &self.header, (&self.protected, self.payload.as_deref(), signature)))
    }

    /// Signs with a key at hand.
    pub fn sign(self, key: &PrivateKey) -> Result<Vec<u8>, SignError> {
        self.require(key.public())?;
        let signature = key.sign(&self.signing_input).map_err(|_| SignError::WrongKey)?;
        self.attach(&signature)
    }

    /// Signs with a key behind the [`Signer`] port.
    pub async fn sign_with(self, signer: &dyn Signer) -> Result<Vec<u8>, SignError> {
        self.require(signer.public_key())?;
        let signature = signer.sign(&self.signing_input).await?;
        self.attach(&signature)
    }

    fn require(&self, key: &PublicKey) -> Result<(), SignError> {
        if self.header.alg.fits(key.key_type()) { Ok(()) } else { Err(SignError::WrongKey) }
    }
}
