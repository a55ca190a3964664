//! The rules of status lists that are credentials, each with what breaks it.

use jigap_keys::{KeyType, PrivateKey, base64url};
use serde_json::{Map, json};

use super::*;
use crate::did::jwk_did;
use crate::jose::sign;
use crate::status::bitstring::ListCredential;
use crate::testing::Repeatable;

const URI: &str = "https://example.com/credentials/status/3";
const NOW: Timestamp = Timestamp::from_unix(1_700_000_000);
const ONE: StatusSize = StatusSize::ONE;

fn key() -> PrivateKey {
    PrivateKey::generate(KeyType::Ed25519, &Repeatable::new(1))
}

fn did() -> String {
    jwk_did(key().public())
}

fn header() -> Header {
    Header::for_key(key().public()).unwrap().kid(format!("{}#0", did()))
}

/// A list for revocation in which places 0 and 94567 are set.
fn said() -> ListCredential {
    let mut list = Bitstring::new(0, ONE);
    for index in [0, 94567] {
        list.set(index, ONE, 1).unwrap();
    }
    ListCredential {
        uri: URI.to_owned(),
        issuer: did(),
        purposes: vec![StatusPurpose::Revocation],
        issued_at: NOW.minus(Seconds(100)),
        expires: Some(NOW.plus(Seconds(3600))),
        ttl: Some(Seconds(300)),
        list,
    }
}

/// The list with one member set, or removed where `value` is null. A name with a point is one of the subject's.
fn changed(name: &str, value: Value) -> Map<String, Value> {
    let mut credential = said().document();
    let (target, name) = match name.split_once('.') {
        Some((_, name)) => (credential["credentialSubject"].as_object_mut().unwrap(), name),
        None => (&mut credential, name),
    };
    match value {
        Value::Null => drop(target.remove(name)),
        value => drop(target.insert(name.to_owned(), value)),
    }
    credential
}

fn jwt(credential: &Map<String, Value>) -> String {
    sign(&header().typ("vc+jwt"), &Value::Object(credential.clone()), &key()).unwrap()
}

fn verify(text: &str) -> Result<VerifiedBitstring, Refusal> {
    let list = UnverifiedList::read(text.as_bytes(), Contexts::built_in())?;
    list.verify((&did(), key().public().clone()), URI, &Documents::new(), NOW)
}

fn refused(credential: &Map<String, Value>) -> Check {
    verify(&jwt(credential)).unwrap_err().check
}

fn entry(purpose: &str, index: u64) -> StatusEntry {
    StatusEntry::new(StatusPurpose::of(purpose), index, URI).unwrap()
}

/// The ways a list can be secured.
fn secured(said: &ListCredential) -> Vec<String> {
    let jwt = said.unsigned_jwt(header()).unwrap().sign(&key()).unwrap();
    #[cfg(feature = "ldp")]
    {
        let unsigned = said
            .unsigned_document(&format!("{}#0", did()), (key().public().key_type(), Contexts::built_in()))
            .unwrap();
        vec![jwt, unsigned.sign(&key()).unwrap().to_string()]
    }
    #[cfg(not(feature = "ldp"))]
    vec![jwt]
}

#[test]
fn a_signed_list_answers_for_each_of_its_places() {
    for text in secured(&said()) {
        let list = verify(&text).unwrap();
        assert_eq!((list.signed_by(), list.issuer()), (key().public(), did().as_str()));
        assert_eq!((list.purposes(), list.ttl()), (&[StatusPurpose::Revocation][..], Some(Seconds(300))));
        let fetched = NOW.minus(Seconds(5));
        let answer = list.status(&entry("revocation", 94567), fetched, NOW).unwrap();
        let times = ListTimes {
            as_of: fetched,
            issued_at: Some(NOW.minus(Seconds(100))),
            expires: Some(NOW.plus(Seconds(3600))),
            ttl: Some(Seconds(300)),
        };
        assert_eq!(answer, EntryAnswer { value: 1, times });
        assert_eq!(list.status(&entry("revocation", 1), fetched, NOW).unwrap().value, 0);
        assert!(list.is_fresh(fetched, NOW, None) && !list.is_fresh(fetched, NOW, Some(Seconds(0))));
        assert!(!list.is_fresh(NOW, NOW.plus(Seconds(3600)), Some(Seconds(9999))), "it has ended");
    }
}

#[test]
fn a_list_may_serve_several_purposes_and_leave_out_what_is_optional() {
    let bare = ListCredential {
        purposes: vec![StatusPurpose::Revocation, StatusPurpose::Suspension],
        expires: None,
        ttl: None,
        ..said()
    };
    for text in secured(&bare) {
        let list = verify(&text).unwrap();
        for purpose in ["revocation", "suspension"] {
            assert_eq!(list.status(&entry(purpose, 0), NOW, NOW).unwrap().value, 1);
        }
        assert_eq!(list.ttl(), None);
    }
    for absent in ["id", "validFrom", "validUntil", "credentialSubject.id", "credentialSubject.ttl"] {
        assert!(verify(&jwt(&changed(absent, Value::Null))).is_ok(), "{absent}");
    }
}

/// §2.2, the example, signed by us: its list and all else as they are.
#[test]
fn the_example_of_the_specification_is_read() {
    let credential = json!({
        "@context": ["https://www.w3.org/ns/credentials/v2"],
        "id": URI,
        "type": ["VerifiableCredential", "BitstringStatusListCredential"],
        "issuer": did(),
        "validFrom": "2021-04-05T14:27:40Z",
        "credentialSubject": {
            "id": "https://example.com/status/3#list",
            "type": "BitstringStatusList",
            "statusPurpose": "revocation",
            "encodedList": "uH4sIAAAAAAAAA-3BMQEAAADCoPVPbQwfoAAAAAAAAAAAAAAAAAAAAIC3AYbSVKsAQAAA"
        }
    });
    let list = verify(&jwt(credential.as_object().unwrap())).unwrap();
    assert_eq!(list.status(&entry("revocation", 94567), NOW, NOW).unwrap().value, 0);
}

#[test]
fn bs_02_what_is_no_list_is_refused() {
    for text in ["", "{", "{}", "[]", "a.b.c", "\u{FEFF}{}", "not a list"] {
        assert_eq!(verify(text).unwrap_err().check, CREDENTIAL, "{text}");
    }
    assert_eq!(UnverifiedList::read(&[0xFF], Contexts::built_in()).unwrap_err().check, CREDENTIAL);
    let mut older = changed("@context", json!(["https://www.w3.org/2018/credentials/v1"]));
    older.insert("issuanceDate".to_owned(), json!("2021-04-05T14:27:40Z"));
    for broken in [
        older,
        changed("@context", json!(["https://example.com/c"])),
        changed("type", json!(["VerifiableCredential"])),
        changed("type", json!(["BitstringStatusListCredential"])),
        changed("credentialSubject", json!([])),
        changed(
            "credentialSubject",
            json!([{"type": "BitstringStatusList"}, {"type": "BitstringStatusList"}]),
        ),
        changed("credentialSubject.type", json!("StatusList2021")),
        changed("credentialSubject.type", json!(null)),
        changed("credentialSubject.statusPurpose", json!(null)),
        changed("credentialSubject.statusPurpose", json!([])),
        changed("credentialSubject.statusPurpose", json!(["revocation", 1])),
        changed("credentialSubject.statusSize", json!(0)),
        changed("credentialSubject.statusSize", json!("1")),
        changed("validUntil", json!("soon")),
    ] {
        assert_eq!(refused(&broken), CREDENTIAL, "{broken:?}");
    }
    // A Token Status List is no such list, and neither is a credential of the older model.
    for typ in ["JWT", "statuslist+jwt", "vc+sd-jwt", "dc+sd-jwt"] {
        let text = sign(&header().typ(typ), &Value::Object(said().document()), &key()).unwrap();
        assert_eq!(verify(&text).unwrap_err().check, CREDENTIAL, "{typ}");
    }
    let inner = json!({"vc": said().document(), "iss": did(), "nbf": 1});
    let text = sign(&header().typ("JWT"), &inner, &key()).unwrap();
    assert_eq!(verify(&text).unwrap_err().check, CREDENTIAL);
}

#[test]
fn bs_03_a_list_that_its_issuer_did_not_sign_is_refused() {
    let thief = PrivateKey::generate(KeyType::Ed25519, &Repeatable::new(2));
    let forged = sign(&header().typ("vc+jwt"), &Value::Object(said().document()), &thief).unwrap();
    assert_eq!(verify(&forged).unwrap_err().check, SIGNATURE);
    assert_eq!(refused(&changed("issuer", json!("did:example:other"))), SIGNATURE, "another issuer's list");
    let other = PrivateKey::generate(KeyType::P256, &Repeatable::new(2));
    let list = UnverifiedList::read(jwt(&said().document()).as_bytes(), Contexts::built_in()).unwrap();
    let refusal = list.verify((&did(), other.public().clone()), URI, &Documents::new(), NOW).unwrap_err();
    assert_eq!(refusal.check, SIGNATURE, "a key of another type");
}

#[cfg(feature = "ldp")]
#[test]
fn bs_03_a_list_whose_proof_does_not_hold_is_refused() {
    let document: Value = serde_json::from_str(&secured(&said())[1]).unwrap();
    assert!(verify(&document.to_string()).is_ok());
    let mut revoked = Bitstring::new(0, ONE);
    revoked.set(5, ONE, 1).unwrap();
    for (pointer, value) in [
        ("/credentialSubject/encodedList", json!(revoked.encode())),
        ("/credentialSubject/statusPurpose", json!("suspension")),
        ("/validUntil", json!("2035-01-01T00:00:00Z")),
        ("/id", json!("https://example.com/credentials/status/4")),
        ("/proof/created", json!("2035-01-01T00:00:00Z")),
        ("/proof/proofPurpose", json!("authentication")),
    ] {
        let mut forged = document.clone();
        *forged.pointer_mut(pointer).unwrap() = value;
        assert_eq!(verify(&forged.to_string()).unwrap_err().check, SIGNATURE, "{pointer}");
    }
    let mut unsigned = document.clone();
    unsigned.as_object_mut().unwrap().remove("proof");
    assert_eq!(verify(&unsigned.to_string()).unwrap_err().check, CREDENTIAL, "without a proof");
    let mut older = document;
    older["@context"] = json!(["https://www.w3.org/2018/credentials/v1"]);
    assert_eq!(verify(&older.to_string()).unwrap_err().check, CREDENTIAL);
}

#[test]
fn bs_04_another_list_is_refused() {
    for id in ["https://example.com/credentials/status/4", "https://example.com/credentials/status/3#list"] {
        assert_eq!(refused(&changed("id", json!(id))), LIST, "{id}");
    }
    let list = verify(&jwt(&said().document())).unwrap();
    let other = StatusEntry::new(StatusPurpose::Revocation, 1, "https://example.com/credentials/status/4");
    assert_eq!(list.status(&other.unwrap(), NOW, NOW).unwrap_err().check, LIST);
}

#[test]
fn bs_05_a_list_that_has_ended_is_refused() {
    for end in [NOW, NOW.minus(Seconds(1)), Timestamp::from_unix(0)] {
        let old = ListCredential { issued_at: Timestamp::from_unix(0), expires: Some(end), ..said() };
        for text in secured(&old) {
            assert_eq!(verify(&text).unwrap_err().check, NOT_ENDED, "{end}");
        }
    }
    assert_eq!(refused(&changed("exp", json!(NOW.unix()))), NOT_ENDED, "as JWT it may end earlier");
    let list = verify(&secured(&said())[0]).unwrap();
    let later = NOW.plus(Seconds(3600));
    assert_eq!(
        list.status(&entry("revocation", 1), NOW, later).unwrap_err().check,
        NOT_ENDED,
        "kept too long"
    );
}

#[test]
fn bs_06_a_list_from_the_future_is_refused() {
    let at = |seconds| ListCredential { issued_at: NOW.plus(Seconds(seconds)), ..said() };
    for text in secured(&at(60)) {
        assert!(verify(&text).is_ok(), "within the clock's skew");
    }
    for text in secured(&at(61)) {
        assert_eq!(verify(&text).unwrap_err().check, NOT_FROM_THE_FUTURE);
    }
    assert_eq!(refused(&changed("nbf", json!(NOW.unix() + 61))), NOT_FROM_THE_FUTURE);
    let list = verify(&secured(&said())[0]).unwrap();
    let before = NOW.minus(Seconds(161));
    assert_eq!(list.status(&entry("revocation", 1), NOW, before).unwrap_err().check, NOT_FROM_THE_FUTURE);
}

#[test]
fn bs_07_a_list_for_another_purpose_or_size_is_refused() {
    let list = verify(&jwt(&said().document())).unwrap();
    for purpose in ["suspension", "message", "refresh", "Revocation", ""] {
        assert_eq!(list.status(&entry(purpose, 1), NOW, NOW).unwrap_err().check, PURPOSE, "{purpose}");
    }
    let sized = verify(&jwt(&changed("credentialSubject.statusSize", json!(2)))).unwrap();
    assert_eq!(sized.status(&entry("revocation", 1), NOW, NOW).unwrap_err().check, PURPOSE);
    let sized = verify(&jwt(&changed("credentialSubject.statusSize", json!(1)))).unwrap();
    assert!(sized.status(&entry("revocation", 1), NOW, NOW).is_ok());
}

#[test]
fn bs_08_a_malformed_list_is_refused() {
    let encoded = said().list.encode();
    for broken in [
        json!(null),
        json!(7),
        json!(""),
        json!("u"),
        json!(&encoded[1..]),
        json!(format!("z{}", &encoded[1..])),
        json!(format!("{encoded}A")),
        json!(&encoded[..encoded.len() - 4]),
        json!(format!("u{}", base64url::encode([0; 16 * 1024]))),
    ] {
        assert_eq!(refused(&changed("credentialSubject.encodedList", broken.clone())), ENCODING, "{broken}");
    }
}

#[test]
fn bs_09_a_decompression_bomb_is_refused() {
    let bomb = Bitstring::from_bytes(vec![0; Bitstring::MAX_BYTES + 1]);
    let text = jwt(&changed("credentialSubject.encodedList", json!(bomb.encode())));
    assert!(text.len() < 20_000);
    assert_eq!(verify(&text).unwrap_err().check, BOUND);
    let largest = Bitstring::from_bytes(vec![0; Bitstring::MAX_BYTES]);
    assert!(verify(&jwt(&changed("credentialSubject.encodedList", json!(largest.encode())))).is_ok());
}

#[test]
fn bs_10_a_list_that_is_too_short_is_refused() {
    let gzip = |bytes: usize| format!("u{}", base64url::encode(super::super::gzip::gzip(&vec![0; bytes])));
    let of = |bytes| verify(&jwt(&changed("credentialSubject.encodedList", json!(gzip(bytes))))).unwrap();
    for bytes in [0, 1, 16 * 1024 - 1] {
        let list = of(bytes);
        assert_eq!(list.status(&entry("revocation", 0), NOW, NOW).unwrap_err().check, LENGTH, "{bytes}");
    }
    let two = StatusSize::new(2).unwrap();
    let words = ["a", "b", "c", "d"].map(str::to_owned).to_vec();
    let wide = entry("revocation", 0).with_messages(two, words).unwrap();
    assert_eq!(of(16 * 1024).status(&wide, NOW, NOW).unwrap_err().check, LENGTH, "half as many of two bits");
    assert!(of(32 * 1024).status(&wide, NOW, NOW).is_ok());
}

#[test]
fn bs_11_an_index_outside_the_list_is_refused() {
    let list = verify(&jwt(&said().document())).unwrap();
    assert!(list.status(&entry("revocation", 131_071), NOW, NOW).is_ok());
    for index in [131_072, u64::MAX / 2, u64::MAX] {
        assert_eq!(list.status(&entry("revocation", index), NOW, NOW).unwrap_err().check, INDEX, "{index}");
    }
}

#[test]
fn bs_12_a_ttl_that_is_no_number_is_refused() {
    for (ttl, seconds) in [
        (json!(300_000), 300),
        (json!("300000"), 300),
        (json!(0), 0),
        (json!(999), 0),
        (json!(u64::MAX), u32::MAX),
    ] {
        let list = verify(&jwt(&changed("credentialSubject.ttl", ttl.clone()))).unwrap();
        assert_eq!(list.ttl(), Some(Seconds(seconds)), "{ttl}");
    }
    for ttl in [json!(-1), json!(1.5), json!(""), json!("5m"), json!("-1"), json!([300]), json!({})] {
        assert_eq!(refused(&changed("credentialSubject.ttl", ttl.clone())), TTL, "{ttl}");
    }
}
