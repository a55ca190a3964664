//! What the writer did to its files, as `shim.c` recorded it: its header says the form. Refuses what it does not know,
//! above all ways of writing that the shim cannot follow.

use std::path::{Path, PathBuf};

use crate::TrialError;

/// One recorded event, in the order of the trace.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Event {
    /// A file was opened (made if `created`, emptied if `truncated`), or a folder.
    Open { inode: u64, created: bool, truncated: bool, path: PathBuf },
    /// Bytes were written.
    Write { inode: u64, offset: u64, data: Vec<u8> },
    /// A file was cut or extended.
    Truncate { inode: u64, length: u64 },
    /// `fsync` or `fdatasync` was called: `call` numbers the calls.
    SyncBegins { inode: u64, call: u64 },
    /// It returned without error.
    SyncEnds { inode: u64, call: u64 },
    /// A name was changed.
    Rename { from: PathBuf, to: PathBuf },
    /// A name was removed.
    Unlink { path: PathBuf },
    /// A folder was made.
    MakeFolder { path: PathBuf },
    /// The writer printed this to stdout.
    Acknowledged { text: String },
}

const HEADER: usize = 25;

/// Reads a trace; paths become relative to `root`.
pub(crate) fn parse(mut bytes: &[u8], root: &Path) -> Result<Vec<Event>, TrialError> {
    let mut events = Vec::new();
    while !bytes.is_empty() {
        let (event, rest) = record(bytes, root)?;
        events.extend(event);
        bytes = rest;
    }
    Ok(events)
}

fn record<'a>(bytes: &'a [u8], root: &Path) -> Result<(Option<Event>, &'a [u8]), TrialError> {
    let broken = || TrialError::Machine("the trace is cut off".into());
    let (header, rest) = bytes.split_at_checked(HEADER).ok_or_else(broken)?;
    let field = |at: usize| {
        let eight = header.get(at..at + 8).and_then(|eight| eight.try_into().ok());
        eight.map_or(0, u64::from_le_bytes)
    };
    let (inode, number) = (field(1), field(9));
    let length = usize::try_from(field(17)).map_err(|_| broken())?;
    let (data, rest) = rest.split_at_checked(length).ok_or_else(broken)?;
    let text = || String::from_utf8_lossy(data).into_owned();
    let path = |text: &str| Path::new(text).strip_prefix(root).unwrap_or(Path::new("")).to_owned();
    let event = match header.first().copied().unwrap_or_default() {
        b'O' => {
            let (created, truncated) = (number & 1 != 0, number & 2 != 0);
            Event::Open { inode, created, truncated, path: path(&text()) }
        }
        b'W' => Event::Write { inode, offset: number, data: data.to_vec() },
        b'T' => Event::Truncate { inode, length: number },
        b'F' => Event::SyncBegins { inode, call: number },
        b'E' => Event::SyncEnds { inode, call: number },
        b'R' => {
            let both = text();
            let (from, to) = both.split_once('\n').unwrap_or_default();
            Event::Rename { from: path(from), to: path(to) }
        }
        b'U' => Event::Unlink { path: path(&text()) },
        b'M' => Event::MakeFolder { path: path(&text()) },
        b'A' => Event::Acknowledged { text: text() },
        // sync_file_range: it promises nothing after a power cut (its manual page says so), so it is passed over.
        b'S' => return Ok((None, rest)),
        _ => return Err(TrialError::Machine(format!("the writer used {}, which is not modelled", text()))),
    };
    Ok((Some(event), rest))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn raw(kind: u8, inode: u64, number: u64, data: &[u8]) -> Vec<u8> {
        let length = (data.len() as u64).to_le_bytes();
        [&[kind][..], &inode.to_le_bytes(), &number.to_le_bytes(), &length, data].concat()
    }

    #[test]
    fn a_trace_is_read_and_an_unknown_way_of_writing_refused() {
        let trace =
            [raw(b'O', 5, 1, b"/r/a/b"), raw(b'W', 5, 7, b"xy"), raw(b'S', 5, 0, b""), raw(b'E', 5, 2, b"")];
        let events = parse(&trace.concat(), Path::new("/r")).unwrap();
        let opened = Event::Open { inode: 5, created: true, truncated: false, path: "a/b".into() };
        let written = Event::Write { inode: 5, offset: 7, data: b"xy".to_vec() };
        assert_eq!(events, [opened, written, Event::SyncEnds { inode: 5, call: 2 }]);
        assert!(parse(&raw(b'X', 5, 0, b"mmap"), Path::new("/r")).is_err());
        assert!(parse(&trace.concat()[..60], Path::new("/r")).is_err());
    }
}
