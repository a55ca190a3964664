//! `josekit` as oracle, both ways and for every algorithm, and as the library that must not meet hostile bytes.

use jigap_keys::KeyType;
use josekit::jwe::alg::ecdh_es::EcdhEsJweAlgorithm;
use josekit::jwe::{ECDH_ES, ECDH_ES_A128KW, ECDH_ES_A192KW, ECDH_ES_A256KW};
use josekit::jwk::Jwk;

use super::super::*;
use crate::testing::Repeatable;

const KEYS: [KeyType; 3] = [KeyType::P256, KeyType::P384, KeyType::X25519];
const WRAPPING: [KeyManagement; 3] =
    [KeyManagement::EcdhEsA128Kw, KeyManagement::EcdhEsA192Kw, KeyManagement::EcdhEsA256Kw];

struct Case {
    key: PrivateKey,
    alg: KeyManagement,
    enc: ContentEncryption,
    payload: Vec<u8>,
    apu: Vec<u8>,
    apv: Vec<u8>,
}

impl Case {
    /// Every key type, algorithm and content encryption with payloads and parties of many lengths.
    fn all() -> impl Iterator<Item = Self> {
        let entropy = Repeatable::new(7);
        let of_length = |length: usize, seed| {
            let mut bytes = vec![0; length];
            Repeatable::new(seed).fill(&mut bytes);
            bytes
        };
        (0..144_usize).map(move |at| Self {
            key: PrivateKey::generate(KEYS[at % 3], &entropy),
            alg: KeyManagement::ALL[at / 3 % 4],
            enc: ContentEncryption::ALL[at / 12 % 4],
            payload: of_length(at * at, at as u64),
            apu: of_length(at % 17, 1),
            apv: of_length(at % 33, 2),
        })
    }

    fn encrypted(&self) -> String {
        let Self { key, alg, enc, payload, apu, apv } = self;
        let to = Recipient { key: key.public(), kid: Some("k"), alg: *alg, enc: *enc, apu, apv };
        encrypt(payload, &to, &Repeatable::new(9)).unwrap()
    }

    fn decrypted(&self, compact: &str) -> Result<Vec<u8>, Refusal> {
        decrypt(compact, &self.key, &[self.enc]).map(|(_, payload)| payload.to_vec())
    }

    fn of(alg: KeyManagement, enc: ContentEncryption) -> Self {
        Self::all().find(|case| (case.alg, case.enc) == (alg, enc) && case.payload.len() > 16).unwrap()
    }
}

fn oracle(alg: KeyManagement) -> EcdhEsJweAlgorithm {
    match alg {
        KeyManagement::EcdhEs => ECDH_ES,
        KeyManagement::EcdhEsA128Kw => ECDH_ES_A128KW,
        KeyManagement::EcdhEsA192Kw => ECDH_ES_A192KW,
        KeyManagement::EcdhEsA256Kw => ECDH_ES_A256KW,
    }
}

fn part(compact: &str, at: usize) -> Vec<u8> {
    base64url::decode(compact.split('.').nth(at).unwrap()).unwrap()
}

fn with_part(compact: &str, at: usize, bytes: &[u8]) -> String {
    let mut parts: Vec<String> = compact.split('.').map(str::to_owned).collect();
    parts[at] = base64url::encode(bytes);
    parts.join(".")
}

#[test]
fn josekit_decrypts_what_we_encrypt() {
    for case in Case::all() {
        let jwk = Jwk::from_bytes(case.key.to_jwk().as_bytes()).unwrap();
        let decrypter = oracle(case.alg).decrypter_from_jwk(&jwk).unwrap();
        let (opened, header) = josekit::jwe::deserialize_compact(&case.encrypted(), &decrypter).unwrap();
        assert_eq!(opened, case.payload);
        assert_eq!((header.key_id(), header.algorithm()), (Some("k"), Some(case.alg.name())));
        assert_eq!(header.content_encryption(), Some(case.enc.name()));
        assert_eq!(header.agreement_partyuinfo().unwrap_or_default(), case.apu);
        assert_eq!(header.agreement_partyvinfo().unwrap_or_default(), case.apv);
    }
}

#[test]
fn we_decrypt_what_josekit_encrypts() {
    for case in Case::all() {
        let jwk = Jwk::from_bytes(case.key.public().to_jwk().to_string()).unwrap();
        let mut encrypter = oracle(case.alg).encrypter_from_jwk(&jwk).unwrap();
        encrypter.set_agreement_partyuinfo(case.apu.clone());
        encrypter.set_agreement_partyvinfo(case.apv.clone());
        let mut header = josekit::jwe::JweHeader::new();
        header.set_content_encryption(case.enc.name());
        header.set_key_id("k");
        let compact = josekit::jwe::serialize_compact(&case.payload, &header, &encrypter).unwrap();
        let (header, opened) = decrypt(&compact, &case.key, &[case.enc]).unwrap();
        assert_eq!(*opened, case.payload);
        assert_eq!((header.kid.as_deref(), header.alg, header.enc), (Some("k"), case.alg, case.enc));
        assert_eq!((header.apu, header.apv), (case.apu, case.apv));
    }
}

/// RFC 3394 §4.1, §4.2 and §4.6.
#[test]
fn the_examples_of_rfc_3394() {
    let counted = |length: u8| (0..length).collect::<Vec<u8>>();
    let short: Vec<u8> = (0..16).map(|at: u8| at * 0x11).collect();
    let long = [&short[..], &counted(16)].concat();
    for (alg, content_key, expected) in [
        (KeyManagement::EcdhEsA128Kw, &short, "1fa68b0a8112b447aef34bd8fb5a7b829d3e862371d2cfe5"),
        (KeyManagement::EcdhEsA192Kw, &short, "96778b25ae6ca435f92b5b97c050aed2468ab8a17ad84e5d"),
        (
            KeyManagement::EcdhEsA256Kw,
            &long,
            "28c9f404c4b810f4cbccb35cfb87f8263f5786e2d80ed326cbc7f0e71a99f43bfb988b9b7a02dd21",
        ),
    ] {
        let wrap = by_josekit::KeyWrap::of(alg).unwrap();
        let by = counted(u8::try_from(wrap.key_length()).unwrap());
        let wrapped = wrap.wrap(&by, content_key).unwrap();
        let hex: String = wrapped.iter().map(|byte| format!("{byte:02x}")).collect();
        assert_eq!(hex, expected, "{alg:?}");
        assert_eq!(*wrap.unwrap(&by, &wrapped).unwrap(), *content_key);
    }
}

/// `josekit` panics over an encrypted key of less than eight bytes: none reaches it.
#[test]
fn je_07_an_encrypted_key_of_another_length_is_refused() {
    for alg in WRAPPING {
        let case = Case::of(alg, ContentEncryption::A256Gcm);
        let good = case.encrypted();
        let key = part(&good, 1);
        assert_eq!(key.len(), 40);
        for length in [0, 1, 7, 8, 24, 32, 39] {
            let bad = with_part(&good, 1, &key[..length]);
            assert_eq!(case.decrypted(&bad).unwrap_err().check, ENCRYPTED_KEY, "{length}");
        }
        let longer = with_part(&good, 1, &[&key[..], &[0; 8]].concat());
        assert_eq!(case.decrypted(&longer).unwrap_err().check, ENCRYPTED_KEY);
    }
}

#[test]
fn je_09_a_wrapped_key_that_was_changed_or_is_anothers_is_refused() {
    for alg in WRAPPING {
        let case = Case::of(alg, ContentEncryption::A128Gcm);
        let good = case.encrypted();
        for at in [0, 12, 23] {
            let mut key = part(&good, 1);
            key[at] ^= 1;
            assert_eq!(case.decrypted(&with_part(&good, 1, &key)).unwrap_err().check, AUTHENTICITY, "{at}");
        }
        let stranger = PrivateKey::generate(case.key.public().key_type(), &Repeatable::new(77));
        assert_eq!(decrypt(&good, &stranger, &[case.enc]).unwrap_err().check, AUTHENTICITY);
    }
}

/// The algorithm is part of the key derivation and of what is authenticated: none can be taken for another.
#[test]
fn je_09_another_algorithm_than_that_of_the_sender_is_refused() {
    for case in Case::all().filter(|case| !case.payload.is_empty()).take(48) {
        let good = case.encrypted();
        let mut header: Value = serde_json::from_slice(&part(&good, 0)).unwrap();
        for (alg, enc) in KeyManagement::ALL
            .iter()
            .flat_map(|alg| ContentEncryption::ALL.iter().map(move |enc| (*alg, *enc)))
            .filter(|other| *other != (case.alg, case.enc))
        {
            (header["alg"], header["enc"]) = (json!(alg.name()), json!(enc.name()));
            let bad = with_part(&good, 0, header.to_string().as_bytes());
            let refused = decrypt(&bad, &case.key, ContentEncryption::ALL).unwrap_err();
            assert!([ENCRYPTED_KEY, AUTHENTICITY].contains(&refused.check), "{alg:?} {enc:?}: {refused:?}");
        }
    }
}

/// With a wrong tag nothing is unpadded: every change ends in the same refusal, whatever the padding would have been.
#[test]
fn je_09_a_changed_message_of_aes_cbc_is_refused_before_it_is_unpadded() {
    for alg in KeyManagement::ALL {
        let case = Case::of(*alg, ContentEncryption::A128CbcHs256);
        let good = case.encrypted();
        let ciphertext = part(&good, 3);
        let refusal = AUTHENTICITY.refuse(NOT_OPENED);
        for value in 0..=255 {
            let mut changed = ciphertext.clone();
            let at = changed.len() - 17;
            changed[at] ^= value;
            let opened = case.decrypted(&with_part(&good, 3, &changed));
            assert_eq!(opened, if value == 0 { Ok(case.payload.clone()) } else { Err(refusal.clone()) });
        }
        for bad in [&ciphertext[1..], &ciphertext[16..], &[]] {
            assert_eq!(case.decrypted(&with_part(&good, 3, bad)), Err(refusal.clone()));
        }
        for (at, bytes) in
            [(2, &[0; 16][..]), (2, &[0; 12]), (2, &[]), (4, &[0; 16]), (4, &part(&good, 4)[..8])]
        {
            assert_eq!(case.decrypted(&with_part(&good, at, bytes)), Err(refusal.clone()), "{at}");
        }
    }
}

#[test]
fn je_06_compressed_content_is_refused_under_every_algorithm() {
    for case in Case::all().take(48) {
        let good = case.encrypted();
        let mut header: Value = serde_json::from_slice(&part(&good, 0)).unwrap();
        header["zip"] = json!("DEF");
        let bad = with_part(&good, 0, header.to_string().as_bytes());
        assert_eq!(case.decrypted(&bad).unwrap_err().check, COMPRESSION);
    }
}

#[test]
fn je_08_a_key_of_another_curve_is_refused_under_key_wrapping_too() {
    for alg in WRAPPING {
        let case = Case::of(alg, ContentEncryption::A256Gcm);
        let mut header: Value = serde_json::from_slice(&part(&case.encrypted(), 0)).unwrap();
        for key_type in KEYS.into_iter().filter(|it| *it != case.key.public().key_type()) {
            header["epk"] = PrivateKey::generate(key_type, &Repeatable::new(5)).public().to_jwk();
            let bad = with_part(&case.encrypted(), 0, header.to_string().as_bytes());
            assert_eq!(case.decrypted(&bad).unwrap_err().check, EPHEMERAL_KEY);
        }
    }
}

/// Bytes of a message are foreign: whatever they are, they are refused and nothing panics.
#[test]
fn cut_and_changed_messages_never_panic() {
    for case in Case::all().take(48) {
        let good = case.encrypted();
        for at in (0..good.len()).step_by(7) {
            let mut bytes = good.clone().into_bytes();
            bytes[at] = if bytes[at] == b'A' { b'B' } else { b'A' };
            assert!(case.decrypted(&String::from_utf8(bytes).unwrap()).is_err(), "{at}");
            assert!(case.decrypted(&good[..at]).is_err(), "{at}");
        }
    }
}
