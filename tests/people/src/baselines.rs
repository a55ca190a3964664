//! Plain ways to search, to compare with: one BM25 over all that is written of a person, by whatever tokens one makes of it. Filters hold
//! exactly, as a database would have it.

use std::collections::{BTreeSet, HashMap};

use crate::person::Person;
use crate::queries::Query;
use crate::trades::GRADES;

const K1: f64 = 1.2;
const B: f64 = 0.75;

/// All that is written of a person and verified, Korean and English: what a plain search would index.
pub(crate) fn written(person: &Person) -> String {
    let mut all = vec![person.name.clone(), person.headline.clone(), person.text.clone()];
    for fact in &person.facts {
        all.extend([fact.title(), fact.kind.en.to_owned(), fact.kind.issuer.to_owned()]);
        let grade = GRADES.iter().find(|grade| fact.grade == Some(grade.id));
        all.extend(
            grade.into_iter().chain(fact.institution).flat_map(|it| [it.ko.to_owned(), it.en.to_owned()]),
        );
    }
    let city = person.region.its_city().map(|city| format!("{} {}", city.ko, city.en));
    all.extend([person.region.ko.to_owned(), person.region.en.to_owned()].into_iter().chain(city));
    let words = person.languages.iter().chain(&person.modes);
    all.extend(words.flat_map(|it| [it.ko.to_owned(), it.en.to_owned()]));
    for (name, slots) in
        [("주말 weekend", 0x00EE_0000_u32 << 4), ("저녁 evening", 0x0888_8888), ("오전 morning", 0x0222_2222)]
    {
        if person.slots & slots != 0 {
            all.push(name.to_owned());
        }
    }
    all.join(" ").replace('\n', " ")
}

/// Pairs of letters, and whole words of other scripts: the plainest way to search Korean.
pub(crate) fn bigrams(text: &str) -> Vec<String> {
    let lower = text.to_lowercase();
    let words = lower.split(|c: char| !c.is_alphanumeric()).filter(|word| !word.is_empty());
    words
        .flat_map(|word| {
            let chars: Vec<char> = word.chars().collect();
            if word.is_ascii() || chars.len() == 1 {
                return vec![word.to_owned()];
            }
            chars.windows(2).map(|pair| pair.iter().collect()).collect()
        })
        .collect()
}

/// An index of tokens.
pub(crate) struct Bm25 {
    postings: HashMap<String, Vec<(u32, u32)>>,
    lengths: Vec<f64>,
    mean: f64,
}

impl Bm25 {
    pub(crate) fn new(documents: impl Iterator<Item = Vec<String>>) -> Self {
        let (mut postings, mut lengths): (HashMap<String, Vec<(u32, u32)>>, Vec<f64>) = Default::default();
        for (number, tokens) in documents.enumerate() {
            lengths.push(tokens.len() as f64);
            let mut counts: HashMap<String, u32> = HashMap::new();
            for token in tokens {
                *counts.entry(token).or_default() += 1;
            }
            for (token, count) in counts {
                postings.entry(token).or_default().push((number as u32, count));
            }
        }
        let mean = lengths.iter().sum::<f64>() / lengths.len().max(1) as f64;
        Self { postings, lengths, mean }
    }

    /// The best `count`, by number, of those who pass the query's filters.
    pub(crate) fn best(
        &self,
        tokens: &[String],
        query: &Query,
        people: &[Person],
        count: usize,
    ) -> Vec<usize> {
        let mut scores: HashMap<u32, f64> = HashMap::new();
        for token in tokens.iter().collect::<BTreeSet<_>>() {
            let Some(postings) = self.postings.get(token) else { continue };
            let (all, with) = (self.lengths.len() as f64, postings.len() as f64);
            let idf = (1.0 + (all - with + 0.5) / (with + 0.5)).ln();
            for (number, count) in postings {
                let length = self.lengths.get(*number as usize).copied().unwrap_or(self.mean);
                let (count, norm) = (f64::from(*count), 1.0 - B + B * length / self.mean);
                *scores.entry(*number).or_default() += idf * count * (K1 + 1.0) / (count + K1 * norm);
            }
        }
        if tokens.is_empty() {
            scores = (0..people.len() as u32).map(|number| (number, 0.0)).collect();
        }
        let passes = |number: &u32| {
            people
                .get(*number as usize)
                .is_some_and(|person| query.filters.iter().all(|filter| filter.holds(person)))
        };
        let mut ranked: Vec<(u32, f64)> = scores.into_iter().filter(|(number, _)| passes(number)).collect();
        ranked.sort_by(|(a, m), (b, n)| n.total_cmp(m).then(a.cmp(b)));
        ranked.into_iter().take(count).map(|(number, _)| number as usize).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Part, People, slot};

    #[test]
    fn the_plainest_tokens() {
        assert_eq!(bigrams("세무사, Tax 가"), ["세무", "무사", "tax", "가"]);
    }

    #[test]
    fn who_has_more_of_it_comes_first() {
        let documents = [vec!["a", "b"], vec!["a", "a"], vec!["c", "d"]];
        let documents = documents.map(|it| it.iter().map(|token| (*token).to_owned()).collect());
        let index = Bm25::new(documents.into_iter());
        let people: Vec<Person> = People::new(1).take(3).collect();
        let query = crate::queries::queries().unwrap().into_iter().find(|it| it.filters.is_empty()).unwrap();
        assert_eq!(index.best(&["a".to_owned()], &query, &people, 5), [1, 0]);
    }

    #[test]
    fn times_are_written_as_they_are() {
        for (slots, word) in [
            (slot(6, Part::Morning), "주말"),
            (slot(5, Part::Evening), "주말"),
            (slot(0, Part::Evening), "저녁"),
        ] {
            let person = Person { slots, ..People::new(1).person(1) };
            assert!(written(&person).contains(word), "{slots:x}");
        }
        let person = Person { slots: slot(4, Part::Afternoon), ..People::new(1).person(1) };
        assert!(!written(&person).contains("주말 weekend"));
    }
}
