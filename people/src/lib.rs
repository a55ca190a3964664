//! The search of qualified people: who is found was verified, and is gone when that no longer holds.
//!
//! A [`Listing`] is what a person says of themselves under a name they chose, and the [`Facet`]s that a verifier found proved.
//! [`IndexEvent`]s, numbered, are all that an [`Index`] knows: two that took the same events hold the same ([`Index::digest`]).
//! A [`Query`] is answered by a [`Ranked`] list, whose pages are read through the tombstones: who was retracted, paused or withdrawn
//! since is in no page, whoever keeps the list. How hits are ranked is public ([`ranking`]) and told for each hit.
//!
//! Nothing of that does I/O or knows the time: the index lies in memory and is made again from the events (docs/decisions/0020). With feature
//! `service` there is a directory around it: durable, fed by a verifier, served over HTTP (`directory`, `http`, `assembly`;
//! docs/decisions/0024).

#[cfg(feature = "service")]
mod answers;
#[cfg(feature = "service")]
pub mod assembly;
#[cfg(feature = "service")]
pub mod directory;
#[cfg(feature = "index")]
mod event;
mod facet;
#[cfg(feature = "service")]
pub mod feed;
#[cfg(feature = "service")]
pub mod http;
#[cfg(feature = "index")]
mod index;
mod kinds;
mod listing;
#[cfg(feature = "index")]
mod page;
mod query;
pub mod ranking;
pub mod vocabulary;
mod week;
mod words;

#[cfg(feature = "index")]
pub use event::{IndexEvent, What};
pub use facet::{Claims, Facet, Proved};
#[cfg(feature = "index")]
pub use index::{Index, IndexError, Taken};
pub use kinds::{CREDENTIAL, Dsub, Found, InvalidKind, Kind, Kinds};
pub use listing::{Admitted, FORM as LISTING_FORM, Listing, Mode};
#[cfg(feature = "index")]
pub use page::{Count, Hit, LIFETIME, Page, Ranked, ShownFacet};
pub use query::{FORM as QUERY_FORM, MINIMUM, Near, PAGING, Query, Sort, cell_of};
pub use ranking::Checked;
pub use week::{Part, Week};
pub use words::named;
pub use words::reading::understood;
pub use words::suggest::{MAX_SUGGESTIONS, Suggestion, suggest};
pub use words::titles::{TITLE, Titles};
