//! A tenant by did:webvh: its log grows with its keys, and nothing else can make it grow.

use jigap_platform::keyring::Keyring;
use jigap_wallet_core::did::webvh::{Log, log_url};
use jigap_wallet_core::ports::KeyRange;

use super::*;
use crate::assembly::{AssemblyError, DidLogError};

const LOG: &str = "/hanbit/did.jsonl";

async fn lab(mechanism: &str) -> Lab {
    Lab::configured(Faults::none(), |config| config["tenants"]["hanbit"]["mechanism"] = json!(mechanism))
        .await
}

impl Lab {
    async fn log(&self) -> Log {
        Log::read(self.get(LOG).await.text.as_bytes(), self.clock.now()).unwrap()
    }

    /// Why the issuer does not start over at `base`.
    async fn fault_at(&self, base: &str) -> DidLogError {
        let base = Url::parse(base).unwrap();
        let opened = crate::assembly::open(&self.config, &base, &self.vault, self.world.clone()).await;
        match opened.err() {
            Some(AssemblyError::DidLog(tenant, fault)) if tenant == "hanbit" => fault,
            other => panic!("{other:?}"),
        }
    }
}

#[tokio::test]
async fn the_log_is_begun_once_and_continued_when_keys_change() {
    let mut lab = lab("did_webvh").await;
    let answer = lab.get(LOG).await;
    assert_eq!((answer.status, answer.headers["content-type"].as_bytes()), (200, &b"text/jsonl"[..]));
    let first = lab.log().await;
    let did = first.versions()[0].did().clone();
    assert_eq!(lab.entries[0].issuer, did.as_str());
    assert_eq!(log_url(&did).unwrap().as_str(), format!("{BASE}{LOG}"));
    lab.restart().await;
    assert_eq!(lab.get(LOG).await.text, answer.text, "nothing changed");

    for (number, purpose) in [(2, KeyPurpose::Credential), (3, KeyPurpose::Status)] {
        let before = lab.log().await;
        lab.rotate(purpose).await;
        let log = lab.log().await;
        assert!(log.continues(&before) && log.versions().len() == number);
        let [.., last, new] = log.versions() else { panic!("two versions at least") };
        assert_eq!(new.did(), &did);
        assert_ne!(last.update_keys(), new.update_keys(), "each key signs one entry");
        assert_eq!((new.update_keys().len(), new.next_key_hashes().len()), (1, 1));
        assert!(new.time() > last.time());
    }
    let other = super::did_log::lab("did_web").await;
    assert_eq!((other.get(LOG).await.status, lab.get("/hanbit/did.json").await.status), (404, 404));
}

/// The next key of the log was promoted, and then the power went: before the entry that it signs was kept.
#[tokio::test]
async fn a_crash_between_the_key_and_the_entry_is_made_good() {
    let mut lab = lab("did_webvh").await;
    let before = lab.log().await;
    let now = lab.clock.now();
    let world = lab.world.clone();
    let keyring = Keyring { store: &*world.store, vault: &lab.vault, entropy: &*world.entropy };
    keyring.promote("issuer/hanbit/key/log", KeyType::Ed25519, (now, now)).await.unwrap();
    lab.restart().await;
    assert_eq!(lab.log().await.versions().len(), 1, "no key that the document lists has changed");
    lab.rotate(KeyPurpose::Credential).await;
    let log = lab.log().await;
    assert!(log.continues(&before) && log.versions().len() == 2);
    lab.rotate(KeyPurpose::Credential).await;
    assert_eq!(lab.log().await.versions().len(), 3);
}

#[tokio::test]
async fn a_log_that_is_not_this_issuers_is_refused() {
    let lab = lab("did_webvh").await;
    assert_eq!(lab.fault_at("https://other.example").await, DidLogError::Elsewhere);
    let place = "issuer/hanbit/did-log/000001";
    let line = lab.world.store.begin().await.unwrap().get(place).await.unwrap().unwrap();
    let changed = String::from_utf8(line).unwrap().replace("assertionMethod", "authentication");
    let tx = lab.world.store.begin().await.unwrap();
    tx.set(place, changed);
    tx.commit().await.unwrap();
    assert!(matches!(lab.fault_at(BASE).await, DidLogError::Refused(_)));
}

/// Two starts over one store at once: one entry is kept.
#[tokio::test]
async fn two_starts_at_once_write_one_entry() {
    let lab = lab("did_webvh").await;
    lab.rotation(KeyPurpose::Credential).at_once(lab.clock.now()).await.unwrap();
    let base = Url::parse(BASE).unwrap();
    let open = || crate::assembly::open(&lab.config, &base, &lab.vault, lab.world.clone());
    let (one, other) = tokio::join!(open(), open());
    let faults = [one.err(), other.err()];
    assert!(faults.iter().any(Option::is_none), "{faults:?}");
    let entries = lab.world.store.begin().await.unwrap();
    let kept = entries.range(&KeyRange::prefix("issuer/hanbit/did-log/"), 9).await;
    let lines = kept.unwrap().into_iter().map(|(_, line)| String::from_utf8(line).unwrap());
    let log = Log::read(lines.collect::<String>().as_bytes(), lab.clock.now()).unwrap();
    assert_eq!(log.versions().len(), 2);
}

/// What nobody would take is not kept: the log stays as it was, and can be continued when its key is there again.
#[tokio::test]
async fn an_entry_that_nobody_would_take_is_not_kept() {
    let lab = lab("did_webvh").await;
    let (next, entries) = ("issuer/hanbit/key/log/next", KeyRange::prefix("issuer/hanbit/did-log/"));
    let kept = async || lab.world.store.begin().await.unwrap().range(&entries, 9).await.unwrap();
    let before = kept().await;
    let tx = lab.world.store.begin().await.unwrap();
    let promised = tx.get(next).await.unwrap().unwrap();
    tx.clear(next);
    tx.commit().await.unwrap();
    lab.rotation(KeyPurpose::Credential).at_once(lab.clock.now()).await.unwrap();
    assert_eq!(lab.fault_at(BASE).await, DidLogError::NoKey);
    assert_eq!(kept().await, before);
    let base = Url::parse(BASE).unwrap();
    let look = async || crate::assembly::look(&lab.config, &base, &lab.vault, lab.world.clone()).await;
    assert!(matches!(look().await, Err(AssemblyError::DidLog(_, DidLogError::NoKey))));

    let tx = lab.world.store.begin().await.unwrap();
    tx.set(next, promised);
    tx.commit().await.unwrap();
    // Who only looks knows the key that signs next, and continues nothing.
    let looked = look().await.unwrap();
    assert_eq!(looked[0].issuer, lab.entries[0].issuer);
    assert_ne!(looked[0].keys, lab.entries[0].keys);
    assert_eq!(kept().await, before);
    assert!(crate::assembly::open(&lab.config, &base, &lab.vault, lab.world.clone()).await.is_ok());
    assert_eq!(kept().await.len(), 2);
}
