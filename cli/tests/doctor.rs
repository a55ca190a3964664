//! `jigap doctor` and `jigap serve` are of one mind: what the one does not start on, the other calls wrong. And what it
//! says of a wallet is true of the whole wallet.

#![expect(
    clippy::unwrap_used,
    clippy::disallowed_methods,
    reason = "a test's helpers fail the test, and change files"
)]

#[path = "support/command.rs"]
mod command;
#[path = "support/service.rs"]
mod service;

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use command::{jigap, refused};
use jigap_platform::store::{StoreConfig, StoreEngine, open};
use jigap_wallet_core::ports::{KeyRange, StoreError, transact};
use serde_json::Value;
use service::{Service, init};

/// The lines about the configuration at `config` (or the wallet that `opening` names) whose grade is "fail".
fn wrong(arguments: &[&str]) -> Vec<String> {
    let output = jigap(&[&["doctor", "--json"], arguments].concat(), "");
    let findings: Vec<Value> = serde_json::from_slice(&output.stdout).unwrap();
    let wrong: Vec<String> = findings
        .iter()
        .filter(|finding| finding["grade"] == "fail")
        // What the machine lacks is no fault of the set-up.
        .filter(|finding| !finding["what"].as_str().unwrap().contains("CA certificates"))
        .map(|finding| format!("{} {} {}", finding["what"], finding["detail"], finding["hint"]))
        .collect();
    if !wrong.is_empty() {
        assert_eq!(output.status.code(), Some(1));
    }
    wrong
}

/// With what code `jigap serve` refuses; `None`: it serves.
fn refusal(config: &Path) -> Option<i32> {
    let mut command = Command::new(env!("CARGO_BIN_EXE_jigap"));
    command.args(["serve", "--config", config.to_str().unwrap()]);
    let mut child = command.stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap();
    let until = Instant::now() + Duration::from_secs(20);
    while Instant::now() < until {
        if let Some(status) = child.try_wait().unwrap() {
            return status.code();
        }
        std::thread::sleep(Duration::from_millis(20));
    }
    child.kill().unwrap();
    child.wait().unwrap();
    None
}

struct SetUp {
    _folder: tempfile::TempDir,
    here: PathBuf,
    config: PathBuf,
    text: String,
}

impl SetUp {
    fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let here = folder.path().join("here");
        init(&here);
        let config = here.join("jigap.toml");
        let text = std::fs::read_to_string(&config).unwrap();
        Self { _folder: folder, here, config, text }
    }

    fn wrong(&self) -> Vec<String> {
        wrong(&[
            "--config",
            self.config.to_str().unwrap(),
            "--wallet",
            self.here.join("none").to_str().unwrap(),
        ])
    }

    /// The configuration with `from` changed into `to`.
    fn changed(&self, from: &str, to: &str) -> String {
        assert!(self.text.contains(from), "{from}");
        self.text.replacen(from, to, 1)
    }

    fn write(&self, text: &str) {
        std::fs::write(&self.config, text).unwrap();
    }

    /// What is written after the key `name`.
    fn value(&self, name: &str) -> &str {
        self.text.split(&format!("\n{name} = \"")).nth(1).unwrap().split('"').next().unwrap()
    }

    /// Each with one thing that `jigap serve` does not take.
    fn faults(&self) -> Vec<(&'static str, String)> {
        let changed = |from: &str, to: &str| self.changed(from, to);
        let other_tenant =
            |id: &str| self.text.replace("issuer.tenants.hanbit", &format!("issuer.tenants.{id}"));
        let other_type = "\"student-id\", ";
        let identity = "[verifier.identity]\nprefix = \"x509_hash\"\n[verifier.askers]";
        let unsigned = "[verifier.identity]\nprefix = \"redirect_uri\"\n[verifier.askers]";
        let below = ("public_url = \"http://127.0.0.1", "public_url = \"http://localhost/x\" #");
        vec![
            ("a template of an unknown format", changed("\"dc+sd-jwt\",\n", "\"nope\",\n")),
            ("a template that is no JSON", changed("{\"credentials\": [{", "{\"credentials\": [{{")),
            ("an asker's hash", changed(self.value("gate"), "short")),
            ("an admin's hash", changed(self.value("registrar"), "short")),
            ("the log's filter", changed("filter = \"info\"", "filter = \"=[\"")),
            ("an unknown type", changed(other_type, "\"nope\", ")),
            ("x5c without files", changed("\"jwt_vc_issuer\"", "\"x5c\"")),
            ("no validity", changed("validity_days = 365", "validity_days = 0")),
            ("endless validity", changed("validity_days = 365", "validity_days = 4294967295")),
            ("no folder of types", changed("[issuer]\n", "[issuer]\ntypes_folder = \"none\"\n")),
            ("nor the verifier's", changed("[verifier]\n", "[verifier]\ntypes_folder = \"none\"\n")),
            ("a reserved tenant", other_tenant("verifier")),
            ("a tenant that is no path", other_tenant("\"Han bit\"")),
            ("a public URL with a path", changed(below.0, below.1)),
            ("no trust bundle", changed("bundle = \"trust.jigap\"", "bundle = \"none.jigap\"")),
            ("a trust bundle that is none", changed("bundle = \"trust.jigap\"", "bundle = \"jigap.toml\"")),
            ("no master key", changed("master_key = \"master.key\"", "master_key = \"none.key\"")),
            ("an unknown engine", changed("engine = \"redb\"", "engine = \"sqlite\"")),
            ("an unknown setting", changed("token_tries = 60", "token_trials = 60")),
            (
                "an unknown suite",
                changed("[verifier]\n", "[issuer.vc_api.x]\ncryptosuite = \"x\"\n[verifier]\n"),
            ),
            ("no certificate", changed("[verifier.askers]", identity)),
            ("a verifier that does not sign", changed("[verifier.askers]", unsigned)),
            ("verdicts for what is not issued", changed("\"check-in_jigap_pass\"\n", "\"none\"\n")),
            ("facts of what is not asked", changed("facts = { student =", "facts = { nobody =")),
            ("nothing to serve", self.text.split_once("[issuer]\n").unwrap().0.to_owned()),
        ]
    }
}

#[test]
fn the_doctor_fails_wherever_serving_is_refused() {
    let set_up = SetUp::new();
    assert_eq!(set_up.wrong(), [""; 0]);
    for (what, text) in set_up.faults() {
        set_up.write(&text);
        let code = refusal(&set_up.config);
        // A file that is not there is the environment's fault.
        assert_eq!(code, Some(if what == "no trust bundle" { 3 } else { 2 }), "{what}");
        assert_ne!(set_up.wrong(), [""; 0], "{what}");
    }
    set_up.write(&set_up.text);
    assert_eq!(set_up.wrong(), [""; 0], "looking has changed nothing");
}

#[test]
fn the_doctor_fails_where_the_store_cannot_be_made_or_read() {
    let set_up = SetUp::new();
    set_up.write(&set_up.changed("path = \"store.redb\"", "path = \"/proc/nope/store.redb\""));
    assert_eq!(refusal(&set_up.config), Some(3));
    assert!(
        set_up.wrong().iter().any(|line| line.contains("the store cannot be made")),
        "{:?}",
        set_up.wrong()
    );
    set_up.write(&set_up.changed("path = \"store.redb\"", "path = \"further/down/store.redb\""));
    assert_eq!(set_up.wrong(), [""; 0]);
    assert!(!set_up.here.join("further").exists(), "it changes nothing");
    set_up.write(&set_up.text);
    let file = set_up.here.join("store.redb");
    let mut bytes = std::fs::read(&file).unwrap();
    bytes.iter_mut().skip(4096).for_each(|byte| *byte = 0xA5);
    std::fs::write(&file, bytes).unwrap();
    assert_eq!(refusal(&set_up.config), Some(3));
    let wrong = set_up.wrong();
    assert!(
        wrong.iter().any(|line| line.contains("the store is damaged") && line.contains("restore a backup")),
        "{wrong:?}"
    );
}

#[test]
fn a_service_that_runs_is_no_fault() {
    let set_up = SetUp::new();
    let _service = Service::start(&set_up.here);
    assert_eq!(set_up.wrong(), [""; 0]);
}

/// One byte of a record that no command but `export` reads.
async fn damage_a_record(file: PathBuf) {
    let store = open(&StoreConfig { engine: StoreEngine::Redb, path: file }).unwrap();
    let changed = transact::<_, StoreError, _, _>(&*store, |tx| async move {
        let (key, mut sealed) = tx.range(&KeyRange::prefix(*b"box/record/"), 1).await?.remove(0);
        *sealed.last_mut().unwrap() ^= 1;
        tx.set(key, sealed);
        Ok(())
    });
    changed.await.unwrap();
}

#[tokio::test]
async fn a_wallet_is_sound_only_if_every_record_can_be_read() {
    let folder = tempfile::tempdir().unwrap();
    let (kept, passphrase) = (folder.path().join("kept"), folder.path().join("kept/passphrase"));
    assert_eq!(jigap(&["demo", "--keep", kept.to_str().unwrap()], "").status.code(), Some(0));
    let (kept, passphrase) = (kept.to_str().unwrap(), passphrase.to_str().unwrap());
    let opening = ["--wallet", kept, "--passphrase-file", passphrase];
    assert_eq!(wrong(&opening), [""; 0]);
    let file = Path::new(kept).join("wallet.redb");
    damage_a_record(file.clone()).await;
    let found = wrong(&opening);
    assert!(
        found.iter().any(|line| line.contains("damaged") && line.contains("restore a backup")),
        "{found:?}"
    );
    assert_eq!(wrong(&opening[..2]), [""; 0], "what is sealed is not looked at without the passphrase");
    let mut bytes = std::fs::read(&file).unwrap();
    bytes.iter_mut().skip(4096).for_each(|byte| *byte = 0xA5);
    std::fs::write(&file, bytes).unwrap();
    for opening in [&opening[..2], &opening] {
        let found = wrong(opening);
        assert!(found.iter().any(|line| line.contains("restore")), "{found:?}");
    }
    refused(&jigap(&[&["wallet"][..], &opening, &["list"]].concat(), ""), 3, "damaged");
}
