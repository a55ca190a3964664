//! Hangul by its letters: syllables taken apart, first consonants, and particles at the end of a word (Unicode §3.12).

const FIRST: u32 = 0xAC00;
const LAST: u32 = 0xD7A3;
const VOWELS: u32 = 21;
const FINALS: u32 = 28;

/// First consonants as people type them alone (ㄱ to ㅎ), in the order of Unicode's leading consonants.
pub(super) const LEADING: [char; 19] = [
    'ㄱ', 'ㄲ', 'ㄴ', 'ㄷ', 'ㄸ', 'ㄹ', 'ㅁ', 'ㅂ', 'ㅃ', 'ㅅ', 'ㅆ', 'ㅇ', 'ㅈ', 'ㅉ', 'ㅊ', 'ㅋ', 'ㅌ',
    'ㅍ', 'ㅎ',
];
/// Vowels, in the order of Unicode.
pub(super) const VOWEL: [char; 21] = [
    'ㅏ', 'ㅐ', 'ㅑ', 'ㅒ', 'ㅓ', 'ㅔ', 'ㅕ', 'ㅖ', 'ㅗ', 'ㅘ', 'ㅙ', 'ㅚ', 'ㅛ', 'ㅜ', 'ㅝ', 'ㅞ', 'ㅟ',
    'ㅠ', 'ㅡ', 'ㅢ', 'ㅣ',
];
/// Final consonants, in the order of Unicode, without the empty one.
pub(super) const FINAL: [char; 27] = [
    'ㄱ', 'ㄲ', 'ㄳ', 'ㄴ', 'ㄵ', 'ㄶ', 'ㄷ', 'ㄹ', 'ㄺ', 'ㄻ', 'ㄼ', 'ㄽ', 'ㄾ', 'ㄿ', 'ㅀ', 'ㅁ', 'ㅂ',
    'ㅄ', 'ㅅ', 'ㅆ', 'ㅇ', 'ㅈ', 'ㅊ', 'ㅋ', 'ㅌ', 'ㅍ', 'ㅎ',
];

/// Particles and endings of words, longest first among those that end alike.
const PARTICLES: &[&str] = &[
    "에서부터",
    "으로부터",
    "에게서",
    "입니다",
    "이에요",
    "한테서",
    "에서는",
    "에서도",
    "이라는",
    "하려고",
    "하려는데",
    "해주는",
    "에게",
    "에서",
    "으로",
    "부터",
    "까지",
    "처럼",
    "보다",
    "이나",
    "이랑",
    "하고",
    "한테",
    "께서",
    "라도",
    "이라",
    "예요",
    "에는",
    "에도",
    "이고",
    "하는",
    "해서",
    "할",
    "은",
    "는",
    "이",
    "가",
    "을",
    "를",
    "에",
    "의",
    "로",
    "와",
    "과",
    "도",
    "만",
    "나",
    "랑",
    "님",
    "구",
    "요",
    "한",
];

/// Whether it is a whole syllable.
pub(super) fn is_syllable(c: char) -> bool {
    (FIRST..=LAST).contains(&u32::from(c))
}

/// The first consonant of a syllable, or of what NFKC made of a lone one.
pub(super) fn leading(c: char) -> Option<char> {
    let code = u32::from(c);
    let at = match code {
        FIRST..=LAST => (code - FIRST) / (VOWELS * FINALS),
        0x1100..=0x1112 => code - 0x1100,
        _ => return LEADING.contains(&c).then_some(c),
    };
    LEADING.get(at as usize).copied()
}

/// Whether it is a consonant that stands alone.
pub(super) fn is_lone_consonant(c: char) -> bool {
    !is_syllable(c) && leading(c).is_some()
}

/// A letter that stands alone, as people type it: what NFKC made of it is turned back.
fn alone(c: char) -> char {
    let code = u32::from(c);
    let of = |table: &[char], first: u32| table.get((code - first) as usize).copied();
    let letter = match code {
        0x1161..=0x1175 => of(&VOWEL, 0x1161),
        0x11A8..=0x11C2 => of(&FINAL, 0x11A8),
        _ => leading(c),
    };
    letter.unwrap_or(c)
}

/// Whether it is a letter that stands alone.
pub(super) fn is_alone(c: char) -> bool {
    let letter = alone(c);
    LEADING.contains(&letter) || VOWEL.contains(&letter) || FINAL.contains(&letter)
}

/// The first consonants: ㅅㅁㅅ of 세무사. Whatever is not Hangul stays.
pub(super) fn choseong(word: &str) -> String {
    word.chars().map(|c| leading(c).unwrap_or(c)).collect()
}

/// The letters in the order they are typed: ㅅㅔㅁㅜㅅㅏ of 세무사. Whatever is not Hangul stays.
pub(super) fn letters(word: &str) -> Vec<char> {
    let mut letters = Vec::with_capacity(word.len());
    for c in word.chars() {
        let code = u32::from(c);
        if !is_syllable(c) {
            letters.push(alone(c));
            continue;
        }
        let of = |table: &[char], at: u32| table.get(at as usize).copied();
        let (vowel, last) = ((code - FIRST) / FINALS % VOWELS, (code - FIRST) % FINALS);
        letters.extend(leading(c));
        letters.extend(of(&VOWEL, vowel));
        letters.extend(last.checked_sub(1).and_then(|last| of(&FINAL, last)));
    }
    letters
}

/// The syllable of three letters, the last of which may be missing.
pub(super) fn syllable(first: char, vowel: char, last: Option<char>) -> Option<char> {
    let place =
        |table: &[char], letter: char| table.iter().position(|one| *one == letter).map(|at| at as u32);
    let last = match last {
        Some(last) => place(&FINAL, last)? + 1,
        None => 0,
    };
    char::from_u32(FIRST + (place(&LEADING, first)? * VOWELS + place(&VOWEL, vowel)?) * FINALS + last)
}

/// Whether the end of a word says nothing of its own.
pub(super) fn is_particle(end: &str) -> bool {
    PARTICLES.contains(&end)
}

/// The word without its particle, as long as two syllables stay.
pub(super) fn stem(word: &str) -> &str {
    let cut = PARTICLES.iter().filter_map(|particle| word.strip_suffix(particle));
    cut.filter(|stem| stem.chars().nth(1).is_some()).min_by_key(|stem| stem.len()).unwrap_or(word)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn syllables_come_apart_and_together() {
        assert_eq!(letters("값사"), ['ㄱ', 'ㅏ', 'ㅄ', 'ㅅ', 'ㅏ']);
        assert_eq!(syllable('ㄱ', 'ㅏ', Some('ㅄ')), Some('값'));
        assert_eq!(syllable('ㅅ', 'ㅔ', None), Some('세'));
        assert_eq!(syllable('ㅏ', 'ㅔ', None), None);
        for c in '가'..='힣' {
            let letters = letters(&c.to_string());
            assert_eq!(syllable(letters[0], letters[1], letters.get(2).copied()), Some(c));
        }
    }

    #[test]
    fn first_consonants_however_they_are_written() {
        assert_eq!(choseong("세무사"), "ㅅㅁㅅ");
        assert_eq!(choseong("ㅅㅁㅅ"), "ㅅㅁㅅ");
        assert_eq!(choseong("\u{1109}\u{1106}\u{1109}"), "ㅅㅁㅅ");
        assert!(is_lone_consonant('ㅅ') && !is_lone_consonant('세') && !is_lone_consonant('ㅏ'));
    }

    #[test]
    fn particles_go_and_words_stay() {
        for (word, expected) in [
            ("마포에서", "마포"),
            ("세무사를", "세무사"),
            ("종로", "종로"),
            ("상속세에", "상속세"),
            ("강의", "강의"),
        ] {
            assert_eq!(stem(word), expected);
        }
    }
}
