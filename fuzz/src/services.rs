//! Targets of the services' own parsers: the registrar's register in CSV and JSON, and forms and headers of requests and answers.

use serde_json::{Value, json};

use ::http::header::{
    ACCEPT_LANGUAGE, AGE, AUTHORIZATION, CACHE_CONTROL, HeaderMap, HeaderName, HeaderValue,
};

use self::form::Form;
use self::import::{MAX_ROWS, Register, rows};
use crate::fixtures::seeds;

// The parsers' own sources, which need nothing of their crates: the stores and servers there would take minutes to
// instrument.
#[path = "../../platform/src/http/authorization.rs"]
#[expect(dead_code, unreachable_pub, reason = "used where it belongs")]
mod authorization;
#[path = "../../platform/src/fetch/cache_control.rs"]
mod cache_control;
#[path = "../../platform/src/http/form.rs"]
#[expect(unreachable_pub, reason = "public where they belong")]
mod form;
#[path = "../../platform/src/http/forwarded.rs"]
mod forwarded;
#[path = "../../issuer/src/import.rs"]
#[expect(unreachable_pub, reason = "public where they belong")]
mod import;
#[path = "../../platform/src/http/language.rs"]
#[expect(unreachable_pub, reason = "public where it belongs")]
mod language;

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

/// The lines of the input are the values of one header. What is believed of it stands in it; a word for "do not keep" is heard
/// whatever else is said.
pub(crate) fn http_headers(data: &[u8]) {
    let values: Vec<HeaderValue> =
        data.split(|byte| *byte == b'\n').filter_map(|line| HeaderValue::from_bytes(line).ok()).collect();
    let of = |name: HeaderName| -> HeaderMap {
        values.iter().map(|value| (name.clone(), value.clone())).collect()
    };
    let mut kept = of(CACHE_CONTROL);
    let said = cache_control::max_age(&kept);
    kept.append(CACHE_CONTROL, HeaderValue::from_static("no-store"));
    assert!(cache_control::max_age(&kept) == Some(0) && said.is_none_or(|_| !values.is_empty()));
    let (once, mut twice) = (cache_control::age(&of(AGE)), of(AGE));
    twice.append(AGE, HeaderValue::from_static("7"));
    assert_eq!(cache_control::age(&twice), once.max(7));
    let _ = language::preferred_language(&of(ACCEPT_LANGUAGE));
    if let Ok(Some(token)) = authorization::credentials(&of(AUTHORIZATION), "Bearer") {
        assert!(token.len() <= 8192 && values.len() == 1);
        assert!(!token.contains([' ', ',', '"']) && token.is_ascii());
    }
    let proxied = of(HeaderName::from_static("x-forwarded-for"));
    if let Some(address) = forwarded::forwarded_for(&proxied) {
        let last = values.last().and_then(|value| value.to_str().ok()).unwrap_or_default();
        let word = last.rsplit(',').next().unwrap_or_default().trim();
        assert_eq!(word.parse(), Ok(address));
    }
}

pub(crate) fn http_headers_seeds() -> Vec<Vec<u8>> {
    seeds([
        "public, max-age=300, must-revalidate",
        "max-age=300\nmax-age=\"5\"\nno-cache",
        "ko-KR,ko;q=0.9,en-US;q=0.8,en;q=0.7",
        "Bearer dG9rZW4.-._~+/==",
        "6.6.6.6\n7.7.7.7, 2001:db8::1",
        "99999999999",
    ])
}
