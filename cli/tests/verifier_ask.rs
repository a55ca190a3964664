//! A question at a door by a QR code: `jigap verifier ask` against `jigap serve`, and a wallet that answers its link.

#![expect(
    clippy::unwrap_used,
    clippy::disallowed_methods,
    reason = "a test's helpers fail the test, and start processes"
)]

#[path = "support/offers.rs"]
mod offers;
#[expect(dead_code, reason = "the asker's token is wanted too, which `init` keeps to itself")]
#[path = "support/service.rs"]
mod service;

use std::io::{BufRead as _, BufReader, Write as _};
use std::path::Path;
use std::process::{Child, Command, Output, Stdio};

use jigap_platform::files;
use service::Service;

fn start(arguments: &[&str]) -> Child {
    let mut command = Command::new(env!("CARGO_BIN_EXE_jigap"));
    command.args(["--lang", "en"]).args(arguments);
    command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap()
}

fn run(arguments: &[&str], stdin: &str) -> Output {
    let mut child = start(arguments);
    let _ = child.stdin.take().unwrap().write_all(stdin.as_bytes());
    child.wait_with_output().unwrap()
}

/// A verifier, its asker's token, and a wallet with a student ID.
struct Hall {
    folder: tempfile::TempDir,
    address: String,
    _service: Service,
}

impl Hall {
    fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let here = folder.path().join("here");
        let free = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().to_string();
        let url = format!("http://{free}");
        let made = run(&["init", here.to_str().unwrap(), "--listen", &free, "--public-url", &url], "");
        let said = String::from_utf8(made.stdout).unwrap();
        let token = |name: &str| said.lines().find_map(|line| line.strip_prefix(name)).unwrap().to_owned();
        files::write_new_private(&folder.path().join("asker"), token("asker ").as_bytes()).unwrap();
        let service = Service::start(&here);
        let hall = Self { folder, address: free, _service: service };
        assert!(hall.wallet(&["init"], "").status.success());
        let claims = include_str!("../../schemas/student-id/examples/valid/enrolled.json");
        let body = format!(
            r#"{{"credential_configuration_id": "student-id", "reference": "1", "claims": {claims}}}"#
        );
        let (link, code) = offers::offer((&hall.address, "hanbit"), &token("admin "), &body);
        let accepted = hall.wallet(&["accept", "--yes", "--tx-code", "-", "-"], &format!("{link}\n{code}\n"));
        assert!(accepted.status.success(), "{accepted:?}");
        hall
    }

    fn path(&self, name: &str) -> String {
        self.folder.path().join(name).to_str().unwrap().to_owned()
    }

    fn wallet(&self, arguments: &[&str], stdin: &str) -> Output {
        let (wallet, key) = (self.path("mine"), self.path("mine.key"));
        let opening = ["wallet", "--dev", "--wallet", &wallet, "--key-file", &key];
        run(&[&opening, arguments].concat(), stdin)
    }

    /// Asks; the link, and whoever waits for the answer.
    fn ask(&self, more: &[&str]) -> (String, Child) {
        self.ask_by("enrolled-student", more)
    }

    fn ask_by(&self, template: &str, more: &[&str]) -> (String, Child) {
        let (url, token) = (format!("http://{}", self.address), self.path("asker"));
        let asking = ["verifier", "ask", template, "--url", &url, "--dev", "--token-file", &token];
        let mut child = start(&[&asking, more].concat());
        let said = BufReader::new(child.stderr.take().unwrap());
        let link = said.lines().map_while(Result::ok).find(|line| line.starts_with("openid4vp://")).unwrap();
        (link, child)
    }
}

fn ended(child: Child) -> (Option<i32>, String) {
    let output = child.wait_with_output().unwrap();
    (output.status.code(), String::from_utf8(output.stdout).unwrap())
}

#[test]
fn a_door_opens_when_a_wallet_answers_the_code_that_it_shows() {
    let hall = Hall::new();
    let (link, asking) = hall.ask(&[]);
    let shown = hall.wallet(&["present", "--yes", &link], "");
    assert!(shown.status.success(), "{shown:?}");
    assert_eq!(ended(asking), (Some(0), "✓ open\n".to_owned()));

    let (link, asking) = hall.ask(&["--json"]);
    assert!(hall.wallet(&["present", "--yes", &link], "").status.success());
    let (code, told) = ended(asking);
    assert!(code == Some(0) && told.contains(r#""enrolment_status":"enrolled""#), "{told}");
}

/// Two commands from a student ID to 28 passes, in the deployment that `jigap init` makes.
#[test]
fn who_shows_an_id_gets_passes_and_who_does_not_take_them_gets_the_link() {
    let hall = Hall::new();
    let (link, asking) = hall.ask_by("entry-pass", &[]);
    let shown = hall.wallet(&["present", "--yes", "--accept", &link], "");
    assert!(shown.status.success(), "{shown:?}");
    let (said, held) = (String::from_utf8(shown.stderr).unwrap(), String::from_utf8(shown.stdout).unwrap());
    assert!(said.contains("the answer comes with an offer") && said.contains("/passes offers"), "{said}");
    assert!(held.contains("28 of 28 copies left") && held.lines().count() == 1, "{held}");
    assert_eq!(ended(asking), (Some(0), "✓ open; the wallet got an offer\n".to_owned()));

    let (link, asking) = hall.ask_by("entry-pass", &["--json"]);
    let shown = hall.wallet(&["present", "--yes", &link], "");
    assert!(shown.status.success(), "{shown:?}");
    let offer = String::from_utf8(shown.stdout).unwrap();
    assert!(offer.starts_with("openid-credential-offer://") && offer.lines().count() == 1, "{offer}");
    let (code, told) = ended(asking);
    assert!(code == Some(0) && told.contains(r#""offer":"made""#) && !told.contains(offer.trim()), "{told}");
    let accepted = hall.wallet(&["accept", "--yes", "-"], &offer);
    assert!(accepted.status.success(), "{accepted:?}");

    let (link, asking) = hall.ask_by("entry-pass", &[]);
    let shown = hall.wallet(&["present", "--yes", "--json", "--accept", &link], "");
    let said: serde_json::Value = serde_json::from_slice(&shown.stdout).unwrap();
    assert!(said["offer"].is_null() && said["accepted"]["unused"] == 28, "one document: {said}");
    assert_eq!(ended(asking).0, Some(0));

    let (link, asking) = hall.ask_by("entry-pass", &[]);
    let shown = hall.wallet(&["present", "--yes", "--json", &link], "");
    let said: serde_json::Value = serde_json::from_slice(&shown.stdout).unwrap();
    assert!(said["presented"] == true && said["redirect_uri"].is_null(), "{said}");
    assert!(
        said["offer"].as_str().unwrap().starts_with("openid-credential-offer://"),
        "each copy is another credential here"
    );
    assert_eq!(ended(asking).0, Some(0));
}

#[test]
fn a_door_that_gets_no_or_is_not_let_ask_stays_shut() {
    let hall = Hall::new();
    let (link, asking) = hall.ask(&[]);
    let declined = hall.wallet(&["present", "--decline", &link], "");
    assert!(declined.status.success(), "{declined:?}");
    assert_eq!(ended(asking), (Some(1), "✗ shut: the wallet declined\n".to_owned()));

    let url = format!("http://{}", hall.address);
    let ask = |template: &str, token: &str, more: &[&str]| {
        let asking = ["verifier", "ask", template, "--url", &url, "--token-file", token];
        let output = run(&[&asking, more].concat(), "");
        (output.status.code(), String::from_utf8(output.stderr).unwrap())
    };
    let token = hall.path("asker");
    let (code, said) = ask("no-such", &token, &["--dev"]);
    assert!(code == Some(1) && said.contains("no-such-template"), "{said}");
    files::write_new_private(Path::new(&hall.path("wrong")), b"guess").unwrap();
    let (code, said) = ask("enrolled-student", &hall.path("wrong"), &["--dev"]);
    assert!(code == Some(1) && said.contains("not-an-asker"), "{said}");
    let (code, said) = ask("enrolled-student", &token, &[]);
    assert!(code == Some(3) && said.contains("--dev"), "{said}");
}
