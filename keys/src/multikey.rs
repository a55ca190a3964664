//! Multikey (Controlled Identifiers 1.0 §2.2.2): a Multibase `z` (base58btc) text of a Multicodec prefix and the key.
//! did:key is `did:key:` and this text.
//!
//! Refused: other bases and prefixes, a private key where a public one belongs, points that are not compressed.

use zeroize::Zeroizing;

use crate::{KeyError, KeyType, PrivateKey, PublicKey};

/// The longest text of the five types: 2 + 67 bytes of P-521 give 95 digits.
const MAX_LENGTH: usize = 96;

/// The Multicodec prefixes, as varints: type, public, private.
const PREFIXES: [(KeyType, [u8; 2], [u8; 2]); 5] = [
    (KeyType::Ed25519, [0xed, 0x01], [0x80, 0x26]),
    (KeyType::X25519, [0xec, 0x01], [0x82, 0x26]),
    (KeyType::P256, [0x80, 0x24], [0x86, 0x26]),
    (KeyType::P384, [0x81, 0x24], [0x87, 0x26]),
    (KeyType::P521, [0x82, 0x24], [0x88, 0x26]),
];

impl PublicKey {
    /// Reads `publicKeyMultibase`: prefix and raw key, compressed for the NIST curves.
    ///
    /// # Errors
    /// [`KeyError::Malformed`] for text that is no Multikey, [`KeyError::PrivateMaterial`] for a private one,
    /// [`KeyError::Unsupported`] for another prefix, [`KeyError::Length`] for another length than the prefix names,
    /// [`KeyError::InvalidPoint`] for a bad point.
    pub fn from_multikey(text: &str) -> Result<Self, KeyError> {
        let (prefix, bytes) = decode(text)?;
        if PREFIXES.iter().any(|(_, _, private)| *private == prefix) {
            return Err(KeyError::PrivateMaterial);
        }
        let (key_type, ..) =
            PREFIXES.iter().find(|(_, public, _)| *public == prefix).ok_or(KeyError::Unsupported)?;
        if bytes.len() != usize::from(key_type.curve().is_some()) + key_type.size() {
            return Err(KeyError::Length);
        }
        Self::from_bytes(*key_type, &bytes)
    }

    /// Writes `publicKeyMultibase`.
    pub fn to_multikey(&self) -> String {
        let prefix = PREFIXES.iter().find(|(it, ..)| *it == self.key_type()).map(|(_, public, _)| *public);
        let bytes = [&prefix.unwrap_or_default(), &self.to_compressed()[..]].concat();
        format!("z{}", bs58::encode(bytes).into_string())
    }
}

impl PrivateKey {
    /// Reads `secretKeyMultibase`: prefix and private part.
    ///
    /// # Errors
    /// [`KeyError::Malformed`] for text that is no Multikey, [`KeyError::Unsupported`] for another prefix (also that of
    /// a public key), [`KeyError::InvalidScalar`] for a private part of another length or out of range.
    pub fn from_multikey(text: &str) -> Result<Self, KeyError> {
        let (prefix, bytes) = decode(text)?;
        let (key_type, ..) =
            PREFIXES.iter().find(|(_, _, private)| *private == prefix).ok_or(KeyError::Unsupported)?;
        Self::from_secret(*key_type, &bytes)
    }

    /// Writes `secretKeyMultibase`.
    pub fn to_multikey(&self) -> Zeroizing<String> {
        let prefix =
            PREFIXES.iter().find(|(it, ..)| *it == self.public().key_type()).map(|(_, _, private)| *private);
        let bytes = Zeroizing::new([&prefix.unwrap_or_default(), self.secret()].concat());
        let digits = Zeroizing::new(bs58::encode(&*bytes).into_string());
        Zeroizing::new(format!("z{}", *digits))
    }
}

fn decode(text: &str) -> Result<([u8; 2], Zeroizing<Vec<u8>>), KeyError> {
    const MALFORMED: KeyError = KeyError::Malformed("multikey");
    // Measured first: decoding base58 takes time quadratic in the length.
    let digits = text.strip_prefix('z').filter(|it| it.len() <= MAX_LENGTH).ok_or(MALFORMED)?;
    let bytes = Zeroizing::new(bs58::decode(digits).into_vec().map_err(|_| MALFORMED)?);
    let (prefix, key) = bytes.split_first_chunk().ok_or(MALFORMED)?;
    Ok((*prefix, Zeroizing::new(key.to_vec())))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::{Seeded, hex};

    /// Examples of the did:key method (§ test vectors) and of Controlled Identifiers 1.0 §2.2.2.
    #[test]
    fn the_examples_of_the_specifications() {
        for (text, key_type) in [
            ("z6MkiTBz1ymuepAQ4HEHYSF1H8quG5GLVVQR3djdX3mDooWp", KeyType::Ed25519),
            ("z6LSeu9HkTHSfLLeUs2nnzUSNedgDUevfNQgQjQC23ZCit6F", KeyType::X25519),
            ("zDnaerDaTF5BXEavCrfRZEk316dpbLsfPDZ3WJ5hRTPFU2169", KeyType::P256),
            ("z82Lm1MpAkeJcix9K8TMiLd5NMAhnwkjjCBeWHXyu3U4oT2MVJJKXkcVBgjGhnLBn2Kaau9", KeyType::P384),
        ] {
            let key = PublicKey::from_multikey(text).unwrap();
            assert_eq!((key.key_type(), key.to_multikey().as_str()), (key_type, text));
        }
    }

    #[test]
    fn private_prefixes_are_those_of_the_table() {
        for (key_type, prefix) in [
            (KeyType::Ed25519, "8026"),
            (KeyType::X25519, "8226"),
            (KeyType::P256, "8626"),
            (KeyType::P384, "8726"),
            (KeyType::P521, "8826"),
        ] {
            let key = PrivateKey::generate(key_type, &Seeded::new(1));
            let text = key.to_multikey();
            let bytes = bs58::decode(text.strip_prefix('z').unwrap()).into_vec().unwrap();
            assert_eq!(bytes, [&hex(prefix), key.secret()].concat());
            assert_eq!(PublicKey::from_multikey(&text), Err(KeyError::PrivateMaterial));
            let public = PrivateKey::from_multikey(&key.public().to_multikey());
            assert!(matches!(public, Err(KeyError::Unsupported)));
        }
    }

    #[test]
    fn what_is_no_multikey_is_refused() {
        let encoded = |bytes: &[u8]| format!("z{}", bs58::encode(bytes).into_string());
        let point = PrivateKey::generate(KeyType::P256, &Seeded::new(1)).public().to_bytes();
        for (text, error) in [
            (String::new(), KeyError::Malformed("multikey")),
            ("z".to_owned(), KeyError::Malformed("multikey")),
            ("z6".to_owned(), KeyError::Malformed("multikey")),
            ("u7QE".to_owned(), KeyError::Malformed("multikey")),
            ("6MkiTBz1ymuepAQ4HEHYSF1H8quG5GLVVQR3djdX3mDooWp".to_owned(), KeyError::Malformed("multikey")),
            ("z6MkiTBz1ymuepAQ4HEHYSF1H8quG5GLVVQR3djdX3mDooW0".to_owned(), KeyError::Malformed("multikey")),
            (format!("z{}", "1".repeat(1 << 20)), KeyError::Malformed("multikey")),
            (encoded(&[&[0xe7, 0x01], &[2; 33][..]].concat()), KeyError::Unsupported),
            (encoded(&[&[0xed, 0x01], &[3; 31][..]].concat()), KeyError::Length),
            (encoded(&[&[0xed, 0x01], &[3; 33][..]].concat()), KeyError::Length),
            (encoded(&[&[0x80, 0x24], &point[..]].concat()), KeyError::Length),
            (encoded(&[&[0x81, 0x24], &[2; 97][..]].concat()), KeyError::Malformed("multikey")),
        ] {
            assert_eq!(PublicKey::from_multikey(&text), Err(error), "{text:.60}");
        }
    }
}
