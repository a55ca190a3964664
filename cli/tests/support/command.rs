//! What several tests of the command do: run it to its end.

use std::io::Write as _;
use std::process::{Command, Output, Stdio};

/// Runs the command in English, telling it `stdin`.
#[expect(clippy::unwrap_used, reason = "a helper of tests")]
pub(crate) fn jigap(arguments: &[&str], stdin: &str) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_jigap"));
    command.args(arguments).args(["--lang", "en"]).env_remove("LC_ALL");
    command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut child = command.spawn().unwrap();
    // Who asks for nothing has closed it.
    let _ = child.stdin.take().unwrap().write_all(stdin.as_bytes());
    child.wait_with_output().unwrap()
}

/// Requires that it ended with `code` and said why.
#[track_caller]
pub(crate) fn refused(output: &Output, code: i32, said: &str) {
    let err = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.code() == Some(code) && err.contains(said), "{output:?}");
}
