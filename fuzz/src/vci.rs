//! Targets of `vci` (OpenID4VCI 1.0): offers, metadata of issuers and servers, the messages of the endpoints, key proofs.

use std::fmt::Debug;

use jigap_wallet_core::jose::{self, Header};
use jigap_wallet_core::time::Seconds;
use jigap_wallet_core::vci::{
    AuthorizationServerMetadata, Client, CredentialErrorCode, CredentialOffer, CredentialRequest,
    CredentialResponse, IssuerIdentifier, IssuerMetadata, KEY_REFERENCE, NonceKey, NotificationRequest,
    OfferLink, ProofClaims, ProofRules, TYP, TokenErrorCode, TokenRequest, TokenResponse, dpop,
    parse_nonce_response, verify_proofs,
};
use jigap_wallet_core::verdict::Reason;
use serde_json::{Value, json};
use url::Url;

use crate::fixtures::{NOW, Same, header, holder, must, seeds, text, token};

const ISSUER: &str = "https://issuer.example/hanbit";
/// Printing may make text longer, at most so many times.
const GROWTH: usize = 8;
const STRANGER: Reason =
    Reason::new("fuzz-key", "no key is found by name", "이름으로 찾을 수 있는 키가 없습니다");

fn us() -> IssuerIdentifier {
    must(IssuerIdentifier::parse(ISSUER, "credential_issuer"))
}

/// What was printed is read the same.
fn same<T: PartialEq + Debug, E: PartialEq + Debug>(read: Result<T, E>, value: T) {
    assert_eq!(read, Ok(value));
}

/// Offers, as link and as JSON, come back the same.
pub(crate) fn offer(data: &[u8]) {
    if let Some(link) = text(data).filter(|text| text.len() < 64 * 1024 / GROWTH)
        && let Ok(offer) = OfferLink::parse(link)
    {
        same(OfferLink::parse(&offer.to_link()), offer);
    }
    let Ok(offer) = CredentialOffer::parse(data) else { return };
    assert!(!offer.credential_configuration_ids.is_empty());
    if let Some(code) = offer.pre_authorized_code.as_ref().and_then(|grant| grant.tx_code.as_ref()) {
        let _ = (code.fits("123456"), code.fits(""));
    }
    let again = CredentialOffer::parse(offer.to_json().to_string().as_bytes());
    same(again, offer);
}

pub(crate) fn offer_seeds() -> Vec<Vec<u8>> {
    let offer = json!({
        "credential_issuer": ISSUER, "credential_configuration_ids": ["student-id"],
        "grants": {"urn:ietf:params:oauth:grant-type:pre-authorized_code": {
            "pre-authorized_code": "c0de", "tx_code": {"length": 6, "input_mode": "numeric", "description": "문자로 받은 번호"}},
            "authorization_code": {"issuer_state": "s", "authorization_server": "https://as.example"}},
    });
    let value = must(CredentialOffer::parse(offer.to_string().as_bytes()));
    let link = OfferLink::Value(Box::new(value)).to_link();
    let reference =
        "openid-credential-offer://?credential_offer_uri=https%3A%2F%2Fissuer.example%2Foffers%2F1";
    seeds([offer.to_string(), link, reference.to_owned()])
}

/// Metadata of credential issuers and authorization servers comes back the same.
pub(crate) fn metadata(data: &[u8]) {
    if let Ok(metadata) = IssuerMetadata::parse(data, &us()) {
        assert_eq!(metadata.credential_issuer, us());
        assert!(!metadata.servers().is_empty() && metadata.max_proofs() > 0);
        for configuration in metadata.credential_configurations_supported.values() {
            let _ = configuration.requires_proofs();
        }
        // What demands encryption is read to be refused, and never written.
        if !metadata.encryption_required {
            same(IssuerMetadata::parse(metadata.to_json().to_string().as_bytes(), &us()), metadata);
        }
    }
    if let Ok(metadata) = AuthorizationServerMetadata::parse(data, &us()) {
        assert_eq!(metadata.issuer, us());
        let _ = metadata.supports_pre_authorized_code();
        let _ = metadata.to_json();
    }
}

pub(crate) fn metadata_seeds() -> Vec<Vec<u8>> {
    let display = json!([{"name": "학생증", "locale": "ko", "logo": {"uri": "https://issuer.example/l.png", "alt_text": "로고"},
        "background_color": "#12107c", "text_color": "#FFFFFF"}]);
    let issuer = json!({
        "credential_issuer": ISSUER, "credential_endpoint": format!("{ISSUER}/credential"),
        "nonce_endpoint": format!("{ISSUER}/nonce"), "notification_endpoint": format!("{ISSUER}/notification"),
        "authorization_servers": ["https://as.example"], "batch_credential_issuance": {"batch_size": 10}, "display": display,
        "credential_configurations_supported": {
            "student-id": {"format": "dc+sd-jwt", "vct": "https://jigap.example/types/student-id/1", "scope": "s",
                "cryptographic_binding_methods_supported": ["jwk"], "credential_signing_alg_values_supported": ["ES256"],
                "proof_types_supported": {"jwt": {"proof_signing_alg_values_supported": ["ES256", "EdDSA"]}},
                "credential_metadata": {"display": display, "claims": [{"path": ["name"], "mandatory": true,
                    "display": [{"name": "이름", "locale": "ko"}]}]}},
            "w3c": {"format": "jwt_vc_json", "credential_definition": {"type": ["VerifiableCredential"]}},
            "ldp": {"format": "ldp_vc", "credential_definition": {"@context": ["https://www.w3.org/ns/credentials/v2"],
                "type": ["VerifiableCredential"]}},
            "mdl": {"format": "mso_mdoc", "doctype": "org.iso.18013.5.1.mDL", "credential_signing_alg_values_supported": [-7]},
        },
    });
    let server = json!({
        "issuer": ISSUER, "token_endpoint": format!("{ISSUER}/token"),
        "grant_types_supported": ["urn:ietf:params:oauth:grant-type:pre-authorized_code"],
        "pre-authorized_grant_anonymous_access_supported": true,
    });
    seeds([issuer, server])
}

/// Requests and responses of the token, credential, nonce and notification endpoints come back the same.
pub(crate) fn messages(data: &[u8]) {
    if let Ok(request) = TokenRequest::parse(data)
        && data.len() < 16 * 1024 / GROWTH
    {
        let _ = (
            request.presented_tx_code(true),
            request.presented_tx_code(false),
            request.require_client(false),
        );
        same(TokenRequest::parse(request.to_form().as_bytes()), request);
    }
    if let Ok(response) = TokenResponse::parse(data) {
        same(TokenResponse::parse(response.to_json().to_string().as_bytes()), response);
    }
    if let Ok(request) = CredentialRequest::parse(data) {
        same(CredentialRequest::parse(request.to_json().to_string().as_bytes()), request);
    }
    if let Ok(response) = CredentialResponse::parse(data, 10) {
        if let CredentialResponse::Issued { credentials, .. } = &response {
            assert!((1..=10).contains(&credentials.len()));
        }
        same(CredentialResponse::parse(response.to_json().to_string().as_bytes(), 10), response);
    }
    if let Ok(request) = NotificationRequest::parse(data) {
        same(NotificationRequest::parse(request.to_json().to_string().as_bytes()), request);
    }
    let _ = (parse_nonce_response(data), TokenErrorCode::parse(data), CredentialErrorCode::parse(data));
}

pub(crate) fn messages_seeds() -> Vec<Vec<u8>> {
    let form = "grant_type=urn%3Aietf%3Aparams%3Aoauth%3Agrant-type%3Apre-authorized_code&pre-authorized_code=c0de&tx_code=123456&client_id=w";
    let mut found = seeds([form, "grant_type=refresh_token&refresh_token=r3fresh"]);
    found.extend(seeds([
        json!({"access_token": "t0ken", "token_type": "Bearer", "expires_in": 300, "authorization_details": [
            {"type": "openid_credential", "credential_configuration_id": "student-id", "credential_identifiers": ["a"]}]}),
        json!({"access_token": "t0ken", "token_type": "DPoP", "expires_in": 300, "refresh_token": "r3fresh"}),
        json!({"credential_configuration_id": "student-id", "proofs": {"jwt": ["a.b.c", "d.e.f"]}}),
        json!({"credential_identifier": "a"}),
        json!({"credential_configuration_id": "check-in_jigap_pass_blind", "blinded": {"nonce": "n", "points": ["AA", "BB"]}}),
        json!({"credentials": [{"credential": "a~"}, {"credential": {"@context": []}}], "notification_id": "n"}),
        json!({"transaction_id": "t", "interval": 5}),
        json!({"notification_id": "n", "event": "credential_accepted", "event_description": "stored"}),
        json!({"c_nonce": "abc"}),
        json!({"error": "invalid_nonce", "error_description": "stale"}),
    ]));
    found
}

fn nonce_key() -> NonceKey {
    NonceKey::new([5; 32])
}

/// A proof that holds was signed by its holder, and its nonce is ours.
pub(crate) fn proof(data: &[u8]) {
    let (issuer, nonces) = (us(), nonce_key());
    let Some(token) = token(data, &proof_header(), holder()) else { return };
    let algorithms = ["EdDSA", "ES256", "ES384"].map(str::to_owned);
    let rules = ProofRules {
        credential_issuer: &issuer,
        client: Client::Anonymous,
        algorithms: &algorithms,
        max_proofs: 2,
        nonces: Some(&nonces),
        find_key: &|_| Err(KEY_REFERENCE.refuse(STRANGER)),
    };
    assert!(verify_proofs(&[token.text.clone(), token.text.clone()], &rules, NOW).is_err(), "one key twice");
    if let Ok(proven) = verify_proofs(std::slice::from_ref(&token.text), &rules, NOW) {
        token.require_signed();
        assert!(proven.keys.len() == 1 && proven.nonce.is_some());
    }
}

/// A DPoP proof that holds was signed by its key, for this request and now.
pub(crate) fn dpop(data: &[u8]) {
    let Some(token) = token(data, &dpop_header(), holder()) else { return };
    let url = dpop_url();
    let expected = dpop::Expected {
        method: "POST",
        url: &url,
        algorithms: &["EdDSA", "ES256"],
        access_token: Some("t0ken"),
    };
    if let Ok(proven) = dpop::verify(&token.text, &expected, NOW) {
        token.require_signed();
        assert!(proven.thumbprint == holder().public().thumbprint() && proven.until > NOW);
        let other = dpop::Expected { access_token: Some("an0ther"), ..expected };
        assert!(dpop::verify(&token.text, &other, NOW).is_err(), "it is for one token");
    }
}

fn dpop_header() -> Header {
    header(dpop::TYP).jwk(holder().public().clone())
}

fn dpop_url() -> Url {
    must(Url::parse(&format!("{ISSUER}/credential")))
}

pub(crate) fn dpop_seeds() -> Vec<Vec<u8>> {
    let (url, id) = (dpop_url(), "-BwC3ESc6acc2lTc");
    let claims = dpop::ProofClaims {
        method: "POST",
        url: &url,
        issued_at: NOW,
        id,
        access_token: Some("t0ken"),
        nonce: Some("n"),
    };
    let unsigned = claims.unsigned(holder().public());
    let proof = unsigned.and_then(|unsigned| unsigned.sign(holder()).ok()).unwrap_or_default();
    let payload: Value = must(jose::Jws::parse(&proof)).unverified_payload().clone();
    seeds([proof, payload.to_string()])
}

fn proof_header() -> Header {
    header(TYP).jwk(holder().public().clone())
}

pub(crate) fn proof_seeds() -> Vec<Vec<u8>> {
    let issuer = us();
    let nonce = nonce_key().issue(&issuer, NOW, Seconds(300), &Same::new(21));
    let claims =
        ProofClaims { credential_issuer: &issuer, issued_at: NOW, nonce: Some(&nonce), client_id: None };
    let proof = must(claims.unsigned(proof_header()).sign(holder()));
    let payload: Value = must(jose::Jws::parse(&proof)).unverified_payload().clone();
    seeds([proof, payload.to_string()])
}
