//! The verifier service: OpenID4VP 1.0 requests, judged responses, results for whoever asked.
//!
//! [`verifier`] asks and judges, [`session`] makes every question answerable once, [`evidence`] fetches what the judge
//! names, [`trust`] holds whom it trusts and renews it, [`identity`] says who it is to wallets, [`vc_api`]
//! judges what callers hand over, [`feed`] tells on what was found for as long as it holds, [`http`] puts it on the network.

pub mod assembly;
mod disclosed;
pub mod evidence;
pub mod feed;
pub mod http;
pub mod identity;
pub mod issues;
mod places;
pub mod session;
pub mod trust;
pub mod vc_api;
pub mod verifier;

#[cfg(test)]
mod tests;
