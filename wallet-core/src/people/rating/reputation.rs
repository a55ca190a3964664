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
use super::checks::{ENOUGH, NO_TOKEN, TOKEN, TOO_FEW};
use super::token::VerifiedRating;
use crate::jose::Header;
use crate::people::PersonaId;
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
    listing: PersonaId,
    months: BTreeMap<Period, [u32; 5]>,
}

impl Tally {
    /// That of a listing which nobody rated yet.
    pub const fn new(listing: PersonaId) -> Self {
        Self { version: VERSION, listing, months: BTreeMap::new() }
    }

    /// Counts a rating whose token was not spent before. Refuses by RA-06 one that is about another listing.
    pub fn count(&mut self, rating: &VerifiedRating) -> Result<(), Refusal> {
        if rating.batch().listing != self.listing {
            return Err(TOKEN.refuse(NO_TOKEN));
        }
        let counts = self.months.entry(rating.batch().month).or_default();
        if let Some(count) = counts.get_mut(usize::from(rating.stars().count()) - 1) {
            *count = count.saturating_add(1);
        }
        Ok(())
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
                let listing = self.listing.clone();
                Ok(Reputation { listing, ratings, tenths, first: *first, last: *last })
            }
            _ => Err(ENOUGH.refuse(TOO_FEW)),
        }
    }
}

/// What ratings come to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Reputation {
    listing: PersonaId,
    ratings: u64,
    tenths: u64,
    first: Period,
    last: Period,
}

/// Why there is no credential.
#[derive(Debug, thiserror::Error)]
pub enum NoCredential {
    /// The key is not that of the listing's persona.
    #[error("it is the reputation of another persona")]
    Listing,
    /// Whoever says it has no form.
    #[error(transparent)]
    Issue(#[from] IssueError),
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
        let Self { ratings, tenths, first, last, .. } = self;
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
    /// [`NoCredential`]: `listing` is the key of another persona, or `sayer` has no form.
    pub fn credential(
        &self,
        sayer: &Sayer<'_>,
        listing: &PublicKey,
        header: Header,
        now: Timestamp,
        entropy: &dyn Entropy,
    ) -> Result<UnsignedSdJwt, NoCredential> {
        if PersonaId::of(listing) != self.listing {
            return Err(NoCredential::Listing);
        }
        let mut claims = self.claims(sayer.directory);
        claims.insert("vct".to_owned(), json!(sayer.vct));
        claims.insert("iss".to_owned(), json!(sayer.issuer));
        claims.insert("iat".to_owned(), json!(now.unix()));
        claims.insert("exp".to_owned(), json!(now.plus(LASTS).unix()));
        Ok(SdJwtVcBuilder::new(claims).holder(listing.clone()).build(header, entropy)?)
    }
}
