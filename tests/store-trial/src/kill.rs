//! SIGKILL at random moments. The page cache survives it: this finds a store that acknowledges before it writes, and
//! one that does not recover; it does not find a missing fsync (`cut` does).

use std::collections::BTreeMap;
use std::io::Read;
use std::path::Path;
use std::process::Stdio;
use std::time::Duration;

use crate::random::Random;
use crate::{Engine, TrialError, child};

/// Kills until a new store is begun.
const KILLS_PER_STORE: u64 = 50;
/// Longest life of a writer.
const LONGEST_LIFE_MS: u64 = 150;

/// Kills the writer `kills` times and checks after each.
pub(crate) fn run(engine: Engine, kills: u64, seed: u64) -> Result<(), TrialError> {
    let mut random = Random::new(seed);
    let mut folder = tempfile::tempdir()?;
    let mut acks = BTreeMap::new();
    let mut acknowledged = 0;
    let mut breaches = Vec::new();
    for kill in 0..kills {
        if kill % KILLS_PER_STORE == 0 {
            (folder, acks) = (tempfile::tempdir()?, BTreeMap::new());
        }
        let path = folder.path().join("store");
        let text = killed_writer(engine, &path, &mut random)?;
        acknowledged += text.lines().count();
        acks.extend(crate::workload::parse_acks(&text));
        match child::check(engine, &path, &acks) {
            Ok(found) => acks = found,
            Err(TrialError::Breach(what)) => {
                eprintln!("kill {kill}: {what}");
                breaches.push(what);
                (folder, acks) = (tempfile::tempdir()?, BTreeMap::new());
            }
            Err(machine) => return Err(machine),
        }
    }
    let name = engine.name();
    println!("{name}: {kills} kills, {acknowledged} acknowledged transactions, {} breaches", breaches.len());
    breaches.into_iter().next().map_or(Ok(()), |first| Err(TrialError::Breach(first)))
}

/// Kills a writer at a random moment, half of the time counted from its first acknowledgement so that not only opening
/// is hit. Returns what it acknowledged.
fn killed_writer(engine: Engine, path: &Path, random: &mut Random) -> Result<String, TrialError> {
    let mut writer = child::command("write", engine, path)?.stdout(Stdio::piped()).spawn()?;
    let mut stdout = writer.stdout.take().ok_or_else(|| TrialError::Machine("no stdout".into()))?;
    let mut text = Vec::new();
    if random.coin() {
        let mut first = [0];
        let length = stdout.read(&mut first)?;
        text.extend(first.into_iter().take(length));
    }
    std::thread::sleep(Duration::from_micros(random.below(LONGEST_LIFE_MS * 1000)));
    // On Unix this is SIGKILL.
    writer.kill()?;
    stdout.read_to_end(&mut text)?;
    writer.wait()?;
    Ok(String::from_utf8_lossy(&text).into_owned())
}
