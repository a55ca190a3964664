//! The verifier over HTTP.
//!
//! | path | who | specification |
//! |---|---|---|
//! | `POST /verifier/requests` | whoever asks, with a bearer token | docs/VERIFIER-API.md |
//! | `GET`, `POST /verifier/requests/{id}` | whoever asked, with the session's secret | docs/VERIFIER-API.md |
//! | `GET /verifier/requests/{id}/events` | whoever asked, with the session's secret | docs/VERIFIER-API.md |
//! | `GET`, `POST /verifier/request/{id}` | the wallet | OpenID4VP 1.0 §5.10, RFC 9101 |
//! | `POST /verifier/response/{id}` | the wallet | OpenID4VP 1.0 §8.2 |
//! | `POST /vc-api/{instance}/…/verify`, `GET /1.0/identifiers/{did}` | everybody, where instances are configured | W3C-CCG VC API, DID Resolution |
//! | `POST /v1/feed/requests`, `GET /v1/feed/requests/{id}`, `GET /v1/feed/events` | consumers, with a token each | docs/VERIFIER-API.md |
//! | `DELETE /v1/feed/consents/{id}` | a holder's wallet, with the consent's token | docs/VERIFIER-API.md |
//! | `POST /v1/feed/hints` | issuers | docs/VERIFIER-API.md |
//! | `GET /openapi/verifier.json` | everybody | OpenAPI 3.1 |

use std::collections::BTreeMap;
use std::net::IpAddr;
use std::sync::Arc;
use std::time::Duration;

use axum::extract::{Path, State};
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use axum::{Extension, Router};
use jigap_platform::http::{
    Ailment, ClientAddress, Counter, Gauge, Metrics, Problem, Rate, RateLimiter, RetryAfter, StrictBytes,
    StrictJson, TokenHash, credentials, json, no_store,
};
use jigap_wallet_core::time::Seconds;
use jigap_wallet_core::vp::{REQUEST_OBJECT_MEDIA_TYPE, wallet_nonce_of_post};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use serde_json::value::RawValue;
use utoipa::ToSchema;

use self::ailments::{
    CERTIFICATE_ENDED, CERTIFICATE_ENDS, FACTS_UNPROVEN, NO_KEY, TRUST_ENDED, TRUST_NOT_RENEWED,
};
use self::errors::{
    NO_SESSION, NOT_AN_ASKER, ONE_AT_A_TIME, REFUSED, SLOW_DOWN, TEMPLATE_OR_QUERY, TEMPLATES_ONLY,
    TOO_MANY_FAILURES, answered, later, told,
};
use self::events::Listeners;
use self::feed::Told;
use self::turns::Turns;
use crate::feed::watch::Watcher;
use crate::session::{Answer, Flow, OfferOutcome, Progressed, SessionError};
use crate::trust::Standing;
use crate::verifier::{Opened, Outcome, Verifier, VerifierError, What};

mod ailments;
mod errors;
mod events;
mod feed;
mod openapi;
pub mod scanner;
mod turns;
mod vc_api;
pub(crate) mod watch;

pub use openapi::description;
pub use vc_api::VcApi;
pub use watch::Bells;

/// What ends this soon is told.
const SOON: Seconds = Seconds(30 * 86_400);
/// How many failed tries are remembered of how many addresses and sessions.
const REMEMBERED: usize = 100_000;

/// A verifier and who may ask through it.
pub struct Hosted {
    /// The verifier.
    pub verifier: Verifier,
    /// Hashes of the askers' tokens, by name.
    pub askers: BTreeMap<String, TokenHash>,
    /// Whether askers may send queries of their own.
    own_queries: bool,
    /// Tries that failed, by client address and by session.
    failures: RateLimiter,
    /// Whose response is being judged.
    pub(crate) turns: Turns,
    listeners: Listeners,
    heartbeat: Duration,
    counted: Counted,
    /// What judges for whoever calls, if anything does.
    vc_api: Option<VcApi>,
    /// Who is told facts.
    told: Told,
}

/// What is counted.
#[derive(Default)]
struct Counted {
    opened: Counter,
    accepted: Counter,
    refused: Counter,
    declined: Counter,
    broken: Counter,
    limited: Counter,
    offered: Counter,
    not_offered: Counter,
    renewal_failures: Counter,
    trust_ends: Gauge,
}

impl Hosted {
    /// `verifier` for `askers`; of one address or session `failures` tries in a minute may fail.
    pub fn new(
        verifier: Verifier,
        askers: BTreeMap<String, TokenHash>,
        own_queries: bool,
        failures: u32,
    ) -> Self {
        let burst = failures.max(1);
        let rate = Rate { burst, refill: Duration::from_secs(60) / burst };
        let failures = RateLimiter::new(rate, REMEMBERED);
        let (turns, listeners, counted) = (Turns::default(), Listeners::default(), Counted::default());
        let heartbeat = events::HEARTBEAT;
        let (vc_api, told) = (None, Told::new(BTreeMap::new(), Arc::default()));
        let hosted = Self {
            verifier,
            askers,
            own_queries,
            failures,
            turns,
            listeners,
            heartbeat,
            counted,
            vc_api,
            told,
        };
        hosted.show_end_of_trust();
        hosted
    }

    /// The same with instances of the VC API, if there are any.
    #[must_use]
    pub fn judging_for_callers(self, vc_api: Option<VcApi>) -> Self {
        Self { vc_api, ..self }
    }

    /// The same for consumers of facts with these tokens, who are woken by `bells`.
    #[must_use]
    pub fn telling(self, tokens: BTreeMap<String, TokenHash>, bells: Arc<Bells>) -> Self {
        Self { told: Told::new(tokens, bells), ..self }
    }

    /// Looks whether the facts that are told still stand, until `end` comes.
    pub async fn watch(&self, end: impl Future<Output = ()>) {
        match Watcher::of(&self.verifier) {
            Some(watcher) => {
                let shown = |facts| self.told.unproven.set(i64::try_from(facts).unwrap_or(i64::MAX));
                watch::run(watcher, &self.told.bells, end, shown).await;
            }
            None => end.await,
        }
    }

    /// Shows what is counted among `metrics`; once for each.
    pub fn show(&self, metrics: &Metrics) {
        let Counted { opened, accepted, refused, declined, broken, limited, .. } = &self.counted;
        let Counted { offered, not_offered, renewal_failures, trust_ends, .. } = &self.counted;
        for (name, help, counter) in [
            ("jigap_verifier_sessions", "Questions asked", opened),
            ("jigap_verifier_presentations_accepted", "Presentations that the verdict accepts", accepted),
            ("jigap_verifier_presentations_refused", "Presentations that the verdict refuses", refused),
            ("jigap_verifier_responses_declined", "Responses that are an error", declined),
            ("jigap_verifier_responses_not_taken", "Responses refused before they were judged", broken),
            ("jigap_verifier_offers_made", "Offers that issuers made for what was shown", offered),
            ("jigap_verifier_offers_not_made", "Presentations without the offer that was due", not_offered),
            ("jigap_verifier_rate_limited", "Requests refused because too many failed before", limited),
            (
                "jigap_verifier_trust_list_failures",
                "Times the trust list could not be renewed",
                renewal_failures,
            ),
        ] {
            metrics.show(name, help, counter);
        }
        for (name, help, counter) in [
            ("jigap_verifier_feed_requests", "Consents asked for", &self.told.asked),
            ("jigap_verifier_feed_hints", "Hints taken", &self.told.hinted),
            ("jigap_verifier_feed_withdrawals", "Consents taken back", &self.told.withdrawn),
        ] {
            metrics.show(name, help, counter);
        }
        metrics.show_gauge(
            "jigap_verifier_feed_waiting",
            "Requests that wait for events",
            &self.told.waiting,
        );
        let unproven = "Facts told that nothing proves, when it was looked last";
        metrics.show_gauge("jigap_verifier_feed_unproven", unproven, &self.told.unproven);
        metrics.show_gauge("jigap_verifier_listeners", "Streams of events open", &self.listeners.count);
        let ends = "When the trust list in use ends, in seconds since 1970";
        metrics.show_gauge("jigap_verifier_trust_list_ends_seconds", ends, trust_ends);
    }

    /// Counts `failures` to renew the trust list, and shows when the list in use ends.
    pub fn looked_at_trust(&self, failures: u64) {
        self.counted.renewal_failures.add(failures);
        self.show_end_of_trust();
    }

    /// What is wrong with it now, besides its store.
    pub async fn ailments(&self) -> Vec<Ailment> {
        let now = self.verifier.clock.now();
        let standing = self.verifier.trust.standing(now);
        let trust = match standing {
            Standing::Sound => None,
            Standing::NotRenewed(_) => Some(TRUST_NOT_RENEWED),
            Standing::Ended => Some(TRUST_ENDED),
        };
        let key = (!self.verifier.identity.can_sign().await).then_some(NO_KEY);
        let certificate = match self.verifier.identity.ends() {
            Some(ends) if ends <= now => Some(CERTIFICATE_ENDED),
            Some(ends) if ends <= now.plus(SOON) => Some(CERTIFICATE_ENDS),
            _ => None,
        };
        let unproven = (self.told.unproven.value() > 0).then_some(FACTS_UNPROVEN);
        trust.into_iter().chain(certificate).chain(key).chain(unproven).collect()
    }

    fn show_end_of_trust(&self) {
        self.counted.trust_ends.set(self.verifier.trust.list().content().expires_at.unix());
    }

    /// Refuses who failed too often.
    fn admit(&self, key: impl AsRef<[u8]>, answer: impl IntoResponse) -> Result<(), Response> {
        self.failures.look(key).map_err(|wait| {
            self.counted.limited.increment();
            later(answer, wait)
        })
    }

    /// Counts a failed try. Whether it was one too many shows at the next.
    fn note_failure(&self, key: impl AsRef<[u8]>) {
        self.failures.admit(key).ok();
    }

    /// The secret that a request for a result brings.
    fn session_secret<'h>(&self, headers: &'h HeaderMap, client: ClientAddress) -> Result<&'h str, Response> {
        self.admit(network(client), TOO_MANY_FAILURES)?;
        credentials(headers, "Bearer").ok().flatten().ok_or_else(|| {
            self.note_failure(network(client));
            NO_SESSION.into_response()
        })
    }

    /// An error as whoever asks is told; a guess is counted.
    fn refused(&self, error: VerifierError, client: ClientAddress) -> Response {
        if matches!(error, VerifierError::Session(SessionError::Unknown)) {
            self.note_failure(network(client));
        }
        answered(error)
    }
}

/// The service's routes.
pub fn routes(hosted: Arc<Hosted>) -> Router {
    let (vc_api, feed) = (vc_api::routes(&hosted), feed::routes(&hosted));
    Router::new()
        .route("/verifier/requests", post(ask))
        .route("/verifier/requests/{id}", get(result).post(redeem))
        .route("/verifier/requests/{id}/events", get(events::events))
        .route("/verifier/request/{id}", get(request_object).post(request_object_with_nonce))
        .route("/verifier/response/{id}", post(respond))
        .with_state(hosted)
        .merge(vc_api)
        .merge(feed)
        .merge(description().route("/openapi/verifier.json"))
}

type Service = State<Arc<Hosted>>;

/// What to ask: a template, or a query of one's own where the operator allows that.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct AskRequest {
    /// The name of one of the operator's templates.
    template: Option<String>,
    /// A DCQL query (OpenID4VP 1.0 §6).
    #[schema(value_type = Option<Object>)]
    query: Option<Value>,
    /// With `query`: how old a status may be, in seconds. Unless it is said the issuer's `ttl` decides.
    max_status_age: Option<u32>,
    /// Same-device flow: where the wallet's browser comes back to.
    redirect_uri: Option<String>,
    /// Whether the response is encrypted; so unless said otherwise.
    #[serde(default = "yes")]
    #[schema(default = true)]
    encrypted: bool,
}

/// A question that was asked.
#[derive(Serialize, ToSchema)]
struct OpenedBody<'o> {
    /// The session's id.
    id: &'o str,
    /// Opens the result: for whoever asked alone.
    secret: &'o str,
    /// The link for the wallet: to be shown as a QR code, or followed on the same device.
    link: &'o str,
    /// Seconds it can be answered.
    expires_in: u32,
}

/// What came of a question.
#[derive(Serialize, ToSchema)]
#[serde(tag = "state", rename_all = "lowercase")]
enum ResultBody {
    /// No answer yet.
    Waiting,
    /// The wallet sent an error.
    Declined {
        /// OpenID4VP's error code.
        #[schema(example = "access_denied")]
        error: String,
    },
    /// Judged. A refused verdict is an answer too, and has no claims.
    Answered {
        /// Whether it is accepted, and every check with its outcome.
        #[schema(value_type = Object)]
        verdict: Box<RawValue>,
        /// By credential query id, the claims of each credential shown.
        #[schema(value_type = Object)]
        claims: Box<RawValue>,
        /// Where the template makes offers and the verdict accepts: what came of the one for the wallet.
        #[serde(skip_serializing_if = "Option::is_none")]
        offer: Option<OfferOutcome>,
    },
    /// Nobody answered in time. Told by events; a GET answers 410.
    Expired,
}

/// What the wallet's browser brought back.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct RedeemRequest {
    /// The `response_code` in the fragment of the `redirect_uri`.
    response_code: String,
}

/// What the wallet is answered (OpenID4VP 1.0 §8.2).
#[derive(ToSchema)]
#[expect(dead_code, reason = "describes what `PostAnswer` writes")]
struct TakenBody {
    /// Same-device flow: where the browser goes on, with a fresh `response_code` in the fragment. Of a template that issues: an offer
    /// for this wallet, `openid-credential-offer://…`.
    redirect_uri: Option<String>,
    /// Where facts are told by it: how its holder takes that back: DELETE of its `uri` with its `token` as bearer token.
    #[schema(value_type = Option<Object>)]
    feed_consent: Option<Value>,
    /// Of a template that issues: why there is no offer though the credential was accepted, `unavailable` or `refused`.
    offer_error: Option<String>,
}

/// What a wallet posts for a request object (OpenID4VP 1.0 §5.10).
#[derive(ToSchema)]
#[expect(dead_code, reason = "describes what the core reads")]
struct ObjectForm {
    /// To be repeated in the request object.
    wallet_nonce: Option<String>,
}

/// What a wallet posts as its response (OpenID4VP 1.0 §8.2, §8.3.1): `vp_token` or `error` with `state`, or `response`.
#[derive(ToSchema)]
#[expect(dead_code, reason = "describes what the core reads")]
struct ResponseForm {
    /// The presentations by credential query id, as JSON.
    vp_token: Option<String>,
    /// An error code.
    error: Option<String>,
    /// The request's `state`.
    state: Option<String>,
    /// The encrypted response, a compact JWE.
    response: Option<String>,
}

impl From<Progressed> for ResultBody {
    fn from(progressed: Progressed) -> Self {
        match progressed {
            Progressed::Waiting => Self::Waiting,
            Progressed::Declined(error) => Self::Declined { error },
            Progressed::Answered(answer) => (*answer).into(),
        }
    }
}

impl From<Answer> for ResultBody {
    fn from(Answer { verdict, claims, offer }: Answer) -> Self {
        Self::Answered { verdict, claims, offer }
    }
}

/// Ask
///
/// Opens a session that can be answered once.
#[utoipa::path(
    post, path = "/verifier/requests", tag = "askers",
    request_body = AskRequest, security(("asker" = [])),
    responses((status = 201, description = "Asked.", body = OpenedBody)),
)]
async fn ask(
    State(hosted): Service,
    Extension(client): Extension<ClientAddress>,
    headers: HeaderMap,
    request: Result<StrictJson<AskRequest>, Problem>,
) -> Result<Response, Response> {
    hosted.admit(network(client), TOO_MANY_FAILURES)?;
    let token = credentials(&headers, "Bearer").ok().flatten().unwrap_or_default();
    // Every hash is compared, so that time does not tell which one came near.
    if hosted.askers.values().filter(|hash| hash.matches(token)).count() == 0 {
        hosted.note_failure(network(client));
        return Err(NOT_AN_ASKER.into_response());
    }
    let StrictJson(request) = request.map_err(Problem::into_response)?;
    let what = match (request.template, request.query, request.max_status_age) {
        (Some(template), None, None) => What::Template(template),
        (None, Some(_), _) if !hosted.own_queries => return Err(TEMPLATES_ONLY.into_response()),
        (None, Some(query), max_status_age) => What::Own { query, max_status_age },
        _ => return Err(TEMPLATE_OR_QUERY.into_response()),
    };
    let flow = match request.redirect_uri {
        Some(redirect_uri) => Flow::SameDevice { redirect_uri },
        None => Flow::CrossDevice,
    };
    let opened = hosted.verifier.ask(what, flow, request.encrypted).await;
    let Opened { id, secret, link, expires_in } = opened.map_err(answered)?;
    hosted.counted.opened.increment();
    let body = OpenedBody { id: &id, secret: &secret, link: &link, expires_in };
    Ok(no_store(json(StatusCode::CREATED, &body)))
}

/// Read what came of a question
///
/// In the same-device flow an answer is not shown here: POST the response code.
#[utoipa::path(
    get, path = "/verifier/requests/{id}", tag = "askers", operation_id = "result",
    params(("id" = String, Path, description = "The session's id.")),
    security(("session" = [])),
    responses((status = 200, description = "What came of it so far.", body = ResultBody)),
)]
async fn result(
    State(hosted): Service,
    Path(id): Path<String>,
    Extension(client): Extension<ClientAddress>,
    headers: HeaderMap,
) -> Result<Response, Response> {
    let secret = hosted.session_secret(&headers, client)?;
    let progress = hosted.verifier.result(&id, secret).await;
    let progress = progress.map_err(|error| hosted.refused(error, client))?;
    Ok(no_store(json(StatusCode::OK, &ResultBody::from(progress))))
}

/// Read the answer of the same-device flow, once
///
/// For whoever has the session's secret and the response code that the wallet's browser brought back.
#[utoipa::path(
    post, path = "/verifier/requests/{id}", tag = "askers",
    params(("id" = String, Path, description = "The session's id.")),
    request_body = RedeemRequest, security(("session" = [])),
    responses((status = 200, description = "The answer.", body = ResultBody)),
)]
async fn redeem(
    State(hosted): Service,
    Path(id): Path<String>,
    Extension(client): Extension<ClientAddress>,
    headers: HeaderMap,
    request: Result<StrictJson<RedeemRequest>, Problem>,
) -> Result<Response, Response> {
    let secret = hosted.session_secret(&headers, client)?;
    let StrictJson(request) = request.map_err(Problem::into_response)?;
    let answer = hosted.verifier.redeem(&id, secret, &request.response_code).await;
    let answer = answer.map_err(|error| hosted.refused(error, client))?;
    Ok(no_store(json(StatusCode::OK, &ResultBody::from(answer))))
}

/// The signed request object
///
/// RFC 9101. There is none for a verifier that does not sign (prefix `redirect_uri`).
#[utoipa::path(
    get, path = "/verifier/request/{id}", tag = "wallets",
    params(("id" = String, Path, description = "The session's id.")),
    responses((
        status = 200, description = "The request object.", body = String,
        content_type = "application/oauth-authz-req+jwt"
    )),
)]
async fn request_object(State(hosted): Service, Path(id): Path<String>) -> Response {
    signed_request(&hosted, &id, None).await
}

/// The signed request object, with the wallet's nonce in it
#[utoipa::path(
    post, path = "/verifier/request/{id}", tag = "wallets",
    params(("id" = String, Path, description = "The session's id.")),
    request_body(content = ObjectForm, content_type = "application/x-www-form-urlencoded"),
    responses((
        status = 200, description = "The request object.", body = String,
        content_type = "application/oauth-authz-req+jwt"
    )),
)]
async fn request_object_with_nonce(
    State(hosted): Service,
    Path(id): Path<String>,
    StrictBytes(body): StrictBytes,
) -> Response {
    match wallet_nonce_of_post(&body) {
        Ok(nonce) => signed_request(&hosted, &id, nonce.as_deref()).await,
        Err(refusal) => REFUSED.because(&refusal).into_response(),
    }
}

async fn signed_request(hosted: &Hosted, id: &str, wallet_nonce: Option<&str>) -> Response {
    match hosted.verifier.request_object(id, wallet_nonce).await {
        Ok(object) => {
            let mut response = no_store(object);
            let media_type = HeaderValue::from_static(REQUEST_OBJECT_MEDIA_TYPE);
            response.headers_mut().insert(header::CONTENT_TYPE, media_type);
            response
        }
        Err(error) => told(error),
    }
}

/// The wallet's response
///
/// `direct_post` or `direct_post.jwt`, as asked; taken once. What the verdict is, the wallet is not told.
#[utoipa::path(
    post, path = "/verifier/response/{id}", tag = "wallets",
    params(("id" = String, Path, description = "The session's id.")),
    request_body(content = ResponseForm, content_type = "application/x-www-form-urlencoded"),
    responses((status = 200, description = "Taken.", body = TakenBody)),
)]
async fn respond(
    State(hosted): Service,
    Path(id): Path<String>,
    StrictBytes(body): StrictBytes,
) -> Result<Response, Response> {
    // Judging is dear: who sends one session what breaks the protocol, or much at once, is slowed down.
    hosted.admit(&id, SLOW_DOWN)?;
    let turn = hosted.turns.take(&id).ok_or_else(|| later(ONE_AT_A_TIME, RetryAfter(Seconds(1))));
    let _turn = turn.inspect_err(|_| hosted.counted.limited.increment())?;
    match hosted.verifier.respond(&id, &body).await {
        Ok(taken) => {
            match taken.outcome {
                Outcome::Accepted => &hosted.counted.accepted,
                Outcome::Refused => &hosted.counted.refused,
                Outcome::Declined => &hosted.counted.declined,
            }
            .increment();
            match taken.offer {
                Some(OfferOutcome::Made) => hosted.counted.offered.increment(),
                Some(_) => hosted.counted.not_offered.increment(),
                None => {}
            }
            hosted.listeners.tell(&id);
            Ok(no_store(json(StatusCode::OK, &taken.post.to_value())))
        }
        Err(error) => {
            hosted.counted.broken.increment();
            if matches!(error, VerifierError::Refused(_)) {
                hosted.note_failure(&id);
            }
            Err(told(error))
        }
    }
}

/// What counts as one client for rates: an IPv4 address, or an IPv6 network of 64 bits, which one client fills freely.
fn network(ClientAddress(address): ClientAddress) -> Vec<u8> {
    match address {
        IpAddr::V4(address) => address.octets().to_vec(),
        IpAddr::V6(address) => address.octets().into_iter().take(8).collect(),
    }
}

const fn yes() -> bool {
    true
}
