//! Primitives behind one small face: what signs, agrees, hashes, seals, and how keys and JSON are written down.
//!
//! Nothing here knows a credential or a protocol. Every function is pure: randomness comes in through [`Entropy`].

mod entropy;

pub use entropy::Entropy;

/// A public key.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PublicKey;
