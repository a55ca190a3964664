//! Words a person reads, always in Korean and in English.

use std::borrow::Cow;
use std::fmt;

/// A language Jigap speaks.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Hash)]
pub enum Lang {
    /// Korean, `ko`.
    Ko,
    /// English, `en`.
    #[default]
    En,
}

impl Lang {
    /// The language of a BCP 47 tag or POSIX locale such as `ko-KR`, `ko_KR.UTF-8` or `en`; English where it is neither.
    pub fn from_tag(tag: &str) -> Self {
        if tag.get(..2).is_some_and(|head| head.eq_ignore_ascii_case("ko")) { Self::Ko } else { Self::En }
    }

    /// The BCP 47 tag: `ko` or `en`.
    pub fn tag(self) -> &'static str {
        match self {
            Self::Ko => "ko",
            Self::En => "en",
        }
    }
}

/// One sentence in both languages, fixed when the program is built, so that no personal data can slip into it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Text {
    /// The English sentence.
    pub en: &'static str,
    /// The Korean sentence.
    pub ko: &'static str,
}

impl Text {
    /// Pairs an English and a Korean sentence.
    pub const fn new(en: &'static str, ko: &'static str) -> Self {
        Self { en, ko }
    }

    /// The sentence in `lang`.
    pub const fn get(&self, lang: Lang) -> &'static str {
        match lang {
            Lang::En => self.en,
            Lang::Ko => self.ko,
        }
    }
}

impl fmt::Display for Text {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.en)
    }
}

/// A stranger's text made fit for people's eyes: characters that are not seen but change what is ([`is_deceptive`]) become
/// `\u{FFFD}`, and more than 200 characters are cut off.
pub fn printable(text: &str) -> Cow<'_, str> {
    const LONGEST: usize = 200;
    if text.len() <= LONGEST && !text.contains(is_deceptive) {
        return Cow::Borrowed(text);
    }
    let shown = |c: char| if is_deceptive(c) { char::REPLACEMENT_CHARACTER } else { c };
    Cow::Owned(text.chars().take(LONGEST).map(shown).collect())
}

/// Whether a character could make text look like another: controls (escape sequences), every format character (general
/// category Cf of Unicode: what turns the direction of writing, and what has no width, joiners and tags among them), line
/// and paragraph separators, and letters that are blank by definition.
pub fn is_deceptive(c: char) -> bool {
    const BLANK_LETTERS: [char; 5] = ['\u{34F}', '\u{115F}', '\u{1160}', '\u{3164}', '\u{FFA0}'];
    c.is_control() || matches!(c, '\u{2028}' | '\u{2029}') || is_format(c) || BLANK_LETTERS.contains(&c)
}

/// General category Cf.
fn is_format(c: char) -> bool {
    matches!(
        c,
        '\u{AD}'
            | '\u{600}'..='\u{605}'
            | '\u{61C}'
            | '\u{6DD}'
            | '\u{70F}'
            | '\u{890}'..='\u{891}'
            | '\u{8E2}'
            | '\u{180E}'
            | '\u{200B}'..='\u{200F}'
            | '\u{202A}'..='\u{202E}'
            | '\u{2060}'..='\u{2064}'
            | '\u{2066}'..='\u{206F}'
            | '\u{FEFF}'
            | '\u{FFF9}'..='\u{FFFB}'
            | '\u{110BD}'
            | '\u{110CD}'
            | '\u{13430}'..='\u{1343F}'
            | '\u{1BCA0}'..='\u{1BCA3}'
            | '\u{1D173}'..='\u{1D17A}'
            | '\u{E0001}'
            | '\u{E0020}'..='\u{E007F}'
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_locale_picks_its_language() {
        for (tag, lang) in [
            ("ko", Lang::Ko),
            ("ko_KR.UTF-8", Lang::Ko),
            ("KO-kr", Lang::Ko),
            ("en", Lang::En),
            ("C", Lang::En),
            ("", Lang::En),
            ("한국", Lang::En),
        ] {
            assert_eq!(Lang::from_tag(tag), lang, "{tag}");
        }
    }

    #[test]
    fn a_strangers_text_cannot_drive_the_terminal() {
        assert_eq!(printable("https://한빛.example"), "https://한빛.example");
        assert_eq!(printable("a\u{1b}[2Jb\u{202E}c"), "a\u{FFFD}[2Jb\u{FFFD}c");
        assert_eq!(printable(&"x".repeat(500)).len(), 200);
    }

    #[test]
    fn what_is_not_seen_is_shown() {
        for hidden in [
            '\u{AD}',
            '\u{61C}',
            '\u{180E}',
            '\u{200B}',
            '\u{200C}',
            '\u{200D}',
            '\u{200E}',
            '\u{202E}',
            '\u{2028}',
            '\u{2029}',
            '\u{2060}',
            '\u{2064}',
            '\u{2069}',
            '\u{206F}',
            '\u{3164}',
            '\u{FEFF}',
            '\u{FFF9}',
            '\u{1D173}',
            '\u{E0001}',
            '\u{E0041}',
            '\u{0}',
            '\n',
            '\u{7F}',
            '\u{85}',
        ] {
            assert_eq!(
                printable(&format!("은행{hidden}행")),
                "은행\u{FFFD}행",
                "U+{:04X}",
                u32::from(hidden)
            );
        }
        for plain in ["한빛대학교", "Straße – naïve", "أهلا", "日本語 ✓", "e\u{301}", "\u{1F600}"]
        {
            assert_eq!(printable(plain), plain);
        }
    }
}
