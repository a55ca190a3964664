//! Parameters of `application/x-www-form-urlencoded` bodies and of queries (RFC 6749 Appendix B, §3.1 and §3.2).
//!
//! Refused: a name that stands there twice, a broken percent-encoding, bytes that are not UTF-8, more than
//! [`Form::MAX_PARAMETERS`] parameters. A parameter without a value counts as absent, and unknown ones are for the reader to
//! ignore, unless the reader says by [`Form::only`] and [`Form::flag`] that a slip of the pen must not go unseen.

use serde::de::DeserializeOwned;
use serde_json::{Map, Value};

/// Parameters by name. No `Debug`: values hold codes and credentials.
#[derive(Clone, PartialEq, Eq, Default)]
pub struct Form(Vec<(String, String)>);

/// The sender's fault.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum FormError {
    /// A name stands there twice.
    #[error("a parameter stands there twice")]
    Duplicate,
    /// `%` without two hex digits, or bytes that are not UTF-8.
    #[error("a parameter is not well-formed")]
    Malformed,
    /// More than [`Form::MAX_PARAMETERS`].
    #[error("too many parameters")]
    TooMany,
    /// A parameter that is needed is missing or of the wrong kind.
    #[error("the parameters are not those expected")]
    Unexpected,
    /// A name that is not known here.
    #[error("there is a parameter that is not known here")]
    Unknown,
    /// Neither `true` nor `false`.
    #[error("a parameter is neither true nor false")]
    NotABoolean,
}

impl Form {
    /// Most parameters a form may have.
    pub const MAX_PARAMETERS: usize = 64;

    /// Reads `a=1&b=%20+`. The size is bounded by who read the bytes.
    pub fn parse(bytes: &[u8]) -> Result<Self, FormError> {
        let mut parameters: Vec<(String, String)> = Vec::new();
        for pair in bytes.split(|byte| *byte == b'&').filter(|pair| !pair.is_empty()) {
            if parameters.len() == Self::MAX_PARAMETERS {
                return Err(FormError::TooMany);
            }
            let mut halves = pair.splitn(2, |byte| *byte == b'=');
            let name = decode(halves.next().unwrap_or_default())?;
            let value = decode(halves.next().unwrap_or_default())?;
            if parameters.iter().any(|(known, _)| *known == name) {
                return Err(FormError::Duplicate);
            }
            parameters.push((name, value));
        }
        Ok(Self(parameters))
    }

    /// Refuses parameters of other names, also without a value.
    pub fn only(&self, names: &[&str]) -> Result<(), FormError> {
        let known = |(name, _): &(String, String)| names.contains(&name.as_str());
        if self.0.iter().all(known) { Ok(()) } else { Err(FormError::Unknown) }
    }

    /// Whether `name` is `true` or `false`; `None` where it is absent. Without a value it is neither.
    pub fn flag(&self, name: &str) -> Result<Option<bool>, FormError> {
        match self.0.iter().find(|(known, _)| known == name).map(|(_, value)| value.as_str()) {
            None => Ok(None),
            Some("true") => Ok(Some(true)),
            Some("false") => Ok(Some(false)),
            Some(_) => Err(FormError::NotABoolean),
        }
    }

    /// The value of `name`; `None` where it is absent or empty.
    pub fn value(&self, name: &str) -> Option<&str> {
        let found = self.0.iter().find(|(known, _)| known == name);
        found.map(|(_, value)| value.as_str()).filter(|value| !value.is_empty())
    }

    /// The parameters as a `T` with string members; unknown ones are ignored unless `T` refuses them.
    pub fn read<T: DeserializeOwned>(self) -> Result<T, FormError> {
        let members: Map<String, Value> = self
            .0
            .into_iter()
            .filter(|(_, value)| !value.is_empty())
            .map(|(name, value)| (name, value.into()))
            .collect();
        serde_json::from_value(Value::Object(members)).map_err(|_| FormError::Unexpected)
    }
}

fn decode(text: &[u8]) -> Result<String, FormError> {
    let mut decoded = Vec::with_capacity(text.len());
    let mut bytes = text.iter().copied();
    while let Some(byte) = bytes.next() {
        decoded.push(match byte {
            b'+' => b' ',
            b'%' => {
                let (high, low) = (bytes.next().and_then(hex_digit), bytes.next().and_then(hex_digit));
                high.zip(low).map(|(high, low)| high << 4 | low).ok_or(FormError::Malformed)?
            }
            other => other,
        });
    }
    String::from_utf8(decoded).map_err(|_| FormError::Malformed)
}

fn hex_digit(byte: u8) -> Option<u8> {
    char::from(byte).to_digit(16).and_then(|digit| u8::try_from(digit).ok())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn refusal(text: &str) -> Option<FormError> {
        Form::parse(text.as_bytes()).err()
    }

    #[test]
    fn parameters_are_decoded() {
        let form = Form::parse("a=1&%EA%B0%80=%EB%82%98+%2B&empty=&flag&e==&".as_bytes()).ok().unwrap();
        assert_eq!(form.value("a"), Some("1"));
        assert_eq!(form.value("가"), Some("나 +"));
        assert_eq!(form.value("e"), Some("="));
        assert_eq!((form.value("empty"), form.value("flag"), form.value("absent")), (None, None, None));
    }

    #[test]
    fn a_name_twice_is_refused_however_it_is_written() {
        for text in ["a=1&a=1", "a=1&%61=2", "a=&a=1", "a&a", "=1&=2"] {
            assert_eq!(refusal(text), Some(FormError::Duplicate), "{text}");
        }
    }

    #[test]
    fn broken_encodings_are_refused() {
        for text in ["a=%", "a=%2", "a=%zz", "a=%+1", "%=1", "a=%ff", "a=%C0%AF", "a=%ED%A0%80", "a=% 1"] {
            assert_eq!(refusal(text), Some(FormError::Malformed), "{text}");
        }
        assert_eq!(Form::parse(b"a=\xff").err(), Some(FormError::Malformed));
    }

    #[test]
    fn a_flood_of_parameters_is_refused() {
        let flood = |count: usize| (0..count).map(|n| format!("p{n}=1&")).collect::<String>();
        assert_eq!(refusal(&flood(Form::MAX_PARAMETERS)), None);
        assert_eq!(refusal(&flood(Form::MAX_PARAMETERS + 1)), Some(FormError::TooMany));
    }

    #[test]
    fn a_slip_of_the_pen_in_a_flag_is_seen() {
        let flag = |text: &str| Form::parse(text.as_bytes()).and_then(|form| form.flag("dry_run"));
        assert_eq!(flag("dry_run=true"), Ok(Some(true)));
        assert_eq!(flag("dry_run=false"), Ok(Some(false)));
        assert_eq!(flag("other=1"), Ok(None));
        for text in ["dry_run=1", "dry_run=True", "dry_run=yes", "dry_run=", "dry_run", "dry_run=+true"] {
            assert_eq!(flag(text), Err(FormError::NotABoolean), "{text}");
        }
        let only = |text: &str| Form::parse(text.as_bytes()).and_then(|form| form.only(&["dry_run"]));
        assert_eq!((only("dry_run=x"), only("")), (Ok(()), Ok(())));
        for text in ["dry-run=true", "dry_run=true&tx", "Dry_run=true"] {
            assert_eq!(only(text), Err(FormError::Unknown), "{text}");
        }
    }

    #[test]
    fn a_form_reads_as_a_type() {
        #[derive(serde::Deserialize, Debug, PartialEq)]
        struct Token {
            grant_type: String,
            tx_code: Option<String>,
        }
        let read = |text: &str| Form::parse(text.as_bytes()).and_then(Form::read::<Token>);
        assert_eq!(
            read("grant_type=x&tx_code=493536&unknown=1"),
            Ok(Token { grant_type: "x".into(), tx_code: Some("493536".into()) })
        );
        assert_eq!(read("grant_type=&tx_code=1"), Err(FormError::Unexpected));
    }
}
