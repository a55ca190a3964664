//! Issuances: which copies a wallet got, where their status stands, and what became of them.
//!
//! One request gives a batch: each copy has its own holder key and its own status entry. What a request needs (nonce,
//! grant, entries) is taken in one commit; signing comes after it, so a crash in between loses only entries. A wallet
//! that lost the answer asks again with a fresh nonce: the copies it never acknowledged are revoked in the same commit; a
//! tenant may also have them revoked when their wallet did not come back in time.
//! Once they are acknowledged, suspended or revoked, the grant gives nothing more; and what a registrar suspends or
//! revokes withdraws the offer it came from, so that no open offer or living token brings it back: until a suspension is lifted.

use jigap_keys::Entropy;
use jigap_wallet_core::claims::ClaimPath;
use jigap_wallet_core::ports::{Store, StoreError, Tx, transact};
use jigap_wallet_core::status::StatusValue;
use jigap_wallet_core::time::{Seconds, Timestamp};
use jigap_wallet_core::vci::dpop::Proven;
use jigap_wallet_core::verdict::Refusal;
use serde::{Deserialize, Serialize};

use crate::dpop;
use crate::dsub::Record;
use crate::offer::{Offer, OfferStanding, OfferState, RedeemError, Subject};
use crate::places::Places;
use crate::refresh::{self, MAX_LIVE, Refresh, RefreshRules};
use crate::status::{self, AllocateError, Place};
use crate::stored::{self, Stored};
use crate::token::Grant;
use crate::types::PassForm;
use jigap_wallet_core::sealing::{RecordKeys, SealBroken, is_random_id, random_id};

const VERSION: u8 = 1;
/// How often one offer is issued from: a wallet that lost an answer asks again, and each time takes new status entries.
const MAX_ISSUANCES: usize = 16;

/// Where an issuance stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "kebab-case")]
pub enum IssuanceState {
    /// Signed and sent; the wallet has not said that it has them.
    Sent,
    /// The wallet has them.
    Accepted,
    /// The wallet has them; suspended for now.
    Suspended,
    /// Revoked for good.
    Revoked,
}

/// The stored form of an issuance.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Issuance {
    version: u8,
    /// The offer it came from.
    pub offer: String,
    /// The credential configuration.
    pub configuration: String,
    /// Where it stands.
    pub state: IssuanceState,
    /// When it was issued.
    pub issued_at: Timestamp,
    /// When what was issued has ended: until then it can be revoked.
    pub(crate) ends: Timestamp,
    /// The status entry of each copy.
    pub(crate) entries: Vec<Place>,
    /// Why it was last suspended, reinstated or revoked: the registrar's code.
    pub reason: Option<String>,
    /// The thumbprint of the key of a ticket or card.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    only_key: Option<String>,
    /// The digest of the points that were signed blindly.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    points: Option<String>,
}

/// What a credential request is signed from.
pub(crate) struct Allocated {
    pub(crate) notification: String,
    /// The offer that it comes of.
    pub(crate) offer: String,
    pub(crate) subject: Subject,
    pub(crate) entries: Vec<Place>,
    /// The list to be replaced, if it is crowded.
    pub(crate) crowded: Option<String>,
    /// When it ends at the latest.
    pub(crate) until: Option<Timestamp>,
}

impl Allocated {
    fn new(
        (notification, offer): (&str, String),
        subject: Subject,
        entries: Vec<Place>,
        crowded: Option<String>,
    ) -> Self {
        Self { notification: notification.to_owned(), offer, subject, entries, crowded, until: None }
    }
}

/// One credential request, its proofs verified.
pub(crate) struct Request<'a> {
    pub(crate) access_token: &'a str,
    /// The proof that came with it, whose key is the token's.
    pub(crate) proven: Option<&'a Proven>,
    pub(crate) configuration: &'a str,
    /// Id and expiry of the nonce all proofs carry.
    pub(crate) nonce: (&'a str, Timestamp),
    /// How many copies: one for each key.
    pub(crate) copies: usize,
    /// Whether each has a place in a status list.
    pub(crate) has_status: bool,
    /// When the last of them ends, unless a claim says when ([`PassForm::ends`]).
    pub(crate) ends: Timestamp,
    /// What is refreshed, and how often.
    pub(crate) refresh: &'a RefreshRules,
    /// Of a ticket or card, its form, and the thumbprint of the one key that it is for: whoever lost the answer gets it again for the
    /// same key, so that gates take the two for one.
    pub(crate) only: Option<(&'a PassForm, &'a str)>,
    /// Of points that are signed blindly, their digest: whoever asks again for the same is given the same, and is counted once.
    pub(crate) points: Option<&'a str>,
    /// Of a copy for a directory, the claims that tell records apart.
    pub(crate) scoped: Option<&'a [ClaimPath]>,
}

/// Why nothing is issued or changed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum IssuanceError {
    /// The access token is unknown or has ended: `invalid_token` (RFC 6750 §3.1).
    #[error("the access token is unknown or has ended")]
    InvalidToken,
    /// The token is for another configuration.
    #[error("the access token is not for this credential configuration")]
    OtherConfiguration,
    /// The wallet has what the grant gave, or the registrar withdrew it: `credential_request_denied`.
    #[error("nothing more is issued under this grant")]
    UsedUp,
    /// Not this, under this grant (DS-08): `credential_request_denied`.
    #[error("the grant does not give what was asked for")]
    NotGranted,
    /// Nothing for a directory, of this record (DS-07): `credential_request_denied`.
    #[error("the offer names no record")]
    NoRecord,
    /// Enough for today, of a grant that is refreshed: `credential_request_denied`.
    #[error("today's batches were given")]
    Share,
    /// The DPoP proof was used: `invalid_dpop_proof`.
    #[error(transparent)]
    Proof(#[from] Refusal),
    /// More is meant than one change may touch; nothing was changed.
    #[error("too many issuances for one change")]
    TooMany,
    /// The nonce was used: `invalid_nonce`.
    #[error("the nonce was used already")]
    UsedNonce,
    /// No such issuance or notification id.
    #[error("there is no such issuance")]
    Unknown,
    /// A revoked credential stays revoked.
    #[error("the credential was revoked for good")]
    RevokedForGood,
    /// Our own record cannot be read.
    #[error(transparent)]
    Seal(#[from] SealBroken),
    /// No status entry, or the store failed.
    #[error(transparent)]
    Allocate(#[from] AllocateError),
}

impl From<StoreError> for IssuanceError {
    fn from(error: StoreError) -> Self {
        Self::Allocate(AllocateError::Store(error))
    }
}

impl From<RedeemError> for IssuanceError {
    fn from(error: RedeemError) -> Self {
        match error {
            RedeemError::Store(error) => error.into(),
            RedeemError::Seal(error) => Self::Seal(error),
            RedeemError::Proof(refusal) => Self::Proof(refusal),
            _ => Self::InvalidToken,
        }
    }
}

/// Takes what `request` needs in one commit: the nonce, the grant, a status entry for each copy.
pub(crate) async fn allocate(
    store: &dyn Store,
    places: &Places,
    keys: &RecordKeys,
    request: &Request<'_>,
    now: Timestamp,
    entropy: &dyn Entropy,
) -> Result<Allocated, IssuanceError> {
    let (issuance, notification) = (&random_id::<16>(entropy), &random_id::<16>(entropy));
    transact(store, |tx| async move {
        let mut grant =
            Grant::read(&tx, request.access_token, places, now).await?.ok_or(IssuanceError::InvalidToken)?;
        if grant.configuration != request.configuration {
            return Err(IssuanceError::OtherConfiguration);
        }
        let mut offer = Offer::read(&tx, &grant.offer, places).await?.ok_or(IssuanceError::Unknown)?;
        if offer.state != OfferState::Redeemed {
            return Err(IssuanceError::UsedUp);
        }
        if let Some(issuance) = same_again(&tx, places, &grant, request).await? {
            use_nonce(&tx, places, request.nonce).await?;
            dpop::use_up::<IssuanceError>(&tx, places, request.proven).await?;
            tell(&tx, places, (notification, &issuance), &grant);
            let subject = offer.subject(&tx, (&grant.offer, places), keys).await?;
            return Ok(Allocated::new((notification, grant.offer), subject, Vec::new(), None));
        }
        let until = if grant.refreshed {
            count(&tx, places, (&grant.offer, &mut offer), request, now).await?
        } else if request.scoped.is_some() {
            return Err(IssuanceError::NotGranted);
        } else if offer.issuances.len() >= MAX_ISSUANCES {
            return Err(IssuanceError::UsedUp);
        } else {
            None
        };
        if let Some(previous) = grant.issuance.replace(issuance.clone()) {
            supersede(&tx, places, &previous, request).await?;
        }
        use_nonce(&tx, places, request.nonce).await?;
        dpop::use_up::<IssuanceError>(&tx, places, request.proven).await?;
        grant.write(&tx, request.access_token, places)?;
        offer.issuances.push(issuance.clone());
        offer.rewrite(&tx, &grant.offer, places)?;
        let subject = offer.subject(&tx, (&grant.offer, places), keys).await?;
        if let Some(apart) = request.scoped {
            Record::of(&subject, apart).map_err(|_| IssuanceError::NoRecord)?;
        }
        let ends = match request.only {
            None => until.map_or(request.ends, |until| until.min(request.ends)),
            // It can be revoked as long as it opens anything; what has ended is not issued.
            Some((form, _)) => {
                form.ends(&subject.claims).filter(|ends| now < *ends).ok_or(IssuanceError::UsedUp)?
            }
        };
        let list = status::current(&tx, places, entropy).await?;
        let wanted = (if request.has_status { request.copies } else { 0 }, issuance.as_str());
        let (entries, crowded) = status::allocate(&tx, places, &list, wanted, entropy).await?;
        let record = Issuance {
            version: VERSION,
            offer: grant.offer.clone(),
            configuration: grant.configuration.clone(),
            state: IssuanceState::Sent,
            issued_at: now,
            ends,
            entries: entries.clone(),
            reason: None,
            only_key: request.only.map(|(_, key)| key.to_owned()),
            points: request.points.map(str::to_owned),
        };
        record.write(&tx, places, issuance)?;
        tell(&tx, places, (notification, issuance), &grant);
        let crowded = crowded.then_some(list);
        Ok(Allocated { until, ..Allocated::new((notification, grant.offer), subject, entries, crowded) })
    })
    .await
}

/// Remembers what a wallet calls an issuance: the issuer is told only with the token.
fn tell(tx: &Tx, places: &Places, (notification, issuance): (&str, &str), grant: &Grant) {
    let notice = places.notification(notification);
    tx.set(places.ending(grant.expires, &notice), b"");
    tx.set(notice, issuance);
}

/// The issuance that the grant gave last, if it was of the very points that are asked for now, and would be again: nothing new comes
/// of it.
async fn same_again(
    tx: &Tx,
    places: &Places,
    grant: &Grant,
    request: &Request<'_>,
) -> Result<Option<String>, IssuanceError> {
    let (Some(id), Some(points)) = (&grant.issuance, request.points) else { return Ok(None) };
    let last = Issuance::read(tx, places, id).await?;
    let is_same = |last: &Issuance| {
        last.points.as_deref() == Some(points)
            && last.ends == request.ends
            && last.state == IssuanceState::Sent
    };
    Ok(last.filter(is_same).map(|_| id.clone()))
}

/// Counts a batch of a grant that is refreshed, and forgets those of its offer that have ended: what a change of a registrar
/// touches stays bounded. Says when what it gives ends at the latest.
async fn count(
    tx: &Tx,
    places: &Places,
    (id, offer): (&str, &mut Offer),
    request: &Request<'_>,
    now: Timestamp,
) -> Result<Option<Timestamp>, IssuanceError> {
    let refresh = Refresh::read::<IssuanceError>(tx, id, places).await?;
    let mut refresh = refresh.ok_or(IssuanceError::InvalidToken)?;
    let until = refresh.until(request.scoped.is_some()).map_err(|_| IssuanceError::NotGranted)?;
    if until.is_some_and(|until| until <= now) {
        return Err(IssuanceError::UsedUp);
    }
    refresh.count(request.refresh, now).map_err(|_| IssuanceError::Share)?;
    refresh.write(tx, places, id)?;
    let mut live = Vec::with_capacity(offer.issuances.len());
    for issuance in std::mem::take(&mut offer.issuances) {
        match Issuance::read(tx, places, &issuance).await? {
            Some(record) if now < record.ends => live.push(issuance),
            _ => tx.clear(places.issuance(&issuance)),
        }
    }
    offer.issuances = live;
    if offer.issuances.len() < MAX_LIVE { Ok(until) } else { Err(IssuanceError::UsedUp) }
}

/// When the last of `issuances` ends; `None` if there is none.
pub(crate) async fn last_ends(
    tx: &Tx,
    places: &Places,
    issuances: &[String],
) -> Result<Option<Timestamp>, StoreError> {
    let mut last = None;
    for id in issuances {
        match Issuance::read(tx, places, id).await {
            Ok(record) => last = last.max(record.map(|record| record.ends)),
            Err(IssuanceError::Allocate(AllocateError::Store(error))) => return Err(error),
            // What cannot be read is never over.
            Err(_) => return Ok(Some(Timestamp::from_unix(i64::MAX))),
        }
    }
    Ok(last)
}

/// When the last of all that the tenant issued ends; `None` if nothing counts any more. Reads every issuance, a page at a
/// time: for an operator's command, not for requests.
pub(crate) async fn last_of_all(
    store: &dyn Store,
    places: &Places,
) -> Result<Option<Timestamp>, IssuanceError> {
    const PAGE: usize = 1000;
    let (mut range, mut last) = (places.issuances(), None);
    loop {
        let page = store.begin().await?.range(&range, PAGE).await?;
        for (_, bytes) in &page {
            last = last.max(Some(stored::read::<Issuance>(bytes)?.ends));
        }
        match page.into_iter().nth(PAGE - 1) {
            Some((key, _)) => range.start = [key.as_slice(), &[0]].concat(),
            None => return Ok(last),
        }
    }
}

/// What a wallet may say of its copies (OpenID4VCI 1.0 §11.1).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Notice {
    Accepted,
    /// `credential_failure`: the copies are of no use to anybody, and the wallet may ask again.
    Failed,
    /// `credential_deleted`: the copies are of no use to anybody.
    Deleted,
}

/// Why copies were revoked that a wallet could not keep.
const FAILED: &str = "wallet-failed";

/// Takes the notice of a wallet whose token came from `offer`: of that offer's copies alone. The same notice again
/// changes nothing.
pub(crate) async fn notify(
    store: &dyn Store,
    places: &Places,
    (offer, notification): (&str, &str),
    (notice, proven): (Notice, Option<&Proven>),
) -> Result<(), IssuanceError> {
    if !is_random_id::<16>(notification) {
        return Err(IssuanceError::Unknown);
    }
    transact(store, |tx| async move {
        let id = tx.get(places.notification(notification)).await?.ok_or(IssuanceError::Unknown)?;
        let id = String::from_utf8(id).map_err(|_| SealBroken)?;
        let record = Issuance::read(&tx, places, &id).await?;
        let mut record = record.filter(|record| record.offer == offer).ok_or(IssuanceError::Unknown)?;
        // What changes nothing leaves nothing behind, the proof's mark either.
        let changes = match notice {
            Notice::Accepted => record.state == IssuanceState::Sent,
            Notice::Failed | Notice::Deleted => record.state != IssuanceState::Revoked,
        };
        if !changes {
            return Ok(());
        }
        dpop::use_up::<IssuanceError>(&tx, places, proven).await?;
        match (notice, record.state) {
            (Notice::Accepted, _) => record.state = IssuanceState::Accepted,
            (notice, state) => {
                // What it had already and gives back was its last.
                let failed = notice == Notice::Failed && state == IssuanceState::Sent;
                let reason = if failed { FAILED } else { "wallet" };
                record.turn(&tx, places, IssuanceState::Revoked, reason).await?;
            }
        }
        Ok(record.write(&tx, places, &id)?)
    })
    .await
}

/// Looks at the notification id at `place` when its token has ended, or its wallet's time is up. `grace` after they were
/// issued, copies that no wallet acknowledged are revoked; without `grace` they stay, and the id alone is forgotten.
pub(crate) async fn end_notice(
    tx: &Tx,
    places: &Places,
    place: &str,
    (grace, now): (Option<Seconds>, Timestamp),
) -> Result<(), StoreError> {
    let id = tx.get(place).await?.and_then(|id| String::from_utf8(id).ok());
    if let (Some(id), Some(grace)) = (id, grace)
        && let Some(mut record) = Issuance::unacknowledged(tx, places, &id).await?
    {
        let until = record.issued_at.plus(grace);
        if now <= until {
            tx.set(places.ending(until, place), b"");
            return Ok(());
        }
        record.turn(tx, places, IssuanceState::Revoked, "unacknowledged").await?;
        record.write(tx, places, &id).map_err(|_| StoreError::Unavailable)?;
    }
    tx.clear(place);
    Ok(())
}

/// What a registrar may do to an issuance.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Change {
    /// Revoke for good.
    Revoke,
    /// Suspend.
    Suspend,
    /// Lift a suspension. What was revoked stays so.
    Reinstate,
}

/// Changes the status of all copies of the issuance `id` inside `tx`, with the registrar's `reason` code. Says with the
/// new state whether a status list tells verifiers. Its offer is for [`change_offer`].
pub(crate) async fn change(
    tx: &Tx,
    places: &Places,
    id: &str,
    change: Change,
    reason: &str,
) -> Result<(IssuanceState, bool), IssuanceError> {
    let mut record = Issuance::read(tx, places, id).await?.ok_or(IssuanceError::Unknown)?;
    let state = match (change, record.state) {
        (Change::Revoke, _) => IssuanceState::Revoked,
        (_, IssuanceState::Revoked) => return Err(IssuanceError::RevokedForGood),
        (Change::Suspend, _) => IssuanceState::Suspended,
        (Change::Reinstate, IssuanceState::Suspended) => IssuanceState::Accepted,
        // There is nothing to lift: what a wallet did not acknowledge yet it may still ask for again.
        (Change::Reinstate, state) => return Ok((state, record.is_published())),
    };
    record.turn(tx, places, state, reason).await?;
    record.write(tx, places, id)?;
    Ok((state, record.is_published()))
}

/// The offers made for a person, by the registrar's own reference. Refuses more than one change may touch, so that none
/// is passed over in silence.
pub(crate) async fn offers_of_person(
    tx: &Tx,
    places: &Places,
    keys: &RecordKeys,
    reference: &str,
) -> Result<Vec<String>, IssuanceError> {
    const MOST: usize = 1000;
    let range = places.offers_of(&keys.derive("person", reference));
    let found = tx.range(&range, MOST + 1).await?;
    if found.len() > MOST {
        return Err(IssuanceError::TooMany);
    }
    let id = |key: Vec<u8>| {
        key.rsplit(|byte| *byte == b'/').next().map(|id| String::from_utf8_lossy(id).into_owned())
    };
    Ok(found.into_iter().filter_map(|(key, _)| id(key)).collect())
}

/// Does `change` to an offer, whatever came of it: says where it stands then, whether a suspension of it was lifted, and which
/// issuances came of it.
pub(crate) async fn change_offer(
    tx: &Tx,
    places: &Places,
    id: &str,
    (change, now): (Change, Timestamp),
) -> Result<(OfferStanding, bool, Vec<String>), IssuanceError> {
    let mut offer = Offer::read(tx, id, places).await?.ok_or(IssuanceError::Unknown)?;
    let before = offer.standing();
    offer.turn(change);
    offer.rewrite(tx, id, places)?;
    if change == Change::Revoke {
        refresh::end(tx, places, (id, &offer), now).await?;
    }
    let lifted = before == OfferStanding::Suspended && change == Change::Reinstate;
    Ok((offer.standing(), lifted, offer.issuances))
}

impl Stored for Issuance {
    const KIND: &'static str = "issuance";
    const VERSION: u8 = VERSION;

    fn version(&self) -> u8 {
        self.version
    }
}

impl Issuance {
    pub(crate) async fn read(tx: &Tx, places: &Places, id: &str) -> Result<Option<Self>, IssuanceError> {
        let stored = tx.get(places.issuance(id)).await?;
        Ok(stored.map(|bytes| stored::read(&bytes)).transpose()?)
    }

    /// The issuance, if its wallet has not said that it has the copies. What cannot be read is for whoever looks after the
    /// store.
    pub(crate) async fn unacknowledged(
        tx: &Tx,
        places: &Places,
        id: &str,
    ) -> Result<Option<Self>, StoreError> {
        match Self::read(tx, places, id).await {
            Ok(record) => Ok(record.filter(|record| record.state == IssuanceState::Sent)),
            Err(IssuanceError::Allocate(AllocateError::Store(error))) => Err(error),
            Err(_) => Ok(None),
        }
    }

    fn write(&self, tx: &Tx, places: &Places, id: &str) -> Result<(), SealBroken> {
        tx.set(places.issuance(id), serde_json::to_vec(self).map_err(|_| SealBroken)?);
        Ok(())
    }

    /// Whether its copies have entries of a status list. Documents issued before there were lists for them have none.
    const fn is_published(&self) -> bool {
        !self.entries.is_empty()
    }

    /// Sets state, reason and the status entries that go with it.
    async fn turn(
        &mut self,
        tx: &Tx,
        places: &Places,
        state: IssuanceState,
        reason: &str,
    ) -> Result<(), StoreError> {
        let entry = match state {
            IssuanceState::Sent | IssuanceState::Accepted => StatusValue::VALID,
            IssuanceState::Suspended => StatusValue::SUSPENDED,
            IssuanceState::Revoked => StatusValue::INVALID,
        };
        status::set(tx, places, &self.entries, entry).await?;
        self.state = state;
        self.reason = Some(reason.to_owned());
        Ok(())
    }
}

/// Remembers a nonce as used, unless it was.
async fn use_nonce(tx: &Tx, places: &Places, (id, expires): (&str, Timestamp)) -> Result<(), IssuanceError> {
    let key = places.used_nonce(expires, id);
    if tx.get(&key).await?.is_some() {
        return Err(IssuanceError::UsedNonce);
    }
    tx.set(key, b"");
    Ok(())
}

/// Revokes what was sent and never acknowledged, unless its wallet said that it failed, which revoked it. Anything else that came
/// of the grant was its last, and so was what no status list tells of (see [`Issuance::is_published`]): nobody would learn that
/// it is revoked. A ticket or card is issued again for its own key alone: a gate learns of a revocation when it gets a new list, and
/// until then two keys would be two entries.
async fn supersede(tx: &Tx, places: &Places, id: &str, request: &Request<'_>) -> Result<(), IssuanceError> {
    let has_status = request.has_status;
    let mut record = Issuance::read(tx, places, id).await?.ok_or(IssuanceError::Unknown)?;
    if record.only_key.as_deref() != request.only.map(|(_, key)| key) {
        return Err(IssuanceError::UsedUp);
    }
    // Entry passes are never revoked: whoever lost them gets others, as whoever used them up would.
    let can_end = record.is_published() || !has_status;
    match record.state {
        IssuanceState::Sent if record.is_published() => {}
        IssuanceState::Sent if can_end => return Ok(()),
        IssuanceState::Revoked if can_end && record.reason.as_deref() == Some(FAILED) => return Ok(()),
        _ => return Err(IssuanceError::UsedUp),
    }
    record.turn(tx, places, IssuanceState::Revoked, "superseded").await?;
    Ok(record.write(tx, places, id)?)
}
