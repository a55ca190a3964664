//! A store that fails: nothing is lost, nothing is done twice, and whoever asks may ask again.

use jigap_platform::store::Fault;

use super::*;

/// A lab whose `n`th commit after the start fails.
async fn failing(n: u64, fault: Fault) -> Lab {
    Lab::with(Faults::at([(COMMITS_AT_START + n, fault)])).await
}

#[tokio::test]
async fn a_conflict_is_not_seen_from_outside() {
    for n in 1..=3 {
        let lab = failing(n, Fault::Conflict).await;
        let token = lab.token("1").await;
        assert_eq!(lab.issue(&token).await.status, 200);
    }
}

#[tokio::test]
async fn an_offer_whose_fate_is_unknown_is_made_once_by_asking_again() {
    for fault in [Fault::UnknownCommitted, Fault::UnknownNotCommitted, Fault::Unavailable] {
        let lab = failing(1, fault).await;
        let body = offer_body("1", false);
        let failed = lab.admin("offers", "1", &body).await;
        assert_eq!(failed.status, 503, "{failed:?}");
        let made = lab.admin("offers", "1", &body).await;
        assert_eq!(made.status, 201);
        assert_eq!(lab.admin("offers", "1", &body).await.text, made.text);
        let code = lab.code(&made.get("id")).await;
        assert_eq!(lab.redeem(&code, None).await.status, 200);
    }
}

#[tokio::test]
async fn a_token_request_that_was_not_committed_may_be_sent_again() {
    let lab = failing(2, Fault::Unavailable).await;
    let (code, tx_code) = lab.offer("1").await;
    let failed = lab.redeem(&code, Some(&tx_code)).await;
    assert_eq!(failed.refusal(), (503, "temporarily_unavailable".to_owned()));
    assert_eq!(lab.redeem(&code, Some(&tx_code)).await.status, 200);
}

#[tokio::test]
async fn a_token_whose_commit_is_unknown_is_found_or_made_and_never_two() {
    for fault in [Fault::UnknownCommitted, Fault::UnknownNotCommitted] {
        let lab = failing(2, fault).await;
        let (code, tx_code) = lab.offer("1").await;
        let answer = lab.redeem(&code, Some(&tx_code)).await;
        assert_eq!(answer.status, 200, "{fault:?}");
        assert_eq!(copies(&lab.issue(&answer.get("access_token")).await).len(), 1);
        let spent = lab.redeem(&code, Some(&tx_code)).await.refusal();
        assert_eq!(spent, (400, "invalid_grant".to_owned()), "never two tokens for one code");
    }
}

#[tokio::test]
async fn a_store_that_never_knows_costs_the_offer_nothing_it_did_not_lose() {
    let always = (2..=5).map(|n| (COMMITS_AT_START + n, Fault::UnknownNotCommitted));
    let lab = Lab::with(Faults::at(always)).await;
    let (code, tx_code) = lab.offer("1").await;
    let failed = lab.redeem(&code, Some(&tx_code)).await;
    assert_eq!(failed.refusal(), (503, "temporarily_unavailable".to_owned()));
    assert_eq!(lab.redeem(&code, Some(&tx_code)).await.status, 200);
}

#[tokio::test]
async fn a_credential_request_whose_fate_is_unknown_is_sent_again_with_a_fresh_nonce() {
    for fault in [Fault::UnknownCommitted, Fault::UnknownNotCommitted, Fault::Unavailable] {
        let lab = failing(3, fault).await;
        let token = lab.token("1").await;
        let failed = lab.issue(&token).await;
        assert_eq!(failed.refusal(), (503, "temporarily_unavailable".to_owned()));
        let copy = copies(&lab.issue(&token).await).remove(0);
        assert_eq!(lab.status_of(&copy).await, 0);
    }
}
