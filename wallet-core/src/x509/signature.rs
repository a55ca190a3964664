//! Certificate signatures by the keys of `jigap_keys`, so that webpki needs no other cryptography: ECDSA with P-256 and
//! SHA-256, P-384 and SHA-384, P-521 and SHA-512, Ed25519. Certificates signed in any other way are refused.

use jigap_keys::{KeyType, PublicKey};
use rustls_pki_types::{AlgorithmIdentifier, InvalidSignature, SignatureVerificationAlgorithm, alg_id};

use super::der;

/// All that is accepted.
pub(super) const ALGORITHMS: &[&dyn SignatureVerificationAlgorithm] = &[
    &Algorithm(KeyType::P256),
    &Algorithm(KeyType::Ed25519),
    &Algorithm(KeyType::P384),
    &Algorithm(KeyType::P521),
];

/// The one algorithm that keys of this type sign certificates with. X25519 signs none and is not among them.
#[derive(Debug)]
struct Algorithm(KeyType);

impl Algorithm {
    /// Bytes of a coordinate, where the signature is ECDSA's.
    fn ecdsa_size(&self) -> Option<usize> {
        match self.0 {
            KeyType::P256 => Some(32),
            KeyType::P384 => Some(48),
            KeyType::P521 => Some(66),
            KeyType::Ed25519 | KeyType::X25519 => None,
        }
    }
}

impl SignatureVerificationAlgorithm for Algorithm {
    fn verify_signature(
        &self,
        public_key: &[u8],
        message: &[u8],
        signature: &[u8],
    ) -> Result<(), InvalidSignature> {
        let key = PublicKey::from_bytes(self.0, public_key).map_err(|_| InvalidSignature)?;
        match self.ecdsa_size() {
            Some(size) => {
                let fixed = der::ecdsa_to_fixed(signature, size).ok_or(InvalidSignature)?;
                key.verify(message, &fixed)
            }
            None => key.verify(message, signature),
        }
        .map_err(|_| InvalidSignature)
    }

    fn public_key_alg_id(&self) -> AlgorithmIdentifier {
        match self.0 {
            KeyType::P256 => alg_id::ECDSA_P256,
            KeyType::P384 => alg_id::ECDSA_P384,
            KeyType::P521 => alg_id::ECDSA_P521,
            KeyType::Ed25519 | KeyType::X25519 => alg_id::ED25519,
        }
    }

    fn signature_alg_id(&self) -> AlgorithmIdentifier {
        match self.0 {
            KeyType::P256 => alg_id::ECDSA_SHA256,
            KeyType::P384 => alg_id::ECDSA_SHA384,
            KeyType::P521 => alg_id::ECDSA_SHA512,
            KeyType::Ed25519 | KeyType::X25519 => alg_id::ED25519,
        }
    }
}
