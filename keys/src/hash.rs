//! SHA-2 (FIPS 180-4).

use crate::backend;

/// A hash function, by the name that SD-JWT's `_sd_alg`, multihash and COSE have for it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum HashAlgorithm {
    /// SHA-256: 32 bytes.
    Sha256,
    /// SHA-384: 48 bytes.
    Sha384,
    /// SHA-512: 64 bytes.
    Sha512,
}

impl HashAlgorithm {
    /// Hashes `message`.
    pub fn digest(self, message: &[u8]) -> Vec<u8> {
        match self {
            Self::Sha256 => sha256(message).to_vec(),
            Self::Sha384 => sha384(message).to_vec(),
            Self::Sha512 => sha512(message).to_vec(),
        }
    }
}

/// SHA-256 of `message`.
pub fn sha256(message: &[u8]) -> [u8; 32] {
    backend::sha256(message)
}

/// SHA-384 of `message`.
pub fn sha384(message: &[u8]) -> [u8; 48] {
    backend::sha384(message)
}

/// SHA-512 of `message`.
pub fn sha512(message: &[u8]) -> [u8; 64] {
    backend::sha512(message)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::hex;

    /// FIPS 180-4's example message "abc".
    #[test]
    fn the_examples_of_the_standard() {
        assert_eq!(
            HashAlgorithm::Sha256.digest(b"abc"),
            hex("ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad")
        );
        assert_eq!(
            HashAlgorithm::Sha384.digest(b"abc"),
            hex(
                "cb00753f45a35e8bb5a03d699ac65007272c32ab0eded1631a8b605a43ff5bed8086072ba1e7cc2358baeca134c825a7"
            )
        );
        assert_eq!(
            HashAlgorithm::Sha512.digest(b"abc"),
            hex(
                "ddaf35a193617abacc417349ae20413112e6fa4e89a97ea20a9eeee64b55d39a2192992a274fc1a836ba3c23a3feebbd454d4423643ce80e2a9ac94fa54ca49f"
            )
        );
    }
}
