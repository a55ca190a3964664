//! Moments and spans. `now` is always an argument: nothing in the core reads a clock.

use std::fmt;

use serde::{Deserialize, Serialize};
use time::format_description::well_known::Rfc3339;
use time::{OffsetDateTime, UtcOffset};

use crate::text::Lang;

/// A moment in whole seconds since 1970-01-01T00:00:00Z: JWT's NumericDate (RFC 7519 §2) without its fractions.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Timestamp(i64);

/// A span of whole seconds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Seconds(pub u32);

impl Timestamp {
    /// The moment `seconds` after the epoch.
    pub const fn from_unix(seconds: i64) -> Self {
        Self(seconds)
    }

    /// Seconds since the epoch.
    pub const fn unix(self) -> i64 {
        self.0
    }

    /// Reads RFC 3339, as in `2026-11-22T09:00:00+09:00`; fractions of a second are cut off.
    pub fn parse_rfc3339(text: &str) -> Option<Self> {
        OffsetDateTime::parse(text, &Rfc3339).ok().map(|moment| Self(moment.unix_timestamp()))
    }

    /// RFC 3339 in UTC, as in `2026-11-22T00:00:00Z`; the bare number where the year does not fit four digits.
    pub fn to_rfc3339(self) -> String {
        OffsetDateTime::from_unix_timestamp(self.0)
            .ok()
            .and_then(|moment| moment.format(&Rfc3339).ok())
            .unwrap_or_else(|| self.0.to_string())
    }

    /// What a person reads: civil time of Seoul in Korean, UTC in English.
    pub fn to_civil(self, lang: Lang) -> String {
        let Ok(utc) = OffsetDateTime::from_unix_timestamp(self.0) else { return self.0.to_string() };
        let (moment, zone) = match lang {
            Lang::En => (utc, "UTC"),
            Lang::Ko => (UtcOffset::from_hms(9, 0, 0).map_or(utc, |seoul| utc.to_offset(seoul)), "KST"),
        };
        let (date, clock) = (moment.date(), moment.time());
        format!("{date} {:02}:{:02}:{:02} {zone}", clock.hour(), clock.minute(), clock.second())
    }

    /// This moment `span` later, at most the last one there is.
    pub const fn plus(self, span: Seconds) -> Self {
        Self(self.0.saturating_add(span.0 as i64))
    }

    /// This moment `span` earlier, at least the first one there is.
    pub const fn minus(self, span: Seconds) -> Self {
        Self(self.0.saturating_sub(span.0 as i64))
    }
}

impl fmt::Display for Timestamp {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.to_rfc3339())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rfc3339_goes_there_and_back() {
        let moment = Timestamp::parse_rfc3339("2026-11-22T09:00:00.9+09:00").unwrap();
        assert_eq!(moment.to_rfc3339(), "2026-11-22T00:00:00Z");
        assert_eq!(moment.to_civil(Lang::Ko), "2026-11-22 09:00:00 KST");
        assert_eq!(moment.to_civil(Lang::En), "2026-11-22 00:00:00 UTC");
        assert_eq!(Timestamp::parse_rfc3339("2026-11-22"), None);
    }

    #[test]
    fn the_ends_of_time_do_not_overflow() {
        let last = Timestamp::from_unix(i64::MAX);
        assert_eq!(last.plus(Seconds(1)), last);
        assert_eq!(last.to_rfc3339(), i64::MAX.to_string());
        assert_eq!(Timestamp::from_unix(i64::MIN).minus(Seconds(1)).unix(), i64::MIN);
    }
}
