//! Against what others published: the examples of RFC 9901, and of OpenID4VP 1.0, signed by the key of RFC 9901's
//! appendix A.5.

use jigap_keys::PublicKey;

use super::*;
use crate::time::{Seconds, Timestamp};

/// RFC 9901 §4.2.3: the digest of the disclosure of §4.2.1.
#[test]
fn the_digest_of_the_rfcs_first_disclosure() {
    let encoded = "WyJfMjZiYzRMVC1hYzZxMktJNmNCVzVlcyIsICJmYW1pbHlfbmFtZSIsICJNw7ZiaXVzIl0";
    assert_eq!(digest_of(encoded), "X9yH0Ajrdm1Oij4tWso9UzzKJvPoDxwmuEcO3XAdRC0");
    let payload = json!({"given_name": "Alice", "_sd": ["X9yH0Ajrdm1Oij4tWso9UzzKJvPoDxwmuEcO3XAdRC0"]});
    let vc = verify(&signed(payload, &[encoded])).unwrap();
    assert_eq!(vc.claims(), &json!({"given_name": "Alice", "family_name": "Möbius", "vct": "urn:test"}));
}

/// RFC 9901 §4.2.1: other spellings of the same disclosure are disclosures too, each with its own digest.
#[test]
fn other_spellings_of_a_disclosure_are_valid() {
    for encoded in [
        "WyJfMjZiYzRMVC1hYzZxMktJNmNCVzVlcyIsICJmYW1pbHlfbmFtZSIsICJNXHUwMGY2Yml1cyJd",
        "WyJfMjZiYzRMVC1hYzZxMktJNmNCVzVlcyIsImZhbWlseV9uYW1lIiwiTcO2Yml1cyJd",
        "WwoiXzI2YmM0TFQtYWM2cTJLSTZjQlc1ZXMiLAoiZmFtaWx5X25hbWUiLAoiTcO2Yml1cyIKXQ",
    ] {
        let vc = verify(&signed(json!({"_sd": [digest_of(encoded)]}), &[encoded])).unwrap();
        assert_eq!(vc.claims()["family_name"], "Möbius");
    }
}

/// RFC 9901 §4.2.4.2: a concealed array element.
#[test]
fn the_rfcs_array_element() {
    let payload =
        json!({"nationalities": ["DE", {"...": "w0I8EKcdCtUPkGCNUrfwVp2xEgNjtoIDlOxc9-PlOhs"}, "US"]});
    let vc = verify(&signed(payload.clone(), &["WyJsa2x4RjVqTVlsR1RQVW92TU5JdkNBIiwgIkZSIl0"])).unwrap();
    assert_eq!(vc.claims()["nationalities"], json!(["DE", "FR", "US"]));
    assert_eq!(vc.disclosed(), [path(json!(["nationalities", 1]))]);
    assert_eq!(verify(&signed(payload, &[])).unwrap().claims()["nationalities"], json!(["DE", "US"]));
}

/// RFC 9901 §4.2.6: recursive disclosures. The digests of the elements are the RFC's.
#[test]
fn the_rfcs_recursive_disclosures() {
    let elements = [
        ("16_mAd0GiwaZokU26_0i0h", "DE"),
        ("fn9fN0rD-fFs2n303ZI-0c", "FR"),
        ("YIKesqOkXXNzMQtsX_-_lw", "UK"),
    ]
    .map(|(salt, country)| disclosure(json!([salt, country])));
    let digests = [
        "PmnlrRjhLcwf8zTDdK15HVGwHtPYjddvD362WjBLwro",
        "r823HFN6Ba_lpSANYtXqqCBAH-TsQlIzfOK0lRAFLCM",
        "nP5GYjwhFm6ESlAeC4NCaIliW4tz0hTrUeoJB3lb5TA",
    ];
    assert_eq!(elements.each_ref().map(|one| digest_of(one)), digests);
    let list = digests.map(|digest| json!({"...": digest}));
    let parent = disclosure(json!(["4drfeTtSUK3aY_-PF12gcX", "nationalities", list]));
    let text = signed(
        json!({"family_name": "Möbius", "_sd": [digest_of(&parent)]}),
        &[&elements[0], &elements[1], &elements[2], &parent],
    );
    let kept = verify(&text).unwrap();
    assert_eq!(kept.claims()["nationalities"], json!(["DE", "FR", "UK"]));
    let shown = verify(&kept.present(&[path(json!(["nationalities", 0]))]).unwrap().into_sd_jwt()).unwrap();
    assert_eq!(shown.claims()["nationalities"], json!(["DE"]));
    assert_eq!(code(verify(&signed(json!({"_sd": [digest_of(&parent)]}), &[&elements[0]]))).0, "SD-05");
}

/// RFC 9901, appendix A.5.
pub(super) fn published_issuer() -> PublicKey {
    PublicKey::from_jwk(&json!({
        "kty": "EC", "crv": "P-256",
        "x": "b28d4MwZMjw8-00CG4xfnn9SLMVMM19SlqZpVb_uNtQ", "y": "Xv5zWwuoaTgdS6hV43yI6gBwTnjukmFQQnJ_kCxzqk8"
    }))
    .unwrap()
}

#[expect(clippy::disallowed_methods, reason = "a test reads its vectors")]
fn published(file: &str) -> Option<String> {
    let folder = jigap_tests::vectors("openid4vp-1.0/1.0/examples/sd_jwt_vcld/01")?;
    Some(std::fs::read_to_string(folder.join(file)).unwrap())
}

/// The example of OpenID4VP 1.0 with its line breaks taken out.
fn published_text(file: &str) -> Option<String> {
    published(file).map(|text| text.split_whitespace().collect())
}

fn published_json(file: &str) -> Value {
    serde_json::from_str(&published(file).unwrap()).unwrap()
}

#[test]
fn the_presentation_of_openid4vp_verifies() {
    let Some(text) = published_text("sd_jwt_presentation.txt") else { return };
    let shown = SdJwtVc::parse(&text).unwrap().verify(&published_issuer()).unwrap();
    assert_eq!(shown.claims(), &published_json("verified_contents.json"));
    let request = KeyBindingRequest {
        audience: "https://verifier.example.org",
        nonce: "1234567890",
        now: Timestamp::from_unix(1_744_743_400),
        max_age: Seconds(60),
        skew: Seconds(0),
    };
    assert_eq!(shown.verify_key_binding(&request).unwrap().payload, published_json("kb_jwt_payload.json"));
    let late = KeyBindingRequest { now: Timestamp::from_unix(1_744_743_394 + 61), ..request };
    assert_eq!(code(shown.verify_key_binding(&late)), ("KB-09", "iat-too-old"));
}

#[test]
fn the_credential_of_openid4vp_verifies_and_can_be_presented() {
    let Some(text) = published_text("sd_jwt_issuance.txt") else { return };
    let credential = SdJwtVc::parse(&text).unwrap();
    assert_eq!(credential.unverified_payload(), &published_json("sd_jwt_payload.json"));
    let kept = credential.verify(&published_issuer()).unwrap();
    let subject = json!({"givenName": "John", "familyName": "Doe", "birthDate": "1978-07-17"});
    assert_eq!(kept.claims()["ld"]["credentialSubject"], subject);
    // The very selection of the published presentation.
    let shown = kept.present(&[path(json!(["ld", "credentialSubject", "givenName"]))]).unwrap().into_sd_jwt();
    assert!(published_text("sd_jwt_presentation.txt").unwrap().starts_with(&shown));
}

/// The parts of the two, which the specification shows one by one.
#[test]
fn the_parts_of_openid4vp_are_those_of_the_whole() {
    let Some(presentation) = published_text("sd_jwt_presentation.txt") else { return };
    let (shown, binding) = presentation.rsplit_once('~').unwrap();
    assert_eq!(binding, published_text("kb_jwt_serialized.txt").unwrap());
    let header = jigap_keys::base64url::decode(binding.split('.').next().unwrap()).unwrap();
    assert_eq!(serde_json::from_slice::<Value>(&header).unwrap(), published_json("kb_jwt_header.json"));
    let signed = published_text("sd_jwt_jws_part.txt").unwrap();
    assert_eq!(shown.split('~').next().unwrap(), signed);
    assert_eq!(published_text("sd_jwt_issuance.txt").unwrap().split('~').next().unwrap(), signed);
}

/// Flipping any one character of a signed presentation is noticed.
#[test]
fn one_changed_character_is_refused() {
    let Some(text) = published_text("sd_jwt_presentation.txt") else { return };
    let request = KeyBindingRequest {
        audience: "https://verifier.example.org",
        nonce: "1234567890",
        now: Timestamp::from_unix(1_744_743_394),
        max_age: Seconds(0),
        skew: Seconds(0),
    };
    let judge = |text: &str| {
        SdJwtVc::parse(text)?.verify(&published_issuer())?.verify_key_binding(&request).map(drop)
    };
    judge(&text).unwrap();
    for position in 0..text.len() {
        let changed = if text.as_bytes()[position] == b'A' { "B" } else { "A" };
        let mut bad = text.clone();
        bad.replace_range(position..=position, changed);
        assert!(judge(&bad).is_err(), "position {position}");
    }
}
