//! CBOR (RFC 8949) read strictly and without copying, and written in the shortest form.
//!
//! What is signed in COSE and ISO 18013-5 is bytes, never values: an [`Item`] keeps the very slice it was read from, so
//! that nothing that was signed or digested is ever encoded anew. That is why the reader is our own: `ciborium` reads
//! into values that have forgotten their bytes, and neither bounds what it reads nor sees a key that stands twice.
//!
//! Refused: more than the caller's [`Limits`] in bytes, depth or items; a map with a key twice; bytes that follow the
//! item; text that is not UTF-8; reserved heads. Allowed, as RFC 8949 §3 and §4 leave them to the sender: indefinite
//! lengths, and heads longer than they need to be.

mod read;
mod write;

use std::borrow::Cow;
use std::cmp::Ordering;
use std::fmt;

pub use read::parse;
pub use write::Writer;

/// The tag of an embedded CBOR item (RFC 8949 §3.4.5.1).
pub const TAG_ENCODED_CBOR: u64 = 24;

/// What a reader puts up with.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limits {
    /// Most bytes of the whole.
    pub bytes: usize,
    /// Most steps from the outermost item to the innermost: arrays, maps and tags count one each.
    pub depth: usize,
    /// Most items in all, those inside others included.
    pub items: usize,
}

impl Limits {
    /// For a message of a protocol: 1 MiB, 16 deep, 16,384 items.
    pub const MESSAGE: Self = Self { bytes: 1024 * 1024, depth: 16, items: 16 * 1024 };
    /// For a header or a key: 64 KiB, 8 deep, 256 items.
    pub const HEADER: Self = Self { bytes: 64 * 1024, depth: 8, items: 256 };
}

/// Why bytes are not what a reader takes: always their sender's fault.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum CborError {
    /// More bytes than the limit.
    #[error("the CBOR is too large")]
    TooLarge,
    /// Nested deeper than the limit.
    #[error("the CBOR is nested too deeply")]
    TooDeep,
    /// More items than the limit.
    #[error("the CBOR has too many items")]
    TooManyItems,
    /// It ends inside an item.
    #[error("the CBOR is cut off")]
    Truncated,
    /// A head that RFC 8949 reserves or does not allow where it stands.
    #[error("the CBOR is malformed")]
    Malformed,
    /// A text string that is not UTF-8.
    #[error("a CBOR text string is not UTF-8")]
    NotUtf8,
    /// A map with a key twice.
    #[error("a CBOR map has a key twice")]
    DuplicateKey,
    /// Bytes after the item.
    #[error("bytes follow the CBOR item")]
    TrailingBytes,
}

/// An item as it was read, with its bytes. Two are equal when their values are.
#[derive(Clone)]
pub struct Item<'b> {
    raw: &'b [u8],
    value: Value<'b>,
}

/// What an item is.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum Value<'b> {
    /// An unsigned integer (major type 0).
    Unsigned(u64),
    /// A negative integer (major type 1), as the `n` of `-1 - n`.
    Negative(u64),
    /// A byte string.
    Bytes(Cow<'b, [u8]>),
    /// A text string.
    Text(Cow<'b, str>),
    /// An array.
    Array(Vec<Item<'b>>),
    /// A map, in the order it was written.
    Map(Vec<(Item<'b>, Item<'b>)>),
    /// A tagged item.
    Tag(u64, Box<Item<'b>>),
    /// `false` or `true`.
    Bool(bool),
    /// `null`.
    Null,
    /// `undefined`.
    Undefined,
    /// A floating-point number of any width.
    Float(Float),
    /// Another simple value.
    Simple(u8),
}

/// A floating-point number, ordered and compared by its bits.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Float(u64);

impl Float {
    pub(super) fn new(value: f64) -> Self {
        Self(value.to_bits())
    }

    /// The number.
    pub fn value(self) -> f64 {
        f64::from_bits(self.0)
    }
}

impl<'b> Item<'b> {
    /// The bytes it was read from, head included.
    pub const fn raw(&self) -> &'b [u8] {
        self.raw
    }

    /// What it is.
    pub const fn value(&self) -> &Value<'b> {
        &self.value
    }

    /// The unsigned integer it is.
    pub const fn as_u64(&self) -> Option<u64> {
        match self.value {
            Value::Unsigned(number) => Some(number),
            _ => None,
        }
    }

    /// The integer it is, where it fits.
    pub fn as_i64(&self) -> Option<i64> {
        match self.value {
            Value::Unsigned(number) => i64::try_from(number).ok(),
            Value::Negative(below) => i64::try_from(below).ok().map(|below| -1 - below),
            _ => None,
        }
    }

    /// The byte string it is.
    pub fn as_bytes(&self) -> Option<&[u8]> {
        match &self.value {
            Value::Bytes(bytes) => Some(bytes),
            _ => None,
        }
    }

    /// The text it is.
    pub fn as_text(&self) -> Option<&str> {
        match &self.value {
            Value::Text(text) => Some(text),
            _ => None,
        }
    }

    /// The elements of the array it is.
    pub fn as_array(&self) -> Option<&[Self]> {
        match &self.value {
            Value::Array(items) => Some(items),
            _ => None,
        }
    }

    /// The entries of the map it is.
    pub fn as_map(&self) -> Option<&[(Self, Self)]> {
        match &self.value {
            Value::Map(entries) => Some(entries),
            _ => None,
        }
    }

    /// What it holds, if it is tagged so.
    pub fn tagged(&self, tag: u64) -> Option<&Self> {
        match &self.value {
            Value::Tag(found, item) if *found == tag => Some(item),
            _ => None,
        }
    }

    /// The bytes of the item that it embeds (`#6.24(bstr)`).
    pub fn embedded(&self) -> Option<&[u8]> {
        self.tagged(TAG_ENCODED_CBOR)?.as_bytes()
    }

    /// The value at a text key of the map it is.
    pub fn get(&self, key: &str) -> Option<&Self> {
        self.as_map()?.iter().find(|(name, _)| name.as_text() == Some(key)).map(|(_, value)| value)
    }

    /// The value at an integer key of the map it is.
    pub fn at(&self, key: i64) -> Option<&Self> {
        self.as_map()?.iter().find(|(label, _)| label.as_i64() == Some(key)).map(|(_, value)| value)
    }
}

impl PartialEq for Item<'_> {
    fn eq(&self, other: &Self) -> bool {
        self.value == other.value
    }
}
impl Eq for Item<'_> {}

impl PartialOrd for Item<'_> {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}
impl Ord for Item<'_> {
    fn cmp(&self, other: &Self) -> Ordering {
        self.value.cmp(&other.value)
    }
}

/// Shows the kind and the size: what it says may be somebody's.
impl fmt::Debug for Item<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:?}, {} bytes", self.value, self.raw.len())
    }
}

/// Shows the kind alone.
impl fmt::Debug for Value<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Unsigned(_) | Self::Negative(_) => "integer",
            Self::Bytes(_) => "bytes",
            Self::Text(_) => "text",
            Self::Array(_) => "array",
            Self::Map(_) => "map",
            Self::Tag(..) => "tag",
            Self::Bool(_) => "bool",
            Self::Null => "null",
            Self::Undefined => "undefined",
            Self::Float(_) => "float",
            Self::Simple(_) => "simple",
        })
    }
}

impl fmt::Debug for Float {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("float")
    }
}

#[cfg(test)]
mod tests;
