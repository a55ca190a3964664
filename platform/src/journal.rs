//! Append-only files: frames of a length (four bytes, big-endian), the same with every bit turned, and as many bytes. What was acknowledged
//! is durable; what a crash left half written at the end is cut off when the file is opened to be written.
//!
//! Refused: a file that is damaged before its end. It is left as it is, since what lies behind the damage may be whole.

use std::fs::{File, OpenOptions};
use std::io::{self, Read as _, Seek as _, SeekFrom, Write as _};
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::Path;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};

use crate::files::sync_folder;

/// Largest file in bytes: more than 700,000 rows.
const MAX_BYTES: u64 = 256 << 20;
/// Largest frame in bytes.
const MAX_FRAME: usize = 1 << 20;
/// Bytes before a frame.
const HEAD: usize = 8;

/// An append-only file, held by one process.
#[derive(Debug)]
pub struct Journal {
    file: File,
    end: AtomicU64,
    /// Whether an append failed: what stands at the end is not known, and nothing is put behind it.
    failed: AtomicBool,
}

impl Journal {
    /// Opens the file, for its owner alone, or makes it; hands out what it holds.
    ///
    /// # Errors
    /// What the system says; [`io::ErrorKind::WouldBlock`] if another process has it open, [`io::ErrorKind::InvalidData`] where it is damaged.
    pub fn open(path: &Path) -> io::Result<(Self, Vec<Vec<u8>>)> {
        let is_new = !path.exists();
        let mut file =
            OpenOptions::new().read(true).write(true).create(true).truncate(false).mode(0o600).open(path)?;
        file.try_lock().map_err(io::Error::from)?;
        let bytes = whole(&file)?;
        let (frames, end) = split(&bytes).map_err(|at| damaged(path, at))?;
        if end < bytes.len() {
            file.set_len(end as u64)?;
            file.sync_all()?;
        }
        file.seek(SeekFrom::Start(end as u64))?;
        if is_new {
            file.sync_all()?;
            sync_folder(path)?;
        }
        Ok((Self::ending_at(file, end as u64), frames.into_iter().map(<[u8]>::to_vec).collect()))
    }

    /// Around a file that was opened otherwise.
    #[cfg(test)]
    pub(crate) fn for_test(file: File) -> Self {
        Self::ending_at(file, 0)
    }

    fn ending_at(file: File, end: u64) -> Self {
        Self { file, end: AtomicU64::new(end), failed: AtomicBool::new(false) }
    }

    /// Appends frames, as [`frame`] makes them, and makes them durable.
    ///
    /// # Errors
    /// What the system says: then it is unknown whether they are there, and nothing more is appended by this. [`io::ErrorKind::FileTooLarge`]
    /// where the file could not be read any more: then nothing was written.
    pub fn append(&self, frames: &[u8]) -> io::Result<()> {
        if self.failed.load(Ordering::Acquire) {
            return Err(io::Error::other("an append failed before: the file has to be opened anew"));
        }
        let end = self.end.load(Ordering::Acquire) + frames.len() as u64;
        if end > MAX_BYTES {
            return Err(io::ErrorKind::FileTooLarge.into());
        }
        let written = (&self.file).write_all(frames).and_then(|()| self.file.sync_data());
        match written {
            Ok(()) => self.end.store(end, Ordering::Release),
            Err(_) => self.failed.store(true, Ordering::Release),
        }
        written
    }
}

/// What an append-only file holds, without opening it for writing. An end that is half written is left out; a file that is not
/// there holds nothing.
///
/// # Errors
/// What the system says; [`io::ErrorKind::FileTooLarge`] over 256 MiB, [`io::ErrorKind::InvalidData`] where it is damaged.
#[expect(clippy::disallowed_methods, reason = "the one place that reads append-only files")]
pub fn read(path: &Path) -> io::Result<Vec<Vec<u8>>> {
    let file = match File::open(path) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Vec::new()),
        opened => opened?,
    };
    let bytes = whole(&file)?;
    let (frames, _) = split(&bytes).map_err(|at| damaged(path, at))?;
    Ok(frames.into_iter().map(<[u8]>::to_vec).collect())
}

/// Appends one frame to a file that nobody keeps open.
///
/// # Errors
/// As [`Journal::open`] and [`Journal::append`].
pub fn add(path: &Path, content: &[u8]) -> io::Result<()> {
    let (journal, _) = Journal::open(path)?;
    let mut framed = Vec::with_capacity(HEAD + content.len());
    frame(&mut framed, content);
    journal.append(&framed)
}

/// Puts a frame behind others.
pub fn frame(frames: &mut Vec<u8>, content: &[u8]) {
    let length = u32::try_from(content.len()).unwrap_or(u32::MAX);
    frames.extend_from_slice(&length.to_be_bytes());
    frames.extend_from_slice(&(!length).to_be_bytes());
    frames.extend_from_slice(content);
}

fn whole(file: &File) -> io::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    if file.metadata()?.len() > MAX_BYTES {
        return Err(io::ErrorKind::FileTooLarge.into());
    }
    file.take(MAX_BYTES).read_to_end(&mut bytes)?;
    Ok(bytes)
}

/// The frames that are whole, and where the last of them ends. What is left then is half a frame, or the zeros of a file that was made longer by
/// a crash; anything else is damage, and where.
fn split(bytes: &[u8]) -> Result<(Vec<&[u8]>, usize), usize> {
    let (mut frames, mut rest, mut end) = (Vec::new(), bytes, 0);
    while let Some((head, after)) = rest.split_first_chunk::<HEAD>() {
        let Some(length) = length_of(*head) else {
            let is_torn = rest.iter().all(|byte| *byte == 0);
            return if is_torn { Ok((frames, end)) } else { Err(end) };
        };
        let Some((content, left)) = after.split_at_checked(length) else { break };
        frames.push(content);
        rest = left;
        end += HEAD + length;
    }
    Ok((frames, end))
}

/// The length that a frame's head says, if it is one.
fn length_of(head: [u8; HEAD]) -> Option<usize> {
    let ([length, turned], []) = head.as_chunks::<4>() else { return None };
    let (length, turned) = (u32::from_be_bytes(*length), u32::from_be_bytes(*turned));
    let length = usize::try_from(length).ok().filter(|_| turned == !length)?;
    (1..=MAX_FRAME).contains(&length).then_some(length)
}

fn damaged(path: &Path, at: usize) -> io::Error {
    let path = path.display();
    let what = format!(
        "{path} is damaged at byte {at} and was left as it is: put a copy in its place, or move it away"
    );
    io::Error::new(io::ErrorKind::InvalidData, what)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    #[expect(clippy::disallowed_methods, reason = "damages what was written")]
    fn an_end_that_is_half_written_is_cut_off_and_damage_before_it_is_left() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a.rows");
        assert!(read(&path).unwrap().is_empty());
        for content in [b"one".as_slice(), b"two"] {
            add(&path, content).unwrap();
        }
        let sound = std::fs::read(&path).unwrap();
        let half = [0, 0, 0, 9, 255, 255, 255, 246, 1, 2];
        for tail in [&[0][..], &half[..7], &half, &[0; 40]] {
            std::fs::write(&path, [&sound, tail].concat()).unwrap();
            assert_eq!(read(&path).unwrap(), [b"one", b"two"]);
            let (journal, frames) = Journal::open(&path).unwrap();
            assert_eq!(frames, [b"one", b"two"]);
            assert_eq!(std::fs::read(&path).unwrap(), sound);
            assert_eq!(Journal::open(&path).unwrap_err().kind(), io::ErrorKind::WouldBlock, "held");
            drop(journal);
        }
        // A head in the middle, or of the last frame, that says something else: what is behind it is not lost.
        for (at, bit) in (0..8).chain(11..19).flat_map(|at| [(at, 1), (at, 0x80)]) {
            let mut changed = sound.clone();
            changed[at] ^= bit;
            std::fs::write(&path, &changed).unwrap();
            let refused = [read(&path).unwrap_err(), Journal::open(&path).unwrap_err()];
            let place = if at < 8 { "byte 0 " } else { "byte 11 " };
            assert!(refused.iter().all(|error| error.kind() == io::ErrorKind::InvalidData));
            assert!(refused.iter().all(|error| error.to_string().contains(place)), "{refused:?}");
            assert_eq!(std::fs::read(&path).unwrap(), changed);
        }
        std::fs::write(&path, &sound).unwrap();
        let full = Journal::for_test(File::create(folder.path().join("full")).unwrap());
        full.end.store(MAX_BYTES - 1, Ordering::Release);
        assert_eq!(full.append(b"ab").unwrap_err().kind(), io::ErrorKind::FileTooLarge);
        assert!(full.append(b"a").is_ok(), "what fits is still taken");
        // Opened for reading alone: every write fails.
        let broken = Journal::for_test(File::open(&path).unwrap());
        assert!(broken.append(b"a").is_err());
        assert!(broken.append(b"a").unwrap_err().to_string().contains("opened anew"));
        add(&path, b"three").unwrap();
        assert_eq!(read(&path).unwrap(), [b"one".as_slice(), b"two", b"three"]);
    }
}
