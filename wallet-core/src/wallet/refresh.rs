//! More copies of what is held, without a new offer: by the refresh token that came with it.
//!
//! As crash-safe as an acceptance: keys and intent are durable before anybody is asked; the new access token and the new refresh
//! token are durable in one commit; the copies, the end of the intent and the acknowledgement that is owed in another. Until the
//! new refresh token is durable the old one is there, and its issuer takes it.

use super::records::{self, EventKind, Held};
use super::renewal::{self, Left, Renewal};
use super::{Wallet, WalletError};
use crate::dcql::Format;
use crate::time::{Seconds, Timestamp};
use crate::vci::TokenErrorCode;

/// How long after something was shown no issuer is asked: its log would say when.
const LATELY: Seconds = Seconds(3600);

/// Which credentials get more copies.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RefreshWhen {
    /// Those of which few are left, each at a moment between an hour and a day after that was found, and not while something was shown within an
    /// hour; at once where none is left.
    /// What finds it for the first time only plans.
    Planned,
    /// Those of which few are left.
    Few,
    /// All that can.
    All,
}

/// A credential, and how many copies of it can still be shown to somebody new.
#[derive(Debug, Clone, PartialEq)]
pub struct Supply {
    /// The credential.
    pub held: Held,
    /// How many copies: of entry passes those of this generation.
    pub left: usize,
    /// Whether that is few: a quarter of what its issuer gives at once.
    pub few: bool,
    /// Whether more can be had without a new offer.
    pub renewed: bool,
}

/// What a look at a renewal found.
struct Look {
    id: String,
    left: Left,
    renewal: Renewal,
}

impl Wallet {
    /// How many copies of each credential are left, oldest first.
    pub async fn supplies(&self) -> Result<Vec<Supply>, WalletError> {
        let now = self.clock.now();
        let supplies = self.wallet_box.transact(|records| async move {
            let mut renewals = renewal::all(&records).await?;
            renewals.retain(|(_, renewal)| !renewal.is_scoped_only());
            let mut supplies = Vec::new();
            for held in records::held(&records).await? {
                let of = renewals.iter().find(|(_, it)| it.credential.as_deref() == Some(held.id.as_str()));
                let batch = of.map_or(usual_batch(held.format), |(_, renewal)| renewal.batch);
                let copies = renewal::copies(&records, &held.id).await?;
                let copies: Vec<_> = copies.into_iter().map(|(_, copy)| copy).collect();
                let Left { now: left, few } = Left::of(&copies, batch, now);
                supplies.push(Supply { held, left, few, renewed: of.is_some() });
            }
            Ok::<_, WalletError>(supplies)
        });
        let mut supplies = supplies.await?;
        supplies.sort_by_key(|supply| (supply.held.received, supply.held.number));
        Ok(supplies)
    }

    /// Gets more copies of those that `when` names; says what came of each. The network is used for nothing else, and not at all
    /// where there is nothing to get.
    ///
    /// # Errors
    /// [`WalletError`] if the box fails. What an issuer refuses stands in the outcomes.
    pub async fn refresh(&self, when: RefreshWhen) -> Result<Vec<Result<Held, WalletError>>, WalletError> {
        let now = self.clock.now();
        let lately = when == RefreshWhen::Planned && self.showed_lately(now).await?;
        let mut outcomes = Vec::new();
        for Look { id, left, renewal } in self.look_at_renewals(now).await? {
            let go = match when {
                RefreshWhen::All => true,
                RefreshWhen::Few => left.few,
                RefreshWhen::Planned => {
                    let is_due = renewal.planned.is_some_and(|planned| planned <= now && !lately);
                    left.few && renewal.may_ask(now) && (left.now == 0 || is_due)
                }
            };
            if go {
                outcomes.push(self.renew(&id, &renewal).await);
            } else if left.few && renewal.planned.is_none() {
                self.put_off(&id).await?;
            }
        }
        Ok(outcomes)
    }

    async fn look_at_renewals(&self, now: Timestamp) -> Result<Vec<Look>, WalletError> {
        self.wallet_box
            .transact(|records| async move {
                let mut found = Vec::new();
                for (id, renewal) in renewal::all(&records).await? {
                    // One without a credential belongs to an acceptance that goes on by itself.
                    let Some(credential) = &renewal.credential else { continue };
                    if renewal.is_scoped_only() {
                        continue;
                    }
                    let copies = renewal::copies(&records, credential).await?;
                    let copies: Vec<_> = copies.into_iter().map(|(_, copy)| copy).collect();
                    found.push(Look { id, left: Left::of(&copies, renewal.batch, now), renewal });
                }
                Ok::<_, WalletError>(found)
            })
            .await
    }

    /// Gets a batch by the renewal `id`.
    async fn renew(&self, id: &str, renewal: &Renewal) -> Result<Held, WalletError> {
        let mut intent = renewal.intent();
        self.make_keys(&mut intent, renewal.batch);
        let acceptance = self.fresh_id();
        self.keep_intent(&acceptance, &intent).await?;
        let outcome = self.collect(&acceptance, intent).await;
        if let Err(error) = &outcome {
            // Nothing is asked for twice: the next time begins anew.
            self.forget(&format!("intent/{acceptance}")).await?;
            if !matches!(error, WalletError::Token(TokenErrorCode::InvalidGrant)) {
                self.leave_in_peace(id).await?;
            }
        }
        outcome
    }

    /// Whether something was shown within [`LATELY`]: the issuer must not learn when by being asked then.
    async fn showed_lately(&self, now: Timestamp) -> Result<bool, WalletError> {
        self.wallet_box
            .transact(|records| async move {
                let events = records::history(&records).await?;
                let shown = events.iter().filter(|event| event.kind == EventKind::Presented);
                Ok::<_, WalletError>(
                    shown.map(|event| event.at).max().is_some_and(|at| now < at.plus(LATELY)),
                )
            })
            .await
    }

    /// Asks for more some time from now, and for none before.
    async fn leave_in_peace(&self, id: &str) -> Result<(), WalletError> {
        let planned = renewal::plan(self.clock.now(), &self.entropy);
        self.wallet_box
            .transact(|records| async move {
                if let Some(mut renewal) = Renewal::read(&records, id).await? {
                    (renewal.planned, renewal.not_before) = (Some(planned), Some(planned));
                    renewal.write(&records, id).await?;
                }
                Ok::<_, WalletError>(())
            })
            .await
    }

    /// Asks for more some time from now.
    async fn put_off(&self, id: &str) -> Result<(), WalletError> {
        let planned = renewal::plan(self.clock.now(), &self.entropy);
        self.wallet_box
            .transact(|records| async move {
                if let Some(mut renewal) = Renewal::read(&records, id).await? {
                    renewal.planned = Some(planned);
                    renewal.write(&records, id).await?;
                }
                Ok::<_, WalletError>(())
            })
            .await
    }
}

/// How many copies a batch usually has.
const fn usual_batch(format: Format) -> usize {
    match format {
        Format::JigapPass => super::PASSES,
        _ => super::BATCH,
    }
}
