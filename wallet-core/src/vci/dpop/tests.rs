//! Proofs that are none, or for another request.

use jigap_keys::{KeyType, PrivateKey};
use serde_json::json;

use super::*;
use crate::testing::Repeatable;
use crate::vci::is_description;

const NOW: Timestamp = Timestamp::from_unix(1_800_000_000);
const TOKEN: &str = "token-1";
const ALGORITHMS: [&str; 2] = ["ES256", "EdDSA"];

fn key() -> PrivateKey {
    PrivateKey::generate(KeyType::P256, &Repeatable::new(1))
}

fn endpoint() -> Url {
    Url::parse("https://id.example/hanbit/credential").unwrap()
}

fn claims() -> Value {
    json!({
        "jti": "-BwC3ESc6acc2lTc", "htm": "POST", "htu": endpoint().as_str(), "iat": NOW.unix(),
        "ath": digest(TOKEN),
    })
}

fn header() -> Header {
    Header::for_key(key().public()).unwrap().typ(TYP).jwk(key().public().clone())
}

fn sign(header: &Header, claims: &Value) -> String {
    UnsignedJws::new(header, claims).sign(&key()).unwrap()
}

/// A proof in which `member` is `value`; absent where that is null.
fn with(member: &str, value: Value) -> String {
    let mut claims = claims();
    claims[member] = value;
    claims.as_object_mut().unwrap().retain(|_, value| !value.is_null());
    sign(&header(), &claims)
}

fn judge(proof: &str) -> Result<Proven, Refusal> {
    let expected =
        Expected { method: "POST", url: &endpoint(), algorithms: &ALGORITHMS, access_token: Some(TOKEN) };
    verify(proof, &expected, NOW)
}

#[track_caller]
fn refused(proof: &str, check: Check) {
    assert_eq!(judge(proof).unwrap_err().check, check, "{proof}");
}

#[test]
fn what_a_wallet_makes_holds() {
    let url = Url::parse("https://id.example/hanbit/credential?a=b#c").unwrap();
    let made = ProofClaims {
        method: "POST",
        url: &url,
        issued_at: NOW,
        id: "i",
        access_token: Some(TOKEN),
        nonce: None,
    };
    let proof = made.unsigned(key().public()).unwrap().sign(&key()).unwrap();
    let proven = judge(&proof).unwrap();
    assert_eq!(proven.thumbprint, key().public().thumbprint());
    assert_eq!(proven.until, NOW.plus(Seconds(301)));
    assert!(!format!("{proven:?}").contains(&proven.thumbprint));
    let nonce = ProofClaims { nonce: Some("n"), access_token: None, ..made };
    let jws = Jws::parse(&nonce.unsigned(key().public()).unwrap().sign(&key()).unwrap()).unwrap();
    assert_eq!(jws.unverified_payload()["nonce"], "n");
    assert_eq!(
        (jws.unverified_payload().get("ath"), jws.unverified_payload()["htu"].as_str()),
        (None, Some(endpoint().as_str()))
    );
}

/// The example of RFC 9449 §7.1: the digest of its access token is the one that stands there.
#[test]
fn the_digest_of_the_specification_is_ours() {
    let token = "Kz~8mXK1EalYznwH-LC-1fBAo.4Ljp~zsPE_NeO.gxU";
    assert_eq!(digest(token), "fUHyO2r2Z3DZ53EsNrWBb0xWXoaNy59IiKCAqksmQEo");
}

#[test]
fn rules_may_be_told_to_the_other_side() {
    for check in [FORM, ALGORITHM, KEY, SIGNATURE, METHOD, ADDRESS, MOMENT, ONCE, ACCESS_TOKEN, BOUND] {
        assert!(is_description(check.rule.en), "{}", check.id);
    }
}

#[test]
fn dp_01_another_form_or_type_is_refused() {
    for proof in ["", "a.b", "a.b.c", &"a".repeat(20_000)] {
        refused(proof, FORM);
    }
    for typ in ["JWT", "dpop+jwt2", "openid4vci-proof+jwt"] {
        refused(&sign(&header().typ(typ), &claims()), FORM);
    }
    refused(&sign(&Header { typ: None, ..header() }, &claims()), FORM);
}

#[test]
fn dp_02_an_algorithm_not_announced_is_refused() {
    let key = PrivateKey::generate(KeyType::P384, &Repeatable::new(1));
    let header = Header::for_key(key.public()).unwrap().typ(TYP).jwk(key.public().clone());
    refused(&UnsignedJws::new(&header, &claims()).sign(&key).unwrap(), ALGORITHM);
    let proof = with("iat", json!(NOW.unix()));
    for alg in ["none", "HS256", "RS256"] {
        let mut parts = proof.splitn(2, '.');
        let mut header: Value =
            serde_json::from_slice(&base64url::decode(parts.next().unwrap()).unwrap()).unwrap();
        header["alg"] = json!(alg);
        refused(&format!("{}.{}", base64url::encode(header.to_string()), parts.next().unwrap()), ALGORITHM);
    }
}

#[test]
fn dp_03_no_key_or_a_private_one_is_refused() {
    refused(&sign(&Header { jwk: None, ..header() }, &claims()), KEY);
    refused(&sign(&Header { jwk: None, kid: Some("k".to_owned()), ..header() }, &claims()), KEY);
    let private =
        json!({"typ": TYP, "alg": "ES256", "jwk": key().to_jwk().parse::<Value>().unwrap_or_default()});
    assert!(private["jwk"]["d"].is_string());
    let input =
        format!("{}.{}", base64url::encode(private.to_string()), base64url::encode(claims().to_string()));
    let signature = base64url::encode(key().sign(input.as_bytes()).unwrap());
    refused(&format!("{input}.{signature}"), KEY);
}

#[test]
fn dp_04_a_signature_by_another_key_is_refused() {
    let stranger = PrivateKey::generate(KeyType::P256, &Repeatable::new(2));
    refused(&UnsignedJws::new(&header(), &claims()).sign(&stranger).unwrap(), SIGNATURE);
}

#[test]
fn dp_05_another_method_is_refused() {
    for method in [json!("GET"), json!("post"), json!(""), json!(1), Value::Null] {
        refused(&with("htm", method), METHOD);
    }
}

#[test]
fn dp_06_another_address_is_refused() {
    for address in [
        json!("https://id.example/hanbit/token"),
        json!("https://id.example/other/credential"),
        json!("http://id.example/hanbit/credential"),
        json!("https://id.example:8443/hanbit/credential"),
        json!("https://user@id.example/hanbit/credential"),
        json!("https://id.example/hanbit/credential/"),
        json!("/hanbit/credential"),
        json!(""),
        json!(1),
        Value::Null,
    ] {
        refused(&with("htu", address), ADDRESS);
    }
    for same in [
        "HTTPS://ID.example:443/hanbit/credential",
        "https://id.example/hanbit/credential?a=b#c",
        "https://id.example/hanbit/./x/../credential",
    ] {
        assert!(judge(&with("htu", json!(same))).is_ok(), "{same}");
    }
}

#[test]
fn dp_07_a_proof_of_another_time_is_refused() {
    for moment in [json!(NOW.unix() - 301), json!(NOW.unix() + 301), json!("now"), json!(0), Value::Null] {
        refused(&with("iat", moment), MOMENT);
    }
    for moment in [NOW.unix() - 300, NOW.unix() + 300] {
        assert!(judge(&with("iat", json!(moment))).is_ok());
    }
}

#[test]
fn dp_08_a_proof_that_cannot_be_remembered_is_refused() {
    for id in [json!(""), json!(1), json!("x".repeat(257)), Value::Null] {
        refused(&with("jti", id), ONCE);
    }
    let ids = ["a", "b"].map(|id| judge(&with("jti", json!(id))).unwrap().id);
    assert_ne!(ids[0], ids[1]);
    assert_eq!(ids[0], judge(&with("jti", json!("a"))).unwrap().id, "the same proof is known again");
}

#[test]
fn dp_09_a_proof_for_another_access_token_is_refused() {
    for digest in [json!(digest("token-2")), json!(TOKEN), json!(""), Value::Null] {
        refused(&with("ath", digest), ACCESS_TOKEN);
    }
}
