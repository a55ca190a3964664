//! A presentation as JWT of any number of credentials, whoever they are about: for verdicts that do not ask about trust.

use jigap_keys::PublicKey;

use super::VpJwt;
use crate::did::{self, Did, DidUrl, Purpose};
use crate::documents::{Documents, Need};
use crate::sdjwt::KeyBindingRequest;
use crate::time::{Seconds, Timestamp};
use crate::verdict::{Reason, Refusal, checks};

const NO_KEY: Reason = Reason::new(
    "vp-key-unknown",
    "the presentation names no key of its holder that is known",
    "제출물이 밝힌 소지자의 키를 알 수 없습니다",
);

/// How far clocks may differ.
const CLOCK_SKEW: Seconds = Seconds(60);

/// A presentation as JWT of which nothing is verified.
pub struct ShownTokens(VpJwt);

impl ShownTokens {
    /// Parses the compact serialization. Refuses by VJ-09, and by JW checks.
    ///
    /// # Errors
    /// The rule that it breaks.
    pub fn read(text: &str) -> Result<Self, Refusal> {
        VpJwt::parse(text).map(Self)
    }

    /// The credentials that it holds, each the text of a token.
    pub fn credentials(&self) -> Vec<&str> {
        self.0.unverified_credentials().unwrap_or_default()
    }

    /// What is wanted to find the holder's key.
    pub fn needs(&self, documents: &Documents) -> Vec<Need> {
        self.holder().and_then(|did| did::needs(&did, documents)).into_iter().collect()
    }

    /// Verifies it as the answer to a nonce and an audience, each where it was asked for.
    ///
    /// # Errors
    /// The rule that it breaks.
    pub fn verify(
        &self,
        (nonce, audience): (Option<&str>, Option<&str>),
        now: Timestamp,
        documents: &Documents,
    ) -> Result<(), Refusal> {
        let key = self.key(documents).ok_or(checks::HOLDER_PROOF.refuse(NO_KEY))?;
        let request = KeyBindingRequest {
            audience: audience.unwrap_or_default(),
            nonce: nonce.unwrap_or_default(),
            now,
            max_age: Seconds(u32::MAX),
            skew: CLOCK_SKEW,
        };
        self.0.check(&key, &request, (nonce.is_some(), audience.is_some())).map(drop)
    }

    fn holder(&self) -> Option<Did> {
        let named = self.0.header().kid.as_deref().and_then(|kid| DidUrl::parse(kid).ok());
        match (named, self.0.unverified_holder().map(Did::parse)) {
            (Some(url), Some(Ok(holder))) => (*url.did() == holder).then_some(holder),
            (Some(url), None) => Some(url.did().clone()),
            (None, Some(Ok(holder))) => Some(holder),
            _ => None,
        }
    }

    fn key(&self, documents: &Documents) -> Option<PublicKey> {
        let did = self.holder()?;
        match self.0.header().kid.as_deref().map(DidUrl::parse) {
            Some(Ok(url)) => did::method_key(&url, Purpose::Authentication, documents).ok(),
            _ => {
                let document = did::resolve(&did, documents).ok()?;
                let mut methods = document.methods(Purpose::Authentication);
                let only = methods.next().filter(|_| methods.next().is_none())?;
                document.verification_key(only.id(), Purpose::Authentication).ok()
            }
        }
    }
}
