//! Hints to whoever tells facts on, as long as the service runs ([`crate::hints`]).

use jigap_wallet_core::ports::Fetch;

use super::Issuer;
use crate::hints::{Hinted, pause};
use crate::tenant::Tenant;

impl Issuer {
    /// Tells whoever is to know at once which status lists changed, through `fetch`, until `end` comes.
    pub async fn hint(&self, fetch: &dyn Fetch, end: impl Future<Output = ()>) {
        let tenants = self.tenants.values().map(|hosted| &hosted.tenant);
        let hinting = tenants.filter(|tenant| tenant.hints.is_some());
        let mut hinting: Vec<(&Tenant, Hinted)> = hinting.map(|tenant| (tenant, Hinted::default())).collect();
        tokio::pin!(end);
        loop {
            for (tenant, hinted) in &mut hinting {
                if let Err(error) = hinted.look(tenant, &self.world, fetch).await {
                    tracing::warn!(%error, "it was not looked which status lists changed; tried again soon");
                }
            }
            tokio::select! {
                () = &mut end => return,
                () = tokio::time::sleep(pause()), if !hinting.is_empty() => {}
            }
        }
    }
}
