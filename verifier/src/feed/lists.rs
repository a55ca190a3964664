//! Looking at a status list: fetched anew, verified as a judge verifies it, compared with what it said the last time.
//!
//! A list that cannot be had, does not verify, is older or shorter than one that was seen, or is too old for its own `ttl` was not seen.
//! Where nothing changed, only facts that came since are looked at; else all that rest on it.

use jigap_keys::{base64url, hash};
use jigap_wallet_core::documents::{Document, Documents};
use jigap_wallet_core::facts::{FactId, Why};
use jigap_wallet_core::judge::{ListName, Policy};
use jigap_wallet_core::ports::{FetchLimits, HttpRequest, transact};
use jigap_wallet_core::status::{self, StatusList, StatusValue, VerifiedStatusList};
use jigap_wallet_core::time::{Seconds, Timestamp};
use serde::Serialize;
use serde::de::DeserializeOwned;
use url::Url;

use super::places::Due;
use super::records::{Rest, Said, Source};
use super::turn::{On, Turn};
use super::watch::Watcher;
use super::{FeedError, places};

/// Facts that are looked at in one reading, and that change in one transaction.
const PAGE: usize = 1000;
const STEP: usize = 50;
/// Time between two looks at one list, whatever is hinted.
const GAP: Seconds = Seconds(1);

/// What happens to the facts that rest on something.
#[derive(Clone, Copy)]
pub(super) enum Act<'a> {
    /// The list says this of each, and is seen.
    Listed(&'a StatusList),
    /// It is seen again.
    Seen(On),
    /// It has not been seen for too long.
    Unseen(On),
    /// They are facts no more.
    Retract(Why),
}

impl Act<'_> {
    /// Whether it changes anything about a fact that rests there.
    fn touches(self, rest: Rest, some_doubted: bool) -> bool {
        match self {
            Self::Listed(list) => some_doubted || rest.suspended || value(list, rest) != StatusValue::VALID,
            Self::Seen(_) | Self::Unseen(_) | Self::Retract(_) => true,
        }
    }

    async fn on(self, turn: Turn<'_>, id: &FactId, rest: Rest) -> Result<(), FeedError> {
        match self {
            Self::Listed(list) => {
                turn.listed(id, value(list, rest)).await?;
                turn.seen(id, On::List, false).await
            }
            Self::Seen(on) => turn.seen(id, on, false).await,
            Self::Unseen(on) => turn.seen(id, on, true).await,
            Self::Retract(why) => turn.retract(id, why).await.map(|_| ()),
        }
    }
}

/// What a list says at an index. A place that it has not is not valid.
fn value(list: &StatusList, rest: Rest) -> StatusValue {
    rest.index.and_then(|index| list.get(index)).unwrap_or(StatusValue::SUSPENDED)
}

/// How a look ended.
pub(super) enum Looked {
    Seen(Option<Said>),
    Unseen { doubted: bool },
}

impl Watcher<'_> {
    /// Looks at the list of this place.
    pub(super) async fn look_at_list(self, id: &str) -> Result<(), FeedError> {
        let (place, on) = (places::list(id), (Due::List, id));
        let Some(list): Option<Source<ListName>> = self.source(&place).await? else { return Ok(()) };
        let started = self.now();
        let Some(seen) = self.fetched(&list).await else {
            return self.unseen((&place, on), &list, On::List).await;
        };
        let said = said(&seen);
        let act = Act::Listed(&seen.token().list);
        if !list.some_doubted && list.said.as_ref().is_some_and(|before| before.digest == said.digest) {
            self.new_on(id, act).await?;
        } else {
            self.sweep((id, list.some_doubted), act).await?;
            self.new_on(id, act).await?;
        }
        self.done((&place, on), &list, (Looked::Seen(Some(said)), started)).await
    }

    pub(super) async fn source<T: DeserializeOwned>(self, place: &str) -> Result<Option<T>, FeedError> {
        self.feed.books().read(&self.feed.store.begin().await?, place).await
    }

    /// The list as it is now; `None` where it was not seen.
    pub(super) async fn fetched(self, list: &Source<ListName>) -> Option<VerifiedStatusList> {
        let url = Url::parse(&list.of.uri).ok()?;
        let Seconds(seconds) = self.feed.settings.fetch;
        let limits = FetchLimits { timeout_ms: u64::from(seconds) * 1000, ..FetchLimits::STATUS_LIST };
        // A cache on the way may hold what was before the change that was hinted.
        let request = HttpRequest::get(url.clone(), status::MEDIA_TYPE, limits)
            .header("cache-control", "no-cache".to_owned());
        let answer = self.verifier.library.fetch().send(request).await;
        let answer = answer.ok().filter(|answer| answer.status == 200)?;
        let fetched_at = self.now().minus(Seconds(answer.age));
        let document = Document { bytes: answer.body, fetched_at, max_age: None };
        let seen = self.verified(&list.of, (url, document)).await?;
        self.is_newest(&seen, list, fetched_at).then_some(seen)
    }

    async fn verified(self, list: &ListName, (url, document): (Url, Document)) -> Option<VerifiedStatusList> {
        let (trust, now) = (self.verifier.trust.list(), self.now());
        let with_list = |documents: &Documents| {
            let mut documents = documents.clone();
            documents.insert(url.clone(), document.clone());
            documents
        };
        let needs = |documents: &Documents| list.needs(&trust, &with_list(documents), now);
        let documents = self.verifier.library.gather_by(needs, &Policy::default()).await;
        match list.read(&trust, &with_list(&documents), now) {
            Ok(seen) => Some(seen),
            Err(refusal) => {
                tracing::warn!(
                    check = refusal.check.id,
                    code = refusal.reason.code,
                    "a watched status list is refused"
                );
                None
            }
        }
    }

    /// Whether nothing newer was seen, and its issuer still lets it count.
    fn is_newest(self, seen: &VerifiedStatusList, list: &Source<ListName>, fetched_at: Timestamp) -> bool {
        let token = seen.token();
        let goes_on = list
            .said
            .as_ref()
            .is_none_or(|said| said.issued <= token.issued_at && said.entries <= token.list.len());
        let age = Some(self.feed.settings.unconfirmed_after);
        goes_on && (token.ttl.is_none() || seen.is_fresh(fetched_at, self.now(), age))
    }

    /// What could not be seen: after a while, what rests on it is unconfirmed.
    pub(super) async fn unseen<T: Serialize + DeserializeOwned>(
        self,
        place: (&str, (Due, &str)),
        source: &Source<T>,
        on: On,
    ) -> Result<(), FeedError> {
        let now = self.now();
        let too_long = now >= source.seen.plus(self.feed.settings.unconfirmed_after);
        let doubts = too_long && !source.doubted;
        if doubts {
            self.sweep((place.1.1, true), Act::Unseen(on)).await?;
        }
        self.done(place, source, (Looked::Unseen { doubted: doubts }, now)).await
    }

    /// Does `act` to all facts that rest on a source and that it touches.
    pub(super) async fn sweep(
        self,
        (source, some_doubted): (&str, bool),
        act: Act<'_>,
    ) -> Result<(), FeedError> {
        let mut after: Option<FactId> = None;
        loop {
            let tx = self.feed.store.begin().await?;
            let page = tx.range(&places::resting(source, after.as_ref()), PAGE).await?;
            let mut touched = Vec::new();
            for (key, stored) in &page {
                let Some(id) = places::fact_of(key) else { continue };
                let rest: Rest = self.feed.books().open(&places::rest(source, &id), stored)?;
                if act.touches(rest, some_doubted) {
                    touched.push((id.clone(), rest));
                }
                after = Some(id);
            }
            for step in touched.chunks(STEP) {
                self.turn(step, act).await?;
            }
            if page.len() < PAGE {
                return Ok(());
            }
        }
    }

    /// Does `act` to the facts that came since a list was looked at.
    async fn new_on(self, list: &str, act: Act<'_>) -> Result<(), FeedError> {
        loop {
            let tx = self.feed.store.begin().await?;
            let page = tx.range(&places::all_new(list), STEP).await?;
            let mut came = Vec::with_capacity(page.len());
            for id in page.iter().filter_map(|(key, _)| places::fact_of(key)) {
                let rest: Option<Rest> = self.feed.books().read(&tx, &places::rest(list, &id)).await?;
                came.extend(rest.map(|rest| (id, rest)));
            }
            self.turn(&came, act).await?;
            let page = &page;
            transact(&*self.feed.store, |tx| async move {
                page.iter().for_each(|(key, _)| tx.clear(key));
                Ok::<_, FeedError>(())
            })
            .await?;
            if page.len() < STEP {
                return Ok(());
            }
        }
    }

    async fn turn(self, facts: &[(FactId, Rest)], act: Act<'_>) -> Result<(), FeedError> {
        let now = self.now();
        transact(&*self.feed.store, |tx| async move {
            for (id, rest) in facts {
                act.on(Turn { tx: &tx, books: self.feed.books(), now }, id, *rest).await?;
            }
            Ok::<_, FeedError>(())
        })
        .await?;
        if !facts.is_empty() {
            self.feed.tell();
        }
        Ok(())
    }

    /// Notes how a look at what was `before` ended, and when the next one is. What nothing rests on is looked at no more.
    pub(super) async fn done<T: Serialize + DeserializeOwned>(
        self,
        (place, (due, id)): (&str, (Due, &str)),
        before: &Source<T>,
        (looked, started): (Looked, Timestamp),
    ) -> Result<(), FeedError> {
        let (now, looked) = (self.now(), &looked);
        transact(&*self.feed.store, |tx| async move {
            let Some(mut source): Option<Source<T>> = self.feed.books().read(&tx, place).await? else {
                return Ok(());
            };
            tx.clear(due.at(source.due, id));
            if tx.range(&places::resting(id, None), 1).await?.is_empty() {
                tx.clear(place);
                return Ok(());
            }
            let wanted = source.wanted != before.wanted;
            match looked {
                Looked::Seen(said) => {
                    (source.failing, source.doubted, source.some_doubted) = (false, false, false);
                    source.seen = started;
                    source.said = said.clone();
                }
                // What came meanwhile was not told of: it is, the next time.
                Looked::Unseen { doubted } => {
                    source.failing = true;
                    source.doubted |= *doubted && !wanted;
                    source.some_doubted |= *doubted;
                }
            }
            source.due = now.plus(if wanted { GAP } else { self.feed.settings.check });
            tx.set(due.at(source.due, id), b"");
            self.feed.books().write(&tx, place, &source)
        })
        .await
    }
}

fn said(seen: &VerifiedStatusList) -> Said {
    let token = seen.token();
    let content = [&[token.list.bits().get()], token.list.as_bytes()].concat();
    let digest = base64url::encode(hash::sha256(&content));
    Said { issued: token.issued_at, entries: token.list.len(), digest }
}
