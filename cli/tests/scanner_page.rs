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
#[path = "support/passer.rs"]
mod passer;
#[expect(dead_code, reason = "other tests ask what their peer refuses, and why")]
#[path = "../../tests/interop/peers.rs"]
mod peers;

use std::io::{BufRead as _, BufReader};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::rc::Rc;
use std::time::{Duration, Instant};

use film::{Film, RATE};
use jigap_keys::PrivateKey;
use jigap_platform::{entry_log, files};
use jigap_tests::pictures::Scene;
use jigap_wallet_core::did::key_did;
use jigap_wallet_core::entry_log::{Policy, Slot};
use jigap_wallet_core::pass::{Generation, Heard, Kind, Pseudonym, VenueCode, Window};
use jigap_wallet_core::time::Seconds;
use passer::{DAY, EVENT, Visitor, bundle, key, now};
use peers::Peer;
use serde_json::{Value, json};

const PAGES: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../target/web");
/// Longer than pages take to hear of each other.
const MEETING: Duration = Duration::from_secs(4);

fn jigap(arguments: &[&str]) -> String {
    let (exit, told) = tried(arguments);
    assert_eq!(exit, 0, "{arguments:?}");
    told
}

/// How it ends, and what it prints.
fn tried(arguments: &[&str]) -> (i32, String) {
    let mut command = Command::new(env!("CARGO_BIN_EXE_jigap"));
    let output = command.args(["--lang", "en"]).args(arguments).stderr(Stdio::inherit()).output().unwrap();
    (output.status.code().unwrap(), String::from_utf8(output.stdout).unwrap())
}

/// An issuer of passes, a gate, and a browser that is paired with it.
struct Door {
    folder: tempfile::TempDir,
    issuer: Rc<PrivateKey>,
    /// Who signs the trust list.
    publisher: PrivateKey,
    served: Served,
    browser: Peer,
    log: Option<String>,
}

impl Door {
    /// `None` where there is no browser to be had.
    fn new(presence: &str) -> Option<Self> {
        Self::of(|_| ["--fact", "age_over_19", "--presence", presence].map(str::to_owned).to_vec())
    }

    /// A gate that takes tickets.
    fn of_tickets() -> Option<Self> {
        Self::of(|issuer| {
            ["--kind", "ticket", "--event", EVENT, "--issuer", issuer].map(str::to_owned).to_vec()
        })
    }

    /// A gate that wants 19 and over and keeps an entry log: with it the file of its policy.
    fn with_log() -> Option<Self> {
        Self::serving(
            |_| ["--fact", "age_over_19"].map(str::to_owned).to_vec(),
            |folder, gate| Some(parties(folder, gate)),
        )
    }

    fn of(gate_of: impl FnOnce(&str) -> Vec<String>) -> Option<Self> {
        Self::serving(gate_of, |_, _| None)
    }

    fn serving(
        gate_of: impl FnOnce(&str) -> Vec<String>,
        log: impl FnOnce(&Path, &str) -> Option<String>,
    ) -> Option<Self> {
        let installed = Path::new("/usr/bin/chromium").is_file() && Path::new(PAGES).join("sw.js").is_file();
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
        let (issuer, publisher) = (Rc::new(key()), key());
        let path = |name: &str| folder.path().join(name).to_str().unwrap().to_owned();
        let trust = bundle(&issuer, &publisher, (1, DAY));
        files::replace(Path::new(&path("trust.jigap")), &trust).unwrap();
        let (gate, asks) = (path("door"), gate_of(&key_did(issuer.public())));
        let named = ["gate", "init", &gate, "--venue", "한빛 미술관", "--gate", "North gate"];
        jigap(&[&named[..], &asks.iter().map(String::as_str).collect::<Vec<_>>()].concat());
        let log = log(folder.path(), &gate);
        let served = Served::start(&gate, "127.0.0.1:0", log.as_deref());
        let mut door = Self { folder, issuer, publisher, served, browser, log };
        let film = door.path("film.y4m");
        door.ask(json!({"op": "start", "film": film}));
        door.pair();
        Some(door)
    }

    /// Exchanges the browser for another one, which is paired with the gate too.
    fn beside(&mut self) -> Peer {
        let first = std::mem::replace(&mut self.browser, Peer::start("browser.mjs").unwrap());
        let film = self.path("film.y4m");
        self.ask(json!({"op": "start", "film": film}));
        self.pair();
        first
    }

    /// The computer that keeps the gate is gone, or there again.
    fn serve(&mut self, there: bool) {
        if there {
            let listen = self.served.url.trim_start_matches("http://").to_owned();
            self.served = Served::start(&self.path("door"), &listen, self.log.as_deref());
        } else {
            self.served.end();
        }
    }

    /// What the computer that keeps the gate hands out, from now on.
    fn serve_trust(&mut self, bundle: &[u8]) {
        self.serve(false);
        files::replace(Path::new(&self.path("trust.jigap")), bundle).unwrap();
        self.serve(true);
    }

    /// Whether the device keeps this, once the page had the time to take it.
    fn keeps(&mut self, bundle: &[u8]) -> bool {
        let bundle: Value = serde_json::from_slice(bundle).unwrap();
        let list = bundle["trust_list"].as_str().unwrap();
        let began = Instant::now();
        loop {
            let kept = self.ask(json!({"op": "storage"}));
            let keeps = kept.as_str().unwrap().contains(list);
            if keeps || began.elapsed() > MEETING {
                return keeps;
            }
            std::thread::sleep(Duration::from_millis(100));
        }
    }

    /// Waits until this part of the page says so.
    #[track_caller]
    fn until(&mut self, selector: &str, says: &str) {
        let began = Instant::now();
        loop {
            let told = self.ask(json!({"op": "text", "selector": selector}));
            if told.as_str().unwrap().contains(says) {
                return;
            }
            assert!(began.elapsed() < Duration::from_secs(15), "{selector} says {told}");
            std::thread::sleep(Duration::from_millis(100));
        }
    }

    /// What the page says of a code that a scanner types.
    #[track_caller]
    fn typed(&mut self, code: &str) -> String {
        let before = self.verdicts(0, Duration::ZERO).len();
        self.ask(json!({"op": "type", "text": code}));
        let told = self.verdicts(before + 1, Duration::from_secs(5));
        assert_eq!(told.len(), before + 1);
        check(&told[before])
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

    /// The page's screen, as a wallet reads it.
    fn shown(&mut self) -> (Heard, Window) {
        let text = self.ask(json!({"op": "screen"}));
        let code = VenueCode::read(text.as_str().unwrap(), now()).unwrap();
        assert_eq!((code.name(), code.gate()), ("한빛 미술관", "North gate"));
        code.heard(Window::of(now()))
    }

    /// The same, when its window has just begun.
    fn screen(&mut self) -> (Heard, Window) {
        loop {
            let (heard, window) = self.shown();
            if window == Window::of(now()) && now().unix() - window.begins().unix() < 3 {
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

/// The parties of a gate's entry log; the file of their policy.
fn parties(folder: &Path, gate: &str) -> String {
    let path = |name: &str| folder.join(name).to_str().unwrap().to_owned();
    let policy = path("log.jigap");
    let roles = ["authority", "venue", "issuer"];
    let statements = roles.map(|role| {
        let door = ["--door", gate];
        let door: &[&str] = if role == "venue" { &door } else { &[] };
        let words = ["entry-log", "init", &path(role), "--role", role, "--name", role, "--operator", role];
        jigap(&[&words[..], door].concat());
        jigap(&["entry-log", "keys", &path(role)]);
        path(&format!("{role}/statement.jigap"))
    });
    let [authority, venue, issuer] = statements.each_ref().map(String::as_str);
    jigap(&["entry-log", "policy", &policy, authority, venue, issuer]);
    roles.iter().for_each(|role| drop(jigap(&["entry-log", "agree", &path(role), &policy])));
    policy
}

/// Every run of base64url in a text, decoded: what a device keeps, as its thief reads it.
fn decoded(text: &str) -> Vec<u8> {
    let words = text.split(|c: char| !(c.is_ascii_alphanumeric() || "-_".contains(c)));
    words.filter_map(|word| jigap_keys::base64url::decode(word).ok()).flatten().collect()
}

/// What a verdict says.
fn check(verdict: &Value) -> String {
    if verdict["open"] == json!(true) {
        "open".to_owned()
    } else {
        verdict["check"].as_str().unwrap().to_owned()
    }
}

/// `jigap gate serve`, which ends with the test at the latest.
struct Served {
    child: Child,
    url: String,
}

impl Served {
    /// Of the gate in a folder, beside which lies its trust bundle.
    fn start(gate: &str, listen: &str, log: Option<&str>) -> Self {
        let trust = format!("{gate}/../trust.jigap");
        let mut command = Command::new(env!("CARGO_BIN_EXE_jigap"));
        command.args(["gate", "serve", gate, "--trust", &trust, "--listen", listen, "--pages", PAGES]);
        command.args(log.iter().flat_map(|policy| ["--log", policy]));
        let mut child = command.stderr(Stdio::piped()).spawn().unwrap();
        let mut said = BufReader::new(child.stderr.take().unwrap());
        // Before it says where it is, it may warn.
        let mut line = String::new();
        while !line.starts_with("http") {
            line.clear();
            assert!(said.read_line(&mut line).unwrap() > 0, "it does not start");
        }
        std::thread::spawn(move || std::io::copy(&mut said, &mut std::io::sink()));
        Self { child, url: line.trim().trim_end_matches("/scan/").to_owned() }
    }
}

impl Served {
    fn end(&mut self) {
        self.child.kill().ok();
        self.child.wait().ok();
    }
}

impl Drop for Served {
    fn drop(&mut self) {
        self.end();
    }
}

#[test]
fn a_page_judges_what_a_film_shows_without_a_network() {
    let Some(mut door) = Door::new("screen") else { return };
    // The computer that keeps the gate is gone, the page is loaded anew: it opens from the device.
    door.ask(json!({"op": "kept"}));
    door.serve(false);
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
    let told: Vec<String> = told.iter().map(check).collect();
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

/// Whoever comes next would walk in under it.
#[test]
fn green_ends_although_its_code_stays_in_sight() {
    let Some(mut door) = Door::new("screen") else { return };
    let issuer = Rc::clone(&door.issuer);
    let (heard, window) = door.screen();
    let mut film = Film::new(480, 360);
    film.hold(&Visitor::of(&issuer).shows(&issuer, &heard, window), 12 * RATE, |sharp| sharp);
    film.wait(200);
    film.write(Path::new(&door.path("film.y4m")));
    door.ask(json!({"op": "click", "selector": "#start"}));
    let told: Vec<String> = door.verdicts(1, Duration::from_secs(15)).iter().map(check).collect();
    assert_eq!(told, ["open"]);
    let began = Instant::now();
    while door.ask(json!({"op": "text", "selector": "#sign"})) == "✓" {
        assert!(began.elapsed() < Duration::from_secs(5), "it stays green");
        std::thread::sleep(Duration::from_millis(100));
    }
    // As long as it stays it is not judged again.
    assert_eq!(door.verdicts(2, Duration::from_secs(3)).len(), 1);
    door.ask(json!({"op": "end"}));
}

/// A list that has ended is followed by a later version of it, and not by whatever the computer that keeps the gate hands out.
#[test]
fn a_page_whose_trust_list_has_ended_takes_no_strangers() {
    let Some(mut door) = Door::new("screen") else { return };
    let issuer = Rc::clone(&door.issuer);
    let lasts = Seconds(12);
    let short = bundle(&issuer, &door.publisher, (2, lasts));
    let ended = Instant::now() + Duration::from_secs(u64::from(lasts.0) + 1);
    door.serve_trust(&short);
    door.ask(json!({"op": "reload"}));
    door.ask(json!({"op": "state", "state": "paired"}));
    assert!(door.keeps(&short));
    std::thread::sleep(ended.saturating_duration_since(Instant::now()));
    let strange = bundle(&issuer, &key(), (9, DAY));
    door.serve_trust(&strange);
    door.ask(json!({"op": "reload"}));
    door.until("#trouble", "cannot be used");
    // Nor later: it has no gate that would look at it.
    door.ask(json!({"op": "online"}));
    assert!(!door.keeps(&strange));
    let earlier = bundle(&issuer, &door.publisher, (1, DAY));
    door.serve_trust(&earlier);
    door.ask(json!({"op": "reload"}));
    door.until("#trouble", "cannot be used");
    assert!(!door.keeps(&earlier));
    let newer = bundle(&issuer, &door.publisher, (3, DAY));
    door.serve_trust(&newer);
    door.ask(json!({"op": "reload"}));
    door.ask(json!({"op": "state", "state": "paired"}));
    assert!(door.keeps(&newer));
    door.ask(json!({"op": "end"}));
}

#[test]
fn a_ticket_opens_one_page_once_and_no_other_that_has_heard_of_it() {
    let Some(mut north) = Door::of_tickets() else { return };
    let issuer = Rc::clone(&north.issuer);
    let visitor = || Visitor { kind: Kind::Ticket, ..Visitor::of(&issuer) };
    let (first, second) = (visitor(), visitor());
    let show = |door: &mut Door, visitor: &Visitor| {
        let (heard, window) = door.shown();
        door.typed(&visitor.shows(&issuer, &heard, window))
    };
    north.ask(json!({"op": "kept"}));
    north.until("#shared", "told to");
    let away = north.beside();
    north.until("#shared", "told to");
    // At the second page, then at the first, when that was told.
    assert_eq!(show(&mut north, &first), "open");
    north.until("#shared", "told to");
    let mut south = std::mem::replace(&mut north.browser, away);
    std::thread::sleep(MEETING);
    assert_eq!(show(&mut north, &first), "EP-11");
    // The computer that keeps the gate is gone: the page is loaded anew, and knows what it knew.
    north.serve(false);
    north.ask(json!({"op": "reload"}));
    north.ask(json!({"op": "state", "state": "paired"}));
    assert_eq!(show(&mut north, &first), "EP-11");
    // What neither has heard of opens both, and both find it out when they meet.
    assert_eq!(show(&mut north, &second), "open");
    assert_eq!(show(&mut north, &second), "EP-11");
    std::mem::swap(&mut north.browser, &mut south);
    assert_eq!(show(&mut north, &second), "open");
    north.serve(true);
    north.until("#twice", "Tickets used twice: 1");
    std::mem::swap(&mut north.browser, &mut south);
    north.until("#twice", "Tickets used twice: 1");
    north.picture("tickets");
    north.serve(false);
    let (exit, reported) = tried(&["gate", "marks", "report", &north.path("door")]);
    let reported: Value = serde_json::from_str(&reported).unwrap();
    assert_eq!((exit, reported["used"].as_array().unwrap().len()), (1, 2), "{reported}");
    north.ask(json!({"op": "end"}));
    std::mem::swap(&mut north.browser, &mut south);
    north.ask(json!({"op": "end"}));
}

#[test]
fn a_page_seals_its_entry_log_without_a_network_and_hands_it_over() {
    let Some(mut door) = Door::with_log() else { return };
    let issuer = Rc::clone(&door.issuer);
    let visitors = [Visitor::of(&issuer), Visitor::of(&issuer)];
    door.ask(json!({"op": "kept"}));
    door.serve(false);
    door.ask(json!({"op": "reload"}));
    door.ask(json!({"op": "state", "state": "paired"}));
    for visitor in &visitors {
        let (heard, window) = door.shown();
        assert_eq!(door.typed(&visitor.shows(&issuer, &heard, window)), "open");
    }
    door.until("#logged", "2 rows on this device alone");
    // What a thief of the device finds: no pass, nobody, no moment.
    let kept = door.ask(json!({"op": "storage"}));
    let bytes = [kept.as_str().unwrap().as_bytes(), &decoded(kept.as_str().unwrap())].concat();
    let holds = |part: &[u8]| bytes.windows(part.len()).any(|it| it == part);
    assert!(holds(b"page/row/"), "it was read");
    for visitor in &visitors {
        let public = visitor.holder.public();
        assert!(!holds(Pseudonym::of(public).as_bytes()) && !holds(&public.to_bytes()));
    }
    let slot = Slot::of(now());
    let slots = [slot.number(), slot.number() - 1].map(u32::to_be_bytes);
    assert!(slots.iter().all(|slot| !holds(slot)) && !holds(b"JG1:"));
    // The computer that keeps the gate is there again: the rows are, and the device has none.
    door.serve(true);
    door.until("#logged", "handed over");
    let logs: Vec<_> =
        std::fs::read_dir(door.path("door/scanner-logs")).unwrap().map(|it| it.unwrap().path()).collect();
    let [log] = logs.as_slice() else { panic!("{logs:?}") };
    let policy = Policy::read(&files::read(Path::new(door.log.as_ref().unwrap())).unwrap()).unwrap();
    let there = || {
        let days = entry_log::read(log, &policy, |_| true).unwrap();
        assert!(days[0].gate.starts_with("North gate #"));
        days[0].rows.len()
    };
    assert_eq!(there(), 2);
    let kept = door.ask(json!({"op": "storage"}));
    assert!(!String::from_utf8_lossy(&decoded(kept.as_str().unwrap())).contains("page/row/"));
    let (heard, window) = door.shown();
    assert_eq!(door.typed(&Visitor::of(&issuer).shows(&issuer, &heard, window)), "open");
    let began = Instant::now();
    while there() < 3 {
        assert!(began.elapsed() < Duration::from_secs(10), "it was not handed over at once");
        std::thread::sleep(Duration::from_millis(100));
    }
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
