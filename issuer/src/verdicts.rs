//! Offers for what somebody showed to a verifier: a signed verdict comes in, an offer goes out, and no registrar has a hand in it
//! (docs/decisions/0018-issuing-from-a-shown-credential.md).
//!
//! Which verifiers and templates are taken, and what a fact of theirs is a claim of, stands in the tenant's configuration. A verdict
//! gives one offer, however often it comes ([`ONCE`]); a credential gives some in 28 days ([`SHARE`]), and each of them ends the one
//! before: there is one grant at a time. Who the person is, the issuer is not told, unless a template names them.

use std::collections::{BTreeMap, BTreeSet};

use jigap_keys::PublicKey;
use jigap_wallet_core::ports::{StoreError, Tx};
use jigap_wallet_core::sealing::SealBroken;
use jigap_wallet_core::time::{Seconds, Timestamp};
use jigap_wallet_core::verdict::signed::{AttestedVerdict, CONTENT, Fact, ONCE, SignedVerdict};
use jigap_wallet_core::verdict::{Check, Reason, Refusal};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use crate::idempotency::{IdempotencyError, Mutation};
use crate::offer::{MadeOffer, NewOffer, Offer, OfferStanding, RedeemError};
use crate::places::Places;
use crate::stored::{self, Stored};
use crate::tenant::{Tenant, World};

/// VS-07: not more than its share.
pub const SHARE: Check = Check::new(
    "VS-07",
    "for a credential that was shown no more offers are made in 28 days than the tenant's configuration allows, and none while the last of them is suspended or was revoked",
    "제출된 증명서 하나로는 28일 동안 기관의 설정이 허용하는 수만큼만 제안을 만들며, 마지막 제안이 정지되었거나 폐기되었으면 만들지 않습니다",
    "docs/decisions/0018-issuing-from-a-shown-credential.md",
);

const USED: Reason = Reason::new(
    "verdict-used",
    "its id was used for a verdict that says something else",
    "다른 내용의 판정에 이미 쓴 식별자입니다",
);
const NO_TEMPLATE: Reason = Reason::new(
    "verdict-template",
    "nothing is issued for such a template here",
    "이곳에서 발급에 쓰지 않는 템플릿입니다",
);
const OTHER_FACT: Reason = Reason::new(
    "verdict-facts",
    "it says what is not taken, or what the type has no place for",
    "받지 않기로 한 사실이나 증명서 종류에 맞지 않는 사실이 있습니다",
);
const ENOUGH: Reason = Reason::new(
    "verdict-share",
    "the offers of these days were made",
    "이 기간에 받을 수 있는 제안을 모두 만들었습니다",
);
const ENDED: Reason = Reason::new(
    "verdict-ended",
    "what was issued for it was suspended or revoked",
    "이 증명서로 발급한 것이 정지되었거나 폐기되었습니다",
);

/// How long an offer waits: its wallet has just asked for it.
pub const OFFER_LIFETIME: Seconds = Seconds(600);
/// In which offers for one credential are counted: as long as a generation of passes.
pub const PERIOD: Seconds = Seconds(28 * 86_400);
const VERSION: u8 = 1;

/// Which verdicts a tenant takes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct VerdictRules {
    /// The keys of verifiers, by their client identifiers.
    pub verifiers: BTreeMap<String, PublicKey>,
    /// What is issued, by the verifiers' names of templates.
    pub templates: BTreeMap<String, TakenTemplate>,
    /// How many offers a credential gives in [`PERIOD`].
    pub grants: usize,
    /// How long after its offer was taken a grant is refreshed: whether the credential still stands is not asked meanwhile.
    pub refresh: Seconds,
}

/// What is issued for a verdict on one question.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TakenTemplate {
    /// The credential configuration.
    pub configuration: String,
    /// The facts that are claims of the same name.
    pub claims: BTreeSet<String>,
    /// The fact, a text, that is the issuer's own key for the person.
    pub reference: Option<String>,
}

/// Why there is no offer.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum VerdictError {
    /// This tenant takes no verdicts: the caller's fault.
    #[error("this issuer takes no verdicts")]
    NotTaken,
    /// The verdict is none, or not one that is taken: the verifier's fault.
    #[error(transparent)]
    Refused(#[from] Refusal),
    /// What was issued for the credential was suspended or revoked.
    #[error("{0}")]
    Ended(Refusal),
    /// Enough was offered for the credential: not before so long.
    #[error("{0}")]
    Later(Refusal, Seconds),
    /// Our own record cannot be opened.
    #[error(transparent)]
    Seal(#[from] SealBroken),
    /// The store failed.
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl From<IdempotencyError> for VerdictError {
    fn from(error: IdempotencyError) -> Self {
        match error {
            IdempotencyError::OtherRequest => Self::Refused(ONCE.refuse(USED)),
            IdempotencyError::Seal(error) => Self::Seal(error),
            IdempotencyError::Store(error) => Self::Store(error),
        }
    }
}

impl From<RedeemError> for VerdictError {
    fn from(error: RedeemError) -> Self {
        match error {
            RedeemError::Store(error) => Self::Store(error),
            _ => Self::Seal(SealBroken),
        }
    }
}

impl Tenant {
    /// The verdict in this text, if a verifier that is known here signed it for this tenant now.
    pub fn attested(&self, world: &World, text: &str) -> Result<AttestedVerdict, VerdictError> {
        let rules = self.verdicts.as_ref().ok_or(VerdictError::NotTaken)?;
        let pinned = |verifier: &str| rules.verifiers.get(verifier);
        Ok(SignedVerdict::parse(text)?.verify(pinned, self.identifier.as_str(), world.clock.now())?)
    }

    /// The offer for a verdict: the same again for the same one.
    pub async fn offer_for(
        &self,
        world: &World,
        verdict: &AttestedVerdict,
    ) -> Result<MadeOffer, VerdictError> {
        let rules = self.verdicts.as_ref().ok_or(VerdictError::NotTaken)?;
        let (keys, places, now) = (&self.record_keys, &self.places(), world.clock.now());
        let new = self.wanted(rules, verdict)?;
        let prepared = &Offer::prepare(new, keys, now, &world.entropy)?;
        let content = verdict.content();
        let caller = format!("verdict of {}", verdict.verifier());
        let mutation = Mutation { caller: &caller, key: verdict.id(), request: &content };
        self.once(world, &mutation, |tx| async move {
            let mut replaced = BTreeSet::new();
            for digest in verdict.shown() {
                let place = &places.shown(&keys.derive("shown", digest));
                let shown = Shown::read(&tx, place).await?.unwrap_or_default();
                let (shown, before) =
                    shown.given(&tx, places, (&prepared.made.id, rules.grants), now).await?;
                shown.write(&tx, (place, places), now)?;
                replaced.extend(before);
            }
            let replaced = replaced.into_iter().collect();
            prepared.replacing(replaced, now.plus(PERIOD)).write(&tx, keys, places)?;
            Ok(prepared.made.clone())
        })
        .await
    }

    /// What is to be offered for a verdict. Refuses (VS-06) a template or fact that is not taken.
    fn wanted(&self, rules: &VerdictRules, verdict: &AttestedVerdict) -> Result<NewOffer, Refusal> {
        let no_template = CONTENT.refuse(NO_TEMPLATE);
        let other_fact = CONTENT.refuse(OTHER_FACT);
        let taken = rules.templates.get(verdict.template()).ok_or(no_template)?;
        let issued = self.configurations.get(&taken.configuration).ok_or(no_template)?;
        let (mut claims, mut reference) = (Map::new(), None);
        for (name, fact) in verdict.facts() {
            match fact {
                Fact::Says(person) if taken.reference.as_ref() == Some(name) => {
                    reference = Some(person.clone())
                }
                fact if taken.claims.contains(name) => {
                    claims.insert(name.clone(), Value::from(fact.clone()));
                }
                _ => return Err(other_fact),
            }
        }
        // Without it nobody could find the person again, to revoke what they got.
        if taken.reference.is_some() && reference.is_none() {
            return Err(other_fact);
        }
        issued.check(&claims).map_err(|_| other_fact)?;
        Ok(NewOffer {
            configuration: taken.configuration.clone(),
            claims,
            reference,
            // The link goes to the wallet that showed the credential, by the connection on which it did.
            with_tx_code: false,
            lifetime: OFFER_LIFETIME,
            refresh: Some(rules.refresh),
        })
    }
}

/// What was offered for one credential, under a keyed digest of it.
#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct Shown {
    version: u8,
    /// The offers that count.
    given: Vec<Given>,
}

/// An offer that counts.
#[derive(Debug, Serialize, Deserialize)]
struct Given {
    at: Timestamp,
    offer: String,
    /// Whether it was seen to have been taken: then it counts although its own record is forgotten.
    taken: bool,
}

impl Default for Shown {
    fn default() -> Self {
        Self { version: VERSION, given: Vec::new() }
    }
}

impl Stored for Shown {
    const KIND: &'static str = "shown credential";
    const VERSION: u8 = VERSION;

    fn version(&self) -> u8 {
        self.version
    }
}

impl Shown {
    async fn read(tx: &Tx, place: &str) -> Result<Option<Self>, VerdictError> {
        Ok(tx.get(place).await?.map(|bytes| stored::read(&bytes)).transpose()?)
    }

    /// After `offer`, and the offers whose place that takes when it is taken. One that nobody took ends, and does not count.
    async fn given(
        self,
        tx: &Tx,
        places: &Places,
        (offer, most): (&str, usize),
        now: Timestamp,
    ) -> Result<(Self, Vec<String>), VerdictError> {
        let mut given = Vec::new();
        for mut one in self.given {
            let last = Offer::read(tx, &one.offer, places).await?;
            match last.as_ref().map(Offer::standing) {
                Some(OfferStanding::Suspended | OfferStanding::Withdrawn) => {
                    return Err(VerdictError::Ended(SHARE.refuse(ENDED)));
                }
                Some(OfferStanding::Redeemed) => one.taken = true,
                Some(OfferStanding::Open | OfferStanding::Locked) => {
                    if let Some(last) = last {
                        last.expire(tx, (&one.offer, places), now)?;
                    }
                }
                // Nobody took it, or it counts no more: the record of any other stays.
                None => {}
            }
            if one.taken && now < one.at.plus(PERIOD) {
                given.push(one);
            }
        }
        if given.len() >= most {
            let until = given.first().map_or(now, |first| first.at.plus(PERIOD));
            let wait = Seconds(u32::try_from(until.unix() - now.unix()).unwrap_or(PERIOD.0));
            return Err(VerdictError::Later(SHARE.refuse(ENOUGH), wait));
        }
        let replaced = given.iter().map(|one| one.offer.clone()).collect();
        given.push(Given { at: now, offer: offer.to_owned(), taken: false });
        Ok((Self { version: VERSION, given }, replaced))
    }

    fn write(&self, tx: &Tx, (place, places): (&str, &Places), now: Timestamp) -> Result<(), SealBroken> {
        tx.set(place, serde_json::to_vec(self).map_err(|_| SealBroken)?);
        tx.set(places.ending(now.plus(PERIOD), place), b"");
        Ok(())
    }

    /// Forgets what stands at `place`, if the last offer was made so long ago that it counts no more.
    pub(crate) async fn forget(tx: &Tx, place: &str, now: Timestamp) -> Result<(), StoreError> {
        let Some(bytes) = tx.get(place).await? else { return Ok(()) };
        // What cannot be read is not forgotten: that is for whoever looks after the store.
        let Ok(shown) = stored::read::<Self>(&bytes) else { return Ok(()) };
        if shown.given.iter().all(|one| now >= one.at.plus(PERIOD)) {
            tx.clear(place);
        }
        Ok(())
    }
}
