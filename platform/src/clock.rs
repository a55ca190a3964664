//! The wall clock of the machine, behind the [`Clock`] port.
//!
//! Signed documents are judged by it, so the machine's time must be kept by NTP or the like. Nothing here notices a
//! clock that is wrong or that jumps.

use jigap_wallet_core::ports::Clock;
use jigap_wallet_core::time::Timestamp;

/// The operating system's wall clock (CLOCK_REALTIME).
#[derive(Debug, Clone, Copy, Default)]
pub struct SystemClock;

impl Clock for SystemClock {
    #[expect(clippy::disallowed_methods, reason = "the one place that reads the wall clock")]
    #[expect(clippy::disallowed_types, reason = "the epoch is a SystemTime")]
    fn now(&self) -> Timestamp {
        use std::time::SystemTime;
        let now = SystemTime::now();
        let seconds = match now.duration_since(SystemTime::UNIX_EPOCH) {
            Ok(since) => i64::try_from(since.as_secs()).unwrap_or(i64::MAX),
            Err(before) => i64::try_from(before.duration().as_secs()).map_or(i64::MIN, |seconds| -seconds),
        };
        Timestamp::from_unix(seconds)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_clock_is_past_the_day_this_was_written() {
        let written = Timestamp::parse_rfc3339("2026-01-01T00:00:00Z").unwrap();
        assert!(SystemClock.now() > written);
    }
}
