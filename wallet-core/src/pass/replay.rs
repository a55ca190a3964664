//! Each code once: a gate remembers which passes it let in, a window long, and tickets for as long as they last.

use std::collections::{BTreeMap, HashSet};

use super::{Asking, Checked, Fact, Gate, KEPT, Kind, Pseudonym, Window, hidden};
use crate::time::Timestamp;
use crate::verdict::{Check, Reason, Refusal};

/// EP-11: it was not shown here before.
pub const ONCE: Check = Check::new(
    "EP-11",
    "a pass opens a gate once as long as its code counts, and a single-entry ticket once until it ends",
    "패스는 코드가 유효한 동안 한 번, 일회용 입장권은 끝날 때까지 한 번만 문을 엽니다",
    "docs/SPECS.md, Entry passes",
);

const SHOWN_BEFORE: Reason = Reason::new(
    "pass-shown-before",
    "this pass was used here a moment ago: wait three quarters of a minute",
    "조금 전에 여기서 사용한 패스입니다. 45초 뒤에 다시 보여 주세요",
);
pub(super) const TICKET_USED: Reason =
    Reason::new("ticket-used", "this ticket was already used", "이미 사용한 입장권입니다");
const STARTED_LATER: Reason = Reason::new(
    "gate-started",
    "the gate started after this code was made: show it again when it has changed",
    "문이 이 코드가 만들어진 뒤에 시작되었습니다. 코드가 바뀐 뒤 다시 보여 주세요",
);
const CLOCK_BACK: Reason = Reason::new(
    "gate-clock",
    "the gate's clock was put back: what was let in before cannot be told any more",
    "문의 시계가 뒤로 돌려졌습니다. 앞서 입장한 사람을 알 수 없습니다",
);
const KEEPS_NONE: Reason = Reason::new(
    "gate-keeps-no-marks",
    "this scanner does not keep which tickets were used, and opens for none",
    "이 스캐너는 사용한 입장권을 기록하지 않아 입장권을 받지 않습니다",
);
pub(super) const FULL: Reason = Reason::new(
    "gate-full",
    "the gate remembers as many codes as it can: wait half a minute",
    "입장 기록이 가득 차 지금은 더 받을 수 없습니다. 30초 뒤에 다시 보여 주세요",
);

/// Most codes that are remembered of a window, and most tickets: 16 MB of them.
pub(super) const MOST: usize = 1_000_000;

/// What a gate let in, as far as it must remember.
#[derive(Clone)]
pub struct Replay {
    /// Codes of this window and of earlier ones may have been let in before this began; `None`: no such code counts.
    since: Option<Window>,
    /// The latest window that it saw, in which it last forgot.
    latest: Window,
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
    /// How the gate asked.
    pub asked: Asking,
    /// The window of the code that was shown.
    pub window: Window,
    /// When the pass ends.
    pub expires: Timestamp,
    /// Whether its issuer does not recognise it.
    pub is_blind: bool,
}

/// Without what it says of anybody.
impl std::fmt::Debug for Admitted {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Admitted({})", self.kind.name())
    }
}

impl Replay {
    /// For `gate`, which starts at `now` and remembers no codes. If it has a screen, whose secret is new, no code that was shown before
    /// counts, and the first one is taken at once. Else those are refused that it may have taken before it started: of this
    /// window, of those before, and of the next one, since clocks differ.
    pub fn starting(gate: &Gate, now: Timestamp) -> Self {
        let now = Window::of(now);
        let next = Window::from_number(now.number().saturating_add(1));
        let since = (gate.presence.asking() != Asking::Screen).then_some(next);
        Self { since, latest: now, windows: BTreeMap::new(), tickets: BTreeMap::new() }
    }

    /// Marks a ticket as used until it ends: what the gate's store, or another gate, says of it. Says whether there was room.
    pub fn remember_ticket(&mut self, ticket: Pseudonym, ends: Timestamp) -> bool {
        let room = self.tickets.len() < MOST || self.tickets.contains_key(&ticket);
        if room {
            self.tickets.insert(ticket, ends);
        }
        room
    }

    /// Marks a pass as shown in `window`, if that counts at `now`: what another gate of the same venue says of it. Says whether
    /// there was room.
    pub fn remember_shown(&mut self, window: Window, pass: Pseudonym, now: Timestamp) -> bool {
        if !window.counts_at(now) {
            return true;
        }
        let shown = self.windows.entry(window).or_default();
        let room = shown.len() < MOST;
        if room {
            shown.insert(pass);
        }
        room
    }

    /// Forgets what counts no more at `now`, as [`Replay::admit`] does: for a gate to which nobody comes.
    pub fn forget_ended(&mut self, now: Timestamp) {
        // Whether the clock was put back is said to whoever comes.
        let _ = self.forget(now);
    }

    /// Lets in whoever was judged, once. Tickets are let in by a [`Register`](super::Register) alone, which writes down that they are used.
    /// Refuses by EP-11 and EP-13.
    ///
    /// # Errors
    /// The rule, saying how.
    pub fn admit(&mut self, checked: Checked, now: Timestamp) -> Result<Admitted, Refusal> {
        if checked.claims.kind.is_single_entry() {
            return Err(KEPT.refuse(KEEPS_NONE));
        }
        self.mark(checked, now)
    }

    /// As [`Replay::admit`], of tickets too: marked in memory, and opening nothing yet.
    pub(super) fn mark(&mut self, checked: Checked, now: Timestamp) -> Result<Admitted, Refusal> {
        self.forget(now)?;
        let Checked { claims, window, pseudonym, issuer, issuer_name, asked, is_blind } = checked;
        if self.since.is_some_and(|since| window <= since) {
            return Err(ONCE.refuse(STARTED_LATER));
        }
        if claims.kind.is_single_entry() && self.tickets.contains_key(&pseudonym) {
            return Err(ONCE.refuse(TICKET_USED));
        }
        // In whichever window that still counts: one pass makes a code for each of them at the same moment.
        if self.windows.values().any(|shown| shown.contains(&pseudonym)) {
            return Err(ONCE.refuse(SHOWN_BEFORE));
        }
        let is_ticket = claims.kind.is_single_entry();
        let shown = self.windows.entry(window).or_default();
        if shown.len() >= MOST || (is_ticket && self.tickets.len() >= MOST) {
            return Err(ONCE.refuse(FULL));
        }
        shown.insert(pseudonym);
        if is_ticket {
            self.tickets.insert(pseudonym, claims.expires);
        }
        Ok(Admitted {
            kind: claims.kind,
            facts: claims.facts,
            particulars: claims.particulars,
            pseudonym,
            issuer,
            issuer_name,
            asked,
            is_blind,
            window,
            expires: claims.expires,
        })
    }

    /// Takes back what [`Replay::admit`] marked: for a ticket whose use could not be written down, and which opened nothing.
    pub(super) fn take_back(&mut self, admitted: &Admitted) {
        if let Some(shown) = self.windows.get_mut(&admitted.window) {
            shown.remove(&admitted.pseudonym);
        }
        self.tickets.remove(&admitted.pseudonym);
    }

    /// How many tickets it remembers as used.
    pub fn used_tickets(&self) -> usize {
        self.tickets.len()
    }

    /// Forgets windows that count no more and tickets that ended, once in a window. What was forgotten must not count again:
    /// refuses if the clock went back by more than a window.
    fn forget(&mut self, now: Timestamp) -> Result<(), Refusal> {
        let window = Window::of(now);
        if window.number().saturating_add(1) < self.latest.number() {
            return Err(ONCE.refuse(CLOCK_BACK));
        }
        if window > self.latest {
            self.latest = window;
            // Those that would count if the clock went back by a window are kept.
            self.windows.retain(|shown, _| shown.number().saturating_add(2) >= window.number());
            self.tickets.retain(|_, ends| now < ends.plus(Window::LENGTH));
        }
        Ok(())
    }
}
