//! The clocks of an entry log: civil days of Seoul, which have keys, whole hours, which requests ask for, and slots of five
//! minutes, which is what a row says of a moment.

use std::fmt;

use crate::time::{Seconds, Timestamp};
use crate::verdict::{Check, Reason, Refusal};

/// EL-13: the clock goes forward.
pub const CLOCK: Check = Check::new(
    "EL-13",
    "keys are used and ended by a clock that was not put back",
    "키는 뒤로 돌려지지 않은 시계에 따라서만 쓰고 없앱니다",
    "docs/SPECS.md, The entry log",
);

const PUT_BACK: Reason = Reason::new(
    "log-clock",
    "the clock is behind {at}, which was here before: set it right",
    "시계가 이미 지난 {at}보다 뒤에 있습니다. 시계를 맞추십시오",
);

/// How far a clock may seem to go back, since clocks are corrected.
const SKEW: Seconds = Seconds(600);

const DAY: i64 = 24 * 60 * 60;
/// Seoul is nine hours ahead of UTC, without summer time since 1988.
const SEOUL: i64 = 9 * 60 * 60;

/// A civil day of Seoul, counted from 1970-01-01.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Day(i64);

impl Day {
    /// For how many days a row can be read: the day it is of and those after it. On the next one its keys end.
    pub const KEPT: u16 = 28;
    /// Days from 0001-01-01 to the epoch, which is Julian day 2,440,588.
    const EPOCH_JULIAN: i64 = 2_440_588;

    /// The one that `now` is in.
    pub const fn of(now: Timestamp) -> Self {
        Self((now.unix().saturating_add(SEOUL)).div_euclid(DAY))
    }

    /// The one of this number.
    pub const fn from_number(number: i64) -> Self {
        Self(number)
    }

    /// Days since 1970-01-01.
    pub const fn number(self) -> i64 {
        self.0
    }

    /// The day so many days later, or earlier.
    #[must_use]
    pub const fn plus(self, days: i64) -> Self {
        Self(self.0.saturating_add(days))
    }

    /// Midnight in Seoul, when it begins.
    pub const fn begins(self) -> Timestamp {
        Timestamp::from_unix(self.0.saturating_mul(DAY).saturating_sub(SEOUL))
    }

    /// Its first hour.
    pub const fn first_hour(self) -> Hour {
        Hour::of_day(self, 0)
    }

    /// Its last hour.
    pub const fn last_hour(self) -> Hour {
        Hour::of_day(self, 23)
    }

    /// Whether its keys have ended on the day `today`: it is the 29th day or later.
    pub const fn has_ended(self, today: Self) -> bool {
        today.0 >= self.0.saturating_add(Self::KEPT as i64)
    }

    /// Reads `2026-11-29`.
    pub fn parse(text: &str) -> Option<Self> {
        let midnight = Timestamp::parse_rfc3339(&format!("{text}T00:00:00+09:00"))?;
        Some(Self::of(midnight)).filter(|day| day.to_string() == text)
    }
}

/// `2026-11-29`.
impl fmt::Display for Day {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let julian = i32::try_from(self.0.saturating_add(Self::EPOCH_JULIAN)).ok();
        match julian.and_then(|julian| time::Date::from_julian_day(julian).ok()) {
            Some(date) => write!(f, "{date}"),
            None => write!(f, "{}", self.0),
        }
    }
}

/// A whole hour, counted from the epoch; of Seoul and of UTC alike.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Hour(i64);

impl Hour {
    const LENGTH: i64 = 60 * 60;

    /// The one that `moment` is in.
    pub const fn of(moment: Timestamp) -> Self {
        Self(moment.unix().div_euclid(Self::LENGTH))
    }

    /// The one of this number.
    pub const fn from_number(number: i64) -> Self {
        Self(number)
    }

    /// The `hour`th hour of `day` in Seoul, from 0 to 23.
    pub const fn of_day(day: Day, hour: u8) -> Self {
        Self(Self::of(day.begins()).0.saturating_add(hour as i64))
    }

    /// Hours since the epoch.
    pub const fn number(self) -> i64 {
        self.0
    }

    /// When it begins.
    pub const fn begins(self) -> Timestamp {
        Timestamp::from_unix(self.0.saturating_mul(Self::LENGTH))
    }

    /// The day in Seoul that it is of.
    pub const fn day(self) -> Day {
        Day::of(self.begins())
    }

    /// Which hour of its day it is, from 0 to 23.
    pub fn in_day(self) -> u8 {
        let hours = self.0 - Self::of(self.day().begins()).0;
        u8::try_from(hours).unwrap_or_default()
    }
}

/// Five minutes, counted from the epoch.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Slot(u32);

impl Slot {
    /// How long one lasts.
    pub const LENGTH: Seconds = Seconds(5 * 60);

    /// The one that `moment` is in; the first for moments before the epoch.
    pub fn of(moment: Timestamp) -> Self {
        let number = moment.unix().div_euclid(i64::from(Self::LENGTH.0)).max(0);
        Self(u32::try_from(number).unwrap_or(u32::MAX))
    }

    /// The one of this number.
    pub const fn from_number(number: u32) -> Self {
        Self(number)
    }

    /// Its number.
    pub const fn number(self) -> u32 {
        self.0
    }

    /// When it begins.
    pub const fn begins(self) -> Timestamp {
        Timestamp::from_unix(self.0 as i64 * Self::LENGTH.0 as i64)
    }

    /// The hour that it is in.
    pub const fn hour(self) -> Hour {
        Hour::of(self.begins())
    }
}

/// The later of `now` and the `latest` moment that was seen here, to be kept. Refuses (EL-13) a clock that was put back by
/// more than ten minutes.
///
/// # Errors
/// EL-13
pub fn require_forward(latest: Option<Timestamp>, now: Timestamp) -> Result<Timestamp, Refusal> {
    match latest {
        Some(latest) if now < latest.minus(SKEW) => Err(CLOCK.refuse(PUT_BACK.at(latest))),
        Some(latest) => Ok(latest.max(now)),
        None => Ok(now),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(text: &str) -> Timestamp {
        Timestamp::parse_rfc3339(text).unwrap()
    }

    #[test]
    fn days_are_those_of_seoul() {
        let day = Day::of(at("2026-11-29T23:59:59+09:00"));
        assert_eq!(day.to_string(), "2026-11-29");
        assert_eq!(Day::parse("2026-11-29"), Some(day));
        assert_eq!(day.begins(), at("2026-11-28T15:00:00Z"));
        assert_eq!(Day::of(at("2026-11-29T15:00:00Z")), day.plus(1));
        for text in ["2026-11-31", "2026-1-1", "29", "", "2026-11-29T"] {
            assert_eq!(Day::parse(text), None, "{text}");
        }
        assert!(!day.has_ended(day.plus(27)) && day.has_ended(day.plus(28)));
        assert_eq!(Day::from_number(i64::MAX).to_string(), i64::MAX.to_string());
    }

    #[test]
    fn an_hour_and_a_slot_have_one_day() {
        let slot = Slot::of(at("2026-11-29T00:04:59+09:00"));
        assert_eq!(slot.begins(), at("2026-11-29T00:00:00+09:00"));
        let (day, hour) = (slot.hour().day(), slot.hour());
        assert_eq!((day.to_string().as_str(), hour.in_day()), ("2026-11-29", 0));
        assert_eq!(Hour::of_day(day, 23).in_day(), 23);
        assert_eq!(Hour::of_day(day, 23).day(), day);
        assert_eq!(Slot::of(Timestamp::from_unix(-5)), Slot::from_number(0));
    }

    #[test]
    fn el_13_a_clock_that_was_put_back_is_refused() {
        let now = at("2026-11-29T09:00:00Z");
        assert_eq!(require_forward(None, now), Ok(now));
        assert_eq!(require_forward(Some(now), now.minus(Seconds(600))), Ok(now));
        let refused = require_forward(Some(now), now.minus(Seconds(601))).unwrap_err();
        assert_eq!((refused.check, refused.reason.moment()), (CLOCK, Some(now)));
        assert_eq!(require_forward(Some(now), now.plus(Seconds(9))), Ok(now.plus(Seconds(9))));
    }
}
