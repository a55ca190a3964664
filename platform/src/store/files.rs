//! Folders and files that only their owner may read, made so that they are still there after a power cut.

use std::fs::{DirBuilder, File};
use std::io;
use std::os::unix::fs::DirBuilderExt;
use std::path::Path;

/// Makes the folder `path` (mode 0700) and those above it, unless it is there.
pub(super) fn private_folder(path: &Path) -> io::Result<()> {
    DirBuilder::new().recursive(true).mode(0o700).create(path)
}

/// Makes the folder that holds `path`.
pub(super) fn private_folder_of(path: &Path) -> io::Result<()> {
    private_folder(folder_of(path))
}

/// Makes the entries of the folder `path` durable.
#[expect(clippy::disallowed_methods, reason = "the store owns its files")]
pub(super) fn sync_folder(path: &Path) -> io::Result<()> {
    File::open(path)?.sync_all()
}

/// Makes the entry of `path` in its folder durable.
pub(super) fn sync_folder_of(path: &Path) -> io::Result<()> {
    sync_folder(folder_of(path))
}

fn folder_of(path: &Path) -> &Path {
    match path.parent() {
        Some(folder) if !folder.as_os_str().is_empty() => folder,
        _ => Path::new("."),
    }
}
