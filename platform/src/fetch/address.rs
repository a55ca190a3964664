//! Which addresses may be connected to (DESIGN, "Never"): the IANA special-purpose registries (RFC 6890), read so that
//! what is not known to be public is refused.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

/// Which addresses a connection may go to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum AddressPolicy {
    /// Globally reachable unicast addresses.
    Public,
    /// The same, and loopback: for https in development.
    PublicOrLoopback,
    /// 127.0.0.0/8 and ::1 alone: for http in development.
    Loopback,
    /// Public ones, loopback and private networks: where a person named the place.
    Named,
}

impl AddressPolicy {
    pub(super) fn allows(self, address: IpAddr) -> bool {
        match self {
            Self::Public => is_public(address),
            Self::PublicOrLoopback => is_public(address) || address.is_loopback(),
            Self::Loopback => address.is_loopback(),
            Self::Named => is_public(address) || address.is_loopback() || is_private(address),
        }
    }
}

/// IPv4 networks that are not globally reachable unicast, as address and prefix length.
const REFUSED_V4: [(Ipv4Addr, u32); 16] = [
    (Ipv4Addr::new(0, 0, 0, 0), 8),        // this network, unspecified (RFC 791)
    (Ipv4Addr::new(10, 0, 0, 0), 8),       // private (RFC 1918)
    (Ipv4Addr::new(100, 64, 0, 0), 10),    // shared address space, carrier-grade NAT (RFC 6598)
    (Ipv4Addr::new(127, 0, 0, 0), 8),      // loopback (RFC 1122)
    (Ipv4Addr::new(168, 63, 129, 16), 32), // a cloud's platform services behind a public-looking address (Azure)
    (Ipv4Addr::new(169, 254, 0, 0), 16),   // link-local, cloud metadata (RFC 3927)
    (Ipv4Addr::new(172, 16, 0, 0), 12),    // private (RFC 1918)
    (Ipv4Addr::new(192, 0, 0, 0), 24),     // protocol assignments (RFC 6890)
    (Ipv4Addr::new(192, 0, 2, 0), 24),     // documentation (RFC 5737)
    (Ipv4Addr::new(192, 88, 99, 0), 24),   // 6to4 relay anycast (RFC 7526)
    (Ipv4Addr::new(192, 168, 0, 0), 16),   // private (RFC 1918)
    (Ipv4Addr::new(198, 18, 0, 0), 15),    // benchmarking (RFC 2544)
    (Ipv4Addr::new(198, 51, 100, 0), 24),  // documentation (RFC 5737)
    (Ipv4Addr::new(203, 0, 113, 0), 24),   // documentation (RFC 5737)
    (Ipv4Addr::new(224, 0, 0, 0), 4),      // multicast (RFC 5771)
    (Ipv4Addr::new(240, 0, 0, 0), 4),      // reserved, limited broadcast (RFC 1112, RFC 8190)
];

/// What global unicast IPv6 may lie in (RFC 4291 §2.4). Outside it, and so refused: unspecified, loopback,
/// IPv4-compatible and IPv4-mapped, NAT64 `64:ff9b::/96` and `64:ff9b:1::/48`, discard-only, SRv6 SIDs, unique-local,
/// link-local, site-local and multicast.
const GLOBAL_V6: (Ipv6Addr, u32) = (Ipv6Addr::new(0x2000, 0, 0, 0, 0, 0, 0, 0), 3);

/// IPv6 networks inside [`GLOBAL_V6`] that are not ordinary public hosts.
const REFUSED_V6: [(Ipv6Addr, u32); 4] = [
    (Ipv6Addr::new(0x2001, 0, 0, 0, 0, 0, 0, 0), 23), // protocol assignments: Teredo, benchmarking, ORCHID (RFC 2928)
    (Ipv6Addr::new(0x2001, 0xdb8, 0, 0, 0, 0, 0, 0), 32), // documentation (RFC 3849)
    (Ipv6Addr::new(0x2002, 0, 0, 0, 0, 0, 0, 0), 16), // 6to4: an IPv4 address in disguise (RFC 3056)
    (Ipv6Addr::new(0x3fff, 0, 0, 0, 0, 0, 0, 0), 20), // documentation (RFC 9637)
];

fn is_public(address: IpAddr) -> bool {
    match address {
        IpAddr::V4(v4) => !REFUSED_V4.iter().any(|network| in_v4(v4, *network)),
        IpAddr::V6(v6) => in_v6(v6, GLOBAL_V6) && !REFUSED_V6.iter().any(|network| in_v6(v6, *network)),
    }
}

/// RFC 1918 and RFC 4193.
fn is_private(address: IpAddr) -> bool {
    match address {
        IpAddr::V4(v4) => v4.is_private(),
        IpAddr::V6(v6) => v6.is_unique_local(),
    }
}

fn in_v4(address: Ipv4Addr, (network, prefix): (Ipv4Addr, u32)) -> bool {
    (address.to_bits() ^ network.to_bits()).leading_zeros() >= prefix
}

fn in_v6(address: Ipv6Addr, (network, prefix): (Ipv6Addr, u32)) -> bool {
    (address.to_bits() ^ network.to_bits()).leading_zeros() >= prefix
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ip(text: &str) -> IpAddr {
        text.parse().unwrap()
    }

    #[test]
    fn a_place_that_a_person_named_may_be_on_the_local_network() {
        for address in ["192.168.0.7", "10.1.2.3", "172.16.0.1", "fd00::7", "127.0.0.1", "::1", "1.1.1.1"] {
            assert!(AddressPolicy::Named.allows(ip(address)), "{address}");
        }
        for address in
            ["169.254.169.254", "0.0.0.0", "224.0.0.1", "fe80::1", "168.63.129.16", "::ffff:10.0.0.1"]
        {
            assert!(!AddressPolicy::Named.allows(ip(address)), "{address}");
        }
    }

    #[test]
    fn addresses_that_are_not_public_are_refused() {
        for address in [
            "0.0.0.0",
            "0.255.255.255",
            "10.0.0.0",
            "10.255.255.255",
            "100.64.0.0",
            "100.127.255.255",
            "127.0.0.1",
            "127.255.255.255",
            "168.63.129.16",
            "169.254.0.1",
            "169.254.169.254",
            "172.16.0.0",
            "172.31.255.255",
            "192.0.0.1",
            "192.0.0.192",
            "192.0.2.1",
            "192.88.99.1",
            "192.168.0.0",
            "192.168.255.255",
            "198.18.0.0",
            "198.19.255.255",
            "198.51.100.7",
            "203.0.113.9",
            "224.0.0.1",
            "239.255.255.255",
            "240.0.0.1",
            "255.255.255.255",
            "::",
            "::1",
            "::ffff:127.0.0.1",
            "::ffff:8.8.8.8",
            "::127.0.0.1",
            "::8.8.8.8",
            "64:ff9b::7f00:1",
            "64:ff9b::808:808",
            "64:ff9b:1::a00:1",
            "100::1",
            "2001::1",
            "2001:0:ffff::1",
            "2001:2::1",
            "2001:10::1",
            "2001:20::1",
            "2001:1ff:ffff::1",
            "2001:db8::1",
            "2002:7f00:1::",
            "2002:a9fe:a9fe::1",
            "3fff::1",
            "3fff:fff::1",
            "5f00::1",
            "fc00::1",
            "fd00:ec2::254",
            "fe80::1",
            "febf::1",
            "fec0::1",
            "ff02::1",
        ] {
            assert!(!AddressPolicy::Public.allows(ip(address)), "{address}");
        }
    }

    #[test]
    fn public_addresses_up_to_the_edges_of_the_refused_networks_are_allowed() {
        for address in [
            "1.1.1.1",
            "9.255.255.255",
            "11.0.0.0",
            "100.63.255.255",
            "100.128.0.0",
            "126.255.255.255",
            "128.0.0.0",
            "169.253.255.255",
            "169.255.0.0",
            "172.15.255.255",
            "172.32.0.0",
            "192.0.1.0",
            "192.167.255.255",
            "192.169.0.0",
            "198.17.255.255",
            "198.20.0.0",
            "223.255.255.255",
            "2000::1",
            "2001:200::1",
            "2001:db7:ffff::1",
            "2001:db9::1",
            "2003::1",
            "2606:4700::1111",
            "3ffe::1",
        ] {
            assert!(AddressPolicy::Public.allows(ip(address)), "{address}");
        }
    }

    #[test]
    fn development_adds_loopback_and_nothing_else() {
        for policy in [AddressPolicy::PublicOrLoopback, AddressPolicy::Loopback] {
            assert!(
                policy.allows(ip("127.0.0.1")) && policy.allows(ip("127.9.9.9")) && policy.allows(ip("::1"))
            );
            for address in
                ["0.0.0.0", "10.0.0.1", "169.254.169.254", "::ffff:127.0.0.1", "::", "fe80::1", "fd00::1"]
            {
                assert!(!policy.allows(ip(address)), "{policy:?} {address}");
            }
        }
        assert!(AddressPolicy::PublicOrLoopback.allows(ip("1.1.1.1")));
        assert!(!AddressPolicy::Loopback.allows(ip("1.1.1.1")));
    }
}
