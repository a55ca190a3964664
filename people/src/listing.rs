//! A listing: a persona, their own words, where and when they are to be had, and what a verifier found proved.
//!
//! Refused: what is beyond its bounds (SE-04) and words that claim a protected title without the fact (SE-05).

use std::collections::BTreeSet;
use std::fmt;

use h3o::{CellIndex, Resolution};
use jigap_wallet_core::facts::FactId;
use jigap_wallet_core::people::listing::ListingDocument;
use jigap_wallet_core::time::Timestamp;
use jigap_wallet_core::verdict::{Check, Reason, Refusal};

use crate::facet::{Facet, is_id};
use crate::week::Week;
use crate::words::lexicon::LEXICON;
use crate::words::titles::Titles;

/// SE-04: a listing is within its bounds.
pub const FORM: Check = Check::new(
    "SE-04",
    "a listing has a name, a place no finer than a cell of resolution 7, a time and a way to meet, at least one verified fact, and bounded words",
    "게시글에는 이름, 해상도 7보다 세밀하지 않은 위치, 시간과 만나는 방법, 하나 이상의 확인된 사실이 있고 글의 길이에 한도가 있습니다",
    "docs/decisions/0020-search-of-people.md",
);

const NO_NAME: Reason =
    Reason::new("listing-name", "a name is missing or too long", "이름이 없거나 너무 깁니다");
const TOO_LONG: Reason = Reason::new("listing-words", "the words are too long", "글이 너무 깁니다");
const NO_PLACE: Reason = Reason::new(
    "listing-place",
    "the place is no cell of resolution 7, or in no region that is known here",
    "위치가 해상도 7의 셀이 아니거나 이곳에서 알지 못하는 지역입니다",
);
const NO_WAY: Reason = Reason::new(
    "listing-hours",
    "times, languages or ways to meet are missing or too many",
    "시간, 언어, 만나는 방법이 없거나 너무 많습니다",
);
const NO_FACT: Reason = Reason::new(
    "listing-facts",
    "verified facts are missing, too many, or not of their form",
    "확인된 사실이 없거나 너무 많거나 형식이 맞지 않습니다",
);

/// Most characters of a name.
const MAX_NAME: usize = 40;
/// Most characters of a headline.
const MAX_HEADLINE: usize = 120;
/// Most characters of a text.
const MAX_TEXT: usize = 2_000;
/// Most facets, and most languages.
const MAX_MANY: usize = 8;

/// A way to meet.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Mode {
    /// At a place.
    InPerson,
    /// By a video call.
    Video,
    /// In writing.
    Chat,
    /// By telephone.
    Phone,
}

impl Mode {
    /// The one of this name.
    fn named(name: &str) -> Option<Self> {
        [Self::InPerson, Self::Video, Self::Chat, Self::Phone].into_iter().find(|mode| mode.name() == name)
    }

    /// Its name in the lexicon.
    pub(crate) const fn name(self) -> &'static str {
        match self {
            Self::InPerson => "in-person",
            Self::Video => "video",
            Self::Chat => "chat",
            Self::Phone => "phone",
        }
    }
}

/// A listing as it is handed in.
#[derive(Clone, PartialEq, Eq)]
pub struct Listing {
    /// What it is called: opaque.
    pub id: String,
    /// The name that the person chose.
    pub name: String,
    /// One line in their words.
    pub headline: String,
    /// More in their words.
    pub text: String,
    /// A region of the lexicon, `mapo`.
    pub region: String,
    /// An H3 cell of resolution 7.
    pub cell: u64,
    /// Languages, BCP 47.
    pub languages: Vec<String>,
    /// When.
    pub week: Week,
    /// How.
    pub modes: Vec<Mode>,
    /// KRW an hour.
    pub price: u32,
    /// What was verified.
    pub facets: Vec<Facet>,
}

impl fmt::Debug for Listing {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Listing({} facets)", self.facets.len())
    }
}

/// A listing that may be found: only made by [`Listing::admit`].
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Admitted {
    listing: Listing,
    /// The kinds whose titles its words use.
    relies_on: BTreeSet<String>,
}

impl Admitted {
    /// The listing.
    pub fn listing(&self) -> &Listing {
        &self.listing
    }

    /// Whether its words use no title but of these kinds.
    pub(crate) fn is_backed_by(&self, kinds: &[&str]) -> bool {
        self.relies_on.iter().all(|kind| kinds.contains(&kind.as_str()))
    }

    /// The kinds whose titles its words use.
    #[cfg_attr(not(feature = "service"), expect(dead_code, reason = "the directory's"))]
    pub(crate) const fn relies_on(&self) -> &BTreeSet<String> {
        &self.relies_on
    }

    /// One that was let in before, and kept sealed.
    #[cfg_attr(not(feature = "service"), expect(dead_code, reason = "the directory's"))]
    pub(crate) const fn dangerous_assume_admitted(listing: Listing, relies_on: BTreeSet<String>) -> Self {
        Self { listing, relies_on }
    }

    /// Confirmed at `at`: the proof of that fact was found to hold.
    pub(crate) fn confirmed(&mut self, fact: &FactId, at: Timestamp) {
        for facet in self.listing.facets.iter_mut().filter(|facet| facet.facts.contains(fact)) {
            facet.confirmed(at);
        }
    }
}

impl Listing {
    /// What a person wrote, and what was verified of them; its id is the persona's. Refuses by SE-04 what names no slot, way to meet, cell or
    /// region that is known here.
    pub fn written(document: &ListingDocument, facets: Vec<Facet>) -> Result<Self, Refusal> {
        let week = document.week.iter().map(|name| Week::named(name)).collect::<Option<Vec<_>>>();
        let modes = document.modes.iter().map(|name| Mode::named(name)).collect::<Option<Vec<_>>>();
        let (week, modes) = week.zip(modes).ok_or(FORM.refuse(NO_WAY))?;
        let known = LEXICON.concept(&format!("region:{}", document.region)).is_some();
        let cell = document.cell.parse::<CellIndex>().ok().filter(|_| known).ok_or(FORM.refuse(NO_PLACE))?;
        Ok(Self {
            id: document.persona.to_string(),
            name: document.name.clone(),
            headline: document.headline.clone(),
            text: document.text.clone(),
            region: document.region.clone(),
            cell: cell.into(),
            languages: document.languages.clone(),
            week: week.into_iter().fold(Week::NONE, Week::and),
            modes,
            price: document.price,
            facets,
        })
    }

    /// Lets it in. Refuses by SE-04 and SE-05.
    pub fn admit(self, titles: &Titles) -> Result<Admitted, Refusal> {
        self.within_bounds()?;
        let verified = |kind: &str| self.facets.iter().any(|facet| facet.kind == kind);
        let relies_on = titles.check(&[&self.name, &self.headline, &self.text], verified)?;
        Ok(Admitted { listing: self, relies_on })
    }

    fn within_bounds(&self) -> Result<(), Refusal> {
        self.look()?;
        let facets = (1..=MAX_MANY).contains(&self.facets.len()) && self.facets.iter().all(Facet::is_whole);
        if facets { Ok(()) } else { Err(FORM.refuse(NO_FACT)) }
    }

    /// Whether all that its person wrote is within bounds.
    pub(crate) fn look(&self) -> Result<(), Refusal> {
        let refuse = |broken: bool, reason: Reason| if broken { Err(FORM.refuse(reason)) } else { Ok(()) };
        let characters = |text: &str| text.chars().count();
        refuse(
            self.name.trim().is_empty() || characters(&self.name) > MAX_NAME || !is_id(&self.id),
            NO_NAME,
        )?;
        refuse(characters(&self.headline) > MAX_HEADLINE || characters(&self.text) > MAX_TEXT, TOO_LONG)?;
        let cell = CellIndex::try_from(self.cell).is_ok_and(|cell| cell.resolution() == Resolution::Seven);
        let region = LEXICON.concept(&format!("region:{}", self.region)).is_some();
        refuse(!cell || !region, NO_PLACE)?;
        let languages =
            (1..=MAX_MANY).contains(&self.languages.len()) && self.languages.iter().all(|it| is_language(it));
        let modes = (1..=4).contains(&self.modes.len());
        refuse(!languages || !modes || self.week.is_empty(), NO_WAY)
    }
}

/// Whether it has the form of a language tag of language, script and region (BCP 47): `zh-Hant-TW`. Variants are words that a person could
/// choose, and are none.
fn is_language(tag: &str) -> bool {
    let mut parts = tag.split('-');
    let language = parts.next().unwrap_or_default();
    let is_language =
        (2..=3).contains(&language.len()) && language.bytes().all(|byte| byte.is_ascii_lowercase());
    let mut rest = parts.peekable();
    rest.next_if(|part| part.len() == 4 && part.bytes().all(|byte| byte.is_ascii_alphabetic()));
    rest.next_if(|part| part.len() == 2 && part.bytes().all(|byte| byte.is_ascii_uppercase()));
    is_language && rest.next().is_none()
}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;
    pub(crate) use crate::facet::tests::{facet, fact, graded, made};
    use crate::week::Part;

    pub(crate) fn cell(lat: f64, lon: f64) -> u64 {
        h3o::LatLng::new(lat, lon).unwrap().to_cell(Resolution::Seven).into()
    }

    pub(crate) fn listing(number: u16, kind: &str) -> Listing {
        Listing {
            id: format!("listing-{number}"),
            name: "맑은하늘".to_owned(),
            headline: "종합소득세 상담".to_owned(),
            text: "상속세 경험이 많습니다.".to_owned(),
            region: "mapo".to_owned(),
            cell: cell(37.566, 126.902),
            languages: vec!["ko".to_owned()],
            week: Week::slot(5, Part::Morning),
            modes: vec![Mode::Video],
            price: 50_000,
            facets: vec![facet(kind, number)],
        }
    }

    #[test]
    fn se_04_a_listing_beyond_its_bounds_is_refused() {
        let fine = listing(1, "tax-accountant");
        assert!(fine.clone().admit(&Titles::default()).is_ok());
        let finer: u64 = h3o::LatLng::new(37.5, 127.0).unwrap().to_cell(Resolution::Eight).into();
        let offences = [
            Listing { name: " ".to_owned(), ..fine.clone() },
            Listing { id: "a\u{1}".to_owned(), ..fine.clone() },
            Listing { text: "가".repeat(2_001), ..fine.clone() },
            Listing { cell: finer, ..fine.clone() },
            Listing { region: String::new(), ..fine.clone() },
            Listing { region: "세무사".to_owned(), ..fine.clone() },
            Listing { languages: Vec::new(), ..fine.clone() },
            Listing { languages: vec!["저는 변호사".to_owned()], ..fine.clone() },
            Listing { languages: vec!["en-lawyer-attorney".to_owned()], ..fine.clone() },
            Listing { week: Week::NONE, ..fine.clone() },
            Listing { facets: Vec::new(), ..fine.clone() },
            Listing { facets: (1..10).map(|it| facet("lawyer", it)).collect(), ..fine.clone() },
        ];
        for offence in offences {
            assert_eq!(offence.admit(&Titles::default()).unwrap_err().check, FORM);
        }
        let languages = ["ko", "kvk", "zh-Hant-TW"].map(str::to_owned).to_vec();
        assert!(Listing { languages, ..fine }.admit(&Titles::default()).is_ok());
    }

    #[test]
    fn se_05_a_listing_that_claims_a_title_is_refused() {
        let claims = Listing { text: "변호사입니다".to_owned(), ..listing(1, "tax-accountant") };
        assert_eq!(claims.admit(&Titles::default()).unwrap_err().check, crate::TITLE);
        let backed = Listing { text: "변호사입니다".to_owned(), ..listing(1, "lawyer") };
        assert!(backed.admit(&Titles::default()).is_ok());
    }

    #[test]
    fn a_listing_is_not_printed() {
        assert!(!format!("{:?}", listing(1, "lawyer")).contains("하늘"));
    }
}
