//! What a gate remembers, and what it must not forget.

use super::*;

#[test]
fn ep_11_what_was_shown_before_is_refused() {
    let mut scene = Scene::of_tickets();
    scene.claims.status = None;
    scene.claims.expires = NOW.plus(Seconds(3600));
    let admit = |replay: &mut Replay, scene: &Scene, now| {
        let admitted = replay.mark(scene.judge(&scene.code(now), now).unwrap(), now);
        admitted.map(|_| ()).map_err(|refusal| {
            assert_eq!(refusal.check, ONCE);
            refusal.reason.code
        })
    };
    let mut replay = scene.replay();
    assert_eq!(admit(&mut replay, &scene, NOW), Ok(()));
    // A ticket in another window, also after the gate forgot the first; and at a gate that was told of it.
    let later = NOW.plus(Seconds(1800));
    assert_eq!(admit(&mut replay, &scene, later), Err("ticket-used"));
    let mut second = scene.replay();
    assert!(second.remember_ticket(Pseudonym::of(scene.holder.public()), scene.claims.expires));
    assert_eq!(admit(&mut second, &scene, later), Err("ticket-used"));
    // At a gate that was told by its neighbour.
    let mut told = scene.replay();
    assert!(told.remember_shown(Window::of(NOW), Pseudonym::of(scene.holder.public()), NOW));
    assert_eq!(admit(&mut told, &scene, NOW), Err("pass-shown-before"));
    // A gate whose codes may have been shown before it started takes them when those count no more.
    scene.gate.presence = Presence::Poster;
    let mut started = scene.replay();
    for (seconds, outcome) in [(0, Err("gate-started")), (15, Err("gate-started")), (30, Ok(()))] {
        assert_eq!(admit(&mut started, &scene, NOW.plus(Seconds(seconds))), outcome, "{seconds}");
    }
}

/// What was forgotten because time went on does not count again because it goes back.
#[test]
fn ep_11_a_clock_that_goes_back_opens_nothing_twice() {
    let scene = Scene::new();
    let mut replay = scene.replay();
    let code = scene.code(NOW);
    assert!(replay.admit(scene.judge(&code, NOW).unwrap(), NOW).is_ok());
    let tomorrow = NOW.plus(Seconds(86_400));
    let other = Scene { as_of: tomorrow, ..Scene::new() };
    assert!(replay.admit(other.judge(&other.code(tomorrow), tomorrow).unwrap(), tomorrow).is_ok());
    let back = replay.admit(scene.judge(&code, NOW).unwrap(), NOW).unwrap_err();
    assert_eq!((back.check, back.reason.code), (ONCE, "gate-clock"));
    // A little is borne, and changes nothing.
    let little = tomorrow.minus(Window::LENGTH);
    let judged = other.judge(&other.code(tomorrow), little).unwrap();
    assert_eq!(replay.admit(judged, little).unwrap_err().reason.code, "pass-shown-before");
}
