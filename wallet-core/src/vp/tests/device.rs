//! By what a device proves itself: what the verifier's metadata say it takes, and the keys they give for it.

use super::*;

/// A key of this type, as a JWK of `jwks` with these members more.
fn jwk(key_type: KeyType, seed: u64, members: &Value) -> Value {
    let mut jwk = PrivateKey::generate(key_type, &Repeatable::new(seed)).public().to_jwk();
    jwk["kid"] = json!(format!("k{seed}"));
    for (name, value) in members.as_object().unwrap() {
        jwk[name] = value.clone();
    }
    jwk
}

fn p256(seed: u64) -> Value {
    jwk(KeyType::P256, seed, &json!({}))
}

/// The request of a verifier whose `deviceauth_alg_values` and `jwks` are these, encrypted or not.
fn asking(accepted: Option<Value>, keys: &[Value], encrypted: bool) -> AuthorizationRequest {
    let verifier = DidVerifier::new(1);
    let mut parameters = verifier.parameters();
    let mdoc = accepted.map_or(json!({}), |accepted| json!({"deviceauth_alg_values": accepted}));
    parameters["client_metadata"] =
        json!({"vp_formats_supported": {"mso_mdoc": mdoc}, "jwks": {"keys": keys}});
    parameters["dcql_query"] =
        json!({"credentials": [{"id": "a", "format": "mso_mdoc", "meta": {"doctype_value": "d"}}]});
    if encrypted {
        parameters["response_mode"] = json!("direct_post.jwt");
    }
    verifier.ask(&parameters).unwrap()
}

/// `none`, `signature`, or the thumbprint of the key that the MAC is for.
fn proof(request: &AuthorizationRequest, device: KeyType) -> String {
    match request.device_proof(device) {
        None => "none".to_owned(),
        Some(DeviceProof::Signature) => "signature".to_owned(),
        Some(DeviceProof::Mac(key)) => key.thumbprint(),
    }
}

#[test]
fn a_device_signs_wherever_its_signature_is_taken() {
    let keys = [p256(3)];
    for accepted in
        [None, Some(json!([-7])), Some(json!([-9])), Some(json!([-65_537, -9])), Some(json!([5, -35, -7]))]
    {
        let request = asking(accepted.clone(), &keys, false);
        assert_eq!(proof(&request, KeyType::P256), "signature", "{accepted:?}");
    }
    for (device, numbers) in
        [(KeyType::P384, [-35, -51]), (KeyType::P521, [-36, -52]), (KeyType::Ed25519, [-8, -19])]
    {
        for number in numbers {
            let request = asking(Some(json!([number])), &keys, false);
            assert_eq!(proof(&request, device), "signature", "{number}");
            assert_eq!(proof(&request, KeyType::P256), "none", "{number} is of another curve");
        }
    }
}

#[test]
fn a_device_makes_a_mac_where_nothing_else_is_taken_and_there_is_a_key_for_it() {
    let thumbprint = |seed| PrivateKey::generate(KeyType::P256, &Repeatable::new(seed)).public().thumbprint();
    let enc = |key_type, seed| jwk(key_type, seed, &json!({"alg": "ECDH-ES", "use": "enc"}));
    let (p256_enc, p384_enc) = (enc(KeyType::P256, 4), enc(KeyType::P384, 5));
    for (keys, encrypted, expected) in [
        (vec![p256(3)], false, Some(3)),
        (vec![enc(KeyType::P256, 3)], true, Some(3)),
        // The key of the response goes before others.
        (vec![p256(3), p256_enc.clone()], true, Some(4)),
        (vec![p384_enc.clone(), p256(3)], true, Some(3)),
        // One key under two names.
        (vec![p256(3), jwk(KeyType::P256, 3, &json!({"kid": "again"}))], false, Some(3)),
        // Which of the two?
        (vec![p256(3), p256(4)], false, None),
        (vec![p384_enc.clone(), p256(3), p256(4)], true, None),
        // No key, of another curve, and one for something else.
        (vec![], false, None),
        (vec![p384_enc], true, None),
        (vec![jwk(KeyType::X25519, 3, &json!({}))], false, None),
        (vec![jwk(KeyType::P256, 3, &json!({"use": "sig"}))], false, None),
        (vec![jwk(KeyType::P256, 3, &json!({"alg": "ES256"}))], false, None),
    ] {
        for accepted in [json!([-65_537]), json!([5]), json!([-8, -65_537])] {
            let found = proof(&asking(Some(accepted), &keys, encrypted), KeyType::P256);
            assert_eq!(found, expected.map_or("none".to_owned(), thumbprint), "{keys:?}");
        }
    }
    let other = asking(Some(json!([-65_538])), &[p256(3), p384(6)], false);
    assert_eq!(proof(&other, KeyType::P256), "none", "a MAC by keys of another curve");
    assert_ne!(proof(&other, KeyType::P384), "none");
    assert_eq!(proof(&other, KeyType::Ed25519), "none", "a key that agrees with none");
    for malformed in [json!([]), json!("-7"), json!(["-7"]), json!(null), json!([1.5])] {
        assert_eq!(proof(&asking(Some(malformed), &[p256(3)], false), KeyType::P256), "none");
    }
}

fn p384(seed: u64) -> Value {
    jwk(KeyType::P384, seed, &json!({}))
}

#[test]
fn the_numbers_of_a_mac_are_those_of_the_specification() {
    let numbers = KeyType::ALL.map(device_mac_number);
    assert_eq!(numbers, [None, Some(-65_537), Some(-65_538), Some(-65_539), None]);
}
