//! A copy for a directory of people, as its holder types it: against `jigap serve`, with a tenant that gives them and after it gives none.

#![expect(clippy::disallowed_methods, reason = "a test's helpers start processes")]

#[path = "support/offers.rs"]
mod offers;
#[path = "support/run.rs"]
mod run;
#[path = "support/service.rs"]
mod service;

use std::path::Path;

use jigap_platform::files;
use run::{done, wallet};
use serde_json::Value;
use service::{Service, init};

const STUDENT: &str = include_str!("../../schemas/student-id/examples/valid/minimal.json");

#[test]
fn a_copy_for_a_directory_is_fetched_once_and_its_pseudonym_stays() {
    let folder = tempfile::tempdir().unwrap();
    let path = |name: &str| folder.path().join(name).to_str().unwrap().to_owned();
    let (address, admin) = init(&folder.path().join("here"));
    let place = path("here/jigap.toml");
    let mut text = String::from_utf8(files::read(Path::new(&place)).unwrap()).unwrap();
    text += "\n[issuer.tenants.hanbit.directories]\nconfigurations = [\"student-id\"]\n";
    files::replace(Path::new(&place), text.as_bytes()).unwrap();
    let service = Service::start(Path::new(&path("here")));
    let opening = ["wallet", "--dev", "--wallet", &path("mine"), "--key-file", &path("mine.key")];
    let opening: Vec<String> = opening.iter().map(ToString::to_string).collect();
    wallet(&opening, &["init"], "").unwrap();
    let request =
        format!(r#"{{"credential_configuration_id": "student-id", "reference": "1", "claims": {STUDENT}}}"#);
    let (link, code) = offers::offer((&address, "hanbit"), &admin, &request);
    wallet(&opening, &["accept", "--yes", "--tx-code", "-", "-"], &format!("{link}\n{code}\n")).unwrap();
    let words: Vec<&str> = opening.iter().map(String::as_str).chain(["list", "--json"]).collect();
    let held: Value = serde_json::from_str(&done(&words, "")).unwrap();
    let id = held[0]["id"].as_str().unwrap();
    let copy = |directory: &str| wallet(&opening, &["directory-copy", &id[..8], directory], "");
    let pseudonym = copy("people.example").unwrap();
    assert_eq!(pseudonym.trim().len(), 43);
    assert_ne!(copy("experts.example").unwrap(), pseudonym);
    assert!(copy("").unwrap_err().starts_with("1: "), "a directory has a name");
    drop(service);
    // It is there, whoever is not.
    let json = wallet(&opening, &["directory-copy", id, "people.example", "--json"], "").unwrap();
    let said: Value = serde_json::from_str(&json).unwrap();
    assert_eq!((said["dsub"].as_str().unwrap(), &said["credential"]), (pseudonym.trim(), &held[0]["id"]));
    assert!(copy("third.example").unwrap_err().starts_with("3: "), "the issuer cannot be reached");
}
