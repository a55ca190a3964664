//! Where verifiers hand in what they found, for an offer to the wallet that showed it. Nobody is known here but by the signature of
//! the verdict.

use axum::Extension;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use jigap_platform::http::{ClientAddress, Problem, RetryAfter, StrictBytes, json, no_store};
use jigap_wallet_core::verdict::signed::FORM;
use jigap_wallet_core::verdict::{Reason, Refusal};
use serde_json::json;

use super::admin::UNAVAILABLE;
use super::openapi::VerdictAnswer;
use super::{NO_TENANT, Service, network, slow_down};
use crate::verdicts::VerdictError;

const TAKES_NONE: Problem = Problem::new(
    StatusCode::NOT_FOUND,
    "takes-no-verdicts",
    "This issuer takes no verdicts.",
    "이 발급 기관은 판정을 받지 않습니다.",
);
const REFUSED: Problem = Problem::new(
    StatusCode::BAD_REQUEST,
    "verdict-refused",
    "The verdict is none that is taken here.",
    "이곳에서 받는 판정이 아닙니다.",
);
const ENDED: Problem = Problem::new(
    StatusCode::FORBIDDEN,
    "offer-denied",
    "What was issued for this credential was suspended or revoked.",
    "이 증명서로 발급한 것이 정지되었거나 폐기되었습니다.",
);
const ENOUGH: Problem = Problem::new(
    StatusCode::TOO_MANY_REQUESTS,
    "enough-offered",
    "Enough was offered for this credential. Wait as long as `Retry-After` says.",
    "이 증명서로 받을 수 있는 제안을 모두 만들었습니다. `Retry-After`가 말하는 만큼 기다리십시오.",
);
const TOO_MANY: Problem = Problem::new(
    StatusCode::TOO_MANY_REQUESTS,
    "too-many-verdicts",
    "Too many verdicts at once. Wait as long as `Retry-After` says.",
    "한꺼번에 온 판정이 너무 많습니다. `Retry-After`가 말하는 만큼 기다리십시오.",
);

const NO_TEXT: Reason = Reason::new("verdict-text", "it is no text", "텍스트가 아닙니다");

/// What it answers beside an offer.
pub(super) const PROBLEMS: &[Problem] =
    &[NO_TENANT, TAKES_NONE, REFUSED, ENDED, ENOUGH, TOO_MANY, UNAVAILABLE];

/// Makes an offer for what a verifier found.
///
/// The same verdict again, within its life, is answered with the same offer.
#[utoipa::path(
    post,
    path = "/{tenant}/verdicts",
    tag = "verifiers",
    params(("tenant" = String, Path, description = "The tenant's id.")),
    request_body(content = String, content_type = "application/jigap-verdict+jwt", description = "A verdict that accepts, signed by a verifier that the tenant's configuration names."),
    responses((status = 201, description = "The offer: for the wallet that showed the credential, and for nobody else.", body = VerdictAnswer)),
)]
pub(super) async fn take(
    State(issuer): Service,
    Path(tenant): Path<String>,
    Extension(ClientAddress(address)): Extension<ClientAddress>,
    StrictBytes(body): StrictBytes,
) -> Result<Response, Response> {
    let tenant = issuer.tenant(&tenant).map_err(IntoResponse::into_response)?;
    let later = |RetryAfter(seconds)| slow_down(TOO_MANY, seconds);
    issuer.token_rate.look(network(address)).map_err(later)?;
    let text = std::str::from_utf8(&body).map_err(|_| refused(FORM.refuse(NO_TEXT)))?;
    let attested = tenant.attested(&issuer.world, text);
    let verdict = attested.map_err(|error| {
        // Whether it was one too many shows at the next.
        issuer.token_rate.admit(network(address)).ok();
        told(error)
    })?;
    issuer.verdict_rate.admit(format!("{}|{}", tenant.id, verdict.verifier())).map_err(later)?;
    let made = tenant.offer_for(&issuer.world, &verdict).await.map_err(told)?;
    let link = tenant.offer_link(&made.id);
    Ok(no_store(json(StatusCode::CREATED, &json!({"offer": link, "expires": made.expires.to_rfc3339()}))))
}

fn told(error: VerdictError) -> Response {
    match error {
        VerdictError::NotTaken => TAKES_NONE.into_response(),
        VerdictError::Refused(refusal) => refused(refusal),
        VerdictError::Ended(refusal) => ENDED.refusing(refusal),
        VerdictError::Later(refusal, seconds) => slow_down(ENOUGH.refusing(refusal), seconds),
        VerdictError::Store(error) => UNAVAILABLE.because(&error).into_response(),
        VerdictError::Seal(error) => Problem::internal(&error).into_response(),
    }
}

fn refused(refusal: Refusal) -> Response {
    REFUSED.refusing(refusal)
}
