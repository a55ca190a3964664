//! The statuses of what an instance of the VC API signs: for each purpose a credential has a place of its own in a Bitstring
//! Status List of that purpose, which the instance signs and publishes (VC-BITSTRING-STATUS-LIST §2).
//!
//! Places are drawn and kept as those of tenants are ([`crate::status`]), and the lists are signed as often
//! ([`crate::publish`]). Refused: an entry that was not given out here, a value that its purpose has not, and taking a
//! revocation back (§2.1: "not reversible").

use jigap_keys::Entropy;
use jigap_wallet_core::ports::{StoreError, Tx, transact};
use jigap_wallet_core::sealing::{is_random_id, random_id};
use jigap_wallet_core::status::StatusValue;
use jigap_wallet_core::status::bitstring::{StatusEntry, StatusPurpose, StatusSize};
use jigap_wallet_core::time::Timestamp;
use serde_json::{Map, Value};

use crate::places::Places;
use crate::publish::{Published, SignedLists};
use crate::status::{self, AllocateError, Place};
use crate::tenant::World;

/// What stands at a place that was given out.
const OWNER: &str = "vc-api";
/// How many messages a list of messages has: as many as an entry has values.
pub(crate) const MESSAGES: usize = 1 << status::BITS;

/// The lists of one instance.
pub(crate) struct Lists {
    kinds: Vec<Kind>,
    /// What the values of a status for messages say.
    messages: Vec<String>,
    /// Where they are published, without the list's id.
    uri: String,
    pub(super) signed: SignedLists,
}

/// The lists of one purpose.
pub(super) struct Kind {
    pub(super) way: Published,
    places: Places,
    /// Whether new credentials have such a status.
    given: bool,
}

/// What a status shall be.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Change {
    /// Set or unset, of a revocation or suspension.
    Set(bool),
    /// The number of a message.
    Message(u8),
}

/// Why a status is not changed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum ChangeError {
    /// The instance gave no such entry out: the caller's fault.
    #[error("no such status was given out here")]
    NotOurs,
    /// The status has no such value: the caller's fault.
    #[error("a status of this purpose has no such value")]
    NoSuchValue,
    /// It was revoked, which is for good: the caller's fault.
    #[error("a revocation is not taken back")]
    ForGood,
    /// The store failed.
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl Lists {
    /// Those of an instance of the service at `base`, whose credentials have statuses for what is `given`: `messages` are of
    /// those for messages, [`MESSAGES`] of them. What was given out before is published further.
    pub(crate) fn of(instance: &str, base: &str, given: &[Published], messages: Vec<String>) -> Self {
        let kind = |(way, places): (Published, String)| Kind {
            way,
            places: Places::of(&places),
            given: given.contains(&way),
        };
        let own = format!("vc-api/{instance}");
        let kinds = [
            (Published::Revoked, own.clone()),
            (Published::Suspended, format!("{own}/suspension")),
            (Published::Messages, format!("{own}/message")),
        ];
        Self {
            kinds: kinds.into_iter().map(kind).collect(),
            messages,
            uri: format!("{base}/{own}/status-lists"),
            signed: SignedLists::default(),
        }
    }

    /// Whether new credentials have statuses.
    pub(super) fn gives(&self) -> bool {
        self.kinds.iter().any(|kind| kind.given)
    }

    /// A new credential's `credentialStatus`, if `tx` commits.
    pub(super) async fn give(&self, tx: &Tx, entropy: &dyn Entropy) -> Result<Value, AllocateError> {
        let mut entries = Vec::new();
        for kind in self.kinds.iter().filter(|kind| kind.given) {
            let list = status::current(tx, &kind.places, entropy).await?;
            let (taken, crowded) = status::allocate(tx, &kind.places, &list, (1, OWNER), entropy).await?;
            if crowded {
                status::follow(tx, &kind.places, &list, &random_id::<16>(entropy)).await?;
            }
            let entry = taken.first().and_then(|place| self.entry(kind, place));
            entries.push(entry.ok_or(AllocateError::Full)?);
        }
        Ok(if entries.len() == 1 { entries.remove(0) } else { entries.into() })
    }

    /// What names a place.
    fn entry(&self, kind: &Kind, place: &Place) -> Option<Value> {
        let uri = format!("{}/{}", self.uri, place.list);
        let entry = StatusEntry::new(kind.way.purpose()?, place.index, &uri).ok()?;
        let entry = match kind.way {
            Published::Messages => {
                entry.with_messages(StatusSize::new(status::BITS.into())?, self.messages.clone()).ok()?
            }
            _ => entry,
        };
        Some(entry.to_json())
    }

    /// Whether there is a `list`, of which kind it is, and in which version.
    pub(super) async fn find(&self, tx: &Tx, list: &str) -> Result<Option<(&Kind, i64)>, StoreError> {
        for kind in &self.kinds {
            if let Some(version) = status::version(tx, &kind.places, list).await? {
                return Ok(Some((kind, version)));
            }
        }
        Ok(None)
    }

    /// The list as it stands, to be signed by `issuer`.
    pub(super) async fn document(
        &self,
        (tx, now): (&Tx, Timestamp),
        (kind, list): (&Kind, &str),
        issuer: &str,
    ) -> Result<Map<String, Value>, StoreError> {
        let statuses = status::entries(tx, &kind.places, list).await?;
        let uri = format!("{}/{list}", self.uri);
        let credential = kind.way.credential(uri, issuer.to_owned(), &statuses, now);
        credential.map(|list| list.document()).ok_or(StoreError::Unavailable)
    }

    /// Changes the status of the credential with this `credentialStatus`.
    pub(super) async fn change(
        &self,
        world: &World,
        entry: &Map<String, Value>,
        change: Change,
    ) -> Result<(), ChangeError> {
        let (kind, place) = self.place(entry).ok_or(ChangeError::NotOurs)?;
        let wanted = match (kind.way, change) {
            (Published::Messages, Change::Message(value)) if usize::from(value) < MESSAGES => {
                StatusValue(value)
            }
            (Published::Messages, _) | (_, Change::Message(_)) => return Err(ChangeError::NoSuchValue),
            (way, Change::Set(true)) => way.marks(),
            (_, Change::Set(false)) => StatusValue::VALID,
        };
        let (places, place) = (&kind.places, &place);
        transact(&*world.store, |tx| async move {
            if tx.get(places.taken(&place.list, place.index)).await?.is_none() {
                return Err(ChangeError::NotOurs);
            }
            let stands = status::value(&tx, places, place).await?;
            if stands == wanted {
                return Ok(());
            }
            if kind.way == Published::Revoked && stands == kind.way.marks() {
                return Err(ChangeError::ForGood);
            }
            Ok(status::set(&tx, places, std::slice::from_ref(place), wanted).await?)
        })
        .await
    }

    /// The place that an entry names, if it is one of these lists.
    fn place(&self, entry: &Map<String, Value>) -> Option<(&Kind, Place)> {
        let text = |name: &str| entry.get(name).and_then(Value::as_str);
        let purpose = StatusPurpose::of(text("statusPurpose")?);
        let kind = self.kinds.iter().find(|kind| kind.way.purpose().as_ref() == Some(&purpose))?;
        let list = text("statusListCredential")?.strip_prefix(&self.uri)?.strip_prefix('/')?;
        let index = text("statusListIndex")?.parse().ok().filter(|index| *index < status::CAPACITY)?;
        let named = StatusEntry::new(purpose, index, text("statusListCredential")?).ok()?;
        let own = named.to_json();
        let same = ["type", "statusListIndex"].iter().all(|name| entry.get(*name) == own.get(*name));
        (same && is_random_id::<16>(list)).then(|| (kind, Place { list: list.to_owned(), index }))
    }
}
