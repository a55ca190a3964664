//! The statuses of what an instance of the VC API signs: each credential has a place of its own in a Bitstring Status List
//! for revocation, which the instance signs and publishes (VC-BITSTRING-STATUS-LIST §2).
//!
//! Places are drawn and kept as those of tenants are ([`crate::status`]). Refused: an entry that was not given out here.

use jigap_wallet_core::ports::{StoreError, transact};
use jigap_wallet_core::status::bitstring::{Bitstring, ListCredential, StatusEntry, StatusPurpose};
use jigap_wallet_core::status::{StatusBits, StatusList, StatusValue};
use serde_json::{Map, Value};

use crate::places::Places;
use crate::publish::{LIFETIME, TTL};
use crate::status::{self, AllocateError, Entry, Place};
use crate::tenant::World;

/// What stands at a place that was given out.
const OWNER: &str = "vc-api";

/// The lists of one instance.
pub(crate) struct Lists {
    places: Places,
    /// Where they are published, without the list's id.
    uri: String,
}

impl Lists {
    /// Those of an instance of the service at `base`.
    pub(crate) fn of(instance: &str, base: &str) -> Self {
        let uri = format!("{base}/vc-api/{instance}/status-lists");
        Self { places: Places::of(&format!("vc-api/{instance}")), uri }
    }

    /// A new credential's `credentialStatus`.
    pub(crate) async fn give(&self, world: &World) -> Result<Value, AllocateError> {
        let (places, entropy) = (&self.places, &*world.entropy);
        let (taken, crowded) = transact(&*world.store, |tx| async move {
            let list = status::current(&tx, places, entropy).await?;
            status::allocate(&tx, places, &list, (1, OWNER), entropy).await
        })
        .await?;
        let Some(Place { list, index }) = taken.first() else { return Err(AllocateError::Full) };
        if crowded {
            status::replace(&*world.store, places, list, entropy).await?;
        }
        let entry = StatusEntry::new(StatusPurpose::Revocation, *index, &format!("{}/{list}", self.uri));
        entry.map(|entry| entry.to_json()).map_err(|_| AllocateError::Full)
    }

    /// The list as it stands, to be signed by `issuer`; `None` if there is no such list.
    pub(crate) async fn list(
        &self,
        world: &World,
        list: &str,
        issuer: &str,
    ) -> Result<Option<Map<String, Value>>, StoreError> {
        let (tx, now) = (world.store.begin().await?, world.clock.now());
        if status::version(&tx, &self.places, list).await?.is_none() {
            return Ok(None);
        }
        let bits = StatusBits::new(status::BITS.into()).ok_or(StoreError::Unavailable)?;
        let statuses = StatusList::from_bytes(bits, status::bytes(&tx, &self.places, list).await?);
        let credential = ListCredential {
            uri: format!("{}/{list}", self.uri),
            issuer: issuer.to_owned(),
            purposes: vec![StatusPurpose::Revocation],
            issued_at: now,
            expires: Some(now.plus(LIFETIME)),
            ttl: Some(TTL),
            list: Bitstring::marking(&statuses, StatusValue::INVALID),
        };
        Ok(Some(credential.document()))
    }

    /// Revokes the credential with this `credentialStatus`, or takes that back. Whether it was given out here.
    pub(crate) async fn set(
        &self,
        world: &World,
        entry: &Map<String, Value>,
        revoked: bool,
    ) -> Result<bool, StoreError> {
        let Some(place) = self.place(entry) else { return Ok(false) };
        let (places, place) = (&self.places, &place);
        let entry = if revoked { Entry::Revoked } else { Entry::Valid };
        transact(&*world.store, |tx| async move {
            if tx.get(places.taken(&place.list, place.index)).await?.is_none() {
                return Ok(false);
            }
            status::set(&tx, places, std::slice::from_ref(place), entry).await?;
            Ok(true)
        })
        .await
    }

    /// The place that an entry names, if it is one of these lists.
    fn place(&self, entry: &Map<String, Value>) -> Option<Place> {
        let text = |name: &str| entry.get(name).and_then(Value::as_str);
        let list = text("statusListCredential")?.strip_prefix(&self.uri)?.strip_prefix('/')?;
        let index = text("statusListIndex")?.parse().ok().filter(|index| *index < status::CAPACITY)?;
        let named = StatusEntry::new(StatusPurpose::Revocation, index, text("statusListCredential")?).ok()?;
        let own = named.to_json();
        let same = ["type", "statusPurpose", "statusListIndex"]
            .iter()
            .all(|name| entry.get(*name) == own.get(*name));
        // A list's id is what its place in the store is made of.
        let is_id = !list.is_empty() && list.chars().all(|c| c.is_ascii_alphanumeric() || "-_".contains(c));
        (same && is_id).then(|| Place { list: list.to_owned(), index })
    }
}
