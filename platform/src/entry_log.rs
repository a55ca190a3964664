//! A gate's entry log on disk: rows that are durable before anybody is let in, an append-only file for each day, and what the venue's key
//! signed of them.
//!
//! A folder holds `gate` (its name), `circle` (who the parties are: a log is among the same ones from its first row on), `lock`, `2026-11-29.rows` and `2026-11-29.closes`. Nothing in it opens a row: the private halves are at
//! the parties'. Whoever appends at one moment shares one `fdatasync` (group commit), and rows are sealed with what was agreed
//! `ahead` of them. Refused: a folder that another process
//! writes; a day before one that there are rows of; rows that do not follow each other or were cut off. When the folder is opened and
//! when a day begins, rows of days whose keys have ended are deleted, with what was signed of them, and days that are over without a last
//! signature get it.

mod ahead;
mod received;
mod register;

use std::collections::BTreeSet;
use std::fs::{File, OpenOptions};
use std::io;
use std::os::unix::fs::{DirBuilderExt as _, OpenOptionsExt as _};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};

use jigap_keys::{Entropy, PrivateKey, base64url};
use jigap_wallet_core::entry_log::{
    CIRCLE, CLOCK, Chain, Close, Day, GateDay, Guest, Hour, LOGGED, LogError, PUT_BACK, Policy, Slot, Visit,
};
use jigap_wallet_core::pass::VenueId;
use jigap_wallet_core::time::Timestamp;
use jigap_wallet_core::verdict::{Reason, Refusal};

pub use received::ScannerLogs;
pub use register::{RegisterFiles, end_register, register};

use ahead::Ahead;

use crate::files;
use crate::journal::{self, Journal};

const NOT_KEPT: Reason = Reason::new(
    "log-not-kept",
    "the entry log cannot be written: nobody is let in until it is opened again",
    "출입 기록을 쓸 수 없습니다. 다시 열 때까지 아무도 들이지 않습니다",
);
const OTHERS: Reason = Reason::new(
    "log-folder",
    "the log in this folder is among other parties: begin another one, in another folder",
    "이 폴더의 출입 기록은 다른 당사자들 사이의 것입니다. 다른 폴더에 새로 시작하십시오",
);

const GATE: &str = "gate";
const PARTIES: &str = "circle";
const ROWS: &str = "rows";
const CLOSES: &str = "closes";
/// Longest name of a gate, in bytes.
const MAX_GATE: usize = 60;

/// Why a log cannot be kept or read.
#[derive(Debug, thiserror::Error)]
pub enum EntryLogError {
    /// A rule stands against it.
    #[error(transparent)]
    Refused(#[from] Refusal),
    /// It cannot be sealed.
    #[error(transparent)]
    Log(LogError),
    /// Another process writes it.
    #[error("the entry log is in use by another process")]
    InUse,
    /// The file system refused.
    #[error("the entry log cannot be used: {0}")]
    File(#[from] io::Error),
}

impl From<LogError> for EntryLogError {
    fn from(error: LogError) -> Self {
        match error {
            LogError::Refused(refusal) => Self::Refused(refusal),
            other => Self::Log(other),
        }
    }
}

impl EntryLogError {
    /// What a gate says of it.
    pub fn refusal(&self) -> Refusal {
        match self {
            Self::Refused(refusal) => *refusal,
            _ => LOGGED.refuse(NOT_KEPT),
        }
    }
}

/// A gate's log, opened to be written. Shared by all that append.
pub struct GateLog {
    folder: PathBuf,
    gate: String,
    door: PrivateKey,
    policy: Policy,
    ahead: Ahead,
    _lock: File,
    state: Mutex<State>,
    settled: Condvar,
}

#[derive(Default)]
struct State {
    open: Option<Open>,
    /// Rows that are sealed and not yet written.
    waiting: Vec<u8>,
    sealed: u64,
    durable: u64,
    writing: bool,
    /// A write failed: what is on disk is unknown, and nothing follows it.
    failed: bool,
}

struct Open {
    chain: Chain,
    journal: Arc<Journal>,
}

impl GateLog {
    /// Opens the log of `gate` in `folder`, which is made if it is not there, at `now`.
    ///
    /// # Errors
    /// [`EntryLogError`]; by EL-04 without keys for this day, by EL-05 and EL-06 where rows are missing, by EL-08 in a folder of other
    /// parties, by EL-13 where there are rows of a later day.
    pub fn open(
        folder: &Path,
        gate: &str,
        (policy, door): (Policy, PrivateKey),
        now: Timestamp,
        entropy: Arc<dyn Entropy>,
    ) -> Result<Self, EntryLogError> {
        let lock = prepare(folder, gate, &policy)?;
        if policy.door() != VenueId::of(door.public()) {
            return Err(EntryLogError::Log(LogError::Place));
        }
        let (state, settled) = (Mutex::default(), Condvar::new());
        let gate = gate.to_owned();
        let (folder, ahead) = (folder.to_owned(), Ahead::start(policy.clone(), entropy)?);
        let log = Self { folder, gate, door, policy, ahead, _lock: lock, state, settled };
        let state = log.turn(log.state(), Day::of(now))?;
        drop(state);
        Ok(log)
    }

    /// Whose three-party policy the rows are sealed by.
    pub const fn policy(&self) -> &Policy {
        &self.policy
    }

    /// Seals a row for `guest` and returns when it is durable: then they may come in. Refuses by EL-04, EL-13 and EL-14.
    ///
    /// # Errors
    /// The rule that stands against letting anybody in.
    pub fn append(&self, guest: Guest, now: Timestamp) -> Result<(), Refusal> {
        self.try_append(guest, now).map_err(|error| error.refusal())
    }

    /// As [`GateLog::append`], saying more of what failed.
    ///
    /// # Errors
    /// [`EntryLogError`]
    pub fn try_append(&self, guest: Guest, now: Timestamp) -> Result<(), EntryLogError> {
        // Before anybody else has to wait.
        let seals = self.ahead.take(Day::of(now))?;
        let mut state = self.turn(self.state(), Day::of(now))?;
        let visit = Visit { guest, slot: Slot::of(now) };
        let Some(open) = state.open.as_mut() else { return Err(not_kept()) };
        let row = open.chain.append_with(&visit, seals)?;
        journal::frame(&mut state.waiting, &row);
        state.sealed += 1;
        let mine = state.sealed;
        self.settle(state, mine).map(drop)
    }

    /// Signs where the rows of the day stand at `now`: whenever a scanner stops. Their end can then not be cut off unnoticed.
    ///
    /// # Errors
    /// [`EntryLogError`]
    pub fn close(&self, now: Timestamp) -> Result<(), EntryLogError> {
        let state = self.all_durable(self.state())?;
        state.open.as_ref().map_or(Ok(()), |open| self.sign(&open.chain, Hour::of(now)))
    }

    fn sign(&self, chain: &Chain, until: Hour) -> Result<(), EntryLogError> {
        let close = Close::sign(chain, until, &self.door)?;
        Ok(journal::add(&self.path(chain.next().day, CLOSES), close.as_bytes())?)
    }

    /// Signs a last time of days before `today` of which that was not done: a scanner was killed, or stopped before the day was over. Of a day
    /// that is damaged nothing is signed; it does not shut the gate.
    fn close_earlier(&self, today: Day) -> Result<(), EntryLogError> {
        for day in days_in(&self.folder)?.into_iter().filter(|day| *day < today) {
            let closes = closes_of(&self.folder, day, self.policy.door());
            let Some(closes) = closes.ok().filter(|closes| !closes.iter().any(Close::is_last)) else {
                continue;
            };
            let Ok(rows) = journal::read(&self.path(day, ROWS)) else { continue };
            let mut chain = Chain::begin(&self.policy, &self.gate, day)?;
            if chain.require(rows.iter().map(Vec::as_slice), &closes).is_ok() {
                self.sign(&chain, today.first_hour())?;
            }
        }
        Ok(())
    }

    /// Whether a visitor of `now` can be written down: what has to be known before a ticket is used up for them.
    ///
    /// # Errors
    /// As [`GateLog::append`].
    pub fn ready(&self, now: Timestamp) -> Result<(), Refusal> {
        self.turn(self.state(), Day::of(now)).map(drop).map_err(|error| error.refusal())
    }

    /// Returns when every row that was sealed is durable: others may seal while one waits.
    fn all_durable<'l>(
        &'l self,
        mut state: MutexGuard<'l, State>,
    ) -> Result<MutexGuard<'l, State>, EntryLogError> {
        while state.durable < state.sealed {
            let all = state.sealed;
            state = self.settle(state, all)?;
        }
        Ok(state)
    }

    /// Makes `day` the one that is written, when all of the one before is durable.
    fn turn<'l>(
        &'l self,
        state: MutexGuard<'l, State>,
        day: Day,
    ) -> Result<MutexGuard<'l, State>, EntryLogError> {
        let known = |state: &State| state.open.as_ref().map(|open| open.chain.next().day);
        if state.failed {
            return Err(not_kept());
        }
        if known(&state) == Some(day) {
            return Ok(state);
        }
        let mut state = self.all_durable(state)?;
        if known(&state) == Some(day) {
            return Ok(state);
        }
        if days_in(&self.folder)?.last().is_some_and(|last| *last > day) {
            return Err(CLOCK.refuse(PUT_BACK).into());
        }
        // Without keys for the day nothing is begun.
        self.policy.authority.day_key(day)?;
        self.policy.venue.day_key(day)?;
        if let Some(open) = state.open.take() {
            self.sign(&open.chain, day.first_hour())?;
        }
        delete_ended(&self.folder, day)?;
        self.close_earlier(day)?;
        let (journal, rows) = Journal::open(&self.path(day, ROWS))?;
        let closes = closes_of(&self.folder, day, self.policy.door())?;
        let mut chain = Chain::begin(&self.policy, &self.gate, day)?;
        chain.require(rows.iter().map(Vec::as_slice), &closes)?;
        state.open = Some(Open { chain, journal: Arc::new(journal) });
        Ok(state)
    }

    fn path(&self, day: Day, kind: &str) -> PathBuf {
        self.folder.join(format!("{day}.{kind}"))
    }

    /// Returns when `mine` rows are durable. One of those that wait writes for all.
    fn settle<'l>(
        &'l self,
        mut state: MutexGuard<'l, State>,
        mine: u64,
    ) -> Result<MutexGuard<'l, State>, EntryLogError> {
        loop {
            if state.durable >= mine {
                return Ok(state);
            }
            if state.failed {
                return Err(not_kept());
            }
            if state.writing {
                state = self.settled.wait(state).unwrap_or_else(PoisonError::into_inner);
                continue;
            }
            let Some(open) = &state.open else { return Err(not_kept()) };
            let journal = Arc::clone(&open.journal);
            let (rows, upto) = (std::mem::take(&mut state.waiting), state.sealed);
            state.writing = true;
            drop(state);
            let written = journal.append(&rows);
            state = self.state();
            state.writing = false;
            match written {
                Ok(()) => state.durable = upto,
                Err(_) => state.failed = true,
            }
            self.settled.notify_all();
        }
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn not_kept() -> EntryLogError {
    LOGGED.refuse(NOT_KEPT).into()
}

/// Makes the folder of a gate's log, if it is not there, and holds it; it is of this gate and these parties.
fn prepare(folder: &Path, gate: &str, policy: &Policy) -> Result<File, EntryLogError> {
    std::fs::DirBuilder::new().recursive(true).mode(0o700).create(folder)?;
    let mut options = OpenOptions::new();
    let lock = options.write(true).create(true).truncate(false).mode(0o600).open(folder.join("lock"))?;
    lock.try_lock().map_err(|_| EntryLogError::InUse)?;
    let circle = base64url::encode(policy.circle());
    for (name, text) in [(GATE, gate), (PARTIES, circle.as_str())] {
        let place = folder.join(name);
        if !place.exists() {
            files::write_new(&place, text.as_bytes())?;
        }
    }
    if gate_of(folder, policy)? == gate { Ok(lock) } else { Err(EntryLogError::Log(LogError::Place)) }
}

/// Deletes the rows of days whose keys have ended, and what was signed of them.
fn delete_ended(folder: &Path, today: Day) -> io::Result<()> {
    for day in days_in(folder)?.into_iter().filter(|day| day.has_ended(today)) {
        for kind in [ROWS, CLOSES] {
            match std::fs::remove_file(folder.join(format!("{day}.{kind}"))) {
                Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
                _ => {}
            }
        }
    }
    Ok(())
}

/// The gate's name, as its folder says it. Refuses (EL-08) a folder of other parties.
fn gate_of(folder: &Path, policy: &Policy) -> Result<String, EntryLogError> {
    if files::read(&folder.join(PARTIES))? != base64url::encode(policy.circle()).as_bytes() {
        return Err(CIRCLE.refuse(OTHERS).into());
    }
    let name = files::read(&folder.join(GATE))?;
    let name = String::from_utf8(name).ok().filter(|name| name.len() <= MAX_GATE);
    name.ok_or_else(|| io::Error::from(io::ErrorKind::InvalidData).into())
}

/// The days that there are rows of, or of which something was signed.
fn days_in(folder: &Path) -> io::Result<BTreeSet<Day>> {
    let mut days = BTreeSet::new();
    for entry in std::fs::read_dir(folder)? {
        let name = entry?.file_name();
        let named = name.to_str().and_then(|name| name.split_once('.'));
        let day = named.filter(|(_, kind)| [ROWS, CLOSES].contains(kind)).map(|(day, _)| day);
        days.extend(day.and_then(Day::parse));
    }
    Ok(days)
}

fn closes_of(folder: &Path, day: Day, venue: VenueId) -> Result<Vec<Close>, EntryLogError> {
    let closes = journal::read(&folder.join(format!("{day}.{CLOSES}")))?;
    Ok(closes.iter().map(|close| Close::read(close, venue)).collect::<Result<_, _>>()?)
}

/// The rows of a gate's folder, or of a copy of it, of those days that `wanted` says, each verified: without a gap, and as many as the venue's
/// key signed. A day of which something was signed and no rows are left is not passed over.
///
/// # Errors
/// [`EntryLogError`]; by EL-01, EL-02, EL-05, EL-06 and EL-08 where something is wrong with them.
pub fn read(
    folder: &Path,
    policy: &Policy,
    wanted: impl Fn(Day) -> bool,
) -> Result<Vec<GateDay>, EntryLogError> {
    let gate = gate_of(folder, policy)?;
    let mut read = Vec::new();
    for day in days_in(folder)?.into_iter().filter(|day| wanted(*day)) {
        let rows = journal::read(&folder.join(format!("{day}.{ROWS}")))?;
        let closes = closes_of(folder, day, policy.door())?;
        let mut chain = Chain::begin(policy, &gate, day)?;
        let rows = chain.require(rows.iter().map(Vec::as_slice), &closes)?;
        read.push(GateDay { gate: gate.clone(), day, rows, closes });
    }
    Ok(read)
}

#[cfg(test)]
mod tests;
