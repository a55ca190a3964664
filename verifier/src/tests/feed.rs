//! The feed of facts from the outside: what consumers ask, what wallets agree to, and what becomes of it when lists, keys, trust and
//! minds change.

use jigap_keys::base64url;
use jigap_wallet_core::facts::follow::SubjectState;
use jigap_wallet_core::facts::signed::{SignedBatch, VerifiedBatch};
use jigap_wallet_core::facts::{FactEvent, FactId, Says, Scalar, Subject, What, Why};
use jigap_wallet_core::ports::FetchError;
use jigap_wallet_core::status::{self, StatusBits, StatusList, StatusListToken, StatusValue};
use jigap_wallet_core::trust::PinnedKeys;

use super::*;
use crate::feed::audit::{self, Fault};
use crate::feed::watch::Watcher;

mod asking;
mod audited;
mod hinted;

pub(super) const PEOPLE: &str = "https://people.example";
const OTHER: &str = "https://other.example";
pub(super) const LIST: &str = "https://univ.example/status/1";
const SECOND: &str = "https://univ.example/status/2";
/// A place in a list, where a test does not care which.
const PLACE: u64 = 7;

/// A verifier that tells two consumers facts.
pub(super) struct Fair {
    pub(super) lab: Lab,
}

impl Fair {
    pub(super) async fn new() -> Self {
        Self::with(Faults::none()).await
    }

    async fn with(faults: Faults) -> Self {
        let feeds = json!([
            {"consumer": PEOPLE, "token": TokenHash::of("people-token").to_text()},
            {"consumer": OTHER, "token": TokenHash::of("other-token").to_text()},
        ]);
        let lab = Lab::with(json!({"feeds": feeds, "watch": {"unconfirmed_after": 600}}), faults).await;
        let fair = Self { lab };
        fair.serve(LIST, &[]);
        fair.serve(SECOND, &[]);
        fair
    }

    /// Publishes a list of 64 entries, all valid but these, as the university signs it now.
    pub(super) fn serve(&self, uri: &str, set: &[(u64, StatusValue)]) {
        let signed = self.signed(uri, set, self.lab.clock.now(), &self.lab.issuer);
        self.lab.fetch.serve(uri, status::MEDIA_TYPE, signed);
    }

    fn signed(&self, uri: &str, set: &[(u64, StatusValue)], at: Timestamp, key: &PrivateKey) -> String {
        let mut list = StatusList::new(StatusBits::new(2).unwrap(), 64);
        set.iter().for_each(|(index, value)| list.set(*index, *value).unwrap());
        let token = StatusListToken {
            uri: uri.to_owned(),
            issued_at: at,
            expires: Some(at.plus(Seconds(86_400))),
            ttl: Some(Seconds(300)),
            aggregation_uri: None,
            list,
        };
        let did = jwk_did(self.lab.issuer.public());
        token.sign(Header::for_key(key.public()).unwrap().kid(format!("{did}#0")), key).unwrap()
    }

    fn bearer(consumer: &str) -> String {
        format!("Bearer {}-token", if consumer == PEOPLE { "people" } else { "other" })
    }

    pub(super) async fn ask_as(&self, consumer: &str, body: &Value) -> Answer {
        let bearer = Self::bearer(consumer);
        let headers = [("authorization", bearer.as_str()), ("content-type", "application/json")];
        self.lab.send("POST", "/v1/feed/requests", &headers, body.to_string().as_bytes()).await
    }

    /// What a consumer asks of a persona.
    pub(super) fn wish(persona: u8) -> Value {
        json!({
            "dcql_query": {"credentials": [{
                "id": "student", "format": "dc+sd-jwt", "meta": {"vct_values": [VCT]},
                "claims": [{"path": ["status_word"]}],
            }]},
            "sought": [
                {"credential": "student", "path": null},
                {"credential": "student", "path": ["status_word"]},
            ],
            "purpose": {"en": "Listing in the directory", "ko": "전문가 찾기에 등록"},
            "bound_to": base64url::encode([persona; 32]),
        })
    }

    /// A credential with a place in a list, shown as this request wants it.
    pub(super) fn shown(
        &self,
        (list, index): (&str, u64),
        request: &AuthorizationRequest,
    ) -> AuthorizationResponse {
        self.shown_with(json!({"status": {"status_list": {"uri": list, "idx": index}}}), request, true)
    }

    fn shown_with(
        &self,
        more: Value,
        request: &AuthorizationRequest,
        authorize: bool,
    ) -> AuthorizationResponse {
        let Lab { issuer, holder, clock, entropy, .. } = &self.lab;
        let did = jwk_did(issuer.public());
        let mut claims = json!({
            "iss": did, "vct": VCT, "iat": clock.now(), "exp": clock.now().plus(Seconds(20_000)),
            "status_word": "enrolled", "name": "홍길동",
        });
        claims.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        let path = |name: &str| ClaimPath::from_json(&json!([name])).unwrap();
        let header = Header::for_key(issuer.public()).unwrap().typ("dc+sd-jwt").kid(format!("{did}#0"));
        let credential = SdJwtVcBuilder::new(claims.as_object().unwrap().clone())
            .conceal_if_present([path("status_word"), path("name")])
            .holder(holder.public().clone())
            .build(header, &**entropy)
            .unwrap()
            .sign(issuer)
            .unwrap();
        let held = SdJwtVc::parse(&credential).unwrap().verify(issuer.public()).unwrap();
        let wanted = request.authorization.as_ref().and_then(|wanted| wanted.authorized_by("student"));
        let shown = held.present(&[path("status_word")]).unwrap().authorizing(wanted.filter(|_| authorize));
        let bound = shown.bind(request.client_id.as_str(), &request.nonce, clock.now(), holder.public());
        let text = bound.unwrap().sign(holder).unwrap();
        let presented = BTreeMap::from([("student".to_owned(), vec![json!(text)])]);
        AuthorizationResponse::Presented(VpToken::new(presented).unwrap())
    }

    /// Asks, and reads the request as a wallet does.
    pub(super) async fn asked(&self, wish: &Value) -> (Answer, AuthorizationRequest) {
        let mut opened = self.ask_as(PEOPLE, wish).await;
        assert_eq!(opened.status, 201, "{opened:?}");
        let mut body = opened.json();
        body["id"] = body["request_id"].clone();
        opened.text = body.to_string();
        self.lab.read_as_wallet(opened).await
    }

    /// A persona's consent by a credential with this place in a list: the request's answer, and the wallet's.
    pub(super) async fn agreed(&self, persona: u8, place: (&str, u64)) -> (Answer, Answer) {
        let (opened, request) = self.asked(&Self::wish(persona)).await;
        let posted = self.lab.post(&self.shown(place, &request), &request).await;
        assert_eq!(posted.status, 200, "{posted:?}");
        (opened, posted)
    }

    pub(super) async fn batch(&self, consumer: &str, after: u64) -> VerifiedBatch {
        let bearer = Self::bearer(consumer);
        let target = format!("/v1/feed/events?after={after}");
        let answer = self.lab.send("GET", &target, &[("authorization", &bearer)], b"").await;
        assert_eq!(answer.headers["content-type"], "application/jigap-facts+jwt", "{answer:?}");
        let signing = self.lab.hosted.verifier.identity.signing().unwrap();
        let pinned = |named: &str| (named == signing.client_id.as_str()).then(|| signing.signer.public_key());
        let batch = SignedBatch::parse(&answer.text).unwrap();
        batch.verify(pinned, (consumer, after), self.lab.clock.now()).unwrap()
    }

    /// All events so far, taken in order as a consumer takes them.
    pub(super) async fn events(&self) -> Vec<FactEvent> {
        let (mut events, mut after) = (Vec::new(), 0);
        loop {
            let batch = self.batch(PEOPLE, after).await;
            if batch.events().is_empty() {
                break;
            }
            after = batch.next();
            events.extend(batch.events().to_vec());
        }
        let mut subjects = BTreeMap::<Subject, SubjectState>::new();
        for event in &events {
            subjects.entry(event.subject.clone()).or_default().take(event).unwrap();
        }
        events
    }

    /// What is told of each fact, in order: `+`, `?`, `!`, or why it is one no more.
    pub(super) async fn told(&self) -> Vec<String> {
        let word = |event: &FactEvent| match &event.what {
            What::Asserted(_) => "+".to_owned(),
            What::Unconfirmed(_) => "?".to_owned(),
            What::Confirmed(_) => "!".to_owned(),
            What::Retracted(_, why) => format!("{why:?}"),
        };
        self.events().await.iter().map(word).collect()
    }

    pub(super) async fn state(&self, opened: &Answer) -> Value {
        let target = format!("/v1/feed/requests/{}", opened.get("request_id"));
        let bearer = Self::bearer(PEOPLE);
        self.lab.send("GET", &target, &[("authorization", &bearer)], b"").await.json()
    }

    /// Looks at what is due after so many seconds.
    pub(super) async fn look_after(&self, seconds: u32) {
        self.lab.clock.advance(Seconds(seconds));
        Watcher::of(&self.lab.hosted.verifier).unwrap().once().await;
    }

    pub(super) async fn faults(&self) -> Vec<Fault> {
        let feed = self.lab.hosted.verifier.feed.as_deref().unwrap();
        let found = audit::look(feed, self.lab.clock.now()).await.unwrap();
        found.into_iter().map(|found| found.fault).collect()
    }

    /// Uses another trust list, in which the university's entry is as `change` makes it.
    fn trust(&self, change: impl FnOnce(&mut TrustEntry)) {
        let trust = self.lab.hosted.verifier.trust.list();
        let mut content = trust.content().clone();
        content.version += 1;
        change(&mut content.entries[0]);
        let publisher = PrivateKey::generate(KeyType::P256, &*self.lab.entropy);
        let jwt = content.issue(&publisher, None).unwrap();
        let list = TrustList::verify(&jwt, &content.id, publisher.public(), self.lab.clock.now()).unwrap();
        self.lab.hosted.verifier.trust.renew(list).unwrap();
    }
}

#[tokio::test]
async fn what_a_holder_agrees_to_is_told_to_its_consumer_and_to_nobody_else() {
    let fair = Fair::new().await;
    let (opened, request) = fair.asked(&Fair::wish(1)).await;
    let consent = request.authorization.as_ref().unwrap().consent();
    assert_eq!((consent.consumer.as_str(), consent.purpose.ko.as_str()), (PEOPLE, "전문가 찾기에 등록"));
    assert_eq!(
        (consent.bound_to.as_str(), consent.facts["student"].len()),
        (&*base64url::encode([1; 32]), 2)
    );
    assert_eq!(fair.state(&opened).await, json!({"state": "waiting", "facts": []}));
    assert_eq!(fair.batch(PEOPLE, 0).await.events(), []);
    let posted = fair.lab.post(&fair.shown((LIST, PLACE), &request), &request).await;
    let withdrawal = &posted.json()["feed_consent"];
    let path = format!("{BASE}/v1/feed/consents/{}", opened.get("request_id"));
    assert_eq!(withdrawal["uri"], json!(path), "{posted:?}");

    let events = fair.events().await;
    let state = fair.state(&opened).await;
    assert_eq!((&state["state"], state["facts"].as_array().unwrap().len()), (&json!("accepted"), 2));
    for (event, says) in events.iter().zip([Says::Held, Says::Value(Scalar::Text("enrolled".to_owned()))]) {
        let What::Asserted(claim) = &event.what else { panic!("{event:?}") };
        assert_eq!((claim.subject.as_str(), &claim.says), (&*opened.get("subject"), &says));
        assert_eq!((claim.kind.as_str(), claim.issuer.as_str()), (VCT, &*jwk_did(fair.lab.issuer.public())));
        assert_eq!(claim.valid_until.unwrap().unix() % 3600, 0);
        assert!(state["facts"].as_array().unwrap().contains(&json!(claim.id.as_str())));
    }
    assert_eq!(events.len(), 2);
    assert_eq!(fair.batch(OTHER, 0).await.events(), [], "another consumer");
    assert_eq!(fair.batch(PEOPLE, 2).await.next(), 2, "there is no more");
    assert_eq!(fair.faults().await, []);
}

#[tokio::test]
async fn one_persona_is_one_subject_to_one_consumer_and_another_everywhere_else() {
    let fair = Fair::new().await;
    let subject = async |consumer, persona| fair.ask_as(consumer, &Fair::wish(persona)).await.get("subject");
    let mine = subject(PEOPLE, 1).await;
    assert_eq!(subject(PEOPLE, 1).await, mine);
    assert_ne!(subject(PEOPLE, 2).await, mine);
    assert_ne!(subject(OTHER, 1).await, mine);
}

#[tokio::test]
async fn a_revocation_is_told_and_ends_the_facts_of_that_copy_alone() {
    let fair = Fair::new().await;
    let (opened, _) = fair.agreed(1, (LIST, PLACE)).await;
    fair.agreed(2, (LIST, PLACE + 1)).await;
    fair.look_after(0).await;
    assert_eq!(fair.told().await, ["+"; 4]);
    fair.serve(LIST, &[(PLACE, StatusValue::INVALID)]);
    fair.look_after(30).await;
    assert_eq!(fair.told().await.len(), 4, "it is not due yet");
    fair.look_after(31).await;
    assert_eq!(fair.told().await[4..], ["Revoked", "Revoked"]);
    let gone: Vec<FactId> = fair.events().await[4..].iter().map(|event| event.what.fact().clone()).collect();
    assert_eq!(
        fair.events().await[..2].iter().map(|event| event.what.fact().clone()).collect::<Vec<_>>(),
        gone
    );
    assert_eq!(fair.state(&opened).await, json!({"state": "accepted", "facts": []}));
    assert_eq!(fair.faults().await, []);
    // A list that says so no more brings nothing back.
    fair.serve(LIST, &[]);
    fair.look_after(61).await;
    assert_eq!(fair.told().await.len(), 6);
}

#[tokio::test]
async fn what_was_suspended_and_is_valid_again_is_asserted_under_another_name() {
    let fair = Fair::new().await;
    let (opened, posted) = fair.agreed(1, (LIST, PLACE)).await;
    fair.serve(LIST, &[(PLACE, StatusValue::SUSPENDED)]);
    fair.look_after(1).await;
    assert_eq!(fair.told().await, ["+", "+", "Suspended", "Suspended"]);
    assert_eq!(fair.faults().await, []);
    fair.look_after(61).await;
    assert_eq!(fair.told().await.len(), 4, "it is told once");
    fair.serve(LIST, &[]);
    fair.look_after(61).await;
    let events = fair.events().await;
    assert_eq!(fair.told().await[4..], ["+", "+"]);
    let names: std::collections::BTreeSet<_> = events.iter().map(|event| event.what.fact().clone()).collect();
    assert_eq!(names.len(), 4, "two old and two new names");
    assert_eq!(fair.state(&opened).await["facts"].as_array().unwrap().len(), 2);
    assert_eq!(fair.faults().await, []);
    // The consent still reaches them.
    let token = format!("Bearer {}", posted.json()["feed_consent"]["token"].as_str().unwrap());
    let uri = posted.json()["feed_consent"]["uri"].as_str().unwrap().to_owned();
    assert_eq!(fair.lab.send("DELETE", &uri, &[("authorization", &token)], b"").await.status, 204);
    assert_eq!(fair.told().await[6..], ["ConsentWithdrawn", "ConsentWithdrawn"]);
}

#[tokio::test]
async fn a_revocation_while_suspended_leaves_nothing() {
    let fair = Fair::new().await;
    fair.agreed(1, (LIST, PLACE)).await;
    for (value, told) in [(StatusValue::SUSPENDED, 4), (StatusValue::INVALID, 4), (StatusValue::VALID, 4)] {
        fair.serve(LIST, &[(PLACE, value)]);
        fair.look_after(61).await;
        assert_eq!(fair.told().await.len(), told, "{value}");
    }
    assert_eq!(fair.faults().await, []);
}

#[tokio::test]
async fn a_list_that_cannot_be_seen_for_long_makes_its_own_facts_unconfirmed_until_it_is_back() {
    let fair = Fair::new().await;
    fair.agreed(1, (LIST, PLACE)).await;
    fair.agreed(2, (SECOND, PLACE)).await;
    fair.look_after(0).await;
    fair.lab.fetch.answer(LIST, Err(FetchError::Unreachable));
    for _ in 0..9 {
        fair.serve(SECOND, &[]);
        fair.look_after(61).await;
        assert_eq!(fair.told().await.len(), 4, "not for long enough");
    }
    fair.serve(SECOND, &[]);
    fair.look_after(61).await;
    assert_eq!(fair.told().await[4..], ["?", "?"]);
    let doubted = fair.events().await[4].subject.clone();
    assert_eq!(doubted, fair.events().await[0].subject, "of the first persona");
    assert_eq!(fair.faults().await, []);
    fair.look_after(61).await;
    assert_eq!(fair.told().await.len(), 6, "it is told once");
    // A newcomer on a list that is not seen: what a judge did not see is not accepted, so nothing is told.
    fair.serve(LIST, &[]);
    fair.look_after(61).await;
    assert_eq!(fair.told().await[6..], ["!", "!"]);
    assert_eq!(fair.faults().await, []);
}

#[tokio::test]
async fn a_list_that_lies_counts_as_not_seen() {
    let fair = Fair::new().await;
    fair.agreed(1, (LIST, PLACE)).await;
    fair.look_after(0).await;
    let (now, revoked) = (fair.lab.clock.now(), [(PLACE, StatusValue::INVALID)]);
    let stranger = PrivateKey::generate(KeyType::P256, &*fair.lab.entropy);
    let older = now.minus(Seconds(10));
    let lies = [
        fair.signed(LIST, &revoked, now, &stranger),
        fair.signed(LIST, &revoked, older, &fair.lab.issuer),
        fair.signed(SECOND, &revoked, now, &fair.lab.issuer),
        "nonsense".to_owned(),
        String::new(),
    ];
    for lie in &lies {
        fair.lab.fetch.serve(LIST, status::MEDIA_TYPE, lie.clone());
        fair.look_after(61).await;
        assert_eq!(fair.told().await.len(), 2, "{lie}");
    }
    // The very list of then, for ever: its issuer promised a new one each `ttl`.
    fair.lab.fetch.serve(LIST, status::MEDIA_TYPE, fair.signed(LIST, &[], now, &fair.lab.issuer));
    for _ in 0..30 {
        fair.look_after(61).await;
    }
    assert_eq!(fair.told().await[2..], ["?", "?"]);
    // A shorter one than was seen has lost places.
    let mut short = StatusList::new(StatusBits::new(2).unwrap(), 4);
    short.set(0, StatusValue::VALID).unwrap();
    let did = jwk_did(fair.lab.issuer.public());
    let token = StatusListToken {
        uri: LIST.to_owned(),
        issued_at: fair.lab.clock.now(),
        expires: None,
        ttl: None,
        aggregation_uri: None,
        list: short,
    };
    let header = Header::for_key(fair.lab.issuer.public()).unwrap().kid(format!("{did}#0"));
    fair.lab.fetch.serve(LIST, status::MEDIA_TYPE, token.sign(header, &fair.lab.issuer).unwrap());
    fair.look_after(61).await;
    assert_eq!(fair.told().await.len(), 4);
    fair.serve(LIST, &[]);
    fair.look_after(61).await;
    assert_eq!(fair.told().await[4..], ["!", "!"]);
}

/// The judge may rely on a list that it fetched before a change that the watcher saw already.
#[tokio::test]
async fn a_fact_by_a_list_that_is_older_than_the_newest_seen_is_ended_at_once() {
    let fair = Fair::new().await;
    fair.agreed(1, (LIST, PLACE)).await;
    fair.serve(LIST, &[(PLACE + 1, StatusValue::INVALID)]);
    fair.look_after(1).await;
    assert_eq!(fair.told().await.len(), 2, "nothing rests on that place");
    // The library still has the list of before: its `ttl` lets it.
    fair.agreed(2, (LIST, PLACE + 1)).await;
    assert_eq!(fair.told().await.len(), 4);
    fair.look_after(1).await;
    assert_eq!(fair.told().await[4..], ["Revoked", "Revoked"]);
}

#[tokio::test]
async fn facts_end_when_their_credential_does() {
    let fair = Fair::new().await;
    fair.agreed(1, (LIST, PLACE)).await;
    let What::Asserted(claim) = fair.events().await[0].what.clone() else { panic!() };
    let ends = claim.valid_until.unwrap();
    fair.lab.clock.set(ends.minus(Seconds(1)));
    fair.serve(LIST, &[]);
    fair.look_after(0).await;
    assert_eq!(fair.told().await.len(), 2);
    fair.look_after(1).await;
    assert_eq!(fair.told().await[2..], ["Expired", "Expired"]);
    assert_eq!(fair.faults().await, []);
}

#[tokio::test]
async fn facts_end_when_trust_is_withdrawn_or_the_key_is_given_up() {
    let by_trust: fn(&mut TrustEntry) = |entry| entry.withdrawn_since = Some(entry.valid_from);
    let by_type: fn(&mut TrustEntry) = |entry| entry.types.retain(|kind| kind != VCT);
    let by_key: fn(&mut TrustEntry) = |entry| {
        let other = base64url::encode([9; 32]);
        entry.keys = Some(PinnedKeys::both(vec![other], Vec::new()));
    };
    for (change, why) in
        [(by_trust, Why::TrustWithdrawn), (by_type, Why::TrustWithdrawn), (by_key, Why::IssuerKeyCompromised)]
    {
        let fair = Fair::new().await;
        fair.agreed(1, (LIST, PLACE)).await;
        fair.look_after(0).await;
        fair.trust(change);
        fair.look_after(0).await;
        assert_eq!(fair.told().await[2..], [format!("{why:?}"), format!("{why:?}")]);
        assert_eq!(fair.faults().await, []);
    }
}

#[tokio::test]
async fn a_consent_is_taken_back_by_who_has_its_token() {
    let fair = Fair::new().await;
    let (_, posted) = fair.agreed(1, (LIST, PLACE)).await;
    let (_, other) = fair.agreed(2, (LIST, PLACE)).await;
    let of = |answer: &Answer| {
        let consent = answer.json()["feed_consent"].clone();
        (
            consent["uri"].as_str().unwrap().to_owned(),
            format!("Bearer {}", consent["token"].as_str().unwrap()),
        )
    };
    let ((uri, token), (_, others)) = (of(&posted), of(&other));
    let withdraw =
        async |uri: &str, token: &str| fair.lab.send("DELETE", uri, &[("authorization", token)], b"").await;
    for (uri, token) in [(uri.as_str(), others.as_str()), (&uri, "Bearer x"), (&format!("{uri}x"), &token)] {
        assert_eq!(withdraw(uri, token).await.refusal(), (404, "no-such-consent".to_owned()));
    }
    assert_eq!(fair.told().await.len(), 4);
    assert_eq!(withdraw(&uri, &token).await.status, 204);
    assert_eq!(fair.told().await[4..], ["ConsentWithdrawn", "ConsentWithdrawn"]);
    assert_eq!(withdraw(&uri, &token).await.status, 404, "nothing is told by it any more");
    assert_eq!(fair.faults().await, []);
}

/// A store that fails at any commit tells each fact once, and none that is not kept.
#[tokio::test]
async fn whatever_the_store_does_facts_are_told_once_and_whole() {
    for fault in [
        jigap_platform::store::Fault::Conflict,
        jigap_platform::store::Fault::UnknownCommitted,
        jigap_platform::store::Fault::UnknownNotCommitted,
        jigap_platform::store::Fault::Unavailable,
    ] {
        for step in 5..=16 {
            let fair = Fair::with(Faults::at([(step, fault)])).await;
            let mut done = false;
            for _ in 0..3 {
                let opened = fair.ask_as(PEOPLE, &Fair::wish(1)).await;
                if opened.status != 201 {
                    continue;
                }
                let mut opened = opened;
                let mut body = opened.json();
                body["id"] = body["request_id"].clone();
                opened.text = body.to_string();
                let (_, request) = fair.lab.read_as_wallet(opened).await;
                let posted = fair.lab.post(&fair.shown((LIST, PLACE), &request), &request).await;
                if posted.status == 200 {
                    done = true;
                    break;
                }
            }
            assert!(done, "{fault:?} at {step}");
            assert_eq!(fair.told().await, ["+", "+"], "{fault:?} at {step}");
            fair.serve(LIST, &[(PLACE, StatusValue::INVALID)]);
            for _ in 0..3 {
                fair.look_after(61).await;
            }
            assert_eq!(fair.told().await[2..], ["Revoked", "Revoked"], "{fault:?} at {step}");
            assert_eq!(fair.faults().await, []);
        }
    }
}
