//! What a document says, read back from the statements that its signatures cover: JSON that depends on nothing else. However
//! a document was written, with whichever contexts, order, aliases or value objects: the same statements read the same.
//!
//! - A property goes by the one name that the registry has for it, a type by its name too; what has no name there goes by
//!   its IRI.
//! - One value stands alone, several stand in an array, in an order of its own: RDF knows none. Lists keep theirs.
//! - A thing that nothing is said about is its IRI, else an object with its `id`; it is told in full wherever it is named.
//! - Of literals (JSON-LD 1.1 API §8.2, with native types) `xsd:boolean` and `xsd:integer` and `xsd:double` in canonical form
//!   are read as JSON's, `rdf:JSON` as what it is, strings in a language as value objects; all others are their text.
//!
//! Refused: a property with several names, statements that go in circles, and what grows out of proportion.

use std::collections::{BTreeMap, BTreeSet};

use jigap_keys::json::{self, Limits};
use serde_json::{Map, Value};

use crate::json_ld::{MOST_LEVELS, RDF_FIRST, RDF_JSON, RDF_REST, RDF_TYPE, Statements, double};
use crate::rdf::{Node, Object, Quad, Suffix};
use crate::{Contexts, ProofError};

/// What is said about one thing, by predicate.
type Said<'a> = BTreeMap<&'a str, BTreeSet<&'a Object<'a>>>;

/// Reads `statements`, but for those in graphs of their own.
///
/// # Errors
/// [`ProofError::Unreadable`], [`ProofError::TooComplex`].
pub(crate) fn read(statements: &Statements<'_>, contexts: &Contexts) -> Result<Value, ProofError> {
    let mut said = BTreeMap::<Node<'_>, Said<'_>>::new();
    for quad in statements.quads.iter().filter(|quad| quad.graph.is_none()) {
        said.entry(quad.subject).or_default().entry(quad.predicate.bare()).or_default().insert(&quad.object);
    }
    let bytes = |quad: &Quad<'_>| quad.predicate.bare().len() + weight(&quad.object);
    let left = 1000 + 4 * statements.quads.iter().map(bytes).sum::<usize>();
    Reader { said: &said, contexts, open: Vec::new(), left }.node(statements.root)
}

struct Reader<'a, 'm> {
    said: &'m BTreeMap<Node<'a>, Said<'a>>,
    contexts: &'a Contexts,
    /// The things being told.
    open: Vec<Node<'a>>,
    /// How many more bytes may be read: what is named often is told often, and must not swell.
    left: usize,
}

impl<'a> Reader<'a, '_> {
    fn node(&mut self, node: Node<'a>) -> Result<Value, ProofError> {
        let name = match node {
            Node::Iri(iri) => Some(Value::from(iri)),
            Node::Blank(_) => None,
        };
        let Some(said) = self.said.get(&node) else {
            return Ok(name.unwrap_or_else(|| Value::Object(Map::new())));
        };
        if self.open.contains(&node) {
            return Err(ProofError::Unreadable);
        }
        if self.open.len() > MOST_LEVELS {
            return Err(ProofError::TooComplex);
        }
        self.open.push(node);
        let mut members: Map<String, Value> = name.map(|name| ("id".to_owned(), name)).into_iter().collect();
        for (&predicate, objects) in said {
            let (name, values) = self.property(predicate, objects)?;
            if members.insert(name.to_owned(), values).is_some() {
                return Err(ProofError::Unreadable);
            }
        }
        self.open.pop();
        Ok(Value::Object(members))
    }

    fn property(
        &mut self,
        predicate: &'a str,
        objects: &BTreeSet<&'a Object<'a>>,
    ) -> Result<(&'a str, Value), ProofError> {
        if predicate == RDF_TYPE {
            return Ok(("type", self.types(objects)?));
        }
        let name = self.contexts.name(predicate).ok_or(ProofError::Unreadable)?;
        self.spend(name.len())?;
        let values = objects.iter().copied().map(|object| self.object(object));
        Ok((name, together(values.collect::<Result<_, _>>()?)?))
    }

    fn types(&mut self, objects: &BTreeSet<&'a Object<'a>>) -> Result<Value, ProofError> {
        self.spend(objects.iter().map(|object| weight(object)).sum())?;
        let names = objects.iter().copied().filter_map(Object::iri);
        together(names.map(|iri| self.contexts.type_name(iri).unwrap_or(iri).into()).collect())
    }

    fn object(&mut self, object: &'a Object<'a>) -> Result<Value, ProofError> {
        self.spend(weight(object))?;
        match object {
            Object::Literal(text, suffix) => Ok(literal(text, suffix)),
            Object::Node(node) if self.says(*node, RDF_FIRST).is_some() => self.list(*node),
            Object::Node(node) => self.node(*node),
            Object::Word(iri) => self.node(Node::Iri(iri.bare())),
        }
    }

    fn spend(&mut self, bytes: usize) -> Result<(), ProofError> {
        self.left = self.left.checked_sub(bytes).ok_or(ProofError::TooComplex)?;
        Ok(())
    }

    fn list(&mut self, mut cell: Node<'a>) -> Result<Value, ProofError> {
        let mut items = Vec::new();
        while let Some(first) = self.says(cell, RDF_FIRST) {
            items.push(self.object(first)?);
            match self.says(cell, RDF_REST).and_then(Object::node) {
                Some(rest) => cell = rest,
                None => return Err(ProofError::Unreadable),
            }
        }
        Ok(Value::Array(items))
    }

    /// The first of what is said about `node` by `predicate`.
    fn says(&self, node: Node<'a>, predicate: &str) -> Option<&'a Object<'a>> {
        self.said.get(&node)?.get(predicate)?.first().copied()
    }
}

/// What reading an object costs in bytes, without what is said about it.
fn weight(object: &Object<'_>) -> usize {
    match object {
        Object::Literal(text, _) => 1 + text.len(),
        object => 1 + object.iri().map_or(0, str::len),
    }
}

/// One value alone, several in an array in the order of their canonical JSON.
fn together(mut values: Vec<Value>) -> Result<Value, ProofError> {
    if values.len() == 1 {
        return Ok(values.swap_remove(0));
    }
    let keyed = values.into_iter().map(|value| Ok((json::canonicalize(&value)?, value)));
    let mut keyed: Vec<(String, Value)> = keyed.collect::<Result<_, ProofError>>()?;
    keyed.sort_by(|(one, _), (other, _)| one.cmp(other));
    Ok(keyed.into_iter().map(|(_, value)| value).collect())
}

/// A literal of any type or language.
fn literal(text: &str, suffix: &Suffix) -> Value {
    if let Some(language) = suffix.language() {
        return serde_json::json!({"@value": text, "@language": language});
    }
    let native = match suffix.datatype() {
        Some(RDF_JSON) => json::parse(text.as_bytes(), Limits::MESSAGE).ok(),
        Some(datatype) => {
            datatype.rsplit_once("://www.w3.org/2001/XMLSchema#").and_then(|(_, name)| match name {
                "boolean" => boolean(text),
                "integer" | "nonNegativeInteger" | "positiveInteger" => integer(text),
                "double" => number(text),
                _ => None,
            })
        }
        None => None,
    };
    native.unwrap_or_else(|| Value::from(text))
}

fn boolean(text: &str) -> Option<Value> {
    text.parse().ok().map(Value::Bool)
}

/// An integer in canonical form.
fn integer(text: &str) -> Option<Value> {
    /// 2^53: beyond it JSON's readers differ.
    const SAFE: i64 = 9_007_199_254_740_992;
    let value: i64 = text.parse().ok().filter(|value| (-SAFE..=SAFE).contains(value))?;
    (value.to_string() == text).then_some(value.into())
}

/// A double in canonical form; one without a fraction is read as the integer that it is.
fn number(text: &str) -> Option<Value> {
    let value: f64 = text.parse().ok().filter(|value: &f64| value.is_finite() && double(*value) == text)?;
    integer(&format!("{value:.0}"))
        .filter(|_| value.fract() == 0.0)
        .or_else(|| serde_json::Number::from_f64(value).map(Value::Number))
}

#[cfg(test)]
mod tests;
