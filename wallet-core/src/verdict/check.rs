//! Numbered checks, and what is said when one fails.
//!
//! Every rule whose breach refuses something has one [`Check`], declared as a constant in the module that enforces it.
//! Its id stands in docs/CHECKS.md, in the name of a test (`sd_03_…`) and in the verdict; `tests/house.rs` compares them.

use std::fmt;

use crate::text::{Lang, Text};
use crate::time::Timestamp;

/// A numbered rule. Two checks are the same when their ids are.
#[derive(Debug, Clone, Copy)]
pub struct Check {
    /// Stable id, family and number: `V-03`, `SD-05`.
    pub id: &'static str,
    /// The rule in a few words.
    pub rule: Text,
    /// The specification and section the rule comes from.
    pub source: &'static str,
}

impl Check {
    /// Declares a check: id, rule in English and Korean, source.
    pub const fn new(id: &'static str, en: &'static str, ko: &'static str, source: &'static str) -> Self {
        Self { id, rule: Text::new(en, ko), source }
    }

    /// This check, failed for `reason`.
    pub const fn refuse(self, reason: Reason) -> Refusal {
        Refusal { check: self, reason }
    }
}

impl PartialEq for Check {
    fn eq(&self, other: &Self) -> bool {
        self.id == other.id
    }
}
impl Eq for Check {}

/// Why a check failed or was not judged. Its words are fixed when the program is built and its only variables are
/// moments, so that no claim value can ever stand in a reason.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Reason {
    /// Stable code for machines: `expired`, `signature-mismatch`.
    pub code: &'static str,
    text: Text,
    at: Option<Timestamp>,
}

impl Reason {
    /// A reason with its code and its sentence in English and Korean.
    pub const fn new(code: &'static str, en: &'static str, ko: &'static str) -> Self {
        Self { code, text: Text::new(en, ko), at: None }
    }

    /// The same reason with the moment it speaks of, put where the sentence says `{at}`.
    pub const fn at(self, moment: Timestamp) -> Self {
        Self { at: Some(moment), ..self }
    }

    /// The moment the reason speaks of.
    pub const fn moment(&self) -> Option<Timestamp> {
        self.at
    }

    /// The sentence in `lang`.
    pub fn say(&self, lang: Lang) -> String {
        let sentence = self.text.get(lang);
        match self.at {
            Some(moment) => sentence.replace("{at}", &moment.to_civil(lang)),
            None => sentence.to_owned(),
        }
    }
}

/// A check that failed: the one error shape of everything that verifies.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Refusal {
    /// Which rule was broken.
    pub check: Check,
    /// How.
    pub reason: Reason,
}

impl fmt::Display for Refusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.check.id, self.reason.say(Lang::En))
    }
}
impl std::error::Error for Refusal {}

#[cfg(test)]
mod tests {
    use super::*;

    const EXPIRED: Reason = Reason::new("expired", "it ended at {at}", "{at}에 끝났습니다");

    #[test]
    fn a_reason_speaks_both_languages_and_names_the_moment() {
        let reason = EXPIRED.at(Timestamp::from_unix(0));
        assert_eq!(reason.say(Lang::En), "it ended at 1970-01-01 00:00:00 UTC");
        assert_eq!(reason.say(Lang::Ko), "1970-01-01 09:00:00 KST에 끝났습니다");
    }

    #[test]
    fn checks_are_the_same_when_their_ids_are() {
        let one = Check::new("X-01", "a", "가", "s");
        assert_eq!(one, Check::new("X-01", "b", "나", "t"));
        assert_ne!(one, Check::new("X-02", "a", "가", "s"));
        assert_eq!(one.refuse(EXPIRED).to_string(), "X-01: it ended at {at}");
    }
}
