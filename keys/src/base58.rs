//! base58btc (draft-msporny-base58-03), without the `z` that Multibase writes before it.
//!
//! Refused: characters outside the alphabet, and texts longer than the reader expects, which are measured first:
//! decoding takes time quadratic in the length.

/// Not base58btc, or too long.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("not base58btc of the expected length")]
pub struct InvalidBase58;

/// Writes base58btc.
pub fn encode(bytes: impl AsRef<[u8]>) -> String {
    bs58::encode(bytes).into_string()
}

/// Reads base58btc of at most `longest` characters.
///
/// # Errors
/// [`InvalidBase58`] as the module says.
pub fn decode(text: &str, longest: usize) -> Result<Vec<u8>, InvalidBase58> {
    if text.len() > longest {
        return Err(InvalidBase58);
    }
    bs58::decode(text).into_vec().map_err(|_| InvalidBase58)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The draft's own examples.
    #[test]
    fn the_examples_of_the_draft() {
        for (bytes, text) in [
            (&b"Hello World!"[..], "2NEpo7TZRRrLZSi2U"),
            (&[0x00, 0x00, 0x28, 0x7f, 0xb4, 0xcd][..], "11233QC4"),
        ] {
            assert_eq!(encode(bytes), text);
            assert_eq!(decode(text, 17).as_deref(), Ok(bytes));
        }
    }

    #[test]
    fn other_characters_and_long_texts_are_refused() {
        for text in ["0", "O", "I", "l", "+", "a b", "한"] {
            assert_eq!(decode(text, 10), Err(InvalidBase58), "{text}");
        }
        assert_eq!(decode("1111", 3), Err(InvalidBase58));
    }
}
