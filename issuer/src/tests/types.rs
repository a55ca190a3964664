//! What wallets and verifiers can fetch of a credential type, and that credentials state which metadata they mean.

use axum::body::{Body, to_bytes};
use axum::http::Request;
use jigap_wallet_core::type_metadata::{TypeMetadata, draw, verify_integrity};
use tower::ServiceExt as _;

use super::*;

const VCT: &str = "https://id.example/types/student-id/1";

async fn fetched(lab: &Lab, path: &str, kind: &str) -> String {
    let answer = lab.get(path).await;
    assert_eq!((answer.status, answer.headers["content-type"].to_str().unwrap()), (200, kind), "{path}");
    assert_eq!(answer.headers["cache-control"], "public, max-age=3600");
    assert_eq!(answer.headers["access-control-allow-origin"], "*");
    answer.text
}

#[tokio::test]
async fn a_credential_states_the_metadata_that_is_served_under_its_type() {
    let lab = Lab::new().await;
    let token = lab.token("1").await;
    let copy = copies(&lab.issue(&token).await).remove(0);
    let claims = claims(&copy);
    assert_eq!(claims["vct"], VCT);
    let document = fetched(&lab, "/types/student-id/1", "application/json").await;
    let integrity = claims["vct#integrity"].as_str().unwrap();
    let metadata = TypeMetadata::read(document.as_bytes(), VCT, Some(integrity)).unwrap();
    let reference = metadata.display[0].card.clone().unwrap();
    assert_eq!(reference.uri.as_str(), format!("{VCT}/card.svg"));
    let card = fetched(&lab, "/types/student-id/1/card.svg", "image/svg+xml").await;
    verify_integrity(reference.integrity.as_deref().unwrap(), card.as_bytes()).unwrap();
    let student: Value = serde_json::from_str(STUDENT).unwrap();
    assert!(draw(&card, &metadata, &student).unwrap().contains(student["name"].as_str().unwrap()));
}

/// Every type of the house, so that none has a card that wallets refuse.
#[tokio::test]
async fn every_type_is_served_whole_and_its_card_can_be_drawn() {
    let lab = Lab::new().await;
    for name in
        ["driver-licence", "entry-pass", "professional-registration", "student-id", "technical-qualification"]
    {
        let at = format!("/types/{name}/1");
        let vct = format!("{BASE}{at}");
        let document = fetched(&lab, &at, "application/json").await;
        let metadata = TypeMetadata::read(document.as_bytes(), &vct, None).unwrap();
        let card = fetched(&lab, &format!("{at}/card.svg"), "image/svg+xml").await;
        assert!(draw(&card, &metadata, &json!({})).is_ok(), "{name}");
        let context = fetched(&lab, &format!("{at}/context.jsonld"), "application/ld+json").await;
        assert!(serde_json::from_str::<Value>(&context).unwrap()["@context"].is_object());
        let schema = fetched(&lab, &format!("{at}/schema.json"), "application/schema+json").await;
        assert_eq!(serde_json::from_str::<Value>(&schema).unwrap()["$id"], format!("{vct}/schema.json"));
    }
    for nothing in ["/types/student-id/2", "/types/student-id/1/type-metadata.json", "/types/x/1"] {
        assert_eq!(lab.get(nothing).await.refusal(), (404, "no-such-type".to_owned()));
    }
}

#[tokio::test]
async fn the_description_of_the_api_is_served() {
    let lab = Lab::new().await;
    let answer =
        lab.app.clone().oneshot(Request::get("/openapi/issuer.json").body(Body::empty()).unwrap()).await;
    let body = to_bytes(answer.unwrap().into_body(), 1 << 22).await.unwrap();
    let document: Value = serde_json::from_slice(&body).unwrap();
    assert_eq!(document["info"]["title"], "Jigap issuer");
    assert!(document["paths"]["/{tenant}/credential"]["post"].is_object());
}
