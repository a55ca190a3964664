//! COSE_Key (RFC 9052 §7; EC2 and OKP: RFC 9053 §7), as the device key of an mdoc and as `cnf` of a CWT; and private keys.
//!
//! Refused: other types and curves, coordinates and private parts of another length, a private key where a public one
//! belongs, halves that do not belong together, `alg` and `key_ops` that contradict the key, each other or the purpose,
//! duplicated labels. The private part is copied into memory that is wiped, and nowhere else.

use ciborium::Value;
use coset::iana::{self, EnumI64 as _};
use coset::{AsCborValue as _, CoseKey, Label, RegisteredLabel, RegisteredLabelWithPrivate};
use zeroize::{Zeroize as _, Zeroizing};

use crate::jwk::Permission;
use crate::{KeyError, KeyType, PrivateKey, PublicKey, Purpose};

/// More than any key of the five types needs, with a key id.
const MAX_BYTES: usize = 1024;

const CRV: i64 = -1;
const X: i64 = -2;
const Y: i64 = -3;
const D: i64 = -4;

/// The simple values of RFC 8949 §3.3.
const FALSE: u8 = 0xf4;
const TRUE: u8 = 0xf5;

const MALFORMED: KeyError = KeyError::Malformed("cose_key");

impl PublicKey {
    /// Reads a COSE_Key that holds a public key, for whatever purpose it has. `y` may be a coordinate or, as RFC 9053 §7.1.1
    /// allows, its sign.
    ///
    /// # Errors
    /// [`KeyError`] naming what is wrong; a key with `d` is [`KeyError::PrivateMaterial`].
    pub fn from_cose_key(bytes: &[u8]) -> Result<Self, KeyError> {
        read_public(bytes).map(|(key, _)| key)
    }

    /// Reads a COSE_Key that holds a public key, and refuses it if it is not for `purpose`.
    ///
    /// # Errors
    /// As [`from_cose_key`](Self::from_cose_key); [`KeyError::Contradiction`] of `use` if the key is meant for something else.
    pub fn from_cose_key_for(bytes: &[u8], purpose: Purpose) -> Result<Self, KeyError> {
        let (key, permission) = read_public(bytes)?;
        permission.wants(purpose)?;
        Ok(key)
    }

    /// Writes the COSE_Key: `kty`, `crv`, `x`, and `y` for the NIST curves, in deterministic encoding (RFC 8949 §4.2.1).
    pub fn to_cose_key(&self) -> Vec<u8> {
        write(self, None).to_vec()
    }

    /// Writes the COSE_Key as [`to_cose_key`](Self::to_cose_key) does, but of `y` only the sign (RFC 9053 §7.1.1): for where
    /// bytes are few.
    pub fn to_compressed_cose_key(&self) -> Vec<u8> {
        let mut bytes = self.to_cose_key();
        if let (_, Some(y)) = self.coordinates() {
            let odd = y.last().is_some_and(|byte| byte & 1 == 1);
            // `y` stands last, with three bytes of label and head.
            bytes.truncate(bytes.len() - y.len() - 3);
            bytes.extend([small(Y), if odd { TRUE } else { FALSE }]);
        }
        bytes
    }
}

impl PrivateKey {
    /// Reads a COSE_Key that holds a private key. Its public half may be left out (RFC 9053 §7.1.1, §7.2).
    ///
    /// # Errors
    /// [`KeyError`] naming what is wrong; [`KeyError::Mismatch`] if the halves do not belong together.
    pub fn from_cose_key(bytes: &[u8]) -> Result<Self, KeyError> {
        let (key, secret) = read(bytes)?;
        let key_type = key_type(&key)?;
        permission(&key, key_type, iana::KeyOperation::Sign)?;
        let secret = secret.filter(|d| d.len() == key_type.size()).ok_or(KeyError::Malformed("d"))?;
        let private = Self::from_secret(key_type, &secret)?;
        match point(&key, key_type)? {
            Some(public) => private.with_public(&public),
            None => Ok(private),
        }
    }

    /// Writes the COSE_Key with `d`, in deterministic encoding (RFC 8949 §4.2.1).
    pub fn to_cose_key(&self) -> Zeroizing<Vec<u8>> {
        write(self.public(), Some(self.secret()))
    }
}

/// The map in the one order of its encoded labels: 1, -1, -2, -3, -4.
fn write(public: &PublicKey, secret: Option<&[u8]>) -> Zeroizing<Vec<u8>> {
    let ((x, y), key_type) = (public.coordinates(), public.key_type());
    let (kty, curve) = match key_type {
        KeyType::P256 => (iana::KeyType::EC2, iana::EllipticCurve::P_256),
        KeyType::P384 => (iana::KeyType::EC2, iana::EllipticCurve::P_384),
        KeyType::P521 => (iana::KeyType::EC2, iana::EllipticCurve::P_521),
        KeyType::X25519 => (iana::KeyType::OKP, iana::EllipticCurve::X25519),
        KeyType::Ed25519 => (iana::KeyType::OKP, iana::EllipticCurve::Ed25519),
    };
    // Room for all of it, so that no half-written copy is left behind by growing.
    let mut bytes = Zeroizing::new(Vec::with_capacity(256));
    let strings = [(X, Some(x)), (Y, y), (D, secret)];
    let pairs = 2 + strings.iter().filter(|(_, string)| string.is_some()).count();
    bytes.push(0xa0 | small(pairs as i64));
    for (label, value) in [(iana::KeyParameter::Kty.to_i64(), kty.to_i64()), (CRV, curve.to_i64())] {
        bytes.extend([small(label), small(value)]);
    }
    for (label, string) in strings {
        if let Some(string) = string {
            // A byte string of 24 to 255 bytes: its length stands in the byte that follows.
            bytes.extend([small(label), 0x58, string.len() as u8]);
            bytes.extend_from_slice(string);
        }
    }
    bytes
}

/// An integer from -24 to 23, which is one byte.
const fn small(number: i64) -> u8 {
    if number < 0 { 0x20 | (-1 - number) as u8 } else { number as u8 }
}

fn read_public(bytes: &[u8]) -> Result<(PublicKey, Permission), KeyError> {
    let (key, secret) = read(bytes)?;
    let key_type = key_type(&key)?;
    if secret.is_some() {
        return Err(KeyError::PrivateMaterial);
    }
    let permission = permission(&key, key_type, iana::KeyOperation::Verify)?;
    let public = point(&key, key_type)?.ok_or(KeyError::Malformed("x"))?;
    Ok((public, permission))
}

/// Reads the map, and takes `d` out of it before anything else looks at it.
fn read(bytes: &[u8]) -> Result<(CoseKey, Option<Zeroizing<Vec<u8>>>), KeyError> {
    if bytes.len() > MAX_BYTES {
        return Err(MALFORMED);
    }
    let mut rest = bytes;
    // Every string passes through here, `d` too.
    let mut passage = Zeroizing::new([0; MAX_BYTES]);
    let map = ciborium::de::from_reader_with_buffer(&mut rest, passage.as_mut_slice());
    let mut map = Wiped(map.map_err(|_| MALFORMED)?);
    let Value::Map(entries) = &mut map.0 else { return Err(MALFORMED) };
    let is_secret = |(label, _): &(Value, Value)| label.as_integer() == Some(D.into());
    if !rest.is_empty() || entries.iter().filter(|entry| is_secret(entry)).count() > 1 {
        return Err(MALFORMED);
    }
    let secret = match entries.iter().position(is_secret).map(|at| entries.swap_remove(at).1) {
        None => None,
        Some(Value::Bytes(secret)) => Some(Zeroizing::new(secret)),
        Some(_) => return Err(KeyError::Malformed("d")),
    };
    let public = std::mem::replace(&mut map.0, Value::Null);
    Ok((CoseKey::from_cbor_value(public).map_err(|_| MALFORMED)?, secret))
}

/// Wipes every string within, so that a private key which is refused leaves nothing behind.
struct Wiped(Value);

impl Drop for Wiped {
    fn drop(&mut self) {
        wipe(&mut self.0);
    }
}

fn wipe(value: &mut Value) {
    match value {
        Value::Bytes(bytes) => bytes.zeroize(),
        Value::Array(elements) => elements.iter_mut().for_each(wipe),
        Value::Map(entries) => entries.iter_mut().for_each(|(label, value)| {
            wipe(label);
            wipe(value);
        }),
        Value::Tag(_, inner) => wipe(inner),
        _ => {}
    }
}

fn key_type(key: &CoseKey) -> Result<KeyType, KeyError> {
    use iana::EllipticCurve as C;
    let of_kty: &[(KeyType, C)] = match key.kty {
        RegisteredLabel::Assigned(iana::KeyType::EC2) => {
            &[(KeyType::P256, C::P_256), (KeyType::P384, C::P_384), (KeyType::P521, C::P_521)]
        }
        RegisteredLabel::Assigned(iana::KeyType::OKP) => {
            &[(KeyType::Ed25519, C::Ed25519), (KeyType::X25519, C::X25519)]
        }
        _ => return Err(KeyError::Unsupported),
    };
    let crv = parameter(key, CRV).and_then(Value::as_integer).ok_or(KeyError::Malformed("crv"))?;
    of_kty
        .iter()
        .find(|(_, curve)| crv == curve.to_i64().into())
        .map(|(key_type, _)| *key_type)
        .ok_or(KeyError::Unsupported)
}

/// What `alg` and `key_ops` leave open to a key that signs or verifies by `signature`: `sign` wants a private key, `verify`
/// a public one (RFC 9052 §7.1, RFC 9053 §2.1).
fn permission(
    key: &CoseKey,
    key_type: KeyType,
    signature: iana::KeyOperation,
) -> Result<Permission, KeyError> {
    let by_alg = key.alg.as_ref().map(|alg| by_alg(alg, key_type));
    let listed = |operation| key.key_ops.contains(&RegisteredLabel::Assigned(operation));
    let by_key_ops = (!key.key_ops.is_empty()).then(|| Permission {
        signature: listed(signature),
        // RFC 9053 §6.3.1: of a private key. A public key of ECDH has no operation of its own.
        agreement: signature == iana::KeyOperation::Sign
            && (listed(iana::KeyOperation::DeriveKey) || listed(iana::KeyOperation::DeriveBits)),
    });
    Permission::of_type(key_type).narrowed("alg", by_alg)?.narrowed("key_ops", by_key_ops)
}

/// RFC 9053 §2.1, §2.2 and §6.3, and the fully specified names of RFC 9864.
fn by_alg(alg: &RegisteredLabelWithPrivate<iana::Algorithm>, key_type: KeyType) -> Permission {
    use iana::Algorithm as A;
    let RegisteredLabelWithPrivate::Assigned(alg) = alg else {
        return Permission { signature: false, agreement: false };
    };
    let signature = match key_type {
        KeyType::Ed25519 => matches!(alg, A::EdDSA | A::Ed25519),
        KeyType::P256 => matches!(alg, A::ES256 | A::ESP256),
        KeyType::P384 => matches!(alg, A::ES384 | A::ESP384),
        KeyType::P521 => matches!(alg, A::ES512 | A::ESP512),
        KeyType::X25519 => false,
    };
    let agreement = matches!(
        alg,
        A::ECDH_ES_HKDF_256 | A::ECDH_ES_HKDF_512 | A::ECDH_ES_A128KW | A::ECDH_ES_A192KW | A::ECDH_ES_A256KW
    );
    Permission { signature, agreement }
}

/// The public half, where it is named.
fn point(key: &CoseKey, key_type: KeyType) -> Result<Option<PublicKey>, KeyError> {
    let of_curve = key_type.curve().is_some();
    let (x, y) = match (parameter(key, X), parameter(key, Y)) {
        (None, None) => return Ok(None),
        (Some(Value::Bytes(x)), y) if x.len() == key_type.size() => (x, y),
        _ => return Err(KeyError::Malformed("x")),
    };
    let raw = match y {
        None if !of_curve => x.clone(),
        Some(Value::Bool(odd)) if of_curve => [&[2 + u8::from(*odd)], &x[..]].concat(),
        Some(Value::Bytes(y)) if of_curve && y.len() == x.len() => [&[4], &x[..], y].concat(),
        _ => return Err(KeyError::Malformed("y")),
    };
    PublicKey::from_bytes(key_type, &raw).map(Some)
}

fn parameter(key: &CoseKey, label: i64) -> Option<&Value> {
    key.params.iter().find(|(it, _)| *it == Label::Int(label)).map(|(_, value)| value)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
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
            ("a401022008215820", y.clone(), Unsupported),
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
            (KeyType::P521, "a401022003215842"),
        ] {
            let key = PrivateKey::generate(key_type, &Seeded::new(3)).public().clone();
            assert!(key.to_cose_key().starts_with(&hex(head)));
            assert_eq!(PublicKey::from_cose_key(&key.to_cose_key()), Ok(key));
        }
    }

    #[test]
    fn a_compressed_key_is_the_same_key() {
        for (key_type, bytes) in [
            (KeyType::Ed25519, 40),
            (KeyType::X25519, 40),
            (KeyType::P256, 42),
            (KeyType::P384, 58),
            (KeyType::P521, 76),
        ] {
            // Several, so that both signs are among them.
            for seed in 0..8 {
                let key = PrivateKey::generate(key_type, &Seeded::new(seed)).public().clone();
                let compressed = key.to_compressed_cose_key();
                assert_eq!(compressed.len(), bytes, "{key_type:?}");
                assert_eq!(PublicKey::from_cose_key(&compressed), Ok(key));
            }
        }
    }

    const D_OF_EXAMPLE: &str = "aff907c99f9ad3aae6c4cdf21122bce2bd68b5283e6907154ad911840fa208cf";

    fn private(text: &str) -> Result<PrivateKey, KeyError> {
        PrivateKey::from_cose_key(&hex(text))
    }

    /// The P-256 keys of RFC 9052 appendix C.7.2, with their key ids: `meriadoc.brandybuck@buckland.example`, `11`,
    /// `peregrin.took@tuckborough.example`.
    #[test]
    fn the_private_examples_of_rfc_9052() {
        for (kid, [x, y, d]) in [
            (
                "58246d65726961646f632e6272616e64796275636b406275636b6c616e642e6578616d706c65",
                [X_OF_EXAMPLE, Y_OF_EXAMPLE, D_OF_EXAMPLE],
            ),
            (
                "423131",
                [
                    "bac5b11cad8f99f9c72b05cf4b9e26d244dc189f745228255a219a86d6a09eff",
                    "20138bf82dc1b6d562be0fa54ab7804a3a64b6d72ccfed6b6fb6ed28bbfc117e",
                    "57c92077664146e876760c9520d054aa93c3afb04e306705db6090308507b4d3",
                ],
            ),
            (
                "5821706572656772696e2e746f6f6b407475636b626f726f7567682e6578616d706c65",
                [
                    "98f50a4ff6c05861c8860d13a638ea56c3f5ad7590bbfbf054e1c7b4d91d6280",
                    "f01400b089867804b8e9fc96c3932161f1934f4223069170d924b7e03bf822bb",
                    "02d1f7e6f26c43d4868d87ceb2353161740aacf1f7163647984b522a848df1c3",
                ],
            ),
        ] {
            let read = format!("a6010202{kid}2001215820{x}225820{y}235820{d}");
            let key = private(&read).unwrap();
            assert_eq!(key.public().to_bytes(), hex(&format!("04{x}{y}")));
            assert_eq!(*key.to_cose_key(), hex(&format!("a501022001215820{x}225820{y}235820{d}")));
            assert_eq!(PublicKey::from_cose_key(&hex(&read)), Err(KeyError::PrivateMaterial));
        }
    }

    /// The seed and key of RFC 8032 §7.1, test 1: with its public half and, as RFC 9053 §7.2 allows, without it.
    #[test]
    fn an_ed25519_key_of_rfc_8032() {
        let d = "9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60";
        let x = "d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a";
        let whole = format!("a401012006215820{x}235820{d}");
        let key = private(&format!("a301012006235820{d}")).unwrap();
        assert_eq!((key.public().to_bytes(), key.to_cose_key().to_vec()), (hex(x), hex(&whole)));
        assert_eq!(private(&whole).unwrap().public(), key.public());
    }

    #[test]
    fn what_is_no_private_key_of_a_known_type_is_refused() {
        use KeyError::{Contradiction, InvalidScalar, Malformed, Mismatch, Unsupported};
        let point = format!("215820{X_OF_EXAMPLE}225820{Y_OF_EXAMPLE}");
        let d = format!("235820{D_OF_EXAMPLE}");
        let order = "ffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551";
        for (text, error) in [
            // Its public half left out, and its sign alone.
            (format!("a301022001{d}"), None),
            (format!("a501022001215820{X_OF_EXAMPLE}22f4{d}"), None),
            (format!("a501022001215820{X_OF_EXAMPLE}22f5{d}"), Some(Mismatch)),
            (format!("a401022001215820{X_OF_EXAMPLE}{d}"), Some(Malformed("y"))),
            (format!("a401022001225820{Y_OF_EXAMPLE}{d}"), Some(Malformed("x"))),
            (format!("a501022001215820{Y_OF_EXAMPLE}225820{X_OF_EXAMPLE}{d}"), Some(KeyError::InvalidPoint)),
            (format!("a401022001{point}"), Some(Malformed("d"))),
            (format!("a501022001{point}23f6"), Some(Malformed("d"))),
            (format!("a501022001{point}237820{}", "61".repeat(32)), Some(Malformed("d"))),
            // A leading zero octet is kept (RFC 9053 §7.1.1): without it the string is of another length.
            (format!("a501022001{point}23581f{}", &D_OF_EXAMPLE[2..]), Some(Malformed("d"))),
            (format!("a501022001{point}23582100{D_OF_EXAMPLE}"), Some(Malformed("d"))),
            (format!("a301022001235820{}", "00".repeat(32)), Some(InvalidScalar)),
            (format!("a301022001235820{order}"), Some(InvalidScalar)),
            (format!("a501022001{point}235820{}", "11".repeat(32)), Some(Mismatch)),
            (format!("a601022001{point}{d}{d}"), Some(Malformed("cose_key"))),
            (format!("a501022001{point}{d}00"), Some(Malformed("cose_key"))),
            (format!("a501022001{point}{}", &d[..d.len() - 2]), Some(Malformed("cose_key"))),
            (format!("a301022008{d}"), Some(Unsupported)),
            (format!("a301042001{d}"), Some(Unsupported)),
            // `alg` of another type; operations for another half, for nothing known, and for agreement.
            (format!("a40102{}2001{d}", "0327"), Some(Contradiction("alg"))),
            (format!("a40102{}2001{d}", "048101"), None),
            (format!("a40102{}2001{d}", "048107"), None),
            (format!("a40102{}2001{d}", "048102"), Some(Contradiction("key_ops"))),
            (format!("a40102{}2001{d}", "048103"), Some(Contradiction("key_ops"))),
            (format!("a50102{}2001{d}", "0326048107"), Some(Contradiction("key_ops"))),
            (format!("a50102{}2001{d}", "033818048107"), None),
        ] {
            assert_eq!(private(&text).err(), error, "{text}");
        }
        for junk in [vec![], vec![0x81; 1024], vec![0x81; 1025], vec![0xbf; 64], vec![0x5b; 9], vec![0xa0]] {
            assert_eq!(PrivateKey::from_cose_key(&junk).err(), Some(Malformed("cose_key")));
        }
    }

    #[test]
    fn a_public_key_is_for_what_it_says() {
        let y = format!("5820{Y_OF_EXAMPLE}");
        let of = |head: &str, purpose| {
            let bytes = hex(&format!("{head}2001215820{X_OF_EXAMPLE}22{y}"));
            PublicKey::from_cose_key_for(&bytes, purpose).map(|_| ())
        };
        let (verify, agree) = (Purpose::Signature, Purpose::Agreement);
        let (other, nothing) = (Err(KeyError::Contradiction("use")), Err(KeyError::Contradiction("key_ops")));
        for (head, verifies, agrees) in [
            ("a40102", Ok(()), Ok(())),
            ("a501020326", Ok(()), other),
            ("a50102033818", other, Ok(())),
            ("a50102048102", Ok(()), other),
            // `sign` and `derive key` want the private half.
            ("a50102048101", nothing, nothing),
            ("a50102048107", nothing, nothing),
            ("a5010204820102", Ok(()), other),
        ] {
            assert_eq!((of(head, verify), of(head, agree)), (verifies, agrees), "{head}");
        }
    }

    #[test]
    fn what_was_read_is_wiped() {
        let secret = || Value::Bytes(vec![7; 32]);
        let nested =
            Value::Tag(1, Box::new(Value::Array(vec![secret(), Value::Map(vec![(secret(), secret())])])));
        let mut map = Value::Map(vec![(Value::from(D), secret()), (Value::from(9), nested)]);
        wipe(&mut map);
        let left = format!("{map:?}");
        assert!(!left.contains('7'), "{left}");
    }

    proptest! {
        #[test]
        fn every_private_key_is_written_in_deterministic_order_and_read(seed: u64) {
            for (key_type, head) in [
                (KeyType::Ed25519, "a401012006215820"),
                (KeyType::X25519, "a401012004215820"),
                (KeyType::P256, "a501022001215820"),
                (KeyType::P384, "a501022002215830"),
                (KeyType::P521, "a501022003215842"),
            ] {
                let key = PrivateKey::generate(key_type, &Seeded::new(seed));
                let bytes = key.to_cose_key();
                prop_assert!(bytes.starts_with(&hex(head)) && bytes.ends_with(key.secret()));
                let again = PrivateKey::from_cose_key(&bytes).unwrap();
                prop_assert_eq!((again.public(), again.secret()), (key.public(), key.secret()));
                // The same order by which `ciborium` and `coset` would write it.
                let value: Value = ciborium::from_reader(bytes.as_slice()).unwrap();
                let mut written = Vec::new();
                ciborium::into_writer(&value, &mut written).unwrap();
                prop_assert_eq!(&written, &*bytes);
                let labels: Vec<_> = value.as_map().unwrap().iter().map(|(label, _)| {
                    let mut label_bytes = Vec::new();
                    ciborium::into_writer(label, &mut label_bytes).unwrap();
                    label_bytes
                }).collect();
                prop_assert!(labels.is_sorted(), "RFC 8949 §4.2.1: by their encoded bytes");
            }
        }

        /// One byte changed or cut: refused, or still the very key.
        #[test]
        fn a_broken_private_key_is_never_another(seed: u64, at: prop::sample::Index, change in 0_u8..) {
            for key_type in KeyType::ALL {
                let key = PrivateKey::generate(key_type, &Seeded::new(seed));
                let bytes = key.to_cose_key();
                let at = at.index(bytes.len());
                let mut changed = bytes.to_vec();
                changed[at] ^= change;
                for broken in [&changed[..], &bytes[..at], &[&bytes[..at], &bytes[at + 1..]].concat()] {
                    if let Ok(read) = PrivateKey::from_cose_key(broken) {
                        prop_assert_eq!(read.public(), key.public());
                    }
                }
            }
        }
    }
}
