//! The conformance suite of the [`Fetch`] port, and the peer it talks to: a server on loopback that behaves as badly as
//! a path asks.

use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use jigap_wallet_core::ports::{Fetch, FetchError, FetchLimits, HttpRequest, HttpResponse};
use tokio::io::{AsyncBufReadExt, AsyncReadExt, AsyncWriteExt, BufReader};
use tokio::net::{TcpListener, TcpStream};
use url::Url;

/// A plain HTTP/1.1 server on loopback, written by hand so that it can break every rule.
pub struct PeerServer {
    address: SocketAddr,
    connections: Arc<AtomicUsize>,
}

/// A body that never ends is written in pieces of this many bytes.
const PIECE: [u8; 4096] = [b'x'; 4096];

impl PeerServer {
    /// Starts the server. It ends with the runtime of the test.
    #[expect(clippy::disallowed_methods, reason = "a test's server lives as long as the test")]
    pub async fn start() -> std::io::Result<Self> {
        let listener = TcpListener::bind(("127.0.0.1", 0)).await?;
        let address = listener.local_addr()?;
        let connections = Arc::new(AtomicUsize::new(0));
        let counter = Arc::clone(&connections);
        tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                counter.fetch_add(1, Ordering::SeqCst);
                tokio::spawn(async move { converse(stream).await.ok() });
            }
        });
        Ok(Self { address, connections })
    }

    /// Where it listens.
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// How many connections it has taken.
    pub fn connections(&self) -> usize {
        self.connections.load(Ordering::SeqCst)
    }

    /// `http://127.0.0.1:PORT` and `path`.
    #[expect(clippy::expect_used, reason = "a test's path is a constant")]
    pub fn url(&self, path: &str) -> Url {
        Url::parse(&format!("http://{}{path}", self.address)).expect("a path")
    }
}

/// Answers requests on one connection until the peer goes.
async fn converse(stream: TcpStream) -> std::io::Result<()> {
    let mut stream = BufReader::new(stream);
    loop {
        let Some((head, body)) = read_request(&mut stream).await? else { return Ok(()) };
        let target = head.split(' ').nth(1).unwrap_or_default().to_owned();
        let (path, query) = target.split_once('?').unwrap_or((&target, ""));
        match path {
            "/status" => respond(&mut stream, query, "", b"").await?,
            "/redirect" => respond(&mut stream, "302 Found", &format!("location: {query}\r\n"), b"").await?,
            "/header" => {
                respond(&mut stream, "200 OK", &format!("{}\r\n", query.replace('+', " ")), b"").await?
            }
            "/headers" => {
                let many = "x-filler: y\r\n".repeat(query.parse().unwrap_or(0));
                respond(&mut stream, "200 OK", &many, b"").await?;
            }
            "/bytes" => {
                let body = vec![b'x'; query.parse().unwrap_or(0)];
                respond(&mut stream, "200 OK", "content-type: Text/Plain; charset=utf-8\r\n", &body).await?;
            }
            "/echo" => respond(&mut stream, "200 OK", "", &[head.as_bytes(), &body].concat()).await?,
            "/endless" => endless(&mut stream).await?,
            "/slow" => slow(&mut stream).await?,
            "/silent" => std::future::pending().await,
            "/hang-up" => return Ok(()),
            "/cut" => {
                stream.write_all(b"HTTP/1.1 200 OK\r\ncontent-length: 10\r\n\r\nhalf").await?;
                return Ok(());
            }
            _ => respond(&mut stream, "404 Not Found", "", b"").await?,
        }
    }
}

/// The head, whole, and the body by its content-length; `None` at the end of the connection.
async fn read_request(stream: &mut BufReader<TcpStream>) -> std::io::Result<Option<(String, Vec<u8>)>> {
    let (mut head, mut length) = (String::new(), 0);
    loop {
        let start = head.len();
        if stream.read_line(&mut head).await? == 0 {
            return Ok(None);
        }
        let line = head.get(start..).unwrap_or_default().trim().to_ascii_lowercase();
        if let Some(value) = line.strip_prefix("content-length:") {
            length = value.trim().parse().unwrap_or(0);
        }
        if line.is_empty() {
            let mut body = vec![0; length];
            stream.read_exact(&mut body).await?;
            return Ok(Some((head, body)));
        }
    }
}

async fn respond(
    stream: &mut BufReader<TcpStream>,
    status: &str,
    headers: &str,
    body: &[u8],
) -> std::io::Result<()> {
    let status = status.replace("%20", " ");
    let head = format!("HTTP/1.1 {status}\r\n{headers}content-length: {}\r\n\r\n", body.len());
    stream.write_all(&[head.as_bytes(), body].concat()).await
}

async fn endless(stream: &mut BufReader<TcpStream>) -> std::io::Result<()> {
    stream.write_all(b"HTTP/1.1 200 OK\r\n\r\n").await?;
    loop {
        stream.write_all(&PIECE).await?;
    }
}

async fn slow(stream: &mut BufReader<TcpStream>) -> std::io::Result<()> {
    stream.write_all(b"HTTP/1.1 200 OK\r\ncontent-length: 1000\r\n\r\n").await?;
    loop {
        stream.write_all(b"x").await?;
        tokio::time::sleep(std::time::Duration::from_millis(20)).await;
    }
}

/// What every implementation of [`Fetch`] that can reach `peer` must do.
#[expect(clippy::panic, reason = "a conformance suite fails by panicking")]
pub async fn fetch_conformance(fetch: &dyn Fetch, peer: &PeerServer) {
    const ROOMY: FetchLimits = FetchLimits { max_bytes: 1000, timeout_ms: 5_000 };
    const HASTY: FetchLimits = FetchLimits { max_bytes: 10_000, timeout_ms: 200 };
    let get =
        async |path: &str, limits| fetch.send(HttpRequest::get(peer.url(path), "text/plain", limits)).await;
    let ok = |outcome: Result<HttpResponse, FetchError>| match outcome {
        Ok(response) => response,
        Err(error) => panic!("{error}"),
    };

    let response = ok(get("/bytes?1000", ROOMY).await);
    assert_eq!((response.status, response.body.len()), (200, 1000), "a body of exactly the limit is taken");
    assert_eq!(response.content_type, "text/plain", "the media type, without parameters and in lower case");
    assert_eq!(response.max_age, None);
    assert_eq!(ok(get("/header?cache-control:+max-age=60", ROOMY).await).max_age, Some(60));
    assert_eq!(ok(get("/header?age:+30", ROOMY).await).age, 30);
    let nonce = ok(get("/header?dpop-nonce:+eyJ7S_zG.e-1", ROOMY).await).dpop_nonce;
    assert_eq!((nonce.as_deref(), response.dpop_nonce), (Some("eyJ7S_zG.e-1"), None));
    assert_eq!(ok(get("/header?dpop-nonce:+a+b", ROOMY).await).dpop_nonce, None, "no nonce has a blank");
    for status in [204, 400, 404, 500] {
        let response = ok(get(&format!("/status?{status}%20Any"), ROOMY).await);
        assert_eq!(response.status, status, "a status is an answer, not an error");
    }

    assert_eq!(get("/bytes?1001", ROOMY).await.err(), Some(FetchError::TooLarge), "announced");
    assert_eq!(get("/endless", ROOMY).await.err(), Some(FetchError::TooLarge), "not announced");
    assert_eq!(get("/slow", HASTY).await.err(), Some(FetchError::TimedOut), "a slow body");
    assert_eq!(get("/silent", HASTY).await.err(), Some(FetchError::TimedOut), "no answer");
    assert_eq!(get("/hang-up", ROOMY).await.err(), Some(FetchError::Unreachable), "closed without an answer");
    assert_eq!(get("/cut", ROOMY).await.err(), Some(FetchError::Unreachable), "closed in the body");

    let post =
        HttpRequest::post(peer.url("/echo"), "application/x-www-form-urlencoded", b"a=b".to_vec(), ROOMY);
    let echo = String::from_utf8_lossy(&ok(fetch.send(post.bearer("token")).await).body).into_owned();
    assert!(echo.starts_with("POST /echo HTTP/1.1\r\n") && echo.ends_with("\r\n\r\na=b"), "{echo}");
    assert!(echo.contains("content-type: application/x-www-form-urlencoded\r\n"), "{echo}");
    assert!(echo.contains("authorization: Bearer token\r\n"), "{echo}");
}
