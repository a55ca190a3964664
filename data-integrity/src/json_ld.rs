//! JSON-LD 1.1 documents to RDF statements: expansion and serialization in one pass (Processing Algorithms §5, §8), for
//! the part of JSON-LD that credentials use.
//!
//! Refused is whatever those algorithms would drop in silence, and what is not understood: `null`, empty arrays and
//! objects, keywords but for value objects, base directions, blank nodes with names, terms that no context defines,
//! relative and compact IRIs (but for types), integers that no double holds, properties of RDF itself, contexts by value or
//! anywhere but in a document or a credential in a presentation.

use std::collections::BTreeSet;

use jigap_keys::json::{self, JsonError};
use serde_json::{Map, Value};

use crate::active::{Active, Coercion, Container, Meaning, Scope, Term, well_formed_language};
use crate::rdf::{Node, Object, Quad, tagged, typed};
use crate::{Contexts, ProofError};

/// Arrays and objects within each other.
pub(crate) const MOST_LEVELS: usize = 32;
/// Contexts of one document.
const MOST_CONTEXTS: usize = 16;

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
    members.values().try_for_each(|value| require_shallow(value, MOST_LEVELS - 1))?;
    let mut writer = Writer { contexts, quads: Vec::new(), blanks: 0, described: BTreeSet::new() };
    let place = Place { graph: None, document: true };
    let root = writer.node(&Active::default(), members, place)?;
    if writer.quads.is_empty() {
        Err(ProofError::Uncovered)
    } else {
        Ok(Statements { quads: writer.quads, root })
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

/// Contexts go by their URLs, few of them: each defines all its terms.
fn require_urls(context: &Value) -> Result<(), ProofError> {
    match context {
        Value::String(_) => Ok(()),
        Value::Array(urls)
            if (1..=MOST_CONTEXTS).contains(&urls.len()) && urls.iter().all(Value::is_string) =>
        {
            Ok(())
        }
        _ => Err(ProofError::Context),
    }
}

struct Writer<'a> {
    contexts: &'a Contexts,
    quads: Vec<Quad>,
    blanks: usize,
    /// The named nodes that were described, each with its graph.
    described: BTreeSet<(Option<Node>, Node)>,
}

/// Where a node stands.
#[derive(Clone, Copy)]
struct Place<'a> {
    graph: Option<&'a Node>,
    /// The whole document, or a credential in a presentation: it may have contexts, and credentials in it.
    document: bool,
}

impl Writer<'_> {
    /// Says what a node object says, and answers which node it is (§5.1.2 steps 9 to 14).
    fn node(
        &mut self,
        active: &Active,
        members: &Map<String, Value>,
        place: Place<'_>,
    ) -> Result<Node, ProofError> {
        let with_context;
        let outer = match members.get("@context") {
            None => active,
            Some(_) if !place.document => return Err(ProofError::Context),
            Some(context) => {
                require_urls(context)?;
                with_context = active.with(context, Scope::Document, self.contexts)?;
                &with_context
            }
        };
        let classes = classes(outer, members)?;
        let typed_context = self.of_types(outer, &classes)?;
        let inner = typed_context.as_ref().unwrap_or(outer);
        let subject = self.subject(inner, members)?;
        self.describe(inner, &subject, members, place)?;
        for class in classes {
            let object = Object::Node(Node::iri(&absolute(outer, class, true)?));
            self.say(&subject, RDF_TYPE, object, place.graph);
        }
        for (name, value) in members.iter().filter(|(name, _)| *name != "@context") {
            // A property goes by its term: whoever reads the document asks for that name, and the signature covers only
            // what the name stands for.
            if name.starts_with('@') || name.contains(':') {
                return Err(ProofError::Uncovered);
            }
            let Meaning::Iri(predicate) = inner.expand(name, true)? else { continue };
            // These are said by `type` and by lists alone.
            if predicate.starts_with(RDF) {
                return Err(ProofError::Uncovered);
            }
            let credentials = place.document && name == "verifiableCredential";
            self.property(
                inner,
                (name, value),
                Statement { subject: &subject, predicate, place, credentials },
            )?;
        }
        Ok(subject)
    }

    /// Notes that a node object describes `subject`. In one graph it is done once: RDF would merge two descriptions, and a
    /// property could be hidden in the second from whoever reads the first.
    fn describe(
        &mut self,
        active: &Active,
        subject: &Node,
        members: &Map<String, Value>,
        place: Place<'_>,
    ) -> Result<(), ProofError> {
        let says = |name: &String| name != "@context" && !is(active, name, &Meaning::Id);
        if matches!(subject, Node::Blank(_)) || !members.keys().any(says) {
            return Ok(());
        }
        let first = self.described.insert((place.graph.cloned(), subject.clone()));
        if first { Ok(()) } else { Err(ProofError::Uncovered) }
    }

    /// The node's name, or a fresh blank node.
    fn subject(&mut self, active: &Active, members: &Map<String, Value>) -> Result<Node, ProofError> {
        let mut ids = members.iter().filter(|(name, _)| is(active, name, &Meaning::Id));
        match (ids.next(), ids.next()) {
            (None, _) => Ok(self.blank()),
            (Some((_, Value::String(id))), None) if !id.starts_with('@') => in_full(active, id),
            _ => Err(ProofError::Uncovered),
        }
    }

    /// The contexts of a node's types, in the order of their names (§5.1.2 step 11).
    fn of_types(&self, outer: &Active, classes: &[&str]) -> Result<Option<Active>, ProofError> {
        let mut active = None;
        let sorted: BTreeSet<&str> = classes.iter().copied().collect();
        for class in sorted {
            if let Some(scoped) = outer.term(class).and_then(|term| term.scoped.as_ref()) {
                let before = active.as_ref().unwrap_or(outer);
                active = Some(before.with(scoped, Scope::Type, self.contexts)?);
            }
        }
        Ok(active)
    }

    fn property(
        &mut self,
        active: &Active,
        (name, value): (&str, &Value),
        statement: Statement<'_>,
    ) -> Result<(), ProofError> {
        let term = active.term(name);
        let Statement { subject, predicate, place, .. } = &statement;
        match term {
            Some(Term { coercion: Some(Coercion::Json), .. }) => {
                let object = typed(&json::canonicalize(value)?, RDF_JSON);
                self.say(subject, predicate, object, place.graph);
            }
            Some(Term { container: Container::List, .. }) => {
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
            return items.iter().try_for_each(|item| self.values(active, term, item, statement));
        }
        let graph = statement.place.graph;
        let object = if term.is_some_and(|term| term.container == Container::Graph) {
            self.graph(active, term, value, statement)?
        } else {
            self.object(active, term, value, graph)?
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
        let name = self.blank();
        let before = self.quads.len();
        let place = Place { graph: Some(&name), document: statement.credentials };
        let scoped = self.inside(active, term, members)?;
        self.node(scoped.as_ref().unwrap_or(active), members, place)?;
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
        let mut rest = Object::Node(Node::iri(RDF_NIL));
        for item in items.iter().rev() {
            let cell = self.blank();
            let first = self.object(active, term, item, graph)?;
            self.say(&cell, RDF_FIRST, first, graph);
            self.say(&cell, RDF_REST, rest, graph);
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
        graph: Option<&Node>,
    ) -> Result<Object, ProofError> {
        match value {
            Value::Null | Value::Array(_) => Err(ProofError::Uncovered),
            Value::Object(members) if members.contains_key("@value") => value_object(active, members),
            Value::Object(members) if members.is_empty() => Err(ProofError::Uncovered),
            Value::Object(members) => {
                let scoped = self.inside(active, term, members)?;
                let place = Place { graph, document: false };
                self.node(scoped.as_ref().unwrap_or(active), members, place).map(Object::Node)
            }
            scalar => match term.and_then(|term| term.scoped.as_ref()) {
                Some(scoped) => plain(&active.with(scoped, Scope::Property, self.contexts)?, term, scalar),
                None => plain(active, term, scalar),
            },
        }
    }

    /// What holds inside a node that is a property's value, if something else than around it: a type's context ends, and
    /// the property's own begins (§5.1.2 steps 7 and 8).
    fn inside(
        &self,
        active: &Active,
        term: Option<&Term>,
        members: &Map<String, Value>,
    ) -> Result<Option<Active>, ProofError> {
        let only_names = members.len() == 1 && members.keys().all(|name| is(active, name, &Meaning::Id));
        let previous = active.previous().filter(|_| !only_names).map(|previous| previous.as_ref());
        match term.and_then(|term| term.scoped.as_ref()) {
            Some(scoped) => previous.unwrap_or(active).with(scoped, Scope::Property, self.contexts).map(Some),
            None => Ok(previous.cloned()),
        }
    }

    fn blank(&mut self) -> Node {
        self.blanks += 1;
        Node::Blank(self.blanks)
    }

    fn say(&mut self, subject: &Node, predicate: &str, object: Object, graph: Option<&Node>) {
        let (subject, graph) = (subject.clone(), graph.cloned());
        self.quads.push(Quad { subject, predicate: predicate.to_owned(), object, graph });
    }
}

/// What a property's values are said about.
struct Statement<'a> {
    subject: &'a Node,
    predicate: String,
    place: Place<'a>,
    /// The values are the credentials of a presentation.
    credentials: bool,
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

fn absolute(active: &Active, name: &str, vocab: bool) -> Result<String, ProofError> {
    match active.expand(name, vocab)? {
        Meaning::Iri(iri) => Ok(iri),
        Meaning::Id | Meaning::Type => Err(ProofError::JsonLd),
    }
}

/// The node of an IRI that must be written in full: who reads the document would take a compact one for another.
fn in_full(active: &Active, id: &str) -> Result<Node, ProofError> {
    let iri = absolute(active, id, false)?;
    if iri == id { Ok(Node::iri(&iri)) } else { Err(ProofError::Uncovered) }
}

/// A value object (JSON-LD 1.1 §9.5): a literal of a type, or a string in a language.
fn value_object(active: &Active, members: &Map<String, Value>) -> Result<Object, ProofError> {
    let understood = |name: &String| ["@value", "@type", "@language"].contains(&name.as_str());
    if !members.keys().all(understood) {
        return Err(ProofError::Uncovered);
    }
    match (members.get("@value"), members.get("@type"), members.get("@language")) {
        (Some(Value::String(text)), None, Some(Value::String(language))) => {
            Ok(tagged(text, well_formed_language(language)?))
        }
        (Some(value), Some(Value::String(datatype)), None) if !datatype.starts_with('@') => {
            literal(value, Some(&absolute(active, datatype, true)?))
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
            Ok(Object::Node(Node::iri(&absolute(active, name, true)?)))
        }
        (Some(Coercion::Datatype(datatype)), value) => literal(value, Some(datatype)),
        (_, Value::String(text)) => {
            let own = term.and_then(|term| term.language.as_ref());
            match own.unwrap_or(&active.language) {
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
mod tests;
