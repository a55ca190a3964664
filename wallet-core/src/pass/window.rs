//! The two clocks of a pass: windows of 15 seconds, in which one code is shown, and generations of 28 days, in which one set
//! of passes is.
//!
//! Both are counted from the epoch and the same for everybody, so that neither says anything about anybody. A window bounds
//! how long a photograph of a code is worth something. A generation is what all passes that are shown at one time share: were
//! each to end so many days after it was issued, the end would tell when its holder came, and would be the same for all
//! that were issued with it.

use crate::time::{Seconds, Timestamp};

/// Fifteen seconds, counted from 1970-01-01T00:00:00Z.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Window(u32);

impl Window {
    /// How long one lasts.
    pub const LENGTH: Seconds = Seconds(15);

    /// The one that `now` is in; the first for moments before the epoch, the last for those after the year 4011.
    pub fn of(now: Timestamp) -> Self {
        let number = now.unix().div_euclid(i64::from(Self::LENGTH.0));
        Self(u32::try_from(number.max(0)).unwrap_or(u32::MAX))
    }

    /// The one of this number.
    pub const fn from_number(number: u32) -> Self {
        Self(number)
    }

    /// Its number.
    pub const fn number(self) -> u32 {
        self.0
    }

    /// The moment when it begins.
    pub fn begins(self) -> Timestamp {
        Timestamp::from_unix(i64::from(self.0) * i64::from(Self::LENGTH.0))
    }

    /// The moment when it is over.
    pub fn ends(self) -> Timestamp {
        self.begins().plus(Self::LENGTH)
    }

    /// Whether a code of this window counts at `now`: in it, in the one after, and in the one before, since clocks differ.
    pub fn counts_at(self, now: Timestamp) -> bool {
        Self::of(now).0.abs_diff(self.0) <= 1
    }
}

/// Twenty-eight days, counted from Monday 1970-01-05T00:00:00Z.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Generation(i64);

impl Generation {
    /// How long one lasts.
    pub const LENGTH: Seconds = Seconds(28 * DAY);
    /// How long before it begins its passes may be issued, so that not everybody comes at once.
    pub const AHEAD: Seconds = Seconds(7 * DAY);

    /// The one whose passes are shown at `now`.
    pub const fn of(now: Timestamp) -> Self {
        Self((now.unix() - FIRST).div_euclid(Self::LENGTH.0 as i64))
    }

    /// The one of this number.
    pub const fn from_number(number: i64) -> Self {
        Self(number)
    }

    /// Its number: generations are counted from 0, which began on 1970-01-05.
    pub const fn number(self) -> i64 {
        self.0
    }

    /// The one after it.
    #[must_use]
    pub const fn next(self) -> Self {
        Self(self.0 + 1)
    }

    /// The moment when its passes are first shown.
    pub const fn begins(self) -> Timestamp {
        Timestamp::from_unix(FIRST + self.0 * Self::LENGTH.0 as i64)
    }

    /// The moment when all its passes end.
    pub const fn ends(self) -> Timestamp {
        self.begins().plus(Self::LENGTH)
    }

    /// Whether its passes may be issued at `now`.
    pub fn is_issued_at(self, now: Timestamp) -> bool {
        self.begins().minus(Self::AHEAD) <= now && now < self.ends()
    }

    /// Those of which passes are issued in turn at `now`: this one, and where it ends soon the next.
    pub fn issued_at(now: Timestamp) -> (Self, Self) {
        let generation = Self::of(now);
        (generation, if generation.next().is_issued_at(now) { generation.next() } else { generation })
    }

    /// The one whose passes end at `moment`, if one's do.
    pub fn ending_at(moment: Timestamp) -> Option<Self> {
        let generation = Self::of(moment.minus(Seconds(1)));
        (generation.ends() == moment).then_some(generation)
    }
}

const DAY: u32 = 24 * 60 * 60;
/// 1970-01-05, the first Monday.
const FIRST: i64 = 4 * DAY as i64;

#[cfg(test)]
mod tests {
    use super::*;

    fn at(text: &str) -> Timestamp {
        Timestamp::parse_rfc3339(text).unwrap()
    }

    #[test]
    fn a_window_counts_in_itself_and_in_its_neighbours() {
        let now = at("2026-11-29T09:00:07Z");
        let window = Window::of(now);
        assert_eq!(
            (window.begins(), window.ends()),
            (at("2026-11-29T09:00:00Z"), at("2026-11-29T09:00:15Z"))
        );
        for (moment, counts) in [
            ("2026-11-29T08:59:44Z", false),
            ("2026-11-29T08:59:45Z", true),
            ("2026-11-29T09:00:29Z", true),
            ("2026-11-29T09:00:30Z", false),
        ] {
            assert_eq!(window.counts_at(at(moment)), counts, "{moment}");
        }
        assert_eq!(Window::of(Timestamp::from_unix(-1)), Window::from_number(0));
        assert_eq!(Window::of(Timestamp::from_unix(i64::MAX)), Window::from_number(u32::MAX));
        assert!(Window::from_number(u32::MAX).ends() > Window::from_number(u32::MAX).begins());
    }

    #[test]
    fn generations_follow_each_other_without_a_gap() {
        let now = at("2026-11-29T09:00:07Z");
        let generation = Generation::of(now);
        assert!(generation.begins() <= now && now < generation.ends());
        assert_eq!(generation.ends(), generation.next().begins());
        assert_eq!(Generation::of(generation.ends()), generation.next());
        assert_eq!(Generation::of(generation.ends().minus(Seconds(1))), generation);
        assert_eq!(Generation::ending_at(generation.ends()), Some(generation));
        assert_eq!(Generation::ending_at(generation.ends().plus(Seconds(1))), None);
        let ahead = generation.begins().minus(Generation::AHEAD);
        assert!(generation.is_issued_at(ahead) && !generation.is_issued_at(ahead.minus(Seconds(1))));
        assert!(!generation.is_issued_at(generation.ends()));
    }
}
