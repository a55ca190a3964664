//! The states of a consultation, and what leads from one to the next.
//!
//! No money moves: a [`Settlement`] says what a step would mean for whoever keeps a ledger.

use jigap_keys::voprf::Element;
use serde::{Deserialize, Serialize};

use super::checks::{
    ARRIVAL, ARRIVED, AWARD, DUE, MAY, NO_ELEMENT, NOT_ALLOWED, NOT_DUE, NOTHING_COUNTED, RATES, TOO_EARLY,
    TOO_MUCH,
};
use super::event::{Due, Event, Role, What};
use super::table::Phase;
use super::terms::{DAY, Quote, Won, require_wait};
use super::tick::Session;
use crate::facts::Why;
use crate::people::names::Bytes32;
use crate::time::{Seconds, Timestamp};
use crate::verdict::Refusal;

/// How early one can arrive.
pub const EARLY: Seconds = Seconds(600);
/// How late the other may be before who came may go and owes nothing.
pub const GRACE: Seconds = Seconds(300);
/// How long one waits for the other.
pub const WAITS: Seconds = Seconds(900);
/// How long a session goes on in which nothing is counted, besides the tick that is under way.
pub const IDLE: Seconds = Seconds(1800);
/// How long the seeker may be against what was counted.
pub const CONFIRM_WITHIN: Seconds = Seconds(3 * DAY);
/// How long a dispute may last.
pub const RESOLVE_WITHIN: Seconds = Seconds(14 * DAY);
/// How long the token to rate with can be taken.
pub const RATE_WITHIN: Seconds = Seconds(30 * DAY);

/// What a step means for money. Where something is held, it is held once and split once.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Settlement {
    /// Nothing.
    Nothing,
    /// So much of the seeker's is put aside.
    Hold(Won),
    /// What was put aside is divided; the two make the whole of it.
    Split {
        /// To the listed person.
        owed: Won,
        /// Back to the seeker.
        back: Won,
    },
}

/// What a session came to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Bill {
    /// What was put aside for it.
    pub held: Won,
    /// How many ticks both sides counted.
    pub counted: u16,
    /// Their price: what the listed person gets unless they want less or a moderator says less.
    pub earned: Won,
}

impl Bill {
    const fn of(quote: &Quote, counted: u16) -> Self {
        Self { held: quote.total(), counted, earned: quote.price.times(counted) }
    }
}

/// Who has arrived.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Arrived {
    /// The seeker has.
    pub seeker: bool,
    /// The listed person has.
    pub listed: bool,
}

/// The state of a consultation with what belongs to it.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(tag = "phase", rename_all = "kebab-case", deny_unknown_fields)]
#[expect(missing_docs, reason = "each is the `Phase` that has its name")]
pub enum State {
    #[default]
    Draft,
    Requested {
        answer_by: Timestamp,
    },
    Quoted {
        quote: Quote,
    },
    Accepted {
        quote: Quote,
        arrived: Arrived,
    },
    InSession {
        quote: Quote,
        session: Session,
    },
    Delivered {
        bill: Bill,
        until: Timestamp,
    },
    Halted {
        bill: Bill,
        why: Why,
        until: Timestamp,
    },
    Disputed {
        bill: Bill,
        until: Timestamp,
    },
    Confirmed {
        bill: Bill,
        owed: Won,
        until: Timestamp,
    },
    Rated {
        blinded: Bytes32,
        at: Timestamp,
    },
    Closed,
    Declined,
    Cancelled {
        by: Role,
    },
    Expired,
    NoShow {
        arrived: Arrived,
    },
}

type Step = Result<(State, Settlement), Refusal>;

impl State {
    /// The state without what belongs to it.
    pub const fn phase(&self) -> Phase {
        match self {
            Self::Draft => Phase::Draft,
            Self::Requested { .. } => Phase::Requested,
            Self::Quoted { .. } => Phase::Quoted,
            Self::Accepted { .. } => Phase::Accepted,
            Self::InSession { .. } => Phase::InSession,
            Self::Delivered { .. } => Phase::Delivered,
            Self::Halted { .. } => Phase::Halted,
            Self::Disputed { .. } => Phase::Disputed,
            Self::Confirmed { .. } => Phase::Confirmed,
            Self::Rated { .. } => Phase::Rated,
            Self::Closed => Phase::Closed,
            Self::Declined => Phase::Declined,
            Self::Cancelled { .. } => Phase::Cancelled,
            Self::Expired => Phase::Expired,
            Self::NoShow { .. } => Phase::NoShow,
        }
    }

    /// What time causes next, and when. `None` in a draft and at the end.
    pub const fn deadline(&self) -> Option<(Timestamp, Due)> {
        match self {
            Self::Requested { answer_by } => Some((*answer_by, Due::Expired)),
            Self::Quoted { quote } => Some((quote.good_until, Due::Expired)),
            Self::Accepted { quote, .. } => Some((quote.starts.plus(WAITS), Due::NoShow)),
            Self::InSession { quote, session } => {
                Some((session.last().plus(quote.tick).plus(IDLE), Due::Ended))
            }
            Self::Delivered { until, .. } | Self::Halted { until, .. } => Some((*until, Due::Confirmed)),
            Self::Disputed { until, .. } => Some((*until, Due::Resolved)),
            Self::Confirmed { until, .. } => Some((*until, Due::Closed)),
            _ => None,
        }
    }

    /// What time has caused at `now` and nobody has said yet.
    pub fn due(&self, now: Timestamp) -> Option<Due> {
        self.deadline().filter(|(when, _)| *when <= now).map(|(_, due)| due)
    }

    /// The state after `event`, and what that means for money. Refuses what the table does not permit (CN-05), and what is against
    /// CN-07 to CN-12.
    pub(super) fn after(self, event: &Event) -> Step {
        self.phase().require(event.by, event.what.kind())?;
        match (self, event.what) {
            (_, What::Passed { due }) => self.passed(due, event.at),
            (Self::Draft | Self::Requested { .. } | Self::Quoted { .. }, _) => self.agreeing(event),
            (Self::Accepted { quote, arrived }, _) => accepted(quote, arrived, event),
            (Self::InSession { quote, session }, _) => in_session(quote, session, event),
            _ => self.settling(event),
        }
    }

    /// What time causes (CN-07).
    fn passed(self, due: Due, at: Timestamp) -> Step {
        if self.due(at) != Some(due) {
            return Err(DUE.refuse(NOT_DUE));
        }
        match self {
            Self::Requested { .. } | Self::Quoted { .. } => Ok((Self::Expired, Settlement::Nothing)),
            Self::Accepted { quote, arrived } => {
                let owed = if arrived.listed { quote.fee } else { Won(0) };
                Ok((Self::NoShow { arrived }, split(quote.total(), owed)))
            }
            Self::InSession { quote, session } => {
                Ok((delivered(&quote, session.counted(), at), Settlement::Nothing))
            }
            Self::Delivered { bill, .. } | Self::Halted { bill, .. } | Self::Disputed { bill, .. } => {
                Ok(confirmed(bill, bill.earned, at))
            }
            _ => Ok((Self::Closed, Settlement::Nothing)),
        }
    }

    /// Until there is an agreement.
    fn agreeing(self, event: &Event) -> Step {
        let nothing = |state| Ok((state, Settlement::Nothing));
        match (self, event.what) {
            (Self::Draft, What::Request { answer_by }) => {
                require_wait(event.at, answer_by)?;
                nothing(Self::Requested { answer_by })
            }
            (_, What::Quote(quote)) => {
                quote.require_bounds(event.at)?;
                nothing(Self::Quoted { quote })
            }
            (_, What::Decline {}) => nothing(Self::Declined),
            (_, What::Cancel {} | What::Halt { .. }) => nothing(Self::Cancelled { by: event.by }),
            (Self::Quoted { quote }, What::Accept {}) => {
                let arrived = Arrived::default();
                Ok((Self::Accepted { quote, arrived }, Settlement::Hold(quote.total())))
            }
            _ => Err(MAY.refuse(NOT_ALLOWED)),
        }
    }

    /// After the session.
    fn settling(self, event: &Event) -> Step {
        let at = event.at;
        match (self, event.what) {
            (Self::Delivered { bill, .. } | Self::Halted { bill, .. }, What::Dispute {}) => {
                Ok((Self::Disputed { bill, until: at.plus(RESOLVE_WITHIN) }, Settlement::Nothing))
            }
            (Self::Delivered { bill, .. } | Self::Halted { bill, .. }, What::Confirm {})
            | (Self::Disputed { bill, .. }, What::Withdraw {}) => Ok(confirmed(bill, bill.earned, at)),
            (Self::Disputed { bill, .. }, What::Concede {}) => Ok(confirmed(bill, Won(0), at)),
            (Self::Disputed { bill, .. }, What::Resolve { owed }) => {
                if owed > bill.earned {
                    return Err(AWARD.refuse(TOO_MUCH));
                }
                Ok(confirmed(bill, owed, at))
            }
            (Self::Confirmed { bill, .. }, What::Rate { blinded }) => {
                if bill.counted == 0 {
                    return Err(RATES.refuse(NOTHING_COUNTED));
                }
                // Or the one token would be spent on what can have no answer.
                Element::from_bytes(blinded.as_bytes()).map_err(|_| RATES.refuse(NO_ELEMENT))?;
                Ok((Self::Rated { blinded, at }, Settlement::Nothing))
            }
            _ => Err(MAY.refuse(NOT_ALLOWED)),
        }
    }
}

/// Between agreement and session (CN-10).
fn accepted(quote: Quote, mut arrived: Arrived, event: &Event) -> Step {
    match event.what {
        What::Cancel {} | What::Halt { .. } => {
            // Who came and waits in vain owes nothing.
            let waits = event.at >= quote.starts.plus(GRACE) && arrived.seeker && !arrived.listed;
            let owes = event.by == Role::Seeker && event.at >= quote.free_until && !waits;
            let owed = if owes { quote.fee } else { Won(0) };
            Ok((State::Cancelled { by: event.by }, split(quote.total(), owed)))
        }
        What::Arrive {} => {
            let opens = quote.starts.minus(EARLY);
            if event.at < opens {
                return Err(ARRIVAL.refuse(TOO_EARLY.at(opens)));
            }
            let here = if event.by == Role::Seeker { &mut arrived.seeker } else { &mut arrived.listed };
            if std::mem::replace(here, true) {
                return Err(ARRIVAL.refuse(ARRIVED));
            }
            let state = match arrived {
                Arrived { seeker: true, listed: true } => {
                    State::InSession { quote, session: Session::begun(event.at) }
                }
                _ => State::Accepted { quote, arrived },
            };
            Ok((state, Settlement::Nothing))
        }
        _ => Err(MAY.refuse(NOT_ALLOWED)),
    }
}

/// While time is counted.
fn in_session(quote: Quote, session: Session, event: &Event) -> Step {
    let state = match event.what {
        What::Tick(tick) => {
            let session = session.after(tick, (event.by, event.at), &quote)?;
            match session.counted() == quote.most {
                true => delivered(&quote, session.counted(), event.at),
                false => State::InSession { quote, session },
            }
        }
        What::Finish {} => delivered(&quote, session.counted(), event.at),
        What::Halt { why } => {
            let bill = Bill::of(&quote, session.counted());
            State::Halted { bill, why, until: event.at.plus(CONFIRM_WITHIN) }
        }
        _ => return Err(MAY.refuse(NOT_ALLOWED)),
    };
    Ok((state, Settlement::Nothing))
}

const fn delivered(quote: &Quote, counted: u16, at: Timestamp) -> State {
    State::Delivered { bill: Bill::of(quote, counted), until: at.plus(CONFIRM_WITHIN) }
}

const fn confirmed(bill: Bill, owed: Won, at: Timestamp) -> (State, Settlement) {
    (State::Confirmed { bill, owed, until: at.plus(RATE_WITHIN) }, split(bill.held, owed))
}

const fn split(held: Won, owed: Won) -> Settlement {
    Settlement::Split { owed, back: held.less(owed) }
}
