//! The trust list that the wallet has, for passes that are signed blindly: by which keys, only the list says, since an issuer that could
//! name one in its answer could name another to each.
//!
//! The record `trusted` holds the list as it was signed, its signer and its id; it is verified each time it is read. It is in no backup.

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
    /// [`WalletError::Refused`] where it does not hold now; [`WalletError::OlderTrust`] for an earlier version of the list that the wallet has.
    pub async fn trust(&self, bundle: &TrustBundle) -> Result<TrustList, WalletError> {
        let list = bundle.verify(self.clock.now())?;
        let kept = &Trusted {
            version: VERSION,
            list: bundle.list.clone(),
            trust_list: bundle.trust_list.clone(),
            signer: bundle.signer.to_jwk(),
        };
        let (version, signed) = (list.content().version, list.content().issued_at);
        let written = self.wallet_box.transact(|records| async move {
            if let Some(before) = records.read::<Trusted>(PLACE).await?.filter(|it| it.list == kept.list)
                // Whatever it ended at: what is asked is which of the two is newer.
                && let Ok(before) = before.verify(signed)
                && version < before.content().version
            {
                return Err(WalletError::OlderTrust);
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
