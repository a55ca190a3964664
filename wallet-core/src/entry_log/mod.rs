//! The entry log of a venue's gate: who came in and when, sealed so that a join takes authority, venue and issuer, and unreadable
//! after 28 days.
//!
//! ```text
//! parties    Party ─► sign ─► statements ─► Draft ─► agree ─► Policy   (keys of days and generations, made ahead)
//! issuer     pass, person ─► Entry::seal ─► register               (to the authority, then to the issuer)
//! gate       Admitted, now ─► Visit ─► Chain::append ─► row        (to the authority, then to the venue)
//! authority  Requests::make ─► request ─► every party's Requests::take
//! venue      rows, closes ─► Chain::require ─► venue_answer        (the hours of the scope, outer layer opened)
//! authority  VenueAnswer::open ─► contacts ─► Asked::sign
//! issuer     issuer_answer                                         (the passes asked for, outer layer opened)
//! authority  IssuerAnswer::open ─► persons
//! ```
//! Pure, as everything here: where rows and private keys lie, and how they end, is `platform`'s. The form is Jigap's own
//! (docs/SPECS.md, "The entry log"); what it protects from, and what not, stands in docs/THREATS.md. Refused: what is not in its form, not
//! signed by whom it should be, out of its place, its order or its scope.

mod answer;
mod asked;
mod close;
mod day;
mod erased;
mod ledger;
mod party;
mod policy;
mod register;
mod request;
mod row;
mod scanner;
mod signed;
mod visit;

pub use answer::{Anchor, GAPLESS, GateDay, Seen, VenueAnswer, contacts, venue_answer};
pub use asked::{ASKED_FOR, Asked, IssuerAnswer, RELEASED, issuer_answer};
pub use close::{CLOSED, Close};
pub use day::{CLOCK, Day, Hour, Slot, require_forward};
pub use erased::Erased;
pub use ledger::{Answered, Ledger};
pub use party::{Door, KEYS, Party, PartyId, Role, Run};
pub use policy::{AGREED, Draft, Policy, ROLES, Separation};
pub use register::{Entry, MAX_ENTRY, Released};
pub use request::{CIRCLE, NUMBERED, NewRequest, Request, Requests, SCOPE, Scope};
pub use row::{CHAIN, Chain, MAX_ROW, OPENS, Place, Row, Seals, open_hours, published};
pub use scanner::{LOGGED, MOST_ROWS, PUT_BACK, Rows, RowsHeard, RowsTold, scanner_name};
pub use signed::{FORM, SIGNED};
pub use visit::{Guest, Visit};

use crate::verdict::Refusal;

/// Why something cannot be made, sealed or answered.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum LogError {
    /// A rule stands against it.
    #[error(transparent)]
    Refused(#[from] Refusal),
    /// A text is empty, too long, or deceives the eye: the caller's fault.
    #[error("the text is empty, too long, or cannot be shown")]
    Text,
    /// The key is another's, or of a type that does not do this: the caller's fault.
    #[error("the key is another's, or of another type")]
    Key,
    /// It belongs to another venue, day or party: the caller's fault.
    #[error("it belongs to another venue, day or party")]
    Place,
}

#[cfg(test)]
mod tests;
