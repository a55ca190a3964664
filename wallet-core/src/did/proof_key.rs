//! The keys of proofs: those that sign bytes, and those of `bbs-2023`, which sign many messages of which some are shown.
//!
//! A BBS key (BLS12-381, in G2) is a `Multikey` (Controlled Identifiers 1.0 §2.2.2; VC-DI-BBS §2.1.1), in a did:key
//! `did:key:zUC7…`. It only makes proofs of credentials: nothing here authenticates by one.

use jigap_keys::PublicKey;
#[cfg(feature = "bbs")]
use jigap_keys::{base64url, bbs, hash::sha256};

/// A key that proofs are made with.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ProofKey {
    /// One that signs bytes.
    Signing(PublicKey),
    /// One of `bbs-2023`.
    #[cfg(feature = "bbs")]
    Bbs(bbs::PublicKey),
}

impl ProofKey {
    /// The key that signs bytes, if it is one.
    pub const fn signing(&self) -> Option<&PublicKey> {
        match self {
            Self::Signing(key) => Some(key),
            #[cfg(feature = "bbs")]
            Self::Bbs(_) => None,
        }
    }

    /// What a trust list pins it by (docs/TRUST-LIST.md §3): the thumbprint of its JWK (RFC 7638); of a BBS key, which has no
    /// JWK that is settled, the SHA-256 of its Multikey text.
    pub fn thumbprint(&self) -> String {
        match self {
            Self::Signing(key) => key.thumbprint(),
            #[cfg(feature = "bbs")]
            Self::Bbs(key) => base64url::encode(sha256(key.to_multikey().as_bytes())),
        }
    }
}

impl From<PublicKey> for ProofKey {
    fn from(key: PublicKey) -> Self {
        Self::Signing(key)
    }
}

#[cfg(feature = "bbs")]
impl From<bbs::PublicKey> for ProofKey {
    fn from(key: bbs::PublicKey) -> Self {
        Self::Bbs(key)
    }
}
