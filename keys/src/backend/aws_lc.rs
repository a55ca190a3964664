//! The NIST primitives by AWS-LC.
//!
//! AWS-LC draws the nonces of ECDSA from its own generator; everything else here is a function of its arguments.

use std::sync::{Arc, OnceLock};

use aws_lc_rs::aead::{AES_128_GCM, AES_256_GCM, Aad, LessSafeKey, Nonce, UnboundKey};
use aws_lc_rs::agreement::{self, ECDH_P256, ECDH_P384, ECDH_P521, UnparsedPublicKey};
use aws_lc_rs::encoding::{AsDer, PublicKeyX509Der};
use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::signature::{
    ECDSA_P256_SHA256_FIXED, ECDSA_P256_SHA256_FIXED_SIGNING, ECDSA_P384_SHA384_FIXED,
    ECDSA_P384_SHA384_FIXED_SIGNING, ECDSA_P521_SHA512_FIXED, ECDSA_P521_SHA512_FIXED_SIGNING, EcdsaKeyPair,
    EcdsaSigningAlgorithm, ParsedPublicKey,
};
use aws_lc_rs::{digest, hmac};
use zeroize::Zeroizing;

use super::Curve;
use crate::hash::HashAlgorithm;

impl Curve {
    fn agreement(self) -> &'static agreement::Algorithm {
        match self {
            Self::P256 => &ECDH_P256,
            Self::P384 => &ECDH_P384,
            Self::P521 => &ECDH_P521,
        }
    }

    fn signing(self) -> &'static EcdsaSigningAlgorithm {
        match self {
            Self::P256 => &ECDSA_P256_SHA256_FIXED_SIGNING,
            Self::P384 => &ECDSA_P384_SHA384_FIXED_SIGNING,
            Self::P521 => &ECDSA_P521_SHA512_FIXED_SIGNING,
        }
    }
}

/// A point of a curve, checked to be on it.
pub(crate) struct EcPublic {
    curve: Curve,
    key: ParsedPublicKey,
    point: Box<[u8]>,
}

impl EcPublic {
    /// Reads a point (SEC 1 §2.3.4), uncompressed or compressed. `None`: malformed or not on the curve.
    pub(crate) fn parse(curve: Curve, bytes: &[u8]) -> Option<Self> {
        if !curve.is_shaped(bytes) {
            return None;
        }
        let key = match curve {
            Curve::P256 => ParsedPublicKey::new(&ECDSA_P256_SHA256_FIXED, bytes),
            Curve::P384 => ParsedPublicKey::new(&ECDSA_P384_SHA384_FIXED, bytes),
            Curve::P521 => ParsedPublicKey::new(&ECDSA_P521_SHA512_FIXED, bytes),
        }
        .ok()?;
        let point = if bytes.first() == Some(&4) {
            bytes.into()
        } else {
            let spki: PublicKeyX509Der<'_> = key.as_der().ok()?;
            let spki = spki.as_ref();
            spki.get(spki.len().checked_sub(1 + 2 * curve.size())?..)?.into()
        };
        Some(Self { curve, key, point })
    }

    pub(crate) fn curve(&self) -> Curve {
        self.curve
    }

    /// The point, uncompressed: `04 || x || y`.
    pub(crate) fn point(&self) -> &[u8] {
        &self.point
    }

    /// Whether `signature` (`r || s`) is one over `message`, hashed with the SHA-2 of the curve's size.
    pub(crate) fn verify(&self, message: &[u8], signature: &[u8]) -> bool {
        self.key.verify_sig(message, signature).is_ok()
    }
}

/// A private number of a curve, with its point.
pub(crate) struct EcPrivate {
    curve: Curve,
    scalar: Zeroizing<Box<[u8]>>,
    agreement: agreement::PrivateKey,
    /// Made when first asked to sign: an ephemeral key of ECDH never is.
    signing: OnceLock<EcdsaKeyPair>,
    public: Arc<EcPublic>,
}

impl EcPrivate {
    /// Takes a big-endian private number of the curve's size. `None`: another length, zero, or not below the order.
    pub(crate) fn parse(curve: Curve, scalar: &[u8]) -> Option<Self> {
        let agreement = agreement::PrivateKey::from_private_key(curve.agreement(), scalar).ok()?;
        let point = agreement.compute_public_key().ok()?;
        let public = Arc::new(EcPublic::parse(curve, point.as_ref())?);
        let scalar = Zeroizing::new(scalar.into());
        Some(Self { curve, scalar, agreement, signing: OnceLock::new(), public })
    }

    pub(crate) fn scalar(&self) -> &[u8] {
        &self.scalar
    }

    pub(crate) fn public(&self) -> &Arc<EcPublic> {
        &self.public
    }

    /// Signs `message`: `r || s`. `None`: the library failed.
    pub(crate) fn sign(&self, message: &[u8]) -> Option<Vec<u8>> {
        let signature = self.pair()?.sign(&SystemRandom::new(), message).ok()?;
        Some(signature.as_ref().to_vec())
    }

    /// The x coordinate of the shared point (SEC 1 §3.3.1). `None`: another curve, or the library failed.
    pub(crate) fn agree(&self, peer: &EcPublic) -> Option<Zeroizing<Vec<u8>>> {
        let peer = UnparsedPublicKey::new(peer.curve.agreement(), peer.point());
        agreement::agree(&self.agreement, peer, (), |secret| Ok(Zeroizing::new(secret.to_vec()))).ok()
    }

    fn pair(&self) -> Option<&EcdsaKeyPair> {
        if let Some(pair) = self.signing.get() {
            return Some(pair);
        }
        let pair = EcdsaKeyPair::from_private_key_and_public_key(
            self.curve.signing(),
            &self.scalar,
            self.public.point(),
        )
        .ok()?;
        Some(self.signing.get_or_init(|| pair))
    }
}

/// AES-GCM under one key.
pub(crate) struct AesGcm(LessSafeKey);

impl AesGcm {
    /// `None`: a key of another size than 16 and 32 bytes.
    pub(crate) fn new(key: &[u8]) -> Option<Self> {
        let algorithm = if key.len() == 16 { &AES_128_GCM } else { &AES_256_GCM };
        UnboundKey::new(algorithm, key).ok().map(LessSafeKey::new).map(Self)
    }

    /// `None`: a plaintext over 64 GiB.
    pub(crate) fn seal(&self, nonce: &[u8; 12], aad: &[u8], plaintext: &[u8]) -> Option<Vec<u8>> {
        let mut sealed = Vec::with_capacity(plaintext.len() + 16);
        sealed.extend_from_slice(plaintext);
        let nonce = Nonce::assume_unique_for_key(*nonce);
        self.0.seal_in_place_append_tag(nonce, Aad::from(aad), &mut sealed).ok()?;
        Some(sealed)
    }

    pub(crate) fn open(&self, nonce: &[u8; 12], aad: &[u8], ciphertext: &[u8]) -> Option<Zeroizing<Vec<u8>>> {
        let mut bytes = Zeroizing::new(ciphertext.to_vec());
        let nonce = Nonce::assume_unique_for_key(*nonce);
        let length = self.0.open_in_place(nonce, Aad::from(aad), &mut bytes).ok()?.len();
        bytes.truncate(length);
        Some(bytes)
    }
}

pub(crate) fn sha256(message: &[u8]) -> [u8; 32] {
    copied(digest::digest(&digest::SHA256, message).as_ref())
}

pub(crate) fn sha384(message: &[u8]) -> [u8; 48] {
    copied(digest::digest(&digest::SHA384, message).as_ref())
}

pub(crate) fn sha512(message: &[u8]) -> [u8; 64] {
    copied(digest::digest(&digest::SHA512, message).as_ref())
}

/// A hash of what comes in pieces.
pub(crate) struct Hashing(digest::Context);

impl Hashing {
    pub(crate) fn new(algorithm: HashAlgorithm) -> Self {
        Self(digest::Context::new(match algorithm {
            HashAlgorithm::Sha256 => &digest::SHA256,
            HashAlgorithm::Sha384 => &digest::SHA384,
            HashAlgorithm::Sha512 => &digest::SHA512,
        }))
    }

    pub(crate) fn update(&mut self, piece: &[u8]) {
        self.0.update(piece);
    }

    pub(crate) fn finish(self) -> Vec<u8> {
        self.0.finish().as_ref().to_vec()
    }
}

/// HMAC-SHA-256 of the concatenation of `parts`.
pub(crate) fn hmac_sha256(key: &[u8], parts: &[&[u8]]) -> [u8; 32] {
    let mut context = hmac::Context::with_key(&hmac::Key::new(hmac::HMAC_SHA256, key));
    parts.iter().for_each(|part| context.update(part));
    copied(context.sign().as_ref())
}

fn copied<const N: usize>(bytes: &[u8]) -> [u8; N] {
    let mut out = [0; N];
    out.copy_from_slice(bytes);
    out
}
