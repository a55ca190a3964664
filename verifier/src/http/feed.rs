//! The feed of verified facts over HTTP (docs/VERIFIER-API.md): for consumers, who have a token each; for holders, who take back what
//! they agreed to; for issuers, who hint that a status list changed. Without consumers there is nothing behind these paths.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use axum::extract::{Path, State};
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::routing::{delete, get, post};
use axum::{Extension, Router};
use jigap_platform::http::{
    ClientAddress, Counter, Gauge, NoQuery, Problem, Rate, RateLimiter, Shutdown, StrictBytes, StrictJson,
    StrictQuery, TokenHash, credentials, json, no_store,
};
use jigap_wallet_core::claims::ClaimPath;
use jigap_wallet_core::facts::{Scalar, hint, signed};
use jigap_wallet_core::vp::Purpose;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use tokio::time::Instant;
use utoipa::ToSchema;

use super::errors::{
    HINT_REFUSED, NO_CONSENT, NO_CONSUMER, NO_REQUEST, NOT_A_POSITION, NOT_SIGNING, TOO_MANY_FAILURES,
    TOO_MANY_LISTENERS, TOO_MANY_REQUESTS, WRONG_MEDIA_TYPE, answered, later, unkept,
};
use super::watch::Bells;
use super::{Hosted, REMEMBERED, Service, network};
use crate::feed::ask::{Made, Wish};
use crate::feed::consents::Standing;
use crate::feed::hints::HintError;
use crate::feed::outbox::NoBatch;
use crate::feed::{Consumer, Feed};

/// How many hints of one client address are taken in a row and a minute.
const HINTS_A_MINUTE: u32 = 600;
/// How many requests of one consumer in a row and a minute.
const ASKS_A_MINUTE: u32 = 600;
/// Longest time that an answer with no events is waited for, in seconds.
const LONGEST_WAIT: u64 = 25;
/// How often it is read while somebody waits, in case another process told something.
const LOOK: Duration = Duration::from_secs(5);
/// Most who wait at once, of one consumer.
const WAITING: usize = 8;

/// Consumers' tokens, and what is counted.
pub(super) struct Told {
    tokens: BTreeMap<String, TokenHash>,
    pub(super) bells: Arc<Bells>,
    /// How many requests of each consumer wait.
    waiting_of: Mutex<BTreeMap<String, usize>>,
    hints: RateLimiter,
    asks: RateLimiter,
    pub(super) waiting: Gauge,
    pub(super) asked: Counter,
    pub(super) hinted: Counter,
    pub(super) withdrawn: Counter,
    /// Facts that are told and that nothing proves, when it was looked last.
    pub(super) unproven: Gauge,
}

impl Told {
    pub(super) fn new(tokens: BTreeMap<String, TokenHash>, bells: Arc<Bells>) -> Self {
        let a_minute =
            |burst| RateLimiter::new(Rate { burst, refill: Duration::from_secs(60) / burst }, REMEMBERED);
        Self {
            tokens,
            bells,
            waiting_of: Mutex::default(),
            hints: a_minute(HINTS_A_MINUTE),
            asks: a_minute(ASKS_A_MINUTE),
            waiting: Gauge::default(),
            asked: Counter::default(),
            hinted: Counter::default(),
            withdrawn: Counter::default(),
            unproven: Gauge::default(),
        }
    }
}

/// The routes.
pub(super) fn routes(hosted: &Arc<Hosted>) -> Router {
    Router::new()
        .route("/v1/feed/requests", post(ask))
        .route("/v1/feed/requests/{id}", get(standing))
        .route("/v1/feed/events", get(events))
        .route("/v1/feed/consents/{id}", delete(withdraw))
        .route("/v1/feed/hints", post(hinted))
        .with_state(Arc::clone(hosted))
}

/// What a consumer wants to be told.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct FeedRequest {
    /// The DCQL query (OpenID4VP 1.0 §6), at most 16 KiB.
    #[schema(value_type = Object)]
    dcql_query: Value,
    /// 1 to 16 things that are sought.
    sought: Vec<SoughtBody>,
    /// What for: the holder is shown it.
    purpose: PurposeBody,
    /// The SHA-256 thumbprint (RFC 7638, base64url) of the persona's key.
    bound_to: String,
}

/// Something that is sought.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct SoughtBody {
    /// The id of a credential query, of the format `dc+sd-jwt` and with its holder's proof.
    credential: String,
    /// A claims path pointer that the query names; null or absent: only that the credential is held.
    #[schema(value_type = Option<Vec<Object>>)]
    path: Option<ClaimPath>,
    /// With values it is told that the claim has one of them, and not which.
    #[serde(default)]
    #[schema(value_type = Vec<Object>)]
    one_of: Vec<Scalar>,
}

/// What it is for.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct PurposeBody {
    /// In English, 1 to 400 bytes.
    en: String,
    /// In Korean, 1 to 400 bytes.
    ko: String,
}

/// A request that was made.
#[derive(Serialize, ToSchema)]
struct FeedOpened<'o> {
    /// Its id.
    request_id: &'o str,
    /// Whom its facts will be about: the same for every request of this persona by this consumer, another everywhere else.
    subject: &'o str,
    /// The link for the wallet.
    link: &'o str,
    /// Until when it can be answered, in seconds since 1970.
    expires_at: i64,
}

/// What came of a request.
#[derive(Serialize, ToSchema)]
struct FeedStanding {
    /// How it stands.
    state: FeedState,
    /// The facts that are told by it now.
    facts: Vec<String>,
}

/// How a request stands.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "lowercase")]
enum FeedState {
    /// Nobody answered yet.
    Waiting,
    /// Facts came of it.
    Accepted,
    /// The holder declined, or what was shown is not accepted, or proves nothing of what was sought.
    Refused,
    /// Nobody answered in time.
    Expired,
}

impl Hosted {
    /// The consumer whose token a request brings.
    fn consumer(&self, headers: &HeaderMap, client: ClientAddress) -> Result<(&Feed, &Consumer), Response> {
        self.admit(network(client), TOO_MANY_FAILURES)?;
        let token = credentials(headers, "Bearer").ok().flatten().unwrap_or_default();
        // Every hash is compared, so that time does not tell which one came near.
        let mut named = None;
        for (name, hash) in &self.told.tokens {
            if hash.matches(token) {
                named = Some(name);
            }
        }
        let feed = self.verifier.feed.as_deref();
        let known = feed.zip(named).and_then(|(feed, name)| Some((feed, feed.consumer(name)?)));
        known.ok_or_else(|| {
            self.note_failure(network(client));
            NO_CONSUMER.into_response()
        })
    }
}

/// Ask a holder for consent to be told facts
///
/// The wallet that follows the link shows its holder who is told what, and what for; the answer is judged here, and what it proves is
/// told by events. A wallet whose persona is not `bound_to` refuses.
#[utoipa::path(
    post, path = "/v1/feed/requests", tag = "consumers", operation_id = "ask_for_facts",
    request_body = FeedRequest, security(("consumer" = [])),
    responses((status = 201, description = "Asked.", body = FeedOpened)),
)]
pub(super) async fn ask(
    State(hosted): Service,
    Extension(client): Extension<ClientAddress>,
    headers: HeaderMap,
    request: Result<StrictJson<FeedRequest>, Problem>,
) -> Result<Response, Response> {
    let (feed, consumer) = hosted.consumer(&headers, client)?;
    hosted.told.asks.admit(&consumer.name).map_err(|wait| later(TOO_MANY_REQUESTS, wait))?;
    let StrictJson(FeedRequest { dcql_query, sought, purpose, bound_to }) =
        request.map_err(Problem::into_response)?;
    let sought = sought.into_iter().map(|one| (one.credential, one.path, one.one_of)).collect();
    let PurposeBody { en, ko } = purpose;
    let wish = Wish { query: dcql_query, sought, purpose: Purpose { en, ko }, bound_to };
    let made = hosted.verifier.ask_for_facts((feed, consumer), wish).await;
    let Made { opened, subject, expires } = made.map_err(answered)?;
    hosted.told.asked.increment();
    let body = FeedOpened {
        request_id: &opened.id,
        subject: subject.as_str(),
        link: &opened.link,
        expires_at: expires.unix(),
    };
    Ok(no_store(json(StatusCode::CREATED, &body)))
}

/// Read what came of a request
///
/// For a day after it ended.
#[utoipa::path(
    get, path = "/v1/feed/requests/{id}", tag = "consumers", operation_id = "facts_of_request",
    params(("id" = String, Path, description = "The request's id.")),
    security(("consumer" = [])),
    responses((status = 200, description = "What came of it so far.", body = FeedStanding)),
)]
pub(super) async fn standing(
    State(hosted): Service,
    Path(id): Path<String>,
    Extension(client): Extension<ClientAddress>,
    headers: HeaderMap,
) -> Result<Response, Response> {
    let (feed, consumer) = hosted.consumer(&headers, client)?;
    let standing = feed.standing(consumer, &id, hosted.verifier.clock.now()).await.map_err(unkept)?;
    let (state, facts) = match standing.ok_or_else(|| NO_REQUEST.into_response())? {
        Standing::Waiting => (FeedState::Waiting, Vec::new()),
        Standing::Accepted(facts) => (FeedState::Accepted, facts),
        Standing::Refused => (FeedState::Refused, Vec::new()),
        Standing::Expired => (FeedState::Expired, Vec::new()),
    };
    let facts = facts.into_iter().map(String::from).collect();
    Ok(no_store(json(StatusCode::OK, &FeedStanding { state, facts })))
}

/// Read events
///
/// One signed batch (`jigap-facts+jwt`, at most 100 events) of what comes after a position; asked after the same position again, it
/// says the same again. Without events it is empty, after as long as was waited.
#[utoipa::path(
    get, path = "/v1/feed/events", tag = "consumers", operation_id = "fact_events",
    params(
        ("after" = Option<u64>, Query, description = "The position that was read last: `next` of the batch before; 0 at first."),
        ("wait" = Option<u64>, Query, description = "How many seconds to wait for events where there are none: at most 25.")
    ),
    security(("consumer" = [])),
    responses((
        status = 200, description = "The batch.", body = String, content_type = "application/jigap-facts+jwt"
    )),
)]
pub(super) async fn events(
    State(hosted): Service,
    Extension(client): Extension<ClientAddress>,
    Extension(shutdown): Extension<Shutdown>,
    headers: HeaderMap,
    query: Result<StrictQuery, Problem>,
) -> Result<Response, Response> {
    let (feed, consumer) = hosted.consumer(&headers, client)?;
    let StrictQuery(query) = query.map_err(Problem::into_response)?;
    query.only(&["after", "wait"]).map_err(|error| Problem::from(error).into_response())?;
    let number = |name| query.value(name).map_or(Ok(0), str::parse::<u64>);
    let (Ok(after), Ok(wait)) = (number("after"), number("wait")) else {
        return Err(NOT_A_POSITION.into_response());
    };
    let signing = hosted.verifier.identity.signing().ok_or_else(|| NOT_SIGNING.into_response())?;
    let waiting = (wait > 0).then(|| Waiting::join(&hosted, &consumer.name)).transpose()?;
    let until = Instant::now() + Duration::from_secs(wait.min(LONGEST_WAIT));
    // Before it is read first, so that nothing is told unnoticed between the two.
    let mut news = hosted.told.bells.listen();
    let text = loop {
        let is_over = wait == 0 || until <= Instant::now() || shutdown.has_begun();
        let now = hosted.verifier.clock.now();
        match feed.batch(consumer, (after, is_over), (signing, now)).await {
            Ok(Some(text)) => break text,
            Ok(None) => {}
            Err(NoBatch::Key) => return Err(NOT_SIGNING.into_response()),
            Err(NoBatch::Feed(error)) => return Err(unkept(error)),
        }
        let again = until.min(Instant::now() + LOOK);
        tokio::select! {
            () = shutdown.begun() => {}
            // Woken or not, it is read again: what was told may be another consumer's.
            _ = tokio::time::timeout_at(again, news.changed()) => {}
        }
    };
    drop(waiting);
    let mut response = no_store(text);
    response.headers_mut().insert(header::CONTENT_TYPE, HeaderValue::from_static(signed::MEDIA_TYPE));
    Ok(response)
}

/// One who waits; counted until dropped.
struct Waiting {
    hosted: Arc<Hosted>,
    consumer: String,
}

impl Waiting {
    fn join(hosted: &Arc<Hosted>, consumer: &str) -> Result<Self, Response> {
        let mut waiting = hosted.told.waiting_of.lock().unwrap_or_else(PoisonError::into_inner);
        let own = waiting.entry(consumer.to_owned()).or_default();
        if *own >= WAITING {
            return Err(TOO_MANY_LISTENERS.into_response());
        }
        *own += 1;
        hosted.told.waiting.up();
        Ok(Self { hosted: Arc::clone(hosted), consumer: consumer.to_owned() })
    }
}

impl Drop for Waiting {
    fn drop(&mut self) {
        let mut waiting = self.hosted.told.waiting_of.lock().unwrap_or_else(PoisonError::into_inner);
        waiting.entry(self.consumer.clone()).and_modify(|own| *own = own.saturating_sub(1));
        self.hosted.told.waiting.down();
    }
}

/// Take a consent back
///
/// For the holder, by the address and token that the wallet got with the answer to its presentation: all that is told by it is
/// retracted. Again, it is not there.
#[utoipa::path(
    delete, path = "/v1/feed/consents/{id}", tag = "wallets", operation_id = "withdraw_consent",
    params(("id" = String, Path, description = "The consent's id.")),
    security(("holder" = [])),
    responses((status = 204, description = "Taken back.")),
)]
pub(super) async fn withdraw(
    State(hosted): Service,
    Path(id): Path<String>,
    Extension(client): Extension<ClientAddress>,
    headers: HeaderMap,
) -> Result<Response, Response> {
    hosted.admit(network(client), TOO_MANY_FAILURES)?;
    let token = credentials(&headers, "Bearer").ok().flatten().unwrap_or_default();
    let withdrawn = match hosted.verifier.feed.as_deref() {
        Some(feed) => feed.withdraw(&id, token, hosted.verifier.clock.now()).await.map_err(unkept)?,
        None => false,
    };
    if !withdrawn {
        hosted.note_failure(network(client));
        return Err(NO_CONSENT.into_response());
    }
    hosted.told.withdrawn.increment();
    Ok(no_store(StatusCode::NO_CONTENT))
}

/// Hint that a status list changed
///
/// A JWT (`jigap-status-hint+jwt`) by a key that may sign the issuer's status lists. The list is fetched now; the hint itself is not
/// believed.
#[utoipa::path(
    post, path = "/v1/feed/hints", tag = "issuers", operation_id = "hint",
    request_body(content = String, content_type = "application/jigap-status-hint+jwt"),
    responses((status = 202, description = "The list is looked at.")),
)]
pub(super) async fn hinted(
    State(hosted): Service,
    Extension(client): Extension<ClientAddress>,
    headers: HeaderMap,
    _: NoQuery,
    StrictBytes(body): StrictBytes,
) -> Result<Response, Response> {
    hosted.told.hints.admit(network(client)).map_err(|wait| later(TOO_MANY_REQUESTS, wait))?;
    let feed = hosted.verifier.feed.as_deref().ok_or_else(|| HINT_REFUSED.into_response())?;
    let is_hint = headers.get(header::CONTENT_TYPE).is_some_and(|kind| kind == hint::MEDIA_TYPE);
    if !is_hint {
        return Err(WRONG_MEDIA_TYPE.into_response());
    }
    let text = str::from_utf8(&body).unwrap_or_default();
    match hosted.verifier.take_hint(feed, text).await {
        Ok(()) => {
            hosted.told.hinted.increment();
            Ok(no_store(StatusCode::ACCEPTED))
        }
        Err(HintError::Refused(refusal)) => Err(HINT_REFUSED.refusing(refusal)),
        Err(HintError::Feed(error)) => Err(unkept(error)),
    }
}
