//! What somebody asks for, read kindly: concepts, also where they are misspelt by one slip, typed as first consonants (ㅅㅁㅅ) or on the
//! other keyboard (tpantk); and the words that are left, without those that say nothing.

use std::collections::BTreeSet;

use super::edits::one_slip;
use super::flat::{Flat, Script, Word};
use super::lexicon::{Form, LEXICON};
use super::{found, hangul, layout, normalise};

/// Most words of a query that are read.
const MAX_WORDS: usize = 16;
/// Most meanings that first consonants or a misspelling may have.
const MAX_GUESSES: usize = 6;
/// Letters that a word needs before it is taken for a misspelling.
const LETTERS: usize = 4;

/// A part of what is asked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Piece {
    /// Any of these meanings, each of one or more concepts, by id.
    Means {
        /// The concepts.
        meanings: Vec<Vec<&'static str>>,
        /// Whether it was typed so, and not guessed.
        typed: bool,
    },
    /// A Korean word that is in no lexicon, without its particle.
    Korean(String),
    /// A word in another script, by its stem.
    Latin(String),
    /// First consonants that no concept has.
    Consonants(String),
}

/// All of what is asked.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Reading {
    /// Its parts.
    pub(crate) pieces: Vec<Piece>,
    /// The words that no form of the lexicon is: any could be a name.
    pub(crate) names: Vec<String>,
}

impl Reading {
    /// Whether it asks for what people differ in: who they are, what they do, what they are called. Where, when and how is not enough.
    pub(crate) fn names_somebody(&self) -> bool {
        let is_long = |word: &String| word.chars().nth(1).is_some();
        let who = |piece: &Piece| match piece {
            Piece::Means { meanings, .. } => meanings.iter().any(|meaning| says_who(meaning)),
            Piece::Korean(word) | Piece::Latin(word) | Piece::Consonants(word) => is_long(word),
        };
        self.pieces.iter().any(who) || self.names.iter().any(is_long)
    }
}

/// Whether concepts say who somebody is or what they do.
pub(crate) fn says_who(meaning: &[&str]) -> bool {
    let groups = ["kind:", "grade:", "institution:", "does:"];
    meaning.iter().any(|id| groups.iter().any(|group| id.starts_with(group)))
}

/// Reads what was typed.
pub(crate) fn read(typed: &str) -> Reading {
    let mut flat = Flat::of(&normalise(typed));
    flat.words.truncate(MAX_WORDS);
    let mended: Vec<String> = flat.words.iter().map(|word| mended(&flat, word)).collect();
    let flat = Flat::of(&mended.join(" "));
    let found = found(&flat);
    let names = flat.words.iter().filter(|word| !is_known(&flat, word, &found));
    let names = names.map(|word| word.raw.clone()).collect();
    Reading { names, pieces: pieces(&flat, found) }
}

/// Whether all of a word is in forms of the lexicon, but for its particle.
fn is_known(flat: &Flat, word: &Word, found: &[(usize, usize, &'static Form)]) -> bool {
    if word.script == Script::Consonants {
        return !matches!(consonants(&word.text), Some(Piece::Consonants(_)));
    }
    let mut at = word.from;
    while let Some((_, to, _)) = found.iter().find(|(from, to, _)| *from <= at && at < *to) {
        at = *to;
    }
    let rest: String = flat.chars.get(at..word.to).unwrap_or_default().iter().collect();
    at > word.from && (rest.is_empty() || hangul::is_particle(&rest))
}

/// A word of the Latin script that is in no form of the lexicon: what the same keys write in Korean, or the word that is one slip away.
fn mended(flat: &Flat, word: &Word) -> String {
    let same = || word.raw.clone();
    let letters: Vec<char> = word.text.chars().collect();
    let known = LEXICON.vocabulary.binary_search(&letters).is_ok()
        || found(flat).iter().any(|(from, to, _)| *from <= word.from && word.to <= *to);
    if word.script != Script::Latin || known || letters.len() < LETTERS {
        return same();
    }
    if let Some(korean) = layout::korean(&word.raw).filter(|korean| is_covered(korean)) {
        return korean;
    }
    let near = LEXICON.vocabulary.iter().filter(|one| one_slip(one, &letters));
    near.max_by_key(|one| one.first() == letters.first()).map_or_else(same, |one| one.iter().collect())
}

/// What `typed` is understood to ask for: concepts of the lexicon by id, and the words that are left.
pub fn understood(typed: &str) -> Vec<String> {
    let pieces = read(typed).pieces.into_iter();
    let mut ids: Vec<String> = pieces
        .flat_map(|piece| match piece {
            Piece::Means { meanings, .. } => meanings.into_iter().flatten().map(str::to_owned).collect(),
            Piece::Korean(word) | Piece::Latin(word) | Piece::Consonants(word) => vec![word],
        })
        .collect();
    ids.sort();
    ids.dedup();
    ids
}

fn is_covered(word: &str) -> bool {
    let flat = Flat::of(word);
    let found = found(&flat);
    let covered: usize = found.iter().map(|(from, to, _)| to - from).sum();
    covered == flat.chars.len() && found.iter().any(|(.., form)| !form.meanings.is_empty())
}

fn pieces(flat: &Flat, found: Vec<(usize, usize, &'static Form)>) -> Vec<Piece> {
    let mut replaced: BTreeSet<usize> = BTreeSet::new();
    let mut pieces = Vec::new();
    for (number, word) in flat.words.iter().enumerate() {
        match word.script {
            Script::Consonants => pieces.extend(consonants(&word.text)),
            Script::Latin => {
                if !found.iter().any(|(from, to, _)| *from <= word.from && word.to <= *to) {
                    pieces.push(Piece::Latin(word.text.clone()));
                }
            }
            Script::Hangul => {
                let gaps = gaps(flat, word, &found);
                let whole = gaps.iter().map(String::len).sum::<usize>() == word.text.len();
                let misspelt =
                    if gaps.is_empty() { Vec::new() } else { guesses(&word.text, if whole { 2 } else { 3 }) };
                if !misspelt.is_empty() {
                    replaced.insert(number);
                    pieces.extend(guess(&misspelt));
                    continue;
                }
                for gap in gaps.into_iter().filter(|gap| gap.chars().nth(1).is_some()) {
                    let misspelt = guesses(&gap, 2);
                    if misspelt.is_empty() {
                        pieces.push(Piece::Korean(hangul::stem(&gap).to_owned()));
                    } else {
                        pieces.extend(guess(&misspelt));
                    }
                }
            }
        }
    }
    let kept = |from: usize, to: usize| {
        let at = flat.words.iter().position(|word| word.from <= from && to <= word.to);
        at.is_none_or(|at| !replaced.contains(&at))
    };
    let typed = found.into_iter().filter(|(from, to, form)| kept(*from, *to) && !form.meanings.is_empty());
    pieces.extend(typed.map(|(.., form)| Piece::Means { meanings: form.meanings.clone(), typed: true }));
    pieces
}

/// What of a word stands in no form, but for its particle.
fn gaps(flat: &Flat, word: &Word, found: &[(usize, usize, &'static Form)]) -> Vec<String> {
    let mut gaps = Vec::new();
    let mut at = word.from;
    let inside = found.iter().filter(|(from, to, _)| *from < word.to && word.from < *to);
    for (from, to) in inside.map(|(from, to, _)| (*from, *to)).chain([(word.to, word.to)]) {
        let gap: String = flat.chars.get(at..from).unwrap_or_default().iter().collect();
        let says_nothing = at > word.from && (hangul::is_particle(&gap) || gap.chars().nth(1).is_none());
        if !gap.is_empty() && !says_nothing {
            gaps.push(gap);
        }
        at = at.max(to);
    }
    gaps
}

/// The forms of at least so many syllables that are one slip from `word`, or from it without its particle.
fn guesses(word: &str, syllables: usize) -> Vec<&'static Form> {
    let ways = [hangul::letters(word), hangul::letters(hangul::stem(word))];
    let near = |form: &&Form| {
        form.chars.len() >= syllables
            && form.letters.len() >= LETTERS
            && form.chars.first().is_some_and(|c| hangul::is_syllable(*c))
            && ways.iter().any(|letters| letters.len() >= LETTERS && one_slip(letters, &form.letters))
    };
    LEXICON.forms().iter().filter(near).collect()
}

fn guess(forms: &[&'static Form]) -> Option<Piece> {
    let mut meanings: Vec<Vec<&'static str>> = Vec::new();
    for meaning in forms.iter().flat_map(|form| &form.meanings) {
        if !meanings.contains(meaning) && meanings.len() < MAX_GUESSES {
            meanings.push(meaning.clone());
        }
    }
    (!meanings.is_empty()).then_some(Piece::Means { meanings, typed: false })
}

/// The forms with these first consonants; failing that, those that begin with them.
fn consonants(typed: &str) -> Option<Piece> {
    typed.chars().nth(1)?;
    let is = |form: &&Form| !form.meanings.is_empty() && form.chars.iter().all(|c| hangul::is_syllable(*c));
    let exact: Vec<&Form> = LEXICON.forms().iter().filter(is).filter(|form| form.choseong == typed).collect();
    let begun =
        || LEXICON.forms().iter().filter(is).filter(|form| form.choseong.starts_with(typed)).collect();
    let forms = if exact.is_empty() && typed.chars().nth(2).is_some() { begun() } else { exact };
    guess(&forms).or_else(|| Some(Piece::Consonants(typed.to_owned())))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_typed_as_it_should_be() {
        assert_eq!(understood("마포에서 세무사를 찾아요"), ["kind:tax-accountant", "region:mapo"]);
        assert_eq!(understood("Tax accountants in Mapo"), ["kind:tax-accountant", "region:mapo"]);
        assert_eq!(understood("중구"), ["region:busan-jung", "region:daegu-jung", "region:jung"]);
        assert_eq!(understood("바람개비 만들기"), ["만들기", "바람개비"]);
    }

    #[test]
    fn first_consonants_and_the_other_keyboard() {
        assert_eq!(understood("ㅅㅁㅅ"), ["kind:tax-accountant"]);
        assert_eq!(understood("tpantk"), ["kind:tax-accountant"]);
        assert!(
            understood("ㅈㄱㄱㅅ").contains(&"kind:electricity".to_owned()),
            "and others with these consonants"
        );
        assert_eq!(understood("ㅋㅋ"), ["ㅋㅋ"]);
        assert_eq!(understood("ㅋ"), Vec::<String>::new());
    }

    #[test]
    fn one_slip_is_forgiven() {
        for (typed, kind) in
            [("세뮤사", "kind:tax-accountant"), ("벼호사를", "kind:lawyer"), ("lawers", "kind:lawyer")]
        {
            assert_eq!(understood(typed), [kind], "{typed}");
        }
        assert_eq!(understood("전기긱사"), ["grade:engineer", "kind:electricity"]);
        assert_eq!(understood("somelliar"), ["somelliar"], "two slips are not");
    }

    #[test]
    fn a_query_is_read_to_its_bound_only() {
        let long = "바람개비 ".repeat(1_000);
        assert_eq!(read(&long).pieces.len(), MAX_WORDS);
    }
}
