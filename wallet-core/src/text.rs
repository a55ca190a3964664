//! Words a person reads, always in Korean and in English.

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
}
