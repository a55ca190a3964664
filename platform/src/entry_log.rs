//! A gate's entry log on disk: rows that are durable before anybody is let in, an append-only file for each day, and what the venue's key
//! signed of them.
//!
//! A folder holds `gate` (its name), `circle` (who the parties are: a log is among the same ones from its first row on), `lock`, `2026-11-29.rows` and `2026-11-29.closes`. Nothing in it opens a row: the private halves are at
//! the parties'. Whoever appends at one moment shares one `fdatasync` (group commit). Refused: a folder that another process
//! writes; a day before one that there are rows of; rows that do not follow each other or were cut off. Rows of days whose
//! keys have ended are deleted when the folder is opened and when a day begins.

use std::collections::BTreeMap;
use std::fs::{File, OpenOptions};
use std::io;
use std::os::unix::fs::{DirBuilderExt as _, OpenOptionsExt as _};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};

use jigap_keys::{Entropy, PrivateKey, base64url};
use jigap_wallet_core::entry_log::{
    CIRCLE, CLOCK, Chain, Close, Day, Entry, GateDay, Guest, LogError, Policy, Slot, Visit,
};
use jigap_wallet_core::pass::VenueId;
use jigap_wallet_core::time::Timestamp;
use jigap_wallet_core::verdict::{Check, Reason, Refusal};

use crate::files;
use crate::journal::{self, Journal};

/// EL-14: who is let in is in the log.
pub const LOGGED: Check = Check::new(
    "EL-14",
    "where a gate keeps an entry log, nobody is let in before the row is durable",
    "출입 기록을 두는 문은 행이 안전하게 저장되기 전에는 아무도 들이지 않습니다",
    "docs/SPECS.md, The entry log",
);

const NOT_KEPT: Reason = Reason::new(
    "log-not-kept",
    "the entry log cannot be written: nobody is let in until it is opened again",
    "출입 기록을 쓸 수 없습니다. 다시 열 때까지 아무도 들이지 않습니다",
);
const PUT_BACK: Reason = Reason::new(
    "log-day-back",
    "there are rows of a later day: set the clock right",
    "더 나중 날의 행이 있습니다. 시계를 맞추십시오",
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
    entropy: Arc<dyn Entropy>,
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
        if gate_of(folder, &policy)? != gate || policy.door() != VenueId::of(door.public()) {
            return Err(EntryLogError::Log(LogError::Place));
        }
        let (state, settled) = (Mutex::default(), Condvar::new());
        let gate = gate.to_owned();
        let log =
            Self { folder: folder.to_owned(), gate, door, policy, entropy, _lock: lock, state, settled };
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
        let mut state = self.turn(self.state(), Day::of(now))?;
        let visit = Visit { guest, slot: Slot::of(now) };
        let Some(open) = state.open.as_mut() else { return Err(not_kept()) };
        let row = open.chain.append(&visit, &self.policy, &*self.entropy)?;
        journal::frame(&mut state.waiting, &row);
        state.sealed += 1;
        let mine = state.sealed;
        self.settle(state, mine).map(drop)
    }

    /// Signs where the rows of the day stand: whenever a scanner stops. Their end can then not be cut off unnoticed.
    ///
    /// # Errors
    /// [`EntryLogError`]
    pub fn close(&self) -> Result<(), EntryLogError> {
        let state = self.all_durable(self.state())?;
        match &state.open {
            Some(open) if open.chain.count() > 0 => self.sign(&open.chain, false),
            _ => Ok(()),
        }
    }

    fn sign(&self, chain: &Chain, last: bool) -> Result<(), EntryLogError> {
        let close = Close::sign(chain, last, &self.door)?;
        Ok(journal::add(&self.folder.join(format!("{}.{CLOSES}", chain.next().day)), &close)?)
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
            self.sign(&open.chain, true)?;
        }
        self.delete_ended(day)?;
        let (journal, rows) = Journal::open(&self.path(day, ROWS))?;
        let closes = closes_of(&self.folder, day, self.policy.door())?;
        let mut chain = Chain::begin(&self.policy, &self.gate, day)?;
        chain.clone().require(rows.iter().map(Vec::as_slice), &closes)?;
        for row in &rows {
            chain.follow(row)?;
        }
        state.open = Some(Open { chain, journal: Arc::new(journal) });
        Ok(state)
    }

    /// Deletes the rows of days whose keys have ended. What was signed of them stays: it says how many, and nothing else.
    fn delete_ended(&self, today: Day) -> io::Result<()> {
        for day in days_in(&self.folder)?.into_iter().filter(|day| day.has_ended(today)) {
            std::fs::remove_file(self.path(day, ROWS))?;
        }
        Ok(())
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

/// The gate's name, as its folder says it. Refuses (EL-08) a folder of other parties.
fn gate_of(folder: &Path, policy: &Policy) -> Result<String, EntryLogError> {
    if files::read(&folder.join(PARTIES))? != base64url::encode(policy.circle()).as_bytes() {
        return Err(CIRCLE.refuse(OTHERS).into());
    }
    let name = files::read(&folder.join(GATE))?;
    let name = String::from_utf8(name).ok().filter(|name| name.len() <= MAX_GATE);
    name.ok_or_else(|| io::Error::from(io::ErrorKind::InvalidData).into())
}

/// The days that there are rows of, in order.
fn days_in(folder: &Path) -> io::Result<Vec<Day>> {
    let mut days = Vec::new();
    for entry in std::fs::read_dir(folder)? {
        let name = entry?.file_name();
        let day = name.to_str().and_then(|name| name.strip_suffix(".rows"));
        days.extend(day.and_then(Day::parse));
    }
    days.sort();
    Ok(days)
}

fn closes_of(folder: &Path, day: Day, venue: VenueId) -> Result<Vec<Close>, EntryLogError> {
    let closes = journal::read(&folder.join(format!("{day}.{CLOSES}")))?;
    Ok(closes.iter().map(|close| Close::read(close, venue)).collect::<Result<_, _>>()?)
}

/// The rows of a gate's folder, or of a copy of it, of those days that `wanted` says, each verified: without a gap, and as many as the venue's
/// key signed. With each whether the day was closed.
///
/// # Errors
/// [`EntryLogError`]; by EL-01, EL-02, EL-05, EL-06 and EL-08 where something is wrong with them.
pub fn read(
    folder: &Path,
    policy: &Policy,
    wanted: impl Fn(Day) -> bool,
) -> Result<Vec<(GateDay, bool)>, EntryLogError> {
    let gate = gate_of(folder, policy)?;
    let mut read = Vec::new();
    for day in days_in(folder)?.into_iter().filter(|day| wanted(*day)) {
        let rows = journal::read(&folder.join(format!("{day}.{ROWS}")))?;
        let closes = closes_of(folder, day, policy.door())?;
        let chain = Chain::begin(policy, &gate, day)?;
        let rows = chain.require(rows.iter().map(Vec::as_slice), &closes)?;
        let closed = closes.iter().any(|close| close.count == rows.len() as u64);
        read.push((GateDay { gate: gate.clone(), day, rows }, closed));
    }
    Ok(read)
}

/// The issuer's register on disk: an append-only file of entries.
pub struct RegisterFile {
    policy: Policy,
    issuer: usize,
    journal: Mutex<Journal>,
    entropy: Arc<dyn Entropy>,
}

impl RegisterFile {
    /// Opens the register at `path`, or makes it, of the issuer with this identity in `policy`.
    ///
    /// # Errors
    /// [`EntryLogError`]; [`LogError::Place`] if that issuer takes no part.
    pub fn open(
        path: &Path,
        (policy, identity): (Policy, &jigap_keys::PublicKey),
        entropy: Arc<dyn Entropy>,
    ) -> Result<Self, EntryLogError> {
        let issuer = policy.issuers.iter().position(|issuer| issuer.identity == *identity);
        let issuer = issuer.ok_or(EntryLogError::Log(LogError::Place))?;
        let (journal, _) = Journal::open(path)?;
        Ok(Self { policy, issuer, journal: Mutex::new(journal), entropy })
    }

    /// Notes whom passes are of; they may be handed out when this returns.
    ///
    /// # Errors
    /// [`EntryLogError`]; by EL-04 without keys for a generation.
    pub fn note(
        &self,
        passes: &[(jigap_wallet_core::pass::Pseudonym, jigap_wallet_core::pass::Generation)],
        person: &str,
    ) -> Result<(), EntryLogError> {
        let issuer = self.policy.issuers.get(self.issuer).ok_or(EntryLogError::Log(LogError::Place))?;
        let mut frames = Vec::new();
        for pass in passes {
            let entry = Entry::seal((issuer, &self.policy.authority), *pass, person, &*self.entropy)?;
            journal::frame(&mut frames, &entry.to_bytes());
        }
        let journal = self.journal.lock().unwrap_or_else(PoisonError::into_inner);
        Ok(journal.append(&frames)?)
    }
}

/// The entries of a register, or of a copy of it; of two of one pass the later. Refuses by EL-01.
///
/// # Errors
/// [`EntryLogError`]
pub fn register(path: &Path) -> Result<Vec<Entry>, EntryLogError> {
    let mut entries = BTreeMap::new();
    for frame in journal::read(path)? {
        let entry = Entry::read(&frame)?;
        entries.insert(entry.pseudonym, entry);
    }
    Ok(entries.into_values().collect())
}

#[cfg(test)]
mod tests;
