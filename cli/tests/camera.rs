//! A gate that looks through a camera: one that `umockdev` plays, since a machine that tests has none.

#![expect(clippy::disallowed_methods, reason = "a test starts processes")]

#[path = "support/offers.rs"]
mod offers;
#[path = "support/run.rs"]
mod run;
#[path = "support/service.rs"]
mod service;
#[expect(dead_code, reason = "nobody visits this town")]
#[path = "support/town.rs"]
mod town;

use std::path::Path;
use std::process::{Command, Stdio};

use jigap_tests::pictures::Scene;
use qrcode::{Color, QrCode};
use run::jigap;
use serde_json::{Value, json};
use town::Town;

/// The system's own: umockdev's binding belongs to it.
const PYTHON: &str = "/usr/bin/python3";

/// Whether umockdev and what lets Python speak to it are there.
fn is_installed() -> bool {
    let mut look = Command::new(PYTHON);
    look.args(["-c", "import gi; gi.require_version('UMockdev', '1.0'); from gi.repository import UMockdev"]);
    let found =
        look.stdout(Stdio::null()).stderr(Stdio::null()).status().is_ok_and(|status| status.success());
    let required = std::env::var("JIGAP_REQUIRE_PEERS").is_ok_and(|value| value == "1");
    assert!(found || !required, "umockdev is not installed; `cargo xtask test` installs it");
    found
}

#[test]
fn a_code_before_the_camera_is_judged() {
    let town = Town::new();
    let gate = town.gate("library", &["student"], "one-way");
    let bundle = town.bundle();
    let (exit, _, err) = jigap(&["scan", &gate, "--trust", &bundle, "--camera", "/dev/no-such-camera"], "");
    assert!(exit == 3 && err.contains("group video"), "{err}");
    if !is_installed() {
        eprintln!("skipped: no peers (umockdev)");
        return;
    }
    let code = QrCode::new("hello").unwrap();
    let modules: Vec<bool> = code.to_colors().into_iter().map(|colour| colour == Color::Dark).collect();
    let scene = Scene::sharp(6.0);
    assert_eq!((scene.width, scene.height), (640, 480));
    let picture = town.path("picture.grey");
    std::fs::write(&picture, scene.draw(&modules)).unwrap();
    let camera = Path::new(env!("CARGO_MANIFEST_DIR")).join("../tests/interop/peers/camera.py");
    let mut film = Command::new("umockdev-wrapper");
    film.arg(PYTHON).arg(camera).arg(&picture).arg(env!("CARGO_BIN_EXE_jigap"));
    film.args(["--lang", "en", "scan", &gate, "--trust", &bundle, "--json", "--camera", "/dev/video0"]);
    let output = film.output().unwrap();
    let said = String::from_utf8(output.stdout).unwrap();
    let line: Value =
        serde_json::from_str(&said).unwrap_or_else(|_| json!(String::from_utf8_lossy(&output.stderr)));
    assert_eq!((&line["open"], &line["check"]), (&json!(false), &json!("EP-01")), "{line}");
}
