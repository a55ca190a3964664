//! What tests share: where the official vectors lie, how house rules read the workspace, and pictures of codes.
//!
//! The vectors are published by the bodies that own the formats and stay outside this repository (CONTRIBUTING.md).

pub mod markdown;
pub mod pictures;
pub mod sources;

use std::path::{Path, PathBuf};

/// The folder `folder` of the official vectors: below `$JIGAP_VECTORS`, else below `../shared/vectors` seen from the
/// workspace. `None`, with a word on the standard error, when it is not there: the test then ends without a verdict.
///
/// # Panics
/// When it is not there and `JIGAP_REQUIRE_VECTORS=1`, as in CI.
pub fn vectors(folder: &str) -> Option<PathBuf> {
    let found = root().map(|root| root.join(folder)).filter(|path| path.is_dir());
    if found.is_none() {
        assert!(
            variable("JIGAP_REQUIRE_VECTORS").as_deref() != Some("1"),
            "vectors are required: {folder} is missing"
        );
        #[expect(clippy::print_stderr, reason = "a test that was skipped says so")]
        {
            eprintln!("skipped: no vectors ({folder})");
        }
    }
    found
}

fn root() -> Option<PathBuf> {
    match variable("JIGAP_VECTORS") {
        Some(path) => Some(PathBuf::from(path)),
        None => Path::new(env!("CARGO_MANIFEST_DIR"))
            .ancestors()
            .map(|folder| folder.join("shared/vectors"))
            .find(|path| path.is_dir()),
    }
}

fn variable(name: &str) -> Option<String> {
    #[expect(clippy::disallowed_methods, reason = "tests are told by the environment where the vectors are")]
    std::env::var(name).ok()
}
