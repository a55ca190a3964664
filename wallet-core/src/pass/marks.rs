//! Marks that gates of one venue share: a receipt says that a gate let a pass in, and is signed by the venue's key, which each of
//! its gates has.
//!
//! A receipt is a COSE_Sign1 without a tag, with external data `JG1 mark`; its payload is the array `[venue, gate, name, pass,
//! window, ends, at]`: 32 bytes of the venue, 8 of the gate and its name, 16 that stand for the pass, the window of the code, the
//! moment when a single-entry ticket ends (`null` for what is let in again after its window), and when the gate let it in.
//!
//! Gates that are apart let in what none of them has seen. When they meet again, [`Marks`] holds what all of them say of one
//! ticket, in whatever order and however often it comes: two different receipts say that it was used twice, and both are kept. Refused is what
//! another venue says, what nobody signed, and what is of another time.

use std::fmt;

use jigap_keys::{PrivateKey, PublicKey, base64url};

use super::{Admitted, PassError, Pseudonym, VenueId, Window, hidden};
use crate::cbor::{self, Item, Limits, Value, Writer};
use crate::cose::{self, Sign1, UnsignedSign1};
use crate::text::is_deceptive;
use crate::time::{Seconds, Timestamp};
use crate::verdict::{Check, Reason, Refusal};

/// MK-01: it is a receipt.
pub const RECEIPT: Check = Check::new(
    "MK-01",
    "a receipt is a signed array that says which gate of which venue let in which pass, when and until when, in its one form",
    "기록은 어느 장소의 어느 문이 어느 패스를 언제 들였는지를 정해진 형식으로 말하는 서명된 배열입니다",
    "docs/SPECS.md, Entry passes",
);
/// MK-02: this venue's key signed it.
pub const RECEIPT_SIGNATURE: Check = Check::new(
    "MK-02",
    "the key of this venue signed the receipt",
    "이 장소의 키가 기록에 서명했습니다",
    "docs/SPECS.md, Entry passes; RFC 9052 §4.4",
);
/// MK-03: it is of this venue.
pub const RECEIPT_VENUE: Check = Check::new(
    "MK-03",
    "the receipt is of a gate of this venue",
    "이 장소의 문이 쓴 기록입니다",
    "docs/SPECS.md, Entry passes",
);
/// MK-04: it counts now.
pub const RECEIPT_TIME: Check = Check::new(
    "MK-04",
    "the receipt is not of the future, and what it marks has not ended",
    "기록이 미래의 것이 아니고, 기록한 패스가 아직 끝나지 않았습니다",
    "docs/SPECS.md, Entry passes",
);
/// MK-05: there is room for it.
pub const MARKS_BOUND: Check = Check::new(
    "MK-05",
    "a gate takes no more marks than it can remember",
    "문은 기억할 수 있는 만큼만 기록을 받습니다",
    "DESIGN, \"Bad input\"",
);

const NOT_A_RECEIPT: Reason = Reason::new("mark-form", "it is no receipt of a gate", "문의 기록이 아닙니다");
const FORGED: Reason =
    Reason::new("mark-forged", "this venue did not sign the receipt", "이 장소가 서명한 기록이 아닙니다");
const ANOTHER_VENUE: Reason =
    Reason::new("mark-venue", "the receipt is of another venue", "다른 장소의 기록입니다");
const NOT_YET: Reason = Reason::new(
    "mark-future",
    "the receipt says {at}, which is in the future: look at the clocks",
    "기록의 시각 {at}이(가) 아직 오지 않았습니다. 시계를 확인하세요",
);
const OVER: Reason =
    Reason::new("mark-over", "what it marks ended at {at}", "기록한 패스가 {at}에 끝났습니다");

const CONTEXT: &[u8] = b"JG1 mark";
const LIMITS: Limits = Limits { bytes: 400, depth: 4, items: 32 };
/// Longest text of a receipt, in characters of base64url.
const MAX_LINE: usize = 540;
/// How far the clocks of two gates may differ.
const CLOCK_SKEW: Seconds = Seconds(60);
/// Receipts that are kept of one ticket, the earliest: more prove nothing more.
const MOST_OF_ONE: usize = 8;

/// A gate among those of its venue: eight bytes that were drawn when its folder was first used.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct GateId(pub [u8; 8]);

impl GateId {
    /// Reads what it is called: 16 digits of hexadecimal, in small letters.
    pub fn parse(text: &str) -> Option<Self> {
        let id = Self(u64::from_str_radix(text, 16).ok()?.to_be_bytes());
        (id.to_string() == text).then_some(id)
    }
}

/// In hexadecimal, as files and folders are called after it.
impl fmt::Display for GateId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|byte| write!(f, "{byte:02x}"))
    }
}

/// What a gate says of a pass that it let in.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Receipt {
    /// When.
    pub at: Timestamp,
    /// Which gate.
    pub gate: GateId,
    /// What the venue calls the gate.
    pub name: String,
    /// Which pass.
    pub pass: Pseudonym,
    /// The window of the code that was shown.
    pub window: Window,
    /// When the ticket ends; `None`: it was no ticket, and the mark counts as long as the window.
    pub ends: Option<Timestamp>,
}

impl fmt::Debug for Receipt {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        hidden(f, "Receipt", 0)
    }
}

/// A receipt that the venue signed, which [`SignedReceipt::read`] verified or this gate wrote.
#[derive(Clone, PartialEq, Eq)]
pub struct SignedReceipt {
    receipt: Receipt,
    bytes: Vec<u8>,
}

impl fmt::Debug for SignedReceipt {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        hidden(f, "SignedReceipt", self.bytes.len())
    }
}

impl Receipt {
    /// What `gate` says of whom it let in at `at`.
    pub fn of(admitted: &Admitted, (gate, name): (GateId, &str), at: Timestamp) -> Self {
        Self {
            at,
            gate,
            name: name.to_owned(),
            pass: admitted.pseudonym,
            window: admitted.window,
            ends: admitted.kind.is_single_entry().then_some(admitted.expires),
        }
    }

    /// Signs it with the venue's key.
    ///
    /// # Errors
    /// [`PassError`] if the name cannot be shown, or the key cannot sign.
    pub fn sign(self, key: &PrivateKey) -> Result<SignedReceipt, PassError> {
        if !is_name(&self.name) {
            return Err(PassError::Name);
        }
        let header = cose::Header::for_key(key.public().key_type()).ok_or(PassError::KeyType)?;
        let payload = self.to_cbor(VenueId::of(key.public()).as_bytes());
        let bytes = UnsignedSign1::new(header, CONTEXT, payload).sign(key).map_err(|_| PassError::Signer)?;
        Ok(SignedReceipt { receipt: self, bytes })
    }

    fn to_cbor(&self, venue: &[u8; 32]) -> Vec<u8> {
        let mut writer = Writer::with_capacity(160);
        writer.array(7).bytes(venue).bytes(&self.gate.0).text(&self.name);
        writer.bytes(self.pass.as_bytes()).unsigned(u64::from(self.window.number()));
        match self.ends {
            Some(ends) => writer.integer(ends.unix()),
            None => writer.null(),
        };
        writer.integer(self.at.unix());
        writer.into_bytes()
    }

    fn of_item(item: &Item<'_>) -> Option<(Self, [u8; 32])> {
        let Some([venue, gate, name, pass, window, ends, at]) = item.as_array() else { return None };
        let ends = match ends.value() {
            Value::Null => None,
            _ => Some(Timestamp::from_unix(ends.as_i64()?)),
        };
        let receipt = Self {
            at: Timestamp::from_unix(at.as_i64()?),
            gate: GateId(gate.as_bytes()?.try_into().ok()?),
            name: name.as_text().filter(|name| is_name(name)).map(str::to_owned)?,
            pass: Pseudonym::from_bytes(pass.as_bytes()?.try_into().ok()?),
            window: Window::from_number(u32::try_from(window.as_u64()?).ok()?),
            ends,
        };
        Some((receipt, venue.as_bytes()?.try_into().ok()?))
    }

    /// Refuses (MK-04) what does not count at `now`.
    fn require_current(&self, now: Timestamp) -> Result<(), Refusal> {
        if self.at > now.plus(CLOCK_SKEW) {
            return Err(RECEIPT_TIME.refuse(NOT_YET.at(self.at)));
        }
        // As long as the gate itself remembers: a window more, should its clock go back.
        match self.ends {
            Some(ends) if ends.plus(Window::LENGTH) <= now => Err(RECEIPT_TIME.refuse(OVER.at(ends))),
            None if !self.window.counts_at(now) => Err(RECEIPT_TIME.refuse(OVER.at(self.window.ends()))),
            _ => Ok(()),
        }
    }
}

impl SignedReceipt {
    /// Reads what another gate of the venue with this key says, and verifies it at `now`. Refuses by MK-01 to MK-04.
    ///
    /// # Errors
    /// The rule that it breaks.
    pub fn read(bytes: &[u8], venue: &PublicKey, now: Timestamp) -> Result<Self, Refusal> {
        let read = Self::of_bytes(bytes).ok_or(RECEIPT.refuse(NOT_A_RECEIPT))?;
        let (receipt, message, of) = read;
        if of != *VenueId::of(venue).as_bytes() {
            return Err(RECEIPT_VENUE.refuse(ANOTHER_VENUE));
        }
        message.verify(venue, CONTEXT).map_err(|_| RECEIPT_SIGNATURE.refuse(FORGED))?;
        receipt.require_current(now)?;
        Ok(Self { receipt, bytes: bytes.to_vec() })
    }

    /// As [`SignedReceipt::read`], of a line of text: base64url.
    ///
    /// # Errors
    /// As [`SignedReceipt::read`].
    pub fn read_line(line: &str, venue: &PublicKey, now: Timestamp) -> Result<Self, Refusal> {
        let bytes = Some(line).filter(|line| line.len() <= MAX_LINE);
        let bytes = bytes.and_then(|line| base64url::decode(line).ok());
        Self::read(&bytes.ok_or(RECEIPT.refuse(NOT_A_RECEIPT))?, venue, now)
    }

    /// Reads what this gate wrote or verified before.
    pub(super) fn dangerous_assume_verified(bytes: &[u8]) -> Option<Self> {
        let (receipt, ..) = Self::of_bytes(bytes)?;
        Some(Self { receipt, bytes: bytes.to_vec() })
    }

    fn of_bytes(bytes: &[u8]) -> Option<(Receipt, Sign1, [u8; 32])> {
        let message = Sign1::parse_within(bytes, LIMITS).ok()?;
        let payload = message.unverified_payload()?;
        let item = cbor::parse(payload, LIMITS).ok()?;
        let (receipt, venue) = Receipt::of_item(&item)?;
        // What says the same in other bytes would be another receipt: a use that was none.
        (receipt.to_cbor(&venue) == payload).then_some(())?;
        Some((receipt, message, venue))
    }

    /// What it says.
    pub const fn receipt(&self) -> &Receipt {
        &self.receipt
    }

    /// What was signed, whole.
    pub fn bytes(&self) -> &[u8] {
        &self.bytes
    }

    /// As a line of text.
    pub fn to_line(&self) -> String {
        base64url::encode(&self.bytes)
    }
}

fn is_name(name: &str) -> bool {
    !name.trim().is_empty() && name.len() <= 60 && !name.contains(is_deceptive)
}

/// What came of a receipt that was added.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Merged {
    /// Nobody had said that the pass was used.
    New,
    /// This very receipt was there.
    Same,
    /// Another says that the pass was used as well: it was used twice.
    Duplicate,
}

/// What the gates of a venue say of one ticket, the earliest first.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Marks(Vec<SignedReceipt>);

impl Marks {
    /// Adds a receipt. In whatever order and however often receipts come, what is held in the end is the same.
    pub fn merge(&mut self, receipt: SignedReceipt) -> Merged {
        // One receipt has as many signatures as somebody makes: what is said tells them apart.
        let place = match self.0.binary_search_by(|known| known.receipt.cmp(&receipt.receipt)) {
            Ok(_) => return Merged::Same,
            Err(place) => place,
        };
        let merged = if self.0.is_empty() { Merged::New } else { Merged::Duplicate };
        self.0.insert(place, receipt);
        self.0.truncate(MOST_OF_ONE);
        merged
    }

    /// All of them.
    pub fn receipts(&self) -> &[SignedReceipt] {
        &self.0
    }

    /// Whether the ticket was used more than once.
    pub fn is_duplicate(&self) -> bool {
        self.0.len() > 1
    }

    /// The last moment of the ticket that any of them says; `None`: there is none.
    pub(super) fn ends(&self) -> Option<Timestamp> {
        self.0.iter().filter_map(|signed| signed.receipt.ends).max()
    }

    pub(super) fn to_cbor(&self) -> Vec<u8> {
        let mut writer = Writer::new();
        writer.array(self.0.len());
        self.0.iter().for_each(|signed| {
            writer.bytes(&signed.bytes);
        });
        writer.into_bytes()
    }

    /// Reads what this gate wrote.
    pub(super) fn from_cbor(bytes: &[u8]) -> Option<Self> {
        const STORED: Limits = Limits { bytes: 8_192, depth: 2, items: MOST_OF_ONE + 1 };
        let item = cbor::parse(bytes, STORED).ok()?;
        let receipts = item.as_array()?.iter();
        let receipts = receipts.map(|item| SignedReceipt::dangerous_assume_verified(item.as_bytes()?));
        receipts.collect::<Option<_>>().map(Self)
    }
}
