//! The project's chores, as `cargo xtask CHORE`.
//!
//! `test` is the one command that says whether a change may land; `.ci/run` calls it. `deny` judges the dependencies
//! by `deny.toml`, offline. `crash` tries the embedded stores, `fuzz` the parsers; `web` makes what a
//! browser loads; `bench` measures. Talk goes to stderr; what the steps print passes through untouched.

#![expect(clippy::print_stderr, reason = "chores talk to the developer on stderr")]

mod bench;
mod crash;
mod deny;
mod fuzz;
pub mod metadata;
mod openssl;
mod peers;
mod steps;
mod test;
mod tools;
mod web;

use std::path::{Path, PathBuf};
use std::process::ExitCode;

use clap::{Parser, Subcommand};

const EXIT_CODES: &str =
    "Exit codes: 0 all passed, 1 a step failed, 2 wrong use, 3 something is missing on this machine";

#[derive(Parser)]
#[command(name = "xtask", bin_name = "cargo xtask", about = "Jigap's chores", after_help = EXIT_CODES)]
struct Arguments {
    #[command(subcommand)]
    chore: Chore,
}

#[derive(Subcommand)]
enum Chore {
    /// Install what tests need, then run every check: format, dependencies, lints, tests, doctests, rustdoc
    #[command(after_help = EXIT_CODES)]
    Test(test::Options),
    /// Judge licences, bans and sources of all dependencies by deny.toml, without the network
    #[command(after_help = EXIT_CODES)]
    Deny,
    /// Kill the embedded store's writer and cut its power at random moments, and check what is left
    #[command(after_help = EXIT_CODES)]
    Crash(crash::Options),
    /// Fuzz the parsers of foreign bytes, long
    #[command(after_help = EXIT_CODES)]
    Fuzz(fuzz::Options),
    /// Make what a browser loads, the core as WebAssembly among it, into target/web
    #[command(after_help = EXIT_CODES)]
    Web,
    /// Measure how fast it is and write the tables into docs/BENCHMARKS.md
    #[command(after_help = EXIT_CODES)]
    Bench(bench::Options),
}

/// Why a chore did not succeed.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
enum ChoreError {
    /// A check said no: the change is at fault.
    #[error("failed: {0}")]
    Failed(String),
    /// The machine lacks something: nothing was judged.
    #[error("{what}\nhint: {hint}")]
    Environment { what: String, hint: String },
}

impl ChoreError {
    fn exit_code(&self) -> u8 {
        match self {
            Self::Failed(_) => 1,
            Self::Environment { .. } => 3,
        }
    }
}

/// Reads the arguments and does the chore.
pub fn run() -> ExitCode {
    let outcome = match Arguments::parse().chore {
        Chore::Test(options) => test::run(&workspace_root(), &options),
        Chore::Deny => deny::run(&workspace_root()),
        Chore::Crash(options) => crash::run(&workspace_root(), &options),
        Chore::Fuzz(options) => fuzz::run(&workspace_root(), &options),
        Chore::Web => web::run(&workspace_root(), true),
        Chore::Bench(options) => bench::run(&workspace_root(), &options),
    };
    match outcome {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("\nerror: {error}");
            ExitCode::from(error.exit_code())
        }
    }
}

/// The folder of the workspace this program was built in.
pub fn workspace_root() -> PathBuf {
    let here = Path::new(env!("CARGO_MANIFEST_DIR"));
    here.parent().unwrap_or(here).to_owned()
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory;

    use super::*;

    #[test]
    fn the_arguments_are_consistent_and_name_the_exit_codes() {
        Arguments::command().debug_assert();
        let help = Arguments::command().render_help().to_string();
        assert!(help.contains("Exit codes: 0"), "{help}");
    }

    #[test]
    fn a_missing_tool_and_a_failed_step_exit_differently() {
        let missing = ChoreError::Environment { what: "no cc".to_owned(), hint: "install gcc".to_owned() };
        assert_eq!(missing.exit_code(), 3);
        assert_eq!(ChoreError::Failed("lints".to_owned()).exit_code(), 1);
    }
}
