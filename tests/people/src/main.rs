//! `people-trial`: see the library of this package.

use std::process::ExitCode;

fn main() -> ExitCode {
    jigap_people_trial::run()
}
