//! A key that signs, wherever it lives: a file, an HSM, a KMS.

use async_trait::async_trait;
use jigap_keys::PublicKey;

/// The key could not sign: the environment's fault.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the signing key is not available")]
pub struct SignerError;

/// Signs with one private key that it does not show.
#[async_trait]
pub trait Signer: Send + Sync {
    /// The public half.
    fn public_key(&self) -> &PublicKey;

    /// Signs `message` with the algorithm of the key: 64 bytes for Ed25519 (RFC 8032) and P-256 (`r || s`), 96 for P-384.
    async fn sign(&self, message: &[u8]) -> Result<Vec<u8>, SignerError>;
}
