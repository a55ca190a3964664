//! The protocol core of Jigap: credential formats, identifiers, status, queries, the verdict, and the wallet's box.
//!
//! **Judging never waits.** What judges or builds is a pure function: bytes, `now`, entropy and documents in, bytes
//! out. What it wants from outside it names first. Only the wallet's box waits, through the [`ports`].

pub mod bundle;
pub mod cbor;
pub mod claims;
pub mod contexts;
pub mod cose;
pub mod dcql;
pub mod did;
pub mod documents;
pub mod entry_log;
pub mod facts;
pub mod hcert;
pub mod jose;
pub mod judge;
#[cfg(feature = "ldp")]
pub mod ldp;
pub mod lote;
pub mod mdoc;
pub mod pass;
pub mod people;
pub mod pieces;
pub mod ports;
mod redacted;
pub mod sdjwt;
pub mod sealing;
pub mod status;
pub mod text;
mod text_form;
pub mod time;
pub mod trust;
pub mod type_metadata;
pub mod vccose;
pub mod vcdm;
pub mod vci;
pub mod vcjwt;
pub mod vcsdjwt;
pub mod verdict;
pub mod vp;
pub mod wallet;
pub mod wallet_box;
pub mod x509;

#[cfg(test)]
mod testing;
