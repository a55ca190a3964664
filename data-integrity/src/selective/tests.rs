//! W3C's vectors of two suites, step by step; and that a selection says the same by its places as by the specification's
//! way, which makes the statements of it anew.

use std::collections::BTreeSet;

use jigap_keys::json::{self, Limits};
use proptest::prelude::*;
use serde_json::{Map, json};

use super::*;

const KEY: [u8; 32] = [
    0x00, 0x11, 0x22, 0x33, 0x44, 0x55, 0x66, 0x77, 0x88, 0x99, 0xaa, 0xbb, 0xcc, 0xdd, 0xee, 0xff, 0x00,
    0x11, 0x22, 0x33, 0x44, 0x55, 0x66, 0x77, 0x88, 0x99, 0xaa, 0xbb, 0xcc, 0xdd, 0xee, 0xff,
];

fn contexts() -> Contexts {
    Contexts::known().with_examples()
}

fn value(folder: &str, path: &str) -> Option<Value> {
    let file = jigap_tests::vectors(folder)?.join("TestVectors").join(path);
    #[expect(clippy::disallowed_methods, reason = "a test reads its vectors")]
    let bytes = std::fs::read(file).unwrap();
    Some(json::parse(&bytes, Limits::MESSAGE).unwrap())
}

fn pointers(value: &Value) -> Vec<Pointer> {
    let texts = value.as_array().unwrap().iter();
    texts.map(|text| Pointer::parse(text.as_str().unwrap()).unwrap()).collect()
}

fn indexes(value: &Value) -> Vec<usize> {
    value.as_array().unwrap().iter().map(|index| usize::try_from(index.as_u64().unwrap()).unwrap()).collect()
}

struct Vector {
    vectors: &'static str,
    folder: &'static str,
    mandatory: &'static str,
    selective: &'static str,
    labels: fn(usize, &[u8; 32]) -> Vec<String>,
}

/// The licence of VC-DI-BBS, bound to its holder in one of three ways.
const fn licence(folder: &'static str) -> Vector {
    Vector {
        vectors: "w3c-vc-di-bbs",
        folder,
        mandatory: "FeatureInputs/licenseMandatory.json",
        selective: "FeatureInputs/licenseSelective.json",
        labels: shuffled_labels,
    }
}

const VECTORS: [Vector; 7] = [
    Vector {
        vectors: "w3c-vc-di-ecdsa",
        folder: "ecdsa-sd-2023/employ/",
        mandatory: "employMandatory.json",
        selective: "employSelective.json",
        labels: hmac_labels,
    },
    Vector {
        vectors: "w3c-vc-di-ecdsa",
        folder: "ecdsa-sd-2023/prc/",
        mandatory: "prCredMandatory.json",
        selective: "prCredSelective.json",
        labels: hmac_labels,
    },
    Vector {
        vectors: "w3c-vc-di-bbs",
        folder: "",
        mandatory: "windMandatory.json",
        selective: "windSelective.json",
        labels: shuffled_labels,
    },
    Vector {
        vectors: "w3c-vc-di-bbs",
        folder: "prc/",
        mandatory: "prCredMandatory.json",
        selective: "prCredSelective.json",
        labels: shuffled_labels,
    },
    licence("HolderBinding/"),
    licence("Pseudonym/"),
    licence("PseudonymHB/"),
];

fn unsecured(mut document: Value) -> Value {
    document.as_object_mut().unwrap().remove("proof");
    document
}

#[test]
fn every_step_of_the_vectors_is_reproduced() {
    for vector in &VECTORS {
        let file = |name: &str| value(vector.vectors, &format!("{}{name}", vector.folder));
        let Some(document) = file("addSignedSDBase.json") else { return };
        let document = unsecured(document);
        let selectable = Selectable::new(&document, &contexts()).unwrap();
        let canonical: Vec<String> = (0..selectable.blanks()).map(|number| format!("c14n{number}")).collect();
        let plain = selectable.label(&canonical);
        assert_eq!(json!(plain.lines()), file("addBaseDocCanon.json").unwrap(), "{}", vector.folder);

        let labels = (vector.labels)(selectable.blanks(), &KEY);
        let labelled = selectable.label(&labels);
        assert_eq!(json!(labelled.lines()), file("addBaseDocHMACCanon.json").unwrap(), "{}", vector.folder);

        let mandatory = pointers(&value(vector.vectors, vector.mandatory).unwrap());
        let selective = pointers(&value(vector.vectors, vector.selective).unwrap());
        let expected = file("derivedGroupIndexes.json").unwrap();
        let mandatory_group = labelled.group(&mandatory).unwrap();
        let selective_group = labelled.group(&selective).unwrap();
        let combined_group = mandatory_group.or(&selective_group);
        let is = |group: &Group, name: &str| group.indexes().collect::<Vec<_>>() == indexes(&expected[name]);
        let transformed = file("addBaseTransform.json").unwrap();
        let numbered = |index: usize| json!([index, labelled.lines()[index]]);
        let always: Vec<Value> = mandatory_group.indexes().map(numbered).collect();
        assert_eq!(json!(always), transformed["mandatory"]["value"], "{}", vector.folder);
        assert_eq!(pointers(&transformed["mandatoryPointers"]), mandatory, "{}", vector.folder);
        assert!(is(&mandatory_group, "mandatoryIndexes"), "{}", vector.folder);
        assert!(is(&selective_group, "selectiveIndexes"), "{}", vector.folder);
        assert!(is(&combined_group, "combinedIndexes"), "{}", vector.folder);

        // Which files there are differs from folder to folder.
        if !vector.folder.is_empty() {
            let all = &file("derivedAllGroupData.json").unwrap()["groups"];
            let groups = [
                ("mandatory", &mandatory_group),
                ("selective", &selective_group),
                ("combined", &combined_group),
            ];
            for (name, group) in groups {
                let lines: Vec<Value> = group.indexes().map(numbered).collect();
                assert_eq!(json!(lines), all[name]["matching"]["value"], "{} {name}", vector.folder);
            }
        }
        if !vector.mandatory.starts_with("FeatureInputs/") {
            // In the first one the pointers begin at the subject, and the issuer is left out.
            let (start, before) = if vector.folder.is_empty() { ("/credentialSubject", 1) } else { ("", 0) };
            let pointed = file("addPointerValues.json").unwrap();
            assert_eq!(before + pointed.as_array().unwrap().len(), mandatory.len(), "{}", vector.folder);
            for (one, pointer) in pointed.as_array().unwrap().iter().zip(&mandatory[before..]) {
                let text = format!("{start}{}", one["pointer"].as_str().unwrap());
                assert_eq!(Pointer::parse(&text).as_ref(), Ok(pointer), "{}", vector.folder);
                let (found, told) = (document.pointer(&text).unwrap(), &one["value"]);
                assert_eq!(json::canonicalize(found), json::canonicalize(told), "{} {text}", vector.folder);
            }
        }

        let pointers = [mandatory, selective].concat();
        assert_eq!(labelled.group(&pointers).unwrap(), combined_group);
        let revealed = select_json(&document, &pointers).unwrap().unwrap();
        assert_eq!(revealed, file("derivedUnsignedReveal.json").unwrap(), "{}", vector.folder);

        let map = labelled.verifier_labels(&combined_group).unwrap();
        let entries: Vec<Value> =
            map.iter().zip(0..).map(|(label, n)| json!([format!("c14n{n}"), label])).collect();
        let expected = &file("derivedDisclosureData.json").unwrap()["labelMap"]["value"];
        assert_eq!(json!(entries), *expected, "{}", vector.folder);

        let shown =
            label_revealed(&json_ld::statements(revealed.as_object().unwrap(), &contexts()).unwrap(), &map)
                .unwrap();
        let lines = combined_group.indexes().map(|index| labelled.lines()[index].clone());
        assert_eq!(shown, lines.collect::<Vec<_>>(), "{}", vector.folder);
        if !vector.folder.is_empty() {
            assert_eq!(json!(shown), file("verifyNQuads.json").unwrap(), "{}", vector.folder);
        }
    }
}

const CONTEXT: &str = "https://e.com/c";

/// Every kind of term: with contexts of its own, of its type's, as a graph, a list, a JSON literal.
fn kinds() -> Contexts {
    let mut contexts = Contexts::default();
    let context = json!({
        "id": "@id", "type": "@type", "a": "urn:a", "b": {"@id": "urn:b", "@type": "urn:t"},
        "link": {"@id": "urn:link", "@type": "@id"}, "list": {"@id": "urn:list", "@container": "@list"},
        "json": {"@id": "urn:json", "@type": "@json"}, "graph": {"@id": "urn:graph", "@container": "@graph"},
        "scoped": {"@id": "urn:scoped", "@context": {"a": "urn:scoped:a", "deep": "urn:deep"}},
        "Typed": {"@id": "urn:Typed", "@context": {"b": "urn:typed:b", "only": "urn:only"}}, "Plain": "urn:Plain"
    });
    contexts.insert(CONTEXT, json!({"@context": context}).to_string().as_bytes()).unwrap();
    contexts
}

#[test]
fn what_hangs_together_is_not_selected_in_part() {
    let document = json!({
        "@context": CONTEXT, "id": "urn:s", "a": [{"@value": "x", "@language": "ko"}, "y"], "json": {"b": [1, 2]},
        "list": [{"a": "x"}, "y"], "graph": {"a": "in a graph"}
    });
    let contexts = kinds();
    let selectable = Selectable::new(&document, &contexts).unwrap();
    let labels = hmac_labels(selectable.blanks(), &KEY);
    let labelled = selectable.label(&labels);
    let group = |text: &str| labelled.group(&[Pointer::parse(text).unwrap()]);
    for text in [
        "/a/0/@value",
        "/json/b",
        "/json/b/0",
        "/list/0",
        "/list/1",
        "/list/0/a",
        "/graph/a",
        "/none",
        "/a/2",
        "/a/y",
    ] {
        assert_eq!(group(text), Err(ProofError::Pointer), "{text}");
    }
    let count = |text: &str| group(text).unwrap().indexes().count();
    assert_eq!(
        [count("/a"), count("/a/0"), count("/json"), count("/list"), count("/graph")],
        [2, 1, 1, 6, 2]
    );
    assert_eq!([count("/id"), count("/@context")], [0, 0]);
    assert_eq!(count(""), labelled.lines().len());
    assert_eq!(labelled.group(&[]).unwrap().indexes().count(), 0);
    let many = vec![Pointer::parse("/a").unwrap(); pointer::MOST_POINTERS + 1];
    assert_eq!(labelled.group(&many), Err(ProofError::Pointer));
    assert_eq!(select_json(&document, &many), Err(ProofError::Pointer));
    assert_eq!(select_json(&document, &[]), Ok(None));
}

#[test]
fn another_meaning_of_id_and_type_is_refused() {
    let mut contexts = Contexts::default();
    let context = json!({"id": "urn:id", "type": "urn:type", "a": "urn:a"});
    contexts.insert(CONTEXT, json!({"@context": context}).to_string().as_bytes()).unwrap();
    for member in ["type", "id"] {
        let document = json!({"@context": CONTEXT, member: "urn:x", "a": "y"});
        assert!(json_ld::statements(document.as_object().unwrap(), &contexts).is_ok(), "{member}");
        assert_eq!(Selectable::new(&document, &contexts).map(drop), Err(ProofError::Uncovered), "{member}");
    }
    assert!(Selectable::new(&json!({"@context": CONTEXT, "a": "y"}), &contexts).is_ok());
}

#[test]
fn a_label_map_of_another_size_is_refused() {
    let document = json!({"@context": CONTEXT, "a": {"b": "x"}});
    let statements = json_ld::statements(document.as_object().unwrap(), &kinds()).unwrap();
    let labels = |count: usize| vec!["u".to_owned(); count];
    for count in [0, 1, 3] {
        let refused = label_revealed(&statements, &labels(count));
        assert_eq!(refused, Err(ProofError::MalformedProof("proofValue")), "{count}");
    }
    assert!(label_revealed(&statements, &labels(2)).is_ok());
}

/// A node object that says something, perhaps with a name; `number` makes the names differ.
fn node(depth: u32) -> BoxedStrategy<Value> {
    let text = prop_oneof!["[a-c]", "[a-c]", "홍"];
    let scalar = prop_oneof![
        text.clone().prop_map(Value::from),
        (0..3_i32).prop_map(Value::from),
        any::<bool>().prop_map(Value::from),
        text.prop_map(|text| json!({"@value": text, "@language": "ko"})),
    ];
    let literal = prop_oneof![Just(json!({"x": [1, null]})), Just(json!([])), Just(json!("x"))];
    let inner = if depth == 0 {
        scalar.clone().boxed()
    } else {
        prop_oneof![scalar.clone(), node(depth - 1)].boxed()
    };
    let several = prop_oneof![
        inner.clone(),
        prop::collection::vec(inner.clone(), 1..4).prop_map(Value::from),
        prop::collection::vec(prop::collection::vec(inner.clone(), 1..3).prop_map(Value::from), 1..3)
            .prop_map(Value::from),
    ];
    let flat = prop::collection::vec(inner.clone(), 1..3).prop_map(Value::from);
    let object = if depth == 0 { Just(json!({"a": "x"})).boxed() } else { node(depth - 1) };
    let types = prop_oneof![Just(json!("Typed")), Just(json!(["Plain", "Typed"])), Just(json!(["Plain"]))];
    (
        prop::option::of(types),
        prop::bool::weighted(0.3),
        prop::option::of(several.clone()),
        prop::option::of(several),
        prop::option::of("urn:[a-c]"),
        prop::option::weighted(0.2, flat),
        prop::option::weighted(0.2, literal),
        prop::option::weighted(0.2, object.clone()),
        prop::option::weighted(0.4, object),
        scalar,
    )
        .prop_map(|(types, named, a, b, link, list, literal, graph, scoped, last)| {
            let optional =
                [("type", types), ("a", a), ("b", b), ("link", link.map(Value::from)), ("list", list)];
            let rest = [("json", literal), ("graph", graph), ("scoped", scoped)];
            let members = optional.into_iter().chain(rest);
            let mut members: Map<String, Value> =
                members.filter_map(|(name, value)| Some((name.to_owned(), value?))).collect();
            members.entry("a").or_insert(last);
            if named {
                members.insert("id".into(), json!("urn:named"));
            }
            Value::Object(members)
        })
        .boxed()
}

/// Gives each named node a name of its own: one thing may be described once.
fn number(value: &mut Value, count: &mut usize) {
    match value {
        Value::Array(items) => items.iter_mut().for_each(|item| number(item, count)),
        Value::Object(members) => {
            if members.contains_key("id") {
                *count += 1;
                members.insert("id".into(), json!(format!("urn:named:{count}")));
            }
            members.values_mut().for_each(|value| number(value, count));
        }
        _ => {}
    }
}

/// Every pointer into `value`.
fn all_pointers(value: &Value, here: &[String], out: &mut Vec<Pointer>) {
    out.push(Pointer::from_steps(here.to_vec()).unwrap());
    let mut inner = |step: String, value: &Value| all_pointers(value, &[here, &[step]].concat(), out);
    match value {
        Value::Array(items) => {
            items.iter().enumerate().for_each(|(index, item)| inner(index.to_string(), item))
        }
        Value::Object(members) => members.iter().for_each(|(name, value)| inner(name.clone(), value)),
        _ => {}
    }
}

/// The specification's `skolemizeCompactJsonLd`: each node object without a name gets one.
fn skolemize(value: &mut Value, count: &mut usize) {
    match value {
        Value::Array(items) => items.iter_mut().for_each(|item| skolemize(item, count)),
        Value::Object(members) if !members.contains_key("@value") => {
            for (name, value) in members.iter_mut() {
                if name != "json" && name != "@context" {
                    skolemize(value, count);
                }
            }
            *count += 1;
            members.entry("id").or_insert(json!(format!("urn:bnid:{count}")));
        }
        _ => {}
    }
}

/// Statements as texts: what has a name by it, and what has none (cells of lists, graphs) without.
fn texts(statements: &Statements<'_>) -> BTreeSet<String> {
    statements
        .quads
        .iter()
        .map(|quad| {
            let mut line = String::new();
            quad.write(&mut line, &|_, _| {});
            line
        })
        .collect()
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 256, failure_persistence: None, ..ProptestConfig::default() })]

    /// By the specification's way: skolemize, select, make the statements of the selection. Lists and graphs, whose cells
    /// and names it leaves unnamed, are compared without these.
    #[test]
    fn places_select_what_the_specification_selects(document in node(2), picks in prop::collection::vec(any::<prop::sample::Index>(), 1..5)) {
        let mut document = document;
        number(&mut document, &mut 0);
        document["@context"] = json!(CONTEXT);
        let contexts = kinds();
        let mut skolemized = document.clone();
        skolemize(&mut skolemized, &mut 0);
        let selectable = Selectable::new(&skolemized, &contexts).unwrap();
        let labels = vec![String::new(); selectable.blanks()];
        let labelled = selectable.label(&labels);
        let mut all = Vec::new();
        all_pointers(&document, &[], &mut all);
        let pointers: Vec<Pointer> = picks.iter().map(|pick| pick.get(&all).clone()).collect();
        let selection = select_json(&skolemized, &pointers).unwrap().unwrap();
        let Ok(group) = labelled.group(&pointers) else {
            // Only for a pointer into what is signed as a whole.
            let into = |pointer: &Pointer| {
                let steps = pointer.steps();
                (1..steps.len()).any(|depth| {
                    let outer = Pointer::from_steps(steps[..depth].to_vec()).unwrap();
                    matches!(steps[depth - 1].as_str(), "json" | "list" | "graph")
                        || outer.find(&document).unwrap().get("@value").is_some()
                })
            };
            prop_assert!(pointers.iter().any(into));
            return Ok(());
        };
        let selected: BTreeSet<String> = group.indexes().map(|index| labelled.lines()[index].clone()).collect();
        // A name alone says nothing.
        let said = match json_ld::statements(selection.as_object().unwrap(), &contexts) {
            Err(ProofError::Uncovered) => BTreeSet::new(),
            said => texts(&said.unwrap()),
        };
        prop_assert_eq!(&selected, &said);
    }

    /// What is revealed, its blank nodes under the labels handed on with it, is to the letter what was selected.
    #[test]
    fn what_is_revealed_is_what_was_selected(document in node(2), picks in prop::collection::vec(any::<prop::sample::Index>(), 1..5)) {
        let mut document = document;
        number(&mut document, &mut 0);
        document["@context"] = json!(CONTEXT);
        let contexts = kinds();
        let selectable = Selectable::new(&document, &contexts).unwrap();
        let mut all = Vec::new();
        all_pointers(&document, &[], &mut all);
        let pointers: Vec<Pointer> = picks.iter().map(|pick| pick.get(&all).clone()).collect();
        for labels in [hmac_labels(selectable.blanks(), &KEY), shuffled_labels(selectable.blanks(), &KEY)] {
            let labelled = selectable.label(&labels);
            let Ok(group) = labelled.group(&pointers) else { continue };
            let selected: Vec<&String> = group.indexes().map(|index| &labelled.lines()[index]).collect();
            if selected.is_empty() {
                continue;
            }
            let revealed = select_json(&document, &pointers).unwrap().unwrap();
            let map = labelled.verifier_labels(&group).unwrap();
            let statements = json_ld::statements(revealed.as_object().unwrap(), &contexts).unwrap();
            let shown = label_revealed(&statements, &map).unwrap();
            prop_assert_eq!(shown.iter().collect::<Vec<_>>(), selected);
        }
    }
}
