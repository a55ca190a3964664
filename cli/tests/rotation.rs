//! `jigap issuer rotate-key`, from `jigap init` to the trust lists that know the keys before and after.

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
fn a_key_is_pinned_before_it_signs() {
    let folder = tempfile::tempdir().unwrap();
    let at = |name: &str| folder.path().join("here").join(name);
    assert!(jigap(&["init", at("").to_str().unwrap()]).status.success());
    let (config, bundle) = (at("jigap.toml"), at("trust.jigap"));
    let config = config.to_str().unwrap();
    assert_eq!(pinned(&bundle), (1, 1));
    let rotate = |key: &str, how: &[&str]| {
        let command = ["issuer", "rotate-key", "--config", config, "--tenant", "hanbit", "--key", key];
        let rotated = jigap(&[&command, how].concat());
        (rotated.status.code(), String::from_utf8(rotated.stderr).unwrap())
    };
    let publish = || assert!(jigap(&["trust", "publish", "--config", config]).status.success());
    for key in ["credential", "status"] {
        let (code, said) = rotate(key, &["--promote"]);
        assert!(code == Some(1) && said.contains("without --promote"), "{said}");
        let (code, said) = rotate(key, &[]);
        assert!(code == Some(0) && said.contains("jigap trust publish"), "{said}");
        let (code, said) = rotate(key, &["--promote"]);
        assert!(code == Some(1) && said.contains("does not pin"), "nobody would believe it: {said}");
    }
    publish();
    assert_eq!(pinned(&bundle), (2, 2), "what signs now, and what will");
    for key in ["credential", "status"] {
        let (code, said) = rotate(key, &["--promote"]);
        assert_eq!(code, Some(0), "{said}");
    }
    publish();
    assert_eq!(pinned(&bundle), (1, 2), "the old credential key signed nothing; the old list ends in a day");
    let (code, said) = rotate("status", &["--at-once"]);
    assert!(code == Some(0) && said.contains("jigap trust publish"), "{said}");
    publish();
    assert_eq!(pinned(&bundle), (1, 3));
    assert_eq!(rotate("status", &["--at-once", "--promote"]).0, Some(2));
    for how in [&[][..], &["--at-once"]] {
        let (code, said) = rotate("bbs", how);
        assert!(
            code == Some(2) && said.contains("no key of bbs-2023"),
            "none is made that no type wants: {said}"
        );
    }
    let unknown = jigap(&["issuer", "rotate-key", "--config", config, "--tenant", "nobody"]);
    assert_eq!(unknown.status.code(), Some(2));
    assert!(String::from_utf8(unknown.stderr).unwrap().contains("issuer.tenants.nobody"));
}
