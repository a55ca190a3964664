//! A store that fails at each commit in turn, with each kind of fault: after a restart the wallet goes on or has lost
//! nothing that it could show.

use jigap_platform::store::{Fault, Faults};
use jigap_wallet_core::wallet::WalletError;

use super::world::{World, accept, create, present, reopen, store};

/// Commits of an acceptance: the box, the intent, the token, the copies, the notice.
const COMMITS: u64 = 5;
const FAULTS: [Fault; 3] = [Fault::Unavailable, Fault::UnknownCommitted, Fault::UnknownNotCommitted];

#[tokio::test]
async fn an_acceptance_interrupted_at_any_commit_ends_with_one_credential_or_none() {
    for failing in 2..=COMMITS {
        for fault in FAULTS {
            let (world, store) = (World::new(), store(Faults::at([(failing, fault)])));
            let wallet = create(&store, &world).await.unwrap();
            let accepted = accept(&wallet, &world).await;
            drop(wallet);
            let wallet = reopen(&store, &world).await.unwrap();
            wallet.resume().await.unwrap();
            let held = wallet.credentials().await.unwrap();
            // The token is asked for once the intent is known to be written; credentials once the token is.
            let collected = match (failing, fault) {
                (2, _) => world.times_asked("/token") == 1,
                (3, Fault::UnknownCommitted) | (4.., _) => true,
                _ => false,
            };
            assert_eq!(held.len(), usize::from(collected), "{failing} {fault:?}");
            assert_eq!(accepted.is_err(), failing < COMMITS, "{failing} {fault:?}: {accepted:?}");
            assert!(wallet.resume().await.unwrap().is_empty(), "{failing} {fault:?}: nothing is left over");
            assert!(held.iter().all(|held| held.unused == 5));
        }
    }
}

#[tokio::test]
async fn what_is_not_known_to_be_spent_is_not_sent() {
    for fault in FAULTS {
        let (world, store) = (World::new(), store(Faults::at([(COMMITS + 1, fault)])));
        let wallet = create(&store, &world).await.unwrap();
        accept(&wallet, &world).await.unwrap();
        let error = present(&wallet, &world).await.unwrap_err();
        assert!(matches!(error, WalletError::Box(_)), "{fault:?}: {error:?}");
        assert_eq!(world.times_asked("/response"), 0, "{fault:?}: nothing may be sent");
        let unused = wallet.credentials().await.unwrap()[0].unused;
        assert_eq!(unused, if fault == Fault::UnknownCommitted { 4 } else { 5 }, "{fault:?}");
        present(&wallet, &world).await.unwrap();
    }
}

#[tokio::test]
async fn a_lost_answer_is_asked_for_again_with_a_fresh_nonce() {
    let (world, store) = (World::new(), store(Faults::none()));
    let wallet = create(&store, &world).await.unwrap();
    world.instead("/credential", Err(jigap_wallet_core::ports::FetchError::TimedOut));
    accept(&wallet, &world).await.unwrap_err();
    drop(wallet);
    world.repent();
    let wallet = reopen(&store, &world).await.unwrap();
    assert!(matches!(&wallet.resume().await.unwrap()[..], [Ok(_)]));
    assert_eq!((world.times_asked("/token"), world.times_asked("/nonce")), (1, 2));
}
