//! JSON Canonicalization Scheme (RFC 8785). Refused: integers that no double holds exactly, since two documents that
//! differ would have one canonical form; nesting beyond what [`parse`](super::parse) reads.

use std::cmp::Ordering;

use serde_json::{Map, Number, Value};

use super::{DEEPEST, JsonError};
use crate::hash::{HashAlgorithm, Sink};

/// The canonical form: no white space, members sorted by UTF-16 code units, numbers as ECMAScript writes them.
///
/// # Errors
/// [`JsonError::InexactNumber`] for an integer that no double holds exactly, [`JsonError::TooDeep`] beyond 126 levels.
pub fn canonicalize(value: &Value) -> Result<String, JsonError> {
    let mut out = String::new();
    write(value, DEEPEST, &mut out)?;
    Ok(out)
}

/// The hash of the canonical form of an object with these members, each named once.
///
/// # Errors
/// As [`canonicalize`].
pub fn digest_object<'a>(
    members: impl IntoIterator<Item = (&'a str, &'a Value)>,
    hash: HashAlgorithm,
) -> Result<Vec<u8>, JsonError> {
    let mut out = hash.hasher();
    write_sorted(members.into_iter().collect(), DEEPEST - 1, &mut out)?;
    Ok(out.finish())
}

fn write(value: &Value, depth: usize, out: &mut impl Sink) -> Result<(), JsonError> {
    let inner = depth.checked_sub(1).ok_or(JsonError::TooDeep);
    match value {
        Value::Null => out.put("null"),
        Value::Bool(true) => out.put("true"),
        Value::Bool(false) => out.put("false"),
        Value::Number(number) => write_number(number, out)?,
        Value::String(text) => write_string(text, out),
        Value::Array(items) => write_array(items, inner?, out)?,
        Value::Object(members) => write_object(members, inner?, out)?,
    }
    Ok(())
}

fn write_array(items: &[Value], depth: usize, out: &mut impl Sink) -> Result<(), JsonError> {
    let mut separator = "[";
    for item in items {
        out.put(separator);
        separator = ",";
        write(item, depth, out)?;
    }
    out.put(if items.is_empty() { "[]" } else { "]" });
    Ok(())
}

/// Without a list of its own where the members are in order already: in the order of UTF-8 they are.
fn write_object(members: &Map<String, Value>, depth: usize, out: &mut impl Sink) -> Result<(), JsonError> {
    if members.keys().is_sorted_by(|a, b| in_order(a, b).is_lt()) {
        return write_members(members.iter().map(|(name, value)| (name.as_str(), value)), depth, out);
    }
    write_sorted(members.iter().map(|(name, value)| (name.as_str(), value)).collect(), depth, out)
}

fn write_sorted(
    mut members: Vec<(&str, &Value)>,
    depth: usize,
    out: &mut impl Sink,
) -> Result<(), JsonError> {
    members.sort_unstable_by(|(a, _), (b, _)| in_order(a, b));
    write_members(members.into_iter(), depth, out)
}

fn write_members<'a>(
    members: impl Iterator<Item = (&'a str, &'a Value)>,
    depth: usize,
    out: &mut impl Sink,
) -> Result<(), JsonError> {
    let mut separator = "{";
    for (name, value) in members {
        out.put(separator);
        separator = ",";
        write_string(name, out);
        out.put(":");
        write(value, depth, out)?;
    }
    out.put(if separator == "{" { "{}" } else { "}" });
    Ok(())
}

/// RFC 8785 §3.2.3: by UTF-16 code units. UTF-8 sorts in another order only where surrogates are compared with what is
/// beyond them, which begins with the byte EE.
fn in_order(a: &str, b: &str) -> Ordering {
    let beyond = |name: &str| name.bytes().any(|byte| byte >= 0xee);
    if beyond(a) && beyond(b) { a.encode_utf16().cmp(b.encode_utf16()) } else { a.cmp(b) }
}

/// RFC 8785 §3.2.2.2.
fn write_string(text: &str, out: &mut impl Sink) {
    out.put("\"");
    let mut rest = text;
    while let Some(at) = rest.bytes().position(|byte| byte < b' ' || matches!(byte, b'"' | b'\\')) {
        let (plain, from) = rest.split_at(at);
        out.put(plain);
        let mut characters = from.chars();
        if let Some(character) = characters.next() {
            match short_escape(character) {
                Some(escape) => out.put(escape),
                None => out.put(&format!("\\u{:04x}", u32::from(character))),
            }
        }
        rest = characters.as_str();
    }
    out.put(rest);
    out.put("\"");
}

/// The two characters that quoted texts have for one that must be escaped, in canonical JSON (RFC 8785 §3.2.2.2) as in
/// canonical N-Quads.
pub const fn short_escape(character: char) -> Option<&'static str> {
    Some(match character {
        '"' => "\\\"",
        '\\' => "\\\\",
        '\u{8}' => "\\b",
        '\t' => "\\t",
        '\n' => "\\n",
        '\u{c}' => "\\f",
        '\r' => "\\r",
        _ => return None,
    })
}

/// RFC 8785 §3.2.2.3: the shortest decimal of the double that the number is. An integer that is no double is refused, unless
/// it is that shortest decimal: so what is canonical has a canonical form, itself.
fn write_number(number: &Number, out: &mut impl Sink) -> Result<(), JsonError> {
    let double = number.as_f64().filter(|it| it.is_finite()).ok_or(JsonError::InexactNumber)?;
    let mut buffer = ryu_js::Buffer::new();
    let shortest = buffer.format_finite(double);
    let integer = number.as_u64().map(i128::from).or(number.as_i64().map(i128::from));
    // Integers are compared back; what is no integer was read as a double already.
    if integer.is_some_and(|integer| double as i128 != integer && integer.to_string() != shortest) {
        return Err(JsonError::InexactNumber);
    }
    out.put(shortest);
    Ok(())
}
