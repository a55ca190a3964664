//! What the tests need on a machine besides Rust: looked for, installed as root, else named with the exact command.

use std::path::Path;
use std::process::{Command, Stdio};

use crate::ChoreError;

/// A program the chores use.
struct Tool {
    program: &'static str,
    /// Debian packages that bring it.
    packages: &'static str,
    /// What is lost without it; `None`: nothing can be judged.
    serves: Option<&'static str>,
}

const NO_PEERS: &str = "tests against foreign implementations are skipped";

const TOOLS: &[Tool] = &[
    Tool { program: "cc", packages: "gcc libc6-dev", serves: None },
    // libFuzzer is C++
    Tool { program: "c++", packages: "g++", serves: None },
    Tool { program: "mold", packages: "mold", serves: Some("builds are slower") },
    Tool { program: "node", packages: "nodejs", serves: Some(NO_PEERS) },
    Tool { program: "npm", packages: "npm", serves: Some(NO_PEERS) },
    Tool { program: "python3", packages: "python3 python3-venv", serves: Some(NO_PEERS) },
];

/// Installs what is missing. Fails where a required tool is missing and cannot be installed.
pub(crate) fn provide() -> Result<(), ChoreError> {
    let missing: Vec<&Tool> = TOOLS.iter().filter(|tool| !is_present(tool.program)).collect();
    if missing.is_empty() {
        return Ok(());
    }
    if install(&missing) {
        return Ok(());
    }
    for tool in &missing {
        if let Some(lost) = tool.serves {
            eprintln!("hint: without {} {lost}: apt-get install {}", tool.program, tool.packages);
        }
    }
    complain(missing.into_iter().filter(|tool| tool.serves.is_none()).collect())
}

/// Whether `program` is on PATH.
pub(crate) fn is_present(program: &str) -> bool {
    search_path().iter().any(|folder| Path::new(folder).join(program).is_file())
}

#[expect(clippy::disallowed_methods, reason = "where programs are is known to the environment alone")]
fn search_path() -> Vec<String> {
    std::env::var("PATH").unwrap_or_default().split(':').map(str::to_owned).collect()
}

fn is_root() -> bool {
    let answer = Command::new("id").arg("-u").stdin(Stdio::null()).output();
    answer.is_ok_and(|answer| answer.stdout == b"0\n")
}

/// Installs Debian packages as root; says whether that worked.
pub(crate) fn install_packages(packages: &str) -> bool {
    if !is_present("apt-get") || !is_root() {
        return false;
    }
    eprintln!("installing {packages}");
    apt_get(&["update", "-q"]);
    apt_get(&[vec!["install", "-qy", "--no-install-recommends"], packages.split(' ').collect()].concat())
}

/// Whether all were installed. A package index that cannot be refreshed may still serve.
fn install(tools: &[&Tool]) -> bool {
    let packages: Vec<&str> = tools.iter().flat_map(|tool| tool.packages.split(' ')).collect();
    install_packages(&packages.join(" ")) && tools.iter().all(|tool| is_present(tool.program))
}

fn apt_get(arguments: &[&str]) -> bool {
    let mut command = Command::new("apt-get");
    command.args(arguments).env("DEBIAN_FRONTEND", "noninteractive").stdin(Stdio::null());
    command.status().is_ok_and(|status| status.success())
}

fn complain(missing: Vec<&Tool>) -> Result<(), ChoreError> {
    if missing.is_empty() {
        return Ok(());
    }
    let programs: Vec<_> = missing.iter().map(|tool| tool.program).collect();
    let packages: Vec<_> = missing.iter().map(|tool| tool.packages).collect();
    Err(ChoreError::Environment {
        what: format!("missing on this machine: {}", programs.join(", ")),
        hint: format!("on Debian or Ubuntu: sudo apt-get install -y {}", packages.join(" ")),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_required_tool_that_is_missing_is_named_with_the_command_that_brings_it() {
        let tool = Tool { program: "frob", packages: "frob-bin", serves: None };
        let Err(ChoreError::Environment { what, hint }) = complain(vec![&tool]) else { panic!("accepted") };
        assert_eq!(what, "missing on this machine: frob");
        assert_eq!(hint, "on Debian or Ubuntu: sudo apt-get install -y frob-bin");
        assert_eq!(complain(Vec::new()), Ok(()));
    }

    #[test]
    fn programs_are_found_on_the_path_and_nowhere_else() {
        assert!(is_present("sh"));
        assert!(!is_present("no-such-program-anywhere"));
    }
}
