//! How fast Jigap is, as ratios within one run: what is measured and what it is compared with take turns, many short
//! rounds each, so that a busy machine slows both. `cargo xtask bench` runs everything and writes docs/BENCHMARKS.md.
//!
//! Each bench prints a Markdown table on stdout. What is timed is checked to be real work: a presentation that is not
//! accepted, a request that is not answered as it should be, ends the run. No figure fails anything: targets are shown
//! beside the figures.

#![expect(clippy::print_stdout, clippy::print_stderr, reason = "tables go to stdout, talk to stderr")]

mod bare;
mod baseline;
mod bbs;
mod blind;
mod decode;
mod ecdsa_sd;
mod entry_log;
mod integrity;
mod line;
mod load;
mod measure;
mod page;
mod pass;
mod people;
mod process;
mod scene;
mod server;
mod services;
mod ssi;
mod status;
mod verify;
mod wallet;

use std::process::ExitCode;

use clap::{Parser, Subcommand};

/// Why there are no figures.
#[derive(Debug, thiserror::Error)]
enum BenchError {
    /// What was to be measured does not do what it should: a bug, or a change the bench does not know of.
    #[error("not as it should be: {0}")]
    Broken(String),
    /// The machine lacks something or refused something.
    #[error("the machine: {0}")]
    Machine(#[from] std::io::Error),
}

/// Says what of it is not as it should be.
fn broken<E: std::fmt::Display>(what: &'static str) -> impl Fn(E) -> BenchError {
    move |error| BenchError::Broken(format!("{what}: {error}"))
}

/// Ends the run if `holds` does not.
fn require(holds: bool, what: &str) -> Result<(), BenchError> {
    if holds { Ok(()) } else { Err(BenchError::Broken(what.to_owned())) }
}

#[derive(Parser)]
#[command(name = "jigap-bench", about = "Measures Jigap; `cargo xtask bench` is the way to call it")]
struct Arguments {
    #[command(subcommand)]
    bench: Bench,
    /// How long each thing is measured in all, in seconds
    #[arg(long, global = true, default_value_t = 10.0)]
    seconds: f64,
}

#[derive(Subcommand)]
enum Bench {
    /// A presentation judged, against its signatures alone
    Verify {
        /// Only the rows whose name contains this
        #[arg(long, default_value = "")]
        row: String,
    },
    /// One credential's proof verified, against its signature alone and against `ssi`
    Integrity,
    /// A credential with an `ecdsa-sd-2023` proof, against its bare ECDSA signatures
    EcdsaSd,
    /// A credential with a `bbs-2023` proof, against bare BBS
    Bbs,
    /// An entry pass judged at a gate, against its two signatures alone
    Pass,
    /// A gate's entry log: rows, a month, a join
    EntryLog,
    /// What a pass issued blindly costs each side
    Blind,
    /// Codes read from frames of a camera
    Decode,
    /// The scanner's page in a browser
    Page,
    /// One status of a list of a million
    Status,
    /// `jigap verify` as a process
    Process,
    /// Credentials issued over HTTP
    Issue,
    /// Presentations asked for, taken and judged over HTTP
    Present,
    /// The search of people under load
    People,
    /// The process that `people` asks
    #[command(hide = true)]
    PeopleServed { people: u64 },
    /// The load generator: plays what stdin says, answers on stdout
    #[command(hide = true)]
    Load,
}

/// Reads the arguments and measures.
pub fn run() -> ExitCode {
    let Arguments { bench, seconds } = Arguments::parse();
    let table = match bench {
        Bench::Verify { row } => verify::run(&row, seconds),
        Bench::Integrity => integrity::run(seconds),
        Bench::EcdsaSd => ecdsa_sd::run(seconds),
        Bench::Bbs => bbs::run(seconds),
        Bench::Pass => pass::run(seconds),
        Bench::EntryLog => entry_log::run(seconds),
        Bench::Blind => blind::run(seconds),
        Bench::Decode => decode::run(seconds),
        Bench::Page => page::run(seconds),
        Bench::Status => status::run(seconds),
        Bench::Process => process::run(seconds),
        Bench::Issue => services::issue(seconds),
        Bench::Present => services::present(seconds),
        Bench::People => people::run(seconds),
        Bench::PeopleServed { people } => people::serve(people),
        Bench::Load => load::run(),
    };
    match table {
        Ok(table) => {
            println!("{}", table.trim_end());
            ExitCode::SUCCESS
        }
        Err(error) => {
            eprintln!("error: {error}");
            ExitCode::FAILURE
        }
    }
}
