//! What tests use in place of the world: clocks that stand, entropy that repeats itself, answers from a map; and the
//! conformance suite of each port.
//!
//! Only compiled for tests or with feature `testing`, which no binary turns on: [`SeededEntropy`] is predictable.

mod calls;
mod fetch_suite;
pub mod openapi;
mod signer_suite;

use std::collections::HashMap;
use std::sync::Mutex;
use std::sync::atomic::{AtomicI64, AtomicU64, Ordering};

use async_trait::async_trait;
use aws_lc_rs::digest::{Context, SHA256};
use jigap_keys::Entropy;
use jigap_wallet_core::ports::{Clock, Fetch, FetchError, HttpRequest, HttpResponse};
use jigap_wallet_core::time::{Seconds, Timestamp};

pub use calls::{Answer, Call};
pub use fetch_suite::{PeerServer, fetch_conformance};
pub use signer_suite::signer_conformance;

/// A clock that stands where it was put, until it is moved.
#[derive(Debug)]
pub struct ManualClock(AtomicI64);

impl ManualClock {
    /// A clock that shows `moment`.
    pub fn at(moment: Timestamp) -> Self {
        Self(AtomicI64::new(moment.unix()))
    }

    /// Moves the clock forward by `span`.
    pub fn advance(&self, span: Seconds) {
        self.0.fetch_add(i64::from(span.0), Ordering::SeqCst);
    }

    /// Sets the clock to `moment`.
    pub fn set(&self, moment: Timestamp) {
        self.0.store(moment.unix(), Ordering::SeqCst);
    }
}

impl Clock for ManualClock {
    fn now(&self) -> Timestamp {
        Timestamp::from_unix(self.0.load(Ordering::SeqCst))
    }
}

/// Bytes that follow from a seed: SHA-256 over seed and counter. Predictable, so for tests only.
#[derive(Debug)]
pub struct SeededEntropy {
    seed: u64,
    blocks: AtomicU64,
}

impl SeededEntropy {
    /// Entropy that is the same for every run with `seed`.
    pub fn new(seed: u64) -> Self {
        Self { seed, blocks: AtomicU64::new(0) }
    }
}

impl Entropy for SeededEntropy {
    fn fill(&self, out: &mut [u8]) {
        for chunk in out.chunks_mut(32) {
            let mut block = Context::new(&SHA256);
            block.update(&self.seed.to_be_bytes());
            block.update(&self.blocks.fetch_add(1, Ordering::SeqCst).to_be_bytes());
            for (byte, random) in chunk.iter_mut().zip(block.finish().as_ref()) {
                *byte = *random;
            }
        }
    }
}

/// A [`Fetch`] that answers from a map and remembers what it was asked. A URL it does not hold is
/// [`FetchError::Unreachable`].
#[derive(Default)]
pub struct LoopbackFetch {
    answers: Mutex<HashMap<String, Result<HttpResponse, FetchError>>>,
    requests: Mutex<Vec<HttpRequest>>,
}

impl LoopbackFetch {
    /// Answers nothing yet.
    pub fn new() -> Self {
        Self::default()
    }

    /// Answers `url` with status 200 and `body` of `content_type`.
    pub fn serve(&self, url: &str, content_type: &str, body: impl Into<Vec<u8>>) {
        let content_type = content_type.to_owned();
        self.answer(
            url,
            Ok(HttpResponse {
                status: 200,
                content_type,
                max_age: None,
                age: 0,
                dpop_nonce: None,
                body: body.into(),
            }),
        );
    }

    /// Answers `url` with `outcome`.
    pub fn answer(&self, url: &str, outcome: Result<HttpResponse, FetchError>) {
        locked(&self.answers).insert(url.to_owned(), outcome);
    }

    /// The requests so far, oldest first; forgets them.
    pub fn take_requests(&self) -> Vec<HttpRequest> {
        std::mem::take(&mut *locked(&self.requests))
    }
}

#[async_trait]
impl Fetch for LoopbackFetch {
    async fn send(&self, request: HttpRequest) -> Result<HttpResponse, FetchError> {
        let outcome = locked(&self.answers).get(request.url.as_str()).cloned();
        let limit = request.limits.max_bytes;
        locked(&self.requests).push(request);
        match outcome.unwrap_or(Err(FetchError::Unreachable)) {
            Ok(response) if response.body.len() > limit => Err(FetchError::TooLarge),
            outcome => outcome,
        }
    }
}

fn locked<T>(mutex: &Mutex<T>) -> std::sync::MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(std::sync::PoisonError::into_inner)
}

#[cfg(test)]
mod tests {
    use jigap_wallet_core::ports::FetchLimits;

    use super::*;

    #[test]
    fn seeded_entropy_repeats_itself_and_moves_on() {
        let draw = |entropy: &SeededEntropy| {
            let mut out = [0; 40];
            entropy.fill(&mut out);
            out
        };
        let (one, same, other) = (SeededEntropy::new(1), SeededEntropy::new(1), SeededEntropy::new(2));
        let first = draw(&one);
        assert_eq!(first, draw(&same));
        assert_ne!(first, draw(&other));
        assert_ne!(first, draw(&one));
    }

    #[test]
    fn a_manual_clock_moves_only_when_told() {
        let clock = ManualClock::at(Timestamp::from_unix(100));
        assert_eq!(clock.now(), clock.now());
        clock.advance(Seconds(5));
        assert_eq!(clock.now().unix(), 105);
        clock.set(Timestamp::from_unix(7));
        assert_eq!(clock.now().unix(), 7);
    }

    #[tokio::test]
    async fn loopback_fetch_answers_what_it_holds_within_the_limits() {
        let fetch = LoopbackFetch::new();
        fetch.serve("https://a.example/x", "application/json", *b"{}");
        let get = |url: &str, max_bytes| {
            let limits = FetchLimits { max_bytes, timeout_ms: 1 };
            HttpRequest::get(url::Url::parse(url).unwrap(), "*/*", limits)
        };
        assert_eq!(fetch.send(get("https://a.example/x", 2)).await.ok().unwrap().body, b"{}");
        assert_eq!(fetch.send(get("https://a.example/x", 1)).await.err(), Some(FetchError::TooLarge));
        assert_eq!(fetch.send(get("https://a.example/y", 2)).await.err(), Some(FetchError::Unreachable));
        assert_eq!(fetch.take_requests().len(), 3);
        assert!(fetch.take_requests().is_empty());
    }
}
