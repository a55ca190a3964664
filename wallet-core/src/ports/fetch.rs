//! Outgoing HTTP. Every URL may have been chosen by a stranger, so every request passes the fetch guard
//! (`platform::fetch`; DESIGN, "Never").

use async_trait::async_trait;
use url::Url;

/// What a caller accepts of an answer, and for how long it waits.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct FetchLimits {
    /// Largest body in bytes; a longer one is [`FetchError::TooLarge`].
    pub max_bytes: usize,
    /// Time for the whole exchange in milliseconds.
    pub timeout_ms: u64,
}

impl FetchLimits {
    /// For metadata, key sets and protocol messages: 256 KiB, 10 s.
    pub const DOCUMENT: Self = Self { max_bytes: 256 * 1024, timeout_ms: 10_000 };
    /// For status lists of up to some millions of entries: 4 MiB, 15 s.
    pub const STATUS_LIST: Self = Self { max_bytes: 4 * 1024 * 1024, timeout_ms: 15_000 };
}

/// The methods the protocols use.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Method {
    /// Safe and cacheable.
    Get,
    /// Sends a body; never follows a redirect.
    Post,
    /// Sends a body that is to lie there; never follows a redirect.
    Put,
    /// Sends nothing; never follows a redirect.
    Delete,
}

/// One request. No `Debug`: headers and body may hold tokens and personal data.
#[derive(Clone, PartialEq, Eq)]
pub struct HttpRequest {
    /// Which.
    pub method: Method,
    /// Absolute URL; https, or http to loopback in development.
    pub url: Url,
    /// Name and value; `accept`, `content-type`, `authorization`.
    pub headers: Vec<(&'static str, String)>,
    /// Empty but for POST.
    pub body: Vec<u8>,
    /// What is accepted of the answer.
    pub limits: FetchLimits,
    /// How many redirects are followed, at most three and each through the guard; only a GET follows any.
    pub redirects: usize,
}

impl HttpRequest {
    /// A GET of `url` that asks for `accept`.
    pub fn get(url: Url, accept: &str, limits: FetchLimits) -> Self {
        Self {
            method: Method::Get,
            url,
            headers: vec![("accept", accept.to_owned())],
            body: Vec::new(),
            limits,
            redirects: 3,
        }
    }

    /// A POST of `body` of type `content_type` to `url`.
    pub fn post(url: Url, content_type: &str, body: Vec<u8>, limits: FetchLimits) -> Self {
        let headers =
            vec![("content-type", content_type.to_owned()), ("accept", "application/json".to_owned())];
        Self { method: Method::Post, url, headers, body, limits, redirects: 0 }
    }

    /// A PUT of `body` of type `content_type` to `url`.
    pub fn put(url: Url, content_type: &str, body: Vec<u8>, limits: FetchLimits) -> Self {
        Self { method: Method::Put, ..Self::post(url, content_type, body, limits) }
    }

    /// A DELETE of `url`.
    pub fn delete(url: Url, limits: FetchLimits) -> Self {
        let headers = vec![("accept", "application/json".to_owned())];
        Self { method: Method::Delete, url, headers, body: Vec::new(), limits, redirects: 0 }
    }

    /// The same request, following no redirect: where a protocol wants the very address it names.
    pub fn without_redirects(self) -> Self {
        Self { redirects: 0, ..self }
    }

    /// The same request with a bearer token (RFC 6750 §2.1).
    pub fn bearer(self, token: &str) -> Self {
        self.header("authorization", format!("Bearer {token}"))
    }

    /// The same request with one more header.
    pub fn header(mut self, name: &'static str, value: String) -> Self {
        self.headers.push((name, value));
        self
    }
}

/// One answer, whatever its status. No `Debug`: the body may hold credentials.
#[derive(Clone, PartialEq, Eq)]
pub struct HttpResponse {
    /// The HTTP status code.
    pub status: u16,
    /// Media type without parameters, in lower case; empty if there is none.
    pub content_type: String,
    /// `max-age` of Cache-Control in seconds, if any (RFC 9111 §5.2.2.1).
    pub max_age: Option<u32>,
    /// `Age` in seconds (RFC 9111 §5.1): how long a cache on the way has had the answer; 0 where none says so.
    pub age: u32,
    /// `DPoP-Nonce`, if there is one (RFC 9449 §8): what the next proof to this server is to carry.
    pub dpop_nonce: Option<String>,
    /// The body, within the limits asked for.
    pub body: Vec<u8>,
}

/// Why no answer came. None names a claim or a token.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum FetchError {
    /// The guard refused the address or scheme: the peer's fault.
    #[error("the address may not be fetched: {0}")]
    Forbidden(&'static str),
    /// The answer was longer than [`FetchLimits::max_bytes`].
    #[error("the answer is larger than allowed")]
    TooLarge,
    /// The exchange took longer than [`FetchLimits::timeout_ms`]. The request may have arrived.
    #[error("no answer in time")]
    TimedOut,
    /// No connection, or it broke. The request may have arrived.
    #[error("the server cannot be reached")]
    Unreachable,
}

/// Sends requests through the guard.
#[async_trait]
pub trait Fetch: Send + Sync {
    /// Sends `request` and reads the whole answer.
    async fn send(&self, request: HttpRequest) -> Result<HttpResponse, FetchError>;
}
