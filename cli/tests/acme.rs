//! The certificate of a gate's page by ACME, from `pebble`, Let's Encrypt's own server for tests: an account, a proof of the name
//! by TLS, a certificate that browsers would take; kept over a restart, and not asked for again. And a name that is not ours.

#![expect(
    clippy::unwrap_used,
    clippy::disallowed_methods,
    reason = "a test's helpers fail the test, and start processes"
)]

#[path = "support/offers.rs"]
mod offers;
#[path = "support/run.rs"]
mod run;
#[path = "support/service.rs"]
mod service;
#[expect(dead_code, reason = "nobody visits this town")]
#[path = "support/town.rs"]
mod town;

use std::fs;
use std::io::{BufRead as _, BufReader, Write as _};
use std::net::TcpListener;
use std::os::unix::fs::PermissionsExt as _;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use run::{done, jigap};
use serde_json::json;
use town::Town;

/// What DNS calls the gate.
const NAME: &str = "door.hanbit.example";
const PATIENCE: Duration = Duration::from_secs(60);

/// A process that ends with the test.
struct Process(Child);

impl Drop for Process {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

fn free_port() -> u16 {
    TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port()
}

fn start(command: &mut Command) -> Process {
    Process(command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap())
}

/// Pebble, with a certificate of its own by `jigap ca`, and the DNS that it asks.
struct Authority {
    _pebble: Process,
    _dns: Process,
    root: String,
    directory: String,
    /// Where it says the root of what it certifies.
    management: u16,
}

impl Authority {
    /// One that looks at names on `tls_port`. `None`, with a word, where pebble is not installed.
    fn start(town: &Town, tls_port: u16) -> Option<Self> {
        let found = Command::new("pebble").arg("-help").stdout(Stdio::null()).stderr(Stdio::null()).status();
        if found.is_err() {
            let required = std::env::var("JIGAP_REQUIRE_PEERS").is_ok_and(|value| value == "1");
            assert!(!required, "pebble is not installed; `cargo xtask test` installs it");
            #[expect(clippy::print_stderr, reason = "a test that was skipped says so")]
            {
                eprintln!("skipped: no peers (pebble)");
            }
            return None;
        }
        let ca = town.path("ca");
        done(&["ca", "init", &ca, "--country", "KR", "--name", "Test", "--contact", "ca@hanbit.example"], "");
        done(&["ca", "tls", &ca, "--name", "localhost", "--file", "pebble"], "");
        let [listen, management, dns] = [free_port(), free_port(), free_port()];
        let config = json!({"pebble": {
            "listenAddress": format!("127.0.0.1:{listen}"),
            "managementListenAddress": format!("127.0.0.1:{management}"),
            "certificate": format!("{ca}/pebble.pem"), "privateKey": format!("{ca}/pebble-key.pem"),
            "httpPort": free_port(), "tlsPort": tls_port,
        }});
        let file = town.path("pebble.json");
        fs::write(&file, config.to_string()).unwrap();
        let dns_address = format!("127.0.0.1:{dns}");
        let mut command = Command::new("pebble-challtestsrv");
        command.args(["-defaultIPv4", "127.0.0.1", "-defaultIPv6", "", "-dns01", &dns_address]);
        let dns = start(command.args(["-http01", "", "-https01", "", "-tlsalpn01", "", "-management", ""]));
        let mut command = Command::new("pebble");
        let pebble =
            start(command.args(["-config", &file, "-dnsserver", &dns_address]).env("PEBBLE_VA_NOSLEEP", "1"));
        let directory = format!("https://localhost:{listen}/dir");
        Some(Self { _pebble: pebble, _dns: dns, root: format!("{ca}/root.pem"), directory, management })
    }

    /// The root of what it certifies, by which a browser would know it: a file.
    fn certifies_by(&self, town: &Town) -> String {
        let file = town.path("certifies-by.pem");
        let answer =
            until("the authority answers", || get(self.management, "localhost", &self.root, "/roots/0"));
        let (_, root) = answer.split_once("\r\n\r\n").unwrap();
        fs::write(&file, root).unwrap();
        file
    }
}

/// What the server on `port` answers to whoever calls it `name`, and knows it by a certificate below `root`: by OpenSSL.
fn get(port: u16, name: &str, root: &str, path: &str) -> Option<String> {
    let address = format!("127.0.0.1:{port}");
    let mut command = Command::new("openssl");
    command.args(["s_client", "-quiet", "-connect", &address, "-servername", name, "-verify_hostname", name]);
    command.args(["-verify_return_error", "-CAfile", root]);
    let mut child =
        command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::null()).spawn().unwrap();
    let request = format!("GET {path} HTTP/1.1\r\nHost: {name}\r\nConnection: close\r\n\r\n");
    let _ = child.stdin.take().unwrap().write_all(request.as_bytes());
    let output = child.wait_with_output().unwrap();
    let answer = String::from_utf8(output.stdout).unwrap();
    (output.status.success() && answer.starts_with("HTTP/1.1 200")).then_some(answer)
}

/// What `look` finds, within [`PATIENCE`].
fn until<T>(what: &str, mut look: impl FnMut() -> Option<T>) -> T {
    let begun = Instant::now();
    loop {
        if let Some(found) = look() {
            return found;
        }
        assert!(begun.elapsed() < PATIENCE, "not within {PATIENCE:?}: {what}");
        std::thread::sleep(Duration::from_millis(100));
    }
}

/// The gate's server at work, which asks `directory`, known by `root`.
fn serve(town: &Town, gate: &str, port: u16, directory: &str, root: &str) -> Process {
    let (bundle, pages, listen) = (town.bundle(), town.path("pages"), format!("127.0.0.1:{port}"));
    fs::create_dir_all(&pages).unwrap();
    for name in ["index.html", "sw.js", "jigap_web.js", "jigap_web_bg.wasm"] {
        fs::write(format!("{pages}/{name}"), "").unwrap();
    }
    let mut command = Command::new(env!("CARGO_BIN_EXE_jigap"));
    command.args(["--lang", "en", "gate", "serve", gate, "--trust", &bundle, "--pages", &pages]);
    command.args(["--listen", &listen, "--acme", NAME, "--acme-directory", directory, "--acme-root", root]);
    let mut child =
        command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::piped()).spawn().unwrap();
    let mut said = String::new();
    BufReader::new(child.stderr.as_mut().unwrap()).read_line(&mut said).unwrap();
    assert_eq!(said, format!("https://{listen}/scan/\n"));
    Process(child)
}

#[test]
fn a_gates_page_gets_its_certificate_by_acme_and_keeps_it() {
    let town = Town::new();
    let gate = town.gate("library", &["student"], "screen");
    let port = free_port();
    let Some(authority) = Authority::start(&town, port) else { return };
    let root = authority.certifies_by(&town);
    let page = || get(port, NAME, &root, "/scan/");
    let server = serve(&town, &gate, port, &authority.directory, &authority.root);
    until("the page is served by its name", page);
    assert_eq!(get(port, "other.example", &root, "/scan/"), None);
    drop(server);
    // Private, and whole.
    let kept = |file: &str| format!("{gate}/acme/{file}");
    for file in ["account-key.pem", "identity.pem"] {
        assert_eq!(fs::metadata(kept(file)).unwrap().permissions().mode() & 0o777, 0o600, "{file}");
    }
    let identity = fs::read(kept("identity.pem")).unwrap();
    // Served again at once, and nobody is asked.
    let nowhere = format!("https://localhost:{}/dir", free_port());
    let server = serve(&town, &gate, port, &nowhere, &authority.root);
    until("the page is served again", page);
    assert_eq!(fs::read(kept("identity.pem")).unwrap(), identity);
    drop(server);
    // What is no name is refused before anything is served.
    let bundle = town.bundle();
    let words =
        ["gate", "serve", &gate, "--trust", &bundle, "--pages", &town.path("pages"), "--acme", "localhost"];
    let (code, _, err) = jigap(&words, "");
    assert!(code == 3 && err.contains("1 to 32 names"), "{code}: {err}");
}

#[test]
fn a_name_that_is_not_ours_gets_no_certificate_and_the_server_goes_on() {
    let town = Town::new();
    let gate = town.gate("library", &["student"], "screen");
    // The authority looks on a port where another server answers: without the proof.
    let elsewhere = TcpListener::bind("127.0.0.1:0").unwrap();
    let Some(authority) = Authority::start(&town, elsewhere.local_addr().unwrap().port()) else { return };
    let root = authority.certifies_by(&town);
    let port = free_port();
    let mut server = serve(&town, &gate, port, &authority.directory, &authority.root);
    let account = format!("{gate}/acme/account-key.pem");
    until("the authority is asked", || fs::metadata(&account).ok());
    // It was asked to look, and hears nothing of us.
    elsewhere.set_nonblocking(true).unwrap();
    drop(until("the authority looks", || elsewhere.accept().ok()));
    std::thread::sleep(Duration::from_secs(1));
    assert_eq!(get(port, NAME, &root, "/scan/"), None);
    assert!(server.0.try_wait().unwrap().is_none(), "it ended");
    assert!(fs::metadata(format!("{gate}/acme/identity.pem")).is_err());
}
