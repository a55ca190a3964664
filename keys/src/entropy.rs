//! Where randomness comes from: an argument, so that whoever calls decides, and a test can repeat itself.

/// A source of cryptographically secure random bytes.
///
/// `platform` implements it with the operating system's generator; tests with a seeded one. An implementation that
/// cannot deliver must panic rather than return: weak randomness is worse than none.
pub trait Entropy: Send + Sync {
    /// Fills `out` with random bytes.
    fn fill(&self, out: &mut [u8]);
}

impl<E: Entropy + ?Sized> Entropy for &E {
    fn fill(&self, out: &mut [u8]) {
        (**self).fill(out);
    }
}

impl<E: Entropy + ?Sized> Entropy for std::sync::Arc<E> {
    fn fill(&self, out: &mut [u8]) {
        (**self).fill(out);
    }
}
