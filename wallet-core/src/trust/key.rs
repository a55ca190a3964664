//! An issuer's key, found by the one mechanism that its trust entry fixes.
//!
//! Refused by V-05: a header of another mechanism (a chain where a DID is fixed, a bare `jwk` anywhere), a chain that
//! leads elsewhere, a DID or metadata that cannot be resolved. Refused by V-04: a key that is found but is not the
//! issuer's, be it a leaf without the issuer's name, a method of another DID or not listed for assertions, or metadata
//! of another issuer. Refused by TL-08: the issuer's key that the list pins for something else, or not at all.

use jigap_keys::PublicKey;

use super::entry::{Mechanism, PinnedKeys, TrustEntry};
use super::issuer_metadata::{self, NoKey};
use super::{ISSUER_BINDING, IssuerDid, KEY_PURPOSE, MECHANISM};
use crate::did::{self, DidUrl, ProofKey, Purpose, ResolutionError};
use crate::documents::{Documents, Need};
use crate::jose::Header;
use crate::time::Timestamp;
use crate::verdict::{Reason, Refusal};
use crate::x509::{Anchors, ChainError, Leaf};

pub(super) const OTHER_MECHANISM: Reason = Reason::new(
    "mechanism-mismatch",
    "the credential names its key in another way than the trust list fixes",
    "증명서가 신뢰 목록이 정한 것과 다른 방식으로 키를 가리킵니다",
);
pub(super) const NO_CHAIN: Reason = Reason::new(
    "x5c-missing",
    "the credential carries no certificate chain",
    "증명서에 인증서 체인이 없습니다",
);
const BAD_CHAIN: Reason = Reason::new(
    "x5c-untrusted",
    "the certificate chain does not lead to an anchor of the trust list",
    "인증서 체인이 신뢰 목록의 신뢰 기점으로 이어지지 않습니다",
);
const CHAIN_EXPIRED: Reason = Reason::new(
    "x5c-expired",
    "a certificate of the chain ended at {at}",
    "체인의 인증서가 {at}에 만료되었습니다",
);
const CHAIN_NOT_YET: Reason = Reason::new(
    "x5c-not-yet",
    "a certificate of the chain begins at {at}",
    "체인의 인증서는 {at}부터 유효합니다",
);
const CHAIN_MALFORMED: Reason = Reason::new(
    "x5c-unsuitable",
    "a certificate of the chain is malformed or not for this use",
    "체인에 형식이 잘못되었거나 이 용도로 쓸 수 없는 인증서가 있습니다",
);
const OTHER_PURPOSE_LEAF: Reason = Reason::new(
    "x5c-other-purpose",
    "the signer's certificate is one for servers, clients, readers or the like",
    "서명자의 인증서가 서버, 클라이언트, 리더 따위에 쓰는 인증서입니다",
);
pub(super) const LEAF_NAME: Reason = Reason::new(
    "x5c-other-name",
    "the signer's certificate does not bear the issuer's name",
    "서명자의 인증서에 발급자의 이름이 없습니다",
);
const OTHER_DID: Reason = Reason::new("did-other", "the key is one of another DID", "다른 DID의 키입니다");
const NOT_FOR_ASSERTION: Reason = Reason::new(
    "did-method-unlisted",
    "the issuer's DID document does not list the key for signing credentials",
    "발급자의 DID 문서가 그 키를 증명서 서명용으로 두고 있지 않습니다",
);
const DID_UNRESOLVED: Reason = Reason::new(
    "did-unresolved",
    "the issuer's DID cannot be resolved to a usable key",
    "발급자의 DID에서 쓸 수 있는 키를 찾을 수 없습니다",
);
const DOCUMENT_MISSING: Reason = Reason::new(
    "key-document-missing",
    "the document with the issuer's keys could not be fetched",
    "발급자의 키가 담긴 문서를 가져오지 못했습니다",
);
const METADATA_MALFORMED: Reason = Reason::new(
    "issuer-metadata-malformed",
    "the issuer's metadata or key set is malformed",
    "발급자의 메타데이터나 키 집합의 형식이 잘못되었습니다",
);
const METADATA_OTHER_ISSUER: Reason = Reason::new(
    "issuer-metadata-other",
    "the metadata is that of another issuer",
    "다른 발급자의 메타데이터입니다",
);
const KEY_UNKNOWN: Reason = Reason::new(
    "key-unknown",
    "the issuer has no such key, or the credential does not say which of several",
    "발급자에게 그런 키가 없거나, 여러 키 중 어느 것인지 증명서에 적혀 있지 않습니다",
);
const KEY_AMBIGUOUS: Reason = Reason::new(
    "key-ambiguous",
    "two of the issuer's keys have one name",
    "발급자의 키 두 개가 같은 이름을 갖고 있습니다",
);
const KEY_UNUSABLE: Reason = Reason::new(
    "key-unusable",
    "the issuer's key is malformed or not for signatures",
    "발급자의 키가 형식이 잘못되었거나 서명용이 아닙니다",
);
const OTHER_PURPOSE: Reason = Reason::new(
    "key-other-purpose",
    "the trust list does not let this key of the issuer sign this",
    "신뢰 목록이 발급자의 이 키로는 이것에 서명하지 못하게 합니다",
);

/// What must be fetched before [`issuer_key`] or [`status_key`] can find the key, as far as is known: ask again with what was brought,
/// until nothing is named.
pub fn needs(entry: &TrustEntry, header: &Header, documents: &Documents) -> Vec<Need> {
    if require_own_header(entry, header).is_err() {
        return Vec::new();
    }
    key_needs(entry, documents)
}

/// The key that verifies a credential which the issuer of `entry` signed under `header`.
///
/// # Errors
/// A refusal by V-05, V-04 or TL-08, as the module says.
pub fn issuer_key(
    entry: &TrustEntry,
    header: &Header,
    documents: &Documents,
    now: Timestamp,
) -> Result<PublicKey, Refusal> {
    issuer_key_at(entry, header, documents, now, None)
}

/// As [`issuer_key`], for a credential that says it was signed at `signed`. Only a did:webvh makes use of that, for keys it
/// retired ([`did::webvh::Log::key_at`]); what is said there is not believed, it can only make a retired key refused.
///
/// # Errors
/// As [`issuer_key`].
pub fn issuer_key_at(
    entry: &TrustEntry,
    header: &Header,
    documents: &Documents,
    now: Timestamp,
    signed: Option<Timestamp>,
) -> Result<PublicKey, Refusal> {
    let key = found_key(entry, header, documents, (now, signed))?;
    pinned(entry, PinnedKeys::lets_issue, || key.thumbprint())?;
    Ok(key)
}

/// Every key that the issuer of `entry` may sign credentials with, where no header says which: for what has no room for one.
/// Certificates are found by nothing but a header, so an issuer that is known by them has none. What it needs is what
/// [`key_needs`] names.
///
/// # Errors
/// As [`issuer_key`].
pub fn signing_keys(entry: &TrustEntry, documents: &Documents) -> Result<Vec<PublicKey>, Refusal> {
    let mut keys = match &entry.mechanism {
        Mechanism::X5c { .. } | Mechanism::X5cAny(_) => return Err(MECHANISM.refuse(OTHER_MECHANISM)),
        Mechanism::Did(issuer) => {
            let document = issuer.document(documents).map_err(refuse_did)?;
            let methods = document.methods(Purpose::AssertionMethod);
            // Each by the way that finds it for a credential: those of another controller, and revoked ones, are none.
            methods.filter_map(|method| issuer.key_at(method.id(), documents, None).ok()).collect()
        }
        Mechanism::JwtVcIssuer(url) => {
            issuer_metadata::keys(&entry.issuer, url, documents).map_err(refuse_metadata)?
        }
    };
    keys.retain(|key| pinned(entry, PinnedKeys::lets_issue, || key.thumbprint()).is_ok());
    Ok(keys)
}

/// What must be fetched before [`signing_keys`] can find the keys; ask again with what was brought.
pub fn key_needs(entry: &TrustEntry, documents: &Documents) -> Vec<Need> {
    let need = match &entry.mechanism {
        Mechanism::X5c { .. } | Mechanism::X5cAny(_) => None,
        Mechanism::Did(issuer) => did::needs(issuer.did(), documents),
        Mechanism::JwtVcIssuer(url) => {
            issuer_metadata::missing_url(&entry.issuer, url, documents).map(Need::json)
        }
    };
    need.and_then(|need| documents.unless_settled(need)).into_iter().collect()
}

/// The key that verifies a status list which the issuer of `entry` signed under `header`.
///
/// # Errors
/// As [`issuer_key`].
pub fn status_key(
    entry: &TrustEntry,
    header: &Header,
    documents: &Documents,
    now: Timestamp,
) -> Result<PublicKey, Refusal> {
    // A list is signed again and again: by a key in use.
    for_status_lists(entry, found_key(entry, header, documents, (now, None))?)
}

/// `key`, which was found for the issuer of `entry`, unless it may not sign status lists. Refuses by TL-08.
pub(crate) fn for_status_lists(entry: &TrustEntry, key: PublicKey) -> Result<PublicKey, Refusal> {
    pinned(entry, PinnedKeys::lets_sign_status, || key.thumbprint())?;
    Ok(key)
}

/// Refuses the key with this thumbprint, if the list pins the issuer's keys and it is not one for the purpose.
pub(super) fn pinned(
    entry: &TrustEntry,
    lets: impl FnOnce(&PinnedKeys, &str) -> bool,
    thumbprint: impl FnOnce() -> String,
) -> Result<(), Refusal> {
    match &entry.keys {
        Some(keys) if !lets(keys, &thumbprint()) => Err(KEY_PURPOSE.refuse(OTHER_PURPOSE)),
        _ => Ok(()),
    }
}

fn found_key(
    entry: &TrustEntry,
    header: &Header,
    documents: &Documents,
    (now, signed): (Timestamp, Option<Timestamp>),
) -> Result<PublicKey, Refusal> {
    require_own_header(entry, header)?;
    let kid = header.kid.as_deref();
    match &entry.mechanism {
        Mechanism::X5c { anchors, .. } | Mechanism::X5cAny(anchors) => {
            key_of_chain(entry, anchors, &header.x5c, now)
        }
        Mechanism::Did(issuer) => match kid {
            Some(kid) => key_of_method(issuer, kid, documents, signed),
            None => only_key_of(issuer, documents),
        },
        Mechanism::JwtVcIssuer(url) => {
            issuer_metadata::key(&entry.issuer, url, kid, documents).map_err(refuse_metadata)
        }
    }
}

/// As [`needs`], for a Data Integrity proof and [`method_key`].
pub fn method_needs(entry: &TrustEntry, documents: &Documents) -> Vec<Need> {
    let need = match &entry.mechanism {
        Mechanism::Did(issuer) => did::needs(issuer.did(), documents),
        Mechanism::X5c { .. } | Mechanism::X5cAny(_) | Mechanism::JwtVcIssuer(_) => None,
    };
    need.and_then(|need| documents.unless_settled(need)).into_iter().collect()
}

/// The key of the verification method that a credential's Data Integrity proof names, which only a DID has.
///
/// # Errors
/// As [`issuer_key`].
pub fn method_key(
    entry: &TrustEntry,
    verification_method: &str,
    documents: &Documents,
) -> Result<ProofKey, Refusal> {
    method_key_at(entry, verification_method, documents, None)
}

/// As [`method_key`], for a proof that says it was made at `signed`; see [`issuer_key_at`].
///
/// # Errors
/// As [`issuer_key`].
pub fn method_key_at(
    entry: &TrustEntry,
    verification_method: &str,
    documents: &Documents,
    signed: Option<Timestamp>,
) -> Result<ProofKey, Refusal> {
    let (issuer, url) = own_method(entry, verification_method)?;
    let key = issuer.proof_key_at(&url, documents, signed).map_err(refuse_did)?;
    pinned(entry, PinnedKeys::lets_issue, || key.thumbprint())?;
    Ok(key)
}

/// As [`method_key`], of a status list that has a Data Integrity proof: by a key in use.
///
/// # Errors
/// As [`issuer_key`].
pub fn status_method_key(
    entry: &TrustEntry,
    verification_method: &str,
    documents: &Documents,
) -> Result<PublicKey, Refusal> {
    let (issuer, url) = own_method(entry, verification_method)?;
    for_status_lists(entry, issuer.key_at(&url, documents, None).map_err(refuse_did)?)
}

/// The DID of `entry` and the method that a proof names, which must be one of it.
fn own_method<'e>(
    entry: &'e TrustEntry,
    verification_method: &str,
) -> Result<(&'e IssuerDid, DidUrl), Refusal> {
    match &entry.mechanism {
        Mechanism::Did(issuer) => Ok((issuer, method_of(issuer, verification_method)?)),
        Mechanism::X5c { .. } | Mechanism::X5cAny(_) | Mechanism::JwtVcIssuer(_) => {
            Err(MECHANISM.refuse(OTHER_MECHANISM))
        }
    }
}

/// Refuses a header that names its key in a way of another mechanism.
fn require_own_header(entry: &TrustEntry, header: &Header) -> Result<(), Refusal> {
    let names_did = header.kid.as_deref().is_some_and(|kid| kid.starts_with("did:"));
    let foreign = match &entry.mechanism {
        Mechanism::X5c { .. } | Mechanism::X5cAny(_) => names_did,
        Mechanism::Did(_) => !header.x5c.is_empty() || (header.kid.is_some() && !names_did),
        Mechanism::JwtVcIssuer(_) => !header.x5c.is_empty() || names_did,
    };
    if foreign || header.jwk.is_some() { Err(MECHANISM.refuse(OTHER_MECHANISM)) } else { Ok(()) }
}

fn key_of_chain(
    entry: &TrustEntry,
    anchors: &Anchors,
    chain: &[Vec<u8>],
    now: Timestamp,
) -> Result<PublicKey, Refusal> {
    if chain.is_empty() {
        return Err(MECHANISM.refuse(NO_CHAIN));
    }
    let leaf = Leaf::verify(chain, anchors, now).map_err(refuse_chain)?;
    match entry.mechanism {
        // What an authority certifies for servers, readers and the like is no signer of credentials.
        Mechanism::X5cAny(_) if leaf.is_for_another_purpose() => Err(MECHANISM.refuse(OTHER_PURPOSE_LEAF)),
        Mechanism::X5cAny(_) => Ok(leaf.key().clone()),
        _ if entry.is_named_by(&leaf) => Ok(leaf.key().clone()),
        _ => Err(ISSUER_BINDING.refuse(LEAF_NAME)),
    }
}

fn key_of_method(
    issuer: &IssuerDid,
    method: &str,
    documents: &Documents,
    signed: Option<Timestamp>,
) -> Result<PublicKey, Refusal> {
    issuer.key_at(&method_of(issuer, method)?, documents, signed).map_err(refuse_did)
}

/// The DID URL `method`; refuses that of another DID than the issuer's.
fn method_of(issuer: &IssuerDid, method: &str) -> Result<DidUrl, Refusal> {
    let url = DidUrl::parse(method).map_err(refuse_did)?;
    if url.did() != issuer.did() {
        return Err(ISSUER_BINDING.refuse(OTHER_DID));
    }
    url.require_method().map_err(refuse_did)?;
    Ok(url)
}

/// The key of a DID that has one assertion method and no more.
fn only_key_of(issuer: &IssuerDid, documents: &Documents) -> Result<PublicKey, Refusal> {
    let document = issuer.document(documents).map_err(refuse_did)?;
    let mut methods = document.methods(Purpose::AssertionMethod);
    match (methods.next(), methods.next()) {
        (Some(method), None) => {
            document.verification_key(method.id(), Purpose::AssertionMethod).map_err(refuse_did)
        }
        _ => Err(MECHANISM.refuse(KEY_UNKNOWN)),
    }
}

fn refuse_did(error: ResolutionError) -> Refusal {
    match error {
        ResolutionError::InvalidVerificationMethod
        | ResolutionError::InvalidRelationshipForVerificationMethod => {
            ISSUER_BINDING.refuse(NOT_FOR_ASSERTION)
        }
        ResolutionError::NotFound => MECHANISM.refuse(DOCUMENT_MISSING),
        ResolutionError::Webvh(refusal) if refusal.check == did::webvh::RETIRED => {
            ISSUER_BINDING.refuse(refusal.reason)
        }
        ResolutionError::Webvh(refusal) => MECHANISM.refuse(refusal.reason),
        _ => MECHANISM.refuse(DID_UNRESOLVED),
    }
}

pub(super) fn refuse_chain(error: ChainError) -> Refusal {
    MECHANISM.refuse(match error {
        ChainError::Expired(at) => CHAIN_EXPIRED.at(at),
        ChainError::NotYetValid(at) => CHAIN_NOT_YET.at(at),
        ChainError::NoPath => BAD_CHAIN,
        _ => CHAIN_MALFORMED,
    })
}

fn refuse_metadata(why: NoKey) -> Refusal {
    match why {
        NoKey::Missing => MECHANISM.refuse(DOCUMENT_MISSING),
        NoKey::Malformed => MECHANISM.refuse(METADATA_MALFORMED),
        NoKey::OtherIssuer => ISSUER_BINDING.refuse(METADATA_OTHER_ISSUER),
        NoKey::Unknown => MECHANISM.refuse(KEY_UNKNOWN),
        NoKey::Ambiguous => MECHANISM.refuse(KEY_AMBIGUOUS),
        NoKey::Unusable => MECHANISM.refuse(KEY_UNUSABLE),
    }
}
