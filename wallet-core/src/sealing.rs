//! What services keep their records with: personal data sealed at rest, codes that cannot be told from what is stored,
//! and random names.

use jigap_keys::aead::Aes256Key;
use jigap_keys::{Entropy, base64url, constant_time_eq, hash, mac};
use serde::Serialize;
use serde::de::DeserializeOwned;
use zeroize::Zeroizing;

use crate::pieces;
use crate::ports::{StoreError, Tx};

/// Bytes of salt that make a record's own key.
const SALT: usize = 32;
/// Every key seals one record.
const NONCE: [u8; 12] = [0; 12];

/// The stored value cannot be opened: changed, moved, or sealed by another key.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("a stored record cannot be opened with this key")]
pub struct SealBroken;

/// A service's (or tenant's) keys for its own records. Never printed, wiped when dropped.
pub struct RecordKeys {
    seal: Zeroizing<[u8; 32]>,
    mac: Zeroizing<[u8; 32]>,
}

impl RecordKeys {
    /// Derives the keys from a 32-byte record secret.
    pub fn from_secret(secret: &[u8; 32]) -> Self {
        let (mut seal, mut key) = (Zeroizing::new([0; 32]), Zeroizing::new([0; 32]));
        mac::hkdf_sha256(secret, b"", b"jigap records: seal", seal.as_mut());
        mac::hkdf_sha256(secret, b"", b"jigap records: mac", key.as_mut());
        Self { seal, mac: key }
    }

    /// Seals `value` for the place `name`: base64url of salt, ciphertext and tag.
    pub fn seal<T: Serialize>(
        &self,
        name: &str,
        value: &T,
        entropy: &dyn Entropy,
    ) -> Result<String, SealBroken> {
        let plain = Zeroizing::new(serde_json::to_vec(value).map_err(|_| SealBroken)?);
        let mut salt = [0; SALT];
        entropy.fill(&mut salt);
        let sealed = self.key_of(&salt).seal(&NONCE, name.as_bytes(), &plain);
        Ok(base64url::encode([&salt[..], &sealed].concat()))
    }

    /// Opens what [`seal`](Self::seal) made for the same `name`.
    pub fn open<T: DeserializeOwned>(&self, name: &str, sealed: &str) -> Result<T, SealBroken> {
        let bytes = base64url::decode(sealed).map_err(|_| SealBroken)?;
        let (salt, ciphertext) = bytes.split_first_chunk::<SALT>().ok_or(SealBroken)?;
        let plain = self.key_of(salt).open(&NONCE, name.as_bytes(), ciphertext).map_err(|_| SealBroken)?;
        serde_json::from_slice(&plain).map_err(|_| SealBroken)
    }

    /// Opens what [`seal`](Self::seal) made for `name` and [`pieces::write`] wrote in `count` pieces under `place`.
    pub async fn open_pieces<T, E>(&self, tx: &Tx, (place, count): (&str, usize), name: &str) -> Result<T, E>
    where
        T: DeserializeOwned,
        E: From<SealBroken> + From<StoreError>,
    {
        let sealed = pieces::read(tx, place, count).await?.ok_or(SealBroken)?;
        Ok(self.open(name, std::str::from_utf8(&sealed).map_err(|_| SealBroken)?)?)
    }

    /// A key for one record: however many are sealed, no key and nonce meet twice (SP 800-38D §8.3).
    fn key_of(&self, salt: &[u8; SALT]) -> Aes256Key {
        let mut key = Zeroizing::new([0; 32]);
        mac::hkdf_sha256(self.seal.as_ref(), salt, b"jigap record", key.as_mut());
        Aes256Key::from(*key)
    }

    /// A value only the holder of the secret can compute: 256 bits in base64url, as pre-authorized codes are.
    pub fn derive(&self, purpose: &str, of: &str) -> String {
        base64url::encode(mac::hmac_sha256(self.mac.as_ref(), format!("{purpose}|{of}").as_bytes()))
    }

    /// Whether `expected` is what [`derive`](Self::derive) makes, in constant time.
    pub fn is_derived_as(&self, purpose: &str, of: &str, expected: &str) -> bool {
        constant_time_eq(self.derive(purpose, of).as_bytes(), expected.as_bytes())
    }
}

/// `N` random bytes in base64url.
pub fn random_id<const N: usize>(entropy: &dyn Entropy) -> String {
    let mut bytes = [0; N];
    entropy.fill(&mut bytes);
    base64url::encode(bytes)
}

/// Whether [`random_id`] could have made `text`: what a stranger calls by another name is not there, and is to be looked for in no
/// store, whose keys are bounded.
pub fn is_random_id<const N: usize>(text: &str) -> bool {
    text.len() == (N * 4).div_ceil(3) && base64url::decode(text).is_ok()
}

/// Under which a secret of at least 128 random bits is stored: its SHA-256 in base64url.
pub fn fingerprint(secret: &str) -> String {
    base64url::encode(hash::sha256(secret.as_bytes()))
}

/// A code of `length` decimal digits, each equally likely.
pub fn random_digits(length: usize, entropy: &dyn Entropy) -> String {
    let mut digits = String::with_capacity(length);
    while digits.len() < length {
        let mut byte = [0];
        entropy.fill(&mut byte);
        // 250 is the largest multiple of ten in a byte: what lies above would favour small digits.
        if byte[0] < 250 {
            digits.push(char::from(b'0' + byte[0] % 10));
        }
    }
    digits
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::Repeatable;

    #[test]
    fn a_sealed_value_opens_at_its_own_place_with_its_own_key_only() {
        let (keys, other) = (RecordKeys::from_secret(&[1; 32]), RecordKeys::from_secret(&[2; 32]));
        let sealed = keys.seal("offer/1", &"김지갑", &Repeatable::new(1)).unwrap();
        assert_eq!(keys.open::<String>("offer/1", &sealed).unwrap(), "김지갑");
        assert_eq!(keys.open::<String>("offer/2", &sealed), Err(SealBroken));
        assert_eq!(other.open::<String>("offer/1", &sealed), Err(SealBroken));
        for broken in ["", "AAAA", &sealed[..sealed.len() - 2]] {
            assert_eq!(keys.open::<String>("offer/1", broken), Err(SealBroken));
        }
    }

    #[test]
    fn derived_values_depend_on_purpose_input_and_key() {
        let (keys, other) = (RecordKeys::from_secret(&[1; 32]), RecordKeys::from_secret(&[2; 32]));
        let code = keys.derive("code", "1");
        assert!(keys.is_derived_as("code", "1", &code));
        assert!(!keys.is_derived_as("code", "2", &code) && !keys.is_derived_as("tx", "1", &code));
        assert!(!other.is_derived_as("code", "1", &code));
    }

    #[test]
    fn a_random_name_is_known_by_its_form() {
        let (name, secret) = (random_id::<16>(&Repeatable::new(1)), random_id::<32>(&Repeatable::new(1)));
        assert!(is_random_id::<16>(&name) && is_random_id::<32>(&secret) && !is_random_id::<32>(&name));
        let (short, long) = (&name[..21], format!("{name}A"));
        for other in [
            "",
            "unknown",
            short,
            &long,
            &secret,
            &"A".repeat(15_000),
            "AAAAAAAAAAAAAAAAAAAAA/",
            "AAAAAAAAAAAAAAAAAAAAAB",
        ] {
            assert!(!is_random_id::<16>(other), "{other}");
        }
    }

    #[test]
    fn digits_are_digits_and_every_one_occurs() {
        let digits = random_digits(1000, &Repeatable::new(3));
        assert_eq!(digits.len(), 1000);
        for digit in '0'..='9' {
            let share = digits.chars().filter(|c| *c == digit).count();
            assert!((60..140).contains(&share), "{digit}: {share}");
        }
    }
}
