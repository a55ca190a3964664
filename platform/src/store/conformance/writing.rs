//! Rules of writing: all or nothing, limits, counters.

use std::sync::Arc;
use std::time::Duration;

use jigap_wallet_core::ports::{KeyRange, Store, StoreError, StoreLimits, transact};

use super::{all, commit, counter, put, value, words};

pub(crate) async fn nothing_is_written_unless_committed(store: &Arc<dyn Store>) {
    put(store, &[("a", "1")]).await;
    let dropped = store.begin().await.expect("begins");
    dropped.set("a", "2");
    dropped.clear_range(&KeyRange::new(*b"", *b"z"));
    drop(dropped);
    let failed = transact(store.as_ref(), |tx| async move {
        tx.set("a", "3");
        tx.add("n", 1);
        Err::<(), _>(StoreError::TooLarge)
    });
    assert_eq!(failed.await, Err(StoreError::TooLarge));
    assert_eq!(all(&store.begin().await.expect("begins")).await, words(&[("a", "1")]));
}

pub(crate) async fn a_transaction_commits_once(store: &Arc<dyn Store>) {
    let tx = store.begin().await.expect("begins");
    tx.add("n", 1);
    let again = tx.clone();
    commit(tx).await.expect("commits");
    again.add("n", 1);
    assert!(commit(again).await.is_err());
    assert_eq!(counter(store, "n").await, 1);
}

pub(crate) async fn keys_and_values_over_the_limits_are_refused(store: &Arc<dyn Store>) {
    let longest = vec![b'k'; StoreLimits::KEY];
    let too_long = vec![b'k'; StoreLimits::KEY + 1];
    let tx = store.begin().await.expect("begins");
    tx.set(&longest, vec![1; StoreLimits::VALUE]);
    tx.add([longest.as_slice().split_at(1).1, b"n"].concat(), 1);
    commit(tx).await.expect("commits");
    let tx = store.begin().await.expect("begins");
    assert_eq!(tx.get(&longest).await.expect("reads").map(|value| value.len()), Some(StoreLimits::VALUE));
    assert_eq!(tx.get(&too_long).await, Err(StoreError::TooLarge));
    for case in 0..4 {
        let tx = store.begin().await.expect("begins");
        tx.set("a", "not written");
        match case {
            0 => tx.set(&too_long, ""),
            1 => tx.set("b", vec![0; StoreLimits::VALUE + 1]),
            2 => tx.clear(&too_long),
            _ => tx.add(&too_long, 1),
        }
        assert_eq!(commit(tx).await, Err(StoreError::TooLarge), "case {case}");
    }
    assert_eq!(value(store, "a").await, None);
}

pub(crate) async fn transactions_over_ten_megabytes_are_refused(store: &Arc<dyn Store>) {
    let value = vec![7; StoreLimits::VALUE];
    let fits = StoreLimits::TRANSACTION / (StoreLimits::VALUE + 4);
    for (count, outcome) in [(fits + 1, Err(StoreError::TooLarge)), (fits, Ok(()))] {
        let tx = store.begin().await.expect("begins");
        for i in 0..count {
            tx.set(u32::try_from(i).expect("small").to_be_bytes(), &value);
        }
        assert_eq!(commit(tx).await, outcome);
    }
    let tx = store.begin().await.expect("begins");
    let pairs = tx.range(&KeyRange::new([0], [1]), usize::MAX).await.expect("reads");
    assert_eq!(pairs.len(), fits);
    assert!(pairs.iter().all(|(_, found)| *found == value));
}

pub(crate) async fn a_transaction_older_than_five_seconds_is_refused(store: &Arc<dyn Store>) {
    put(store, &[("a", "1")]).await;
    let tx = store.begin().await.expect("begins");
    let reader = store.begin().await.expect("begins");
    tx.set("a", "2");
    tokio::time::sleep(Duration::from_secs(StoreLimits::SECONDS) + Duration::from_millis(50)).await;
    assert_eq!(commit(tx).await, Err(StoreError::Unavailable));
    assert_eq!(reader.get("a").await, Err(StoreError::Unavailable));
    assert_eq!(value(store, "a").await, Some(b"1".to_vec()));
}

pub(crate) async fn counters_add_up_and_wrap(store: &Arc<dyn Store>) {
    put(store, &[("short", "\u{1}"), ("long", "\u{2}\0\0\0\0\0\0\0rest")]).await;
    let tx = store.begin().await.expect("begins");
    tx.add("n", i64::MAX);
    tx.add("short", 1);
    tx.add("long", 1);
    commit(tx).await.expect("commits");
    let tx = store.begin().await.expect("begins");
    tx.add("n", 1);
    tx.add("below", -3);
    commit(tx).await.expect("commits");
    assert_eq!(counter(store, "n").await, i64::MIN);
    assert_eq!(counter(store, "short").await, 2);
    assert_eq!(counter(store, "long").await, 3);
    assert_eq!(counter(store, "below").await, -3);
}
