//! A folder that `jigap init` makes, and `jigap serve` on it.

#![expect(
    clippy::unwrap_used,
    clippy::disallowed_methods,
    reason = "a test's helpers fail the test, and start processes"
)]

use std::io::{BufRead as _, BufReader};
use std::net::TcpListener;
use std::path::Path;
use std::process::{Child, Command, Stdio};

/// A folder that `jigap init` made, for a free port on loopback: its address and the registrar's token.
pub(crate) fn init(folder: &Path) -> (String, String) {
    let free = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().to_string();
    let made = Command::new(env!("CARGO_BIN_EXE_jigap"))
        .args([
            "init",
            folder.to_str().unwrap(),
            "--listen",
            &free,
            "--public-url",
            &format!("http://{free}"),
        ])
        .output()
        .unwrap();
    assert!(made.status.success(), "{made:?}");
    let said = String::from_utf8(made.stdout).unwrap();
    let admin = said.lines().find_map(|line| line.strip_prefix("admin ")).unwrap().to_owned();
    (free, admin)
}

/// `jigap serve`, which ends with the test at the latest.
pub(crate) struct Service(pub(crate) Child);

impl Service {
    /// Starts it, and waits until it says where it listens.
    pub(crate) fn start(folder: &Path) -> Self {
        let config = folder.join("jigap.toml");
        let mut command = Command::new(env!("CARGO_BIN_EXE_jigap"));
        command.args(["serve", "--config", config.to_str().unwrap()]).stdout(Stdio::null());
        let mut service = Self(command.stderr(Stdio::piped()).spawn().unwrap());
        let mut said = BufReader::new(service.0.stderr.take().unwrap());
        let mut line = String::new();
        while !line.contains("http://") {
            line.clear();
            assert_ne!(said.read_line(&mut line).unwrap(), 0, "it ended without a word of where it listens");
        }
        // Whoever says more must not wait for a reader.
        std::thread::spawn(move || std::io::copy(&mut said, &mut std::io::sink()));
        service
    }
}

impl Drop for Service {
    fn drop(&mut self) {
        self.0.kill().ok();
        self.0.wait().ok();
    }
}
