//! RDF datasets, and how canonical N-Quads writes them (RDF Dataset Canonicalization 1.0 §6; N-Quads §4).

use std::fmt::Write as _;

use jigap_keys::json;

/// A subject, a graph's name, or an object that is no literal.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Node {
    /// An IRI, as N-Quads writes it: `<…>`.
    Iri(String),
    /// A blank node, by its number in the dataset.
    Blank(usize),
}

impl Node {
    /// The node of an absolute IRI.
    pub(crate) fn iri(iri: &str) -> Self {
        Self::Iri(format!("<{iri}>"))
    }

    /// The IRI without its brackets; nothing for a blank node.
    pub(crate) fn bare(&self) -> &str {
        match self {
            Self::Iri(iri) => iri.strip_prefix('<').and_then(|iri| iri.strip_suffix('>')).unwrap_or_default(),
            Self::Blank(_) => "",
        }
    }
}

/// What is said about a subject.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Object {
    /// Another thing.
    Node(Node),
    /// A literal, as N-Quads writes it.
    Literal(String),
}

impl Object {
    /// The IRI, where it is one.
    pub(crate) fn iri(&self) -> Option<&str> {
        match self {
            Self::Node(node @ Node::Iri(_)) => Some(node.bare()),
            _ => None,
        }
    }
}

/// One statement, and the graph it stands in.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Quad {
    pub(crate) subject: Node,
    /// The predicate's IRI, without brackets.
    pub(crate) predicate: String,
    pub(crate) object: Object,
    pub(crate) graph: Option<Node>,
}

impl Quad {
    /// Its line of canonical N-Quads, line feed included, with blank nodes named by `name`.
    pub(crate) fn line(&self, name: impl Fn(usize) -> String) -> String {
        let write = |node: &Node| match node {
            Node::Iri(iri) => iri.clone(),
            Node::Blank(number) => format!("_:{}", name(*number)),
        };
        let object = match &self.object {
            Object::Node(node) => write(node),
            Object::Literal(literal) => literal.clone(),
        };
        let graph = self.graph.as_ref().map(|graph| write(graph) + " ").unwrap_or_default();
        format!("{} <{}> {object} {graph}.\n", write(&self.subject), self.predicate)
    }

    /// The blank nodes it mentions, each with its place: `s`, `o` or `g`.
    pub(crate) fn blanks(&self) -> impl Iterator<Item = (usize, char)> {
        let object = match &self.object {
            Object::Node(node) => Some(node),
            Object::Literal(_) => None,
        };
        let places = [(Some(&self.subject), 's'), (object, 'o'), (self.graph.as_ref(), 'g')];
        places.into_iter().filter_map(|(node, place)| match node {
            Some(Node::Blank(number)) => Some((*number, place)),
            _ => None,
        })
    }
}

/// A literal of `datatype`.
pub(crate) fn typed(text: &str, datatype: &str) -> Object {
    const STRING: &str = "http://www.w3.org/2001/XMLSchema#string";
    let text = quoted(text);
    Object::Literal(if datatype == STRING { text } else { format!("{text}^^<{datatype}>") })
}

/// A literal in a language (BCP 47).
pub(crate) fn tagged(text: &str, language: &str) -> Object {
    Object::Literal(format!("{}@{language}", quoted(text)))
}

fn quoted(text: &str) -> String {
    let mut out = String::with_capacity(text.len() + 2);
    out.push('"');
    for character in text.chars() {
        match json::short_escape(character) {
            Some(escape) => out.push_str(escape),
            None if character < ' ' || character == '\u{7f}' => {
                // Writing to a string cannot fail.
                let _written = write!(out, "\\u{:04X}", u32::from(character));
            }
            None => out.push(character),
        }
    }
    out.push('"');
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn literals_are_escaped_as_canonical_n_quads_wants_it() {
        let written = |text| match typed(text, "http://www.w3.org/2001/XMLSchema#string") {
            Object::Literal(literal) => literal,
            Object::Node(_) => unreachable!(),
        };
        assert_eq!(written("홍\"길\\동"), "\"홍\\\"길\\\\동\"");
        assert_eq!(written("\u{8}\t\n\u{c}\r\0\u{b}\u{7f}"), "\"\\b\\t\\n\\f\\r\\u0000\\u000B\\u007F\"");
        assert_eq!(tagged("안녕", "ko"), Object::Literal("\"안녕\"@ko".into()));
        assert_eq!(typed("1", "urn:t"), Object::Literal("\"1\"^^<urn:t>".into()));
    }
}
