//! W3C-CCG's VC API 0.7 over HTTP, the verifying half, and the HTTP binding of DID Resolution: 404 unless instances are
//! configured. Every answer says what it is worth: in the header `jigap-policy`, and in the member `policy` of verdicts and
//! problems. A DID resolution result has no such member: its form is the specification's.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use axum::extract::{Path, State};
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use axum::{Extension, Router};
use jigap_platform::http::{
    self as answers, Beside, ClientAddress, Problem, Rate, RateLimiter, Statement, StrictJson, StrictQuery,
    no_store,
};
use jigap_wallet_core::contexts::Contexts;
use jigap_wallet_core::did::ResolutionError;
use jigap_wallet_core::judge::{Challenge, Policy};
use jigap_wallet_core::text::Lang;
use jigap_wallet_core::verdict::Verdict;
use serde::Deserialize;
use serde_json::{Value, json};
use utoipa::ToSchema;

use super::errors::{NO_INSTANCE, TOO_MANY_REQUESTS, later};
use super::{Hosted, REMEMBERED, network};
use crate::vc_api::{Asked, Bench, POLICY, told, unread};

/// How many requests of one client address are judged in a row and a minute.
const A_MINUTE: u32 = 600;
const STATEMENT: Statement = Statement { header: "jigap-policy", member: "policy", text: POLICY };
/// What callers may name in `checks`; all of it is always judged.
const CHECKS: [&str; 2] = ["proof", "status"];
const DID_RESOLUTION: &str = "application/did-resolution";
const DEREFERENCING: &str = "application/did-url-dereferencing";
/// What both were before, and did:key's suite asks for.
const FORMER: &str = r#"application/ld+json;profile="https://w3id.org/did-resolution""#;

/// The instances, by name.
pub struct VcApi {
    policies: BTreeMap<String, Policy>,
    contexts: Contexts,
    /// Requests judged, by client address.
    rate: RateLimiter,
}

impl VcApi {
    /// Instances with these policies, which read documents by `contexts`.
    pub fn new(policies: BTreeMap<String, Policy>, contexts: Contexts) -> Self {
        let rate = Rate { burst: A_MINUTE, refill: Duration::from_secs(60) / A_MINUTE };
        Self { policies, contexts, rate: RateLimiter::new(rate, REMEMBERED) }
    }
}

/// A credential to be judged.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct CredentialRequest {
    /// The credential: a document, an envelope, or a token as text.
    #[serde(rename = "verifiableCredential")]
    #[schema(value_type = Object)]
    verifiable_credential: Value,
    #[serde(default)]
    options: Options,
}

/// A presentation to be judged.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct PresentationRequest {
    /// The presentation: a document, an envelope, or a token as text.
    #[serde(rename = "verifiablePresentation")]
    #[schema(value_type = Object)]
    verifiable_presentation: Value,
    #[serde(default)]
    options: Options,
}

/// What is asked.
#[derive(Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct Options {
    /// The `challenge` that the proof of a presentation, or each of a credential, must name.
    challenge: Option<String>,
    /// The `domain` that it must be made for, and no other.
    domain: Option<String>,
    /// `proof`, `status`: both are always judged. Other names are warned about.
    #[serde(default)]
    checks: Vec<String>,
}

impl Options {
    fn asked(&self) -> Challenge<'_> {
        Challenge { challenge: self.challenge.as_deref(), domain: self.domain.as_deref() }
    }
}

/// What was found.
#[derive(ToSchema)]
#[expect(dead_code, reason = "describes what `told` writes")]
pub(super) struct VerifiedBody {
    /// Whether proof and status hold.
    verified: bool,
    /// What that is worth: always `proof and status; trust not asked`.
    policy: String,
    /// The ids of the checks that passed (docs/CHECKS.md).
    checks: Vec<String>,
    /// What was passed over, as problem details.
    #[schema(value_type = Vec<Object>)]
    warnings: Vec<Value>,
    /// What was refused, as problem details with the types of VCDM 2.0 §7.2.
    #[schema(value_type = Vec<Object>)]
    errors: Vec<Value>,
}

/// The routes of the instances. Without any there is nothing behind them.
pub(super) fn routes(hosted: &Arc<Hosted>) -> Router {
    let routes = Router::new()
        .route("/vc-api/{instance}/credentials/verify", post(verify_credential))
        .route("/vc-api/{instance}/presentations/verify", post(verify_presentation))
        .route("/1.0/identifiers/{did}", get(resolve))
        .with_state(Arc::clone(hosted));
    STATEMENT.of(routes)
}

impl Hosted {
    fn instances(&self, client: ClientAddress) -> Result<&VcApi, Response> {
        let api = self.vc_api.as_ref().ok_or_else(|| NO_INSTANCE.into_response())?;
        api.rate.admit(network(client)).map_err(|wait| later(TOO_MANY_REQUESTS, wait))?;
        Ok(api)
    }

    fn bench<'h>(&'h self, api: &'h VcApi, policy: Policy) -> Bench<'h> {
        let Hosted { verifier, .. } = self;
        Bench { library: &verifier.library, contexts: &api.contexts, policy, now: verifier.clock.now() }
    }

    fn instance(&self, client: ClientAddress, name: &str) -> Result<Bench<'_>, Response> {
        let api = self.instances(client)?;
        let policy = api.policies.get(name).ok_or_else(|| NO_INSTANCE.into_response())?;
        Ok(self.bench(api, *policy))
    }
}

/// Judge a credential
///
/// VC API 0.7 §3.3.1: 200 if and only if proof and status hold. Only where it is configured.
#[utoipa::path(
    post, path = "/vc-api/{instance}/credentials/verify", tag = "vc-api",
    params(("instance" = String, Path, description = "The instance's name.")),
    request_body = CredentialRequest,
    responses(
        (status = 200, description = "It holds.", body = VerifiedBody),
        (status = 400, description = "It does not hold, or the request is malformed: then a problem with these members too.", body = VerifiedBody)
    ),
)]
pub(super) async fn verify_credential(
    State(hosted): State<Arc<Hosted>>,
    Path(name): Path<String>,
    Extension(client): Extension<ClientAddress>,
    Extension(lang): Extension<Lang>,
    request: Result<StrictJson<CredentialRequest>, Problem>,
) -> Result<Response, Response> {
    let refused = |response| unverified(response, lang);
    let bench = hosted.instance(client, &name).map_err(refused)?;
    let StrictJson(CredentialRequest { verifiable_credential, options }) =
        request.map_err(Problem::into_response).map_err(refused)?;
    let verdict = bench.credential(verifiable_credential, options.asked()).await;
    Ok(answer(&verdict, &options, lang))
}

/// Judge a presentation
///
/// VC API 0.7 §3.3.2: 200 if and only if its proof answers what was asked and every credential holds. Only where it is configured.
#[utoipa::path(
    post, path = "/vc-api/{instance}/presentations/verify", tag = "vc-api",
    params(("instance" = String, Path, description = "The instance's name.")),
    request_body = PresentationRequest,
    responses(
        (status = 200, description = "It holds.", body = VerifiedBody),
        (status = 400, description = "It does not hold, or the request is malformed: then a problem with these members too.", body = VerifiedBody)
    ),
)]
pub(super) async fn verify_presentation(
    State(hosted): State<Arc<Hosted>>,
    Path(name): Path<String>,
    Extension(client): Extension<ClientAddress>,
    Extension(lang): Extension<Lang>,
    request: Result<StrictJson<PresentationRequest>, Problem>,
) -> Result<Response, Response> {
    let refused = |response| unverified(response, lang);
    let bench = hosted.instance(client, &name).map_err(refused)?;
    let StrictJson(PresentationRequest { verifiable_presentation, options }) =
        request.map_err(Problem::into_response).map_err(refused)?;
    let verdict = bench.presentation(&verifiable_presentation, options.asked()).await;
    Ok(answer(&verdict, &options, lang))
}

/// The problem in `response` with the members of a verdict, none of whose checks was made.
fn unverified(mut response: Response, lang: Lang) -> Response {
    if let Some(problem) = response.extensions().get::<Problem>().copied() {
        let malformed = problem.status == StatusCode::BAD_REQUEST;
        response.extensions_mut().insert(Beside(unread(malformed, (problem.code, problem.hint), lang)));
    }
    response
}

fn answer(verdict: &Verdict, options: &Options, lang: Lang) -> Response {
    let unknown = options.checks.iter().map(String::as_str).filter(|name| !CHECKS.contains(name));
    let status = if verdict.holds() { StatusCode::OK } else { StatusCode::BAD_REQUEST };
    let mut response = no_store(answers::json(status, &told(verdict, &unknown.collect::<Vec<_>>(), lang)));
    response.headers_mut().insert(header::VARY, HeaderValue::from_static("accept-language"));
    response
}

/// Resolve a DID, or dereference a DID URL
///
/// DID Resolution, HTTP binding: methods key, jwk, web, webvh. Of a DID URL the verification method that it names. Who accepts
/// `application/ld+json;profile="https://w3id.org/did-resolution"` alone is answered as before that draft. Only where the VC API is
/// configured.
#[utoipa::path(
    get, path = "/1.0/identifiers/{did}", tag = "vc-api",
    params(
        ("did" = String, Path, description = "The DID or DID URL, percent-encoded."),
        ("publicKeyFormat" = Option<String>, Query, description = "did:key: the form of its keys, `Multikey`."),
        ("enableExperimentalPublicKeyTypes" = Option<bool>, Query, description = "did:key: whether forms out of use are no error of the caller.")
    ),
    responses(
        (status = 200, description = "The result.", content((Value = "application/did-resolution"), (Value = "application/did-url-dereferencing"), (Value = "application/ld+json"))),
        (status = 400, description = "`invalidDid`, `invalidDidUrl`, `invalidDidDocument`, `invalidPublicKey`, `invalidPublicKeyLength`, `invalidPublicKeyType`, `unsupportedPublicKeyType`.", content((Value = "application/did-resolution"), (Value = "application/did-url-dereferencing"), (Value = "application/ld+json"))),
        (status = 404, description = "`notFound`.", content((Value = "application/did-resolution"), (Value = "application/did-url-dereferencing"), (Value = "application/ld+json"))),
        (status = 501, description = "`methodNotSupported`.", content((Value = "application/did-resolution"), (Value = "application/did-url-dereferencing"), (Value = "application/ld+json")))
    ),
)]
pub(super) async fn resolve(
    State(hosted): State<Arc<Hosted>>,
    Path(did): Path<String>,
    query: Result<StrictQuery, Problem>,
    headers: HeaderMap,
    Extension(client): Extension<ClientAddress>,
) -> Result<Response, Response> {
    let api = hosted.instances(client)?;
    let bench = hosted.bench(api, Policy::default());
    let StrictQuery(options) = query.map_err(Problem::into_response)?;
    // What other methods may be asked (DID Resolution, "DID Resolution Options") is not asked of these, and passed over.
    let experimental = options.flag("enableExperimentalPublicKeyTypes").map_err(Problem::from);
    let asked = Asked {
        key_format: options.value("publicKeyFormat"),
        experimental: experimental.map_err(Problem::into_response)?.unwrap_or(false),
    };
    let is_url = did.contains(['/', '?', '#']);
    let found = if is_url {
        bench.dereference(&did, asked).await
    } else {
        bench.resolve(&did, asked).await.map(|document| document.to_json())
    };
    let status = found.as_ref().map_or_else(|error| status_of(*error), |_| StatusCode::OK);
    let (media_type, body) = resolution(found, is_url, accepts_former(&headers));
    let mut response = no_store(answers::json(status, &body));
    response.headers_mut().insert(header::CONTENT_TYPE, HeaderValue::from_static(media_type));
    response.headers_mut().insert(header::VARY, HeaderValue::from_static("accept"));
    Ok(response)
}

/// Whether `Accept` names the former media type of results and none of the present ones.
fn accepts_former(headers: &HeaderMap) -> bool {
    let accepts = headers.get_all(header::ACCEPT).iter().filter_map(|value| value.to_str().ok());
    let accepts: Vec<&str> = accepts.flat_map(|value| value.split([',', ';'])).map(str::trim).collect();
    let present = [DID_RESOLUTION, DEREFERENCING, "application/*", "*/*"];
    accepts.contains(&"application/ld+json") && !accepts.iter().any(|name| present.contains(name))
}

/// A result in its media type: a document or a method was found, or not.
fn resolution(found: Result<Value, ResolutionError>, is_url: bool, former: bool) -> (&'static str, Value) {
    let (found, metadata) = match found {
        Ok(found) => (found, json!({"contentType": "application/did"})),
        Err(error) => (Value::Null, json!({"error": error.name()})),
    };
    if is_url && !former {
        let result = json!({"content": found, "dereferencingMetadata": metadata, "contentMetadata": {}});
        return (DEREFERENCING, result);
    }
    let told = if is_url { "didDereferencingMetadata" } else { "didResolutionMetadata" };
    let result = json!({
        "@context": "https://w3id.org/did-resolution/v1",
        "didDocument": found,
        told: metadata,
        "didDocumentMetadata": {},
    });
    (if former { FORMER } else { DID_RESOLUTION }, result)
}

const fn status_of(error: ResolutionError) -> StatusCode {
    match error {
        ResolutionError::NotFound => StatusCode::NOT_FOUND,
        ResolutionError::MethodNotSupported => StatusCode::NOT_IMPLEMENTED,
        _ => StatusCode::BAD_REQUEST,
    }
}
