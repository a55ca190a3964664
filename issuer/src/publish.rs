//! Publishing status lists: signed when first asked for and after every change, served from memory in between.
//!
//! A list in the store is published in several ways, which say the same of each place: as a Token Status List (§5, §8), JWT
//! or CWT as it is asked for, for SD-JWT VCs and JWT credentials, and for documents as Bitstring Status Lists (§2.2), one of those revoked and one of
//! those suspended. So the copies of every format hide among each other. The lists of the VC API's instances
//! ([`crate::vc_api`]) are of one purpose each.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

use jigap_wallet_core::contexts::Contexts;
use jigap_wallet_core::cose;
use jigap_wallet_core::jose::Header;
use jigap_wallet_core::ports::StoreError;
use jigap_wallet_core::status::bitstring::{self, Bitstring, ListCredential, StatusPurpose};
use jigap_wallet_core::status::{self as statuses, StatusList, StatusListToken, StatusValue, TYP};
use jigap_wallet_core::time::{Seconds, Timestamp};

use crate::status;
use crate::tenant::{SigningKey, Tenant, World};

/// How long a verifier may keep a list (`ttl`).
pub const TTL: Seconds = Seconds(300);
/// How long a signed list lasts (`exp`, `validUntil`).
pub const LIFETIME: Seconds = Seconds(24 * 3600);
/// An unchanged list is signed again after this long. `ttl` says when a new version may be there (Token Status List §13.7): a
/// verifier that wants to know today's status refuses a list that was signed longer ago, since it may hide a newer one.
const SIGNED_AGAIN_AFTER: Seconds = Seconds(TTL.0 / 2);
/// Lists kept in memory; a tenant has few, each in four ways.
const KEPT: usize = 256;

/// Signed lists, by list id and the way they are published in.
#[derive(Default)]
pub struct SignedLists(Mutex<HashMap<(String, Published), Signed>>);

/// What a list is published as.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Published {
    /// A Token Status List, as JWT.
    Token,
    /// The same as CWT.
    Cwt,
    /// A Bitstring Status List of what was revoked.
    Revoked,
    /// A Bitstring Status List of what is suspended.
    Suspended,
    /// A Bitstring Status List of what there is a message about: the entries as they are. No tenant's.
    Messages,
}

/// A signed list, and its media type.
#[derive(Debug, Clone)]
pub struct SignedList {
    /// What is served.
    pub bytes: Arc<[u8]>,
    /// What it is.
    pub media_type: &'static str,
}

#[derive(Clone)]
struct Signed {
    version: i64,
    issued_at: Timestamp,
    list: SignedList,
}

/// Why a list cannot be published.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum PublishError {
    /// The store failed.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// The list cannot be signed now.
    #[error("the status list cannot be signed")]
    Unsigned,
}

impl Published {
    /// The Bitstring Status Lists of a tenant's list, by their purposes.
    pub(crate) const BITSTRINGS: [Self; 2] = [Self::Revoked, Self::Suspended];

    /// The list of what its `purpose`, the last part of its path, says.
    pub(crate) fn of(purpose: &str) -> Option<Self> {
        Self::BITSTRINGS.into_iter().find(|list| list.purpose().is_some_and(|own| own.as_str() == purpose))
    }

    /// What it is for; `None` for a Token Status List, which is for everything.
    pub(crate) const fn purpose(self) -> Option<StatusPurpose> {
        match self {
            Self::Token | Self::Cwt => None,
            Self::Revoked => Some(StatusPurpose::Revocation),
            Self::Suspended => Some(StatusPurpose::Suspension),
            Self::Messages => Some(StatusPurpose::Message),
        }
    }

    /// What an entry says that it marks.
    pub(crate) const fn marks(self) -> StatusValue {
        match self {
            Self::Suspended => StatusValue::SUSPENDED,
            Self::Token | Self::Cwt | Self::Revoked | Self::Messages => StatusValue::INVALID,
        }
    }

    /// The credential that says what `statuses` say, signed by `issuer` now; `None` for a Token Status List.
    pub(crate) fn credential(
        self,
        uri: String,
        issuer: String,
        statuses: &StatusList,
        now: Timestamp,
    ) -> Option<ListCredential> {
        let list = match self {
            Self::Messages => Bitstring::holding(statuses),
            _ => Bitstring::marking(statuses, self.marks()),
        };
        Some(ListCredential {
            uri,
            issuer,
            purposes: vec![self.purpose()?],
            issued_at: now,
            expires: Some(now.plus(LIFETIME)),
            ttl: Some(TTL),
            list,
        })
    }
}

/// Most lists that are named: four million credentials at least.
const MOST_NAMED: usize = 64;

impl Tenant {
    /// Where all its status lists are (Token Status List §9.2): for whoever takes them along to where there is no network.
    pub async fn status_lists(&self, world: &World) -> Result<Vec<String>, StoreError> {
        let lists = status::all(&world.store.begin().await?, &self.places(), MOST_NAMED).await?;
        Ok(lists.iter().map(|list| self.status_uri(list)).collect())
    }

    /// The signed `list` published as `way`, or `None` if there is no such list. It says what the store says now.
    pub async fn status_list(
        &self,
        world: &World,
        list: &str,
        way: Published,
    ) -> Result<Option<SignedList>, PublishError> {
        let (tx, places, now) = (world.store.begin().await?, self.places(), world.clock.now());
        let Some(version) = status::version(&tx, &places, list).await? else { return Ok(None) };
        let signing = async {
            let statuses = status::entries(&tx, &places, list).await?;
            let uri = self.published_uri(list, way);
            match way.purpose() {
                None => self.signed_token(uri, statuses, way, now).await,
                Some(_) => self.signed_bitstring(uri, way, &statuses, now).await,
            }
        };
        self.signed_lists.signed((list, way), (version, now), signing).await.map(Some)
    }

    /// Where a list is published as `way`.
    pub(crate) fn published_uri(&self, list: &str, way: Published) -> String {
        let uri = self.status_uri(list);
        way.purpose().map_or_else(|| uri.clone(), |purpose| format!("{uri}/{purpose}"))
    }

    async fn signed_token(
        &self,
        uri: String,
        list: StatusList,
        way: Published,
        now: Timestamp,
    ) -> Result<SignedList, PublishError> {
        let token = StatusListToken {
            uri,
            issued_at: now,
            expires: Some(now.plus(LIFETIME)),
            ttl: Some(TTL),
            aggregation_uri: None,
            list,
        };
        let SigningKey { header, signer } = &self.status_key;
        if way == Published::Cwt {
            let key_type = signer.public_key().key_type();
            let named = cose::Header::for_key(key_type).ok_or(PublishError::Unsigned)?;
            let named = named.x5chain(header.x5c.clone());
            let named = header.kid.iter().fold(named, |named, kid| named.kid(kid.as_str()));
            let signed = token.unsigned_cwt(named).sign_with(&**signer).await;
            let bytes = signed.map_err(|_| PublishError::Unsigned)?.into();
            return Ok(SignedList { bytes, media_type: statuses::MEDIA_TYPE_CWT });
        }
        let header = Header { typ: Some(TYP.to_owned()), ..header.clone() };
        let token = token.unsigned(header).sign_with(&**signer).await;
        let text = token.map_err(|_| PublishError::Unsigned)?;
        Ok(SignedList { bytes: text.into_bytes().into(), media_type: statuses::MEDIA_TYPE })
    }

    /// Signed as documents are, where the key that signs lists is one of a DID; else as JWT.
    async fn signed_bitstring(
        &self,
        uri: String,
        way: Published,
        statuses: &StatusList,
        now: Timestamp,
    ) -> Result<SignedList, PublishError> {
        let key = &self.status_key;
        let method = key.header.kid.as_deref().filter(|kid| kid.starts_with("did:"));
        let did = method.and_then(|method| method.split('#').next());
        let issuer = did.or(self.issuer.as_deref()).unwrap_or(self.identifier.as_str()).to_owned();
        let credential = way.credential(uri, issuer, statuses, now).ok_or(PublishError::Unsigned)?;
        let unsigned = |_| PublishError::Unsigned;
        match method {
            Some(method) => {
                let by = (key.key_type(), Contexts::built_in());
                let made = credential.unsigned_document(method, by).map_err(unsigned)?;
                let signed = made.sign_with(&*key.signer).await.map_err(unsigned)?;
                Ok(SignedList {
                    bytes: signed.to_string().into_bytes().into(),
                    media_type: bitstring::MEDIA_TYPE,
                })
            }
            None => {
                let made = credential.unsigned_jwt(key.header.clone()).map_err(|_| PublishError::Unsigned)?;
                let signed = made.sign_with(&*key.signer).await.map_err(|_| PublishError::Unsigned)?;
                Ok(SignedList { bytes: signed.into_bytes().into(), media_type: bitstring::MEDIA_TYPE_JWT })
            }
        }
    }
}

impl SignedLists {
    /// `list` published as `way` in this version: as it was signed last, unless that is too long ago, else as `signing` has it.
    pub(crate) async fn signed<E>(
        &self,
        (list, way): (&str, Published),
        (version, now): (i64, Timestamp),
        signing: impl Future<Output = Result<SignedList, E>>,
    ) -> Result<SignedList, E> {
        if let Some(signed) = self.current(list, way, version, now) {
            return Ok(signed);
        }
        let signed = signing.await?;
        self.keep(list, way, Signed { version, issued_at: now, list: signed.clone() });
        Ok(signed)
    }

    fn current(&self, list: &str, way: Published, version: i64, now: Timestamp) -> Option<SignedList> {
        let lists = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let signed = lists.get(&(list.to_owned(), way))?;
        let good = signed.version == version && now < signed.issued_at.plus(SIGNED_AGAIN_AFTER);
        good.then(|| signed.list.clone())
    }

    fn keep(&self, list: &str, way: Published, signed: Signed) {
        let mut lists = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let place = (list.to_owned(), way);
        if lists.len() >= KEPT && !lists.contains_key(&place) {
            lists.clear();
        }
        // A slower signer of an older version must not put back what a change made old.
        if lists.get(&place).is_none_or(|kept| kept.version <= signed.version) {
            lists.insert(place, signed);
        }
    }
}
