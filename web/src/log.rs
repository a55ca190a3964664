//! The entry log of a page: rows that it seals itself, as a gate of its own, and keeps until the computer that keeps the gate has them.
//!
//! | key | value |
//! |---|---|
//! | `page/log` | where the chain stands: day and number (8 bytes each, big-endian), digest of the row before |
//! | `page/row/`, day, number | a row that is not handed over |
//! | `page/end/`, day | what was signed of a day that is over, if that is not handed over |
//! | `page/log/refused` | empty: rows were refused there |
//!
//! Nothing of it opens a row. A row is written in one transaction with where the chain then stands, and a ticket's mark. Nobody is let in
//! without keys for the day (EL-04), with a clock that is behind the chain (EL-13), or where a row could not be kept, or was
//! refused by whoever gets it (EL-14).

use jigap_keys::{Entropy, PrivateKey, base64url};
use jigap_wallet_core::entry_log::{
    CLOCK, Chain, Close, Day, Guest, Hour, LOGGED, LogError, MOST_ROWS, PUT_BACK, Policy, RowsHeard,
    RowsTold, Slot, Visit, scanner_name,
};
use jigap_wallet_core::pass::{GateId, Pseudonym, VenueId};
use jigap_wallet_core::ports::{KeyRange, StoreError, transact};
use jigap_wallet_core::time::Timestamp;
use jigap_wallet_core::verdict::{Reason, Refusal};
use serde_json::{Value, json};

use crate::store::{PageStore, at_once};

const HEAD: &[u8] = b"page/log";
const ROW: &[u8] = b"page/row/";
const END: &[u8] = b"page/end/";
const REFUSED: &[u8] = b"page/log/refused";

const NOT_SEALED: Reason = Reason::new(
    "log-not-kept",
    "this device cannot write the entry log, and lets nobody in",
    "이 기기가 출입 기록을 쓸 수 없어 아무도 들이지 않습니다",
);
const NOT_TAKEN: Reason = Reason::new(
    "log-refused",
    "the computer that keeps the gate refuses this device's entry log: nobody is let in until whoever runs the gate has looked",
    "출입문을 관리하는 컴퓨터가 이 기기의 출입 기록을 거절합니다. 담당자가 확인할 때까지 아무도 들이지 않습니다",
);
/// Why a page cannot keep a log.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum PageLogError {
    /// The policy is none, or a rule stands against it.
    #[error("the entry log's policy: {0}")]
    Policy(Refusal),
    /// The policy is of another venue, or among other parties than the log that was begun.
    #[error("the entry log's policy is of another venue, or among other parties than before")]
    Parties,
    /// What the page kept cannot be read.
    #[error("the entry log that this device kept is damaged")]
    Damaged,
    /// It cannot be sealed or signed.
    #[error(transparent)]
    Log(#[from] LogError),
    /// The store failed.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// What was answered is no answer.
    #[error("what the computer that keeps the gate says of the entry log cannot be read")]
    Form,
}

/// A page's log.
pub struct PageLog {
    policy: Policy,
    id: GateId,
    gate: String,
    store: PageStore,
    chain: Option<Chain>,
    unsent: usize,
    /// What is being handed over: of which day, and whether it was signed.
    told: Option<(Day, bool)>,
    /// The hour in which it was last signed where the chain stands.
    signed: Option<Hour>,
    refused: bool,
}

impl PageLog {
    /// The log of the scanner `id` at `gate`, by a policy in base64url, as the page kept it.
    ///
    /// # Errors
    /// [`PageLogError`]
    pub fn open(
        policy: &str,
        (id, gate): (GateId, &str),
        key: &PrivateKey,
        store: &PageStore,
    ) -> Result<Self, PageLogError> {
        let policy = read(policy, key)?;
        let gate = scanner_name(gate, id);
        let (head, unsent, refused) = at_once(transact(store, |tx| async move {
            let unsent = tx.range(&KeyRange::prefix(ROW), usize::MAX).await?.len();
            Ok::<_, StoreError>((tx.get(HEAD).await?, unsent, tx.get(REFUSED).await?.is_some()))
        }))??;
        let chain = head.map(|head| resumed(&head, &policy, &gate)).transpose()?;
        let (store, told, signed) = (store.clone(), None, None);
        Ok(Self { policy, id, gate, store, chain, unsent, told, signed, refused })
    }

    /// Seals by another policy among the same parties from now on: they published other keys.
    ///
    /// # Errors
    /// [`PageLogError`]; then the one in use stays.
    pub fn renew(&mut self, policy: &str, key: &PrivateKey) -> Result<(), PageLogError> {
        let newer = read(policy, key)?;
        if newer.circle() != self.policy.circle() {
            return Err(PageLogError::Parties);
        }
        self.policy = newer;
        Ok(())
    }

    /// Whether a visitor of `now` can be written down.
    ///
    /// # Errors
    /// The rule that stands against it.
    pub fn ready(&self, now: Timestamp) -> Result<(), Refusal> {
        let day = Day::of(now);
        if self.refused {
            return Err(LOGGED.refuse(NOT_TAKEN));
        }
        if self.chain.as_ref().is_some_and(|chain| chain.next().day > day) {
            return Err(CLOCK.refuse(PUT_BACK));
        }
        self.policy.authority.day_key(day)?;
        self.policy.venue.day_key(day).map(drop)
    }

    /// Seals a row of who showed this pass; they may come in when the page has kept it.
    ///
    /// # Errors
    /// The rule that stands against letting anybody in.
    pub fn append(
        &mut self,
        pass: Pseudonym,
        now: Timestamp,
        (key, entropy): (&PrivateKey, &dyn Entropy),
    ) -> Result<(), Refusal> {
        self.ready(now)?;
        self.try_append(pass, now, (key, entropy)).map_err(|error| match error {
            PageLogError::Log(LogError::Refused(refusal)) => refusal,
            _ => LOGGED.refuse(NOT_SEALED),
        })
    }

    fn try_append(
        &mut self,
        pass: Pseudonym,
        now: Timestamp,
        (key, entropy): (&PrivateKey, &dyn Entropy),
    ) -> Result<(), PageLogError> {
        let day = Day::of(now);
        let before = self.chain.take();
        let (mut chain, ended) = match before {
            Some(chain) if chain.next().day == day => (chain, None),
            before => {
                let ended = before.map(|chain| Close::sign(&chain, Hour::of(now), key)).transpose()?;
                (Chain::begin(&self.policy, &self.gate, day)?, ended)
            }
        };
        let place = [ROW, &key_of(day, chain.count())].concat();
        let visit = Visit { guest: Guest::Pass(pass), slot: Slot::of(now) };
        let row = chain.append(&visit, &self.policy, entropy)?;
        let (head, place, row, ended) = (&head_of(&chain), &place, &row, &ended);
        at_once(transact(&self.store, |tx| async move {
            tx.set(place, row);
            tx.set(HEAD, head);
            if let Some(close) = ended {
                tx.set([END, &close.day.number().to_be_bytes()].concat(), close.as_bytes());
            }
            Ok::<_, StoreError>(())
        }))??;
        self.unsent += 1;
        self.chain = Some(chain);
        Ok(())
    }

    /// What to hand over, as JSON: rows of one day, and, where no more of it are kept, what the venue's key signs of it; that also once in an
    /// hour in which nobody came. `None`: nothing.
    ///
    /// # Errors
    /// [`PageLogError`]
    pub fn tell(&mut self, now: Timestamp, key: &PrivateKey) -> Result<Option<RowsTold>, PageLogError> {
        let (rows, end) = at_once(transact(&self.store, |tx| async move {
            let rows = tx.range(&KeyRange::prefix(ROW), MOST_ROWS + 1).await?;
            Ok::<_, StoreError>((rows, tx.range(&KeyRange::prefix(END), 1).await?))
        }))??;
        let days = rows.first().and_then(|(key, _)| day_in(key, ROW)).into_iter();
        let days = days.chain(end.first().and_then(|(key, _)| day_in(key, END)));
        let unsigned = |chain: &&Chain| self.signed != Some(day_end(chain.next().day).min(Hour::of(now)));
        let standing = self.chain.as_ref().filter(unsigned);
        let Some(day) = days.chain(standing.map(|chain| chain.next().day)).min() else { return Ok(None) };
        let of_day: Vec<_> = rows.into_iter().filter(|(key, _)| day_in(key, ROW) == Some(day)).collect();
        let all = of_day.len() <= MOST_ROWS;
        let of_day: Vec<Vec<u8>> = of_day.into_iter().map(|(_, row)| row).take(MOST_ROWS).collect();
        let ended = end.into_iter().find(|(key, _)| day_in(key, END) == Some(day)).map(|(_, close)| close);
        let chain = self.chain.as_ref().filter(|chain| chain.next().day == day);
        let signed = chain.filter(|_| all).map(|chain| Close::sign(chain, Hour::of(now), key)).transpose()?;
        let close = ended.filter(|_| all).or_else(|| signed.map(|close| close.as_bytes().to_vec()));
        self.told = Some((day, close.is_some()));
        Ok(Some(RowsTold::of(self.id, day, &of_day, close.as_deref())))
    }

    /// Hears the answer to [`PageLog::tell`], and deletes what is there; says whether there is more to hand over.
    ///
    /// # Errors
    /// [`PageLogError`]
    pub fn hear(&mut self, answer: &str, now: Timestamp) -> Result<bool, PageLogError> {
        let heard = RowsHeard::read(answer.as_bytes()).ok_or(PageLogError::Form)?;
        let before = self.unsent;
        let Some((day, closed)) = self.told.take() else { return Ok(false) };
        let there =
            &KeyRange::new([ROW, &key_of(day, 0)].concat(), [ROW, &key_of(day, heard.count)].concat());
        let end = &[END, &day.number().to_be_bytes()].concat();
        self.unsent = at_once(transact(&self.store, |tx| async move {
            tx.clear_range(there);
            tx.clear(REFUSED);
            if closed {
                tx.clear(end);
            }
            Ok::<_, StoreError>(tx.range(&KeyRange::prefix(ROW), usize::MAX).await?.len())
        }))??;
        self.refused = false;
        if closed {
            self.signed = Some(day_end(day).min(Hour::of(now)));
        }
        // Where nothing was taken it is tried later.
        Ok((1..before).contains(&self.unsent))
    }

    /// That what was told is refused there: nobody is let in until it is taken.
    ///
    /// # Errors
    /// [`PageLogError`]
    pub fn refuse(&mut self) -> Result<(), PageLogError> {
        self.refused = true;
        at_once(transact(&self.store, |tx| async move {
            tx.set(REFUSED, b"");
            Ok::<_, StoreError>(())
        }))??;
        Ok(())
    }

    /// Deletes rows of days whose keys have ended, which nobody can read any more.
    ///
    /// # Errors
    /// [`PageLogError`]
    pub fn delete_ended(&mut self, today: Day) -> Result<(), PageLogError> {
        let first = today.plus(1 - i64::from(Day::KEPT));
        let ended = &KeyRange::new(ROW, [ROW, &key_of(first, 0)].concat());
        let ends = &KeyRange::new(END, [END, &first.number().to_be_bytes()].concat());
        self.unsent = at_once(transact(&self.store, |tx| async move {
            tx.clear_range(ended);
            tx.clear_range(ends);
            Ok::<_, StoreError>(tx.range(&KeyRange::prefix(ROW), usize::MAX).await?.len())
        }))??;
        Ok(())
    }

    /// What the page says of it, as JSON.
    pub fn standing(&self) -> Value {
        json!({ "unsent": self.unsent, "refused": self.refused })
    }
}

/// The policy in base64url, of the venue whose key this is.
fn read(policy: &str, key: &PrivateKey) -> Result<Policy, PageLogError> {
    let bytes = base64url::decode(policy).map_err(|_| PageLogError::Damaged)?;
    let policy = Policy::read(&bytes).map_err(PageLogError::Policy)?;
    let is_ours = policy.door() == VenueId::of(key.public());
    if is_ours { Ok(policy) } else { Err(PageLogError::Parties) }
}

fn head_of(chain: &Chain) -> Vec<u8> {
    let place = chain.next();
    [key_of(place.day, place.sequence).as_slice(), &place.previous].concat()
}

fn resumed(head: &[u8], policy: &Policy, gate: &str) -> Result<Chain, PageLogError> {
    let (day, rest) = head.split_first_chunk::<8>().ok_or(PageLogError::Damaged)?;
    let (sequence, previous) = rest.split_first_chunk::<8>().ok_or(PageLogError::Damaged)?;
    let place = (u64::from_be_bytes(*sequence), previous.try_into().map_err(|_| PageLogError::Damaged)?);
    Ok(Chain::resume(policy, gate, Day::from_number(i64::from_be_bytes(*day)), place)?)
}

/// The hour after a day.
fn day_end(day: Day) -> Hour {
    day.plus(1).first_hour()
}

/// A row's day and number, as they are ordered.
fn key_of(day: Day, sequence: u64) -> [u8; 16] {
    let mut key = [0; 16];
    let (of_day, of_row) = key.split_at_mut(8);
    of_day.copy_from_slice(&day.number().to_be_bytes());
    of_row.copy_from_slice(&sequence.to_be_bytes());
    key
}

fn day_in(key: &[u8], prefix: &[u8]) -> Option<Day> {
    let day = key.strip_prefix(prefix)?.first_chunk()?;
    Some(Day::from_number(i64::from_be_bytes(*day)))
}

#[cfg(test)]
mod tests;
