//! Jigap in a browser: the gate's scanner. `cargo xtask web` makes WebAssembly of it and puts it beside the pages of `page/`.
//!
//! The judge is the very one of every other gate (`jigap_wallet_core::pass`), and codes are read by `jigap_scanner`, so that a
//! page that was loaded once needs no network. [`door`] is what happens, [`store`] what the page keeps, [`sharing`] what gates
//! tell each other, [`log`] the entry log; `face` is what the page calls.

pub mod door;
mod face;
pub mod log;
pub mod sharing;
pub mod store;

pub use face::{Scanner, codes, modules, succeeds};
