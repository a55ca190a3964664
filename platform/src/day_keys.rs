//! Where the private halves of an entry log's keys lie, each in a file of its own, outside every store, log and backup, so that they
//! can end.
//!
//! A folder `day-keys` with a `CACHEDIR.TAG` (Cache Directory Tagging Specification), by which backup programs that heed it leave the
//! folder out. A file is `day-2026-11-29.key` or `generation-742.key`, readable by its owner alone. A key is destroyed by overwriting its
//! file with random bytes, syncing, and unlinking it. That does not erase it from flash, from copy-on-write file systems, from
//! snapshots, nor from a backup that heeds no tag: docs/THREATS.md says what follows. So a folder may say, in its file `wrap`, that each of
//! its keys is sealed by another one, which stands in the kernel's keyring alone until its day: then a copy of the files opens nothing once
//! that is gone. Refused: files that others can read.

use std::fs::OpenOptions;
use std::io::{self, Write as _};
use std::os::unix::fs::DirBuilderExt as _;
use std::path::{Path, PathBuf};

use jigap_keys::aead::Aes256Key;
use jigap_keys::{Entropy, KeyType, PrivateKey, base64url};
use jigap_wallet_core::entry_log::Day;
use jigap_wallet_core::pass::Generation;
use jigap_wallet_core::time::Timestamp;
use zeroize::Zeroizing;

use crate::files::{self, PrivateFileError};
use crate::kernel_keys::{KEY, KernelKeys};

const TAG: &str = "CACHEDIR.TAG";
const TAG_TEXT: &[u8] = b"Signature: 8a477f597d28d172789f06886806bc55\n\
# Private keys that must end after 28 days: do not back up. See README.\n";
const README: &[u8] = b"Private keys of an entry log, one file each. They are destroyed when their time is over, and so must not be copied:\n\
leave this folder out of backups, snapshots and synchronisation. CACHEDIR.TAG says so to programs that heed it\n\
(tar --exclude-caches-all, restic --exclude-caches, borg --exclude-caches).\n";
const LINE: &str = "jigap-day-key-1 ";
/// Of one that is sealed.
const WRAPPED: &str = "jigap-day-key-2 ";
const WRAP: &str = "wrap";
/// Behind it the folder's name in the keyring.
const KEYRING: &str = "keyring ";
/// A key of the keyring seals one message, so that one nonce does.
const NONCE: [u8; 12] = [0; 12];

/// Why a key cannot be had or made.
#[derive(Debug, thiserror::Error)]
pub enum DayKeyError {
    /// Its file cannot be used.
    #[error(transparent)]
    File(#[from] PrivateFileError),
    /// The file system, or the kernel's keyring, refused.
    #[error(transparent)]
    Io(#[from] io::Error),
}

/// What a key is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum KeySlot {
    /// The rows of a day.
    Day(Day),
    /// The register's entries of a pass generation.
    Generation(Generation),
}

impl KeySlot {
    /// The day that it is for; of a generation the last on which its passes are shown.
    const fn day(self) -> Day {
        match self {
            Self::Day(day) => day,
            Self::Generation(generation) => Day::of(generation.ends()),
        }
    }

    /// Whether the key has ended on the day `today`: for a generation, when the last of its passes were shown 28 days ago.
    pub const fn has_ended(self, today: Day) -> bool {
        self.day().has_ended(today)
    }

    /// How many seconds after `now` it ends.
    fn seconds_left(self, now: Timestamp) -> u32 {
        let ends = self.day().plus(i64::from(Day::KEPT)).begins();
        u32::try_from(ends.unix().saturating_sub(now.unix())).unwrap_or_default()
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

    /// Says of the folder that its keys are sealed by keys in the kernel's keyring.
    ///
    /// # Errors
    /// What the kernel says where it has none, and [`io::ErrorKind::AlreadyExists`] where there are keys that are not sealed.
    pub fn wrap(&self, entropy: &dyn Entropy) -> io::Result<()> {
        if self.wrapped_as()?.is_some() {
            return Ok(());
        }
        if !self.slots()?.is_empty() {
            return Err(io::Error::new(
                io::ErrorKind::AlreadyExists,
                "there are keys already that are not sealed",
            ));
        }
        KernelKeys::open()?;
        let mut name = [0; 16];
        entropy.fill(&mut name);
        files::write_new(&self.0.join(WRAP), format!("{KEYRING}{}\n", base64url::encode(name)).as_bytes())
    }

    /// What the kernel's keyring has the folder's keys under, if they are sealed.
    fn wrapped_as(&self) -> io::Result<Option<String>> {
        let text = match files::read(&self.0.join(WRAP)) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
            read => read?,
        };
        let name = std::str::from_utf8(&text).ok().and_then(|text| text.strip_prefix(KEYRING));
        name.map(|name| Some(name.trim_end().to_owned())).ok_or_else(|| io::ErrorKind::InvalidData.into())
    }

    /// The key for `slot` at `now`, made if there is none, or if what sealed it is gone.
    ///
    /// # Errors
    /// [`DayKeyError`]
    pub fn ensure(
        &self,
        slot: KeySlot,
        now: Timestamp,
        entropy: &dyn Entropy,
    ) -> Result<PrivateKey, DayKeyError> {
        if let Some(key) = self.get(slot)? {
            return Ok(key);
        }
        let key = PrivateKey::generate(KeyType::X25519, entropy);
        let (der, file) = (key.to_pkcs8_der(), slot.file());
        let line = match self.wrapped_as()? {
            None => Zeroizing::new(format!("{LINE}{}\n", *Zeroizing::new(base64url::encode(der)))),
            Some(name) => {
                let mut sealing = Zeroizing::new([0; KEY]);
                entropy.fill(&mut *sealing);
                KernelKeys::open()?.put(&in_keyring(&name, &file), &sealing, slot.seconds_left(now))?;
                let sealed = Aes256Key::from(*sealing).seal(&NONCE, file.as_bytes(), &der);
                Zeroizing::new(format!("{WRAPPED}{}\n", base64url::encode(sealed)))
            }
        };
        // What is there opens no more.
        remove(&self.0.join(&file))?;
        files::write_new_private(&self.0.join(&file), line.as_bytes())?;
        Ok(key)
    }

    /// The key for `slot`; `None` where it was destroyed, was never made, or is sealed by one that the kernel has no more.
    ///
    /// # Errors
    /// [`DayKeyError`]
    pub fn get(&self, slot: KeySlot) -> Result<Option<PrivateKey>, DayKeyError> {
        let file = slot.file();
        let bytes = match files::read_private(&self.0.join(&file)) {
            Err(PrivateFileError::Io(io::ErrorKind::NotFound)) => return Ok(None),
            read => read?,
        };
        let text = std::str::from_utf8(&bytes).map_err(|_| PrivateFileError::Unfit)?.trim_end();
        let decoded = |text| base64url::decode(text).map(Zeroizing::new).map_err(|_| PrivateFileError::Unfit);
        let der = if let Some(sealed) = text.strip_prefix(WRAPPED) {
            let name = self.wrapped_as()?.ok_or(PrivateFileError::Unfit)?;
            let Some(sealing) = KernelKeys::open()?.get(&in_keyring(&name, &file))? else { return Ok(None) };
            let opened = Aes256Key::from(*sealing).open(&NONCE, file.as_bytes(), &decoded(sealed)?);
            opened.map_err(|_| PrivateFileError::Unfit)?
        } else {
            decoded(text.strip_prefix(LINE).ok_or(PrivateFileError::Unfit)?)?
        };
        let key = PrivateKey::from_pkcs8_der(&der).ok();
        let key = key.filter(|key| key.public().key_type() == KeyType::X25519);
        Ok(Some(key.ok_or(PrivateFileError::Unfit)?))
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
        let wrapped = if ended.is_empty() { None } else { self.wrapped_as()? };
        for slot in &ended {
            if let Some(name) = &wrapped {
                KernelKeys::open()?.end(&in_keyring(name, &slot.file()))?;
            }
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

fn in_keyring(name: &str, file: &str) -> String {
    format!("jigap:{name}:{file}")
}

fn remove(path: &Path) -> io::Result<()> {
    match std::fs::remove_file(path) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => Err(error),
        _ => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::SeededEntropy;

    #[test]
    fn keys_are_made_once_and_end_on_their_29th_day() {
        let folder = tempfile::tempdir().unwrap();
        let (keys, entropy) =
            (DayKeys::make(&folder.path().join("day-keys")).unwrap(), SeededEntropy::new(1));
        let day = Day::parse("2026-11-29").unwrap();
        let now = Timestamp::parse_rfc3339("2026-11-29T00:00:00Z").unwrap();
        let generation = Generation::of(now);
        let slots = [KeySlot::Day(day), KeySlot::Day(day.plus(1)), KeySlot::Generation(generation)];
        let made = slots.map(|slot| keys.ensure(slot, now, &entropy).unwrap().public().clone());
        let again = slots.map(|slot| keys.ensure(slot, now, &entropy).unwrap().public().clone());
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

    /// What a backup, or whoever takes a disk apart, has of keys that are sealed: nothing, once the kernel has dropped what seals them.
    #[test]
    fn copies_of_sealed_keys_open_nothing_when_the_kernels_are_gone() {
        if !crate::kernel_keys::usable() {
            return;
        }
        let folder = tempfile::tempdir().unwrap();
        let (keys, entropy) =
            (DayKeys::make(&folder.path().join("day-keys")).unwrap(), crate::entropy::OsEntropy);
        let now = Timestamp::parse_rfc3339("2026-11-29T00:00:00Z").unwrap();
        let slots = [0, 1].map(|by| KeySlot::Day(Day::of(now).plus(by)));
        assert_eq!(slots[0].seconds_left(now), 28 * 86_400 - 9 * 3_600);
        keys.wrap(&entropy).unwrap();
        let made = slots.map(|slot| keys.ensure(slot, now, &entropy).unwrap().public().clone());
        let copy = folder.path().join("copy");
        std::fs::create_dir(&copy).unwrap();
        for entry in std::fs::read_dir(folder.path().join("day-keys")).unwrap() {
            let entry = entry.unwrap();
            std::fs::copy(entry.path(), copy.join(entry.file_name())).unwrap();
        }
        let copy = DayKeys::at(&copy);
        let of_copy = |slot| copy.get(slot).unwrap().map(|key| key.public().clone());
        assert_eq!(of_copy(slots[0]).as_ref(), Some(&made[0]), "as long as the kernel has it");
        assert_eq!(keys.destroy_ended(Day::of(now).plus(28), &entropy).unwrap(), [slots[0]]);
        assert_eq!((of_copy(slots[0]), of_copy(slots[1]).as_ref()), (None, Some(&made[1])));
        // As after a restart: the key is made anew, and the copy is of the one before.
        let name = keys.wrapped_as().unwrap().unwrap();
        KernelKeys::open().unwrap().end(&in_keyring(&name, &slots[1].file())).unwrap();
        assert_eq!(of_copy(slots[1]), None);
        assert_ne!(*keys.ensure(slots[1], now, &entropy).unwrap().public(), made[1]);
        assert!(matches!(copy.get(slots[1]), Err(DayKeyError::File(PrivateFileError::Unfit))));
        keys.destroy_ended(Day::of(now).plus(60), &entropy).unwrap();
        // Keys that lie open are not said to be sealed.
        let open = DayKeys::make(&folder.path().join("open")).unwrap();
        open.ensure(slots[0], now, &entropy).unwrap();
        assert_eq!(open.wrap(&entropy).unwrap_err().kind(), io::ErrorKind::AlreadyExists);
    }
}
