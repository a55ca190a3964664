//! Keys (draft-irtf-cfrg-bbs-signatures §3.3): a number, and that number times the base point of G2.
//!
//! Written down as Multikey (Controlled Identifiers 1.0 §2.2.2, `bls12_381-g2-pub`).

use std::fmt;
use std::sync::Arc;

use blstrs::{G2Affine, G2Prepared, G2Projective};
use pairing::group::{Curve, Group};
use zeroize::Zeroizing;

use super::core::{self, Signed};
use super::generators::{Basis, Interface};
use super::scalar::SecretScalar;
use super::{BbsError, PUBLIC_KEY_BYTES, SIGNATURE_BYTES, curve, hash};
use crate::{Entropy, KeyError};

/// Multicodec `bls12_381-g2-pub` and `bls12_381-g2-priv`, as varints.
const PUBLIC_PREFIX: [u8; 2] = [0xeb, 0x01];
const PRIVATE_PREFIX: [u8; 2] = [0x8a, 0x26];
/// The longest text: 98 bytes give 135 digits.
const MAX_LENGTH: usize = 140;

/// A public key, its point checked. Cloning is cheap.
#[derive(Clone)]
pub struct PublicKey(Arc<Parsed>);

struct Parsed {
    octets: [u8; PUBLIC_KEY_BYTES],
    /// Ready for pairing: verifying with one key many times does this once.
    prepared: G2Prepared,
}

impl PublicKey {
    /// Reads 96 bytes: a compressed point of G2.
    ///
    /// # Errors
    /// [`BbsError::Malformed`] for another length, a point off the curve, outside the subgroup, or at infinity.
    pub fn from_bytes(bytes: &[u8]) -> Result<Self, BbsError> {
        curve::g2(bytes).map(Self::of).ok_or(BbsError::Malformed("public key"))
    }

    fn of(point: G2Affine) -> Self {
        Self(Arc::new(Parsed { octets: point.to_compressed(), prepared: G2Prepared::from(point) }))
    }

    /// The 96 bytes.
    pub fn as_bytes(&self) -> &[u8; PUBLIC_KEY_BYTES] {
        &self.0.octets
    }

    pub(super) fn prepared(&self) -> &G2Prepared {
        &self.0.prepared
    }

    /// Reads `publicKeyMultibase`.
    ///
    /// # Errors
    /// [`KeyError::Malformed`] for text that is no Multikey, [`KeyError::PrivateMaterial`] for a private one,
    /// [`KeyError::Unsupported`] for one of another type, [`KeyError::Length`] for another length, [`KeyError::InvalidPoint`]
    /// for a bad point.
    pub fn from_multikey(text: &str) -> Result<Self, KeyError> {
        let (prefix, bytes) = decode(text)?;
        match prefix {
            PUBLIC_PREFIX if bytes.len() != PUBLIC_KEY_BYTES => Err(KeyError::Length),
            PUBLIC_PREFIX => Self::from_bytes(&bytes).map_err(|_| KeyError::InvalidPoint),
            PRIVATE_PREFIX => Err(KeyError::PrivateMaterial),
            _ => Err(KeyError::Unsupported),
        }
    }

    /// Writes `publicKeyMultibase`.
    pub fn to_multikey(&self) -> String {
        format!("z{}", bs58::encode([&PUBLIC_PREFIX[..], self.as_bytes()].concat()).into_string())
    }

    /// Verifies `signature` over `header` and all `messages` (§3.5.2).
    ///
    /// # Errors
    /// [`BbsError`].
    pub fn verify(&self, signature: &[u8], header: &[u8], messages: &[&[u8]]) -> Result<(), BbsError> {
        let basis = Basis::new(Interface::Plain, messages.len(), None)?;
        let numbers: Vec<_> = messages.iter().map(|it| hash::message(Interface::Plain, it)).collect();
        Signed::parse(signature)?.verify(self, &basis, header, &numbers)
    }
}

impl PartialEq for PublicKey {
    fn eq(&self, other: &Self) -> bool {
        self.0.octets == other.0.octets
    }
}
impl Eq for PublicKey {}

impl fmt::Debug for PublicKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("bbs::PublicKey").field(&self.to_multikey()).finish()
    }
}

/// A private key and its public half. Wiped when dropped, never printed.
pub struct SecretKey {
    secret: SecretScalar,
    public: PublicKey,
}

impl SecretKey {
    /// A fresh key.
    pub fn generate(entropy: &dyn Entropy) -> Self {
        Self::of(SecretScalar::random(entropy))
    }

    /// The key that `material` gives (§3.3.1, `KeyGen`): at least 32 secret bytes. `info` tells several keys of one
    /// material apart.
    ///
    /// # Errors
    /// [`BbsError::Malformed`] for shorter material or `info` of more than 65,535 bytes.
    pub fn derive(material: &[u8], info: &[u8]) -> Result<Self, BbsError> {
        const MALFORMED: BbsError = BbsError::Malformed("key material");
        if material.len() < 32 {
            return Err(MALFORMED);
        }
        let length = u16::try_from(info.len()).map_err(|_| MALFORMED)?.to_be_bytes();
        let input = Zeroizing::new([material, &length, info].concat());
        let number = hash::to_scalar(&input, &Interface::Plain.tag("KEYGEN_DST_"));
        SecretScalar::from_bytes(&number.to_bytes_be()).map(Self::of)
    }

    /// Takes 32 bytes.
    ///
    /// # Errors
    /// [`BbsError::Malformed`] for another length, zero, or a number that is not below the order.
    pub fn from_bytes(bytes: &[u8]) -> Result<Self, BbsError> {
        SecretScalar::from_bytes(bytes).map(Self::of)
    }

    fn of(secret: SecretScalar) -> Self {
        let public = PublicKey::of((G2Projective::generator() * secret.get()).to_affine());
        Self { secret, public }
    }

    /// The 32 bytes.
    pub fn to_bytes(&self) -> Zeroizing<[u8; 32]> {
        self.secret.to_bytes()
    }

    /// Reads `secretKeyMultibase`.
    ///
    /// # Errors
    /// [`KeyError::Malformed`] for text that is no Multikey, [`KeyError::Unsupported`] for another prefix,
    /// [`KeyError::InvalidScalar`] for a number out of range.
    pub fn from_multikey(text: &str) -> Result<Self, KeyError> {
        let (prefix, bytes) = decode(text)?;
        if prefix != PRIVATE_PREFIX {
            return Err(KeyError::Unsupported);
        }
        Self::from_bytes(&bytes).map_err(|_| KeyError::InvalidScalar)
    }

    /// Writes `secretKeyMultibase`.
    pub fn to_multikey(&self) -> Zeroizing<String> {
        let bytes = Zeroizing::new([&PRIVATE_PREFIX[..], &self.to_bytes()[..]].concat());
        let digits = Zeroizing::new(bs58::encode(&*bytes).into_string());
        Zeroizing::new(format!("z{}", *digits))
    }

    /// The public half.
    pub fn public(&self) -> &PublicKey {
        &self.public
    }

    pub(super) fn number(&self) -> &SecretScalar {
        &self.secret
    }

    /// Signs `header` and `messages` (§3.5.1). The same key, header and messages give the same signature.
    ///
    /// # Errors
    /// [`BbsError::TooManyMessages`].
    pub fn sign(&self, header: &[u8], messages: &[&[u8]]) -> Result<[u8; SIGNATURE_BYTES], BbsError> {
        let basis = Basis::new(Interface::Plain, messages.len(), None)?;
        let numbers: Vec<_> = messages.iter().map(|it| hash::message(Interface::Plain, it)).collect();
        core::sign(self, &basis, header, &numbers)
    }
}

impl fmt::Debug for SecretKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("bbs::SecretKey").field("public", &self.public).finish_non_exhaustive()
    }
}

fn decode(text: &str) -> Result<([u8; 2], Zeroizing<Vec<u8>>), KeyError> {
    const MALFORMED: KeyError = KeyError::Malformed("multikey");
    // Measured first: decoding base58 takes time quadratic in the length.
    let digits = text.strip_prefix('z').filter(|it| it.len() <= MAX_LENGTH).ok_or(MALFORMED)?;
    let bytes = Zeroizing::new(bs58::decode(digits).into_vec().map_err(|_| MALFORMED)?);
    let (prefix, key) = bytes.split_first_chunk().ok_or(MALFORMED)?;
    Ok((*prefix, Zeroizing::new(key.to_vec())))
}
