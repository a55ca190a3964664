//! Targets of `jose`: signed and encrypted messages in compact serialization.

use jigap_keys::PublicKey;
use jigap_wallet_core::jose::jwe::{self, ContentEncryption, Jwe, KeyManagement, Recipient};
use jigap_wallet_core::jose::{self, Jws};
use serde_json::{Value, json};

use crate::fixtures::{Same, header, holder, issuer, must, reader, seeds, text, was_signed};

/// What verifies was signed.
pub(crate) fn jws(data: &[u8]) {
    let Some(text) = text(data) else { return };
    let Ok(jws) = Jws::parse(text) else { return };
    assert!(jws.unverified_payload().is_object());
    assert!(jws.clone().verify(reader().public()).is_err(), "another key verifies it");
    if let Ok(verified) = jws.verify(issuer().public()) {
        assert!(was_signed(text), "accepted, and nobody signed it");
        assert!(verified.payload().is_object());
    }
}

pub(crate) fn jws_seeds() -> Vec<Vec<u8>> {
    let payload = json!({"iss": "https://issuer.example", "iat": 1_795_305_600, "a": [1, {"b": null}]});
    let plain = must(jose::sign(&header("JWT"), &payload, issuer()));
    let named = header("JWT").kid("k1").jwk(issuer().public().clone()).x5c(vec![vec![0x30, 0]]);
    let named = must(jose::sign(&named, &payload, issuer()));
    let others = must(jose::sign(&header("JWT"), &payload, holder()));
    let unsigned = "eyJhbGciOiJub25lIn0.e30.";
    seeds([plain, named, others, unsigned.to_owned()])
}

/// What decrypts was encrypted by us: nobody else knows the secret, and there is one spelling.
pub(crate) fn jwe(data: &[u8]) {
    let Some(text) = text(data) else { return };
    let Ok(jwe) = Jwe::parse(text) else { return };
    if jwe.decrypt(reader(), ContentEncryption::ALL).is_ok() {
        assert!(encrypted().iter().any(|ours| ours == text), "decrypted, and nobody encrypted it");
    }
}

pub(crate) fn jwe_seeds() -> Vec<Vec<u8>> {
    seeds(encrypted())
}

/// Messages to the reader.
pub(crate) fn encrypted() -> Vec<String> {
    let payload = json!({"vp_token": {"pid": ["a.b.c"]}, "state": "xyz"});
    [ContentEncryption::A128Gcm, ContentEncryption::A256Gcm]
        .into_iter()
        .zip(7..)
        .map(|(enc, seed)| encrypt(reader().public(), &payload, enc, seed))
        .collect()
}

fn encrypt(key: &PublicKey, payload: &Value, enc: ContentEncryption, seed: u64) -> String {
    let to = Recipient { key, kid: Some("k1"), alg: KeyManagement::EcdhEs, enc, apu: b"", apv: b"verifier" };
    must(jwe::encrypt(payload.to_string().as_bytes(), &to, &Same::new(seed)))
}
