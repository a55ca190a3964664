//! `jigap`: see `jigap --help`.

use std::process::ExitCode;

fn main() -> ExitCode {
    jigap_cli::run()
}
