//! The mdoc forms of our types: each valid example becomes a document and comes back.

use super::*;

const FORMS: [(&str, &str, &[&str]); 3] = [
    (
        "org.iso.18013.5.1.mDL",
        include_str!("../../../../schemas/driver-licence/mdoc.json"),
        &[
            include_str!("../../../../schemas/driver-licence/examples/valid/full.json"),
            include_str!("../../../../schemas/driver-licence/examples/valid/minimal.json"),
            include_str!("../../../../schemas/driver-licence/examples/valid/every-element.json"),
        ],
    ),
    (
        "example.jigap.student-id.1",
        include_str!("../../../../schemas/student-id/mdoc.json"),
        &[
            include_str!("../../../../schemas/student-id/examples/valid/enrolled.json"),
            include_str!("../../../../schemas/student-id/examples/valid/minimal.json"),
        ],
    ),
    (
        "example.jigap.technical-qualification.1",
        include_str!("../../../../schemas/technical-qualification/mdoc.json"),
        &[
            include_str!("../../../../schemas/technical-qualification/examples/valid/craftsman.json"),
            include_str!("../../../../schemas/technical-qualification/examples/valid/engineer.json"),
        ],
    ),
];

fn filled(form: &MdocForm, claims: &Value) -> Result<MdocBuilder, FillError> {
    let validity = Validity { signed: NOW, from: NOW, until: NOW.plus(Seconds(1)), expected_update: None };
    form.fill(claims.as_object().unwrap(), validity, key(2).public().clone())
}

/// The claims of one object below the names of their parents.
fn leaves(form: &MdocForm, trail: &[Value], claims: &Value, found: &mut Vec<(ClaimPath, Value)>) {
    for (name, value) in claims.as_object().unwrap() {
        let trail = [trail, &[json!(name)]].concat();
        match form.path(&ClaimPath::from_json(&Value::from(trail.clone())).unwrap()) {
            Some(path) => found.push((path, value.clone())),
            None => leaves(form, &trail, value, found),
        }
    }
}

#[test]
fn every_example_becomes_a_document_and_comes_back() {
    for (doc_type, form, examples) in FORMS {
        let form = MdocForm::parse(form.as_bytes()).unwrap();
        assert_eq!(form.doc_type(), doc_type);
        for example in examples {
            let example: Value = serde_json::from_str(example).unwrap();
            let header = Header::for_key(KeyType::P256).unwrap();
            let unsigned = filled(&form, &example).unwrap().build(header, &Repeatable::new(7));
            let claims = verified(&unsigned.sign(&key(1)).unwrap(), &key(1)).unwrap().into_claims();
            let mut found = Vec::new();
            leaves(&form, &[], &example, &mut found);
            assert!(found.len() >= 8);
            for (path, value) in found {
                let back = path.select(&claims);
                if value.as_str().is_some_and(|text| text.starts_with("data:")) {
                    assert!(back[0].is_string(), "{path}");
                } else {
                    assert_eq!(back, [&value], "{path}");
                }
            }
        }
    }
}

/// The data elements of `org.iso.18013.5.1` by their encoding (ISO 18013-5 §7.2.1, table 5); of `age_over_NN` those that we issue.
const ENCODINGS: [(&str, &[&str]); 6] = [
    (
        "tstr",
        &[
            "family_name",
            "given_name",
            "issuing_country",
            "issuing_authority",
            "document_number",
            "un_distinguishing_sign",
            "administrative_number",
            "eye_colour",
            "hair_colour",
            "birth_place",
            "resident_address",
            "issuing_jurisdiction",
            "nationality",
            "resident_city",
            "resident_state",
            "resident_postal_code",
            "resident_country",
            "family_name_national_character",
            "given_name_national_character",
        ],
    ),
    ("uint", &["sex", "height", "weight", "age_in_years", "age_birth_year"]),
    (
        "bstr",
        &[
            "portrait",
            "biometric_template_face",
            "biometric_template_finger",
            "biometric_template_signature_sign",
            "biometric_template_iris",
            "signature_usual_mark",
        ],
    ),
    ("bool", &["age_over_14", "age_over_16", "age_over_18", "age_over_19", "age_over_21", "age_over_65"]),
    ("full-date", &["birth_date", "issue_date", "expiry_date"]),
    ("tdate", &["portrait_capture_date"]),
];

fn encoding(value: &Cbor) -> &'static str {
    match value {
        Cbor::Text(_) => "tstr",
        Cbor::Integer(number) if i128::from(*number) >= 0 => "uint",
        Cbor::Bytes(_) => "bstr",
        Cbor::Bool(_) => "bool",
        Cbor::Tag(1004, text) if text.is_text() => "full-date",
        Cbor::Tag(0, text) if text.is_text() => "tdate",
        _ => "another",
    }
}

#[test]
fn every_element_of_a_licence_is_encoded_as_isos_table_says() {
    let form = MdocForm::parse(FORMS[0].1.as_bytes()).unwrap();
    let claims: Value = serde_json::from_str(FORMS[0].2[2]).unwrap();
    let header = Header::for_key(KeyType::P256).unwrap();
    let bytes = filled(&form, &claims).unwrap().build(header, &Repeatable::new(7)).sign(&key(1)).unwrap();
    let mut document = decode(&bytes);
    let items = member(member(&mut document, "nameSpaces"), NAMESPACE).as_array().unwrap().clone();
    let mut values = std::collections::BTreeMap::new();
    for item in items {
        let mut item = decode(item.as_tag().unwrap().1.as_bytes().unwrap());
        let name = member(&mut item, "elementIdentifier").as_text().unwrap().to_owned();
        values.insert(name, member(&mut item, "elementValue").clone());
    }
    let mut privilege = values.remove("driving_privileges").unwrap().as_array().unwrap()[0].clone();
    for (kind, names) in ENCODINGS {
        for name in names {
            let value = values.remove(*name);
            assert_eq!(value.as_ref().map(encoding), Some(kind), "{name}");
        }
    }
    assert!(values.is_empty(), "in no row of the table: {values:?}");
    assert_eq!(encoding(member(&mut privilege, "vehicle_category_code")), "tstr");
    assert_eq!(encoding(member(&mut privilege, "issue_date")), "full-date");
    assert_eq!(encoding(member(&mut privilege, "expiry_date")), "full-date");
    let mut code = member(&mut privilege, "codes").as_array().unwrap()[1].clone();
    for (name, value) in [("code", "S01"), ("sign", "≤"), ("value", "2500")] {
        assert_eq!(*member(&mut code, name), Cbor::Text(value.to_owned()));
    }
}

#[test]
fn what_does_not_fit_a_form_is_refused() {
    let form = MdocForm::parse(FORMS[0].1.as_bytes()).unwrap();
    let example: Value = serde_json::from_str(FORMS[0].2[0]).unwrap();
    for (name, value, error) in [
        ("birth_date", json!("2001-02-30"), FillError::NotOfType("birth_date".into())),
        ("birth_date", json!("14.03.2001"), FillError::NotOfType("birth_date".into())),
        ("age_over_18", json!("true"), FillError::NotOfType("age_over_18".into())),
        ("sex", json!(1.5), FillError::NotOfType("sex".into())),
        ("portrait", json!("data:text/plain,hello"), FillError::NotOfType("portrait".into())),
        ("portrait_capture_date", json!("2001-03-14"), FillError::NotOfType("portrait_capture_date".into())),
        ("hobby", json!("chess"), FillError::NoElement("hobby".into())),
        ("kr", json!({"blood": "A"}), FillError::NoElement("kr.blood".into())),
        ("kr", json!("A"), FillError::NoElement("kr".into())),
    ] {
        let mut claims = example.clone();
        claims[name] = value;
        assert_eq!(filled(&form, &claims).err(), Some(error), "{name}");
    }
    for form in [
        json!({}),
        json!({"doctype": "d", "namespaces": {}}),
        json!({"doctype": "", "namespaces": {"n": {"e": "tstr"}}}),
        json!({"doctype": "d", "namespaces": {"n": {"e": "float"}}}),
        json!({"doctype": "d", "namespaces": {"n": {"e": {"claim": ["a"]}}}}),
        json!({"doctype": "d", "namespaces": {"n": {"e": {"claim": [], "type": "tstr"}}}}),
        json!({"doctype": "d", "namespaces": {"n": {"e": {"claim": [1], "type": "tstr"}}}}),
        json!({"doctype": "d", "namespaces": {"n": {"e": {"list": "tstr"}}}}),
        json!({"doctype": "d", "namespaces": {"n": {"e": "tstr"}}, "more": 1}),
    ] {
        assert_eq!(MdocForm::parse(form.to_string().as_bytes()), None, "{form}");
    }
    let deep = (0..9).fold(json!("tstr"), |inner, _| json!({"array": inner}));
    assert_eq!(ElementType::from_json(&deep), None);
}
