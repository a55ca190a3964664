//! The server over real sockets on loopback, with the fetch guard as client.

use std::net::Ipv4Addr;

use axum::http::StatusCode;
use axum::http::header::LOCATION;
use axum::routing::get;
use jigap_keys::{KeyType, PrivateKey};
use jigap_wallet_core::ports::{Clock as _, Fetch as _, FetchError, FetchLimits, HttpRequest, HttpResponse};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::task::JoinHandle;
use url::Url;

use super::*;
use crate::authority::{AltName, Authority, Profile, Root, Subject};
use crate::clock::SystemClock;
use crate::entropy::OsEntropy;
use crate::fetch::{FetchSettings, GuardedFetch};
use crate::http::{Metrics, TlsIdentityError};
use crate::pem;

const LIMITS: FetchLimits = FetchLimits { max_bytes: 10_000, timeout_ms: 5_000 };

struct Running {
    address: SocketAddr,
    shutdown: Shutdown,
    task: JoinHandle<bool>,
}

async fn start(settings: ServerSettings) -> Running {
    let shutdown = Shutdown::new();
    let assembly = Assembly::new(Arc::new(OsEntropy), Metrics::new(), shutdown.clone());
    let routes = Router::new()
        .route("/", get(async || "hello"))
        .route(
            "/late",
            get(async || {
                tokio::time::sleep(Duration::from_millis(300)).await;
                "late"
            }),
        )
        .route("/down", get(async || (StatusCode::FOUND, [(LOCATION, "http://127.0.0.1:1/")])));
    let server = Server::bind(settings).await.unwrap();
    let address = server.address();
    #[expect(clippy::disallowed_methods, reason = "the server of a test")]
    let task = tokio::spawn(server.serve(routes, assembly, shutdown.clone()));
    Running { address, shutdown, task }
}

async fn fetch(guard: &GuardedFetch, url: &str) -> Result<HttpResponse, FetchError> {
    guard.send(HttpRequest::get(Url::parse(url).unwrap(), "*/*", LIMITS)).await
}

fn guard() -> GuardedFetch {
    GuardedFetch::new(&FetchSettings::dev()).unwrap()
}

/// Sends `bytes` and reads until the server closes.
async fn raw(address: SocketAddr, bytes: &[u8]) -> String {
    let mut stream = TcpStream::connect(address).await.unwrap();
    stream.write_all(bytes).await.unwrap();
    let mut answer = Vec::new();
    // A reset after the answer is as good as an end.
    tokio::time::timeout(Duration::from_secs(5), stream.read_to_end(&mut answer)).await.unwrap().ok();
    String::from_utf8_lossy(&answer).into_owned()
}

fn with_limits(change: impl FnOnce(&mut HttpLimits)) -> ServerSettings {
    let mut settings = ServerSettings::loopback();
    change(&mut settings.limits);
    settings
}

#[tokio::test]
async fn plain_http_is_served_on_loopback_or_behind_a_proxy_only() {
    let anywhere = ServerSettings { listen: (Ipv4Addr::UNSPECIFIED, 0).into(), ..ServerSettings::loopback() };
    assert_eq!(Server::bind(anywhere.clone()).await.err(), Some(ServeError::PlainHttp));
    assert!(Server::bind(ServerSettings { behind_proxy: true, ..anywhere.clone() }).await.is_ok());
    assert!(Server::bind(ServerSettings { public: true, ..anywhere }).await.is_ok());
    let taken = Server::bind(ServerSettings::loopback()).await.unwrap();
    let at = taken.address();
    let again = ServerSettings { listen: at, ..ServerSettings::loopback() };
    assert_eq!(Server::bind(again).await.err(), Some(ServeError::Listen(at, io::ErrorKind::AddrInUse)));
}

#[tokio::test]
async fn a_shutdown_finishes_what_is_in_flight_and_takes_nothing_new() {
    let server = start(ServerSettings::loopback()).await;
    let (guard, url) = (guard(), format!("http://{}", server.address));
    assert_eq!(fetch(&guard, &url).await.ok().unwrap().body, b"hello");
    let late_url = format!("{url}/late");
    let late = fetch(&guard, &late_url);
    let end = async {
        tokio::time::sleep(Duration::from_millis(100)).await;
        server.shutdown.begin();
    };
    let (late, ()) = tokio::join!(late, end);
    assert_eq!(late.ok().unwrap().body, b"late");
    assert!(server.task.await.unwrap(), "all finished");
    assert_eq!(fetch(&guard, &url).await.err(), Some(FetchError::Unreachable));
}

#[tokio::test]
async fn a_shutdown_does_not_wait_for_ever() {
    let server = start(with_limits(|limits| limits.grace = Duration::from_millis(20))).await;
    let (guard, url) = (guard(), format!("http://{}/late", server.address));
    let end = async {
        tokio::time::sleep(Duration::from_millis(100)).await;
        server.shutdown.begin();
    };
    let (late, ()) = tokio::join!(fetch(&guard, &url), end);
    assert_eq!(late.err(), Some(FetchError::Unreachable));
    assert!(!server.task.await.unwrap(), "some were cut off");
}

#[tokio::test]
async fn heads_are_bounded_in_bytes_number_and_time() {
    let server = start(with_limits(|limits| {
        limits.head_bytes = 8192;
        limits.headers = 20;
        limits.head_time = Duration::from_millis(200);
    }))
    .await;
    let head = |filler: &str| format!("GET / HTTP/1.1\r\nhost: x\r\nconnection: close\r\n{filler}\r\n");
    assert!(raw(server.address, head("").as_bytes()).await.starts_with("HTTP/1.1 200"));
    let long = raw(server.address, head(&format!("x-long: {}\r\n", "y".repeat(9000))).as_bytes()).await;
    assert!(long.starts_with("HTTP/1.1 431"), "{long}");
    let many = raw(server.address, head(&"x: y\r\n".repeat(30)).as_bytes()).await;
    assert!(many.starts_with("HTTP/1.1 431"), "{many}");
    let slow = raw(server.address, b"GET / HTTP/1.1\r\nhost").await;
    assert!(!slow.contains("200 OK"), "{slow}");
    let idle = raw(server.address, b"").await;
    assert!(idle.is_empty(), "{idle}");
}

#[tokio::test]
async fn connections_are_bounded() {
    let server = start(with_limits(|limits| limits.connections = 1)).await;
    let held = TcpStream::connect(server.address).await.unwrap();
    tokio::time::sleep(Duration::from_millis(50)).await;
    let mut waiting = TcpStream::connect(server.address).await.unwrap();
    waiting.write_all(b"GET / HTTP/1.1\r\nhost: x\r\n\r\n").await.unwrap();
    let mut answer = [0; 12];
    let early = tokio::time::timeout(Duration::from_millis(100), waiting.read_exact(&mut answer)).await;
    assert!(early.is_err(), "the second connection waits");
    drop(held);
    let late = tokio::time::timeout(Duration::from_secs(5), waiting.read_exact(&mut answer)).await;
    assert!(late.unwrap().is_ok() && &answer == b"HTTP/1.1 200");
}

/// A CA and the identity of `localhost` under it.
fn tls() -> (Vec<u8>, String, String) {
    let now = SystemClock.now();
    let new_key = || PrivateKey::generate(KeyType::P256, &OsEntropy);
    let root = Root {
        country: "KR",
        name: "root",
        contact: AltName::Mail("pki@id.example"),
        crl: "https://id.example/root.crl",
        days: 30,
    };
    let root = Authority::root(&root, new_key(), now, &OsEntropy).unwrap();
    let names = [AltName::Dns("localhost"), AltName::Ip(Ipv4Addr::LOCALHOST.into())];
    let server = Subject { profile: Profile::TlsServer, name: "localhost", names: &names, days: 1 };
    let key = new_key();
    let leaf = root.certify(&server, key.public(), now, &OsEntropy).unwrap();
    (root.certificate().to_vec(), pem::certificate_text(&leaf), pem::private_key_text(&key).to_string())
}

#[tokio::test]
async fn https_is_served_and_only_trusted_by_its_root() {
    let (root, certificate, key) = tls();
    let identity = TlsIdentity::from_pem(certificate.as_bytes(), key.as_bytes()).unwrap();
    let server =
        start(ServerSettings { tls: Some(Tls::Given(identity)), ..ServerSettings::loopback() }).await;
    let url = format!("https://localhost:{}", server.address.port());
    let trusting = FetchSettings { extra_roots: vec![root], ..FetchSettings::dev() };
    let trusting = GuardedFetch::new(&trusting).unwrap();
    assert_eq!(fetch(&trusting, &url).await.ok().unwrap().body, b"hello");
    let by_address = format!("https://127.0.0.1:{}", server.address.port());
    assert_eq!(fetch(&trusting, &by_address).await.ok().unwrap().body, b"hello");
    assert_eq!(fetch(&guard(), &url).await.err(), Some(FetchError::Unreachable));
    let downgrade = fetch(&trusting, &format!("{url}/down")).await;
    assert_eq!(downgrade.err(), Some(FetchError::Forbidden("a redirect from https to another scheme")));
    let plain = raw(server.address, b"GET / HTTP/1.1\r\nhost: x\r\n\r\n").await;
    assert!(!plain.contains("200 OK"), "{plain}");
}

#[test]
fn a_key_that_does_not_fit_its_certificate_is_refused() {
    let ((_, certificate, key), (_, _, other)) = (tls(), tls());
    let identity = |chain: &str, key: &str| TlsIdentity::from_pem(chain.as_bytes(), key.as_bytes()).err();
    assert_eq!(identity(&certificate, &other), Some(TlsIdentityError::Mismatch));
    assert_eq!(identity("", &key), Some(TlsIdentityError::Certificate));
    assert_eq!(identity(&certificate, ""), Some(TlsIdentityError::Key));
    assert_eq!(identity(&certificate, &key), None);
}
