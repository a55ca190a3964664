//! People: queries of the search and the words in them, and what personas say.

use jigap_keys::json::Limits;
use jigap_people::{MAX_SUGGESTIONS, Query, suggest, understood};
use jigap_wallet_core::jose::{self, Algorithm, Header};
use jigap_wallet_core::people::asked::{self, Asks};
use jigap_wallet_core::people::listing::{self, VerifiedListing};
use jigap_wallet_core::people::{Kind, Persona, PersonaId};
use jigap_wallet_core::time::Seconds;
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

/// A listing document that is taken was signed by its persona for us, says all that it must within its bounds, and is newer than what is older;
/// what is asked is one of the two things, and of now.
pub(crate) fn listing(data: &[u8]) {
    let signer = persona();
    let header = |typ| Header::new(Algorithm::EdDsa).typ(typ).jwk(signer.signing_key().public().clone());
    if let Some(token) = token(data, &header(listing::TYP), signer.signing_key())
        && let Ok(verified) = VerifiedListing::read(&token.text, AUDIENCE)
    {
        let document = verified.document();
        assert!(document.persona == signer.id() && verified.by().id() == signer.id());
        assert!(document.name.len() <= 160 && document.text.len() <= 8_000 && document.backings.len() <= 32);
        assert!(
            verified.require_newer(document.number - 1).is_ok()
                && verified.require_newer(document.number).is_err()
        );
        assert!(VerifiedListing::read(&token.text, "other.example").is_err(), "it is for one directory");
    }
    if let Some(token) = token(data, &header(asked::TYP), signer.signing_key())
        && let Ok((by, asks)) = Asks::read(&token.text, AUDIENCE, NOW)
    {
        assert_eq!(by, signer.id());
        assert!(match asks {
            Asks::Backing { kind } => (1..=200).contains(&kind.len()),
            Asks::Listing => true,
        });
        assert!(Asks::read(&token.text, AUDIENCE, NOW.plus(Seconds(601))).is_err(), "it is for now");
    }
}

pub(crate) fn listing_seeds() -> Vec<Vec<u8>> {
    let persona = persona();
    let said = json!({"iss": persona.id(), "aud": AUDIENCE, "iat": NOW.unix()});
    let mut document = json!({
        "number": 3, "state": "listed", "name": "맑은하늘", "headline": "종합소득세 상담", "text": "상속세", "region": "mapo",
        "cell": "8730e1d8effffff", "languages": ["ko"], "week": ["sat-morning"], "modes": ["video"], "price": 50_000,
        "agreement": persona.public().sealing_key(), "gate": "adult",
        "backings": [{"kind": "tax-accountant", "blind": "AAAA"}],
    });
    let (mut backing, mut own) =
        (json!({"asks": "backing", "kind": "tax-accountant"}), json!({"asks": "listing"}));
    for claims in [&mut document, &mut backing, &mut own] {
        if let (Some(claims), Some(said)) = (claims.as_object_mut(), said.as_object()) {
            claims.extend(said.clone());
        }
    }
    let key = persona.signing_key();
    let header = |typ| Header::new(Algorithm::EdDsa).typ(typ).jwk(key.public().clone());
    let signed = [(listing::TYP, &document), (asked::TYP, &backing), (asked::TYP, &own)];
    let signed = signed.map(|(typ, claims)| must(jose::sign(&header(typ), claims, key)));
    seeds(signed.into_iter().chain([document.to_string(), backing.to_string(), own.to_string()]))
}
