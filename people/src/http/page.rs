//! The search for people who look rather than type commands: a page of four files that are part of the program, and the names that it shows.
//!
//! The page asks the API of the same server and nothing else, and its policy lets it do nothing else. It is told nothing by its address.

use std::sync::Arc;

use axum::Router;
use axum::extract::Path;
use axum::http::{HeaderName, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Redirect, Response};
use axum::routing::get;
use jigap_platform::http::{Problem, json, no_store};

use super::Hosted;
use crate::vocabulary::{Vocabulary, vocabulary};

/// Name, media type and content of each file.
const FILES: [(&str, &str, &str); 5] = [
    ("index.html", "text/html; charset=utf-8", include_str!("../../page/index.html")),
    ("people.css", "text/css; charset=utf-8", include_str!("../../page/people.css")),
    ("people.js", "text/javascript; charset=utf-8", include_str!("../../page/people.js")),
    ("words.js", "text/javascript; charset=utf-8", include_str!("../../page/words.js")),
    ("icon.svg", "image/svg+xml", include_str!("../../page/icon.svg")),
];
/// What the page may load and ask: the same server.
const POLICY: &str = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; \
    base-uri 'none'; form-action 'none'; frame-ancestors 'none'";
/// The position, which the page makes a district before it asks anybody.
const PERMISSIONS: &str = "geolocation=(self), camera=(), microphone=()";

const NO_FILE: Problem =
    Problem::new(StatusCode::NOT_FOUND, "not-found", "There is no such page.", "그런 페이지가 없습니다.");

/// The page's routes.
pub(super) fn routes() -> Router<Arc<Hosted>> {
    Router::new()
        .route("/people", get(async || Redirect::permanent("/people/")))
        .route("/people/", get(async || file("index.html")))
        .route("/people/{file}", get(async |Path(name): Path<String>| file(&name)))
}

fn file(wanted: &str) -> Response {
    let Some((_, media_type, content)) = FILES.iter().find(|(name, ..)| *name == wanted) else {
        return NO_FILE.into_response();
    };
    let mut response = content.into_response();
    for (header, value) in [
        (header::CONTENT_TYPE, *media_type),
        (header::CACHE_CONTROL, "no-cache"),
        (header::CONTENT_SECURITY_POLICY, POLICY),
        (header::REFERRER_POLICY, "no-referrer"),
        (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
        (HeaderName::from_static("permissions-policy"), PERMISSIONS),
    ] {
        response.headers_mut().insert(header, HeaderValue::from_static(value));
    }
    response
}

/// Say what kinds, grades and regions are called
///
/// For pages and commands: the same for everybody, and nothing about who is listed.
#[utoipa::path(
    get, path = "/v1/people/vocabulary", tag = "seekers",
    responses((status = 200, description = "Names in Korean and English, and the cells of districts.", body = Vocabulary)),
)]
pub(super) async fn names() -> Response {
    no_store(json(StatusCode::OK, vocabulary()))
}
