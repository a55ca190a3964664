//! A card: an SVG template filled in with claims ("SVG Rendering" of draft-ietf-oauth-sd-jwt-vc), safe whoever wrote either.
//!
//! The template is read as the small part of XML and SVG that a card needs and written anew from what was read, so that
//! nothing passes that was not understood. Refused: every element and attribute that is not listed here (so scripts, event
//! handlers, styles, links, images, animations, foreign objects), elements among the words of a title, comments, declarations, entities, references outside
//! the drawing, unbalanced or deep nesting, placeholders outside text or unknown to the type metadata.

use std::fmt::Write as _;

use serde_json::Value;

use super::TypeMetadata;
use crate::text::printable;

/// Largest template in bytes.
pub const MAX_BYTES: usize = 32 * 1024;
/// Largest drawing in bytes.
const MAX_DRAWN: usize = 1024 * 1024;
/// Most placeholders of a template: each costs a look at the claims.
const MAX_PLACEHOLDERS: usize = 128;
/// Elements that hold words and nothing else.
const WORDS_ALONE: [&str; 2] = ["title", "desc"];
/// Deepest nesting of elements.
const MAX_DEPTH: usize = 32;

const ELEMENTS: [&str; 18] = [
    "svg",
    "g",
    "defs",
    "linearGradient",
    "radialGradient",
    "stop",
    "clipPath",
    "rect",
    "circle",
    "ellipse",
    "line",
    "polyline",
    "polygon",
    "path",
    "text",
    "tspan",
    "title",
    "desc",
];
const ATTRIBUTES: [&str; 55] = [
    "aria-label",
    "clip-path",
    "clip-rule",
    "cx",
    "cy",
    "d",
    "dominant-baseline",
    "dx",
    "dy",
    "fill",
    "fill-opacity",
    "fill-rule",
    "font-family",
    "font-size",
    "font-style",
    "font-weight",
    "fx",
    "fy",
    "gradientTransform",
    "gradientUnits",
    "height",
    "id",
    "letter-spacing",
    "offset",
    "opacity",
    "points",
    "preserveAspectRatio",
    "r",
    "role",
    "rotate",
    "rx",
    "ry",
    "spreadMethod",
    "stop-color",
    "stop-opacity",
    "stroke",
    "stroke-dasharray",
    "stroke-dashoffset",
    "stroke-linecap",
    "stroke-linejoin",
    "stroke-opacity",
    "stroke-width",
    "text-anchor",
    "textLength",
    "transform",
    "version",
    "viewBox",
    "width",
    "x",
    "x1",
    "x2",
    "xmlns",
    "y",
    "y1",
    "y2",
];
const NAMESPACE: &str = "http://www.w3.org/2000/svg";

/// Why a card is not drawn: the fault of who wrote the template.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum CardError {
    /// Over [`MAX_BYTES`], nested too deeply, with too many placeholders, or too large when it is filled in.
    #[error("the card is too large")]
    TooLarge,
    /// It is not the part of XML that is read here.
    #[error("the card is not plain, well-formed SVG")]
    Malformed,
    /// An element or attribute that a card does not need and that could run or load something.
    #[error("the card has an element, attribute or reference that is not allowed")]
    Forbidden,
    /// A placeholder stands outside text, or the type metadata does not know it.
    #[error("the card has a placeholder that the type does not describe")]
    Placeholder,
}

/// Fills `template` with `claims` as `metadata` names them; what is not among the claims stays empty.
///
/// # Errors
/// [`CardError`].
pub fn draw(template: &str, metadata: &TypeMetadata, claims: &Value) -> Result<String, CardError> {
    if template.len() > MAX_BYTES {
        return Err(CardError::TooLarge);
    }
    if template.matches("{{").count() > MAX_PLACEHOLDERS {
        return Err(CardError::TooLarge);
    }
    let mut rest = template.trim();
    let (mut drawn, mut open) = (String::with_capacity(rest.len() * 2), Vec::<&str>::new());
    while !rest.is_empty() {
        let (text, after) = rest.find('<').and_then(|at| rest.split_at_checked(at)).unwrap_or((rest, ""));
        match open.last() {
            Some(_) => fill(text, metadata, claims, &mut drawn)?,
            None if text.trim().is_empty() => {}
            None => return Err(CardError::Malformed),
        }
        let Some(inner) = after.strip_prefix('<') else { break };
        let (tag, after) = split_tag(inner)?;
        if open.is_empty() && !drawn.is_empty() {
            return Err(CardError::Malformed);
        }
        element(tag, &mut open, &mut drawn)?;
        if drawn.len() > MAX_DRAWN {
            return Err(CardError::TooLarge);
        }
        rest = after;
    }
    if open.is_empty() && !drawn.is_empty() { Ok(drawn) } else { Err(CardError::Malformed) }
}

/// A tag up to its `>`, which may also stand in a quoted value.
fn split_tag(text: &str) -> Result<(&str, &str), CardError> {
    let mut quote = None;
    for (at, c) in text.char_indices() {
        match (quote, c) {
            (None, '>') => {
                let (tag, rest) = text.split_at_checked(at).ok_or(CardError::Malformed)?;
                return Ok((tag, rest.strip_prefix('>').unwrap_or(rest)));
            }
            (None, '"' | '\'') => quote = Some(c),
            (Some(open), c) if open == c => quote = None,
            (_, '<') => return Err(CardError::Malformed),
            _ => {}
        }
    }
    Err(CardError::Malformed)
}

/// Reads one tag and writes it anew.
fn element<'t>(tag: &'t str, open: &mut Vec<&'t str>, drawn: &mut String) -> Result<(), CardError> {
    if let Some(name) = tag.strip_prefix('/') {
        if open.pop() != Some(name.trim_end()) {
            return Err(CardError::Malformed);
        }
        let _ = write!(drawn, "</{}>", name.trim_end());
        return Ok(());
    }
    let (tag, closed) = tag.strip_suffix('/').map_or((tag, false), |tag| (tag, true));
    let name_ends = tag.find(|c: char| c.is_ascii_whitespace()).unwrap_or(tag.len());
    let (name, attributes) = tag.split_at_checked(name_ends).ok_or(CardError::Malformed)?;
    let is_root = drawn.is_empty();
    let among_words = open.last().is_some_and(|within| WORDS_ALONE.contains(within));
    if !ELEMENTS.contains(&name) || is_root != (name == "svg") || among_words {
        return Err(CardError::Forbidden);
    }
    let _ = write!(drawn, "<{name}");
    self::attributes(attributes, drawn)?;
    if closed {
        drawn.push_str("/>");
    } else {
        drawn.push('>');
        open.push(name);
    }
    if open.len() > MAX_DEPTH { Err(CardError::TooLarge) } else { Ok(()) }
}

fn attributes(text: &str, drawn: &mut String) -> Result<(), CardError> {
    let (mut rest, mut seen) = (text.trim_start(), Vec::new());
    while !rest.is_empty() {
        let (name, after) = rest.split_once('=').ok_or(CardError::Malformed)?;
        let name = name.trim_end();
        let after = after.trim_start();
        let quote = after.chars().next().filter(|c| matches!(c, '"' | '\'')).ok_or(CardError::Malformed)?;
        let (value, after) =
            after.strip_prefix(quote).and_then(|rest| rest.split_once(quote)).ok_or(CardError::Malformed)?;
        let spaced = after.is_empty() || after.starts_with(|c: char| c.is_ascii_whitespace());
        if seen.contains(&name) || !spaced {
            return Err(CardError::Malformed);
        }
        seen.push(name);
        if !ATTRIBUTES.contains(&name) || !is_harmless(name, value) {
            return Err(CardError::Forbidden);
        }
        if value.contains("{{") {
            return Err(CardError::Placeholder);
        }
        let _ = write!(drawn, " {name}=\"{value}\"");
        rest = after.trim_start();
    }
    Ok(())
}

/// Whether a value names nothing outside the drawing and hides nothing from this reader.
fn is_harmless(name: &str, value: &str) -> bool {
    if name == "xmlns" {
        return value == NAMESPACE;
    }
    let lower = value.to_ascii_lowercase();
    let local = |target: &str| {
        target.strip_prefix('#').and_then(|id| id.split_once(')')).is_some_and(|(id, _)| is_id(id))
    };
    !value.contains(['<', '&', '\\', '@', '"'])
        && !value.contains(|c: char| c.is_control() && c != '\n' && c != '\t')
        && !lower.contains(':')
        && !lower.contains("/*")
        && lower.split("url(").skip(1).all(local)
        && !lower.contains("image(")
        && !lower.contains("image-set(")
        && !lower.contains("src(")
        && !lower.contains("//")
}

fn is_id(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_'))
}

/// Text between tags: the five entities of XML, and placeholders.
fn fill(text: &str, metadata: &TypeMetadata, claims: &Value, drawn: &mut String) -> Result<(), CardError> {
    let known =
        |rest: &str| ["amp;", "lt;", "gt;", "quot;", "apos;"].iter().any(|entity| rest.starts_with(entity));
    if !text.split('&').skip(1).all(known) || text.contains("]]>") {
        return Err(CardError::Malformed);
    }
    let mut pieces = text.split("{{");
    drawn.push_str(&tamed(pieces.next().unwrap_or_default()));
    for piece in pieces {
        let (id, after) = piece.split_once("}}").ok_or(CardError::Placeholder)?;
        let mut named = metadata.claims.iter().filter(|claim| claim.svg_id.as_deref() == Some(id));
        let claim = named.next().ok_or(CardError::Placeholder)?;
        let values: Vec<String> = claim.path.select(claims).into_iter().filter_map(plain).collect();
        escape(&printable(&values.join(", ")), drawn);
        drawn.push_str(&tamed(after));
    }
    Ok(())
}

/// The template's own words without what could turn the direction of writing or drive a terminal.
fn tamed(text: &str) -> String {
    let tame = |c: char| match c {
        '\n' | '\t' => c,
        _ => printable(c.encode_utf8(&mut [0; 4])).chars().next().unwrap_or(c),
    };
    text.chars().map(tame).collect()
}

/// A claim's value as a person reads it; objects are shown by their members' own placeholders.
fn plain(value: &Value) -> Option<String> {
    match value {
        Value::String(text) => Some(text.clone()),
        Value::Number(number) => Some(number.to_string()),
        Value::Bool(truth) => Some(truth.to_string()),
        Value::Array(elements) => {
            let elements: Vec<String> = elements.iter().filter_map(plain).collect();
            Some(elements.join(", "))
        }
        Value::Null | Value::Object(_) => None,
    }
}

fn escape(text: &str, drawn: &mut String) {
    for c in text.chars() {
        match c {
            '&' => drawn.push_str("&amp;"),
            '<' => drawn.push_str("&lt;"),
            '>' => drawn.push_str("&gt;"),
            '"' => drawn.push_str("&quot;"),
            '\'' => drawn.push_str("&apos;"),
            // An XML processor takes none of these.
            '\u{FFFE}' | '\u{FFFF}' => drawn.push(char::REPLACEMENT_CHARACTER),
            c => drawn.push(c),
        }
    }
}

/// "Claim Metadata": alphanumeric and underscore, not starting with a digit.
pub(super) fn is_svg_id(text: &str) -> bool {
    let starts_well = text.starts_with(|first: char| first.is_ascii_alphabetic() || first == '_');
    starts_well && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_')
}
