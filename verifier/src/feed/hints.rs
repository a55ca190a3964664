//! What issuers say of their lists: a hint makes a watched list be looked at now, and nothing else.
//!
//! Refused: what HI-01 to HI-03 say ([`jigap_wallet_core::facts::hint`]), and a list that is not watched (HI-04). Who signed is asked
//! before whether it is watched, so that a stranger does not learn that. Hints of one list that come together are one look.

use jigap_wallet_core::documents::Documents;
use jigap_wallet_core::facts::hint::Hint;
use jigap_wallet_core::judge::{ListName, Policy};
use jigap_wallet_core::ports::transact;
use jigap_wallet_core::time::Seconds;
use jigap_wallet_core::verdict::{Check, Reason, Refusal};

use super::places::Due;
use super::records::{Source, list_place};
use super::{Feed, FeedError, places};
use crate::verifier::Verifier;

/// HI-04: the list is one that is watched.
pub(crate) const KNOWN_LIST: Check = Check::new(
    "HI-04",
    "a hint is about a status list that facts told here rest on",
    "힌트는 이곳에서 알리는 사실이 근거로 삼는 상태 목록에 대한 것입니다",
    "docs/decisions/0021-feed-of-facts.md",
);

const NOT_WATCHED: Reason = Reason::new(
    "hint-list",
    "nothing told here rests on that list",
    "이곳에서 알리는 사실 가운데 그 목록에 근거한 것이 없습니다",
);

/// Time between two looks because of hints.
const GAP: Seconds = Seconds(1);

/// Why a hint is not taken.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub(crate) enum HintError {
    /// It breaks a rule: the sender's fault.
    #[error(transparent)]
    Refused(#[from] Refusal),
    /// The store failed, or our record cannot be opened.
    #[error(transparent)]
    Feed(#[from] FeedError),
}

impl Verifier {
    /// Takes a hint. Refuses by HI-01 to HI-04.
    pub(crate) async fn take_hint(&self, feed: &Feed, text: &str) -> Result<(), HintError> {
        let (hint, trust, now) = (Hint::parse(text)?, self.trust.list(), self.clock.now());
        hint.require_current(now)?;
        let needs = |documents: &Documents| hint.needs(&trust, documents, now);
        let documents = self.library.gather_by(needs, &Policy::default()).await;
        let list = hint.verify(&trust, &documents, now)?;
        feed.want(&list, now).await
    }
}

impl Feed {
    /// Has a list looked at now, or a moment later where it was looked at just before.
    async fn want(&self, list: &ListName, now: jigap_wallet_core::time::Timestamp) -> Result<(), HintError> {
        let id = &list_place(&self.keys, list);
        let place = &places::list(id);
        let at_once = transact(&*self.store, |tx| async move {
            let source: Option<Source<ListName>> = self.books().read(&tx, place).await?;
            let Some(mut source) = source else { return Err(KNOWN_LIST.refuse(NOT_WATCHED).into()) };
            let soon = if source.seen < now { now } else { now.plus(GAP) };
            tx.clear(Due::List.at(source.due, id));
            source.wanted += 1;
            source.due = source.due.min(soon);
            tx.set(Due::List.at(source.due, id), b"");
            self.books().write(&tx, place, &source)?;
            Ok::<_, HintError>(soon == now)
        })
        .await?;
        if at_once {
            self.look_now(id.clone());
        }
        Ok(())
    }
}

impl From<jigap_wallet_core::ports::StoreError> for HintError {
    fn from(error: jigap_wallet_core::ports::StoreError) -> Self {
        Self::Feed(error.into())
    }
}
