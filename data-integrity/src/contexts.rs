//! The registry of JSON-LD contexts: a document may use these and no others, and none is ever fetched.
//!
//! Each is taken in only if it hides nothing from signatures (VC-DATA-INTEGRITY §5.2): a context that gave a keyword
//! another name, or mapped a term to null, would let a document carry words that vanish on the way to RDF. And it must
//! stand by itself: then what its terms mean is known, and what was signed can be read back by their names.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, LazyLock};

use jigap_keys::json::{self, Limits};
use serde_json::Value;

use crate::active::{Active, Meaning, Scope};
use crate::compiled::{Compiled, Work};
use crate::{ContextError, ProofError};

/// The contexts of W3C and its community group as the crate `ssi-contexts` brings them (data models, keys and proofs, status
/// lists, and the vocabularies of documents that states issue), and those of 1EdTech in our own words (contexts/README.md).
const KNOWN: [(&str, &str); 13] = [
    ("https://www.w3.org/2018/credentials/v1", ssi_contexts::CREDENTIALS_V1),
    ("https://www.w3.org/ns/credentials/v2", ssi_contexts::CREDENTIALS_V2),
    ("https://w3id.org/security/data-integrity/v1", ssi_contexts::W3ID_DATA_INTEGRITY_V1),
    ("https://w3id.org/security/data-integrity/v2", ssi_contexts::W3ID_DATA_INTEGRITY_V2),
    ("https://w3id.org/security/suites/ed25519-2020/v1", ssi_contexts::W3ID_ED2020_V1),
    ("https://w3id.org/security/multikey/v1", ssi_contexts::W3ID_MULTIKEY_V1),
    ("https://www.w3.org/ns/did/v1", ssi_contexts::DID_V1),
    ("https://w3id.org/vc-revocation-list-2020/v1", ssi_contexts::REVOCATION_LIST_2020_V1),
    ("https://w3id.org/vc/status-list/2021/v1", ssi_contexts::STATUS_LIST_2021_V1),
    ("https://w3id.org/vdl/v1", ssi_contexts::VDL_V1),
    ("https://w3id.org/citizenship/v1", ssi_contexts::CITIZENSHIP_V1),
    (
        "https://purl.imsglobal.org/spec/ob/v3p0/context-3.0.3.json",
        include_str!("../contexts/open-badges-3.0.3.jsonld"),
    ),
    (
        "https://purl.imsglobal.org/spec/clr/v2p0/context-2.0.1.json",
        include_str!("../contexts/clr-2.0.1.jsonld"),
    ),
];

/// Of W3C's examples and test vectors: one that defines every word there is, and in our own words the terms of two
/// vocabularies that the vectors use. The examples of VCDM 1.1 lean on ODRL's context, which renames `@id`.
const EXAMPLES: [(&str, &str); 3] = [
    ("https://www.w3.org/ns/credentials/examples/v2", ssi_contexts::CREDENTIALS_EXAMPLES_V2),
    ("https://w3id.org/citizenship/v4rc1", include_str!("../contexts/citizenship-v4rc1.jsonld")),
    ("https://w3id.org/vdl/aamva/v1", include_str!("../contexts/vdl-aamva-v1.jsonld")),
];

/// Contexts of one document, or of a credential in it.
const MOST_CONTEXTS: usize = 16;

/// For context documents: 256 KiB, 32 deep.
const LIMITS: Limits = Limits { bytes: 1 << 18, depth: 32 };

/// Contexts by their URL. Cheap to clone.
#[derive(Clone, Default)]
pub struct Contexts(Arc<Registry>);

#[derive(Clone, Default)]
struct Registry {
    known: BTreeMap<String, Known>,
    /// The names of each IRI, in all contexts.
    names: BTreeMap<String, BTreeSet<String>>,
    /// What any word is appended to, somewhere.
    vocabularies: BTreeSet<String>,
    compiled: Compiled,
}

#[derive(Clone)]
pub(crate) struct Known {
    context: Arc<Value>,
    vocabulary: Vocabulary,
}

impl Known {
    /// The context itself.
    pub(crate) fn context(&self) -> &Value {
        &self.context
    }
}

/// The words a context defines.
#[derive(Clone, Default)]
struct Vocabulary {
    /// IRIs, each with a name.
    terms: Vec<(String, String)>,
    vocabularies: Vec<String>,
}

impl std::fmt::Debug for Contexts {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_set().entries(self.urls()).finish()
    }
}

impl Contexts {
    /// Those that everybody may use: W3C's for credentials, keys, proofs and status lists, and its community group's for
    /// driver's licences and residence cards, and 1EdTech's for badges and learner records.
    pub fn known() -> &'static Self {
        static ALL: LazyLock<Contexts> = LazyLock::new(|| Contexts::default().with_all(&KNOWN));
        &ALL
    }

    /// These, and those of W3C's examples and test vectors: for tests, and for looking at proofs alone. Nobody should be
    /// judged by them: one of them defines whatever word a document uses.
    #[must_use]
    pub fn with_examples(&self) -> Self {
        self.clone().with_all(&EXAMPLES)
    }

    fn with_all(mut self, documents: &[(&str, &str)]) -> Self {
        for (url, document) in documents {
            // One that does not hold is missing, which the tests notice; a document that names it is refused.
            let _taken = self.insert(url, document.as_bytes());
        }
        self
    }

    /// Takes in the context document of `url`, in place of an earlier one. Contexts that it names must be known already.
    ///
    /// # Errors
    /// [`ContextError`]; then `url` stands for no context any more.
    pub fn insert(&mut self, url: &str, document: &[u8]) -> Result<(), ContextError> {
        let known = self.read(url, document);
        let registry = Arc::make_mut(&mut self.0);
        registry.known.remove(url);
        let known = known.map(|known| drop(registry.known.insert(url.to_owned(), known)));
        registry.collect();
        known
    }

    fn read(&self, url: &str, document: &[u8]) -> Result<Known, ContextError> {
        if !url.contains(':') {
            return Err(ContextError::Url);
        }
        let mut value = json::parse(document, LIMITS).map_err(|_| ContextError::Form)?;
        let context = value.get_mut("@context").map(Value::take).ok_or(ContextError::Form)?;
        hides_nothing(&context)?;
        let mut vocabulary = Vocabulary::default();
        vocabulary.collect(Active::initial(), &context, Scope::Document, self)?;
        Ok(Known { context: Arc::new(context), vocabulary })
    }

    /// Whether the context of `url` is known.
    pub fn contains(&self, url: &str) -> bool {
        self.0.known.contains_key(url)
    }

    /// What stands under `@context` in the document of `url`.
    pub fn context(&self, url: &str) -> Option<&Value> {
        self.get(url).map(Known::context)
    }

    /// Whether `context` of a document names known contexts alone, and brings none along.
    pub(crate) fn contains_all(&self, context: Option<&Value>) -> bool {
        let known = |context: &Value| context.as_str().is_some_and(|url| self.contains(url));
        match context {
            Some(Value::Array(several)) => several.iter().all(known),
            Some(one) => known(one),
            None => false,
        }
    }

    pub(crate) fn get(&self, url: &str) -> Option<&Known> {
        self.0.known.get(url)
    }

    /// What holds where the contexts that a document names or brings along are applied to `active` (§4.1).
    ///
    /// # Errors
    /// [`ProofError::Context`], [`ProofError::UnknownContext`], [`ProofError::JsonLd`], [`ProofError::TooComplex`].
    pub(crate) fn enter(
        &self,
        active: &Active,
        context: &Value,
        work: &mut Work,
    ) -> Result<Active, ProofError> {
        let several = if let Value::Array(items) = context { items } else { std::slice::from_ref(context) };
        if !(1..=MOST_CONTEXTS).contains(&several.len()) {
            return Err(ProofError::Context);
        }
        let mut active = active.clone();
        for context in several {
            let inline;
            let local = match context {
                Value::String(url) => &self.get(url).ok_or(ProofError::UnknownContext)?.context,
                Value::Object(_) => {
                    let refuse = |context: &Value| hides_nothing(context).map_err(|_| ProofError::Context);
                    inline = self.0.compiled.inline(context, work, refuse)?;
                    &inline
                }
                _ => return Err(ProofError::Context),
            };
            active = self.apply(&active, local, Scope::Document, work)?;
        }
        Ok(active)
    }

    /// What holds where `local` is applied to `active`. Worked out once.
    ///
    /// # Errors
    /// [`ProofError::UnknownContext`], [`ProofError::JsonLd`], [`ProofError::TooComplex`].
    pub(crate) fn apply(
        &self,
        active: &Active,
        local: &Arc<Value>,
        scope: Scope,
        work: &mut Work,
    ) -> Result<Active, ProofError> {
        self.0.compiled.meaning(active, (local, scope), work, || active.with(local, scope, self))
    }

    /// The one name that all known contexts have for the property `iri`, or the IRI itself where they have none; `None` if
    /// they have several. Where a type has the same IRI (`criteria` and `Criteria` of Open Badges), it is the one that does
    /// not begin with a capital letter.
    pub(crate) fn name<'a>(&'a self, iri: &'a str) -> Option<&'a str> {
        self.named(iri, |first| !first.is_uppercase())
    }

    /// The same for a type, which begins with a capital letter if a property has the same IRI.
    pub(crate) fn type_name<'a>(&'a self, iri: &'a str) -> Option<&'a str> {
        self.named(iri, char::is_uppercase)
    }

    fn named<'a>(&'a self, iri: &'a str, fits: impl Fn(char) -> bool) -> Option<&'a str> {
        if let Some(names) = self.0.names.get(iri) {
            let fitting = |name: &&String| names.len() == 1 || name.chars().next().is_some_and(&fits);
            let mut fitting = names.iter().filter(fitting);
            return fitting.next().filter(|_| fitting.next().is_none()).map(String::as_str);
        }
        let mut ends = self.0.vocabularies.iter().filter_map(|start| iri.strip_prefix(start.as_str()));
        let end = ends.next().filter(|end| !end.is_empty() && !end.starts_with('@') && !end.contains(':'));
        match (end, ends.next()) {
            (_, Some(_)) => None,
            (Some(end), None) => Some(end),
            (None, None) => Some(iri),
        }
    }

    /// The URLs of the known contexts, in order.
    pub fn urls(&self) -> impl Iterator<Item = &str> {
        self.0.known.keys().map(String::as_str)
    }
}

impl Registry {
    /// Puts together the words of all contexts, and forgets what any of them made of the others.
    fn collect(&mut self) {
        self.compiled = Compiled::default();
        self.names = BTreeMap::new();
        self.vocabularies = BTreeSet::new();
        for Known { vocabulary, .. } in self.known.values() {
            for (iri, name) in &vocabulary.terms {
                self.names.entry(iri.clone()).or_default().insert(name.clone());
            }
            self.vocabularies.extend(vocabulary.vocabularies.iter().cloned());
        }
    }
}

impl Vocabulary {
    /// Adds the words that `local` defines where `active` holds, those of the contexts inside it too. Contexts by URL are
    /// known for themselves.
    fn collect(
        &mut self,
        active: &Active,
        local: &Value,
        scope: Scope,
        contexts: &Contexts,
    ) -> Result<(), ContextError> {
        let active = active.with(local, scope, contexts).map_err(|_| ContextError::Form)?;
        let parts =
            if let Value::Array(parts) = local { parts.as_slice() } else { std::slice::from_ref(local) };
        for (name, definition) in parts.iter().filter_map(Value::as_object).flatten() {
            if name == "@vocab" {
                self.vocabularies.extend(definition.as_str().map(str::to_owned));
            }
            let Some(term) = active.term(name) else { continue };
            if let Meaning::Iri(iri) = &term.meaning {
                self.terms.push((iri.bare().to_owned(), name.clone()));
            }
            if let Some(scoped) = &term.scoped {
                self.collect(&active, scoped, Scope::Property, contexts)?;
            }
        }
        Ok(())
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
        assert_eq!(Contexts::known().with_examples().urls().count(), KNOWN.len() + EXAMPLES.len());
    }

    /// What is signed in a known context can be read: no property of one has another name in another. Of types, Open Badges
    /// has one by two names: it is read as an IRI.
    #[test]
    fn no_known_context_takes_the_name_from_a_word_of_another() {
        for contexts in [Contexts::known().clone(), Contexts::known().with_examples()] {
            let iris: Vec<&String> = contexts.0.names.keys().collect();
            let nameless = |name: fn(&Contexts, &str) -> bool| -> Vec<&str> {
                iris.iter().map(|iri| iri.as_str()).filter(|iri| name(&contexts, iri)).collect()
            };
            let badge = "https://purl.imsglobal.org/spec/vc/ob/vocab.html#OpenBadgeCredential";
            assert_eq!(nameless(|all, iri| all.name(iri).is_none()), [badge]);
            assert_eq!(nameless(|all, iri| all.type_name(iri).is_none()), [badge]);
        }
        let criteria = "https://purl.imsglobal.org/spec/vc/ob/vocab.html#Criteria";
        let known = Contexts::known();
        assert_eq!((known.name(criteria), known.type_name(criteria)), (Some("criteria"), Some("Criteria")));
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

    #[test]
    fn a_context_that_is_refused_leaves_no_earlier_one_and_leans_on_nobody() {
        let mut contexts = Contexts::default();
        contexts.insert("https://e.com/c", br#"{"@context": {"a": "urn:a"}}"#).unwrap();
        assert_eq!(contexts.name("urn:a"), Some("a"));
        let refused = contexts.insert("https://e.com/c", br#"{"@context": {"a": null}}"#);
        assert_eq!(refused, Err(ContextError::Hides));
        assert!(!contexts.contains("https://e.com/c"));
        assert_eq!(contexts.name("urn:a"), Some("urn:a"));
        for leaning in [
            r#"{"@context": "https://e.com/other"}"#,
            r#"{"@context": {"a": "b"}}"#,
            r#"{"@context": {"a": {"@index": "x"}}}"#,
        ] {
            let refused = contexts.insert("https://e.com/c", leaning.as_bytes());
            assert_eq!(refused, Err(ContextError::Form), "{leaning}");
        }
    }

    #[test]
    fn an_iri_has_a_name_where_all_contexts_agree() {
        let mut contexts = Contexts::default();
        let mut add = |url: &str, context: &str| {
            contexts.insert(url, format!("{{\"@context\": {context}}}").as_bytes()).unwrap();
            contexts.clone()
        };
        let inner = r#"{"T": {"@id": "urn:T", "@context": {"p": "urn:p", "q": {"@id": "urn:q", "@context": {"r": "urn:r"}}}}}"#;
        let one = add("https://e.com/a", inner);
        assert_eq!(
            (one.name("urn:p"), one.name("urn:r"), one.name("urn:x")),
            (Some("p"), Some("r"), Some("urn:x"))
        );
        let two = add("https://e.com/b", r#"{"other": "urn:p", "r": "urn:r"}"#);
        assert_eq!((two.name("urn:p"), two.name("urn:r")), (None, Some("r")));
        let any = add("https://e.com/v", r#"{"@vocab": "urn:v:", "named": "urn:v:given"}"#);
        assert_eq!((any.name("urn:v:word"), any.name("urn:v:given")), (Some("word"), Some("named")));
        for iri in ["urn:v:", "urn:v:a:b", "urn:v:@a"] {
            assert_eq!(any.name(iri), Some(iri));
        }
        let twice = add("https://e.com/w", r#"{"@vocab": "urn:v:w"}"#);
        assert_eq!((twice.name("urn:v:word"), twice.name("urn:v:x")), (None, Some("x")));
    }
}
