//! The built-in types against their own examples, and folders that must not load.

use std::collections::BTreeMap;
use std::path::Path;

use jigap_tests::sources::files;
use serde_json::json;

use super::*;

const HOME: &str = "https://id.hanbit.example/types/";

fn built_in() -> CredentialTypes {
    CredentialTypes::built_in(&Url::parse(HOME).unwrap()).unwrap()
}

/// The examples below `folder`: type, name, content.
fn examples(folder: &str) -> Vec<(String, String, Value)> {
    let schemas = Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap().join("schemas");
    let found = files(&schemas, "json").into_iter().filter_map(|(path, text)| {
        let (name, example) = path.split_once(&format!("/examples/{folder}/"))?;
        Some((name.to_owned(), example.to_owned(), json::parse(text.as_bytes(), Limits::MESSAGE).unwrap()))
    });
    found.collect()
}

#[test]
fn every_valid_example_is_accepted() {
    let types = built_in();
    let examples = examples("valid");
    for (name, example, claims) in &examples {
        assert_eq!(types.get(name).unwrap().check(claims.as_object().unwrap()), Ok(()), "{name}/{example}");
    }
    assert!(types.iter().all(|(name, _)| examples.iter().filter(|(of, ..)| of == name).count() >= 2));
}

#[test]
fn every_invalid_example_is_refused_for_its_one_reason() {
    let types = built_in();
    let examples = examples("invalid");
    for (name, example, stated) in &examples {
        let errors = types.get(name).unwrap().check(stated["claims"].as_object().unwrap()).unwrap_err();
        let found: Vec<_> = errors.iter().map(|error| json!([error.path, error.keyword])).collect();
        assert_eq!(found, [json!([stated["path"], stated["rule"]])], "{name}/{example}");
    }
    assert!(types.iter().all(|(name, _)| examples.iter().filter(|(of, ..)| of == name).count() >= 5));
}

#[test]
fn no_error_holds_a_value_or_a_name_that_the_claims_brought() {
    let types = built_in();
    for (name, _, mut claims) in examples("valid") {
        let members = claims.as_object_mut().unwrap();
        for value in members.values_mut() {
            *value = json!({"SECRET-KEY": "SECRET-VALUE"});
        }
        members.insert("SECRET-NAME".to_owned(), json!("SECRET-VALUE"));
        let errors = types.get(&name).unwrap().check(members).unwrap_err();
        assert!(!errors.is_empty());
        assert!(!format!("{errors:?}").contains("SECRET"), "{errors:?}");
    }
    let student = types.get("student-id").unwrap();
    for secret in [json!("SECRET"), json!(["SECRET"]), json!(["SECRET", "SECRET"]), json!(77_007)] {
        let claims = schema_properties(student).map(|name| (name.clone(), secret.clone())).collect();
        let said: Vec<_> = student.check(&claims).unwrap_err().iter().map(ToString::to_string).collect();
        assert!(said.iter().all(|said| !said.contains("SECRET") && !said.contains("77007")), "{said:?}");
    }
}

fn schema_properties(found: &CredentialType) -> impl Iterator<Item = &String> {
    found.schema()["properties"].as_object().unwrap().keys()
}

#[test]
fn identifiers_begin_where_the_configuration_says() {
    let types = built_in();
    let student = types.by_vct("https://id.hanbit.example/types/student-id/1").unwrap();
    assert_eq!(student.name(), "student-id");
    for text in [student.type_metadata(), student.context(), &student.schema().to_string()] {
        assert!(!text.contains("jigap.example"));
        assert!(text.contains("https://id.hanbit.example/types/student-id/1"));
    }
    for base in ["mailto:a@b.example", "https://a.example/?b", "https://a.example/#c"] {
        let refused = CredentialTypes::built_in(&Url::parse(base).unwrap());
        assert_eq!(refused.err(), Some(TypeError::Base), "{base}");
    }
}

#[test]
fn vct_integrity_is_that_of_the_document_as_served() {
    let types = built_in();
    let student = types.get("student-id").unwrap();
    let digest = STANDARD.decode(student.vct_integrity().strip_prefix("sha256-").unwrap()).unwrap();
    assert_eq!(digest, sha256(student.type_metadata().as_bytes()));
}

#[test]
fn both_languages_are_everywhere_and_differ() {
    let hangul = |text: &str| text.chars().any(|c| ('가'..='힣').contains(&c));
    for (name, found) in built_in().iter() {
        let (ko, en) = (found.face(Lang::Ko), found.face(Lang::En));
        assert!(hangul(&ko.name) && hangul(&ko.description), "{name}");
        assert!(!hangul(&en.name) && !hangul(&en.description), "{name}");
        assert!(found.card().contains(&ko.name) && found.card().contains(&en.name), "{name}");
        for rule in found.claims() {
            assert!(hangul(rule.label(Lang::Ko)) && !hangul(rule.label(Lang::En)), "{name}: {}", rule.path);
        }
    }
}

#[test]
fn what_names_a_person_is_always_disclosed_alone_and_no_type_has_a_resident_number() {
    for (name, found) in built_in().iter() {
        let concealable: Vec<_> = found.concealable().iter().map(ToString::to_string).collect();
        for personal in ["name", "family_name", "given_name", "birth_date", "student_number", "portrait"] {
            let known = found.schema()["properties"].get(personal).is_some();
            assert!(!known || concealable.iter().any(|path| path == personal), "{name}: {personal}");
        }
        assert!(!found.type_metadata().contains("resident_registration"), "{name}");
    }
}

#[test]
fn the_context_redefines_no_protected_term_and_covers_every_claim() {
    for (name, found) in built_in().iter() {
        let context = json::parse(found.context().as_bytes(), Limits::MESSAGE).unwrap();
        let terms = context["@context"].as_object().unwrap();
        for protected in ["id", "type", "name", "description"] {
            assert!(!terms.contains_key(protected), "{name}: {protected}");
        }
        for property in schema_properties(found).filter(|property| *property != "name") {
            assert!(terms.contains_key(property), "{name}: {property}");
        }
    }
}

/// The files of the student ID, one of them changed.
fn load_with(file: &str, change: impl Fn(&str) -> String) -> Result<CredentialTypes, TypeError> {
    let own = built_in::FILES.iter().filter(|(path, _)| path.starts_with("student-id/"));
    let mut files: BTreeMap<String, Vec<u8>> =
        own.map(|(path, text)| ((*path).to_owned(), text.as_bytes().to_vec())).collect();
    let path = format!("student-id/{file}");
    let changed = change(std::str::from_utf8(&files[&path]).unwrap());
    assert_ne!(changed.as_bytes(), files[&path], "the change changes nothing");
    files.insert(path, changed.into_bytes());
    CredentialTypes::load(&files, &Url::parse(HOME).unwrap())
}

fn refused_metadata(from: &str, to: &str) -> &'static str {
    match load_with("type-metadata.json", |text| text.replacen(from, to, 1)) {
        Err(TypeError::Metadata(_, what)) => what,
        other => panic!("{from} -> {to}: {other:?}"),
    }
}

#[test]
fn malformed_metadata_is_refused_and_says_why() {
    assert_eq!(refused_metadata("\"vct\"", "\"vcd\""), "has no vct");
    assert_eq!(
        refused_metadata("\"vct\"", "\"extends\": \"x\", \"vct\""),
        "extends another type, which is not supported"
    );
    assert_eq!(
        refused_metadata("\"locale\": \"en\"", "\"locale\": \"fr\""),
        "has no display in Korean or none in English"
    );
    assert_eq!(
        refused_metadata("\"label\": \"성명\"", "\"label\": \"\""),
        "has a claim without a Korean label"
    );
    assert_eq!(
        refused_metadata("\"label\": \"Full name\"", "\"label\": 1"),
        "has a claim without an English label"
    );
    assert_eq!(
        refused_metadata("\"sd\": \"always\"", "\"sd\": \"allowed\""),
        "has a claim whose sd is neither always nor never"
    );
    assert_eq!(
        refused_metadata("\"mandatory\": true", "\"mandatory\": 1"),
        "has a claim whose mandatory is not true or false"
    );
    assert_eq!(refused_metadata("\"svg_id\": \"name\"", "\"svg_id\": \"1\""), "has a malformed svg_id");
    assert_eq!(
        refused_metadata("\"svg_id\": \"name\"", "\"svg_id\": \"department\""),
        "uses an svg_id twice"
    );
    assert_eq!(refused_metadata("sha256-", "sha256-A"), "states an integrity that is not that of card.svg");
    assert_eq!(
        refused_metadata("\"text_color\": \"#", "\"text_color\": \""),
        "has a display without colours (#rrggbb)"
    );
    assert_eq!(
        refused_metadata("1/card.svg", "1/other.svg"),
        "names a card that is not card.svg under https"
    );
    assert_eq!(
        refused_metadata("\"name\"\n      ],", "\"status\"\n      ],"),
        "describes a claim that the protocol sets"
    );
    assert_eq!(
        refused_metadata("\"family_name\"\n      ],", "\"name\"\n      ],"),
        "describes a claim twice"
    );
}

#[test]
fn a_folder_whose_parts_disagree_or_are_missing_is_refused() {
    let optional = load_with("schema.json", |text| text.replacen("\"student_number\",\n", "", 1));
    assert_eq!(
        optional.err(),
        Some(TypeError::Disagreement("student-id".to_owned(), "student_number".to_owned()))
    );
    let more = load_with("schema.json", |text| {
        text.replacen("\"properties\": {", "\"properties\": {\"club\": {},", 1)
    });
    assert_eq!(more.err(), Some(TypeError::Disagreement("student-id".to_owned(), "club".to_owned())));
    let duplicate = load_with("context.jsonld", |text| text.replacen('{', "{\"@context\": 1,", 1));
    assert!(matches!(duplicate, Err(TypeError::Json(path, _)) if path == "student-id/context.jsonld"));
    let files = BTreeMap::from([("a/schema.json".to_owned(), b"{}".to_vec())]);
    let missing = CredentialTypes::load(&files, &Url::parse(HOME).unwrap());
    assert_eq!(missing.err(), Some(TypeError::Missing("a/card.svg".to_owned())));
}

#[test]
fn a_schema_that_is_open_wrong_or_wants_another_document_is_refused() {
    let refused = |from: &str, to: &str| {
        let outcome = load_with("schema.json", |text| {
            let (head, tail) = text.rsplit_once(from).unwrap();
            format!("{head}{to}{tail}")
        });
        assert_eq!(
            outcome.err(),
            Some(TypeError::Schema("student-id/schema.json".to_owned())),
            "{from} -> {to}"
        );
    };
    refused("\"additionalProperties\": false", "\"additionalProperties\": true");
    refused("\"type\": \"string\"", "\"type\": \"strong\"");
    refused("\"format\": \"date\"", "\"format\": \"day\"");
    refused("\"type\": \"string\"", "\"$ref\": \"https://elsewhere.example/schema.json\"");
    refused("\"pattern\": \"^[0-9A-Za-z-]+$\"", "\"pattern\": \"(?=backtracking)\"");
}

#[test]
fn a_form_of_an_mdoc_that_is_none_or_lacks_an_element_is_refused() {
    let malformed = load_with("mdoc.json", |text| text.replacen("\"tstr\"", "\"text\"", 1));
    assert_eq!(malformed.err(), Some(TypeError::Mdoc("student-id/mdoc.json".to_owned())));
    let lacking = load_with("mdoc.json", |text| text.replacen("\"student_number\"", "\"number\"", 1));
    let lacks = TypeError::NoElement("student-id/mdoc.json".to_owned(), "student_number".to_owned());
    assert_eq!(lacking.err(), Some(lacks));
}

#[test]
fn two_types_with_one_document_type_are_refused() {
    let own = built_in::FILES.iter().filter(|(path, _)| path.starts_with("student-id/"));
    let twice = own.flat_map(|(path, text)| {
        let other = text.replace("types/student-id/1", "types/library-card/1");
        [((*path).to_owned(), (*text).to_owned()), (format!("x-{path}"), other)]
    });
    let twice = twice.map(|(path, text)| (path, text.into_bytes())).collect();
    let refused = CredentialTypes::load(&twice, &Url::parse(HOME).unwrap());
    assert_eq!(refused.err(), Some(TypeError::Repeated("x-student-id".to_owned())));
}

#[test]
fn every_valid_example_of_a_type_that_is_an_mdoc_fills_its_form() {
    let (types, mut filled) = (built_in(), 0);
    for (name, example, claims) in examples("valid") {
        let Some(form) = types.get(&name).unwrap().mdoc() else { continue };
        assert_eq!(form.check(claims.as_object().unwrap()), Ok(()), "{name}/{example}");
        filled += 1;
    }
    assert!(filled >= 6, "{filled}");
}

#[test]
fn two_types_with_one_vct_are_refused() {
    let own = built_in::FILES.iter().filter(|(path, _)| path.starts_with("student-id/"));
    let twice = own.flat_map(|(path, text)| {
        [(*path).to_owned(), format!("x-{path}")].map(|path| (path, text.as_bytes().to_vec()))
    });
    let refused = CredentialTypes::load(&twice.collect(), &Url::parse(HOME).unwrap());
    assert_eq!(refused.err(), Some(TypeError::Repeated("x-student-id".to_owned())));
}
