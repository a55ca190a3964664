//! The rules of key proofs, each with what breaks it.

use jigap_keys::{KeyType, PrivateKey};
use serde_json::json;

use super::*;
use crate::testing::Repeatable;
use crate::vci::{CredentialError, CredentialErrorCode, is_description};

const NOW: Timestamp = Timestamp::from_unix(1_700_000_000);
const ISSUER_ID: &str = "https://issuer.example.com/univ";

fn issuer() -> IssuerIdentifier {
    IssuerIdentifier::parse(ISSUER_ID, "").unwrap()
}

fn key(seed: u64) -> PrivateKey {
    PrivateKey::generate(KeyType::P256, &Repeatable::new(seed))
}

fn nonces() -> NonceKey {
    NonceKey::new([7; 32])
}

fn nonce_at(now: Timestamp) -> String {
    nonces().issue(&issuer(), now, Seconds(300), &Repeatable::new(u64::try_from(now.unix()).unwrap()))
}

fn claims() -> Value {
    json!({"aud": ISSUER_ID, "iat": NOW.unix(), "nonce": nonce_at(NOW)})
}

fn with(name: &str, value: Value) -> Value {
    let mut claims = claims();
    match value {
        Value::Null => claims.as_object_mut().unwrap().remove(name),
        value => claims.as_object_mut().unwrap().insert(name.to_owned(), value),
    };
    claims
}

fn header(key: &PrivateKey) -> Header {
    Header::for_key(key.public()).unwrap().typ(TYP).jwk(key.public().clone())
}

fn proof(claims: &Value) -> String {
    jose::sign(&header(&key(1)), claims, &key(1)).unwrap()
}

/// A proof whose header is written by hand; its signature is over what stands there.
fn forged(header: &Value, claims: &Value, key: &PrivateKey) -> String {
    let input = format!(
        "{}.{}",
        jigap_keys::base64url::encode(header.to_string()),
        jigap_keys::base64url::encode(claims.to_string())
    );
    let signature = key.sign(input.as_bytes()).unwrap();
    format!("{input}.{}", jigap_keys::base64url::encode(signature))
}

struct Setting<'a> {
    client: Client<'a>,
    algorithms: Vec<String>,
    max_proofs: usize,
    nonces: Option<NonceKey>,
}

impl Default for Setting<'_> {
    fn default() -> Self {
        Self {
            client: Client::Anonymous,
            algorithms: vec!["ES256".to_owned(), "EdDSA".to_owned()],
            max_proofs: 3,
            nonces: Some(nonces()),
        }
    }
}

impl Setting<'_> {
    fn verify(&self, proofs: &[String]) -> Result<VerifiedProofs, Refusal> {
        let issuer = issuer();
        let rules = ProofRules {
            credential_issuer: &issuer,
            client: self.client,
            algorithms: &self.algorithms,
            max_proofs: self.max_proofs,
            nonces: self.nonces.as_ref(),
            find_key: &|header| match header.kid.as_deref() {
                Some("did:example:holder#1") => Ok(key(1).public().clone()),
                _ => Err(KEY_REFERENCE.refuse(NOT_ONE_KEY)),
            },
        };
        verify_proofs(proofs, &rules, NOW)
    }

    fn refused(&self, proof: String) -> Check {
        self.verify(&[proof]).unwrap_err().check
    }
}

fn refused(claims: &Value) -> Check {
    Setting::default().refused(proof(claims))
}

#[test]
fn what_a_wallet_makes_an_issuer_accepts() {
    let (issuer, nonce) = (issuer(), nonce_at(NOW));
    let claims =
        ProofClaims { credential_issuer: &issuer, issued_at: NOW, nonce: Some(&nonce), client_id: None };
    let by_jwk = |seed: u64| {
        let key = key(seed);
        let header = Header::for_key(key.public()).unwrap().jwk(key.public().clone());
        claims.unsigned(header).sign(&key).unwrap()
    };
    let proofs = [by_jwk(1), by_jwk(2), by_jwk(3)];
    let verified = Setting::default().verify(&proofs).unwrap();
    let expected: Vec<ProvenKey> =
        (1..=3).map(|seed| ProvenKey { key: key(seed).public().clone(), kid: None }).collect();
    assert_eq!(verified.keys, expected);
    assert_eq!(verified.nonce.unwrap().expires, NOW.plus(Seconds(300)));

    let by_kid = claims.unsigned(Header::for_key(key(1).public()).unwrap().kid("did:example:holder#1"));
    let verified = Setting::default().verify(&[by_kid.sign(&key(1)).unwrap()]).unwrap();
    assert_eq!(verified.keys[0].kid.as_deref(), Some("did:example:holder#1"));
}

/// The proof printed in appendix F.1 has a valid signature by the key in its header.
#[test]
fn the_proof_of_the_specification_verifies() {
    let proof = "eyJ0eXAiOiJvcGVuaWQ0dmNpLXByb29mK2p3dCIsImFsZyI6IkVTMjU2IiwiandrIjp7Imt0eSI6IkVDIiwiY3J2IjoiUC0yNTYiLCJ4IjoiblVXQW9BdjNYWml0aDhFN2kxOU9kYXhPTFlGT3dNLVoyRXVNMDJUaXJUNCIsInkiOiJIc2tIVThCalVpMVU5WHFpN1N3bWo4Z3dBS18weGtjRGpFV183MVNvc0VZIn19.eyJhdWQiOiJodHRwczovL2NyZWRlbnRpYWwtaXNzdWVyLmV4YW1wbGUuY29tIiwiaWF0IjoxNzAxOTYwNDQ0LCJub25jZSI6IkxhclJHU2JtVVBZdFJZTzZCUTR5bjgifQ.-a3EDsxClUB4O3LeDD5DVGEnNMT01FCQW4P6-2-BNBqc_Zxf0Qw4CWayLEpqkAomlkLb9zioZoipdP-jvh1WlA";
    let issuer = IssuerIdentifier::parse("https://credential-issuer.example.com", "").unwrap();
    let algorithms = ["ES256".to_owned()];
    let mut rules = ProofRules {
        credential_issuer: &issuer,
        client: Client::Anonymous,
        algorithms: &algorithms,
        max_proofs: 1,
        nonces: None,
        find_key: &|_| Err(KEY_REFERENCE.refuse(NOT_ONE_KEY)),
    };
    let now = Timestamp::from_unix(1_701_960_444);
    let verified = verify_proofs(&[proof.to_owned()], &rules, now).unwrap();
    assert_eq!((verified.keys.len(), verified.nonce), (1, None));
    let nonces = nonces();
    rules.nonces = Some(&nonces);
    assert_eq!(verify_proofs(&[proof.to_owned()], &rules, now).unwrap_err().check, NONCE_LIVE);
}

#[test]
fn ci_01_another_form_or_type_is_refused() {
    let setting = Setting::default();
    for typ in ["JWT", "kb+jwt", "", "openid4vci-proof"] {
        let header = header(&key(1)).typ(typ);
        assert_eq!(setting.refused(jose::sign(&header, &claims(), &key(1)).unwrap()), FORM, "{typ}");
    }
    let untyped = Header { typ: None, ..header(&key(1)) };
    assert_eq!(setting.refused(jose::sign(&untyped, &claims(), &key(1)).unwrap()), FORM);
    let critical =
        json!({"alg": "ES256", "typ": TYP, "jwk": key(1).public().to_jwk(), "crit": ["x"], "x": 1});
    for text in
        [String::new(), "a.b.c".to_owned(), "A".repeat(100_000), forged(&critical, &claims(), &key(1))]
    {
        assert_eq!(setting.refused(text), FORM);
    }
    assert_eq!(setting.refused(forged(&json!({"alg": "ES256", "typ": TYP}), &json!([]), &key(1))), FORM);
}

#[test]
fn ci_02_an_algorithm_not_announced_is_refused() {
    let only_eddsa = Setting { algorithms: vec!["EdDSA".to_owned()], ..Setting::default() };
    assert_eq!(only_eddsa.refused(proof(&claims())), ALGORITHM);
    let jwk = key(1).public().to_jwk();
    for alg in ["none", "HS256", "RS256", "es256"] {
        let named = forged(&json!({"alg": alg, "typ": TYP, "jwk": jwk}), &claims(), &key(1));
        assert_eq!(Setting::default().refused(named), ALGORITHM, "{alg}");
    }
}

#[test]
fn ci_03_none_or_several_keys_or_a_private_one_are_refused() {
    let key = key(1);
    let bare = Header::for_key(key.public()).unwrap().typ(TYP);
    let certificate = vec![vec![0x30, 0]];
    for header in [
        bare.clone(),
        header(&key).kid("did:example:holder#1"),
        header(&key).x5c(certificate.clone()),
        bare.clone().kid("did:example:holder#1").x5c(certificate.clone()),
        header(&key).kid("did:example:holder#1").x5c(certificate.clone()),
        bare.clone().kid("did:example:stranger#1"),
        bare.x5c(certificate),
    ] {
        let proof = jose::sign(&header, &claims(), &key).unwrap();
        assert_eq!(Setting::default().refused(proof), KEY_REFERENCE, "{header:?}");
    }
    let mut private = key.public().to_jwk();
    private["d"] = json!("AAAA");
    let proof = forged(&json!({"alg": "ES256", "typ": TYP, "jwk": private}), &claims(), &key);
    assert_eq!(Setting::default().refused(proof), KEY_REFERENCE);
}

#[test]
fn ci_04_a_signature_by_another_key_is_refused() {
    let stolen = jose::sign(&header(&key(1)), &claims(), &key(2)).unwrap();
    let by_kid = Header::for_key(key(1).public()).unwrap().typ(TYP).kid("did:example:holder#1");
    let foreign = jose::sign(&by_kid, &claims(), &key(2)).unwrap();
    let whole = proof(&claims());
    let (head, tail) = whole.split_once('.').unwrap();
    let signature = tail.split_once('.').unwrap().1;
    let changed = jigap_keys::base64url::encode(with("iat", json!(NOW.unix() + 1)).to_string());
    let tampered = format!("{head}.{changed}.{signature}");
    let confused = json!({"alg": "EdDSA", "typ": TYP, "jwk": key(1).public().to_jwk()});
    for proof in [stolen, foreign, tampered, forged(&confused, &claims(), &key(1))] {
        assert_eq!(Setting::default().refused(proof), SIGNATURE);
    }
}

#[test]
fn ci_05_another_audience_is_refused() {
    for aud in [
        Value::Null,
        json!(""),
        json!([ISSUER_ID]),
        json!([ISSUER_ID, "https://evil.example"]),
        json!("https://issuer.example.com/univ/"),
        json!("https://issuer.example.com"),
        json!("https://ISSUER.example.com/univ"),
    ] {
        assert_eq!(refused(&with("aud", aud.clone())), AUDIENCE, "{aud}");
    }
}

#[test]
fn ci_06_a_proof_of_another_time_is_refused() {
    for iat in
        [Value::Null, json!("now"), json!(NOW.unix() - 301), json!(NOW.unix() + 301), json!(0), json!(-1)]
    {
        assert_eq!(refused(&with("iat", iat.clone())), ISSUED_AT, "{iat}");
    }
    for edge in [NOW.unix() - 300, NOW.unix() + 300] {
        assert!(Setting::default().verify(&[proof(&with("iat", json!(edge)))]).is_ok(), "{edge}");
    }
    for exp in [json!(NOW.unix()), json!("later")] {
        assert_eq!(refused(&with("exp", exp.clone())), ISSUED_AT, "{exp}");
    }
    assert!(Setting::default().verify(&[proof(&with("exp", json!(NOW.unix() + 1)))]).is_ok());
}

#[test]
fn ci_07_a_missing_nonce_is_refused() {
    for nonce in [Value::Null, json!(1), json!([nonce_at(NOW)])] {
        let refusal = Setting::default().verify(&[proof(&with("nonce", nonce))]).unwrap_err();
        assert_eq!(refusal.check, NONCE_PRESENT);
        assert_eq!(CredentialError::from(refusal).code, CredentialErrorCode::InvalidProof);
    }
    let without_endpoint = Setting { nonces: None, ..Setting::default() };
    let verified = without_endpoint.verify(&[proof(&with("nonce", Value::Null))]).unwrap();
    assert_eq!(verified.nonce, None);
}

#[test]
fn ci_08_a_foreign_or_expired_nonce_is_refused() {
    let other_tenant = IssuerIdentifier::parse("https://issuer.example.com/agency", "").unwrap();
    for nonce in [
        String::new(),
        "tZignsnFbp".to_owned(),
        nonce_at(NOW.minus(Seconds(300))),
        nonces().issue(&other_tenant, NOW, Seconds(300), &Repeatable::new(1)),
        NonceKey::new([8; 32]).issue(&issuer(), NOW, Seconds(300), &Repeatable::new(1)),
    ] {
        let refusal = Setting::default().verify(&[proof(&with("nonce", json!(nonce)))]).unwrap_err();
        assert_eq!(refusal.check, NONCE_LIVE, "{nonce}");
        assert_eq!(CredentialError::from(refusal).code, CredentialErrorCode::InvalidNonce);
    }
}

#[test]
fn ci_09_another_iss_is_refused() {
    let known = Setting { client: Client::Id("wallet-1"), ..Setting::default() };
    assert!(known.verify(&[proof(&with("iss", json!("wallet-1")))]).is_ok());
    assert!(known.verify(&[proof(&claims())]).is_ok());
    for iss in [json!("wallet-2"), json!(""), json!(["wallet-1"])] {
        assert_eq!(known.refused(proof(&with("iss", iss.clone()))), ISSUER, "{iss}");
    }
    assert_eq!(refused(&with("iss", json!("wallet-1"))), ISSUER);
}

#[test]
fn ci_10_two_proofs_for_one_key_are_refused() {
    let by_kid = Header::for_key(key(1).public()).unwrap().typ(TYP).kid("did:example:holder#1");
    let renamed = jose::sign(&by_kid, &claims(), &key(1)).unwrap();
    for second in [proof(&claims()), renamed] {
        let refusal = Setting::default().verify(&[proof(&claims()), second]).unwrap_err();
        assert_eq!(refusal.check, DISTINCT_KEYS);
    }
}

#[test]
fn ci_11_different_nonces_are_refused() {
    let earlier = with("nonce", json!(nonce_at(NOW.minus(Seconds(1)))));
    let second = jose::sign(&header(&key(2)), &earlier, &key(2)).unwrap();
    assert_eq!(Setting::default().verify(&[proof(&claims()), second]).unwrap_err().check, ONE_NONCE);
    let without_endpoint = Setting { nonces: None, ..Setting::default() };
    let bare = jose::sign(&header(&key(2)), &with("nonce", Value::Null), &key(2)).unwrap();
    assert_eq!(without_endpoint.verify(&[proof(&claims()), bare]).unwrap_err().check, ONE_NONCE);
}

#[test]
fn ci_12_no_proofs_or_too_many_are_refused() {
    let proofs: Vec<String> =
        (1..=4).map(|seed| jose::sign(&header(&key(seed)), &claims(), &key(seed)).unwrap()).collect();
    assert!(Setting::default().verify(&proofs[..3]).is_ok());
    for proofs in [&proofs[..], &[]] {
        assert_eq!(Setting::default().verify(proofs).unwrap_err().check, BATCH);
    }
}

/// What is told to the other side must be sayable there.
#[test]
fn every_rule_can_stand_in_an_error_description() {
    for check in [
        FORM,
        ALGORITHM,
        KEY_REFERENCE,
        SIGNATURE,
        AUDIENCE,
        ISSUED_AT,
        NONCE_PRESENT,
        NONCE_LIVE,
        ISSUER,
        DISTINCT_KEYS,
        ONE_NONCE,
        BATCH,
    ] {
        assert!(is_description(check.rule.en), "{}", check.id);
    }
}
