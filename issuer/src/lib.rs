//! The issuer service: OpenID4VCI 1.0 for many tenants, and the admin API their registrars use.
//!
//! The domain ([`tenant`], [`admin`] and what they stand on) knows ports only; [`http`] puts it on the network. An offer
//! becomes a token, a token and key proofs become a batch of credentials, each step one commit.

pub mod admin;
pub mod assembly;
pub mod blind;
pub mod configuration;
mod credential;
pub mod dpop;
pub mod dsub;
pub mod hints;
pub mod http;
pub mod idempotency;
pub mod import;
pub mod issuance;
mod metadata;
pub mod offer;
mod places;
pub mod publish;
pub mod refresh;
pub mod register;
pub mod status;
mod stored;
mod sweep;
pub mod tenant;
mod token;
pub mod types;
pub mod vc_api;
pub mod verdicts;
mod versions;
mod w3c;

#[cfg(test)]
mod tests;
