//! The target of `entry_log`: what parties, gates and issuers hand each other. The first byte says as what the rest is read.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::LazyLock;

use jigap_keys::{KeyType, PrivateKey};
use jigap_wallet_core::cose::Sign1;
use jigap_wallet_core::entry_log::{
    Answered, Asked, Chain, Close, Day, Door, Draft, Entry, Erased, GateDay, Guest, Hour, IssuerAnswer,
    Ledger, NewRequest, Party, Place, Policy, Request, Requests, Role, Row, Run, Scope, Slot, VenueAnswer,
    Visit, issuer_answer, venue_answer,
};
use jigap_wallet_core::pass::{Generation, Pseudonym, VenueId};
use jigap_wallet_core::time::Seconds;

use crate::fixtures::{NOW, Same, must};

static SCENE: LazyLock<Scene> = LazyLock::new(Scene::new);
/// Every document that one of ours signed.
static SIGNED: LazyLock<BTreeSet<Vec<u8>>> = LazyLock::new(|| seeds().into_iter().collect());

struct Scene {
    venue: (Party, PrivateKey),
    issuer: (Party, PrivateKey),
    door: PrivateKey,
    draft: Draft,
    policy: Policy,
    row: Vec<u8>,
    answer: Vec<u8>,
    request: (Vec<u8>, Request),
    asked: (Asked, Vec<u8>),
}

/// A key of X25519 that is the same whatever it is for.
fn sealing() -> PrivateKey {
    PrivateKey::generate(KeyType::X25519, &Same::new(91))
}

impl Scene {
    fn new() -> Self {
        let door = PrivateKey::generate(KeyType::Ed25519, &Same::new(90));
        let party = |role: Role, seed: u64| {
            let identity = PrivateKey::generate(KeyType::Ed25519, &Same::new(seed));
            let run = |first: i64| Run { first, keys: vec![sealing().public().clone()] };
            let party = Party {
                role,
                name: role.name().to_owned(),
                operator: "오퍼레이터".to_owned(),
                identity: identity.public().clone(),
                door: (role == Role::Venue).then(|| must(Door::sign(&door, identity.public()))),
                at: NOW,
                days: run(Day::of(NOW).number()),
                generations: run(Generation::of(NOW).number()),
            };
            (party, identity)
        };
        let (authority, venue, issuer) =
            (party(Role::Authority, 92), party(Role::Venue, 93), party(Role::Issuer, 94));
        let statements = [&authority, &venue, &issuer].map(|(party, key)| must(party.sign(key))).to_vec();
        let mut draft = must(Draft::new(statements));
        [&authority, &venue, &issuer].iter().for_each(|(_, key)| must(draft.agree(key)));
        let policy = must(draft.clone().agreed());
        let mut requests = Requests::new();
        let scope = Scope { from: Hour::of(NOW), to: Hour::from_number(Hour::of(NOW).number() + 1) };
        let new = NewRequest { case: "2026-117", purpose: "홍역", scope };
        let now = NOW.plus(Seconds(7200));
        let bytes = must(requests.make(&new, &policy, now, &authority.1));
        let request = match requests.all() {
            [request] => request.clone(),
            _ => panic!("one request was made"),
        };
        let row = row_of(&policy);
        let answer = venue_answered((&policy, &request), (&row, &door), &venue);
        let read = must(VenueAnswer::read(&answer, &request, &policy));
        let seen = must(read.open(&BTreeMap::from([(Day::of(NOW), sealing())])));
        let asked = must(Asked::sign(&read, &seen, issuer.0.id(), &authority.1));
        let asked = (must(Asked::read(&asked, &policy, issuer.0.id())), asked);
        Self { venue, issuer, door, draft, policy, row, answer, request: (bytes, request), asked }
    }

    fn entry(&self) -> Entry {
        let parties = (&self.issuer.0, &self.policy.authority);
        must(Entry::seal(parties, (pass(), Generation::of(NOW)), "학생 7", &Same::new(96)))
    }

    fn close(&self) -> Vec<u8> {
        closed(&self.policy, (&self.row, &self.door)).0.as_bytes().to_vec()
    }

    fn issuer_answer(&self) -> Vec<u8> {
        let mut requests = Requests::new();
        must(requests.take(&self.request.0, &self.policy));
        let keys = BTreeMap::from([(Generation::of(NOW), sealing())]);
        let by = (&self.policy, &self.issuer.0, &self.issuer.1);
        must(issuer_answer(&self.asked.0, &requests, [self.entry()], &keys, by)).0
    }

    fn ledger(&self) -> Vec<u8> {
        let mut ledger = must(Ledger::read([], &self.policy));
        match must(ledger.take(&self.request.0, &self.policy)) {
            (_, Some(entry)) => entry,
            _ => panic!("a new request is kept"),
        }
    }
}

fn row_of(policy: &Policy) -> Vec<u8> {
    let mut chain = must(Chain::begin(policy, "정문", Day::of(NOW)));
    let visit = Visit { guest: Guest::Pass(pass()), slot: Slot::of(NOW) };
    must(chain.append(&visit, policy, &Same::new(95)))
}

/// What the gate signed of a day of one row, and the row.
fn closed(policy: &Policy, (row, door): (&[u8], &PrivateKey)) -> (Close, Vec<(Place, Row)>) {
    let mut chain = must(Chain::begin(policy, "정문", Day::of(NOW)));
    let rows = must(chain.require([row], &[]));
    (must(Close::sign(&chain, Day::of(NOW).plus(1).first_hour(), door)), rows)
}

fn venue_answered(
    (policy, request): (&Policy, &Request),
    of_gate: (&[u8], &PrivateKey),
    venue: &(Party, PrivateKey),
) -> Vec<u8> {
    let (close, rows) = closed(policy, of_gate);
    let day = GateDay { gate: "정문".to_owned(), day: Day::of(NOW), rows, closes: vec![close] };
    let keys = BTreeMap::from([(Day::of(NOW), sealing())]);
    must(venue_answer(request, &[day], &keys, (NOW.plus(Seconds(7200)), &venue.0, &venue.1))).0
}

fn pass() -> Pseudonym {
    Pseudonym::from_bytes([7; 16])
}

/// What is read is written the same; what is verified was signed by one of ours.
pub(crate) fn document(data: &[u8]) {
    let Some((kind, bytes)) = data.split_first() else { return };
    let scene = &*SCENE;
    let policy = &scene.policy;
    let signed = match kind {
        b'r' => {
            if let Ok(row) = Row::read(bytes) {
                assert!(row.to_bytes() == bytes, "a row has two forms");
            }
            return;
        }
        b'e' => {
            if let Ok(entry) = Entry::read(bytes) {
                assert!(entry.to_bytes() == bytes, "an entry has two forms");
            }
            return;
        }
        b'p' => {
            if let Ok(read) = Draft::read(bytes) {
                assert!(Draft::read(&read.to_bytes()).as_ref() == Ok(&read), "a policy is written otherwise");
                let _ = (read.separation(), read.agreed());
            }
            return;
        }
        // A statement names the key that signs it: anybody may make one.
        b's' => {
            let _ = Party::read(bytes);
            return;
        }
        b'l' => {
            if let Ok(mut ledger) = Ledger::read([bytes], policy) {
                let request = &scene.request.1;
                let _ = ledger.note(Answered::new(request, Role::Venue, 1, (bytes, NOW)));
            }
            return;
        }
        b'c' => Close::read(bytes, VenueId::of(scene.door.public())).is_ok(),
        b'q' => Requests::new().take(bytes, policy).is_ok(),
        b'a' => Asked::read(bytes, policy, scene.issuer.0.id()).is_ok(),
        b'd' => Erased::read(bytes, &scene.venue.0).is_ok(),
        b'v' => VenueAnswer::read(bytes, &scene.request.1, policy)
            .is_ok_and(|answer| answer.open(&BTreeMap::from([(Day::of(NOW), sealing())])).is_ok()),
        b'i' => IssuerAnswer::read(bytes, &scene.asked.0, (policy, &scene.issuer.0))
            .is_ok_and(|answer| answer.open(&BTreeMap::from([(Generation::of(NOW), sealing())])).is_ok()),
        _ => return,
    };
    assert!(!signed || is_signed_alike(*kind, bytes), "verified, and nobody signed it");
}

/// Whether a document of ours says the same: heads around what is signed can be written in several ways.
fn is_signed_alike(kind: u8, bytes: &[u8]) -> bool {
    if kind == b'v' {
        // Not signed as a whole, and in one form all the same.
        return SIGNED.contains(&[&[kind], bytes].concat());
    }
    let payload = |bytes: &[u8]| Sign1::parse(bytes).ok()?.unverified_payload().map(<[u8]>::to_vec);
    let said = payload(bytes);
    let ours = SIGNED.iter().filter_map(|known| known.split_first());
    said.is_some() && ours.filter(|(of, _)| **of == kind).any(|(_, known)| payload(known) == said)
}

pub(crate) fn seeds() -> Vec<Vec<u8>> {
    let scene = &*SCENE;
    let erased = Erased { days: vec![Day::of(NOW)], generations: vec![Generation::of(NOW)], at: NOW };
    let erased = must(erased.sign(&scene.venue.0, &scene.venue.1));
    let statement = must(scene.venue.0.sign(&scene.venue.1));
    let documents: [(u8, Vec<u8>); 11] = [
        (b'r', scene.row.clone()),
        (b'e', scene.entry().to_bytes()),
        (b'p', scene.draft.to_bytes()),
        (b's', statement),
        (b'l', scene.ledger()),
        (b'c', scene.close()),
        (b'q', scene.request.0.clone()),
        (b'a', scene.asked.1.clone()),
        (b'd', erased),
        (b'v', scene.answer.clone()),
        (b'i', scene.issuer_answer()),
    ];
    documents.into_iter().map(|(kind, bytes)| [&[kind], bytes.as_slice()].concat()).collect()
}
