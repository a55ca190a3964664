//! The scanner's page in a browser: a pass judged, and a frame read, by the core as WebAssembly (`cargo xtask web`) in headless
//! Chromium, timed by the page's own clock.

use std::fmt::Write as _;
use std::path::Path;

use jigap_keys::{KeyType, PrivateKey};
use jigap_platform::entropy::OsEntropy;
use jigap_platform::files;
use jigap_wallet_core::bundle::TrustBundle;
use jigap_wallet_core::did::{Did, key_did};
use jigap_wallet_core::pass::{
    Fact, GateSettings, Generation, Heard, Kind, PassClaims, Window, present, write_package,
};
use jigap_wallet_core::time::{Seconds, Timestamp};
use jigap_wallet_core::trust::{Authorities, Mechanism, Names, PassTerms, TrustEntry, TrustListContent};
use serde_json::{Value, json};

use self::peers::Peer;
use crate::decode::{self, Drawn};
use crate::scene::NOW;
use crate::{BenchError, broken, require};

#[expect(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    dead_code,
    reason = "the tests' own way to a peer, which fails loudly"
)]
#[path = "../../interop/peers.rs"]
mod peers;

const LIST: &str = "https://trust.example/list";
const DAY: Seconds = Seconds(86_400);
/// Codes that are judged, and frames of each kind that are read, for each second that is measured.
const CODES: f64 = 30.0;
const FRAMES: f64 = 2.0;

pub(crate) fn run(seconds: f64) -> Result<String, BenchError> {
    let pages = Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/../../target/web"));
    require(pages.join("jigap_web_bg.wasm").is_file(), "`cargo xtask web` was run before")?;
    let mut browser =
        Peer::start("browser.mjs").ok_or_else(|| BenchError::Broken("the peers are not installed".into()))?;
    let count = |each: f64| (each * seconds).max(2.0) as usize;
    let issuer = PrivateKey::generate(KeyType::Ed25519, &OsEntropy);
    let codes = (0..count(CODES)).map(|_| code(&issuer)).collect::<Result<Vec<_>, _>>()?;
    let frames = decode::legible(&codes, count(FRAMES))?;
    let folder = tempfile::tempdir().map_err(broken("a folder"))?;
    let mut names = Vec::new();
    for (number, frame) in frames.iter().enumerate() {
        let name = format!("{number}.luma");
        files::replace(&folder.path().join(&name), &frame.luma).map_err(broken("a frame"))?;
        names.push(name);
    }
    let (width, height) = frames.first().map_or((0, 0), |frame| (frame.width, frame.height));
    let request = json!({
        "op": "measure", "pages": pages, "folder": folder.path(), "package": *package()?,
        "bundle": bundle(&issuer)?, "opened": NOW.minus(Seconds(120)).unix(), "now": NOW.unix(), "codes": codes,
        "pictures": names, "width": width, "height": height,
    });
    let told = browser.ask(&request).map_err(|refused| BenchError::Broken(format!("{refused:?}")))?;
    table(&told, &frames)
}

fn table(told: &Value, frames: &[Drawn]) -> Result<String, BenchError> {
    let array = |name: &str| told.get(name).and_then(Value::as_array).cloned().unwrap_or_default();
    let took = |it: &Value| it.get("took").and_then(Value::as_f64).unwrap_or(f64::NAN);
    let (judged, read) = (array("judged"), array("read"));
    require(judged.iter().all(|it| it.get("open") == Some(&json!(true))), "every pass opens")?;
    let is_read = |(it, frame): (&Value, &Drawn)| it.get("texts") == Some(&json!([frame.text]));
    let legible = read.iter().zip(frames).filter(|pair| is_read(*pair)).count();
    let share = 100.0 * legible as f64 / frames.len() as f64;
    let mut table = String::from(
        "| in Chromium | how many | median, ms | p95, ms | read (target ≥ 95 %) |\n|---|---|---|---|---|\n",
    );
    for (name, mut took, share) in [
        (
            "a pass judged and marked (target ≤ 5 ms)",
            judged.iter().map(took).collect::<Vec<_>>(),
            String::new(),
        ),
        (
            "a frame of 640 × 480 read (target ≤ 20 ms)",
            read.iter().map(took).collect(),
            format!("{share:.1} %"),
        ),
    ] {
        took.sort_by(f64::total_cmp);
        let at = |share: usize| took.get(took.len() * share / 100).copied().unwrap_or(f64::NAN);
        let _ = writeln!(table, "| {name} | {} | {:.2} | {:.2} | {share} |", took.len(), at(50), at(95));
    }
    Ok(table)
}

fn package() -> Result<zeroize::Zeroizing<String>, BenchError> {
    let settings = json!({
        "venue": "Museum", "gate": "North", "facts": ["age_over_19"], "presence": "one-way", "max_trust_age_hours": 72,
    });
    let settings: GateSettings = serde_json::from_value(settings).map_err(broken("settings"))?;
    Ok(write_package(&settings, &PrivateKey::generate(KeyType::Ed25519, &OsEntropy)))
}

fn bundle(issuer: &PrivateKey) -> Result<String, BenchError> {
    let (did, signer) = (key_did(issuer.public()), PrivateKey::generate(KeyType::Ed25519, &OsEntropy));
    let entry = TrustEntry {
        issuer: did.clone(),
        names: Names { ko: "패스".to_owned(), en: "Pass".to_owned() },
        mechanism: Mechanism::Did(Did::parse(&did).map_err(broken("a DID"))?.into()),
        keys: None,
        types: vec![Kind::Entry.trusted_type().to_owned()],
        valid_from: NOW.minus(DAY),
        valid_until: NOW.plus(DAY),
        withdrawn_since: None,
        status_issuers: Vec::new(),
        authorities: Authorities::default(),
        passes: PassTerms::default(),
    };
    let content = TrustListContent {
        publisher: "https://trust.example".to_owned(),
        id: LIST.to_owned(),
        version: 1,
        issued_at: NOW.minus(Seconds(600)),
        expires_at: NOW.plus(DAY),
        entries: vec![entry],
    };
    let signed = content.issue(&signer, None).map_err(broken("a trust list"))?;
    Ok(TrustBundle::write((LIST, &signed), signer.public(), []).to_string())
}

/// What somebody over 19 shows to a gate that asks nobody.
fn code(issuer: &PrivateKey) -> Result<String, BenchError> {
    let holder = PrivateKey::generate(KeyType::Ed25519, &OsEntropy);
    let claims = PassClaims {
        kind: Kind::Entry,
        facts: vec![Fact::AgeOver(19)],
        particulars: Vec::new(),
        expires: ends(NOW),
        holder: holder.public().clone(),
        version: 0,
        status: None,
    };
    let unsigned = claims.unsigned(issuer.public()).map_err(broken("a pass"))?;
    let pass = unsigned.sign(issuer).map_err(broken("a pass"))?;
    present(&pass, Window::of(NOW), &Heard::Anyone, &holder).map_err(broken("a code"))
}

fn ends(now: Timestamp) -> Timestamp {
    Generation::of(now).ends()
}
