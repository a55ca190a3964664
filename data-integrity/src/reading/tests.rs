//! What is read: each kind of value, and documents that say one thing in several ways.

use serde_json::json;

use super::*;
use crate::json_ld::statements;

const CONTEXT: &str = "https://e.com/c";

fn contexts() -> Contexts {
    let context = json!({
        "id": "@id", "type": "@type", "ex": "urn:ex:", "Thing": "urn:Thing", "name": "urn:name", "note": "ex:note",
        "who": {"@id": "urn:who", "@type": "@id"}, "other": {"@id": "urn:other", "@type": "@id"},
        "kind": {"@id": "urn:kind", "@type": "@vocab"},
        "day": {"@id": "urn:day", "@type": "http://www.w3.org/2001/XMLSchema#date"},
        "count": {"@id": "urn:count", "@type": "http://www.w3.org/2001/XMLSchema#integer"},
        "adult": {"@id": "urn:adult", "@type": "http://www.w3.org/2001/XMLSchema#boolean"},
        "list": {"@id": "urn:list", "@container": "@list"}, "json": {"@id": "urn:json", "@type": "@json"},
        "one": "urn:two-names", "two": "urn:two-names"
    });
    let mut contexts = Contexts::default();
    contexts.insert(CONTEXT, json!({"@context": context}).to_string().as_bytes()).unwrap();
    contexts
}

fn reading(mut document: Value) -> Result<Value, ProofError> {
    document["@context"] = json!(CONTEXT);
    let contexts = contexts();
    read(&statements(document.as_object().unwrap(), &contexts)?, &contexts)
}

#[test]
fn a_document_reads_as_what_it_says() {
    let document = json!({
        "id": "urn:s", "type": ["Thing", "urn:Other"], "name": ["b", "a", "a"], "note": "\"\\\n\u{7f}홍",
        "who": "urn:w", "other": {"name": "n"}, "kind": "Thing", "day": "2026-01-01", "count": "7", "adult": "true",
        "list": ["b", 2, "a"], "json": {"b": [null], "a": 1.0}
    });
    let expected = json!({
        "id": "urn:s", "type": ["Thing", "urn:Other"], "name": ["a", "b"], "note": "\"\\\n\u{7f}홍",
        "who": "urn:w", "other": {"name": "n"}, "kind": "urn:Thing", "day": "2026-01-01", "count": 7, "adult": true,
        "list": ["b", 2, "a"], "json": {"b": [null], "a": 1}
    });
    assert_eq!(reading(document).unwrap(), expected);
}

#[test]
fn literals_read_as_their_statements_say() {
    let name = |value: Value| reading(json!({"name": value})).unwrap()["name"].clone();
    let xsd = |datatype: &str, text: &str| {
        name(json!({"@value": text, "@type": format!("http://www.w3.org/2001/XMLSchema#{datatype}")}))
    };
    for (written, read) in [
        (json!("1"), json!("1")),
        (json!(1), json!(1)),
        (json!(1.0), json!(1)),
        (json!(1e2), json!(100)),
        (json!(-0.0), json!(0)),
        (json!(5.5), json!(5.5)),
        (json!(false), json!(false)),
        (json!("false"), json!("false")),
        (json!(1e20), json!("100000000000000000000")),
        (json!(9_007_199_254_740_992_i64), json!(9_007_199_254_740_992_i64)),
        (json!({"@value": "x", "@language": "ko"}), json!({"@value": "x", "@language": "ko"})),
        (json!({"@value": "x", "@type": "urn:t"}), json!("x")),
    ] {
        assert_eq!(name(written.clone()), read, "{written}");
    }
    assert_eq!(xsd("boolean", "true"), json!(true));
    assert_eq!(xsd("boolean", "1"), json!("1"));
    assert_eq!(xsd("integer", "12"), json!(12));
    for text in ["012", "+1", "1.0", "-0", "99999999999999999999", ""] {
        assert_eq!(xsd("integer", text), json!(text));
    }
    assert_eq!(xsd("double", "5.0E0"), json!(5));
    assert_eq!(xsd("double", "5.5E0"), json!(5.5));
    for text in ["5.5", "INF", "NaN", "1e400"] {
        assert_eq!(xsd("double", text), json!(text));
    }
    assert_eq!(reading(json!({"name": 9_007_199_254_740_993_i64})), Err(ProofError::JsonLd));
}

/// Each group says the same statements.
#[test]
fn the_same_statements_read_the_same() {
    let groups = [
        vec![
            json!({"name": "a"}),
            json!({"name": ["a"]}),
            json!({"name": [["a"], "a"]}),
            json!({"name": {"@value": "a"}}),
        ],
        vec![json!({"name": ["a", "b", "c"]}), json!({"name": [["c", "b"], ["a"]]})],
        vec![
            json!({"who": "urn:w"}),
            json!({"who": {"id": "urn:w"}}),
            json!({"who": [{"id": "urn:w"}, "urn:w"]}),
        ],
        vec![json!({"adult": true}), json!({"adult": "true"}), json!({"adult": {"@value": true}})],
        vec![json!({"count": 1}), json!({"count": "1"}), json!({"count": 1.0})],
        vec![json!({"type": "Thing", "name": "a"}), json!({"type": ["urn:Thing"], "name": "a"})],
        vec![
            json!({"who": {"id": "urn:p", "name": "a"}, "other": "urn:p"}),
            json!({"who": "urn:p", "other": {"id": "urn:p", "name": "a"}}),
        ],
    ];
    for group in groups {
        let first = reading(group[0].clone()).unwrap();
        for document in &group[1..] {
            assert_eq!(reading(document.clone()).unwrap(), first, "{document}");
        }
    }
}

#[test]
fn what_has_not_one_reading_is_refused() {
    assert_eq!(reading(json!({"one": "x"})), Err(ProofError::Unreadable));
    let circle = json!({"id": "urn:s", "name": "a", "who": {"id": "urn:p", "other": "urn:s"}});
    assert_eq!(reading(circle), Err(ProofError::Unreadable));
    assert_eq!(reading(json!({"id": "urn:s", "who": "urn:s"})), Err(ProofError::Unreadable));
}

#[test]
fn what_grows_out_of_proportion_is_refused() {
    // Each thing names the next one twice.
    let thing = |number: usize| {
        let next = format!("urn:{}", number + 1);
        json!({"id": format!("urn:{number}"), "other": next, "who": next})
    };
    let things: Vec<Value> = (0..30).map(thing).collect();
    assert_eq!(reading(json!({"note": "x", "who": things})), Err(ProofError::TooComplex));
    let chain: Vec<Value> = (0..5000)
        .map(|number| json!({"id": format!("urn:{number}"), "other": format!("urn:{}", number + 1)}))
        .collect();
    assert_eq!(reading(json!({"who": chain})), Err(ProofError::TooComplex));
}

/// A thing is told wherever it is named: a long text under a short name, named often, would fill the memory.
#[test]
fn a_long_text_that_is_named_often_is_refused() {
    let named = |text: String, times: usize| {
        let people: Vec<Value> =
            (0..times).map(|n| json!({"name": n.to_string(), "other": "urn:x"})).collect();
        reading(json!({"note": {"id": "urn:x", "note": text}, "who": people}))
    };
    assert!(named("A".repeat(20), 10).is_ok());
    assert_eq!(named("A".repeat(10_000), 10), Err(ProofError::TooComplex));
    let kinds: Vec<String> = (0..200).map(|n| format!("urn:kind:{n}")).collect();
    let people: Vec<Value> = (0..200).map(|n| json!({"name": n.to_string(), "other": "urn:x"})).collect();
    let document = json!({"note": {"id": "urn:x", "type": kinds}, "who": people});
    assert_eq!(reading(document), Err(ProofError::TooComplex));
}
