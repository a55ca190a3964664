//! A person who does not exist: what is proved of them, what they say of themselves, and what others found.

use h3o::{LatLng, Resolution};

use crate::names;
use crate::random::Random;
use crate::regions::{REGIONS, Region};
use crate::texts;
use crate::trades::{INSTITUTIONS, KINDS, Kind, LANGUAGES, MODES, SPECIALTIES, Specialty, Word};

/// Slots of a week: seven days from Monday, of four parts each.
pub const SLOTS: u32 = 28;

/// A part of a day.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Part {
    /// 0 to 6.
    Night,
    /// 6 to 12.
    Morning,
    /// 12 to 18.
    Afternoon,
    /// 18 to 24.
    Evening,
}

/// The bit of a slot: `day` counts from Monday, 0.
pub fn slot(day: u32, part: Part) -> u32 {
    1 << (day % 7 * 4 + part as u32)
}

/// What was verified of a person.
#[derive(Debug, Clone, Copy)]
pub struct Fact {
    /// What they are.
    pub kind: &'static Kind,
    /// Of which grade, by id.
    pub grade: Option<&'static str>,
    /// Where, of students.
    pub institution: Option<&'static Word>,
    /// Since which year.
    pub since: u16,
}

impl Fact {
    /// What it is called in Korean: 세무사, 정보처리기사, 한국어교원 2급.
    pub fn title(&self) -> String {
        texts::full_title(self.kind, self.grade)
    }
}

/// A person.
#[derive(Debug, Clone)]
pub struct Person {
    /// Their place in the sequence.
    pub number: u64,
    /// The opaque id of their listing.
    pub id: String,
    /// The name that they chose.
    pub name: String,
    /// What was verified: one or two.
    pub facts: Vec<Fact>,
    /// What they do, in truth; their texts say it in words of theirs, or do not.
    pub specialties: Vec<&'static Specialty>,
    /// Where they are.
    pub region: &'static Region,
    /// The H3 cell of resolution 7 there.
    pub cell: u64,
    /// What they speak.
    pub languages: Vec<&'static Word>,
    /// When: see [`slot`].
    pub slots: u32,
    /// How one meets them.
    pub modes: Vec<&'static Word>,
    /// KRW an hour.
    pub price: u32,
    /// One line in their words.
    pub headline: String,
    /// Some lines in their words.
    pub text: String,
    /// Requests answered of a thousand.
    pub response: u16,
    /// How many rated them, and the sum of their one to five stars.
    pub ratings: (u32, u32),
    /// Days since their proofs were last checked.
    pub checked: u16,
}

/// People without end: each from the seed and its number alone.
#[derive(Debug, Clone, Copy)]
pub struct People {
    seed: u64,
}

impl People {
    /// The people of `seed`.
    pub fn new(seed: u64) -> Self {
        Self { seed }
    }

    /// The first `count` of them, made as they are asked for.
    pub fn take(self, count: u64) -> impl Iterator<Item = Person> {
        (0..count).map(move |number| self.person(number))
    }

    /// Person `number`.
    pub fn person(self, number: u64) -> Person {
        let random = &mut Random::new(self.seed, number);
        let facts = facts(random);
        let region = random.weighted(REGIONS, |region| region.weight);
        let languages = languages(random, &facts);
        let price = facts.first().map_or(30, |fact| fact.kind.price) * (600 + random.below(900) as u32);
        let rated = if random.percent(60) { random.below(60) as u32 } else { 0 };
        let stars = (0..rated).map(|_| 5 - (random.below(100) as u32 / 45).min(2)).sum();
        let mut person = Person {
            number,
            id: format!("{:016x}{:08x}", random.next(), number),
            name: names::persona(random),
            specialties: specialties(random, &facts),
            facts,
            region,
            cell: cell(random, region),
            languages,
            slots: slots(random),
            modes: modes(random),
            price: price / 1000 * 1000,
            headline: String::new(),
            text: String::new(),
            response: 400 + random.below(601) as u16,
            ratings: (rated, stars),
            checked: (random.share() * random.share() * 30.0) as u16,
        };
        (person.headline, person.text) = texts::write(random, &person);
        person
    }
}

fn facts(random: &mut Random) -> Vec<Fact> {
    let first = fact(random);
    let mut facts = vec![first];
    if random.percent(12) {
        let second = fact(random);
        if second.kind.id != first.kind.id {
            facts.push(second);
        }
    }
    facts
}

fn fact(random: &mut Random) -> Fact {
    let kind = random.weighted(KINDS, |kind| kind.weight);
    let grade = match kind.grades {
        [] => None,
        [commonest, ..] if random.percent(35) => Some(*commonest),
        grades => Some(*random.pick(grades)),
    };
    let institution = (kind.id == "student").then(|| random.pick(INSTITUTIONS));
    let since = if institution.is_some() { 2021 + random.below(6) } else { 1990 + random.below(37) } as u16;
    Fact { kind, grade, institution, since }
}

fn specialties(random: &mut Random, facts: &[Fact]) -> Vec<&'static Specialty> {
    let mut found: Vec<&'static Specialty> = Vec::new();
    for fact in facts {
        for id in fact.kind.specialties {
            let share = 90 / fact.kind.specialties.len() as u64 + 10;
            let specialty = SPECIALTIES.iter().find(|specialty| specialty.id == *id);
            let Some(specialty) = specialty.filter(|_| random.percent(share)) else { continue };
            if !found.iter().any(|one| one.id == specialty.id) {
                found.push(specialty);
            }
        }
    }
    found
}

fn languages(random: &mut Random, facts: &[Fact]) -> Vec<&'static Word> {
    let abroad = facts.iter().any(|fact| ["tour-guide", "korean-teacher"].contains(&fact.kind.id));
    let speaks = |language: &&Word, random: &mut Random| match language.id {
        "ko" => random.percent(97),
        "en" => random.percent(if abroad { 70 } else { 22 }),
        "zh" | "ja" => random.percent(if abroad { 30 } else { 5 }),
        _ => random.percent(2),
    };
    let mut spoken: Vec<&Word> = LANGUAGES.iter().filter(|language| speaks(language, random)).collect();
    if spoken.is_empty() {
        spoken.extend(LANGUAGES.first());
    }
    spoken
}

/// Working days, evenings, weekends, and what does not fit.
fn slots(random: &mut Random) -> u32 {
    let mut slots = 0;
    let (days, evenings, weekend) = (random.percent(75), random.percent(40), random.percent(35));
    for day in 0..7 {
        for part in [Part::Night, Part::Morning, Part::Afternoon, Part::Evening] {
            let open = match (day, part) {
                (_, Part::Night) => random.percent(2),
                (0..5, Part::Evening) => evenings && random.percent(80),
                (0..5, _) => days && random.percent(85),
                _ => weekend && random.percent(70),
            };
            slots |= if open { slot(day, part) } else { 0 };
        }
    }
    if slots == 0 { slot(2, Part::Afternoon) } else { slots }
}

fn modes(random: &mut Random) -> Vec<&'static Word> {
    let mut modes: Vec<&Word> = MODES.iter().filter(|_| random.percent(45)).collect();
    if modes.is_empty() {
        modes.extend(MODES.first());
    }
    modes
}

/// Somewhere within a kilometre or so of the region's office.
fn cell(random: &mut Random, region: &Region) -> u64 {
    let mut near = |degrees: f64| degrees + (random.share() - 0.5) * 0.024;
    let (lat, lon) = region.office();
    let point = LatLng::new(near(lat), near(lon));
    point.map_or(0, |point| point.to_cell(Resolution::Seven).into())
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn a_person_is_the_same_each_time_and_unlike_the_next() {
        let people = People::new(7);
        let same = |number| format!("{:?}", people.person(number));
        assert_eq!(same(5), same(5));
        assert_ne!(same(5), same(6));
        assert_ne!(same(5), format!("{:?}", People::new(8).person(5)));
        let ids: BTreeSet<String> = people.take(2_000).map(|person| person.id).collect();
        assert_eq!(ids.len(), 2_000);
    }

    #[test]
    fn every_kind_region_and_specialty_is_among_twenty_thousand() {
        let (mut kinds, mut regions, mut specialties) = (BTreeSet::new(), BTreeSet::new(), BTreeSet::new());
        for person in People::new(1).take(20_000) {
            assert!(person.cell != 0 && !person.facts.is_empty() && person.slots < 1 << SLOTS);
            assert!(!person.languages.is_empty() && !person.modes.is_empty() && person.price > 0);
            kinds.extend(person.facts.iter().map(|fact| fact.kind.id));
            regions.insert(person.region.id);
            specialties.extend(person.specialties.iter().map(|specialty| specialty.id));
        }
        assert_eq!(kinds.len(), KINDS.len());
        assert_eq!(regions.len(), REGIONS.len());
        assert_eq!(specialties.len(), SPECIALTIES.len());
    }

    #[test]
    fn tables_name_what_exists() {
        for kind in KINDS {
            assert!(
                kind.specialties.iter().all(|id| SPECIALTIES.iter().any(|one| one.id == *id)),
                "{}",
                kind.id
            );
            assert!(
                kind.grades.iter().all(|id| crate::GRADES.iter().any(|one| one.id == *id)),
                "{}",
                kind.id
            );
        }
        assert!(REGIONS.iter().all(|region| region.its_city().is_some()));
    }
}
