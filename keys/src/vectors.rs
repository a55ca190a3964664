//! The official vectors: wycheproof for signatures, agreement and JWK, and RFC 8785's own.

use std::path::Path;

use jigap_tests::vectors;
use serde_json::Value;

use crate::json::{Limits, canonicalize, parse};
use crate::testing::hex;
use crate::{KeyType, PrivateKey, PublicKey, base64url};

const FILE: Limits = Limits { bytes: 1 << 24, depth: 32 };

fn bytes(path: &Path) -> Vec<u8> {
    #[expect(clippy::disallowed_methods, reason = "a test reads its vectors")]
    std::fs::read(path).unwrap()
}

/// The groups of a file of wycheproof.
fn groups(file: &str) -> Option<Vec<Value>> {
    let folder = vectors("wycheproof")?;
    let file = parse(&bytes(&folder.join("testvectors_v1").join(file)), FILE).unwrap();
    Some(file["testGroups"].as_array().unwrap().clone())
}

fn bytes_of(value: &Value) -> Vec<u8> {
    hex(value.as_str().unwrap())
}

/// Runs each test of `file` with the key of its group, and counts them.
fn signatures(file: &str, key_type: KeyType, raw: &str) -> Option<usize> {
    let mut count = 0;
    for group in groups(file)? {
        let key = PublicKey::from_bytes(key_type, &bytes_of(&group["publicKey"][raw])).unwrap();
        assert_eq!(PublicKey::from_spki_der(&bytes_of(&group["publicKeyDer"])).as_ref(), Ok(&key));
        if group["publicKeyJwk"].is_object() {
            assert_eq!(PublicKey::from_jwk(&group["publicKeyJwk"]).as_ref(), Ok(&key));
        }
        for test in group["tests"].as_array().unwrap() {
            let verified = key.verify(&bytes_of(&test["msg"]), &bytes_of(&test["sig"]));
            assert_eq!(verified.is_ok(), test["result"] == "valid", "{test}");
            count += 1;
        }
    }
    Some(count)
}

#[test]
fn wycheproof_ed25519() {
    let Some(count) = signatures("ed25519_test.json", KeyType::Ed25519, "pk") else { return };
    assert!(count >= 150, "{count}");
}

#[test]
fn wycheproof_p256() {
    let file = "ecdsa_secp256r1_sha256_p1363_test.json";
    let Some(count) = signatures(file, KeyType::P256, "uncompressed") else { return };
    assert!(count >= 250, "{count}");
}

#[test]
fn wycheproof_x25519() {
    let Some(groups) = groups("x25519_test.json") else { return };
    let mut count = 0;
    for test in groups.iter().flat_map(|group| group["tests"].as_array().unwrap()) {
        let public = PublicKey::from_bytes(KeyType::X25519, &bytes_of(&test["public"])).unwrap();
        let private = PrivateKey::from_secret(KeyType::X25519, &bytes_of(&test["private"])).unwrap();
        match private.agree(&public) {
            Ok(secret) => assert_eq!(secret.as_bytes(), bytes_of(&test["shared"]), "{test}"),
            Err(_) => assert_eq!(bytes_of(&test["shared"]), [0; 32], "{test}"),
        }
        count += 1;
    }
    assert!(count >= 500, "{count}");
}

/// Sets of one or two keys, and a message. A key of another type than ours, RSA and symmetric ones, is refused, and a message
/// by such a key with it, also where it is a good one of its kind.
#[test]
fn wycheproof_jwk() {
    let Some(groups) = groups("json_web_key_test.json") else { return };
    let (mut count, mut foreign) = (0, 0);
    for group in groups {
        let keys = group["private"]["keys"].as_array().unwrap();
        for key in keys.iter().filter(|key| key["kty"] != "EC") {
            assert!(
                PublicKey::from_jwk(key).is_err()
                    && PrivateKey::from_jwk(key.to_string().as_bytes()).is_err(),
                "{key}"
            );
            foreign += 1;
        }
        let ours = keys.iter().any(|key| key["kty"] == "EC");
        for test in group["tests"].as_array().unwrap() {
            let (input, signature) = test["jws"].as_str().unwrap().rsplit_once('.').unwrap();
            let signature = base64url::decode(signature).unwrap();
            let accepted = keys
                .iter()
                .filter_map(|key| PrivateKey::from_jwk(key.to_string().as_bytes()).ok())
                .any(|key| key.public().verify(input.as_bytes(), &signature).is_ok());
            assert_eq!(accepted, ours && test["result"] == "valid", "{test}");
            count += 1;
        }
    }
    assert_eq!((count, foreign), (26, 22), "the vectors changed: see that all of them are judged");
}

#[test]
fn rfc_8785_pairs() {
    let Some(folder) = vectors("jcs") else { return };
    for name in ["arrays", "french", "structures", "unicode", "values", "weird"] {
        let read = |side: &str| bytes(&folder.join(format!("testdata/{side}/{name}.json")));
        let value = parse(&read("input"), Limits::MESSAGE).unwrap();
        assert_eq!(canonicalize(&value).unwrap().as_bytes(), read("output"), "{name}");
    }
}

/// RFC 8032 §7.1, tests 1 to 3.
#[test]
fn rfc_8032() {
    for (seed, public, message, signature) in [
        (
            "9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60",
            "d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a",
            "",
            "e5564300c360ac729086e2cc806e828a84877f1eb8e5d974d873e065224901555fb8821590a33bacc61e39701cf9b46bd25bf5f0595bbe24655141438e7a100b",
        ),
        (
            "4ccd089b28ff96da9db6c346ec114e0f5b8a319f35aba624da8cf6ed4fb8a6fb",
            "3d4017c3e843895a92b70aa74d1b7ebc9c982ccf2ec4968cc0cd55f12af4660c",
            "72",
            "92a009a9f0d4cab8720e820b5f642540a2b27b5416503f8fb3762223ebdb69da085ac1e43e15996e458f3613d0f11d8c387b2eaeb4302aeeb00d291612bb0c00",
        ),
        (
            "c5aa8df43f9f837bedb7442f31dcb7b166d38535076f094b85ce3a2e0b4458f7",
            "fc51cd8e6218a1a38da47ed00230f0580816ed13ba3303ac5deb911548908025",
            "af82",
            "6291d657deec24024827e69c3abe01a30ce548a284743a445e3680d7db5ac3ac18ff9b538d16f290ae67f760984dc6594a7c15e9716ed28dc027beceea1ec40a",
        ),
    ] {
        let key = PrivateKey::from_secret(KeyType::Ed25519, &hex(seed)).unwrap();
        assert_eq!(key.public().to_bytes(), hex(public));
        assert_eq!(key.sign(&hex(message)).unwrap(), hex(signature));
        assert_eq!(key.public().verify(&hex(message), &hex(signature)), Ok(()));
    }
}

/// RFC 7748 §6.1.
#[test]
fn rfc_7748() {
    let [alice, bob] = [
        "77076d0a7318a57d3c16c17251b26645df4c2f87ebc0992ab177fba51db92c2a",
        "5dab087e624a8a4b79e17f8b83800ee66f3bb1292618b6fd1c2f8b27ff88e0eb",
    ]
    .map(|text| PrivateKey::from_secret(KeyType::X25519, &hex(text)).unwrap());
    let public = hex("8520f0098930a754748b7ddcb43ef75a0dbf3a0d26381af4eba4a98eaa9b4e6a");
    assert_eq!(alice.public().to_bytes(), public);
    assert_eq!(
        alice.agree(bob.public()).unwrap().as_bytes(),
        hex("4a5d9d5ba4ce2de1728e3bf480350f25e07e21c947d19e3376f09b3c1e161742")
    );
}
