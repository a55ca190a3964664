//! Credential Issuer Metadata: the official examples, and what breaks the rules.

use serde_json::json;

use super::*;
use crate::vci::vectors;

const ISSUER: &str = "https://credential-issuer.example.com";

fn issuer() -> IssuerIdentifier {
    IssuerIdentifier::parse(ISSUER, "").unwrap()
}

fn json() -> Value {
    json!({
        "credential_issuer": ISSUER,
        "authorization_servers": ["https://server.example.com"],
        "credential_endpoint": "https://credential-issuer.example.com/credential?tenant=1",
        "nonce_endpoint": "https://credential-issuer.example.com/nonce",
        "notification_endpoint": "https://credential-issuer.example.com/notification",
        "batch_credential_issuance": {"batch_size": 10},
        "display": [{"name": "Hankuk University", "locale": "en"}, {"name": "한국대학교", "locale": "ko"}],
        "credential_configurations_supported": {
            "student-id": {
                "format": "dc+sd-jwt",
                "vct": "https://schemas.example/student-id",
                "scope": "student-id",
                "cryptographic_binding_methods_supported": ["jwk"],
                "credential_signing_alg_values_supported": ["ES256"],
                "proof_types_supported": {"jwt": {"proof_signing_alg_values_supported": ["ES256", "EdDSA"]}},
                "credential_metadata": {
                    "display": [{
                        "name": "학생증", "locale": "ko", "description": "재학생 신분증",
                        "logo": {"uri": "data:,x", "alt_text": "교표"},
                        "background_color": "#12107c", "text_color": "#FFFFFF",
                        "background_image": {"uri": "https://a.example/b.png"}
                    }],
                    "claims": [
                        {"path": ["family_name"], "mandatory": true, "display": [{"name": "성", "locale": "ko"}]},
                        {"path": ["degrees", null, "type"]}
                    ]
                }
            }
        }
    })
}

fn parse(json: &Value) -> Result<IssuerMetadata, MessageError> {
    IssuerMetadata::parse(json.to_string().as_bytes(), &issuer())
}

fn with(pointer: &str, value: Value) -> Value {
    let mut json = json();
    let (parent, name) = pointer.rsplit_once('/').unwrap();
    let members = json.pointer_mut(parent).unwrap().as_object_mut().unwrap();
    match value {
        Value::Null => members.remove(name),
        value => members.insert(name.to_owned(), value),
    };
    json
}

const STUDENT: &str = "/credential_configurations_supported/student-id";

#[test]
fn metadata_goes_there_and_back() {
    let metadata = parse(&json()).unwrap();
    assert_eq!(metadata.to_json(), json());
    assert_eq!(metadata.max_proofs(), 10);
    assert_eq!(metadata.servers()[0].as_str(), "https://server.example.com");
    let alone = parse(&with("/authorization_servers", Value::Null)).unwrap();
    assert_eq!(alone.servers(), [&issuer()]);
    let single = parse(&with("/batch_credential_issuance", Value::Null)).unwrap();
    assert_eq!(single.max_proofs(), 1);
}

#[test]
fn the_official_metadata_is_read() {
    let Some(json) = vectors::json("credential_issuer_metadata_sd_jwt_long.json") else { return };
    let metadata = parse(&json).unwrap();
    assert!(metadata.encryption_required);
    assert_eq!(metadata.batch_size, Some(10));
    let configuration = metadata.credential_configurations_supported.values().next().unwrap();
    assert!(configuration.proof_types_supported["jwt"].key_attestations_required);
    for (file, format) in [
        ("credential_metadata_jwt_vc_json.json", "jwt_vc_json"),
        ("credential_metadata_mso_mdoc.json", "mso_mdoc"),
        ("credential_metadata_sd_jwt_vc.json", "dc+sd-jwt"),
        ("credential_metadata_ldp_vc.json", "ldp_vc"),
    ] {
        let Some(configurations) = vectors::json(file) else { return };
        for value in configurations["credential_configurations_supported"].as_object().unwrap().values() {
            let configuration = CredentialConfiguration::read(value).unwrap();
            assert_eq!(configuration.format.id(), format, "{file}");
            let again = CredentialConfiguration::read(&configuration.to_json()).unwrap();
            assert_eq!(again, configuration, "{file}");
        }
    }
}

#[test]
fn metadata_of_another_issuer_is_refused() {
    for other in [
        "https://credential-issuer.example.com/",
        "https://evil.example",
        "https://credential-issuer.example.com/t",
    ] {
        let refused = parse(&with("/credential_issuer", json!(other)));
        assert!(matches!(refused, Err(MessageError::Invalid { member: "credential_issuer", .. })), "{other}");
    }
}

#[test]
fn metadata_that_breaks_a_rule_is_refused() {
    for (pointer, value) in [
        ("/credential_issuer", Value::Null),
        ("/credential_endpoint", Value::Null),
        ("/credential_endpoint", json!("http://credential-issuer.example.com/credential")),
        ("/credential_endpoint", json!("https://a@credential-issuer.example.com/credential")),
        ("/nonce_endpoint", json!("file:///nonce")),
        ("/nonce_endpoint", json!("")),
        ("/notification_endpoint", json!(1)),
        ("/authorization_servers", json!([])),
        ("/authorization_servers", json!(["http://server.example.com"])),
        ("/authorization_servers", json!("https://server.example.com")),
        ("/batch_credential_issuance", json!({})),
        ("/batch_credential_issuance", json!({"batch_size": 1})),
        ("/batch_credential_issuance", json!({"batch_size": "10"})),
        ("/credential_response_encryption", json!({})),
        ("/credential_request_encryption", json!({"encryption_required": "no"})),
        ("/display", json!([])),
        ("/display", json!([{"name": "a", "locale": "en"}, {"name": "b", "locale": "en"}])),
        ("/display", json!([{"name": 1}])),
        ("/display", json!([{"logo": {}}])),
        ("/credential_configurations_supported", Value::Null),
        ("/credential_configurations_supported", json!([])),
        (STUDENT, json!("dc+sd-jwt")),
        (&format!("{STUDENT}/format"), Value::Null),
        (&format!("{STUDENT}/vct"), Value::Null),
        (&format!("{STUDENT}/format"), json!("jwt_vc_json")),
        (&format!("{STUDENT}/format"), json!("ldp_vc")),
        (&format!("{STUDENT}/format"), json!("jwt_vc_json-ld")),
        (&format!("{STUDENT}/format"), json!("mso_mdoc")),
        (&format!("{STUDENT}/scope"), json!([])),
        (&format!("{STUDENT}/cryptographic_binding_methods_supported"), json!([])),
        (&format!("{STUDENT}/credential_signing_alg_values_supported"), json!([])),
        (&format!("{STUDENT}/credential_signing_alg_values_supported"), json!([null])),
        (&format!("{STUDENT}/proof_types_supported/jwt"), json!({})),
        (&format!("{STUDENT}/proof_types_supported/jwt/key_attestations_required"), json!(true)),
        (&format!("{STUDENT}/credential_metadata"), json!([])),
        (&format!("{STUDENT}/credential_metadata/claims"), json!([])),
        (&format!("{STUDENT}/credential_metadata/claims"), json!([{}])),
        (&format!("{STUDENT}/credential_metadata/claims"), json!([{"path": []}])),
        (&format!("{STUDENT}/credential_metadata/claims"), json!([{"path": ["a"], "mandatory": 1}])),
        (&format!("{STUDENT}/credential_metadata/claims"), json!([{"path": ["a"]}, {"path": ["a"]}])),
        (
            &format!("{STUDENT}/credential_metadata/claims"),
            json!([{"path": ["a", 0]}, {"path": ["a", null]}]),
        ),
        (
            &format!("{STUDENT}/credential_metadata/claims"),
            (0..513).map(|index| json!({"path": [format!("c{index}")]})).collect(),
        ),
    ] {
        assert!(parse(&with(pointer, value.clone())).is_err(), "{pointer} {value:.120}");
    }
    assert_eq!(IssuerMetadata::parse(b"", &issuer()), Err(MessageError::NotJson));
    let large = vec![b' '; 300 * 1024];
    assert_eq!(IssuerMetadata::parse(&large, &issuer()), Err(MessageError::NotJson));
}

#[test]
fn unknown_members_and_formats_are_left_alone() {
    assert!(parse(&with("/signed_metadata", json!("x"))).is_ok());
    let other = parse(&with(&format!("{STUDENT}/format"), json!("ac_vp"))).unwrap();
    let configuration = &other.credential_configurations_supported["student-id"];
    assert_eq!(configuration.format, ConfigurationFormat::Other("ac_vp".to_owned()));
}

#[test]
fn ways_to_bind_a_key_and_proofs_come_together() {
    let student = |json: &Value| {
        parse(json).unwrap().credential_configurations_supported["student-id"].requires_proofs()
    };
    let (binding, proofs) = ("cryptographic_binding_methods_supported", "proof_types_supported");
    let without = |members: &[&str]| {
        let mut json = json();
        let configuration = json.pointer_mut(STUDENT).unwrap().as_object_mut().unwrap();
        configuration.retain(|name, _| !members.contains(&name.as_str()));
        json
    };
    assert_eq!(student(&json()), Ok(true));
    assert_eq!(student(&without(&[binding, proofs])), Ok(false));
    assert!(student(&without(&[binding])).is_err() && student(&without(&[proofs])).is_err());
    assert!(student(&with(&format!("{STUDENT}/proof_types_supported"), json!({}))).is_err());
}
