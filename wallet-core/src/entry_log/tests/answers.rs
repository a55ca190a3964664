//! Answers of a venue that does not show what it should, and questions to an issuer that go beyond them.

use super::*;
use crate::cbor::Writer;

/// Rows at nine, twice after ten, at half past eleven and at twelve.
const VISITS: [(u8, u32); 5] = [(1, 0), (2, 65), (3, 70), (4, 150), (5, 180)];
/// What of these a venue shows when it is asked for the hour from ten on: the body, the hour, or all.
const HONEST: [u8; 5] = [1, 2, 2, 1, 0];

impl World {
    /// The answer of a venue that shows of each row what `levels` says, whatever it was asked for.
    fn shown(&self, request: &Request, (rows, close): (&[Vec<u8>], &Close), levels: &[u8]) -> Vec<u8> {
        let rows: Vec<Row> = rows.iter().map(|row| Row::read(row).unwrap()).collect();
        let mut chain = self.chain("north");
        let (mut chains, mut commitments) = (Writer::new(), Vec::new());
        chains.array(1).array(4).text("north").integer(Day::of(NOW).number()).bytes(close.as_bytes());
        chains.array(rows.len());
        for (row, level) in rows.iter().zip(levels) {
            let place = Place { previous: row.previous, ..chain.next().clone() };
            let (hour, rest) = place.open_outer(row, &self.venue.days[&Day::of(NOW)]).unwrap();
            let sealed = signed::digest(&row.sealed);
            match level {
                0 => chains.bytes(&row.body()),
                1 => chains
                    .array(3)
                    .unsigned(hour.in_day().into())
                    .bytes(&signed::digest(&rest))
                    .bytes(&sealed),
                _ => {
                    commitments.push(rest[..32].to_vec());
                    chains.array(3).unsigned(hour.in_day().into()).bytes(&rest).bytes(&sealed)
                }
            };
            chain.step(&row.body());
        }
        self.signed(request, &chains.into_bytes(), &commitments)
    }

    fn signed(&self, request: &Request, chains: &[u8], commitments: &[Vec<u8>]) -> Vec<u8> {
        let mut payload = Writer::new();
        payload
            .array(4)
            .bytes(&request.digest)
            .bytes(&self.venue.party.id().0)
            .bytes(&signed::digest(chains));
        payload.array(commitments.len());
        for commitment in commitments {
            payload.bytes(commitment);
        }
        let release = signed::sign(b"JL1 venue answers", payload, &self.venue.identity).unwrap();
        let mut answer = Writer::new();
        answer.array(2).bytes(&release).bytes(chains);
        answer.into_bytes()
    }

    fn ten_to_eleven(&self) -> (Request, Vec<Vec<u8>>, Close) {
        let (chain, rows) = self.rows("north", &VISITS);
        let close = Close::sign(&chain, Hour::of(later(600)), &door()).unwrap();
        (self.request(&mut Requests::new(), (1, 2)).1, rows, close)
    }

    fn read(&self, answer: &[u8], request: &Request) -> Result<usize, crate::verdict::Check> {
        let read = VenueAnswer::read(answer, request, &self.policy);
        read.map(|answer| answer.count()).map_err(|refusal| refusal.check)
    }
}

#[test]
fn el_11_rows_that_are_left_out_of_an_answer_are_noticed() {
    let world = World::new();
    let (request, rows, close) = world.ten_to_eleven();
    let read = |levels: [u8; 5]| world.read(&world.shown(&request, (&rows, &close), &levels), &request);
    assert_eq!(read(HONEST), Ok(2));
    let day = world.gate_day("north", &rows);
    let honest = world.venue_answer(&request, std::slice::from_ref(&day));
    assert_eq!(world.read(&honest, &request), Ok(2));
    assert_eq!(honest.len(), world.shown(&request, (&rows, &close), &HONEST).len(), "no more is shown");
    assert_eq!(read([1, 2, 2, 1, 1]), Ok(2));
    for hiding in [
        [1, 2, 1, 1, 0],
        [1, 2, 0, 1, 0],
        [0, 2, 2, 1, 0],
        [1, 2, 2, 0, 0],
        [1, 0, 0, 1, 0],
        [1, 1, 1, 1, 1],
        [0, 0, 0, 1, 0],
        [1, 0, 0, 0, 0],
        [0; 5],
    ] {
        assert_eq!(read(hiding), Err(GAPLESS), "{hiding:?}");
    }
    for more in [[2, 2, 2, 1, 0], [1, 2, 2, 2, 0], [2; 5]] {
        assert_eq!(read(more), Err(SCOPE), "{more:?}");
    }
    // A gate and day twice; a commitment that is missing from what issuers are shown.
    let twice = world.venue_answer(&request, &[day.clone(), day]);
    assert_eq!(world.read(&twice, &request), Err(GAPLESS));
    let mut chains = Writer::new();
    let item = crate::cbor::parse(&honest, signed::LARGE).unwrap();
    let of = item.as_array().unwrap()[1].as_bytes().unwrap();
    assert_eq!(world.read(&world.signed(&request, of, &[]), &request), Err(GAPLESS));
    chains.array(0);
    assert_eq!(world.read(&world.signed(&request, &chains.into_bytes(), &[]), &request), Ok(0), "the limit");
    // Before anybody came, after the last one left, and on a day on which nobody came at all.
    for (hours, levels) in [((-1, 0), [1, 0, 0, 0, 0]), ((5, 6), [0, 0, 0, 0, 1])] {
        let (_, request) = world.request(&mut Requests::new(), hours);
        assert_eq!(world.read(&world.shown(&request, (&rows, &close), &levels), &request), Ok(0));
        assert_eq!(world.read(&world.shown(&request, (&rows, &close), &[0; 5]), &request), Err(GAPLESS));
        let honest = world.venue_answer(&request, &[world.gate_day("north", &rows)]);
        assert_eq!(world.read(&honest, &request), Ok(0));
    }
    let empty = world.venue_answer(&request, &[world.gate_day("north", &[])]);
    assert_eq!(world.read(&empty, &request), Ok(0));
}

#[test]
fn el_06_a_row_of_the_venues_own_making_is_noticed() {
    let world = World::new();
    let (request, rows, close) = world.ten_to_eleven();
    let read = |rows: &[Vec<u8>], close: &Close, levels: &[u8]| {
        world.read(&world.shown(&request, (rows, close), levels), &request)
    };
    assert_eq!(read(&rows, &close, &HONEST), Ok(2));
    // Somebody else in the place of the third row; a row more; one less.
    let mut chain = world.chain("north");
    chain.require(rows[..2].iter().map(Vec::as_slice), &[]).unwrap();
    let visit = Visit { guest: Guest::Pass(pass_of(9)), slot: Slot::of(later(70)) };
    let own = chain.append(&visit, &world.policy, &world.entropy).unwrap();
    let exchanged = [rows[..2].to_vec(), vec![own], rows[3..].to_vec()].concat();
    assert_eq!(read(&exchanged, &close, &HONEST), Err(CLOSED));
    assert_eq!(read(&rows[..4], &close, &HONEST[..4]), Err(CLOSED));
    let (longer, all) = world.rows("north", &[VISITS.as_slice(), &[(6, 190)]].concat());
    assert_eq!(read(&all, &close, &[1, 2, 2, 1, 0, 0]), Err(CLOSED));
    // Of the same rows by another gate, by another key, before the hours were over.
    let south = Close::sign(&world.rows("south", &VISITS).0, Hour::of(later(600)), &door()).unwrap();
    assert_eq!(read(&rows, &south, &HONEST), Err(CLOSED));
    let early = |until: Hour, chain: &Chain| Close::sign(chain, until, &door()).unwrap();
    let whole = world.gate_day("north", &all);
    let answer = |closes: &[Close]| {
        let day = GateDay { closes: closes.to_vec(), ..whole.clone() };
        let by = (later(600), &world.venue.party, &world.venue.identity);
        venue_answer(&request, &[day], &world.venue.days, by).map(|(answer, _)| answer)
    };
    let ten = early(Hour::of(later(60)), &longer);
    assert_eq!(refused(answer(&[])), CLOSED);
    assert_eq!(refused(answer(std::slice::from_ref(&ten))), CLOSED);
    assert_eq!(read(&all, &ten, &[1, 2, 2, 1, 0, 0]), Err(CLOSED));
    // Signed when they were: what came later is not part of the answer.
    let eleven = early(Hour::of(later(120)), &longer);
    assert_eq!(world.read(&answer(&[ten, eleven]).unwrap(), &request), Ok(2));
}

#[test]
fn el_16_an_issuer_is_asked_for_nobody_whom_the_venue_did_not_release() {
    let world = World::new();
    let id = world.issuer.party.id();
    let (_, answer, seen) = world.released(&mut Requests::new(), &[1, 2]);
    let (_, _, elsewhere) = world.released(&mut Requests::new(), &[1, 3]);
    let ask = |seen: &[Seen]| {
        let asked = Asked::sign(&answer, seen, id, &world.authority.identity).unwrap();
        Asked::read(&asked, &world.policy, id).map(|asked| asked.pseudonyms.len()).map_err(|it| it.check)
    };
    assert_eq!(ask(&seen), Ok(2));
    assert_eq!(ask(&elsewhere[1..]), Err(RELEASED), "from another answer");
    assert_eq!(ask(&[seen[0].clone(), elsewhere[1].clone()]), Err(RELEASED));
    let unknown = Seen { salt: [0; 16], ..seen[0].clone() };
    assert_eq!(ask(&[unknown]), Err(RELEASED), "without the row");
    // A release that the authority made itself.
    let payload = crate::cose::Sign1::parse(&answer.release.signed).unwrap();
    let mut own = Writer::new();
    own.raw(payload.unverified_payload().unwrap());
    let own = signed::sign(b"JL1 venue answers", own, &world.authority.identity).unwrap();
    let mut asked = Writer::new();
    asked.array(3).bytes(&own).bytes(&id.0).array(0);
    let asked = signed::sign(b"JL1 asked", asked, &world.authority.identity).unwrap();
    assert_eq!(Asked::read(&asked, &world.policy, id).unwrap_err().check, SIGNED);
}
