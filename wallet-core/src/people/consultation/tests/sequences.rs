//! Any sequence of statements, hostile ones among them, by any side and with a clock that jumps: nothing is stuck and nothing breaks.
//!
//! A model that is not the machine counts along: ticks by what both sides were heard to say, money by what was held and split.
//! `JIGAP_SEQUENCES=1000000` runs a million of them; run that in release.

use std::cell::RefCell;
use std::collections::{BTreeMap, BTreeSet};

use proptest::prelude::*;
use proptest::test_runner::{Config, RngAlgorithm, TestRng, TestRunner};

use super::*;

/// Most steps of one sequence.
const STEPS: usize = 64;
/// Most deadlines between any state and the end.
const DEADLINES: usize = 4;

/// How many sequences unless the environment says more.
const USUAL: u32 = 2_000;

/// How many sequences: [`USUAL`] unless the environment says more.
#[expect(clippy::disallowed_methods, reason = "a test asks how long it may take")]
fn sequences() -> u32 {
    std::env::var("JIGAP_SEQUENCES").ok().and_then(|count| count.parse().ok()).unwrap_or(USUAL)
}

/// One step: who, what, how much time passes before, and what is wrong with the statement.
#[derive(Debug, Clone, Copy)]
struct Step {
    by: u8,
    what: u8,
    jump: u8,
    wrong: u8,
    size: u32,
}

fn step() -> impl Strategy<Value = Step> {
    (any::<u8>(), any::<u8>(), any::<u8>(), any::<u8>(), any::<u32>())
        .prop_map(|(by, what, jump, wrong, size)| Step { by, what, jump, wrong, size })
}

/// What the machine should find, found in another way.
#[derive(Default)]
struct Model {
    said: Vec<Event>,
    held: Option<Won>,
    split: Option<(Won, Won)>,
    /// Ticks as each side said them last, and those that both did.
    last: [Option<Tick>; 2],
    counted: Vec<Tick>,
    begun: Option<Timestamp>,
    quote: Option<Quote>,
}

impl Model {
    fn heard(&mut self, event: &Event, settlement: Settlement, state: &State) {
        self.said.push(*event);
        match settlement {
            Settlement::Nothing => {}
            Settlement::Hold(won) => assert_eq!(self.held.replace(won), None, "held twice"),
            Settlement::Split { owed, back } => {
                assert_eq!(self.split.replace((owed, back)), None, "split twice");
                assert_eq!(Some(Won(owed.0 + back.0)), self.held, "all of it, and no more");
            }
        }
        match event.what {
            What::Quote(quote) => self.quote = Some(quote),
            What::Tick(tick) => {
                let (own, other) = if event.by == Role::Seeker { (0, 1) } else { (1, 0) };
                self.last[own] = Some(tick);
                if self.last[other] == Some(tick) {
                    self.counted.push(tick);
                    self.last = [None, None];
                }
            }
            What::Arrive {} if state.phase() == Phase::InSession => self.begun = Some(event.at),
            _ => {}
        }
    }

    fn price(&self) -> Won {
        let quote = self.quote.unwrap_or_else(|| quote(START));
        quote.price.times(u16::try_from(self.counted.len()).unwrap())
    }

    fn agrees(&self, state: &State) {
        let bill = match state {
            State::InSession { session, .. } => {
                assert_eq!(usize::from(session.counted()), self.counted.len());
                return;
            }
            State::Delivered { bill, .. } | State::Halted { bill, .. } | State::Disputed { bill, .. } => bill,
            State::Confirmed { bill, owed, .. } => {
                assert!(*owed <= bill.earned);
                bill
            }
            _ => return,
        };
        assert_eq!((bill.earned, Some(bill.held)), (self.price(), self.held));
    }

    /// What is counted is time that passed after the session began, once.
    fn no_time_was_made(&self) {
        let mut from = self.begun.unwrap_or(START);
        for tick in &self.counted {
            assert!(tick.from >= from && tick.until > tick.from);
            from = tick.until;
        }
        let last = self.said.last().map_or(START, Event::at);
        assert!(self.counted.is_empty() || from <= last);
    }

    /// At the end nothing is held, and nobody has more than both sides counted, or the fee of who did not come.
    fn is_settled(&self, state: &State) {
        assert!(state.phase().is_final());
        assert_eq!(self.held.is_some(), self.split.is_some(), "{state:?}");
        if let Some((owed, _)) = self.split {
            let fee = self.quote.map_or(Won(0), |quote| quote.fee);
            let most = if self.begun.is_some() { self.price() } else { fee };
            assert!(owed <= most, "{owed:?} of {most:?}");
        }
        let rated = matches!(state, State::Rated { .. });
        assert!(!rated || !self.counted.is_empty(), "who was not there rates");
    }
}

struct Run {
    it: Consultation,
    now: Timestamp,
    model: Model,
}

impl Run {
    fn what(&self, step: Step) -> What {
        let now = self.now;
        let later = |most: u32| now.plus(Seconds(step.size % most));
        // What the state lets happen comes more often than what it refuses, and what goes on more often than what ends it: or no
        // sequence would come far.
        let ends = |kind: &Kind| matches!(kind, Kind::Cancel | Kind::Decline | Kind::Halt | Kind::Finish);
        let early = |kind: &Kind| *kind == Kind::Passed && self.it.due(now).is_none();
        let rare = |kind: &Kind| (ends(kind) || early(kind)) && !step.size.is_multiple_of(16);
        let kinds: Vec<Kind> = self.it.permits(role(step.by)).filter(|kind| !rare(kind)).collect();
        if step.what >= 32 && !kinds.is_empty() {
            return self.sensible(kinds[usize::from(step.what) % kinds.len()], step);
        }
        match step.what % 16 {
            0 => What::Request { answer_by: later(20 * DAY) },
            1 => What::Quote(Quote { price: Won(step.size.into()), good_until: later(DAY), ..quote(now) }),
            2 => What::Decline {},
            3 => What::Accept {},
            4 => What::Cancel {},
            5 => What::Arrive {},
            6 => What::Tick(Tick { count: step.size as u16, from: now, until: later(4000) }),
            7 => What::Finish {},
            8 => What::Halt { why: Why::Revoked },
            9 => What::Confirm {},
            10 => What::Dispute {},
            11 => What::Withdraw {},
            12 => What::Concede {},
            13 => What::Resolve { owed: Won(step.size.into()) },
            14 => blinded(),
            _ => What::Passed { due: Due::Ended },
        }
    }

    fn sensible(&self, kind: Kind, step: Step) -> What {
        let later = |most: u32| self.now.plus(Seconds(1 + step.size % most));
        match kind {
            Kind::Request => What::Request { answer_by: later(14 * DAY) },
            Kind::Quote => {
                let good = quote(self.now);
                let free_until = good.starts.minus(Seconds(step.size % (3 * DAY)));
                let most = 1 + (step.size % 6) as u16;
                What::Quote(Quote { free_until, most, ..good })
            }
            Kind::Tick => What::Tick(self.tick(step)),
            Kind::Resolve => What::Resolve { owed: Won(u64::from(step.size) % 80_000) },
            Kind::Passed => {
                let due = self.it.deadline().map_or(Due::Closed, |(_, due)| due);
                What::Passed { due }
            }
            Kind::Halt => What::Halt { why: Why::Suspended },
            Kind::Rate => blinded(),
            Kind::Decline => What::Decline {},
            Kind::Accept => What::Accept {},
            Kind::Cancel => What::Cancel {},
            Kind::Arrive => What::Arrive {},
            Kind::Finish => What::Finish {},
            Kind::Confirm => What::Confirm {},
            Kind::Dispute => What::Dispute {},
            Kind::Withdraw => What::Withdraw {},
            Kind::Concede => What::Concede {},
        }
    }

    /// A tick that may be right: the other's, the next, or one that just ended.
    fn tick(&self, step: Step) -> Tick {
        let just = Tick { count: 1, from: self.now.minus(Seconds(600)), until: self.now };
        let State::InSession { quote, session } = self.it.state() else { return just };
        let other = session.said_by_other(role(step.by), self.now).filter(|_| !step.size.is_multiple_of(4));
        let next = || session.next(quote, self.now);
        let just = Tick { count: session.counted() + 1, ..just };
        other.or_else(next).unwrap_or(just)
    }

    /// How far the clock goes: mostly a little, or to the moment that was agreed on; sometimes to a deadline or beside it, or for weeks.
    fn jump(&mut self, step: Step) {
        let to_deadline = self.it.deadline().map(|(when, _)| when).filter(|when| *when > self.now);
        let agreed = match self.it.state() {
            State::Accepted { quote, .. } if quote.starts > self.now => Some(quote.starts),
            _ => None,
        };
        self.now = match (step.jump % 32, to_deadline, agreed) {
            (0, Some(when), _) => when,
            (1, Some(when), _) => when.minus(Seconds(1)),
            (2, ..) => self.now.plus(Seconds(step.size % (40 * DAY))),
            (3..=9, _, Some(starts)) => starts,
            (3..=9, ..) if self.it.state().phase() == Phase::InSession => self.now.plus(Seconds(600)),
            (10, ..) => self.now.plus(Seconds(700)),
            _ => self.now.plus(Seconds(u32::from(step.jump % 32))),
        };
    }

    /// The statement, or what somebody hostile makes of it.
    fn event(&self, step: Step) -> Event {
        let (number, previous, at) = self.it.next(self.now);
        let (by, what) = (role(step.by), self.what(step));
        let mut event =
            Event::dangerous_assume_verified((number, previous, self.digest(step)), (by, at), what);
        match step.wrong {
            0..=7 => event.number = step.size % 12,
            8..=11 => event.previous = None,
            12..=15 => event.at = at.plus(Seconds(step.size % 600)),
            16..=19 => event.at = at.minus(Seconds(step.size % 600)),
            20..=23 => event.at = Timestamp::from_unix(i64::MAX),
            24..=35 if !self.model.said.is_empty() => {
                event = self.model.said[step.size as usize % self.model.said.len()];
            }
            _ => {}
        }
        event
    }

    /// No two statements of a sequence have the same.
    fn digest(&self, step: Step) -> Digest {
        let mut bytes = [step.what; 32];
        bytes[..4].copy_from_slice(&step.size.to_be_bytes());
        bytes[4..8].copy_from_slice(&self.it.head().0.to_be_bytes());
        bytes[8] = step.by;
        Digest(Bytes32(bytes))
    }

    fn step(&mut self, step: Step) {
        self.jump(step);
        let event = self.event(step);
        let known = self.model.said.iter().any(|said| said.digest == event.digest);
        // The clone's vector is what a million sequences spend their time on.
        let (before, head) = (*self.it.state(), self.it.head());
        match self.it.take(&event, self.now) {
            Ok(Taken::New(settlement)) => {
                assert!(!known && self.it.head() == (head.0 + 1, Some(event.digest)));
                assert!(before.phase().permits(event.by).any(|kind| kind == event.what.kind()));
                self.model.heard(&event, settlement, self.it.state());
                self.model.agrees(self.it.state());
            }
            Ok(Taken::Again) => {
                assert!(known && (before, head) == (*self.it.state(), self.it.head()));
            }
            Err(_) => assert_eq!((before, head), (*self.it.state(), self.it.head())),
        }
    }

    /// Time alone leads to the end.
    fn end(&mut self) {
        for _ in 0..DEADLINES {
            let Some((when, due)) = self.it.deadline() else { break };
            self.now = self.now.max(when);
            let (number, previous, at) = self.it.next(self.now);
            let digest = digest_of(&format!("{number}"));
            let event = Event::dangerous_assume_verified(
                (number, previous, digest),
                (Role::Directory, at),
                What::Passed { due },
            );
            let Ok(Taken::New(settlement)) = self.it.take(&event, self.now) else {
                panic!("stuck in {:?}", self.it.state());
            };
            self.model.heard(&event, settlement, self.it.state());
        }
        let state = *self.it.state();
        assert!(state.deadline().is_none(), "still waits: {state:?}");
        if state.phase() == Phase::Draft {
            assert!(self.model.said.is_empty());
            return;
        }
        self.model.is_settled(&state);
        self.model.no_time_was_made();
    }
}

fn role(by: u8) -> Role {
    match by % 9 {
        0..=3 => Role::Seeker,
        4..=7 => Role::Listed,
        _ => Role::Directory,
    }
}

/// Runs one sequence to its end; the states that it was in before time alone went on.
fn run(steps: &[Step]) -> BTreeSet<Phase> {
    let mut run = Run { it: Consultation::default(), now: START, model: Model::default() };
    let mut phases = BTreeSet::new();
    for step in steps {
        run.step(*step);
        phases.insert(run.it.state().phase());
    }
    let mut later = Consultation::default();
    for event in &run.model.said {
        later.follow(event, run.now).unwrap();
    }
    assert_eq!(later, run.it, "who reads it later finds the same");
    run.end();
    phases
}

#[test]
fn no_sequence_is_stuck_or_breaks_anything() {
    let seen = RefCell::new(BTreeMap::new());
    let config = Config { cases: sequences(), failure_persistence: None, ..Config::default() };
    // The same in every run, unless somebody asks for more than the usual.
    let rng = TestRng::deterministic_rng(RngAlgorithm::ChaCha);
    let mut runner = match sequences() {
        USUAL => TestRunner::new_with_rng(config, rng),
        _ => TestRunner::new(config),
    };
    let steps = prop::collection::vec(step(), 0..STEPS);
    let outcome = runner.run(&steps, |steps| {
        for phase in run(&steps) {
            *seen.borrow_mut().entry(phase).or_insert(0_u32) += 1;
        }
        Ok(())
    });
    outcome.unwrap();
    let seen = seen.into_inner();
    println!("{} sequences, of which so many were in each state: {seen:?}", sequences());
    assert_eq!(seen.len(), 15, "each state was reached: {seen:?}");
}
