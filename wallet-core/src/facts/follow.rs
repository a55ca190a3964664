//! How who hears events takes each once and in order.
//!
//! A verifier says an event at least once. [`SubjectState`] is what a consumer keeps of a subject, in the same commit as what the event
//! changes: what was taken before is told so and changes nothing, and what leaves one out (`FA-07`) or contradicts what was said (`FA-08`)
//! is refused. Then nothing of that subject can be relied on, and its events are read again from the beginning.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::{FactEvent, FactId, What};
use crate::verdict::{Check, Reason, Refusal};

/// FA-07: no event is left out.
pub const IN_ORDER: Check = Check::new(
    "FA-07",
    "the events of a subject are taken in the order of their numbers, none left out",
    "한 대상의 사건은 번호 순서대로, 빠짐없이 받습니다",
    "docs/decisions/0021-feed-of-facts.md",
);
/// FA-08: an event fits what was said before.
pub const FITS: Check = Check::new(
    "FA-08",
    "a fact is asserted once, then unconfirmed and confirmed in turn, and nothing happens to it after it was retracted",
    "사실은 한 번 주장되고, 그 뒤에는 미확인과 확인이 번갈아 오며, 철회된 뒤에는 아무 일도 없습니다",
    "docs/decisions/0021-feed-of-facts.md",
);

const GAP: Reason = Reason::new(
    "fact-gap",
    "an event of this subject is missing before it",
    "이 대상의 앞선 사건이 빠져 있습니다",
);
const CONTRADICTS: Reason = Reason::new(
    "fact-contradiction",
    "it cannot happen to this fact after what was said of it",
    "이 사실에 대해 앞서 말한 것과 맞지 않는 사건입니다",
);

/// How a fact stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Standing {
    /// It is so.
    Live,
    /// It was so, and whether it still is cannot be found out.
    Unconfirmed,
    /// It is so no more.
    Retracted,
}

/// Whether an event says something that was not known.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Taken {
    /// It does.
    New,
    /// It was taken before.
    Again,
}

/// What is kept of one subject: the number of the last event, and how each fact stands.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct SubjectState {
    sequence: u64,
    facts: BTreeMap<FactId, Standing>,
}

impl SubjectState {
    /// Takes an event of this subject. Refuses by FA-07 and FA-08, and then nothing changes.
    pub fn take(&mut self, event: &FactEvent) -> Result<Taken, Refusal> {
        let before = self.standing(event.what.fact());
        if event.sequence <= self.sequence {
            // Where it was another event then, this one is new, and is not lost by being taken for that one.
            let fits = match &event.what {
                What::Retracted(..) => before == Some(Standing::Retracted),
                _ => before.is_some(),
            };
            return if fits { Ok(Taken::Again) } else { Err(FITS.refuse(CONTRADICTS)) };
        }
        if event.sequence != self.sequence + 1 {
            return Err(IN_ORDER.refuse(GAP));
        }
        let after = match (before, &event.what) {
            (None, What::Asserted(_)) | (Some(Standing::Unconfirmed), What::Confirmed(_)) => Standing::Live,
            (Some(Standing::Live), What::Unconfirmed(_)) => Standing::Unconfirmed,
            (Some(Standing::Live | Standing::Unconfirmed), What::Retracted(..)) => Standing::Retracted,
            _ => return Err(FITS.refuse(CONTRADICTS)),
        };
        self.facts.insert(event.what.fact().clone(), after);
        self.sequence = event.sequence;
        Ok(Taken::New)
    }

    /// The number of the event that was taken last; 0 before the first.
    pub const fn sequence(&self) -> u64 {
        self.sequence
    }

    /// How a fact stands, if it was ever asserted.
    pub fn standing(&self, fact: &FactId) -> Option<Standing> {
        self.facts.get(fact).copied()
    }

    /// Every fact and how it stands.
    pub fn facts(&self) -> impl Iterator<Item = (&FactId, Standing)> {
        self.facts.iter().map(|(id, standing)| (id, *standing))
    }
}
