//! What `cargo metadata` says of the workspace and its dependencies (format version 1).

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use serde::Deserialize;

/// The workspace and everything its default build links or runs.
#[derive(Debug, Deserialize)]
pub struct Metadata {
    /// Every package of the graph, ours included.
    pub packages: Vec<Package>,
    /// Ids of our own packages.
    pub workspace_members: Vec<String>,
    resolve: Resolve,
}

/// One package.
#[derive(Debug, Deserialize)]
pub struct Package {
    /// Cargo's unique id of package, version and source.
    pub id: String,
    /// The name in its manifest.
    pub name: String,
    /// Its version.
    pub version: String,
    /// SPDX expression of its manifest, if it has one.
    pub license: Option<String>,
    /// Where it comes from; `None` for a folder of ours.
    pub source: Option<String>,
    /// What its manifest names, optional and development dependencies included.
    pub dependencies: Vec<Dependency>,
}

/// A dependency as a manifest names it.
#[derive(Debug, Deserialize)]
pub struct Dependency {
    /// The package's name, not the name it is imported by.
    pub name: String,
    /// Which versions would do, as in `^1.2`.
    #[serde(rename = "req")]
    pub requirement: String,
    /// `dev` for tests, `build` for build scripts, none for what is linked.
    pub kind: Option<String>,
    /// The folder, for packages of ours.
    pub path: Option<PathBuf>,
}

#[derive(Debug, Deserialize)]
struct Resolve {
    nodes: Vec<Node>,
}

#[derive(Debug, Deserialize)]
struct Node {
    id: String,
    dependencies: Vec<String>,
}

/// Why nothing is known about the graph.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
pub enum MetadataError {
    /// `cargo metadata` did not run or did not succeed; the reason it gave.
    #[error("cargo metadata: {0}")]
    Cargo(String),
    /// It printed something else than format version 1.
    #[error("cargo metadata printed what is not its format version 1: {0}")]
    Format(String),
}

impl Metadata {
    /// Asks cargo about the workspace at `root`, built for `targets`; Cargo.lock stays as it is. Without the network it
    /// succeeds where a build for these targets would.
    pub fn read(root: &Path, targets: &[String]) -> Result<Self, MetadataError> {
        let answer = Command::new(cargo())
            .args(["metadata", "--locked", "--format-version", "1"])
            .args(targets.iter().flat_map(|target| ["--filter-platform", target]))
            .current_dir(root)
            .stdin(Stdio::null())
            .output()
            .map_err(|error| MetadataError::Cargo(error.to_string()))?;
        if !answer.status.success() {
            return Err(MetadataError::Cargo(String::from_utf8_lossy(&answer.stderr).trim().to_owned()));
        }
        Self::from_json(&answer.stdout)
    }

    /// Reads what `cargo metadata` printed.
    pub fn from_json(printed: &[u8]) -> Result<Self, MetadataError> {
        serde_json::from_slice(printed).map_err(|error| MetadataError::Format(error.to_string()))
    }

    /// Our own packages.
    pub fn members(&self) -> impl Iterator<Item = &Package> {
        self.packages.iter().filter(|package| self.workspace_members.contains(&package.id))
    }

    /// For each package name, the names of the packages that depend on it directly: in the resolved default build, and
    /// by the manifests of our own packages, where optional dependencies count too.
    pub fn direct_dependents(&self) -> BTreeMap<&str, BTreeSet<&str>> {
        let names: BTreeMap<&str, &str> =
            self.packages.iter().map(|package| (package.id.as_str(), package.name.as_str())).collect();
        let resolved = self.resolve.nodes.iter().flat_map(|node| {
            node.dependencies.iter().map(|dependency| (dependency.as_str(), node.id.as_str()))
        });
        let resolved = resolved.filter_map(|(used, user)| Some((*names.get(used)?, *names.get(user)?)));
        let named = self.members().flat_map(|package| {
            package.dependencies.iter().map(|dependency| (dependency.name.as_str(), package.name.as_str()))
        });
        let mut dependents: BTreeMap<&str, BTreeSet<&str>> = BTreeMap::new();
        for (used, user) in resolved.chain(named) {
            dependents.entry(used).or_default().insert(user);
        }
        dependents
    }
}

/// The cargo that runs us: inside a build it is the toolchain's own, so that a wrapper on PATH is not entered twice.
#[expect(clippy::disallowed_methods, reason = "cargo hands its own path down in the environment")]
pub fn cargo() -> PathBuf {
    std::env::var("CARGO").map_or_else(|_| PathBuf::from("cargo"), PathBuf::from)
}

#[cfg(test)]
mod tests {
    use super::*;

    const GRAPH: &str = r#"{"workspace_members": ["ours"], "resolve": {"nodes": [
        {"id": "ours", "dependencies": ["lib"]}, {"id": "lib", "dependencies": []}]}, "packages": [
        {"id": "ours", "name": "app", "version": "1.0.0", "license": null, "source": null,
         "dependencies": [
         {"name": "lib", "req": "^1", "kind": null}, {"name": "optional", "req": "^1", "kind": "dev"}]},
        {"id": "lib", "name": "lib", "version": "1.0.0", "license": "MIT", "source": "registry+x", "dependencies": []}]}"#;

    #[test]
    fn dependents_are_found_in_the_resolved_graph_and_in_our_manifests() {
        let metadata = Metadata::from_json(GRAPH.as_bytes()).unwrap();
        let dependents = metadata.direct_dependents();
        assert_eq!(dependents["lib"], BTreeSet::from(["app"]));
        assert_eq!(dependents["optional"], BTreeSet::from(["app"]));
        assert!(!dependents.contains_key("app"));
        assert_eq!(metadata.members().count(), 1);
    }

    #[test]
    fn another_format_is_an_error() {
        assert!(matches!(Metadata::from_json(b"{}"), Err(MetadataError::Format(_))));
    }
}
