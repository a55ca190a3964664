//! The messages of the credential endpoint: the official examples, and what breaks the rules.

use jigap_keys::voprf::ServerKey;
use serde_json::json;

use super::*;
use crate::vci::{is_description, vectors};

fn parse(json: &Value) -> Result<CredentialRequest, CredentialError> {
    CredentialRequest::parse(json.to_string().as_bytes())
}

fn element() -> Element {
    *ServerKey::derive(&[7; 32], b"test").unwrap().public()
}

fn refused(json: &Value) -> CredentialErrorCode {
    let error = parse(json).unwrap_err();
    assert!(is_description(error.description) && error.status() == 400);
    error.code
}

#[test]
fn a_request_goes_there_and_back() {
    for credential in [
        RequestedCredential::Configuration("org.iso.18013.5.1.mDL".to_owned()),
        RequestedCredential::Identifier("CivilEngineeringDegree-2023".to_owned()),
    ] {
        for proofs in [vec![], vec!["a.b.c".to_owned(), "d.e.f".to_owned()]] {
            for dsub in [None, Some(element())] {
                let (credential, proofs) = (credential.clone(), proofs.clone());
                let request = CredentialRequest { credential, proofs, blinded: None, dsub };
                assert_eq!(parse(&request.to_json()), Ok(request));
            }
        }
        let blinded = Some(Blinded { nonce: "n".to_owned(), points: vec!["AA".to_owned(), "BB".to_owned()] });
        let request = CredentialRequest { credential, proofs: Vec::new(), blinded, dsub: None };
        assert_eq!(parse(&request.to_json()), Ok(request));
    }
}

/// The official example still has the shape of an older draft: it names no configuration.
#[test]
fn a_request_of_an_older_draft_is_refused() {
    let Some(json) = vectors::json("credential_request_iso_mdl.json") else { return };
    assert_eq!(refused(&json), CredentialErrorCode::InvalidCredentialRequest);
}

#[test]
fn a_bad_request_is_refused_by_the_name_of_the_specification() {
    use CredentialErrorCode::{InvalidCredentialRequest, InvalidEncryptionParameters, InvalidProof};
    for (json, code) in [
        (json!({}), InvalidCredentialRequest),
        (json!([]), InvalidCredentialRequest),
        (json!({"credential_configuration_id": 1}), InvalidCredentialRequest),
        (json!({"credential_configuration_id": ""}), InvalidCredentialRequest),
        (json!({"credential_configuration_id": "a", "credential_identifier": "a"}), InvalidCredentialRequest),
        (json!({"credential_configuration_id": "a", "proofs": []}), InvalidProof),
        (json!({"credential_configuration_id": "a", "blinded": {}}), InvalidProof),
        (json!({"credential_configuration_id": "a", "blinded": {"points": ["AA"]}}), InvalidProof),
        (json!({"credential_configuration_id": "a", "blinded": {"nonce": "n", "points": []}}), InvalidProof),
        (
            json!({"credential_configuration_id": "a", "blinded": {"nonce": "n", "points": [""]}}),
            InvalidProof,
        ),
        (
            json!({
                "credential_configuration_id": "a", "proofs": {"jwt": ["a"]},
                "blinded": {"nonce": "n", "points": ["AA"]},
            }),
            InvalidCredentialRequest,
        ),
        (json!({"credential_configuration_id": "a", "dsub": "x"}), InvalidCredentialRequest),
        (json!({"credential_configuration_id": "a", "dsub": {}}), InvalidCredentialRequest),
        (json!({"credential_configuration_id": "a", "dsub": {"blinded": "AA"}}), InvalidCredentialRequest),
        (
            json!({"credential_configuration_id": "a", "dsub": {"blinded": "A".repeat(43)}}),
            InvalidCredentialRequest,
        ),
        (
            json!({
                "credential_configuration_id": "a", "blinded": {"nonce": "n", "points": ["AA"]},
                "dsub": {"blinded": base64url::encode(element().to_bytes())},
            }),
            InvalidCredentialRequest,
        ),
        (json!({"credential_configuration_id": "a", "proofs": {}}), InvalidProof),
        (json!({"credential_configuration_id": "a", "proofs": {"jwt": []}}), InvalidProof),
        (json!({"credential_configuration_id": "a", "proofs": {"jwt": "a.b.c"}}), InvalidProof),
        (json!({"credential_configuration_id": "a", "proofs": {"jwt": [1]}}), InvalidProof),
        (json!({"credential_configuration_id": "a", "proofs": {"jwt": [""]}}), InvalidProof),
        (json!({"credential_configuration_id": "a", "proofs": {"di_vp": [{}]}}), InvalidProof),
        (json!({"credential_configuration_id": "a", "proofs": {"attestation": ["a"]}}), InvalidProof),
        (json!({"credential_configuration_id": "a", "proofs": {"jwt": ["a"], "di_vp": [{}]}}), InvalidProof),
        (
            json!({"credential_configuration_id": "a", "credential_response_encryption": {"jwk": {}, "enc": "A128GCM"}}),
            InvalidEncryptionParameters,
        ),
        (json!({"credential_response_encryption": null}), InvalidEncryptionParameters),
    ] {
        assert_eq!(refused(&json), code, "{json}");
    }
    for text in [
        "",
        "eyJhbGciOiJFQ0RILUVTIn0....",
        r#"{"credential_configuration_id":"a","credential_configuration_id":"b"}"#,
        r#"{"credential_configuration_id":"a"} x"#,
    ] {
        let error = CredentialRequest::parse(text.as_bytes()).unwrap_err();
        assert_eq!(error.code, InvalidCredentialRequest, "{text}");
    }
    let large = format!("{{\"credential_configuration_id\":\"a\",\"x\":\"{}\"}}", "x".repeat(300_000));
    assert!(CredentialRequest::parse(large.as_bytes()).is_err());
    assert!(parse(&json!({"credential_configuration_id": "a", "proof": {}, "format": "x"})).is_ok());
}

#[test]
fn the_official_responses_are_read() {
    for (file, is_text) in [
        ("credential_response_jwt_vc_json.txt", true),
        ("credential_response_ldp_vc.txt", false),
        ("credential_response_mso_mdoc.txt", true),
        ("credential_response_sd_jwt_vc.txt", true),
    ] {
        let Some(json) = vectors::json(file) else { return };
        let response = CredentialResponse::parse(json.to_string().as_bytes(), 1).unwrap();
        assert_eq!((response.to_json(), response.status()), (json, 200), "{file}");
        let CredentialResponse::Issued { credentials, notification_id, dsub: None } = response else {
            panic!("{file}")
        };
        assert_eq!((credentials[0].is_string(), notification_id), (is_text, None), "{file}");
    }
}

/// What somebody else means by `dsub` is none, and no reason to refuse the rest.
#[test]
fn the_proof_of_a_pseudonym_goes_there_and_back() {
    let server = ServerKey::derive(&[7; 32], b"test").unwrap();
    let (_, proof) = server.evaluate(&[element()], &crate::testing::Repeatable::new(1)).unwrap();
    let answer = DsubAnswer { key: *server.public(), proof };
    let response = CredentialResponse::Issued {
        credentials: vec![json!("a")],
        notification_id: None,
        dsub: Some(Box::new(answer.clone())),
    };
    let honest = response.to_json();
    let read = |json: &Value| match CredentialResponse::parse(json.to_string().as_bytes(), 1) {
        Ok(CredentialResponse::Issued { dsub, .. }) => dsub.map(|dsub| *dsub),
        other => panic!("{other:?}"),
    };
    assert_eq!(read(&honest), Some(answer));
    for wrong in [json!("x"), json!({}), json!({"key": honest["dsub"]["key"], "proof": "AA"})] {
        let mut other = honest.clone();
        other["dsub"] = wrong;
        assert_eq!(read(&other), None);
    }
}

/// The examples of §8.3.
#[test]
fn a_batch_and_a_deferred_response_are_read() {
    let batch =
        json!({"credentials": [{"credential": "a"}, {"credential": "b"}], "notification_id": "3fwe98js"});
    let response = CredentialResponse::parse(batch.to_string().as_bytes(), 3).unwrap();
    assert_eq!(response.to_json(), batch);
    assert!(!format!("{response:?}").contains('"'));
    let deferred = json!({"transaction_id": "8xLOxBtZp8", "interval": 3600});
    let response = CredentialResponse::parse(deferred.to_string().as_bytes(), 3).unwrap();
    assert_eq!((response.to_json(), response.status()), (deferred, 202));
}

#[test]
fn a_response_that_breaks_a_rule_is_refused() {
    let one = json!([{"credential": "a"}]);
    for json in [
        json!({}),
        json!({"credentials": []}),
        json!({"credentials": "a"}),
        json!({"credentials": ["a"]}),
        json!({"credentials": [{}]}),
        json!({"credentials": [{"credential": ""}]}),
        json!({"credentials": [{"credential": 1}]}),
        json!({"credentials": [{"credential": ["a"]}]}),
        json!({"credentials": [{"credential": "a"}, {"credential": "b"}, {"credential": "c"}]}),
        json!({"credentials": one, "transaction_id": "a", "interval": 5}),
        json!({"credentials": one, "interval": 5}),
        json!({"credentials": one, "notification_id": 5}),
        json!({"transaction_id": "a"}),
        json!({"transaction_id": "a", "interval": 0}),
        json!({"transaction_id": "a", "interval": "5"}),
        json!({"transaction_id": "a", "interval": 5, "notification_id": "b"}),
        json!({"credential": "a"}),
    ] {
        assert!(CredentialResponse::parse(json.to_string().as_bytes(), 2).is_err(), "{json}");
    }
    let unbound = json!({"credentials": one});
    assert!(CredentialResponse::parse(unbound.to_string().as_bytes(), 0).is_ok());
}

#[test]
fn errors_are_named_as_the_specification_names_them() {
    for (code, name) in [
        (CredentialErrorCode::InvalidCredentialRequest, "invalid_credential_request"),
        (CredentialErrorCode::UnknownCredentialConfiguration, "unknown_credential_configuration"),
        (CredentialErrorCode::UnknownCredentialIdentifier, "unknown_credential_identifier"),
        (CredentialErrorCode::InvalidProof, "invalid_proof"),
        (CredentialErrorCode::InvalidNonce, "invalid_nonce"),
        (CredentialErrorCode::InvalidEncryptionParameters, "invalid_encryption_parameters"),
        (CredentialErrorCode::CredentialRequestDenied, "credential_request_denied"),
    ] {
        let error = code.because("a word");
        assert_eq!(error.to_json(), json!({"error": name, "error_description": "a word"}));
        assert_eq!(CredentialErrorCode::parse(error.to_json().to_string().as_bytes()), Ok(code));
    }
    let unknown = json!({"error": "invalid_transaction_id"}).to_string();
    assert_eq!(CredentialErrorCode::parse(unknown.as_bytes()), Ok(CredentialErrorCode::Other));
    assert!(CredentialErrorCode::parse(b"{}").is_err());
}
