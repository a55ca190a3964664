//! The auditor, with what it looks for broken on purpose.

use jigap_wallet_core::ports::{KeyRange, StoreError, transact};

use super::*;

/// Clears what lies under a prefix: as a lost write, a restored backup or a bug would.
async fn lose(fair: &Fair, prefix: &str) {
    let store = &*fair.lab.hosted.verifier.store;
    let range = &KeyRange::prefix(format!("verifier/feed/{prefix}"));
    let lost = transact(store, |tx| async move {
        let found = tx.range(range, 1000).await?.len();
        tx.clear_range(range);
        Ok::<_, StoreError>(found)
    });
    assert!(lost.await.unwrap() > 0, "{prefix}");
}

#[tokio::test]
async fn no_live_fact_is_without_a_live_proof() {
    for (prefix, faults) in [
        ("fact/", vec![Fault::NoRecord; 2]),
        ("on/", vec![Fault::NotWatched; 2]),
        ("list/", vec![Fault::NotWatched; 2]),
        ("signer/", vec![Fault::NotWatched; 2]),
        ("out/", vec![Fault::NotTold; 2]),
    ] {
        let fair = Fair::new().await;
        fair.agreed(1, (LIST, PLACE)).await;
        fair.look_after(0).await;
        assert_eq!(fair.faults().await, []);
        lose(&fair, prefix).await;
        assert_eq!(fair.faults().await, faults, "{prefix}");
    }
}

#[tokio::test]
async fn facts_that_nobody_looks_at_or_that_ended_are_found() {
    let fair = Fair::new().await;
    fair.agreed(1, (LIST, PLACE)).await;
    fair.look_after(0).await;
    fair.lab.clock.advance(Seconds(600 + 600));
    assert_eq!(fair.faults().await, [Fault::NotSeen; 2], "nobody looked");
    fair.lab.clock.advance(Seconds(30_000));
    let faults = fair.faults().await;
    assert!(faults.contains(&Fault::Ended) && faults.len() == 4, "{faults:?}");
}

#[tokio::test]
async fn a_fact_that_its_list_does_not_prove_is_found() {
    let fair = Fair::new().await;
    fair.agreed(1, (LIST, PLACE)).await;
    fair.look_after(0).await;
    let watcher = Watcher::of(&fair.lab.hosted.verifier).unwrap();
    assert_eq!(watcher.audit_lists().await.unwrap(), []);
    fair.serve(LIST, &[(PLACE, StatusValue::INVALID)]);
    let found = watcher.audit_lists().await.unwrap();
    assert_eq!(found.iter().map(|found| found.fault).collect::<Vec<_>>(), [Fault::NotValid; 2]);
    fair.lab.fetch.answer(LIST, Err(FetchError::Unreachable));
    assert_eq!(watcher.audit_lists().await.unwrap(), [], "what is not seen says nothing");
}
