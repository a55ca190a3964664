//! The page in Chromium, headless: what a seeker on a phone types, is suggested, sees and narrows.
//!
//! Where the browser or its driver are missing the test says `skipped`; in CI it fails. Pictures of what it saw are in
//! `target/people-page/`, for people to look at.

use std::path::Path;
use std::sync::Arc;

use axum::body::{Body, to_bytes};
use axum::http::Request;
use jigap_platform::http::{Assembly, ClientAddress, Metrics, Server, ServerSettings, Shutdown};
use jigap_platform::testing::SeededEntropy;
use serde_json::{Value, json};

use tower::ServiceExt as _;

use self::peers::Peer;
use super::{Lab, routes};

#[expect(dead_code, reason = "other tests ask what their peer refuses, and why")]
#[path = "../../../../tests/interop/peers.rs"]
mod peers;

/// A phone that is small.
const PHONE: (u32, u32) = (360, 740);
const ROUND_MAPO: (f64, f64) = (37.5601, 126.9085);

/// A seeker's browser before the page.
struct Seeker(Peer);

impl Seeker {
    fn looks_at(url: &str, more: &Value) -> Option<Self> {
        let mut peer = Peer::start("browser.mjs")?;
        let (width, height) = PHONE;
        let mut start = json!({"op": "start", "width": width, "height": height});
        start.as_object_mut()?.extend(more.as_object()?.clone());
        peer.ask(&start).unwrap();
        let mut seeker = Self(peer);
        seeker.does(json!({"op": "open", "url": url}));
        seeker.sees("body[data-ready]", "");
        Some(seeker)
    }

    #[expect(clippy::needless_pass_by_value, reason = "as `json!` makes it")]
    fn does(&mut self, what: Value) -> Value {
        self.0.ask(&what).unwrap_or_else(|refused| panic!("{what}: {refused:?}"))
    }

    fn sees(&mut self, selector: &str, text: &str) {
        let text = Some(text).filter(|text| !text.is_empty());
        self.does(json!({"op": "seen", "selector": selector, "text": text}));
    }

    fn types(&mut self, words: &str) {
        self.does(json!({"op": "fill", "selector": "#words", "text": ""}));
        self.does(json!({"op": "write", "selector": "#words", "text": words}));
    }

    fn presses(&mut self, key: &str) {
        self.does(json!({"op": "press", "key": key}));
    }

    fn clicks(&mut self, selector: &str) {
        self.does(json!({"op": "click", "selector": selector}));
    }

    fn texts(&mut self, selector: &str) -> Vec<String> {
        serde_json::from_value(self.does(json!({"op": "texts", "selector": selector}))).unwrap()
    }

    /// Nobody is kept out by how the page is made, and nothing stands beyond its edge.
    fn is_open_to_all(&mut self) {
        assert_eq!(self.does(json!({"op": "barriers"})), json!([]));
        assert_eq!(self.does(json!({"op": "overflows"})), json!(false));
    }

    fn keeps_picture(&mut self, name: &str) {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../target/people-page");
        std::fs::create_dir_all(&folder).unwrap();
        self.does(json!({"op": "picture", "path": folder.join(format!("{name}.png"))}));
    }
}

/// Six tax accountants and a sommelier, served over loopback.
async fn town() -> (Lab, String) {
    let lab = Lab::new().await;
    for number in 1..=6 {
        lab.lists(number, "tax_accountant", "tax-accountant").await;
    }
    lab.lists(7, "sommelier", "sommelier").await;
    lab.hears().await;
    let server = Server::bind(ServerSettings::loopback()).await.unwrap();
    let url = format!("http://{}/people/", server.address());
    let frame = Assembly::new(Arc::new(SeededEntropy::new(2)), Metrics::new(), Shutdown::new());
    let served = server.serve(routes(Arc::clone(&lab.hosted)), frame, Shutdown::new());
    #[expect(clippy::disallowed_methods, reason = "the server of a test")]
    tokio::spawn(served);
    (lab, url)
}

#[tokio::test(flavor = "multi_thread")]
async fn a_seeker_finds_by_first_consonants_and_sees_what_was_verified() {
    let (_lab, url) = town().await;
    let Some(mut seeker) =
        tokio::task::block_in_place(|| Seeker::looks_at(&url, &json!({"locale": "ko-KR"})))
    else {
        return;
    };
    tokio::task::block_in_place(|| {
        seeker.is_open_to_all();
        seeker.keeps_picture("empty");
        seeker.types("ㅅㅁㅅ");
        seeker.sees("#suggestions li", "세무사");
        seeker.keeps_picture("suggestions");
        seeker.is_open_to_all();
        seeker.presses("ArrowDown");
        seeker.presses("Enter");
        seeker.sees("#told", "5명 이상");
        assert_eq!(seeker.texts("#results h2").len(), 6);
        assert!(!seeker.does(json!({"op": "address"})).as_str().unwrap().contains("세무사"));
        seeker.clicks("#results > li:first-child details.badge summary");
        let told = seeker.texts("#results > li:first-child details.badge dd");
        assert_eq!((told[0].as_str(), told.last().unwrap().as_str()), ("세무사", "오늘"), "{told:?}");
        seeker.is_open_to_all();
        seeker.keeps_picture("found");
        seeker.clicks("#language");
        seeker.sees("#told", "5 or more found");
        seeker.sees("#results details.badge summary", "Tax accountant");
    });
}

#[tokio::test(flavor = "multi_thread")]
async fn a_seeker_narrows_by_chips_and_by_a_district_near_them() {
    let (lab, url) = town().await;
    let (latitude, longitude) = ROUND_MAPO;
    let start =
        json!({"locale": "en-US", "dark": true, "position": {"latitude": latitude, "longitude": longitude}});
    let Some(mut seeker) = tokio::task::block_in_place(|| Seeker::looks_at(&url, &start)) else { return };
    tokio::task::block_in_place(|| {
        seeker.types("종합소득세");
        seeker.presses("Enter");
        seeker.sees("#told", "5 or more found");
        seeker.clicks("#chips button:has-text(\"Tax accountant\")");
        seeker.sees("#chips button[aria-pressed=\"true\"]", "Tax accountant");
        seeker.clicks("#near");
        seeker.sees("#told", "only the nearest district is sent");
        assert_eq!(seeker.texts("#results h2").len(), 6);
        seeker.is_open_to_all();
        seeker.keeps_picture("near");
    });
    // Who is gone is gone from the next search, and what nobody may ask is said.
    let persona = super::persona(1);
    lab.verifier.says([super::retracted(&persona, 3, 10)]);
    lab.hears().await;
    tokio::task::block_in_place(|| {
        seeker.clicks("button[type=submit]");
        seeker.sees("#told", "5 or more found");
        assert_eq!(seeker.texts("#results h2").len(), 5);
        seeker.types("");
        seeker.does(json!({"op": "choose", "selector": "#kind", "value": ""}));
        seeker.sees("#trouble", "SE-01");
        seeker.keeps_picture("refused");
    });
}

#[tokio::test]
async fn the_page_may_load_and_ask_nothing_but_its_own_server() {
    let lab = Lab::new().await;
    for (path, kind) in [("/people/", "text/html"), ("/people/people.js", "text/javascript")] {
        let from = ClientAddress([192, 0, 2, 1].into());
        let request = Request::get(path).extension(from).body(Body::empty()).unwrap();
        let answer = lab.app.clone().oneshot(request).await.unwrap();
        assert_eq!(answer.status(), 200, "{path}");
        assert!(answer.headers()["content-type"].to_str().unwrap().starts_with(kind));
        let policy = answer.headers()["content-security-policy"].to_str().unwrap();
        assert!(policy.starts_with("default-src 'none'") && !policy.contains("unsafe"), "{policy}");
        let bytes = to_bytes(answer.into_body(), 1 << 20).await.unwrap();
        let text = String::from_utf8(bytes.to_vec()).unwrap();
        assert!(!text.contains("https://") && !text.contains("innerHTML"), "{path}");
    }
}
