//! A credential in COSE: parse, verify, read.

use jigap_keys::{PublicKey, Purpose};
use serde_json::Value;

use super::document::Document;
use crate::cose::{CwtClaims, Header, Sign1};
use crate::redacted;
use crate::time::Timestamp;
use crate::vcdm::envelope::Held;
use crate::vcdm::{Period, id_of, subjects, types};
use crate::vcjwt::{ISSUER, Model, SHAPE, examine};
use crate::verdict::{Reason, Refusal};

const MISPLACED: Reason = Reason::new(
    "vc-misplaced",
    "the credential does not stand where its data model puts it",
    "증명서가 데이터 모델이 정한 자리에 있지 않습니다",
);
const TWO_ISSUERS: Reason =
    Reason::new("vc-issuer-contradiction", "two issuers are named", "발급자가 둘로 적혀 있습니다");

/// A credential in COSE that was parsed but not verified.
#[derive(Clone)]
pub struct VcCose(Document);

impl std::fmt::Debug for VcCose {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        redacted::debug(f, "VcCose", &[(redacted::members(self.0.value()), "members")])
    }
}

impl VcCose {
    /// Parses the message, tagged (18) or not. Refuses by VE-01, VE-02, VE-03, VJ-02, and by CO checks.
    ///
    /// # Errors
    /// The rule that it breaks.
    pub fn parse(bytes: &[u8]) -> Result<Self, Refusal> {
        Self::of(Document::parse(bytes, Held::Credential)?)
    }

    /// As [`VcCose::parse`], of a message that was parsed already.
    pub(crate) fn read(message: Sign1) -> Result<Self, Refusal> {
        Self::of(Document::read(message, Held::Credential)?)
    }

    fn of(document: Document) -> Result<Self, Refusal> {
        let within = ["vc", "vp"].iter().any(|name| document.value().get(name).is_some());
        if within { Err(SHAPE.refuse(MISPLACED)) } else { Ok(Self(document)) }
    }

    /// The issuer's header; it is not verified, and what is unprotected never will be.
    pub const fn header(&self) -> &Header {
        self.0.message().header()
    }

    pub(crate) const fn message(&self) -> &Sign1 {
        self.0.message()
    }

    /// The credential, before anybody vouches for it: only for finding the issuer's key.
    pub const fn unverified_credential(&self) -> &Value {
        self.0.value()
    }

    /// The issuer the credential names, before anybody vouches for it: only for finding the issuer's key.
    pub fn unverified_issuer(&self) -> Option<&str> {
        id_of(self.0.value().get("issuer")?)
    }

    /// Verifies the issuer's signature and reads the credential. Refuses by CO-05, CO-07, VJ-03 to VJ-08 and by DM checks.
    ///
    /// # Errors
    /// The rule that it breaks.
    pub fn verify(self, issuer_key: &PublicKey) -> Result<VerifiedVcCose, Refusal> {
        let (header, claims, credential) = self.0.verify(issuer_key)?;
        VerifiedVcCose::read(header, claims, credential)
    }
}

/// A credential whose issuer's signature was verified. Its period and status are not judged yet.
#[derive(Clone, PartialEq)]
pub struct VerifiedVcCose {
    header: Header,
    credential: Value,
    issuer: String,
    confirmation: Option<Option<PublicKey>>,
    period: Period,
}

impl std::fmt::Debug for VerifiedVcCose {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        redacted::debug(f, "VerifiedVcCose", &[(redacted::members(&self.credential), "members")])
    }
}

impl VerifiedVcCose {
    pub(super) fn read(header: Header, claims: CwtClaims, credential: Value) -> Result<Self, Refusal> {
        let (issuer, mut period) = examine(&credential, &credential, Model::V2)?;
        if claims.issuer.is_some_and(|said| said != issuer) {
            return Err(ISSUER.refuse(TWO_ISSUERS));
        }
        period.narrow(claims.not_before, claims.expires);
        let within = credential
            .get("cnf")
            .map(|cnf| cnf.get("jwk").and_then(|jwk| PublicKey::from_jwk_for(jwk, Purpose::Signature).ok()));
        let confirmation = claims.confirmation.or(within);
        Ok(Self { header, credential, issuer, confirmation, period })
    }

    /// The issuer's header; `kid` and `x5chain` may have stood in the part that is not signed.
    pub const fn header(&self) -> &Header {
        &self.header
    }

    /// The credential: an object.
    pub const fn credential(&self) -> &Value {
        &self.credential
    }

    /// The credential, owned.
    pub fn into_credential(self) -> Value {
        self.credential
    }

    /// The issuer's identifier.
    pub fn issuer(&self) -> &str {
        &self.issuer
    }

    /// The types as written.
    pub fn types(&self) -> Vec<&str> {
        types(&self.credential).unwrap_or_default()
    }

    /// The identifiers of those the credential speaks about.
    pub fn subjects(&self) -> impl Iterator<Item = &str> {
        subjects(&self.credential).filter_map(|subject| subject.get("id")?.as_str())
    }

    /// The key that whoever presents must hold (`cnf`), where one is named; `Some(None)`: one that is not supported.
    pub(crate) const fn confirmation(&self) -> Option<&Option<PublicKey>> {
        self.confirmation.as_ref()
    }

    /// `credentialStatus` as it stands.
    pub fn status(&self) -> Option<&Value> {
        self.credential.get("credentialStatus")
    }

    /// The moment from which both credential and signature are valid, if either says.
    pub const fn not_before(&self) -> Option<Timestamp> {
        self.period.begins
    }

    /// The moment from which credential or signature is no longer valid, if either says.
    pub const fn expires_at(&self) -> Option<Timestamp> {
        self.period.ends
    }
}
