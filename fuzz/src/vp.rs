//! Targets of `vp` (OpenID4VP 1.0): links, request objects, responses, answers and client metadata.

use jigap_wallet_core::did;
use jigap_wallet_core::documents::Documents;
use jigap_wallet_core::jose::jwe::ContentEncryption;
use jigap_wallet_core::jose::{self, Header};
use jigap_wallet_core::ports::HttpResponse;
use jigap_wallet_core::vp::{
    AuthorizationResponse, ClientMetadata, Decryption, Invitation, PostAnswer, PostedResponse,
    REQUEST_OBJECT_MEDIA_TYPE, RequestReference, RequestUriMethod, ResponseExpectation, UnverifiedRequest,
    VerifierTrust, wallet_nonce_of_post,
};
use serde_json::{Value, json};
use url::Url;
use url::form_urlencoded::Serializer;

use crate::fixtures::{NONCE, NOW, Same, header, issuer, must, object, reader, seeds, text, token};
use crate::jose::encrypted;

const STATE: &str = "xyz";
const RESPONSE_URI: &str = "https://verifier.example/response";

/// A link that refers to a request comes back the same; one that holds a request is judged whole.
pub(crate) fn link(data: &[u8]) {
    let _ = wallet_nonce_of_post(data);
    let Some(link) = text(data).filter(|text| text.len() < 8 * 1024) else { return };
    match Invitation::parse(link) {
        Ok(Invitation::ByReference(reference)) => {
            let Ok(Invitation::ByReference(again)) = Invitation::parse(&reference.link()) else {
                panic!("its own link is refused");
            };
            assert_eq!(again, reference);
        }
        Ok(Invitation::ByValue(request)) => _ = judged(request),
        Err(_) => {}
    }
}

/// Whether the request is one that a wallet would answer.
fn judged(request: UnverifiedRequest) -> bool {
    let documents = Documents::new();
    let _ = request.needs(&documents);
    let trust = VerifierTrust { anchors: None, documents: &documents, now: NOW };
    let Ok(authentic) = request.authenticate(trust) else { return false };
    if let Ok(valid) = authentic.validate() {
        assert!(!valid.nonce.is_empty() && !valid.query.credentials().is_empty());
        let answer =
            AuthorizationResponse::Error(jigap_wallet_core::vp::ErrorCode::from_code("access_denied"));
        let _ = answer.post(&valid, &Same::new(31));
    }
    true
}

fn query() -> Value {
    json!({"credentials": [{"id": "pid", "format": "dc+sd-jwt", "meta": {"vct_values": ["t"]}, "claims": [{"path": ["name"]}]}]})
}

fn client_metadata() -> Value {
    let mut jwk = reader().public().to_jwk();
    if let Some(members) = jwk.as_object_mut() {
        let added = [("kid", "k1"), ("alg", "ECDH-ES"), ("use", "enc")];
        members.extend(added.map(|(name, value)| (name.to_owned(), json!(value))));
    }
    json!({"vp_formats_supported": {"dc+sd-jwt": {"kb-jwt_alg_values": ["EdDSA"]}}, "jwks": {"keys": [jwk]},
        "encrypted_response_enc_values_supported": ["A128GCM", "A256GCM"]})
}

pub(crate) fn link_seeds() -> Vec<Vec<u8>> {
    let reference = RequestReference {
        client_id: client_id(),
        request_uri: must(Url::parse("https://verifier.example/request/1")),
        method: RequestUriMethod::Post,
    };
    let mut form = Serializer::new(String::new());
    form.append_pair("client_id", &format!("redirect_uri:{RESPONSE_URI}"))
        .append_pair("response_type", "vp_token");
    form.append_pair("response_mode", "direct_post").append_pair("response_uri", RESPONSE_URI);
    form.append_pair("nonce", NONCE)
        .append_pair("state", STATE)
        .append_pair("dcql_query", &query().to_string());
    form.append_pair("client_metadata", &client_metadata().to_string());
    seeds([reference.link(), format!("openid4vp://?{}", form.finish()), "wallet_nonce=abc".to_owned()])
}

fn client_id() -> String {
    format!("decentralized_identifier:{}", did::key_did(issuer().public()))
}

fn signing_header() -> Header {
    let did = did::key_did(issuer().public());
    let fragment = did.trim_start_matches("did:key:");
    header("oauth-authz-req+jwt").kid(format!("{did}#{fragment}"))
}

/// A request object that is believed was signed. The payload is read as client metadata too.
pub(crate) fn request(data: &[u8]) {
    if let Some(members) = object(data)
        && let Ok(metadata) = ClientMetadata::read(Some(&members.into()))
        && !metadata.encryption_keys().is_empty()
        && !metadata.content_encryptions().is_empty()
    {
        assert_eq!(ClientMetadata::read(Some(&metadata.to_value())), Ok(metadata));
    }
    let Some(token) = token(data, &signing_header(), issuer()) else { return };
    let reference = RequestReference {
        client_id: client_id(),
        request_uri: must(Url::parse("https://verifier.example/request/1")),
        method: RequestUriMethod::Get,
    };
    let answer = HttpResponse {
        status: 200,
        content_type: REQUEST_OBJECT_MEDIA_TYPE.to_owned(),
        max_age: None,
        age: 0,
        dpop_nonce: None,
        body: token.text.clone().into_bytes(),
    };
    if let Ok(request) = reference.start(&Same::new(32)).read(&answer)
        && judged(request)
    {
        token.require_signed();
    }
}

pub(crate) fn request_seeds() -> Vec<Vec<u8>> {
    let payload = json!({
        "client_id": client_id(), "aud": "https://self-issued.me/v2", "response_type": "vp_token",
        "response_mode": "direct_post.jwt", "response_uri": RESPONSE_URI, "nonce": NONCE, "state": STATE,
        "dcql_query": query(), "client_metadata": client_metadata(), "exp": NOW.unix() + 300,
    });
    let signed = must(jose::sign(&signing_header(), &payload, issuer()));
    seeds([signed, payload.to_string(), client_metadata().to_string()])
}

/// A response that is accepted answers this request; an encrypted one decrypts only if we encrypted it.
pub(crate) fn response(data: &[u8]) {
    let answer = HttpResponse {
        status: 200,
        content_type: "application/json".to_owned(),
        max_age: None,
        age: 0,
        dpop_nonce: None,
        body: data.to_vec(),
    };
    if let Ok(answer) = PostAnswer::read(&answer) {
        let body = answer.to_value().to_string().into_bytes();
        let again = HttpResponse {
            status: 200,
            content_type: "application/json".to_owned(),
            max_age: None,
            age: 0,
            dpop_nonce: None,
            body,
        };
        assert_eq!(PostAnswer::read(&again), Ok(answer));
    }
    let Ok(posted) = PostedResponse::parse(data) else { return };
    let (plain, state) = (posted.kid().is_none(), posted.state().map(str::to_owned));
    let decryption = Decryption { kid: "k1", key: reader(), offered: ContentEncryption::ALL };
    for decryption in [None, Some(decryption)] {
        let opened = posted.clone().open(ResponseExpectation { state: STATE, decryption });
        let Ok(opened) = opened else { continue };
        if plain {
            assert_eq!(state.as_deref(), Some(STATE), "it answers another request");
        }
        if let AuthorizationResponse::Presented(token) = opened {
            assert!(token.presentations().values().all(|list| !list.is_empty()));
        }
    }
}

pub(crate) fn response_seeds() -> Vec<Vec<u8>> {
    let form = |pairs: &[(&str, &str)]| Serializer::new(String::new()).extend_pairs(pairs).finish();
    let token = json!({"pid": ["a~b"]}).to_string();
    let mut texts: Vec<_> = encrypted().iter().map(|jwe| form(&[("response", jwe)])).collect();
    texts.push(form(&[("vp_token", &token), ("state", STATE)]));
    texts.push(form(&[("error", "access_denied"), ("state", STATE)]));
    texts.push(json!({"redirect_uri": "https://verifier.example/done#response_code=abc"}).to_string());
    seeds(texts)
}
