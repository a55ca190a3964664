//! A tenant's signing keys are replaced, while its service stands still.
//!
//! In two steps, so that nobody refuses what is signed in between: a key is prepared, which publishes and pins it
//! (`jigap trust publish`), and promoted when every verifier has the list. Or at once, when the old key is in wrong hands.
//! What the old key signed counts until the last of it has ended, and not longer. Refused: the credential key of a tenant
//! by certificate, which is a file of the operator's, and promoting what was not prepared.

use jigap_keys::PublicKey;
use jigap_platform::keyring::Keyring;
use jigap_wallet_core::time::Timestamp;
use jigap_wallet_core::trust::{Mechanism, TrustEntry, TrustList};

use super::config::{MechanismConfig, TenantConfig};
use super::{AssemblyError, keys};
use crate::places::Places;
use crate::{issuance, publish};

/// Which of a tenant's keys.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum KeyPurpose {
    /// Signs credentials.
    Credential,
    /// Signs status lists.
    Status,
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
    ///
    /// # Errors
    /// [`AssemblyError::Tenant`] for the credential key of a tenant by `x5c`.
    pub fn new(
        (tenant, config): (&'a str, &'a TenantConfig),
        purpose: KeyPurpose,
        keyring: Keyring<'a>,
    ) -> Result<Self, AssemblyError> {
        if purpose == KeyPurpose::Credential && config.mechanism == MechanismConfig::X5c {
            let what = "its key and certificate are files: put new ones in their place";
            return Err(AssemblyError::Tenant(tenant.to_owned(), what));
        }
        Ok(Self { tenant, config, purpose, keyring })
    }

    /// Makes the next key, unless there is one. From the next start on it is published, and a trust list pins it.
    ///
    /// # Errors
    /// [`AssemblyError::Keyring`].
    pub async fn prepare(self) -> Result<PublicKey, AssemblyError> {
        Ok(self.keyring.prepare(&self.place(), self.config.key_type.into()).await?)
    }

    /// The next key, if it is prepared.
    ///
    /// # Errors
    /// [`AssemblyError::Keyring`].
    pub async fn prepared(self) -> Result<Option<PublicKey>, AssemblyError> {
        Ok(self.keyring.prepared(&self.place(), self.config.key_type.into()).await?)
    }

    /// The prepared key signs from now on. The private half of the old one is overwritten.
    ///
    /// # Errors
    /// [`AssemblyError::Keyring`].
    pub async fn promote(self, now: Timestamp) -> Result<(), AssemblyError> {
        let times = (now, self.until(now).await?);
        Ok(self.keyring.promote(&self.place(), self.config.key_type.into(), times).await?)
    }

    /// A fresh key signs from now on; verifiers refuse what it signs until they have a trust list with it. The private
    /// half of the old one is overwritten.
    ///
    /// # Errors
    /// [`AssemblyError::Keyring`].
    pub async fn at_once(self, now: Timestamp) -> Result<(), AssemblyError> {
        let times = (now, self.until(now).await?);
        Ok(self.keyring.rotate(&self.place(), self.config.key_type.into(), times).await?)
    }

    fn place(&self) -> String {
        keys::place(
            self.tenant,
            match self.purpose {
                KeyPurpose::Credential => "credential",
                KeyPurpose::Status => "status",
            },
        )
    }

    /// When the last of what the key signed has ended.
    async fn until(&self, now: Timestamp) -> Result<Timestamp, AssemblyError> {
        match self.purpose {
            KeyPurpose::Credential => {
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
