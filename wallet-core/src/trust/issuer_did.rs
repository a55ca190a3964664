//! The DID of a trusted issuer (docs/TRUST-LIST.md §3).
//!
//! A did:key or did:jwk has its document in itself: it is read when it is first wanted and stays with the trust entry, so that
//! an issuer's key is parsed once and not for each of its credentials. Every other DID is resolved from what was fetched, each
//! time. Refuses what [`did::resolve`] refuses.

use std::borrow::Cow;
use std::sync::OnceLock;

use jigap_keys::PublicKey;

use crate::did::{self, Did, DidDocument, DidUrl, ProofKey, Purpose, ResolutionError};
use crate::documents::Documents;
use crate::time::Timestamp;

/// An issuer's DID. Two are the same when the DIDs are.
#[derive(Debug, Clone)]
pub struct IssuerDid {
    did: Did,
    /// Its document, where nothing but the DID decides on it.
    own: OnceLock<DidDocument>,
}

impl IssuerDid {
    /// The DID itself.
    pub fn did(&self) -> &Did {
        &self.did
    }

    /// Its key `url` for credentials that say they were signed at `signed`; see [`did::verification_key_at`].
    pub(super) fn key_at(
        &self,
        url: &DidUrl,
        documents: &Documents,
        signed: Option<Timestamp>,
    ) -> Result<PublicKey, ResolutionError> {
        if self.did.method() == "webvh" {
            return did::verification_key_at(url, Purpose::AssertionMethod, documents, signed);
        }
        self.document(documents)?.verification_key(url, Purpose::AssertionMethod)
    }

    /// The same of a key that proofs are made with. A did:webvh's of `bbs-2023` is one that it lists now.
    pub(super) fn proof_key_at(
        &self,
        url: &DidUrl,
        documents: &Documents,
        signed: Option<Timestamp>,
    ) -> Result<ProofKey, ResolutionError> {
        if self.did.method() == "webvh" {
            let now = self.document(documents)?.proof_key(url);
            return match now {
                Ok(key) if key.signing().is_none() => Ok(key),
                _ => self.key_at(url, documents, signed).map(ProofKey::from),
            };
        }
        self.document(documents)?.proof_key(url)
    }

    /// Its document; see [`did::resolve`].
    pub(super) fn document(&self, documents: &Documents) -> Result<Cow<'_, DidDocument>, ResolutionError> {
        if let Some(own) = self.own.get() {
            return Ok(Cow::Borrowed(own));
        }
        let document = did::resolve(&self.did, documents)?;
        Ok(match self.did.method() {
            "key" | "jwk" => Cow::Borrowed(self.own.get_or_init(|| document)),
            _ => Cow::Owned(document),
        })
    }
}

impl From<Did> for IssuerDid {
    fn from(did: Did) -> Self {
        Self { did, own: OnceLock::new() }
    }
}

impl PartialEq for IssuerDid {
    fn eq(&self, other: &Self) -> bool {
        self.did == other.did
    }
}
impl Eq for IssuerDid {}
