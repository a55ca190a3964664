//! `cargo xtask deny`: judges the dependencies by the licences, bans and sources of `deny.toml`, without the network.
//!
//! Only the part of cargo-deny's format that `deny.toml` uses is understood; an unknown part is an error, so that no
//! rule is passed over in silence. Advisories need the RustSec database, which is fetched from the network: they are
//! not judged here (docs/decisions/dependency-check.md).

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;
use std::process::Command;

use serde::Deserialize;

use crate::metadata::{Metadata, Package, cargo};
use crate::steps::{Step, Work, run_all};
use crate::{ChoreError, tools};

const CRATES_IO: &str = "registry+https://github.com/rust-lang/crates.io-index";

/// The chore: our own judgement, and that of cargo-deny where it is installed.
pub(crate) fn run(root: &Path) -> Result<(), ChoreError> {
    let owned_root = root.to_owned();
    let mut steps =
        vec![Step { name: "dependencies", work: Work::Check(Box::new(move || judge(&owned_root))) }];
    if tools::is_present("cargo-deny") {
        let mut command = Command::new(cargo());
        command
            .args(["deny", "--offline", "--locked", "check", "bans", "licenses", "sources"])
            .current_dir(root);
        steps.push(Step { name: "cargo-deny", work: Work::Program(command) });
    }
    run_all(steps, true)?;
    eprintln!("advisories were not judged: they need the network, `cargo deny check advisories`");
    Ok(())
}

/// Our own judgement of the workspace at `root`.
pub(crate) fn judge(root: &Path) -> Result<(), ChoreError> {
    let rules = Rules::read(root)?;
    let metadata = Metadata::read(root, &rules.graph.targets).map_err(|error| ChoreError::Environment {
        what: error.to_string(),
        hint: "is Cargo.lock up to date, and are the crates downloaded (`cargo fetch --locked`)?".to_owned(),
    })?;
    let offences = rules.offences(&metadata);
    for offence in &offences {
        eprintln!("{offence}");
    }
    if offences.is_empty() {
        eprintln!("{} packages: licences, bans and sources hold", metadata.packages.len());
        Ok(())
    } else {
        Err(ChoreError::Failed(format!("{} offences against deny.toml", offences.len())))
    }
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Rules {
    graph: Graph,
    #[serde(rename = "advisories")]
    _advisories: toml::Table,
    licenses: Licenses,
    bans: Bans,
    #[serde(rename = "sources")]
    _sources: Sources,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Graph {
    targets: Vec<String>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Licenses {
    allow: BTreeSet<String>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
struct Bans {
    #[serde(rename = "multiple-versions")]
    _multiple_versions: Allow,
    wildcards: Deny,
    #[serde(rename = "allow-wildcard-paths")]
    _allow_wildcard_paths: bool,
    deny: Vec<Ban>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Ban {
    #[serde(rename = "crate")]
    name: String,
    /// Packages that may depend on it directly.
    #[serde(default)]
    wrappers: BTreeSet<String>,
    reason: String,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
struct Sources {
    #[serde(rename = "unknown-registry")]
    _unknown_registry: Deny,
    #[serde(rename = "unknown-git")]
    _unknown_git: Deny,
}

/// The only setting of a rule that this check can honour.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "lowercase")]
enum Deny {
    Deny,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "lowercase")]
enum Allow {
    Allow,
}

impl Rules {
    #[expect(clippy::disallowed_methods, reason = "deny.toml is a file of the workspace")]
    fn read(root: &Path) -> Result<Self, ChoreError> {
        let path = root.join("deny.toml");
        let text = std::fs::read_to_string(&path).map_err(|error| ChoreError::Environment {
            what: format!("{}: {error}", path.display()),
            hint: "run it in a clone of the repository".to_owned(),
        })?;
        Self::from_toml(&text)
    }

    fn from_toml(text: &str) -> Result<Self, ChoreError> {
        toml::from_str(text).map_err(|error| ChoreError::Failed(format!("deny.toml: {error}")))
    }

    /// One line per offence, empty if all holds.
    fn offences(&self, metadata: &Metadata) -> Vec<String> {
        let packages = metadata.packages.iter().flat_map(|package| {
            [self.licence_offence(package), source_offence(package), self.wildcard_offence(package)]
        });
        packages.flatten().chain(self.ban_offences(&metadata.direct_dependents())).collect()
    }

    fn licence_offence(&self, package: &Package) -> Option<String> {
        let Some(expression) = &package.license else {
            return Some(format!("{} {}: names no licence", package.name, package.version));
        };
        let allowed = expression_allows(expression, &|licence| self.licenses.allow.contains(licence));
        (!allowed)
            .then(|| format!("{} {}: licence {expression} is not allowed", package.name, package.version))
    }

    fn wildcard_offence(&self, package: &Package) -> Option<String> {
        let Deny::Deny = self.bans.wildcards;
        let wild = package.dependencies.iter().find(|used| used.requirement == "*" && used.path.is_none())?;
        Some(format!("{} {}: any version of {} would do", package.name, package.version, wild.name))
    }

    fn ban_offences(&self, dependents: &BTreeMap<&str, BTreeSet<&str>>) -> Vec<String> {
        let of_ban = |ban: &Ban| {
            let users = dependents.get(ban.name.as_str()).into_iter().flatten();
            let users = users.filter(|user| !ban.wrappers.contains(**user));
            users.map(|user| format!("{user} depends on {}: {}", ban.name, ban.reason)).collect::<Vec<_>>()
        };
        self.bans.deny.iter().flat_map(of_ban).collect()
    }
}

fn source_offence(package: &Package) -> Option<String> {
    let source = package.source.as_deref().filter(|source| *source != CRATES_IO)?;
    Some(format!("{} {}: comes from {source}", package.name, package.version))
}

/// Whether an SPDX expression (annex D of SPDX 2.3; `/` is cargo's old `OR`) can be met by licences that `allows`
/// accepts. What is not well-formed is not met.
fn expression_allows(expression: &str, allows: &dyn Fn(&str) -> bool) -> bool {
    let spaced = expression.replace('(', " ( ").replace(')', " ) ").replace('/', " OR ");
    let words: Vec<&str> = spaced.split_whitespace().collect();
    let mut rest = words.as_slice();
    let met = any_of(&mut rest, allows);
    met == Some(true) && rest.is_empty()
}

fn any_of(words: &mut &[&str], allows: &dyn Fn(&str) -> bool) -> Option<bool> {
    let mut met = all_of(words, allows)?;
    while let ["OR", rest @ ..] = *words {
        *words = rest;
        met |= all_of(words, allows)?;
    }
    Some(met)
}

fn all_of(words: &mut &[&str], allows: &dyn Fn(&str) -> bool) -> Option<bool> {
    let mut met = licence(words, allows)?;
    while let ["AND", rest @ ..] = *words {
        *words = rest;
        met &= licence(words, allows)?;
    }
    Some(met)
}

fn licence(words: &mut &[&str], allows: &dyn Fn(&str) -> bool) -> Option<bool> {
    match *words {
        ["(", rest @ ..] => {
            *words = rest;
            let met = any_of(words, allows)?;
            let [")", rest @ ..] = *words else { return None };
            *words = rest;
            Some(met)
        }
        [id, "WITH", exception, rest @ ..] => {
            *words = rest;
            Some(allows(&format!("{id} WITH {exception}")))
        }
        [id, rest @ ..] if !["AND", "OR", "WITH", ")"].contains(id) => {
            *words = rest;
            Some(allows(id))
        }
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const RULES: &str = r#"
        graph = { targets = [] }
        advisories = {}
        licenses = { allow = ["MIT", "Apache-2.0 WITH LLVM-exception"] }
        sources = { unknown-registry = "deny", unknown-git = "deny" }
        [bans]
        multiple-versions = "allow"
        wildcards = "deny"
        allow-wildcard-paths = true
        deny = [{ crate = "sled", wrappers = ["platform"], reason = "I/O" }, { crate = "openssl-sys", reason = "no C" }]"#;

    fn offences_of(license: &str, source: &str, name: &str, user: &str, requirement: &str) -> Vec<String> {
        let graph = format!(
            r#"{{"workspace_members": ["u"], "resolve": {{"nodes": [{{"id": "u", "dependencies": ["d"]}}, {{"id": "d", "dependencies": []}}]}}, "packages": [
            {{"id": "u", "name": "{user}", "version": "1.0.0", "license": "MIT", "source": null, "dependencies": [
                {{"name": "{name}", "req": "{requirement}", "kind": null}}]}},
            {{"id": "d", "name": "{name}", "version": "2.0.0", "license": {license}, "source": "{source}", "dependencies": []}}]}}"#
        );
        Rules::from_toml(RULES).unwrap().offences(&Metadata::from_json(graph.as_bytes()).unwrap())
    }

    #[test]
    fn a_good_dependency_is_no_offence() {
        assert_eq!(offences_of(r#""MIT""#, CRATES_IO, "sled", "platform", "^2"), Vec::<String>::new());
    }

    #[test]
    fn each_rule_is_broken_by_its_offence() {
        let good = r#""MIT""#;
        assert_eq!(
            offences_of(r#""GPL-3.0""#, CRATES_IO, "x", "u", "^2"),
            ["x 2.0.0: licence GPL-3.0 is not allowed"]
        );
        assert_eq!(offences_of("null", CRATES_IO, "x", "u", "^2"), ["x 2.0.0: names no licence"]);
        assert_eq!(offences_of(good, "git+https://x", "x", "u", "^2"), ["x 2.0.0: comes from git+https://x"]);
        assert_eq!(offences_of(good, CRATES_IO, "sled", "issuer", "^2"), ["issuer depends on sled: I/O"]);
        assert_eq!(
            offences_of(good, CRATES_IO, "openssl-sys", "platform", "^2"),
            ["platform depends on openssl-sys: no C"]
        );
        assert_eq!(offences_of(good, CRATES_IO, "x", "u", "*"), ["u 1.0.0: any version of x would do"]);
    }

    #[test]
    fn a_licence_expression_is_met_as_spdx_says() {
        let allows =
            |expression: &str| expression_allows(expression, &|id| ["MIT", "ISC", "A WITH E"].contains(&id));
        for met in [
            "MIT",
            "MIT OR GPL-3.0",
            "GPL-3.0/MIT",
            "MIT AND ISC",
            "(GPL-3.0 OR MIT) AND ISC",
            "A WITH E OR B",
            "B AND C OR MIT",
        ] {
            assert!(allows(met), "{met}");
        }
        for unmet in [
            "",
            "GPL-3.0",
            "MIT AND GPL-3.0",
            "(MIT OR B) AND C",
            "A",
            "A WITH F",
            "MIT OR",
            "(MIT",
            "MIT)",
            "MIT ISC",
            "OR MIT",
        ] {
            assert!(!allows(unmet), "{unmet}");
        }
    }

    #[test]
    fn a_rule_this_check_does_not_know_is_an_error_and_not_passed_over() {
        for unknown in ["[licenses.private]\nignore = true", "[licenses]\nexceptions = []"] {
            let rules = format!("{RULES}\n{unknown}");
            assert!(matches!(Rules::from_toml(&rules), Err(ChoreError::Failed(_))), "{unknown}");
        }
        let lenient = RULES.replace(r#"unknown-git = "deny""#, r#"unknown-git = "warn""#);
        assert!(matches!(Rules::from_toml(&lenient), Err(ChoreError::Failed(_))));
    }
}
