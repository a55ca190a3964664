//! The trust list that the wallet has, for passes that are signed blindly: by which keys, only the list says, since an issuer that could
//! name one in its answer could name another to each.
//!
//! The record `trusted` holds the list as it was signed, its signer and its id, and where newer versions are published, if its holder said so; it is
//! verified each time it is read. It is in no backup. A newer version is fetched when the one there names no key any more, and taken from the same
//! signer, or whom they handed the list to, alone.

use std::cmp::Ordering;

use jigap_keys::PublicKey;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use url::Url;

use super::{Wallet, WalletError};
use crate::bundle::TrustBundle;
use crate::documents::Documents;
use crate::pass::PassIssuers;
use crate::ports::{FetchLimits, HttpRequest};
use crate::time::Timestamp;
use crate::trust::{MEDIA_TYPE, TrustList};
use crate::wallet_box::{BoxError, Records};

const PLACE: &str = "trusted";
const VERSION: u8 = 1;
const LIST: FetchLimits = FetchLimits { max_bytes: 4 << 20, timeout_ms: 10_000 };

/// Where newer versions of a trust list are published.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Published {
    /// Where they were before, if this is the list that the wallet has.
    AsBefore,
    /// There.
    At(Url),
    /// Nowhere: its holder brings them.
    Nowhere,
}

#[derive(Serialize, Deserialize)]
struct Trusted {
    version: u8,
    list: String,
    /// The version of the list.
    number: u64,
    trust_list: String,
    signer: Value,
    /// Where newer versions are published.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    published: Option<Url>,
}

impl Trusted {
    async fn read(records: &Records) -> Result<Option<Self>, WalletError> {
        match records.read::<Self>(PLACE).await? {
            Some(kept) if kept.version != VERSION => Err(BoxError::UnknownVersion.into()),
            kept => Ok(kept),
        }
    }

    /// Refuses an older version of the list that is there, and another one of the same version.
    async fn keep(&self, records: &Records) -> Result<(), WalletError> {
        if let Some(before) = Self::read(records).await?.filter(|before| before.list == self.list) {
            match self.number.cmp(&before.number) {
                Ordering::Less => return Err(WalletError::OlderTrust),
                Ordering::Equal if self.trust_list != before.trust_list => {
                    return Err(WalletError::TwoTrusts);
                }
                _ => {}
            }
        }
        Ok(records.write(PLACE, self).await?)
    }

    fn verify(&self, now: Timestamp) -> Result<TrustList, WalletError> {
        let signer = PublicKey::from_jwk(&self.signer).map_err(|_| BoxError::Damaged)?;
        Ok(TrustList::verify(&self.trust_list, &self.list, &signer, now)?)
    }
}

impl Wallet {
    /// Believes the trust list of `bundle` from now on, and newer versions where they are `published`. Who signed it is believed by that
    /// very act: it should be the one that gates and other wallets have.
    ///
    /// # Errors
    /// [`WalletError::Refused`] where it does not hold now; [`WalletError::OlderTrust`] for an earlier version of the list that the wallet has,
    /// [`WalletError::TwoTrusts`] for another one of the same version.
    pub async fn trust(&self, bundle: &TrustBundle, published: Published) -> Result<TrustList, WalletError> {
        let list = bundle.verify(self.clock.now())?;
        let published = match published {
            Published::At(url) => Some(url),
            Published::Nowhere => None,
            Published::AsBefore => {
                let before = self.kept_trust().await?.filter(|before| before.list == bundle.list);
                before.and_then(|before| before.published)
            }
        };
        let kept = &Trusted {
            version: VERSION,
            list: bundle.list.clone(),
            number: list.content().version,
            trust_list: bundle.trust_list.clone(),
            signer: bundle.signer.to_jwk(),
            published,
        };
        self.wallet_box.transact(|records| async move { kept.keep(&records).await }).await?;
        Ok(list)
    }

    /// Fetches the version of the list that is published now, if its holder said where.
    ///
    /// # Errors
    /// As [`Wallet::trust`], and [`WalletError::Fetch`].
    pub(super) async fn renew_trust(&self) -> Result<(), WalletError> {
        let Some(before) = self.kept_trust().await? else { return Ok(()) };
        let Some(url) = before.published.clone() else { return Ok(()) };
        let answer = self.send(HttpRequest::get(url, MEDIA_TYPE, LIST).without_redirects()).await?;
        let text = str::from_utf8(&answer.body).ok().filter(|_| answer.status == 200);
        let newer = Trusted { trust_list: text.ok_or(WalletError::NoTrust)?.trim().to_owned(), ..before };
        let list = newer.verify(self.clock.now())?;
        let signer = list.signer().map_or_else(|| newer.signer.clone(), PublicKey::to_jwk);
        let newer = &Trusted { number: list.content().version, signer, ..newer };
        self.wallet_box.transact(|records| async move { newer.keep(&records).await }).await
    }

    async fn kept_trust(&self) -> Result<Option<Trusted>, WalletError> {
        self.wallet_box.transact(|records| async move { Trusted::read(&records).await }).await
    }

    /// The issuers of passes on the trust list that the wallet has: those whose keys stand in the list itself.
    ///
    /// # Errors
    /// [`WalletError::NoTrust`] where it has none, [`WalletError::Refused`] where that has ended.
    pub(super) async fn trusted(&self) -> Result<PassIssuers, WalletError> {
        let now = self.clock.now();
        let kept = self.kept_trust().await?.ok_or(WalletError::NoTrust)?;
        Ok(PassIssuers::of(&kept.verify(now)?, &Documents::new(), now))
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    /// The stored form, word for word.
    #[test]
    fn a_trust_list_of_version_1() {
        let stored = json!({
            "version": 1, "list": "https://trust.example/list", "number": 7, "trust_list": "a.b.c", "signer": {"kty": "OKP"},
        });
        let mut trusted: Trusted = serde_json::from_value(stored.clone()).unwrap();
        assert_eq!(serde_json::to_value(&trusted).unwrap(), stored);
        trusted.published = Some(Url::parse("https://trust.example/list.jwt").unwrap());
        assert_eq!(serde_json::to_value(&trusted).unwrap()["published"], "https://trust.example/list.jwt");
    }
}
