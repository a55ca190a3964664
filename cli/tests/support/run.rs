//! The command, run to its end.

#![expect(clippy::unwrap_used, reason = "a test's helpers fail the test")]

use std::io::Write as _;
use std::process::{Command, Stdio};

/// Runs it in English, telling it `stdin`: exit code, stdout, stderr.
pub(crate) fn jigap(arguments: &[&str], stdin: &str) -> (i32, String, String) {
    let mut child = Command::new(env!("CARGO_BIN_EXE_jigap"))
        .args(["--lang", "en"])
        .args(arguments)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let _ = child.stdin.take().unwrap().write_all(stdin.as_bytes());
    let output = child.wait_with_output().unwrap();
    let text = |bytes: Vec<u8>| String::from_utf8(bytes).unwrap();
    (output.status.code().unwrap(), text(output.stdout), text(output.stderr))
}

/// What it prints; it must succeed.
#[track_caller]
pub(crate) fn done(arguments: &[&str], stdin: &str) -> String {
    let (code, out, err) = jigap(arguments, stdin);
    assert_eq!(code, 0, "{arguments:?}: {out}{err}");
    out
}

/// `jigap wallet` with the words that open one: what it prints, or its exit code and what it says.
pub(crate) fn wallet(opening: &[String], action: &[&str], stdin: &str) -> Result<String, String> {
    let words: Vec<&str> = opening.iter().map(String::as_str).chain(action.iter().copied()).collect();
    let (code, out, err) = jigap(&words, stdin);
    if code == 0 { Ok(out) } else { Err(format!("{code}: {err}")) }
}
