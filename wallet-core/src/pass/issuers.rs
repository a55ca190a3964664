//! Whose passes a gate takes: the issuers of a trust list, by the keys that sign passes, with what each may issue, which
//! passes it ended, and snapshots of its status lists.

use std::collections::{BTreeMap, BTreeSet};

use jigap_keys::{PublicKey, hash};

use super::gate::UNKNOWN_ISSUER;
use super::{BlindKey, BlindVerifier, Gate, Generation, ISSUER, Kind, snapshots};
use crate::documents::{Documents, Need};
use crate::status::StatusList;
use crate::time::Timestamp;
use crate::trust::{Mechanism, Names, TrustEntry, TrustList, key_needs, signing_keys};
use crate::verdict::{Check, Reason, Refusal};

/// EP-14: nobody is told from others by the key that signed their pass.
pub const ONE_KEY: Check = Check::new(
    "EP-14",
    "an issuer has one key that signs blindly for a kind of pass, its facts and its end",
    "발급자는 패스 종류, 사실, 끝나는 때마다 은닉 서명 키를 하나만 둡니다",
    "docs/SPECS.md, Entry passes; docs/decisions/0014-blind-issuance.md",
);

const TWO_KEYS: Reason = Reason::new(
    "pass-two-keys",
    "its issuer signs such passes by two keys, and could tell holders by them",
    "발급자가 이런 패스에 두 키로 서명합니다. 키로 소지자를 가려낼 수 있습니다",
);

/// Which key signed a pass, `kid` in its header: the first eight bytes of SHA-256 of the key as COSE_Key, or of the 96 bytes of one
/// that signs blindly.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct KeyId([u8; 8]);

impl KeyId {
    /// That of `key`.
    pub fn of(key: &PublicKey) -> Self {
        Self::of_bytes(&key.to_compressed_cose_key())
    }

    pub(super) fn of_bytes(key: &[u8]) -> Self {
        Self(hash::sha256(key).first_chunk().copied().unwrap_or_default())
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

/// A status list as it was at a moment.
#[derive(Debug, Clone, PartialEq)]
pub struct Snapshot {
    /// What stands for it in a pass: [`PassStatus::tag`](super::PassStatus::tag) of its URI.
    pub tag: [u8; 4],
    /// The statuses.
    pub list: StatusList,
    /// When the issuer said so.
    pub as_of: Timestamp,
    /// From when on it says nothing any more.
    pub until: Timestamp,
}

/// What the passes of an issuer are judged by.
#[derive(Debug, Clone, PartialEq)]
pub enum PassKey {
    /// A key that signs passes which say all of themselves: its owner sees each, and recognises it.
    Traceable(PublicKey),
    /// A key that signs blindly, and what its passes say.
    Blind(BlindVerifier),
}

impl PassKey {
    /// What stands for it in passes.
    pub fn id(&self) -> KeyId {
        match self {
            Self::Traceable(key) => KeyId::of(key),
            Self::Blind(verifier) => verifier.key().id(),
        }
    }

    /// Whether the issuer does not recognise what it signs.
    pub const fn is_blind(&self) -> bool {
        matches!(self, Self::Blind(_))
    }
}

/// An issuer of passes, with one of its keys.
#[derive(Debug, Clone, PartialEq)]
pub struct PassIssuer {
    /// The key that signs passes.
    pub key: PassKey,
    /// Its identifier in the trust list.
    pub issuer: String,
    /// For people.
    pub names: Names,
    /// What it may issue.
    pub kinds: Vec<Kind>,
    /// Of the kinds that stand here, passes of a lower version are over.
    pub min_versions: BTreeMap<Kind, u32>,
    /// Its status lists.
    pub statuses: Vec<Snapshot>,
    /// When this was so: the key and the right to issue.
    pub as_of: Timestamp,
    /// When the trust list lets it issue no more.
    pub until: Timestamp,
}

/// All that a gate takes passes of.
#[derive(Debug, Clone, PartialEq)]
pub struct PassIssuers {
    by_key: BTreeMap<KeyId, Vec<PassIssuer>>,
    /// Keys beside which their issuer has another for the same (EP-14).
    doubled: BTreeSet<KeyId>,
}

impl PassIssuer {
    /// Which version of `kind` still counts.
    pub fn min_version(&self, kind: Kind) -> u32 {
        self.min_versions.get(&kind).copied().unwrap_or_default()
    }
}

impl PassIssuers {
    /// These issuers. A key that two of them have, or two keys with one id, stand for nobody: it cannot be said whose a pass is.
    pub fn new(issuers: impl IntoIterator<Item = PassIssuer>) -> Self {
        let mut by_key: BTreeMap<KeyId, Vec<PassIssuer>> = BTreeMap::new();
        for issuer in issuers {
            by_key.entry(issuer.key.id()).or_default().push(issuer);
        }
        let doubled = doubled(by_key.values().flatten());
        Self { by_key, doubled }
    }

    /// Those of a verified trust list that may issue passes at `now`, with each of their keys, and their status lists: what a gate needs of
    /// `documents` is what [`PassIssuers::needs`] names. An issuer whose keys are not at hand is left out, and a status list that
    /// is not its issuer's, or is not current, too.
    pub fn of(list: &TrustList, documents: &Documents, now: Timestamp) -> Self {
        let mut issuers = Vec::new();
        let content = list.content();
        let lists = snapshots::tokens(documents);
        for (entry, kinds) in listed(list, now) {
            // A key that stands in no list is as old as the oldest document that may name it.
            let of_document = if is_in_list(entry) { None } else { documents.oldest() };
            let as_of = of_document.map_or(content.issued_at, |oldest| oldest.min(content.issued_at));
            let ends = [Some(content.expires_at), Some(entry.valid_until), entry.withdrawn_since];
            let until = ends.into_iter().flatten().min().unwrap_or(now);
            let version = |kind: &Kind| {
                let version = entry.passes.min_versions.get(kind.trusted_type());
                version.map(|version| (*kind, *version))
            };
            let min_versions: BTreeMap<Kind, u32> = kinds.iter().filter_map(version).collect();
            let has_status = kinds.iter().any(|kind| *kind != Kind::Entry);
            let statuses =
                if has_status { snapshots::of(list, entry, (&lists, documents), now) } else { Vec::new() };
            let mut seen = BTreeSet::new();
            let keys = signing_keys(entry, documents).unwrap_or_default().into_iter();
            let seen_by = |key, kinds, as_of| PassIssuer {
                key,
                issuer: entry.issuer.clone(),
                names: entry.names.clone(),
                kinds,
                min_versions: BTreeMap::new(),
                statuses: Vec::new(),
                as_of,
                until,
            };
            for key in keys.filter(|key| seen.insert(KeyId::of(key))) {
                let (statuses, min_versions) = (statuses.clone(), min_versions.clone());
                let issuer = seen_by(PassKey::Traceable(key), kinds.clone(), as_of);
                issuers.push(PassIssuer { min_versions, statuses, ..issuer });
            }
            // These stand in the list itself: no document of the issuer's can name others.
            let blind = entry.passes.blind_keys.iter().filter(|key| kinds.contains(&key.kind));
            for verifier in blind.filter_map(|key| BlindVerifier::new(key.clone())) {
                let kind = verifier.key().kind;
                issuers.push(seen_by(PassKey::Blind(verifier), vec![kind], content.issued_at));
            }
        }
        Self::new(issuers)
    }

    /// What must be fetched before [`PassIssuers::of`] knows every issuer's keys, and of tickets and cards their status lists; ask
    /// again with what was brought.
    pub fn needs(list: &TrustList, documents: &Documents, now: Timestamp) -> Vec<Need> {
        let of_entry = |(entry, kinds): (&TrustEntry, Vec<Kind>)| {
            let has_status = kinds.iter().any(|kind| *kind != Kind::Entry);
            let of_status =
                if has_status { snapshots::needs(list, entry, documents, now) } else { Vec::new() };
            key_needs(entry, documents).into_iter().chain(of_status)
        };
        listed(list, now).flat_map(of_entry).collect()
    }

    /// The oldest moment of what is known of any of them, also of a status list; `None`: of nobody anything is known.
    pub fn as_of(&self) -> Option<Timestamp> {
        let of_issuer = |issuer: &PassIssuer| {
            issuer.statuses.iter().map(|snapshot| snapshot.as_of).chain([issuer.as_of]).min()
        };
        self.by_key.values().flatten().filter_map(of_issuer).min()
    }

    /// When each of their status lists was signed, by what stands for it in a pass.
    pub(super) fn status_moments(&self) -> BTreeMap<[u8; 4], Timestamp> {
        let statuses = self.by_key.values().flatten().flat_map(|issuer| &issuer.statuses);
        statuses.map(|snapshot| (snapshot.tag, snapshot.as_of)).collect()
    }

    /// As [`PassIssuers::as_of`], of those alone whom `gate` takes passes of.
    pub fn as_of_for(&self, gate: &Gate) -> Option<Timestamp> {
        let wanted = |issuer: &&PassIssuer| {
            let named = gate.issuers.is_empty() || gate.issuers.contains(&issuer.issuer);
            named && issuer.kinds.contains(&gate.wants.kind)
        };
        let issuers = self.by_key.values().flatten().filter(wanted).cloned();
        Self::new(issuers).as_of()
    }

    /// Who issues passes of this kind, by their identifiers in the trust list.
    pub fn issuing(&self, kind: Kind) -> BTreeSet<&str> {
        let of_kind = self.by_key.values().flatten().filter(|issuer| issuer.kinds.contains(&kind));
        of_kind.map(|issuer| issuer.issuer.as_str()).collect()
    }

    /// Whether a status list is known of an issuer whom `gate` takes passes of.
    pub fn has_status_for(&self, gate: &Gate) -> bool {
        let of_gate = |issuer: &&PassIssuer| gate.issuers.is_empty() || gate.issuers.contains(&issuer.issuer);
        self.by_key.values().flatten().filter(of_gate).any(|issuer| !issuer.statuses.is_empty())
    }

    /// How many keys there are whose passes can be judged.
    pub fn count(&self) -> usize {
        self.by_key.values().filter(|issuers| issuers.len() == 1).count()
    }

    /// Whether passes can be had at `now` that their issuer does not recognise: somebody's keys are known of both generations that
    /// are issued then.
    pub fn has_blind(&self, kind: Kind, now: Timestamp) -> bool {
        let blind = self.by_key.values().flatten().filter_map(|issuer| match &issuer.key {
            PassKey::Blind(of) if of.key().kind == kind => Some((issuer.issuer.as_str(), of.key().expires)),
            _ => None,
        });
        let known: BTreeSet<(&str, Timestamp)> = blind.collect();
        let (first, second) = Generation::issued_at(now);
        known.iter().any(|(issuer, ends)| *ends == first.ends() && known.contains(&(*issuer, second.ends())))
    }

    /// The one whose key this is. Refuses by EP-03 and EP-14.
    pub(super) fn find(&self, id: KeyId) -> Result<&PassIssuer, Refusal> {
        if self.doubled.contains(&id) {
            return Err(ONE_KEY.refuse(TWO_KEYS));
        }
        match self.by_key.get(&id).map(Vec::as_slice) {
            Some([one]) => Ok(one),
            _ => Err(ISSUER.refuse(UNKNOWN_ISSUER)),
        }
    }
}

/// The keys that sign blindly what another key of their issuer's signs too.
fn doubled<'i>(issuers: impl Iterator<Item = &'i PassIssuer> + Clone) -> BTreeSet<KeyId> {
    let blind = issuers.filter_map(|issuer| match &issuer.key {
        PassKey::Blind(verifier) => Some((&issuer.issuer, verifier.key())),
        PassKey::Traceable(_) => None,
    });
    let others = blind.clone();
    let is_doubled = |(issuer, key): &(&String, &BlindKey)| {
        others.clone().any(|(of, other)| of == *issuer && other.key != key.key && other.says_the_same(key))
    };
    blind.filter(is_doubled).map(|(_, key)| key.id()).collect()
}

/// Whether the keys of an entry stand in the list itself: a did:jwk or did:key says its key.
fn is_in_list(entry: &TrustEntry) -> bool {
    matches!(&entry.mechanism, Mechanism::Did(issuer) if matches!(issuer.did().method(), "jwk" | "key"))
}

/// The entries that may issue passes at `now`, with their kinds.
fn listed(list: &TrustList, now: Timestamp) -> impl Iterator<Item = (&TrustEntry, Vec<Kind>)> {
    list.content().entries.iter().filter_map(move |entry| {
        let may = |kind: &Kind| list.entry(&entry.issuer, kind.trusted_type(), now).is_ok();
        let kinds: Vec<Kind> = Kind::ALL.into_iter().filter(may).collect();
        (!kinds.is_empty()).then_some((entry, kinds))
    })
}
