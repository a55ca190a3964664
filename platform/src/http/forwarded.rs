//! Where a proxy says that a request came from.

use std::net::IpAddr;

use ::http::HeaderMap;

/// The last entry of the last `x-forwarded-for`: the proxy's own word, whatever the client wrote before it. `None` where it is
/// no address.
pub(super) fn forwarded_for(headers: &HeaderMap) -> Option<IpAddr> {
    let value = headers.get_all("x-forwarded-for").iter().next_back()?.to_str().ok()?;
    value.rsplit(',').next()?.trim().parse().ok()
}
