//! What somebody may be about to type: names out of the lexicon alone, so that a suggestion says nothing about who is listed.

use super::flat::Flat;
use super::lexicon::{Form, LEXICON};
use super::{hangul, normalise};

/// Most suggestions.
pub const MAX_SUGGESTIONS: usize = 8;
/// Longest beginning that is looked at, in characters.
const MAX_TYPED: usize = 32;
/// Groups of the lexicon that are suggested, in this order.
const GROUPS: [&str; 4] = ["kind:", "does:", "institution:", "region:"];

/// A suggestion.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Suggestion {
    /// What would be typed.
    pub text: String,
    /// Its concepts, by id.
    pub concepts: Vec<&'static str>,
}

/// At most [`MAX_SUGGESTIONS`] ways to go on after `typed`: by letters (셈 goes on to 세무사), by first consonants alone, and in English.
pub fn suggest(typed: &str) -> Vec<Suggestion> {
    let row: Vec<char> = Flat::of(&normalise(typed)).chars.into_iter().take(MAX_TYPED).collect();
    if row.is_empty() {
        return Vec::new();
    }
    let typed: String = row.iter().collect();
    let (letters, consonants) = (hangul::letters(&typed), row.iter().all(|c| hangul::is_lone_consonant(*c)));
    let goes_on = |form: &&Form| {
        if consonants { form.choseong.starts_with(&typed) } else { form.letters.starts_with(&letters) }
    };
    let mut found: Vec<(usize, usize, Suggestion)> = Vec::new();
    for form in LEXICON.forms().iter().filter(goes_on) {
        let Some(concepts) = form.meanings.first() else { continue };
        let group = |id: &&'static str| GROUPS.iter().position(|group| id.starts_with(group));
        let Some(group) = concepts.first().and_then(group) else { continue };
        let suggestion = Suggestion { text: form.key.clone(), concepts: concepts.clone() };
        found.push((group, form.chars.len(), suggestion));
    }
    found.sort();
    let mut suggestions: Vec<Suggestion> = Vec::new();
    for (.., suggestion) in found {
        let said = suggestions.iter().any(|one| one.concepts == suggestion.concepts);
        if !said && suggestions.len() < MAX_SUGGESTIONS {
            suggestions.push(suggestion);
        }
    }
    suggestions
}

#[cfg(test)]
mod tests {
    use super::*;

    fn texts(typed: &str) -> Vec<String> {
        suggest(typed).into_iter().map(|one| one.text).collect()
    }

    #[test]
    fn words_go_on_by_letters_consonants_and_in_english() {
        for typed in ["세", "셈", "세무ㅅ", "ㅅㅁ"] {
            assert!(suggest(typed).iter().any(|one| one.concepts == ["kind:tax-accountant"]), "{typed}");
        }
        assert!(texts("som").contains(&"sommelier".to_owned()));
        assert!(texts("전기기").contains(&"전기기사".to_owned()));
    }

    #[test]
    fn suggestions_are_few_and_of_the_lexicon() {
        assert!(suggest("").is_empty() && suggest("!?").is_empty() && suggest("김민준").is_empty());
        assert!(suggest("ㅅ").len() <= MAX_SUGGESTIONS);
        assert!(suggest(&"세".repeat(10_000)).is_empty());
    }
}
