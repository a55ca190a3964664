//! Offers: a registrar says who gets what; the wallet gets a link with a pre-authorized code (OpenID4VCI 1.0 §4.1).
//!
//! The code is derived, not stored; the transaction code is stored as a keyed hash with the tries left; the claims are
//! sealed, in pieces beside the offer. Five wrong transaction codes lock the offer (OpenID4VCI 1.0 §13.6, "Transaction Code").

use jigap_keys::Entropy;
use jigap_wallet_core::pieces;
use jigap_wallet_core::ports::{Store, StoreError, Tx, transact};
use jigap_wallet_core::time::{Seconds, Timestamp};
use jigap_wallet_core::vci::dpop::Proven;
use jigap_wallet_core::verdict::Refusal;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use crate::dpop;
use crate::issuance::{self, Change};
use crate::places::Places;
use crate::refresh::{self, Refresh};
use crate::stored::{self, Stored};
use crate::token::TOKEN_LIFETIME;
use jigap_wallet_core::sealing::{
    RecordKeys, SealBroken, fingerprint, is_random_id, random_digits, random_id,
};

/// Wrong transaction codes before an offer is locked.
pub const MAX_TRIES: u8 = 5;
/// Digits of a transaction code.
pub const TX_CODE_DIGITS: usize = 6;
/// How often it is looked whether a commit happened, before the wallet is told to try again.
const MAX_LOOKS: usize = 3;
/// Version of the stored form.
const VERSION: u8 = 1;

/// Where an offer stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum OfferState {
    /// Waits for a wallet.
    Open,
    /// Its code was exchanged for a token.
    Redeemed,
    /// Too many wrong transaction codes.
    Locked,
    /// The registrar suspended or revoked what came of it, or the person: nothing more is issued from it.
    Withdrawn,
}

/// Where an offer stands, as its registrar is told.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "kebab-case")]
pub enum OfferStanding {
    /// Waits for a wallet, until it ends.
    Open,
    /// A wallet has taken it.
    Redeemed,
    /// Too many wrong transaction codes.
    Locked,
    /// Nothing is issued from it until it is reinstated.
    Suspended,
    /// Revoked: nothing more is issued from it.
    Withdrawn,
}

/// The stored form of an offer.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Offer {
    version: u8,
    /// The credential configuration that is offered.
    pub(crate) configuration: String,
    pub(crate) state: OfferState,
    /// Of an offer that is withdrawn by a suspension: what it is again when that is lifted. An earlier version takes it for one
    /// that was revoked.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    suspended_from: Option<OfferState>,
    pub(crate) expires: Timestamp,
    tx_code: Option<String>,
    tries_left: u8,
    /// What was issued from it: several where the wallet lost an answer and asked again.
    pub(crate) issuances: Vec<String>,
    /// Keyed hash of the registrar's key for the person, if given: the offer stands under it too.
    person: Option<String>,
    /// How many pieces the sealed [`Subject`] has; 0: nothing more can be issued, so it was forgotten.
    pieces: usize,
    /// How long after it was taken it is refreshed, where its own.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) refresh: Option<Seconds>,
    /// Offers of which nothing is refreshed any more once this one is taken.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    replaces: Vec<String>,
    /// Of an offer for a verdict: until when it counts for what was shown, if it is taken. Its record stays as long.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    counts_until: Option<Timestamp>,
}

/// An offer that was not stored yet.
pub(crate) struct Prepared {
    pub(crate) offer: Offer,
    pub(crate) made: MadeOffer,
    /// Sealed [`Subject`].
    sealed: String,
}

/// Whom an offer is about. Personal data: sealed at rest, never logged.
#[derive(Clone, Serialize, Deserialize)]
pub(crate) struct Subject {
    /// The claims to be issued, valid by the type's schema.
    pub(crate) claims: Map<String, Value>,
    /// The registrar's own key for the person. Not stored before there were entry logs.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) reference: Option<String>,
}

/// What a registrar asks for.
pub struct NewOffer {
    /// The credential configuration.
    pub configuration: String,
    /// The claims, checked by the type's schema before.
    pub claims: Map<String, Value>,
    /// The registrar's own key for the person, to find their credentials later.
    pub reference: Option<String>,
    /// Whether the wallet must give a transaction code, told to the person on another way.
    pub with_tx_code: bool,
    /// How long the offer lasts.
    pub lifetime: Seconds,
    /// How long after it was taken it is refreshed, where that is not as the tenant's configuration says.
    pub refresh: Option<Seconds>,
}

/// What the registrar gets, once. The codes are secrets: no `Debug`.
#[derive(Clone, Serialize, Deserialize)]
pub struct MadeOffer {
    /// The offer's id.
    pub id: String,
    /// The pre-authorized code.
    pub code: String,
    /// The transaction code, to be told to the person on another way than the link.
    pub tx_code: Option<String>,
    /// When the offer ends.
    pub expires: Timestamp,
}

/// Why a code is not exchanged. All but `Store` and `Seal` are OAuth's `invalid_grant`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum RedeemError {
    /// No such code, or it was used: the wallet's fault.
    #[error("the pre-authorized code is unknown or was used")]
    UnknownCode,
    /// The offer ended.
    #[error("the offer has ended")]
    Expired,
    /// The offer wants a transaction code and none came, or the other way round: `invalid_request`.
    #[error("a transaction code is missing or was not asked for")]
    TxCodeMismatch,
    /// The transaction code is wrong.
    #[error("the transaction code is wrong")]
    WrongTxCode,
    /// Too many wrong transaction codes.
    #[error("the offer is locked after too many wrong transaction codes")]
    Locked,
    /// The DPoP proof was used: `invalid_dpop_proof`.
    #[error(transparent)]
    Proof(#[from] Refusal),
    /// Our own record cannot be opened.
    #[error(transparent)]
    Seal(#[from] SealBroken),
    /// The store failed.
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl Stored for Offer {
    const KIND: &'static str = "offer";
    const VERSION: u8 = VERSION;

    fn version(&self) -> u8 {
        self.version
    }
}

impl Offer {
    /// Prepares an offer and what the registrar is told. Nothing is stored yet.
    pub(crate) fn prepare(
        new: NewOffer,
        keys: &RecordKeys,
        now: Timestamp,
        entropy: &dyn Entropy,
    ) -> Result<Prepared, SealBroken> {
        let id = random_id::<16>(entropy);
        let tx_code = new.with_tx_code.then(|| random_digits(TX_CODE_DIGITS, entropy));
        let person = new.reference.as_ref().map(|reference| keys.derive("person", reference));
        let subject = Subject { claims: new.claims, reference: new.reference };
        let offer = Self {
            version: VERSION,
            configuration: new.configuration,
            state: OfferState::Open,
            suspended_from: None,
            expires: now.plus(new.lifetime),
            tx_code: tx_code.as_ref().map(|code| keys.derive("tx_code", &format!("{id}|{code}"))),
            tries_left: MAX_TRIES,
            issuances: Vec::new(),
            person,
            pieces: 0,
            refresh: new.refresh,
            replaces: Vec::new(),
            counts_until: None,
        };
        let sealed = keys.seal(&format!("offer/{id}"), &subject, entropy)?;
        let made = MadeOffer { code: code_of(&id, keys), id, tx_code, expires: offer.expires };
        Ok(Prepared { offer, made, sealed })
    }

    pub(crate) async fn read(tx: &Tx, id: &str, places: &Places) -> Result<Option<Self>, RedeemError> {
        if !is_random_id::<16>(id) {
            return Ok(None);
        }
        let stored = tx.get(places.offer(id)).await?;
        Ok(stored.map(|bytes| stored::read(&bytes)).transpose()?)
    }

    /// Whom the offer is about.
    pub(crate) async fn subject(
        &self,
        tx: &Tx,
        (id, places): (&str, &Places),
        keys: &RecordKeys,
    ) -> Result<Subject, RedeemError> {
        keys.open_pieces(tx, (&places.subject(id), self.pieces), &format!("offer/{id}")).await
    }

    /// Whether its registrar said whose it is.
    pub(crate) const fn is_of_somebody(&self) -> bool {
        self.person.is_some()
    }

    /// Whether the wallet must give a transaction code.
    pub(crate) fn wants_tx_code(&self) -> bool {
        self.tx_code.is_some()
    }

    /// Judges a redemption and changes the state accordingly; the caller stores it whatever comes out.
    fn redeem(
        &mut self,
        id: &str,
        tx_code: Option<&str>,
        keys: &RecordKeys,
        now: Timestamp,
    ) -> Result<(), RedeemError> {
        match self.state {
            OfferState::Redeemed | OfferState::Withdrawn => return Err(RedeemError::UnknownCode),
            OfferState::Locked => return Err(RedeemError::Locked),
            OfferState::Open if now >= self.expires => return Err(RedeemError::Expired),
            OfferState::Open => {}
        }
        match (&self.tx_code, tx_code) {
            (None, None) => {}
            (Some(expected), Some(given)) => {
                let right = keys.is_derived_as("tx_code", &format!("{id}|{given}"), expected);
                if !right {
                    return Err(self.count_wrong_try());
                }
            }
            _ => return Err(RedeemError::TxCodeMismatch),
        }
        self.state = OfferState::Redeemed;
        Ok(())
    }

    fn count_wrong_try(&mut self) -> RedeemError {
        self.tries_left = self.tries_left.saturating_sub(1);
        if self.tries_left > 0 {
            return RedeemError::WrongTxCode;
        }
        self.state = OfferState::Locked;
        RedeemError::Locked
    }

    /// Does to the offer what is done to what came of it: nothing more comes of one that is suspended or revoked, and one
    /// whose suspension is lifted is what it was before.
    pub(crate) fn turn(&mut self, change: Change) {
        match (change, self.state) {
            (Change::Revoke, _) => (self.state, self.suspended_from) = (OfferState::Withdrawn, None),
            (Change::Suspend, OfferState::Withdrawn) => {}
            (Change::Suspend, state) => {
                (self.state, self.suspended_from) = (OfferState::Withdrawn, Some(state));
            }
            (Change::Reinstate, state) => self.state = self.suspended_from.take().unwrap_or(state),
        }
    }

    /// Ends it where nobody took it.
    pub(crate) fn expire(
        mut self,
        tx: &Tx,
        (id, places): (&str, &Places),
        now: Timestamp,
    ) -> Result<(), SealBroken> {
        self.expires = self.expires.min(now);
        self.rewrite(tx, id, places)
    }

    /// Nothing is refreshed any more of those that this one takes the place of.
    async fn end_replaced(&self, tx: &Tx, places: &Places, now: Timestamp) -> Result<(), RedeemError> {
        for id in &self.replaces {
            if let Some(replaced) = Self::read(tx, id, places).await? {
                refresh::end(tx, places, (id, &replaced), now).await?;
            }
        }
        Ok(())
    }

    /// Where it stands.
    pub(crate) fn standing(&self) -> OfferStanding {
        match self.state {
            OfferState::Open => OfferStanding::Open,
            OfferState::Redeemed => OfferStanding::Redeemed,
            OfferState::Locked => OfferStanding::Locked,
            OfferState::Withdrawn if self.suspended_from.is_some() => OfferStanding::Suspended,
            OfferState::Withdrawn => OfferStanding::Withdrawn,
        }
    }

    /// Until when it counts for a credential that was shown; one that nobody took does not.
    fn counts(&self) -> Option<Timestamp> {
        self.counts_until.filter(|_| !matches!(self.state, OfferState::Open | OfferState::Locked))
    }

    /// Forgets, once the offer has ended and no token of it lives: all of an offer that led to nothing; of another the code
    /// and whom it was about, until the last credential that came of it has ended too, and it counts no more for what was shown. One
    /// that may be refreshed is kept as long.
    pub(crate) async fn forget(
        tx: &Tx,
        id: &str,
        (keys, places): (&RecordKeys, &Places),
        now: Timestamp,
    ) -> Result<(), StoreError> {
        let mut offer = match Self::read(tx, id, places).await {
            Ok(Some(offer)) => offer,
            Err(RedeemError::Store(error)) => return Err(error),
            // What cannot be read is not forgotten: that is for whoever looks after the store.
            Ok(None) | Err(_) => return Ok(()),
        };
        tx.clear(places.code(&fingerprint(&code_of(id, keys))));
        match Refresh::lasts::<RedeemError>(tx, id, places).await {
            Ok(Some(until)) if now < until => {
                tx.set(places.ending(until, &places.offer(id)), b"");
                return Ok(());
            }
            Ok(_) => tx.clear(places.refresh(id)),
            Err(RedeemError::Store(error)) => return Err(error),
            Err(_) => return Ok(()),
        }
        pieces::clear(tx, places.subject(id), offer.pieces);
        offer.pieces = 0;
        match issuance::last_ends(tx, places, &offer.issuances).await?.max(offer.counts()) {
            // It can still be revoked, or is what `VS-07` counts.
            Some(ends) if now < ends => {
                tx.set(places.ending(ends, &places.offer(id)), b"");
                offer.rewrite(tx, id, places).map_err(|_| StoreError::Unavailable)
            }
            _ => {
                offer.issuances.iter().for_each(|issuance| tx.clear(places.issuance(issuance)));
                if let Some(person) = &offer.person {
                    tx.clear(places.person_offer(person, id));
                }
                tx.clear(places.offer(id));
                Ok(())
            }
        }
    }

    pub(crate) fn rewrite(&self, tx: &Tx, id: &str, places: &Places) -> Result<(), SealBroken> {
        tx.set(places.offer(id), serde_json::to_vec(self).map_err(|_| SealBroken)?);
        Ok(())
    }
}

impl Prepared {
    /// The same, which takes the place of these offers when it is taken, and counts until then.
    pub(crate) fn replacing(&self, replaces: Vec<String>, counts_until: Timestamp) -> Self {
        let offer = Offer { replaces, counts_until: Some(counts_until), ..self.offer.clone() };
        Self { offer, made: self.made.clone(), sealed: self.sealed.clone() }
    }

    /// Writes the offer, whom it is about, the way from its code to it, and when it ends.
    pub(crate) fn write(&self, tx: &Tx, keys: &RecordKeys, places: &Places) -> Result<(), SealBroken> {
        let id = &self.made.id;
        let pieces = pieces::write(tx, places.subject(id), self.sealed.as_bytes());
        let offer = Offer { pieces, ..self.offer.clone() };
        offer.rewrite(tx, id, places)?;
        if let Some(person) = &offer.person {
            tx.set(places.person_offer(person, id), b"");
        }
        tx.set(places.code(&fingerprint(&code_of(id, keys))), id);
        // A token of its last second may still be used.
        tx.set(places.ending(offer.expires.plus(TOKEN_LIFETIME), &places.offer(id)), b"");
        Ok(())
    }
}

/// Redeems a pre-authorized code once: counts a wrong transaction code durably, and lets `then` write what the
/// redemption brings in the same commit, a record under the fresh name `mark` among it.
///
/// Where the store does not say whether it committed, `mark` tells: the next try either finds it, or redeems the code in a
/// transaction with which the first, should it still come, conflicts. So a code gives one token, which its wallet gets. (A
/// wrong transaction code may count twice then.)
pub(crate) async fn redeem(
    store: &dyn Store,
    places: &Places,
    keys: &RecordKeys,
    given: (&str, Option<&str>, Option<&Proven>),
    now: Timestamp,
    (mark, then): (&str, &impl Fn(&Tx, &str, &Offer) -> Result<(), RedeemError>),
) -> Result<(), RedeemError> {
    let mut outcome = redeem_once(store, places, keys, given, now, (None, then)).await;
    for _ in 0..MAX_LOOKS {
        if outcome != Err(RedeemError::Store(StoreError::Unknown)) {
            break;
        }
        outcome = redeem_once(store, places, keys, given, now, (Some(mark), then)).await;
    }
    outcome
}

/// One try; with `mark`, after one whose fate is unknown.
async fn redeem_once(
    store: &dyn Store,
    places: &Places,
    keys: &RecordKeys,
    (code, tx_code, proven): (&str, Option<&str>, Option<&Proven>),
    now: Timestamp,
    (mark, then): (Option<&str>, &impl Fn(&Tx, &str, &Offer) -> Result<(), RedeemError>),
) -> Result<(), RedeemError> {
    let outcome: Result<Result<(), RedeemError>, RedeemError> = transact(store, |tx| async move {
        if let Some(mark) = mark
            && tx.get(mark).await?.is_some()
        {
            return Ok(Ok(()));
        }
        let id = tx.get(places.code(&fingerprint(code))).await?.ok_or(RedeemError::UnknownCode)?;
        let id = String::from_utf8(id).map_err(|_| SealBroken)?;
        let mut offer = Offer::read(&tx, &id, places).await?.ok_or(RedeemError::UnknownCode)?;
        let judged = offer.redeem(&id, tx_code, keys, now);
        // A refusal is stored too: a wrong transaction code must count even though the caller gets an error.
        offer.rewrite(&tx, &id, places)?;
        match judged {
            Ok(()) => {
                dpop::use_up::<RedeemError>(&tx, places, proven).await?;
                offer.end_replaced(&tx, places, now).await?;
                Ok(Ok(then(&tx, &id, &offer)?))
            }
            Err(refusal) => Ok(Err(refusal)),
        }
    })
    .await;
    outcome?
}

/// The pre-authorized code of an offer: derived with the tenant's key, so that no store holds it.
pub(crate) fn code_of(id: &str, keys: &RecordKeys) -> String {
    keys.derive("pre-authorized code", id)
}
