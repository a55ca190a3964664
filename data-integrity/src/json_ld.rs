//! JSON-LD 1.1 documents to RDF statements: expansion and serialization in one pass (Processing Algorithms §5, §8), for
//! the part of JSON-LD that credentials use.
//!
//! Refused is whatever those algorithms would drop in silence, and what is not understood: `null`, empty arrays and
//! objects, keywords but for value objects, blank nodes with names, terms that no context defines,
//! relative and compact IRIs (but for types), integers that no double holds, properties of RDF itself, contexts anywhere but
//! in a document or a credential in it (of a presentation, of a learner record).

use std::collections::BTreeSet;
use std::sync::LazyLock;

use jigap_keys::json::{self, JsonError};
use serde_json::{Map, Value};

use crate::active::{Active, Coercion, Container, Meaning, Scope, Term, well_formed_language};
use crate::compiled::Work;
use crate::rdf::{Iri, Node, Object, Quad, tagged, typed};
use crate::selective::trail::Trail;
use crate::{Contexts, ProofError};

/// Arrays and objects within each other.
pub(crate) const MOST_LEVELS: usize = 32;

/// Where the words of RDF itself begin.
const RDF: &str = "http://www.w3.org/1999/02/22-rdf-syntax-ns#";
pub(crate) const RDF_TYPE: &str = "http://www.w3.org/1999/02/22-rdf-syntax-ns#type";
pub(crate) const RDF_FIRST: &str = "http://www.w3.org/1999/02/22-rdf-syntax-ns#first";
pub(crate) const RDF_REST: &str = "http://www.w3.org/1999/02/22-rdf-syntax-ns#rest";
const RDF_NIL: &str = "http://www.w3.org/1999/02/22-rdf-syntax-ns#nil";
pub(crate) const RDF_JSON: &str = "http://www.w3.org/1999/02/22-rdf-syntax-ns#JSON";
const XSD_BOOLEAN: &str = "http://www.w3.org/2001/XMLSchema#boolean";
const XSD_DOUBLE: &str = "http://www.w3.org/2001/XMLSchema#double";
const XSD_INTEGER: &str = "http://www.w3.org/2001/XMLSchema#integer";
const XSD_STRING: &str = "http://www.w3.org/2001/XMLSchema#string";

/// What a document says.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Statements {
    pub(crate) quads: Vec<Quad>,
    /// What the document itself is called.
    pub(crate) root: Node,
}

/// The statements of a document with these members.
///
/// # Errors
/// [`ProofError`] for what no signature would cover, for contexts that are not known, and for what is not JSON-LD.
pub(crate) fn statements(
    members: &Map<String, Value>,
    contexts: &Contexts,
) -> Result<Statements, ProofError> {
    statements_in(members.get("@context"), members, contexts)
}

/// The same in the contexts `context`, whichever the document itself has.
pub(crate) fn statements_in(
    context: Option<&Value>,
    members: &Map<String, Value>,
    contexts: &Contexts,
) -> Result<Statements, ProofError> {
    written((context, members), contexts, None).map(|(statements, _)| statements)
}

/// A document's statements, and where in it each of them stands.
///
/// # Errors
/// As [`statements`], and [`ProofError::Uncovered`] where `id` or `type` means something else than `@id` or `@type`:
/// selections keep the two by these names.
pub(crate) fn tracked_statements(
    members: &Map<String, Value>,
    contexts: &Contexts,
) -> Result<(Statements, Trail), ProofError> {
    let said = (members.get("@context"), members);
    let (statements, trail) = written(said, contexts, Some(Trail::new()))?;
    Ok((statements, trail.unwrap_or_else(Trail::new)))
}

fn written(
    (context, members): (Option<&Value>, &Map<String, Value>),
    contexts: &Contexts,
    trail: Option<Trail>,
) -> Result<(Statements, Option<Trail>), ProofError> {
    members.values().try_for_each(|value| require_shallow(value, MOST_LEVELS - 1))?;
    let (described, work) = (BTreeSet::new(), Work::default());
    let mut writer = Writer { contexts, quads: Vec::new(), blanks: 0, described, work, trail };
    let place = Place { graph: None, document: true };
    let root = writer.node(Active::initial(), (members, context), place)?;
    if writer.quads.is_empty() {
        Err(ProofError::Uncovered)
    } else {
        Ok((Statements { quads: writer.quads, root }, writer.trail))
    }
}

fn require_shallow(value: &Value, levels: usize) -> Result<(), ProofError> {
    let inner = |value| match levels.checked_sub(1) {
        Some(levels) => require_shallow(value, levels),
        None => Err(JsonError::TooDeep.into()),
    };
    match value {
        Value::Array(items) => items.iter().try_for_each(inner),
        Value::Object(members) => members.values().try_for_each(inner),
        _ => Ok(()),
    }
}

struct Writer<'a> {
    contexts: &'a Contexts,
    quads: Vec<Quad>,
    blanks: usize,
    /// The named nodes that were described, each with its graph.
    described: BTreeSet<(Option<Node>, Node)>,
    work: Work,
    /// Where statements stand, if it is asked for.
    trail: Option<Trail>,
}

/// Where a node stands.
#[derive(Clone, Copy)]
struct Place<'a> {
    graph: Option<&'a Node>,
    /// The whole document, or a credential in it: it may have contexts.
    document: bool,
}

impl Writer<'_> {
    /// Says what a node object says, and answers which node it is (§5.1.2 steps 9 to 14).
    fn node(
        &mut self,
        active: &Active,
        (members, context): (&Map<String, Value>, Option<&Value>),
        place: Place<'_>,
    ) -> Result<Node, ProofError> {
        let with_context;
        let outer = match context {
            None => active,
            Some(_) if !place.document => return Err(ProofError::Context),
            Some(context) => {
                with_context = self.contexts.enter(active, context, &mut self.work)?;
                &with_context
            }
        };
        let classes = classes(outer, members)?;
        let typed_context = self.of_types(outer, &classes)?;
        let inner = typed_context.as_ref().unwrap_or(outer);
        if self.trail.is_some() {
            require_plain_names(outer, members)?;
            require_plain_names(inner, members)?;
        }
        let subject = self.subject(inner, members, place)?;
        for class in classes {
            let object = Object::Node(Node::Iri(absolute(outer, class, true)?));
            self.say(&subject, rdf_type(), object, place.graph);
        }
        for (name, value) in members.iter().filter(|(name, _)| *name != "@context") {
            // A property goes by its term: whoever reads the document asks for that name, and the signature covers only
            // what the name stands for.
            if name.starts_with('@') || name.contains(':') {
                return Err(ProofError::Uncovered);
            }
            let term = inner.term(name);
            let predicate = match term.map(|term| &term.meaning) {
                Some(Meaning::Iri(iri)) => iri.clone(),
                Some(Meaning::Id | Meaning::Type) => continue,
                None => absolute(inner, name, true)?,
            };
            // These are said by `type` and by lists alone.
            if predicate.bare().starts_with(RDF) {
                return Err(ProofError::Uncovered);
            }
            // Of a presentation, or of a learner record.
            let credentials = name == "verifiableCredential";
            let statement = Statement { subject: &subject, predicate, place, credentials };
            self.enter(|| name.clone());
            self.property(inner, (term, value), statement)?;
            self.leave();
        }
        Ok(subject)
    }

    /// The node's name, or a fresh blank node. In one graph a name is described once: RDF would merge two descriptions, and
    /// a property could be hidden in the second from whoever reads the first.
    fn subject(
        &mut self,
        active: &Active,
        members: &Map<String, Value>,
        place: Place<'_>,
    ) -> Result<Node, ProofError> {
        let (mut id, mut says) = (None, false);
        for (name, value) in members.iter().filter(|(name, _)| *name != "@context") {
            if !is(active, name, &Meaning::Id) {
                says = true;
            } else if id.replace(value).is_some() {
                return Err(ProofError::Uncovered);
            }
        }
        let subject = match id {
            None => return Ok(self.blank()),
            Some(Value::String(id)) if !id.starts_with('@') => in_full(active, id)?,
            Some(_) => return Err(ProofError::Uncovered),
        };
        if says && !self.described.insert((place.graph.cloned(), subject.clone())) {
            return Err(ProofError::Uncovered);
        }
        Ok(subject)
    }

    /// The contexts of a node's types, in the order of their names (§5.1.2 step 11).
    fn of_types(&mut self, outer: &Active, classes: &[&str]) -> Result<Option<Active>, ProofError> {
        let mut active = None;
        let mut sorted = classes.to_vec();
        sorted.sort_unstable();
        sorted.dedup();
        for class in sorted {
            if let Some(scoped) = outer.term(class).and_then(|term| term.scoped.as_ref()) {
                let before = active.as_ref().unwrap_or(outer);
                active = Some(self.contexts.apply(before, scoped, Scope::Type, &mut self.work)?);
            }
        }
        Ok(active)
    }

    fn property(
        &mut self,
        active: &Active,
        (term, value): (Option<&Term>, &Value),
        statement: Statement<'_>,
    ) -> Result<(), ProofError> {
        let Statement { subject, predicate, place, .. } = &statement;
        match term {
            Some(Term { coercion: Some(Coercion::Json), .. }) => {
                self.whole();
                let object = typed(&json::canonicalize(value)?, RDF_JSON);
                self.say(subject, predicate, object, place.graph);
            }
            Some(Term { container: Container::List, .. }) => {
                self.whole();
                let items = if let Value::Array(items) = value {
                    items.as_slice()
                } else {
                    std::slice::from_ref(value)
                };
                if items.is_empty() {
                    return Err(ProofError::Uncovered);
                }
                let list = self.list(active, term, items, &statement)?;
                self.say(subject, predicate, list, place.graph);
            }
            _ => self.values(active, term, value, &statement)?,
        }
        Ok(())
    }

    /// Says each value of a property.
    fn values(
        &mut self,
        active: &Active,
        term: Option<&Term>,
        value: &Value,
        statement: &Statement<'_>,
    ) -> Result<(), ProofError> {
        if let Value::Array(items) = value {
            if items.is_empty() {
                return Err(ProofError::Uncovered);
            }
            return items.iter().enumerate().try_for_each(|(index, item)| {
                self.enter(|| index.to_string());
                self.values(active, term, item, statement)?;
                self.leave();
                Ok(())
            });
        }
        let graph = statement.place.graph;
        let object = if term.is_some_and(|term| term.container == Container::Graph) {
            self.graph(active, term, value, statement)?
        } else {
            self.object(active, term, value, statement.inside())?
        };
        self.say(statement.subject, &statement.predicate, object, graph);
        Ok(())
    }

    /// A graph of its own, with one node in it, which must say something.
    fn graph(
        &mut self,
        active: &Active,
        term: Option<&Term>,
        value: &Value,
        statement: &Statement<'_>,
    ) -> Result<Object, ProofError> {
        let Value::Object(members) = value else { return Err(ProofError::Uncovered) };
        self.whole();
        let name = self.blank();
        let before = self.quads.len();
        let place = Place { graph: Some(&name), document: statement.credentials };
        let scoped = self.inside(active, term, members)?;
        let context = members.get("@context");
        self.node(scoped.as_ref().unwrap_or(active), (members, context), place)?;
        if self.quads.len() == before { Err(ProofError::Uncovered) } else { Ok(Object::Node(name)) }
    }

    fn list(
        &mut self,
        active: &Active,
        term: Option<&Term>,
        items: &[Value],
        statement: &Statement<'_>,
    ) -> Result<Object, ProofError> {
        let graph = statement.place.graph;
        let mut rest = Object::Node(Node::Iri(Iri::new(RDF_NIL)));
        for item in items.iter().rev() {
            let cell = self.blank();
            let first = self.object(active, term, item, statement.inside())?;
            self.say(&cell, &Iri::new(RDF_FIRST), first, graph);
            self.say(&cell, &Iri::new(RDF_REST), rest, graph);
            rest = Object::Node(cell);
        }
        Ok(rest)
    }

    /// One value of a property.
    fn object(
        &mut self,
        active: &Active,
        term: Option<&Term>,
        value: &Value,
        place: Place<'_>,
    ) -> Result<Object, ProofError> {
        match value {
            Value::Null | Value::Array(_) => Err(ProofError::Uncovered),
            Value::Object(members) if members.contains_key("@value") => {
                self.whole();
                value_object(active, members)
            }
            Value::Object(members) if members.is_empty() => Err(ProofError::Uncovered),
            Value::Object(members) => {
                let scoped = self.inside(active, term, members)?;
                let context = members.get("@context");
                self.node(scoped.as_ref().unwrap_or(active), (members, context), place).map(Object::Node)
            }
            scalar => match term.and_then(|term| term.scoped.as_ref()) {
                Some(scoped) => plain(
                    &self.contexts.apply(active, scoped, Scope::Property, &mut self.work)?,
                    term,
                    scalar,
                ),
                None => plain(active, term, scalar),
            },
        }
    }

    /// What holds inside a node that is a property's value, if something else than around it: a type's context ends, and
    /// the property's own begins (§5.1.2 steps 7 and 8).
    fn inside(
        &mut self,
        active: &Active,
        term: Option<&Term>,
        members: &Map<String, Value>,
    ) -> Result<Option<Active>, ProofError> {
        let only_names = members.len() == 1 && members.keys().all(|name| is(active, name, &Meaning::Id));
        let previous = active.previous().filter(|_| !only_names);
        match term.and_then(|term| term.scoped.as_ref()) {
            Some(scoped) => {
                let before = previous.unwrap_or(active);
                self.contexts.apply(before, scoped, Scope::Property, &mut self.work).map(Some)
            }
            None => Ok(previous.cloned()),
        }
    }

    fn blank(&mut self) -> Node {
        self.blanks += 1;
        Node::Blank(self.blanks)
    }

    fn say(&mut self, subject: &Node, predicate: &Iri, object: Object, graph: Option<&Node>) {
        let (subject, predicate, graph) = (subject.clone(), predicate.clone(), graph.cloned());
        self.quads.push(Quad { subject, predicate, object, graph });
        if let Some(trail) = &mut self.trail {
            trail.say();
        }
    }

    fn enter(&mut self, step: impl FnOnce() -> String) {
        if let Some(trail) = &mut self.trail {
            trail.enter(step());
        }
    }

    fn leave(&mut self) {
        if let Some(trail) = &mut self.trail {
            trail.leave();
        }
    }

    fn whole(&mut self) {
        if let Some(trail) = &mut self.trail {
            trail.whole();
        }
    }
}

/// Refuses another meaning of `id` and `type`. Other names for what these mean are in no context of the registry.
fn require_plain_names(active: &Active, members: &Map<String, Value>) -> Result<(), ProofError> {
    let plain = |(name, meaning)| !members.contains_key(name) || is(active, name, &meaning);
    if [("id", Meaning::Id), ("type", Meaning::Type)].into_iter().all(plain) {
        Ok(())
    } else {
        Err(ProofError::Uncovered)
    }
}

/// What a property's values are said about.
struct Statement<'a> {
    subject: &'a Node,
    predicate: Iri,
    place: Place<'a>,
    /// The values are credentials, which may have contexts.
    credentials: bool,
}

impl<'a> Statement<'a> {
    /// Where its values stand, if they have no graph of their own.
    const fn inside(&self) -> Place<'a> {
        Place { graph: self.place.graph, document: self.credentials }
    }
}

fn is(active: &Active, name: &str, meaning: &Meaning) -> bool {
    active.term(name).is_some_and(|term| term.meaning == *meaning)
}

/// The types a node names.
fn classes<'a>(active: &Active, members: &'a Map<String, Value>) -> Result<Vec<&'a str>, ProofError> {
    let mut classes = Vec::new();
    for (_, value) in members.iter().filter(|(name, _)| is(active, name, &Meaning::Type)) {
        classes.extend(strings(value)?);
    }
    Ok(classes)
}

/// A string, or an array of strings that is not empty.
fn strings(value: &Value) -> Result<Vec<&str>, ProofError> {
    let items = if let Value::Array(items) = value { items.as_slice() } else { std::slice::from_ref(value) };
    if items.is_empty() {
        return Err(ProofError::Uncovered);
    }
    items.iter().map(|item| item.as_str().ok_or(ProofError::JsonLd)).collect()
}

fn rdf_type() -> &'static Iri {
    static TYPE: LazyLock<Iri> = LazyLock::new(|| Iri::new(RDF_TYPE));
    &TYPE
}

fn absolute(active: &Active, name: &str, vocab: bool) -> Result<Iri, ProofError> {
    match active.expand(name, vocab)? {
        Meaning::Iri(iri) => Ok(iri),
        Meaning::Id | Meaning::Type => Err(ProofError::JsonLd),
    }
}

/// The node of an IRI that must be written in full: who reads the document would take a compact one for another.
fn in_full(active: &Active, id: &str) -> Result<Node, ProofError> {
    let iri = absolute(active, id, false)?;
    if iri.bare() == id { Ok(Node::Iri(iri)) } else { Err(ProofError::Uncovered) }
}

/// A value object (JSON-LD 1.1 §9.5): a literal of a type, any JSON, or a string in a language. Which way its letters run
/// may be said too (VCDM 2.0 §11.1); RDF does not say it, so that it is not signed and never read back.
fn value_object(active: &Active, members: &Map<String, Value>) -> Result<Object, ProofError> {
    let understood = |name: &String| ["@value", "@type", "@language", "@direction"].contains(&name.as_str());
    if !members.keys().all(understood) {
        return Err(ProofError::Uncovered);
    }
    match (members.get("@value"), members.get("@type"), members.get("@language")) {
        (Some(Value::String(text)), None, language) if members.contains_key("@direction") => {
            if !["ltr", "rtl"].into_iter().any(|way| members.get("@direction") == Some(&way.into())) {
                return Err(ProofError::JsonLd);
            }
            let language =
                language.map(|language| language.as_str().ok_or(ProofError::JsonLd)).transpose()?;
            language.map_or(Ok(typed(text, XSD_STRING)), |language| {
                Ok(tagged(text, well_formed_language(language)?))
            })
        }
        _ if members.contains_key("@direction") => Err(ProofError::JsonLd),
        (Some(Value::String(text)), None, Some(Value::String(language))) => {
            Ok(tagged(text, well_formed_language(language)?))
        }
        (Some(value), Some(Value::String(datatype)), None) if datatype == "@json" => {
            Ok(typed(&json::canonicalize(value)?, RDF_JSON))
        }
        (Some(value), Some(Value::String(datatype)), None) if !datatype.starts_with('@') => {
            literal(value, Some(absolute(active, datatype, true)?.bare()))
        }
        (Some(value), None, None) => literal(value, None),
        _ => Err(ProofError::JsonLd),
    }
}

/// A scalar, by what its property takes it for (§5.3).
fn plain(active: &Active, term: Option<&Term>, value: &Value) -> Result<Object, ProofError> {
    match (term.and_then(|term| term.coercion.as_ref()), value) {
        (Some(Coercion::Id), Value::String(id)) if id.starts_with('@') => Err(ProofError::Uncovered),
        (Some(Coercion::Id), Value::String(id)) => in_full(active, id).map(Object::Node),
        (Some(Coercion::Vocab), Value::String(name)) => {
            Ok(Object::Node(Node::Iri(absolute(active, name, true)?)))
        }
        (Some(Coercion::Datatype(datatype)), value) => literal(value, Some(datatype)),
        (_, Value::String(text)) => {
            let own = term.and_then(|term| term.language.as_ref());
            match own.map_or(active.language(), Option::as_deref) {
                Some(language) => Ok(tagged(text, language)),
                None => Ok(typed(text, XSD_STRING)),
            }
        }
        (_, value) => literal(value, None),
    }
}

fn literal(value: &Value, datatype: Option<&str>) -> Result<Object, ProofError> {
    match value {
        Value::Bool(value) => {
            Ok(typed(if *value { "true" } else { "false" }, datatype.unwrap_or(XSD_BOOLEAN)))
        }
        Value::String(text) => Ok(typed(text, datatype.unwrap_or(XSD_STRING))),
        Value::Number(number) => number_literal(number, datatype),
        Value::Null | Value::Array(_) | Value::Object(_) => Err(ProofError::Uncovered),
    }
}

/// An integer where the number is whole and below 10^21 and no `xsd:double`, else a double (§8.6). An integer that no double
/// holds is refused: others would read another one.
fn number_literal(number: &serde_json::Number, datatype: Option<&str>) -> Result<Object, ProofError> {
    const LARGEST_INTEGER: f64 = 1e21;
    let value = number.as_f64().ok_or(ProofError::JsonLd)?;
    let integer = number.as_i64().map(i128::from).or(number.as_u64().map(i128::from));
    if integer.is_some_and(|integer| integer != value as i128) {
        return Err(ProofError::JsonLd);
    }
    if datatype == Some(XSD_DOUBLE) || value.fract() != 0.0 || value.abs() >= LARGEST_INTEGER {
        return Ok(typed(&double(value), datatype.unwrap_or(XSD_DOUBLE)));
    }
    let whole = format!("{value:.0}");
    Ok(typed(if whole == "-0" { "0" } else { &whole }, datatype.unwrap_or(XSD_INTEGER)))
}

/// The canonical form of `xsd:double`: one digit, a point, up to 15 digits, and the exponent.
pub(crate) fn double(value: f64) -> String {
    let text = format!("{value:.15E}");
    let Some((mantissa, exponent)) = text.split_once('E') else { return text };
    let mantissa = mantissa.trim_end_matches('0');
    let point = if mantissa.ends_with('.') { "0" } else { "" };
    format!("{mantissa}{point}E{exponent}")
}

#[cfg(test)]
mod property;
#[cfg(test)]
mod tests;
