//! The scanner's routes, without a network.

use std::sync::Mutex;

use axum::body::Body;
use axum::http::HeaderMap;
use axum::http::Request;
use jigap_platform::entropy::OsEntropy;
use jigap_platform::http::{Assembly, Metrics, ServerSettings, Shutdown};
use jigap_wallet_core::entry_log::{CHAIN, PUT_BACK};
use jigap_wallet_core::pass::Board;
use jigap_wallet_core::time::Timestamp;
use tower::ServiceExt as _;

use super::*;

/// One pairing code, one token, and a bundle that is there or not; with a bundle a board, on which what is told stands.
struct Desk {
    code: Mutex<Option<&'static str>>,
    bundle: Option<&'static [u8]>,
    board: Mutex<Board>,
}

#[async_trait]
impl Keeper for Desk {
    fn pair(&self, code: &str) -> std::io::Result<Option<Paired>> {
        let mut kept = self.code.lock().unwrap();
        let paired = || Paired {
            token: Zeroizing::new("token".to_owned()),
            package: Zeroizing::new(r#"{"format":"jigap-gate/1"}"#.to_owned()),
            bundle: b"{\"version\":1}".to_vec(),
            log: self.log(),
        };
        Ok(kept.take_if(|kept| *kept == code).map(|_| paired()))
    }

    fn knows(&self, token: &str) -> bool {
        token == "token"
    }

    fn bundle(&self) -> Option<Vec<u8>> {
        self.bundle.map(<[u8]>::to_vec)
    }

    fn log(&self) -> Option<String> {
        self.bundle.map(|_| "cG9saWN5".to_owned())
    }

    /// Takes three rows, no more and no less.
    fn rows(&self, rows: Rows) -> Result<Option<RowsHeard>, RowsError> {
        match (self.bundle, rows.rows.len()) {
            (None, _) => Ok(None),
            (Some(_), 3) => Ok(Some(RowsHeard { count: 3 })),
            _ => Err(CHAIN.refuse(PUT_BACK).into()),
        }
    }

    async fn marks(&self, told: MarksTold) -> std::io::Result<Option<MarksHeard>> {
        let mut board = self.board.lock().unwrap();
        told.marks.into_iter().for_each(|line| board.pin(Timestamp::from_unix(0), line));
        Ok(self.bundle.map(|_| board.since(told.since.as_deref())))
    }
}

fn files() -> Vec<(String, Vec<u8>)> {
    Pages::NEEDED.iter().map(|name| ((*name).to_owned(), name.as_bytes().to_vec())).collect()
}

fn app(bundle: Option<&'static [u8]>) -> Router {
    let board = Mutex::new(Board::new(&OsEntropy));
    let desk = Desk { code: Mutex::new(Some("code")), bundle, board };
    let assembly = Assembly::new(Arc::new(OsEntropy), Metrics::new(), Shutdown::new());
    let routes = routes(Pages::new(files()).unwrap(), Box::new(desk));
    let routes = routes.layer(Extension(ClientAddress(std::net::Ipv4Addr::LOCALHOST.into())));
    assembly.finish(routes, &ServerSettings::loopback())
}

async fn asked(app: &Router, request: Request<Body>) -> (StatusCode, HeaderMap, Bytes) {
    let response = app.clone().oneshot(request).await.unwrap();
    let (parts, body) = response.into_parts();
    (parts.status, parts.headers, axum::body::to_bytes(body, 1 << 20).await.unwrap())
}

fn page(path: &str) -> Request<Body> {
    Request::get(path).body(Body::empty()).unwrap()
}

fn pairing(code: &str) -> Request<Body> {
    let body = Body::from(serde_json::json!({ "code": code }).to_string());
    Request::post("/scan/pair").header("content-type", "application/json").body(body).unwrap()
}

fn trust(token: &str) -> Request<Body> {
    Request::get("/scan/trust")
        .header("authorization", format!("Bearer {token}"))
        .body(Body::empty())
        .unwrap()
}

#[tokio::test]
async fn pages_load_themselves_alone() {
    let app = app(None);
    for (path, content_type, bytes) in [
        ("/scan/", "text/html; charset=utf-8", "index.html"),
        ("/scan/sw.js", "text/javascript; charset=utf-8", "sw.js"),
        ("/scan/jigap_web_bg.wasm", "application/wasm", "jigap_web_bg.wasm"),
    ] {
        let (status, headers, body) = asked(&app, page(path)).await;
        assert_eq!((status, &body[..]), (StatusCode::OK, bytes.as_bytes()));
        assert_eq!(headers["content-type"], content_type);
        assert_eq!(headers["content-security-policy"], POLICY);
        assert_eq!(headers["permissions-policy"], PERMISSIONS);
        assert_eq!(headers["x-content-type-options"], "nosniff");
    }
    assert_eq!(asked(&app, page("/scan")).await.1["location"], "/scan/");
    for path in ["/scan/gate.toml", "/scan/..%2Fgate.toml", "/scan/pair"] {
        assert!(asked(&app, page(path)).await.0.is_client_error(), "{path}");
    }
}

#[tokio::test]
async fn a_code_pairs_one_scanner_which_then_gets_the_bundle() {
    let app = app(Some(b"{\"format\":1}"));
    assert_eq!(asked(&app, pairing("another")).await.0, StatusCode::FORBIDDEN);
    let (status, headers, body) = asked(&app, pairing("code")).await;
    assert_eq!((status, headers["cache-control"].as_bytes()), (StatusCode::OK, &b"no-store"[..]));
    assert_eq!(
        &body[..],
        br#"{"token":"token","package":{"format":"jigap-gate/1"},"bundle":{"version":1},"log":"cG9saWN5"}"#
    );
    assert_eq!(asked(&app, pairing("code")).await.0, StatusCode::FORBIDDEN, "a code counts once");
    let (status, headers, body) = asked(&app, trust("token")).await;
    assert_eq!((status, &body[..]), (StatusCode::OK, &b"{\"format\":1}"[..]));
    assert_eq!(headers["cache-control"], "no-store");
    assert_eq!(asked(&app, trust("other")).await.0, StatusCode::UNAUTHORIZED);
    assert_eq!(asked(&app, page("/scan/trust")).await.0, StatusCode::UNAUTHORIZED);
}

#[tokio::test]
async fn a_paired_scanner_tells_and_hears_of_used_tickets() {
    let app = app(Some(b"{}"));
    let say = |token: &str, body: &str| {
        let request = Request::post("/scan/marks").header("authorization", format!("Bearer {token}"));
        request.header("content-type", "application/json").body(Body::from(body.to_owned())).unwrap()
    };
    let (status, headers, body) = asked(&app, say("token", r#"{"since":null,"marks":["a","b"]}"#)).await;
    assert_eq!((status, headers["cache-control"].as_bytes()), (StatusCode::OK, &b"no-store"[..]));
    let heard = MarksHeard::read(&body).unwrap();
    assert_eq!((heard.marks, heard.more), (vec!["a".to_owned(), "b".to_owned()], false));
    let since = format!(r#"{{"since":"{}","marks":[]}}"#, heard.next);
    let (_, _, body) = asked(&app, say("token", &since)).await;
    assert!(MarksHeard::read(&body).unwrap().marks.is_empty());
    // Whoever is not paired is told nothing, not even what is wrong with the message.
    assert_eq!(asked(&app, say("other", "{")).await.0, StatusCode::UNAUTHORIZED);
    assert_eq!(asked(&app, say("token", "{")).await.0, StatusCode::BAD_REQUEST);
    let many = serde_json::json!({"since": null, "marks": vec![""; MOST_TOLD + 1]}).to_string();
    assert_eq!(asked(&app, say("token", &many)).await.0, StatusCode::PAYLOAD_TOO_LARGE);
    let none = r#"{"since":null,"marks":[]}"#;
    assert_eq!(asked(&self::app(None), say("token", none)).await.0, StatusCode::NOT_FOUND);
}

#[tokio::test]
async fn a_paired_scanner_hands_over_rows_of_its_entry_log() {
    let app = app(Some(b"{}"));
    let to = |token: &str, path: &str, body: &str| {
        let request = if body.is_empty() { Request::get(path) } else { Request::post(path) };
        let request = request.header("authorization", format!("Bearer {token}"));
        request.header("content-type", "application/json").body(Body::from(body.to_owned())).unwrap()
    };
    let (status, _, policy) = asked(&app, to("token", "/scan/log", "")).await;
    assert_eq!((status, &policy[..]), (StatusCode::OK, &b"cG9saWN5"[..]));
    let told = |rows: usize, day: &str| {
        let rows = vec!["AA"; rows];
        serde_json::json!({"scanner": "0707070707070707", "day": day, "rows": rows, "close": null})
            .to_string()
    };
    let day = "2026-11-29";
    let (status, _, heard) = asked(&app, to("token", "/scan/rows", &told(3, day))).await;
    assert_eq!((status, RowsHeard::read(&heard)), (StatusCode::OK, Some(RowsHeard { count: 3 })));
    assert_eq!(asked(&app, to("token", "/scan/rows", &told(2, day))).await.0, StatusCode::CONFLICT);
    for bad in [&told(3, "today"), &told(101, day), &told(3, day).replace("AA", "=")] {
        assert_eq!(asked(&app, to("token", "/scan/rows", bad)).await.0, StatusCode::BAD_REQUEST);
    }
    for (path, body) in [("/scan/log", String::new()), ("/scan/rows", told(3, day))] {
        assert_eq!(asked(&app, to("other", path, &body)).await.0, StatusCode::UNAUTHORIZED);
        assert_eq!(asked(&self::app(None), to("token", path, &body)).await.0, StatusCode::NOT_FOUND);
    }
}

#[tokio::test]
async fn a_bundle_that_cannot_be_used_is_not_handed_out() {
    assert_eq!(asked(&app(None), trust("token")).await.0, StatusCode::SERVICE_UNAVAILABLE);
    // Nor is a code used up for a device that could do nothing.
    assert_eq!(asked(&app(None), pairing("code")).await.0, StatusCode::SERVICE_UNAVAILABLE);
    let (status, headers, _) = asked(&app(None), page("/")).await;
    assert_eq!(
        (status, &headers["location"]),
        (StatusCode::TEMPORARY_REDIRECT, &HeaderValue::from_static("/scan/"))
    );
}

#[tokio::test]
async fn who_guesses_has_to_wait() {
    let app = app(Some(b"{}"));
    for _ in 0..WRONG_A_MINUTE {
        assert_eq!(asked(&app, pairing("guess")).await.0, StatusCode::FORBIDDEN);
    }
    let (status, headers, _) = asked(&app, pairing("guess")).await;
    assert_eq!(status, StatusCode::TOO_MANY_REQUESTS);
    assert!(headers.contains_key("retry-after"));
    assert_eq!(asked(&app, trust("guess")).await.0, StatusCode::TOO_MANY_REQUESTS);
    // Whoever has a code or a token is not kept waiting by others of its network.
    assert_eq!(asked(&app, pairing("code")).await.0, StatusCode::OK);
    assert_eq!(asked(&app, trust("token")).await.0, StatusCode::OK);
}

#[test]
fn pages_are_whole_and_of_known_kinds() {
    for missing in Pages::NEEDED {
        let files = files().into_iter().filter(|(name, _)| name != missing);
        assert_eq!(Pages::new(files).err().as_deref(), Some(missing));
    }
    let strange = files().into_iter().chain([("gate.toml".to_owned(), Vec::new())]);
    assert_eq!(Pages::new(strange).err().as_deref(), Some("gate.toml"));
}
