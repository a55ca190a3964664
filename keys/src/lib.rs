//! Primitives behind one small face: what signs, agrees, hashes, seals, and how keys and JSON are written down.
//!
//! Nothing here knows a credential or a protocol. Every function is pure: randomness comes in through [`Entropy`].
//!
//! | what | by |
//! |---|---|
//! | Ed25519 (RFC 8032), X25519 (RFC 7748) | `ed25519-dalek`, `x25519-dalek` |
//! | P-256, P-384 and P-521 (FIPS 186-5), SHA-2, AES-GCM | AWS-LC (feature `aws-lc`, the default) |
//! | BBS (draft-irtf-cfrg-bbs-signatures) | `blst` (feature `bbs`), module [`bbs`] |
//! | blind signatures (Boldyreva's, on BLS12-381) | `blst` (feature `bbs`), module [`blind`] |
//! | sealing to a key (HPKE, RFC 9180) | [`hpke`], on these |
//! | functions of a hidden text (VOPRF, RFC 9497) | [`voprf`], on `curve25519-dalek` |
//! | JWK, COSE_Key, Multikey, SPKI, PKCS#8 | modules here |
//! | strict JSON (RFC 8259) and its canonical form (RFC 8785) | [`json`] |

pub mod aead;
mod backend;
pub mod base58;
pub mod base64url;
#[cfg(feature = "bbs")]
pub mod bbs;
#[cfg(feature = "bbs")]
pub mod blind;
mod cose_key;
mod der;
mod ed25519;
mod entropy;
mod error;
pub mod hash;
pub mod hpke;
pub mod json;
mod jwk;
pub mod mac;
mod multikey;
mod pkcs8;
mod private;
mod public;
mod spki;
#[cfg(test)]
mod testing;
#[cfg(test)]
mod vectors;
pub mod voprf;

pub use entropy::Entropy;
pub use error::{BadSignature, KeyError};
pub use jwk::Purpose;
pub use private::{PrivateKey, SharedSecret};
pub use public::{KeyType, PublicKey};

/// Whether `left` and `right` are the same bytes, in a time that does not depend on where they differ. Their lengths
/// are not secret.
pub fn constant_time_eq(left: &[u8], right: &[u8]) -> bool {
    subtle::ConstantTimeEq::ct_eq(left, right).into()
}
