//! Tests of JWE: RFC 7518 appendix C, wycheproof, and hostile messages for each check.

use jigap_keys::{KeyType, PrivateKey};
use proptest::prelude::*;
use serde_json::Value;

use super::*;
use crate::testing::Repeatable;

const ANY: &[ContentEncryption] = ContentEncryption::ALL;

fn key(key_type: KeyType, seed: u64) -> PrivateKey {
    PrivateKey::generate(key_type, &Repeatable::new(seed))
}

fn to(key: &PrivateKey, enc: ContentEncryption) -> Recipient<'_> {
    Recipient {
        key: key.public(),
        kid: Some("1"),
        alg: KeyManagement::EcdhEs,
        enc,
        apu: b"Alice",
        apv: b"Bob",
    }
}

fn message(key: &PrivateKey) -> String {
    encrypt(b"payload", &to(key, ContentEncryption::A128Gcm), &Repeatable::new(9)).unwrap()
}

fn header_of(compact: &str) -> Value {
    let header = base64url::decode(compact.split('.').next().unwrap()).unwrap();
    serde_json::from_slice(&header).unwrap()
}

/// A message to `key` whose part number `at` is `part`.
fn with_part(compact: &str, at: usize, part: &str) -> String {
    let mut parts: Vec<&str> = compact.split('.').collect();
    parts[at] = part;
    parts.join(".")
}

/// A message whose header is `text`.
fn with_header(text: &str) -> String {
    with_part(&message(&key(KeyType::P256, 1)), 0, &base64url::encode(text))
}

/// A message whose header has `member` set to `value`.
fn with_member(member: &str, value: Value) -> String {
    let mut header = header_of(&message(&key(KeyType::P256, 1)));
    header[member] = value;
    with_header(&header.to_string())
}

fn refused(compact: &str) -> Refusal {
    decrypt(compact, &key(KeyType::P256, 1), ANY).unwrap_err()
}

#[test]
fn what_is_encrypted_is_decrypted() {
    for key_type in [KeyType::P256, KeyType::P384, KeyType::X25519] {
        for enc in ContentEncryption::ALL {
            let key = key(key_type, 1);
            let compact = encrypt(b"payload", &to(&key, *enc), &Repeatable::new(2)).unwrap();
            let (header, payload) = decrypt(&compact, &key, ANY).unwrap();
            assert_eq!(**payload, *b"payload");
            let expected = Header {
                kid: Some("1".to_owned()),
                alg: KeyManagement::EcdhEs,
                enc: *enc,
                apu: b"Alice".to_vec(),
                apv: b"Bob".to_vec(),
            };
            assert_eq!(header, expected);
        }
    }
}

#[test]
fn what_is_not_said_is_not_sent() {
    let key = key(KeyType::P256, 1);
    let enc = ContentEncryption::A128Gcm;
    let to = Recipient { key: key.public(), kid: None, alg: KeyManagement::EcdhEs, enc, apu: b"", apv: b"" };
    let compact = encrypt(b"", &to, &Repeatable::new(2)).unwrap();
    let header = header_of(&compact);
    assert_eq!(header.as_object().unwrap().keys().collect::<Vec<_>>(), ["alg", "enc", "epk"]);
    let (header, payload) = decrypt(&compact, &key, ANY).unwrap();
    assert_eq!((header.kid, header.apu, header.apv), (None, vec![], vec![]));
    assert!(payload.is_empty());
}

#[test]
fn every_message_has_its_own_ephemeral_key_and_vector() {
    let key = key(KeyType::P256, 1);
    let entropy = Repeatable::new(2);
    let [one, two] =
        [0, 1].map(|_| encrypt(b"payload", &to(&key, ContentEncryption::A128Gcm), &entropy).unwrap());
    let (one, two): (Vec<_>, Vec<_>) = (one.split('.').collect(), two.split('.').collect());
    for part in [0, 2, 3, 4] {
        assert_ne!(one[part], two[part]);
    }
}

#[test]
fn a_recipient_that_only_signs_is_the_callers_mistake() {
    let key = key(KeyType::Ed25519, 1);
    let error = encrypt(b"", &to(&key, ContentEncryption::A128Gcm), &Repeatable::new(2));
    assert_eq!(error, Err(KeyError::CannotAgree));
}

/// RFC 7518 appendix C.
#[test]
fn the_key_of_rfc_7518_is_derived() {
    let jwk = |text: &str| PrivateKey::from_jwk(text.as_bytes()).unwrap();
    let alice = jwk(r#"{"kty":"EC","crv":"P-256","x":"gI0GAILBdu7T53akrFmMyGcsF3n5dO7MmwNBHKW5SV0",
        "y":"SLW_xSffzlPWrHEVI30DHM_4egVwt3NQqeUD7nMFpps","d":"0_NxaRPUMQoAJt50Gz8YiTr8gRTwyEaCumd-MToTmIo"}"#);
    let bob = jwk(r#"{"kty":"EC","crv":"P-256","x":"weNJy2HscCSM6AEDTDg04biOvhFhyyWvOHQfeF_PxMQ",
        "y":"e8lnCO-AlStT-NJVX-crhB7QRYhiix03illJOVAOyck","d":"VEmDZpDXXK8p8N0Cndsxs924q6nS1RXFASRl6BfUqdw"}"#);
    for secret in [alice.agree(bob.public()), bob.agree(alice.public())] {
        let agreed = Agreed { secret: secret.unwrap(), apu: b"Alice", apv: b"Bob" };
        assert_eq!(base64url::encode(agreed.derive("A128GCM", 16).as_slice()), "VqqN6vgjbSBcIijNcacQGg");
    }
}

/// Messages by the algorithms that are spoken are decrypted; everything else in the file is refused.
#[test]
fn wycheproof() {
    let Some(folder) = jigap_tests::vectors("wycheproof") else { return };
    #[expect(clippy::disallowed_methods, reason = "a test reads its vectors")]
    let bytes = std::fs::read(folder.join("testvectors_v1/json_web_encryption_test.json")).unwrap();
    let file = json::parse(&bytes, Limits { bytes: 1 << 24, depth: 32 }).unwrap();
    let (mut accepted, mut refused) = (0, 0);
    for group in file["testGroups"].as_array().unwrap() {
        // The recipient's key where it is one of ours; elsewhere the header alone must lead to a refusal.
        let mut jwk = group["private"].clone();
        jwk.as_object_mut().unwrap().remove("alg");
        let key = PrivateKey::from_jwk(jwk.to_string().as_bytes()).unwrap_or_else(|_| key(KeyType::P256, 1));
        for test in group["tests"].as_array().unwrap() {
            let ours = KeyManagement::from_name(group["private"]["alg"].as_str().unwrap_or_default())
                .is_some()
                && ContentEncryption::from_name(test["enc"].as_str().unwrap_or_default()).is_some();
            match decrypt(test["jwe"].as_str().unwrap(), &key, ANY) {
                Ok((_, payload)) => {
                    assert!(ours && test["result"] == "valid", "{test}");
                    assert_eq!(hex(&payload), test["pt"].as_str().unwrap());
                    accepted += 1;
                }
                Err(_) => {
                    assert!(!ours || test["result"] == "invalid", "{test}");
                    refused += 1;
                }
            }
        }
    }
    assert_eq!((accepted, refused), if cfg!(feature = "josekit") { (18, 121) } else { (2, 137) });
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

#[test]
fn je_01_what_is_not_five_parts_of_base64url_is_refused() {
    let good = message(&key(KeyType::P256, 1));
    let parts: Vec<&str> = good.split('.').collect();
    for bad in [
        String::new(),
        ".".repeat(3),
        parts[..4].join("."),
        format!("{good}."),
        format!("{good}.{}", parts[4]),
        format!("{good}="),
        format!("{good} "),
        good.replacen('.', " .", 1),
        with_part(&good, 2, "+/+/+/+/+/+/+/+/"),
        with_part(&good, 3, "A"),
    ] {
        assert_eq!(refused(&bad).check, FORM, "{bad}");
    }
    assert_eq!(refused(&with_part(&good, 3, &"A".repeat(MAX_BYTES))), FORM.refuse(TOO_LARGE));
}

#[test]
fn je_02_a_header_that_is_no_object_of_the_right_types_is_refused() {
    for bad in [
        "",
        "{",
        "[]",
        "\"ECDH-ES\"",
        r#"{"alg":"ECDH-ES","alg":"ECDH-ES","enc":"A128GCM"}"#,
        r#"{"alg":["ECDH-ES"],"enc":"A128GCM"}"#,
        r#"{"alg":"ECDH-ES","enc":1}"#,
    ] {
        assert_eq!(refused(&with_header(bad)).check, HEADER, "{bad}");
    }
    for (member, value) in [
        ("kid", json!(1)),
        ("apu", json!([])),
        ("apu", json!("QQ==")),
        ("apv", json!("\u{e9}")),
        ("apv", json!(null)),
        ("x", json!("A".repeat(16 * 1024))),
    ] {
        assert_eq!(refused(&with_member(member, value)).check, HEADER, "{member}");
    }
}

#[test]
fn je_03_another_algorithm_is_refused() {
    for alg in [
        "dir",
        "RSA1_5",
        "RSA-OAEP",
        "RSA-OAEP-256",
        "A128KW",
        "A256GCMKW",
        "PBES2-HS256+A128KW",
        "ECDH-ES+A128GCMKW",
        "none",
        "ecdh-es",
        "",
    ] {
        assert_eq!(refused(&with_member("alg", json!(alg))).check, ALGORITHM, "{alg}");
    }
    assert_eq!(refused(&with_header(r#"{"enc":"A128GCM"}"#)).check, ALGORITHM);
    #[cfg(not(feature = "josekit"))]
    for alg in ["ECDH-ES+A128KW", "ECDH-ES+A192KW", "ECDH-ES+A256KW"] {
        assert_eq!(refused(&with_member("alg", json!(alg))).check, ALGORITHM, "{alg}");
    }
}

#[test]
fn je_04_an_encryption_that_was_not_offered_is_refused() {
    #[cfg(not(feature = "josekit"))]
    for enc in ["A192GCM", "A128CBC-HS256"] {
        assert_eq!(refused(&with_member("enc", json!(enc))).check, ENCRYPTION, "{enc}");
    }
    for enc in ["A192CBC-HS384", "A256CBC-HS512", "a128gcm", "none", ""] {
        assert_eq!(refused(&with_member("enc", json!(enc))).check, ENCRYPTION, "{enc}");
    }
    assert_eq!(refused(&with_header(r#"{"alg":"ECDH-ES"}"#)).check, ENCRYPTION);
    let key = key(KeyType::P256, 1);
    for offered in [&[ContentEncryption::A256Gcm][..], &[]] {
        assert_eq!(decrypt(&message(&key), &key, offered), Err(ENCRYPTION.refuse(OTHER_ENC)));
    }
}

#[test]
fn je_05_a_critical_extension_is_refused() {
    for value in [json!(["exp"]), json!([]), json!(null)] {
        assert_eq!(refused(&with_member("crit", value)).check, CRITICAL);
    }
}

#[test]
fn je_06_compressed_content_is_refused() {
    for value in [json!("DEF"), json!(""), json!(null)] {
        assert_eq!(refused(&with_member("zip", value)).check, COMPRESSION);
    }
}

#[test]
fn je_07_an_encrypted_key_is_refused() {
    let good = message(&key(KeyType::P256, 1));
    for bad in ["AA", "A".repeat(43).as_str()] {
        assert_eq!(refused(&with_part(&good, 1, bad)).check, ENCRYPTED_KEY);
    }
    assert_eq!(refused(&with_part(&good, 1, "%")).check, FORM);
}

#[test]
fn je_08_an_ephemeral_key_that_cannot_be_agreed_with_is_refused() {
    let epk = key(KeyType::P256, 3);
    let mut off_curve = epk.public().to_jwk();
    off_curve["y"] = key(KeyType::P256, 4).public().to_jwk()["y"].clone();
    let mut to_verify_with = epk.public().to_jwk();
    to_verify_with["use"] = json!("sig");
    let low_order = json!({"kty":"OKP","crv":"X25519","x":"A".repeat(43)});
    for bad in [
        json!(null),
        json!("A"),
        json!({}),
        serde_json::from_str(&epk.to_jwk()).unwrap(),
        off_curve,
        to_verify_with,
        key(KeyType::Ed25519, 3).public().to_jwk(),
        key(KeyType::P384, 3).public().to_jwk(),
        key(KeyType::X25519, 3).public().to_jwk(),
    ] {
        assert_eq!(refused(&with_member("epk", bad.clone())).check, EPHEMERAL_KEY, "{bad}");
    }
    assert_eq!(refused(&with_header(r#"{"alg":"ECDH-ES","enc":"A128GCM"}"#)).check, EPHEMERAL_KEY);
    let forced = decrypt(&with_member("epk", low_order), &key(KeyType::X25519, 1), ANY);
    assert_eq!(forced.unwrap_err().check, EPHEMERAL_KEY);
}

#[test]
fn je_09_a_message_changed_or_for_another_is_refused() {
    let good = message(&key(KeyType::P256, 1));
    let epk = key(KeyType::P256, 3).public().to_jwk();
    for bad in [
        with_part(&good, 2, &base64url::encode([0; 12])),
        with_part(&good, 2, &base64url::encode([0; 16])),
        with_part(&good, 2, ""),
        with_part(&good, 3, &base64url::encode(b"paylOad")),
        with_part(&good, 3, ""),
        with_part(&good, 4, &base64url::encode([0; 16])),
        with_part(&good, 4, &good.rsplit('.').next().unwrap()[..20]),
        with_part(&good, 4, ""),
        with_member("kid", json!("2")),
        with_member("apu", json!("Qm9i")),
        with_member("apv", json!("QWxpY2U")),
        with_member("enc", json!("A256GCM")),
        with_member("epk", epk),
        with_member("new", json!(1)),
    ] {
        assert_eq!(refused(&bad), AUTHENTICITY.refuse(NOT_OPENED), "{bad}");
    }
    let stranger = decrypt(&good, &key(KeyType::P256, 2), ANY);
    assert_eq!(stranger, Err(AUTHENTICITY.refuse(NOT_OPENED)));
}

proptest! {
    #[test]
    fn foreign_text_never_panics(text: String, header in "[a-z\":{},\\[\\]]{0,40}") {
        let _ = Jwe::parse(&text);
        let _ = Jwe::parse(&with_header(&header));
    }

    #[test]
    fn every_payload_comes_back(payload: Vec<u8>, apu: Vec<u8>, apv: Vec<u8>, kid: String, seed: u64) {
        let key = key(KeyType::P256, 1);
        let enc = ContentEncryption::A256Gcm;
        let to = Recipient { alg: KeyManagement::EcdhEs, key: key.public(), kid: Some(&kid), enc, apu: &apu, apv: &apv };
        let compact = encrypt(&payload, &to, &Repeatable::new(seed)).unwrap();
        let (header, opened) = decrypt(&compact, &key, ANY).unwrap();
        prop_assert_eq!((header.kid, header.apu, header.apv), (Some(kid), apu, apv));
        prop_assert_eq!(&*opened, &payload);
    }
}
