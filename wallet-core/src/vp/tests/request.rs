//! What is asked: one offence for each rule of a request, starting from one that is right.

use super::*;
use crate::dcql;

#[track_caller]
fn refused_with(name: &str, value: Option<Value>, check: Check, code: &str) -> Refusal {
    let verifier = DidVerifier::new(1);
    let outcome = verifier.ask(&with(verifier.parameters(), name, value));
    refused(outcome.clone(), check, code);
    outcome.unwrap_err()
}

#[test]
fn a_right_request_is_understood() {
    let verifier = DidVerifier::new(1);
    let request = verifier.ask(&verifier.parameters()).unwrap();
    assert_eq!(request.client_id, verifier.client_id);
    assert_eq!(request.reply_to.response_uri.as_str(), RESPONSE);
    assert_eq!(request.reply_to.state.as_deref(), Some("af0ifjsldkj"));
    assert_eq!((request.nonce.as_str(), request.response_mode), ("n-0S6_WzA2Mj", ResponseMode::DirectPost));
    assert_eq!(request.query.credentials()[0].id(), "student");
}

#[test]
fn unknown_parameters_iss_and_verifier_info_are_ignored() {
    let verifier = DidVerifier::new(1);
    let mut parameters = verifier.parameters();
    for (name, value) in
        [("iss", json!("who")), ("verifier_info", json!([{"format": "x"}])), ("x", json!({}))]
    {
        parameters[name] = value;
    }
    assert!(verifier.ask(&parameters).is_ok());
}

#[test]
fn a_jws_of_another_type_is_no_request_object() {
    let verifier = DidVerifier::new(1);
    for typ in ["JWT", "kb+jwt", "oauth-authz-req", ""] {
        let object = verifier.sign(&verifier.header().typ(typ), &verifier.parameters());
        assert_eq!(verifier.invite(&object).unwrap_err().check.id, "JW-08", "{typ}");
    }
    let untyped = Header { typ: None, ..verifier.header() };
    let object = verifier.sign(&untyped, &verifier.parameters());
    assert_eq!(verifier.invite(&object).unwrap_err().check.id, "JW-08");
}

#[test]
fn vp_10_a_request_for_another_audience_is_refused() {
    refused_with("aud", None, AUDIENCE, "missing");
    for audience in [json!("https://wallet.example"), json!([]), json!(["https://a.example"]), json!(1)] {
        refused_with("aud", Some(audience), AUDIENCE, "audience-mismatch");
    }
    let verifier = DidVerifier::new(1);
    let among =
        with(verifier.parameters(), "aud", Some(json!(["https://a.example", STATIC_DISCOVERY_AUDIENCE])));
    assert!(verifier.ask(&among).is_ok());
}

#[test]
fn vp_11_a_request_outside_its_validity_is_refused() {
    let now = NOW.unix();
    refused_with("exp", Some(json!(now - 60)), VALIDITY, "request-expired");
    refused_with("nbf", Some(json!(now + 61)), VALIDITY, "request-not-yet-valid");
    refused_with("exp", Some(json!("2030")), VALIDITY, "date-malformed");
    let verifier = DidVerifier::new(1);
    for (name, moment) in [("exp", now - 59), ("nbf", now + 60)] {
        assert!(verifier.ask(&with(verifier.parameters(), name, Some(json!(moment)))).is_ok());
    }
}

#[test]
fn vp_13_another_response_type_or_a_nested_request_is_refused() {
    refused_with("response_type", None, RESPONSE_TYPE, "missing");
    for other in ["code", "vp_token id_token", "VP_TOKEN"] {
        let refusal = refused_with("response_type", Some(json!(other)), RESPONSE_TYPE, "not-supported");
        assert_eq!(ErrorCode::for_refusal(&refusal), ErrorCode::UnsupportedResponseType);
    }
    refused_with("request", Some(json!("x")), RESPONSE_TYPE, "request-within-request");
    refused_with("request_uri", Some(json!("https://a.example")), RESPONSE_TYPE, "request-within-request");
}

#[test]
fn vp_14_another_response_mode_is_refused() {
    refused_with("response_mode", None, RESPONSE_MODE, "missing");
    for other in ["fragment", "query", "dc_api", "dc_api.jwt", "form_post", "direct_post.JWT"] {
        refused_with("response_mode", Some(json!(other)), RESPONSE_MODE, "not-supported");
    }
    refused_with("response_mode", Some(json!(["direct_post"])), RESPONSE_MODE, "not-a-string");
}

#[test]
fn vp_15_a_response_uri_that_leaks_or_competes_is_refused() {
    refused_with("response_uri", None, RESPONSE_URI, "missing");
    refused_with("redirect_uri", Some(json!(RESPONSE)), RESPONSE_URI, "redirect-uri-present");
    for uri in [
        "http://verifier.example/",
        "ftp://verifier.example",
        "/response",
        "https://u@v.example",
        "https://v.example/#x",
    ] {
        refused_with("response_uri", Some(json!(uri)), RESPONSE_URI, "response-uri-malformed");
    }
}

#[test]
fn vp_16_a_request_without_a_url_safe_nonce_is_refused() {
    refused_with("nonce", None, NONCE, "missing");
    refused_with("nonce", Some(json!(7)), NONCE, "not-a-string");
    for nonce in ["", "a b", "a\"b", "a\n", "논스", "a+b", "a/b", &"a".repeat(2049)] {
        refused_with("nonce", Some(json!(nonce)), NONCE, "not-url-safe");
    }
}

#[test]
fn vp_17_a_malformed_state_or_none_where_holder_binding_is_waived_is_refused() {
    refused_with("state", Some(json!("a b")), STATE, "not-url-safe");
    refused_with("state", Some(json!({})), STATE, "not-a-string");
    let verifier = DidVerifier::new(1);
    let stateless = with(verifier.parameters(), "state", None);
    assert!(verifier.ask(&stateless).is_ok());
    let mut waived = stateless;
    waived["dcql_query"]["credentials"][0]["require_cryptographic_holder_binding"] = json!(false);
    refused(verifier.ask(&waived), STATE, "missing");
}

#[test]
fn vp_18_a_request_without_a_query_or_with_a_scope_is_refused() {
    refused_with("dcql_query", None, DCQL_QUERY, "missing");
    refused_with("scope", Some(json!("com.example.id")), DCQL_QUERY, "query-and-scope");
    let verifier = DidVerifier::new(1);
    let scoped =
        with(with(verifier.parameters(), "dcql_query", None), "scope", Some(json!("com.example.id")));
    let refusal = verifier.ask(&scoped).unwrap_err();
    assert_eq!((refusal.check, refusal.reason.code), (DCQL_QUERY, "scope-not-supported"));
    assert_eq!(ErrorCode::for_refusal(&refusal), ErrorCode::InvalidScope);
    refused_with(
        "dcql_query",
        Some(json!({"credentials": []})),
        dcql::checks::CREDENTIALS,
        "not-a-non-empty-array",
    );
    refused_with("dcql_query", Some(json!("{}")), dcql::checks::CREDENTIALS, "not-an-object");
}

#[test]
fn vp_19_malformed_client_metadata_is_refused() {
    refused_with("client_metadata", None, CLIENT_METADATA, "client-metadata-missing");
    refused_with("client_metadata", Some(json!([])), CLIENT_METADATA, "client-metadata-malformed");
    for formats in [json!(null), json!([]), json!({"dc+sd-jwt": []})] {
        let metadata = json!({"vp_formats_supported": formats});
        refused_with("client_metadata", Some(metadata), CLIENT_METADATA, "formats-missing");
    }
    refused_with("client_metadata", Some(json!({})), CLIENT_METADATA, "formats-missing");
    let key = json!({"kty": "OKP", "crv": "X448", "x": "AA", "kid": "a", "alg": "ECDH-ES"});
    let many: Vec<_> = (0..33).map(|n| with(key.clone(), "kid", Some(json!(n.to_string())))).collect();
    for jwks in [
        json!([]),
        json!({}),
        json!({"keys": [with(key.clone(), "kid", None)]}),
        json!({"keys": [key, key]}),
        json!({"keys": many}),
    ] {
        let metadata = with(metadata(), "jwks", Some(jwks));
        refused_with("client_metadata", Some(metadata), CLIENT_METADATA, "jwks-malformed");
    }
    for names in [json!([]), json!("A128GCM"), json!([1])] {
        let metadata = with(metadata(), "encrypted_response_enc_values_supported", Some(names));
        refused_with("client_metadata", Some(metadata), CLIENT_METADATA, "enc-values-malformed");
    }
}

/// `jwks` with the public key, changed.
fn jwks(name: &str, value: Option<Value>) -> Value {
    let key = PrivateKey::generate(KeyType::P256, &Repeatable::new(5));
    let mut jwk = key.public().to_jwk();
    for (name, value) in [("kid", "a"), ("use", "enc"), ("alg", "ECDH-ES")] {
        jwk[name] = json!(value);
    }
    json!({"keys": [with(jwk, name, value)]})
}

#[test]
fn vp_20_a_demand_for_encryption_that_cannot_be_met_is_refused() {
    let verifier = DidVerifier::new(1);
    let encrypted = with(verifier.parameters(), "response_mode", Some(json!("direct_post.jwt")));
    let ask = |metadata: Value| verifier.ask(&with(encrypted.clone(), "client_metadata", Some(metadata)));
    let keyed = |name, value| with(metadata(), "jwks", Some(jwks(name, value)));
    assert!(ask(keyed("x", None).clone()).is_err(), "a key without x is none");
    assert!(ask(keyed("use", None)).is_ok());
    refused(ask(metadata()), ENCRYPTION_KEY, "no-encryption-key");
    for (name, value) in [
        ("use", Some(json!("sig"))),
        ("alg", None),
        ("alg", Some(json!("ECDH-ES+A256GCMKW"))),
        ("alg", Some(json!("RSA-OAEP"))),
        ("crv", Some(json!("secp256k1"))),
        ("d", Some(json!("AAAA"))),
    ] {
        refused(ask(keyed(name, value)), ENCRYPTION_KEY, "no-encryption-key");
    }
    let unknown = json!(["A192CBC-HS384"]);
    let other = with(keyed("use", None), "encrypted_response_enc_values_supported", Some(unknown));
    refused(ask(other), ENCRYPTION_KEY, "no-content-encryption");
}

#[test]
fn vp_22_a_request_for_formats_that_nobody_speaks_is_refused() {
    let mdoc = json!({"credentials": [{"id": "a", "format": "mso_mdoc", "meta": {}}]});
    let refusal = refused_with("dcql_query", Some(mdoc), FORMATS, "no-common-format");
    assert_eq!(ErrorCode::for_refusal(&refusal), ErrorCode::VpFormatsNotSupported);
    let other = json!({"vp_formats_supported": {"ldp_vc": {}}});
    refused_with("client_metadata", Some(other), FORMATS, "no-common-format");
}

#[test]
fn the_official_metadata_says_what_is_accepted() {
    use crate::dcql::Format::{DcSdJwt, JwtVcJson, LdpVc, MsoMdoc};
    let read = |name: &str| {
        let example = dcql::tests::vector(&format!("client_metadata/{name}_verifier_metadata.json"))?;
        Some(ClientMetadata::read(Some(&example)).unwrap())
    };
    let Some(sd_jwt) = read("sd_jwt_vc") else { return };
    assert!(sd_jwt.supports(DcSdJwt) && !sd_jwt.supports(LdpVc));
    assert!(sd_jwt.accepts(DcSdJwt, "kb-jwt_alg_values", "ES384"));
    assert!(!sd_jwt.accepts(DcSdJwt, "kb-jwt_alg_values", "EdDSA"));
    assert!(sd_jwt.accepts(DcSdJwt, "unrestricted", "x") && !sd_jwt.accepts(LdpVc, "unrestricted", "x"));
    let Some(jwt) = read("w3c_jwt") else { return };
    assert!(jwt.accepts(JwtVcJson, "alg_values", "ES256"));
    let Some(ldp) = read("w3c_ldp") else { return };
    assert!(ldp.accepts(LdpVc, "cryptosuite_values", "bbs-2023"));
    assert!(!ldp.accepts(LdpVc, "cryptosuite_values", "eddsa-rdfc-2022"));
    let Some(mdoc) = read("mso_mdoc") else { return };
    assert!(mdoc.supports(MsoMdoc));
}

#[test]
fn eddsa_and_ed25519_are_one_algorithm() {
    let metadata = json!({"vp_formats_supported": {"dc+sd-jwt": {"kb-jwt_alg_values": ["Ed25519"]}}});
    let metadata = ClientMetadata::read(Some(&metadata)).unwrap();
    assert!(metadata.accepts(dcql::Format::DcSdJwt, "kb-jwt_alg_values", "EdDSA"));
    assert!(!metadata.accepts(dcql::Format::DcSdJwt, "kb-jwt_alg_values", "ES256"));
}
