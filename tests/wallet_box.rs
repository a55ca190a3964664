//! The wallet's box over a real store: what it keeps, what it notices, and what can be read on disk.

#![expect(clippy::unwrap_used, reason = "a test's helpers fail the test")]

use std::sync::Arc;

use jigap_platform::entropy::OsEntropy;
use jigap_platform::store::{Faults, in_memory};
use jigap_wallet_core::ports::{KeyRange, Store, StoreError, transact};
use jigap_wallet_core::wallet_box::{BoxError, MAX_RECORD, Unlock, WalletBox};

const KEY: [u8; 32] = [7; 32];

async fn new_box() -> (Arc<dyn Store>, WalletBox) {
    let store = in_memory(Faults::none()).unwrap();
    let wallet =
        WalletBox::create(Arc::clone(&store), &Unlock::KeyFile(&KEY), Arc::new(OsEntropy)).await.unwrap();
    (store, wallet)
}

async fn open(store: &Arc<dyn Store>) -> Result<WalletBox, BoxError> {
    WalletBox::open(Arc::clone(store), &Unlock::KeyFile(&KEY), Arc::new(OsEntropy)).await
}

async fn write(wallet: &WalletBox, id: &str, value: &str) {
    wallet.transact(|records| async move { records.write(id, &value).await }).await.unwrap();
}

async fn read(wallet: &WalletBox, id: &str) -> Result<Option<String>, BoxError> {
    wallet.transact(|records| async move { records.read(id).await }).await
}

/// What a box that is opened anew reads.
async fn opened_and_read(store: &Arc<dyn Store>, id: &str) -> Result<Option<String>, BoxError> {
    read(&open(store).await?, id).await
}

/// Every key and value of the store.
async fn dump(store: &Arc<dyn Store>) -> Vec<(Vec<u8>, Vec<u8>)> {
    store.begin().await.unwrap().range(&KeyRange::new(*b"\0", *b"\xff"), 10_000).await.unwrap()
}

async fn put(store: &Arc<dyn Store>, pairs: &[(Vec<u8>, Vec<u8>)]) {
    transact::<_, StoreError, _, _>(&**store, |tx| async move {
        for (key, value) in pairs {
            tx.set(key, value);
        }
        Ok(())
    })
    .await
    .unwrap();
}

async fn clear(store: &Arc<dyn Store>, key: &[u8]) {
    transact::<_, StoreError, _, _>(&**store, |tx| async move {
        tx.clear(key);
        Ok(())
    })
    .await
    .unwrap();
}

#[tokio::test]
async fn records_survive_closing_and_deleted_ones_are_gone() {
    let (store, wallet) = new_box().await;
    write(&wallet, "credential/1", "하나").await;
    write(&wallet, "credential/2", "둘").await;
    write(&wallet, "history/1", "a").await;
    drop(wallet);
    let wallet = open(&store).await.unwrap();
    assert_eq!(read(&wallet, "credential/1").await.unwrap().as_deref(), Some("하나"));
    let ids = wallet.transact(|records| async move { records.list("credential/").await }).await;
    assert_eq!(ids, Ok(vec!["credential/1".to_owned(), "credential/2".to_owned()]));
    assert_eq!(
        wallet.transact(|records| async move { records.delete("credential/1").await }).await,
        Ok(true)
    );
    assert_eq!(
        wallet.transact(|records| async move { records.delete("credential/1").await }).await,
        Ok(false)
    );
    assert_eq!(read(&wallet, "credential/1").await, Ok(None));
}

/// The key of a record lies in the index alone, and goes with it: who kept the sealed record has nothing that opens it, and
/// neither has the box, whatever is written later.
#[tokio::test]
async fn a_deleted_record_that_somebody_puts_back_stays_deleted() {
    let (store, wallet) = new_box().await;
    write(&wallet, "credential/2", "둘").await;
    let without = dump(&store).await;
    write(&wallet, "credential/1", "하나").await;
    let records = dump(&store).await;
    let kept: Vec<_> = records.into_iter().filter(|(key, _)| key.starts_with(b"box/record/")).collect();
    assert_eq!(kept.len(), 2);
    let deleted = wallet.transact(|records| async move { records.delete("credential/1").await }).await;
    assert_eq!(deleted, Ok(true));
    let keys = |values: &[(Vec<u8>, Vec<u8>)]| {
        values.iter().map(|(key, _)| key.clone()).filter(|key| key.starts_with(b"box/record/")).collect()
    };
    let left: Vec<_> = keys(&dump(&store).await);
    assert_eq!(left, keys(&without), "nothing of it is left");
    put(&store, &kept).await;
    assert_eq!(read(&wallet, "credential/1").await, Ok(None));
    // Writing others, and the same id again, revives nothing of what it was.
    write(&wallet, "credential/3", "셋").await;
    assert_eq!(read(&wallet, "credential/1").await, Ok(None));
    write(&wallet, "credential/1", "다른 것").await;
    assert_eq!(read(&wallet, "credential/1").await.unwrap().as_deref(), Some("다른 것"));
    put(&store, &kept).await;
    let wallet = open(&store).await.unwrap();
    assert_eq!(
        read(&wallet, "credential/1").await,
        Err(BoxError::Damaged),
        "its old record is another's key"
    );
    assert_eq!(read(&wallet, "credential/2").await.unwrap().as_deref(), Some("둘"));
}

#[tokio::test]
async fn no_name_issuer_or_claim_is_in_the_clear() {
    let (store, wallet) = new_box().await;
    write(&wallet, "credential/hanbit.example", "김지갑 student 2004-05-06").await;
    for (key, value) in dump(&store).await {
        for secret in ["김지갑", "student", "hanbit", "credential/", "2004"] {
            let needle = secret.as_bytes();
            assert!(!key.windows(needle.len()).any(|part| part == needle), "{secret} in a key");
            assert!(!value.windows(needle.len()).any(|part| part == needle), "{secret} in a value");
        }
    }
}

#[tokio::test]
async fn a_wrong_secret_and_a_missing_box_are_errors_and_never_an_empty_wallet() {
    let (store, _wallet) = new_box().await;
    let wrong = WalletBox::open(Arc::clone(&store), &Unlock::KeyFile(&[8; 32]), Arc::new(OsEntropy)).await;
    assert_eq!(wrong.err(), Some(BoxError::WrongSecret));
    let again = WalletBox::create(Arc::clone(&store), &Unlock::KeyFile(&KEY), Arc::new(OsEntropy)).await;
    assert_eq!(again.err(), Some(BoxError::Exists));
    let empty = in_memory(Faults::none()).unwrap();
    assert_eq!(open(&empty).await.err(), Some(BoxError::Absent));
}

#[tokio::test]
async fn a_removed_changed_or_rolled_back_value_is_noticed() {
    let (store, wallet) = new_box().await;
    write(&wallet, "copy/1", "unspent").await;
    let before = dump(&store).await;
    write(&wallet, "copy/1", "spent").await;
    let after = dump(&store).await;
    let mut noticed = 0;
    for ((key, old), (same, new)) in before.iter().zip(&after) {
        assert_eq!(key, same);
        if old == new {
            continue;
        }
        put(&store, &[(key.clone(), old.clone())]).await;
        assert_eq!(read(&wallet, "copy/1").await, Err(BoxError::Damaged), "{}", String::from_utf8_lossy(key));
        put(&store, &[(key.clone(), new.clone())]).await;
        noticed += 1;
    }
    assert_eq!(noticed, 3, "record, bucket and root each changed and were each put back");
    assert!(after.iter().any(|(key, _)| key == b"box/header"));
    for (key, value) in &after {
        let name = String::from_utf8_lossy(key);
        let mut flipped = value.clone();
        *flipped.last_mut().unwrap() ^= 1;
        put(&store, &[(key.clone(), flipped)]).await;
        assert_eq!(opened_and_read(&store, "copy/1").await, Err(BoxError::Damaged), "{name} changed");
        clear(&store, key).await;
        assert_eq!(opened_and_read(&store, "copy/1").await, Err(BoxError::Damaged), "{name} removed");
        put(&store, &[(key.clone(), value.clone())]).await;
    }
    assert_eq!(read(&wallet, "copy/1").await.unwrap().as_deref(), Some("spent"));
}

/// Whatever is changed or removed anywhere, also in records that nobody asks for.
#[tokio::test]
async fn a_check_reads_every_record_and_notices_all_damage() {
    let (store, wallet) = new_box().await;
    assert_eq!(wallet.check().await, Ok(0));
    for number in 0..20 {
        write(&wallet, &format!("copy/{number}"), "x").await;
    }
    write(&wallet, "long", &"x".repeat(250_000)).await;
    assert_eq!(wallet.check().await, Ok(21));
    let whole = dump(&store).await;
    for (key, value) in whole.iter().filter(|(key, _)| key != b"box/header") {
        let mut changed = value.clone();
        *changed.last_mut().unwrap() ^= 1;
        put(&store, &[(key.clone(), changed)]).await;
        assert_eq!(wallet.check().await, Err(BoxError::Damaged), "{} changed", String::from_utf8_lossy(key));
        clear(&store, key).await;
        assert_eq!(wallet.check().await, Err(BoxError::Damaged), "{} removed", String::from_utf8_lossy(key));
        put(&store, &[(key.clone(), value.clone())]).await;
    }
    assert_eq!(wallet.check().await, Ok(21));
}

/// What is left can be looked at by somebody who has a copy of the header: nothing takes it for an empty place.
#[tokio::test]
async fn what_is_left_of_a_box_is_damaged_and_no_new_one_is_made_over_it() {
    let (store, wallet) = new_box().await;
    write(&wallet, "credential/1", "하나").await;
    let whole = dump(&store).await;
    for (left, _) in &whole {
        for (key, _) in whole.iter().filter(|(key, _)| key != left) {
            clear(&store, key).await;
        }
        let kept = dump(&store).await;
        let made = WalletBox::create(Arc::clone(&store), &Unlock::KeyFile(&KEY), Arc::new(OsEntropy)).await;
        let is_header = left == b"box/header";
        assert_eq!(made.err(), Some(if is_header { BoxError::Exists } else { BoxError::Damaged }));
        assert_eq!(open(&store).await.err(), Some(BoxError::Damaged));
        assert_eq!(dump(&store).await, kept, "nothing of it was written over");
        put(&store, &whole).await;
    }
    clear(&store, b"box/header").await;
    let (old, new) = (Unlock::KeyFile(&KEY), Unlock::KeyFile(&[8; 32]));
    assert_eq!(wallet.change_secret(&old, &new).await, Err(BoxError::Damaged));
    put(&store, &whole).await;
    assert_eq!(opened_and_read(&store, "credential/1").await.unwrap().as_deref(), Some("하나"));
}

#[tokio::test]
async fn a_changed_secret_opens_and_the_old_one_does_not() {
    let (store, wallet) = new_box().await;
    write(&wallet, "credential/1", "하나").await;
    let (old, new) = (Unlock::KeyFile(&KEY), Unlock::Passphrase("아주 긴 새 비밀"));
    assert_eq!(wallet.change_secret(&new, &old).await, Err(BoxError::WantsKeyFile));
    wallet.change_secret(&old, &new).await.unwrap();
    assert_eq!(open(&store).await.err(), Some(BoxError::WantsPassphrase));
    let wallet = WalletBox::open(Arc::clone(&store), &new, Arc::new(OsEntropy)).await.unwrap();
    assert_eq!(read(&wallet, "credential/1").await.unwrap().as_deref(), Some("하나"));
}

#[tokio::test]
async fn a_failed_transaction_writes_nothing_and_too_large_records_are_refused() {
    let (_store, wallet) = new_box().await;
    let failed: Result<(), BoxError> = wallet
        .transact(|records| async move {
            records.write("a", &1).await?;
            Err(BoxError::Unreadable)
        })
        .await;
    assert_eq!(failed, Err(BoxError::Unreadable));
    assert_eq!(read(&wallet, "a").await, Ok(None));
    let (long, record) = (&"x".repeat(100_000), &"x".repeat(MAX_RECORD));
    assert_eq!(
        wallet.transact(|records| async move { records.write("a", record).await }).await,
        Err(BoxError::TooLarge)
    );
    assert_eq!(
        wallet.transact(|records| async move { records.write(long, &1).await }).await,
        Err(BoxError::TooLarge)
    );
}

/// Longer than a value of the store, then shorter, then gone: nothing of it is left behind.
#[tokio::test]
async fn a_long_record_is_kept_in_pieces_and_leaves_none() {
    let (store, wallet) = new_box().await;
    write(&wallet, "a", "short").await;
    let values = dump(&store).await.len();
    for length in [250_000, 3_000_000, 120_000] {
        let long = "가".repeat(length / 3);
        write(&wallet, "a", &long).await;
        assert_eq!(read(&open(&store).await.unwrap(), "a").await.unwrap(), Some(long));
    }
    write(&wallet, "a", "short").await;
    assert_eq!(dump(&store).await.len(), values);
    write(&wallet, "a", &"x".repeat(200_000)).await;
    let whole = dump(&store).await;
    let parts = whole.iter().filter(|(_, value)| value.len() > 10_000 || value.len() == 3);
    assert_eq!(parts.clone().count(), 4, "three pieces, and what says so");
    for (key, value) in parts {
        let mut changed = value.clone();
        *changed.last_mut().unwrap() ^= 1;
        put(&store, &[(key.clone(), changed)]).await;
        assert_eq!(read(&wallet, "a").await, Err(BoxError::Damaged));
        clear(&store, key).await;
        assert_eq!(read(&wallet, "a").await, Err(BoxError::Damaged));
        put(&store, &[(key.clone(), value.clone())]).await;
    }
    let deleted = wallet.transact(|records| async move { records.delete("a").await }).await;
    assert_eq!(deleted, Ok(true));
    assert_eq!(dump(&store).await.len(), values - 1);
}

#[tokio::test]
async fn many_records_fill_many_buckets() {
    let (store, wallet) = new_box().await;
    for number in 0..300 {
        write(&wallet, &format!("copy/{number:03}"), &number.to_string()).await;
    }
    let wallet_again = open(&store).await.unwrap();
    let ids = wallet_again.transact(|records| async move { records.list("copy/").await }).await.unwrap();
    assert_eq!(ids.len(), 300);
    assert_eq!(read(&wallet_again, "copy/299").await.unwrap().as_deref(), Some("299"));
}
