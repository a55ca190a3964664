//! What is told to a consumer: kept in order, sealed, and said as often as it is asked for.
//!
//! Each consumer has a counter of positions, each of its subjects one of events. Both are moved in the transaction that writes the event,
//! together with whatever it tells of, so that no number is left out and nothing is told that is not so.

use jigap_wallet_core::facts::signed::{MAX_EVENTS, NewBatch};
use jigap_wallet_core::facts::{FactEvent, Subject, What};
use jigap_wallet_core::ports::Tx;
use jigap_wallet_core::sealing::SealBroken;
use jigap_wallet_core::time::Timestamp;

use super::records::{Books, Counts};
use super::{Consumer, Feed, FeedError, places};
use crate::identity::Signing;

/// Why there is no batch.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub(crate) enum NoBatch {
    /// What was told cannot be read.
    #[error(transparent)]
    Feed(#[from] FeedError),
    /// The verifier's key does not sign.
    #[error("the verifier's key does not sign")]
    Key,
}

/// Events of one consumer, and the position of the last.
pub(super) struct Page {
    pub(super) events: Vec<FactEvent>,
    pub(super) next: u64,
}

/// Tells `consumer` what happened to a fact of `subject`.
pub(super) async fn say(
    (tx, books): (&Tx, Books<'_>),
    (consumer, subject): (&str, &Subject),
    what: What,
    at: Timestamp,
) -> Result<(), FeedError> {
    let mut counts = Counts::read(tx, consumer, subject).await?;
    counts.sequence += 1;
    counts.write(tx, consumer, subject)?;
    let position = head(tx, consumer).await? + 1;
    tx.set(places::head(consumer), position.to_le_bytes());
    let event = FactEvent { subject: subject.clone(), sequence: counts.sequence, at, what };
    let (key, name) = places::event(consumer, position);
    tx.set(key, event.seal(&name, books.keys, books.entropy)?);
    Ok(())
}

/// The position of the last event.
async fn head(tx: &Tx, consumer: &str) -> Result<u64, FeedError> {
    let Some(stored) = tx.get(places::head(consumer)).await? else { return Ok(0) };
    stored.try_into().map(u64::from_le_bytes).map_err(|_| SealBroken.into())
}

/// Up to `most` events after a position.
pub(super) async fn read(
    (tx, books): (&Tx, Books<'_>),
    consumer: &str,
    after: u64,
    most: usize,
) -> Result<Page, FeedError> {
    let stored = tx.range(&places::events_after(consumer, after), most).await?;
    let mut page = Page { events: Vec::with_capacity(stored.len()), next: after };
    for (key, sealed) in stored {
        let position = places::position(&key).ok_or(SealBroken)?;
        let (_, name) = places::event(consumer, position);
        let sealed = str::from_utf8(&sealed).map_err(|_| SealBroken)?;
        page.events.push(FactEvent::open(&name, sealed, books.keys)?);
        page.next = position;
    }
    Ok(page)
}

impl Feed {
    /// The events after a position, signed for their consumer; where there are none, nothing unless `empty` says so.
    ///
    /// # Errors
    /// [`NoBatch`].
    pub(crate) async fn batch(
        &self,
        consumer: &Consumer,
        (after, empty): (u64, bool),
        (signing, now): (&Signing, Timestamp),
    ) -> Result<Option<String>, NoBatch> {
        let tx = self.store.begin().await.map_err(FeedError::Store)?;
        let Page { events, next } = read((&tx, self.books()), &consumer.place, after, MAX_EVENTS).await?;
        if events.is_empty() && !empty {
            return Ok(None);
        }
        let verifier = signing.client_id.as_str();
        let batch = NewBatch { verifier, audience: &consumer.name, after, next, events: &events };
        let unsigned = batch.unsigned(signing.signer.public_key(), now).map_err(|_| NoBatch::Key)?;
        unsigned.sign_with(&*signing.signer).await.map(Some).map_err(|_| NoBatch::Key)
    }
}
