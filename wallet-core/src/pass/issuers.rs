//! Whose passes a gate takes: the issuers of a trust list, by the keys that sign passes, with what each may issue, which
//! passes it ended, and a snapshot of its status list.

use std::collections::BTreeMap;

use jigap_keys::{PublicKey, hash};

use super::Kind;
use crate::status::StatusList;
use crate::time::Timestamp;
use crate::trust::Names;

/// Which key signed a pass: the first eight bytes of SHA-256 of the key as COSE_Key, `kid` in its header.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct KeyId([u8; 8]);

impl KeyId {
    /// That of `key`.
    pub fn of(key: &PublicKey) -> Self {
        let digest = hash::sha256(&key.to_compressed_cose_key());
        Self(digest.first_chunk().copied().unwrap_or_default())
    }

    /// Reads the eight bytes.
    pub fn from_bytes(bytes: &[u8]) -> Option<Self> {
        bytes.try_into().ok().map(Self)
    }

    /// The eight bytes.
    pub const fn as_bytes(&self) -> &[u8; 8] {
        &self.0
    }
}

/// An issuer's status list as it was at a moment.
#[derive(Debug, Clone, PartialEq)]
pub struct Snapshot {
    /// The statuses.
    pub list: StatusList,
    /// When the issuer said so.
    pub as_of: Timestamp,
}

/// An issuer of passes, with one of its keys.
#[derive(Debug, Clone, PartialEq)]
pub struct PassIssuer {
    /// The key that signs passes.
    pub key: PublicKey,
    /// Its identifier in the trust list.
    pub issuer: String,
    /// For people.
    pub names: Names,
    /// What it may issue.
    pub kinds: Vec<Kind>,
    /// Passes of a lower version are over.
    pub min_version: u32,
    /// Which passes were revoked or suspended, where it says so.
    pub statuses: Option<Snapshot>,
}

/// All that a gate takes passes of.
#[derive(Debug, Clone, PartialEq)]
pub struct PassIssuers {
    by_key: BTreeMap<KeyId, Vec<PassIssuer>>,
    as_of: Timestamp,
}

impl PassIssuers {
    /// The issuers as they were said to be at `as_of`. Two keys with one id, which somebody made on purpose, stand for nobody.
    pub fn new(issuers: impl IntoIterator<Item = PassIssuer>, as_of: Timestamp) -> Self {
        let mut by_key: BTreeMap<KeyId, Vec<PassIssuer>> = BTreeMap::new();
        for issuer in issuers {
            by_key.entry(KeyId::of(&issuer.key)).or_default().push(issuer);
        }
        Self { by_key, as_of }
    }

    /// When this was so.
    pub const fn as_of(&self) -> Timestamp {
        self.as_of
    }

    pub(super) fn find(&self, id: KeyId) -> Option<&PassIssuer> {
        match self.by_key.get(&id)?.as_slice() {
            [one] => Some(one),
            _ => None,
        }
    }
}
