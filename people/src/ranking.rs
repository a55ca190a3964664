//! How hits are ranked: a formula that anybody may read, by its version. What is paid is not an input.
//!
//! ```text
//! total = words × (1 + 0.1 × freshness + 0.1 × response + 0.1 × rating)
//! words      what of the query is met: see `WEIGHTS`; 1 where there are only filters
//! freshness  1 where the proof was checked today, 0.9 within seven days, 0.4 within thirty, 0 before: no finer than it is shown
//! response   share of requests that were answered; 0.5 for who had none
//! rating     (stars + 5 × 4.2) / (ratings + 5), 1 to 5 stars, brought to 0..1: few ratings say little
//! ```
//! Totals that differ by less than a quarter count as equal, and equals change places every day by a number that is drawn from the
//! listing and the day: exposure is shared.

use jigap_wallet_core::time::Timestamp;

/// The version of this formula; a change of any number here is another one.
pub const VERSION: u32 = 2;

/// What a met part of a query is worth.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Weights {
    /// A kind that was verified.
    pub kind: f32,
    /// A grade or institution that was verified, with the kind that was asked for.
    pub grade: f32,
    /// The region.
    pub region: f32,
    /// A language.
    pub language: f32,
    /// A way to meet, or a time.
    pub hours: f32,
    /// Something that the person says they do.
    pub does: f32,
    /// The name that the person chose, typed whole.
    pub name: f32,
    /// BM25 of a word or concept in the headline.
    pub headline: f32,
    /// BM25 of a word or concept in the text.
    pub text: f32,
    /// BM25 of a word in what was verified, by name.
    pub proved: f32,
    /// Share of all this for what was guessed and not typed.
    pub guessed: f32,
}

/// The weights of [`VERSION`].
pub const WEIGHTS: Weights = Weights {
    kind: 6.0,
    grade: 6.0,
    region: 6.0,
    language: 6.0,
    hours: 6.0,
    does: 6.0,
    name: 10.0,
    headline: 0.2,
    text: 0.1,
    proved: 0.3,
    guessed: 0.8,
};

/// Share that each of the signals may add.
const SIGNAL: f32 = 0.1;
/// Ratings that everybody begins with, and their stars.
const PRIOR: (u32, f32) = (5, 4.2);
/// Totals in one step count as equal.
const STEP: f32 = 0.25;
const DAY: i64 = 86_400;

/// What others found.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Reputation {
    /// Ratings.
    pub ratings: u32,
    /// The sum of their stars, 1 to 5 each.
    pub stars: u32,
    /// Requests answered of a thousand; `None` where there were none.
    pub response: Option<u16>,
}

/// When proofs were last found to hold, as coarse as a person needs it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Checked {
    /// Today, in Seoul.
    Today,
    /// Within seven days.
    ThisWeek,
    /// Within thirty days.
    ThisMonth,
    /// Before that.
    Earlier,
}

impl Checked {
    pub(crate) const fn of(day: u64, today: u64) -> Self {
        match today.saturating_sub(day) {
            0 => Self::Today,
            1..=7 => Self::ThisWeek,
            8..=30 => Self::ThisMonth,
            _ => Self::Earlier,
        }
    }

    /// What it counts: not the day itself, which the total would tell.
    const fn freshness(self) -> f32 {
        match self {
            Self::Today => 1.0,
            Self::ThisWeek => 0.9,
            Self::ThisMonth => 0.4,
            Self::Earlier => 0.0,
        }
    }
}

/// All that a hit is ranked by.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Signals {
    /// What of the query is met.
    pub(crate) words: f32,
    /// The day, since 1970, on which the proof was last found to hold.
    pub(crate) checked: u64,
    /// In thousandths.
    pub(crate) response: u64,
    /// In thousandths.
    pub(crate) rating: u64,
}

/// Why a hit stands where it stands.
#[derive(Debug, Clone, PartialEq, serde::Serialize)]
pub struct Explained {
    /// The formula.
    pub version: u32,
    /// What of the query is met.
    pub words: f32,
    /// 0 to 1.
    pub freshness: f32,
    /// 0 to 1.
    pub response: f32,
    /// 0 to 1.
    pub rating: f32,
    /// By the formula.
    pub total: f32,
    /// What `words` is made of: a part of the query and what it is worth here.
    pub parts: Vec<(String, f32)>,
}

impl Reputation {
    pub(crate) fn response_thousandths(self) -> u64 {
        u64::from(self.response.unwrap_or(500).min(1_000))
    }

    pub(crate) fn rating_thousandths(self) -> u64 {
        let (ratings, stars) = PRIOR;
        let mean =
            (self.stars as f32 + ratings as f32 * stars) / (self.ratings.saturating_add(ratings)) as f32;
        (((mean - 1.0) / 4.0).clamp(0.0, 1.0) * 1_000.0).round() as u64
    }
}

impl Signals {
    pub(crate) fn explained(self, today: u64) -> Explained {
        let freshness = Checked::of(self.checked, today).freshness();
        let (response, rating) = (self.response as f32 / 1e3, self.rating as f32 / 1e3);
        let total = self.words * (1.0 + SIGNAL * (freshness + response + rating));
        let (words, version) = (self.words, VERSION);
        Explained { version, words, freshness, response, rating, total, parts: Vec::new() }
    }

    /// The step that the total falls into.
    pub(crate) fn step(self, today: u64) -> u64 {
        (self.explained(today).total / STEP) as u64
    }
}

/// The day since 1970, in Seoul.
pub(crate) fn day(now: Timestamp) -> u64 {
    u64::try_from(now.unix().saturating_add(9 * 3_600).div_euclid(DAY)).unwrap_or_default()
}

/// Where a listing stands among its equals on a day.
pub(crate) fn turn(key: u64, day: u64) -> u64 {
    let mut z = key ^ day.wrapping_mul(0x9E37_79B9_7F4A_7C15);
    z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
    z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
    z ^ (z >> 31)
}

#[cfg(test)]
mod tests {
    use super::*;

    const TODAY: u64 = 20_000;

    fn signals() -> Signals {
        Signals { words: 10.0, checked: TODAY, response: 1_000, rating: 1_000 }
    }

    #[test]
    fn payment_is_no_input() {
        // All that there is: another member would not compile here, and would have to be thought about.
        let Signals { words, checked, response, rating } = signals();
        let Reputation { ratings, stars, response: answered } = Reputation::default();
        let inputs: (f32, [u64; 3], [u32; 2], Option<u16>) =
            (words, [checked, response, rating], [ratings, stars], answered);
        assert_eq!(inputs.0, 10.0);
    }

    #[test]
    fn the_formula_is_what_is_written_above() {
        assert!((signals().explained(TODAY).total - 13.0).abs() < 1e-4);
        let stale = Signals { checked: TODAY - 40, response: 0, rating: 0, ..signals() };
        assert!((stale.explained(TODAY).total - 10.0).abs() < 1e-4);
        assert!(signals().step(TODAY) > stale.step(TODAY));
    }

    #[test]
    fn few_ratings_say_little() {
        let of = |ratings, stars| Reputation { ratings, stars, response: None }.rating_thousandths();
        assert_eq!(of(0, 0), 800);
        assert!(of(1, 1) < of(0, 0) && of(1, 1) > of(50, 50));
        assert!(of(100, 490) > of(1, 5));
    }

    #[test]
    fn equals_change_places_from_day_to_day() {
        let order = |day| {
            let mut keys: Vec<u64> = (0..50).collect();
            keys.sort_by_key(|key| turn(*key, day));
            keys
        };
        assert_eq!(order(1), order(1));
        assert_ne!(order(1), order(2));
        let first: std::collections::BTreeSet<u64> =
            (0..500).filter_map(|day| order(day).first().copied()).collect();
        assert_eq!(first.len(), 50, "each is first some day");
    }
}
