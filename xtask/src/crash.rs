//! `cargo xtask crash`: the embedded stores under SIGKILL and power cuts, long (package `jigap-store-trial`). Its short
//! form is part of the tests; figures are in docs/decisions/0004-embedded-store.md.

use std::path::Path;
use std::process::Command;

use clap::{Args, ValueEnum};

use crate::ChoreError;
use crate::metadata::cargo;
use crate::steps::{Step, Work, run_all};

/// How long, and on what.
#[derive(Args)]
pub(crate) struct Options {
    /// The store: both, one after the other, unless one is named
    #[arg(long, value_enum)]
    engine: Option<Engine>,
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

/// The embedded stores that keep something.
#[derive(Clone, Copy, ValueEnum)]
enum Engine {
    Redb,
    Sled,
}

pub(crate) fn run(root: &Path, options: &Options) -> Result<(), ChoreError> {
    let Options { engine, kills, cuts, seed } = options;
    let engines = engine.map_or(vec![Engine::Redb, Engine::Sled], |engine| vec![engine]);
    let trials = engines.into_iter().flat_map(|engine| {
        let (engine, [killed, cut, made]) = match engine {
            Engine::Redb => ("redb", ["redb: kills", "redb: cuts", "redb: making"]),
            Engine::Sled => ("sled", ["sled: kills", "sled: cuts", "sled: making"]),
        };
        let trial = |name, what: String| {
            let mut command = Command::new(cargo());
            command
                .args(["run", "--quiet", "--locked", "--package", "jigap-store-trial", "--"])
                .current_dir(root);
            command.args(what.split(' ')).args(["--engine", engine, "--seed", &seed.to_string()]);
            Step { name, work: Work::Program(command) }
        };
        [
            trial(killed, format!("kill --kills {kills}")),
            trial(cut, format!("cut --cuts {cuts}")),
            trial(made, format!("cut --making --cuts {cuts}")),
        ]
    });
    run_all(trials.collect(), true)
}
