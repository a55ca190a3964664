//! `cargo xtask web`: what a browser loads, into `target/web/`: the pages of `web/page/`, and jigap-web as WebAssembly with its
//! JavaScript face. That the core compiles for wasm32, with the primitives in Rust alone, is seen on the way.
//!
//! The pinned toolchain has no wasm32 and no sources of the standard library; Debian's `rustc-web` has the sources, so the
//! standard library is built along (`-Zbuild-std`).

#![expect(clippy::disallowed_methods, reason = "files of the workspace are read and written")]

use std::ffi::OsStr;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use crate::metadata::cargo;
use crate::{ChoreError, tools};

const RUSTC: &str = "/usr/bin/rustc";
const CARGO: &str = "/usr/bin/cargo";
const LINKER: &str = "wasm-ld-14";
const SOURCES: &str = "lib/rustlib/src/rust/library/std/Cargo.toml";
const PACKAGES: &str = "rustc-web cargo-web rust-web-src libstd-rust-web-dev lld-14";
const BUILD: &str = "build --quiet --locked --profile web --package jigap-web --lib --no-default-features --features browser \
    --target wasm32-unknown-unknown -Zbuild-std=std,panic_abort";
/// What stands in `page/sw.js` until the files are known.
const NO_VERSION: &str = "const VERSION = \"\";\nconst FILES = [];\n";

/// Makes `target/web/`, installing what is missing where that can be done. Where it cannot, it is an error if `required`,
/// and said and skipped if not.
pub(crate) fn run(root: &Path, required: bool) -> Result<(), ChoreError> {
    let ready = is_installed() || (tools::install_packages(PACKAGES) && is_installed());
    if !ready {
        let what =
            format!("Rust for wasm32 is missing: apt-get install -y --no-install-recommends {PACKAGES}");
        if required {
            return Err(ChoreError::Environment {
                what,
                hint: "as root on Debian 12; see DEPENDENCIES".to_owned(),
            });
        }
        eprintln!("skipped: {what}");
        return Ok(());
    }
    let made = root.join("target/web.new");
    fs::remove_dir_all(&made)
        .or_else(|error| if made.exists() { Err(error) } else { Ok(()) })
        .map_err(unwritten)?;
    fs::create_dir_all(&made).map_err(unwritten)?;
    bind(root, &compile(root)?, &made)?;
    pages(&root.join("web/page"), &made).map_err(unwritten)?;
    let place = root.join("target/web");
    if place.exists() {
        fs::remove_dir_all(&place).map_err(unwritten)?;
    }
    fs::rename(&made, &place).map_err(unwritten)?;
    eprintln!("{} is made", place.display());
    Ok(())
}

/// Whether Debian's compiler is there with the sources of its standard library, and a linker.
fn is_installed() -> bool {
    let asked = Command::new(RUSTC).args(["--print", "sysroot"]).stdin(Stdio::null()).output();
    let Ok(answer) = asked else { return false };
    let sysroot = String::from_utf8_lossy(&answer.stdout).trim().to_owned();
    let compiler = answer.status.success() && Path::new(CARGO).is_file();
    compiler && Path::new(&sysroot).join(SOURCES).is_file() && tools::is_present(LINKER)
}

/// The WebAssembly of jigap-web.
fn compile(root: &Path) -> Result<PathBuf, ChoreError> {
    let target = root.join("target/wasm");
    let mut command = Command::new(CARGO);
    command.args(BUILD.split_whitespace()).env("RUSTC", RUSTC).env("RUSTC_BOOTSTRAP", "1");
    command.env("CARGO_TARGET_DIR", &target).env("CARGO_TARGET_WASM32_UNKNOWN_UNKNOWN_LINKER", LINKER);
    // What rustup or an outer cargo set is meant for the pinned toolchain.
    for name in ["RUSTUP_TOOLCHAIN", "RUSTC_WRAPPER", "RUSTFLAGS", "CARGO", "RUSTDOC"] {
        command.env_remove(name);
    }
    finish(command.current_dir(root), "jigap-web does not compile for wasm32")?;
    Ok(target.join("wasm32-unknown-unknown/web/jigap_web.wasm"))
}

/// Writes the JavaScript face of `wasm`, and what it loads, into `made`.
fn bind(root: &Path, wasm: &Path, made: &Path) -> Result<(), ChoreError> {
    let mut command = Command::new(cargo());
    command.args(["run", "--quiet", "--release", "--locked", "--manifest-path", "web/bindgen/Cargo.toml"]);
    command.arg("--target-dir").arg(root.join("target/bindgen")).arg("--").arg(wasm).arg(made);
    finish(command.current_dir(root), "the face of jigap-web cannot be written")
}

fn finish(command: &mut Command, otherwise: &str) -> Result<(), ChoreError> {
    match command.stdin(Stdio::null()).status() {
        Ok(status) if status.success() => Ok(()),
        Ok(_) => Err(ChoreError::Failed(otherwise.to_owned())),
        Err(error) => Err(ChoreError::Environment {
            what: format!("{} does not start: {error}", command.get_program().to_string_lossy()),
            hint: format!("apt-get install -y --reinstall {PACKAGES}"),
        }),
    }
}

/// Copies the pages, and tells the service worker which files there are and which version they are.
fn pages(from: &Path, made: &Path) -> std::io::Result<()> {
    for entry in fs::read_dir(from)? {
        let entry = entry?;
        fs::copy(entry.path(), made.join(entry.file_name()))?;
    }
    let mut names: Vec<String> = Vec::new();
    let mut version = Fnv::default();
    let mut files: Vec<PathBuf> =
        fs::read_dir(made)?.map(|entry| entry.map(|it| it.path())).collect::<Result<_, _>>()?;
    files.sort();
    for file in files.iter().filter(|file| file.file_name() != Some(OsStr::new("sw.js"))) {
        let name = file.file_name().unwrap_or_default().to_string_lossy().into_owned();
        version.take(name.as_bytes());
        version.take(&fs::read(file)?);
        names.push(if name == "index.html" { "./".to_owned() } else { name });
    }
    let worker = fs::read_to_string(from.join("sw.js"))?;
    let said =
        format!("const VERSION = \"{:016x}\";\nconst FILES = {};\n", version.0, serde_json::json!(names));
    if !worker.contains(NO_VERSION) {
        return Err(std::io::Error::other("sw.js does not leave room for its version and files"));
    }
    fs::write(made.join("sw.js"), worker.replacen(NO_VERSION, &said, 1))
}

/// FNV-1a of 64 bits: tells one build from another, and no more.
struct Fnv(u64);

impl Default for Fnv {
    fn default() -> Self {
        Self(0xcbf2_9ce4_8422_2325)
    }
}

impl Fnv {
    fn take(&mut self, bytes: &[u8]) {
        for byte in bytes {
            self.0 = (self.0 ^ u64::from(*byte)).wrapping_mul(0x0100_0000_01b3);
        }
    }
}

#[expect(clippy::needless_pass_by_value, reason = "as `map_err` hands it over")]
fn unwritten(error: std::io::Error) -> ChoreError {
    ChoreError::Environment {
        what: format!("target/web cannot be written: {error}"),
        hint: "look at the disk".to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::workspace_root;

    #[test]
    fn the_face_is_written_by_the_version_that_the_workspace_compiles() {
        let root = workspace_root();
        let version = |file: &str, name: &str| {
            let text = fs::read_to_string(root.join(file)).unwrap();
            let line = text.lines().find(|line| line.starts_with(name)).unwrap().to_owned();
            line.split('"').find(|word| word.starts_with('=')).unwrap().to_owned()
        };
        let ours = version("Cargo.toml", "wasm-bindgen =");
        assert_eq!(ours, version("web/bindgen/Cargo.toml", "wasm-bindgen-cli-support ="));
    }

    #[test]
    fn the_service_worker_knows_every_file_and_changes_with_each() {
        let (from, made) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
        fs::write(from.path().join("index.html"), "1").unwrap();
        fs::write(from.path().join("sw.js"), format!("// kept\n{NO_VERSION}rest")).unwrap();
        let worker = |wasm: &str| {
            fs::write(made.path().join("a.wasm"), wasm).unwrap();
            pages(from.path(), made.path()).unwrap();
            fs::read_to_string(made.path().join("sw.js")).unwrap()
        };
        let first = worker("1");
        assert!(first.contains("const FILES = [\"a.wasm\",\"./\"];\nrest"), "{first}");
        assert_eq!(first, worker("1"));
        assert_ne!(first, worker("2"));
    }
}
