//! Looking whether facts still stand, as long as the service runs ([`crate::feed::watch`]): each second, and when somebody rings.

use std::sync::Arc;
use std::time::Duration;

use futures_util::StreamExt as _;
use futures_util::stream::FuturesUnordered;
use jigap_wallet_core::time::Seconds;
use jigap_wallet_core::trust::TrustList;
use tokio::sync::{Notify, watch};

use crate::feed::Bell;
use crate::feed::watch::{Lines, Watcher};

/// How often it is looked what is due.
const TICK: Duration = Duration::from_secs(1);
/// How often it is looked whether every live fact has what proves it.
const AUDIT: Seconds = Seconds(3600);

/// Wakes consumers who wait, and who looks.
pub struct Bells {
    told: watch::Sender<u64>,
    look: Notify,
}

impl Default for Bells {
    fn default() -> Self {
        Self { told: watch::Sender::new(0), look: Notify::new() }
    }
}

impl Bells {
    /// Hears when consumers are told something from now on.
    pub(super) fn listen(&self) -> watch::Receiver<u64> {
        self.told.subscribe()
    }
}

impl Bell for Bells {
    fn told(&self) {
        self.told.send_modify(|times| *times += 1);
    }

    fn look(&self) {
        self.look.notify_one();
    }
}

/// Looks until `end` comes; tells `audited` now and then how many facts lack their proof.
pub(crate) async fn run(
    watcher: Watcher<'_>,
    bells: &Bells,
    end: impl Future<Output = ()>,
    audited: impl Fn(usize),
) {
    let (mut lines, mut running) = (Lines::default(), FuturesUnordered::new());
    let mut trust: Option<Arc<TrustList>> = None;
    let mut next_audit = watcher.now();
    tokio::pin!(end);
    loop {
        watcher.gather(&mut lines, &mut trust).await;
        if next_audit <= watcher.now() {
            next_audit = watcher.now().plus(AUDIT);
            watcher.audit().await.into_iter().for_each(&audited);
        }
        let tick = tokio::time::sleep(TICK);
        tokio::pin!(tick);
        loop {
            while let Some(job) = lines.next(watcher.feed) {
                running.push(watcher.look(job));
            }
            tokio::select! {
                () = &mut end => return,
                Some(job) = running.next(), if !running.is_empty() => lines.land(&job),
                () = bells.look.notified() => {}
                () = &mut tick => break,
            }
        }
    }
}
