//! Entry passes, from the register to the open door: issued in a batch, shown to several venues, judged by the trust list that
//! the issuer proposes and without a network, once a window; and what their issuer can and cannot do about them afterwards.

use std::collections::BTreeSet;

use jigap_keys::{KeyType, PrivateKey};
use jigap_platform::entropy::OsEntropy;
use jigap_wallet_core::dcql::Format;
use jigap_wallet_core::documents::{Document, Documents};
use jigap_wallet_core::pass::{
    Admitted, Fact, Gate, Generation, Kind, PassIssuers, Presence, Replay, ScreenSecret, VenueCode, VenueId,
    Wants, Window,
};
use jigap_wallet_core::ports::{Clock as _, Fetch as _, FetchLimits, HttpRequest};
use jigap_wallet_core::text::Lang;
use jigap_wallet_core::time::Timestamp;
use jigap_wallet_core::trust::TrustList;
use jigap_wallet_core::verdict::Refusal;
use jigap_wallet_core::wallet::{EventKind, GateAsks, Held, NoneLeft, Showing, Wallet, WalletError};
use serde_json::json;

use crate::store;
use crate::wire::Lost;
use crate::world::World;

pub(crate) const PASS: &str = "check-in_jigap_pass";

pub(crate) async fn world(mechanism: &'static str) -> World {
    World::start_with(move |_, _| {
        json!({
            "types": ["check-in"], "formats": {"check-in": ["jigap_pass"]},
            "mechanism": mechanism, "key_type": "Ed25519",
        })
    })
    .await
}

/// A wallet with the passes of a student over 19.
async fn student(world: &World) -> (Wallet, Held) {
    let wallet = world.new_wallet(&store()).await;
    let claims = json!({"age_over_14": true, "age_over_19": true, "student": true});
    let offer = json!({"credential_configuration_id": PASS, "reference": "p-1", "claims": claims});
    let (link, tx_code) = world.offer_of(offer).await;
    let offered = wallet.look_at_offer(&link).await.unwrap();
    assert_eq!((offered.format(), offered.credential_type()), (Format::JigapPass, "urn:jigap:pass:entry"));
    assert_eq!(offered.credential_name(Lang::Ko), Some("출입 확인"));
    let held = wallet.accept(&offered, Some(&tx_code)).await.unwrap();
    (wallet, held)
}

pub(crate) fn wants(facts: &[&str]) -> Wants {
    Wants::new(Kind::Entry, facts.iter().map(|name| Fact::parse(name).unwrap()))
}

/// A venue with a gate that has a screen.
pub(crate) struct Venue {
    name: &'static str,
    key: PrivateKey,
    pub(crate) gate: Gate,
    replay: Replay,
}

impl Venue {
    pub(crate) fn new(name: &'static str, facts: &[&str], now: Timestamp) -> Self {
        let key = PrivateKey::generate(KeyType::P256, &OsEntropy);
        let gate = Gate {
            venue: VenueId::of(key.public()),
            wants: wants(facts),
            issuers: Vec::new(),
            presence: Presence::Screen(ScreenSecret::generate(&OsEntropy)),
            max_trust_age: Gate::MAX_TRUST_AGE,
        };
        let replay = Replay::starting(&gate, now);
        Self { name, key, replay, gate }
    }

    /// What a camera in front of the screen reads.
    fn screen(&self, now: Timestamp) -> VenueCode {
        let Presence::Screen(secret) = &self.gate.presence else { unreachable!() };
        let shown = (Window::of(now), secret);
        let code = VenueCode::on_screen((self.name, "문"), &self.gate.wants, shown, &self.key).unwrap();
        VenueCode::read(&code, now).unwrap()
    }

    pub(crate) fn judge(
        &mut self,
        code: &str,
        issuers: &PassIssuers,
        now: Timestamp,
    ) -> Result<Admitted, Refusal> {
        let checked = self.gate.judge(code, issuers, now, Lang::Ko)?;
        self.replay.admit(checked, now)
    }

    pub(crate) async fn show(&self, wallet: &Wallet, now: Timestamp) -> Result<Showing, WalletError> {
        wallet.show_pass(GateAsks::Venue(Box::new(self.screen(now))), NoneLeft::Refuse).await
    }
}

/// What a gate knows of issuers, having fetched what it needs.
async fn issuers(world: &World, now: Timestamp) -> PassIssuers {
    issuers_of(world, world.trust_list(), now).await
}

/// As [`issuers`], by a list of its own.
pub(crate) async fn issuers_of(world: &World, list: &TrustList, now: Timestamp) -> PassIssuers {
    let mut documents = Documents::new();
    while let Some(need) = PassIssuers::needs(list, &documents, now).into_iter().next() {
        let get = HttpRequest::get(need.url.clone(), need.accept, FetchLimits::DOCUMENT);
        let answer = world.wire.send(get).await.unwrap();
        assert_eq!(answer.status, 200, "{}", need.url);
        documents.insert(need.url, Document { bytes: answer.body, fetched_at: now, max_age: None });
    }
    PassIssuers::of(list, &documents, now)
}

#[tokio::test]
async fn a_pass_opens_the_door_of_a_venue_once_in_a_window() {
    for mechanism in ["jwt_vc_issuer", "did"] {
        let world = world(mechanism).await;
        let (wallet, held) = student(&world).await;
        let now = world.clock.now();
        assert_eq!((held.copies, held.unused, held.format), (28, 28, Format::JigapPass));
        let issuers = issuers(&world, now).await;
        assert!(issuers.count() >= 1, "{mechanism}");
        let mut venue = Venue::new("한빛 미술관", &["age_over_19"], now);
        let showing = venue.show(&wallet, now).await.unwrap();
        assert_eq!((showing.reused(), showing.left()), (false, 27), "{mechanism}");
        let code = showing.code(now).unwrap();
        let admitted = venue.judge(&code, &issuers, now).unwrap();
        assert_eq!(admitted.issuer_name, "한빛대학교");
        assert_eq!(venue.judge(&code, &issuers, now).unwrap_err().reason.code, "pass-shown-before");
        // Elsewhere, and later.
        let mut other = Venue::new("달빛 공연장", &["age_over_19"], now);
        assert_eq!(other.judge(&code, &issuers, now).unwrap_err().reason.code, "pass-holder");
        let later = Window::of(now).ends().plus(Window::LENGTH);
        assert_eq!(venue.judge(&code, &issuers, later).unwrap_err().reason.code, "pass-window");
    }
}

#[tokio::test]
async fn no_two_venues_see_one_pass_and_one_venue_sees_no_other() {
    let world = world("did").await;
    let (wallet, held) = student(&world).await;
    let now = world.clock.now();
    let issuers = issuers(&world, now).await;
    let shown = usize::from(Generation::of(now).next().is_issued_at(now));
    // In the last days of a generation half of a batch is of the next.
    let of_now = if shown == 1 { 14 } else { 28 };
    let mut venues: Vec<Venue> = (0..of_now).map(|_| Venue::new("집", &["student"], now)).collect();
    let mut seen = BTreeSet::new();
    for venue in &mut venues {
        let showing = venue.show(&wallet, now).await.unwrap();
        let admitted = venue.judge(&showing.code(now).unwrap(), &issuers, now).unwrap();
        assert!(seen.insert(admitted.pseudonym), "shown to two venues");
    }
    let one_more = Venue::new("집", &["student"], now);
    assert_eq!(one_more.show(&wallet, now).await.err(), Some(WalletError::NoCopyLeft));
    // The venue that comes again sees what it saw; whoever allows it shows a pass again.
    world.clock.turn(60);
    let again = world.clock.now();
    let first = venues.first_mut().unwrap();
    let asks = GateAsks::Venue(Box::new(first.screen(again)));
    let (told, reused) = wallet.would_show(&asks, NoneLeft::Refuse).await.unwrap();
    let showing = wallet.show_pass(asks, NoneLeft::Refuse).await.unwrap();
    assert!(!reused && !showing.reused() && showing.left() == 0 && told.claims() == showing.claims());
    let admitted = first.judge(&showing.code(again).unwrap(), &issuers, again).unwrap();
    assert!(seen.contains(&admitted.pseudonym));
    let anyone = GateAsks::Anyone(wants(&["student"]));
    assert_eq!(wallet.show_pass(anyone.clone(), NoneLeft::Refuse).await.err(), Some(WalletError::NoCopyLeft));
    let showing = wallet.show_pass(anyone, NoneLeft::Reuse).await.unwrap();
    assert!(showing.reused());
    // What nobody holds opens nothing.
    let missing = Venue::new("집", &["member"], now);
    assert_eq!(missing.show(&wallet, again).await.err(), Some(WalletError::CannotAnswer));
    let history = wallet.history().await.unwrap();
    let visits = history.iter().filter(|event| event.kind == EventKind::Presented);
    assert_eq!(visits.clone().count(), of_now + 2);
    assert!(visits.clone().any(|event| event.with == "집 · 문"));
    assert_eq!(wallet.credentials().await.unwrap().first().map(|held| held.unused), Some(28 - of_now));
    assert_eq!(held.copies, 28);
}

/// An entry pass has no place in a status list: whoever revokes it is told that gates do not hear of it.
#[tokio::test]
async fn revoking_entry_passes_tells_no_gate_and_says_so() {
    let world = world("did").await;
    let (wallet, _) = student(&world).await;
    let changed = world.change("revoke", "p-1").await;
    assert_eq!(changed.len(), 1);
    assert_eq!(changed[0]["published"], json!(false), "{changed:?}");
    let now = world.clock.now();
    let issuers = issuers(&world, now).await;
    let mut venue = Venue::new("집", &[], now);
    let showing = venue.show(&wallet, now).await.unwrap();
    assert!(venue.judge(&showing.code(now).unwrap(), &issuers, now).is_ok());
    // All of them end with their generation, at the latest.
    let over = Generation::of(now).next().ends();
    assert!(showing.claims().expires <= over);
}

/// What was sent and lost is sent again: nobody can end it, and nobody is left without.
#[tokio::test]
async fn a_wallet_that_lost_its_passes_on_the_way_gets_others() {
    let (world, store) = (world("did").await, store());
    let wallet = world.new_wallet(&store).await;
    let claims = json!({"student": true});
    let offer = json!({"credential_configuration_id": PASS, "reference": "p-1", "claims": claims});
    let (link, tx_code) = world.offer_of(offer).await;
    let offered = wallet.look_at_offer(&link).await.unwrap();
    world.wire.lose(Lost::Answer("/credential"));
    assert!(wallet.accept(&offered, Some(&tx_code)).await.is_err());
    drop(wallet);
    let resumed = world.reopen(&store).await.resume().await.unwrap();
    assert!(matches!(resumed.as_slice(), [Ok(held)] if held.unused == 28), "{resumed:?}");
}

/// Two gates at once: each sees a pass of its own, and what was bound when the wallet was killed stays bound.
#[tokio::test]
async fn passes_shown_at_once_and_after_a_crash_are_shown_to_one_venue_each() {
    let world = world("did").await;
    let kept = store();
    let wallet = world.new_wallet(&kept).await;
    let claims = json!({"student": true});
    let offer = json!({"credential_configuration_id": PASS, "reference": "p-1", "claims": claims});
    let (link, tx_code) = world.offer_of(offer).await;
    let offered = wallet.look_at_offer(&link).await.unwrap();
    wallet.accept(&offered, Some(&tx_code)).await.unwrap();
    let now = world.clock.now();
    let venues: Vec<Venue> = ["북", "남", "동"].map(|name| Venue::new(name, &["student"], now)).into();
    let (north, south) = tokio::join!(venues[0].show(&wallet, now), venues[1].show(&wallet, now));
    let key = |showing: &Showing| showing.claims().holder.thumbprint();
    let (north, south) = (key(&north.unwrap()), key(&south.unwrap()));
    assert_ne!(north, south);
    // Killed: nothing but what lies in its store is left.
    drop(wallet);
    let again = world.reopen(&kept).await;
    let seen_again = key(&venues[0].show(&again, now).await.unwrap());
    let east = key(&venues[2].show(&again, now).await.unwrap());
    assert_eq!(seen_again, north);
    assert!(east != north && east != south);
}

/// Two venues with one key, who are shown one pass by whoever looks at the key alone.
#[tokio::test]
async fn venues_that_share_a_key_but_no_name_see_two_passes() {
    let world = world("did").await;
    let (wallet, _) = student(&world).await;
    let now = world.clock.now();
    let mut venue = Venue::new("한빛 미술관", &["student"], now);
    let first = venue.show(&wallet, now).await.unwrap();
    venue.name = "달빛 공연장";
    let second = venue.show(&wallet, now).await.unwrap();
    assert_ne!(first.claims().holder, second.claims().holder);
    assert_eq!((first.left(), second.left()), (first.left(), first.left() - 1));
}

/// A pass of another generation would tell its holder from everybody else: none is shown.
#[tokio::test]
async fn a_pass_is_shown_in_its_generation_alone() {
    let world = world("did").await;
    let (wallet, _) = student(&world).await;
    let now = world.clock.now();
    let generation = Generation::of(now);
    let venue = Venue::new("집", &[], now);
    let showing = venue.show(&wallet, now).await.unwrap();
    assert_eq!(showing.claims().expires, generation.ends());
    let over = u32::try_from(generation.ends().unix() - now.unix()).unwrap();
    world.clock.turn(over);
    let later = world.clock.now();
    assert_eq!(showing.code(later).err(), Some(WalletError::CannotAnswer));
    // Those of the next generation are there only if it was about to begin when they were issued.
    let shown = venue.show(&wallet, later).await;
    if generation.next().is_issued_at(now) {
        assert_eq!(shown.unwrap().claims().expires, generation.next().ends());
    } else {
        assert_eq!(shown.err(), Some(WalletError::CannotAnswer));
    }
}
