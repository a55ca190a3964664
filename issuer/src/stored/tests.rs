//! The stored forms, word for word. Whoever changes one raises its version and says how the old one is read.

use jigap_platform::store::{Faults, in_memory};
use jigap_platform::testing::SeededEntropy;
use jigap_wallet_core::ports::{KeyRange, StoreError, transact};
use jigap_wallet_core::status::StatusValue;
use serde::Serialize;

use super::*;
use crate::idempotency::Answered;
use crate::issuance::Issuance;
use crate::offer::Offer;
use crate::places::Places;
use crate::refresh::Refresh;
use crate::status::{self, Place};
use crate::token::Grant;
use crate::verdicts::Shown;

const OFFER: &str = r#"{"version":1,"configuration":"student-id","state":"open","expires":1800604800,"tx_code":"h","tries_left":5,"issuances":["i"],"person":"p","pieces":1}"#;
/// As one that waited for a wallet is stored while it is suspended.
const SUSPENDED: &str = r#"{"version":1,"configuration":"student-id","state":"withdrawn","suspended_from":"open","expires":1800604800,"tx_code":"h","tries_left":5,"issuances":[],"person":"p","pieces":1}"#;
const GRANT: &str =
    r#"{"version":1,"offer":"o","configuration":"student-id","expires":1800000600,"issuance":null}"#;
/// Of a token that is bound to a key and came of a refresh token.
const BOUND: &str = r#"{"version":1,"offer":"o","configuration":"check-in_jigap_pass","expires":1800000600,"issuance":"i","key":"t","refreshed":true}"#;
const REFRESH: &str = r#"{"version":1,"configuration":"check-in_jigap_pass","key":"t","expires":1815552000,"used":2,"collected":false,"batches":[1800000000]}"#;
/// One for copies for directories.
const SCOPED: &str = r#"{"version":1,"configuration":"student-id","key":"t","expires":1831536000,"used":0,"collected":false,"batches":[],"scoped":true}"#;
const ISSUANCE: &str = r#"{"version":1,"offer":"o","configuration":"student-id","state":"sent","issued_at":1800000000,"ends":1831536000,"entries":[{"list":"l","index":7}],"reason":null}"#;
/// Of an offer that is refreshed for a time of its own.
const OFFERED: &str = r#"{"version":1,"configuration":"check-in_jigap_pass","state":"open","expires":1800604800,"tx_code":null,"tries_left":5,"issuances":[],"person":null,"pieces":1,"refresh":2419200}"#;
/// Of an offer for a verdict, which counts for 28 days.
const COUNTED: &str = r#"{"version":1,"configuration":"check-in_jigap_pass","state":"redeemed","expires":1800000600,"tx_code":null,"tries_left":5,"issuances":[],"person":null,"pieces":1,"refresh":2419200,"replaces":["o"],"counts_until":1802419200}"#;
const SHOWN: &str = r#"{"version":1,"given":[{"at":1800000000,"offer":"o","taken":true}]}"#;
const ANSWERED: &str = r#"{"version":1,"request":"r","expires":1800086400,"pieces":1}"#;

/// That `golden` is read and written as it is, and no other version, damage or absence is taken for it.
fn held<T: Stored + Serialize>(golden: &str) {
    let record: T = parse(golden.as_bytes()).unwrap_or_else(|error| panic!("{error}"));
    assert_eq!(serde_json::to_string(&record).unwrap(), golden);
    let refused = |text: &str| parse::<T>(text.as_bytes()).err().unwrap();
    let (kind, known) = (T::KIND, T::VERSION);
    for found in [0, 2, 300] {
        let other = golden.replacen("\"version\":1", &format!("\"version\":{found}"), 1);
        assert_eq!(refused(&other), StoredError::Version { kind, found, known });
        assert!(refused(&other).to_string().contains(&format!("version {found}")));
    }
    // What a newer form says besides is no reason to guess.
    let newer = r#"{"version":2,"something":"else"}"#;
    assert_eq!(refused(newer), StoredError::Version { kind, found: 2, known });
    for damaged in ["", "{}", "[]", &golden[..golden.len() - 1], &golden.replacen("\"version\":1,", "", 1)] {
        assert_eq!(refused(damaged), StoredError::Damaged { kind }, "{damaged}");
    }
}

#[test]
fn every_record_has_its_golden_and_no_other_version_is_read() {
    held::<Offer>(OFFER);
    held::<Offer>(SUSPENDED);
    held::<Offer>(OFFERED);
    held::<Offer>(COUNTED);
    held::<Grant>(GRANT);
    held::<Grant>(BOUND);
    held::<Refresh>(REFRESH);
    held::<Refresh>(SCOPED);
    held::<Issuance>(ISSUANCE);
    held::<Answered>(ANSWERED);
    held::<Shown>(SHOWN);
}

#[tokio::test]
async fn a_status_list_is_bits_in_pieces_under_keys_that_stay() {
    let (store, entropy, places) =
        (in_memory(Faults::none()).unwrap(), SeededEntropy::new(1), Places::of("hanbit"));
    let list =
        transact(&*store, |tx| async { status::current(&{ tx }, &places, &entropy).await }).await.unwrap();
    for (index, entry) in [
        (1, StatusValue::INVALID),
        (2, StatusValue::SUSPENDED),
        (5, StatusValue::SUSPENDED),
        (5, StatusValue::VALID),
        (16_384, StatusValue::INVALID),
    ] {
        let place = &[Place { list: list.clone(), index }];
        let set = transact(&*store, |tx| async { status::set(&{ tx }, &places, place, entry).await });
        set.await.unwrap_or_else(|error: StoreError| panic!("{error}"));
    }
    let values = async |index| {
        let (tx, place) = (store.begin().await.unwrap(), Place { list: list.clone(), index });
        status::value(&tx, &places, &place).await.unwrap().0
    };
    assert_eq!([values(1).await, values(2).await, values(3).await, values(16_384).await], [1, 2, 0, 1]);
    let wide = &[Place { list: list.clone(), index: 1 }];
    let refused = transact(&*store, |tx| async { status::set(&{ tx }, &places, wide, StatusValue(4)).await });
    assert_eq!(refused.await, Err(StoreError::Unavailable));
    let pieces = KeyRange::prefix(format!("issuer/hanbit/status/list/{list}/piece/"));
    let kept = store.begin().await.unwrap().range(&pieces, 100).await.unwrap();
    let numbers: Vec<_> =
        kept.iter().map(|(key, _)| String::from_utf8_lossy(key)[pieces.start.len()..].to_owned()).collect();
    assert_eq!(numbers.first().map(String::as_str), Some("00000"));
    assert!(kept.iter().all(|(_, piece)| piece.len() == 4096));
    assert_eq!(kept[0].1[..3], [0b0010_0100, 0, 0]);
    let second = numbers.iter().position(|number| number == "00001").unwrap();
    assert_eq!(kept[second].1[..2], [0b01, 0]);
}
