//! Blind signatures on BLS12-381: whoever signs does not see what, and never recognises it.
//!
//! | who | does |
//! |---|---|
//! | holder | [`Blinding::blind`]: hashes its message to a point of G1 and multiplies it by a number that only it knows |
//! | issuer | [`SecretKey::sign`]: multiplies what comes by its key |
//! | holder | [`Blinding::finish`]: divides by its number, and verifies |
//! | anybody | [`PublicKey::verify`]: two pairings |
//!
//! The scheme is Boldyreva's (PKC 2003): one round, nothing kept between, unforgeable beyond what was signed as long as chosen-target
//! Diffie-Hellman is hard on the curve, also where many are signed at once. What comes out is the BLS signature
//! (draft-irtf-cfrg-bls-signature-05, short signatures, under a tag of our own) over the message, and there is one of each key and message: so nothing of the
//! issuing is left in it, and an issuer that wanted to mark it cannot. What it can do is to sign with one key for each
//! holder: whoever trusts keys must take one for each meaning, and no other.
//!
//! A key signs whatever it is given. So it says one thing, the same of everybody, and is used for nothing else, not for
//! BBS and not for signatures that are not blind. What the holder wants signed, and proves later, belongs into the message: a key
//! of its own.
//!
//! Refused: points off the curve or outside its subgroup of prime order, the point at infinity, other lengths.

use std::fmt;
use std::sync::Arc;

use blstrs::{G1Projective, G2Affine, G2Prepared, G2Projective, Scalar};
use pairing::group::ff::Field;
use pairing::group::{Curve, Group};
use zeroize::Zeroizing;

use crate::Entropy;
use crate::bbs::{SecretScalar, curve, hash};

/// Bytes of a blinded message, of what is answered to it, and of a signature: a compressed point of G1.
pub const SIGNATURE_BYTES: usize = curve::G1_BYTES;
/// Bytes of a public key: a compressed point of G2.
pub const PUBLIC_KEY_BYTES: usize = 96;

/// What tells our points from those of every other use of the curve (RFC 9380 §3.1).
const MESSAGE_TAG: &[u8] = b"JIGAP_BLIND_BLS12381G1_XMD:SHA-256_SSWU_RO_";
const KEY_TAG: &[u8] = b"JIGAP_BLIND_KEYGEN_DST_";
/// Least bytes that a key is derived from.
const MATERIAL_BYTES: usize = 32;

/// Why something was refused or not made. No variant carries a byte of what was signed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum BlindError {
    /// The peer's fault: the named part is of the wrong length, or no usable point.
    #[error("malformed blind signature material: {0}")]
    Malformed(&'static str),
    /// The peer's fault: the signature is not the key's over this message.
    #[error("the blind signature does not verify")]
    Invalid,
}

/// Refuses what no key signs: for whoever has to know before it uses one.
///
/// # Errors
/// [`BlindError::Malformed`] if it is no point of the group.
pub fn require_point(blinded: &[u8]) -> Result<(), BlindError> {
    curve::g1(blinded).map(|_| ()).ok_or(BlindError::Malformed("blinded message"))
}

/// What blinds one message: kept until the answer came. Wiped when dropped, never printed.
#[derive(Debug)]
pub struct Blinding(SecretScalar);

impl Blinding {
    /// A fresh one, for one message.
    pub fn generate(entropy: &dyn Entropy) -> Self {
        Self(SecretScalar::random(entropy))
    }

    /// What is asked of an issuer: the message, blinded. The same again whenever it is asked for; by another number a point that nothing
    /// connects with it.
    pub fn blind(&self, message: &[u8]) -> [u8; SIGNATURE_BYTES] {
        (hash::to_point(message, MESSAGE_TAG) * self.0.get()).to_affine().to_compressed()
    }

    /// Takes the 32 bytes that [`Blinding::to_bytes`] gave.
    ///
    /// # Errors
    /// [`BlindError::Malformed`] for another length, zero, or a number that is not below the order.
    pub fn from_bytes(bytes: &[u8]) -> Result<Self, BlindError> {
        SecretScalar::from_bytes(bytes).map(Self).map_err(|_| BlindError::Malformed("blinding"))
    }

    /// Its 32 bytes, to be kept as secret as a key.
    pub fn to_bytes(&self) -> Zeroizing<[u8; 32]> {
        self.0.to_bytes()
    }

    /// The signature over `message`, from what the issuer answered.
    ///
    /// # Errors
    /// [`BlindError::Malformed`] if the answer is no point, [`BlindError::Invalid`] if `key` did not sign this message.
    pub fn finish(
        self,
        answer: &[u8],
        message: &[u8],
        key: &PublicKey,
    ) -> Result<[u8; SIGNATURE_BYTES], BlindError> {
        let answer = curve::g1(answer).ok_or(BlindError::Malformed("answer"))?;
        // Never zero: none is ever made or read.
        let inverse =
            Option::<Scalar>::from(self.0.get().invert()).ok_or(BlindError::Malformed("blinding"))?;
        let signature = answer * SecretScalar::wrap(inverse).get();
        key.require(&signature, message)?;
        Ok(signature.to_affine().to_compressed())
    }
}

/// A key that signs what it does not see. Wiped when dropped, never printed.
pub struct SecretKey {
    secret: SecretScalar,
    public: PublicKey,
}

impl SecretKey {
    /// The key that `material` gives for what `info` says: one secret gives a key for each meaning, none of which says anything of
    /// another.
    ///
    /// # Errors
    /// [`BlindError::Malformed`] for less than 32 bytes of material.
    pub fn derive(material: &[u8], info: &[u8]) -> Result<Self, BlindError> {
        const MALFORMED: BlindError = BlindError::Malformed("key material");
        if material.len() < MATERIAL_BYTES {
            return Err(MALFORMED);
        }
        let length = u64::try_from(material.len()).map_err(|_| MALFORMED)?.to_be_bytes();
        let input = Zeroizing::new([&length[..], material, info].concat());
        let secret = Zeroizing::new(hash::to_scalar(&input, KEY_TAG).to_bytes_be());
        let secret = SecretScalar::from_bytes(&*secret).map_err(|_| MALFORMED)?;
        let public = PublicKey::of((G2Projective::generator() * secret.get()).to_affine());
        Ok(Self { secret, public })
    }

    /// The public half.
    pub const fn public(&self) -> &PublicKey {
        &self.public
    }

    /// Signs what was blinded: whatever it is.
    ///
    /// # Errors
    /// [`BlindError::Malformed`] if it is no point of the group.
    pub fn sign(&self, blinded: &[u8]) -> Result<[u8; SIGNATURE_BYTES], BlindError> {
        let blinded = curve::g1(blinded).ok_or(BlindError::Malformed("blinded message"))?;
        Ok((blinded * self.secret.get()).to_affine().to_compressed())
    }
}

impl fmt::Debug for SecretKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("blind::SecretKey").field("public", &self.public).finish_non_exhaustive()
    }
}

/// A public key, its point checked. Cloning is cheap.
#[derive(Clone)]
pub struct PublicKey(Arc<Parsed>);

struct Parsed {
    octets: [u8; PUBLIC_KEY_BYTES],
    /// Ready for pairing: verifying with one key many times does this once.
    prepared: G2Prepared,
}

impl PublicKey {
    /// Reads 96 bytes: a compressed point of G2.
    ///
    /// # Errors
    /// [`BlindError::Malformed`] for another length, a point off the curve, outside the subgroup, or at infinity.
    pub fn from_bytes(bytes: &[u8]) -> Result<Self, BlindError> {
        curve::g2(bytes).map(Self::of).ok_or(BlindError::Malformed("public key"))
    }

    fn of(point: G2Affine) -> Self {
        Self(Arc::new(Parsed { octets: point.to_compressed(), prepared: G2Prepared::from(point) }))
    }

    /// The 96 bytes.
    pub fn as_bytes(&self) -> &[u8; PUBLIC_KEY_BYTES] {
        &self.0.octets
    }

    /// Verifies `signature` over `message`.
    ///
    /// # Errors
    /// [`BlindError`].
    pub fn verify(&self, signature: &[u8], message: &[u8]) -> Result<(), BlindError> {
        let signature = curve::g1(signature).ok_or(BlindError::Malformed("signature"))?;
        self.require(&signature, message)
    }

    fn require(&self, signature: &G1Projective, message: &[u8]) -> Result<(), BlindError> {
        let message = hash::to_point(message, MESSAGE_TAG);
        if curve::pairs(&message, &self.0.prepared, signature) { Ok(()) } else { Err(BlindError::Invalid) }
    }
}

impl PartialEq for PublicKey {
    fn eq(&self, other: &Self) -> bool {
        self.0.octets == other.0.octets
    }
}
impl Eq for PublicKey {}

impl fmt::Debug for PublicKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let [first, second, ..] = self.0.octets;
        write!(f, "blind::PublicKey({first:02x}{second:02x}…)")
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::testing::Seeded;

    fn key(info: &[u8]) -> SecretKey {
        SecretKey::derive(&[7; 32], info).unwrap()
    }

    fn blind(message: &[u8], entropy: &dyn Entropy) -> ([u8; SIGNATURE_BYTES], Blinding) {
        let blinding = Blinding::generate(entropy);
        (blinding.blind(message), blinding)
    }

    fn signed(message: &[u8], key: &SecretKey, seed: u64) -> [u8; SIGNATURE_BYTES] {
        let (blinded, blinding) = blind(message, &Seeded::new(seed));
        blinding.finish(&key.sign(&blinded).unwrap(), message, key.public()).unwrap()
    }

    #[test]
    fn what_comes_out_is_the_bls_signature_of_blst() {
        let key = key(b"adult, until Monday");
        let secret = blst::min_sig::SecretKey::from_bytes(&*key.secret.to_bytes()).unwrap();
        assert_eq!(&secret.sk_to_pk().compress(), key.public().as_bytes());
        for message in [&b""[..], b"holder's key", &[0; 300]] {
            assert_eq!(signed(message, &key, 1), secret.sign(message, MESSAGE_TAG, &[]).compress());
        }
    }

    #[test]
    fn what_the_issuer_saw_says_nothing_of_what_is_shown() {
        let (message, key) = (b"holder's key", key(b""));
        let (one, _) = blind(message, &Seeded::new(1));
        let (two, _) = blind(message, &Seeded::new(2));
        assert_ne!(one, two);
        assert_eq!(
            signed(message, &key, 1),
            signed(message, &key, 2),
            "one signature, however it was blinded"
        );
        // What was answered to another message is no signature over this one.
        let (of_other, blinding) = blind(b"another's key", &Seeded::new(3));
        assert!(curve::g1(&of_other).is_some());
        let answer = key.sign(&of_other).unwrap();
        assert_eq!(blinding.finish(&answer, message, key.public()), Err(BlindError::Invalid));
    }

    #[test]
    fn what_another_key_signed_is_refused() {
        let (adult, student) = (key(b"adult"), key(b"student"));
        assert_ne!(adult.public(), student.public());
        let signature = signed(b"message", &adult, 1);
        assert_eq!(adult.public().verify(&signature, b"message"), Ok(()));
        assert_eq!(student.public().verify(&signature, b"message"), Err(BlindError::Invalid));
        assert_eq!(adult.public().verify(&signature, b"massage"), Err(BlindError::Invalid));
        let (blinded, blinding) = blind(b"message", &Seeded::new(1));
        let answer = student.sign(&blinded).unwrap();
        assert_eq!(blinding.finish(&answer, b"message", adult.public()), Err(BlindError::Invalid));
    }

    /// The point at infinity; off the curve; on it and outside the subgroup (`x = 4`, and `x = 0`, of order 3); other lengths.
    #[test]
    fn what_is_no_point_of_the_group_is_refused() {
        let key = key(b"");
        let infinity = |bytes: usize| [&[0xc0][..], &vec![0; bytes - 1]].concat();
        let outside = [&[0x80][..], &[0; 46], &[4]].concat();
        let of_order_3 = [&[0x80][..], &[0; 47]].concat();
        let checked = Option::<blstrs::G1Affine>::from(blstrs::G1Affine::from_compressed_unchecked(
            outside.as_slice().try_into().unwrap(),
        ));
        assert!(checked.is_some_and(|point| bool::from(point.is_on_curve() & !point.is_torsion_free())));
        for bytes in
            [vec![], vec![0; 47], vec![0; 48], vec![0xff; 48], infinity(48), outside, of_order_3, vec![0; 49]]
        {
            assert_eq!(key.sign(&bytes), Err(BlindError::Malformed("blinded message")), "{bytes:?}");
            assert_eq!(require_point(&bytes), Err(BlindError::Malformed("blinded message")));
            assert_eq!(key.public().verify(&bytes, b""), Err(BlindError::Malformed("signature")));
            let blinding = blind(b"", &Seeded::new(1)).1;
            assert_eq!(blinding.finish(&bytes, b"", key.public()), Err(BlindError::Malformed("answer")));
        }
        for bytes in
            [vec![], vec![0; 96], vec![0xff; 96], infinity(96), key.public().as_bytes()[1..].to_vec()]
        {
            assert_eq!(PublicKey::from_bytes(&bytes), Err(BlindError::Malformed("public key")));
        }
        assert!(matches!(SecretKey::derive(&[7; 31], b""), Err(BlindError::Malformed("key material"))));
        for bytes in [&[0; 32][..], &[0xff; 32], &[1; 31]] {
            assert!(matches!(Blinding::from_bytes(bytes), Err(BlindError::Malformed("blinding"))));
        }
    }

    #[test]
    fn secrets_are_not_printed() {
        let key = key(b"");
        let (_, blinding) = blind(b"", &Seeded::new(1));
        for (printed, secret) in
            [(format!("{key:?}"), key.secret.to_bytes()), (format!("{blinding:?}"), blinding.to_bytes())]
        {
            let hex: String = secret.iter().take(4).map(|byte| format!("{byte:02x}")).collect();
            assert!(
                !printed.contains(&hex) && !printed.contains(&format!("{:?}", &secret[..4])),
                "{printed}"
            );
        }
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(32))]
        #[test]
        fn what_is_signed_blindly_verifies_and_nothing_near_it(message: Vec<u8>, seed: u64, bit in 0..384_usize) {
            let key = key(&seed.to_be_bytes());
            let (blinded, blinding) = blind(&message, &Seeded::new(seed));
            let kept = Blinding::from_bytes(&*blinding.to_bytes()).unwrap();
            let mut signature = kept.finish(&key.sign(&blinded).unwrap(), &message, key.public()).unwrap();
            let read = PublicKey::from_bytes(key.public().as_bytes()).unwrap();
            prop_assert_eq!(read.verify(&signature, &message), Ok(()));
            signature[bit / 8] ^= 1 << (bit % 8);
            prop_assert!(read.verify(&signature, &message).is_err());
        }
    }
}
