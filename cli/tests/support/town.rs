//! A deployment that issues passes, visitors with wallets, and gates.

#![expect(clippy::unwrap_used, reason = "a test's helpers fail the test")]

use std::path::{Path, PathBuf};

use jigap_platform::files;
use serde_json::{Value, json};

use crate::offers;
use crate::run::{done, wallet};
use crate::service::{Service, init};

/// A deployment, one of whose tenants issues passes, and what it published.
pub(crate) struct Town {
    pub(crate) folder: tempfile::TempDir,
    pub(crate) address: String,
    pub(crate) admin: String,
}

impl Town {
    pub(crate) fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let here = folder.path().join("here");
        let (address, admin) = init(&here);
        Self { folder, address, admin }
    }

    pub(crate) fn path(&self, name: &str) -> String {
        self.folder.path().join(name).to_str().unwrap().to_owned()
    }

    pub(crate) fn bundle(&self) -> String {
        let text = String::from_utf8(files::read(Path::new(&self.path("here/jigap.toml"))).unwrap()).unwrap();
        let line = text.lines().find(|line| line.trim().starts_with("bundle")).unwrap();
        let name = line.split('"').nth(1).unwrap();
        PathBuf::from(self.path("here")).join(name).to_str().unwrap().to_owned()
    }

    /// An offer of passes to somebody: link and transaction code.
    pub(crate) fn offer(&self, configuration: &str, claims: &Value) -> (String, String) {
        let body = json!({"credential_configuration_id": configuration, "claims": claims, "reference": "1"});
        offers::offer((&self.address, "passes"), &self.admin, &body.to_string())
    }

    /// A wallet with passes; the words that open it.
    pub(crate) fn visitor(&self, claims: &Value) -> Vec<String> {
        self.visitor_with("check-in_jigap_pass", claims)
    }

    /// A wallet that has the trust list, with passes of this configuration.
    pub(crate) fn visitor_with(&self, configuration: &str, claims: &Value) -> Vec<String> {
        let _service = Service::start(Path::new(&self.path("here")));
        let opening =
            ["wallet", "--dev", "--wallet", &self.path("mine"), "--key-file", &self.path("mine.key")];
        let opening = opening.map(str::to_owned).to_vec();
        wallet(&opening, &["init"], "").unwrap();
        wallet(&opening, &["trust", &self.bundle()], "").unwrap();
        let (link, code) = self.offer(configuration, claims);
        wallet(&opening, &["accept", "--yes", "--tx-code", "-", "-"], &format!("{link}\n{code}\n")).unwrap();
        opening
    }

    pub(crate) fn gate(&self, name: &str, facts: &[&str], presence: &str) -> String {
        let folder = self.path(name);
        let mut words =
            vec!["gate", "init", &folder, "--venue", "Hanbit museum", "--gate", name, "--presence", presence];
        words.extend(facts.iter().flat_map(|fact| ["--fact", fact]));
        done(&words, "");
        folder
    }
}
