//! What `josekit` (on OpenSSL) does for JWE where feature `josekit` is on: AES key wrap (RFC 3394; RFC 7518 §4.4),
//! A192GCM (§5.3) and A128CBC-HS256 (§5.2). Nothing here is random and nothing here is parsed.
//!
//! Two things of `josekit` 0.10 must not meet a stranger's bytes, and do not (docs/decisions/0002): it unpads AES-CBC
//! before it looks at the tag, so the tag is checked here beforehand; and it subtracts 8 from the length of an encrypted
//! key whatever that is, so [`Jwe::parse`](super::Jwe::parse) lets only the one right length through. Its copies of keys
//! are not wiped.

use jigap_keys::{constant_time_eq, mac};
use josekit::jwe::alg::aeskw::AeskwJweAlgorithm;
use josekit::jwe::enc::{A128CBC_HS256, A192GCM};
use josekit::jwe::{
    A128KW, A192KW, A256KW, JweContentEncryption, JweDecrypter as _, JweEncrypter as _, JweHeader,
};
use zeroize::Zeroizing;

use super::{ContentEncryption, KeyManagement, TAG_LENGTH};

/// AES key wrap by the key agreed on.
#[derive(Clone, Copy)]
pub(super) struct KeyWrap(AeskwJweAlgorithm);

impl KeyWrap {
    /// The key wrap of `alg`; `None`: it wraps no key.
    pub(super) const fn of(alg: KeyManagement) -> Option<Self> {
        match alg {
            KeyManagement::EcdhEs => None,
            KeyManagement::EcdhEsA128Kw => Some(Self(A128KW)),
            KeyManagement::EcdhEsA192Kw => Some(Self(A192KW)),
            KeyManagement::EcdhEsA256Kw => Some(Self(A256KW)),
        }
    }

    /// Bytes of the key that wraps.
    pub(super) const fn key_length(self) -> usize {
        match self.0 {
            AeskwJweAlgorithm::A128kw => 16,
            AeskwJweAlgorithm::A192kw => 24,
            AeskwJweAlgorithm::A256kw => 32,
        }
    }

    /// `None`: the library failed.
    pub(super) fn wrap(self, by: &[u8], content_key: &[u8]) -> Option<Vec<u8>> {
        let (merged, mut header) = (JweHeader::new(), JweHeader::new());
        self.0.encrypter_from_bytes(by).ok()?.encrypt(content_key, &merged, &mut header).ok()?
    }

    /// `None`: it is another's key, or was changed.
    pub(super) fn unwrap(self, by: &[u8], encrypted_key: &[u8]) -> Option<Zeroizing<Vec<u8>>> {
        let decrypter = self.0.decrypter_from_bytes(by).ok()?;
        let key = decrypter.decrypt(Some(encrypted_key), &A192GCM, &JweHeader::new()).ok()?;
        Some(Zeroizing::new(key.into_owned()))
    }
}

/// A key of A192GCM or A128CBC-HS256.
pub(super) struct ForeignKey {
    enc: ContentEncryption,
    key: Zeroizing<Vec<u8>>,
}

impl ForeignKey {
    /// A key for `enc`.
    pub(super) const fn new(enc: ContentEncryption, key: Zeroizing<Vec<u8>>) -> Self {
        Self { enc, key }
    }

    /// The ciphertext with its tag behind it; `None`: the library failed.
    pub(super) fn seal(&self, iv: &[u8], aad: &[u8], plaintext: &[u8]) -> Option<Vec<u8>> {
        let (mut sealed, tag) = self.cipher().encrypt(&self.key, Some(iv), plaintext, aad).ok()?;
        sealed.extend_from_slice(&tag?);
        Some(sealed)
    }

    /// `None`: the tag is wrong.
    pub(super) fn open(&self, iv: &[u8], aad: &[u8], sealed: &[u8]) -> Option<Zeroizing<Vec<u8>>> {
        let (ciphertext, tag) = sealed.split_at_checked(sealed.len().checked_sub(TAG_LENGTH)?)?;
        if self.enc == ContentEncryption::A128CbcHs256 && !self.is_tag(iv, aad, ciphertext, tag) {
            return None;
        }
        self.cipher().decrypt(&self.key, Some(iv), ciphertext, aad, Some(tag)).ok().map(Zeroizing::new)
    }

    /// RFC 7518 §5.2.2.1: the first half of the HMAC, under the first half of the key.
    fn is_tag(&self, iv: &[u8], aad: &[u8], ciphertext: &[u8], tag: &[u8]) -> bool {
        let Some((mac_key, _)) = self.key.split_at_checked(TAG_LENGTH) else { return false };
        // Messages are far below 2^61 bytes.
        let bits = (aad.len() as u64) << 3;
        let mac = mac::hmac_sha256(mac_key, &[aad, iv, ciphertext, &bits.to_be_bytes()].concat());
        mac.first_chunk::<TAG_LENGTH>().is_some_and(|expected| constant_time_eq(expected, tag))
    }

    fn cipher(&self) -> &'static dyn JweContentEncryption {
        if self.enc == ContentEncryption::A128CbcHs256 { &A128CBC_HS256 } else { &A192GCM }
    }
}

#[cfg(test)]
mod tests;
