//! Korean that was typed while the keyboard was set to English (두벌식, KS X 5002): `tpantk` is 세무사.

use super::hangul::{FINAL, LEADING, VOWEL, syllable};

/// What each key writes.
const KEYS: &[(char, char)] = &[
    ('q', 'ㅂ'),
    ('w', 'ㅈ'),
    ('e', 'ㄷ'),
    ('r', 'ㄱ'),
    ('t', 'ㅅ'),
    ('y', 'ㅛ'),
    ('u', 'ㅕ'),
    ('i', 'ㅑ'),
    ('o', 'ㅐ'),
    ('p', 'ㅔ'),
    ('a', 'ㅁ'),
    ('s', 'ㄴ'),
    ('d', 'ㅇ'),
    ('f', 'ㄹ'),
    ('g', 'ㅎ'),
    ('h', 'ㅗ'),
    ('j', 'ㅓ'),
    ('k', 'ㅏ'),
    ('l', 'ㅣ'),
    ('z', 'ㅋ'),
    ('x', 'ㅌ'),
    ('c', 'ㅊ'),
    ('v', 'ㅍ'),
    ('b', 'ㅠ'),
    ('n', 'ㅜ'),
    ('m', 'ㅡ'),
];
/// Letters that two keys write.
const PAIRS: &[(char, char, char)] = &[
    ('ㅗ', 'ㅏ', 'ㅘ'),
    ('ㅗ', 'ㅐ', 'ㅙ'),
    ('ㅗ', 'ㅣ', 'ㅚ'),
    ('ㅜ', 'ㅓ', 'ㅝ'),
    ('ㅜ', 'ㅔ', 'ㅞ'),
    ('ㅜ', 'ㅣ', 'ㅟ'),
    ('ㅡ', 'ㅣ', 'ㅢ'),
    ('ㄱ', 'ㅅ', 'ㄳ'),
    ('ㄴ', 'ㅈ', 'ㄵ'),
    ('ㄴ', 'ㅎ', 'ㄶ'),
    ('ㄹ', 'ㄱ', 'ㄺ'),
    ('ㄹ', 'ㅁ', 'ㄻ'),
    ('ㄹ', 'ㅂ', 'ㄼ'),
    ('ㅂ', 'ㅅ', 'ㅄ'),
];

/// The Korean that those keys write, where it is whole syllables and nothing else.
pub(super) fn korean(keys: &str) -> Option<String> {
    let letter = |key: char| KEYS.iter().find(|(one, _)| *one == key).map(|(_, letter)| *letter);
    let letters = keys.chars().map(letter).collect::<Option<Vec<char>>>()?;
    let mut rest = letters.as_slice();
    let mut word = String::new();
    while !rest.is_empty() {
        let (first, after) = rest.split_first().filter(|(first, _)| LEADING.contains(first))?;
        let (vowel, after) = one_or_two(after, &VOWEL)?;
        let (last, after) = ending(after);
        word.push(syllable(*first, vowel, last)?);
        rest = after;
    }
    Some(word)
}

/// The letter by keys: ㅡ and ㅣ of ㅢ.
pub(super) fn keys(letter: char) -> impl Iterator<Item = char> {
    let pair = PAIRS.iter().find(|(.., pair)| *pair == letter);
    let (one, two) = pair.map_or((letter, None), |(one, two, _)| (*one, Some(*two)));
    [one].into_iter().chain(two)
}

/// A letter of `table` at the beginning, of two keys if these make one.
fn one_or_two<'l>(letters: &'l [char], table: &[char]) -> Option<(char, &'l [char])> {
    let (one, after) = letters.split_first().filter(|(one, _)| table.contains(one))?;
    let pair = after.split_first().and_then(|(two, after)| {
        let pair = PAIRS.iter().find(|(a, b, _)| (a, b) == (one, two)).map(|(.., pair)| *pair);
        pair.filter(|pair| table.contains(pair)).map(|pair| (pair, after))
    });
    Some(pair.unwrap_or((*one, after)))
}

/// What ends the syllable: consonants, but for one that begins the next syllable.
fn ending(letters: &[char]) -> (Option<char>, &[char]) {
    let begins = |rest: &[char]| rest.first().is_some_and(|next| VOWEL.contains(next));
    for take in [2, 1] {
        let Some((taken, rest)) = letters.split_at_checked(take) else { continue };
        let last = match taken {
            [one] => FINAL.contains(one).then_some(*one),
            _ => one_or_two(taken, &FINAL).filter(|(_, rest)| rest.is_empty()).map(|(pair, _)| pair),
        };
        if last.is_some() && !begins(rest) {
            return (last, rest);
        }
    }
    (None, letters)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn korean_on_english_keys() {
        for (keys, word) in [
            ("tpantk", "세무사"),
            ("qusghtk", "변호사"),
            ("akvh", "마포"),
            ("rkqt", "값"),
            ("rkqtdl", "값이"),
            ("dnlwjs", "위전"),
            ("rhkdls", "과인"),
        ] {
            assert_eq!(korean(keys).as_deref(), Some(word), "{keys}");
        }
        for keys in ["lawyer", "kkk", "tax1"] {
            assert_eq!(korean(keys), None, "{keys}");
        }
    }
}
