//! Idempotency keys: a mutation asked for twice happens once, and is answered the same both times.
//!
//! The answer is stored in the commit that changes something, so no crash can separate the two. It is sealed: it may
//! hold codes. The same key with another request is refused.

use jigap_keys::{Entropy, base64url, hash};
use jigap_wallet_core::pieces;
use jigap_wallet_core::ports::{StoreError, Tx};
use jigap_wallet_core::time::{Seconds, Timestamp};
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};

use crate::places::Places;
use crate::stored::{self, Stored};
use jigap_wallet_core::sealing::{RecordKeys, SealBroken};

/// Version of the stored form.
const VERSION: u8 = 1;
/// How long an answer is kept.
pub const KEPT: Seconds = Seconds(24 * 3600);
/// Longest idempotency key in bytes.
pub const MAX_KEY: usize = 128;

/// A mutation's identity: who asked, under which key, for what.
pub struct Mutation<'a> {
    /// Whose key it is: the admin token's id.
    pub caller: &'a str,
    /// The `Idempotency-Key` header.
    pub key: &'a str,
    /// Method, path and body.
    pub request: &'a [u8],
}

/// Why an answer is not found or kept.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum IdempotencyError {
    /// The key was used for another request.
    #[error("this idempotency key was used for another request")]
    OtherRequest,
    /// The kept answer cannot be opened.
    #[error(transparent)]
    Seal(#[from] SealBroken),
    /// The store failed.
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// The stored form of an answer; the sealed text stands in pieces beside it.
#[derive(Serialize, Deserialize)]
pub(crate) struct Answered {
    version: u8,
    request: String,
    expires: Timestamp,
    pieces: usize,
}

impl Stored for Answered {
    const KIND: &'static str = "answer";
    const VERSION: u8 = VERSION;

    fn version(&self) -> u8 {
        self.version
    }
}

/// The answer kept for `mutation`, if it was answered before.
pub(crate) async fn answer<T: DeserializeOwned>(
    tx: &Tx,
    places: &Places,
    keys: &RecordKeys,
    mutation: &Mutation<'_>,
    now: Timestamp,
) -> Result<Option<T>, IdempotencyError> {
    let place = mutation.place(places, keys);
    let Some(bytes) = tx.get(&place).await? else { return Ok(None) };
    let kept: Answered = stored::read(&bytes)?;
    if now >= kept.expires {
        return Ok(None);
    }
    if kept.request != mutation.digest() {
        return Err(IdempotencyError::OtherRequest);
    }
    Ok(Some(keys.open_pieces::<_, IdempotencyError>(tx, (&place, kept.pieces), &place).await?))
}

/// Keeps an answer for a mutation.
pub(crate) fn keep<T: Serialize>(
    tx: &Tx,
    places: &Places,
    keys: &RecordKeys,
    (mutation, answer): (&Mutation<'_>, &T),
    now: Timestamp,
    entropy: &dyn Entropy,
) -> Result<(), SealBroken> {
    let place = mutation.place(places, keys);
    let sealed = keys.seal(&place, answer, entropy)?;
    let pieces = pieces::write(tx, &place, sealed.as_bytes());
    let kept = Answered { version: VERSION, request: mutation.digest(), expires: now.plus(KEPT), pieces };
    tx.set(&place, serde_json::to_vec(&kept).map_err(|_| SealBroken)?);
    tx.set(places.ending(kept.expires, &place), b"");
    Ok(())
}

/// Forgets the answer at `place`, if its time is over: the key may have been used again meanwhile.
pub(crate) async fn forget(tx: &Tx, place: &str, now: Timestamp) -> Result<(), StoreError> {
    let Some(bytes) = tx.get(place).await? else { return Ok(()) };
    // What cannot be read is not forgotten: that is for whoever looks after the store.
    let Ok(kept) = stored::read::<Answered>(&bytes) else { return Ok(()) };
    if now >= kept.expires {
        pieces::clear(tx, place, kept.pieces);
        tx.clear(place);
    }
    Ok(())
}

impl Mutation<'_> {
    fn place(&self, places: &Places, keys: &RecordKeys) -> String {
        places.idempotency(&keys.derive("idempotency", &format!("{}|{}", self.caller, self.key)))
    }

    fn digest(&self) -> String {
        base64url::encode(hash::sha256(self.request))
    }
}
