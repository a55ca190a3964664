//! What kinds, grades and regions are called, in both languages, and where regions are: for pages and commands that show or ask for them.
//! From the lexicon, the same for everybody; it says nothing about who is listed.

use std::sync::LazyLock;

use h3o::{LatLng, Resolution};
use serde::Serialize;

use crate::words::lexicon::{Concept, LEXICON};

const OFFICES: &str = include_str!("words/places.tsv");

static VOCABULARY: LazyLock<Vocabulary> = LazyLock::new(Vocabulary::read);

/// Something by its names.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "service", derive(utoipa::ToSchema))]
pub struct Named {
    /// Of the lexicon, without its group: `tax-accountant`.
    pub id: &'static str,
    /// In Korean.
    pub ko: &'static str,
    /// In English, in small letters.
    pub en: &'static str,
}

/// A region: a city, or a district of one.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[cfg_attr(feature = "service", derive(utoipa::ToSchema))]
pub struct Place {
    /// Its names.
    #[serde(flatten)]
    pub named: Named,
    /// The city that it is a district of, by id.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub city: Option<&'static str>,
    /// Where its office stands, if that is known.
    #[serde(flatten)]
    pub office: Option<Office>,
}

/// Where a region's office stands.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[cfg_attr(feature = "service", derive(utoipa::ToSchema))]
pub struct Office {
    /// Degrees north.
    pub lat: f64,
    /// Degrees east.
    pub lon: f64,
    /// The H3 cell of resolution 7 that it stands in, as queries name it.
    pub cell: String,
}

/// All that has a name.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[cfg_attr(feature = "service", derive(utoipa::ToSchema))]
pub struct Vocabulary {
    /// What people are.
    pub kinds: Vec<Named>,
    /// Of which grade.
    pub grades: Vec<Named>,
    /// Where, cities and districts.
    pub regions: Vec<Place>,
}

/// The vocabulary that this program was built with.
pub fn vocabulary() -> &'static Vocabulary {
    &VOCABULARY
}

/// Where the office of a region stands, degrees north and east.
pub fn office(region: &str) -> Option<(f64, f64)> {
    let cells = OFFICES.lines().map(|line| line.split('\t'));
    cells.into_iter().find_map(|mut cells| {
        let here = cells.next() == Some(region);
        here.then(|| Some((cells.next()?.parse().ok()?, cells.next()?.parse().ok()?))).flatten()
    })
}

impl Vocabulary {
    fn read() -> Self {
        let named = |group| of(group).map(|(named, _)| named).collect();
        let place = |(named, concept): (Named, &Concept)| {
            let office = office(named.id).and_then(|(lat, lon)| {
                let cell = LatLng::new(lat, lon).ok()?.to_cell(Resolution::Seven).to_string();
                Some(Office { lat, lon, cell })
            });
            Place { named, city: concept.parent, office }
        };
        Self { kinds: named("kind:"), grades: named("grade:"), regions: of("region:").map(place).collect() }
    }
}

/// The concepts of a group.
fn of(group: &'static str) -> impl Iterator<Item = (Named, &'static Concept)> {
    LEXICON.concepts().filter_map(move |concept| {
        let id = concept.id.strip_prefix(group)?;
        let [ko, en] = concept.names;
        Some((Named { id, ko, en }, concept))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_district_has_a_city_and_an_office_in_korea() {
        let vocabulary = vocabulary();
        let districts: Vec<&Place> = vocabulary.regions.iter().filter(|place| place.city.is_some()).collect();
        assert!(districts.len() > 40);
        for place in districts {
            let office = place.office.as_ref().unwrap_or_else(|| panic!("{} has no office", place.named.id));
            assert!((33.0..39.0).contains(&office.lat) && (125.0..132.0).contains(&office.lon), "{place:?}");
            assert!(crate::Near::new(u64::from_str_radix(&office.cell, 16).unwrap(), 6).is_some());
        }
        let stray = OFFICES.lines().filter(|line| !line.starts_with('#')).find(|line| {
            let id = line.split('\t').next().unwrap();
            LEXICON.concept(&format!("region:{id}")).is_none()
        });
        assert_eq!(stray, None);
    }

    #[test]
    fn what_is_shown_is_called_something_in_both_languages() {
        let Vocabulary { kinds, grades, regions } = vocabulary();
        let all = kinds.iter().chain(grades).chain(regions.iter().map(|place| &place.named));
        for Named { id, ko, en } in all {
            assert!(!id.is_empty() && !ko.is_empty() && !en.is_empty(), "{id}");
        }
        let lawyer = kinds.iter().find(|kind| kind.id == "lawyer");
        assert_eq!(lawyer, Some(&Named { id: "lawyer", ko: "변호사", en: "lawyer" }));
        let told = serde_json::to_value(regions.iter().find(|place| place.named.id == "mapo")).unwrap();
        assert_eq!((&told["city"], &told["ko"]), (&"seoul".into(), &"마포".into()));
        assert!(told["cell"].as_str().is_some_and(|cell| cell.starts_with("87")));
    }
}
