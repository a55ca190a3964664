//! Each code once: a gate remembers which passes it let in, a window long, and tickets for as long as they last.

use std::collections::{BTreeMap, HashSet};

use super::{Checked, Fact, Kind, Pseudonym, Window, hidden};
use crate::time::Timestamp;
use crate::verdict::{Check, Reason, Refusal};

/// EP-11: it was not shown here before.
pub const ONCE: Check = Check::new(
    "EP-11",
    "a pass opens a gate once in a window, and a single-entry ticket once at all",
    "패스는 한 시간창에 한 번, 일회용 입장권은 전체에서 한 번만 문을 엽니다",
    "docs/SPECS.md, Entry passes",
);

const SHOWN_BEFORE: Reason = Reason::new(
    "pass-shown-before",
    "this code was already used here: show it again when it has changed",
    "이미 사용한 코드입니다. 코드가 바뀐 뒤 다시 보여 주세요",
);
const TICKET_USED: Reason =
    Reason::new("ticket-used", "this ticket was already used", "이미 사용한 입장권입니다");
const STARTED_LATER: Reason = Reason::new(
    "gate-started",
    "the gate started after this code was made: show it again when it has changed",
    "문이 이 코드가 만들어진 뒤에 시작되었습니다. 코드가 바뀐 뒤 다시 보여 주세요",
);
const FULL: Reason = Reason::new(
    "gate-full",
    "the gate remembers as many codes as it can: wait half a minute",
    "문이 기억할 수 있는 코드가 가득 찼습니다. 30초 뒤에 다시 시도하세요",
);

/// Most codes that are remembered of a window: 16 MB of them.
const MAX_OF_WINDOW: usize = 1_000_000;

/// What a gate let in, as far as it must remember.
#[derive(Clone)]
pub struct Replay {
    /// Codes of this window and of earlier ones may have been let in before this began.
    since: Window,
    /// The window in which it last forgot.
    swept: Window,
    windows: BTreeMap<Window, HashSet<Pseudonym>>,
    tickets: BTreeMap<Pseudonym, Timestamp>,
}

impl std::fmt::Debug for Replay {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        hidden(f, "Replay", self.windows.values().map(HashSet::len).sum())
    }
}

/// Somebody who may enter.
#[derive(Clone, PartialEq, Eq)]
pub struct Admitted {
    /// What the pass is for.
    pub kind: Kind,
    /// What it says of its holder.
    pub facts: Vec<Fact>,
    /// As [`Kind::particulars`] names them.
    pub particulars: Vec<String>,
    /// What stands for this pass, at whatever door it is shown.
    pub pseudonym: Pseudonym,
    /// The identifier of its issuer.
    pub issuer: String,
    /// Its issuer's name, in the language that the judge was asked in.
    pub issuer_name: String,
    /// Whether its holder signed for this venue; if not, the same code may have opened another door.
    pub two_way: bool,
    /// When the pass ends.
    pub expires: Timestamp,
}

/// Without what it says of anybody.
impl std::fmt::Debug for Admitted {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Admitted({})", self.kind.name())
    }
}

impl Replay {
    /// For a gate that starts at `now` and remembers no codes. Where `fresh_nonces` says that codes which were shown before cannot
    /// count (a screen's secret is new), the first code is taken at once; else those of windows that have begun are refused.
    pub fn starting(now: Timestamp, fresh_nonces: bool) -> Self {
        let since = if fresh_nonces { Window::from_number(0) } else { Window::of(now) };
        Self { since, swept: Window::of(now), windows: BTreeMap::new(), tickets: BTreeMap::new() }
    }

    /// Marks a ticket as used until it ends: what the gate's store, or another gate, says of it.
    pub fn remember_ticket(&mut self, ticket: Pseudonym, ends: Timestamp) {
        self.tickets.insert(ticket, ends);
    }

    /// Marks a pass as shown in `window`: what another gate of the same venue says of it.
    pub fn remember_shown(&mut self, window: Window, pass: Pseudonym) {
        let shown = self.windows.entry(window).or_default();
        if shown.len() < MAX_OF_WINDOW {
            shown.insert(pass);
        }
    }

    /// Lets in whoever was judged, once. Refuses by EP-11.
    ///
    /// # Errors
    /// EP-11, saying how.
    pub fn admit(&mut self, checked: Checked, now: Timestamp) -> Result<Admitted, Refusal> {
        self.forget(now);
        let Checked { claims, window, pseudonym, issuer, issuer_name, two_way } = checked;
        if self.since > Window::from_number(0) && window <= self.since {
            return Err(ONCE.refuse(STARTED_LATER));
        }
        if claims.kind.is_single_entry() && self.tickets.contains_key(&pseudonym) {
            return Err(ONCE.refuse(TICKET_USED));
        }
        let shown = self.windows.entry(window).or_default();
        if shown.contains(&pseudonym) {
            return Err(ONCE.refuse(SHOWN_BEFORE));
        }
        if shown.len() >= MAX_OF_WINDOW {
            return Err(ONCE.refuse(FULL));
        }
        shown.insert(pseudonym);
        if claims.kind.is_single_entry() {
            self.tickets.insert(pseudonym, claims.expires);
        }
        Ok(Admitted {
            kind: claims.kind,
            facts: claims.facts,
            particulars: claims.particulars,
            pseudonym,
            issuer,
            issuer_name,
            two_way,
            expires: claims.expires,
        })
    }

    /// Forgets windows that count no more and tickets that ended, once in a window.
    fn forget(&mut self, now: Timestamp) {
        if Window::of(now) == self.swept {
            return;
        }
        self.swept = Window::of(now);
        self.windows.retain(|window, _| window.counts_at(now));
        self.tickets.retain(|_, ends| now < *ends);
    }
}
