//! HMAC-SHA-256 (RFC 2104) and HKDF-SHA-256 (RFC 5869).

use zeroize::Zeroizing;

use crate::{backend, constant_time_eq};

/// The longest output of HKDF-SHA-256: 255 blocks (RFC 5869 §2.3).
const HKDF_MAX: usize = 255 * 32;

/// HMAC-SHA-256 of `message` under `key`.
pub fn hmac_sha256(key: &[u8], message: &[u8]) -> [u8; 32] {
    backend::hmac_sha256(key, &[message])
}

/// Whether `tag` is the whole HMAC-SHA-256 of `message` under `key`, compared in constant time.
pub fn verify_hmac_sha256(key: &[u8], message: &[u8], tag: &[u8]) -> bool {
    constant_time_eq(&hmac_sha256(key, message), tag)
}

/// HKDF-SHA-256, extract and expand: fills `out` with key material derived from `secret`.
///
/// # Panics
/// When `out` is longer than 8,160 bytes, which the function is not defined for.
pub fn hkdf_sha256(secret: &[u8], salt: &[u8], info: &[u8], out: &mut [u8]) {
    assert!(out.len() <= HKDF_MAX, "HKDF-SHA-256 gives at most {HKDF_MAX} bytes");
    let key = Zeroizing::new(backend::hmac_sha256(salt, &[secret]));
    let mut previous = Zeroizing::new(Vec::new());
    for (block, counter) in out.chunks_mut(32).zip(1..=u8::MAX) {
        previous = Zeroizing::new(backend::hmac_sha256(&*key, &[&previous, info, &[counter]]).to_vec());
        block.iter_mut().zip(previous.iter()).for_each(|(to, from)| *to = *from);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::hex;

    /// RFC 4231 test case 2.
    #[test]
    fn hmac_answers_as_rfc_4231() {
        let tag = hex("5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843");
        assert_eq!(hmac_sha256(b"Jefe", b"what do ya want for nothing?").to_vec(), tag);
        assert!(verify_hmac_sha256(b"Jefe", b"what do ya want for nothing?", &tag));
        assert!(!verify_hmac_sha256(b"Jefe", b"what do ya want for nothing!", &tag));
        assert!(!verify_hmac_sha256(b"Jefe", b"what do ya want for nothing?", &tag[..31]));
        assert!(!verify_hmac_sha256(b"Jefe", b"what do ya want for nothing?", &[]));
    }

    /// RFC 5869 test cases 1 and 3.
    #[test]
    fn hkdf_answers_as_rfc_5869() {
        let mut out = [0; 42];
        hkdf_sha256(&[0x0b; 22], &hex("000102030405060708090a0b0c"), &hex("f0f1f2f3f4f5f6f7f8f9"), &mut out);
        assert_eq!(
            out.to_vec(),
            hex("3cb25f25faacd57a90434f64d0362f2a2d2d0a90cf1a5a4c5db02d56ecc4c5bf34007208d5b887185865")
        );
        hkdf_sha256(&[0x0b; 22], &[], &[], &mut out);
        assert_eq!(
            out.to_vec(),
            hex("8da4e775a563c18f715f802a063c5a31b8a11f5c5ee1879ec3454e5f3c738d2d9d201395faa4b61a96c8")
        );
    }

    #[test]
    #[should_panic(expected = "at most 8160 bytes")]
    fn hkdf_refuses_more_than_it_is_defined_for() {
        hkdf_sha256(b"secret", b"", b"", &mut [0; 8161]);
    }
}
