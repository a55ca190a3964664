//! How often somebody may fail, and who is not slowed down by it.

use jigap_platform::http::ClientAddress;

use super::*;

#[tokio::test]
async fn who_guesses_is_slowed_down_and_told_how_long() {
    let lab = Lab::with(json!({"failed_tries": 3}), Faults::none()).await;
    let (opened, request) = lab.asked(&json!({"encrypted": false})).await;
    let http = lab.token("enrolled", &request).post(&request, &*lab.entropy).unwrap();
    for _ in 0..3 {
        assert_eq!(lab.send("POST", http.url.as_str(), &[FORM], b"state=x").await.status, 400);
        assert_eq!(lab.result(&opened, "guess", None).await.status, 404);
    }
    let slow = lab.send("POST", http.url.as_str(), &[FORM], &http.body).await;
    assert_eq!(slow.refusal(), (429, "slow_down".to_owned()));
    let wait: u32 = slow.headers["retry-after"].to_str().unwrap().parse().unwrap();
    assert!((1..=20).contains(&wait));
    for answer in [lab.result(&opened, &opened.get("secret"), None).await, lab.ask(&json!({})).await] {
        assert_eq!(answer.refusal(), (429, "too-many-failures".to_owned()));
        assert!(answer.headers.contains_key("retry-after"));
    }
}

/// The asker's backend has one address and many visitors: one who brings wrong response codes shuts nobody out.
#[tokio::test]
async fn wrong_response_codes_do_not_slow_down_who_has_the_secret() {
    let lab = Lab::with(json!({"failed_tries": 3}), Faults::none()).await;
    let body = json!({"template": "enrolled", "redirect_uri": "https://shop.example/back"});
    let (opened, request) = lab.read_as_wallet(lab.ask(&body).await).await;
    let posted = lab.post(&lab.token("enrolled", &request), &request).await;
    let back = Url::parse(&posted.get("redirect_uri")).unwrap();
    let code = back.fragment().unwrap().strip_prefix("response_code=").unwrap().to_owned();
    let secret = opened.get("secret");
    for _ in 0..10 {
        for wrong in [None, Some("guess")] {
            assert_eq!(
                lab.result(&opened, &secret, wrong).await.refusal(),
                (404, "no-such-session".to_owned())
            );
        }
    }
    assert_eq!(lab.result(&opened, &secret, Some(&code)).await.json()["state"], "answered");
}

/// Who posts a hundred responses to one request at once has one of them judged.
#[tokio::test]
async fn one_response_of_a_session_is_judged_at_a_time() {
    let lab = Lab::new().await;
    let (opened, request) = lab.asked(&json!({})).await;
    let turn = lab.hosted.turns.take(&opened.get("id"));
    let shown = lab.token("enrolled", &request);
    let busy = lab.post(&shown, &request).await;
    assert_eq!(busy.refusal(), (429, "slow_down".to_owned()));
    assert_eq!(busy.headers["retry-after"], "1");
    let (_, other) = lab.asked(&json!({})).await;
    assert_eq!(lab.post(&lab.token("enrolled", &other), &other).await.status, 200, "others go on");
    drop(turn);
    assert_eq!(lab.post(&shown, &request).await.status, 200);
    assert!(lab.hosted.turns.take(&opened.get("id")).is_some(), "the turn is over with its request");
}

#[tokio::test]
async fn strangers_take_no_listeners_place() {
    let lab = Lab::new().await;
    let (opened, _) = lab.asked(&json!({})).await;
    let path = format!("/verifier/requests/{}/events", opened.get("id"));
    let listen = async |secret: &str| {
        let request = Request::get(&path).header("authorization", format!("Bearer {secret}"));
        let request = request.extension(ClientAddress("192.0.2.1".parse().unwrap()));
        lab.app.clone().oneshot(request.body(Body::empty()).unwrap()).await.unwrap()
    };
    let mut listeners = Vec::new();
    for _ in 0..4 {
        listeners.push(listen(&opened.get("secret")).await);
    }
    assert!(listeners.iter().all(|listener| listener.status() == 200));
    assert_eq!(listen(&opened.get("secret")).await.status(), 503);
    assert_eq!(listen("guess").await.status(), 404, "whether somebody listens is not told either");
    listeners.pop();
    assert_eq!(listen(&opened.get("secret")).await.status(), 200);
}

/// Longer than any key of a store may be, or of another form than our ids.
#[tokio::test]
async fn a_session_that_nobody_here_could_have_named_so_is_not_there() {
    let lab = Lab::with(json!({"failed_tries": 100}), Faults::none()).await;
    let bearer = [("authorization", "Bearer guess"), ("content-type", "application/json")];
    let no_session = (404, "no-such-session".to_owned());
    for id in ["x".repeat(15_000), "x".repeat(9_990), "%00".to_owned(), "..".to_owned()] {
        let path = format!("/verifier/requests/{id}");
        assert_eq!(lab.send("GET", &path, &bearer, b"").await.refusal(), no_session);
        assert_eq!(lab.send("GET", &format!("{path}/events"), &bearer, b"").await.refusal(), no_session);
        assert_eq!(
            lab.send("POST", &path, &bearer, b"{\"response_code\": \"x\"}").await.refusal(),
            no_session
        );
        for (method, path) in [("GET", "request"), ("POST", "request"), ("POST", "response")] {
            let answer = lab.send(method, &format!("/verifier/{path}/{id}"), &[FORM], b"").await;
            assert_eq!(answer.refusal(), (404, "invalid_request".to_owned()), "{method} {path}");
        }
    }
}

#[tokio::test]
async fn where_a_browser_is_sent_is_bounded() {
    let lab = Lab::new().await;
    let ask = |length: usize| {
        let start = "https://shop.example/";
        json!({"template": "enrolled", "redirect_uri": format!("{start}{}", "x".repeat(length - start.len()))})
    };
    assert_eq!(lab.ask(&ask(2048)).await.status, 201);
    assert_eq!(lab.ask(&ask(2049)).await.refusal(), (400, "bad-redirect-uri".to_owned()));
}

#[tokio::test]
async fn a_query_of_ones_own_is_bounded() {
    let lab = Lab::with(json!({"own_queries": true}), Faults::none()).await;
    let query = |length: usize| {
        json!({"query": {"credentials": [{
            "id": "s", "format": "dc+sd-jwt", "meta": {"vct_values": [VCT]},
            "claims": [{"path": ["status_word"], "values": ["x".repeat(length)]}],
        }]}})
    };
    assert_eq!(lab.ask(&query(15_000)).await.status, 201);
    assert_eq!(lab.ask(&query(17_000)).await.refusal(), (413, "query-too-large".to_owned()));
}
