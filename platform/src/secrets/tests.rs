//! Sealing, opening, and files that somebody tampered with.

use std::fs::{self, Permissions};
use std::os::unix::fs::PermissionsExt as _;

use proptest::prelude::*;
use tempfile::TempDir;

use super::*;
use crate::testing::SeededEntropy;

fn entropy() -> Arc<dyn Entropy> {
    Arc::new(SeededEntropy::new(3))
}

struct Fixture {
    folder: TempDir,
    path: PathBuf,
    entropy: Arc<dyn Entropy>,
}

fn fixture() -> Fixture {
    let folder = tempfile::tempdir().unwrap();
    let (path, entropy) = (folder.path().join("master.key"), entropy());
    Vault::init(&path, &*entropy).unwrap();
    Fixture { folder, path, entropy }
}

impl Fixture {
    fn vault(&self) -> Vault {
        Vault::open_file(&self.path, Arc::clone(&self.entropy)).unwrap()
    }

    fn refusal(&self, text: &str) -> Option<SecretsError> {
        write(&self.path, text);
        Vault::open_file(&self.path, Arc::clone(&self.entropy)).err()
    }
}

#[expect(clippy::disallowed_methods, reason = "a test tampers with a file")]
fn write(path: &Path, text: &str) {
    fs::write(path, text).unwrap();
}

#[expect(clippy::disallowed_methods, reason = "a test looks into a file")]
fn read(path: &Path) -> String {
    fs::read_to_string(path).unwrap()
}

#[test]
fn what_is_sealed_opens_under_its_name_only() {
    let vault = fixture().vault();
    let sealed = vault.seal("issuer/univ/key", b"secret");
    assert_eq!(**vault.open("issuer/univ/key", &sealed).unwrap(), *b"secret");
    assert_eq!(vault.open("issuer/hrdk/key", &sealed), Err(SecretsError::Broken));
    assert_ne!(vault.seal("issuer/univ/key", b"secret"), sealed, "each nonce is fresh");
    assert!(!sealed.windows(6).any(|window| window == b"secret"));
    assert_eq!(format!("{vault:?}"), "Vault(redacted)");
}

#[test]
fn every_bit_of_sealed_bytes_counts() {
    let vault = fixture().vault();
    let sealed = vault.seal("name", b"x");
    for position in 0..sealed.len() {
        let mut changed = sealed.clone();
        changed[position] ^= 1;
        assert!(vault.open("name", &changed).is_err(), "byte {position}");
        assert!(vault.open("name", &sealed[..position]).is_err(), "cut at {position}");
    }
}

#[test]
fn after_a_rotation_the_old_opens_and_the_new_seals() {
    let fixture = fixture();
    let before = fixture.vault();
    let old = before.seal("name", b"old");
    Vault::rotate(&fixture.path, &*fixture.entropy).unwrap();
    let after = fixture.vault();
    assert_eq!(**after.open("name", &old).unwrap(), *b"old");
    assert!(before.is_current(&old) && !after.is_current(&old));
    let new = after.seal("name", b"new");
    assert!(after.is_current(&new));
    assert_eq!(before.open("name", &new), Err(SecretsError::UnknownKey));
    assert_eq!(fs::metadata(&fixture.path).unwrap().permissions().mode() & 0o777, 0o600);
    assert_eq!(fs::read_dir(fixture.folder.path()).unwrap().count(), 1, "nothing is left beside it");
}

#[test]
fn a_key_file_is_made_once_and_for_its_owner_alone() {
    let fixture = fixture();
    assert_eq!(fs::metadata(&fixture.path).unwrap().permissions().mode() & 0o777, 0o600);
    let again = Vault::init(&fixture.path, &*fixture.entropy);
    assert_eq!(again, Err(SecretsError::File(fixture.path.clone(), io::ErrorKind::AlreadyExists)));
    for mode in [0o640, 0o604, 0o620, 0o602, 0o601] {
        fs::set_permissions(&fixture.path, Permissions::from_mode(mode)).unwrap();
        let opened = Vault::open_file(&fixture.path, entropy());
        assert_eq!(opened.err(), Some(SecretsError::Exposed(fixture.path.clone())), "{mode:o}");
    }
    fs::set_permissions(&fixture.path, Permissions::from_mode(0o400)).unwrap();
    assert!(Vault::open_file(&fixture.path, entropy()).is_ok());
}

#[test]
fn a_malformed_key_file_is_refused() {
    let fixture = fixture();
    let line = read(&fixture.path);
    let short = format!("{KEY_LINE} {}\n", base64url::encode([1; 31]));
    let long = format!("{KEY_LINE} {}\n", base64url::encode([1; 33]));
    let huge = line.repeat(1000);
    for text in ["", "\n", "nonsense\n", &short, &long, &huge, &format!("{line}\n"), &line.replace('1', "2")]
    {
        assert_eq!(fixture.refusal(text), Some(SecretsError::Malformed(fixture.path.clone())), "{text}");
    }
    assert_eq!(fixture.refusal(&line), None);
    let gone = fixture.folder.path().join("gone");
    let opened = Vault::open_file(&gone, entropy()).err();
    assert_eq!(opened, Some(SecretsError::File(gone, io::ErrorKind::NotFound)));
}

#[test]
fn a_credential_is_found_in_its_folder_and_nowhere_else() {
    let fixture = fixture();
    let open = |folder: Option<&Path>, name: &str| Vault::open_credential(folder, name, entropy()).err();
    let folder = fixture.folder.path();
    assert_eq!(open(Some(folder), "master.key"), None);
    fs::set_permissions(&fixture.path, Permissions::from_mode(0o440)).unwrap();
    assert_eq!(open(Some(folder), "master.key"), None, "an ACL's mask");
    fs::set_permissions(&fixture.path, Permissions::from_mode(0o444)).unwrap();
    assert_eq!(open(Some(folder), "master.key"), Some(SecretsError::Exposed(fixture.path.clone())));
    assert_eq!(open(None, "master.key"), Some(SecretsError::NoCredential));
    for name in ["", "../master.key", "/etc/passwd", ".", "a/b"] {
        assert_eq!(open(Some(folder), name), Some(SecretsError::NoCredential), "{name}");
    }
}

proptest! {
    #[test]
    fn any_secret_comes_back(name: String, secret: Vec<u8>) {
        let vault = Vault::from_text(Path::new("x"), &fresh_line(&*entropy()), entropy()).unwrap();
        prop_assert_eq!(&**vault.open(&name, &vault.seal(&name, &secret)).unwrap(), secret);
    }

    #[test]
    fn no_bytes_are_opened_by_chance(bytes: Vec<u8>) {
        let vault = Vault::from_text(Path::new("x"), &fresh_line(&*entropy()), entropy()).unwrap();
        prop_assert!(vault.open("name", &bytes).is_err());
    }
}
