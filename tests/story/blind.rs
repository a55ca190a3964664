//! Passes that their issuer does not recognise, from the register to the open door: asked for by points, by keys that the trust list
//! names; a crash between asking and having; and a generation that ends.

use std::sync::Arc;

use jigap_keys::{KeyType, PrivateKey, base64url};
use jigap_platform::entropy::OsEntropy;
use jigap_wallet_core::bundle::TrustBundle;
use jigap_wallet_core::documents::Documents;
use jigap_wallet_core::pass::{Generation, PassIssuers, PassSort};
use jigap_wallet_core::ports::{Clock as _, Store};
use jigap_wallet_core::time::Seconds;
use jigap_wallet_core::trust::TrustListContent;
use jigap_wallet_core::wallet::{Offered, Published, RefreshWhen, Wallet, WalletError};
use serde_json::{Value, json};
use url::Url;

use crate::passes::{self, Venue};
use crate::store;
use crate::unlinkable;
use crate::wire::Lost;
use crate::world::World;

const BLIND: &str = "check-in_jigap_pass_blind";
const DAY: u32 = 86_400;

/// A world in the third day of a generation, whose issuer gives passes of either sort.
async fn world() -> World {
    let world = World::start_with(|_, _| {
        json!({
            "types": ["check-in"], "formats": {"check-in": ["jigap_pass", "jigap_pass_blind"]},
            "mechanism": "did", "key_type": "Ed25519",
        })
    })
    .await;
    let begins = Generation::of(world.clock.now()).next().begins();
    let ahead = begins.unix() - world.clock.now().unix();
    world.clock.turn(u32::try_from(ahead).unwrap() + 2 * DAY);
    world
}

/// The trust list as it stands, published anew.
async fn published(world: &World, version: u64, key: &PrivateKey) -> TrustBundle {
    let id = world.trust_list().content().id.clone();
    published_as(world, (&id, 14), version, key).await
}

/// The same as the list `id`, for so many days.
async fn published_as(world: &World, (id, days): (&str, u32), version: u64, key: &PrivateKey) -> TrustBundle {
    let (now, content) = (world.clock.now(), world.trust_list().content().clone());
    let (expires_at, entries) = (now.plus(Seconds(days * DAY)), world.proposed().await);
    let id = id.to_owned();
    let content = TrustListContent { id, issued_at: now, expires_at, version, entries, ..content };
    let trust_list = content.issue(key, None).unwrap();
    TrustBundle { list: content.id, trust_list, signer: key.public().clone(), documents: Documents::new() }
}

fn signer() -> PrivateKey {
    PrivateKey::generate(KeyType::Ed25519, &OsEntropy)
}

async fn offered(world: &World, wallet: &Wallet, configuration: &str) -> (Offered, String) {
    let claims = json!({"age_over_14": true, "age_over_19": true, "student": true});
    let offer = json!({"credential_configuration_id": configuration, "reference": "p-1", "claims": claims});
    let (link, tx_code) = world.offer_of(offer).await;
    (wallet.look_at_offer(&link).await.unwrap(), tx_code)
}

/// A wallet with blind passes, and whom it believes.
async fn student(world: &World, store: &Arc<dyn Store>) -> (Wallet, TrustBundle) {
    let (wallet, bundle) = (world.new_wallet(store).await, published(world, 1, &signer()).await);
    wallet.trust(&bundle, Published::AsBefore).await.unwrap();
    let (offered, tx_code) = offered(world, &wallet, BLIND).await;
    let held = wallet.accept(&offered, Some(&tx_code)).await.unwrap();
    assert!(held.blind);
    assert_eq!((held.copies, held.unused), (28, 28));
    (wallet, bundle)
}

#[tokio::test]
async fn a_pass_that_nobody_recognises_opens_the_doors_that_take_it() {
    let (world, store) = (world().await, store());
    let (wallet, bundle) = student(&world, &store).await;
    let now = world.clock.now();
    let issuers = PassIssuers::of(&bundle.verify(now).unwrap(), &Documents::new(), now);
    for (sort, opens) in [(PassSort::Blind, true), (PassSort::Either, true), (PassSort::Traceable, false)] {
        let mut venue = Venue::new("한빛 미술관", &["age_over_19"], now);
        venue.gate.wants.passes = sort;
        let showing = venue.show(&wallet, now).await;
        assert_eq!(showing.as_ref().err(), (!opens).then_some(&WalletError::CannotAnswer));
        let Ok(showing) = showing else { continue };
        assert!(showing.is_blind());
        let code = showing.code(now).unwrap();
        let admitted = venue.judge(&code, &issuers, now).unwrap();
        assert!(admitted.is_blind && admitted.issuer_name == "한빛대학교");
        assert_eq!(venue.judge(&code, &issuers, now).unwrap_err().reason.code, "pass-shown-before");
    }
    // With passes of both sorts, each door is shown what it asks for, and one that does not mind a blind one.
    let (both, tx_code) = offered(&world, &wallet, passes::PASS).await;
    let traceable = wallet.accept(&both, Some(&tx_code)).await.unwrap();
    assert!(!traceable.blind);
    for (sort, blind) in [(PassSort::Traceable, false), (PassSort::Either, true)] {
        let mut venue = Venue::new("달빛 공연장", &["student"], now);
        venue.gate.wants.passes = sort;
        let showing = venue.show(&wallet, now).await.unwrap();
        assert_eq!(showing.is_blind(), blind);
        assert_eq!(venue.judge(&showing.code(now).unwrap(), &issuers, now).unwrap().is_blind, blind);
    }
}

#[tokio::test]
async fn keys_are_those_of_the_trust_list_and_of_nobody_else() {
    let (world, store) = (world().await, store());
    let wallet = world.new_wallet(&store).await;
    let (offered, tx_code) = offered(&world, &wallet, BLIND).await;
    assert!(offered.is_blind());
    // Before anything is used up.
    assert_eq!(wallet.accept(&offered, Some(&tx_code)).await.err(), Some(WalletError::NoTrust));
    let key = signer();
    let older = published(&world, 1, &key).await;
    world.clock.further(DAY);
    let newer = published(&world, 2, &key).await;
    wallet.trust(&newer, Published::AsBefore).await.unwrap();
    assert_eq!(wallet.trust(&older, Published::AsBefore).await.err(), Some(WalletError::OlderTrust));
    wallet.trust(&newer, Published::AsBefore).await.unwrap();
    // Somebody who is shown another list than others has the evidence.
    world.clock.further(1);
    let other = published(&world, 2, &key).await;
    assert_eq!(wallet.trust(&other, Published::AsBefore).await.err(), Some(WalletError::TwoTrusts));
    // A list whose keys are not those that the issuer signs by: what it answers is not taken, and not given up.
    let mut content =
        TrustListContent { entries: world.proposed().await, ..world.trust_list().content().clone() };
    let strange = jigap_keys::blind::SecretKey::derive(&[1; 32], b"strange").unwrap();
    for entry in &mut content.entries {
        entry.passes.blind_keys.truncate(1);
        entry.passes.blind_keys.iter_mut().for_each(|key| key.key = *strange.public().as_bytes());
    }
    let (issued_at, now) = (world.clock.now(), world.clock.now());
    let content = TrustListContent { version: 3, issued_at, expires_at: now.plus(Seconds(DAY)), ..content };
    let trust_list = content.issue(&key, None).unwrap();
    wallet.trust(&TrustBundle { trust_list, ..newer }, Published::AsBefore).await.unwrap();
    assert_eq!(wallet.accept(&offered, Some(&tx_code)).await.err(), Some(WalletError::NoTrust));
    assert_eq!((world.wire.arrived("/credential"), world.wire.arrived("/notification")), (1, 0));
    assert!(wallet.credentials().await.unwrap().is_empty());
    // With the right list the same acceptance goes on.
    wallet.trust(&published(&world, 4, &key).await, Published::AsBefore).await.unwrap();
    let outcomes = wallet.resume().await.unwrap();
    assert!(matches!(&outcomes[..], [Ok(held)] if held.copies == 28), "{outcomes:?}");
}

/// Key and blinding number are durable before anybody is asked: who was killed asks for the same, and is given the same.
#[tokio::test]
async fn a_lost_answer_is_asked_for_again_with_the_same_points() {
    for lost in [Lost::Request("/credential"), Lost::Answer("/credential")] {
        let was_answered = matches!(lost, Lost::Answer(_));
        let (world, store) = (world().await, store());
        let (wallet, key) = (world.new_wallet(&store).await, signer());
        wallet.trust(&published(&world, 1, &key).await, Published::AsBefore).await.unwrap();
        let (offered, tx_code) = offered(&world, &wallet, BLIND).await;
        world.wire.lose(lost);
        assert!(matches!(wallet.accept(&offered, Some(&tx_code)).await, Err(WalletError::Fetch(_))));
        let before = was_answered.then(|| world.wire.last_posted("/credential"));
        drop(wallet);
        let again = world.reopen(&store).await;
        let outcomes = again.resume().await.unwrap();
        assert!(matches!(&outcomes[..], [Ok(held)] if held.copies == 28), "{outcomes:?}");
        let after = world.wire.last_posted("/credential");
        assert!(after.get("proofs").is_none() && after["blinded"]["points"].as_array().unwrap().len() == 28);
        if let Some(before) = before {
            assert_eq!(before["blinded"]["points"], after["blinded"]["points"]);
            assert_ne!(before["blinded"]["nonce"], after["blinded"]["nonce"]);
        }
        let now = world.clock.now();
        let venue = Venue::new("집", &["student"], now);
        assert!(venue.show(&again, now).await.is_ok());
    }
}

#[tokio::test]
async fn blind_passes_are_refreshed_as_others_are_and_end_with_their_generation() {
    let (world, store) = (world().await, store());
    let (wallet, _) = student(&world, &store).await;
    let now = world.clock.now();
    for _ in 0..21 {
        Venue::new("집", &["student"], now).show(&wallet, now).await.unwrap();
    }
    assert!(matches!(&wallet.refresh(RefreshWhen::Few).await.unwrap()[..], [Ok(_)]));
    let supplies = wallet.supplies().await.unwrap();
    assert_eq!((supplies.len(), supplies[0].left), (1, 35), "one credential, whoever signed its passes");
    // Its trust list has ended: the wallet asks for no pass whose key it could not know.
    world.clock.further(15 * DAY);
    let asked = world.wire.arrived("/credential");
    let outcomes = wallet.refresh(RefreshWhen::All).await.unwrap();
    assert!(matches!(&outcomes[..], [Err(WalletError::Refused(_))]), "{outcomes:?}");
    assert_eq!(world.wire.arrived("/credential"), asked);
    // With a newer one passes of the next generation come with the others, and are shown when it has begun.
    world.clock.further(6 * DAY);
    wallet.trust(&published(&world, 2, &signer()).await, Published::AsBefore).await.unwrap();
    assert!(matches!(&wallet.refresh(RefreshWhen::All).await.unwrap()[..], [Ok(_)]));
    world.clock.further(5 * DAY);
    let later = world.clock.now();
    let ended = Venue::new("집", &["student"], later).show(&wallet, later).await.unwrap();
    assert_eq!(ended.claims().expires, Generation::of(later).ends());
}

/// The wallet fetches what it lacks: first the keys of this generation, then those of the next; from whom it believed, and no other.
#[tokio::test]
async fn a_newer_trust_list_is_fetched_where_it_is_published_when_a_key_is_missing() {
    let (world, store) = (world().await, store());
    let (wallet, key) = (world.new_wallet(&store).await, signer());
    let first = published(&world, 1, &key).await;
    let url = Url::parse("https://trust.example/list.jwt").unwrap();
    wallet.trust(&first, Published::At(url.clone())).await.unwrap();
    // Brought again without a word of where it is published: that stays.
    wallet.trust(&first, Published::AsBefore).await.unwrap();
    let (offered, tx_code) = offered(&world, &wallet, BLIND).await;
    wallet.accept(&offered, Some(&tx_code)).await.unwrap();
    assert_eq!(world.wire.arrived("/list.jwt"), 0, "it had what it needed");
    // It has ended, and nobody answers there: nothing is used up, and later it goes on.
    world.clock.further(15 * DAY);
    let asked = world.wire.arrived("/credential");
    let outcomes = wallet.refresh(RefreshWhen::All).await.unwrap();
    assert!(matches!(&outcomes[..], [Err(WalletError::Fetch(_))]), "{outcomes:?}");
    for (version, by, says) in [(2, &signer(), "TL-"), (1, &key, "TwoTrusts")] {
        world.wire.publish(&url, published(&world, version, by).await.trust_list);
        let outcomes = wallet.refresh(RefreshWhen::All).await.unwrap();
        assert!(matches!(&outcomes[..], [Err(_)]) && format!("{outcomes:?}").contains(says), "{outcomes:?}");
    }
    assert_eq!(world.wire.arrived("/credential"), asked);
    world.clock.further(6 * DAY);
    world.wire.publish(&url, published(&world, 2, &key).await.trust_list);
    assert!(matches!(&wallet.refresh(RefreshWhen::All).await.unwrap()[..], [Ok(_)]));
}

/// A batch comes of both generations that are given out: with one unknown key half of it would be refused, and all of it gone.
#[tokio::test]
async fn nothing_is_asked_for_before_the_keys_of_all_that_is_given_out_are_known() {
    let (world, store) = (world().await, store());
    let (wallet, key) = (world.new_wallet(&store).await, signer());
    let id = world.trust_list().content().id.clone();
    // It counts for long, and names the keys of this generation and the next.
    wallet.trust(&published_as(&world, (&id, 90), 1, &key).await, Published::AsBefore).await.unwrap();
    world.clock.further((28 + 18) * DAY);
    let (first, tx_code) = offered(&world, &wallet, BLIND).await;
    assert_eq!(wallet.accept(&first, Some(&tx_code)).await.unwrap().copies, 28);
    world.clock.further(DAY);
    let (second, tx_code) = offered(&world, &wallet, BLIND).await;
    let asked = world.wire.arrived("/token");
    assert_eq!(wallet.accept(&second, Some(&tx_code)).await.err(), Some(WalletError::NoTrust));
    assert_eq!(world.wire.arrived("/token"), asked, "nothing is used up");
    wallet.trust(&published(&world, 2, &key).await, Published::AsBefore).await.unwrap();
    assert_eq!(wallet.accept(&second, Some(&tx_code)).await.unwrap().copies, 28);
}

/// An issuer cannot have a wallet call there.
#[tokio::test]
async fn a_list_is_fetched_for_a_key_that_is_missing_and_for_no_other_fault_nor_where_its_holder_ended_that()
{
    let (world, store) = (world().await, store());
    let (wallet, key) = (world.new_wallet(&store).await, signer());
    let first = published(&world, 1, &key).await;
    let url = Url::parse("https://trust.example/list.jwt").unwrap();
    world.wire.publish(&url, first.trust_list.clone());
    wallet.trust(&first, Published::At(url.clone())).await.unwrap();
    let (one, tx_code) = offered(&world, &wallet, BLIND).await;
    world.wire.spoil_credentials();
    let refused = wallet.accept(&one, Some(&tx_code)).await.err();
    assert!(matches!(refused, Some(WalletError::Refused(it)) if it.check.id == "EP-04"), "{refused:?}");
    assert_eq!(world.wire.arrived("/list.jwt"), 0);
    // Of another list it was not said where it is published; and of this one that it is to be fetched no more.
    let other = published_as(&world, ("https://other.example/list", 1), 1, &key).await;
    let mut wallets = Vec::new();
    for (bundle, published) in [(&other, Published::AsBefore), (&first, Published::Nowhere)] {
        let wallet = world.new_wallet(&self::store()).await;
        wallet.trust(&first, Published::At(url.clone())).await.unwrap();
        wallet.trust(bundle, published).await.unwrap();
        let (offered, tx_code) = offered(&world, &wallet, BLIND).await;
        wallets.push((wallet, offered, tx_code));
    }
    world.clock.further(15 * DAY);
    for (wallet, offered, tx_code) in wallets {
        let ended = wallet.accept(&offered, Some(&tx_code)).await.err();
        assert!(matches!(ended, Some(WalletError::Refused(it)) if it.check.id == "TL-04"), "{ended:?}");
    }
    assert_eq!(world.wire.arrived("/list.jwt"), 0);
}

/// What an issuer saw of somebody's request and answered to it, value by value.
fn seen_by_issuer(world: &World) -> Vec<Vec<u8>> {
    let mut texts = Vec::new();
    leaves(&world.wire.last_posted("/credential"), &mut texts);
    leaves(&world.wire.last_answered("/credential"), &mut texts);
    let parts = texts.iter().flat_map(|text| text.split('.'));
    parts.filter_map(|part| base64url::decode(part).ok()).filter(|bytes| bytes.len() >= RUN).collect()
}

fn leaves(value: &Value, texts: &mut Vec<String>) {
    match value {
        Value::String(text) => texts.push(text.clone()),
        Value::Array(items) => items.iter().for_each(|item| leaves(item, texts)),
        Value::Object(members) => members.values().for_each(|item| leaves(item, texts)),
        _ => {}
    }
}

/// Bytes that two values are compared by.
const RUN: usize = 16;

/// How near two values are at their nearest: bits that differ in so many bytes, wherever they stand.
fn apart(one: &[u8], other: &[u8]) -> u32 {
    let number = |run: &[u8]| u128::from_be_bytes(run.try_into().unwrap());
    let others: Vec<u128> = other.windows(RUN).map(number).collect();
    let runs = one.chunks_exact(RUN).map(number);
    runs.flat_map(|run| others.iter().map(move |other| (run ^ other).count_ones())).min().unwrap_or(u32::MAX)
}

/// Of how many passes the venues and the issuer together say whose they are, by what comes nearest to them of all that the issuer
/// sent and got; and of how many there are.
async fn linked(configuration: &str) -> (usize, usize) {
    const PEOPLE: usize = 12;
    const SHOWN: usize = 12;
    let world = world().await;
    let (now, bundle) = (world.clock.now(), published(&world, 1, &signer()).await);
    let issuers = passes::issuers_of(&world, &bundle.verify(now).unwrap(), now).await;
    let (mut issued, mut shown) = (Vec::new(), Vec::new());
    for person in 0..PEOPLE {
        let wallet = world.new_wallet(&store()).await;
        wallet.trust(&bundle, Published::AsBefore).await.unwrap();
        let (offered, tx_code) = offered(&world, &wallet, configuration).await;
        wallet.accept(&offered, Some(&tx_code)).await.unwrap();
        issued.push(seen_by_issuer(&world));
        for _ in 0..SHOWN {
            let mut venue = Venue::new("집", &["student"], now);
            let code = venue.show(&wallet, now).await.unwrap().code(now).unwrap();
            venue.judge(&code, &issuers, now).unwrap();
            shown.push((person, unlinkable::pass_of(&code)));
        }
    }
    let guess = |pass: &Vec<u8>| {
        let near = |seen: &Vec<Vec<u8>>| seen.iter().map(|value| apart(pass, value)).min();
        (0..PEOPLE).min_by_key(|person| near(&issued[*person]))
    };
    let right = shown.iter().filter(|(person, pass)| guess(pass) == Some(*person)).count();
    (right, shown.len())
}

/// The property that is bought. Whoever looks for more than equal bytes finds less: a point is uniform whatever it blinds, and
/// that an answer is to its point as a signature to its message is so of every pair of them.
#[tokio::test]
async fn issuer_and_venues_together_know_whose_a_blind_pass_is_no_better_than_by_lot() {
    let (right, all) = linked(passes::PASS).await;
    assert_eq!(right, all, "of other passes they know each: the same look finds it");
    let (right, all) = linked(BLIND).await;
    // One in twelve by lot: twelve, and by four standard deviations 26 at most.
    assert!(all == 144 && right <= 26, "{right} of {all}");
}
