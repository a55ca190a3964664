//! The frame, seen from outside.

use std::sync::atomic::{AtomicUsize, Ordering};

use axum::body::{Body, to_bytes};
use axum::http::header::{ACCEPT_LANGUAGE, AUTHORIZATION, CONTENT_TYPE};
use axum::routing::post;
use jigap_keys::base64url;
use serde_json::{Value, json};
use tower::ServiceExt as _;

use super::*;
use crate::http::{HttpLimits, Statement, StrictForm, TlsIdentity};
use crate::testing::SeededEntropy;

struct Fixture {
    metrics: Metrics,
    shutdown: Shutdown,
    app: Router,
}

fn fixture(change: impl FnOnce(Assembly) -> Assembly) -> Fixture {
    let (metrics, shutdown) = (Metrics::new(), Shutdown::new());
    let entropy = Arc::new(SeededEntropy::new(7));
    let assembly = change(Assembly::new(entropy, metrics.clone(), shutdown.clone()));
    let limits =
        HttpLimits { body_bytes: 64, request_time: Duration::from_millis(100), ..HttpLimits::default() };
    let settings = ServerSettings { limits, ..ServerSettings::loopback() };
    let routes = Router::new()
        .route("/offers/{code}", get(async || "offer"))
        .route("/own", get(async || ([(CONTENT_SECURITY_POLICY, "default-src 'self'")], "page")))
        .route("/form", post(async |_: StrictForm| "read"))
        .route("/broken", get(async || Err::<(), _>(Problem::internal(&"secret cause"))))
        .route("/panic", get(async || -> &str { panic!("홍길동") }))
        .route("/slow", get(async || tokio::time::sleep(Duration::from_secs(60)).await))
        .merge(stating());
    Fixture { metrics, shutdown, app: assembly.finish(routes, &settings) }
}

/// Routes whose answers say something, in each way that there is to answer.
fn stating() -> Router {
    let besides = async || {
        let mut response = INTERNAL.into_response();
        let members = [("status", json!("not this")), ("found", json!([]))];
        let members = members.map(|(name, value)| (name.to_owned(), value));
        response.extensions_mut().insert(Beside(members.into_iter().collect()));
        response
    };
    let routes = Router::new()
        .route("/said/well", get(async || "well"))
        .route("/said/refused", get(async || NOT_READY))
        .route("/said/besides", get(besides))
        .route("/said/panic", get(async || -> &str { panic!("홍길동") }))
        .route("/said/slow", get(async || tokio::time::sleep(Duration::from_secs(60)).await));
    Statement { header: "x-worth", member: "worth", text: "nothing" }.of(routes)
}

async fn call(app: &Router, request: axum::http::request::Builder, body: &str) -> (Response, String) {
    let response = app.clone().oneshot(request.body(Body::from(body.to_owned())).unwrap()).await.unwrap();
    let (parts, body) = response.into_parts();
    let text = String::from_utf8(to_bytes(body, 100_000).await.unwrap().to_vec()).unwrap();
    (Response::from_parts(parts, Body::empty()), text)
}

async fn fetch(app: &Router, path: &str) -> (Response, String) {
    call(app, Request::get(path), "").await
}

#[tokio::test]
async fn every_answer_has_its_id_and_the_security_headers() {
    let app = fixture(|assembly| assembly).app;
    let (one, text) = fetch(&app, "/offers/1").await;
    let (two, _) = fetch(&app, "/nothing").await;
    assert_eq!((one.status().as_u16(), text.as_str(), two.status().as_u16()), (200, "offer", 404));
    assert_ne!(one.headers()[REQUEST_ID], two.headers()[REQUEST_ID]);
    for response in [&one, &two] {
        assert_eq!(response.headers()[REQUEST_ID].len(), 32);
        assert_eq!(response.headers()[X_CONTENT_TYPE_OPTIONS], "nosniff");
        assert_eq!(response.headers()[REFERRER_POLICY], "no-referrer");
        assert!(
            response.headers()[CONTENT_SECURITY_POLICY].to_str().unwrap().starts_with("default-src 'none';")
        );
        assert!(!response.headers().contains_key(STRICT_TRANSPORT_SECURITY), "plain http on loopback");
    }
    let own = fetch(&app, "/own").await.0;
    assert_eq!(own.headers()[CONTENT_SECURITY_POLICY], "default-src 'self'");
    let foreign = call(&app, Request::get("/own").header(REQUEST_ID, "chosen"), "").await.0;
    assert_ne!(foreign.headers()[REQUEST_ID], "chosen");
}

#[tokio::test]
async fn routes_say_their_statement_in_every_answer() {
    let app = fixture(|assembly| assembly).app;
    for (method, path, status) in [
        ("GET", "/said/well", 200),
        ("POST", "/said/well", 405),
        ("GET", "/said/refused", 503),
        ("GET", "/said/besides", 500),
        ("GET", "/said/panic", 500),
        ("GET", "/said/slow", 503),
    ] {
        let request = Request::builder().method(method).uri(path);
        let (response, text) = call(&app, request, "").await;
        assert_eq!(
            (response.status().as_u16(), response.headers()["x-worth"].to_str().unwrap()),
            (status, "nothing"),
            "{path}"
        );
        if status != 200 {
            let body: Value = serde_json::from_str(&text).unwrap();
            assert_eq!((&body["worth"], &body["status"]), (&json!("nothing"), &json!(status)), "{path}");
            assert_eq!(body.get("found").is_some(), path == "/said/besides");
        }
    }
    for path in ["/own", "/broken", "/said"] {
        let (response, text) = fetch(&app, path).await;
        assert!(!response.headers().contains_key("x-worth") && !text.contains("worth"), "{path}");
    }
}

#[tokio::test]
async fn a_problem_speaks_the_clients_language_and_names_the_request() {
    let app = fixture(|assembly| assembly).app;
    for (language, hint) in [("ko-KR", NOT_FOUND.hint.ko), ("en", NOT_FOUND.hint.en)] {
        let (response, text) = call(&app, Request::get("/x").header(ACCEPT_LANGUAGE, language), "").await;
        assert_eq!(response.headers()[CONTENT_TYPE], "application/problem+json");
        let id = response.headers()[REQUEST_ID].to_str().unwrap();
        let expected = json!({"status": 404, "code": "not-found", "detail": hint, "request_id": id});
        assert_eq!(serde_json::from_str::<Value>(&text).unwrap(), expected);
    }
}

#[tokio::test]
async fn what_went_wrong_inside_stays_inside() {
    let app = fixture(|assembly| assembly).app;
    for path in ["/broken", "/panic"] {
        let (response, text) = fetch(&app, path).await;
        assert_eq!(response.status(), 500, "{path}");
        assert!(
            text.contains("\"internal\"") && !text.contains("secret") && !text.contains("홍길동"),
            "{text}"
        );
    }
}

#[tokio::test]
async fn time_and_size_and_method_are_bounded() {
    let app = fixture(|assembly| assembly).app;
    assert_eq!(fetch(&app, "/slow").await.0.status(), 503);
    let form = || Request::post("/form").header(CONTENT_TYPE, "application/x-www-form-urlencoded");
    assert_eq!(call(&app, form(), "a=1").await.0.status(), 200);
    let (response, text) = call(&app, form(), &format!("a={}", "x".repeat(64))).await;
    assert_eq!(response.status(), 413);
    assert!(text.contains("body-too-large"), "{text}");
    let (response, text) = fetch(&app, "/form").await;
    assert_eq!(response.status(), 405);
    assert!(text.contains("method-not-allowed"), "{text}");
}

/// Takes log lines in memory.
#[derive(Clone, Default)]
struct Lines(Arc<std::sync::Mutex<Vec<u8>>>);

impl std::io::Write for Lines {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        self.0.lock().unwrap().extend_from_slice(bytes);
        Ok(bytes.len())
    }
    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

#[tokio::test]
async fn no_log_line_holds_what_the_client_sent_or_where_it_came_from() {
    let lines = Lines::default();
    let writer = lines.clone();
    let subscriber = tracing_subscriber::fmt()
        .with_max_level(tracing::Level::TRACE)
        .with_ansi(false)
        .with_writer(move || writer.clone())
        .finish();
    let guard = tracing::subscriber::set_default(subscriber);
    let app = fixture(|assembly| assembly).app;
    let request = |method: &str, uri: &str| {
        Request::builder()
            .method(method)
            .uri(uri)
            .extension(Peer("198.51.100.77:4711".parse().unwrap()))
            .header(AUTHORIZATION, "Bearer needle-token")
            .header(REQUEST_ID, "needle-id")
            .header(CONTENT_TYPE, "application/x-www-form-urlencoded")
    };
    for (method, uri) in [
        ("GET", "/offers/needle-code?needle=1"),
        ("GET", "/needle-path"),
        ("POST", "/form?needle"),
        ("NEEDLE", "/own"),
        ("GET", "/panic"),
    ] {
        call(&app, request(method, uri), "needle=1&needle=2").await;
    }
    drop(guard);
    let text = String::from_utf8(lines.0.lock().unwrap().clone()).unwrap();
    assert!(text.contains("route=\"/offers/{code}\"") && text.contains("a handler panicked"), "{text}");
    for sent in ["needle", "NEEDLE", "198.51.100.77", "홍길동"] {
        assert!(!text.contains(sent), "{sent}: {text}");
    }
}

#[tokio::test]
async fn https_is_asked_for_again_where_it_is_spoken() {
    let assembly = Assembly::new(Arc::new(SeededEntropy::new(1)), Metrics::new(), Shutdown::new());
    let app =
        assembly.finish(Router::new(), &ServerSettings { behind_proxy: true, ..ServerSettings::loopback() });
    assert_eq!(fetch(&app, "/healthz").await.0.headers()[STRICT_TRANSPORT_SECURITY], "max-age=31536000");
}

#[tokio::test]
async fn metrics_name_routes_and_never_paths() {
    let fixture = fixture(|assembly| assembly.metrics_access(MetricsAccess::Everybody));
    fetch(&fixture.app, "/offers/very-secret-code?code=other-secret").await;
    fetch(&fixture.app, "/unknown-secret").await;
    call(&fixture.app, Request::builder().method("SECRETS").uri("/own"), "").await;
    let (response, text) = fetch(&fixture.app, "/metrics").await;
    assert!(response.headers()[CONTENT_TYPE].to_str().unwrap().starts_with("application/openmetrics-text"));
    assert!(
        text.contains("jigap_http_requests_total{method=\"GET\",route=\"/offers/{code}\",status=\"200\"} 1"),
        "{text}"
    );
    assert!(
        text.contains("route=\"unmatched\",status=\"404\"") && text.contains("method=\"OTHER\""),
        "{text}"
    );
    assert!(!text.to_lowercase().contains("secret"), "{text}");
    assert!(!fixture.metrics.render().unwrap().contains("secret"));
}

#[tokio::test]
async fn metrics_are_for_whom_they_are_meant() {
    assert_eq!(fetch(&fixture(|assembly| assembly).app, "/metrics").await.0.status(), 404);
    let token = base64url::encode([9; 16]);
    let app = fixture(|assembly| assembly.metrics_access(MetricsAccess::Bearer(TokenHash::of(&token)))).app;
    let with =
        async |value: String| call(&app, Request::get("/metrics").header(AUTHORIZATION, value), "").await.0;
    assert_eq!(with(format!("Bearer {token}")).await.status(), 200);
    for value in ["Bearer other".to_owned(), format!("Basic {token}"), "Bearer".to_owned()] {
        let response = with(value.clone()).await;
        assert_eq!(
            (response.status().as_u16(), &response.headers()[WWW_AUTHENTICATE]),
            (401, &HeaderValue::from_static("Bearer")),
            "{value}"
        );
    }
    assert_eq!(fetch(&app, "/metrics").await.0.status(), 401);
}

#[tokio::test]
async fn readiness_follows_the_probe_and_the_shutdown() {
    struct Ailing(&'static [bool]);
    #[async_trait]
    impl Probe for Ailing {
        async fn ailments(&self) -> Vec<Ailment> {
            let hint = Text::new("The list is old.", "목록이 오래되었습니다.");
            self.0.iter().map(|stops| Ailment { code: "list-old", hint, stops: *stops }).collect()
        }
    }
    let fixture_ready = fixture(|assembly| assembly);
    assert_eq!(fetch(&fixture_ready.app, "/readyz").await.0.status(), 200);
    fixture_ready.shutdown.begin();
    assert_eq!(fetch(&fixture_ready.app, "/readyz").await.0.status(), 503);
    assert_eq!(fetch(&fixture_ready.app, "/healthz").await.0.status(), 200);
    for (ailments, status, says) in [
        (&[][..], 200, "ready"),
        (&[false], 200, "ready\nlist-old: The list is old."),
        (&[false, true], 503, "\"code\":\"list-old\""),
    ] {
        let fixture = fixture(|assembly| assembly.probe(Arc::new(Ailing(ailments))));
        let (response, body) = fetch(&fixture.app, "/readyz").await;
        assert_eq!(response.status(), status);
        assert!(body.contains(says), "{body}");
    }
}

/// A probe may sign with a key that is elsewhere; a stranger's questions must not cost that.
#[tokio::test]
async fn a_stranger_who_asks_often_makes_the_probe_run_once() {
    struct Counting(AtomicUsize);
    #[async_trait]
    impl Probe for Counting {
        async fn ailments(&self) -> Vec<Ailment> {
            self.0.fetch_add(1, Ordering::Relaxed);
            tokio::task::yield_now().await;
            Vec::new()
        }
    }
    let probe = Arc::new(Counting(AtomicUsize::new(0)));
    let fixture = fixture(|assembly| assembly.probe(Arc::clone(&probe) as _));
    let (one, other) = tokio::join!(fetch(&fixture.app, "/readyz"), fetch(&fixture.app, "/readyz"));
    assert_eq!((one.0.status(), other.0.status()), (StatusCode::OK, StatusCode::OK));
    for _ in 0..10 {
        assert_eq!(fetch(&fixture.app, "/readyz").await.0.status(), 200);
    }
    assert_eq!(probe.0.load(Ordering::Relaxed), 1);
}

#[test]
fn a_tls_identity_of_nonsense_is_refused() {
    assert!(TlsIdentity::from_pem(b"", b"").is_err());
    assert!(
        TlsIdentity::from_pem(b"nonsense", b"-----BEGIN PRIVATE KEY-----\nAA==\n-----END PRIVATE KEY-----")
            .is_err()
    );
}
