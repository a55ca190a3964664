//! Presenting (RFC 9901 §7.2): the holder picks claims by path, and binds them to one verifier and one request.
//!
//! Picking a claim takes along the disclosures above it, without which it would hang in the air, and all below it.
//! Nothing else is revealed. Refuses a path at which there is no claim, and a key that the issuer did not bind.

use jigap_keys::PublicKey;
use serde_json::Value;

use super::disclosure::digest;
use super::form::UnsignedSdJwt;
use super::key_binding;
use super::process::{VerifiedSdJwt, disclosures};
use crate::claims::{ClaimPath, PathStep};
use crate::jose::Algorithm;
use crate::redacted;
use crate::time::Timestamp;
use crate::vp::Authorized;

/// Why nothing can be presented: the caller's fault.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum PresentationError {
    /// The credential has no claim at this path.
    #[error("the credential has no claim at {0}")]
    NoSuchClaim(ClaimPath),
    /// The key is not the one the issuer bound the credential to, or it does not sign.
    #[error("the credential is not bound to this key")]
    NotTheHolder,
}

/// A selection of disclosures, not yet bound to a holder.
#[derive(Clone, PartialEq)]
pub struct Presentation {
    sd_jwt: String,
    disclosed: Vec<ClaimPath>,
    sd_hash: String,
    holder: Option<PublicKey>,
    authorized: Option<Authorized>,
}

impl std::fmt::Debug for Presentation {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        redacted::debug(f, "Presentation", &[(self.disclosed.len(), "disclosures")])
    }
}

impl VerifiedSdJwt {
    /// Selects the claims at `paths` (claims path pointers, OpenID4VP 1.0 §7) and drops every other disclosure.
    /// With no paths, only what is always open is presented. Fails where a path leads to nothing.
    pub fn present(&self, paths: &[ClaimPath]) -> Result<Presentation, PresentationError> {
        if let Some(path) = paths.iter().find(|path| path.select(self.claims()).is_empty()) {
            return Err(PresentationError::NoSuchClaim(path.clone()));
        }
        let mut sd_jwt = self.as_sd_jwt().split('~').next().unwrap_or_default().to_owned();
        sd_jwt.push('~');
        let mut disclosed = Vec::new();
        for (encoded, place) in disclosures(self.as_sd_jwt()).zip(self.disclosed()) {
            if paths.iter().any(|path| needs(path.steps(), place.steps(), self.claims())) {
                sd_jwt.push_str(encoded);
                sd_jwt.push('~');
                disclosed.push(place.clone());
            }
        }
        let sd_hash = digest(self.hash(), &sd_jwt);
        Ok(Presentation { sd_jwt, disclosed, sd_hash, holder: self.holder_key().ok(), authorized: None })
    }
}

impl Presentation {
    /// Where the disclosures that will be sent have their claims, as numbered in the full credential.
    pub fn disclosed(&self) -> &[ClaimPath] {
        &self.disclosed
    }

    /// The SD-JWT without key binding: whoever sees it can show it on.
    pub fn into_sd_jwt(self) -> String {
        self.sd_jwt
    }

    /// The same, by which its holder authorizes what the request wants authorized (OpenID4VP 1.0 §8.4).
    #[must_use]
    pub fn authorizing(self, authorized: Option<Authorized>) -> Self {
        Self { authorized, ..self }
    }

    /// Binds the presentation to one verifier (`audience`), one request (`nonce`) and the moment `issued_at`; what
    /// comes back is signed by the holder's key, whose public half is `holder`.
    pub fn bind(
        self,
        audience: &str,
        nonce: &str,
        issued_at: Timestamp,
        holder: &PublicKey,
    ) -> Result<UnsignedSdJwt, PresentationError> {
        let alg = Algorithm::for_key(holder.key_type()).ok_or(PresentationError::NotTheHolder)?;
        if self.holder.as_ref() != Some(holder) {
            return Err(PresentationError::NotTheHolder);
        }
        let jws =
            key_binding::unsigned(alg, &self.sd_hash, audience, nonce, issued_at, self.authorized.as_ref());
        Ok(UnsignedSdJwt::new(self.sd_jwt, jws, String::new()))
    }
}

/// Whether the disclosure at `place` is needed to show what `path` selects: it lies at or below a selected value, or
/// above one.
fn needs(path: &[PathStep], place: &[PathStep], claims: &Value) -> bool {
    if !path.iter().zip(place).all(|(wanted, step)| wanted == step || is_all_elements(wanted, step)) {
        return false;
    }
    let Some(remaining) = path.get(place.len()..).filter(|steps| !steps.is_empty()) else { return true };
    // Above: only if something selected lies below it.
    let value = place.iter().try_fold(claims, |value, step| match step {
        PathStep::Key(name) => value.get(name),
        PathStep::Index(index) => value.get(index),
        PathStep::All => None,
    });
    let below = ClaimPath::new(remaining.to_vec());
    value.zip(below.ok()).is_some_and(|(value, below)| !below.select(value).is_empty())
}

fn is_all_elements(wanted: &PathStep, step: &PathStep) -> bool {
    matches!((wanted, step), (PathStep::All, PathStep::Index(_)))
}
