//! The registrar's API over HTTP: a bearer token whose hash is in the configuration, an idempotency key on everything.

use axum::extract::{Path, State};
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse, Response};
use jigap_platform::http::{
    Form, NoQuery, Problem, StrictBytes, StrictQuery, credentials, json, no_store, read_json,
};
use qrcode::render::svg;
use qrcode::{EcLevel, QrCode};
use serde_json::{Value, json};

use super::openapi::{DryRunAnswer, OfferAnswer, OffersAnswer, Person};
use super::{Hosted, NO_TENANT, Service};
use crate::admin::{AdminError, ChangeRequest, Changes, ImportRequest, OfferRequest};
use crate::idempotency::{MAX_KEY, Mutation};
use crate::import::Register;
use crate::issuance::Change;
use crate::offer::MadeOffer;
use crate::tenant::Tenant;
use jigap_wallet_core::time::Seconds;

/// The media type of a register that is not CSV.
const JSON: &[u8] = b"application/json";
const NOT_ADMIN: Problem = Problem::new(
    StatusCode::UNAUTHORIZED,
    "not-an-admin",
    "Send an admin token of this issuer as `Authorization: Bearer …`.",
    "이 발급 기관의 관리자 토큰을 `Authorization: Bearer …`로 보내십시오.",
);
const NO_KEY: Problem = Problem::new(
    StatusCode::BAD_REQUEST,
    "idempotency-key-missing",
    "Send an `Idempotency-Key` of 1 to 128 visible characters, a new one for each new request.",
    "보이는 글자 1~128자로 된 `Idempotency-Key`를 새 요청마다 새로 정해 보내십시오.",
);
const MALFORMED: Problem = Problem::new(
    StatusCode::BAD_REQUEST,
    "malformed",
    "The body is not what this address takes; see docs/ISSUER-API.md.",
    "본문의 형식이 맞지 않습니다. docs/ISSUER-API.md를 보십시오.",
);
const BAD_REFERENCE: Problem = Problem::new(
    StatusCode::BAD_REQUEST,
    "bad-reference",
    "`reference` has 1 to 256 bytes; leave it out if there is none.",
    "`reference`는 1~256바이트입니다. 없으면 넣지 마십시오.",
);
const NO_CHANGE: Problem = Problem::new(
    StatusCode::NOT_FOUND,
    "no-such-change",
    "The changes are revoke, suspend and reinstate.",
    "바꿀 수 있는 것은 revoke, suspend, reinstate입니다.",
);
const NO_CONFIGURATION: Problem = Problem::new(
    StatusCode::NOT_FOUND,
    "no-such-configuration",
    "This issuer has no such credential configuration.",
    "이 발급 기관에는 그런 증명서 종류가 없습니다.",
);
const NO_ISSUANCE: Problem = Problem::new(
    StatusCode::NOT_FOUND,
    "no-such-issuance",
    "There is nothing issued under that id or reference.",
    "그 번호로 발급된 것이 없습니다.",
);
const TOO_MANY: Problem = Problem::new(
    StatusCode::UNPROCESSABLE_ENTITY,
    "too-many",
    "More offers or credentials are meant than one change may touch (1,000). Nothing was changed; name offers in parts.",
    "한 번에 바꿀 수 있는 수(1,000)를 넘었습니다. 바뀐 것은 없으니 제안을 나누어 보내십시오.",
);
const FOR_GOOD: Problem = Problem::new(
    StatusCode::CONFLICT,
    "revoked-for-good",
    "A revoked credential stays revoked; issue a new one.",
    "취소된 증명서는 되살릴 수 없습니다. 새로 발급하십시오.",
);
const OTHER_REQUEST: Problem = Problem::new(
    StatusCode::UNPROCESSABLE_ENTITY,
    "idempotency-key-reused",
    "This idempotency key was used for another request.",
    "이 Idempotency-Key는 다른 요청에 이미 썼습니다.",
);
pub(super) const UNAVAILABLE: Problem = Problem::new(
    StatusCode::SERVICE_UNAVAILABLE,
    "try-again",
    "Nothing is known to be done. Send the same request with the same idempotency key again.",
    "처리 여부를 알 수 없습니다. 같은 Idempotency-Key로 같은 요청을 다시 보내십시오.",
);

/// What the endpoints answer beside their results.
pub(super) const OFFER_PROBLEMS: &[Problem] =
    &[NO_TENANT, NOT_ADMIN, NO_KEY, MALFORMED, BAD_REFERENCE, NO_CONFIGURATION, OTHER_REQUEST, UNAVAILABLE];
pub(super) const IMPORT_PROBLEMS: &[Problem] =
    &[NO_TENANT, NOT_ADMIN, NO_KEY, MALFORMED, NO_CONFIGURATION, OTHER_REQUEST, UNAVAILABLE];
pub(super) const CHANGE_PROBLEMS: &[Problem] = &[
    NO_TENANT,
    NOT_ADMIN,
    NO_KEY,
    MALFORMED,
    NO_CHANGE,
    NO_ISSUANCE,
    TOO_MANY,
    FOR_GOOD,
    OTHER_REQUEST,
    UNAVAILABLE,
];

/// Makes one offer.
#[utoipa::path(
    post,
    path = "/{tenant}/admin/offers",
    tag = "registrars",
    params(
        ("tenant" = String, Path, description = "The tenant's id."),
        ("Idempotency-Key" = String, Header, description = "1 to 128 visible characters, new for each new request. The same key with the same request gives the same answer for 24 hours.")
    ),
    request_body(content = OfferRequest),
    responses(
        (status = 201, description = "The offer: its link is a secret until it is redeemed.", body = OfferAnswer),
        (status = 422, description = "`claims-refused`: `claims` says which paths break which rules, never a value.", body = Value)
    ),
    security(("admin_token" = []))
)]
pub(super) async fn make_offer(
    State(issuer): Service,
    Path(tenant): Path<String>,
    _: NoQuery,
    headers: HeaderMap,
    StrictBytes(body): StrictBytes,
) -> Result<Response, Response> {
    let hosted = issuer.hosted(&tenant).map_err(IntoResponse::into_response)?;
    let mutation = Caller::of(hosted, &headers)?.asks("offer", &body);
    let request: OfferRequest = read(&body)?;
    let link =
        Link { configuration: request.credential_configuration_id.clone(), by_value: request.by_value };
    let with_qr = request.qr;
    let made =
        hosted.tenant.make_offer(&issuer.world, &mutation.as_mutation(), request).await.map_err(refusal)?;
    let mut answer = link.offer_json(&hosted.tenant, &made);
    let drawn = answer.get("offer").and_then(Value::as_str).filter(|_| with_qr).and_then(qr);
    if let (Some(drawn), Value::Object(members)) = (drawn, &mut answer) {
        members.insert("qr".to_owned(), drawn.into());
    }
    Ok(no_store(json(StatusCode::CREATED, &answer)))
}

/// `?dry_run=true` checks every line and makes nothing; `?tx_code=false` makes offers without transaction codes;
/// `?by_value=true` gives links that hold the offers. Another value than `true` and `false`, and another name, is refused.
#[utoipa::path(
    post,
    path = "/{tenant}/admin/imports/{configuration}",
    tag = "registrars",
    params(
        ("tenant" = String, Path, description = "The tenant's id."),
        ("configuration" = String, Path, description = "The credential configuration's id."),
        ("Idempotency-Key" = String, Header, description = "1 to 128 visible characters, new for each new request. The same key with the same request gives the same answer for 24 hours."),
        ("dry_run" = Option<bool>, Query, description = "Check every line, make nothing."),
        ("tx_code" = Option<bool>, Query, description = "Whether transaction codes are wanted; true unless it is said."),
        ("by_value" = Option<bool>, Query, description = "Whether links hold the offers themselves.")
    ),
    request_body(description = "A CSV (UTF-8, at most 2,000 rows and 2 MiB) whose header names claims by dotted paths, or the same as JSON.", content((String = "text/csv"), (Vec<Person> = "application/json"))),
    responses(
        (status = 200, description = "A dry run found no error.", body = DryRunAnswer),
        (status = 201, description = "The offers, one for each row in order.", body = OffersAnswer),
        (status = 422, description = "`claims-refused`: `lines` says line, column and rule, never a value. Nothing was imported.", body = Value)
    ),
    security(("admin_token" = []))
)]
pub(super) async fn import(
    State(issuer): Service,
    Path((tenant, configuration)): Path<(String, String)>,
    StrictQuery(query): StrictQuery,
    headers: HeaderMap,
    StrictBytes(body): StrictBytes,
) -> Result<Response, Response> {
    let hosted = issuer.hosted(&tenant).map_err(IntoResponse::into_response)?;
    let caller = Caller::of(hosted, &headers)?;
    let asked = Parameters::of(&query).map_err(IntoResponse::into_response)?;
    let is_json = headers.get(header::CONTENT_TYPE).is_some_and(|kind| kind.as_bytes().starts_with(JSON));
    let request = ImportRequest {
        configuration: &configuration,
        register: if is_json { Register::Json(&body) } else { Register::Csv(&body) },
        tx_code: asked.tx_code,
        lifetime: Seconds(7 * 24 * 3600),
    };
    if asked.dry_run {
        let rows = hosted.tenant.check_import(&request).map_err(refusal)?;
        return Ok(no_store(json(StatusCode::OK, &json!({"dry_run": true, "rows": rows}))));
    }
    let Parameters { tx_code, by_value, .. } = asked;
    let mutation = caller.asks(&format!("import/{configuration}/{tx_code}/{is_json}/{by_value}"), &body);
    let made =
        hosted.tenant.import(&issuer.world, &mutation.as_mutation(), &request).await.map_err(refusal)?;
    let link = Link { configuration: configuration.clone(), by_value };
    let offers: Vec<Value> = made.iter().map(|made| link.offer_json(&hosted.tenant, made)).collect();
    Ok(no_store(json(StatusCode::CREATED, &json!({"offers": offers}))))
}

/// How a register is imported.
struct Parameters {
    dry_run: bool,
    tx_code: bool,
    by_value: bool,
}

impl Parameters {
    /// Refuses what it does not know: who wrote it wanted a dry run, perhaps.
    fn of(query: &Form) -> Result<Self, Problem> {
        query.only(&["dry_run", "tx_code", "by_value"])?;
        Ok(Self {
            dry_run: query.flag("dry_run")?.unwrap_or(false),
            tx_code: query.flag("tx_code")?.unwrap_or(true),
            by_value: query.flag("by_value")?.unwrap_or(false),
        })
    }
}

/// Revokes, suspends or reinstates offers and what came of them, or all for a person.
///
/// An offer that nobody took yet is withdrawn with it; one that was suspended comes back when it is reinstated.
#[utoipa::path(
    post,
    path = "/{tenant}/admin/credentials/{change}",
    tag = "registrars",
    params(
        ("tenant" = String, Path, description = "The tenant's id."),
        ("change" = String, Path, description = "`revoke`, `suspend` or `reinstate`."),
        ("Idempotency-Key" = String, Header, description = "1 to 128 visible characters, new for each new request. The same key with the same request gives the same answer for 24 hours.")
    ),
    request_body(content = ChangeRequest),
    responses(
        (status = 200, description = "What became of each issuance that could change, and of each offer.", body = Changes)
    ),
    security(("admin_token" = []))
)]
pub(super) async fn change(
    State(issuer): Service,
    Path((tenant, change)): Path<(String, String)>,
    _: NoQuery,
    headers: HeaderMap,
    StrictBytes(body): StrictBytes,
) -> Result<Response, Response> {
    let hosted = issuer.hosted(&tenant).map_err(IntoResponse::into_response)?;
    let mutation = Caller::of(hosted, &headers)?.asks(&change, &body);
    let change = match change.as_str() {
        "revoke" => Change::Revoke,
        "suspend" => Change::Suspend,
        "reinstate" => Change::Reinstate,
        _ => return Err(NO_CHANGE.into_response()),
    };
    let request: ChangeRequest = read(&body)?;
    let changed = hosted.tenant.change(&issuer.world, &mutation.as_mutation(), change, &request).await;
    Ok(no_store(json(StatusCode::OK, &changed.map_err(refusal)?)))
}

/// An authenticated admin and the idempotency key of the request.
struct Caller<'a> {
    name: &'a str,
    key: &'a str,
}

/// A mutation with its own copy of what was asked.
struct Asked<'a> {
    caller: Caller<'a>,
    request: Vec<u8>,
}

impl<'a> Caller<'a> {
    fn of(hosted: &'a Hosted, headers: &'a HeaderMap) -> Result<Self, Response> {
        let token = credentials(headers, "Bearer").ok().flatten().ok_or_else(|| NOT_ADMIN.into_response())?;
        // Every hash is compared, so that time does not tell which one came near.
        let matching = hosted.admins.iter().fold(
            None,
            |found, (name, hash)| {
                if hash.matches(token) { Some(name) } else { found }
            },
        );
        let name = matching.ok_or_else(|| NOT_ADMIN.into_response())?;
        let mut keys = headers.get_all("idempotency-key").iter();
        let key = keys.next().and_then(|key| key.to_str().ok()).unwrap_or_default();
        if key.is_empty() || key.len() > MAX_KEY || keys.next().is_some() {
            return Err(NO_KEY.into_response());
        }
        Ok(Self { name, key })
    }

    fn asks(self, what: &str, body: &[u8]) -> Asked<'a> {
        Asked { caller: self, request: [what.as_bytes(), b"\n", body].concat() }
    }
}

impl Asked<'_> {
    fn as_mutation(&self) -> Mutation<'_> {
        Mutation { caller: self.caller.name, key: self.caller.key, request: &self.request }
    }
}

/// A strict JSON body as a `T`.
fn read<T: serde::de::DeserializeOwned>(body: &[u8]) -> Result<T, Response> {
    read_json(body).map_err(|_| MALFORMED.into_response())
}

/// How the registrar wants the links of offers.
struct Link {
    configuration: String,
    by_value: bool,
}

impl Link {
    fn offer_json(&self, tenant: &Tenant, made: &MadeOffer) -> Value {
        let link = match self.by_value {
            true => Some(tenant.offer_value_link(made, &self.configuration)),
            false => tenant.offer_link(&made.id),
        };
        json!({"id": made.id, "offer": link, "tx_code": made.tx_code, "expires": made.expires.to_rfc3339()})
    }
}

/// The link as a QR code in SVG, with a quiet zone; `None` if it is too long for one.
fn qr(link: &str) -> Option<String> {
    let code = QrCode::with_error_correction_level(link, EcLevel::M).ok()?;
    Some(code.render::<svg::Color<'_>>().min_dimensions(240, 240).build())
}

fn refusal(error: AdminError) -> Response {
    let problem = match error {
        AdminError::Claims(errors) => return refused("claims", &json!(errors)),
        AdminError::Lines(errors) => {
            let lines: Vec<Value> = errors
                .iter()
                .map(|error| json!({"line": error.line, "column": error.column, "rule": error.rule}))
                .collect();
            return refused("lines", &json!(lines));
        }
        AdminError::Field(_) => MALFORMED.because(&error),
        AdminError::Reference => BAD_REFERENCE,
        AdminError::TooMany => TOO_MANY,
        AdminError::UnknownConfiguration => NO_CONFIGURATION,
        AdminError::UnknownIssuance => NO_ISSUANCE,
        AdminError::RevokedForGood => FOR_GOOD,
        AdminError::OtherRequest => OTHER_REQUEST,
        AdminError::Store(_) => UNAVAILABLE.because(&error),
        AdminError::Seal(_) => Problem::internal(&error),
    };
    problem.into_response()
}

/// What was sent breaks the type's schema: which paths and rules, never the values.
fn refused(what: &str, errors: &Value) -> Response {
    let body = json!({"status": 422, "code": "claims-refused", what: errors});
    no_store(json(StatusCode::UNPROCESSABLE_ENTITY, &body))
}
