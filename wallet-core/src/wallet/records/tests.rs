//! The stored forms, word for word: a wallet that an earlier Jigap wrote must be read. Whoever changes a form adds its new
//! words here and leaves the old ones, which are read for ever.

use serde::de::DeserializeOwned;
use serde_json::{Value, json};

use super::*;

/// Reads the stored form and writes it again, which must give `written`.
#[track_caller]
fn reads<T: Serialize + DeserializeOwned>(stored: &Value, written: &Value) {
    let record: T = serde_json::from_value(stored.clone()).unwrap();
    assert_eq!(serde_json::to_value(&record).unwrap(), *written);
}

#[test]
fn a_held_credential_of_version_1() {
    let stored = json!({
        "id": "c1", "vct": "https://jigap.example/types/student-id/1", "issuer": "https://uni.example",
        "name": ["학생증", null], "received": 1_800_000_000, "expires": 1_900_000_000, "copies": 10, "unused": 9,
    });
    // It had no place among those held.
    let mut written = stored.clone();
    written["number"] = json!(0);
    reads::<Held>(&stored, &written);
    written["blind"] = json!(true);
    reads::<Held>(&written, &written);
}

#[test]
fn a_copy_of_version_1() {
    let unused = json!({"credential": "a.b.c~", "key": "{}", "spent": null});
    reads::<Copy>(&unused, &unused);
    let reserved =
        json!({"credential": "a.b.c~", "key": "{}", "spent": 1_800_000_000, "reserved": 1_800_000_001});
    reads::<Copy>(&reserved, &reserved);
    let pass = json!({
        "format": "jigap_pass", "credential": "hA", "key": "{}", "spent": 1_800_000_000, "venue": "AAAA",
    });
    reads::<Copy>(&pass, &pass);
}

#[test]
fn an_acceptance_under_way_of_version_1() {
    let stored = json!({
        "issuer": "https://uni.example", "configuration": "StudentId",
        "vct": "https://jigap.example/types/student-id/1", "name": [null, "Student ID"],
        "credential_endpoint": "https://uni.example/credential", "nonce_endpoint": "https://uni.example/nonce",
        "notification_endpoint": null, "access_token": "token", "keys": ["{}"],
    });
    reads::<Intent>(&stored, &stored);
    let mut scoped = stored.clone();
    (scoped["scoped"], scoped["scoped_only"]) = (json!(true), json!(true));
    scoped["directory"] = json!({"credential": "c1", "directory": "people.example", "blind": "AAAA"});
    reads::<Intent>(&scoped, &scoped);
    let mut blind = stored;
    (blind["blind"], blind["blindings"]) = (json!(true), json!(["AAAA"]));
    reads::<Intent>(&blind, &blind);
}

#[test]
fn a_notice_of_version_1() {
    let stored = json!({
        "endpoint": "https://uni.example/notification", "access_token": "token", "notification_id": "n1",
    });
    reads::<Notice>(&stored, &stored);
    let mut failed = stored;
    failed["failed"] = json!(true);
    reads::<Notice>(&failed, &failed);
}

#[test]
fn an_event_of_version_1() {
    for kind in ["received", "presented", "deleted"] {
        let stored = json!({
            "at": 1_800_000_000, "kind": kind, "with": "https://gate.example",
            "vct": "https://jigap.example/types/student-id/1", "claims": [["enrolment_status"], ["roles", null, 1]],
        });
        reads::<Event>(&stored, &stored);
    }
}

/// Since there are entry logs: what was shown to a venue says where.
#[test]
fn an_event_at_a_gate_says_where() {
    let stored = json!({
        "at": 1_800_000_000, "kind": "presented", "with": "Museum · North", "vct": "urn:jigap:pass:entry",
        "claims": [["age_over_19"]],
        "visit": {"venue": "AAAA", "name": "Museum", "gate": "North", "pass": "BBBB"},
    });
    reads::<Event>(&stored, &stored);
}

/// Since there are other formats: those of version 1 do not name theirs.
#[test]
fn forms_of_w3c_credentials_name_their_format() {
    let held = json!({
        "id": "c1", "format": "jwt_vc_json", "types": ["https://jigap.example/types/student-id/1#StudentId"],
        "issuer": "https://uni.example", "name": ["학생증", null], "received": 1_800_000_000, "expires": null,
        "copies": 10, "unused": 9, "number": 3,
    });
    reads::<Held>(&held, &held);
    for format in ["jwt_vc_json", "ldp_vc", "mso_mdoc"] {
        let copy = json!({"format": format, "credential": "a.b.c", "key": "{}", "spent": null});
        reads::<Copy>(&copy, &copy);
        let intent = json!({
            "issuer": "https://uni.example", "configuration": "StudentId", "format": format,
            "types": ["VerifiableCredential", "StudentId"], "name": [null, null],
            "credential_endpoint": "https://uni.example/credential", "nonce_endpoint": null,
            "notification_endpoint": null, "access_token": null, "keys": ["{}"],
        });
        reads::<Intent>(&intent, &intent);
    }
    let mut mdoc = held.clone();
    (mdoc["format"], mdoc["types"]) = (json!("mso_mdoc"), json!(["org.iso.18013.5.1.mDL"]));
    reads::<Held>(&mdoc, &mdoc);
    let mut other = held;
    other["format"] = json!("ac_vp");
    assert!(serde_json::from_value::<Held>(other).is_err());
}

#[test]
fn contexts_of_version_1() {
    let stored =
        json!({"version": 1, "documents": [["https://types.example/c.jsonld", "{\"@context\": {}}"]]});
    reads::<super::super::vocabulary::Vocabulary>(&stored, &stored);
}
