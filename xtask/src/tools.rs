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
    /// What it is told to do to see whether it is new and whole enough; nothing: that it is there is enough.
    trial: &'static [&'static str],
    /// The command that brings it where the packages of the distribution are too old.
    otherwise: Option<&'static str>,
}

const NO_PEERS: &str = "tests against foreign implementations are skipped";

/// Debian 12 has Node 18, and its peers want 20 (tests/interop/package.json).
const NEW_NODE: &str =
    "curl -fsSL https://deb.nodesource.com/setup_22.x | sudo -E bash - && sudo apt-get install -y nodejs";

const TOOLS: &[Tool] = &[
    tool("cc", "gcc libc6-dev", None),
    // libFuzzer is C++
    tool("c++", "g++", None),
    tool("mold", "mold", Some("builds are slower")),
    Tool {
        trial: &["-e", "process.exit(parseInt(process.versions.node) >= 20 ? 0 : 1)"],
        otherwise: Some(NEW_NODE),
        ..tool("node", "nodejs", Some(NO_PEERS))
    },
    tool("npm", "npm", Some(NO_PEERS)),
    // reads the certificates that `jigap ca` makes
    tool("openssl", "openssl", Some(NO_PEERS)),
    // loads the scanner's page
    tool("chromium", "chromium", Some("tests in a browser are skipped")),
    // the authority that certificates by ACME are tried with
    tool("pebble", "pebble", Some(NO_PEERS)),
    // plays a camera
    tool("umockdev-wrapper", "umockdev gir1.2-umockdev-1.0 python3-gi", Some(NO_PEERS)),
    // Debian brings Python without what makes virtual environments.
    Tool {
        trial: &["-c", "import venv, ensurepip"],
        ..tool("python3", "python3 python3-venv", Some(NO_PEERS))
    },
];

const fn tool(program: &'static str, packages: &'static str, serves: Option<&'static str>) -> Tool {
    Tool { program, packages, serves, trial: &[], otherwise: None }
}

impl Tool {
    /// Whether it is on PATH, and stands its trial.
    fn serves_us(&self) -> bool {
        if !is_present(self.program) || self.trial.is_empty() {
            return is_present(self.program);
        }
        let mut command = Command::new(self.program);
        command.args(self.trial).stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
        command.status().is_ok_and(|status| status.success())
    }

    /// The command that brings it.
    fn remedy(&self) -> String {
        let packages = format!("sudo apt-get install -y {}", self.packages);
        match self.otherwise {
            // It is there, and the packages are what brought it.
            Some(otherwise) if is_present(self.program) => otherwise.to_owned(),
            _ => packages,
        }
    }
}

/// Installs what is missing. Fails where a required tool is missing and cannot be installed.
pub(crate) fn provide() -> Result<(), ChoreError> {
    let mut missing: Vec<&Tool> = TOOLS.iter().filter(|tool| !tool.serves_us()).collect();
    if missing.is_empty() {
        return Ok(());
    }
    if install(&missing) {
        return Ok(());
    }
    missing.retain(|tool| !tool.serves_us());
    for tool in &missing {
        if let Some(lost) = tool.serves {
            eprintln!("hint: without a {} that serves, {lost}: {}", tool.program, tool.remedy());
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
    install_packages(&packages.join(" ")) && tools.iter().all(|tool| tool.serves_us())
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
        let tool = tool("frob", "frob-bin", None);
        let Err(ChoreError::Environment { what, hint }) = complain(vec![&tool]) else { panic!("accepted") };
        assert_eq!(what, "missing on this machine: frob");
        assert_eq!(hint, "on Debian or Ubuntu: sudo apt-get install -y frob-bin");
        assert_eq!(complain(Vec::new()), Ok(()));
    }

    #[test]
    fn a_tool_that_is_too_old_or_not_whole_is_as_good_as_missing() {
        let new = |trial| Tool { trial, otherwise: Some("bring a newer sh"), ..tool("sh", "dash", None) };
        assert!(new(&["-c", "exit 0"]).serves_us());
        assert!(!new(&["-c", "exit 1"]).serves_us());
        assert_eq!(new(&["-c", "exit 1"]).remedy(), "bring a newer sh");
        let absent =
            Tool { otherwise: Some("bring another"), ..tool("no-such-program-anywhere", "frob", None) };
        assert!(!absent.serves_us());
        assert_eq!(absent.remedy(), "sudo apt-get install -y frob", "the packages first");
        assert!(TOOLS.iter().any(|tool| tool.program == "node" && !tool.trial.is_empty()));
    }

    #[test]
    fn programs_are_found_on_the_path_and_nowhere_else() {
        assert!(is_present("sh"));
        assert!(!is_present("no-such-program-anywhere"));
    }
}
