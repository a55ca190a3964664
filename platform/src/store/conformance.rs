//! What every implementation of the `Store` port must do, one test per rule. An implementation runs all of them by
//! one line in its tests: `conformance!(open);`, where `fn open() -> Subject` opens a new, empty store.

mod concurrency;
mod histories;
mod reading;
mod writing;

use std::any::Any;
use std::sync::Arc;

use jigap_wallet_core::ports::{KeyRange, Store, StoreError, Tx, transact};

pub(super) use concurrency::*;
pub(super) use histories::*;
pub(super) use reading::*;
pub(super) use writing::*;

/// A store under test, and what must live as long as it.
pub(super) struct Subject {
    /// The store, empty.
    pub(super) store: Arc<dyn Store>,
    /// Its folder or server.
    pub(super) _keep: Option<Box<dyn Any + Send>>,
}

/// Makes one test per rule; `$open` is a `fn() -> Subject`.
macro_rules! conformance {
    ($open:path) => {
        $crate::store::conformance::conformance! { $open;
            a_transaction_reads_its_own_writes
            ranges_show_own_writes_in_both_directions
            a_transaction_reads_one_snapshot
            an_acknowledged_commit_is_seen_by_the_next_transaction
            keys_are_ordered_bytewise
            empty_keys_and_values_are_kept
            big_ranges_are_read_in_pages_and_cleared_at_once
            nothing_is_written_unless_committed
            a_transaction_commits_once
            keys_and_values_over_the_limits_are_refused
            transactions_over_ten_megabytes_are_refused
            a_transaction_older_than_five_seconds_is_refused
            counters_add_up_and_wrap
            a_lost_update_is_refused
            write_skew_is_refused
            a_phantom_in_a_range_is_refused
            a_limited_range_guards_what_it_saw_and_no_more
            writes_that_read_nothing_do_not_conflict
            a_counter_that_was_read_does_conflict
            readers_never_conflict
            transact_runs_again_after_a_conflict
            transfers_keep_the_sum
            counters_of_many_tasks_lose_nothing
            one_key_fought_for_by_many_is_counted_exactly
            random_histories_are_serial
        }
    };
    ($open:path; $($rule:ident)*) => {
        $(
            #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
            async fn $rule() {
                let subject = $open();
                $crate::store::conformance::$rule(&subject.store).await;
            }
        )*
    };
}
pub(super) use conformance;

/// Writes the pairs in one transaction.
async fn put(store: &Arc<dyn Store>, pairs: &[(&str, &str)]) {
    let tx = store.begin().await.expect("begins");
    for (key, value) in pairs {
        tx.set(key, value);
    }
    tx.commit().await.expect("commits");
}

/// All pairs in a transaction, as text.
async fn all(tx: &Tx) -> Vec<(String, String)> {
    text(tx.range(&everything(), usize::MAX).await.expect("reads"))
}

/// One value in a new transaction.
async fn value(store: &Arc<dyn Store>, key: &str) -> Option<Vec<u8>> {
    transact(store.as_ref(), |tx| async move { tx.get(key).await }).await.expect("reads")
}

/// A counter in a new transaction.
async fn counter(store: &Arc<dyn Store>, key: &str) -> i64 {
    value(store, key).await.map_or(0, |bytes| i64::from_le_bytes(bytes.try_into().expect("eight bytes")))
}

fn everything() -> KeyRange {
    KeyRange::new([], [0xFF; 4])
}

fn text(pairs: Vec<(Vec<u8>, Vec<u8>)>) -> Vec<(String, String)> {
    let word = |bytes| String::from_utf8(bytes).expect("text");
    pairs.into_iter().map(|(key, value)| (word(key), word(value))).collect()
}

fn words(pairs: &[(&str, &str)]) -> Vec<(String, String)> {
    pairs.iter().map(|(key, value)| ((*key).to_owned(), (*value).to_owned())).collect()
}

/// What a commit gave.
async fn commit(tx: Tx) -> Result<(), StoreError> {
    tx.commit().await
}
