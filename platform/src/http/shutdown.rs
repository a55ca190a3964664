//! The end of a service, announced: listeners close, requests in flight finish, streams end.

use tokio::sync::watch;

/// A flag that is raised once and that anybody can wait for. Clones share it.
#[derive(Debug, Clone)]
pub struct Shutdown(watch::Sender<bool>);

impl Shutdown {
    /// Not begun.
    pub fn new() -> Self {
        Self(watch::Sender::new(false))
    }

    /// Begins when the process gets SIGINT or SIGTERM. Runs inside a tokio runtime.
    #[expect(clippy::disallowed_methods, reason = "waits for signals as long as the process lives")]
    pub fn on_signals() -> std::io::Result<Self> {
        use tokio::signal::unix::{SignalKind, signal};
        let (mut interrupt, mut terminate) =
            (signal(SignalKind::interrupt())?, signal(SignalKind::terminate())?);
        let shutdown = Self::new();
        let flag = shutdown.clone();
        tokio::spawn(async move {
            tokio::select! {
                _ = interrupt.recv() => {}
                _ = terminate.recv() => {}
            }
            flag.begin();
        });
        Ok(shutdown)
    }

    /// Begins the shutdown; again does nothing.
    pub fn begin(&self) {
        self.0.send_replace(true);
    }

    /// Whether it has begun.
    pub fn has_begun(&self) -> bool {
        *self.0.borrow()
    }

    /// Returns when it begins: long-lived answers such as server-sent events end by it.
    pub async fn begun(&self) {
        // The sender is `self`, so the channel cannot close while this waits.
        self.0.subscribe().wait_for(|begun| *begun).await.ok();
    }
}

impl Default for Shutdown {
    fn default() -> Self {
        Self::new()
    }
}
