//! Folders of data that an operator names: read whole, within bounds. Refused: more or larger files than any such
//! folder has.

use std::collections::BTreeMap;
use std::io;
use std::path::Path;

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

#[cfg(test)]
mod tests {
    use super::*;

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
    }
}
