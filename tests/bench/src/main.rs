//! `jigap-bench`: see the library of this package.

use std::process::ExitCode;

fn main() -> ExitCode {
    jigap_bench::run()
}
