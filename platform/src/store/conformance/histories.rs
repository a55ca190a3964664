//! Random interleaved transactions against a serial model: each reads exactly its snapshot and its own writes, and those
//! that commit would have read the same if they had run alone, in the order of their commits.

use std::collections::BTreeMap;
use std::sync::Arc;

use jigap_wallet_core::ports::{KeyRange, Store, StoreError, Tx};
use proptest::prelude::*;
use proptest::test_runner::{Config, TestRunner};

use super::everything;

const SLOTS: usize = 4;
const CASES: u32 = 48;

#[derive(Debug, Clone)]
enum Step {
    Begin,
    Read(Read),
    Write(Write),
    Commit,
}

impl Step {
    /// To clear an empty range is no write: who does no more only reads, and holds at its snapshot.
    fn writes(&self) -> bool {
        match self {
            Self::Write(Write::ClearRange(start, end)) => start < end,
            Self::Write(_) => true,
            Self::Begin | Self::Read(_) | Self::Commit => false,
        }
    }
}

#[derive(Debug, Clone)]
enum Read {
    Get(u8),
    Range(u8, u8, usize, bool),
}

#[derive(Debug, Clone)]
enum Write {
    Set(u8, u8),
    Clear(u8),
    ClearRange(u8, u8),
    Add(u8, i64),
}

fn steps() -> impl Strategy<Value = Vec<(usize, Step)>> {
    let key = 0..10_u8;
    let read = prop_oneof![
        key.clone().prop_map(Read::Get),
        (key.clone(), key.clone(), 0..6_usize, any::<bool>())
            .prop_map(|(a, b, limit, r)| Read::Range(a, b, limit, r)),
    ];
    let write = prop_oneof![
        3 => (key.clone(), any::<u8>()).prop_map(|(k, v)| Write::Set(k, v)),
        1 => key.clone().prop_map(Write::Clear),
        1 => (key.clone(), key.clone()).prop_map(|(a, b)| Write::ClearRange(a, b)),
        1 => (key, -3..4_i64).prop_map(|(k, d)| Write::Add(k, d)),
    ];
    let step = prop_oneof![
        2 => Just(Step::Begin),
        4 => read.prop_map(Step::Read),
        4 => write.prop_map(Step::Write),
        2 => Just(Step::Commit),
    ];
    prop::collection::vec((0..SLOTS, step), 1..80)
}

#[derive(Debug, Clone, Default, PartialEq)]
struct Model(BTreeMap<Vec<u8>, Vec<u8>>);

impl Model {
    fn read(&self, read: &Read) -> Vec<(Vec<u8>, Vec<u8>)> {
        let pair = |(k, v): (&Vec<u8>, &Vec<u8>)| (k.clone(), v.clone());
        match *read {
            Read::Get(k) => self.0.get(&vec![k]).map(|v| (vec![k], v.clone())).into_iter().collect(),
            Read::Range(a, b, _, _) if a >= b => vec![],
            Read::Range(a, b, limit, false) => self.0.range(vec![a]..vec![b]).map(pair).take(limit).collect(),
            Read::Range(a, b, limit, true) => {
                self.0.range(vec![a]..vec![b]).rev().map(pair).take(limit).collect()
            }
        }
    }

    fn write(&mut self, write: &Write) {
        match *write {
            Write::Set(k, v) => drop(self.0.insert(vec![k], vec![v])),
            Write::Clear(k) => drop(self.0.remove(&vec![k])),
            Write::ClearRange(a, b) => self.0.retain(|k, _| !(a..b).contains(&k[0])),
            Write::Add(k, delta) => {
                let mut bytes = self.0.get(&vec![k]).cloned().unwrap_or_default();
                bytes.resize(8, 0);
                let sum = i64::from_le_bytes(bytes.try_into().expect("8")) + delta;
                self.0.insert(vec![k], sum.to_le_bytes().to_vec());
            }
        }
    }
}

struct Running {
    tx: Tx,
    /// The snapshot with the transaction's own writes.
    sees: Model,
    /// How many commits had written when it began.
    began: usize,
    done: Vec<Step>,
    answers: Vec<Vec<(Vec<u8>, Vec<u8>)>>,
}

pub(crate) async fn random_histories_are_serial(store: &Arc<dyn Store>) {
    let mut runner = TestRunner::new(Config { cases: CASES, failure_persistence: None, ..Config::default() });
    let runtime = tokio::runtime::Handle::current();
    let outcome = tokio::task::block_in_place(|| {
        runner.run(&steps(), |steps| {
            runtime.block_on(play(store, steps));
            Ok(())
        })
    });
    outcome.expect("every history is serial");
}

async fn play(store: &Arc<dyn Store>, steps: Vec<(usize, Step)>) {
    let clean = store.begin().await.expect("begins");
    clean.clear_range(&everything());
    clean.commit().await.expect("commits");
    let mut model = Model::default();
    let mut commits = 0;
    let mut slots: [Option<Running>; SLOTS] = Default::default();
    for (slot, step) in steps {
        match (&step, &mut slots[slot]) {
            (Step::Begin, empty @ None) => {
                let tx = store.begin().await.expect("begins");
                let sees = model.clone();
                *empty = Some(Running { tx, sees, began: commits, done: vec![], answers: vec![] });
            }
            (Step::Read(read), Some(running)) => {
                let answer = ask(&running.tx, read).await;
                assert_eq!(answer, running.sees.read(read), "{read:?} sees its snapshot");
                running.answers.push(answer);
                running.done.push(step);
            }
            (Step::Write(write), Some(running)) => {
                tell(&running.tx, write);
                running.sees.write(write);
                running.done.push(step);
            }
            (Step::Commit, running @ Some(_)) => {
                let running = running.take().expect("runs");
                commits += finish(running, &mut model, commits).await;
            }
            _ => {}
        }
    }
    let now = store.begin().await.expect("begins");
    let found = now.range(&everything(), usize::MAX).await.expect("reads");
    assert!(found.into_iter().eq(model.0), "the store holds what the commits wrote");
}

/// Commits and checks the outcome; returns 1 if something was written.
async fn finish(running: Running, model: &mut Model, commits: usize) -> usize {
    let wrote = running.done.iter().any(Step::writes);
    match running.tx.commit().await {
        Ok(()) if !wrote => 0,
        Ok(()) => {
            let mut answers = running.answers.into_iter();
            for step in &running.done {
                match step {
                    Step::Read(read) => {
                        assert_eq!(answers.next(), Some(model.read(read)), "serial: {read:?}")
                    }
                    Step::Write(write) => model.write(write),
                    Step::Begin | Step::Commit => {}
                }
            }
            1
        }
        Err(StoreError::Conflict) => {
            assert!(
                wrote && running.began < commits && !running.answers.is_empty(),
                "a conflict with nobody"
            );
            0
        }
        Err(other) => panic!("{other}"),
    }
}

async fn ask(tx: &Tx, read: &Read) -> Vec<(Vec<u8>, Vec<u8>)> {
    match *read {
        Read::Get(k) => tx.get([k]).await.expect("reads").map(|v| (vec![k], v)).into_iter().collect(),
        Read::Range(a, b, limit, false) => tx.range(&KeyRange::new([a], [b]), limit).await.expect("reads"),
        Read::Range(a, b, limit, true) => {
            tx.range_reverse(&KeyRange::new([a], [b]), limit).await.expect("reads")
        }
    }
}

fn tell(tx: &Tx, write: &Write) {
    match *write {
        Write::Set(k, v) => tx.set([k], [v]),
        Write::Clear(k) => tx.clear([k]),
        Write::ClearRange(a, b) => tx.clear_range(&KeyRange::new([a], [b])),
        Write::Add(k, delta) => tx.add([k], delta),
    }
}
