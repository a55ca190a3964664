//! `jigap verify` of an mdoc: as its document signer handed it out, and as a device showed it in one session.

use std::path::PathBuf;

use jigap_keys::{KeyType, PrivateKey, base64url};
use jigap_platform::authority::{AltName, Authority, Profile, Root, Subject};
use jigap_platform::entropy::OsEntropy;
use jigap_wallet_core::claims::ClaimPath;
use jigap_wallet_core::cose::Header;
use jigap_wallet_core::mdoc::{ElementType, IssuerSigned, MdocBuilder, SessionTranscript, Validity};
use jigap_wallet_core::time::Seconds;
use jigap_wallet_core::trust::Mechanism;
use jigap_wallet_core::x509::Anchors;
use serde_json::json;

use super::fixtures::{NONCE, NOW, bundle_of, entry};
use super::{AT, golden, run};

const DOC_TYPE: &str = "org.iso.18013.5.1.mDL";
const NAMESPACE: &str = "org.iso.18013.5.1";
const ISSUER: &str = "https://dmv.example";
const CLIENT: &str = "x509_san_dns:gate.example";
const RESPONSE_URI: &str = "https://gate.example/response/1";

/// A licence, the key of its device, and a folder with a trust bundle in it.
struct Licence {
    issued: Vec<u8>,
    device: PrivateKey,
    folder: tempfile::TempDir,
}

fn key() -> PrivateKey {
    PrivateKey::generate(KeyType::P256, &OsEntropy)
}

impl Licence {
    fn new() -> Self {
        let root = Root {
            country: "KR",
            name: "verify",
            contact: AltName::Uri("https://dmv.example/"),
            crl: "https://dmv.example/root.crl",
            days: 3650,
        };
        let began = NOW.minus(Seconds(10_000));
        let root = Authority::root(&root, key(), began, &OsEntropy).unwrap();
        let (signer, names) = (key(), [AltName::Uri(ISSUER)]);
        let subject = Subject { profile: Profile::DocumentSigner, name: "signer", names: &names, days: 30 };
        let certificate = root.certify(&subject, signer.public(), began, &OsEntropy).unwrap();
        let device = key();
        let signed = NOW.minus(Seconds(1000));
        let until = NOW.plus(Seconds(1000));
        let validity = Validity { signed, from: signed, until, expected_update: None };
        let text = |text: &str| ElementType::Text.encode(&json!(text)).unwrap();
        let builder = MdocBuilder::new(DOC_TYPE, validity, device.public().clone())
            .element(NAMESPACE, "family_name", text("김"))
            .element(NAMESPACE, "given_name", text("지갑"));
        let header = Header::for_key(KeyType::P256).unwrap().x5chain(vec![certificate]);
        let issued = builder.build(header, &OsEntropy).sign(&signer).unwrap();
        let anchors = Anchors::new(vec![root.certificate().to_vec()]).unwrap();
        let mechanism = Mechanism::X5c { anchors, san: Vec::new() };
        let licence = Self { issued, device, folder: tempfile::tempdir().unwrap() };
        licence.put("trust.json", bundle_of(entry(ISSUER, mechanism, DOC_TYPE), &[]).as_bytes());
        licence
    }

    fn put(&self, name: &str, bytes: &[u8]) -> PathBuf {
        let path = self.folder.path().join(name);
        std::fs::write(&path, bytes).unwrap();
        path
    }

    /// What the device shows in a session.
    fn shown(&self, transcript: &SessionTranscript) -> Vec<u8> {
        let held = IssuerSigned::parse(&self.issued).unwrap().dangerous_assume_verified().unwrap();
        let name = ClaimPath::from_json(&json!([NAMESPACE, "family_name"])).unwrap();
        held.present(&[name]).unwrap().sign(transcript, &self.device).unwrap()
    }

    /// What is printed of this input.
    fn judged(&self, input: &[u8], arguments: &[&str]) -> String {
        let trust = self.folder.path().join("trust.json");
        let fixed = ["-", "--trust", trust.to_str().unwrap(), "--at", AT];
        run(&[&fixed[..], arguments].concat(), input)
    }
}

/// The arguments of the session, one of them another.
fn session<'a>(wrong: &str, other: &'a str) -> [&'a str; 6] {
    let value = |name: &str, right: &'static str| if name == wrong { other } else { right };
    [
        "--audience",
        value("audience", CLIENT),
        "--nonce",
        value("nonce", NONCE),
        "--response-uri",
        value("response-uri", RESPONSE_URI),
    ]
}

#[track_caller]
fn refused_by(printed: &str, check: &str) {
    assert!(printed.starts_with("exit 1\n") && printed.contains(&format!("✗ {check} ")), "{printed}");
}

#[track_caller]
fn accepted(printed: &str) {
    assert!(printed.starts_with("exit 0\n") && printed.contains("\naccepted\n"), "{printed}");
}

#[test]
fn an_mdoc_is_judged_as_it_was_handed_out() {
    let licence = Licence::new();
    accepted(&licence.judged(&licence.issued, &[]));
    let text = base64url::encode(&licence.issued);
    accepted(&licence.judged(format!("{text}\n").as_bytes(), &[]));
    refused_by(&licence.judged(&licence.issued, &session("", "")), "V-10");
    let mut changed = licence.issued.clone();
    let last = changed.len() - 1;
    changed[last] ^= 1;
    refused_by(&licence.judged(&changed, &[]), "V-03");
    refused_by(&licence.judged(&licence.issued[..last], &[]), "V-01");
}

#[test]
fn a_device_response_is_judged_in_its_session() {
    let licence = Licence::new();
    let transcript = SessionTranscript::openid4vp(CLIENT, NONCE, None, RESPONSE_URI);
    let shown = licence.shown(&transcript);
    accepted(&licence.judged(&shown, &session("", "")));
    accepted(&licence.judged(base64url::encode(&shown).as_bytes(), &session("", "")));
    for wrong in ["audience", "nonce", "response-uri"] {
        refused_by(&licence.judged(&shown, &session(wrong, "other")), "V-11");
    }
    let key = key().public().clone();
    let thumbprint = key.thumbprint();
    let by_key = [&session("", "")[..], &["--jwk-thumbprint", &thumbprint]].concat();
    refused_by(&licence.judged(&shown, &by_key), "V-11");
    let encrypted = SessionTranscript::openid4vp(CLIENT, NONCE, Some(&key), RESPONSE_URI);
    accepted(&licence.judged(&licence.shown(&encrypted), &by_key));
    refused_by(&licence.judged(&licence.shown(&encrypted), &session("", "")), "V-11");

    let file = licence.put("session.cbor", transcript.as_bytes());
    accepted(&licence.judged(&shown, &["--transcript", file.to_str().unwrap()]));
    let other = licence.put("other.cbor", encrypted.as_bytes());
    refused_by(&licence.judged(&shown, &["--transcript", other.to_str().unwrap()]), "V-11");
    refused_by(&licence.judged(&licence.issued, &["--transcript", file.to_str().unwrap()]), "V-10");
}

#[test]
fn a_device_mac_is_for_who_has_its_key() {
    let licence = Licence::new();
    let reader = key();
    let transcript = SessionTranscript::openid4vp(CLIENT, NONCE, Some(reader.public()), RESPONSE_URI);
    let held = IssuerSigned::parse(&licence.issued).unwrap().dangerous_assume_verified().unwrap();
    let shown =
        held.present(&[]).unwrap().authenticate(&transcript, &licence.device, reader.public()).unwrap();
    let thumbprint = reader.public().thumbprint();
    let printed =
        licence.judged(&shown, &[&session("", "")[..], &["--jwk-thumbprint", &thumbprint]].concat());
    refused_by(&printed, "V-11");
    assert!(printed.contains("no key of this verifier was offered"), "{printed}");
}

#[test]
fn without_a_session_a_devices_proof_is_said_to_be_unjudged() {
    let licence = Licence::new();
    let shown = licence.shown(&SessionTranscript::openid4vp(CLIENT, NONCE, None, RESPONSE_URI));
    let english = run(&["-", "--proof-only", "--at", AT], &shown);
    assert!(english.starts_with("exit 0\n"), "{english}");
    assert!(
        english.contains("the device's proof needs its session") && !english.contains("no holder's proof")
    );
    let korean = run(&["-", "--proof-only", "--at", AT, "--lang", "ko"], &shown);
    assert!(korean.contains("그 세션이 있어야"), "{korean}");
    let issued = run(&["-", "--proof-only", "--at", AT], &licence.issued);
    assert!(issued.starts_with("exit 0\n") && !issued.contains("session"), "{issued}");
}

#[test]
fn a_session_is_told_of_mdocs_alone() {
    let licence = Licence::new();
    let transcript = SessionTranscript::openid4vp(CLIENT, NONCE, None, RESPONSE_URI);
    let file = licence.put("session.cbor", transcript.as_bytes());
    let of_file = ["--transcript", file.to_str().unwrap()];
    for arguments in [&session("", "")[..], &of_file] {
        for other in ["shown.sd-jwt", "student.sd-jwt"] {
            let fixed = [other, "--trust", "trust.json", "--at", AT];
            let printed = run(&[&fixed[..], arguments].concat(), b"");
            assert!(printed.starts_with("exit 2\n") && printed.contains("for mdocs alone"), "{printed}");
            let printed = run(&[&fixed[..], arguments, &["--lang", "ko"]].concat(), b"");
            assert!(printed.contains("mdoc에만 쓰며"), "{printed}");
        }
    }
    // What is cut off is still an mdoc, and judged as one.
    let cut = &licence.issued[..licence.issued.len() - 1];
    refused_by(&licence.judged(cut, &of_file), "V-01");
}

#[test]
fn what_says_no_session_is_wrong_use() {
    let licence = Licence::new();
    let shown = licence.shown(&SessionTranscript::openid4vp(CLIENT, NONCE, None, RESPONSE_URI));
    let path = licence.put("shown.cbor", &shown);
    let shown = path.to_str().unwrap();
    let asked = [shown, "--trust", "trust.json", "--at", AT];
    golden("mdoc-without-session", 2, &asked, b"");
    golden("mdoc-without-session-ko", 2, &[&asked[..], &["--lang", "ko"]].concat(), b"");
    let unsent = [&asked[..], &["--audience", CLIENT, "--nonce", NONCE]].concat();
    golden("mdoc-without-session", 2, &unsent, b"");
    // No session transcript: nothing, another kind of CBOR, one under a tag.
    for bytes in [&b""[..], b"\xa0", b"\x82\xf6\xf6", b"\xd8\x18\x44\x83\xf6\xf6\xf6"] {
        let file = licence.put("no.cbor", bytes);
        let printed = run(&[&asked[..], &["--transcript", file.to_str().unwrap()]].concat(), b"");
        assert!(printed.starts_with("exit 2\n") && printed.contains("an array of three"), "{printed}");
    }
    for wrong in [
        &["--response-uri", RESPONSE_URI][..],
        &["--jwk-thumbprint", "AAAA"],
        &["--transcript", shown, "--nonce", NONCE],
        &["--proof-only", "--transcript", shown],
    ] {
        let printed = run(&[&[shown, "--trust", "trust.json"], wrong].concat(), b"");
        assert!(printed.starts_with("exit 2\n"), "{printed}");
    }
}
