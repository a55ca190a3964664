//! Starts this program again as writer or checker, so that what crashes is another process.

use std::collections::BTreeMap;
use std::io::{Read, Write};
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::Duration;

use crate::workload::{parse_acks, print_acks};
use crate::{Engine, TrialError};

/// A check that takes longer hangs.
const LONGEST_CHECK: Duration = Duration::from_secs(30);
const PAUSE: Duration = Duration::from_millis(2);

/// The command that starts `trial` on the store at `path`.
pub(crate) fn command(trial: &str, engine: Engine, path: &Path) -> Result<Command, TrialError> {
    let mut command = Command::new(std::env::current_exe()?);
    command.args([trial, "--engine", engine.name(), "--path"]).arg(path);
    Ok(command)
}

/// Checks the store at `path` against `acks` in a new process; returns how far each task is.
pub(crate) fn check(
    engine: Engine,
    path: &Path,
    acks: &BTreeMap<u64, u64>,
) -> Result<BTreeMap<u64, u64>, TrialError> {
    let mut command = command("check", engine, path)?;
    let mut child = command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn()?;
    if let Some(mut stdin) = child.stdin.take() {
        stdin.write_all(print_acks(acks).as_bytes())?;
    }
    let mut waited = Duration::ZERO;
    let status = loop {
        if let Some(status) = child.try_wait()? {
            break status;
        }
        if waited > LONGEST_CHECK {
            child.kill()?;
            child.wait()?;
            return Err(TrialError::Breach("the check hangs".into()));
        }
        std::thread::sleep(PAUSE);
        waited += PAUSE;
    };
    let (mut out, mut err) = (String::new(), String::new());
    if let (Some(mut stdout), Some(mut stderr)) = (child.stdout.take(), child.stderr.take()) {
        stdout.read_to_string(&mut out)?;
        stderr.read_to_string(&mut err)?;
    }
    if status.success() {
        Ok(parse_acks(&out))
    } else {
        let tail: String = err.lines().take(3).collect::<Vec<_>>().join(" / ");
        Err(TrialError::Breach(format!("{status}: {tail}")))
    }
}
