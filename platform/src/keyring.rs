//! The keys and secrets that a service makes for itself on its first start: sealed by the vault, kept in the store, read
//! back afterwards.
//!
//! What was sealed under a former master key is sealed anew at the start that finds it, so that the former one can be
//! retired. Refused: a kept key of another type than the configuration names (it is never replaced in silence: what it
//! signed would no longer be verified), and one that does not open. A key is replaced only on request: at once, or by one
//! that was prepared before, so that its public half could be made known. Of the replaced one the public half is kept as long
//! as what it signed lasts. Keys of `bbs-2023` are of another kind and live the same life.

mod bbs;

use jigap_keys::{Entropy, KeyType, PrivateKey, PublicKey};
use jigap_wallet_core::ports::{KeyRange, Signer as _, Store, StoreError, Tx, transact};
use jigap_wallet_core::text::Lang;
use jigap_wallet_core::time::{Seconds, Timestamp};
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
    /// What is kept of a replaced key is damaged, or of a newer version of Jigap.
    #[error("what is kept of the replaced keys under {0} cannot be read by this version")]
    Retired(String),
    /// There is no prepared key under this place.
    #[error("no key was prepared under {0}")]
    NotPrepared(String),
    /// More keys were replaced than can be published; the moment is when the first of them is not needed any more.
    #[error("what the replaced keys under {0} signed still counts, and they are as many as can be published; the next can be replaced from {at}",
        at = .1.to_civil(Lang::En))]
    TooMany(String, Timestamp),
    /// The store failed; start again.
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// A key that signed before: what it signed stays valid.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Retired<K = PublicKey> {
    /// Its public half; the private half is overwritten.
    pub key: K,
    /// Since when it signs no more.
    pub since: Timestamp,
    /// When what it signed has ended, so that nobody needs it any more.
    pub until: Timestamp,
}

/// What became of a key that an operator brought.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Imported {
    /// It signs: there was none.
    Signs,
    /// It shall replace the one that signs, once it is promoted; one that was prepared before is dropped.
    Next,
    /// It was there already.
    Known,
}

/// The stored form of [`Retired`].
#[derive(serde::Serialize, serde::Deserialize)]
struct StoredRetired {
    version: u8,
    #[serde(flatten)]
    key: StoredPublic,
    since: Timestamp,
    until: Timestamp,
}

/// The public half of a key, in the form that its kind has.
#[derive(serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "snake_case")]
enum StoredPublic {
    Jwk(serde_json::Value),
    Multikey(String),
}

/// The public half of a kind of key that is replaced.
trait Public: Sized {
    /// Most replaced keys of one place whose signatures still count. With two places of keys that sign bytes and one of a BBS
    /// key, and what signs now and next in each, a set of keys stays below the 64 that verifiers read.
    const MAX_LIVE: usize;

    /// That of the private key that is kept as `bytes`.
    fn of_private(bytes: &[u8]) -> Result<Self, LocalSignerError>;

    fn read(stored: &StoredPublic) -> Option<Self>;

    fn stored(&self) -> StoredPublic;

    /// What tells its record from others of the same moment.
    fn record(&self) -> String;
}

impl Public for PublicKey {
    const MAX_LIVE: usize = 24;

    fn of_private(bytes: &[u8]) -> Result<Self, LocalSignerError> {
        let key = PrivateKey::from_pkcs8_der(bytes).map_err(|_| LocalSignerError::NotAKey)?;
        LocalSigner::may_sign(&key)?;
        Ok(key.public().clone())
    }

    fn read(stored: &StoredPublic) -> Option<Self> {
        match stored {
            StoredPublic::Jwk(jwk) => Self::from_jwk(jwk).ok(),
            StoredPublic::Multikey(_) => None,
        }
    }

    fn stored(&self) -> StoredPublic {
        StoredPublic::Jwk(self.to_jwk())
    }

    fn record(&self) -> String {
        self.thumbprint()
    }
}

/// Version of [`StoredRetired`].
const VERSION: u8 = 1;
/// Most records of replaced keys of one place.
const MAX_RETIRED: usize = 1000;
/// How long a record is kept after what the key signed has ended, should the clock be wrong.
const KEPT_AFTER: Seconds = Seconds(30 * 86_400);

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

    /// The signing key under `place`, of whatever type, if there is one.
    ///
    /// # Errors
    /// [`KeyringError`].
    pub async fn held(&self, place: &str) -> Result<Option<LocalSigner>, KeyringError> {
        let der = transact(self.store, |tx| async move { self.opened(&tx, place).await }).await?;
        let signer = |der: Zeroizing<Vec<u8>>| {
            let key = PrivateKey::from_pkcs8_der(&der).map_err(|_| LocalSignerError::NotAKey);
            key.and_then(LocalSigner::new).map_err(|error| sealed(place, error))
        };
        der.map(signer).transpose()
    }

    /// The key that shall replace the one under `place`, of whatever type, if there is one.
    ///
    /// # Errors
    /// [`KeyringError`].
    pub async fn held_next(&self, place: &str) -> Result<Option<LocalSigner>, KeyringError> {
        self.held(&next(place)).await
    }

    /// Takes `key` in, which an operator made: where none signs under `place` it does, else it is the prepared one.
    ///
    /// # Errors
    /// [`KeyringError`].
    pub async fn import(&self, place: &str, key: &PrivateKey) -> Result<Imported, KeyringError> {
        LocalSigner::may_sign(key).map_err(|error| sealed(place, error))?;
        let der = key.to_pkcs8_der();
        transact(self.store, |tx| {
            let der = &der;
            async move {
                let next = next(place);
                let (signs, prepared) = (self.opened(&tx, place).await?, self.opened(&tx, &next).await?);
                let same = |kept: &Option<Zeroizing<Vec<u8>>>| {
                    let kept = kept.as_ref().map(|der| PrivateKey::from_pkcs8_der(der));
                    kept.is_some_and(|kept| kept.is_ok_and(|kept| kept.public() == key.public()))
                };
                if same(&signs) || same(&prepared) {
                    return Ok(Imported::Known);
                }
                if signs.is_none() && prepared.is_none() {
                    tx.set(place, self.vault.seal(place, der));
                    return Ok(Imported::Signs);
                }
                let sealed = self.vault.seal(&next, der);
                tx.set(next, sealed);
                Ok(Imported::Next)
            }
        })
        .await
    }

    /// Replaces the signing key under `place`, in one commit: a fresh one signs, of the old one only the public half is kept,
    /// and a prepared one is dropped. `since` and `until` are those of [`Retired`].
    ///
    /// # Errors
    /// [`KeyringError`]; [`StoreError::Unknown`] leaves open whether it was replaced: asking again replaces it again.
    pub async fn rotate(
        &self,
        place: &str,
        key_type: KeyType,
        (since, until): (Timestamp, Timestamp),
    ) -> Result<(), KeyringError> {
        let fresh = PrivateKey::generate(key_type, self.entropy).to_pkcs8_der();
        transact(self.store, |tx| {
            let fresh = &fresh;
            async move { self.replace::<PublicKey>(&tx, place, fresh, (since, until)).await }
        })
        .await
    }

    /// Makes the key that shall replace the one under `place`, unless there is one, and says its public half.
    ///
    /// # Errors
    /// [`KeyringError`].
    pub async fn prepare(&self, place: &str, key_type: KeyType) -> Result<PublicKey, KeyringError> {
        let signer = self.signer(&next(place), key_type).await?;
        Ok(signer.public_key().clone())
    }

    /// The public half of the prepared key, if there is one.
    ///
    /// # Errors
    /// [`KeyringError`].
    pub async fn prepared(&self, place: &str, key_type: KeyType) -> Result<Option<PublicKey>, KeyringError> {
        match self.store.begin().await?.get(next(place)).await? {
            Some(_) => self.prepare(place, key_type).await.map(Some),
            None => Ok(None),
        }
    }

    /// Replaces the signing key under `place` by the prepared one, in one commit, else as [`Self::rotate`].
    ///
    /// # Errors
    /// [`KeyringError::NotPrepared`]; others as [`Self::rotate`].
    pub async fn promote(
        &self,
        place: &str,
        key_type: KeyType,
        (since, until): (Timestamp, Timestamp),
    ) -> Result<(), KeyringError> {
        self.prepared(place, key_type).await?;
        self.put_next::<PublicKey>(place, (since, until)).await
    }

    /// Puts the prepared key in the place of the one that signs, in one commit.
    async fn put_next<K: Public>(
        &self,
        place: &str,
        times: (Timestamp, Timestamp),
    ) -> Result<(), KeyringError> {
        transact(self.store, |tx| async move {
            let next = next(place);
            let kept = tx.get(&next).await?.ok_or_else(|| KeyringError::NotPrepared(place.to_owned()))?;
            let key = self.vault.open(&next, &kept).map_err(|error| sealed(&next, error.into()))?;
            self.replace::<K>(&tx, place, &key, times).await
        })
        .await
    }

    /// The keys that were replaced under `place` and whose signatures count at `now`, oldest first. Records of those that
    /// ended long ago are cleared.
    ///
    /// # Errors
    /// [`KeyringError`]; [`KeyringError::Retired`] for a stored form that this version does not know.
    pub async fn retired(&self, place: &str, now: Timestamp) -> Result<Vec<Retired>, KeyringError> {
        transact(self.store, |tx| async move { live(&tx, place, now).await }).await
    }

    /// Puts the key `fresh` in the place of the one that signs.
    async fn replace<K: Public>(
        &self,
        tx: &Tx,
        place: &str,
        fresh: &[u8],
        (since, until): (Timestamp, Timestamp),
    ) -> Result<(), KeyringError> {
        if let Some(kept) = tx.get(place).await? {
            let old = self.vault.open(place, &kept).map_err(LocalSignerError::from);
            let key = old.and_then(|old| K::of_private(&old)).map_err(|error| sealed(place, error))?;
            let live = live::<K>(tx, place, since).await?;
            if live.len() >= K::MAX_LIVE && since < until {
                let first = live.iter().map(|retired| retired.until).min().unwrap_or(until);
                return Err(KeyringError::TooMany(place.to_owned(), first));
            }
            let retired = StoredRetired { version: VERSION, key: key.stored(), since, until };
            let stored = serde_json::to_vec(&retired).map_err(|_| StoreError::Unavailable)?;
            tx.set(format!("{place}/retired/{:020}-{}", since.unix(), key.record()), stored);
        }
        tx.set(place, self.vault.seal(place, fresh));
        tx.clear(next(place));
        Ok(())
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
            if let Some(opened) = self.opened(&tx, place).await? {
                return Ok(opened);
            }
            tx.set(place, self.vault.seal(place, fresh));
            Ok(fresh.clone())
        })
        .await
    }

    /// What is kept under `place`, if anything is; sealed anew if that was under a former master key.
    async fn opened(&self, tx: &Tx, place: &str) -> Result<Option<Zeroizing<Vec<u8>>>, KeyringError> {
        let Some(kept) = tx.get(place).await? else { return Ok(None) };
        let opened = self.vault.open(place, &kept).map_err(|error| sealed(place, error.into()))?;
        if !self.vault.is_current(&kept) {
            tx.set(place, self.vault.seal(place, &opened));
        }
        Ok(Some(opened))
    }
}

/// Where the key lies that shall replace the one under `place`.
fn next(place: &str) -> String {
    format!("{place}/next")
}

/// The replaced keys that count at `now`; clears the records of those that ended long ago.
async fn live<K: Public>(tx: &Tx, place: &str, now: Timestamp) -> Result<Vec<Retired<K>>, KeyringError> {
    let range = KeyRange::prefix(format!("{place}/retired/"));
    let unread = || KeyringError::Retired(place.to_owned());
    let mut live = Vec::new();
    for (key, bytes) in tx.range(&range, MAX_RETIRED).await? {
        let stored: StoredRetired = serde_json::from_slice(&bytes).map_err(|_| unread())?;
        let retired = K::read(&stored.key).filter(|_| stored.version == VERSION);
        let retired = Retired { key: retired.ok_or_else(unread)?, since: stored.since, until: stored.until };
        if retired.until.plus(KEPT_AFTER) <= now {
            tx.clear(key);
        } else if now < retired.until {
            live.push(retired);
        }
    }
    Ok(live)
}

fn sealed(place: &str, error: LocalSignerError) -> KeyringError {
    KeyringError::Sealed(place.to_owned(), error)
}

#[cfg(test)]
mod tests;
