//! What is asked: words and filters, within bounds, as JSON.
//!
//! ```json
//! {"words": "종합소득세 마포", "kind": "tax-accountant", "near": {"cell": "8730e1d8effffff", "rings": 4}, "week": ["sat-morning"], "sort": "distance"}
//! ```
//! Refused: what is not of its form (SE-03), what asks for everybody (SE-01), and what reads further than the first two hundred (SE-02).

use h3o::{CellIndex, LatLng, Resolution};
use jigap_keys::json::{self, Limits};
use jigap_wallet_core::verdict::{Check, Reason, Refusal};
use serde::Deserialize;

use crate::listing::Mode;
use crate::week::Week;
use crate::words::reading::read;

/// SE-01: a query asks for somebody and not for everybody.
pub const MINIMUM: Check = Check::new(
    "SE-01",
    "a search names a kind, an institution, an issuer, or a word of two characters that people differ in: not only where, when and how",
    "검색에는 종류, 기관, 발급자, 또는 사람을 가려낼 두 글자 이상의 말이 있어야 합니다. 장소, 시간, 방법만으로는 찾지 않습니다",
    "docs/decisions/0020-search-of-people.md",
);
/// SE-02: nobody reads on and on.
pub const PAGING: Check = Check::new(
    "SE-02",
    "a search is read no further than its first 200 hits, and at most 20 at a time",
    "검색 결과는 처음 200건까지, 한 번에 20건까지 볼 수 있습니다",
    "docs/decisions/0020-search-of-people.md",
);
/// SE-03: a query is of its form.
pub const FORM: Check = Check::new(
    "SE-03",
    "a search is a bounded JSON object of known members",
    "검색은 알려진 항목으로만 된, 크기 제한을 지킨 JSON 객체입니다",
    "docs/decisions/0020-search-of-people.md",
);

const NOT_SUCH: Reason = Reason::new(
    "query-form",
    "it is no such object, or a member is beyond its bounds",
    "그런 객체가 아니거나 항목이 한도를 벗어났습니다",
);
const FOR_EVERYBODY: Reason =
    Reason::new("query-minimum", "it names nothing that people differ in", "사람을 가려낼 말이 없습니다");
const TOO_FAR: Reason =
    Reason::new("query-paging", "it reads further than that", "볼 수 있는 범위를 넘었습니다");

/// Most hits that are ever read.
pub(crate) const MAX_HITS: usize = 200;
/// Most hits of a page.
pub(crate) const MAX_PAGE: usize = 20;
/// Most rings of cells around one, each about two kilometres wide.
pub(crate) const MAX_RINGS: u32 = 12;
/// Most characters of the words.
const MAX_WORDS: usize = 100;
/// Most bytes of a name.
const MAX_NAME: usize = 200;
const LIMITS: Limits = Limits { bytes: 4_096, depth: 4 };

/// In which order.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Sort {
    /// The best first.
    #[default]
    Relevance,
    /// The nearest first; needs [`Near`].
    Distance,
    /// Who answers most first.
    Response,
}

/// Cells around one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Near {
    /// An H3 cell of resolution 7.
    pub(crate) cell: CellIndex,
    /// At most so many cells away.
    pub(crate) rings: u32,
}

impl Near {
    /// `None` for what is no cell of resolution 7, or too far.
    pub fn new(cell: u64, rings: u32) -> Option<Self> {
        let cell = CellIndex::try_from(cell).ok().filter(|cell| cell.resolution() == Resolution::Seven)?;
        (rings <= MAX_RINGS).then_some(Self { cell, rings })
    }
}

/// The cell of resolution 7, about five square kilometres, in which a point lies, as queries and listings write it. `None` for what is no point.
pub fn cell_of(latitude: f64, longitude: f64) -> Option<String> {
    let point = LatLng::new(latitude, longitude).ok()?;
    Some(point.to_cell(Resolution::Seven).to_string())
}

/// A query within its bounds.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Query {
    /// What is typed.
    pub words: String,
    /// A kind of the lexicon.
    pub kind: Option<String>,
    /// A grade of the lexicon, of the same fact.
    pub grade: Option<String>,
    /// Who issued the credential, of the same fact.
    pub issuer: Option<String>,
    /// Where, of the same fact.
    pub institution: Option<String>,
    /// A region or city of the lexicon.
    pub region: Option<String>,
    /// A language.
    pub language: Option<String>,
    /// Any of these slots.
    pub week: Week,
    /// A way to meet.
    pub mode: Option<Mode>,
    /// At most so many KRW an hour.
    pub price_max: Option<u32>,
    /// Not far from here.
    pub near: Option<Near>,
    /// In which order.
    pub sort: Sort,
    /// Whether each hit says why it stands where it stands.
    pub explain: bool,
}

#[derive(Deserialize, Default)]
#[serde(deny_unknown_fields, default)]
struct Written {
    words: String,
    kind: Option<String>,
    grade: Option<String>,
    issuer: Option<String>,
    institution: Option<String>,
    region: Option<String>,
    language: Option<String>,
    week: Vec<String>,
    mode: Option<Mode>,
    price_max: Option<u32>,
    near: Option<WrittenNear>,
    sort: Sort,
    explain: bool,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct WrittenNear {
    cell: String,
    rings: u32,
}

impl Query {
    /// Reads one. Refuses by SE-03 and SE-01.
    pub fn read(bytes: &[u8]) -> Result<Self, Refusal> {
        let query = json::parse(bytes, LIMITS).ok().filter(serde_json::Value::is_object);
        let query =
            query.and_then(|value| serde_json::from_value::<Written>(value).ok()).and_then(Written::read);
        let query = query.ok_or(FORM.refuse(NOT_SUCH))?;
        query.check()?;
        Ok(query)
    }

    /// Whether it is within its bounds: of one that was made here and not read. Refuses by SE-03 and SE-01.
    pub(crate) fn check(&self) -> Result<(), Refusal> {
        let names = [&self.kind, &self.grade, &self.issuer, &self.institution, &self.region, &self.language];
        let long = |name: &&Option<String>| {
            name.as_deref().is_some_and(|name| name.len() > MAX_NAME || name.is_empty())
        };
        let distance = self.sort == Sort::Distance && self.near.is_none();
        if self.words.chars().count() > MAX_WORDS || names.iter().any(long) || distance {
            return Err(FORM.refuse(NOT_SUCH));
        }
        let somebody = self.names_facts() || read(&self.words).names_somebody();
        if somebody { Ok(()) } else { Err(MINIMUM.refuse(FOR_EVERYBODY)) }
    }

    /// Whether it asks by filters for what was verified.
    pub(crate) const fn names_facts(&self) -> bool {
        self.kind.is_some() || self.institution.is_some() || self.issuer.is_some()
    }

    /// Whether a page is within the bounds. Refuses by SE-02.
    pub(crate) fn check_page(from: usize, size: usize) -> Result<(), Refusal> {
        let within = (1..=MAX_PAGE).contains(&size) && from.saturating_add(size) <= MAX_HITS;
        if within { Ok(()) } else { Err(PAGING.refuse(TOO_FAR)) }
    }
}

impl Written {
    fn read(self) -> Option<Query> {
        let week = self.week.iter().map(|name| Week::named(name)).collect::<Option<Vec<_>>>()?;
        let near = match self.near {
            Some(near) => Some(Near::new(near.cell.parse::<CellIndex>().ok()?.into(), near.rings)?),
            None => None,
        };
        Some(Query {
            words: self.words,
            kind: self.kind,
            grade: self.grade,
            issuer: self.issuer,
            institution: self.institution,
            region: self.region,
            language: self.language,
            week: week.into_iter().fold(Week::NONE, Week::and),
            mode: self.mode,
            price_max: self.price_max,
            near,
            sort: self.sort,
            explain: self.explain,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::week::Part;

    #[test]
    fn a_query_is_read_as_it_is_written() {
        let text = r#"{"words": "종합소득세 마포", "kind": "tax-accountant", "near": {"cell": "8730e1d8effffff", "rings": 4},
            "week": ["sat-morning"], "mode": "in-person", "sort": "distance"}"#;
        let query = Query::read(text.as_bytes()).unwrap();
        assert_eq!(query.week, Week::slot(5, Part::Morning));
        assert_eq!(
            (query.near.unwrap().rings, query.mode, query.sort),
            (4, Some(Mode::InPerson), Sort::Distance)
        );
    }

    #[test]
    fn a_point_is_told_as_a_cell_and_no_finer() {
        let cell = cell_of(37.566, 126.902).unwrap();
        assert!(Near::new(u64::from_str_radix(&cell, 16).unwrap(), 3).is_some());
        assert_eq!(cell_of(37.5661, 126.9021), Some(cell), "a few metres away");
        assert_eq!(cell_of(f64::NAN, 0.0), None);
    }

    #[test]
    fn se_01_a_query_for_everybody_is_refused() {
        for text in [
            r#"{}"#,
            r#"{"words": "a"}"#,
            r#"{"words": "가 나"}"#,
            r#"{"region": "mapo"}"#,
            r#"{"mode": "video"}"#,
            r#"{"words": "the", "price_max": 4294967295}"#,
            r#"{"words": "찾아요", "near": {"cell": "8730e1d8effffff", "rings": 0}}"#,
            r#"{"words": "마포"}"#,
            r#"{"words": "in Gangnam, weekends"}"#,
        ] {
            assert_eq!(Query::read(text.as_bytes()).unwrap_err().check, MINIMUM, "{text}");
        }
        for text in [
            r#"{"words": "세무"}"#,
            r#"{"words": "마포 이혼"}"#,
            r#"{"words": "푸른바람"}"#,
            r#"{"kind": "lawyer"}"#,
            r#"{"kind": "lawyer", "words": "마포"}"#,
            r#"{"institution": "서울대학교"}"#,
        ] {
            assert!(Query::read(text.as_bytes()).is_ok(), "{text}");
        }
    }

    #[test]
    fn se_02_a_page_beyond_two_hundred_is_refused() {
        for (from, size) in [(0, 0), (0, 21), (181, 20), (usize::MAX, 20)] {
            assert_eq!(Query::check_page(from, size).unwrap_err().check, PAGING);
        }
        assert_eq!(Query::check_page(180, 20), Ok(()));
    }

    #[test]
    fn se_03_what_is_no_query_is_refused() {
        let long = format!(r#"{{"words": "{}"}}"#, "가".repeat(101));
        for text in [
            "",
            "[]",
            r#"{"words": 1}"#,
            r#"{"word": "세무사"}"#,
            r#"{"words": "세무사", "words": "변호사"}"#,
            r#"{"words": "세무사", "week": ["noon"]}"#,
            r#"{"words": "세무사", "near": {"cell": "8830e1d8e7fffff", "rings": 4}}"#,
            r#"{"words": "세무사", "near": {"cell": "8730e1d8effffff", "rings": 13}}"#,
            r#"{"words": "세무사", "sort": "distance"}"#,
            r#"{"words": "세무사", "kind": ""}"#,
            r#"{"words": "세무사", "sort": "price"}"#,
            &long,
        ] {
            assert_eq!(Query::read(text.as_bytes()).unwrap_err().check, FORM, "{text}");
        }
    }
}
