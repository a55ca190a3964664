//! What stands around every service's routes: request id, span, metrics, security headers, limits, error rendering, and
//! the operators' routes `/healthz`, `/readyz` and `/metrics`.

use std::any::Any;
use std::sync::Arc;
use std::time::{Duration, Instant};

use async_trait::async_trait;
use axum::Router;
use axum::extract::{DefaultBodyLimit, MatchedPath, Request, State};
use axum::http::header::{
    CONTENT_SECURITY_POLICY, HeaderName, REFERRER_POLICY, STRICT_TRANSPORT_SECURITY, WWW_AUTHENTICATE,
    X_CONTENT_TYPE_OPTIONS,
};
use axum::http::{HeaderMap, HeaderValue, Method, StatusCode};
use axum::middleware::{Next, from_fn_with_state};
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use jigap_keys::Entropy;
use jigap_wallet_core::text::Text;
use tokio::sync::Mutex;
use tower_http::catch_panic::CatchPanicLayer;
use tracing::Instrument as _;

use super::authorization::{TokenHash, credentials};
use super::language::preferred_language;
use super::metrics::Metrics;
use super::problem::{INTERNAL, METHOD_NOT_ALLOWED, NOT_FOUND, Problem, TOOK_TOO_LONG};
use super::reply::{no_store, with_type};
use super::request::{ClientAddress, Peer, RequestId};
use super::server::ServerSettings;
use super::shutdown::Shutdown;
use super::statement::{Beside, Stated};

/// How long what a probe found is told.
const PROBED_FOR: Duration = Duration::from_secs(3);
/// Answers a request id.
const REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");

/// Who may read `/metrics`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum MetricsAccess {
    /// Nobody: there is no such route.
    Nobody,
    /// Everybody who reaches the port: for loopback.
    Everybody,
    /// Who has the bearer token of this hash.
    Bearer(TokenHash),
}

/// Whether a service can do its work now: its store answers, its keys are there.
#[async_trait]
pub trait Probe: Send + Sync {
    /// What is wrong; nothing if it is well.
    async fn ailments(&self) -> Vec<Ailment>;
}

/// Something that is wrong with a service: all of it fixed words.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Ailment {
    /// Stable code for machines, in kebab case.
    pub code: &'static str,
    /// What is wrong and what to do.
    pub hint: Text,
    /// Whether requests should go elsewhere. One that does not stop the service is only told.
    pub stops: bool,
}

/// The frame around a service's routes.
#[derive(Clone)]
pub struct Assembly {
    entropy: Arc<dyn Entropy>,
    metrics: Metrics,
    metrics_access: MetricsAccess,
    shutdown: Shutdown,
    probe: Option<Arc<dyn Probe>>,
}

/// What the frame needs at each request.
struct Frame {
    entropy: Arc<dyn Entropy>,
    metrics: Metrics,
    request_time: Duration,
    behind_proxy: bool,
    https: bool,
    shutdown: Shutdown,
}

impl Assembly {
    /// A frame whose request ids come from `entropy`; `/readyz` says no once `shutdown` has begun.
    pub fn new(entropy: Arc<dyn Entropy>, metrics: Metrics, shutdown: Shutdown) -> Self {
        Self { entropy, metrics, metrics_access: MetricsAccess::Nobody, shutdown, probe: None }
    }

    /// The same with `/metrics` for `access`.
    pub fn metrics_access(self, access: MetricsAccess) -> Self {
        Self { metrics_access: access, ..self }
    }

    /// The same with `/readyz` asking `probe`.
    pub fn probe(self, probe: Arc<dyn Probe>) -> Self {
        Self { probe: Some(probe), ..self }
    }

    /// `routes` within the frame, under the limits of `settings`. [`super::Server::serve`] calls it; tests may.
    pub fn finish(self, routes: Router, settings: &ServerSettings) -> Router {
        let frame = Arc::new(Frame {
            entropy: Arc::clone(&self.entropy),
            metrics: self.metrics.clone(),
            request_time: settings.limits.request_time,
            behind_proxy: settings.behind_proxy,
            https: settings.tls.is_some() || settings.behind_proxy,
            shutdown: self.shutdown.clone(),
        });
        self.operators_routes(routes)
            .fallback(async || NOT_FOUND)
            .method_not_allowed_fallback(async || METHOD_NOT_ALLOWED)
            .layer(DefaultBodyLimit::max(settings.limits.body_bytes))
            .layer(CatchPanicLayer::custom(panicked))
            .layer(from_fn_with_state(frame, within_frame))
    }

    fn operators_routes(self, routes: Router) -> Router {
        let access = self.metrics_access;
        let readiness_of = Readiness { shutdown: self.shutdown, probe: self.probe, last: Mutex::default() };
        let routes = routes
            .route("/healthz", get(async || no_store("ok")))
            .route("/readyz", get(readiness).with_state(Arc::new(readiness_of)));
        if access == MetricsAccess::Nobody {
            return routes;
        }
        routes.route("/metrics", get(render_metrics).with_state((self.metrics, access)))
    }
}

/// What `/readyz` says. A stranger may ask as often as they like: the probe runs once in [`PROBED_FOR`].
struct Readiness {
    shutdown: Shutdown,
    probe: Option<Arc<dyn Probe>>,
    last: Mutex<Option<(Instant, Vec<Ailment>)>>,
}

impl Readiness {
    async fn ailments(&self) -> Vec<Ailment> {
        let Some(probe) = &self.probe else { return Vec::new() };
        // Who comes while the probe runs waits for it.
        let mut last = self.last.lock().await;
        match &*last {
            Some((at, ailments)) if at.elapsed() < PROBED_FOR => ailments.clone(),
            _ => last.insert((now(), probe.ailments().await)).1.clone(),
        }
    }
}

async fn readiness(State(readiness): State<Arc<Readiness>>) -> Response {
    if readiness.shutdown.has_begun() {
        return NOT_READY.into_response();
    }
    let ailments = readiness.ailments().await;
    if let Some(Ailment { code, hint, .. }) = ailments.iter().find(|ailment| ailment.stops) {
        return Problem { code, hint: *hint, ..NOT_READY }.into_response();
    }
    let told = ailments.iter().map(|ailment| format!("\n{}: {}", ailment.code, ailment.hint.en));
    no_store(format!("ready{}", told.collect::<String>()))
}

async fn render_metrics(
    State((metrics, access)): State<(Metrics, MetricsAccess)>,
    headers: HeaderMap,
) -> Response {
    if let MetricsAccess::Bearer(hash) = access
        && !credentials(&headers, "Bearer").ok().flatten().is_some_and(|token| hash.matches(token))
    {
        let mut response = UNAUTHORIZED.into_response();
        response.headers_mut().insert(WWW_AUTHENTICATE, HeaderValue::from_static("Bearer"));
        return response;
    }
    match metrics.render() {
        Ok(text) => {
            let content_type = "application/openmetrics-text; version=1.0.0; charset=utf-8";
            no_store(with_type(StatusCode::OK, content_type, text))
        }
        Err(error) => Problem::internal(&error).into_response(),
    }
}

/// One request: everything around the handler.
async fn within_frame(State(frame): State<Arc<Frame>>, mut request: Request, next: Next) -> Response {
    let started = now();
    let id = RequestId::new(&*frame.entropy);
    let lang = preferred_language(request.headers());
    let route = request.extensions().get::<MatchedPath>().cloned();
    let route = route.as_ref().map_or("unmatched", |route| route.as_str());
    let method = method_label(request.method());
    if let Some(peer) = request.extensions().get::<Peer>().copied() {
        let address = ClientAddress::of(peer, request.headers(), frame.behind_proxy);
        request.extensions_mut().insert(address);
    }
    request.extensions_mut().insert(id.clone());
    request.extensions_mut().insert(lang);
    request.extensions_mut().insert(frame.shutdown.clone());
    let stated = Stated::default();
    request.extensions_mut().insert(stated.clone());

    let span = tracing::info_span!("request", %id, method, route);
    let answer = tokio::time::timeout(frame.request_time, next.run(request).instrument(span.clone()));
    let mut response = answer.await.unwrap_or_else(|_| TOOK_TOO_LONG.into_response());

    let problem = response.extensions_mut().remove::<Problem>();
    if let Some(statement) = stated.get() {
        statement.write(&mut response);
        let Beside(members) = response.extensions_mut().get_or_insert_default();
        members.insert(statement.member.to_owned(), statement.text.into());
    }
    if let Some(problem) = problem {
        problem.render(&mut response, lang, Some(&id));
    }
    dress(response.headers_mut(), &id, frame.https);
    let (status, took) = (response.status().as_u16(), started.elapsed());
    frame.metrics.observe(method, route, status, took);
    span.in_scope(|| log(status, took));
    response
}

/// The request's id and the security headers, unless the handler set its own.
fn dress(headers: &mut HeaderMap, id: &RequestId, https: bool) {
    const DEFAULTS: [(HeaderName, HeaderValue); 3] = [
        (X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff")),
        (
            CONTENT_SECURITY_POLICY,
            HeaderValue::from_static(
                "default-src 'none'; frame-ancestors 'none'; base-uri 'none'; form-action 'none'",
            ),
        ),
        (REFERRER_POLICY, HeaderValue::from_static("no-referrer")),
    ];
    for (name, value) in DEFAULTS {
        headers.entry(name).or_insert(value);
    }
    if https {
        headers.entry(STRICT_TRANSPORT_SECURITY).or_insert(HeaderValue::from_static("max-age=31536000"));
    }
    if let Some(id) = id.to_header() {
        headers.insert(REQUEST_ID, id);
    }
}

/// One line a request, within its span: no path, no address, nothing the client sent.
fn log(status: u16, took: Duration) {
    let took_ms = took.as_millis();
    match status {
        500.. => tracing::error!(target: "jigap::access", status, took_ms, "answered"),
        400.. => tracing::info!(target: "jigap::access", status, took_ms, "answered"),
        _ => tracing::debug!(target: "jigap::access", status, took_ms, "answered"),
    }
}

/// Only known methods become labels, so that clients cannot invent metrics.
fn method_label(method: &Method) -> &'static str {
    match method.as_str() {
        "GET" => "GET",
        "HEAD" => "HEAD",
        "POST" => "POST",
        "PUT" => "PUT",
        "PATCH" => "PATCH",
        "DELETE" => "DELETE",
        "OPTIONS" => "OPTIONS",
        _ => "OTHER",
    }
}

/// A handler panicked: our bug. What it said may hold personal data, so it is dropped.
fn panicked(_: Box<dyn Any + Send + 'static>) -> Response {
    tracing::error!("a handler panicked");
    INTERNAL.into_response()
}

#[expect(clippy::disallowed_methods, reason = "how long an answer took is measured here")]
fn now() -> Instant {
    Instant::now()
}

const NOT_READY: Problem = Problem::new(
    StatusCode::SERVICE_UNAVAILABLE,
    "not-ready",
    "The service cannot take requests now.",
    "지금은 요청을 받을 수 없습니다.",
);

const UNAUTHORIZED: Problem = Problem::new(
    StatusCode::UNAUTHORIZED,
    "unauthorized",
    "This address needs a bearer token.",
    "이 주소를 쓰려면 접근 토큰이 필요합니다.",
);

#[cfg(test)]
mod tests;
