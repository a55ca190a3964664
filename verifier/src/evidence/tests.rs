//! How long the library keeps what it fetched, and how much.

use std::collections::BTreeMap;

use jigap_keys::{KeyType, PrivateKey};
use jigap_platform::testing::{LoopbackFetch, ManualClock, SeededEntropy};
use jigap_wallet_core::dcql::Query;
use jigap_wallet_core::did::{Did, jwk_did};
use jigap_wallet_core::jose::Header;
use jigap_wallet_core::judge::{Asked, Judge};
use jigap_wallet_core::sdjwt::{SdJwtVc, SdJwtVcBuilder};
use jigap_wallet_core::status::{self, StatusBits, StatusList, StatusListToken, StatusValue};
use jigap_wallet_core::trust::{Authorities, Mechanism, Names, TrustEntry, TrustList, TrustListContent};
use serde_json::{Value, json};

use super::*;

const VCT: &str = "https://types.example/student-id/1";
const ASKED: Asked<'_> = Asked { audience: "x509_san_dns:gate.example", nonce: "n-0123456789" };
const FIRST: &str = "https://uni.example/lists/0";
const AGE_NONE: Policy = Policy {
    max_status_age: None,
    clock_skew: Seconds(60),
    max_presentation_age: Seconds(300),
    refuse_status_messages: false,
};

/// A library, a university with status lists, and a student.
struct Shelf {
    library: Library,
    fetch: Arc<LoopbackFetch>,
    clock: Arc<ManualClock>,
    entropy: SeededEntropy,
    issuer: PrivateKey,
    holder: PrivateKey,
    trust: TrustList,
}

/// What a list and the headers it comes with say of how long it may be kept.
#[derive(Clone, Copy, Default)]
struct Times {
    ttl: Option<u32>,
    lasts: Option<u32>,
    max_age: Option<u32>,
    age: u32,
}

impl Shelf {
    fn new() -> Self {
        let entropy = SeededEntropy::new(7);
        let clock = Arc::new(ManualClock::at(Timestamp::from_unix(1_800_000_000)));
        let fetch = Arc::new(LoopbackFetch::new());
        let key = || PrivateKey::generate(KeyType::P256, &entropy);
        let (issuer, holder, publisher) = (key(), key(), key());
        let trust = trust(&issuer, &publisher, clock.now());
        let library = Library::new(Arc::clone(&fetch) as _, Arc::clone(&clock) as _);
        Self { library, fetch, clock, entropy, issuer, holder, trust }
    }

    fn header(&self) -> Header {
        Header::for_key(self.issuer.public()).unwrap().kid(format!("{}#0", jwk_did(self.issuer.public())))
    }

    /// The host has a list signed now, in which place 1 is revoked.
    fn publish(&self, uri: &str, times: Times) {
        let mut list = StatusList::new(StatusBits::new(1).unwrap(), 8);
        list.set(1, StatusValue::INVALID).unwrap();
        let now = self.clock.now();
        let token = StatusListToken {
            uri: uri.to_owned(),
            issued_at: now,
            expires: times.lasts.map(|span| now.plus(Seconds(span))),
            ttl: times.ttl.map(Seconds),
            aggregation_uri: None,
            list,
        };
        self.host(uri, times, token.sign(self.header(), &self.issuer).unwrap());
    }

    fn host(&self, uri: &str, times: Times, body: String) {
        let answer = HttpResponse {
            status: 200,
            content_type: status::MEDIA_TYPE.to_owned(),
            max_age: times.max_age,
            age: times.age,
            dpop_nonce: None,
            body: body.into_bytes(),
        };
        self.fetch.answer(uri, Ok(answer));
    }

    /// A presentation of a student ID whose status is at `place` of the list at `uri`.
    fn presentation(&self, uri: &str, place: u64) -> Value {
        let now = self.clock.now();
        let claims = json!({
            "iss": jwk_did(self.issuer.public()), "vct": VCT, "iat": now, "exp": now.plus(Seconds(100_000)),
            "status": {"status_list": {"uri": uri, "idx": place}},
        });
        let credential = SdJwtVcBuilder::new(claims.as_object().unwrap().clone())
            .holder(self.holder.public().clone())
            .build(self.header().typ("dc+sd-jwt"), &self.entropy)
            .unwrap()
            .sign(&self.issuer)
            .unwrap();
        let held = SdJwtVc::parse(&credential).unwrap().verify(self.issuer.public()).unwrap();
        let bound = held.present(&[]).unwrap().bind(ASKED.audience, ASKED.nonce, now, self.holder.public());
        json!(bound.unwrap().sign(&self.holder).unwrap())
    }

    /// Whether the presentations are accepted now, and how many documents were fetched for that.
    async fn judge(&self, presentations: Vec<Value>, policy: Policy) -> (bool, usize) {
        let query = json!({"credentials": [{
            "id": "student", "format": "dc+sd-jwt", "multiple": true, "meta": {"vct_values": [VCT]},
        }]});
        let query = Query::parse(&query).unwrap();
        let presented = BTreeMap::from([("student".to_owned(), presentations)]);
        let judge = Judge::new(&self.trust, self.clock.now(), policy);
        let mut response = judge.read_response(&presented, &query).unwrap();
        let documents = self.library.gather(&mut response, &policy).await;
        let accepted = response.judge(&ASKED, &documents).accepted();
        (accepted, self.fetch.take_requests().len())
    }

    /// The same for one credential that is not revoked.
    async fn student(&self, max_status_age: Option<u32>) -> (bool, usize) {
        let policy = Policy { max_status_age: max_status_age.map(Seconds), ..AGE_NONE };
        self.judge(vec![self.presentation(FIRST, 0)], policy).await
    }

    fn later(&self, seconds: u32) {
        self.clock.advance(Seconds(seconds));
    }
}

fn trust(issuer: &PrivateKey, publisher: &PrivateKey, now: Timestamp) -> TrustList {
    let did = jwk_did(issuer.public());
    let entry = TrustEntry {
        mechanism: Mechanism::Did(Did::parse(&did).unwrap().into()),
        issuer: did,
        names: Names { ko: "한빛대학교".into(), en: "Hanbit University".into() },
        keys: None,
        types: vec![VCT.to_owned()],
        valid_from: now.minus(Seconds(1)),
        valid_until: now.plus(Seconds(1_000_000)),
        withdrawn_since: None,
        passes: jigap_wallet_core::trust::PassTerms::default(),
        authorities: Authorities::default(),
        status_issuers: Vec::new(),
    };
    let content = TrustListContent {
        publisher: "https://trust.example".into(),
        id: "https://trust.example/list".into(),
        version: 1,
        issued_at: now,
        expires_at: now.plus(Seconds(1_000_000)),
        entries: vec![entry],
    };
    let jwt = content.issue(publisher, None).unwrap();
    TrustList::verify(&jwt, &content.id, publisher.public(), now).unwrap()
}

#[tokio::test]
async fn a_list_is_fetched_again_after_its_ttl_whatever_the_headers_allow() {
    let shelf = Shelf::new();
    let times = Times { ttl: Some(300), lasts: Some(90_000), max_age: Some(86_400), age: 0 };
    shelf.publish(FIRST, times);
    assert_eq!(shelf.student(None).await, (true, 1));
    shelf.later(299);
    assert_eq!(shelf.student(None).await, (true, 0), "no header said it must be fetched earlier");
    shelf.later(1);
    assert_eq!(shelf.student(None).await, (true, 1));
    assert_eq!(shelf.student(None).await, (true, 0));
    // Without a `max-age` it is kept as long.
    shelf.publish(FIRST, Times { max_age: None, ..times });
    shelf.later(300);
    assert_eq!(shelf.student(None).await, (true, 1));
    shelf.later(299);
    assert_eq!(shelf.student(None).await, (true, 0));
}

#[tokio::test]
async fn a_list_is_fetched_again_when_it_expires_though_policy_and_ttl_would_keep_it() {
    for (ttl, policy) in [(Some(5000), None), (Some(50), Some(5000)), (None, None)] {
        let shelf = Shelf::new();
        let times = Times { ttl, lasts: Some(100), max_age: Some(86_400), age: 0 };
        shelf.publish(FIRST, times);
        assert_eq!(shelf.student(policy).await, (true, 1));
        shelf.later(99);
        assert_eq!(shelf.student(policy).await, (true, 0));
        shelf.later(1);
        shelf.publish(FIRST, times);
        assert_eq!(shelf.student(policy).await, (true, 1), "{ttl:?} {policy:?}");
        // A host that goes on with what has ended is asked once for each judgement, and refused.
        shelf.later(100);
        assert_eq!(shelf.student(policy).await, (false, 1));
        assert_eq!(shelf.student(policy).await, (false, 1));
    }
}

#[tokio::test]
async fn a_policys_age_goes_before_ttl_and_zero_asks_each_time() {
    let shelf = Shelf::new();
    shelf.publish(FIRST, Times { ttl: Some(300), lasts: Some(90_000), max_age: Some(86_400), age: 0 });
    assert_eq!(shelf.student(Some(20)).await, (true, 1));
    shelf.later(19);
    assert_eq!(shelf.student(Some(20)).await, (true, 0));
    shelf.later(1);
    assert_eq!(shelf.student(Some(20)).await, (true, 1));
    assert_eq!(shelf.student(Some(0)).await, (true, 1));
    assert_eq!(shelf.student(Some(0)).await, (true, 1));
    shelf.later(280);
    assert_eq!(shelf.student(Some(1000)).await, (true, 0), "fetched 280 s ago");
    // 1300 s after it was signed, no interval and age together cover it.
    shelf.later(900);
    assert_eq!(shelf.student(Some(1200)).await, (true, 0));
    shelf.later(301);
    assert_eq!(shelf.student(Some(1200)).await, (false, 1));
}

#[tokio::test]
async fn what_a_cache_had_counts_from_when_the_cache_got_it_and_caches_are_asked_to_look() {
    let shelf = Shelf::new();
    shelf.publish(FIRST, Times { ttl: Some(300), lasts: None, max_age: Some(86_400), age: 200 });
    shelf.later(200);
    let presentation = vec![shelf.presentation(FIRST, 0)];
    let query = json!({"credentials": [{"id": "a", "format": "dc+sd-jwt", "meta": {"vct_values": [VCT]}}]});
    let query = Query::parse(&query).unwrap();
    let judge = Judge::new(&shelf.trust, shelf.clock.now(), AGE_NONE);
    let presented = BTreeMap::from([("a".to_owned(), presentation)]);
    let mut response = judge.read_response(&presented, &query).unwrap();
    let documents = shelf.library.gather(&mut response, &AGE_NONE).await;
    assert!(response.judge(&ASKED, &documents).accepted());
    let requests = shelf.fetch.take_requests();
    assert_eq!(requests.len(), 1);
    assert!(requests[0].headers.contains(&("cache-control", "no-cache".to_owned())));
    shelf.later(99);
    assert_eq!(shelf.student(None).await, (true, 0));
    shelf.later(1);
    assert_eq!(shelf.student(None).await.1, 1);
}

#[tokio::test]
async fn a_list_that_does_not_verify_is_looked_for_again_after_a_minute() {
    let shelf = Shelf::new();
    let times = Times { ttl: Some(300), lasts: None, max_age: Some(86_400), age: 0 };
    shelf.host(FIRST, times, "not a list".to_owned());
    assert_eq!(shelf.student(None).await, (false, 1));
    shelf.later(59);
    assert_eq!(shelf.student(None).await, (false, 0));
    shelf.publish(FIRST, times);
    shelf.later(1);
    assert_eq!(shelf.student(None).await, (true, 1));
}

#[tokio::test]
async fn a_revoked_place_is_refused_from_the_kept_list_too() {
    let shelf = Shelf::new();
    shelf.publish(FIRST, Times { ttl: Some(300), ..Times::default() });
    assert_eq!(shelf.student(None).await, (true, 1));
    assert_eq!(shelf.judge(vec![shelf.presentation(FIRST, 1)], AGE_NONE).await, (false, 0));
}

#[tokio::test]
async fn one_response_makes_us_fetch_no_more_than_so_many_documents() {
    let shelf = Shelf::new();
    let mut fetched = 0;
    let mut found = Vec::new();
    for number in 0..=MOST_FETCHED {
        let url = format!("https://uni.example/keys/{number}");
        shelf.fetch.serve(&url, "application/json", "{}");
        let need = Need::json(Url::parse(&url).unwrap());
        found.push(shelf.library.document(&need, &AGE_NONE, &mut fetched).await.is_some());
    }
    assert_eq!((found.pop(), found), (Some(false), vec![true; MOST_FETCHED]));
    assert_eq!((fetched, shelf.fetch.take_requests().len()), (MOST_FETCHED, MOST_FETCHED));
    let first = Need::json(Url::parse("https://uni.example/keys/0").unwrap());
    assert!(shelf.library.document(&first, &AGE_NONE, &mut fetched).await.is_some(), "it is kept");
    shelf.later(60);
    assert!(shelf.library.document(&first, &AGE_NONE, &mut fetched).await.is_none());
    assert!(shelf.library.document(&first, &AGE_NONE, &mut 0).await.is_some(), "for another response");
}

#[test]
fn documents_and_bytes_kept_are_bounded() {
    let shelf = Shelf::new();
    let count = || shelf.library.kept.lock().unwrap().len();
    let keep = |number: usize, bytes: usize| {
        let url = Url::parse(&format!("https://uni.example/{number}")).unwrap();
        let document = Document { bytes: vec![b' '; bytes], fetched_at: shelf.clock.now(), max_age: None };
        shelf.library.keep(url, document);
    };
    (0..KEPT).for_each(|number| keep(number, 1));
    assert_eq!(count(), KEPT);
    keep(KEPT, 1);
    assert_eq!(count(), 1);
    keep(0, KEPT_BYTES - 1);
    assert_eq!(count(), 2);
    keep(1, 1);
    assert_eq!(count(), 1);
}
