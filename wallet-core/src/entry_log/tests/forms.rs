//! The forms of rows, entries and policies, what they can hold, and who is said to be separated.

use zeroize::Zeroizing;

use super::*;
use crate::cbor::Writer;

#[test]
fn parties_that_are_one_are_not_called_separated() {
    let world = World::new();
    assert_eq!(world.policy.separation(), Separation::Apart);
    let with = |venue: &Actor, issuer: &Actor| {
        Policy::new([&world.authority, venue, issuer].map(Actor::statement).to_vec()).unwrap().separation()
    };
    let same = Actor::new(Role::Issuer, " hanbit-MUSEUM", 5);
    assert_eq!(with(&world.venue, &same), Separation::NotSeparated(Role::Venue, Role::Issuer));
    // Another name, and the same keys.
    let disguised = Actor::new(Role::Venue, "Somebody else", 3);
    assert_eq!(with(&disguised, &world.issuer), Separation::NotSeparated(Role::Venue, Role::Issuer));
    let mut borrowed = Actor::new(Role::Venue, "Somebody else", 6);
    borrowed.party.days = world.authority.party.days.clone();
    assert_eq!(with(&borrowed, &world.issuer), Separation::NotSeparated(Role::Authority, Role::Venue));
    let second = Actor::new(Role::Issuer, "Hanbit university", 11);
    let statements = [&world.authority, &world.venue, &world.issuer, &second].map(Actor::statement);
    assert_eq!(Policy::new(statements.to_vec()).unwrap().separation(), Separation::Apart, "of one role");
}

#[test]
fn fewer_than_five_are_not_published() {
    assert_eq!((0..5).filter_map(published).count(), 0);
    assert_eq!(published(5), Some(5));
}

#[test]
fn texts_that_deceive_or_do_not_fit_are_not_sealed() {
    let world = World::new();
    let mut chain = world.chain("north");
    for text in [String::new(), " ".to_owned(), "a\u{202E}b".to_owned(), "a\nb".to_owned(), "가".repeat(63)]
    {
        let visit = Visit { guest: Guest::Paper(Zeroizing::new(text.clone())), slot: Slot::of(NOW) };
        assert_eq!(chain.append(&visit, &world.policy, &world.entropy), Err(LogError::Text), "{text}");
    }
    let visit = Visit { guest: Guest::Paper(Zeroizing::new("가".repeat(62))), slot: Slot::of(NOW) };
    let row = chain.append(&visit, &world.policy, &world.entropy).unwrap();
    assert!(row.len() <= MAX_ROW);
    assert_eq!(Chain::begin(VenueId::from_bytes([0; 32]), "", Day::of(NOW)), Err(LogError::Text));
    let parties = (&world.issuer.party, &world.authority.party);
    let long = Entry::seal(parties, (pass_of(1), Generation::of(NOW)), &"x".repeat(128), &world.entropy);
    assert_eq!(long, Err(LogError::Text));
}

/// The stored and published forms, to the byte but for what is random: whoever changes one sees it here.
#[test]
fn the_forms_are_these() {
    let world = World::new();
    let (chain, rows) = world.rows("north", &[(1, 0)]);
    let row = Row::read(&rows[0]).unwrap();
    let mut written = Writer::new();
    written.array(3).unsigned(0).bytes(&row.previous).bytes(&row.sealed);
    assert_eq!((written.into_bytes(), rows[0].len()), (rows[0].clone(), 328));
    assert_eq!(row.sealed.len(), 289);
    assert_eq!(world.entry(1, "student 7").to_bytes().len(), 247);
    let mut first = Writer::new();
    first.array(4).text("JL1 chain").bytes(world.policy.venue.door.unwrap().as_bytes()).text("north");
    first.integer(Day::of(NOW).number());
    assert_eq!(row.previous, jigap_keys::hash::sha256(&first.into_bytes()));
    assert_eq!(chain.next().previous, jigap_keys::hash::sha256(&rows[0]));
    assert_eq!(Policy::read(&world.policy.to_bytes()).unwrap(), world.policy);
    for hidden in [format!("{row:?}"), format!("{:?}", world.entry(1, "student 7"))] {
        assert!(hidden.ends_with(" bytes)"), "{hidden}");
    }
}
