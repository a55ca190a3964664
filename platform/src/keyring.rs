//! The keys and secrets that a service makes for itself on its first start: sealed by the vault, kept in the store, read
//! back afterwards.
//!
//! What was sealed under a former master key is sealed anew at the start that finds it, so that the former one can be
//! retired. Refused: a kept key of another type than the configuration names (it is never replaced in silence: what it
//! signed would no longer be verified), and one that does not open.

use jigap_keys::{Entropy, KeyType, PrivateKey};
use jigap_wallet_core::ports::{Signer as _, Store, StoreError, transact};
use zeroize::Zeroizing;

use crate::secrets::{SecretsError, Vault};
use crate::signer::{LocalSigner, LocalSignerError};

/// Why a key or secret cannot be had.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum KeyringError {
    /// The kept key is of another type than the configuration names: the operator's fault.
    #[error("the key kept under {0} is of another type than the configuration names")]
    OtherType(String),
    /// It does not open: another master key, or a changed store.
    #[error("the key kept under {0} cannot be opened: {1}")]
    Sealed(String, LocalSignerError),
    /// The store failed; start again.
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// Where a service keeps its keys.
#[derive(Clone, Copy)]
pub struct Keyring<'a> {
    /// Holds them, sealed.
    pub store: &'a dyn Store,
    /// Seals them.
    pub vault: &'a Vault,
    /// Makes them.
    pub entropy: &'a dyn Entropy,
}

impl Keyring<'_> {
    /// The signing key under `place`, made as a `key_type` if there is none yet.
    ///
    /// # Errors
    /// [`KeyringError`].
    pub async fn signer(&self, place: &str, key_type: KeyType) -> Result<LocalSigner, KeyringError> {
        let fresh = PrivateKey::generate(key_type, self.entropy).to_pkcs8_der();
        let der = self.kept(place, &fresh).await?;
        let key = PrivateKey::from_pkcs8_der(&der).map_err(|_| LocalSignerError::NotAKey);
        let signer = key.and_then(LocalSigner::new).map_err(|error| sealed(place, error))?;
        if signer.public_key().key_type() == key_type {
            Ok(signer)
        } else {
            Err(KeyringError::OtherType(place.to_owned()))
        }
    }

    /// The 32 secret bytes under `place`, drawn if there are none yet.
    ///
    /// # Errors
    /// [`KeyringError`].
    pub async fn secret(&self, place: &str) -> Result<Zeroizing<[u8; 32]>, KeyringError> {
        let mut fresh = Zeroizing::new(vec![0; 32]);
        self.entropy.fill(&mut fresh);
        let bytes = self.kept(place, &fresh).await?;
        let mut secret = Zeroizing::new([0; 32]);
        if bytes.len() != secret.len() {
            return Err(sealed(place, SecretsError::Broken.into()));
        }
        secret.copy_from_slice(&bytes);
        Ok(secret)
    }

    /// What is kept under `place`; `fresh` is kept if nothing was.
    async fn kept(
        &self,
        place: &str,
        fresh: &Zeroizing<Vec<u8>>,
    ) -> Result<Zeroizing<Vec<u8>>, KeyringError> {
        transact(self.store, |tx| async move {
            let Some(kept) = tx.get(place).await? else {
                tx.set(place, self.vault.seal(place, fresh));
                return Ok(fresh.clone());
            };
            let opened = self.vault.open(place, &kept).map_err(|error| sealed(place, error.into()))?;
            if !self.vault.is_current(&kept) {
                tx.set(place, self.vault.seal(place, &opened));
            }
            Ok(opened)
        })
        .await
    }
}

fn sealed(place: &str, error: LocalSignerError) -> KeyringError {
    KeyringError::Sealed(place.to_owned(), error)
}

#[cfg(test)]
mod tests {
    use std::path::Path;
    use std::sync::Arc;

    use super::*;
    use crate::store::{Faults, in_memory};
    use crate::testing::SeededEntropy;

    fn vault(folder: &Path) -> Vault {
        Vault::open_file(&folder.join("master.key"), Arc::new(SeededEntropy::new(2))).unwrap()
    }

    #[tokio::test]
    async fn what_was_made_once_is_read_back_and_never_replaced() {
        let folder = tempfile::tempdir().unwrap();
        let entropy = SeededEntropy::new(1);
        Vault::init(&folder.path().join("master.key"), &entropy).unwrap();
        let (vault, store) = (vault(folder.path()), in_memory(Faults::none()).unwrap());
        let keyring = Keyring { store: &*store, vault: &vault, entropy: &entropy };
        let made = keyring.signer("a/key/x", KeyType::P256).await.unwrap();
        let again = keyring.signer("a/key/x", KeyType::P256).await.unwrap();
        assert_eq!(made.public_key(), again.public_key());
        let other = keyring.signer("a/key/y", KeyType::P256).await.unwrap();
        assert_ne!(made.public_key(), other.public_key());
        assert_eq!(
            keyring.signer("a/key/x", KeyType::Ed25519).await.err(),
            Some(KeyringError::OtherType("a/key/x".to_owned()))
        );
        let secret = keyring.secret("a/key/s").await.unwrap();
        assert_eq!(secret, keyring.secret("a/key/s").await.unwrap());
        assert_ne!(secret, keyring.secret("a/key/t").await.unwrap());
        // A key is no secret of 32 bytes, and the other way round.
        assert!(matches!(keyring.secret("a/key/x").await, Err(KeyringError::Sealed(..))));
        assert!(matches!(keyring.signer("a/key/s", KeyType::P256).await, Err(KeyringError::Sealed(..))));
    }

    #[tokio::test]
    async fn another_master_key_does_not_open_and_a_rotated_one_seals_anew() {
        let (folder, entropy) = (tempfile::tempdir().unwrap(), SeededEntropy::new(1));
        let path = folder.path().join("master.key");
        Vault::init(&path, &entropy).unwrap();
        let store = in_memory(Faults::none()).unwrap();
        let before = vault(folder.path());
        let secret = Keyring { store: &*store, vault: &before, entropy: &entropy }.secret("s").await.unwrap();
        Vault::rotate(&path, &entropy).unwrap();
        let rotated = vault(folder.path());
        let after = Keyring { store: &*store, vault: &rotated, entropy: &entropy };
        assert_eq!(after.secret("s").await.unwrap(), secret);
        let kept = store.begin().await.unwrap().get("s").await.unwrap().unwrap();
        assert!(rotated.is_current(&kept));
        assert!(!kept.windows(32).any(|bytes| bytes == *secret), "the secret lies open in the store");
        let stale = Keyring { store: &*store, vault: &before, entropy: &entropy };
        assert_eq!(
            stale.secret("s").await.err(),
            Some(KeyringError::Sealed("s".to_owned(), SecretsError::UnknownKey.into()))
        );
    }
}
