//! SHA-2 (FIPS 180-4), of a message at hand or of one that is written piece by piece and never kept.

use crate::backend;

/// Bytes that are gathered before they are hashed: a message that fits is hashed at once.
const PIECE: usize = 1024;

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

    /// Hashes what will be written.
    pub const fn hasher(self) -> Hasher {
        Hasher { algorithm: self, begun: None, piece: [0; PIECE], filled: 0 }
    }
}

/// Where text is written: into a string, or into a hash.
pub trait Sink {
    /// Appends `text`.
    fn put(&mut self, text: &str);
}

impl Sink for String {
    fn put(&mut self, text: &str) {
        self.push_str(text);
    }
}

/// Hashes what is written to it.
pub struct Hasher {
    algorithm: HashAlgorithm,
    /// The hash of what came before the piece, if there was more than fits.
    begun: Option<backend::Hashing>,
    piece: [u8; PIECE],
    filled: usize,
}

impl Hasher {
    /// The hash of all that was written.
    pub fn finish(self) -> Vec<u8> {
        let piece = self.piece.get(..self.filled).unwrap_or_default();
        match self.begun {
            None => self.algorithm.digest(piece),
            Some(mut begun) => {
                begun.update(piece);
                begun.finish()
            }
        }
    }

    fn gather(&mut self, bytes: &[u8]) -> bool {
        let Some(place) = self.piece.get_mut(self.filled..self.filled + bytes.len()) else { return false };
        place.copy_from_slice(bytes);
        self.filled += bytes.len();
        true
    }
}

impl Sink for Hasher {
    fn put(&mut self, text: &str) {
        if self.gather(text.as_bytes()) {
            return;
        }
        let begun = self.begun.get_or_insert_with(|| backend::Hashing::new(self.algorithm));
        begun.update(self.piece.get(..self.filled).unwrap_or_default());
        self.filled = 0;
        if text.len() > PIECE {
            begun.update(text.as_bytes());
        } else {
            self.gather(text.as_bytes());
        }
    }
}

/// Without what was written.
impl std::fmt::Debug for Hasher {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Hasher").field("algorithm", &self.algorithm).finish_non_exhaustive()
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

    #[test]
    fn a_message_in_pieces_has_the_hash_of_the_whole() {
        for algorithm in [HashAlgorithm::Sha256, HashAlgorithm::Sha384, HashAlgorithm::Sha512] {
            for lengths in
                [&[][..], &[0], &[1, PIECE - 1], &[1, PIECE], &[PIECE + 1, 3], &[700, 700, 5000, 1]]
            {
                let (mut whole, mut hasher) = (String::new(), algorithm.hasher());
                for (number, length) in lengths.iter().enumerate() {
                    let text = ["a", "가", "z"][number % 3].repeat(*length);
                    whole.put(&text);
                    hasher.put(&text);
                }
                assert_eq!(hasher.finish(), algorithm.digest(whole.as_bytes()), "{lengths:?}");
            }
        }
    }
}
