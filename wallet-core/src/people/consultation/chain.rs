//! The statements of a consultation follow each other by number and digest, and each is taken once (CN-03, CN-04).

use serde::{Deserialize, Serialize};

use super::checks::{FOLLOWS, FORKS, GAP, ONCE};
use super::event::{Event, Role};
use crate::people::names::Digest;
use crate::verdict::Refusal;

/// Two statements of one number: what was kept and what came.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Fork {
    /// Their number.
    pub number: u32,
    /// What was kept.
    pub kept: Digest,
    /// What came.
    pub other: Digest,
    /// Who said both after the same statement: a hint alone, since one says again what came too late. Whether the two say different
    /// things, [`Between::hints`](super::signed::Between::hints) tells. `None`: two of them spoke at the same time, and the second says
    /// it again after the first; or the two follow different statements.
    pub both_by: Option<Role>,
}

/// Why a statement was not taken.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{refusal}")]
pub struct Refused {
    /// The check and the reason.
    pub refusal: Refusal,
    /// With CN-04: the two statements.
    pub fork: Option<Box<Fork>>,
}

impl From<Refusal> for Refused {
    fn from(refusal: Refusal) -> Self {
        Self { refusal, fork: None }
    }
}

/// What was taken, in order.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub(super) struct Chain(Vec<(Digest, Role)>);

impl Chain {
    /// How many statements were taken: the number of the last.
    pub(super) fn length(&self) -> u32 {
        // Bounded by CN-13.
        u32::try_from(self.0.len()).unwrap_or(u32::MAX)
    }

    /// The digest of the last.
    pub(super) fn head(&self) -> Option<Digest> {
        self.0.last().map(|(digest, _)| *digest)
    }

    /// Whether this very statement was taken before. Refuses by CN-03 and CN-04 what does not follow the last.
    pub(super) fn knows(&self, event: &Event) -> Result<bool, Refused> {
        let place = event.number.checked_sub(1).ok_or(FOLLOWS.refuse(GAP))?;
        let kept = usize::try_from(place).ok().and_then(|place| self.0.get(place));
        match kept {
            Some((kept, _)) if *kept == event.digest => Ok(true),
            Some((kept, by)) => {
                let before = place.checked_sub(1).and_then(|place| self.0.get(usize::try_from(place).ok()?));
                let same = *by == event.by && event.previous == before.map(|(digest, _)| *digest);
                let both_by = same.then_some(event.by);
                let fork = Fork { number: event.number, kept: *kept, other: event.digest, both_by };
                Err(Refused { refusal: ONCE.refuse(FORKS), fork: Some(Box::new(fork)) })
            }
            None if place == self.length() && event.previous == self.head() => Ok(false),
            None => Err(FOLLOWS.refuse(GAP).into()),
        }
    }

    /// Appends what [`knows`](Self::knows) did not know.
    pub(super) fn append(&mut self, event: &Event) {
        self.0.push((event.digest, event.by));
    }
}
