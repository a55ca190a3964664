//! An answer to a consumer's question: what the verdict proves of what was sought becomes facts, in the commit that takes the answer.
//!
//! Each fact is kept with what it rests on. What a claim lacks or what is several is no fact; a verdict that refuses makes none. The
//! wallet is told how its holder takes the consent back.

use jigap_wallet_core::facts::{FactEvent, FactId, VerifiedClaim, What};
use jigap_wallet_core::ports::{StoreLimits, Tx, transact};
use jigap_wallet_core::sealing::{SealBroken, random_id};
use jigap_wallet_core::time::Timestamp;
use jigap_wallet_core::verdict::Verdict;
use jigap_wallet_core::vp::{FeedConsent, PostAnswer, Withdrawal};
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::value::RawValue;

use super::places::Due;
use super::records::{Books, Consent, Counts, Fact, Request, Source, list_place, signer_place};
use super::turn::Turn;
use super::{Feed, FeedError, places};
use crate::session::{self, Answer, Question};
use crate::verifier::{Outcome, Taken, Verifier, VerifierError};

/// Most facts that are kept of one subject.
const MOST_OF_ONE: usize = 512;
const _: () = assert!(MOST_OF_ONE < StoreLimits::VALUE);

/// A fact to be told, with what it rests on.
pub(super) struct Found {
    pub(super) fact: Fact,
    pub(super) claim: FactEvent,
}

impl Verifier {
    /// Takes an answer to a consumer's question.
    pub(crate) async fn take_facts(
        &self,
        id: &str,
        question: &Question,
        (verdict, answer): (&Verdict, Answer),
    ) -> Result<Taken, VerifierError> {
        let feed = self.feed.as_deref().ok_or(VerifierError::Internal("there is no feed any more"))?;
        let authorization = question.sent.authorization()?;
        let consent =
            authorization.as_ref().ok_or(VerifierError::Internal("a feed without a consent"))?.consent();
        let consumer = feed.consumer(&consent.consumer);
        let found = match consumer.filter(|_| verdict.accepted()) {
            Some(consumer) => feed.found(verdict, consent, (&consumer.place, id), self.clock.now())?,
            None => Vec::new(),
        };
        // Nobody asks for the claims: they are told as facts, or not at all.
        let answer = Answer { claims: RawValue::NULL.to_owned(), ..answer };
        let sealed = session::seal_answer(id, &answer, &self.record_keys, &self.entropy)?;
        let told = feed.take((id, &sealed), &found, self.clock.now()).await?;
        if told {
            feed.tell();
            feed.bell.look();
        }
        let withdrawal = told.then(|| self.withdrawal(feed, id)).transpose()?;
        let post = PostAnswer { withdrawal, ..PostAnswer::default() };
        let outcome = if verdict.accepted() { Outcome::Accepted } else { Outcome::Refused };
        Ok(Taken { post, outcome, offer: None })
    }

    /// How the holder takes back what they agreed to by answering session `id`.
    fn withdrawal(&self, feed: &Feed, id: &str) -> Result<Withdrawal, VerifierError> {
        let uri = self.address(&format!("v1/feed/consents/{id}"))?;
        Ok(Withdrawal { uri, token: feed.withdrawal_token(id) })
    }
}

impl Feed {
    /// What a verdict proves of what a holder let be told.
    fn found(
        &self,
        verdict: &Verdict,
        consent: &FeedConsent,
        (consumer, request): (&str, &str),
        now: Timestamp,
    ) -> Result<Vec<Found>, SealBroken> {
        let subject = self.subject(&consent.consumer, &consent.bound_to)?;
        let mut all = Vec::new();
        for (position, credential) in verdict.credentials().iter().enumerate() {
            let sought = credential.query_id().and_then(|id| consent.facts.get(id));
            let Some(backing) = credential.backing() else { continue };
            for sought in sought.into_iter().flatten() {
                let id = FactId::new(random_id::<32>(&*self.entropy)).map_err(|_| SealBroken)?;
                let named = (id, subject.clone());
                let claim = VerifiedClaim::found(verdict, position, sought, named, backing.ends);
                let Some(claim) = claim.filter(|claim| !claim.has_ended(now)) else { continue };
                let fact = Fact {
                    consumer: consumer.to_owned(),
                    subject: subject.clone(),
                    consent: request.to_owned(),
                    backing: backing.clone(),
                    ends: claim.valid_until,
                    suspended: false,
                    list_unseen: false,
                    signer_unseen: false,
                };
                let what = What::Asserted(claim);
                let claim = FactEvent { subject: subject.clone(), sequence: 1, at: now, what };
                all.push(Found { fact, claim });
            }
        }
        Ok(all)
    }

    /// Takes the answer to session `id` and tells what was found, in one commit. Says whether anything was told.
    async fn take(
        &self,
        (id, sealed): (&str, &str),
        found: &[Found],
        now: Timestamp,
    ) -> Result<bool, FeedError> {
        session::settled(|| {
            transact(&*self.store, |tx| async move {
                if !session::record_answer(&tx, id, (sealed, None), now).await? {
                    // By a try before, whose outcome was not known.
                    return Ok(!found.is_empty());
                }
                self.keep(&tx, id, found, now).await
            })
        })
        .await
    }

    /// Keeps what was found in session `id`, and tells it. Says whether there is anything.
    pub(super) async fn keep(
        &self,
        tx: &Tx,
        id: &str,
        found: &[Found],
        now: Timestamp,
    ) -> Result<bool, FeedError> {
        let Some(Found { fact, .. }) = found.first() else { return Ok(false) };
        let (books, place) = (self.books(), places::request(id));
        let Some(request) = books.read::<Request>(tx, &place).await? else { return Ok(false) };
        let counts = Counts::read(tx, &fact.consumer, &fact.subject).await?;
        if counts.facts as usize + found.len() > MOST_OF_ONE {
            return Ok(false);
        }
        let turn = Turn { tx, books, now };
        for Found { fact, claim } in found {
            let signer = &fact.backing.signer;
            let at = signer_place(books.keys, signer);
            rest_on((tx, books), (&places::signer(&at), Due::Signer, &at), signer, now).await?;
            if let Some(place) = &fact.backing.place {
                let at = list_place(books.keys, &place.list);
                rest_on((tx, books), (&places::list(&at), Due::List, &at), &place.list, now).await?;
            }
            turn.assert(fact, claim.clone()).await?;
        }
        let facts = found.iter().map(|found| found.claim.what.fact().clone()).collect();
        books.write(tx, &places::consent(id), &Consent { at: now, facts })?;
        books.write(tx, &place, &Request { accepted: true, ..request })?;
        Ok(true)
    }

    /// What opens the withdrawal of a consent.
    pub(super) fn withdrawal_token(&self, id: &str) -> String {
        self.keys.derive("feed withdrawal", id)
    }

    pub(super) fn is_withdrawal_token(&self, id: &str, token: &str) -> bool {
        self.keys.is_derived_as("feed withdrawal", id, token)
    }
}

/// Notes that a fact rests on a list or signer that a verdict found sound: it is looked at soon.
async fn rest_on<T: Clone + Serialize + DeserializeOwned>(
    (tx, books): (&Tx, Books<'_>),
    (place, due, id): (&str, Due, &str),
    of: &T,
    now: Timestamp,
) -> Result<(), FeedError> {
    let source = match books.read::<Source<T>>(tx, place).await? {
        None => Source::new(of.clone(), now),
        Some(mut source) => {
            tx.clear(due.at(source.due, id));
            source.wanted += 1;
            source.due = source.due.min(now);
            if source.doubted {
                // The others that rest on it stay unconfirmed until it is seen; this one begins anew.
                (source.doubted, source.seen) = (false, now);
            }
            source
        }
    };
    tx.set(due.at(source.due, id), b"");
    books.write(tx, place, &source)
}
