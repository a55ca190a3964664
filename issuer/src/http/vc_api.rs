//! W3C-CCG's VC API 0.7 over HTTP, the issuing half: 404 unless instances are configured. Every answer says what it is worth: in
//! the header `jigap-policy`, and where it is JSON of our own in the member `policy`, problems too.

use std::collections::BTreeMap;
use std::net::IpAddr;
use std::sync::Arc;

use axum::extract::{Path, State};
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use axum::{Extension, Router};
use jigap_platform::http::{
    ClientAddress, Problem, RateLimiter, RetryAfter, Statement, StrictJson, json, no_store,
};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use utoipa::ToSchema;

use super::{Issuer, NO_LIST, bitstring_answer, network};
use crate::vc_api::{Change, ChangeError, Instance, IssueError};

/// What every answer says: what it is worth.
const POLICY: &str = "proof and status; trust not asked";
const STATEMENT: Statement = Statement { header: "jigap-policy", member: "policy", text: POLICY };

/// The instances, by name.
pub struct VcApi {
    instances: BTreeMap<String, Instance>,
    /// Credentials issued, by client address.
    rate: RateLimiter,
}

impl VcApi {
    /// `instances`, each client bounded by `rate`.
    pub fn new(instances: BTreeMap<String, Instance>, rate: RateLimiter) -> Self {
        Self { instances, rate }
    }
}

/// A credential to be secured.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct IssueRequest {
    /// A credential of the data model 2.0 (or 1.1, with a proof). `issuer` is the instance's DID, or an object with it.
    #[schema(value_type = Object)]
    credential: Map<String, Value>,
    #[serde(default)]
    options: IssueOptions,
}

/// What is asked of the securing.
#[derive(Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct IssueOptions {
    /// JSON pointers to what every derived proof discloses: for cryptosuites of selective disclosure alone. Without any, what
    /// a verifier must see: issuer, period, status, schema, whom it is about.
    #[serde(default, rename = "mandatoryPointers")]
    mandatory_pointers: Vec<String>,
}

/// A credential of which some is to be shown.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct DeriveRequest {
    /// A credential with a base proof of selective disclosure.
    #[serde(rename = "verifiableCredential")]
    #[schema(value_type = Object)]
    verifiable_credential: Map<String, Value>,
    #[serde(default)]
    options: DeriveOptions,
}

/// What is to be shown.
#[derive(Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct DeriveOptions {
    /// JSON pointers to what is shown beside what is mandatory.
    #[serde(default, rename = "selectivePointers")]
    selective_pointers: Vec<String>,
}

/// A status to be changed.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct StatusRequest {
    /// The credential's `id`, as the caller knows it: it is not looked at.
    #[serde(rename = "credentialId")]
    #[expect(dead_code, reason = "the entry names the credential")]
    credential_id: Option<String>,
    /// The `credentialStatus` that the instance put into the credential.
    #[serde(rename = "credentialStatus")]
    #[schema(value_type = Object)]
    credential_status: Map<String, Value>,
    /// What it shall be from now on.
    status: Said,
}

/// What a status says: whether it is revoked or suspended, or the number of its message.
#[derive(Clone, Copy, Deserialize, Serialize, ToSchema)]
#[serde(untagged)]
pub(super) enum Said {
    /// Of a revocation or suspension.
    Set(bool),
    /// Of a message.
    Message(u8),
}

/// A status that was changed.
#[derive(Serialize, ToSchema)]
pub(super) struct StatusBody {
    /// What it is now.
    status: Said,
    /// What it is worth.
    policy: &'static str,
}

/// A credential that was secured.
#[derive(Serialize, ToSchema)]
pub(super) struct IssuedBody {
    /// The credential with its proof, or its envelope.
    #[serde(rename = "verifiableCredential")]
    #[schema(value_type = Object)]
    verifiable_credential: Value,
    /// What it is worth.
    policy: &'static str,
}

/// An instance.
#[derive(Serialize, ToSchema)]
pub(super) struct InstanceBody<'a> {
    /// Its name, in its paths.
    instance: &'a str,
    /// Its DID.
    id: &'a str,
    /// The DID URL of its key.
    #[serde(rename = "verificationMethod")]
    verification_method: &'a str,
    /// Its cryptosuite, or `vc+jwt`.
    cryptosuite: &'a str,
    /// What kind of key it has.
    #[serde(rename = "keyType")]
    key_type: &'static str,
    /// Where it issues.
    endpoint: String,
    /// What its credentials are worth.
    policy: &'static str,
}

pub(super) const NO_INSTANCE: Problem = Problem::new(
    StatusCode::NOT_FOUND,
    "no-such-instance",
    "There is no such instance; `/ids` names them.",
    "그런 인스턴스가 없습니다. `/ids`에 목록이 있습니다.",
);
pub(super) const OTHER_ISSUER: Problem = Problem::new(
    StatusCode::BAD_REQUEST,
    "other-issuer",
    "`issuer` is absent or not this instance: name the DID that `/ids` says.",
    "`issuer`가 없거나 이 인스턴스가 아닙니다. `/ids`의 DID를 쓰십시오.",
);
pub(super) const NOT_SELECTIVE: Problem = Problem::new(
    StatusCode::BAD_REQUEST,
    "not-selective",
    "`mandatoryPointers` and deriving are for cryptosuites of selective disclosure; this instance has another.",
    "`mandatoryPointers`와 파생은 선택 공개 암호 방식에만 씁니다. 이 인스턴스는 그런 방식이 아닙니다.",
);
pub(super) const REFUSED: Problem = Problem::new(
    StatusCode::BAD_REQUEST,
    "credential-refused",
    "The credential breaks a rule of its data model, or uses a term that no context known here defines.",
    "증명서가 데이터 모델의 규칙에 어긋나거나, 이곳에서 아는 컨텍스트에 없는 용어를 씁니다.",
);
pub(super) const OTHER_STATUS: Problem = Problem::new(
    StatusCode::BAD_REQUEST,
    "other-status",
    "`credentialStatus` is none that this instance gave out: take it from the credential as it was issued.",
    "이 인스턴스가 내준 `credentialStatus`가 아닙니다. 발급된 증명서에 있는 것을 그대로 쓰십시오.",
);
pub(super) const WRONG_STATUS: Problem = Problem::new(
    StatusCode::BAD_REQUEST,
    "wrong-status",
    "`status` is true or false for revocation and suspension, and 0 to 3 for a message.",
    "`status`는 폐기와 정지에는 true나 false, 메시지에는 0에서 3까지입니다.",
);
pub(super) const FOR_GOOD: Problem = Problem::new(
    StatusCode::BAD_REQUEST,
    "revoked-for-good",
    "A revocation is not taken back. What may come back is suspended.",
    "폐기는 되돌릴 수 없습니다. 되돌릴 수 있어야 하면 정지하십시오.",
);
pub(super) const SLOW_DOWN: Problem = Problem::new(
    StatusCode::TOO_MANY_REQUESTS,
    "too-many-credentials",
    "Too many credentials for your address. Wait as long as `Retry-After` says.",
    "같은 주소에 발급한 증명서가 너무 많습니다. `Retry-After`가 말하는 만큼 기다리십시오.",
);

/// The routes of the instances. Without any there is nothing behind them.
pub(super) fn routes(issuer: &Arc<Issuer>) -> Router {
    let routes = Router::new()
        .route("/ids", get(ids))
        .route("/vc-api/{instance}/credentials/issue", post(issue))
        .route("/vc-api/{instance}/credentials/derive", post(derive))
        .route("/vc-api/{instance}/credentials/status", post(change_status))
        .route("/vc-api/{instance}/status-lists/{list}", get(status_list))
        .with_state(Arc::clone(issuer));
    STATEMENT.of(routes)
}

/// The instances of the VC API; only where there are any.
#[utoipa::path(
    get,
    path = "/ids",
    tag = "vc-api",
    responses((status = 200, description = "The instances.", body = Vec<InstanceBody>))
)]
pub(super) async fn ids(State(issuer): State<Arc<Issuer>>) -> Result<Response, Problem> {
    let api = issuer.vc_api.as_ref().ok_or(NO_INSTANCE)?;
    let bodies = api.instances.iter().map(|(name, instance)| InstanceBody {
        instance: name,
        id: instance.did(),
        verification_method: instance.verification_method(),
        cryptosuite: instance.cryptosuite(),
        key_type: instance.key_type(),
        endpoint: format!("/vc-api/{name}/credentials/issue"),
        policy: POLICY,
    });
    Ok(json(StatusCode::OK, &bodies.collect::<Vec<_>>()))
}

/// Secures a credential as the instance (VC API 0.7 §3.2.1); only where it is configured.
#[utoipa::path(
    post,
    path = "/vc-api/{instance}/credentials/issue",
    tag = "vc-api",
    params(("instance" = String, Path, description = "The instance's name.")),
    request_body = IssueRequest,
    responses((status = 201, description = "The secured credential.", body = IssuedBody))
)]
pub(super) async fn issue(
    State(issuer): State<Arc<Issuer>>,
    Path(name): Path<String>,
    Extension(ClientAddress(address)): Extension<ClientAddress>,
    request: Result<StrictJson<IssueRequest>, Problem>,
) -> Result<Response, Response> {
    let instance = issuer.instance(&name, address)?;
    let StrictJson(IssueRequest { credential, options }) = request.map_err(Problem::into_response)?;
    answer(instance.issue(credential, &options.mandatory_pointers, &issuer.world).await)
}

/// Shows some of a credential, as its holder does (VC API 0.7 §3.4.1); only where it is configured.
#[utoipa::path(
    post,
    path = "/vc-api/{instance}/credentials/derive",
    tag = "vc-api",
    params(("instance" = String, Path, description = "The instance's name.")),
    request_body = DeriveRequest,
    responses((status = 201, description = "What is shown.", body = IssuedBody))
)]
pub(super) async fn derive(
    State(issuer): State<Arc<Issuer>>,
    Path(name): Path<String>,
    Extension(ClientAddress(address)): Extension<ClientAddress>,
    request: Result<StrictJson<DeriveRequest>, Problem>,
) -> Result<Response, Response> {
    let instance = issuer.instance(&name, address)?;
    let StrictJson(DeriveRequest { verifiable_credential, options }) =
        request.map_err(Problem::into_response)?;
    let credential = Value::Object(verifiable_credential);
    answer(instance.derive(credential, &options.selective_pointers, &issuer.world))
}

/// Revokes a credential of the instance, suspends or reinstates it, or sets its message (VC API 0.7 §3.2.4); only where it
/// publishes lists.
#[utoipa::path(
    post,
    path = "/vc-api/{instance}/credentials/status",
    tag = "vc-api",
    params(("instance" = String, Path, description = "The instance's name.")),
    request_body = StatusRequest,
    responses((status = 200, description = "It is changed.", body = StatusBody))
)]
pub(super) async fn change_status(
    State(issuer): State<Arc<Issuer>>,
    Path(name): Path<String>,
    Extension(ClientAddress(address)): Extension<ClientAddress>,
    request: Result<StrictJson<StatusRequest>, Problem>,
) -> Result<Response, Response> {
    let instance = issuer.instance(&name, address)?;
    let StrictJson(StatusRequest { credential_status, status, .. }) =
        request.map_err(Problem::into_response)?;
    let change = match status {
        Said::Set(set) => Change::Set(set),
        Said::Message(value) => Change::Message(value),
    };
    let changed = instance.change_status(&issuer.world, &credential_status, change).await;
    changed.map_err(|error| match error {
        ChangeError::NotOurs => OTHER_STATUS.into_response(),
        ChangeError::NoSuchValue => WRONG_STATUS.into_response(),
        ChangeError::ForGood => FOR_GOOD.into_response(),
        ChangeError::Store(error) => Problem::internal(&error).into_response(),
    })?;
    Ok(no_store(json(StatusCode::OK, &StatusBody { status, policy: POLICY })))
}

/// A Bitstring Status List of the instance, signed by it.
#[utoipa::path(
    get,
    path = "/vc-api/{instance}/status-lists/{list}",
    tag = "vc-api",
    params(
        ("instance" = String, Path, description = "The instance's name."),
        ("list" = String, Path, description = "The list's id.")
    ),
    responses((status = 200, description = "The list.", content(
        (Value = "application/vc"), (Value = "application/ld+json"), (Value = "application/json"), (String = "application/vc+jwt")
    )))
)]
pub(super) async fn status_list(
    State(issuer): State<Arc<Issuer>>,
    Path((name, list)): Path<(String, String)>,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    // Of no rate: it is for everybody who verifies, and served from memory.
    let signed = issuer.named(&name)?.list(&issuer.world, &list).await.map_err(problem)?;
    Ok(bitstring_answer(&signed.ok_or(NO_LIST)?, &headers))
}

impl Issuer {
    fn named(&self, instance: &str) -> Result<&Instance, Problem> {
        self.vc_api.as_ref().and_then(|api| api.instances.get(instance)).ok_or(NO_INSTANCE)
    }

    /// The instance, for a client that has not asked for too much.
    fn instance(&self, name: &str, client: IpAddr) -> Result<&Instance, Response> {
        let api = self.vc_api.as_ref().ok_or_else(|| NO_INSTANCE.into_response())?;
        if let Err(RetryAfter(wait)) = api.rate.admit(network(client)) {
            let mut response = SLOW_DOWN.into_response();
            response.headers_mut().insert(header::RETRY_AFTER, HeaderValue::from(wait.0));
            return Err(response);
        }
        self.named(name).map_err(Problem::into_response)
    }
}

fn answer(credential: Result<Value, IssueError>) -> Result<Response, Response> {
    let verifiable_credential = credential.map_err(|error| problem(error).into_response())?;
    Ok(no_store(json(StatusCode::CREATED, &IssuedBody { verifiable_credential, policy: POLICY })))
}

fn problem(error: IssueError) -> Problem {
    match error {
        IssueError::OtherIssuer => OTHER_ISSUER,
        IssueError::NotSelective => NOT_SELECTIVE,
        IssueError::Refused(refusal) => Problem { hint: refusal.check.rule, ..REFUSED }.because(&refusal),
        IssueError::Document(_) => REFUSED.because(&error),
        IssueError::Key | IssueError::Status(_) => Problem::internal(&error),
    }
}
