//! JSON-LD 1.1 documents to RDF statements: expansion and serialization in one pass (Processing Algorithms §5, §8), for
//! the part of JSON-LD that credentials use.
//!
//! Refused is whatever those algorithms would drop in silence, and what is not understood: `null`, empty arrays and
//! objects, keywords but for value objects, blank nodes with names, terms that no context defines,
//! relative and compact IRIs (but for types), integers that no double holds, properties of RDF itself, contexts anywhere but
//! in a document or a credential in it (of a presentation, of a learner record), and in the proofs of either, which have some
//! where they are made over JSON (VC-DI-EDDSA 1.0 §3.3.1).

use std::sync::LazyLock;

use jigap_keys::json::JsonError;
use serde_json::{Map, Value};

use crate::active::{Active, Coercion, Container, Meaning, Scope, Term};
use crate::compiled::Work;
use crate::json_ld::literal::{any_json, literal, value_object};
use crate::rdf::{Iri, Node, Object, Quad};
use crate::selective::trail::Trail;
use crate::{Contexts, ProofError};

mod literal;

pub(crate) use literal::{RDF_JSON, double};

/// Arrays and objects within each other.
pub(crate) const MOST_LEVELS: usize = 32;

/// Statements for which room is made before they are made: what was counted may be one literal of JSON.
const MOST_ROOM: usize = 4096;
/// Most bytes of all lines together, escapes left out. A long name stands in the line of everything that is said of it, so
/// that a document's lines could be a thousand times as long as the document; honest ones are a few times as long.
const MOST_WRITTEN: usize = 16 << 20;

/// Where the words of RDF itself begin.
const RDF: &str = "http://www.w3.org/1999/02/22-rdf-syntax-ns#";
pub(crate) const RDF_TYPE: &str = "http://www.w3.org/1999/02/22-rdf-syntax-ns#type";
pub(crate) const RDF_FIRST: &str = "http://www.w3.org/1999/02/22-rdf-syntax-ns#first";
pub(crate) const RDF_REST: &str = "http://www.w3.org/1999/02/22-rdf-syntax-ns#rest";
const RDF_NIL: &str = "http://www.w3.org/1999/02/22-rdf-syntax-ns#nil";

/// What a document says.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Statements<'a> {
    pub(crate) quads: Vec<Quad<'a>>,
    /// What the document itself is called.
    pub(crate) root: Node<'a>,
}

/// RDF's own words.
struct Words {
    class: Iri,
    first: Iri,
    rest: Iri,
    nil: Iri,
}

static WORDS: LazyLock<Words> = LazyLock::new(|| Words {
    class: Iri::new(RDF_TYPE),
    first: Iri::new(RDF_FIRST),
    rest: Iri::new(RDF_REST),
    nil: Iri::new(RDF_NIL),
});

/// The statements of a document with these members.
///
/// # Errors
/// [`ProofError`] for what no signature would cover, for contexts that are not known, and for what is not JSON-LD.
pub(crate) fn statements<'a>(
    members: &'a Map<String, Value>,
    contexts: &Contexts,
) -> Result<Statements<'a>, ProofError> {
    statements_in(members.get("@context"), members, contexts)
}

/// The same in the contexts `context`, whichever the document itself has.
pub(crate) fn statements_in<'a>(
    context: Option<&'a Value>,
    members: &'a Map<String, Value>,
    contexts: &Contexts,
) -> Result<Statements<'a>, ProofError> {
    let said = Members { all: members, context, but_for: None };
    written(said, contexts, None).map(|(statements, _)| statements)
}

/// What the proof with these `members` says in the contexts `context`, but for its value.
pub(crate) fn configuration_in<'a>(
    context: Option<&'a Value>,
    members: &'a Map<String, Value>,
    contexts: &Contexts,
) -> Result<Statements<'a>, ProofError> {
    let said = Members { all: members, context, but_for: Some("proofValue") };
    written(said, contexts, None).map(|(statements, _)| statements)
}

/// A document's statements, and where in it each of them stands.
///
/// # Errors
/// As [`statements`], and [`ProofError::Uncovered`] where `id` or `type` means something else than `@id` or `@type`:
/// selections keep the two by these names.
pub(crate) fn tracked_statements<'a>(
    members: &'a Map<String, Value>,
    contexts: &Contexts,
) -> Result<(Statements<'a>, Trail), ProofError> {
    let (statements, trail) = written(Members::of(members), contexts, Some(Trail::new()))?;
    Ok((statements, trail.unwrap_or_else(Trail::new)))
}

fn written<'a>(
    members: Members<'a>,
    contexts: &Contexts,
    trail: Option<Trail>,
) -> Result<(Statements<'a>, Option<Trail>), ProofError> {
    let mut values = 0;
    for (name, value) in members.all {
        let inside = count(value, MOST_LEVELS - 1)?;
        values += if members.says(name) { inside } else { 0 };
    }
    let (quads, described) = (Vec::with_capacity(values.min(MOST_ROOM)), Vec::new());
    let (work, room) = (Work::default(), MOST_WRITTEN);
    let mut writer = Writer { contexts, quads, room, blanks: 0, described, work, trail };
    let root = writer.node(Active::initial(), members, Place { graph: None, document: true })?;
    let Writer { quads, mut described, trail, .. } = writer;
    // In one graph a name is described once: RDF would merge two descriptions, and a property could be hidden in the second
    // from whoever reads the first.
    described.sort_unstable();
    if quads.is_empty() || described.array_windows().any(|[one, next]| one == next) {
        Err(ProofError::Uncovered)
    } else {
        Ok((Statements { quads, root }, trail))
    }
}

/// About how many statements a property with this value makes. Refuses what is nested deeper than `levels`.
fn count(value: &Value, levels: usize) -> Result<usize, ProofError> {
    let inner = |value| match levels.checked_sub(1) {
        Some(levels) => count(value, levels),
        None => Err(JsonError::TooDeep.into()),
    };
    match value {
        Value::Array(items) => items.iter().map(inner).sum(),
        Value::Object(members) => {
            let inside = members.values().map(inner).sum::<Result<usize, _>>()?;
            let named = usize::from(members.contains_key("id"));
            Ok(if members.contains_key("@value") { 1 } else { 1 + inside - named.min(inside) })
        }
        _ => Ok(1),
    }
}

/// A node object: its members, but for one that is not said, and the contexts that it is in.
#[derive(Clone, Copy)]
struct Members<'a> {
    all: &'a Map<String, Value>,
    context: Option<&'a Value>,
    but_for: Option<&'static str>,
}

impl<'a> Members<'a> {
    /// As they stand.
    fn of(all: &'a Map<String, Value>) -> Self {
        Self { all, context: all.get("@context"), but_for: None }
    }

    fn says(self, name: &str) -> bool {
        name != "@context" && Some(name) != self.but_for
    }

    fn said(self) -> impl Iterator<Item = (&'a str, &'a Value)> {
        let all = self.all.iter().map(|(name, value)| (name.as_str(), value));
        all.filter(move |(name, _)| self.says(name))
    }
}

struct Writer<'a, 'c> {
    contexts: &'c Contexts,
    quads: Vec<Quad<'a>>,
    /// Bytes that further lines may have: what a statement holds of its own is counted too before the next is made.
    room: usize,
    blanks: u32,
    /// The named nodes that were described, each with its graph.
    described: Vec<(Option<u32>, &'a str)>,
    work: Work,
    /// Where statements stand, if it is asked for.
    trail: Option<Trail>,
}

/// Where a node stands.
#[derive(Clone, Copy)]
struct Place {
    graph: Option<u32>,
    /// The whole document, a credential in it, or a proof: it may have contexts.
    document: bool,
}

impl<'a> Writer<'a, '_> {
    /// Says what a node object says, and answers which node it is (§5.1.2 steps 9 to 14).
    fn node(&mut self, active: &Active, members: Members<'a>, place: Place) -> Result<Node<'a>, ProofError> {
        let with_context;
        let outer = match members.context {
            None => active,
            Some(_) if !place.document => return Err(ProofError::Context),
            Some(context) => {
                with_context = self.contexts.enter(active, context, &mut self.work)?;
                &with_context
            }
        };
        let typed_context = self.of_types(outer, members)?;
        let inner = typed_context.as_ref().unwrap_or(outer);
        if self.trail.is_some() {
            require_plain_names(outer, members)?;
            require_plain_names(inner, members)?;
        }
        let subject = self.subject(inner, members, place)?;
        for class in classes(outer, members) {
            let object = Object::Word(absolute(outer, class?)?);
            self.say(subject, &WORDS.class, object, place.graph)?;
        }
        for (name, value) in members.said() {
            // A property goes by its term: whoever reads the document asks for that name, and the signature covers only
            // what the name stands for.
            if name.starts_with('@') || name.contains(':') {
                return Err(ProofError::Uncovered);
            }
            let term = inner.term(name);
            let predicate = match term.map(|term| &term.meaning) {
                Some(Meaning::Iri(iri)) => iri.clone(),
                Some(Meaning::Id | Meaning::Type) => continue,
                None => absolute(inner, name)?,
            };
            // These are said by `type` and by lists alone.
            if predicate.bare().starts_with(RDF) {
                return Err(ProofError::Uncovered);
            }
            // Of a presentation, or of a learner record; and proofs of what is in it.
            let documents = name == "verifiableCredential" || (name == "proof" && place.document);
            let statement = Statement { subject, predicate, place, documents };
            self.enter(|| name.to_owned());
            self.property(inner, (term, value), statement)?;
            self.leave();
        }
        Ok(subject)
    }

    /// The node's name, or a fresh blank node.
    fn subject(
        &mut self,
        active: &Active,
        members: Members<'a>,
        place: Place,
    ) -> Result<Node<'a>, ProofError> {
        let (mut id, mut says) = (None, false);
        for (name, value) in members.said() {
            if !is(active, name, &Meaning::Id) {
                says = true;
            } else if id.replace(value).is_some() {
                return Err(ProofError::Uncovered);
            }
        }
        let id = match id {
            None => return Ok(Node::Blank(self.blank())),
            Some(Value::String(id)) if !id.starts_with('@') => in_full(active, id)?,
            Some(_) => return Err(ProofError::Uncovered),
        };
        if says {
            self.described.push((place.graph, id));
        }
        Ok(Node::Iri(id))
    }

    /// The contexts of a node's types, in the order of their names (§5.1.2 step 11).
    fn of_types(&mut self, outer: &Active, members: Members<'a>) -> Result<Option<Active>, ProofError> {
        let mut scoped = Vec::new();
        for class in classes(outer, members) {
            let class = class?;
            if let Some(context) = outer.term(class).and_then(|term| term.scoped.as_ref()) {
                // Most nodes have one, if any; a vector would begin with room for four.
                scoped.reserve_exact(1);
                scoped.push((class, context));
            }
        }
        scoped.sort_unstable_by_key(|(class, _)| *class);
        scoped.dedup_by_key(|(class, _)| *class);
        let mut active = None;
        for (_, context) in scoped {
            let before = active.as_ref().unwrap_or(outer);
            active = Some(self.contexts.apply(before, context, Scope::Type, &mut self.work)?);
        }
        Ok(active)
    }

    fn property(
        &mut self,
        active: &Active,
        (term, value): (Option<&Term>, &'a Value),
        statement: Statement<'a>,
    ) -> Result<(), ProofError> {
        let graph = statement.place.graph;
        match term {
            Some(Term { coercion: Some(Coercion::Json), .. }) => {
                self.whole();
                self.say(statement.subject, &statement.predicate, any_json(value)?, graph)?;
            }
            Some(Term { container: Container::List, .. }) => {
                self.whole();
                let items = listed(value);
                if items.is_empty() {
                    return Err(ProofError::Uncovered);
                }
                let list = self.list(active, term, items, &statement)?;
                self.say(statement.subject, &statement.predicate, list, graph)?;
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
        value: &'a Value,
        statement: &Statement<'a>,
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
        let object = if term.is_some_and(|term| term.container == Container::Graph) {
            self.graph(active, term, value, statement)?
        } else {
            self.object(active, term, value, statement.inside())?
        };
        self.say(statement.subject, &statement.predicate, object, statement.place.graph)
    }

    /// A graph of its own, with one node in it, which must say something.
    fn graph(
        &mut self,
        active: &Active,
        term: Option<&Term>,
        value: &'a Value,
        statement: &Statement<'a>,
    ) -> Result<Object<'a>, ProofError> {
        let Value::Object(members) = value else { return Err(ProofError::Uncovered) };
        self.whole();
        let name = self.blank();
        let before = self.quads.len();
        let place = Place { graph: Some(name), document: statement.documents };
        let scoped = self.inside(active, term, members)?;
        self.node(scoped.as_ref().unwrap_or(active), Members::of(members), place)?;
        let says = self.quads.len() > before;
        if says { Ok(Object::Node(Node::Blank(name))) } else { Err(ProofError::Uncovered) }
    }

    fn list(
        &mut self,
        active: &Active,
        term: Option<&Term>,
        items: &'a [Value],
        statement: &Statement<'a>,
    ) -> Result<Object<'a>, ProofError> {
        let graph = statement.place.graph;
        let mut rest = Object::Word(WORDS.nil.clone());
        for item in items.iter().rev() {
            let cell = Node::Blank(self.blank());
            let first = self.object(active, term, item, statement.inside())?;
            self.say(cell, &WORDS.first, first, graph)?;
            self.say(cell, &WORDS.rest, rest, graph)?;
            rest = Object::Node(cell);
        }
        Ok(rest)
    }

    /// One value of a property.
    fn object(
        &mut self,
        active: &Active,
        term: Option<&Term>,
        value: &'a Value,
        place: Place,
    ) -> Result<Object<'a>, ProofError> {
        match value {
            Value::Null | Value::Array(_) => Err(ProofError::Uncovered),
            Value::Object(members) if members.contains_key("@value") => {
                self.whole();
                value_object(active, members)
            }
            Value::Object(members) if members.is_empty() => Err(ProofError::Uncovered),
            Value::Object(members) => {
                let scoped = self.inside(active, term, members)?;
                self.node(scoped.as_ref().unwrap_or(active), Members::of(members), place).map(Object::Node)
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

    fn blank(&mut self) -> u32 {
        self.blanks += 1;
        self.blanks
    }

    fn say(
        &mut self,
        subject: Node<'a>,
        predicate: &Iri,
        object: Object<'a>,
        graph: Option<u32>,
    ) -> Result<(), ProofError> {
        let quad = Quad { subject, predicate: predicate.clone(), object, graph };
        self.room = self.room.checked_sub(quad.length()).ok_or(ProofError::TooComplex)?;
        self.quads.push(quad);
        if let Some(trail) = &mut self.trail {
            trail.say();
        }
        Ok(())
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
fn require_plain_names(active: &Active, members: Members<'_>) -> Result<(), ProofError> {
    let plain = |(name, meaning)| !members.all.contains_key(name) || is(active, name, &meaning);
    if [("id", Meaning::Id), ("type", Meaning::Type)].into_iter().all(plain) {
        Ok(())
    } else {
        Err(ProofError::Uncovered)
    }
}

/// What a property's values are said about.
struct Statement<'a> {
    subject: Node<'a>,
    predicate: Iri,
    place: Place,
    /// The values are credentials or proofs, which may have contexts.
    documents: bool,
}

impl Statement<'_> {
    /// Where its values stand, if they have no graph of their own.
    const fn inside(&self) -> Place {
        Place { graph: self.place.graph, document: self.documents }
    }
}

fn is(active: &Active, name: &str, meaning: &Meaning) -> bool {
    active.term(name).is_some_and(|term| term.meaning == *meaning)
}

/// The types a node names: strings, alone or in arrays that are not empty.
fn classes<'a>(active: &Active, members: Members<'a>) -> impl Iterator<Item = Result<&'a str, ProofError>> {
    let named = members.said().filter(|(name, _)| is(active, name, &Meaning::Type));
    named.flat_map(|(_, value)| {
        let items = listed(value);
        let nothing = items.is_empty().then_some(Err(ProofError::Uncovered));
        nothing.into_iter().chain(items.iter().map(|item| item.as_str().ok_or(ProofError::JsonLd)))
    })
}

/// One value alone counts as an array of one.
fn listed(value: &Value) -> &[Value] {
    if let Value::Array(items) = value { items } else { std::slice::from_ref(value) }
}

/// What a term, or a name that a vocabulary makes into one, stands for.
fn absolute(active: &Active, name: &str) -> Result<Iri, ProofError> {
    match active.expand(name, true)? {
        Meaning::Iri(iri) => Ok(iri),
        Meaning::Id | Meaning::Type => Err(ProofError::JsonLd),
    }
}

/// An IRI that must be written in full: who reads the document would take a compact one for another.
fn in_full<'a>(active: &Active, id: &'a str) -> Result<&'a str, ProofError> {
    let (start, end) = active.iri(id)?;
    if id.strip_prefix(start) == Some(end) { Ok(id) } else { Err(ProofError::Uncovered) }
}

/// A scalar, by what its property takes it for (§5.3).
fn plain<'a>(active: &Active, term: Option<&Term>, value: &'a Value) -> Result<Object<'a>, ProofError> {
    match (term.and_then(|term| term.coercion.as_ref()), value) {
        (Some(Coercion::Id), Value::String(id)) if id.starts_with('@') => Err(ProofError::Uncovered),
        (Some(Coercion::Id), Value::String(id)) => Ok(Object::Node(Node::Iri(in_full(active, id)?))),
        (Some(Coercion::Vocab), Value::String(name)) => Ok(Object::Word(absolute(active, name)?)),
        (Some(Coercion::Datatype(datatype)), value) => literal(value, Some(datatype)),
        (_, Value::String(text)) => {
            let own = term.and_then(|term| term.language.as_ref());
            Ok(Object::Literal(text.into(), own.unwrap_or(active.language()).clone()))
        }
        (_, value) => literal(value, None),
    }
}

#[cfg(test)]
mod property;
#[cfg(test)]
mod tests;
