//! How a seeker gets in touch with a listed person (docs/decisions/0023-the-talk.md).
//!
//! | who | does |
//! |---|---|
//! | seeker | writes a [`Message`] and signs a [`NewRequest`] with a persona made for this listing |
//! | directory | [`ContactRequest::read`] and `require_new`, [`Gate::require`], [`budget::spend`], [`FrankKey::frank`], [`Contact::begin`] |
//! | listed person | [`ContactRequest::open`], then [`answer()`]: accept, decline or block; [`report()`] where it is due |
//! | directory | [`Contact::take`]; a moderator: [`Proved::judge`] |
//! | either | after it was accepted, [`disclose`]: nobody is known before they choose to be |
//!
//! Refused: what PC-01 to PC-12 say.

mod answer;
pub mod budget;
pub mod checks;
mod disclosure;
mod message;
mod report;
mod request;

pub use self::answer::{Answer, Contact, KIND as ANSWER, Says, Standing, WAITS, answer};
pub use self::disclosure::{Disclosure, KIND as DISCLOSURE, MAX_BYTES, disclose};
pub use self::message::{MAX_CHARACTERS, Message};
pub use self::report::{Frank, FrankKey, Ground, KIND as REPORT, Passed, Proved, report};
pub use self::request::{ContactRequest, Gate, KIND as REQUEST, MAX_PROOF, NewRequest, NotMade};

#[cfg(test)]
mod tests;
