//! How often somebody may ask, and a listing be asked (PC-06), and who may not at all (PC-12).
//!
//! A budget is a limit and the moments that count towards it. Whoever asks is known to the directory by the pseudonym of the record they
//! proved, never by their personas, which are fresh for each listing; so a budget is of a record. The listed person does not learn it.
//! No statement of the talk tells that pseudonym (*dsub*): whoever serves this must get it from a proof. Without it, budgets and blocks are of
//! single personas, which cost nothing.

use serde::{Deserialize, Serialize};

use super::answer::{Contact, Standing};
use super::checks::{BLOCKED, BUDGET, IS_BLOCKED, SPENT};
use crate::time::{Seconds, Timestamp};
use crate::verdict::Refusal;

const DAY: u32 = 24 * 3600;
/// The version of the stored forms.
const VERSION: u32 = 1;

/// So many, within so long.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Limit {
    /// Most of them.
    pub most: usize,
    /// In any time of this length.
    pub within: Seconds,
}

/// What one seeker may ask, of whomever.
pub const BY_SEEKER: Limit = Limit { most: 20, within: Seconds(DAY) };
/// What one listing may be asked, by whomever.
pub const OF_LISTING: Limit = Limit { most: 50, within: Seconds(DAY) };
/// What one seeker may ask one listing.
pub const BETWEEN: Limit = Limit { most: 1, within: Seconds(30 * DAY) };

/// The moments that count towards a limit: never more than it has. Its JSON is how it is stored.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Spent {
    #[serde(deserialize_with = "crate::people::names::version::<1, _>")]
    version: u32,
    moments: Vec<Timestamp>,
}

impl Default for Spent {
    fn default() -> Self {
        Self { version: VERSION, moments: Vec::new() }
    }
}

impl Spent {
    /// When the next one is within the limit: `now`, or later. A limit of none is never.
    fn next(&self, limit: Limit, now: Timestamp) -> Timestamp {
        let counts: Vec<_> = self.moments.iter().filter(|moment| moment.plus(limit.within) > now).collect();
        match counts.len().checked_sub(limit.most) {
            None => now,
            Some(over) => {
                counts.get(over).map_or(Timestamp::from_unix(i64::MAX), |moment| moment.plus(limit.within))
            }
        }
    }

    fn spend(&mut self, limit: Limit, now: Timestamp) {
        self.moments.retain(|moment| moment.plus(limit.within) > now);
        self.moments.push(now);
    }
}

/// What is kept of one seeker at one listing. Its JSON is how it is stored.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Pair {
    #[serde(deserialize_with = "crate::people::names::version::<1, _>")]
    version: u32,
    spent: Spent,
    blocked: bool,
}

impl Default for Pair {
    fn default() -> Self {
        Self { version: VERSION, spent: Spent::default(), blocked: false }
    }
}

impl Pair {
    /// Heeds a block: whether it is blocked now. `contact` is one of this pair, which only who knows the record behind its seeker can
    /// say. What was blocked stays so.
    pub fn heed(&mut self, contact: &Contact) -> bool {
        self.blocked |= contact.standing() == Standing::Blocked;
        self.blocked
    }
}

/// Spends one request of `seeker` at `listing`, of all three budgets or of none. Refuses by PC-12 and PC-06.
pub fn spend(
    seeker: &mut Spent,
    listing: &mut Spent,
    pair: &mut Pair,
    now: Timestamp,
) -> Result<(), Refusal> {
    if pair.blocked {
        return Err(BLOCKED.refuse(IS_BLOCKED));
    }
    let mut budgets = [(seeker, BY_SEEKER), (listing, OF_LISTING), (&mut pair.spent, BETWEEN)];
    let next = budgets.iter().map(|(spent, limit)| spent.next(*limit, now)).max().unwrap_or(now);
    if next > now {
        return Err(BUDGET.refuse(SPENT.at(next)));
    }
    budgets.iter_mut().for_each(|(spent, limit)| spent.spend(*limit, now));
    Ok(())
}
