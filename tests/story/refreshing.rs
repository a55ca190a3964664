//! Passes that never run out: shown at twenty-one doors, refreshed silently some hours later, again and again; lost answers on
//! the way; and a grant that its registrar revoked or suspended.

use std::collections::BTreeSet;
use std::sync::Arc;

use jigap_keys::{KeyType, PrivateKey};
use jigap_platform::entropy::OsEntropy;
use jigap_wallet_core::pass::{Fact, Generation, Kind, ScreenSecret, VenueCode, Wants, Window};
use jigap_wallet_core::ports::{Clock as _, Store};
use jigap_wallet_core::vci::{CredentialErrorCode, TokenErrorCode};
use jigap_wallet_core::wallet::{EventKind, GateAsks, NoneLeft, RefreshWhen, Supply, Wallet, WalletError};
use serde_json::json;

use crate::store;
use crate::wire::Lost;
use crate::world::World;

const PASS: &str = "check-in_jigap_pass";
const DAY: u32 = 86_400;

/// A world in the third day of a generation: more than a week before the next.
async fn world() -> World {
    let world = World::start_with(|_, _| {
        json!({
            "types": ["check-in"], "formats": {"check-in": ["jigap_pass"]},
            "mechanism": "did", "key_type": "Ed25519", "refresh": {"batches_a_day": 2},
        })
    })
    .await;
    let begins = Generation::of(world.clock.now()).next().begins();
    let ahead = begins.unix() - world.clock.now().unix();
    world.clock.turn(u32::try_from(ahead).unwrap() + 2 * DAY);
    world
}

/// A wallet with the passes of a student.
async fn student(world: &World, store: &Arc<dyn Store>) -> Wallet {
    let wallet = world.new_wallet(store).await;
    let claims = json!({"student": true, "age_over_19": true});
    let offer = json!({"credential_configuration_id": PASS, "reference": "p-1", "claims": claims});
    let (link, tx_code) = world.offer_of(offer).await;
    let offered = wallet.look_at_offer(&link).await.unwrap();
    wallet.accept(&offered, Some(&tx_code)).await.unwrap();
    wallet
}

/// Shows a pass to a venue that nobody was at before; the key that the venue sees.
async fn visit(world: &World, wallet: &Wallet) -> Result<String, WalletError> {
    let (now, key) = (world.clock.now(), PrivateKey::generate(KeyType::P256, &OsEntropy));
    let wants = Wants::new(Kind::Entry, [Fact::parse("student").unwrap()]);
    let shown = (Window::of(now), &ScreenSecret::generate(&OsEntropy));
    let code = VenueCode::on_screen(("집", "문"), &wants, shown, &key).unwrap();
    let asks = GateAsks::Venue(Box::new(VenueCode::read(&code, now).unwrap()));
    let showing = wallet.show_pass(asks, NoneLeft::Refuse).await?;
    showing.code(now).unwrap();
    Ok(showing.claims().holder.thumbprint())
}

async fn supply(wallet: &Wallet) -> Supply {
    let supplies = wallet.supplies().await.unwrap();
    assert_eq!(supplies.len(), 1, "all passes that say the same are one credential");
    supplies.into_iter().next().unwrap()
}

#[tokio::test]
async fn passes_are_refreshed_silently_when_seven_are_left_and_no_venue_sees_another_ones() {
    let (world, store) = (world().await, store());
    let wallet = student(&world, &store).await;
    let mut seen = BTreeSet::new();
    for round in 0..3 {
        let before = supply(&wallet).await.left;
        let visits = before - 7;
        for visited in 0..visits {
            let asked = world.wire.arrived("");
            assert!(seen.insert(visit(&world, &wallet).await.unwrap()), "two venues saw one pass");
            assert!(wallet.refresh(RefreshWhen::Planned).await.unwrap().is_empty(), "{round} {visited}");
            assert_eq!(world.wire.arrived(""), asked, "a door waits for no network, and nobody learns of it");
        }
        let few = supply(&wallet).await;
        assert_eq!((few.left, few.few, few.renewed), (7, true, true));
        // Killed, and a day later.
        let again = world.reopen(&store).await;
        world.clock.further(DAY);
        assert!(matches!(&again.refresh(RefreshWhen::Planned).await.unwrap()[..], [Ok(_)]), "{round}");
        let full = supply(&again).await;
        assert_eq!((full.left, full.few), (35, false));
        assert!(again.refresh(RefreshWhen::Few).await.unwrap().is_empty());
    }
    assert_eq!(seen.len(), 21 + 28 + 28);
    let history = wallet.history().await.unwrap();
    assert_eq!(history.iter().filter(|event| event.kind == EventKind::Received).count(), 4);
    // Near the end of the generation there are to be passes of the next too, and those that have ended are gone then.
    let last_week = Generation::of(world.clock.now()).ends().unix() - i64::from(6 * DAY);
    world.clock.further(u32::try_from(last_week - world.clock.now().unix()).unwrap());
    assert!(supply(&wallet).await.few, "none of the next generation");
    assert!(matches!(&wallet.refresh(RefreshWhen::Few).await.unwrap()[..], [Ok(_)]));
    assert!(!supply(&wallet).await.few);
    world.clock.further(7 * DAY);
    let left = supply(&wallet).await.left;
    assert_eq!(left, 14, "half of the last batch is of this generation");
    assert!(matches!(&wallet.refresh(RefreshWhen::All).await.unwrap()[..], [Ok(_)]));
    let full = supply(&wallet).await;
    assert_eq!((full.left, full.held.copies), (42, 42), "what ended is kept no longer");
}

#[tokio::test]
async fn a_lost_answer_costs_no_pass_and_no_token() {
    for lost in ["/token", "/nonce", "/credential", "/notification"] {
        let (world, store) = (world().await, store());
        let wallet = student(&world, &store).await;
        world.wire.lose(Lost::Answer(lost));
        let outcome = wallet.refresh(RefreshWhen::All).await.unwrap().remove(0);
        assert_eq!(outcome.is_ok(), lost == "/notification", "{lost}");
        drop(wallet);
        let wallet = world.reopen(&store).await;
        assert!(wallet.resume().await.unwrap().is_empty());
        let before = supply(&wallet).await.left;
        assert_eq!(before, if outcome.is_ok() { 56 } else { 28 }, "{lost}");
        assert!(matches!(&wallet.refresh(RefreshWhen::All).await.unwrap()[..], [Ok(_)]), "{lost}");
        assert_eq!(supply(&wallet).await.left, before + 28);
    }
}

#[tokio::test]
async fn a_wallet_cannot_have_more_than_its_share_of_a_day() {
    let world = world().await;
    let wallet = student(&world, &store()).await;
    for _ in 0..2 {
        assert!(matches!(&wallet.refresh(RefreshWhen::All).await.unwrap()[..], [Ok(_)]));
    }
    let refused = wallet.refresh(RefreshWhen::All).await.unwrap().remove(0);
    assert_eq!(refused.unwrap_err(), WalletError::Status("the token endpoint", 429));
    assert!(supply(&wallet).await.renewed);
    world.clock.further(DAY);
    assert!(matches!(&wallet.refresh(RefreshWhen::All).await.unwrap()[..], [Ok(_)]));
}

#[tokio::test]
async fn a_suspended_grant_gives_nothing_until_it_is_reinstated_and_a_revoked_one_never_again() {
    let world = world().await;
    let wallet = student(&world, &store()).await;
    world.suspend("p-1").await;
    let refused = wallet.refresh(RefreshWhen::All).await.unwrap().remove(0);
    let denied = WalletError::Credential(CredentialErrorCode::CredentialRequestDenied);
    assert_eq!(refused.unwrap_err(), denied);
    assert!(supply(&wallet).await.renewed, "it may be asked for again");
    world.reinstate("p-1").await;
    assert!(matches!(&wallet.refresh(RefreshWhen::All).await.unwrap()[..], [Ok(_)]));
    world.change("revoke", "p-1").await;
    let refused = wallet.refresh(RefreshWhen::All).await.unwrap().remove(0);
    assert_eq!(refused.unwrap_err(), WalletError::Token(TokenErrorCode::InvalidGrant));
    assert!(wallet.refresh(RefreshWhen::All).await.unwrap().is_empty(), "it is asked for no more");
    assert!(!supply(&wallet).await.renewed);
    // What it has is shown on: gates hear of no revocation, and all of it ends with its generation.
    assert!(visit(&world, &wallet).await.is_ok());
}

/// What an acceptance got while its server could not be reached is got by the same grant.
#[tokio::test]
async fn an_acceptance_whose_token_ended_meanwhile_goes_on() {
    let (world, store) = (world().await, store());
    let wallet = world.new_wallet(&store).await;
    let offer = json!({"credential_configuration_id": PASS, "reference": "p-1", "claims": {"student": true}});
    let (link, tx_code) = world.offer_of(offer).await;
    let offered = wallet.look_at_offer(&link).await.unwrap();
    world.wire.lose(Lost::Request("/credential"));
    wallet.accept(&offered, Some(&tx_code)).await.unwrap_err();
    world.clock.further(301);
    drop(wallet);
    let wallet = world.reopen(&store).await;
    assert!(matches!(&wallet.resume().await.unwrap()[..], [Ok(held)] if held.unused == 28));
}
