//! More copies without a new offer: an issuer that binds tokens to keys and gives refresh tokens, what it may do wrong, and a wallet
//! that is cut off at every step. It takes a refresh token again until its successor was used, and holds an older one for theft.

use std::collections::BTreeSet;
use std::sync::atomic::{AtomicI64, Ordering};
use std::sync::{Arc, Mutex};

use async_trait::async_trait;
use jigap_platform::entropy::OsEntropy;
use jigap_platform::store::{Fault, Faults};
use jigap_wallet_core::ports::{Clock, Fetch, FetchError, HttpRequest, HttpResponse, Store};
use jigap_wallet_core::time::Timestamp;
use jigap_wallet_core::vci::TokenErrorCode;
use jigap_wallet_core::vci::dpop::{self, Expected};
use jigap_wallet_core::wallet::{Held, RefreshWhen, Wallet, WalletError};
use jigap_wallet_core::wallet_box::{Unlock, WalletBox};
use serde_json::{Value, json};

use super::world::{KEY, NOW, World, answer, store};

const JSON: &str = "application/json";
const SERVER: &str = "/.well-known/oauth-authorization-server";
const DAY: u32 = 86_400;

/// What is lost on the way, once.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Lost {
    Request(&'static str),
    Answer(&'static str),
}

/// An issuer that binds what it gives.
pub(super) struct Binding {
    pub(super) world: Arc<World>,
    now: AtomicI64,
    state: Mutex<State>,
}

#[derive(Default)]
struct State {
    /// The thumbprints of keys that tokens are bound to.
    keys: BTreeSet<String>,
    proofs: BTreeSet<String>,
    /// The number of the refresh token that was used last.
    used: u32,
    /// Access tokens that live.
    live: BTreeSet<String>,
    given: usize,
    /// Which nonce proofs must carry, if one.
    nonce: Option<&'static str>,
    /// It gives bearer tokens, whatever is shown.
    unbinding: bool,
    /// It takes no refresh token any more.
    ended: bool,
    lost: Option<Lost>,
    /// The paths that were asked for.
    asked: Vec<String>,
}

impl Clock for Binding {
    fn now(&self) -> Timestamp {
        Timestamp::from_unix(self.now.load(Ordering::SeqCst))
    }
}

impl Binding {
    pub(super) fn new() -> Arc<Self> {
        let now = AtomicI64::new(NOW.unix());
        Arc::new(Self { world: World::new(), now, state: Mutex::default() })
    }

    fn state(&self) -> std::sync::MutexGuard<'_, State> {
        self.state.lock().unwrap()
    }

    /// How many keys it has seen.
    fn keys(&self) -> usize {
        self.state().keys.len()
    }

    fn later(&self, seconds: u32) {
        self.now.fetch_add(i64::from(seconds), Ordering::SeqCst);
    }

    pub(super) fn asked(&self, path: &str) -> usize {
        self.state().asked.iter().filter(|asked| *asked == path).count()
    }

    pub(super) fn lose(&self, lost: Lost) {
        self.state().lost = Some(lost);
    }

    /// Its access tokens have ended.
    pub(super) fn forget_tokens(&self) {
        self.state().live.clear();
    }

    /// That this path was asked for, and what is lost of it.
    pub(super) fn losing(&self, path: &str) -> Option<Lost> {
        let mut state = self.state();
        state.asked.push(path.to_owned());
        state.lost.take_if(|lost| match lost {
            Lost::Request(at) | Lost::Answer(at) => path == *at,
        })
    }

    /// The key of the proof that came, if it holds; what is said otherwise.
    fn proven(&self, request: &HttpRequest, token: Option<&str>) -> Result<String, HttpResponse> {
        let refused = |status, error: &str, nonce: Option<&str>| {
            let mut refused = answer(status, JSON, json!({"error": error}).to_string());
            refused.dpop_nonce = nonce.map(str::to_owned);
            refused
        };
        let proof = request.headers.iter().find(|(name, _)| *name == dpop::HEADER).map(|(_, proof)| proof);
        let proof = proof.ok_or_else(|| refused(400, "invalid_dpop_proof", None))?;
        let expected =
            Expected { method: "POST", url: &request.url, algorithms: &["ES256"], access_token: token };
        let proven = dpop::verify(proof, &expected, self.now()).unwrap();
        let payload = jigap_wallet_core::jose::Jws::parse(proof).unwrap().unverified_payload().clone();
        let mut state = self.state();
        if state.nonce.is_some_and(|nonce| payload["nonce"] != nonce) {
            let status = if token.is_some() { 401 } else { 400 };
            return Err(refused(status, "use_dpop_nonce", state.nonce));
        }
        assert!(state.proofs.insert(proven.id), "a proof is used once");
        state.keys.insert(proven.thumbprint.clone());
        Ok(proven.thumbprint)
    }

    fn token(&self, request: &HttpRequest) -> HttpResponse {
        if let Err(refused) = self.proven(request, None) {
            return refused;
        }
        let form: Vec<(String, String)> = url::form_urlencoded::parse(&request.body).into_owned().collect();
        let of = |name: &str| form.iter().find(|(it, _)| it == name).map(|(_, value)| value.clone());
        let mut state = self.state();
        let refresh = of("refresh_token").map(|token| token.parse::<u32>().unwrap());
        if let Some(number) = refresh {
            assert!(number >= state.used, "a refresh token whose successor was used is theft");
            if state.ended {
                return answer(400, JSON, r#"{"error":"invalid_grant"}"#);
            }
            assert!(number <= state.used + 1);
            state.used = number;
        }
        state.given += 1;
        let token = format!("token-{}", state.given);
        state.live.insert(token.clone());
        if state.unbinding {
            let given = json!({"access_token": token, "token_type": "Bearer", "refresh_token": "7"});
            return answer(200, JSON, given.to_string());
        }
        let next = (refresh.unwrap_or(0) + 1).to_string();
        let given = json!({
            "access_token": token, "token_type": "DPoP", "expires_in": 300, "refresh_token": next,
        });
        answer(200, JSON, given.to_string())
    }

    pub(super) fn resource(&self, request: &HttpRequest) -> Option<HttpResponse> {
        let authorization = request.headers.iter().find(|(name, _)| *name == "authorization").unwrap();
        let (scheme, token) = authorization.1.split_once(' ').unwrap();
        assert_eq!(scheme, if self.state().unbinding { "Bearer" } else { "DPoP" });
        if scheme == "DPoP"
            && let Err(refused) = self.proven(request, Some(token))
        {
            return Some(refused);
        }
        let lives = self.state().live.contains(token);
        (!lives && request.url.path() == "/credential")
            .then(|| answer(401, JSON, r#"{"error":"invalid_token"}"#))
    }

    pub(super) async fn reply(&self, request: HttpRequest) -> Result<HttpResponse, FetchError> {
        match request.url.path() {
            SERVER => {
                let mut honest = self.world.send(request).await?;
                let mut metadata: Value = serde_json::from_slice(&honest.body).unwrap();
                metadata["dpop_signing_alg_values_supported"] = json!(["EdDSA", "ES256"]);
                honest.body = metadata.to_string().into_bytes();
                Ok(honest)
            }
            "/token" => Ok(self.token(&request)),
            "/credential" | "/notification" => match self.resource(&request) {
                Some(refused) => Ok(refused),
                None => self.world.send(request).await,
            },
            _ => self.world.send(request).await,
        }
    }
}

/// What goes to the issuer by way of a wire that loses things.
#[async_trait]
impl Fetch for Binding {
    async fn send(&self, request: HttpRequest) -> Result<HttpResponse, FetchError> {
        let path = request.url.path().to_owned();
        let lost = self.losing(&path);
        if matches!(lost, Some(Lost::Request(_))) {
            return Err(FetchError::Unreachable);
        }
        let outcome = self.reply(request).await;
        if lost.is_some() { Err(FetchError::TimedOut) } else { outcome }
    }
}

async fn open(store: &Arc<dyn Store>, issuer: &Arc<Binding>, new: bool) -> Wallet {
    let (store, entropy) = (Arc::clone(store), Arc::new(OsEntropy));
    let unlock = &Unlock::KeyFile(&KEY);
    let opened = match new {
        true => WalletBox::create(store, unlock, entropy).await,
        false => WalletBox::open(store, unlock, entropy).await,
    };
    Wallet::new(opened.unwrap(), Arc::clone(issuer) as _, Arc::clone(issuer) as _, Arc::new(OsEntropy))
}

async fn accept(wallet: &Wallet, issuer: &Binding) -> Result<Held, WalletError> {
    let offered = wallet.look_at_offer(&issuer.world.offer()).await?;
    wallet.accept(&offered, None).await
}

async fn refreshed(wallet: &Wallet, when: RefreshWhen) -> Vec<Result<Held, WalletError>> {
    wallet.refresh(when).await.unwrap()
}

async fn present(wallet: &Wallet, issuer: &Binding) {
    let asking = wallet.look_at_request(&issuer.world.request(), None).await.unwrap();
    wallet.present(asking).await.unwrap();
}

/// Copies of the one credential, and those that nobody has seen.
async fn copies(wallet: &Wallet) -> (usize, usize) {
    let held = wallet.credentials().await.unwrap();
    assert_eq!(held.len(), 1, "what says the same is one credential");
    (held[0].copies, held[0].unused)
}

#[tokio::test]
async fn more_copies_of_what_is_held_come_by_the_key_of_their_grant() {
    let (issuer, store) = (Binding::new(), store(Faults::none()));
    let wallet = open(&store, &issuer, true).await;
    let held = accept(&wallet, &issuer).await.unwrap();
    present(&wallet, &issuer).await;
    for round in 1..=3 {
        let outcomes = refreshed(&wallet, RefreshWhen::All).await;
        let [Ok(again)] = &outcomes[..] else { panic!("{outcomes:?}") };
        assert_eq!((again.id.as_str(), again.number), (held.id.as_str(), held.number));
        assert_eq!(copies(&wallet).await, (5 + 5 * round, 4 + 5 * round));
    }
    let (asked, used) = (issuer.asked("/token"), issuer.state().used);
    assert_eq!((asked, used, issuer.keys()), (4, 3, 1));
    // Every copy can be shown, and each is another.
    for _ in 0..19 {
        present(&wallet, &issuer).await;
    }
    let shown: BTreeSet<String> = issuer.world.shown().iter().map(ToString::to_string).collect();
    assert_eq!((shown.len(), copies(&wallet).await), (20, (20, 0)));
    // Another grant has another key, although the issuer is the same.
    let other = open(&super::world::store(Faults::none()), &issuer, true).await;
    issuer.state().used = 0;
    accept(&other, &issuer).await.unwrap();
    assert_eq!(issuer.keys(), 2);
}

#[tokio::test]
async fn what_is_few_is_planned_and_fetched_later_and_what_is_none_at_once() {
    let issuer = Binding::new();
    let wallet = open(&store(Faults::none()), &issuer, true).await;
    accept(&wallet, &issuer).await.unwrap();
    let asked = issuer.state().asked.len();
    for _ in 0..3 {
        present(&wallet, &issuer).await;
        assert!(refreshed(&wallet, RefreshWhen::Planned).await.is_empty());
        assert!(refreshed(&wallet, RefreshWhen::Few).await.is_empty());
    }
    present(&wallet, &issuer).await;
    let supply = wallet.supplies().await.unwrap().remove(0);
    assert_eq!((supply.left, supply.few, supply.renewed), (1, true, true));
    // One of five is a quarter at most: now it is planned, for not before an hour from now.
    let before = issuer.state().asked.len();
    assert!(refreshed(&wallet, RefreshWhen::Planned).await.is_empty());
    issuer.later(3599);
    assert!(refreshed(&wallet, RefreshWhen::Planned).await.is_empty());
    assert_eq!((issuer.state().asked.len(), before > asked), (before, true), "nobody was asked for anything");
    issuer.later(DAY - 3600);
    // The credentials of this issuer last a day.
    assert!(matches!(&refreshed(&wallet, RefreshWhen::Planned).await[..], [Ok(_)]));
    assert!(refreshed(&wallet, RefreshWhen::Planned).await.is_empty());
    assert_eq!(copies(&wallet).await, (10, 6));
}

#[tokio::test]
async fn where_none_is_left_more_are_fetched_at_once() {
    let issuer = Binding::new();
    let wallet = open(&store(Faults::none()), &issuer, true).await;
    accept(&wallet, &issuer).await.unwrap();
    for _ in 0..5 {
        present(&wallet, &issuer).await;
    }
    assert!(matches!(&refreshed(&wallet, RefreshWhen::Planned).await[..], [Ok(_)]));
    assert_eq!(copies(&wallet).await, (10, 5));
}

#[tokio::test]
async fn a_refresh_that_is_cut_off_anywhere_on_the_way_loses_nothing() {
    for path in ["/token", "/nonce", "/credential", "/notification"] {
        for lost in [Lost::Request(path), Lost::Answer(path)] {
            let (issuer, store) = (Binding::new(), store(Faults::none()));
            let wallet = open(&store, &issuer, true).await;
            accept(&wallet, &issuer).await.unwrap();
            issuer.state().lost = Some(lost);
            let outcome = refreshed(&wallet, RefreshWhen::All).await.remove(0);
            assert_eq!(outcome.is_err(), path != "/notification", "{lost:?}");
            let arrived = if outcome.is_ok() { 10 } else { 5 };
            assert_eq!(copies(&wallet).await, (arrived, arrived), "{lost:?}");
            assert!(wallet.under_way().await.unwrap().is_empty(), "{lost:?}");
            drop(wallet);
            let wallet = open(&store, &issuer, false).await;
            assert!(wallet.resume().await.unwrap().is_empty());
            for round in 1..=2 {
                assert!(
                    matches!(&refreshed(&wallet, RefreshWhen::All).await[..], [Ok(_)]),
                    "{lost:?} {round}"
                );
                let arrived = arrived + 5 * round;
                assert_eq!(copies(&wallet).await, (arrived, arrived), "{lost:?}");
            }
        }
    }
}

/// The commits of a refresh: the intent, the tokens, the copies, the notice.
#[tokio::test]
async fn a_refresh_interrupted_at_any_commit_loses_no_copy_and_no_token() {
    // The box, and an acceptance: the intent, the token, the copies, the notice.
    const BEFORE: u64 = 5;
    for failing in 1..=4 {
        for fault in [Fault::Unavailable, Fault::UnknownCommitted, Fault::UnknownNotCommitted] {
            let store = store(Faults::at([(BEFORE + failing, fault)]));
            let issuer = Binding::new();
            let wallet = open(&store, &issuer, true).await;
            accept(&wallet, &issuer).await.unwrap();
            let outcome = wallet.refresh(RefreshWhen::All).await;
            // Killed: nothing but what lies in its store is left.
            drop(wallet);
            let wallet = open(&store, &issuer, false).await;
            let resumed = wallet.resume().await.unwrap();
            assert!(resumed.iter().all(Result::is_ok), "{failing} {fault:?}: {resumed:?}");
            let (held, unused) = copies(&wallet).await;
            assert!(held == unused && (5..=10).contains(&held), "{failing} {fault:?}: {outcome:?}");
            assert!(wallet.under_way().await.unwrap().is_empty(), "{failing} {fault:?}");
            for round in 1..=2 {
                assert!(
                    matches!(&refreshed(&wallet, RefreshWhen::All).await[..], [Ok(_)]),
                    "{failing} {fault:?} {round}"
                );
                assert_eq!(copies(&wallet).await, (held + 5 * round, unused + 5 * round));
            }
        }
    }
}

#[tokio::test]
async fn an_acceptance_whose_token_has_ended_goes_on_by_its_refresh_token() {
    let (issuer, store) = (Binding::new(), store(Faults::none()));
    let wallet = open(&store, &issuer, true).await;
    issuer.state().lost = Some(Lost::Request("/credential"));
    accept(&wallet, &issuer).await.unwrap_err();
    drop(wallet);
    issuer.state().live.clear();
    let wallet = open(&store, &issuer, false).await;
    assert!(matches!(&wallet.resume().await.unwrap()[..], [Ok(held)] if held.unused == 5));
    assert_eq!((issuer.asked("/token"), issuer.state().used), (2, 1));
    assert!(matches!(&refreshed(&wallet, RefreshWhen::All).await[..], [Ok(_)]));
}

#[tokio::test]
async fn a_server_that_wants_its_nonce_in_the_proof_gets_it_and_a_wrong_code_is_sent_once() {
    let issuer = Binding::new();
    issuer.state().nonce = Some("eyJ7S_zG.eyJH0-Z");
    let wallet = open(&store(Faults::none()), &issuer, true).await;
    accept(&wallet, &issuer).await.unwrap();
    assert!(matches!(&refreshed(&wallet, RefreshWhen::All).await[..], [Ok(_)]));
    assert_eq!((issuer.asked("/token"), issuer.asked("/credential")), (4, 4));
    assert_eq!(issuer.world.told(), ["credential_accepted", "credential_accepted"]);
    // A nonce that comes with another refusal is no reason to try a code again.
    let mut refused = answer(400, JSON, r#"{"error":"invalid_grant"}"#);
    refused.dpop_nonce = Some("n".to_owned());
    issuer.world.instead("/token", Ok(refused));
    let plain = super::world::fresh(&issuer.world).await;
    let offered = plain.look_at_offer(&issuer.world.offer()).await.unwrap();
    assert_eq!(plain.accept(&offered, None).await, Err(WalletError::Token(TokenErrorCode::InvalidGrant)));
    assert_eq!(issuer.world.times_asked("/token"), 1);
}

#[tokio::test]
async fn a_refresh_token_that_is_bound_to_no_key_is_not_kept() {
    let issuer = Binding::new();
    issuer.state().unbinding = true;
    let wallet = open(&store(Faults::none()), &issuer, true).await;
    accept(&wallet, &issuer).await.unwrap();
    assert!(refreshed(&wallet, RefreshWhen::All).await.is_empty());
    assert!(!wallet.supplies().await.unwrap()[0].renewed);
    assert_eq!(issuer.world.told(), ["credential_accepted"]);
}

#[tokio::test]
async fn a_grant_that_has_ended_is_asked_for_no_more() {
    let issuer = Binding::new();
    let wallet = open(&store(Faults::none()), &issuer, true).await;
    accept(&wallet, &issuer).await.unwrap();
    issuer.state().ended = true;
    let refused = refreshed(&wallet, RefreshWhen::All).await;
    assert_eq!(refused, [Err(WalletError::Token(TokenErrorCode::InvalidGrant))]);
    assert!(refreshed(&wallet, RefreshWhen::All).await.is_empty());
    let supply = wallet.supplies().await.unwrap().remove(0);
    assert_eq!((supply.left, supply.renewed), (5, false));
    assert!(wallet.under_way().await.unwrap().is_empty());
}

#[tokio::test]
async fn what_is_refused_for_now_is_asked_for_again_some_other_time() {
    let issuer = Binding::new();
    let wallet = open(&store(Faults::none()), &issuer, true).await;
    accept(&wallet, &issuer).await.unwrap();
    for _ in 0..5 {
        present(&wallet, &issuer).await;
    }
    let denied = answer(400, JSON, r#"{"error":"credential_request_denied"}"#);
    issuer.world.instead("/credential", Ok(denied));
    assert!(matches!(&refreshed(&wallet, RefreshWhen::Few).await[..], [Err(WalletError::Credential(_))]));
    assert!(wallet.under_way().await.unwrap().is_empty());
    issuer.world.repent();
    assert!(wallet.supplies().await.unwrap()[0].renewed);
    issuer.later(DAY - 1);
    assert!(matches!(&refreshed(&wallet, RefreshWhen::Planned).await[..], [Ok(_)]));
}

#[tokio::test]
async fn what_is_deleted_or_restored_is_not_refreshed() {
    let secret = Unlock::KeyFile(&[9; 32]);
    let issuer = Binding::new();
    let live = open(&store(Faults::none()), &issuer, true).await;
    let held = accept(&live, &issuer).await.unwrap();
    let file = live.backup(&secret).await.unwrap().file;
    let restored = open(&store(Faults::none()), &issuer, true).await;
    restored.restore(&file, &secret).await.unwrap();
    assert!(
        !restored.supplies().await.unwrap()[0].renewed,
        "two wallets with one refresh token would end it"
    );
    assert!(refreshed(&restored, RefreshWhen::All).await.is_empty());
    assert!(matches!(&refreshed(&live, RefreshWhen::All).await[..], [Ok(_)]));
    // One that is under way is deleted with its credential.
    issuer.state().lost = Some(Lost::Answer("/credential"));
    assert!(matches!(&refreshed(&live, RefreshWhen::All).await[..], [Err(WalletError::Fetch(_))]));
    live.delete(&held.id).await.unwrap();
    assert!(refreshed(&live, RefreshWhen::All).await.is_empty());
    assert!(live.resume().await.unwrap().is_empty());
    assert!(live.credentials().await.unwrap().is_empty());
}

#[tokio::test]
async fn copies_that_say_something_else_are_a_credential_of_their_own_that_is_refreshed_from_then_on() {
    let issuer = Binding::new();
    let wallet = open(&store(Faults::none()), &issuer, true).await;
    let first = accept(&wallet, &issuer).await.unwrap();
    issuer.world.note.store(3, Ordering::SeqCst);
    let outcomes = refreshed(&wallet, RefreshWhen::All).await;
    let [Ok(second)] = &outcomes[..] else { panic!("{outcomes:?}") };
    assert_ne!(first.id, second.id);
    let renewed: Vec<_> = wallet.supplies().await.unwrap().iter().map(|supply| supply.renewed).collect();
    assert_eq!(renewed, [false, true]);
    assert!(matches!(&refreshed(&wallet, RefreshWhen::All).await[..], [Ok(held)] if held.id == second.id));
    assert_eq!(wallet.claims(&second.id).await.unwrap().1["note"], "xxx");
}
