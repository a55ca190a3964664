//! Queries with what is meant by them, and how well a person answers: from what the person is, never from what they wrote.
//!
//! `queries.tsv` holds a query a line. A *meaning* is a list of parts such as `kind=tax-accountant spec=income-tax region=mapo`; the first is
//! what the query is about. A person answers with 3 where every part holds, one less for each part that does not, at least 1 while
//! the first one holds; and not at all (0) where the first one fails, or any filter.

use h3o::CellIndex;

use crate::person::{Part, Person, slot};
use crate::regions::REGIONS;

const QUERIES: &str = include_str!("../queries.tsv");

/// The best that a person can answer with.
pub const BEST: u8 = 3;

/// One query.
#[derive(Debug, Clone)]
pub struct Query {
    /// Its number: odd ones are for tuning, even ones are the test.
    pub number: u32,
    /// What makes it hard: `plain`, `typo`, `choseong`, …
    pub class: &'static str,
    /// What is typed; may be empty where there are filters.
    pub words: &'static str,
    /// What must hold.
    pub filters: Vec<Filter>,
    /// What is meant.
    pub meaning: Vec<Filter>,
}

/// Something that holds of a person or does not.
#[derive(Debug, Clone, PartialEq)]
pub enum Filter {
    /// A verified fact of this kind, and of this grade.
    Kind(&'static str, Option<&'static str>),
    /// A verified fact of this grade.
    Grade(&'static str),
    /// A verified fact of this institution.
    Institution(&'static str),
    /// They do this.
    Specialty(&'static str),
    /// They are in this region or city.
    Region(&'static str),
    /// They speak this.
    Language(&'static str),
    /// They can be met so.
    Mode(&'static str),
    /// They have time in one of these slots.
    Slots(u32),
    /// They take no more than this, KRW an hour.
    Price(u32),
    /// They are at most so many cells away from this one.
    Near(u64, u32),
    /// They chose this name.
    Name(&'static str),
}

/// Why a line of the queries cannot be read.
#[derive(Debug, thiserror::Error, PartialEq)]
#[error("queries.tsv, line {line}: {what}")]
pub struct BadQuery {
    line: usize,
    what: String,
}

/// Every query, in order.
///
/// # Errors
/// [`BadQuery`] where the file is not as it should be: a mistake of ours.
pub fn queries() -> Result<Vec<Query>, BadQuery> {
    let lines = QUERIES.lines().enumerate().filter(|(_, line)| !line.starts_with('#'));
    lines.map(|(at, line)| query(line).map_err(|what| BadQuery { line: at + 1, what })).collect()
}

fn query(line: &'static str) -> Result<Query, String> {
    let cells: Vec<&'static str> = line.split('\t').collect();
    let [number, class, words, filters, meaning] = cells.as_slice() else {
        return Err(format!("{} cells", cells.len()));
    };
    let number = number.parse().map_err(|_| format!("no number: {number}"))?;
    let filters = filters.split(';').filter(|it| *it != "-").map(filter).collect::<Result<_, _>>()?;
    let meaning: Vec<Filter> = meaning.split(' ').map(filter).collect::<Result<_, _>>()?;
    Ok(Query { number, class, words: words.trim_matches('-'), filters, meaning })
}

fn filter(text: &'static str) -> Result<Filter, String> {
    let (name, value) = text.split_once('=').ok_or_else(|| format!("no part: {text}"))?;
    let unknown = || format!("unknown: {text}");
    Ok(match name {
        "kind" => match value.split_once('/') {
            Some((kind, grade)) => Filter::Kind(kind, Some(grade)),
            None => Filter::Kind(value, None),
        },
        "grade" => Filter::Grade(value),
        "institution" => Filter::Institution(value),
        "spec" => Filter::Specialty(value),
        "region" => Filter::Region(value),
        "language" => Filter::Language(value),
        "mode" => Filter::Mode(value),
        "slot" => Filter::Slots(slots(value).ok_or_else(unknown)?),
        "max" => Filter::Price(value.parse().map_err(|_| unknown())?),
        "near" => near(value).ok_or_else(unknown)?,
        "name" => Filter::Name(value),
        _ => return Err(unknown()),
    })
}

/// `5/morning`, one slot; `weekend`, `evening` or `morning`, any of several.
fn slots(text: &str) -> Option<u32> {
    use Part::{Afternoon, Evening, Morning};
    let any = |days: &[u32], parts: &[Part]| {
        days.iter().flat_map(|day| parts.iter().map(|part| slot(*day, *part))).fold(0, |all, one| all | one)
    };
    match text {
        "weekend" => Some(any(&[5, 6], &[Morning, Afternoon, Evening])),
        "evening" => Some(any(&[0, 1, 2, 3, 4, 5, 6], &[Evening])),
        "morning" => Some(any(&[0, 1, 2, 3, 4], &[Morning])),
        _ => {
            let (day, part) = text.split_once('/')?;
            let part = match part {
                "morning" => Morning,
                "afternoon" => Afternoon,
                "evening" => Evening,
                _ => return None,
            };
            Some(slot(day.parse().ok().filter(|day| *day < 7)?, part))
        }
    }
}

fn near(text: &str) -> Option<Filter> {
    let (region, rings) = text.split_once('/')?;
    let region = REGIONS.iter().find(|one| one.id == region)?;
    let (lat, lon) = region.office();
    let point = h3o::LatLng::new(lat, lon).ok()?;
    Some(Filter::Near(point.to_cell(h3o::Resolution::Seven).into(), rings.parse().ok()?))
}

impl Filter {
    /// Whether it holds of `person`.
    pub fn holds(&self, person: &Person) -> bool {
        match *self {
            Self::Kind(kind, grade) => person
                .facts
                .iter()
                .any(|fact| fact.kind.id == kind && grade.is_none_or(|grade| fact.grade == Some(grade))),
            Self::Grade(grade) => person.facts.iter().any(|fact| fact.grade == Some(grade)),
            Self::Institution(id) => {
                person.facts.iter().any(|fact| fact.institution.is_some_and(|one| one.id == id))
            }
            Self::Specialty(id) => person.specialties.iter().any(|specialty| specialty.id == id),
            Self::Region(id) => person.region.id == id || person.region.city == id,
            Self::Language(id) => person.languages.iter().any(|language| language.id == id),
            Self::Mode(id) => person.modes.iter().any(|mode| mode.id == id),
            Self::Slots(slots) => person.slots & slots != 0,
            Self::Price(most) => person.price <= most,
            Self::Near(from, rings) => cells_apart(from, person.cell).is_some_and(|apart| apart <= rings),
            Self::Name(name) => person.name == name,
        }
    }
}

fn cells_apart(from: u64, to: u64) -> Option<u32> {
    let (from, to) = (CellIndex::try_from(from).ok()?, CellIndex::try_from(to).ok()?);
    from.grid_distance(to).ok().and_then(|apart| u32::try_from(apart).ok())
}

impl Query {
    /// Whether it belongs to the half that is scored once, at the end.
    pub fn is_test(&self) -> bool {
        self.number.is_multiple_of(2)
    }

    /// How well `person` answers: 0 to [`BEST`].
    pub fn gain(&self, person: &Person) -> u8 {
        let about = self.meaning.first().is_some_and(|part| part.holds(person));
        if !about || !self.filters.iter().all(|filter| filter.holds(person)) {
            return 0;
        }
        let missing = self.meaning.iter().filter(|part| !part.holds(person)).count();
        BEST.saturating_sub(missing as u8).max(1)
    }
}

#[cfg(test)]
mod tests {
    use std::collections::{BTreeMap, BTreeSet};

    use super::*;
    use crate::People;
    use crate::{CITIES, GRADES, INSTITUTIONS, KINDS, LANGUAGES, MODES, SPECIALTIES};

    #[test]
    fn there_are_enough_of_every_class_in_both_halves() {
        let queries = queries().unwrap();
        assert!(queries.len() >= 400, "{}", queries.len());
        let mut halves: BTreeMap<&str, [u32; 2]> = BTreeMap::new();
        for query in &queries {
            halves.entry(query.class).or_default()[usize::from(query.is_test())] += 1;
        }
        assert_eq!(halves.len(), 14);
        for (class, [dev, test]) in halves {
            assert!(dev >= 5 && dev.abs_diff(test) <= 1, "{class}: {dev} {test}");
        }
        let numbers: Vec<u32> = queries.iter().map(|query| query.number).collect();
        assert!(numbers.iter().copied().eq(1..=numbers.len() as u32));
    }

    #[test]
    fn meanings_name_what_exists() {
        for query in queries().unwrap() {
            for part in query.meaning.iter().chain(&query.filters) {
                let known = match part {
                    Filter::Kind(kind, grade) => KINDS
                        .iter()
                        .any(|one| one.id == *kind && grade.is_none_or(|grade| one.grades.contains(&grade))),
                    Filter::Grade(id) => GRADES.iter().any(|one| one.id == *id),
                    Filter::Institution(id) => INSTITUTIONS.iter().any(|one| one.id == *id),
                    Filter::Specialty(id) => SPECIALTIES.iter().any(|one| one.id == *id),
                    Filter::Region(id) => {
                        REGIONS.iter().any(|one| one.id == *id) || CITIES.iter().any(|one| one.id == *id)
                    }
                    Filter::Language(id) => LANGUAGES.iter().any(|one| one.id == *id),
                    Filter::Mode(id) => MODES.iter().any(|one| one.id == *id),
                    _ => true,
                };
                assert!(known, "query {}: {part:?}", query.number);
            }
        }
    }

    #[test]
    fn nearly_every_query_has_somebody_who_answers_it_fully() {
        let people: Vec<Person> = People::new(1).take(20_000).collect();
        let queries = queries().unwrap();
        let best = |query: &&Query| people.iter().any(|person| query.gain(person) == BEST);
        let without: BTreeSet<u32> =
            queries.iter().filter(|query| !best(query)).map(|query| query.number).collect();
        assert!(without.len() * 20 < queries.len(), "nobody for {without:?}");
        for query in &queries {
            assert!(people.iter().any(|person| query.gain(person) > 0), "nobody at all for {}", query.number);
        }
    }

    #[test]
    fn a_gain_is_of_facts_and_not_of_words() {
        let query = query("1\tplain\tx\tregion=seoul\tkind=lawyer spec=divorce region=mapo").unwrap();
        let people: Vec<Person> = People::new(1).take(20_000).collect();
        let gains: BTreeSet<u8> = people.iter().map(|person| query.gain(person)).collect();
        assert_eq!(gains, BTreeSet::from([0, 1, 2, 3]));
        let mut best = people.into_iter().find(|person| query.gain(person) == 3).unwrap();
        best.text.clear();
        best.headline = "변리사".to_owned();
        assert_eq!(query.gain(&best), 3);
        best.facts.clear();
        assert_eq!(query.gain(&best), 0);
    }

    #[test]
    fn what_cannot_be_read_is_an_error() {
        assert!(query("1\tplain\tx\t-").is_err());
        assert!(query("1\tplain\tx\t-\tkind").is_err());
        assert!(query("1\tplain\tx\t-\tslot=9/morning").is_err());
        assert!(query("one\tplain\tx\t-\tkind=lawyer").is_err());
    }
}
