//! Versions of passes: an operator ends all passes of a type at once. Passes that are issued from then on are of the next version, and the
//! next trust list says which is the lowest that counts (docs/TRUST-LIST.md §3, `passes`).

use std::collections::BTreeMap;

use jigap_wallet_core::pass::Kind;
use jigap_wallet_core::ports::{Store, StoreError, Tx, transact};

use crate::places::Places;

/// The last version: a pass of it fits its code where one of the first does.
pub(crate) const LAST: u32 = 65_535;

/// The version of each kind that is issued; a kind that is not there is of version 0.
pub(crate) async fn read(store: &dyn Store, places: &Places) -> Result<BTreeMap<Kind, u32>, StoreError> {
    let tx = store.begin().await?;
    let mut versions = BTreeMap::new();
    for kind in Kind::ALL {
        let version = of(&tx, places, kind).await?;
        if version > 0 {
            versions.insert(kind, version);
        }
    }
    Ok(versions)
}

/// Ends the passes of this kind that `tenant` issued so far; says which version is issued from now on.
///
/// # Errors
/// What the store says. After [`StoreError::Unknown`] it may have been done: doing it again ends what was issued meanwhile too.
pub async fn end(store: &dyn Store, tenant: &str, kind: Kind) -> Result<u32, StoreError> {
    let places = &Places::of(tenant);
    transact(store, |tx| async move {
        let next = of(&tx, places, kind).await? + 1;
        if next > LAST {
            return Err(StoreError::TooLarge);
        }
        tx.set(places.pass_version(kind.name()), next.to_be_bytes());
        Ok(next)
    })
    .await
}

async fn of(tx: &Tx, places: &Places, kind: Kind) -> Result<u32, StoreError> {
    match tx.get(places.pass_version(kind.name())).await? {
        None => Ok(0),
        Some(bytes) => bytes.try_into().map(u32::from_be_bytes).map_err(|_| StoreError::Unavailable),
    }
}
