//! `application/x-www-form-urlencoded`, read strictly: links, posted requests and posted responses.
//!
//! Refused: more bytes or parameters than the caller allows, a name twice, percent signs without two hexadecimal
//! digits, and what is not UTF-8.

use std::collections::BTreeMap;

/// Most parameters of one message; the specifications define a dozen.
const MAX_PARAMETERS: usize = 64;

/// The parameters, or `None` where the form breaks a rule of this module.
pub(super) fn parse(form: &[u8], most_bytes: usize) -> Option<BTreeMap<String, String>> {
    if form.len() > most_bytes {
        return None;
    }
    let mut parameters = BTreeMap::new();
    for pair in form.split(|byte| *byte == b'&').filter(|pair| !pair.is_empty()) {
        let mut halves = pair.splitn(2, |byte| *byte == b'=');
        let name = decode(halves.next().unwrap_or_default())?;
        let value = decode(halves.next().unwrap_or_default())?;
        if parameters.insert(name, value).is_some() || parameters.len() > MAX_PARAMETERS {
            return None;
        }
    }
    Some(parameters)
}

/// The form of these parameters, in their order.
pub(super) fn encode<'p>(parameters: impl IntoIterator<Item = (&'p str, &'p str)>) -> String {
    url::form_urlencoded::Serializer::new(String::new()).extend_pairs(parameters).finish()
}

fn decode(encoded: &[u8]) -> Option<String> {
    let mut bytes = Vec::with_capacity(encoded.len());
    let mut rest = encoded.iter();
    while let Some(byte) = rest.next() {
        bytes.push(match byte {
            b'+' => b' ',
            b'%' => {
                let (high, low) = (hex_digit(*rest.next()?)?, hex_digit(*rest.next()?)?);
                high << 4 | low
            }
            byte => *byte,
        });
    }
    String::from_utf8(bytes).ok()
}

fn hex_digit(byte: u8) -> Option<u8> {
    char::from(byte).to_digit(16).and_then(|digit| u8::try_from(digit).ok())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_encoded_is_read_back() {
        let parameters = [("a", "x&y=z %+"), ("이름", "값"), ("empty", "")];
        let form = encode(parameters);
        let read = parse(form.as_bytes(), 1000).unwrap();
        assert_eq!(read.len(), 3);
        for (name, value) in parameters {
            assert_eq!(read[name], value);
        }
        assert_eq!(parse(b"a=b+c%20d&&flag", 100).unwrap()["a"], "b c d");
    }

    #[test]
    fn a_hostile_form_is_refused() {
        let many = (0..=64).map(|n| format!("p{n}=")).collect::<Vec<_>>().join("&");
        for form in [
            &b"a=1&a=2"[..],
            b"a=1&%61=2",
            b"a=%",
            b"a=%4",
            b"a=%zz",
            b"a=%+1",
            b"a=%ff",
            b"a=\xff",
            many.as_bytes(),
        ] {
            assert_eq!(parse(form, 10_000), None, "{}", String::from_utf8_lossy(form));
        }
        assert_eq!(parse(b"a=12345", 6), None);
    }
}
