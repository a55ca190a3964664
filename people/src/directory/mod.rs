//! The directory: who is listed, by what they wrote and by what a verifier says is proved of them; durable, and searched by an [`Index`] that
//! follows from it.
//!
//! Everything that changes goes through one transaction of the store: what was heard of a subject, what that makes of a listing, and the
//! numbered events that say so to the index, in the same commit. The index takes events only from the store, in order: what it holds is what a
//! rebuild from the first event would hold. Acknowledged means durable; a kill at any moment loses nothing that was.
//!
//! Refused: a second live listing of one person for one kind (LI-04), a blind that does not open what was proved (DS-01 to DS-03), and what PE-01 to
//! PE-05, LI-01 to LI-03, SE-04 and SE-05 say.

mod places;
mod publish;
mod stored;
mod take;

use std::sync::Arc;

use jigap_keys::Entropy;
use jigap_wallet_core::facts::Subject;
use jigap_wallet_core::people::PersonaId;
use jigap_wallet_core::people::asked::Asks;
use jigap_wallet_core::people::listing::{State, VerifiedListing};
use jigap_wallet_core::ports::{Clock, Store, StoreError, Tx, transact};
use jigap_wallet_core::sealing::{RecordKeys, SealBroken};
use jigap_wallet_core::verdict::{Check, Reason, Refusal};

pub use self::take::Took;

use self::stored::{ListingRecord, PersonaRecord};
use self::take::Work;
use crate::event::IndexEvent;
use crate::index::{Index, IndexError};
use crate::kinds::{Dsub, Kind, Kinds};
use crate::page::Hit;
use crate::words::titles::Titles;

/// LI-04: nobody is listed twice.
pub const ONE_LISTING: Check = Check::new(
    "LI-04",
    "a person has one live listing for a kind in one directory",
    "한 사람은 한 인명부에서 종류마다 하나의 게시글만 둘 수 있습니다",
    "docs/decisions/0024-people-service.md",
);
const SECOND: Reason = Reason::new(
    "listing-second",
    "the same person is listed for this already: withdraw that listing first",
    "같은 사람이 이미 이 종류로 게시되어 있습니다. 그 게시글을 먼저 내리십시오",
);

/// How many events are read of the store at once.
const CHUNK: usize = 256;
/// How often a mutation is tried whose outcome the store does not know: it recognizes its own work.
const TRIES: usize = 3;

/// Why the directory did not do as it was told.
#[derive(Debug, thiserror::Error)]
pub enum DirectoryError {
    /// The person's fault: what they handed in is refused.
    #[error(transparent)]
    Refused(#[from] Refusal),
    /// There is no such listing, persona or kind.
    #[error("there is no such listing or kind")]
    Unknown,
    /// The store failed.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// Our own record cannot be opened.
    #[error(transparent)]
    Seal(#[from] SealBroken),
    /// The index failed.
    #[error(transparent)]
    Index(#[from] IndexError),
}

/// What a directory is made of.
pub struct Parts {
    /// Its public URL: the audience of what personas sign.
    pub audience: String,
    /// What it lists.
    pub kinds: Kinds,
    /// What nobody may claim without proof.
    pub titles: Titles,
    /// Whether holders must show the name of their record.
    pub dsub: Dsub,
    /// Where it is kept.
    pub store: Arc<dyn Store>,
    /// What time it is.
    pub clock: Arc<dyn Clock>,
    /// Randomness.
    pub entropy: Arc<dyn Entropy>,
    /// What its records are sealed with.
    pub keys: RecordKeys,
}

/// The directory.
pub struct Directory {
    parts: Parts,
    index: Index,
}

/// How a listing stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Standing {
    /// It is found.
    Published,
    /// It is found once something proves it.
    Waiting,
    /// Its person does not want to be found.
    Paused,
    /// It is gone.
    Withdrawn,
    /// What is proved of its person now does not let it stand: edit it.
    Refused(&'static str),
}

/// A listing, to its own person.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Own {
    /// The number of the last document.
    pub number: u64,
    /// How it stands.
    pub standing: Standing,
    /// The document as it was handed in; none after it was withdrawn.
    pub document: Option<String>,
    /// What it is shown as proved, by kind.
    pub kinds: Vec<String>,
}

/// What a seeker is shown of one person, and how they are written to.
#[derive(Debug, Clone, PartialEq)]
pub struct Profile {
    /// As in an answer.
    pub hit: Hit,
    /// The persona's X25519 key in base64url.
    pub agreement: String,
    /// What a seeker has to prove first.
    pub gate: Option<String>,
}

impl Directory {
    /// Opens it and makes the index of its events.
    ///
    /// # Errors
    /// [`DirectoryError`].
    pub async fn open(parts: Parts) -> Result<Self, DirectoryError> {
        let directory = Self { parts, index: Index::new()? };
        directory.catch_up().await?;
        directory.commit()?;
        Ok(directory)
    }

    /// The index.
    pub const fn index(&self) -> &Index {
        &self.index
    }

    /// What it is made of.
    pub(crate) const fn parts(&self) -> &Parts {
        &self.parts
    }

    /// The kind of this name.
    ///
    /// # Errors
    /// [`DirectoryError::Unknown`].
    pub fn kind(&self, id: &str) -> Result<&Kind, DirectoryError> {
        self.parts.kinds.find(id).ok_or(DirectoryError::Unknown)
    }

    /// Hands the index what it has not taken yet. Who is hidden by it is in no answer from then on.
    ///
    /// # Errors
    /// [`DirectoryError`].
    pub async fn catch_up(&self) -> Result<(), DirectoryError> {
        loop {
            let tx = self.parts.store.begin().await?;
            let found = tx.range(&places::events_after(self.index.applied()), CHUNK).await?;
            let read = found.len();
            for (key, value) in found {
                let sequence = places::sequence_of(&key).ok_or(SealBroken)?;
                let (at, what) = stored::open_event(&key, &value, &self.parts.keys)?;
                self.index.take(IndexEvent { sequence, at, what })?;
            }
            if read < CHUNK {
                return Ok(());
            }
        }
    }

    /// Lets searches find what was taken.
    ///
    /// # Errors
    /// [`DirectoryError::Index`].
    pub fn commit(&self) -> Result<(), DirectoryError> {
        Ok(self.index.commit(self.parts.clock.now())?)
    }

    /// Takes in a listing document. The same document again is answered as the first time.
    ///
    /// # Errors
    /// [`DirectoryError::Refused`] by PE-01 to PE-05, LI-01, LI-02, LI-04, DS-01 to DS-03, SE-04 and SE-05.
    pub async fn put(&self, compact: &str) -> Result<Own, DirectoryError> {
        let verified = &VerifiedListing::read(compact, &self.parts.audience)?;
        let own =
            self.settled(|| transact(&*self.parts.store, |tx| self.putting(tx, compact, verified))).await?;
        self.catch_up().await?;
        Ok(own)
    }

    async fn putting(
        &self,
        tx: Tx,
        compact: &str,
        verified: &VerifiedListing,
    ) -> Result<Own, DirectoryError> {
        let (mut work, document) = (Work::begin(self, tx).await?, verified.document());
        let mut record = work.listing(&document.persona).await?.unwrap_or_default();
        if record.number != document.number || record.digest != *verified.digest() {
            verified.require_newer(record.number)?;
            record.take(compact, verified);
            work.publish(&document.persona, &mut record, true).await?;
        }
        Ok(own(&record))
    }

    /// The listing of who asks for their own. Refuses by PE-01 to PE-05 and LI-03.
    ///
    /// # Errors
    /// [`DirectoryError`].
    pub async fn own(&self, persona: &PersonaId, asked: &str) -> Result<Own, DirectoryError> {
        let (asker, asks) = Asks::read(asked, &self.parts.audience, self.parts.clock.now())?;
        if asks != Asks::Listing || asker != *persona {
            return Err(DirectoryError::Unknown);
        }
        let work = Work::begin(self, self.parts.store.begin().await?).await?;
        work.listing(persona).await?.map(|record| own(&record)).ok_or(DirectoryError::Unknown)
    }

    /// Who asks to be verified, as what. Refuses by PE-01 to PE-05 and LI-03.
    ///
    /// # Errors
    /// [`DirectoryError`].
    pub fn asked(&self, asked: &str) -> Result<(PersonaId, &Kind), DirectoryError> {
        match Asks::read(asked, &self.parts.audience, self.parts.clock.now())? {
            (persona, Asks::Backing { kind }) => Ok((persona, self.kind(&kind)?)),
            (_, Asks::Listing) => Err(DirectoryError::Unknown),
        }
    }

    /// Keeps whom the verifier means by `subject`: what is proved of them backs the listing of `persona`.
    ///
    /// # Errors
    /// [`DirectoryError`].
    pub async fn link(&self, persona: &PersonaId, subject: &Subject) -> Result<(), DirectoryError> {
        self.settled(|| {
            transact(&*self.parts.store, |tx| async move {
                let mut work = Work::begin(self, tx).await?;
                let mut known = work.persona(persona).await?.unwrap_or_default();
                let mut about = work.subject(subject).await?;
                if known.subject.as_ref() == Some(subject) && about.persona.as_ref() == Some(persona) {
                    return Ok(());
                }
                (known.subject, about.persona) = (Some(subject.clone()), Some(persona.clone()));
                work.put_persona(persona, &known)?;
                work.put_subject(subject, &about)?;
                work.publish_again(persona).await
            })
        })
        .await?;
        self.catch_up().await
    }

    /// What a seeker is shown of the listing `id`.
    ///
    /// # Errors
    /// [`DirectoryError::Unknown`] for who is not to be found.
    pub async fn profile(&self, id: &PersonaId) -> Result<Profile, DirectoryError> {
        let hit = self.index.show(id.as_str(), self.parts.clock.now()).ok_or(DirectoryError::Unknown)?;
        let work = Work::begin(self, self.parts.store.begin().await?).await?;
        let record = work.listing(id).await?.ok_or(DirectoryError::Unknown)?;
        let document = record.document()?.ok_or(DirectoryError::Unknown)?;
        Ok(Profile { hit, agreement: document.agreement, gate: document.gate })
    }

    /// Runs a mutation that recognizes its own work, again where the store does not know whether it was committed.
    async fn settled<T, F: Future<Output = Result<T, DirectoryError>>>(
        &self,
        run: impl Fn() -> F,
    ) -> Result<T, DirectoryError> {
        for _ in 1..TRIES {
            match run().await {
                Err(DirectoryError::Store(StoreError::Unknown)) => {}
                outcome => return outcome,
            }
        }
        run().await
    }
}

fn own(record: &ListingRecord) -> Own {
    let standing = match (record.state, record.published, record.refused()) {
        (State::Withdrawn, ..) => Standing::Withdrawn,
        (State::Paused, ..) => Standing::Paused,
        (State::Listed, true, _) => Standing::Published,
        (State::Listed, false, Some(check)) => Standing::Refused(check),
        (State::Listed, false, None) => Standing::Waiting,
    };
    Own {
        number: record.number,
        standing,
        document: Some(record.document.clone()).filter(|document| !document.is_empty()),
        kinds: record.kinds.clone(),
    }
}

impl Default for PersonaRecord {
    fn default() -> Self {
        Self { version: stored::VERSION, subject: None }
    }
}

#[cfg(test)]
mod tests;
