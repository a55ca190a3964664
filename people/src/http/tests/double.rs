//! A verifier that says what a test has it say: the other end of Seam 1 over loopback HTTP. It signs real batches; it judges nobody.

use std::sync::{Arc, Mutex};

use axum::Router;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode, Uri};
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use jigap_keys::{KeyType, PrivateKey};
use jigap_platform::testing::SeededEntropy;
use jigap_wallet_core::facts::signed::{MAX_EVENTS, MEDIA_TYPE, NewBatch};
use jigap_wallet_core::facts::{FactEvent, Subject};
use jigap_wallet_core::time::Timestamp;
use serde_json::{Value, json};
use url::Url;

pub(super) const TOKEN: &str = "feed-token";
pub(super) const ID: &str = "decentralized_identifier:did:example:verifier";

/// What it says, and what it was asked.
pub(super) struct Double {
    pub(super) key: PrivateKey,
    pub(super) events: Mutex<Vec<FactEvent>>,
    pub(super) asked: Mutex<Vec<Value>>,
    /// What the next answers are, instead of batches.
    pub(super) instead: Mutex<Vec<(u16, String)>>,
    consumer: String,
    now: Timestamp,
}

impl Double {
    /// Starts one; gives where it is.
    pub(super) async fn start(consumer: &str, now: Timestamp) -> (Arc<Self>, Url) {
        let key = PrivateKey::generate(KeyType::P256, &SeededEntropy::new(77));
        let (events, asked, instead) = <(Mutex<Vec<_>>, Mutex<Vec<_>>, Mutex<Vec<_>>)>::default();
        let double = Arc::new(Self { key, events, asked, instead, consumer: consumer.to_owned(), now });
        let routes = Router::new()
            .route("/v1/feed/events", get(said))
            .route("/v1/feed/requests", post(asked_for))
            .with_state(Arc::clone(&double));
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap()).parse().unwrap();
        #[expect(clippy::disallowed_methods, reason = "the other end of a test")]
        tokio::spawn(async move { axum::serve(listener, routes).await });
        (double, url)
    }

    pub(super) fn says(&self, events: impl IntoIterator<Item = FactEvent>) {
        self.events.lock().unwrap().extend(events);
    }
}

/// Whom it means by a persona: the persona's own bytes, turned over.
pub(super) fn subject_of(persona: &str) -> Subject {
    let mut bytes = jigap_keys::base64url::decode(persona).unwrap();
    bytes.reverse();
    Subject::new(jigap_keys::base64url::encode(bytes)).unwrap()
}

fn is_ours(headers: &HeaderMap) -> bool {
    headers.get("authorization").is_some_and(|it| it == format!("Bearer {TOKEN}").as_str())
}

async fn said(State(double): State<Arc<Double>>, uri: Uri, headers: HeaderMap) -> Response {
    if !is_ours(&headers) {
        return StatusCode::UNAUTHORIZED.into_response();
    }
    if let Some((status, body)) = double.instead.lock().unwrap().pop() {
        return (StatusCode::from_u16(status).unwrap(), body).into_response();
    }
    let asked =
        url::form_urlencoded::parse(uri.query().unwrap().as_bytes()).find(|(name, _)| name == "after");
    let after: u64 = asked.unwrap().1.parse().unwrap();
    let all = double.events.lock().unwrap();
    let events: Vec<FactEvent> = all.iter().skip(after as usize).take(MAX_EVENTS).cloned().collect();
    let next = after + events.len() as u64;
    let new = NewBatch { verifier: ID, audience: &double.consumer, after, next, events: &events };
    let batch = new.unsigned(double.key.public(), double.now).unwrap().sign(&double.key).unwrap();
    ([("content-type", MEDIA_TYPE)], batch).into_response()
}

async fn asked_for(State(double): State<Arc<Double>>, headers: HeaderMap, body: String) -> Response {
    if !is_ours(&headers) {
        return StatusCode::UNAUTHORIZED.into_response();
    }
    let asked: Value = serde_json::from_str(&body).unwrap();
    let subject = subject_of(asked["bound_to"].as_str().unwrap());
    double.asked.lock().unwrap().push(asked);
    let opened = json!({
        "request_id": "AAAA", "subject": subject, "link": "openid4vp://authorize?request_uri=x",
        "expires_at": double.now.unix() + 300,
    });
    (StatusCode::CREATED, opened.to_string()).into_response()
}
