//! `jigap wallet page`: a phone's browser reads a gate's poster before its camera, agrees, and shows the pass; and what the page's
//! server does not do for strangers.

#![expect(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::disallowed_methods,
    reason = "a test's helpers fail the test, and start processes"
)]

#[expect(dead_code, reason = "in other films somebody goes away")]
#[path = "support/film.rs"]
mod film;
#[path = "support/offers.rs"]
mod offers;
#[expect(dead_code, reason = "other tests ask what their peer refuses, and why")]
#[path = "../../tests/interop/peers.rs"]
mod peers;
#[path = "support/run.rs"]
mod run;
#[path = "support/service.rs"]
mod service;
#[path = "support/town.rs"]
mod town;

use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::TcpStream;
use std::path::Path;
use std::process::{Child, Command, Stdio};

use film::Film;
use jigap_platform::files;
use peers::Peer;
use run::{done, jigap, wallet};
use serde_json::{Value, json};
use town::Town;

/// Files enough to be pages, where nothing draws them.
fn pages(town: &Town) -> String {
    let folder = town.path("pages");
    std::fs::create_dir_all(&folder).unwrap();
    for name in ["index.html", "sw.js", "jigap_web.js", "jigap_web_bg.wasm", "pass.html"] {
        files::replace(&Path::new(&folder).join(name), name.as_bytes()).unwrap();
    }
    folder
}

/// `jigap wallet page`, which ends with the test at the latest.
struct Page {
    child: Child,
    link: String,
}

impl Page {
    fn start(opening: &[String], pages: &str) -> Self {
        let mut command = Command::new(env!("CARGO_BIN_EXE_jigap"));
        command.args(opening).args(["page", "--listen", "127.0.0.1:0", "--pages", pages]);
        let mut child = command.stdout(Stdio::piped()).stderr(Stdio::null()).spawn().unwrap();
        let mut link = String::new();
        BufReader::new(child.stdout.take().unwrap()).read_line(&mut link).unwrap();
        assert!(link.starts_with("http://127.0.0.1:"), "{link}");
        Self { child, link: link.trim().to_owned() }
    }

    fn token(&self) -> &str {
        self.link.split_once('#').unwrap().1
    }

    /// What is answered to a wish: status and JSON.
    fn wish(&self, what: &str, token: &str, wish: &Value) -> (u16, Value) {
        let address = self.link.strip_prefix("http://").unwrap().split('/').next().unwrap();
        let mut stream = TcpStream::connect(address).unwrap();
        let body = wish.to_string();
        write!(
            stream,
            "POST /pass/{what} HTTP/1.1\r\nHost: {address}\r\nAuthorization: Bearer {token}\r\nContent-Type: application/json\r\n\
             Content-Length: {}\r\nConnection: close\r\n\r\n{body}",
            body.len()
        )
        .unwrap();
        let mut answer = String::new();
        stream.read_to_string(&mut answer).unwrap();
        let status = answer.split(' ').nth(1).unwrap().parse().unwrap();
        (status, serde_json::from_str(answer.split_once("\r\n\r\n").unwrap().1).unwrap_or_default())
    }
}

impl Drop for Page {
    fn drop(&mut self) {
        self.child.kill().ok();
        self.child.wait().ok();
    }
}

fn poster(town: &Town, name: &str, fact: &str) -> String {
    let gate = town.gate(name, &[fact], "poster");
    done(&["gate", "poster", &gate, "--text"], "").trim().to_owned()
}

#[test]
fn a_pass_is_shown_for_what_was_agreed_to_and_to_whoever_has_the_link_alone() {
    let town = Town::new();
    let visitor = town.visitor(&json!({"student": true}));
    let (library, bar) = (poster(&town, "library", "student"), poster(&town, "bar", "age_over_19"));
    let page = Page::start(&visitor, &pages(&town));
    let token = page.token().to_owned();
    let ask = |gate: &str| page.wish("ask", &token, &json!({"gate": gate, "lang": "en"}));

    for wrong in ["", "guess", &token[1..]] {
        assert_eq!(page.wish("ask", wrong, &json!({"gate": library, "lang": "en"})).0, 401, "{wrong}");
    }
    let (status, asked) = ask(&library);
    assert_eq!(
        (status, &asked["venue"], &asked["facts"]),
        (200, &json!("Hanbit museum"), &json!(["student"]))
    );
    let agreed = &asked["agreed"];
    assert_eq!((&agreed["told"], &agreed["reused"]), (&json!(["student"]), &json!(false)));
    assert_eq!(
        page.wish("code", &token, &json!({"gate": library, "lang": "en"})).0,
        409,
        "nothing is shown yet"
    );

    // What was agreed to for one venue is not shown to another, nor is what was not agreed to at all.
    let second = poster(&town, "second", "student");
    let show = |gate: &str, agreed: Value| {
        page.wish("show", &token, &json!({"gate": gate, "lang": "en", "agreed": agreed}))
    };
    for (gate, agreed) in [
        (&second, agreed.clone()),
        (&library, json!(null)),
        (&library, json!({"venue": agreed["venue"], "told": [], "blind": false, "reused": false})),
        (&library, json!({"venue": agreed["venue"], "told": ["student"], "blind": false, "reused": true})),
        (&library, json!({"venue": agreed["venue"], "told": ["student"], "blind": true, "reused": false})),
    ] {
        assert_eq!(show(gate, agreed).0, 409);
    }
    let (status, shown) = show(&library, agreed.clone());
    assert!(status == 200 && shown["code"].as_str().unwrap().starts_with("JG1:"), "{shown}");
    assert_eq!((&shown["screen"], &shown["left"]), (&json!(false), &json!(27)));
    assert_eq!(page.wish("code", &token, &json!({"gate": library, "lang": "en"})).1["left"], json!(27));

    let (status, refused) = ask(&bar);
    assert!(status == 409 && refused["said"]["ko"].is_string(), "{refused}");
    let (status, refused) = ask("JV1:NOTHING");
    assert!(status == 409 && refused["said"]["en"].as_str().unwrap().contains("VN-01"), "{refused}");
    assert_eq!(page.wish("ask", &token, &json!({"lang": "en"})).0, 400);
    // Whoever guesses waits; whoever has the link does not.
    let guess = || page.wish("ask", "guess", &json!({"gate": library, "lang": "en"})).0;
    let guesses: Vec<u16> = (0..12).map(|_| guess()).collect();
    assert_eq!(guesses[11], 429);
    assert_eq!(ask(&library).0, 200);
}

/// Whoever agrees knows what it is that the gate asks.
#[test]
fn a_gate_of_tickets_says_on_the_page_for_which_event_and_which_zone() {
    let town = Town::new();
    let place = town.path("here/jigap.toml");
    let text = String::from_utf8(files::read(Path::new(&place)).unwrap()).unwrap();
    let text =
        text.replace("types = [\"check-in\"]\nmechanism", "types = [\"check-in\", \"ticket\"]\nmechanism");
    let text = text.replace("formats = { check-in", "formats = { ticket = [\"jigap_pass\"], check-in");
    files::replace(Path::new(&place), text.as_bytes()).unwrap();
    done(&["trust", "publish", "--config", &place], "");
    let ends = "2099-12-31T22:00:00+09:00";
    let claims = json!({"event": "Year-end concert", "zone": "R", "row": "12", "seat": "34", "ends": ends});
    let visitor = town.visitor_with("ticket_jigap_pass", &claims);
    let hall = town.path("hall");
    let asks = ["--kind", "ticket", "--event", "Year-end concert", "--zone", "R", "--zone", "S"];
    let named = ["gate", "init", &hall, "--venue", "Hanbit hall", "--gate", "hall", "--presence", "poster"];
    done(&[&named[..], &asks, &["--issuer", "https://id.example/hanbit"]].concat(), "");
    let poster = done(&["gate", "poster", &hall, "--text"], "");
    let page = Page::start(&visitor, &pages(&town));
    let (status, asked) = page.wish("ask", page.token(), &json!({"gate": poster.trim(), "lang": "en"}));
    assert_eq!(
        (status, &asked["kind"], &asked["particulars"], &asked["facts"]),
        (200, &json!("ticket"), &json!(["Year-end concert", "R / S"]), &json!([])),
        "{asked}"
    );
}

#[test]
fn a_page_wants_pages_and_a_certificate_where_others_reach_it() {
    let town = Town::new();
    let visitor = town.visitor(&json!({"student": true}));
    let page = |more: &[&str]| {
        let words: Vec<&str> =
            visitor.iter().map(String::as_str).chain(["page"]).chain(more.iter().copied()).collect();
        let (code, _, err) = jigap(&words, "");
        (code, err)
    };
    let (code, said) = page(&["--pages", &town.path("nowhere")]);
    assert!(code == 3 && said.contains("cargo xtask web"), "{said}");
    let (code, said) = page(&["--pages", &pages(&town), "--listen", "0.0.0.0:0"]);
    assert!(code == 3 && said.contains("https"), "{said}");
    assert_eq!(page(&["--pages", &pages(&town), "--url", "http://192.168.0.9:1"]).0, 2);
}

#[test]
fn a_phone_reads_a_poster_by_its_camera_and_shows_a_pass_that_opens() {
    let pages = Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/../target/web"));
    if !Path::new("/usr/bin/chromium").is_file() || !pages.join("pass.html").is_file() {
        let required = std::env::var("JIGAP_REQUIRE_PEERS").is_ok_and(|value| value == "1");
        assert!(!required, "no chromium, or no target/web: `cargo xtask test` makes both");
        eprintln!("skipped: no chromium, or no target/web");
        return;
    }
    let Some(mut browser) = Peer::start("browser.mjs") else { return };
    let town = Town::new();
    let visitor = town.visitor(&json!({"student": true}));
    let gate = town.gate("library", &["student"], "poster");
    let poster = done(&["gate", "poster", &gate, "--text"], "");
    let film = town.path("film.y4m");
    let mut seen = Film::new(480, 360);
    seen.hold(poster.trim(), 20, |sharp| sharp);
    seen.write(Path::new(&film));
    let page = Page::start(&visitor, pages.to_str().unwrap());
    let mut ask = |request: Value| browser.ask(&request).unwrap();
    ask(json!({"op": "start", "film": film, "width": 390, "height": 720}));
    ask(json!({"op": "open", "url": page.link}));
    ask(json!({"op": "state", "state": "reading"}));
    assert!(
        !ask(json!({"op": "address"})).as_str().unwrap().contains(page.token()),
        "the token leaves the address"
    );
    ask(json!({"op": "click", "selector": "#start"}));
    ask(json!({"op": "state", "state": "asked"}));
    assert_eq!(ask(json!({"op": "text", "selector": "#venue"})), "Hanbit museum");
    assert_eq!(ask(json!({"op": "text", "selector": "#wanted"})), "Asks: student");
    let told = "It is told: student · its issuer can tell whose it is";
    assert_eq!(ask(json!({"op": "text", "selector": "#told"})), told);
    ask(json!({"op": "click", "selector": "#show"}));
    ask(json!({"op": "state", "state": "showing"}));
    let code = ask(json!({"op": "screen"}));
    ask(json!({"op": "end"}));
    assert!(code.as_str().unwrap().starts_with("JG1:"));
    drop(page);
    let history = wallet(&visitor, &["history", "--json"], "").unwrap();
    assert!(history.contains("Hanbit museum · library"), "{history}");
}
