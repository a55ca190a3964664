//! The issuer over HTTP: paths, headers and status codes around the methods of [`Tenant`].
//!
//! | path | specification |
//! |---|---|
//! | `/.well-known/openid-credential-issuer/{tenant}` | OpenID4VCI 1.0 §12.2.2 |
//! | `/.well-known/oauth-authorization-server/{tenant}` | RFC 8414 §3.1 |
//! | `/.well-known/jwt-vc-issuer/{tenant}` | SD-JWT VC §4.1 |
//! | `/types/…` | SD-JWT VC, "Type Metadata"; cards, JSON-LD contexts, JSON Schemas |
//! | `/{tenant}/did.json` | did:web |
//! | `/{tenant}/token`, `/nonce`, `/credential`, `/notification`, `/offers/{id}` | OpenID4VCI 1.0 §6, §7, §8, §11, §4.1.3 |
//! | `/{tenant}/verdicts` | docs/ISSUER-API.md; verifiers' signed verdicts |
//! | `/{tenant}/status`, `/{tenant}/status/{list}`, `/{tenant}/status/{list}/{purpose}` | Token Status List §8; Bitstring Status List §2.2 |
//! | `/ids`, `/vc-api/{instance}/credentials/issue` | W3C-CCG VC API, where instances are configured |
//! | `/openapi/issuer.json` | this table in full, OpenAPI 3.1 |
//! | `/{tenant}/admin/…` | docs/ISSUER-API.md; bearer token, `Idempotency-Key` |

use std::collections::BTreeMap;
use std::net::IpAddr;
use std::sync::Arc;

use axum::extract::{DefaultBodyLimit, Path, State};
use axum::http::{HeaderMap, HeaderValue, StatusCode, Uri, header};
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use axum::{Extension, Router};
use jigap_platform::http::{
    Ailment, ClientAddress, OAuthError, OAuthErrorBody, Problem, RateLimiter, RetryAfter, StrictBytes,
    TokenHash, json, no_store,
};
use jigap_wallet_core::ports::StoreError;
use jigap_wallet_core::status::{MEDIA_TYPE, MEDIA_TYPE_CWT, bitstring};
use jigap_wallet_core::text::Text;
use jigap_wallet_core::time::Seconds;

use crate::dpop::Presented;
use crate::import;
use crate::publish::{Published, SignedList};
use crate::tenant::{EndpointError, Tenant, World};
use crate::types::CredentialTypes;

mod admin;
mod authorized;
mod hints;
mod openapi;
mod vc_api;
mod verdicts;

pub use openapi::description;
pub use vc_api::VcApi;

/// A certificate that ends this soon is told.
const SOON: Seconds = Seconds(30 * 86_400);
/// What a document with a proof is, too.
const LESS_PRECISE: [&str; 2] = ["application/ld+json", "application/json"];

/// A tenant and who may administer it.
pub struct Hosted {
    /// The tenant.
    pub tenant: Tenant,
    /// Hashes of the admin tokens, by the name of their bearer.
    pub admins: BTreeMap<String, TokenHash>,
}

/// The issuer service.
pub struct Issuer {
    world: World,
    tenants: BTreeMap<String, Hosted>,
    /// What is published of the credential types, by the path of its URL.
    documents: BTreeMap<String, (&'static str, String)>,
    /// Tries at the token endpoint, by client address: each may guess a transaction code. Verdicts that were refused count as such.
    token_rate: RateLimiter,
    /// Verdicts, by tenant and verifier.
    verdict_rate: RateLimiter,
    /// What signs for whoever calls, if anything does.
    vc_api: Option<VcApi>,
}

impl Issuer {
    /// A service for `tenants`, which bounds tries at token endpoints, and the verdicts of a verifier.
    pub fn new(
        world: World,
        tenants: impl IntoIterator<Item = Hosted>,
        (token_rate, verdict_rate): (RateLimiter, RateLimiter),
    ) -> Self {
        let tenants = tenants.into_iter().map(|hosted| (hosted.tenant.id.clone(), hosted)).collect();
        Self { world, tenants, documents: BTreeMap::new(), token_rate, verdict_rate, vc_api: None }
    }

    /// The same, publishing `types` under `/types/`, where their identifiers lead if they are this server's.
    #[must_use]
    pub fn publishing(mut self, types: &CredentialTypes) -> Self {
        let documents = types.iter().flat_map(|(_, found)| found.published());
        self.documents.extend(documents.map(|(path, kind, text)| (path, (kind, text.to_owned()))));
        self
    }

    /// The same with instances of the VC API, if there are any.
    #[must_use]
    pub fn signing_for_callers(self, vc_api: Option<VcApi>) -> Self {
        Self { vc_api, ..self }
    }

    /// Forgets what need not be kept any longer; to be called now and then.
    pub async fn sweep(&self) -> Result<(), StoreError> {
        for hosted in self.tenants.values() {
            hosted.tenant.sweep(&self.world).await?;
        }
        Ok(())
    }

    /// What is wrong with it now, besides its store.
    pub fn ailments(&self) -> Vec<Ailment> {
        let now = self.world.clock.now();
        let ends = |hosted: &Hosted| hosted.tenant.credential_key.ends();
        match self.tenants.values().filter_map(ends).min() {
            Some(ends) if ends <= now => vec![CERTIFICATE_ENDED],
            Some(ends) if ends <= now.plus(SOON) => vec![CERTIFICATE_ENDS],
            _ => Vec::new(),
        }
    }

    fn hosted(&self, tenant: &str) -> Result<&Hosted, Problem> {
        self.tenants.get(tenant).ok_or(NO_TENANT)
    }

    fn tenant(&self, tenant: &str) -> Result<&Tenant, Problem> {
        self.hosted(tenant).map(|hosted| &hosted.tenant)
    }
}

/// The other tenants go on, so that the service is not stopped.
const CERTIFICATE_ENDED: Ailment = Ailment {
    code: "issuer-certificate-ended",
    hint: Text::new(
        "A tenant's certificate has ended: nothing is issued with it, and what it signed is refused.",
        "발급 기관의 인증서가 만료되었습니다. 그 인증서로는 발급하지 않으며, 서명한 증명서도 거절됩니다.",
    ),
    stops: false,
};
const CERTIFICATE_ENDS: Ailment = Ailment {
    code: "issuer-certificate-ends-soon",
    hint: Text::new(
        "A tenant's certificate ends within 30 days.",
        "발급 기관의 인증서가 30일 안에 만료됩니다.",
    ),
    stops: false,
};
const NO_TENANT: Problem = Problem::new(
    StatusCode::NOT_FOUND,
    "no-such-issuer",
    "There is no such issuer here.",
    "이곳에는 그런 발급 기관이 없습니다.",
);
const NO_OFFER: Problem = Problem::new(
    StatusCode::NOT_FOUND,
    "no-such-offer",
    "There is no such offer, or it was used or has ended. Ask the issuer for a new one.",
    "그런 발급 제안이 없거나, 이미 썼거나, 기한이 지났습니다. 발급 기관에 새로 요청하십시오.",
);
const NO_TYPE: Problem = Problem::new(
    StatusCode::NOT_FOUND,
    "no-such-type",
    "There is no such credential type.",
    "그런 증명서 종류가 없습니다.",
);
const NO_LIST: Problem = Problem::new(
    StatusCode::NOT_FOUND,
    "no-such-status-list",
    "There is no such status list.",
    "그런 상태 목록이 없습니다.",
);
const TOO_MANY_TRIES: OAuthError = OAuthError::new("slow_down")
    .describe("too many tries from this address; wait and try again")
    .status(StatusCode::TOO_MANY_REQUESTS);
const TRY_AGAIN: OAuthError = OAuthError::new("temporarily_unavailable")
    .describe("it may not have been done; try again")
    .status(StatusCode::SERVICE_UNAVAILABLE);
const OUR_FAULT: OAuthError = OAuthError::new("server_error")
    .describe("the issuer has a problem")
    .status(StatusCode::INTERNAL_SERVER_ERROR);
const ENOUGH: OAuthError = OAuthError::new("slow_down")
    .describe("no more batches are given today; try again when Retry-After is over")
    .status(StatusCode::TOO_MANY_REQUESTS);

/// The service's routes.
pub fn routes(issuer: Arc<Issuer>) -> Router {
    let vc_api = vc_api::routes(&issuer);
    Router::new()
        .route("/.well-known/openid-credential-issuer/{tenant}", get(issuer_metadata))
        .route("/.well-known/oauth-authorization-server/{tenant}", get(server_metadata))
        .route("/.well-known/jwt-vc-issuer/{tenant}", get(jwt_vc_issuer))
        .route("/types/{*path}", get(type_document))
        .route("/{tenant}/did.json", get(did_document))
        .route("/{tenant}/did.jsonl", get(did_log))
        .route("/{tenant}/offers/{id}", get(offer))
        .route("/{tenant}/token", post(token))
        .route("/{tenant}/nonce", post(nonce))
        .route("/{tenant}/credential", post(credential))
        .route("/{tenant}/notification", post(notification))
        .route("/{tenant}/verdicts", post(verdicts::take))
        .route("/{tenant}/status", get(status_lists))
        .route("/{tenant}/status/{list}", get(status_list))
        .route("/{tenant}/status/{list}/{purpose}", get(status_of_purpose))
        .route("/{tenant}/admin/offers", post(admin::make_offer))
        .route(
            "/{tenant}/admin/imports/{configuration}",
            post(admin::import).layer(DefaultBodyLimit::max(import::MAX_BYTES)),
        )
        .route("/{tenant}/admin/credentials/{change}", post(admin::change))
        .with_state(issuer)
        .merge(vc_api)
        .merge(description().route("/openapi/issuer.json"))
}

type Service = State<Arc<Issuer>>;

/// Credential issuer metadata (OpenID4VCI 1.0 §12.2).
#[utoipa::path(
    get,
    path = "/.well-known/openid-credential-issuer/{tenant}",
    tag = "wallets",
    params(
        ("tenant" = String, Path, description = "The tenant's id.")
    ),
    responses(
        (status = 200, description = "The metadata.", body = Value)
    ),
)]
async fn issuer_metadata(State(issuer): Service, Path(tenant): Path<String>) -> Result<Response, Problem> {
    let metadata = issuer.tenant(&tenant)?.issuer_metadata().map_err(|error| Problem::internal(&error))?;
    Ok(json(StatusCode::OK, &metadata.to_json()))
}

/// Authorization server metadata (RFC 8414).
#[utoipa::path(
    get,
    path = "/.well-known/oauth-authorization-server/{tenant}",
    tag = "wallets",
    params(
        ("tenant" = String, Path, description = "The tenant's id.")
    ),
    responses(
        (status = 200, description = "The metadata.", body = Value)
    ),
)]
async fn server_metadata(State(issuer): Service, Path(tenant): Path<String>) -> Result<Response, Problem> {
    let metadata = issuer.tenant(&tenant)?.server_metadata().map_err(|error| Problem::internal(&error))?;
    Ok(json(StatusCode::OK, &metadata.to_json()))
}

/// Keys of credentials and status lists (SD-JWT VC §4); mechanism `jwt_vc_issuer` only.
#[utoipa::path(
    get,
    path = "/.well-known/jwt-vc-issuer/{tenant}",
    tag = "wallets",
    params(
        ("tenant" = String, Path, description = "The tenant's id.")
    ),
    responses(
        (status = 200, description = "Identifier and key set.", body = Value)
    ),
)]
async fn jwt_vc_issuer(State(issuer): Service, Path(tenant): Path<String>) -> Result<Response, Problem> {
    let metadata = issuer.tenant(&tenant)?.jwt_vc_issuer().ok_or(NO_TENANT)?;
    Ok(json(StatusCode::OK, &metadata))
}

async fn type_document(State(issuer): Service, uri: Uri) -> Result<Response, Problem> {
    let (kind, text) = issuer.documents.get(uri.path()).ok_or(NO_TYPE)?;
    let mut response = text.clone().into_response();
    let headers = response.headers_mut();
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static(kind));
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("public, max-age=3600"));
    headers.insert(header::ACCESS_CONTROL_ALLOW_ORIGIN, HeaderValue::from_static("*"));
    Ok(response)
}

/// The document of did:web:{host}:{tenant}; mechanism `did_web` only.
#[utoipa::path(
    get,
    path = "/{tenant}/did.json",
    tag = "wallets",
    params(
        ("tenant" = String, Path, description = "The tenant's id.")
    ),
    responses(
        (status = 200, description = "The DID document.", body = Value)
    ),
)]
async fn did_document(State(issuer): Service, Path(tenant): Path<String>) -> Result<Response, Problem> {
    let document = issuer.tenant(&tenant)?.did_document.as_ref().ok_or(NO_TENANT)?;
    Ok(json(StatusCode::OK, document))
}

/// The log of did:webvh:{SCID}:{host}:{tenant}; mechanism `did_webvh` only.
#[utoipa::path(
    get,
    path = "/{tenant}/did.jsonl",
    tag = "wallets",
    params(
        ("tenant" = String, Path, description = "The tenant's id.")
    ),
    responses(
        (status = 200, description = "The log: a line of JSON for each version.", body = String, content_type = "text/jsonl")
    ),
)]
async fn did_log(State(issuer): Service, Path(tenant): Path<String>) -> Result<Response, Problem> {
    let log = issuer.tenant(&tenant)?.did_log.clone().ok_or(NO_TENANT)?;
    let headers = [(header::CONTENT_TYPE, "text/jsonl"), (header::ACCESS_CONTROL_ALLOW_ORIGIN, "*")];
    Ok((headers, log).into_response())
}

/// The credential offer that a link by reference leads to, while it is open (OpenID4VCI 1.0 §4.1.3).
#[utoipa::path(
    get,
    path = "/{tenant}/offers/{id}",
    tag = "wallets",
    params(
        ("tenant" = String, Path, description = "The tenant's id."),
        ("id" = String, Path, description = "The offer's id.")
    ),
    responses(
        (status = 200, description = "The offer.", body = Value)
    ),
)]
async fn offer(
    State(issuer): Service,
    Path((tenant, id)): Path<(String, String)>,
) -> Result<Response, Problem> {
    let offer = issuer.tenant(&tenant)?.offer(&issuer.world, &id).await;
    let offer = offer.map_err(|error| Problem::internal(&error))?.ok_or(NO_OFFER)?;
    Ok(no_store(json(StatusCode::OK, &offer.to_json())))
}

/// Exchanges a pre-authorized code (OpenID4VCI 1.0 §6) or a refresh token for an access token.
#[utoipa::path(
    post,
    path = "/{tenant}/token",
    tag = "wallets",
    params(
        ("tenant" = String, Path, description = "The tenant's id."),
        ("DPoP" = Option<String>, Header, description = "A DPoP proof (RFC 9449). A refresh token is of no use without one by its key.")
    ),
    request_body(content = String, content_type = "application/x-www-form-urlencoded", description = "`grant_type`, `pre-authorized_code` and, where the offer asks for it, `tx_code`; or `grant_type` and `refresh_token` (RFC 6749 §6)."),
    responses(
        (status = 200, description = "The access token; with a DPoP proof bound to its key, and then with a refresh token where the configuration is refreshed.", body = Value),
        (status = 400, description = "`invalid_request`, `invalid_grant`, `unsupported_grant_type`, `invalid_client`, `invalid_scope`: OpenID4VCI 1.0 §6.3. `invalid_dpop_proof`: RFC 9449 §5.", body = OAuthErrorBody)
    ),
)]
async fn token(
    State(issuer): Service,
    Path(tenant): Path<String>,
    Extension(ClientAddress(address)): Extension<ClientAddress>,
    headers: HeaderMap,
    StrictBytes(body): StrictBytes,
) -> Result<Response, Response> {
    let tenant = issuer.tenant(&tenant).map_err(Problem::into_response)?;
    if let Err(RetryAfter(wait)) = issuer.token_rate.admit(network(address)) {
        return Err(slow_down(TOO_MANY_TRIES, wait));
    }
    let proof = authorized::proof(&headers).map_err(authorized::bad_proof)?;
    let response = tenant.token(&issuer.world, &body, proof).await;
    let response = response.map_err(|error| match error {
        EndpointError::Proof(refusal) => authorized::bad_proof(refusal),
        error => answer(error, |error| (error.status(), error.to_json())),
    })?;
    Ok(no_store(json(StatusCode::OK, &response.to_json())))
}

/// A nonce for key proofs (OpenID4VCI 1.0 §7): lives 300 seconds, is used once.
#[utoipa::path(
    post,
    path = "/{tenant}/nonce",
    tag = "wallets",
    params(
        ("tenant" = String, Path, description = "The tenant's id.")
    ),
    responses(
        (status = 200, description = "The nonce.", body = Value)
    ),
)]
async fn nonce(State(issuer): Service, Path(tenant): Path<String>) -> Result<Response, Problem> {
    Ok(no_store(json(StatusCode::OK, &issuer.tenant(&tenant)?.nonce(&issuer.world))))
}

/// Issues a batch of credentials, one for each key that is proven (OpenID4VCI 1.0 §8).
#[utoipa::path(
    post,
    path = "/{tenant}/credential",
    tag = "wallets",
    params(
        ("tenant" = String, Path, description = "The tenant's id."),
        ("DPoP" = Option<String>, Header, description = "A DPoP proof (RFC 9449), where the access token is bound to a key.")
    ),
    request_body(content = Value, description = "Configuration id and 1 to 28 `proofs.jwt`, each with a key of its own and all with one nonce; of `jigap_pass_blind` in their place `blinded`, a nonce and 1 to 28 points. A copy for a directory: one proof, and `dsub`, an object with the element `blinded` (docs/SPECS.md, People)."),
    responses(
        (status = 200, description = "The credentials and a notification id; of a copy for a directory `dsub`, the `key` of its record and the `proof`.", body = Value),
        (status = 400, description = "`invalid_credential_request`, `unknown_credential_configuration`, `unknown_credential_identifier`, `invalid_proof`, `invalid_nonce`, `invalid_encryption_parameters`, `credential_request_denied`: OpenID4VCI 1.0 §8.3.1.", body = OAuthErrorBody)
    ),
    security(("access_token" = []))
)]
async fn credential(
    State(issuer): Service,
    Path(tenant): Path<String>,
    headers: HeaderMap,
    StrictBytes(body): StrictBytes,
) -> Result<Response, Response> {
    let tenant = issuer.tenant(&tenant).map_err(Problem::into_response)?;
    let presented: Presented<'_> = authorized::token(&headers)?;
    let response = tenant.credential(&issuer.world, presented, &body).await;
    let response = response.map_err(|error| answer(error, |error| (error.status(), error.to_json())))?;
    Ok(no_store(json(status(response.status()), &response.to_json())))
}

/// Says what became of the credentials (OpenID4VCI 1.0 §11).
#[utoipa::path(
    post,
    path = "/{tenant}/notification",
    tag = "wallets",
    params(
        ("tenant" = String, Path, description = "The tenant's id."),
        ("DPoP" = Option<String>, Header, description = "A DPoP proof (RFC 9449), where the access token is bound to a key.")
    ),
    request_body(content = Value, description = "`notification_id` and `event`."),
    responses(
        (status = 204, description = "Noted."),
        (status = 400, description = "`invalid_notification_id`, `invalid_notification_request`: OpenID4VCI 1.0 §11.3.", body = OAuthErrorBody)
    ),
    security(("access_token" = []))
)]
async fn notification(
    State(issuer): Service,
    Path(tenant): Path<String>,
    headers: HeaderMap,
    StrictBytes(body): StrictBytes,
) -> Result<Response, Response> {
    let tenant = issuer.tenant(&tenant).map_err(Problem::into_response)?;
    let noted = tenant.notification(&issuer.world, authorized::token(&headers)?, &body).await;
    noted.map_err(|error| answer(error, |error| (error.status(), error.to_json())))?;
    Ok(no_store(StatusCode::NO_CONTENT))
}

/// Where all status lists of the tenant are (Token Status List §9.2).
#[utoipa::path(
    get,
    path = "/{tenant}/status",
    tag = "wallets",
    params(("tenant" = String, Path, description = "The tenant's id.")),
    responses((status = 200, description = "`status_lists`: their URIs.", body = Value)),
)]
async fn status_lists(State(issuer): Service, Path(tenant): Path<String>) -> Result<Response, Problem> {
    let lists = issuer.tenant(&tenant)?.status_lists(&issuer.world).await;
    let lists = lists.map_err(|error| Problem::internal(&error))?;
    Ok(no_store(json(StatusCode::OK, &serde_json::json!({ "status_lists": lists }))))
}

/// A signed list of the statuses of all credentials that refer to it (Token Status List §8).
#[utoipa::path(
    get,
    path = "/{tenant}/status/{list}",
    tag = "wallets",
    params(
        ("tenant" = String, Path, description = "The tenant's id."),
        ("list" = String, Path, description = "The status list's id, as in a credential's `status`.")
    ),
    responses(
        (
            status = 200,
            description = "The status list token: as CWT where `Accept` names that form and not the other, else as JWT.",
            content((String = "application/statuslist+jwt"), (Vec<u8> = "application/statuslist+cwt"))
        )
    ),
)]
async fn status_list(
    State(issuer): Service,
    Path((tenant, list)): Path<(String, String)>,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    let way = if wants_cwt(&headers) { Published::Cwt } else { Published::Token };
    let signed = publish(&issuer, &tenant, &list, way).await?;
    Ok(status_answer(&signed, signed.media_type))
}

/// Whether a list is asked for as CWT and not as JWT (Token Status List §8.1).
fn wants_cwt(headers: &HeaderMap) -> bool {
    let accepts = accepted(headers);
    accepts.contains(&MEDIA_TYPE_CWT) && !accepts.contains(&MEDIA_TYPE)
}

/// What `Accept` names, whatever its weights.
fn accepted(headers: &HeaderMap) -> Vec<&str> {
    let accepts = headers.get_all(header::ACCEPT).iter().filter_map(|value| value.to_str().ok());
    accepts.flat_map(|value| value.split([',', ';'])).map(str::trim).collect()
}

/// A signed list of the credentials with Data Integrity proofs that were revoked or are suspended (Bitstring Status List
/// §2.2).
#[utoipa::path(
    get,
    path = "/{tenant}/status/{list}/{purpose}",
    tag = "wallets",
    params(
        ("tenant" = String, Path, description = "The tenant's id."),
        ("list" = String, Path, description = "The status list's id, as in a credential's `credentialStatus`."),
        ("purpose" = String, Path, description = "`revocation` or `suspension`.")
    ),
    responses((
        status = 200,
        description = "The list: with a Data Integrity proof where the key that signs lists, which need not be the one that signs credentials, is one of the issuer's DID; else as JWT. A document is called by a less precise media type where `Accept` names such a one alone.",
        content((Value = "application/vc"), (Value = "application/ld+json"), (Value = "application/json"), (String = "application/vc+jwt"))
    )),
)]
async fn status_of_purpose(
    State(issuer): Service,
    Path((tenant, list, purpose)): Path<(String, String, String)>,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    let way = Published::of(&purpose).ok_or(NO_LIST)?;
    Ok(bitstring_answer(&publish(&issuer, &tenant, &list, way).await?, &headers))
}

async fn publish(issuer: &Issuer, tenant: &str, list: &str, way: Published) -> Result<SignedList, Problem> {
    let signed = issuer.tenant(tenant)?.status_list(&issuer.world, list, way).await;
    signed.map_err(|error| Problem::internal(&error))?.ok_or(NO_LIST)
}

/// A Bitstring Status List. A document is also JSON-LD and JSON, and called so for who names that and nothing more precise
/// (VCDM 2.0, "Media Type Precision").
fn bitstring_answer(signed: &SignedList, headers: &HeaderMap) -> Response {
    let accepts = accepted(headers);
    let fits = |name: &&str| ["*/*", "application/*", bitstring::MEDIA_TYPE].contains(name);
    let less = if accepts.iter().any(fits) { &[] } else { &LESS_PRECISE[..] };
    let called =
        less.iter().find(|name| signed.media_type == bitstring::MEDIA_TYPE && accepts.contains(name));
    status_answer(signed, called.copied().unwrap_or(signed.media_type))
}

fn status_answer(signed: &SignedList, media_type: &'static str) -> Response {
    let mut response = signed.bytes.to_vec().into_response();
    let headers = response.headers_mut();
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static(media_type));
    headers.insert(header::VARY, HeaderValue::from_static("accept"));
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("max-age=300"));
    headers.insert(header::ACCESS_CONTROL_ALLOW_ORIGIN, HeaderValue::from_static("*"));
    response
}

/// What counts as one client for rates: an IPv4 address, or an IPv6 network of 64 bits, which one client fills freely.
fn network(address: IpAddr) -> Vec<u8> {
    match address {
        IpAddr::V4(address) => address.octets().to_vec(),
        IpAddr::V6(address) => address.octets().into_iter().take(8).collect(),
    }
}

/// An endpoint's error as the specification writes it; ours without a word about us.
fn answer<E: std::fmt::Debug>(
    error: EndpointError<E>,
    write: impl FnOnce(E) -> (u16, serde_json::Value),
) -> Response {
    match error {
        EndpointError::Refused(error) => {
            let (code, body) = write(error);
            no_store(json(status(code), &body))
        }
        EndpointError::InvalidToken => authorized::INVALID_TOKEN.into_response(),
        EndpointError::Proof(refusal) => authorized::refused(refusal),
        EndpointError::Later(wait) => slow_down(ENOUGH, wait),
        EndpointError::Store(error) => TRY_AGAIN.because(&error).into_response(),
        EndpointError::Internal(cause) => {
            tracing::error!(cause, "internal error");
            OUR_FAULT.into_response()
        }
    }
}

fn slow_down(error: impl IntoResponse, wait: Seconds) -> Response {
    let mut response = error.into_response();
    response.headers_mut().insert(header::RETRY_AFTER, HeaderValue::from(wait.0));
    response
}

fn status(code: u16) -> StatusCode {
    StatusCode::from_u16(code).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR)
}
