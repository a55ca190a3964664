//! The mdoc forms of our types: each valid example becomes a document and comes back.

use super::*;

const FORMS: [(&str, &str, &[&str]); 3] = [
    (
        "org.iso.18013.5.1.mDL",
        include_str!("../../../../schemas/driver-licence/mdoc.json"),
        &[
            include_str!("../../../../schemas/driver-licence/examples/valid/full.json"),
            include_str!("../../../../schemas/driver-licence/examples/valid/minimal.json"),
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

#[test]
fn dates_and_pictures_are_what_iso_has() {
    let form = MdocForm::parse(FORMS[0].1.as_bytes()).unwrap();
    let mut claims: Value = serde_json::from_str(FORMS[0].2[0]).unwrap();
    claims["portrait"] = json!("data:image/jpeg;base64,/9j/4AAQ");
    let header = Header::for_key(KeyType::P256).unwrap();
    let bytes = filled(&form, &claims).unwrap().build(header, &Repeatable::new(7)).sign(&key(1)).unwrap();
    let mut document = decode(&bytes);
    let items = member(member(&mut document, "nameSpaces"), NAMESPACE).as_array().unwrap().clone();
    let value = |name: &str| {
        let mut items = items.iter().map(|item| decode(item.as_tag().unwrap().1.as_bytes().unwrap()));
        let mut item = items
            .find(|item| member(&mut item.clone(), "elementIdentifier").as_text() == Some(name))
            .unwrap();
        member(&mut item, "elementValue").clone()
    };
    assert_eq!(value("birth_date"), Cbor::Tag(1004, Box::new(Cbor::Text("2001-03-14".into()))));
    assert_eq!(value("portrait"), Cbor::Bytes(vec![0xff, 0xd8, 0xff, 0xe0, 0, 0x10]));
    let mut privilege = value("driving_privileges").as_array().unwrap()[0].clone();
    assert_eq!(member(&mut privilege, "issue_date").as_tag().unwrap().0, 1004);
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
