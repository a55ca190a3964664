//! The one thread of a store that writes: it takes all waiting commits as a batch, validates each, applies the survivors
//! as one write of the backend, makes it durable once, and only then answers (group commit).

use std::collections::BTreeMap;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::sync::mpsc::Receiver;

use jigap_wallet_core::ports::StoreError;
use tokio::sync::oneshot;

use super::backend::{ApplyError, Changes, Reader};
use super::engine::{Shared, now};
use super::faults::{Fault, Faults};
use super::history::{Entry, Reads};
use super::writes::Writes;

/// Most commits in a batch.
const MOST_COMMITS: usize = 1_024;
/// No further commit joins a batch of this many bytes.
const MOST_BYTES: usize = 16_000_000;

/// A commit that waits, and where its outcome goes. Nobody may listen any more; the commit happens all the same.
pub(super) type Waiting = (Request, oneshot::Sender<Result<(), StoreError>>);

/// What is to be committed.
pub(super) struct Request {
    /// The version it read.
    pub(super) version: u64,
    /// What it read there.
    pub(super) reads: Reads,
    /// What it writes.
    pub(super) writes: Writes,
}

/// Commits until the queue is closed and empty.
pub(super) fn run(shared: &Shared, queue: &Receiver<Waiting>, mut faults: Faults) {
    while let Ok((first, answer)) = queue.recv() {
        let mut bytes = first.writes.bytes();
        let (mut batch, mut answers) = (vec![first], vec![answer]);
        while batch.len() < MOST_COMMITS && bytes < MOST_BYTES {
            let Ok((next, answer)) = queue.try_recv() else { break };
            bytes = bytes.saturating_add(next.writes.bytes());
            batch.push(next);
            answers.push(answer);
        }
        for (answer, outcome) in answers.into_iter().zip(outcomes(shared, batch, &mut faults)) {
            // An error here says that the caller has gone.
            let _ = answer.send(outcome);
        }
    }
}

/// What each of the batch is told. A panic on the way, a bug of ours, leaves all of them in doubt, and stops the store before
/// anybody is told: later commits are refused, and the operator sees why.
fn outcomes(shared: &Shared, batch: Vec<Request>, faults: &mut Faults) -> Vec<Result<(), StoreError>> {
    let waiting = batch.len();
    // Unwind safe: what was touched is the backend and the state, and a store that stopped uses neither.
    catch_unwind(AssertUnwindSafe(|| commit(shared, batch, faults))).unwrap_or_else(|_| {
        shared.stop();
        vec![Err(StoreError::Unknown); waiting]
    })
}

fn commit(shared: &Shared, batch: Vec<Request>, faults: &mut Faults) -> Vec<Result<(), StoreError>> {
    let present = Arc::clone(&shared.state().reader);
    let mut changes = Changes::default();
    // Settled but for the write: what each is told if that succeeds. Not always the truth, when faults are injected.
    let mut outcomes = Vec::with_capacity(batch.len());
    for request in batch {
        let fault = faults.next();
        let admitted = admit(shared, request.version, &request.reads, &changes, fault)
            .and_then(|()| request.writes.resolve(present.as_ref(), &changes));
        outcomes.push(admitted.map(|more| {
            changes.0.extend(more.0);
            if fault == Some(Fault::UnknownCommitted) { Err(StoreError::Unknown) } else { Ok(()) }
        }));
    }
    let written = write(shared, present.as_ref(), &changes);
    outcomes.into_iter().map(|admitted| admitted.and_then(|outcome| written.and(outcome))).collect()
}

/// Refuses a commit whose reads are no longer true, or that is to fail.
fn admit(
    shared: &Shared,
    version: u64,
    reads: &Reads,
    earlier: &Changes,
    fault: Option<Fault>,
) -> Result<(), StoreError> {
    shared.usable()?;
    match fault {
        Some(Fault::Conflict) => return Err(StoreError::Conflict),
        Some(Fault::UnknownNotCommitted) => return Err(StoreError::Unknown),
        Some(Fault::Unavailable) => return Err(StoreError::Unavailable),
        #[expect(clippy::panic, reason = "the fault that is asked for")]
        Some(Fault::Panic) => panic!("a fault on purpose"),
        Some(Fault::UnknownCommitted) | None => {}
    }
    if reads.keys.is_empty() && reads.ranges.is_empty() {
        return Ok(());
    }
    let since: Vec<_> = shared.state().history.since(version)?.cloned().collect();
    let stale = reads.touch(&earlier.0) || since.iter().any(|entry| reads.touch(&entry.before));
    if stale { Err(StoreError::Conflict) } else { Ok(()) }
}

/// Applies the changes durably and publishes the new version.
fn write(shared: &Shared, present: &dyn Reader, changes: &Changes) -> Result<(), StoreError> {
    if changes.0.is_empty() {
        return Ok(());
    }
    let before = overwritten(shared, present, changes)?;
    let version = {
        let mut state = shared.state();
        let version = state.version + 1;
        state.history.push(Entry { version, before });
        version
    };
    match shared.backend.apply(changes) {
        Ok(()) => {}
        Err(ApplyError::NotWritten) => {
            shared.state().history.pop();
            return Err(StoreError::Unavailable);
        }
        Err(ApplyError::InDoubt) => {
            shared.stop();
            return Err(StoreError::Unknown);
        }
    }
    let reader = shared.backend.reader();
    let mut state = shared.state();
    state.version = version;
    match reader {
        Ok(reader) => state.reader = reader,
        // Written, but not readable from here on.
        Err(_) => shared.stop(),
    }
    state.history.prune(version, now());
    Ok(())
}

/// The keys that change, with what they hold now if somebody may still want to read it.
fn overwritten(
    shared: &Shared,
    present: &dyn Reader,
    changes: &Changes,
) -> Result<BTreeMap<Vec<u8>, Option<Vec<u8>>>, StoreError> {
    let keeps = shared.backend.keeps_snapshots();
    let before = |key: &Vec<u8>| if keeps { Ok(None) } else { present.get(key) };
    changes.0.keys().map(|key| Ok((key.clone(), before(key)?))).collect()
}
