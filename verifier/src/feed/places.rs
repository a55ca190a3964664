//! Where the feed's records lie in the store, below `verifier/feed/`. Consumers, lists and signers stand there as digests that only this
//! verifier makes, so that who reads the keys of the store learns no address of a list.
//!
//! | key | value |
//! |---|---|
//! | `request/{id}` | what a consumer asked: [`Request`](super::records::Request) |
//! | `consent/{id}` | what a holder agreed to: [`Consent`](super::records::Consent) |
//! | `subject/{consumer}/{subject}` | how many events and facts it has: [`Counts`](super::records::Counts) |
//! | `head/{consumer}` | the position of the last event, 8 bytes |
//! | `out/{consumer}/{position, 8 bytes}` | an event |
//! | `fact/{id}`, `claim/{id}` | what a fact rests on: [`Fact`](super::records::Fact); what it says |
//! | `list/{list}`, `signer/{signer}` | how it was seen last: [`Source`](super::records::Source) |
//! | `on/{list or signer}/{fact}` | that the fact rests on it: [`Rest`](super::records::Rest) |
//! | `new/{list}/{fact}` | empty: the fact came since the list was looked at |
//! | `due/{kind}/{moment, 8 bytes}{id}` | empty: what is to be done then |

use jigap_wallet_core::facts::{FactId, Subject};
use jigap_wallet_core::ports::KeyRange;
use jigap_wallet_core::time::Timestamp;

const FEED: &str = "verifier/feed";

/// What is to be done at a moment.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(super) enum Due {
    /// A request is forgotten.
    Forget,
    /// A fact ends.
    End,
    /// A list is looked at.
    List,
    /// A signer is looked at.
    Signer,
}

impl Due {
    const fn name(self) -> &'static str {
        match self {
            Self::Forget => "forget",
            Self::End => "end",
            Self::List => "list",
            Self::Signer => "signer",
        }
    }

    fn prefix(self) -> Vec<u8> {
        format!("{FEED}/due/{}/", self.name()).into_bytes()
    }

    /// Where it stands that this is to be done with `id` at `moment`.
    pub(super) fn at(self, moment: Timestamp, id: &str) -> Vec<u8> {
        [&self.prefix(), &moment.unix().to_be_bytes()[..], id.as_bytes()].concat()
    }

    /// What is to be done at `now` at the latest.
    pub(super) fn until(self, now: Timestamp) -> KeyRange {
        let after = now.unix().saturating_add(1);
        KeyRange::new(self.prefix(), [&self.prefix(), &after.to_be_bytes()[..]].concat())
    }

    /// With what, by its key.
    pub(super) fn id(self, key: &[u8]) -> Option<&str> {
        key.get(self.prefix().len() + 8..).and_then(|id| str::from_utf8(id).ok())
    }
}

pub(super) fn request(id: &str) -> String {
    format!("{FEED}/request/{id}")
}

pub(super) fn consent(id: &str) -> String {
    format!("{FEED}/consent/{id}")
}

pub(super) fn subject(consumer: &str, subject: &Subject) -> String {
    format!("{FEED}/subject/{consumer}/{subject}")
}

pub(super) fn head(consumer: &str) -> String {
    format!("{FEED}/head/{consumer}")
}

/// The key of an event, and the name that it is sealed for.
pub(super) fn event(consumer: &str, position: u64) -> (Vec<u8>, String) {
    let prefix = format!("{FEED}/out/{consumer}/");
    ([prefix.as_bytes(), &position.to_be_bytes()[..]].concat(), format!("{prefix}{position}"))
}

/// The events after a position.
pub(super) fn events_after(consumer: &str, position: u64) -> KeyRange {
    let (start, _) = event(consumer, position.saturating_add(1));
    KeyRange::new(start, KeyRange::prefix(format!("{FEED}/out/{consumer}/")).end)
}

/// The position in the key of an event.
pub(super) fn position(key: &[u8]) -> Option<u64> {
    key.last_chunk::<8>().map(|bytes| u64::from_be_bytes(*bytes))
}

pub(super) fn fact(id: &FactId) -> String {
    format!("{FEED}/fact/{id}")
}

pub(super) fn all_facts() -> KeyRange {
    KeyRange::prefix(format!("{FEED}/fact/"))
}

pub(super) fn claim(id: &FactId) -> String {
    format!("{FEED}/claim/{id}")
}

pub(super) fn list(place: &str) -> String {
    format!("{FEED}/list/{place}")
}

pub(super) fn all_lists() -> KeyRange {
    KeyRange::prefix(format!("{FEED}/list/"))
}

pub(super) fn signer(place: &str) -> String {
    format!("{FEED}/signer/{place}")
}

pub(super) fn all_signers() -> KeyRange {
    KeyRange::prefix(format!("{FEED}/signer/"))
}

/// Where it stands that a fact rests on a list or signer.
pub(super) fn rest(source: &str, fact: &FactId) -> String {
    format!("{FEED}/on/{source}/{fact}")
}

/// What rests on a list or signer, after `fact` if one is named.
pub(super) fn resting(source: &str, after: Option<&FactId>) -> KeyRange {
    let all = KeyRange::prefix(format!("{FEED}/on/{source}/"));
    match after {
        None => all,
        Some(fact) => KeyRange::new([rest(source, fact).as_bytes(), b"\0"].concat(), all.end),
    }
}

pub(super) fn new(list: &str, fact: &FactId) -> String {
    format!("{FEED}/new/{list}/{fact}")
}

pub(super) fn all_new(list: &str) -> KeyRange {
    KeyRange::prefix(format!("{FEED}/new/{list}/"))
}

/// The last part of a key: the id in it.
pub(super) fn last(key: &[u8]) -> Option<&str> {
    str::from_utf8(key).ok()?.rsplit('/').next()
}

/// The fact in the key of one that rests on something.
pub(super) fn fact_of(key: &[u8]) -> Option<FactId> {
    FactId::new(last(key)?).ok()
}
