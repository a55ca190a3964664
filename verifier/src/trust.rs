//! Whom the verifier trusts, renewed while it runs: from the bundle's file when that changes, and from where the list is
//! published as its validity runs down (docs/TRUST-LIST.md). Where the signer of the list handed it over to another key, that
//! one is trusted from then on, and the former no more. A list that was fetched is written into the bundle's file, so that the
//! next start does not begin with an older one, which would be refused (`TL-09`).
//!
//! Refused: a list that does not verify, and one with a lower version than the list in use. Then the list in use stays
//! until it ends by itself, and [`Standing`] says so.

use std::sync::{Arc, PoisonError, RwLock};

use jigap_keys::PublicKey;
use jigap_keys::hash::sha256;
use jigap_wallet_core::bundle::{BundleError, TrustBundle};
use jigap_wallet_core::ports::{Fetch, FetchError, FetchLimits, HttpRequest};
use jigap_wallet_core::time::{Seconds, Timestamp};
use jigap_wallet_core::trust::{MEDIA_TYPE, TrustList};
use jigap_wallet_core::verdict::Refusal;
use url::Url;

/// Shortest and longest time between two fetches of the list.
const SHORTEST: Seconds = Seconds(60);
const LONGEST: Seconds = Seconds(3600);
/// A list is fetched when this part of what is left of its validity has passed.
const PART: i64 = 10;
const LIST: FetchLimits = FetchLimits { max_bytes: 4 << 20, timeout_ms: 10_000 };

/// The trust list in use.
pub struct Trust(RwLock<InUse>);

struct InUse {
    list: Arc<TrustList>,
    /// Since when it could not be renewed.
    failing: Option<Timestamp>,
}

/// How the trust list in use stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Standing {
    /// As it should.
    Sound,
    /// It still counts, but could not be renewed since then.
    NotRenewed(Timestamp),
    /// It has ended: every credential is refused.
    Ended,
}

/// Why the list was not renewed. The list in use stays.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum RenewalError {
    /// The file cannot be read.
    #[error("the trust bundle cannot be read")]
    Unreadable,
    /// The file is no bundle.
    #[error(transparent)]
    Bundle(#[from] BundleError),
    /// The list does not verify.
    #[error(transparent)]
    Refused(#[from] Refusal),
    /// The version is lower than that of the list in use.
    #[error("the trust list is older than the one in use")]
    Older,
    /// Where it is published could not be reached.
    #[error("the trust list could not be fetched: {0}")]
    Fetch(FetchError),
    /// Where it is published answered with another status, or no text.
    #[error("the trust list's address answered something else")]
    Answer,
    /// It is in use, and the bundle's file still has the older one, with which a start would be refused.
    #[error("the newer trust list could not be written into the bundle's file")]
    Unwritable,
}

/// The file of the trust bundle.
pub trait BundleFile: Send + Sync {
    /// What is in it; `None` if it cannot be read.
    fn read(&self) -> Option<Vec<u8>>;

    /// Puts `bytes` in its place, whole or not at all; says whether it did.
    fn write(&self, bytes: &[u8]) -> bool;
}

impl Trust {
    /// Uses `list`.
    pub fn new(list: TrustList) -> Self {
        Self(RwLock::new(InUse { list: Arc::new(list), failing: None }))
    }

    /// The list in use.
    pub fn list(&self) -> Arc<TrustList> {
        Arc::clone(&self.0.read().unwrap_or_else(PoisonError::into_inner).list)
    }

    /// How it stands at `now`.
    pub fn standing(&self, now: Timestamp) -> Standing {
        let in_use = self.0.read().unwrap_or_else(PoisonError::into_inner);
        match in_use.failing {
            _ if in_use.list.content().expires_at <= now => Standing::Ended,
            Some(since) => Standing::NotRenewed(since),
            None => Standing::Sound,
        }
    }

    /// Uses `list` from now on, if its version is not lower.
    pub(crate) fn renew(&self, list: TrustList) -> Result<(), RenewalError> {
        let mut in_use = self.0.write().unwrap_or_else(PoisonError::into_inner);
        let (old, new) = (in_use.list.content(), list.content());
        if old.id == new.id && old.version > new.version {
            return Err(RenewalError::Older);
        }
        in_use.list = Arc::new(list);
        Ok(())
    }

    fn note(&self, failing: bool, now: Timestamp) {
        let mut in_use = self.0.write().unwrap_or_else(PoisonError::into_inner);
        in_use.failing = failing.then(|| in_use.failing.unwrap_or(now));
    }
}

/// Where a newer list may come from.
pub struct Renewal {
    file: Box<dyn BundleFile>,
    url: Option<Url>,
    fetch: Arc<dyn Fetch>,
    /// Hash of the bundle looked at last, and the list and signer of the last good one.
    seen: [u8; 32],
    list: String,
    signer: PublicKey,
    unreadable: bool,
    bad_file: bool,
    bad_fetch: bool,
    next_fetch: Timestamp,
}

impl Renewal {
    /// Renews what was read from `bundle`, whose file is `file`; `url` is where its list is published.
    ///
    /// # Errors
    /// [`BundleError`] if it is none.
    pub fn new(
        bundle: &[u8],
        file: impl BundleFile + 'static,
        url: Option<Url>,
        fetch: Arc<dyn Fetch>,
    ) -> Result<Self, BundleError> {
        let TrustBundle { list, signer, .. } = TrustBundle::parse(bundle)?;
        Ok(Self {
            file: Box::new(file),
            url,
            fetch,
            seen: sha256(bundle),
            list,
            signer,
            unreadable: false,
            bad_file: false,
            bad_fetch: false,
            next_fetch: Timestamp::from_unix(i64::MIN),
        })
    }

    /// Looks whether there is a newer list; to be called every few seconds. Says how often that failed: once for each
    /// file and each fetch. The reasons are in the log, the consequence in [`Trust::standing`].
    pub async fn look(&mut self, trust: &Trust, now: Timestamp) -> u64 {
        let outcomes = [self.look_at_file(trust, now), self.look_at_publisher(trust, now).await];
        trust.note(self.unreadable || self.bad_file || self.bad_fetch, now);
        let mut failures = 0;
        for error in outcomes.into_iter().flatten().filter_map(Result::err) {
            tracing::warn!(%error, "the trust list was not renewed; the one in use stays until it ends");
            failures += 1;
        }
        failures
    }

    /// What came of a file that changed. Its signer is trusted: who put the file there trusts it.
    fn look_at_file(&mut self, trust: &Trust, now: Timestamp) -> Option<Result<(), RenewalError>> {
        let Some(bytes) = self.file.read() else {
            let known = std::mem::replace(&mut self.unreadable, true);
            return (!known).then_some(Err(RenewalError::Unreadable));
        };
        self.unreadable = false;
        let hash = sha256(&bytes);
        let known = std::mem::replace(&mut self.seen, hash) == hash;
        if known && !self.bad_file {
            return None;
        }
        // What was refused may be good later: a list from a clock that goes before ours.
        let outcome = self.take_file(&bytes, trust, now);
        self.bad_file = outcome.is_err();
        Some(outcome).filter(|outcome| outcome.is_ok() || !known)
    }

    fn take_file(&mut self, bytes: &[u8], trust: &Trust, now: Timestamp) -> Result<(), RenewalError> {
        let bundle = TrustBundle::parse(bytes)?;
        let list = bundle.verify(now)?;
        let signer = list.signer().cloned().unwrap_or(bundle.signer);
        trust.renew(list)?;
        (self.list, self.signer) = (bundle.list, signer);
        Ok(())
    }

    /// What came of the fetch, if it was due.
    async fn look_at_publisher(&mut self, trust: &Trust, now: Timestamp) -> Option<Result<(), RenewalError>> {
        let url = self.url.clone().filter(|_| self.next_fetch <= now)?;
        let outcome = self.take_published(url, trust, now).await;
        // A list that could not be kept is in use all the same.
        self.bad_fetch = outcome.as_ref().is_err_and(|error| *error != RenewalError::Unwritable);
        self.next_fetch = now.plus(if self.bad_fetch { SHORTEST } else { pause(&trust.list(), now) });
        Some(outcome)
    }

    async fn take_published(&mut self, url: Url, trust: &Trust, now: Timestamp) -> Result<(), RenewalError> {
        let request = HttpRequest::get(url, MEDIA_TYPE, LIST).without_redirects();
        let answer = self.fetch.send(request).await.map_err(RenewalError::Fetch)?;
        let text = str::from_utf8(&answer.body).ok().filter(|_| answer.status == 200);
        let text = text.ok_or(RenewalError::Answer)?;
        let list = TrustList::verify(text.trim(), &self.list, &self.signer, now)?;
        let signer = list.signer().cloned();
        trust.renew(list)?;
        self.signer = signer.unwrap_or_else(|| self.signer.clone());
        self.keep(text.trim())
    }

    /// Writes a list that is in use into the bundle's file, if the file is the one that was taken last: who put another
    /// there has not been heard yet.
    fn keep(&mut self, text: &str) -> Result<(), RenewalError> {
        let bytes = self.file.read().ok_or(RenewalError::Unreadable)?;
        if self.bad_file || sha256(&bytes) != self.seen || TrustBundle::parse(&bytes)?.trust_list == text {
            return Ok(());
        }
        let bytes = TrustBundle::renewed(&bytes, text, &self.signer)?;
        if !self.file.write(&bytes) {
            return Err(RenewalError::Unwritable);
        }
        self.seen = sha256(&bytes);
        Ok(())
    }
}

/// Time until the list is fetched again.
fn pause(list: &TrustList, now: Timestamp) -> Seconds {
    let left = list.content().expires_at.unix().saturating_sub(now.unix());
    let part = u32::try_from(left / PART).unwrap_or(if left < 0 { 0 } else { u32::MAX });
    Seconds(part.clamp(SHORTEST.0, LONGEST.0))
}

#[cfg(test)]
mod tests;
