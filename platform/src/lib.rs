//! All of Jigap's I/O, behind the ports of `wallet-core`.
//!
//! The bans of `clippy.toml` (clocks, files, environment, sockets, tasks) are lifted here and only here, each at the
//! very call that needs it, with its reason.

pub mod acme;
pub mod authority;
pub mod camera;
pub mod clock;
pub mod config;
pub mod csr;
pub mod day_keys;
mod der;
pub mod entropy;
pub mod entry_log;
pub mod fetch;
pub mod files;
pub mod http;
pub mod journal;
mod kernel_keys;
pub mod keyring;
mod panics;
pub mod pem;
pub mod secrets;
pub mod signer;
pub mod store;
pub mod telemetry;
#[cfg(any(test, feature = "testing"))]
pub mod testing;
