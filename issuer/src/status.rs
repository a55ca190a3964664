//! The issuer's status lists in the store (Token Status List; `crate::publish` makes Bitstring Status Lists of them too).
//!
//! A list has [`CAPACITY`] entries of [`BITS`] bits, kept in pieces of 4 KiB, so that changing one entry writes one
//! piece. Indices are drawn at random among the free ones, so that neighbours say nothing about each other; which are
//! taken stands one by one under `taken/`, so that two issuances do not wait for each other. A list that is crowded is
//! followed by a new one.

use std::collections::{BTreeMap, BTreeSet};

use jigap_keys::Entropy;
use jigap_wallet_core::ports::{Store, StoreError, Tx, transact};
use jigap_wallet_core::sealing::{is_random_id, random_id};
use jigap_wallet_core::status::{StatusBits, StatusList, StatusValue};
use serde::{Deserialize, Serialize};

use crate::places::Places;

/// Bits of an entry: valid, revoked and suspended need two.
pub const BITS: u8 = 2;
/// Entries of a list.
pub const CAPACITY: u64 = 1 << 17;
/// Bytes of a piece.
const PIECE: usize = 4096;
const ENTRIES_PER_BYTE: u64 = 8 / BITS as u64;
const ENTRIES_PER_PIECE: u64 = PIECE as u64 * ENTRIES_PER_BYTE;
/// More draws than this for one index mean the list is crowded (more than half full, almost surely).
const CROWDED: usize = 8;
/// Draws before an issuance gives up.
const MAX_DRAWS: usize = 256;

/// One entry of one list.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Place {
    /// The list's id, as in its URI.
    pub list: String,
    /// The index in the list.
    pub index: u64,
}

/// Why no index was given.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum AllocateError {
    /// The list is full; a new one is made on the next try.
    #[error("the status list is full")]
    Full,
    /// The store failed.
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// The list that new credentials refer to, made if there is none yet.
pub(crate) async fn current(tx: &Tx, places: &Places, entropy: &dyn Entropy) -> Result<String, StoreError> {
    if let Some(list) = tx.get(places.current_list()).await? {
        return String::from_utf8(list).map_err(|_| StoreError::Unavailable);
    }
    let list = random_id::<16>(entropy);
    begin(tx, places, &list);
    Ok(list)
}

/// Takes `count` random free entries of `list` for `owner`; also says whether the list is crowded.
pub(crate) async fn allocate(
    tx: &Tx,
    places: &Places,
    list: &str,
    (count, owner): (usize, &str),
    entropy: &dyn Entropy,
) -> Result<(Vec<Place>, bool), AllocateError> {
    let (mut taken, mut crowded) = (Vec::with_capacity(count), false);
    for _ in 0..count {
        let mut draws = 0;
        let index = loop {
            draws += 1;
            let index = draw(entropy);
            let key = places.taken(list, index);
            if tx.get(&key).await?.is_none() {
                tx.set(key, owner);
                break index;
            }
            if draws == MAX_DRAWS {
                return Err(AllocateError::Full);
            }
        };
        crowded |= draws > CROWDED;
        taken.push(Place { list: list.to_owned(), index });
    }
    Ok((taken, crowded))
}

/// Puts a new list in the place of `crowded`, unless somebody did so already.
pub(crate) async fn replace(
    store: &dyn Store,
    places: &Places,
    crowded: &str,
    entropy: &dyn Entropy,
) -> Result<(), StoreError> {
    let list = &random_id::<16>(entropy);
    transact(store, |tx| async move { follow(&tx, places, crowded, list).await }).await
}

/// Puts `list`, a new one, in the place of `crowded`, unless somebody did so already.
pub(crate) async fn follow(tx: &Tx, places: &Places, crowded: &str, list: &str) -> Result<(), StoreError> {
    if tx.get(places.current_list()).await?.as_deref() == Some(crowded.as_bytes()) {
        // Lists from before they were named one by one are named when another follows.
        tx.set(places.named_list(crowded), b"");
        begin(tx, places, list);
    }
    Ok(())
}

/// What an entry says.
pub(crate) async fn value(tx: &Tx, places: &Places, place: &Place) -> Result<StatusValue, StoreError> {
    let number = place.index / ENTRIES_PER_PIECE;
    let piece = tx.get(places.piece(&place.list, number)).await?;
    let list = packed(piece.unwrap_or_else(|| vec![0; PIECE]))?;
    list.get(place.index % ENTRIES_PER_PIECE).ok_or(StoreError::Unavailable)
}

/// Sets what the entries say, a value of [`BITS`] bits, and moves the versions of their lists on. Each piece is written once.
pub(crate) async fn set(
    tx: &Tx,
    places: &Places,
    entries: &[Place],
    value: StatusValue,
) -> Result<(), StoreError> {
    let mut pieces = BTreeMap::<(&str, u64), Vec<u64>>::new();
    for place in entries {
        let number = place.index / ENTRIES_PER_PIECE;
        pieces.entry((&place.list, number)).or_default().push(place.index % ENTRIES_PER_PIECE);
    }
    for ((list, number), indices) in pieces {
        let key = places.piece(list, number);
        let mut piece = packed(tx.get(&key).await?.unwrap_or_else(|| vec![0; PIECE]))?;
        for index in indices {
            piece.set(index, value).map_err(|_| StoreError::Unavailable)?;
        }
        tx.set(key, piece.as_bytes());
        tx.add(places.list_version(list), 1);
    }
    Ok(())
}

/// Every list that there is, at most so many.
pub(crate) async fn all(tx: &Tx, places: &Places, most: usize) -> Result<BTreeSet<String>, StoreError> {
    let named = tx.range_reverse(&places.named_lists(), most).await?;
    let mut lists: BTreeSet<String> =
        named.iter().filter_map(|(key, _)| places.list_of(key).map(str::to_owned)).collect();
    if let Some(current) = tx.get(places.current_list()).await? {
        lists.insert(String::from_utf8(current).map_err(|_| StoreError::Unavailable)?);
    }
    Ok(lists)
}

/// The version of `list`, or `None` if there is no such list. It grows with every change.
pub(crate) async fn version(tx: &Tx, places: &Places, list: &str) -> Result<Option<i64>, StoreError> {
    if !is_random_id::<16>(list) {
        return Ok(None);
    }
    let stored = tx.get(places.list_version(list)).await?;
    Ok(stored.and_then(|bytes| bytes.try_into().ok()).map(i64::from_le_bytes))
}

/// What `list` says: [`CAPACITY`] entries of [`BITS`] bits.
pub(crate) async fn entries(tx: &Tx, places: &Places, list: &str) -> Result<StatusList, StoreError> {
    let pieces = CAPACITY / ENTRIES_PER_PIECE;
    let mut bytes = Vec::with_capacity(PIECE * pieces as usize);
    for number in 0..pieces {
        match tx.get(places.piece(list, number)).await? {
            Some(piece) => bytes.extend_from_slice(&piece),
            None => bytes.resize(bytes.len() + PIECE, 0),
        }
    }
    packed(bytes)
}

/// Bytes as entries, the first in the least significant bits (Token Status List §4.1).
fn packed(bytes: Vec<u8>) -> Result<StatusList, StoreError> {
    let bits = StatusBits::new(BITS.into()).ok_or(StoreError::Unavailable)?;
    Ok(StatusList::from_bytes(bits, bytes))
}

fn begin(tx: &Tx, places: &Places, list: &str) {
    tx.set(places.current_list(), list);
    tx.set(places.named_list(list), b"");
    tx.add(places.list_version(list), 1);
}

fn draw(entropy: &dyn Entropy) -> u64 {
    let mut bytes = [0; 8];
    entropy.fill(&mut bytes);
    // CAPACITY is a power of two: the remainder is uniform.
    u64::from_be_bytes(bytes) % CAPACITY
}
