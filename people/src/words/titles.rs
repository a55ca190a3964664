//! Whether a text claims a title that its writer does not have.
//!
//! A text is looked at without what people put between letters to hide a word (spaces, full stops, lone letters): 세 무 사 is 세무사. Not found:
//! titles in pictures, misspelt on purpose beyond that, or in other languages.

use std::collections::BTreeSet;

use jigap_wallet_core::verdict::{Check, Reason, Refusal};

use super::flat::Flat;
use super::{hangul, latin, layout, normalise};

/// SE-05: a text claims no title that nobody verified.
pub const TITLE: Check = Check::new(
    "SE-05",
    "a listing's words claim no protected title that none of its verified facts backs",
    "게시글의 말은 확인된 사실이 뒷받침하지 않는 보호된 직함을 내세우지 않습니다",
    "docs/decisions/0020-search-of-people.md",
);
const CLAIMED: Reason = Reason::new(
    "title-unverified",
    "the words use a protected title; show the credential that proves it, or leave it out",
    "보호된 직함이 쓰였습니다. 이를 증명하는 증명서를 제시하거나 그 말을 빼 주세요",
);

/// The list that this program was built with.
const DATA: &str = include_str!("titles.tsv");

/// A protected title.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Title {
    /// The kind of fact that backs it.
    kind: String,
    korean: Vec<Korean>,
    english: Vec<Vec<String>>,
}

/// A Korean title, by its letters.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Korean {
    letters: Vec<char>,
    /// Of two syllables: at the beginning of a word alone.
    is_short: bool,
    /// What begins with it and says no title.
    excepted: Vec<Vec<char>>,
}

/// The titles that a directory protects.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Titles(Vec<Title>);

/// A title in a text.
struct Claim<'t> {
    title: &'t Title,
    from: usize,
    to: usize,
}

impl Default for Titles {
    /// The list that comes with the program, written from knowledge of Korean law and no substitute for it.
    fn default() -> Self {
        Self::read(DATA)
    }
}

impl Titles {
    /// Reads a list: a line for each kind, `kind`, Korean titles and English ones between tabs, `|` between alternatives, and behind a
    /// Korean title `!` and words that begin with it and say no title. Lines that begin with `#` are left out.
    pub fn read(list: &str) -> Self {
        let lines = list.lines().filter(|line| !line.starts_with('#') && !line.trim().is_empty());
        Self(lines.map(title).collect())
    }

    /// Refuses words that claim a title whose kind is not among `verified`, by SE-05. What stands within a longer title that is backed is
    /// a part of that one: an attorney in a patent attorney.
    pub(crate) fn check(
        &self,
        texts: &[&str],
        verified: impl Fn(&str) -> bool,
    ) -> Result<BTreeSet<String>, Refusal> {
        let mut kinds = BTreeSet::new();
        for text in texts.iter().map(|text| normalise(text)) {
            let rows = [Row::of(&text, true), Row::of(&text, false)];
            let korean = rows.iter().map(|row| self.korean(row));
            for claims in korean.chain([self.english(&text)]) {
                let (backed, others): (Vec<_>, Vec<_>) =
                    claims.into_iter().partition(|claim| verified(&claim.title.kind));
                if others.iter().any(|claim| !backed.iter().any(|longer| longer.holds(claim))) {
                    return Err(TITLE.refuse(CLAIMED));
                }
                kinds.extend(backed.into_iter().map(|claim| claim.title.kind.clone()));
            }
        }
        Ok(kinds)
    }

    fn korean(&self, row: &Row) -> Vec<Claim<'_>> {
        let every = self.0.iter().flat_map(|title| title.korean.iter().map(move |korean| (title, korean)));
        let claims = every.flat_map(|(title, korean)| {
            let places = row.places(korean).into_iter();
            places.map(move |from| Claim { title, from, to: from + korean.letters.len() })
        });
        claims.collect()
    }

    fn english(&self, text: &str) -> Vec<Claim<'_>> {
        let words: Vec<String> = Flat::of(text).words.into_iter().map(|word| word.text).collect();
        let every = self.0.iter().flat_map(|title| title.english.iter().map(move |english| (title, english)));
        let claims = every.flat_map(|(title, english)| {
            let windows = words.windows(english.len().max(1)).enumerate();
            let places = windows.filter(move |(_, window)| window == english);
            places.map(move |(from, _)| Claim { title, from, to: from + english.len() })
        });
        claims.collect()
    }
}

impl Claim<'_> {
    fn holds(&self, other: &Self) -> bool {
        self.from <= other.from && other.to <= self.to
    }
}

fn title(line: &str) -> Title {
    let mut cells = line.split('\t');
    let mut next = || cells.next().unwrap_or_default();
    let (kind, korean, english) = (next().to_owned(), next(), next());
    let korean = korean.split('|').filter(|it| !it.is_empty()).map(|it| {
        let (title, excepted) = it.split_once('!').unwrap_or((it, ""));
        let excepted = excepted.split(',').filter(|it| !it.is_empty());
        Korean {
            letters: letters(title),
            is_short: title.chars().count() <= 2,
            excepted: excepted.map(letters).collect(),
        }
    });
    let english = english.split('|').filter(|it| !it.is_empty());
    let stems = |it: &str| it.split(' ').map(|word| latin::stem(&word.to_lowercase())).collect();
    Title { kind, korean: korean.collect(), english: english.map(stems).collect() }
}

/// As they are typed, so that 의 and ㅇㅡㅣ are the same.
fn letters(text: &str) -> Vec<char> {
    hangul::letters(text).into_iter().flat_map(layout::keys).collect()
}

/// What begins with a letter.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Begins {
    Nothing,
    Syllable,
    Word,
}

/// The Hangul of a text by its letters, without what stands between them.
struct Row {
    letters: Vec<char>,
    begins: Vec<Begins>,
}

impl Row {
    /// With the letters that stand alone, which may be a title's, or without them, which may be there to hide one.
    fn of(text: &str, alone: bool) -> Self {
        let mut row = Self { letters: Vec::new(), begins: Vec::new() };
        let mut next = Begins::Word;
        for c in text.chars() {
            if !(hangul::is_syllable(c) || alone && hangul::is_alone(c)) {
                next = Begins::Word;
                continue;
            }
            let letters = letters(c.encode_utf8(&mut [0; 4]));
            let inside = letters.iter().skip(1).map(|_| Begins::Nothing);
            row.begins.extend([next].into_iter().chain(inside));
            row.letters.extend(letters);
            next = Begins::Syllable;
        }
        row
    }

    /// Where a title stands that nothing excuses.
    fn places(&self, title: &Korean) -> Vec<usize> {
        let stands = |at: &usize| {
            let to = at + title.letters.len();
            self.holds(*at, &title.letters)
                && (!title.is_short || self.is_short_title(*at, to))
                && !title.excepted.iter().any(|word| self.is_excepted(*at, to, word))
        };
        (0..self.letters.len()).filter(stands).collect()
    }

    /// Whether these whole syllables begin at `at`.
    fn holds(&self, at: usize, letters: &[char]) -> bool {
        let to = at + letters.len();
        self.letters.get(at..to) == Some(letters)
            && self.begins(at)
            && (to == self.letters.len() || self.begins(to))
    }

    fn begins(&self, at: usize) -> bool {
        self.begins.get(at).is_some_and(|begins| *begins != Begins::Nothing)
    }

    /// Whether a word begins behind `from` and before `to`.
    fn is_broken(&self, from: usize, to: usize) -> bool {
        self.begins.get(from + 1..to).is_some_and(|inside| inside.contains(&Begins::Word))
    }

    /// Two syllables are a title where they begin a word, or are two words and nothing more.
    fn is_short_title(&self, from: usize, to: usize) -> bool {
        let word = |at: usize| self.begins.get(at).is_none_or(|begins| *begins == Begins::Word);
        word(from) && (!self.is_broken(from, to) || word(to))
    }

    /// Whether it is the beginning of another word: from its last syllable on, all in one.
    fn is_excepted(&self, from: usize, to: usize, word: &[char]) -> bool {
        let last = (from..to).rev().find(|at| self.begins(*at)).unwrap_or(from);
        self.holds(from, word) && !self.is_broken(last, from + word.len())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(text: &str, kinds: &[&str]) -> Result<(), Refusal> {
        Titles::default().check(&["", text], |kind| kinds.contains(&kind)).map(|_| ())
    }

    #[test]
    fn se_05_a_title_that_nobody_verified_is_refused() {
        for text in [
            "마포 세무사입니다",
            "20년 경력의 세 무 사",
            "세.무.사",
            "ㅅㅔㅁㅜㅅㅏ",
            "ㅂㅕㄴㅎㅗㅅㅏ",
            "ㅂ ㅕ ㄴ ㅎ ㅗ ㅅ ㅏ",
            "벼ㄴ호사",
            "ㅇㅡㅣㅅㅏ",
            "ㄱㅗㅏㄴㅅㅔㅅㅏ",
            "세ㅋ무ㅋ사",
            "의 사",
            "전직변호사",
            "Ｌａｗｙｅｒ",
            "I am a tax accountant",
            "certified public accountants",
            "의사입니다",
            "patent attorney",
        ] {
            let refused = check(text, &["sommelier"]).expect_err(text);
            assert_eq!((refused.check, refused.reason.code), (TITLE, "title-unverified"), "{text}");
        }
        assert_eq!(check("세무사이자 변호사", &["lawyer"]).unwrap_err().check, TITLE);
    }

    #[test]
    fn what_is_backed_or_says_no_title_is_taken() {
        assert_eq!(check("마포 세무사, tax accountant", &["tax-accountant"]), Ok(()));
        assert_eq!(check("patent attorney", &["patent-attorney"]), Ok(()));
        assert_eq!(check("공인회계사", &["accountant"]), Ok(()));
        for text in [
            "의사소통이 좋은 강사",
            "세무 사무소에서 일했습니다",
            "계약사항",
            "예약사이트",
            "소믈리에",
            "세무 상담",
            "약 사용법",
            "그 의 사랑",
        ] {
            assert_eq!(check(text, &[]), Ok(()), "{text}");
        }
    }

    #[test]
    fn se_05_words_that_hold_a_title_excuse_it_within_one_word_only() {
        for text in ["변호사 무료 상담", "변호사무료상담", "변호 사 무료", "세무사 무소속", "세무 사 무소"]
        {
            assert_eq!(check(text, &[]).map_err(|refusal| refusal.check), Err(TITLE), "{text}");
        }
        for text in [
            "세무사무소 10년",
            "회계 사무소",
            "건축사무실에서",
            "의사결정 워크숍",
            "감정평가사무소",
            "약사법 강의",
        ] {
            assert!(check(text, &[]).is_ok(), "{text}");
        }
    }

    #[test]
    fn se_05_a_kind_backs_its_own_titles_and_no_part_of_them() {
        for (text, kind) in [
            ("의사", "veterinarian"),
            ("의사", "dentist"),
            ("의사", "korean-medicine-doctor"),
            ("한의사", "doctor"),
            ("수의사", "doctor"),
            ("변호사", "labor-attorney"),
            ("변호사", "patent-attorney"),
            ("attorney", "labor-attorney"),
            ("patent attorney and attorney", "patent-attorney"),
            ("patent attorney", "lawyer"),
        ] {
            assert_eq!(check(text, &[kind]).map_err(|refusal| refusal.check), Err(TITLE), "{text}: {kind}");
        }
        for (text, kind) in [
            ("치과 의사", "dentist"),
            ("patent attorney", "patent-attorney"),
            ("공인노무사", "labor-attorney"),
            ("labor attorney", "labor-attorney"),
        ] {
            assert!(check(text, &[kind]).is_ok(), "{text}: {kind}");
        }
    }

    #[test]
    fn a_directory_may_protect_other_titles() {
        let own = Titles::read("# ours\nsommelier\t소믈리에\tsommelier\n");
        assert!(own.check(&["소믈리에"], |_| false).is_err());
        assert!(own.check(&["세무사"], |_| false).is_ok());
    }
}
