//! HPKE (RFC 9180): sealing to a public key. Base mode, one message, in the suite of appendix A.1: DHKEM(X25519, HKDF-SHA256),
//! HKDF-SHA256, AES-128-GCM.
//!
//! What is sealed is `enc`, 32 bytes, and behind it the ciphertext with its tag: [`OVERHEAD`] bytes more than the plaintext. A key
//! pair is made for each message and forgotten, so that whoever sealed cannot open. On the primitives of this crate and not by
//! the crate `hpke`: docs/decisions/0013. Refused: keys of another type, public keys of small order, whatever was changed.

use std::fmt;

use zeroize::Zeroizing;

use crate::aead::{Aes128Key, OpenError};
use crate::{Entropy, KeyError, KeyType, PrivateKey, PublicKey, backend};

/// Bytes of `enc`, a public key of X25519 (RFC 9180 §7.1).
const ENC: usize = 32;

/// By how many bytes what is sealed is longer than its plaintext.
pub const OVERHEAD: usize = ENC + 16;

const VERSION: &[u8] = b"HPKE-v1";
/// `"KEM"` and the number of DHKEM(X25519, HKDF-SHA256) (§4.1, §7.1).
const KEM: &[u8] = b"KEM\x00\x20";
/// `"HPKE"` and the numbers of KEM, HKDF-SHA256 and AES-128-GCM (§5.1).
const SUITE: &[u8] = b"HPKE\x00\x20\x00\x01\x00\x01";
/// The mode without pre-shared key or sender's key (§5).
const MODE_BASE: u8 = 0;

/// Seals `plaintext` to `to`. `info` and `aad` are authenticated, not hidden: who opens gives the same.
///
/// # Errors
/// [`KeyError::CannotAgree`] for a key that is not of X25519, [`KeyError::ForcedSecret`] for one of small order.
pub fn seal(
    to: &PublicKey,
    info: &[u8],
    aad: &[u8],
    plaintext: &[u8],
    entropy: &dyn Entropy,
) -> Result<Vec<u8>, KeyError> {
    Ok(setup(to, info, entropy)?.seal(aad, plaintext))
}

/// `SetupBaseS` (§5.1.1): what [`seal`] does before it knows what is sealed.
///
/// # Errors
/// As [`seal`].
pub fn setup(to: &PublicKey, info: &[u8], entropy: &dyn Entropy) -> Result<Sender, KeyError> {
    let ephemeral = PrivateKey::generate(KeyType::X25519, entropy);
    let shared = ephemeral.agree(to)?;
    let enc = ephemeral.public().to_bytes();
    let (key, nonce) = schedule(&encapsulated(shared.as_bytes(), &enc, &to.to_bytes()), info);
    Ok(Sender { enc, key, nonce })
}

/// What was agreed with whom something is to be sealed to, for one message: sealing uses it up, so that no nonce comes twice.
pub struct Sender {
    enc: Vec<u8>,
    key: Aes128Key,
    nonce: [u8; 12],
}

/// Without its key.
impl fmt::Debug for Sender {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Sender")
    }
}

impl Sender {
    /// Seals the one message.
    pub fn seal(self, aad: &[u8], plaintext: &[u8]) -> Vec<u8> {
        let mut sealed = self.enc;
        sealed.extend_from_slice(&self.key.seal(&self.nonce, aad, plaintext));
        sealed
    }
}

/// Opens what [`seal`] sealed to the public half of `key`.
///
/// # Errors
/// [`OpenError`] when the key, `info`, `aad` or one bit of `sealed` is not what was sealed.
pub fn open(
    key: &PrivateKey,
    info: &[u8],
    aad: &[u8],
    sealed: &[u8],
) -> Result<Zeroizing<Vec<u8>>, OpenError> {
    let (enc, ciphertext) = sealed.split_first_chunk::<ENC>().ok_or(OpenError)?;
    let peer = PublicKey::from_bytes(KeyType::X25519, enc).map_err(|_| OpenError)?;
    let shared = key.agree(&peer).map_err(|_| OpenError)?;
    let (aead, nonce) = schedule(&encapsulated(shared.as_bytes(), enc, &key.public().to_bytes()), info);
    aead.open(&nonce, aad, ciphertext)
}

/// `ExtractAndExpand` of the KEM (§4.1).
fn encapsulated(agreed: &[u8], enc: &[u8], recipient: &[u8]) -> Zeroizing<[u8; 32]> {
    let pseudorandom = extract(KEM, b"", b"eae_prk", agreed);
    expand(KEM, &pseudorandom, b"shared_secret", &[enc, recipient])
}

/// `KeySchedule` (§5.1): key and base nonce, which is the nonce of the first message.
fn schedule(shared: &[u8; 32], info: &[u8]) -> (Aes128Key, [u8; 12]) {
    let (psk_id, info) = (extract(SUITE, b"", b"psk_id_hash", b""), extract(SUITE, b"", b"info_hash", info));
    let context: &[&[u8]] = &[&[MODE_BASE], &*psk_id, &*info];
    let secret = extract(SUITE, shared, b"secret", b"");
    let key = expand::<16>(SUITE, &secret, b"key", context);
    (Aes128Key::from(*key), *expand(SUITE, &secret, b"base_nonce", context))
}

/// `LabeledExtract` (§4).
fn extract(suite: &[u8], salt: &[u8], label: &[u8], secret: &[u8]) -> Zeroizing<[u8; 32]> {
    Zeroizing::new(backend::hmac_sha256(salt, &[VERSION, suite, label, secret]))
}

/// `LabeledExpand` (§4) to at most one block of SHA-256.
fn expand<const N: usize>(
    suite: &[u8],
    pseudorandom: &[u8; 32],
    label: &[u8],
    info: &[&[u8]],
) -> Zeroizing<[u8; N]> {
    const { assert!(N <= 32, "one block of SHA-256") };
    let length = (N as u16).to_be_bytes();
    let head: [&[u8]; 4] = [&length, VERSION, suite, label];
    let parts: Vec<&[u8]> = head.iter().chain(info).copied().chain([&[1_u8][..]]).collect();
    let block = Zeroizing::new(backend::hmac_sha256(pseudorandom, &parts));
    let mut out = Zeroizing::new([0; N]);
    out.iter_mut().zip(block.iter()).for_each(|(to, from)| *to = *from);
    out
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::{Seeded, hex};

    /// Hands out the ephemeral key of the example.
    struct Given(Vec<u8>);
    impl Entropy for Given {
        fn fill(&self, out: &mut [u8]) {
            out.copy_from_slice(&self.0);
        }
    }

    /// RFC 9180 appendix A.1.1: setup and the first encryption.
    #[test]
    fn the_example_of_rfc_9180() {
        let info = hex("4f6465206f6e2061204772656369616e2055726e");
        let (enc, recipient) = (
            hex("37fda3567bdbd628e88668c3c8d7e97d1d1253b6d4ea6d44c150f741f1bf4431"),
            hex("3948cfe0ad1ddb695d780e59077195da6c56506b027329794ab02bca80815c4d"),
        );
        let ephemeral = hex("52c4a758a802cd8b936eceea314432798d5baf2d7e9235dc084ab1b9cfa2f736");
        let private = hex("4612c550263fc8ad58375df3f557aac531d26850903e55a9f23f21d8534e8ac8");
        let private = PrivateKey::from_secret(KeyType::X25519, &private).unwrap();
        assert_eq!(private.public().to_bytes(), recipient);
        let peer = PublicKey::from_bytes(KeyType::X25519, &enc).unwrap();
        let shared = encapsulated(private.agree(&peer).unwrap().as_bytes(), &enc, &recipient);
        assert_eq!(shared.to_vec(), hex("fe0e18c9f024ce43799ae393c7e8fe8fce9d218875e8227b0187c04e7d2ea1fc"));
        let (key, nonce) = schedule(&shared, &info);
        assert_eq!(key.expose().to_vec(), hex("4531685d41d65f03dc48f6b8302c05b0"));
        assert_eq!(nonce.to_vec(), hex("56d890e5accaaf011cff4b7d"));
        let (aad, plaintext) =
            (b"Count-0", hex("4265617574792069732074727574682c20747275746820626561757479"));
        let expected = [
            enc,
            hex("f938558b5d72f1a23810b4be2ab4f84331acc02fc97babc53a52ae8218a355a96d8770ac83d07bea87e13c512a"),
        ]
        .concat();
        let sealed = seal(private.public(), &info, aad, &plaintext, &Given(ephemeral)).unwrap();
        assert_eq!(sealed, expected);
        assert_eq!(sealed.len(), plaintext.len() + OVERHEAD);
        assert_eq!(*open(&private, &info, aad, &sealed).unwrap(), plaintext);
    }

    #[test]
    fn nothing_else_opens_it() {
        let keys = [1, 2].map(|seed| PrivateKey::generate(KeyType::X25519, &Seeded::new(seed)));
        let sealed = seal(keys[0].public(), b"info", b"aad", b"plaintext", &Seeded::new(3)).unwrap();
        assert_eq!(**open(&keys[0], b"info", b"aad", &sealed).unwrap(), *b"plaintext");
        assert_eq!(open(&keys[1], b"info", b"aad", &sealed), Err(OpenError));
        assert_eq!(open(&keys[0], b"Info", b"aad", &sealed), Err(OpenError));
        assert_eq!(open(&keys[0], b"info", b"", &sealed), Err(OpenError));
        for at in 0..sealed.len() {
            let mut changed = sealed.clone();
            changed[at] ^= 1;
            assert_eq!(open(&keys[0], b"info", b"aad", &changed), Err(OpenError), "byte {at}");
            assert_eq!(open(&keys[0], b"info", b"aad", &sealed[..at]), Err(OpenError), "{at} bytes");
        }
        let again = seal(keys[0].public(), b"info", b"aad", b"plaintext", &Seeded::new(4)).unwrap();
        assert_ne!(sealed, again);
    }

    #[test]
    fn keys_that_cannot_agree_are_refused() {
        let signs = PrivateKey::generate(KeyType::Ed25519, &Seeded::new(1));
        let seal_to = |key: &PublicKey| seal(key, b"", b"", b"", &Seeded::new(2));
        assert_eq!(seal_to(signs.public()), Err(KeyError::CannotAgree));
        let low = PublicKey::from_bytes(KeyType::X25519, &[0; 32]).unwrap();
        assert_eq!(seal_to(&low), Err(KeyError::ForcedSecret));
        assert_eq!(open(&signs, b"", b"", &[9; 60]), Err(OpenError));
    }
}
