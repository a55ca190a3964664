//! Active contexts: what each term means at a place of a document (JSON-LD 1.1 §3.1, §4.1; Processing Algorithms §4, §5.2).
//!
//! Understood: term definitions with `@id`, `@type`, `@container` (`@set`, `@list`, `@graph`), `@language`, `@prefix`,
//! `@protected` and scoped contexts; `@vocab`, `@language`, `@version`. That is all that contexts for credentials use.
//! Everything else (`@base`, `@import`, `@propagate`, `@reverse`, `@nest`, `@index`, `@direction`) is refused, and so is
//! a term that is redefined although it is protected.

use std::collections::{BTreeMap, HashMap};
use std::hash::{BuildHasherDefault, Hasher};
use std::sync::{Arc, LazyLock};

use serde_json::{Map, Value};

use crate::rdf::{Iri, Suffix};
use crate::{Contexts, ProofError};

/// Contexts that name each other, at most.
const MOST_REMOTE: usize = 4;

/// What a term or a keyword's other name stands for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Meaning {
    Id,
    Type,
    Iri(Iri),
}

/// What a term's values are taken for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Coercion {
    /// IRIs.
    Id,
    /// Terms, or else IRIs.
    Vocab,
    /// Any JSON.
    Json,
    /// Literals of this datatype.
    Datatype(Suffix),
}

/// What holds a term's values.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Container {
    Set,
    List,
    /// Each value is a graph of its own.
    Graph,
}

/// A term's definition.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Term {
    pub(crate) meaning: Meaning,
    pub(crate) coercion: Option<Coercion>,
    pub(crate) container: Container,
    /// The language of its strings, where it says one, or that they have none.
    pub(crate) language: Option<Suffix>,
    /// The context for its value, or for what is of its type.
    pub(crate) scoped: Option<Arc<Value>>,
    prefix: bool,
    protected: bool,
}

/// What every term means. Cheap to clone.
#[derive(Debug, Clone, Default)]
pub(crate) struct Active(Arc<Meanings>);

#[derive(Debug, Clone)]
struct Meanings {
    terms: HashMap<Arc<str>, Arc<Term>, BuildHasherDefault<TermHasher>>,
    vocab: Option<String>,
    /// That of strings whose term says nothing else.
    language: Suffix,
    /// What held before a type's context was applied: it holds again in nodes further in.
    previous: Option<Active>,
}

impl Default for Meanings {
    fn default() -> Self {
        Self { terms: HashMap::default(), vocab: None, language: Suffix::STRING, previous: None }
    }
}

/// FNV-1a. Who writes a document could make the terms of its own contexts collide: they are few (`compiled::MOST_INLINE_BYTES`).
struct TermHasher(u64);

impl Default for TermHasher {
    fn default() -> Self {
        Self(0xcbf2_9ce4_8422_2325)
    }
}

impl Hasher for TermHasher {
    fn write(&mut self, bytes: &[u8]) {
        for byte in bytes {
            self.0 = (self.0 ^ u64::from(*byte)).wrapping_mul(0x0100_0000_01b3);
        }
    }

    fn finish(&self) -> u64 {
        self.0
    }
}

/// How a context is applied.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) enum Scope {
    /// A document's own.
    Document,
    /// That of a property, which may redefine what is protected.
    Property,
    /// That of a type, which holds for the node itself alone.
    Type,
}

impl Active {
    /// Where no context was applied: always the same one.
    pub(crate) fn initial() -> &'static Self {
        static INITIAL: LazyLock<Active> = LazyLock::new(Active::default);
        &INITIAL
    }

    /// Where in memory it is: the same for its clones, and no other's as long as one of them lives.
    pub(crate) fn address(&self) -> usize {
        Arc::as_ptr(&self.0).addr()
    }

    /// How many terms there are.
    pub(crate) fn count(&self) -> usize {
        self.0.terms.len()
    }

    /// The definition of `term`.
    pub(crate) fn term(&self, term: &str) -> Option<&Term> {
        self.0.terms.get(term).map(Arc::as_ref)
    }

    /// The language of strings that say nothing else.
    pub(crate) fn language(&self) -> &Suffix {
        &self.0.language
    }

    /// What holds further in, if that is something else.
    pub(crate) fn previous(&self) -> Option<&Self> {
        self.0.previous.as_ref()
    }

    /// This context with `local` applied (§4.1).
    ///
    /// # Errors
    /// [`ProofError::JsonLd`], [`ProofError::UnknownContext`].
    pub(crate) fn with(&self, local: &Value, scope: Scope, contexts: &Contexts) -> Result<Self, ProofError> {
        let mut result = Meanings::clone(&self.0);
        if scope == Scope::Type && result.previous.is_none() {
            result.previous = Some(self.clone());
        }
        result.apply(local, scope, contexts, MOST_REMOTE)?;
        Ok(Self(Arc::new(result)))
    }

    /// IRI Expansion (§5.2), with `vocab` whether terms count. Whatever does not become absolute is refused.
    pub(crate) fn expand(&self, name: &str, vocab: bool) -> Result<Meaning, ProofError> {
        self.0.expand(name, vocab)
    }

    /// The IRI that `name`, which is no term, stands for: how it begins, and the rest.
    pub(crate) fn iri<'n>(&'n self, name: &'n str) -> Result<(&'n str, &'n str), ProofError> {
        self.0.iri(name, false)
    }
}

impl Meanings {
    fn apply(
        &mut self,
        local: &Value,
        scope: Scope,
        contexts: &Contexts,
        remote: usize,
    ) -> Result<(), ProofError> {
        match local {
            Value::Null if scope != Scope::Property && self.terms.values().any(|term| term.protected) => {
                Err(ProofError::JsonLd)
            }
            Value::Null => {
                let previous = self.previous.take().filter(|_| scope == Scope::Type);
                *self = Self { previous, ..Self::default() };
                Ok(())
            }
            Value::String(url) => {
                let remote = remote.checked_sub(1).ok_or(ProofError::JsonLd)?;
                let known = contexts.get(url).ok_or(ProofError::UnknownContext)?;
                self.apply(known.context(), Scope::Document, contexts, remote)
            }
            Value::Array(several) => {
                several.iter().try_for_each(|local| self.apply(local, scope, contexts, remote))
            }
            Value::Object(members) => self.define_all(members, scope),
            _ => Err(ProofError::JsonLd),
        }
    }

    fn define_all(&mut self, members: &Map<String, Value>, scope: Scope) -> Result<(), ProofError> {
        if members.get("@version").is_some_and(|version| version.as_f64() != Some(1.1)) {
            return Err(ProofError::JsonLd);
        }
        match members.get("@vocab") {
            None => {}
            Some(Value::Null) => self.vocab = None,
            Some(Value::String(vocab)) => self.vocab = Some(absolute(vocab)?.to_owned()),
            Some(_) => return Err(ProofError::JsonLd),
        }
        if let Some(language) = language(members)? {
            self.language = language;
        }
        let protected = flag(members, "@protected")?.unwrap_or(false);
        let mut local = Local { members, protected, scope, defined: BTreeMap::new() };
        for name in members.keys() {
            match name.as_str() {
                "@version" | "@vocab" | "@language" | "@protected" => {}
                keyword if keyword.starts_with('@') => return Err(ProofError::JsonLd),
                term => self.define(term, &mut local)?,
            }
        }
        Ok(())
    }

    /// Create Term Definition (§4.2).
    fn define(&mut self, term: &str, local: &mut Local<'_>) -> Result<(), ProofError> {
        let Some(definition) = local.members.get(term) else { return Ok(()) };
        match local.defined.insert(term.to_owned(), false) {
            None => {}
            Some(true) => {
                local.defined.insert(term.to_owned(), true);
                return Ok(());
            }
            // Defined by itself.
            Some(false) => return Err(ProofError::JsonLd),
        }
        let before = self.terms.remove(term);
        let made = self.definition(term, definition, local)?;
        let kept = match before.filter(|before| before.protected && local.scope != Scope::Property) {
            Some(before) if Term { protected: true, ..made.clone() } == *before => before,
            Some(_) => return Err(ProofError::JsonLd),
            None => Arc::new(made),
        };
        self.terms.insert(term.into(), kept);
        local.defined.insert(term.to_owned(), true);
        Ok(())
    }

    fn definition(
        &mut self,
        term: &str,
        definition: &Value,
        local: &mut Local<'_>,
    ) -> Result<Term, ProofError> {
        const UNDERSTOOD: [&str; 7] =
            ["@id", "@type", "@container", "@context", "@language", "@prefix", "@protected"];
        let empty = Map::new();
        let (id, members) = match definition {
            Value::String(_) => (Some(definition), &empty),
            Value::Object(members) => (members.get("@id"), members),
            _ => return Err(ProofError::JsonLd),
        };
        if term.is_empty() || members.keys().any(|name| !UNDERSTOOD.contains(&name.as_str())) {
            return Err(ProofError::JsonLd);
        }
        let meaning = self.meaning(term, id, local)?;
        let ends_as_prefix = matches!(&meaning, Meaning::Iri(iri) if iri.bare().ends_with([':', '/', '?', '#', '[', ']', '@']));
        let prefix = match flag(members, "@prefix")? {
            Some(prefix) => prefix,
            None => definition.is_string() && !term.contains([':', '/']) && ends_as_prefix,
        };
        let container = match members.get("@container").map(one) {
            None => Container::Set,
            Some(Some("@set")) => Container::Set,
            Some(Some("@list")) => Container::List,
            Some(Some("@graph")) => Container::Graph,
            Some(_) => return Err(ProofError::JsonLd),
        };
        let language = language(members)?;
        Ok(Term {
            meaning,
            coercion: self.coercion(members.get("@type"), local)?,
            container,
            language,
            scoped: members.get("@context").cloned().map(Arc::new),
            prefix,
            protected: flag(members, "@protected")?.unwrap_or(local.protected),
        })
    }

    fn meaning(
        &mut self,
        term: &str,
        id: Option<&Value>,
        local: &mut Local<'_>,
    ) -> Result<Meaning, ProofError> {
        match id {
            Some(Value::String(id)) if id == "@id" => Ok(Meaning::Id),
            Some(Value::String(id)) if id == "@type" => Ok(Meaning::Type),
            Some(Value::String(id)) if id != term => {
                self.define_named(id, local)?;
                self.expand(id, true)
            }
            Some(Value::String(_)) | None => {
                if let Some((prefix, _)) = term.split_once(':') {
                    self.define_named(prefix, local)?;
                }
                match &self.vocab {
                    Some(vocab) if !term.contains([':', '/']) => {
                        Ok(Meaning::Iri(Iri::new(&format!("{vocab}{term}"))))
                    }
                    _ => self.expand(term, false),
                }
            }
            Some(_) => Err(ProofError::JsonLd),
        }
    }

    fn coercion(
        &mut self,
        named: Option<&Value>,
        local: &mut Local<'_>,
    ) -> Result<Option<Coercion>, ProofError> {
        let Some(named) = named else { return Ok(None) };
        match named.as_str().ok_or(ProofError::JsonLd)? {
            "@id" => Ok(Some(Coercion::Id)),
            "@vocab" => Ok(Some(Coercion::Vocab)),
            "@json" => Ok(Some(Coercion::Json)),
            "@none" => Ok(None),
            datatype => {
                self.define_named(datatype, local)?;
                match self.expand(datatype, true)? {
                    Meaning::Iri(iri) => Ok(Some(Coercion::Datatype(Suffix::of_datatype(iri.bare())))),
                    Meaning::Id | Meaning::Type => Err(ProofError::JsonLd),
                }
            }
        }
    }

    /// Defines the terms that `name` uses, if this context defines them further down.
    fn define_named(&mut self, name: &str, local: &mut Local<'_>) -> Result<(), ProofError> {
        for used in [Some(name), name.split_once(':').map(|(prefix, _)| prefix)].into_iter().flatten() {
            if local.members.contains_key(used) && local.defined.get(used) != Some(&true) {
                self.define(used, local)?;
            }
        }
        Ok(())
    }

    fn expand(&self, name: &str, vocab: bool) -> Result<Meaning, ProofError> {
        if let Some(term) = self.terms.get(name).filter(|_| vocab) {
            return Ok(term.meaning.clone());
        }
        let (start, end) = self.iri(name, vocab)?;
        Ok(Meaning::Iri(Iri::joined(start, end)))
    }

    fn iri<'n>(&'n self, name: &'n str, vocab: bool) -> Result<(&'n str, &'n str), ProofError> {
        if name.starts_with('@') {
            return Err(ProofError::JsonLd);
        }
        if let Some((prefix, suffix)) = name.split_once(':') {
            if prefix == "_" {
                return Err(ProofError::Uncovered);
            }
            let prefix = self.terms.get(prefix).filter(|term| term.prefix && !suffix.starts_with("//"));
            return match prefix.map(|prefix| &prefix.meaning) {
                Some(Meaning::Iri(iri)) => Ok((iri.bare(), within_iri(suffix)?)),
                Some(_) => Err(ProofError::JsonLd),
                None => Ok(("", absolute(name)?)),
            };
        }
        match &self.vocab {
            Some(start) if vocab => Ok((start, within_iri(name)?)),
            _ => Err(ProofError::JsonLd),
        }
    }
}

/// The context whose terms are being defined.
struct Local<'a> {
    members: &'a Map<String, Value>,
    protected: bool,
    scope: Scope,
    /// The terms begun, and whether they are done.
    defined: BTreeMap<String, bool>,
}

/// What a context or a term says about the language of strings.
fn language(members: &Map<String, Value>) -> Result<Option<Suffix>, ProofError> {
    match members.get("@language") {
        None => Ok(None),
        Some(Value::Null) => Ok(Some(Suffix::STRING)),
        Some(Value::String(language)) => of_language(language).map(Some),
        Some(_) => Err(ProofError::JsonLd),
    }
}

fn flag(members: &Map<String, Value>, name: &str) -> Result<Option<bool>, ProofError> {
    members.get(name).map(|value| value.as_bool().ok_or(ProofError::JsonLd)).transpose()
}

/// A string, alone or alone in an array.
fn one(value: &Value) -> Option<&str> {
    match value {
        Value::Array(items) => match items.as_slice() {
            [item] => item.as_str(),
            _ => None,
        },
        value => value.as_str(),
    }
}

/// Refuses what is no absolute IRI (RFC 3987 §2.2): a scheme, and no character that N-Quads could not hold.
fn absolute(iri: &str) -> Result<&str, ProofError> {
    let scheme = iri.split_once(':').map_or("", |(scheme, _)| scheme).as_bytes();
    let begins = scheme.first().is_some_and(u8::is_ascii_alphabetic);
    let continues = scheme.iter().all(|next| next.is_ascii_alphanumeric() || b"+-.".contains(next));
    if begins && continues { within_iri(iri) } else { Err(ProofError::JsonLd) }
}

fn within_iri(part: &str) -> Result<&str, ProofError> {
    let forbidden = |byte| {
        matches!(byte, 0..=b' ' | b'<' | b'>' | b'"' | b'{' | b'}' | b'|' | b'\\' | b'^' | b'`' | 0x7f)
    };
    if part.bytes().any(forbidden) { Err(ProofError::JsonLd) } else { Ok(part) }
}

/// What strings in a language end with. Refused is what is no well-formed tag (RFC 5646 §2.1), by its outline: letters, then
/// letters and digits.
pub(crate) fn of_language(tag: &str) -> Result<Suffix, ProofError> {
    let mut parts = tag.split('-');
    let fits =
        |part: &str| (1..=8).contains(&part.len()) && part.bytes().all(|byte| byte.is_ascii_alphanumeric());
    let first = parts.next().unwrap_or_default();
    let holds = fits(first) && first.bytes().all(|byte| byte.is_ascii_alphabetic()) && parts.all(fits);
    if holds { Ok(Suffix::of_language(tag)) } else { Err(ProofError::JsonLd) }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::compiled::Work;

    fn iri(active: &Active, name: &str) -> Result<String, ProofError> {
        match active.expand(name, true)? {
            Meaning::Iri(iri) => Ok(iri.bare().to_owned()),
            other => panic!("{other:?}"),
        }
    }

    fn active(local: Value) -> Result<Active, ProofError> {
        Active::default().with(&local, Scope::Document, &Contexts::default())
    }

    #[test]
    fn terms_prefixes_and_vocabularies_are_expanded() {
        let active = active(json!({
            "name": "ex:name", "ex": "https://e.com/#", "ex:part": {"@type": "ex:T"}, "long": "https://e.com/long"
        }));
        let active = active.unwrap();
        assert_eq!(iri(&active, "name").unwrap(), "https://e.com/#name");
        assert_eq!(iri(&active, "ex:other").unwrap(), "https://e.com/#other");
        assert_eq!(
            active.term("ex:part").unwrap().coercion,
            Some(Coercion::Datatype(Suffix::of_datatype("https://e.com/#T")))
        );
        // Not a prefix: it does not end like one.
        assert_eq!(iri(&active, "long:x").unwrap(), "long:x");
        assert_eq!(iri(&active, "ex://x").unwrap(), "ex://x");
        assert_eq!(iri(&active, "undefined"), Err(ProofError::JsonLd));
        let active =
            active.with(&json!({"@vocab": "urn:v:"}), Scope::Document, &Contexts::default()).unwrap();
        assert_eq!(iri(&active, "undefined").unwrap(), "urn:v:undefined");
        assert_eq!(active.expand("undefined", false), Err(ProofError::JsonLd));
    }

    #[test]
    fn what_is_protected_stays_but_for_the_same_and_for_properties() {
        let contexts = Contexts::default();
        let first = active(json!({"@protected": true, "name": "urn:name"})).unwrap();
        let with = |local: Value, scope| first.with(&local, scope, &contexts).map(drop);
        assert_eq!(with(json!({"name": "urn:other"}), Scope::Document), Err(ProofError::JsonLd));
        assert_eq!(with(json!({"name": "urn:other"}), Scope::Type), Err(ProofError::JsonLd));
        assert_eq!(with(json!({"name": "urn:name"}), Scope::Document), Ok(()));
        assert_eq!(with(json!({"name": "urn:other"}), Scope::Property), Ok(()));
        assert_eq!(with(Value::Null, Scope::Document), Err(ProofError::JsonLd));
        assert_eq!(with(Value::Null, Scope::Property), Ok(()));
    }

    #[test]
    fn what_a_context_means_is_kept_until_any_context_changes() {
        let mut contexts = Contexts::default();
        let (inner, outer) = (json!("https://e.com/inner"), json!("https://e.com/outer"));
        contexts.insert("https://e.com/inner", br#"{"@context": {"name": "urn:one"}}"#).unwrap();
        contexts.insert("https://e.com/outer", br#"{"@context": "https://e.com/inner"}"#).unwrap();
        let name = |contexts: &Contexts, local: &Value| {
            let active = contexts.enter(Active::initial(), local, &mut Work::default()).unwrap();
            iri(&active, "name").unwrap()
        };
        for _ in 0..2 {
            assert_eq!(name(&contexts, &outer), "urn:one");
            assert_eq!(name(&contexts, &json!([{"name": "urn:zero"}, outer])), "urn:one");
            assert_eq!(name(&contexts, &json!([outer, {"name": "urn:zero"}])), "urn:zero");
            assert_eq!(name(&contexts, &json!([outer, {"name": "urn:nine"}])), "urn:nine");
        }
        let before = contexts.clone();
        contexts.insert("https://e.com/inner", br#"{"@context": {"name": "urn:two"}}"#).unwrap();
        assert_eq!((name(&contexts, &inner), name(&contexts, &outer)), ("urn:two".into(), "urn:two".into()));
        assert_eq!(name(&before, &outer), "urn:one");
    }

    #[test]
    fn what_is_not_understood_or_goes_in_circles_is_refused() {
        let locals = [
            json!({"@base": "https://e.com/"}),
            json!({"@version": 1.0}),
            json!({"@propagate": false}),
            json!({"a": {"@id": "urn:a", "@nest": "b"}}),
            json!({"a": {"@id": "urn:a", "@container": "@index"}}),
            json!({"a": {"@id": "urn:a", "@container": ["@set", "@language"]}}),
            json!({"a": "b", "b": "a"}),
            json!({"a": "a:x"}),
            json!({"a": "no-iri"}),
            json!({"a": "urn:a b"}),
            json!({"a": "@language"}),
            json!({"a": {"@type": "relative", "@id": "urn:a"}}),
            json!({"a": 5}),
            json!(5),
        ];
        for local in locals {
            assert!(active(local.clone()).is_err(), "{local}");
        }
        let mut contexts = Contexts::default();
        for name in ["a", "b", "c", "d", "e"] {
            let before = char::from(name.as_bytes()[0] - 1).to_string();
            let context = if name == "a" { json!({}) } else { json!(format!("https://e.com/{before}")) };
            let document = json!({"@context": context}).to_string();
            contexts.insert(&format!("https://e.com/{name}"), document.as_bytes()).unwrap_or_default();
        }
        let with = |url: &str| Active::default().with(&json!(url), Scope::Document, &contexts).map(drop);
        assert_eq!(with("https://e.com/d"), Ok(()));
        assert_eq!(with("https://e.com/e"), Err(ProofError::JsonLd));
    }
}
