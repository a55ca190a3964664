//! A gate that reads pictures and films: codes drawn by the wallet itself, as files come into a folder, and as a camera's film.

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
use std::path::Path;
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};
use std::time::Duration;

use jigap_platform::files;
use jigap_scanner::Picture;
use jigap_tests::pictures::Scene;
use qrcode::{Color, QrCode};
use run::{done, jigap, wallet};
use serde_json::{Value, json};
use town::Town;

/// A gate that reads by itself.
struct Door {
    child: Child,
    stdin: Option<ChildStdin>,
    said: BufReader<ChildStdout>,
}

impl Door {
    fn start(town: &Town, gate: &str, source: &[&str]) -> Self {
        let bundle = town.bundle();
        let mut words = vec!["scan", gate, "--trust", &bundle, "--json"];
        words.extend(source);
        let mut command = Command::new(env!("CARGO_BIN_EXE_jigap"));
        command.args(["--lang", "en"]).args(words).stdin(Stdio::piped()).stdout(Stdio::piped());
        let mut child = command.spawn().unwrap();
        let (stdin, said) = (child.stdin.take(), BufReader::new(child.stdout.take().unwrap()));
        Self { child, stdin, said }
    }

    fn next(&mut self) -> Value {
        let mut line = String::new();
        self.said.read_line(&mut line).unwrap();
        serde_json::from_str(&line).unwrap()
    }
}

impl Drop for Door {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn drawn(scene: &Scene, text: &str) -> Picture {
    let code = QrCode::new(text).unwrap();
    let modules: Vec<bool> = code.to_colors().into_iter().map(|colour| colour == Color::Dark).collect();
    Picture::new(scene.draw(&modules), scene.width, scene.height).unwrap()
}

fn write(place: &str, bytes: &[u8]) {
    files::replace(Path::new(place), bytes).unwrap();
}

#[test]
fn pictures_are_judged_and_those_without_a_code_are_said() {
    let town = Town::new();
    let gate = town.gate("library", &["student"], "one-way");
    let pictures = town.path("pictures");
    std::fs::create_dir(&pictures).unwrap();
    let turned = Scene { angle: 160.0, noise: 10.0, ..Scene::sharp(6.0) };
    write(&format!("{pictures}/1.png"), &drawn(&turned, "hello").png());
    write(&format!("{pictures}/2.png"), &drawn(&turned, "hello").png());
    write(&format!("{pictures}/3.png"), b"no picture");
    write(&format!("{pictures}/4.png"), &Picture::new(vec![255; 10_000], 100, 100).unwrap().png());
    write(&format!("{pictures}/5.txt"), b"not looked at");
    let bundle = town.bundle();
    let words = ["scan", &gate, "--trust", &bundle, "--json", &pictures];
    let (code, out, err) = jigap(&words, "");
    let lines: Vec<Value> = out.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    let said: Vec<_> = lines.iter().map(|line| (&line["source"], &line["check"])).collect();
    assert_eq!(said, [(&json!("1.png"), &json!("EP-01")), (&json!("2.png"), &json!("EP-01"))], "{out}");
    assert!(err.contains("3.png: it is neither PNG") && err.contains("4.png: no code"), "{err}");
    assert_eq!(code, 1);
    let (code, out, _) = jigap(&["scan", &gate, "--trust", &bundle, &format!("{pictures}/2.png")], "");
    assert!(code == 1 && out.starts_with("2.png: ✗ shut (EP-01)"), "{out}");
    std::fs::create_dir(format!("{pictures}/none")).unwrap();
    let (code, _, err) = jigap(&["scan", &gate, "--trust", &bundle, &format!("{pictures}/none")], "");
    assert!(code == 1 && err.contains("no picture in this folder"), "{err}");
    // What is not there, a folder to watch that is none, and a film beside pictures.
    assert_eq!(jigap(&["scan", &gate, "--trust", &bundle, "nowhere.png"], "").0, 3);
    let file = format!("{pictures}/1.png");
    assert_eq!(jigap(&["scan", &gate, "--trust", &bundle, "--watch", &file], "").0, 2);
    assert_eq!(jigap(&["scan", &gate, "--trust", &bundle, "--watch", &pictures, &pictures], "").0, 2);
    assert_eq!(jigap(&["scan", &gate, "--trust", &bundle, "--frames", "y4m", &pictures], "").0, 2);
    assert_eq!(jigap(&["scan", &gate, "--trust", &bundle, "--frames", "y4m"], "RIFF\n").0, 3);
}

#[test]
fn a_folder_that_is_watched_opens_the_door_for_a_picture_that_comes_into_it() {
    let town = Town::new();
    let visitor = town.visitor(&json!({"student": true}));
    let gate = town.gate("library", &["student"], "screen");
    let (folder, screen) = (town.path("camera"), town.path("screen.png"));
    std::fs::create_dir(&folder).unwrap();
    write(&format!("{folder}/old.png"), &drawn(&Scene::sharp(6.0), "what was there before").png());
    let mut door = Door::start(&town, &gate, &["--watch", &folder, "--screen", &screen]);
    // The visitor's camera reads the gate's screen, and the gate's camera the visitor's.
    let shown = (0..200).find_map(|_| {
        std::thread::sleep(Duration::from_millis(50));
        let file = std::fs::read(&screen).ok()?;
        Picture::read(&file).unwrap().frame().unwrap().codes().pop()
    });
    let pass = town.path("pass.png");
    wallet(&visitor, &["pass", "--yes", "--gate", "-", "--picture", &pass], &shown.unwrap()).unwrap();
    let picture = std::fs::read(&pass).unwrap();
    write(&format!("{folder}/a.png"), &picture);
    let open = door.next();
    assert_eq!((&open["open"], &open["source"]), (&json!(true), &json!("a.png")), "{open}");
    // Its next picture is the same showing; when it was out of sight it is another, and refused.
    write(&format!("{folder}/b.png"), &picture);
    std::thread::sleep(Duration::from_millis(4500));
    write(&format!("{folder}/c.png"), &picture);
    let again = door.next();
    assert_eq!(
        (&again["reason"], &again["source"]),
        (&json!("pass-shown-before"), &json!("c.png")),
        "{again}"
    );
}

#[test]
fn a_film_shows_a_code_once_however_many_frames_it_is_in() {
    let town = Town::new();
    let visitor = town.visitor(&json!({"student": true}));
    let gate = town.gate("library", &["student"], "screen");
    let screen = town.path("screen.txt");
    let mut door = Door::start(&town, &gate, &["--frames", "y4m", "--screen", &screen]);
    let shown = (0..200).find_map(|_| {
        std::thread::sleep(Duration::from_millis(50));
        std::fs::read_to_string(&screen).ok()
    });
    let code = wallet(&visitor, &["pass", "--yes", "--once", "--gate", "-"], &shown.unwrap()).unwrap();
    let mut film = door.stdin.take().unwrap();
    film.write_all(b"YUV4MPEG2 W640 H480 F10:1 Ip A1:1 C420jpeg\n").unwrap();
    let mut play = |frame: &[u8]| {
        film.write_all(b"FRAME\n").unwrap();
        film.write_all(frame).unwrap();
        film.write_all(&[128; 640 * 480 / 2]).unwrap();
        film.flush().unwrap();
    };
    let blank = vec![200; 640 * 480];
    let frame = |angle: f64, text: &str| {
        let code = QrCode::new(text).unwrap();
        let modules: Vec<bool> = code.to_colors().into_iter().map(|colour| colour == Color::Dark).collect();
        Scene { angle, noise: 6.0, seed: angle.to_bits(), ..Scene::sharp(5.0) }.draw(&modules)
    };
    for angle in [0.0, 5.0, 10.0] {
        play(&frame(angle, code.trim()));
    }
    play(&blank);
    play(&frame(12.0, code.trim()));
    let open = door.next();
    assert_eq!((&open["open"], open.get("source")), (&json!(true), None), "{open}");
    play(&frame(3.0, "hello"));
    assert_eq!(door.next()["check"], json!("EP-01"), "the frames before it were one showing");
    std::thread::sleep(Duration::from_millis(3500));
    play(&frame(20.0, code.trim()));
    assert_eq!(door.next()["reason"], json!("pass-shown-before"));
    drop(film);
    assert_eq!(door.child.wait().unwrap().code(), Some(1));
}

#[test]
fn a_poster_is_drawn_into_a_file_as_it_is_called() {
    let town = Town::new();
    let gate = town.gate("library", &["student"], "poster");
    let text = done(&["gate", "poster", &gate, "--text"], "");
    let (png, svg) = (town.path("poster.png"), town.path("poster.svg"));
    done(&["gate", "poster", &gate, "-o", &png], "");
    done(&["gate", "poster", &gate, "-o", &svg], "");
    let read = Picture::read(&std::fs::read(&png).unwrap()).unwrap();
    assert_eq!(read.frame().unwrap().codes(), [text.trim()]);
    assert!(std::fs::read_to_string(&svg).unwrap().contains("<svg"));
    assert_eq!(jigap(&["gate", "poster", &gate, "-o", &png], "").0, 3, "nothing is overwritten");
}
