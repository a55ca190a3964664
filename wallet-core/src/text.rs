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

/// A stranger's text made fit for a terminal: control characters (escape sequences) and characters that turn the
/// direction of writing become `\u{FFFD}`, and more than 200 characters are cut off.
pub fn printable(text: &str) -> Cow<'_, str> {
    const LONGEST: usize = 200;
    let tame = |c: char| {
        !c.is_control()
            && !matches!(c, '\u{200E}' | '\u{200F}' | '\u{202A}'..='\u{202E}' | '\u{2066}'..='\u{2069}')
    };
    if text.chars().all(tame) && text.len() <= LONGEST {
        return Cow::Borrowed(text);
    }
    Cow::Owned(
        text.chars().take(LONGEST).map(|c| if tame(c) { c } else { char::REPLACEMENT_CHARACTER }).collect(),
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
}
