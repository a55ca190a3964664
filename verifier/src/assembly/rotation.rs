//! The key that signs the verifier's requests is replaced, while its service stands still.
//!
//! In two steps: a key is prepared, so that what wallets know the verifier by can be made known (its certificate, its DID),
//! and promoted. Or at once, when the old key is in wrong hands and is the verifier's name itself. What was asked and fetched
//! before can still be answered; what no wallet has fetched yet (5 minutes at most) has to be asked anew. Refused: promoting
//! what was not prepared, or has no certificate in its place, and keys for a verifier that does not sign.

use jigap_keys::{KeyType, PrivateKey, PublicKey};
use jigap_platform::csr::{self, AltName};
use jigap_platform::keyring::{Imported, Keyring};
use jigap_wallet_core::did::jwk_did;
use jigap_wallet_core::ports::Signer as _;
use jigap_wallet_core::time::Timestamp;
use url::Url;

use super::identity::{SEALED_KEY, certified_key};
use super::{AssemblyError, IdentityConfig, Prefix};

/// The key that signs requests, to be replaced.
#[derive(Clone, Copy)]
pub struct RequestKey<'a> {
    config: &'a IdentityConfig,
    base: &'a Url,
    keyring: Keyring<'a>,
}

/// What has to be made known before a prepared key is promoted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Announcement {
    /// To a certificate authority: the request (PKCS #10) in PEM.
    Request(String),
    /// To whoever knows the verifier by its client identifier: the next one.
    ClientId(String),
}

impl<'a> RequestKey<'a> {
    /// The key of the verifier that clients call `base`.
    ///
    /// # Errors
    /// [`AssemblyError::Identification`] for one that does not sign.
    pub fn new(
        config: &'a IdentityConfig,
        base: &'a Url,
        keyring: Keyring<'a>,
    ) -> Result<Self, AssemblyError> {
        match config.prefix {
            Prefix::RedirectUri => {
                Err(AssemblyError::Identification("requests of redirect_uri are not signed"))
            }
            _ => Ok(Self { config, base, keyring }),
        }
    }

    /// Takes in `key`, which an operator made elsewhere for its certificate: it signs, or shall if one does already.
    ///
    /// # Errors
    /// [`AssemblyError::Identification`] for a verifier without certificate, [`AssemblyError::Keyring`].
    pub async fn import(self, key: &PrivateKey) -> Result<Imported, AssemblyError> {
        if !self.is_certified() {
            return Err(AssemblyError::Identification("only the key of a certificate is brought"));
        }
        Ok(self.keyring.import(SEALED_KEY, key).await?)
    }

    /// Makes the next key, unless there is one, and says what has to be made known of it.
    ///
    /// # Errors
    /// [`AssemblyError::Keyring`], [`AssemblyError::Request`].
    pub async fn prepare(self) -> Result<Announcement, AssemblyError> {
        if self.keyring.held_next(SEALED_KEY).await?.is_none() {
            self.keyring.prepare(SEALED_KEY, KeyType::P256).await?;
        }
        let next = self.keyring.held_next(SEALED_KEY).await?;
        let next = next.ok_or(AssemblyError::Identification("the prepared key is gone"))?;
        if self.is_certified() {
            let names = Vec::from_iter(self.base.domain().map(AltName::Dns));
            Ok(Announcement::Request(csr::request(&next, &names).await?))
        } else {
            let did = jwk_did(next.public_key());
            Ok(Announcement::ClientId(format!("decentralized_identifier:{did}")))
        }
    }

    /// The prepared key signs from now on. The private half of the old one is overwritten.
    ///
    /// # Errors
    /// [`AssemblyError::Keyring`]; [`AssemblyError::OtherKey`] if the certificate in its place is not for it.
    pub async fn promote(self, now: Timestamp) -> Result<(), AssemblyError> {
        let next = self.keyring.held_next(SEALED_KEY).await?.map(|next| next.public_key().clone());
        if let (Some(path), Some(next)) = (&self.config.certificate, &next)
            && certified_key(path)? != *next
        {
            return Err(AssemblyError::OtherKey(path.clone(), jigap_platform::pem::public_key(next)));
        }
        let key_type = next.as_ref().map_or(KeyType::P256, PublicKey::key_type);
        Ok(self.keyring.promote(SEALED_KEY, key_type, (now, now)).await?)
    }

    /// A fresh key signs from now on, so that the verifier is another client.
    ///
    /// # Errors
    /// [`AssemblyError::Keyring`]; [`AssemblyError::Identification`] for a key that needs a certificate first.
    pub async fn at_once(self, now: Timestamp) -> Result<(), AssemblyError> {
        if self.is_certified() {
            return Err(AssemblyError::Identification(
                "a key without a certificate signs nothing: prepare it, have it certified, promote it",
            ));
        }
        Ok(self.keyring.rotate(SEALED_KEY, KeyType::P256, (now, now)).await?)
    }

    const fn is_certified(&self) -> bool {
        matches!(self.config.prefix, Prefix::X509Hash | Prefix::X509SanDns)
    }
}
