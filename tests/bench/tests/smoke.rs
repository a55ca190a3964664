//! Every bench runs for a moment and measures real work, so that none rots. What each of them times is checked in the
//! bench itself.

use std::io;
use std::path::Path;
use std::process::Command;

/// How many lines of figures a bench writes.
fn rows_of(bench: &str) -> io::Result<usize> {
    let mut command = Command::new(env!("CARGO_BIN_EXE_jigap-bench"));
    let output = command.args([bench, "--seconds", "0.05"]).output()?;
    assert!(output.status.success(), "{bench}: {}", String::from_utf8_lossy(&output.stderr));
    let table = String::from_utf8_lossy(&output.stdout).into_owned();
    assert!(table.lines().all(|line| line.starts_with('|') && !line.contains("NaN")), "{table}");
    Ok(table.lines().count() - 2)
}

#[test]
fn presentations_are_judged() -> io::Result<()> {
    assert_eq!(rows_of("verify")?, 8);
    Ok(())
}

#[test]
fn proofs_are_verified() -> io::Result<()> {
    assert_eq!(rows_of("integrity")?, 15);
    Ok(())
}

#[test]
fn selective_proofs_are_made_and_verified() -> io::Result<()> {
    assert_eq!(rows_of("ecdsa-sd")?, 3);
    assert_eq!(rows_of("bbs")?, 3);
    Ok(())
}

#[test]
fn passes_are_judged() -> io::Result<()> {
    assert_eq!(rows_of("pass")?, 3, "one for each type of key, and one signed blindly");
    assert_eq!(rows_of("blind")?, 5, "three of making it, two at the gate");
    Ok(())
}

#[test]
fn a_log_is_kept_and_joined() -> io::Result<()> {
    assert_eq!(rows_of("entry-log")?, 7, "two ways to wait, a month, two joins by two");
    Ok(())
}

#[test]
fn frames_are_read() -> io::Result<()> {
    assert_eq!(rows_of("decode")?, 10, "eight kinds, all of them, and noise");
    Ok(())
}

#[test]
#[expect(clippy::disallowed_methods, reason = "CI tells by the environment that the browser must be there")]
fn a_page_is_timed() -> io::Result<()> {
    let page = Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/../../target/web/jigap_web_bg.wasm"));
    if !page.is_file() || !Path::new("/usr/bin/chromium").is_file() {
        let required = std::env::var("JIGAP_REQUIRE_PEERS").is_ok_and(|value| value == "1");
        assert!(!required, "no chromium, or no target/web: `cargo xtask test` makes both");
        eprintln!("skipped: no chromium, or no target/web");
        return Ok(());
    }
    assert_eq!(rows_of("page")?, 2, "a pass and a frame");
    Ok(())
}

#[test]
fn statuses_are_read() -> io::Result<()> {
    assert_eq!(rows_of("status")?, 4, "one for each form of a list");
    Ok(())
}

#[test]
fn credentials_are_issued() -> io::Result<()> {
    assert_eq!(rows_of("issue")?, 1);
    Ok(())
}

#[test]
fn presentations_are_taken() -> io::Result<()> {
    assert_eq!(rows_of("present")?, 2);
    Ok(())
}
