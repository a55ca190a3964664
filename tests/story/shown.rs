//! Entry passes for what was shown: a student ID or a licence goes to the verifier, an offer comes back to the wallet that showed it,
//! and 28 passes lie in its box; no registrar has a hand in it. And what leads to none.

use std::collections::BTreeSet;

use jigap_wallet_core::ports::{FetchLimits, HttpRequest};
use jigap_wallet_core::vci::TokenErrorCode;
use jigap_wallet_core::vp::OfferError;
use jigap_wallet_core::wallet::{Answered, EventKind, Held, RefreshWhen, Wallet, WalletError};
use serde_json::{Value, json};
use url::Url;

use crate::certificates::document_signer;
use crate::wire::Lost;
use crate::world::{Question, World};
use crate::{store, student};

const LICENCE: &str = include_str!("../../schemas/driver-licence/examples/valid/full.json");

async fn world() -> World {
    World::start_passing(|_, _| json!({"mechanism": "jwt_vc_issuer"})).await
}

/// Shows what leads to passes.
async fn show(world: &World, wallet: &Wallet) -> (Question, Answered) {
    let question = world.ask_by("entry-pass", true).await;
    let asking = wallet.look_at_request(&question.link, None).await.unwrap();
    (question, wallet.present(asking).await.unwrap())
}

async fn accept(wallet: &Wallet, answered: &Answered) -> Held {
    let offered = wallet.look_at_offer(answered.offer.as_ref().unwrap().as_str()).await.unwrap();
    assert!(offered.tx_code().is_none());
    wallet.accept(&offered, None).await.unwrap()
}

/// What is so by the passes that are held.
async fn facts(wallet: &Wallet, held: &Held) -> Value {
    wallet.claims(&held.id).await.unwrap().1
}

#[tokio::test]
async fn a_student_shows_the_id_and_has_passes_with_no_registrar() {
    let world = world().await;
    let wallet = student(&world).await;
    let by_hand = world.wire.arrived("/admin/offers");
    let (question, answered) = show(&world, &wallet).await;
    assert_eq!((&answered.redirect_uri, answered.offer_error), (&None, None));
    let link = answered.offer.as_ref().unwrap().as_str();
    assert!(!link.contains("20260417") && !link.contains("student"), "no word about the person: {link}");
    let (status, result) = world.result(&question).await;
    assert_eq!((status, &result["offer"]), (200, &json!("made")));
    let told = result.to_string();
    assert!(!told.contains("openid-credential-offer") && !told.contains("20260417"), "{told}");
    let held = accept(&wallet, &answered).await;
    assert_eq!((held.copies, held.unused), (28, 28));
    let says = facts(&wallet, &held).await;
    assert_eq!((says.get("student"), says.get("age_over_19")), (Some(&json!(true)), None), "{says}");
    assert_eq!(world.wire.arrived("/admin/offers"), by_hand);
    let with: BTreeSet<_> =
        wallet.history().await.unwrap().into_iter().map(|event| event.kind as u8).collect();
    assert!(with.contains(&(EventKind::Received as u8)) && with.contains(&(EventKind::Presented as u8)));
    // They are refreshed as others are.
    let supplies = wallet.supplies().await.unwrap();
    assert!(supplies.iter().any(|supply| supply.held.id == held.id && supply.renewed));
}

#[tokio::test]
async fn a_licence_says_over_19_and_both_together_say_both() {
    let world = World::start_passing(|folder, identifier| {
        let mut settings = document_signer(folder, identifier);
        settings["formats"]["student-id"] = json!(["dc+sd-jwt"]);
        settings
    })
    .await;
    let wallet = world.new_wallet(&store()).await;
    let claims: Value = serde_json::from_str(LICENCE).unwrap();
    let (link, tx_code) = world
        .offer_of(json!({"credential_configuration_id": "driver-licence_mso_mdoc", "reference": "L-1", "claims": claims}))
        .await;
    let offered = wallet.look_at_offer(&link).await.unwrap();
    wallet.accept(&offered, Some(&tx_code)).await.unwrap();
    let (_, answered) = show(&world, &wallet).await;
    let held = accept(&wallet, &answered).await;
    let says = facts(&wallet, &held).await;
    assert_eq!((says.get("age_over_19"), says.get("student")), (Some(&json!(true)), None), "{says}");
    let (link, tx_code) = world.offer("hb-1").await;
    let offered = wallet.look_at_offer(&link).await.unwrap();
    wallet.accept(&offered, Some(&tx_code)).await.unwrap();
    let (_, answered) = show(&world, &wallet).await;
    let held = accept(&wallet, &answered).await;
    let says = facts(&wallet, &held).await;
    assert_eq!((&says["age_over_19"], &says["student"]), (&json!(true), &json!(true)), "{says}");
    // The licence has given its two, whichever copies of it were shown.
    let (question, answered) = show(&world, &wallet).await;
    assert_eq!(answered.offer_error, Some(OfferError::Refused));
    let told = world.result(&question).await.1["claims"].to_string();
    assert!(told.contains("age_over_19") && !told.contains("document_number"), "{told}");
}

#[tokio::test]
async fn a_suspended_id_gives_nothing_and_a_reinstated_one_does() {
    let world = world().await;
    let wallet = student(&world).await;
    world.suspend("hb-1").await;
    let (question, answered) = show(&world, &wallet).await;
    assert_eq!((answered.offer, answered.redirect_uri, answered.offer_error), (None, None, None));
    let (_, result) = world.result(&question).await;
    assert_eq!(result["verdict"]["accepted"], false);
    assert!(result["offer"].is_null());
    assert_eq!(world.wire.arrived("/verdicts"), 0, "the issuer hears of no verdict that refuses");
    world.reinstate("hb-1").await;
    let (_, answered) = show(&world, &wallet).await;
    accept(&wallet, &answered).await;
}

#[tokio::test]
async fn a_lost_answer_between_the_two_services_costs_nothing() {
    for lost in [Lost::Request("/verdicts"), Lost::Answer("/verdicts")] {
        let world = world().await;
        let wallet = student(&world).await;
        world.wire.lose(lost);
        let (_, answered) = show(&world, &wallet).await;
        assert_eq!(accept(&wallet, &answered).await.unused, 28);
    }
}

/// Killed between showing and taking: the offer is gone with it, and the ID is shown again.
#[tokio::test]
async fn a_wallet_that_lost_its_offer_shows_again_and_the_first_offer_is_none_any_more() {
    let world = world().await;
    let wallet = student(&world).await;
    let (_, lost) = show(&world, &wallet).await;
    let (_, answered) = show(&world, &wallet).await;
    assert!(wallet.look_at_offer(lost.offer.unwrap().as_str()).await.is_err());
    accept(&wallet, &answered).await;
    // Two grants in 28 days, each instead of the one before; the third is too many.
    let (_, answered) = show(&world, &wallet).await;
    let held = accept(&wallet, &answered).await;
    let (again, ended): (Vec<_>, Vec<_>) =
        wallet.refresh(RefreshWhen::All).await.unwrap().into_iter().partition(Result::is_ok);
    assert_eq!(ended, [Err(WalletError::Token(TokenErrorCode::InvalidGrant))], "the first grant has ended");
    assert!(matches!(&again[..], [Ok(again)] if again.id == held.id && again.copies == 56));
    let (question, answered) = show(&world, &wallet).await;
    assert_eq!((answered.offer, answered.offer_error), (None, Some(OfferError::Refused)));
    let (_, result) = world.result(&question).await;
    assert_eq!((&result["verdict"]["accepted"], &result["offer"]), (&json!(true), &json!("refused")));
}

/// Whoever hears the verdict on its way and says it again gets what the wallet got, and when that has taken it, nothing.
#[tokio::test]
async fn a_verdict_said_again_gives_no_second_grant() {
    let world = world().await;
    let wallet = student(&world).await;
    let (_, answered) = show(&world, &wallet).await;
    let offer = answered.offer.clone().unwrap();
    let again = world.say_verdict_again("passes").await;
    assert_eq!((again.0, again.1["offer"].as_str()), (201, Some(offer.as_str())));
    accept(&wallet, &answered).await;
    let again = world.say_verdict_again("passes").await;
    assert_eq!(again.1["offer"].as_str(), Some(offer.as_str()));
    let reference =
        offer.query_pairs().find(|(name, _)| name == "credential_offer_uri").unwrap().1.into_owned();
    let get = HttpRequest::get(Url::parse(&reference).unwrap(), "application/json", FetchLimits::DOCUMENT);
    assert_eq!(world.send(get).await.0, 404, "it was taken");
    assert_eq!(world.say_verdict_again("hanbit").await.0, 404, "another tenant takes none");
    world.clock.turn(301);
    let late = world.say_verdict_again("passes").await;
    assert_eq!((late.0, late.1["code"].as_str()), (400, Some("verdict-refused")));
}
