//! Consultations that go as they should; statements out of their turn, out of order, of another time, or about more than was counted.

mod sequences;
mod signed;
mod table;

use std::sync::LazyLock;

use jigap_keys::hash;
use jigap_keys::voprf::Blinding;
use serde_json::{Value, json};

use super::checks::{ARRIVAL, AWARD, DUE, FOLLOWS, LENGTH, MAY, MOMENT, ONCE, RATES, TERMS, TICK};
use super::*;
use crate::facts::Why;
use crate::people::names::Bytes32;
use crate::testing::Repeatable;
use crate::verdict::Check;

const START: Timestamp = Timestamp::from_unix(1_800_000_000);
const DAY: u32 = 24 * 3600;
const TOTAL: Won = Won(60_000);
const FEE: Won = Won(5_000);

pub(super) fn quote(at: Timestamp) -> Quote {
    Quote {
        price: Won(20_000),
        tick: Seconds(600),
        most: 3,
        starts: at.plus(Seconds(2 * DAY)),
        free_until: at.plus(Seconds(DAY)),
        fee: FEE,
        good_until: at.plus(Seconds(DAY)),
    }
}

static BLINDED: LazyLock<Bytes32> =
    LazyLock::new(|| Bytes32(Blinding::new(b"token", &Repeatable::new(1)).unwrap().blinded().to_bytes()));

fn blinded() -> What {
    What::Rate { blinded: *BLINDED }
}

pub(super) fn digest_of(text: &str) -> Digest {
    Digest(Bytes32(hash::sha256(text.as_bytes())))
}

/// A consultation and a clock that all three share.
#[derive(Clone)]
struct Talk {
    it: Consultation,
    now: Timestamp,
    settled: Vec<Settlement>,
}

impl Talk {
    fn new() -> Self {
        Self { it: Consultation::default(), now: START, settled: Vec::new() }
    }

    fn event(&self, by: Role, what: What) -> Event {
        let (number, previous, at) = self.it.next(self.now);
        let digest = digest_of(&format!("{number} {previous:?} {by:?} {at} {what:?}"));
        Event::dangerous_assume_verified((number, previous, digest), (by, at), what)
    }

    fn try_say(&mut self, by: Role, what: What) -> Result<Taken, Refused> {
        let event = self.event(by, what);
        let before = self.it.clone();
        let taken = self.it.take(&event, self.now);
        match &taken {
            Ok(Taken::New(settlement)) => {
                self.settled.extend((*settlement != Settlement::Nothing).then_some(*settlement));
            }
            _ => assert_eq!(self.it, before, "what is refused changes nothing"),
        }
        taken
    }

    #[track_caller]
    fn say(mut self, by: Role, what: What) -> Self {
        self.try_say(by, what).unwrap();
        self
    }

    #[track_caller]
    fn refuses(&self, by: Role, what: What, check: Check) {
        assert_eq!(self.clone().try_say(by, what).unwrap_err().refusal.check, check, "{by:?} {what:?}");
    }

    fn wait(mut self, seconds: u32) -> Self {
        self.now = self.now.plus(Seconds(seconds));
        self
    }

    /// Time passes until it causes something, which is said.
    #[track_caller]
    fn pass(mut self, expected: Due) -> Self {
        let (when, due) = self.it.deadline().unwrap();
        assert_eq!((due, self.it.due(when.minus(Seconds(1)))), (expected, None));
        self.now = when;
        assert_eq!(self.it.due(when), Some(due));
        self.say(Role::Directory, What::Passed { due })
    }

    fn quoted() -> Self {
        let talk = Self::new().say(Role::Seeker, What::Request { answer_by: START.plus(Seconds(DAY)) });
        let quote = quote(talk.now);
        talk.say(Role::Listed, What::Quote(quote))
    }

    fn accepted() -> Self {
        Self::quoted().say(Role::Seeker, What::Accept {})
    }

    fn in_session() -> Self {
        Self::accepted().wait(2 * DAY).say(Role::Listed, What::Arrive {}).say(Role::Seeker, What::Arrive {})
    }

    /// The tick that follows.
    fn tick(&self) -> What {
        let State::InSession { quote, session } = self.it.state() else { panic!("{:?}", self.it.state()) };
        What::Tick(session.next(quote, self.now).unwrap())
    }

    #[track_caller]
    fn counted(mut self, ticks: u16) -> Self {
        for _ in 0..ticks {
            self = self.wait(600);
            let tick = self.tick();
            self = self.say(Role::Listed, tick).say(Role::Seeker, tick);
        }
        self
    }

    fn delivered(ticks: u16) -> Self {
        let talk = Self::in_session().counted(ticks);
        if ticks == 3 { talk } else { talk.say(Role::Listed, What::Finish {}) }
    }

    fn phase(&self) -> Phase {
        self.it.state().phase()
    }
}

fn split(owed: u64) -> Settlement {
    Settlement::Split { owed: Won(owed), back: TOTAL.less(Won(owed)) }
}

#[test]
fn a_consultation_goes_from_a_request_to_a_rating() {
    let talk = Talk::delivered(3);
    assert_eq!((talk.phase(), talk.settled.as_slice()), (Phase::Delivered, &[Settlement::Hold(TOTAL)][..]));
    let talk = talk.say(Role::Seeker, What::Confirm {});
    assert_eq!(talk.settled, [Settlement::Hold(TOTAL), split(60_000)]);
    let talk = talk.say(Role::Seeker, blinded());
    assert!(talk.phase() == Phase::Rated && talk.phase().is_final() && talk.it.deadline().is_none());
}

#[test]
fn what_was_counted_is_what_is_owed() {
    for (ticks, owed) in [(0, 0), (1, 20_000), (2, 40_000)] {
        let talk = Talk::delivered(ticks).pass(Due::Confirmed);
        assert_eq!(talk.settled, [Settlement::Hold(TOTAL), split(owed)]);
        assert_eq!(talk.pass(Due::Closed).phase(), Phase::Closed);
    }
    let idle = Talk::in_session().counted(1).pass(Due::Ended);
    assert_eq!(idle.phase(), Phase::Delivered);
    assert_eq!(idle.say(Role::Seeker, What::Confirm {}).settled, [Settlement::Hold(TOTAL), split(20_000)]);
}

#[test]
fn nothing_that_is_asked_for_waits_for_ever() {
    let asked = Talk::new().say(Role::Seeker, What::Request { answer_by: START.plus(Seconds(DAY)) });
    assert_eq!(asked.clone().pass(Due::Expired).phase(), Phase::Expired);
    assert_eq!(asked.clone().say(Role::Listed, What::Decline {}).phase(), Phase::Declined);
    assert_eq!(asked.say(Role::Seeker, What::Cancel {}).phase(), Phase::Cancelled);
    assert_eq!(Talk::quoted().pass(Due::Expired).phase(), Phase::Expired);
    let talk = Talk::accepted().pass(Due::NoShow);
    assert_eq!((talk.phase(), talk.settled[1]), (Phase::NoShow, split(0)));
}

#[test]
fn who_does_not_come_is_who_owes() {
    let opens = Talk::accepted().wait(2 * DAY - 600);
    let listed = opens.clone().say(Role::Listed, What::Arrive {}).pass(Due::NoShow);
    assert_eq!(listed.settled[1], split(FEE.0));
    let seeker = opens.clone().say(Role::Seeker, What::Arrive {});
    assert_eq!(seeker.clone().pass(Due::NoShow).settled[1], split(0));
    // Who waits in vain may go.
    let impatient = seeker.clone().wait(600 + GRACE.0 - 1).say(Role::Seeker, What::Cancel {});
    assert_eq!(impatient.settled[1], split(FEE.0), "nobody is late at the very moment");
    assert_eq!(seeker.wait(600 + GRACE.0).say(Role::Seeker, What::Cancel {}).settled[1], split(0));
    let gone = opens.say(Role::Seeker, What::Arrive {}).say(Role::Seeker, What::Cancel {});
    assert_eq!(gone.settled[1], split(FEE.0), "before the moment nobody waits");
}

#[test]
fn who_cancels_late_owes_the_fee_and_the_listed_person_never() {
    let talk = Talk::accepted();
    assert_eq!(talk.clone().wait(DAY - 1).say(Role::Seeker, What::Cancel {}).settled[1], split(0));
    assert_eq!(talk.clone().wait(DAY).say(Role::Seeker, What::Cancel {}).settled[1], split(FEE.0));
    assert_eq!(talk.wait(DAY).say(Role::Listed, What::Cancel {}).settled[1], split(0));
}

#[test]
fn a_revoked_credential_halts_what_goes_on_and_what_was_counted_stays() {
    let halt = What::Halt { why: Why::Revoked };
    assert_eq!(Talk::accepted().say(Role::Directory, halt).settled[1], split(0));
    let talk = Talk::in_session().counted(1).wait(600);
    let pending = talk.tick();
    let halted = talk.say(Role::Listed, pending).say(Role::Directory, halt);
    assert_eq!(halted.phase(), Phase::Halted);
    halted.refuses(Role::Seeker, pending, MAY);
    assert_eq!(halted.clone().say(Role::Seeker, What::Confirm {}).settled[1], split(20_000));
    let disputed = halted.say(Role::Seeker, What::Dispute {});
    assert_eq!(disputed.say(Role::Listed, What::Concede {}).settled[1], split(0));
}

#[test]
fn a_dispute_ends_by_each_of_the_three_or_by_time_and_leads_to_a_rating() {
    let disputed = Talk::delivered(2).say(Role::Seeker, What::Dispute {});
    let ends = [
        (Role::Seeker, What::Withdraw {}, 40_000),
        (Role::Listed, What::Concede {}, 0),
        (Role::Directory, What::Resolve { owed: Won(25_000) }, 25_000),
    ];
    for (by, what, owed) in ends {
        let talk = disputed.clone().say(by, what);
        assert_eq!(talk.settled[1], split(owed));
        assert_eq!(talk.say(Role::Seeker, blinded()).phase(), Phase::Rated);
    }
    assert_eq!(disputed.pass(Due::Resolved).settled[1], split(40_000));
}

#[test]
fn a_side_says_again_what_was_not_heard() {
    let mut talk = Talk::in_session().wait(600);
    let tick = talk.tick();
    let event = talk.event(Role::Listed, tick);
    assert_eq!(talk.it.take(&event, talk.now), Ok(Taken::New(Settlement::Nothing)));
    talk = talk.wait(100_000);
    for _ in 0..3 {
        assert_eq!(talk.it.take(&event, talk.now), Ok(Taken::Again), "however late");
        assert_eq!(talk.it.follow(&event, talk.now), Ok(Taken::Again));
    }
}

#[test]
fn whoever_reads_it_later_finds_the_same() {
    let mut talk = Talk::new();
    let mut heard = Vec::new();
    let answer_by = START.plus(Seconds(DAY));
    for (by, what) in [
        (Role::Seeker, What::Request { answer_by }),
        (Role::Listed, What::Quote(quote(START))),
        (Role::Seeker, What::Accept {}),
        (Role::Listed, What::Cancel {}),
    ] {
        heard.push(talk.event(by, what));
        talk = talk.say(by, what);
    }
    let mut later = Consultation::default();
    for event in &heard {
        later.follow(event, START).unwrap();
    }
    assert_eq!(later, talk.it);
}

#[test]
fn a_consultation_is_stored_in_its_version_only() {
    let talk = Talk::in_session().counted(1).wait(600);
    let tick = talk.tick();
    let talk = talk.say(Role::Seeker, tick);
    let stored = serde_json::to_value(&talk.it).unwrap();
    assert_eq!(serde_json::from_value::<Consultation>(stored.clone()).unwrap(), talk.it);
    // With feature `josekit` JSON keeps the order that members came in: other bytes are signed, and other digests kept.
    if !cfg!(feature = "josekit") {
        insta::assert_json_snapshot!(stored);
    }
    let with = |name: &str, value: Value| {
        let mut other = stored.clone();
        other[name] = value;
        serde_json::from_value::<Consultation>(other)
    };
    let statements = stored["statements"].as_array().unwrap();
    let many: Vec<_> = statements.iter().cycle().take(601).collect();
    for (name, value) in [
        ("version", json!(2)),
        ("more", json!(1)),
        ("statements", json!(many)),
        ("state", json!({"phase": "paid"})),
        ("state", json!({"phase": "in-session"})),
    ] {
        assert!(with(name, value).is_err(), "{name}");
    }
}

#[test]
fn cn_03_a_statement_that_leaves_one_out_or_follows_another_is_refused() {
    let mut talk = Talk::quoted();
    let Event { number, previous, .. } = talk.event(Role::Seeker, What::Accept {});
    for (number, previous) in [
        (number + 1, previous),
        (u32::MAX, previous),
        (0, previous),
        (number, None),
        (number, Some(digest_of("another"))),
    ] {
        let digest = digest_of("it");
        let by = (Role::Seeker, talk.now);
        let event = Event::dangerous_assume_verified((number, previous, digest), by, What::Accept {});
        let refused = talk.it.take(&event, talk.now).unwrap_err();
        assert_eq!((refused.refusal.check, refused.fork), (FOLLOWS, None));
    }
    let first = Event::dangerous_assume_verified(
        (1, Some(digest_of("none")), digest_of("it")),
        (Role::Seeker, START),
        What::Request { answer_by: START.plus(Seconds(1)) },
    );
    assert_eq!(Consultation::default().take(&first, START).unwrap_err().refusal.check, FOLLOWS);
}

#[test]
fn cn_04_another_statement_of_the_same_number_is_refused_and_named_beside_the_first() {
    let mut talk = Talk::quoted();
    let (accepts, cancels) =
        (talk.event(Role::Seeker, What::Accept {}), talk.event(Role::Seeker, What::Cancel {}));
    let by_other = talk.event(Role::Listed, What::Cancel {});
    talk.it.take(&accepts, talk.now).unwrap();
    let refused = talk.it.take(&cancels, talk.now).unwrap_err();
    assert_eq!(refused.refusal.check, ONCE);
    let fork =
        Fork { number: 3, kept: accepts.digest(), other: cancels.digest(), both_by: Some(Role::Seeker) };
    assert_eq!(refused.fork.as_deref(), Some(&fork));
    let raced = talk.it.take(&by_other, talk.now).unwrap_err();
    assert_eq!((raced.refusal.check, raced.fork.unwrap().both_by), (ONCE, None), "no fault of anybody");
    talk.say(Role::Listed, What::Cancel {});
}

#[test]
fn cn_06_a_statement_of_another_time_is_refused() {
    let talk = Talk::quoted();
    let at = |at: Timestamp, now: Timestamp| {
        let mut talk = talk.clone();
        let event = Event { at, ..talk.event(Role::Seeker, What::Accept {}) };
        talk.it.take(&event, now).map(|_| ()).map_err(|refused| refused.refusal.check)
    };
    let later = START.plus(Seconds(1000));
    assert_eq!(at(later, later.plus(LATE)), Ok(()));
    assert_eq!(at(later, later.plus(LATE).plus(Seconds(1))), Err(MOMENT));
    assert_eq!(at(later, later.minus(CLOCK_SKEW)), Ok(()));
    assert_eq!(at(later, later.minus(CLOCK_SKEW).minus(Seconds(1))), Err(MOMENT));
    assert_eq!(at(START.minus(Seconds(1)), START), Err(MOMENT), "before what it follows");
    // Whoever made the last one was ahead: the next says no earlier moment.
    assert_eq!(talk.it.next(START.minus(Seconds(9))).2, START);
    let mut talk = talk;
    let event = Event { at: START.minus(Seconds(1)), ..talk.event(Role::Seeker, What::Accept {}) };
    assert_eq!(talk.it.follow(&event, START).unwrap_err().refusal.check, MOMENT);
    // Who reads later takes what is old, and nothing of the future: a directory alone would date forward what time causes.
    let passed = Event {
        at: START.plus(Seconds(DAY)),
        ..talk.event(Role::Directory, What::Passed { due: Due::Expired })
    };
    let early = passed.at.minus(CLOCK_SKEW).minus(Seconds(1));
    assert_eq!(talk.it.clone().follow(&passed, early).unwrap_err().refusal.check, MOMENT);
    assert!(talk.it.clone().follow(&passed, early.plus(Seconds(1))).is_ok());
    assert!(talk.it.follow(&passed, passed.at.plus(LATE).plus(Seconds(1))).is_ok());
}

#[test]
fn cn_07_time_speaks_in_its_time_and_first() {
    let talk = Talk::quoted();
    for due in [Due::Expired, Due::NoShow, Due::Closed] {
        talk.refuses(Role::Directory, What::Passed { due }, DUE);
    }
    let late = talk.wait(DAY);
    late.refuses(Role::Seeker, What::Accept {}, DUE);
    late.refuses(Role::Seeker, What::Cancel {}, DUE);
    late.refuses(Role::Directory, What::Passed { due: Due::NoShow }, DUE);
    for by in [Role::Seeker, Role::Listed, Role::Directory] {
        assert_eq!(late.clone().say(by, What::Passed { due: Due::Expired }).phase(), Phase::Expired);
    }
}

#[test]
fn cn_08_requests_and_quotes_out_of_bounds_are_refused() {
    let draft = Talk::new();
    for answer_by in [START, START.plus(Seconds(14 * DAY + 1)), Timestamp::from_unix(i64::MAX)] {
        draft.refuses(Role::Seeker, What::Request { answer_by }, TERMS);
    }
    let asked = draft.say(Role::Seeker, What::Request { answer_by: START.plus(Seconds(DAY)) });
    let good = quote(START);
    for wrong in [
        Quote { tick: Seconds(59), ..good },
        Quote { tick: Seconds(3601), ..good },
        Quote { most: 0, fee: Won(0), ..good },
        Quote { most: 121, ..good },
        Quote { price: Won(33_333_334), ..good },
        Quote { price: Won(u64::MAX), ..good },
        Quote { fee: Won(60_001), ..good },
        Quote { good_until: START, ..good },
        Quote {
            good_until: START.plus(Seconds(14 * DAY + 1)),
            starts: START.plus(Seconds(15 * DAY)),
            ..good
        },
        Quote { good_until: good.starts.plus(Seconds(1)), ..good },
        Quote { starts: START.plus(Seconds(90 * DAY + 1)), ..good },
        Quote { free_until: good.starts.plus(Seconds(1)), ..good },
    ] {
        asked.refuses(Role::Listed, What::Quote(wrong), TERMS);
    }
    assert_eq!(
        asked.say(Role::Listed, What::Quote(Quote { price: Won(0), fee: Won(0), ..good })).phase(),
        Phase::Quoted
    );
}

#[test]
fn cn_09_a_tick_that_stretches_overlaps_or_is_of_another_time_is_refused() {
    let talk = Talk::in_session().counted(1).wait(600);
    let State::InSession { session, .. } = *talk.it.state() else { panic!() };
    let good = Tick { count: 2, from: session.last(), until: talk.now };
    let earlier = |tick: Tick, by| Tick { from: tick.from.minus(Seconds(by)), ..tick };
    let moved =
        |by| Tick { count: 2, from: good.from.minus(Seconds(by)), until: good.until.minus(Seconds(by)) };
    let ahead = Tick { count: 2, from: good.from.plus(Seconds(1)), until: good.until.plus(Seconds(1)) };
    let end = Timestamp::from_unix(i64::MAX);
    for wrong in [
        Tick { count: 1, ..good },
        Tick { count: 3, ..good },
        Tick { count: 0, ..good },
        earlier(good, 1),
        Tick { from: good.from.plus(Seconds(1)), ..good },
        Tick { from: good.until, until: good.from, ..good },
        Tick { from: Timestamp::from_unix(i64::MIN), until: end, ..good },
        moved(1),
        ahead,
        Tick { from: end, until: end, ..good },
    ] {
        for by in [Role::Seeker, Role::Listed] {
            talk.refuses(by, What::Tick(wrong), TICK);
        }
    }
    talk.clone().wait(121).refuses(Role::Listed, What::Tick(good), TICK);
    talk.clone().wait(120).say(Role::Listed, What::Tick(good));
}

#[test]
fn cn_09_a_tick_counts_only_where_both_say_the_same() {
    let counted = |talk: &Talk| match talk.it.state() {
        State::InSession { session, .. } => session.counted(),
        other => panic!("{other:?}"),
    };
    let talk = Talk::in_session().wait(660);
    let (first, paused) = (talk.tick(), {
        let from = START.plus(Seconds(2 * DAY + 60));
        What::Tick(Tick { count: 1, from, until: from.plus(Seconds(600)) })
    });
    // The same side says it twice; the two say different ones.
    let talk = talk.say(Role::Listed, first);
    talk.refuses(Role::Listed, first, TICK);
    talk.refuses(Role::Listed, paused, TICK);
    let talk = talk.say(Role::Seeker, paused);
    assert_eq!(counted(&talk), 0);
    // Either agrees with what the other said.
    for (by, tick) in [(Role::Seeker, first), (Role::Listed, paused)] {
        let State::InSession { session, .. } = talk.it.state() else { panic!() };
        assert_eq!(session.said_by_other(by, talk.now).map(What::Tick), Some(tick));
        assert_eq!(counted(&talk.clone().say(by, tick)), 1);
    }
    // What nobody agreed with for two minutes is as if it had not been said.
    let talk = talk.wait(61);
    talk.refuses(Role::Seeker, first, TICK);
    let State::InSession { session, .. } = talk.it.state() else { panic!() };
    assert_eq!(session.said_by_other(Role::Seeker, talk.now), None);
}

#[test]
fn cn_09_one_side_says_another_tick_only_once_it_ends_a_window_later() {
    let talk = Talk::in_session().wait(600);
    let ends = |until: Timestamp| What::Tick(Tick { count: 1, from: until.minus(Seconds(600)), until });
    let end = talk.now;
    let talk = talk.say(Role::Listed, ends(end)).wait(WINDOW.0 + 1);
    for later in [1, 2, WINDOW.0] {
        talk.refuses(Role::Listed, ends(end.plus(Seconds(later))), TICK);
    }
    talk.say(Role::Listed, ends(end.plus(Seconds(WINDOW.0 + 1))));
}

#[test]
fn cn_10_who_arrives_too_early_or_twice_is_refused() {
    let talk = Talk::accepted();
    let early = talk.wait(2 * DAY - 601);
    early.refuses(Role::Seeker, What::Arrive {}, ARRIVAL);
    let here = early.wait(1).say(Role::Seeker, What::Arrive {});
    here.refuses(Role::Seeker, What::Arrive {}, ARRIVAL);
    assert_eq!(here.say(Role::Listed, What::Arrive {}).phase(), Phase::InSession);
}

#[test]
fn cn_11_more_than_was_counted_is_awarded_to_nobody() {
    let disputed = Talk::delivered(2).say(Role::Seeker, What::Dispute {});
    for owed in [40_001, u64::MAX] {
        disputed.refuses(Role::Directory, What::Resolve { owed: Won(owed) }, AWARD);
    }
    disputed.say(Role::Directory, What::Resolve { owed: Won(40_000) });
}

#[test]
fn cn_12_where_nothing_was_counted_nobody_rates_and_nobody_rates_twice() {
    let empty = Talk::delivered(0).say(Role::Seeker, What::Confirm {});
    empty.refuses(Role::Seeker, blinded(), RATES);
    let rated = Talk::delivered(1).say(Role::Seeker, What::Confirm {}).say(Role::Seeker, blinded());
    rated.refuses(Role::Seeker, blinded(), MAY);
    // What no directory could answer does not use it up.
    let confirmed = Talk::delivered(1).say(Role::Seeker, What::Confirm {});
    for wrong in [[0; 32], [9; 32], [255; 32]] {
        confirmed.refuses(Role::Seeker, What::Rate { blinded: Bytes32(wrong) }, RATES);
    }
}

#[test]
fn cn_13_ticks_leave_room_for_what_ends_the_session() {
    let mut talk = Talk::in_session();
    let State::InSession { mut quote, session } = *talk.it.state() else { panic!() };
    quote.most = 120;
    talk.it.state = State::InSession { quote, session };
    while talk.it.head().0 < MAX_STATEMENTS - ROOM {
        let State::InSession { session, .. } = *talk.it.state() else { panic!() };
        // Nobody ever agrees.
        talk = talk.wait(121);
        let tick = Tick { count: 1, from: talk.now.minus(Seconds(600)), until: talk.now };
        if tick.from < session.last() {
            continue;
        }
        let (when, _) = talk.it.deadline().unwrap();
        if talk.now >= when {
            // As if one had been counted.
            talk.it.state = State::InSession { quote, session: Session::begun(talk.now.minus(Seconds(600))) };
        }
        talk = talk.say(Role::Listed, What::Tick(tick));
    }
    let talk = talk.wait(121);
    let tick = Tick { count: 1, from: talk.now.minus(Seconds(600)), until: talk.now };
    talk.refuses(Role::Listed, What::Tick(tick), LENGTH);
    assert_eq!(talk.say(Role::Listed, What::Finish {}).phase(), Phase::Delivered);
}
