//! The NIST primitives in Rust alone (RustCrypto). ECDSA draws its nonces from the key and the message (RFC 6979).

use std::sync::Arc;

use aes_gcm::aead::{Aead as _, Payload};
use aes_gcm::{Aes128Gcm, Aes256Gcm, KeyInit as _};
use hmac::{Hmac, Mac as _};
use p256::ecdsa::signature::{RandomizedSigner as _, Signer as _, Verifier as _};
use p521::elliptic_curve::rand_core::{self, CryptoRng, RngCore};
use sha2::{Digest as _, Sha256, Sha384, Sha512};
use zeroize::Zeroizing;

use super::Curve;
use crate::hash::HashAlgorithm;

/// A point of a curve, checked to be on it.
pub(crate) struct EcPublic {
    key: VerifyingKey,
    point: Box<[u8]>,
}

enum VerifyingKey {
    P256(p256::ecdsa::VerifyingKey),
    P384(p384::ecdsa::VerifyingKey),
    P521(p521::ecdsa::VerifyingKey),
}

impl EcPublic {
    /// Reads a point (SEC 1 §2.3.4), uncompressed or compressed. `None`: malformed or not on the curve.
    pub(crate) fn parse(curve: Curve, bytes: &[u8]) -> Option<Self> {
        if !curve.is_shaped(bytes) {
            return None;
        }
        let key = match curve {
            Curve::P256 => VerifyingKey::P256(p256::ecdsa::VerifyingKey::from_sec1_bytes(bytes).ok()?),
            Curve::P384 => VerifyingKey::P384(p384::ecdsa::VerifyingKey::from_sec1_bytes(bytes).ok()?),
            Curve::P521 => VerifyingKey::P521(p521::ecdsa::VerifyingKey::from_sec1_bytes(bytes).ok()?),
        };
        Some(Self::of(key))
    }

    fn of(key: VerifyingKey) -> Self {
        let point = match &key {
            VerifyingKey::P256(key) => key.to_encoded_point(false).as_bytes().into(),
            VerifyingKey::P384(key) => key.to_encoded_point(false).as_bytes().into(),
            VerifyingKey::P521(key) => key.to_encoded_point(false).as_bytes().into(),
        };
        Self { key, point }
    }

    pub(crate) fn curve(&self) -> Curve {
        match &self.key {
            VerifyingKey::P256(_) => Curve::P256,
            VerifyingKey::P384(_) => Curve::P384,
            VerifyingKey::P521(_) => Curve::P521,
        }
    }

    /// The point, uncompressed: `04 || x || y`.
    pub(crate) fn point(&self) -> &[u8] {
        &self.point
    }

    /// Whether `signature` (`r || s`) is one over `message`, hashed with the SHA-2 of the curve's size.
    pub(crate) fn verify(&self, message: &[u8], signature: &[u8]) -> bool {
        match &self.key {
            VerifyingKey::P256(key) => p256::ecdsa::Signature::from_slice(signature)
                .is_ok_and(|signature| key.verify(message, &signature).is_ok()),
            VerifyingKey::P384(key) => p384::ecdsa::Signature::from_slice(signature)
                .is_ok_and(|signature| key.verify(message, &signature).is_ok()),
            VerifyingKey::P521(key) => p521::ecdsa::Signature::from_slice(signature)
                .is_ok_and(|signature| key.verify(message, &signature).is_ok()),
        }
    }
}

/// A private number of a curve, with its point.
pub(crate) struct EcPrivate {
    key: SigningKey,
    scalar: Zeroizing<Box<[u8]>>,
    public: Arc<EcPublic>,
}

/// Both wipe themselves when dropped.
enum SigningKey {
    P256(p256::ecdsa::SigningKey),
    P384(p384::ecdsa::SigningKey),
    P521(p521::ecdsa::SigningKey),
}

impl EcPrivate {
    /// Takes a big-endian private number of the curve's size. `None`: another length, zero, or not below the order.
    pub(crate) fn parse(curve: Curve, scalar: &[u8]) -> Option<Self> {
        if scalar.len() != curve.size() {
            return None;
        }
        let (key, public) = match curve {
            Curve::P256 => {
                let key = p256::ecdsa::SigningKey::from_slice(scalar).ok()?;
                let public = VerifyingKey::P256(*key.verifying_key());
                (SigningKey::P256(key), public)
            }
            Curve::P384 => {
                let key = p384::ecdsa::SigningKey::from_slice(scalar).ok()?;
                let public = VerifyingKey::P384(*key.verifying_key());
                (SigningKey::P384(key), public)
            }
            Curve::P521 => {
                let key = p521::ecdsa::SigningKey::from_slice(scalar).ok()?;
                let public = VerifyingKey::P521(p521::ecdsa::VerifyingKey::from(&key));
                (SigningKey::P521(key), public)
            }
        };
        Some(Self { key, scalar: Zeroizing::new(scalar.into()), public: Arc::new(EcPublic::of(public)) })
    }

    pub(crate) fn scalar(&self) -> &[u8] {
        &self.scalar
    }

    pub(crate) fn public(&self) -> &Arc<EcPublic> {
        &self.public
    }

    /// Signs `message`: `r || s`. `None`: the library failed.
    pub(crate) fn sign(&self, message: &[u8]) -> Option<Vec<u8>> {
        match &self.key {
            SigningKey::P256(key) => {
                let signature: p256::ecdsa::Signature = key.try_sign(message).ok()?;
                Some(signature.to_bytes().to_vec())
            }
            SigningKey::P384(key) => {
                let signature: p384::ecdsa::Signature = key.try_sign(message).ok()?;
                Some(signature.to_bytes().to_vec())
            }
            SigningKey::P521(key) => {
                let mut nonces = Nonces::new(&self.scalar, message);
                let signature: p521::ecdsa::Signature = key.try_sign_with_rng(&mut nonces, message).ok()?;
                Some(signature.to_bytes().to_vec())
            }
        }
    }

    /// The x coordinate of the shared point (SEC 1 §3.3.1). `None`: another curve.
    pub(crate) fn agree(&self, peer: &EcPublic) -> Option<Zeroizing<Vec<u8>>> {
        match (&self.key, &peer.key) {
            (SigningKey::P256(key), VerifyingKey::P256(peer)) => {
                let secret = p256::ecdh::diffie_hellman(key.as_nonzero_scalar(), peer.as_affine());
                Some(Zeroizing::new(secret.raw_secret_bytes().to_vec()))
            }
            (SigningKey::P384(key), VerifyingKey::P384(peer)) => {
                let secret = p384::ecdh::diffie_hellman(key.as_nonzero_scalar(), peer.as_affine());
                Some(Zeroizing::new(secret.raw_secret_bytes().to_vec()))
            }
            (SigningKey::P521(_), VerifyingKey::P521(peer)) => {
                // Its signing key does not lend its number.
                let secret = p521::SecretKey::from_slice(&self.scalar).ok()?;
                let secret = p521::ecdh::diffie_hellman(secret.to_nonzero_scalar(), peer.as_affine());
                Some(Zeroizing::new(secret.raw_secret_bytes().to_vec()))
            }
            _ => None,
        }
    }
}

/// What nonces of P-521 are drawn from: `p521` 0.13 has no RFC 6979, so key and message decide them here, by HMAC.
struct Nonces {
    seed: Zeroizing<[u8; 32]>,
    drawn: u64,
}

impl Nonces {
    fn new(key: &[u8], message: &[u8]) -> Self {
        Self { seed: Zeroizing::new(hmac_sha256(key, &[message])), drawn: 0 }
    }
}

impl RngCore for Nonces {
    fn next_u32(&mut self) -> u32 {
        let mut bytes = [0; 4];
        self.fill_bytes(&mut bytes);
        u32::from_be_bytes(bytes)
    }

    fn next_u64(&mut self) -> u64 {
        let mut bytes = [0; 8];
        self.fill_bytes(&mut bytes);
        u64::from_be_bytes(bytes)
    }

    fn fill_bytes(&mut self, out: &mut [u8]) {
        for chunk in out.chunks_mut(32) {
            self.drawn += 1;
            let block = hmac_sha256(&*self.seed, &[&self.drawn.to_be_bytes()]);
            chunk.iter_mut().zip(block).for_each(|(to, from)| *to = from);
        }
    }

    fn try_fill_bytes(&mut self, out: &mut [u8]) -> Result<(), rand_core::Error> {
        self.fill_bytes(out);
        Ok(())
    }
}

impl CryptoRng for Nonces {}

/// AES-GCM under one key.
pub(crate) enum AesGcm {
    Aes128(Box<Aes128Gcm>),
    Aes256(Box<Aes256Gcm>),
}

impl AesGcm {
    /// `None`: a key of another size than 16 and 32 bytes.
    pub(crate) fn new(key: &[u8]) -> Option<Self> {
        if key.len() == 16 {
            Aes128Gcm::new_from_slice(key).ok().map(|cipher| Self::Aes128(Box::new(cipher)))
        } else {
            Aes256Gcm::new_from_slice(key).ok().map(|cipher| Self::Aes256(Box::new(cipher)))
        }
    }

    /// `None`: a plaintext over 64 GiB.
    pub(crate) fn seal(&self, nonce: &[u8; 12], aad: &[u8], plaintext: &[u8]) -> Option<Vec<u8>> {
        let payload = Payload { msg: plaintext, aad };
        match self {
            Self::Aes128(cipher) => cipher.encrypt(nonce.into(), payload),
            Self::Aes256(cipher) => cipher.encrypt(nonce.into(), payload),
        }
        .ok()
    }

    pub(crate) fn open(&self, nonce: &[u8; 12], aad: &[u8], ciphertext: &[u8]) -> Option<Zeroizing<Vec<u8>>> {
        let payload = Payload { msg: ciphertext, aad };
        match self {
            Self::Aes128(cipher) => cipher.decrypt(nonce.into(), payload),
            Self::Aes256(cipher) => cipher.decrypt(nonce.into(), payload),
        }
        .ok()
        .map(Zeroizing::new)
    }
}

pub(crate) fn sha256(message: &[u8]) -> [u8; 32] {
    Sha256::digest(message).into()
}

pub(crate) fn sha384(message: &[u8]) -> [u8; 48] {
    Sha384::digest(message).into()
}

pub(crate) fn sha512(message: &[u8]) -> [u8; 64] {
    Sha512::digest(message).into()
}

/// A hash of what comes in pieces.
pub(crate) enum Hashing {
    Sha256(Sha256),
    Sha384(Sha384),
    Sha512(Sha512),
}

impl Hashing {
    pub(crate) fn new(algorithm: HashAlgorithm) -> Self {
        match algorithm {
            HashAlgorithm::Sha256 => Self::Sha256(Sha256::new()),
            HashAlgorithm::Sha384 => Self::Sha384(Sha384::new()),
            HashAlgorithm::Sha512 => Self::Sha512(Sha512::new()),
        }
    }

    pub(crate) fn update(&mut self, piece: &[u8]) {
        match self {
            Self::Sha256(hash) => hash.update(piece),
            Self::Sha384(hash) => hash.update(piece),
            Self::Sha512(hash) => hash.update(piece),
        }
    }

    pub(crate) fn finish(self) -> Vec<u8> {
        match self {
            Self::Sha256(hash) => hash.finalize().to_vec(),
            Self::Sha384(hash) => hash.finalize().to_vec(),
            Self::Sha512(hash) => hash.finalize().to_vec(),
        }
    }
}

/// HMAC-SHA-256 of the concatenation of `parts`.
#[expect(clippy::expect_used, reason = "HMAC takes keys of every length")]
pub(crate) fn hmac_sha256(key: &[u8], parts: &[&[u8]]) -> [u8; 32] {
    let mut mac = <Hmac<Sha256> as hmac::Mac>::new_from_slice(key).expect("a key of any length");
    parts.iter().for_each(|part| mac.update(part));
    mac.finalize().into_bytes().into()
}
