//! base64url without padding (RFC 4648 §5, as RFC 7515 §2 wants it). Refuses padding, white space, the other alphabet
//! and bits that belong to no byte, so that one text stands for one sequence of bytes.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;

/// The text is not base64url as RFC 7515 §2 wants it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("not base64url without padding")]
pub struct InvalidBase64;

/// Writes `bytes` as base64url without padding.
pub fn encode(bytes: impl AsRef<[u8]>) -> String {
    URL_SAFE_NO_PAD.encode(bytes)
}

/// Reads base64url without padding.
///
/// # Errors
/// [`InvalidBase64`] for anything that [`encode`] would not have written.
pub fn decode(text: &str) -> Result<Vec<u8>, InvalidBase64> {
    URL_SAFE_NO_PAD.decode(text).map_err(|_| InvalidBase64)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn one_text_for_one_sequence_of_bytes() {
        for text in ["AA==", "AA=", "AB", "A", "A A", "AA\n", "+/", "_-9", "é"] {
            assert_eq!(decode(text), Err(InvalidBase64), "{text:?}");
        }
        assert_eq!(decode(""), Ok(vec![]));
        assert_eq!(decode("-_8"), Ok(vec![0xfb, 0xff]));
    }

    proptest! {
        #[test]
        fn what_is_written_is_read(bytes: Vec<u8>) {
            prop_assert_eq!(decode(&encode(&bytes)), Ok(bytes));
        }

        #[test]
        fn what_is_read_is_written(text in "[A-Za-z0-9_-]{0,24}") {
            if let Ok(bytes) = decode(&text) {
                prop_assert_eq!(encode(bytes), text);
            }
        }
    }
}
