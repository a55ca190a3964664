//! AES-GCM (NIST SP 800-38D) with 96-bit nonces and 128-bit tags.
//!
//! A nonce must never be used twice with one key: who calls takes it from [`Entropy`] or from a counter.

use std::fmt;

use zeroize::Zeroizing;

use crate::Entropy;
use crate::backend::AesGcm;

/// The sealed bytes were not made with this key, this nonce and this associated data, or they were changed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the sealed bytes cannot be opened")]
pub struct OpenError;

/// Declares one size of key; the two differ in nothing else.
macro_rules! key {
    ($(#[$doc:meta])* $name:ident, $length:literal) => {
        $(#[$doc])*
        pub struct $name {
            bytes: Zeroizing<[u8; $length]>,
            cipher: AesGcm,
        }

        impl $name {
            /// A fresh key.
            pub fn generate(entropy: &dyn Entropy) -> Self {
                let mut bytes = Zeroizing::new([0; $length]);
                entropy.fill(&mut *bytes);
                Self::new(bytes)
            }

            fn new(bytes: Zeroizing<[u8; $length]>) -> Self {
                let cipher = cipher(&*bytes);
                Self { bytes, cipher }
            }

            /// The key itself, to be wrapped by another. Handle it as the secret it is.
            pub fn expose(&self) -> &[u8; $length] {
                &self.bytes
            }

            /// Seals `plaintext`: the ciphertext with its 16-byte tag behind it. `aad` is authenticated, not hidden.
            pub fn seal(&self, nonce: &[u8; 12], aad: &[u8], plaintext: &[u8]) -> Vec<u8> {
                seal(&self.cipher, nonce, aad, plaintext)
            }

            /// Opens what [`seal`](Self::seal) made.
            ///
            /// # Errors
            /// [`OpenError`] when the key, the nonce, `aad` or one bit of `ciphertext` is not what was sealed.
            pub fn open(
                &self,
                nonce: &[u8; 12],
                aad: &[u8],
                ciphertext: &[u8],
            ) -> Result<Zeroizing<Vec<u8>>, OpenError> {
                self.cipher.open(nonce, aad, ciphertext).ok_or(OpenError)
            }
        }

        impl From<[u8; $length]> for $name {
            fn from(bytes: [u8; $length]) -> Self {
                Self::new(Zeroizing::new(bytes))
            }
        }

        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(concat!(stringify!($name), "(redacted)"))
            }
        }
    };
}

key! {
    /// A key of AES-128-GCM.
    Aes128Key, 16
}
key! {
    /// A key of AES-256-GCM.
    Aes256Key, 32
}

#[expect(clippy::expect_used, reason = "AES has keys of 16 and of 32 bytes")]
fn cipher(key: &[u8]) -> AesGcm {
    AesGcm::new(key).expect("a key of 16 or 32 bytes")
}

#[expect(clippy::expect_used, reason = "AES-GCM refuses only plaintexts over 64 GiB")]
fn seal(cipher: &AesGcm, nonce: &[u8; 12], aad: &[u8], plaintext: &[u8]) -> Vec<u8> {
    cipher.seal(nonce, aad, plaintext).expect("a plaintext below 64 GiB")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::{Seeded, hex};

    /// Test cases 4 and 16 of the GCM specification (McGrew and Viega).
    #[test]
    fn the_examples_of_the_specification() {
        let plaintext = hex(
            "d9313225f88406e5a55909c5aff5269a86a7a9531534f7da2e4c303d8a318a721c3c0c95956809532fcf0e2449a6b525b16aedf5aa0de657ba637b39",
        );
        let aad = hex("feedfacedeadbeeffeedfacedeadbeefabaddad2");
        let nonce: [u8; 12] = hex("cafebabefacedbaddecaf888").try_into().unwrap();
        let key: [u8; 16] = hex("feffe9928665731c6d6a8f9467308308").try_into().unwrap();
        let sealed = Aes128Key::from(key).seal(&nonce, &aad, &plaintext);
        assert_eq!(
            sealed,
            hex(
                "42831ec2217774244b7221b784d0d49ce3aa212f2c02a4e035c17e2329aca12e21d514b25466931c7d8f6a5aac84aa051ba30b396a0aac973d58e0915bc94fbc3221a5db94fae95ae7121a47"
            )
        );
        let key: [u8; 32] =
            hex("feffe9928665731c6d6a8f9467308308feffe9928665731c6d6a8f9467308308").try_into().unwrap();
        let sealed = Aes256Key::from(key).seal(&nonce, &aad, &plaintext);
        assert_eq!(
            sealed,
            hex(
                "522dc1f099567d07f47f37a32a84427d643a8cdcbfe5c0c97598a2bd2555d1aa8cb08e48590dbb3da7b08b1056828838c5f61e6393ba7a0abcc9f66276fc6ece0f4e1768cddf8853bb2d551b"
            )
        );
    }

    #[test]
    fn one_changed_bit_is_noticed() {
        let key = Aes256Key::generate(&Seeded::new(1));
        let sealed = key.seal(&[7; 12], b"record 1", b"plaintext");
        assert_eq!(&**key.open(&[7; 12], b"record 1", &sealed).unwrap(), b"plaintext");
        for at in 0..sealed.len() {
            let mut changed = sealed.clone();
            changed[at] ^= 1;
            assert_eq!(key.open(&[7; 12], b"record 1", &changed), Err(OpenError), "byte {at}");
        }
        assert_eq!(key.open(&[7; 12], b"record 2", &sealed), Err(OpenError));
        assert_eq!(key.open(&[8; 12], b"record 1", &sealed), Err(OpenError));
        assert_eq!(key.open(&[7; 12], b"record 1", &sealed[..15]), Err(OpenError));
        assert_eq!(key.open(&[7; 12], b"record 1", &[]), Err(OpenError));
        assert_eq!(Aes256Key::generate(&Seeded::new(2)).open(&[7; 12], b"record 1", &sealed), Err(OpenError));
    }

    #[test]
    fn a_key_is_not_printed() {
        assert_eq!(format!("{:?}", Aes256Key::from([0x41; 32])), "Aes256Key(redacted)");
        assert_eq!(Aes128Key::from([0x41; 16]).expose(), &[0x41; 16]);
    }
}
