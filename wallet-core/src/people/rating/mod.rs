//! How somebody is rated after a consultation, by who was there and by nobody whom the directory could name
//! (docs/decisions/0023-the-talk.md).
//!
//! A seeker takes one token in each confirmed consultation ([`token`]). It is issued blindly, in a [`Batch`] of one listing and one month, and
//! spent when the month is over: the directory sees that a rating is of somebody who consulted this listing in that month, and not of
//! whom. What the ratings come to is a credential ([`reputation`]). What a small batch tells is said in docs/THREATS.md.
//!
//! Refused: what RA-01 to RA-08 say.

mod batch;
pub mod checks;
pub mod reputation;
pub mod token;

pub use self::batch::{Batch, BatchKey, KIND as BATCH_KEY, NoMonth, Period, TokenSecret};
pub use self::reputation::{NoCredential, Reputation, Sayer, Tally};
pub use self::token::{Asked, Issued, Rating, Receipt, Stars, Token, VerifiedRating};

#[cfg(test)]
mod tests;
