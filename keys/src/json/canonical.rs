//! JSON Canonicalization Scheme (RFC 8785). Refused: integers that no double holds exactly, since two documents that
//! differ would have one canonical form; nesting beyond what [`parse`](super::parse) reads.

use std::cmp::Ordering;
use std::fmt::Write as _;

use serde_json::{Map, Number, Value};

use super::{DEEPEST, JsonError};

/// The canonical form: no white space, members sorted by UTF-16 code units, numbers as ECMAScript writes them.
///
/// # Errors
/// [`JsonError::InexactNumber`] for an integer that no double holds exactly, [`JsonError::TooDeep`] beyond 126 levels.
pub fn canonicalize(value: &Value) -> Result<String, JsonError> {
    let mut out = String::new();
    write(value, DEEPEST, &mut out)?;
    Ok(out)
}

/// The canonical form of an object with these members, each named once.
///
/// # Errors
/// As [`canonicalize`].
pub fn canonicalize_object<'a>(
    members: impl IntoIterator<Item = (&'a str, &'a Value)>,
) -> Result<String, JsonError> {
    let mut out = String::new();
    write_members(members.into_iter().collect(), DEEPEST - 1, &mut out)?;
    Ok(out)
}

fn write(value: &Value, depth: usize, out: &mut String) -> Result<(), JsonError> {
    let inner = depth.checked_sub(1).ok_or(JsonError::TooDeep);
    match value {
        Value::Null => out.push_str("null"),
        Value::Bool(true) => out.push_str("true"),
        Value::Bool(false) => out.push_str("false"),
        Value::Number(number) => write_number(number, out)?,
        Value::String(text) => write_string(text, out),
        Value::Array(items) => write_array(items, inner?, out)?,
        Value::Object(members) => write_object(members, inner?, out)?,
    }
    Ok(())
}

fn write_array(items: &[Value], depth: usize, out: &mut String) -> Result<(), JsonError> {
    let mut separator = '[';
    for item in items {
        out.push(separator);
        separator = ',';
        write(item, depth, out)?;
    }
    out.push_str(if items.is_empty() { "[]" } else { "]" });
    Ok(())
}

fn write_object(members: &Map<String, Value>, depth: usize, out: &mut String) -> Result<(), JsonError> {
    write_members(members.iter().map(|(name, value)| (name.as_str(), value)).collect(), depth, out)
}

fn write_members(mut members: Vec<(&str, &Value)>, depth: usize, out: &mut String) -> Result<(), JsonError> {
    members.sort_unstable_by(|(a, _), (b, _)| in_order(a, b));
    let mut separator = '{';
    for (name, value) in &members {
        out.push(separator);
        separator = ',';
        write_string(name, out);
        out.push(':');
        write(value, depth, out)?;
    }
    out.push_str(if members.is_empty() { "{}" } else { "}" });
    Ok(())
}

/// RFC 8785 §3.2.3: by UTF-16 code units. UTF-8 sorts in another order only where surrogates are compared with what is
/// beyond them, which begins with the byte EE.
fn in_order(a: &str, b: &str) -> Ordering {
    let beyond = |name: &str| name.bytes().any(|byte| byte >= 0xee);
    if beyond(a) && beyond(b) { a.encode_utf16().cmp(b.encode_utf16()) } else { a.cmp(b) }
}

/// RFC 8785 §3.2.2.2.
fn write_string(text: &str, out: &mut String) {
    out.push('"');
    let mut rest = text;
    while let Some(at) = rest.bytes().position(|byte| byte < b' ' || matches!(byte, b'"' | b'\\')) {
        let (plain, from) = rest.split_at(at);
        out.push_str(plain);
        let mut characters = from.chars();
        if let Some(character) = characters.next() {
            match short_escape(character) {
                Some(escape) => out.push_str(escape),
                // Writing to a String cannot fail.
                None => {
                    let _written = write!(out, "\\u{:04x}", u32::from(character));
                }
            }
        }
        rest = characters.as_str();
    }
    out.push_str(rest);
    out.push('"');
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
fn write_number(number: &Number, out: &mut String) -> Result<(), JsonError> {
    let double = number.as_f64().filter(|it| it.is_finite()).ok_or(JsonError::InexactNumber)?;
    let mut buffer = ryu_js::Buffer::new();
    let shortest = buffer.format_finite(double);
    let integer = number.as_u64().map(i128::from).or(number.as_i64().map(i128::from));
    // Integers are compared back; what is no integer was read as a double already.
    if integer.is_some_and(|integer| double as i128 != integer && integer.to_string() != shortest) {
        return Err(JsonError::InexactNumber);
    }
    out.push_str(shortest);
    Ok(())
}
