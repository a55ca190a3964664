//! RDF datasets, and how canonical N-Quads writes them (RDF Dataset Canonicalization 1.0 §6; N-Quads §4).

use std::fmt::Write as _;
use std::sync::Arc;

use jigap_keys::json;

/// An IRI, as N-Quads writes it: `<…>`. Cheap to clone: those of terms are written once.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Iri(Arc<str>);

impl Iri {
    /// Takes an absolute IRI.
    pub(crate) fn new(iri: &str) -> Self {
        let mut written = String::with_capacity(iri.len() + 2);
        written.push('<');
        written.push_str(iri);
        written.push('>');
        Self(written.into())
    }

    /// With its brackets.
    pub(crate) fn written(&self) -> &str {
        &self.0
    }

    /// Without its brackets.
    pub(crate) fn bare(&self) -> &str {
        self.0.strip_prefix('<').and_then(|iri| iri.strip_suffix('>')).unwrap_or_default()
    }
}

/// A subject, a graph's name, or an object that is no literal.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Node {
    Iri(Iri),
    /// A blank node, by its number in the dataset.
    Blank(usize),
}

impl Node {
    fn write(&self, out: &mut String, name: &impl Fn(usize, &mut String)) {
        match self {
            Self::Iri(iri) => out.push_str(iri.written()),
            Self::Blank(number) => {
                out.push_str("_:");
                name(*number, out);
            }
        }
    }
}

/// What is said about a subject. In the order of the lines: quotes come before angle brackets, these before `_`.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Object {
    /// A literal, as N-Quads writes it.
    Literal(String),
    /// Another thing.
    Node(Node),
}

impl Object {
    /// The IRI, where it is one.
    pub(crate) fn iri(&self) -> Option<&str> {
        match self {
            Self::Node(Node::Iri(iri)) => Some(iri.bare()),
            _ => None,
        }
    }
}

/// One statement, and the graph it stands in.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Quad {
    pub(crate) subject: Node,
    pub(crate) predicate: Iri,
    pub(crate) object: Object,
    pub(crate) graph: Option<Node>,
}

impl Quad {
    /// Appends its line of canonical N-Quads, line feed included, with blank nodes named by `name`.
    pub(crate) fn write(&self, out: &mut String, name: &impl Fn(usize, &mut String)) {
        self.subject.write(out, name);
        out.push(' ');
        out.push_str(self.predicate.written());
        out.push(' ');
        match &self.object {
            Object::Node(node) => node.write(out, name),
            Object::Literal(literal) => out.push_str(literal),
        }
        if let Some(graph) = &self.graph {
            out.push(' ');
            graph.write(out, name);
        }
        out.push_str(" .\n");
    }

    /// About how many bytes its line takes.
    pub(crate) fn length(&self) -> usize {
        let node = |node: &Node| match node {
            Node::Iri(iri) => iri.written().len(),
            Node::Blank(_) => 10,
        };
        let object = match &self.object {
            Object::Node(object) => node(object),
            Object::Literal(literal) => literal.len(),
        };
        node(&self.subject)
            + self.predicate.written().len()
            + object
            + self.graph.as_ref().map_or(0, node)
            + 6
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
    if datatype == STRING {
        return Object::Literal(quoted(text, 0));
    }
    let mut literal = quoted(text, datatype.len() + 4);
    literal.push_str("^^<");
    literal.push_str(datatype);
    literal.push('>');
    Object::Literal(literal)
}

/// A literal in a language (BCP 47).
pub(crate) fn tagged(text: &str, language: &str) -> Object {
    let mut literal = quoted(text, language.len() + 1);
    literal.push('@');
    literal.push_str(language);
    Object::Literal(literal)
}

/// `text` in quotes, with room for `more` bytes behind it.
fn quoted(text: &str, more: usize) -> String {
    let mut out = String::with_capacity(text.len() + 2 + more);
    out.push('"');
    let mut rest = text;
    while let Some(at) = rest.bytes().position(|byte| byte < b' ' || matches!(byte, b'"' | b'\\' | 0x7f)) {
        let (plain, from) = rest.split_at(at);
        out.push_str(plain);
        let mut characters = from.chars();
        if let Some(character) = characters.next() {
            match json::short_escape(character) {
                Some(escape) => out.push_str(escape),
                // Writing to a string cannot fail.
                None => {
                    let _written = write!(out, "\\u{:04X}", u32::from(character));
                }
            }
        }
        rest = characters.as_str();
    }
    out.push_str(rest);
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
        assert_eq!(written(""), "\"\"");
        assert_eq!(tagged("안녕", "ko"), Object::Literal("\"안녕\"@ko".into()));
        assert_eq!(typed("1", "urn:t"), Object::Literal("\"1\"^^<urn:t>".into()));
    }
}
