//! Element values as claims (RFC 8949 §6.1) and claims as element values.
//!
//! To JSON: bytes become base64url, tags go, dates and texts stay texts, what JSON has no number for is null. Refused: maps
//! whose keys are not text, integers no claim can hold. From JSON an [`ElementType`] says what JSON does not: which text is
//! a date, which is bytes.

use std::collections::BTreeMap;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use jigap_keys::base64url;
use serde_json::{Map, Number, Value as Json};

use crate::cbor::{Item, Value, Writer};
use crate::time::Timestamp;

/// The tag of a date and time as text (`tdate`, RFC 8949 §3.4.1).
pub(super) const TAG_TDATE: u64 = 0;
/// The tag of a date as text (`full-date`, RFC 8943 §2.2).
pub(super) const TAG_FULL_DATE: u64 = 1004;

/// Deepest that an [`ElementType`] may nest.
const MAX_DEPTH: usize = 8;

/// A value as a claim; `None` if it has none.
pub(super) fn to_json(item: &Item<'_>) -> Option<Json> {
    Some(match item.value() {
        Value::Unsigned(number) => Json::from(*number),
        Value::Negative(_) => Json::from(item.as_i64()?),
        Value::Bytes(bytes) => Json::from(base64url::encode(bytes)),
        Value::Text(text) => Json::from(text.as_ref()),
        Value::Array(items) => Json::Array(items.iter().map(to_json).collect::<Option<_>>()?),
        Value::Map(entries) => {
            let entry =
                |(key, value): &(Item<'_>, Item<'_>)| Some((key.as_text()?.to_owned(), to_json(value)?));
            Json::Object(entries.iter().map(entry).collect::<Option<Map<_, _>>>()?)
        }
        Value::Tag(_, item) => to_json(item)?,
        Value::Bool(value) => Json::from(*value),
        Value::Float(number) => Number::from_f64(number.value()).map_or(Json::Null, Json::Number),
        Value::Null | Value::Undefined | Value::Simple(_) => Json::Null,
    })
}

/// Reads a `tdate` as ISO 18013-5 §9.1.2.4 has it: in UTC, without fractions of a second.
pub(super) fn tdate(item: &Item<'_>) -> Option<Timestamp> {
    let text = item.tagged(TAG_TDATE)?.as_text()?;
    let plain = text.len() == "2026-11-28T00:00:00Z".len() && text.ends_with('Z');
    plain.then(|| Timestamp::parse_rfc3339(text))?
}

/// Writes a `tdate`.
pub(super) fn write_tdate(writer: &mut Writer, moment: Timestamp) {
    writer.tag(TAG_TDATE).text(&moment.to_rfc3339());
}

/// What an element's value is in CBOR, where JSON does not say.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ElementType {
    /// As JSON has it: text, integer, number, boolean, array, map.
    Any,
    /// `tstr`
    Text,
    /// `uint` or `int`
    Integer,
    /// `bool`
    Boolean,
    /// `bstr`; base64url in JSON.
    Bytes,
    /// `bstr`; a data URL in base64 in JSON, as the pictures of our types are.
    Image,
    /// `full-date` (`#6.1004(tstr)`), `YYYY-MM-DD`.
    FullDate,
    /// `tdate` (`#6.0(tstr)`), RFC 3339 in UTC.
    DateTime,
    /// An array of elements of one type.
    Array(Box<Self>),
    /// A map: what its members are; those not named are [`ElementType::Any`].
    Map(BTreeMap<String, Self>),
}

/// A claim is not of the type its element has, or a type is malformed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the claim is not of the type that the data element has")]
pub struct NotOfType;

impl ElementType {
    /// Reads the form that type folders have (schemas/README.md): a name, `{"array": …}` or `{"map": {…}}`.
    pub fn from_json(value: &Json) -> Option<Self> {
        Self::read(value, MAX_DEPTH)
    }

    fn read(value: &Json, depth: usize) -> Option<Self> {
        let depth = depth.checked_sub(1)?;
        if let Some(name) = value.as_str() {
            return Some(match name {
                "any" => Self::Any,
                "tstr" => Self::Text,
                "int" => Self::Integer,
                "bool" => Self::Boolean,
                "bstr" => Self::Bytes,
                "image" => Self::Image,
                "full-date" => Self::FullDate,
                "tdate" => Self::DateTime,
                _ => return None,
            });
        }
        let members = value.as_object().filter(|members| members.len() == 1)?;
        match members.iter().next()? {
            (kind, element) if kind == "array" => Some(Self::Array(Box::new(Self::read(element, depth)?))),
            (kind, Json::Object(members)) if kind == "map" => {
                let member =
                    |(name, value): (&String, &Json)| Some((name.clone(), Self::read(value, depth)?));
                members.iter().map(member).collect::<Option<_>>().map(Self::Map)
            }
            _ => None,
        }
    }

    /// A claim as CBOR of this type.
    ///
    /// # Errors
    /// [`NotOfType`].
    pub fn encode(&self, value: &Json) -> Result<Vec<u8>, NotOfType> {
        let mut writer = Writer::new();
        self.write(&mut writer, value).ok_or(NotOfType)?;
        Ok(writer.into_bytes())
    }

    fn write(&self, writer: &mut Writer, value: &Json) -> Option<()> {
        match (self, value) {
            (Self::Any, value) => return write_any(writer, value),
            (Self::Text, Json::String(text)) => writer.text(text),
            (Self::Integer, Json::Number(_)) => return write_integer(writer, value),
            (Self::Boolean, Json::Bool(value)) => writer.bool(*value),
            (Self::Bytes, Json::String(text)) => writer.bytes(&base64url::decode(text).ok()?),
            (Self::Image, Json::String(text)) => {
                let (head, picture) = text.strip_prefix("data:image/")?.split_once(',')?;
                writer.bytes(&STANDARD.decode(picture).ok().filter(|_| head.ends_with(";base64"))?)
            }
            (Self::FullDate, Json::String(text)) if is_full_date(text) => {
                writer.tag(TAG_FULL_DATE).text(text)
            }
            (Self::DateTime, Json::String(text)) => {
                write_tdate(writer, Timestamp::parse_rfc3339(text)?);
                writer
            }
            (Self::Array(of), Json::Array(elements)) => {
                writer.array(elements.len());
                return elements.iter().try_for_each(|element| of.write(writer, element));
            }
            (Self::Map(of), Json::Object(members)) => {
                writer.map(members.len());
                return members.iter().try_for_each(|(name, value)| {
                    writer.text(name);
                    of.get(name).unwrap_or(&Self::Any).write(writer, value)
                });
            }
            _ => return None,
        };
        Some(())
    }
}

fn write_integer(writer: &mut Writer, value: &Json) -> Option<()> {
    match (value.as_u64(), value.as_i64()) {
        (Some(number), _) => writer.unsigned(number),
        (None, number) => writer.integer(number?),
    };
    Some(())
}

fn write_any(writer: &mut Writer, value: &Json) -> Option<()> {
    match value {
        Json::Null => writer.null(),
        Json::Bool(value) => writer.bool(*value),
        Json::Number(number) => match write_integer(writer, value) {
            Some(()) => writer,
            None => writer.float(number.as_f64()?),
        },
        Json::String(text) => writer.text(text),
        Json::Array(elements) => {
            writer.array(elements.len());
            return elements.iter().try_for_each(|element| write_any(writer, element));
        }
        Json::Object(members) => {
            writer.map(members.len());
            return members.iter().try_for_each(|(name, value)| {
                writer.text(name);
                write_any(writer, value)
            });
        }
    };
    Some(())
}

/// `YYYY-MM-DD`, a day there is.
fn is_full_date(text: &str) -> bool {
    text.len() == 10 && Timestamp::parse_rfc3339(&format!("{text}T00:00:00Z")).is_some()
}
