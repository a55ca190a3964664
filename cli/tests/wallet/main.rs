//! `jigap wallet` as a person sees it, word for word, in both languages: the wallet that the demo kept, against `jigap
//! serve` on what the demo kept. What differs from run to run (ids, moments, addresses, keys) is blanked. The goldens are written
//! anew by `JIGAP_BLESS=1 cargo nextest run -p jigap-cli --test wallet`.

#![expect(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::disallowed_methods,
    reason = "a test's helpers fail the test, and read and write its files"
)]

#[path = "../support/mod.rs"]
mod support;

use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use support::{Served, post};

/// A kept demo, and the server on it.
struct Kept {
    folder: tempfile::TempDir,
    base: String,
    _server: Served,
    /// The language, and what was said and done so far.
    lang: &'static str,
    said: String,
}

impl Kept {
    fn new(lang: &'static str) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let kept = folder.path().join("kept");
        let arguments = ["demo", "--lang", "en", "--keep", kept.to_str().unwrap()];
        let demo = Command::new(env!("CARGO_BIN_EXE_jigap")).args(arguments).output().unwrap();
        assert!(demo.status.success());
        let story = String::from_utf8(demo.stdout).unwrap();
        // A question that can be answered in several ways, beside the demo's own.
        let path = kept.join("jigap.toml");
        let mut settings = std::fs::read_to_string(&path).unwrap();
        settings += &format!("\n[verifier.templates.choice]\nquery = '''{}'''\n", choice(&settings));
        std::fs::write(&path, settings).unwrap();
        let base = story.split("curl -X POST ").nth(1).unwrap().split("/verifier").next().unwrap().to_owned();
        let server = Served::start(&kept.join("jigap.toml"));
        Self { folder, base, _server: server, lang, said: String::new() }
    }

    fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join("kept").join(name)
    }

    /// A question of the door's, as the wallet gets it.
    fn link(&self) -> String {
        self.link_of("enrolled-student")
    }

    /// Another question of the door's.
    fn link_of(&self, template: &str) -> String {
        let token = std::fs::read_to_string(self.path("door.token")).unwrap();
        let body = format!(r#"{{"template": "{template}"}}"#);
        let asked = post(&self.base, "/verifier/requests", &token, &body);
        asked["link"].as_str().unwrap().to_owned()
    }

    /// Runs `jigap wallet`, notes what was said under `title`, and gives stdout.
    fn wallet(&mut self, title: &str, arguments: &[&str]) -> String {
        let passphrase = self.path("passphrase");
        self.wallet_opened_by(&passphrase, title, arguments)
    }

    fn wallet_opened_by(&mut self, passphrase: &Path, title: &str, arguments: &[&str]) -> String {
        let output = Command::new(env!("CARGO_BIN_EXE_jigap"))
            .args(["wallet", "--dev", "--lang", self.lang, "--wallet", self.path("").to_str().unwrap()])
            .args(["--passphrase-file", passphrase.to_str().unwrap()])
            .args(arguments)
            .env_clear()
            .stdin(Stdio::null())
            .output()
            .unwrap();
        let text = |bytes: &[u8]| String::from_utf8(bytes.to_vec()).unwrap();
        let (mut out, err) = (text(&output.stdout), text(&output.stderr));
        if arguments == ["history"] || arguments == ["list"] {
            // What happened in the same second comes in any order.
            let mut lines: Vec<&str> = out.split_inclusive('\n').collect();
            // Whoever asked has an address made of a key, which differs from run to run.
            let said = |word: &&str| !word.starts_with("decentralized_identifier:");
            lines.sort_by_key(|line| {
                let what = line.split_once("  ").map_or("", |(_, what)| what);
                what.split_whitespace().filter(said).collect::<Vec<_>>().join(" ")
            });
            out = lines.concat();
        }
        let code = output.status.code().unwrap();
        self.said += &format!("## {title}: exit {code}\n--- stdout\n{out}--- stderr\n{err}\n");
        out
    }

    /// Compares all that was said with the golden.
    fn compare(self) {
        let path =
            Path::new(env!("CARGO_MANIFEST_DIR")).join(format!("tests/wallet/golden/{}.txt", self.lang));
        let found = blanked(&self.said, &self.base, self.folder.path().to_str().unwrap());
        if std::env::var_os("JIGAP_BLESS").is_some() {
            std::fs::create_dir_all(path.parent().unwrap()).unwrap();
            std::fs::write(&path, &found).unwrap();
        }
        let golden = std::fs::read_to_string(&path).unwrap_or_default();
        assert_eq!(found, golden, "{} differs; JIGAP_BLESS=1 writes it anew", path.display());
    }
}

/// A question that a student ID or a technical qualification answers, and optionally a student's number besides; the
/// types are those that the settings' question asks for.
fn choice(settings: &str) -> serde_json::Value {
    let types = settings.split("\"vct_values\":[\"").nth(1).unwrap().split("/student-id").next().unwrap();
    let asked = |id: &str, of: &str, claim: &str| {
        serde_json::json!({
            "id": id, "format": "dc+sd-jwt", "meta": {"vct_values": [format!("{types}/{of}/1")]},
            "claims": [{"path": [claim]}],
        })
    };
    serde_json::json!({
        "credentials": [
            asked("student", "student-id", "enrolment_status"),
            asked("qualified", "technical-qualification", "grade"),
            asked("number", "student-id", "student_number"),
        ],
        "credential_sets": [
            {"options": [["student"], ["qualified"]]}, {"options": [["number"]], "required": false},
        ],
    })
}

/// Without what differs from run to run: addresses, folders, random words, moments.
fn blanked(said: &str, base: &str, folder: &str) -> String {
    let said = said.replace(base, "BASE").replace(folder, "FOLDER");
    let part = |c: char| c.is_ascii_alphanumeric() || "-_:".contains(c);
    let mut blanked = String::new();
    for piece in said.split_inclusive(|c: char| !part(c)) {
        let word = piece.trim_end_matches(|c: char| !part(c));
        let tail = word.rsplit(':').next().unwrap();
        let has = |kind: fn(&char) -> bool| tail.chars().any(|c| kind(&c));
        let mixed =
            has(char::is_ascii_digit) || (has(char::is_ascii_uppercase) && has(char::is_ascii_lowercase));
        let random = tail.len() >= 20 && mixed && !tail.starts_with("--");
        let moment = word.split(':').count() == 3 && word.chars().all(|c| c.is_ascii_digit() || c == ':');
        if moment {
            // The day stands before it.
            blanked.truncate(blanked.len() - "2026-11-22 ".len());
            blanked += &piece.replacen(word, "MOMENT", 1);
        } else if random {
            blanked += &piece.replacen(tail, "RANDOM", 1);
        } else {
            blanked += piece;
        }
    }
    blanked
}

/// A link on a command line could be read by others: it is read from stdin, or asked for where there is a terminal.
#[test]
fn an_offers_link_need_not_stand_on_the_command_line() {
    let folder = tempfile::tempdir().unwrap();
    let (wallet, key) = (folder.path().join("mine"), folder.path().join("mine.key"));
    let jigap = |arguments: &[&str], input: &str| {
        let mut command = Command::new(env!("CARGO_BIN_EXE_jigap"));
        command.args(["wallet", "--lang", "en", "--wallet", wallet.to_str().unwrap()]);
        command.args(["--key-file", key.to_str().unwrap()]).args(arguments);
        command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
        let mut child = command.spawn().unwrap();
        child.stdin.take().unwrap().write_all(input.as_bytes()).unwrap();
        let output = child.wait_with_output().unwrap();
        (output.status.code().unwrap(), String::from_utf8(output.stderr).unwrap())
    };
    assert_eq!(jigap(&["init"], "").0, 0);
    let link = "openid-credential-offer://?credential_offer_uri=http%3A%2F%2Funiv.example%2Foffer%2Fs3cret";
    let by_argument = jigap(&["accept", "--yes", link], "");
    assert_ne!(by_argument.0, 0, "{}", by_argument.1);
    assert_eq!(
        jigap(&["accept", "--yes", "-"], &format!("{link}\r\n")),
        by_argument,
        "read as the same link"
    );
    assert!(!by_argument.1.contains("s3cret"), "{}", by_argument.1);
    assert_ne!(jigap(&["accept", "--yes", "-"], ""), by_argument, "nothing is no link");
}

fn whole_session(lang: &'static str) {
    let mut kept = Kept::new(lang);
    let listed = kept.wallet("list", &["list"]);
    let student = listed.lines().find(|line| line.contains("/hanbit")).unwrap();
    let student = student.split_whitespace().next().unwrap().to_owned();
    kept.wallet("show", &["show", &student[..6]]);
    kept.wallet("show what is not there", &["show", "no-such-id"]);
    let link = kept.link();
    kept.wallet("present without a terminal to consent on", &["present", &link]);
    kept.wallet("present", &["present", "--yes", &link]);
    kept.wallet("present again", &["present", "--yes", &link]);
    let choice = kept.link_of("choice");
    kept.wallet("present without a choice where there is one", &["present", "--yes", &choice]);
    kept.wallet("present what is no answer", &["present", "--yes", "--choose", "3", &choice]);
    kept.wallet("present what is not there", &["present", "--yes", "--choose", "4", &choice]);
    kept.wallet("present what was chosen", &["present", "--yes", "--choose", "2,3", &choice]);
    let declined = kept.link();
    kept.wallet("decline", &["present", "--decline", &declined]);
    kept.wallet("a link of something else", &["present", "--yes", "https://example.com/"]);
    kept.wallet("delete without a terminal to consent on", &["delete", &student]);
    kept.wallet("delete", &["delete", "--yes", &student]);
    let nothing_left = kept.link();
    kept.wallet("present what is no longer there", &["present", "--yes", &nothing_left]);
    kept.wallet("history", &["history"]);
    kept.wallet("resume", &["resume"]);
    kept.wallet("give up what is not there", &["resume", "--give-up"]);
    let wrong = kept.path("door.token");
    kept.wallet_opened_by(&wrong, "a wrong passphrase", &["list"]);
    let absent = kept.path("absent");
    kept.wallet_opened_by(&absent, "a passphrase file that is not there", &["list"]);
    kept.compare();
}

#[test]
fn a_whole_session_in_english() {
    whole_session("en");
}

#[test]
fn a_whole_session_in_korean() {
    whole_session("ko");
}

#[test]
fn what_differs_is_blanked_and_the_rest_is_not() {
    let said = "Zk3xq0Zk3xq0Zk3xq0Zk3xq0  until 2026-11-22 09:00:01 KST http://127.0.0.1:9/x /tmp/f V-08\n\
        did:jwk:eyJjcnYiOiJQLTI1NiIs0 3 of 10 copies, born 2005-04-17\n";
    let blank = blanked(said, "http://127.0.0.1:9", "/tmp/f");
    assert_eq!(
        blank,
        "RANDOM  until MOMENT KST BASE/x FOLDER V-08\ndid:jwk:RANDOM 3 of 10 copies, born 2005-04-17\n"
    );
}
