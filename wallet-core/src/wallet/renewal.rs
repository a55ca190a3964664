//! What the wallet keeps to get more copies of a credential, and when there are few.
//!
//! The record `renewal/{id}` holds the refresh token and the key that it is bound to. It goes with its credential: who deletes
//! that deletes it, and it is in no backup, since of two wallets with one refresh token the second would end it.

use jigap_keys::Entropy;
use serde::{Deserialize, Serialize};
use zeroize::Zeroize;

use super::records::{self, Copy, Held, Intent};
use super::{Wallet, WalletError};
use crate::pass::{Generation, Kind};
use crate::time::{Seconds, Timestamp};
use crate::vci::SecretText;
use crate::wallet_box::{BoxError, Records};

const VERSION: u8 = 1;
/// There are few where at most this part of a batch is left: 7 of 28.
const FEW: usize = 4;
const HOUR: u32 = 3600;

/// What gives more copies. No `Debug`.
#[derive(Clone, Serialize, Deserialize)]
pub(super) struct Renewal {
    version: u8,
    /// The credential; `None` while its first copies are under way.
    pub(super) credential: Option<String>,
    refresh_token: String,
    /// How many copies are asked for at once.
    pub(super) batch: usize,
    /// From when on more are asked for, since there are few.
    pub(super) planned: Option<Timestamp>,
    /// Until when the issuer is left in peace, which refused or did not answer.
    pub(super) not_before: Option<Timestamp>,
    /// An acceptance as it begins: without keys and access token.
    beginning: Intent,
}

impl Renewal {
    /// Of an acceptance under way, still without its token.
    pub(super) fn begin(intent: &Intent) -> Self {
        Self {
            version: VERSION,
            credential: None,
            refresh_token: String::new(),
            batch: intent.copies(),
            planned: None,
            not_before: None,
            beginning: intent.beginning(),
        }
    }

    /// Whether it gives copies for directories and no others.
    pub(super) const fn is_scoped_only(&self) -> bool {
        self.beginning.scoped_only
    }

    /// Whether the issuer may be asked again without anybody telling to.
    pub(super) fn may_ask(&self, now: Timestamp) -> bool {
        self.not_before.is_none_or(|moment| moment <= now)
    }

    pub(super) async fn read(records: &Records, id: &str) -> Result<Option<Self>, WalletError> {
        let kept: Option<Self> = records.read(&records::renewal(id)).await?;
        match kept {
            Some(kept) if kept.version != VERSION => Err(BoxError::UnknownVersion.into()),
            kept => Ok(kept),
        }
    }

    pub(super) async fn write(&self, records: &Records, id: &str) -> Result<(), WalletError> {
        Ok(records.write(&records::renewal(id), self).await?)
    }

    pub(super) fn token(&self) -> SecretText {
        SecretText::new(self.refresh_token.as_str())
    }

    /// The same with the refresh token that was given now.
    pub(super) fn with_token(mut self, token: &SecretText) -> Self {
        self.refresh_token.zeroize();
        self.refresh_token = token.reveal().to_owned();
        self
    }

    /// More copies arrived, of `held`: what it is from now on that gets more.
    pub(super) async fn arrived(records: &Records, intent: &Intent, held: &Held) -> Result<(), WalletError> {
        let Some(id) = &intent.renewal else { return Ok(()) };
        let Some(mut renewal) = Self::read(records, id).await? else { return Ok(()) };
        (renewal.credential, renewal.planned) = (Some(held.id.clone()), None);
        renewal.write(records, id).await
    }

    /// The acceptance of more copies.
    pub(super) fn intent(&self) -> Intent {
        self.beginning.clone()
    }
}

impl Drop for Renewal {
    fn drop(&mut self) {
        self.refresh_token.zeroize();
    }
}

/// Every renewal, with its id.
pub(super) async fn all(records: &Records) -> Result<Vec<(String, Renewal)>, WalletError> {
    let mut all = Vec::new();
    for place in records.list(&records::renewal("")).await? {
        let id = place.trim_start_matches(&records::renewal("")).to_owned();
        if let Some(renewal) = Renewal::read(records, &id).await? {
            all.push((id, renewal));
        }
    }
    Ok(all)
}

/// Deletes what would get more copies of `credential`, and what is under way for it.
pub(super) async fn delete(records: &Records, credential: &str) -> Result<(), WalletError> {
    for (id, renewal) in all(records).await? {
        if renewal.credential.as_deref() == Some(credential) {
            end(records, &id).await?;
        }
    }
    Ok(())
}

/// Deletes a renewal, and what is under way for it.
pub(super) async fn end(records: &Records, id: &str) -> Result<(), WalletError> {
    for place in records.list("intent/").await? {
        let intent: Option<Intent> = records.read(&place).await?;
        if intent.is_some_and(|intent| intent.renewal.as_deref() == Some(id)) {
            records.delete(&place).await?;
        }
    }
    records.delete(&records::renewal(id)).await?;
    Ok(())
}

/// How many copies of a credential are left, and whether that is few.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Left {
    /// That can be shown now to somebody who has seen none.
    pub(super) now: usize,
    pub(super) few: bool,
}

impl Left {
    /// Of entry passes those of this generation count, and as soon as those of the next are issued these too.
    pub(super) fn of(copies: &[Copy], batch: usize, now: Timestamp) -> Self {
        let few = batch / FEW;
        let unused = || copies.iter().filter(|copy| copy.is_unused());
        let passes = || unused().filter_map(Copy::pass).filter(|pass| pass.kind == Kind::Entry);
        let generation = Generation::of(now);
        let of = |generation: Generation| passes().filter(|pass| pass.expires == generation.ends()).count();
        if copies.iter().all(|copy| copy.pass().is_none()) {
            let left = unused().count();
            return Self { now: left, few: left <= few };
        }
        let (left, next) = (of(generation), generation.next());
        Self { now: left, few: left <= few || (next.is_issued_at(now) && of(next) <= few) }
    }
}

/// When more are asked for of what is found to be few at `now`: not at the moment of showing, which is nobody's business, and
/// so that it does not follow from it.
pub(super) fn plan(now: Timestamp, entropy: &dyn Entropy) -> Timestamp {
    let mut bytes = [0; 4];
    entropy.fill(&mut bytes);
    now.plus(Seconds(HOUR + u32::from_be_bytes(bytes) % (23 * HOUR)))
}

/// The copies of a credential, with their places.
pub(super) async fn copies(records: &Records, credential: &str) -> Result<Vec<(String, Copy)>, WalletError> {
    let mut found = Vec::new();
    for place in records.list(&format!("copy/{credential}/")).await? {
        let copy: Copy = records.read(&place).await?.ok_or(BoxError::Damaged)?;
        found.push((place, copy));
    }
    Ok(found)
}

/// The credential that `intent` gets more copies of, if it says the same as these.
pub(super) async fn alike(
    records: &Records,
    intent: &Intent,
    fresh: &[Copy],
) -> Result<Option<Held>, WalletError> {
    let Some(renewal) = &intent.renewal else { return Ok(None) };
    let kept = Renewal::read(records, renewal).await?;
    let Some(credential) = kept.and_then(|kept| kept.credential.clone()) else { return Ok(None) };
    let Some(held) = records::credential(records, &credential).await? else { return Ok(None) };
    let Some(before) = records::any_copy(records, &credential).await? else { return Ok(None) };
    let Some(after) = fresh.first() else { return Ok(None) };
    Ok((before.open()?.said() == after.open()?.said()).then_some(held))
}

/// Adds copies to a credential that is held, whose copies say the same, and takes out those of passes that have ended.
pub(super) async fn add(
    records: &Records,
    mut held: Held,
    (fresh, expires): (&[Copy], Option<Timestamp>),
    now: Timestamp,
) -> Result<Held, WalletError> {
    let (mut next, mut unused, mut count) = (0, 0, 0);
    let mut ends = expires;
    for (place, copy) in copies(records, &held.id).await? {
        let number = place.rsplit('/').next().and_then(|number| number.parse::<usize>().ok());
        next = next.max(number.unwrap_or_default() + 1);
        let until = copy.open()?.expires_at();
        if copy.pass().is_some() && until.is_some_and(|until| until <= now) {
            records.delete(&place).await?;
            continue;
        }
        (count, unused) = (count + 1, unused + usize::from(copy.is_unused()));
        ends = [ends, until].into_iter().flatten().min();
    }
    for (at, copy) in fresh.iter().enumerate() {
        records.write(&format!("copy/{}/{:03}", held.id, next + at), copy).await?;
    }
    (held.copies, held.unused, held.expires) = (count + fresh.len(), unused + fresh.len(), ends);
    records.write(&format!("credential/{}", held.id), &held).await?;
    Ok(held)
}

impl Wallet {
    /// The renewal of this id, if it is there.
    pub(super) async fn renewal(&self, id: &str) -> Result<Option<Renewal>, WalletError> {
        self.wallet_box.transact(|records| async move { Renewal::read(&records, id).await }).await
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::testing::Repeatable;

    /// The stored form, word for word.
    #[test]
    fn a_renewal_of_version_1() {
        let stored = json!({
            "version": 1, "credential": "c1", "refresh_token": "r", "batch": 28, "planned": 1_800_000_000,
            "not_before": null,
            "beginning": {
                "issuer": "https://uni.example", "configuration": "check-in_jigap_pass", "format": "jigap_pass",
                "types": ["urn:jigap:pass:entry"], "name": [null, null],
                "credential_endpoint": "https://uni.example/credential", "nonce_endpoint": null,
                "notification_endpoint": null, "access_token": null, "keys": [],
                "token_endpoint": "https://uni.example/token", "grant_key": "{}", "renewal": "r1",
            },
        });
        let renewal: Renewal = serde_json::from_value(stored.clone()).unwrap();
        assert_eq!(serde_json::to_value(&renewal).unwrap(), stored);
    }

    #[test]
    fn more_are_asked_for_an_hour_to_a_day_later_and_not_always_at_the_same_time() {
        let (now, entropy) = (Timestamp::from_unix(1_800_000_000), Repeatable::new(1));
        let planned: Vec<_> = (0..200).map(|_| plan(now, &entropy).unix() - now.unix()).collect();
        assert!(planned.iter().all(|span| (3600..86_400).contains(span)));
        let early = planned.iter().filter(|span| **span < 43_200).count();
        assert!((60..140).contains(&early), "{early} of 200 within half a day");
    }
}
