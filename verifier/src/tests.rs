//! The verifier from the outside: what askers and wallets send, and what they are answered, over its own router, the
//! store in memory, a clock that stands and entropy that repeats itself.

use std::collections::BTreeMap;
use std::sync::Arc;

use axum::Router;
use axum::body::{Body, to_bytes};
use axum::http::Request;
use jigap_keys::{KeyType, PrivateKey};
use jigap_platform::http::{Assembly, Metrics, MetricsAccess, ServerSettings, Shutdown, TokenHash};
use jigap_platform::keyring::Keyring;
use jigap_platform::secrets::Vault;
use jigap_platform::store::{Fault, Faults, in_memory};
use jigap_platform::testing::{Answer, Call, LoopbackFetch, ManualClock, SeededEntropy, openapi};
use jigap_wallet_core::claims::ClaimPath;
use jigap_wallet_core::did::{Did, jwk_did};
use jigap_wallet_core::documents::Documents;
use jigap_wallet_core::jose::Header;
use jigap_wallet_core::ports::{Clock as _, HttpResponse, Store};
use jigap_wallet_core::sdjwt::{SdJwtVc, SdJwtVcBuilder};
use jigap_wallet_core::time::{Seconds, Timestamp};
use jigap_wallet_core::trust::{Authorities, Mechanism, Names, TrustEntry, TrustList, TrustListContent};
use jigap_wallet_core::vp::{
    AuthorizationRequest, AuthorizationResponse, ErrorCode, Invitation, VerifierTrust, VpToken,
};
use serde_json::{Value, json};
use tower::ServiceExt as _;
use url::Url;

use crate::assembly::{self, VerifierConfig, World};

pub(crate) mod feed;
mod issuing;
mod json;
mod vc_api;
mod w3c;

const BASE: &str = "https://gate.example";
const VCT: &str = "https://types.example/student-id/1";
const ASKER: &str = "Bearer asker-token";
const FORM: (&str, &str) = ("content-type", "application/x-www-form-urlencoded");

/// A verifier, a university it trusts, and a student.
struct Lab {
    app: Router,
    hosted: Arc<crate::http::Hosted>,
    clock: Arc<ManualClock>,
    entropy: Arc<SeededEntropy>,
    issuer: PrivateKey,
    holder: PrivateKey,
    fetch: Arc<LoopbackFetch>,
}

impl Lab {
    async fn new() -> Self {
        Self::with(json!({}), Faults::none()).await
    }

    /// With this in the verifier's configuration, and a store whose commits fail.
    async fn with(more: Value, faults: Faults) -> Self {
        Self::in_store(more, in_memory(faults).unwrap()).await
    }

    /// With this in the verifier's configuration, by what is stored. Keys are the same each time.
    async fn in_store(more: Value, store: Arc<dyn Store>) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("master.key");
        let entropy = Arc::new(SeededEntropy::new(1));
        Vault::init(&path, &*entropy).unwrap();
        let vault = Vault::open_file(&path, Arc::clone(&entropy) as _).unwrap();
        let clock = Arc::new(ManualClock::at(Timestamp::from_unix(1_800_000_000)));
        let key = || PrivateKey::generate(KeyType::P256, &*entropy);
        let (issuer, holder, publisher) = (key(), key(), key());
        let trust = trust(&issuer, &publisher, clock.now());
        let query = json!({"credentials": [{
            "id": "student", "format": "dc+sd-jwt", "meta": {"vct_values": [VCT]},
            "claims": [{"path": ["status_word"], "values": ["enrolled"]}],
        }]});
        let mut config = json!({
            "askers": {"gate": TokenHash::of("asker-token").to_text()},
            "templates": {"enrolled": {"query": query}},
            "trust": {"bundle": "unused"},
        });
        config.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        let mut config: VerifierConfig = serde_json::from_value(config).unwrap();
        let brought = config.identity.key.take();
        let fetch = Arc::new(LoopbackFetch::new());
        let world = World {
            store,
            clock: Arc::clone(&clock) as _,
            entropy: Arc::clone(&entropy) as _,
            fetch: Arc::clone(&fetch) as _,
        };
        let base = Url::parse(BASE).unwrap();
        if let Some(path) = brought {
            let pem = jigap_platform::files::read_private(&path).unwrap();
            let key = jigap_platform::pem::private_key(&pem).unwrap();
            let keyring = Keyring { store: &*world.store, vault: &vault, entropy: &*world.entropy };
            let request_key = assembly::RequestKey::new(&config.identity, &base, keyring).unwrap();
            request_key.import(&key).await.unwrap();
        }
        let hosted = assembly::open(&config, &base, &vault, world, trust).await.unwrap();
        let metrics = Metrics::new();
        hosted.show(&metrics);
        let frame = Assembly::new(Arc::clone(&entropy) as _, metrics, Shutdown::new());
        let frame = frame.metrics_access(MetricsAccess::Everybody);
        let app = frame.finish(crate::http::routes(Arc::clone(&hosted)), &ServerSettings::loopback());
        Self { app, hosted, clock, entropy, issuer, holder, fetch }
    }

    async fn send(&self, method: &str, path: &str, headers: &[(&str, &str)], body: &[u8]) -> Answer {
        let target = path.strip_prefix(BASE).unwrap_or(path);
        let call = Call { from: [192, 0, 2, 1], method, target, headers, body };
        call.of(&self.app, &crate::http::description()).await
    }

    async fn metrics(&self) -> String {
        let metrics = Request::get("/metrics").body(Body::empty()).unwrap();
        let metrics = self.app.clone().oneshot(metrics).await.unwrap();
        String::from_utf8(to_bytes(metrics.into_body(), 1 << 20).await.unwrap().to_vec()).unwrap()
    }

    async fn ask(&self, body: &Value) -> Answer {
        let headers = [("authorization", ASKER), ("content-type", "application/json")];
        self.send("POST", "/verifier/requests", &headers, body.to_string().as_bytes()).await
    }

    /// Asks, and reads the request as a wallet does.
    async fn asked(&self, more: &Value) -> (Answer, AuthorizationRequest) {
        let mut body = json!({"template": "enrolled"});
        body.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        self.read_as_wallet(self.ask(&body).await).await
    }

    async fn read_as_wallet(&self, opened: Answer) -> (Answer, AuthorizationRequest) {
        assert_eq!(opened.status, 201, "{opened:?}");
        let Ok(Invitation::ByReference(reference)) = Invitation::parse(&opened.get("link")) else {
            panic!("link")
        };
        let pending = reference.start(&*self.entropy);
        let posted = pending.request();
        let answer = self.send("POST", posted.url.as_str(), &[FORM], &posted.body).await;
        assert_eq!(answer.headers["content-type"], "application/oauth-authz-req+jwt");
        assert_eq!(answer.headers["cache-control"], "no-store");
        let answer = HttpResponse {
            status: answer.status,
            content_type: "application/oauth-authz-req+jwt".to_owned(),
            max_age: None,
            age: 0,
            dpop_nonce: None,
            body: answer.text.into_bytes(),
        };
        let documents = Documents::new();
        let trust = VerifierTrust { anchors: None, documents: &documents, now: self.clock.now() };
        let request = pending.read(&answer).unwrap().authenticate(trust).unwrap().validate().unwrap();
        (opened, request)
    }

    /// A presentation of a student ID that says `word`, for `nonce`.
    fn presentation(&self, word: &str, audience: &str, nonce: &str) -> String {
        let did = jwk_did(self.issuer.public());
        let claims = json!({
            "iss": did, "vct": VCT, "iat": self.clock.now(), "exp": self.clock.now().plus(Seconds(1000)),
            "status_word": word, "name": "홍길동",
        });
        let path = |name: &str| ClaimPath::from_json(&json!([name])).unwrap();
        let header = Header::for_key(self.issuer.public()).unwrap().typ("dc+sd-jwt").kid(format!("{did}#0"));
        let credential = SdJwtVcBuilder::new(claims.as_object().unwrap().clone())
            .conceal_if_present([path("status_word"), path("name")])
            .holder(self.holder.public().clone())
            .build(header, &*self.entropy)
            .unwrap()
            .sign(&self.issuer)
            .unwrap();
        let held = SdJwtVc::parse(&credential).unwrap().verify(self.issuer.public()).unwrap();
        let presentation = held.present(&[path("status_word")]).unwrap();
        let bound = presentation.bind(audience, nonce, self.clock.now(), self.holder.public()).unwrap();
        bound.sign(&self.holder).unwrap()
    }

    fn token(&self, word: &str, request: &AuthorizationRequest) -> AuthorizationResponse {
        let text = self.presentation(word, request.client_id.as_str(), &request.nonce);
        let presented = BTreeMap::from([("student".to_owned(), vec![json!(text)])]);
        AuthorizationResponse::Presented(VpToken::new(presented).unwrap())
    }

    async fn post(&self, response: &AuthorizationResponse, request: &AuthorizationRequest) -> Answer {
        let http = response.post(request, &*self.entropy).unwrap();
        self.send("POST", http.url.as_str(), &[FORM], &http.body).await
    }

    async fn result(&self, opened: &Answer, secret: &str, code: Option<&str>) -> Answer {
        let path = format!("/verifier/requests/{}", opened.get("id"));
        let secret = format!("Bearer {secret}");
        let headers = [("authorization", secret.as_str()), ("content-type", "application/json")];
        match code {
            None => self.send("GET", &path, &headers[..1], b"").await,
            Some(code) => {
                let body = json!({"response_code": code}).to_string();
                self.send("POST", &path, &headers, body.as_bytes()).await
            }
        }
    }
}

fn trust(issuer: &PrivateKey, publisher: &PrivateKey, now: Timestamp) -> TrustList {
    let did = jwk_did(issuer.public());
    let entry = TrustEntry {
        mechanism: Mechanism::Did(Did::parse(&did).unwrap().into()),
        issuer: did,
        names: Names { ko: "한빛대학교".into(), en: "Hanbit University".into() },
        keys: None,
        types: vec![VCT.to_owned(), w3c::STUDENT.to_owned()],
        valid_from: now.minus(Seconds(1)),
        valid_until: now.plus(Seconds(100_000)),
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
        expires_at: now.plus(Seconds(100_000)),
        entries: vec![entry],
    };
    let jwt = content.issue(publisher, None).unwrap();
    TrustList::verify(&jwt, &content.id, publisher.public(), now).unwrap()
}

mod limits;

#[tokio::test]
async fn a_presentation_is_judged_and_told_to_whoever_asked_encrypted_or_not() {
    let lab = Lab::new().await;
    for encrypted in [true, false] {
        let (opened, request) = lab.asked(&json!({"encrypted": encrypted})).await;
        let secret = opened.get("secret");
        assert_eq!(lab.result(&opened, &secret, None).await.json(), json!({"state": "waiting"}));
        let http = lab.token("enrolled", &request).post(&request, &*lab.entropy).unwrap();
        assert_eq!(String::from_utf8(http.body.clone()).unwrap().starts_with("response="), encrypted);
        let posted = lab.send("POST", http.url.as_str(), &[FORM], &http.body).await;
        assert_eq!((posted.status, posted.text.as_str()), (200, "{}"));
        let result = lab.result(&opened, &secret, None).await;
        assert_eq!(result.headers["cache-control"], "no-store");
        let result = result.json();
        assert_eq!(result["state"], "answered", "{result}");
        assert_eq!(result["claims"]["student"][0]["status_word"], "enrolled");
        assert!(!result.to_string().contains("홍길동"), "what was not disclosed is not there");
        // The very same bytes again, and another answer of the same wallet.
        let replay = lab.send("POST", http.url.as_str(), &[FORM], &http.body).await;
        assert_eq!(replay.refusal(), (400, "invalid_request".to_owned()));
        let other = lab.post(&lab.token("enrolled", &request), &request).await;
        assert_eq!(other.refusal(), (400, "invalid_request".to_owned()));
        assert_eq!(lab.result(&opened, &secret, None).await.json(), result);
    }
}

#[tokio::test]
async fn a_refused_verdict_is_an_answer_and_shows_no_claim() {
    let lab = Lab::new().await;
    let (opened, request) = lab.asked(&json!({})).await;
    assert_eq!(lab.post(&lab.token("on-leave", &request), &request).await.status, 200);
    let result = lab.result(&opened, &opened.get("secret"), None).await;
    assert_eq!((&result.json()["state"], &result.json()["claims"]), (&json!("answered"), &json!({})));
    assert!(!result.text.contains("on-leave"), "{result:?}");
}

#[tokio::test]
async fn of_two_responses_at_once_exactly_one_is_taken() {
    let lab = Lab::new().await;
    for _ in 0..8 {
        let (_, request) = lab.asked(&json!({})).await;
        let (one, two) = (lab.token("enrolled", &request), lab.token("enrolled", &request));
        let (one, two) = tokio::join!(lab.post(&one, &request), lab.post(&two, &request));
        let mut statuses = [one.status, two.status];
        statuses.sort_unstable();
        // The other one comes while the first is judged, or after it.
        assert!([[200, 400], [200, 429]].contains(&statuses), "{statuses:?}");
        // Two processes on one store do not see each other's turns.
        let (opened, request) = lab.asked(&json!({})).await;
        let [one, two] =
            [(); 2].map(|()| lab.token("enrolled", &request).post(&request, &*lab.entropy).unwrap().body);
        let (id, verifier) = (opened.get("id"), &lab.hosted.verifier);
        let (one, two) = tokio::join!(verifier.respond(&id, &one), verifier.respond(&id, &two));
        assert_eq!([one.is_ok(), two.is_ok()].iter().filter(|taken| **taken).count(), 1);
    }
}

#[tokio::test]
async fn a_wallet_may_decline_once() {
    let lab = Lab::new().await;
    let (opened, request) = lab.asked(&json!({})).await;
    let declined = AuthorizationResponse::Error(ErrorCode::AccessDenied);
    assert_eq!(lab.post(&declined, &request).await.status, 200);
    assert_eq!(lab.post(&lab.token("enrolled", &request), &request).await.refusal().0, 400);
    let result = lab.result(&opened, &opened.get("secret"), None).await.json();
    assert_eq!(result, json!({"state": "declined", "error": "access_denied"}));
}

#[tokio::test]
async fn the_same_device_flow_wants_the_response_code_besides_the_secret() {
    let lab = Lab::new().await;
    let (opened, request) = lab.asked(&json!({"redirect_uri": "https://shop.example/back"})).await;
    let posted = lab.post(&lab.token("enrolled", &request), &request).await;
    let back = Url::parse(&posted.get("redirect_uri")).unwrap();
    assert!(back.as_str().starts_with("https://shop.example/back"));
    let in_link = format!("{}&{}", back.query().unwrap_or_default(), back.fragment().unwrap_or_default());
    let code = in_link.split('&').find_map(|part| part.strip_prefix("response_code=")).unwrap().to_owned();
    let secret = opened.get("secret");
    for (secret, code) in [(&secret, None), (&secret, Some("wrong")), (&code, Some(code.as_str()))] {
        assert_eq!(lab.result(&opened, secret, code).await.refusal(), (404, "no-such-session".to_owned()));
    }
    // Session fixation: who made somebody else answer has the secret, and a link that held the code is no way in.
    let in_query = format!("/verifier/requests/{}?response_code={code}", opened.get("id"));
    let bearer = format!("Bearer {secret}");
    let refused = lab.send("GET", &in_query, &[("authorization", &bearer)], b"").await;
    assert_eq!(refused.refusal(), (404, "no-such-session".to_owned()));
    assert_eq!(lab.result(&opened, &secret, Some(&code)).await.json()["state"], "answered");
    let again = lab.result(&opened, &secret, Some(&code)).await;
    assert_eq!(again.refusal(), (410, "already-read".to_owned()));
    let foreign = lab.ask(&json!({"template": "enrolled", "redirect_uri": "javascript:alert(1)"})).await;
    assert_eq!(foreign.refusal(), (400, "bad-redirect-uri".to_owned()));
}

#[tokio::test]
async fn a_session_that_ended_takes_nothing_and_another_secret_sees_nothing() {
    let lab = Lab::new().await;
    let (opened, request) = lab.asked(&json!({})).await;
    let (other, _) = lab.asked(&json!({})).await;
    let wrong = lab.result(&opened, &other.get("secret"), None).await;
    assert_eq!(wrong.refusal(), (404, "no-such-session".to_owned()));
    let response = lab.token("enrolled", &request);
    lab.clock.advance(Seconds(300));
    assert_eq!(lab.post(&response, &request).await.refusal(), (400, "invalid_request".to_owned()));
    let path = format!("/verifier/request/{}", opened.get("id"));
    assert_eq!(lab.send("GET", &path, &[], b"").await.refusal(), (400, "invalid_request".to_owned()));
    let ended = lab.result(&opened, &opened.get("secret"), None).await;
    assert_eq!(ended.refusal(), (410, "expired".to_owned()));
}

#[tokio::test]
async fn a_response_with_another_state_or_form_is_refused_and_uses_up_nothing() {
    let lab = Lab::new().await;
    let (opened, request) = lab.asked(&json!({"encrypted": false})).await;
    let http = lab.token("enrolled", &request).post(&request, &*lab.entropy).unwrap();
    let good = String::from_utf8(http.body.clone()).unwrap();
    let state = request.reply_to.state.clone().unwrap();
    let giant = "x".repeat((1 << 20) + 1);
    for (body, status) in [
        (good.replace(&state, "another"), 400),
        (format!("{good}&state=again"), 400),
        ("state=only".to_owned(), 400),
        (String::new(), 400),
        (giant, 413),
    ] {
        assert_eq!(lab.send("POST", http.url.as_str(), &[FORM], body.as_bytes()).await.status, status);
    }
    let plain_to_encrypted = lab.asked(&json!({})).await.1;
    let answer =
        lab.send("POST", plain_to_encrypted.reply_to.response_uri.as_str(), &[FORM], good.as_bytes()).await;
    assert_eq!(answer.refusal(), (400, "invalid_request".to_owned()));
    assert_eq!(lab.send("POST", http.url.as_str(), &[FORM], good.as_bytes()).await.status, 200);
    assert_eq!(lab.result(&opened, &opened.get("secret"), None).await.json()["state"], "answered");
}

#[tokio::test]
async fn a_presentation_for_another_request_or_verifier_is_refused_by_the_verdict() {
    let lab = Lab::new().await;
    let (_, other) = lab.asked(&json!({})).await;
    for (audience, nonce) in [(None, Some(other.nonce.clone())), (Some("x509_san_dns:evil.example"), None)] {
        let (opened, request) = lab.asked(&json!({})).await;
        let text = lab.presentation(
            "enrolled",
            audience.unwrap_or(request.client_id.as_str()),
            nonce.as_deref().unwrap_or(&request.nonce),
        );
        let presented = BTreeMap::from([("student".to_owned(), vec![json!(text)])]);
        let response = AuthorizationResponse::Presented(VpToken::new(presented).unwrap());
        assert_eq!(lab.post(&response, &request).await.status, 200);
        let result = lab.result(&opened, &opened.get("secret"), None).await.json();
        assert_eq!((&result["state"], &result["claims"]), (&json!("answered"), &json!({})));
    }
}

#[tokio::test]
async fn who_may_not_ask_or_asks_what_is_not_there_is_refused() {
    let lab = Lab::new().await;
    let body = json!({"template": "enrolled"}).to_string();
    for authorization in ["Bearer wrong", "Basic YTpi"] {
        let headers = [("authorization", authorization), ("content-type", "application/json")];
        let answer = lab.send("POST", "/verifier/requests", &headers, body.as_bytes()).await;
        assert_eq!(answer.refusal(), (401, "not-an-asker".to_owned()));
    }
    let unknown = lab.ask(&json!({"template": "salary"})).await;
    assert_eq!(unknown.refusal(), (404, "no-such-template".to_owned()));
    for body in [json!({}), json!({"template": "enrolled", "query": {}}), json!([])] {
        assert!((400..=422).contains(&lab.ask(&body).await.status), "{body}");
    }
    assert_eq!(lab.send("GET", "/verifier/requests", &[], b"").await.status, 405);
    assert_eq!(lab.send("GET", "/verifier/requests/x", &[], b"").await.status, 404);
    assert_eq!(lab.send("GET", "/verifier/request/x", &[], b"").await.status, 404);
}

#[tokio::test]
async fn a_query_of_ones_own_is_asked_where_the_operator_allows_it() {
    let query = json!({"credentials": [{
        "id": "student", "format": "dc+sd-jwt", "meta": {"vct_values": [VCT]}, "claims": [{"path": ["status_word"]}],
    }]});
    let body = json!({"query": query, "max_status_age": 60});
    assert_eq!(Lab::new().await.ask(&body).await.refusal(), (403, "templates-only".to_owned()));
    let lab = Lab::with(json!({"own_queries": true}), Faults::none()).await;
    for (bad, check) in [
        (json!({"query": {"credentials": []}}), "DQ-01"),
        (json!({"query": {"credentials": [{"id": "홍길동", "format": "dc+sd-jwt", "meta": {}}]}}), "DQ-02"),
        (json!({"query": {"credentials": [{"id": "a", "format": "ac_vp", "meta": {}}]}}), "V-18"),
    ] {
        for (lang, says) in [("en", "The query is no DCQL query"), ("ko", "질의가")] {
            let headers =
                [("authorization", ASKER), ("content-type", "application/json"), ("accept-language", lang)];
            let answer = lab.send("POST", "/verifier/requests", &headers, bad.to_string().as_bytes()).await;
            assert_eq!(answer.refusal(), (400, "bad-query".to_owned()));
            let detail = answer.get("detail");
            assert!(detail.starts_with(says) && detail.contains(&format!(" {check}: ")), "{detail}");
            assert!(!detail.contains("홍길동"), "{detail}");
        }
    }
    for bad in [json!({"template": "enrolled", "max_status_age": 1}), json!({"max_status_age": 1})] {
        assert_eq!(lab.ask(&bad).await.refusal(), (400, "template-or-query".to_owned()));
    }
    let (opened, request) = lab.read_as_wallet(lab.ask(&body).await).await;
    assert_eq!(lab.post(&lab.token("on-leave", &request), &request).await.status, 200);
    let result = lab.result(&opened, &opened.get("secret"), None).await.json();
    assert_eq!(result["claims"]["student"][0]["status_word"], "on-leave", "{result}");
}

#[tokio::test]
async fn a_store_that_fails_is_said_and_another_try_goes_on() {
    for fault in [Fault::Unavailable, Fault::Conflict, Fault::UnknownCommitted, Fault::UnknownNotCommitted] {
        for step in 0..3 {
            // Three commits came before: the verifier's key, its record secret and the trust list's version.
            let lab = Lab::with(json!({}), Faults::at([(4 + step, fault)])).await;
            let mut failures = Vec::new();
            let body = json!({"template": "enrolled", "redirect_uri": "https://shop.example/back"});
            let mut opened = lab.ask(&body).await;
            if opened.status != 201 {
                failures.push(opened.refusal());
                opened = lab.ask(&body).await;
            }
            let (opened, request) = lab.read_as_wallet(opened).await;
            let response = lab.token("enrolled", &request);
            let mut posted = lab.post(&response, &request).await;
            if posted.status != 200 {
                failures.push(posted.refusal());
                posted = lab.post(&response, &request).await;
            }
            let back = Url::parse(&posted.get("redirect_uri")).unwrap();
            let code = back.fragment().unwrap().strip_prefix("response_code=").unwrap().to_owned();
            let mut read = lab.result(&opened, &opened.get("secret"), Some(&code)).await;
            if read.status != 200 {
                failures.push(read.refusal());
                read = lab.result(&opened, &opened.get("secret"), Some(&code)).await;
            }
            assert_eq!(read.json()["state"], "answered", "{fault:?} at {step}");
            let expected = match (fault, step) {
                (Fault::Unavailable, 1) => vec![(503, "temporarily_unavailable".to_owned())],
                (Fault::Unavailable, _) => vec![(503, "store-unavailable".to_owned())],
                _ => Vec::new(),
            };
            assert_eq!(failures, expected, "{fault:?} at {step}");
        }
    }
}

#[tokio::test]
async fn a_verifier_that_cannot_sign_asks_in_the_link_itself() {
    let lab = Lab::with(json!({"identity": {"prefix": "redirect_uri"}}), Faults::none()).await;
    let opened = lab.ask(&json!({"template": "enrolled"})).await;
    let Ok(Invitation::ByValue(request)) = Invitation::parse(&opened.get("link")) else { panic!("link") };
    let documents = Documents::new();
    let trust = VerifierTrust { anchors: None, documents: &documents, now: lab.clock.now() };
    let request = request.authenticate(trust).unwrap().validate().unwrap();
    let id = opened.get("id");
    assert_eq!(request.client_id.as_str(), format!("redirect_uri:{BASE}/verifier/response/{id}"));
    assert_eq!(lab.send("GET", &format!("/verifier/request/{id}"), &[], b"").await.refusal().0, 404);
    assert_eq!(lab.post(&lab.token("enrolled", &request), &request).await.status, 200);
    let result = lab.result(&opened, &opened.get("secret"), None).await.json();
    assert_eq!(result["claims"]["student"][0]["status_word"], "enrolled", "{result}");
}

#[tokio::test]
async fn events_are_for_who_has_the_secret() {
    let lab = Lab::new().await;
    let (opened, request) = lab.asked(&json!({})).await;
    let path = format!("/verifier/requests/{}/events", opened.get("id"));
    for authorization in ["Bearer wrong", "Basic YTpi"] {
        let refused = lab.send("GET", &path, &[("authorization", authorization)], b"").await;
        assert_eq!(refused.refusal(), (404, "no-such-session".to_owned()));
    }
    assert_eq!(lab.post(&lab.token("enrolled", &request), &request).await.status, 200);
    let bearer = format!("Bearer {}", opened.get("secret"));
    let told = lab.send("GET", &path, &[("authorization", &bearer)], b"").await;
    assert_eq!((told.status, &told.headers["content-type"]), (200, &"text/event-stream".parse().unwrap()));
    let data = told.text.strip_prefix("event: state\ndata: ").unwrap().strip_suffix("\n\n").unwrap();
    let polled = lab.result(&opened, &opened.get("secret"), None).await.json();
    assert_eq!(serde_json::from_str::<Value>(data).unwrap(), polled, "the stream and the poll say the same");
}

#[tokio::test]
async fn the_description_is_served_checked_in_and_complete() {
    let description = crate::http::description();
    openapi::assert_complete(&description);
    let file = concat!(env!("CARGO_MANIFEST_DIR"), "/../docs/openapi/verifier.json");
    openapi::assert_checked_in(&description, std::path::Path::new(file));
    let lab = Lab::new().await;
    let request = Request::get("/openapi/verifier.json").body(Body::empty()).unwrap();
    let served = lab.app.clone().oneshot(request).await.unwrap();
    let served = to_bytes(served.into_body(), 1 << 20).await.unwrap();
    assert_eq!(served, description.to_json());
}

#[tokio::test]
async fn what_is_wrong_is_said_and_what_happened_is_counted() {
    let folder = tempfile::tempdir().unwrap();
    let mut params = rcgen::CertificateParams::new(vec!["gate.example".to_owned()]).unwrap();
    params.is_ca = rcgen::IsCa::ExplicitNoCa;
    params.not_after = rcgen::date_time_ymd(2027, 2, 15);
    let key = rcgen::KeyPair::generate().unwrap();
    let put = |name: &str, pem: String| {
        let path = folder.path().join(name);
        jigap_platform::files::write_new_private(&path, pem.as_bytes()).unwrap();
        path
    };
    let identity = json!({
        "prefix": "x509_hash", "certificate": put("c.pem", params.self_signed(&key).unwrap().pem()),
        "key": put("k.pem", key.serialize_pem()),
    });
    let lab = Lab::with(json!({"identity": identity}), Faults::none()).await;
    let ailments = async || {
        let ailments = lab.hosted.ailments().await;
        ailments.iter().map(|ailment| (ailment.code, ailment.stops)).collect::<Vec<_>>()
    };
    // 2027-01-15; the certificate ends on 15 February, the trust list after 100,000 seconds.
    assert_eq!(ailments().await, []);
    lab.clock.advance(Seconds(99_999));
    assert_eq!(ailments().await, [("certificate-ends-soon", false)]);
    lab.clock.advance(Seconds(30 * 86_400));
    assert_eq!(ailments().await, [("trust-list-ended", true), ("certificate-ended", true)]);

    let lab = Lab::new().await;
    let (_, request) = lab.asked(&json!({"encrypted": false})).await;
    let http = lab.token("enrolled", &request).post(&request, &*lab.entropy).unwrap();
    assert_eq!(lab.send("POST", http.url.as_str(), &[FORM], b"state=x").await.status, 400);
    assert_eq!(lab.send("POST", http.url.as_str(), &[FORM], &http.body).await.status, 200);
    let (_, request) = lab.asked(&json!({})).await;
    assert_eq!(lab.post(&lab.token("on-leave", &request), &request).await.status, 200);
    let (_, request) = lab.asked(&json!({})).await;
    assert_eq!(lab.post(&AuthorizationResponse::Error(ErrorCode::AccessDenied), &request).await.status, 200);
    lab.hosted.looked_at_trust(2);
    let metrics = lab.metrics().await;
    for line in [
        "sessions_total 3",
        "presentations_accepted_total 1",
        "presentations_refused_total 1",
        "responses_declined_total 1",
        "responses_not_taken_total 1",
        "rate_limited_total 0",
        "trust_list_failures_total 2",
        "listeners 0",
        "trust_list_ends_seconds 1800100000",
    ] {
        assert!(metrics.contains(&format!("jigap_verifier_{line}\n")), "{line}\n{metrics}");
    }
}
