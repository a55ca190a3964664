//! The search of qualified people: who is found was verified, and is gone when that no longer holds.
//!
//! A [`Listing`] is what a person says of themselves under a name they chose, and the [`Facet`]s that a verifier found proved.
//! [`IndexEvent`]s, numbered, are all that an [`Index`] knows: two that took the same events hold the same ([`Index::digest`]).
//! A [`Query`] is answered by a [`Ranked`] list, whose pages are read through the tombstones: who was retracted, paused or withdrawn
//! since is in no page, whoever keeps the list. How hits are ranked is public ([`ranking`]) and told for each hit.
//!
//! Nothing here does I/O or knows the time: the index lies in memory and is made again from the events (docs/decisions/0020).

#[cfg(feature = "index")]
mod event;
#[cfg(feature = "index")]
mod index;
mod listing;
#[cfg(feature = "index")]
mod page;
mod query;
pub mod ranking;
mod week;
mod words;

#[cfg(feature = "index")]
pub use event::{IndexEvent, What};
#[cfg(feature = "index")]
pub use index::{Index, IndexError, Taken};
pub use listing::{Admitted, FORM as LISTING_FORM, Facet, Listing, Mode};
#[cfg(feature = "index")]
pub use page::{Count, Hit, LIFETIME, Page, Ranked, ShownFacet};
pub use query::{FORM as QUERY_FORM, MINIMUM, Near, PAGING, Query, Sort};
pub use ranking::Checked;
pub use week::{Part, Week};
pub use words::reading::understood;
pub use words::suggest::{MAX_SUGGESTIONS, Suggestion, suggest};
pub use words::titles::{TITLE, Titles};
