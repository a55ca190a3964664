//! The trust list that the wallet has, for passes that are signed blindly: by which keys, only the list says, since an issuer that could
//! name one in its answer could name another to each.
//!
//! The record `trusted` holds the list as it was signed, its signer and its id; it is verified each time it is read. It is in no backup.

use std::cmp::Ordering;

use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::{Wallet, WalletError};
use crate::bundle::TrustBundle;
use crate::documents::Documents;
use crate::pass::PassIssuers;
use crate::time::Timestamp;
use crate::trust::TrustList;
use crate::wallet_box::BoxError;

const PLACE: &str = "trusted";
const VERSION: u8 = 1;

#[derive(Serialize, Deserialize)]
struct Trusted {
    version: u8,
    list: String,
    /// The version of the list.
    number: u64,
    trust_list: String,
    signer: Value,
}

impl Trusted {
    fn verify(&self, now: Timestamp) -> Result<TrustList, WalletError> {
        let signer = jigap_keys::PublicKey::from_jwk(&self.signer).map_err(|_| BoxError::Damaged)?;
        Ok(TrustList::verify(&self.trust_list, &self.list, &signer, now)?)
    }
}

impl Wallet {
    /// Believes the trust list of `bundle` from now on. Who signed it is believed by that very act: it should be the one that gates
    /// and other wallets have.
    ///
    /// # Errors
    /// [`WalletError::Refused`] where it does not hold now; [`WalletError::OlderTrust`] for an earlier version of the list that the wallet has,
    /// [`WalletError::TwoTrusts`] for another one of the same version.
    pub async fn trust(&self, bundle: &TrustBundle) -> Result<TrustList, WalletError> {
        let list = bundle.verify(self.clock.now())?;
        let kept = &Trusted {
            version: VERSION,
            list: bundle.list.clone(),
            number: list.content().version,
            trust_list: bundle.trust_list.clone(),
            signer: bundle.signer.to_jwk(),
        };
        let written = self.wallet_box.transact(|records| async move {
            let before = records.read::<Trusted>(PLACE).await?;
            if let Some(before) = before.filter(|before| before.list == kept.list) {
                match kept.number.cmp(&before.number) {
                    Ordering::Less => return Err(WalletError::OlderTrust),
                    Ordering::Equal if kept.trust_list != before.trust_list => {
                        return Err(WalletError::TwoTrusts);
                    }
                    _ => {}
                }
            }
            Ok(records.write(PLACE, kept).await?)
        });
        written.await?;
        Ok(list)
    }

    /// The issuers of passes on the trust list that the wallet has: those whose keys stand in the list itself.
    ///
    /// # Errors
    /// [`WalletError::NoTrust`] where it has none, [`WalletError::Refused`] where that has ended.
    pub(super) async fn trusted(&self) -> Result<PassIssuers, WalletError> {
        let now = self.clock.now();
        let kept = self
            .wallet_box
            .transact(|records| async move { Ok::<_, WalletError>(records.read::<Trusted>(PLACE).await?) });
        let kept = kept.await?.ok_or(WalletError::NoTrust)?;
        if kept.version != VERSION {
            return Err(BoxError::UnknownVersion.into());
        }
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
        let trusted: Trusted = serde_json::from_value(stored.clone()).unwrap();
        assert_eq!(serde_json::to_value(&trusted).unwrap(), stored);
    }
}
