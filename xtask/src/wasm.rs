//! `cargo xtask wasm`: whether what the browser needs still compiles for it, wasm32-unknown-unknown: `jigap-wallet-core` with
//! the primitives in Rust alone, and `jigap-scanner` with one decoder.
//!
//! The pinned toolchain has no wasm32 and no sources of the standard library; Debian's `rustc-web` has the sources, so they
//! are checked against a standard library that is checked along with them (`-Zbuild-std`).

use std::path::Path;
use std::process::{Command, Stdio};

use crate::{ChoreError, tools};

const RUSTC: &str = "/usr/bin/rustc";
const CARGO: &str = "/usr/bin/cargo";
const SOURCES: &str = "lib/rustlib/src/rust/library/std/Cargo.toml";
const PACKAGES: &str = "rustc-web cargo-web rust-web-src libstd-rust-web-dev";
const CHECK: &str = "check --quiet --locked --package jigap-wallet-core --package jigap-scanner --lib --no-default-features \
    --features jigap-wallet-core/pure --target wasm32-unknown-unknown -Zbuild-std=std,panic_abort";

/// Checks, installing what is missing where that can be done. Where it cannot, it is an error if `required`, and said
/// and skipped if not.
pub(crate) fn run(root: &Path, required: bool) -> Result<(), ChoreError> {
    let ready = is_installed() || (tools::install_packages(PACKAGES) && is_installed());
    if !ready {
        let what =
            format!("Rust for wasm32 is missing: apt-get install -y --no-install-recommends {PACKAGES}");
        if required {
            return Err(ChoreError::Environment {
                what,
                hint: "as root on Debian 12; see DEPENDENCIES".to_owned(),
            });
        }
        eprintln!("skipped: {what}");
        return Ok(());
    }
    let mut command = Command::new(CARGO);
    command.args(CHECK.split_whitespace()).current_dir(root).stdin(Stdio::null());
    command.env("RUSTC", RUSTC).env("RUSTC_BOOTSTRAP", "1").env("CARGO_TARGET_DIR", root.join("target/wasm"));
    // What rustup or an outer cargo set is meant for the pinned toolchain.
    for name in ["RUSTUP_TOOLCHAIN", "RUSTC_WRAPPER", "RUSTFLAGS", "CARGO", "RUSTDOC"] {
        command.env_remove(name);
    }
    match command.status() {
        Ok(status) if status.success() => Ok(()),
        Ok(_) => Err(ChoreError::Failed("the core or the scanner does not compile for wasm32".to_owned())),
        Err(error) => Err(ChoreError::Environment {
            what: format!("{CARGO} does not start: {error}"),
            hint: format!("apt-get install -y --reinstall {PACKAGES}"),
        }),
    }
}

/// Whether Debian's compiler is there with the sources of its standard library.
fn is_installed() -> bool {
    let asked = Command::new(RUSTC).args(["--print", "sysroot"]).stdin(Stdio::null()).output();
    let Ok(answer) = asked else { return false };
    let sysroot = String::from_utf8_lossy(&answer.stdout).trim().to_owned();
    answer.status.success() && Path::new(CARGO).is_file() && Path::new(&sysroot).join(SOURCES).is_file()
}
