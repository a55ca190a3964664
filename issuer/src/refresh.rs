//! Refresh tokens (RFC 6749 §6): fresh batches for who holds a grant, without a new offer.
//!
//! Only a grant that is bound to a key has one, of a configuration that is refreshed, and only with that key it is of use. A
//! token is derived, not stored; its number says which one of its grant it is. Using one gives the next; until that was used
//! the same may be used again, since an answer may be lost. One from before that is somebody else's copy: the grant is then
//! refreshed no more. What is issued says what the offer said, as long as the offer stands: nothing for a suspended or revoked
//! one. Where a configuration has copies for directories ([`crate::dsub`]) and is not refreshed else, the token is for those alone.
//! Refused: what RT-01 to RT-03 say.

use std::collections::BTreeSet;

use jigap_keys::Entropy;
use jigap_wallet_core::ports::{Store, StoreError, Tx, transact};
use jigap_wallet_core::sealing::{RecordKeys, SealBroken, fingerprint, is_random_id, random_id};
use jigap_wallet_core::time::{Seconds, Timestamp};
use jigap_wallet_core::vci::dpop::Proven;
use jigap_wallet_core::verdict::{Check, Reason, Refusal};
use serde::{Deserialize, Serialize};
use zeroize::Zeroizing;

use crate::dpop;
use crate::dsub::{DirectoryRules, not_granted};
use crate::offer::{Offer, OfferStanding, RedeemError};
use crate::places::Places;
use crate::stored::{self, Stored};
use crate::tenant::day_of;
use crate::token::{Given, Grant, TOKEN_LIFETIME};

/// RT-01: it is one of ours, and its grant stands.
pub const LIVE: Check = Check::new(
    "RT-01",
    "a refresh token is one that was given out, and neither it nor what it stands for has ended",
    "갱신 토큰은 발급한 적이 있는 것이며, 토큰도 그 근거도 끝나지 않았습니다",
    "RFC 6749 §6; RFC 9700 §4.14.2",
);
/// RT-02: nobody else has it.
pub const ROTATED: Check = Check::new(
    "RT-02",
    "a refresh token is not used once its successor was: else all of its grant end",
    "다음 토큰을 쓴 뒤에는 앞의 갱신 토큰을 쓰지 않습니다. 쓰면 같은 근거의 토큰이 모두 끝납니다",
    "RFC 9700 §4.14.2",
);
/// RT-03: not more than its share.
pub const SHARE: Check = Check::new(
    "RT-03",
    "no more batches are refreshed in a day than the tenant's configuration allows",
    "하루에 갱신하는 묶음은 기관의 설정이 허용하는 수를 넘지 않습니다",
    "DESIGN, one-time copies per audience; docs/decisions/0017-refresh.md",
);

const UNKNOWN: Reason = Reason::new(
    "refresh-unknown",
    "it was never given out, or has ended, or was revoked",
    "발급한 적이 없거나, 끝났거나, 폐기된 토큰입니다",
);
const USED: Reason =
    Reason::new("refresh-reused", "its successor was used already", "다음 토큰을 이미 썼습니다");
const ENOUGH: Reason =
    Reason::new("refresh-share", "today's batches were given", "오늘 받을 수 있는 묶음을 다 받았습니다");

const VERSION: u8 = 1;
/// In which batches are counted.
const DAY: Seconds = Seconds(86_400);
/// Most batches of one grant that have not ended: what one change of a registrar touches stays bounded.
pub(crate) const MAX_LIVE: usize = 128;

/// What a tenant refreshes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RefreshRules {
    /// The configurations.
    pub configurations: BTreeSet<String>,
    /// How long after its offer was redeemed a grant is refreshed.
    pub life: Seconds,
    /// How many batches a grant gives in 24 hours.
    pub batches_a_day: usize,
    /// What it gives copies for directories of.
    pub directories: DirectoryRules,
}

/// What is kept of a grant that is refreshed, under the id of its offer.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct Refresh {
    version: u8,
    configuration: String,
    /// The thumbprint of its key.
    key: String,
    expires: Timestamp,
    /// The number of the token that was used last; 0: none yet.
    used: u32,
    /// Whether a batch came of it. Its wallet keeps the next token before it asks for one: whoever shows this again is another.
    collected: bool,
    /// When it was issued from in the last day.
    batches: Vec<Timestamp>,
    /// Whether it gives copies for directories and nothing else. An earlier version takes it for one that gives all.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    scoped: bool,
}

impl Stored for Refresh {
    const KIND: &'static str = "refresh";
    const VERSION: u8 = VERSION;

    fn version(&self) -> u8 {
        self.version
    }
}

/// Why a grant is not refreshed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub(crate) enum RefreshError {
    /// `invalid_grant`: it never will be again.
    #[error(transparent)]
    Ended(Refusal),
    /// Too often: not before so long.
    #[error("today's batches were given")]
    Later(Seconds),
    /// `invalid_dpop_proof`.
    #[error(transparent)]
    Proof(#[from] Refusal),
    /// Our own record cannot be read.
    #[error(transparent)]
    Seal(#[from] SealBroken),
    /// The store failed.
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl From<RedeemError> for RefreshError {
    fn from(error: RedeemError) -> Self {
        match error {
            RedeemError::Store(error) => Self::Store(error),
            _ => Self::Seal(SealBroken),
        }
    }
}

impl RefreshRules {
    /// Lets the grant that `offer` became be refreshed with the key that is `proven`, if its configuration is refreshed at all
    /// and there is a key; says whether it is.
    pub(crate) fn begin(
        &self,
        tx: &Tx,
        (id, offer): (&str, &Offer),
        (proven, places): (Option<&Proven>, &Places),
        now: Timestamp,
    ) -> Result<bool, SealBroken> {
        let whole = self.configurations.contains(&offer.configuration);
        // Nobody's record has no pseudonym.
        let scoped = !whole && offer.is_of_somebody() && self.is_scoped(&offer.configuration);
        let life = offer.refresh.unwrap_or(if whole { self.life } else { self.directories.life });
        let is_refreshed = life.0 > 0 && (whole || scoped);
        let Some(proven) = proven.filter(|_| is_refreshed) else { return Ok(false) };
        // What is copied ends at the beginning of a day, and with it what gives copies.
        let begins = if scoped { day_of(now) } else { now };
        let refresh = Refresh {
            version: VERSION,
            configuration: offer.configuration.clone(),
            key: proven.thumbprint.clone(),
            expires: begins.plus(life),
            used: 0,
            collected: false,
            batches: Vec::new(),
            scoped,
        };
        refresh.write(tx, places, id)?;
        Ok(true)
    }

    /// Whether there are copies for directories of this configuration.
    pub(crate) fn is_scoped(&self, configuration: &str) -> bool {
        self.directories.configurations.contains_key(configuration)
    }

    /// Whether it may be refreshed at all, whatever was so when it was redeemed.
    pub(crate) fn has_any(&self) -> bool {
        !self.configurations.is_empty() || !self.directories.configurations.is_empty()
    }

    /// Whether a grant gives something now.
    fn gives(&self, refresh: &Refresh) -> bool {
        match refresh.scoped {
            true => self.is_scoped(&refresh.configuration),
            false => self.configurations.contains(&refresh.configuration),
        }
    }

    /// How often a grant gives something in a day.
    const fn share_of(&self, refresh: &Refresh) -> usize {
        if refresh.scoped { self.directories.copies_a_day } else { self.batches_a_day }
    }
}

impl Refresh {
    pub(crate) async fn read<E>(tx: &Tx, offer: &str, places: &Places) -> Result<Option<Self>, E>
    where
        E: From<SealBroken> + From<StoreError>,
    {
        let stored = tx.get(places.refresh(offer)).await?;
        Ok(stored.map(|bytes| stored::read(&bytes)).transpose()?)
    }

    /// Until when the grant of `offer` may be refreshed: what that needs is kept so long. `None` if it is not.
    pub(crate) async fn lasts<E>(tx: &Tx, offer: &str, places: &Places) -> Result<Option<Timestamp>, E>
    where
        E: From<SealBroken> + From<StoreError>,
    {
        Ok(Self::read::<E>(tx, offer, places).await?.map(|refresh| refresh.expires))
    }

    /// When what it gives ends at the latest: a copy with what it is one of. Refuses by DS-08 what it does not give.
    pub(crate) fn until(&self, scoped: bool) -> Result<Option<Timestamp>, Refusal> {
        match (self.scoped, scoped) {
            (true, false) => Err(not_granted()),
            (true, true) => Ok(Some(self.expires)),
            (false, _) => Ok(None),
        }
    }

    /// Counts a batch; refuses one beyond the share of a day.
    pub(crate) fn count(&mut self, rules: &RefreshRules, now: Timestamp) -> Result<(), Refusal> {
        if self.wait(rules, now).is_some() {
            return Err(SHARE.refuse(ENOUGH));
        }
        self.batches.push(now);
        self.collected = true;
        Ok(())
    }

    /// How long there is no other batch; `None`: there is one now. Forgets those of earlier days.
    fn wait(&mut self, rules: &RefreshRules, now: Timestamp) -> Option<Seconds> {
        self.batches.retain(|moment| now < moment.plus(DAY));
        if self.batches.len() < rules.share_of(self) {
            return None;
        }
        let until = self.batches.first().map_or(now, |first| first.plus(DAY));
        Some(Seconds(u32::try_from(until.unix() - now.unix()).unwrap_or(DAY.0)))
    }

    pub(crate) fn write(&self, tx: &Tx, places: &Places, offer: &str) -> Result<(), SealBroken> {
        tx.set(places.refresh(offer), serde_json::to_vec(self).map_err(|_| SealBroken)?);
        Ok(())
    }
}

/// Refreshes the grant of `offer` no more, and lets its claims be forgotten once no token of it lives.
pub(crate) async fn end(
    tx: &Tx,
    places: &Places,
    (id, offer): (&str, &Offer),
    now: Timestamp,
) -> Result<(), StoreError> {
    if tx.get(places.refresh(id)).await?.is_some() {
        tx.clear(places.refresh(id));
        let ends = offer.expires.max(now).plus(TOKEN_LIFETIME);
        tx.set(places.ending(ends, &places.offer(id)), b"");
    }
    Ok(())
}

/// The refresh token of this number of the grant that `offer` became: whoever has it and the key can refresh it.
pub(crate) fn token(keys: &RecordKeys, offer: &str, number: u32) -> Zeroizing<String> {
    let secret = Zeroizing::new(keys.derive("refresh token", &format!("{offer}|{number}")));
    Zeroizing::new(format!("{offer}.{number}.{}", *secret))
}

/// Offer and number of a token that we derived.
fn read_token<'t>(keys: &RecordKeys, text: &'t str) -> Option<(&'t str, u32)> {
    let mut parts = text.splitn(3, '.');
    let (offer, number, secret) = (parts.next()?, parts.next()?.parse().ok()?, parts.next()?);
    let ours = is_random_id::<16>(offer)
        && keys.is_derived_as("refresh token", &format!("{offer}|{number}"), secret)
        // Nothing but the very text: `+1` and `01` are numbers too.
        && *token(keys, offer, number) == *text;
    ours.then_some((offer, number))
}

/// What was found of a token that is not refused.
enum Outcome {
    Given(Given),
    /// Somebody had it: the grant was ended in this commit.
    Stolen,
}

/// Exchanges a refresh token for an access token and the next refresh token.
pub(crate) async fn exchange(
    store: &dyn Store,
    (places, keys, rules): (&Places, &RecordKeys, &RefreshRules),
    (text, proven): (&str, Option<&Proven>),
    now: Timestamp,
    entropy: &dyn Entropy,
) -> Result<Given, RefreshError> {
    let unknown = RefreshError::Ended(LIVE.refuse(UNKNOWN));
    let (id, number) = read_token(keys, text).ok_or(unknown)?;
    let access_token = &Zeroizing::new(random_id::<32>(entropy));
    let outcome = transact(store, |tx| async move {
        let refresh = Refresh::read::<RefreshError>(&tx, id, places).await?;
        let mut refresh = refresh.filter(|refresh| now < refresh.expires).ok_or(unknown)?;
        // First of all: who has a token without its key can do nothing with it, not even end it.
        dpop::require_bound(Some(&refresh.key), proven)?;
        let offer = Offer::read(&tx, id, places).await?.ok_or(unknown)?;
        if offer.standing() == OfferStanding::Withdrawn {
            return Err(unknown);
        }
        // An operator's setting, who may take it back: a wallet keeps its token.
        if !rules.gives(&refresh) {
            return Err(RefreshError::Later(DAY));
        }
        if number < refresh.used || (number == refresh.used && refresh.collected) {
            end(&tx, places, (id, &offer), now).await?;
            return Ok(Outcome::Stolen);
        }
        if number > refresh.used.saturating_add(1) {
            return Err(unknown);
        }
        if let Some(wait) = refresh.wait(rules, now) {
            return Err(RefreshError::Later(wait));
        }
        dpop::use_up::<RefreshError>(&tx, places, proven).await?;
        refresh.used = number;
        refresh.collected = false;
        refresh.write(&tx, places, id)?;
        let grant = Grant::refreshed(id, (&refresh.configuration, &refresh.key), now);
        let place = places.token(&fingerprint(access_token));
        tx.set(places.ending(grant.expires, &place), b"");
        grant.write(&tx, access_token, places)?;
        let next = token(keys, id, number.saturating_add(1));
        Ok(Outcome::Given(Given {
            access_token: access_token.clone(),
            refresh_token: Some(next),
            bound: true,
        }))
    });
    match outcome.await? {
        Outcome::Given(given) => Ok(given),
        Outcome::Stolen => {
            tracing::warn!(check = ROTATED.id, "a refresh token came back: its grant is refreshed no more");
            Err(RefreshError::Ended(ROTATED.refuse(USED)))
        }
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::*;

    #[test]
    fn a_token_has_one_form_and_tells_offer_and_number() {
        let keys = RecordKeys::from_secret(&[1; 32]);
        let offer = base64_id();
        let first = token(&keys, &offer, 1);
        assert_eq!(read_token(&keys, &first), Some((offer.as_str(), 1)));
        let (secret, other) = (first.rsplit('.').next().unwrap(), RecordKeys::from_secret(&[2; 32]));
        for text in [
            "",
            "..",
            &format!("{offer}.2.{secret}"),
            &format!("{offer}.+1.{secret}"),
            &format!("{offer}.01.{secret}"),
            &format!("{offer}.1.{secret}."),
            &format!("{offer}.1."),
            &format!("x.1.{secret}"),
        ] {
            assert_eq!(read_token(&keys, text), None, "{text}");
        }
        assert_eq!(read_token(&other, &first), None);
    }

    fn base64_id() -> String {
        jigap_keys::base64url::encode([7; 16])
    }

    #[test]
    fn a_days_share_comes_back_after_a_day() {
        let directories = DirectoryRules { configurations: BTreeMap::new(), life: DAY, copies_a_day: 2 };
        let rules =
            RefreshRules { configurations: BTreeSet::new(), life: DAY, batches_a_day: 2, directories };
        let mut refresh = Refresh {
            version: VERSION,
            configuration: String::new(),
            key: String::new(),
            expires: Timestamp::from_unix(0),
            used: 0,
            collected: false,
            batches: Vec::new(),
            scoped: false,
        };
        let now = Timestamp::from_unix(1_800_000_000);
        assert_eq!(refresh.count(&rules, now), Ok(()));
        assert_eq!(refresh.count(&rules, now.plus(Seconds(10))), Ok(()));
        assert_eq!(refresh.wait(&rules, now.plus(Seconds(20))), Some(Seconds(DAY.0 - 20)));
        assert!(refresh.count(&rules, now.plus(Seconds(20))).is_err());
        assert_eq!(refresh.count(&rules, now.plus(DAY)), Ok(()));
        assert_eq!(refresh.batches.len(), 2);
    }
}
