//! Keys that are made once, replaced, brought and sealed anew.

use std::path::Path;
use std::sync::Arc;

use super::*;
use crate::store::{Faults, in_memory};
use crate::testing::SeededEntropy;

/// What a keyring needs, in memory; the master key lies in a folder that goes with it.
pub(super) struct Room {
    pub(super) store: Arc<dyn Store>,
    entropy: SeededEntropy,
    vault: Vault,
    _folder: tempfile::TempDir,
}

impl Room {
    pub(super) fn new() -> Self {
        let (folder, entropy) = (tempfile::tempdir().unwrap(), SeededEntropy::new(1));
        Vault::init(&folder.path().join("master.key"), &entropy).unwrap();
        let (vault, store) = (vault(folder.path()), in_memory(Faults::none()).unwrap());
        Self { store, entropy, vault, _folder: folder }
    }

    pub(super) fn keyring(&self) -> Keyring<'_> {
        Keyring { store: &*self.store, vault: &self.vault, entropy: &self.entropy }
    }
}

fn vault(folder: &Path) -> Vault {
    Vault::open_file(&folder.join("master.key"), Arc::new(SeededEntropy::new(2))).unwrap()
}

#[tokio::test]
async fn a_replaced_key_is_gone_but_for_its_public_half() {
    let room = Room::new();
    let keyring = room.keyring();
    let store = &*room.store;
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
    let room = Room::new();
    let keyring = room.keyring();
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
    let room = Room::new();
    let keyring = room.keyring();
    let store = &*room.store;
    let entropy = &room.entropy;
    let [one, two, three] =
        [KeyType::P256, KeyType::P384, KeyType::Ed25519].map(|of| PrivateKey::generate(of, entropy));
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
    let agrees = PrivateKey::generate(KeyType::X25519, entropy);
    let refused = keyring.import("m", &agrees).await;
    assert_eq!(refused, Err(KeyringError::Sealed("m".to_owned(), LocalSignerError::CannotSign)));
    assert!(keyring.held("m").await.unwrap().is_none());
}

#[tokio::test]
async fn replaced_keys_are_bounded_and_forgotten_when_they_have_ended() {
    let room = Room::new();
    let keyring = room.keyring();
    let store = &*room.store;
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
    let room = Room::new();
    let keyring = room.keyring();
    let store = &*room.store;
    let golden = r#"{"version":1,"jwk":{"kty":"OKP","crv":"Ed25519","x":"11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo"},"since":10,"until":110}"#;
    let write = async |text: &str| {
        transact(store, |tx| {
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
    let room = Room::new();
    let keyring = room.keyring();
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
