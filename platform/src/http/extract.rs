//! Extractors for foreign bytes: bounded, strict, with [`Problem`] as rejection.
//!
//! A handler that must answer an error of its own specification takes `Result<StrictForm, Problem>` and maps it.

use axum::body::Bytes;
use axum::extract::{FromRequest, FromRequestParts, Request};
use axum::http::header::CONTENT_TYPE;
use axum::http::request::Parts;
use axum::http::{HeaderMap, StatusCode};
use axum::response::IntoResponse;
use serde::de::DeserializeOwned;

use super::form::Form;
use super::problem::{BODY_BROKEN, BODY_TOO_LARGE, Problem, WRONG_CONTENT_TYPE};
use super::strict::read_json;

/// A JSON body (`application/json` or `…+json`) read by [`read_json`], as a `T`: an object wherever `T` is a struct.
pub struct StrictJson<T>(pub T);

/// A body of `application/x-www-form-urlencoded`.
pub struct StrictForm(pub Form);

/// A body as it is, for messages whose specification fixes the error for every fault in them; within the route's limit.
pub struct StrictBytes(pub Bytes);

/// The query of the URL.
pub struct StrictQuery(pub Form);

/// No query: for addresses that take none and do what cannot be undone, so that nobody who wrote one there is surprised.
pub struct NoQuery;

impl<T: DeserializeOwned, S: Send + Sync> FromRequest<S> for StrictJson<T> {
    type Rejection = Problem;

    async fn from_request(request: Request, state: &S) -> Result<Self, Problem> {
        let media_type = media_type(request.headers());
        if media_type != "application/json"
            && !(media_type.starts_with("application/") && media_type.ends_with("+json"))
        {
            return Err(WRONG_CONTENT_TYPE);
        }
        read_json(&body(request, state).await?).map(Self)
    }
}

impl<S: Send + Sync> FromRequest<S> for StrictForm {
    type Rejection = Problem;

    async fn from_request(request: Request, state: &S) -> Result<Self, Problem> {
        if media_type(request.headers()) != "application/x-www-form-urlencoded" {
            return Err(WRONG_CONTENT_TYPE);
        }
        Ok(Self(Form::parse(&body(request, state).await?)?))
    }
}

impl<S: Send + Sync> FromRequest<S> for StrictBytes {
    type Rejection = Problem;

    async fn from_request(request: Request, state: &S) -> Result<Self, Problem> {
        body(request, state).await.map(Self)
    }
}

impl<S: Send + Sync> FromRequestParts<S> for StrictQuery {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Problem> {
        let query = parts.uri.query().unwrap_or_default();
        Ok(Self(Form::parse(query.as_bytes())?))
    }
}

impl<S: Send + Sync> FromRequestParts<S> for NoQuery {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Problem> {
        let StrictQuery(query) = StrictQuery::from_request_parts(parts, state).await?;
        query.only(&[])?;
        Ok(Self)
    }
}

/// The whole body, within the limit of the route (`DefaultBodyLimit`).
async fn body<S: Send + Sync>(request: Request, state: &S) -> Result<Bytes, Problem> {
    Bytes::from_request(request, state).await.map_err(|rejection| {
        let too_large = rejection.into_response().status() == StatusCode::PAYLOAD_TOO_LARGE;
        if too_large { BODY_TOO_LARGE } else { BODY_BROKEN }
    })
}

/// The media type without its parameters, in lower case; empty where there is not exactly one.
fn media_type(headers: &HeaderMap) -> String {
    let mut values = headers.get_all(CONTENT_TYPE).iter();
    match (values.next().and_then(|value| value.to_str().ok()), values.next()) {
        (Some(value), None) => value.split(';').next().unwrap_or_default().trim().to_ascii_lowercase(),
        _ => String::new(),
    }
}

#[cfg(test)]
mod tests {
    use axum::body::Body;
    use axum::extract::DefaultBodyLimit;
    use axum::routing::{get, post};
    use axum::{Router, response::Response};
    use serde::Deserialize;
    use tower::ServiceExt as _;

    use super::*;

    #[derive(Deserialize)]
    #[serde(deny_unknown_fields)]
    struct Offer {
        name: String,
    }

    fn app() -> Router {
        Router::new()
            .route("/json", post(|StrictJson(offer): StrictJson<Offer>| async move { offer.name }))
            .route("/form", post(|StrictForm(form): StrictForm| async move { value(&form) }))
            .route("/bare", get(|_: NoQuery| async { "bare" }))
            .route("/query", get(|StrictQuery(form): StrictQuery| async move { value(&form) }))
            .layer(DefaultBodyLimit::max(100))
    }

    fn value(form: &Form) -> String {
        form.value("name").unwrap_or("absent").to_owned()
    }

    async fn send(path: &str, content_type: &str, body: impl Into<Body>) -> Response {
        let method = if path.starts_with("/query") || path.starts_with("/bare") { "GET" } else { "POST" };
        let request = Request::builder().method(method).uri(path).header(CONTENT_TYPE, content_type);
        app().oneshot(request.body(body.into()).unwrap()).await.unwrap()
    }

    async fn refusal(path: &str, content_type: &str, body: impl Into<Body>) -> &'static str {
        let response = send(path, content_type, body).await;
        response.extensions().get::<Problem>().map_or("accepted", |problem| problem.code)
    }

    #[tokio::test]
    async fn what_is_well_formed_is_read() {
        for (path, content_type, body) in [
            ("/json", "application/json", r#"{"name":"가"}"#),
            ("/json", "Application/Problem+JSON; charset=utf-8", r#"{"name":"가"}"#),
            ("/form", "application/x-www-form-urlencoded", "name=%EA%B0%80"),
            ("/query?name=%EA%B0%80", "", ""),
        ] {
            let response = send(path, content_type, body).await;
            assert_eq!(response.status(), 200, "{path}");
            let text = axum::body::to_bytes(response.into_body(), 10).await.unwrap();
            assert_eq!(text, "가".as_bytes(), "{path}");
        }
    }

    #[tokio::test]
    async fn json_that_is_not_strict_is_refused() {
        let deep = format!("{{\"name\":{}", "[".repeat(80));
        for body in [r#"{"name":"a","name":"b"}"#, r#"{"name":"a"} x"#, "", "{", &deep, "\u{feff}{}"] {
            assert_eq!(refusal("/json", "application/json", body.to_owned()).await, "bad-json", "{body}");
        }
        for body in [r#"{"name":"a","extra":1}"#, r#"{"name":1}"#, "{}", "[]", r#"["a"]"#] {
            assert_eq!(refusal("/json", "application/json", body).await, "unexpected-json", "{body}");
        }
    }

    #[tokio::test]
    async fn forms_and_queries_that_are_not_strict_are_refused() {
        for parameters in ["name=a&name=b", "name=%zz", "name=%ff"] {
            let form = refusal("/form", "application/x-www-form-urlencoded", parameters).await;
            assert_eq!(form, "bad-parameters", "{parameters}");
            let query = refusal(&format!("/query?{parameters}"), "", "").await;
            assert_eq!(query, "bad-parameters", "{parameters}");
        }
    }

    #[tokio::test]
    async fn a_query_where_none_is_taken_is_refused() {
        assert_eq!(refusal("/bare", "", "").await, "accepted");
        for query in ["dry_run=true", "dry_run", "=", "%zz"] {
            assert_eq!(refusal(&format!("/bare?{query}"), "", "").await, "bad-parameters", "{query}");
        }
    }

    #[tokio::test]
    async fn the_wrong_media_type_is_refused() {
        for content_type in
            ["", "text/json", "application/jsonp", "text/plain+json", "application/x-www-form-urlencoded"]
        {
            assert_eq!(refusal("/json", content_type, "{}").await, "wrong-content-type", "{content_type}");
        }
        assert_eq!(refusal("/form", "multipart/form-data", "name=a").await, "wrong-content-type");
    }

    #[tokio::test]
    async fn a_body_over_the_limit_is_refused_announced_or_not() {
        let long = "x".repeat(101);
        assert_eq!(refusal("/json", "application/json", long.clone()).await, "body-too-large");
        assert_eq!(refusal("/form", "application/x-www-form-urlencoded", long).await, "body-too-large");
    }
}
