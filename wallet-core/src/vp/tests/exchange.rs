//! The whole exchange: verifier asks, wallet understands and answers, verifier reads.

use std::collections::BTreeMap;

use super::super::request::check_own;
use super::*;
use crate::jose::jwe::ContentEncryption;

fn formats() -> Map<String, Value> {
    metadata()["vp_formats_supported"].as_object().unwrap().clone()
}

fn new_request<'a>(
    client_id: &'a ClientId,
    response_uri: &'a Url,
    query: &'a Value,
    client_metadata: &'a ClientMetadata,
) -> NewRequest<'a> {
    NewRequest { client_id, response_uri, query, consent: None, client_metadata, lifetime: Seconds(300) }
}

fn presented() -> AuthorizationResponse {
    let presentations = BTreeMap::from([("student".to_owned(), vec![json!("sd~jwt~kb")])]);
    AuthorizationResponse::Presented(VpToken::new(presentations).unwrap())
}

/// Sends `sent` by reference with POST and lets the wallet read it.
fn deliver(sent: &SentRequest, verifier: &DidVerifier, entropy: &dyn Entropy) -> AuthorizationRequest {
    let reference = RequestReference {
        client_id: sent.client_id().to_owned(),
        request_uri: url("https://verifier.example/request/1"),
        method: RequestUriMethod::Post,
    };
    let Invitation::ByReference(reference) = Invitation::parse(&reference.link()).unwrap() else {
        panic!("value")
    };
    let pending = reference.start(entropy);
    let wallet_nonce = wallet_nonce_of_post(&pending.request().body).unwrap();
    let identification = Identification::Kid(verifier.kid.clone());
    let object = sent.request_object(verifier.key.public(), identification, wallet_nonce.as_deref()).unwrap();
    let object = object.sign(&verifier.key).unwrap();
    let request = pending.read(&answer(REQUEST_OBJECT_MEDIA_TYPE, object.as_bytes())).unwrap();
    request.authenticate(trust(&Documents::new(), None)).unwrap().validate().unwrap()
}

/// What a wallet that knows `sent` to be from `client_id` reads in its kept form.
fn judged(sent: &SentRequest, client_id: &ClientId) -> Result<AuthorizationRequest, Refusal> {
    let Value::Object(parameters) = serde_json::to_value(sent).unwrap() else { panic!("an object") };
    check_own(client_id, parameters)
}

#[test]
fn a_signed_request_is_answered_plainly() {
    let (verifier, entropy) = (DidVerifier::new(1), Repeatable::new(2));
    let metadata = ClientMetadata::new(formats(), Vec::new(), Vec::new());
    let (response_uri, query) = (url(RESPONSE), query());
    let sent =
        new_request(&verifier.client_id, &response_uri, &query, &metadata).build(&entropy, NOW).unwrap();
    let request = deliver(&sent, &verifier, &entropy);
    assert_eq!(request, judged(&sent, &verifier.client_id).unwrap());
    assert_eq!(request.query, sent.query().unwrap());
    assert_eq!((request.nonce.as_str(), request.response_mode), (sent.nonce(), ResponseMode::DirectPost));
    let http = presented().post(&request, &entropy).unwrap();
    assert_eq!(http.url.as_str(), RESPONSE);
    let posted = PostedResponse::parse(&http.body).unwrap();
    assert_eq!(posted.state(), Some(sent.state()));
    let expected = ResponseExpectation { state: sent.state(), decryption: None };
    assert_eq!(posted.open(expected), Ok(presented()));
}

#[test]
fn a_request_with_a_key_is_answered_encrypted_errors_too() {
    let (verifier, entropy) = (DidVerifier::new(1), Repeatable::new(2));
    let query = query();
    for key_type in [KeyType::P256, KeyType::P384, KeyType::X25519] {
        for enc in ContentEncryption::ALL {
            let private = PrivateKey::generate(key_type, &entropy);
            let keys = EncryptionKey::offered("k1", private.public());
            let metadata = ClientMetadata::new(formats(), keys, vec![*enc]);
            let response_uri = url(RESPONSE);
            let asked = new_request(&verifier.client_id, &response_uri, &query, &metadata);
            let sent = asked.build(&entropy, NOW).unwrap();
            let request = deliver(&sent, &verifier, &entropy);
            let decryption = Decryption { kid: "k1", key: &private, offered: &[*enc] };
            let expected = ResponseExpectation { state: sent.state(), decryption: Some(decryption) };
            for response in [presented(), AuthorizationResponse::Error(ErrorCode::AccessDenied)] {
                let body = response.post(&request, &entropy).unwrap().body;
                assert!(body.starts_with(b"response="));
                assert_eq!(PostedResponse::parse(&body).unwrap().open(expected), Ok(response));
            }
        }
    }
}

/// To a verifier that wants its keys wrapped the wallet wraps them; where there is a choice it agrees directly.
#[cfg(feature = "josekit")]
#[test]
fn a_wallet_encrypts_by_the_algorithm_of_the_verifiers_key() {
    use crate::jose::jwe::KeyManagement;
    let entropy = Repeatable::new(2);
    let private = PrivateKey::generate(KeyType::P256, &entropy);
    let both = EncryptionKey::offered("k1", private.public());
    assert_eq!(both.iter().map(|key| key.alg).collect::<Vec<_>>(), KeyManagement::OFFERED);
    let reversed: Vec<_> = both.iter().rev().cloned().collect();
    for (keys, alg) in [
        (both.clone(), KeyManagement::EcdhEs),
        (reversed, KeyManagement::EcdhEs),
        (both[1..].to_vec(), KeyManagement::EcdhEsA256Kw),
    ] {
        let sent = ClientMetadata::new(formats(), keys, vec![ContentEncryption::A128CbcHs256]);
        let read = ClientMetadata::read(Some(&sent.to_value())).unwrap();
        assert_eq!(read, sent);
        let to = read.recipient().unwrap();
        assert_eq!((to.alg, to.enc), (alg, ContentEncryption::A128CbcHs256));
    }
}

#[test]
fn an_unsigned_request_travels_in_its_link() {
    let client_id = ClientId::parse(&format!("redirect_uri:{RESPONSE}")).unwrap();
    let metadata = ClientMetadata::new(formats(), Vec::new(), Vec::new());
    let (response_uri, query) = (url(RESPONSE), query());
    let asked = new_request(&client_id, &response_uri, &query, &metadata);
    let sent = asked.build(&Repeatable::new(2), NOW).unwrap();
    let read = |link: &str| -> Result<AuthorizationRequest, Refusal> {
        let Invitation::ByValue(request) = Invitation::parse(link)? else { panic!("by reference") };
        request.authenticate(trust(&Documents::new(), None))?.validate()
    };
    let asked = judged(&sent, &client_id).map(|asked| AuthorizationRequest { expires: None, ..asked });
    assert_eq!(read(&sent.link()), asked, "only request objects have an end");
    let evil = sent
        .link()
        .replace("response_uri=https%3A%2F%2Fverifier.example", "response_uri=https%3A%2F%2Fevil.example");
    refused(read(&evil), RESPONSE_URI, "response-uri-of-another");
    let broken = sent.link().replace("dcql_query=%7B", "dcql_query=");
    refused(read(&broken), DCQL_QUERY, "not-supported");
    let without = super::super::link::link([
        ("client_id", client_id.as_str()),
        ("response_type", "vp_token"),
        ("response_mode", "direct_post"),
        ("nonce", "n"),
        ("dcql_query", &query.to_string()),
        ("client_metadata", &super::metadata().to_string()),
    ]);
    let without = read(&without).unwrap();
    assert_eq!(without.reply_to.response_uri, response_uri, "the client id says where");
    assert_eq!(without.response_uri, RESPONSE);
    let asked = read(&sent.link()).unwrap();
    assert_eq!(asked.session_transcript().unwrap(), sent.session_transcript(None), "one session for both");
}

#[test]
fn a_verifier_cannot_send_what_a_wallet_refuses() {
    let (verifier, entropy) = (DidVerifier::new(1), Repeatable::new(2));
    let metadata = ClientMetadata::new(formats(), Vec::new(), Vec::new());
    let twice =
        with(query()["credentials"][0].clone(), "claims", Some(json!([{"path": ["a"]}, {"path": ["a"]}])));
    let unanswerable = json!({"credentials": [{"id": "a", "format": "mso_mdoc", "meta": {}}]});
    for (response_uri, query, check) in [
        ("http://verifier.example/", query(), "VP-15"),
        (RESPONSE, json!({}), "DQ-01"),
        (RESPONSE, json!({"credentials": [twice]}), "DQ-13"),
        (RESPONSE, unanswerable, "VP-22"),
    ] {
        let response_uri = url(response_uri);
        let outcome = new_request(&verifier.client_id, &response_uri, &query, &metadata).build(&entropy, NOW);
        assert_eq!(outcome.unwrap_err().check.id, check);
    }
}

#[test]
fn nonce_and_state_are_fresh_and_the_kept_form_reads_back() {
    let (verifier, entropy) = (DidVerifier::new(1), Repeatable::new(2));
    let metadata = ClientMetadata::new(formats(), Vec::new(), Vec::new());
    let (response_uri, query) = (url(RESPONSE), query());
    let asked = new_request(&verifier.client_id, &response_uri, &query, &metadata);
    let (one, two) = (asked.build(&entropy, NOW).unwrap(), asked.build(&entropy, NOW).unwrap());
    let values = [one.nonce(), one.state(), two.nonce(), two.state()];
    assert!(values.iter().all(|value| value.len() == 32));
    assert_eq!(values.iter().collect::<std::collections::BTreeSet<_>>().len(), 4);
    let kept = serde_json::to_string(&one).unwrap();
    let read: SentRequest = serde_json::from_str(&kept).unwrap();
    assert_eq!(serde_json::to_string(&read).unwrap(), kept);
    assert_eq!(judged(&read, &verifier.client_id), judged(&one, &verifier.client_id));
}

#[test]
fn a_refused_request_can_be_answered_with_an_error() {
    let verifier = DidVerifier::new(1);
    let payload = with(verifier.parameters(), "transaction_data", Some(json!(["x"])));
    let request = verifier.invite(&verifier.sign(&verifier.header(), &payload)).unwrap();
    let authenticated = request.authenticate(trust(&Documents::new(), None)).unwrap();
    let code = ErrorCode::for_refusal(&authenticated.validate().unwrap_err());
    let http = code.post(authenticated.reply_to());
    assert_eq!(http.url.as_str(), RESPONSE);
    assert_eq!(http.body, b"error=invalid_transaction_data&state=af0ifjsldkj");
}

#[test]
fn presentations_name_the_whole_client_identifier() {
    use crate::dcql::tests::vector;
    let (Some(key_binding), Some(jwt), Some(ldp)) = (
        vector("response/kb_jwt_unsecured.json"),
        vector("response/jwt_vc.json"),
        vector("response/ldp_vc.json"),
    ) else {
        return;
    };
    for audience in [&key_binding["aud"], &jwt["aud"], &ldp["proof"]["domain"]] {
        let client_id = ClientId::parse(audience.as_str().unwrap()).unwrap();
        assert_eq!(client_id.client(), &Client::X509SanDns("client.example.org".to_owned()));
        assert_eq!(client_id.as_str(), "x509_san_dns:client.example.org");
    }
}

proptest::proptest! {
    #![proptest_config(proptest::prelude::ProptestConfig { failure_persistence: None, ..Default::default() })]

    /// No panic, whatever comes; what is read out of a form is what was put in.
    #[test]
    fn foreign_bytes_are_read_or_refused(
        bytes in proptest::collection::vec(proptest::num::u8::ANY, 0..300),
        text in "(openid4vp:)?[ -~]{0,80}",
        value in "\\PC{0,40}",
    ) {
        let _ = Invitation::parse(&text);
        let _ = Invitation::parse(&format!("openid4vp://?{text}"));
        let _ = ClientId::parse(&text);
        let _ = PostedResponse::parse(&bytes);
        let _ = wallet_nonce_of_post(&bytes);
        let _ = PostAnswer::read(&answer("application/json", &bytes));
        let form = super::super::form::encode([("a", value.as_str())]);
        let read = super::super::form::parse(form.as_bytes(), 1000).unwrap();
        proptest::prop_assert_eq!(&read["a"], &value);
    }
}
