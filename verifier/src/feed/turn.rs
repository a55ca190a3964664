//! How a fact changes, each change in the transaction that tells it: what was asserted ends or becomes unconfirmed, what was suspended is
//! asserted again under another name, and what is over leaves no record behind.

use jigap_wallet_core::facts::{FactEvent, FactId, What, Why};
use jigap_wallet_core::ports::Tx;
use jigap_wallet_core::sealing::{SealBroken, random_id};
use jigap_wallet_core::status::StatusValue;
use jigap_wallet_core::time::Timestamp;

use super::places::Due;
use super::records::{Books, Consent, Counts, Fact, Rest, list_place, signer_place};
use super::{FeedError, outbox, places};

/// What a fact rests on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum On {
    List,
    Signer,
}

/// A transaction, what seals its records, and its moment.
#[derive(Clone, Copy)]
pub(super) struct Turn<'t> {
    pub(super) tx: &'t Tx,
    pub(super) books: Books<'t>,
    pub(super) now: Timestamp,
}

impl Turn<'_> {
    pub(super) async fn fact(self, id: &FactId) -> Result<Option<Fact>, FeedError> {
        self.books.read(self.tx, &places::fact(id)).await
    }

    async fn say(self, fact: &Fact, what: What) -> Result<(), FeedError> {
        outbox::say((self.tx, self.books), (&fact.consumer, &fact.subject), what, self.now).await
    }

    /// The fact is one no more. Says whether there was one.
    pub(super) async fn retract(self, id: &FactId, why: Why) -> Result<bool, FeedError> {
        let Some(fact) = self.fact(id).await? else { return Ok(false) };
        if !fact.suspended {
            self.say(&fact, What::Retracted(id.clone(), why)).await?;
        }
        self.forget(id, &fact).await?;
        Ok(true)
    }

    /// Writes a fact that is asserted: what it says, what it rests on, and where it is looked for by that.
    pub(super) async fn assert(self, fact: &Fact, claim: FactEvent) -> Result<(), FeedError> {
        let id = claim.what.fact().clone();
        let name = places::claim(&id);
        self.tx.set(&name, claim.seal(&name, self.books.keys, self.books.entropy)?);
        self.books.write(self.tx, &places::fact(&id), fact)?;
        self.rest(&id, fact)?;
        if let Some(ends) = fact.ends {
            self.tx.set(Due::End.at(ends, id.as_str()), b"");
        }
        let mut counts = Counts::read(self.tx, &fact.consumer, &fact.subject).await?;
        counts.facts += 1;
        counts.write(self.tx, &fact.consumer, &fact.subject)?;
        self.say(fact, claim.what).await
    }

    /// Notes what the fact rests on.
    fn rest(self, id: &FactId, fact: &Fact) -> Result<(), FeedError> {
        let Fact { backing, suspended, .. } = fact;
        let signer = Rest { index: None, suspended: *suspended };
        self.books.write(
            self.tx,
            &places::rest(&signer_place(self.books.keys, &backing.signer), id),
            &signer,
        )?;
        if let Some(place) = &backing.place {
            let list = list_place(self.books.keys, &place.list);
            let at = Rest { index: Some(place.index), suspended: *suspended };
            self.books.write(self.tx, &places::rest(&list, id), &at)?;
            self.tx.set(places::new(&list, id), b"");
        }
        Ok(())
    }

    /// Leaves nothing of a fact that was retracted but what was told.
    async fn forget(self, id: &FactId, fact: &Fact) -> Result<(), FeedError> {
        let Fact { consumer, subject, backing, ends, .. } = fact;
        for place in [places::fact(id), places::claim(id)] {
            self.tx.clear(place);
        }
        self.tx.clear(places::rest(&signer_place(self.books.keys, &backing.signer), id));
        if let Some(place) = &backing.place {
            let list = list_place(self.books.keys, &place.list);
            self.tx.clear(places::rest(&list, id));
            self.tx.clear(places::new(&list, id));
        }
        if let Some(ends) = ends {
            self.tx.clear(Due::End.at(*ends, id.as_str()));
        }
        let mut counts = Counts::read(self.tx, consumer, subject).await?;
        counts.facts = counts.facts.saturating_sub(1);
        counts.write(self.tx, consumer, subject)?;
        self.told_by(&fact.consent, id, None).await
    }

    /// Puts `instead` in the place of a fact of a consent, or nothing. By which nothing is told any more, is forgotten.
    async fn told_by(self, consent: &str, id: &FactId, instead: Option<&FactId>) -> Result<(), FeedError> {
        let place = places::consent(consent);
        let Some(mut kept) = self.books.read::<Consent>(self.tx, &place).await? else { return Ok(()) };
        kept.facts.retain(|fact| fact != id);
        kept.facts.extend(instead.cloned());
        if kept.facts.is_empty() {
            self.tx.clear(place);
            return Ok(());
        }
        self.books.write(self.tx, &place, &kept)
    }

    /// What a list says of a fact that rests on it.
    pub(super) async fn listed(self, id: &FactId, value: StatusValue) -> Result<(), FeedError> {
        let Some(fact) = self.fact(id).await? else { return Ok(()) };
        match value {
            StatusValue::INVALID => self.retract(id, Why::Revoked).await.map(|_| ()),
            StatusValue::VALID if fact.suspended => self.reassert(id, fact).await,
            StatusValue::VALID => Ok(()),
            // What else a list may say is not that it is valid.
            _ if fact.suspended => Ok(()),
            _ => {
                self.say(&fact, What::Retracted(id.clone(), Why::Suspended)).await?;
                let fact = Fact { suspended: true, list_unseen: false, signer_unseen: false, ..fact };
                self.books.write(self.tx, &places::fact(id), &fact)?;
                self.rest(id, &fact)
            }
        }
    }

    /// Asserts again what was suspended: under another name, since what was retracted never comes back.
    async fn reassert(self, id: &FactId, fact: Fact) -> Result<(), FeedError> {
        let name = places::claim(id);
        let stored = self.tx.get(&name).await?.ok_or(SealBroken)?;
        let sealed = str::from_utf8(&stored).map_err(|_| SealBroken)?;
        let What::Asserted(claim) = FactEvent::open(&name, sealed, self.books.keys)?.what else {
            return Err(SealBroken.into());
        };
        let renamed = FactId::new(random_id::<32>(self.books.entropy)).map_err(|_| SealBroken)?;
        self.told_by(&fact.consent, id, Some(&renamed)).await?;
        self.forget(id, &fact).await?;
        let claim = What::Asserted(claim.renamed(renamed));
        let event = FactEvent { subject: fact.subject.clone(), sequence: 1, at: self.now, what: claim };
        let fact = Fact { suspended: false, list_unseen: false, signer_unseen: false, ..fact };
        self.assert(&fact, event).await
    }

    /// What a fact rests on has not been seen for too long, or is seen again.
    pub(super) async fn seen(self, id: &FactId, on: On, unseen: bool) -> Result<(), FeedError> {
        let Some(mut fact) = self.fact(id).await?.filter(|fact| !fact.suspended) else { return Ok(()) };
        let before = fact.is_unconfirmed();
        match on {
            On::List => fact.list_unseen = unseen,
            On::Signer => fact.signer_unseen = unseen,
        }
        match (before, fact.is_unconfirmed()) {
            (false, true) => self.say(&fact, What::Unconfirmed(id.clone())).await?,
            (true, false) => self.say(&fact, What::Confirmed(id.clone())).await?,
            _ => {}
        }
        self.books.write(self.tx, &places::fact(id), &fact)
    }
}
