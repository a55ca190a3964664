//! One connection to the server that stays open: requests go one after another, nothing is retried.

use axum::body::{Body, Bytes};
use axum::http::header::{AUTHORIZATION, CONTENT_TYPE, HOST};
use axum::http::{HeaderName, Method, Request};
use hyper::client::conn::http1::{SendRequest, handshake};
use hyper_util::rt::TokioIo;
use jigap_keys::json::{self as strict, Limits};
use serde_json::Value;
use tokio::net::TcpStream;

use crate::{BenchError, broken};

/// Largest answer in bytes.
const MOST: usize = 1 << 20;
/// The media type of forms.
pub(crate) const FORM: &str = "application/x-www-form-urlencoded";
/// The media type of JSON.
pub(crate) const JSON: &str = "application/json";

/// A connection.
pub(crate) struct Line {
    sender: SendRequest<Body>,
    host: String,
}

/// A request.
pub(crate) struct Call<'a> {
    pub(crate) method: Method,
    pub(crate) path: &'a str,
    pub(crate) bearer: Option<&'a str>,
    /// Media type and body.
    pub(crate) content: Option<(&'static str, String)>,
    /// `Idempotency-Key`.
    pub(crate) key: Option<String>,
}

impl<'a> Call<'a> {
    pub(crate) fn get(path: &'a str) -> Self {
        Self { method: Method::GET, path, bearer: None, content: None, key: None }
    }

    pub(crate) fn post(path: &'a str, media_type: &'static str, body: String) -> Self {
        Self { method: Method::POST, path, bearer: None, content: Some((media_type, body)), key: None }
    }

    pub(crate) fn bearer(self, token: &'a str) -> Self {
        Self { bearer: Some(token), ..self }
    }
}

/// An answer.
pub(crate) struct Answer {
    status: u16,
    pub(crate) body: Bytes,
}

impl Answer {
    /// The body, if the status is `status`.
    pub(crate) fn expect(self, status: u16) -> Result<Bytes, BenchError> {
        if self.status == status {
            return Ok(self.body);
        }
        let said: String = String::from_utf8_lossy(&self.body).chars().take(300).collect();
        Err(BenchError::Broken(format!("{} instead of {status}: {said}", self.status)))
    }

    /// The body as JSON, if the status is `status`.
    pub(crate) fn json(self, status: u16) -> Result<Value, BenchError> {
        strict::parse(&self.expect(status)?, Limits::MESSAGE).map_err(broken("a JSON answer"))
    }
}

/// The text under `name`.
pub(crate) fn text(value: &Value, name: &str) -> Result<String, BenchError> {
    let found = value.get(name).and_then(Value::as_str).map(str::to_owned);
    found.ok_or_else(|| BenchError::Broken(format!("an answer has `{name}`")))
}

impl Line {
    /// Connects to `host`, an address with its port.
    #[expect(clippy::disallowed_methods, reason = "the connection's task ends with the connection")]
    pub(crate) async fn open(host: &str) -> Result<Self, BenchError> {
        let stream = TcpStream::connect(host).await?;
        stream.set_nodelay(true)?;
        let (sender, connection) = handshake(TokioIo::new(stream)).await.map_err(broken("a connection"))?;
        tokio::spawn(connection);
        Ok(Self { sender, host: host.to_owned() })
    }

    /// Sends a request and reads the whole answer.
    pub(crate) async fn send(&mut self, call: Call<'_>) -> Result<Answer, BenchError> {
        const KEY: HeaderName = HeaderName::from_static("idempotency-key");
        let mut request = Request::builder().method(call.method).uri(call.path).header(HOST, &self.host);
        if let Some(token) = call.bearer {
            request = request.header(AUTHORIZATION, format!("Bearer {token}"));
        }
        if let Some(key) = call.key {
            request = request.header(KEY, key);
        }
        let body = match call.content {
            Some((media_type, body)) => {
                request = request.header(CONTENT_TYPE, media_type);
                Body::from(body)
            }
            None => Body::empty(),
        };
        let request = request.body(body).map_err(broken("a request"))?;
        self.sender.ready().await.map_err(broken("a connection"))?;
        let response = self.sender.send_request(request).await.map_err(broken("an answer"))?;
        let status = response.status().as_u16();
        let body = axum::body::to_bytes(Body::new(response.into_body()), MOST).await;
        Ok(Answer { status, body: body.map_err(broken("an answer"))? })
    }
}
