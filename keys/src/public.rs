//! Public keys: parsed once, with their point checked, so that verifying is fast and cannot meet a bad key.
//!
//! Ed25519 verifies strictly (RFC 8032 §5.1.7 without the cofactor, small-order keys and points refused), ECDSA by
//! FIPS 186-5 with the hash of the curve's size (RFC 7518 §3.4). Refused: points off the curve, of small order, or
//! encoded in another way than the canonical one.

use std::fmt;
use std::sync::Arc;

use ed25519_dalek::VerifyingKey;

use crate::backend::{Curve, EcPublic};
use crate::ed25519;
use crate::error::{BadSignature, KeyError};

/// The types of keys that are spoken.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum KeyType {
    /// Ed25519 (RFC 8032): signs.
    Ed25519,
    /// P-256 (FIPS 186-5, SP 800-186): signs and agrees.
    P256,
    /// P-384: signs and agrees.
    P384,
    /// P-521: signs and agrees.
    P521,
    /// X25519 (RFC 7748): agrees.
    X25519,
}

impl KeyType {
    /// All of them.
    pub const ALL: [Self; 5] = [Self::Ed25519, Self::P256, Self::P384, Self::P521, Self::X25519];

    /// The JOSE algorithm that keys of this type sign with (RFC 7518 §3.1, RFC 8037 §3.1); `None`: they do not sign.
    pub const fn jose_alg(self) -> Option<&'static str> {
        match self {
            Self::Ed25519 => Some("EdDSA"),
            Self::P256 => Some("ES256"),
            Self::P384 => Some("ES384"),
            Self::P521 => Some("ES512"),
            Self::X25519 => None,
        }
    }

    /// The `crv` of a JWK of this type.
    pub(crate) const fn crv(self) -> &'static str {
        match self {
            Self::Ed25519 => "Ed25519",
            Self::P256 => "P-256",
            Self::P384 => "P-384",
            Self::P521 => "P-521",
            Self::X25519 => "X25519",
        }
    }

    /// Bytes of a coordinate, and of the private part.
    pub(crate) const fn size(self) -> usize {
        match self {
            Self::Ed25519 | Self::P256 | Self::X25519 => 32,
            Self::P384 => 48,
            Self::P521 => 66,
        }
    }

    /// The curve, of the types that NIST defined.
    pub(crate) const fn curve(self) -> Option<Curve> {
        match self {
            Self::P256 => Some(Curve::P256),
            Self::P384 => Some(Curve::P384),
            Self::P521 => Some(Curve::P521),
            Self::Ed25519 | Self::X25519 => None,
        }
    }
}

/// A public key. Cloning is cheap.
#[derive(Clone)]
pub struct PublicKey(Inner);

#[derive(Clone)]
enum Inner {
    Ed25519(VerifyingKey),
    Ec(Arc<EcPublic>),
    X25519([u8; 32]),
}

impl PublicKey {
    /// The type of the key.
    pub fn key_type(&self) -> KeyType {
        match &self.0 {
            Inner::Ed25519(_) => KeyType::Ed25519,
            Inner::Ec(key) => match key.curve() {
                Curve::P256 => KeyType::P256,
                Curve::P384 => KeyType::P384,
                Curve::P521 => KeyType::P521,
            },
            Inner::X25519(_) => KeyType::X25519,
        }
    }

    /// Verifies `signature` over `message`, as JOSE and COSE write it: 64 bytes for Ed25519, `r || s` for ECDSA.
    ///
    /// # Errors
    /// [`BadSignature`] when it is not a signature by this key, whatever the cause; always for keys that do not sign.
    pub fn verify(&self, message: &[u8], signature: &[u8]) -> Result<(), BadSignature> {
        let good = match &self.0 {
            Inner::Ed25519(key) => ed25519::verifies(key, message, signature),
            Inner::Ec(key) => key.verify(message, signature),
            Inner::X25519(_) => false,
        };
        if good { Ok(()) } else { Err(BadSignature) }
    }

    /// Reads raw bytes: 32 for Ed25519 and X25519, a SEC 1 point (uncompressed or compressed) for the NIST curves.
    ///
    /// # Errors
    /// [`KeyError::InvalidPoint`] for another length, a point off the curve, of small order or not canonical.
    pub fn from_bytes(key_type: KeyType, bytes: &[u8]) -> Result<Self, KeyError> {
        let inner = match key_type.curve() {
            Some(curve) => EcPublic::parse(curve, bytes).map(|key| Inner::Ec(Arc::new(key))),
            None if key_type == KeyType::Ed25519 => ed25519::key(bytes).map(Inner::Ed25519),
            None => bytes.try_into().ok().map(Inner::X25519),
        };
        inner.map(Self).ok_or(KeyError::InvalidPoint)
    }

    /// The raw bytes: 32 for Ed25519 and X25519, the uncompressed SEC 1 point (`04 || x || y`) for the NIST curves.
    pub fn to_bytes(&self) -> Vec<u8> {
        self.raw().to_vec()
    }

    /// The X25519 key that belongs to an Ed25519 key: the same point in Montgomery's form (RFC 7748 §4.1), as did:key
    /// derives its `keyAgreement`. `None` for keys of other types.
    pub fn to_x25519(&self) -> Option<Self> {
        match &self.0 {
            Inner::Ed25519(key) => Some(Self(Inner::X25519(key.to_montgomery().to_bytes()))),
            Inner::Ec(_) | Inner::X25519(_) => None,
        }
    }

    /// What [`to_bytes`](Self::to_bytes) copies.
    pub(crate) fn raw(&self) -> &[u8] {
        match &self.0 {
            Inner::Ed25519(key) => key.as_bytes(),
            Inner::Ec(key) => key.point(),
            Inner::X25519(key) => key,
        }
    }

    /// The coordinates: x and y of a NIST curve, the one string of the others.
    pub(crate) fn coordinates(&self) -> (&[u8], Option<&[u8]>) {
        let raw = self.raw();
        match raw.split_first().and_then(|(_, point)| point.split_at_checked(self.key_type().size())) {
            Some((x, y)) if self.key_type().curve().is_some() => (x, Some(y)),
            _ => (raw, None),
        }
    }

    /// The raw bytes, with the point of a NIST curve compressed.
    pub(crate) fn to_compressed(&self) -> Vec<u8> {
        match self.coordinates() {
            (x, Some(y)) => {
                let sign = 2 + (y.last().copied().unwrap_or_default() & 1);
                [&[sign], x].concat()
            }
            (raw, None) => raw.to_vec(),
        }
    }

    pub(crate) fn of_ed25519(key: VerifyingKey) -> Self {
        Self(Inner::Ed25519(key))
    }

    pub(crate) fn of_ec(key: Arc<EcPublic>) -> Self {
        Self(Inner::Ec(key))
    }

    pub(crate) fn of_x25519(key: [u8; 32]) -> Self {
        Self(Inner::X25519(key))
    }

    pub(crate) fn as_ec(&self) -> Option<&EcPublic> {
        match &self.0 {
            Inner::Ec(key) => Some(key),
            Inner::Ed25519(_) | Inner::X25519(_) => None,
        }
    }
}

impl PartialEq for PublicKey {
    fn eq(&self, other: &Self) -> bool {
        self.key_type() == other.key_type() && self.raw() == other.raw()
    }
}
impl Eq for PublicKey {}

impl fmt::Debug for PublicKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "PublicKey({}, {})", self.key_type().crv(), self.thumbprint())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::PrivateKey;
    use crate::testing::Seeded;

    #[test]
    fn verifying_wants_the_very_message_key_and_signature() {
        for key_type in [KeyType::Ed25519, KeyType::P256, KeyType::P384, KeyType::P521] {
            let key = PrivateKey::generate(key_type, &Seeded::new(1));
            let signature = key.sign(b"message").unwrap();
            assert_eq!(signature.len(), 2 * key_type.size());
            assert_eq!(key.public().verify(b"message", &signature), Ok(()));
            assert_eq!(key.public().verify(b"messagE", &signature), Err(BadSignature));
            assert_eq!(key.public().verify(b"message", &signature[1..]), Err(BadSignature));
            assert_eq!(key.public().verify(b"message", &[&signature[..], &[0]].concat()), Err(BadSignature));
            assert_eq!(key.public().verify(b"message", &[]), Err(BadSignature));
            for at in 0..signature.len() {
                let mut changed = signature.clone();
                changed[at] ^= 0x80;
                assert_eq!(key.public().verify(b"message", &changed), Err(BadSignature), "byte {at}");
            }
            let stranger = PrivateKey::generate(key_type, &Seeded::new(2));
            assert_eq!(stranger.public().verify(b"message", &signature), Err(BadSignature));
        }
    }

    #[test]
    fn a_key_that_does_not_sign_verifies_nothing() {
        let key = PrivateKey::generate(KeyType::X25519, &Seeded::new(1));
        assert_eq!(key.public().verify(b"", &[0; 64]), Err(BadSignature));
    }

    #[test]
    fn raw_bytes_come_back_compressed_or_not() {
        for key_type in KeyType::ALL {
            for seed in 0..8 {
                let key = PrivateKey::generate(key_type, &Seeded::new(seed)).public().clone();
                assert_eq!(PublicKey::from_bytes(key_type, &key.to_bytes()), Ok(key.clone()));
                assert_eq!(PublicKey::from_bytes(key_type, &key.to_compressed()), Ok(key));
            }
        }
    }

    #[test]
    fn points_off_the_curve_or_misshapen_are_refused() {
        for key_type in [KeyType::P256, KeyType::P384, KeyType::P521] {
            let point = PrivateKey::generate(key_type, &Seeded::new(1)).public().to_bytes();
            let mut off = point.clone();
            *off.last_mut().unwrap() ^= 1;
            let mut hybrid = point.clone();
            hybrid[0] = 6 + (point.last().unwrap() & 1);
            let wide = [&[4], &[0xff].repeat(2 * key_type.size())[..]].concat();
            for bytes in [&off, &hybrid, &wide, &point[1..].to_vec(), &vec![0], &vec![]] {
                assert_eq!(PublicKey::from_bytes(key_type, bytes), Err(KeyError::InvalidPoint));
            }
        }
        // Half of all x have no y.
        let without_y = (0..64).filter(|x| {
            let mut compressed = [0; 33];
            (compressed[0], compressed[32]) = (2, *x);
            PublicKey::from_bytes(KeyType::P256, &compressed) == Err(KeyError::InvalidPoint)
        });
        assert!((16..48).contains(&without_y.count()));
        let lengths = [31, 33].map(|length| PublicKey::from_bytes(KeyType::X25519, &vec![1; length]));
        assert_eq!(lengths, [Err(KeyError::InvalidPoint), Err(KeyError::InvalidPoint)]);
    }

    #[test]
    fn ed25519_keys_of_small_order_or_not_canonical_are_refused() {
        let mut one = [0; 32];
        one[0] = 1;
        let mut p = [0xff; 32];
        (p[0], p[31]) = (0xed, 0x7f);
        // y = p + 3 decodes to the point with y = 3, which is on the curve and of large order.
        let mut p_and_3 = p;
        p_and_3[0] = 0xf0;
        let mut three = [0; 32];
        three[0] = 3;
        for bytes in [[0; 32], one, p, p_and_3] {
            assert_eq!(PublicKey::from_bytes(KeyType::Ed25519, &bytes), Err(KeyError::InvalidPoint));
        }
        assert!(PublicKey::from_bytes(KeyType::Ed25519, &three).is_ok());
    }

    /// The example of the did:key method ("Ed25519 with X25519").
    #[test]
    fn an_ed25519_key_has_an_x25519_key() {
        let key = PublicKey::from_multikey("z6MkhaXgBZDvotDkL5257faiztiGiC2QtKLGpbnnEGta2doK").unwrap();
        let derived = PublicKey::from_multikey("z6LSj72tK8brWgZja8NLRwPigth2T9QRiG1uH9oKZuKjdh9p").unwrap();
        assert_eq!(key.to_x25519(), Some(derived.clone()));
        assert_eq!(derived.to_x25519(), None);
        let p256 = PrivateKey::generate(KeyType::P256, &Seeded::new(1));
        assert_eq!(p256.public().to_x25519(), None);
    }

    #[test]
    fn keys_of_two_types_are_never_equal() {
        let ed25519 = PrivateKey::generate(KeyType::Ed25519, &Seeded::new(1)).public().clone();
        let x25519 = PublicKey::from_bytes(KeyType::X25519, &ed25519.to_bytes()).unwrap();
        assert_ne!(ed25519, x25519);
    }
}
