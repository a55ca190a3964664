//! `page`: a page on which a phone's browser shows entry passes. Keys and passes stay in the wallet; the page reads a gate's
//! screen by its camera, asks here what would be shown, and draws the code that is made here.
//!
//! | path | what |
//! |---|---|
//! | `GET /pass/{file}` | the page |
//! | `POST /pass/ask` | who asks for what, and what would be shown; nothing is bound |
//! | `POST /pass/show` | shows a pass that says what was agreed to |
//! | `POST /pass/code` | the code of the pass that is shown, now |
//!
//! Whoever has the link can show this wallet's passes while the command runs: its token has 256 bits and stands in the fragment.

use std::sync::Arc;

use axum::extract::{Path, State};
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse as _, Redirect, Response};
use axum::routing::{get, post};
use axum::{Extension, Router};
use jigap_keys::base64url;
use jigap_platform::clock::SystemClock;
use jigap_platform::entropy::OsEntropy;
use jigap_platform::http::{
    Assembly, ClientAddress, HttpLimits, Metrics, Problem, Rate, RateLimiter, Server, ServerSettings,
    Shutdown, StrictJson, TokenHash, credentials, json, no_store,
};
use jigap_verifier::http::scanner::Pages;
use jigap_wallet_core::pass::{Fact, PassClaims, VenueCode};
use jigap_wallet_core::ports::Clock as _;
use jigap_wallet_core::sealing::random_id;
use jigap_wallet_core::text::{Lang, printable};
use jigap_wallet_core::wallet::{GateAsks, NoneLeft, Showing, Wallet, WalletError};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use tokio::sync::{mpsc, oneshot};
use zeroize::Zeroizing;

use super::args::PassPage;
use super::words::wallet_failure;
use crate::failure::{Exit, Failure};
use crate::qr;
use crate::served::{identity, pages, unbound, unserved};
use crate::talk::Talk;

/// Wrong tokens in a row, and how long one more takes.
const WRONG: Rate = Rate { burst: 10, refill: std::time::Duration::from_secs(6) };
/// Addresses that are remembered.
const REMEMBERED: usize = 1000;

const NOT_YOURS: Problem = Problem::new(
    StatusCode::UNAUTHORIZED,
    "not-yours",
    "Open the link that `jigap wallet page` printed.",
    "`jigap wallet page`가 출력한 링크를 여십시오.",
);
const SLOW_DOWN: Problem = Problem::new(
    StatusCode::TOO_MANY_REQUESTS,
    "slow-down",
    "Too many wrong tokens: wait a minute.",
    "잘못된 토큰이 너무 많습니다. 1분 뒤에 다시 하십시오.",
);
const ENDED: Problem = Problem::new(
    StatusCode::SERVICE_UNAVAILABLE,
    "ended",
    "The wallet is being closed.",
    "지갑을 닫는 중입니다.",
);

/// What the page wants.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Wish {
    /// What a gate's screen or poster says.
    gate: String,
    /// What its holder agreed to.
    #[serde(default)]
    agreed: Option<Agreed>,
    /// `ko` or `en`.
    lang: String,
}

/// What is agreed to: whom something is told, what, and whether another venue has seen the pass that tells it.
#[derive(Serialize, Deserialize, PartialEq, Eq)]
#[serde(deny_unknown_fields)]
struct Agreed {
    /// [`VenueId`](jigap_wallet_core::pass::VenueId), in base64url.
    venue: String,
    told: Vec<String>,
    /// Whether its issuer cannot tell whose it is.
    blind: bool,
    reused: bool,
}

/// One of the three things that are done.
#[derive(Clone, Copy)]
enum What {
    Ask,
    Show,
    Code,
}

/// What a handler hands to whoever has the wallet.
type Order = (What, Wish, oneshot::Sender<Result<Value, Failure>>);

/// What the routes answer from.
struct Site {
    pages: Pages,
    token: TokenHash,
    wrong: RateLimiter,
    orders: mpsc::Sender<Order>,
}

/// Serves until SIGINT or SIGTERM.
pub(super) async fn serve(command: &PassPage, wallet: &Wallet, talk: &Talk) -> Result<Exit, Failure> {
    let pages = pages(&command.pages)?;
    let tls = command.tls.as_deref().map(identity).transpose()?;
    let scheme = if tls.is_some() { "https" } else { "http" };
    let limits = HttpLimits { body_bytes: 4096, connections: 100, ..HttpLimits::default() };
    let settings = ServerSettings { listen: command.listen, tls, behind_proxy: false, public: false, limits };
    let shutdown = Shutdown::on_signals().map_err(unserved)?;
    let server = Server::bind(settings).await.map_err(unbound)?;
    let token = Zeroizing::new(random_id::<32>(&OsEntropy));
    let base = command
        .url
        .as_ref()
        .map_or_else(|| format!("{scheme}://{}", server.address()), |url| url.origin().ascii_serialization());
    let link = Zeroizing::new(format!("{base}/pass/#{}", *token));
    for line in qr::code(&link).iter().flat_map(qr::half_blocks) {
        talk.say(&format!("\u{1b}[{}m{line}\u{1b}[0m", qr::COLOURS));
    }
    talk.data(&link)?;
    talk.data("\n")?;
    let (orders, mut taken) = mpsc::channel(4);
    let site =
        Site { pages, token: TokenHash::of(&token), wrong: RateLimiter::new(WRONG, REMEMBERED), orders };
    let frame = Assembly::new(Arc::new(OsEntropy), Metrics::new(), shutdown.clone());
    let none_left = if command.reuse { NoneLeft::Reuse } else { NoneLeft::Refuse };
    let mut desk = Desk { wallet, none_left, showing: None };
    let desk = async {
        while let Some((what, wish, answer)) = taken.recv().await {
            // Whoever asked may have gone.
            answer.send(desk.act(what, &wish).await).ok();
        }
    };
    tokio::join!(server.serve(routes(site), frame, shutdown), desk);
    Ok(Exit::Done)
}

fn routes(site: Site) -> Router {
    let site = Arc::new(site);
    let page = async |State(site): State<Arc<Site>>| site.pages.answer("pass.html");
    let file = async |State(site): State<Arc<Site>>, Path(file): Path<String>| site.pages.answer(&file);
    let acting = |what: What| {
        post(async move |State(site): State<Arc<Site>>, Extension(client), headers, StrictJson(wish)| {
            acted(&site, what, client, &headers, wish).await
        })
    };
    Router::new()
        .route("/pass", get(async || Redirect::permanent("/pass/")))
        .route("/pass/", get(page))
        .route("/pass/{file}", get(file))
        .route("/pass/ask", acting(What::Ask))
        .route("/pass/show", acting(What::Show))
        .route("/pass/code", acting(What::Code))
        .with_state(site)
}

async fn acted(site: &Site, what: What, client: ClientAddress, headers: &HeaderMap, wish: Wish) -> Response {
    let token = credentials(headers, "Bearer").ok().flatten();
    if !token.is_some_and(|token| site.token.matches(token)) {
        // Whoever has the token is not kept waiting by who has not.
        let waits = site.wrong.admit(client.0.to_string()).is_err();
        return if waits { SLOW_DOWN } else { NOT_YOURS }.into_response();
    }
    let (answer, answered) = oneshot::channel();
    if site.orders.send((what, wish, answer)).await.is_err() {
        return ENDED.into_response();
    }
    match answered.await {
        Ok(Ok(value)) => no_store(json(StatusCode::OK, &value)),
        Ok(Err(failure)) => no_store(json(StatusCode::CONFLICT, &said(&failure))),
        Err(_) => ENDED.into_response(),
    }
}

fn said(failure: &Failure) -> Value {
    json!({ "said": { "en": failure.reason(Lang::En), "ko": failure.reason(Lang::Ko) } })
}

/// The wallet, and the pass that it shows.
struct Desk<'w> {
    wallet: &'w Wallet,
    none_left: NoneLeft,
    showing: Option<Showing>,
}

impl Desk<'_> {
    async fn act(&mut self, what: What, wish: &Wish) -> Result<Value, Failure> {
        let lang = if wish.lang == "ko" { Lang::Ko } else { Lang::En };
        let acted = match what {
            What::Ask => self.ask(wish).await,
            What::Show => self.show(wish).await,
            What::Code => self.code(),
        };
        acted.map_err(|error| wallet_failure(error, lang))
    }

    async fn ask(&self, wish: &Wish) -> Result<Value, WalletError> {
        let venue = venue(wish)?;
        let (name, gate) = (printable(venue.name()).into_owned(), printable(venue.gate()).into_owned());
        let wants = venue.wants();
        let facts: Vec<String> = wants.facts.iter().map(Fact::to_string).collect();
        // Of an event, a zone and so on the texts one of which is wanted.
        let particulars = wants.particulars.iter().filter(|texts| !texts.is_empty());
        let particulars: Vec<String> =
            particulars.map(|texts| printable(&texts.join(" / ")).into_owned()).collect();
        let (kind, sort) = (wants.kind.name(), wants.passes.name());
        let agreed = self.agreed(&GateAsks::Venue(Box::new(venue))).await?;
        Ok(json!({
            "venue": name, "gate": gate, "kind": kind, "particulars": particulars, "facts": facts, "passes": sort, "agreed": agreed,
        }))
    }

    /// What its holder would agree to now.
    async fn agreed(&self, asks: &GateAsks) -> Result<Agreed, WalletError> {
        let GateAsks::Venue(venue) = asks else { return Err(WalletError::CannotAnswer) };
        let (pass, reused) = self.wallet.would_show(asks, self.none_left).await?;
        let (venue, blind) = (base64url::encode(venue.venue().as_bytes()), pass.is_blind());
        Ok(Agreed { venue, told: told(pass.claims()), blind, reused })
    }

    async fn show(&mut self, wish: &Wish) -> Result<Value, WalletError> {
        let asks = GateAsks::Venue(Box::new(venue(wish)?));
        // What would be told now must be what its holder saw.
        if wish.agreed.as_ref() != Some(&self.agreed(&asks).await?) {
            return Err(WalletError::CannotAnswer);
        }
        let showing = self.wallet.show_pass(asks, self.none_left).await?;
        let shown = (told(showing.claims()), showing.is_blind(), showing.reused());
        let agreed = wish.agreed.as_ref().map(|it| (it.told.clone(), it.blind, it.reused));
        // A generation may have ended in between.
        if agreed != Some(shown) {
            return Err(WalletError::CannotAnswer);
        }
        self.showing = Some(showing);
        self.code()
    }

    fn code(&self) -> Result<Value, WalletError> {
        let showing = self.showing.as_ref().ok_or(WalletError::CannotAnswer)?;
        let now = SystemClock.now();
        let (code, changes) = (showing.code(now)?, showing.changes(now));
        Ok(json!({
            "code": code, "seconds": changes.unix() - now.unix(), "screen": showing.answers_a_screen(), "left": showing.left(),
        }))
    }
}

fn venue(wish: &Wish) -> Result<VenueCode, WalletError> {
    VenueCode::read(wish.gate.trim(), SystemClock.now()).map_err(WalletError::Refused)
}

/// What a pass tells, as the page says it.
fn told(claims: &PassClaims) -> Vec<String> {
    let particulars = claims.particulars.iter().filter(|text| !text.is_empty());
    let particulars = particulars.map(|text| printable(text).into_owned());
    claims.facts.iter().map(Fact::to_string).chain(particulars).collect()
}
