//! What needs no authority. With one, Let's Encrypt's test server `pebble`: `cli/tests/acme.rs`.

use jigap_wallet_core::time::Seconds;

use super::*;
use crate::authority::{Authority, Profile, Root, Subject};
use crate::testing::{ManualClock, SeededEntropy};

const NOW: Timestamp = Timestamp::from_unix(1_800_000_000);
const DAY: u32 = 86_400;

fn settings(folder: &std::path::Path, names: &[&str]) -> AcmeSettings {
    AcmeSettings {
        directory: Url::parse("https://127.0.0.1:1/dir").unwrap(),
        names: names.iter().map(|name| (*name).to_owned()).collect(),
        folder: folder.join("acme"),
    }
}

fn open(settings: AcmeSettings, now: Timestamp) -> Result<Acme, AcmeError> {
    Acme::open(settings, &[], Arc::new(ManualClock::at(now)), Arc::new(SeededEntropy::new(1)))
}

/// A certificate for `name` of 90 days, from NOW on.
fn certified(name: &str) -> Certified {
    let entropy = SeededEntropy::new(2);
    let root = Root {
        country: "KR",
        name: "root",
        contact: AltName::Mail("a@b.example"),
        crl: "https://b.example/crl",
        days: 365,
    };
    let authority =
        Authority::root(&root, PrivateKey::generate(KeyType::P256, &entropy), NOW, &entropy).unwrap();
    let key = PrivateKey::generate(KeyType::P256, &entropy);
    let names = [AltName::Dns(name)];
    let subject = Subject { profile: Profile::TlsServer, name, names: &names, days: 90 };
    let leaf = authority.certify(&subject, key.public(), NOW, &entropy).unwrap();
    let names = [name.to_owned()];
    Certified::new(key, vec![leaf, authority.certificate().to_vec()], &names).unwrap()
}

fn keep(settings: &AcmeSettings, text: &str) {
    std::fs::create_dir_all(&settings.folder).unwrap();
    files::replace_private(&settings.folder.join(IDENTITY), text.as_bytes()).unwrap();
}

#[test]
fn names_that_no_authority_looks_up_are_refused() {
    let folder = tempfile::tempdir().unwrap();
    let many: Vec<String> = (0..=MAX_NAMES).map(|n| format!("n{n}.example")).collect();
    let many: Vec<&str> = many.iter().map(String::as_str).collect();
    for names in
        [&[][..], &["localhost"], &["*.id.example"], &["192.168.0.7"], &["id.example/"], &[""], &many]
    {
        assert!(matches!(open(settings(folder.path(), names), NOW), Err(AcmeError::Names)), "{names:?}");
    }
    assert!(!folder.path().join("acme").exists());
}

#[test]
fn a_certificate_that_is_kept_is_due_when_a_third_of_its_life_is_left() {
    let folder = tempfile::tempdir().unwrap();
    let settings = settings(folder.path(), &["Id.example"]);
    assert!(open(settings.clone(), NOW).unwrap().kept().unwrap().is_none());
    keep(&settings, &certified("id.example").text());
    let kept = open(settings.clone(), NOW).unwrap().kept().unwrap().unwrap();
    assert_eq!(kept.chain.len(), 2);
    let due = kept.due();
    assert!(due > NOW.plus(Seconds(59 * DAY)) && due <= NOW.plus(Seconds(60 * DAY)), "{due:?}");
    // For other names it counts as none.
    let others = AcmeSettings { names: vec!["other.example".to_owned()], ..settings };
    assert!(open(others, NOW).unwrap().kept().unwrap().is_none());
}

#[test]
fn files_that_are_not_ours_stop_it() {
    let folder = tempfile::tempdir().unwrap();
    let settings = settings(folder.path(), &["id.example"]);
    keep(&settings, "no PEM");
    assert!(matches!(open(settings.clone(), NOW), Err(AcmeError::Damaged(_))));
    let certified = certified("id.example");
    // A key that is another's: as if there were none.
    let other = PrivateKey::generate(KeyType::P256, &SeededEntropy::new(9));
    let mixed = pem::private_key_text(&other).to_string() + &pem::certificate_text(&certified.chain[0]);
    keep(&settings, &mixed);
    assert!(open(settings.clone(), NOW).unwrap().kept().unwrap().is_none());
    // Readable by others.
    keep(&settings, &certified.text());
    let path = settings.folder.join(IDENTITY);
    let open_to_all = std::os::unix::fs::PermissionsExt::from_mode(0o644);
    std::fs::set_permissions(&path, open_to_all).unwrap();
    assert!(matches!(open(settings, NOW), Err(AcmeError::Private(_, PrivateFileError::Exposed))));
}

#[test]
fn the_accounts_key_stays() {
    let folder = tempfile::tempdir().unwrap();
    let settings = settings(folder.path(), &["id.example"]);
    let first = open(settings.clone(), NOW).unwrap().account_key().unwrap();
    let second = open(settings, NOW).unwrap();
    assert_eq!(second.account_key().unwrap().public(), first.public());
    assert!(!format!("{second:?}").contains("PRIVATE"));
}

#[tokio::test]
async fn an_authority_that_is_not_there_is_an_error_and_leaves_what_is_served() {
    let folder = tempfile::tempdir().unwrap();
    let acme = open(settings(folder.path(), &["id.example"]), NOW).unwrap();
    assert!(matches!(acme.look().await, Err(AcmeError::Authority(_))));
}
