//! What the key that a venue's gates ask by signs of a gate's rows: the array `[key, gate, day, count, head, until]`, how many they are,
//! the digest of the last, and the hour before which none is missing. Made whenever a scanner stops, once an hour while a page
//! reaches who takes its rows, and when the day (in Seoul) is over.

use jigap_keys::PrivateKey;

use super::row::{Chain, MAX_GATE, Place};
use super::signed::{self, SMALL, Unverified, array, digest_of, key_of, malformed, text_of};
use super::{Day, Hour, LogError};
use crate::cbor::Writer;
use crate::pass::VenueId;
use crate::verdict::{Check, Reason, Refusal};

/// EL-06: a day is as long as its venue said.
pub const CLOSED: Check = Check::new(
    "EL-06",
    "the rows of a gate and day are as many, and end as, the venue's key signed",
    "한 문의 하루치 행은 장소의 키가 서명한 수와 끝에 맞습니다",
    "docs/SPECS.md, The entry log",
);
const CUT: Reason = Reason::new(
    "log-cut",
    "the rows are not those that the venue's key signed: the end was cut off or exchanged",
    "장소의 키가 서명한 행이 아닙니다. 끝이 잘렸거나 바뀌었습니다",
);
const OTHER_DOOR: Reason =
    Reason::new("log-door", "the key that signed is not the venue's", "서명한 키가 장소의 키가 아닙니다");

const UNSIGNED: Reason = Reason::new(
    "log-unsigned",
    "the gate has not signed these hours to their end: start its scanner once more after them and stop it; a page signs every hour while it reaches the computer that keeps the gate",
    "문이 이 시간의 끝까지 서명하지 않았습니다. 그 시간이 지난 뒤 스캐너를 한 번 켰다가 멈추십시오. 페이지는 출입문을 관리하는 컴퓨터에 연결되어 있는 동안 한 시간마다 서명합니다",
);

const CLOSE: &[u8] = b"JL1 close";

/// What was signed of a gate and day.
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
    /// Every row of an hour before this one is among them.
    pub until: Hour,
    signed: Vec<u8>,
}

impl Close {
    /// Signs where `chain` stands in the hour `until`, or in one after its day, by the venue's key.
    ///
    /// # Errors
    /// [`LogError::Key`] for the key of another venue.
    pub fn sign(chain: &Chain, until: Hour, key: &PrivateKey) -> Result<Self, LogError> {
        let Place { venue, gate, day, sequence, previous, .. } = chain.next();
        if VenueId::of(key.public()) != *venue {
            return Err(LogError::Key);
        }
        let until = until.min(day.plus(1).first_hour());
        let mut payload = Writer::new();
        payload.array(6).raw(&key.public().to_compressed_cose_key()).text(gate).integer(day.number());
        payload.unsigned(*sequence).bytes(previous).integer(until.number());
        let (gate, signed) = (gate.clone(), signed::sign(CLOSE, payload, key)?);
        Ok(Self { venue: *venue, gate, day: *day, count: *sequence, head: *previous, until, signed })
    }

    /// Its bytes.
    pub fn as_bytes(&self) -> &[u8] {
        &self.signed
    }

    /// Whether no row of the day comes after.
    pub fn is_last(&self) -> bool {
        self.until > self.day.last_hour()
    }

    /// Reads what the venue of this id signed. Refuses by EL-01 and EL-02, and by EL-06 what another signed.
    ///
    /// # Errors
    /// The rule that it breaks.
    pub fn read(bytes: &[u8], venue: VenueId) -> Result<Self, Refusal> {
        let message = Unverified::read(CLOSE, bytes, SMALL)?;
        let [key, gate, day, count, head, until] = array(message.payload(), SMALL)?;
        let key = key_of(&key).ok_or_else(malformed)?;
        let close = || {
            Some(Self {
                venue: VenueId::of(&key),
                gate: text_of(&gate, MAX_GATE)?,
                day: Day::from_number(day.as_i64()?),
                count: count.as_u64()?,
                head: digest_of(&head)?,
                until: Hour::from_number(until.as_i64()?),
                signed: bytes.to_vec(),
            })
        };
        let close = close().ok_or_else(malformed)?;
        message.verify(&key)?;
        if close.venue == venue { Ok(close) } else { Err(CLOSED.refuse(OTHER_DOOR)) }
    }

    /// Whether it was signed of this chain as it stands.
    pub(super) fn is_of(&self, chain: &Chain) -> bool {
        let Place { venue, gate, day, sequence, previous, .. } = chain.next();
        (self.venue, &self.gate, self.day) == (*venue, gate, *day)
            && (self.count, self.head) == (*sequence, *previous)
    }
}

/// The refusal of rows that are not those that were signed.
pub(super) const fn cut() -> Refusal {
    CLOSED.refuse(CUT)
}

/// The refusal of rows of hours that the gate has not signed yet.
pub(super) const fn unsigned() -> Refusal {
    CLOSED.refuse(UNSIGNED)
}
