//! Targets of `jigap-keys`: strict and canonical JSON, base64url, and keys in all their forms.

use jigap_keys::json::{Limits, canonicalize, parse};
use jigap_keys::{KeyError, KeyType, PrivateKey, PublicKey};
use serde_json::{Value, json};

use crate::fixtures::{Same, WIDE, must, seeds, text};

/// What is read is what `serde_json` reads; printed, it is read again the same; canonical form is a fixed point.
pub(crate) fn json(data: &[u8]) {
    let Ok(value) = parse(data, Limits::MESSAGE) else { return };
    assert!(
        serde_json::from_slice::<Value>(data).is_ok(),
        "a lenient reader refuses what the strict one reads"
    );
    assert_eq!(parse(value.to_string().as_bytes(), WIDE).as_ref(), Ok(&value));
    if let Ok(canonical) = canonicalize(&value) {
        let again = must(parse(canonical.as_bytes(), WIDE));
        assert_eq!(canonicalize(&again), Ok(canonical));
    }
}

pub(crate) fn json_seeds() -> Vec<Vec<u8>> {
    seeds([
        r#"{"a":[1,-2.5e3,1e-7,0,-0,true,false,null,"\u20ac\n\ud83d\ude00"],"b":{"c":{}},"":[]}"#,
        r#"[9007199254740992,18446744073709551615,-9223372036854775808,1.7976931348623157e308,5e-324,333333333.33333329]"#,
        r#"{"가":"한글","\r":1,"ö":"\u0000\u001f"}"#,
        r#"{"a":1,"a":2}"#,
        r#"{"$serde_json::private::Number":"1"}"#,
    ])
}

/// Strict: what is read has one spelling.
pub(crate) fn base64url(data: &[u8]) {
    use jigap_keys::base64url::{decode, encode};
    if let Some(text) = text(data)
        && let Ok(bytes) = decode(text)
    {
        assert_eq!(encode(bytes), text);
    }
    assert_eq!(decode(&encode(data)).as_deref(), Ok(data));
}

pub(crate) fn base64url_seeds() -> Vec<Vec<u8>> {
    seeds(["", "AA", "AAA", "AAAA", "-_-_", "eyJhIjoxfQ", "AA==", "AB", "A+/A"])
}

/// A key comes back the same from every form.
fn comes_back(key: &PublicKey) {
    assert_eq!(PublicKey::from_jwk(&key.to_jwk()).as_ref(), Ok(key));
    assert_eq!(PublicKey::from_multikey(&key.to_multikey()).as_ref(), Ok(key));
    assert_eq!(PublicKey::from_cose_key(&key.to_cose_key()).as_ref(), Ok(key));
    assert_eq!(PublicKey::from_spki_der(&key.to_spki_der()).as_ref(), Ok(key));
    assert_eq!(PublicKey::from_bytes(key.key_type(), &key.to_bytes()).as_ref(), Ok(key));
    assert_eq!(key.thumbprint().len(), 43);
    assert!(key.verify(b"never signed", &[1; 64]).is_err());
}

/// A private key comes back with the same public half.
fn private_comes_back(key: &PrivateKey) {
    let jwk = must(parse(key.to_jwk().as_bytes(), WIDE));
    assert_eq!(PublicKey::from_jwk(&jwk), Err(KeyError::PrivateMaterial));
    for again in [
        PrivateKey::from_jwk(key.to_jwk().as_bytes()),
        PrivateKey::from_multikey(&key.to_multikey()),
        PrivateKey::from_cose_key(&key.to_cose_key()),
        PrivateKey::from_pkcs8_der(&key.to_pkcs8_der()),
    ] {
        assert_eq!(must(again).public(), key.public());
    }
}

/// JSON Web Keys, public and private.
pub(crate) fn jwk(data: &[u8]) {
    let Ok(value) = parse(data, Limits::MESSAGE) else { return };
    let public = PublicKey::from_jwk(&value);
    if let Ok(key) = &public {
        comes_back(key);
    }
    if let Ok(key) = PrivateKey::from_jwk(data) {
        assert_eq!(public, Err(KeyError::PrivateMaterial));
        private_comes_back(&key);
    }
}

pub(crate) fn jwk_seeds() -> Vec<Vec<u8>> {
    let mut texts = Vec::new();
    for key in every_key() {
        texts.push(key.to_jwk().to_string());
        texts.push(key.public().to_jwk().to_string());
    }
    if let Some(mut jwk) = every_key().first().map(|key| key.public().to_jwk()) {
        if let Some(members) = jwk.as_object_mut() {
            let added = [
                ("use", json!("sig")),
                ("alg", json!("EdDSA")),
                ("key_ops", json!(["verify"])),
                ("kid", json!("k")),
            ];
            members.extend(added.map(|(name, value)| (name.to_owned(), value)));
        }
        texts.push(jwk.to_string());
    }
    seeds(texts)
}

/// Multikey, public and private: the accepted text is the only spelling.
pub(crate) fn multikey(data: &[u8]) {
    let Some(text) = text(data) else { return };
    if let Ok(key) = PublicKey::from_multikey(text) {
        assert_eq!(key.to_multikey(), text);
        comes_back(&key);
    }
    if let Ok(key) = PrivateKey::from_multikey(text) {
        assert_eq!(*key.to_multikey(), text);
        private_comes_back(&key);
    }
}

pub(crate) fn multikey_seeds() -> Vec<Vec<u8>> {
    seeds(every_key().iter().flat_map(|key| [key.public().to_multikey(), key.to_multikey().to_string()]))
}

/// COSE_Key, public and private: what is one is never the other.
pub(crate) fn cose_key(data: &[u8]) {
    let public = PublicKey::from_cose_key(data);
    if let Ok(key) = &public {
        comes_back(key);
    }
    if let Ok(key) = PrivateKey::from_cose_key(data) {
        assert_eq!(public, Err(KeyError::PrivateMaterial));
        private_comes_back(&key);
    }
}

pub(crate) fn cose_key_seeds() -> Vec<Vec<u8>> {
    let both = |key: &PrivateKey| [key.public().to_cose_key(), key.to_cose_key().to_vec()];
    every_key().iter().flat_map(both).collect()
}

/// SPKI, whose accepted bytes are the only encoding, and PKCS#8.
pub(crate) fn key_der(data: &[u8]) {
    if let Ok(key) = PublicKey::from_spki_der(data) {
        assert_eq!(key.to_spki_der(), data);
        comes_back(&key);
    }
    if let Ok(key) = PrivateKey::from_pkcs8_der(data) {
        private_comes_back(&key);
    }
}

pub(crate) fn key_der_seeds() -> Vec<Vec<u8>> {
    every_key().iter().flat_map(|key| [key.public().to_spki_der(), key.to_pkcs8_der().to_vec()]).collect()
}

fn every_key() -> Vec<PrivateKey> {
    let types = [KeyType::Ed25519, KeyType::X25519, KeyType::P256, KeyType::P384, KeyType::P521];
    types.into_iter().map(|key_type| PrivateKey::generate(key_type, &Same::new(9))).collect()
}
