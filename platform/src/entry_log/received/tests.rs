//! Rows that scanners hand over: in order, again, forked, of other days, of other parties.

use jigap_wallet_core::entry_log::{CHAIN, CIRCLE, CLOCK, CLOSED, Hour, Slot, Visit};
use jigap_wallet_core::pass::GateId;

use super::super::tests::{NOW, among, check, door, guest, policy};
use super::*;
use crate::testing::SeededEntropy;

const ID: GateId = GateId([7; 8]);

/// A scanner's chain of today, and its rows.
struct Scanner {
    chain: Chain,
    rows: Vec<Vec<u8>>,
    entropy: SeededEntropy,
}

impl Scanner {
    fn new(rows: u8) -> Self {
        let chain = Chain::begin(&policy(60), &scanner_name("north", ID), Day::of(NOW)).unwrap();
        let mut scanner = Self { chain, rows: Vec::new(), entropy: SeededEntropy::new(3) };
        (0..rows).for_each(|number| scanner.lets_in(number));
        scanner
    }

    fn lets_in(&mut self, number: u8) {
        let visit = Visit { guest: guest(number), slot: Slot::of(NOW) };
        self.rows.push(self.chain.append(&visit, &policy(60), &self.entropy).unwrap());
    }

    /// Its rows from `from` on, and where the chain stands.
    fn told(&self, from: usize) -> Rows {
        let close = Close::sign(&self.chain, Hour::of(NOW), &door()).unwrap();
        let (rows, close) = (self.rows[from..].to_vec(), Some(close.as_bytes().to_vec()));
        Rows { scanner: ID, day: Day::of(NOW), rows, close }
    }
}

fn logs(folder: &Path) -> ScannerLogs {
    ScannerLogs::at(&folder.join("logs"), "north", policy(60))
}

fn today() -> Day {
    Day::of(NOW)
}

#[test]
fn rows_come_in_their_order_and_may_come_again() {
    let folder = tempfile::tempdir().unwrap();
    let (logs, mut scanner) = (logs(folder.path()), Scanner::new(3));
    assert_eq!(logs.take(&scanner.told(0), today()).unwrap(), 3);
    // The answer was lost.
    assert_eq!(logs.take(&scanner.told(0), today()).unwrap(), 3);
    scanner.lets_in(9);
    assert_eq!(logs.take(&scanner.told(2), today()).unwrap(), 4);
    let kept = folder.path().join(format!("logs/{ID}"));
    let read = super::super::read(&kept, &policy(60), |_| true).unwrap();
    assert_eq!((read.len(), read[0].rows.len(), read[0].gate.as_str()), (1, 4, "north #0707070707070707"));
    assert_eq!(read[0].closes.len(), 2, "each once");
}

#[test]
fn el_05_and_el_06_rows_that_do_not_follow_are_refused() {
    let folder = tempfile::tempdir().unwrap();
    let (logs, mut scanner) = (logs(folder.path()), Scanner::new(3));
    assert_eq!(check(logs.take(&scanner.told(1), today())), Some(CHAIN), "the first is missing");
    logs.take(&scanner.told(0), today()).unwrap();
    // A copy of the page that was put back seals another fourth row.
    let mut copy = Scanner::new(3);
    copy.entropy = SeededEntropy::new(4);
    scanner.lets_in(9);
    copy.lets_in(9);
    logs.take(&scanner.told(3), today()).unwrap();
    let mut forked = copy.told(3);
    assert_eq!(check(logs.take(&forked, today())), Some(CLOSED), "another row was signed");
    forked.close = None;
    assert_eq!(check(logs.take(&forked, today())), Some(CHAIN));
    // Something else was signed than what came.
    let mut cut = scanner.told(0);
    scanner.lets_in(10);
    cut.close = scanner.told(0).close;
    assert_eq!(check(logs.take(&cut, today())), Some(CLOSED));
    assert_eq!(logs.take(&scanner.told(4), today()).unwrap(), 5, "what was refused changed nothing");
}

#[test]
fn el_08_and_el_13_other_parties_and_days_that_are_not_now_are_refused() {
    let folder = tempfile::tempdir().unwrap();
    let scanner = Scanner::new(1);
    logs(folder.path()).take(&scanner.told(0), today()).unwrap();
    let others = ScannerLogs::at(&folder.path().join("logs"), "north", among(60, [4, 2, 3]));
    assert_eq!(check(others.take(&scanner.told(0), today())), Some(CIRCLE));
    for (day, sound) in [(today().plus(-2), false), (today().plus(-1), true), (today().plus(28), false)] {
        let taken = check(logs(folder.path()).take(&scanner.told(0), day));
        assert_eq!(taken, (!sound).then_some(CLOCK), "{day}");
    }
}

#[test]
fn what_has_ended_is_deleted_of_every_scanner() {
    let folder = tempfile::tempdir().unwrap();
    let logs = logs(folder.path());
    logs.take(&Scanner::new(2).told(0), today()).unwrap();
    let kept = folder.path().join(format!("logs/{ID}"));
    let days = || super::super::days_in(&kept).unwrap().len();
    logs.delete_ended(today().plus(27)).unwrap();
    assert_eq!(days(), 1);
    logs.delete_ended(today().plus(28)).unwrap();
    assert_eq!(days(), 0);
}
