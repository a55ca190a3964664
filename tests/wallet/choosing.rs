//! What the holder chooses of what could be shown, and the copies that it takes.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use jigap_wallet_core::dcql::ChoiceError;
use jigap_wallet_core::wallet::{Asking, Held, OneOf, Wallet, WalletError};
use serde_json::{Value, json};

use super::world::{World, accept, fresh, present, student};

/// A wallet with two student IDs, the first received first.
async fn with_two(world: &Arc<World>) -> (Wallet, [Held; 2]) {
    let wallet = fresh(world).await;
    let one = accept(&wallet, world).await.unwrap();
    let other = accept(&wallet, world).await.unwrap();
    (wallet, [one, other])
}

async fn ask(wallet: &Wallet, world: &World, query: &Value) -> Asking {
    wallet.look_at_request(&world.request_for(query), None).await.unwrap()
}

async fn unused(wallet: &Wallet, held: &Held) -> usize {
    wallet.credentials().await.unwrap().into_iter().find(|one| one.id == held.id).unwrap().unused
}

fn answered<const N: usize>(expected: [(&str, usize); N]) -> BTreeMap<String, usize> {
    expected.into_iter().map(|(id, count)| (id.to_owned(), count)).collect()
}

fn one_of(options: &[usize]) -> OneOf {
    OneOf { options: options.to_vec(), multiple: false }
}

#[tokio::test]
async fn one_credential_that_answers_two_queries_shows_a_copy_for_each() {
    let world = World::new();
    let wallet = fresh(&world).await;
    let held = accept(&wallet, &world).await.unwrap();
    let query = json!({"credentials": [student("a", json!({})), student("b", json!({}))]});
    for left in [3, 1] {
        wallet.present(ask(&wallet, &world, &query).await).await.unwrap();
        assert_eq!(world.answered(), answered([("a", 1), ("b", 1)]));
        assert_eq!(unused(&wallet, &held).await, left);
    }
    let distinct: BTreeSet<String> = world.shown().iter().map(ToString::to_string).collect();
    assert_eq!(distinct.len(), 4);

    let mut asking = ask(&wallet, &world, &query).await;
    assert_eq!(asking.would_disclose(), None, "one copy is not two");
    assert_eq!(asking.choose(&[0, 1]), Err(ChoiceError::NoCopyLeft));
    assert_eq!(wallet.present(asking).await, Err(WalletError::CannotAnswer));
    assert_eq!(unused(&wallet, &held).await, 1, "nothing is spent for what cannot be answered");
    assert_eq!(world.times_asked("/response"), 2);
    present(&wallet, &world).await.unwrap();
}

#[tokio::test]
async fn where_one_credential_has_too_few_copies_another_answers_the_other_query() {
    let world = World::new();
    let (wallet, [one, other]) = with_two(&world).await;
    for _ in 0..4 {
        present(&wallet, &world).await.unwrap();
    }
    assert_eq!((unused(&wallet, &one).await, unused(&wallet, &other).await), (1, 5));
    let query = json!({"credentials": [student("a", json!({})), student("b", json!({}))]});
    wallet.present(ask(&wallet, &world, &query).await).await.unwrap();
    assert_eq!((unused(&wallet, &one).await, unused(&wallet, &other).await), (0, 4));
}

#[tokio::test]
async fn of_two_credentials_the_holder_chooses_which() {
    let world = World::new();
    let (wallet, [one, other]) = with_two(&world).await;
    let query = json!({"credentials": [student("student", json!({}))]});
    let mut asking = ask(&wallet, &world, &query).await;
    assert!(asking.must_be_chosen());
    assert_eq!(asking.wanted()[0].ways, [[one_of(&[0, 1])]]);
    let least = asking.would_disclose().unwrap();
    assert_eq!((least.len(), &least[0].credential), (1, &one));
    asking.choose(&[1]).unwrap();
    assert_eq!(asking.would_disclose().unwrap()[0].credential, other);
    for (wrong, error) in [
        (&[0, 1][..], ChoiceError::OneOnly),
        (&[1, 1], ChoiceError::Repeated),
        (&[2], ChoiceError::Unknown),
        (&[], ChoiceError::Lacking),
    ] {
        assert_eq!(asking.choose(wrong), Err(error));
    }
    wallet.present(asking).await.unwrap();
    assert_eq!((unused(&wallet, &one).await, unused(&wallet, &other).await), (5, 4));

    wallet.delete(&one.id).await.unwrap();
    assert!(!ask(&wallet, &world, &query).await.must_be_chosen(), "one is no choice");
}

#[tokio::test]
async fn several_are_shown_where_the_verifier_takes_several_and_the_holder_chooses_them() {
    let world = World::new();
    let (wallet, [one, other]) = with_two(&world).await;
    let query = json!({"credentials": [student("student", json!({"multiple": true}))]});
    let mut asking = ask(&wallet, &world, &query).await;
    assert!(asking.wanted()[0].ways[0][0].multiple);
    assert_eq!(asking.would_disclose().unwrap().len(), 1, "more than one is never shown unasked");
    asking.choose(&[1, 0]).unwrap();
    wallet.present(asking).await.unwrap();
    assert_eq!(world.answered(), answered([("student", 2)]));
    assert_ne!(world.shown()[0], world.shown()[1]);
    assert_eq!((unused(&wallet, &one).await, unused(&wallet, &other).await), (4, 4));
}

#[tokio::test]
async fn what_is_optional_is_offered_and_shown_only_if_chosen() {
    let world = World::new();
    let wallet = fresh(&world).await;
    accept(&wallet, &world).await.unwrap();
    let query = json!({
        "credentials": [
            student("a", json!({})), student("b", json!({"claims": [{"path": ["name"]}]})),
            student("nobody", json!({"meta": {"vct_values": ["urn:other"]}})),
        ],
        "credential_sets": [
            {"options": [["a"]]}, {"options": [["b"]], "required": false},
            {"options": [["b", "nobody"]], "required": false},
        ],
    });
    let mut asking = ask(&wallet, &world, &query).await;
    assert!(!asking.must_be_chosen(), "what is required can be answered in one way");
    let queries: Vec<String> = asking.options().into_iter().map(|option| option.query).collect();
    assert_eq!(queries, ["a", "b"]);
    let wanted = asking.wanted();
    assert_eq!(wanted.len(), 2, "what nothing held answers is not offered");
    assert_eq!((wanted[0].required, &wanted[0].ways), (true, &vec![vec![one_of(&[0])]]));
    assert_eq!((wanted[1].required, &wanted[1].ways), (false, &vec![vec![one_of(&[1])]]));
    assert_eq!(asking.choose(&[1]), Err(ChoiceError::Lacking));
    wallet.present(asking).await.unwrap();
    assert_eq!(world.answered(), answered([("a", 1)]));

    asking = ask(&wallet, &world, &query).await;
    asking.choose(&[0, 1]).unwrap();
    wallet.present(asking).await.unwrap();
    assert_eq!(world.answered(), answered([("a", 1), ("b", 1)]));
}

#[tokio::test]
async fn an_option_is_shown_whole_or_not_at_all() {
    let world = World::new();
    let wallet = fresh(&world).await;
    accept(&wallet, &world).await.unwrap();
    let query = json!({
        "credentials": [student("a", json!({})), student("b", json!({})), student("c", json!({}))],
        "credential_sets": [{"options": [["a", "b"], ["c"]]}],
    });
    let mut asking = ask(&wallet, &world, &query).await;
    assert!(asking.must_be_chosen());
    assert_eq!(asking.wanted()[0].ways, [vec![one_of(&[0]), one_of(&[1])], vec![one_of(&[2])]]);
    for (half, error) in [(&[0][..], ChoiceError::Lacking), (&[0, 2], ChoiceError::Half)] {
        assert_eq!(asking.choose(half), Err(error));
    }
    asking.choose(&[2]).unwrap();
    wallet.present(asking).await.unwrap();
    assert_eq!(world.answered(), answered([("c", 1)]));
}

#[tokio::test]
async fn where_nothing_is_required_nothing_is_shown_unless_chosen() {
    let world = World::new();
    let wallet = fresh(&world).await;
    let held = accept(&wallet, &world).await.unwrap();
    let query = json!({
        "credentials": [student("a", json!({}))], "credential_sets": [{"options": [["a"]], "required": false}],
    });
    let mut asking = ask(&wallet, &world, &query).await;
    assert!(asking.must_be_chosen() && asking.would_disclose().is_none());
    asking.choose(&[0]).unwrap();
    wallet.present(asking).await.unwrap();
    assert_eq!(unused(&wallet, &held).await, 4);
    let asking = ask(&wallet, &world, &query).await;
    assert_eq!(wallet.present(asking).await, Err(WalletError::CannotAnswer));
    assert_eq!(world.times_asked("/response"), 1);
}
