//! Answers to a request, and what the authority reads in them.
//!
//! A venue's answer is the array `[request, venue, chains, rows]`: of each gate and day that was looked at `[gate, day, count, head]`, as
//! its venue's key signed them last, and the rows of the scope without their outer layer, `[chain, sequence, previous, inner]`. An
//! issuer's is `[request, asked, issuer, entries]`, the entries of the passes that were asked for without their outer layer,
//! `[pseudonym, generation, inner]`. Each is signed by its party's identity key.
//!
//! A row's inner layer opens in its own place alone, and the rows of a chain have no gap: within the hours asked for, a venue cannot
//! leave one out between others. That it left out the first or the last ones, nobody but the gate could say.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

use jigap_keys::PrivateKey;
use zeroize::Zeroizing;

use super::register::{Entry, Released};
use super::request::{Asked, Request, other_request, out_of_scope};
use super::row::{Guest, Place, Row, Visit, inner_of, open_hours, shut};
use super::signed::{self, LARGE, array, digest_of, malformed, text_of};
use super::{Day, LogError, Party, PartyId, Policy, Slot};
use crate::cbor::{Item, Writer};
use crate::pass::{Generation, Pseudonym};
use crate::redacted;
use crate::time::Timestamp;
use crate::verdict::{Check, Reason, Refusal};

/// EL-11: the rows of an answer are without a gap.
pub const GAPLESS: Check = Check::new(
    "EL-11",
    "the rows that a venue releases of a gate and day follow each other, and there are no more than it signed",
    "장소가 내놓은 한 문의 하루치 행은 빠짐없이 이어지며, 서명한 수를 넘지 않습니다",
    "docs/SPECS.md, The entry log",
);
/// EL-12: only what was asked for is answered.
pub const ASKED_FOR: Check = Check::new(
    "EL-12",
    "an issuer releases the entries of passes that were asked for, each once, and no others",
    "발급자는 물은 패스의 항목만 하나씩 내놓습니다",
    "docs/SPECS.md, The entry log",
);

const GAP: Reason = Reason::new(
    "log-gap",
    "rows were left out of the answer, or put in another order",
    "답에서 행이 빠졌거나 순서가 다릅니다",
);
const NOT_ASKED: Reason = Reason::new(
    "log-not-asked",
    "the answer names a pass that was not asked for, or one twice",
    "답에 묻지 않은 패스가 있거나 같은 패스가 두 번 있습니다",
);

const VENUE: &[u8] = b"JL1 venue answers";
const ISSUER: &[u8] = b"JL1 issuer answers";
const MAX_GATE: usize = 60;

/// The rows of a gate and day, verified ([`Chain::require`](super::Chain::require)).
#[derive(Debug, Clone)]
pub struct GateDay {
    /// The gate.
    pub gate: String,
    /// The day.
    pub day: Day,
    /// Every row of it, in order.
    pub rows: Vec<(Place, Row)>,
}

/// Signs the venue's answer: of `gates`, the rows of the request's hours, without their outer layer. Says how many there are. Refuses
/// by EL-07 and EL-10.
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
    let (mut chains, mut rows, mut count) = (Writer::new(), Writer::new(), 0);
    for (number, GateDay { gate, day, rows: of_day }) in gates.iter().enumerate() {
        let head = of_day.last().map(|(_, row)| signed::digest(&row.to_bytes())).unwrap_or_default();
        chains.array(4).text(gate).integer(day.number()).unsigned(of_day.len() as u64).bytes(&head);
        for ((place, _), (hour, inner)) in of_day.iter().zip(open_hours(of_day, keys)?) {
            if request.scope.holds(hour) {
                rows.array(4).unsigned(number as u64).unsigned(place.sequence);
                rows.bytes(&place.previous).bytes(&inner);
                count += 1;
            }
        }
    }
    let mut payload = Writer::new();
    payload.array(4).bytes(&request.digest).bytes(&venue.id().0);
    payload.array(gates.len()).raw(&chains.into_bytes()).array(count).raw(&rows.into_bytes());
    Ok((signed::sign(VENUE, payload, key)?, count))
}

/// A visit of somebody, as the authority reads it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Seen {
    /// Who, and when.
    pub visit: Visit,
    /// At which gate.
    pub gate: String,
}

/// What a venue answered.
pub struct VenueAnswer {
    rows: Vec<(Place, Vec<u8>)>,
    scope: super::Scope,
    /// How many rows each gate and day has, those outside the scope included.
    pub counts: Vec<(String, Day, u64)>,
}

impl fmt::Debug for VenueAnswer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        redacted::debug(f, "VenueAnswer", &[(self.rows.len(), "rows")])
    }
}

impl VenueAnswer {
    /// Reads the answer to `request`. Refuses by EL-01, EL-02, EL-08 and EL-11.
    ///
    /// # Errors
    /// The rule that it breaks.
    pub fn read(bytes: &[u8], request: &Request, policy: &Policy) -> Result<Self, Refusal> {
        let venue = &policy.venue;
        let payload = signed::verified(VENUE, bytes, &venue.identity, LARGE)?;
        let [of, from, chains, rows] = array(&payload, LARGE)?;
        if digest_of(&of) != Some(request.digest) || digest_of(&from) != Some(venue.id().0) {
            return Err(other_request());
        }
        let chains: Option<Vec<(String, Day, u64)>> =
            chains.as_array().and_then(|chains| chains.iter().map(chain).collect());
        let counts = chains.ok_or_else(malformed)?;
        let rows = rows.as_array().ok_or_else(malformed)?;
        let rows: Option<Vec<(usize, Place, Vec<u8>)>> =
            rows.iter().map(|row| released(row, &counts, policy)).collect();
        let rows = rows.ok_or_else(malformed)?;
        let follows = |pair: &[(usize, Place, Vec<u8>)]| match pair {
            [(one, before, _), (other, after, _)] => {
                one < other || (one == other && before.sequence.checked_add(1) == Some(after.sequence))
            }
            _ => true,
        };
        let within = |(chain, place, _): &(usize, Place, Vec<u8>)| {
            counts.get(*chain).is_some_and(|(_, _, count)| place.sequence < *count)
        };
        let names: BTreeSet<(&str, Day)> =
            counts.iter().map(|(gate, day, _)| (gate.as_str(), *day)).collect();
        if names.len() != counts.len() || !rows.windows(2).all(follows) || !rows.iter().all(within) {
            return Err(GAPLESS.refuse(GAP));
        }
        let rows = rows.into_iter().map(|(_, place, inner)| (place, inner)).collect();
        Ok(Self { rows, scope: request.scope, counts })
    }

    /// How many rows were released.
    pub const fn count(&self) -> usize {
        self.rows.len()
    }

    /// Opens the inner layers. Refuses by EL-01 and EL-07, and by EL-10 a row outside the hours that were asked for.
    ///
    /// # Errors
    /// The rule that is broken.
    pub fn open(&self, keys: &BTreeMap<Day, PrivateKey>) -> Result<Vec<Seen>, Refusal> {
        let open = |(place, inner): &(Place, Vec<u8>)| {
            let visit = place.open_inner(inner, keys.get(&place.day).ok_or_else(shut)?)?;
            let hour = visit.slot.hour();
            if hour.day() != place.day || !self.scope.holds(hour) {
                return Err(out_of_scope());
            }
            Ok(Seen { visit, gate: place.gate.clone() })
        };
        self.rows.iter().map(open).collect()
    }
}

fn chain(item: &Item<'_>) -> Option<(String, Day, u64)> {
    let Some([gate, day, count, head]) = item.as_array() else { return None };
    digest_of(head)?;
    Some((text_of(gate, MAX_GATE)?, Day::from_number(day.as_i64()?), count.as_u64()?))
}

fn released(
    item: &Item<'_>,
    chains: &[(String, Day, u64)],
    policy: &Policy,
) -> Option<(usize, Place, Vec<u8>)> {
    let Some([chain, sequence, previous, inner]) = item.as_array() else { return None };
    let number = usize::try_from(chain.as_u64()?).ok()?;
    let (gate, day, _) = chains.get(number)?;
    let (sequence, previous) = (sequence.as_u64()?, digest_of(previous)?);
    let (circle, venue) = (policy.circle(), policy.door());
    let place = Place { circle, venue, gate: gate.clone(), day: *day, sequence, previous };
    Some((number, place, inner_of(inner)?))
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

/// The passes among those seen, each once, sorted.
pub fn passes_of<'s>(seen: impl IntoIterator<Item = &'s Seen>) -> Vec<Pseudonym> {
    let pass = |seen: &Seen| match &seen.visit.guest {
        Guest::Pass(pass) => Some(*pass),
        Guest::Paper(_) => None,
    };
    seen.into_iter().filter_map(pass).collect::<BTreeSet<_>>().into_iter().collect()
}

/// Signs the issuer's answer: the entries of the passes that were asked for, as far as there are any, without their outer layer. Says how
/// many there are. Refuses by EL-07, and by EL-08 a question that came of a request which this party was not shown.
///
/// # Errors
/// [`LogError::Refused`]; [`LogError::Key`]
pub fn issuer_answer(
    asked: &Asked,
    requests: &super::Requests,
    register: impl IntoIterator<Item = Entry>,
    keys: &BTreeMap<Generation, PrivateKey>,
    (policy, issuer, key): (&Policy, &Party, &PrivateKey),
) -> Result<(Vec<u8>, usize), LogError> {
    let request = requests.find(&asked.request).ok_or_else(other_request)?;
    let wanted: BTreeSet<Pseudonym> = asked.pseudonyms.iter().copied().collect();
    let mut released = BTreeMap::new();
    for entry in register.into_iter().filter(|entry| wanted.contains(&entry.pseudonym)) {
        let key = keys.get(&entry.generation).ok_or_else(shut)?;
        released.insert(entry.pseudonym, entry.release((policy.authority.id(), issuer.id()), key)?);
    }
    let mut payload = Writer::new();
    payload.array(4).bytes(&request.digest).bytes(&asked.digest).bytes(&issuer.id().0);
    payload.array(released.len());
    released.values().for_each(|entry| entry.write(&mut payload));
    Ok((signed::sign(ISSUER, payload, key)?, released.len()))
}

/// What an issuer answered.
#[derive(Debug)]
pub struct IssuerAnswer {
    /// Authority and issuer.
    parties: (PartyId, PartyId),
    entries: Vec<Released>,
}

impl IssuerAnswer {
    /// Reads the answer to `asked`, which was asked of `issuer`. Refuses by EL-01, EL-02, EL-08 and EL-12.
    ///
    /// # Errors
    /// The rule that it breaks.
    pub fn read(bytes: &[u8], asked: &Asked, (policy, issuer): (&Policy, &Party)) -> Result<Self, Refusal> {
        let payload = signed::verified(ISSUER, bytes, &issuer.identity, LARGE)?;
        let [request, of, from, entries] = array(&payload, LARGE)?;
        let said = [&request, &of, &from].map(digest_of);
        if said != [Some(asked.request), Some(asked.digest), Some(issuer.id().0)] {
            return Err(other_request());
        }
        let entries =
            entries.as_array().and_then(|it| it.iter().map(Released::of).collect::<Option<Vec<_>>>());
        let entries = entries.ok_or_else(malformed)?;
        let mut left: BTreeSet<Pseudonym> = asked.pseudonyms.iter().copied().collect();
        if !entries.iter().all(|entry| left.remove(&entry.pseudonym)) {
            return Err(ASKED_FOR.refuse(NOT_ASKED));
        }
        Ok(Self { parties: (policy.authority.id(), issuer.id()), entries })
    }

    /// Opens the inner layers: for each pass, what the issuer's people find its holder by. Refuses by EL-01 and EL-07.
    ///
    /// # Errors
    /// The rule that is broken.
    pub fn open(
        &self,
        keys: &BTreeMap<Generation, PrivateKey>,
    ) -> Result<BTreeMap<Pseudonym, Zeroizing<String>>, Refusal> {
        self.entries.iter().map(|entry| Ok((entry.pseudonym, entry.open(self.parties, keys)?))).collect()
    }
}
