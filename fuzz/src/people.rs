//! People: queries of the search and the words in them, and what personas say.

use jigap_keys::json::Limits;
use jigap_people::{MAX_SUGGESTIONS, Query, suggest, understood};
use jigap_wallet_core::jose::{self, Algorithm, Header};
use jigap_wallet_core::people::{Kind, Persona, PersonaId};
use serde_json::json;

use crate::fixtures::{AUDIENCE, NOW, Same, must, seeds, text, token};

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

const SAID: Kind = Kind { typ: "jigap-test+jwt", limits: Limits { bytes: 4_096, depth: 8 } };

fn persona() -> Persona {
    Persona::generate(&Same::new(9))
}

fn said_header() -> Header {
    Header::new(Algorithm::EdDsa).typ(SAID.typ).jwk(persona().signing_key().public().clone())
}

/// What is read was said by who is named, to us, at a time.
pub(crate) fn statement(data: &[u8]) {
    let Some(token) = token(data, &said_header(), persona().signing_key()) else { return };
    let Ok(read) = SAID.read(&token.text, AUDIENCE) else { return };
    assert_eq!(read.by(), &PersonaId::of(read.key()));
    assert_eq!(read.claims()["iss"], json!(read.by()));
    assert_eq!(read.claims()["aud"], json!(AUDIENCE));
    assert!(read.by() == &persona().id(), "nobody else's key ever signed");
    assert!(SAID.read(&token.text, "other.example").is_err());
}

pub(crate) fn statement_seeds() -> Vec<Vec<u8>> {
    let claims = json!({"iss": persona().id(), "aud": AUDIENCE, "iat": NOW.unix(), "says": ["안녕하세요"]});
    seeds([must(jose::sign(&said_header(), &claims, persona().signing_key())), claims.to_string()])
}
