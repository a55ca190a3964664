//! `cargo xtask crash`: the embedded stores under SIGKILL and power cuts, long (package `jigap-store-trial`). Its short
//! form is part of the tests; figures are in docs/decisions/0004-embedded-store.md.

use std::path::Path;
use std::process::Command;

use clap::Args;

use crate::ChoreError;
use crate::metadata::cargo;
use crate::steps::{Step, Work, run_all};

/// How long, and on what.
#[derive(Args)]
pub(crate) struct Options {
    /// The store: redb or sled
    #[arg(long, default_value = "redb")]
    engine: String,
    /// How often the writer is killed
    #[arg(long, default_value_t = 1_000)]
    kills: u64,
    /// How often the power is cut
    #[arg(long, default_value_t = 500)]
    cuts: u64,
    /// Another seed, other moments
    #[arg(long, default_value_t = 1)]
    seed: u64,
}

pub(crate) fn run(root: &Path, options: &Options) -> Result<(), ChoreError> {
    let Options { engine, kills, cuts, seed } = options;
    let trial = |name, what: String| {
        let mut command = Command::new(cargo());
        command
            .args(["run", "--quiet", "--locked", "--package", "jigap-store-trial", "--"])
            .current_dir(root);
        command.args(what.split(' ')).args(["--engine", engine, "--seed", &seed.to_string()]);
        Step { name, work: Work::Program(command) }
    };
    let trials = vec![
        trial("kills", format!("kill --kills {kills}")),
        trial("cuts", format!("cut --cuts {cuts}")),
        trial("making", format!("cut --making --cuts {cuts}")),
    ];
    run_all(trials, true)
}
