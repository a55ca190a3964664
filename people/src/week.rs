//! Slots of a week, in civil time of Seoul: seven days of four parts, as coarse as a listing needs to be.

use std::fmt;

const DAYS: [&str; 7] = ["mon", "tue", "wed", "thu", "fri", "sat", "sun"];
const PARTS: [&str; 4] = ["night", "morning", "afternoon", "evening"];

/// A part of a day, six hours.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Part {
    /// 0 to 6.
    Night,
    /// 6 to 12.
    Morning,
    /// 12 to 18.
    Afternoon,
    /// 18 to 24.
    Evening,
}

/// A set of slots.
#[derive(Clone, Copy, PartialEq, Eq, Default)]
pub struct Week(u32);

impl Week {
    /// No slot.
    pub const NONE: Self = Self(0);
    const ALL: u32 = (1 << 28) - 1;

    /// One slot; days count from Monday, 0, and begin again after Sunday.
    pub const fn slot(day: u32, part: Part) -> Self {
        Self(1 << (day % 7 * 4 + part as u32))
    }

    /// Of 28 bits, the lowest of which is Monday night; `None` where there are more.
    pub const fn from_bits(bits: u32) -> Option<Self> {
        if bits & !Self::ALL == 0 { Some(Self(bits)) } else { None }
    }

    /// Its 28 bits.
    pub(crate) const fn bits(self) -> u32 {
        self.0
    }

    /// Both.
    #[must_use]
    pub const fn and(self, other: Self) -> Self {
        Self(self.0 | other.0)
    }

    /// Whether they share a slot.
    pub const fn meets(self, other: Self) -> bool {
        self.0 & other.0 != 0
    }

    /// Whether it has no slot.
    pub const fn is_empty(self) -> bool {
        self.0 == 0
    }

    /// Each slot by its name, `sat-morning`.
    pub fn names(self) -> impl Iterator<Item = String> {
        let all = DAYS.iter().flat_map(|day| PARTS.iter().map(move |part| format!("{day}-{part}")));
        all.enumerate().filter(move |(at, _)| self.0 & (1 << at) != 0).map(|(_, name)| name)
    }

    /// The slot of such a name.
    pub fn named(name: &str) -> Option<Self> {
        let (day, part) = name.split_once('-')?;
        let place = |table: &[&str], it: &str| table.iter().position(|one| *one == it);
        Some(Self(1 << (place(&DAYS, day)? * 4 + place(&PARTS, part)?)))
    }
}

impl fmt::Debug for Week {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Week({:07x})", self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn slots_have_names() {
        let both = Week::slot(5, Part::Morning).and(Week::slot(0, Part::Night));
        assert_eq!(both.names().collect::<Vec<_>>(), ["mon-night", "sat-morning"]);
        assert_eq!(Week::named("sat-morning"), Some(Week::slot(5, Part::Morning)));
        assert_eq!((Week::named("sat"), Week::named("sat-noon")), (None, None));
        assert!(both.meets(Week::slot(0, Part::Night)) && !both.meets(Week::slot(1, Part::Night)));
        assert_eq!((Week::from_bits(1 << 28), Week::from_bits(1)), (None, Some(Week::slot(0, Part::Night))));
    }
}
