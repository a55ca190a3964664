//! What the process says while a person gets a credential and shows it: nothing about the person, and no secret.
//!
//! Everything is captured at TRACE but what carries the bytes (`hyper`, `rustls`, `reqwest`): those print what they carry
//! at that level, which `platform::telemetry` tells operators never to turn on.

use std::io;
use std::sync::{Arc, Mutex};

use jigap_keys::base64url;
use tracing_subscriber::EnvFilter;
use tracing_subscriber::layer::SubscriberExt as _;
use tracing_subscriber::util::SubscriberInitExt as _;
use url::Url;

use super::world::{BOX_KEY, TOKEN, World};
use super::{store, student};

/// What was written to the log.
#[derive(Clone, Default)]
struct Captured(Arc<Mutex<Vec<u8>>>);

impl io::Write for Captured {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.lock().unwrap().extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl Captured {
    /// Starts capturing, for the whole process.
    fn start() -> Self {
        let (captured, filter) =
            (Self::default(), EnvFilter::new("trace,hyper=info,hyper_util=info,rustls=info,reqwest=info"));
        let writer = captured.clone();
        let lines = tracing_subscriber::fmt::layer().with_writer(move || writer.clone()).with_ansi(false);
        tracing_subscriber::registry().with(filter).with(lines).init();
        captured
    }

    fn text(&self) -> String {
        String::from_utf8(self.0.lock().unwrap().clone()).unwrap()
    }
}

#[tokio::test]
async fn nothing_about_the_person_and_no_secret_reaches_the_log() {
    let captured = Captured::start();
    let world = World::start().await;
    let wallet = world.new_wallet(&store()).await;
    let (link, tx_code) = world.offer("registrars-own-key-1985").await;
    let offered = wallet.look_at_offer(&link).await.unwrap();
    let wrong = if tx_code == "000000" { "000001" } else { "000000" };
    wallet.accept(&offered, Some(wrong)).await.unwrap_err();
    wallet.accept(&offered, Some(&tx_code)).await.unwrap();
    let question = world.ask().await;
    let asking = wallet.look_at_request(&question.link, None).await.unwrap();
    wallet.present(asking).await.unwrap();
    assert_eq!(world.result(&question).await.0, 200);
    world.suspend("registrars-own-key-1985").await;
    drop(student(&world).await);

    let log = captured.text();
    assert!(log.lines().count() > 10, "the log was captured: {log}");
    let offer = Url::parse(&link).unwrap();
    let value = offer.query_pairs().next().unwrap().1.into_owned();
    let personal = ["김하늘", "하늘", "20260417", "2005-07-11", "registrars-own-key-1985", "한빛대학교"];
    let secrets =
        [TOKEN, &value, &question.secret, &base64url::encode(BOX_KEY), "\"d\":", "PRIVATE KEY", "eyJ"];
    for planted in personal.iter().chain(&secrets) {
        assert!(!log.contains(planted), "{planted} is in the log:\n{log}");
    }
    // Six digits may stand in a time or a port by chance: the code would be a word or a value of its own.
    let words = |c: char| !c.is_ascii_alphanumeric() && c != '.';
    assert!(
        !log.split(words).any(|word| word == tx_code || word == wrong),
        "a transaction code is in the log:\n{log}"
    );
}
