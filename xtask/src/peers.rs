//! Installs the foreign implementations that `tests/interop` runs against: `npm ci` by its `package-lock.json`, and
//! `pip install` by its `requirements.txt` into a virtual environment below `target/`. Both files fix every version and
//! digest.
//!
//! A peer that cannot be installed is named with the command that failed; the tests then say what they skipped, or fail
//! where `JIGAP_REQUIRE_PEERS=1`, as in CI.

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

/// Installs the peers that are not there or not as their lock files say.
pub(crate) fn provide(root: &Path) {
    for peers in [node(root), python(root)] {
        if let Err(why) = peers.provide() {
            eprintln!("hint: these peers are missing, and tests against them are skipped: {why}");
        }
    }
}

/// Some peers, and how they are installed.
struct Peers {
    /// Says what must be there.
    lock: PathBuf,
    /// A copy of the lock file, made once what it says was there.
    installed: PathBuf,
    steps: Vec<Command>,
}

fn node(root: &Path) -> Peers {
    let folder = root.join("tests/interop");
    let mut install = Command::new("npm");
    install.args(["ci", "--ignore-scripts", "--no-audit", "--no-fund", "--engine-strict"]);
    install.current_dir(&folder);
    Peers {
        lock: folder.join("package-lock.json"),
        installed: folder.join("node_modules/installed"),
        steps: vec![install],
    }
}

fn python(root: &Path) -> Peers {
    let venv = root.join("target/peers/venv");
    let lock = root.join("tests/interop/requirements.txt");
    let mut create = Command::new("python3");
    create.args(["-m", "venv", "--clear"]).arg(&venv);
    let mut install = Command::new(venv.join("bin/pip"));
    install.args([
        "install",
        "--quiet",
        "--disable-pip-version-check",
        "--require-hashes",
        "--only-binary=:all:",
        "-r",
    ]);
    install.arg(&lock);
    Peers { lock, installed: venv.join("installed"), steps: vec![create, install] }
}

impl Peers {
    /// Runs the steps unless all is there; the step that did not succeed is returned as a command line.
    fn provide(self) -> Result<(), String> {
        if self.are_there() {
            return Ok(());
        }
        for mut step in self.steps {
            eprintln!("installing peers: {}", command_line(&step));
            let status = step.stdin(Stdio::null()).status();
            if !status.is_ok_and(|status| status.success()) {
                return Err(command_line(&step));
            }
        }
        std::fs::copy(&self.lock, &self.installed).map_err(|error| error.to_string())?;
        Ok(())
    }

    #[expect(clippy::disallowed_methods, reason = "lock files are files of the workspace")]
    fn are_there(&self) -> bool {
        let (lock, installed) = (std::fs::read(&self.lock), std::fs::read(&self.installed));
        lock.is_ok_and(|lock| installed.is_ok_and(|installed| lock == installed))
    }
}

fn command_line(command: &Command) -> String {
    let words = std::iter::once(command.get_program()).chain(command.get_args());
    let line: Vec<_> = words.map(|word| word.to_string_lossy()).collect();
    match command.get_current_dir() {
        Some(folder) => format!("cd {} && {}", folder.display(), line.join(" ")),
        None => line.join(" "),
    }
}

#[cfg(test)]
#[expect(clippy::disallowed_methods, reason = "lock files are files of the workspace")]
mod tests {
    use super::*;

    fn peers(folder: &Path, step: &str) -> Peers {
        let (lock, installed) = (folder.join("lock"), folder.join("installed"));
        Peers { lock, installed, steps: vec![Command::new(step)] }
    }

    #[test]
    fn peers_are_installed_once_for_each_state_of_their_lock_file() {
        let folder = tempfile::tempdir().unwrap();
        for lock in ["1", "2"] {
            std::fs::write(folder.path().join("lock"), lock).unwrap();
            assert!(!peers(folder.path(), "true").are_there());
            assert_eq!(peers(folder.path(), "true").provide(), Ok(()));
            assert_eq!(peers(folder.path(), "false").provide(), Ok(()), "nothing is run again");
        }
    }

    #[test]
    fn what_cannot_be_installed_is_named_by_its_command_and_not_taken_for_installed() {
        let folder = tempfile::tempdir().unwrap();
        std::fs::write(folder.path().join("lock"), "1").unwrap();
        for step in ["false", "no-such-program-anywhere"] {
            assert_eq!(peers(folder.path(), step).provide(), Err(step.to_owned()));
            assert!(!peers(folder.path(), "true").are_there());
        }
        let root = Path::new("/root");
        assert_eq!(
            command_line(&node(root).steps[0]),
            "cd /root/tests/interop && npm ci --ignore-scripts --no-audit --no-fund --engine-strict"
        );
        assert_eq!(command_line(&python(root).steps[0]), "python3 -m venv --clear /root/target/peers/venv");
    }
}
