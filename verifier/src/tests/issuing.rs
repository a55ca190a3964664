//! Templates that issue: who is told what, who gets the offer, and what stands when there is none.

use jigap_wallet_core::ports::FetchError;
use jigap_wallet_core::verdict::signed::{AttestedVerdict, SignedVerdict};
use jigap_wallet_core::vp::PostAnswer;

use super::*;

const ISSUER: &str = "https://id.example/passes";
const ENDPOINT: &str = "https://id.example/passes/verdicts";
const OFFER: &str =
    "openid-credential-offer://?credential_offer_uri=https%3A%2F%2Fid.example%2Fpasses%2Foffers%2F1";

fn templates(once_by: Value) -> Value {
    let query = json!({"credentials": [{
        "id": "student", "format": "dc+sd-jwt", "meta": {"vct_values": [VCT]},
        "claims": [{"path": ["status_word"], "values": ["enrolled"]}],
    }]});
    let facts = json!({"student": {"student": true, "word": {"claim": ["status_word"]}}});
    let issues = json!({"issuer": ISSUER, "facts": facts, "once_by": once_by});
    json!({"enrolled": {"query": query}, "entry-pass": {"query": query, "issues": issues}})
}

async fn lab_by(once_by: Value) -> Lab {
    let lab = Lab::with(json!({"templates": templates(once_by)}), Faults::none()).await;
    lab.issuer_answers(201, &json!({"offer": OFFER, "expires": "2027-01-15T08:10:00Z"}));
    lab
}

async fn lab() -> Lab {
    lab_by(json!({})).await
}

impl Lab {
    fn issuer_answers(&self, status: u16, body: &Value) {
        let (content_type, body) = ("application/json".to_owned(), body.to_string().into_bytes());
        let answer = HttpResponse { status, content_type, max_age: None, age: 0, dpop_nonce: None, body };
        self.fetch.answer(ENDPOINT, Ok(answer));
    }

    /// Asks for what leads to a pass, and answers with this word.
    async fn shown(&self, word: &str) -> (Answer, Answer) {
        let (opened, request) = self.asked(&json!({"template": "entry-pass"})).await;
        let posted = self.post(&self.token(word, &request), &request).await;
        (opened, posted)
    }

    /// What the issuer was told since it was looked last.
    fn told(&self) -> Vec<AttestedVerdict> {
        let key = self.hosted.verifier.identity.signing().unwrap().signer.public_key().clone();
        let id = self.hosted.verifier.identity.signing().unwrap().client_id.as_str().to_owned();
        let posted =
            self.fetch.take_requests().into_iter().filter(|request| request.url.as_str() == ENDPOINT);
        let read = |body: Vec<u8>| {
            let text = String::from_utf8(body).unwrap();
            let pinned = |named: &str| (named == id).then_some(&key);
            SignedVerdict::parse(&text).unwrap().verify(pinned, ISSUER, self.clock.now()).unwrap()
        };
        posted.map(|request| read(request.body)).collect()
    }
}

#[tokio::test]
async fn the_wallet_that_answered_gets_the_offer_and_whoever_asked_hears_of_it() {
    let lab = lab().await;
    let (opened, posted) = lab.shown("enrolled").await;
    assert_eq!(posted.json(), json!({"redirect_uri": OFFER}));
    assert_eq!(posted.headers["cache-control"], "no-store");
    let [told] = &lab.told()[..] else { panic!("once") };
    assert_eq!((told.id(), told.template()), (opened.get("id").as_str(), "entry-pass"));
    let facts = serde_json::to_value(told.facts()).unwrap();
    assert_eq!(facts, json!({"student": true, "word": "enrolled"}));
    let result = lab.result(&opened, &opened.get("secret"), None).await;
    assert_eq!(result.json()["offer"], "made");
    assert!(!result.text.contains("credential-offer"), "the offer is the wallet's");
    let counted = lab.metrics().await;
    assert!(counted.contains("\njigap_verifier_offers_made_total 1\n"), "{counted}");
    // The template beside it issues nothing, and says nothing of it.
    let (opened, request) = lab.asked(&json!({})).await;
    assert_eq!(lab.post(&lab.token("enrolled", &request), &request).await.json(), json!({}));
    assert!(lab.told().is_empty());
    assert!(lab.result(&opened, &opened.get("secret"), None).await.json()["offer"].is_null());
}

#[tokio::test]
async fn a_verdict_that_refuses_a_refusal_and_a_replay_lead_to_nothing() {
    let lab = lab().await;
    let (opened, posted) = lab.shown("on-leave").await;
    assert_eq!((posted.status, posted.json()), (200, json!({})));
    assert!(lab.result(&opened, &opened.get("secret"), None).await.json()["offer"].is_null());
    let (_, request) = lab.asked(&json!({"template": "entry-pass"})).await;
    let declined = AuthorizationResponse::Error(ErrorCode::AccessDenied);
    assert_eq!(lab.post(&declined, &request).await.json(), json!({}));
    assert!(lab.told().is_empty(), "the issuer hears of neither");
    let (_, request) = lab.asked(&json!({"template": "entry-pass"})).await;
    let http = lab.token("enrolled", &request).post(&request, &*lab.entropy).unwrap();
    let send = async || lab.send("POST", http.url.as_str(), &[FORM], &http.body).await;
    assert_eq!(send().await.json(), json!({"redirect_uri": OFFER}));
    // Whoever read the answer on its way has a response that was used.
    let replay = send().await;
    assert_eq!(replay.refusal(), (400, "invalid_request".to_owned()));
    assert!(!replay.text.contains("offer"));
    assert_eq!(lab.told().len(), 1);
}

#[tokio::test]
async fn without_an_issuer_the_verdict_stands_and_both_are_told() {
    let lab = lab().await;
    let away = Err(FetchError::Unreachable);
    for (answer, error, tries) in [
        (away.clone(), "unavailable", 2),
        (Err(FetchError::TimedOut), "unavailable", 2),
        (Err(FetchError::Forbidden("x")), "unavailable", 2),
    ] {
        lab.fetch.answer(ENDPOINT, answer);
        let (opened, posted) = lab.shown("enrolled").await;
        assert_eq!((posted.status, posted.json()), (200, json!({"offer_error": error})));
        let result = lab.result(&opened, &opened.get("secret"), None).await.json();
        assert_eq!((&result["verdict"]["accepted"], &result["offer"]), (&json!(true), &json!(error)));
        let told = lab.told();
        assert!(told.len() == tries && told.windows(2).all(|two| two[0] == two[1]), "the same again");
    }
    let unavailable = |status, body: Value| (status, body, "unavailable");
    for (status, body, error) in [
        unavailable(503, json!({"code": "try-again"})),
        unavailable(201, json!({"offer": "https://phishing.example"})),
        unavailable(
            201,
            json!({"offer": "openid-credential-offer://?credential_offer_uri=https%3A%2F%2Fphishing.example%2F1"}),
        ),
        unavailable(201, json!({"offer": "openid-credential-offer://?credential_offer=%7B%7D"})),
        unavailable(429, json!({"code": "too-many-verdicts"})),
        unavailable(201, json!([])),
        (400, json!({"code": "verdict-refused"}), "refused"),
        (403, json!({"code": "offer-denied"}), "refused"),
        (429, json!({"code": "enough-offered"}), "refused"),
        (302, json!({}), "refused"),
    ] {
        lab.issuer_answers(status, &body);
        let (_, posted) = lab.shown("enrolled").await;
        assert_eq!((posted.status, posted.json()), (200, json!({"offer_error": error})), "{status}");
        let answer = HttpResponse {
            status: 200,
            content_type: "application/json".to_owned(),
            max_age: None,
            age: 0,
            dpop_nonce: None,
            body: posted.text.into_bytes(),
        };
        assert!(PostAnswer::read(&answer).unwrap().offer_error.is_some());
    }
}

/// Where the answer could not be stored the wallet sends another, and the issuer hears of the very same verdict.
#[tokio::test]
async fn a_store_that_failed_costs_no_offer() {
    // Four commits came before: the verifier's key, its record secret, the trust list's version and the session.
    let faults = Faults::at([(5, Fault::Unavailable)]);
    let mut lab = Lab::with(json!({"templates": templates(json!({}))}), faults).await;
    lab.issuer_answers(201, &json!({"offer": OFFER}));
    let (_, request) = lab.asked(&json!({"template": "entry-pass"})).await;
    let first = lab.post(&lab.token("enrolled", &request), &request).await;
    assert_eq!(first.refusal(), (503, "temporarily_unavailable".to_owned()));
    // The copy that was shown is spent.
    lab.holder = PrivateKey::generate(KeyType::P256, &SeededEntropy::new(9));
    let again = lab.post(&lab.token("enrolled", &request), &request).await;
    assert_eq!(again.json(), json!({"redirect_uri": OFFER}));
    let told = lab.told();
    assert_ne!(told[0].shown(), told[1].shown());
    assert_eq!((told.len(), told[0].content(), told[0].id()), (2, told[1].content(), told[1].id()));
}

/// The service was started again with another configuration while a question stood.
#[tokio::test]
async fn what_was_asked_before_the_template_changed_leads_to_nothing() {
    let store = in_memory(Faults::none()).unwrap();
    let of = |more| Lab::in_store(more, Arc::clone(&store));
    let now = templates(json!({}));
    let mut before = now.clone();
    before["entry-pass"]["query"]["credentials"][0]["claims"][0]["values"] = json!(["enrolled", "on-leave"]);
    let mut without = now.clone();
    without["entry-pass"].as_object_mut().unwrap().remove("issues");
    let frontend = json!({"template": "entry-pass", "redirect_uri": "https://shop.example/back"});
    for (templates, asked, offers) in [
        (now.clone(), json!({"template": "entry-pass"}), true),
        (before, json!({"template": "entry-pass"}), false),
        (without.clone(), frontend, false),
        (without, json!({"template": "entry-pass"}), true),
    ] {
        let (opened, request) = of(json!({"templates": templates})).await.asked(&asked).await;
        let lab = of(json!({"templates": now})).await;
        lab.issuer_answers(201, &json!({"offer": OFFER}));
        let posted = lab.post(&lab.token("enrolled", &request), &request).await.json();
        assert_eq!(posted["redirect_uri"] == json!(OFFER), offers, "{posted}");
        assert_eq!(lab.told().len(), usize::from(offers));
        if asked.get("redirect_uri").is_none() {
            let result = lab.result(&opened, &opened.get("secret"), None).await.json();
            assert_eq!(
                (&result["verdict"]["accepted"], &result["offer"]),
                (&json!(true), &json!(if offers { "made" } else { "refused" }))
            );
        }
    }
}

#[tokio::test]
async fn a_credential_is_known_again_by_its_issuer_alone_and_by_the_claims_that_were_chosen() {
    let shown = async |lab: &Lab| {
        lab.shown("enrolled").await;
        lab.told().remove(0).shown().to_vec()
    };
    let mut lab = lab().await;
    let first = shown(&lab).await;
    assert_eq!(shown(&lab).await, first, "by its key");
    lab.holder = PrivateKey::generate(KeyType::P256, &SeededEntropy::new(9));
    assert_ne!(shown(&lab).await, first, "another copy");
    let mut lab = lab_by(json!({"student": [["status_word"]]})).await;
    let (opened, _) = lab.shown("enrolled").await;
    let told = lab.told().remove(0);
    let claims = &lab.result(&opened, &opened.get("secret"), None).await.json()["claims"]["student"][0];
    assert!(claims.is_object() && claims.get("status_word").is_none(), "whoever asked is not told: {claims}");
    assert_ne!(told.shown(), first);
    lab.holder = PrivateKey::generate(KeyType::P256, &SeededEntropy::new(9));
    assert_eq!(shown(&lab).await, told.shown(), "another copy of the same credential");
}

#[tokio::test]
async fn who_is_sent_to_an_offer_is_not_sent_elsewhere_and_who_does_not_sign_issues_nothing() {
    let lab = lab().await;
    let asked =
        lab.ask(&json!({"template": "entry-pass", "redirect_uri": "https://shop.example/back"})).await;
    assert_eq!(asked.refusal(), (400, "issues-instead".to_owned()));
    let config: VerifierConfig = serde_json::from_value(json!({
        "templates": templates(json!({})), "trust": {"bundle": "unused"}, "identity": {"prefix": "redirect_uri"},
    }))
    .unwrap();
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("master.key");
    Vault::init(&path, &*lab.entropy).unwrap();
    let vault = Vault::open_file(&path, Arc::clone(&lab.entropy) as _).unwrap();
    let world = World {
        store: in_memory(Faults::none()).unwrap(),
        clock: Arc::clone(&lab.clock) as _,
        entropy: Arc::clone(&lab.entropy) as _,
        fetch: Arc::clone(&lab.fetch) as _,
    };
    let list = trust(&lab.issuer, &lab.issuer, lab.clock.now());
    let opened = assembly::open(&config, &Url::parse(BASE).unwrap(), &vault, world, list).await;
    assert!(opened.err().unwrap().to_string().contains("verifier.templates.entry-pass.issues"));
}
