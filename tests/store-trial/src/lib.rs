//! The embedded stores put to the test: killed by SIGKILL at random moments, cut off from power at random moments, and
//! under load. `cargo xtask crash` runs it long, the tests of this package short.
//!
//! A writer (`write`) commits transactions whose effects can be told from each other and prints each acknowledged one;
//! a checker (`check`) opens what is left in a new process and refuses what the `Store` port does not allow: an
//! acknowledged transaction that is missing, half a transaction, a broken sum, a store that no longer opens or writes.

#![expect(
    clippy::print_stdout,
    clippy::print_stderr,
    reason = "the trials talk to each other and to the developer"
)]

mod bench;
mod child;
mod cut;
mod disk;
mod kill;
mod random;
mod trace;
mod workload;

use std::path::PathBuf;
use std::process::ExitCode;

use clap::{Args, Parser, Subcommand, ValueEnum};
use jigap_platform::store::{StoreConfig, StoreEngine};

#[derive(Parser)]
#[command(name = "store-trial", about = "The embedded stores under SIGKILL, power cuts and load")]
struct Arguments {
    #[command(subcommand)]
    trial: Trial,
}

#[derive(Subcommand)]
enum Trial {
    /// Commit and print what is acknowledged (started by the other trials)
    Write {
        #[command(flatten)]
        store: Where,
        /// Transactions of each task
        #[arg(long, default_value_t = u64::MAX)]
        count: u64,
    },
    /// Check a store against the acknowledgements on stdin (started by the other trials)
    Check {
        #[command(flatten)]
        store: Where,
    },
    /// Kill the writer at random moments and check what is left
    Kill {
        #[arg(long)]
        engine: Engine,
        #[arg(long, default_value_t = 1_000)]
        kills: u64,
        #[arg(long, default_value_t = 1)]
        seed: u64,
    },
    /// Cut the power at random moments and check what is left
    Cut {
        #[arg(long)]
        engine: Engine,
        #[command(flatten)]
        options: cut::Options,
    },
    /// Count durable commits per second
    Bench {
        #[arg(long)]
        engine: Engine,
        #[arg(long, default_value_t = 64)]
        callers: usize,
        #[arg(long, default_value_t = 3)]
        seconds: u64,
    },
}

#[derive(Args)]
struct Where {
    #[arg(long)]
    engine: Engine,
    #[arg(long)]
    path: PathBuf,
}

impl Where {
    fn config(self) -> StoreConfig {
        StoreConfig { engine: self.engine.of_store(), path: self.path }
    }
}

#[derive(Clone, Copy, ValueEnum)]
enum Engine {
    Redb,
    Sled,
}

impl Engine {
    fn of_store(self) -> StoreEngine {
        match self {
            Self::Redb => StoreEngine::Redb,
            Self::Sled => StoreEngine::Sled,
        }
    }

    fn name(self) -> &'static str {
        match self {
            Self::Redb => "redb",
            Self::Sled => "sled",
        }
    }
}

/// Why a trial did not pass.
#[derive(Debug, thiserror::Error)]
enum TrialError {
    /// The store broke its contract.
    #[error("{0}")]
    Breach(String),
    /// The machine is at fault: nothing was judged.
    #[error("the trial itself failed: {0}")]
    Machine(String),
}

impl From<std::io::Error> for TrialError {
    fn from(error: std::io::Error) -> Self {
        Self::Machine(error.to_string())
    }
}

/// Reads the arguments and runs the trial. Exit codes: 0 passed, 1 the store broke its contract, 3 the machine.
pub fn run() -> ExitCode {
    let outcome = match Arguments::parse().trial {
        Trial::Write { store, count } => workload::write(&store.config(), count),
        Trial::Check { store } => workload::check(&store.config()),
        Trial::Kill { engine, kills, seed } => kill::run(engine, kills, seed),
        Trial::Cut { engine, options } => cut::run(engine, &options),
        Trial::Bench { engine, callers, seconds } => bench::run(engine, callers, seconds),
    };
    match outcome {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("error: {error}");
            ExitCode::from(if matches!(error, TrialError::Breach(_)) { 1 } else { 3 })
        }
    }
}

/// A runtime with as many threads as the machine has.
fn runtime() -> Result<tokio::runtime::Runtime, TrialError> {
    Ok(tokio::runtime::Builder::new_multi_thread().enable_all().build()?)
}
