//! Every address that takes JSON takes objects by their members' names, and no array in their place.

use std::collections::BTreeSet;

use jigap_platform::testing::openapi::{as_arrays, taking_json};

use super::*;

const IMPORT: &str = "POST /{tenant}/admin/imports/{configuration}";

/// Each such operation, a path of it, a body that is read there, and the code for one that is not.
fn bodies() -> Vec<(&'static str, &'static str, Value, &'static str)> {
    let offer: Value = serde_json::from_str(&offer_body("1", true)).unwrap();
    let issue = json!({"credential": {}, "options": {"mandatoryPointers": ["/issuer"]}});
    let derive = json!({"verifiableCredential": {}, "options": {"selectivePointers": ["/issuer"]}});
    let status = json!({"credentialId": "urn:x", "credentialStatus": {}, "status": true});
    let change = json!({"offers": [], "reference": "1", "reason": "left"});
    let credential = json!({"credential_configuration_id": "student-id", "proofs": {"jwt": ["x"]}});
    let notified = json!({"event": "credential_accepted", "notification_id": "x"});
    vec![
        ("POST /{tenant}/admin/offers", "/hanbit/admin/offers", offer, "malformed"),
        (
            "POST /{tenant}/admin/credentials/{change}",
            "/hanbit/admin/credentials/suspend",
            change,
            "malformed",
        ),
        (
            "POST /vc-api/{instance}/credentials/issue",
            "/vc-api/sd/credentials/issue",
            issue,
            "unexpected-json",
        ),
        (
            "POST /vc-api/{instance}/credentials/derive",
            "/vc-api/sd/credentials/derive",
            derive,
            "unexpected-json",
        ),
        (
            "POST /vc-api/{instance}/credentials/status",
            "/vc-api/sd/credentials/status",
            status,
            "unexpected-json",
        ),
        ("POST /{tenant}/credential", "/hanbit/credential", credential, "invalid_credential_request"),
        ("POST /{tenant}/notification", "/hanbit/notification", notified, "invalid_notification_request"),
    ]
}

#[tokio::test]
async fn an_array_is_taken_for_an_object_nowhere() {
    let lab = Lab::configured(Faults::none(), |config| {
        config["vc_api"] = json!({"sd": {"cryptosuite": "ecdsa-sd-2023", "key_type": "P-256"}});
    })
    .await;
    // A register in JSON is an array itself.
    let known: BTreeSet<String> = bodies().iter().map(|(operation, ..)| (*operation).to_owned()).collect();
    let taking: BTreeSet<String> =
        taking_json(&lab.described).into_iter().filter(|it| it != IMPORT).collect();
    assert_eq!(known, taking, "each operation that takes JSON is tried here");
    let token = lab.token("t").await;
    for (number, (_, path, body, code)) in bodies().into_iter().enumerate() {
        let is_admin = path.contains("/admin/");
        let bearer = format!("Bearer {}", if is_admin { ADMIN } else { &token });
        let send = async |body: &Value, key: &str| {
            let headers = [
                ("authorization", bearer.as_str()),
                ("idempotency-key", key),
                ("content-type", "application/json"),
            ];
            lab.send("POST", path, &headers, &body.to_string()).await
        };
        let read = send(&body, &format!("{number}-read")).await;
        assert!(read.status < 300 || read.refusal().1 != code, "{path}: {read:?}");
        for (nth, array) in as_arrays(&body).iter().enumerate() {
            let refused = send(array, &format!("{number}-{nth}")).await;
            assert_eq!(refused.refusal(), (400, code.to_owned()), "{path}: {array}");
        }
    }
}

#[tokio::test]
async fn a_register_of_arrays_is_no_register() {
    let lab = Lab::new().await;
    let headers = [("authorization", "Bearer admin-token"), ("content-type", "application/json")];
    for (number, body) in
        [json!([[{}, "r"]]), json!([[{"claims": {}}]]), json!({"claims": {}})].iter().enumerate()
    {
        let key = number.to_string();
        let headers = [&headers[..], &[("idempotency-key", key.as_str())]].concat();
        let path = "/hanbit/admin/imports/student-id";
        assert_eq!(lab.send("POST", path, &headers, &body.to_string()).await.status, 422, "{body}");
    }
}
