//! The verifier over HTTP.
//!
//! | path | who | specification |
//! |---|---|---|
//! | `POST /verifier/requests` | whoever asks, with a bearer token | docs/VERIFIER-API.md |
//! | `GET /verifier/requests/{id}` | whoever asked, with the session's secret | docs/VERIFIER-API.md |
//! | `GET`, `POST /verifier/request/{id}` | the wallet | OpenID4VP 1.0 §5.10, RFC 9101 |
//! | `POST /verifier/response/{id}` | the wallet | OpenID4VP 1.0 §8.2 |

use std::collections::BTreeMap;
use std::sync::Arc;

use axum::Router;
use axum::body::Bytes;
use axum::extract::{Path, State};
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use jigap_platform::http::{
    OAuthError, Problem, StrictJson, StrictQuery, TokenHash, credentials, json, no_store,
};
use jigap_wallet_core::vp::{REQUEST_OBJECT_MEDIA_TYPE, wallet_nonce_of_post};
use serde::Deserialize;
use serde_json::json;

use crate::session::{Flow, Progressed, SessionError};
use crate::verifier::{Verifier, VerifierError};

const NOT_AN_ASKER: Problem = Problem::new(
    StatusCode::UNAUTHORIZED,
    "not-an-asker",
    "Send a token of this verifier as `Authorization: Bearer …`.",
    "이 확인 서비스의 토큰을 `Authorization: Bearer …`로 보내십시오.",
);
const NO_TEMPLATE: Problem = Problem::new(
    StatusCode::NOT_FOUND,
    "no-such-template",
    "There is no such question here; the operator's configuration names them.",
    "그런 질의가 없습니다. 운영자의 설정에 있는 이름을 쓰십시오.",
);
const BAD_REDIRECT: Problem = Problem::new(
    StatusCode::BAD_REQUEST,
    "bad-redirect-uri",
    "`redirect_uri` must be https, or http on loopback.",
    "`redirect_uri`는 https이거나 루프백의 http여야 합니다.",
);
const NO_SESSION: Problem = Problem::new(
    StatusCode::NOT_FOUND,
    "no-such-session",
    "There is no such request, or you may not see it.",
    "그런 요청이 없거나 볼 수 없습니다.",
);
const EXPIRED: Problem = Problem::new(
    StatusCode::GONE,
    "expired",
    "The request has expired. Ask again.",
    "요청의 기한이 지났습니다. 다시 요청하십시오.",
);
const ALREADY_ANSWERED: OAuthError =
    OAuthError::new("invalid_request").describe("this request was answered already");
const REQUEST_OVER: OAuthError = OAuthError::new("invalid_request").describe("this request has expired");
const UNKNOWN_REQUEST: OAuthError = OAuthError::new("invalid_request").describe("there is no such request");
const REFUSED: OAuthError = OAuthError::new("invalid_request").describe("the message breaks the protocol");
const OUR_FAULT: OAuthError = OAuthError::new("server_error")
    .describe("the verifier has a problem")
    .status(StatusCode::INTERNAL_SERVER_ERROR);

/// A verifier and who may ask through it.
pub struct Hosted {
    /// The verifier.
    pub verifier: Verifier,
    /// Hashes of the askers' tokens, by name.
    pub askers: BTreeMap<String, TokenHash>,
}

/// The service's routes.
pub fn routes(hosted: Arc<Hosted>) -> Router {
    Router::new()
        .route("/verifier/requests", post(ask))
        .route("/verifier/requests/{id}", get(result))
        .route("/verifier/request/{id}", get(request_object).post(request_object_with_nonce))
        .route("/verifier/response/{id}", post(respond))
        .with_state(hosted)
}

type Service = State<Arc<Hosted>>;

/// What to ask.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct AskRequest {
    template: String,
    /// Same-device flow: where the wallet's browser comes back to.
    redirect_uri: Option<String>,
    /// Whether the response is encrypted; so unless said otherwise.
    #[serde(default = "yes")]
    encrypted: bool,
}

async fn ask(
    State(hosted): Service,
    headers: HeaderMap,
    StrictJson(request): StrictJson<AskRequest>,
) -> Result<Response, Problem> {
    let token = credentials(&headers, "Bearer").ok().flatten().ok_or(NOT_AN_ASKER)?;
    // Every hash is compared, so that time does not tell which one came near.
    if hosted.askers.values().filter(|hash| hash.matches(token)).count() == 0 {
        return Err(NOT_AN_ASKER);
    }
    let flow = match request.redirect_uri {
        Some(redirect_uri) => Flow::SameDevice { redirect_uri },
        None => Flow::CrossDevice,
    };
    let opened = hosted.verifier.ask(&request.template, flow, request.encrypted).await.map_err(problem)?;
    let body = json!({
        "id": opened.id, "secret": opened.secret.as_str(), "link": opened.link, "expires_in": opened.expires_in
    });
    Ok(no_store(json(StatusCode::CREATED, &body)))
}

async fn result(
    State(hosted): Service,
    Path(id): Path<String>,
    StrictQuery(query): StrictQuery,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    let secret = credentials(&headers, "Bearer").ok().flatten().ok_or(NO_SESSION)?;
    let progress =
        hosted.verifier.result(&id, secret, query.value("response_code")).await.map_err(problem)?;
    let body = match progress {
        Progressed::Waiting => json!({"state": "waiting"}),
        Progressed::Declined(error) => json!({"state": "declined", "error": error}),
        Progressed::Answered(answer) => {
            json!({"state": "answered", "verdict": answer.verdict, "claims": answer.claims})
        }
    };
    Ok(no_store(json(StatusCode::OK, &body)))
}

async fn request_object(State(hosted): Service, Path(id): Path<String>) -> Response {
    signed_request(&hosted, &id, None).await
}

async fn request_object_with_nonce(State(hosted): Service, Path(id): Path<String>, body: Bytes) -> Response {
    match wallet_nonce_of_post(&body) {
        Ok(nonce) => signed_request(&hosted, &id, nonce.as_deref()).await,
        Err(refusal) => REFUSED.because(&refusal).into_response(),
    }
}

async fn signed_request(hosted: &Hosted, id: &str, wallet_nonce: Option<&str>) -> Response {
    match hosted.verifier.request_object(id, wallet_nonce).await {
        Ok(object) => {
            let mut response = no_store(object);
            let media_type = HeaderValue::from_static(REQUEST_OBJECT_MEDIA_TYPE);
            response.headers_mut().insert(header::CONTENT_TYPE, media_type);
            response
        }
        Err(error) => told(error),
    }
}

async fn respond(State(hosted): Service, Path(id): Path<String>, body: Bytes) -> Response {
    match hosted.verifier.respond(&id, &body).await {
        Ok(answer) => no_store(json(StatusCode::OK, &answer.to_value())),
        Err(error) => told(error),
    }
}

/// An error as the wallet is told.
fn told(error: VerifierError) -> Response {
    match error {
        VerifierError::Session(SessionError::AlreadyAnswered) => ALREADY_ANSWERED.into_response(),
        VerifierError::Session(SessionError::Expired) => REQUEST_OVER.into_response(),
        VerifierError::Session(SessionError::Unknown) => {
            UNKNOWN_REQUEST.status(StatusCode::NOT_FOUND).into_response()
        }
        VerifierError::Refused(refusal) => REFUSED.because(&refusal).into_response(),
        VerifierError::Session(_)
        | VerifierError::UnknownTemplate
        | VerifierError::RedirectUri
        | VerifierError::Internal(_) => {
            tracing::error!(%error, "internal error");
            OUR_FAULT.into_response()
        }
    }
}

/// An error as whoever asks is told.
fn problem(error: VerifierError) -> Problem {
    match error {
        VerifierError::UnknownTemplate => NO_TEMPLATE,
        VerifierError::RedirectUri => BAD_REDIRECT,
        VerifierError::Session(SessionError::Unknown | SessionError::AlreadyAnswered) => NO_SESSION,
        VerifierError::Session(SessionError::Expired) => EXPIRED,
        error => Problem::internal(&error),
    }
}

const fn yes() -> bool {
    true
}
