//! ISO 18013-5's examples (Annex D, as isomdl has them) and those of OpenID4VP 1.0 B.2.6.

use std::path::PathBuf;

use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, STANDARD_NO_PAD};

use super::*;
use crate::testing::hex;
use crate::x509::{Anchors, ChainError, Leaf};

#[expect(clippy::disallowed_methods, reason = "tests read the vectors")]
fn read(path: &str) -> Option<Vec<u8>> {
    let folder: PathBuf = jigap_tests::vectors("iso-mdoc")?;
    Some(std::fs::read(folder.join("test").join(path)).unwrap())
}

fn read_text(path: &str) -> Option<String> {
    Some(String::from_utf8(read(path)?).unwrap().trim().to_owned())
}

fn read_hex(path: &str) -> Option<Vec<u8>> {
    read_text(path).map(|text| hex(&text))
}

fn read_pem(path: &str) -> Option<Vec<u8>> {
    let text = read_text(path)?;
    let inner: String = text.lines().filter(|line| !line.starts_with("-----")).collect();
    Some(STANDARD.decode(inner).unwrap())
}

/// ISO 18013-5 D.5.2: a driver licence.
#[test]
fn the_licence_of_iso_18013_5_verifies() {
    let Some(bytes) = read_hex("definitions/issuer_signed.cbor") else { return };
    let document = IssuerSigned::parse(&bytes).unwrap();
    let leaf = Leaf::dangerous_without_path(&document.x5chain()[0]).unwrap();
    let claims = document.clone().verify(leaf.key()).unwrap().into_claims();
    let namespaces = read_hex("definitions/namespaced_data.cbor").unwrap();
    let mut namespaces = decode(&namespaces);
    let elements = member(member(&mut namespaces, "namespaces"), NAMESPACE).as_array().unwrap().clone();
    assert_eq!(claims[NAMESPACE].as_object().unwrap().len(), elements.len());
    for mut element in elements {
        let name = member(&mut element, "name").as_text().unwrap().to_owned();
        let bytes = encode(member(&mut element, "value"));
        let value = crate::cbor::parse(&bytes, crate::cbor::Limits::MESSAGE).unwrap();
        assert_eq!(claims[NAMESPACE][&name], value::to_json(&value).unwrap(), "{name}");
    }
    assert_eq!(claims[NAMESPACE]["issue_date"], "2019-10-20");
    assert_eq!(claims[NAMESPACE]["driving_privileges"][1]["vehicle_category_code"], "B");
    let validity = document.unverified_mso().validity();
    assert_eq!(validity.signed.to_rfc3339(), "2020-10-01T13:30:02Z");
    // Nobody vouches for it here: its signer's root is not among the vectors.
    let mut other = bytes;
    *other.last_mut().unwrap() ^= 1;
    assert_eq!(check(IssuerSigned::parse(&other).unwrap().verify(leaf.key())), Some("CO-07"));
}

/// The same with its values taken out: what is stored so is no document.
#[test]
fn a_licence_without_its_values_is_refused() {
    let Some(bytes) = read_hex("definitions/issuer_signed_dehydrated.cbor") else { return };
    let document = IssuerSigned::parse(&bytes).unwrap();
    let leaf = Leaf::dangerous_without_path(&document.x5chain()[0]).unwrap();
    assert_eq!(code(document.verify(leaf.key())), Some(("MD-03", "mdoc-digest-mismatch")));
}

/// A response whose issuer signed no mobile security object.
#[test]
fn a_response_about_nothing_is_refused() {
    let Some(bytes) = read_hex("definitions/device_response.cbor") else { return };
    assert_eq!(code(DeviceResponse::parse(&bytes)), Some(("MD-02", "mso-malformed")));
}

/// ISO 18013-5 D.5.1: the session, from the device's key to the one that encrypts the request.
#[test]
fn the_session_of_iso_18013_5_is_built() {
    let Some(recorded) = read_hex("definitions/session/session_transcript.cbor") else { return };
    let limits = crate::cbor::Limits::MESSAGE;
    let outer = crate::cbor::parse(&recorded, limits).unwrap();
    let inner = outer.embedded().unwrap();
    let transcript = crate::cbor::parse(inner, limits).unwrap();
    let [engagement, reader, handover] = transcript.as_array().unwrap() else { panic!("not three") };
    let [select, request] = handover.as_array().unwrap() else { panic!("not NFC") };
    let nfc = Engagement::Nfc { select: select.as_bytes().unwrap(), request: request.as_bytes() };
    let (engagement, reader) = (engagement.embedded().unwrap(), reader.embedded().unwrap());
    let built = SessionTranscript::proximity(engagement, reader, nfc);
    assert_eq!(built.as_bytes(), inner);

    let establishment = read_hex("definitions/session/session_establishment.cbor").unwrap();
    let establishment = crate::cbor::parse(&establishment, limits).unwrap();
    assert_eq!(establishment.get("eReaderKey").unwrap().embedded(), Some(reader));
    let reader = PublicKey::from_cose_key(reader).unwrap();
    let engagement = crate::cbor::parse(engagement, limits).unwrap();
    let device = engagement.at(1).unwrap().as_array().unwrap()[1].embedded().unwrap().to_vec();
    let mut jwk = PublicKey::from_cose_key(&device).unwrap().to_jwk();
    let secret = read_hex("definitions/session/e_device_key.cbor").unwrap();
    jwk["d"] = jigap_keys::base64url::encode(secret).into();
    let device = PrivateKey::from_jwk(jwk.to_string().as_bytes()).unwrap();
    let shared = device.agree(&reader).unwrap();
    assert_eq!(shared.as_bytes(), read_hex("definitions/session/shared_secret.cbor").unwrap());
    let reader_key = read_hex("definitions/session/reader_session_key.cbor").unwrap();
    assert_eq!(built.reader_key(&device, &reader).to_vec(), reader_key);

    let key = read_hex("definitions/cose_key/ec_p256.cbor").unwrap();
    assert_eq!(PublicKey::from_cose_key(&key).unwrap().to_cose_key(), key);
}

/// OpenID4VP 1.0 B.2.6.1 and B.2.6.2.
#[test]
fn the_transcripts_of_openid4vp_are_built() {
    let key = PublicKey::from_jwk(&json!({
        "kty": "EC", "crv": "P-256", "x": "DxiH5Q4Yx3UrukE2lWCErq8N8bqC9CHLLrAwLz5BmE0",
        "y": "XtLM4-3h5o3HUH0MHVJV0kyq0iBlrBwlh8qEDMZ4-Pc", "use": "enc", "alg": "ECDH-ES", "kid": "1",
    }))
    .unwrap();
    let nonce = "exc7gBkxjx1rdc9udRrveKvSsJIq80avlXeLHhGwqtA";
    let redirect = SessionTranscript::openid4vp(
        "x509_san_dns:example.com",
        nonce,
        Some(&key),
        "https://example.com/response",
    );
    assert_eq!(
        redirect.as_bytes(),
        hex(
            "83f6f682714f70656e494434565048616e646f7665725820048bc053c00442af9b8eed494cefdd9d95240d254b046b11b68013722aad38ac"
        )
    );
    let api = SessionTranscript::digital_credentials("https://example.com", nonce, Some(&key));
    assert_eq!(
        api.as_bytes(),
        hex(
            "83f6f682764f70656e4944345650444341504948616e646f7665725820fbece366f4212f9762c74cfdbf83b8c69e371d5d68cea09cb4c48ca6daab761a"
        )
    );
}

/// The keys and pictures that isomdl issues with; its certificates are those of authorities, or of version 1, and sign no document.
#[test]
fn the_keys_of_isomdl_issue_and_its_certificates_are_no_signers() {
    let Some(device) = read_text("issuance/device_key.b64") else { return };
    let device = STANDARD.decode(device).unwrap();
    let (secret, point) = (&device[7..39], &device[device.len() - 65..]);
    let public = PublicKey::from_bytes(KeyType::P256, point).unwrap();
    let mut jwk = public.to_jwk();
    jwk["d"] = jigap_keys::base64url::encode(secret).into();
    let device = PrivateKey::from_jwk(jwk.to_string().as_bytes()).unwrap();
    let jpeg = read("issuance/portrait.jpg").unwrap();
    let encoded = STANDARD_NO_PAD.decode(read_text("issuance/portrait.b64").unwrap()).unwrap();
    for name in ["256", "384", "521", "issuer"] {
        let issuer =
            PrivateKey::from_pkcs8_der(&read_pem(&format!("issuance/{name}-key.pem")).unwrap()).unwrap();
        let header = Header::for_key(issuer.public().key_type()).unwrap();
        let mut builder = licence(device.public(), NOW);
        for (element_name, picture) in [("portrait", &jpeg), ("signature_usual_mark", &encoded)] {
            let value = element("bstr", json!(jigap_keys::base64url::encode(picture)));
            builder = builder.element(NAMESPACE, element_name, value);
        }
        let bytes = builder.build(header, &Repeatable::new(7)).sign(&issuer).unwrap();
        let held = verified(&bytes, &issuer).unwrap();
        let shown = held.present(&paths(&["portrait"])).unwrap().sign(&transcript(), &device).unwrap();
        let (shown, _) = DeviceResponse::parse(&shown).unwrap().into_parts().unwrap();
        let claims = shown.verify(issuer.public()).unwrap().into_claims();
        assert_eq!(claims[NAMESPACE]["portrait"], jigap_keys::base64url::encode(&jpeg), "{name}");
    }
    let of = |name: &str| read_pem(&format!("issuance/{name}-cert.pem")).unwrap();
    assert_eq!(read("issuance/256-cert.der").unwrap(), of("256"));
    for (name, error) in [
        ("256", ChainError::LeafIsCa),
        ("384", ChainError::LeafIsCa),
        ("521", ChainError::LeafIsCa),
        ("issuer", ChainError::Malformed),
    ] {
        assert_eq!(Leaf::dangerous_without_path(&of(name)).map(drop), Err(error), "{name}");
    }
    assert!(Anchors::new(vec![of("256")]).is_ok());
}
