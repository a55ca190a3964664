//! The little DER (X.690) that webpki does not give: fields, names and extensions of a certificate, and ECDSA signatures.
//!
//! Certificates pass webpki's parser first; what is read here again refuses indefinite and overlong lengths, and
//! anything that does not end where it says.

use super::ChainError;
use crate::time::Timestamp;

const UTC_TIME: u8 = 0x17;
const GENERALIZED_TIME: u8 = 0x18;
const INTEGER: u8 = 0x02;
const BIT_STRING: u8 = 0x03;
const OCTET_STRING: u8 = 0x04;
const OID: u8 = 0x06;
const BOOLEAN: u8 = 0x01;
const SEQUENCE: u8 = 0x30;
const SET: u8 = 0x31;
/// rfc822Name and uniformResourceIdentifier of a GeneralName (RFC 5280 §4.2.1.6).
const MAILBOX: u8 = 0x81;
const URI: u8 = 0x86;
/// `[0]` with content: the name of a DistributionPoint, and in it `fullName` (RFC 5280 §4.2.1.13).
const EXPLICIT_0: u8 = 0xa0;
/// `[0]` of TBSCertificate: the version.
const VERSION: u8 = 0xa0;
/// `[3]` of TBSCertificate: the extensions.
const EXTENSIONS: u8 = 0xa3;
/// id-ce-keyUsage and id-ce-basicConstraints (RFC 5280 §4.2.1.3, §4.2.1.9), without tag and length.
pub(super) const KEY_USAGE: &[u8] = &[0x55, 0x1d, 0x0f];
pub(super) const BASIC_CONSTRAINTS: &[u8] = &[0x55, 0x1d, 0x13];
/// id-ce-extKeyUsage (RFC 5280 §4.2.1.12), id-at-countryName and id-at-organizationName (X.520 §6.3.1, §6.4.1).
pub(super) const EXTENDED_KEY_USAGE: &[u8] = &[0x55, 0x1d, 0x25];
pub(super) const COUNTRY_NAME: &[u8] = &[0x55, 0x04, 0x06];
const ORGANIZATION_NAME: &[u8] = &[0x55, 0x04, 0x0a];
/// id-ce-authorityKeyIdentifier (RFC 5280 §4.2.1.1), and the tag of its KeyIdentifier.
pub(super) const AUTHORITY_KEY_IDENTIFIER: &[u8] = &[0x55, 0x1d, 0x23];
const KEY_IDENTIFIER: u8 = 0x80;
/// id-ce-subjectKeyIdentifier, id-ce-issuerAltName, id-ce-cRLDistributionPoints (RFC 5280 §4.2.1.2, §4.2.1.7, §4.2.1.13).
pub(super) const SUBJECT_KEY_IDENTIFIER: &[u8] = &[0x55, 0x1d, 0x0e];
pub(super) const ISSUER_ALT_NAME: &[u8] = &[0x55, 0x1d, 0x12];
pub(super) const CRL_DISTRIBUTION_POINTS: &[u8] = &[0x55, 0x1d, 0x1f];

/// What two extensions of a certificate allow its key.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Role {
    /// `cA` of the basic constraints.
    pub(super) is_ca: bool,
    /// The key usage: its bits from the left. `None`: no such extension.
    key_usage: Option<u16>,
}

impl Role {
    /// Whether the key may sign data (`digitalSignature`).
    pub(super) fn may_sign_data(self) -> bool {
        self.key_usage.is_none_or(|bits| bits & 0x8000 != 0)
    }

    /// Whether the key may sign certificates: a CA whose key usage, if any, has `keyCertSign`.
    pub(super) fn may_sign_certificates(self) -> bool {
        self.is_ca && self.key_usage.is_none_or(|bits| bits & 0x0400 != 0)
    }

    /// Reads it from a certificate in DER; `None` if that is malformed.
    pub(super) fn of_certificate(der: &[u8]) -> Option<Self> {
        let mut role = Self { is_ca: false, key_usage: None };
        read_extensions(der, |Extension { oid, value, .. }| {
            match oid {
                KEY_USAGE => role.key_usage = Some(bits(value)?),
                BASIC_CONSTRAINTS => role.is_ca = ca_flag(value)?,
                _ => {}
            }
            Some(())
        })?;
        Some(role)
    }
}

/// The KeyIdentifier in the AuthorityKeyIdentifier of a certificate in DER (RFC 5280 §4.2.1.1): which key signed it. `None`
/// if it has none or is malformed.
pub(super) fn authority_key_identifier(der: &[u8]) -> Option<&[u8]> {
    let mut found = None;
    read_extensions(der, |it| {
        if it.oid == AUTHORITY_KEY_IDENTIFIER {
            found = it.authority_key_identifier()?;
        }
        Some(())
    })?;
    found
}

/// What a certificate's key is for.
pub(super) struct Usages<'d> {
    /// The key usage: its bits from the left.
    pub(super) key_usage: Option<u16>,
    /// The extended key usages.
    pub(super) extended: Vec<&'d [u8]>,
}

/// id-kp (RFC 5280 §4.2.1.12), whose purposes 1, 2, 3, 4, 8 and 9 are TLS, code, mail, time stamps and OCSP; and mdoc readers
/// (ISO 18013-5 Annex B).
const KEY_PURPOSES: &[u8] = &[0x2b, 0x06, 0x01, 0x05, 0x05, 0x07, 0x03];
const READER: &[u8] = &[0x28, 0x81, 0x8c, 0x5d, 0x05, 0x01, 0x06];

impl Usages<'_> {
    /// Whether there are extended key usages, and none of them can be one for signing credentials.
    pub(super) fn are_foreign(&self) -> bool {
        let foreign = |purpose: &&[u8]| match purpose.strip_prefix(KEY_PURPOSES) {
            Some(last) => matches!(last, [1..=4 | 8 | 9]),
            None => **purpose == *READER,
        };
        !self.extended.is_empty() && self.extended.iter().all(foreign)
    }
}

/// Reads the usages of a certificate in DER; `None` if that is malformed.
pub(super) fn usages(der: &[u8]) -> Option<Usages<'_>> {
    let mut usages = Usages { key_usage: None, extended: Vec::new() };
    read_extensions(der, |Extension { oid, value, .. }| {
        match oid {
            KEY_USAGE => usages.key_usage = Some(bits(value)?),
            EXTENDED_KEY_USAGE => {
                let (mut purposes, rest) = expect(SEQUENCE, value)?;
                while !purposes.is_empty() {
                    let (purpose, after) = expect(OID, purposes)?;
                    usages.extended.push(purpose);
                    purposes = after;
                }
                return rest.is_empty().then_some(());
            }
            _ => {}
        }
        Some(())
    })?;
    Some(usages)
}

/// What an authority repeats of its certificate in those it signs: the KeyIdentifier, and two extensions whole.
#[derive(Default)]
pub(super) struct Repeated<'d> {
    pub(super) key_identifier: Option<&'d [u8]>,
    pub(super) issuer_alt_name: Option<&'d [u8]>,
    pub(super) crl_distribution_points: Option<&'d [u8]>,
}

/// Reads that of a certificate in DER; `None` if it is malformed.
pub(super) fn repeated(der: &[u8]) -> Option<Repeated<'_>> {
    let mut repeated = Repeated::default();
    read_extensions(der, |it| {
        match it.oid {
            SUBJECT_KEY_IDENTIFIER => repeated.key_identifier = Some(it.subject_key_identifier()?),
            ISSUER_ALT_NAME => repeated.issuer_alt_name = Some(it.value),
            CRL_DISTRIBUTION_POINTS => repeated.crl_distribution_points = Some(it.value),
            _ => {}
        }
        Some(())
    })?;
    Some(repeated)
}

/// Fields of a certificate (RFC 5280 §4.1), each its content.
pub(super) struct Fields<'d> {
    /// The serial number.
    pub(super) serial: &'d [u8],
    /// The identifier of the algorithm that signed it.
    pub(super) algorithm: &'d [u8],
    /// The name of who issued it.
    pub(super) issuer: &'d [u8],
    validity: &'d [u8],
    /// The name of who holds the key.
    pub(super) subject: &'d [u8],
}

/// Reads the fields of a certificate in DER; `None` if that is malformed.
pub(super) fn fields(der: &[u8]) -> Option<Fields<'_>> {
    let (certificate, _) = expect(SEQUENCE, der)?;
    let (fields, _) = expect(SEQUENCE, certificate)?;
    let fields = expect(VERSION, fields).map_or(fields, |(_, rest)| rest);
    let (serial, fields) = expect(INTEGER, fields)?;
    let (algorithm, fields) = expect(SEQUENCE, fields)?;
    let (algorithm, _) = expect(OID, algorithm)?;
    let (issuer, fields) = expect(SEQUENCE, fields)?;
    let (validity, fields) = expect(SEQUENCE, fields)?;
    let (subject, _) = expect(SEQUENCE, fields)?;
    Some(Fields { serial, algorithm, issuer, validity, subject })
}

/// The country in the content of a `Name`, if it has exactly one (RFC 5280 §4.1.2.4).
pub(super) fn country(name: &[u8]) -> Option<&[u8]> {
    attribute(name, COUNTRY_NAME)
}

/// The organization in the content of a `Name`, if it has exactly one.
pub(super) fn organization(name: &[u8]) -> Option<&[u8]> {
    attribute(name, ORGANIZATION_NAME)
}

/// The value of this attribute in the content of a `Name`, if it is there exactly once.
fn attribute<'n>(name: &'n [u8], wanted: &[u8]) -> Option<&'n [u8]> {
    let mut found = None;
    read_attributes(name, |it| {
        if it.oid == wanted { found.replace(it.value).is_none().then_some(()) } else { Some(()) }
    })?;
    found
}

/// An attribute of a `Name`: its identifier, the type of its value and that value.
#[derive(Clone, Copy)]
pub(super) struct Attribute<'d> {
    pub(super) oid: &'d [u8],
    pub(super) tag: u8,
    pub(super) value: &'d [u8],
}

/// Gives each attribute in the content of a `Name` to `take`; `None` if it is malformed or `take` says so.
pub(super) fn read_attributes<'n>(
    name: &'n [u8],
    mut take: impl FnMut(Attribute<'n>) -> Option<()>,
) -> Option<()> {
    let mut rest = name;
    while !rest.is_empty() {
        let (mut attributes, after) = expect(SET, rest)?;
        rest = after;
        while !attributes.is_empty() {
            let (attribute, after) = expect(SEQUENCE, attributes)?;
            attributes = after;
            let (oid, value) = expect(OID, attribute)?;
            let (tag, value, _) = read(value)?;
            take(Attribute { oid, tag, value })?;
        }
    }
    Some(())
}

/// An extension of a certificate: its identifier, whether it is critical, and its value.
#[derive(Clone, Copy)]
pub(super) struct Extension<'d> {
    pub(super) oid: &'d [u8],
    pub(super) critical: bool,
    pub(super) value: &'d [u8],
}

impl<'d> Extension<'d> {
    /// The bits of a KeyUsage from the left.
    pub(super) fn bits(self) -> Option<u16> {
        bits(self.value)
    }

    /// The KeyIdentifier of a SubjectKeyIdentifier.
    pub(super) fn subject_key_identifier(self) -> Option<&'d [u8]> {
        expect(OCTET_STRING, self.value).filter(|(_, rest)| rest.is_empty()).map(|(identifier, _)| identifier)
    }

    /// The KeyIdentifier of an AuthorityKeyIdentifier, if it has one.
    pub(super) fn authority_key_identifier(self) -> Option<Option<&'d [u8]>> {
        let (fields, rest) = expect(SEQUENCE, self.value)?;
        let found = expect(KEY_IDENTIFIER, fields).map(|(identifier, _)| identifier);
        rest.is_empty().then_some(found)
    }

    /// Whether GeneralNames have a mailbox or a URI among them; `None` if they are malformed.
    pub(super) fn has_contact(self) -> Option<bool> {
        let (mut names, end) = expect(SEQUENCE, self.value)?;
        let mut found = false;
        while !names.is_empty() {
            let (tag, name, rest) = read(names)?;
            found |= matches!(tag, MAILBOX | URI) && !name.is_empty();
            names = rest;
        }
        end.is_empty().then_some(found)
    }

    /// Whether CRLDistributionPoints are all named in full, without `reasons` and `cRLIssuer`; `None` if they are malformed.
    pub(super) fn has_plain_points(self) -> Option<bool> {
        let (mut points, end) = expect(SEQUENCE, self.value)?;
        let mut plain = !points.is_empty();
        while !points.is_empty() {
            let (point, rest) = expect(SEQUENCE, points)?;
            points = rest;
            let full = |(name, others): (&'d [u8], &[u8])| {
                others.is_empty()
                    && expect(EXPLICIT_0, name)
                        .is_some_and(|(names, end)| !names.is_empty() && end.is_empty())
            };
            plain &= expect(EXPLICIT_0, point).is_some_and(full);
        }
        end.is_empty().then_some(plain)
    }
}

/// Gives each extension of a certificate in DER to `take`; `None` if the certificate is malformed or `take` says so.
pub(super) fn read_extensions<'d>(
    der: &'d [u8],
    mut take: impl FnMut(Extension<'d>) -> Option<()>,
) -> Option<()> {
    let (certificate, end) = expect(SEQUENCE, der)?;
    let (mut fields, _) = expect(SEQUENCE, certificate)?;
    while !fields.is_empty() {
        let (tag, content, rest) = read(fields)?;
        fields = rest;
        if tag != EXTENSIONS {
            continue;
        }
        let (mut extensions, rest) = expect(SEQUENCE, content)?;
        while !extensions.is_empty() {
            let (extension, after) = expect(SEQUENCE, extensions)?;
            extensions = after;
            let (oid, value) = expect(OID, extension)?;
            let (critical, value) =
                expect(BOOLEAN, value).map_or((false, value), |(flag, value)| (flag == [0xff], value));
            let (value, _) = expect(OCTET_STRING, value)?;
            take(Extension { oid, critical, value })?;
        }
        if !rest.is_empty() {
            return None;
        }
    }
    end.is_empty().then_some(())
}

/// Refuses a certificate that is not valid at `now`, whoever vouches for it.
pub(super) fn require_current(der: &[u8], now: Timestamp) -> Result<(), ChainError> {
    let (begins, ends) = validity(der).ok_or(ChainError::Malformed)?;
    match now {
        _ if now < begins => Err(ChainError::NotYetValid(begins)),
        _ if now >= ends => Err(ChainError::Expired(ends)),
        _ => Ok(()),
    }
}

/// `notBefore` and `notAfter` of a certificate in DER (RFC 5280 §4.1.2.5); `None` if that is malformed.
pub(super) fn validity(der: &[u8]) -> Option<(Timestamp, Timestamp)> {
    let (begin_tag, begin, rest) = read(fields(der)?.validity)?;
    let (end_tag, end, rest) = read(rest)?;
    if rest.is_empty() { Some((moment(begin_tag, begin)?, moment(end_tag, end)?)) } else { None }
}

/// A `Time` as RFC 5280 §4.1.2.5 has it: in UTC, with seconds.
fn moment(tag: u8, time: &[u8]) -> Option<Timestamp> {
    let time = std::str::from_utf8(time).ok()?;
    let (century, time) = match tag {
        // Two digits of the year: from 1950 to 2049.
        UTC_TIME if time.get(..2)? < "50" => ("20", time),
        UTC_TIME => ("19", time),
        GENERALIZED_TIME => time.split_at_checked(2)?,
        _ => return None,
    };
    let part = |at: usize| time.get(at..at + 2).filter(|part| part.bytes().all(|byte| byte.is_ascii_digit()));
    let text =
        format!("{century}{}-{}-{}T{}:{}:{}Z", part(0)?, part(2)?, part(4)?, part(6)?, part(8)?, part(10)?);
    if time.get(12..) == Some("Z") { Timestamp::parse_rfc3339(&text) } else { None }
}

/// An ECDSA signature in DER (`SEQUENCE { r, s }`, RFC 3279 §2.2.3) as JOSE writes it: `r || s`, `size` bytes each.
pub(super) fn ecdsa_to_fixed(der: &[u8], size: usize) -> Option<Vec<u8>> {
    let (numbers, after) = expect(SEQUENCE, der)?;
    let (r, rest) = expect(INTEGER, numbers)?;
    let (s, end) = expect(INTEGER, rest)?;
    if !after.is_empty() || !end.is_empty() {
        return None;
    }
    let mut fixed = Vec::with_capacity(2 * size);
    for number in [r, s] {
        let digits = positive(number)?;
        fixed.resize(fixed.len() + size.checked_sub(digits.len())?, 0);
        fixed.extend_from_slice(digits);
    }
    Some(fixed)
}

/// The digits of a positive INTEGER in its shortest form, without the zero that keeps it positive.
pub(super) fn positive(number: &[u8]) -> Option<&[u8]> {
    match number {
        [0] | [] => None,
        [0, digits @ ..] => (*digits.first()? >= 0x80).then_some(digits),
        [first, ..] => (*first < 0x80).then_some(number),
    }
}

/// The bits of a BIT STRING of at most 16, from the left.
fn bits(value: &[u8]) -> Option<u16> {
    let (bits, rest) = expect(BIT_STRING, value)?;
    let (unused, bytes) = bits.split_first()?;
    let bits = match bytes {
        [first] => [*first, 0],
        [first, second] => [*first, *second],
        _ => return None,
    };
    (rest.is_empty() && *unused < 8).then_some(u16::from_be_bytes(bits))
}

fn ca_flag(value: &[u8]) -> Option<bool> {
    let (fields, rest) = expect(SEQUENCE, value)?;
    let flag = expect(BOOLEAN, fields).is_some_and(|(flag, _)| flag == [0xff]);
    rest.is_empty().then_some(flag)
}

/// The content of the element that `input` begins with, if it has this tag, and what follows it.
fn expect(tag: u8, input: &[u8]) -> Option<(&[u8], &[u8])> {
    read(input).filter(|(found, ..)| *found == tag).map(|(_, content, rest)| (content, rest))
}

/// Tag and content of the element that `input` begins with, and what follows it. Lengths up to 65,535 bytes.
fn read(input: &[u8]) -> Option<(u8, &[u8], &[u8])> {
    let (tag, rest) = input.split_first()?;
    let (first, rest) = rest.split_first()?;
    let (length, rest) = match first {
        0..=0x7f => (usize::from(*first), rest),
        0x81 => {
            let (length, rest) = rest.split_first()?;
            (usize::from(*length).checked_sub(0x80)? + 0x80, rest)
        }
        0x82 => {
            let (length, rest) = rest.split_first_chunk::<2>()?;
            (usize::from(u16::from_be_bytes(*length)).checked_sub(0x100)? + 0x100, rest)
        }
        _ => return None,
    };
    let (content, rest) = rest.split_at_checked(length)?;
    Some((*tag, content, rest))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn a_signature_becomes_fixed_length() {
        let fixed = |der: &[u8]| ecdsa_to_fixed(der, 4);
        assert_eq!(fixed(&[0x30, 6, 2, 1, 1, 2, 1, 0x7f]), Some(vec![0, 0, 0, 1, 0, 0, 0, 0x7f]));
        assert_eq!(
            fixed(&[0x30, 10, 2, 5, 0, 0x80, 0, 0, 0, 2, 1, 2]),
            Some(vec![0x80, 0, 0, 0, 0, 0, 0, 2])
        );
    }

    #[test]
    fn another_form_of_the_same_signature_is_refused() {
        for (name, der) in [
            ("zero", &[0x30, 6, 2, 1, 0, 2, 1, 1][..]),
            ("negative", &[0x30, 6, 2, 1, 0x80, 2, 1, 1]),
            ("padded", &[0x30, 7, 2, 2, 0, 1, 2, 1, 1]),
            ("empty number", &[0x30, 5, 2, 0, 2, 1, 1]),
            ("too long", &[0x30, 10, 2, 5, 1, 0, 0, 0, 0, 2, 1, 1]),
            ("trailing inside", &[0x30, 7, 2, 1, 1, 2, 1, 1, 0]),
            ("trailing outside", &[0x30, 6, 2, 1, 1, 2, 1, 1, 0]),
            ("overlong length", &[0x30, 0x81, 6, 2, 1, 1, 2, 1, 1]),
            ("overlong length in two bytes", &[0x30, 0x82, 0, 6, 2, 1, 1, 2, 1, 1]),
            ("indefinite length", &[0x30, 0x80, 2, 1, 1, 2, 1, 1, 0, 0]),
            ("truncated", &[0x30, 6, 2, 1, 1, 2, 1]),
            ("one number", &[0x30, 3, 2, 1, 1]),
            ("no sequence", &[0x31, 6, 2, 1, 1, 2, 1, 1]),
            ("nothing", &[]),
        ] {
            assert_eq!(ecdsa_to_fixed(der, 4), None, "{name}");
        }
    }

    proptest! {
        #[test]
        fn any_bytes_are_read_or_refused(bytes: Vec<u8>) {
            let _ = (Role::of_certificate(&bytes), validity(&bytes), authority_key_identifier(&bytes));
            let _ = (usages(&bytes).is_some(), fields(&bytes).is_some(), country(&bytes), repeated(&bytes).is_some());
            let extension = Extension { oid: KEY_USAGE, critical: true, value: &bytes };
            let _ = (extension.has_contact(), extension.has_plain_points(), extension.subject_key_identifier());
            if let Some(fixed) = ecdsa_to_fixed(&bytes, 32) {
                prop_assert_eq!(fixed.len(), 64);
            }
        }
    }
}
