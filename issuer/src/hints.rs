//! Hints: whoever tells facts on is told at once that a status list changed ([`jigap_wallet_core::facts::hint`]).
//!
//! Nothing that changes a status knows of this: it is looked, twice a second, which lists have another version than the one that was
//! hinted last, and for those a signed hint is sent to each address of the configuration, through the fetch guard, a few times where it
//! does not arrive. So no revocation waits for anybody, and none is missed, whatever led to it. After a start all lists are hinted: what
//! changed just before it may not have been. Whoever gets no hint looks now and then anyway.

use std::collections::BTreeMap;
use std::time::Duration;

use futures_util::future::join_all;
use jigap_wallet_core::facts::hint;
use jigap_wallet_core::judge::ListName;
use jigap_wallet_core::ports::{Fetch, FetchLimits, HttpRequest, StoreError};
use jigap_wallet_core::time::{Seconds, Timestamp};
use url::Url;

use crate::status;
use crate::tenant::{Tenant, World};

/// How often it is looked which lists changed.
const LOOK: Duration = Duration::from_millis(500);
/// How long after a try that failed the next ones are.
const AGAIN: [Seconds; 4] = [Seconds(1), Seconds(4), Seconds(15), Seconds(60)];
/// What is sent, and how long a try takes at most.
const LIMITS: FetchLimits = FetchLimits { max_bytes: 16 * 1024, timeout_ms: 3_000 };
/// Most lists of a tenant that are looked at: of the newest.
const MOST: usize = 64;
/// Most addresses of a tenant.
pub const MAX_ADDRESSES: usize = 16;

/// Who is told, and under which name.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HintRules {
    /// The issuer, as trust lists call them.
    pub issuer: String,
    /// Where hints are sent.
    pub addresses: Vec<Url>,
}

/// What was hinted of one tenant, and what has not arrived.
#[derive(Default)]
pub struct Hinted {
    /// By list, the version that was hinted last.
    versions: BTreeMap<String, i64>,
    late: Vec<Late>,
}

/// A hint that has not arrived yet.
struct Late {
    list: String,
    address: Url,
    tries: usize,
    next: Timestamp,
}

/// How often lists are looked at.
pub(crate) const fn pause() -> Duration {
    LOOK
}

impl Hinted {
    /// Hints what changed since the last time, and once more what did not arrive.
    ///
    /// # Errors
    /// [`StoreError`] if the versions cannot be read.
    pub async fn look(
        &mut self,
        tenant: &Tenant,
        world: &World,
        fetch: &dyn Fetch,
    ) -> Result<(), StoreError> {
        let Some(rules) = &tenant.hints else { return Ok(()) };
        let (places, now) = (tenant.places(), world.clock.now());
        let tx = world.store.begin().await?;
        for list in status::all(&tx, &places, MOST).await? {
            let Some(version) = status::version(&tx, &places, &list).await? else { continue };
            if self.versions.insert(list.clone(), version) != Some(version) {
                self.late.retain(|late| late.list != list);
                let late = |address: &Url| Late {
                    list: list.clone(),
                    address: address.clone(),
                    tries: 0,
                    next: now,
                };
                self.late.extend(rules.addresses.iter().map(late));
            }
        }
        drop(tx);
        let (due, later): (Vec<Late>, Vec<Late>) =
            std::mem::take(&mut self.late).into_iter().partition(|late| late.next <= now);
        self.late = later;
        // Together: one address that does not answer keeps no other from knowing.
        let sent = join_all(due.iter().map(|late: &Late| send(tenant, rules, late, (world, fetch)))).await;
        for (late, _) in due.into_iter().zip(sent).filter(|(_, arrived)| !arrived) {
            if let Some(pause) = AGAIN.get(late.tries) {
                self.late.push(Late { tries: late.tries + 1, next: world.clock.now().plus(*pause), ..late });
            }
        }
        Ok(())
    }
}

/// Sends a hint; says whether it is done with. What is refused is not sent again: nothing rests on that list there.
async fn send(tenant: &Tenant, rules: &HintRules, late: &Late, (world, fetch): (&World, &dyn Fetch)) -> bool {
    let list = ListName { issuer: rules.issuer.clone(), uri: tenant.status_uri(&late.list) };
    let key = &tenant.status_key;
    let unsigned = hint::unsigned(&list, key.header.clone(), world.clock.now());
    let Ok(signed) = unsigned.sign_with(&*key.signer).await else { return false };
    let post = HttpRequest::post(late.address.clone(), hint::MEDIA_TYPE, signed.into_bytes(), LIMITS);
    match fetch.send(post).await {
        Ok(answer) if answer.status == 429 || answer.status >= 500 => {
            tracing::warn!(status = answer.status, tenant = tenant.id, "a hint was not taken");
            false
        }
        Ok(_) => true,
        Err(error) => {
            tracing::warn!(%error, tenant = tenant.id, "a hint did not arrive");
            false
        }
    }
}
