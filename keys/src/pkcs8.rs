//! PKCS#8, unencrypted (RFC 5208, RFC 5958; EC: RFC 5915; Ed25519 and X25519: RFC 8410 §7).
//!
//! Refused: other algorithms, parameters of another curve, a public part that does not belong to the private one.

use zeroize::Zeroizing;

use crate::der::{BIT_STRING, INTEGER, OBJECT_IDENTIFIER, OCTET_STRING, Reader, SEQUENCE};
use crate::{KeyError, KeyType, PrivateKey, PublicKey};

const EC: &[u8] = b"\x2a\x86\x48\xce\x3d\x02\x01";
const P256: &[u8] = b"\x2a\x86\x48\xce\x3d\x03\x01\x07";
const P384: &[u8] = b"\x2b\x81\x04\x00\x22";
const P521: &[u8] = b"\x2b\x81\x04\x00\x23";
const ED25519: &[u8] = b"\x2b\x65\x70";
const X25519: &[u8] = b"\x2b\x65\x6e";

/// `[0]` and `[1]`, explicit: the curve and the point in an ECPrivateKey.
const CURVE: u8 = 0xa0;
const POINT: u8 = 0xa1;
/// Attributes of a OneAsymmetricKey, and its public key: implicit as RFC 5958 wants it, explicit as some write it.
const ATTRIBUTES: u8 = 0xa0;
const PUBLIC: u8 = 0x81;
const PUBLIC_EXPLICIT: u8 = 0xa1;

const MALFORMED: KeyError = KeyError::Malformed("pkcs8");

impl PrivateKey {
    /// Reads an unencrypted PKCS#8 key, with its public half or without.
    ///
    /// # Errors
    /// [`KeyError::Malformed`] for what is no PKCS#8, [`KeyError::Unsupported`] for another algorithm or curve,
    /// [`KeyError::InvalidScalar`], and [`KeyError::Mismatch`] for a public half that is another's.
    pub fn from_pkcs8_der(der: &[u8]) -> Result<Self, KeyError> {
        let mut outer = Reader::new(der);
        let mut key = Reader::new(outer.take(SEQUENCE).ok_or(MALFORMED)?);
        let version = key.take(INTEGER).ok_or(MALFORMED)?;
        let key_type = algorithm(key.take(SEQUENCE).ok_or(MALFORMED)?)?;
        let private = key.take(OCTET_STRING).ok_or(MALFORMED)?;
        let _attributes = key.take(ATTRIBUTES);
        let public = public_key(&mut key)?;
        if !outer.is_empty() || !key.is_empty() || !matches!(version, [0 | 1]) {
            return Err(MALFORMED);
        }
        let key = if key_type.curve().is_some() {
            ec_private_key(key_type, private)?
        } else {
            let mut private = Reader::new(private);
            let secret = private.take(OCTET_STRING).filter(|_| private.is_empty()).ok_or(MALFORMED)?;
            Self::from_secret(key_type, secret)?
        };
        match public {
            Some(public) => key.with_public(&PublicKey::from_bytes(key_type, public)?),
            None => Ok(key),
        }
    }

    /// Writes an unencrypted PKCS#8 key, version 1 (what OpenSSL writes); the NIST curves with their public half.
    pub fn to_pkcs8_der(&self) -> Zeroizing<Vec<u8>> {
        let public = self.public().raw();
        let secret = self.secret();
        let parts: [&[u8]; 4] = match self.public().key_type() {
            KeyType::Ed25519 => {
                [b"\x30\x2e\x02\x01\x00\x30\x05\x06\x03\x2b\x65\x70\x04\x22\x04\x20", secret, b"", b""]
            }
            KeyType::X25519 => {
                [b"\x30\x2e\x02\x01\x00\x30\x05\x06\x03\x2b\x65\x6e\x04\x22\x04\x20", secret, b"", b""]
            }
            KeyType::P256 => [
                b"\x30\x81\x87\x02\x01\x00\x30\x13\x06\x07\x2a\x86\x48\xce\x3d\x02\x01\x06\x08\x2a\x86\x48\xce\x3d\x03\x01\x07\
                  \x04\x6d\x30\x6b\x02\x01\x01\x04\x20",
                secret,
                b"\xa1\x44\x03\x42\x00",
                public,
            ],
            KeyType::P384 => [
                b"\x30\x81\xb6\x02\x01\x00\x30\x10\x06\x07\x2a\x86\x48\xce\x3d\x02\x01\x06\x05\x2b\x81\x04\x00\x22\
                  \x04\x81\x9e\x30\x81\x9b\x02\x01\x01\x04\x30",
                secret,
                b"\xa1\x64\x03\x62\x00",
                public,
            ],
            KeyType::P521 => [
                b"\x30\x81\xee\x02\x01\x00\x30\x10\x06\x07\x2a\x86\x48\xce\x3d\x02\x01\x06\x05\x2b\x81\x04\x00\x23\
                  \x04\x81\xd6\x30\x81\xd3\x02\x01\x01\x04\x42",
                secret,
                b"\xa1\x81\x89\x03\x81\x86\x00",
                public,
            ],
        };
        Zeroizing::new(parts.concat())
    }
}

fn algorithm(bytes: &[u8]) -> Result<KeyType, KeyError> {
    let mut reader = Reader::new(bytes);
    let algorithm = reader.take(OBJECT_IDENTIFIER).ok_or(MALFORMED)?;
    let curve = reader.take(OBJECT_IDENTIFIER);
    match (algorithm, curve) {
        _ if !reader.is_empty() => Err(KeyError::Unsupported),
        (EC, Some(P256)) => Ok(KeyType::P256),
        (EC, Some(P384)) => Ok(KeyType::P384),
        (EC, Some(P521)) => Ok(KeyType::P521),
        (ED25519, None) => Ok(KeyType::Ed25519),
        (X25519, None) => Ok(KeyType::X25519),
        _ => Err(KeyError::Unsupported),
    }
}

fn public_key<'a>(key: &mut Reader<'a>) -> Result<Option<&'a [u8]>, KeyError> {
    let bits = match (key.take(PUBLIC), key.take(PUBLIC_EXPLICIT)) {
        (None, None) => return Ok(None),
        (Some(bits), None) => Some(bits),
        (None, Some(explicit)) => bit_string(explicit),
        (Some(_), Some(_)) => None,
    };
    bits.and_then(whole_bytes).map(Some).ok_or(MALFORMED)
}

/// RFC 5915 §3.
fn ec_private_key(key_type: KeyType, bytes: &[u8]) -> Result<PrivateKey, KeyError> {
    let mut outer = Reader::new(bytes);
    let mut key = Reader::new(outer.take(SEQUENCE).filter(|_| outer.is_empty()).ok_or(MALFORMED)?);
    let version = key.take(INTEGER);
    let secret = key.take(OCTET_STRING).ok_or(MALFORMED)?;
    let curve = key.take(CURVE);
    let point = key.take(POINT);
    if version != Some(&[1]) || !key.is_empty() {
        return Err(MALFORMED);
    }
    let expected = match key_type {
        KeyType::P256 => P256,
        KeyType::P384 => P384,
        _ => P521,
    };
    if curve.is_some_and(|curve| Reader::new(curve).take(OBJECT_IDENTIFIER) != Some(expected)) {
        return Err(KeyError::Unsupported);
    }
    let key = PrivateKey::from_secret(key_type, secret)?;
    match point {
        Some(point) => {
            let point = bit_string(point).and_then(whole_bytes).ok_or(MALFORMED)?;
            key.with_public(&PublicKey::from_bytes(key_type, point)?)
        }
        None => Ok(key),
    }
}

fn bit_string(bytes: &[u8]) -> Option<&[u8]> {
    let mut reader = Reader::new(bytes);
    reader.take(BIT_STRING).filter(|_| reader.is_empty())
}

/// The bytes of a BIT STRING that leaves no bit unused.
fn whole_bytes(bits: &[u8]) -> Option<&[u8]> {
    bits.strip_prefix(&[0])
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::{Seeded, hex};

    /// RFC 8410 §10.3: version 1, and version 2 with attributes and the public key.
    #[test]
    fn the_examples_of_rfc_8410() {
        let one = hex(
            "302e020100300506032b657004220420d4ee72dbf913584ad5b6d8f1f769f8ad3afe7c28cbf1d4fbe097a88f44755842",
        );
        let two = hex(
            "3072020101300506032b657004220420d4ee72dbf913584ad5b6d8f1f769f8ad3afe7c28cbf1d4fbe097a88f44755842a01f301d060a2a864886f70d01090914310f0c0d437572646c6520436861697273812100\
             19bf44096984cdfe8541bac167dc3b96c85086aa30b6b6cb0c5c38ad703166e1",
        );
        let key = PrivateKey::from_pkcs8_der(&one).unwrap();
        assert_eq!(*key.to_pkcs8_der(), one);
        assert_eq!(PrivateKey::from_pkcs8_der(&two).unwrap().public(), key.public());
        let mut other = two.clone();
        *other.last_mut().unwrap() ^= 1;
        assert!(PrivateKey::from_pkcs8_der(&other).is_err());
    }

    #[test]
    fn no_changed_byte_gives_another_key() {
        for key_type in KeyType::ALL {
            let key = PrivateKey::generate(key_type, &Seeded::new(1));
            let der = key.to_pkcs8_der();
            for at in 0..der.len() {
                let mut changed = der.clone();
                changed[at] ^= 0x10;
                match PrivateKey::from_pkcs8_der(&changed) {
                    // The seed of Ed25519 and X25519 stands without its public half, so any seed is a key.
                    Ok(_) => assert!(key_type.curve().is_none() && at >= 16, "{key_type:?} byte {at}"),
                    Err(error) => assert_ne!(error, KeyError::Library),
                }
            }
            for length in 0..der.len() {
                assert!(PrivateKey::from_pkcs8_der(&der[..length]).is_err());
            }
            assert!(PrivateKey::from_pkcs8_der(&[&der[..], &[0]].concat()).is_err());
        }
    }

    #[test]
    fn a_point_that_is_anothers_is_refused() {
        let [one, two] = [1, 2].map(|seed| PrivateKey::generate(KeyType::P256, &Seeded::new(seed)));
        let der = one.to_pkcs8_der();
        let head = &der[..der.len() - 65];
        let mixed = [head, two.public().raw()].concat();
        assert!(matches!(PrivateKey::from_pkcs8_der(&mixed), Err(KeyError::Mismatch)));
    }
}
