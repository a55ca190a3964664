//! The one thread of a store that writes: it takes all waiting commits as a batch, validates each, applies the survivors
//! as one write of the backend, makes it durable once, and only then answers (group commit).

use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::Ordering;
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

/// A commit that waits.
pub(super) struct Request {
    /// The version it read.
    pub(super) version: u64,
    /// What it read there.
    pub(super) reads: Reads,
    /// What it writes.
    pub(super) writes: Writes,
    /// Where the outcome goes. Nobody may listen any more; the commit happens all the same.
    pub(super) answer: oneshot::Sender<Result<(), StoreError>>,
}

/// Commits until the queue is closed and empty.
pub(super) fn run(shared: &Shared, queue: &Receiver<Request>, mut faults: Faults) {
    while let Ok(first) = queue.recv() {
        let mut bytes = first.writes.bytes();
        let mut batch = vec![first];
        while batch.len() < MOST_COMMITS && bytes < MOST_BYTES {
            let Ok(next) = queue.try_recv() else { break };
            bytes = bytes.saturating_add(next.writes.bytes());
            batch.push(next);
        }
        commit(shared, batch, &mut faults);
    }
}

/// A commit whose outcome is settled but for the write.
struct Accepted {
    answer: oneshot::Sender<Result<(), StoreError>>,
    /// What it is told if the write succeeds: not always the truth, when faults are injected.
    outcome: Result<(), StoreError>,
}

fn commit(shared: &Shared, batch: Vec<Request>, faults: &mut Faults) {
    let present = Arc::clone(&shared.state().reader);
    let mut changes = Changes::default();
    let mut accepted = Vec::with_capacity(batch.len());
    for request in batch {
        let fault = faults.next();
        match admit(shared, request.version, &request.reads, &changes, fault)
            .and_then(|()| request.writes.resolve(present.as_ref(), &changes))
        {
            Ok(more) => {
                changes.0.extend(more.0);
                let lost = fault == Some(Fault::UnknownCommitted);
                let outcome = if lost { Err(StoreError::Unknown) } else { Ok(()) };
                accepted.push(Accepted { answer: request.answer, outcome });
            }
            Err(refusal) => answer(request.answer, Err(refusal)),
        }
    }
    let written = write(shared, present.as_ref(), &changes);
    for Accepted { answer: to, outcome } in accepted {
        answer(to, written.and(outcome));
    }
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
            shared.broken.store(true, Ordering::Release);
            return Err(StoreError::Unknown);
        }
    }
    let reader = shared.backend.reader();
    let mut state = shared.state();
    state.version = version;
    match reader {
        Ok(reader) => state.reader = reader,
        // Written, but not readable from here on.
        Err(_) => shared.broken.store(true, Ordering::Release),
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

fn answer(to: oneshot::Sender<Result<(), StoreError>>, outcome: Result<(), StoreError>) {
    // An error here says that the caller has gone.
    let _ = to.send(outcome);
}
