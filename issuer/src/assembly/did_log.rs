//! The log of a tenant's did:webvh (did:webvh 1.0): begun at the first start, and continued at each start that finds other
//! keys than the last version lists.
//!
//! Its own signing keys are Ed25519, sign nothing else, and each one entry: an entry names by its hash the key of the next
//! (pre-rotation), so that whoever gets hold of one that signed cannot go on. The next is promoted before the entry that it
//! signs is kept; a crash in between is made good at the next start. Refused: a kept log that does not verify, one of
//! another host, an entry that another process wrote meanwhile.

use jigap_keys::{KeyType, PublicKey};
use jigap_platform::keyring::Keyring;
use jigap_platform::signer::LocalSigner;
use jigap_wallet_core::did::Did;
use jigap_wallet_core::did::webvh::{self, Change, Draft, Log, WriteError};
use jigap_wallet_core::ports::{Signer as _, SignerError, StoreError, transact};
use jigap_wallet_core::time::{Seconds, Timestamp};
use jigap_wallet_core::verdict::Refusal;
use serde_json::Value;

use super::AssemblyError;
use super::keys::{TenantKeys, place};
use crate::places::Places;

/// Entries read at a time.
const PAGE: usize = 32;

/// A log, verified.
pub(super) struct DidLog {
    did: Did,
    lines: String,
}

/// Why a tenant has no log.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum DidLogError {
    /// What is kept does not verify: a changed store, or a clock that went back.
    #[error("the log that is kept of its did:webvh is refused: {0}")]
    Refused(Refusal),
    /// The operator's fault.
    #[error("its did:webvh is of another public_url, and does not move with it")]
    Elsewhere,
    /// An entry cannot be written.
    #[error("the log of its did:webvh cannot be continued: {0}")]
    Write(#[from] WriteError),
    /// The key cannot sign now.
    #[error("the log of its did:webvh cannot be continued: {0}")]
    Unsigned(#[from] SignerError),
    /// Another process continued it.
    #[error("the log of its did:webvh was continued by another process: start again")]
    Raced,
    /// The store failed; start again.
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl DidLog {
    /// Reads the log of the tenant `id` at `host` (`id.example%3A8443`), begins it or continues it, so that its last version
    /// is the document of `keys`.
    pub(super) async fn open(
        (id, host): (&str, &str),
        keys: &TenantKeys,
        keyring: Keyring<'_>,
        now: Timestamp,
    ) -> Result<Self, AssemblyError> {
        let writer = Writer { id, keyring, now };
        let place = format!("{host}:{id}");
        let lines = writer.kept().await.map_err(writer.fault())?;
        let lines = if lines.is_empty() {
            let document = keys.did_document(&webvh::placeholder_did(&place));
            writer.begin(&place, &document).await?
        } else {
            let log =
                Log::read(lines.as_bytes(), now).map_err(DidLogError::Refused).map_err(writer.fault())?;
            let last = log.versions().last().ok_or_else(|| writer.fault()(DidLogError::Elsewhere))?;
            if !last.did().as_str().ends_with(&format!(":{place}")) {
                return Err(writer.fault()(DidLogError::Elsewhere));
            }
            let document = keys.did_document(last.did().as_str());
            if *last.state() == document { lines } else { lines + &writer.go_on(&log, &document).await? }
        };
        let log = Log::read(lines.as_bytes(), now).map_err(DidLogError::Refused).map_err(writer.fault())?;
        let last = log.versions().last().ok_or_else(|| writer.fault()(DidLogError::Elsewhere))?;
        Ok(Self { did: last.did().clone(), lines })
    }

    /// The DID.
    pub(super) const fn did(&self) -> &Did {
        &self.did
    }

    /// What is published: a line of JSON for each version.
    pub(super) fn into_lines(self) -> String {
        self.lines
    }
}

/// Writes the log of one tenant.
struct Writer<'a> {
    id: &'a str,
    keyring: Keyring<'a>,
    now: Timestamp,
}

impl Writer<'_> {
    fn fault<E: Into<DidLogError>>(&self) -> impl Fn(E) -> AssemblyError {
        move |error| AssemblyError::DidLog(self.id.to_owned(), error.into())
    }

    /// What is kept, `""` if nothing is.
    async fn kept(&self) -> Result<String, DidLogError> {
        let (places, mut lines, mut number) = (Places::of(self.id), String::new(), 1);
        let tx = self.keyring.store.begin().await?;
        loop {
            let page = tx.range(&places.log_entries(number), PAGE).await?;
            for (_, line) in &page {
                lines.push_str(std::str::from_utf8(line).map_err(|_| StoreError::Unavailable)?);
            }
            if page.len() < PAGE {
                return Ok(lines);
            }
            number += PAGE;
        }
    }

    async fn begin(&self, place: &str, document: &Value) -> Result<String, AssemblyError> {
        let signer = self.keyring.signer(&self.place(), KeyType::Ed25519).await?;
        let change = self.change(signer.public_key()).await?;
        let draft = webvh::create(place, document, &change, signer.public_key(), self.now);
        self.keep(1, draft.map_err(self.fault())?, &signer).await
    }

    async fn go_on(&self, log: &Log, document: &Value) -> Result<String, AssemblyError> {
        let last = log.versions().last().ok_or_else(|| self.fault()(DidLogError::Elsewhere))?;
        let place = self.place();
        let promised = |key: &PublicKey| last.next_key_hashes().contains(&webvh::key_hash(key));
        let mut signer = self.keyring.signer(&place, KeyType::Ed25519).await?;
        // Unless it was promoted before a crash.
        if !promised(signer.public_key()) {
            self.keyring.promote(&place, KeyType::Ed25519, (self.now, self.now)).await?;
            signer = self.keyring.signer(&place, KeyType::Ed25519).await?;
        }
        let change = self.change(signer.public_key()).await?;
        let at = self.now.max(last.time().plus(Seconds(1)));
        let draft = log.update(Some(document), &change, signer.public_key(), at).map_err(self.fault())?;
        self.keep(last.number() as usize + 1, draft, &signer).await
    }

    /// Who signs this entry, and who the next.
    async fn change(&self, signer: &PublicKey) -> Result<Change, AssemblyError> {
        let next = self.keyring.prepare(&self.place(), KeyType::Ed25519).await?;
        Ok(Change {
            update_keys: Some(vec![signer.clone()]),
            next_key_hashes: Some(vec![webvh::key_hash(&next)]),
            ..Change::default()
        })
    }

    /// Signs the entry and keeps it as that with this number, unless there is one.
    async fn keep(&self, number: usize, draft: Draft, signer: &LocalSigner) -> Result<String, AssemblyError> {
        let signature = signer.sign(draft.signing_input()).await.map_err(self.fault())?;
        let line = draft.into_line(&signature);
        let kept = transact(self.keyring.store, |tx| {
            let (place, line) = (Places::of(self.id).log_entry(number), &line);
            async move {
                if tx.get(&place).await?.is_some() {
                    return Err(DidLogError::Raced);
                }
                tx.set(place, line);
                Ok(())
            }
        });
        kept.await.map_err(self.fault())?;
        Ok(line)
    }

    /// Where the keys that sign entries lie.
    fn place(&self) -> String {
        place(self.id, "log")
    }
}
