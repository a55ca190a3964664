//! One port: binding, TLS, bounds on connections and heads, and an end that finishes what is in flight.
//!
//! HTTP/1.1 only: its bounds are few and known. Refused: plain http on an address that others reach, unless a proxy in
//! front is stated.

use std::io;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::body::Body;
use hyper::body::Incoming;
use hyper::service::service_fn;
use hyper_util::rt::{TokioIo, TokioTimer};
use hyper_util::server::graceful::{GracefulShutdown, Watcher};
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio_rustls::TlsAcceptor;
use tower::ServiceExt as _;

use super::assembly::Assembly;
use super::request::Peer;
use super::shutdown::Shutdown;
use super::tls::{ACME_TLS_1, TlsIdentity};
use crate::acme::Acme;

/// How long the listener rests when the system gives no connection (out of file descriptors).
const REST: Duration = Duration::from_millis(50);

/// What a server bounds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct HttpLimits {
    /// Largest body in bytes. A route may lay its own `DefaultBodyLimit` over it. A handler that takes the raw `Body`
    /// bounds it itself.
    pub body_bytes: usize,
    /// Largest head in bytes, request line included.
    pub head_bytes: usize,
    /// Most headers.
    pub headers: usize,
    /// Most connections at a time; more wait in the system's queue.
    pub connections: usize,
    /// Longest time for a TLS handshake, for a head, and for idling between requests.
    pub head_time: Duration,
    /// Longest time from head to answer, reading of the body included.
    pub request_time: Duration,
    /// How long a shutdown waits for requests in flight.
    pub grace: Duration,
}

impl Default for HttpLimits {
    /// 1 MiB bodies, 32 KiB heads of 100 headers, 10,000 connections, 30 s for everything.
    fn default() -> Self {
        Self {
            body_bytes: 1 << 20,
            head_bytes: 32 << 10,
            headers: 100,
            connections: 10_000,
            head_time: Duration::from_secs(30),
            request_time: Duration::from_secs(30),
            grace: Duration::from_secs(30),
        }
    }
}

/// Where the certificate of https comes from.
#[derive(Debug, Clone)]
pub enum Tls {
    /// It is given, and stays.
    Given(TlsIdentity),
    /// An authority gives it by ACME; it is fetched when it is due, as long as the server serves.
    Acme(Arc<Acme>),
}

impl Tls {
    fn identity(&self) -> &TlsIdentity {
        match self {
            Self::Given(identity) => identity,
            Self::Acme(acme) => acme.identity(),
        }
    }

    /// Keeps it current, for ever.
    async fn keep(&self) {
        match self {
            Self::Given(_) => std::future::pending().await,
            Self::Acme(acme) => acme.keep().await,
        }
    }
}

/// How a server listens.
#[derive(Debug, Clone)]
pub struct ServerSettings {
    /// Address and port; port 0 takes a free one.
    pub listen: SocketAddr,
    /// Certificate and key for https; plain http without.
    pub tls: Option<Tls>,
    /// A proxy that ends TLS stands in front: plain http is allowed anywhere, and its `x-forwarded-for` is believed.
    pub behind_proxy: bool,
    /// Everything that is served is public, and nothing is taken: plain http is allowed anywhere.
    pub public: bool,
    /// The bounds.
    pub limits: HttpLimits,
}

impl ServerSettings {
    /// Plain http on a free port of 127.0.0.1, for tests and the demo.
    pub fn loopback() -> Self {
        let listen = SocketAddr::from(([127, 0, 0, 1], 0));
        Self { listen, tls: None, behind_proxy: false, public: false, limits: HttpLimits::default() }
    }
}

/// Why a server does not listen.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum ServeError {
    /// Plain http where others could listen in: the operator's fault.
    #[error("plain http is only served on loopback or behind a stated proxy (set tls or behind_proxy)")]
    PlainHttp,
    /// The address is taken, not ours, or not allowed.
    #[error("cannot listen on {0}: {1}")]
    Listen(SocketAddr, io::ErrorKind),
}

/// A bound port that does not answer yet.
pub struct Server {
    settings: ServerSettings,
    listener: TcpListener,
    address: SocketAddr,
}

/// What the task of a connection needs.
struct Connection {
    app: Router,
    tls: Option<TlsAcceptor>,
    limits: HttpLimits,
    peer: SocketAddr,
    watcher: Watcher,
    /// Raised when the grace of a shutdown is over.
    cut: Shutdown,
    /// Given back when the connection ends.
    _permit: OwnedSemaphorePermit,
}

impl Server {
    /// Binds the port of `settings`.
    pub async fn bind(settings: ServerSettings) -> Result<Self, ServeError> {
        let open = settings.tls.is_none() && !settings.behind_proxy && !settings.public;
        if open && !settings.listen.ip().is_loopback() {
            return Err(ServeError::PlainHttp);
        }
        let listen = settings.listen;
        let refused = |error: io::Error| ServeError::Listen(listen, error.kind());
        let listener = TcpListener::bind(settings.listen).await.map_err(refused)?;
        let address = listener.local_addr().map_err(refused)?;
        Ok(Self { settings, listener, address })
    }

    /// Where it listens.
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// Answers with `routes` inside `assembly` until `shutdown` begins, then closes the port and finishes the requests
    /// in flight. True if all were finished; false if some were cut off when the grace was over.
    pub async fn serve(self, routes: Router, assembly: Assembly, shutdown: Shutdown) -> bool {
        let limits = self.settings.limits;
        let tls = self.settings.tls.clone();
        let acceptor = tls.as_ref().map(|tls| tls.identity().acceptor());
        let upkeep = async {
            match &tls {
                Some(tls) => tls.keep().await,
                None => std::future::pending().await,
            }
        };
        let app = assembly.finish(routes, &self.settings);
        let (graceful, cut) = (GracefulShutdown::new(), Shutdown::new());
        tokio::select! {
            () = self.accept(&app, acceptor.as_ref(), &graceful, &cut) => {}
            () = upkeep => {}
            () = shutdown.begun() => {}
        }
        drop(self.listener);
        let finished = tokio::time::timeout(limits.grace, graceful.shutdown()).await.is_ok();
        cut.begin();
        finished
    }

    /// Takes connections for ever, each into a task of its own.
    #[expect(clippy::disallowed_methods, reason = "the graceful shutdown watches every connection's task")]
    async fn accept(
        &self,
        app: &Router,
        tls: Option<&TlsAcceptor>,
        graceful: &GracefulShutdown,
        cut: &Shutdown,
    ) {
        let slots = Arc::new(Semaphore::new(self.settings.limits.connections));
        // The semaphore is never closed, so the loop never ends by itself.
        while let Ok(permit) = Arc::clone(&slots).acquire_owned().await {
            let (stream, peer) = match self.listener.accept().await {
                Ok(accepted) => accepted,
                Err(error) => {
                    tracing::warn!(kind = ?error.kind(), "no connection accepted");
                    tokio::time::sleep(REST).await;
                    continue;
                }
            };
            let connection = Connection {
                app: app.clone(),
                tls: tls.cloned(),
                limits: self.settings.limits,
                peer,
                watcher: graceful.watcher(),
                cut: cut.clone(),
                _permit: permit,
            };
            tokio::spawn(connection.run(stream));
        }
    }
}

impl Connection {
    async fn run(mut self, stream: TcpStream) {
        // Small answers leave at once; where the system will not, they leave later.
        stream.set_nodelay(true).ok();
        match self.tls.take() {
            None => self.converse(stream).await,
            Some(tls) => {
                let handshake = tokio::time::timeout(self.limits.head_time, tls.accept(stream)).await;
                if let Ok(Ok(stream)) = handshake {
                    // Whoever looked for a proof has seen it in the handshake (RFC 8737 §3), and there is nothing else for it.
                    if stream.get_ref().1.alpn_protocol() != Some(ACME_TLS_1) {
                        self.converse(stream).await;
                    }
                }
            }
        }
    }

    /// Answers until the peer goes, errs or idles, or the shutdown ends it.
    async fn converse(self, stream: impl AsyncRead + AsyncWrite + Unpin + Send + 'static) {
        let Self { app, limits, peer, watcher, cut, .. } = self;
        let service = service_fn(move |mut request: hyper::Request<Incoming>| {
            request.extensions_mut().insert(Peer(peer));
            app.clone().oneshot(request.map(Body::new))
        });
        let connection = hyper::server::conn::http1::Builder::new()
            .timer(TokioTimer::new())
            .header_read_timeout(limits.head_time)
            .max_header_size(limits.head_bytes)
            .max_headers(limits.headers)
            .serve_connection(TokioIo::new(stream), service);
        tokio::select! {
            // A peer that breaks off or breaks the protocol is its own affair.
            _ = watcher.watch(connection) => {}
            () = cut.begun() => {}
        }
    }
}

#[cfg(test)]
mod tests;
