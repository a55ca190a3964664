//! Foreign JSON, read strictly (RFC 8259, I-JSON RFC 7493 §2), and the canonical form (RFC 8785).
//!
//! Refused: too many bytes, too much nesting, one name twice in an object, numbers no double can hold, anything behind
//! the value, invalid UTF-8 and lone surrogates, and the reserved member names by which `serde_json` passes numbers on.
//!
//! The number of a value does not depend on the feature `arbitrary_precision` of `serde_json`, which other crates turn
//! on for the whole build: integers are kept up to 64 bits, everything else is the nearest double.

use std::cell::Cell;
use std::fmt;

use serde::Deserializer;
use serde::de::{DeserializeSeed, Error as _, MapAccess, SeqAccess, Visitor};
use serde_json::{Map, Number, Value};

mod canonical;
mod wiped;

pub use canonical::{canonicalize, digest_object, short_escape};
pub use wiped::Wiped;

/// The names by which `serde_json` hands a number or raw text through serde begin so. An object with such a name would
/// turn into a number in the next conversion; no honest document has one.
const RESERVED: &str = "$serde_json::private::";

/// `serde_json` itself goes no deeper than 127.
const DEEPEST: usize = 126;

/// Why JSON was refused: always its author's fault.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum JsonError {
    /// More bytes than the limit.
    #[error("more bytes than the limit allows")]
    TooLarge,
    /// More arrays and objects within each other than the limit.
    #[error("deeper nesting than the limit allows")]
    TooDeep,
    /// An object names one member twice.
    #[error("an object names one member twice")]
    DuplicateName,
    /// A member name that is reserved for the passing on of numbers.
    #[error("a member name is reserved")]
    ReservedName,
    /// Not JSON, not UTF-8, something behind the value, or a number beyond the range of doubles.
    #[error("not JSON")]
    Syntax,
    /// A number that no double holds exactly: it has no canonical form.
    #[error("a number has no canonical form")]
    InexactNumber,
}

/// How much JSON is read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limits {
    /// The most bytes.
    pub bytes: usize,
    /// The most arrays and objects within each other, at most 126: 0 is a bare string or number, 1 `[]`.
    pub depth: usize,
}

impl Limits {
    /// For what a peer sends: 1 MiB, 32 deep.
    pub const MESSAGE: Self = Self { bytes: 1 << 20, depth: 32 };
}

/// Reads one JSON value.
///
/// # Errors
/// [`JsonError`] for the first thing refused.
pub fn parse(bytes: &[u8], limits: Limits) -> Result<Value, JsonError> {
    if bytes.len() > limits.bytes {
        return Err(JsonError::TooLarge);
    }
    let refusal = Cell::new(None);
    let strict = Strict { depth: limits.depth.min(DEEPEST), refusal: &refusal };
    // Once for all: strings need not be looked at again.
    let text = std::str::from_utf8(bytes).map_err(|_| JsonError::Syntax)?;
    let mut json = serde_json::Deserializer::from_str(text);
    let value = strict.deserialize(&mut json).and_then(|value| json.end().map(|()| value));
    value.map_err(|_| refusal.get().unwrap_or(JsonError::Syntax))
}

/// Reads a value with `depth` more levels; leaves in `refusal` what serde's error cannot carry.
#[derive(Clone, Copy)]
struct Strict<'a> {
    depth: usize,
    refusal: &'a Cell<Option<JsonError>>,
}

impl Strict<'_> {
    fn refuse<E: serde::de::Error>(self, error: JsonError) -> E {
        self.refusal.set(Some(error));
        E::custom(error)
    }

    fn deeper<E: serde::de::Error>(self) -> Result<Self, E> {
        match self.depth.checked_sub(1) {
            Some(depth) => Ok(Self { depth, ..self }),
            None => Err(self.refuse(JsonError::TooDeep)),
        }
    }

    fn object<'de, A: MapAccess<'de>>(self, first: String, mut members: A) -> Result<Value, A::Error> {
        let inner = self.deeper()?;
        let mut object = Map::new();
        let mut name = first;
        loop {
            if name.starts_with(RESERVED) {
                return Err(self.refuse(JsonError::ReservedName));
            }
            let value = members.next_value_seed(inner)?;
            if object.insert(name, value).is_some() {
                return Err(self.refuse(JsonError::DuplicateName));
            }
            match members.next_key_seed(NameSeed)? {
                None => return Ok(Value::Object(object)),
                Some(Name::Member(next)) => name = next,
                Some(Name::NumberToken) => return Err(A::Error::custom("a number within an object")),
            }
        }
    }
}

impl<'de> DeserializeSeed<'de> for Strict<'_> {
    type Value = Value;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Value, D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Strict<'_> {
    type Value = Value;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("JSON")
    }

    fn visit_unit<E>(self) -> Result<Value, E> {
        Ok(Value::Null)
    }

    fn visit_bool<E>(self, value: bool) -> Result<Value, E> {
        Ok(Value::Bool(value))
    }

    fn visit_i64<E>(self, value: i64) -> Result<Value, E> {
        Ok(Value::Number(value.into()))
    }

    fn visit_u64<E>(self, value: u64) -> Result<Value, E> {
        Ok(Value::Number(value.into()))
    }

    fn visit_f64<E: serde::de::Error>(self, value: f64) -> Result<Value, E> {
        Number::from_f64(value).map(Value::Number).ok_or_else(|| E::custom("a number out of range"))
    }

    fn visit_str<E>(self, value: &str) -> Result<Value, E> {
        Ok(Value::String(value.to_owned()))
    }

    fn visit_string<E>(self, value: String) -> Result<Value, E> {
        Ok(Value::String(value))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<Value, A::Error> {
        let inner = self.deeper()?;
        let mut array = Vec::new();
        while let Some(item) = items.next_element_seed(inner)? {
            // Most arrays have one or two items; a vector would begin with room for four.
            if array.len() == array.capacity() {
                array.reserve_exact(array.len().max(1));
            }
            array.push(item);
        }
        Ok(Value::Array(array))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut members: A) -> Result<Value, A::Error> {
        match members.next_key_seed(NameSeed)? {
            None => self.deeper().map(|_: Self| Value::Object(Map::new())),
            Some(Name::Member(first)) => self.object(first, members),
            Some(Name::NumberToken) => {
                let text: String = members.next_value()?;
                number(&text).map(Value::Number).ok_or_else(|| A::Error::custom("a number out of range"))
            }
        }
    }
}

/// The number as `serde_json` would have read it without `arbitrary_precision`.
fn number(text: &str) -> Option<Number> {
    // As an integer, "-0" would lose its sign.
    if text != "-0" {
        if let Ok(value) = text.parse::<u64>() {
            return Some(value.into());
        }
        if let Ok(value) = text.parse::<i64>() {
            return Some(value.into());
        }
    }
    text.parse().ok().and_then(Number::from_f64)
}

/// What stands where a member name is expected.
enum Name {
    /// A name in the document.
    Member(String),
    /// With `arbitrary_precision`: the token by which `serde_json` announces the text of a number.
    NumberToken,
}

/// Tells a name from the token: asked for an option, a name in a document answers "some" (a name cannot be null), while
/// the token answers with its text whatever it is asked for.
struct NameSeed;

impl<'de> DeserializeSeed<'de> for NameSeed {
    type Value = Name;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Name, D::Error> {
        deserializer.deserialize_option(self)
    }
}

impl<'de> Visitor<'de> for NameSeed {
    type Value = Name;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a member name")
    }

    fn visit_some<D: Deserializer<'de>>(self, deserializer: D) -> Result<Name, D::Error> {
        serde::Deserialize::deserialize(deserializer).map(Name::Member)
    }

    fn visit_str<E>(self, _: &str) -> Result<Name, E> {
        Ok(Name::NumberToken)
    }
}

#[cfg(test)]
mod tests;
