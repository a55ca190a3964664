//! What several tests of the command do: run `jigap serve`, and ask it over HTTP.

use std::io::{Read as _, Write as _};
use std::net::TcpStream;
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::Duration;

/// A server that ends with the test.
pub(crate) struct Served(std::process::Child);

impl Served {
    #[expect(
        clippy::unwrap_used,
        clippy::disallowed_methods,
        clippy::panic,
        reason = "a helper of tests, which waits"
    )]
    pub(crate) fn start(config: &Path) -> Self {
        let text = std::fs::read_to_string(config).unwrap();
        let listen = text.split("listen = \"").nth(1).unwrap().split('"').next().unwrap().to_owned();
        let serve = ["serve", "--config", config.to_str().unwrap()];
        let server = Self(
            Command::new(env!("CARGO_BIN_EXE_jigap"))
                .args(serve)
                .stderr(Stdio::null())
                .stdout(Stdio::null())
                .spawn()
                .unwrap(),
        );
        for _ in 0..200 {
            if TcpStream::connect(&listen).is_ok() {
                return server;
            }
            std::thread::sleep(Duration::from_millis(50));
        }
        panic!("the server does not answer at {listen}");
    }
}

impl Drop for Served {
    fn drop(&mut self) {
        self.0.kill().ok();
        self.0.wait().ok();
    }
}

pub(crate) fn post(base: &str, path: &str, token: &str, body: &str) -> serde_json::Value {
    post_with(base, path, token, body, "1")
}

/// As [`post`], with an idempotency key.
pub(crate) fn post_with(base: &str, path: &str, token: &str, body: &str, key: &str) -> serde_json::Value {
    let headers = format!(
        "Content-Type: application/json\r\nIdempotency-Key: {key}\r\nContent-Length: {}\r\n",
        body.len()
    );
    send(base, "POST", path, token, &headers, body)
}

#[expect(
    clippy::unwrap_used,
    clippy::disallowed_methods,
    reason = "a helper of tests, which asks a server on loopback"
)]
pub(crate) fn send(
    base: &str,
    method: &str,
    path: &str,
    token: &str,
    headers: &str,
    body: &str,
) -> serde_json::Value {
    let host = base.trim_start_matches("http://");
    let mut stream = TcpStream::connect(host).unwrap();
    write!(
        stream,
        "{method} {path} HTTP/1.1\r\nHost: {host}\r\nAuthorization: Bearer {token}\r\n{headers}Connection: close\r\n\r\n{body}"
    )
    .unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).unwrap();
    let body = answer.split("\r\n\r\n").nth(1).unwrap();
    let json = &body[body.find('{').unwrap()..=body.rfind('}').unwrap()];
    serde_json::from_str(json).unwrap()
}
