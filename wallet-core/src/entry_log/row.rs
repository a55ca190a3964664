//! A row of the log, sealed twice, and the chain that rows stand in.
//!
//! A visit is sealed (HPKE) to the authority's key of the day: the inner layer. That is sealed to the venue's, behind the hour of the day (1
//! byte) and a commitment to who came (32): so the venue can count its hours and release those that are asked for, and reads no
//! visit. Both layers authenticate the array `[circle, venue, gate, day, sequence, previous]`, so that a row opens in its place, among its
//! parties, alone.
//!
//! A row is the array `[sequence, previous, mark, sealed]`. The mark is SHA-256 of the hour and of SHA-256 of what stands behind it in the
//! layer for the venue; the digest of a row is SHA-256 of `[sequence, previous, body]`, where the body is SHA-256 of the mark and of SHA-256
//! of what is sealed. So a venue can show of a row its body, its hour or its inner layer, and whoever knows the last digest of the
//! day sees that it is that row ([`answer`](super::VenueAnswer)).
//!
//! `previous` is the digest of the row before, of the first one that of `["JL1 chain", circle, venue, gate, day]`: a row that was
//! removed, put elsewhere or exchanged is noticed by whoever has the others. What a chain cannot show is that its end was cut off: that
//! shows by a [`Close`], which the venue's key signs.

use std::collections::BTreeMap;
use std::fmt;

use jigap_keys::{Entropy, PrivateKey, hpke};
use zeroize::Zeroizing;

use super::close::{Close, cut};
use super::signed::{array, digest, digest_of, is_shown, malformed};
use super::visit::{SALT, VISIT, Visit};
use super::{Day, Hour, LogError, Policy};
use crate::cbor::{Limits, Writer};
use crate::pass::VenueId;
use crate::redacted;
use crate::verdict::{Check, Reason, Refusal};

/// EL-05: each row follows the one before.
pub const CHAIN: Check = Check::new(
    "EL-05",
    "a row has the next sequence number and the digest of the row before it",
    "행은 다음 순번과 바로 앞 행의 다이제스트를 지닙니다",
    "docs/SPECS.md, The entry log",
);
/// EL-07: it opens.
pub const OPENS: Check = Check::new(
    "EL-07",
    "what is sealed opens by the key of its day or generation, in its own place",
    "봉한 것은 그 날이나 세대의 키로, 제자리에서만 열립니다",
    "docs/SPECS.md, The entry log; RFC 9180 §5.2",
);

const BROKEN: Reason = Reason::new(
    "log-chain",
    "rows were removed, exchanged or put in another order",
    "행이 빠졌거나 바뀌었거나 순서가 다릅니다",
);
const SHUT: Reason = Reason::new(
    "log-sealed",
    "it does not open: the key is another's or has ended, or it was moved or changed",
    "열리지 않습니다. 다른 키이거나 끝난 키이거나, 옮겨졌거나 바뀌었습니다",
);
/// Bytes of a visit sealed to the authority.
pub(super) const INNER: usize = VISIT + hpke::OVERHEAD;
/// Bytes of what stands behind the hour in the layer for the venue: the commitment, and the inner layer.
pub(super) const REST: usize = COMMITMENT + INNER;
/// Bytes of a commitment to who came.
pub(super) const COMMITMENT: usize = 32;
/// Bytes of a row's sealed part.
const OUTER: usize = 1 + REST + hpke::OVERHEAD;
/// Most bytes of a row.
pub const MAX_ROW: usize = 400;
/// Longest name of a gate, in bytes.
pub(super) const MAX_GATE: usize = 60;

const TO_AUTHORITY: &[u8] = b"JL1 row to authority";
const TO_VENUE: &[u8] = b"JL1 row to venue";

/// A place in a chain, which the row there is sealed for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Place {
    /// Who the parties are ([`Policy::circle`]).
    pub circle: [u8; 32],
    /// The id of the key that the venue's gates ask by.
    pub venue: VenueId,
    /// What the venue calls the gate.
    pub gate: String,
    /// The day.
    pub day: Day,
    /// Its number among the rows of the gate and day, from 0 on.
    pub sequence: u64,
    /// Digest of the row before.
    pub previous: [u8; 32],
}

impl Place {
    /// What both layers authenticate.
    fn associated(&self) -> Vec<u8> {
        let mut writer = Writer::with_capacity(192);
        writer.array(6).bytes(&self.circle).bytes(self.venue.as_bytes()).text(&self.gate);
        writer.integer(self.day.number());
        writer.unsigned(self.sequence).bytes(&self.previous);
        writer.into_bytes()
    }

    /// Opens the outer layer: the hour, and what stands behind it. Refuses by EL-07, and by EL-05 a row that is marked otherwise.
    pub(super) fn open_outer(&self, row: &Row, key: &PrivateKey) -> Result<(Hour, Vec<u8>), Refusal> {
        let opened = hpke::open(key, TO_VENUE, &self.associated(), &row.sealed);
        let opened = opened.map_err(|_| shut())?;
        let (hour, rest) = opened.split_first().ok_or_else(malformed)?;
        if *hour > 23 || rest.len() != REST {
            return Err(malformed());
        }
        if row.mark != marked(*hour, &digest(rest)) {
            return Err(CHAIN.refuse(BROKEN));
        }
        Ok((Hour::of_day(self.day, *hour), rest.to_vec()))
    }

    /// Opens the inner layer of what stands behind an hour: the visit, and the salt of its commitment. Refuses by EL-01 and EL-07.
    pub(super) fn open_inner(&self, rest: &[u8], key: &PrivateKey) -> Result<(Visit, [u8; SALT]), Refusal> {
        let (commitment, inner) = rest.split_first_chunk::<COMMITMENT>().ok_or_else(malformed)?;
        let opened = hpke::open(key, TO_AUTHORITY, &self.associated(), inner).map_err(|_| shut())?;
        let (visit, salt) = Visit::of(&opened).ok_or_else(malformed)?;
        if visit.guest.commitment(&salt) == *commitment { Ok((visit, salt)) } else { Err(malformed()) }
    }
}

/// The mark of a row: of its hour of the day, and of the digest of what stands behind it.
pub(super) fn marked(hour: u8, rest: &[u8; 32]) -> [u8; 32] {
    digest(&[&[hour], rest.as_slice()].concat())
}

/// The body of a row: of its mark, and of the digest of what is sealed.
pub(super) fn body(mark: &[u8; 32], sealed: &[u8; 32]) -> [u8; 32] {
    digest(&[mark.as_slice(), sealed].concat())
}

/// What one row is sealed with, made ahead of it: agreed with the keys of authority and venue for a day, used up by sealing.
pub struct Seals {
    circle: [u8; 32],
    day: Day,
    authority: hpke::Sender,
    venue: hpke::Sender,
    salt: Zeroizing<[u8; SALT]>,
}

impl fmt::Debug for Seals {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Seals(for {})", self.day)
    }
}

impl Seals {
    /// For a row of `day`. Refuses by EL-04.
    ///
    /// # Errors
    /// [`LogError::Refused`] without keys for the day; [`LogError::Key`]
    pub fn prepare(policy: &Policy, day: Day, entropy: &dyn Entropy) -> Result<Self, LogError> {
        let agreed = |key, info| hpke::setup(key, info, entropy).map_err(|_| LogError::Key);
        let (authority, venue) = (policy.authority.day_key(day)?, policy.venue.day_key(day)?);
        let mut salt = Zeroizing::new([0; SALT]);
        entropy.fill(&mut *salt);
        let (authority, venue) = (agreed(authority, TO_AUTHORITY)?, agreed(venue, TO_VENUE)?);
        Ok(Self { circle: policy.circle(), day, authority, venue, salt })
    }

    /// The day that they are for.
    pub const fn day(&self) -> Day {
        self.day
    }
}

/// The refusal of what does not open.
pub(super) const fn shut() -> Refusal {
    OPENS.refuse(SHUT)
}

/// The rows of a gate and day as far as they go: where the next one stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Chain(Place);

impl Chain {
    /// Without a row.
    ///
    /// # Errors
    /// [`LogError::Text`] for a gate whose name cannot be shown.
    pub fn begin(policy: &Policy, gate: &str, day: Day) -> Result<Self, LogError> {
        if !is_shown(gate, MAX_GATE) {
            return Err(LogError::Text);
        }
        let (circle, venue) = (policy.circle(), policy.door());
        let mut writer = Writer::new();
        writer
            .array(5)
            .text("JL1 chain")
            .bytes(&circle)
            .bytes(venue.as_bytes())
            .text(gate)
            .integer(day.number());
        let previous = digest(&writer.into_bytes());
        Ok(Self(Place { circle, venue, gate: gate.to_owned(), day, sequence: 0, previous }))
    }

    /// Behind a row that its gate kept the number after, and the digest, of: where the next one stands.
    ///
    /// # Errors
    /// As [`Chain::begin`].
    pub fn resume(
        policy: &Policy,
        gate: &str,
        day: Day,
        (sequence, previous): (u64, [u8; 32]),
    ) -> Result<Self, LogError> {
        let Self(place) = Self::begin(policy, gate, day)?;
        Ok(Self(Place { sequence, previous, ..place }))
    }

    /// Where the next row stands.
    pub const fn next(&self) -> &Place {
        &self.0
    }

    /// How many rows there are.
    pub const fn count(&self) -> u64 {
        self.0.sequence
    }

    /// Seals `visit` as the next row. The chain then stands behind it: a row that could not be kept is not to be followed by
    /// another. Refuses by EL-04.
    ///
    /// # Errors
    /// [`LogError::Refused`] without keys for the day; [`LogError`] for what cannot be sealed.
    pub fn append(
        &mut self,
        visit: &Visit,
        policy: &Policy,
        entropy: &dyn Entropy,
    ) -> Result<Vec<u8>, LogError> {
        self.append_with(visit, Seals::prepare(policy, self.0.day, entropy)?)
    }

    /// As [`Chain::append`], with what was made ahead.
    ///
    /// # Errors
    /// [`LogError::Place`] for a visit or seals of another day or other parties; [`LogError`] for what cannot be sealed.
    pub fn append_with(&mut self, visit: &Visit, seals: Seals) -> Result<Vec<u8>, LogError> {
        let (place, hour) = (&self.0, visit.slot.hour());
        if (seals.circle, seals.day) != (place.circle, place.day) || hour.day() != place.day {
            return Err(LogError::Place);
        }
        let associated = place.associated();
        let inner = seals.authority.seal(&associated, &visit.to_bytes(&seals.salt)?);
        let rest = [visit.guest.commitment(&seals.salt).as_slice(), &inner].concat();
        let mark = marked(hour.in_day(), &digest(&rest));
        let sealed = seals.venue.seal(&associated, &[&[hour.in_day()], rest.as_slice()].concat());
        let row = Row { sequence: place.sequence, previous: place.previous, mark, sealed };
        self.step(&row.body());
        Ok(row.to_bytes())
    }

    /// Reads the next row. Refuses by EL-01 and EL-05.
    ///
    /// # Errors
    /// The rule that it breaks; the chain then stands where it stood.
    pub fn follow(&mut self, bytes: &[u8]) -> Result<Row, Refusal> {
        let row = Row::read(bytes)?;
        if row.sequence != self.0.sequence || row.previous != self.0.previous {
            return Err(CHAIN.refuse(BROKEN));
        }
        self.step(&row.body());
        Ok(row)
    }

    /// Goes behind a row of which the body is known.
    pub(super) fn step(&mut self, body: &[u8; 32]) {
        let mut writer = Writer::with_capacity(96);
        writer.array(3).unsigned(self.0.sequence).bytes(&self.0.previous).bytes(body);
        self.0.previous = digest(&writer.into_bytes());
        self.0.sequence = self.0.sequence.saturating_add(1);
    }

    /// Reads all rows of a gate and day, and compares them with what the venue's key signed of them; the chain then stands behind them.
    /// Refuses by EL-01, EL-05 and EL-06.
    ///
    /// # Errors
    /// The rule that is broken.
    pub fn require<'r>(
        &mut self,
        rows: impl IntoIterator<Item = &'r [u8]>,
        closes: &[Close],
    ) -> Result<Vec<(Place, Row)>, Refusal> {
        let said = |chain: &Self, close: &Close| close.count != chain.count() || close.is_of(chain);
        let mut read = Vec::new();
        for bytes in rows {
            if !closes.iter().all(|close| said(self, close)) {
                return Err(cut());
            }
            let place = self.0.clone();
            read.push((place, self.follow(bytes)?));
        }
        let ends = |close: &Close| {
            let counts =
                if close.is_last() { close.count == self.count() } else { close.count <= self.count() };
            counts && said(self, close)
        };
        if closes.iter().all(ends) { Ok(read) } else { Err(cut()) }
    }
}

/// A row as it is kept.
#[derive(Clone, PartialEq, Eq)]
pub struct Row {
    /// Its number among the rows of its gate and day, from 0 on.
    pub sequence: u64,
    /// Digest of the row before.
    pub previous: [u8; 32],
    pub(super) mark: [u8; 32],
    pub(super) sealed: Vec<u8>,
}

impl fmt::Debug for Row {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        redacted::debug(f, "Row", &[(self.sealed.len(), "bytes")])
    }
}

impl Row {
    const LIMITS: Limits = Limits { bytes: MAX_ROW, depth: 2, items: 5 };

    /// Its bytes.
    pub fn to_bytes(&self) -> Vec<u8> {
        let mut writer = Writer::with_capacity(MAX_ROW);
        writer.array(4).unsigned(self.sequence).bytes(&self.previous).bytes(&self.mark).bytes(&self.sealed);
        writer.into_bytes()
    }

    /// Reads it. Refuses by EL-01: it has one form, to the byte.
    ///
    /// # Errors
    /// EL-01
    pub fn read(bytes: &[u8]) -> Result<Self, Refusal> {
        let [sequence, previous, mark, sealed] = array(bytes, Self::LIMITS)?;
        let row = || {
            Some(Self {
                sequence: sequence.as_u64()?,
                previous: digest_of(&previous)?,
                mark: digest_of(&mark)?,
                sealed: sealed.as_bytes().filter(|it| it.len() == OUTER)?.to_vec(),
            })
        };
        row().filter(|row| row.to_bytes() == bytes).ok_or_else(malformed)
    }

    /// What its digest is made of, but for its place.
    pub(super) fn body(&self) -> [u8; 32] {
        body(&self.mark, &digest(&self.sealed))
    }
}

/// How many came in an hour, as the venue may publish it: `None` for fewer than five.
pub fn published(count: u64) -> Option<u64> {
    const FEWEST: u64 = 5;
    (count >= FEWEST).then_some(count)
}

/// The hour of each row, and what stands behind it: the venue's view. Refuses by EL-05 and EL-07.
///
/// # Errors
/// The rule that the first row which does not open breaks.
pub fn open_hours(
    rows: &[(Place, Row)],
    keys: &BTreeMap<Day, PrivateKey>,
) -> Result<Vec<(Hour, Vec<u8>)>, Refusal> {
    let open = |(place, row): &(Place, Row)| place.open_outer(row, keys.get(&place.day).ok_or_else(shut)?);
    rows.iter().map(open).collect()
}
