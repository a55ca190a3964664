//! Who the parties of a log are, whether all of them know of it, and who is said to be separated.

use super::*;

#[test]
fn el_03_parties_in_other_roles_are_refused() {
    let World { authority, venue, issuer, .. } = World::new();
    // One key as two parties.
    let disguised = Actor::new(Role::Venue, "Somebody else", 3).statement();
    let [authority, venue, issuer] = [&authority, &venue, &issuer].map(Actor::statement);
    let others: Vec<Vec<u8>> = (10..19).map(|seed| Actor::new(Role::Issuer, "x", seed).statement()).collect();
    let sets: [Vec<&Vec<u8>>; 8] = [
        vec![],
        vec![&authority],
        vec![&authority, &venue],
        vec![&venue, &authority, &issuer],
        vec![&authority, &venue, &venue],
        vec![&authority, &venue, &issuer, &issuer],
        vec![&authority, &disguised, &issuer],
        [&authority, &venue].into_iter().chain(&others).collect(),
    ];
    for set in sets {
        let statements: Vec<Vec<u8>> = set.into_iter().cloned().collect();
        assert_eq!(Draft::new(statements).unwrap_err().check, ROLES);
    }
}

#[test]
fn parties_that_are_one_are_not_called_separated() {
    let world = World::new();
    assert_eq!(world.policy.separation(), Separation::Apart);
    let with = |venue: &Actor, issuer: &Actor| agreed(&[&world.authority, venue, issuer]).separation();
    let same = Actor::new(Role::Issuer, " hanbit-MUSEUM", 5);
    assert_eq!(with(&world.venue, &same), Separation::NotSeparated(Role::Venue, Role::Issuer));
    let mut borrowed = Actor::new(Role::Venue, "Somebody else", 6);
    borrowed.party.days = world.authority.party.days.clone();
    assert_eq!(with(&borrowed, &world.issuer), Separation::NotSeparated(Role::Authority, Role::Venue));
    let second = Actor::new(Role::Issuer, "Hanbit university", 11);
    let of_one_role = agreed(&[&world.authority, &world.venue, &world.issuer, &second]);
    assert_eq!(of_one_role.separation(), Separation::Apart);
}

/// Whoever publishes a statement would call somebody else's gates its own.
#[test]
fn el_02_a_venue_has_the_gates_that_say_so() {
    let world = World::new();
    let mut claims = Actor::new(Role::Venue, "Somebody else", 5);
    claims.party.door = world.venue.party.door.clone();
    assert_eq!(Party::read(&claims.statement()).unwrap_err().check, SIGNED);
    let word = Door::sign(&door(), claims.identity.public()).unwrap();
    assert_eq!(Door::read(word.as_bytes(), claims.identity.public()), Ok(word.clone()));
    assert_eq!(Door::read(word.as_bytes(), world.venue.identity.public()).unwrap_err().check, SIGNED);
    let mut forged = word.as_bytes().to_vec();
    *forged.last_mut().unwrap() ^= 1;
    assert_eq!(Door::read(&forged, claims.identity.public()).unwrap_err().check, SIGNED);
    assert_eq!(Door::read(&forged[1..], claims.identity.public()).unwrap_err().check, FORM);
}

#[test]
fn el_15_a_policy_to_which_a_party_has_not_agreed_is_refused() {
    let world = World::new();
    let actors = [&world.authority, &world.venue, &world.issuer];
    let statements = || actors.map(Actor::statement).to_vec();
    for without in 0..3 {
        let mut draft = Draft::new(statements()).unwrap();
        for actor in actors.iter().enumerate().filter(|(place, _)| *place != without).map(|(_, it)| it) {
            draft.agree(&actor.identity).unwrap();
        }
        assert_eq!(draft.missing().collect::<Vec<_>>(), [&actors[without].party]);
        assert_eq!(Policy::read(&draft.to_bytes()).unwrap_err().check, AGREED);
        // Each on a copy of its own.
        let mut copy = Draft::new(statements()).unwrap();
        copy.agree(&actors[without].identity).unwrap();
        draft.keep(&copy);
        assert_eq!(Policy::read(&draft.to_bytes()).unwrap(), world.policy);
    }
    let mut draft = Draft::new(statements()).unwrap();
    let stranger = Actor::new(Role::Issuer, "Other university", 8);
    assert_eq!(draft.agree(&stranger.identity), Err(LogError::Key));
    actors.iter().for_each(|actor| draft.agree(&actor.identity).unwrap());
    // What was agreed stays when keys of other days are published, and says nothing of other parties.
    let mut later = Actor::new(Role::Venue, "Hanbit museum", 2);
    later.party.days.keys.pop();
    let mut renewed =
        Draft::new([&world.authority, &later, &world.issuer].map(Actor::statement).to_vec()).unwrap();
    renewed.keep(&draft);
    assert_eq!(renewed.agreed().unwrap().circle(), world.policy.circle());
    let mut puppet =
        Draft::new([&world.authority, &world.venue, &stranger].map(Actor::statement).to_vec()).unwrap();
    puppet.keep(&draft);
    assert_eq!(puppet.missing().count(), 3);
    // Nor does an agreement among others count that was put in by hand.
    let file = draft.to_bytes();
    let item = crate::cbor::parse(&file, signed::SMALL).unwrap();
    let mut forged = crate::cbor::Writer::new();
    forged.array(4).text("JL1 policy");
    let puppets = [&world.authority, &world.venue, &stranger].map(Actor::statement);
    for (party, statement) in item.as_array().unwrap()[1..].iter().zip(&puppets) {
        forged.array(2).bytes(statement).raw(party.as_array().unwrap()[1].raw());
    }
    assert_eq!(Policy::read(&forged.into_bytes()).unwrap_err().check, SIGNED);
}
