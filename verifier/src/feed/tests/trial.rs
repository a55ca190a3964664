//! A trial: two thousand lists, of which one is slow, one dead and one lies; facts on each; revocations with a hint and without. How long
//! it took until consumers were told is printed.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use async_trait::async_trait;
use jigap_keys::{KeyType, PrivateKey, base64url};
use jigap_platform::clock::SystemClock;
use jigap_platform::http::TokenHash;
use jigap_platform::secrets::Vault;
use jigap_platform::store::{Faults, in_memory};
use jigap_platform::testing::SeededEntropy;
use jigap_wallet_core::did::{Did, jwk_did};
use jigap_wallet_core::facts::{Claim, FactEvent, FactId, Says, Subject, VerifiedClaim, What, Why, hint};
use jigap_wallet_core::jose::Header;
use jigap_wallet_core::judge::{Backing, ListName};
use jigap_wallet_core::ports::{Clock, Fetch, FetchError, HttpRequest, HttpResponse, transact};
use jigap_wallet_core::status::{self, StatusBits, StatusList, StatusListToken, StatusValue};
use jigap_wallet_core::time::Seconds;
use jigap_wallet_core::trust::{
    Authorities, Mechanism, Names, PassTerms, TrustEntry, TrustList, TrustListContent,
};
use serde_json::json;
use url::Url;

use crate::assembly::{self, World};
use crate::feed::found::Found;
use crate::feed::records::{Fact, Request};
use crate::feed::watch::Watcher;
use crate::feed::{Feed, FeedError, outbox};
use crate::http::Hosted;

const KIND: &str = "https://types.example/licence/1";
const PEOPLE: &str = "https://people.example";
const LISTS: usize = 2000;
const SLOW: usize = 3;
const DEAD: usize = 4;
const LYING: usize = 5;
/// Facts on one list.
const OF_ONE: u64 = 2;

/// Two thousand issuers' hosts.
struct Town {
    issuer: PrivateKey,
    stranger: PrivateKey,
    revoked: Mutex<BTreeSet<usize>>,
    broken: Mutex<bool>,
    fetched: Mutex<usize>,
}

fn uri(number: usize) -> String {
    format!("https://l{number}.example/status")
}

impl Town {
    fn did(&self) -> String {
        jwk_did(self.issuer.public())
    }

    fn header(&self) -> Header {
        Header::for_key(self.issuer.public()).unwrap().kid(format!("{}#0", self.did()))
    }

    fn list(&self, number: usize) -> String {
        let mut list = StatusList::new(StatusBits::new(2).unwrap(), 1024);
        if self.revoked.lock().unwrap().contains(&number) {
            list.set(0, StatusValue::INVALID).unwrap();
        }
        let now = SystemClock.now();
        let lies = number == LYING && *self.broken.lock().unwrap();
        let token = StatusListToken {
            uri: uri(number),
            issued_at: now,
            expires: Some(now.plus(Seconds(3600))),
            ttl: Some(Seconds(300)),
            aggregation_uri: None,
            list,
        };
        token.sign(self.header(), if lies { &self.stranger } else { &self.issuer }).unwrap()
    }
}

#[async_trait]
impl Fetch for Town {
    async fn send(&self, request: HttpRequest) -> Result<HttpResponse, FetchError> {
        let host = request.url.host_str().unwrap_or_default();
        let number: usize = host.trim_start_matches('l').split('.').next().unwrap().parse().unwrap();
        *self.fetched.lock().unwrap() += 1;
        let broken = *self.broken.lock().unwrap();
        match number {
            SLOW if broken => {
                // As the guard does, whose clock runs over all of it.
                tokio::time::sleep(Duration::from_millis(request.limits.timeout_ms)).await;
                return Err(FetchError::TimedOut);
            }
            DEAD if broken => return Err(FetchError::Unreachable),
            _ => tokio::time::sleep(Duration::from_millis(5)).await,
        }
        Ok(HttpResponse {
            status: 200,
            content_type: status::MEDIA_TYPE.to_owned(),
            max_age: None,
            age: 0,
            dpop_nonce: None,
            body: self.list(number).into_bytes(),
        })
    }
}

async fn hosted(town: &Arc<Town>) -> Arc<Hosted> {
    let folder = tempfile::tempdir().unwrap();
    let (path, entropy) = (folder.path().join("master.key"), Arc::new(SeededEntropy::new(1)));
    Vault::init(&path, &*entropy).unwrap();
    let vault = Vault::open_file(&path, Arc::clone(&entropy) as _).unwrap();
    let now = SystemClock.now();
    let entry = TrustEntry {
        mechanism: Mechanism::Did(Did::parse(&town.did()).unwrap().into()),
        issuer: town.did(),
        names: Names { ko: "발급자".into(), en: "Issuer".into() },
        keys: None,
        types: vec![KIND.to_owned()],
        valid_from: now.minus(Seconds(1)),
        valid_until: now.plus(Seconds(100_000)),
        withdrawn_since: None,
        passes: PassTerms::default(),
        authorities: Authorities::default(),
        status_issuers: Vec::new(),
    };
    let content = TrustListContent {
        publisher: "https://trust.example".into(),
        id: "https://trust.example/list".into(),
        version: 1,
        issued_at: now,
        expires_at: now.plus(Seconds(100_000)),
        entries: vec![entry],
    };
    let jwt = content.issue(&town.stranger, None).unwrap();
    let trust = TrustList::verify(&jwt, &content.id, town.stranger.public(), now).unwrap();
    let config = json!({
        "trust": {"bundle": "unused"},
        "feeds": [{"consumer": PEOPLE, "token": TokenHash::of("token").to_text()}],
        "watch": {"check": 10, "unconfirmed_after": 20, "fetch": 2},
    });
    let world = World {
        store: in_memory(Faults::none()).unwrap(),
        clock: Arc::new(SystemClock),
        entropy,
        fetch: Arc::clone(town) as _,
    };
    let base = Url::parse("https://gate.example").unwrap();
    let config = serde_json::from_value(config).unwrap();
    assembly::open(&config, &base, &vault, world, trust).await.unwrap()
}

/// Facts of one persona on a list; the first of them at the place that can be revoked.
async fn facts(feed: &Feed, town: &Town, number: usize) -> FactId {
    let id = base64url::encode([&[0; 8][..], &number.to_be_bytes()].concat());
    let subject = Subject::new(base64url::encode([&[1; 24][..], &number.to_be_bytes()].concat())).unwrap();
    let consumer = feed.consumer(PEOPLE).unwrap();
    let (now, did) = (SystemClock.now(), town.did());
    let found: Vec<Found> = (0..OF_ONE)
        .map(|index| {
            let name =
                base64url::encode([&[2; 16][..], &number.to_be_bytes(), &index.to_be_bytes()].concat());
            let backing: Backing = serde_json::from_value(json!({
                "signer": {
                    "issuer": did, "kind": KIND, "key": town.issuer.public().thumbprint(),
                    "header": json!({"alg": "ES256", "kid": format!("{did}#0")}).to_string(),
                },
                "place": {"list": {"issuer": did, "uri": uri(number)}, "index": index},
            }))
            .unwrap();
            let claim = Claim {
                id: FactId::new(name).unwrap(),
                subject: subject.clone(),
                kind: KIND.to_owned(),
                issuer: did.clone(),
                path: None,
                says: Says::Held,
                valid_until: None,
            };
            let what = What::Asserted(VerifiedClaim::dangerous_assume_verified(claim));
            let claim = FactEvent { subject: subject.clone(), sequence: 1, at: now, what };
            let fact = Fact {
                consumer: consumer.place.clone(),
                subject: subject.clone(),
                consent: id.clone(),
                backing,
                ends: None,
                suspended: false,
                list_unseen: false,
                signer_unseen: false,
            };
            Found { fact, claim }
        })
        .collect();
    let request = Request { consumer: PEOPLE.to_owned(), subject, expires: now, accepted: false };
    feed.note(&id, &request).await.unwrap();
    let (id, found) = (&id, &found);
    transact(&*feed.store, |tx| async move { feed.keep(&tx, id, found, now).await }).await.unwrap();
    found[0].claim.what.fact().clone()
}

/// When each event came that is no assertion.
struct Reader<'f> {
    feed: &'f Feed,
    after: u64,
    came: BTreeMap<FactId, (What, Instant)>,
}

impl Reader<'_> {
    async fn read(&mut self) -> Result<(), FeedError> {
        let consumer = self.feed.consumer(PEOPLE).unwrap();
        loop {
            let tx = self.feed.store.begin().await?;
            let page = outbox::read((&tx, self.feed.books()), &consumer.place, self.after, 100).await?;
            if page.events.is_empty() {
                return Ok(());
            }
            self.after = page.next;
            #[expect(clippy::disallowed_methods, reason = "a trial measures")]
            let now = Instant::now();
            for event in page.events {
                if !matches!(event.what, What::Asserted(_)) {
                    self.came.insert(event.what.fact().clone(), (event.what, now));
                }
            }
        }
    }
}

fn percentile(sorted: &[Duration], of_100: usize) -> Duration {
    sorted[(sorted.len() - 1) * of_100 / 100]
}

#[tokio::test]
#[expect(clippy::disallowed_methods, reason = "a trial measures and says what it saw")]
async fn of_two_thousand_lists_a_revocation_is_told_within_seconds_whatever_others_do() {
    let key = |seed| PrivateKey::generate(KeyType::P256, &SeededEntropy::new(seed));
    let town = Arc::new(Town {
        issuer: key(1),
        stranger: key(2),
        revoked: Mutex::default(),
        broken: Mutex::default(),
        fetched: Mutex::default(),
    });
    let hosted = hosted(&town).await;
    let verifier = &hosted.verifier;
    let feed = verifier.feed.as_deref().unwrap();
    let mut names = HashMap::new();
    for number in 0..LISTS {
        names.insert(number, facts(feed, &town, number).await);
    }
    let watcher = Watcher::of(verifier).unwrap();
    let began = Instant::now();
    watcher.once().await;
    let first = began.elapsed();
    *town.broken.lock().unwrap() = true;
    let (stop, stopped) = tokio::sync::oneshot::channel::<()>();
    let end = async {
        stopped.await.ok();
    };
    let trial = async {
        let mut reader = Reader { feed, after: 0, came: BTreeMap::new() };
        let mut revoked = HashMap::new();
        for number in 100..300 {
            town.revoked.lock().unwrap().insert(number);
            revoked.insert(number, Instant::now());
            let list = ListName { issuer: town.did(), uri: uri(number) };
            let text = hint::unsigned(&list, town.header(), SystemClock.now()).sign(&town.issuer).unwrap();
            verifier.take_hint(feed, &text).await.unwrap();
            tokio::time::sleep(Duration::from_millis(20)).await;
            reader.read().await.unwrap();
        }
        for number in 300..500 {
            town.revoked.lock().unwrap().insert(number);
            revoked.insert(number, Instant::now());
        }
        let until = Instant::now() + Duration::from_secs(40);
        while Instant::now() < until && reader.came.len() < 400 + 3 * OF_ONE as usize {
            tokio::time::sleep(Duration::from_millis(10)).await;
            reader.read().await.unwrap();
        }
        stop.send(()).ok();
        (reader.came, revoked)
    };
    let ((), (came, revoked)) = tokio::join!(hosted.watch(end), trial);
    let late = |numbers: std::ops::Range<usize>| {
        let mut late: Vec<Duration> = numbers
            .map(|number| {
                let (what, at) = &came[&names[&number]];
                assert!(matches!(what, What::Retracted(_, Why::Revoked)), "{what:?}");
                at.duration_since(revoked[&number])
            })
            .collect();
        late.sort();
        late
    };
    let (hinted, found) = (late(100..300), late(300..500));
    eprintln!(
        "{LISTS} lists, {} facts: first look at all {first:?}; {} fetches; with a hint p50 {:?} p99 {:?} most {:?}; without (each 10 s) \
         p50 {:?} p99 {:?} most {:?}",
        LISTS as u64 * OF_ONE,
        town.fetched.lock().unwrap(),
        percentile(&hinted, 50),
        percentile(&hinted, 99),
        percentile(&hinted, 100),
        percentile(&found, 50),
        percentile(&found, 99),
        percentile(&found, 100),
    );
    assert!(percentile(&hinted, 99) < Duration::from_secs(5), "{hinted:?}");
    assert!(percentile(&found, 99) < Duration::from_secs(30), "{found:?}");
    let unseen: BTreeSet<&FactId> =
        came.iter().filter(|(_, (what, _))| matches!(what, What::Unconfirmed(_))).map(|(id, _)| id).collect();
    assert_eq!(unseen.len(), 3 * OF_ONE as usize, "those of the slow, the dead and the lying list");
    for number in [SLOW, DEAD, LYING] {
        assert!(unseen.contains(&names[&number]), "{number}");
    }
    assert_eq!(came.len(), 400 + 3 * OF_ONE as usize, "and nothing else happened");
}
