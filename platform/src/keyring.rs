//! The keys and secrets that a service makes for itself on its first start: sealed by the vault, kept in the store, read
//! back afterwards.
//!
//! What was sealed under a former master key is sealed anew at the start that finds it, so that the former one can be
//! retired. Refused: a kept key of another type than the configuration names (it is never replaced in silence: what it
//! signed would no longer be verified), and one that does not open. A key is replaced only on request: at once, or by one
//! that was prepared before, so that its public half could be made known. Of the replaced one the public half is kept as long
//! as what it signed lasts.

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
    #[error("what {max} replaced keys under {0} signed still counts; the next can be replaced from {at}",
        max = MAX_LIVE, at = .1.to_civil(Lang::En))]
    TooMany(String, Timestamp),
    /// The store failed; start again.
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// A key that signed before: what it signed stays valid.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Retired {
    /// Its public half; the private half is overwritten.
    pub key: PublicKey,
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
    jwk: serde_json::Value,
    since: Timestamp,
    until: Timestamp,
}

/// Version of [`StoredRetired`].
const VERSION: u8 = 1;
/// Most replaced keys of one place whose signatures still count. With two places of so many and what signs now and next,
/// a set of keys stays below the 64 that verifiers read.
const MAX_LIVE: usize = 24;
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
            async move { self.replace(&tx, place, fresh, (since, until)).await }
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
        transact(self.store, |tx| async move {
            let next = next(place);
            let kept = tx.get(&next).await?.ok_or_else(|| KeyringError::NotPrepared(place.to_owned()))?;
            let key = self.vault.open(&next, &kept).map_err(|error| sealed(&next, error.into()))?;
            self.replace(&tx, place, &key, (since, until)).await
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

    /// Puts the key `der` in the place of the one that signs.
    async fn replace(
        &self,
        tx: &Tx,
        place: &str,
        der: &[u8],
        (since, until): (Timestamp, Timestamp),
    ) -> Result<(), KeyringError> {
        if let Some(kept) = tx.get(place).await? {
            let old = LocalSigner::open(self.vault, place, &kept).map_err(|error| sealed(place, error))?;
            let live = live(tx, place, since).await?;
            if live.len() >= MAX_LIVE && since < until {
                let first = live.iter().map(|retired| retired.until).min().unwrap_or(until);
                return Err(KeyringError::TooMany(place.to_owned(), first));
            }
            let key = old.public_key();
            let retired = StoredRetired { version: VERSION, jwk: key.to_jwk(), since, until };
            let stored = serde_json::to_vec(&retired).map_err(|_| StoreError::Unavailable)?;
            tx.set(format!("{place}/retired/{:020}-{}", since.unix(), key.thumbprint()), stored);
        }
        tx.set(place, self.vault.seal(place, der));
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
async fn live(tx: &Tx, place: &str, now: Timestamp) -> Result<Vec<Retired>, KeyringError> {
    let range = KeyRange::prefix(format!("{place}/retired/"));
    let unread = || KeyringError::Retired(place.to_owned());
    let mut live = Vec::new();
    for (key, bytes) in tx.range(&range, MAX_RETIRED).await? {
        let stored: StoredRetired = serde_json::from_slice(&bytes).map_err(|_| unread())?;
        let retired = PublicKey::from_jwk(&stored.jwk).ok().filter(|_| stored.version == VERSION);
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
    async fn a_replaced_key_is_gone_but_for_its_public_half() {
        let folder = tempfile::tempdir().unwrap();
        let entropy = SeededEntropy::new(1);
        Vault::init(&folder.path().join("master.key"), &entropy).unwrap();
        let (vault, store) = (vault(folder.path()), in_memory(Faults::none()).unwrap());
        let keyring = Keyring { store: &*store, vault: &vault, entropy: &entropy };
        let moment = Timestamp::from_unix;
        let mut keys = Vec::new();
        for at in [10, 20] {
            keys.push(keyring.signer("a/key/x", KeyType::P256).await.unwrap().public_key().clone());
            keyring.rotate("a/key/x", KeyType::P256, (moment(at), moment(at + 100))).await.unwrap();
        }
        let now = keyring.signer("a/key/x", KeyType::P256).await.unwrap();
        assert!(!keys.contains(now.public_key()));
        let retired = keyring.retired("a/key/x", moment(30)).await.unwrap();
        let expected =
            |key: &PublicKey, at| Retired { key: key.clone(), since: moment(at), until: moment(at + 100) };
        assert_eq!(retired, [expected(&keys[0], 10), expected(&keys[1], 20)]);
        let kept = store.begin().await.unwrap().range(&KeyRange::prefix("a/key/x"), 10).await.unwrap();
        assert_eq!(kept.len(), 3, "one private key, two public ones");
        assert!(kept.iter().skip(1).all(|(_, value)| !String::from_utf8_lossy(value).contains("\"d\"")));
    }

    #[tokio::test]
    async fn a_prepared_key_is_known_before_it_signs() {
        let folder = tempfile::tempdir().unwrap();
        let entropy = SeededEntropy::new(1);
        Vault::init(&folder.path().join("master.key"), &entropy).unwrap();
        let (vault, store) = (vault(folder.path()), in_memory(Faults::none()).unwrap());
        let keyring = Keyring { store: &*store, vault: &vault, entropy: &entropy };
        let (place, p256, times) = ("k", KeyType::P256, (Timestamp::from_unix(10), Timestamp::from_unix(20)));
        let old = keyring.signer(place, p256).await.unwrap().public_key().clone();
        let none = keyring.promote(place, p256, times).await;
        assert_eq!(none, Err(KeyringError::NotPrepared(place.to_owned())));
        assert_eq!(keyring.prepared(place, p256).await, Ok(None));
        let next = keyring.prepare(place, p256).await.unwrap();
        assert_eq!(keyring.prepare(place, p256).await.unwrap(), next, "there is one already");
        assert_eq!(keyring.prepared(place, p256).await, Ok(Some(next.clone())));
        assert_eq!(*keyring.signer(place, p256).await.unwrap().public_key(), old, "it does not sign yet");
        let other = keyring.promote(place, KeyType::Ed25519, times).await;
        assert!(matches!(other, Err(KeyringError::OtherType(_))), "{other:?}");
        keyring.promote(place, p256, times).await.unwrap();
        assert_eq!(*keyring.signer(place, p256).await.unwrap().public_key(), next);
        assert_eq!(keyring.prepared(place, p256).await, Ok(None));
        assert_eq!(keyring.retired(place, times.0).await.unwrap()[0].key, old);
        assert!(keyring.promote(place, p256, times).await.is_err(), "a key is promoted once");
        // Who replaces at once does so because nothing that was kept is trusted.
        let dropped = keyring.prepare(place, p256).await.unwrap();
        keyring.rotate(place, p256, times).await.unwrap();
        assert_eq!(keyring.prepared(place, p256).await, Ok(None));
        assert_ne!(*keyring.signer(place, p256).await.unwrap().public_key(), dropped);
    }

    #[tokio::test]
    async fn a_key_that_an_operator_brings_signs_or_is_the_next() {
        let folder = tempfile::tempdir().unwrap();
        let entropy = SeededEntropy::new(1);
        Vault::init(&folder.path().join("master.key"), &entropy).unwrap();
        let (vault, store) = (vault(folder.path()), in_memory(Faults::none()).unwrap());
        let keyring = Keyring { store: &*store, vault: &vault, entropy: &entropy };
        let [one, two, three] =
            [KeyType::P256, KeyType::P384, KeyType::Ed25519].map(|of| PrivateKey::generate(of, &entropy));
        assert!(keyring.held("k").await.unwrap().is_none());
        assert_eq!(keyring.import("k", &one).await, Ok(Imported::Signs));
        let sealed = store.begin().await.unwrap().get("k").await.unwrap().unwrap();
        let der = one.to_pkcs8_der();
        assert!(!sealed.windows(32).any(|bytes| der.windows(32).any(|plain| plain == bytes)), "it lies open");
        assert_eq!(keyring.import("k", &one).await, Ok(Imported::Known));
        let public = |signer: Option<LocalSigner>| signer.map(|signer| signer.public_key().clone());
        for next in [&two, &three] {
            assert_eq!(keyring.import("k", next).await, Ok(Imported::Next));
            assert_eq!(keyring.import("k", next).await, Ok(Imported::Known));
            assert_eq!(public(keyring.held_next("k").await.unwrap()).as_ref(), Some(next.public()));
            assert_eq!(public(keyring.held("k").await.unwrap()).as_ref(), Some(one.public()));
        }
        let times = (Timestamp::from_unix(10), Timestamp::from_unix(20));
        keyring.promote("k", KeyType::Ed25519, times).await.unwrap();
        assert_eq!(public(keyring.held("k").await.unwrap()).as_ref(), Some(three.public()));
        assert_eq!(keyring.retired("k", times.0).await.unwrap()[0].key, *one.public());
        // Where a key was made and waits for its certificate, one that is brought does not overtake it.
        let made = keyring.prepare("l", KeyType::P256).await.unwrap();
        assert!(keyring.held("l").await.unwrap().is_none());
        assert_eq!(keyring.import("l", &one).await, Ok(Imported::Next));
        keyring.promote("l", KeyType::P256, times).await.unwrap();
        assert_eq!(public(keyring.held("l").await.unwrap()).as_ref(), Some(one.public()), "not {made:?}");
        let agrees = PrivateKey::generate(KeyType::X25519, &entropy);
        let refused = keyring.import("m", &agrees).await;
        assert_eq!(refused, Err(KeyringError::Sealed("m".to_owned(), LocalSignerError::CannotSign)));
        assert!(keyring.held("m").await.unwrap().is_none());
    }

    #[tokio::test]
    async fn replaced_keys_are_bounded_and_forgotten_when_they_have_ended() {
        let folder = tempfile::tempdir().unwrap();
        let entropy = SeededEntropy::new(1);
        Vault::init(&folder.path().join("master.key"), &entropy).unwrap();
        let (vault, store) = (vault(folder.path()), in_memory(Faults::none()).unwrap());
        let keyring = Keyring { store: &*store, vault: &vault, entropy: &entropy };
        let moment = Timestamp::from_unix;
        let rotate = async |since: i64, until: i64| {
            keyring.rotate("k", KeyType::Ed25519, (moment(since), moment(until))).await
        };
        keyring.signer("k", KeyType::Ed25519).await.unwrap();
        for at in 0..24 {
            rotate(at, 1_000 + at).await.unwrap();
        }
        assert_eq!(rotate(24, 2_000).await, Err(KeyringError::TooMany("k".to_owned(), moment(1_000))));
        rotate(25, 25).await.unwrap();
        assert_eq!(
            keyring.retired("k", moment(999)).await.unwrap().len(),
            24,
            "one that signed nothing is no more"
        );
        rotate(1_000, 2_000).await.unwrap();
        let kept = async || {
            let range = KeyRange::prefix("k/retired/");
            store.begin().await.unwrap().range(&range, 100).await.unwrap().len()
        };
        assert_eq!(kept().await, 26);
        let month = i64::from(KEPT_AFTER.0);
        for (now, live, records) in [(1_500, 1, 26), (1_010 + month, 0, 14), (2_000 + month, 0, 0)] {
            assert_eq!(keyring.retired("k", moment(now)).await.unwrap().len(), live, "{now}");
            assert_eq!(kept().await, records, "{now}");
        }
    }

    /// The stored form, version 1: what an older Jigap wrote is read, what a newer one wrote is not guessed at.
    #[tokio::test]
    async fn the_stored_form_of_a_replaced_key_is_known() {
        let folder = tempfile::tempdir().unwrap();
        let entropy = SeededEntropy::new(1);
        Vault::init(&folder.path().join("master.key"), &entropy).unwrap();
        let (vault, store) = (vault(folder.path()), in_memory(Faults::none()).unwrap());
        let keyring = Keyring { store: &*store, vault: &vault, entropy: &entropy };
        let golden = r#"{"version":1,"jwk":{"kty":"OKP","crv":"Ed25519","x":"11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo"},"since":10,"until":110}"#;
        let write = async |text: &str| {
            transact(&*store, |tx| {
                let text = text.to_owned();
                async move {
                    tx.set("k/retired/1", text);
                    Ok::<_, StoreError>(())
                }
            })
            .await
            .unwrap();
        };
        write(golden).await;
        let read = keyring.retired("k", Timestamp::from_unix(10)).await.unwrap();
        assert_eq!((read.len(), read[0].since.unix(), read[0].until.unix()), (1, 10, 110));
        for other in
            [golden.replace("\"version\":1", "\"version\":2"), golden.replace("jwk", "key"), "{}".to_owned()]
        {
            write(&other).await;
            let refused = keyring.retired("k", Timestamp::from_unix(10)).await;
            assert_eq!(refused, Err(KeyringError::Retired("k".to_owned())));
        }
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
