//! Foreign implementations on the other side, both ways: what stands in tests/interop/README.md, piece by piece.
//!
//! Each test starts a peer, a program in `peers/` built on somebody else's library, and speaks to it as the protocol
//! says. Where the peers are not installed (`cargo xtask test` does it) a test says `skipped`; in CI it fails.

#![expect(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::panic,
    reason = "a test's helpers fail the test"
)]

mod bitstring;
#[expect(dead_code, reason = "the stories configure tenants and verifiers with them")]
#[path = "../story/certificates.rs"]
mod certificates;
mod data_integrity;
mod hcert;
mod json_ld;
mod lote;
mod mdoc;
mod our_wallet;
mod peers;
mod scene;
mod sd_jwt;
mod wallet;
mod webvh;
#[expect(dead_code, reason = "the stories lose messages; nobody does here")]
#[path = "../story/wire.rs"]
mod wire;
#[expect(dead_code, reason = "the stories turn the clock; nobody does here")]
#[path = "../story/world.rs"]
mod world;
