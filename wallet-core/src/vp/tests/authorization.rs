//! What a request wants authorized: consents that are whole, and everything else.

use jigap_keys::base64url;

use super::*;
use crate::claims::ClaimPath;
use crate::dcql::Query;
use crate::facts::{Scalar, Sought};

const PERSONA: &str = "AQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQE";

fn consent() -> FeedConsent {
    let grade = ClaimPath::from_json(&json!(["enrolled"])).ok();
    FeedConsent {
        consumer: "https://people.example".to_owned(),
        purpose: Purpose { en: "Listing".to_owned(), ko: "등록".to_owned() },
        bound_to: PERSONA.to_owned(),
        facts: std::collections::BTreeMap::from([(
            "student".to_owned(),
            vec![
                Sought { path: None, one_of: Vec::new() },
                Sought { path: grade, one_of: vec![Scalar::Is(true), Scalar::Number(2)] },
            ],
        )]),
    }
}

fn object() -> Value {
    let encoded = consent().encode();
    serde_json::from_slice(&base64url::decode(&encoded[0]).unwrap()).unwrap()
}

fn encoded(object: &Value) -> String {
    base64url::encode(object.to_string())
}

#[track_caller]
fn refused_data(data: Value, code: &str) {
    let verifier = DidVerifier::new(1);
    let outcome = verifier.ask(&with(verifier.parameters(), "transaction_data", Some(data)));
    refused(outcome.clone(), TRANSACTION_DATA, code);
    assert_eq!(ErrorCode::for_refusal(&outcome.unwrap_err()), ErrorCode::InvalidTransactionData);
}

#[test]
fn a_consent_is_read_as_it_was_written_and_each_credential_signs_its_own() {
    let verifier = DidVerifier::new(1);
    let data = json!(consent().encode());
    let request = verifier.ask(&with(verifier.parameters(), "transaction_data", Some(data.clone()))).unwrap();
    let wanted = request.authorization.unwrap();
    assert_eq!(wanted.consent(), &consent());
    let text = data[0].as_str().unwrap();
    let hash = base64url::encode(jigap_keys::hash::sha256(text.as_bytes()));
    let authorized = Authorized { hashes: vec![hash], names_hash: false };
    assert_eq!(wanted.authorized_by("student"), Some(authorized));
    assert_eq!(wanted.authorized_by("other"), None);
    let mut named = object();
    named["transaction_data_hashes_alg"] = json!(["sha-512", "sha-256"]);
    let data = Some(json!([encoded(&named)]));
    let request = verifier.ask(&with(verifier.parameters(), "transaction_data", data)).unwrap();
    assert!(request.authorization.unwrap().authorized_by("student").unwrap().names_hash);
    assert!(verifier.ask(&verifier.parameters()).unwrap().authorization.is_none());
}

#[test]
fn a_verifier_keeps_what_it_wanted_authorized() {
    let (verifier, entropy) = (DidVerifier::new(1), Repeatable::new(2));
    let formats = metadata()["vp_formats_supported"].as_object().unwrap().clone();
    let metadata = ClientMetadata::new(formats, Vec::new(), Vec::new());
    let (response_uri, query, consent) = (url(RESPONSE), query(), consent());
    let ask = |consent| NewRequest {
        client_id: &verifier.client_id,
        response_uri: &response_uri,
        query: &query,
        consent,
        client_metadata: &metadata,
        lifetime: Seconds(300),
    };
    let sent = ask(Some(&consent)).build(&entropy, NOW).unwrap();
    let kept: SentRequest = serde_json::from_str(&serde_json::to_string(&sent).unwrap()).unwrap();
    assert_eq!(kept.authorization().unwrap().unwrap().consent(), &consent);
    assert_eq!(ask(None).build(&entropy, NOW).unwrap().authorization(), Ok(None));
    let nobody = FeedConsent { facts: std::collections::BTreeMap::new(), ..consent.clone() };
    assert!(
        ask(Some(&nobody)).build(&entropy, NOW).unwrap().authorization().unwrap().is_none(),
        "nothing is told"
    );
    let unseen = FeedConsent { consumer: "https://people.example/\u{200B}".to_owned(), ..consent.clone() };
    refused(ask(Some(&unseen)).build(&entropy, NOW), TRANSACTION_DATA, "transaction-data-malformed");
}

#[test]
fn vp_21_transaction_data_of_another_type_or_form_is_refused() {
    for data in [
        json!(null),
        json!([]),
        json!({}),
        json!("x"),
        json!([1]),
        json!(["*"]),
        json!(["e30"]),
        json!(["bm8"]),
    ] {
        refused_data(data, "transaction-data-malformed");
    }
    refused_data(json!([encoded(&json!({"type": "x"}))]), "transaction-type-unknown");
    refused_data(json!(["eyJ0eXBlIjoieCJ9", consent().encode()[0]]), "transaction-type-unknown");
    refused_data(json!([consent().encode()[0], consent().encode()[0]]), "transaction-data-malformed");
    refused_data(json!(vec![consent().encode()[0].clone(); 9]), "transaction-data-malformed");
    let facts = |count: usize| -> Value { (0..count).map(|at| json!({"path": ["enrolled", at]})).collect() };
    for (member, value) in [
        ("type", json!(1)),
        ("credential_ids", json!([])),
        ("credential_ids", json!("student")),
        ("credential_ids", json!(["student", "student"])),
        ("consumer", json!("people.example")),
        ("consumer", json!("http://people.example")),
        ("purpose", json!("Listing")),
        ("purpose", json!({"en": "Listing"})),
        ("purpose", json!({"en": "Listing", "ko": "\u{1b}[2J"})),
        ("bound_to", json!("me")),
        ("facts", json!([])),
        ("facts", facts(17)),
        ("facts", json!([{"path": null}, {"path": null}])),
        ("facts", json!([{"path": null, "one_of": [1]}])),
        ("facts", json!([{"path": ["enrolled"], "one_of": [1.5]}])),
        ("facts", json!([{"path": ["enrolled"], "one_of": vec![1; 33]}])),
        ("facts", json!([{"path": ["enrolled"], "more": 1}])),
        ("transaction_data_hashes_alg", json!([])),
        ("more", json!(1)),
    ] {
        refused_data(json!([encoded(&with(object(), member, Some(value)))]), "transaction-data-malformed");
    }
    let other_hash = with(object(), "transaction_data_hashes_alg", Some(json!(["sha-512"])));
    refused_data(json!([encoded(&other_hash)]), "transaction-hash-unknown");
}

#[test]
fn vp_21_a_credential_that_cannot_carry_the_hash_is_refused() {
    let other = with(object(), "credential_ids", Some(json!(["licence"])));
    refused_data(json!([encoded(&other)]), "transaction-format");
    let verifier = DidVerifier::new(1);
    for (member, value) in
        [("format", json!("jwt_vc_json")), ("require_cryptographic_holder_binding", json!(false))]
    {
        let mut parameters = with(verifier.parameters(), "transaction_data", Some(json!(consent().encode())));
        parameters["dcql_query"]["credentials"][0][member] = value;
        if member == "format" {
            parameters["dcql_query"]["credentials"][0]["meta"] = json!({"type_values": [["x"]]});
        }
        refused(verifier.ask(&parameters), TRANSACTION_DATA, "transaction-format");
    }
}

#[test]
fn vp_29_a_consent_that_is_bound_to_another_persona_is_refused() {
    let query = Query::parse(&query()).unwrap();
    let wanted = Authorization::read(&json!(consent().encode()), &query).unwrap();
    assert_eq!(wanted.require_persona(Some(PERSONA)), Ok(()));
    for persona in [None, Some(""), Some("AgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgI")] {
        refused(wanted.require_persona(persona), OWN_PERSONA, "persona-other");
    }
}
