//! The wire between everybody in the demo: the fetch guard in development mode, with a counter, and a copy of the last
//! response a wallet posted, so that the story can send it again as a thief would.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Mutex, PoisonError};

use async_trait::async_trait;
use jigap_platform::fetch::{FetchSettings, FetchSetupError, GuardedFetch};
use jigap_wallet_core::ports::{Fetch, FetchError, HttpRequest, HttpResponse, Method};

/// Where wallets post their responses (`jigap_verifier::http`).
const RESPONSES: &str = "/verifier/response/";

/// A guarded fetch that remembers. Holds a presentation: no `Debug`.
pub(super) struct Wire {
    guard: GuardedFetch,
    requests: AtomicUsize,
    last_response: Mutex<Option<HttpRequest>>,
}

impl Wire {
    pub(super) fn new() -> Result<Self, FetchSetupError> {
        let guard = GuardedFetch::new(&FetchSettings::dev())?;
        Ok(Self { guard, requests: AtomicUsize::new(0), last_response: Mutex::new(None) })
    }

    /// How many requests were sent so far, by anybody.
    pub(super) fn requests(&self) -> usize {
        self.requests.load(Ordering::Relaxed)
    }

    /// The last response that a wallet posted to a verifier, byte for byte.
    pub(super) fn last_response(&self) -> Option<HttpRequest> {
        self.last_response.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }
}

#[async_trait]
impl Fetch for Wire {
    async fn send(&self, request: HttpRequest) -> Result<HttpResponse, FetchError> {
        self.requests.fetch_add(1, Ordering::Relaxed);
        if request.method == Method::Post && request.url.path().starts_with(RESPONSES) {
            *self.last_response.lock().unwrap_or_else(PoisonError::into_inner) = Some(request.clone());
        }
        self.guard.send(request).await
    }
}
