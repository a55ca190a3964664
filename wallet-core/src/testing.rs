//! What the core's own tests share.

use std::sync::Mutex;

use jigap_keys::{Entropy, hash};

/// Bytes that are the same in every run: SHA-256 of a seed and a counter.
pub(crate) struct Repeatable {
    seed: u64,
    counter: Mutex<u64>,
}

impl Repeatable {
    pub(crate) fn new(seed: u64) -> Self {
        Self { seed, counter: Mutex::new(0) }
    }
}

impl Entropy for Repeatable {
    fn fill(&self, out: &mut [u8]) {
        let mut counter = self.counter.lock().unwrap();
        for chunk in out.chunks_mut(32) {
            *counter += 1;
            let block = hash::sha256(&[self.seed.to_be_bytes(), counter.to_be_bytes()].concat());
            chunk.copy_from_slice(&block[..chunk.len()]);
        }
    }
}

/// Bytes from hexadecimal text.
pub(crate) fn hex(text: &str) -> Vec<u8> {
    (0..text.len()).step_by(2).map(|at| u8::from_str_radix(&text[at..at + 2], 16).unwrap()).collect()
}
