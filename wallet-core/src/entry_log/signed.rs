//! What the parties sign: COSE_Sign1 (RFC 9052) without its tag, with external data of its own for each kind of document, so
//! that none is taken for another.

use jigap_keys::{PrivateKey, PublicKey, Purpose, hash};

use super::LogError;
use crate::cbor::{self, Item, Limits, Writer};
use crate::cose::{self, Sign1, UnsignedSign1};
use crate::text::is_deceptive;
use crate::time::Timestamp;
use crate::verdict::{Check, Reason, Refusal};

/// EL-01: a document has its form.
pub const FORM: Check = Check::new(
    "EL-01",
    "a row or document of an entry log has its form, within its size",
    "출입 기록의 행과 문서는 정해진 형식과 크기를 지킵니다",
    "docs/SPECS.md, The entry log",
);
/// EL-02: who should have signed it did.
pub const SIGNED: Check = Check::new(
    "EL-02",
    "the party whose word it is signed the document",
    "그 말을 한 당사자가 문서에 서명했습니다",
    "docs/SPECS.md, The entry log; RFC 9052 §4.4",
);

pub(super) const NOT_A_DOCUMENT: Reason = Reason::new(
    "log-form",
    "it is no such document of an entry log",
    "출입 기록의 문서가 아니거나 다른 종류입니다",
);
const NOT_SIGNED: Reason = Reason::new(
    "log-signature",
    "the party whose word it should be did not sign it",
    "말한 당사자가 서명하지 않았습니다",
);

/// Of most documents.
pub(super) const SMALL: Limits = Limits { bytes: 256 * 1024, depth: 6, items: 32 * 1024 };
/// Of what holds rows: a month of the largest venues.
pub(super) const LARGE: Limits = Limits { bytes: 256 * 1024 * 1024, depth: 6, items: 8 * 1024 * 1024 };

/// The refusal of what has another form.
pub(super) const fn malformed() -> Refusal {
    FORM.refuse(NOT_A_DOCUMENT)
}

/// The refusal of what somebody else signed, or for something else.
pub(super) const fn not_signed() -> Refusal {
    SIGNED.refuse(NOT_SIGNED)
}

/// Signs `payload` as a document of the kind `context`.
pub(super) fn sign(context: &[u8], payload: Writer, key: &PrivateKey) -> Result<Vec<u8>, LogError> {
    let header = cose::Header::for_key(key.public().key_type()).ok_or(LogError::Key)?;
    UnsignedSign1::new(header, context, payload.into_bytes()).sign(key).map_err(|_| LogError::Key)
}

/// A document that was read and is still to be verified.
pub(super) struct Unverified<'a> {
    message: Sign1,
    context: &'a [u8],
}

impl<'a> Unverified<'a> {
    /// Reads it, if it is to the byte as [`sign`] writes it: what nobody signed, such as the unprotected header, could give one document
    /// two digests.
    pub(super) fn read(context: &'a [u8], bytes: &[u8], limits: Limits) -> Result<Self, Refusal> {
        let item = cbor::parse(bytes, limits).map_err(|_| malformed())?;
        let message = Sign1::from_item(&item).map_err(|_| malformed())?;
        let payload = message.unverified_payload().ok_or_else(malformed)?.to_vec();
        let signature = item.as_array().and_then(|parts| parts.last()?.as_bytes()).ok_or_else(malformed)?;
        let plain = UnsignedSign1::new(cose::Header::new(message.header().alg), context, payload);
        if plain.attach(signature).is_ok_and(|written| written == bytes) {
            Ok(Self { message, context })
        } else {
            Err(malformed())
        }
    }

    /// What it says, for finding the key that it names.
    pub(super) fn payload(&self) -> &[u8] {
        self.message.unverified_payload().unwrap_or_default()
    }

    /// Verifies it, and hands out what was signed.
    pub(super) fn verify(self, key: &PublicKey) -> Result<Vec<u8>, Refusal> {
        let verified = self.message.verify(key, self.context).map_err(|_| not_signed())?;
        Ok(verified.into_parts().1)
    }
}

/// The document's payload, verified by `key`.
pub(super) fn verified(
    context: &[u8],
    bytes: &[u8],
    key: &PublicKey,
    limits: Limits,
) -> Result<Vec<u8>, Refusal> {
    Unverified::read(context, bytes, limits)?.verify(key)
}

/// The elements of the array that `payload` is.
pub(super) fn array<'p, const N: usize>(payload: &'p [u8], limits: Limits) -> Result<[Item<'p>; N], Refusal> {
    let item = cbor::parse(payload, limits).map_err(|_| malformed())?;
    let elements: Option<[Item<'p>; N]> = item.as_array().and_then(|it| it.to_vec().try_into().ok());
    elements.ok_or_else(malformed)
}

/// SHA-256 of a document, which others refer to it by.
pub(super) fn digest(bytes: &[u8]) -> [u8; 32] {
    hash::sha256(bytes)
}

pub(super) fn digest_of(item: &Item<'_>) -> Option<[u8; 32]> {
    item.as_bytes()?.try_into().ok()
}

pub(super) fn moment_of(item: &Item<'_>) -> Option<Timestamp> {
    item.as_i64().map(Timestamp::from_unix)
}

pub(super) fn key_of(item: &Item<'_>) -> Option<PublicKey> {
    PublicKey::from_cose_key_for(item.raw(), Purpose::Signature).ok()
}

/// A text that people are shown, of so many bytes at most.
pub(super) fn text_of(item: &Item<'_>, most: usize) -> Option<String> {
    item.as_text().filter(|text| is_shown(text, most)).map(str::to_owned)
}

/// Whether a text can be shown to people.
pub(super) fn is_shown(text: &str, most: usize) -> bool {
    !text.trim().is_empty() && text.len() <= most && !text.contains(is_deceptive)
}
