//! `cargo xtask`: the project's chores. See the library of this package.

use std::process::ExitCode;

fn main() -> ExitCode {
    jigap_xtask::run()
}
