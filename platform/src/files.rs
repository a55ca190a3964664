//! Folders of data that an operator names, read whole and within bounds, and files that are written whole or not at
//! all. Refused: more or larger files than any such folder has, secrets that others can read, and overwriting where a new
//! file is meant.

use std::collections::BTreeMap;
use std::fs::{File, OpenOptions, Permissions};
use std::io::{self, Read as _, Write as _};
use std::os::unix::fs::{MetadataExt as _, OpenOptionsExt as _, PermissionsExt as _};
use std::path::{Path, PathBuf};

use zeroize::Zeroizing;

/// Most files of a folder, those of its folders included.
const MAX_FILES: usize = 1000;
/// Largest file in bytes.
const MAX_BYTES: u64 = 1 << 20;

/// The files in the folders of `folder`, by path such as `student-id/schema.json`; what lies deeper or higher is left
/// out.
///
/// # Errors
/// What the system says; [`io::ErrorKind::FileTooLarge`] over 1,000 files or 1 MiB a file.
#[expect(clippy::disallowed_methods, reason = "the one place that reads an operator's folder of data")]
pub fn folders_in(folder: &Path) -> io::Result<BTreeMap<String, Vec<u8>>> {
    let mut files = BTreeMap::new();
    for inner in std::fs::read_dir(folder)? {
        let inner = inner?;
        if !inner.file_type()?.is_dir() {
            continue;
        }
        for file in std::fs::read_dir(inner.path())? {
            let file = file?;
            let metadata = file.metadata()?;
            if !metadata.is_file() {
                continue;
            }
            if metadata.len() > MAX_BYTES || files.len() == MAX_FILES {
                return Err(io::ErrorKind::FileTooLarge.into());
            }
            let name = |name: std::ffi::OsString| {
                name.into_string().map_err(|_| io::Error::from(io::ErrorKind::InvalidFilename))
            };
            let path = format!("{}/{}", name(inner.file_name())?, name(file.file_name())?);
            files.insert(path, std::fs::read(file.path())?);
        }
    }
    Ok(files)
}

/// A file that an operator names.
///
/// # Errors
/// What the system says; [`io::ErrorKind::FileTooLarge`] over 1 MiB.
pub fn read(path: &Path) -> io::Result<Vec<u8>> {
    read_within(path, MAX_BYTES)
}

/// As [`read`], up to so many bytes.
///
/// # Errors
/// As [`read`].
#[expect(clippy::disallowed_methods, reason = "an operator's file is read here")]
pub fn read_within(path: &Path, max_bytes: u64) -> io::Result<Vec<u8>> {
    // Of a device or a pipe nobody knows the length before.
    let mut bytes = Vec::new();
    std::fs::File::open(path)?.take(max_bytes.saturating_add(1)).read_to_end(&mut bytes)?;
    if bytes.len() as u64 > max_bytes {
        return Err(io::ErrorKind::FileTooLarge.into());
    }
    Ok(bytes)
}

/// Why a file with a secret is not read: the operator's fault.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum PrivateFileError {
    /// Somebody else can read it.
    #[error("can be read by others (chmod 600 it)")]
    Exposed,
    /// It is a folder or the like, or larger than such a secret can be.
    #[error("is no file of the size of a key")]
    Unfit,
    /// What the system says.
    #[error("cannot be read: {0}")]
    Io(io::ErrorKind),
}

impl From<io::Error> for PrivateFileError {
    fn from(error: io::Error) -> Self {
        Self::Io(error.kind())
    }
}

/// A file with a secret, of at most 64 KiB, that neither its group nor others can read. The permissions are those of the
/// file that is open, whatever becomes of the path.
///
/// # Errors
/// [`PrivateFileError`].
pub fn read_private(path: &Path) -> Result<Zeroizing<Vec<u8>>, PrivateFileError> {
    read_closed(path, 0o077, 64 << 10)
}

/// Reads a file of at most `max_bytes` of which the permission bits `forbidden` are all clear.
#[expect(clippy::disallowed_methods, reason = "the one place that reads secrets from files")]
pub(crate) fn read_closed(
    path: &Path,
    forbidden: u32,
    max_bytes: u32,
) -> Result<Zeroizing<Vec<u8>>, PrivateFileError> {
    let file = File::open(path)?;
    let metadata = file.metadata()?;
    if metadata.mode() & forbidden != 0 {
        return Err(PrivateFileError::Exposed);
    }
    if !metadata.is_file() || metadata.len() > u64::from(max_bytes) {
        return Err(PrivateFileError::Unfit);
    }
    // Room for all of it, so that no copy is left behind by growing.
    let mut bytes = Zeroizing::new(Vec::with_capacity(max_bytes as usize + 1));
    file.take(u64::from(max_bytes)).read_to_end(&mut bytes)?;
    Ok(bytes)
}

/// Writes a file that did not exist, and makes it durable: after a crash it is there whole, or not at all.
///
/// # Errors
/// What the system says; [`io::ErrorKind::AlreadyExists`] if there is one.
pub fn write_new(path: &Path, bytes: &[u8]) -> io::Result<()> {
    write_once(path, bytes, 0o666)
}

/// As [`write_new`], for its owner alone: what it holds is personal or secret.
///
/// # Errors
/// As [`write_new`].
pub fn write_new_private(path: &Path, bytes: &[u8]) -> io::Result<()> {
    write_once(path, bytes, 0o600)
}

/// Writes beside `path`, with a name nobody has, and gives it its name when it is durable, unless that is taken. After a
/// crash a `.tmp…` of that kind may be left, as private as the file would have been.
fn write_once(path: &Path, bytes: &[u8], mode: u32) -> io::Result<()> {
    let mut file =
        tempfile::Builder::new().permissions(Permissions::from_mode(mode)).tempfile_in(folder_of(path))?;
    file.write_all(bytes)?;
    file.as_file().sync_all()?;
    file.persist_noclobber(path).map_err(|refused| refused.error)?;
    sync_folder(path)
}

/// Holds the lock file at `path`, which is made if it is not there, until what it hands out is dropped. Waits for another process that
/// holds it.
///
/// # Errors
/// What the system says.
pub fn lock(path: &Path) -> io::Result<File> {
    let mut options = OpenOptions::new();
    let file = options.write(true).create(true).truncate(false).mode(0o600).open(path)?;
    file.lock()?;
    Ok(file)
}

/// Puts a file in the place of another, or where there was none: readers see the old one or the new one.
///
/// # Errors
/// What the system says. What a crash left half written under the same name with `.new` behind it is overwritten.
#[expect(clippy::disallowed_methods, reason = "the new file is written beside the old one")]
pub fn replace(path: &Path, bytes: &[u8]) -> io::Result<()> {
    put(path, bytes, File::create(beside(path))?)
}

/// As [`replace`], for its owner alone, whoever could read the old one: what it holds is personal.
///
/// # Errors
/// As [`replace`].
pub fn replace_private(path: &Path, bytes: &[u8]) -> io::Result<()> {
    // What a crash left there has its own mode, and may be a link.
    match std::fs::remove_file(beside(path)) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => Err(error),
        _ => {
            put(path, bytes, OpenOptions::new().write(true).create_new(true).mode(0o600).open(beside(path))?)
        }
    }
}

/// Whether replacing `path` would take the file `other` away: it is that file, by whatever name, or what is written beside it on
/// the way.
pub fn replaces(path: &Path, other: &Path) -> bool {
    [path, &beside(path)].into_iter().any(|written| is_same(written, other))
}

fn is_same(one: &Path, other: &Path) -> bool {
    let file = |path| std::fs::metadata(path).map(|metadata| (metadata.dev(), metadata.ino())).ok();
    file(one).is_some_and(|one| Some(one) == file(other))
}

/// What is written before it takes the place of `path`.
fn beside(path: &Path) -> PathBuf {
    let mut beside = path.as_os_str().to_owned();
    beside.push(".new");
    beside.into()
}

fn put(path: &Path, bytes: &[u8], mut file: File) -> io::Result<()> {
    file.write_all(bytes)?;
    file.sync_all()?;
    std::fs::rename(beside(path), path)?;
    sync_folder(path)
}

/// Makes the names in the folder of `path` durable.
#[expect(clippy::disallowed_methods, reason = "a folder is synced through a handle")]
pub(crate) fn sync_folder(path: &Path) -> io::Result<()> {
    File::open(folder_of(path))?.sync_all()
}

fn folder_of(path: &Path) -> &Path {
    path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    #[expect(clippy::disallowed_methods, reason = "reads what was written")]
    fn a_new_file_overwrites_nothing_and_a_replaced_one_is_whole() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a.json");
        write_new(&path, b"one").unwrap();
        assert_eq!(write_new(&path, b"two").unwrap_err().kind(), io::ErrorKind::AlreadyExists);
        assert_eq!(write_new_private(&path, b"two").unwrap_err().kind(), io::ErrorKind::AlreadyExists);
        assert_eq!(std::fs::read(&path).unwrap(), b"one");
        replace(&path, b"two").unwrap();
        assert_eq!(std::fs::read(&path).unwrap(), b"two");
        assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 1);
    }

    #[test]
    #[expect(clippy::disallowed_methods, reason = "reads what was written")]
    fn what_is_personal_is_its_owners_alone_and_takes_no_other_file_away() {
        let folder = tempfile::tempdir().unwrap();
        let [path, beside, other] = ["a", "a.new", "b"].map(|name| folder.path().join(name));
        for left in [&path, &beside] {
            std::fs::write(left, b"old").unwrap();
            std::fs::set_permissions(left, Permissions::from_mode(0o644)).unwrap();
        }
        replace_private(&path, b"new").unwrap();
        assert_eq!(std::fs::read(&path).unwrap(), b"new");
        assert_eq!(std::fs::metadata(&path).unwrap().mode() & 0o777, 0o600);
        assert!(!beside.exists());
        assert!(replaces(&path, &path) && replaces(&path, &folder.path().join(".").join("a")));
        assert!(!replaces(&path, &other), "there is no such file");
        std::fs::write(&other, b"key").unwrap();
        assert!(!replaces(&path, &other));
        std::os::unix::fs::symlink(&path, &beside).unwrap();
        assert!(replaces(&path, &beside) && replaces(&beside, &path), "by another name");
        assert!(replaces(&folder.path().join("a"), &beside));
    }

    #[test]
    fn a_secret_that_others_can_read_is_not_read() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("key.pem");
        write_new_private(&path, b"secret").unwrap();
        assert_eq!(*read_private(&path).unwrap(), b"secret");
        for mode in [0o640, 0o604, 0o660, 0o601] {
            std::fs::set_permissions(&path, std::fs::Permissions::from_mode(mode)).unwrap();
            assert_eq!(read_private(&path), Err(PrivateFileError::Exposed), "{mode:o}");
        }
        std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o600)).unwrap();
        std::fs::OpenOptions::new().write(true).open(&path).unwrap().set_len((64 << 10) + 1).unwrap();
        assert_eq!(read_private(&path), Err(PrivateFileError::Unfit));
        let absent = folder.path().join("absent");
        assert_eq!(read_private(&absent), Err(PrivateFileError::Io(io::ErrorKind::NotFound)));
    }

    #[test]
    #[expect(clippy::disallowed_methods, reason = "makes the folder that is read")]
    fn files_one_folder_deep_are_read_and_giants_are_not() {
        let folder = tempfile::tempdir().unwrap();
        let at = |path: &str| folder.path().join(path);
        std::fs::create_dir_all(at("a/examples")).unwrap();
        for path in ["README.md", "a/schema.json", "a/examples/x.json"] {
            std::fs::File::create(at(path)).unwrap();
        }
        let names: Vec<String> = folders_in(folder.path()).unwrap().into_keys().collect();
        assert_eq!(names, ["a/schema.json"]);
        std::fs::File::create(at("a/giant")).unwrap().set_len(MAX_BYTES + 1).unwrap();
        assert_eq!(folders_in(folder.path()).unwrap_err().kind(), io::ErrorKind::FileTooLarge);
        assert!(folders_in(&at("absent")).is_err());
        assert_eq!(read(&at("a/giant")).unwrap_err().kind(), io::ErrorKind::FileTooLarge);
        assert_eq!(read(&at("README.md")).unwrap(), b"");
    }
}
