//! Store files that somebody damaged, met by the commands that open them: told as damage, with what to do, and never as a bug.

#![expect(
    clippy::unwrap_used,
    clippy::disallowed_methods,
    reason = "a test's helpers fail the test, and damage files"
)]

#[path = "support/command.rs"]
mod command;
#[path = "support/service.rs"]
#[expect(dead_code, reason = "these tests start no service that runs on")]
mod service;

use std::process::Output;

use command::{jigap, refused};
use service::init;

const PAGE: usize = 4096;

/// Requires that nothing was told as a bug, and gives the exit code.
#[track_caller]
fn code(output: &Output) -> i32 {
    let err = String::from_utf8_lossy(&output.stderr);
    assert!(!err.contains("panicked") && !err.contains("bug"), "{err}");
    output.status.code().unwrap()
}

#[test]
fn a_wallet_with_a_flipped_bit_or_a_lost_page_opens_or_is_damaged() {
    let folder = tempfile::tempdir().unwrap();
    let (mine, key) = (folder.path().join("mine"), folder.path().join("key"));
    let file = mine.join("wallet.redb");
    let opening = ["--wallet", mine.to_str().unwrap(), "--key-file", key.to_str().unwrap()];
    let wallet = |what: &str| jigap(&[&["wallet"][..], &opening, &[what]].concat(), "");
    assert_eq!(code(&wallet("init")), 0);
    let sound = std::fs::read(&file).unwrap();
    let pages = (0..sound.len() / PAGE).map(|page| {
        let mut damaged = sound.clone();
        damaged[page * PAGE..][..PAGE].fill(0xA5);
        damaged
    });
    let bits = (0..40_usize).map(|step| {
        let mut damaged = sound.clone();
        damaged[step * 1_009 % sound.len()] ^= 1 << (step % 8);
        damaged
    });
    let (mut opened, mut told) = (0, 0);
    for damaged in pages.chain(bits) {
        std::fs::write(&file, damaged).unwrap();
        let output = wallet("list");
        match code(&output) {
            0 => opened += 1,
            _ => {
                refused(&output, 3, "damaged");
                refused(&output, 3, "restore a backup into a new folder");
                told += 1;
            }
        }
        assert_ne!(code(&wallet("init")), 0, "no new wallet is made over it");
    }
    assert!(opened > 0 && told > 4, "{opened} {told}");
}

#[test]
fn a_service_whose_store_is_damaged_does_not_start() {
    let folder = tempfile::tempdir().unwrap();
    let here = folder.path().join("here");
    init(&here);
    let (file, config) = (here.join("store.redb"), here.join("jigap.toml"));
    let config = config.to_str().unwrap();
    let sound = std::fs::read(&file).unwrap();
    for page in [1, 2, 5] {
        let mut damaged = sound.clone();
        damaged[page * PAGE..].fill(0xA5);
        std::fs::write(&file, damaged).unwrap();
        let served = jigap(&["serve", "--config", config], "");
        assert_eq!(code(&served), 3);
        refused(&served, 3, "the store is damaged");
        refused(&served, 3, "restore a backup");
    }
}
