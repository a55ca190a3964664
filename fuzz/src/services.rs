//! Targets of the services' own parsers: the registrar's register in CSV and JSON, and forms of requests.

use serde_json::{Value, json};

use self::form::Form;
use self::import::{MAX_ROWS, Register, rows};
use crate::fixtures::seeds;

// The parsers' own sources, which need nothing of their crates: the stores and servers there would take minutes to
// instrument.
#[path = "../../platform/src/http/form.rs"]
#[expect(unreachable_pub, reason = "public where they belong")]
mod form;
#[path = "../../issuer/src/import.rs"]
#[expect(unreachable_pub, reason = "public where they belong")]
mod import;

/// Rows hold the schema's claims and nothing else; errors name lines, never a value.
pub(crate) fn register(data: &[u8]) {
    let schema = schema();
    for register in [Register::Csv(data), Register::Json(data)] {
        match rows(register, &schema, |_| Vec::new()) {
            Ok(rows) => {
                assert!(!rows.is_empty() && rows.len() <= MAX_ROWS);
                assert!(rows.iter().all(|row| row.line > 0));
                if matches!(register, Register::Csv(_)) {
                    let known = |name: &String| schema.pointer(&format!("/properties/{name}")).is_some();
                    assert!(rows.iter().all(|row| row.claims.keys().all(known)));
                }
            }
            Err(errors) => {
                assert!(!errors.is_empty());
                assert!(errors.iter().all(|error| error.line > 0 && !error.rule.is_empty()));
            }
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

pub(crate) fn register_seeds() -> Vec<Vec<u8>> {
    seeds([
        "reference,name,year,active,roles,institution.name\nr1,김하늘,2,true,student;tutor,한빛대학교\nr2,\"Kim, \"\"Ha\"\"\",3,false,,\n",
        "\u{feff}name\r\n박바다\r\n",
        "name,name\na,b\n",
        "reference\n",
        "[{\"claims\":{\"name\":\"김하늘\"},\"reference\":\"r1\"},{\"claims\":{}}]",
    ])
}

/// What is read is found by its name, once.
pub(crate) fn http_form(data: &[u8]) {
    let Ok(form) = Form::parse(data) else { return };
    let _ = form.value("grant_type");
    if form.only(&["dry_run"]).is_ok() {
        let flag = form.flag("dry_run").ok().flatten().map(|flag| flag.to_string());
        assert!(flag.is_none_or(|flag| form.value("dry_run") == Some(&flag)));
    }
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
    seeds(["a=1&b=%20+", "grant_type=x&code=%EA%B0%80", "a=1&a=2", "a=%zz", "=&&a", "a=b=c", "dry_run=true"])
}
