//! Who may do what in which state, by a table that is not the machine's.

use std::collections::BTreeSet;

use super::*;

/// The table again, as it is in the module's documentation: not what the machine says of itself.
fn allowed(phase: Phase, by: Role) -> &'static [Kind] {
    use Kind::{
        Accept, Arrive, Cancel, Concede, Confirm, Decline, Dispute, Finish, Halt, Passed, Quote, Rate,
        Request, Resolve, Tick, Withdraw,
    };
    match (phase, by) {
        (Phase::Draft, Role::Seeker) => &[Request],
        (Phase::Requested, Role::Seeker) => &[Cancel, Passed],
        (Phase::Requested, Role::Listed) => &[Quote, Decline, Passed],
        (Phase::Quoted, Role::Seeker) => &[Accept, Cancel, Passed],
        (Phase::Quoted, Role::Listed) => &[Cancel, Passed],
        (Phase::Accepted, Role::Seeker | Role::Listed) => &[Arrive, Cancel, Passed],
        (Phase::InSession, Role::Seeker | Role::Listed) => &[Tick, Finish, Passed],
        (Phase::Requested | Phase::Quoted | Phase::Accepted | Phase::InSession, Role::Directory) => {
            &[Halt, Passed]
        }
        (Phase::Delivered | Phase::Halted, Role::Seeker) => &[Confirm, Dispute, Passed],
        (Phase::Disputed, Role::Seeker) => &[Withdraw, Passed],
        (Phase::Disputed, Role::Listed) => &[Concede, Passed],
        (Phase::Disputed, Role::Directory) => &[Resolve, Passed],
        (Phase::Confirmed, Role::Seeker) => &[Rate, Passed],
        (Phase::Delivered | Phase::Halted | Phase::Confirmed, Role::Listed | Role::Directory) => &[Passed],
        _ => &[],
    }
}

#[test]
fn cn_05_what_the_table_does_not_permit_is_refused() {
    let all = [
        What::Request { answer_by: START.plus(Seconds(DAY)) },
        What::Quote(quote(START)),
        What::Decline {},
        What::Accept {},
        What::Cancel {},
        What::Arrive {},
        What::Tick(Tick { count: 1, from: START, until: START.plus(Seconds(600)) }),
        What::Finish {},
        What::Halt { why: Why::Suspended },
        What::Confirm {},
        What::Dispute {},
        What::Withdraw {},
        What::Concede {},
        What::Resolve { owed: Won(1) },
        blinded(),
        What::Passed { due: Due::Closed },
    ];
    let disputed = Talk::delivered(1).say(Role::Seeker, What::Dispute {});
    let confirmed = Talk::delivered(1).say(Role::Seeker, What::Confirm {});
    let asked = Talk::new().say(Role::Seeker, What::Request { answer_by: START.plus(Seconds(DAY)) });
    let states = [
        Talk::new(),
        asked.clone(),
        asked.say(Role::Listed, What::Decline {}),
        Talk::in_session().say(Role::Directory, What::Halt { why: Why::Suspended }),
        confirmed.clone().pass(Due::Closed),
        Talk::quoted(),
        Talk::accepted(),
        Talk::in_session(),
        Talk::delivered(1),
        disputed,
        confirmed.clone(),
        confirmed.say(Role::Seeker, blinded()),
        Talk::quoted().say(Role::Listed, What::Cancel {}),
        Talk::quoted().pass(Due::Expired),
        Talk::accepted().pass(Due::NoShow),
    ];
    let phases: BTreeSet<Phase> = states.iter().map(Talk::phase).collect();
    assert_eq!(phases.len(), 15, "{phases:?}");
    for talk in &states {
        for by in [Role::Seeker, Role::Listed, Role::Directory] {
            for what in all {
                let check = talk.clone().try_say(by, what).err().map(|refused| refused.refusal.check);
                let shown = format!("{:?} {by:?} {what:?}", talk.phase());
                assert_eq!(check == Some(MAY), !allowed(talk.phase(), by).contains(&what.kind()), "{shown}");
            }
        }
    }
}
