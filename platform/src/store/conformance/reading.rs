//! Rules of reading: own writes, one snapshot, order, ranges.

use std::sync::Arc;

use jigap_wallet_core::ports::{KeyRange, Store, transact};

use super::{all, commit, everything, put, text, value, words};

pub(crate) async fn a_transaction_reads_its_own_writes(store: &Arc<dyn Store>) {
    put(store, &[("a", "1"), ("b", "2"), ("n", "")]).await;
    let tx = store.begin().await.expect("begins");
    tx.set("a", "new");
    assert_eq!(tx.get("a").await, Ok(Some(b"new".to_vec())));
    tx.clear("a");
    assert_eq!(tx.get("a").await, Ok(None));
    tx.clear_range(&KeyRange::new(*b"a", *b"c"));
    assert_eq!(tx.get("b").await, Ok(None));
    tx.set("b", "again");
    assert_eq!(tx.get("b").await, Ok(Some(b"again".to_vec())));
    tx.add("n", 5);
    tx.add("n", -2);
    assert_eq!(tx.get("n").await, Ok(Some(3_i64.to_le_bytes().to_vec())));
    tx.add("a", 7);
    assert_eq!(tx.get("a").await, Ok(Some(7_i64.to_le_bytes().to_vec())));
    commit(tx).await.expect("commits");
    assert_eq!(value(store, "b").await, Some(b"again".to_vec()));
    assert_eq!(value(store, "a").await, Some(7_i64.to_le_bytes().to_vec()));
    assert_eq!(value(store, "n").await, Some(3_i64.to_le_bytes().to_vec()));
}

pub(crate) async fn ranges_show_own_writes_in_both_directions(store: &Arc<dyn Store>) {
    put(store, &[("a", "1"), ("b", "2"), ("c", "3"), ("d", "4"), ("e", "5"), ("f", "6")]).await;
    let tx = store.begin().await.expect("begins");
    tx.clear_range(&KeyRange::new(*b"b", *b"e"));
    tx.set("c", "own");
    tx.set("ee", "between");
    tx.clear("f");
    assert_eq!(all(&tx).await, words(&[("a", "1"), ("c", "own"), ("e", "5"), ("ee", "between")]));
    let first = tx.range(&everything(), 2).await.expect("reads");
    assert_eq!(text(first), words(&[("a", "1"), ("c", "own")]));
    let last = tx.range_reverse(&everything(), 3).await.expect("reads");
    assert_eq!(text(last), words(&[("ee", "between"), ("e", "5"), ("c", "own")]));
    assert_eq!(tx.range(&everything(), 0).await, Ok(vec![]));
    assert_eq!(tx.range(&KeyRange::new(*b"e", *b"a"), 9).await, Ok(vec![]));
    tx.clear_range(&KeyRange::new(*b"e", *b"a"));
    let before = all(&tx).await;
    commit(tx).await.expect("commits");
    assert_eq!(all(&store.begin().await.expect("begins")).await, before);
}

pub(crate) async fn a_transaction_reads_one_snapshot(store: &Arc<dyn Store>) {
    put(store, &[("a", "1"), ("b", "1"), ("c", "1")]).await;
    let old = store.begin().await.expect("begins");
    for round in ["2", "3"] {
        let tx = store.begin().await.expect("begins");
        tx.set("a", round);
        tx.clear_range(&KeyRange::new(*b"b", *b"c"));
        tx.set("bb", round);
        commit(tx).await.expect("commits");
    }
    assert_eq!(old.get("a").await, Ok(Some(b"1".to_vec())));
    assert_eq!(old.get("bb").await, Ok(None));
    assert_eq!(all(&old).await, words(&[("a", "1"), ("b", "1"), ("c", "1")]));
    let reverse = old.range_reverse(&everything(), 2).await.expect("reads");
    assert_eq!(text(reverse), words(&[("c", "1"), ("b", "1")]));
    let new = store.begin().await.expect("begins");
    assert_eq!(all(&new).await, words(&[("a", "3"), ("bb", "3"), ("c", "1")]));
}

pub(crate) async fn an_acknowledged_commit_is_seen_by_the_next_transaction(store: &Arc<dyn Store>) {
    for round in 0..50_u8 {
        transact(store.as_ref(), |tx| async move {
            tx.set("k", [round]);
            Ok::<_, jigap_wallet_core::ports::StoreError>(())
        })
        .await
        .expect("commits");
        assert_eq!(value(store, "k").await, Some(vec![round]));
    }
}

pub(crate) async fn keys_are_ordered_bytewise(store: &Arc<dyn Store>) {
    let keys: [&[u8]; 8] = [&[0], &[0, 0], &[0, 1], &[1], &[0x7F, 0xFF], &[0x80], &[0xFF], &[0xFF, 0xFF]];
    let tx = store.begin().await.expect("begins");
    for key in keys.iter().rev() {
        tx.set(key, key);
    }
    commit(tx).await.expect("commits");
    let tx = store.begin().await.expect("begins");
    let found = tx.range(&everything(), 100).await.expect("reads");
    assert!(found.iter().map(|(key, _)| key.as_slice()).eq(keys));
    let found = tx.range_reverse(&everything(), 100).await.expect("reads");
    assert!(found.iter().map(|(key, _)| key.as_slice()).eq(keys.iter().rev().copied()));
    let part = tx.range(&KeyRange::prefix([0]), 100).await.expect("reads");
    assert_eq!(part.len(), 3);
}

pub(crate) async fn empty_keys_and_values_are_kept(store: &Arc<dyn Store>) {
    put(store, &[("", "of the empty key"), ("empty", "")]).await;
    assert_eq!(value(store, "").await, Some(b"of the empty key".to_vec()));
    assert_eq!(value(store, "empty").await, Some(vec![]));
    assert_eq!(value(store, "absent").await, None);
    let tx = store.begin().await.expect("begins");
    assert_eq!(all(&tx).await, words(&[("", "of the empty key"), ("empty", "")]));
}

pub(crate) async fn big_ranges_are_read_in_pages_and_cleared_at_once(store: &Arc<dyn Store>) {
    const COUNT: u32 = 5_000;
    for part in 0..5 {
        let tx = store.begin().await.expect("begins");
        for i in (part * COUNT / 5)..((part + 1) * COUNT / 5) {
            tx.set(i.to_be_bytes(), vec![b'v'; 100]);
        }
        commit(tx).await.expect("commits");
    }
    let tx = store.begin().await.expect("begins");
    let mut rest = everything();
    let mut seen = 0;
    loop {
        let page = tx.range(&rest, 700).await.expect("reads");
        for (key, _) in &page {
            assert_eq!(key, &u32::to_be_bytes(seen));
            seen += 1;
        }
        let Some((last, _)) = page.last() else { break };
        rest.start = [last.as_slice(), &[0]].concat();
    }
    assert_eq!(seen, COUNT);
    let all = tx.range_reverse(&everything(), usize::MAX).await.expect("reads");
    assert_eq!(all.len(), COUNT as usize);
    tx.clear_range(&KeyRange::new(10_u32.to_be_bytes(), (COUNT - 10).to_be_bytes()));
    assert_eq!(tx.range(&everything(), 15).await.expect("reads").len(), 15);
    commit(tx).await.expect("commits");
    let tx = store.begin().await.expect("begins");
    assert_eq!(tx.range(&everything(), usize::MAX).await.expect("reads").len(), 20);
}
