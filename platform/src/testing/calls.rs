//! Calls of a service's router as a peer makes them, each answer compared with the service's own description.

#![expect(
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test's helper fails the test"
)]

use axum::Router;
use axum::body::{Body, to_bytes};
use axum::http::{HeaderMap, Request};
use serde_json::Value;
use tower::ServiceExt as _;

use super::openapi::{Answered, assert_described};
use crate::http::{ApiDescription, ClientAddress};

/// The largest answer that is read, in bytes.
const MAX_ANSWER: usize = 1 << 22;

/// One request to a service.
#[derive(Debug, Clone, Copy)]
pub struct Call<'a> {
    /// The IPv4 address it comes from.
    pub from: [u8; 4],
    /// The method, in upper case.
    pub method: &'a str,
    /// Path and query.
    pub target: &'a str,
    /// Names and values.
    pub headers: &'a [(&'a str, &'a str)],
    /// The body.
    pub body: &'a [u8],
}

impl Call<'_> {
    /// Calls `app`. Fails the test where the answer is not one that `description` describes.
    pub async fn of(self, app: &Router, description: &ApiDescription) -> Answer {
        let mut request = Request::builder().method(self.method).uri(self.target);
        for (name, value) in self.headers {
            request = request.header(*name, *value);
        }
        let request = request.extension(ClientAddress(self.from.into())).body(Body::from(self.body.to_vec()));
        let Ok(response) = app.clone().oneshot(request.expect("a request")).await;
        let (parts, body) = response.into_parts();
        let body = to_bytes(body, MAX_ANSWER).await.expect("an answer of at most 4 MiB");
        let answer = Answer {
            status: parts.status.as_u16(),
            headers: parts.headers,
            text: String::from_utf8_lossy(&body).into_owned(),
            bytes: body.to_vec(),
        };
        let content_type = answer.headers.get("content-type").and_then(|it| it.to_str().ok());
        let answered = Answered {
            method: self.method,
            path: self.target.split('?').next().unwrap_or_default(),
            status: answer.status,
            content_type: content_type.unwrap_or_default(),
            body: &answer.text,
        };
        assert_described(description, answered);
        answer
    }
}

/// What was answered.
#[derive(Debug, Clone, PartialEq)]
pub struct Answer {
    /// The status.
    pub status: u16,
    /// The headers.
    pub headers: HeaderMap,
    /// The body, where it is a text.
    pub text: String,
    /// The body.
    pub bytes: Vec<u8>,
}

impl Answer {
    /// The body, which is JSON.
    pub fn json(&self) -> Value {
        serde_json::from_str(&self.text).unwrap_or_else(|_| panic!("{self:?}"))
    }

    /// The member `name` of the body, which is a text.
    pub fn get(&self, name: &str) -> String {
        self.json()[name].as_str().unwrap_or_else(|| panic!("{self:?}")).to_owned()
    }

    /// Status and `error` (or `code`) of a refusal, which nobody may store.
    pub fn refusal(&self) -> (u16, String) {
        assert_eq!(self.headers["cache-control"], "no-store", "{self:?}");
        let body = self.json();
        let code = body.get("error").or(body.get("code")).and_then(Value::as_str).unwrap_or_default();
        (self.status, code.to_owned())
    }
}
