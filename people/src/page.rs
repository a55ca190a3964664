//! Answers: a ranked list that may be kept, and its pages, which are read through the tombstones. What a page says of a person is what they
//! chose to say and what was verified, never a credential, a status or an exact time.

use jigap_wallet_core::time::{Seconds, Timestamp};
use jigap_wallet_core::verdict::{Check, Reason, Refusal};
use serde::Serialize;

use crate::facet::Facet;
use crate::index::Index;
use crate::listing::{Listing, Mode};
use crate::query::Query;
use crate::ranking::{Checked, Explained, day};

/// SE-06: an answer is not kept for long.
pub const LIFETIME: Check = Check::new(
    "SE-06",
    "an answer is read for ten minutes after the search and no longer",
    "검색 결과는 검색한 뒤 10분까지만 이어 볼 수 있습니다",
    "docs/decisions/0020-search-of-people.md",
);
const ENDED: Reason = Reason::new("answer-ended", "search again", "다시 검색해 주세요");
/// How long an answer is read.
pub(crate) const ANSWER: Seconds = Seconds(600);

/// Counts below this one are not told, and others down to a multiple of it: a difference of two is none of a few people.
const FEW: u32 = 5;

/// How many, if not few.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Count {
    /// Fewer than five.
    Few,
    /// So many, down to a multiple of five.
    Many(u32),
}

impl Count {
    pub(crate) fn of(count: u32) -> Self {
        if count < FEW { Self::Few } else { Self::Many(count - count % FEW) }
    }
}

impl Serialize for Count {
    /// `"<5"`, or the number.
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            Self::Few => serializer.serialize_str("<5"),
            Self::Many(count) => serializer.serialize_u32(*count),
        }
    }
}

/// A verified fact as it is shown.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct ShownFacet {
    /// What they are.
    pub kind: String,
    /// Of which grade.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub grade: Option<String>,
    /// By whom.
    pub issuer: String,
    /// Where, of students.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub institution: Option<String>,
    /// Since which year.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub since: Option<u16>,
    /// When that was last checked.
    pub checked: Checked,
}

/// A person who was found.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Hit {
    /// Their listing.
    pub id: String,
    /// The name they chose.
    pub name: String,
    /// In their words.
    pub headline: String,
    /// In their words.
    pub text: String,
    /// What was verified.
    pub facets: Vec<ShownFacet>,
    /// Where, by region.
    pub region: String,
    /// What they speak.
    pub languages: Vec<String>,
    /// When.
    pub week: Vec<String>,
    /// How.
    pub modes: Vec<Mode>,
    /// KRW an hour.
    pub price: u32,
    /// Cells from where was searched, where that was said.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub rings: Option<u32>,
    /// Why they stand here, where that was asked.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub explained: Option<Explained>,
}

/// A page of an answer.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Page {
    /// Who was found.
    pub hits: Vec<Hit>,
    /// Where the next page begins, if there is one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub next: Option<usize>,
    /// How many are found at all.
    pub total: Count,
    /// How many of each kind, the most first.
    pub kinds: Vec<(String, Count)>,
    /// How many in each region, the most first.
    pub regions: Vec<(String, Count)>,
}

/// Somebody in a ranked list.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Place {
    pub(crate) key: u64,
    pub(crate) rings: Option<u32>,
    pub(crate) explained: Option<Explained>,
}

/// An answer, ranked. Whoever keeps it can read it only with the [`Index`], which knows who is gone.
#[derive(Debug, Clone, PartialEq)]
pub struct Ranked {
    pub(crate) places: Vec<Place>,
    /// The last event that it knows of.
    pub(crate) as_of: u64,
    pub(crate) made: Timestamp,
    pub(crate) total: u32,
    pub(crate) kinds: Vec<(String, u32)>,
    pub(crate) regions: Vec<(String, u32)>,
}

impl Ranked {
    /// `size` hits from place `from` on, fewer where some are gone. Refuses by SE-02 and SE-06.
    pub fn page(&self, index: &Index, from: usize, size: usize, now: Timestamp) -> Result<Page, Refusal> {
        Query::check_page(from, size)?;
        if now > self.made.plus(ANSWER) {
            return Err(LIFETIME.refuse(ENDED));
        }
        let shown = self.places.iter().skip(from).take(size);
        let hits = shown.filter_map(|place| index.shown(place, self.as_of, now)).collect();
        let counts =
            |all: &[(String, u32)]| all.iter().map(|(it, count)| (it.clone(), Count::of(*count))).collect();
        Ok(Page {
            hits,
            next: Some(from + size).filter(|next| *next < self.places.len()),
            total: Count::of(self.total),
            kinds: counts(&self.kinds),
            regions: counts(&self.regions),
        })
    }
}

impl Hit {
    pub(crate) fn of(listing: &Listing, facets: &[&Facet], place: &Place, now: Timestamp) -> Self {
        let facets = facets.iter().map(|facet| ShownFacet {
            kind: facet.kind.clone(),
            grade: facet.grade.clone(),
            issuer: facet.issuer.clone(),
            institution: facet.institution.clone(),
            since: facet.since,
            checked: Checked::of(day(facet.checked), day(now)),
        });
        Self {
            id: listing.id.clone(),
            name: listing.name.clone(),
            headline: listing.headline.clone(),
            text: listing.text.clone(),
            facets: facets.collect(),
            region: listing.region.clone(),
            languages: listing.languages.clone(),
            week: listing.week.names().collect(),
            modes: listing.modes.clone(),
            price: listing.price,
            rings: place.rings,
            explained: place.explained.clone(),
        }
    }
}
