//! The keys that tenants have now, compared with those that the trust list pins. The store is looked at: what opening the
//! issuer would write (keys of new tenants, keys sealed anew) is dropped.

use std::path::Path;
use std::sync::Arc;

use async_trait::async_trait;
use jigap_issuer::assembly::unknown_to;
use jigap_wallet_core::ports::{KeyRange, Store, StoreError, Transaction, Tx};
use jigap_wallet_core::trust::TrustList;

use super::Finding;
use super::service::PUBLISH;
use crate::deployment::{Deployment, runtime};
use crate::failure::Failure;

/// Whether `list` knows the tenants of the configuration at `path` with the keys that they have now. Nothing is said of
/// those in `told`, whom it does not name at all.
pub(super) fn compared(path: &Path, list: &TrustList, told: &[String]) -> Finding {
    let entries = match entries(path) {
        Ok(Some(entries)) => entries,
        Ok(None) => Vec::new(),
        Err(failure) => {
            let (what, detail, hint) = failure.into_parts();
            let why = [Some(what.en.to_owned()), detail].into_iter().flatten().collect::<Vec<_>>().join(": ");
            let finding = Finding::warn(
                "the tenants' keys cannot be compared with the trust list now",
                "지금은 발급 기관의 키를 신뢰 목록과 견줄 수 없습니다",
            );
            return Finding { hint, ..finding.detail(why) };
        }
    };
    let unknown = unknown_to(list, &entries);
    let unknown: Vec<&str> =
        unknown.into_iter().filter(|issuer| !told.iter().any(|name| name == issuer)).collect();
    if unknown.is_empty() {
        return Finding::ok(
            "the trust list pins the keys that tenants have",
            "신뢰 목록에 발급 기관의 지금 키가 있습니다",
        );
    }
    Finding::warn(
        "the trust list does not pin a key that a tenant has now: what it signs is or will be refused",
        "발급 기관의 지금 키가 신뢰 목록에 없어, 그 키로 서명한 것이 거절됩니다",
    )
    .detail(unknown.join(", "))
    .hint(PUBLISH[0], PUBLISH[1])
}

/// What a trust list of now would say.
fn entries(path: &Path) -> Result<Option<Vec<jigap_wallet_core::trust::TrustEntry>>, Failure> {
    let mut deployment = Deployment::open(path)?;
    deployment.store = Arc::new(Looked(Arc::clone(&deployment.store)));
    runtime()?.block_on(deployment.trust_entries())
}

/// A store whose transactions write nothing.
struct Looked(Arc<dyn Store>);

struct Reading(Tx);

#[async_trait]
impl Store for Looked {
    async fn begin(&self) -> Result<Tx, StoreError> {
        Ok(Tx::new(Reading(self.0.begin().await?)))
    }

    fn has_stopped(&self) -> bool {
        self.0.has_stopped()
    }
}

#[async_trait]
impl Transaction for Reading {
    async fn get(&self, key: &[u8]) -> Result<Option<Vec<u8>>, StoreError> {
        self.0.get(key).await
    }

    async fn range(
        &self,
        range: &KeyRange,
        limit: usize,
        reverse: bool,
    ) -> Result<Vec<(Vec<u8>, Vec<u8>)>, StoreError> {
        if reverse { self.0.range_reverse(range, limit).await } else { self.0.range(range, limit).await }
    }

    fn set(&self, _: &[u8], _: &[u8]) {}

    fn clear(&self, _: &[u8]) {}

    fn clear_range(&self, _: &KeyRange) {}

    fn add(&self, _: &[u8], _: i64) {}

    async fn commit(&self) -> Result<(), StoreError> {
        Ok(())
    }
}
