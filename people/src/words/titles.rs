//! Whether a text claims a title that its writer does not have.
//!
//! A text is looked at without what people put between letters to hide a word (spaces, full stops, lone letters): 세 무 사 is 세무사. Not found:
//! titles in pictures, misspelt on purpose beyond that, or in other languages.

use jigap_wallet_core::verdict::{Check, Reason, Refusal};

use super::flat::Flat;
use super::{hangul, latin, normalise};

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
    korean: Vec<(String, Vec<String>)>,
    english: Vec<Vec<String>>,
}

/// The titles that a directory protects.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Titles(Vec<Title>);

impl Default for Titles {
    /// The list that comes with the program, written from knowledge of Korean law and no substitute for it.
    fn default() -> Self {
        Self::read(DATA)
    }
}

impl Titles {
    /// Reads a list: a line for each kind, `kind`, Korean titles and English ones between tabs, `|` between alternatives, and behind a
    /// Korean title `!` and words that hold it and say no title. Lines that begin with `#` are left out.
    pub fn read(list: &str) -> Self {
        let lines = list.lines().filter(|line| !line.starts_with('#') && !line.trim().is_empty());
        Self(lines.map(title).collect())
    }

    /// Refuses words that claim a title whose kind is not among `verified`, by SE-05.
    pub(crate) fn check<'k>(
        &self,
        texts: &[&str],
        verified: impl Fn(&str) -> bool + 'k,
    ) -> Result<(), Refusal> {
        for text in texts {
            let normalised = normalise(text);
            let claimed =
                |title: &&Title| claims_korean(&normalised, title) || claims_english(&normalised, title);
            if self.0.iter().filter(claimed).any(|title| !self.is_backed(title, &verified)) {
                return Err(TITLE.refuse(CLAIMED));
            }
        }
        Ok(())
    }

    /// By its own kind, or by one whose title holds it: a patent attorney is an attorney.
    fn is_backed(&self, title: &Title, verified: &dyn Fn(&str) -> bool) -> bool {
        let holds = |other: &&Title| {
            let korean =
                other.korean.iter().any(|(it, _)| title.korean.iter().any(|(mine, _)| it.contains(mine)));
            korean || other.english.iter().any(|it| title.english.iter().any(|mine| it.ends_with(mine)))
        };
        self.0.iter().filter(holds).any(|title| verified(&title.kind))
    }
}

fn title(line: &str) -> Title {
    let mut cells = line.split('\t');
    let mut next = || cells.next().unwrap_or_default();
    let (kind, korean, english) = (next().to_owned(), next(), next());
    let korean = korean.split('|').filter(|it| !it.is_empty()).map(|it| {
        let (title, excepted) = it.split_once('!').unwrap_or((it, ""));
        let excepted = excepted.split(',').filter(|it| !it.is_empty());
        (title.to_owned(), excepted.map(str::to_owned).collect())
    });
    let english = english.split('|').filter(|it| !it.is_empty());
    let stems = |it: &str| it.split(' ').map(|word| latin::stem(&word.to_lowercase())).collect();
    Title { kind, korean: korean.collect(), english: english.map(stems).collect() }
}

fn claims_korean(text: &str, title: &Title) -> bool {
    let squeezed: String = text.chars().filter(|c| hangul::is_syllable(*c)).collect();
    let words: Vec<&str> = text.split(|c: char| !hangul::is_syllable(c)).collect();
    title.korean.iter().any(|(title, excepted)| {
        let excused = |rest: &str| excepted.iter().any(|word| rest.starts_with(word.as_str()));
        if title.chars().count() > 2 {
            let rests = squeezed.match_indices(title.as_str()).filter_map(|(at, _)| squeezed.get(at..));
            return rests.into_iter().any(|rest| !excused(rest));
        }
        words.iter().any(|word| word.starts_with(title.as_str()) && !excused(word))
    })
}

fn claims_english(text: &str, title: &Title) -> bool {
    let flat = Flat::of(text);
    let words: Vec<&str> = flat.words.iter().map(|word| word.text.as_str()).collect();
    let stands =
        |title: &Vec<String>| words.windows(title.len().max(1)).any(|window| window == title.as_slice());
    title.english.iter().any(stands)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(text: &str, kinds: &[&str]) -> Result<(), Refusal> {
        Titles::default().check(&["", text], |kind| kinds.contains(&kind))
    }

    #[test]
    fn se_05_a_title_that_nobody_verified_is_refused() {
        for text in [
            "마포 세무사입니다",
            "20년 경력의 세 무 사",
            "세.무.사",
            "ㅅㅔㅁㅜㅅㅏ",
            "전직변호사",
            "Ｌａｗｙｅｒ",
            "I am a tax accountant",
            "certified public accountants",
            "의사입니다",
            "patent attorney",
        ] {
            let refused = check(text, &["sommelier"]).unwrap_err();
            assert_eq!((refused.check, refused.reason.code), (TITLE, "title-unverified"), "{text}");
        }
        assert_eq!(check("세무사이자 변호사", &["lawyer"]).unwrap_err().check, TITLE);
    }

    #[test]
    fn what_is_backed_or_says_no_title_is_taken() {
        assert_eq!(check("마포 세무사, tax accountant", &["tax-accountant"]), Ok(()));
        assert_eq!(check("patent attorney", &["patent-attorney"]), Ok(()));
        assert_eq!(check("공인회계사", &["accountant"]), Ok(()));
        for text in
            ["의사소통이 좋은 강사", "세무 사무소에서 일했습니다", "계약사항", "예약사이트", "소믈리에"]
        {
            assert_eq!(check(text, &[]), Ok(()), "{text}");
        }
    }

    #[test]
    fn a_directory_may_protect_other_titles() {
        let own = Titles::read("# ours\nsommelier\t소믈리에\tsommelier\n");
        assert!(own.check(&["소믈리에"], |_| false).is_err());
        assert_eq!(own.check(&["세무사"], |_| false), Ok(()));
    }
}
