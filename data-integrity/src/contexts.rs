//! The registry of JSON-LD contexts: a document may use these and no others, and none is ever fetched.
//!
//! Each is taken in only if it hides nothing from signatures (VC-DATA-INTEGRITY §5.2): a context that gave a keyword
//! another name, or mapped a term to null, would let a document carry words that vanish on the way to RDF.

use std::collections::BTreeMap;
use std::sync::LazyLock;

use jigap_keys::json::{self, Limits};
use serde_json::Value;

use crate::ContextError;

/// W3C's contexts as the crate `ssi-contexts` brings them and, in our own words, the terms of the citizenship vocabulary
/// that W3C's test vectors use: what it leaves out is an undefined term, hence refused.
const KNOWN: &[(&str, &str)] = &[
    ("https://www.w3.org/2018/credentials/v1", ssi_contexts::CREDENTIALS_V1),
    ("https://www.w3.org/ns/credentials/v2", ssi_contexts::CREDENTIALS_V2),
    ("https://www.w3.org/ns/credentials/examples/v2", ssi_contexts::CREDENTIALS_EXAMPLES_V2),
    ("https://w3id.org/security/data-integrity/v1", ssi_contexts::W3ID_DATA_INTEGRITY_V1),
    ("https://w3id.org/security/data-integrity/v2", ssi_contexts::W3ID_DATA_INTEGRITY_V2),
    ("https://w3id.org/citizenship/v4rc1", include_str!("../contexts/citizenship-v4rc1.jsonld")),
];

/// For context documents: 256 KiB, 32 deep.
const LIMITS: Limits = Limits { bytes: 1 << 18, depth: 32 };

/// Contexts by their URL.
#[derive(Clone, Default)]
pub struct Contexts(BTreeMap<String, Value>);

impl std::fmt::Debug for Contexts {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_set().entries(self.0.keys()).finish()
    }
}

impl Contexts {
    /// Those that everybody may use: W3C's for credentials and Data Integrity.
    pub fn known() -> &'static Self {
        static ALL: LazyLock<Contexts> = LazyLock::new(|| {
            let mut contexts = Contexts::default();
            for (url, document) in KNOWN {
                // One that does not hold is missing, which the tests notice; a document that names it is refused.
                let _taken = contexts.insert(url, document.as_bytes());
            }
            contexts
        });
        &ALL
    }

    /// Takes in the context document of `url`, in place of an earlier one.
    ///
    /// # Errors
    /// [`ContextError`].
    pub fn insert(&mut self, url: &str, document: &[u8]) -> Result<(), ContextError> {
        if !url.contains(':') {
            return Err(ContextError::Url);
        }
        let mut value = json::parse(document, LIMITS).map_err(|_| ContextError::Form)?;
        let context = value.get_mut("@context").map(Value::take).ok_or(ContextError::Form)?;
        hides_nothing(&context)?;
        self.0.insert(url.to_owned(), context);
        Ok(())
    }

    /// Whether the context of `url` is known.
    pub fn contains(&self, url: &str) -> bool {
        self.0.contains_key(url)
    }

    pub(crate) fn get(&self, url: &str) -> Option<&Value> {
        self.0.get(url)
    }

    /// The URLs of the known contexts, in order.
    pub fn urls(&self) -> impl Iterator<Item = &str> {
        self.0.keys().map(String::as_str)
    }
}

/// Refuses a context, or one inside it, whose terms could make something vanish.
fn hides_nothing(context: &Value) -> Result<(), ContextError> {
    match context {
        // Resets what was defined outside: undefined terms are refused anyway.
        Value::Null | Value::String(_) => Ok(()),
        Value::Array(contexts) => contexts.iter().try_for_each(hides_nothing),
        Value::Object(members) => {
            for (term, definition) in members {
                match term.as_str() {
                    "@import" => return Err(ContextError::Hides),
                    keyword if keyword.starts_with('@') => {}
                    _ => hides_no_value(term, definition)?,
                }
            }
            Ok(())
        }
        _ => Err(ContextError::Form),
    }
}

fn hides_no_value(term: &str, definition: &Value) -> Result<(), ContextError> {
    let (mapping, scoped) = match definition {
        Value::Null => return Err(ContextError::Hides),
        Value::String(_) => (Some(definition), None),
        Value::Object(members) if members.contains_key("@reverse") => return Err(ContextError::Hides),
        Value::Object(members) => (members.get("@id"), members.get("@context")),
        _ => return Err(ContextError::Form),
    };
    let allowed = match mapping {
        None => true,
        Some(Value::String(iri)) if iri.starts_with('@') => {
            [("id", "@id"), ("type", "@type")].contains(&(term, iri.as_str()))
        }
        Some(Value::String(_)) => true,
        Some(_) => false,
    };
    if !allowed {
        return Err(ContextError::Hides);
    }
    scoped.map_or(Ok(()), hides_nothing)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_known_context_is_taken_in() {
        assert_eq!(Contexts::known().urls().count(), KNOWN.len());
    }

    #[test]
    fn a_context_that_hides_something_is_refused() {
        let hiding = [
            r#"{"@context": {"secret": null}}"#,
            r#"{"@context": {"secret": {"@id": null}}}"#,
            r#"{"@context": {"sprache": "@language"}}"#,
            r#"{"@context": {"key": "@id"}}"#,
            r#"{"@context": {"order": {"@id": "@index"}}}"#,
            r#"{"@context": {"of": {"@reverse": "https://example.com/has"}}}"#,
            r#"{"@context": {"Thing": {"@id": "https://e.com/T", "@context": {"secret": null}}}}"#,
            r#"{"@context": [{"@import": "https://example.com/other"}]}"#,
        ];
        for document in hiding {
            let refused = Contexts::default().insert("https://example.com/c", document.as_bytes());
            assert_eq!(refused, Err(ContextError::Hides), "{document}");
        }
    }

    #[test]
    fn what_is_no_context_document_is_refused() {
        for document in ["", "[]", "{}", r#"{"@context": 5}"#, r#"{"@context": {}, "@context": {}}"#] {
            let refused = Contexts::default().insert("https://example.com/c", document.as_bytes());
            assert_eq!(refused, Err(ContextError::Form), "{document}");
        }
        assert_eq!(Contexts::default().insert("c", br#"{"@context": {}}"#), Err(ContextError::Url));
    }
}
