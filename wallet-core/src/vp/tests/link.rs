//! Links, and the request object behind them.

use super::*;

const OBJECT_URI: &str = "https://verifier.example/request/1";

fn reference(method: RequestUriMethod) -> RequestReference {
    let client_id = DidVerifier::new(1).client_id.as_str().to_owned();
    RequestReference { client_id, request_uri: url(OBJECT_URI), method }
}

#[test]
fn a_link_goes_there_and_back() {
    for method in [RequestUriMethod::Get, RequestUriMethod::Post] {
        let reference = reference(method);
        let Invitation::ByReference(read) = Invitation::parse(&reference.link()).unwrap() else {
            panic!("by value")
        };
        assert_eq!(read, reference);
    }
    assert!(
        reference(RequestUriMethod::Get)
            .link()
            .starts_with("openid4vp://?client_id=decentralized_identifier%3A")
    );
}

#[test]
fn vp_01_a_foreign_or_ambiguous_link_is_refused() {
    let long = format!("openid4vp://?client_id=x509_hash%3A{}", "a".repeat(70_000));
    for link in [
        "https://wallet.example/?client_id=a&request_uri=https%3A%2F%2Fa.example",
        "openid4vp",
        "openid4vp://",
        "openid4vp://?client_id=a&client_id=b&request_uri=https%3A%2F%2Fa.example",
        "openid4vp://?client_id=%zz",
        long.as_str(),
    ] {
        refused(Invitation::parse(link), LINK, "link-malformed");
    }
}

#[test]
fn vp_02_a_link_to_two_requests_or_to_no_https_url_is_refused() {
    let two = "openid4vp://?client_id=a&request=b&request_uri=https%3A%2F%2Fa.example";
    refused(Invitation::parse(two), ONE_REQUEST, "two-requests");
    for uri in
        ["http%3A%2F%2Fa.example%2F", "file%3A%2F%2F%2Fetc%2Fpasswd", "a", "https%3A%2F%2Fu%3Ap%40a.example"]
    {
        let link = format!("openid4vp://?client_id=a&request_uri={uri}");
        refused(Invitation::parse(&link), ONE_REQUEST, "request-uri-malformed");
    }
}

#[test]
fn vp_03_a_request_uri_method_other_than_get_and_post_is_refused() {
    for method in ["GET", "Post", "put", ""] {
        let link = format!(
            "openid4vp://?client_id=a&request_uri=https%3A%2F%2Fa.example&request_uri_method={method}"
        );
        let refusal = Invitation::parse(&link).unwrap_err();
        assert_eq!((refusal.check, refusal.reason.code), (REQUEST_URI_METHOD, "method-unknown"));
        assert_eq!(ErrorCode::for_refusal(&refusal), ErrorCode::InvalidRequestUriMethod);
    }
    let alone = "openid4vp://?client_id=a&request_uri_method=post";
    refused(Invitation::parse(alone), REQUEST_URI_METHOD, "method-without-uri");
}

#[test]
fn vp_04_an_answer_that_is_no_request_object_is_refused() {
    let entropy = Repeatable::new(2);
    let verifier = DidVerifier::new(1);
    let object = verifier.sign(&verifier.header(), &verifier.parameters());
    let read = |answer: &HttpResponse| reference(RequestUriMethod::Get).start(&entropy).read(answer);
    let right = answer(REQUEST_OBJECT_MEDIA_TYPE, object.as_bytes());
    assert!(read(&right).is_ok());
    for status in [201, 204, 302, 307, 404, 500] {
        let other = HttpResponse { status, ..right.clone() };
        refused(read(&other), REQUEST_URI_ANSWER, "request-uri-status");
    }
    for content_type in ["", "application/json", "application/jwt", "text/plain"] {
        refused(
            read(&answer(content_type, object.as_bytes())),
            REQUEST_URI_ANSWER,
            "request-uri-content-type",
        );
    }
    refused(read(&answer(REQUEST_OBJECT_MEDIA_TYPE, &[0xff])), REQUEST_URI_ANSWER, "request-uri-body");
}

#[test]
fn a_get_asks_for_a_request_object_and_nothing_else() {
    let pending = reference(RequestUriMethod::Get).start(&Repeatable::new(2));
    let request = pending.request();
    assert!(request.method == crate::ports::Method::Get && request.url.as_str() == OBJECT_URI);
    assert_eq!(request.headers, [("accept", REQUEST_OBJECT_MEDIA_TYPE.to_owned())]);
}

#[test]
fn vp_12_a_request_object_without_the_wallet_nonce_sent_for_it_is_refused() {
    let verifier = DidVerifier::new(1);
    let outcome = |wallet_nonce: fn(&str) -> Option<Value>| {
        let pending = reference(RequestUriMethod::Post).start(&Repeatable::new(2));
        let sent = wallet_nonce_of_post(&pending.request().body).unwrap().unwrap();
        let payload = with(verifier.parameters(), "wallet_nonce", wallet_nonce(&sent));
        let object = verifier.sign(&verifier.header(), &payload);
        let request = pending.read(&answer(REQUEST_OBJECT_MEDIA_TYPE, object.as_bytes())).unwrap();
        request.authenticate(trust(&Documents::new(), None))
    };
    assert!(outcome(|sent| Some(json!(sent))).is_ok());
    refused(outcome(|_| None), WALLET_NONCE, "wallet-nonce-mismatch");
    refused(outcome(|_| Some(json!("another"))), WALLET_NONCE, "wallet-nonce-mismatch");
    refused(outcome(|_| Some(json!(null))), WALLET_NONCE, "wallet-nonce-mismatch");
}

#[test]
fn each_post_has_a_wallet_nonce_of_its_own() {
    let entropy = Repeatable::new(2);
    let nonce = || {
        let pending = reference(RequestUriMethod::Post).start(&entropy);
        wallet_nonce_of_post(&pending.request().body).unwrap().unwrap()
    };
    let (one, two) = (nonce(), nonce());
    assert!(one != two && one.len() == 32);
}

#[test]
fn vp_23_a_malformed_post_to_the_request_uri_is_refused() {
    refused(wallet_nonce_of_post(b"wallet_nonce=a&wallet_nonce=b"), REQUEST_URI_POST, "form-malformed");
    refused(wallet_nonce_of_post(b"wallet_nonce=%ff"), REQUEST_URI_POST, "form-malformed");
    for nonce in ["", "a%20b", "%22", "%00", &"a".repeat(3000)] {
        let body = format!("wallet_nonce={nonce}");
        refused(wallet_nonce_of_post(body.as_bytes()), REQUEST_URI_POST, "wallet-nonce-malformed");
    }
    assert_eq!(wallet_nonce_of_post(b"wallet_metadata=%7B%7D&x=1"), Ok(None));
}

#[test]
fn vp_09_an_object_of_another_client_is_refused() {
    let (verifier, other) = (DidVerifier::new(1), DidVerifier::new(9));
    for (inner, code) in [
        (Some(json!(other.client_id.as_str())), "client-id-mismatch"),
        (
            Some(json!(verifier.client_id.as_str().trim_start_matches("decentralized_identifier:"))),
            "client-id-mismatch",
        ),
        (Some(json!(1)), "client-id-mismatch"),
        (None, "client-id-missing"),
    ] {
        let payload = with(verifier.parameters(), "client_id", inner);
        refused(verifier.ask(&payload), CLIENT_ID_SAME, code);
    }
    let object = verifier.sign(&verifier.header(), &verifier.parameters());
    let nameless = super::super::link::link([("request", object.as_str())]);
    refused(Invitation::parse(&nameless), CLIENT_ID_SAME, "client-id-missing");
}
