//! `jigap verify` as a process: from its start to its end, and the most memory it held.

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use jigap_keys::KeyType;

use crate::measure::{Typical, timed};
use crate::scene::{self, Dress, Scene, Way};
use crate::{BenchError, require};

/// Measures memory and writes it on stderr; Debian's package `time`.
const GNU_TIME: &str = "/usr/bin/time";

pub(crate) fn run(seconds: f64) -> Result<String, BenchError> {
    let runs = (seconds * 5.0).clamp(2.0, 50.0) as usize;
    let jigap = jigap()?;
    let folder = tempfile::tempdir()?;
    write(folder.path(), &Scene::new(KeyType::P256, Way::DidJwk, Dress::SdJwtVc)?)?;
    let at = scene::NOW.to_string();
    let arguments = [
        "verify",
        "--trust",
        "bundle.json",
        "--audience",
        scene::AUDIENCE,
        "--nonce",
        scene::NONCE,
        "--at",
        &at,
        "shown",
    ];
    let mut milliseconds = Vec::with_capacity(runs);
    for _ in 0..runs {
        let mut command = Command::new(&jigap);
        command.args(arguments).current_dir(&folder).stdin(Stdio::null()).stdout(Stdio::null());
        let (status, took) = timed(|| command.status());
        require(status?.success(), "jigap verify accepts what it is given")?;
        milliseconds.push(took * 1e3);
    }
    let megabytes = match memory(&jigap, &arguments, folder.path())? {
        Some(kilobytes) => format!("{:.1} MB", kilobytes / 1e3),
        None => format!("not measured: {GNU_TIME} is missing"),
    };
    Ok(format!(
        "| `jigap verify` of one presentation with a status list of a million, {runs} runs | target | figure |\n\
         |---|---|---|\n\
         | start to end | < 30 ms | {} ms |\n| most memory held | < 40 MB | {megabytes} |\n",
        Typical::of(&milliseconds).say(1),
    ))
}

#[expect(clippy::disallowed_methods, reason = "the process that is measured reads files")]
fn write(folder: &Path, scene: &Scene) -> Result<(), BenchError> {
    std::fs::write(folder.join("shown"), scene.presentation())?;
    Ok(std::fs::write(folder.join("bundle.json"), scene.bundle())?)
}

/// `jigap` beside this program: built in the same profile.
fn jigap() -> Result<PathBuf, BenchError> {
    let jigap = std::env::current_exe()?.with_file_name("jigap");
    require(jigap.is_file(), "`jigap` is built beside this program")?;
    Ok(jigap)
}

/// Largest resident set in kilobytes; `None` without GNU time.
fn memory(jigap: &Path, arguments: &[&str], folder: &Path) -> Result<Option<f64>, BenchError> {
    if !Path::new(GNU_TIME).is_file() {
        return Ok(None);
    }
    let mut command = Command::new(GNU_TIME);
    command.args(["-q", "-f", "%M"]).arg(jigap).args(arguments).current_dir(folder);
    let output = command.stdin(Stdio::null()).output()?;
    let said = String::from_utf8_lossy(&output.stderr);
    let kilobytes = said.lines().last().and_then(|line| line.trim().parse().ok());
    require(kilobytes.is_some(), "GNU time says how much memory was held")?;
    Ok(kilobytes)
}
