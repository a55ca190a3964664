//! The directory's side of a verifier's feed (docs/decisions/0021, 0024): asks for batches of events, verifies them by the key that is pinned for the
//! verifier, and has them taken; and asks the verifier to ask a person.
//!
//! Refused: what FA-01 to FA-06 say, and answers that are none.

use std::fmt;
use std::sync::Arc;

use jigap_keys::PublicKey;
use jigap_keys::json::{self, Limits};
use jigap_wallet_core::facts::Subject;
use jigap_wallet_core::facts::signed::{MEDIA_TYPE, SignedBatch};
use jigap_wallet_core::people::PersonaId;
use jigap_wallet_core::ports::{Fetch, FetchError, FetchLimits, HttpRequest, HttpResponse};
use jigap_wallet_core::time::Timestamp;
use jigap_wallet_core::verdict::Refusal;
use serde::Deserialize;
use serde_json::{Value, json};
use url::Url;
use zeroize::Zeroizing;

use crate::directory::{Directory, DirectoryError, Took};
use crate::kinds::Kind;

/// How long the verifier may wait for something to happen, in seconds.
const WAIT: u32 = 25;
/// What is accepted of an answer to that.
const BATCH: FetchLimits = FetchLimits { max_bytes: 2 << 20, timeout_ms: 40_000 };
const ANSWER: Limits = Limits { bytes: 16 << 10, depth: 4 };

/// A verifier, as its consumer knows it.
pub struct Feed {
    /// Where it is: its public URL.
    pub verifier: Url,
    /// Its client identifier: `iss` of what it signs.
    pub client_id: String,
    /// The key that is pinned for it.
    pub key: PublicKey,
    /// What opens the feed, kept as a secret.
    pub token: Zeroizing<String>,
    /// What the verifier calls this directory.
    pub consumer: String,
    /// Sends requests.
    pub fetch: Arc<dyn Fetch>,
}

/// Why nothing was heard.
#[derive(Debug, thiserror::Error)]
pub enum FeedError {
    /// The verifier cannot be reached.
    #[error("the verifier: {0}")]
    Fetch(#[from] FetchError),
    /// It answered with another status.
    #[error("the verifier answered with status {0}")]
    Status(u16),
    /// What it answered is not in its form.
    #[error("the verifier's answer is not in its form")]
    Form,
    /// The batch is refused: no verifier of ours said that.
    #[error(transparent)]
    Refused(#[from] Refusal),
    /// The directory did not take it.
    #[error(transparent)]
    Directory(#[from] DirectoryError),
}

/// What a verifier will ask a person.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct Opened {
    /// What the verifier calls it.
    pub request_id: String,
    /// Whom the verifier means by the persona.
    pub subject: Subject,
    /// The link for the person's wallet.
    pub link: String,
    /// Until when it can be answered.
    pub expires_at: Timestamp,
}

impl Feed {
    /// Asks once for what is new, waits for it at the verifier, and has it taken. Says what came of it, and whether there is more at once.
    ///
    /// # Errors
    /// [`FeedError`]; then nothing was taken.
    pub async fn pull(&self, directory: &Directory) -> Result<(Took, bool), FeedError> {
        let after = directory.position().await?;
        let mut url = self.at("v1/feed/events");
        url.query_pairs_mut().append_pair("after", &after.to_string()).append_pair("wait", &WAIT.to_string());
        let request = HttpRequest::get(url, MEDIA_TYPE, BATCH).without_redirects().bearer(&self.token);
        let answer = self.fetch.send(request).await?;
        if answer.status != 200 {
            return Err(FeedError::Status(answer.status));
        }
        let compact = std::str::from_utf8(&answer.body).map_err(|_| FeedError::Form)?;
        let pinned = |named: &str| (named == self.client_id).then_some(&self.key);
        let now = directory.parts().clock.now();
        let batch = SignedBatch::parse(compact)?.verify(pinned, (&self.consumer, after), now)?;
        let took = directory.take(after, &batch).await?;
        Ok((took, batch.next() != after || took.refused > 0))
    }

    /// Has the verifier ask the person of `persona` to prove `kind`, and keeps whom it means by them.
    ///
    /// # Errors
    /// [`FeedError`].
    pub async fn ask(
        &self,
        directory: &Directory,
        kind: &Kind,
        persona: &PersonaId,
    ) -> Result<Opened, FeedError> {
        let parts = directory.parts();
        let (en, ko) = kind.names();
        let body = json!({
            "dcql_query": parts.kinds.query(kind, parts.dsub),
            "sought": parts.kinds.sought(kind),
            "purpose": {
                "en": format!("To be found as: {en} ({})", parts.audience),
                "ko": format!("{ko}(으)로 검색되기 위해 ({})", parts.audience),
            },
            "bound_to": persona,
        });
        let body = body.to_string().into_bytes();
        let request =
            HttpRequest::post(self.at("v1/feed/requests"), "application/json", body, FetchLimits::DOCUMENT);
        let HttpResponse { status, body, .. } = self.fetch.send(request.bearer(&self.token)).await?;
        if status != 201 {
            return Err(FeedError::Status(status));
        }
        let value: Value = json::parse(&body, ANSWER).map_err(|_| FeedError::Form)?;
        let opened = Opened::deserialize(value).map_err(|_| FeedError::Form)?;
        let is_link = opened.link.starts_with("openid4vp://");
        if !is_link || !opened.link.bytes().all(|byte| byte.is_ascii_graphic()) {
            return Err(FeedError::Form);
        }
        directory.link(persona, &opened.subject).await?;
        Ok(opened)
    }

    fn at(&self, path: &str) -> Url {
        let mut url = self.verifier.clone();
        url.set_path(&format!("{}/{path}", self.verifier.path().trim_end_matches('/')));
        url
    }
}

impl fmt::Debug for Feed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Feed({})", self.verifier)
    }
}
