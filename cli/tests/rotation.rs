//! `jigap issuer rotate-key`, from `jigap init` to the trust list that knows both keys.

#![expect(clippy::unwrap_used, reason = "a test's helpers fail the test")]

use std::path::Path;
use std::process::{Command, Output};

use jigap_platform::files;

fn jigap(arguments: &[&str]) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_jigap"));
    command.args(arguments).args(["--lang", "en"]).output().unwrap()
}

/// How many keys the published trust list pins for credentials and for status lists.
fn pinned(bundle: &Path) -> (usize, usize) {
    let bundle: serde_json::Value = serde_json::from_slice(&files::read(bundle).unwrap()).unwrap();
    let list = bundle.to_string();
    let jwt = list.split('"').find(|text| text.starts_with("eyJ") && text.matches('.').count() == 2).unwrap();
    let payload = jigap_keys::base64url::decode(jwt.split('.').nth(1).unwrap()).unwrap();
    let payload: serde_json::Value = serde_json::from_slice(&payload).unwrap();
    let count = |name: &str| payload.pointer(name).unwrap().as_array().unwrap().len();
    (count("/entries/0/keys/credentials"), count("/entries/0/keys/status_lists"))
}

#[test]
fn a_rotated_key_is_pinned_beside_the_old_one() {
    let folder = tempfile::tempdir().unwrap();
    let at = |name: &str| folder.path().join("here").join(name);
    assert!(jigap(&["init", at("").to_str().unwrap()]).status.success());
    let (config, bundle) = (at("jigap.toml"), at("trust.jigap"));
    let config = config.to_str().unwrap();
    assert_eq!(pinned(&bundle), (1, 1));
    for key in ["credential", "status"] {
        let rotated =
            jigap(&["issuer", "rotate-key", "--config", config, "--tenant", "hanbit", "--key", key]);
        let said = String::from_utf8(rotated.stderr).unwrap();
        assert!(rotated.status.success() && said.contains("jigap trust publish"), "{said}");
    }
    assert!(jigap(&["trust", "publish", "--config", config]).status.success());
    assert_eq!(pinned(&bundle), (2, 2));
    let unknown = jigap(&["issuer", "rotate-key", "--config", config, "--tenant", "nobody"]);
    assert_eq!(unknown.status.code(), Some(2));
    assert!(String::from_utf8(unknown.stderr).unwrap().contains("issuer.tenants.nobody"));
}
