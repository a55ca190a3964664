//! Gates that tell each other of used tickets through the computer that keeps one of them: what they say, as JSON, and the board on
//! which it stands there.
//!
//! A gate sends receipts that it has not told yet, and says how far it has heard; it is told what came since, as much as a message takes. All
//! that is said is receipts ([`SignedReceipt`](super::SignedReceipt)), which whoever hears them verifies. The board stands in memory: how far
//! somebody heard counts as long as it does, and after that they hear all of it again, which changes nothing.

use std::collections::HashSet;

use jigap_keys::Entropy;
use jigap_keys::json::{self, Limits};
use serde::{Deserialize, Serialize};

use crate::sealing::random_id;
use crate::time::Timestamp;

/// Most receipts in a message.
pub const MOST_TOLD: usize = 100;
/// Most bytes of a message: of each receipt as base64url in quotes, and what is around them.
const LIMITS: Limits = Limits { bytes: 64 * 1024, depth: 3 };

/// What a gate says to the board.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct MarksTold {
    /// How far it has heard: `next` of the last answer.
    pub since: Option<String>,
    /// Receipts, as lines of text.
    pub marks: Vec<String>,
}

/// What it hears.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct MarksHeard {
    /// How far this goes.
    pub next: String,
    /// Whether there is more.
    pub more: bool,
    /// Receipts, as lines of text.
    pub marks: Vec<String>,
}

impl MarksHeard {
    /// Reads an answer; `None`: it is none, or larger than one is.
    pub fn read(bytes: &[u8]) -> Option<Self> {
        let heard = Self::deserialize(json::parse(bytes, LIMITS).ok()?).ok()?;
        (heard.marks.len() <= MOST_TOLD).then_some(heard)
    }
}

/// Receipts in the order in which they came.
#[derive(Debug)]
pub struct Board {
    /// Tells it from the board of another time.
    name: String,
    /// Numbered as they came, from 0 on.
    lines: Vec<Pinned>,
    next: u64,
    /// The lines, to tell what hangs there already.
    pinned: HashSet<String>,
}

/// A receipt on a board.
#[derive(Debug)]
struct Pinned {
    number: u64,
    ends: Timestamp,
    line: String,
}

impl Board {
    /// Without a receipt.
    pub fn new(entropy: &dyn Entropy) -> Self {
        Self { name: random_id::<16>(entropy), lines: Vec::new(), next: 0, pinned: HashSet::new() }
    }

    /// Puts a receipt on it, which counts until `ends`, unless it hangs there.
    pub fn pin(&mut self, ends: Timestamp, line: String) {
        if self.pinned.insert(line.clone()) {
            self.lines.push(Pinned { number: self.next, ends, line });
            self.next += 1;
        }
    }

    /// Takes down what counts no more at `now`.
    pub fn clear(&mut self, now: Timestamp) {
        self.lines.retain(|it| now < it.ends || !self.pinned.remove(&it.line));
    }

    /// What came since somebody heard up to `since`.
    pub fn since(&self, since: Option<&str>) -> MarksHeard {
        let place = since.and_then(|since| since.split_once('.'));
        let place = place.filter(|(name, _)| *name == self.name).and_then(|(_, place)| place.parse().ok());
        let heard: u64 = place.unwrap_or(0);
        let new = self.lines.get(self.lines.partition_point(|it| it.number < heard)..).unwrap_or_default();
        // Up to the first that this answer has no room for.
        let upto = new.get(MOST_TOLD).map_or(self.next, |it| it.number);
        MarksHeard {
            next: format!("{}.{upto}", self.name),
            more: new.len() > MOST_TOLD,
            marks: new.iter().take(MOST_TOLD).map(|it| it.line.clone()).collect(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::Repeatable;

    const NOW: Timestamp = Timestamp::from_unix(1_000);

    fn board(receipts: usize) -> Board {
        let mut board = Board::new(&Repeatable::new(1));
        (0..receipts).for_each(|n| board.pin(Timestamp::from_unix(1_000 + n as i64), n.to_string()));
        board
    }

    #[test]
    fn a_receipt_hangs_there_once_until_it_is_taken_down() {
        let mut board = board(2);
        let again = |board: &mut Board| board.pin(Timestamp::from_unix(1_000), "0".to_owned());
        again(&mut board);
        assert_eq!(board.since(None).marks, ["0", "1"]);
        board.clear(Timestamp::from_unix(1_000));
        assert_eq!(board.since(None).marks, ["1"]);
        again(&mut board);
        assert_eq!(board.since(None).marks, ["1", "0"]);
    }

    #[test]
    fn everybody_hears_everything_once_in_as_many_answers_as_it_takes() {
        let mut board = board(2 * MOST_TOLD + 1);
        let (mut heard, mut since) = (Vec::new(), None);
        loop {
            let told = board.since(since.as_deref());
            assert!(told.marks.len() <= MOST_TOLD);
            heard.extend(told.marks);
            since = Some(told.next);
            if !told.more {
                break;
            }
        }
        let all: Vec<String> = (0..=2 * MOST_TOLD).map(|n| n.to_string()).collect();
        assert_eq!(heard, all);
        assert!(board.since(since.as_deref()).marks.is_empty());
        board.pin(NOW, "new".to_owned());
        assert_eq!(board.since(since.as_deref()).marks, ["new"]);
    }

    #[test]
    fn who_heard_another_board_hears_all_of_this_one() {
        let board = board(3);
        let next = board.since(None).next;
        for strange in ["", "x", "x.2", &next.replace(".3", ".x"), &next.replace(".3", "")] {
            assert_eq!(board.since(Some(strange)).marks.len(), 3, "{strange}");
        }
        // Further than there is.
        let told = board.since(Some(&next.replace(".3", ".18446744073709551615")));
        assert_eq!((told.marks.len(), told.more, told.next.as_str()), (0, false, next.as_str()));
    }

    #[test]
    fn what_ended_is_taken_down_and_nobody_hears_the_rest_again() {
        let mut board = board(3);
        let next = board.since(None).next;
        board.clear(NOW);
        assert_eq!(board.since(None).marks, ["1", "2"]);
        assert!(board.since(Some(&next)).marks.is_empty());
        board.pin(Timestamp::from_unix(2_000), "new".to_owned());
        assert_eq!(board.since(Some(&next)).marks, ["new"]);
    }

    #[test]
    fn an_answer_is_bounded() {
        let answer = |marks: usize| {
            let marks = vec!["A".repeat(540); marks];
            serde_json::to_vec(&MarksHeard { next: "a.1".to_owned(), more: false, marks }).unwrap()
        };
        assert_eq!(MarksHeard::read(&answer(MOST_TOLD)).unwrap().marks.len(), MOST_TOLD);
        assert_eq!(MarksHeard::read(&answer(MOST_TOLD + 1)), None);
        assert_eq!(MarksHeard::read(b"{\"next\":\"\",\"more\":false}"), None);
        assert_eq!(MarksHeard::read(b""), None);
    }
}
