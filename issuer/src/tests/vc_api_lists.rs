//! Statuses of what the VC API's instances sign: given out, published, changed, and only by who gave them out.

use axum::body::Body;
use jigap_platform::http::ClientAddress;
use jigap_wallet_core::contexts::Contexts;
use jigap_wallet_core::documents::{Document, Documents};
use jigap_wallet_core::judge::{Policy, Unasked};
use jigap_wallet_core::ports::KeyRange;
use jigap_wallet_core::status::bitstring::{Bitstring, StatusEntry};
use jigap_wallet_core::time::Seconds;
use tower::ServiceExt as _;

use super::*;

const JSON: [(&str, &str); 1] = [("content-type", "application/json")];
const POLICY: &str = "proof and status; trust not asked";
const WITH_LISTS: [&str; 4] = ["eddsa", "p384-jcs", "sd", "jwt"];
const MESSAGES: [&str; 4] = ["in force", "under review", "to be renewed", "address unknown"];

async fn lab() -> Lab {
    Lab::configured(Faults::none(), |config| {
        config["vc_api"] = json!({
            "eddsa": {"cryptosuite": "eddsa-rdfc-2022", "key_type": "Ed25519", "status": true},
            "p384-jcs": {"cryptosuite": "ecdsa-jcs-2019", "key_type": "P-384", "status": true},
            "sd": {"cryptosuite": "ecdsa-sd-2023", "key_type": "P-256", "status": true},
            "jwt": {"cryptosuite": "vc+jwt", "status": true},
            "without": {"cryptosuite": "eddsa-rdfc-2022", "key_type": "Ed25519"},
            "all": {
                "cryptosuite": "eddsa-rdfc-2022", "key_type": "Ed25519",
                "status": ["message", "suspension", "revocation"], "status_messages": MESSAGES,
            },
            "sd-all": {
                "cryptosuite": "ecdsa-sd-2023", "key_type": "P-256", "status": ["revocation", "suspension"],
            },
        });
    })
    .await
}

fn credential() -> Value {
    json!({
        "@context": ["https://www.w3.org/ns/credentials/v2"],
        "type": ["VerifiableCredential"],
        "credentialSubject": {"id": "did:example:subject", "name": "Kim Jigap"},
    })
}

impl Lab {
    async fn post(&self, instance: &str, what: &str, body: &Value) -> Answer {
        let path = format!("/vc-api/{instance}/credentials/{what}");
        let body = self.as_own(instance, body).await;
        self.send("POST", &path, &JSON, &body.to_string()).await
    }

    /// A credential as a verifier sees it, and its status.
    async fn issued(&self, instance: &str) -> (Value, Value) {
        let answer = self.post(instance, "issue", &json!({"credential": credential()})).await;
        assert_eq!(answer.status, 201, "{answer:?}");
        let secured = answer.json()["verifiableCredential"].clone();
        if instance.starts_with("sd") {
            let shown = self.post(instance, "derive", &json!({"verifiableCredential": secured})).await;
            let shown = shown.json()["verifiableCredential"].clone();
            return (shown.clone(), shown["credentialStatus"].clone());
        }
        let status = match secured["id"].as_str() {
            Some(envelope) => {
                let payload = envelope.split('.').nth(1).unwrap();
                let claims = jigap_keys::base64url::decode(payload).unwrap();
                serde_json::from_slice::<Value>(&claims).unwrap()["credentialStatus"].clone()
            }
            None => secured["credentialStatus"].clone(),
        };
        (secured, status)
    }

    async fn set(&self, instance: &str, status: &Value, to: impl Into<Value>) -> Answer {
        self.post(instance, "status", &json!({"credentialStatus": status, "status": to.into()})).await
    }

    async fn published(&self, status: &Value, accept: &str) -> Answer {
        let path = status["statusListCredential"].as_str().unwrap().strip_prefix(BASE).unwrap();
        let list = self.send("GET", path, &[("accept", accept)], "").await;
        assert_eq!(list.status, 200, "{list:?}");
        list
    }

    /// How many places of an instance were given out.
    async fn taken(&self, instance: &str) -> usize {
        let all = KeyRange::prefix(format!("issuer/vc-api/{instance}/"));
        let kept = self.world.store.begin().await.unwrap().range(&all, 10_000).await.unwrap();
        kept.iter().filter(|(key, _)| String::from_utf8_lossy(key).contains("/taken/")).count()
    }

    /// What refuses a credential that a verifier judges now, by the lists as they are published now.
    async fn refused_by_list(&self, credential: &Value, status: &Value) -> Vec<&'static str> {
        let mut documents = Documents::new();
        for status in StatusEntry::all(status).unwrap() {
            let list = self.published(status, "*/*").await;
            let document = Document { bytes: list.bytes, fetched_at: self.clock.now(), max_age: None };
            let uri = status["statusListCredential"].as_str().unwrap();
            documents.insert(Url::parse(uri).unwrap(), document);
        }
        let how =
            Unasked { contexts: Contexts::built_in(), now: self.clock.now(), policy: Policy::default() };
        let verdict = how.credential(credential.clone()).judge(&documents);
        assert_eq!(verdict.holds(), verdict.refusals().next().is_none());
        verdict.refusals().map(|refusal| refusal.check.id).collect()
    }
}

#[tokio::test]
async fn what_an_instance_signed_is_revoked_for_good() {
    let mut lab = lab().await;
    for instance in WITH_LISTS {
        let (credential, status) = lab.issued(instance).await;
        let (other, its_status) = lab.issued(instance).await;
        assert_ne!(status, its_status, "{instance}");
        assert_eq!(lab.set(instance, &status, false).await.status, 200, "it is not revoked");
        assert_eq!(lab.refused_by_list(&credential, &status).await, [""; 0], "{instance}");
        let changed = lab.set(instance, &status, true).await;
        assert_eq!((changed.status, changed.json()), (200, json!({"status": true, "policy": POLICY})));
        assert_eq!(lab.refused_by_list(&credential, &status).await, ["V-08"], "{instance}");
        assert_eq!(lab.refused_by_list(&other, &its_status).await, [""; 0], "{instance}");
        lab.restart().await;
        assert_eq!(lab.refused_by_list(&credential, &status).await, ["V-08"], "{instance}");
        assert_eq!(lab.set(instance, &status, true).await.status, 200, "it is revoked already");
        let taken_back = lab.set(instance, &status, false).await;
        assert_eq!(taken_back.refusal(), (400, "revoked-for-good".to_owned()), "{instance}");
        assert_eq!(lab.refused_by_list(&credential, &status).await, ["V-08"], "{instance}");
    }
}

/// VC-BITSTRING-STATUS-LIST §2.1: one purpose says nothing of another; a message does not end a credential.
#[tokio::test]
async fn each_purpose_is_changed_by_itself() {
    let lab = lab().await;
    let (credential, status) = lab.issued("all").await;
    let entries = StatusEntry::all(&status).unwrap().to_vec();
    let read: Vec<StatusEntry> =
        entries.iter().map(|entry| StatusEntry::read(entry).unwrap().unwrap()).collect();
    assert_eq!(
        read.iter().map(|entry| entry.purpose().as_str()).collect::<Vec<_>>(),
        ["revocation", "suspension", "message"]
    );
    assert_eq!([0, 1, 2, 3].map(|value| read[2].message(value)), MESSAGES);
    assert_eq!(read.iter().map(|entry| entry.size().get()).collect::<Vec<_>>(), [1, 1, 2]);
    let values = async || {
        let mut values = Vec::new();
        for (json, entry) in entries.iter().zip(&read) {
            let list = lab.published(json, "*/*").await.json();
            assert_eq!(list["credentialSubject"]["statusPurpose"], json["statusPurpose"]);
            let bits = list["credentialSubject"]["encodedList"].as_str().unwrap();
            let bits = Bitstring::decode(bits, Bitstring::MAX_BYTES).unwrap();
            values.push(bits.get(entry.index(), entry.size()).unwrap());
        }
        values
    };
    let steps: [(usize, Value, [u64; 3], &[&str]); 7] = [
        (1, json!(false), [0, 0, 0], &[]),
        (1, json!(true), [0, 1, 0], &["V-08"]),
        (2, json!(2), [0, 1, 2], &["V-08"]),
        (1, json!(false), [0, 0, 2], &[]),
        (2, json!(3), [0, 0, 3], &[]),
        (0, json!(true), [1, 0, 3], &["V-08"]),
        (2, json!(0), [1, 0, 0], &["V-08"]),
    ];
    for (entry, to, wanted, refused) in steps {
        let changed = lab.set("all", &entries[entry], to.clone()).await;
        assert_eq!((changed.status, changed.json()), (200, json!({"status": to, "policy": POLICY})));
        assert_eq!(values().await, wanted);
        assert_eq!(lab.refused_by_list(&credential, &status).await, refused);
    }
    for (entry, to) in [(0, json!(0)), (1, json!(1)), (2, json!(4)), (2, json!(true)), (2, json!(255))] {
        let refused = lab.set("all", &entries[entry], to.clone()).await;
        assert_eq!(refused.refusal(), (400, "wrong-status".to_owned()), "{to} of {entry}");
    }
    for to in [json!(256), json!(-1), json!("1"), json!(null), json!(0.5)] {
        assert_eq!(lab.set("all", &entries[2], to).await.refusal(), (400, "unexpected-json".to_owned()));
    }
    let mut mixed = entries[0].clone();
    mixed["statusPurpose"] = json!("suspension");
    assert_eq!(lab.set("all", &mixed, true).await.refusal(), (400, "other-status".to_owned()));
}

#[tokio::test]
async fn a_holder_withholds_none_of_several_statuses() {
    let lab = lab().await;
    let (shown, status) = lab.issued("sd-all").await;
    let entries = StatusEntry::all(&status).unwrap();
    assert_eq!(entries.len(), 2);
    assert_eq!(lab.refused_by_list(&shown, &status).await, [""; 0]);
    for entry in entries {
        assert_eq!(lab.set("sd-all", entry, true).await.status, 200);
        assert_eq!(lab.refused_by_list(&shown, &status).await, ["V-08"]);
        lab.set("sd-all", entry, false).await;
    }
    let mut less = shown.clone();
    less["credentialStatus"] = entries[1].clone();
    assert_eq!(lab.refused_by_list(&less, &entries[1]).await, ["V-03"]);
}

#[tokio::test]
async fn a_list_is_served_from_memory_and_to_everybody() {
    let lab = lab().await;
    let (_, status) = lab.issued("eddsa").await;
    let first = lab.published(&status, "*/*").await;
    assert_eq!(first.headers["cache-control"], "max-age=300");
    assert_eq!(first.headers["vary"], "accept");
    assert_eq!(first.headers["access-control-allow-origin"], "*");
    lab.clock.advance(Seconds(149));
    // Giving a place out says nothing about anybody: the list stays as it is.
    let (_, other) = lab.issued("eddsa").await;
    // More often than anybody may have something signed.
    let path = other["statusListCredential"].as_str().unwrap().strip_prefix(BASE).unwrap();
    for _ in 0..1000 {
        let request = axum::http::Request::get(path).extension(ClientAddress([192, 0, 2, 1].into()));
        let Ok(answer) = lab.app.clone().oneshot(request.body(Body::empty()).unwrap()).await;
        assert_eq!(answer.status(), 200);
    }
    assert_eq!(lab.published(&other, "*/*").await.text, first.text);
    assert_eq!(lab.set("eddsa", &other, false).await.status, 200);
    assert_eq!(lab.published(&status, "*/*").await.text, first.text, "nothing changed");
    assert_eq!(lab.set("eddsa", &other, true).await.status, 200);
    let changed = lab.published(&status, "*/*").await;
    assert_ne!(changed.text, first.text, "at once");
    lab.clock.advance(Seconds(150));
    assert_ne!(lab.published(&status, "*/*").await.text, changed.text, "after half its ttl");
    for (accept, called) in [
        ("", "application/vc"),
        ("application/ld+json, application/json", "application/ld+json"),
        ("application/json;q=0.9", "application/json"),
        ("text/html", "application/vc"),
        ("application/ld+json, application/vc;q=0.5", "application/vc"),
    ] {
        let list = lab.published(&status, accept).await;
        assert_eq!(list.headers["content-type"], called, "{accept}");
    }
    let (_, status) = lab.issued("jwt").await;
    let list = lab.published(&status, "application/json").await;
    assert_eq!(list.headers["content-type"], "application/vc+jwt");
}

#[tokio::test]
async fn what_is_refused_takes_no_place() {
    let lab = lab().await;
    let mut ended = credential();
    (ended["validFrom"], ended["validUntil"]) =
        (json!("2028-01-01T00:00:00Z"), json!("2027-01-01T00:00:00Z"));
    let mut undefined = credential();
    undefined["credentialSubject"]["undefined"] = json!(1);
    for instance in ["eddsa", "p384-jcs", "sd", "jwt", "all"] {
        for credential in [&ended, &undefined] {
            let refused = lab.post(instance, "issue", &json!({"credential": credential})).await;
            assert_eq!(refused.refusal(), (400, "credential-refused".to_owned()), "{instance}");
        }
    }
    let options = json!({"mandatoryPointers": ["/nowhere"]});
    let refused = lab.post("sd", "issue", &json!({"credential": credential(), "options": options})).await;
    assert_eq!(refused.refusal(), (400, "credential-refused".to_owned()));
    for (instance, places) in [("eddsa", 1), ("p384-jcs", 1), ("sd", 1), ("jwt", 1), ("all", 3)] {
        assert_eq!(lab.taken(instance).await, 0, "{instance}");
        lab.issued(instance).await;
        assert_eq!(lab.taken(instance).await, places, "{instance}");
    }
}

#[tokio::test]
async fn lists_stay_when_their_purpose_is_given_no_more() {
    let mut lab = lab().await;
    let (credential, status) = lab.issued("all").await;
    let suspension = StatusEntry::all(&status).unwrap()[1].clone();
    let less = json!({"cryptosuite": "eddsa-rdfc-2022", "key_type": "Ed25519", "status": true});
    lab.config.vc_api.insert("all".to_owned(), serde_json::from_value(less).unwrap());
    lab.restart().await;
    assert_eq!(lab.refused_by_list(&credential, &status).await, [""; 0]);
    assert_eq!(lab.set("all", &suspension, true).await.status, 200);
    assert_eq!(lab.refused_by_list(&credential, &status).await, ["V-08"]);
    assert_eq!(lab.issued("all").await.1["statusPurpose"], "revocation");

    let none = json!({"cryptosuite": "eddsa-rdfc-2022", "key_type": "Ed25519"});
    lab.config.vc_api.insert("all".to_owned(), serde_json::from_value(none).unwrap());
    lab.restart().await;
    assert_eq!(lab.refused_by_list(&credential, &status).await, ["V-08"], "and with no purpose at all");
    assert_eq!(lab.set("all", &suspension, false).await.status, 200);
    assert_eq!(lab.refused_by_list(&credential, &status).await, [""; 0]);
    let body = json!({"credential": self::credential()});
    let issued = lab.post("all", "issue", &body).await.json()["verifiableCredential"].clone();
    assert_eq!(issued.get("credentialStatus"), None);
}

#[tokio::test]
async fn a_status_for_messages_has_four_of_them_and_no_other_has_any() {
    let lab = Lab::new().await;
    for (status, messages) in [
        (json!(["message"]), json!([])),
        (json!(["message"]), json!(["a", "b"])),
        (json!(["message"]), json!(["a", "b", "c", "d", "e"])),
        (json!(["revocation"]), json!(MESSAGES)),
        (json!(true), json!(MESSAGES)),
    ] {
        let one = json!({"cryptosuite": "vc+jwt", "status": status, "status_messages": messages});
        let config = serde_json::from_value(json!({"vc_api": {"one": one}})).unwrap();
        let base = Url::parse(BASE).unwrap();
        let refused = assembly::open(&config, &base, &lab.vault, lab.world.clone()).await.err().unwrap();
        assert!(refused.to_string().starts_with("issuer.vc_api.one: status_messages"), "{refused}");
    }
    for status in [json!(["refresh"]), json!("revocation"), json!(1)] {
        let one = json!({"vc_api": {"one": {"cryptosuite": "vc+jwt", "status": status}}});
        assert!(serde_json::from_value::<IssuerConfig>(one).is_err(), "{status}");
    }
}

#[tokio::test]
async fn a_holder_cannot_withhold_the_status_that_the_instance_gave() {
    let lab = lab().await;
    let body = json!({"credential": credential(), "options": {"mandatoryPointers": ["/issuer"]}});
    let base = lab.post("sd", "issue", &body).await.json()["verifiableCredential"].clone();
    let body =
        json!({"verifiableCredential": base, "options": {"selectivePointers": ["/credentialSubject/name"]}});
    let shown = lab.post("sd", "derive", &body).await.json()["verifiableCredential"].clone();
    assert_eq!(shown["credentialSubject"]["name"], "Kim Jigap");
    assert_eq!(lab.set("sd", &shown["credentialStatus"], true).await.status, 200);
    assert_eq!(lab.refused_by_list(&shown, &shown["credentialStatus"]).await, ["V-08"]);
}

#[tokio::test]
async fn a_status_is_put_where_there_is_none_and_may_be_one() {
    let lab = lab().await;
    let (_, own) = lab.issued("eddsa").await;
    assert_eq!(own["type"], "BitstringStatusListEntry");
    assert_eq!(own["statusPurpose"], "revocation");
    let mut with_own = credential();
    with_own["credentialStatus"] = json!({
        "type": "BitstringStatusListEntry", "statusPurpose": "suspension", "statusListIndex": "7",
        "statusListCredential": "https://school.example/status/1",
    });
    let kept = lab.post("eddsa", "issue", &json!({"credential": with_own})).await.json();
    assert_eq!(kept["verifiableCredential"]["credentialStatus"], with_own["credentialStatus"]);
    let older = json!({
        "@context": ["https://www.w3.org/2018/credentials/v1"], "type": ["VerifiableCredential"],
        "issuanceDate": "2026-01-01T00:00:00Z", "credentialSubject": {"id": "did:example:subject"},
    });
    let older = lab.post("eddsa", "issue", &json!({"credential": older})).await;
    assert_eq!(older.status, 201, "{older:?}");
    assert!(older.json()["verifiableCredential"].get("credentialStatus").is_none());
    let (_, none) = lab.issued("without").await;
    assert_eq!(none, Value::Null);
}

#[tokio::test]
async fn a_status_that_was_not_given_out_here_is_not_changed() {
    let lab = lab().await;
    let (_, own) = lab.issued("eddsa").await;
    let index: u64 = own["statusListIndex"].as_str().unwrap().parse().unwrap();
    let list = own["statusListCredential"].as_str().unwrap();
    let with = |name: &str, value: Value| {
        let mut status = own.clone();
        status[name] = value;
        status
    };
    for status in [
        json!({}),
        with("statusListIndex", json!(((index + 1) % 131_072).to_string())),
        with("statusListIndex", json!(index)),
        with("statusListIndex", json!("131072")),
        with("statusListIndex", json!("-1")),
        with("statusPurpose", json!("suspension")),
        with("type", json!("StatusList2021Entry")),
        with("statusListCredential", json!(format!("{list}x"))),
        with("statusListCredential", json!(format!("{list}/revocation"))),
        with("statusListCredential", json!(list.replace("/eddsa/", "/sd/"))),
        with("statusListCredential", json!(list.replace(BASE, "https://other.example"))),
    ] {
        assert_eq!(
            lab.set("eddsa", &status, true).await.refusal(),
            (400, "other-status".to_owned()),
            "{status}"
        );
    }
    for instance in ["sd", "without"] {
        assert_eq!(lab.set(instance, &own, true).await.refusal(), (400, "other-status".to_owned()));
    }
    assert_eq!(lab.set("nobody", &own, true).await.refusal(), (404, "no-such-instance".to_owned()));
    for body in [json!({}), json!({"credentialStatus": own}), json!({"status": true})] {
        assert_eq!(lab.post("eddsa", "status", &body).await.status, 400, "{body}");
    }
    let path = list.strip_prefix(BASE).unwrap();
    for wrong in [format!("{path}x"), path.replace("/eddsa/", "/sd/"), path.replace("/eddsa/", "/without/")] {
        assert_eq!(lab.get(&wrong).await.refusal(), (404, "no-such-status-list".to_owned()), "{wrong}");
    }
    let nobody = lab.get(&path.replace("/eddsa/", "/nobody/")).await;
    assert_eq!(nobody.refusal(), (404, "no-such-instance".to_owned()));
}
