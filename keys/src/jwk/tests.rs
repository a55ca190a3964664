//! Tests of JWK: the examples of the RFCs, and hostile keys.

use proptest::prelude::*;
use serde_json::{Value, json};

use crate::testing::Seeded;
use crate::{KeyError, KeyType, PrivateKey, PublicKey, Purpose};

fn key(key_type: KeyType, seed: u64) -> PrivateKey {
    PrivateKey::generate(key_type, &Seeded::new(seed))
}

fn with(key_type: KeyType, member: &str, value: Value) -> Value {
    let mut jwk = key(key_type, 1).public().to_jwk();
    jwk[member] = value;
    jwk
}

/// RFC 8037 appendix A.1 to A.3.
#[test]
fn the_example_of_rfc_8037() {
    let text = r#"{"kty":"OKP","crv":"Ed25519","d":"nWGxne_9WmC6hEr0kuwsxERJxWl7MmkZcDusAxyuf2A",
        "x":"11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo"}"#;
    let jwk: Value = serde_json::from_str(text).unwrap();
    let private = PrivateKey::from_jwk(jwk.to_string().as_bytes()).unwrap();
    assert_eq!(private.public().thumbprint(), "kPrK_qmxVWaYVA9wwBF6Iuo3vVzz7TxHCTwXBygrS4k");
    let public = json!({"kty":"OKP","crv":"Ed25519","x":"11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo"});
    assert_eq!(private.public().to_jwk(), public);
    assert_eq!(PublicKey::from_jwk(&jwk), Err(KeyError::PrivateMaterial));
    let signing_input = "eyJhbGciOiJFZERTQSJ9.RXhhbXBsZSBvZiBFZDI1NTE5IHNpZ25pbmc";
    assert_eq!(
        crate::base64url::encode(private.sign(signing_input.as_bytes()).unwrap()),
        "hgyY0il_MGCjP0JzlnLWG1PPOt7-09PGcvMg3AIbQR6dWbhijcNR4ki4iylGjg5BhVsPt9g7sVvpAr_MuM0KAg"
    );
}

/// RFC 7515 appendix A.3: a key and its signature of ES256.
#[test]
fn the_example_of_rfc_7515() {
    let jwk = json!({"kty":"EC","crv":"P-256","x":"f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEU",
        "y":"x_FEzRu9m36HLN_tue659LNpXW6pCyStikYjKIWI5a0"});
    let input = "eyJhbGciOiJFUzI1NiJ9.eyJpc3MiOiJqb2UiLA0KICJleHAiOjEzMDA4MTkzODAsDQogImh0dHA6Ly9leGFtcGxlLmNvbS9pc19yb290Ijp0cnVlfQ";
    let signature = crate::base64url::decode(
        "DtEhU3ljbEg8L38VWAfUAqOyKAM6-Xx-F4GawxaepmXFCgfTjDxw5djxLa8ISlSApmWQxfKTUJqPP3-Kg6NU1Q",
    );
    assert_eq!(PublicKey::from_jwk(&jwk).unwrap().verify(input.as_bytes(), &signature.unwrap()), Ok(()));
}

#[test]
fn private_keys_come_back() {
    for key_type in KeyType::ALL {
        let key = key(key_type, 5);
        let jwk: Value = serde_json::from_str(&key.to_jwk()).unwrap();
        let back = PrivateKey::from_jwk(jwk.to_string().as_bytes()).unwrap();
        assert_eq!(back.public(), key.public());
        assert_eq!(back.secret(), key.secret());
        assert_eq!(PublicKey::from_jwk(&jwk), Err(KeyError::PrivateMaterial));
    }
}

#[test]
fn halves_that_do_not_belong_together_are_refused() {
    for key_type in KeyType::ALL {
        let mut jwk: Value = serde_json::from_str(&key(key_type, 1).to_jwk()).unwrap();
        let other = key(key_type, 2).public().to_jwk();
        for member in ["x", "y"].into_iter().filter(|it| other.get(it).is_some()) {
            jwk[member] = other[member].clone();
        }
        assert!(
            matches!(PrivateKey::from_jwk(jwk.to_string().as_bytes()), Err(KeyError::Mismatch)),
            "{key_type:?}"
        );
        jwk["d"] = json!("");
        assert!(matches!(PrivateKey::from_jwk(jwk.to_string().as_bytes()), Err(KeyError::Malformed("d"))));
        jwk.as_object_mut().unwrap().remove("d");
        assert!(matches!(PrivateKey::from_jwk(jwk.to_string().as_bytes()), Err(KeyError::Malformed("d"))));
    }
}

#[test]
fn other_types_and_curves_are_refused() {
    use KeyError::{Malformed, Unsupported};
    for (jwk, error) in [
        (json!({"kty":"oct","k":"AAAA"}), Unsupported),
        (json!({"kty":"RSA","n":"AAAA","e":"AQAB"}), Unsupported),
        (with(KeyType::P256, "kty", json!("OKP")), Unsupported),
        (with(KeyType::P256, "kty", json!("ec")), Unsupported),
        (with(KeyType::P256, "kty", json!(["EC"])), Malformed("kty")),
        (with(KeyType::P256, "crv", json!("P-521")), Malformed("x")),
        (with(KeyType::P256, "crv", json!("secp256k1")), Unsupported),
        (with(KeyType::Ed25519, "crv", json!("Ed448")), Unsupported),
        (with(KeyType::Ed25519, "kty", json!("EC")), Unsupported),
        (with(KeyType::P256, "crv", json!("P-384")), Malformed("x")),
        (json!({"kty":"EC"}), Malformed("crv")),
        (json!({"crv":"P-256"}), Malformed("kty")),
        (json!({}), Malformed("kty")),
        (json!([]), Malformed("jwk")),
        (json!("EC"), Malformed("jwk")),
        (Value::Null, Malformed("jwk")),
    ] {
        assert_eq!(PublicKey::from_jwk(&jwk), Err(error), "{jwk}");
    }
}

#[test]
fn coordinates_are_exact() {
    for key_type in KeyType::ALL {
        let jwk = key(key_type, 1).public().to_jwk();
        for member in ["x", "y"].into_iter().filter(|it| jwk.get(it).is_some()) {
            let good = jwk[member].as_str().unwrap().to_owned();
            for bad in [
                json!(good[1..]),
                json!(format!("A{good}")),
                json!(format!("{good}=")),
                json!(format!(" {}", &good[1..])),
                json!(good.replacen(|_| true, "+", 1)),
                json!(""),
                json!("A".repeat(1 << 20)),
                json!(null),
                json!([1]),
            ] {
                let refused = PublicKey::from_jwk(&with(key_type, member, bad));
                assert!(matches!(refused, Err(KeyError::Malformed(it)) if it == member), "{refused:?}");
            }
        }
    }
    assert_eq!(PublicKey::from_jwk(&with(KeyType::Ed25519, "y", json!("AA"))), Err(KeyError::Malformed("y")));
    let other = key(KeyType::P256, 2).public().to_jwk();
    assert_eq!(
        PublicKey::from_jwk(&with(KeyType::P256, "y", other["y"].clone())),
        Err(KeyError::InvalidPoint)
    );
    let zero = json!({"kty":"EC","crv":"P-256","x":"A".repeat(43),"y":"A".repeat(43)});
    assert_eq!(PublicKey::from_jwk(&zero), Err(KeyError::InvalidPoint));
}

#[test]
fn what_contradicts_the_key_is_refused() {
    use KeyError::{Contradiction, Malformed};
    for (key_type, member, value, error) in [
        (KeyType::P256, "alg", json!("ES384"), Contradiction("alg")),
        (KeyType::P256, "alg", json!("none"), Contradiction("alg")),
        (KeyType::P256, "alg", json!("HS256"), Contradiction("alg")),
        (KeyType::P256, "alg", json!(1), Malformed("alg")),
        (KeyType::Ed25519, "alg", json!("ECDH-ES"), Contradiction("alg")),
        (KeyType::X25519, "alg", json!("EdDSA"), Contradiction("alg")),
        (KeyType::Ed25519, "use", json!("enc"), Contradiction("use")),
        (KeyType::X25519, "use", json!("sig"), Contradiction("use")),
        (KeyType::P256, "use", json!("else"), Contradiction("use")),
        (KeyType::P256, "key_ops", json!(["encrypt"]), Contradiction("key_ops")),
        (KeyType::Ed25519, "key_ops", json!([]), Contradiction("key_ops")),
        (KeyType::P256, "key_ops", json!(["verify", "verify"]), Malformed("key_ops")),
        (KeyType::P256, "key_ops", json!("verify"), Malformed("key_ops")),
        (KeyType::P256, "key_ops", json!([1]), Malformed("key_ops")),
    ] {
        assert_eq!(PublicKey::from_jwk(&with(key_type, member, value)), Err(error), "{key_type:?} {member}");
    }
    let mut jwk = with(KeyType::P256, "alg", json!("ES256"));
    jwk["use"] = json!("enc");
    assert_eq!(PublicKey::from_jwk(&jwk), Err(Contradiction("use")));
}

#[test]
fn a_key_is_refused_for_what_it_is_not_meant_for() {
    use Purpose::{Agreement, Signature};
    for (member, value, signature, agreement) in [
        ("kid", json!("1"), true, true),
        ("alg", json!("ES256"), true, false),
        ("alg", json!("ECDH-ES"), false, true),
        ("use", json!("sig"), true, false),
        ("use", json!("enc"), false, true),
        ("key_ops", json!(["verify"]), true, false),
        ("key_ops", json!(["deriveKey"]), false, true),
        ("key_ops", json!([]), false, true),
        ("key_ops", json!(["verify", "deriveBits"]), true, true),
    ] {
        let jwk = with(KeyType::P256, member, value);
        assert!(PublicKey::from_jwk(&jwk).is_ok(), "{jwk}");
        assert_eq!(PublicKey::from_jwk_for(&jwk, Signature).is_ok(), signature, "{jwk}");
        assert_eq!(PublicKey::from_jwk_for(&jwk, Agreement).is_ok(), agreement, "{jwk}");
    }
    let ed25519 = key(KeyType::Ed25519, 1).public().to_jwk();
    assert_eq!(PublicKey::from_jwk_for(&ed25519, Agreement), Err(KeyError::Contradiction("use")));
    assert!(PublicKey::from_jwk(&with(KeyType::Ed25519, "alg", json!("Ed25519"))).is_ok());
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn every_form_of_a_key_comes_back(seed: u64, at in 0_usize..4) {
        let private = key(KeyType::ALL[at], seed);
        let public = private.public();
        prop_assert_eq!(&PublicKey::from_jwk(&public.to_jwk()).unwrap(), public);
        prop_assert_eq!(&PublicKey::from_multikey(&public.to_multikey()).unwrap(), public);
        prop_assert_eq!(&PublicKey::from_cose_key(&public.to_cose_key()).unwrap(), public);
        prop_assert_eq!(&PublicKey::from_spki_der(&public.to_spki_der()).unwrap(), public);
        let pkcs8 = PrivateKey::from_pkcs8_der(&private.to_pkcs8_der()).unwrap();
        prop_assert_eq!(pkcs8.secret(), private.secret());
        let multikey = PrivateKey::from_multikey(&private.to_multikey()).unwrap();
        prop_assert_eq!(multikey.secret(), private.secret());
    }

    #[test]
    fn foreign_bytes_never_panic(bytes: Vec<u8>, text: String) {
        let _ = PublicKey::from_cose_key(&bytes);
        let _ = PublicKey::from_spki_der(&bytes);
        let _ = PrivateKey::from_pkcs8_der(&bytes);
        let _ = PublicKey::from_multikey(&text);
        let _ = PublicKey::from_multikey(&format!("z{text}"));
    }
}
