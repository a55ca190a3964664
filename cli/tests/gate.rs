//! A door from nothing, as its keeper and a visitor type it: an issuer of passes, a gate that lets in who is over 19, a wallet
//! that shows a pass; replayed, shown elsewhere, made for another gate, and typed by nobody in their right mind.

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
#[path = "support/town.rs"]
mod town;

use std::io::{BufRead as _, BufReader, Write as _};
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};
use std::time::Duration;

use jigap_platform::files;
use run::{done, jigap, wallet};
use serde_json::{Value, json};
use service::Service;
use town::Town;

/// A gate at work.
struct Scanner {
    child: Child,
    typed: ChildStdin,
    said: BufReader<ChildStdout>,
    screen: PathBuf,
}

impl Scanner {
    fn start(town: &Town, gate: &str) -> Self {
        Self::start_with(town, gate, &[])
    }

    fn start_with(town: &Town, gate: &str, more: &[&str]) -> Self {
        let screen = PathBuf::from(format!("{gate}/screen.txt"));
        let words = ["scan", gate, "--trust", &town.bundle(), "--json", "--screen", screen.to_str().unwrap()];
        let mut command = Command::new(env!("CARGO_BIN_EXE_jigap"));
        command.args(["--lang", "ko"]).args(words).args(more);
        let mut child = command.stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().unwrap();
        let (typed, said) = (child.stdin.take().unwrap(), BufReader::new(child.stdout.take().unwrap()));
        Self { child, typed, said, screen }
    }

    /// What the gate's screen shows.
    fn shown(&self) -> String {
        for _ in 0..100 {
            match files::read(&self.screen) {
                Ok(text) if !text.is_empty() => return String::from_utf8(text).unwrap(),
                _ => std::thread::sleep(Duration::from_millis(50)),
            }
        }
        String::new()
    }

    fn read(&mut self, code: &str) -> Value {
        writeln!(self.typed, "{code}").unwrap();
        let mut line = String::new();
        self.said.read_line(&mut line).unwrap();
        serde_json::from_str(&line).unwrap()
    }

    fn end(self) -> i32 {
        let Self { mut child, typed, .. } = self;
        drop(typed);
        child.wait().unwrap().code().unwrap()
    }
}

/// Three parties of the log of the gate in `gate`, of whom the tenant is the issuer; the policy's file.
fn parties(town: &Town, gate: &str) -> String {
    let [office, desk, campus, policy] = ["office", "desk", "campus", "log.jigap"].map(|it| town.path(it));
    let init = |folder: &str, role: &str, more: &[&str]| {
        let words = ["entry-log", "init", folder, "--role", role, "--name", role, "--operator", role];
        done(&[&words, more].concat(), "");
        done(&["entry-log", "keys", folder], "");
    };
    init(&office, "authority", &[]);
    init(&desk, "venue", &["--door", gate]);
    init(&campus, "issuer", &[]);
    let statements = [&office, &desk, &campus].map(|folder| format!("{folder}/statement.jigap"));
    let [authority, venue, issuer] = statements.each_ref().map(String::as_str);
    done(&["entry-log", "policy", &policy, authority, venue, issuer], "");
    [&office, &desk, &campus]
        .into_iter()
        .for_each(|folder| drop(done(&["entry-log", "agree", folder, &policy], "")));
    let place = town.path("here/jigap.toml");
    let text = String::from_utf8(files::read(Path::new(&place)).unwrap()).unwrap();
    let tenant = "[issuer.tenants.passes]\n";
    let log = format!("entry_log = {{ folder = \"{campus}\", policy = \"{policy}\" }}\n");
    files::replace(Path::new(&place), text.replacen(tenant, &(tenant.to_owned() + &log), 1).as_bytes())
        .unwrap();
    policy
}

#[test]
fn a_door_opens_for_those_over_19_and_for_each_code_once() {
    let town = Town::new();
    let visitor = town.visitor(&json!({"age_over_14": true, "age_over_19": true}));
    let (adults, students) =
        (town.gate("adults", &["age_over_19"], "screen"), town.gate("students", &["student"], "screen"));
    let (mut door, mut other) = (Scanner::start(&town, &adults), Scanner::start(&town, &students));
    // A window may end between the screen and the door: then the next one is as good.
    let code = wallet(&visitor, &["pass", "--yes", "--once", "--gate", "-"], &door.shown()).unwrap();
    let code = code.trim();
    let open = door.read(code);
    assert_eq!((&open["open"], &open["presence"]), (&json!(true), &json!("screen")), "{open}");
    assert_eq!(open["facts"], json!(["age_over_14", "age_over_19"]));
    assert_eq!(door.read(code)["reason"], json!("pass-shown-before"));
    assert_eq!(other.read(code)["reason"], json!("pass-holder"));
    for junk in ["", " ", "JG1:", "hello", "JG1:!!!!", &"JG1:A".repeat(2000), "\u{0}\u{1b}[2J"] {
        if !junk.trim().is_empty() {
            assert_eq!(door.read(junk)["check"], json!("EP-01"), "{junk:?}");
        }
    }
    let refused = wallet(&visitor, &["pass", "--yes", "--once", "--gate", "-"], &other.shown()).unwrap_err();
    assert!(refused.starts_with("1: "), "{refused}");
    let history = wallet(&visitor, &["history", "--json"], "").unwrap();
    assert!(history.contains("Hanbit museum · adults"), "{history}");
    assert_eq!((door.end(), other.end()), (1, 1));
}

#[test]
fn passes_that_nobody_recognises_open_a_door_that_wants_them_and_none_with_a_log() {
    let town = Town::new();
    let visitor = town.visitor_with("check-in_jigap_pass_blind", &json!({"age_over_19": true}));
    let listed = wallet(&visitor, &["list"], "").unwrap();
    assert!(listed.contains("its issuer cannot tell whose it is"), "{listed}");
    let (blind, traced) = (town.path("blind"), town.gate("traced", &["age_over_19"], "screen"));
    let init = ["gate", "init", &blind, "--venue", "Hanbit", "--gate", "West", "--fact", "age_over_19"];
    done(&[&init[..], &["--passes", "blind"]].concat(), "");
    let mut door = Scanner::start(&town, &blind);
    let code = wallet(&visitor, &["pass", "--yes", "--once", "--gate", "-"], &door.shown()).unwrap();
    let open = door.read(code.trim());
    assert_eq!((&open["open"], &open["blind"]), (&json!(true), &json!(true)), "{open}");
    assert_eq!(door.end(), 0);
    // A log takes none, and its screen says so: the wallet has nothing to show there.
    let policy = parties(&town, &traced);
    let mut door = Scanner::start_with(&town, &traced, &["--log", &policy]);
    let refused = wallet(&visitor, &["pass", "--yes", "--once", "--gate", "-"], &door.shown()).unwrap_err();
    assert!(refused.starts_with("1: "), "{refused}");
    assert_eq!(door.read(code.trim())["open"], json!(false));
    door.end();
    let (code, _, err) = jigap(&["scan", &blind, "--trust", &town.bundle(), "--log", &policy], "");
    assert!(code == 2 && err.contains("traceable"), "{code} {err}");
}

#[test]
fn a_door_with_a_log_lets_in_whom_it_has_written_down() {
    let town = Town::new();
    let gate = town.gate("adults", &["age_over_19"], "screen");
    let policy = parties(&town, &gate);
    let visitor = town.visitor(&json!({"age_over_19": true}));
    // Whom the passes are of was noted when they were made, and nobody's name stands there.
    let campus = PathBuf::from(town.path("campus"));
    let noted = jigap_platform::entry_log::register(&campus).unwrap();
    assert_eq!(noted.len(), 28);
    let of_generation = format!("register-{}", noted[0].generation.number());
    let bytes = files::read(&campus.join(of_generation)).unwrap();
    let mut door = Scanner::start_with(&town, &gate, &["--log", &policy]);
    let code = wallet(&visitor, &["pass", "--yes", "--once", "--gate", "-"], &door.shown()).unwrap();
    let open = door.read(code.trim());
    assert_eq!(open["open"], json!(true), "{open}");
    // The log is this process's, as long as it runs.
    let second = ["scan", &gate, "--trust", &town.bundle(), "--log", &policy];
    let (code, _, err) = jigap(&second, "");
    assert!(code == 3 && err.contains("in use"), "{code} {err}");
    assert_eq!(door.read("JG1:A")["open"], json!(false), "who is not let in is not written down");
    assert_eq!(door.end(), 1);
    let log = format!("{gate}/entry-log");
    let verified = done(&["entry-log", "verify", &log, "--policy", &policy], "");
    assert!(verified.trim_end().ends_with("adults  <5  closed"), "{verified}");
    // Ended by a signal, it signs the day as well.
    let closes = || std::fs::read_dir(&log).unwrap().filter_map(|it| Some(it.ok()?.path()));
    let closes = || closes().find(|it| it.extension().is_some_and(|kind| kind == "closes")).unwrap();
    let signed = || jigap_platform::journal::read(&closes()).unwrap().len();
    let before = signed();
    let mut door = Scanner::start_with(&town, &gate, &["--log", &policy]);
    assert_eq!(door.read("JG1:A")["open"], json!(false));
    Command::new("kill").args(["-TERM", &door.child.id().to_string()]).status().unwrap();
    assert_eq!((door.child.wait().unwrap().code(), signed()), (Some(1), before + 1));
    // The visitor has the same visit, with what the issuer noted.
    let visits: Value =
        serde_json::from_str(&wallet(&visitor, &["history", "--visits"], "").unwrap()).unwrap();
    assert_eq!((&visits[0]["name"], &visits[0]["gate"]), (&json!("Hanbit museum"), &json!("adults")));
    let pass = jigap_keys::base64url::decode(visits[0]["pass"].as_str().unwrap()).unwrap();
    assert!(noted.iter().any(|entry| entry.pseudonym.as_bytes().as_slice() == pass));
    assert!(!bytes.windows(3).any(|it| it == b"\"1\""), "the registrar's reference is sealed");
    // A day without a key shuts the gate before anybody comes.
    let short = town.path("short.jigap");
    files::replace(Path::new(&short), b"no policy").unwrap();
    let (code, _, err) = jigap(&["scan", &gate, "--trust", &town.bundle(), "--log", &short], "");
    assert!(code == 1 && err.contains("EL-01"), "{err}");
    let told = done(&["entry-log", "notice", &policy], "");
    assert!(told.contains("28 days") && told.contains("could tell together"), "{told}");
}

/// Lines are typed until the process is killed: every one that was answered is a row, and what was half written is none.
#[test]
fn a_scanner_that_is_killed_loses_nobody_who_was_let_in() {
    let town = Town::new();
    let gate = town.gate("desk-gate", &[], "poster");
    let policy = parties(&town, &gate);
    let mut kept = 0;
    for round in 0..12_u64 {
        let mut child = Command::new(env!("CARGO_BIN_EXE_jigap"))
            .args(["--lang", "en", "entry-log", "paper", &gate, "--log", &policy])
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let (mut typed, said) = (child.stdin.take().unwrap(), BufReader::new(child.stdout.take().unwrap()));
        // More than are taken in before the end; the pipe holds them.
        let _ = typed.write_all("Kim Jigap 010-0000-0000\n".repeat(1500).as_bytes());
        let mut said = said.lines();
        let answered = |said: &mut dyn Iterator<Item = std::io::Result<String>>| {
            said.next().is_some_and(|it| it.is_ok())
        };
        let wanted = 1 + round * 7;
        for _ in 0..wanted {
            assert!(answered(&mut said));
        }
        // SIGKILL, in the middle of the next rows.
        child.kill().unwrap();
        let more = said.map_while(Result::ok).count() as u64;
        child.wait().unwrap();
        kept += wanted + more;
    }
    let log = format!("{gate}/entry-log");
    let verified = done(&["entry-log", "verify", &log, "--policy", &policy], "");
    let rows: u64 =
        verified.lines().map(|line| line.split("  ").nth(2).unwrap().parse::<u64>().unwrap()).sum();
    // Each round may have one row that was durable and not answered yet.
    assert!((kept..=kept + 12).contains(&rows), "{kept} answered, {rows} kept");
}

#[test]
fn a_poster_is_answered_and_a_gate_without_one_says_that_it_is_weaker() {
    let town = Town::new();
    let visitor = town.visitor(&json!({"student": true}));
    let gate = town.gate("library", &["student"], "poster");
    let poster = done(&["gate", "poster", &gate, "--text"], "");
    assert!(done(&["gate", "poster", &gate], "").contains("<svg"));
    let code = wallet(&visitor, &["pass", "--yes", "--once", "--gate", "-"], &poster).unwrap();
    let mut door = Scanner::start(&town, &gate);
    // What was made before the gate started may have been shown before it did.
    let early = door.read(code.trim());
    assert_eq!(early["reason"], json!("gate-started"), "{early}");
    assert_eq!(door.end(), 1);
    let gate = town.gate("club", &["student"], "one-way");
    let (code, _, err) = jigap(&["gate", "poster", &gate], "");
    assert!(code == 1 && err.contains("no poster"), "{err}");
    // A screen that cannot be kept ends the scanner, although nobody typed anything.
    let gate = town.gate("yard", &["student"], "screen");
    let nowhere = town.path("no/such/folder/screen.svg");
    let mut child = Command::new(env!("CARGO_BIN_EXE_jigap"))
        .args(["scan", &gate, "--trust", &town.bundle(), "--screen", &nowhere])
        .stdin(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    let waits = child.stdin.take();
    assert_eq!(child.wait().unwrap().code(), Some(3));
    drop(waits);
    let code = wallet(&visitor, &["pass", "--yes", "--once", "--fact", "student"], "").unwrap();
    assert!(code.starts_with("JG1:"), "{code}");
    let picture = town.path("pass.svg");
    wallet(&visitor, &["pass", "--yes", "--fact", "student", "--svg", &picture], "").unwrap();
    assert!(files::read(Path::new(&picture)).unwrap().ends_with(b"</svg>"));
}

#[test]
fn a_gate_that_cannot_judge_does_not_open() {
    let folder = tempfile::tempdir().unwrap();
    let path = |name: &str| folder.path().join(name).to_str().unwrap().to_owned();
    let init = |words: &[&str]| jigap(&[&["gate", "init", &path("g"), "--gate", "a"], words].concat(), "");
    assert_eq!(init(&["--venue", ""]).0, 2);
    assert_eq!(init(&["--venue", "a\u{202E}b"]).0, 2);
    assert_eq!(init(&["--venue", "a", "--fact", "Student"]).0, 2);
    assert_eq!(init(&["--venue", "a", "--presence", "door"]).0, 2);
    assert!(!Path::new(&path("g")).exists(), "nothing was written");
    assert_eq!(init(&["--venue", "a"]).0, 0);
    assert_eq!(init(&["--venue", "a"]).0, 3, "nothing is overwritten");
    // A list without an issuer of passes; no list; settings that are none.
    let here = path("here");
    service::init(Path::new(&here));
    let place = path("here/jigap.toml");
    let text = String::from_utf8(files::read(Path::new(&place)).unwrap()).unwrap();
    let without = text
        .replace("types = [\"check-in\"]", "types = [\"student-id\"]")
        .replace("formats = { check-in = [\"jigap_pass\", \"jigap_pass_blind\"] }\n", "")
        .replace(
            "\nconfiguration = \"check-in_jigap_pass\"\nclaims = ",
            "\nconfiguration = \"student-id\"\nclaims = [] # ",
        );
    assert_ne!(text, without);
    files::replace(Path::new(&place), without.as_bytes()).unwrap();
    done(&["trust", "publish", "--config", &place], "");
    let (code, _, err) = jigap(&["scan", &path("g"), "--trust", &format!("{here}/trust.jigap")], "");
    assert!(code == 2 || code == 3, "{err}");
    assert!(err.contains("hint:") || err.contains("cannot read"), "{err}");
    files::replace(Path::new(&path("g/gate.toml")), b"venue = 1").unwrap();
    let (code, _, err) = jigap(&["gate", "poster", &path("g")], "");
    assert!(code == 2 && err.contains("gate.toml"), "{err}");
}

/// The service lives while passes are fetched; without it the count is said, and nothing fails but what needs it.
#[test]
fn passes_are_refreshed_by_hand_and_counted_without_a_network() {
    let town = Town::new();
    let visitor = town.visitor(&json!({"student": true}));
    let counted = |text: &str| {
        let line: Value = serde_json::from_str(text.trim()).unwrap();
        (line["left"].as_u64().unwrap(), line["few"].clone(), line["renewed"].clone())
    };
    // Nothing is running out: nobody is asked.
    let out = wallet(&visitor, &["refresh", "--json"], "").unwrap();
    let (before, few, renewed) = counted(&out);
    assert!(before >= 14 && few == json!(false) && renewed == json!(true), "{out}");
    // 3: the issuer cannot be reached, and what is there is still counted.
    let (code, out, err) = {
        let words: Vec<&str> =
            visitor.iter().map(String::as_str).chain(["refresh", "--all", "--json"]).collect();
        jigap(&words, "")
    };
    assert_eq!((code, counted(&out).0), (3, before), "{out}{err}");
    let code = wallet(&visitor, &["pass", "--yes", "--once", "--fact", "student"], "").unwrap();
    assert!(code.starts_with("JG1:"));
    let service = Service::start(Path::new(&town.path("here")));
    let out = wallet(&visitor, &["refresh", "--all", "--json"], "").unwrap();
    assert!(counted(&out).0 > before, "{out}");
    drop(service);
    // What is restored elsewhere is not refreshed, and says so.
    let (file, key) = (town.path("backup"), town.path("backup.key"));
    wallet(&visitor, &["backup", &file, "--backup-key-file", &key], "").unwrap();
    let elsewhere = ["wallet", "--wallet", &town.path("other"), "--key-file", &town.path("other.key")];
    let elsewhere: Vec<String> = elsewhere.iter().map(ToString::to_string).collect();
    wallet(&elsewhere, &["restore", &file, "--backup-key-file", &key], "").unwrap();
    let out = wallet(&elsewhere, &["refresh", "--json"], "").unwrap();
    assert_eq!((counted(&out).0, counted(&out).2), (1, json!(false)), "{out}");
}
