//! What is acknowledged stays, who is not proved is not found, and the index is what its events make of it, whatever fails in between.

use jigap_keys::voprf::ServerKey;
use jigap_keys::{KeyType, PrivateKey, base64url};
use jigap_platform::store::{Fault, Faults, in_memory};
use jigap_platform::testing::{ManualClock, SeededEntropy};
use jigap_wallet_core::facts::signed::{NewBatch, SignedBatch, VerifiedBatch};
use jigap_wallet_core::facts::{Claim, FactEvent, Says, Scalar, VerifiedClaim, What as Happened, Why};
use jigap_wallet_core::people::listing::{Backing, ListingDocument, NUMBER};
use jigap_wallet_core::people::{DirectoryBlind, DsubClaim, Persona, dsub};
use jigap_wallet_core::time::{Seconds, Timestamp};

use super::*;
use crate::facet::tests::fact;
use crate::kinds::tests::{BASE, found, says};
use crate::query::Query;
use crate::words::titles::TITLE;

const HERE: &str = "https://people.example";
const NOW: Timestamp = Timestamp::from_unix(1_800_000_000);
const REGISTRATION: &str = "professional-registration";

/// A store, and a directory on it.
struct World {
    store: Arc<dyn Store>,
    entropy: Arc<SeededEntropy>,
    directory: Directory,
    next: u64,
}

impl World {
    async fn new() -> Self {
        Self::on(in_memory(Faults::none()).unwrap(), Dsub::WhereThere).await
    }

    async fn on(store: Arc<dyn Store>, dsub: Dsub) -> Self {
        let entropy = Arc::new(SeededEntropy::new(1));
        let directory = opened(&store, &entropy, dsub).await;
        Self { store, entropy, directory, next: 0 }
    }

    async fn puts(&self, document: &ListingDocument, persona: &Persona) -> Result<Own, DirectoryError> {
        let own = self.directory.put(&document.sign(persona).unwrap()).await;
        self.directory.commit().unwrap();
        own
    }

    /// The feed says this.
    async fn hears(&mut self, events: &[FactEvent]) -> Took {
        let after = self.directory.position().await.unwrap();
        self.next = after + events.len() as u64;
        let took = self.directory.take(after, &batch(after, events)).await.unwrap();
        self.directory.commit().unwrap();
        took
    }

    fn finds(&self, kind: &str) -> usize {
        let query = Query { kind: Some(kind.to_owned()), ..Query::default() };
        let ranked = self.directory.index().search(&query, NOW).unwrap();
        ranked.page(self.directory.index(), 0, 20, NOW).unwrap().hits.len()
    }

    async fn stands(&self, persona: &Persona) -> Standing {
        let asked = Asks::Listing.sign(persona, HERE, NOW).unwrap();
        self.directory.own(&persona.id(), &asked).await.unwrap().standing
    }

    /// The index holds what a rebuild holds.
    async fn is_what_it_follows_from(&self) {
        self.directory.commit().unwrap();
        let again = opened(&self.store, &self.entropy, Dsub::WhereThere).await;
        assert_eq!(again.index().digest().unwrap(), self.directory.index().digest().unwrap());
    }
}

async fn opened(store: &Arc<dyn Store>, entropy: &Arc<SeededEntropy>, dsub: Dsub) -> Directory {
    let parts = Parts {
        audience: HERE.to_owned(),
        kinds: Kinds::built_in(BASE).unwrap(),
        titles: Titles::default(),
        dsub,
        store: Arc::clone(store),
        clock: Arc::new(ManualClock::at(NOW)),
        entropy: Arc::clone(entropy) as _,
        keys: RecordKeys::from_secret(&[7; 32]),
    };
    Directory::open(parts).await.unwrap()
}

/// Signed by a verifier and verified.
fn batch(after: u64, events: &[FactEvent]) -> VerifiedBatch {
    let key = PrivateKey::generate(KeyType::Ed25519, &SeededEntropy::new(5));
    let next = after + events.len() as u64;
    let new = NewBatch { verifier: "verifier", audience: HERE, after, next, events };
    let compact = new.unsigned(key.public(), NOW).unwrap().sign(&key).unwrap();
    SignedBatch::parse(&compact).unwrap().verify(|_| Some(key.public()), (HERE, after), NOW).unwrap()
}

fn persona(seed: u64) -> Persona {
    Persona::generate(&SeededEntropy::new(100 + seed))
}

fn subject(number: u8) -> Subject {
    Subject::new(jigap_keys::base64url::encode([number; 32])).unwrap()
}

fn document(persona: &Persona, number: u64, kinds: &[&str]) -> ListingDocument {
    let backing = |kind: &&str| Backing { kind: (*kind).to_owned(), blind: None };
    ListingDocument {
        persona: persona.id(),
        directory: HERE.to_owned(),
        at: NOW,
        number,
        state: State::Listed,
        name: "맑은하늘".to_owned(),
        headline: "종합소득세 상담".to_owned(),
        text: String::new(),
        region: "mapo".to_owned(),
        cell: "8730e1d8effffff".to_owned(),
        languages: vec!["ko".to_owned()],
        week: vec!["sat-morning".to_owned()],
        modes: vec!["video".to_owned()],
        price: 50_000,
        agreement: persona.public().sealing_key(),
        gate: None,
        backings: kinds.iter().map(backing).collect(),
    }
}

/// The events of a subject, numbered from `from` on, all of one moment: what an answer proves is asserted at once.
fn events(subject_of: u8, from: u64, whats: impl IntoIterator<Item = Happened>) -> Vec<FactEvent> {
    let moment = NOW.plus(Seconds(u32::try_from(from).unwrap()));
    let event =
        |(at, what)| FactEvent { subject: subject(subject_of), sequence: from + at, at: moment, what };
    (0..).zip(whats).map(event).collect()
}

fn asserted(of: u8, number: u16, path: &str, said: Says) -> Happened {
    let claim = found(number, REGISTRATION, path, said).claim;
    Happened::Asserted(VerifiedClaim::dangerous_assume_verified(Claim {
        subject: subject(of),
        ..(*claim).clone()
    }))
}

/// What proves that they are registered as this: facts `number` and the one after it.
fn registered(of: u8, number: u16, code: &str) -> [Happened; 2] {
    let code = Says::OneOf(vec![Scalar::Text(code.to_owned())]);
    [
        asserted(of, number, "profession.code", code),
        asserted(of, number + 1, "registration_status", says("registered")),
    ]
}

/// A tax accountant who is listed: persona 1, subject 1, facts 1 and 2.
async fn listed() -> (World, Persona) {
    let (mut world, persona) = (World::new().await, persona(1));
    world.directory.link(&persona.id(), &subject(1)).await.unwrap();
    world.hears(&events(1, 1, registered(1, 1, "tax_accountant"))).await;
    let own = world.puts(&document(&persona, 1, &["tax-accountant"]), &persona).await.unwrap();
    assert_eq!((own.standing, own.kinds), (Standing::Published, vec!["tax-accountant".to_owned()]));
    (world, persona)
}

#[tokio::test]
async fn who_is_proved_is_found_and_gone_with_the_proof_and_back_with_another() {
    let (mut world, persona) = listed().await;
    assert_eq!(world.finds("tax-accountant"), 1);
    let query = Query { kind: Some("tax-accountant".to_owned()), ..Query::default() };
    let kept = world.directory.index().search(&query, NOW).unwrap();
    let after = world.directory.position().await.unwrap();
    let gone = events(1, 3, [Happened::Retracted(fact(1), Why::Revoked)]);
    // Before the index caught up: the tombstone is there with the acknowledgement.
    world.directory.take(after, &batch(after, &gone)).await.unwrap();
    assert!(
        kept.page(world.directory.index(), 0, 20, NOW).unwrap().hits.is_empty(),
        "an answer that was kept"
    );
    assert!(world.directory.profile(&persona.id()).await.is_err());
    assert_eq!(world.stands(&persona).await, Standing::Waiting);
    world.is_what_it_follows_from().await;
    world.hears(&events(1, 4, registered(1, 11, "tax_accountant"))).await;
    assert_eq!(world.finds("tax-accountant"), 1, "the claims were asserted again under other names");
    assert_eq!(world.stands(&persona).await, Standing::Published);
    world.is_what_it_follows_from().await;
}

#[tokio::test]
async fn a_listing_waits_for_its_proof() {
    let (mut world, persona) = (World::new().await, persona(1));
    let own = world.puts(&document(&persona, 1, &["tax-accountant"]), &persona).await.unwrap();
    assert_eq!((own.standing, world.finds("tax-accountant")), (Standing::Waiting, 0));
    world.hears(&events(1, 1, registered(1, 1, "tax_accountant"))).await;
    assert_eq!(world.finds("tax-accountant"), 0, "nobody said whose facts these are");
    world.directory.link(&persona.id(), &subject(1)).await.unwrap();
    world.directory.commit().unwrap();
    assert_eq!(world.finds("tax-accountant"), 1);
    // What is proved and not offered is not shown.
    world.hears(&events(1, 3, registered(1, 3, "sommelier"))).await;
    assert_eq!(world.finds("sommelier"), 0);
    world.is_what_it_follows_from().await;
}

#[tokio::test]
async fn words_that_claim_what_nothing_proves_are_refused_and_hidden_when_the_proof_goes() {
    let (mut world, persona) = listed().await;
    let both = &["tax-accountant", "lawyer"][..];
    let claims = |number| ListingDocument {
        text: "변호사입니다".to_owned(),
        ..document(&persona, number, both)
    };
    let refused = world.puts(&claims(2), &persona).await.unwrap_err();
    assert!(matches!(refused, DirectoryError::Refused(refusal) if refusal.check == TITLE), "{refused}");
    assert_eq!(world.stands(&persona).await, Standing::Published, "nothing changed");
    let unproved = self::persona(2);
    let waiting = ListingDocument { headline: "세무사".to_owned(), ..document(&unproved, 1, both) };
    assert_eq!(
        world.puts(&waiting, &unproved).await.unwrap().standing,
        Standing::Waiting,
        "it may be proved yet"
    );
    world.hears(&events(1, 3, registered(1, 3, "lawyer"))).await;
    assert_eq!(world.puts(&claims(2), &persona).await.unwrap().standing, Standing::Published);
    assert_eq!(world.finds("lawyer"), 1);
    world.hears(&events(1, 5, [Happened::Retracted(fact(3), Why::Expired)])).await;
    assert_eq!((world.finds("lawyer"), world.finds("tax-accountant")), (0, 0));
    assert_eq!(world.stands(&persona).await, Standing::Refused("SE-05"));
    world.puts(&document(&persona, 3, both), &persona).await.unwrap();
    assert_eq!((world.finds("lawyer"), world.finds("tax-accountant")), (0, 1), "without those words");
    world.is_what_it_follows_from().await;
}

#[tokio::test]
async fn what_is_in_doubt_is_hidden_also_through_an_edit_until_it_is_confirmed() {
    let (mut world, persona) = listed().await;
    world.hears(&events(1, 3, [Happened::Unconfirmed(fact(2))])).await;
    assert_eq!(world.finds("tax-accountant"), 0);
    let own = world.puts(&document(&persona, 2, &["tax-accountant"]), &persona).await.unwrap();
    assert_eq!((own.standing, world.finds("tax-accountant")), (Standing::Waiting, 0));
    world.hears(&events(1, 4, [Happened::Confirmed(fact(2))])).await;
    assert_eq!(world.finds("tax-accountant"), 1);
    world.is_what_it_follows_from().await;
}

#[tokio::test]
async fn a_person_pauses_comes_back_and_goes() {
    let (world, persona) = listed().await;
    let at = |number, state| ListingDocument { state, ..document(&persona, number, &["tax-accountant"]) };
    for (number, state, standing, found) in [
        (2, State::Paused, Standing::Paused, 0),
        (3, State::Listed, Standing::Published, 1),
        (4, State::Withdrawn, Standing::Withdrawn, 0),
        (5, State::Listed, Standing::Published, 1),
    ] {
        let own = world.puts(&at(number, state), &persona).await.unwrap();
        assert_eq!((own.standing, world.finds("tax-accountant")), (standing, found), "{number}");
        assert_eq!(own.document.is_none(), state == State::Withdrawn, "what was withdrawn is forgotten");
    }
    world.is_what_it_follows_from().await;
}

#[tokio::test]
async fn an_older_document_is_refused_and_the_same_is_answered_again() {
    let (world, persona) = listed().await;
    let (second, third) =
        (document(&persona, 2, &["tax-accountant"]), document(&persona, 3, &["tax-accountant"]));
    world.puts(&third, &persona).await.unwrap();
    assert_eq!(world.puts(&third, &persona).await.unwrap().number, 3);
    let other = ListingDocument { price: 1, ..third };
    for offence in [second, other] {
        let refused = world.puts(&offence, &persona).await.unwrap_err();
        assert!(matches!(refused, DirectoryError::Refused(refusal) if refusal.check == NUMBER), "{refused}");
    }
}

#[tokio::test]
async fn nobody_reads_the_listing_of_another_persona() {
    let (world, persona) = listed().await;
    let stranger = self::persona(2);
    let asked = Asks::Listing.sign(&stranger, HERE, NOW).unwrap();
    assert!(matches!(world.directory.own(&persona.id(), &asked).await, Err(DirectoryError::Unknown)));
    let other = Asks::Backing { kind: "lawyer".to_owned() }.sign(&persona, HERE, NOW).unwrap();
    assert!(matches!(world.directory.own(&persona.id(), &other).await, Err(DirectoryError::Unknown)));
    assert!(world.directory.asked(&asked).is_err() && world.directory.asked(&other).is_ok());
}

/// What the wallet blinded with, and the claim of a copy that the record of `secret` gives for this directory.
fn claimed(secret: u8, entropy: &SeededEntropy) -> (String, String) {
    let key = ServerKey::derive(&[secret; 32], b"record").unwrap();
    let blind = DirectoryBlind::new(HERE, entropy).unwrap();
    let (evaluated, _) = key.evaluate(&[*blind.blinded()], entropy).unwrap();
    (base64url::encode(*blind.secret()), DsubClaim::new(*blind.blinded(), evaluated[0]).to_text())
}

#[tokio::test]
async fn li_04_a_second_live_listing_of_one_person_for_a_kind_is_refused() {
    let mut world = World::on(in_memory(Faults::none()).unwrap(), Dsub::Required).await;
    let entropy = Arc::clone(&world.entropy);
    // One record at the issuer, shown under two personas; and somebody else's.
    let mut people = Vec::new();
    for (number, secret) in [(1, 1), (2, 1), (3, 2)] {
        let (persona, (blind, text)) = (persona(u64::from(number)), claimed(secret, &entropy));
        world.directory.link(&persona.id(), &subject(number)).await.unwrap();
        let first = u16::from(number) * 10;
        let proofs = registered(number, first, "tax_accountant");
        let named = asserted(number, first + 2, "dsub", says(&text));
        world.hears(&events(number, 1, proofs.into_iter().chain([named]))).await;
        people.push((persona, blind));
    }
    let of = |at: usize, number, state| {
        let (persona, blind) = &people[at];
        let blind = Some(blind.clone());
        let backings = vec![Backing { kind: "tax-accountant".to_owned(), blind }];
        (ListingDocument { backings, state, ..document(persona, number, &[]) }, persona)
    };
    let standing = async |(document, persona): (ListingDocument, &Persona)| {
        world.puts(&document, persona).await.map(|own| own.standing)
    };
    assert_eq!(standing(of(0, 1, State::Listed)).await.unwrap(), Standing::Published);
    assert_eq!(standing(of(2, 1, State::Listed)).await.unwrap(), Standing::Published, "somebody else");
    let refused = standing(of(1, 1, State::Listed)).await.unwrap_err();
    assert!(matches!(refused, DirectoryError::Refused(refusal) if refusal.check == ONE_LISTING), "{refused}");
    // A pause keeps the place; a withdrawal frees it.
    standing(of(0, 2, State::Paused)).await.unwrap();
    assert!(standing(of(1, 1, State::Listed)).await.is_err());
    standing(of(0, 3, State::Withdrawn)).await.unwrap();
    assert_eq!(standing(of(1, 1, State::Listed)).await.unwrap(), Standing::Published);
    // Who keeps back whose record it is, or says another blind, is backed by nothing.
    let blinded = |number, blind| {
        let (document, persona) = of(2, number, State::Listed);
        let backings = vec![Backing { kind: "tax-accountant".to_owned(), blind }];
        (ListingDocument { backings, ..document }, persona)
    };
    assert_eq!(standing(blinded(2, None)).await.unwrap(), Standing::Waiting);
    for (blind, check) in [(people[0].1.clone(), dsub::DIRECTORY), ("AAAA".to_owned(), dsub::BLIND)] {
        let refused = standing(blinded(3, Some(blind))).await.unwrap_err();
        assert!(matches!(refused, DirectoryError::Refused(refusal) if refusal.check == check), "{refused}");
    }
    assert_eq!(world.finds("tax-accountant"), 1);
}

#[tokio::test]
async fn a_subject_whose_events_do_not_fit_is_hidden_and_read_again_from_the_beginning() {
    let (mut world, persona) = listed().await;
    let all = || {
        let doubt = [Happened::Unconfirmed(fact(1)), Happened::Confirmed(fact(1))];
        events(1, 1, registered(1, 1, "tax_accountant").into_iter().chain(doubt))
    };
    // One is left out (FA-07).
    let took = world.hears(&all()[3..]).await;
    assert_eq!((took.refused, world.finds("tax-accountant")), (1, 0));
    assert_eq!(world.directory.position().await.unwrap(), 0, "from the beginning");
    assert_eq!(world.hears(&all()).await.new, 4);
    assert_eq!((world.finds("tax-accountant"), world.stands(&persona).await), (1, Standing::Published));
    world.is_what_it_follows_from().await;
    // What contradicts itself (FA-08), again and again, counts for nothing any more.
    let mut offence = all();
    offence.extend(events(1, 5, [Happened::Confirmed(fact(1))]));
    for _ in 0..3 {
        world.hears(&offence).await;
        assert_eq!(world.finds("tax-accountant"), 0);
    }
    let took = world.hears(&all()).await;
    assert_eq!((took.new, took.refused), (0, 4));
    assert_eq!((world.finds("tax-accountant"), world.stands(&persona).await), (0, Standing::Waiting));
    world.is_what_it_follows_from().await;
}

#[tokio::test]
async fn facts_without_end_stop_nobody_elses() {
    let (mut world, _) = listed().await;
    let many = |from: u64| {
        let fact = |at: u64| {
            let number = u16::try_from(1_000 + from + at).unwrap();
            asserted(9, number, "profession.code", says("tax_accountant"))
        };
        events(9, from, (0..100).map(fact).collect::<Vec<_>>())
    };
    for from in [1, 101, 201, 301] {
        world.hears(&many(from)).await;
    }
    assert_eq!(world.finds("tax-accountant"), 1);
    assert_eq!(world.hears(&events(1, 3, [Happened::Retracted(fact(1), Why::Revoked)])).await.new, 1);
}

/// What happens to a directory.
enum Step {
    Link,
    Put(u64, State),
    Hear(u64, Vec<FactEvent>),
}

fn steps() -> [Step; 9] {
    [
        Step::Put(1, State::Listed),
        Step::Link,
        Step::Hear(0, events(1, 1, registered(1, 1, "tax_accountant"))),
        Step::Put(2, State::Paused),
        Step::Put(3, State::Listed),
        Step::Hear(2, events(1, 3, [Happened::Unconfirmed(fact(1))])),
        Step::Hear(
            3,
            events(1, 4, [Happened::Confirmed(fact(1)), Happened::Retracted(fact(2), Why::Suspended)]),
        ),
        Step::Hear(5, events(1, 6, registered(1, 8, "tax_accountant"))),
        Step::Put(4, State::Listed),
    ]
}

impl Step {
    async fn on(&self, directory: &Directory) -> Result<(), DirectoryError> {
        let persona = persona(1);
        match self {
            Self::Link => directory.link(&persona.id(), &subject(1)).await,
            Self::Put(number, state) => {
                let price = u32::try_from(*number).unwrap() * 10_000;
                let document = ListingDocument {
                    state: *state,
                    price,
                    ..document(&persona, *number, &["tax-accountant"])
                };
                directory.put(&document.sign(&persona).unwrap()).await.map(drop)
            }
            Self::Hear(after, events) => directory.take(*after, &batch(*after, events)).await.map(drop),
        }
    }
}

/// Takes every step, again where it was not acknowledged; then the process is gone and another begins.
async fn played(store: &Arc<dyn Store>) -> ([u8; 32], u64) {
    let entropy = Arc::new(SeededEntropy::new(1));
    let mut directory = opened(store, &entropy, Dsub::WhereThere).await;
    for (at, step) in steps().iter().enumerate() {
        let mut tries = 0;
        while let Err(error) = step.on(&directory).await {
            tries += 1;
            assert!(tries < 4 && matches!(error, DirectoryError::Store(_)), "step {at}: {error}");
            directory = opened(store, &entropy, Dsub::WhereThere).await;
        }
        directory.commit().unwrap();
        // Killed now: what was acknowledged is there.
        let again = opened(store, &entropy, Dsub::WhereThere).await;
        assert_eq!(again.index().digest().unwrap(), directory.index().digest().unwrap(), "after step {at}");
    }
    (directory.index().digest().unwrap(), directory.position().await.unwrap())
}

#[tokio::test]
async fn killed_at_any_commit_nothing_acknowledged_is_lost_and_the_index_is_that_of_a_rebuild() {
    let expected = played(&(in_memory(Faults::none()).unwrap() as _)).await;
    assert_eq!(expected.1, 7);
    for fault in [Fault::UnknownCommitted, Fault::UnknownNotCommitted, Fault::Unavailable, Fault::Conflict] {
        for at in 1..=9 {
            let store = in_memory(Faults::at([(at, fault), (at + 1, fault), (at + 2, fault)])).unwrap();
            assert_eq!(played(&(store as _)).await, expected, "{fault:?} at commit {at}");
        }
    }
}

#[tokio::test]
async fn what_is_kept_is_sealed() {
    let (world, persona) = listed().await;
    let tx = world.store.begin().await.unwrap();
    let all = tx.range(&jigap_wallet_core::ports::KeyRange::prefix(*b"people/"), 1_000).await.unwrap();
    assert!(all.len() >= 7, "{}", all.len());
    for (key, value) in all {
        let text = String::from_utf8_lossy(&value).into_owned();
        assert!(!text.contains("하늘") && !text.contains("tax") && !text.contains(persona.id().as_str()));
        assert!(!String::from_utf8_lossy(&key).contains("tax"));
    }
}
