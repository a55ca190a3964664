//! People who are found by what a verifier says is proved of them, from end to end: one `jigap serve` that `jigap init --with-people` set up, wallets,
//! and seekers; until what was proved holds no more, and through a kill.

#![expect(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::disallowed_methods,
    reason = "a test's helpers fail the test, and ask a server on loopback"
)]

#[path = "support/offers.rs"]
mod offers;
#[path = "support/run.rs"]
mod run;
#[expect(dead_code, reason = "the folder is made with a people directory")]
#[path = "support/service.rs"]
mod service;

use std::io::{Read as _, Write as _};
use std::net::{TcpListener, TcpStream};
use std::time::{Duration, Instant};

use jigap_platform::files;
use run::{done, jigap, wallet};
use serde_json::{Value, json};
use service::Service;

const STUDENT: &str = include_str!("../../schemas/student-id/examples/valid/enrolled.json");
/// How long what has to happen may take.
const PATIENCE: Duration = Duration::from_secs(30);

/// A deployment with a directory of people.
struct Town {
    folder: tempfile::TempDir,
    address: String,
    admin: String,
}

impl Town {
    /// With these changes of what `jigap init` wrote.
    fn new(changes: &[(&str, &str)]) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let here = folder.path().join("here");
        let address = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().to_string();
        let url = format!("http://{address}");
        let said = done(&["init", here.to_str().unwrap(), "--with-people", "--public-url", &url], "");
        let admin = said.lines().find_map(|line| line.strip_prefix("admin ")).unwrap().to_owned();
        let config = here.join("jigap.toml");
        let text = String::from_utf8(files::read(&config).unwrap()).unwrap();
        let people = "[people]\n";
        assert!(text.contains(people), "{text}");
        let budgets = ["searches_a_minute = 30", "writes_an_hour = 60"];
        assert!(!budgets.iter().any(|line| text.contains(line)), "{text}");
        let budgets = format!("{people}searches_a_minute = 6000\nwrites_an_hour = 6000\n");
        let text = changes.iter().chain(&[(people, &*budgets)]).fold(text, |text, (from, to)| {
            assert!(text.contains(from), "{from}: {text}");
            text.replace(from, to)
        });
        // Looked at so seldom that nothing but a hint can be the reason.
        let watch = "\n[verifier.watch]\ncheck = 3600\nunconfirmed_after = 7200\n";
        std::fs::write(&config, text + watch).unwrap();
        Self { folder, address, admin }
    }

    fn serve(&self) -> Service {
        Service::start(&self.folder.path().join("here"))
    }

    /// Somebody with a wallet and the student ID of the record `reference`.
    fn student(&self, name: &str, reference: &str) -> Person<'_> {
        let path = |name: &str| self.folder.path().join(name).to_str().unwrap().to_owned();
        let opening = ["--dev", "--wallet", &path(name), "--key-file", &path(&format!("{name}.key"))];
        let person =
            Person { town: self, opening: opening.map(str::to_owned).to_vec(), name: name.to_owned() };
        person.wallet(&["init"], "").unwrap();
        // Another wallet is another mutation, also of the same record.
        person.receive(reference, &" ".repeat(name.len()));
        person
    }

    fn change(&self, change: &str, reference: &str) {
        let body = json!({"reference": reference, "reason": "lost"}).to_string();
        let mut stream = TcpStream::connect(&self.address).unwrap();
        write!(
            stream,
            "POST /hanbit/admin/credentials/{change} HTTP/1.1\r\nHost: {}\r\nAuthorization: Bearer {}\r\n\
             Content-Type: application/json\r\nIdempotency-Key: {change}-{reference}\r\nContent-Length: {}\r\n\
             Connection: close\r\n\r\n{body}",
            self.address,
            self.admin,
            body.len()
        )
        .unwrap();
        let mut answer = String::new();
        stream.read_to_string(&mut answer).unwrap();
        assert!(answer.starts_with("HTTP/1.1 200"), "{answer}");
    }

    /// The names of who is found, and the whole answer.
    fn finds(&self, query: &[&str]) -> (Vec<String>, Value) {
        let directory = format!("http://{}", self.address);
        let words = ["people", "--dev", "find", "--json", "--directory", &directory];
        let words: Vec<&str> = words.into_iter().chain(query.iter().copied()).collect();
        let (code, out, said) = jigap(&words, "");
        assert!(code < 2, "{said}");
        let answer: Value = serde_json::from_str(&out).unwrap();
        let hits = answer["hits"].as_array().unwrap();
        let mut names: Vec<String> =
            hits.iter().map(|hit| hit["name"].as_str().unwrap().to_owned()).collect();
        names.sort();
        (names, answer)
    }

    /// Waits until these are found, and no others; says how long it took.
    #[track_caller]
    fn comes_to(&self, names: &[&str]) -> Duration {
        let began = Instant::now();
        loop {
            let (found, answer) = self.finds(&["--kind", "student"]);
            if found == names {
                return began.elapsed();
            }
            assert!(began.elapsed() < PATIENCE, "{answer}");
            std::thread::sleep(Duration::from_millis(200));
        }
    }
}

struct Person<'a> {
    town: &'a Town,
    opening: Vec<String>,
    name: String,
}

impl Person<'_> {
    fn wallet(&self, action: &[&str], stdin: &str) -> Result<String, String> {
        let opening: Vec<String> =
            std::iter::once("wallet".to_owned()).chain(self.opening.iter().cloned()).collect();
        wallet(&opening, action, stdin)
    }

    /// Takes a student ID; `space` makes the offer another one.
    fn receive(&self, reference: &str, space: &str) {
        let request = format!(
            r#"{{"credential_configuration_id": "student-id", "reference": "{reference}", "claims": {STUDENT}}}{space}"#
        );
        let (link, code) = offers::offer((&self.town.address, "hanbit"), &self.town.admin, &request);
        let typed = format!("{link}\n{code}\n");
        self.wallet(&["accept", "--yes", "--tx-code", "-", "-"], &typed).unwrap();
    }

    /// `jigap people` in this town's directory: exit code, stdout, stderr.
    fn people(&self, action: &[&str]) -> (i32, String, String) {
        let directory = format!("http://{}", self.town.address);
        let opening = std::iter::once("people").chain(self.opening.iter().map(String::as_str));
        let words: Vec<&str> =
            opening.chain(action.iter().copied()).chain(["--directory", &directory]).collect();
        jigap(&words, "")
    }

    fn list(&self, more: &[&str]) -> (i32, String, String) {
        let words = ["list", "--kind", "student", "--name", &self.name, "--region", "mapo"];
        let words = words.iter().chain(&["--near", "37.566,126.902", "--language", "ko", "--week"]);
        let words = words.chain(&["sat-morning", "--mode", "video", "--price", "50000"]);
        let words = words.chain(&["--headline", "수학 과외"]).chain(more);
        self.people(&words.copied().collect::<Vec<_>>())
    }

    #[track_caller]
    fn is_listed(&self) -> String {
        let (code, _, said) = self.list(&["--yes"]);
        assert_eq!(code, 0, "{said}");
        assert!(said.trim_end().ends_with("you are found"), "{said}");
        said
    }

    /// The id of their second credential.
    fn second(&self) -> String {
        let held: Value = serde_json::from_str(&self.wallet(&["list", "--json"], "").unwrap()).unwrap();
        held[1]["id"].as_str().unwrap().to_owned()
    }

    fn stands(&self) -> Value {
        serde_json::from_str(&self.people(&["show", "--json"]).1).unwrap()
    }
}

#[test]
fn a_student_is_found_for_as_long_as_it_is_so_and_as_they_let_it_be_told() {
    let town = Town::new(&[]);
    let mut service = town.serve();
    let haneul = town.student("haneul", "1");
    let (code, _, said) = haneul.list(&[]);
    assert!(code == 2 && said.contains("there is none"), "nobody agreed: {said}");
    assert_eq!(haneul.stands()["state"], "waiting");
    let said = haneul.is_listed();
    let directory = format!("http://{}", town.address);
    for word in [
        "asks",
        "By answering you agree",
        &directory,
        "To be found as: student",
        "its value: Pseudonym in one",
    ] {
        assert!(said.contains(word), "{word}: {said}");
    }
    town.comes_to(&["haneul"]);
    assert_eq!(town.finds(&["ㅎㅅ"]).0, ["haneul"], "by first consonants");
    let (_, found) = town.finds(&["수학 과외", "--kind", "student"]);
    assert_eq!(found["hits"][0]["facets"][0]["issuer"], "한빛대학교", "{found}");
    let stands = haneul.stands();
    assert_eq!((&stands["state"], &stands["kinds"]), (&json!("published"), &json!(["student"])), "{stands}");

    // The same record in another wallet: another offer, copy, blind and persona.
    let twice = town.student("twice", "1");
    let (code, _, said) = twice.list(&["--yes"]);
    assert!(code == 1 && said.contains("LI-04"), "{said}");
    assert_eq!(twice.stands()["check"], "LI-04");
    let (code, _, said) = twice.people(&["withdraw"]);
    assert!(code == 0 && said.contains("listed no more"), "{said}");
    let (minsu, jiwoo) = (town.student("minsu", "2"), town.student("jiwoo", "3"));
    minsu.is_listed();
    jiwoo.is_listed();
    town.comes_to(&["haneul", "jiwoo", "minsu"]);

    // What is edited opens by the same number.
    let (code, _, said) = jiwoo.people(&["edit", "--price", "60000"]);
    assert!(code == 0 && said.contains("you are found"), "{said}");
    town.change("suspend", "1");
    println!("suspended, and not found after {:?}", town.comes_to(&["jiwoo", "minsu"]));
    assert_eq!(haneul.stands()["state"], "waiting");
    town.change("reinstate", "1");
    println!("reinstated, and found after {:?}", town.comes_to(&["haneul", "jiwoo", "minsu"]));
    town.change("revoke", "1");
    println!("revoked, and not found after {:?}", town.comes_to(&["jiwoo", "minsu"]));
    let consents: Value = serde_json::from_str(&minsu.wallet(&["consents", "--json"], "").unwrap()).unwrap();
    assert_eq!(consents[0]["consumer"], json!(directory));
    let consent = consents[0]["id"].as_str().unwrap();
    minsu.wallet(&["consents", "withdraw", "--yes", consent], "").unwrap();
    println!("consent taken back, and not found after {:?}", town.comes_to(&["jiwoo"]));

    let (_, before) = town.finds(&["ㅎㅅ"]);
    service.0.kill().unwrap();
    service.0.wait().unwrap();
    let service = town.serve();
    assert_eq!(town.finds(&["ㅎㅅ"]).1, before, "a kill changes no answer");
    assert_eq!(jiwoo.stands()["state"], "published");
    // Who took it back can be listed again: with a copy of their own.
    minsu.is_listed();
    town.comes_to(&["jiwoo", "minsu"]);
    town.change("revoke", "3");
    println!("revoked, and not found after {:?}", town.comes_to(&["minsu"]));
    drop(service);
}

/// By which an issuer gives no copies for directories.
const NO_COPIES: (&str, &str) = ("configurations = [\"student-id\"]", "configurations = []");

#[test]
fn an_issuer_without_copies_is_enough_where_the_directory_does_not_require_them() {
    let town = Town::new(&[NO_COPIES]);
    let _service = town.serve();
    let haneul = town.student("haneul", "1");
    let said = haneul.is_listed();
    assert!(
        said.contains("  - Enrolment status") && !said.contains("  - Pseudonym"),
        "an ordinary copy: {said}"
    );
    town.comes_to(&["haneul"]);
    // Of two credentials, by which.
    let minsu = town.student("minsu", "2");
    minsu.receive("3", "");
    let (code, _, said) = minsu.list(&["--yes"]);
    assert!(
        code == 2 && said.contains("more than one credential") && said.contains("--credential"),
        "{said}"
    );
    let (code, _, said) = minsu.list(&["--yes", "--credential", &minsu.second()]);
    assert!(code == 0 && said.trim_end().ends_with("you are found"), "{said}");
}

#[test]
fn a_directory_that_requires_pseudonyms_lists_by_copies_alone() {
    let required = ("[people]\n", "[people]\ndsub = \"required\"\n");
    let town = Town::new(&[required]);
    let _service = town.serve();
    let minsu = town.student("minsu", "1");
    minsu.receive("2", "");
    let (code, _, said) = minsu.list(&["--yes"]);
    assert!(code == 2 && said.contains("more than one credential"), "{said}");
    let (code, _, said) = minsu.list(&["--yes", "--credential", &minsu.second()]);
    assert!(code == 0 && said.contains("(dsub)") && said.trim_end().ends_with("you are found"), "{said}");

    let town = Town::new(&[required, NO_COPIES]);
    let _service = town.serve();
    let haneul = town.student("haneul", "1");
    let (code, _, said) = haneul.list(&["--yes"]);
    assert_eq!(code, 1, "{said}");
    println!("{said}");
    assert_eq!(haneul.stands()["state"], "waiting");
    assert!(haneul.wallet(&["consents"], "").unwrap().is_empty(), "nothing was agreed to");
}
