//! Three parties and a gate: what each reads alone and together, and every offence against a log.

use std::collections::BTreeMap;

use jigap_keys::{KeyType, PrivateKey};
use zeroize::Zeroizing;

use super::*;
use crate::pass::{Generation, Pseudonym, VenueId};
use crate::testing::Repeatable;
use crate::time::{Seconds, Timestamp};

mod answers;
mod forms;
mod parties;

/// A Sunday in Seoul, nine in the morning.
const NOW: Timestamp = Timestamp::from_unix(1_795_910_400);

/// A party with its private halves.
struct Actor {
    party: Party,
    identity: PrivateKey,
    days: BTreeMap<Day, PrivateKey>,
    generations: BTreeMap<Generation, PrivateKey>,
}

impl Actor {
    fn new(role: Role, operator: &str, seed: u64) -> Self {
        let entropy = Repeatable::new(seed);
        let identity = PrivateKey::generate(KeyType::Ed25519, &entropy);
        let key = || PrivateKey::generate(KeyType::X25519, &entropy);
        let today = Day::of(NOW);
        let days: BTreeMap<Day, PrivateKey> =
            (-30..=3).filter(|_| role.has_days()).map(|day| (today.plus(day), key())).collect();
        let generation = Generation::of(NOW);
        let generations: BTreeMap<Generation, PrivateKey> = [generation, generation.next()]
            .into_iter()
            .filter(|_| role.has_generations())
            .map(|it| (it, key()))
            .collect();
        let party = Party {
            role,
            name: format!("{operator} desk"),
            operator: operator.to_owned(),
            identity: identity.public().clone(),
            door: (role == Role::Venue).then(|| Door::sign(&door(), identity.public()).unwrap()),
            at: NOW,
            days: Run {
                first: days.keys().next().map_or(0, |day| day.number()),
                keys: days.values().map(|key| key.public().clone()).collect(),
            },
            generations: Run {
                first: generations.keys().next().map_or(0, |it| it.number()),
                keys: generations.values().map(|key| key.public().clone()).collect(),
            },
        };
        Self { party, identity, days, generations }
    }

    fn statement(&self) -> Vec<u8> {
        self.party.sign(&self.identity).unwrap()
    }
}

/// The key of the venue's gates.
fn door() -> PrivateKey {
    PrivateKey::generate(KeyType::Ed25519, &Repeatable::new(77))
}

/// The policy of these, agreed by each.
fn agreed(actors: &[&Actor]) -> Policy {
    let mut draft = Draft::new(actors.iter().map(|actor| actor.statement()).collect()).unwrap();
    actors.iter().for_each(|actor| draft.agree(&actor.identity).unwrap());
    draft.agreed().unwrap()
}

struct World {
    authority: Actor,
    venue: Actor,
    issuer: Actor,
    policy: Policy,
    entropy: Repeatable,
}

impl World {
    fn new() -> Self {
        let authority = Actor::new(Role::Authority, "City health office", 1);
        let venue = Actor::new(Role::Venue, "Hanbit museum", 2);
        let issuer = Actor::new(Role::Issuer, "Hanbit university", 3);
        let policy = agreed(&[&authority, &venue, &issuer]);
        Self { authority, venue, issuer, policy, entropy: Repeatable::new(4) }
    }

    fn chain(&self, gate: &str) -> Chain {
        Chain::begin(&self.policy, gate, Day::of(NOW)).unwrap()
    }

    /// Rows of passes, so many minutes after [`NOW`] each.
    fn rows(&self, gate: &str, visits: &[(u8, u32)]) -> (Chain, Vec<Vec<u8>>) {
        let mut chain = self.chain(gate);
        let rows = visits.iter().map(|(pass, minutes)| {
            let visit = Visit { guest: Guest::Pass(pass_of(*pass)), slot: Slot::of(later(*minutes)) };
            chain.append(&visit, &self.policy, &self.entropy).unwrap()
        });
        let rows = rows.collect();
        (chain, rows)
    }

    /// What the gate has of these rows, signed ten hours after [`NOW`].
    fn gate_day(&self, gate: &str, rows: &[Vec<u8>]) -> GateDay {
        let mut chain = self.chain(gate);
        let rows = chain.require(rows.iter().map(Vec::as_slice), &[]).unwrap();
        let close = Close::sign(&chain, Hour::of(later(600)), &door()).unwrap();
        GateDay { gate: gate.to_owned(), day: Day::of(NOW), rows, closes: vec![close] }
    }

    fn request(&self, requests: &mut Requests, hours: (i64, i64)) -> (Vec<u8>, Request) {
        let now = later(600);
        let hour = |by: i64| Hour::from_number(Hour::of(NOW).number() + by);
        let scope = Scope { from: hour(hours.0), to: hour(hours.1) };
        let new = NewRequest { case: "2026-117", purpose: "measles", scope };
        let bytes = requests.make(&new, &self.policy, now, &self.authority.identity).unwrap();
        (bytes, requests.all().last().unwrap().clone())
    }

    fn venue_answer(&self, request: &Request, gates: &[GateDay]) -> Vec<u8> {
        let by = (later(600), &self.venue.party, &self.venue.identity);
        venue_answer(request, gates, &self.venue.days, by).unwrap().0
    }

    /// A request for the first hour, the venue's answer to it, and what the authority sees in it, of visits by these passes.
    fn released(&self, requests: &mut Requests, passes: &[u8]) -> (Request, VenueAnswer, Vec<Seen>) {
        let visits: Vec<(u8, u32)> = passes.iter().map(|pass| (*pass, 0)).collect();
        let (_, rows) = self.rows("north", &visits);
        let (_, request) = self.request(requests, (0, 1));
        let answer = self.venue_answer(&request, &[self.gate_day("north", &rows)]);
        let answer = VenueAnswer::read(&answer, &request, &self.policy).unwrap();
        let seen = answer.open(&self.authority.days).unwrap();
        (request, answer, seen)
    }

    fn entry(&self, pass: u8, person: &str) -> Entry {
        let parties = (&self.issuer.party, &self.authority.party);
        Entry::seal(parties, (pass_of(pass), Generation::of(NOW)), person, &self.entropy).unwrap()
    }
}

fn pass_of(number: u8) -> Pseudonym {
    Pseudonym::from_bytes([number; 16])
}

fn later(minutes: u32) -> Timestamp {
    NOW.plus(Seconds(minutes * 60))
}

fn refused<T: std::fmt::Debug>(outcome: Result<T, LogError>) -> crate::verdict::Check {
    match outcome {
        Err(LogError::Refused(refusal)) => refusal.check,
        other => panic!("not refused: {other:?}"),
    }
}

/// The passes among those seen.
fn guests(seen: &[&Seen]) -> Vec<u8> {
    let pass = |seen: &&Seen| match &seen.visit.guest {
        Guest::Pass(pass) => Some(pass.as_bytes()[0]),
        Guest::Paper(_) => None,
    };
    seen.iter().filter_map(pass).collect()
}

#[test]
fn a_case_from_door_to_person() {
    let world = World::new();
    let (_, north) = world.rows("north", &[(1, 0), (2, 20), (3, 70), (4, 130)]);
    let (mut chain, mut south) = world.rows("south", &[(5, 65)]);
    let paper = Guest::Paper(Zeroizing::new("홍길동 010-0000-0000".to_owned()));
    let visit = Visit { guest: paper, slot: Slot::of(later(75)) };
    south.push(chain.append(&visit, &world.policy, &world.entropy).unwrap());
    assert_eq!(north[0].len(), south[1].len(), "a paper visitor's row looks like any other");
    let register = [world.entry(3, "student 7"), world.entry(4, "student 8"), world.entry(5, "student 9")];

    let mut requests = Requests::new();
    let (sent, request) = world.request(&mut requests, (1, 2));
    let (mut of_venue, mut of_issuer) = (Requests::new(), Requests::new());
    assert!(
        of_venue.take(&sent, &world.policy).unwrap().1 && of_issuer.take(&sent, &world.policy).unwrap().1
    );
    assert!(!of_venue.take(&sent, &world.policy).unwrap().1, "shown again, it is known");
    let gates = [world.gate_day("north", &north), world.gate_day("south", &south)];
    let answer = world.venue_answer(&request, &gates);
    let answer = VenueAnswer::read(&answer, &request, &world.policy).unwrap();
    let seen = answer.open(&world.authority.days).unwrap();
    assert_eq!((answer.count(), seen.len()), (3, 3), "the rows of one hour, of both gates");
    assert_eq!(answer.counts, [("north".to_owned(), Day::of(NOW), 4), ("south".to_owned(), Day::of(NOW), 2)]);
    let around = contacts(&seen, &Anchor::Passes(vec![pass_of(3)]), 5);
    assert_eq!((guests(&around), around.len()), (vec![3, 5], 3), "one by paper among them");
    assert_eq!(guests(&contacts(&seen, &Anchor::Moment(later(65)), 0)), [5]);
    assert!(contacts(&seen, &Anchor::Passes(vec![pass_of(9)]), 60).is_empty());

    let issuer = world.issuer.party.id();
    let asked = Asked::sign(&answer, around, issuer, &world.authority.identity).unwrap();
    let asked = Asked::read(&asked, &world.policy, issuer).unwrap();
    let by = (&world.policy, &world.issuer.party, &world.issuer.identity);
    let (answer, count) = issuer_answer(&asked, &of_issuer, register, &world.issuer.generations, by).unwrap();
    assert_eq!(count, 2);
    let answer = IssuerAnswer::read(&answer, &asked, (&world.policy, &world.issuer.party)).unwrap();
    let persons = answer.open(&world.authority.generations).unwrap();
    let persons: Vec<(u8, &str)> =
        persons.iter().map(|(pass, person)| (pass.as_bytes()[0], person.as_str())).collect();
    assert_eq!(persons, [(3, "student 7"), (5, "student 9")]);
}

#[test]
fn el_01_what_has_another_form_is_refused() {
    let world = World::new();
    let (chain, rows) = world.rows("north", &[(1, 0)]);
    let mut requests = Requests::new();
    let (request, read) = world.request(&mut requests, (0, 1));
    let answer = world.venue_answer(&read, &[world.gate_day("north", &rows)]);
    let close = Close::sign(&chain, Hour::of(NOW), &door()).unwrap().as_bytes().to_vec();
    let issuer = world.issuer.party.id();
    let of_venue = VenueAnswer::read(&answer, &read, &world.policy).unwrap();
    let seen = of_venue.open(&world.authority.days).unwrap();
    let asked = Asked::sign(&of_venue, &seen, issuer, &world.authority.identity).unwrap();
    let entry = world.entry(1, "student 7").to_bytes();
    let policy = &world.policy;
    let parse = |number: usize, bytes: &[u8]| match number {
        0 => Row::read(bytes).map(|_| ()),
        1 => Requests::new().take(bytes, policy).map(|_| ()),
        2 => VenueAnswer::read(bytes, &read, policy).map(|_| ()),
        3 => Close::read(bytes, policy.door()).map(|_| ()),
        4 => Asked::read(bytes, policy, issuer).map(|_| ()),
        5 => Entry::read(bytes).map(|_| ()),
        6 => Party::read(bytes).map(|_| ()),
        _ => Draft::read(bytes).map(|_| ()),
    };
    let draft = Draft::new([&world.authority, &world.venue, &world.issuer].map(Actor::statement).to_vec());
    let documents = [
        rows[0].clone(),
        request,
        answer,
        close,
        asked,
        entry,
        world.venue.statement(),
        draft.unwrap().to_bytes(),
    ];
    for (number, document) in documents.iter().enumerate() {
        assert_eq!(parse(number, document), Ok(()), "{number}");
        for cut in [0, 1, document.len() / 2, document.len() - 1] {
            assert_eq!(parse(number, &document[..cut]).unwrap_err().check, FORM, "{number}");
        }
        let longer = [document.as_slice(), &[0]].concat();
        assert_eq!(parse(number, &longer).unwrap_err().check, FORM, "{number}");
        for other in documents.iter().enumerate().filter(|(other, _)| *other != number) {
            let check = parse(number, other.1).unwrap_err().check;
            assert!(check == FORM || check == SIGNED, "{number} for {}: {check:?}", other.0);
        }
    }
    // A row in another form than the shortest.
    let mut long = documents[0].clone();
    long.splice(1..2, [0x18, 0]);
    assert_eq!(parse(0, &long).unwrap_err().check, FORM);
}

#[test]
fn el_02_what_another_signed_is_refused() {
    let world = World::new();
    let stranger = Actor::new(Role::Authority, "Somebody", 9);
    let forged = Party { identity: stranger.identity.public().clone(), ..world.venue.party.clone() };
    assert_eq!(forged.sign(&world.venue.identity), Err(LogError::Key));
    let mut statement = world.venue.statement();
    let last = statement.len() - 1;
    statement[last] ^= 1;
    assert_eq!(Party::read(&statement).unwrap_err().check, SIGNED);
    let now = later(600);
    let scope = Scope { from: Hour::of(NOW), to: Hour::of(now) };
    let new = NewRequest { case: "1", purpose: "2", scope };
    let made = Requests::new().make(&new, &world.policy, now, &stranger.identity);
    assert_eq!(refused(made), SIGNED);
    let (request, of_venue, seen) = world.released(&mut Requests::new(), &[1]);
    let asked = Asked::sign(&of_venue, &seen, world.issuer.party.id(), &stranger.identity).unwrap();
    let asked = Asked::read(&asked, &world.policy, world.issuer.party.id());
    assert_eq!(asked.unwrap_err().check, SIGNED);
    let by = (later(600), &world.venue.party, &stranger.identity);
    let (answer, _) = venue_answer(&request, &[], &world.venue.days, by).unwrap();
    assert_eq!(VenueAnswer::read(&answer, &request, &world.policy).unwrap_err().check, SIGNED);
}

#[test]
fn el_04_nothing_is_sealed_without_the_keys_of_its_day_or_generation() {
    let world = World::new();
    let far = NOW.plus(Seconds(4 * 86_400));
    let mut chain = Chain::begin(&world.policy, "north", Day::of(far)).unwrap();
    let visit = Visit { guest: Guest::Pass(pass_of(1)), slot: Slot::of(far) };
    let before = chain.clone();
    assert_eq!(refused(chain.append(&visit, &world.policy, &world.entropy)), KEYS);
    assert_eq!(chain, before, "the chain stands where it stood");
    let generation = Generation::of(NOW).next().next();
    let parties = (&world.issuer.party, &world.authority.party);
    let sealed = Entry::seal(parties, (pass_of(1), generation), "student 7", &world.entropy);
    assert_eq!(refused(sealed), KEYS);
    // Another day's visit, the chain of other parties.
    let mut chain = world.chain("north");
    assert_eq!(chain.append(&visit, &world.policy, &world.entropy), Err(LogError::Place));
    let others = agreed(&[&world.authority, &world.venue, &Actor::new(Role::Issuer, "Other university", 8)]);
    let mut chain = Chain::begin(&others, "north", Day::of(NOW)).unwrap();
    let visit = Visit { slot: Slot::of(NOW), ..visit };
    assert_eq!(chain.append(&visit, &world.policy, &world.entropy), Err(LogError::Place));
}

#[test]
fn el_05_rows_that_were_removed_moved_or_exchanged_are_noticed() {
    let world = World::new();
    let (_, rows) = world.rows("north", &[(1, 0), (2, 1), (3, 2), (4, 3)]);
    let (_, foreign) = world.rows("north", &[(9, 0), (9, 1), (9, 2), (9, 3)]);
    let (_, elsewhere) = world.rows("south", &[(1, 0)]);
    let check = |rows: &[&Vec<u8>]| {
        world.chain("north").require(rows.iter().map(|row| row.as_slice()), &[]).map(|_| ())
    };
    let [a, b, c, d] = [&rows[0], &rows[1], &rows[2], &rows[3]];
    assert_eq!(check(&[a, b, c, d]), Ok(()));
    for changed in [
        vec![b, c, d],
        vec![a, c, d],
        vec![a, b, d],
        vec![a, c, b, d],
        vec![a, b, b, c, d],
        vec![a, &foreign[1], c, d],
        vec![&elsewhere[0]],
    ] {
        assert_eq!(check(&changed).unwrap_err().check, CHAIN);
    }
    // Another day's chain does not take them either.
    let day = Day::of(NOW).plus(1);
    let mut other = Chain::begin(&world.policy, "north", day).unwrap();
    assert_eq!(other.follow(a).unwrap_err().check, CHAIN);
}

#[test]
fn el_06_a_day_that_was_cut_off_is_noticed() {
    let world = World::new();
    let (mut chain, mut rows) = world.rows("north", &[(1, 0), (2, 1)]);
    let door_id = world.policy.door();
    let (noon, over) = (Hour::of(NOW), Day::of(NOW).plus(1).first_hour());
    let close = |chain: &Chain, until| {
        let close = Close::sign(chain, until, &door()).unwrap();
        assert_eq!(Close::read(close.as_bytes(), door_id).unwrap(), close);
        close
    };
    let noon = close(&chain, noon);
    let visit = Visit { guest: Guest::Pass(pass_of(3)), slot: Slot::of(later(3)) };
    rows.push(chain.append(&visit, &world.policy, &world.entropy).unwrap());
    let night = close(&chain, over);
    let check = |rows: &[Vec<u8>], closes: &[&Close]| {
        let closes: Vec<Close> = closes.iter().map(|close| (*close).clone()).collect();
        let checked = world.chain("north").require(rows.iter().map(Vec::as_slice), &closes);
        checked.map(|_| ()).map_err(|refusal| refusal.check)
    };
    assert_eq!(check(&rows, &[&noon, &night]), Ok(()));
    assert_eq!(check(&rows, &[&noon]), Ok(()));
    assert_eq!(check(&rows[..2], &[&noon]), Ok(()));
    assert_eq!(check(&rows[..2], &[&noon, &night]), Err(CLOSED), "the last row is gone");
    assert_eq!(check(&rows[..1], &[&noon]), Err(CLOSED));
    let more = chain.append(&visit, &world.policy, &world.entropy).unwrap();
    assert_eq!(check(&[rows.clone(), vec![more]].concat(), &[&night]), Err(CLOSED), "after the last");
    let (_, others) = world.rows("north", &[(7, 0), (8, 1), (9, 3)]);
    assert_eq!(check(&others, &[&night]), Err(CLOSED), "a chain in itself, and another");
    let south = close(&world.rows("south", &[(1, 0)]).0, Hour::of(NOW));
    assert_eq!(check(&rows, &[&south]), Err(CLOSED));
    // Signed by a key that is not the venue's.
    assert_eq!(Close::sign(&chain, over, &world.venue.identity), Err(LogError::Key));
    let refused = Close::read(night.as_bytes(), VenueId::of(world.venue.identity.public()));
    assert_eq!(refused.unwrap_err().check, CLOSED);
}

#[test]
fn el_07_a_row_opens_for_two_together_and_in_its_place() {
    let world = World::new();
    let (_, rows) = world.rows("north", &[(1, 0), (2, 1)]);
    let read = world.gate_day("north", &rows).rows;
    let [venue, authority] = [&world.venue, &world.authority].map(|actor| &actor.days);
    let hours = open_hours(&read, venue).unwrap();
    assert_eq!(hours[0].0, Hour::of(NOW));
    // The authority alone, and the venue alone.
    assert_eq!(open_hours(&read, authority).unwrap_err().check, OPENS);
    let (place, inner) = (&read[0].0, &hours[0].1);
    let today = Day::of(NOW);
    assert_eq!(place.open_inner(inner, &venue[&today]).unwrap_err().check, OPENS);
    assert_eq!(place.open_inner(inner, &authority[&today]).unwrap().0.guest, Guest::Pass(pass_of(1)));
    // Another day's key, another place, one bit.
    assert_eq!(place.open_inner(inner, &authority[&today.plus(1)]).unwrap_err().check, OPENS);
    assert_eq!(read[1].0.open_inner(inner, &authority[&today]).unwrap_err().check, OPENS);
    for moved in [
        Place { gate: "south".to_owned(), ..place.clone() },
        Place { day: today.plus(1), ..place.clone() },
        Place { sequence: 1, ..place.clone() },
        Place { previous: [0; 32], ..place.clone() },
        Place { venue: VenueId::from_bytes([1; 32]), ..place.clone() },
        Place { circle: [1; 32], ..place.clone() },
    ] {
        assert_eq!(moved.open_inner(inner, &authority[&today]).unwrap_err().check, OPENS);
        assert_eq!(moved.open_outer(&read[0].1, &venue[&today]).unwrap_err().check, OPENS);
    }
    let mut changed = inner.clone();
    changed[90] ^= 1;
    assert_eq!(place.open_inner(&changed, &authority[&today]).unwrap_err().check, OPENS);
    // A commitment to somebody else.
    let mut changed = inner.clone();
    changed[0] ^= 1;
    assert_eq!(place.open_inner(&changed, &authority[&today]).unwrap_err().check, FORM);
    // A row that says another hour, or somebody else, than it is marked with.
    let marked = Row { mark: [1; 32], ..read[0].1.clone() };
    assert_eq!(place.open_outer(&marked, &venue[&today]).unwrap_err().check, CHAIN);
    // Without its key, which has ended.
    assert_eq!(open_hours(&read, &BTreeMap::new()).unwrap_err().check, OPENS);
}

/// Venue and authority without the issuer, and issuer and authority without the venue, have no person.
#[test]
fn el_07_a_person_is_known_to_issuer_and_authority_together() {
    let world = World::new();
    let entry = world.entry(1, "student 7");
    let generation = Generation::of(NOW);
    let id = (world.authority.party.id(), world.issuer.party.id());
    for keys in [&world.authority, &world.venue] {
        let foreign = keys.generations.get(&generation).or(keys.days.values().next()).unwrap();
        assert_eq!(entry.release(id, foreign).unwrap_err().check, OPENS);
    }
    let released = entry.release(id, &world.issuer.generations[&generation]).unwrap();
    assert_eq!(released.open(id, &world.issuer.generations).unwrap_err().check, OPENS);
    assert_eq!(released.open(id, &BTreeMap::new()).unwrap_err().check, OPENS);
    let other = (world.venue.party.id(), id.1);
    assert_eq!(released.open(other, &world.authority.generations).unwrap_err().check, OPENS);
    let other = Released { pseudonym: pass_of(2), ..released.clone() };
    assert_eq!(other.open(id, &world.authority.generations).unwrap_err().check, OPENS);
    assert_eq!(released.open(id, &world.authority.generations).unwrap().as_str(), "student 7");
    let short = world.entry(2, "1");
    assert_eq!(short.to_bytes().len(), entry.to_bytes().len());
}

#[test]
fn el_08_what_is_among_other_parties_is_refused() {
    let world = World::new();
    let other = Actor::new(Role::Venue, "Other museum", 8);
    let elsewhere = agreed(&[&world.authority, &other, &world.issuer]);
    let (sent, request) = world.request(&mut Requests::new(), (0, 1));
    assert_eq!(Requests::new().take(&sent, &elsewhere).unwrap_err().check, CIRCLE);
    // Keys of other days do not make other parties.
    let mut later = Actor::new(Role::Venue, "Hanbit museum", 2);
    later.party.days.keys.pop();
    assert_eq!(agreed(&[&world.authority, &later, &world.issuer]).circle(), world.policy.circle());
    // An answer to another request; a question to another issuer, or of a request that was not shown.
    let answer = world.venue_answer(&request, &[]);
    let another = Request { digest: [1; 32], ..request.clone() };
    assert_eq!(VenueAnswer::read(&answer, &another, &world.policy).unwrap_err().check, CIRCLE);
    let id = world.issuer.party.id();
    let mut requests = Requests::new();
    let (request, of_venue, seen) = world.released(&mut requests, &[1]);
    assert_eq!(requests.all(), [request]);
    let asked = Asked::sign(&of_venue, &seen, id, &world.authority.identity).unwrap();
    let refusal = Asked::read(&asked, &world.policy, world.venue.party.id()).unwrap_err();
    assert_eq!(refusal.check, CIRCLE);
    let asked = Asked::read(&asked, &world.policy, id).unwrap();
    let by = (&world.policy, &world.issuer.party, &world.issuer.identity);
    let unseen = issuer_answer(&asked, &Requests::new(), [], &world.issuer.generations, by);
    assert_eq!(refused(unseen), CIRCLE);
    let mut seen = Requests::new();
    seen.take(&sent, &world.policy).unwrap();
    let (answer, _) = issuer_answer(&asked, &seen, [], &world.issuer.generations, by).unwrap();
    let wrong = Asked { digest: [2; 32], ..asked };
    assert_eq!(
        IssuerAnswer::read(&answer, &wrong, (&world.policy, &world.issuer.party)).unwrap_err().check,
        CIRCLE
    );
}

/// Whoever carries a request could else give each party another digest of it, so that the next one fits nobody's.
#[test]
fn el_01_a_document_with_something_that_nobody_signed_is_refused() {
    let world = World::new();
    let (sent, _) = world.request(&mut Requests::new(), (0, 1));
    // [protected: alg EdDSA, unprotected: {}, …]
    let plain = [0x84, 0x43, 0xa1, 0x01, 0x27, 0xa0];
    assert_eq!(sent[..6], plain);
    let with_kid = [&plain[..5], &[0xa1, 0x04, 0x41, 0x00], &sent[6..]].concat();
    assert_eq!(Requests::new().take(&with_kid, &world.policy).unwrap_err().check, FORM);
    let tagged = [&[0xd2], &sent[..]].concat();
    assert_eq!(Requests::new().take(&tagged, &world.policy).unwrap_err().check, FORM);
    Requests::new().take(&sent, &world.policy).unwrap();
}

#[test]
fn el_09_a_request_that_was_not_shown_stops_the_next() {
    let world = World::new();
    let mut requests = Requests::new();
    let sent: Vec<Vec<u8>> = (0..3).map(|hour| world.request(&mut requests, (hour, hour + 1)).0).collect();
    let mut seen = Requests::new();
    assert_eq!(seen.take(&sent[1], &world.policy).unwrap_err().check, NUMBERED, "a gap");
    seen.take(&sent[0], &world.policy).unwrap();
    assert_eq!(seen.take(&sent[2], &world.policy).unwrap_err().check, NUMBERED, "a gap");
    // A fork: two requests of one number.
    let mut forked = Requests::new();
    forked.take(&sent[0], &world.policy).unwrap();
    let (fork, _) = world.request(&mut forked, (5, 6));
    seen.take(&fork, &world.policy).unwrap();
    assert_eq!(seen.take(&sent[1], &world.policy).unwrap_err().check, NUMBERED, "a fork");
    assert_eq!(seen.all().len(), 2);
    assert!(!seen.take(&sent[0], &world.policy).unwrap().1, "shown again");
    assert_eq!(seen.all().iter().map(|request| request.number).collect::<Vec<_>>(), [1, 2]);
}

#[test]
fn el_09_a_log_of_requests_that_was_changed_is_refused() {
    let world = World::new();
    let mut requests = Requests::new();
    let sent: Vec<Vec<u8>> = (0..2).map(|hour| world.request(&mut requests, (hour, hour + 1)).0).collect();
    let mut ledger = Ledger::read([], &world.policy).unwrap();
    let (first, one) = ledger.take(&sent[0], &world.policy).unwrap();
    let answered = Answered::new(&first, Role::Venue, 12, (b"answer", NOW));
    let entries = [one, ledger.note(answered.clone()), ledger.take(&sent[1], &world.policy).unwrap().1];
    assert_eq!(ledger.note(answered), None, "noted once");
    assert_eq!(ledger.take(&sent[1], &world.policy).unwrap().1, None);
    let entries: Vec<Vec<u8>> = entries.into_iter().map(Option::unwrap).collect();
    let read = |entries: &[&Vec<u8>]| Ledger::read(entries.iter().map(|it| it.as_slice()), &world.policy);
    let [a, b, c] = [&entries[0], &entries[1], &entries[2]];
    assert_eq!(read(&[a, b, c]).unwrap(), ledger);
    assert_eq!((ledger.requests().all().len(), ledger.answers()[0].count), (2, 12));
    for changed in [vec![a, c], vec![b, c], vec![a, c, b], vec![a, a]] {
        assert_eq!(read(&changed).unwrap_err().check, NUMBERED);
    }
    assert_ne!(read(&[a, b]).unwrap().head(), ledger.head());
}

#[test]
fn a_deletion_is_stated_by_its_party() {
    let world = World::new();
    let generations = vec![Generation::of(NOW)];
    let erased = Erased { days: vec![Day::of(NOW), Day::of(NOW).plus(1)], generations, at: NOW };
    let bytes = erased.sign(&world.venue.party, &world.venue.identity).unwrap();
    assert_eq!(Erased::read(&bytes, &world.venue.party).unwrap(), erased);
    assert_eq!(Erased::read(&bytes, &world.authority.party).unwrap_err().check, SIGNED);
    let others = erased.sign(&world.authority.party, &world.venue.identity).unwrap();
    assert_eq!(Erased::read(&others, &world.venue.party).unwrap_err().check, FORM);
}

#[test]
fn el_10_what_is_out_of_scope_is_refused() {
    let world = World::new();
    let hour = |by: i64| Hour::from_number(Hour::of(NOW).number() + by);
    for (from, to) in [(1, 1), (2, 1), (0, 2), (-28 * 24 - 10, 0), (i64::MIN / 4, 0)] {
        let scope = Scope { from: hour(from), to: hour(to) };
        let new = NewRequest { case: "1", purpose: "2", scope };
        let made = Requests::new().make(&new, &world.policy, later(61), &world.authority.identity);
        assert_eq!(refused(made), SCOPE, "{from} to {to}");
    }
    // The same request, when its hours are older than 28 days.
    let (_, request) = world.request(&mut Requests::new(), (0, 1));
    let month = NOW.plus(Seconds(28 * 86_400));
    let by = (month, &world.venue.party, &world.venue.identity);
    assert_eq!(refused(venue_answer(&request, &[], &world.venue.days, by)), SCOPE);
    // A venue that releases more than it was asked for.
    let (_, rows) = world.rows("north", &[(1, 0), (2, 70)]);
    let wide = Request { scope: Scope { from: hour(0), to: hour(3) }, ..request.clone() };
    let answer = world.venue_answer(&wide, &[world.gate_day("north", &rows)]);
    assert_eq!(VenueAnswer::read(&answer, &request, &world.policy).unwrap_err().check, SCOPE);
}

#[test]
fn el_12_an_issuer_that_names_others_is_refused() {
    let world = World::new();
    let mut requests = Requests::new();
    let (_, answer, seen) = world.released(&mut requests, &[1, 2]);
    let id = world.issuer.party.id();
    let asked = |seen: &[Seen]| {
        let asked = Asked::sign(&answer, seen, id, &world.authority.identity).unwrap();
        Asked::read(&asked, &world.policy, id).unwrap()
    };
    let by = (&world.policy, &world.issuer.party, &world.issuer.identity);
    let register = || [world.entry(1, "one"), world.entry(2, "two")];
    let answer =
        |asked: &Asked| issuer_answer(asked, &requests, register(), &world.issuer.generations, by).unwrap();
    let (narrow, wide) = (asked(&seen[..1]), asked(&seen));
    let (good, count) = answer(&narrow);
    assert_eq!(count, 1);
    assert!(IssuerAnswer::read(&good, &narrow, (&world.policy, &world.issuer.party)).is_ok());
    // As if the issuer had answered more than the question it says to answer.
    let (more, _) = answer(&Asked { digest: narrow.digest, ..wide });
    assert_eq!(
        IssuerAnswer::read(&more, &narrow, (&world.policy, &world.issuer.party)).unwrap_err().check,
        ASKED_FOR
    );
}
