//! The operating system's randomness, behind the [`Entropy`] port (NIST SP 800-90A DRBG of aws-lc, seeded by the OS).

use aws_lc_rs::rand;
use jigap_keys::Entropy;

/// Cryptographically secure random bytes. Panics where the operating system cannot deliver: weak randomness is worse
/// than none.
#[derive(Debug, Clone, Copy, Default)]
pub struct OsEntropy;

impl Entropy for OsEntropy {
    #[expect(clippy::expect_used, reason = "the port's contract: panic rather than hand out weak randomness")]
    fn fill(&self, out: &mut [u8]) {
        rand::fill(out).expect("the operating system delivers randomness");
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn two_draws_differ() {
        let (mut one, mut two) = ([0; 32], [0; 32]);
        OsEntropy.fill(&mut one);
        OsEntropy.fill(&mut two);
        assert_ne!(one, two);
        assert_ne!(one, [0; 32]);
    }
}
