//! BBS signatures on BLS12-381: one signature over many messages, of which its holder shows some and proves to know the
//! rest. No two proofs of one signature can be linked.
//!
//! | what | specification, as pinned by the vectors of W3C's vc-di-bbs of 2025-04-03 |
//! |---|---|
//! | keys, signatures, proofs | draft-irtf-cfrg-bbs-signatures, as of 2025-07 (-09) |
//! | signatures over what the signer does not see ([`Commitment`]) | draft-irtf-cfrg-bbs-blind-signatures, as of 2025-02 |
//! | [`Pseudonym`]s | draft-kalos-bbs-per-verifier-linkability, as of 2024-11: one secret, of two parts |
//!
//! The ciphersuite is BLS12-381-SHA-256, the one that bbs-2023 speaks (VC-DI-BBS §3); BLS12-381-SHAKE-256 is not spoken.
//! The curve is `blst`'s (docs/decisions/0008).
//!
//! Refused: points off the curve or outside its subgroup of prime order, the point at infinity, numbers that are zero or
//! not below the order, other lengths, more than [`MAX_MESSAGES`] messages.
//!
//! What touches a secret (a key, a blinding factor, a message that is not shown) takes a time that does not depend on
//! it. Verifying does not hide what it reads, all of which the verifier was told.

mod blind;
mod core;
pub(crate) mod curve;
mod generators;
pub(crate) mod hash;
mod key;
mod proof;
mod scalar;
mod sum;
#[cfg(test)]
mod tests;
#[cfg(test)]
mod vectors;

pub use blind::{Blinding, Commitment, HolderSecrets, commit};
pub use key::{PublicKey, SecretKey};
pub use proof::{Disclosed, Presentation, Pseudonym, prove};
pub use scalar::SecretScalar;

/// Bytes of a signature: a point and a number.
pub const SIGNATURE_BYTES: usize = 80;
/// Bytes of a public key: a compressed point of G2.
pub const PUBLIC_KEY_BYTES: usize = 96;
/// Bytes of a pseudonym: a compressed point of G1.
pub const PSEUDONYM_BYTES: usize = 48;
/// The most messages of one signature, those that its holder committed to included.
pub const MAX_MESSAGES: usize = 2048;

/// Why a signature, proof or key was refused or not made. No variant carries a byte of what was signed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum BbsError {
    /// The peer's fault: the named part is of the wrong length, no usable point, or no number below the order.
    #[error("malformed BBS material: {0}")]
    Malformed(&'static str),
    /// The caller's or the peer's fault: more messages than [`MAX_MESSAGES`].
    #[error("too many messages for one BBS signature")]
    TooManyMessages,
    /// The caller's or the peer's fault: indexes that are not ascending, or beyond the last message.
    #[error("the indexes of the disclosed messages do not fit")]
    Indexes,
    /// The peer's fault: the signature, the commitment or the proof does not verify.
    #[error("the BBS signature or proof does not verify")]
    Invalid,
}
