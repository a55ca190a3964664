//! Whether a service and its OpenAPI description say the same: the checked-in file is the served one, and no test gets an
//! answer that is not described.

use std::path::Path;

use serde_json::Value;

use crate::http::ApiDescription;

/// Fails unless the file at `path` is `description`. `JIGAP_BLESS=1` writes it.
#[expect(clippy::disallowed_methods, reason = "the checked-in file is compared, or written on demand")]
pub fn assert_checked_in(description: &ApiDescription, path: &Path) {
    let text = description.to_json();
    if std::env::var_os("JIGAP_BLESS").is_some() {
        let folder = path.parent().unwrap_or(path);
        assert!(std::fs::create_dir_all(folder).and_then(|()| std::fs::write(path, &text)).is_ok());
    }
    let checked_in = std::fs::read_to_string(path).unwrap_or_default();
    assert!(checked_in == text, "{} is old: JIGAP_BLESS=1 writes it anew", path.display());
}

/// Fails unless every operation has a summary, a success and nothing without words.
pub fn assert_complete(description: &ApiDescription) {
    for (path, method, operation) in &operations(&document(description)) {
        assert!(operation["summary"].is_string(), "{method} {path}: no summary");
        let responses = operation["responses"].as_object().cloned().unwrap_or_default();
        assert!(responses.keys().any(|status| status.starts_with('2')), "{method} {path}: no success");
        for (status, response) in &responses {
            let says = response["description"].as_str().unwrap_or_default();
            assert!(!says.is_empty(), "{method} {path}: {status} has no description");
        }
    }
}

/// The operations that take JSON, as `POST /path`.
pub fn taking_json(description: &ApiDescription) -> Vec<String> {
    let all = operations(&document(description)).into_iter();
    let takes =
        all.filter(|(.., operation)| operation.pointer("/requestBody/content/application~1json").is_some());
    takes.map(|(path, method, _)| format!("{} {path}", method.to_uppercase())).collect()
}

/// What is no `body` although it has its members' values in order, or has them one level deeper: the array of them, the body
/// in an array, and each of its objects so.
pub fn as_arrays(body: &Value) -> Vec<Value> {
    let Some(members) = body.as_object() else { return Vec::new() };
    let values: Vec<Value> = members.values().cloned().collect();
    let deeper = members.iter().filter(|(name, _)| name.as_str() == "options").flat_map(|(name, value)| {
        as_arrays(value).into_iter().map(move |array| {
            let mut changed = members.clone();
            changed.insert(name.clone(), array);
            Value::Object(changed)
        })
    });
    [Value::Array(Vec::new()), Value::Array(vec![body.clone()]), Value::Array(values)]
        .into_iter()
        .chain(deeper)
        .collect()
}

/// One answer of a service.
#[derive(Debug, Clone, Copy)]
pub struct Answered<'a> {
    /// The method, in upper case.
    pub method: &'a str,
    /// The path, without query.
    pub path: &'a str,
    /// The status.
    pub status: u16,
    /// The media type; empty for none.
    pub content_type: &'a str,
    /// The body.
    pub body: &'a str,
}

/// Fails if `answered` is of a described path but not as described: its status, its media type, the code of its error.
/// What the frame answers for paths and methods that are not there is nobody's description.
pub fn assert_described(description: &ApiDescription, answered: Answered<'_>) {
    let Answered { method, path, status, content_type, body } = answered;
    let all = operations(&document(description));
    let named = |found: &&(String, String, Value)| {
        found.1.eq_ignore_ascii_case(method) && is_instance(path, &found.0)
    };
    let Some((template, _, operation)) = all.iter().find(named) else {
        assert!([404, 405].contains(&status), "{method} {path}: answered {status}, described nowhere");
        return;
    };
    let described = operation["responses"].get(status.to_string());
    assert!(described.is_some(), "{method} {template}: {status} is not described: {body}");
    let response = described.unwrap_or(&Value::Null);
    let media_type = content_type.split(';').next().unwrap_or_default();
    if !media_type.is_empty() {
        let content = response["content"].get(media_type);
        assert!(content.is_some(), "{method} {template}: {status} as {media_type} is not described");
    }
    let body: Value = serde_json::from_str(body).unwrap_or_default();
    if status >= 400
        && let Some(code) = body.get("code").or(body.get("error")).and_then(Value::as_str)
    {
        let says = response["description"].as_str().unwrap_or_default();
        assert!(says.contains(&format!("`{code}`")), "{method} {template}: {status} {code} is not described");
    }
}

fn document(description: &ApiDescription) -> Value {
    serde_json::from_str(&description.to_json()).unwrap_or_default()
}

/// Path, method and operation; literal paths before those with parameters.
fn operations(document: &Value) -> Vec<(String, String, Value)> {
    let paths = document["paths"].as_object().cloned().unwrap_or_default();
    let mut all: Vec<_> = paths
        .into_iter()
        .flat_map(|(path, item)| {
            let item = item.as_object().cloned().unwrap_or_default();
            item.into_iter().map(move |(method, operation)| (path.clone(), method, operation))
        })
        .collect();
    all.sort_by_key(|(path, ..)| path.matches('{').count());
    all
}

fn is_instance(path: &str, template: &str) -> bool {
    let same = |(part, pattern): (&str, &str)| part == pattern || pattern.starts_with('{');
    path.split('/').count() == template.split('/').count()
        && path.split('/').zip(template.split('/')).all(same)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// One thing.
    #[utoipa::path(get, path = "/things/{id}", responses((status = 200, description = "The thing.", body = String)))]
    #[expect(dead_code, reason = "described only")]
    fn thing() {}

    #[derive(utoipa::OpenApi)]
    #[openapi(paths(thing))]
    struct Doc;

    fn answered(path: &str, status: u16, content_type: &str, body: &str) -> std::thread::Result<()> {
        std::panic::catch_unwind(|| {
            let answered = Answered { method: "GET", path, status, content_type, body };
            assert_described(&ApiDescription::of::<Doc>(), answered);
        })
    }

    #[test]
    fn only_what_is_described_passes() {
        assert_complete(&ApiDescription::of::<Doc>());
        assert!(answered("/things/7", 200, "text/plain; charset=utf-8", "x").is_ok());
        assert!(answered("/things/7", 500, "application/problem+json", r#"{"code": "internal"}"#).is_ok());
        assert!(answered("/things", 404, "application/problem+json", "{}").is_ok());
        for (path, status, content_type, body) in [
            ("/things/7", 201, "text/plain", ""),
            ("/things/7", 200, "application/json", ""),
            ("/things/7", 500, "application/problem+json", r#"{"code": "other"}"#),
            ("/others/7", 200, "text/plain", ""),
        ] {
            assert!(answered(path, status, content_type, body).is_err(), "{path} {status}");
        }
    }

    #[test]
    fn a_file_that_says_otherwise_is_old() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("x.json");
        let compared = || std::panic::catch_unwind(|| assert_checked_in(&ApiDescription::of::<Doc>(), &path));
        if std::env::var_os("JIGAP_BLESS").is_none() {
            assert!(compared().is_err());
        }
    }
}
