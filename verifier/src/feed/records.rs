//! The stored forms of the feed, each with a version, each sealed for the place where it lies; of counts, which say nothing, plain.
//! Refused: what cannot be opened, and another version.

use jigap_keys::Entropy;
use jigap_wallet_core::facts::{FactId, Subject};
use jigap_wallet_core::judge::{Backing, ListName, Signer};
use jigap_wallet_core::ports::Tx;
use jigap_wallet_core::sealing::{RecordKeys, SealBroken};
use jigap_wallet_core::time::Timestamp;
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};

use super::{FeedError, places};

/// The version of all of them.
const VERSION: u8 = 1;

/// What is kept, with its version.
#[derive(Serialize, Deserialize)]
struct Versioned<T> {
    version: u8,
    #[serde(flatten)]
    record: T,
}

/// Reads and writes sealed records.
#[derive(Clone, Copy)]
pub(super) struct Books<'f> {
    pub(super) keys: &'f RecordKeys,
    pub(super) entropy: &'f dyn Entropy,
}

impl Books<'_> {
    pub(super) async fn read<T: DeserializeOwned>(
        self,
        tx: &Tx,
        place: &str,
    ) -> Result<Option<T>, FeedError> {
        let Some(stored) = tx.get(place).await? else { return Ok(None) };
        self.open(place, &stored).map(Some)
    }

    /// Opens what lies at `place`.
    pub(super) fn open<T: DeserializeOwned>(self, place: &str, stored: &[u8]) -> Result<T, FeedError> {
        let sealed = str::from_utf8(stored).map_err(|_| SealBroken)?;
        let versioned: Versioned<T> = self.keys.open(place, sealed)?;
        if versioned.version == VERSION { Ok(versioned.record) } else { Err(SealBroken.into()) }
    }

    pub(super) fn write<T: Serialize>(self, tx: &Tx, place: &str, record: &T) -> Result<(), FeedError> {
        let sealed = self.keys.seal(place, &Versioned { version: VERSION, record }, self.entropy)?;
        tx.set(place, sealed);
        Ok(())
    }
}

/// What a consumer asked: as long as somebody may ask what came of it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Request {
    pub(super) consumer: String,
    pub(super) subject: Subject,
    pub(super) expires: Timestamp,
    /// Whether facts came of it.
    pub(super) accepted: bool,
}

/// What a holder agreed to, and what is told by it now.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Consent {
    pub(super) at: Timestamp,
    pub(super) facts: Vec<FactId>,
}

/// How many events and facts a subject has.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Counts {
    version: u8,
    pub(super) sequence: u64,
    pub(super) facts: u32,
}

impl Counts {
    pub(super) async fn read(tx: &Tx, consumer: &str, subject: &Subject) -> Result<Self, FeedError> {
        let none = Self { version: VERSION, ..Self::default() };
        let Some(stored) = tx.get(places::subject(consumer, subject)).await? else { return Ok(none) };
        let counts: Self = serde_json::from_slice(&stored).map_err(|_| SealBroken)?;
        if counts.version == VERSION { Ok(counts) } else { Err(SealBroken.into()) }
    }

    pub(super) fn write(self, tx: &Tx, consumer: &str, subject: &Subject) -> Result<(), FeedError> {
        tx.set(places::subject(consumer, subject), serde_json::to_vec(&self).map_err(|_| SealBroken)?);
        Ok(())
    }
}

/// What a fact rests on. It says which copy of a credential it came from: told to nobody.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Fact {
    /// The place of the consumer.
    pub(super) consumer: String,
    pub(super) subject: Subject,
    /// The consent, and so the request, by which it is told.
    pub(super) consent: String,
    pub(super) backing: Backing,
    /// When it ends, as the consumer was told.
    pub(super) ends: Option<Timestamp>,
    /// It was retracted because it is suspended, and is asserted again when it is valid.
    pub(super) suspended: bool,
    /// Its list has not been seen for too long.
    pub(super) list_unseen: bool,
    /// Its issuer's key has not been seen for too long.
    pub(super) signer_unseen: bool,
}

impl Fact {
    /// Whether the consumer was told that it is unconfirmed.
    pub(super) const fn is_unconfirmed(&self) -> bool {
        self.list_unseen || self.signer_unseen
    }
}

/// That a fact rests on a list or a signer.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Rest {
    /// The index in a list.
    pub(super) index: Option<u64>,
    /// Whether it was not valid when it was looked at last.
    pub(super) suspended: bool,
}

/// A list or a signer, and how it was seen last.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Source<T> {
    pub(super) of: T,
    /// When it was seen last.
    pub(super) seen: Timestamp,
    /// When it is looked at next.
    pub(super) due: Timestamp,
    /// How often somebody wanted it looked at: what comes while one looks is not missed.
    pub(super) wanted: u64,
    /// It could not be seen when it was looked at last.
    pub(super) failing: bool,
    /// It has not been seen for too long, and all facts that rest on it were told to be unconfirmed.
    pub(super) doubted: bool,
    /// Some of them still are.
    pub(super) some_doubted: bool,
    /// Of a list: what it said.
    pub(super) said: Option<Said>,
}

/// What a list said when it was seen last.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Said {
    /// When it was signed.
    pub(super) issued: Timestamp,
    /// How many entries it has.
    pub(super) entries: u64,
    /// The digest of the entries.
    pub(super) digest: String,
}

impl<T> Source<T> {
    /// One that a verdict found sound at `now`, to be looked at now.
    pub(super) const fn new(of: T, now: Timestamp) -> Self {
        Self {
            of,
            seen: now,
            due: now,
            wanted: 0,
            failing: false,
            doubted: false,
            some_doubted: false,
            said: None,
        }
    }
}

/// A watched list.
pub(super) fn list_place(keys: &RecordKeys, list: &ListName) -> String {
    keys.derive("feed list", &serde_json::json!([list.issuer, list.uri]).to_string())
}

/// A watched signer.
pub(super) fn signer_place(keys: &RecordKeys, signer: &Signer) -> String {
    keys.derive("feed signer", &signer.name())
}
