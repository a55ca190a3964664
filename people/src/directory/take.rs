//! What the feed says, taken: each event once and in order, with all that it changes, in one commit with the position of the batch.
//!
//! Where a subject's events leave one out or contradict themselves (FA-07, FA-08), nothing of that subject can be relied on: its listing is
//! hidden, what was heard of it is forgotten, and the feed is read again from the beginning. After the third time the subject is left alone: what is
//! said of it counts for nothing any more.

use std::collections::BTreeSet;

use jigap_wallet_core::facts::follow::{Standing, SubjectState, Taken};
use jigap_wallet_core::facts::signed::VerifiedBatch;
use jigap_wallet_core::facts::{FactEvent, Subject, What as Happened};
use jigap_wallet_core::people::PersonaId;
use jigap_wallet_core::ports::{KeyRange, Tx, transact};
use jigap_wallet_core::sealing::SealBroken;
use jigap_wallet_core::time::Timestamp;
use serde::Serialize;
use serde::de::DeserializeOwned;

use super::stored::{self, ListingRecord, PersonaRecord, SubjectRecord, VERSION};
use super::{Directory, DirectoryError, places};
use crate::event::What;
use crate::kinds::Found;

/// Most facts that are ever taken of one subject: its record has to fit into a value of the store.
const MAX_FACTS: usize = 300;
/// How often a subject's events are read again.
const MAX_RESETS: u8 = 3;

/// What came of a batch.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Took {
    /// Events that were new.
    pub new: u64,
    /// Events that were taken before.
    pub again: u64,
    /// Events that break FA-07 or FA-08, or are of a subject that is left alone.
    pub refused: u64,
    /// When the last of them happened.
    pub at: Option<Timestamp>,
}

/// One transaction of the directory.
pub(super) struct Work<'d> {
    pub(super) directory: &'d Directory,
    tx: Tx,
    next: u64,
    now: Timestamp,
}

impl Directory {
    /// Where the feed goes on.
    ///
    /// # Errors
    /// [`DirectoryError`].
    pub async fn position(&self) -> Result<u64, DirectoryError> {
        let tx = self.parts.store.begin().await?;
        position(&tx).await
    }

    /// Takes a batch that was asked for after [`Directory::position`]. Who is hidden by it is in no answer from then on.
    ///
    /// # Errors
    /// [`DirectoryError`]; then nothing was taken.
    pub async fn take(&self, after: u64, batch: &VerifiedBatch) -> Result<Took, DirectoryError> {
        if batch.events().is_empty() && batch.next() == after {
            return Ok(Took::default());
        }
        let took = self
            .settled(|| {
                transact(&*self.parts.store, |tx| async move {
                    // Taken before, where the store did not know whether it was.
                    if position(&tx).await? != after {
                        return Ok(Took::default());
                    }
                    let mut work = Work::begin(self, tx.clone()).await?;
                    let (took, from_the_beginning) = work.take(batch.events()).await?;
                    let position = if from_the_beginning { 0 } else { batch.next() };
                    tx.set(places::POSITION, position.to_be_bytes());
                    Ok::<_, DirectoryError>(took)
                })
            })
            .await?;
        self.catch_up().await?;
        Ok(took)
    }
}

async fn position(tx: &Tx) -> Result<u64, DirectoryError> {
    let Some(value) = tx.get(places::POSITION).await? else { return Ok(0) };
    Ok(value.try_into().map(u64::from_be_bytes).map_err(|_| SealBroken)?)
}

impl<'d> Work<'d> {
    pub(super) async fn begin(directory: &'d Directory, tx: Tx) -> Result<Self, DirectoryError> {
        let last = tx.range_reverse(&places::events_after(0), 1).await?;
        let last = last.first().map(|(key, _)| places::sequence_of(key).ok_or(SealBroken)).transpose()?;
        let now = directory.parts.clock.now();
        Ok(Self { directory, tx, next: last.unwrap_or_default() + 1, now })
    }

    /// Tells the index something.
    pub(super) fn log(&mut self, what: &What) -> Result<(), DirectoryError> {
        let (key, parts) = (places::event(self.next), &self.directory.parts);
        let sealed = stored::seal_event(&key, (self.now, what), &parts.keys, &*parts.entropy)?;
        self.tx.set(key, sealed);
        self.next += 1;
        Ok(())
    }

    async fn take(&mut self, events: &[FactEvent]) -> Result<(Took, bool), DirectoryError> {
        let (mut took, mut from_the_beginning) = (Took::default(), false);
        let mut changed: BTreeSet<PersonaId> = BTreeSet::new();
        for event in events {
            took.at = took.at.max(Some(event.at));
            let mut record = self.subject(&event.subject).await?;
            if record.resets >= MAX_RESETS {
                took.refused += 1;
                continue;
            }
            let full = record.state.facts().count() >= MAX_FACTS;
            match record.state.take(event) {
                Ok(Taken::Again) => {
                    took.again += 1;
                    continue;
                }
                Ok(Taken::New) if !full => {
                    took.new += 1;
                    self.apply(event, &mut record).await?;
                }
                Ok(Taken::New) | Err(_) => {
                    took.refused += 1;
                    record.resets = if full { MAX_RESETS } else { record.resets + 1 };
                    from_the_beginning |= record.resets < MAX_RESETS;
                    self.forget(&event.subject, &mut record).await?;
                }
            }
            self.put_subject(&event.subject, &record)?;
            changed.extend(record.persona.clone());
        }
        for persona in changed {
            self.publish_again(&persona).await?;
        }
        Ok((took, from_the_beginning))
    }

    /// What an event changes at once: the fact, and what the index is told of it.
    async fn apply(&mut self, event: &FactEvent, record: &mut SubjectRecord) -> Result<(), DirectoryError> {
        let (id, parts) = (event.what.fact().clone(), &self.directory.parts);
        let place = places::fact(&event.subject, &id);
        match &event.what {
            Happened::Asserted(_) => {
                let sealed = event.seal(&place, &parts.keys, &*parts.entropy)?;
                self.tx.set(place, sealed);
                record.checked.insert(id, event.at);
                return Ok(());
            }
            Happened::Unconfirmed(_) => {}
            Happened::Confirmed(_) => {
                record.checked.insert(id.clone(), event.at);
            }
            Happened::Retracted(..) => {
                self.tx.clear(place);
                record.checked.remove(&id);
            }
        }
        let Some(persona) = &record.persona else { return Ok(()) };
        let Some(mut listing) = self.listing(persona).await? else { return Ok(()) };
        match &event.what {
            Happened::Unconfirmed(_) if listing.facts.contains(&id) && listing.doubted.insert(id.clone()) => {
                self.log(&What::Unconfirmed(id))?;
            }
            Happened::Confirmed(_) if listing.doubted.remove(&id) => self.log(&What::Confirmed(id))?,
            Happened::Retracted(..) if listing.facts.contains(&id) => self.log(&What::Retracted(id))?,
            _ => return Ok(()),
        }
        self.put_listing(persona, &listing)
    }

    /// Forgets what was heard of a subject.
    async fn forget(&mut self, subject: &Subject, record: &mut SubjectRecord) -> Result<(), DirectoryError> {
        self.tx.clear_range(&KeyRange::prefix(places::facts(subject)));
        record.state = SubjectState::default();
        record.checked.clear();
        let Some(persona) = &record.persona else { return Ok(()) };
        let Some(mut listing) = self.listing(persona).await? else { return Ok(()) };
        if listing.published {
            listing.published = false;
            self.log(&What::Paused(persona.to_string()))?;
        }
        (listing.facts, listing.shown) = (BTreeSet::new(), [0; 32]);
        self.put_listing(persona, &listing)
    }

    /// The facts of a subject that are so now and known to be.
    pub(super) async fn found(&self, subject: &Subject) -> Result<Vec<Found>, DirectoryError> {
        let record = self.subject(subject).await?;
        let mut found = Vec::new();
        for (id, standing) in record.state.facts() {
            if standing != Standing::Live {
                continue;
            }
            let place = places::fact(subject, id);
            let value = self.tx.get(&place).await?.ok_or(SealBroken)?;
            let sealed = std::str::from_utf8(&value).map_err(|_| SealBroken)?;
            let FactEvent { at, what, .. } = FactEvent::open(&place, sealed, &self.directory.parts.keys)?;
            let Happened::Asserted(claim) = what else { return Err(SealBroken.into()) };
            if !claim.has_ended(self.now) {
                let checked = record.checked.get(id).copied().unwrap_or(at);
                found.push(Found { claim, asserted: at, checked });
            }
        }
        Ok(found)
    }

    pub(super) async fn persona(&self, persona: &PersonaId) -> Result<Option<PersonaRecord>, DirectoryError> {
        self.read(&places::persona(persona)).await
    }

    pub(super) fn put_persona(
        &self,
        persona: &PersonaId,
        record: &PersonaRecord,
    ) -> Result<(), DirectoryError> {
        self.write(&places::persona(persona), record)
    }

    pub(super) async fn subject(&self, subject: &Subject) -> Result<SubjectRecord, DirectoryError> {
        let new = || SubjectRecord { version: VERSION, ..SubjectRecord::default() };
        Ok(self.read(&places::subject(subject)).await?.unwrap_or_else(new))
    }

    pub(super) fn put_subject(
        &self,
        subject: &Subject,
        record: &SubjectRecord,
    ) -> Result<(), DirectoryError> {
        self.write(&places::subject(subject), record)
    }

    pub(super) async fn listing(&self, persona: &PersonaId) -> Result<Option<ListingRecord>, DirectoryError> {
        self.read(&places::listing(persona)).await
    }

    pub(super) fn put_listing(
        &self,
        persona: &PersonaId,
        record: &ListingRecord,
    ) -> Result<(), DirectoryError> {
        self.write(&places::listing(persona), record)
    }

    pub(super) async fn holder(&self, place: &str) -> Result<Option<String>, DirectoryError> {
        let value = self.tx.get(place).await?;
        Ok(value.map(|value| String::from_utf8(value).map_err(|_| SealBroken)).transpose()?)
    }

    pub(super) fn put_holder(&self, place: &str, persona: &PersonaId) {
        self.tx.set(place, persona.as_str());
    }

    pub(super) fn clear_holder(&self, place: &str) {
        self.tx.clear(place);
    }

    async fn read<T: DeserializeOwned>(&self, place: &str) -> Result<Option<T>, DirectoryError> {
        let value = self.tx.get(place).await?;
        Ok(value.map(|value| stored::open(place, &value, &self.directory.parts.keys)).transpose()?)
    }

    fn write<T: Serialize>(&self, place: &str, record: &T) -> Result<(), DirectoryError> {
        let parts = &self.directory.parts;
        self.tx.set(place, parts.keys.seal(place, record, &*parts.entropy)?);
        Ok(())
    }
}
