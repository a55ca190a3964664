//! COSE_Key (RFC 9052 §7; EC2 and OKP: RFC 9053 §7), as the device key of an mdoc and as `cnf` of a CWT.
//!
//! Refused: other types and curves, coordinates of another length, a private key, `alg` of another type, duplicated labels.

use ciborium::Value;
use coset::iana::{self, EnumI64 as _};
use coset::{
    CborSerializable as _, CoseKey, CoseKeyBuilder, Label, RegisteredLabel, RegisteredLabelWithPrivate,
};

use crate::{KeyError, KeyType, PublicKey};

/// More than any key of the four types needs, with a key id.
const MAX_BYTES: usize = 1024;

const CRV: i64 = -1;
const X: i64 = -2;
const Y: i64 = -3;
const D: i64 = -4;

impl PublicKey {
    /// Reads a COSE_Key that holds a public key. `y` may be a coordinate or, as RFC 9053 §7.1.1 allows, its sign.
    ///
    /// # Errors
    /// [`KeyError`] naming what is wrong; a key with `d` is [`KeyError::PrivateMaterial`].
    pub fn from_cose_key(bytes: &[u8]) -> Result<Self, KeyError> {
        const MALFORMED: KeyError = KeyError::Malformed("cose_key");
        if bytes.len() > MAX_BYTES {
            return Err(MALFORMED);
        }
        let key = CoseKey::from_slice(bytes).map_err(|_| MALFORMED)?;
        let key_type = key_type(&key)?;
        if parameter(&key, D).is_some() {
            return Err(KeyError::PrivateMaterial);
        }
        if !key.alg.as_ref().is_none_or(|alg| permits(alg, key_type)) {
            return Err(KeyError::Contradiction("alg"));
        }
        let x = coordinate(&key, X, key_type).ok_or(KeyError::Malformed("x"))?;
        let raw = match parameter(&key, Y) {
            None if key_type.curve().is_none() => x.to_vec(),
            Some(Value::Bool(odd)) if key_type.curve().is_some() => [&[2 + u8::from(*odd)], x].concat(),
            Some(Value::Bytes(y)) if key_type.curve().is_some() && y.len() == x.len() => {
                [&[4], x, y].concat()
            }
            _ => return Err(KeyError::Malformed("y")),
        };
        Self::from_bytes(key_type, &raw)
    }

    /// Writes the COSE_Key: `kty`, `crv`, `x`, and `y` for the NIST curves, in deterministic encoding (RFC 8949 §4.2.1).
    pub fn to_cose_key(&self) -> Vec<u8> {
        let (x, y) = self.coordinates();
        let key = match y {
            Some(y) => {
                let curve = match self.key_type() {
                    KeyType::P384 => iana::EllipticCurve::P_384,
                    _ => iana::EllipticCurve::P_256,
                };
                CoseKeyBuilder::new_ec2_pub_key(curve, x.to_vec(), y.to_vec())
            }
            None => {
                let curve = match self.key_type() {
                    KeyType::X25519 => iana::EllipticCurve::X25519,
                    _ => iana::EllipticCurve::Ed25519,
                };
                CoseKeyBuilder::new_okp_key()
                    .param(CRV, Value::from(curve.to_i64()))
                    .param(X, Value::Bytes(x.to_vec()))
            }
        };
        // Encoding into memory fails only on duplicated labels, and there are none.
        key.build().to_vec().unwrap_or_default()
    }
}

fn key_type(key: &CoseKey) -> Result<KeyType, KeyError> {
    let of_kty = match key.kty {
        RegisteredLabel::Assigned(iana::KeyType::EC2) => {
            [(KeyType::P256, iana::EllipticCurve::P_256), (KeyType::P384, iana::EllipticCurve::P_384)]
        }
        RegisteredLabel::Assigned(iana::KeyType::OKP) => {
            [(KeyType::Ed25519, iana::EllipticCurve::Ed25519), (KeyType::X25519, iana::EllipticCurve::X25519)]
        }
        _ => return Err(KeyError::Unsupported),
    };
    let crv = parameter(key, CRV).and_then(Value::as_integer).ok_or(KeyError::Malformed("crv"))?;
    of_kty
        .into_iter()
        .find(|(_, curve)| crv == curve.to_i64().into())
        .map(|(key_type, _)| key_type)
        .ok_or(KeyError::Unsupported)
}

/// RFC 9053 §2.1, §2.2 and §6.3, and the fully specified names of RFC 9864.
fn permits(alg: &RegisteredLabelWithPrivate<iana::Algorithm>, key_type: KeyType) -> bool {
    use iana::Algorithm as A;
    let RegisteredLabelWithPrivate::Assigned(alg) = alg else { return false };
    let agrees = matches!(
        alg,
        A::ECDH_ES_HKDF_256 | A::ECDH_ES_HKDF_512 | A::ECDH_ES_A128KW | A::ECDH_ES_A192KW | A::ECDH_ES_A256KW
    );
    match key_type {
        KeyType::Ed25519 => matches!(alg, A::EdDSA | A::Ed25519),
        KeyType::P256 => agrees || matches!(alg, A::ES256 | A::ESP256),
        KeyType::P384 => agrees || matches!(alg, A::ES384 | A::ESP384),
        KeyType::X25519 => agrees,
    }
}

fn coordinate(key: &CoseKey, label: i64, key_type: KeyType) -> Option<&[u8]> {
    parameter(key, label)?.as_bytes().map(Vec::as_slice).filter(|it| it.len() == key_type.size())
}

fn parameter(key: &CoseKey, label: i64) -> Option<&Value> {
    key.params.iter().find(|(it, _)| *it == Label::Int(label)).map(|(_, value)| value)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::PrivateKey;
    use crate::testing::{Seeded, hex};

    const X_OF_EXAMPLE: &str = "65eda5a12577c2bae829437fe338701a10aaa375e1bb5b5de108de439c08551d";
    const Y_OF_EXAMPLE: &str = "1e52ed75701163f7f9e40ddf9f341b3dc9ba860af7e0ca7ca7e9eecd0084d19c";

    fn example(head: &str, y: &str) -> Result<PublicKey, KeyError> {
        PublicKey::from_cose_key(&hex(&format!("{head}{X_OF_EXAMPLE}22{y}")))
    }

    /// The key `meriadoc.brandybuck@buckland.example` of RFC 9052 appendix C.7.1, without its key id.
    #[test]
    fn the_example_of_rfc_9052() {
        let key = example("a401022001215820", &format!("5820{Y_OF_EXAMPLE}")).unwrap();
        assert_eq!(key.key_type(), KeyType::P256);
        assert_eq!(key.to_cose_key(), hex(&format!("a401022001215820{X_OF_EXAMPLE}225820{Y_OF_EXAMPLE}")));
        assert_eq!(example("a401022001215820", "f4").as_ref(), Ok(&key));
        assert_ne!(example("a401022001215820", "f5").as_ref(), Ok(&key));
    }

    #[test]
    fn what_is_no_public_key_of_a_known_type_is_refused() {
        use KeyError::{Contradiction, InvalidPoint, Malformed, PrivateMaterial, Unsupported};
        let y = format!("5820{Y_OF_EXAMPLE}");
        for (head, y, error) in [
            ("a401042001215820", y.clone(), Unsupported),
            ("a401012001215820", y.clone(), Unsupported),
            ("a401022003215820", y.clone(), Unsupported),
            ("a401022002215820", y.clone(), Malformed("x")),
            ("a301022001215820", "f4".to_owned(), Malformed("cose_key")),
            ("a401022001215820", "f6".to_owned(), Malformed("y")),
            ("a401022001215820", "41aa".to_owned(), Malformed("y")),
            ("a401022001215820", format!("5820{X_OF_EXAMPLE}"), InvalidPoint),
            ("a501022001215820", format!("{y}2341aa"), PrivateMaterial),
            ("a5010203262001215820", y.clone(), Malformed("ok")),
            ("a5010203272001215820", y.clone(), Contradiction("alg")),
            ("a501020338222001215820", y.clone(), Contradiction("alg")),
            ("a5010220012001215820", y.clone(), Malformed("cose_key")),
            ("a401022001215820", format!("{y}00"), Malformed("cose_key")),
        ] {
            match example(head, &y) {
                Ok(_) => assert_eq!(error, Malformed("ok"), "{head}"),
                Err(found) => assert_eq!(found, error, "{head}"),
            }
        }
        assert_eq!(PublicKey::from_cose_key(&[]), Err(Malformed("cose_key")));
        assert_eq!(PublicKey::from_cose_key(&[0x81; 1024]), Err(Malformed("cose_key")));
        assert_eq!(PublicKey::from_cose_key(&[0x81; 1025]), Err(Malformed("cose_key")));
    }

    #[test]
    fn every_type_is_written_in_deterministic_order() {
        for (key_type, head) in [
            (KeyType::Ed25519, "a301012006215820"),
            (KeyType::X25519, "a301012004215820"),
            (KeyType::P256, "a401022001215820"),
            (KeyType::P384, "a401022002215830"),
        ] {
            let key = PrivateKey::generate(key_type, &Seeded::new(3)).public().clone();
            assert!(key.to_cose_key().starts_with(&hex(head)));
            assert_eq!(PublicKey::from_cose_key(&key.to_cose_key()), Ok(key));
        }
    }
}
