//! Every address that takes JSON takes objects by their members' names, and no array in their place.

use std::collections::BTreeSet;

use jigap_platform::testing::openapi::{as_arrays, taking_json};

use super::*;

#[tokio::test]
async fn an_array_is_taken_for_an_object_nowhere() {
    let feeds = json!([{"consumer": feed::PEOPLE, "token": TokenHash::of("people-token").to_text()}]);
    let lab = Lab::with(json!({"vc_api": {"all": {}}, "feeds": feeds}), Faults::none()).await;
    let opened = lab.ask(&json!({"template": "enrolled", "redirect_uri": "https://shop.example/"})).await;
    let result = format!("/verifier/requests/{}", opened.get("id"));
    let secret = format!("Bearer {}", opened.get("secret"));
    let options = json!({"challenge": "c", "domain": "d", "checks": []});
    let bodies = [
        ("POST /verifier/requests", "/verifier/requests", ASKER, json!({"template": "enrolled"})),
        ("POST /v1/feed/requests", "/v1/feed/requests", "Bearer people-token", feed::Fair::wish(1)),
        ("POST /verifier/requests/{id}", &result, &secret, json!({"response_code": "x"})),
        (
            "POST /vc-api/{instance}/credentials/verify",
            "/vc-api/all/credentials/verify",
            "",
            json!({"options": options, "verifiableCredential": {}}),
        ),
        (
            "POST /vc-api/{instance}/presentations/verify",
            "/vc-api/all/presentations/verify",
            "",
            json!({"options": options, "verifiablePresentation": {}}),
        ),
    ];
    let known: BTreeSet<String> = bodies.iter().map(|(operation, ..)| (*operation).to_owned()).collect();
    let taking: BTreeSet<String> = taking_json(&crate::http::description()).into_iter().collect();
    assert_eq!(known, taking, "each operation that takes JSON is tried here");
    for (_, path, bearer, body) in bodies {
        let send = async |body: &Value| {
            let headers = [("authorization", bearer), ("content-type", "application/json")];
            lab.send("POST", path, &headers, body.to_string().as_bytes()).await
        };
        let read = send(&body).await;
        assert!(read.status < 300 || read.refusal().1 != "unexpected-json", "{path}: {read:?}");
        for array in as_arrays(&body) {
            assert_eq!(send(&array).await.refusal(), (400, "unexpected-json".to_owned()), "{path}: {array}");
        }
    }
}
