//! The trials, short: `cargo xtask crash` runs them long. What was seen stands in docs/decisions/0004-embedded-store.md.

use std::io;
use std::process::Command;

/// Runs a trial: its exit code, and what it said.
fn trial(arguments: &str) -> io::Result<(Option<i32>, String)> {
    let output = Command::new(env!("CARGO_BIN_EXE_store-trial")).args(arguments.split(' ')).output()?;
    Ok((output.status.code(), String::from_utf8_lossy(&output.stderr).into_owned()))
}

#[test]
fn redb_survives_kills() -> io::Result<()> {
    assert_eq!(trial("kill --engine redb --kills 20")?, (Some(0), String::new()));
    Ok(())
}

#[test]
fn sled_survives_kills() -> io::Result<()> {
    assert_eq!(trial("kill --engine sled --kills 20")?, (Some(0), String::new()));
    Ok(())
}

#[test]
fn redb_survives_power_cuts() -> io::Result<()> {
    assert_eq!(trial("cut --engine redb --cuts 40")?, (Some(0), String::new()));
    Ok(())
}

#[test]
fn sled_survives_power_cuts() -> io::Result<()> {
    assert_eq!(trial("cut --engine sled --cuts 20")?, (Some(0), String::new()));
    Ok(())
}

/// A store that lost power while it was made opens again. It did not always, until it was made beside its place.
#[test]
fn redb_survives_power_cuts_while_it_is_made() -> io::Result<()> {
    assert_eq!(trial("cut --engine redb --cuts 120 --making")?, (Some(0), String::new()));
    Ok(())
}

#[test]
fn a_disk_that_forgets_what_was_synced_is_noticed() -> io::Result<()> {
    let (code, said) = trial("cut --engine redb --cuts 20 --lying-disk")?;
    assert_eq!(code, Some(1), "{said}");
    assert!(said.contains("LOST"), "{said}");
    Ok(())
}
