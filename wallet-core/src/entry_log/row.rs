//! A row of the log, sealed twice, and the chain that rows stand in.
//!
//! A visit is 192 bytes, whatever it says: kind (0 pass, 1 paper), slot of five minutes (4 bytes), length, and the pass's pseudonym
//! or what a paper visitor wrote, filled up with zeros. It is sealed (HPKE) to the authority's key of the day; that, with
//! the hour of the day before it, to the venue's: so the venue can count its hours and release those that are asked for, and
//! reads no visit. Both layers authenticate the array `[circle, venue, gate, day, sequence, previous]`, so that a row opens in its place,
//! among its parties, alone.
//!
//! A row is the array `[sequence, previous, sealed]`. `previous` is the digest of the row before, of the first one that of `[circle,
//! venue, gate, day]`: a row that was removed, put elsewhere or exchanged is noticed by whoever has the others. What a chain cannot show is that its end
//! was cut off: that shows by a [`Close`], which the venue's key signs.

use std::collections::BTreeMap;
use std::fmt;

use jigap_keys::{Entropy, PrivateKey, hpke};
use zeroize::Zeroizing;

use super::signed::{
    self, SMALL, Unverified, array, digest, digest_of, is_shown, key_of, malformed, text_of,
};
use super::{Day, Hour, LogError, Policy, Slot};
use crate::cbor::{Item, Limits, Value, Writer};
use crate::pass::{Pseudonym, VenueId};
use crate::redacted;
use crate::verdict::{Check, Reason, Refusal};

/// EL-05: each row follows the one before.
pub const CHAIN: Check = Check::new(
    "EL-05",
    "a row has the next sequence number and the digest of the row before it",
    "행은 다음 순번과 바로 앞 행의 다이제스트를 지닙니다",
    "docs/SPECS.md, The entry log",
);
/// EL-06: a day is as long as its venue said.
pub const CLOSED: Check = Check::new(
    "EL-06",
    "the rows of a gate and day are as many, and end as, the venue's key signed",
    "한 문의 하루치 행은 장소의 키가 서명한 수와 끝에 맞습니다",
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
const CUT: Reason = Reason::new(
    "log-cut",
    "the rows are not those that the venue's key signed: the end was cut off or exchanged",
    "장소의 키가 서명한 행이 아닙니다. 끝이 잘렸거나 바뀌었습니다",
);
const SHUT: Reason = Reason::new(
    "log-sealed",
    "it does not open: the key is another's or has ended, or it was moved or changed",
    "열리지 않습니다. 다른 키이거나 끝난 키이거나, 옮겨졌거나 바뀌었습니다",
);
const OTHER_DOOR: Reason =
    Reason::new("log-door", "the key that signed is not the venue's", "서명한 키가 장소의 키가 아닙니다");

/// Bytes of a visit before it is sealed.
const VISIT: usize = 192;
/// Bytes of a visit that say something of its own.
const SAID: usize = VISIT - 6;
/// Bytes of a visit sealed to the authority.
pub(super) const INNER: usize = VISIT + hpke::OVERHEAD;
/// Bytes of a row's sealed part: the hour and the inner layer, sealed to the venue.
const OUTER: usize = 1 + INNER + hpke::OVERHEAD;
/// Most bytes of a row.
pub const MAX_ROW: usize = 400;
/// Longest name of a gate, in bytes.
const MAX_GATE: usize = 60;

const TO_AUTHORITY: &[u8] = b"JL1 row to authority";
const TO_VENUE: &[u8] = b"JL1 row to venue";
const CLOSE: &[u8] = b"JL1 close";

/// Whoever came in.
#[derive(Clone, PartialEq, Eq)]
pub enum Guest {
    /// Who showed the pass of this pseudonym.
    Pass(Pseudonym),
    /// Who wrote a name and how to be reached, of at most 186 bytes.
    Paper(Zeroizing<String>),
}

/// Without whom.
impl fmt::Debug for Guest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(if matches!(self, Self::Pass(_)) { "Pass" } else { "Paper" })
    }
}

/// Who came in, and when, to five minutes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Visit {
    /// Who.
    pub guest: Guest,
    /// When.
    pub slot: Slot,
}

impl Visit {
    fn to_bytes(&self) -> Result<Zeroizing<Vec<u8>>, LogError> {
        let (kind, said) = match &self.guest {
            Guest::Pass(pseudonym) => (0, pseudonym.as_bytes().as_slice()),
            Guest::Paper(text) if is_shown(text, SAID) => (1, text.as_bytes()),
            Guest::Paper(_) => return Err(LogError::Text),
        };
        let mut bytes = Zeroizing::new(Vec::with_capacity(VISIT));
        bytes.push(kind);
        bytes.extend_from_slice(&self.slot.number().to_be_bytes());
        bytes.push(u8::try_from(said.len()).map_err(|_| LogError::Text)?);
        bytes.extend_from_slice(said);
        bytes.resize(VISIT, 0);
        Ok(bytes)
    }

    fn of(bytes: &[u8]) -> Option<Self> {
        let (kind, rest) = bytes.split_first()?;
        let (slot, rest) = rest.split_first_chunk::<4>()?;
        let (length, rest) = rest.split_first()?;
        let (said, filling) = rest.split_at_checked(usize::from(*length))?;
        let guest = match kind {
            0 => Guest::Pass(Pseudonym::from_bytes(said.try_into().ok()?)),
            1 => {
                let text = std::str::from_utf8(said).ok().filter(|text| is_shown(text, SAID))?;
                Guest::Paper(Zeroizing::new(text.to_owned()))
            }
            _ => return None,
        };
        let sound = rest.len() == SAID && filling.iter().all(|byte| *byte == 0);
        sound.then_some(Self { guest, slot: Slot::from_number(u32::from_be_bytes(*slot)) })
    }
}

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

    /// Opens the outer layer: the hour, and the layer for the authority. Refuses by EL-07.
    pub(super) fn open_outer(&self, sealed: &[u8], key: &PrivateKey) -> Result<(Hour, Vec<u8>), Refusal> {
        let opened = hpke::open(key, TO_VENUE, &self.associated(), sealed);
        let opened = opened.map_err(|_| OPENS.refuse(SHUT))?;
        let (hour, inner) = opened.split_first().ok_or_else(malformed)?;
        if *hour > 23 || inner.len() != INNER {
            return Err(malformed());
        }
        Ok((Hour::of_day(self.day, *hour), inner.to_vec()))
    }

    /// Opens the inner layer. Refuses by EL-01 and EL-07.
    pub(super) fn open_inner(&self, inner: &[u8], key: &PrivateKey) -> Result<Visit, Refusal> {
        let opened = hpke::open(key, TO_AUTHORITY, &self.associated(), inner);
        Visit::of(&opened.map_err(|_| OPENS.refuse(SHUT))?).ok_or_else(malformed)
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
        let place = &self.0;
        let hour = visit.slot.hour();
        if policy.circle() != place.circle || policy.door() != place.venue || hour.day() != place.day {
            return Err(LogError::Place);
        }
        let (authority, venue) = (policy.authority.day_key(place.day)?, policy.venue.day_key(place.day)?);
        let associated = place.associated();
        let inner = hpke::seal(authority, TO_AUTHORITY, &associated, &visit.to_bytes()?, entropy);
        let mut outer = vec![hour.in_day()];
        outer.extend_from_slice(&inner.map_err(|_| LogError::Key)?);
        let sealed = hpke::seal(venue, TO_VENUE, &associated, &outer, entropy).map_err(|_| LogError::Key)?;
        let row = Row { sequence: place.sequence, previous: place.previous, sealed }.to_bytes();
        self.step(&row);
        Ok(row)
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
        self.step(bytes);
        Ok(row)
    }

    fn step(&mut self, row: &[u8]) {
        self.0.sequence += 1;
        self.0.previous = digest(row);
    }

    /// Reads all rows of a gate and day, and compares them with what the venue's key signed of them. Refuses by EL-01, EL-05 and
    /// EL-06.
    ///
    /// # Errors
    /// The rule that is broken.
    pub fn require<'r>(
        mut self,
        rows: impl IntoIterator<Item = &'r [u8]>,
        closes: &[Close],
    ) -> Result<Vec<(Place, Row)>, Refusal> {
        let cut = CLOSED.refuse(CUT);
        let mut read = Vec::new();
        let said =
            |chain: &Self, close: &Close| close.count != chain.count() || close.head == chain.0.previous;
        for bytes in rows {
            if !closes.iter().all(|close| said(&self, close)) {
                return Err(cut);
            }
            let place = self.0.clone();
            read.push((place, self.follow(bytes)?));
        }
        let ends = |close: &Close| {
            let is_of = close.venue == self.0.venue && close.gate == self.0.gate && close.day == self.0.day;
            let counts = if close.last { close.count == self.count() } else { close.count <= self.count() };
            is_of && counts && said(&self, close)
        };
        if closes.iter().all(ends) { Ok(read) } else { Err(cut) }
    }
}

/// A row as it is kept.
#[derive(Clone, PartialEq, Eq)]
pub struct Row {
    /// Its number among the rows of its gate and day, from 0 on.
    pub sequence: u64,
    /// Digest of the row before.
    pub previous: [u8; 32],
    pub(super) sealed: Vec<u8>,
}

impl fmt::Debug for Row {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        redacted::debug(f, "Row", &[(self.sealed.len(), "bytes")])
    }
}

impl Row {
    const LIMITS: Limits = Limits { bytes: MAX_ROW, depth: 2, items: 4 };

    /// Its bytes.
    pub fn to_bytes(&self) -> Vec<u8> {
        let mut writer = Writer::with_capacity(MAX_ROW);
        writer.array(3).unsigned(self.sequence).bytes(&self.previous).bytes(&self.sealed);
        writer.into_bytes()
    }

    /// Reads it. Refuses by EL-01: it has one form, to the byte.
    ///
    /// # Errors
    /// EL-01
    pub fn read(bytes: &[u8]) -> Result<Self, Refusal> {
        let [sequence, previous, sealed] = array(bytes, Self::LIMITS)?;
        let row = || {
            Some(Self {
                sequence: sequence.as_u64()?,
                previous: digest_of(&previous)?,
                sealed: sealed.as_bytes().filter(|it| it.len() == OUTER)?.to_vec(),
            })
        };
        row().filter(|row| row.to_bytes() == bytes).ok_or_else(malformed)
    }
}

/// What the venue's key signs of a gate's rows: how many they are, and the digest of the last. Made whenever a scanner stops, and a
/// last time when the day is over. The array is `[key, gate, day, count, head, last]`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Close {
    /// Who signed: the key that the venue's gates ask by.
    pub venue: VenueId,
    /// The gate.
    pub gate: String,
    /// The day.
    pub day: Day,
    /// How many rows there were.
    pub count: u64,
    /// Digest of the last of them.
    pub head: [u8; 32],
    /// Whether no row comes after.
    pub last: bool,
}

impl Close {
    /// Signs where `chain` stands, by the venue's key.
    ///
    /// # Errors
    /// [`LogError::Key`] for the key of another venue.
    pub fn sign(chain: &Chain, last: bool, key: &PrivateKey) -> Result<Vec<u8>, LogError> {
        let Chain(Place { venue, gate, day, sequence, previous, .. }) = chain;
        if VenueId::of(key.public()) != *venue {
            return Err(LogError::Key);
        }
        let mut payload = Writer::new();
        payload.array(6).raw(&key.public().to_compressed_cose_key()).text(gate).integer(day.number());
        payload.unsigned(*sequence).bytes(previous).bool(last);
        signed::sign(CLOSE, payload, key)
    }

    /// Reads what the venue of this id signed. Refuses by EL-01 and EL-02, and by EL-06 what another signed.
    ///
    /// # Errors
    /// The rule that it breaks.
    pub fn read(bytes: &[u8], venue: VenueId) -> Result<Self, Refusal> {
        let message = Unverified::read(CLOSE, bytes, SMALL)?;
        let [key, gate, day, count, head, last] = array(message.payload(), SMALL)?;
        let key = key_of(&key).ok_or_else(malformed)?;
        let close = || {
            Some(Self {
                venue: VenueId::of(&key),
                gate: text_of(&gate, MAX_GATE)?,
                day: Day::from_number(day.as_i64()?),
                count: count.as_u64()?,
                head: digest_of(&head)?,
                last: matches!(last.value(), Value::Bool(true)),
            })
        };
        let close = close().ok_or_else(malformed)?;
        message.verify(&key)?;
        if close.venue == venue { Ok(close) } else { Err(CLOSED.refuse(OTHER_DOOR)) }
    }
}

/// How many came in an hour, as the venue may publish it: `None` for fewer than five.
pub fn published(count: u64) -> Option<u64> {
    const FEWEST: u64 = 5;
    (count >= FEWEST).then_some(count)
}

/// The hour of each row and its inner layer: the venue's view. Refuses by EL-07.
///
/// # Errors
/// EL-07 for the first row that does not open.
pub fn open_hours(
    rows: &[(Place, Row)],
    keys: &BTreeMap<Day, PrivateKey>,
) -> Result<Vec<(Hour, Vec<u8>)>, Refusal> {
    let open =
        |(place, row): &(Place, Row)| place.open_outer(&row.sealed, keys.get(&place.day).ok_or_else(shut)?);
    rows.iter().map(open).collect()
}

/// What an item of a released row must be.
pub(super) fn inner_of(item: &Item<'_>) -> Option<Vec<u8>> {
    item.as_bytes().filter(|bytes| bytes.len() == INNER).map(<[u8]>::to_vec)
}
