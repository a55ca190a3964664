//! Forgetting: what has ended is removed, and nothing that revoking or notifying still needs.

use jigap_wallet_core::ports::KeyRange;
use jigap_wallet_core::time::Seconds;

use super::*;

const WEEK: u32 = 7 * 86_400;
const YEAR: u32 = 365 * 86_400;

impl Lab {
    /// How many records of this kind the tenant has.
    async fn count(&self, kind: &str) -> usize {
        let tx = self.world.store.begin().await.unwrap();
        tx.range(&KeyRange::prefix(format!("issuer/hanbit/{kind}/")), 100_000).await.unwrap().len()
    }

    /// Lets time pass and sweeps.
    pub(super) async fn later(&self, seconds: u32) {
        self.clock.advance(Seconds(seconds));
        let base = Url::parse(BASE).unwrap();
        let opened = assembly::open(&self.config, &base, &self.vault, self.world.clone()).await.unwrap();
        opened.issuer.sweep().await.unwrap();
    }

    async fn counts(&self) -> [usize; 8] {
        let mut counts = [0; 8];
        let kinds =
            ["offer", "subject", "code", "person", "token", "notification", "issuance", "idempotency"];
        for (count, kind) in counts.iter_mut().zip(kinds) {
            *count = self.count(kind).await;
        }
        counts
    }
}

#[tokio::test]
async fn offers_nobody_took_are_forgotten_when_they_end() {
    let lab = Lab::new().await;
    let (code, _) = lab.offer("1").await;
    lab.offer("2").await;
    lab.later(WEEK - 86_400 + 1).await;
    assert_eq!(lab.counts().await, [2, 2, 2, 2, 0, 0, 0, 0], "the answers to registrars end first");
    lab.later(86_400 + 300).await;
    assert_eq!(lab.counts().await, [0; 8]);
    assert_eq!(lab.count("ending").await, 0);
    assert_eq!(lab.redeem(&code, None).await.refusal().1, "invalid_grant");
}

#[tokio::test]
async fn a_token_lives_as_long_as_it_may_be_used_and_no_longer() {
    let lab = Lab::new().await;
    let token = lab.token("1").await;
    let issued = lab.issue(&token).await;
    lab.later(299).await;
    assert_eq!(lab.notify(&token, &issued.get("notification_id"), "credential_accepted").await.status, 204);
    assert_eq!((lab.count("token").await, lab.count("notification").await), (1, 1));
    lab.later(2).await;
    assert_eq!((lab.count("token").await, lab.count("notification").await), (0, 0));
    let refused = lab.notify(&token, &issued.get("notification_id"), "credential_accepted").await;
    assert_eq!(refused.status, 401);
}

#[tokio::test]
async fn what_was_issued_can_be_revoked_until_it_ends_though_its_claims_are_forgotten() {
    let lab = Lab::new().await;
    let token = lab.token("1").await;
    let copy = copies(&lab.issue(&token).await).remove(0);
    lab.later(WEEK + 301).await;
    assert_eq!(lab.counts().await, [1, 0, 0, 1, 0, 0, 1, 0]);
    lab.later(YEAR - WEEK - 302).await;
    assert_eq!(lab.counts().await, [1, 0, 0, 1, 0, 0, 1, 0]);
    let body = json!({"reference": "20210042", "reason": "left"}).to_string();
    assert_eq!(lab.admin("credentials/revoke", "9", &body).await.status, 200);
    assert_eq!(lab.status_of(&copy).await, 1);
    lab.later(2 * 86_400).await;
    assert_eq!(lab.counts().await, [0; 8]);
    assert_eq!(lab.count("ending").await, 0);
    assert_eq!(lab.status_of(&copy).await, 1, "status lists forget nothing");
}

/// Copies that no wallet acknowledged, under a tenant that revokes such after two days.
async fn strict() -> Lab {
    Lab::configured(Faults::none(), |config| {
        config["tenants"]["hanbit"]["revoke_unacknowledged_days"] = json!(2);
    })
    .await
}

#[tokio::test]
async fn copies_nobody_acknowledged_are_revoked_where_the_operator_says_so() {
    let lab = strict().await;
    let lost = copies(&lab.issue(&lab.token("1").await).await).remove(0);
    let token = lab.token("2").await;
    let issued = lab.issue(&token).await;
    let kept = copies(&issued).remove(0);
    assert_eq!(lab.notify(&token, &issued.get("notification_id"), "credential_accepted").await.status, 204);
    lab.later(301).await;
    assert_eq!((lab.count("token").await, lab.count("notification").await), (1, 1), "one is waited for");
    lab.later(2 * 86_400 - 301).await;
    assert_eq!((lab.status_of(&lost).await, lab.status_of(&kept).await), (0, 0));
    lab.later(1).await;
    assert_eq!((lab.status_of(&lost).await, lab.status_of(&kept).await), (1, 0));
    assert_eq!((lab.count("token").await, lab.count("notification").await), (0, 0));
    lab.later(2 * YEAR).await;
    assert_eq!((lab.counts().await, lab.count("ending").await), ([0; 8], 0));
}

#[tokio::test]
async fn a_wallet_that_comes_back_late_says_that_it_has_its_copies_and_gets_no_more() {
    let lab = strict().await;
    let token = lab.token("1").await;
    let issued = lab.issue(&token).await;
    let copy = copies(&issued).remove(0);
    lab.later(2 * 86_400 - 1).await;
    assert_eq!(lab.issue(&token).await.status, 401, "the token gives nothing more");
    assert_eq!(lab.notify(&token, "another", "credential_accepted").await.status, 400);
    assert_eq!(lab.notify(&token, &issued.get("notification_id"), "credential_accepted").await.status, 204);
    lab.later(86_400).await;
    assert_eq!(lab.status_of(&copy).await, 0);
    assert_eq!(lab.notify(&token, &issued.get("notification_id"), "credential_deleted").await.status, 401);
}

#[tokio::test]
async fn copies_nobody_acknowledged_stay_unless_the_operator_says_so() {
    let lab = Lab::new().await;
    let copy = copies(&lab.issue(&lab.token("1").await).await).remove(0);
    lab.later(YEAR / 2).await;
    assert_eq!(lab.status_of(&copy).await, 0);
}

#[tokio::test]
async fn what_was_suspended_before_it_was_acknowledged_stays_suspended() {
    let lab = strict().await;
    let copy = copies(&lab.issue(&lab.token("1").await).await).remove(0);
    let body = json!({"reference": "20210042", "reason": "leave"}).to_string();
    assert_eq!(lab.admin("credentials/suspend", "9", &body).await.status, 200);
    lab.later(3 * 86_400).await;
    assert_eq!(lab.status_of(&copy).await, 2);
}

#[tokio::test]
async fn an_idempotency_key_used_again_after_its_time_keeps_its_new_answer() {
    let lab = Lab::new().await;
    let body = offer_body("1", false);
    let first = lab.admin("offers", "1", &body).await;
    lab.clock.advance(Seconds(86_400));
    let second = lab.admin("offers", "1", &body).await;
    assert_ne!(first.text, second.text);
    lab.later(1).await;
    assert_eq!(lab.admin("offers", "1", &body).await.text, second.text);
}

#[tokio::test]
async fn many_records_are_swept_in_steps() {
    let lab = Lab::new().await;
    for number in 0..250 {
        assert_eq!(lab.admin("offers", &number.to_string(), &offer_body("1", false)).await.status, 201);
    }
    assert_eq!(lab.count("ending").await, 500);
    lab.later(WEEK + 301).await;
    assert_eq!(lab.counts().await, [0; 8]);
}

#[tokio::test]
async fn one_offer_is_not_issued_from_without_end() {
    let lab = Lab::new().await;
    let token = lab.token("1").await;
    for _ in 0..16 {
        assert_eq!(lab.issue(&token).await.status, 200, "an answer may be lost and asked for again");
    }
    let refused = lab.issue(&token).await.refusal();
    assert_eq!(refused, (400, "credential_request_denied".to_owned()));
}
