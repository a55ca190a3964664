//! Who asks: each prefix, and each way to pretend.

use super::*;

const NAME: &str = "verifier.example";

/// A request object for `client_id`, signed with a certificate's key.
fn object(client_id: &ClientId, key: &PrivateKey, chain: Vec<Vec<u8>>, payload: &Value) -> UnverifiedRequest {
    let header = Header::for_key(key.public()).unwrap().typ("oauth-authz-req+jwt").x5c(chain);
    let object = UnsignedJws::new(&header, payload).sign(key).unwrap();
    UnverifiedRequest::from_object(&object, client_id.as_str(), None).unwrap()
}

fn payload(client_id: &ClientId) -> Value {
    with(parameters(client_id.as_str()), "aud", Some(json!(STATIC_DISCOVERY_AUDIENCE)))
}

/// A certificate for `name` with its key.
fn certificate(root: &Authority, name: &str) -> (Vec<u8>, PrivateKey) {
    let (leaf, pkcs8) = root.leaf(&[name]);
    (leaf, PrivateKey::from_pkcs8_der(&pkcs8).unwrap())
}

#[test]
fn vp_05_clients_without_a_supported_prefix_are_refused() {
    for (client_id, code) in [
        ("example-client", "client-not-registered"),
        ("", "client-not-registered"),
        ("https://client.example", "prefix-not-supported"),
        ("openid_federation:https://f.example", "prefix-not-supported"),
        ("verifier_attestation:v.example", "prefix-not-supported"),
        ("X509_HASH:Uvo3HtuIxuhC92rShpgqcT3YXwrqRxWEviRiA0OZszk", "prefix-not-supported"),
        ("did:key:z6Mk", "prefix-not-supported"),
        ("origin:https://v.example", "prefix-reserved"),
    ] {
        refused(ClientId::parse(client_id), PREFIX_SUPPORTED, code);
    }
}

#[test]
fn vp_06_an_identifier_that_its_prefix_does_not_allow_is_refused() {
    for client_id in [
        "redirect_uri:",
        "redirect_uri:http://client.example/cb",
        "redirect_uri:https://u@client.example/cb",
        "redirect_uri:https://client.example/cb#x",
        "redirect_uri:javascript:alert(1)",
        "x509_san_dns:",
        "x509_san_dns:a..b",
        "x509_san_dns:*.example",
        "x509_san_dns:a.example:8443",
        "x509_san_dns:-a.example",
        "x509_hash:",
        "x509_hash:abc",
        "x509_hash:Uvo3HtuIxuhC92rShpgqcT3YXwrqRxWEviRiA0OZszk=",
        "decentralized_identifier:example",
        "decentralized_identifier:did:key:z6Mk#key",
    ] {
        refused(ClientId::parse(client_id), CLIENT_ID, "client-id-malformed");
    }
    assert!(ClientId::parse("x509_hash:Uvo3HtuIxuhC92rShpgqcT3YXwrqRxWEviRiA0OZszk").is_ok());
}

#[test]
fn vp_07_who_has_to_sign_and_does_not_is_refused_and_the_other_way_round() {
    let verifier = DidVerifier::new(1);
    let unsigned = super::super::link::link([
        ("client_id", verifier.client_id.as_str()),
        ("response_type", "vp_token"),
        ("response_mode", "direct_post"),
        ("response_uri", RESPONSE),
        ("nonce", "n"),
    ]);
    refused(Invitation::parse(&unsigned), SIGNED_AS_PREFIX_DEMANDS, "request-not-signed");
    let redirecting = format!("redirect_uri:{RESPONSE}");
    let payload = with(verifier.parameters(), "client_id", Some(json!(redirecting)));
    let object = verifier.sign(&verifier.header(), &payload);
    let signed =
        super::super::link::link([("client_id", redirecting.as_str()), ("request", object.as_str())]);
    refused(Invitation::parse(&signed), SIGNED_AS_PREFIX_DEMANDS, "request-cannot-be-signed");
}

#[test]
fn a_certificate_authenticates_by_its_hash_and_by_its_name() {
    let root = Authority::root("root");
    let (leaf, key) = certificate(&root, NAME);
    for client_id in [ClientId::x509_hash(&leaf), ClientId::parse(&format!("x509_san_dns:{NAME}")).unwrap()] {
        let request = object(&client_id, &key, vec![leaf.clone()], &payload(&client_id));
        let authenticated = request.authenticate(trust(&Documents::new(), Some(&root.anchors()))).unwrap();
        let request = authenticated.validate().unwrap();
        assert_eq!((request.client_id, request.certified_names), (client_id, vec![NAME.to_owned()]));
    }
    let did = DidVerifier::new(1);
    let request = did.invite(&did.sign(&did.header(), &did.parameters())).unwrap();
    let request = request.authenticate(trust(&Documents::new(), Some(&root.anchors()))).unwrap();
    assert_eq!(request.validate().unwrap().certified_names, [""; 0], "nobody certified it");
}

#[test]
fn vp_08_a_certificate_that_is_not_the_clients_is_refused() {
    let (root, stranger) = (Authority::root("root"), Authority::root("stranger"));
    let (leaf, key) = certificate(&root, NAME);
    let (other_leaf, other_key) = certificate(&root, "other.example");
    let (foreign_leaf, foreign_key) = certificate(&stranger, NAME);
    let by_hash = ClientId::x509_hash(&leaf);
    let by_name = ClientId::parse(&format!("x509_san_dns:{NAME}")).unwrap();
    let documents = Documents::new();
    let anchors = root.anchors();
    let judge = |client_id: &ClientId, key: &PrivateKey, chain: Vec<Vec<u8>>, anchors| {
        object(client_id, key, chain, &payload(client_id)).authenticate(trust(&documents, anchors))
    };
    for client_id in [&by_hash, &by_name] {
        let certified = |key, chain| judge(client_id, key, chain, Some(&anchors));
        refused(certified(&key, vec![]), CLIENT_KEY, "x5c-missing");
        refused(judge(client_id, &key, vec![leaf.clone()], None), CLIENT_KEY, "no-anchors");
        refused(certified(&foreign_key, vec![foreign_leaf.clone()]), CLIENT_KEY, "certificate-not-trusted");
        let stolen = certified(&other_key, vec![leaf.clone()]);
        assert_eq!(stolen.unwrap_err().check.id, "JW-07");
    }
    let of_another = judge(&by_hash, &other_key, vec![other_leaf.clone()], Some(&anchors));
    refused(of_another, CLIENT_KEY, "certificate-hash-mismatch");
    let of_another = judge(&by_name, &other_key, vec![other_leaf], Some(&anchors));
    refused(of_another, CLIENT_KEY, "certificate-name-mismatch");
    let late = VerifierTrust { now: NOW.plus(Seconds(365 * 86_400)), ..trust(&documents, Some(&anchors)) };
    let expired = object(&by_hash, &key, vec![leaf], &payload(&by_hash)).authenticate(late);
    refused(expired, CLIENT_KEY, "certificate-expired");
}

#[test]
fn vp_08_a_key_that_is_not_the_dids_is_refused() {
    let (verifier, other) = (DidVerifier::new(1), DidVerifier::new(9));
    let judge = |header: &Header| {
        let object = verifier.sign(header, &verifier.parameters());
        verifier.invite(&object)?.authenticate(trust(&Documents::new(), None)).map(drop)
    };
    assert_eq!(judge(&verifier.header()), Ok(()));
    let nameless = Header { kid: None, ..verifier.header() };
    refused(judge(&nameless), CLIENT_KEY, "kid-missing");
    refused(judge(&verifier.header().kid(&other.kid)), CLIENT_KEY, "kid-of-another-did");
    refused(judge(&verifier.header().kid("#key")), CLIENT_KEY, "kid-of-another-did");
    let unknown = format!("{}x", verifier.kid);
    refused(judge(&verifier.header().kid(unknown)), CLIENT_KEY, "did-key");
    let forged = UnsignedJws::new(&verifier.header(), &verifier.parameters()).sign(&other.key).unwrap();
    let outcome = verifier.invite(&forged).unwrap().authenticate(trust(&Documents::new(), None));
    assert_eq!(outcome.unwrap_err().check.id, "JW-07");
}

#[test]
fn a_did_web_names_its_document_and_is_refused_without_it() {
    let client_id = "decentralized_identifier:did:web:verifier.example";
    let verifier = DidVerifier::new(1);
    let payload = with(verifier.parameters(), "client_id", Some(json!(client_id)));
    let object = verifier.sign(&verifier.header().kid("did:web:verifier.example#key"), &payload);
    let request = UnverifiedRequest::from_object(&object, client_id, None).unwrap();
    let mut documents = Documents::new();
    let need = request.needs(&documents).unwrap();
    assert_eq!(need.url.as_str(), "https://verifier.example/.well-known/did.json");
    documents.insert_missing(need.url);
    assert_eq!(request.needs(&documents), None);
    refused(request.authenticate(trust(&documents, None)), CLIENT_KEY, "did-not-found");
}

#[test]
fn vp_15_a_response_uri_that_is_not_the_clients_is_refused() {
    let root = Authority::root("root");
    let (leaf, key) = certificate(&root, NAME);
    let by_name = ClientId::parse(&format!("x509_san_dns:{NAME}")).unwrap();
    for elsewhere in
        ["https://evil.example/response", "https://x.verifier.example/", "https://verifier.example.evil/"]
    {
        let payload = with(payload(&by_name), "response_uri", Some(json!(elsewhere)));
        let request = object(&by_name, &key, vec![leaf.clone()], &payload);
        let outcome = request.authenticate(trust(&Documents::new(), Some(&root.anchors())));
        refused(outcome, RESPONSE_URI, "response-uri-of-another");
    }
}
