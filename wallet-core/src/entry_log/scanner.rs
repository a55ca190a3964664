//! The log of a scanner in a browser: a gate of its own among those of its venue. Rows are sealed there and handed over, when there is a
//! network, to the computer that keeps the gate: what the two say to each other, as JSON.
//!
//! Rows come in their order, and those that are there already may come again: their answer was lost. What was answered is durable
//! there, and the scanner deletes it.

use jigap_keys::{base64url, json};
use serde::{Deserialize, Serialize};

use super::Day;
use super::row::MAX_GATE;
use crate::pass::GateId;
use crate::verdict::{Check, Reason};

/// EL-14: who is let in is in the log.
pub const LOGGED: Check = Check::new(
    "EL-14",
    "where a gate keeps an entry log, nobody is let in before the row is durable",
    "출입 기록을 두는 문은 행이 안전하게 저장되기 전에는 아무도 들이지 않습니다",
    "docs/SPECS.md, The entry log",
);
/// That a gate's clock is behind what it wrote (EL-13).
pub const PUT_BACK: Reason = Reason::new(
    "log-day-back",
    "there are rows of a later day: set the clock right",
    "더 나중 날의 행이 있습니다. 시계를 맞추십시오",
);

/// Most rows in a message.
pub const MOST_ROWS: usize = 100;
/// Most bytes of an answer.
const ANSWER: json::Limits = json::Limits { bytes: 256, depth: 2 };

/// What the log of the scanner `id` at a gate of this name calls its gate.
pub fn scanner_name(gate: &str, id: GateId) -> String {
    let id = format!(" #{id}");
    let room = gate.floor_char_boundary(MAX_GATE - id.len());
    format!("{}{id}", gate.get(..room).unwrap_or_default())
}

/// What a scanner hands over.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RowsTold {
    /// Its id, in hexadecimal.
    pub scanner: String,
    /// Which day the rows are of, as `2026-11-29`.
    pub day: String,
    /// Rows that follow each other, in base64url.
    pub rows: Vec<String>,
    /// What the venue's key signed of where the day stands behind them, in base64url.
    pub close: Option<String>,
}

/// The same, read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Rows {
    /// Whose they are.
    pub scanner: GateId,
    /// Their day.
    pub day: Day,
    /// Each as it is kept.
    pub rows: Vec<Vec<u8>>,
    /// What was signed.
    pub close: Option<Vec<u8>>,
}

impl RowsTold {
    /// Rows of `chain`, up to where it stands if something was signed of it.
    pub fn of(scanner: GateId, day: Day, rows: &[Vec<u8>], close: Option<&[u8]>) -> Self {
        let (scanner, day) = (scanner.to_string(), day.to_string());
        Self {
            scanner,
            day,
            rows: rows.iter().map(base64url::encode).collect(),
            close: close.map(base64url::encode),
        }
    }

    /// Reads it; `None`: it is of another form.
    pub fn read(&self) -> Option<Rows> {
        let decoded = |text: &String| base64url::decode(text).ok();
        let rows = self.rows.iter().map(decoded);
        let close = match &self.close {
            Some(close) => Some(decoded(close)?),
            None => None,
        };
        let sound = self.rows.len() <= MOST_ROWS;
        let rows = sound.then(|| rows.collect::<Option<_>>()).flatten()?;
        Some(Rows { scanner: GateId::parse(&self.scanner)?, day: Day::parse(&self.day)?, rows, close })
    }
}

/// What it is answered: how many rows of that day are there now.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RowsHeard {
    /// How many.
    pub count: u64,
}

impl RowsHeard {
    /// Reads an answer; `None`: it is none.
    pub fn read(bytes: &[u8]) -> Option<Self> {
        Self::deserialize(json::parse(bytes, ANSWER).ok()?).ok()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const ID: GateId = GateId([7; 8]);

    #[test]
    fn a_scanner_has_a_name_of_its_own_that_fits() {
        assert_eq!(scanner_name("북문", ID), "북문 #0707070707070707");
        let long = scanner_name(&"가".repeat(20), ID);
        assert_eq!(long, format!("{} #0707070707070707", "가".repeat(14)));
        assert!(long.len() <= MAX_GATE);
        assert_eq!(GateId::parse("0707070707070707"), Some(ID));
        for none in ["", "07", "+707070707070707", "0707070707070A07", "07070707070707070"] {
            assert_eq!(GateId::parse(none), None, "{none}");
        }
    }

    #[test]
    fn what_is_told_is_read_within_its_bounds() {
        let told = RowsTold::of(ID, Day::parse("2026-11-29").unwrap(), &[vec![1], vec![2]], Some(&[3]));
        let rows = told.read().unwrap();
        assert_eq!(
            (rows.scanner, rows.day.to_string(), rows.rows.len(), rows.close),
            (ID, told.day.clone(), 2, Some(vec![3]))
        );
        let refused = |change: fn(&mut RowsTold)| {
            let mut told = told.clone();
            change(&mut told);
            told.read().is_none()
        };
        assert!(refused(|it| it.scanner = "x".to_owned()) && refused(|it| it.day = "today".to_owned()));
        assert!(
            refused(|it| it.rows = vec!["=".to_owned()]) && refused(|it| it.close = Some("=".to_owned()))
        );
        assert!(refused(|it| it.rows = vec![String::new(); MOST_ROWS + 1]));
        assert_eq!(RowsHeard::read(b"{\"count\":3}"), Some(RowsHeard { count: 3 }));
        for none in [&b""[..], b"{}", b"{\"count\":-1}", b"{\"count\":1,\"more\":2}", &[b' '; 300]] {
            assert_eq!(RowsHeard::read(none), None);
        }
    }
}
