//! A tenant's signing keys are replaced, while its service stands still.
//!
//! In two steps, so that nobody refuses what is signed in between: a key is prepared, which publishes and pins it
//! (`jigap trust publish`), and promoted when every verifier has the list. Or at once, when the old key is in wrong hands.
//! What the old key signed counts until the last of it has ended, and not longer. Between the two steps the next key of a
//! tenant by certificate is certified: [`Rotation::request`] is what the authority is handed. A key that was made elsewhere
//! is brought instead ([`Rotation::import`]). Refused: promoting what was not prepared, or has no certificate in its place; a
//! key of `bbs-2023` for a tenant that neither has nor wants one.

use jigap_keys::PrivateKey;
use jigap_platform::csr::{self, AltName};
use jigap_platform::keyring::{Imported, Keyring};
use jigap_wallet_core::did::ProofKey;
use jigap_wallet_core::ports::Signer as _;
use jigap_wallet_core::time::Timestamp;
use jigap_wallet_core::trust::{Mechanism, TrustEntry, TrustList};
use url::Url;

use super::config::{MechanismConfig, TenantConfig, X5cConfig};
use super::{AssemblyError, CertificateKey, keys};
use crate::places::Places;
use crate::{issuance, publish};

/// Which of a tenant's keys.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum KeyPurpose {
    /// Signs credentials.
    Credential,
    /// Signs status lists.
    Status,
    /// Signs documents in `bbs-2023`.
    Bbs,
}

/// One signing key of one tenant, to be replaced.
#[derive(Clone, Copy)]
pub struct Rotation<'a> {
    tenant: &'a str,
    config: &'a TenantConfig,
    purpose: KeyPurpose,
    keyring: Keyring<'a>,
}

impl<'a> Rotation<'a> {
    /// The key of `tenant` for `purpose`.
    pub const fn new(
        (tenant, config): (&'a str, &'a TenantConfig),
        purpose: KeyPurpose,
        keyring: Keyring<'a>,
    ) -> Self {
        Self { tenant, config, purpose, keyring }
    }

    /// Takes in `key`, of a tenant's certificate, which an operator made elsewhere: it signs, or shall if one does already.
    ///
    /// # Errors
    /// [`AssemblyError::Tenant`] for a key that is no certificate's, [`AssemblyError::Keyring`].
    pub async fn import(self, key: &PrivateKey) -> Result<Imported, AssemblyError> {
        if self.certificate()?.is_none() {
            let what = "only the key of a certificate (mechanism x5c) is brought; the others are made here";
            return Err(AssemblyError::Tenant(self.tenant.to_owned(), what));
        }
        Ok(self.keyring.import(&self.place(), key).await?)
    }

    /// What an authority is handed, in PEM, to certify the prepared key with the tenant's identifier under `base` as a URI
    /// and the host of `base` as a DNS name, of which it may leave out one (docs/TRUST-LIST.md §3); `None` where it needs no certificate or there is no such key.
    ///
    /// # Errors
    /// [`AssemblyError::Keyring`]; [`AssemblyError::Request`].
    pub async fn request(self, base: &Url) -> Result<Option<String>, AssemblyError> {
        if self.certificate()?.is_none() {
            return Ok(None);
        }
        let Some(next) = self.keyring.held_next(&self.place()).await? else { return Ok(None) };
        let identifier = format!("{}/{}", base.as_str().trim_end_matches('/'), self.tenant);
        let host = base.domain().map(AltName::Dns);
        let names: Vec<AltName<'_>> = std::iter::once(AltName::Uri(&identifier)).chain(host).collect();
        Ok(Some(csr::request(&next, &names).await?))
    }

    /// Makes the next key, unless there is one. From the next start on it is published, and a trust list pins it.
    ///
    /// # Errors
    /// [`AssemblyError::Keyring`]; [`AssemblyError::Tenant`] for a key that the tenant neither has nor wants.
    pub async fn prepare(self) -> Result<ProofKey, AssemblyError> {
        if let Some(next) = self.prepared().await? {
            return Ok(next);
        }
        if self.purpose == KeyPurpose::Bbs {
            self.require_bbs().await?;
            return Ok(self.keyring.prepare_bbs(&self.place()).await?.into());
        }
        Ok(self.keyring.prepare(&self.place(), self.config.key_type.into()).await?.into())
    }

    /// The next key, if it is prepared.
    ///
    /// # Errors
    /// [`AssemblyError::Keyring`].
    pub async fn prepared(self) -> Result<Option<ProofKey>, AssemblyError> {
        let place = self.place();
        if self.purpose == KeyPurpose::Bbs {
            return Ok(self.keyring.prepared_bbs(&place).await?.map(ProofKey::from));
        }
        if self.certificate()?.is_none() {
            let next = self.keyring.prepared(&place, self.config.key_type.into()).await?;
            return Ok(next.map(ProofKey::from));
        }
        Ok(self.keyring.held_next(&place).await?.map(|next| next.public_key().clone().into()))
    }

    /// Whether a key signs already.
    ///
    /// # Errors
    /// [`AssemblyError::Keyring`].
    pub async fn signs(self) -> Result<bool, AssemblyError> {
        Ok(match self.purpose {
            KeyPurpose::Bbs => self.keyring.held_bbs(&self.place()).await?.is_some(),
            KeyPurpose::Credential | KeyPurpose::Status => self.keyring.held(&self.place()).await?.is_some(),
        })
    }

    /// The prepared key signs from now on. The private half of the old one is overwritten.
    ///
    /// # Errors
    /// [`AssemblyError::Keyring`]; [`AssemblyError::CertificateKey`] if it has no certificate in its place, where it needs
    /// one.
    pub async fn promote(self, now: Timestamp) -> Result<(), AssemblyError> {
        let times = (now, self.until(now).await?);
        if self.purpose == KeyPurpose::Bbs {
            return Ok(self.keyring.promote_bbs(&self.place(), times).await?);
        }
        let mut key_type = self.config.key_type.into();
        if let (Some(files), Some(next)) = (self.certificate()?, self.prepared().await?) {
            let certified = keys::certified_key(self.tenant, files)?;
            if next.signing() != Some(&certified) {
                return Err(self.unfit(CertificateKey::NotPrepared));
            }
            key_type = certified.key_type();
        }
        Ok(self.keyring.promote(&self.place(), key_type, times).await?)
    }

    /// A fresh key signs from now on; verifiers refuse what it signs until they have a trust list with it. The private
    /// half of the old one is overwritten.
    ///
    /// # Errors
    /// [`AssemblyError::Keyring`]; [`AssemblyError::CertificateKey`] for a key that needs a certificate first;
    /// [`AssemblyError::Tenant`] for one that the tenant neither has nor wants.
    pub async fn at_once(self, now: Timestamp) -> Result<(), AssemblyError> {
        if self.certificate()?.is_some() {
            return Err(self.unfit(CertificateKey::AtOnce));
        }
        let times = (now, self.until(now).await?);
        if self.purpose == KeyPurpose::Bbs {
            self.require_bbs().await?;
            return Ok(self.keyring.rotate_bbs(&self.place(), times).await?);
        }
        Ok(self.keyring.rotate(&self.place(), self.config.key_type.into(), times).await?)
    }

    /// Whether the key needs a certificate.
    ///
    /// # Errors
    /// [`AssemblyError::Tenant`] if the configuration does not say where it is.
    pub fn is_certified(self) -> Result<bool, AssemblyError> {
        Ok(self.certificate()?.is_some())
    }

    /// The files of the key's certificate, if it needs one.
    fn certificate(&self) -> Result<Option<&'a X5cConfig>, AssemblyError> {
        match (self.purpose, self.config.mechanism, &self.config.x5c) {
            (KeyPurpose::Status | KeyPurpose::Bbs, ..) => Ok(None),
            (KeyPurpose::Credential, MechanismConfig::X5c, Some(files)) => Ok(Some(files)),
            (KeyPurpose::Credential, MechanismConfig::X5c, None) => {
                Err(AssemblyError::Tenant(self.tenant.to_owned(), keys::NO_FILES))
            }
            (KeyPurpose::Credential, ..) => Ok(None),
        }
    }

    /// Refuses to make a BBS key for a tenant that has none and whose types want none.
    async fn require_bbs(self) -> Result<(), AssemblyError> {
        if self.config.signs_by_bbs() || self.signs().await? {
            return Ok(());
        }
        let what = "it has no key of bbs-2023, and none of its types is issued in that cryptosuite";
        Err(AssemblyError::Tenant(self.tenant.to_owned(), what))
    }

    fn unfit(&self, how: CertificateKey) -> AssemblyError {
        AssemblyError::CertificateKey(self.tenant.to_owned(), how)
    }

    fn place(&self) -> String {
        keys::place(
            self.tenant,
            match self.purpose {
                KeyPurpose::Credential => "credential",
                KeyPurpose::Status => "status",
                KeyPurpose::Bbs => "bbs",
            },
        )
    }

    /// When the last of what the key signed has ended.
    async fn until(&self, now: Timestamp) -> Result<Timestamp, AssemblyError> {
        match self.purpose {
            KeyPurpose::Credential | KeyPurpose::Bbs => {
                let last = issuance::last_of_all(self.keyring.store, &Places::of(self.tenant)).await;
                let last = last.map_err(|error| AssemblyError::Issued(self.tenant.to_owned(), error))?;
                Ok(last.map_or(now, |last| last.max(now)))
            }
            KeyPurpose::Status => Ok(now.plus(publish::LIFETIME)),
        }
    }
}

/// The issuers among `entries`, made here, that `trust` does not know as they are now: it lacks them or one of their keys, so
/// that a new list has to be signed and distributed. None if `trust` knows nobody of them: then it is a list of others.
pub fn unknown_to<'e>(trust: &TrustList, entries: &'e [TrustEntry]) -> Vec<&'e str> {
    if !entries.iter().any(|entry| trust.find(&entry.issuer).is_some()) {
        return Vec::new();
    }
    let known = |own: &&TrustEntry| {
        // Whether it issues with whatever key its mechanism finds.
        let open = own.keys.as_ref().is_none_or(|keys| keys.credentials.is_none());
        trust.find(&own.issuer).is_some_and(|listed| match (&listed.keys, &own.keys) {
            _ if open && listed.mechanism != own.mechanism => false,
            (Some(listed), Some(own)) => listed.covers(own),
            // By their certificates alone its neighbours could issue as it.
            (None, Some(_)) => open || !matches!(own.mechanism, Mechanism::X5c { .. }),
            (_, None) => true,
        })
    };
    entries.iter().filter(|entry| !known(entry)).map(|entry| entry.issuer.as_str()).collect()
}
