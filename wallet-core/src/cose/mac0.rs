//! COSE_Mac0 by HMAC 256/256: a recipient that both sides know, payload attached or detached (RFC 9052 §6.2, §6.3).
//!
//! Refuses: what is not the four elements of strict CBOR, alone or under tag 17; an algorithm other than HMAC 256/256; a
//! payload that is not where it is expected; a wrong tag, compared in constant time.

use std::fmt;

use jigap_keys::mac;

use super::header::{ALGORITHM, Algorithm, Header};
use super::sign1::{Parts, encode, structure};
use crate::cbor::{Item, Limits};
use crate::redacted;
use crate::verdict::{Check, Reason, Refusal};

/// CO-10: the tag is right.
pub const TAG: Check = Check::new(
    "CO-10",
    "the authentication tag is the shared key's over exactly this protected header and payload",
    "인증 태그는 바로 이 보호 헤더와 페이로드에 대해 공유 키로 만든 것입니다",
    "RFC 9052 §6.3; RFC 9053 §3.1",
);

const NOT_A_MAC: Reason = Reason::new(
    "cose-alg-kind",
    "the algorithm is for another kind of message",
    "다른 종류의 메시지에 쓰는 알고리즘입니다",
);
const MISMATCH: Reason = Reason::new(
    "cose-tag-mismatch",
    "the authentication tag does not match",
    "인증 태그가 일치하지 않습니다",
);

/// The tag of COSE_Mac0 (RFC 9052 §2).
const TAG_MAC0: u64 = 17;
const CONTEXT: &str = "MAC0";

/// A message with an authentication tag that was parsed but not verified.
#[derive(Clone)]
pub struct Mac0(Parts);

impl fmt::Debug for Mac0 {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        redacted::debug(f, "Mac0", &[(self.0.payload.as_ref().map_or(0, Vec::len), "bytes")])
    }
}

impl Mac0 {
    /// Parses a message, tagged (17) or not, within [`Limits::MESSAGE`]. Refuses by CO-01, 02, 03, 04, 09.
    pub fn parse(bytes: &[u8]) -> Result<Self, Refusal> {
        Self::of(Parts::parse(bytes, TAG_MAC0, Limits::MESSAGE)?)
    }

    /// Reads it from an item of a larger structure, tagged or not.
    pub fn from_item(item: &Item<'_>) -> Result<Self, Refusal> {
        Self::of(Parts::read(item, TAG_MAC0)?)
    }

    fn of(parts: Parts) -> Result<Self, Refusal> {
        match parts.header.alg {
            Algorithm::Hmac256 => Ok(Self(parts)),
            _ => Err(ALGORITHM.refuse(NOT_A_MAC)),
        }
    }

    /// The header.
    pub const fn header(&self) -> &Header {
        &self.0.header
    }

    /// Verifies the tag over the payload in the message. Refuses by CO-06, CO-10. Answers the payload.
    pub fn verify(self, key: &[u8], external: &[u8]) -> Result<Vec<u8>, Refusal> {
        self.check(key, external, None)?;
        Ok(self.0.payload.unwrap_or_default())
    }

    /// Verifies the tag over a payload that is not in the message. Refuses by CO-06, CO-10.
    pub fn verify_detached(&self, key: &[u8], external: &[u8], payload: &[u8]) -> Result<(), Refusal> {
        self.check(key, external, Some(payload))
    }

    fn check(&self, key: &[u8], external: &[u8], detached: Option<&[u8]>) -> Result<(), Refusal> {
        let Self(parts) = self;
        let message = structure(CONTEXT, &parts.protected, external, parts.payload(detached)?);
        if mac::verify_hmac_sha256(key, &message, &parts.proof) { Ok(()) } else { Err(TAG.refuse(MISMATCH)) }
    }

    /// Makes a message with its payload in it, without tag 17.
    pub fn make(key: &[u8], external: &[u8], payload: &[u8]) -> Vec<u8> {
        Self::encode(key, external, payload, Some(payload))
    }

    /// Makes a message with its payload detached, without tag 17.
    pub fn make_detached(key: &[u8], external: &[u8], payload: &[u8]) -> Vec<u8> {
        Self::encode(key, external, payload, None)
    }

    fn encode(key: &[u8], external: &[u8], payload: &[u8], inside: Option<&[u8]>) -> Vec<u8> {
        let header = Header::new(Algorithm::Hmac256);
        let protected = header.protected();
        let tag = mac::hmac_sha256(key, &structure(CONTEXT, &protected, external, payload));
        encode(None, &header, (&protected, inside, &tag))
    }
}
