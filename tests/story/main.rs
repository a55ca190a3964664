//! What goes wrong between a wallet, an issuer and a verifier, over HTTP: crashes, lost answers, offers used twice,
//! guessed codes, verifiers that lie, answers that come too late, and what nobody here understands.

#![expect(clippy::unwrap_used, clippy::indexing_slicing, reason = "a test's helpers fail the test")]

mod asking;
mod blind;
mod certificates;
mod directory;
mod logs;
mod mdoc;
mod passes;
mod refreshing;
mod selective;
mod shown;
mod tickets;
mod types;
mod unlinkable;
mod w3c;
mod wire;
mod world;

use std::sync::Arc;

use jigap_keys::{KeyType, PrivateKey, base64url, json as strict};
use jigap_platform::entropy::OsEntropy;
use jigap_platform::store::{Faults, in_memory};
use jigap_wallet_core::claims::ClaimPath;
use jigap_wallet_core::dcql::Obstacle;
use jigap_wallet_core::did::jwk_did;
use jigap_wallet_core::jose::{Header, UnsignedJws};
use jigap_wallet_core::ports::Store;
use jigap_wallet_core::text::Lang;
use jigap_wallet_core::vci::TokenErrorCode;
use jigap_wallet_core::verdict::Check;
use jigap_wallet_core::vp::{self, CLIENT_ID_SAME, TRANSACTION_DATA};
use jigap_wallet_core::wallet::{Wallet, WalletError};
use jigap_wallet_core::wallet_box::Unlock;
use serde_json::{Value, json};
use url::Url;

use self::wire::Lost;
use self::world::World;

fn store() -> Arc<dyn Store> {
    in_memory(Faults::none()).unwrap()
}

/// A wallet that holds a student ID.
async fn student(world: &World) -> Wallet {
    let wallet = world.new_wallet(&store()).await;
    let (link, tx_code) = world.offer("hb-1").await;
    let offered = wallet.look_at_offer(&link).await.unwrap();
    wallet.accept(&offered, Some(&tx_code)).await.unwrap();
    wallet
}

fn assert_refused(outcome: Result<impl Sized, WalletError>, check: Check) {
    match outcome.err() {
        Some(WalletError::Refused(refusal)) => assert_eq!(refusal.check, check),
        other => assert_eq!(format!("{other:?}"), check.id),
    }
}

#[tokio::test]
async fn a_wallet_killed_before_its_credentials_came_gets_them_and_the_lost_ones_are_revoked() {
    let (world, store) = (World::start().await, store());
    let wallet = world.new_wallet(&store).await;
    let (link, tx_code) = world.offer("hb-1").await;
    let offered = wallet.look_at_offer(&link).await.unwrap();
    world.wire.lose(Lost::Answer("/credential"));
    wallet.accept(&offered, Some(&tx_code)).await.unwrap_err();
    assert!(wallet.credentials().await.unwrap().is_empty());
    drop(wallet);

    let wallet = world.reopen(&store).await;
    let outcomes = wallet.resume().await.unwrap();
    assert_eq!(outcomes.len(), 1);
    assert_eq!(outcomes[0].as_ref().unwrap().copies, 10);
    assert_eq!(wallet.credentials().await.unwrap().len(), 1);
    assert_eq!(world.wire.arrived("/token"), 1, "the token was kept");
    assert_eq!(world.wire.arrived("/credential"), 2);
    assert!(wallet.resume().await.unwrap().is_empty(), "nothing is left to do");
    // Two issuances were made; what is revoked for good is not suspended.
    assert_eq!(world.suspend("hb-1").await, 1);
}

#[tokio::test]
async fn a_lost_notification_is_sent_again_and_then_no_more() {
    let (world, store) = (World::start().await, store());
    let wallet = world.new_wallet(&store).await;
    let (link, tx_code) = world.offer("hb-1").await;
    let offered = wallet.look_at_offer(&link).await.unwrap();
    world.wire.lose(Lost::Request("/notification"));
    wallet.accept(&offered, Some(&tx_code)).await.unwrap();
    assert_eq!(world.wire.arrived("/notification"), 0);
    drop(wallet);

    let wallet = world.reopen(&store).await;
    for _ in 0..2 {
        wallet.resume().await.unwrap();
        assert_eq!(world.wire.arrived("/notification"), 1);
    }
}

#[tokio::test]
async fn copies_that_a_wallet_refused_are_revoked() {
    let (world, store) = (World::start().await, store());
    let wallet = world.new_wallet(&store).await;
    let (link, tx_code) = world.offer("hb-1").await;
    let offered = wallet.look_at_offer(&link).await.unwrap();
    world.wire.spoil_credentials();
    world.wire.lose(Lost::Request("/notification"));
    let refused = wallet.accept(&offered, Some(&tx_code)).await.unwrap_err();
    assert_eq!(refused, WalletError::OtherCredential);
    assert_eq!(world.wire.arrived("/notification"), 0);
    drop(wallet);

    let wallet = world.reopen(&store).await;
    world.wire.spoil_credentials();
    assert!(matches!(&wallet.resume().await.unwrap()[..], [Err(WalletError::OtherCredential)]));
    // Told of both: the first was superseded before, the second is revoked for its wallet's word alone.
    assert_eq!(world.wire.arrived("/notification"), 2);
    assert_eq!(world.suspend("hb-1").await, 0, "what is revoked for good is not suspended");
}

#[tokio::test]
async fn a_wallet_whose_copies_came_spoilt_gets_others() {
    let (world, store) = (World::start().await, store());
    let wallet = world.new_wallet(&store).await;
    let (link, tx_code) = world.offer("hb-1").await;
    let offered = wallet.look_at_offer(&link).await.unwrap();
    world.wire.spoil_credentials();
    wallet.accept(&offered, Some(&tx_code)).await.unwrap_err();
    assert_eq!(world.wire.arrived("/notification"), 1);
    assert!(matches!(&wallet.resume().await.unwrap()[..], [Ok(held)] if held.unused == 10));
    assert_eq!(world.wire.arrived("/notification"), 2);
    assert_eq!(world.suspend("hb-1").await, 1, "those it kept");
}

#[tokio::test]
async fn an_offer_is_used_once() {
    let world = World::start().await;
    let (first, second) = (world.new_wallet(&store()).await, world.new_wallet(&store()).await);
    let (link, tx_code) = world.offer("hb-1").await;
    let (seen, seen_too) =
        (first.look_at_offer(&link).await.unwrap(), second.look_at_offer(&link).await.unwrap());
    first.accept(&seen, Some(&tx_code)).await.unwrap();
    let refused = second.accept(&seen_too, Some(&tx_code)).await;
    assert_eq!(refused.err(), Some(WalletError::Token(TokenErrorCode::InvalidGrant)));
    assert!(second.credentials().await.unwrap().is_empty());
    let gone = second.look_at_offer(&link).await;
    assert_eq!(gone.err(), Some(WalletError::Status("the offer", 404)));
}

#[tokio::test]
async fn five_wrong_codes_lock_the_offer() {
    let world = World::start().await;
    let wallet = world.new_wallet(&store()).await;
    let (link, tx_code) = world.offer("hb-1").await;
    let offered = wallet.look_at_offer(&link).await.unwrap();
    let wrong = if tx_code == "000000" { "000001" } else { "000000" };
    for tried in [wrong, wrong, wrong, wrong, wrong, &tx_code] {
        let refused = wallet.accept(&offered, Some(tried)).await;
        assert_eq!(refused.err(), Some(WalletError::Token(TokenErrorCode::InvalidGrant)));
    }
    assert!(wallet.credentials().await.unwrap().is_empty());
}

#[tokio::test]
async fn four_wrong_codes_do_not_lock_the_offer() {
    let world = World::start().await;
    let wallet = world.new_wallet(&store()).await;
    let (link, tx_code) = world.offer("hb-1").await;
    let offered = wallet.look_at_offer(&link).await.unwrap();
    let wrong = if tx_code == "000000" { "000001" } else { "000000" };
    for _ in 0..4 {
        wallet.accept(&offered, Some(wrong)).await.unwrap_err();
    }
    wallet.accept(&offered, Some(&tx_code)).await.unwrap();
}

#[tokio::test]
async fn a_verifier_that_says_it_is_another_is_refused_and_learns_nothing() {
    let world = World::start().await;
    let (wallet, question) = (student(&world).await, world.ask().await);
    let other = jwk_did(PrivateKey::generate(KeyType::P256, &OsEntropy).public());
    let mut link = Url::parse(&question.link).unwrap();
    let pairs: Vec<(String, String)> = link.query_pairs().into_owned().collect();
    let lie = format!("decentralized_identifier:{other}");
    link.query_pairs_mut().clear().extend_pairs(pairs.into_iter().map(|(name, value)| {
        let value = if name == "client_id" { lie.clone() } else { value };
        (name, value)
    }));
    assert_refused(wallet.look_at_request(link.as_str(), None).await, CLIENT_ID_SAME);
    assert_eq!(world.result(&question).await.1["state"], "waiting");
    assert_eq!(wallet.credentials().await.unwrap()[0].unused, 10);
}

#[tokio::test]
async fn an_answer_after_the_request_has_expired_is_refused() {
    let world = World::start().await;
    let (wallet, question) = (student(&world).await, world.ask().await);
    let asking = wallet.look_at_request(&question.link, None).await.unwrap();
    world.clock.turn(301);
    wallet.present(asking).await.unwrap_err();
    assert_eq!(world.result(&question).await.0, 410);
    assert_eq!(wallet.credentials().await.unwrap()[0].unused, 9, "what was sent is spent");
}

#[tokio::test]
async fn vp_11_a_request_that_ended_while_its_person_thought_is_not_answered() {
    let world = World::start().await;
    let (wallet, question) = (student(&world).await, world.ask().await);
    let asking = wallet.look_at_request(&question.link, None).await.unwrap();
    world.clock.turn(361);
    assert_refused(wallet.present(asking).await, vp::VALIDITY);
    assert_eq!(world.wire.arrived(&format!("/response/{}", question.id)), 0, "nothing was sent");
    assert_eq!(wallet.credentials().await.unwrap()[0].unused, 10, "and nothing is spent");
}

/// More than a value of the store holds, in the offer, in each copy of the wallet, and in the verifier's result.
#[tokio::test]
async fn a_credential_with_a_large_picture_is_offered_held_shown_and_told() {
    let world = World::start().await;
    let wallet = world.new_wallet(&store()).await;
    let licence = include_str!("../../schemas/driver-licence/examples/valid/minimal.json");
    let mut claims: Value = serde_json::from_str(licence).unwrap();
    let portrait = format!("data:image/jpeg;base64,{}", "QUJD".repeat(49_000));
    claims["portrait"] = json!(portrait);
    let (link, tx_code) =
        world.offer_of(json!({"credential_configuration_id": "driver-licence", "claims": claims})).await;
    let offered = wallet.look_at_offer(&link).await.unwrap();
    assert_eq!(wallet.accept(&offered, Some(&tx_code)).await.unwrap().copies, 10);
    for encrypted in [false, true] {
        let question = world.ask_by("portrait", encrypted).await;
        let asking = wallet.look_at_request(&question.link, None).await.unwrap();
        wallet.present(asking).await.unwrap();
        let (status, result) = world.result(&question).await;
        assert_eq!((status, &result["verdict"]["accepted"]), (200, &json!(true)));
        assert_eq!(result["claims"]["licence"][0]["portrait"], json!(portrait));
    }
    let made = wallet.backup(&Unlock::KeyFile(&[3; 32])).await.unwrap();
    let restored = world.new_wallet(&store()).await;
    assert_eq!(restored.restore(&made.file, &Unlock::KeyFile(&[3; 32])).await.unwrap().len(), 1);
}

#[tokio::test]
async fn transaction_data_is_refused_and_the_verifier_is_told_why() {
    let world = World::start().await;
    let (wallet, question) = (student(&world).await, world.ask().await);
    let object = world.request_object(&question).await;
    let payload = base64url::decode(object.split('.').nth(1).unwrap()).unwrap();
    let mut payload: Value = strict::parse(&payload, strict::Limits::MESSAGE).unwrap();
    let key = PrivateKey::generate(KeyType::P256, &OsEntropy);
    let did = jwk_did(key.public());
    let client_id = format!("decentralized_identifier:{did}");
    payload["client_id"] = json!(client_id);
    payload["transaction_data"] =
        json!([base64url::encode(r#"{"type":"pay","credential_ids":["student"]}"#)]);
    let header = Header::for_key(key.public()).unwrap().typ("oauth-authz-req+jwt").kid(format!("{did}#0"));
    let request = UnsignedJws::new(&header, &payload).sign(&key).unwrap();
    let link =
        Url::parse_with_params("openid4vp://", [("client_id", &client_id), ("request", &request)]).unwrap();
    assert_refused(wallet.look_at_request(link.as_str(), None).await, TRANSACTION_DATA);
    let (_, result) = world.result(&question).await;
    assert_eq!(
        (&result["state"], &result["error"]),
        (&json!("declined"), &json!("invalid_transaction_data"))
    );
    assert_eq!(wallet.credentials().await.unwrap()[0].unused, 10);
}

/// Presents, is accepted, is suspended, and is refused for that alone.
async fn judged_and_suspended(world: &World) {
    let wallet = student(world).await;
    let present = async || {
        let question = world.ask().await;
        let asking = wallet.look_at_request(&question.link, None).await.unwrap();
        wallet.present(asking).await.unwrap();
        world.result(&question).await.1
    };
    let passed = present().await;
    assert_eq!(passed["verdict"]["accepted"], true, "{}", passed["verdict"]);
    assert_eq!(world.suspend("hb-1").await, 1);
    let refused = present().await;
    let checks = refused["verdict"]["credentials"][0]["checks"].as_array().unwrap();
    let broken: Vec<_> = checks.iter().filter(|check| check["result"] == "refused").collect();
    assert_eq!(broken.len(), 1);
    assert_eq!((&broken[0]["id"], &broken[0]["reason"]), (&"V-08".into(), &"suspended".into()));
}

#[tokio::test]
async fn an_issuer_known_by_its_did_is_judged_with_the_status_list_its_delegate_signs() {
    judged_and_suspended(&World::start_by("did").await).await;
}

#[tokio::test]
async fn an_issuer_known_by_its_certificate_is_judged_with_the_status_list_its_delegate_signs() {
    judged_and_suspended(&World::start_with(|folder, id| certificates::settings(folder, id, true)).await)
        .await;
}

#[tokio::test]
async fn an_issuer_is_believed_where_the_authority_asked_for_certifies_it_and_nowhere_else() {
    let authority = std::cell::OnceCell::new();
    let world = World::start_with(|folder, id| {
        let (settings, key_identifier) = certificates::certified(folder, id, true);
        authority.set(key_identifier).unwrap();
        settings
    })
    .await;
    let (wallet, authority) = (student(&world).await, authority.into_inner().unwrap());
    let question = world.ask_certified_by(&[b"another authority", &authority]).await;
    let asking = wallet.look_at_request(&question.link, None).await.unwrap();
    wallet.present(asking).await.unwrap();
    let (_, result) = world.result(&question).await;
    assert_eq!(result["verdict"]["accepted"], true, "{}", result["verdict"]);

    let question = world.ask_certified_by(&[b"another authority"]).await;
    let asking = wallet.look_at_request(&question.link, None).await.unwrap();
    assert!(asking.options().is_empty());
    let obstacles: Vec<_> = asking.obstacles().map(|(_, obstacle)| obstacle.clone()).collect();
    assert_eq!(obstacles, [Obstacle::OtherAuthority]);
    assert_eq!(wallet.present(asking).await, Err(WalletError::CannotAnswer));
}

#[tokio::test]
async fn a_credential_that_names_no_issuer_is_its_certificates() {
    judged_and_suspended(&World::start_with(|folder, id| certificates::settings(folder, id, false)).await)
        .await;
}

#[tokio::test]
async fn a_credential_looks_as_its_type_says_and_keeps_its_looks() {
    let world = World::start().await;
    let wallet = student(&world).await;
    let held = wallet.credentials().await.unwrap().remove(0);
    let look = wallet.look(&held.id).await.unwrap().unwrap();
    let name = ClaimPath::from_json(&json!(["name"])).unwrap();
    assert_eq!((look.label(&name, Lang::Ko), look.label(&name, Lang::En)), (Some("성명"), Some("Full name")));
    assert_eq!(look.metadata().display(Lang::Ko).unwrap().name, "학생증");
    let (_, claims) = wallet.claims(&held.id).await.unwrap();
    let card = look.draw(&claims).unwrap().unwrap();
    assert!(card.starts_with("<svg ") && card.contains("김하늘") && card.contains("한빛대학교"), "{card}");
    assert!(!card.contains("{{"));
    let fetched = world.wire.arrived("/types/student-id/1");
    wallet.look(&held.id).await.unwrap();
    assert_eq!((fetched, world.wire.arrived("/types/student-id/1")), (1, 1), "looking tells nobody");
    wallet.delete(&held.id).await.unwrap();
    assert_eq!(wallet.look(&held.id).await.unwrap(), None);
}

#[tokio::test]
async fn looks_that_are_not_those_the_credential_states_are_not_kept() {
    let world = World::start().await;
    world.wire.tamper_with_types();
    let wallet = student(&world).await;
    let held = wallet.credentials().await.unwrap().remove(0);
    assert_eq!(held.copies, 10, "the credential is held all the same");
    assert_eq!(wallet.look(&held.id).await.unwrap(), None);
}
