//! People who find and talk to each other: under personas, by statements that they sign.
//!
//! A [`Persona`] is a pair of keys that nothing connects with its person: one for a listing, one for each conversation. What it
//! says is a [`Statement`]: a [`listing`] document, what it [asks](asked) of a directory. Two of them get in touch ([`contact`]), agree on a
//! [`consultation`], and the one rates the other ([`rating`]): docs/decisions/0023-the-talk.md. A [`Dsub`] tells a directory that two listings
//! stand on one record. Nothing here does I/O or knows the time, so that a wallet and a directory run the same.

pub mod asked;
pub mod consultation;
pub mod contact;
pub mod dsub;
pub mod listing;
pub mod names;
mod persona;
pub mod rating;
mod statement;

pub use dsub::{DirectoryBlind, Dsub, DsubClaim};
pub use persona::{InvalidPersona, Persona, PersonaId, PublicPersona};
pub use statement::{
    AUDIENCE as STATEMENT_AUDIENCE, FORM as STATEMENT_FORM, KEY as STATEMENT_KEY, Kind,
    MOMENT as STATEMENT_MOMENT, SIGNED as STATEMENT_SIGNED, Statement,
};
