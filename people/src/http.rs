//! The directory over HTTP.
//!
//! | path | who |
//! |---|---|
//! | `POST /v1/people/search`, `POST /v1/people/search/more` | everybody, within a budget |
//! | `GET /v1/people/{id}` | everybody, within the same budget |
//! | `POST /v1/people/suggest`, `GET /v1/people/kinds`, `GET /v1/people/vocabulary` | everybody |
//! | `POST /v1/people/backings` | a persona, by what it signed |
//! | `PUT /v1/people/listings`, `GET /v1/people/listings/{persona}` | a persona, by what it signed |
//! | `GET /openapi/people.json`, `GET /people/` (the page) | everybody |
//!
//! What somebody seeks is in a body and never in an address; no answer may be kept by a cache. docs/PEOPLE-API.md says it in words.

use std::net::IpAddr;
use std::sync::Arc;
use std::time::Duration;

use axum::extract::{Path, State};
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post, put};
use axum::{Extension, Router};
use jigap_platform::http::{
    Ailment, ClientAddress, Counter, Gauge, Metrics, Problem, Rate, RateLimiter, StrictBytes, StrictJson,
    credentials, json, no_store,
};
use jigap_wallet_core::people::PersonaId;
use jigap_wallet_core::text::Text;
use jigap_wallet_core::time::{Seconds, Timestamp};
use serde::Deserialize;
use utoipa::ToSchema;

use self::bodies::{BackingBody, FoundBody, KindsBody, OwnBody, ProfileBody, SuggestionsBody, TypedRequest};
use self::errors::{
    BAD_SEARCH, NO_CURSOR, NO_KIND, NO_LISTING, NOT_LISTED, TOO_MANY, later, told, unverified,
};
use crate::answers::{Answers, Place};
use crate::directory::{Directory, DirectoryError, Took};
use crate::feed::{Feed, Opened};
use crate::index::IndexError;
use crate::query::Query;

mod bodies;
mod errors;
mod openapi;
mod page;

pub use openapi::description;

/// Hits of a page.
const PAGE: usize = 20;
/// How many addresses are remembered.
const REMEMBERED: usize = 100_000;
/// After how long without a word of the verifier it is told.
const SILENCE: Seconds = Seconds(600);

/// How much one client address may do.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Budgets {
    /// Searches in a minute.
    pub searches_a_minute: u32,
    /// Pages and profiles in an hour.
    pub pages_an_hour: u32,
    /// Suggestions in a minute.
    pub suggestions_a_minute: u32,
    /// Listings handed in, listings read by their persona and backings, in an hour: of an address, and of a persona.
    pub writes_an_hour: u32,
}

impl Default for Budgets {
    fn default() -> Self {
        Self { searches_a_minute: 30, pages_an_hour: 240, suggestions_a_minute: 300, writes_an_hour: 60 }
    }
}

/// A directory and who may do how much.
pub struct Hosted {
    /// The directory.
    pub directory: Directory,
    /// Its verifier.
    pub feed: Feed,
    answers: Answers,
    searches: RateLimiter,
    pages: RateLimiter,
    suggestions: RateLimiter,
    writes: RateLimiter,
    counted: Counted,
}

/// What is counted.
#[derive(Default)]
struct Counted {
    searches: Counter,
    pages: Counter,
    limited: Counter,
    listings: Counter,
    refused: Counter,
    backings: Counter,
    events: Counter,
    events_refused: Counter,
    feed_failures: Counter,
    listed: Gauge,
    heard: Gauge,
    position: Gauge,
    behind: Gauge,
}

impl Hosted {
    /// `directory` with its verifier.
    pub fn new(directory: Directory, feed: Feed, budgets: Budgets) -> Self {
        let rate = |burst: u32, seconds| {
            let burst = burst.max(1);
            RateLimiter::new(Rate { burst, refill: Duration::from_secs(seconds) / burst }, REMEMBERED)
        };
        let Budgets { searches_a_minute, pages_an_hour, suggestions_a_minute, writes_an_hour } = budgets;
        let hosted = Self {
            directory,
            feed,
            answers: Answers::default(),
            searches: rate(searches_a_minute, 60),
            pages: rate(pages_an_hour, 3_600),
            suggestions: rate(suggestions_a_minute, 60),
            writes: rate(writes_an_hour, 3_600),
            counted: Counted::default(),
        };
        hosted.counted.heard.set(hosted.now().unix());
        hosted
    }

    /// Shows what is counted among `metrics`; once for each.
    pub fn show(&self, metrics: &Metrics) {
        let counted = &self.counted;
        for (name, help, counter) in [
            ("jigap_people_searches", "Searches", &counted.searches),
            ("jigap_people_pages", "Pages and profiles shown", &counted.pages),
            ("jigap_people_rate_limited", "Requests refused because there were too many", &counted.limited),
            ("jigap_people_listings_taken", "Listing documents taken in", &counted.listings),
            ("jigap_people_listings_refused", "Listing documents refused", &counted.refused),
            ("jigap_people_backings", "Questions opened at the verifier", &counted.backings),
            ("jigap_people_feed_events", "Events of the feed that were new", &counted.events),
            ("jigap_people_feed_events_refused", "Events of the feed out of order", &counted.events_refused),
            ("jigap_people_feed_failures", "Times the feed could not be read", &counted.feed_failures),
        ] {
            metrics.show(name, help, counter);
        }
        for (name, help, gauge) in [
            ("jigap_people_listings", "Listings that the index knows", &counted.listed),
            ("jigap_people_feed_heard_seconds", "When the feed was last read, since 1970", &counted.heard),
            ("jigap_people_feed_position", "Where the feed goes on", &counted.position),
            (
                "jigap_people_feed_lag_seconds",
                "Between the last event and when it was taken",
                &counted.behind,
            ),
        ] {
            metrics.show_gauge(name, help, gauge);
        }
    }

    /// Reads the feed once. Says whether there is more at once, and nothing where it could not be read.
    pub async fn listen(&self) -> Option<bool> {
        match self.feed.pull(&self.directory).await {
            Ok((took, more)) => {
                self.heard(took).await;
                Some(more)
            }
            Err(error) => {
                self.counted.feed_failures.increment();
                tracing::warn!(%error, "the feed could not be read; tried again soon");
                None
            }
        }
    }

    async fn heard(&self, took: Took) {
        let now = self.now();
        self.counted.heard.set(now.unix());
        self.counted.events.add(took.new);
        self.counted.events_refused.add(took.refused);
        if took.refused > 0 {
            tracing::warn!(
                refused = took.refused,
                "events of the feed are out of order: what they said is forgotten"
            );
        }
        if let Some(at) = took.at {
            self.counted.behind.set(now.unix().saturating_sub(at.unix()));
        }
        if let Ok(position) = self.directory.position().await {
            self.counted.position.set(i64::try_from(position).unwrap_or(i64::MAX));
        }
    }

    /// Lets searches find what was taken since. To be called now and then.
    pub fn refresh(&self) {
        if let Err(error) = self.directory.commit() {
            tracing::error!(%error, "the index did not catch up");
        }
        let listed = self.directory.index().listings();
        self.counted.listed.set(i64::try_from(listed).unwrap_or(i64::MAX));
    }

    /// What is wrong with it now, besides its store.
    pub fn ailments(&self) -> Vec<Ailment> {
        let silent = self.counted.heard.value().saturating_add(i64::from(SILENCE.0)) < self.now().unix();
        Vec::from_iter(silent.then_some(FEED_SILENT))
    }

    fn now(&self) -> Timestamp {
        self.directory.parts().clock.now()
    }

    /// Counts a request against a budget, or refuses it.
    fn admit(&self, budget: &RateLimiter, key: impl AsRef<[u8]>) -> Result<(), Response> {
        budget.admit(key).map_err(|wait| {
            self.counted.limited.increment();
            later(TOO_MANY, wait)
        })
    }

    /// A page, and the cursor of the next.
    fn page(&self, place: Place) -> Result<Response, Response> {
        let (now, Place { ranked, from, size }) = (self.now(), place);
        let page = ranked.page(self.directory.index(), from, size, now);
        let page = page.map_err(|refusal| BAD_SEARCH.refusing(refusal))?;
        let next = page.next.map(|from| {
            self.answers.keep(Place { ranked, from, size }, now, &*self.directory.parts().entropy)
        });
        self.counted.pages.increment();
        Ok(no_store(json(StatusCode::OK, &FoundBody::of(page, next))))
    }
}

const FEED_SILENT: Ailment = Ailment {
    code: "feed-silent",
    hint: Text::new(
        "The people directory has heard nothing of its verifier for ten minutes: what was retracted since is still shown.",
        "인명부가 10분 동안 검증자의 소식을 듣지 못했습니다. 그사이 철회된 사실이 아직 보입니다.",
    ),
    stops: false,
};

/// The service's routes.
pub fn routes(hosted: Arc<Hosted>) -> Router {
    Router::new()
        .route("/v1/people/search", post(search))
        .route("/v1/people/search/more", post(more))
        .route("/v1/people/suggest", post(suggestions))
        .route("/v1/people/kinds", get(kinds))
        .route("/v1/people/vocabulary", get(page::names))
        .route("/v1/people/backings", post(backings))
        .route("/v1/people/listings", put(put_listing))
        .route("/v1/people/listings/{persona}", get(own_listing))
        .route("/v1/people/{id}", get(profile))
        .merge(page::routes())
        .with_state(hosted)
        .merge(description().route("/openapi/people.json"))
}

type Service = State<Arc<Hosted>>;

/// What is searched for: words, filters, or both. docs/PEOPLE-API.md names all members.
#[derive(ToSchema)]
#[expect(dead_code, reason = "describes what `Query` reads")]
struct SearchRequest {
    /// What is typed.
    #[schema(example = "종합소득세 마포")]
    words: Option<String>,
    /// A kind of the lexicon.
    #[schema(example = "tax-accountant")]
    kind: Option<String>,
    /// Of the same fact.
    grade: Option<String>,
    /// Of the same fact.
    issuer: Option<String>,
    /// Of the same fact.
    institution: Option<String>,
    /// A region or city of the lexicon.
    region: Option<String>,
    /// BCP 47.
    language: Option<String>,
    /// Any of these slots, `sat-morning`.
    week: Option<Vec<String>>,
    /// `in-person`, `video`, `chat` or `phone`.
    mode: Option<String>,
    /// KRW an hour.
    price_max: Option<u32>,
    /// `{"cell": H3 cell of resolution 7, "rings": up to 12}`.
    #[schema(value_type = Option<Object>)]
    near: Option<()>,
    /// `relevance`, `distance` or `response`.
    sort: Option<String>,
    /// Whether each hit says why it stands where it stands.
    explain: Option<bool>,
}

/// Search
///
/// Twenty hits, and a cursor for the next.
#[utoipa::path(
    post, path = "/v1/people/search", tag = "seekers", request_body = SearchRequest,
    responses((status = 200, description = "Who was found.", body = FoundBody)),
)]
async fn search(
    State(hosted): Service,
    Extension(client): Extension<ClientAddress>,
    StrictBytes(body): StrictBytes,
) -> Result<Response, Response> {
    hosted.admit(&hosted.searches, network(client))?;
    hosted.admit(&hosted.pages, network(client))?;
    let query = Query::read(&body).map_err(|refusal| BAD_SEARCH.refusing(refusal))?;
    let ranked = hosted.directory.index().search(&query, hosted.now());
    let ranked = ranked.map_err(|error: IndexError| told(error.into(), NOT_LISTED))?;
    hosted.counted.searches.increment();
    hosted.page(Place { ranked: Arc::new(ranked), from: 0, size: PAGE })
}

/// Where to read on.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct MoreRequest {
    /// `next` of a page before.
    cursor: String,
}

/// Read on
///
/// For ten minutes after the search, to its two hundredth hit.
#[utoipa::path(
    post, path = "/v1/people/search/more", tag = "seekers", request_body = MoreRequest,
    responses((status = 200, description = "The next page.", body = FoundBody)),
)]
async fn more(
    State(hosted): Service,
    Extension(client): Extension<ClientAddress>,
    request: Result<StrictJson<MoreRequest>, Problem>,
) -> Result<Response, Response> {
    hosted.admit(&hosted.pages, network(client))?;
    let StrictJson(MoreRequest { cursor }) = request.map_err(Problem::into_response)?;
    let place = hosted.answers.find(&cursor).ok_or_else(|| NO_CURSOR.into_response())?;
    hosted.page(place)
}

/// Show one listed person
#[utoipa::path(
    get, path = "/v1/people/{id}", tag = "seekers", params(("id" = String, Path, description = "The listing's id: its persona.")),
    responses((status = 200, description = "What is shown of them, and how they are written to.", body = ProfileBody)),
)]
async fn profile(
    State(hosted): Service,
    Extension(client): Extension<ClientAddress>,
    Path(id): Path<String>,
) -> Result<Response, Response> {
    hosted.admit(&hosted.pages, network(client))?;
    let id = PersonaId::new(id).map_err(|_| NOT_LISTED.into_response())?;
    let profile = hosted.directory.profile(&id).await.map_err(|error| told(error, NOT_LISTED))?;
    hosted.counted.pages.increment();
    Ok(no_store(json(StatusCode::OK, &ProfileBody::from(profile))))
}

/// Suggest how a word goes on
///
/// Out of the lexicon alone: a suggestion says nothing about who is listed.
#[utoipa::path(
    post, path = "/v1/people/suggest", tag = "seekers", request_body = TypedRequest,
    responses((status = 200, description = "How it may go on.", body = SuggestionsBody)),
)]
async fn suggestions(
    State(hosted): Service,
    Extension(client): Extension<ClientAddress>,
    request: Result<StrictJson<TypedRequest>, Problem>,
) -> Result<Response, Response> {
    hosted.admit(&hosted.suggestions, network(client))?;
    let StrictJson(TypedRequest { typed }) = request.map_err(Problem::into_response)?;
    let suggestions = crate::words::suggest::suggest(&typed);
    Ok(no_store(json(StatusCode::OK, &SuggestionsBody::from(suggestions))))
}

/// Say what is listed here, and what proves it
#[utoipa::path(
    get, path = "/v1/people/kinds", tag = "listed",
    responses((status = 200, description = "The kinds.", body = KindsBody)),
)]
async fn kinds(State(hosted): Service) -> Response {
    let kinds = hosted.directory.parts().kinds.all().map(Into::into).collect();
    no_store(json(StatusCode::OK, &KindsBody { kinds }))
}

/// Ask to be verified
///
/// The body is a statement `jigap-persona-asks+jwt` that asks for a `backing` of a kind. The directory has its verifier ask; the persona's
/// wallet answers it there, and what was proved backs the persona's listing from then on.
#[utoipa::path(
    post, path = "/v1/people/backings", tag = "listed",
    request_body(content = String, content_type = "application/jigap-persona-asks+jwt"),
    responses((status = 201, description = "The link for the persona's wallet.", body = BackingBody)),
)]
async fn backings(
    State(hosted): Service,
    Extension(client): Extension<ClientAddress>,
    StrictBytes(body): StrictBytes,
) -> Result<Response, Response> {
    hosted.admit(&hosted.writes, network(client))?;
    let (persona, kind) = hosted.directory.asked(text(&body)).map_err(|error| told(error, NO_KIND))?;
    hosted.admit(&hosted.writes, persona.as_str())?;
    let opened = hosted.feed.ask(&hosted.directory, kind, &persona).await.map_err(unverified)?;
    hosted.counted.backings.increment();
    let Opened { link, expires_at, .. } = opened;
    Ok(no_store(json(StatusCode::CREATED, &BackingBody { kind: kind.id.clone(), link, expires_at })))
}

/// Hand in a listing
///
/// The body is a statement `jigap-listing+jwt`; its number rises with each change. It is found once something proves it, and a text that claims a
/// protected title which nothing proves is refused.
#[utoipa::path(
    put, path = "/v1/people/listings", tag = "listed",
    request_body(content = String, content_type = "application/jigap-listing+jwt"),
    responses((status = 200, description = "How it stands.", body = OwnBody)),
)]
async fn put_listing(
    State(hosted): Service,
    Extension(client): Extension<ClientAddress>,
    StrictBytes(body): StrictBytes,
) -> Result<Response, Response> {
    hosted.admit(&hosted.writes, network(client))?;
    let own = hosted.directory.put(text(&body)).await.map_err(|error| {
        if matches!(error, DirectoryError::Refused(_)) {
            hosted.counted.refused.increment();
        }
        told(error, NO_LISTING)
    })?;
    hosted.counted.listings.increment();
    Ok(no_store(json(StatusCode::OK, &OwnBody::from(own))))
}

/// Show a persona its own listing
#[utoipa::path(
    get, path = "/v1/people/listings/{persona}", tag = "listed", security(("persona" = [])),
    params(("persona" = String, Path, description = "The persona.")),
    responses((status = 200, description = "The document, and how it stands.", body = OwnBody)),
)]
async fn own_listing(
    State(hosted): Service,
    Extension(client): Extension<ClientAddress>,
    Path(persona): Path<String>,
    headers: HeaderMap,
) -> Result<Response, Response> {
    hosted.admit(&hosted.writes, network(client))?;
    let unknown = |_| NO_LISTING.into_response();
    let persona = PersonaId::new(persona).map_err(unknown)?;
    let asked = credentials(&headers, "Bearer").ok().flatten().unwrap_or_default();
    let own = hosted.directory.own(&persona, asked).await.map_err(|error| told(error, NO_LISTING))?;
    Ok(no_store(json(StatusCode::OK, &OwnBody::from(own))))
}

/// A body as text; one that is none is no statement either.
fn text(body: &[u8]) -> &str {
    std::str::from_utf8(body).unwrap_or_default().trim_ascii()
}

/// What counts as one client for rates: an IPv4 address, or an IPv6 network of 64 bits, which one client fills freely.
fn network(ClientAddress(address): ClientAddress) -> Vec<u8> {
    match address {
        IpAddr::V4(address) => address.octets().to_vec(),
        IpAddr::V6(address) => address.octets().into_iter().take(8).collect(),
    }
}

#[cfg(test)]
mod tests;
