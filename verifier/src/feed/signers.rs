//! Looking at who signed credentials: whether the trust list still lets them issue the type, and whether the key is still theirs.
//!
//! Refused is nothing; what is not so any more ends the facts that rest on it. Where a document that says so could not be had, or the
//! trust list itself has ended, it was not seen, as a status list is not.

use std::collections::BTreeSet;

use jigap_wallet_core::documents::Documents;
use jigap_wallet_core::facts::Why;
use jigap_wallet_core::judge::{Policy, Signer, SignerStanding};
use url::Url;

use super::lists::{Act, Looked};
use super::places::Due;
use super::records::Source;
use super::turn::On;
use super::watch::Watcher;
use super::{FeedError, places};

impl Watcher<'_> {
    /// Looks at the signer of this place.
    pub(super) async fn look_at_signer(self, id: &str) -> Result<(), FeedError> {
        let (place, on) = (places::signer(id), (Due::Signer, id));
        let Some(signer): Option<Source<Signer>> = self.source(&place).await? else { return Ok(()) };
        let started = self.now();
        let (standing, by_document) = self.standing(&signer.of).await;
        // A document that is wrong for a moment must not end for good what it stands for: it is looked at twice.
        let once = standing == SignerStanding::KeyGone && by_document && !signer.failing;
        match if once { SignerStanding::Unknown } else { standing } {
            SignerStanding::Sound if signer.some_doubted => {
                self.sweep((id, true), Act::Seen(On::Signer)).await?;
            }
            SignerStanding::Sound => {}
            SignerStanding::TrustWithdrawn => {
                self.sweep((id, true), Act::Retract(Why::TrustWithdrawn)).await?
            }
            SignerStanding::KeyGone => {
                self.sweep((id, true), Act::Retract(Why::IssuerKeyCompromised)).await?
            }
            SignerStanding::Unknown => return self.unseen((&place, on), &signer, On::Signer).await,
        }
        self.done((&place, on), &signer, (Looked::Seen(None), started)).await
    }

    /// How it stands, and whether a document says so.
    async fn standing(self, signer: &Signer) -> (SignerStanding, bool) {
        let (trust, now) = (self.verifier.trust.list(), self.now());
        let mut asked: BTreeSet<Url> = BTreeSet::new();
        let needs = |documents: &Documents| {
            let needs = signer.needs(&trust, documents, now);
            asked.extend(needs.iter().map(|need| need.url.clone()));
            needs
        };
        let documents = self.verifier.library.gather_by(needs, &Policy::default()).await;
        let standing = signer.standing(&trust, &documents, now);
        let missing = asked.iter().any(|url| documents.get(url).is_none());
        let unknown = standing == SignerStanding::KeyGone && missing;
        (if unknown { SignerStanding::Unknown } else { standing }, !asked.is_empty())
    }
}
