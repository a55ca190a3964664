//! Gathering what the judge names: documents through the `Fetch` port, kept as long as they allow.
//!
//! A status list says itself how long it may be kept, by `ttl` and `exp`, signed; what HTTP headers say counts where it says
//! nothing (Token Status List §8.2), and a policy's `max_status_age` goes before `ttl`. Other documents go by headers.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

use jigap_wallet_core::documents::{Document, Documents, KeptDocument, Need};
use jigap_wallet_core::judge::{Policy, Response};
use jigap_wallet_core::ports::{Clock, Fetch, HttpRequest, HttpResponse};
use jigap_wallet_core::time::{Seconds, Timestamp};
use url::Url;

/// Rounds of needs before the judge has to do with what there is: metadata, then key sets, then a status signer's.
const ROUNDS: usize = 4;
/// Most documents one response may make us fetch.
const MOST_FETCHED: usize = 32;
/// Documents kept in memory, and their bytes in all, with those of the status lists decoded from them.
const KEPT: usize = 1024;
const KEPT_BYTES: usize = 64 * 1024 * 1024;
/// How long a document without a `max-age` is kept; and at most a status list that did not verify.
const DEFAULT_AGE: Seconds = Seconds(60);
/// Longest a document is kept, whatever it says.
const LONGEST_AGE: Seconds = Seconds(24 * 3600);

/// Documents fetched before, by URL.
pub struct Library {
    fetch: Arc<dyn Fetch>,
    clock: Arc<dyn Clock>,
    kept: Mutex<HashMap<Url, KeptDocument>>,
}

impl Library {
    /// An empty library that fetches through `fetch`.
    pub fn new(fetch: Arc<dyn Fetch>, clock: Arc<dyn Clock>) -> Self {
        Self { fetch, clock, kept: Mutex::new(HashMap::new()) }
    }

    /// The way out.
    pub(crate) fn fetch(&self) -> &dyn Fetch {
        &*self.fetch
    }

    /// What `response` needs to be judged under `policy`. What could not be had is missing: the judge refuses by it.
    pub async fn gather(&self, response: &mut Response<'_, '_>, policy: &Policy) -> Documents {
        self.gather_by(|documents| response.needs(documents), policy).await
    }

    /// The same of whatever names its `needs`.
    pub async fn gather_by(
        &self,
        mut needs: impl FnMut(&Documents) -> Vec<Need>,
        policy: &Policy,
    ) -> Documents {
        let mut documents = Documents::new();
        let mut fetched = 0;
        for _ in 0..ROUNDS {
            let needs = needs(&documents);
            if needs.is_empty() {
                break;
            }
            for need in needs {
                if documents.is_settled(&need.url) {
                    continue;
                }
                match self.document(&need, policy, &mut fetched).await {
                    Some(document) => documents.insert(need.url, document),
                    None => documents.insert_missing(need.url),
                }
            }
        }
        documents
    }

    async fn document(&self, need: &Need, policy: &Policy, fetched: &mut usize) -> Option<KeptDocument> {
        if let Some(kept) = self.kept(need, policy, self.clock.now()) {
            return Some(kept);
        }
        if *fetched >= MOST_FETCHED {
            return None;
        }
        *fetched += 1;
        let mut request = HttpRequest::get(need.url.clone(), need.accept, need.limits);
        if need.is_status_list() {
            // A cache on the way goes by headers: what it holds may be older than `ttl` or the policy allows.
            request.headers.push(("cache-control", "no-cache".to_owned()));
        } else {
            // An open redirect on an issuer's host must not supply its keys.
            request = request.without_redirects();
        }
        let answer = self.fetch.send(request).await;
        let document = match answer {
            Ok(HttpResponse { status: 200, body, max_age, age, .. }) => {
                // What a cache on the way has had for a while was fetched then, not now.
                let fetched_at = self.clock.now().minus(Seconds(age));
                Document { bytes: body, fetched_at, max_age: max_age.map(Seconds) }
            }
            Ok(_) => return None,
            Err(error) => {
                tracing::warn!(%error, "a document that judging needs could not be fetched");
                return None;
            }
        };
        Some(self.keep(need.url.clone(), document))
    }

    /// The kept document, if it is still good at `now`.
    fn kept(&self, need: &Need, policy: &Policy, now: Timestamp) -> Option<KeptDocument> {
        let library = self.kept.lock().unwrap_or_else(PoisonError::into_inner);
        let kept = library.get(&need.url)?;
        let good = if need.is_status_list() {
            is_good_list(kept, policy.max_status_age, now)
        } else {
            now < kept.document().fetched_at.plus(own_age(kept.document()))
        };
        good.then(|| kept.clone())
    }

    /// Keeps a document that was fetched. Where it did not change since the last time, neither did what was verified in it.
    fn keep(&self, url: Url, document: Document) -> KeptDocument {
        let mut library = self.kept.lock().unwrap_or_else(PoisonError::into_inner);
        let document = match library.get(&url) {
            Some(earlier) => earlier.fetched_again(document),
            None => document.into(),
        };
        let bytes: usize = library.values().map(KeptDocument::weight).sum();
        if library.len() >= KEPT || bytes + document.weight() > KEPT_BYTES {
            library.clear();
        }
        library.insert(url, document.clone());
        document
    }
}

/// How long the answer's headers let a document be kept.
fn own_age(document: &Document) -> Seconds {
    document.max_age.unwrap_or(DEFAULT_AGE).min(LONGEST_AGE)
}

/// Whether the judge would still rely on a kept status list. One that did not verify is soon looked for again: its host may
/// have mended it.
fn is_good_list(kept: &KeptDocument, max_status_age: Option<Seconds>, now: Timestamp) -> bool {
    let document = kept.document();
    let own = own_age(document);
    let (age, fresh) = match kept.verified_status_list() {
        Some(list) => (
            max_status_age.unwrap_or_else(|| list.ttl().unwrap_or(own).min(LONGEST_AGE)),
            list.is_fresh(document.fetched_at, now, max_status_age),
        ),
        None => (max_status_age.unwrap_or(own).min(DEFAULT_AGE), true),
    };
    fresh && now < document.fetched_at.plus(age)
}

#[cfg(test)]
mod tests;
