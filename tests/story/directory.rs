//! Two listings of one person in a directory: a wallet, an issuer that does not learn which directory it is, and the directory that does not
//! learn which person.

use jigap_keys::base64url;
use jigap_platform::entropy::OsEntropy;
use jigap_wallet_core::people::Dsub;
use jigap_wallet_core::wallet::{DirectoryCopy, Held, Wallet, WalletError};
use serde_json::{Value, json};

use crate::store;
use crate::wire::Lost;
use crate::world::{TYPES, World, student_claims};

const HERE: &str = "people.example";
const THERE: &str = "experts.example";
const DAY: u32 = 86_400;

async fn world() -> World {
    let directories = json!({"configurations": ["student-id"], "copies_a_day": 4});
    World::start_with(|_, _| json!({"directories": directories})).await
}

/// A wallet with the student ID of the person `reference`.
async fn student(world: &World, reference: &str) -> (Wallet, Held) {
    let wallet = world.new_wallet(&store()).await;
    let held = accept(world, &wallet, reference).await;
    (wallet, held)
}

async fn accept(world: &World, wallet: &Wallet, reference: &str) -> Held {
    let (link, tx_code) = world.offer(reference).await;
    let offered = wallet.look_at_offer(&link).await.unwrap();
    wallet.accept(&offered, Some(&tx_code)).await.unwrap()
}

/// What the directory's verifier asks.
fn query() -> Value {
    json!({"credentials": [{
        "id": "student", "format": "dc+sd-jwt", "meta": {"vct_values": [format!("{TYPES}/student-id/1")]},
        "claims": [{"path": ["dsub"]}, {"path": ["enrolment_status"], "values": ["enrolled"]}],
    }]})
}

/// Lists what `copy` stands for, as a directory would: what its verifier found, opened by the blind that the listing says.
async fn listed(world: &World, wallet: &Wallet, copy: &DirectoryCopy) -> Dsub {
    let question = world.ask_own(query()).await;
    let asking = wallet.look_at_request(&question.link, None).await.unwrap();
    assert!(asking.would_disclose().is_none(), "no copy of its own has a pseudonym");
    let asking = wallet.with_directory_copies(asking, &[copy]).await.unwrap();
    wallet.present(asking).await.unwrap();
    let (_, result) = world.result(&question).await;
    assert_eq!(result["verdict"]["accepted"], true, "{}", result["verdict"]);
    let claims = &result["claims"]["student"][0];
    assert_eq!((claims["enrolment_status"].as_str(), claims.get("name")), (Some("enrolled"), None));
    let blind = base64url::decode(copy.blind()).unwrap();
    Dsub::open(claims["dsub"].as_str().unwrap(), &blind, copy.directory()).unwrap()
}

#[tokio::test]
async fn a_person_has_one_pseudonym_in_a_directory_whatever_they_present() {
    let world = world().await;
    let (wallet, held) = student(&world, "hb-1").await;
    let copy = wallet.directory_copy(&held.id, HERE).await.unwrap();
    let first = listed(&world, &wallet, &copy).await;
    assert_eq!(first, copy.dsub().unwrap());
    let seen = world.wire.last_posted("/credential");
    assert!(!seen.to_string().contains(HERE) && !seen.to_string().contains("people"));
    // Another copy, another offer in another wallet: the same. Another directory, another person: not.
    let again = wallet.directory_copy(&held.id, HERE).await.unwrap();
    assert_ne!(again.blind(), copy.blind());
    assert_eq!(listed(&world, &wallet, &again).await, first);
    let (other_wallet, re_issued) = student(&world, "hb-1").await;
    let copy = other_wallet.directory_copy(&re_issued.id, HERE).await.unwrap();
    assert_eq!(listed(&world, &other_wallet, &copy).await, first);
    let there = wallet.directory_copy(&held.id, THERE).await.unwrap();
    assert_ne!(listed(&world, &wallet, &there).await, first);
    let (neighbour, theirs) = student(&world, "hb-2").await;
    let copy = neighbour.directory_copy(&theirs.id, HERE).await.unwrap();
    assert_ne!(listed(&world, &neighbour, &copy).await, first);
    // Revoked with the rest.
    let last = other_wallet.directory_copy(&re_issued.id, HERE).await.unwrap();
    world.change("revoke", "hb-1").await;
    world.clock.further(600); // the verifier looks at the list again
    let question = world.ask_own(query()).await;
    let asking = other_wallet.look_at_request(&question.link, None).await.unwrap();
    let asking = other_wallet.with_directory_copies(asking, &[&last]).await.unwrap();
    other_wallet.present(asking).await.unwrap();
    assert_eq!(world.result(&question).await.1["verdict"]["accepted"], false);
}

#[tokio::test]
async fn a_lost_answer_costs_a_copy_of_the_days_share_and_nothing_else() {
    let world = world().await;
    let store = store();
    let wallet = world.new_wallet(&store).await;
    let held = accept(&world, &wallet, "hb-1").await;
    let mut wallet = wallet;
    for (lost, arrives) in
        [("/token", true), ("/nonce", true), ("/credential", true), ("/notification", false)]
    {
        world.wire.lose(Lost::Answer(lost));
        let outcome = wallet.directory_copy(&held.id, HERE).await;
        assert_eq!(outcome.is_err(), arrives, "{lost}");
        drop(wallet);
        wallet = world.reopen(&store).await;
        assert!(wallet.resume().await.unwrap().is_empty());
    }
    assert_eq!(wallet.directory_copies().await.unwrap().len(), 1);
    wallet.directory_copy(&held.id, THERE).await.unwrap();
    wallet.directory_copy(&held.id, "third.example").await.unwrap();
    let enough = wallet.directory_copy(&held.id, "fourth.example").await.err();
    assert_eq!(enough, Some(WalletError::Status("the token endpoint", 429)), "of four one was lost");
    world.clock.further(DAY);
    wallet.directory_copy(&held.id, "fourth.example").await.unwrap();
    assert_eq!(wallet.supplies().await.unwrap()[0].left, 10);
}

#[tokio::test]
async fn without_a_reference_or_where_there_are_none_no_copy_is_had() {
    let (world, plain) = (world().await, World::start().await);
    let wallet = world.new_wallet(&store()).await;
    let offer = json!({"credential_configuration_id": "student-id", "claims": student_claims()});
    let (link, tx_code) = world.offer_of(offer).await;
    let offered = wallet.look_at_offer(&link).await.unwrap();
    let held = wallet.accept(&offered, Some(&tx_code)).await.unwrap();
    assert_eq!(wallet.directory_copy(&held.id, HERE).await.err(), Some(WalletError::NoDirectoryCopies));
    let (wallet, held) = student(&plain, "hb-1").await;
    assert_eq!(wallet.directory_copy(&held.id, HERE).await.err(), Some(WalletError::NoDirectoryCopies));
}

/// A directory reads what strangers send it: it believes a blind only with what the issuer signed.
#[tokio::test]
async fn the_blind_of_another_directory_or_of_nobody_opens_nothing() {
    let world = world().await;
    let (wallet, held) = student(&world, "hb-1").await;
    let here = wallet.directory_copy(&held.id, HERE).await.unwrap();
    let there = wallet.directory_copy(&held.id, THERE).await.unwrap();
    let question = world.ask_own(query()).await;
    let asking = wallet.look_at_request(&question.link, None).await.unwrap();
    let asking = wallet.with_directory_copies(asking, &[&here]).await.unwrap();
    wallet.present(asking).await.unwrap();
    let claim = world.result(&question).await.1["claims"]["student"][0]["dsub"].as_str().unwrap().to_owned();
    let mut random = [0; 32];
    jigap_keys::Entropy::fill(&OsEntropy, &mut random);
    random[31] &= 0x0f;
    for (blind, directory, refused) in [
        (base64url::decode(there.blind()).unwrap(), HERE, "DS-03"),
        (base64url::decode(here.blind()).unwrap(), THERE, "DS-03"),
        (random.to_vec(), HERE, "DS-03"),
        (vec![0; 32], HERE, "DS-02"),
    ] {
        assert_eq!(Dsub::open(&claim, &blind, directory).unwrap_err().check.id, refused);
    }
}
