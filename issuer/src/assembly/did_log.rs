//! The log of a tenant's did:webvh (did:webvh 1.0): begun at the first start, and continued at each start that finds other
//! keys than the last version lists.
//!
//! Its own signing keys are Ed25519, sign nothing else, and each one entry: an entry names by its hash the key of the next
//! (pre-rotation), so that whoever gets hold of one that signed cannot go on. The next is promoted before the entry that it
//! signs is kept; a crash in between is made good at the next start. An entry is kept only where the log with it verifies.
//! Refused: a kept log that does not verify, one of another host, one whose promised key is not there, an entry that was
//! written meanwhile.

use jigap_keys::{KeyType, PublicKey};
use jigap_platform::keyring::{Keyring, KeyringError};
use jigap_platform::signer::LocalSigner;
use jigap_wallet_core::did::Did;
use jigap_wallet_core::did::webvh::{self, Change, Draft, Log, Version, WriteError};
use jigap_wallet_core::ports::{Signer as _, SignerError, StoreError, transact};
use jigap_wallet_core::time::{Seconds, Timestamp};
use jigap_wallet_core::verdict::Refusal;
use serde_json::Value;

use super::keys::{TenantKeys, place};
use super::{AssemblyError, Start};
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
    /// It was continued meanwhile.
    #[error("the log of its did:webvh was continued by somebody else: start again")]
    Raced,
    /// A changed store: nobody can continue it.
    #[error("the key that the log of its did:webvh promised is not there")]
    NoKey,
    /// The store failed; start again.
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl DidLog {
    /// Reads the log of the tenant `id` at `host` (`id.example%3A8443`), begins it or continues it, so that its last version
    /// is the document of `keys`. Who only looks takes it as it is, if it could be continued, and one that is begun there is of
    /// that look alone.
    pub(super) async fn open(
        (id, host): (&str, &str),
        keys: &TenantKeys,
        keyring: Keyring<'_>,
        (start, now): (Start, Timestamp),
    ) -> Result<Self, AssemblyError> {
        let writer = Writer { id, keyring, now };
        let opened = writer.opened(&format!("{host}:{id}"), keys, start).await;
        opened.map_err(|error| match error {
            Fault::Log(error) => AssemblyError::DidLog(id.to_owned(), error),
            Fault::Keyring(error) => error.into(),
        })
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

/// Why a log is not opened, before it is said whose it is.
enum Fault {
    Log(DidLogError),
    Keyring(KeyringError),
}

impl<E: Into<DidLogError>> From<E> for Fault {
    fn from(error: E) -> Self {
        Self::Log(error.into())
    }
}

/// Writes the log of one tenant.
struct Writer<'a> {
    id: &'a str,
    keyring: Keyring<'a>,
    now: Timestamp,
}

impl Writer<'_> {
    async fn opened(&self, place: &str, keys: &TenantKeys, start: Start) -> Result<DidLog, Fault> {
        let mut lines = self.kept().await?;
        if lines.is_empty() {
            lines = self.begin(place, keys).await?;
        }
        let log = self.read(&lines)?;
        let last = log.versions().last().ok_or(DidLogError::Elsewhere)?;
        let did = last.did().clone();
        if !did.as_str().ends_with(&format!(":{place}")) {
            return Err(DidLogError::Elsewhere.into());
        }
        let document = keys.did_document(did.as_str());
        match start {
            _ if *last.state() == document => {}
            Start::Serving => lines = self.go_on(&log, &lines, &document).await?,
            Start::Looking => self.require_promised(last).await?,
        }
        Ok(DidLog { did, lines })
    }

    fn read(&self, lines: &str) -> Result<Log, DidLogError> {
        Log::read(lines.as_bytes(), self.now).map_err(DidLogError::Refused)
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

    async fn begin(&self, place: &str, keys: &TenantKeys) -> Result<String, Fault> {
        let document = keys.did_document(&webvh::placeholder_did(place));
        let signer = self.keyring.signer(&self.place(), KeyType::Ed25519).await;
        let signer = signer.map_err(Fault::Keyring)?;
        let change = self.change(signer.public_key()).await?;
        let draft = webvh::create(place, &document, &change, signer.public_key(), self.now)?;
        self.keep(1, "", draft, &signer).await
    }

    async fn go_on(&self, log: &Log, lines: &str, document: &Value) -> Result<String, Fault> {
        let last = log.versions().last().ok_or(DidLogError::Elsewhere)?;
        let signer = self.promised(last).await?;
        let change = self.change(signer.public_key()).await?;
        let at = self.now.max(last.time().plus(Seconds(1)));
        let draft = log.update(Some(document), &change, signer.public_key(), at)?;
        self.keep(last.number() as usize + 1, lines, draft, &signer).await
    }

    /// Requires that the key that `last` promised is there.
    async fn require_promised(&self, last: &Version) -> Result<(), Fault> {
        let place = self.place();
        let signs = self.keyring.held(&place).await.map_err(Fault::Keyring)?;
        let next = self.keyring.held_next(&place).await.map_err(Fault::Keyring)?;
        let there = [signs, next].iter().flatten().any(|key| is_promised(key, last));
        if there { Ok(()) } else { Err(DidLogError::NoKey.into()) }
    }

    /// The key that `last` promised: the prepared one, which is promoted, or the one that signs, if a crash came between its
    /// promotion and its entry.
    async fn promised(&self, last: &Version) -> Result<LocalSigner, Fault> {
        self.require_promised(last).await?;
        let (place, times) = (self.place(), (self.now, self.now));
        let signs = async || self.keyring.held(&place).await.map_err(Fault::Keyring);
        match signs().await?.filter(|key| is_promised(key, last)) {
            Some(signer) => Ok(signer),
            None => {
                self.keyring.promote(&place, KeyType::Ed25519, times).await.map_err(Fault::Keyring)?;
                signs().await?.ok_or_else(|| DidLogError::NoKey.into())
            }
        }
    }

    /// Who signs this entry, and who the next.
    async fn change(&self, signer: &PublicKey) -> Result<Change, Fault> {
        let next = self.keyring.prepare(&self.place(), KeyType::Ed25519).await.map_err(Fault::Keyring)?;
        Ok(Change {
            update_keys: Some(vec![signer.clone()]),
            next_key_hashes: Some(vec![webvh::key_hash(&next)]),
            ..Change::default()
        })
    }

    /// Signs the entry that follows `lines` and keeps it as that with this number, unless there is one or nobody would take
    /// it. Answers the longer log.
    async fn keep(
        &self,
        number: usize,
        lines: &str,
        draft: Draft,
        signer: &LocalSigner,
    ) -> Result<String, Fault> {
        let signature = signer.sign(draft.signing_input()).await?;
        let line = draft.into_line(&signature);
        let longer = format!("{lines}{line}");
        self.read(&longer)?;
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
        kept.await?;
        Ok(longer)
    }

    /// Where the keys that sign entries lie.
    fn place(&self) -> String {
        place(self.id, "log")
    }
}

fn is_promised(key: &LocalSigner, last: &Version) -> bool {
    last.next_key_hashes().contains(&webvh::key_hash(key.public_key()))
}
