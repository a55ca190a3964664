//! Types by contexts: the examples of OpenID4VP 1.0, each way of naming a type, and what must not be believed.

use super::*;

const V2: &str = "https://www.w3.org/ns/credentials/v2";
const OTHER: &str = "https://contexts.example/other";

fn expanded(context: Value, types: Value) -> Vec<String> {
    let contexts = Contexts::built_in().clone();
    let other =
        json!({"@context": {"Known": "https://vocab.example/known#Known", "ex": "https://ex.example/"}});
    let contexts = contexts.with(OTHER, other.to_string().as_bytes()).unwrap();
    contexts.expanded_types(&json!({"@context": context, "type": types}))
}

fn one(context: Value, name: &str) -> Option<String> {
    expanded(context, json!(name)).into_iter().next()
}

#[test]
fn every_built_in_context_is_there_and_names_its_type() {
    for (name, _) in SCHEMAS {
        let iri = type_context(SCHEMAS_BASE, name);
        let context = Contexts::built_in().documents.get(&iri).unwrap().as_object().unwrap().clone();
        let types = context.keys().filter(|term| term.starts_with(char::is_uppercase)).cloned();
        let types: Vec<String> = types.collect();
        assert_eq!(types.len(), 1, "{name}");
        let expected = format!("{SCHEMAS_BASE}/{name}/1#{}", types[0]);
        assert_eq!(expanded(json!([V2, iri]), json!(types)), [expected]);
    }
    let moved = Contexts::with_types_at("https://uni.example/t");
    let credential =
        json!({"@context": [V2, "https://uni.example/t/student-id/1/context.jsonld"], "type": ["StudentId"]});
    assert_eq!(moved.expanded_types(&credential), ["https://uni.example/t/student-id/1#StudentId"]);
}

/// What the registry of JSON-LD knows, types are expanded by as well: nobody has to give or fetch it.
#[cfg(feature = "ldp")]
#[test]
fn types_of_the_vocabularies_that_everybody_may_use_are_expanded() {
    for (context, name, iri) in [
        (
            "https://purl.imsglobal.org/spec/ob/v3p0/context-3.0.3.json",
            "OpenBadgeCredential",
            "https://purl.imsglobal.org/spec/vc/ob/vocab.html#OpenBadgeCredential",
        ),
        (
            "https://purl.imsglobal.org/spec/clr/v2p0/context-2.0.1.json",
            "ClrCredential",
            "https://purl.imsglobal.org/spec/vc/clr/vocab.html#ClrCredential",
        ),
        (
            "https://w3id.org/vdl/v1",
            "Iso18013DriversLicenseCredential",
            "https://w3id.org/vdl#Iso18013DriversLicenseCredential",
        ),
        (
            "https://w3id.org/citizenship/v1",
            "PermanentResidentCard",
            "https://w3id.org/citizenship#PermanentResidentCard",
        ),
    ] {
        assert_eq!(one(json!([V2, context]), name).as_deref(), Some(iri));
        assert_eq!(Contexts::built_in().unknown(&json!({"@context": [V2, context]})), [""; 0]);
    }
    let examples = "https://www.w3.org/ns/credentials/examples/v2";
    assert_eq!(Contexts::built_in().unknown(&json!({"@context": [V2, examples]})), [examples]);
    let repeated = json!({"@context": [V2, examples, "https://a.example/", examples, examples]});
    assert_eq!(Contexts::built_in().unknown(&repeated), [examples, "https://a.example/"]);
}

/// OpenID4VP 1.0 Appendix B.1.1: a defined type, and one that no context defines and so stays relative.
#[test]
fn a_type_that_no_context_defines_remains_as_it_is() {
    for first in [V2, "https://www.w3.org/2018/credentials/v1"] {
        assert_eq!(
            expanded(json!([first]), json!(["VerifiableCredential", "IDCredential"])),
            [VERIFIABLE_CREDENTIAL, "IDCredential"]
        );
    }
}

#[test]
fn each_way_of_naming_a_type_is_expanded() {
    for (context, name, iri) in [
        (json!([V2, OTHER]), "Known", "https://vocab.example/known#Known"),
        (json!([V2, OTHER]), "ex:Thing", "https://ex.example/Thing"),
        (json!([V2, OTHER]), "https://absolute.example/Thing", "https://absolute.example/Thing"),
        (json!([V2, OTHER]), "urn:uuid:1", "urn:uuid:1"),
        (json!([V2, {"T": {"@id": "https://a.example/T"}}]), "T", "https://a.example/T"),
        (json!([V2, {"p": "https://a.example/#", "T": "p:T"}]), "T", "https://a.example/#T"),
        (json!([V2, {"p": {"@id": "https://a.example/", "@prefix": true}}]), "p:T", "https://a.example/T"),
        (json!([V2, {"p": {"@id": "https://a.example/"}}]), "p:T", "p:T"),
        (json!([V2, {"p": "https://a.example/word"}]), "p:T", "p:T"),
        (json!([V2, {"p": "https://a.example/"}]), "p://T", "p://T"),
        (json!([V2, {"@vocab": "https://v.example/"}]), "T", "https://v.example/T"),
        (json!([V2, {"@vocab": "https://v.example/", "T": {}}]), "T", "https://v.example/T"),
        (json!([V2, {"@vocab": "https://v.example/"}, {"@vocab": null}]), "T", "T"),
        (json!([V2, {"T": "https://a.example/T"}, {"T": "https://b.example/T"}]), "T", "https://b.example/T"),
        (json!([[V2, [{"T": "https://a.example/T"}]]]), "T", "https://a.example/T"),
        (json!([{"T": "https://a.example/T"}, null, V2]), "T", "T"),
        (json!([V2, {"A": "https://a.example/A", "T": "A"}]), "T", "https://a.example/A"),
    ] {
        assert_eq!(one(context.clone(), name).as_deref(), Some(iri), "{context} {name}");
    }
}

#[test]
fn a_type_whose_meaning_is_not_known_is_left_out() {
    for (context, name) in [
        (json!([V2, "https://unknown.example/c"]), "Known"),
        (json!(["https://unknown.example/c", OTHER]), "Known"),
        (json!([V2, OTHER, "https://unknown.example/c"]), "Known"),
        (json!([V2, "https://unknown.example/c"]), "https://absolute.example/Thing"),
        (json!([V2, {"T": null}]), "T"),
        (json!([V2]), "@json"),
    ] {
        assert_eq!(one(context.clone(), name), None, "{context} {name}");
    }
}

#[test]
fn a_protected_type_keeps_its_meaning_whatever_follows() {
    assert_eq!(
        one(json!([V2, "https://unknown.example/c"]), "VerifiableCredential").unwrap(),
        VERIFIABLE_CREDENTIAL
    );
    let again = json!([V2, {"VerifiableCredential": VERIFIABLE_CREDENTIAL}]);
    assert_eq!(one(again, "VerifiableCredential").unwrap(), VERIFIABLE_CREDENTIAL);
}

#[test]
fn contexts_that_json_ld_would_refuse_give_no_types() {
    let deep = (0..40).fold(json!(V2), |inner, _| json!([inner]));
    for context in [
        json!([V2, {"VerifiableCredential": "https://evil.example/#VerifiableCredential"}]),
        json!([V2, {"VerifiableCredential": {"@id": VERIFIABLE_CREDENTIAL, "@type": "@id"}}]),
        json!([V2, null]),
        json!([V2, 7]),
        json!([V2, {"@import": OTHER}]),
        json!([V2, {"@vocab": "", "Student": "relative"}]),
        json!([V2, {"A": "B:x", "B": "A:y", "Student": "A:z"}]),
        json!([V2, {"Student": {"@reverse": "https://a.example/"}}]),
        json!([V2, {"Student": "relative"}]),
        json!([V2, {"Student": 7}]),
        json!(vec![json!({}); 100]),
        deep,
    ] {
        let types = expanded(context.clone(), json!(["VerifiableCredential", "Student"]));
        assert_eq!(types, Vec::<String>::new(), "{context}");
    }
}

#[test]
fn what_is_no_context_document_is_refused() {
    for document in ["", "[]", "{}", "{\"@context\": {}, \"@context\": {}}", "not json"] {
        let refused = Contexts::built_in().clone().with(OTHER, document.as_bytes()).err();
        assert_eq!(refused, Some(InvalidContext), "{document}");
    }
}

/// One that could not be used for JSON-LD is not taken for types either: nothing is known by halves.
#[cfg(feature = "ldp")]
#[test]
fn a_context_that_hides_something_or_leans_on_others_is_refused() {
    for document in [r#"{"@context": {"secret": null}}"#, r#"{"@context": {"Student": "relative"}}"#] {
        let refused = Contexts::built_in().clone().with(OTHER, document.as_bytes()).err();
        assert_eq!(refused, Some(InvalidContext), "{document}");
    }
}

#[test]
fn definitions_that_name_each_other_in_every_context_are_not_followed_without_end() {
    let layer: Map<String, Value> = (0..15)
        .map(|at| (format!("t{at}"), json!(format!("t{}", at + 1))))
        .chain([("t15".to_owned(), json!("https://x.example/"))])
        .collect();
    let credential = json!({"@context": vec![Value::Object(layer); 60], "type": ["t0"]});
    assert_eq!(Contexts::built_in().expanded_types(&credential), [""; 0]);
}
