//! Nonces, credentials, notifications (OpenID4VCI 1.0 §7, §8, §11): a batch for a batch of keys, each nonce once, and what
//! is refused by the names of §8.3.1.2 and §11.3.

use jigap_wallet_core::time::Seconds;

use super::*;
use crate::tenant::BATCH_SIZE;
use crate::token::TOKEN_LIFETIME;

fn refused(error: &str) -> (u16, String) {
    (400, error.to_owned())
}

#[tokio::test]
async fn a_batch_has_a_copy_for_each_key_and_nothing_in_common_but_the_issuer() {
    let lab = Lab::new().await;
    let (token, nonce) = (lab.token("1").await, lab.nonce().await);
    let keys: Vec<PrivateKey> = (0..BATCH_SIZE).map(|_| lab.key()).collect();
    let proofs: Vec<String> = keys.iter().map(|key| lab.proof(key, &nonce)).collect();
    let answer = lab.ask(&token, "student-id", &proofs).await;
    assert_eq!(answer.headers["cache-control"], "no-store");
    let copies = copies(&answer);
    assert_eq!(copies.len(), BATCH_SIZE as usize);
    let mut indices = std::collections::BTreeSet::new();
    for (copy, key) in copies.iter().zip(&keys) {
        let claims = claims(copy);
        assert_eq!(claims["cnf"]["jwk"], key.public().to_jwk());
        assert_eq!(
            (&claims["iss"], &claims["vct"]),
            (&json!(ISSUER), &json!("https://id.example/types/student-id/1"))
        );
        assert_eq!(claims["iat"].as_i64().unwrap() % 86_400, 0, "copies do not stand out by their second");
        assert!(claims.get("name").is_none() && claims.get("student_number").is_none());
        assert!(indices.insert(claims["status"]["status_list"]["idx"].as_u64().unwrap()));
        assert_eq!(lab.status_of(copy).await, 0);
    }
    let payloads: std::collections::BTreeSet<String> = copies
        .iter()
        .flat_map(|copy| claims(copy)["_sd"].as_array().unwrap().clone())
        .map(|d| d.to_string())
        .collect();
    let digests: usize = copies.iter().map(|copy| claims(copy)["_sd"].as_array().unwrap().len()).sum();
    assert_eq!(payloads.len(), digests, "no digest stands in two copies");
}

#[tokio::test]
async fn a_nonce_is_used_once() {
    let lab = Lab::new().await;
    let (token, nonce) = (lab.token("1").await, lab.nonce().await);
    let proof = lab.proof(&lab.key(), &nonce);
    assert_eq!(lab.ask(&token, "student-id", std::slice::from_ref(&proof)).await.status, 200);
    assert_eq!(lab.ask(&token, "student-id", &[proof]).await.refusal(), refused("invalid_nonce"));
    let other = lab.proof(&lab.key(), &nonce);
    assert_eq!(lab.ask(&token, "student-id", &[other]).await.refusal(), refused("invalid_nonce"));
}

#[tokio::test]
async fn of_two_at_once_with_one_nonce_exactly_one_is_answered() {
    let lab = Lab::new().await;
    let (one, two) = (lab.token("1").await, lab.token("2").await);
    for _ in 0..8 {
        let nonce = lab.nonce().await;
        let proofs = [lab.proof(&lab.key(), &nonce), lab.proof(&lab.key(), &nonce)];
        let (one, two) = tokio::join!(
            lab.ask(&one, "student-id", &proofs[..1]),
            lab.ask(&two, "student-id", &proofs[1..])
        );
        let mut statuses = [one.status, two.status];
        statuses.sort_unstable();
        assert_eq!(statuses, [200, 400]);
    }
}

#[tokio::test]
async fn nonces_that_are_expired_foreign_missing_or_several_are_refused() {
    let lab = Lab::new().await;
    let old = lab.nonce().await;
    lab.clock.advance(Seconds(300));
    let token = lab.token("1").await;
    let foreign = lab.send("POST", "/other/nonce", &[], "").await.get("c_nonce");
    for nonce in [old.as_str(), &foreign, "invented"] {
        let proof = lab.proof(&lab.key(), nonce);
        assert_eq!(lab.ask(&token, "student-id", &[proof]).await.refusal(), refused("invalid_nonce"));
    }
    let bare = lab.proof_for(&lab.key(), &json!({"aud": ISSUER, "iat": lab.clock.now().unix()}));
    assert_eq!(lab.ask(&token, "student-id", &[bare]).await.refusal(), refused("invalid_proof"));
    let two = [lab.proof(&lab.key(), &lab.nonce().await), lab.proof(&lab.key(), &lab.nonce().await)];
    assert_eq!(lab.ask(&token, "student-id", &two).await.refusal(), refused("invalid_proof"));
}

#[tokio::test]
async fn proofs_that_do_not_prove_are_refused_and_use_up_nothing() {
    let lab = Lab::new().await;
    let (token, nonce, key) = (lab.token("1").await, lab.nonce().await, lab.key());
    let now = lab.clock.now().unix();
    let good = lab.proof(&key, &nonce);
    let audience =
        lab.proof_for(&key, &json!({"aud": "https://id.example/other", "iat": now, "nonce": nonce}));
    let stale = lab.proof_for(&key, &json!({"aud": ISSUER, "iat": now - 3600, "nonce": nonce}));
    let mut forged = good.clone();
    forged.truncate(good.rfind('.').unwrap() + 1);
    forged += lab.proof(&lab.key(), &nonce).rsplit('.').next().unwrap();
    let many: Vec<String> = (0..=BATCH_SIZE).map(|_| lab.proof(&lab.key(), &nonce)).collect();
    for proofs in [vec![audience], vec![stale], vec![forged], vec![good.clone(), good.clone()], many] {
        assert_eq!(lab.ask(&token, "student-id", &proofs).await.refusal(), refused("invalid_proof"));
    }
    assert_eq!(lab.ask(&token, "student-id", &[good]).await.status, 200);
}

#[tokio::test]
async fn other_configurations_and_malformed_requests_are_refused_by_name() {
    let lab = Lab::new().await;
    let token = lab.token("1").await;
    let proof = [lab.proof(&lab.key(), &lab.nonce().await)];
    let of = async |configuration: &str| lab.ask(&token, configuration, &proof).await.refusal();
    assert_eq!(of("passport").await, refused("unknown_credential_configuration"));
    assert_eq!(of("entry-pass").await, refused("credential_request_denied"));
    let identifier = json!({"credential_identifier": "x", "proofs": {"jwt": proof}});
    let answer = lab.post_with(&token, "credential", &identifier).await;
    assert_eq!(answer.refusal(), refused("unknown_credential_identifier"));
    for body in [json!({}), json!([]), json!({"credential_configuration_id": 1})] {
        let answer = lab.post_with(&token, "credential", &body).await;
        assert_eq!(answer.refusal(), refused("invalid_credential_request"), "{body}");
    }
    assert_eq!(lab.ask(&token, "student-id", &proof).await.status, 200, "the nonce was not used up");
}

#[tokio::test]
async fn an_access_token_that_is_missing_wrong_or_old_is_refused() {
    let lab = Lab::new().await;
    let token = lab.token("1").await;
    let unauthorized = (401, "invalid_token".to_owned());
    assert_eq!(lab.issue("wrong").await.refusal(), unauthorized);
    let bare = lab.send("POST", "/hanbit/credential", &[], "{}").await;
    let challenge = bare.headers["www-authenticate"].to_str().unwrap();
    assert_eq!((bare.status, challenge), (401, "Bearer, DPoP algs=\"ES256 EdDSA ES384\""));
    assert_eq!(lab.notify("wrong", "x", "credential_accepted").await.refusal(), unauthorized);
    lab.clock.advance(TOKEN_LIFETIME);
    assert_eq!(lab.issue(&token).await.refusal(), unauthorized);
}

#[tokio::test]
async fn asked_again_after_a_lost_answer_the_copies_nobody_accepted_are_revoked() {
    let lab = Lab::new().await;
    let token = lab.token("1").await;
    let lost = copies(&lab.issue(&token).await);
    let again = lab.issue(&token).await;
    let kept = copies(&again);
    assert_eq!((lab.status_of(&lost[0]).await, lab.status_of(&kept[0]).await), (1, 0));
    let accepted = lab.notify(&token, &again.get("notification_id"), "credential_accepted").await;
    assert_eq!((accepted.status, accepted.text.as_str()), (204, ""));
    assert_eq!(lab.issue(&token).await.refusal(), refused("credential_request_denied"));
    assert_eq!(lab.status_of(&kept[0]).await, 0, "accepted ones stay");
}

#[tokio::test]
async fn copies_that_the_wallet_deleted_or_could_not_keep_are_revoked() {
    let lab = Lab::new().await;
    for (key, event) in [("1", "credential_deleted"), ("2", "credential_failure")] {
        let token = lab.token(key).await;
        let answer = lab.issue(&token).await;
        for _ in 0..2 {
            assert_eq!(lab.notify(&token, &answer.get("notification_id"), event).await.status, 204);
        }
        assert_eq!(lab.status_of(&copies(&answer)[0]).await, 1);
    }
}

#[tokio::test]
async fn a_wallet_that_could_not_keep_its_copies_asks_again_and_one_that_deleted_them_does_not() {
    let lab = Lab::new().await;
    for (key, events, again) in [
        ("1", &["credential_failure"][..], true),
        ("2", &["credential_deleted"], false),
        ("3", &["credential_accepted", "credential_failure"], false),
        ("4", &["credential_failure", "credential_accepted"], true),
    ] {
        let token = lab.token(key).await;
        let failed = lab.issue(&token).await;
        for event in events {
            assert_eq!(lab.notify(&token, &failed.get("notification_id"), event).await.status, 204);
        }
        let answer = lab.issue(&token).await;
        assert_eq!(lab.status_of(&copies(&failed)[0]).await, 1, "{events:?}");
        if again {
            assert_eq!(lab.status_of(&copies(&answer)[0]).await, 0, "{events:?}");
        } else {
            assert_eq!(answer.refusal(), refused("credential_request_denied"), "{events:?}");
        }
    }
    let token = lab.token("5").await;
    let failed = lab.issue(&token).await;
    lab.notify(&token, &failed.get("notification_id"), "credential_failure").await;
    let body = json!({"reference": "20210042", "reason": "lost"}).to_string();
    assert_eq!(lab.admin("credentials/revoke", "9", &body).await.status, 200);
    assert_eq!(lab.issue(&token).await.refusal(), refused("credential_request_denied"), "it was withdrawn");
}

#[tokio::test]
async fn notifications_are_refused_by_name() {
    let lab = Lab::new().await;
    let token = lab.token("1").await;
    let unknown = lab.notify(&token, "unknown", "credential_accepted").await;
    assert_eq!(unknown.refusal(), refused("invalid_notification_id"));
    for event in ["credential_used", ""] {
        let answer = lab.notify(&token, "x", event).await;
        assert_eq!(answer.refusal(), refused("invalid_notification_request"));
    }
}

#[tokio::test]
async fn a_notification_of_somebody_elses_copies_is_refused() {
    let lab = Lab::new().await;
    let (mine, theirs) = (lab.token("1").await, lab.token("2").await);
    let answer = lab.issue(&theirs).await;
    let meddling = lab.notify(&mine, &answer.get("notification_id"), "credential_deleted").await;
    assert_eq!(meddling.refusal(), refused("invalid_notification_id"));
    assert_eq!(lab.status_of(&copies(&answer)[0]).await, 0);
}

#[tokio::test]
async fn lifting_a_suspension_that_is_none_takes_nothing_from_a_wallet_that_lost_its_answer() {
    let lab = Lab::new().await;
    let token = lab.token("1").await;
    let lost = copies(&lab.issue(&token).await).remove(0);
    let body = json!({"reference": "20210042", "reason": "none"}).to_string();
    assert_eq!(lab.admin("credentials/reinstate", "9", &body).await.status, 200);
    let copy = copies(&lab.issue(&token).await).remove(0);
    assert_eq!((lab.status_of(&lost).await, lab.status_of(&copy).await), (1, 0));
}
