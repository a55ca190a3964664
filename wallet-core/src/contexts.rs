//! Context documents by IRI, and what they make of a credential's `type`: the fully expanded types that DCQL compares
//! (OpenID4VP 1.0 Appendix B.1.1) and that trust lists name.
//!
//! Only the part of JSON-LD 1.1 that the expansion of `type` at the top of a credential needs (JSON-LD API §4.1, §4.2, §5.2,
//! §5.1.2 "type"): terms, compact IRIs, absolute IRIs, `@vocab`, contexts as IRI, object and array, nulls, and protected
//! terms. Contexts that terms carry (`@context` within a term) do not bear on `type` and are passed over. A term is looked up
//! when it is asked for, so that judging does not process whole contexts.
//!
//! Nothing is ever fetched. A type is left out of the answer where a context is unknown, unless a known context before it
//! protects the type's term: then no later context can give it another meaning. Refused, with no types at all: what is no
//! context, a protected term defined again, `@import`, a `@vocab` relative to the document, contexts or definitions nested
//! too deeply.

use std::cell::Cell;
use std::collections::{HashMap, HashSet};
#[cfg(feature = "ldp")]
use std::sync::Arc;
use std::sync::LazyLock;

use jigap_keys::json::{self, Limits};
use serde_json::{Map, Value, json};

/// What every credential is.
pub const VERIFIABLE_CREDENTIAL: &str = "https://www.w3.org/2018/credentials#VerifiableCredential";

/// The terms for types of the VCDM contexts: name, and namespace where it is not its own IRI's last part.
const CREDENTIALS: &str = "https://www.w3.org/2018/credentials#";
const STATUS: &str = "https://www.w3.org/ns/credentials/status#";
const SECURITY: &str = "https://w3id.org/security#";
const TYPES_V1: [(&str, &str); 6] = [
    ("VerifiableCredential", CREDENTIALS),
    ("VerifiablePresentation", CREDENTIALS),
    ("EcdsaSecp256k1Signature2019", SECURITY),
    ("EcdsaSecp256r1Signature2019", SECURITY),
    ("Ed25519Signature2018", SECURITY),
    ("RsaSignature2018", SECURITY),
];
const TYPES_V2: [(&str, &str); 10] = [
    ("VerifiableCredential", CREDENTIALS),
    ("EnvelopedVerifiableCredential", CREDENTIALS),
    ("VerifiablePresentation", CREDENTIALS),
    ("EnvelopedVerifiablePresentation", CREDENTIALS),
    ("JsonSchemaCredential", CREDENTIALS),
    ("JsonSchema", CREDENTIALS),
    ("BitstringStatusListCredential", STATUS),
    ("BitstringStatusList", STATUS),
    ("BitstringStatusListEntry", STATUS),
    ("DataIntegrityProof", SECURITY),
];
/// The contexts of `schemas/`, as the build script found them: name of the folder and document. They stand at the identifiers of the types there.
const SCHEMAS: &[(&str, &str)] = &include!(concat!(env!("OUT_DIR"), "/contexts.rs"));
/// Where the identifiers of `schemas/` begin.
pub const SCHEMAS_BASE: &str = "https://jigap.example/types";

const LIMITS: Limits = Limits { bytes: 256 * 1024, depth: 16 };
/// Most contexts of one credential, each array and each reference counted out.
const MAX_LAYERS: usize = 64;
/// Most references from context to context, and from definition to definition.
const MAX_DEPTH: usize = 16;
/// Most terms looked up for the types of one credential: definitions that name each other could otherwise be looked up
/// without end.
const MAX_LOOKUPS: u32 = 4096;

static BUILT_IN: LazyLock<Contexts> = LazyLock::new(|| Contexts::with_types_at(SCHEMAS_BASE));

/// A registry of context documents.
#[derive(Debug, Clone)]
pub struct Contexts {
    /// The value of `@context` of each document, by its IRI; of the data models as much as types need.
    documents: HashMap<String, Value>,
    /// The same documents and those that everybody may use, whole.
    #[cfg(feature = "ldp")]
    whole: Arc<jigap_data_integrity::Contexts>,
}

/// A document is no JSON-LD context (not strict JSON of at most 256 KiB, or no object with `@context`), or one that is not
/// understood here by itself, or that would hide something from signatures.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the document is no JSON-LD context that can be used here")]
pub struct InvalidContext;

impl Contexts {
    /// What type expansion needs of the VCDM contexts 1.1 and 2.0, and the contexts of the built-in types.
    pub fn built_in() -> &'static Self {
        &BUILT_IN
    }

    /// As [`built_in`](Self::built_in), the identifiers of the types beginning with `base`, an IRI without a slash at the
    /// end, as a deployment sets it (schemas/README.md).
    pub fn with_types_at(base: &str) -> Self {
        let mut documents = HashMap::from([
            ("https://www.w3.org/2018/credentials/v1".to_owned(), vcdm(&TYPES_V1)),
            ("https://www.w3.org/ns/credentials/v2".to_owned(), vcdm(&TYPES_V2)),
        ]);
        #[cfg(feature = "ldp")]
        let mut whole = jigap_data_integrity::Contexts::known().clone();
        for (name, text) in SCHEMAS {
            let text = text.replace(SCHEMAS_BASE, base);
            // One that is not taken in is unknown, and refused by that.
            #[cfg(feature = "ldp")]
            let _taken = whole.insert(&type_context(base, name), text.as_bytes());
            documents.extend(context_of(text.as_bytes()).map(|context| (type_context(base, name), context)));
        }
        Self {
            documents,
            #[cfg(feature = "ldp")]
            whole: Arc::new(whole),
        }
    }

    /// The same with the context document of a type of one's own: `name` is that of its folder, and identifiers in it that
    /// begin as those of `schemas/` do begin with `base` afterwards.
    pub fn with_type_at(self, base: &str, name: &str, document: &[u8]) -> Result<Self, InvalidContext> {
        let text = std::str::from_utf8(document).map_err(|_| InvalidContext)?;
        self.with(&type_context(base, name), text.replace(SCHEMAS_BASE, base).as_bytes())
    }

    /// The same with the context document of `iri`, in place of an earlier one. Contexts that it names must be there already.
    pub fn with(mut self, iri: &str, document: &[u8]) -> Result<Self, InvalidContext> {
        #[cfg(feature = "ldp")]
        Arc::make_mut(&mut self.whole).insert(iri, document).map_err(|_| InvalidContext)?;
        self.documents.insert(iri.to_owned(), context_of(document).ok_or(InvalidContext)?);
        Ok(self)
    }

    /// The same with those of W3C's examples and test vectors, one of which defines every word there is: for tests, and for
    /// looking at proofs alone.
    #[cfg(feature = "ldp")]
    pub fn with_examples(self) -> Self {
        let whole = Arc::new(self.whole.with_examples());
        Self { whole, ..self }
    }

    /// The contexts for reading JSON-LD: these, and W3C's whole.
    #[cfg(feature = "ldp")]
    pub fn for_data_integrity(&self) -> &Arc<jigap_data_integrity::Contexts> {
        &self.whole
    }

    /// The IRIs among the contexts of a document, each by itself and once, that are not known.
    pub fn unknown(&self, document: &Value) -> Vec<String> {
        let contexts = match document.get("@context") {
            Some(Value::Array(contexts)) => contexts.as_slice(),
            Some(one) => std::slice::from_ref(one),
            None => &[],
        };
        let named = contexts.iter().filter_map(Value::as_str);
        let mut seen = HashSet::new();
        named.filter(|iri| self.context(iri).is_none() && seen.insert(*iri)).map(str::to_owned).collect()
    }

    /// The fully expanded types of a credential, in its order. Those whose meaning is not known are left out.
    pub fn expanded_types(&self, credential: &Value) -> Vec<String> {
        let types = match credential.get("type") {
            Some(Value::Array(types)) => types.as_slice(),
            Some(one) => std::slice::from_ref(one),
            None => &[],
        };
        let mut active = Active { layers: Vec::new(), complete: true, lookups: Cell::new(0) };
        let context = credential.get("@context").unwrap_or(&Value::Null);
        if self.flatten(context, 0, &mut active).is_err() {
            return Vec::new();
        }
        let expanded = types.iter().filter_map(Value::as_str).map(|name| active.expand_type(name));
        expanded.collect::<Result<Vec<_>, _>>().unwrap_or_default().into_iter().flatten().collect()
    }

    /// The context of `iri`, for the expansion of types.
    fn context(&self, iri: &str) -> Option<&Value> {
        let context = self.documents.get(iri);
        #[cfg(feature = "ldp")]
        let context = context.or_else(|| self.whole.context(iri));
        context
    }

    /// Appends what `context` stands for: the objects, in order, up to the first that is unknown.
    fn flatten<'v>(
        &'v self,
        context: &'v Value,
        depth: usize,
        active: &mut Active<'v>,
    ) -> Result<(), Unexpandable> {
        if depth > MAX_DEPTH || active.layers.len() >= MAX_LAYERS {
            return Err(Unexpandable);
        }
        if !active.complete {
            return Ok(());
        }
        match context {
            Value::Array(contexts) => {
                contexts.iter().try_for_each(|context| self.flatten(context, depth + 1, active))
            }
            Value::Object(members) if !members.contains_key("@import") => {
                active.layers.push(members);
                Ok(())
            }
            Value::String(iri) => match self.context(iri) {
                Some(context) => self.flatten(context, depth + 1, active),
                None => {
                    active.complete = false;
                    Ok(())
                }
            },
            Value::Null if !active.protects() => {
                active.layers.clear();
                Ok(())
            }
            _ => Err(Unexpandable),
        }
    }
}

/// The IRI of the context of the type in the folder `name` below `base`.
pub fn type_context(base: &str, name: &str) -> String {
    format!("{base}/{name}/1/context.jsonld")
}

/// JSON-LD would fail here, or leave what is done here.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Unexpandable;

/// The contexts in force at the top of a credential.
struct Active<'v> {
    layers: Vec<&'v Map<String, Value>>,
    /// No unknown context follows.
    complete: bool,
    /// Terms looked up so far.
    lookups: Cell<u32>,
}

/// What a context makes of a term.
#[derive(Debug, Clone, PartialEq)]
struct Definition<'v> {
    /// `None`: the term is to be ignored.
    iri: Option<String>,
    prefix: bool,
    protected: bool,
    /// The members of the definition that do not bear on types: they count when a protected term is defined again.
    rest: Vec<(&'v str, &'v Value)>,
}

impl<'v> Active<'v> {
    /// Whether a term of any context is protected.
    fn protects(&self) -> bool {
        self.layers.iter().any(|layer| {
            is_true(layer.get("@protected")) || layer.values().any(|term| is_true(term.get("@protected")))
        })
    }

    /// A value of `type`, expanded (JSON-LD API §5.2, as vocabulary and relative to the document); `None` where it is
    /// dropped or not known.
    fn expand_type(&self, name: &str) -> Result<Option<String>, Unexpandable> {
        let top = self.layers.len();
        match self.term(name, top, 0)? {
            Some(definition) if self.complete || definition.protected => return Ok(definition.iri),
            _ if !self.complete || name.starts_with('@') => return Ok(None),
            _ => {}
        }
        match self.compact(name, top, 0)? {
            Some(iri) => Ok(Some(iri)),
            // A type that no context defines remains as it is (OpenID4VP 1.0 Appendix B.1.1).
            None => Ok(Some(self.vocabulary(top, 0)?.map_or_else(|| name.to_owned(), |vocab| vocab + name))),
        }
    }

    /// The definition of `term` by the first `count` contexts.
    fn term(&self, term: &str, count: usize, depth: usize) -> Result<Option<Definition<'v>>, Unexpandable> {
        self.lookups.set(self.lookups.get() + 1);
        if depth > MAX_DEPTH || self.lookups.get() > MAX_LOOKUPS {
            return Err(Unexpandable);
        }
        let mut current: Option<Definition<'v>> = None;
        for (position, layer) in self.layers.iter().take(count).enumerate() {
            let Some((_, value)) = layer.get_key_value(term).filter(|_| !term.starts_with('@')) else {
                continue;
            };
            let next = self.definition(term, value, position, depth)?;
            match &current {
                Some(kept) if kept.protected => {
                    if (&kept.iri, kept.prefix, &kept.rest) != (&next.iri, next.prefix, &next.rest) {
                        return Err(Unexpandable);
                    }
                }
                _ => current = Some(next),
            }
        }
        Ok(current)
    }

    /// JSON-LD API §4.2: what the context at `position` says of `term`.
    fn definition(
        &self,
        term: &str,
        value: &'v Value,
        position: usize,
        depth: usize,
    ) -> Result<Definition<'v>, Unexpandable> {
        let layer_protects = self.layers.get(position).is_some_and(|layer| is_true(layer.get("@protected")));
        let (id, members) = match value {
            Value::Object(members) => (members.get("@id"), Some(members)),
            other => (Some(other), None),
        };
        if members.is_some_and(|members| members.contains_key("@reverse")) {
            return Err(Unexpandable);
        }
        let iri = match id {
            Some(Value::Null) => None,
            Some(Value::String(id)) if id != term => Some(self.iri(id, position, depth)?),
            None | Some(Value::String(_)) => Some(self.iri_of_itself(term, position, depth)?),
            Some(_) => return Err(Unexpandable),
        };
        let ends_as_prefix =
            iri.as_deref().is_some_and(|iri| iri.ends_with([':', '/', '?', '#', '[', ']', '@']));
        let own = members.and_then(|members| members.get("@protected"));
        let of_types = ["@id", "@protected", "@prefix"];
        Ok(Definition {
            iri,
            prefix: members.map_or(ends_as_prefix, |members| is_true(members.get("@prefix"))),
            protected: own.map_or(layer_protects, |own| is_true(Some(own))),
            rest: members
                .into_iter()
                .flatten()
                .map(|(name, value)| (name.as_str(), value))
                .filter(|(name, _)| !of_types.contains(name))
                .collect(),
        })
    }

    /// The IRI that a definition in the context at `position` names: a keyword, a term, a compact or absolute IRI, or one of
    /// the vocabulary.
    fn iri(&self, name: &str, position: usize, depth: usize) -> Result<String, Unexpandable> {
        if name.starts_with('@') {
            return Ok(name.to_owned());
        }
        if let Some(definition) = self.term(name, position + 1, depth + 1)? {
            return definition.iri.ok_or(Unexpandable);
        }
        self.iri_of_itself(name, position, depth)
    }

    fn iri_of_itself(&self, name: &str, position: usize, depth: usize) -> Result<String, Unexpandable> {
        if let Some(iri) = self.compact(name, position + 1, depth + 1)? {
            return Ok(iri);
        }
        self.vocabulary(position + 1, depth + 1)?.map(|vocab| vocab + name).ok_or(Unexpandable)
    }

    /// A name with a colon: a compact IRI if its prefix is one, else absolute.
    fn compact(&self, name: &str, count: usize, depth: usize) -> Result<Option<String>, Unexpandable> {
        let Some((prefix, rest)) = name.split_once(':').filter(|(prefix, _)| !prefix.is_empty()) else {
            return Ok(None);
        };
        if prefix != "_" && !rest.starts_with("//") {
            let definition = self.term(prefix, count, depth + 1)?.filter(|definition| definition.prefix);
            if let Some(Definition { iri: Some(iri), .. }) = definition {
                return Ok(Some(iri + rest));
            }
        }
        Ok(Some(name.to_owned()))
    }

    /// `@vocab` as the first `count` contexts leave it.
    fn vocabulary(&self, count: usize, depth: usize) -> Result<Option<String>, Unexpandable> {
        if depth > MAX_DEPTH {
            return Err(Unexpandable);
        }
        let said =
            |(position, layer): (usize, &&'v Map<String, Value>)| Some((position, layer.get("@vocab")?));
        match self.layers.iter().take(count).enumerate().filter_map(said).next_back() {
            None | Some((_, Value::Null)) => Ok(None),
            Some((position, Value::String(vocab))) => {
                self.compact(vocab, position + 1, depth + 1)?.map(Some).ok_or(Unexpandable)
            }
            Some(_) => Err(Unexpandable),
        }
    }
}

fn is_true(value: Option<&Value>) -> bool {
    value == Some(&Value::Bool(true))
}

/// What expanding types needs of a VCDM context: its protected terms for types.
fn vcdm(types: &[(&str, &str)]) -> Value {
    let mut context = json!({"@protected": true, "id": "@id", "type": "@type"});
    if let Some(members) = context.as_object_mut() {
        members
            .extend(types.iter().map(|(name, space)| ((*name).to_owned(), json!(format!("{space}{name}")))));
    }
    context
}

fn context_of(document: &[u8]) -> Option<Value> {
    let mut document = json::parse(document, LIMITS).ok()?;
    document.as_object_mut()?.remove("@context")
}

#[cfg(test)]
mod tests;
