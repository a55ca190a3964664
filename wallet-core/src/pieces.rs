//! Values longer than the store's limit, in pieces beside the record that names them (DESIGN, "Store": "Big things are
//! stored in chunks").
//!
//! Pieces have no length of their own: the record says how many there are, and is written in the same transaction. What
//! may be in them is bounded by whoever takes it in (a message is at most some megabytes), and at last by what one
//! transaction may write.

use crate::ports::{StoreError, StoreLimits, Tx};

/// Bytes of a piece: under [`StoreLimits::VALUE`], with room for what a store may add.
const PIECE: usize = StoreLimits::VALUE / 10 * 9;

/// How many pieces `length` bytes take.
pub const fn of(length: usize) -> usize {
    length.div_ceil(PIECE)
}

/// Writes `bytes` under `place`, in pieces; says how many.
pub fn write(tx: &Tx, place: impl AsRef<[u8]>, bytes: &[u8]) -> usize {
    for (number, piece) in bytes.chunks(PIECE).enumerate() {
        tx.set(key(place.as_ref(), number), piece);
    }
    of(bytes.len())
}

/// The bytes of the `count` pieces under `place`; `None` if one of them is missing.
pub async fn read(tx: &Tx, place: impl AsRef<[u8]>, count: usize) -> Result<Option<Vec<u8>>, StoreError> {
    let mut bytes = Vec::new();
    for number in 0..count {
        match tx.get(key(place.as_ref(), number)).await? {
            Some(piece) => bytes.extend(piece),
            None => return Ok(None),
        }
    }
    Ok(Some(bytes))
}

/// Clears the `count` pieces under `place`.
pub fn clear(tx: &Tx, place: impl AsRef<[u8]>, count: usize) {
    for number in 0..count {
        tx.clear(key(place.as_ref(), number));
    }
}

fn key(place: &[u8], number: usize) -> Vec<u8> {
    [place, format!("/{number:03}").as_bytes()].concat()
}
