//! The forms of rows and entries, and what they can hold.

use zeroize::Zeroizing;

use super::*;
use crate::cbor::Writer;

#[test]
fn fewer_than_five_are_not_published() {
    assert_eq!((0..5).filter_map(published).count(), 0);
    assert_eq!(published(5), Some(5));
}

#[test]
fn texts_that_deceive_or_do_not_fit_are_not_sealed() {
    let world = World::new();
    let mut chain = world.chain("north");
    for text in [String::new(), " ".to_owned(), "a\u{202E}b".to_owned(), "a\nb".to_owned(), "가".repeat(57)]
    {
        let visit = Visit { guest: Guest::Paper(Zeroizing::new(text.clone())), slot: Slot::of(NOW) };
        assert_eq!(chain.append(&visit, &world.policy, &world.entropy), Err(LogError::Text), "{text}");
    }
    let visit = Visit { guest: Guest::Paper(Zeroizing::new("가".repeat(56))), slot: Slot::of(NOW) };
    let row = chain.append(&visit, &world.policy, &world.entropy).unwrap();
    assert!(row.len() <= MAX_ROW);
    assert_eq!(Chain::begin(&world.policy, "", Day::of(NOW)), Err(LogError::Text));
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
    written.array(4).unsigned(0).bytes(&row.previous).bytes(&row.mark).bytes(&row.sealed);
    assert_eq!((written.into_bytes(), rows[0].len()), (rows[0].clone(), 394));
    assert_eq!(row.sealed.len(), 321);
    assert_eq!(world.entry(1, "student 7").to_bytes().len(), 247);
    let mut first = Writer::new();
    first.array(5).text("JL1 chain").bytes(&world.policy.circle()).bytes(world.policy.door().as_bytes());
    first.text("north").integer(Day::of(NOW).number());
    assert_eq!(row.previous, jigap_keys::hash::sha256(&first.into_bytes()));
    let sha256 = jigap_keys::hash::sha256;
    let mut digest = Writer::new();
    let body = sha256(&[row.mark, sha256(&row.sealed)].concat());
    digest.array(3).unsigned(0).bytes(&row.previous).bytes(&body);
    assert_eq!(chain.next().previous, sha256(&digest.into_bytes()));
    let read = world.gate_day("north", &rows).rows;
    let (hour, rest) = read[0].0.open_outer(&read[0].1, &world.venue.days[&Day::of(NOW)]).unwrap();
    assert_eq!((hour.in_day(), rest.len(), row.mark), (9, 272, sha256(&[&[9], &sha256(&rest)[..]].concat())));
    let (_, salt) = read[0].0.open_inner(&rest, &world.authority.days[&Day::of(NOW)]).unwrap();
    assert_eq!(rest[..32], sha256(&[&salt, &[0][..], pass_of(1).as_bytes()].concat()));
    for hidden in [format!("{row:?}"), format!("{:?}", world.entry(1, "student 7"))] {
        assert!(hidden.ends_with(" bytes)"), "{hidden}");
    }
}
