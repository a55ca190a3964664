//! Numbers modulo the order of the group: canonical, and those that are secret wiped when dropped.

use std::fmt;

use blstrs::Scalar;
use pairing::group::ff::Field;
use zeroize::{DefaultIsZeroes, Zeroize as _, Zeroizing};

use super::BbsError;
use super::hash::{self, EXPAND};
use crate::Entropy;

/// Bytes of a number.
pub(super) const BYTES: usize = 32;

#[derive(Clone, Copy, Default)]
struct Wiped(Scalar);
impl DefaultIsZeroes for Wiped {}

/// A number that only its owner knows: a key, a blinding factor, a part of a pseudonym. Wiped when dropped.
pub struct SecretScalar(Wiped);

impl SecretScalar {
    /// A fresh one.
    pub fn random(entropy: &dyn Entropy) -> Self {
        loop {
            let mut bytes = Zeroizing::new([0; EXPAND]);
            entropy.fill(&mut *bytes);
            let number = Self::wrap(hash::reduce(&bytes));
            if !bool::from(number.get().is_zero()) {
                return number;
            }
        }
    }

    /// Takes 32 bytes, the highest first.
    ///
    /// # Errors
    /// [`BbsError::Malformed`] for another length, for zero, and for a number that is not below the order.
    pub fn from_bytes(bytes: &[u8]) -> Result<Self, BbsError> {
        parse(bytes).map(Self::wrap).ok_or(BbsError::Malformed("secret"))
    }

    /// The 32 bytes.
    pub fn to_bytes(&self) -> Zeroizing<[u8; BYTES]> {
        Zeroizing::new(self.get().to_bytes_be())
    }

    /// This number and `other` added: what a pseudonym is made of.
    #[must_use]
    pub fn plus(&self, other: &Self) -> Self {
        Self::wrap(self.get() + other.get())
    }

    pub(crate) fn wrap(number: Scalar) -> Self {
        Self(Wiped(number))
    }

    pub(crate) fn get(&self) -> &Scalar {
        &self.0.0
    }
}

impl Clone for SecretScalar {
    fn clone(&self) -> Self {
        Self(self.0)
    }
}

impl Drop for SecretScalar {
    fn drop(&mut self) {
        self.0.zeroize();
    }
}

impl fmt::Debug for SecretScalar {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("SecretScalar(redacted)")
    }
}

/// A canonical number that is not zero.
pub(super) fn parse(bytes: &[u8]) -> Option<Scalar> {
    let bytes: &[u8; BYTES] = bytes.try_into().ok()?;
    Option::from(Scalar::from_bytes_be(bytes)).filter(|it: &Scalar| !bool::from(it.is_zero()))
}
