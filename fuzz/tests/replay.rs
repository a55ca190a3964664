//! The corpus and the seeds, replayed: every target takes them, and simple mutations of them, in moderate time.
//!
//! The corpus is in `corpus/<target>/`; what fuzzing found and was mended is in `regressions/<target>/`. The files
//! `seed-*` are what [`Target::seeds`] makes: `JIGAP_BLESS=1` writes them again.

#![expect(clippy::disallowed_methods, reason = "the corpus is read from its folder, and replaying is timed")]
#![expect(clippy::unwrap_used, clippy::indexing_slicing, reason = "a test's helpers fail the test")]

use std::fs;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use jigap_fuzz::{TARGETS, Target};
use jigap_keys::hash::sha256;

/// What one input may take; libFuzzer, at full speed, allows ten.
const SLOWEST: Duration = Duration::from_secs(10);
/// What all of the corpus may weigh.
const MAX_CORPUS: usize = 1 << 20;
/// Mutations of each seed.
const MUTATIONS: u64 = 60;

fn folder(kind: &str, target: &Target) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join(kind).join(target.name)
}

fn files(folder: &Path) -> Vec<(PathBuf, Vec<u8>)> {
    let Ok(entries) = fs::read_dir(folder) else { return Vec::new() };
    let paths = entries.map(|entry| entry.unwrap().path());
    paths.map(|path| (path.clone(), fs::read(path).unwrap())).collect()
}

fn replay(target: &Target, what: &str, input: &[u8]) {
    let start = Instant::now();
    (target.run)(input);
    assert!(start.elapsed() < SLOWEST, "{} took {:?} for {what}", target.name, start.elapsed());
}

#[test]
fn the_corpus_holds_every_seed() {
    let bless = std::env::var("JIGAP_BLESS").is_ok();
    for target in TARGETS {
        let folder = folder("corpus", target);
        for (number, seed) in (target.seeds)().iter().enumerate() {
            let path = folder.join(format!("seed-{number}"));
            if bless {
                fs::create_dir_all(&folder).unwrap();
                fs::write(&path, seed).unwrap();
            }
            assert!(
                fs::read(&path).is_ok_and(|file| file == *seed),
                "{}: JIGAP_BLESS=1 writes it",
                path.display()
            );
        }
    }
}

#[test]
fn every_target_takes_its_corpus_and_what_was_found() {
    let mut weight = 0;
    for target in TARGETS {
        for kind in ["corpus", "regressions"] {
            for (path, input) in files(&folder(kind, target)) {
                weight += input.len();
                replay(target, &path.display().to_string(), &input);
            }
        }
    }
    assert!(weight < MAX_CORPUS, "the corpus weighs {weight} bytes");
}

#[test]
fn every_target_takes_mutations_of_its_seeds() {
    for target in TARGETS {
        for (number, seed) in (target.seeds)().iter().enumerate() {
            for round in 0..MUTATIONS {
                let mutated = mutated(seed, round);
                replay(target, &format!("mutation {round} of seed {number}"), &mutated);
            }
        }
    }
}

/// The same mutation for the same round in every run: a bit flipped, a piece cut, doubled or overwritten.
fn mutated(seed: &[u8], round: u64) -> Vec<u8> {
    let random = sha256(&[&round.to_be_bytes()[..], seed].concat());
    let number = |at: usize| usize::from(u16::from_be_bytes([random[at], random[at + 1]]));
    let mut bytes = seed.to_vec();
    if bytes.is_empty() {
        return random.to_vec();
    }
    let (from, length) = (number(0) % bytes.len(), 1 + number(2) % 16);
    let to = (from + length).min(bytes.len());
    match round % 4 {
        0 => bytes[from] ^= 1 << (number(4) % 8),
        1 => drop(bytes.drain(from..to)),
        2 => {
            let piece = bytes[from..to].to_vec();
            bytes.splice(to..to, piece);
        }
        _ => bytes[from..to].copy_from_slice(&random[..to - from]),
    }
    bytes
}

#[test]
fn targets_are_sorted_and_found_by_name() {
    assert!(TARGETS.is_sorted_by_key(|target| target.name));
    assert!(TARGETS.iter().all(|target| jigap_fuzz::find(target.name).is_some()));
    assert!(jigap_fuzz::find("no_such_target").is_none());
}
