//! Sessions in a store that fails, and their stored form.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use jigap_platform::store::{Fault, Faults, in_memory};
use jigap_platform::testing::SeededEntropy;
use jigap_wallet_core::vp::{ClientId, ClientMetadata, NewRequest};
use serde_json::{Value, json};
use url::Url;

use super::*;

const NOW: Timestamp = Timestamp::from_unix(1_800_000_000);
const FAULTS: [Fault; 4] =
    [Fault::Conflict, Fault::UnknownCommitted, Fault::UnknownNotCommitted, Fault::Unavailable];

struct Lab {
    store: Arc<dyn Store>,
    entropy: SeededEntropy,
    keys: RecordKeys,
    new: NewSession,
}

impl Lab {
    /// A prepared session of the same-device flow, and a store whose commits fail as `faults` says.
    fn new(faults: Faults) -> Self {
        let (entropy, keys) = (SeededEntropy::new(5), RecordKeys::from_secret(&[7; 32]));
        let client_id = ClientId::parse("x509_san_dns:gate.example").unwrap();
        let metadata = json!({"dc+sd-jwt": {}}).as_object().unwrap().clone();
        let request = NewRequest {
            client_id: &client_id,
            response_uri: &Url::parse("https://gate.example/verifier/response/x").unwrap(),
            query: &json!({"credentials": [{
                "id": "a", "format": "dc+sd-jwt", "meta": {"vct_values": ["https://types.example/a"]}
            }]}),
            consent: None,
            client_metadata: &ClientMetadata::new(metadata, Vec::new(), Vec::new()),
            lifetime: LIFETIME,
        };
        let question = Question {
            sent: request.build(&entropy, NOW).unwrap(),
            policy: PolicyOf::Template("enrolled".to_owned()),
            flow: Flow::SameDevice { redirect_uri: "https://shop.example/back".to_owned() },
        };
        let id = new_id(&entropy);
        let new = Session::prepare(id, &question, Some("{}"), &keys, NOW, &entropy).unwrap();
        Self { store: in_memory(faults).unwrap(), entropy, keys, new }
    }

    async fn open(&self) -> Result<(), SessionError> {
        open(&*self.store, &self.new).await
    }

    async fn answer(&self, word: &str) -> Result<(), SessionError> {
        let [verdict, claims] =
            [json!({"accepted": true}), json!({"word": word})].map(|part| to_raw_value(&part).unwrap());
        let answer = Answer { verdict, claims, offer: None };
        let taken = (&answer, Some("code"));
        super::answer(&*self.store, &self.new.id, taken, &self.keys, NOW, &self.entropy).await
    }

    async fn decline(&self) -> Result<(), SessionError> {
        decline(&*self.store, &self.new.id, "access_denied", NOW).await
    }

    async fn redeem(&self, secret: &str, code: &str) -> Result<String, SessionError> {
        let read = redeem(&*self.store, &self.new.id, (secret, code), &self.keys, &self.entropy).await;
        let word =
            |answer: Answer| serde_json::from_str::<Value>(answer.claims.get()).unwrap()["word"].clone();
        read.map(|answer| word(answer).as_str().unwrap().to_owned())
    }

    async fn stored(&self) -> Option<String> {
        let tx = self.store.begin().await.unwrap();
        let bytes = tx.get(places::session(&self.new.id)).await.unwrap()?;
        Some(String::from_utf8(bytes).unwrap() + "\n")
    }

    async fn put(&self, text: &str) {
        transact(&*self.store, |tx| async move {
            tx.set(places::session(&self.new.id), text.as_bytes());
            Ok::<_, StoreError>(())
        })
        .await
        .unwrap();
    }
}

fn unavailable(fault: Fault) -> Result<(), SessionError> {
    // A conflict and an unknown outcome are settled; of what was not written at all the caller is told.
    if fault == Fault::Unavailable { Err(SessionError::Store(StoreError::Unavailable)) } else { Ok(()) }
}

#[tokio::test]
async fn a_store_that_fails_at_any_step_loses_nothing_and_takes_nothing_twice() {
    for fault in FAULTS {
        for step in 1..=3 {
            let lab = Lab::new(Faults::at([(step, fault)]));
            let at = |now: u64| if now == step { unavailable(fault) } else { Ok(()) };
            assert_eq!(lab.open().await, at(1), "{fault:?} at {step}");
            if at(1).is_err() {
                assert_eq!(lab.stored().await, None);
                lab.open().await.unwrap();
            }
            let first = lab.answer("one").await;
            assert_eq!(first, at(2), "{fault:?} at {step}");
            let second = lab.answer("two").await;
            let expected = if first.is_ok() { Err(SessionError::AlreadyAnswered) } else { Ok(()) };
            assert_eq!(second, expected, "{fault:?} at {step}");
            assert_eq!(lab.decline().await, Err(SessionError::AlreadyAnswered));
            let word = if first.is_ok() { "one" } else { "two" };
            let read = lab.redeem(&lab.new.secret, "code").await;
            let again = lab.redeem(&lab.new.secret, "code").await;
            match (at(3), at(2)) {
                // The failed answer took the third commit's place.
                (Err(error), Ok(())) => {
                    assert_eq!((read, again), (Err(error), Ok(word.to_owned())));
                }
                _ => assert_eq!((read, again), (Ok(word.to_owned()), Err(SessionError::AlreadyRead))),
            }
            assert_eq!(lab.redeem(&lab.new.secret, "code").await, Err(SessionError::AlreadyRead));
        }
    }
}

#[tokio::test]
async fn a_refusal_of_the_wallet_is_stored_once_whatever_the_store_does() {
    for fault in FAULTS {
        let lab = Lab::new(Faults::at([(2, fault)]));
        lab.open().await.unwrap();
        let declined = lab.decline().await;
        assert_eq!(declined, unavailable(fault));
        let again = lab.decline().await;
        assert_eq!(again.is_ok(), declined.is_err(), "{fault:?}");
        assert_eq!(lab.answer("x").await, Err(SessionError::AlreadyAnswered));
        let told = result(&*lab.store, &lab.new.id, &lab.new.secret, &lab.keys, NOW).await;
        assert!(matches!(told, Ok(Progressed::Declined(error)) if error == "access_denied"));
    }
}

#[tokio::test]
async fn a_store_that_stays_unknown_says_so() {
    let lab = Lab::new(Faults::at((2..20).map(|commit| (commit, Fault::UnknownNotCommitted))));
    lab.open().await.unwrap();
    assert_eq!(lab.answer("x").await, Err(SessionError::Store(StoreError::Unknown)));
    assert_eq!(lab.redeem(&lab.new.secret, "code").await, Err(SessionError::OtherCode), "nothing was taken");
}

#[tokio::test]
async fn of_readings_at_once_one_gets_the_answer_and_guesses_use_up_nothing() {
    let lab = Lab::new(Faults::none());
    lab.open().await.unwrap();
    lab.answer("x").await.unwrap();
    let secret = lab.new.secret.as_str();
    for (secret, code) in [(secret, "other"), ("other", "code"), ("code", secret), (secret, "")] {
        let told = lab.redeem(secret, code).await.unwrap_err();
        assert!(matches!(told, SessionError::Unknown | SessionError::OtherCode), "{told}");
    }
    let told = result(&*lab.store, &lab.new.id, secret, &lab.keys, NOW).await;
    assert!(matches!(told, Err(SessionError::OtherCode)), "the secret alone is what an attacker has");
    let (one, two, three) =
        tokio::join!(lab.redeem(secret, "code"), lab.redeem(secret, "code"), lab.redeem(secret, "code"));
    let read = [one, two, three].into_iter().filter(Result::is_ok).count();
    assert_eq!(read, 1);
}

/// Every stored form, as this version writes it: whoever changes it gives it a new version and keeps reading this one.
#[tokio::test]
#[expect(clippy::disallowed_methods, reason = "goldens are files")]
async fn the_stored_form_is_that_of_its_version() {
    let lab = Lab::new(Faults::none());
    let mut forms = Vec::new();
    lab.open().await.unwrap();
    forms.push(("open", lab.stored().await.unwrap()));
    lab.answer("x").await.unwrap();
    forms.push(("answered", lab.stored().await.unwrap()));
    lab.redeem(&lab.new.secret, "code").await.unwrap();
    forms.push(("redeemed", lab.stored().await.unwrap()));
    lab.open().await.unwrap();
    lab.decline().await.unwrap();
    forms.push(("declined", lab.stored().await.unwrap()));
    for (name, form) in forms {
        let path = golden_path(VERSION, name);
        if std::env::var_os("JIGAP_BLESS").is_some() {
            std::fs::write(&path, &form).unwrap();
        }
        assert_eq!(form, golden(VERSION, name), "{} is what lies on disks", path.display());
    }
}

/// A session that any version stored goes on from where it stood.
#[tokio::test]
async fn the_stored_forms_of_every_version_are_read() {
    for version in READ {
        let lab = Lab::new(Faults::none());
        lab.open().await.unwrap();
        lab.put(golden(version, "open").trim()).await;
        let session = find(&*lab.store, &lab.new.id).await.unwrap();
        assert_eq!(session.standing(NOW), Ok(()));
        assert_eq!(session.question().unwrap().sent.state(), "XGXZzCKuPm8VSuke8LatT_XRTiREpo6m");
        assert_eq!(&**session.private_key(&lab.new.id, &lab.keys).unwrap().unwrap(), "{}");
        lab.answer("y").await.unwrap();
        assert_eq!(lab.redeem(&lab.new.secret, "code").await, Ok("y".to_owned()));
        lab.put(golden(version, "answered").trim()).await;
        assert_eq!(lab.answer("y").await, Err(SessionError::AlreadyAnswered));
        assert_eq!(lab.redeem(&lab.new.secret, "code").await, Ok("x".to_owned()));
        lab.put(golden(version, "redeemed").trim()).await;
        assert_eq!(lab.redeem(&lab.new.secret, "code").await, Err(SessionError::AlreadyRead));
        lab.put(golden(version, "declined").trim()).await;
        let told = result(&*lab.store, &lab.new.id, &lab.new.secret, &lab.keys, NOW).await;
        assert!(matches!(told, Ok(Progressed::Declined(error)) if error == "access_denied"));
    }
}

#[tokio::test]
async fn an_ended_session_keeps_neither_question_nor_key() {
    let lab = Lab::new(Faults::none());
    lab.open().await.unwrap();
    let nonce = lab.new.session.question().unwrap().sent.nonce().to_owned();
    assert!(lab.stored().await.unwrap().contains(&nonce));
    lab.answer("x").await.unwrap();
    let stored = lab.stored().await.unwrap();
    assert!(!stored.contains(&nonce) && stored.contains("\"sealed_key\":null"), "{stored}");
    let session = find(&*lab.store, &lab.new.id).await.unwrap();
    assert_eq!(session.question().err(), Some(SealBroken));
}

fn golden_path(version: u8, name: &str) -> PathBuf {
    let file = format!("src/session/golden/session-{version}-{name}.json");
    Path::new(env!("CARGO_MANIFEST_DIR")).join(file)
}

#[expect(clippy::disallowed_methods, reason = "goldens are files")]
fn golden(version: u8, name: &str) -> String {
    std::fs::read_to_string(golden_path(version, name)).unwrap_or_default()
}

#[tokio::test]
async fn a_form_of_another_version_or_none_is_refused() {
    let lab = Lab::new(Faults::none());
    lab.open().await.unwrap();
    let stored = lab.stored().await.unwrap();
    for (text, error) in [
        (stored.replace("\"version\":2", "\"version\":9"), SessionError::OtherVersion),
        ("{\"version\": 9, \"other\": []}".to_owned(), SessionError::OtherVersion),
        ("{\"version\": 1}".to_owned(), SessionError::Seal(SealBroken)),
        ("{\"version\": 2}".to_owned(), SessionError::Seal(SealBroken)),
        ("nonsense".to_owned(), SessionError::Seal(SealBroken)),
    ] {
        lab.put(&text).await;
        assert_eq!(find(&*lab.store, &lab.new.id).await.err(), Some(error), "{text}");
        assert_eq!(lab.answer("x").await, Err(error));
    }
}
