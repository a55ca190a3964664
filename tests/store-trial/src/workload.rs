//! What the writer commits and the checker expects.
//!
//! Each of four tasks commits transactions 1, 2, 3, …; number `n` of task `t` writes three log entries of known content
//! and the number itself, moves an amount between two accounts, adds one to a counter, and clears its oldest entries.
//! So after any crash: each task's last number is at least the last acknowledged one and at most one more; the newest
//! entries are all there and no others; the accounts' sum is as at the start; the counter is the sum of the numbers.

use std::collections::{BTreeMap, BTreeSet};
use std::io::{Read, Write};

use jigap_platform::store::{StoreConfig, open};
use jigap_wallet_core::ports::{KeyRange, Store, StoreError, Tx, transact};

use crate::random::Random;
use crate::{TrialError, runtime};

const TASKS: u64 = 4;
const PIECES: u64 = 3;
/// Entries a task keeps.
const KEPT: u64 = 20;
const ACCOUNTS: u64 = 8;
const START: i64 = 100;

/// The last number of each task, as `task number` lines.
pub(crate) fn parse_acks(text: &str) -> BTreeMap<u64, u64> {
    let mut last = BTreeMap::new();
    // A line that was cut off in the middle acknowledges nothing.
    for line in text.split_inclusive('\n').filter_map(|line| line.strip_suffix('\n')) {
        let pair = line.split_once(' ').and_then(|(t, n)| Some((t.parse().ok()?, n.parse::<u64>().ok()?)));
        let Some((task, number)) = pair else { continue };
        let known = last.entry(task).or_default();
        *known = number.max(*known);
    }
    last
}

/// The lines that [`parse_acks`] reads.
pub(crate) fn print_acks(acks: &BTreeMap<u64, u64>) -> String {
    acks.iter().map(|(task, number)| format!("{task} {number}\n")).collect()
}

/// Writes `count` transactions per task, each acknowledged by a line on stdout, and ends without closing the store.
pub(crate) fn write(config: &StoreConfig, count: u64) -> Result<(), TrialError> {
    let store = open(config).map_err(|error| TrialError::Breach(format!("does not open: {error}")))?;
    runtime()?.block_on(async {
        fund(store.as_ref()).await.map_err(refused)?;
        let mut tasks = tokio::task::JoinSet::new();
        for task in 0..TASKS {
            let store = std::sync::Arc::clone(&store);
            tasks.spawn(async move {
                for _ in 0..count {
                    let number = step(store.as_ref(), task).await?;
                    // One write call: the acknowledgement is out or it is not.
                    let line = format!("{task} {number}\n");
                    std::io::stdout()
                        .lock()
                        .write_all(line.as_bytes())
                        .map_err(|_| StoreError::Unavailable)?;
                }
                Ok::<_, StoreError>(())
            });
        }
        while let Some(ended) = tasks.join_next().await {
            ended.map_err(|error| TrialError::Breach(error.to_string()))?.map_err(refused)?;
        }
        Ok::<_, TrialError>(())
    })?;
    std::process::exit(0)
}

/// Checks the store against the acknowledgements on stdin, writes a little more, closes, opens and checks again; prints
/// the last number of each task.
pub(crate) fn check(config: &StoreConfig) -> Result<(), TrialError> {
    let mut text = String::new();
    std::io::stdin().lock().read_to_string(&mut text)?;
    let mut acks = parse_acks(&text);
    for _ in 0..2 {
        let store = open(config).map_err(|error| TrialError::Breach(format!("does not open: {error}")))?;
        acks = runtime()?.block_on(async {
            let mut found = judge(&contents(store.as_ref()).await.map_err(refused)?, &acks)?;
            fund(store.as_ref()).await.map_err(refused)?;
            for task in 0..TASKS {
                found.insert(task, step(store.as_ref(), task).await.map_err(refused)?);
            }
            Ok::<_, TrialError>(found)
        })?;
    }
    print!("{}", print_acks(&acks));
    Ok(())
}

fn refused(error: StoreError) -> TrialError {
    TrialError::Breach(format!("a transaction failed: {error}"))
}

/// Fills the accounts, once.
async fn fund(store: &dyn Store) -> Result<(), StoreError> {
    transact(store, |tx| async move {
        if tx.get(account(0)).await?.is_none() {
            (0..ACCOUNTS).for_each(|i| tx.set(account(i), START.to_le_bytes()));
        }
        Ok(())
    })
    .await
}

/// The next transaction of `task`; returns its number.
async fn step(store: &dyn Store, task: u64) -> Result<u64, StoreError> {
    transact(store, |tx| async move {
        let number = amount(&tx, &last(task)).await?.unsigned_abs() + 1;
        tx.set(last(task), number.to_le_bytes());
        for piece in 0..PIECES {
            tx.set(entry(task, number, piece), content(task, number, piece));
        }
        if number > KEPT {
            tx.clear_range(&KeyRange::new(entry(task, 0, 0), entry(task, number - KEPT + 1, 0)));
        }
        let mut random = Random::new(task << 32 | number);
        let (from, to) = (account(random.below(ACCOUNTS)), account(random.below(ACCOUNTS)));
        if from != to {
            let moved = i64::try_from(random.below(10)).unwrap_or_default();
            let (has, other) = (amount(&tx, &from).await?, amount(&tx, &to).await?);
            tx.set(from, (has - moved).to_le_bytes());
            tx.set(to, (other + moved).to_le_bytes());
        }
        tx.add("total", 1);
        Ok(number)
    })
    .await
}

async fn amount(tx: &Tx, key: &str) -> Result<i64, StoreError> {
    Ok(tx.get(key).await?.map_or(0, |bytes| number(&bytes)))
}

fn number(bytes: &[u8]) -> i64 {
    bytes.try_into().map_or(i64::MIN, i64::from_le_bytes)
}

async fn contents(store: &dyn Store) -> Result<BTreeMap<Vec<u8>, Vec<u8>>, StoreError> {
    let everything = KeyRange::new([], [0xFF]);
    let everything = &everything;
    let pairs = transact(store, |tx| async move { tx.range(everything, usize::MAX).await });
    Ok(pairs.await?.into_iter().collect())
}

/// Says what is wrong with `found`, or how far each task is.
fn judge(
    found: &BTreeMap<Vec<u8>, Vec<u8>>,
    acks: &BTreeMap<u64, u64>,
) -> Result<BTreeMap<u64, u64>, TrialError> {
    let breach = |what: String| Err(TrialError::Breach(what));
    let read = |key: &str| found.get(key.as_bytes()).map_or(0, |bytes| number(bytes));
    let mut lasts = BTreeMap::new();
    let mut expected = BTreeSet::new();
    for task in 0..TASKS {
        let acked = acks.get(&task).copied().unwrap_or_default();
        let is = u64::try_from(read(&last(task))).unwrap_or(u64::MAX);
        if is < acked {
            return breach(format!("LOST: task {task} had {acked} acknowledged, {is} is there"));
        }
        if is > acked + 1 {
            return breach(format!("task {task} had {acked} acknowledged, and {is} is there"));
        }
        if is > 0 {
            expected.insert(last(task).into_bytes());
        }
        for (number, piece) in
            (is.saturating_sub(KEPT - 1).max(1)..=is).flat_map(|n| (0..PIECES).map(move |p| (n, p)))
        {
            let key = entry(task, number, piece).into_bytes();
            if found.get(&key) != Some(&content(task, number, piece)) {
                return breach(format!(
                    "HALF: piece {piece} of {number} of task {task} (of {is}) is missing or wrong"
                ));
            }
            expected.insert(key);
        }
        lasts.insert(task, is);
    }
    let total = read("total").unsigned_abs();
    if total != lasts.values().sum::<u64>() {
        return breach(format!("the counter says {total} of {lasts:?}"));
    }
    let sum: i64 = (0..ACCOUNTS).map(|i| read(&account(i))).sum();
    if sum != 0 && sum != START * ACCOUNTS.cast_signed() || sum == 0 && total > 0 {
        return breach(format!("the accounts' sum is {sum}"));
    }
    expected.extend((0..ACCOUNTS).map(|i| account(i).into_bytes()));
    expected.insert(b"total".to_vec());
    match found.keys().find(|key| !expected.contains(*key)) {
        Some(key) => breach(format!("{} should not be there", String::from_utf8_lossy(key))),
        None => Ok(lasts),
    }
}

fn account(i: u64) -> String {
    format!("account/{i}")
}

fn last(task: u64) -> String {
    format!("last/{task}")
}

fn entry(task: u64, number: u64, piece: u64) -> String {
    format!("log/{task}/{number:020}/{piece}")
}

/// Mostly small, sometimes over several pages.
fn content(task: u64, number: u64, piece: u64) -> Vec<u8> {
    let mut random = Random::new(task << 48 | number << 8 | piece);
    let most = if random.below(16) == 0 { 20_000 } else { 200 };
    let length = random.index(most);
    std::iter::repeat_with(|| random.next().to_le_bytes()).flatten().take(length).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn after(numbers: u64) -> BTreeMap<Vec<u8>, Vec<u8>> {
        let folder = tempfile::tempdir().unwrap();
        let config = StoreConfig {
            engine: jigap_platform::store::StoreEngine::Memory,
            path: folder.path().to_owned(),
        };
        let store = open(&config).unwrap();
        runtime().unwrap().block_on(async {
            fund(store.as_ref()).await.unwrap();
            for _ in 0..numbers {
                for task in 0..TASKS {
                    step(store.as_ref(), task).await.unwrap();
                }
            }
            contents(store.as_ref()).await.unwrap()
        })
    }

    fn acks(number: u64) -> BTreeMap<u64, u64> {
        (0..TASKS).map(|task| (task, number)).collect()
    }

    #[test]
    fn the_judge_accepts_what_may_be() {
        assert_eq!(judge(&after(50), &acks(50)).unwrap(), acks(50));
        assert_eq!(judge(&after(50), &acks(49)).unwrap(), acks(50), "committed, but not acknowledged");
        assert_eq!(judge(&BTreeMap::new(), &acks(0)).unwrap(), acks(0));
    }

    #[test]
    fn the_judge_sees_every_kind_of_damage() {
        assert!(judge(&after(50), &acks(51)).is_err(), "lost");
        assert!(judge(&after(50), &acks(48)).is_err(), "from nowhere");
        let good = after(50);
        for key in good.keys() {
            let mut damaged = good.clone();
            damaged.remove(key);
            assert!(judge(&damaged, &acks(50)).is_err(), "{} removed", String::from_utf8_lossy(key));
            damaged.insert(key.clone(), b"12345678".to_vec());
            assert!(judge(&damaged, &acks(50)).is_err(), "{} changed", String::from_utf8_lossy(key));
        }
        let mut more = good;
        more.insert(entry(0, 3, 0).into_bytes(), content(0, 3, 0));
        assert!(judge(&more, &acks(50)).is_err(), "a cleared entry is back");
    }

    #[test]
    fn a_line_cut_off_acknowledges_nothing() {
        assert_eq!(parse_acks("0 1\n1 7\n0 2\n1 12"), BTreeMap::from([(0, 2), (1, 7)]));
        assert_eq!(parse_acks(&print_acks(&acks(9))), acks(9));
    }
}
