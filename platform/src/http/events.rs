//! Server-sent events (HTML Living Standard §9.2): a long answer of small texts. Each is made when the one before was
//! taken, so that a slow reader holds one event and no queue. Whoever makes them ends the stream when
//! [`super::Shutdown`], which the frame puts on every request, has begun.

use std::convert::Infallible;

use axum::body::{Body, Bytes};
use axum::http::{HeaderName, HeaderValue, StatusCode};
use axum::response::Response;
use futures_util::stream;
use serde::Serialize;

use super::reply::{no_store, with_type};

/// One event, or a sign of life.
pub struct ServerEvent(Bytes);

impl ServerEvent {
    /// The event `name` with `data` as JSON in one line. Null where `data` has no JSON form.
    pub fn json(name: &'static str, data: &impl Serialize) -> Self {
        let data = serde_json::to_string(data).unwrap_or_else(|_| "null".to_owned());
        Self(format!("event: {name}\ndata: {data}\n\n").into())
    }

    /// A comment that keeps proxies from taking the connection for dead.
    pub fn heartbeat() -> Self {
        Self(Bytes::from_static(b":\n\n"))
    }
}

/// The answer whose events `next` makes from `state`, until it gives none.
pub fn event_stream<S, F, Fut>(state: S, next: F) -> Response
where
    S: Send + 'static,
    F: FnMut(S) -> Fut + Send + 'static,
    Fut: Future<Output = Option<(ServerEvent, S)>> + Send + 'static,
{
    let mut next = next;
    let bytes = stream::unfold(state, move |state| {
        let made = next(state);
        async move { made.await.map(|(event, state)| (Ok::<_, Infallible>(event.0), state)) }
    });
    let mut response = no_store(with_type(StatusCode::OK, "text/event-stream", Body::from_stream(bytes)));
    // nginx collects answers unless it is told not to.
    let unbuffered = HeaderName::from_static("x-accel-buffering");
    response.headers_mut().insert(unbuffered, HeaderValue::from_static("no"));
    response
}

#[cfg(test)]
mod tests {
    use axum::body::to_bytes;
    use serde_json::json;

    use super::*;

    #[tokio::test]
    async fn events_are_written_as_html_says_until_there_are_no_more() {
        let response = event_stream(0, |count| async move {
            match count {
                0 => Some((ServerEvent::json("state", &json!({"of": "a\nb"})), 1)),
                1 => Some((ServerEvent::heartbeat(), 2)),
                _ => None,
            }
        });
        assert_eq!(response.headers()["content-type"], "text/event-stream");
        assert_eq!(response.headers()["cache-control"], "no-store");
        let text = to_bytes(response.into_body(), 1000).await.unwrap();
        assert_eq!(text, "event: state\ndata: {\"of\":\"a\\nb\"}\n\n:\n\n");
    }
}
