//! The fetch guard: the one way out (DESIGN, "Never"). Every URL may have been chosen by a stranger.
//!
//! What it refuses: any scheme but https (http to loopback in development), user names and passwords in URLs,
//! addresses that are not public unicast, whether literal or by name (if *any* address of a name is refused, the name
//! is), redirects of anything but GET, more than [`MAX_REDIRECTS`], from https to http, bodies over the caller's limit,
//! exchanges over the caller's time.
//!
//! What it does: a name is resolved once per connection and the connection goes to the very addresses that were
//! checked; every redirect passes the same guard; no proxy, cookie or referer; `authorization` never follows a
//! redirect to another origin; no content decoding, so that a small answer cannot grow; connections are pooled.
//! HTTP/1.1 only. Any port is allowed: public hosts do serve https elsewhere than on 443, and TLS stands before
//! whatever else listens there.

mod address;
mod cache_control;
mod resolver;

use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use bytes::Bytes;
use jigap_wallet_core::ports::{Fetch, FetchError, HttpRequest, HttpResponse, Method};
use reqwest::header::{CONTENT_TYPE, HeaderMap, HeaderValue, LOCATION};
use reqwest::redirect::Policy;
use reqwest::{Certificate, Client, Response};
use url::{Host, Url};

use address::AddressPolicy;
use resolver::{GuardedResolver, NOT_PUBLIC, RefusedAddress};
pub use resolver::{Lookup, SystemLookup};

/// Most redirects one GET follows.
pub const MAX_REDIRECTS: usize = 3;

/// Most headers an answer may have; their bytes are bounded by the client at about 400 KiB.
const MAX_HEADERS: usize = 64;

/// Longest `DPoP-Nonce` that is told.
const MAX_NONCE: usize = 1024;

/// Longest time to open a connection, within the caller's own limit.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(10);

/// Longest time and most bytes of an exchange that is relayed.
const RELAY_TIME: Duration = Duration::from_secs(30);
const RELAY_BYTES: usize = 256 * 1024;

/// Idle connections kept for each host.
const IDLE_PER_HOST: usize = 64;

/// What the guard is told when it is made.
#[derive(Clone)]
pub struct FetchSettings {
    /// Development: loopback is allowed, by https and by http.
    pub dev: bool,
    /// Private networks and loopback are allowed: for a place that a person named, never for one that a document chose.
    pub named: bool,
    /// Certificates in DER to trust besides the machine's, such as a company's own CA.
    pub extra_roots: Vec<Vec<u8>>,
    /// Where addresses come from.
    pub lookup: Arc<dyn Lookup>,
}

impl FetchSettings {
    /// The public internet alone, as production wants it.
    pub fn public() -> Self {
        Self { dev: false, named: false, extra_roots: Vec::new(), lookup: Arc::new(SystemLookup) }
    }

    /// A place that a person named: it may be on the local network, by https, or this machine.
    pub fn named() -> Self {
        Self { named: true, ..Self::public() }
    }

    /// The public internet and this machine, for `--dev` and the demo.
    pub fn dev() -> Self {
        Self { dev: true, ..Self::public() }
    }
}

/// The guard could not be set up: the machine has no CA certificates, or an extra root is not a certificate.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("no outgoing https: the CA certificates cannot be loaded (Debian: install ca-certificates)")]
pub struct FetchSetupError;

/// The guard. Cheap to clone; all clones share one pool of connections.
#[derive(Clone)]
pub struct GuardedFetch {
    https: Route,
    /// http to loopback; in development, and where a person named it.
    http: Option<Route>,
}

/// A client and the addresses it may go to.
#[derive(Clone)]
struct Route {
    client: Client,
    policy: AddressPolicy,
}

impl GuardedFetch {
    /// A guard by `settings`.
    pub fn new(settings: &FetchSettings) -> Result<Self, FetchSetupError> {
        let policy = match settings {
            FetchSettings { named: true, .. } => AddressPolicy::Named,
            FetchSettings { dev: true, .. } => AddressPolicy::PublicOrLoopback,
            _ => AddressPolicy::Public,
        };
        let https = Route::new(settings, policy)?;
        let http = (settings.dev || settings.named)
            .then(|| Route::new(settings, AddressPolicy::Loopback))
            .transpose()?;
        Ok(Self { https, http })
    }

    /// Follows redirects of a GET by hand, each hop through the guard.
    async fn exchange(&self, mut request: HttpRequest) -> Result<HttpResponse, FetchError> {
        for _ in 0..=request.redirects.min(MAX_REDIRECTS) {
            let response = self.route(&request.url)?.send(&request).await?;
            let Some(next) = redirect_target(&request, &response)? else {
                return read(response, request.limits.max_bytes).await;
            };
            if next.origin() != request.url.origin() {
                request.headers.retain(|(name, _)| !name.eq_ignore_ascii_case("authorization"));
            }
            request.url = next;
        }
        Err(FetchError::Forbidden("too many redirects"))
    }

    /// One request of another protocol's client, no redirect followed, within [`RELAY_TIME`] and [`RELAY_BYTES`].
    ///
    /// # Errors
    /// [`FetchError`]
    pub(crate) async fn relay(
        &self,
        request: http::Request<Bytes>,
    ) -> Result<http::Response<Bytes>, FetchError> {
        let malformed = FetchError::Forbidden("a request that cannot be sent");
        let request = reqwest::Request::try_from(request).map_err(|_| malformed)?;
        let route = self.route(request.url())?;
        let exchange = async {
            let response = route.client.execute(request).await.map_err(|error| explain(&error))?;
            let (status, headers) = (response.status(), response.headers().clone());
            let mut relayed = http::Response::new(Bytes::from(body(response, RELAY_BYTES).await?));
            (*relayed.status_mut(), *relayed.headers_mut()) = (status, headers);
            Ok(relayed)
        };
        tokio::time::timeout(RELAY_TIME, exchange).await.unwrap_or(Err(FetchError::TimedOut))
    }

    /// The client for `url`, if it may be fetched as far as the URL alone tells.
    fn route(&self, url: &Url) -> Result<&Route, FetchError> {
        let route = match (url.scheme(), &self.http) {
            ("https", _) => &self.https,
            ("http", Some(http)) => http,
            _ => return Err(FetchError::Forbidden("only https is fetched")),
        };
        if !url.username().is_empty() || url.password().is_some() {
            return Err(FetchError::Forbidden("a user name or password in the URL"));
        }
        if url.port() == Some(0) {
            return Err(FetchError::Forbidden("port 0"));
        }
        // A literal address is connected to without asking the resolver, so it is checked here.
        let allowed = match url.host() {
            Some(Host::Ipv4(address)) => route.policy.allows(address.into()),
            Some(Host::Ipv6(address)) => route.policy.allows(address.into()),
            Some(Host::Domain(_)) => true,
            None => false,
        };
        if allowed { Ok(route) } else { Err(FetchError::Forbidden(NOT_PUBLIC.0)) }
    }
}

#[async_trait]
impl Fetch for GuardedFetch {
    async fn send(&self, request: HttpRequest) -> Result<HttpResponse, FetchError> {
        let patience = Duration::from_millis(request.limits.timeout_ms);
        tokio::time::timeout(patience, self.exchange(request)).await.unwrap_or(Err(FetchError::TimedOut))
    }
}

impl Route {
    fn new(settings: &FetchSettings, policy: AddressPolicy) -> Result<Self, FetchSetupError> {
        let mut builder = Client::builder()
            .user_agent(concat!("jigap/", env!("CARGO_PKG_VERSION")))
            .dns_resolver(GuardedResolver { lookup: Arc::clone(&settings.lookup), policy })
            .redirect(Policy::none())
            .retry(reqwest::retry::never())
            .referer(false)
            .no_proxy()
            .http1_only()
            .http1_max_headers(MAX_HEADERS)
            .connect_timeout(CONNECT_TIMEOUT)
            .pool_max_idle_per_host(IDLE_PER_HOST);
        if policy == AddressPolicy::Loopback {
            // Plain http only: no need for the machine's certificates.
            builder = builder.tls_certs_only([]);
        } else {
            builder = builder.https_only(true);
            for root in &settings.extra_roots {
                let root = Certificate::from_der(root).map_err(|_| FetchSetupError)?;
                builder = builder.tls_certs_merge([root]);
            }
        }
        let client = builder.build().map_err(|_| FetchSetupError)?;
        Ok(Self { client, policy })
    }

    /// One request and the head of its answer.
    async fn send(&self, request: &HttpRequest) -> Result<Response, FetchError> {
        let mut url = request.url.clone();
        url.set_fragment(None);
        let builder = match request.method {
            Method::Get => self.client.get(url),
            Method::Post => self.client.post(url).body(request.body.clone()),
            Method::Put => self.client.put(url).body(request.body.clone()),
            Method::Delete => self.client.delete(url),
        };
        builder.headers(headers(request)?).send().await.map_err(|error| explain(&error))
    }
}

fn headers(request: &HttpRequest) -> Result<HeaderMap, FetchError> {
    let mut headers = HeaderMap::with_capacity(request.headers.len());
    for (name, value) in &request.headers {
        let mut value = HeaderValue::from_str(value)
            .map_err(|_| FetchError::Forbidden("a header that cannot be sent"))?;
        value.set_sensitive(name.eq_ignore_ascii_case("authorization"));
        headers.insert(*name, value);
    }
    Ok(headers)
}

/// Where `response` sends a GET next; `None` where it is the answer, as it always is for a POST and for a GET that follows
/// no redirect.
fn redirect_target(request: &HttpRequest, response: &Response) -> Result<Option<Url>, FetchError> {
    if request.method != Method::Get
        || request.redirects == 0
        || !matches!(response.status().as_u16(), 301 | 302 | 303 | 307 | 308)
    {
        return Ok(None);
    }
    let Some(location) = response.headers().get(LOCATION) else { return Ok(None) };
    let target = location.to_str().ok().and_then(|location| request.url.join(location).ok());
    match target {
        None => Err(FetchError::Forbidden("a redirect to what is not a URL")),
        Some(url) if request.url.scheme() == "https" && url.scheme() != "https" => {
            Err(FetchError::Forbidden("a redirect from https to another scheme"))
        }
        Some(url) => Ok(Some(url)),
    }
}

async fn read(response: Response, max_bytes: usize) -> Result<HttpResponse, FetchError> {
    let headers = response.headers();
    let told = HttpResponse {
        status: response.status().as_u16(),
        content_type: media_type(headers),
        max_age: cache_control::max_age(headers),
        age: cache_control::age(headers),
        dpop_nonce: dpop_nonce(headers),
        body: Vec::new(),
    };
    Ok(HttpResponse { body: body(response, max_bytes).await?, ..told })
}

/// Reads the body, and stops reading where it passes `max_bytes`.
async fn body(mut response: Response, max_bytes: usize) -> Result<Vec<u8>, FetchError> {
    let announced = response.content_length().unwrap_or(0);
    if usize::try_from(announced).map_or(true, |announced| announced > max_bytes) {
        return Err(FetchError::TooLarge);
    }
    let mut body = Vec::new();
    while let Some(chunk) = response.chunk().await.map_err(|error| explain(&error))? {
        if chunk.len() > max_bytes - body.len() {
            return Err(FetchError::TooLarge);
        }
        body.extend_from_slice(&chunk);
    }
    Ok(body)
}

/// Of one `DPoP-Nonce` (RFC 9449 §8.1: visible characters), as long as may be said again.
fn dpop_nonce(headers: &HeaderMap) -> Option<String> {
    let mut values = headers.get_all("dpop-nonce").iter();
    let nonce = values.next()?.to_str().ok()?;
    let fits = (1..=MAX_NONCE).contains(&nonce.len()) && nonce.bytes().all(|byte| byte.is_ascii_graphic());
    (fits && values.next().is_none()).then(|| nonce.to_owned())
}

fn media_type(headers: &HeaderMap) -> String {
    let value = headers.get(CONTENT_TYPE).and_then(|value| value.to_str().ok()).unwrap_or_default();
    value.split(';').next().unwrap_or_default().trim().to_ascii_lowercase()
}

/// The client's error in the port's words. Its own text is dropped: it holds the URL.
fn explain(error: &reqwest::Error) -> FetchError {
    let mut cause: Option<&dyn std::error::Error> = Some(error);
    while let Some(current) = cause {
        if let Some(RefusedAddress(why)) = current.downcast_ref() {
            return FetchError::Forbidden(why);
        }
        cause = current.source();
    }
    if error.is_timeout() { FetchError::TimedOut } else { FetchError::Unreachable }
}

#[cfg(test)]
mod tests;
