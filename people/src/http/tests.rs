//! The service from the outside: seekers and personas over its own router, its verifier at the other end of loopback.

use std::sync::Arc;

use axum::Router;
use jigap_platform::fetch::{FetchSettings, GuardedFetch};
use jigap_platform::http::{Assembly, Metrics, MetricsAccess, ServerSettings, Shutdown};
use jigap_platform::store::{Faults, in_memory};
use jigap_platform::testing::{Answer, Call, ManualClock, SeededEntropy, openapi};
use jigap_wallet_core::facts::{Claim, FactEvent, Says, Scalar, VerifiedClaim, What, Why};
use jigap_wallet_core::people::Persona;
use jigap_wallet_core::people::asked::Asks;
use jigap_wallet_core::people::listing::{Backing, ListingDocument, State as Wish};
use jigap_wallet_core::ports::Store;
use jigap_wallet_core::sealing::RecordKeys;
use serde_json::{Value, json};
use zeroize::Zeroizing;

use self::double::{Double, ID, TOKEN, subject_of};
use super::*;
use crate::directory::Parts;
use crate::facet::tests::fact;
use crate::kinds::tests::{BASE, found, says};
use crate::kinds::{Dsub, Kinds};
use crate::words::titles::Titles;

mod double;
mod page;

const HERE: &str = "https://people.example";
const NOW: Timestamp = Timestamp::from_unix(1_800_000_000);
const JSON: (&str, &str) = ("content-type", "application/json");

/// A directory, and its verifier.
struct Lab {
    app: Router,
    hosted: Arc<Hosted>,
    verifier: Arc<Double>,
    clock: Arc<ManualClock>,
}

impl Lab {
    async fn new() -> Self {
        Self::with(
            in_memory(Faults::none()).unwrap(),
            Budgets { writes_an_hour: 10_000, ..Budgets::default() },
        )
        .await
    }

    async fn with(store: Arc<dyn Store>, budgets: Budgets) -> Self {
        let (verifier, url) = Double::start(HERE, NOW).await;
        Self::beside(store, budgets, verifier, url).await
    }

    async fn beside(store: Arc<dyn Store>, budgets: Budgets, verifier: Arc<Double>, url: url::Url) -> Self {
        let (clock, entropy) = (Arc::new(ManualClock::at(NOW)), Arc::new(SeededEntropy::new(1)));
        let parts = Parts {
            audience: HERE.to_owned(),
            kinds: Kinds::built_in(BASE).unwrap(),
            titles: Titles::default(),
            dsub: Dsub::WhereThere,
            store,
            clock: Arc::clone(&clock) as _,
            entropy: Arc::clone(&entropy) as _,
            keys: RecordKeys::from_secret(&[7; 32]),
        };
        let feed = Feed {
            verifier: url,
            client_id: ID.to_owned(),
            key: verifier.key.public().clone(),
            token: Zeroizing::new(TOKEN.to_owned()),
            consumer: HERE.to_owned(),
            fetch: Arc::new(GuardedFetch::new(&FetchSettings::dev()).unwrap()),
        };
        let hosted = Arc::new(Hosted::new(Directory::open(parts).await.unwrap(), feed, budgets));
        let metrics = Metrics::new();
        hosted.show(&metrics);
        let frame = Assembly::new(entropy, metrics, Shutdown::new()).metrics_access(MetricsAccess::Everybody);
        let app = frame.finish(routes(Arc::clone(&hosted)), &ServerSettings::loopback());
        Self { app, hosted, verifier, clock }
    }

    async fn call(
        &self,
        from: [u8; 4],
        method: &str,
        target: &str,
        header: (&str, &str),
        body: &str,
    ) -> Answer {
        let call = Call { from, method, target, headers: &[header], body: body.as_bytes() };
        let answer = call.of(&self.app, &description()).await;
        assert_eq!(answer.headers["cache-control"], "no-store", "{target}");
        answer
    }

    async fn post(&self, target: &str, body: &Value) -> Answer {
        self.call([192, 0, 2, 1], "POST", target, JSON, &body.to_string()).await
    }

    async fn finds(&self, body: &Value) -> Vec<Value> {
        let answer = self.post("/v1/people/search", body).await;
        assert_eq!(answer.status, 200, "{answer:?}");
        answer.json()["hits"].as_array().unwrap().clone()
    }

    async fn puts(&self, document: &ListingDocument, persona: &Persona) -> Answer {
        let body = document.sign(persona).unwrap();
        let header = ("content-type", "application/jigap-listing+jwt");
        self.call([192, 0, 2, 1], "PUT", "/v1/people/listings", header, &body).await
    }

    async fn asks_backing(&self, persona: &Persona, kind: &str) -> Answer {
        let body = Asks::Backing { kind: kind.to_owned() }.sign(persona, HERE, NOW).unwrap();
        let header = ("content-type", "application/jigap-persona-asks+jwt");
        self.call([192, 0, 2, 1], "POST", "/v1/people/backings", header, &body).await
    }

    /// Reads the feed to its end.
    async fn hears(&self) {
        while self.hosted.listen().await.unwrap() {}
        self.hosted.refresh();
    }

    /// Somebody who is listed as this, by facts `number` and the one after it.
    async fn lists(&self, number: u16, code: &str, kind: &str) -> Persona {
        let persona = persona(number);
        assert_eq!(self.asks_backing(&persona, kind).await.status, 201);
        self.verifier.says(registered(&persona, number * 10, code));
        assert_eq!(self.puts(&document(&persona, 1, kind), &persona).await.status, 200);
        persona
    }
}

fn persona(number: u16) -> Persona {
    Persona::generate(&SeededEntropy::new(1_000 + u64::from(number)))
}

fn document(persona: &Persona, number: u64, kind: &str) -> ListingDocument {
    ListingDocument {
        persona: persona.id(),
        directory: HERE.to_owned(),
        at: NOW,
        number,
        state: Wish::Listed,
        name: "맑은하늘".to_owned(),
        headline: "종합소득세 상담".to_owned(),
        text: "상속세 경험".to_owned(),
        region: "mapo".to_owned(),
        cell: "8730e1d8effffff".to_owned(),
        languages: vec!["ko".to_owned()],
        week: vec!["sat-morning".to_owned()],
        modes: vec!["video".to_owned()],
        price: 50_000,
        agreement: persona.public().sealing_key(),
        gate: None,
        backings: vec![Backing { kind: kind.to_owned(), blind: None }],
    }
}

/// What a verifier says of who is registered as this.
fn registered(persona: &Persona, number: u16, code: &str) -> [FactEvent; 2] {
    let folder = "professional-registration";
    let code = Says::OneOf(vec![Scalar::Text(code.to_owned())]);
    let claims = [
        found(number, folder, "profession.code", code),
        found(number + 1, folder, "registration_status", says("registered")),
    ];
    let subject = subject_of(persona.id().as_str());
    let mut sequence = 0;
    claims.map(|found| {
        sequence += 1;
        let claim = Claim { subject: subject.clone(), ..(*found.claim).clone() };
        let what = What::Asserted(VerifiedClaim::dangerous_assume_verified(claim));
        FactEvent { subject: subject.clone(), sequence, at: NOW, what }
    })
}

fn retracted(persona: &Persona, sequence: u64, number: u16) -> FactEvent {
    let subject = subject_of(persona.id().as_str());
    FactEvent { subject, sequence, at: NOW, what: What::Retracted(fact(number), Why::Revoked) }
}

#[tokio::test]
async fn somebody_is_verified_listed_found_and_gone_with_the_proof() {
    let lab = Lab::new().await;
    let persona = persona(1);
    let opened = lab.asks_backing(&persona, "tax-accountant").await;
    assert_eq!((opened.status, opened.get("link").as_str()), (201, "openid4vp://authorize?request_uri=x"));
    let asked = lab.verifier.asked.lock().unwrap()[0].clone();
    assert_eq!(asked["bound_to"], json!(persona.id()));
    let types = &asked["dcql_query"]["credentials"][0]["meta"]["vct_values"];
    assert_eq!(types, &json!(["https://types.example/professional-registration/1"]));
    assert!(asked["purpose"]["ko"].as_str().unwrap().contains("세무사"));
    assert_eq!(lab.puts(&document(&persona, 1, "tax-accountant"), &persona).await.get("state"), "waiting");
    lab.verifier.says(registered(&persona, 1, "tax_accountant"));
    lab.hears().await;
    let hits = lab.finds(&json!({"words": "종합소득세 마포", "explain": true})).await;
    assert_eq!(
        (hits.len(), &hits[0]["id"], &hits[0]["facets"][0]["kind"]),
        (1, &json!(persona.id()), &json!("tax-accountant"))
    );
    let path = format!("/v1/people/{}", persona.id());
    let profile = lab.call([192, 0, 2, 1], "GET", &path, JSON, "").await;
    assert_eq!(profile.get("agreement"), persona.public().sealing_key());
    lab.verifier.says([retracted(&persona, 3, 1)]);
    lab.hears().await;
    assert!(lab.finds(&json!({"kind": "tax-accountant"})).await.is_empty());
    assert_eq!(
        lab.call([192, 0, 2, 1], "GET", &path, JSON, "").await.refusal(),
        (404, "not-listed".to_owned())
    );
}

#[tokio::test]
async fn no_answer_tells_facts_subjects_or_moments() {
    let lab = Lab::new().await;
    let persona = lab.lists(1, "tax_accountant", "tax-accountant").await;
    lab.hears().await;
    let search =
        lab.post("/v1/people/search", &json!({"kind": "tax-accountant", "explain": true})).await.text;
    let profile =
        lab.call([192, 0, 2, 1], "GET", &format!("/v1/people/{}", persona.id()), JSON, "").await.text;
    let asked = Asks::Listing.sign(&persona, HERE, NOW).unwrap();
    let bearer = format!("Bearer {asked}");
    let path = format!("/v1/people/listings/{}", persona.id());
    let own = lab.call([192, 0, 2, 1], "GET", &path, ("authorization", &bearer), "").await;
    assert_eq!((own.status, own.get("state").as_str()), (200, "published"));
    let subject = subject_of(persona.id().as_str());
    for text in [search, profile, own.text] {
        for secret in [
            fact(10).as_str(),
            fact(11).as_str(),
            subject.as_str(),
            "1800000000",
            "professional-registration/1",
        ] {
            assert!(!text.contains(secret), "{secret} in {text}");
        }
    }
}

#[tokio::test]
async fn counts_below_five_are_not_told() {
    let lab = Lab::new().await;
    for number in 1..=5 {
        lab.lists(number, "tax_accountant", "tax-accountant").await;
    }
    lab.lists(6, "sommelier", "sommelier").await;
    lab.hears().await;
    let found = lab.post("/v1/people/search", &json!({"words": "종합소득세"})).await.json();
    assert_eq!(found["total"], 5, "down to a multiple of five");
    assert_eq!(
        found["kinds"],
        json!([{"name": "tax-accountant", "count": 5}, {"name": "sommelier", "count": "<5"}])
    );
    let few = lab.post("/v1/people/search", &json!({"kind": "sommelier"})).await.json();
    assert_eq!(few["total"], "<5");
}

#[tokio::test]
async fn an_open_cursor_shows_nobody_who_is_gone_and_ends_after_ten_minutes() {
    let lab = Lab::new().await;
    let mut people = Vec::new();
    for number in 1..=25 {
        people.push(lab.lists(number, "tax_accountant", "tax-accountant").await);
    }
    lab.hears().await;
    let first = lab.post("/v1/people/search", &json!({"kind": "tax-accountant"})).await.json();
    assert_eq!(first["hits"].as_array().unwrap().len(), 20);
    let cursor = json!({"cursor": first["next"]});
    let second = lab.post("/v1/people/search/more", &cursor).await.json();
    assert_eq!((second["hits"].as_array().unwrap().len(), second.get("next")), (5, None));
    let id = second["hits"][0]["id"].as_str().unwrap();
    let at = people.iter().position(|persona| persona.id().as_str() == id).unwrap();
    lab.verifier.says([retracted(&people[at], 3, (at as u16 + 1) * 10)]);
    // Heard, and the index not caught up yet: the tombstone is enough.
    while lab.hosted.listen().await.unwrap() {}
    let again = lab.post("/v1/people/search/more", &cursor).await.json();
    assert_eq!(again["hits"].as_array().unwrap().len(), 4);
    assert!(!again.to_string().contains(id));
    lab.clock.advance(Seconds(601));
    let ended = lab.post("/v1/people/search/more", &cursor).await;
    assert_eq!(ended.refusal(), (400, "bad-search".to_owned()), "SE-06");
    let unknown = lab.post("/v1/people/search/more", &json!({"cursor": "AAAAAAAAAAAAAAAAAAAAAA"})).await;
    assert_eq!(unknown.refusal(), (410, "answer-ended".to_owned()));
}

#[tokio::test]
async fn who_asks_for_everybody_or_too_often_is_refused() {
    let budgets = Budgets { searches_a_minute: 5, pages_an_hour: 8, ..Budgets::default() };
    let lab = Lab::with(in_memory(Faults::none()).unwrap(), budgets).await;
    for everybody in
        [json!({}), json!({"region": "seoul"}), json!({"words": "a"}), json!({"words": "세무", "size": 500})]
    {
        assert_eq!(lab.post("/v1/people/search", &everybody).await.refusal(), (400, "bad-search".to_owned()));
    }
    let query = json!({"kind": "tax-accountant"}).to_string();
    let from = async |address| lab.call(address, "POST", "/v1/people/search", JSON, &query).await;
    assert_eq!(from([192, 0, 2, 1]).await.status, 200);
    let refused = from([192, 0, 2, 1]).await;
    assert_eq!(refused.refusal(), (429, "too-many-requests".to_owned()));
    assert!(refused.headers.contains_key("retry-after"));
    assert_eq!(from([192, 0, 2, 2]).await.status, 200, "another address");
    // Profiles are of the budget of pages: walking through names does not help.
    let walk = async |at: u8| {
        let id = jigap_keys::base64url::encode([at; 32]);
        lab.call([192, 0, 2, 3], "GET", &format!("/v1/people/{id}"), JSON, "").await.status
    };
    let mut answered = Vec::new();
    for at in 0..9 {
        answered.push(walk(at).await);
    }
    assert_eq!(answered, [404, 404, 404, 404, 404, 404, 404, 404, 429]);
    assert!(from([192, 0, 2, 3]).await.status == 429);
}

#[tokio::test]
async fn what_personas_do_not_sign_for_this_directory_is_refused() {
    let lab = Lab::new().await;
    let persona = persona(1);
    let header = ("content-type", "application/jigap-listing+jwt");
    let put = async |body: &str| lab.call([192, 0, 2, 1], "PUT", "/v1/people/listings", header, body).await;
    let elsewhere =
        ListingDocument { directory: "https://other.example".to_owned(), ..document(&persona, 1, "lawyer") };
    let refused = put(&elsewhere.sign(&persona).unwrap()).await;
    assert_eq!(refused.refusal(), (422, "refused".to_owned()));
    assert!(refused.get("detail").contains("PE-04"), "{refused:?}");
    assert!(put("nothing").await.get("detail").contains("PE-01"));
    let claims = ListingDocument { region: "atlantis".to_owned(), ..document(&persona, 1, "lawyer") };
    assert!(put(&claims.sign(&persona).unwrap()).await.get("detail").contains("SE-04"));
    assert_eq!(lab.asks_backing(&persona, "wizard").await.refusal(), (404, "no-such-kind".to_owned()));
    let late =
        Asks::Backing { kind: "lawyer".to_owned() }.sign(&persona, HERE, NOW.minus(Seconds(600))).unwrap();
    let refused = lab.call([192, 0, 2, 1], "POST", "/v1/people/backings", JSON, &late).await;
    assert!(refused.get("detail").contains("PE-05"), "{refused:?}");
    let path = format!("/v1/people/listings/{}", persona.id());
    assert_eq!(lab.call([192, 0, 2, 1], "GET", &path, JSON, "").await.refusal().0, 422);
    assert!(lab.verifier.asked.lock().unwrap().is_empty());
}

#[tokio::test]
async fn a_feed_that_is_not_the_verifiers_is_not_taken() {
    let lab = Lab::new().await;
    lab.lists(1, "tax_accountant", "tax-accountant").await;
    for (status, body) in [(500, ""), (200, "no batch"), (204, ""), (401, "")] {
        lab.verifier.instead.lock().unwrap().push((status, body.to_owned()));
        assert_eq!(lab.hosted.listen().await, None, "{status}");
    }
    let stranger = jigap_keys::PrivateKey::generate(jigap_keys::KeyType::P256, &SeededEntropy::new(3));
    let new = jigap_wallet_core::facts::signed::NewBatch {
        verifier: ID,
        audience: HERE,
        after: 0,
        next: 0,
        events: &[],
    };
    let forged = new.unsigned(stranger.public(), NOW).unwrap().sign(&stranger).unwrap();
    lab.verifier.instead.lock().unwrap().push((200, forged));
    assert_eq!(lab.hosted.listen().await, None);
    assert_eq!(lab.hosted.directory.position().await.unwrap(), 0);
    lab.hears().await;
    assert_eq!(lab.finds(&json!({"kind": "tax-accountant"})).await.len(), 1, "and then it goes on");
    assert_eq!(lab.hosted.ailments(), []);
    lab.clock.advance(Seconds(601));
    assert_eq!(lab.hosted.ailments()[0].code, "feed-silent");
}

#[tokio::test]
async fn a_restart_in_the_middle_goes_on_where_it_was() {
    let store: Arc<dyn Store> = in_memory(Faults::none()).unwrap();
    let lab = Lab::with(Arc::clone(&store), Budgets::default()).await;
    let mut people = Vec::new();
    for number in 1..=3 {
        people.push(lab.lists(number, "tax_accountant", "tax-accountant").await);
    }
    // One batch was taken, and then the process was gone: neither the index nor the answers are left.
    lab.hosted.listen().await.unwrap();
    let url = lab.hosted.feed.verifier.clone();
    let again = Lab::beside(store, Budgets::default(), Arc::clone(&lab.verifier), url).await;
    drop(lab);
    assert_eq!(again.finds(&json!({"kind": "tax-accountant"})).await.len(), 3);
    again.verifier.says([retracted(&people[0], 3, 10)]);
    again.hears().await;
    assert_eq!(again.finds(&json!({"kind": "tax-accountant"})).await.len(), 2);
    let metrics = again.hosted.counted.position.value();
    assert_eq!(metrics, 7);
}

#[tokio::test]
async fn suggestions_and_kinds_are_of_the_lexicon() {
    let lab = Lab::new().await;
    let suggested = lab.post("/v1/people/suggest", &json!({"typed": "ㅅㅁ"})).await.json();
    assert!(suggested["suggestions"].to_string().contains("kind:tax-accountant"));
    let kinds = lab.call([192, 0, 2, 1], "GET", "/v1/people/kinds", JSON, "").await.json();
    let sommelier =
        kinds["kinds"].as_array().unwrap().iter().find(|kind| kind["kind"] == "sommelier").unwrap();
    assert_eq!(sommelier["ko"], "소믈리에");
}

#[tokio::test]
async fn the_description_is_complete_and_checked_in() {
    let description = description();
    openapi::assert_complete(&description);
    let file = concat!(env!("CARGO_MANIFEST_DIR"), "/../docs/openapi/people.json");
    openapi::assert_checked_in(&description, std::path::Path::new(file));
}
