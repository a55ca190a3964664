//! Where the verifier's records lie in the store.
//!
//! | kind | key | value |
//! |---|---|---|
//! | session | `verifier/session/{id}` | [`Session`](crate::session::Session) |
//! | answer | `verifier/answer/{id}/{number}` | the sealed [`Answer`](crate::session::Answer), in pieces |
//! | ending | `verifier/ending/{moment, 8 bytes}{id}` | empty: when the session may be forgotten |

use jigap_wallet_core::ports::KeyRange;
use jigap_wallet_core::time::Timestamp;

const ENDING: &[u8] = b"verifier/ending/";

pub(crate) fn session(id: &str) -> String {
    format!("verifier/session/{id}")
}

pub(crate) fn answer(id: &str) -> String {
    format!("verifier/answer/{id}")
}

/// All pieces of an answer.
pub(crate) fn answer_pieces(id: &str) -> KeyRange {
    KeyRange::prefix(format!("{}/", answer(id)))
}

pub(crate) fn ending(moment: Timestamp, id: &str) -> Vec<u8> {
    [ENDING, &moment.unix().to_be_bytes(), id.as_bytes()].concat()
}

/// The endings before `now`.
pub(crate) fn ended(now: Timestamp) -> KeyRange {
    KeyRange::new(ENDING, [ENDING, &now.unix().to_be_bytes()].concat())
}

/// The session id in the key of an ending.
pub(crate) fn id_of_ending(key: &[u8]) -> Option<&str> {
    key.get(ENDING.len() + 8..).and_then(|id| std::str::from_utf8(id).ok())
}
