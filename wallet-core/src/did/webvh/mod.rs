//! did:webvh 1.0 (DIF, decentralized-identity/didwebvh 8e3bbc3): a DID whose every version stands in a log that verifies
//! itself, on the web server of the domain in the identifier.
//!
//! [`needs`](super::needs) names the log, `did.jsonl`, and, once that is there and has witnesses, their proofs, `did-witness.json`;
//! [`resolve`] verifies both and answers the version that is asked for. Keys for verifying come from the last version, or,
//! for a signature that says when it was made, from [`Log::key_at`]. A log is written by [`create`] and [`Log::update`].
//!
//! Pure, as everything here. Refused: what the checks `WV-01` to `WV-21` say, each under its own id in
//! [`ResolutionError::Webvh`], whose name outside is `invalidDid`, as the specification demands for all of them.

mod entry;
mod hash;
mod history;
mod identifier;
mod log;
mod parameters;
mod proof;
mod resolution;
mod witness;
mod write;

pub use entry::{FORM, NUMBER, TIME};
pub use history::{DEACTIVATED, RETIRED};
pub use identifier::{DOMAIN, PATH, SCID_FORM};
pub use log::{CHAIN, END, Log, NAME, PORTABILITY, PRE_ROTATION, SCID, Version};
pub use parameters::{PARAMETERS, VERSION, WITNESSES, Witnesses};
pub use proof::{PROOF, PROOF_FORM};
pub use resolution::{Resolution, VersionQuery};
pub use witness::{WITNESS_FILE, WITNESSED, WitnessProofs};
pub use write::{Change, Draft, WriteError, create, key_hash, placeholder_did};

use identifier::Identifier;
use jigap_keys::PublicKey;
use url::Url;

use super::{Did, DidDocument, DidUrl, Purpose, ResolutionError};
use crate::documents::{Documents, KeptDocument, Need};
use crate::ports::FetchLimits;
use crate::time::Timestamp;

/// How much of a log, or of its witnesses' proofs, is fetched.
const LIMITS: FetchLimits = FetchLimits { max_bytes: log::MAX_BYTES, timeout_ms: 15_000 };

/// The URL of the log of `did`.
///
/// # Errors
/// [`ResolutionError::MethodNotSupported`] if it is no did:webvh, [`ResolutionError::Webvh`] if it is malformed.
pub fn log_url(did: &Did) -> Result<Url, ResolutionError> {
    Ok(identifier(did)?.log)
}

/// The URL of the witnesses' proofs of `did`.
///
/// # Errors
/// As [`log_url`].
pub fn witness_url(did: &Did) -> Result<Url, ResolutionError> {
    identifier(did)?.witness_proofs().ok_or(ResolutionError::InvalidDid)
}

/// Resolves a DID URL: its DID, or the version that its query asks for. Path and fragment are left to the caller.
///
/// # Errors
/// [`ResolutionError::NotFound`] where the log is not at hand or has no such version, [`ResolutionError::Webvh`] where it is
/// refused.
pub fn resolve(url: &DidUrl, documents: &Documents) -> Result<Resolution, ResolutionError> {
    let query = VersionQuery::of_url(url)?;
    let log = verified(url.did(), documents)?;
    log.resolve(&query).ok_or(ResolutionError::NotFound)
}

/// The log of `did`, verified with its witnesses.
///
/// # Errors
/// As [`resolve`].
pub fn verified<'d>(did: &Did, documents: &'d Documents) -> Result<&'d Log, ResolutionError> {
    let identifier = identifier(did)?;
    let kept = documents.kept(&identifier.log).ok_or(ResolutionError::NotFound)?;
    let log = read(kept)?;
    log.require_did(did).map_err(ResolutionError::Webvh)?;
    if log.has_witnesses() {
        let proofs = identifier.witness_proofs().and_then(|url| documents.get(&url));
        let read =
            proofs.map_or_else(|| Ok(WitnessProofs::none()), |proofs| WitnessProofs::read(&proofs.bytes));
        let now = kept.document().fetched_at;
        read.and_then(|proofs| log.require_witnessed(&proofs, now)).map_err(ResolutionError::Webvh)?;
    }
    Ok(log)
}

/// What must be fetched before [`verified`] can answer, as far as is known.
pub(super) fn needs(did: &Did, documents: &Documents) -> Option<Need> {
    let identifier = identifier(did).ok()?;
    let Some(kept) = documents.kept(&identifier.log) else {
        let need = Need { url: identifier.log, accept: "text/jsonl", limits: LIMITS };
        return documents.unless_settled(need);
    };
    if !read(kept).is_ok_and(Log::has_witnesses) {
        return None;
    }
    let url = identifier.witness_proofs()?;
    documents.unless_settled(Need { url, accept: "application/json", limits: LIMITS })
}

/// The document of the last version, for verifying.
pub(super) fn document(did: &Did, documents: &Documents) -> Result<DidDocument, ResolutionError> {
    verified(did, documents)?.document()
}

/// See [`Log::key_at`].
pub(super) fn key_at(
    url: &DidUrl,
    purpose: Purpose,
    documents: &Documents,
    signed: Option<Timestamp>,
) -> Result<PublicKey, ResolutionError> {
    verified(url.did(), documents)?.key_at(url, purpose, signed)
}

fn identifier(did: &Did) -> Result<Identifier<'_>, ResolutionError> {
    if did.method() != "webvh" {
        return Err(ResolutionError::MethodNotSupported);
    }
    Identifier::read(did).map_err(ResolutionError::Webvh)
}

/// The log in a document: verified once, and kept with it. The time of fetching is the moment that no version may be after.
fn read(kept: &KeptDocument) -> Result<&Log, ResolutionError> {
    kept.did_log(|document| Log::read(&document.bytes, document.fetched_at)).map_err(ResolutionError::Webvh)
}

/// Whether what was fetched may stand in the place of the `known` log: it verifies and continues that one. The specification
/// asks resolvers to remember ("cache-and-compare"): a host may not take back what it showed. Where witnesses approve, nothing
/// is remembered: what is not approved yet must not keep out what will be.
pub(crate) fn may_replace(fetched: &KeptDocument, known: &Log) -> bool {
    known.has_witnesses() || read(fetched).is_ok_and(|log| log.continues(known))
}

#[cfg(test)]
mod tests;
