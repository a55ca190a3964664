//! Target of blind signatures: points that an issuer, a holder and a gate are given.
//!
//! Input stands as a blinded message, as an answer, as a signature and as a key. Whatever is signed is a point that can be signed
//! again; what verifies is the one signature that we made; a key comes back the same.

use std::sync::LazyLock;

use jigap_keys::blind::{Blinding, PublicKey, SecretKey};

use crate::fixtures::{Same, must};

const MESSAGE: &[u8] = b"a holder's key";

struct Made {
    key: SecretKey,
    blinded: [u8; 48],
    blinding: [u8; 32],
    answer: [u8; 48],
    signature: [u8; 48],
}

static MADE: LazyLock<Made> = LazyLock::new(|| {
    let key = must(SecretKey::derive(&[7; 32], b"fuzz"));
    let blinding = Blinding::generate(&Same::new(1));
    let blinded = blinding.blind(MESSAGE);
    let (kept, answer) = (*blinding.to_bytes(), must(key.sign(&blinded)));
    let signature = must(blinding.finish(&answer, MESSAGE, key.public()));
    Made { key, blinded, blinding: kept, answer, signature }
});

pub(crate) fn points(data: &[u8]) {
    let Made { key, blinding, answer, signature, .. } = &*MADE;
    if let Ok(signed) = key.sign(data) {
        assert!(key.sign(&signed).is_ok(), "what was signed is no point");
    }
    let finished = must(Blinding::from_bytes(blinding)).finish(data, MESSAGE, key.public());
    assert_eq!(finished.is_ok(), data == answer, "another answer is taken");
    let verified = key.public().verify(data, MESSAGE);
    assert_eq!(verified.is_ok(), data == signature, "something else verifies");
    if let Ok(read) = PublicKey::from_bytes(data) {
        assert_eq!(read.as_bytes(), data);
        assert_eq!(read.verify(signature, MESSAGE).is_ok(), read == *key.public());
    }
}

pub(crate) fn points_seeds() -> Vec<Vec<u8>> {
    let Made { key, blinded, answer, signature, .. } = &*MADE;
    vec![blinded.to_vec(), answer.to_vec(), signature.to_vec(), key.public().as_bytes().to_vec()]
}
