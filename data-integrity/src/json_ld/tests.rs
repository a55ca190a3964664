//! Expansion by hand: each rule with the statements that it must give.

use jigap_keys::hash::HashAlgorithm;
use jigap_keys::json;
use serde_json::json;

use super::*;
use crate::canonical::canonicalize;
use crate::rdf::Suffix;

fn contexts(context: Value) -> Contexts {
    let mut contexts = Contexts::default();
    contexts.insert("https://e.com/c", json!({"@context": context}).to_string().as_bytes()).unwrap();
    contexts
}

/// The canonical statements of `document` under `context`, one a line.
fn lines(context: Value, mut document: Value) -> Vec<String> {
    document["@context"] = json!("https://e.com/c");
    let text = canonicalize(
        &statements(document.as_object().unwrap(), &contexts(context)).unwrap().quads,
        HashAlgorithm::Sha256,
    )
    .unwrap();
    text.lines().map(str::to_owned).collect()
}

/// An object as N-Quads writes it.
fn written(object: Object<'_>) -> String {
    let quad = Quad { subject: Node::Blank(0), predicate: Iri::new("urn:p"), object, graph: None };
    let mut line = String::new();
    quad.write(&mut line, &|_, _| {});
    line.strip_prefix("_: <urn:p> ").and_then(|line| line.strip_suffix(" .\n")).unwrap().to_owned()
}

/// A long name stands in every line that is said of it: lines of a thousand times the document are refused, whoever asks.
#[test]
fn a_name_that_is_repeated_in_too_many_lines_is_refused() {
    let named = |length: usize, classes: usize| {
        let classes: Vec<String> = (0..classes).map(|at| format!("C{at}")).collect();
        let mut context = json!({"id": "@id", "type": "@type"});
        classes.iter().for_each(|class| context[class] = json!(format!("urn:c:{class}")));
        let id = format!("urn:n:{}", "x".repeat(length));
        let document = json!({"@context": "https://e.com/c", "id": id, "type": classes});
        let (members, contexts) = (document.as_object().unwrap(), contexts(context));
        let said = statements(members, &contexts).map(|statements| statements.quads.len());
        (said, tracked_statements(members, &contexts).map(drop))
    };
    assert_eq!(named(600_000, 20), (Ok(20), Ok(())));
    assert_eq!(named(600_000, 40), (Err(ProofError::TooComplex), Err(ProofError::TooComplex)));
    assert_eq!(named(6, 200).0, Ok(200));
}

/// Words that a vocabulary makes long are counted as they are made, so that no more of them than that is ever held.
#[test]
fn a_long_vocabulary_is_refused_before_its_words_fill_the_memory() {
    let said = |classes: usize| {
        let context = json!({"id": "@id", "type": "@type", "@vocab": format!("urn:{}#", "x".repeat(16_000))});
        let document = json!({"@context": "https://e.com/c", "type": vec!["a"; classes]});
        statements(document.as_object().unwrap(), &contexts(context)).map(|statements| statements.quads.len())
    };
    assert_eq!(said(1_000), Ok(1_000));
    assert_eq!(said(300_000), Err(ProofError::TooComplex));
}

#[test]
fn numbers_become_the_literals_of_section_8_6() {
    let written = |text: &str, datatype: Option<&str>| {
        let value = json::parse(text.as_bytes(), json::Limits::MESSAGE).unwrap();
        let object = literal(&value, datatype.map(Suffix::of_datatype).as_ref()).unwrap();
        written(object).replace("http://www.w3.org/2001/XMLSchema#", "xsd:")
    };
    assert_eq!(written("5", None), "\"5\"^^<xsd:integer>");
    assert_eq!(written("-0", None), "\"0\"^^<xsd:integer>");
    assert_eq!(written("5.0", None), "\"5\"^^<xsd:integer>");
    assert_eq!(written("1e2", None), "\"100\"^^<xsd:integer>");
    assert_eq!(written("5.5", None), "\"5.5E0\"^^<xsd:double>");
    assert_eq!(written("0.1", None), "\"1.0E-1\"^^<xsd:double>");
    assert_eq!(written("1e21", None), "\"1.0E21\"^^<xsd:double>");
    assert_eq!(written("5", Some("http://www.w3.org/2001/XMLSchema#double")), "\"5.0E0\"^^<xsd:double>");
    assert_eq!(written("5", Some("urn:t")), "\"5\"^^<urn:t>");
    assert_eq!(written("true", None), "\"true\"^^<xsd:boolean>");
}

#[test]
fn values_are_taken_for_what_their_term_says() {
    let context = json!({
        "@language": "ko", "id": "@id", "name": "urn:name", "code": {"@id": "urn:code", "@language": null},
        "who": {"@id": "urn:who", "@type": "@id"}, "kind": {"@id": "urn:kind", "@type": "@vocab"},
        "day": {"@id": "urn:day", "@type": "urn:date"}, "any": {"@id": "urn:any", "@type": "@json"}, "Kind": "urn:Kind"
    });
    let document = json!({
        "id": "urn:s", "name": ["이름", {"@value": "name", "@language": "en"}, {"@value": "x", "@type": "urn:t"}],
        "code": "c", "who": "urn:w", "kind": "Kind", "day": "d", "any": {"b": [null], "a": 1.0}
    });
    let expected = [
        "<urn:s> <urn:any> \"{\\\"a\\\":1,\\\"b\\\":[null]}\"^^<http://www.w3.org/1999/02/22-rdf-syntax-ns#JSON> .",
        "<urn:s> <urn:code> \"c\" .",
        "<urn:s> <urn:day> \"d\"^^<urn:date> .",
        "<urn:s> <urn:kind> <urn:Kind> .",
        "<urn:s> <urn:name> \"name\"@en .",
        "<urn:s> <urn:name> \"x\"^^<urn:t> .",
        "<urn:s> <urn:name> \"이름\"@ko .",
        "<urn:s> <urn:who> <urn:w> .",
    ];
    assert_eq!(lines(context, document), expected);
}

#[test]
fn lists_keep_their_order_and_graphs_stand_apart() {
    let context = json!({
        "id": "@id", "list": {"@id": "urn:list", "@container": "@list"},
        "graph": {"@id": "urn:graph", "@container": "@graph"}, "name": "urn:name"
    });
    let document = json!({"id": "urn:s", "list": ["b", "a"], "graph": {"id": "urn:g", "name": "n"}});
    let found = lines(context, document).join("\n");
    assert_eq!(found.matches("rdf-syntax-ns#first").count(), 2);
    assert!(found.contains("<urn:g> <urn:name> \"n\" _:c14n"), "{found}");
    assert!(found.contains("<urn:s> <urn:graph> _:c14n"), "{found}");
}

#[test]
fn the_context_of_a_type_ends_with_its_node_and_that_of_a_property_goes_on() {
    let context = json!({
        "id": "@id", "type": "@type", "p": "urn:p", "x": "urn:x",
        "T": {"@id": "urn:T", "@context": {"x": "urn:x-of-T"}},
        "q": {"@id": "urn:q", "@context": {"x": "urn:x-of-q"}}
    });
    let document = json!({
        "id": "urn:s", "type": "T", "x": "1", "p": {"id": "urn:o", "x": "2", "q": {"id": "urn:i", "x": "3", "p":
            {"id": "urn:j", "x": "4"}}}
    });
    let found = lines(context, document).join("\n");
    for statement in [
        "<urn:s> <urn:x-of-T> \"1\"",
        "<urn:o> <urn:x> \"2\"",
        "<urn:i> <urn:x-of-q> \"3\"",
        "<urn:j> <urn:x-of-q> \"4\"",
    ] {
        assert!(found.contains(statement), "{statement} in {found}");
    }
}

#[test]
fn value_objects_are_literals_of_a_type_any_json_or_strings_in_a_language() {
    let object = |value: Value| value_object(Active::initial(), value.as_object().unwrap()).map(written);
    let json = "^^<http://www.w3.org/1999/02/22-rdf-syntax-ns#JSON>";
    for (value, written) in [
        (json!({"@value": "x"}), "\"x\"".to_owned()),
        (json!({"@value": "x", "@language": "ko-KR"}), "\"x\"@ko-KR".to_owned()),
        (json!({"@value": "x", "@language": "ar", "@direction": "rtl"}), "\"x\"@ar".to_owned()),
        (json!({"@value": "x", "@direction": "ltr"}), "\"x\"".to_owned()),
        (json!({"@value": 1, "@type": "urn:t"}), "\"1\"^^<urn:t>".to_owned()),
        (
            json!({"@value": {"b": null, "a": [1.0]}, "@type": "@json"}),
            format!("\"{{\\\"a\\\":[1],\\\"b\\\":null}}\"{json}"),
        ),
        (json!({"@value": null, "@type": "@json"}), format!("\"null\"{json}")),
    ] {
        assert_eq!(object(value.clone()).as_ref(), Ok(&written), "{value}");
    }
    for value in [
        json!({"@value": "x", "@direction": "up"}),
        json!({"@value": "x", "@direction": null}),
        json!({"@value": 1, "@direction": "ltr"}),
        json!({"@value": "x", "@language": 5, "@direction": "ltr"}),
        json!({"@value": "x", "@type": "urn:t", "@direction": "ltr"}),
        json!({"@value": "x", "@type": "@id"}),
        json!({"@value": "x", "@language": "ko", "@type": "urn:t"}),
        json!({"@value": 1, "@language": "ko"}),
        json!({"@value": ["x"]}),
        json!({"@value": {"a": 1}}),
    ] {
        assert!(object(value.clone()).is_err(), "{value}");
    }
}
