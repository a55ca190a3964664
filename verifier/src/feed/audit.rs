//! Whether every fact that is told to be live has a live proof, and every record of a fact is told of.
//!
//! What consumers were told is read from its beginning, as they would read it; then each fact is looked for among the records, and what it
//! rests on among what is watched. So a fact whose record is gone is found too, which nobody would ever retract. [`look`] asks nobody
//! outside; [`Watcher::audit_lists`] fetches each list besides and asks it about every fact.

use std::collections::BTreeMap;

use jigap_wallet_core::facts::follow::{Standing, SubjectState};
use jigap_wallet_core::facts::{FactEvent, FactId, Subject, What};
use jigap_wallet_core::judge::{ListName, Signer};
use jigap_wallet_core::ports::Tx;
use jigap_wallet_core::status::StatusValue;
use jigap_wallet_core::time::{Seconds, Timestamp};

use super::records::{Fact, Rest, Source, list_place, signer_place};
use super::watch::Watcher;
use super::{Feed, FeedError, outbox, places};

/// Events and records in one reading.
const PAGE: usize = 500;
/// How much later than it should be something may be done, before that is a fault.
const SLACK: Seconds = Seconds(600);

/// What is wrong with a fact.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Fault {
    /// It is told to be live, and there is no record of what it rests on.
    NoRecord,
    /// It is told to be live, and nobody looks at what it rests on.
    NotWatched,
    /// It is told to be live, and what it rests on has not been seen for too long.
    NotSeen,
    /// It is told to be live, and its end has come.
    Ended,
    /// It is told to be live, and its list says that it is not valid.
    NotValid,
    /// It is told to be confirmed where its record says that it is not, or the other way round.
    OtherStanding,
    /// There is a record of it, and it is not told to be live.
    NotTold,
    /// What is told of its subject is not in order.
    NotInOrder,
}

/// A fact and what is wrong with it.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Found {
    /// The fact; of a subject's order the one whose event broke it.
    pub fact: FactId,
    /// What is wrong.
    pub fault: Fault,
}

/// What is wrong at `now` with facts that `feed` tells.
///
/// # Errors
/// [`FeedError`] if the store or a record cannot be read.
pub async fn look(feed: &Feed, now: Timestamp) -> Result<Vec<Found>, FeedError> {
    let tx = feed.store.begin().await?;
    let mut audit = Audit { feed, tx: &tx, now, found: Vec::new(), live: BTreeMap::new() };
    for consumer in &feed.consumers {
        audit.follow(&consumer.place).await?;
    }
    audit.records().await?;
    audit.found.sort();
    Ok(audit.found)
}

struct Audit<'a> {
    feed: &'a Feed,
    tx: &'a Tx,
    now: Timestamp,
    found: Vec<Found>,
    /// What consumers think is so, and when it ends.
    live: BTreeMap<FactId, Live>,
}

struct Live {
    standing: Standing,
    ends: Option<Timestamp>,
}

impl Audit<'_> {
    fn note(&mut self, fact: &FactId, fault: Fault) {
        self.found.push(Found { fact: fact.clone(), fault });
    }

    /// Takes all that was told to a consumer as the consumer would.
    async fn follow(&mut self, consumer: &str) -> Result<(), FeedError> {
        let mut subjects: BTreeMap<Subject, SubjectState> = BTreeMap::new();
        let mut after = 0;
        loop {
            let page = outbox::read((self.tx, self.feed.books()), consumer, after, PAGE).await?;
            for event in &page.events {
                let state = subjects.entry(event.subject.clone()).or_default();
                if state.take(event).is_err() {
                    self.note(event.what.fact(), Fault::NotInOrder);
                }
                self.tell(event);
            }
            after = page.next;
            if page.events.len() < PAGE {
                return Ok(());
            }
        }
    }

    fn tell(&mut self, event: &FactEvent) {
        let (id, live) = (event.what.fact(), &mut self.live);
        match &event.what {
            What::Asserted(claim) => {
                live.insert(id.clone(), Live { standing: Standing::Live, ends: claim.valid_until });
            }
            What::Retracted(..) => {
                live.remove(id);
            }
            What::Unconfirmed(_) | What::Confirmed(_) => {
                let unconfirmed = matches!(event.what, What::Unconfirmed(_));
                let standing = if unconfirmed { Standing::Unconfirmed } else { Standing::Live };
                live.entry(id.clone()).and_modify(|it| it.standing = standing);
            }
        }
    }

    /// Compares what consumers think with the records, both ways.
    async fn records(&mut self) -> Result<(), FeedError> {
        for (id, told) in std::mem::take(&mut self.live) {
            let place = places::fact(&id);
            let fact: Option<Fact> = self.feed.books().read(self.tx, &place).await?;
            match fact.filter(|fact| !fact.suspended) {
                None => self.note(&id, Fault::NoRecord),
                Some(fact) => self.live(&id, &fact, &told).await?,
            }
            self.live_again(id, told);
        }
        let mut range = places::all_facts();
        loop {
            let page = self.tx.range(&range, PAGE).await?;
            for (key, stored) in &page {
                let Some(id) = places::fact_of(key) else { continue };
                let fact: Fact = self.feed.books().open(&places::fact(&id), stored)?;
                // Of a consumer who was taken out of the configuration nothing is told to anybody.
                let known = self.feed.consumers.iter().any(|consumer| consumer.place == fact.consumer);
                if known && !fact.suspended && !self.live.contains_key(&id) {
                    self.note(&id, Fault::NotTold);
                }
            }
            let Some((last, _)) = page.last().filter(|_| page.len() == PAGE) else { return Ok(()) };
            range.start = [last, &b"\0"[..]].concat();
        }
    }

    fn live_again(&mut self, id: FactId, told: Live) {
        self.live.insert(id, told);
    }

    /// Whether a fact that is told to be live may be.
    async fn live(&mut self, id: &FactId, fact: &Fact, told: &Live) -> Result<(), FeedError> {
        if told.ends.is_some_and(|ends| ends.plus(SLACK) <= self.now) {
            self.note(id, Fault::Ended);
        }
        if fact.is_unconfirmed() != (told.standing == Standing::Unconfirmed) {
            self.note(id, Fault::OtherStanding);
        }
        let keys = &self.feed.keys;
        let signer = signer_place(keys, &fact.backing.signer);
        let mut sources = vec![self.source::<Signer>(&signer, &places::signer(&signer), id).await?];
        if let Some(place) = &fact.backing.place {
            let list = list_place(keys, &place.list);
            sources.push(self.source::<ListName>(&list, &places::list(&list), id).await?);
        }
        if sources.iter().any(Option::is_none) {
            self.note(id, Fault::NotWatched);
        }
        let longest = self.feed.settings.unconfirmed_after;
        let unseen = |seen: Timestamp| seen.plus(longest).plus(SLACK) <= self.now;
        if told.standing == Standing::Live && sources.iter().flatten().any(|seen| unseen(*seen)) {
            self.note(id, Fault::NotSeen);
        }
        Ok(())
    }

    /// When a list or signer was seen last, if a fact stands among those that rest on it.
    async fn source<T: serde::de::DeserializeOwned>(
        &self,
        source: &str,
        place: &str,
        fact: &FactId,
    ) -> Result<Option<Timestamp>, FeedError> {
        let rest: Option<Rest> = self.feed.books().read(self.tx, &places::rest(source, fact)).await?;
        let known: Option<Source<T>> = self.feed.books().read(self.tx, place).await?;
        Ok(rest.and(known).map(|known| known.seen))
    }
}

impl Watcher<'_> {
    /// Fetches each watched list and finds the facts that are told to be live of which it says otherwise. A list that is not seen says
    /// nothing here: what rests on it becomes unconfirmed by and by.
    ///
    /// # Errors
    /// [`FeedError`] if the store or a record cannot be read.
    pub async fn audit_lists(self) -> Result<Vec<Found>, FeedError> {
        let tx = self.feed.store.begin().await?;
        let mut found = Vec::new();
        for (key, stored) in tx.range(&places::all_lists(), usize::MAX).await? {
            let Some(id) = places::last(&key) else { continue };
            let list: Source<ListName> = self.feed.books().open(&places::list(id), &stored)?;
            let Some(seen) = self.fetched(&list).await else { continue };
            for (key, stored) in tx.range(&places::resting(id, None), usize::MAX).await? {
                let Some(fact) = places::fact_of(&key) else { continue };
                let rest: Rest = self.feed.books().open(&places::rest(id, &fact), &stored)?;
                let value = rest.index.and_then(|index| seen.token().list.get(index));
                if !rest.suspended && value != Some(StatusValue::VALID) {
                    found.push(Found { fact, fault: Fault::NotValid });
                }
            }
        }
        found.sort();
        Ok(found)
    }
}
