//! Keys that a did:webvh had: what was signed before a rotation stays valid.
//!
//! Believed is the log, which nobody can rewrite who has not the update keys: it says when a key was listed. Not believed is
//! the moment that a signature claims, because whoever holds an old key can claim any. So the claim never widens what is
//! accepted, it only narrows it: a key that is listed now verifies whatever it signed; a key that was listed once verifies
//! only what claims a moment at which it was listed, and nothing at all once the log revoked it (`WV-20`). A thief of a
//! retired key can do no more than date back, until one entry with `revoked` at the key's method ends that, whatever is
//! claimed; a trust list that pins the issuer's keys ends it too (docs/THREATS.md). A DID that is deactivated verifies
//! nothing (`WV-21`).

use jigap_keys::PublicKey;

use super::log::{Log, Version};
use super::resolution::{VersionQuery, absolute};
use crate::did::{DidDocument, DidUrl, Purpose, ResolutionError};
use crate::time::Timestamp;
use crate::verdict::{Check, Reason};

/// WV-20: a retired key is good for what is old.
pub const RETIRED: Check = Check::new(
    "WV-20",
    "a key that the DID retired verifies only what claims a time at which it was listed, and nothing once it is revoked",
    "DID가 거둔 키는 그 키가 올라 있던 때의 것이라고 하는 서명만 확인하고, 폐기된 뒤에는 아무것도 확인하지 않습니다",
    "did:webvh 1.0, Reading did:webvh DID URLs; Controlled Identifiers 1.0 §2.2",
);
/// WV-21: a DID that ended verifies nothing.
pub const DEACTIVATED: Check = Check::new(
    "WV-21",
    "the DID is not deactivated",
    "DID가 폐기되지 않았습니다",
    "did:webvh 1.0, Deactivate (Revoke)",
);

const RETIRED_KEY: Reason = Reason::new(
    "webvh-key-retired",
    "the issuer retired the key, and the signature does not claim a time at which it was in use",
    "발급자가 거둔 키이고, 서명이 그 키를 쓰던 때의 것이라고 하지 않습니다",
);
const REVOKED_KEY: Reason =
    Reason::new("webvh-key-revoked", "the issuer revoked the key", "발급자가 폐기한 키입니다");
const ENDED: Reason = Reason::new("webvh-deactivated", "the DID is deactivated", "DID가 폐기되었습니다");

/// What a document answers that does not list a method, or not for the purpose.
const NOT_LISTED: [ResolutionError; 2] =
    [ResolutionError::InvalidVerificationMethod, ResolutionError::InvalidRelationshipForVerificationMethod];

impl Log {
    /// The document of the last version, for verifying.
    ///
    /// # Errors
    /// [`ResolutionError::Webvh`] by WV-21, [`ResolutionError::InvalidDidDocument`] if it breaks DID 1.0.
    pub fn document(&self) -> Result<DidDocument, ResolutionError> {
        if self.is_deactivated() {
            return Err(ResolutionError::Webvh(DEACTIVATED.refuse(ENDED)));
        }
        self.versions().last().map_or(Err(ResolutionError::InvalidDidDocument), document)
    }

    /// The key `url` for `purpose`, for a signature that says it was made at `signed`: the one that was listed then, or,
    /// where none was or nothing is said, the one that is listed now.
    ///
    /// # Errors
    /// As [`DidDocument::verification_key`], and [`ResolutionError::Webvh`] by WV-20 and WV-21.
    pub fn key_at(
        &self,
        url: &DidUrl,
        purpose: Purpose,
        signed: Option<Timestamp>,
    ) -> Result<PublicKey, ResolutionError> {
        let current = self.document()?.verification_key(url, purpose);
        let then = signed.and_then(|signed| self.version(&VersionQuery::Time(signed)));
        let listed = then.and_then(|version| document(version).ok()?.verification_key(url, purpose).ok());
        match (listed, current) {
            (Some(key), Ok(current)) if key == current => Ok(key),
            (Some(key), _) if self.revokes(url, &key) => {
                Err(ResolutionError::Webvh(RETIRED.refuse(REVOKED_KEY)))
            }
            (Some(key), _) => Ok(key),
            (None, Err(error)) if NOT_LISTED.contains(&error) && self.had(url, purpose) => {
                Err(ResolutionError::Webvh(RETIRED.refuse(RETIRED_KEY)))
            }
            (None, current) => current,
        }
    }

    /// Whether any version revoked the method `url`, or `key` under another name.
    fn revokes(&self, url: &DidUrl, key: &PublicKey) -> bool {
        self.versions().iter().any(|version| match document(version) {
            Ok(document) => document.revokes(url, key),
            // What cannot be read may say it.
            Err(_) => true,
        })
    }

    /// Whether any version listed the method.
    fn had(&self, url: &DidUrl, purpose: Purpose) -> bool {
        let listed = |version| document(version).is_ok_and(|it| it.verification_key(url, purpose).is_ok());
        self.versions().iter().any(listed)
    }
}

fn document(version: &Version) -> Result<DidDocument, ResolutionError> {
    DidDocument::from_json(&absolute(version))
}
