//! Backup and restore: nothing shown is revived, nothing can be shown twice, and only the right file opens.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::sync::atomic::Ordering;

use jigap_keys::json;
use jigap_platform::store::Faults;
use jigap_wallet_core::wallet::{BackupError, MAX_BACKUP, Wallet, WalletError, canonical_form};
use jigap_wallet_core::wallet_box::{BoxError, Unlock};
use proptest::prelude::*;

use super::world::{World, accept, fresh, present, store};

const SECRET: Unlock<'static> = Unlock::KeyFile(&[9; 32]);

async fn show_all(wallet: &Wallet, world: &World) -> usize {
    let mut shown = 0;
    while present(wallet, world).await.is_ok() {
        shown += 1;
    }
    shown
}

fn distinct(world: &World) -> usize {
    world.shown().iter().map(ToString::to_string).collect::<BTreeSet<_>>().len()
}

#[tokio::test]
async fn live_and_restored_wallet_never_show_the_same_copy() {
    let world = World::new();
    let live = fresh(&world).await;
    accept(&live, &world).await.unwrap();
    present(&live, &world).await.unwrap();
    let made = live.backup(&SECRET).await.unwrap();
    assert_eq!((made.with_copy.len(), made.name_only.len()), (1, 0));
    assert_eq!(live.credentials().await.unwrap()[0].unused, 3, "one shown, one set aside");
    let restored = fresh(&world).await;
    restored.restore(&made.file, &SECRET).await.unwrap();
    assert_eq!(show_all(&restored, &world).await, 1);
    assert_eq!(show_all(&live, &world).await, 3);
    assert_eq!((world.shown().len(), distinct(&world)), (5, 5));
}

#[tokio::test]
async fn each_backup_sets_other_copies_aside_and_the_last_copy_stays() {
    let world = World::new();
    let live = fresh(&world).await;
    accept(&live, &world).await.unwrap();
    let mut restored = Vec::new();
    for round in 0..6 {
        let made = live.backup(&SECRET).await.unwrap();
        assert_eq!(made.with_copy.len(), usize::from(round < 4), "{round}");
        let wallet = fresh(&world).await;
        wallet.restore(&made.file, &SECRET).await.unwrap();
        restored.push(wallet);
    }
    for wallet in restored.iter().chain([&live]) {
        show_all(wallet, &world).await;
    }
    assert_eq!((world.shown().len(), distinct(&world)), (5, 5));
    let named = restored[5].credentials().await.unwrap();
    assert_eq!((named.len(), named[0].unused), (1, 0), "by name only");
}

#[tokio::test]
async fn a_backup_that_would_be_too_large_sets_no_copy_aside() {
    let world = World::new();
    world.note.store(500_000, Ordering::SeqCst);
    let live = fresh(&world).await;
    for _ in 0..8 {
        accept(&live, &world).await.unwrap();
    }
    assert!(live.backup(&SECRET).await.is_ok(), "a large one");
    for _ in 0..2 {
        accept(&live, &world).await.unwrap();
    }
    let before = live.credentials().await.unwrap();
    assert_eq!(live.backup(&SECRET).await.err(), Some(BackupError::TooLarge));
    assert_eq!(live.credentials().await.unwrap(), before);
    present(&live, &world).await.unwrap();
}

#[tokio::test]
async fn only_a_new_wallet_takes_a_backup() {
    let world = World::new();
    let live = fresh(&world).await;
    accept(&live, &world).await.unwrap();
    let made = live.backup(&SECRET).await.unwrap();
    assert_eq!(live.restore(&made.file, &SECRET).await, Err(BackupError::WalletInUse));
    let restored = fresh(&world).await;
    restored.restore(&made.file, &SECRET).await.unwrap();
    assert_eq!(restored.restore(&made.file, &SECRET).await, Err(BackupError::WalletInUse));
}

#[tokio::test]
async fn a_wrong_secret_and_changed_cut_or_huge_files_are_refused() {
    let world = World::new();
    let live = fresh(&world).await;
    accept(&live, &world).await.unwrap();
    let file = live.backup(&SECRET).await.unwrap().file;
    let target = fresh(&world).await;
    let wrong = target.restore(&file, &Unlock::KeyFile(&[8; 32])).await;
    assert_eq!(wrong, Err(BackupError::Secret(BoxError::WrongSecret)));
    let other_kind = target.restore(&file, &Unlock::Passphrase("four plain words")).await;
    assert_eq!(other_kind, Err(BackupError::Secret(BoxError::WantsKeyFile)));
    let step = file.len() / 97 + 1;
    for place in (0..file.len()).step_by(step).chain(0..40).chain(file.len() - 20..file.len()) {
        let mut changed = file.clone();
        changed[place] ^= 1;
        assert!(target.restore(&changed, &SECRET).await.is_err(), "byte {place} changed");
        assert!(target.restore(&file[..place], &SECRET).await.is_err(), "cut at {place}");
    }
    let longer = [file.as_slice(), b"x"].concat();
    assert_eq!(target.restore(&longer, &SECRET).await, Err(BackupError::Damaged));
    let huge = [file.as_slice(), &vec![0; MAX_BACKUP]].concat();
    assert_eq!(target.restore(&huge, &SECRET).await, Err(BackupError::TooLarge));
    assert_eq!(target.restore(b"", &SECRET).await, Err(BackupError::Form));
    assert!(target.credentials().await.unwrap().is_empty());
    target.restore(&file, &SECRET).await.unwrap();
}

#[tokio::test]
async fn a_passphrase_opens_a_backup_and_nothing_of_it_is_in_the_clear() {
    let world = World::new();
    let live = fresh(&world).await;
    accept(&live, &world).await.unwrap();
    let secret = Unlock::Passphrase("네 개의 낱말");
    let file = live.backup(&secret).await.unwrap().file;
    for word in ["univ.example", "student", "김지갑", "cnf"] {
        assert!(!file.windows(word.len()).any(|window| window == word.as_bytes()), "{word}");
    }
    let wrong = fresh(&world).await.restore(&file, &Unlock::Passphrase("네 개의 낱멀")).await;
    assert_eq!(wrong, Err(BackupError::Secret(BoxError::WrongSecret)));
    assert_eq!(fresh(&world).await.restore(&file, &secret).await.unwrap().len(), 1);
}

#[tokio::test]
async fn a_backup_that_was_not_committed_gives_no_file() {
    use jigap_platform::store::Fault;
    for fault in [Fault::Unavailable, Fault::UnknownCommitted, Fault::UnknownNotCommitted] {
        let (world, store) = (World::new(), store(Faults::at([(6, fault)])));
        let live = super::world::create(&store, &world).await.unwrap();
        accept(&live, &world).await.unwrap();
        let failed = live.backup(&SECRET).await.err();
        assert!(matches!(failed, Some(BackupError::Wallet(WalletError::Box(_)))), "{fault:?}");
    }
}

#[tokio::test]
async fn an_export_has_claims_and_no_keys() {
    let world = World::new();
    let live = fresh(&world).await;
    accept(&live, &world).await.unwrap();
    let exported = live.export().await.unwrap().to_string();
    assert!(exported.contains("김지갑"));
    for word in ["\"d\"", "jwk", "_sd", "access_token"] {
        assert!(!exported.contains(word), "{word}: {exported}");
    }
}

/// What is done with the wallet before the backup.
#[derive(Debug, Clone, Copy)]
enum Deed {
    Accept,
    Present,
    Backup,
    Delete(usize),
}

async fn do_it(deed: Deed, wallet: &Wallet, world: &World) {
    match deed {
        Deed::Accept => drop(accept(wallet, world).await.unwrap()),
        Deed::Present => drop(present(wallet, world).await),
        Deed::Backup => drop(wallet.backup(&SECRET).await.unwrap()),
        Deed::Delete(which) => {
            let held = wallet.credentials().await.unwrap();
            if !held.is_empty() {
                wallet.delete(&held[which % held.len()].id).await.unwrap();
            }
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(12))]

    #[test]
    fn a_restored_wallet_exports_what_the_backup_holds(deeds in prop::collection::vec(
        prop_oneof![Just(Deed::Accept), Just(Deed::Present), Just(Deed::Present), Just(Deed::Backup), (0..9usize).prop_map(Deed::Delete)], 0..10)
    ) {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        runtime.block_on(async {
            let world = World::new();
            let live = fresh(&world).await;
            for deed in &deeds {
                do_it(*deed, &live, &world).await;
            }
            let file = live.backup(&SECRET).await.unwrap().file;
            let restored = fresh(&world).await;
            restored.restore(&file, &SECRET).await.unwrap();
            let exported = json::canonicalize(&restored.export().await.unwrap()).unwrap();
            assert_eq!(canonical_form(&file, &SECRET).unwrap(), exported);
            show_all(&restored, &world).await;
            show_all(&live, &world).await;
            assert_eq!(world.shown().len(), distinct(&world), "no copy is shown twice");
            drop(Arc::clone(&world));
        });
    }
}
