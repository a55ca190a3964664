//! What a judged credential rests on: its issuer's place in the trust list, the key that signed it, and its place in a status list.
//!
//! A verdict is of one moment. Whoever tells for longer what was found ([`crate::facts`]) keeps a [`Backing`] of each credential, and
//! looks again whether it stands: many credentials have one [`Signer`], and many one status list ([`ListName`]), so that this costs as
//! much as there are of those. As everywhere, nothing here fetches: what is wanted is named first. Only of SD-JWT VCs: a holder can
//! consent to that for no other format ([`crate::vp::FeedConsent`]).

use std::fmt;

use jigap_keys::json::{self, Limits};
use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::format::Proven;
use super::policy::Evidence;
use super::{Issuer, status};
use crate::contexts::{Contexts, VERIFIABLE_CREDENTIAL};
use crate::dcql::Format;
use crate::documents::{Documents, Need};
use crate::jose::{Header, numeric_date};
use crate::status::{StatusReference, VerifiedStatusList};
use crate::time::Timestamp;
use crate::trust::{self, TrustList};
use crate::verdict::{JudgedCredential, Refusal};

/// What a kept header may have: that of a token.
const HEADER: Limits = Limits { bytes: 64 * 1024, depth: 8 };

/// What a credential rests on. It says which copy of a credential it is, so it is kept sealed and told to nobody.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Backing {
    /// Who signed it.
    pub signer: Signer,
    /// Where its status stands, if its issuer publishes any.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub place: Option<Place>,
    /// When it ends, if it does.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ends: Option<Timestamp>,
}

/// Who signed credentials of one type, and with which key.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Signer {
    /// The issuer, as the trust list calls them.
    pub issuer: String,
    /// The type that it is trusted for.
    pub kind: String,
    /// How the credential names the key: its JOSE header, as JSON.
    header: String,
    /// The key's thumbprint (RFC 7638).
    key: String,
    /// When one of the credentials says that it was signed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    signed: Option<Timestamp>,
}

/// A place in a status list.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Place {
    /// The list.
    pub list: ListName,
    /// The index in it.
    pub index: u64,
}

/// A status list, and the issuer for whose credentials it speaks.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ListName {
    /// The issuer, as the trust list calls them.
    pub issuer: String,
    /// Where it is published.
    pub uri: String,
}

/// How the signer of a credential stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SignerStanding {
    /// It is trusted for the type, and the key is its own.
    Sound,
    /// The trust list lets it issue the type no more.
    TrustWithdrawn,
    /// The key is not found any more, is another one now, is no longer pinned, or its certificate ended.
    KeyGone,
    /// The trust list has ended.
    Unknown,
}

impl Backing {
    /// Of a credential that `issuer` signed and whose trusted types are known. `None` of formats other than SD-JWT VC.
    pub(super) fn of(proven: &dyn Proven, issuer: &Issuer<'_>, judged: &JudgedCredential) -> Option<Self> {
        let header = proven.header().filter(|_| judged.format == Format::DcSdJwt)?;
        let name = issuer.entry.issuer.clone();
        let kind = judged.types.iter().find(|kind| *kind != VERIFIABLE_CREDENTIAL)?.clone();
        let reference = proven.status().and_then(|claim| StatusReference::from_claim(claim).ok()).flatten();
        let place = reference.map(|reference| Place {
            list: ListName { issuer: name.clone(), uri: reference.uri().to_owned() },
            index: reference.idx(),
        });
        let key = issuer.key.signing()?.thumbprint();
        let signer = Signer { issuer: name, kind, header: header.to_value().to_string(), key, signed: None };
        Some(Self { signer, place, ends: proven.period().1 })
    }

    /// The same with the moment at which its `claims` say that it was signed.
    pub(super) fn signed_as(self, claims: &Value) -> Self {
        let signed = claims.get("iat").and_then(numeric_date);
        Self { signer: Signer { signed, ..self.signer }, ..self }
    }
}

impl Signer {
    /// What tells this signer from others: credentials that were signed at other moments have the same.
    pub fn name(&self) -> String {
        serde_json::json!([self.issuer, self.kind, self.header, self.key]).to_string()
    }

    /// What must be fetched before it is known how it stands.
    pub fn needs(&self, trust: &TrustList, documents: &Documents, now: Timestamp) -> Vec<Need> {
        match (trust.entry(&self.issuer, &self.kind, now), self.header()) {
            (Ok(entry), Some(header)) => trust::needs(entry, &header, documents),
            _ => Vec::new(),
        }
    }

    /// How it stands at `now`. Where a document that it [`needs`](Self::needs) could not be had, a missing key says nothing.
    pub fn standing(&self, trust: &TrustList, documents: &Documents, now: Timestamp) -> SignerStanding {
        let entry = match trust.entry(&self.issuer, &self.kind, now) {
            Ok(entry) => entry,
            Err(refusal) if refusal.check == trust::TRUSTED => return SignerStanding::TrustWithdrawn,
            Err(_) => return SignerStanding::Unknown,
        };
        let key = self.header().map(|it| trust::issuer_key_at(entry, &it, documents, now, self.signed));
        match key {
            Some(Ok(key)) if key.thumbprint() == self.key => SignerStanding::Sound,
            _ => SignerStanding::KeyGone,
        }
    }

    fn header(&self) -> Option<Header> {
        let value = json::parse(self.header.as_bytes(), HEADER).ok()?;
        Header::from_value(value, &[]).ok()
    }
}

impl ListName {
    /// What must be fetched besides the list, which `documents` have, before it can be [`read`](Self::read).
    pub fn needs(&self, trust: &TrustList, documents: &Documents, now: Timestamp) -> Vec<Need> {
        let evidence = Evidence { trust, documents, contexts: Contexts::built_in() };
        match (trust.status_entry(&self.issuer, &self.issuer, now), self.reference()) {
            (Ok(entry), Ok(list)) => status::token::signer_needs((list.url(), entry), &evidence, now),
            _ => Vec::new(),
        }
    }

    /// The list, verified by the key of one who may sign it for this issuer. Refuses by V-06 where the issuer is trusted no more, by
    /// V-09 where `documents` have no list, and by ST checks.
    pub fn read(
        &self,
        trust: &TrustList,
        documents: &Documents,
        now: Timestamp,
    ) -> Result<VerifiedStatusList, Refusal> {
        let evidence = Evidence { trust, documents, contexts: Contexts::built_in() };
        let entry = trust.status_entry(&self.issuer, &self.issuer, now)?;
        status::token::verified(&self.reference()?, entry, &evidence, now)
    }

    fn reference(&self) -> Result<StatusReference, Refusal> {
        StatusReference::new(&self.uri, 0)
    }
}

/// Where a status stands tells one copy from all others.
impl fmt::Debug for Backing {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Backing").field("signer", &self.signer).finish_non_exhaustive()
    }
}

impl fmt::Debug for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Place").field("list", &self.list).finish_non_exhaustive()
    }
}
