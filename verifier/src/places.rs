//! Where the verifier's records lie in the store.
//!
//! | kind | key | value |
//! |---|---|---|
//! | session | `verifier/session/{id}` | [`Session`](crate::session::Session) |
//! | pieces | `verifier/pieces/{id}/{number}` | a session that is longer than a value may be |
//! | ending | `verifier/ending/{moment, 8 bytes}{id}` | empty: when the session may be forgotten |

use jigap_wallet_core::ports::KeyRange;
use jigap_wallet_core::time::Timestamp;

const ENDING: &[u8] = b"verifier/ending/";

pub(crate) fn session(id: &str) -> String {
    format!("verifier/session/{id}")
}

/// Where the pieces of a long session lie.
pub(crate) fn session_pieces(id: &str) -> String {
    format!("verifier/pieces/{id}")
}

/// All pieces of a session.
pub(crate) fn all_session_pieces(id: &str) -> KeyRange {
    KeyRange::prefix(format!("{}/", session_pieces(id)))
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
