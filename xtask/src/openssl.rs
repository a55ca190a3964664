//! Feature `josekit` of the core: builds it on OpenSSL and runs its tests (docs/decisions/0002). Nothing else needs OpenSSL.
//!
//! The whole core is tested, not only what the feature adds: `josekit` turns on `preserve_order` of `serde_json`, and
//! nothing may depend on the order of members.

use std::path::Path;
use std::process::{Command, Stdio};

use crate::metadata::cargo;
use crate::{ChoreError, tools};

const PACKAGES: &str = "libssl-dev pkg-config";

/// Builds and tests, installing what is missing where that can be done. Where it cannot, it is an error if `required`,
/// and said and skipped if not.
pub(crate) fn run(root: &Path, required: bool) -> Result<(), ChoreError> {
    let ready = is_installed() || (tools::install_packages(PACKAGES) && is_installed());
    if !ready {
        let what = format!("OpenSSL's headers are missing: apt-get install -y {PACKAGES}");
        if required {
            return Err(ChoreError::Environment { what, hint: "as root on Debian or Ubuntu".to_owned() });
        }
        eprintln!("skipped: {what}");
        return Ok(());
    }
    let runner: &[&str] = if tools::is_present("cargo-nextest") {
        &["nextest", "run", "--status-level", "fail", "--final-status-level", "fail"]
    } else {
        &["test"]
    };
    let mut command = Command::new(cargo());
    command.args(runner).args([
        "--locked",
        "--package",
        "jigap-wallet-core",
        "--lib",
        "--features",
        "josekit",
    ]);
    match command.current_dir(root).stdin(Stdio::null()).status() {
        Ok(status) if status.success() => Ok(()),
        Ok(status) => Err(ChoreError::Failed(status.to_string())),
        Err(error) => Err(ChoreError::Environment {
            what: format!("cargo does not start: {error}"),
            hint: "is the Rust toolchain on PATH?".to_owned(),
        }),
    }
}

fn is_installed() -> bool {
    let asked = Command::new("pkg-config").args(["--exists", "openssl"]).stdin(Stdio::null()).status();
    asked.is_ok_and(|status| status.success())
}
