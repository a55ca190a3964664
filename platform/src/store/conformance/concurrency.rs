//! Rules of concurrency: what is serializable passes, what is not is refused.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use jigap_wallet_core::ports::{KeyRange, Store, StoreError, transact};

use super::{commit, counter, everything, put, value};

pub(crate) async fn a_lost_update_is_refused(store: &Arc<dyn Store>) {
    put(store, &[("k", "0")]).await;
    let one = store.begin().await.expect("begins");
    let two = store.begin().await.expect("begins");
    for tx in [&one, &two] {
        assert_eq!(tx.get("k").await, Ok(Some(b"0".to_vec())));
    }
    one.set("k", "one");
    two.set("k", "two");
    assert_eq!(commit(one).await, Ok(()));
    assert_eq!(commit(two).await, Err(StoreError::Conflict));
    assert_eq!(value(store, "k").await, Some(b"one".to_vec()));
}

/// Two doctors on call, each leaves because the other stays.
pub(crate) async fn write_skew_is_refused(store: &Arc<dyn Store>) {
    put(store, &[("a", "on"), ("b", "on")]).await;
    let one = store.begin().await.expect("begins");
    let two = store.begin().await.expect("begins");
    assert_eq!(one.get("b").await, Ok(Some(b"on".to_vec())));
    assert_eq!(two.get("a").await, Ok(Some(b"on".to_vec())));
    one.set("a", "off");
    two.set("b", "off");
    assert_eq!(commit(two).await, Ok(()));
    assert_eq!(commit(one).await, Err(StoreError::Conflict));
    assert_eq!(value(store, "a").await, Some(b"on".to_vec()));
}

pub(crate) async fn a_phantom_in_a_range_is_refused(store: &Arc<dyn Store>) {
    for case in 0..3 {
        put(store, &[("r/1", "1"), ("s", "")]).await;
        let tx = store.begin().await.expect("begins");
        tx.range(&KeyRange::prefix("r/"), usize::MAX).await.expect("reads");
        tx.set("count", "1");
        let other = store.begin().await.expect("begins");
        match case {
            0 => other.set("r/2", "2"),
            1 => other.clear("r/1"),
            _ => other.clear_range(&KeyRange::new(*b"r/0", *b"z")),
        }
        assert_eq!(commit(other).await, Ok(()));
        assert_eq!(commit(tx).await, Err(StoreError::Conflict), "case {case}");
        assert_eq!(value(store, "count").await, None);
    }
}

pub(crate) async fn a_limited_range_guards_what_it_saw_and_no_more(store: &Arc<dyn Store>) {
    // (from the end, key written by the other, outcome)
    let cases = [
        (false, "d", Ok(())),
        (false, "bb", Ok(())),
        (false, "ab", Err(StoreError::Conflict)),
        (false, "b", Err(StoreError::Conflict)),
        (true, "a", Ok(())),
        (true, "cc", Ok(())),
        (true, "d", Err(StoreError::Conflict)),
        (true, "dd", Err(StoreError::Conflict)),
    ];
    for (reverse, key, outcome) in cases {
        put(store, &[("a", ""), ("b", ""), ("c", ""), ("d", ""), ("e", "")]).await;
        transact(store.as_ref(), |tx| async move {
            ["ab", "bb", "cc", "dd"].into_iter().for_each(|key| tx.clear(key));
            Ok::<_, StoreError>(())
        })
        .await
        .expect("commits");
        let tx = store.begin().await.expect("begins");
        let found = if reverse {
            tx.range_reverse(&everything(), 2).await.expect("reads")
        } else {
            tx.range(&everything(), 2).await.expect("reads")
        };
        assert_eq!(found.len(), 2);
        tx.set("\u{1}", "");
        put(store, &[(key, "other")]).await;
        assert_eq!(commit(tx).await, outcome, "reverse {reverse}, {key}");
        transact(store.as_ref(), |tx| async move {
            tx.clear("\u{1}");
            Ok::<_, StoreError>(())
        })
        .await
        .expect("commits");
    }
}

pub(crate) async fn writes_that_read_nothing_do_not_conflict(store: &Arc<dyn Store>) {
    let mut all = Vec::new();
    for _ in 0..4 {
        all.push(store.begin().await.expect("begins"));
    }
    for (tx, name) in all.iter().zip(["1", "2", "3", "4"]) {
        tx.set("k", name);
        tx.add("n", 1);
        tx.clear_range(&KeyRange::new(*b"x", *b"y"));
        tx.set("x", name);
        assert_eq!(tx.get("k").await, Ok(Some(name.as_bytes().to_vec())), "an own write is not a read");
    }
    for tx in all {
        assert_eq!(commit(tx).await, Ok(()));
    }
    assert_eq!(value(store, "k").await, Some(b"4".to_vec()));
    assert_eq!(value(store, "x").await, Some(b"4".to_vec()));
    assert_eq!(counter(store, "n").await, 4);
}

pub(crate) async fn a_counter_that_was_read_does_conflict(store: &Arc<dyn Store>) {
    let reader = store.begin().await.expect("begins");
    reader.add("n", 1);
    assert_eq!(reader.get("n").await, Ok(Some(1_i64.to_le_bytes().to_vec())));
    let other = store.begin().await.expect("begins");
    other.add("n", 1);
    assert_eq!(commit(other).await, Ok(()));
    assert_eq!(commit(reader).await, Err(StoreError::Conflict));
    assert_eq!(counter(store, "n").await, 1);
}

pub(crate) async fn readers_never_conflict(store: &Arc<dyn Store>) {
    put(store, &[("k", "1")]).await;
    let reader = store.begin().await.expect("begins");
    assert_eq!(reader.get("k").await, Ok(Some(b"1".to_vec())));
    put(store, &[("k", "2")]).await;
    assert_eq!(reader.range(&everything(), 9).await.expect("reads"), [(b"k".to_vec(), b"1".to_vec())]);
    assert_eq!(commit(reader).await, Ok(()));
}

pub(crate) async fn transact_runs_again_after_a_conflict(store: &Arc<dyn Store>) {
    let runs = AtomicUsize::new(0);
    let (runs, other) = (&runs, store);
    let seen = transact(store.as_ref(), |tx| async move {
        let seen = tx.get("k").await?;
        if runs.fetch_add(1, Ordering::SeqCst) < 3 {
            let disturber = other.begin().await?;
            disturber.add("k", 1);
            commit(disturber).await?;
        }
        tx.set("seen", "yes");
        Ok::<_, StoreError>(seen)
    })
    .await;
    assert_eq!(seen, Ok(Some(3_i64.to_le_bytes().to_vec())));
    assert_eq!(runs.load(Ordering::SeqCst), 4);
}

pub(crate) async fn transfers_keep_the_sum(store: &Arc<dyn Store>) {
    const ACCOUNTS: usize = 6;
    const TASKS: usize = 8;
    let key = |i: usize| format!("account/{}", i % ACCOUNTS);
    let start = store.begin().await.expect("begins");
    (0..ACCOUNTS).for_each(|i| start.add(key(i), 100));
    commit(start).await.expect("commits");
    let mut tasks = tokio::task::JoinSet::new();
    for task in 0..TASKS {
        let store = Arc::clone(store);
        tasks.spawn(async move {
            for round in 0..40 {
                let (from, to) = (key(task + round), key(task * 3 + round * 5 + 1));
                transfer(&store, &from, &to).await;
                assert_eq!(sum(&store).await, 100 * i64::try_from(ACCOUNTS).expect("small"));
            }
        });
    }
    tasks.join_all().await;
    assert_eq!(counter(store, "transfers").await, 40 * i64::try_from(TASKS).expect("small"));
}

/// Moves 7, never below zero.
async fn transfer(store: &Arc<dyn Store>, from: &str, to: &str) {
    transact(store.as_ref(), |tx| async move {
        let amount =
            |bytes: Option<Vec<u8>>| i64::from_le_bytes(bytes.unwrap_or_default().try_into().expect("8"));
        let has = amount(tx.get(from).await?);
        if has >= 7 && from != to {
            let other = amount(tx.get(to).await?);
            tx.set(from, (has - 7).to_le_bytes());
            tx.set(to, (other + 7).to_le_bytes());
        }
        tx.add("transfers", 1);
        Ok::<_, StoreError>(())
    })
    .await
    .expect("transfers");
}

/// The sum of all accounts in one snapshot; none is below zero.
async fn sum(store: &Arc<dyn Store>) -> i64 {
    let pairs =
        transact(store.as_ref(), |tx| async move { tx.range(&KeyRange::prefix("account/"), 99).await });
    let amounts =
        pairs.await.expect("reads").into_iter().map(|(_, v)| i64::from_le_bytes(v.try_into().expect("8")));
    amounts.inspect(|amount| assert!(*amount >= 0)).sum()
}

pub(crate) async fn counters_of_many_tasks_lose_nothing(store: &Arc<dyn Store>) {
    let mut tasks = tokio::task::JoinSet::new();
    for _ in 0..64 {
        let store = Arc::clone(store);
        tasks.spawn(async move {
            for _ in 0..10 {
                let tx = store.begin().await.expect("begins");
                tx.add("n", 1);
                commit(tx).await.expect("counters do not conflict");
            }
        });
    }
    tasks.join_all().await;
    assert_eq!(counter(store, "n").await, 640);
}

pub(crate) async fn one_key_fought_for_by_many_is_counted_exactly(store: &Arc<dyn Store>) {
    let mut tasks = tokio::task::JoinSet::new();
    for _ in 0..16 {
        let store = Arc::clone(store);
        tasks.spawn(async move {
            for _ in 0..5 {
                transact(store.as_ref(), |tx| async move {
                    let before =
                        tx.get("n").await?.map_or(0, |v| i64::from_le_bytes(v.try_into().expect("8")));
                    tx.set("n", (before + 1).to_le_bytes());
                    Ok::<_, StoreError>(())
                })
                .await
                .expect("wins at last");
            }
        });
    }
    tasks.join_all().await;
    assert_eq!(counter(store, "n").await, 80);
}
