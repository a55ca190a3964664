//! `jigap verify` as a person and a script see it: each way to use it, word for word, in English and Korean. The goldens and
//! the fixtures they judge are written anew by `JIGAP_BLESS=1 cargo test -p jigap-cli --test verify`.

#![expect(
    clippy::unwrap_used,
    clippy::disallowed_methods,
    reason = "a test's helpers fail the test, and read and write its files"
)]

mod fixtures;
mod mdoc;

use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use fixtures::{AUDIENCE, NONCE, NOW};

const AT: &str = "2027-01-15T08:00:00Z";

fn folder(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests").join(name)
}

/// Compares `found` with the file, or writes it when asked to.
fn same(path: &Path, found: &str) {
    if std::env::var_os("JIGAP_BLESS").is_some() {
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, found).unwrap();
    }
    let golden = std::fs::read_to_string(path).unwrap_or_default();
    assert_eq!(found, golden, "{} differs; JIGAP_BLESS=1 writes it anew", path.display());
}

/// Runs `jigap verify` beside the fixtures; exit code, stdout and stderr as one text.
fn run(arguments: &[&str], stdin: &[u8]) -> String {
    let mut child = Command::new(env!("CARGO_BIN_EXE_jigap"))
        .arg("verify")
        .args(arguments)
        .current_dir(folder("fixtures"))
        .env_clear()
        .env("LC_ALL", "C.UTF-8")
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    // Who refuses an input may stop reading it.
    let _ = child.stdin.take().unwrap().write_all(stdin);
    let output = child.wait_with_output().unwrap();
    let text = |bytes: &[u8]| String::from_utf8(bytes.to_vec()).unwrap();
    let (out, err) = (text(&output.stdout), text(&output.stderr));
    format!("exit {}\n--- stdout\n{out}--- stderr\n{err}", output.status.code().unwrap())
}

#[track_caller]
fn golden(name: &str, exit: i32, arguments: &[&str], stdin: &[u8]) {
    let found = run(arguments, stdin);
    assert!(found.starts_with(&format!("exit {exit}\n")), "{name}: {found}");
    same(&folder("verify/golden").join(format!("{name}.txt")), &found);
}

#[test]
fn fixtures_are_what_the_generator_makes() {
    assert_eq!(jigap_wallet_core::time::Timestamp::parse_rfc3339(AT), Some(NOW));
    for (name, content) in fixtures::all() {
        same(&folder("fixtures").join(name), &content);
    }
}

#[test]
fn an_accepted_credential() {
    let arguments = ["student.sd-jwt", "--trust", "trust.json", "--at", AT];
    golden("accepted", 0, &arguments, b"");
    golden("accepted-ko", 0, &[&arguments[..], &["--lang", "ko"]].concat(), b"");
    golden("accepted-json", 0, &[&arguments[..], &["--json"]].concat(), b"");
}

#[test]
fn stdin_is_read_by_a_dash() {
    let text = std::fs::read(folder("fixtures/student.sd-jwt")).unwrap();
    let by_file = run(&["student.sd-jwt", "--trust", "trust.json", "--at", AT], b"");
    assert_eq!(run(&["-", "--trust", "trust.json", "--at", AT], &text), by_file);
}

#[test]
fn a_presentation_wants_audience_and_nonce() {
    let asked = ["shown.sd-jwt", "--trust", "trust.json", "--at", AT];
    let audience = [&asked[..], &["--audience", AUDIENCE]].concat();
    golden("presented", 0, &[&audience[..], &["--nonce", NONCE]].concat(), b"");
    golden("presented-without-nonce", 2, &audience, b"");
    golden("presented-without-nonce-ko", 2, &[&audience[..], &["--lang", "ko"]].concat(), b"");
    golden(
        "presented-to-another-nonce",
        1,
        &[&audience[..], &["--nonce", "another-nonce-12345"]].concat(),
        b"",
    );
    let elsewhere = [&asked[..], &["--audience", "https://other.example", "--nonce", NONCE]].concat();
    golden("presented-elsewhere", 1, &elsewhere, b"");
}

#[test]
fn refused_credentials() {
    golden("changed", 1, &["changed.sd-jwt", "--trust", "trust.json", "--at", AT], b"");
    golden("changed-ko", 1, &["changed.sd-jwt", "--trust", "trust.json", "--at", AT, "--lang", "ko"], b"");
    golden("suspended", 1, &["student.sd-jwt", "--trust", "trust-suspended.json", "--at", AT], b"");
    golden("untrusted", 1, &["student.sd-jwt", "--trust", "trust-other.json", "--at", AT], b"");
    golden("no-credential", 1, &["-", "--trust", "trust.json", "--at", AT], b"hello");
}

#[test]
fn proof_only_says_that_it_is() {
    golden("proof-only", 0, &["student.sd-jwt", "--proof-only", "--at", AT], b"");
    golden("proof-only-ko", 0, &["student.sd-jwt", "--proof-only", "--at", AT, "--lang", "ko"], b"");
    golden("proof-only-changed", 1, &["changed.sd-jwt", "--proof-only", "--at", AT], b"");
    golden("proof-only-presented", 0, &["shown.sd-jwt", "--proof-only", "--at", AT], b"");
    let shown = String::from_utf8(std::fs::read(folder("fixtures/shown.sd-jwt")).unwrap()).unwrap();
    let forged = format!("{}.{}", shown.trim().rsplit_once('.').unwrap().0, "A".repeat(86));
    golden("proof-only-forged-holder", 1, &["-", "--proof-only", "--at", AT], forged.as_bytes());
    golden("proof-only-with-trust", 2, &["student.sd-jwt", "--proof-only", "--trust", "trust.json"], b"");
}

#[test]
fn wrong_use_and_unusable_files() {
    golden("without-trust", 2, &["student.sd-jwt"], b"");
    golden("wrong-time", 2, &["student.sd-jwt", "--trust", "trust.json", "--at", "yesterday"], b"");
    golden("absent", 3, &["absent.sd-jwt", "--trust", "trust.json", "--at", AT], b"");
    golden("absent-ko", 3, &["absent.sd-jwt", "--trust", "trust.json", "--at", AT, "--lang", "ko"], b"");
    golden("wrong-bundle", 2, &["student.sd-jwt", "--trust", "student.sd-jwt", "--at", AT], b"");
    golden(
        "expired-list",
        2,
        &["student.sd-jwt", "--trust", "trust.json", "--at", "2030-01-01T00:00:00Z"],
        b"",
    );
    golden("not-utf-8", 2, &["-", "--trust", "trust.json", "--at", AT], b"\xff\xfe");
    golden("oversize", 2, &["-", "--trust", "trust.json", "--at", AT], &vec![b'a'; 4 * 1024 * 1024 + 1]);
}

/// The contexts of W3C's examples: built in for looking at proofs alone, and nobody is judged by them unless told so.
const W3C: [&str; 4] = [
    "--context",
    "https://www.w3.org/ns/credentials/examples/v2=examples-v2.jsonld",
    "--context",
    "https://w3id.org/citizenship/v4rc1=../../../data-integrity/contexts/citizenship-v4rc1.jsonld",
];

#[test]
fn contexts_are_given_by_hand_and_told_with_their_digests() {
    golden("with-context", 0, &[&["student.sd-jwt", "--proof-only", "--at", AT], &W3C[..2]].concat(), b"");
    let with =
        |context: &'static str| vec!["student.sd-jwt", "--proof-only", "--at", AT, "--context", context];
    golden("wrong-context", 2, &with("examples-v2.jsonld"), b"");
    golden("wrong-context-ko", 2, &[with("examples-v2.jsonld"), vec!["--lang", "ko"]].concat(), b"");
    golden("hiding-context", 2, &with("https://e.example/c=hiding.jsonld"), b"");
    golden(
        "hiding-context-ko",
        2,
        &[with("https://e.example/c=hiding.jsonld"), vec!["--lang", "ko"]].concat(),
        b"",
    );
    golden("absent-context", 3, &with("https://e.example/c=absent.jsonld"), b"");
}

/// W3C's documents with `eddsa-rdfc-2022` proofs: whoever signed them, their proofs hold; but no key is that of the issuer
/// they name, and nobody trusts it.
#[test]
fn the_signed_documents_of_w3c() {
    let Some(vectors) = jigap_tests::vectors("w3c-vc-di-eddsa") else { return };
    let names = [
        "eddsa-rdfc-2022/signedDataInt.json",
        "eddsa-rdfc-2022/employ/signedDataInt.json",
        "proof-set-chain/signedProofSet1.json",
        "proof-set-chain/signedProofSet2.json",
        "proof-set-chain/signedProofChain1.json",
        "proof-set-chain/signedProofChain2.json",
    ];
    for name in names {
        let path = vectors.join("TestVectors").join(name);
        let file = path.to_str().unwrap();
        let proven = run(&[file, "--proof-only", "--at", AT], b"");
        assert!(proven.starts_with("exit 0\n"), "{name}: {proven}");
        let judged = run(&[&[file, "--trust", "trust.json", "--at", AT, "--json"], &W3C[..]].concat(), b"");
        assert!(judged.starts_with("exit 1\n"), "{name}: {judged}");
        let refused =
            judged.split("\"id\":\"").skip(1).filter(|check| check.contains("\"result\":\"refused\""));
        let ids: Vec<_> = refused.map(|check| check.split('"').next().unwrap()).collect();
        assert_eq!(ids, ["V-06", "V-04"], "{name}: {judged}");
    }
    let untold = vectors.join("TestVectors").join(names[0]);
    let untold = run(&[untold.to_str().unwrap(), "--trust", "trust.json", "--at", AT], b"");
    assert!(untold.starts_with("exit 1\n"), "{untold}");
    assert!(untold.contains("give each that is not built in by --context IRI=FILE"), "{untold}");
}
