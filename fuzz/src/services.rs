//! Targets of the services' own parsers: the registrar's CSV, and forms of requests.

use jigap_issuer::import::{MAX_ROWS, rows};
use jigap_platform::http::Form;
use serde_json::{Value, json};

use crate::fixtures::seeds;

/// Rows hold the schema's claims and nothing else; errors name lines, never a value.
pub(crate) fn csv_import(data: &[u8]) {
    let schema = schema();
    match rows(data, &schema) {
        Ok(rows) => {
            assert!(!rows.is_empty() && rows.len() <= MAX_ROWS);
            for row in &rows {
                assert!(
                    row.line > 0
                        && row
                            .claims
                            .keys()
                            .all(|name| schema.pointer(&format!("/properties/{name}")).is_some())
                );
            }
        }
        Err(errors) => {
            assert!(!errors.is_empty() && errors.iter().all(|error| error.line > 0 && !error.rule.is_empty()))
        }
    }
}

fn schema() -> Value {
    json!({"properties": {
        "name": {"type": "string"}, "year": {"type": "integer"}, "active": {"type": "boolean"},
        "roles": {"type": "array", "items": {"type": "string"}},
        "institution": {"type": "object", "properties": {"id": {"type": "string"}, "name": {"type": "string"}}},
    }})
}

pub(crate) fn csv_import_seeds() -> Vec<Vec<u8>> {
    seeds([
        "reference,name,year,active,roles,institution.name\nr1,김하늘,2,true,student;tutor,한빛대학교\nr2,\"Kim, \"\"Ha\"\"\",3,false,,\n",
        "\u{feff}name\r\n박바다\r\n",
        "name,name\na,b\n",
        "reference\n",
    ])
}

/// What is read is found by its name, once.
pub(crate) fn http_form(data: &[u8]) {
    let Ok(form) = Form::parse(data) else { return };
    let _ = form.value("grant_type");
    if let Ok(all) = form.clone().read::<std::collections::BTreeMap<String, String>>() {
        assert!(all.len() <= Form::MAX_PARAMETERS);
        for (name, value) in &all {
            assert_eq!(form.value(name), Some(value.as_str()));
        }
        let pairs = url::form_urlencoded::Serializer::new(String::new()).extend_pairs(&all).finish();
        let again =
            Form::parse(pairs.as_bytes()).and_then(Form::read::<std::collections::BTreeMap<String, String>>);
        assert_eq!(again, Ok(all));
    }
}

pub(crate) fn http_form_seeds() -> Vec<Vec<u8>> {
    seeds(["a=1&b=%20+", "grant_type=x&code=%EA%B0%80", "a=1&a=2", "a=%zz", "=&&a", "a=b=c"])
}
