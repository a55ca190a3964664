//! A hundred people and six places over 28 days, in the middle of which a generation of passes ends: real wallets, filled by
//! the real issuer over HTTP, shown at real gates; only the clock is turned.

use jigap_keys::{KeyType, PrivateKey};
use jigap_platform::clock::SystemClock;
use jigap_platform::entropy::OsEntropy;
use jigap_wallet_core::pass::{
    Gate, Generation, PassIssuers, Presence, Replay, ScreenSecret, VenueCode, VenueId, Wants, Window,
};
use jigap_wallet_core::ports::Clock as _;
use jigap_wallet_core::text::Lang;
use jigap_wallet_core::time::{Seconds, Timestamp};
use jigap_wallet_core::trust::{TrustList, TrustListContent};
use jigap_wallet_core::wallet::{GateAsks, NoneLeft, Wallet, WalletError};
use serde_json::{Value, json};

use super::chance::Chance;
use crate::passes::{self, wants};
use crate::store;
use crate::world::World;

pub(super) const PEOPLE: usize = 100;
pub(super) const DAYS: i64 = 28;
const DAY: i64 = 24 * 60 * 60;
/// Nobody goes to more places in a day.
const MOST_A_DAY: usize = 5;
/// A wallet with fewer passes left is filled again in the days that follow.
const FEW: usize = 4;

/// What a gate saw: the code and when. Whose it was is what the venues want to find out.
pub(super) struct Sighting {
    pub(super) wallet: usize,
    pub(super) venue: usize,
    pub(super) moment: Timestamp,
    pub(super) code: String,
}

/// How a place asks, and how many of a hundred people pass by on a day without being regulars.
const PLACES: [(&str, Ask, usize); 6] = [
    ("미술관", Ask::Screen, 9),
    ("카페", Ask::Nobody, 14),
    ("공연장", Ask::Screen, 5),
    ("도서관", Ask::Poster, 8),
    ("체육관", Ask::Nobody, 5),
    ("가게", Ask::Screen, 9),
];

#[derive(Clone, Copy, PartialEq)]
enum Ask {
    Screen,
    Poster,
    Nobody,
}

struct Place {
    name: &'static str,
    key: PrivateKey,
    gate: Gate,
    replay: Replay,
}

impl Place {
    fn new((name, ask, _): (&'static str, Ask, usize), begins: Timestamp) -> Self {
        let key = PrivateKey::generate(KeyType::Ed25519, &OsEntropy);
        let presence = match ask {
            Ask::Screen => Presence::Screen(ScreenSecret::generate(&OsEntropy)),
            Ask::Poster => Presence::Poster,
            Ask::Nobody => Presence::OneWay,
        };
        let (venue, issuers) = (VenueId::of(key.public()), Vec::new());
        let max_trust_age = Gate::MAX_TRUST_AGE;
        let gate = Gate { venue, wants: wants(&["age_over_14"]), issuers, presence, max_trust_age };
        Self { name, key, replay: Replay::starting(&gate, begins), gate }
    }

    fn asks(&self, now: Timestamp) -> GateAsks {
        let (names, wants): (_, &Wants) = ((self.name, "문"), &self.gate.wants);
        let shown = match &self.gate.presence {
            Presence::Screen(secret) => {
                VenueCode::on_screen(names, wants, (Window::of(now), secret), &self.key)
            }
            Presence::Poster => VenueCode::on_poster(names, wants, &self.key),
            Presence::OneWay => return GateAsks::Anyone(wants.clone()),
        };
        GateAsks::Venue(Box::new(VenueCode::read(&shown.unwrap(), now).unwrap()))
    }
}

struct Person {
    wallet: Wallet,
    facts: Value,
    /// Places of habit: which, at what second of the day, on how many days of a hundred.
    habits: Vec<(usize, i64, usize)>,
    /// The days on which passes are fetched.
    fetches: Vec<i64>,
    joins: i64,
    /// What the wallet holds, by the day it came.
    held: Vec<(i64, String)>,
}

impl Person {
    async fn new(world: &World, chance: &mut Chance) -> Self {
        // Half over 19, a third students of that age too, the others younger: some of them rare.
        let (adult, student) = match chance.below(100) {
            0..50 => (true, false),
            50..80 => (true, true),
            80..92 => (false, true),
            _ => (false, false),
        };
        let facts = json!({"age_over_14": true, "age_over_19": adult, "student": student});
        let mut habits = Vec::new();
        for place in 0..PLACES.len() {
            if chance.percent(30) {
                let hour = 7 * 3600 + chance.below(13 * 3600) as i64;
                habits.push((place, hour, [12, 30, 85][chance.below(3)]));
            }
        }
        let joins = if chance.percent(30) { 3 + chance.below(10) as i64 } else { 0 };
        // Before the generation ends some think of it; others find a closed door.
        let ahead = chance.percent(60).then(|| (DAYS / 2 - 7 + chance.below(7) as i64).max(joins + 1));
        let fetches = std::iter::once(joins).chain(ahead).collect();
        Self { wallet: world.new_wallet(&store()).await, facts, habits, fetches, joins, held: Vec::new() }
    }

    /// Where they go on a day, and when.
    fn day(&self, day: i64, chance: &mut Chance) -> Vec<(i64, usize)> {
        let mut visits = Vec::new();
        for (place, second, often) in &self.habits {
            if chance.percent(*often) {
                visits.push((day * DAY + second + chance.below(900) as i64 - 450, *place));
            }
        }
        for (place, (_, _, often)) in PLACES.iter().enumerate() {
            if chance.percent(*often) {
                visits.push((day * DAY + 8 * 3600 + chance.below(14 * 3600) as i64, place));
            }
        }
        chance.shuffle(&mut visits);
        visits.truncate(MOST_A_DAY);
        visits
    }

    /// Fetches a batch; what was fetched for a generation that has ended is deleted.
    async fn fetch(&mut self, world: &World, number: usize, day: i64) {
        let over = |(came, _): &mut (i64, String)| day >= DAYS / 2 && *came < DAYS / 2 - 7;
        for (_, id) in self.held.extract_if(.., over) {
            self.wallet.delete(&id).await.unwrap();
        }
        let offer = json!({
            "credential_configuration_id": passes::PASS, "reference": format!("p-{number}"), "claims": self.facts,
        });
        let (link, tx_code) = world.offer_of(offer).await;
        let offered = self.wallet.look_at_offer(&link).await.unwrap();
        let held = self.wallet.accept(&offered, Some(&tx_code)).await.unwrap();
        assert_eq!(held.unused, 28);
        self.held.push((day, held.id));
    }

    fn fetch_soon(&mut self, day: i64, chance: &mut Chance) {
        if self.fetches.iter().all(|fetch| *fetch <= day) {
            self.fetches.push(day + 1 + chance.below(3) as i64);
        }
    }
}

/// What all gates saw, and the closed doors that people stood at: without a pass of the generation, or with none left.
#[derive(Default)]
pub(super) struct Month {
    pub(super) seen: Vec<Sighting>,
    pub(super) closed: usize,
    pub(super) batches: usize,
}

impl Month {
    /// Somebody comes to a place on a day. Says whether passes are to be fetched.
    async fn visit(
        &mut self,
        who: (usize, &Person),
        (venue, place): (usize, &mut Place),
        by: &Knowledge,
    ) -> bool {
        let (moment, (wallet, person)) = (by.now, who);
        let showing = match person.wallet.show_pass(place.asks(moment), NoneLeft::Refuse).await {
            Err(WalletError::CannotAnswer | WalletError::NoCopyLeft) => {
                self.closed += 1;
                return true;
            }
            showing => showing.unwrap(),
        };
        let code = showing.code(moment).unwrap();
        let checked = place.gate.judge(&code, &by.issuers, moment, Lang::Ko).unwrap();
        if place.replay.admit(checked, moment).is_ok() {
            self.seen.push(Sighting { wallet, venue, moment, code });
        }
        showing.left() < FEW
    }
}

/// What a gate judges by.
struct Knowledge {
    issuers: PassIssuers,
    now: Timestamp,
}

/// The month: fourteen days of a generation, fourteen of the next.
pub(super) async fn month(seed: u64) -> Month {
    let (world, mut chance) = (passes::world("did").await, Chance(seed));
    let begins = beginning(SystemClock.now());
    let at = |second: i64| begins.plus(Seconds(u32::try_from(second).unwrap()));
    turn(&world, begins);
    let mut places = PLACES.map(|place| Place::new(place, begins));
    let mut people = Vec::new();
    for _ in 0..PEOPLE {
        people.push(Person::new(&world, &mut chance).await);
    }
    let mut month = Month::default();
    for day in 0..DAYS {
        turn(&world, at(day * DAY + 60));
        let issuers = passes::issuers_of(&world, &list_of_today(&world), world.clock.now()).await;
        let mut by = Knowledge { issuers, now: world.clock.now() };
        let mut visits = Vec::new();
        for (number, person) in people.iter_mut().enumerate().filter(|(_, person)| person.joins <= day) {
            if person.fetches.contains(&day) {
                person.fetch(&world, number, day).await;
                month.batches += 1;
            }
            visits.extend(
                person.day(day, &mut chance).into_iter().map(|(second, place)| (second, number, place)),
            );
        }
        visits.sort_unstable();
        for (second, number, venue) in visits {
            turn(&world, at(second));
            by.now = world.clock.now();
            let person = &mut people[number];
            if month.visit((number, &*person), (venue, &mut places[venue]), &by).await {
                person.fetch_soon(day, &mut chance);
            }
        }
    }
    month
}

/// Fourteen days before a generation ends, soon.
fn beginning(now: Timestamp) -> Timestamp {
    let (half, soon) = (Seconds(u32::try_from(DAYS / 2 * DAY).unwrap()), now.plus(Seconds(3600)));
    let generation = Generation::of(now);
    let coming = [generation, generation.next()].map(|it| it.ends().minus(half));
    coming.into_iter().find(|begins| soon < *begins).unwrap()
}

/// Turns the world's clock to a moment to come.
fn turn(world: &World, to: Timestamp) {
    let ahead = to.unix() - SystemClock.now().unix();
    world.clock.turn(u32::try_from(ahead).unwrap());
}

/// The trust list, published anew.
fn list_of_today(world: &World) -> TrustList {
    let (now, signer) = (world.clock.now(), PrivateKey::generate(KeyType::Ed25519, &OsEntropy));
    let published = world.trust_list().content();
    let expires_at = now.plus(Seconds(u32::try_from(2 * DAY).unwrap()));
    let content = TrustListContent { issued_at: now, expires_at, ..published.clone() };
    TrustList::verify(&content.issue(&signer, None).unwrap(), &published.id, signer.public(), now).unwrap()
}
