//! What a person does with a wallet of their own against `jigap serve`: make it, accept by link and transaction code, change
//! the passphrase, export, back up and restore.

#![expect(
    clippy::unwrap_used,
    clippy::disallowed_methods,
    reason = "a test's helpers fail the test, and start processes"
)]

#[path = "support/offers.rs"]
mod offers;
#[path = "support/service.rs"]
mod service;

use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use jigap_platform::files;
use service::{Service, init};

/// What a run of `jigap wallet` came to.
struct Outcome {
    code: i32,
    out: String,
    err: String,
}

impl Outcome {
    #[track_caller]
    fn done(self) -> String {
        assert_eq!(self.code, 0, "{}{}", self.out, self.err);
        self.out
    }

    #[track_caller]
    fn refused(self, code: i32, said: &str) {
        assert_eq!(self.code, code, "{}{}", self.out, self.err);
        assert!(self.err.contains(said), "{}", self.err);
    }
}

/// A person's folder: wallets, and files with passphrases.
struct Person(tempfile::TempDir);

impl Person {
    fn new() -> Self {
        let person = Self(tempfile::tempdir().unwrap());
        for name in ["first", "second", "third"] {
            files::write_new_private(&person.path(name), format!("{name} passphrase\n").as_bytes()).unwrap();
        }
        person
    }

    fn path(&self, name: &str) -> PathBuf {
        self.0.path().join(name)
    }

    /// `jigap wallet` on the wallet `name`, opened by that passphrase.
    fn wallet(&self, (name, passphrase): (&str, &str), arguments: &[&str], stdin: &str) -> Outcome {
        let mut child = Command::new(env!("CARGO_BIN_EXE_jigap"))
            .args(["wallet", "--dev", "--lang", "en", "--wallet", self.path(name).to_str().unwrap()])
            .args(["--passphrase-file", self.path(passphrase).to_str().unwrap()])
            .args(arguments)
            .env_clear()
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        // Who asks for nothing has closed it.
        let _ = child.stdin.take().unwrap().write_all(stdin.as_bytes());
        let output = child.wait_with_output().unwrap();
        let text = |bytes: Vec<u8>| String::from_utf8(bytes).unwrap();
        Outcome { code: output.status.code().unwrap(), out: text(output.stdout), err: text(output.stderr) }
    }
}

/// An offer of a student ID that the registrar makes: link and transaction code.
fn offer(address: &str, admin: &str) -> (String, String) {
    let claims = include_str!("../../schemas/student-id/examples/valid/minimal.json");
    let body =
        format!(r#"{{"credential_configuration_id": "student-id", "reference": "1", "claims": {claims}}}"#);
    offers::offer((address, "hanbit"), admin, &body)
}

fn is_private(path: &Path) -> bool {
    use std::os::unix::fs::PermissionsExt as _;
    std::fs::metadata(path).unwrap().permissions().mode() & 0o077 == 0
}

#[test]
fn a_wallet_is_made_filled_locked_anew_backed_up_and_restored() {
    let folder = tempfile::tempdir().unwrap();
    let here = folder.path().join("here");
    let (address, admin) = init(&here);
    let config = here.join("jigap.toml");
    // Nothing outside this machine is asked for what the type is called.
    let text = std::fs::read_to_string(&config).unwrap();
    let text = text.replace("[issuer]\n", "[issuer]\ntypes_base = \"https://127.0.0.1:1/types\"\n");
    std::fs::write(&config, text).unwrap();
    let _service = Service::start(&here);
    let person = Person::new();
    let mine = ("mine", "first");

    assert_ne!(person.wallet(mine, &["list"], "").code, 0, "there is none yet");
    person.wallet(mine, &["init"], "").done();
    person.wallet(mine, &["init"], "").refused(1, "");
    assert_eq!(person.wallet(mine, &["list", "--json"], "").done().trim(), "[]");

    let (link, tx_code) = offer(&address, &admin);
    let accept = ["accept", "--yes", "--tx-code", "-", &link];
    let wrong = if tx_code.starts_with('0') { "111111" } else { "000000" };
    assert_eq!(person.wallet(mine, &accept, wrong).code, 1);
    assert_ne!(person.wallet(mine, &["accept", "--yes", &link], "").code, 0, "it wants a transaction code");
    person.wallet(mine, &accept, &tx_code).done();
    assert_ne!(person.wallet(mine, &accept, &tx_code).code, 0, "an offer is taken once");
    let listed = person.wallet(mine, &["list"], "").done();
    assert!(listed.contains("/hanbit") && listed.contains("(10 of 10 copies left"), "{listed}");
    let id = listed.split_whitespace().next().unwrap().to_owned();

    let second = person.path("second");
    let change = ["passphrase", "--new-passphrase-file", second.to_str().unwrap()];
    person.wallet(mine, &change, "").done();
    person.wallet(mine, &["list"], "").refused(1, "the passphrase or key file is wrong");
    let mine = ("mine", "second");
    assert_eq!(person.wallet(mine, &["list"], "").done(), listed);

    let exported = person.wallet(mine, &["export"], "").done();
    let exported: serde_json::Value = serde_json::from_str(&exported).unwrap();
    let text = exported.to_string();
    assert!(text.contains("student_number") && text.contains("/hanbit"), "{text}");
    assert!(!text.contains(r#""d":"#), "no private key goes with it");

    let (backup, third) = (person.path("backup"), person.path("third"));
    let (backup, third) = (backup.to_str().unwrap(), third.to_str().unwrap());
    let make = ["backup", backup, "--backup-passphrase-file", third];
    person.wallet(mine, &make, "").done();
    assert!(is_private(Path::new(backup)));
    assert_ne!(person.wallet(mine, &make, "").code, 0, "nothing is overwritten");
    assert!(person.wallet(mine, &["list"], "").done().contains("(9 of 10 copies left"));

    let by_another = ["restore", backup, "--backup-passphrase-file", second.to_str().unwrap()];
    assert_ne!(person.wallet(("restored", "first"), &by_another, "").code, 0);
    let restored = ("restored", "first");
    person.wallet(restored, &["restore", backup, "--backup-passphrase-file", third], "").done();
    let held = person.wallet(restored, &["list"], "").done();
    assert!(held.contains("/hanbit") && held.contains("copies left"), "{held}");
    let shown = person.wallet(restored, &["show", held.split_whitespace().next().unwrap()], "").done();
    assert!(shown.contains("student_number"), "{shown}");
    assert_eq!(person.wallet(mine, &["card", &id], "").code, 1, "its type could not be asked for one");
}
