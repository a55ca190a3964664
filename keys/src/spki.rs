//! SubjectPublicKeyInfo in DER (RFC 5280 §4.1.2.7; EC: RFC 5480 §2, named curves; Ed25519 and X25519: RFC 8410 §4).
//!
//! The five types have one encoding each, so reading is comparing. Refused: everything else, compressed points included.

use crate::{KeyError, KeyType, PublicKey};

/// What stands before the key: the algorithm and the head of the BIT STRING.
const PREFIXES: [(KeyType, &[u8]); 5] = [
    (KeyType::Ed25519, b"\x30\x2a\x30\x05\x06\x03\x2b\x65\x70\x03\x21\x00"),
    (KeyType::X25519, b"\x30\x2a\x30\x05\x06\x03\x2b\x65\x6e\x03\x21\x00"),
    (
        KeyType::P256,
        b"\x30\x59\x30\x13\x06\x07\x2a\x86\x48\xce\x3d\x02\x01\x06\x08\x2a\x86\x48\xce\x3d\x03\x01\x07\x03\x42\x00",
    ),
    (
        KeyType::P384,
        b"\x30\x76\x30\x10\x06\x07\x2a\x86\x48\xce\x3d\x02\x01\x06\x05\x2b\x81\x04\x00\x22\x03\x62\x00",
    ),
    (
        KeyType::P521,
        b"\x30\x81\x9b\x30\x10\x06\x07\x2a\x86\x48\xce\x3d\x02\x01\x06\x05\x2b\x81\x04\x00\x23\x03\x81\x86\x00",
    ),
];

impl PublicKey {
    /// Reads a SubjectPublicKeyInfo, as a certificate holds it.
    ///
    /// # Errors
    /// [`KeyError::Unsupported`] for another algorithm or curve, and for what is no DER; [`KeyError::InvalidPoint`].
    pub fn from_spki_der(der: &[u8]) -> Result<Self, KeyError> {
        let (key_type, key) = PREFIXES
            .iter()
            .find_map(|(key_type, prefix)| Some((*key_type, der.strip_prefix(*prefix)?)))
            .ok_or(KeyError::Unsupported)?;
        if key_type.curve().is_some() && key.first() != Some(&4) {
            return Err(KeyError::InvalidPoint);
        }
        Self::from_bytes(key_type, key)
    }

    /// Writes the SubjectPublicKeyInfo.
    pub fn to_spki_der(&self) -> Vec<u8> {
        let prefix = PREFIXES.iter().find(|(it, _)| *it == self.key_type()).map(|(_, prefix)| *prefix);
        [prefix.unwrap_or_default(), self.raw()].concat()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::PrivateKey;
    use crate::testing::{Seeded, hex};

    /// RFC 8410 §10.1.
    #[test]
    fn the_example_of_rfc_8410() {
        let der =
            hex("302a300506032b657003210019bf44096984cdfe8541bac167dc3b96c85086aa30b6b6cb0c5c38ad703166e1");
        let key = PublicKey::from_spki_der(&der).unwrap();
        assert_eq!((key.key_type(), key.to_spki_der()), (KeyType::Ed25519, der));
    }

    #[test]
    fn every_other_encoding_is_refused() {
        for key_type in KeyType::ALL {
            let der = PrivateKey::generate(key_type, &Seeded::new(1)).public().to_spki_der();
            let length = if der[1] == 0x81 { usize::from(der[2]) + 3 } else { usize::from(der[1]) + 2 };
            assert_eq!(length, der.len());
            for at in 0..der.len() - key_type.size() {
                let mut changed = der.clone();
                changed[at] ^= 0x40;
                assert!(PublicKey::from_spki_der(&changed) != PublicKey::from_spki_der(&der), "byte {at}");
            }
            assert!(PublicKey::from_spki_der(&der[..der.len() - 1]).is_err());
            assert!(PublicKey::from_spki_der(&[&der[..], &[0]].concat()).is_err());
        }
        assert_eq!(PublicKey::from_spki_der(&[]), Err(KeyError::Unsupported));
    }
}
