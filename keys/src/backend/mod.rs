//! The NIST primitives (P-256, P-384, P-521, SHA-2, HMAC, AES-GCM) behind one face that two libraries fill: AWS-LC (feature
//! `aws-lc`, fast) and RustCrypto (feature `pure`, for where there is no C compiler: wasm32). With both on, AWS-LC works.

#[cfg(feature = "aws-lc")]
mod aws_lc;
#[cfg(feature = "aws-lc")]
pub(crate) use aws_lc::{AesGcm, EcPrivate, EcPublic, Hashing, hmac_sha256, sha256, sha384, sha512};

#[cfg(all(feature = "pure", not(feature = "aws-lc")))]
mod pure;
#[cfg(all(feature = "pure", not(feature = "aws-lc")))]
pub(crate) use pure::{AesGcm, EcPrivate, EcPublic, Hashing, hmac_sha256, sha256, sha384, sha512};

#[cfg(not(any(feature = "aws-lc", feature = "pure")))]
compile_error!("jigap-keys needs feature `aws-lc` or feature `pure`");

/// A curve of NIST.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Curve {
    P256,
    P384,
    P521,
}

impl Curve {
    /// Bytes of a coordinate and of a private number.
    pub(crate) const fn size(self) -> usize {
        match self {
            Self::P256 => 32,
            Self::P384 => 48,
            Self::P521 => 66,
        }
    }

    /// Whether `bytes` has the shape of a point in SEC 1 §2.3.3: uncompressed or compressed, nothing else.
    fn is_shaped(self, bytes: &[u8]) -> bool {
        let size = self.size();
        match bytes.first() {
            Some(4) => bytes.len() == 1 + 2 * size,
            Some(2 | 3) => bytes.len() == 1 + size,
            _ => false,
        }
    }
}
