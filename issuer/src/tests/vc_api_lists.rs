//! Statuses of what the VC API's instances sign: given out, published, changed, and only by who gave them out.

use jigap_wallet_core::contexts::Contexts;
use jigap_wallet_core::documents::{Document, Documents};
use jigap_wallet_core::judge::{Policy, Unasked};

use super::*;

const JSON: [(&str, &str); 1] = [("content-type", "application/json")];
const WITH_LISTS: [&str; 4] = ["eddsa", "p384-jcs", "sd", "jwt"];

async fn lab() -> Lab {
    Lab::configured(Faults::none(), |config| {
        config["vc_api"] = json!({
            "eddsa": {"cryptosuite": "eddsa-rdfc-2022", "key_type": "Ed25519", "status": true},
            "p384-jcs": {"cryptosuite": "ecdsa-jcs-2019", "key_type": "P-384", "status": true},
            "sd": {"cryptosuite": "ecdsa-sd-2023", "key_type": "P-256", "status": true},
            "jwt": {"cryptosuite": "vc+jwt", "status": true},
            "without": {"cryptosuite": "eddsa-rdfc-2022", "key_type": "Ed25519"},
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
        self.send("POST", &path, &JSON, &body.to_string()).await
    }

    /// A credential as a verifier sees it, and its status.
    async fn issued(&self, instance: &str) -> (Value, Value) {
        let answer = self.post(instance, "issue", &json!({"credential": credential()})).await;
        assert_eq!(answer.status, 201, "{answer:?}");
        let secured = answer.json()["verifiableCredential"].clone();
        if instance == "sd" {
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

    async fn set(&self, instance: &str, status: &Value, revoked: bool) -> Answer {
        self.post(instance, "status", &json!({"credentialStatus": status, "status": revoked})).await
    }

    /// What refuses a credential that a verifier judges now, by the list as it is published now.
    async fn refused_by_list(&self, credential: &Value, status: &Value) -> Vec<&'static str> {
        let uri = status["statusListCredential"].as_str().unwrap();
        let list = self.get(uri.strip_prefix(BASE).unwrap()).await;
        assert_eq!(list.status, 200, "{list:?}");
        let document = Document { bytes: list.bytes.clone(), fetched_at: self.clock.now(), max_age: None };
        let mut documents = Documents::new();
        documents.insert(Url::parse(uri).unwrap(), document);
        let how =
            Unasked { contexts: Contexts::built_in(), now: self.clock.now(), policy: Policy::default() };
        let verdict = how.credential(credential.clone()).judge(&documents);
        assert_eq!(verdict.holds(), verdict.refusals().next().is_none());
        verdict.refusals().map(|refusal| refusal.check.id).collect()
    }
}

#[tokio::test]
async fn what_an_instance_signed_is_revoked_and_reinstated() {
    let mut lab = lab().await;
    for instance in WITH_LISTS {
        let (credential, status) = lab.issued(instance).await;
        let (other, its_status) = lab.issued(instance).await;
        assert_ne!(status, its_status, "{instance}");
        assert_eq!(lab.refused_by_list(&credential, &status).await, [""; 0], "{instance}");
        let changed = lab.set(instance, &status, true).await;
        assert_eq!((changed.status, changed.json()), (200, json!({"status": true})));
        assert_eq!(lab.refused_by_list(&credential, &status).await, ["V-08"], "{instance}");
        assert_eq!(lab.refused_by_list(&other, &its_status).await, [""; 0], "{instance}");
        lab.restart().await;
        assert_eq!(lab.refused_by_list(&credential, &status).await, ["V-08"], "{instance}");
        assert_eq!(lab.set(instance, &status, false).await.status, 200);
        assert_eq!(lab.refused_by_list(&credential, &status).await, [""; 0], "{instance}");
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
    for body in [json!({}), json!({"credentialStatus": own}), json!({"credentialStatus": own, "status": 1})] {
        assert_eq!(lab.post("eddsa", "status", &body).await.status, 400, "{body}");
    }
    let path = list.strip_prefix(BASE).unwrap();
    for wrong in [format!("{path}x"), path.replace("/eddsa/", "/sd/"), path.replace("/eddsa/", "/without/")] {
        assert_eq!(lab.get(&wrong).await.refusal(), (404, "no-such-status-list".to_owned()), "{wrong}");
    }
    let nobody = lab.get(&path.replace("/eddsa/", "/nobody/")).await;
    assert_eq!(nobody.refusal(), (404, "no-such-instance".to_owned()));
}
