//! The used tickets of a gate, kept in a store: what a gate opened for stays marked, whatever becomes of its process.
//!
//! [`Register::admit`] lets in whom [`Gate::judge`](super::Gate::judge) judged, and answers when the mark is durable, not before. Where it cannot be
//! written nobody is let in, and the refusal (EP-13) says whether the ticket may count as used. A process that dies between the
//! write and its answer has marked a ticket that opened nothing: whoever shows it is told that it was used, and when.
//!
//! | key | value |
//! |---|---|
//! | `gate/id` | eight bytes: this gate among those of its venue |
//! | `gate/latest` | the latest moment at which marks were forgotten |
//! | `gate/mark/` and 16 bytes of the pass | what is known of a ticket ([`Marks`]): receipts of this gate and of others |
//! | `gate/ending/`, the moment, the pass | empty: when the mark is forgotten |
//!
//! A mark is forgotten a day after its ticket ended; of a ticket that was used twice the receipts stay for 90 days more.

use std::sync::Arc;

use jigap_keys::{Entropy, PrivateKey, PublicKey};

use super::marks::MARKS_BOUND;
use super::replay::{FULL, MOST, TICKET_USED};
use super::{
    Admitted, Checked, GateId, Marks, Merged, ONCE, Pseudonym, Receipt, Replay, SignedReceipt, Window,
};
use crate::ports::{KeyRange, Store, StoreError, Tx, transact};
use crate::time::{Seconds, Timestamp};
use crate::verdict::{Check, Reason, Refusal};

/// EP-13: its use is written down first.
pub const KEPT: Check = Check::new(
    "EP-13",
    "a ticket opens a gate when its use is written down, not before",
    "입장권은 사용 기록을 남긴 뒤에만 문을 엽니다",
    "docs/SPECS.md, Entry passes",
);

const NOT_WRITTEN: Reason = Reason::new(
    "mark-not-written",
    "the gate cannot write down that the ticket is used, so it stays unused: look at the gate's disk",
    "입장권을 사용했다고 기록할 수 없어 사용하지 않은 것으로 두었습니다. 문의 디스크를 확인하세요",
);
const PERHAPS_WRITTEN: Reason = Reason::new(
    "mark-unknown",
    "the gate does not know whether it wrote down that the ticket is used: it may count as used, and somebody has to look",
    "입장권을 사용했다고 기록했는지 알 수 없습니다. 사용한 것으로 남았을 수 있으니 담당자가 확인해야 합니다",
);

const ID: &str = "gate/id";
const LATEST: &str = "gate/latest";
const MARK: &[u8] = b"gate/mark/";
const ENDING: &[u8] = b"gate/ending/";
/// Marks that are read or forgotten in one step.
const PAGE: usize = 1000;
/// How long after its end a ticket is remembered: clocks that are put right meanwhile change nothing.
const AFTER_END: Seconds = Seconds(86_400);
/// How much longer receipts stay of a ticket that was used twice.
const OF_DUPLICATES: Seconds = Seconds(90 * 86_400);

/// Why a gate's marks cannot be used.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum RegisterError {
    /// The store failed.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// What is stored is not what a gate writes.
    #[error("the used tickets of this gate cannot be read")]
    Damaged,
    /// The gate's clock is behind the moment when it last forgot marks: tickets could be used again.
    #[error("the gate's clock is behind {0}, when it last forgot used tickets")]
    Clock(Timestamp),
    /// There are more used tickets than a gate remembers.
    #[error("there are more used tickets than a gate remembers")]
    Full,
}

/// Where a gate writes down which tickets it, and the other gates of its venue, let in.
pub struct Register {
    store: Arc<dyn Store>,
    venue: Arc<PrivateKey>,
    gate: GateId,
    name: String,
}

impl std::fmt::Debug for Register {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Register").field("gate", &self.gate).finish_non_exhaustive()
    }
}

/// What came of a try to write a mark.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Written {
    Now,
    /// Another process, or another gate, did before.
    Before,
}

impl Register {
    /// Opens the register in `store` of the gate that is called `name`, of the venue with this key. What ended is forgotten.
    ///
    /// # Errors
    /// [`RegisterError`]
    pub async fn open(
        store: Arc<dyn Store>,
        (venue, name): (Arc<PrivateKey>, &str),
        entropy: &dyn Entropy,
        now: Timestamp,
    ) -> Result<Self, RegisterError> {
        let mut fresh = [0; 8];
        entropy.fill(&mut fresh);
        let fresh = &fresh;
        let gate = transact(&*store, |tx| async move {
            note(&tx, now).await?;
            match tx.get(ID).await? {
                Some(id) => id.try_into().map(GateId).map_err(|_| RegisterError::Damaged),
                None => {
                    tx.set(ID, fresh);
                    Ok(GateId(*fresh))
                }
            }
        });
        let gate = gate.await?;
        let register = Self { store, venue, gate, name: name.to_owned() };
        register.forget(now).await?;
        Ok(register)
    }

    /// This gate among those of its venue.
    pub const fn gate(&self) -> GateId {
        self.gate
    }

    /// The key that signs receipts of the venue.
    pub fn venue(&self) -> &PublicKey {
        self.venue.public()
    }

    /// Tells `replay` which tickets were used.
    ///
    /// # Errors
    /// [`RegisterError`]
    pub async fn remind(&self, replay: &mut Replay) -> Result<(), RegisterError> {
        let mut room = true;
        self.each(|marks| {
            for signed in marks.receipts() {
                let Receipt { pass, ends, .. } = signed.receipt();
                room &= ends.is_none_or(|ends| replay.remember_ticket(*pass, ends));
            }
        })
        .await?;
        if room { Ok(()) } else { Err(RegisterError::Full) }
    }

    /// Lets in whoever was judged, once: answers when the mark of a ticket is durable, with its receipt for the other gates. Other
    /// passes are marked in memory alone. Refuses by EP-11 and EP-13.
    ///
    /// # Errors
    /// The rule, and whether a ticket may count as used all the same.
    pub async fn admit(
        &self,
        replay: &mut Replay,
        checked: Checked,
        now: Timestamp,
    ) -> Result<(Admitted, Option<SignedReceipt>), Refusal> {
        let admitted = replay.mark(checked, now)?;
        if !admitted.kind.is_single_entry() {
            return Ok((admitted, None));
        }
        let receipt = Receipt::of(&admitted, (self.gate, &self.name), now).sign(&self.venue);
        let Ok(receipt) = receipt else {
            replay.take_back(&admitted);
            return Err(KEPT.refuse(NOT_WRITTEN));
        };
        let first = self.write(&receipt).await;
        // Written or not, writing it again is the same mark: the second answer tells.
        let written = if first == Err(StoreError::Unknown) { self.write(&receipt).await } else { first };
        match written {
            Ok(Written::Now) => Ok((admitted, Some(receipt))),
            Ok(Written::Before) => Err(ONCE.refuse(TICKET_USED)),
            // What the first try may have written stays in doubt, whatever kept the second from finding out.
            Err(_) if first == Err(StoreError::Unknown) => Err(KEPT.refuse(PERHAPS_WRITTEN)),
            Err(_) => {
                replay.take_back(&admitted);
                Err(KEPT.refuse(NOT_WRITTEN))
            }
        }
    }

    /// Marks the ticket of this gate's own `receipt`, unless it was marked.
    async fn write(&self, receipt: &SignedReceipt) -> Result<Written, StoreError> {
        transact(&*self.store, |tx| async move {
            let mut marks = read(&tx, receipt.receipt().pass).await?;
            match marks.merge(receipt.clone()) {
                Merged::New => write(&tx, &marks, None),
                // What was in doubt: the first try did write it.
                Merged::Same => {}
                Merged::Duplicate => return Ok(Written::Before),
            }
            Ok(Written::Now)
        })
        .await
    }

    /// Adds what another gate of the venue says, and marks its ticket at this gate too. Refuses by MK-05.
    ///
    /// # Errors
    /// [`TakeError`]
    pub async fn take(
        &self,
        replay: &mut Replay,
        receipt: &SignedReceipt,
        now: Timestamp,
    ) -> Result<Merged, TakeError> {
        let Receipt { pass, window, ends, .. } = receipt.receipt();
        let full = TakeError::Refused(MARKS_BOUND.refuse(FULL));
        let Some(ends) = ends else {
            return if replay.remember_shown(*window, *pass, now) { Ok(Merged::New) } else { Err(full) };
        };
        if replay.used_tickets() >= MOST {
            return Err(full);
        }
        let merged = transact(&*self.store, |tx| async move {
            let mut marks = read(&tx, *pass).await?;
            let before = marks.ends();
            let merged = marks.merge(receipt.clone());
            if merged != Merged::Same {
                write(&tx, &marks, before);
            }
            Ok::<_, StoreError>(merged)
        });
        let merged = merged.await?;
        if replay.remember_ticket(*pass, *ends) { Ok(merged) } else { Err(full) }
    }

    /// What is known of every used ticket, in no order that says anything.
    ///
    /// # Errors
    /// [`RegisterError`]
    pub async fn each(&self, mut found: impl FnMut(&Marks)) -> Result<(), RegisterError> {
        let mut range = KeyRange::prefix(MARK);
        loop {
            let page = self.store.begin().await?.range(&range, PAGE).await?;
            for (_, bytes) in &page {
                found(&Marks::from_cbor(bytes).ok_or(RegisterError::Damaged)?);
            }
            match page.into_iter().nth(PAGE - 1) {
                Some((key, _)) => range.start = [key.as_slice(), &[0]].concat(),
                None => return Ok(()),
            }
        }
    }

    /// Forgets the marks of tickets that ended; to be called now and then.
    ///
    /// # Errors
    /// [`RegisterError`]
    pub async fn forget(&self, now: Timestamp) -> Result<(), RegisterError> {
        let ended = &KeyRange::new(ENDING, [ENDING, &moment(now)].concat());
        loop {
            let done = transact(&*self.store, |tx| async move {
                let page = tx.range(ended, PAGE).await?;
                for (key, _) in &page {
                    forget(&tx, key, now).await?;
                }
                // Before anything is forgotten: a clock that is put back after it keeps the gate shut.
                note(&tx, now).await?;
                Ok::<_, RegisterError>(page.len() < PAGE)
            });
            if done.await? {
                return Ok(());
            }
        }
    }
}

/// Writes down that it is `now`, unless it was later already.
async fn note(tx: &Tx, now: Timestamp) -> Result<(), RegisterError> {
    let latest = match tx.get(LATEST).await? {
        Some(latest) => latest.try_into().map(i64::from_be_bytes).map_err(|_| RegisterError::Damaged)?,
        None => i64::MIN,
    };
    if now.plus(Window::LENGTH).unix() < latest {
        return Err(RegisterError::Clock(Timestamp::from_unix(latest)));
    }
    tx.set(LATEST, now.unix().max(latest).to_be_bytes());
    Ok(())
}

/// Why a receipt was not taken.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum TakeError {
    /// It breaks a rule.
    #[error(transparent)]
    Refused(#[from] Refusal),
    /// The store failed.
    #[error(transparent)]
    Store(#[from] StoreError),
}

async fn read(tx: &Tx, pass: Pseudonym) -> Result<Marks, StoreError> {
    match tx.get(mark(pass)).await? {
        None => Ok(Marks::default()),
        Some(bytes) => Marks::from_cbor(&bytes).ok_or(StoreError::Unavailable),
    }
}

/// Writes `marks`, which were to be forgotten after `before`.
fn write(tx: &Tx, marks: &Marks, before: Option<Timestamp>) {
    let Some(first) = marks.receipts().first() else { return };
    let pass = first.receipt().pass;
    tx.set(mark(pass), marks.to_cbor());
    let forgotten = |ends: Timestamp| ending(ends.plus(AFTER_END), pass);
    if before != marks.ends() {
        before.iter().for_each(|ends| tx.clear(forgotten(*ends)));
        marks.ends().iter().for_each(|ends| tx.set(forgotten(*ends), b""));
    }
}

/// Forgets the mark that ends by `key`; of a ticket that was used twice later.
async fn forget(tx: &Tx, key: &[u8], now: Timestamp) -> Result<(), RegisterError> {
    let pass = key.last_chunk::<16>().copied().map(Pseudonym::from_bytes).ok_or(RegisterError::Damaged)?;
    let marks = read(tx, pass).await?;
    let later = marks.ends().map(|ends| ends.plus(AFTER_END).plus(OF_DUPLICATES));
    tx.clear(key);
    match later.filter(|later| marks.is_duplicate() && now < *later) {
        Some(later) => tx.set(ending(later, pass), b""),
        None => tx.clear(mark(pass)),
    }
    Ok(())
}

fn mark(pass: Pseudonym) -> Vec<u8> {
    [MARK, pass.as_bytes()].concat()
}

fn ending(at: Timestamp, pass: Pseudonym) -> Vec<u8> {
    [ENDING, &moment(at), pass.as_bytes()].concat()
}

/// A moment as it is ordered.
fn moment(at: Timestamp) -> [u8; 8] {
    u64::try_from(at.unix()).unwrap_or_default().to_be_bytes()
}
