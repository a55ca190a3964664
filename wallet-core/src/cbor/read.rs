//! The reader: one pass, recursion bounded by the depth it allows, memory bounded by the bytes and items.

use std::borrow::Cow;

use super::{CborError, Float, Item, Limits, Value};

/// The end of what has no length of its own (RFC 8949 §3.2.1).
const BREAK: u8 = 0xff;

/// Maps up to this size are searched for a key that stands twice pair by pair, larger ones sorted.
const FEW: usize = 16;

/// Reads the one item that `bytes` are, within `limits`.
///
/// # Errors
/// [`CborError`], as the module says.
pub fn parse(bytes: &[u8], limits: Limits) -> Result<Item<'_>, CborError> {
    if bytes.len() > limits.bytes {
        return Err(CborError::TooLarge);
    }
    let mut reader = Reader { rest: bytes, items: limits.items };
    let item = reader.item(limits.depth)?;
    if reader.rest.is_empty() { Ok(item) } else { Err(CborError::TrailingBytes) }
}

struct Reader<'b> {
    rest: &'b [u8],
    /// How many more items are allowed.
    items: usize,
}

/// The initial byte of an item and its argument; `None`: of indefinite length.
struct Head {
    major: u8,
    info: u8,
    argument: Option<u64>,
}

impl<'b> Reader<'b> {
    fn item(&mut self, depth: usize) -> Result<Item<'b>, CborError> {
        let start = self.rest;
        self.items = self.items.checked_sub(1).ok_or(CborError::TooManyItems)?;
        let head = self.head()?;
        let value = match head.major {
            0 => Value::Unsigned(head.definite()?),
            1 => Value::Negative(head.definite()?),
            2 => Value::Bytes(self.bytes(&head)?),
            3 => Value::Text(text(self.bytes(&head)?)?),
            4 => Value::Array(self.array(&head, below(depth)?)?),
            5 => Value::Map(self.map(&head, below(depth)?)?),
            6 => Value::Tag(head.definite()?, Box::new(self.item(below(depth)?)?)),
            _ => simple(&head)?,
        };
        let length = start.len() - self.rest.len();
        let raw = start.get(..length).ok_or(CborError::Truncated)?;
        Ok(Item { raw, value })
    }

    fn head(&mut self) -> Result<Head, CborError> {
        let (initial, rest) = self.rest.split_first().ok_or(CborError::Truncated)?;
        self.rest = rest;
        let (major, info) = (initial >> 5, initial & 0x1f);
        let argument = match info {
            0..=23 => Some(u64::from(info)),
            24 => Some(u64::from(u8::from_be_bytes(self.take()?))),
            25 => Some(u64::from(u16::from_be_bytes(self.take()?))),
            26 => Some(u64::from(u32::from_be_bytes(self.take()?))),
            27 => Some(u64::from_be_bytes(self.take()?)),
            31 => None,
            _ => return Err(CborError::Malformed),
        };
        Ok(Head { major, info, argument })
    }

    fn take<const N: usize>(&mut self) -> Result<[u8; N], CborError> {
        let (bytes, rest) = self.rest.split_first_chunk::<N>().ok_or(CborError::Truncated)?;
        self.rest = rest;
        Ok(*bytes)
    }

    /// The content of a byte or text string. One of indefinite length is joined from strings of its kind.
    fn bytes(&mut self, head: &Head) -> Result<Cow<'b, [u8]>, CborError> {
        if let Some(length) = head.argument {
            return self.slice(length).map(Cow::Borrowed);
        }
        let mut whole = Vec::new();
        while !self.at_break()? {
            self.items = self.items.checked_sub(1).ok_or(CborError::TooManyItems)?;
            let part = self.head()?;
            if part.major != head.major {
                return Err(CborError::Malformed);
            }
            let part = self.slice(part.argument.ok_or(CborError::Malformed)?)?;
            // Each part of a text is text by itself (RFC 8949 §3.2.3).
            if head.major == 3 && std::str::from_utf8(part).is_err() {
                return Err(CborError::NotUtf8);
            }
            whole.extend_from_slice(part);
        }
        Ok(Cow::Owned(whole))
    }

    fn slice(&mut self, length: u64) -> Result<&'b [u8], CborError> {
        let length = usize::try_from(length).map_err(|_| CborError::Truncated)?;
        let (slice, rest) = self.rest.split_at_checked(length).ok_or(CborError::Truncated)?;
        self.rest = rest;
        Ok(slice)
    }

    fn array(&mut self, head: &Head, depth: usize) -> Result<Vec<Item<'b>>, CborError> {
        let Some(length) = head.argument else {
            let mut items = Vec::new();
            while !self.at_break()? {
                items.push(self.item(depth)?);
            }
            return Ok(items);
        };
        let length = self.count(length, 1)?;
        let mut items = Vec::with_capacity(length);
        for _ in 0..length {
            items.push(self.item(depth)?);
        }
        Ok(items)
    }

    fn map(&mut self, head: &Head, depth: usize) -> Result<Vec<(Item<'b>, Item<'b>)>, CborError> {
        let mut entries = Vec::new();
        match head.argument {
            None => {
                while !self.at_break()? {
                    entries.push((self.item(depth)?, self.item(depth)?));
                }
            }
            Some(length) => {
                let length = self.count(length, 2)?;
                entries.reserve_exact(length);
                for _ in 0..length {
                    entries.push((self.item(depth)?, self.item(depth)?));
                }
            }
        }
        if has_duplicate(&entries) { Err(CborError::DuplicateKey) } else { Ok(entries) }
    }

    /// A count of elements, `each` of so many items, that what is left can hold: nothing is reserved for more.
    fn count(&self, length: u64, each: usize) -> Result<usize, CborError> {
        let length = usize::try_from(length).map_err(|_| CborError::Truncated)?;
        let items = length.checked_mul(each).ok_or(CborError::Truncated)?;
        if items > self.rest.len() {
            return Err(CborError::Truncated);
        }
        if items > self.items { Err(CborError::TooManyItems) } else { Ok(length) }
    }

    fn at_break(&mut self) -> Result<bool, CborError> {
        match self.rest.split_first() {
            Some((&BREAK, rest)) => {
                self.rest = rest;
                Ok(true)
            }
            Some(_) => Ok(false),
            None => Err(CborError::Truncated),
        }
    }
}

impl Head {
    fn definite(&self) -> Result<u64, CborError> {
        self.argument.ok_or(CborError::Malformed)
    }
}

fn below(depth: usize) -> Result<usize, CborError> {
    depth.checked_sub(1).ok_or(CborError::TooDeep)
}

fn text(bytes: Cow<'_, [u8]>) -> Result<Cow<'_, str>, CborError> {
    match bytes {
        Cow::Borrowed(bytes) => std::str::from_utf8(bytes).map(Cow::Borrowed).map_err(|_| CborError::NotUtf8),
        Cow::Owned(bytes) => String::from_utf8(bytes).map(Cow::Owned).map_err(|_| CborError::NotUtf8),
    }
}

/// Major type 7 (RFC 8949 §3.3).
fn simple<'b>(head: &Head) -> Result<Value<'b>, CborError> {
    let argument = head.definite()?;
    Ok(match head.info {
        20 => Value::Bool(false),
        21 => Value::Bool(true),
        22 => Value::Null,
        23 => Value::Undefined,
        25 => Value::Float(Float::new(half(argument))),
        26 => {
            let bits = u32::try_from(argument).map_err(|_| CborError::Malformed)?;
            Value::Float(Float::new(f64::from(f32::from_bits(bits))))
        }
        27 => Value::Float(Float::new(f64::from_bits(argument))),
        info => {
            let value = u8::try_from(argument).map_err(|_| CborError::Malformed)?;
            // Two bytes for what fits in one are no well-formed CBOR here.
            if info == 24 && value < 32 {
                return Err(CborError::Malformed);
            }
            Value::Simple(value)
        }
    })
}

/// IEEE 754 binary16 (RFC 8949 appendix D).
fn half(bits: u64) -> f64 {
    let (exponent, mantissa) = ((bits >> 10) & 0x1f, (bits & 0x3ff) as f64);
    let magnitude = match exponent {
        0 => mantissa * 2f64.powi(-24),
        31 if mantissa == 0.0 => f64::INFINITY,
        31 => f64::NAN,
        _ => (mantissa + 1024.0) * 2f64.powi(exponent as i32 - 25),
    };
    if bits & 0x8000 == 0 { magnitude } else { -magnitude }
}

fn has_duplicate(entries: &[(Item<'_>, Item<'_>)]) -> bool {
    if entries.len() > FEW {
        let mut keys: Vec<_> = entries.iter().map(|(key, _)| key).collect();
        keys.sort_unstable();
        return keys.windows(2).any(|pair| matches!(pair, [one, two] if one == two));
    }
    let mut rest = entries;
    while let Some(((key, _), others)) = rest.split_first() {
        if others.iter().any(|(other, _)| other == key) {
            return true;
        }
        rest = others;
    }
    false
}
