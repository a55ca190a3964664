//! Starts a peer and talks to it: a request a line, an answer a line (`peers/lib.mjs`).

use std::io::{BufRead, BufReader, Write};
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};
use std::sync::mpsc::{Receiver, channel};
use std::time::Duration;

use serde_json::Value;

/// How long a peer may take for one answer.
const PATIENCE: Duration = Duration::from_secs(60);

/// A foreign implementation, running.
pub(crate) struct Peer {
    child: Child,
    requests: ChildStdin,
    answers: Receiver<String>,
}

/// The foreign implementation's own words when it refuses.
#[derive(Debug, PartialEq)]
pub(crate) struct Refused(pub(crate) String);

impl Refused {
    #[track_caller]
    pub(crate) fn assert_says(&self, words: &str) {
        assert!(self.0.contains(words), "it refused for another reason: {}", self.0);
    }
}

impl Peer {
    /// Starts `peers/{program}`, by Node or by Python. `None`, with a word on stderr, where it is not installed.
    pub(crate) fn start(program: &str) -> Option<Self> {
        // Tests of several crates start peers.
        let above = Path::new(env!("CARGO_MANIFEST_DIR")).ancestors();
        let here = above.map(|folder| folder.join("tests/interop")).find(|it| it.is_dir()).unwrap();
        let (interpreter, installed) = if program.ends_with(".py") {
            let venv = here.join("../../target/peers/venv");
            (venv.join("bin/python"), venv.join("installed"))
        } else {
            (PathBuf::from("node"), here.join("node_modules/installed"))
        };
        if !installed.is_file() {
            assert!(!is_required(), "{program}: not installed; `cargo xtask test` installs the peers");
            drop(writeln!(std::io::stderr(), "skipped: no peers ({program})"));
            return None;
        }
        let mut child = Command::new(interpreter)
            .arg(here.join("peers").join(program))
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let (requests, answers) = (child.stdin.take().unwrap(), lines(child.stdout.take().unwrap()));
        Some(Self { child, requests, answers })
    }

    /// Asks for one thing: `{"op": …}`. Fails the test if the peer ends without an answer, or takes too long.
    pub(crate) fn ask(&mut self, request: &Value) -> Result<Value, Refused> {
        writeln!(self.requests, "{request}").unwrap();
        let answer = self.answers.recv_timeout(PATIENCE);
        let answer = answer.unwrap_or_else(|error| panic!("the peer gave no answer: {error}"));
        let mut answer: Value = serde_json::from_str(&answer).unwrap();
        match answer.get("refused") {
            Some(why) => Err(Refused(why.as_str().unwrap().to_owned())),
            None => Ok(answer["ok"].take()),
        }
    }
}

impl Drop for Peer {
    fn drop(&mut self) {
        drop(self.child.kill());
        drop(self.child.wait());
    }
}

/// What the peer writes, line by line, until it ends.
#[expect(clippy::disallowed_methods, reason = "a pipe can only be waited for with a limit by another thread")]
fn lines(output: ChildStdout) -> Receiver<String> {
    let (sender, receiver) = channel();
    std::thread::spawn(move || {
        for line in BufReader::new(output).lines().map_while(Result::ok) {
            if sender.send(line).is_err() {
                break;
            }
        }
    });
    receiver
}

#[expect(clippy::disallowed_methods, reason = "CI tells by the environment that peers must be there")]
fn is_required() -> bool {
    std::env::var("JIGAP_REQUIRE_PEERS").is_ok_and(|value| value == "1")
}
