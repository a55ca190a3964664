//! What consumers may not ask, who is no consumer, and answers that agree to nothing.

use jigap_wallet_core::verdict::checks::AUTHORIZED;

use super::*;

#[tokio::test]
async fn only_consumers_are_told_and_who_guesses_is_slowed_down() {
    let fair = Fair::new().await;
    for token in ["Bearer guess", "Bearer asker-token", "Basic people-token", ""] {
        for (method, target) in [
            ("POST", "/v1/feed/requests"),
            ("GET", "/v1/feed/events"),
            ("GET", "/v1/feed/requests/AAAAAAAAAAAAAAAAAAAAAA"),
        ] {
            let answer = fair.lab.send(method, target, &[("authorization", token)], b"{}").await;
            assert_eq!(answer.refusal(), (401, "not-a-consumer".to_owned()), "{token} {target}");
        }
    }
    for _ in 0..10 {
        fair.lab.send("GET", "/v1/feed/events", &[("authorization", "Bearer guess")], b"").await;
    }
    let slowed = fair.lab.send("GET", "/v1/feed/events", &[("authorization", "Bearer guess")], b"").await;
    assert_eq!(slowed.refusal(), (429, "too-many-failures".to_owned()));
}

#[tokio::test]
async fn a_verifier_without_consumers_has_nothing_there() {
    let lab = Lab::new().await;
    let answer = lab.send("GET", "/v1/feed/events", &[("authorization", ASKER)], b"").await;
    assert_eq!(answer.refusal(), (401, "not-a-consumer".to_owned()));
    let hint = [("content-type", "application/jigap-status-hint+jwt")];
    assert_eq!(lab.send("POST", "/v1/feed/hints", &hint, b"x").await.refusal().0, 403);
}

#[tokio::test]
async fn what_no_facts_are_told_of_is_not_asked() {
    let fair = Fair::new().await;
    let with = |change: &dyn Fn(&mut Value)| {
        let mut wish = Fair::wish(1);
        change(&mut wish);
        wish
    };
    let refused = async |wish: Value| fair.ask_as(PEOPLE, &wish).await.refusal();
    let bad: [&dyn Fn(&mut Value); 13] = [
        &|wish| wish["sought"] = json!([]),
        &|wish| wish["sought"] = json!(vec![json!({"credential": "student", "path": ["status_word"]}); 17]),
        &|wish| wish["sought"][1] = wish["sought"][0].clone(),
        &|wish| wish["sought"][0]["credential"] = json!("licence"),
        &|wish| wish["sought"][1]["path"] = json!(["name"]),
        &|wish| wish["sought"][0]["one_of"] = json!(["enrolled"]),
        &|wish| wish["sought"][1]["one_of"] = json!(["x".repeat(201)]),
        &|wish| wish["bound_to"] = json!("me"),
        &|wish| wish["purpose"]["ko"] = json!(""),
        &|wish| wish["purpose"]["en"] = json!("x".repeat(401)),
        &|wish| wish["purpose"]["en"] = json!("to list\u{202E}you"),
        &|wish| wish["dcql_query"]["credentials"][0]["require_cryptographic_holder_binding"] = json!(false),
        &|wish| wish["dcql_query"]["credentials"][0]["multiple"] = json!(true),
    ];
    for (at, change) in bad.iter().enumerate() {
        assert_eq!(refused(with(change)).await, (400, "bad-sought".to_owned()), "{at}");
    }
    let mdoc = with(&|wish| {
        wish["dcql_query"]["credentials"][0]["format"] = json!("mso_mdoc");
        wish["dcql_query"]["credentials"][0]["meta"] = json!({"doctype_value": "org.iso.18013.5.1.mDL"});
        wish["dcql_query"]["credentials"][0]["claims"] =
            json!([{"path": ["org.iso.18013.5.1", "family_name"]}]);
    });
    assert_eq!(refused(mdoc).await, (400, "bad-sought".to_owned()), "it carries no consent");
    assert_eq!(refused(with(&|wish| wish["dcql_query"] = json!({}))).await, (400, "bad-query".to_owned()));
    let large = with(&|wish| {
        wish["dcql_query"]["credentials"][0]["meta"]["vct_values"] = json!(["x".repeat(20_000)])
    });
    assert_eq!(refused(large).await, (413, "query-too-large".to_owned()));
    let unknown = with(&|wish| wish["more"] = json!(1));
    assert_eq!(refused(unknown).await, (400, "unexpected-json".to_owned()));
}

#[tokio::test]
async fn v_19_an_answer_that_does_not_authorize_it_is_refused_and_nothing_is_told() {
    let fair = Fair::new().await;
    let (opened, request) = fair.asked(&Fair::wish(1)).await;
    let (_, others) = fair.asked(&Fair::wish(2)).await;
    let status = json!({"status": {"status_list": {"uri": LIST, "idx": PLACE}}});
    let posted = fair.lab.post(&fair.shown_with(status, &request, false), &request).await;
    assert_eq!((posted.status, posted.text.as_str()), (200, "{}"), "the wallet is not told");
    assert_eq!(fair.state(&opened).await, json!({"state": "refused", "facts": []}));
    assert_eq!(AUTHORIZED.id, "V-19");
    let (opened, request) = fair.asked(&Fair::wish(1)).await;
    let mut other = request.clone();
    other.authorization = others.authorization;
    assert_eq!(fair.lab.post(&fair.shown((LIST, PLACE), &other), &request).await.status, 200);
    assert_eq!(fair.state(&opened).await, json!({"state": "refused", "facts": []}));
    assert_eq!(fair.told().await.len(), 0);
}

#[tokio::test]
async fn a_request_is_refused_declined_or_expires_and_is_its_consumers_alone() {
    let fair = Fair::new().await;
    let (opened, request) = fair.asked(&Fair::wish(1)).await;
    let declined = AuthorizationResponse::Error(ErrorCode::AccessDenied);
    assert_eq!(fair.lab.post(&declined, &request).await.status, 200);
    assert_eq!(fair.state(&opened).await["state"], "refused");
    let target = format!("/v1/feed/requests/{}", opened.get("request_id"));
    let other = fair.lab.send("GET", &target, &[("authorization", &Fair::bearer(OTHER))], b"").await;
    assert_eq!(other.refusal(), (404, "no-such-request".to_owned()));
    let (opened, request) = fair.asked(&Fair::wish(1)).await;
    fair.lab.clock.advance(Seconds(301));
    assert_eq!(fair.state(&opened).await["state"], "expired");
    assert_eq!(fair.lab.post(&fair.shown((LIST, PLACE), &request), &request).await.status, 400);
    fair.look_after(90_000).await;
    let forgotten = fair.lab.send("GET", &target, &[("authorization", &Fair::bearer(PEOPLE))], b"").await;
    assert_eq!(forgotten.refusal(), (404, "no-such-request".to_owned()));
}

#[tokio::test]
async fn events_are_asked_for_by_numbers_and_who_waits_is_told_when_there_are_some() {
    let fair = Fair::new().await;
    for query in ["?after=x", "?after=-1", "?wait=1.5"] {
        let target = format!("/v1/feed/events{query}");
        let answer = fair.lab.send("GET", &target, &[("authorization", &Fair::bearer(PEOPLE))], b"").await;
        assert_eq!(answer.refusal(), (400, "not-a-position".to_owned()));
    }
    let other = fair
        .lab
        .send("GET", "/v1/feed/events?before=1", &[("authorization", &Fair::bearer(PEOPLE))], b"")
        .await;
    assert_eq!(other.refusal().0, 400);
    let bearer = Fair::bearer(PEOPLE);
    let headers = [("authorization", bearer.as_str())];
    let waiting = fair.lab.send("GET", "/v1/feed/events?after=0&wait=20", &headers, b"");
    let (answer, _) =
        tokio::join!(tokio::time::timeout(std::time::Duration::from_secs(15), waiting), async {
            tokio::time::sleep(std::time::Duration::from_millis(50)).await;
            fair.agreed(1, (LIST, PLACE)).await
        });
    let batch = SignedBatch::parse(&answer.unwrap().text).unwrap();
    let signing = fair.lab.hosted.verifier.identity.signing().unwrap();
    let key = |_: &str| Some(signing.signer.public_key());
    assert_eq!(batch.verify(key, (PEOPLE, 0), fair.lab.clock.now()).unwrap().events().len(), 2);
}

#[tokio::test]
async fn values_that_are_one_of_some_are_not_told_which() {
    let fair = Fair::new().await;
    let mut wish = Fair::wish(1);
    wish["sought"] = json!([
        {"credential": "student", "path": ["status_word"], "one_of": ["enrolled", "on-leave"]},
        {"credential": "student", "path": ["status_word"], "one_of": ["expelled"]},
    ]);
    let (opened, request) = fair.asked(&wish).await;
    fair.lab.post(&fair.shown((LIST, PLACE), &request), &request).await;
    assert_eq!(fair.state(&opened).await["facts"].as_array().unwrap().len(), 1, "the other is not so");
    let What::Asserted(claim) = fair.events().await[0].what.clone() else { panic!() };
    assert_eq!(
        claim.says,
        Says::OneOf(["enrolled", "on-leave"].map(|word| Scalar::Text(word.to_owned())).to_vec())
    );
}
