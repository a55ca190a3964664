//! What ratings come to: a credential that the listed person carries elsewhere (`schemas/reputation`).
//!
//! It says how many ratings there were, their mean and of which months, signed by the directory and bound to the listing's persona: no
//! claim is concealed, since a mean without its count would say something else. Fewer than five are not told (RA-08): of one rating the mean
//! is the rating.

use std::collections::BTreeMap;

use jigap_keys::{Entropy, PublicKey};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};

use super::batch::Period;
use super::checks::{ENOUGH, TOO_FEW};
use super::token::VerifiedRating;
use crate::jose::Header;
use crate::sdjwt::{IssueError, SdJwtVcBuilder, UnsignedSdJwt};
use crate::time::{Seconds, Timestamp};
use crate::verdict::Refusal;

/// Fewest ratings that are told.
pub const FEWEST: u32 = 5;
/// How long the credential lasts: it is asked for again, and needs no status list.
pub const LASTS: Seconds = Seconds(30 * 24 * 3600);
const VERSION: u32 = 1;

/// How often each number of stars was given to one listing, by the month of the token. Its JSON is how it is stored.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Tally {
    #[serde(deserialize_with = "crate::people::names::version::<1, _>")]
    version: u32,
    months: BTreeMap<Period, [u32; 5]>,
}

impl Default for Tally {
    fn default() -> Self {
        Self { version: VERSION, months: BTreeMap::new() }
    }
}

impl Tally {
    /// Counts a rating whose token was not spent before.
    pub fn count(&mut self, rating: &VerifiedRating) {
        let counts = self.months.entry(rating.batch().month).or_default();
        if let Some(count) = counts.get_mut(usize::from(rating.stars().count()) - 1) {
            *count = count.saturating_add(1);
        }
    }

    /// What it comes to. Refuses by RA-08.
    pub fn reputation(&self) -> Result<Reputation, Refusal> {
        let mut counts = [0_u64; 5];
        for month in self.months.values() {
            counts.iter_mut().zip(month).for_each(|(sum, count)| *sum += u64::from(*count));
        }
        let ratings: u64 = counts.iter().sum();
        let stars: u64 = (1..).zip(counts).map(|(stars, count)| stars * count).sum();
        let months = self.months.keys().next().zip(self.months.keys().next_back());
        match months {
            Some((first, last)) if ratings >= u64::from(FEWEST) => {
                // To the nearest tenth, halves upwards.
                let tenths = (stars * 20 + ratings) / (ratings * 2);
                Ok(Reputation { ratings, tenths, first: *first, last: *last })
            }
            _ => Err(ENOUGH.refuse(TOO_FEW)),
        }
    }
}

/// What ratings come to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Reputation {
    ratings: u64,
    tenths: u64,
    first: Period,
    last: Period,
}

/// Who says so.
#[derive(Debug, Clone, Copy)]
pub struct Sayer<'a> {
    /// The type: the `vct` of `schemas/reputation` where the directory publishes it.
    pub vct: &'a str,
    /// The directory's identifier as an issuer, as the trust list calls it.
    pub issuer: &'a str,
    /// Its identifier, a URI, and its name, as the credential tells them.
    pub directory: (&'a str, &'a str),
}

impl Reputation {
    /// How many ratings.
    pub const fn ratings(&self) -> u64 {
        self.ratings
    }

    /// Their mean, in tenths of a star.
    pub const fn tenths(&self) -> u64 {
        self.tenths
    }

    /// The claims of the type `reputation`.
    pub fn claims(&self, (id, name): (&str, &str)) -> Map<String, Value> {
        let Self { ratings, tenths, first, last } = self;
        let mean = format!("{}.{}", tenths / 10, tenths % 10);
        let claims = json!({
            "directory": {"id": id, "name": name}, "ratings": ratings, "mean": mean,
            "first_month": first, "last_month": last,
        });
        claims.as_object().cloned().unwrap_or_default()
    }

    /// The credential, bound to the persona with the key `listing`, still to be signed by the key that `header` names; good from `now` on
    /// for [`LASTS`].
    ///
    /// # Errors
    /// [`IssueError`] where `sayer` has no form.
    pub fn credential(
        &self,
        sayer: &Sayer<'_>,
        listing: &PublicKey,
        header: Header,
        now: Timestamp,
        entropy: &dyn Entropy,
    ) -> Result<UnsignedSdJwt, IssueError> {
        let mut claims = self.claims(sayer.directory);
        claims.insert("vct".to_owned(), json!(sayer.vct));
        claims.insert("iss".to_owned(), json!(sayer.issuer));
        claims.insert("iat".to_owned(), json!(now.unix()));
        claims.insert("exp".to_owned(), json!(now.plus(LASTS).unix()));
        SdJwtVcBuilder::new(claims).holder(listing.clone()).build(header, entropy)
    }
}
