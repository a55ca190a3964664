//! The token endpoint (OpenID4VCI 1.0 §6): what it refuses, by the names of §6.3.

use jigap_wallet_core::time::Seconds;

use super::*;

fn refused(error: &str) -> (u16, String) {
    (400, error.to_owned())
}

#[tokio::test]
async fn a_code_gives_one_token_and_then_nothing() {
    let lab = Lab::new().await;
    let (code, tx_code) = lab.offer("1").await;
    let answer = lab.redeem(&code, Some(&tx_code)).await;
    assert_eq!((answer.status, answer.json()["token_type"].as_str()), (200, Some("Bearer")));
    assert_eq!(answer.headers["cache-control"], "no-store");
    let lives = answer.json()["expires_in"].as_u64().unwrap();
    assert!((60..=300).contains(&lives), "a bearer token lives at most five minutes (OpenID4VCI 1.0 §13.10)");
    assert_eq!(lab.redeem(&code, Some(&tx_code)).await.refusal(), refused("invalid_grant"));
    assert_eq!(lab.redeem("unknown", Some(&tx_code)).await.refusal(), refused("invalid_grant"));
}

#[tokio::test]
async fn a_code_of_another_tenant_is_unknown() {
    let lab = Lab::new().await;
    let (code, tx_code) = lab.offer("1").await;
    let grant = "grant_type=urn%3Aietf%3Aparams%3Aoauth%3Agrant-type%3Apre-authorized_code";
    let body = format!("{grant}&pre-authorized_code={code}&tx_code={tx_code}");
    let form = [("content-type", "application/x-www-form-urlencoded")];
    assert_eq!(lab.send("POST", "/other/token", &form, &body).await.refusal(), refused("invalid_grant"));
}

#[tokio::test]
async fn of_two_at_once_exactly_one_gets_a_token() {
    let lab = Lab::new().await;
    for round in 0..8 {
        let (code, tx_code) = lab.offer(&round.to_string()).await;
        let (one, two) = tokio::join!(lab.redeem(&code, Some(&tx_code)), lab.redeem(&code, Some(&tx_code)));
        let mut statuses = [one.status, two.status];
        statuses.sort_unstable();
        assert_eq!(statuses, [200, 400]);
    }
}

#[tokio::test]
async fn five_wrong_transaction_codes_lock_the_offer() {
    let lab = Lab::new().await;
    let (code, tx_code) = lab.offer("1").await;
    let wrong = if tx_code == "000000" { "000001" } else { "000000" };
    for _ in 0..5 {
        assert_eq!(lab.redeem(&code, Some(wrong)).await.refusal(), refused("invalid_grant"));
    }
    let right = lab.redeem(&code, Some(&tx_code)).await;
    assert_eq!(right.refusal(), refused("invalid_grant"));
    assert!(!right.text.contains(&tx_code));
}

#[tokio::test]
async fn four_wrong_transaction_codes_do_not() {
    let lab = Lab::new().await;
    let (code, tx_code) = lab.offer("1").await;
    let wrong = if tx_code == "000000" { "000001" } else { "000000" };
    for _ in 0..4 {
        assert_eq!(lab.redeem(&code, Some(wrong)).await.refusal(), refused("invalid_grant"));
    }
    assert_eq!(lab.redeem(&code, Some(&tx_code)).await.status, 200);
}

#[tokio::test]
async fn a_transaction_code_that_is_missing_or_not_asked_for_is_an_invalid_request() {
    let lab = Lab::new().await;
    let (code, tx_code) = lab.offer("1").await;
    for _ in 0..6 {
        assert_eq!(lab.redeem(&code, None).await.refusal(), refused("invalid_request"));
    }
    assert_eq!(lab.redeem(&code, Some(&tx_code)).await.status, 200, "that was no wrong try");
    let made = lab.admin("offers", "2", &offer_body("1", false)).await;
    assert_eq!(made.json()["tx_code"], Value::Null);
    let code = lab.code(&made.get("id")).await;
    assert_eq!(lab.redeem(&code, Some("123456")).await.refusal(), refused("invalid_request"));
    assert_eq!(lab.redeem(&code, None).await.status, 200);
}

#[tokio::test]
async fn an_offer_that_ended_is_refused_and_no_longer_shown() {
    let lab = Lab::new().await;
    let made = lab.admin("offers", "1", &offer_body("1", false)).await;
    let code = lab.code(&made.get("id")).await;
    lab.clock.advance(Seconds(7 * 24 * 3600));
    assert_eq!(lab.redeem(&code, None).await.refusal(), refused("invalid_grant"));
    assert_eq!(lab.get(&format!("/hanbit/offers/{}", made.get("id"))).await.status, 404);
    assert_eq!(lab.get("/hanbit/offers/unknown").await.status, 404);
}

#[tokio::test]
async fn what_is_no_token_request_is_refused_by_name() {
    let lab = Lab::new().await;
    let form = [("content-type", "application/x-www-form-urlencoded")];
    for (body, error) in [
        ("", "invalid_request"),
        ("grant_type=a&grant_type=b", "invalid_request"),
        ("grant_type=authorization_code&code=x", "unsupported_grant_type"),
        ("grant_type=urn%3Aietf%3Aparams%3Aoauth%3Agrant-type%3Apre-authorized_code", "invalid_request"),
    ] {
        assert_eq!(lab.send("POST", "/hanbit/token", &form, body).await.refusal(), refused(error), "{body}");
    }
    assert_eq!(lab.get("/hanbit/token").await.status, 405);
    assert_eq!(lab.send("POST", "/nobody/token", &form, "").await.status, 404);
    let giant = "x".repeat((1 << 20) + 1);
    assert_eq!(lab.send("POST", "/hanbit/token", &form, &giant).await.status, 413);
}

#[tokio::test]
async fn who_tries_too_often_is_told_when_to_come_back() {
    let lab = Lab::configured(Faults::none(), |config| config["token_tries"] = json!(5)).await;
    let (code, tx_code) = lab.offer("1").await;
    for _ in 0..5 {
        assert_eq!(lab.redeem("guess", None).await.refusal(), refused("invalid_grant"));
    }
    let slowed = lab.redeem(&code, Some(&tx_code)).await;
    assert_eq!(slowed.refusal(), (429, "slow_down".to_owned()));
    let wait: u32 = slowed.headers["retry-after"].to_str().unwrap().parse().unwrap();
    assert!((1..=12).contains(&wait), "{wait}");
    let body = format!(
        "grant_type=urn%3Aietf%3Aparams%3Aoauth%3Agrant-type%3Apre-authorized_code&pre-authorized_code={code}&tx_code={tx_code}"
    );
    let form = [("content-type", "application/x-www-form-urlencoded")];
    let elsewhere = lab.send_from([192, 0, 2, 2], "POST", "/hanbit/token", &form, &body).await;
    assert_eq!(elsewhere.status, 200, "another address is not slowed, and the offer was not touched");
}
