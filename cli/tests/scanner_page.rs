//! The scanner's page in Chromium, headless, with a film of codes for a camera: `jigap gate serve`, pairing, the door.
//!
//! The pages are those of `cargo xtask web`. Where they, the browser or its driver are missing a test says `skipped`; in CI
//! it fails.

#![expect(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::disallowed_methods,
    reason = "a test's helpers fail the test, start processes and tell the time"
)]

#[path = "support/film.rs"]
mod film;
#[expect(dead_code, reason = "other tests ask what their peer refuses, and why")]
#[path = "../../tests/interop/peers.rs"]
mod peers;

use std::io::{BufRead as _, BufReader};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::rc::Rc;
use std::time::{Duration, Instant};

use film::{Film, RATE};
use jigap_keys::{KeyType, PrivateKey};
use jigap_platform::clock::SystemClock;
use jigap_platform::entropy::OsEntropy;
use jigap_platform::files;
use jigap_tests::pictures::Scene;
use jigap_wallet_core::bundle::TrustBundle;
use jigap_wallet_core::did::{Did, key_did};
use jigap_wallet_core::pass::{Fact, Generation, Heard, Kind, PassClaims, VenueCode, Window, present};
use jigap_wallet_core::ports::Clock as _;
use jigap_wallet_core::time::{Seconds, Timestamp};
use jigap_wallet_core::trust::{Authorities, Mechanism, Names, TrustEntry, TrustListContent};
use peers::Peer;
use serde_json::{Value, json};

const DAY: Seconds = Seconds(86_400);

fn now() -> Timestamp {
    SystemClock.now()
}

fn key() -> PrivateKey {
    PrivateKey::generate(KeyType::Ed25519, &OsEntropy)
}

fn jigap(arguments: &[&str]) -> String {
    let output =
        Command::new(env!("CARGO_BIN_EXE_jigap")).args(["--lang", "en"]).args(arguments).output().unwrap();
    assert!(output.status.success(), "{arguments:?}: {}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).unwrap()
}

/// An issuer of passes, a gate that wants 19 and over, and a browser that is paired with it.
struct Door {
    folder: tempfile::TempDir,
    issuer: Rc<PrivateKey>,
    served: Served,
    browser: Peer,
}

impl Door {
    /// `None` where there is no browser to be had.
    fn new(presence: &str) -> Option<Self> {
        let pages = Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/../target/web"));
        let installed = Path::new("/usr/bin/chromium").is_file() && pages.join("sw.js").is_file();
        if !installed {
            let required = std::env::var("JIGAP_REQUIRE_PEERS").is_ok_and(|value| value == "1");
            assert!(!required, "no chromium, or no target/web: `cargo xtask test` makes both");
            #[expect(clippy::print_stderr, reason = "a test that was skipped says so")]
            {
                eprintln!("skipped: no chromium, or no target/web");
            }
            return None;
        }
        let browser = Peer::start("browser.mjs")?;
        let folder = tempfile::tempdir().unwrap();
        let issuer = Rc::new(key());
        let path = |name: &str| folder.path().join(name).to_str().unwrap().to_owned();
        files::replace(Path::new(&path("trust.jigap")), &bundle(&issuer)).unwrap();
        let (gate, named) = (path("door"), ["--venue", "한빛 미술관", "--gate", "North gate"]);
        jigap(
            &[&["gate", "init", &gate, "--fact", "age_over_19", "--presence", presence], &named[..]].concat(),
        );
        let served = Served::start(&[
            "gate",
            "serve",
            &gate,
            "--trust",
            &path("trust.jigap"),
            "--listen",
            "127.0.0.1:0",
            "--pages",
            pages.to_str().unwrap(),
        ]);
        let mut door = Self { folder, issuer, served, browser };
        let film = door.path("film.y4m");
        door.ask(json!({"op": "start", "film": film}));
        door.pair();
        Some(door)
    }

    fn path(&self, name: &str) -> String {
        self.folder.path().join(name).to_str().unwrap().to_owned()
    }

    #[track_caller]
    fn ask(&mut self, request: Value) -> Value {
        self.browser.ask(&request).unwrap()
    }

    fn pair(&mut self) {
        let gate = self.path("door");
        let link = jigap(&["gate", "pair", &gate, "--url", &self.served.url]);
        self.ask(json!({"op": "open", "url": link.trim()}));
        self.ask(json!({"op": "click", "selector": "#pair"}));
        self.ask(json!({"op": "state", "state": "paired"}));
    }

    /// The page's screen, as a wallet reads it, when its window has just begun.
    fn screen(&mut self) -> (Heard, Window) {
        loop {
            let text = self.ask(json!({"op": "screen"}));
            let now = now();
            let code = VenueCode::read(text.as_str().unwrap(), now).unwrap();
            assert_eq!((code.name(), code.gate()), ("한빛 미술관", "North gate"));
            let (heard, window) = code.heard(Window::of(now));
            if window == Window::of(now) && now.unix() - window.begins().unix() < 3 {
                return (heard, window);
            }
            std::thread::sleep(Duration::from_millis(200));
        }
    }

    /// The page's verdicts, once there are this many.
    fn verdicts(&mut self, count: usize, patience: Duration) -> Vec<Value> {
        let began = Instant::now();
        loop {
            let told = self.ask(json!({"op": "verdicts"}));
            let told = told.as_array().unwrap().clone();
            if told.len() >= count || began.elapsed() > patience {
                return told;
            }
            std::thread::sleep(Duration::from_millis(200));
        }
    }

    fn picture(&mut self, name: &str) {
        if let Ok(folder) = std::env::var("JIGAP_PICTURES") {
            self.ask(json!({"op": "picture", "path": format!("{folder}/{name}.png")}));
        }
    }
}

/// What shows a pass, in these ways wrong or right.
struct Visitor {
    holder: PrivateKey,
    signer: Rc<PrivateKey>,
    expires: Timestamp,
}

impl Visitor {
    fn of(issuer: &Rc<PrivateKey>) -> Self {
        Self { holder: key(), signer: Rc::clone(issuer), expires: Generation::of(now()).ends() }
    }

    fn shows(&self, issuer: &PrivateKey, heard: &Heard, window: Window) -> String {
        let claims = PassClaims {
            kind: Kind::Entry,
            facts: vec![Fact::AgeOver(19)],
            particulars: Vec::new(),
            expires: self.expires,
            holder: self.holder.public().clone(),
            version: 0,
            status: None,
        };
        // Says that it is the issuer's, whoever signs.
        let pass = claims.unsigned(issuer.public()).unwrap().sign(&self.signer).unwrap();
        present(&pass, window, heard, &self.holder).unwrap()
    }
}

fn bundle(issuer: &PrivateKey) -> Vec<u8> {
    let (did, list, publisher) = (key_did(issuer.public()), "https://trust.example/list", key());
    let entry = TrustEntry {
        issuer: did.clone(),
        names: Names { ko: "한빛구".to_owned(), en: "Hanbit district".to_owned() },
        mechanism: Mechanism::Did(Did::parse(&did).unwrap().into()),
        keys: None,
        types: vec![Kind::Entry.trusted_type().to_owned()],
        valid_from: now().minus(DAY),
        valid_until: now().plus(DAY),
        withdrawn_since: None,
        status_issuers: Vec::new(),
        authorities: Authorities::default(),
        passes: jigap_wallet_core::trust::PassTerms::default(),
    };
    let content = TrustListContent {
        publisher: "https://trust.example".to_owned(),
        id: list.to_owned(),
        version: 1,
        issued_at: now(),
        expires_at: now().plus(DAY),
        entries: vec![entry],
    };
    let signed = content.issue(&publisher, None).unwrap();
    TrustBundle::write((list, &signed), publisher.public(), []).to_string().into_bytes()
}

/// `jigap gate serve`, which ends with the test at the latest.
struct Served {
    child: Child,
    url: String,
}

impl Served {
    fn start(words: &[&str]) -> Self {
        let mut command = Command::new(env!("CARGO_BIN_EXE_jigap"));
        let mut child = command.args(words).stderr(Stdio::piped()).spawn().unwrap();
        let mut said = BufReader::new(child.stderr.take().unwrap());
        let mut line = String::new();
        said.read_line(&mut line).unwrap();
        assert!(line.starts_with("http"), "{line}");
        std::thread::spawn(move || std::io::copy(&mut said, &mut std::io::sink()));
        Self { child, url: line.trim().trim_end_matches("/scan/").to_owned() }
    }
}

impl Drop for Served {
    fn drop(&mut self) {
        self.child.kill().ok();
        self.child.wait().ok();
    }
}

#[test]
fn a_page_judges_what_a_film_shows_without_a_network() {
    let Some(mut door) = Door::new("screen") else { return };
    // The computer that keeps the gate is gone, the page is loaded anew: it opens from the device.
    door.ask(json!({"op": "kept"}));
    door.served.child.kill().unwrap();
    door.served.child.wait().unwrap();
    door.ask(json!({"op": "reload"}));
    door.ask(json!({"op": "state", "state": "paired"}));

    let (heard, window) = door.screen();
    let issuer = Rc::clone(&door.issuer);
    let of = |visitor: &Visitor, heard: &Heard, window| visitor.shows(&issuer, heard, window);
    let visitor = || Visitor::of(&issuer);
    let first = of(&visitor(), &heard, window);
    let forged = of(&Visitor { signer: Rc::new(key()), ..visitor() }, &heard, window);
    let ended = Generation::ending_at(Generation::of(now()).begins()).unwrap().ends();
    let expired = of(&Visitor { expires: ended, ..visitor() }, &heard, window);
    let Heard::Screen(venue, _) = heard else { panic!("the gate has a screen") };
    let elsewhere = of(&visitor(), &Heard::Screen(venue, [7; 16]), window);
    let photographed = of(&visitor(), &heard, Window::from_number(window.number() - 5));
    let mut film = Film::new(480, 360);
    let mut show = |code: &str, seen: fn(Scene) -> Scene| {
        film.hold(code, 4, seen);
        film.wait(1);
    };
    show(&first, |sharp| sharp);
    show(&forged, |sharp| sharp);
    show(&expired, |sharp| sharp);
    show(&elsewhere, |sharp| sharp);
    show(&photographed, |sharp| sharp);
    show(&of(&visitor(), &heard, window), |sharp| Scene { angle: 180.0, ..sharp });
    show(&of(&visitor(), &heard, window), |sharp| Scene { greys: (12.0, 55.0), noise: 2.0, ..sharp });
    show(&of(&visitor(), &heard, window), |sharp| Scene { blur: 1.6, ..sharp });
    show(&of(&visitor(), &heard, window), |sharp| Scene {
        angle: 24.0,
        module: sharp.module * 0.7,
        tilt: (0.08, 0.04),
        ..sharp
    });
    show("https://example.com/not-a-pass", |sharp| sharp);
    show(&first, |sharp| sharp);
    // Somebody else with a copy of a code that was let in a moment ago.
    let copied = of(&visitor(), &heard, window);
    film.hold(&copied, 6, |sharp| sharp);
    film.wait(7);
    film.hold(&copied, 4, |sharp| sharp);
    film.wait(200);
    film.write(Path::new(&door.path("film.y4m")));
    door.ask(json!({"op": "click", "selector": "#start"}));

    let told = door.verdicts(12, Duration::from_secs(40));
    let told: Vec<&str> = told
        .iter()
        .map(|it| if it["open"] == json!(true) { "open" } else { it["check"].as_str().unwrap() })
        .collect();
    door.picture("door");
    assert_eq!(
        told,
        [
            "open", "EP-04", "EP-05", "EP-08", "EP-07", "open", "open", "open", "open", "EP-11", "open",
            "EP-11"
        ]
    );
    assert_eq!(door.ask(json!({"op": "text", "selector": "#admitted"})), "6");
    assert_eq!(door.ask(json!({"op": "text", "selector": "#refused"})), "6");

    // A scanner that types. What a stranger's code has it type presses no button: nothing is forgotten.
    door.ask(json!({"op": "click", "selector": "#by-paper"}));
    door.ask(json!({"op": "type", "text": "JG1:NOTHING  \t\tHERE"}));
    let told = door.verdicts(13, Duration::from_secs(5));
    assert_eq!((told.len(), &told[12]["check"]), (13, &json!("EP-01")));
    assert_eq!(door.ask(json!({"op": "text", "selector": "#paper"})), "1");
    // What stays on the device says nothing about anybody who came.
    let kept = door.ask(json!({"op": "storage"}));
    let kept = kept.as_str().unwrap();
    assert!(kept.contains("jigap-gate/1") && kept.contains("jigap-trust-bundle/1"), "{}", kept.len());
    assert!(!kept.contains("JG1:") && !kept.contains(&first[4..40]));
    door.ask(json!({"op": "end"}));
}

#[test]
fn sixty_people_a_minute_pass_before_the_camera() {
    const PEOPLE: usize = 62;
    let Some(mut door) = Door::new("poster") else { return };
    let gate = door.path("door");
    let poster = jigap(&["gate", "poster", &gate, "--text"]);
    let heard = VenueCode::read(poster.trim(), now()).unwrap().heard(Window::of(now())).0;
    // A gate with a poster takes no code that it may have taken before it started.
    let begins = now().plus(Seconds(32));
    let issuer = Rc::clone(&door.issuer);
    let mut film = Film::new(320, 240);
    for second in 0..PEOPLE {
        let at = begins.plus(Seconds(u32::try_from(second).unwrap()));
        film.hold(&Visitor::of(&issuer).shows(&issuer, &heard, Window::of(at)), RATE, |sharp| sharp);
    }
    film.wait(400);
    film.write(Path::new(&door.path("film.y4m")));
    while now() < begins {
        std::thread::sleep(Duration::from_millis(20));
    }
    door.ask(json!({"op": "click", "selector": "#start"}));
    let told = door.verdicts(PEOPLE, Duration::from_secs(u64::try_from(PEOPLE).unwrap() + 10));
    door.picture("queue");
    let refused: Vec<&Value> = told.iter().filter(|it| it["open"] != json!(true)).collect();
    assert_eq!((told.len(), refused), (PEOPLE, Vec::new()));
    let moments: Vec<u64> = told.iter().map(|it| it["at"].as_u64().unwrap()).collect();
    let took = moments[59] - moments[0];
    assert!(took <= 61_000, "60 people took {took} ms");
    door.ask(json!({"op": "end"}));
}
