//! JSON pointers (RFC 6901): which part of a document is meant.
//!
//! Refused: what does not begin with a slash (but for the empty pointer, the whole document), a tilde that escapes
//! nothing, more than 4,096 bytes or 64 steps.

use std::fmt;

use serde_json::Value;

use crate::ProofError;

const MOST_BYTES: usize = 4096;
const MOST_STEPS: usize = 64;
/// How many pointers select from one document.
pub(crate) const MOST_POINTERS: usize = 1024;

/// A JSON pointer: the names and indexes on the way from a document to a part of it.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Pointer {
    steps: Vec<String>,
}

impl Pointer {
    /// Reads a pointer: `/credentialSubject/name`.
    ///
    /// # Errors
    /// [`ProofError::Pointer`].
    pub fn parse(text: &str) -> Result<Self, ProofError> {
        if text.len() > MOST_BYTES {
            return Err(ProofError::Pointer);
        }
        let mut parts = text.split('/');
        if parts.next() != Some("") {
            return Err(ProofError::Pointer);
        }
        Self::from_steps(parts.map(unescape).collect::<Result<Vec<_>, _>>()?)
    }

    /// The pointer that goes through `steps`, names and decimal indexes as they are, without escapes.
    ///
    /// # Errors
    /// [`ProofError::Pointer`] for too many or too long ones.
    pub fn from_steps(steps: impl IntoIterator<Item = impl Into<String>>) -> Result<Self, ProofError> {
        let steps: Vec<String> = steps.into_iter().take(MOST_STEPS + 1).map(Into::into).collect();
        let bytes: usize = steps.iter().map(String::len).sum();
        if steps.len() > MOST_STEPS || bytes > MOST_BYTES {
            return Err(ProofError::Pointer);
        }
        Ok(Self { steps })
    }

    /// Its names and decimal indexes, from the outside in, without escapes.
    pub fn steps(&self) -> &[String] {
        &self.steps
    }

    /// Whether what this one points at is, or holds, what `other` points at.
    pub fn holds(&self, other: &Self) -> bool {
        other.steps.starts_with(&self.steps)
    }

    /// What it points at.
    pub fn find<'v>(&self, document: &'v Value) -> Option<&'v Value> {
        self.steps.iter().try_fold(document, |value, step| match value {
            Value::Object(members) => members.get(step),
            Value::Array(items) => items.get(index(step)?),
            _ => None,
        })
    }
}

/// As RFC 6901 §3 writes it.
impl fmt::Display for Pointer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.steps.iter().try_for_each(|step| write!(f, "/{}", step.replace('~', "~0").replace('/', "~1")))
    }
}

/// An array index without leading zeros (RFC 6901 §4).
fn index(step: &str) -> Option<usize> {
    let plain = step == "0" || (!step.starts_with('0') && step.bytes().all(|byte| byte.is_ascii_digit()));
    step.parse().ok().filter(|_| plain)
}

/// RFC 6901 §4: `~1` is a slash, `~0` a tilde, and no other tilde may stand.
fn unescape(step: &str) -> Result<String, ProofError> {
    let mut out = String::with_capacity(step.len());
    let mut rest = step;
    while let Some((before, after)) = rest.split_once('~') {
        out.push_str(before);
        rest = if let Some(after) = after.strip_prefix('0') {
            out.push('~');
            after
        } else {
            out.push('/');
            after.strip_prefix('1').ok_or(ProofError::Pointer)?
        };
    }
    out.push_str(rest);
    Ok(out)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    /// The examples of RFC 6901 §5.
    #[test]
    fn the_examples_of_the_standard() {
        let document = json!({
            "foo": ["bar", "baz"], "": 0, "a/b": 1, "c%d": 2, "e^f": 3, "g|h": 4, "i\\j": 5, "k\"l": 6, " ": 7, "m~n": 8
        });
        let found = |text: &str| Pointer::parse(text).unwrap().find(&document).cloned();
        assert_eq!(found(""), Some(document.clone()));
        assert_eq!(found("/foo"), Some(json!(["bar", "baz"])));
        assert_eq!(found("/foo/0"), Some(json!("bar")));
        for (text, value) in
            ["/", "/a~1b", "/c%d", "/e^f", "/g|h", "/i\\j", "/k\"l", "/ ", "/m~0n"].iter().zip(0..)
        {
            assert_eq!(found(text), Some(json!(value)), "{text}");
            assert_eq!(Pointer::parse(text).unwrap().to_string(), *text);
        }
        for text in ["/foo/2", "/foo/00", "/foo/01", "/foo/-", "/foo/+1", "/foo/", "/bar", "/foo/0/0", "//"] {
            assert_eq!(found(text), None, "{text}");
        }
    }

    #[test]
    fn what_is_no_pointer_is_refused() {
        let (long, deep) = (format!("/{}", "x".repeat(MOST_BYTES)), "/a".repeat(MOST_STEPS + 1));
        for text in ["issuer", "#/issuer", " /a", "/a~", "/a~2", "/~~1", long.as_str(), deep.as_str()] {
            assert_eq!(Pointer::parse(text), Err(ProofError::Pointer), "{text:.20}");
        }
        assert!(Pointer::parse(&"/a".repeat(MOST_STEPS)).is_ok());
        assert_eq!(Pointer::from_steps([long]), Err(ProofError::Pointer));
    }

    #[test]
    fn a_pointer_holds_what_lies_further_in() {
        let pointer = |text| Pointer::parse(text).unwrap();
        assert!(pointer("").holds(&pointer("/a")));
        assert!(pointer("/a").holds(&pointer("/a")) && pointer("/a").holds(&pointer("/a/b")));
        assert!(!pointer("/a/b").holds(&pointer("/a")) && !pointer("/a").holds(&pointer("/ab")));
    }
}
