//! The rules of Status List Tokens, each with what breaks it.

use jigap_keys::{KeyType, PrivateKey};
use serde_json::json;

use super::*;
use crate::jose;
use crate::status::{StatusListToken, vectors};
use crate::testing::Repeatable;

const URI: &str = "https://example.com/statuslists/1";
const NOW: Timestamp = Timestamp::from_unix(1_700_000_000);

fn key() -> PrivateKey {
    PrivateKey::generate(KeyType::Ed25519, &Repeatable::new(1))
}

fn header() -> Header {
    Header::for_key(key().public()).unwrap().kid("status-1")
}

fn claims() -> Value {
    json!({
        "sub": URI,
        "iat": NOW.unix() - 100,
        "exp": NOW.unix() + 3600,
        "ttl": 600,
        "status_list": {"bits": 1, "lst": "eNrbuRgAAhcBXQ"},
    })
}

/// The claims with one member set, or removed where `value` is null.
fn changed(pointer: &[&str], value: Value) -> Value {
    let mut claims = claims();
    let (last, path) = pointer.split_last().unwrap();
    let mut target = &mut claims;
    for name in path {
        target = &mut target[name];
    }
    let members = target.as_object_mut().unwrap();
    match value {
        Value::Null => members.remove(*last),
        value => members.insert((*last).to_owned(), value),
    };
    claims
}

fn signed(claims: &Value) -> String {
    jose::sign(&header().typ(TYP), claims, &key()).unwrap()
}

fn verify(token: &str) -> Result<VerifiedStatusList, Refusal> {
    VerifiedStatusList::verify(token, URI, NOW, |_| Ok(key().public().clone()))
}

fn refused(claims: &Value) -> Check {
    verify(&signed(claims)).unwrap_err().check
}

fn reference(idx: u64) -> StatusReference {
    StatusReference::new(URI, idx).unwrap()
}

#[test]
fn a_signed_list_answers_for_each_of_its_places() {
    let list = verify(&signed(&claims())).unwrap();
    assert_eq!(list.signed_by(), key().public());
    let fetched = Timestamp::from_unix(NOW.unix() - 5);
    let answer = list.status(&reference(0), fetched, NOW).unwrap();
    assert_eq!(
        answer,
        StatusAnswer {
            value: StatusValue::INVALID,
            times: ListTimes {
                as_of: fetched,
                issued_at: Some(Timestamp::from_unix(NOW.unix() - 100)),
                expires: Some(Timestamp::from_unix(NOW.unix() + 3600)),
                ttl: Some(Seconds(600)),
            },
        }
    );
    assert_eq!(list.status(&reference(1), fetched, NOW).unwrap().value, StatusValue::VALID);
}

#[test]
fn what_we_issue_we_verify() {
    let mut list = StatusList::new(StatusBits::Two, 100_000);
    list.set(77_777, StatusValue::SUSPENDED).unwrap();
    let token = StatusListToken {
        uri: URI.to_owned(),
        issued_at: NOW,
        expires: Some(NOW.plus(Seconds(86_400))),
        ttl: Some(Seconds(300)),
        aggregation_uri: Some("https://example.com/statuslists".to_owned()),
        list,
    };
    let verified = verify(&token.sign(header(), &key()).unwrap()).unwrap();
    assert_eq!(verified.token(), &token);
    let bare = StatusListToken { expires: None, ttl: None, aggregation_uri: None, ..token };
    let verified = verify(&bare.sign(header(), &key()).unwrap()).unwrap();
    assert_eq!(verified.token(), &bare);
    assert_eq!(verified.status(&reference(77_777), NOW, NOW).unwrap().value, StatusValue::SUSPENDED);
}

/// The JWT printed in the specification: its key is not published, so its signature must not verify with ours.
#[test]
fn the_official_token_has_the_form_we_read() {
    let Some(text) = vectors::read("status_list_jwt_raw.md") else { return };
    let token: String = text.split_whitespace().collect();
    let jws = Jws::parse_within(&token, TOKEN_LIMITS).unwrap();
    jws.header().require_typ(TYP).unwrap();
    assert_eq!(jws.header().kid.as_deref(), Some("12"));
    // The specification shows its parts as JSON, a dot between them.
    let parts = vectors::read("status_list_jwt.md").unwrap();
    let (header, payload) = parts.split_once("\n.\n").unwrap();
    let header: Value = serde_json::from_str(header).unwrap();
    assert_eq!(header, json!({"alg": "ES256", "kid": "12", "typ": TYP}));
    let mut payload: Value = serde_json::from_str(payload).unwrap();
    // Which the token has beside what is shown.
    payload["iss"] = json!("https://example.com");
    assert_eq!(*jws.unverified_payload(), payload);
    let at = Timestamp::from_unix(1_700_000_000);
    let (read, _) = read_claims(jws.unverified_payload(), URI, at).unwrap();
    assert_eq!((read.issued_at.unix(), read.ttl), (1_686_920_170, Some(Seconds(43_200))));
    assert_eq!(read.list.as_bytes(), [0xB9, 0xA3]);
    let foreign = PrivateKey::generate(KeyType::P256, &Repeatable::new(2));
    let refusal = VerifiedStatusList::verify(&token, URI, at, |_| Ok(foreign.public().clone())).unwrap_err();
    assert_eq!(refusal.check, SIGNATURE);
}

#[test]
fn st_02_another_form_or_type_is_refused() {
    for typ in ["JWT", "statuslist+cwt", "", "application/json"] {
        let token = jose::sign(&header().typ(typ), &claims(), &key()).unwrap();
        assert_eq!(verify(&token).unwrap_err().check, TOKEN_FORM, "{typ}");
    }
    let untyped = jose::sign(&header(), &claims(), &key()).unwrap();
    assert_eq!(verify(&untyped).unwrap_err().check, TOKEN_FORM);
    let whole = signed(&claims());
    let unsigned =
        format!("eyJhbGciOiJub25lIiwidHlwIjoic3RhdHVzbGlzdCtqd3QifQ.{}.", whole.split('.').nth(1).unwrap());
    for token in
        ["", "a.b", &whole[..whole.len() - 90], &unsigned, &format!("{whole}.x"), &"A".repeat(5 << 20)]
    {
        assert_eq!(verify(token).unwrap_err().check, TOKEN_FORM);
    }
    for (pointer, value) in [
        (&["sub"][..], Value::Null),
        (&["sub"], json!(1)),
        (&["iat"], Value::Null),
        (&["iat"], json!("1700000000")),
        (&["iat"], json!(1e300)),
        (&["exp"], json!("never")),
        (&["nbf"], json!([])),
        (&["status_list"], Value::Null),
        (&["status_list"], json!([])),
        (&["status_list", "aggregation_uri"], json!(1)),
    ] {
        assert_eq!(refused(&changed(pointer, value.clone())), TOKEN_FORM, "{pointer:?} {value}");
    }
}

#[test]
fn st_03_a_wrong_signature_is_refused() {
    let token = signed(&claims());
    let (rest, signature) = token.rsplit_once('.').unwrap();
    let first = if signature.starts_with('A') { "B" } else { "A" };
    let tampered = format!("{rest}.{first}{}", &signature[1..]);
    let other_claims = signed(&changed(&["status_list", "lst"], json!("eNo76fITAAPfAgc")));
    let swapped = format!("{}.{signature}", other_claims.rsplit_once('.').unwrap().0);
    for token in [tampered, swapped] {
        assert_eq!(verify(&token).unwrap_err().check, SIGNATURE);
    }
    for stranger in [KeyType::Ed25519, KeyType::P256] {
        let stranger = PrivateKey::generate(stranger, &Repeatable::new(9));
        let result = VerifiedStatusList::verify(&token, URI, NOW, |_| Ok(stranger.public().clone()));
        assert_eq!(result.unwrap_err().check, SIGNATURE);
    }
    let no_key = SIGNATURE.refuse(CLAIM_MISSING);
    assert_eq!(VerifiedStatusList::verify(&token, URI, NOW, |_| Err(no_key)).unwrap_err(), no_key);
}

#[test]
fn st_04_another_list_is_refused() {
    for uri in [
        "https://example.com/statuslists/2",
        "https://example.com/statuslists/1/",
        "https://EXAMPLE.com/statuslists/1",
    ] {
        assert_eq!(refused(&changed(&["sub"], json!(uri))), SUBJECT, "{uri}");
        let list = verify(&signed(&claims())).unwrap();
        let other = StatusReference::new(uri, 0).unwrap();
        assert_eq!(list.status(&other, NOW, NOW).unwrap_err().check, SUBJECT, "{uri}");
    }
}

#[test]
fn st_05_an_expired_list_is_refused() {
    for exp in [NOW.unix(), NOW.unix() - 1, 0] {
        assert_eq!(refused(&changed(&["exp"], json!(exp))), NOT_EXPIRED, "{exp}");
    }
    let list = verify(&signed(&changed(&["exp"], json!(NOW.unix() + 1)))).unwrap();
    assert!(list.status(&reference(0), NOW, NOW).is_ok());
    let refusal = list.status(&reference(0), NOW, NOW.plus(Seconds(1))).unwrap_err();
    assert_eq!((refusal.check, refusal.reason.moment()), (NOT_EXPIRED, Some(NOW.plus(Seconds(1)))));
}

#[test]
fn st_06_a_list_from_the_future_is_refused() {
    let edge = NOW.plus(CLOCK_SKEW).unix();
    for name in ["iat", "nbf"] {
        assert_eq!(refused(&changed(&[name], json!(edge + 1))), NOT_FROM_THE_FUTURE, "{name}");
        assert!(verify(&signed(&changed(&[name], json!(edge)))).is_ok(), "{name}");
    }
}

#[test]
fn st_07_a_ttl_that_is_not_positive_is_refused() {
    for ttl in [json!(0), json!(-1), json!(-0.5), json!("600"), json!([])] {
        assert_eq!(refused(&changed(&["ttl"], ttl.clone())), TTL, "{ttl}");
    }
    let huge = verify(&signed(&changed(&["ttl"], json!(1e18)))).unwrap();
    assert_eq!(huge.token().ttl, Some(Seconds(u32::MAX)));
}

#[test]
fn st_08_another_bit_size_is_refused() {
    for bits in [Value::Null, json!(0), json!(3), json!(16), json!(-1), json!("1"), json!(1.5)] {
        assert_eq!(refused(&changed(&["status_list", "bits"], bits.clone())), BITS, "{bits}");
    }
}

#[test]
fn st_09_a_malformed_list_is_refused() {
    for lst in
        [Value::Null, json!(1), json!(""), json!("eNrbuRgAAhcBXQ=="), json!("eNrbuRgAAhcB"), json!("uaM")]
    {
        assert_eq!(refused(&changed(&["status_list", "lst"], lst.clone())), LIST_FORM, "{lst}");
    }
}

#[test]
fn st_10_a_decompression_bomb_is_refused() {
    let bomb = StatusList::from_bytes(StatusBits::Eight, vec![0; StatusList::MAX_BYTES + 1]).encode();
    assert_eq!(refused(&changed(&["status_list", "lst"], json!(bomb))), LIST_BOUND);
}

#[test]
fn st_11_an_index_outside_the_list_is_refused() {
    let list = verify(&signed(&claims())).unwrap();
    assert!(list.status(&reference(15), NOW, NOW).is_ok());
    for idx in [16, u64::MAX] {
        assert_eq!(list.status(&reference(idx), NOW, NOW).unwrap_err().check, INDEX, "{idx}");
    }
}
