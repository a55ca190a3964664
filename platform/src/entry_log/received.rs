//! Logs that scanners in browsers keep and hand over: each in a folder as [`GateLog`](super::GateLog)'s, for a gate of its own. Rows
//! come sealed; what is looked at is that each follows the one before, and what the venue's key signed.

use std::path::{Path, PathBuf};

use jigap_wallet_core::entry_log::{CLOCK, Chain, Close, Day, LogError, Policy, Row, Rows, scanner_name};
use jigap_wallet_core::verdict::Reason;

use super::{CLOSES, EntryLogError, ROWS, closes_of, delete_ended, prepare};
use crate::journal::{self, Journal};

/// Most scanners of a gate whose logs are kept.
const MOST: usize = 1_000;

const NOT_NOW: Reason = Reason::new(
    "log-not-now",
    "the rows are of a day that has ended, or is not yet: look at the clocks",
    "끝난 날이거나 아직 오지 않은 날의 행입니다. 시계를 확인하십시오",
);

/// Where the logs of a gate's scanners are.
pub struct ScannerLogs {
    folder: PathBuf,
    gate: String,
    policy: Policy,
}

impl ScannerLogs {
    /// In `folder`, which is made with the first of them, of the gate that is called `gate`.
    pub fn at(folder: &Path, gate: &str, policy: Policy) -> Self {
        Self { folder: folder.to_owned(), gate: gate.to_owned(), policy }
    }

    /// Keeps what a scanner hands over, on `today`: how many rows of that day there are when they are durable. What is there already may come
    /// again.
    ///
    /// # Errors
    /// [`EntryLogError`]; by EL-01, EL-05 and EL-06 what does not follow what is there, or is not what the venue's key signed; by EL-08 where other
    /// parties began; by EL-13 a day that has ended, or is not yet.
    pub fn take(&self, told: &Rows, today: Day) -> Result<u64, EntryLogError> {
        let Rows { scanner, day, rows, close } = told;
        if day.has_ended(today) || *day > today.plus(1) {
            return Err(CLOCK.refuse(NOT_NOW).into());
        }
        let folder = self.folder.join(scanner.to_string());
        if !folder.exists() && self.folders()?.len() >= MOST {
            return Err(EntryLogError::Log(LogError::Place));
        }
        let gate = scanner_name(&self.gate, *scanner);
        let _lock = prepare(&folder, &gate, &self.policy)?;
        let (journal, mut all) = Journal::open(&folder.join(format!("{day}.{ROWS}")))?;
        let known = all.len();
        for row in rows {
            let place = usize::try_from(Row::read(row)?.sequence).unwrap_or(usize::MAX);
            if all.get(place) != Some(row) {
                all.push(row.clone());
            }
        }
        let mut closes = closes_of(&folder, *day, self.policy.door())?;
        let close = close.as_ref().map(|close| Close::read(close, self.policy.door())).transpose()?;
        let close = close.filter(|close| !closes.contains(close));
        closes.extend(close.clone());
        Chain::begin(&self.policy, &gate, *day)?.require(all.iter().map(Vec::as_slice), &closes)?;
        let mut frames = Vec::new();
        all.iter().skip(known).for_each(|row| journal::frame(&mut frames, row));
        journal.append(&frames)?;
        if let Some(close) = close {
            journal::add(&folder.join(format!("{day}.{CLOSES}")), close.as_bytes())?;
        }
        Ok(all.len() as u64)
    }

    /// Deletes the rows of days whose keys have ended, and what was signed of them.
    ///
    /// # Errors
    /// [`EntryLogError`]
    pub fn delete_ended(&self, today: Day) -> Result<(), EntryLogError> {
        Ok(self.folders()?.iter().try_for_each(|folder| delete_ended(folder, today))?)
    }

    /// One for each scanner.
    fn folders(&self) -> std::io::Result<Vec<PathBuf>> {
        match std::fs::read_dir(&self.folder) {
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(Vec::new()),
            found => found?.map(|entry| entry.map(|it| it.path())).collect(),
        }
    }
}

#[cfg(test)]
mod tests;
