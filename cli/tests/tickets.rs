//! A concert from nothing, as its keepers type it: tickets that are issued, shown, used once whatever becomes of the gate, revoked
//! one by one and all at once; gates that tell each other; and a bundle that ages and is replaced while the gate works.

#![expect(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::disallowed_methods,
    reason = "a test's helpers fail the test, and start processes"
)]

#[path = "support/offers.rs"]
mod offers;
#[path = "support/run.rs"]
mod run;
#[path = "support/service.rs"]
mod service;

use std::io::{BufRead as _, BufReader, Write as _};
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};
use std::time::Duration;

use jigap_platform::files;
use run::{done, jigap, wallet};
use serde_json::{Value, json};
use service::{Service, init};

const EVENT: &str = "Year-end concert";

/// No part of a time or a port, so that a test may say where it does not stand.
const SEAT: &str = "34-window";

/// A deployment whose first tenant issues tickets.
struct Town {
    folder: tempfile::TempDir,
    address: String,
    admin: String,
}

impl Town {
    fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let here = folder.path().join("here");
        let (address, admin) = init(&here);
        let place = here.join("jigap.toml");
        let text = String::from_utf8(files::read(&place).unwrap()).unwrap();
        let tenant = "[issuer.tenants.hanbit]\n";
        let formats = "formats = { ticket = [\"jigap_pass\"], student-card = [\"jigap_pass\"] }\n";
        let text = text.replacen(tenant, &format!("{tenant}{formats}"), 1);
        let text = text.replacen("types = [", "types = [\"ticket\", \"student-card\", ", 1);
        files::replace(&place, text.as_bytes()).unwrap();
        let town = Self { folder, address, admin };
        town.publish();
        town
    }

    fn path(&self, name: &str) -> String {
        self.folder.path().join(name).to_str().unwrap().to_owned()
    }

    fn issuer(&self) -> String {
        format!("http://{}/hanbit", self.address)
    }

    fn config(&self) -> String {
        self.path("here/jigap.toml")
    }

    fn publish(&self) {
        done(&["trust", "publish", "--config", &self.config()], "");
    }

    fn serve(&self) -> Service {
        Service::start(Path::new(&self.path("here")))
    }

    /// Fetches what gates need; the service runs.
    fn bundle(&self) {
        done(
            &["trust", "bundle", &self.path("here/trust.jigap"), "--out", &self.path("gates.jigap"), "--dev"],
            "",
        );
    }

    fn offer(&self, reference: &str, kind: &str, claims: &Value) -> (String, String) {
        let configuration = format!("{kind}_jigap_pass");
        let body =
            json!({"credential_configuration_id": configuration, "claims": claims, "reference": reference});
        offers::offer((&self.address, "hanbit"), &self.admin, &body.to_string())
    }

    /// A wallet with a ticket; the words that open it. The service runs.
    fn visitor(&self, name: &str, event: &str) -> Vec<String> {
        let opening = self.wallet(name);
        self.sell(&opening, name, (event, SEAT));
        opening
    }

    fn sell(&self, opening: &[String], name: &str, (event, seat): (&str, &str)) {
        let ends = "2099-12-31T22:00:00+09:00";
        let claims = json!({"event": event, "zone": "R", "row": "12", "seat": seat, "ends": ends});
        let (link, code) = self.offer(name, "ticket", &claims);
        wallet(opening, &["accept", "--yes", "--tx-code", "-", "-"], &format!("{link}\n{code}\n")).unwrap();
    }

    fn wallet(&self, name: &str) -> Vec<String> {
        let (folder, key) = (self.path(name), self.path(&format!("{name}.key")));
        let opening =
            ["wallet", "--dev", "--wallet", &folder, "--key-file", &key].map(str::to_owned).to_vec();
        wallet(&opening, &["init"], "").unwrap();
        opening
    }

    fn gate(&self, name: &str, words: &[&str]) -> String {
        let (folder, issuer) = (self.path(name), self.issuer());
        let base = ["gate", "init", &folder, "--venue", "Hanbit hall", "--gate", name, "--issuer", &issuer];
        done(&[&base[..], words].concat(), "");
        folder
    }

    fn hall(&self, name: &str) -> String {
        self.gate(name, &["--kind", "ticket", "--event", EVENT])
    }

    /// Another gate of the venue of `first`.
    fn beside(&self, first: &str, name: &str) -> String {
        let key = files::read(&Path::new(first).join("venue-key.pem")).unwrap();
        std::fs::create_dir(self.path(name)).unwrap();
        files::write_new_private(&Path::new(&self.path(name)).join("venue-key.pem"), &key).unwrap();
        self.hall(name)
    }
}

/// A gate at work.
struct Scanner {
    child: Child,
    typed: ChildStdin,
    said: BufReader<ChildStdout>,
    screen: PathBuf,
}

impl Scanner {
    fn start(town: &Town, gate: &str, words: &[&str]) -> Self {
        let screen = PathBuf::from(format!("{gate}/screen.txt"));
        let _ = std::fs::remove_file(&screen);
        let bundle = town.path("gates.jigap");
        let base = ["scan", gate, "--trust", &bundle, "--json", "--screen", screen.to_str().unwrap()];
        let mut command = Command::new(env!("CARGO_BIN_EXE_jigap"));
        command.args(["--lang", "en"]).args(base).args(words);
        let log = std::fs::File::create(format!("{gate}/log.txt")).unwrap();
        let mut child = command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(log).spawn().unwrap();
        let (typed, said) = (child.stdin.take().unwrap(), BufReader::new(child.stdout.take().unwrap()));
        Self { child, typed, said, screen }
    }

    fn read(&mut self, code: &str) -> Value {
        writeln!(self.typed, "{code}").unwrap();
        let mut line = String::new();
        self.said.read_line(&mut line).unwrap();
        serde_json::from_str(&line).unwrap_or_else(|_| panic!("{line}"))
    }

    /// Shows what the wallet has to this gate's screen.
    fn show(&mut self, visitor: &[String]) -> Value {
        let code = self.code(visitor).unwrap();
        self.read(&code)
    }

    fn code(&self, visitor: &[String]) -> Result<String, String> {
        let shown = eventually(|| files::read(&self.screen).ok().filter(|text| !text.is_empty()));
        let shown = String::from_utf8(shown).unwrap();
        wallet(visitor, &["pass", "--yes", "--once", "--gate", "-"], &shown)
            .map(|code| code.trim().to_owned())
    }

    fn end(self) -> i32 {
        let Self { mut child, typed, .. } = self;
        drop(typed);
        child.wait().unwrap().code().unwrap()
    }

    /// As a power cut ends it.
    fn kill(mut self) {
        self.child.kill().unwrap();
        self.child.wait().unwrap();
    }
}

fn eventually<T>(found: impl Fn() -> Option<T>) -> T {
    for _ in 0..200 {
        if let Some(found) = found() {
            return found;
        }
        std::thread::sleep(Duration::from_millis(50));
    }
    panic!("it did not come");
}

fn log(gate: &str) -> String {
    String::from_utf8(files::read(Path::new(&format!("{gate}/log.txt"))).unwrap()).unwrap()
}

#[test]
fn a_ticket_opens_its_event_once_also_after_the_gate_was_killed() {
    let town = Town::new();
    let service = town.serve();
    let (own, other) = (town.visitor("own", EVENT), town.visitor("other", "Another concert"));
    let pair = town.visitor("pair", EVENT);
    town.sell(&pair, "second", (EVENT, "35"));
    town.bundle();
    drop(service);
    let listed = wallet(&own, &["list"], "").unwrap();
    assert!(
        listed.contains(&format!("Year-end concert · R · 12 · {SEAT}"))
            && listed.contains("shown to nobody yet"),
        "{listed}"
    );
    let hall = town.hall("hall");
    let mut door = Scanner::start(&town, &hall, &[]);
    // Its own wallet does not even show a ticket for something else.
    assert!(door.code(&other).unwrap_err().starts_with("1: "));
    // A scan that failed burns nothing: the ticket is shown to the same venue again.
    let first = door.code(&own).unwrap();
    assert_eq!(door.read(&first[..first.len() - 3])["check"], json!("EP-01"));
    let open = door.show(&own);
    assert_eq!((&open["open"], &open["kind"]), (&json!(true), &json!("ticket")), "{open}");
    assert_eq!(open["trust"]["ageing"], json!(false));
    assert!(!open.to_string().contains(SEAT), "no seat in what a turnstile is told: {open}");
    door.kill();
    let mut door = Scanner::start(&town, &hall, &[]);
    let again = door.show(&own);
    assert_eq!((&again["check"], &again["reason"]), (&json!("EP-11"), &json!("ticket-used")), "{again}");
    // Of two tickets in one wallet each is used once.
    let held: Value = serde_json::from_str(&wallet(&pair, &["list", "--json"], "").unwrap()).unwrap();
    let shown = String::from_utf8(files::read(&door.screen).unwrap()).unwrap();
    for (ticket, open) in [(0, true), (0, false), (1, true), (1, false)] {
        let words =
            ["pass", "--yes", "--once", "--gate", "-", "--only", held[ticket]["id"].as_str().unwrap()];
        let code = wallet(&pair, &words, &shown).unwrap();
        assert_eq!(door.read(code.trim())["open"], json!(open), "{ticket}");
    }
    // One process at a time keeps the marks of a gate.
    let (code, _, err) = jigap(&["gate", "marks", "export", &hall], "");
    assert!(code == 3 && err.contains("in use"), "{err}");
    assert_eq!(door.end(), 1);
    assert!(log(&hall).contains("trust data of"), "{}", log(&hall));
    assert!(wallet(&own, &["list"], "").unwrap().contains("bound to the venue that saw it"));
    // What keeps a gate shut is said when it starts: an issuer by another name.
    let shown = done(&["trust", "show", &town.path("here/trust.jigap")], "");
    assert!(
        shown.contains(&format!("\n  {}\n", town.issuer())) && shown.contains("urn:jigap:pass:ticket"),
        "{shown}"
    );
    let strange = town.path("strange");
    done(
        &[
            "gate",
            "init",
            &strange,
            "--venue",
            "V",
            "--gate",
            "G",
            "--kind",
            "ticket",
            "--event",
            EVENT,
            "--issuer",
            "https://id.example/x",
        ],
        "",
    );
    let said = |gate: &str, bundle: &str| jigap(&["scan", gate, "--trust", bundle], "").2;
    let warned = said(&strange, &town.path("gates.jigap"));
    assert!(warned.contains("opens for nobody") && warned.contains(&town.issuer()), "{warned}");
    // Another venue gets it only if its holder says so.
    let elsewhere = town.hall("elsewhere");
    let door = Scanner::start(&town, &elsewhere, &[]);
    assert!(door.code(&own).unwrap_err().contains("shown"), "{:?}", door.code(&own));
    door.end();
}

#[test]
fn a_gate_of_tickets_that_says_too_little_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    let place = folder.path().join("g").to_str().unwrap().to_owned();
    let init = |words: &[&str]| {
        jigap(
            &[&["gate", "init", &place, "--venue", "a", "--gate", "b", "--kind", "ticket"], words].concat(),
            "",
        )
    };
    let issuer = ["--issuer", "https://id.example/hanbit"];
    for (words, why) in [
        (&["--event", "x"][..], "names its issuers"),
        (&issuer[..], "for which event"),
        (&[&issuer[..], &["--event", "x", "--presence", "one-way"]].concat(), "a screen or a poster"),
        (&[&issuer[..], &["--event", "x", "--level", "y"]].concat(), "cannot say this level"),
    ] {
        let (code, _, err) = init(words);
        assert!(code == 2 && err.contains(why), "{words:?}: {err}");
    }
    assert!(init(&["--event", "x"]).2.contains("`jigap trust show` says who"));
    assert!(!Path::new(&place).exists());
    done(
        &[
            &["gate", "init", &place, "--venue", "a", "--gate", "b", "--kind", "ticket", "--event", "x"],
            &issuer[..],
        ]
        .concat(),
        "",
    );
    let toml = format!("{place}/gate.toml");
    let text = String::from_utf8(files::read(Path::new(&toml)).unwrap()).unwrap();
    files::replace(Path::new(&toml), text.replace("issuers = [", "issuers = [] # [").as_bytes()).unwrap();
    let (code, _, err) = jigap(&["gate", "marks", "report", &place], "");
    assert!(code == 2 && err.contains("names its issuers"), "{err}");
}

/// A student card is revoked, then all cards of its version; each time the gate learns of it from a newer bundle, while it works.
#[test]
fn ep_06_and_ep_10_reach_a_gate_by_the_bundle_while_it_works() {
    let town = Town::new();
    let service = town.serve();
    let wallets = ["one", "two"].map(|name| {
        let opening = town.wallet(name);
        let claims =
            json!({"institution": "Hanbit University", "level": "BA", "ends": "2099-12-31T22:00:00+09:00"});
        let (link, code) = town.offer(name, "student-card", &claims);
        wallet(&opening, &["accept", "--yes", "--tx-code", "-", "-"], &format!("{link}\n{code}\n")).unwrap();
        opening
    });
    let [one, two] = wallets;
    town.bundle();
    let library = town.gate("library", &["--kind", "student-card", "--institution", "Hanbit University"]);
    let mut door = Scanner::start(&town, &library, &[]);
    assert_eq!(door.show(&one)["open"], json!(true));
    // A file that is no bundle: the gate says so, and goes on.
    let kept = files::read(Path::new(&town.path("gates.jigap"))).unwrap();
    std::thread::sleep(Duration::from_secs(4));
    files::replace(Path::new(&town.path("gates.jigap")), b"{}").unwrap();
    eventually(|| log(&library).contains("the trust bundle cannot be read").then_some(()));
    assert_eq!(door.show(&two)["open"], json!(true));
    revoke(&town, "one");
    town.bundle();
    eventually(|| log(&library).contains("a newer trust bundle was taken").then_some(()));
    let refused = door.show(&one);
    assert_eq!(
        (&refused["check"], &refused["reason"]),
        (&json!("EP-10"), &json!("pass-revoked")),
        "{refused}"
    );
    // The one from before is not taken back.
    files::replace(Path::new(&town.path("gates.jigap")), &kept).unwrap();
    eventually(|| log(&library).contains("older than what the gate knows").then_some(()));
    drop(service);
    done(
        &["issuer", "end-passes", "--config", &town.config(), "--tenant", "hanbit", "--kind", "student-card"],
        "",
    );
    town.publish();
    let _service = town.serve();
    town.bundle();
    eventually(|| (log(&library).matches("a newer trust bundle was taken").count() == 2).then_some(()));
    let refused = door.show(&two);
    assert_eq!(
        (&refused["check"], &refused["reason"]),
        (&json!("EP-06"), &json!("pass-version")),
        "{refused}"
    );
    assert_eq!(door.end(), 1);
}

fn revoke(town: &Town, reference: &str) {
    use std::io::Read as _;
    let body = json!({"reference": reference, "reason": "lost"}).to_string();
    let mut stream = std::net::TcpStream::connect(&town.address).unwrap();
    write!(
        stream,
        "POST /hanbit/admin/credentials/revoke HTTP/1.1\r\nHost: {}\r\nAuthorization: Bearer {}\r\nIdempotency-Key: r\r\n\
         Content-Type: application/json\r\nContent-Length: {}\r\nConnection: close\r\n\r\n{body}",
        town.address,
        town.admin,
        body.len()
    )
    .unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).unwrap();
    assert!(answer.starts_with("HTTP/1.1 200"), "{answer}");
}

#[test]
fn gates_of_a_venue_tell_each_other_and_find_out_what_was_used_twice() {
    let town = Town::new();
    let service = town.serve();
    let [one, two, three, four] = ["one", "two", "three", "four"].map(|name| town.visitor(name, EVENT));
    town.bundle();
    drop(service);
    let north = town.hall("north");
    let south = town.beside(&north, "south");
    // Apart: one ticket opens both.
    let mut door = Scanner::start(&town, &north, &[]);
    assert_eq!(door.show(&one)["open"], json!(true));
    assert_eq!(door.show(&two)["open"], json!(true));
    assert_eq!(door.end(), 0);
    // Receipts tell seconds.
    std::thread::sleep(Duration::from_millis(1100));
    let mut door = Scanner::start(&town, &south, &[]);
    assert_eq!(door.show(&one)["open"], json!(true), "south cannot know");
    assert_eq!(door.end(), 0);
    assert_eq!(jigap(&["gate", "marks", "report", &south], "").0, 0, "nothing is known to be used twice");
    // By files.
    let marks = done(&["gate", "marks", "export", &north], "");
    assert_eq!(marks.lines().count(), 2);
    let (code, _, err) = jigap(&["gate", "marks", "import", &south, "-"], &marks);
    assert!(code == 0 && err.contains("1 new, 0 known, 1 used twice"), "{err}");
    let (code, _, err) = jigap(&["gate", "marks", "import", &south, "-"], &format!("{marks}\nAAAA\n"));
    assert!(code == 1 && err.contains("0 new, 2 known, 0 used twice") && err.contains("MK-01"), "{err}");
    let (code, report, _) = jigap(&["gate", "marks", "report", &south], "");
    let report: Value = serde_json::from_str(report.trim()).unwrap();
    assert_eq!((code, report["used"].as_array().unwrap().len()), (1, 2), "{report}");
    let names: Vec<&str> =
        report["used"].as_array().unwrap().iter().filter_map(|it| it["gate"].as_str()).collect();
    assert_eq!(names, ["north", "south"], "the earliest first");
    // Of another venue: nothing is taken.
    let stranger = town.hall("stranger");
    let (code, _, err) = jigap(&["gate", "marks", "import", &stranger, "-"], &marks);
    assert!(code == 1 && err.contains("MK-03"), "{err}");
    // By a folder, while both work.
    let shared = town.path("shared");
    std::fs::create_dir(&shared).unwrap();
    let yard = town.gate("yard", &[]);
    let scan = ["scan", &yard, "--trust", &town.path("gates.jigap"), "--share", &shared];
    let (code, _, err) = jigap(&scan, "");
    assert!(code == 2 && err.contains("takes no tickets"), "{err}");
    let (mut first, mut second) = (
        Scanner::start(&town, &north, &["--share", &shared]),
        Scanner::start(&town, &south, &["--share", &shared]),
    );
    assert_eq!(second.show(&two)["reason"], json!("ticket-used"), "it was told by the file");
    assert_eq!(first.show(&three)["open"], json!(true));
    let files = || std::fs::read_dir(&shared).unwrap().count();
    eventually(|| (files() == 2).then_some(()));
    eventually(|| {
        let texts = std::fs::read_dir(&shared).unwrap().map(|it| files::read(&it.unwrap().path()).unwrap());
        let lines: usize =
            texts.map(|text| text.split(|byte| *byte == b'\n').filter(|it| !it.is_empty()).count()).sum();
        (lines == 4).then_some(())
    });
    std::thread::sleep(Duration::from_secs(5));
    assert_eq!(second.show(&three)["reason"], json!("ticket-used"), "it was told by the folder");
    assert_eq!((first.end(), second.end()), (0, 1));
    assert!(log(&north).contains("used twice"), "{}", log(&north));
    over_the_network(&town, [&north, &south], &four);
}

/// Two gates by one id would not read each other's files, and overwrite them.
#[test]
fn a_gate_whose_folder_is_a_copy_of_anothers_is_found_out() {
    let town = Town::new();
    let service = town.serve();
    let [one, two] = ["one", "two"].map(|name| town.visitor(name, EVENT));
    town.bundle();
    drop(service);
    let (north, twin, shared) = (town.hall("north"), town.path("twin"), town.path("shared"));
    // Its id comes with its first start.
    assert_eq!(Scanner::start(&town, &north, &[]).end(), 0);
    std::fs::create_dir(&shared).unwrap();
    std::fs::create_dir(&twin).unwrap();
    for entry in std::fs::read_dir(&north).unwrap().map(Result::unwrap) {
        std::fs::copy(entry.path(), Path::new(&twin).join(entry.file_name())).unwrap();
    }
    let start = |gate: &str| Scanner::start(&town, gate, &["--share", &shared]);
    let (mut first, mut second) = (start(&north), start(&twin));
    assert_eq!(first.show(&one)["open"], json!(true));
    eventually(|| std::fs::read_dir(&shared).unwrap().next().map(drop));
    assert_eq!(second.show(&two)["open"], json!(true));
    let Scanner { mut child, typed, .. } = second;
    assert_eq!(child.wait().unwrap().code(), Some(3));
    drop(typed);
    assert!(log(&twin).contains("goes by this gate's id"), "{}", log(&twin));
    assert_eq!(first.end(), 0);
    let bundle = town.path("gates.jigap");
    let (code, _, err) = jigap(&["scan", &twin, "--trust", &bundle, "--share", &shared], "");
    assert!(code == 3 && err.contains("marks export"), "{err}");
    // As its hint says. The other has not changed, and starts.
    let marks = done(&["gate", "marks", "export", &twin], "");
    std::fs::remove_file(format!("{twin}/marks.redb")).unwrap();
    done(&["gate", "marks", "import", &twin, "-"], &marks);
    let (first, mut second) = (start(&north), start(&twin));
    assert_eq!(second.show(&one)["reason"], json!("ticket-used"), "it was told by the folder");
    assert_eq!(second.show(&two)["reason"], json!("ticket-used"));
    assert_eq!((first.end(), second.end()), (0, 1));
}

/// Two gates that are paired with the computer that keeps a third one of their venue.
fn over_the_network(town: &Town, [north, south]: [&str; 2], visitor: &[String]) {
    let (office, pages) = (town.beside(north, "office"), town.path("pages"));
    std::fs::create_dir(&pages).unwrap();
    for name in ["index.html", "sw.js", "jigap_web.js", "jigap_web_bg.wasm"] {
        files::replace(&Path::new(&pages).join(name), b"").unwrap();
    }
    let bundle = town.path("gates.jigap");
    let words = ["gate", "serve", &office, "--trust", &bundle, "--listen", "127.0.0.1:0", "--pages", &pages];
    let mut command = Command::new(env!("CARGO_BIN_EXE_jigap"));
    let mut served = command.args(words).stderr(Stdio::piped()).spawn().unwrap();
    let mut url = String::new();
    BufReader::new(served.stderr.as_mut().unwrap()).read_line(&mut url).unwrap();
    let pair = || done(&["gate", "pair", &office, "--url", url.trim().trim_end_matches("/scan/")], "");
    for gate in [north, south] {
        done(&["gate", "join", gate], &pair());
    }
    // A link that was used, and a gate of another venue.
    let link = pair();
    let (code, _, err) = jigap(&["gate", "join", &town.hall("foreign")], &link);
    assert!(code == 1 && err.contains("another venue"), "{err}");
    assert_eq!(jigap(&["gate", "join", south], &link).0, 1);
    let (mut first, mut second) = (Scanner::start(town, north, &[]), Scanner::start(town, south, &[]));
    assert_eq!(first.show(visitor)["open"], json!(true));
    std::thread::sleep(Duration::from_secs(5));
    assert_eq!(second.show(visitor)["reason"], json!("ticket-used"), "it was told over the network");
    served.kill().unwrap();
    served.wait().unwrap();
    assert_eq!((first.end(), second.end()), (0, 1));
    let (code, report, _) = jigap(&["gate", "marks", "report", &office], "");
    assert!(code == 1 && report.lines().count() == 1, "what both had let in was told too: {report}");
}
