//! Used tickets that this gate and the venue's others tell each other, through the computer that keeps the gate.
//!
//! | key | value |
//! |---|---|
//! | `page/tell/` and eight bytes of a number | a receipt of this gate that was not told yet, as a line |
//! | `page/heard` | how far it has heard |
//! | `page/met` | empty: it has heard all that there was since it was paired |
//!
//! Before it has met the others it opens for no ticket: a page that was paired anew, or whose storage was emptied, does not know
//! which tickets it let in itself, and hears that there.

use jigap_wallet_core::pass::{
    MOST_TOLD, Marks, MarksHeard, MarksTold, Merged, Register, RegisterError, Replay, SignedReceipt,
    TakeError,
};
use jigap_wallet_core::ports::{KeyRange, StoreError, transact};
use jigap_wallet_core::text::{Lang, printable};
use jigap_wallet_core::time::Timestamp;
use serde_json::{Value, json};

use crate::store::{PageStore, at_once};

const TELL: &[u8] = b"page/tell/";
const HEARD: &[u8] = b"page/heard";
const MET: &[u8] = b"page/met";

/// Why an answer was not heard.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum HearError {
    /// It is no answer.
    #[error("what the computer that keeps the gate says of used tickets cannot be read")]
    Form,
    /// There are more used tickets than a gate remembers.
    #[error("there are more used tickets than a gate remembers")]
    Full,
    /// The store failed.
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// What a page knows of its venue's other gates.
pub struct Sharing {
    store: PageStore,
    /// How many receipts are not told yet.
    untold: usize,
    /// How many of them were offered, and wait for an answer.
    offered: usize,
    met: bool,
    /// Tickets that were used twice, and where the latest was used last.
    twice: usize,
    latest: Option<(Timestamp, String)>,
}

impl Sharing {
    /// As the page kept it.
    ///
    /// # Errors
    /// [`RegisterError`]
    pub fn open(store: &PageStore, register: &Register) -> Result<Self, RegisterError> {
        let (untold, met) = at_once(transact(store, |tx| async move {
            let untold = tx.range(&KeyRange::prefix(TELL), usize::MAX).await?.len();
            Ok::<_, StoreError>((untold, tx.get(MET).await?.is_some()))
        }))??;
        let mut sharing = Self { store: store.clone(), untold, offered: 0, met, twice: 0, latest: None };
        sharing.count(register)?;
        Ok(sharing)
    }

    /// Whether the gate knows what the others know.
    pub const fn has_met(&self) -> bool {
        self.met
    }

    /// Keeps what this gate let in, to be told.
    ///
    /// # Errors
    /// [`StoreError`]
    pub fn tell(&mut self, receipt: &SignedReceipt) -> Result<(), StoreError> {
        at_once(transact(&self.store, |tx| async move {
            let last = tx.range_reverse(&KeyRange::prefix(TELL), 1).await?;
            let last = last.first().and_then(|(key, _)| key.last_chunk().copied().map(u64::from_be_bytes));
            let next = last.map_or(0, |last| last.saturating_add(1));
            tx.set([TELL, &next.to_be_bytes()].concat(), receipt.to_line());
            Ok::<_, StoreError>(())
        }))??;
        self.untold += 1;
        Ok(())
    }

    /// What to say to the others now.
    ///
    /// # Errors
    /// [`StoreError`]
    pub fn offer(&mut self) -> Result<MarksTold, StoreError> {
        let (marks, since) = at_once(transact(&self.store, |tx| async move {
            Ok::<_, StoreError>((tx.range(&KeyRange::prefix(TELL), MOST_TOLD).await?, tx.get(HEARD).await?))
        }))??;
        self.offered = marks.len();
        let text = |bytes: Vec<u8>| String::from_utf8(bytes).unwrap_or_default();
        Ok(MarksTold {
            since: since.map(text),
            marks: marks.into_iter().map(|(_, line)| text(line)).collect(),
        })
    }

    /// Hears the answer to [`Sharing::offer`]: whether there is more to say or to hear.
    ///
    /// # Errors
    /// [`HearError`]
    pub fn hear(
        &mut self,
        answer: &str,
        (register, replay): (&Register, &mut Replay),
        now: Timestamp,
    ) -> Result<bool, HearError> {
        let heard = MarksHeard::read(answer.as_bytes()).ok_or(HearError::Form)?;
        let (mut twice, mut ahead) = (false, false);
        for line in &heard.marks {
            let receipt = match SignedReceipt::read_line(line, register.venue(), now) {
                Ok(receipt) => receipt,
                Err(refusal) => {
                    // What is over does not matter any more. All else is heard again: a clock is wrong, or the venue has another key.
                    ahead |= refusal.reason.code != "mark-over";
                    continue;
                }
            };
            match at_once(register.take(replay, &receipt, now))? {
                Ok(merged) => twice |= merged == Merged::Duplicate,
                Err(TakeError::Refused(_)) => return Err(HearError::Full),
                Err(TakeError::Store(error)) => return Err(error.into()),
            }
        }
        let (next, offered) = (&heard.next, self.offered);
        let met = !heard.more && !ahead;
        at_once(transact(&self.store, |tx| async move {
            for (key, _) in tx.range(&KeyRange::prefix(TELL), offered).await? {
                tx.clear(key);
            }
            if !ahead {
                tx.set(HEARD, next);
            }
            if met {
                tx.set(MET, b"");
            }
            Ok::<_, StoreError>(())
        }))??;
        (self.untold, self.offered) = (self.untold.saturating_sub(offered), 0);
        self.met |= met;
        if twice {
            self.count(register).map_err(|_| StoreError::Unavailable)?;
        }
        Ok(!ahead && (heard.more || self.untold > 0))
    }

    /// Counts the tickets that were used twice.
    fn count(&mut self, register: &Register) -> Result<(), RegisterError> {
        let (mut twice, mut latest) = (0, None);
        at_once(register.each(|marks: &Marks| {
            if marks.is_duplicate() {
                twice += 1;
                let last = marks
                    .receipts()
                    .last()
                    .map(|signed| (signed.receipt().at, signed.receipt().name.clone()));
                latest = latest.take().max(last);
            }
        }))??;
        (self.twice, self.latest) = (twice, latest);
        Ok(())
    }

    /// What the page says of it, as JSON.
    pub fn standing(&self, lang: Lang) -> Value {
        let latest =
            self.latest.as_ref().map(|(at, name)| format!("{}, {}", at.to_civil(lang), printable(name)));
        json!({ "met": self.met, "untold": self.untold, "twice": self.twice, "latest": latest })
    }
}
