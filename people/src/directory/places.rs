//! Where the directory's records lie in the store. Every value is sealed for its place; a key names personas and subjects, which say nothing.
//!
//! | kind | key | value |
//! |---|---|---|
//! | position | `people/position` | where the feed goes on |
//! | persona | `people/persona/{persona}` | whom the verifier means by it |
//! | subject | `people/subject/{subject}` | what was heard of them so far |
//! | fact | `people/fact/{subject}/{fact}` | the event that asserted it, as long as it is one |
//! | listing | `people/listing/{persona}` | the last document, and what is published of it |
//! | holder | `people/holder/{kind}/{dsub}` | who is listed for the kind |
//! | event | `people/event/{number, 8 bytes}` | what the index is told |

use jigap_wallet_core::facts::{FactId, Subject};
use jigap_wallet_core::people::PersonaId;
use jigap_wallet_core::ports::KeyRange;

pub(super) const POSITION: &str = "people/position";
const EVENT: &[u8] = b"people/event/";

pub(super) fn persona(id: &PersonaId) -> String {
    format!("people/persona/{id}")
}

pub(super) fn subject(subject: &Subject) -> String {
    format!("people/subject/{subject}")
}

pub(super) fn facts(subject: &Subject) -> String {
    format!("people/fact/{subject}/")
}

pub(super) fn fact(subject: &Subject, fact: &FactId) -> String {
    format!("{}{fact}", facts(subject))
}

pub(super) fn listing(persona: &PersonaId) -> String {
    format!("people/listing/{persona}")
}

pub(super) fn holder(kind: &str, dsub: &str) -> String {
    format!("people/holder/{kind}/{dsub}")
}

pub(super) fn event(sequence: u64) -> Vec<u8> {
    [EVENT, &sequence.to_be_bytes()].concat()
}

/// The events after one.
pub(super) fn events_after(sequence: u64) -> KeyRange {
    KeyRange { start: event(sequence.saturating_add(1)), ..KeyRange::prefix(EVENT) }
}

/// The number in the key of an event.
pub(super) fn sequence_of(key: &[u8]) -> Option<u64> {
    key.get(EVENT.len()..)?.try_into().ok().map(u64::from_be_bytes)
}
