//! How often somebody may fail, and who is not slowed down by it.

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
