//! Hostile URLs, names and servers against the guard. All of it on loopback.

use std::collections::HashMap;
use std::io;
use std::net::IpAddr;
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};

use jigap_wallet_core::ports::FetchLimits;
use reqwest::dns::{Name, Resolve};

use super::*;
use crate::testing::{PeerServer, fetch_conformance};

const LIMITS: FetchLimits = FetchLimits { max_bytes: 4096, timeout_ms: 3_000 };

fn url(text: &str) -> Url {
    Url::parse(text).unwrap()
}

fn guard(settings: &FetchSettings) -> GuardedFetch {
    GuardedFetch::new(settings).unwrap()
}

async fn get(fetch: &GuardedFetch, url: Url) -> Result<HttpResponse, FetchError> {
    fetch.send(HttpRequest::get(url, "*/*", LIMITS)).await
}

fn is_forbidden(outcome: &Result<HttpResponse, FetchError>) -> bool {
    matches!(outcome, Err(FetchError::Forbidden(_)))
}

/// Names with scripted answers: each lookup takes the next one, the last stays.
#[derive(Default)]
struct Script {
    answers: Mutex<HashMap<String, Vec<Vec<IpAddr>>>>,
    lookups: AtomicUsize,
}

impl Script {
    fn new(names: &[(&str, &[&[&str]])]) -> Arc<Self> {
        let parse = |addresses: &&[&str]| addresses.iter().map(|ip| ip.parse().unwrap()).collect();
        let answers = names
            .iter()
            .map(|(name, script)| ((*name).to_owned(), script.iter().map(parse).collect()))
            .collect();
        Arc::new(Self { answers: Mutex::new(answers), lookups: AtomicUsize::new(0) })
    }
}

#[async_trait]
impl Lookup for Script {
    async fn lookup(&self, host: &str) -> io::Result<Vec<IpAddr>> {
        self.lookups.fetch_add(1, Ordering::SeqCst);
        let mut answers = self.answers.lock().unwrap();
        let script = answers.get_mut(host).ok_or(io::ErrorKind::NotFound)?;
        Ok(if script.len() > 1 { script.remove(0) } else { script[0].clone() })
    }
}

fn settings(dev: bool, script: &Arc<Script>) -> FetchSettings {
    FetchSettings {
        dev,
        named: false,
        extra_roots: Vec::new(),
        lookup: Arc::clone(script) as Arc<dyn Lookup>,
    }
}

#[tokio::test]
async fn the_guard_conforms_to_the_port() {
    let peer = PeerServer::start().await.unwrap();
    fetch_conformance(&guard(&FetchSettings::dev()), &peer).await;
}

#[tokio::test]
async fn literal_addresses_that_are_not_public_are_refused_however_they_are_written() {
    let fetch = guard(&FetchSettings::public());
    for host in [
        "127.0.0.1",
        "127.1",
        "2130706433",
        "0x7f000001",
        "0177.0.0.1",
        "127.0.0.1.",
        "0",
        "10.0.0.1",
        "169.254.169.254",
        "0xa9fea9fe",
        "192.168.0.1",
        "100.64.0.1",
        "255.255.255.255",
        "[::1]",
        "[::]",
        "[::ffff:127.0.0.1]",
        "[::ffff:7f00:1]",
        "[::127.0.0.1]",
        "[64:ff9b::7f00:1]",
        "[64:ff9b:1::1]",
        "[2002:7f00:1::]",
        "[2001::1]",
        "[fd00:ec2::254]",
        "[fe80::1]",
        "[ff02::1]",
        "１２７.0.0.1",
        "127。0。0。1",
    ] {
        let outcome = get(&fetch, url(&format!("https://{host}/"))).await;
        assert!(is_forbidden(&outcome), "{host}: {:?}", outcome.err());
    }
}

#[tokio::test]
async fn schemes_credentials_and_port_zero_are_refused() {
    for settings in [FetchSettings::public(), FetchSettings::dev()] {
        let fetch = guard(&settings);
        for text in [
            "ftp://example.com/",
            "file:///etc/passwd",
            "data:text/plain,x",
            "gopher://example.com/",
            "ws://127.0.0.1/",
            "unix:/run/docker.sock",
            "https://user@127.0.0.1/",
            "https://:secret@127.0.0.1/",
            "https://a:b@example.com/",
            "https://127.0.0.1:0/",
        ] {
            assert!(is_forbidden(&get(&fetch, url(text)).await), "{text}");
        }
    }
    let fetch = guard(&FetchSettings::public());
    for text in ["http://example.com/", "http://127.0.0.1/", "http://localhost/"] {
        assert!(is_forbidden(&get(&fetch, url(text)).await), "{text}");
    }
}

#[tokio::test]
async fn http_in_development_goes_to_loopback_and_nowhere_else() {
    let peer = PeerServer::start().await.unwrap();
    let script = Script::new(&[
        ("home.test", &[&["127.0.0.1"]]),
        ("public.test", &[&["93.184.216.34"]]),
        ("mixed.test", &[&["127.0.0.1", "93.184.216.34"]]),
    ]);
    let fetch = guard(&settings(true, &script));
    let at = |host: &str| url(&format!("http://{host}:{}/bytes?1", peer.address().port()));
    assert_eq!(get(&fetch, at("home.test")).await.ok().unwrap().body, b"x");
    for host in ["public.test", "mixed.test", "93.184.216.34", "10.0.0.1", "0.0.0.0"] {
        assert!(is_forbidden(&get(&fetch, at(host)).await), "{host}");
    }
    assert_eq!(peer.connections(), 1);
}

#[tokio::test]
async fn a_name_with_any_refused_address_is_refused_before_a_connection() {
    let peer = PeerServer::start().await.unwrap();
    let script = Script::new(&[
        ("home.test", &[&["127.0.0.1"]]),
        ("six.test", &[&["::ffff:127.0.0.1"]]),
        ("metadata.test", &[&["169.254.169.254"]]),
        ("mixed.test", &[&["93.184.216.34", "127.0.0.1"]]),
    ]);
    let fetch = guard(&settings(false, &script));
    for host in ["home.test", "six.test", "metadata.test", "mixed.test"] {
        let outcome = get(&fetch, url(&format!("https://{host}:{}/", peer.address().port()))).await;
        assert_eq!(outcome.err(), Some(FetchError::Forbidden(NOT_PUBLIC.0)), "{host}");
    }
    assert_eq!(get(&fetch, url("https://nowhere.test/")).await.err(), Some(FetchError::Unreachable));
    assert_eq!(peer.connections(), 0);
}

#[tokio::test]
async fn the_real_resolver_is_guarded_too() {
    let outcome = get(&guard(&FetchSettings::public()), url("https://localhost/")).await;
    assert_eq!(outcome.err(), Some(FetchError::Forbidden(NOT_PUBLIC.0)));
}

/// First public, then private: every resolution is judged for itself.
#[tokio::test]
async fn a_name_that_turns_private_is_refused_at_the_next_resolution() {
    let script = Script::new(&[("turn.test", &[&["93.184.216.34"], &["127.0.0.1"]])]);
    let resolver = GuardedResolver { lookup: script, policy: AddressPolicy::Public };
    let name = || "turn.test".parse::<Name>().unwrap();
    let first: Vec<_> = resolver.resolve(name()).await.unwrap().collect();
    assert_eq!(first, ["93.184.216.34:0".parse().unwrap()]);
    assert!(resolver.resolve(name()).await.is_err());
}

/// The address that was judged is the one connected to: one lookup per connection, none in between.
#[tokio::test]
async fn a_rebinding_name_never_reaches_the_second_address() {
    let peer = PeerServer::start().await.unwrap();
    let script = Script::new(&[("rebind.test", &[&["127.0.0.1"], &["10.0.0.1"]])]);
    let fetch = guard(&settings(true, &script));
    let at = |path: &str| url(&format!("http://rebind.test:{}{path}", peer.address().port()));
    assert_eq!(get(&fetch, at("/bytes?1")).await.ok().unwrap().status, 200);
    assert_eq!((script.lookups.load(Ordering::SeqCst), peer.connections()), (1, 1));
    assert_eq!(get(&fetch, at("/hang-up")).await.err(), Some(FetchError::Unreachable));
    assert!(is_forbidden(&get(&fetch, at("/bytes?1")).await));
}

#[tokio::test]
async fn connections_are_kept() {
    let peer = PeerServer::start().await.unwrap();
    let fetch = guard(&FetchSettings::dev());
    for _ in 0..20 {
        assert_eq!(get(&fetch, peer.url("/bytes?9")).await.ok().unwrap().body.len(), 9);
    }
    assert_eq!(peer.connections(), 1);
}

#[tokio::test]
async fn a_redirect_is_guarded_at_every_hop() {
    let peer = PeerServer::start().await.unwrap();
    let fetch = guard(&FetchSettings::dev());
    let to = |target: &str| peer.url(&format!("/redirect?{target}"));
    assert_eq!(get(&fetch, to("/bytes?5")).await.ok().unwrap().body.len(), 5);
    for target in [
        "http://169.254.169.254/latest/meta-data/",
        "https://169.254.169.254/",
        "https://10.0.0.1/",
        "https://[fd00::1]/",
        "http://93.184.216.34/",
        "file:///etc/passwd",
        "//10.0.0.1/",
        "https://user@127.0.0.1/",
        "http://[::ffff:127.0.0.1]/",
        "https://[broken",
    ] {
        assert!(is_forbidden(&get(&fetch, to(target)).await), "{target}");
    }
}

#[tokio::test]
async fn redirects_end() {
    let peer = PeerServer::start().await.unwrap();
    let fetch = guard(&FetchSettings::dev());
    let three = peer.url("/redirect?/redirect?/redirect?/bytes?1");
    assert_eq!(get(&fetch, three).await.ok().unwrap().body, b"x");
    let four = peer.url("/redirect?/redirect?/redirect?/redirect?/bytes?1");
    assert_eq!(get(&fetch, four).await.err(), Some(FetchError::Forbidden("too many redirects")));
}

#[tokio::test]
async fn a_get_that_wants_the_very_address_follows_no_redirect() {
    let peer = PeerServer::start().await.unwrap();
    let request = HttpRequest::get(peer.url("/redirect?/bytes?1"), "*/*", LIMITS).without_redirects();
    let response = guard(&FetchSettings::dev()).send(request).await.ok().unwrap();
    assert_eq!((response.status, response.body), (302, Vec::new()));
}

#[tokio::test]
async fn a_post_is_never_sent_on() {
    let peer = PeerServer::start().await.unwrap();
    let post = HttpRequest::post(peer.url("/redirect?/echo"), "text/plain", b"secret".to_vec(), LIMITS);
    let response = guard(&FetchSettings::dev()).send(post).await.ok().unwrap();
    assert_eq!((response.status, response.body), (302, Vec::new()));
}

#[tokio::test]
async fn a_token_stays_with_its_origin_and_a_fragment_at_home() {
    let (one, two) = (PeerServer::start().await.unwrap(), PeerServer::start().await.unwrap());
    let fetch = guard(&FetchSettings::dev());
    let echo = async |url: Url| {
        let request = HttpRequest::get(url, "*/*", LIMITS).bearer("token");
        String::from_utf8(fetch.send(request).await.ok().unwrap().body).unwrap()
    };
    let same = echo(one.url("/redirect?/echo#secret")).await;
    assert!(same.contains("authorization: Bearer token\r\n") && !same.contains("secret"), "{same}");
    let other = echo(one.url(&format!("/redirect?{}", two.url("/echo")))).await;
    assert!(!other.contains("Bearer") && !other.contains("referer") && !other.contains("cookie"), "{other}");
    assert!(other.contains("user-agent: jigap/"), "{other}");
}

#[tokio::test]
async fn one_clock_runs_over_all_hops() {
    let peer = PeerServer::start().await.unwrap();
    let limits = FetchLimits { max_bytes: 10, timeout_ms: 150 };
    let request = HttpRequest::get(peer.url("/redirect?/redirect?/silent"), "*/*", limits);
    assert_eq!(guard(&FetchSettings::dev()).send(request).await.err(), Some(FetchError::TimedOut));
}

#[tokio::test]
async fn a_flood_of_headers_and_a_header_that_splits_are_refused() {
    let peer = PeerServer::start().await.unwrap();
    let fetch = guard(&FetchSettings::dev());
    assert_eq!(get(&fetch, peer.url("/headers?60")).await.ok().unwrap().status, 200);
    assert_eq!(get(&fetch, peer.url("/headers?100")).await.err(), Some(FetchError::Unreachable));
    let split = HttpRequest::get(peer.url("/echo"), "*/*\r\nx-injected: y", LIMITS);
    assert!(is_forbidden(&fetch.send(split).await));
}

#[test]
fn an_extra_root_that_is_no_certificate_is_refused() {
    let settings =
        FetchSettings { extra_roots: vec![b"not a certificate".to_vec()], ..FetchSettings::public() };
    assert_eq!(GuardedFetch::new(&settings).err(), Some(FetchSetupError));
}
