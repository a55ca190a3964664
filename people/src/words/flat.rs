//! A text as one row of letters: what separates words is dropped, but for one space between two words of the Latin script, so that
//! 데이터분석 and 데이터 분석 are the same.

use super::{hangul, latin};

/// In which script a word is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Script {
    /// Hangul syllables, perhaps with digits.
    Hangul,
    /// Consonants alone: ㅅㅁㅅ.
    Consonants,
    /// Latin letters, digits, and all other scripts.
    Latin,
}

/// A word: English ones by their stem.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Word {
    pub(super) text: String,
    /// As it was typed.
    pub(super) raw: String,
    pub(super) script: Script,
    /// Where it stands in [`Flat::chars`].
    pub(super) from: usize,
    pub(super) to: usize,
}

/// The row.
#[derive(Debug, Default)]
pub(super) struct Flat {
    pub(super) chars: Vec<char>,
    pub(super) words: Vec<Word>,
}

impl Flat {
    /// Of a text that was normalised.
    pub(super) fn of(text: &str) -> Self {
        Self::of_words(split(text))
    }

    /// Of these words, put together again.
    fn of_words(words: Vec<(String, Script)>) -> Self {
        let mut flat = Self::default();
        for (raw, script) in words {
            let text = if script == Script::Latin { latin::stem(&raw) } else { raw.clone() };
            let latin = |word: &Word| word.script == Script::Latin;
            if script == Script::Latin && flat.words.last().is_some_and(latin) {
                flat.chars.push(' ');
            }
            let from = flat.chars.len();
            flat.chars.extend(text.chars());
            flat.words.push(Word { text, raw, script, from, to: flat.chars.len() });
        }
        flat
    }
}

fn script(c: char) -> Option<Script> {
    match c {
        _ if hangul::is_syllable(c) => Some(Script::Hangul),
        _ if hangul::is_lone_consonant(c) => Some(Script::Consonants),
        _ if c.is_alphanumeric() => Some(Script::Latin),
        _ => None,
    }
}

/// The words of a text. Digits go with what they touch.
fn split(text: &str) -> Vec<(String, Script)> {
    let mut words: Vec<(String, Script)> = Vec::new();
    let mut open = false;
    for c in text.chars() {
        let Some(script) = script(c) else {
            open = false;
            continue;
        };
        let c = if script == Script::Consonants { hangul::leading(c).unwrap_or(c) } else { c };
        match words.last_mut().filter(|_| open) {
            Some((word, of)) if *of == script || c.is_ascii_digit() => word.push(c),
            Some((word, of)) if word.bytes().all(|byte| byte.is_ascii_digit()) => {
                word.push(c);
                *of = script;
            }
            _ => words.push((c.to_string(), script)),
        }
        open = true;
    }
    words
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn scripts_are_told_apart_and_digits_go_along() {
        let words = |text| split(text).into_iter().map(|(word, _)| word).collect::<Vec<_>>();
        assert_eq!(words("latte아트, 1종 대형 2급"), ["latte", "아트", "1종", "대형", "2급"]);
        assert_eq!(words("세무사 ㅁㅍ"), ["세무사", "ㅁㅍ"]);
        let row = |text| Flat::of(text).chars.into_iter().collect::<String>();
        assert_eq!(row("tax accountants 세무 사"), "tax accountant세무사");
    }
}
