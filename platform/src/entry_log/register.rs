//! The issuer's register on disk: append-only files of entries, one for each pass generation, `register-742`, which ends with its
//! generation's keys.

use std::collections::BTreeMap;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};

use jigap_keys::{Entropy, PublicKey};
use jigap_wallet_core::entry_log::{Day, Entry, LogError, Policy};
use jigap_wallet_core::pass::{Generation, Pseudonym};

use super::EntryLogError;
use crate::day_keys::KeySlot;
use crate::journal::{self, Journal};

/// The register of an issuer, opened to be written.
pub struct RegisterFiles {
    policy: Policy,
    issuer: usize,
    folder: PathBuf,
    open: Mutex<BTreeMap<Generation, Journal>>,
    entropy: Arc<dyn Entropy>,
}

impl RegisterFiles {
    /// The register in the folder of the issuer with this identity in `policy`.
    ///
    /// # Errors
    /// [`LogError::Place`] if that issuer takes no part.
    pub fn open(
        folder: &Path,
        (policy, identity): (Policy, &PublicKey),
        entropy: Arc<dyn Entropy>,
    ) -> Result<Self, EntryLogError> {
        let issuer = policy.issuers.iter().position(|issuer| issuer.identity == *identity);
        let issuer = issuer.ok_or(EntryLogError::Log(LogError::Place))?;
        Ok(Self { policy, issuer, folder: folder.to_owned(), open: Mutex::default(), entropy })
    }

    /// Notes whom passes are of; they may be handed out when this returns.
    ///
    /// # Errors
    /// [`EntryLogError`]; by EL-04 without keys for a generation.
    pub fn note(&self, passes: &[(Pseudonym, Generation)], person: &str) -> Result<(), EntryLogError> {
        let issuer = self.policy.issuers.get(self.issuer).ok_or(EntryLogError::Log(LogError::Place))?;
        let mut frames: BTreeMap<Generation, Vec<u8>> = BTreeMap::new();
        for pass in passes {
            let entry = Entry::seal((issuer, &self.policy.authority), *pass, person, &*self.entropy)?;
            journal::frame(frames.entry(pass.1).or_default(), &entry.to_bytes());
        }
        let mut open = self.open.lock().unwrap_or_else(PoisonError::into_inner);
        for (generation, frames) in frames {
            if !open.contains_key(&generation) {
                // Passes are made of two generations at most.
                open.retain(|other, _| other.next() >= generation);
                let (journal, _) = Journal::open(&file(&self.folder, generation))?;
                open.insert(generation, journal);
            }
            if let Some(journal) = open.get(&generation) {
                journal.append(&frames)?;
            }
        }
        Ok(())
    }
}

fn file(folder: &Path, generation: Generation) -> PathBuf {
    folder.join(format!("register-{}", generation.number()))
}

/// The generations that there are entries of.
fn generations(folder: &Path) -> io::Result<Vec<Generation>> {
    let mut generations = Vec::new();
    for entry in std::fs::read_dir(folder)? {
        let name = entry?.file_name();
        let number = name.to_str().and_then(|name| name.strip_prefix("register-")?.parse().ok());
        generations.extend(number.map(Generation::from_number));
    }
    Ok(generations)
}

/// Deletes the entries of generations whose keys have ended on the day `today`.
///
/// # Errors
/// What the system says.
pub fn end_register(folder: &Path, today: Day) -> io::Result<()> {
    let ended = |generation: &Generation| KeySlot::Generation(*generation).has_ended(today);
    generations(folder)?.into_iter().filter(ended).try_for_each(|it| std::fs::remove_file(file(folder, it)))
}

/// The entries of the register in `folder`, or in a copy of it; of two of one pass the later. Refuses by EL-01.
///
/// # Errors
/// [`EntryLogError`]
pub fn register(folder: &Path) -> Result<Vec<Entry>, EntryLogError> {
    let mut entries = BTreeMap::new();
    for generation in generations(folder)? {
        for frame in journal::read(&file(folder, generation))? {
            let entry = Entry::read(&frame)?;
            entries.insert(entry.pseudonym, entry);
        }
    }
    Ok(entries.into_values().collect())
}
