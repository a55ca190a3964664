//! Where each entry of a trust list stands: by its issuer, and, for who names none, by the certificate of who signed. Made once when
//! the list is read, so that no search walks through the list: it costs what it finds, however long the list.
//!
//! Nothing that is found here is trusted yet. An entry is found by the names that it wants of a certificate, by the subject of
//! an anchor as the certificates below it name their issuer, and by an anchor itself. Refused by TL-05: an issuer with two entries.

use std::collections::{BTreeSet, HashMap};

use jigap_keys::hash;

use super::UNIQUE;
use super::entry::TrustEntry;
use crate::verdict::{Reason, Refusal};
use crate::x509::{Leaf, issuer_name};

const TWICE: Reason = Reason::new(
    "trust-list-duplicate",
    "two entries of the trust list are of one issuer",
    "한 발급자의 항목이 신뢰 목록에 두 번 있습니다",
);

/// The places of entries in a list.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(super) struct Index {
    issuers: HashMap<String, usize>,
    certificates: HashMap<Mark, Vec<usize>>,
}

/// What a certificate says that leads to an entry.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
enum Mark {
    /// It bears this name: a URI, or a DNS name in lower case.
    Name(String),
    /// Who issued it has this subject.
    IssuedBy(Vec<u8>),
    /// It has this SHA-256: it is an anchor.
    Digest([u8; 32]),
}

impl Index {
    /// Of these entries.
    pub(super) fn new(entries: &[TrustEntry]) -> Result<Self, Refusal> {
        let mut index = Self { issuers: HashMap::with_capacity(entries.len()), certificates: HashMap::new() };
        for (at, entry) in entries.iter().enumerate() {
            if index.issuers.insert(entry.issuer.clone(), at).is_some() {
                return Err(UNIQUE.refuse(TWICE));
            }
            for mark in marks(entry) {
                index.certificates.entry(mark).or_default().push(at);
            }
        }
        Ok(index)
    }

    /// Where the entry of this issuer stands.
    pub(super) fn of_issuer(&self, issuer: &str) -> Option<usize> {
        self.issuers.get(issuer).copied()
    }

    /// Where the entries stand that want one of the names of `leaf`, in the order of the list.
    pub(super) fn naming(&self, leaf: &Leaf) -> BTreeSet<usize> {
        self.find(leaf.names().map(|name| Mark::Name(name.to_owned())))
    }

    /// Where the entries stand an anchor of which is one of these certificates or may have signed it, by the names alone.
    pub(super) fn anchoring<'c>(&self, certificates: impl Iterator<Item = &'c Vec<u8>>) -> BTreeSet<usize> {
        self.find(certificates.flat_map(|der| {
            let issued_by = issuer_name(der).map(|name| Mark::IssuedBy(name.to_vec()));
            issued_by.into_iter().chain([Mark::Digest(hash::sha256(der))])
        }))
    }

    fn find(&self, marks: impl Iterator<Item = Mark>) -> BTreeSet<usize> {
        marks.filter_map(|mark| self.certificates.get(&mark)).flatten().copied().collect()
    }
}

/// Whatever leads to an entry.
fn marks(entry: &TrustEntry) -> impl Iterator<Item = Mark> {
    let named = |name: String| if name.contains(':') { name } else { name.to_ascii_lowercase() };
    let names = entry.certificate_names().into_iter().map(move |name| Mark::Name(named(name)));
    let anchors = entry.anchors().into_iter();
    let subjects = anchors.clone().flat_map(|it| it.subjects()).map(|name| Mark::IssuedBy(name.to_vec()));
    let digests = anchors.flat_map(|it| it.certificates()).map(|der| Mark::Digest(hash::sha256(der)));
    names.chain(subjects).chain(digests)
}
