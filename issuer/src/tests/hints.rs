//! Hints: sent when a list changed and not else, signed by the key that signs lists, again where they do not arrive.

use std::time::Duration;

use jigap_platform::testing::LoopbackFetch;
use jigap_wallet_core::documents::{Document, Documents};
use jigap_wallet_core::facts::hint::{Hint, MEDIA_TYPE};
use jigap_wallet_core::ports::{FetchError, HttpRequest, HttpResponse};
use jigap_wallet_core::time::Seconds;
use jigap_wallet_core::trust::{TrustList, TrustListContent};

use super::*;

const ADDRESS: &str = "https://verifier.example/v1/feed/hints";
const DEAD: &str = "https://dead.example/v1/feed/hints";

fn taken(status: u16) -> Result<HttpResponse, FetchError> {
    let (content_type, body) = (String::new(), Vec::new());
    Ok(HttpResponse { status, content_type, max_age: None, age: 0, dpop_nonce: None, body })
}

impl Lab {
    async fn hinting(addresses: &[&str]) -> Self {
        let addresses = json!(addresses);
        Self::configured(Faults::none(), |config| config["tenants"]["hanbit"]["hints"] = addresses).await
    }

    /// Hints for so many milliseconds, while something is done.
    async fn hint(&self, fetch: &LoopbackFetch, milliseconds: u64, done: impl Future<Output = ()>) {
        let base = Url::parse(BASE).unwrap();
        let assembled = assembly::open(&self.config, &base, &self.vault, self.world.clone()).await.unwrap();
        let end = tokio::time::sleep(Duration::from_millis(milliseconds));
        tokio::join!(assembled.issuer.hint(fetch, end), done);
    }

    async fn revoke(&self) {
        tokio::time::sleep(Duration::from_millis(100)).await;
        let body = json!({"reference": "20210042", "reason": "left"}).to_string();
        assert_eq!(self.admin("credentials/revoke", "9", &body).await.status, 200);
    }

    /// The list that a hint names, verified as a verifier does.
    async fn verified(&self, request: &HttpRequest) -> String {
        let content = TrustListContent {
            publisher: "https://trust.example".to_owned(),
            id: "https://trust.example/list".to_owned(),
            version: 1,
            issued_at: self.clock.now(),
            expires_at: self.clock.now().plus(Seconds(1000)),
            entries: self.entries.clone(),
        };
        let publisher = PrivateKey::generate(KeyType::P256, &*self.entropy);
        let jwt = content.issue(&publisher, None).unwrap();
        let trust = TrustList::verify(&jwt, &content.id, publisher.public(), self.clock.now()).unwrap();
        let hint = Hint::parse(std::str::from_utf8(&request.body).unwrap()).unwrap();
        assert_eq!(hint.require_current(self.clock.now()), Ok(()));
        let mut documents = Documents::new();
        while let Some(need) = hint.needs(&trust, &documents, self.clock.now()).pop() {
            let bytes = self.get(need.url.path()).await.text.into_bytes();
            documents.insert(need.url, Document { bytes, fetched_at: self.clock.now(), max_age: None });
        }
        let list = hint.verify(&trust, &documents, self.clock.now()).unwrap();
        assert_eq!(list.issuer, ISSUER);
        list.uri
    }
}

#[tokio::test]
async fn a_changed_list_is_hinted_and_an_unchanged_one_is_not() {
    let (lab, fetch) = (Lab::hinting(&[ADDRESS]).await, LoopbackFetch::new());
    fetch.answer(ADDRESS, taken(202));
    let copy = copies(&lab.issue(&lab.token("1").await).await).remove(0);
    lab.hint(&fetch, 1800, lab.revoke()).await;
    let sent = fetch.take_requests();
    assert_eq!(sent.len(), 2, "at the start, and when it changed");
    for request in &sent {
        assert!(request.headers.contains(&("content-type", MEDIA_TYPE.to_owned())));
        let uri = lab.verified(request).await;
        assert_eq!(claims(&copy)["status"]["status_list"]["uri"], uri.as_str());
    }
}

#[tokio::test]
async fn a_hint_that_does_not_arrive_is_sent_again_and_keeps_no_other_waiting() {
    let (lab, fetch) = (Lab::hinting(&[DEAD, ADDRESS]).await, LoopbackFetch::new());
    fetch.answer(DEAD, Err(FetchError::Unreachable));
    fetch.answer(ADDRESS, taken(503));
    lab.issue(&lab.token("1").await).await;
    let mend = async {
        tokio::time::sleep(Duration::from_millis(100)).await;
        fetch.answer(ADDRESS, taken(202));
        for _ in 0..5 {
            lab.clock.advance(Seconds(100));
            tokio::time::sleep(Duration::from_millis(600)).await;
        }
    };
    lab.hint(&fetch, 3400, mend).await;
    let sent = fetch.take_requests();
    let to = |address: &str| sent.iter().filter(|request| request.url.as_str() == address).count();
    assert_eq!((to(ADDRESS), to(DEAD)), (2, 5), "until it is taken, or five times");
}

#[tokio::test]
async fn what_a_verifier_refuses_is_not_sent_again() {
    let (lab, fetch) = (Lab::hinting(&[ADDRESS]).await, LoopbackFetch::new());
    fetch.answer(ADDRESS, taken(403));
    lab.issue(&lab.token("1").await).await;
    let later = async { lab.clock.advance(Seconds(100)) };
    lab.hint(&fetch, 1200, later).await;
    assert_eq!(fetch.take_requests().len(), 1, "nothing rests on that list there");
}

#[tokio::test]
async fn addresses_that_may_not_be_fetched_are_refused_at_the_start() {
    let lab = Lab::new().await;
    let many = vec!["https://a.example/x"; 17];
    for addresses in [json!(["http://verifier.example/x"]), json!(many)] {
        let mut config =
            json!({"tenants": {"hanbit": {"name": {"ko": "한", "en": "H"}, "types": ["student-id"]}}});
        config["tenants"]["hanbit"]["hints"] = addresses;
        let config: IssuerConfig = serde_json::from_value(config).unwrap();
        let opened = assembly::open(&config, &Url::parse(BASE).unwrap(), &lab.vault, lab.world.clone()).await;
        assert!(opened.err().unwrap().to_string().contains("hints"));
    }
}
