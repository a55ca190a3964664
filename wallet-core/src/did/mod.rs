//! Decentralized identifiers (DID 1.0): syntax, documents, and the methods did:key, did:jwk, did:web and did:webvh.
//!
//! Resolution is pure: [`needs`] names the document a did:web or [`did:webvh`](webvh) wants, [`resolve`] works on what was brought, and errors
//! bear the names of DID Resolution. [`verification_key`] is what verifying uses: it gives a key only for the purpose
//! its controller listed it under, [`verification_key_at`] also a did:webvh's of before a rotation. Refused: other methods, relative DID URLs in documents, keys of another controller.

mod document;
mod jwk;
mod key;
mod proof_key;
mod syntax;
mod web;
pub mod webvh;

pub use document::{DidDocument, Purpose, VerificationMethod};
pub use proof_key::ProofKey;
pub use syntax::{Did, DidUrl, MAX_LENGTH};

use jigap_keys::PublicKey;

use crate::documents::{Documents, Need};
use crate::time::Timestamp;
use crate::verdict::Refusal;

/// Why a DID or DID URL could not be resolved: the errors of DID Resolution §"Errors" and of the did:key method. All
/// are the peer's fault but [`Self::NotFound`], where the document may only not have been fetched.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum ResolutionError {
    /// Not a DID, or not one of its method's form.
    #[error("the DID is malformed")]
    InvalidDid,
    /// Not an absolute DID URL, or one with a path or query where a verification method is named.
    #[error("the DID URL is malformed")]
    InvalidDidUrl,
    /// A method other than key, jwk, web and webvh.
    #[error("the DID method is not supported")]
    MethodNotSupported,
    /// The document is not at hand.
    #[error("the DID document was not found")]
    NotFound,
    /// The document breaks DID 1.0, its method's rules or the bounds set here.
    #[error("the DID document is invalid")]
    InvalidDidDocument,
    /// The document is not JSON at all.
    #[error("the DID document is not in JSON")]
    RepresentationNotSupported,
    /// The key is longer or shorter than keys of its type are.
    #[error("the public key has another length than keys of its type")]
    InvalidPublicKeyLength,
    /// The key is malformed, private, or no usable point.
    #[error("the public key is invalid")]
    InvalidPublicKey,
    /// The key's type is none of Ed25519, X25519, P-256, P-384 (and BLS12-381 in G2, for `bbs-2023` alone).
    #[error("the type of the public key is not supported")]
    UnsupportedPublicKeyType,
    /// The form that its keys are asked for in is one that is not in general use.
    #[error("public keys are not given in this form")]
    InvalidPublicKeyType,
    /// The document has no such verification method, or it belongs to another controller.
    #[error("the verification method is not in the DID document")]
    InvalidVerificationMethod,
    /// The verification method is not listed for the purpose.
    #[error("the verification method is not listed for this purpose")]
    InvalidRelationshipForVerificationMethod,
    /// The did:webvh or its log breaks a rule of its method: one of the checks `WV-…`.
    #[error("the did:webvh is refused: {0}")]
    Webvh(Refusal),
}

impl ResolutionError {
    /// The name the specifications give it, as in `invalidDid`.
    pub const fn name(self) -> &'static str {
        match self {
            // did:webvh 1.0: "any error that renders the did:webvh DID invalid during resolution".
            Self::InvalidDid | Self::Webvh(_) => "invalidDid",
            Self::InvalidDidUrl => "invalidDidUrl",
            Self::MethodNotSupported => "methodNotSupported",
            Self::NotFound => "notFound",
            Self::InvalidDidDocument => "invalidDidDocument",
            Self::RepresentationNotSupported => "representationNotSupported",
            Self::InvalidPublicKeyLength => "invalidPublicKeyLength",
            Self::InvalidPublicKey => "invalidPublicKey",
            Self::UnsupportedPublicKeyType => "unsupportedPublicKeyType",
            Self::InvalidPublicKeyType => "invalidPublicKeyType",
            Self::InvalidVerificationMethod => "invalidVerificationMethod",
            Self::InvalidRelationshipForVerificationMethod => "invalidRelationshipForVerificationMethod",
        }
    }
}

/// The document that resolving `did` needs and that `documents` does not settle. Nothing for did:key and did:jwk, and
/// nothing for a DID that [`resolve`] refuses anyway. A did:webvh with witnesses wants a second one when the first is there.
pub fn needs(did: &Did, documents: &Documents) -> Option<Need> {
    match did.method() {
        "web" => web::document_url(did).ok().and_then(|url| documents.unless_settled(Need::json(url))),
        "webvh" => webvh::needs(did, documents),
        _ => None,
    }
}

/// The URL of a did:web's document.
///
/// # Errors
/// [`ResolutionError::MethodNotSupported`] if `did` is no did:web, [`ResolutionError::InvalidDid`] if it is malformed.
pub fn web_document_url(did: &Did) -> Result<url::Url, ResolutionError> {
    if did.method() == "web" { web::document_url(did) } else { Err(ResolutionError::MethodNotSupported) }
}

/// The did:key of `key`.
pub fn key_did(key: &PublicKey) -> String {
    key::did(key)
}

/// The did:jwk of `key`, its JWK in canonical form, with `use` where the key can only agree (X25519) or only sign
/// (Ed25519), as the method advises.
pub fn jwk_did(key: &PublicKey) -> String {
    jwk::did(key)
}

/// Whether a did:key's methods are given in the form that is asked for (`publicKeyFormat`), where forms out of general use are
/// `experimental` or not.
///
/// # Errors
/// [`ResolutionError::InvalidPublicKeyType`] for one out of use that is not asked for as an experiment,
/// [`ResolutionError::UnsupportedPublicKeyType`] for every other but Multikey.
pub fn require_key_format(format: &str, experimental: bool) -> Result<(), ResolutionError> {
    key::require_format(format, experimental)
}

/// The did:key of a key of `bbs-2023`.
#[cfg(feature = "bbs")]
pub fn bbs_key_did(key: &jigap_keys::bbs::PublicKey) -> String {
    format!("did:key:{}", key.to_multikey())
}

/// The DID document of `did`.
///
/// # Errors
/// As DID Resolution names them; see [`ResolutionError`].
pub fn resolve(did: &Did, documents: &Documents) -> Result<DidDocument, ResolutionError> {
    match did.method() {
        "key" => key::document(did),
        "jwk" => jwk::document(did),
        "web" => web::document(did, documents),
        "webvh" => webvh::document(did, documents),
        _ => Err(ResolutionError::MethodNotSupported),
    }
}

/// The key that `did_url` names, if its controller lists it for `purpose`.
///
/// # Errors
/// As [`resolve`], and [`ResolutionError::InvalidDidUrl`] if `did_url` names no verification method,
/// [`ResolutionError::InvalidVerificationMethod`] if the document has no such method or it belongs to another
/// controller, [`ResolutionError::InvalidRelationshipForVerificationMethod`] if it is not listed for `purpose`.
pub fn verification_key(
    did_url: &str,
    purpose: Purpose,
    documents: &Documents,
) -> Result<PublicKey, ResolutionError> {
    method_key(&DidUrl::parse(did_url)?, purpose, documents)
}

/// As [`verification_key`], of a URL that was read already.
pub(crate) fn method_key(
    url: &DidUrl,
    purpose: Purpose,
    documents: &Documents,
) -> Result<PublicKey, ResolutionError> {
    url.require_method()?;
    match url.did().method() {
        "jwk" => jwk::key(url, purpose),
        _ => resolve(url.did(), documents)?.verification_key(url, purpose),
    }
}

/// As [`verification_key`], for a signature that says it was made at `signed`: a did:webvh also has the keys that it
/// retired, see [`webvh::Log::key_at`]. Every other method knows only what it lists now.
///
/// # Errors
/// As [`verification_key`].
pub fn verification_key_at(
    url: &DidUrl,
    purpose: Purpose,
    documents: &Documents,
    signed: Option<Timestamp>,
) -> Result<PublicKey, ResolutionError> {
    url.require_method()?;
    match url.did().method() {
        "webvh" => webvh::key_at(url, purpose, documents, signed),
        _ => method_key(url, purpose, documents),
    }
}

/// The key that `did_url` names, be it one that signs bytes or one of `bbs-2023`, if its controller lists it for credentials.
///
/// # Errors
/// As [`verification_key`].
pub fn proof_key(did_url: &str, documents: &Documents) -> Result<ProofKey, ResolutionError> {
    let url = DidUrl::parse(did_url)?;
    url.require_method()?;
    match url.did().method() {
        "jwk" => jwk::key(&url, Purpose::AssertionMethod).map(ProofKey::from),
        _ => resolve(url.did(), documents)?.proof_key(&url),
    }
}

#[cfg(test)]
mod tests {
    use jigap_keys::{KeyType, PrivateKey};

    use super::*;
    use crate::testing::Repeatable;

    /// One public key of each type.
    pub(super) fn public_keys(seed: u64) -> [PublicKey; 5] {
        KeyType::ALL.map(|key_type| PrivateKey::generate(key_type, &Repeatable::new(seed)).public().clone())
    }

    #[test]
    fn a_method_nobody_speaks_is_named_so() {
        for text in ["did:example:123", "did:tdw:abc:example.com", "did:keys:z6Mk"] {
            let did = Did::parse(text).unwrap();
            assert_eq!(resolve(&did, &Documents::new()), Err(ResolutionError::MethodNotSupported));
            assert_eq!(needs(&did, &Documents::new()), None);
        }
    }

    #[test]
    fn a_verification_method_has_a_fragment_and_nothing_else() {
        let did = "did:key:z6MkhaXgBZDvotDkL5257faiztiGiC2QtKLGpbnnEGta2doK";
        let part = "z6MkhaXgBZDvotDkL5257faiztiGiC2QtKLGpbnnEGta2doK";
        let key = |url: String| verification_key(&url, Purpose::AssertionMethod, &Documents::new());
        assert!(key(format!("{did}#{part}")).is_ok());
        assert_eq!(key(did.to_owned()), Err(ResolutionError::InvalidDidUrl));
        assert_eq!(key(format!("{did}/#{part}")), Err(ResolutionError::InvalidDidUrl));
        assert_eq!(key(format!("{did}?versionId=1#{part}")), Err(ResolutionError::InvalidDidUrl));
        assert_eq!(key(format!("#{part}")), Err(ResolutionError::InvalidDidUrl));
        assert_eq!(key(format!("{did}#")), Err(ResolutionError::InvalidVerificationMethod));
        assert_eq!(key(format!("{did}#key-1")), Err(ResolutionError::InvalidVerificationMethod));
    }
}
