//! A gate's scanner over HTTP: the pages that a browser keeps, its pairing, and the trust bundle by which it judges.
//!
//! | path | who | what |
//! |---|---|---|
//! | `GET /scan/{file}` | everybody | the page, its WebAssembly and its service worker |
//! | `POST /scan/pair` | who has a pairing code | the gate's package and a token; each code once |
//! | `GET /scan/trust` | a paired scanner, by its token | the trust bundle in use |
//! | `POST /scan/marks` | a paired scanner, by its token | used tickets that it tells, and hears of |
//! | `GET /scan/log` | a paired scanner, by its token | the policy of the gate's entry log, in base64url |
//! | `POST /scan/rows` | a paired scanner, by its token | sealed rows of its entry log, which it hands over |
//!
//! The page judges by itself. What is sent here says nothing about visitors but which tickets were used, and, sealed, who came.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use axum::body::Bytes;
use axum::extract::{FromRequestParts, Path, State};
use axum::http::request::Parts;
use axum::http::{HeaderName, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Redirect, Response};
use axum::routing::{get, post};
use axum::{Extension, Router};
use jigap_platform::http::{
    ClientAddress, Problem, Rate, RateLimiter, StrictJson, credentials, json, no_store,
};
use jigap_wallet_core::entry_log::{Rows, RowsHeard, RowsTold};
use jigap_wallet_core::pass::{MOST_TOLD, MarksHeard, MarksTold};
use jigap_wallet_core::verdict::Refusal;
use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;
use zeroize::Zeroizing;

use super::errors::{TOO_MANY_FAILURES, later};
use super::{REMEMBERED, network};

/// How many codes and tokens of one network may be wrong in a row and a minute.
const WRONG_A_MINUTE: u32 = 10;
/// What a page may load: itself alone. Its WebAssembly is compiled in it.
const POLICY: &str = "default-src 'none'; script-src 'self' 'wasm-unsafe-eval'; style-src 'self'; img-src 'self'; \
    connect-src 'self'; manifest-src 'self'; worker-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";
/// Camera for the page alone.
const PERMISSIONS: &str = "camera=(self), microphone=(), geolocation=()";

const NOT_PAIRED: Problem = Problem::new(
    StatusCode::FORBIDDEN,
    "not-paired",
    "The pairing code has ended, was used, or is none: `jigap gate pair` makes another.",
    "연결 코드가 끝났거나 이미 쓰였거나 잘못되었습니다. `jigap gate pair`로 새로 만드십시오.",
);
const UNKNOWN_SCANNER: Problem = Problem::new(
    StatusCode::UNAUTHORIZED,
    "unknown-scanner",
    "No scanner with this token is paired.",
    "이 토큰으로 연결된 스캐너가 없습니다.",
);
const NO_TRUST: Problem = Problem::new(
    StatusCode::SERVICE_UNAVAILABLE,
    "no-trust",
    "The gate's trust bundle cannot be used now: its keeper has to look at it.",
    "문의 신뢰 묶음을 지금 쓸 수 없습니다. 문을 지키는 사람이 확인해야 합니다.",
);
const NO_TICKETS: Problem = Problem::new(
    StatusCode::NOT_FOUND,
    "no-tickets",
    "This gate takes no tickets: there is nothing to share.",
    "입장권을 받지 않는 문이라 나눌 기록이 없습니다.",
);
const TOO_MANY_MARKS: Problem = Problem::new(
    StatusCode::PAYLOAD_TOO_LARGE,
    "too-many-marks",
    "A message holds at most 100 receipts.",
    "한 번에 기록을 100개까지 보낼 수 있습니다.",
);
const NO_LOG: Problem = Problem::new(
    StatusCode::NOT_FOUND,
    "no-log",
    "This gate keeps no entry log.",
    "출입 기록을 두지 않는 문입니다.",
);
const BAD_ROWS: Problem = Problem::new(
    StatusCode::BAD_REQUEST,
    "bad-rows",
    "These are no rows of a scanner's entry log.",
    "스캐너의 출입 기록이 아닙니다.",
);
const ROWS_REFUSED: Problem = Problem::new(
    StatusCode::CONFLICT,
    "rows-refused",
    "These rows do not follow what is kept of this scanner's entry log.",
    "이 스캐너의 출입 기록에 이어지지 않는 행입니다.",
);
const NO_FILE: Problem =
    Problem::new(StatusCode::NOT_FOUND, "not-found", "There is no such page.", "그런 페이지가 없습니다.");

/// What a scanner is given when it is paired.
pub struct Paired {
    /// What it shows for newer trust bundles.
    pub token: Zeroizing<String>,
    /// The gate's package, JSON text (`jigap_wallet_core::pass::write_package`).
    pub package: Zeroizing<String>,
    /// The trust bundle in use, JSON text.
    pub bundle: Vec<u8>,
    /// The policy of its entry log in base64url, if it keeps one.
    pub log: Option<String>,
}

/// Whoever keeps the gate: where pairings, the trust bundle and used tickets are.
#[async_trait]
pub trait Keeper: Send + Sync {
    /// Pairs a scanner that shows `code`, which counts once: `None` where it does not count. Durable when it returns.
    ///
    /// # Errors
    /// What keeps it from being durable.
    fn pair(&self, code: &str) -> std::io::Result<Option<Paired>>;
    /// Whether a scanner with this token is paired.
    fn knows(&self, token: &str) -> bool;
    /// The trust bundle in use; `None` where it cannot be used.
    fn bundle(&self) -> Option<Vec<u8>>;
    /// Takes what a paired scanner tells of used tickets, as far as it holds, and says what it has not heard; `None` at a gate that takes no
    /// tickets. What was told is durable when this returns.
    ///
    /// # Errors
    /// What keeps it from being durable.
    async fn marks(&self, told: MarksTold) -> std::io::Result<Option<MarksHeard>>;
    /// The policy of the gate's entry log in base64url; `None` where it keeps none.
    fn log(&self) -> Option<String>;
    /// Keeps rows that a paired scanner hands over; `None` at a gate that keeps no log. They are durable when this returns.
    ///
    /// # Errors
    /// The rule that stands against them, or what keeps them from being durable.
    fn rows(&self, rows: Rows) -> Result<Option<RowsHeard>, RowsError>;
}

/// Why rows are not kept.
#[derive(Debug, thiserror::Error)]
pub enum RowsError {
    /// A rule stands against them.
    #[error(transparent)]
    Refused(#[from] Refusal),
    /// They cannot be written.
    #[error(transparent)]
    File(#[from] std::io::Error),
}

/// The files of the page, by name.
pub struct Pages(BTreeMap<String, (&'static str, Bytes)>);

impl Pages {
    /// Files without which there is no page.
    const NEEDED: [&'static str; 4] = ["index.html", "sw.js", "jigap_web.js", "jigap_web_bg.wasm"];

    /// These files; the name of one that is missing, or that a page does not load.
    ///
    /// # Errors
    /// The name.
    pub fn new(files: impl IntoIterator<Item = (String, Vec<u8>)>) -> Result<Self, String> {
        let typed = |(name, bytes): (String, Vec<u8>)| match content_type(&name) {
            Some(content_type) => Ok((name, (content_type, Bytes::from(bytes)))),
            None => Err(name),
        };
        let pages = Self(files.into_iter().map(typed).collect::<Result<_, _>>()?);
        match Self::NEEDED.iter().find(|name| !pages.0.contains_key(**name)) {
            Some(missing) => Err((*missing).to_owned()),
            None => Ok(pages),
        }
    }

    /// The answer that this file is, which may load others of them and nothing else.
    pub fn answer(&self, name: &str) -> Response {
        let Some((content_type, bytes)) = self.0.get(name) else { return NO_FILE.into_response() };
        let mut response = bytes.clone().into_response();
        let permissions = HeaderName::from_static("permissions-policy");
        for (header, value) in [
            (header::CONTENT_TYPE, *content_type),
            // The service worker decides what is kept; whoever asks the server wants to know what is new.
            (header::CACHE_CONTROL, "no-cache"),
            (header::CONTENT_SECURITY_POLICY, POLICY),
            (permissions, PERMISSIONS),
        ] {
            response.headers_mut().insert(header, HeaderValue::from_static(value));
        }
        response
    }
}

fn content_type(name: &str) -> Option<&'static str> {
    let (_, ending) = name.rsplit_once('.')?;
    Some(match ending {
        "html" => "text/html; charset=utf-8",
        "css" => "text/css; charset=utf-8",
        "js" => "text/javascript; charset=utf-8",
        "wasm" => "application/wasm",
        "svg" => "image/svg+xml",
        "webmanifest" => "application/manifest+json",
        _ => return None,
    })
}

/// What the routes answer from.
struct Site {
    pages: Pages,
    keeper: Box<dyn Keeper>,
    wrong: RateLimiter,
}

/// The routes of a gate's scanner.
pub fn routes(pages: Pages, keeper: Box<dyn Keeper>) -> Router {
    let rate = Rate { burst: WRONG_A_MINUTE, refill: Duration::from_secs(60) / WRONG_A_MINUTE };
    let site = Site { pages, keeper, wrong: RateLimiter::new(rate, REMEMBERED) };
    Router::new()
        .route("/", get(async || Redirect::temporary("/scan/")))
        .route("/scan", get(async || Redirect::permanent("/scan/")))
        .route("/scan/", get(async |State(site): State<Arc<Site>>| site.pages.answer("index.html")))
        .route("/scan/pair", post(pair))
        .route("/scan/trust", get(trust))
        .route("/scan/marks", post(marks))
        .route("/scan/log", get(log))
        .route("/scan/rows", post(rows))
        .route(
            "/scan/{file}",
            get(async |State(site): State<Arc<Site>>, Path(file): Path<String>| site.pages.answer(&file)),
        )
        .with_state(Arc::new(site))
}

impl Site {
    /// What is answered to a wrong code or token: after a few of one network, that it has to wait. A right one is never made to
    /// wait, whatever others in its network do.
    fn wrong(&self, client: ClientAddress, problem: Problem) -> Response {
        match self.wrong.admit(network(client)) {
            Ok(()) => problem.into_response(),
            Err(wait) => later(TOO_MANY_FAILURES, wait),
        }
    }
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct PairRequest {
    code: String,
}

#[derive(Serialize)]
struct PairResponse<'p> {
    token: &'p str,
    package: &'p RawValue,
    bundle: &'p RawValue,
    log: Option<&'p str>,
}

async fn pair(
    State(site): State<Arc<Site>>,
    Extension(client): Extension<ClientAddress>,
    StrictJson(request): StrictJson<PairRequest>,
) -> Result<Response, Response> {
    let code = Zeroizing::new(request.code);
    // Without it the device could do nothing, and the code would be gone.
    site.keeper.bundle().ok_or_else(|| NO_TRUST.into_response())?;
    let paired = site.keeper.pair(&code).map_err(|error| Problem::internal(&error.kind()).into_response())?;
    let paired = paired.ok_or_else(|| site.wrong(client, NOT_PAIRED))?;
    let unread = |error| Problem::internal(&error).into_response();
    let package: &RawValue = serde_json::from_str(&paired.package).map_err(unread)?;
    let bundle: &RawValue = serde_json::from_slice(&paired.bundle).map_err(unread)?;
    let log = paired.log.as_deref();
    Ok(no_store(json(StatusCode::OK, &PairResponse { token: &paired.token, package, bundle, log })))
}

/// That a paired scanner asks: found out before anything else of the request is read.
struct Known;

impl FromRequestParts<Arc<Site>> for Known {
    type Rejection = Response;

    async fn from_request_parts(parts: &mut Parts, site: &Arc<Site>) -> Result<Self, Response> {
        let token = credentials(&parts.headers, "Bearer").ok().flatten();
        if token.is_some_and(|token| site.keeper.knows(token)) {
            return Ok(Self);
        }
        let client = parts.extensions.get::<ClientAddress>().copied();
        Err(client
            .map_or_else(|| UNKNOWN_SCANNER.into_response(), |client| site.wrong(client, UNKNOWN_SCANNER)))
    }
}

async fn trust(State(site): State<Arc<Site>>, _: Known) -> Result<Response, Response> {
    let bundle = site.keeper.bundle().ok_or_else(|| NO_TRUST.into_response())?;
    let mut response = no_store(bundle);
    response.headers_mut().insert(header::CONTENT_TYPE, HeaderValue::from_static("application/json"));
    Ok(response)
}

async fn marks(
    State(site): State<Arc<Site>>,
    _: Known,
    StrictJson(told): StrictJson<MarksTold>,
) -> Result<Response, Response> {
    if told.marks.len() > MOST_TOLD {
        return Err(TOO_MANY_MARKS.into_response());
    }
    let heard = site.keeper.marks(told).await;
    let heard = heard.map_err(|error| Problem::internal(&error.kind()).into_response())?;
    let heard = heard.ok_or_else(|| NO_TICKETS.into_response())?;
    Ok(no_store(json(StatusCode::OK, &heard)))
}

async fn log(State(site): State<Arc<Site>>, _: Known) -> Result<Response, Response> {
    site.keeper.log().map(no_store).ok_or_else(|| NO_LOG.into_response())
}

async fn rows(
    State(site): State<Arc<Site>>,
    _: Known,
    StrictJson(told): StrictJson<RowsTold>,
) -> Result<Response, Response> {
    let rows = told.read().ok_or_else(|| BAD_ROWS.into_response())?;
    let heard = site.keeper.rows(rows).map_err(|error| match error {
        RowsError::Refused(_) => ROWS_REFUSED.into_response(),
        RowsError::File(error) => Problem::internal(&error.kind()).into_response(),
    })?;
    let heard = heard.ok_or_else(|| NO_LOG.into_response())?;
    Ok(no_store(json(StatusCode::OK, &heard)))
}

#[cfg(test)]
mod tests;
