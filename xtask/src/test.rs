//! `cargo xtask test`: everything that must hold before a change may land.

use std::path::Path;
use std::process::Command;

use clap::Args;

use crate::metadata::cargo;
use crate::steps::{Step, Work, run_all};
use crate::{ChoreError, deny, fuzz, openssl, peers, tools, web};

/// How the tests are run.
#[derive(Args)]
pub(crate) struct Options {
    /// Run the steps after a failed one too
    #[arg(long)]
    keep_going: bool,
    /// Install nothing, even where something is missing
    #[arg(long)]
    no_install: bool,
}

pub(crate) fn run(root: &Path, options: &Options) -> Result<(), ChoreError> {
    if !options.no_install {
        tools::provide()?;
        peers::provide(root);
    }
    run_all(plan(root, tools::is_present("cargo-nextest")), options.keep_going)
}

fn plan(root: &Path, nextest: bool) -> Vec<Step> {
    let step = |name, line: &str| {
        let mut command = Command::new(cargo());
        command.args(line.split(' ')).current_dir(root);
        Step { name, work: Work::Program(command) }
    };
    let tests = if nextest {
        step(
            "tests",
            "nextest run --locked --workspace --no-fail-fast --status-level fail --final-status-level fail",
        )
    } else {
        eprintln!("hint: without cargo-nextest the tests run by `cargo test`, one binary after another");
        step("tests", "test --locked --workspace --lib --bins --tests --no-fail-fast")
    };
    let mut rustdoc = step("rustdoc", "doc --locked --workspace --no-deps");
    if let Work::Program(command) = &mut rustdoc.work {
        command.env("RUSTDOCFLAGS", "-D warnings");
    }
    let pure = if nextest {
        "nextest run --locked --package jigap-keys --package jigap-wallet-core --no-default-features --features pure \
         --status-level fail --final-status-level fail"
    } else {
        "test --locked --package jigap-keys --package jigap-wallet-core --no-default-features --features pure --lib"
    };
    let check = |name, work: fn(&Path) -> Result<(), ChoreError>| {
        let root = root.to_owned();
        Step { name, work: Work::Check(Box::new(move || work(&root))) }
    };
    vec![
        step("format", "fmt --all --check"),
        check("dependencies", deny::judge),
        step("lints", "clippy --locked --workspace --all-targets -- -D warnings"),
        // before the tests: some load it in a browser
        check("web", |root| web::run(root, is_ci())),
        tests,
        step("doctests", "test --locked --workspace --doc"),
        rustdoc,
        step("pure", pure),
        check("josekit", |root| openssl::run(root, is_ci())),
        check("fuzzing", |root| fuzz::run(root, &fuzz::Options::SHORT)),
    ]
}

/// Whether nothing may be skipped, as in CI.
#[expect(clippy::disallowed_methods, reason = "`.ci/run` says so by the environment")]
fn is_ci() -> bool {
    std::env::var("JIGAP_REQUIRE_VECTORS").is_ok_and(|value| value == "1")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_check_of_the_house_is_in_the_plan() {
        for nextest in [true, false] {
            let names: Vec<_> = plan(Path::new("/"), nextest).into_iter().map(|step| step.name).collect();
            let checks = [
                "format",
                "dependencies",
                "lints",
                "web",
                "tests",
                "doctests",
                "rustdoc",
                "pure",
                "josekit",
                "fuzzing",
            ];
            assert_eq!(names, checks);
        }
    }

    #[test]
    fn no_step_may_change_the_lock_file() {
        for step in plan(Path::new("/"), true) {
            let Work::Program(command) = step.work else { continue };
            let locked = command.get_args().any(|word| word == "--locked");
            assert!(locked || step.name == "format", "{}", step.name);
        }
    }
}
