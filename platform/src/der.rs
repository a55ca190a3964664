//! Writing DER (X.690 §10), as much of it as certificates and requests for them need.

use std::net::IpAddr;

use jigap_keys::KeyType;

pub(crate) const BOOLEAN: u8 = 0x01;
pub(crate) const INTEGER: u8 = 0x02;
pub(crate) const BIT_STRING: u8 = 0x03;
pub(crate) const OCTET_STRING: u8 = 0x04;
pub(crate) const OBJECT_IDENTIFIER: u8 = 0x06;
pub(crate) const SEQUENCE: u8 = 0x30;
pub(crate) const SET: u8 = 0x31;
/// `rfc822Name [1]`, `dNSName [2]`, `uniformResourceIdentifier [6]` and `iPAddress [7]` of a general name.
const MAIL: u8 = 0x81;
const DNS_NAME: u8 = 0x82;
const URI: u8 = 0x86;
const IP_ADDRESS: u8 = 0x87;

/// 2.5.29.17
pub(crate) const SUBJECT_ALT_NAME: &[u8] = &[0x55, 0x1d, 0x11];
/// 1.2.840.10045.4.3.2 to 1.2.840.10045.4.3.4, 1.3.101.112 (RFC 5758 §3.2, RFC 8410 §3)
const ECDSA_WITH_SHA256: &[u8] = &[0x2a, 0x86, 0x48, 0xce, 0x3d, 0x04, 0x03, 0x02];
const ECDSA_WITH_SHA384: &[u8] = &[0x2a, 0x86, 0x48, 0xce, 0x3d, 0x04, 0x03, 0x03];
const ECDSA_WITH_SHA512: &[u8] = &[0x2a, 0x86, 0x48, 0xce, 0x3d, 0x04, 0x03, 0x04];
const ED25519: &[u8] = &[0x2b, 0x65, 0x70];

/// An alternative name that a certificate bears (RFC 5280 §4.2.1.6).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum AltName<'a> {
    /// A host.
    Dns(&'a str),
    /// An identifier.
    Uri(&'a str),
    /// An address of a host.
    Ip(IpAddr),
    /// A mailbox.
    Mail(&'a str),
}

/// `GeneralNames` without its head. `None`: a name is not ASCII, and no certificate can bear it.
pub(crate) fn general_names(names: &[AltName<'_>]) -> Option<Vec<u8>> {
    let mut written = Vec::new();
    for name in names {
        let text = |tag, text: &str| text.is_ascii().then(|| element(tag, text.as_bytes()));
        written.extend(match name {
            AltName::Dns(name) => text(DNS_NAME, name)?,
            AltName::Uri(name) => text(URI, name)?,
            AltName::Mail(name) => text(MAIL, name)?,
            AltName::Ip(IpAddr::V4(address)) => element(IP_ADDRESS, &address.octets()),
            AltName::Ip(IpAddr::V6(address)) => element(IP_ADDRESS, &address.octets()),
        });
    }
    Some(written)
}

/// `AlgorithmIdentifier` of what keys of this type sign. `None`: they do not sign.
pub(crate) fn algorithm(key: KeyType) -> Option<Vec<u8>> {
    let algorithm = match key {
        KeyType::Ed25519 => ED25519,
        KeyType::P256 => ECDSA_WITH_SHA256,
        KeyType::P384 => ECDSA_WITH_SHA384,
        KeyType::P521 => ECDSA_WITH_SHA512,
        KeyType::X25519 => return None,
    };
    Some(element(SEQUENCE, &element(OBJECT_IDENTIFIER, algorithm)))
}

/// What is signed, the algorithm, and `signature` as a key of this type makes it (RFC 5280 §4.1.1, RFC 2986 §4.2). `None`: such
/// keys do not sign.
pub(crate) fn signed(what: Vec<u8>, key: KeyType, signature: &[u8]) -> Option<Vec<u8>> {
    let signature = match key {
        KeyType::P256 | KeyType::P384 | KeyType::P521 => bits(&ecdsa(signature)),
        KeyType::Ed25519 | KeyType::X25519 => bits(signature),
    };
    Some(element(SEQUENCE, &[what, algorithm(key)?, signature].concat()))
}

/// `r || s` as an `ECDSA-Sig-Value` (RFC 3279 §2.2.3).
fn ecdsa(signature: &[u8]) -> Vec<u8> {
    let (r, s) = signature.split_at(signature.len() / 2);
    element(SEQUENCE, &[unsigned(r), unsigned(s)].concat())
}

/// A positive `INTEGER` in its shortest form.
pub(crate) fn unsigned(bytes: &[u8]) -> Vec<u8> {
    let zeros = bytes.iter().take_while(|byte| **byte == 0).count().min(bytes.len().saturating_sub(1));
    let bytes = bytes.get(zeros..).unwrap_or_default();
    let sign = if bytes.first().is_some_and(|first| *first > 0x7f) { &[0][..] } else { &[] };
    element(INTEGER, &[sign, bytes].concat())
}

fn bits(bytes: &[u8]) -> Vec<u8> {
    element(BIT_STRING, &[&[0], bytes].concat())
}

/// Tag, length in its shortest form (X.690 §10.1), content.
pub(crate) fn element(tag: u8, content: &[u8]) -> Vec<u8> {
    let length = content.len().to_be_bytes();
    let length = length.iter().copied().skip_while(|byte| *byte == 0).collect::<Vec<u8>>();
    let long = 0x80 | u8::try_from(length.len()).unwrap_or(u8::MAX);
    let length = match content.len() {
        short @ 0..=0x7f => vec![u8::try_from(short).unwrap_or(u8::MAX)],
        _ => [vec![long], length].concat(),
    };
    [vec![tag], length, content.to_vec()].concat()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_positive_and_shortest() {
        assert_eq!(unsigned(&[0, 0, 7]), [INTEGER, 1, 7]);
        assert_eq!(unsigned(&[0, 0x80]), [INTEGER, 2, 0, 0x80]);
        assert_eq!(unsigned(&[0, 0]), [INTEGER, 1, 0]);
        assert_eq!(ecdsa(&[1, 2, 0xff, 3]), [SEQUENCE, 9, 2, 2, 1, 2, 2, 3, 0, 0xff, 3]);
        assert_eq!(element(SET, &[0; 0x7f])[..2], [SET, 0x7f]);
        assert_eq!(element(SET, &[0; 0x80])[..3], [SET, 0x81, 0x80]);
        assert_eq!(element(SET, &[0; 0x1234])[..4], [SET, 0x82, 0x12, 0x34]);
    }

    #[test]
    fn names_are_written_by_their_kinds() {
        let names =
            [AltName::Dns("a"), AltName::Ip([1, 2, 3, 4].into()), AltName::Mail("b"), AltName::Uri("c:")];
        let written = [0x82, 1, b'a', 0x87, 4, 1, 2, 3, 4, 0x81, 1, b'b', 0x86, 2, b'c', b':'];
        assert_eq!(general_names(&names).unwrap(), written);
        assert_eq!(general_names(&[AltName::Ip(std::net::Ipv6Addr::LOCALHOST.into())]).unwrap().len(), 18);
        assert_eq!(general_names(&[AltName::Dns("한빛.example")]), None);
    }
}
