//! Set-ups with one thing wrong each.

use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;

use jigap_keys::{KeyType, PrivateKey};
use jigap_wallet_core::time::{Seconds, Timestamp};
use jigap_wallet_core::trust::{Authorities, Mechanism, Names, TrustEntry, TrustList, TrustListContent};

use super::*;

fn grades(findings: &[Finding]) -> Vec<Grade> {
    findings.iter().map(|finding| finding.grade).collect()
}

#[expect(clippy::disallowed_methods, reason = "tests make the files that are looked at")]
fn write(path: &Path, text: &str, mode: u32) {
    std::fs::write(path, text).unwrap();
    std::fs::set_permissions(path, std::fs::Permissions::from_mode(mode)).unwrap();
}

fn config(folder: &Path, server: &str) -> Vec<Finding> {
    let path = folder.join("jigap.toml");
    let text = format!(
        "[server]\n{server}\n[secrets]\nmaster_key = \"master.key\"\n[store]\npath = \"jigap.redb\"\n"
    );
    write(&path, &text, 0o644);
    service::look(&path, Lang::En)
}

#[test]
fn a_clock_before_this_program_or_before_its_files_is_wrong() {
    let now = Timestamp::from_unix(1_800_000_000);
    assert_eq!(machine::clock(now, None).grade, Grade::Ok);
    assert_eq!(machine::clock(now, Some(now.unix() + 60)).grade, Grade::Ok);
    assert_eq!(machine::clock(now, Some(now.unix() + 600)).grade, Grade::Fail);
    assert_eq!(machine::clock(Timestamp::from_unix(0), None).grade, Grade::Fail);
}

#[test]
fn a_locale_without_utf_8_is_doubtful() {
    for (tag, grade) in [
        (Some("ko_KR.UTF-8"), Grade::Ok),
        (Some("C.utf8"), Grade::Ok),
        (Some("ko_KR.EUC-KR"), Grade::Warn),
        (None, Grade::Warn),
    ] {
        assert_eq!(machine::locale(tag).grade, grade, "{tag:?}");
    }
}

#[test]
fn files_that_others_can_read_are_wrong() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("x");
    write(&path, "x", 0o600);
    assert_eq!(wallet::private(&path).grade, Grade::Ok);
    write(&path, "x", 0o640);
    let finding = wallet::private(&path);
    assert_eq!(finding.grade, Grade::Fail);
    assert!(finding.line(Lang::En).contains("640") && finding.line(Lang::En).contains("→ chmod"));
    assert_eq!(wallet::private(&folder.path().join("absent")).grade, Grade::Fail);
}

#[test]
fn a_certificate_that_ends_is_told_in_time() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("chain.pem");
    let mut params = rcgen::CertificateParams::new(vec!["a.example".to_owned()]).unwrap();
    (params.not_before, params.not_after) =
        (rcgen::date_time_ymd(2026, 1, 1), rcgen::date_time_ymd(2027, 1, 1));
    let pem = params.self_signed(&rcgen::KeyPair::generate().unwrap()).unwrap().pem();
    write(&path, &pem, 0o644);
    let end = 1_798_761_600;
    let at = |seconds| service::certificate(&path, Timestamp::from_unix(seconds)).grade;
    assert_eq!(at(end - 31 * 86_400), Grade::Ok);
    assert_eq!(at(end - 30 * 86_400), Grade::Warn);
    assert_eq!(at(end), Grade::Fail);
    write(&path, "nonsense", 0o644);
    assert_eq!(at(0), Grade::Fail);
}

#[test]
fn a_sound_configuration_passes_and_each_fault_has_its_line() {
    let folder = tempfile::tempdir().unwrap();
    let dev = "listen = \"127.0.0.1:0\"\npublic_url = \"http://localhost:8080\"\ndev = true";
    assert_eq!(config(folder.path(), dev)[1].grade, Grade::Fail, "there is no master key");
    let key = folder.path().join("master.key");
    jigap_platform::secrets::Vault::init(&key, &jigap_platform::entropy::OsEntropy).unwrap();
    let mut found = config(folder.path(), dev);
    let last = found.pop().unwrap();
    assert_eq!(grades(&found), [Grade::Ok; 5]);
    assert!(
        last.grade == Grade::Fail && last.line(Lang::En).contains("neither [issuer] nor [verifier]"),
        "{last:?}"
    );
    std::fs::set_permissions(&key, std::fs::Permissions::from_mode(0o644)).unwrap();
    assert_eq!(config(folder.path(), dev)[1].grade, Grade::Fail, "others can read the master key");
    let open = "listen = \"0.0.0.0:0\"\npublic_url = \"https://id.example\"";
    assert_eq!(config(folder.path(), open)[2].grade, Grade::Fail, "plain http on a public address");
    let busy = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let address = busy.local_addr().unwrap();
    let taken = format!("listen = \"{address}\"\npublic_url = \"https://id.example\"");
    assert_eq!(config(folder.path(), &taken)[3].grade, Grade::Warn, "somebody listens there");
    assert_eq!(grades(&config(folder.path(), "listen = 1")), [Grade::Fail]);
    assert_eq!(grades(&service::look(&folder.path().join("absent.toml"), Lang::En)), [Grade::Fail]);
}

/// After a change of `public_url` the trust list names nobody of this configuration any more.
#[test]
fn a_tenant_that_the_trust_list_does_not_name_is_told() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("jigap.toml");
    let unlisted = |url: &str, mechanism: &str| {
        let text = format!(
            "[server]\nlisten = \"127.0.0.1:0\"\npublic_url = \"{url}\"\ndev = true\n\
             [secrets]\nmaster_key = \"master.key\"\n[store]\npath = \"jigap.redb\"\n\
             [issuer.tenants.hanbit]\nname = {{ ko = \"가\", en = \"A\" }}\ntypes = []\nmechanism = \"{mechanism}\"\n"
        );
        write(&path, &text, 0o644);
        let config = jigap_platform::config::Config::load(&path).unwrap();
        grades(&service::unlisted(&list("http://127.0.0.1:8080/hanbit"), &config))
    };
    assert!(unlisted("http://127.0.0.1:8080", "jwt_vc_issuer").is_empty());
    assert_eq!(unlisted("http://127.0.0.1:8081", "jwt_vc_issuer"), [Grade::Warn]);
    assert!(unlisted("http://127.0.0.1:8081", "did").is_empty(), "its name is its key, not its address");
}

/// A trust list of one issuer.
fn list(issuer: &str) -> TrustList {
    let now = Timestamp::from_unix(1_800_000_000);
    let entry = TrustEntry {
        issuer: issuer.to_owned(),
        names: Names { ko: "가".to_owned(), en: "A".to_owned() },
        mechanism: Mechanism::JwtVcIssuer(issuer.parse().unwrap()),
        keys: None,
        types: vec!["urn:a".to_owned()],
        valid_from: now,
        valid_until: now.plus(Seconds(1000)),
        withdrawn_since: None,
        passes: jigap_wallet_core::trust::PassTerms::default(),
        authorities: Authorities::default(),
        status_issuers: Vec::new(),
    };
    let id = "https://trust.example/list";
    let content = TrustListContent {
        publisher: "https://trust.example".to_owned(),
        id: id.to_owned(),
        version: 1,
        issued_at: now,
        expires_at: now.plus(Seconds(1000)),
        entries: vec![entry],
    };
    let key = PrivateKey::generate(KeyType::P256, &jigap_platform::entropy::OsEntropy);
    TrustList::verify(&content.issue(&key, None).unwrap(), id, key.public(), now).unwrap()
}

/// A key that was replaced after the list was signed is told, and the look changes nothing.
#[test]
fn a_key_that_the_trust_list_does_not_pin_is_told() {
    use crate::args::{Init, Publish, RotateKey};
    let folder = tempfile::tempdir().unwrap();
    let (talk, here) = (Talk::new(Some(Lang::En)), folder.path().join("here"));
    let init = Init {
        directory: here.clone(),
        public_url: "http://127.0.0.1:8080".parse().unwrap(),
        listen: Some("127.0.0.1:0".parse().unwrap()),
        with_people: false,
        people: None,
        verifier_id: None,
    };
    crate::init::run(&init, &talk).unwrap();
    let config = here.join("jigap.toml");
    let last = || service::look(&config, Lang::En).pop().unwrap();
    assert_eq!(last().grade, Grade::Ok, "{:?}", last());
    let rotate = RotateKey {
        config: config.clone(),
        tenant: "hanbit".to_owned(),
        key: jigap_issuer::assembly::KeyPurpose::Credential,
        promote: false,
        at_once: true,
    };
    crate::issuer::rotate_key(&rotate, &talk).unwrap();
    for _ in 0..2 {
        let told = last();
        assert_eq!(told.grade, Grade::Warn);
        assert!(told.line(Lang::En).contains("http://127.0.0.1:8080/hanbit"), "{told:?}");
        assert!(told.line(Lang::Ko).contains("jigap trust publish"), "{told:?}");
    }
    crate::trust::publish(&Publish { config: config.clone(), days: 90 }, &talk).unwrap();
    assert_eq!(last().grade, Grade::Ok);
    let open = crate::deployment::Deployment::open(&config).unwrap();
    let busy = last();
    assert!(busy.grade == Grade::Warn && busy.line(Lang::En).contains("the store is in use"), "{busy:?}");
    drop(open);
}

#[test]
fn a_plain_key_file_is_wrong() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("jigap.toml");
    let text = "[server]\nlisten = \"127.0.0.1:0\"\npublic_url = \"http://localhost:8080\"\ndev = true\n\
        [secrets]\nmaster_key = \"master.key\"\n[store]\npath = \"jigap.redb\"\n\
        [issuer.tenants.hrdk]\nname = { ko = \"가\", en = \"A\" }\ntypes = []\nmechanism = \"x5c\"\n\
        x5c = { chain = \"c.pem\", anchors = \"r.pem\", key = \"k.pem\" }\n";
    write(&path, text, 0o644);
    let told = service::look(&path, Lang::En).pop().unwrap();
    assert!(told.grade == Grade::Fail && told.line(Lang::En).contains("jigap issuer import-key"), "{told:?}");
}
