//! The wallet against issuers and verifiers that misbehave in every way, and against stores that fail at every step.

#![expect(clippy::unwrap_used, clippy::indexing_slicing, reason = "a test's helpers fail the test")]

mod accepting;
mod backups;
mod choosing;
mod consenting;
mod crashes;
mod directory;
mod mdoc;
mod presenting;
mod refreshing;
mod w3c;
mod world;
