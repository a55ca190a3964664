//! The lexicon: which words name which concept. `lexicon.tsv` is read once; its lines say how.

use std::collections::{BTreeMap, HashMap};
use std::sync::LazyLock;

use super::{flat, hangul};

const DATA: &str = include_str!("lexicon.tsv");
/// Words that people put behind a technical subject.
const GRADES: [(&str, &str); 4] = [
    ("grade:craftsman", "기능사"),
    ("grade:industrial-engineer", "산업기사"),
    ("grade:engineer", "기사"),
    ("grade:professional-engineer", "기술사"),
];

/// A thing with a name.
#[derive(Debug)]
pub(crate) struct Concept {
    /// Group and name: `kind:tax-accountant`.
    pub(crate) id: &'static str,
    /// Its names, Korean and English.
    pub(crate) names: [&'static str; 2],
    /// Of a region: the larger one, by id without its group.
    pub(crate) parent: Option<&'static str>,
}

/// A way to say something.
#[derive(Debug)]
pub(super) struct Form {
    pub(super) key: String,
    pub(super) chars: Vec<char>,
    pub(super) letters: Vec<char>,
    pub(super) choseong: String,
    /// Any of these, each one or more concepts at once, by id. None: a word that says nothing.
    pub(super) meanings: Vec<Vec<&'static str>>,
}

/// The words of the trades.
#[derive(Debug)]
pub(crate) struct Lexicon {
    concepts: BTreeMap<&'static str, Concept>,
    forms: Vec<Form>,
    by_key: HashMap<String, usize>,
    /// By their first character, the longest first.
    by_first: HashMap<char, Vec<usize>>,
    /// Stems of English words that forms are made of.
    pub(super) vocabulary: Vec<Vec<char>>,
}

/// The lexicon that this program was built with.
pub(crate) static LEXICON: LazyLock<Lexicon> = LazyLock::new(|| Lexicon::read(DATA));

impl Lexicon {
    fn read(data: &'static str) -> Self {
        let mut found = Self {
            concepts: BTreeMap::new(),
            forms: Vec::new(),
            by_key: HashMap::new(),
            by_first: HashMap::new(),
            vocabulary: Vec::new(),
        };
        for line in data.lines().filter(|line| !line.starts_with('#')) {
            let mut cells = line.split('\t');
            let mut next = || cells.next().unwrap_or_default();
            let (id, ko, en, note) = (next(), next(), next(), next());
            let meaning: Vec<&'static str> = if id == "stop" { Vec::new() } else { id.split('+').collect() };
            let forms = || ko.split('|').chain(en.split('|')).filter(|form| !form.is_empty());
            if let [one] = meaning.as_slice() {
                let name = |forms: &'static str| forms.split('|').next().unwrap_or_default();
                let parent = Some(note).filter(|note| !note.is_empty() && *note != "technical");
                found.concepts.entry(one).or_insert(Concept { id: one, names: [name(ko), name(en)], parent });
            }
            for form in forms() {
                found.add(form, &meaning);
            }
            if note == "technical" {
                for (grade, said) in GRADES {
                    let both: Vec<&'static str> = meaning.iter().copied().chain([grade]).collect();
                    let name = ko.split('|').next().unwrap_or_default();
                    found.add(&format!("{name}{said}"), &both);
                }
            }
        }
        found.vocabulary.sort();
        found.vocabulary.dedup();
        for (at, form) in found.forms.iter().enumerate() {
            let Some(first) = form.chars.first() else { continue };
            found.by_first.entry(*first).or_default().push(at);
        }
        for places in found.by_first.values_mut() {
            let length = |at: &usize| found.forms.get(*at).map_or(0, |form| form.chars.len());
            places.sort_by_key(|at| std::cmp::Reverse(length(at)));
        }
        found
    }

    fn add(&mut self, form: &str, meaning: &[&'static str]) {
        let flat = flat::Flat::of(&super::normalise(form));
        let key: String = flat.chars.iter().collect();
        let latin = key.split(' ').filter(|word| word.is_ascii() && word.len() >= 4);
        self.vocabulary.extend(latin.map(|word| word.chars().collect::<Vec<_>>()));
        let at = *self.by_key.entry(key.clone()).or_insert_with(|| {
            let (letters, choseong) = (hangul::letters(&key), hangul::choseong(&key));
            self.forms.push(Form { key, chars: flat.chars, letters, choseong, meanings: Vec::new() });
            self.forms.len() - 1
        });
        if let Some(form) = self.forms.get_mut(at).filter(|_| !meaning.is_empty()) {
            let meaning = meaning.to_vec();
            if !form.meanings.contains(&meaning) {
                form.meanings.push(meaning);
            }
        }
    }

    /// The form that is written so.
    #[cfg(test)]
    pub(super) fn form(&self, key: &str) -> Option<&Form> {
        self.by_key.get(key).and_then(|at| self.forms.get(*at))
    }

    /// The forms that `text` begins with, the longest first.
    pub(super) fn beginning<'t>(
        &'static self,
        text: &'t [char],
    ) -> impl Iterator<Item = &'static Form> + use<'t> {
        let places = text.first().and_then(|first| self.by_first.get(first)).map(Vec::as_slice);
        let forms = places.unwrap_or_default().iter().filter_map(|at| self.forms.get(*at));
        forms.filter(move |form| text.starts_with(&form.chars))
    }

    /// Every form.
    pub(super) fn forms(&self) -> &[Form] {
        &self.forms
    }

    /// The concept of an id such as `region:mapo`.
    pub(crate) fn concept(&self, id: &str) -> Option<&Concept> {
        self.concepts.get(id)
    }

    /// Every concept, by id.
    pub(crate) fn concepts(&self) -> impl Iterator<Item = &Concept> {
        self.concepts.values()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_line_says_what_it_should() {
        const GROUPS: [&str; 8] =
            ["kind", "grade", "does", "institution", "language", "mode", "time", "region"];
        for line in DATA.lines().filter(|line| !line.starts_with('#')) {
            let cells: Vec<&str> = line.split('\t').collect();
            assert!((3..=4).contains(&cells.len()), "{line}");
            for id in cells[0].split('+').filter(|id| *id != "stop") {
                let (group, name) = id.split_once(':').unwrap();
                assert!(GROUPS.contains(&group) && !name.is_empty(), "{line}");
                assert!(LEXICON.concept(id).is_some(), "{id} stands nowhere alone");
            }
            assert!(!cells[1].is_empty(), "{line}");
        }
        let parents = LEXICON.concepts().filter_map(|concept| concept.parent);
        assert!(parents.into_iter().all(|parent| LEXICON.concept(&format!("region:{parent}")).is_some()));
    }

    #[test]
    fn a_word_may_mean_several_things() {
        let meanings = |word| LEXICON.form(word).map(|form| form.meanings.len());
        assert_eq!(meanings("중구"), Some(3));
        assert_eq!(meanings("세무사"), Some(1));
        assert_eq!(
            LEXICON.form("정보처리기사").unwrap().meanings,
            [["kind:information-processing", "grade:engineer"]]
        );
        assert_eq!(LEXICON.form("찾아요").unwrap().meanings, Vec::<Vec<&str>>::new());
    }
}
