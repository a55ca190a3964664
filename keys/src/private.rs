//! Private keys: what signs and agrees. Wiped when dropped, never printed.

use std::fmt;

use ed25519_dalek::{Signer as _, SigningKey};
use x25519_dalek::StaticSecret;
use zeroize::Zeroizing;

use crate::backend::EcPrivate;
use crate::{Entropy, KeyError, KeyType, PublicKey, hash};

/// A private key and its public half.
pub struct PrivateKey {
    secret: Secret,
    public: PublicKey,
}

enum Secret {
    Ed25519(SigningKey),
    Ec(EcPrivate),
    X25519(StaticSecret),
}

/// What two parties agreed on. Not a key yet: derive one from it (RFC 7518 §4.6.2, RFC 5869).
pub struct SharedSecret(Zeroizing<Vec<u8>>);

impl SharedSecret {
    /// The secret: 32 bytes of X25519 and P-256, 48 of P-384, 66 of P-521.
    pub fn as_bytes(&self) -> &[u8] {
        &self.0
    }
}

impl fmt::Debug for SharedSecret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("SharedSecret(redacted)")
    }
}

impl PrivateKey {
    /// A fresh key.
    pub fn generate(key_type: KeyType, entropy: &dyn Entropy) -> Self {
        let mut candidate = Zeroizing::new(vec![0; key_type.size()]);
        entropy.fill(&mut candidate);
        loop {
            if let (KeyType::P521, Some(first)) = (key_type, candidate.first_mut()) {
                // A number of 521 bits, in 66 bytes.
                *first &= 1;
            }
            if let Ok(key) = Self::from_secret(key_type, &candidate) {
                return key;
            }
            // A number out of range, once in 2^32 for P-256: its hash is the next candidate, so that this ends
            // whatever the entropy was.
            let next = Zeroizing::new(hash::sha512(&candidate));
            candidate.iter_mut().zip(next.iter()).for_each(|(to, from)| *to = *from);
        }
    }

    /// The public half.
    pub fn public(&self) -> &PublicKey {
        &self.public
    }

    /// Signs `message`: 64 bytes for Ed25519, `r || s` for ECDSA with the hash of the curve's size.
    ///
    /// # Errors
    /// [`KeyError::CannotSign`] for X25519; [`KeyError::Library`] when the library fails.
    pub fn sign(&self, message: &[u8]) -> Result<Vec<u8>, KeyError> {
        match &self.secret {
            Secret::Ed25519(key) => Ok(key.sign(message).to_bytes().to_vec()),
            Secret::Ec(key) => key.sign(message).ok_or(KeyError::Library),
            Secret::X25519(_) => Err(KeyError::CannotSign),
        }
    }

    /// Agrees on a secret with the holder of `peer`'s private key (ECDH by SEC 1 §3.3.1, X25519 by RFC 7748 §6.1).
    ///
    /// # Errors
    /// [`KeyError::CannotAgree`] for Ed25519 and for two types; [`KeyError::ForcedSecret`] for a peer of small order.
    pub fn agree(&self, peer: &PublicKey) -> Result<SharedSecret, KeyError> {
        if self.public.key_type() != peer.key_type() {
            return Err(KeyError::CannotAgree);
        }
        match (&self.secret, peer.as_ec()) {
            (Secret::Ec(key), Some(peer)) => key.agree(peer).map(SharedSecret).ok_or(KeyError::Library),
            (Secret::X25519(key), _) => {
                let peer: [u8; 32] = peer.raw().try_into().map_err(|_| KeyError::CannotAgree)?;
                let shared = key.diffie_hellman(&x25519_dalek::PublicKey::from(peer));
                if !shared.was_contributory() {
                    return Err(KeyError::ForcedSecret);
                }
                Ok(SharedSecret(Zeroizing::new(shared.as_bytes().to_vec())))
            }
            _ => Err(KeyError::CannotAgree),
        }
    }

    /// Takes the private part: the seed of Ed25519 (RFC 8032 §5.1.5), the number of a NIST curve, the string of X25519.
    pub(crate) fn from_secret(key_type: KeyType, bytes: &[u8]) -> Result<Self, KeyError> {
        if let Some(curve) = key_type.curve() {
            let secret = EcPrivate::parse(curve, bytes).ok_or(KeyError::InvalidScalar)?;
            let public = PublicKey::of_ec(secret.public().clone());
            return Ok(Self { secret: Secret::Ec(secret), public });
        }
        let bytes: Zeroizing<[u8; 32]> =
            Zeroizing::new(bytes.try_into().map_err(|_| KeyError::InvalidScalar)?);
        if key_type == KeyType::Ed25519 {
            let secret = SigningKey::from_bytes(&bytes);
            let public = PublicKey::of_ed25519(secret.verifying_key());
            return Ok(Self { secret: Secret::Ed25519(secret), public });
        }
        let secret = StaticSecret::from(*bytes);
        let public = PublicKey::of_x25519(x25519_dalek::PublicKey::from(&secret).to_bytes());
        Ok(Self { secret: Secret::X25519(secret), public })
    }

    /// The private part, as [`from_secret`](Self::from_secret) takes it.
    pub(crate) fn secret(&self) -> &[u8] {
        match &self.secret {
            Secret::Ed25519(key) => key.as_bytes(),
            Secret::Ec(key) => key.scalar(),
            Secret::X25519(key) => key.as_bytes(),
        }
    }

    /// This key, if its public half is `public`.
    pub(crate) fn with_public(self, public: &PublicKey) -> Result<Self, KeyError> {
        if self.public == *public { Ok(self) } else { Err(KeyError::Mismatch) }
    }
}

impl fmt::Debug for PrivateKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "PrivateKey(redacted, {:?})", self.public)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::Seeded;

    struct Constant(u8);
    impl Entropy for Constant {
        fn fill(&self, out: &mut [u8]) {
            out.fill(self.0);
        }
    }

    #[test]
    fn generating_ends_even_where_the_first_number_is_out_of_range() {
        for key_type in KeyType::ALL {
            for byte in [0, 0xff] {
                let key = PrivateKey::generate(key_type, &Constant(byte));
                assert_eq!(key.public().key_type(), key_type);
            }
        }
    }

    #[test]
    fn numbers_out_of_range_are_refused() {
        for key_type in [KeyType::P256, KeyType::P384, KeyType::P521] {
            for bytes in [vec![0; key_type.size()], vec![0xff; key_type.size()], vec![1; key_type.size() - 1]]
            {
                let refused = PrivateKey::from_secret(key_type, &bytes).map(|_| ());
                assert_eq!(refused, Err(KeyError::InvalidScalar));
            }
        }
        for key_type in [KeyType::Ed25519, KeyType::X25519] {
            assert!(matches!(PrivateKey::from_secret(key_type, &[1; 31]), Err(KeyError::InvalidScalar)));
        }
    }

    #[test]
    fn two_parties_agree() {
        for key_type in [KeyType::P256, KeyType::P384, KeyType::P521, KeyType::X25519] {
            let one = PrivateKey::generate(key_type, &Seeded::new(1));
            let two = PrivateKey::generate(key_type, &Seeded::new(2));
            let three = PrivateKey::generate(key_type, &Seeded::new(3));
            let secret = one.agree(two.public()).unwrap();
            assert_eq!(secret.as_bytes().len(), key_type.size());
            assert_eq!(secret.as_bytes(), two.agree(one.public()).unwrap().as_bytes());
            assert_ne!(secret.as_bytes(), one.agree(three.public()).unwrap().as_bytes());
        }
    }

    #[test]
    fn keys_do_only_what_their_type_does() {
        let of = |key_type| PrivateKey::generate(key_type, &Seeded::new(1));
        assert_eq!(of(KeyType::X25519).sign(b""), Err(KeyError::CannotSign));
        for (one, two) in [
            (KeyType::Ed25519, KeyType::Ed25519),
            (KeyType::P256, KeyType::P384),
            (KeyType::P384, KeyType::P521),
            (KeyType::P256, KeyType::X25519),
            (KeyType::X25519, KeyType::Ed25519),
        ] {
            assert!(matches!(of(one).agree(of(two).public()), Err(KeyError::CannotAgree)), "{one:?} {two:?}");
        }
    }

    #[test]
    fn a_peer_of_small_order_is_refused() {
        let key = PrivateKey::generate(KeyType::X25519, &Seeded::new(1));
        for low in [0, 1] {
            let mut bytes = [0; 32];
            bytes[0] = low;
            let peer = PublicKey::from_bytes(KeyType::X25519, &bytes).unwrap();
            assert!(matches!(key.agree(&peer), Err(KeyError::ForcedSecret)));
        }
    }

    #[test]
    fn private_keys_are_not_printed() {
        for key_type in KeyType::ALL {
            let key = PrivateKey::generate(key_type, &Seeded::new(1));
            let printed = format!("{key:?}");
            assert!(printed.starts_with("PrivateKey(redacted, PublicKey("), "{printed}");
            assert!(!printed.contains(&crate::base64url::encode(key.secret())));
            assert!(!printed.contains(&format!("{:?}", key.secret())));
        }
        let pair = [1, 2].map(|seed| PrivateKey::generate(KeyType::P256, &Seeded::new(seed)));
        assert_eq!(format!("{:?}", pair[0].agree(pair[1].public()).unwrap()), "SharedSecret(redacted)");
    }
}
