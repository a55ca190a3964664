//! RDF datasets, and how canonical N-Quads writes them (RDF Dataset Canonicalization 1.0 §6; N-Quads §4).
//!
//! Statements hold no text of their own: names and texts are the document's, words are the contexts' and shared, each behind
//! one pointer, since statements are many. Lines are compared without being written.

use std::borrow::Cow;
use std::cmp::Ordering;
use std::sync::Arc;

use jigap_keys::hash::Sink;
use jigap_keys::json;

const XSD_STRING: &str = "http://www.w3.org/2001/XMLSchema#string";

/// An IRI that a context has a word for, as N-Quads writes it: `<…>`. Written once, and shared by the statements.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Iri(Arc<Box<str>>);

impl Iri {
    /// Takes an absolute IRI.
    pub(crate) fn new(iri: &str) -> Self {
        Self::joined(iri, "")
    }

    /// Takes one in two parts.
    pub(crate) fn joined(start: &str, end: &str) -> Self {
        Self(Arc::new(["<", start, end, ">"].concat().into()))
    }

    /// With its brackets.
    pub(crate) fn written(&self) -> &str {
        &self.0
    }

    fn in_line(&self, other: &Self) -> Ordering {
        if Arc::ptr_eq(&self.0, &other.0) { Ordering::Equal } else { self.0.cmp(&other.0) }
    }

    /// Without its brackets.
    pub(crate) fn bare(&self) -> &str {
        self.0.strip_prefix('<').and_then(|iri| iri.strip_suffix('>')).unwrap_or_default()
    }
}

/// What stands behind a literal's quotes: nothing, `@…` or `^^<…>`. Shared as IRIs are.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Suffix(Option<Arc<Box<str>>>);

impl Suffix {
    /// Of a plain string.
    pub(crate) const STRING: Self = Self(None);

    /// Of a literal of `datatype`, an absolute IRI.
    pub(crate) fn of_datatype(datatype: &str) -> Self {
        Self((datatype != XSD_STRING).then(|| Arc::new(["^^<", datatype, ">"].concat().into())))
    }

    /// Of a string in a language (BCP 47).
    pub(crate) fn of_language(tag: &str) -> Self {
        Self(Some(Arc::new(["@", tag].concat().into())))
    }

    /// The language, if it says one.
    pub(crate) fn language(&self) -> Option<&str> {
        self.written().strip_prefix('@')
    }

    /// The datatype, if it says one.
    pub(crate) fn datatype(&self) -> Option<&str> {
        self.written().strip_prefix("^^<").and_then(|datatype| datatype.strip_suffix('>'))
    }

    fn written(&self) -> &str {
        self.0.as_deref().map_or("", |written| written)
    }
}

/// A subject, or an object that is no literal.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Node<'a> {
    /// An absolute IRI.
    Iri(&'a str),
    /// A blank node, by its number in the dataset.
    Blank(u32),
}

impl Node<'_> {
    fn write<S: Sink>(self, out: &mut S, name: &impl Fn(u32, &mut S)) {
        match self {
            Self::Iri(iri) => {
                out.put("<");
                out.put(iri);
                out.put(">");
            }
            Self::Blank(number) => write_blank(number, out, name),
        }
    }

    /// In the order of the lines: angle brackets come before `_`.
    fn in_line<K: Ord>(self, other: Node<'_>, name: &impl Fn(u32) -> K) -> Ordering {
        match (self, other) {
            (Self::Iri(one), Node::Iri(other)) => in_text(one, other, b'>'),
            (Self::Iri(_), Node::Blank(_)) => Ordering::Less,
            (Self::Blank(_), Node::Iri(_)) => Ordering::Greater,
            (Self::Blank(one), Node::Blank(other)) => name(one).cmp(&name(other)),
        }
    }
}

impl PartialOrd for Node<'_> {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for Node<'_> {
    fn cmp(&self, other: &Self) -> Ordering {
        self.in_line(*other, &|number| number)
    }
}

/// What is said about a subject.
#[derive(Debug, Clone)]
pub(crate) enum Object<'a> {
    /// A text, and what stands behind its quotes.
    Literal(Cow<'a, str>, Suffix),
    /// A thing that the document names.
    Node(Node<'a>),
    /// A thing that a context has a word for: a class.
    Word(Iri),
}

impl Object<'_> {
    /// The thing, where it is one.
    pub(crate) fn node(&self) -> Option<Node<'_>> {
        match self {
            Self::Literal(..) => None,
            Self::Node(node) => Some(*node),
            Self::Word(iri) => Some(Node::Iri(iri.bare())),
        }
    }

    /// The IRI, where it is one.
    pub(crate) fn iri(&self) -> Option<&str> {
        match self.node() {
            Some(Node::Iri(iri)) => Some(iri),
            _ => None,
        }
    }

    /// In the order of the lines: quotes come before whatever is no literal.
    fn in_line<K: Ord>(&self, other: &Object<'_>, name: &impl Fn(u32) -> K) -> Ordering {
        match (self, other) {
            (Self::Literal(one, suffix), Object::Literal(other, of_other)) => {
                in_text(one, other, b'"').then_with(|| suffix.cmp(of_other))
            }
            _ => match (self.node(), other.node()) {
                (Some(one), Some(other)) => one.in_line(other, name),
                (one, other) => one.is_some().cmp(&other.is_some()),
            },
        }
    }
}

impl PartialEq for Object<'_> {
    fn eq(&self, other: &Self) -> bool {
        self.cmp(other).is_eq()
    }
}

impl Eq for Object<'_> {}

impl PartialOrd for Object<'_> {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for Object<'_> {
    fn cmp(&self, other: &Self) -> Ordering {
        self.in_line(other, &|number| number)
    }
}

/// One statement, and the graph it stands in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Quad<'a> {
    pub(crate) subject: Node<'a>,
    pub(crate) predicate: Iri,
    pub(crate) object: Object<'a>,
    /// The blank node that names the graph.
    pub(crate) graph: Option<u32>,
}

impl Quad<'_> {
    /// Appends its line of canonical N-Quads, line feed included, with blank nodes named by `name`.
    pub(crate) fn write<S: Sink>(&self, out: &mut S, name: &impl Fn(u32, &mut S)) {
        self.subject.write(out, name);
        out.put(" ");
        out.put(self.predicate.written());
        out.put(" ");
        match &self.object {
            Object::Literal(text, suffix) => {
                write_quoted(text, out);
                out.put(suffix.written());
            }
            Object::Node(node) => node.write(out, name),
            Object::Word(iri) => out.put(iri.written()),
        }
        if let Some(graph) = self.graph {
            out.put(" ");
            write_blank(graph, out, name);
        }
        out.put(" .\n");
    }

    /// About how many bytes its line takes, escapes left out.
    pub(crate) fn length(&self) -> usize {
        let node = |node: Node<'_>| match node {
            Node::Iri(iri) => iri.len() + 2,
            Node::Blank(_) => 10,
        };
        let object = match &self.object {
            Object::Literal(text, suffix) => text.len() + 2 + suffix.written().len(),
            Object::Word(iri) => iri.written().len(),
            Object::Node(object) => node(*object),
        };
        node(self.subject) + self.predicate.written().len() + object + self.graph.map_or(0, |_| 11) + 5
    }

    /// How its line compares with that of `other`, where the names of blank nodes compare as those that `name` gives them.
    pub(crate) fn in_line<K: Ord>(&self, other: &Quad<'_>, name: &impl Fn(u32) -> K) -> Ordering {
        let graph = |quad: &Quad<'_>| quad.graph.map(name);
        self.subject
            .in_line(other.subject, name)
            .then_with(|| self.predicate.in_line(&other.predicate))
            .then_with(|| self.object.in_line(&other.object, name))
            .then_with(|| graph(self).cmp(&graph(other)))
    }

    /// The blank nodes it mentions, each with its place: `s`, `o` or `g`.
    pub(crate) fn blanks(&self) -> impl Iterator<Item = (u32, char)> {
        let blank = |node: Option<Node<'_>>| match node {
            Some(Node::Blank(number)) => Some(number),
            _ => None,
        };
        let places = [(blank(Some(self.subject)), 's'), (blank(self.object.node()), 'o'), (self.graph, 'g')];
        places.into_iter().filter_map(|(blank, place)| blank.map(|blank| (blank, place)))
    }
}

fn write_blank<S: Sink>(number: u32, out: &mut S, name: &impl Fn(u32, &mut S)) {
    out.put("_:");
    name(number, out);
}

/// Writes `text` in quotes.
fn write_quoted(text: &str, out: &mut impl Sink) {
    out.put("\"");
    // Most texts need no escape: all bytes are looked at together, which a processor does many at once.
    if text.bytes().fold(false, |escaped, byte| escaped | may_be_escaped(byte)) {
        write_escaped(text, out);
    } else {
        out.put(text);
    }
    out.put("\"");
}

fn write_escaped(text: &str, out: &mut impl Sink) {
    let mut rest = text;
    while let Some(at) = rest.find(is_escaped) {
        let (plain, from) = rest.split_at(at);
        out.put(plain);
        let mut characters = from.chars();
        if let Some(character) = characters.next() {
            match json::short_escape(character) {
                Some(escape) => out.put(escape),
                None => out.put(&format!("\\u{:04X}", u32::from(character))),
            }
        }
        rest = characters.as_str();
    }
    out.put(rest);
}

/// What canonical N-Quads escapes (RDFC-1.0 §5): controls, quotes, backslashes, and what is no `Char` of XML 1.1.
const fn is_escaped(character: char) -> bool {
    matches!(character, '\0'..='\u{1f}' | '"' | '\\' | '\u{7f}' | '\u{fffe}' | '\u{ffff}')
}

/// Whether `byte` begins such a character, or others.
const fn may_be_escaped(byte: u8) -> bool {
    byte < b' ' || matches!(byte, b'"' | b'\\' | 0x7f | 0xef)
}

/// How two texts compare as they are written, with `end` behind each.
fn in_text(one: &str, other: &str, end: u8) -> Ordering {
    // One text of the document, mostly.
    if std::ptr::eq(one, other) || one == other {
        return Ordering::Equal;
    }
    let differing = one.bytes().zip(other.bytes()).position(|(one, other)| one != other);
    let at = one.floor_char_boundary(differing.unwrap_or(one.len().min(other.len())));
    // UTF-8 has the order of code points: the first byte that is written for a character and the character tell it from any
    // other, but for escapes, which take three.
    let written = |text: &str| match text.get(at..).and_then(|rest| rest.chars().next()) {
        None => (end, 0, '\0'),
        Some(character) if is_escaped(character) => {
            let short = json::short_escape(character).and_then(|escape| escape.bytes().last());
            (b'\\', short.unwrap_or(b'u'), character)
        }
        Some(character) => {
            let first = text.as_bytes().get(at).copied().unwrap_or_default();
            (first, 0, character)
        }
    };
    written(one).cmp(&written(other))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn line<'a>(subject: Node<'a>, object: Object<'a>, graph: Option<u32>) -> (Quad<'a>, String) {
        let quad = Quad { subject, predicate: Iri::new("urn:p"), object, graph };
        let mut line = String::new();
        quad.write(&mut line, &|number, out: &mut String| out.put(&format!("b{number}")));
        (quad, line)
    }

    fn written(text: &str, suffix: Suffix) -> String {
        let (_, line) = line(Node::Blank(0), Object::Literal(text.into(), suffix), None);
        line.strip_prefix("_:b0 <urn:p> ").and_then(|line| line.strip_suffix(" .\n")).unwrap().to_owned()
    }

    #[test]
    fn literals_are_escaped_as_canonical_n_quads_wants_it() {
        let string = |text| written(text, Suffix::of_datatype(XSD_STRING));
        assert_eq!(string("홍\"길\\동"), "\"홍\\\"길\\\\동\"");
        assert_eq!(string("\u{8}\t\n\u{c}\r\0\u{b}\u{7f}"), "\"\\b\\t\\n\\f\\r\\u0000\\u000B\\u007F\"");
        assert_eq!(string("\u{fffd}\u{fffe}\u{ffff}\u{10000}"), "\"\u{fffd}\\uFFFE\\uFFFF\u{10000}\"");
        assert_eq!(string(""), "\"\"");
        assert_eq!(written("안녕", Suffix::of_language("ko")), "\"안녕\"@ko");
        assert_eq!(written("1", Suffix::of_datatype("urn:t")), "\"1\"^^<urn:t>");
    }

    fn node(texts: &(String, String, u8)) -> Node<'_> {
        if texts.2.is_multiple_of(3) { Node::Blank(u32::from(texts.2 % 4)) } else { Node::Iri(&texts.0) }
    }

    fn object(texts: &(String, String, u8)) -> Object<'_> {
        match texts.2 % 7 {
            0 | 1 => Object::Literal(texts.1.as_str().into(), Suffix::STRING),
            2 => Object::Literal(texts.1.as_str().into(), Suffix::of_language("ko")),
            3 => Object::Literal(texts.1.as_str().into(), Suffix::of_datatype(&texts.0)),
            4 => Object::Word(Iri::new(&texts.0)),
            _ => Object::Node(node(texts)),
        }
    }

    proptest! {
        #[test]
        fn statements_compare_as_their_lines(
            one in ("[!#-;=A-C가]{0,4}", "[\u{0}-\u{23}\\\\\u{7f}a-b가\u{fffc}-\u{10001}]{0,4}", any::<u8>()),
            other in ("[!#-;=A-C가]{0,4}", "[\u{0}-\u{23}\\\\\u{7f}a-b가\u{fffc}-\u{10001}]{0,4}", any::<u8>()),
            same in any::<bool>(),
        ) {
            let graph = |number: u8| (number & 16 == 0).then_some(u32::from(number % 5));
            let subject = if same { node(&one) } else { node(&other) };
            let (one, first) = line(node(&one), object(&one), graph(one.2));
            let (other, second) = line(subject, object(&other), graph(other.2));
            prop_assert_eq!(one.in_line(&other, &|number| number), first.cmp(&second));
            prop_assert_eq!(one == other, first == second);
        }
    }
}
