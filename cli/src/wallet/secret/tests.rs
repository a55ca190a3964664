//! Secret files: what is taken, what is refused.

use std::os::unix::fs::PermissionsExt as _;

use super::*;

fn source<'a>(passphrase_file: Option<&'a Path>, key_file: Option<&'a Path>) -> Source<'a> {
    Source { passphrase_file, key_file }
}

fn talk() -> Talk {
    Talk::new(Some(jigap_wallet_core::text::Lang::En))
}

fn refused(outcome: Result<Secret, Failure>) -> (Exit, String) {
    let failure = outcome.err().unwrap();
    (failure.exit, failure.say(jigap_wallet_core::text::Lang::En))
}

#[test]
fn the_first_line_of_a_private_file_is_the_passphrase() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("p");
    write_private(&path, "네 개의 낱말로 된\r\nrest".as_bytes()).unwrap();
    let Secret::Passphrase(read) = source(Some(&path), None).new_one(&talk()).unwrap() else { panic!() };
    assert_eq!(&**read, "네 개의 낱말로 된");
}

#[test]
fn a_file_that_others_can_read_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("p");
    write_private(&path, b"correct horse battery\n").unwrap();
    for mode in [0o640, 0o604, 0o620] {
        std::fs::set_permissions(&path, std::fs::Permissions::from_mode(mode)).unwrap();
        let (exit, said) = refused(source(Some(&path), None).existing(&talk()));
        assert_eq!(exit, Exit::Usage, "{mode:o}");
        assert!(said.contains("hint: chmod 600 it") && !said.contains("correct"), "{said}");
    }
}

#[test]
fn short_and_empty_passphrases_are_refused() {
    let folder = tempfile::tempdir().unwrap();
    let (short, empty) = (folder.path().join("short"), folder.path().join("empty"));
    write_private(&short, b"1234567").unwrap();
    write_private(&empty, b"\nsecond line").unwrap();
    assert!(refused(source(Some(&short), None).new_one(&talk())).1.contains("fewer than 8"));
    assert!(source(Some(&short), None).existing(&talk()).is_ok(), "an old one is whatever it is");
    assert!(refused(source(Some(&empty), None).existing(&talk())).1.contains("empty"));
}

#[test]
fn a_key_file_is_made_once_and_read_back() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("key");
    let Secret::Key(made) = source(None, Some(&path)).new_one(&talk()).unwrap() else { panic!() };
    let Secret::Key(read) = source(None, Some(&path)).existing(&talk()).unwrap() else { panic!() };
    assert_eq!(*made, *read);
    assert_ne!(*made, [0; 32]);
    assert_eq!(std::fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o600);
}

#[test]
fn a_malformed_key_file_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    for (name, content) in [("a", ""), ("b", "AAAA"), ("c", "not base64!"), ("d", &"A".repeat(44))] {
        let path = folder.path().join(name);
        write_private(&path, content.as_bytes()).unwrap();
        assert_eq!(refused(source(None, Some(&path)).existing(&talk())).0, Exit::Usage, "{name}");
    }
}
