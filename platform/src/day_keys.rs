//! Where the private halves of an entry log's keys lie, each in a file of its own, outside every store, log and backup, so that they
//! can end.
//!
//! A folder `day-keys` with a `CACHEDIR.TAG` (Cache Directory Tagging Specification), by which backup programs that heed it leave the
//! folder out. A file is `day-2026-11-29.key` or `generation-742.key`, readable by its owner alone. A key is destroyed by overwriting its
//! file with random bytes, syncing, and unlinking it. That does not erase it from flash, from copy-on-write file systems, from
//! snapshots, nor from a backup that heeds no tag: docs/THREATS.md says what follows. Refused: files that others can read.

use std::fs::OpenOptions;
use std::io::{self, Write as _};
use std::os::unix::fs::DirBuilderExt as _;
use std::path::{Path, PathBuf};

use jigap_keys::{Entropy, KeyType, PrivateKey, base64url};
use jigap_wallet_core::entry_log::Day;
use jigap_wallet_core::pass::Generation;
use zeroize::Zeroizing;

use crate::files::{self, PrivateFileError};

const TAG: &str = "CACHEDIR.TAG";
const TAG_TEXT: &[u8] = b"Signature: 8a477f597d28d172789f06886806bc55\n\
# Private keys that must end after 28 days: do not back up. See README.\n";
const README: &[u8] = b"Private keys of an entry log, one file each. They are destroyed when their time is over, and so must not be copied:\n\
leave this folder out of backups, snapshots and synchronisation. CACHEDIR.TAG says so to programs that heed it\n\
(tar --exclude-caches-all, restic --exclude-caches, borg --exclude-caches).\n";
const LINE: &str = "jigap-day-key-1 ";

/// What a key is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum KeySlot {
    /// The rows of a day.
    Day(Day),
    /// The register's entries of a pass generation.
    Generation(Generation),
}

impl KeySlot {
    /// Whether the key has ended on the day `today`: for a generation, when the last of its passes were shown 28 days ago.
    pub const fn has_ended(self, today: Day) -> bool {
        match self {
            Self::Day(day) => day.has_ended(today),
            Self::Generation(generation) => Day::of(generation.ends()).has_ended(today),
        }
    }

    fn file(self) -> String {
        match self {
            Self::Day(day) => format!("day-{day}.key"),
            Self::Generation(generation) => format!("generation-{}.key", generation.number()),
        }
    }

    fn of(file: &str) -> Option<Self> {
        let name = file.strip_suffix(".key")?;
        let day = name.strip_prefix("day-").and_then(Day::parse).map(Self::Day);
        let generation = || name.strip_prefix("generation-")?.parse().ok().map(Generation::from_number);
        day.or_else(|| generation().map(Self::Generation))
    }
}

/// The folder.
#[derive(Debug, Clone)]
pub struct DayKeys(PathBuf);

impl DayKeys {
    /// Makes the folder, with what keeps backups away from it.
    ///
    /// # Errors
    /// What the system says.
    pub fn make(folder: &Path) -> io::Result<Self> {
        std::fs::DirBuilder::new().recursive(true).mode(0o700).create(folder)?;
        for (name, text) in [(TAG, TAG_TEXT), ("README", README)] {
            files::replace(&folder.join(name), text)?;
        }
        Ok(Self::at(folder))
    }

    /// The folder where it is.
    pub fn at(folder: &Path) -> Self {
        Self(folder.to_owned())
    }

    /// The key for `slot`, made if there is none.
    ///
    /// # Errors
    /// [`PrivateFileError`]
    pub fn ensure(&self, slot: KeySlot, entropy: &dyn Entropy) -> Result<PrivateKey, PrivateFileError> {
        if let Some(key) = self.get(slot)? {
            return Ok(key);
        }
        let key = PrivateKey::generate(KeyType::X25519, entropy);
        let text = Zeroizing::new(base64url::encode(key.to_pkcs8_der()));
        let line = Zeroizing::new(format!("{LINE}{}\n", *text));
        files::write_new_private(&self.0.join(slot.file()), line.as_bytes())?;
        Ok(key)
    }

    /// The key for `slot`; `None` where it was destroyed, or never made.
    ///
    /// # Errors
    /// [`PrivateFileError`]
    pub fn get(&self, slot: KeySlot) -> Result<Option<PrivateKey>, PrivateFileError> {
        let bytes = match files::read_private(&self.0.join(slot.file())) {
            Err(PrivateFileError::Io(io::ErrorKind::NotFound)) => return Ok(None),
            read => read?,
        };
        let der = || {
            let text = std::str::from_utf8(&bytes).ok()?.strip_prefix(LINE)?.trim_end();
            base64url::decode(text).ok().map(Zeroizing::new)
        };
        let key = der().and_then(|der| PrivateKey::from_pkcs8_der(&der).ok());
        key.filter(|key| key.public().key_type() == KeyType::X25519).map(Some).ok_or(PrivateFileError::Unfit)
    }

    /// All that there are, in order.
    ///
    /// # Errors
    /// What the system says.
    pub fn slots(&self) -> io::Result<Vec<KeySlot>> {
        let mut slots = Vec::new();
        for entry in std::fs::read_dir(&self.0)? {
            slots.extend(entry?.file_name().to_str().and_then(KeySlot::of));
        }
        slots.sort();
        Ok(slots)
    }

    /// Destroys every key that has ended on the day `today`: says which. One that is left by an error is tried again next time.
    ///
    /// # Errors
    /// What the system says.
    pub fn destroy_ended(&self, today: Day, entropy: &dyn Entropy) -> io::Result<Vec<KeySlot>> {
        let ended: Vec<KeySlot> = self.slots()?.into_iter().filter(|slot| slot.has_ended(today)).collect();
        for slot in &ended {
            let path = self.0.join(slot.file());
            let mut file = OpenOptions::new().write(true).open(&path)?;
            let length = usize::try_from(file.metadata()?.len()).unwrap_or_default().min(4096);
            let mut noise = vec![0; length];
            entropy.fill(&mut noise);
            file.write_all(&noise)?;
            file.sync_all()?;
            std::fs::remove_file(&path)?;
            files::sync_folder(&path)?;
        }
        Ok(ended)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::SeededEntropy;
    use jigap_wallet_core::time::Timestamp;

    #[test]
    fn keys_are_made_once_and_end_on_their_29th_day() {
        let folder = tempfile::tempdir().unwrap();
        let (keys, entropy) =
            (DayKeys::make(&folder.path().join("day-keys")).unwrap(), SeededEntropy::new(1));
        let day = Day::parse("2026-11-29").unwrap();
        let generation = Generation::of(Timestamp::parse_rfc3339("2026-11-29T00:00:00Z").unwrap());
        let slots = [KeySlot::Day(day), KeySlot::Day(day.plus(1)), KeySlot::Generation(generation)];
        let made = slots.map(|slot| keys.ensure(slot, &entropy).unwrap().public().clone());
        let again = slots.map(|slot| keys.ensure(slot, &entropy).unwrap().public().clone());
        assert_eq!((keys.slots().unwrap(), &made), (slots.to_vec(), &again));
        assert!(keys.destroy_ended(day.plus(27), &entropy).unwrap().is_empty());
        assert_eq!(keys.destroy_ended(day.plus(28), &entropy).unwrap(), [KeySlot::Day(day)]);
        assert!(keys.get(KeySlot::Day(day)).unwrap().is_none());
        let last = Day::of(generation.ends()).plus(28);
        assert_eq!(keys.destroy_ended(last.plus(-1), &entropy).unwrap(), [KeySlot::Day(day.plus(1))]);
        assert_eq!(keys.destroy_ended(last, &entropy).unwrap(), [KeySlot::Generation(generation)]);
        let tag = files::read(&folder.path().join("day-keys/CACHEDIR.TAG")).unwrap();
        assert!(tag.starts_with(b"Signature: 8a477f597d28d172789f06886806bc55"));
    }
}
