//! Forgetting what need not be kept: some hundred records in a step, by when they end.
//!
//! | what | is forgotten |
//! |---|---|
//! | a used nonce | when it has expired and so cannot be used again |
//! | a used DPoP proof | when it is too old to be used again |
//! | a token, and what its wallet may notify | when it has expired; where unacknowledged copies are revoked and these are such, with them |
//! | an offer that led to nothing | when it and every token of it have expired |
//! | an offer that led to credentials | its claims and code then, but the claims not before its grant is refreshed no more; the rest when the last of them has ended, so that they can be revoked until then, and it counts no more for a credential that was shown |
//! | what was offered for a credential that was shown | when the last such offer counts no more |
//! | an answer kept for an idempotency key | when it is no longer given |
//!
//! Status lists forget nothing: a place is never given twice (Token Status List §13.3).

use jigap_wallet_core::ports::{Store, StoreError, transact};
use jigap_wallet_core::sealing::RecordKeys;
use jigap_wallet_core::time::{Seconds, Timestamp};

use crate::offer::Offer;
use crate::places::Places;
use crate::token::Grant;
use crate::verdicts::Shown;
use crate::{idempotency, issuance};

/// Records looked at in one transaction.
const STEP: usize = 200;

/// Forgets what ended before `now`; `grace` after they were issued, revokes what no wallet acknowledged. Each step is a
/// commit of its own, so that nobody waits long.
pub(crate) async fn sweep(
    store: &dyn Store,
    (places, keys): (&Places, &RecordKeys),
    grace: Option<Seconds>,
    now: Timestamp,
) -> Result<(), StoreError> {
    let (nonces, proofs) = (&places.forgettable_nonces(now), &places.forgettable_proofs(now));
    transact(store, |tx| async move {
        tx.clear_range(nonces);
        tx.clear_range(proofs);
        Ok::<_, StoreError>(())
    })
    .await?;
    while step(store, (places, keys), grace, now).await? == STEP {}
    Ok(())
}

/// Looks at up to [`STEP`] records that ended before `now`; says at how many.
async fn step(
    store: &dyn Store,
    (places, keys): (&Places, &RecordKeys),
    grace: Option<Seconds>,
    now: Timestamp,
) -> Result<usize, StoreError> {
    transact(store, |tx| async move {
        let endings = tx.range(&places.ended(now), STEP).await?;
        for (key, _) in &endings {
            tx.clear(key);
            match places.ended_record(key) {
                Some((_, "offer", id)) => Offer::forget(&tx, id, (keys, places), now).await?,
                Some((place, "idempotency", _)) => idempotency::forget(&tx, place, now).await?,
                Some((place, "shown", _)) => Shown::forget(&tx, place, now).await?,
                Some((place, "token", _)) => Grant::end(&tx, places, place, (grace, now)).await?,
                Some((place, "notification", _)) => {
                    issuance::end_notice(&tx, places, place, (grace, now)).await?;
                }
                _ => {}
            }
        }
        Ok(endings.len())
    })
    .await
}
