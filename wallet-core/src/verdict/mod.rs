//! The verdict: what was checked, what came of it, and why, in Korean and English.

mod check;

pub use check::{Check, Reason, Refusal};
