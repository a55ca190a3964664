//! Publishing status lists (Token Status List §5, §8): signed when first asked for and after every change, served from
//! memory in between.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

use jigap_wallet_core::jose::Header;
use jigap_wallet_core::ports::StoreError;
use jigap_wallet_core::status::{StatusBits, StatusList, StatusListToken, TYP};
use jigap_wallet_core::time::{Seconds, Timestamp};

use crate::status;
use crate::tenant::{Tenant, World};

/// How long a verifier may keep a list (`ttl`).
pub const TTL: Seconds = Seconds(300);
/// How long a signed list lasts (`exp`).
pub const LIFETIME: Seconds = Seconds(24 * 3600);
/// An unchanged list is signed again after this long. `ttl` says when a new version may be there (Token Status List §13.7): a
/// verifier that wants to know today's status refuses a list whose `iat` is longer ago, since it may hide a newer one.
const SIGNED_AGAIN_AFTER: Seconds = Seconds(TTL.0 / 2);
/// Lists kept in memory; a tenant has few.
const KEPT: usize = 64;

/// Signed lists, by list id.
#[derive(Default)]
pub struct SignedLists(Mutex<HashMap<String, Signed>>);

#[derive(Clone)]
struct Signed {
    version: i64,
    issued_at: Timestamp,
    token: Arc<str>,
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

impl Tenant {
    /// The signed token of `list`, or `None` if there is no such list. It says what the store says now.
    pub async fn status_token(&self, world: &World, list: &str) -> Result<Option<Arc<str>>, PublishError> {
        let (tx, places, now) = (world.store.begin().await?, self.places(), world.clock.now());
        let Some(version) = status::version(&tx, &places, list).await? else { return Ok(None) };
        if let Some(signed) = self.signed_lists.current(list, version, now) {
            return Ok(Some(signed));
        }
        let bits = StatusBits::new(status::BITS.into()).ok_or(PublishError::Unsigned)?;
        let token = StatusListToken {
            uri: self.status_uri(list),
            issued_at: now,
            expires: Some(now.plus(LIFETIME)),
            ttl: Some(TTL),
            aggregation_uri: None,
            list: StatusList::from_bytes(bits, status::bytes(&tx, &places, list).await?),
        };
        let header = Header { typ: Some(TYP.to_owned()), ..self.status_key.header.clone() };
        let token = token.unsigned(header).sign_with(&*self.status_key.signer).await;
        let token: Arc<str> = token.map_err(|_| PublishError::Unsigned)?.into();
        self.signed_lists.keep(list, Signed { version, issued_at: now, token: Arc::clone(&token) });
        Ok(Some(token))
    }
}

impl SignedLists {
    fn current(&self, list: &str, version: i64, now: Timestamp) -> Option<Arc<str>> {
        let lists = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let signed = lists.get(list)?;
        let good = signed.version == version && now < signed.issued_at.plus(SIGNED_AGAIN_AFTER);
        good.then(|| Arc::clone(&signed.token))
    }

    fn keep(&self, list: &str, signed: Signed) {
        let mut lists = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if lists.len() >= KEPT && !lists.contains_key(list) {
            lists.clear();
        }
        // A slower signer of an older version must not put back what a change made old.
        if lists.get(list).is_none_or(|kept| kept.version <= signed.version) {
            lists.insert(list.to_owned(), signed);
        }
    }
}
