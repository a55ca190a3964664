//! `cargo xtask fuzz`: the fuzz targets of `fuzz/`, run by libFuzzer (docs/decisions/0006-fuzzing.md).
//!
//! The toolchain is stable, so there is no sanitizer: the coverage that libFuzzer needs is asked of LLVM by
//! `-C passes=sancov-module`. Without `unsafe` a memory error is not what is looked for anyway, but a panic, a broken
//! property, a hang (10 s an input) or hunger (1 GiB).

#![expect(clippy::disallowed_methods, reason = "logs of the fuzzers are written and read in the workspace")]

use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};

use clap::Args;

use crate::ChoreError;
use crate::metadata::cargo;

/// Targets that run at once.
const AT_ONCE: usize = 2;
const COVERAGE: &str = "--cfg fuzzing -Cpasses=sancov-module -Cllvm-args=-sanitizer-coverage-level=4 \
    -Cllvm-args=-sanitizer-coverage-inline-8bit-counters -Cllvm-args=-sanitizer-coverage-pc-table \
    -Cllvm-args=-sanitizer-coverage-trace-compares";

/// What is fuzzed, and for how long.
#[derive(Args)]
pub(crate) struct Options {
    /// The target; all of them, where none is named
    target: Option<String>,
    /// Seconds for each target
    #[arg(long, default_value_t = 600)]
    seconds: u32,
}

impl Options {
    /// What `cargo xtask test` does: all targets for 4 s each.
    pub(crate) const SHORT: Self = Self { target: None, seconds: 4 };
}

pub(crate) fn run(root: &Path, options: &Options) -> Result<(), ChoreError> {
    let known = targets(root)?;
    let chosen: Vec<&String> = match &options.target {
        Some(name) => known.iter().filter(|known| *known == name).collect(),
        None => known.iter().collect(),
    };
    if chosen.is_empty() {
        return Err(ChoreError::Failed(format!("there is no such target; there are: {}", known.join(", "))));
    }
    let fuzzer = build(root)?;
    let mut broken = Vec::new();
    let (mut waiting, mut running) = (chosen.into_iter(), Vec::new());
    loop {
        while running.len() < AT_ONCE
            && let Some(name) = waiting.next()
        {
            running.push((name, start(root, &fuzzer, name, options.seconds)?));
        }
        if running.is_empty() {
            break;
        }
        let (name, mut child) = running.remove(0);
        let ended = child.wait().map_err(|error| environment(&format!("{name}: {error}")))?;
        let log = fs::read_to_string(log(root, name)).unwrap_or_default();
        eprintln!("{name:<16} {}", summary(&log));
        if !ended.success() {
            eprintln!("{}", tail(&log));
            broken.push(name.as_str());
        }
    }
    if broken.is_empty() {
        Ok(())
    } else {
        Err(ChoreError::Failed(format!(
            "{}: inputs in fuzz/found/; mend, and keep them in fuzz/regressions/",
            broken.join(", ")
        )))
    }
}

/// The names of all targets: the folders of the corpus, which a test of `jigap-fuzz` compares with the code.
fn targets(root: &Path) -> Result<Vec<String>, ChoreError> {
    let folder = root.join("fuzz/corpus");
    let entries =
        fs::read_dir(&folder).map_err(|error| environment(&format!("{}: {error}", folder.display())))?;
    let mut names: Vec<String> =
        entries.flatten().map(|entry| entry.file_name().to_string_lossy().into_owned()).collect();
    names.sort();
    Ok(names)
}

fn build(root: &Path) -> Result<PathBuf, ChoreError> {
    let host = "x86_64-unknown-linux-gnu";
    // The versions are those of the workspace; what only the fuzzers need is added to the copy, which git ignores.
    let lock = root.join("fuzz/libfuzzer/Cargo.lock");
    fs::copy(root.join("Cargo.lock"), &lock)
        .map_err(|error| environment(&format!("{}: {error}", lock.display())))?;
    let mut command = Command::new(cargo());
    command.args([
        "build",
        "--quiet",
        "--release",
        "--target",
        host,
        "--manifest-path",
        "fuzz/libfuzzer/Cargo.toml",
    ]);
    let built = root.join("target/libfuzzer");
    command.current_dir(root).env("RUSTFLAGS", COVERAGE).env("CARGO_TARGET_DIR", &built).stdin(Stdio::null());
    match command.status() {
        Ok(status) if status.success() => Ok(built.join(host).join("release/jigap-libfuzzer")),
        Ok(_) => Err(ChoreError::Failed("the fuzzers do not build".to_owned())),
        Err(error) => Err(environment(&format!("cargo does not start: {error}"))),
    }
}

/// Starts a target. What it learns stays in `fuzz/found/<target>/`, beside the inputs that broke it.
fn start(root: &Path, fuzzer: &Path, name: &str, seconds: u32) -> Result<Child, ChoreError> {
    let found = root.join("fuzz/found").join(name);
    let regressions = root.join("fuzz/regressions").join(name);
    let failed = |error: std::io::Error| environment(&format!("{}: {error}", found.display()));
    fs::create_dir_all(&found).map_err(failed)?;
    let file = File::create(log(root, name)).map_err(failed)?;
    let mut command = Command::new(fuzzer);
    command.env("JIGAP_FUZZ_TARGET", name).stdin(Stdio::null()).stdout(Stdio::null()).stderr(file);
    command.arg(format!("-max_total_time={seconds}")).args([
        "-timeout=10",
        "-rss_limit_mb=1024",
        "-max_len=16384",
    ]);
    command.args(["-print_final_stats=1", "-verbosity=1"]);
    command.arg(format!("-artifact_prefix={}/broken-", found.display()));
    command.arg(&found).arg(root.join("fuzz/corpus").join(name));
    if regressions.is_dir() {
        command.arg(regressions);
    }
    command.spawn().map_err(failed)
}

fn log(root: &Path, name: &str) -> PathBuf {
    root.join("fuzz/found").join(format!("{name}.log"))
}

/// How many inputs were tried, by libFuzzer's final statistics.
fn summary(log: &str) -> String {
    let number = |name: &str| {
        let line = log.lines().find(|line| line.starts_with(&format!("stat::{name}:")))?;
        line.rsplit(' ').next().map(str::to_owned)
    };
    match (number("number_of_executed_units"), number("new_units_added")) {
        (Some(tried), Some(kept)) => format!("{tried:>9} inputs, {kept} of them new ways through the code"),
        _ => "ended before its time".to_owned(),
    }
}

fn tail(log: &str) -> String {
    let lines: Vec<&str> = log.lines().collect();
    lines.get(lines.len().saturating_sub(40)..).unwrap_or_default().join("\n")
}

fn environment(what: &str) -> ChoreError {
    ChoreError::Environment {
        what: what.to_owned(),
        hint: "it runs in a clone of the repository, on Linux with g++".to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::workspace_root;

    #[test]
    fn the_statistics_are_read() {
        let log = "#5 DONE\nstat::number_of_executed_units: 123\nstat::new_units_added:        4\n";
        assert_eq!(summary(log), "      123 inputs, 4 of them new ways through the code");
        assert_eq!(summary("==1== ERROR"), "ended before its time");
    }

    #[test]
    fn a_target_that_does_not_exist_is_refused_before_anything_is_built() {
        let options = Options { target: Some("no_such".to_owned()), seconds: 1 };
        assert!(matches!(run(&workspace_root(), &options), Err(ChoreError::Failed(_))));
    }
}
