//! Parties of an entry log, each command a process of its own: several at once on one folder, and keys that stand in the kernel alone.

#![expect(
    clippy::unwrap_used,
    clippy::disallowed_methods,
    reason = "a test's helpers fail the test, and start processes"
)]

#[path = "support/command.rs"]
mod command;

use std::path::Path;
use std::process::{Command, Stdio};

use command::{jigap, refused};
use jigap_platform::clock::SystemClock;
use jigap_wallet_core::entry_log::Party;
use jigap_wallet_core::ports::Clock as _;
use jigap_wallet_core::time::Timestamp;

#[track_caller]
fn done(folder: &Path, words: &str) -> String {
    let here = folder.to_str().unwrap();
    let words: Vec<String> = words.split(' ').map(|word| word.replace("{}", here)).collect();
    let output = jigap(&words.iter().map(String::as_str).collect::<Vec<_>>(), "");
    assert!(output.status.success(), "{words:?}: {output:?}");
    String::from_utf8(output.stdout).unwrap()
}

/// Three parties, and a policy that they agreed to.
fn parties(folder: &Path) {
    done(folder, "gate init {}/gate --venue Hanbit --gate north");
    done(folder, "entry-log init {}/office --role authority --name Office --operator Mapo");
    done(folder, "entry-log init {}/desk --role venue --name Museum --operator Hanbit --door {}/gate");
    done(folder, "entry-log init {}/campus --role issuer --name Campus --operator University");
    for party in ["office", "desk", "campus"] {
        done(folder, &format!("entry-log keys {{}}/{party} --days 3"));
    }
    let statements = "{}/office/statement.jigap {}/desk/statement.jigap {}/campus/statement.jigap";
    done(folder, &format!("entry-log policy {{}}/log.jigap {statements}"));
    for party in ["office", "desk", "campus"] {
        done(folder, &format!("entry-log agree {{}}/{party} {{}}/log.jigap"));
    }
}

/// An hour that is over, as `--from` and `--to`.
fn an_hour() -> (String, String) {
    let now = SystemClock.now().unix();
    let hour = |by: i64| Timestamp::from_unix((now / 3_600 - by) * 3_600).to_rfc3339();
    (hour(2), hour(1))
}

/// Whoever wants to be taken for the authority brings a statement with its name.
#[test]
fn a_party_agrees_to_the_circle_that_it_was_told_and_to_no_other() {
    let folder = tempfile::tempdir().unwrap();
    parties(folder.path());
    let path = |name: &str| folder.path().join(name).to_str().unwrap().to_owned();
    let agree = |policy: &str, circle: &str| {
        jigap(&["entry-log", "agree", &path("desk"), &path(policy), "--circle", circle], "")
    };
    let circle_of = |output: &std::process::Output| {
        let said = String::from_utf8(output.stderr.clone()).unwrap();
        let (_, circle) = said.split_once("circle: ").unwrap_or_else(|| panic!("{said}"));
        circle.split_whitespace().next().unwrap().to_owned()
    };
    let told = circle_of(&jigap(&["entry-log", "agree", &path("office"), &path("log.jigap")], ""));
    assert_eq!(told.len(), 49, "{told}");
    assert!(agree("log.jigap", &told.replace('-', " ").to_uppercase()).status.success());
    done(folder.path(), "entry-log init {}/other --role authority --name Office --operator Mapo");
    done(folder.path(), "entry-log keys {}/other --days 3");
    done(
        folder.path(),
        "entry-log policy {}/other.jigap {}/other/statement.jigap {}/desk/statement.jigap {}/campus/statement.jigap",
    );
    let before = std::fs::read(path("other.jigap")).unwrap();
    let refused = agree("other.jigap", &told);
    assert_eq!(refused.status.code(), Some(1), "{refused:?}");
    assert!(String::from_utf8(refused.stderr).unwrap().contains("nothing was signed"));
    assert_eq!(std::fs::read(path("other.jigap")).unwrap(), before);
}

#[test]
fn commands_at_once_leave_one_log_of_requests() {
    let folder = tempfile::tempdir().unwrap();
    parties(folder.path());
    let path = |name: &str| folder.path().join(name).to_str().unwrap().to_owned();
    let (from, to) = an_hour();
    let requests: Vec<_> = (0..8)
        .map(|number| {
            let mut command = Command::new(env!("CARGO_BIN_EXE_jigap"));
            command.args([
                "entry-log",
                "request",
                &path("office"),
                "--policy",
                &path("log.jigap"),
                "--case",
                "1",
            ]);
            command.args(["--purpose", "measles", "--from", &from, "--to", &to]);
            command.args(["--output", &path(&format!("{number}.jigap"))]);
            command.stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap()
        })
        .collect();
    for mut request in requests {
        assert!(request.wait().unwrap().success());
    }
    let listed = done(folder.path(), "entry-log report {}/office --policy {}/log.jigap");
    let numbers: Vec<&str> = listed.lines().filter_map(|line| line.split(' ').next()).collect();
    assert_eq!(numbers, ["#1", "#2", "#3", "#4", "#5", "#6", "#7", "#8"]);
    // Each was shown its own: in the order of their numbers the venue takes all of them.
    let mut taken = 0;
    for _ in 0..8 {
        for number in 0..8 {
            let (desk, request, policy) = (path("desk"), path(&format!("{number}.jigap")), path("log.jigap"));
            let words = ["entry-log", "approve", &desk, &request, "--policy", &policy];
            taken += usize::from(jigap(&words, "").status.success());
        }
    }
    assert!(taken >= 8);
    let seen = done(folder.path(), "entry-log report {}/desk --policy {}/log.jigap");
    assert_eq!(seen, listed);
}

#[test]
fn sealed_keys_are_had_by_every_process_of_their_user_and_by_no_copy() {
    let folder = tempfile::tempdir().unwrap();
    let path = |name: &str| folder.path().join(name).to_str().unwrap().to_owned();
    done(folder.path(), "entry-log init {}/office --role authority --name Office --operator Mapo");
    let office = path("office");
    let made = jigap(&["entry-log", "keys", &office, "--days", "1", "--wrap", "keyring"], "");
    if !made.status.success() {
        assert!(std::env::var("JIGAP_REQUIRE_PEERS").is_err(), "{made:?}");
        eprintln!("skipped: no keyring: {made:?}");
        return;
    }
    let said = String::from_utf8_lossy(&made.stderr).into_owned();
    assert!(said.contains("A restart of this machine ends all of them"), "{said}");
    let name = std::fs::read_to_string(path("office/day-keys/wrap")).unwrap();
    let name = name.trim_end().strip_prefix("keyring ").unwrap();
    let keys = || Party::read(&std::fs::read(path("office/statement.jigap")).unwrap()).unwrap().days.keys;
    let first = keys();
    done(folder.path(), "entry-log keys {}/office --days 1");
    assert_eq!(keys(), first, "a process that shares the session");
    let run = |words: &[&str]| Command::new("keyctl").args(words).stderr(Stdio::null()).output();
    let child = [env!("CARGO_BIN_EXE_jigap"), "entry-log", "keys", &office, "--days", "1"];
    let Ok(inside) = run(&[&["session", "-"], &child[..]].concat()) else {
        eprintln!("skipped: no command keyctl");
        return;
    };
    assert!(
        inside.status.success() && keys() == first,
        "a session of its own, which has no keyring of its user"
    );
    // Without those keys the files are worth nothing: other keys are made.
    assert!(run(&["purge", "-p", "user", &format!("jigap:{name}")]).unwrap().status.success());
    done(folder.path(), "entry-log keys {}/office --days 1");
    assert!(keys() != first && keys().len() == 1);
    assert!(run(&["purge", "-p", "user", &format!("jigap:{name}")]).unwrap().status.success());
    refused(&jigap(&["entry-log", "keys", &office, "--wrap", "disk"], ""), 2, "keyring");
}
