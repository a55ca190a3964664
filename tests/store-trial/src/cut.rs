//! Power cuts: the writer runs under `shim.c`, which records what it does to its files; then the disk is put back to what
//! a power cut at a random moment may leave of it (`disk`), and the store is opened and checked.
//!
//! Most runs begin with what an earlier cut left, so that recovery is cut off too.

use std::collections::BTreeMap;
use std::fs::{DirBuilder, OpenOptions};
use std::io::{Read, Write};
use std::os::unix::fs::DirBuilderExt;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use clap::Args;

use crate::disk::{Disk, Image, Loss};
use crate::random::Random;
use crate::trace::{Event, parse};
use crate::{Engine, TrialError, child, workload};

const SHIM: &str = include_str!("shim.c");
const CUTS_PER_RUN: u64 = 20;
/// Runs that build on each other.
const RUNS_PER_STORE: u64 = 5;
/// Events that make a store, or recover one, and little more.
const EARLY: usize = 60;
/// Most transactions of each task in a run.
const MOST_COUNT: u64 = 150;

/// How to cut.
#[derive(Args)]
pub(crate) struct Options {
    #[arg(long, default_value_t = 500)]
    cuts: u64,
    #[arg(long, default_value_t = 1)]
    seed: u64,
    /// Keep what a failed check was given here
    #[arg(long)]
    keep: Option<PathBuf>,
    /// Let the disk forget what was synced: the trial must then fail
    #[arg(long)]
    lying_disk: bool,
    /// Cut at each of the first moments of a new store in turn, not at random ones
    #[arg(long)]
    making: bool,
}

/// Cuts the power `cuts` times and checks after each.
pub(crate) fn run(engine: Engine, options: &Options) -> Result<(), TrialError> {
    let Options { cuts, seed, ref keep, lying_disk, making } = *options;
    let folder = tempfile::tempdir()?;
    let shim = build_shim(folder.path())?;
    let mut random = Random::new(seed);
    let (mut base, mut acks) = (Image::default(), BTreeMap::new());
    let mut tally = BTreeMap::new();
    let (mut done, mut acknowledged, mut first) = (0, 0, None);
    while done < cuts {
        if making || done % (CUTS_PER_RUN * RUNS_PER_STORE) == 0 {
            (base, acks) = (Image::default(), BTreeMap::new());
        }
        let events = record(engine, &shim, folder.path(), &base, &mut random)?;
        let mut next = None;
        for cut in done..cuts.min(done + CUTS_PER_RUN) {
            let mut disk = Disk::new(&base, lying_disk);
            let end = if making { turn(cut, events.len()) } else { moment(events.len(), &mut random) };
            events.iter().take(end).enumerate().for_each(|(place, event)| disk.play(place, event));
            let loss = Loss::random(&mut random);
            let image = disk.after_power_cut(loss, &mut random);
            let mut known = acks.clone();
            known.extend(workload::parse_acks(&disk.printed));
            acknowledged += disk.printed.lines().count();
            let place = folder.path().join("cut");
            lay_out(&image, &place)?;
            let entry: &mut (u64, u64) = tally.entry(format!("{loss:?}")).or_default();
            entry.0 += 1;
            match child::check(engine, &place.join("store"), &known) {
                Ok(found) => next = Some((picked_up(&place)?, found)),
                Err(TrialError::Breach(what)) => {
                    let acknowledged: u64 = known.values().sum();
                    let events = events.len();
                    eprintln!(
                        "cut {cut} at {end} of {events}, unsynced lost: {loss:?}, {acknowledged} acknowledged: {what}"
                    );
                    entry.1 += 1;
                    if let Some(keep) = keep {
                        lay_out(&image, &keep.join(format!("{}-{cut}", engine.name())))?;
                    }
                    first.get_or_insert(what);
                }
                Err(machine) => return Err(machine),
            }
        }
        done = cuts.min(done + CUTS_PER_RUN);
        (base, acks) = next.unwrap_or_default();
    }
    println!("{}: {cuts} cuts, {acknowledged} acknowledged transactions before them", engine.name());
    for (loss, (cuts, breaches)) in tally {
        println!("  unsynced writes lost: {loss}: {cuts} cuts, {breaches} breaches");
    }
    first.map_or(Ok(()), |first| Err(TrialError::Breach(first)))
}

/// After how many of `events` the power is cut: often early, while the store is made or recovers.
fn moment(events: usize, random: &mut Random) -> usize {
    let until = if random.below(6) == 0 { events.min(EARLY) } else { events };
    random.index(until + 1)
}

/// After how many of `events` the power is cut the `cut`th time: each early moment in turn.
fn turn(cut: u64, events: usize) -> usize {
    usize::try_from(cut).unwrap_or_default() % events.min(EARLY)
}

fn build_shim(folder: &Path) -> Result<PathBuf, TrialError> {
    let (source, shim) = (folder.join("shim.c"), folder.join("shim.so"));
    put(&source, SHIM.as_bytes())?;
    let built = Command::new("cc")
        .args(["-shared", "-fPIC", "-O1", "-o"])
        .args([&shim, &source])
        .args(["-ldl", "-lpthread"])
        .status()?;
    if built.success() { Ok(shim) } else { Err(TrialError::Machine("cc cannot build shim.c".into())) }
}

/// Runs the writer on what `base` holds and reads what it did.
fn record(
    engine: Engine,
    shim: &Path,
    folder: &Path,
    base: &Image,
    random: &mut Random,
) -> Result<Vec<Event>, TrialError> {
    let (root, trace) = (folder.join("live"), folder.join("trace"));
    lay_out(base, &root)?;
    if trace.exists() {
        std::fs::remove_file(&trace)?;
    }
    let count = 1 + random.below(MOST_COUNT);
    let status = child::command("write", engine, &root.join("store"))?
        .arg("--count")
        .arg(count.to_string())
        .env("LD_PRELOAD", shim)
        .env("JIGAP_TRACE", &trace)
        .env("JIGAP_TRACE_ROOT", &root)
        .stdout(Stdio::null())
        .status()?;
    if !status.success() {
        return Err(TrialError::Breach(format!("the writer failed: {status}")));
    }
    parse(&take(&trace)?, &root)
}

/// Makes the folder `place` hold exactly `image`.
fn lay_out(image: &Image, place: &Path) -> Result<(), TrialError> {
    if place.exists() {
        std::fs::remove_dir_all(place)?;
    }
    let folder = |path: &Path| DirBuilder::new().recursive(true).mode(0o700).create(path);
    folder(place)?;
    for path in &image.folders {
        folder(&place.join(path))?;
    }
    for (path, content) in &image.files {
        let path = place.join(path);
        if let Some(parent) = path.parent() {
            folder(parent)?;
        }
        put(&path, content)?;
    }
    Ok(())
}

/// What the folder `place` holds.
fn picked_up(place: &Path) -> Result<Image, TrialError> {
    let mut image = Image::default();
    let mut folders = vec![PathBuf::new()];
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(place.join(&folder))? {
            let entry = entry?;
            let path = folder.join(entry.file_name());
            if entry.file_type()?.is_dir() {
                image.folders.push(path.clone());
                folders.push(path);
            } else {
                image.files.insert(path, take(&entry.path())?);
            }
        }
    }
    Ok(image)
}

fn put(path: &Path, content: &[u8]) -> Result<(), TrialError> {
    Ok(OpenOptions::new().write(true).create(true).truncate(true).open(path)?.write_all(content)?)
}

fn take(path: &Path) -> Result<Vec<u8>, TrialError> {
    let mut content = Vec::new();
    OpenOptions::new().read(true).open(path)?.read_to_end(&mut content)?;
    Ok(content)
}
