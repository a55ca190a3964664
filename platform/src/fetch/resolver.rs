//! Names to addresses, once: what is checked here is what the connection goes to, so that a name cannot change its
//! mind in between (DNS rebinding).

use std::io;
use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;

use async_trait::async_trait;
use reqwest::dns::{Addrs, Name, Resolve, Resolving};

use super::address::AddressPolicy;

/// Looks up the addresses of a host name.
#[async_trait]
pub trait Lookup: Send + Sync {
    /// All addresses of `host`, in the order in which they should be tried.
    async fn lookup(&self, host: &str) -> io::Result<Vec<IpAddr>>;
}

/// The operating system's resolver (`getaddrinfo`: hosts file, then DNS).
#[derive(Debug, Clone, Copy, Default)]
pub struct SystemLookup;

#[async_trait]
impl Lookup for SystemLookup {
    async fn lookup(&self, host: &str) -> io::Result<Vec<IpAddr>> {
        Ok(tokio::net::lookup_host((host, 0)).await?.map(|address| address.ip()).collect())
    }
}

/// A name has an address that the guard refuses.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub(super) struct RefusedAddress(pub(super) &'static str);

/// What is said of an address that the policy does not allow.
pub(super) const NOT_PUBLIC: RefusedAddress = RefusedAddress(
    "the host is not on the public internet (private, loopback, link-local or reserved address)",
);

/// The resolver that the HTTP client connects by: refuses a name if **any** of its addresses is refused.
pub(super) struct GuardedResolver {
    pub(super) lookup: Arc<dyn Lookup>,
    pub(super) policy: AddressPolicy,
}

impl Resolve for GuardedResolver {
    fn resolve(&self, name: Name) -> Resolving {
        let (lookup, policy) = (Arc::clone(&self.lookup), self.policy);
        Box::pin(async move {
            let addresses = lookup.lookup(name.as_str()).await?;
            if !addresses.iter().all(|address| policy.allows(*address)) {
                return Err(NOT_PUBLIC.into());
            }
            let connectable: Addrs =
                Box::new(addresses.into_iter().map(|address| SocketAddr::new(address, 0)));
            Ok(connectable)
        })
    }
}
