//! What ISO 18013-5 Annex B wants of the certificate of a document signer (table B.3) and of its root, the issuing authority's (table B.1),
//! beside what their keys are for ([`super::document_signer`]).
//!
//! Refused: what [`Rule`] says. The standard's text was not at hand: docs/SPECS.md says which public sources agree on which rule. Not
//! looked at: how much of a serial number was drawn, and of what a key identifier is the hash.

use super::der::{
    AUTHORITY_KEY_IDENTIFIER, Attribute, BASIC_CONSTRAINTS, COUNTRY_NAME, CRL_DISTRIBUTION_POINTS,
    EXTENDED_KEY_USAGE, Extension, Fields, ISSUER_ALT_NAME, KEY_USAGE, SUBJECT_KEY_IDENTIFIER, country,
    fields, positive, read_attributes, read_extensions, validity,
};
use crate::time::Timestamp;

/// Most days that a document signer is valid, and its root: 20 years with their leap days.
const SIGNER_DAYS: i64 = 457;
const ROOT_DAYS: i64 = 7305;
const DAY: i64 = 86_400;
/// Most bytes of a serial number.
const MAX_SERIAL: usize = 20;
/// 1.2.840.10045.4.3, whose 2, 3 and 4 are ECDSA with SHA-256, SHA-384 and SHA-512.
const ECDSA: &[u8] = &[0x2a, 0x86, 0x48, 0xce, 0x3d, 0x04, 0x03];
/// 2.5.4.3 and 8; 7, 10 and 11 are the other attributes that are a DirectoryString here.
const COMMON_NAME: &[u8] = &[0x55, 0x04, 0x03];
const STATE_NAME: &[u8] = &[0x55, 0x04, 0x08];
const PRINTABLE_STRING: u8 = 0x13;
const UTF8_STRING: u8 = 0x0c;
/// 2.5.29, whose 30, 33, 36, 46 and 54 are name constraints, policy mappings, policy constraints, the freshest CRL and
/// `inhibitAnyPolicy`.
const ID_CE: &[u8] = &[0x55, 0x1d];
/// BasicConstraints of an authority below which there is no other.
const LAST_AUTHORITY: &[u8] = &[0x30, 6, 0x01, 1, 0xff, 0x02, 1, 0];

/// A rule of the profile that a certificate breaks.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Rule {
    /// A positive serial number of at most 20 bytes, and a signature by ECDSA with SHA-2.
    #[error("its serial number or the algorithm of its signature is not one of the profile")]
    Form,
    /// At most 457 days of a signer, 20 years of a root.
    #[error("it is valid for too long")]
    Lifetime,
    /// One country in two capital letters, a common name, the encodings of text; the root's state, if that names one.
    #[error("its subject is not named as the profile has it")]
    Subject,
    /// None twice, none that is forbidden, and exactly those critical that the profile makes so.
    #[error("an extension is forbidden or there twice, or critical or not against the profile")]
    Extensions,
    /// It identifies its key, and a signer that of its root.
    #[error("it does not identify its key, or that of who signed it")]
    KeyIdentifier,
    /// It says by mailbox or URI how its issuer is reached.
    #[error("it does not say how its issuer is reached")]
    Contact,
    /// A signer says where the list of revoked certificates is; whoever does, plainly.
    #[error("it does not say plainly where the list of revoked certificates is")]
    Revocation,
    /// A signer's key is for mdocs alone.
    #[error("its key is for more than mdocs")]
    Purposes,
    /// A root names itself as its issuer, and has no authority below it.
    #[error("it is no root without authorities below it")]
    Root,
}

/// A certificate as far as the profile speaks of it.
pub(super) struct Profile<'d> {
    fields: Fields<'d>,
    /// From when until when it is valid.
    pub(super) validity: (Timestamp, Timestamp),
    subject: Vec<Attribute<'d>>,
    extensions: Vec<Extension<'d>>,
}

impl<'d> Profile<'d> {
    /// Reads a certificate in DER; `None` if that is malformed.
    pub(super) fn read(der: &'d [u8]) -> Option<Self> {
        let (mut subject, mut extensions) = (Vec::new(), Vec::new());
        let fields = fields(der)?;
        read_attributes(fields.subject, |it| {
            subject.push(it);
            Some(())
        })?;
        read_extensions(der, |it| {
            extensions.push(it);
            Some(())
        })?;
        Some(Self { fields, validity: validity(der)?, subject, extensions })
    }

    /// What its key is for, by the bits of the key usage from the left.
    pub(super) fn key_usage(&self) -> Option<u16> {
        self.extension(KEY_USAGE)?.bits()
    }

    /// The one country of its subject.
    pub(super) fn country(&self) -> Option<&'d [u8]> {
        country(self.fields.subject)
    }

    /// Refuses what is no document signer's.
    pub(super) fn require_signer(&self) -> Result<(), Rule> {
        self.require_common(SIGNER_DAYS, [KEY_USAGE, EXTENDED_KEY_USAGE])?;
        require(self.authority_key_identifier().is_some(), Rule::KeyIdentifier)?;
        require(self.extension(CRL_DISTRIBUTION_POINTS).is_some(), Rule::Revocation)
    }

    /// Refuses what is no root's.
    pub(super) fn require_root(&self) -> Result<(), Rule> {
        self.require_common(ROOT_DAYS, [KEY_USAGE, BASIC_CONSTRAINTS])?;
        let last = self.extension(BASIC_CONSTRAINTS).is_some_and(|it| it.value == LAST_AUTHORITY);
        require(last && self.fields.issuer == self.fields.subject, Rule::Root)
    }

    /// Refuses a signer that does not speak of this root as the root does of itself.
    pub(super) fn require_below(&self, root: &Self) -> Result<(), Rule> {
        require(self.authority_key_identifier() == root.subject_key_identifier(), Rule::KeyIdentifier)?;
        let (own, roots) = (self.named(STATE_NAME), root.named(STATE_NAME));
        let same = || own.map(|it| it.value).eq(root.named(STATE_NAME).map(|it| it.value));
        require(roots.count() == 0 || same(), Rule::Subject)
    }

    fn require_common(&self, days: i64, critical: [&[u8]; 2]) -> Result<(), Rule> {
        let serial = positive(self.fields.serial).is_some_and(|digits| digits.len() <= MAX_SERIAL);
        let signed = matches!(self.fields.algorithm.strip_prefix(ECDSA), Some([2..=4]));
        require(serial && signed, Rule::Form)?;
        let (begins, ends) = self.validity;
        require(ends.unix() - begins.unix() <= days * DAY, Rule::Lifetime)?;
        require(self.is_named(), Rule::Subject)?;
        require(self.has_extensions_of(critical), Rule::Extensions)?;
        require(self.subject_key_identifier().is_some(), Rule::KeyIdentifier)?;
        let contact = self.extension(ISSUER_ALT_NAME).and_then(Extension::has_contact);
        require(contact == Some(true), Rule::Contact)?;
        let points = self.extension(CRL_DISTRIBUTION_POINTS);
        require(points.is_none_or(|it| it.has_plain_points() == Some(true)), Rule::Revocation)
    }

    fn is_named(&self) -> bool {
        let capitals = |it: Attribute<'_>| {
            it.tag == PRINTABLE_STRING && it.value.len() == 2 && it.value.iter().all(u8::is_ascii_uppercase)
        };
        let text = |it: &Attribute<'_>| match it.oid {
            [0x55, 0x04, 3 | 7 | 8 | 10 | 11] => matches!(it.tag, PRINTABLE_STRING | UTF8_STRING),
            _ => true,
        };
        self.named(COUNTRY_NAME).count() == 1
            && self.named(COUNTRY_NAME).all(capitals)
            && self.named(COMMON_NAME).any(|it| !it.value.trim_ascii().is_empty())
            && self.subject.iter().all(text)
    }

    fn has_extensions_of(&self, critical: [&[u8]; 2]) -> bool {
        let forbidden = |oid: &[u8]| matches!(oid.strip_prefix(ID_CE), Some([30 | 33 | 36 | 46 | 54]));
        let mut seen = std::collections::HashSet::new();
        critical.iter().all(|wanted| self.extension(wanted).is_some())
            && self.extensions.iter().all(|it| {
                seen.insert(it.oid) && !forbidden(it.oid) && it.critical == critical.contains(&it.oid)
            })
    }

    fn subject_key_identifier(&self) -> Option<&'d [u8]> {
        self.extension(SUBJECT_KEY_IDENTIFIER)?.subject_key_identifier()
    }

    fn authority_key_identifier(&self) -> Option<&'d [u8]> {
        self.extension(AUTHORITY_KEY_IDENTIFIER)?.authority_key_identifier()?
    }

    fn extension(&self, oid: &[u8]) -> Option<Extension<'d>> {
        self.extensions.iter().find(|it| it.oid == oid).copied()
    }

    fn named(&self, oid: &'static [u8]) -> impl Iterator<Item = Attribute<'d>> {
        self.subject.iter().filter(move |it| it.oid == oid).copied()
    }
}

fn require(kept: bool, rule: Rule) -> Result<(), Rule> {
    if kept { Ok(()) } else { Err(rule) }
}
