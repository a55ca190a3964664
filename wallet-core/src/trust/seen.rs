//! The highest version seen of each trust list, so that an older one is not taken back (docs/TRUST-LIST.md §2).
//!
//! An old list is still signed, and until its `exp` still valid: with it a withdrawn issuer would be trusted again. Refused
//! by TL-09: a list with a lower version than one that this store saw under the same id.

use jigap_keys::{base64url, hash};

use super::TrustList;
use crate::ports::{Store, StoreError, transact};
use crate::verdict::{Check, Reason, Refusal};

/// TL-09: the list is no older than one seen before.
pub const ROLLBACK: Check = Check::new(
    "TL-09",
    "the trust list is no older than one seen before",
    "신뢰 목록이 전에 본 것보다 오래되지 않았습니다",
    "docs/TRUST-LIST.md §2",
);

const OLDER: Reason = Reason::new(
    "trust-list-older",
    "a newer version of this trust list was seen before",
    "이 신뢰 목록의 더 새로운 판을 전에 보았습니다",
);

/// Why a list is not taken.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum SeenError {
    /// It is older than one seen before: whoever brought it.
    #[error(transparent)]
    Refused(#[from] Refusal),
    /// The store failed; the list must not be used.
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// Refuses a list that is older than one `store` saw, and remembers its version: to be called before a list is used.
///
/// # Errors
/// [`SeenError`].
pub async fn take(store: &dyn Store, list: &TrustList) -> Result<(), SeenError> {
    let place = &format!("trust/seen/{}", base64url::encode(hash::sha256(list.content().id.as_bytes())));
    let version = list.content().version;
    transact(store, |tx| async move {
        let seen = tx.get(place).await?.map(|bytes| bytes.try_into().map(u64::from_be_bytes));
        match seen.transpose().map_err(|_| StoreError::Unavailable)? {
            Some(seen) if version < seen => Err(ROLLBACK.refuse(OLDER).into()),
            Some(seen) if version == seen => Ok(()),
            _ => {
                tx.set(place, version.to_be_bytes());
                Ok(())
            }
        }
    })
    .await
}
