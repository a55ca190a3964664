//! What stands in a QR code: a prefix of four characters and base45 (RFC 9285), all of the alphanumeric mode of ISO/IEC 18004.

/// Bytes as text after `prefix`.
pub(crate) fn write(prefix: &str, bytes: &[u8]) -> String {
    format!("{prefix}{}", base45::encode(bytes))
}

/// The bytes in a text of at most so many characters; `None` where it is not what [`write`] makes.
pub(crate) fn read(prefix: &str, text: &str, most: usize) -> Option<Vec<u8>> {
    let encoded = text.strip_prefix(prefix).filter(|_| text.len() <= most)?;
    let bytes = base45::decode(encoded).ok()?;
    // `base45` 3.2 cuts off what two last characters say beyond a byte, which RFC 9285 §6 refuses.
    (base45::encode(&bytes) == encoded).then_some(bytes)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// RFC 9285 §4.3, §4.4.
    #[test]
    fn the_examples_of_rfc_9285() {
        for (plain, text) in
            [("AB", "BB8"), ("Hello!!", "%69 VD92EX0"), ("base-45", "UJCLQE7W581"), ("ietf!", "QED8WEX0")]
        {
            assert_eq!(write("", plain.as_bytes()), text);
            assert_eq!(read("", text, 20).as_deref(), Some(plain.as_bytes()));
        }
    }

    #[test]
    fn what_is_not_base45_is_refused() {
        // §6: 65,536 in three characters, 256 in two; one character left over; lower case; another prefix; too long.
        for text in
            ["X:GGW", "X::::", "X:V5", "X:A", "X:qed8WEX0", "Y:QED8WEX0", "X:QED8WEX0QED8WEX0", "x:QED8"]
        {
            assert_eq!(read("X:", text, 12), None, "{text}");
        }
        assert_eq!(read("X:", "X:U5", 12), Some(vec![255]));
        assert_eq!(read("X:", "X:FGW", 12), Some(vec![255, 255]));
        assert_eq!(read("X:", "X:", 12), Some(vec![]));
    }

    proptest! {
        #[test]
        fn bytes_have_one_text(bytes: Vec<u8>, text in "[0-9A-Z $%*+./:-]{0,40}") {
            prop_assert_eq!(read("X:", &write("X:", &bytes), usize::MAX), Some(bytes));
            if let Some(bytes) = read("", &text, usize::MAX) {
                prop_assert_eq!(write("", &bytes), text);
            }
        }
    }
}
