//! Ports: everything the core and the services want from the world. `platform` implements them; each has one
//! conformance suite that every implementation runs.

mod clock;
mod fetch;
mod signer;
mod store;

pub use clock::Clock;
pub use fetch::{Fetch, FetchError, FetchLimits, HttpRequest, HttpResponse, Method};
pub use signer::{Signer, SignerError};
pub use store::{KeyRange, Store, StoreError, StoreLimits, Transaction, Tx, transact};
