//! Generated documents: what JSON-LD says is the same gives the same statements, and is read the same.

use jigap_keys::hash::HashAlgorithm;
use proptest::prelude::*;
use serde_json::json;

use super::*;
use crate::canonical::canonicalize;
use crate::reading;

const CONTEXT: &str = "https://e.com/c";

fn contexts() -> &'static Contexts {
    static ALL: LazyLock<Contexts> = LazyLock::new(|| {
        let context = json!({
            "id": "@id", "type": "@type", "Thing": "urn:Thing", "Other": {"@id": "urn:Other", "@context": {"own": "urn:own"}},
            "name": "urn:name", "count": "urn:count", "part": "urn:part", "who": {"@id": "urn:who", "@type": "@id"},
            "day": {"@id": "urn:day", "@type": "urn:date"}, "list": {"@id": "urn:list", "@container": "@list"},
            "in": {"@id": "urn:in", "@context": {"inner": "urn:inner"}}, "any": {"@id": "urn:any", "@type": "@json"},
            "graph": {"@id": "urn:graph", "@container": "@graph"}
        });
        let mut contexts = Contexts::default();
        contexts.insert(CONTEXT, json!({"@context": context}).to_string().as_bytes()).unwrap();
        contexts
    });
    &ALL
}

/// A document's canonical statements, and what is read from them.
fn said(mut document: Value) -> Result<(String, Result<Value, ProofError>), ProofError> {
    document["@context"] = json!(CONTEXT);
    let statements = statements(document.as_object().unwrap(), contexts())?;
    let text = canonicalize(&statements.quads, HashAlgorithm::Sha256)?;
    Ok((text, reading::read(&statements, contexts())))
}

fn leaf() -> impl Strategy<Value = (&'static str, Value)> {
    prop_oneof![
        "[a-c\"\\\\가\u{1}]{0,3}".prop_map(|text| ("name", json!(text))),
        (-3..3_i64).prop_map(|number| ("count", json!(number))),
        (-3..3_i64).prop_map(|number| ("count", json!(number as f64 + 0.5))),
        any::<bool>().prop_map(|flag| ("count", json!(flag))),
        (0..3_u8).prop_map(|number| ("who", json!(format!("urn:w{number}")))),
        (1..3_u8).prop_map(|day| ("day", json!(format!("2026-01-0{day}")))),
        prop::collection::vec(0..3_u8, 1..3).prop_map(|items| ("list", json!(items))),
        prop::collection::vec(any::<bool>(), 0..2).prop_map(|items| ("any", json!({"b": items, "a": null}))),
    ]
}

/// A node with a type, a few values and nodes in it.
fn node() -> impl Strategy<Value = Value> {
    let members = |members: Vec<(&'static str, Value)>, class: &'static str| {
        let mut node = json!({"type": class});
        for (name, value) in members {
            match node.get_mut(name).and_then(Value::as_array_mut) {
                Some(values) if name != "list" && name != "any" => values.push(value),
                Some(_) => {}
                None if ["list", "any"].contains(&name) => node[name] = value,
                None => node[name] = json!([value]),
            }
        }
        node
    };
    let class = || prop_oneof![Just("Thing"), Just("Other")];
    let plain =
        (prop::collection::vec(leaf(), 1..4), class()).prop_map(move |(all, class)| members(all, class));
    plain.prop_recursive(3, 12, 3, move |inner| {
        let name = prop_oneof![Just("part"), Just("in"), Just("graph")];
        let nodes = prop::collection::vec((name, inner), 0..3);
        (prop::collection::vec(leaf(), 0..3), nodes, class())
            .prop_map(move |(leaves, nodes, class)| members(leaves.into_iter().chain(nodes).collect(), class))
    })
}

/// The same in other words, which `choices` pick one after another.
fn otherwise(value: &Value, name: &str, choices: &mut impl Iterator<Item = u8>) -> Value {
    let mut choose = |count: u8| choices.next().unwrap_or_default() % count;
    match (name, value) {
        ("any" | "list", value) => value.clone(),
        ("type", Value::String(class)) => match choose(3) {
            0 => json!(format!("urn:{class}")),
            1 => json!([class]),
            _ => value.clone(),
        },
        (_, Value::Array(items)) => {
            let mut items: Vec<Value> = items.iter().map(|item| otherwise(item, name, choices)).collect();
            let mut choose = |count: u8| choices.next().unwrap_or_default() % count;
            if choose(2) == 0 {
                items.reverse();
            }
            match (choose(3), items.as_slice()) {
                (0, [one]) => one.clone(),
                (1, _) => json!([items]),
                // Said twice is said once, but for things without names.
                (2, [first, ..]) if !first.is_object() => json!([items, first]),
                _ => Value::Array(items),
            }
        }
        (_, Value::Object(members)) => {
            members.iter().map(|(name, value)| (name.clone(), otherwise(value, name, choices))).collect()
        }
        ("who", Value::String(id)) if choose(2) == 0 => json!({"id": id}),
        ("day", Value::String(day)) if choose(2) == 0 => json!({"@value": day, "@type": "urn:date"}),
        ("name" | "count", value) if choose(3) == 0 => json!({"@value": value}),
        ("count", Value::Number(number)) if choose(2) == 0 => json!(number.as_f64()),
        _ => value.clone(),
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 200, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn what_json_ld_says_is_the_same_gives_the_same_statements(
        document in node(),
        choices in prop::collection::vec(any::<u8>(), 0..60),
    ) {
        let anew = otherwise(&document, "", &mut choices.into_iter());
        match said(document) {
            // Look-alikes beyond number: both are refused.
            Err(ProofError::TooComplex) => prop_assert_eq!(said(anew), Err(ProofError::TooComplex)),
            first => {
                prop_assert!(first.is_ok(), "{:?}", first);
                prop_assert_eq!(said(anew), first);
            }
        }
    }

    /// Another value is another statement.
    #[test]
    fn what_is_changed_is_said(document in node(), text in "[x-z]{4}") {
        let mut changed = document.clone();
        changed["name"] = json!(text);
        if let (Ok((first, _)), Ok((second, _))) = (said(document), said(changed)) {
            prop_assert_ne!(first, second);
        }
    }
}
