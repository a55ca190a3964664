//! What is known of a request besides its content: its id and where it came from.

use std::fmt;
use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;

use axum::http::{HeaderMap, HeaderValue};
use jigap_keys::Entropy;

use super::forwarded::forwarded_for;

/// A random id of 128 bits in hex, made for each request and answered as `x-request-id`. A client's own is not taken
/// over, so that nobody writes into the log.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RequestId(Arc<str>);

impl RequestId {
    pub(super) fn new(entropy: &dyn Entropy) -> Self {
        let mut bytes = [0; 16];
        entropy.fill(&mut bytes);
        let mut id = String::with_capacity(32);
        for nibble in bytes.into_iter().flat_map(|byte| [byte >> 4, byte & 0xf]) {
            id.extend(char::from_digit(nibble.into(), 16));
        }
        Self(id.into())
    }

    /// The id: 32 hex digits.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    pub(super) fn to_header(&self) -> Option<HeaderValue> {
        HeaderValue::from_str(&self.0).ok()
    }
}

impl fmt::Display for RequestId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// The other end of the connection, put on each request by the server.
#[derive(Debug, Clone, Copy)]
pub(super) struct Peer(pub(super) SocketAddr);

/// Where a request came from, for rate limits only: never logged or stored. Behind a proxy it is what the proxy says,
/// the last entry of the last `x-forwarded-for`; otherwise the other end of the connection.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct ClientAddress(pub IpAddr);

impl ClientAddress {
    pub(super) fn of(peer: Peer, headers: &HeaderMap, behind_proxy: bool) -> Self {
        let stated = if behind_proxy { forwarded_for(headers) } else { None };
        Self(stated.unwrap_or(peer.0.ip()).to_canonical())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::SeededEntropy;

    #[test]
    fn ids_are_random_hex() {
        let entropy = SeededEntropy::new(1);
        let (one, two) = (RequestId::new(&entropy), RequestId::new(&entropy));
        assert_ne!(one, two);
        assert!(one.as_str().len() == 32 && one.as_str().bytes().all(|byte| byte.is_ascii_hexdigit()));
    }

    #[test]
    fn only_a_stated_proxy_is_believed_and_only_its_own_entry() {
        let peer = Peer("127.0.0.1:1".parse().unwrap());
        let mut headers = HeaderMap::new();
        headers.append("x-forwarded-for", HeaderValue::from_static("6.6.6.6"));
        headers.append("x-forwarded-for", HeaderValue::from_static("7.7.7.7, 198.51.100.1"));
        let address = |behind_proxy| ClientAddress::of(peer, &headers, behind_proxy).0.to_string();
        assert_eq!(address(false), "127.0.0.1");
        assert_eq!(address(true), "198.51.100.1");
        headers.insert("x-forwarded-for", HeaderValue::from_static("nonsense"));
        assert_eq!(ClientAddress::of(peer, &headers, true).0.to_string(), "127.0.0.1");
    }
}
