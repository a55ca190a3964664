//! What the holder let a verifier tell on, and how they take it back (docs/decisions/0021-feed-of-facts.md).
//!
//! A consent is kept in the commit that spends the copies it was shown with: before the answer leaves, so that there is none without a
//! record. How it is taken back the verifier says in its answer ([`Withdrawal`]); where that was lost, or the verifier says nothing, the
//! record stands without. It holds no value of a claim.

use serde::{Deserialize, Serialize};

use super::{Wallet, WalletError};
use crate::claims::ClaimPath;
use crate::facts::Sought;
use crate::ports::{FetchLimits, HttpRequest};
use crate::time::Timestamp;
use crate::vp::{FeedConsent, Purpose, Withdrawal};
use crate::wallet_box::Records;

/// Where they lie in the box.
const PLACE: &str = "consent/";

/// What the holder agreed to: that facts are told on, for as long as they hold.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Consent {
    /// The wallet's own id for it.
    pub id: String,
    /// When.
    pub at: Timestamp,
    /// Who tells: the verifier's client identifier.
    pub verifier: String,
    /// Who is told.
    pub consumer: String,
    /// What for.
    pub purpose: Purpose,
    /// The persona of whom it is told.
    pub bound_to: String,
    /// What is told, credential by credential.
    pub told: Vec<Consented>,
    /// When it was taken back, if it was.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub withdrawn: Option<Timestamp>,
    /// How it is taken back, where the verifier said so.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    withdrawal: Option<Withdrawal>,
}

/// What is told of one credential.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Consented {
    /// Its type: [`Held::credential_type`](super::Held::credential_type).
    pub vct: String,
    /// Which claims with their values; none: only that it is held.
    pub claims: Vec<ClaimPath>,
    /// Of which claims only that they have one of some values.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub one_of: Vec<ClaimPath>,
}

impl Consented {
    /// What `facts` tell of a credential of the type `vct`.
    pub fn of(vct: &str, facts: &[Sought]) -> Self {
        let paths = |hidden: bool| {
            let such = facts.iter().filter(|sought| sought.one_of.is_empty() != hidden);
            such.filter_map(|sought| sought.path.clone()).collect()
        };
        Self { vct: vct.to_owned(), claims: paths(false), one_of: paths(true) }
    }
}

impl Consent {
    /// What is agreed to by showing these credentials: query id and type. `None` if none of them is one whose facts are told.
    pub(super) fn new<'d>(
        consent: &FeedConsent,
        (id, verifier): (String, &str),
        shown: impl Iterator<Item = (&'d str, &'d str)>,
        at: Timestamp,
    ) -> Option<Self> {
        let told = |(query, vct): (&str, &str)| Some(Consented::of(vct, consent.facts.get(query)?));
        let told: Vec<Consented> = shown.filter_map(told).collect();
        if told.is_empty() {
            return None;
        }
        Some(Self {
            id,
            at,
            verifier: verifier.to_owned(),
            consumer: consent.consumer.clone(),
            purpose: consent.purpose.clone(),
            bound_to: consent.bound_to.clone(),
            told,
            withdrawn: None,
            withdrawal: None,
        })
    }

    /// Whether the verifier said how it is taken back.
    pub const fn can_be_withdrawn(&self) -> bool {
        self.withdrawal.is_some()
    }

    pub(super) async fn keep(&self, records: &Records) -> Result<(), WalletError> {
        Ok(records.write(&format!("{PLACE}{}", self.id), self).await?)
    }
}

impl Wallet {
    /// What the holder let be told on, oldest first, also what they took back.
    pub async fn consents(&self) -> Result<Vec<Consent>, WalletError> {
        let read = |records: Records| async move {
            let mut all = Vec::new();
            for id in records.list(PLACE).await? {
                all.extend(records.read::<Consent>(&id).await?);
            }
            Ok::<_, WalletError>(all)
        };
        let mut consents = self.wallet_box.transact(read).await?;
        consents.sort_by(|one, other| (one.at, &one.id).cmp(&(other.at, &other.id)));
        Ok(consents)
    }

    /// Takes a consent back: the verifier is told, and then it is noted. Again, it says so again.
    pub async fn withdraw(&self, id: &str) -> Result<Consent, WalletError> {
        let consents = self.consents().await?;
        let consent = consents.into_iter().find(|consent| consent.id == id);
        let consent = consent.ok_or(WalletError::NoSuchConsent)?;
        let Withdrawal { uri, token } = consent.withdrawal.as_ref().ok_or(WalletError::NoWithdrawal)?;
        let request = HttpRequest::delete(uri.clone(), FetchLimits::DOCUMENT).bearer(token);
        let answer = self.send(request).await?;
        // Who forgot it tells nothing on by it.
        if !matches!(answer.status, 200 | 204 | 404 | 410) {
            return Err(WalletError::Status("the verifier", answer.status));
        }
        let withdrawn = consent.withdrawn.unwrap_or(self.clock.now());
        let consent = Consent { withdrawn: Some(withdrawn), ..consent };
        let kept = &consent;
        self.wallet_box.transact(|records| async move { kept.keep(&records).await }).await?;
        Ok(consent)
    }

    /// Notes how a consent that was kept is taken back.
    pub(super) async fn can_withdraw(
        &self,
        consent: Consent,
        withdrawal: Withdrawal,
    ) -> Result<(), WalletError> {
        let kept = &Consent { withdrawal: Some(withdrawal), ..consent };
        self.wallet_box.transact(|records| async move { kept.keep(&records).await }).await
    }
}
