//! What came of a consumer's question, for the consumer; and the holder's taking back of what they agreed to.

use jigap_wallet_core::facts::{FactId, Why};
use jigap_wallet_core::ports::transact;
use jigap_wallet_core::sealing::is_random_id;
use jigap_wallet_core::time::Timestamp;

use super::records::{Consent, Request};
use super::turn::Turn;
use super::{Consumer, Feed, FeedError, places};
use crate::session::{self, SessionError};

/// What came of a question.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Standing {
    /// Nobody answered yet.
    Waiting,
    /// These facts, which still are some.
    Accepted(Vec<FactId>),
    /// The holder declined, or the verdict did.
    Refused,
    /// Nobody answered in time.
    Expired,
}

impl Feed {
    /// What came of request `id`; `None` where it is not this consumer's.
    pub(crate) async fn standing(
        &self,
        consumer: &Consumer,
        id: &str,
        now: Timestamp,
    ) -> Result<Option<Standing>, FeedError> {
        if !is_random_id::<16>(id) {
            return Ok(None);
        }
        let tx = self.store.begin().await?;
        let request: Option<Request> = self.books().read(&tx, &places::request(id)).await?;
        let Some(request) = request.filter(|request| request.consumer == consumer.name) else {
            return Ok(None);
        };
        if request.accepted {
            let consent: Option<Consent> = self.books().read(&tx, &places::consent(id)).await?;
            return Ok(Some(Standing::Accepted(consent.map(|consent| consent.facts).unwrap_or_default())));
        }
        let session = session::find(&*self.store, id).await;
        Ok(Some(match session.and_then(|session| session.standing(now)) {
            Ok(()) => Standing::Waiting,
            Err(SessionError::AlreadyAnswered) => Standing::Refused,
            Err(SessionError::Expired | SessionError::Unknown) => Standing::Expired,
            Err(error) => return Err(error.into()),
        }))
    }

    /// Takes back what was agreed to in session `id`: all that is told by it is retracted. `false`: there is no such consent, or nothing
    /// is told by it any more, or the token is another's.
    pub(crate) async fn withdraw(&self, id: &str, token: &str, now: Timestamp) -> Result<bool, FeedError> {
        if !is_random_id::<16>(id) || !self.is_withdrawal_token(id, token) {
            return Ok(false);
        }
        let place = &places::consent(id);
        let withdrawn = transact(&*self.store, |tx| async move {
            let Some(consent): Option<Consent> = self.books().read(&tx, place).await? else {
                return Ok(false);
            };
            let turn = Turn { tx: &tx, books: self.books(), now };
            for fact in &consent.facts {
                turn.retract(fact, Why::ConsentWithdrawn).await?;
            }
            tx.clear(place);
            Ok::<_, FeedError>(true)
        })
        .await?;
        if withdrawn {
            self.tell();
        }
        Ok(withdrawn)
    }
}
