//! A disk that loses power: what is left of a traced run when it is cut off after some event.
//!
//! The model, after fsync(2), open(2) and what ext4, xfs and btrfs promise:
//! - a write or truncation is safe once an `fsync`/`fdatasync` of its file that began after it has returned;
//! - a new name is safe once its file or its folder was synced; any other change of names once its folder was synced;
//! - of the other changes of names a beginning of random length is kept (they are journalled in order);
//! - of the other writes anything may be kept: see [`Loss`]. A sector of 512 bytes is written whole or not at all.

use std::collections::{BTreeMap, HashMap};
use std::path::{Path, PathBuf};

use crate::random::Random;
use crate::trace::Event;

const SECTOR: usize = 512;

/// Files by path, folders without content.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Image {
    /// Folders.
    pub(crate) folders: Vec<PathBuf>,
    /// Files.
    pub(crate) files: BTreeMap<PathBuf, Vec<u8>>,
}

/// What happens to writes that were not synced.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Loss {
    /// All are lost.
    All,
    /// A beginning is kept, the next is torn, the rest is lost.
    Rest,
    /// Each is kept or lost by itself: so they are reordered.
    Some,
    /// Each sector of each is kept or lost by itself.
    Sectors,
    /// None is lost, as with SIGKILL.
    None,
}

impl Loss {
    /// One of them.
    pub(crate) fn random(random: &mut Random) -> Self {
        match random.below(9) {
            0 | 1 => Self::All,
            2 | 3 => Self::Rest,
            4 | 5 => Self::Some,
            6 | 7 => Self::Sectors,
            _ => Self::None,
        }
    }
}

#[derive(Debug, Clone)]
enum Change {
    Write(u64, Vec<u8>),
    Truncate(u64),
}

#[derive(Debug, Default)]
struct File {
    safe: Vec<u8>,
    /// Changes since, each with its place in the trace.
    pending: Vec<(usize, Change)>,
}

#[derive(Debug)]
enum Naming {
    Create { path: PathBuf, file: usize },
    MakeFolder { path: PathBuf },
    Rename { from: PathBuf, to: PathBuf },
    Unlink { path: PathBuf },
}

/// The disk while the trace is played.
#[derive(Debug)]
pub(crate) struct Disk {
    base: Image,
    files: Vec<File>,
    /// Files of the base image and names as the program sees them.
    names: HashMap<PathBuf, usize>,
    by_inode: HashMap<u64, usize>,
    folder_by_inode: HashMap<u64, PathBuf>,
    /// Changes of names with their place in the trace, and whether they are safe.
    naming: Vec<(usize, Naming, bool)>,
    /// Running syncs: where they began.
    syncs: HashMap<u64, usize>,
    /// Whether it forgets what was synced.
    lies: bool,
    /// What the program printed.
    pub(crate) printed: String,
}

impl Disk {
    /// A disk on which all of `base` is safe. If it `lies`, nothing later ever is.
    pub(crate) fn new(base: &Image, lies: bool) -> Self {
        let (mut files, mut names) = (Vec::new(), HashMap::new());
        for (path, content) in &base.files {
            names.insert(path.clone(), files.len());
            files.push(File { safe: content.clone(), pending: Vec::new() });
        }
        Self {
            base: base.clone(),
            files,
            names,
            by_inode: HashMap::new(),
            folder_by_inode: HashMap::new(),
            naming: Vec::new(),
            syncs: HashMap::new(),
            lies,
            printed: String::new(),
        }
    }

    /// Plays the event at `place` of the trace.
    pub(crate) fn play(&mut self, place: usize, event: &Event) {
        match event {
            Event::Open { inode, created, truncated, path } => {
                self.open(place, *inode, *created, *truncated, path);
            }
            Event::Write { inode, offset, data } => {
                self.change(place, *inode, Change::Write(*offset, data.clone()));
            }
            Event::Truncate { inode, length } => self.change(place, *inode, Change::Truncate(*length)),
            Event::SyncBegins { call, .. } => drop(self.syncs.insert(*call, place)),
            Event::SyncEnds { inode, call } => {
                if let Some(began) = self.syncs.remove(call).filter(|_| !self.lies) {
                    self.synced(*inode, began);
                }
            }
            Event::Rename { from, to } => {
                let names = std::mem::take(&mut self.names).into_iter();
                self.names = names.map(|(path, file)| (moved(path, from, to), file)).collect();
                self.naming.push((place, Naming::Rename { from: from.clone(), to: to.clone() }, false));
            }
            Event::Unlink { path } => {
                self.names.remove(path);
                self.naming.push((place, Naming::Unlink { path: path.clone() }, false));
            }
            Event::MakeFolder { path } => {
                self.naming.push((place, Naming::MakeFolder { path: path.clone() }, false));
            }
            Event::Acknowledged { text } => self.printed.push_str(text),
        }
    }

    fn open(&mut self, place: usize, inode: u64, created: bool, truncated: bool, path: &Path) {
        let known = self.names.get(path).copied();
        let file = match known {
            Some(file) => file,
            None if created => {
                self.files.push(File::default());
                let file = self.files.len() - 1;
                self.names.insert(path.to_owned(), file);
                self.naming.push((place, Naming::Create { path: path.to_owned(), file }, false));
                file
            }
            None => {
                self.by_inode.remove(&inode);
                self.folder_by_inode.insert(inode, path.to_owned());
                return;
            }
        };
        self.folder_by_inode.remove(&inode);
        self.by_inode.insert(inode, file);
        if truncated {
            self.change(place, inode, Change::Truncate(0));
        }
    }

    fn change(&mut self, place: usize, inode: u64, change: Change) {
        let file = self.by_inode.get(&inode).and_then(|file| self.files.get_mut(*file));
        if let Some(file) = file {
            file.pending.push((place, change));
        }
    }

    fn synced(&mut self, inode: u64, began: usize) {
        let folder = self.folder_by_inode.get(&inode);
        let index = self.by_inode.get(&inode).copied();
        for (place, naming, safe) in &mut self.naming {
            let covered = match naming {
                Naming::Create { path, file } => {
                    index == Some(*file) || path.parent() == folder.map(PathBuf::as_path)
                }
                Naming::MakeFolder { path } | Naming::Unlink { path } | Naming::Rename { to: path, .. } => {
                    path.parent() == folder.map(PathBuf::as_path)
                }
            };
            *safe |= covered && *place < began;
        }
        let Some(file) = index.and_then(|index| self.files.get_mut(index)) else { return };
        let later = file.pending.partition_point(|(place, _)| *place < began);
        for (_, change) in file.pending.drain(..later) {
            apply(&mut file.safe, &change);
        }
    }

    /// What is there when the power comes back.
    pub(crate) fn after_power_cut(&self, loss: Loss, random: &mut Random) -> Image {
        let contents: Vec<_> = self.files.iter().map(|file| survivor(file, loss, random)).collect();
        let content = |file: usize| contents.get(file).cloned().unwrap_or_default();
        let mut image = Image { folders: self.base.folders.clone(), files: BTreeMap::new() };
        for (path, file) in self.base.files.keys().zip(0..) {
            image.files.insert(path.clone(), content(file));
        }
        let kept = match loss {
            Loss::All => 0,
            Loss::None => self.naming.len(),
            _ => random.index(self.naming.len() + 1),
        };
        for (at, (_, naming, safe)) in self.naming.iter().enumerate() {
            if !safe && at >= kept {
                continue;
            }
            match naming {
                Naming::Create { path, file } => drop(image.files.insert(path.clone(), content(*file))),
                Naming::MakeFolder { path } => image.folders.push(path.clone()),
                Naming::Unlink { path } => drop(image.files.remove(path)),
                Naming::Rename { from, to } => {
                    let files = std::mem::take(&mut image.files).into_iter();
                    image.files = files.map(|(path, content)| (moved(path, from, to), content)).collect();
                    image
                        .folders
                        .iter_mut()
                        .for_each(|folder| *folder = moved(std::mem::take(folder), from, to));
                }
            }
        }
        image
    }
}

/// Where `path` is after `from`, a file or folder, was renamed.
fn moved(path: PathBuf, from: &Path, to: &Path) -> PathBuf {
    match path.strip_prefix(from) {
        Ok(rest) if rest.as_os_str().is_empty() => to.to_owned(),
        Ok(rest) => to.join(rest),
        Err(_) => path,
    }
}

fn apply(content: &mut Vec<u8>, change: &Change) {
    match change {
        Change::Write(offset, data) => {
            let start = usize::try_from(*offset).unwrap_or(usize::MAX);
            let end = start.saturating_add(data.len());
            if content.len() < end {
                content.resize(end, 0);
            }
            if let Some(place) = content.get_mut(start..end) {
                place.copy_from_slice(data);
            }
        }
        Change::Truncate(length) => content.resize(usize::try_from(*length).unwrap_or(usize::MAX), 0),
    }
}

/// What is left of a file.
fn survivor(file: &File, loss: Loss, random: &mut Random) -> Vec<u8> {
    let mut content = file.safe.clone();
    let kept = random.index(file.pending.len() + 1);
    for (at, (_, change)) in file.pending.iter().enumerate() {
        match (loss, change) {
            (Loss::None, _) => apply(&mut content, change),
            (Loss::Some, _) if random.coin() => apply(&mut content, change),
            (Loss::Rest, _) if at < kept => apply(&mut content, change),
            (Loss::Rest, Change::Write(offset, data)) if at == kept => {
                tear(&mut content, *offset, data, &mut |_| true, random.index(data.len() + 1));
            }
            (Loss::Sectors, Change::Write(offset, data)) => {
                tear(&mut content, *offset, data, &mut |_| random.coin(), data.len());
            }
            (Loss::Sectors, Change::Truncate(_)) if random.coin() => apply(&mut content, change),
            _ => {}
        }
    }
    content
}

/// Writes those sectors of `data` that `keeps` chooses, up to about `end`.
fn tear(content: &mut Vec<u8>, offset: u64, data: &[u8], keeps: &mut dyn FnMut(usize) -> bool, end: usize) {
    let misaligned = usize::try_from(offset % SECTOR as u64).unwrap_or_default();
    let mut from = 0;
    while from < data.len() {
        let to = ((from + misaligned) / SECTOR * SECTOR + SECTOR - misaligned).min(data.len());
        if to > end {
            return;
        }
        if let Some(sector) = data.get(from..to).filter(|_| keeps(from)) {
            apply(content, &Change::Write(offset + from as u64, sector.to_vec()));
        }
        from = to;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const FILE: u64 = 7;
    const FOLDER: u64 = 8;

    fn open(inode: u64, created: bool, path: &str) -> Event {
        Event::Open { inode, created, truncated: false, path: path.into() }
    }

    fn write(offset: u64, byte: u8, length: usize) -> Event {
        Event::Write { inode: FILE, offset, data: vec![byte; length] }
    }

    fn played(events: &[Event]) -> Disk {
        let mut disk = Disk::new(&Image::default(), false);
        events.iter().enumerate().for_each(|(place, event)| disk.play(place, event));
        disk
    }

    fn content(disk: &Disk, loss: Loss, seed: u64) -> Option<Vec<u8>> {
        disk.after_power_cut(loss, &mut Random::new(seed)).files.remove(Path::new("f"))
    }

    #[test]
    fn only_what_a_sync_covered_is_safe() {
        let began = Event::SyncBegins { inode: FILE, call: 1 };
        let ended = Event::SyncEnds { inode: FILE, call: 1 };
        let events = [open(FILE, true, "f"), write(0, 1, 4), began, write(4, 2, 4), ended, write(8, 3, 4)];
        assert_eq!(content(&played(&events), Loss::All, 0), Some(vec![1; 4]));
        assert_eq!(content(&played(&events[..4]), Loss::All, 0), None, "the sync has not returned");
        let all = content(&played(&events), Loss::None, 0).unwrap();
        assert_eq!(all, [1, 1, 1, 1, 2, 2, 2, 2, 3, 3, 3, 3]);
        let reordered = (0..50).filter_map(|seed| content(&played(&events), Loss::Some, seed));
        assert!(reordered.into_iter().any(|left| left == [1, 1, 1, 1, 0, 0, 0, 0, 3, 3, 3, 3]));
    }

    #[test]
    fn a_torn_write_is_torn_between_sectors() {
        let events = [open(FILE, true, "f"), write(100, 9, 2000), open(FOLDER, false, "")];
        let sync = [Event::SyncBegins { inode: FOLDER, call: 1 }, Event::SyncEnds { inode: FOLDER, call: 1 }];
        let disk = played(&events.into_iter().chain(sync).collect::<Vec<_>>());
        let mut torn = 0;
        for seed in 0..50 {
            let left = content(&disk, Loss::Sectors, seed).expect("the folder was synced");
            let sectors = left.chunks(SECTOR).skip(1).filter(|sector| sector.len() == SECTOR);
            assert!(sectors.into_iter().all(|sector| sector.iter().all(|byte| *byte == sector[0])));
            torn += usize::from(left.len() > SECTOR && left.contains(&0) && left[100..].contains(&0));
        }
        assert!(torn > 10, "{torn}");
    }

    #[test]
    fn a_rename_is_safe_once_its_folder_was_synced() {
        let rename = Event::Rename { from: "f".into(), to: "g".into() };
        let file = [Event::SyncBegins { inode: FILE, call: 1 }, Event::SyncEnds { inode: FILE, call: 1 }];
        let mut events = vec![open(FILE, true, "f"), write(0, 1, 1)];
        events.extend(file);
        events.push(rename);
        assert_eq!(content(&played(&events), Loss::All, 0), Some(vec![1]));
        events.extend([open(FOLDER, false, ""), Event::SyncBegins { inode: FOLDER, call: 2 }]);
        events.push(Event::SyncEnds { inode: FOLDER, call: 2 });
        assert_eq!(content(&played(&events), Loss::All, 0), None);
    }

    #[test]
    fn a_renamed_folder_takes_its_files_along() {
        let folder = Event::MakeFolder { path: "new".into() };
        let rename = Event::Rename { from: "new".into(), to: "old".into() };
        let disk = played(&[folder, open(FILE, true, "new/f"), write(0, 1, 1), rename]);
        let image = disk.after_power_cut(Loss::None, &mut Random::new(0));
        assert_eq!(image.folders, [PathBuf::from("old")]);
        assert_eq!(image.files, BTreeMap::from([(PathBuf::from("old/f"), vec![1])]));
    }
}
