//! Keys of `bbs-2023` in a keyring: made, prepared, replaced and kept like those that sign bytes.
//!
//! Kept are the 32 bytes that the key is derived of (draft-irtf-cfrg-bbs-signatures §3.3.1); of a replaced key its public
//! half, as a Multikey.

use jigap_keys::bbs::{PublicKey, SecretKey};
use jigap_wallet_core::ports::transact;
use jigap_wallet_core::time::Timestamp;
use zeroize::Zeroizing;

use super::{Keyring, KeyringError, Public, Retired, StoredPublic, live, next, sealed};
use crate::signer::LocalSignerError;

/// Bytes that a key is derived of.
const MATERIAL: usize = 32;

impl Public for PublicKey {
    const MAX_LIVE: usize = 8;

    fn of_private(bytes: &[u8]) -> Result<Self, LocalSignerError> {
        derived(bytes).map(|key| key.public().clone())
    }

    fn read(stored: &StoredPublic) -> Option<Self> {
        match stored {
            StoredPublic::Multikey(text) => Self::from_multikey(text).ok(),
            StoredPublic::Jwk(_) => None,
        }
    }

    fn stored(&self) -> StoredPublic {
        StoredPublic::Multikey(self.to_multikey())
    }

    fn record(&self) -> String {
        self.to_multikey()
    }
}

impl Keyring<'_> {
    /// The BBS key under `place`, made if there is none yet.
    ///
    /// # Errors
    /// [`KeyringError`].
    pub async fn bbs(&self, place: &str) -> Result<SecretKey, KeyringError> {
        let material = self.secret(place).await?;
        derived(&*material).map_err(|error| sealed(place, error))
    }

    /// The BBS key under `place`, if there is one. None is made.
    ///
    /// # Errors
    /// [`KeyringError`].
    pub async fn held_bbs(&self, place: &str) -> Result<Option<SecretKey>, KeyringError> {
        let kept = transact(self.store, |tx| async move { self.opened(&tx, place).await }).await?;
        let key = kept.map(|material| derived(&material));
        key.transpose().map_err(|error| sealed(place, error))
    }

    /// Makes the BBS key that shall replace the one under `place`, unless there is one, and says its public half.
    ///
    /// # Errors
    /// [`KeyringError`].
    pub async fn prepare_bbs(&self, place: &str) -> Result<PublicKey, KeyringError> {
        Ok(self.bbs(&next(place)).await?.public().clone())
    }

    /// The public half of the prepared BBS key, if there is one.
    ///
    /// # Errors
    /// [`KeyringError`].
    pub async fn prepared_bbs(&self, place: &str) -> Result<Option<PublicKey>, KeyringError> {
        Ok(self.held_bbs(&next(place)).await?.map(|key| key.public().clone()))
    }

    /// Replaces the BBS key under `place` at once; as [`Self::rotate`].
    ///
    /// # Errors
    /// As [`Self::rotate`].
    pub async fn rotate_bbs(&self, place: &str, times: (Timestamp, Timestamp)) -> Result<(), KeyringError> {
        let mut fresh = Zeroizing::new([0; MATERIAL]);
        self.entropy.fill(&mut *fresh);
        transact(self.store, |tx| {
            let fresh = &fresh;
            async move { self.replace::<PublicKey>(&tx, place, &**fresh, times).await }
        })
        .await
    }

    /// Replaces the BBS key under `place` by the prepared one; as [`Self::promote`].
    ///
    /// # Errors
    /// As [`Self::promote`].
    pub async fn promote_bbs(&self, place: &str, times: (Timestamp, Timestamp)) -> Result<(), KeyringError> {
        self.put_next::<PublicKey>(place, times).await
    }

    /// The BBS keys that were replaced under `place` and whose signatures count at `now`; as [`Self::retired`].
    ///
    /// # Errors
    /// As [`Self::retired`].
    pub async fn retired_bbs(
        &self,
        place: &str,
        now: Timestamp,
    ) -> Result<Vec<Retired<PublicKey>>, KeyringError> {
        transact(self.store, |tx| async move { live(&tx, place, now).await }).await
    }
}

fn derived(material: &[u8]) -> Result<SecretKey, LocalSignerError> {
    if material.len() != MATERIAL {
        return Err(LocalSignerError::NotAKey);
    }
    SecretKey::derive(material, &[]).map_err(|_| LocalSignerError::NotAKey)
}

#[cfg(test)]
mod tests {
    use jigap_keys::KeyType;
    use jigap_wallet_core::ports::{KeyRange, StoreError};

    use super::super::tests::Room;
    use super::*;

    const PLACE: &str = "a/key/bbs";

    #[tokio::test]
    async fn a_bbs_key_is_prepared_promoted_and_kept_by_its_public_half() {
        let room = Room::new();
        let (keyring, store) = (room.keyring(), &*room.store);
        let moment = Timestamp::from_unix;
        assert!(keyring.held_bbs(PLACE).await.unwrap().is_none());
        assert!(store.begin().await.unwrap().get(PLACE).await.unwrap().is_none(), "to look makes none");
        let first = keyring.bbs(PLACE).await.unwrap().public().clone();
        assert_eq!(*keyring.held_bbs(PLACE).await.unwrap().unwrap().public(), first);
        assert_eq!(
            keyring.promote_bbs(PLACE, (moment(10), moment(110))).await,
            Err(KeyringError::NotPrepared(PLACE.to_owned()))
        );
        assert_eq!(keyring.prepared_bbs(PLACE).await, Ok(None));
        let next = keyring.prepare_bbs(PLACE).await.unwrap();
        assert_eq!(keyring.prepare_bbs(PLACE).await, Ok(next.clone()), "there is one already");
        assert_eq!(keyring.prepared_bbs(PLACE).await, Ok(Some(next.clone())));
        assert_eq!(*keyring.bbs(PLACE).await.unwrap().public(), first, "it does not sign yet");
        keyring.promote_bbs(PLACE, (moment(10), moment(110))).await.unwrap();
        assert_eq!(*keyring.bbs(PLACE).await.unwrap().public(), next);
        let dropped = keyring.prepare_bbs(PLACE).await.unwrap();
        keyring.rotate_bbs(PLACE, (moment(20), moment(120))).await.unwrap();
        let third = keyring.bbs(PLACE).await.unwrap().public().clone();
        assert!(![&first, &next, &dropped].contains(&&third));
        assert_eq!(keyring.prepared_bbs(PLACE).await, Ok(None), "who replaces at once trusts nothing kept");
        let retired =
            |key: &PublicKey, at| Retired { key: key.clone(), since: moment(at), until: moment(at + 100) };
        assert_eq!(
            keyring.retired_bbs(PLACE, moment(30)).await,
            Ok(vec![retired(&first, 10), retired(&next, 20)])
        );
        assert_eq!(keyring.retired_bbs(PLACE, moment(110)).await, Ok(vec![retired(&next, 20)]));
        let kept = store.begin().await.unwrap().range(&KeyRange::prefix(PLACE), 10).await.unwrap();
        assert_eq!(kept.len(), 3, "one secret, two public halves");
        // A place is one kind of key's.
        assert!(matches!(keyring.retired(PLACE, moment(30)).await, Err(KeyringError::Retired(_))));
        assert!(matches!(keyring.signer(PLACE, KeyType::P256).await, Err(KeyringError::Sealed(..))));
        keyring.signer("a/key/x", KeyType::P256).await.unwrap();
        assert!(matches!(keyring.held_bbs("a/key/x").await, Err(KeyringError::Sealed(..))));
        assert!(matches!(
            keyring.rotate_bbs("a/key/x", (moment(1), moment(2))).await,
            Err(KeyringError::Sealed(..))
        ));
        for at in 30..36 {
            keyring.rotate_bbs(PLACE, (moment(at), moment(at + 100))).await.unwrap();
        }
        let full = keyring.rotate_bbs(PLACE, (moment(40), moment(140))).await;
        assert_eq!(full, Err(KeyringError::TooMany(PLACE.to_owned(), moment(110))));
    }

    /// The stored form, version 1.
    #[tokio::test]
    async fn the_stored_form_of_a_replaced_bbs_key_is_known() {
        let room = Room::new();
        let (keyring, store) = (room.keyring(), &*room.store);
        let multikey = SecretKey::derive(&[7; 32], &[]).unwrap().public().to_multikey();
        let golden = format!(r#"{{"version":1,"multikey":"{multikey}","since":10,"until":110}}"#);
        let write = async |text: String| {
            let put = transact(store, |tx| {
                let text = text.clone();
                async move {
                    tx.set(format!("{PLACE}/retired/1"), text);
                    Ok::<_, StoreError>(())
                }
            });
            put.await.unwrap();
        };
        write(golden.clone()).await;
        let read = keyring.retired_bbs(PLACE, Timestamp::from_unix(20)).await.unwrap();
        assert_eq!(read.first().map(|retired| retired.key.to_multikey()), Some(multikey.clone()));
        for other in [
            golden.replace("\"version\":1", "\"version\":2"),
            golden.replace("multikey", "jwk"),
            golden.replace(&multikey, "zUC7"),
        ] {
            write(other).await;
            let refused = keyring.retired_bbs(PLACE, Timestamp::from_unix(20)).await;
            assert_eq!(refused, Err(KeyringError::Retired(PLACE.to_owned())));
        }
    }
}
