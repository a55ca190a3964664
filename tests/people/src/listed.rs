//! Generated people as the search takes them: listings and queries.

use jigap_keys::base64url;
use jigap_keys::hash::sha256;
use jigap_people::ranking::Reputation;
use jigap_people::{Claims, Facet, IndexEvent, Listing, Mode, Near, Query, Titles, Week, What};
use jigap_wallet_core::claims::{ClaimPath, PathStep};
use jigap_wallet_core::facts::{Claim, FactId, Says, Scalar, Subject, VerifiedClaim};
use jigap_wallet_core::time::{Seconds, Timestamp};
use jigap_wallet_core::verdict::Refusal;

use crate::person::{Fact, Person};
use crate::queries::{self, Filter};
use crate::trades::INSTITUTIONS;

/// The moment at which everybody is looked for.
pub const NOW: Timestamp = Timestamp::from_unix(1_800_000_000);
const DAY: u32 = 86_400;

/// The two events of a person: listed, and rated.
///
/// # Errors
/// A refusal where the generator writes what no directory takes: a mistake of ours.
pub fn event(person: &Person, titles: &Titles) -> Result<[IndexEvent; 2], Refusal> {
    let admitted = listing(person).admit(titles)?;
    let sequence = person.number * 2 + 1;
    let (ratings, stars) = person.ratings;
    let reputation = Reputation { ratings, stars, response: Some(person.response) };
    Ok([
        IndexEvent { sequence, at: NOW, what: What::Listed(Box::new(admitted)) },
        IndexEvent { sequence: sequence + 1, at: NOW, what: What::Rated(person.id.clone(), reputation) },
    ])
}

fn listing(person: &Person) -> Listing {
    let facets = person.facts.iter().enumerate().filter_map(|(at, fact)| facet(person, at, fact));
    Listing {
        id: person.id.clone(),
        name: person.name.clone(),
        headline: person.headline.clone(),
        text: person.text.clone(),
        region: person.region.id.to_owned(),
        cell: person.cell,
        languages: person.languages.iter().map(|language| language.id.to_owned()).collect(),
        week: Week::from_bits(person.slots).unwrap_or_default(),
        modes: person.modes.iter().filter_map(|mode| mode_of(mode.id)).collect(),
        price: person.price,
        facets: facets.collect(),
    }
}

/// A facet of claims that nobody verified.
fn facet(person: &Person, at: usize, fact: &Fact) -> Option<Facet> {
    let institution = fact.institution.map(|it| it.ko);
    let issuer = institution.unwrap_or(fact.kind.issuer);
    let id = FactId::new(base64url::encode(sha256(format!("{}/{at}", person.id).as_bytes()))).ok()?;
    let subject = Subject::new(base64url::encode(sha256(person.id.as_bytes()))).ok()?;
    let claim = |name: &str, value: &str| {
        Some(VerifiedClaim::dangerous_assume_verified(Claim {
            id: id.clone(),
            subject: subject.clone(),
            kind: "https://people.example/generated/1".to_owned(),
            issuer: issuer.to_owned(),
            path: Some(ClaimPath::new(vec![PathStep::Key(name.to_owned())]).ok()?),
            says: Says::Value(Scalar::Text(value.to_owned())),
            valid_until: None,
        }))
    };
    let (proof, since) = (claim("kind", fact.kind.id)?, claim("since", &fact.since.to_string())?);
    let graded = fact.grade.map(|grade| claim("grade", grade).map(|claim| (grade, claim)));
    let institution = institution.map(|name| claim("institution", name));
    let (graded, institution) = (graded.flatten(), institution.flatten());
    let claims = Claims {
        kind: &[&proof],
        grade: graded.as_ref().map(|(grade, claim)| (*grade, claim)),
        issuer: None,
        institution: institution.as_ref(),
        since: Some(&since),
    };
    Facet::of(fact.kind.id, claims, NOW.minus(Seconds(u32::from(person.checked) * DAY)))
}

fn mode_of(id: &str) -> Option<Mode> {
    [("in-person", Mode::InPerson), ("video", Mode::Video), ("chat", Mode::Chat), ("phone", Mode::Phone)]
        .into_iter()
        .find_map(|(name, mode)| (name == id).then_some(mode))
}

/// A labelled query as it is asked.
pub fn query(labelled: &queries::Query) -> Query {
    let mut query = Query { words: labelled.words.to_owned(), ..Query::default() };
    for filter in &labelled.filters {
        match *filter {
            Filter::Kind(kind, grade) => {
                query.kind = Some(kind.to_owned());
                query.grade = query.grade.or(grade.map(str::to_owned));
            }
            Filter::Grade(grade) => query.grade = Some(grade.to_owned()),
            Filter::Institution(id) => {
                let institution = INSTITUTIONS.iter().find(|one| one.id == id);
                query.institution = institution.map(|one| one.ko.to_owned());
            }
            Filter::Region(region) => query.region = Some(region.to_owned()),
            Filter::Language(language) => query.language = Some(language.to_owned()),
            Filter::Mode(mode) => query.mode = mode_of(mode),
            Filter::Slots(slots) => query.week = Week::from_bits(slots).unwrap_or_default(),
            Filter::Price(most) => query.price_max = Some(most),
            Filter::Near(cell, rings) => query.near = Near::new(cell, rings),
            // no filters of a search
            Filter::Specialty(_) | Filter::Name(_) => {}
        }
    }
    query
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::People;

    #[test]
    fn a_directory_takes_everybody_who_is_generated() {
        let titles = Titles::default();
        for person in People::new(1).take(3_000) {
            assert!(
                event(&person, &titles).is_ok(),
                "{}: {} {}",
                person.number,
                person.headline,
                person.text
            );
        }
    }

    #[test]
    fn every_query_is_one() {
        for labelled in queries::queries().unwrap() {
            let query = query(&labelled);
            assert!(
                labelled.filters.is_empty()
                    || query != Query { words: query.words.clone(), ..Query::default() }
            );
        }
    }
}
