//! The oracle of JWE: what `josekit` (on OpenSSL) encrypts we decrypt, and the other way round.
//!
//! `cargo test -p jigap-tests --features josekit --test josekit`; needs OpenSSL (Debian: `libssl-dev`).

#[cfg(test)]
mod both_ways {
    use std::sync::Mutex;

    use jigap_keys::{Entropy, KeyType, PrivateKey, hash};
    use jigap_wallet_core::jose::jwe::{self, ContentEncryption, Recipient};
    use josekit::jwe::{ECDH_ES, JweHeader};
    use josekit::jwk::Jwk;

    const KEYS: [KeyType; 3] = [KeyType::P256, KeyType::P384, KeyType::X25519];

    /// Bytes that are the same in every run.
    struct Repeatable(Mutex<[u8; 32]>);

    impl Entropy for Repeatable {
        fn fill(&self, out: &mut [u8]) {
            let mut state = self.0.lock().unwrap();
            for chunk in out.chunks_mut(32) {
                *state = hash::sha256(&*state);
                chunk.copy_from_slice(&state[..chunk.len()]);
            }
        }
    }

    fn cases() -> impl Iterator<Item = (PrivateKey, ContentEncryption, Vec<u8>, Vec<u8>, Vec<u8>)> {
        let entropy = Repeatable(Mutex::new([7; 32]));
        let of_length = move |length: usize| {
            let mut bytes = vec![0; length];
            entropy.fill(&mut bytes);
            bytes
        };
        let entropy = Repeatable(Mutex::new([8; 32]));
        (0..96).map(move |at| {
            let key = PrivateKey::generate(KEYS[at % 3], &entropy);
            let enc = ContentEncryption::ALL[at / 3 % 2];
            (key, enc, of_length(at * at), of_length(at % 17), of_length(at % 33))
        })
    }

    #[test]
    fn josekit_decrypts_what_we_encrypt() {
        for (key, enc, payload, apu, apv) in cases() {
            let to = Recipient { key: key.public(), kid: Some("k"), enc, apu: &apu, apv: &apv };
            let compact = jwe::encrypt(&payload, &to, &Repeatable(Mutex::new([9; 32]))).unwrap();
            let jwk = Jwk::from_bytes(key.to_jwk().as_bytes()).unwrap();
            let decrypter = ECDH_ES.decrypter_from_jwk(&jwk).unwrap();
            let (opened, header) = josekit::jwe::deserialize_compact(&compact, &decrypter).unwrap();
            assert_eq!(opened, payload);
            assert_eq!(header.key_id(), Some("k"));
            assert_eq!(header.content_encryption(), Some(enc.name()));
            assert_eq!(header.agreement_partyuinfo().unwrap_or_default(), apu);
            assert_eq!(header.agreement_partyvinfo().unwrap_or_default(), apv);
        }
    }

    #[test]
    fn we_decrypt_what_josekit_encrypts() {
        for (key, enc, payload, apu, apv) in cases() {
            let jwk = Jwk::from_bytes(key.public().to_jwk().to_string()).unwrap();
            let mut encrypter = ECDH_ES.encrypter_from_jwk(&jwk).unwrap();
            encrypter.set_agreement_partyuinfo(apu.clone());
            encrypter.set_agreement_partyvinfo(apv.clone());
            let mut header = JweHeader::new();
            header.set_content_encryption(enc.name());
            header.set_key_id("k");
            let compact = josekit::jwe::serialize_compact(&payload, &header, &encrypter).unwrap();
            let (header, opened) = jwe::decrypt(&compact, &key, &[enc]).unwrap();
            assert_eq!(*opened, payload);
            assert_eq!((header.kid.as_deref(), header.enc), (Some("k"), enc));
            assert_eq!((header.apu, header.apv), (apu, apv));
        }
    }
}
