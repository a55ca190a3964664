//! What the tests of this crate share.

use std::sync::Mutex;

use crate::{Entropy, hash};

/// Entropy that repeats itself: a chain of hashes from a seed.
pub(crate) struct Seeded(Mutex<[u8; 32]>);

impl Seeded {
    pub(crate) fn new(seed: u64) -> Self {
        Self(Mutex::new(hash::sha256(&seed.to_be_bytes())))
    }
}

impl Entropy for Seeded {
    fn fill(&self, out: &mut [u8]) {
        let mut state = self.0.lock().unwrap();
        for block in out.chunks_mut(32) {
            *state = hash::sha256(&*state);
            block.copy_from_slice(&state[..block.len()]);
        }
    }
}

/// The bytes that hexadecimal text stands for.
pub(crate) fn hex(text: &str) -> Vec<u8> {
    assert!(text.len().is_multiple_of(2));
    (0..text.len()).step_by(2).map(|at| u8::from_str_radix(&text[at..at + 2], 16).unwrap()).collect()
}
