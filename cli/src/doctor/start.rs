//! Whether `jigap serve` would start on a configuration, and whether the trust list pins the keys that tenants have now: both
//! are put together as it puts them together. The store is looked at: what opening the services would write (keys of new
//! tenants, keys sealed anew) is dropped. Its file is written all the same, though nothing that is kept in it changes: redb
//! itself commits when it opens one (it cleans up, and mends after a crash) and when it closes it. One that is not there yet
//! is not made.

use std::sync::Arc;

use async_trait::async_trait;
use jigap_issuer::assembly::unknown_to;
use jigap_platform::config::Config;
use jigap_platform::store::{self, Faults, OpenError, StoreConfig, StoreEngine, in_memory};
use jigap_wallet_core::ports::{KeyRange, Store, StoreError, Transaction, Tx};
use jigap_wallet_core::text::Lang;
use jigap_wallet_core::trust::{TrustEntry, TrustList};

use super::Finding;
use super::service::PUBLISH;
use crate::deployment::{Deployment, runtime, store_settings, unopened};
use crate::failure::Failure;
use crate::serve;

/// What `jigap serve` would do with `config`. Its keys are compared with `list`, which is its verifier's; nothing is said of the
/// tenants in `told`, whom the list does not name at all.
pub(super) fn look(config: Config, list: Option<&TrustList>, told: &[String], lang: Lang) -> Vec<Finding> {
    // What is wrong with these two is told in lines of their own.
    let Ok(settings) = store_settings(&config) else { return Vec::new() };
    if config.vault(Arc::new(jigap_platform::entropy::OsEntropy)).is_err() {
        return Vec::new();
    }
    let is_kept = settings.engine != StoreEngine::Memory && settings.path.exists();
    let store = match opened(&settings, is_kept) {
        Ok(store) => store,
        Err(OpenError::InUse) => {
            return vec![
                Finding::warn(
                    "the store is in use: whether `jigap serve` would start, and its keys, cannot be looked at now",
                    "저장소를 쓰고 있어, 지금은 `jigap serve`가 시작될지와 그 키를 살펴볼 수 없습니다",
                )
                .detail(settings.path.display())
                .hint("stop `jigap serve` and look again", "`jigap serve`를 멈추고 다시 점검하십시오"),
            ];
        }
        Err(error) => return vec![refused(unopened(&error), lang)],
    };
    match entries(config, store) {
        Err(failure) => vec![refused(failure, lang)],
        Ok(entries) => {
            let starts = Finding::ok(
                "`jigap serve` would start on it",
                "이 설정으로 `jigap serve`를 시작할 수 있습니다",
            );
            let has_keys = is_kept && !entries.is_empty();
            let compared = list.filter(|_| has_keys).map(|list| compared(list, &entries, told));
            std::iter::once(starts).chain(compared).collect()
        }
    }
}

fn refused(failure: Failure, lang: Lang) -> Finding {
    Finding::fail("`jigap serve` would not start on it", "이 설정으로 `jigap serve`를 시작할 수 없습니다")
        .because(failure, lang)
}

/// The store, to be looked at; an empty one where there is none yet.
fn opened(settings: &StoreConfig, is_kept: bool) -> Result<Arc<dyn Store>, OpenError> {
    if !is_kept {
        return Ok(in_memory(Faults::none())?);
    }
    Ok(Arc::new(Looked(store::open(settings)?)))
}

/// Puts the services together; what a trust list of now would say of the tenants.
fn entries(config: Config, store: Arc<dyn Store>) -> Result<Vec<TrustEntry>, Failure> {
    let deployment = Deployment::over(config, || Ok(store))?;
    runtime()?.block_on(serve::rehearse(&deployment))
}

/// Whether `list` knows the tenants with the keys that they have now.
fn compared(list: &TrustList, entries: &[TrustEntry], told: &[String]) -> Finding {
    let unknown = unknown_to(list, entries);
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
