//! What rows are sealed with, made ahead of them by a thread of its own: agreeing on keys is most of sealing, and does not depend on who
//! comes. So whoever stands at the door does not wait for it, nor for the others who came at the same moment.
//!
//! Each is used up by one row. At most [`AHEAD`] of one day are kept, in memory alone; those of another day are dropped.

use std::io;
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::thread::JoinHandle;

use jigap_keys::Entropy;
use jigap_wallet_core::entry_log::{Day, LogError, Policy, Seals};

/// How many rows' are made ahead.
const AHEAD: usize = 64;

/// The thread, and what it made.
pub(super) struct Ahead {
    shared: Arc<Shared>,
    worker: Option<JoinHandle<()>>,
}

struct Shared {
    policy: Policy,
    entropy: Arc<dyn Entropy>,
    ready: Mutex<Ready>,
    wanted: Condvar,
}

#[derive(Default)]
struct Ready {
    day: Option<Day>,
    seals: Vec<Seals>,
    ended: bool,
}

impl Ahead {
    /// Starts it; it does nothing before the first row.
    pub(super) fn start(policy: Policy, entropy: Arc<dyn Entropy>) -> io::Result<Self> {
        let shared = Arc::new(Shared { policy, entropy, ready: Mutex::default(), wanted: Condvar::new() });
        let work = Arc::clone(&shared);
        let worker = std::thread::Builder::new().name("seals".to_owned()).spawn(move || work.run())?;
        Ok(Self { shared, worker: Some(worker) })
    }

    /// For a row of `day`: made ahead, or now where there is none. Refuses by EL-04.
    pub(super) fn take(&self, day: Day) -> Result<Seals, LogError> {
        let Shared { policy, entropy, .. } = &*self.shared;
        let taken = {
            let mut ready = self.shared.ready();
            if ready.day != Some(day) {
                *ready = Ready { day: Some(day), ..Ready::default() };
            }
            ready.seals.pop()
        };
        self.shared.wanted.notify_one();
        taken.map_or_else(|| Seals::prepare(policy, day, &**entropy), Ok)
    }
}

impl Drop for Ahead {
    fn drop(&mut self) {
        self.shared.ready().ended = true;
        self.shared.wanted.notify_one();
        if let Some(worker) = self.worker.take() {
            worker.join().ok();
        }
    }
}

impl Shared {
    fn run(&self) {
        while let Some(day) = self.next() {
            let made = Seals::prepare(&self.policy, day, &*self.entropy);
            let mut ready = self.ready();
            match made {
                Ok(seals) if ready.day == Some(day) => ready.seals.push(seals),
                Ok(_) => {}
                // There is no key for the day: whoever comes is told.
                Err(_) => ready.day = None,
            }
        }
    }

    /// Waits until something is to be made, and says for which day; `None` at the end.
    fn next(&self) -> Option<Day> {
        let enough = |ready: &mut Ready| !ready.ended && (ready.day.is_none() || ready.seals.len() >= AHEAD);
        let ready = self.wanted.wait_while(self.ready(), enough).unwrap_or_else(PoisonError::into_inner);
        ready.day.filter(|_| !ready.ended)
    }

    fn ready(&self) -> MutexGuard<'_, Ready> {
        self.ready.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
