//! Errors, in two messages: what the outside may see (status, stable code, request id, a hint in its language) and what
//! the log keeps. Shaped as RFC 9457; [`OAuthError`] where RFC 6749 §5.2 and its kin fix the JSON exactly.

use std::fmt;

use axum::body::Body;
use axum::http::header::{
    CACHE_CONTROL, CONTENT_LANGUAGE, CONTENT_LENGTH, CONTENT_TYPE, VARY, WWW_AUTHENTICATE,
};
use axum::http::{HeaderValue, StatusCode};
use axum::response::{IntoResponse, Response};
use jigap_wallet_core::text::{Lang, Text};
use jigap_wallet_core::verdict::Refusal;
use serde_json::{Map, Value};

use super::form::FormError;
use super::reply::{json, no_store};
use super::request::RequestId;
use super::statement::Beside;

/// An error for the outside. All its words are fixed when the program is built, so that no personal data slips in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Problem {
    /// The HTTP status.
    pub status: StatusCode,
    /// Stable code for machines, in kebab case.
    pub code: &'static str,
    /// What happened and what to do.
    pub hint: Text,
}

impl Problem {
    /// An error with its status, stable code and hint in English and Korean.
    pub const fn new(status: StatusCode, code: &'static str, en: &'static str, ko: &'static str) -> Self {
        Self { status, code, hint: Text::new(en, ko) }
    }

    /// Our fault: the log keeps `cause`, the outside learns only that it was ours.
    pub fn internal(cause: &dyn fmt::Display) -> Self {
        tracing::error!(%cause, "internal error");
        INTERNAL
    }

    /// This error, with `cause` kept in the log. `cause` must hold no personal data or secret.
    pub fn because(self, cause: &dyn fmt::Display) -> Self {
        tracing::info!(code = self.code, %cause, "request refused");
        self
    }

    /// This error, which says by which numbered check (docs/CHECKS.md) and why. A refusal names no value.
    pub fn refusing(self, refusal: Refusal) -> Response {
        let mut response = Response::new(Body::empty());
        response.extensions_mut().insert(refusal);
        self.because(&refusal).render(&mut response, Lang::En, None);
        response.extensions_mut().insert(self);
        response
    }

    /// What happened and what to do, for a reader of `lang`.
    fn detail(&self, lang: Lang, refusal: Option<Refusal>) -> String {
        let hint = self.hint.get(lang);
        match refusal {
            Some(Refusal { check, reason }) => format!("{hint} {}: {}.", check.id, reason.say(lang)),
            None => hint.to_owned(),
        }
    }

    /// Writes the body for a reader of `lang` into `response`, which keeps its other headers. Members [`Beside`] its own stand
    /// there too, and a [`Refusal`] in its detail.
    pub(super) fn render(self, response: &mut Response, lang: Lang, id: Option<&RequestId>) {
        let refusal = response.extensions().get().copied();
        let Beside(mut body) = response.extensions_mut().remove().unwrap_or_default();
        body.insert("status".to_owned(), self.status.as_u16().into());
        body.insert("code".to_owned(), self.code.into());
        body.insert("detail".to_owned(), self.detail(lang, refusal).into());
        if let Some(id) = id {
            body.insert("request_id".to_owned(), id.as_str().into());
        }
        *response.status_mut() = self.status;
        *response.body_mut() = Body::from(Value::Object(body).to_string());
        let headers = response.headers_mut();
        headers.remove(CONTENT_LENGTH);
        headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/problem+json"));
        headers.insert(CONTENT_LANGUAGE, HeaderValue::from_static(lang.tag()));
        headers.insert(VARY, HeaderValue::from_static("accept-language"));
        headers.insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
    }
}

impl IntoResponse for Problem {
    /// In English; [`super::Assembly`] puts in the client's language and the request's id.
    fn into_response(self) -> Response {
        let mut response = Response::new(Body::empty());
        self.render(&mut response, Lang::En, None);
        response.extensions_mut().insert(self);
        response
    }
}

/// Our fault.
pub(super) const INTERNAL: Problem = Problem::new(
    StatusCode::INTERNAL_SERVER_ERROR,
    "internal",
    "Something went wrong on our side. Try again later and quote the request id.",
    "서버에 문제가 생겼습니다. 잠시 뒤에 다시 시도하시고, 문의할 때는 요청 번호를 알려 주십시오.",
);
/// No such route.
pub(super) const NOT_FOUND: Problem = Problem::new(
    StatusCode::NOT_FOUND,
    "not-found",
    "There is nothing at this address.",
    "이 주소에는 아무것도 없습니다.",
);
/// The route has other methods.
pub(super) const METHOD_NOT_ALLOWED: Problem = Problem::new(
    StatusCode::METHOD_NOT_ALLOWED,
    "method-not-allowed",
    "This address does not take this method.",
    "이 주소에서는 쓸 수 없는 메서드입니다.",
);
/// The handler took longer than the limit.
pub(super) const TOOK_TOO_LONG: Problem = Problem::new(
    StatusCode::SERVICE_UNAVAILABLE,
    "took-too-long",
    "The request took too long. It may have been carried out; ask for its state before you send it again.",
    "요청을 처리하는 데 시간이 너무 오래 걸렸습니다. 이미 처리되었을 수 있으니 상태를 확인한 뒤에 다시 보내십시오.",
);
/// The body is over the limit.
pub(super) const BODY_TOO_LARGE: Problem = Problem::new(
    StatusCode::PAYLOAD_TOO_LARGE,
    "body-too-large",
    "The body is larger than this address takes.",
    "본문이 허용된 크기를 넘었습니다.",
);
/// The body broke off.
pub(super) const BODY_BROKEN: Problem = Problem::new(
    StatusCode::BAD_REQUEST,
    "body-broken",
    "The body could not be read to its end.",
    "본문을 끝까지 읽지 못했습니다.",
);
/// Not the media type the route takes.
pub(super) const WRONG_CONTENT_TYPE: Problem = Problem::new(
    StatusCode::UNSUPPORTED_MEDIA_TYPE,
    "wrong-content-type",
    "This address takes another content type.",
    "이 주소에서 받지 않는 콘텐츠 형식(Content-Type)입니다.",
);
/// Not JSON as [`jigap_keys::json`] takes it.
pub(super) const BAD_JSON: Problem = Problem::new(
    StatusCode::BAD_REQUEST,
    "bad-json",
    "The body is not valid JSON, repeats a member, or is nested too deeply.",
    "본문이 올바른 JSON이 아니거나, 같은 이름의 항목이 두 번 있거나, 너무 깊게 중첩되어 있습니다.",
);
/// JSON with other members than the route takes.
pub(super) const UNEXPECTED_JSON: Problem = Problem::new(
    StatusCode::BAD_REQUEST,
    "unexpected-json",
    "A member of the JSON is missing, unknown or of the wrong kind; see the API description.",
    "JSON에 빠진 항목이나 알 수 없는 항목 또는 형식이 틀린 항목이 있습니다. API 설명을 확인하십시오.",
);
/// Not a form as [`super::Form`] takes it, or as its reader does.
pub(super) const BAD_FORM: Problem = Problem::new(
    StatusCode::BAD_REQUEST,
    "bad-parameters",
    "The parameters are not well-formed, one stands there twice, is unknown here, or has a value it cannot have.",
    "매개변수의 형식이 올바르지 않거나, 같은 매개변수가 두 번 있거나, 알 수 없는 매개변수 또는 쓸 수 없는 값이 있습니다.",
);

impl From<FormError> for Problem {
    fn from(error: FormError) -> Self {
        BAD_FORM.because(&error)
    }
}

/// An error whose JSON a specification fixes: RFC 6749 §5.2, RFC 6750 §3, OpenID4VCI 1.0 §8.3.1, OpenID4VP 1.0 §8.5.
/// Answered with `Cache-Control: no-store`; in English, as those specifications say.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct OAuthError {
    status: StatusCode,
    error: &'static str,
    description: Option<&'static str>,
    challenge: Option<&'static str>,
}

impl OAuthError {
    /// The error code `error`, with status 400.
    pub const fn new(error: &'static str) -> Self {
        Self { status: StatusCode::BAD_REQUEST, error, description: None, challenge: None }
    }

    /// The same with `error_description`: ASCII without `"` and `\` (RFC 6749 §5.2).
    pub const fn describe(self, description: &'static str) -> Self {
        Self { description: Some(description), ..self }
    }

    /// The same with another status.
    pub const fn status(self, status: StatusCode) -> Self {
        Self { status, ..self }
    }

    /// The same with status 401 and this `WWW-Authenticate`, such as `Bearer error="invalid_token"` (RFC 6750 §3).
    pub const fn challenge(self, challenge: &'static str) -> Self {
        Self { status: StatusCode::UNAUTHORIZED, challenge: Some(challenge), ..self }
    }

    /// Status, code and description, for the API's description.
    pub(super) const fn parts(&self) -> (StatusCode, &'static str, Option<&'static str>) {
        (self.status, self.error, self.description)
    }

    /// This error, with `cause` kept in the log. `cause` must hold no personal data or secret.
    pub fn because(self, cause: &dyn fmt::Display) -> Self {
        tracing::info!(code = self.error, %cause, "request refused");
        self
    }
}

impl IntoResponse for OAuthError {
    fn into_response(self) -> Response {
        let mut body = Map::new();
        body.insert("error".to_owned(), self.error.into());
        if let Some(description) = self.description {
            body.insert("error_description".to_owned(), description.into());
        }
        let mut response = no_store(json(self.status, &body));
        if let Some(challenge) = self.challenge {
            response.headers_mut().insert(WWW_AUTHENTICATE, HeaderValue::from_static(challenge));
        }
        response
    }
}

#[cfg(test)]
mod tests {
    use axum::body::to_bytes;
    use jigap_wallet_core::verdict::{Check, Reason};
    use serde_json::json;

    use super::*;

    async fn body(response: Response) -> Value {
        serde_json::from_slice(&to_bytes(response.into_body(), 10_000).await.unwrap()).unwrap()
    }

    #[tokio::test]
    async fn an_oauth_error_is_exactly_what_the_specification_says() {
        let response = OAuthError::new("invalid_grant").into_response();
        assert_eq!(response.status(), 400);
        assert_eq!(response.headers()[CONTENT_TYPE], "application/json");
        assert_eq!(response.headers()[CACHE_CONTROL], "no-store");
        assert_eq!(body(response).await, json!({"error": "invalid_grant"}));

        let refused =
            OAuthError::new("invalid_token").describe("expired").challenge("Bearer error=\"invalid_token\"");
        let response = refused.into_response();
        assert_eq!(response.status(), 401);
        assert_eq!(response.headers()[WWW_AUTHENTICATE], "Bearer error=\"invalid_token\"");
        assert_eq!(body(response).await, json!({"error": "invalid_token", "error_description": "expired"}));
    }

    #[tokio::test]
    async fn a_problem_says_which_check_was_not_passed_and_why() {
        let check = Check::new("X-01", "a rule", "규칙", "a specification");
        let reason = Reason::new("no-reason", "it has no reason", "이유가 없습니다");
        let refusal = check.refuse(reason);
        let said = |lang| BAD_JSON.detail(lang, Some(refusal));
        assert!(said(Lang::En).ends_with(" X-01: it has no reason."), "{}", said(Lang::En));
        assert!(said(Lang::Ko).ends_with(" X-01: 이유가 없습니다."), "{}", said(Lang::Ko));
        let body = body(BAD_JSON.refusing(refusal)).await;
        assert_eq!((&body["code"], &body["detail"]), (&json!("bad-json"), &json!(said(Lang::En))));
        assert_eq!(BAD_JSON.detail(Lang::Ko, None), BAD_JSON.hint.ko);
    }

    #[tokio::test]
    async fn a_problem_alone_speaks_english_and_is_not_stored() {
        let response = Problem::internal(&"the disk is full").into_response();
        assert_eq!(response.status(), 500);
        assert_eq!(response.headers()[CACHE_CONTROL], "no-store");
        let body = body(response).await;
        assert_eq!((&body["code"], &body["status"]), (&json!("internal"), &json!(500)));
        assert!(!body.to_string().contains("disk"), "the cause stays inside");
    }
}
