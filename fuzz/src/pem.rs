//! Target of an operator's files: certificate chains and private keys in PEM.

use jigap_keys::{KeyType, PrivateKey};

use self::source::{certificate_text, certificates, private_key, private_key_text, public_key};
use crate::fixtures::{Same, must};

// The parser's own source, as in `services`.
#[path = "../../platform/src/pem.rs"]
#[expect(unreachable_pub, reason = "public where it belongs")]
mod source;

const ROOT: &[u8] = include_bytes!("../certificates/root.der");
const LEAF: &[u8] = include_bytes!("../certificates/leaf.der");

/// What is read is written and read again as the same, and is no more than the file has room for; a key signs.
pub(crate) fn pem(data: &[u8]) {
    if let Ok(chain) = certificates(data) {
        assert!(!chain.is_empty());
        let bytes: usize = chain.iter().map(Vec::len).sum();
        assert!(bytes <= data.len(), "more was read than there is");
        let written: String = chain.iter().map(|der| certificate_text(der)).collect();
        assert_eq!(certificates(written.as_bytes()), Ok(chain));
    }
    if let Ok(key) = private_key(data) {
        assert!(key.public().key_type().jose_alg().is_some(), "a key that does not sign");
        let again = must(private_key(private_key_text(&key).as_bytes()));
        assert_eq!(again.public(), key.public());
        assert!(private_key(public_key(key.public()).as_bytes()).is_err(), "a public key is none");
    }
}

pub(crate) fn pem_seeds() -> Vec<Vec<u8>> {
    let of = |key_type| PrivateKey::generate(key_type, &Same::new(11));
    let keys = [KeyType::Ed25519, KeyType::P256, KeyType::P384, KeyType::P521, KeyType::X25519].map(of);
    let [root, leaf] = [ROOT, LEAF].map(certificate_text);
    let [first, ..] = &keys;
    let key = private_key_text(first);
    let mut seeds = vec![
        format!("{leaf}{root}"),
        format!("subject=CN = root\r\n{}{}", root.replace('\n', "\r\n"), key.replace('\n', "\r\n")),
        format!("{}{}\n", *key, public_key(first.public())),
        root.replace("-----END", "====\n-----END"),
        root.trim_end().trim_end_matches('-').to_owned(),
        key.replace("PRIVATE KEY", "EC PRIVATE KEY"),
        key.replace("PRIVATE KEY", "ENCRYPTED PRIVATE KEY"),
    ];
    seeds.extend(keys.iter().map(|key| private_key_text(key).to_string()));
    seeds.into_iter().map(String::into_bytes).collect()
}
