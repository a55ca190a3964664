//! Words, Korean and English, as they are indexed and as they are asked: no dictionary is downloaded, no model is run.
//!
//! A text is normalised (NFKC, lower case, nothing unseen), and becomes *tokens*: each pair of syllables of a Korean word without its
//! particle, the word itself, English words by their stem, and the concepts of the lexicon that stand in it (`@does:divorce`). What is typed
//! into the search is read the same way, and then more kindly ([`reading`]).

mod edits;
mod flat;
mod hangul;
mod latin;
mod layout;
pub(crate) mod lexicon;
pub(crate) mod reading;
pub(crate) mod suggest;
pub(crate) mod titles;

use jigap_wallet_core::text::is_deceptive;
use unicode_normalization::UnicodeNormalization;

use self::flat::{Flat, Script, Word};
use self::lexicon::{Form, LEXICON};

/// What marks a whole word, a whole name, the first consonants of one, and a concept, so that no such token is a word's.
const WHOLE: char = '=';
const NAME: char = '~';
const CONSONANTS: char = '^';
const CONCEPT: char = '@';

/// One form for what looks or means the same: NFKC, lower case, without characters that are not seen.
pub(crate) fn normalise(text: &str) -> String {
    let seen = |c: char| match c {
        _ if c.is_whitespace() => Some(' '),
        _ => (!is_deceptive(c)).then_some(c),
    };
    text.chars().filter_map(seen).nfkc().flat_map(char::to_lowercase).collect()
}

/// What a concept of the lexicon (`kind:tax-accountant`, `region:mapo`) is called, in English and Korean.
pub fn named(id: &str) -> Option<(&'static str, &'static str)> {
    LEXICON.concept(id).map(|concept| (concept.names[1], concept.names[0]))
}

/// The token of a concept.
pub(crate) fn concept_token(id: &str) -> String {
    format!("{CONCEPT}{id}")
}

/// The token of a kind together with its grade.
pub(crate) fn graded_token(kind: &str, grade: &str) -> String {
    format!("{CONCEPT}{kind}/{grade}")
}

/// Tokens of somebody's own words, with the concepts of what they say they do: no title comes of a text.
pub(crate) fn of_text(text: &str) -> Vec<String> {
    with_concepts(text, "does:")
}

/// Tokens of the name of an institution, with the institutions of the lexicon in it: a college of nursing is no nurse.
pub(crate) fn of_institution(name: &str) -> Vec<String> {
    with_concepts(name, "institution:")
}

fn with_concepts(text: &str, group: &str) -> Vec<String> {
    let flat = Flat::of(&normalise(text));
    let mut tokens: Vec<String> = flat.words.iter().flat_map(of_word).collect();
    for (_, _, form) in found(&flat) {
        let ids = form.meanings.iter().flatten().filter(|id| id.starts_with(group));
        tokens.extend(ids.map(|id| concept_token(id)));
    }
    tokens
}

/// Tokens of the name that a person chose: the whole of it, its words, and its first consonants.
pub(crate) fn of_persona(name: &str) -> Vec<String> {
    let flat = Flat::of(&normalise(name));
    let mut tokens: Vec<String> = flat.words.iter().flat_map(of_word).collect();
    let whole: String = flat.words.iter().map(|word| word.raw.as_str()).collect();
    if whole.chars().any(hangul::is_syllable) {
        tokens.push(consonants_token(&hangul::choseong(&whole)));
    }
    tokens.push(name_token(&whole));
    tokens
}

/// The token of a whole name; a word in a longer name has none.
pub(crate) fn name_token(name: &str) -> String {
    format!("{NAME}{name}")
}

pub(crate) fn consonants_token(consonants: &str) -> String {
    format!("{CONSONANTS}{consonants}")
}

/// Pairs of syllables; a single one alone.
pub(crate) fn bigrams(word: &str) -> Vec<String> {
    let chars: Vec<char> = word.chars().collect();
    match chars.as_slice() {
        [_] => vec![word.to_owned()],
        chars => chars.windows(2).map(|pair| pair.iter().collect()).collect(),
    }
}

fn of_word(word: &Word) -> Vec<String> {
    match word.script {
        Script::Consonants => Vec::new(),
        Script::Latin => vec![word.text.clone()],
        Script::Hangul => {
            let stem = hangul::stem(&word.text);
            let mut tokens = bigrams(stem);
            if tokens.len() > 1 {
                tokens.push(format!("{WHOLE}{stem}"));
            }
            tokens
        }
    }
}

/// The forms of the lexicon that stand in a text, from the left, the longest first, none over another; from where, to where.
fn found(flat: &Flat) -> Vec<(usize, usize, &'static Form)> {
    let mut found = Vec::new();
    let mut words = flat.words.iter().peekable();
    let mut at = 0;
    while at < flat.chars.len() {
        while words.next_if(|word| word.to <= at).is_some() {}
        let rest = flat.chars.get(at..).unwrap_or_default();
        let form = words.peek().and_then(|word| {
            LEXICON.beginning(rest).find(|form| stands_alone(flat, word, at, at + form.chars.len()))
        });
        match form {
            Some(form) => {
                found.push((at, at + form.chars.len(), form));
                at += form.chars.len();
            }
            None => at += 1,
        }
    }
    found
}

/// Whether a form may stand from `at`, which is in `word`, to `to`: English whole words only; Korean within a word where it is long
/// enough not to be there by chance; a single syllable only with a particle behind it.
fn stands_alone(flat: &Flat, word: &Word, at: usize, to: usize) -> bool {
    let Some(last) = flat.words.iter().find(|word| word.from < to && to <= word.to) else { return false };
    let begins = at == word.from;
    let rest = || flat.chars.get(to..last.to).unwrap_or_default().iter().collect::<String>();
    match (word.script, last.script) {
        (_, Script::Latin) if to != last.to => false,
        (Script::Latin, _) => begins,
        (Script::Consonants, _) | (_, Script::Consonants) => false,
        _ if to - at == 1 => begins && (to == last.to || hangul::is_particle(&rest())),
        _ => begins || to - at >= 3 || (at > 0 && word.to == to),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn concepts(text: &str) -> Vec<String> {
        with_concepts(text, "").into_iter().filter(|token| token.starts_with(CONCEPT)).collect()
    }

    #[test]
    fn what_looks_the_same_is_the_same() {
        assert_eq!(normalise("ＶＡＴ\u{200B} 세무사\n"), "vat 세무사 ");
        assert_eq!(normalise("ㅅㅔㅁㅜㅅㅏ"), "세무사", "letters typed one by one");
        assert_eq!(normalise("\u{1109}\u{1166}"), "세");
    }

    #[test]
    fn a_korean_word_is_pairs_of_its_syllables_without_the_particle() {
        assert_eq!(of_text("바람개비를"), ["바람", "람개", "개비", "=바람개비"]);
        assert_eq!(of_text("Kites"), ["kite"]);
        assert_eq!(of_persona("맑은하늘"), ["맑은", "은하", "하늘", "=맑은하늘", "^ㅁㅇㅎㄴ", "~맑은하늘"]);
    }

    #[test]
    fn concepts_are_found_however_they_are_said() {
        assert_eq!(concepts("데이터 분석"), concepts("데이터분석을"));
        assert_eq!(concepts("데이터 분석"), concepts("Data analytics"));
        assert_eq!(concepts("정보처리기사"), ["@kind:information-processing", "@grade:engineer"]);
        assert_eq!(concepts("고양이와 산다"), ["@does:cat-care"], "not of Goyang");
        assert_eq!(concepts("실수영역"), Vec::<String>::new());
        assert_eq!(concepts("빵점"), Vec::<String>::new());
    }

    #[test]
    fn an_institution_is_an_institution_and_nothing_else() {
        let tokens = of_institution("서울대학교 간호대학 기사 양성 마포");
        let concepts: Vec<&String> = tokens.iter().filter(|token| token.starts_with(CONCEPT)).collect();
        assert_eq!(concepts, ["@institution:snu"]);
    }

    #[test]
    fn no_title_comes_of_a_text() {
        let tokens = of_text("세무사 서울대 강남 이혼");
        let concepts: Vec<&String> = tokens.iter().filter(|token| token.starts_with(CONCEPT)).collect();
        assert_eq!(concepts, ["@does:divorce"]);
    }
}
