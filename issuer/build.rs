//! Lists the files of the built-in types, which are the folders of `schemas/`, so that adding a type is adding a folder (schemas/README.md).

use std::error::Error;
use std::path::Path;

const FILES: [&str; 6] =
    ["card.svg", "context.jsonld", "mdoc.json", "pass.json", "schema.json", "type-metadata.json"];
/// What a folder need not have.
const OPTIONAL: [&str; 2] = ["mdoc.json", "pass.json"];

#[expect(
    clippy::disallowed_methods,
    reason = "a build script reads the workspace, and talks to cargo by what it prints"
)]
fn main() -> Result<(), Box<dyn Error>> {
    let schemas = Path::new(&std::env::var("CARGO_MANIFEST_DIR")?).join("../schemas").canonicalize()?;
    println!("cargo::rerun-if-changed={}", schemas.display());
    let mut folders = Vec::new();
    for entry in std::fs::read_dir(&schemas)? {
        let entry = entry?;
        if entry.file_type()?.is_dir() {
            folders.push(entry.file_name().into_string().map_err(|_| "a folder's name is not UTF-8")?);
        }
    }
    folders.sort();
    let mut list = String::from("[\n");
    for (folder, file) in folders.iter().flat_map(|folder| FILES.map(|file| (folder, file))) {
        let path = schemas.join(folder).join(file);
        if OPTIONAL.contains(&file) && !path.exists() {
            continue;
        }
        list += &format!("({:?}, include_str!({path:?})),\n", format!("{folder}/{file}"));
    }
    std::fs::write(Path::new(&std::env::var("OUT_DIR")?).join("built_in.rs"), list + "]")?;
    Ok(())
}
