//! `cargo xtask bench`: builds for release, measures everything (package `jigap-bench`) and writes the tables into
//! docs/BENCHMARKS.md, each between its own pair of markers and with the machine it was measured on.

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use clap::Args;

use crate::ChoreError;
use crate::metadata::cargo;

/// Every bench, in the order of the page.
const BENCHES: [&str; 14] = [
    "verify",
    "integrity",
    "ecdsa-sd",
    "bbs",
    "pass",
    "entry-log",
    "blind",
    "decode",
    "page",
    "status",
    "process",
    "issue",
    "present",
    "people",
];
/// The page.
const PAGE: &str = "docs/BENCHMARKS.md";

/// What is measured, and for how long.
#[derive(Args)]
pub(crate) struct Options {
    /// Only this one: verify, integrity, ecdsa-sd, bbs, pass, entry-log, blind, decode, page, status, process, issue, present or people; may be repeated
    #[arg(long, value_parser = BENCHES)]
    only: Vec<String>,
    /// How long each is measured, in seconds
    #[arg(long, default_value_t = 20.0)]
    seconds: f64,
}

pub(crate) fn run(root: &Path, options: &Options) -> Result<(), ChoreError> {
    let mut build = Command::new(cargo());
    build.args(["build", "--locked", "--release", "--package", "jigap-bench", "--package", "jigap-cli"]);
    if !build.current_dir(root).status().is_ok_and(|status| status.success()) {
        return Err(ChoreError::Failed("build".to_owned()));
    }
    let peer = ssi(root)?;
    let machine = machine(root);
    let wanted = |bench: &&str| options.only.is_empty() || options.only.iter().any(|only| only == bench);
    for bench in BENCHES.into_iter().filter(wanted) {
        eprintln!("==> {bench}");
        let table = measure(root, bench, options.seconds, &peer)?;
        eprintln!("{table}");
        let page = read(&root.join(PAGE))?;
        let section = format!("Measured on {machine}.\n\n{}\n", table.trim_end());
        let page = replaced(&page, bench, &section).ok_or_else(|| missing(bench))?;
        write(&root.join(PAGE), &page)?;
    }
    Ok(())
}

/// Builds the peer `ssi` and says where it is. It has a workspace, and a folder of built things, of its own.
fn ssi(root: &Path) -> Result<PathBuf, ChoreError> {
    let built = root.join("target/bench-ssi");
    let mut build = Command::new(cargo());
    build.args(["build", "--release", "--manifest-path", "tests/bench/ssi/Cargo.toml", "--target-dir"]);
    match build.arg(&built).current_dir(root).status() {
        Ok(status) if status.success() => Ok(built.join("release/jigap-bench-ssi")),
        _ => Err(ChoreError::Failed("build of the peer ssi".to_owned())),
    }
}

fn measure(root: &Path, bench: &str, seconds: f64, ssi: &Path) -> Result<String, ChoreError> {
    let mut command = Command::new(root.join("target/release/jigap-bench"));
    command
        .env("JIGAP_BENCH_SSI", ssi)
        .args([bench, "--seconds", &seconds.to_string()])
        .stdin(Stdio::null())
        .stderr(Stdio::inherit());
    match command.output() {
        Ok(output) if output.status.success() => Ok(String::from_utf8_lossy(&output.stdout).into_owned()),
        _ => Err(ChoreError::Failed(bench.to_owned())),
    }
}

/// `page` with `section` between the markers of `bench`; `None` where there is no such pair.
fn replaced(page: &str, bench: &str, section: &str) -> Option<String> {
    let (begin, end) = (format!("<!-- bench: {bench} -->\n"), format!("<!-- end: {bench} -->"));
    let (before, rest) = page.split_once(&begin)?;
    let (_, after) = rest.split_once(&end)?;
    Some(format!("{before}{begin}{section}{end}{after}"))
}

/// Processor, cores, memory, disk, compiler, commit and day, as far as the machine says.
fn machine(root: &Path) -> String {
    let unknown = || "unknown".to_owned();
    let system = |path: &str| read(Path::new(path)).unwrap_or_default();
    let cpu = value_of(&system("/proc/cpuinfo"), "model name").unwrap_or_else(unknown);
    let cores = std::thread::available_parallelism().map_or_else(|_| unknown(), |cores| cores.to_string());
    let memory = value_of(&system("/proc/meminfo"), "MemTotal");
    let memory = memory.and_then(|text| text.split(' ').next()?.parse::<u64>().ok());
    let memory = memory.map_or_else(unknown, |kilobytes| format!("{} GB", kilobytes / 1_000_000));
    let said = |program: &str, arguments: &[&str]| {
        let output = Command::new(program).args(arguments).current_dir(root).output().ok();
        let output = output.filter(|output| output.status.success());
        output.map_or_else(unknown, |output| String::from_utf8_lossy(&output.stdout).trim().to_owned())
    };
    format!(
        "{cpu}, {cores} cores, {memory} memory, {} on {}; {}; commit {}; {}",
        said("findmnt", &["-n", "-o", "FSTYPE", "-T", "target"]),
        said("findmnt", &["-n", "-o", "SOURCE", "-T", "target"]),
        said("rustc", &["--version"]),
        said("git", &["describe", "--always", "--dirty"]),
        said("date", &["-u", "+%Y-%m-%d"]),
    )
}

/// The value after `name` and a colon.
fn value_of(text: &str, name: &str) -> Option<String> {
    let line = text.lines().find(|line| line.starts_with(name))?;
    line.split_once(':').map(|(_, value)| value.trim().to_owned())
}

fn missing(bench: &str) -> ChoreError {
    ChoreError::Environment {
        what: format!("{PAGE} has no place for `{bench}`"),
        hint: format!("put `<!-- bench: {bench} -->` and `<!-- end: {bench} -->` on lines of their own"),
    }
}

#[expect(clippy::disallowed_methods, reason = "a chore reads files of the repository and of the machine")]
fn read(path: &Path) -> Result<String, ChoreError> {
    std::fs::read_to_string(path).map_err(|error| unusable(path, &error))
}

#[expect(clippy::disallowed_methods, reason = "a chore writes a page of the repository")]
fn write(path: &Path, text: &str) -> Result<(), ChoreError> {
    std::fs::write(path, text).map_err(|error| unusable(path, &error))
}

fn unusable(path: &Path, error: &std::io::Error) -> ChoreError {
    let hint = "is this the whole repository?".to_owned();
    ChoreError::Environment { what: format!("{}: {error}", path.display()), hint }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_table_takes_the_place_of_the_old_one_and_nothing_else_changes() {
        let page = "a\n<!-- bench: x -->\nold\n<!-- end: x -->\nb\n<!-- bench: y -->\n<!-- end: y -->\n";
        let once = replaced(page, "x", "new\n").unwrap();
        assert_eq!(once, page.replace("old", "new"));
        assert_eq!(replaced(&once, "x", "new\n").unwrap(), once);
        assert_eq!(replaced(page, "z", "new\n"), None);
    }

    #[test]
    fn the_page_has_a_place_for_every_bench() {
        let page = read(&crate::workspace_root().join(PAGE)).unwrap();
        for bench in BENCHES {
            assert!(replaced(&page, bench, "").is_some(), "{bench}");
        }
    }
}
