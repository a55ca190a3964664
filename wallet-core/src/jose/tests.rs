//! Hostile input for each JW check, the RFC's and wycheproof's signatures, and signing there and back.

use jigap_keys::json::Limits;
use jigap_keys::{KeyType, PrivateKey, PublicKey, Purpose, base64url};
use proptest::prelude::*;
use serde_json::{Value, json};

use super::jws::Parts;
use super::*;
use crate::testing::Repeatable;
use crate::verdict::Refusal;

fn key(key_type: KeyType) -> PrivateKey {
    PrivateKey::generate(key_type, &Repeatable::new(7))
}

/// A message with these very bytes as header and payload, signed by `key`.
fn raw(header: &str, payload: &str, key: &PrivateKey) -> String {
    let input = format!("{}.{}", base64url::encode(header), base64url::encode(payload));
    let signature = key.sign(input.as_bytes()).unwrap();
    format!("{input}.{}", base64url::encode(signature))
}

fn with_header(header: &Value) -> Result<Jws, Refusal> {
    Jws::parse(&raw(&header.to_string(), "{}", &key(KeyType::Ed25519)))
}

fn code(result: Result<impl Sized, Refusal>) -> (&'static str, &'static str) {
    let refusal = result.err().expect("it was accepted");
    (refusal.check.id, refusal.reason.code)
}

#[test]
fn jw_01_a_form_other_than_three_strict_base64url_parts_is_refused() {
    let good = sign(&Header::new(Algorithm::EdDsa), &json!({"a": "bcd"}), &key(KeyType::Ed25519)).unwrap();
    Jws::parse(&good).unwrap();
    let [header, payload, signature] = good.split('.').collect::<Vec<_>>()[..] else { panic!() };
    for bad in [
        String::new(),
        "..".into(),
        header.into(),
        format!("{header}.{payload}"),
        format!("{header}.{payload}."),
        format!(".{payload}.{signature}"),
        format!("{good}."),
        format!("{good}.{signature}"),
        format!("{header}..{payload}.{signature}"),
        json!({"payload": payload, "protected": header, "signature": signature}).to_string(),
    ] {
        assert_eq!(code(Jws::parse(&bad)), ("JW-01", "jws-parts"), "{bad}");
    }
    for bad in [
        format!("{good}="),
        format!(" {good}"),
        format!("{good}\n"),
        format!("{header}=.{payload}.{signature}"),
        format!("{header}.{payload}#.{signature}"),
        format!("{header}.{payload}.+{signature}"),
        format!("{header}.{payload}.한글"),
    ] {
        assert_eq!(code(Jws::parse(&bad)), ("JW-01", "jws-base64url"), "{bad}");
    }
    let limits = Limits { bytes: good.len() - 1, depth: 32 };
    assert_eq!(code(Jws::parse_within(&good, limits)), ("JW-01", "jws-too-large"));
}

#[test]
fn jw_01_stray_bits_in_the_signature_are_refused() {
    let good = sign(&Header::new(Algorithm::EdDsa), &json!({}), &key(KeyType::Ed25519)).unwrap();
    // 64 bytes are 86 characters, the last of which carries two bits that mean something and four that do not.
    let last = good.chars().last().unwrap();
    let stray = char::from(last as u8 + 1);
    let bad = format!("{}{stray}", &good[..good.len() - 1]);
    assert_eq!(code(Jws::parse(&bad)), ("JW-01", "jws-base64url"));
}

#[test]
fn jw_02_a_malformed_header_is_refused() {
    let key = key(KeyType::Ed25519);
    for header in [
        "",
        "{",
        r#"{"alg":"EdDSA","alg":"EdDSA"}"#,
        r#"{"alg":"EdDSA","a":[[[[[[[[[[]]]]]]]]]]}"#,
        "{\"alg\":\"EdDSA\"}x",
        "\u{feff}{}",
    ] {
        let check = if header.is_empty() { "JW-01" } else { "JW-02" };
        assert_eq!(code(Jws::parse(&raw(header, "{}", &key))).0, check, "{header}");
    }
    for header in [json!([]), json!("EdDSA"), json!(null)] {
        assert_eq!(code(with_header(&header)), ("JW-02", "header-malformed"), "{header}");
    }
    for member in ["typ", "cty", "kid", "alg"] {
        let mut header = json!({"alg": "EdDSA"});
        header[member] = json!(1);
        assert_eq!(code(with_header(&header)), ("JW-02", "header-member-type"), "{member}");
    }
    let long = json!({"alg": "EdDSA", "kid": "k".repeat(65 * 1024)});
    assert_eq!(code(with_header(&long)), ("JW-02", "header-json"));
}

#[test]
fn jw_03_none_symmetric_and_unknown_algorithms_are_refused() {
    for alg in ["none", "None", "NONE", "nOnE"] {
        assert_eq!(code(with_header(&json!({"alg": alg}))), ("JW-03", "alg-none"));
    }
    for alg in [
        "HS256", "HS384", "HS512", "RS256", "PS256", "ES521", "ES256K", "Ed448", "eddsa", "es256", "",
        "EdDSA ",
    ] {
        assert_eq!(code(with_header(&json!({"alg": alg}))), ("JW-03", "alg-unsupported"), "{alg}");
    }
    assert_eq!(code(with_header(&json!({"typ": "JWT"}))), ("JW-03", "alg-missing"));
    // An unsigned message has no third part at all.
    let unsigned = format!("{}.{}.", base64url::encode(r#"{"alg":"none"}"#), base64url::encode("{}"));
    assert_eq!(code(Jws::parse(&unsigned)).0, "JW-01");
}

#[test]
fn jw_04_crit_and_b64_are_refused() {
    for header in [
        json!({"alg": "EdDSA", "crit": ["exp"], "exp": 1}),
        json!({"alg": "EdDSA", "crit": []}),
        json!({"alg": "EdDSA", "crit": null}),
        json!({"alg": "EdDSA", "b64": false, "crit": ["b64"]}),
        json!({"alg": "EdDSA", "b64": true}),
    ] {
        assert_eq!(code(with_header(&header)), ("JW-04", "crit-present"), "{header}");
    }
}

#[test]
fn jw_05_a_key_of_another_type_is_refused() {
    let types = [KeyType::Ed25519, KeyType::P256, KeyType::P384, KeyType::P521];
    for signer in types {
        let key_of_signer = key(signer);
        let header = Header::for_key(key_of_signer.public()).unwrap();
        let compact = sign(&header, &json!({}), &key_of_signer).unwrap();
        for other in types.into_iter().filter(|other| *other != signer) {
            let jws = Jws::parse(&compact).unwrap();
            assert_eq!(code(jws.verify(key(other).public())), ("JW-05", "key-type-mismatch"));
        }
    }
    assert_eq!(Header::for_key(key(KeyType::X25519).public()), None);
}

#[test]
fn jw_06_a_payload_that_is_not_a_strict_object_is_refused() {
    let key = key(KeyType::Ed25519);
    let deep = format!("{{\"a\":{}{}}}", "[".repeat(40), "]".repeat(40));
    for payload in
        ["", "foo", "{\"a\":1,\"a\":1}", "{\"a\":1e999}", "{}{}", deep.as_str(), "{\"a\":\"\u{1}\"}"]
    {
        assert_eq!(
            code(Jws::parse(&raw(r#"{"alg":"EdDSA"}"#, payload, &key))),
            ("JW-06", "payload-json"),
            "{payload}"
        );
    }
    for payload in ["[]", "\"a\"", "1", "null"] {
        let compact = raw(r#"{"alg":"EdDSA"}"#, payload, &key);
        assert_eq!(code(Jws::parse(&compact)), ("JW-06", "payload-object"), "{payload}");
    }
}

#[test]
fn jw_07_a_wrong_signature_is_refused() {
    for key_type in [KeyType::Ed25519, KeyType::P256, KeyType::P384, KeyType::P521] {
        let (key, other) = (key(key_type), PrivateKey::generate(key_type, &Repeatable::new(99)));
        let header = Header::for_key(key.public()).unwrap();
        let compact = sign(&header, &json!({"a": 1}), &key).unwrap();
        Jws::parse(&compact).unwrap().verify(key.public()).unwrap();
        assert_eq!(
            code(Jws::parse(&compact).unwrap().verify(other.public())),
            ("JW-07", "signature-mismatch")
        );

        let (input, signature) = compact.rsplit_once('.').unwrap();
        let changed = UnsignedJws::new(&header, &json!({"a": 2}));
        let forged = format!("{}.{signature}", String::from_utf8_lossy(changed.signing_input()));
        assert_eq!(code(Jws::parse(&forged).unwrap().verify(key.public())).0, "JW-07");
        for length in [0, 1, 63, 65, 70, 72, 95, 97] {
            let bad = format!("{input}.{}", base64url::encode(vec![1; length]));
            let result = Jws::parse(&bad).and_then(|jws| jws.verify(key.public()));
            assert_eq!(code(result).0, if length == 0 { "JW-01" } else { "JW-07" });
        }
        let zeros = format!("{input}.{}", base64url::encode(vec![0; header.alg.signature_length()]));
        assert_eq!(code(Jws::parse(&zeros).unwrap().verify(key.public())).0, "JW-07");
    }
}

#[test]
fn jw_08_another_typ_is_refused() {
    let header = |typ: &str| Header::new(Algorithm::EdDsa).typ(typ);
    for typ in
        ["statuslist+jwt", "StatusList+JWT", "application/statuslist+jwt", "APPLICATION/statuslist+jwt"]
    {
        header(typ).require_typ("statuslist+jwt").unwrap();
        header(typ).require_typ("application/statuslist+jwt").unwrap();
    }
    for typ in [
        "",
        "JWT",
        "statuslist",
        "application/",
        "text/statuslist+jwt",
        "application/application/statuslist+jwt",
    ] {
        assert_eq!(code(header(typ).require_typ("statuslist+jwt")), ("JW-08", "typ-mismatch"), "{typ}");
    }
    assert_eq!(code(Header::new(Algorithm::EdDsa).require_typ("JWT")).0, "JW-08");
}

#[test]
fn jw_09_malformed_keys_and_certificates_in_the_header_are_refused() {
    let private: Value = serde_json::from_str(&key(KeyType::P256).to_jwk()).unwrap();
    for jwk in [
        json!({}),
        json!(1),
        json!({"kty": "oct", "k": "AAAA"}),
        json!({"kty": "RSA", "n": "AQ", "e": "AQAB"}),
        private,
    ] {
        assert_eq!(
            code(with_header(&json!({"alg": "EdDSA", "jwk": jwk}))),
            ("JW-09", "jwk-malformed"),
            "{jwk}"
        );
    }
    for x5c in
        [json!([]), json!("MIIB"), json!([1]), json!(["MII_"]), json!(["MIIB\n"]), json!(vec!["MIIB"; 11])]
    {
        assert_eq!(
            code(with_header(&json!({"alg": "EdDSA", "x5c": x5c}))),
            ("JW-09", "x5c-malformed"),
            "{x5c}"
        );
    }
}

#[test]
fn a_header_goes_there_and_back() {
    let key = key(KeyType::P256);
    let header = Header::for_key(key.public())
        .unwrap()
        .typ("openid4vci-proof+jwt")
        .kid("did:example:1#0")
        .x5c(vec![vec![0x30, 0x82, 0xff], vec![0x30]])
        .jwk(key.public().clone());
    let payload = json!({"iss": "a", "nested": {"list": [1, "둘", null]}});
    let verified = Jws::parse(&sign(&header, &payload, &key).unwrap()).unwrap().verify(key.public()).unwrap();
    assert_eq!(verified.into_parts(), (header, payload));
}

#[test]
fn a_signature_made_elsewhere_is_attached() {
    let key = key(KeyType::P384);
    let unsigned = UnsignedJws::new(&Header::new(Algorithm::Es384), &json!({}));
    let signature = key.sign(unsigned.signing_input()).unwrap();
    let compact = unsigned.clone().attach(&signature).unwrap();
    Jws::parse(&compact).unwrap().verify(key.public()).unwrap();
    assert_eq!(unsigned.attach(&signature[1..]), Err(SignError::WrongSignature));
    let other = sign(&Header::new(Algorithm::Es256), &json!({}), &key);
    assert_eq!(other, Err(SignError::WrongKey));
}

#[test]
fn the_fully_specified_name_of_ed25519_is_accepted() {
    let key = key(KeyType::Ed25519);
    let compact = sign(&Header::new(Algorithm::Ed25519), &json!({}), &key).unwrap();
    let verified = Jws::parse(&compact).unwrap().verify(key.public()).unwrap();
    assert_eq!(verified.header().alg.name(), "Ed25519");
}

#[test]
fn a_numeric_date_is_a_number_of_seconds() {
    for (value, seconds) in [
        (json!(0), Some(0)),
        (json!(1.9), Some(1)),
        (json!(-0.5), Some(-1)),
        (json!(1_700_000_000), Some(1_700_000_000)),
        (json!(1e300), None),
        (json!(u64::MAX), None),
        (json!("1"), None),
        (json!(null), None),
    ] {
        assert_eq!(numeric_date(&value), seconds.map(Timestamp::from_unix), "{value}");
    }
}

/// RFC 8037, appendix A.4: the payload is text, so only the parts are looked at.
#[test]
fn the_ed25519_signature_of_rfc_8037_verifies() {
    let key = PublicKey::from_jwk(
        &json!({"kty": "OKP", "crv": "Ed25519", "x": "11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo"}),
    )
    .unwrap();
    let compact = "eyJhbGciOiJFZERTQSJ9.RXhhbXBsZSBvZiBFZDI1NTE5IHNpZ25pbmc.hgyY0il_MGCjP0JzlnLWG1PPOt7-09PGcvMg3AIbQR6dWbhijcNR4ki4iylGjg5BhVsPt9g7sVvpAr_MuM0KAg";
    let (parts, payload) = Parts::parse(compact, Limits::MESSAGE).unwrap();
    parts.verify(&key).unwrap();
    assert_eq!(payload, b"Example of Ed25519 signing");
}

#[expect(clippy::disallowed_methods, reason = "a test reads its vectors")]
#[test]
fn wycheproof_agrees_on_every_signature_and_what_is_not_ours_is_refused() {
    let Some(folder) = jigap_tests::vectors("wycheproof") else { return };
    let file = std::fs::read(folder.join("testvectors_v1/json_web_signature_test.json")).unwrap();
    let file: Value = serde_json::from_slice(&file).unwrap();
    let (mut valid, mut invalid, mut foreign) = (0, 0, 0);
    for group in file["testGroups"].as_array().unwrap() {
        // RSA and symmetric keys are not ours, nor is what they signed, however well.
        if group["public"]["kty"] != "EC" {
            for half in ["public", "private"].iter().filter_map(|half| group.get(*half)) {
                assert!(PublicKey::from_jwk_for(half, Purpose::Signature).is_err(), "{half}");
            }
            for test in group["tests"].as_array().unwrap() {
                let jws = test["jws"].as_str().map_or_else(|| test["jws"].to_string(), str::to_owned);
                let verifies = |(parts, _): (Parts, Vec<u8>)| {
                    KeyType::ALL.iter().any(|it| parts.verify(key(*it).public()).is_ok())
                };
                assert!(!Parts::parse(&jws, Limits::MESSAGE).is_ok_and(verifies), "tcId {}", test["tcId"]);
                foreign += 1;
            }
            continue;
        }
        let mut jwk = group["public"].clone();
        // The vectors of RFC 7520 say `ES521` in the key, which no registry has, and `ES512` in the message.
        if let Some(members) =
            jwk.as_object_mut().filter(|jwk| jwk.get("alg").is_some_and(|alg| alg == "ES521"))
        {
            members.remove("alg");
        }
        let key = PublicKey::from_jwk_for(&jwk, Purpose::Signature);
        for test in group["tests"].as_array().unwrap() {
            let jws = test["jws"].as_str().map_or_else(|| test["jws"].to_string(), str::to_owned);
            let accepted = key.as_ref().is_ok_and(|key| {
                Parts::parse(&jws, Limits::MESSAGE).is_ok_and(|(parts, _)| parts.verify(key).is_ok())
            });
            assert_eq!(accepted, test["result"] == "valid", "tcId {}", test["tcId"]);
            if accepted { valid += 1 } else { invalid += 1 }
        }
    }
    assert_eq!(
        (valid, invalid, foreign),
        (4, 39, 358),
        "the vectors changed: see that all of them are judged"
    );
}

proptest! {
    #[test]
    fn no_text_makes_the_parser_panic(text in "\\PC{0,200}", header in "\\PC{0,80}", payload in "\\PC{0,80}") {
        let _ = Jws::parse(&text);
        let _ = Jws::parse(&format!("{}.{}.AAAA", base64url::encode(header), base64url::encode(payload)));
    }

    #[test]
    fn one_changed_character_is_refused(position in 0_usize..1000, letter in "[A-Za-z0-9_-]") {
        let key = key(KeyType::Ed25519);
        let good = sign(&Header::new(Algorithm::EdDsa).kid("k"), &json!({"a": "b"}), &key).unwrap();
        let position = position % good.len();
        let mut bad = good.clone();
        bad.replace_range(position..=position, &letter);
        prop_assume!(bad != good);
        prop_assert!(Jws::parse(&bad).and_then(|jws| jws.verify(key.public())).is_err());
    }
}
