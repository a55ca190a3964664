//! `jigap hcert` before codes that another implementation made: drawn, as text, and not to be trusted.

#![expect(
    clippy::unwrap_used,
    clippy::disallowed_methods,
    clippy::indexing_slicing,
    clippy::panic,
    reason = "a test's helpers fail the test, and start processes"
)]

#[expect(dead_code, reason = "other tests look at what a peer says when it refuses")]
#[path = "../../tests/interop/peers.rs"]
mod peers;
#[expect(dead_code, reason = "no wallet is opened here")]
#[path = "support/run.rs"]
mod run;

use jigap_platform::clock::SystemClock;
use jigap_scanner::Picture;
use jigap_tests::pictures::Scene;
use jigap_wallet_core::ports::Clock as _;
use peers::Peer;
use qrcode::{Color, QrCode};
use run::{done, jigap};
use serde_json::{Value, json};

fn drawn(text: &str) -> Vec<u8> {
    let code = QrCode::new(text).unwrap();
    let modules: Vec<bool> = code.to_colors().into_iter().map(|colour| colour == Color::Dark).collect();
    let scene = Scene::sharp(4.0);
    Picture::new(scene.draw(&modules), scene.width, scene.height).unwrap().png()
}

#[test]
fn a_health_certificate_is_judged_from_its_picture() {
    let Some(mut peer) = Peer::start("hcert.py") else { return };
    let made = peer.ask(&json!({"op": "signer", "purposes": [2]})).unwrap();
    let folder = tempfile::tempdir().unwrap();
    let path = |name: &str| folder.path().join(name).to_str().unwrap().to_owned();
    let (signers, picture) = (path("signers.pem"), path("a.png"));
    std::fs::write(&signers, made["pem"].as_str().unwrap()).unwrap();
    let certificate = json!({
        "ver": "1.3.0", "dob": "1998-02-26", "nam": {"fn": "Musterfrau\u{202e}", "fnt": "MUSTERFRAU", "gn": "Gabriele"},
        "v": [{"tg": "840539006", "dn": 2, "sd": 2, "co": "AT", "ci": "URN:UVCI:01:AT:1#B"}],
    });
    let now = SystemClock.now().unix();
    let issue = json!({
        "op": "issue", "signer": made["index"], "certificate": certificate, "issued": now - 60, "ends": now + 600,
    });
    let code = peer.ask(&issue).unwrap().as_str().unwrap().to_owned();
    std::fs::write(&picture, drawn(&code)).unwrap();

    let said = done(&["hcert", "--signers", &signers, &picture], "");
    assert!(said.starts_with("a.png: ✓ holds: vaccination AT — Musterfrau"), "{said}");
    assert!(said.ends_with(", Gabriele (1998-02-26)\n") && !said.contains('\u{202e}'), "{said}");
    let line: Value =
        serde_json::from_str(&done(&["hcert", "--json", "--signers", &signers], &code)).unwrap();
    assert_eq!(
        (&line["holds"], &line["kind"], &line["born"]),
        (&json!(true), &json!("vaccination"), &json!("1998-02-26"))
    );

    let broken = format!("{}\nHC1:\nhello\n", code.replace("HC1:", "HC1:0"));
    let (exit, out, _) = jigap(&["hcert", "--signers", &signers], &broken);
    assert_eq!(exit, 1);
    assert!(
        out.lines().count() == 3 && out.lines().all(|line| line.starts_with("✗ does not hold (HC-01)")),
        "{out}"
    );
    let (exit, out, _) = jigap(&["hcert", "--signers", &signers, "--at", "2040-01-01T00:00:00Z"], &code);
    assert!(exit == 1 && out.contains("HC-04"), "{out}");
    assert_eq!(jigap(&["hcert", "--signers", &picture], &code).0, 2);
    assert_eq!(jigap(&["hcert", "--signers", "nowhere.pem"], &code).0, 3);
    assert_eq!(jigap(&["hcert", "--signers", &signers, "--camera", "/dev/null"], "").0, 3);
}
