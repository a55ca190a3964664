//! A venue's answer to a request, and what the authority reads in it.
//!
//! It is the array `[release, chains]`, two byte strings. The release is signed by the venue's identity key: `[request, venue, digest of
//! the chains, commitments]`, the commitments being those of the rows that are released, sorted: issuers are shown the release, and see of what it speaks, and
//! not whom. A chain is `[gate, day, close, rows]`: what the gate signed last of the day, and every row up to there in order. Of a row in the
//! hours that were asked for it is `[hour, rest, sealed]` with the layer for the authority, of one at their edge the same with a digest in the
//! place of `rest`, of any other its body (32 bytes).
//!
//! So the authority computes the chain that the gate signed: a row that was left out, put in or exchanged shows, and within a day whose clock
//! was not put back no row of the hours is left out either. Which gates and days there are, the venue says.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

use jigap_keys::PrivateKey;

use super::close::{cut, unsigned};
use super::request::{Request, Side, other_request, out_of_scope};
use super::row::{COMMITMENT, Chain, Place, REST, Row, body, marked, open_hours, shut};
use super::signed::{self, LARGE, array, digest, digest_of, malformed, text_of};
use super::visit::{Guest, SALT, Visit};
use super::{Close, Day, Hour, LogError, Party, Policy, Scope, Slot};
use crate::cbor::{Item, Writer};
use crate::pass::Pseudonym;
use crate::redacted;
use crate::time::Timestamp;
use crate::verdict::{Check, Reason, Refusal};

/// EL-11: the hours of an answer are whole.
pub const GAPLESS: Check = Check::new(
    "EL-11",
    "a venue shows every row of a gate and day that the gate signed, and none of the hours asked for is left out",
    "장소는 문이 서명한 하루치 행을 모두 보이며, 물은 시간의 행을 빠뜨리지 않습니다",
    "docs/SPECS.md, The entry log",
);
const GAP: Reason = Reason::new(
    "log-gap",
    "rows of the hours asked for were left out of the answer, or a gate and day stands in it twice",
    "물은 시간의 행이 답에서 빠졌거나 같은 문의 하루가 두 번 들어 있습니다",
);

const RELEASE: &[u8] = b"JL1 venue answers";

/// The rows of a gate and day, verified ([`Chain::require`]), and what the gate signed of them.
#[derive(Debug, Clone)]
pub struct GateDay {
    /// The gate.
    pub gate: String,
    /// The day.
    pub day: Day,
    /// Every row of it, in order.
    pub rows: Vec<(Place, Row)>,
    /// What was signed.
    pub closes: Vec<Close>,
}

impl GateDay {
    /// What the gate signed last.
    fn last_close(&self) -> Option<&Close> {
        self.closes.iter().max_by_key(|close| (close.count, close.until))
    }

    /// Whether the gate signed all rows that there are.
    pub fn is_closed(&self) -> bool {
        self.last_close().is_some_and(|close| close.count == self.rows.len() as u64)
    }
}

/// The hours of `scope` that are of `day` have ended before this one.
fn end_of(scope: &Scope, day: Day) -> Hour {
    scope.to.min(day.plus(1).first_hour())
}

/// Signs the venue's answer: of `gates`, the rows of the request's hours, without their outer layer. Says how many there are. Refuses
/// by EL-05, EL-07 and EL-10, and by EL-06 hours that a gate has not signed to their end.
///
/// # Errors
/// [`LogError::Refused`] for a scope that is over at `now`, or a row that does not open; [`LogError::Key`]
pub fn venue_answer(
    request: &Request,
    gates: &[GateDay],
    keys: &BTreeMap<Day, PrivateKey>,
    (now, venue, key): (Timestamp, &Party, &PrivateKey),
) -> Result<(Vec<u8>, usize), LogError> {
    request.scope.require_open(now)?;
    let (mut chains, mut commitments) = (Writer::new(), Vec::new());
    chains.array(gates.len());
    for of_day in gates {
        let close = of_day.last_close().filter(|close| end_of(&request.scope, of_day.day) <= close.until);
        let close = close.ok_or_else(unsigned)?;
        let signed = usize::try_from(close.count).ok().and_then(|count| of_day.rows.get(..count));
        chains.array(4).text(&of_day.gate).integer(of_day.day.number()).bytes(close.as_bytes());
        write_rows(&mut chains, signed.ok_or_else(cut)?, &request.scope, (keys, &mut commitments))?;
    }
    let chains = chains.into_bytes();
    commitments.sort();
    let mut payload = Writer::new();
    payload.array(4).bytes(&request.digest).bytes(&venue.id().0).bytes(&digest(&chains));
    payload.array(commitments.len());
    commitments.iter().for_each(|commitment| {
        payload.bytes(commitment);
    });
    let release = signed::sign(RELEASE, payload, key)?;
    Ok((written(&release, &chains), commitments.len()))
}

fn written(release: &[u8], chains: &[u8]) -> Vec<u8> {
    let mut answer = Writer::with_capacity(release.len() + chains.len() + 16);
    answer.array(2).bytes(release).bytes(chains);
    answer.into_bytes()
}

fn write_rows(
    chains: &mut Writer,
    rows: &[(Place, Row)],
    scope: &Scope,
    (keys, commitments): (&BTreeMap<Day, PrivateKey>, &mut Vec<[u8; 32]>),
) -> Result<(), Refusal> {
    let opened = open_hours(rows, keys)?;
    // A day begins before the hours, and ends after them.
    let sides = opened.iter().map(|(hour, _)| scope.side(*hour));
    let sides: Vec<Side> = std::iter::once(Side::Before).chain(sides).chain([Side::After]).collect();
    chains.array(rows.len());
    for (((_, row), (hour, rest)), sides) in rows.iter().zip(&opened).zip(sides.windows(3)) {
        let sealed = digest(&row.sealed);
        match sides {
            [_, Side::Within, _] => {
                commitments.extend(rest.first_chunk::<COMMITMENT>());
                chains.array(3).unsigned(hour.in_day().into()).bytes(rest).bytes(&sealed);
            }
            [before, side, after] if before != side || side != after => {
                chains.array(3).unsigned(hour.in_day().into()).bytes(&digest(rest)).bytes(&sealed);
            }
            _ => {
                chains.bytes(&body(&row.mark, &sealed));
            }
        }
    }
    Ok(())
}

/// What a venue signed of its answer, for those who are not to see the rows.
#[derive(Clone, PartialEq, Eq)]
pub(super) struct Release {
    pub(super) request: [u8; 32],
    chains: [u8; 32],
    pub(super) commitments: BTreeSet<[u8; 32]>,
    pub(super) signed: Vec<u8>,
}

impl Release {
    /// Reads what the policy's venue signed. Refuses by EL-01, EL-02 and EL-08.
    pub(super) fn read(bytes: &[u8], policy: &Policy) -> Result<Self, Refusal> {
        let payload = signed::verified(RELEASE, bytes, &policy.venue.identity, LARGE)?;
        let [request, from, chains, commitments] = array(&payload, LARGE)?;
        if digest_of(&from) != Some(policy.venue.id().0) {
            return Err(other_request());
        }
        let release = || {
            Some(Self {
                request: digest_of(&request)?,
                chains: digest_of(&chains)?,
                commitments: commitments.as_array()?.iter().map(digest_of).collect::<Option<_>>()?,
                signed: bytes.to_vec(),
            })
        };
        release().ok_or_else(malformed)
    }
}

/// A visit of somebody, as the authority reads it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Seen {
    /// Who, and when.
    pub visit: Visit,
    /// At which gate.
    pub gate: String,
    /// Shows the issuer that the venue released it.
    pub(super) salt: [u8; SALT],
}

/// A row that was released: its place, its hour, and the layer for the authority behind its commitment.
struct Shown {
    place: Place,
    hour: Hour,
    rest: Vec<u8>,
}

/// What a venue answered.
pub struct VenueAnswer {
    rows: Vec<Shown>,
    pub(super) release: Release,
    /// How many rows each gate and day has, those outside the scope included.
    pub counts: Vec<(String, Day, u64)>,
}

impl fmt::Debug for VenueAnswer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        redacted::debug(f, "VenueAnswer", &[(self.rows.len(), "rows")])
    }
}

impl VenueAnswer {
    /// Reads the answer to `request`. Refuses by EL-01, EL-02, EL-06, EL-08, EL-10 and EL-11.
    ///
    /// # Errors
    /// The rule that it breaks.
    pub fn read(bytes: &[u8], request: &Request, policy: &Policy) -> Result<Self, Refusal> {
        let [release, chains] = array(bytes, LARGE)?;
        let (release, chains) =
            (release.as_bytes().ok_or_else(malformed)?, chains.as_bytes().ok_or_else(malformed)?);
        if written(release, chains) != bytes {
            return Err(malformed());
        }
        let release = Release::read(release, policy)?;
        if release.request != request.digest || release.chains != digest(chains) {
            return Err(other_request());
        }
        let mut answer = Self { rows: Vec::new(), release, counts: Vec::new() };
        let item = crate::cbor::parse(chains, LARGE).map_err(|_| malformed())?;
        for chain in item.as_array().ok_or_else(malformed)? {
            answer.take(chain, &request.scope, policy)?;
        }
        let names: BTreeSet<(&str, Day)> =
            answer.counts.iter().map(|(gate, day, _)| (gate.as_str(), *day)).collect();
        let shown: Option<BTreeSet<[u8; 32]>> =
            answer.rows.iter().map(|row| row.rest.first_chunk::<COMMITMENT>().copied()).collect();
        let whole = names.len() == answer.counts.len() && shown.as_ref() == Some(&answer.release.commitments);
        if whole { Ok(answer) } else { Err(gap()) }
    }

    /// Takes the rows of a gate and day, and computes the chain that the gate signed.
    fn take(&mut self, chain: &Item<'_>, scope: &Scope, policy: &Policy) -> Result<(), Refusal> {
        let Some([gate, day, close, rows]) = chain.as_array() else { return Err(malformed()) };
        let day = day.as_i64().map(Day::from_number).ok_or_else(malformed)?;
        let gate = text_of(gate, super::row::MAX_GATE).ok_or_else(malformed)?;
        let close = Close::read(close.as_bytes().ok_or_else(malformed)?, policy.door())?;
        if !scope.days().any(|it| it == day) {
            return Err(out_of_scope());
        }
        if close.until < end_of(scope, day) {
            return Err(unsigned());
        }
        let mut chain = Chain::begin(policy, &gate, day).map_err(|_| malformed())?;
        // A row that is hidden is on the side of those beside it, and never within.
        let (mut side, mut hidden) = (Side::Before, false);
        for row in rows.as_array().ok_or_else(malformed)? {
            let place = chain.next().clone();
            let (body, showing) = row_of(row, day).ok_or_else(malformed)?;
            chain.step(&body);
            let (Showing::Hour(hour) | Showing::All(hour, _)) = showing else {
                hidden = true;
                if side == Side::Within { return Err(gap()) } else { continue }
            };
            let next = scope.side(hour);
            if hidden && next != side {
                return Err(gap());
            }
            (side, hidden) = (next, false);
            match (showing, side) {
                (Showing::All(hour, rest), Side::Within) => self.rows.push(Shown { place, hour, rest }),
                (Showing::All(..), _) => return Err(out_of_scope()),
                (_, Side::Within) => return Err(gap()),
                _ => {}
            }
        }
        if !close.is_of(&chain) {
            return Err(cut());
        }
        if hidden && side != Side::After {
            return Err(gap());
        }
        self.counts.push((gate, day, chain.count()));
        Ok(())
    }

    /// How many rows were released.
    pub const fn count(&self) -> usize {
        self.rows.len()
    }

    /// Opens the inner layers. Refuses by EL-01 and EL-07, and by EL-10 a row of another hour than it is released for.
    ///
    /// # Errors
    /// The rule that is broken.
    pub fn open(&self, keys: &BTreeMap<Day, PrivateKey>) -> Result<Vec<Seen>, Refusal> {
        let open = |Shown { place, hour, rest }: &Shown| {
            let (visit, salt) = place.open_inner(rest, keys.get(&place.day).ok_or_else(shut)?)?;
            if visit.slot.hour() != *hour {
                return Err(out_of_scope());
            }
            Ok(Seen { visit, gate: place.gate.clone(), salt })
        };
        self.rows.iter().map(open).collect()
    }
}

const fn gap() -> Refusal {
    GAPLESS.refuse(GAP)
}

/// What an answer shows of a row.
enum Showing {
    Nothing,
    Hour(Hour),
    /// The hour, and what stands behind it.
    All(Hour, Vec<u8>),
}

/// The body of a row of `day`, and what is shown of it.
fn row_of(item: &Item<'_>, day: Day) -> Option<([u8; 32], Showing)> {
    let Some([hour, rest, sealed]) = item.as_array() else {
        return Some((digest_of(item)?, Showing::Nothing));
    };
    let number = u8::try_from(hour.as_u64()?).ok().filter(|hour| *hour < 24)?;
    let hour = Hour::of_day(day, number);
    let (behind, showing) = match rest.as_bytes()? {
        rest if rest.len() == REST => (digest(rest), Showing::All(hour, rest.to_vec())),
        _ => (digest_of(rest)?, Showing::Hour(hour)),
    };
    Some((body(&marked(number, &behind), &digest_of(sealed)?), showing))
}

/// Around whom or what contacts are looked for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Anchor {
    /// A moment.
    Moment(Timestamp),
    /// The visits of these passes.
    Passes(Vec<Pseudonym>),
}

/// The visits that began at most so many minutes before or after the anchor's, those of the anchor included. Slots are of five minutes, so that
/// the bounds are too wide by up to five.
pub fn contacts<'s>(seen: &'s [Seen], anchor: &Anchor, minutes: u16) -> Vec<&'s Seen> {
    let around: BTreeSet<Slot> = match anchor {
        Anchor::Moment(moment) => BTreeSet::from([Slot::of(*moment)]),
        Anchor::Passes(passes) => {
            let is = |guest: &Guest| matches!(guest, Guest::Pass(pass) if passes.contains(pass));
            seen.iter().filter(|seen| is(&seen.visit.guest)).map(|seen| seen.visit.slot).collect()
        }
    };
    let slots = u32::from(minutes).div_ceil(5);
    let near = |slot: Slot| around.iter().any(|other| other.number().abs_diff(slot.number()) <= slots);
    seen.iter().filter(|seen| near(seen.visit.slot)).collect()
}
