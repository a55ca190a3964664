//! How often somebody may try: a token bucket for each key, in memory, of bounded size.
//!
//! Buckets are kept as their *theoretical arrival time* (GCRA): one number each, and a bucket that is full again needs
//! no memory. They are lost at a restart and not shared between processes.

use std::collections::HashMap;
use std::hash::{BuildHasher, RandomState};
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

use jigap_wallet_core::time::Seconds;

/// How much a bucket holds and how fast it fills.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Rate {
    /// How many tries in a row; at least 1.
    pub burst: u32,
    /// How long until one more try is allowed; more than zero.
    pub refill: Duration,
}

/// Not now: try again after this many seconds, at least 1 (for the `Retry-After` header).
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("too many tries")]
pub struct RetryAfter(pub Seconds);

/// Token buckets by key.
pub struct RateLimiter {
    rate: Rate,
    capacity: usize,
    hasher: RandomState,
    start: Instant,
    buckets: Mutex<Buckets>,
}

/// Times are nanoseconds since the limiter's start.
#[derive(Default)]
struct Buckets {
    /// For each hashed key, when its bucket is full again.
    full_at: HashMap<u64, u64>,
    next_sweep: u64,
}

impl RateLimiter {
    /// A limiter that keeps at most `capacity` buckets that are not full. While there are so many, new keys are refused:
    /// who floods it with keys locks out newcomers, but resets nobody's count.
    pub fn new(rate: Rate, capacity: usize) -> Self {
        let (hasher, buckets) = (RandomState::new(), Mutex::default());
        Self { rate, capacity, hasher, start: now(), buckets }
    }

    /// Counts a try of `key`, or refuses it. Keys are kept as keyed 64-bit hashes only.
    pub fn admit(&self, key: impl AsRef<[u8]>) -> Result<(), RetryAfter> {
        self.admit_at(key.as_ref(), now().saturating_duration_since(self.start))
    }

    /// Whether a try of `key` would be admitted now; counts nothing. For what is counted only where it fails.
    pub fn look(&self, key: impl AsRef<[u8]>) -> Result<(), RetryAfter> {
        self.look_at(key.as_ref(), now().saturating_duration_since(self.start))
    }

    fn look_at(&self, key: &[u8], elapsed: Duration) -> Result<(), RetryAfter> {
        let (now, refill) = (nanoseconds(elapsed), nanoseconds(self.rate.refill));
        let tolerance = refill.saturating_mul(u64::from(self.rate.burst.saturating_sub(1)));
        let mut buckets = self.buckets.lock().unwrap_or_else(PoisonError::into_inner);
        let full_at = match buckets.full_at.get(&self.hasher.hash_one(key)).copied() {
            Some(full_at) => full_at,
            // What could not be counted is not let through uncounted.
            None if buckets.has_room(self.capacity, now, refill) => now,
            None => return Err(retry_after(refill)),
        };
        let wait = full_at.saturating_sub(now).saturating_sub(tolerance);
        if wait > 0 { Err(retry_after(wait)) } else { Ok(()) }
    }

    fn admit_at(&self, key: &[u8], elapsed: Duration) -> Result<(), RetryAfter> {
        let (now, refill) = (nanoseconds(elapsed), nanoseconds(self.rate.refill));
        let tolerance = refill.saturating_mul(u64::from(self.rate.burst.saturating_sub(1)));
        let key = self.hasher.hash_one(key);
        let mut buckets = self.buckets.lock().unwrap_or_else(PoisonError::into_inner);
        let full_at = match buckets.full_at.get(&key).copied() {
            Some(full_at) => full_at.max(now),
            None if buckets.has_room(self.capacity, now, refill) => now,
            None => return Err(retry_after(refill)),
        };
        let wait = full_at.saturating_sub(now).saturating_sub(tolerance);
        if wait > 0 {
            return Err(retry_after(wait));
        }
        buckets.full_at.insert(key, full_at.saturating_add(refill));
        Ok(())
    }
}

impl Buckets {
    /// Whether one more bucket fits, after a sweep of the full ones at most once per `refill`.
    fn has_room(&mut self, capacity: usize, now: u64, refill: u64) -> bool {
        if self.full_at.len() >= capacity && now >= self.next_sweep {
            self.full_at.retain(|_, full_at| *full_at > now);
            self.next_sweep = now.saturating_add(refill);
        }
        self.full_at.len() < capacity
    }
}

fn retry_after(nanoseconds: u64) -> RetryAfter {
    RetryAfter(Seconds(u32::try_from(nanoseconds.div_ceil(1_000_000_000)).unwrap_or(u32::MAX)))
}

fn nanoseconds(duration: Duration) -> u64 {
    u64::try_from(duration.as_nanos()).unwrap_or(u64::MAX)
}

#[expect(clippy::disallowed_methods, reason = "rates are measured by the monotonic clock, here")]
fn now() -> Instant {
    Instant::now()
}

#[cfg(test)]
mod tests {
    use super::*;

    const FIVE_A_MINUTE: Rate = Rate { burst: 5, refill: Duration::from_secs(60) };

    fn at(seconds: u64) -> Duration {
        Duration::from_secs(seconds)
    }

    #[test]
    fn the_sixth_try_in_a_row_is_refused_and_allowed_after_the_refill() {
        let limiter = RateLimiter::new(FIVE_A_MINUTE, 10);
        for _ in 0..5 {
            assert_eq!(limiter.admit_at(b"a", at(0)), Ok(()));
        }
        assert_eq!(limiter.admit_at(b"a", at(0)), Err(RetryAfter(Seconds(60))));
        assert_eq!(limiter.admit_at(b"a", at(59)), Err(RetryAfter(Seconds(1))));
        assert_eq!(limiter.admit_at(b"b", at(0)), Ok(()), "another key has its own bucket");
        assert_eq!(limiter.admit_at(b"a", at(60)), Ok(()));
        assert_eq!(limiter.admit_at(b"a", at(60)), Err(RetryAfter(Seconds(60))));
    }

    #[test]
    fn a_rested_bucket_holds_its_burst_and_no_more() {
        let limiter = RateLimiter::new(FIVE_A_MINUTE, 10);
        limiter.admit_at(b"a", at(0)).unwrap();
        let later: Vec<_> = (0..6).map(|_| limiter.admit_at(b"a", at(100_000)).is_ok()).collect();
        assert_eq!(later, [true, true, true, true, true, false]);
    }

    #[test]
    fn a_look_counts_nothing_and_says_what_a_try_would() {
        let limiter = RateLimiter::new(FIVE_A_MINUTE, 10);
        for _ in 0..5 {
            assert_eq!(limiter.look_at(b"a", at(0)), Ok(()));
            assert_eq!(limiter.look_at(b"a", at(0)), Ok(()));
            limiter.admit_at(b"a", at(0)).unwrap();
        }
        assert_eq!(limiter.look_at(b"a", at(59)), Err(RetryAfter(Seconds(1))));
        assert_eq!(limiter.look_at(b"a", at(60)), Ok(()));
    }

    #[test]
    fn memory_is_bounded_and_a_flood_resets_nobody() {
        let limiter = RateLimiter::new(Rate { burst: 1, refill: at(10) }, 100);
        for key in 0_u32..100 {
            limiter.admit_at(&key.to_be_bytes(), at(0)).unwrap();
        }
        assert!(limiter.admit_at(b"newcomer", at(0)).is_err());
        assert!(limiter.look_at(b"newcomer", at(0)).is_err(), "whose failures could not be counted");
        assert!(limiter.admit_at(&7_u32.to_be_bytes(), at(1)).is_err());
        assert!(limiter.buckets.lock().unwrap().full_at.len() <= 100);
        assert_eq!(limiter.look_at(b"newcomer", at(20)), Ok(()), "full buckets make room");
        assert_eq!(limiter.admit_at(b"newcomer", at(20)), Ok(()), "full buckets make room");
        assert_eq!(limiter.buckets.lock().unwrap().full_at.len(), 1);
    }

    #[test]
    fn the_real_clock_runs() {
        let limiter = RateLimiter::new(Rate { burst: 1, refill: Duration::from_millis(1) }, 1);
        limiter.admit("a").unwrap();
        std::thread::sleep(Duration::from_millis(5));
        assert_eq!(limiter.admit("a"), Ok(()));
    }
}
