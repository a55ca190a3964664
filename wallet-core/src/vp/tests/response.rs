//! The response as a verifier reads it, and what it answers.

use std::collections::BTreeMap;

use super::*;
use crate::jose::jwe::{self, ContentEncryption, KeyManagement, Recipient};

const PLAINLY: ResponseExpectation<'_> = ResponseExpectation { state: "s1", decryption: None };

fn open(body: &str, expected: ResponseExpectation<'_>) -> Result<AuthorizationResponse, Refusal> {
    PostedResponse::parse(body.as_bytes())?.open(expected)
}

fn form<'p>(parameters: &[(&'p str, &'p str)]) -> String {
    super::super::form::encode(parameters.iter().copied())
}

#[test]
fn a_plain_response_is_read_and_its_unknown_parameters_ignored() {
    let body = form(&[("vp_token", r#"{"a":["x~y~"]}"#), ("state", "s1"), ("iss", "x")]);
    let posted = PostedResponse::parse(body.as_bytes()).unwrap();
    assert_eq!((posted.state(), posted.kid()), (Some("s1"), None));
    let AuthorizationResponse::Presented(token) = posted.open(PLAINLY).unwrap() else { panic!("error") };
    assert_eq!(token.presentations()["a"], [json!("x~y~")]);
    assert!(!format!("{token:?}").contains("x~y"));
}

#[test]
fn vp_24_a_body_that_is_not_one_answer_is_refused() {
    for (body, code) in [
        ("vp_token=%7B%7D&vp_token=%7B%7D&state=s1".to_owned(), "form-malformed"),
        ("vp_token=%ff&state=s1".to_owned(), "form-malformed"),
        ("a".repeat((2 << 20) + 1), "form-malformed"),
        ("state=s1".to_owned(), "not-one-answer"),
        (form(&[("vp_token", "{}"), ("error", "access_denied"), ("state", "s1")]), "not-one-answer"),
        (form(&[("vp_token", "{}"), ("response", "x"), ("state", "s1")]), "not-one-answer"),
        (form(&[("vp_token", "[]"), ("state", "s1")]), "response-malformed"),
        (form(&[("vp_token", "x"), ("state", "s1")]), "response-malformed"),
        (form(&[("vp_token", r#"{"a":["x"],"a":["y"]}"#), ("state", "s1")]), "response-malformed"),
        (
            form(&[("vp_token", &format!("{}{}", "[".repeat(40), "]".repeat(40))), ("state", "s1")]),
            "response-malformed",
        ),
    ] {
        refused(open(&body, PLAINLY), RESPONSE_FORM, code);
    }
}

#[test]
fn vp_25_a_response_to_another_request_is_refused() {
    for state in [Some("s2"), Some(""), None] {
        let mut parameters = vec![("vp_token", r#"{"a":["x"]}"#)];
        parameters.extend(state.map(|state| ("state", state)));
        refused(open(&form(&parameters), PLAINLY), RESPONSE_STATE, "state-mismatch");
    }
    refused(
        open(&form(&[("error", "access_denied"), ("state", "s2")]), PLAINLY),
        RESPONSE_STATE,
        "state-mismatch",
    );
}

fn encrypt(payload: &Value, kid: Option<&str>, key: &PrivateKey, enc: ContentEncryption) -> String {
    let to = Recipient { key: key.public(), kid, alg: KeyManagement::EcdhEs, enc, apu: &[], apv: &[] };
    let response = jwe::encrypt(payload.to_string().as_bytes(), &to, &Repeatable::new(7)).unwrap();
    form(&[("response", response.as_str())])
}

/// The verifier's key has one JWK for each algorithm it offers; a response says both, and they belong together (§8.3).
#[cfg(feature = "josekit")]
#[test]
fn vp_26_a_response_by_another_algorithm_than_that_of_its_key_is_refused() {
    let key = PrivateKey::generate(KeyType::P256, &Repeatable::new(3));
    let decryption = Decryption { kid: "k1", key: &key, offered: ContentEncryption::ALL };
    let expected = ResponseExpectation { state: "s1", decryption: Some(decryption) };
    let payload = json!({"vp_token": {"a": ["x"]}, "state": "s1"}).to_string();
    let answered = |alg, kid| {
        let enc = ContentEncryption::A128CbcHs256;
        let to = Recipient { key: key.public(), kid: Some(kid), alg, enc, apu: &[], apv: &[] };
        let response = jwe::encrypt(payload.as_bytes(), &to, &Repeatable::new(7)).unwrap();
        open(&form(&[("response", response.as_str())]), expected)
    };
    assert!(answered(KeyManagement::EcdhEs, "k1").is_ok());
    assert!(answered(KeyManagement::EcdhEsA256Kw, "k1.ECDH-ES+A256KW").is_ok());
    for (alg, kid) in [
        (KeyManagement::EcdhEsA256Kw, "k1"),
        (KeyManagement::EcdhEs, "k1.ECDH-ES+A256KW"),
        (KeyManagement::EcdhEsA128Kw, "k1.ECDH-ES+A256KW"),
        // Spoken, and not offered.
        (KeyManagement::EcdhEsA128Kw, "k1.ECDH-ES+A128KW"),
    ] {
        refused(answered(alg, kid), ENCRYPTED_AS_ASKED, "kid-mismatch");
    }
}

#[test]
fn vp_26_a_plain_response_is_refused_where_encryption_was_asked_for() {
    let key = PrivateKey::generate(KeyType::P256, &Repeatable::new(3));
    let offered = [ContentEncryption::A128Gcm];
    let decryption = Decryption { kid: "k1", key: &key, offered: &offered };
    let expected = ResponseExpectation { state: "s1", decryption: Some(decryption) };
    let plain = form(&[("vp_token", r#"{"a":["x"]}"#), ("state", "s1")]);
    refused(open(&plain, expected), ENCRYPTED_AS_ASKED, "not-encrypted");
    let denied = form(&[("error", "access_denied"), ("state", "s1")]);
    assert_eq!(open(&denied, expected), Ok(AuthorizationResponse::Error(ErrorCode::AccessDenied)));

    let payload = json!({"vp_token": {"a": ["x"]}, "state": "s1"});
    let body = encrypt(&payload, Some("k1"), &key, ContentEncryption::A128Gcm);
    assert_eq!(PostedResponse::parse(body.as_bytes()).unwrap().kid(), Some("k1"));
    assert!(open(&body, expected).is_ok());
    refused(open(&body, PLAINLY), ENCRYPTED_AS_ASKED, "encrypted-unasked");
    for kid in [None, Some("k2")] {
        let other = encrypt(&payload, kid, &key, ContentEncryption::A128Gcm);
        refused(open(&other, expected), ENCRYPTED_AS_ASKED, "kid-mismatch");
    }
    let not_offered = encrypt(&payload, Some("k1"), &key, ContentEncryption::A256Gcm);
    assert_eq!(open(&not_offered, expected).unwrap_err().check.id, "JE-04");
    let stranger = PrivateKey::generate(KeyType::P256, &Repeatable::new(4));
    let to_another = encrypt(&payload, Some("k1"), &stranger, ContentEncryption::A128Gcm);
    assert_eq!(open(&to_another, expected).unwrap_err().check.id, "JE-09");
    for (payload, check, code) in [
        (json!({"vp_token": {"a": ["x"]}}), RESPONSE_STATE, "state-mismatch"),
        (json!({"vp_token": {"a": ["x"]}, "state": "s2"}), RESPONSE_STATE, "state-mismatch"),
        (json!({"vp_token": "{}", "state": "s1"}), VP_TOKEN, "vp-token-malformed"),
        (json!({"state": "s1"}), RESPONSE_FORM, "not-one-answer"),
        (json!([]), RESPONSE_FORM, "response-malformed"),
    ] {
        refused(
            open(&encrypt(&payload, Some("k1"), &key, ContentEncryption::A128Gcm), expected),
            check,
            code,
        );
    }
}

#[test]
fn vp_27_a_malformed_vp_token_is_refused() {
    let many = vec![json!("x"); 65];
    for token in [
        json!({"a": []}),
        json!({"a": "x"}),
        json!({"a": [1]}),
        json!({"a": [["x"]]}),
        json!({"a": [null]}),
        json!({"a": many}),
    ] {
        let body = form(&[("vp_token", &token.to_string()), ("state", "s1")]);
        refused(open(&body, PLAINLY), VP_TOKEN, "vp-token-malformed");
    }
    let of_objects = BTreeMap::from([("a".to_owned(), vec![json!({"proof": {}}), json!("x")])]);
    assert!(VpToken::new(of_objects).is_ok());
}

#[test]
fn an_unknown_error_is_still_an_error() {
    let body = form(&[("error", "something_new"), ("error_description", "x"), ("state", "s1")]);
    assert_eq!(open(&body, PLAINLY), Ok(AuthorizationResponse::Error(ErrorCode::Other)));
    for code in ["access_denied", "vp_formats_not_supported", "wallet_unavailable"] {
        assert_eq!(ErrorCode::from_code(code).code(), code);
    }
}

#[test]
fn vp_28_an_answer_that_sends_the_browser_astray_is_refused() {
    let right =
        answer("application/json", br#"{"redirect_uri":"https://v.example/cb#response_code=x","more":1}"#);
    assert_eq!(
        PostAnswer::read(&right).unwrap().redirect_uri.unwrap().as_str(),
        "https://v.example/cb#response_code=x"
    );
    assert_eq!(PostAnswer::read(&answer("application/json", b"{}")), Ok(PostAnswer::default()));
    for status in [201, 204, 302, 303, 400, 500] {
        refused(
            PostAnswer::read(&HttpResponse { status, ..right.clone() }),
            POST_ANSWER,
            "response-uri-status",
        );
    }
    refused(PostAnswer::read(&answer("text/html", b"{}")), POST_ANSWER, "response-uri-body");
    for body in ["", "[]", r#"{"a":1,"a":2}"#] {
        refused(
            PostAnswer::read(&answer("application/json", body.as_bytes())),
            POST_ANSWER,
            "response-uri-body",
        );
    }
    for uri in ["/cb", "http://v.example/", "javascript:alert(1)", "data:text/html,x", "file:///etc/passwd"] {
        let body = json!({"redirect_uri": uri}).to_string();
        refused(
            PostAnswer::read(&answer("application/json", body.as_bytes())),
            POST_ANSWER,
            "redirect-uri-malformed",
        );
    }
    let app = json!({"redirect_uri": "com.example.app:/cb"}).to_string();
    assert!(PostAnswer::read(&answer("application/json", app.as_bytes())).is_ok());
    for no_offer in
        ["openid-credential-offer://", "openid-credential-offer://?credential_offer_uri=http://x.example"]
    {
        let body = json!({"redirect_uri": no_offer}).to_string();
        let read = PostAnswer::read(&answer("application/json", body.as_bytes()));
        refused(read, POST_ANSWER, "redirect-uri-malformed");
    }
}

#[test]
fn an_offer_comes_with_the_answer_or_why_there_is_none() {
    let link = "openid-credential-offer://?credential_offer_uri=https%3A%2F%2Fid.example%2Foffers%2F1";
    for offer in [Ok(url(link)), Err(OfferError::Unavailable), Err(OfferError::Refused)] {
        let answered = PostAnswer::offering(offer.clone());
        assert_eq!(answered.redirect_uri.as_ref().is_some_and(is_offer), offer.is_ok());
        let sent = answered.to_value().to_string();
        assert_eq!(PostAnswer::read(&answer("application/json", sent.as_bytes())), Ok(answered));
    }
    assert!(!is_offer(&url("https://v.example/cb")));
    let other = answer("application/json", br#"{"offer_error": "another"}"#);
    assert_eq!(PostAnswer::read(&other), Ok(PostAnswer::default()), "what is not known is passed over");
    let shown = format!("{:?}", PostAnswer::offering(Ok(url(link))));
    assert!(!shown.contains("offers"), "an offer is a secret: {shown}");
}

#[test]
fn each_answer_has_a_response_code_of_its_own() {
    let entropy = Repeatable::new(1);
    let frontend = url("https://v.example/cb?x=1#old");
    let (one, code) = PostAnswer::redirecting(&frontend, &entropy);
    let (_, other) = PostAnswer::redirecting(&frontend, &entropy);
    assert_ne!(code, other);
    let sent = one.to_value().to_string();
    assert_eq!(
        sent,
        json!({"redirect_uri": format!("https://v.example/cb?x=1#response_code={code}")}).to_string()
    );
    assert_eq!(PostAnswer::read(&answer("application/json", sent.as_bytes())), Ok(one));
}
