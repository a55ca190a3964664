//! Presenting: each copy once, spent before it is sent.

use std::collections::BTreeSet;

use jigap_wallet_core::ports::FetchError;
use jigap_wallet_core::wallet::{EventKind, Held, WalletError};

use serde_json::json;

use super::world::{World, accept, answer, fresh, present};

#[tokio::test]
async fn every_verifier_sees_another_copy_until_none_is_left() {
    let world = World::new();
    let wallet = fresh(&world).await;
    accept(&wallet, &world).await.unwrap();
    for _ in 0..5 {
        present(&wallet, &world).await.unwrap();
    }
    assert_eq!(present(&wallet, &world).await, Err(WalletError::CannotAnswer));
    let distinct: BTreeSet<String> = world.shown().iter().map(ToString::to_string).collect();
    assert_eq!(distinct.len(), 5);
}

#[tokio::test]
async fn a_copy_is_spent_even_if_the_answer_does_not_arrive() {
    for outcome in [Err(FetchError::Unreachable), Err(FetchError::TimedOut), Ok(answer(500, "", ""))] {
        let world = World::new();
        let wallet = fresh(&world).await;
        accept(&wallet, &world).await.unwrap();
        world.instead("/response", outcome);
        present(&wallet, &world).await.unwrap_err();
        assert_eq!(wallet.credentials().await.unwrap()[0].unused, 4);
    }
}

/// Where a stranger sends the person is told, and nobody goes there; an offer is told apart, and not looked at unasked.
#[tokio::test]
async fn nothing_that_the_verifier_answers_is_opened() {
    let offer = "openid-credential-offer://?credential_offer_uri=https%3A%2F%2Fid.example%2Foffers%2F1";
    for (uri, is_offer) in [("https://elsewhere.example/next", false), (offer, true)] {
        let world = World::new();
        let wallet = fresh(&world).await;
        accept(&wallet, &world).await.unwrap();
        let said = json!({"redirect_uri": uri}).to_string();
        world.instead("/response", Ok(answer(200, "application/json", said)));
        let asking = wallet.look_at_request(&world.request(), None).await.unwrap();
        let answered = wallet.present(asking).await.unwrap();
        let next = [answered.redirect_uri, answered.offer].map(|uri| uri.map(String::from));
        assert_eq!(next, if is_offer { [None, Some(uri.into())] } else { [Some(uri.into()), None] });
        assert_eq!(world.times_asked("/next") + world.times_asked("/offers/1"), 0);
    }
}

#[tokio::test]
async fn a_copy_that_two_looks_named_is_shown_once() {
    let world = World::new();
    let wallet = fresh(&world).await;
    accept(&wallet, &world).await.unwrap();
    let one = wallet.look_at_request(&world.request(), None).await.unwrap();
    let other = wallet.look_at_request(&world.request(), None).await.unwrap();
    wallet.present(one).await.unwrap();
    assert_eq!(wallet.present(other).await, Err(WalletError::NoCopyLeft), "consent was for that copy");
    assert_eq!(wallet.credentials().await.unwrap()[0].unused, 4);
    assert_eq!(world.shown().len(), 1);
    present(&wallet, &world).await.unwrap();
    assert_ne!(world.shown()[0], world.shown()[1]);
}

#[tokio::test]
async fn a_credential_deleted_after_the_look_is_neither_shown_nor_revived() {
    let world = World::new();
    let wallet = fresh(&world).await;
    let held = accept(&wallet, &world).await.unwrap();
    let asking = wallet.look_at_request(&world.request(), None).await.unwrap();
    wallet.delete(&held.id).await.unwrap();
    wallet.present(asking).await.unwrap_err();
    assert_eq!(world.times_asked("/response"), 0);
    assert!(wallet.credentials().await.unwrap().is_empty());
}

#[tokio::test]
async fn declining_shows_nothing_and_spends_nothing() {
    let world = World::new();
    let wallet = fresh(&world).await;
    accept(&wallet, &world).await.unwrap();
    let asking = wallet.look_at_request(&world.request(), None).await.unwrap();
    wallet.decline(asking).await.unwrap();
    assert!(world.shown().is_empty());
    assert_eq!(world.times_asked("/response"), 1);
    assert_eq!(wallet.credentials().await.unwrap()[0].unused, 5);
}

/// The clock stands still: the order is that of what was done.
#[tokio::test]
async fn what_is_done_within_one_second_keeps_its_order() {
    let world = World::new();
    let wallet = fresh(&world).await;
    let mut received = Vec::new();
    for _ in 0..5 {
        received.push(accept(&wallet, &world).await.unwrap());
    }
    let ids = |held: &[Held]| held.iter().map(|one| one.id.clone()).collect::<Vec<_>>();
    assert_eq!(ids(&wallet.credentials().await.unwrap()), ids(&received));
    present(&wallet, &world).await.unwrap();
    wallet.delete(&received[1].id).await.unwrap();
    received.remove(1);
    received.push(accept(&wallet, &world).await.unwrap());
    assert_eq!(ids(&wallet.credentials().await.unwrap()), ids(&received));
    let kinds: Vec<EventKind> = wallet.history().await.unwrap().iter().map(|event| event.kind).collect();
    let mut expected = vec![EventKind::Received; 5];
    expected.extend([EventKind::Presented, EventKind::Deleted, EventKind::Received]);
    assert_eq!(kinds, expected);
}

#[tokio::test]
async fn history_names_claims_and_never_values() {
    let world = World::new();
    let wallet = fresh(&world).await;
    accept(&wallet, &world).await.unwrap();
    present(&wallet, &world).await.unwrap();
    let history = wallet.history().await.unwrap();
    let kinds: Vec<EventKind> = history.iter().map(|event| event.kind).collect();
    assert_eq!(kinds, [EventKind::Received, EventKind::Presented]);
    let told = serde_json::to_string(&history).unwrap();
    assert!(told.contains("enrolled") && !told.contains("김지갑") && !told.contains("true"), "{told}");
}
