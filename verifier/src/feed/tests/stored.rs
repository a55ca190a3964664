//! The stored forms: what lies on disks is what this version writes, and is read by it; another version is refused.

use std::path::{Path, PathBuf};

use jigap_platform::store::{Faults, in_memory};
use jigap_platform::testing::SeededEntropy;
use jigap_wallet_core::facts::{FactId, Subject};
use jigap_wallet_core::judge::{Backing, ListName, Signer};
use jigap_wallet_core::sealing::{RecordKeys, SealBroken};
use jigap_wallet_core::time::Timestamp;
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::{Value, json};

use crate::feed::FeedError;
use crate::feed::records::{Books, Consent, Counts, Fact, Request, Rest, Said, Source};

const NOW: Timestamp = Timestamp::from_unix(1_800_000_000);

fn text(byte: u8) -> String {
    jigap_keys::base64url::encode([byte; 32])
}

pub(super) fn backing(uri: &str, index: u64) -> Backing {
    serde_json::from_value(json!({
        "signer": {
            "issuer": "https://issuer.example", "kind": "https://types.example/student-id/1",
            "header": "{\"alg\":\"ES256\",\"kid\":\"1\"}", "key": text(5), "signed": 1_799_999_000,
        },
        "place": {"list": {"issuer": "https://issuer.example", "uri": uri}, "index": index},
        "ends": 1_810_000_000,
    }))
    .unwrap()
}

/// Each form by its name, as JSON before it is sealed.
fn forms() -> Vec<(&'static str, Value)> {
    let (subject, fact) = (Subject::new(text(1)).unwrap(), FactId::new(text(2)).unwrap());
    let backing = backing("https://issuer.example/status/1", 7);
    let said = Said { issued: NOW, entries: 64, digest: text(4) };
    let list = ListName {
        issuer: "https://issuer.example".to_owned(),
        uri: "https://issuer.example/status/1".to_owned(),
    };
    let request = Request {
        consumer: "https://people.example".to_owned(),
        subject: subject.clone(),
        expires: NOW,
        accepted: true,
    };
    let kept = Fact {
        consumer: text(3),
        subject,
        consent: "AAAAAAAAAAAAAAAAAAAAAA".to_owned(),
        backing: backing.clone(),
        ends: Some(NOW),
        suspended: false,
        list_unseen: true,
        signer_unseen: false,
    };
    let form = |record: &dyn erased::Form| record.form();
    vec![
        ("request", form(&request)),
        ("consent", form(&Consent { at: NOW, facts: vec![fact] })),
        ("fact", form(&kept)),
        ("rest", form(&Rest { index: Some(7), suspended: true })),
        ("list", form(&Source { said: Some(said), ..Source::new(list, NOW) })),
        ("signer", form(&Source::<Signer>::new(backing.signer, NOW))),
    ]
}

mod erased {
    //! A record as JSON, whatever it is.

    use serde_json::Value;

    pub(super) trait Form {
        fn form(&self) -> Value;
    }

    impl<T: serde::Serialize> Form for T {
        fn form(&self) -> Value {
            serde_json::to_value(self).unwrap()
        }
    }
}

fn golden_path(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join(format!("src/feed/golden/{name}-1.json"))
}

#[test]
#[expect(clippy::disallowed_methods, reason = "goldens are files")]
fn the_stored_forms_are_those_of_their_version() {
    for (name, form) in forms() {
        let (path, form) = (golden_path(name), form.to_string() + "\n");
        if std::env::var_os("JIGAP_BLESS").is_some() {
            std::fs::create_dir_all(path.parent().unwrap()).unwrap();
            std::fs::write(&path, &form).unwrap();
        }
        let golden = std::fs::read_to_string(&path).unwrap_or_default();
        assert_eq!(form, golden, "{} is what lies on disks", path.display());
    }
}

#[test]
#[expect(clippy::disallowed_methods, reason = "goldens are files")]
fn the_stored_forms_are_read_as_they_lie() {
    fn again<T: Serialize + DeserializeOwned>(text: &str) -> String {
        let read: T = serde_json::from_str(text).unwrap();
        serde_json::to_value(&read).unwrap().to_string() + "\n"
    }
    for (name, read) in [
        ("request", again::<Request> as fn(&str) -> String),
        ("consent", again::<Consent>),
        ("fact", again::<Fact>),
        ("rest", again::<Rest>),
        ("list", again::<Source<ListName>>),
        ("signer", again::<Source<Signer>>),
    ] {
        let golden = std::fs::read_to_string(golden_path(name)).unwrap();
        assert_eq!(read(&golden), golden, "{name}");
    }
}

#[tokio::test]
async fn a_record_is_sealed_for_its_place_and_of_its_version() {
    let (keys, entropy) = (RecordKeys::from_secret(&[1; 32]), SeededEntropy::new(1));
    let books = Books { keys: &keys, entropy: &entropy };
    let store = in_memory(Faults::none()).unwrap();
    let tx = store.begin().await.unwrap();
    let rest = Rest { index: Some(7), suspended: false };
    books.write(&tx, "a", &rest).unwrap();
    assert_eq!(books.read::<Rest>(&tx, "a").await, Ok(Some(rest)));
    let stored = tx.get("a").await.unwrap().unwrap();
    assert!(!String::from_utf8(stored.clone()).unwrap().contains("index"));
    tx.set("b", &stored);
    assert_eq!(books.read::<Rest>(&tx, "b").await, Err(FeedError::Seal(SealBroken)), "of another place");
    let later = keys.seal("c", &json!({"version": 2, "index": 7, "suspended": false}), &entropy).unwrap();
    tx.set("c", later);
    assert_eq!(books.read::<Rest>(&tx, "c").await, Err(FeedError::Seal(SealBroken)), "of another version");
    let subject = Subject::new(text(1)).unwrap();
    assert_eq!(Counts::read(&tx, "people", &subject).await.unwrap().sequence, 0);
}
