//! The `Signer` port on a private key in this process's memory.

use std::fmt;

use async_trait::async_trait;
use jigap_keys::{KeyType, PrivateKey, PublicKey};
use jigap_wallet_core::ports::{Signer, SignerError};

use crate::secrets::{SecretsError, Vault};

/// Signs with a key that this process holds. For keys that must not be here, implement `Signer` on an HSM or KMS.
pub struct LocalSigner(PrivateKey);

/// Why there is no signer.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum LocalSignerError {
    /// A key of X25519 agrees, it does not sign: the caller's fault.
    #[error("this kind of key does not sign")]
    CannotSign,
    /// The sealed key cannot be opened.
    #[error(transparent)]
    Sealed(#[from] SecretsError),
    /// What was sealed is not a private key.
    #[error("what was sealed is not a private key")]
    NotAKey,
}

impl LocalSigner {
    /// A signer with `key`.
    pub fn new(key: PrivateKey) -> Result<Self, LocalSignerError> {
        Self::may_sign(&key)?;
        Ok(Self(key))
    }

    /// Whether `key` is of a kind that signs.
    pub(crate) fn may_sign(key: &PrivateKey) -> Result<(), LocalSignerError> {
        match key.public().key_type() {
            KeyType::X25519 => Err(LocalSignerError::CannotSign),
            _ => Ok(()),
        }
    }

    /// A signer with the key that [`Self::seal`] sealed under `name`.
    pub fn open(vault: &Vault, name: &str, sealed: &[u8]) -> Result<Self, LocalSignerError> {
        let der = vault.open(name, sealed)?;
        Self::new(PrivateKey::from_pkcs8_der(&der).map_err(|_| LocalSignerError::NotAKey)?)
    }

    /// `key` as PKCS #8 (RFC 5958), sealed under `name`, for the store.
    pub fn seal(vault: &Vault, name: &str, key: &PrivateKey) -> Vec<u8> {
        vault.seal(name, &key.to_pkcs8_der())
    }
}

#[async_trait]
impl Signer for LocalSigner {
    fn public_key(&self) -> &PublicKey {
        self.0.public()
    }

    async fn sign(&self, message: &[u8]) -> Result<Vec<u8>, SignerError> {
        // Tens of microseconds: not worth a thread of its own.
        self.0.sign(message).map_err(|_| SignerError)
    }
}

impl fmt::Debug for LocalSigner {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("LocalSigner(redacted)")
    }
}

#[cfg(test)]
mod tests {
    use std::path::Path;
    use std::sync::Arc;

    use super::*;
    use crate::testing::{SeededEntropy, signer_conformance};

    fn key(key_type: KeyType) -> PrivateKey {
        PrivateKey::generate(key_type, &SeededEntropy::new(5))
    }

    fn vault(folder: &Path) -> Vault {
        let entropy = SeededEntropy::new(6);
        let path = folder.join("master.key");
        Vault::init(&path, &entropy).unwrap();
        Vault::open_file(&path, Arc::new(entropy)).unwrap()
    }

    #[tokio::test]
    async fn every_kind_of_signing_key_conforms_to_the_port() {
        for key_type in [KeyType::Ed25519, KeyType::P256, KeyType::P384, KeyType::P521] {
            signer_conformance(&LocalSigner::new(key(key_type)).unwrap()).await;
        }
        assert_eq!(LocalSigner::new(key(KeyType::X25519)).err(), Some(LocalSignerError::CannotSign));
    }

    #[tokio::test]
    async fn a_sealed_key_signs_again_and_only_under_its_name() {
        let folder = tempfile::tempdir().unwrap();
        let vault = vault(folder.path());
        let key = key(KeyType::P256);
        let sealed = LocalSigner::seal(&vault, "a", &key);
        let signer = LocalSigner::open(&vault, "a", &sealed).unwrap();
        assert_eq!(signer.public_key(), key.public());
        signer_conformance(&signer).await;
        let refusal = |name: &str, sealed: &[u8]| LocalSigner::open(&vault, name, sealed).err();
        assert_eq!(refusal("b", &sealed), Some(LocalSignerError::Sealed(SecretsError::Broken)));
        assert_eq!(refusal("a", &vault.seal("a", b"not a key")), Some(LocalSignerError::NotAKey));
        assert_eq!(format!("{signer:?}"), "LocalSigner(redacted)");
    }
}
