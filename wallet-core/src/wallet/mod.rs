//! The wallet: accepts offers, holds copies, answers requests. It waits only through ports.
//!
//! What must survive a crash is written before the step it is for: keys and intent before the issuer is asked, the token
//! before credentials are asked for, a copy is spent before it is sent. An interrupted acceptance goes on by
//! [`Wallet::resume`], or ends by [`Wallet::give_up`]. Where an issuer gives a refresh token, [`Wallet::refresh`] gets more
//! copies before the last is shown, and [`Wallet::directory_copy`] one for a directory of people.

mod accept;
mod asking;
mod backup;
#[cfg(feature = "bbs")]
mod blinded;
mod consents;
mod directory;
mod error;
mod granted;
mod listings;
mod looks;
mod opened;
mod passes;
mod present;
mod records;
mod refresh;
mod renewal;
#[cfg(feature = "bbs")]
mod trusted;
mod under_way;
mod vocabulary;

use std::sync::Arc;

pub use accept::Offered;
pub use asking::{Asking, Disclosed, OneOf, Wanted};
pub use backup::{BackedUp, BackupError, MAX_BACKUP, canonical_form};
pub use consents::{Consent, Consented};
pub use directory::{COPY, DirectoryCopy};
pub use error::WalletError;
use jigap_keys::{Entropy, base64url};
pub use listings::OwnListing;
pub use looks::Look;
pub use passes::{GateAsks, NoneLeft, PassChoice, Showing};
pub use present::Answered;
pub use records::{Event, EventKind, Held, Visited};
pub use refresh::{RefreshWhen, Supply};
use serde_json::Value;
#[cfg(feature = "bbs")]
pub use trusted::Published;
pub use under_way::UnderWay;
use url::Url;

use crate::ports::{Clock, Fetch, FetchLimits, HttpRequest, HttpResponse};
use crate::wallet_box::WalletBox;

/// Copies of a credential asked for at once, if the issuer gives that many.
pub const BATCH: usize = 10;

/// Passes asked for at once: one for each venue that is visited.
pub const PASSES: usize = 28;

/// An open wallet.
#[derive(Clone)]
pub struct Wallet {
    wallet_box: WalletBox,
    fetch: Arc<dyn Fetch>,
    clock: Arc<dyn Clock>,
    entropy: Arc<dyn Entropy>,
}

impl Wallet {
    /// A wallet over an open box.
    pub fn new(
        wallet_box: WalletBox,
        fetch: Arc<dyn Fetch>,
        clock: Arc<dyn Clock>,
        entropy: Arc<dyn Entropy>,
    ) -> Self {
        Self { wallet_box, fetch, clock, entropy }
    }

    /// The credentials held, oldest first.
    pub async fn credentials(&self) -> Result<Vec<Held>, WalletError> {
        let mut held =
            self.wallet_box.transact(|records| async move { records::held(&records).await }).await?;
        held.sort_by_key(|credential| (credential.received, credential.number));
        Ok(held)
    }

    /// One credential with its claims, for its holder's own eyes. They are the same in every copy.
    pub async fn claims(&self, id: &str) -> Result<(Held, Value), WalletError> {
        self.wallet_box
            .transact(|records| async move {
                let held = records::credential(&records, id).await?.ok_or(WalletError::NoSuchCredential)?;
                let claims = match records::any_copy(&records, id).await? {
                    Some(copy) => copy.open()?.claims().clone(),
                    None => Value::Null,
                };
                Ok::<_, WalletError>((held, claims))
            })
            .await
    }

    /// What was done with the wallet, oldest first: who, when, which claims; never a value.
    pub async fn history(&self) -> Result<Vec<Event>, WalletError> {
        self.wallet_box.transact(|records| async move { records::history(&records).await }).await
    }

    /// Deletes a credential with all its copies and keys.
    pub async fn delete(&self, id: &str) -> Result<(), WalletError> {
        let now = self.clock.now();
        self.wallet_box
            .transact(|records| async move {
                let held = records::credential(&records, id).await?.ok_or(WalletError::NoSuchCredential)?;
                records::delete(&records, id).await?;
                let event = Event::new(now, EventKind::Deleted, held.issuer.clone(), &held, Vec::new());
                records::remember(&records, &event).await
            })
            .await
    }

    /// A document that is somebody's because of where it lies, so from nowhere else: an open redirect on an issuer's or
    /// verifier's host must not supply its endpoints or keys.
    async fn get(&self, url: Url, accept: &str) -> Result<HttpResponse, WalletError> {
        self.send(HttpRequest::get(url, accept, FetchLimits::DOCUMENT).without_redirects()).await
    }

    async fn send(&self, request: HttpRequest) -> Result<HttpResponse, WalletError> {
        Ok(self.fetch.send(request).await?)
    }

    fn fresh_id(&self) -> String {
        let mut bytes = [0; 16];
        loop {
            self.entropy.fill(&mut bytes);
            let id = base64url::encode(bytes);
            // On a command line it would be taken for an option.
            if !id.starts_with('-') {
                return id;
            }
        }
    }
}
