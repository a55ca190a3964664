//! The search of people: queries, and the words in them.

use jigap_people::{MAX_SUGGESTIONS, Query, suggest, understood};
use serde_json::json;

use crate::fixtures::text;

/// A query that is read is within its bounds, and any words are understood as something bounded.
pub(crate) fn query(data: &[u8]) {
    if let Ok(query) = Query::read(data) {
        assert!(query.words.chars().count() <= 100, "longer than any query");
        words(&query.words);
    }
    if let Some(typed) = text(data) {
        words(typed);
    }
}

fn words(typed: &str) {
    let read = understood(typed);
    assert!(read.is_sorted() && read.iter().all(|part| !part.is_empty()));
    assert!(suggest(typed).len() <= MAX_SUGGESTIONS);
}

pub(crate) fn query_seeds() -> Vec<Vec<u8>> {
    let whole = json!({
        "words": "종합소득세 마포", "kind": "tax-accountant", "grade": "engineer", "issuer": "한국세무사회", "institution": "서울대학교",
        "region": "seoul", "language": "ko", "week": ["sat-morning", "sun-evening"], "mode": "in-person", "price_max": 50_000,
        "near": {"cell": "8730e1d8effffff", "rings": 4}, "sort": "distance", "explain": true,
    });
    let words = ["ㅅㅁㅅ ㅁㅍ", "tpantk", "세뮤사를 찾아요 1종 대형", "wine 클래스 Gangnam"];
    let bare = words.iter().map(|words| words.as_bytes().to_vec());
    let asked = words.iter().map(|words| json!({ "words": words }).to_string().into_bytes());
    [whole.to_string().into_bytes()].into_iter().chain(bare).chain(asked).collect()
}
