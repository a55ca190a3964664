//! Refresh tokens and DPoP at our endpoints: who gets one, what it gives, and what is refused.

use jigap_platform::store::Fault;
use jigap_wallet_core::ports::KeyRange;
use jigap_wallet_core::time::Seconds;
use jigap_wallet_core::vci::dpop::{ACCESS_TOKEN, ADDRESS, BOUND, FORM, ONCE, ProofClaims};
use jigap_wallet_core::verdict::Check;

use super::*;
use crate::refresh::{LIVE, ROTATED, SHARE};

const PASS: &str = "check-in_jigap_pass";
const FORM_TYPE: (&str, &str) = ("content-type", "application/x-www-form-urlencoded");
const DAY: u32 = 86_400;

/// An issuer of check-in passes, with this in `refresh` of its configuration.
async fn lab_of(faults: Faults, refresh: Value) -> Lab {
    Lab::configured(faults, |config| {
        let tenant = &mut config["tenants"]["hanbit"];
        tenant["types"] = json!(["check-in", "student-id"]);
        tenant["formats"] = json!({"check-in": ["jigap_pass"]});
        tenant["mechanism"] = json!("did");
        tenant["key_type"] = json!("Ed25519");
        tenant["refresh"] = refresh;
        // Few keys: less to sign.
        config["tenants"].as_object_mut().unwrap().remove("other");
    })
    .await
}

async fn lab() -> Lab {
    lab_of(Faults::none(), json!({})).await
}

/// What a wallet holds of a grant.
#[derive(Clone)]
struct Held {
    key: Arc<PrivateKey>,
    access: String,
    refresh: String,
}

impl Lab {
    pub(super) fn dpop(&self, key: &PrivateKey, path: &str, access_token: Option<&str>) -> String {
        let url = Url::parse(&format!("{ISSUER}/{path}")).unwrap();
        let id = jigap_wallet_core::sealing::random_id::<16>(&*self.entropy);
        let claims = ProofClaims {
            method: "POST",
            url: &url,
            issued_at: self.clock.now(),
            id: &id,
            access_token,
            nonce: None,
        };
        claims.unsigned(key.public()).unwrap().sign(key).unwrap()
    }

    async fn pass_code(&self) -> String {
        self.code_of(PASS, json!({"student": true, "age_over_14": true, "age_over_19": true})).await
    }

    async fn code_of(&self, configuration: &str, claims: Value) -> String {
        let body = json!({
            "credential_configuration_id": configuration, "claims": claims, "reference": "p-1", "tx_code": false,
        });
        let key = jigap_wallet_core::sealing::random_id::<16>(&*self.entropy);
        let made = self.admin("offers", &key, &body.to_string()).await;
        assert_eq!(made.status, 201, "{made:?}");
        self.code(&made.get("id")).await
    }

    pub(super) async fn redeem_with(&self, code: &str, proofs: &[&str]) -> Answer {
        let body = format!(
            "grant_type=urn%3Aietf%3Aparams%3Aoauth%3Agrant-type%3Apre-authorized_code&pre-authorized_code={code}"
        );
        self.token_request(&body, proofs).await
    }

    pub(super) async fn refresh_with(&self, token: &str, proofs: &[&str]) -> Answer {
        self.token_request(&format!("grant_type=refresh_token&refresh_token={token}"), proofs).await
    }

    async fn token_request(&self, body: &str, proofs: &[&str]) -> Answer {
        let mut headers = vec![FORM_TYPE];
        headers.extend(proofs.iter().map(|proof| ("dpop", *proof)));
        self.send("POST", "/hanbit/token", &headers, body).await
    }

    /// A fresh grant of passes that is bound to a key.
    async fn bound(&self) -> Held {
        let (code, key) = (self.pass_code().await, Arc::new(self.key()));
        let answer = self.redeem_with(&code, &[&self.dpop(&key, "token", None)]).await;
        assert_eq!((answer.status, answer.json()["token_type"].as_str()), (200, Some("DPoP")), "{answer:?}");
        Held { key, access: answer.get("access_token"), refresh: answer.get("refresh_token") }
    }

    /// The same, refreshed.
    async fn refreshed(&self, held: &Held) -> Held {
        let answer = self.refresh_with(&held.refresh, &[&self.dpop(&held.key, "token", None)]).await;
        assert_eq!((answer.status, answer.json()["token_type"].as_str()), (200, Some("DPoP")), "{answer:?}");
        Held {
            key: Arc::clone(&held.key),
            access: answer.get("access_token"),
            refresh: answer.get("refresh_token"),
        }
    }

    async fn refused(&self, held: &Held) -> (u16, String) {
        self.refresh_with(&held.refresh, &[&self.dpop(&held.key, "token", None)]).await.refusal()
    }

    /// Asks for a pass with these headers in place of the honest ones.
    async fn ask_as(&self, authorization: &str, proofs: &[&str]) -> Answer {
        let proof = self.proof(&self.key(), &self.nonce().await);
        let body = json!({"credential_configuration_id": PASS, "proofs": {"jwt": [proof]}}).to_string();
        let mut headers = vec![("authorization", authorization), ("content-type", "application/json")];
        headers.extend(proofs.iter().map(|proof| ("dpop", *proof)));
        self.send("POST", "/hanbit/credential", &headers, &body).await
    }

    async fn ask_bound(&self, held: &Held) -> Answer {
        let proof = self.dpop(&held.key, "credential", Some(&held.access));
        self.ask_as(&format!("DPoP {}", held.access), &[&proof]).await
    }

    /// How many records of this kind the tenant has.
    async fn kept(&self, kind: &str) -> usize {
        let tx = self.world.store.begin().await.unwrap();
        tx.range(&KeyRange::prefix(format!("issuer/hanbit/{kind}/")), 100_000).await.unwrap().len()
    }

    pub(super) async fn sweep_after(&self, seconds: u32) {
        self.clock.advance(Seconds(seconds));
        let base = Url::parse(BASE).unwrap();
        let opened = assembly::open(&self.config, &base, &self.vault, self.world.clone()).await.unwrap();
        opened.issuer.sweep().await.unwrap();
    }
}

fn says(answer: &Answer, status: u16, check: Check) {
    let said = answer.json()["error_description"].as_str().map(str::to_owned);
    assert_eq!((answer.status, said.as_deref()), (status, Some(check.rule.en)), "{answer:?}");
}

#[tokio::test]
async fn a_grant_that_is_bound_to_a_key_is_refreshed_and_no_other_is() {
    let lab = lab().await;
    let metadata = lab.get("/.well-known/oauth-authorization-server/hanbit").await.json();
    assert_eq!(metadata["dpop_signing_alg_values_supported"], json!(["ES256", "EdDSA", "ES384"]));
    assert_eq!(metadata["grant_types_supported"][1], "refresh_token");
    let held = lab.bound().await;
    assert_eq!(copies(&lab.ask_bound(&held).await).len(), 1);
    let again = lab.refreshed(&held).await;
    assert!(again.access != held.access && again.refresh != held.refresh);
    assert_eq!(copies(&lab.ask_bound(&again).await).len(), 1);
    // A bearer token comes without one, and so does what is not refreshed.
    let bearer = lab.redeem(&lab.pass_code().await, None).await.json();
    assert_eq!((bearer["token_type"].as_str(), bearer.get("refresh_token")), (Some("Bearer"), None));
    let student: Value = serde_json::from_str(STUDENT).unwrap();
    let code = lab.code_of("student-id", student).await;
    let answer = lab.redeem_with(&code, &[&lab.dpop(&lab.key(), "token", None)]).await.json();
    assert_eq!((answer["token_type"].as_str(), answer.get("refresh_token")), (Some("DPoP"), None));
}

#[tokio::test]
async fn what_is_refreshed_is_what_the_configuration_says() {
    let student: Value = serde_json::from_str(STUDENT).unwrap();
    let lab = lab_of(Faults::none(), json!({"configurations": ["student-id"], "days": 1})).await;
    let key = Arc::new(lab.key());
    let code = lab.code_of("student-id", student).await;
    let answer = lab.redeem_with(&code, &[&lab.dpop(&key, "token", None)]).await;
    let held = Held { key, access: answer.get("access_token"), refresh: answer.get("refresh_token") };
    lab.clock.advance(Seconds(DAY - 1));
    let held = lab.refreshed(&held).await;
    lab.clock.advance(Seconds(1));
    assert_eq!(lab.refused(&held).await, (400, "invalid_grant".to_owned()), "its days are over");
    let none = lab_of(Faults::none(), json!({"configurations": []})).await;
    let metadata = none.get("/.well-known/oauth-authorization-server/hanbit").await.json();
    assert_eq!(metadata["grant_types_supported"].as_array().unwrap().len(), 1);
    let answer = none.redeem_with(&none.pass_code().await, &[&none.dpop(&none.key(), "token", None)]).await;
    assert_eq!(answer.json().get("refresh_token"), None);
}

#[tokio::test]
async fn dp_01_several_proofs_or_none_are_refused() {
    let lab = lab().await;
    let (code, key) = (lab.pass_code().await, lab.key());
    let proofs = [lab.dpop(&key, "token", None), lab.dpop(&key, "token", None)];
    says(&lab.redeem_with(&code, &[&proofs[0], &proofs[1]]).await, 400, FORM);
    says(&lab.redeem_with(&code, &["no proof"]).await, 400, FORM);
    assert_eq!(lab.redeem_with(&code, &[&proofs[0]]).await.status, 200, "nothing was used up");
    let held = lab.bound().await;
    let (scheme, proof) =
        (format!("DPoP {}", held.access), lab.dpop(&held.key, "credential", Some(&held.access)));
    for proofs in [&[][..], &[proof.as_str(), proof.as_str()], &["no proof"]] {
        let refused = lab.ask_as(&scheme, proofs).await;
        assert_eq!(refused.refusal(), (401, "invalid_dpop_proof".to_owned()));
        assert!(refused.headers["www-authenticate"].to_str().unwrap().starts_with("DPoP error="));
    }
    assert_eq!(lab.ask_bound(&held).await.status, 200);
}

#[tokio::test]
async fn dp_06_a_proof_for_another_endpoint_is_refused() {
    let lab = lab().await;
    let (code, key) = (lab.pass_code().await, lab.key());
    says(&lab.redeem_with(&code, &[&lab.dpop(&key, "credential", None)]).await, 400, ADDRESS);
    let held = lab.bound().await;
    let proof = lab.dpop(&held.key, "token", Some(&held.access));
    let refused = lab.ask_as(&format!("DPoP {}", held.access), &[&proof]).await;
    assert_eq!(refused.refusal(), (401, "invalid_dpop_proof".to_owned()));
}

#[tokio::test]
async fn dp_08_a_proof_is_used_once_and_a_replayed_one_is_refused() {
    let lab = lab().await;
    let (one, two, key) = (lab.pass_code().await, lab.pass_code().await, Arc::new(lab.key()));
    let proof = lab.dpop(&key, "token", None);
    assert_eq!(lab.redeem_with("unknown", &[&proof]).await.status, 400);
    let answer = lab.redeem_with(&one, &[&proof]).await;
    assert_eq!(answer.status, 200, "what gave nothing did not use it up");
    says(&lab.redeem_with(&two, &[&proof]).await, 400, ONCE);
    assert_eq!(lab.redeem_with(&two, &[&lab.dpop(&key, "token", None)]).await.status, 200);
    let held = Held { key, access: answer.get("access_token"), refresh: answer.get("refresh_token") };
    let proof = lab.dpop(&held.key, "token", None);
    assert_eq!(lab.refresh_with(&held.refresh, &[&proof]).await.status, 200);
    says(&lab.refresh_with(&held.refresh, &[&proof]).await, 400, ONCE);
    let (scheme, proof) =
        (format!("DPoP {}", held.access), lab.dpop(&held.key, "credential", Some(&held.access)));
    assert_eq!(lab.ask_as(&scheme, &[&proof]).await.status, 200);
    assert_eq!(lab.ask_as(&scheme, &[&proof]).await.refusal(), (401, "invalid_dpop_proof".to_owned()));
    assert_eq!(lab.kept("proof").await, 4);
    lab.sweep_after(600).await;
    assert_eq!(lab.kept("proof").await, 0, "they are too old to be shown again");
}

#[tokio::test]
async fn dp_09_a_proof_without_the_digest_of_the_token_is_refused() {
    let lab = lab().await;
    let (held, other) = (lab.bound().await, lab.bound().await);
    for token in [None, Some(other.access.as_str())] {
        let proof = lab.dpop(&held.key, "credential", token);
        let refused = lab.ask_as(&format!("DPoP {}", held.access), &[&proof]).await;
        assert_eq!(refused.refusal(), (401, "invalid_dpop_proof".to_owned()), "{}", ACCESS_TOKEN.id);
    }
}

#[tokio::test]
async fn dp_10_a_token_without_its_key_is_useless() {
    let lab = lab().await;
    let (held, thief) = (lab.bound().await, lab.key());
    let invalid = (401, "invalid_token".to_owned());
    let proof = lab.dpop(&thief, "credential", Some(&held.access));
    assert_eq!(lab.ask_as(&format!("DPoP {}", held.access), &[&proof]).await.refusal(), invalid);
    assert_eq!(lab.ask_as(&format!("Bearer {}", held.access), &[]).await.refusal(), invalid);
    let proof = lab.dpop(&held.key, "credential", Some(&held.access));
    assert_eq!(lab.ask_as(&format!("Bearer {}", held.access), &[&proof]).await.refusal(), invalid);
    // A bearer token is none that is bound.
    let bearer = lab.redeem(&lab.pass_code().await, None).await.get("access_token");
    let proof = lab.dpop(&thief, "credential", Some(&bearer));
    assert_eq!(lab.ask_as(&format!("DPoP {bearer}"), &[&proof]).await.refusal(), invalid);
    assert_eq!(lab.ask_as(&format!("Bearer {bearer}"), &[]).await.status, 200);
    // Nor is the refresh token of any use, not even to end it.
    says(&lab.refresh_with(&held.refresh, &[]).await, 400, BOUND);
    says(&lab.refresh_with(&held.refresh, &[&lab.dpop(&thief, "token", None)]).await, 400, BOUND);
    let (next, old) = (lab.refreshed(&held).await, held);
    let next = lab.refreshed(&next).await;
    says(&lab.refresh_with(&old.refresh, &[&lab.dpop(&thief, "token", None)]).await, 400, BOUND);
    let answer = lab.ask_bound(&next).await;
    assert_eq!(answer.status, 200);
    // And notices come with the key.
    let id =
        json!({"notification_id": answer.get("notification_id"), "event": "credential_accepted"}).to_string();
    let proof = lab.dpop(&next.key, "notification", Some(&next.access));
    let stolen = lab.dpop(&thief, "notification", Some(&next.access));
    for (scheme, proof, status) in [("DPoP", &stolen, 401), ("Bearer", &proof, 401), ("DPoP", &proof, 204)] {
        let scheme = format!("{scheme} {}", next.access);
        let headers =
            [("authorization", scheme.as_str()), ("content-type", "application/json"), ("dpop", proof)];
        assert_eq!(lab.send("POST", "/hanbit/notification", &headers, &id).await.status, status, "{scheme}");
    }
    // The same notice again changes nothing, and nothing is kept of it.
    let (kept, again) = (lab.kept("proof").await, lab.dpop(&next.key, "notification", Some(&next.access)));
    let scheme = format!("DPoP {}", next.access);
    let headers =
        [("authorization", scheme.as_str()), ("content-type", "application/json"), ("dpop", &again)];
    assert_eq!(lab.send("POST", "/hanbit/notification", &headers, &id).await.status, 204);
    assert_eq!(lab.kept("proof").await, kept);
}

#[tokio::test]
async fn rt_01_what_was_never_given_or_has_ended_is_refused() {
    let lab = lab().await;
    let held = lab.bound().await;
    let mut parts: Vec<&str> = held.refresh.split('.').collect();
    parts[1] = "2";
    for token in ["", "unknown", &parts.join("."), &format!("{}A", held.refresh), &held.access] {
        let answer = lab.refresh_with(token, &[&lab.dpop(&held.key, "token", None)]).await;
        let expected = if token.is_empty() { "invalid_request" } else { "invalid_grant" };
        assert_eq!(answer.refusal(), (400, expected.to_owned()), "{token} {}", LIVE.id);
    }
    let held = lab.refreshed(&held).await;
    lab.clock.advance(Seconds(180 * DAY));
    says(&lab.refresh_with(&held.refresh, &[&lab.dpop(&held.key, "token", None)]).await, 400, LIVE);
}

#[tokio::test]
async fn rt_01_a_revoked_grant_is_not_refreshed_and_a_suspended_one_gives_nothing_meanwhile() {
    let lab = lab().await;
    let held = lab.bound().await;
    assert_eq!(lab.ask_bound(&held).await.status, 200);
    let body = json!({"reference": "p-1", "reason": "left"}).to_string();
    assert_eq!(lab.admin("credentials/suspend", "s", &body).await.status, 200);
    let held = lab.refreshed(&held).await;
    assert_eq!(lab.ask_bound(&held).await.refusal(), (400, "credential_request_denied".to_owned()));
    assert_eq!(lab.admin("credentials/reinstate", "i", &body).await.status, 200);
    assert_eq!(lab.ask_bound(&held).await.status, 200);
    let next = lab.refreshed(&held).await;
    assert_eq!(lab.admin("credentials/revoke", "r", &body).await.status, 200);
    says(&lab.refresh_with(&next.refresh, &[&lab.dpop(&next.key, "token", None)]).await, 400, LIVE);
    assert_eq!(lab.ask_bound(&next).await.status, 400, "nor does its access token give anything");
    // Whom it was about is forgotten once the offer could have ended, though it might have been refreshed for longer.
    lab.sweep_after(7 * DAY + 301).await;
    assert_eq!((lab.kept("refresh").await, lab.kept("subject").await), (0, 0));
}

#[tokio::test]
async fn rt_02_the_old_token_works_until_the_new_one_was_used_and_then_ends_all() {
    let lab = lab().await;
    let first = lab.bound().await;
    // The answer is lost: asked again, it is the same.
    let (lost, second) = (lab.refreshed(&first).await, lab.refreshed(&first).await);
    assert_eq!(lost.refresh, second.refresh);
    assert_ne!(lost.access, second.access);
    let third = lab.refreshed(&second).await;
    assert_eq!(lab.refreshed(&second).await.refresh, third.refresh);
    says(&lab.refresh_with(&first.refresh, &[&lab.dpop(&first.key, "token", None)]).await, 400, ROTATED);
    for held in [&second, &third, &first] {
        assert_eq!(lab.refused(held).await, (400, "invalid_grant".to_owned()), "all of them ended");
    }
    assert_eq!(lab.ask_bound(&third).await.refusal(), (401, "invalid_token".to_owned()));
}

/// A thief who has token and key and keeps pace with the wallet.
#[tokio::test]
async fn rt_02_a_token_that_a_batch_came_of_ends_all_where_it_is_shown_again() {
    let lab = lab().await;
    let first = lab.bound().await;
    let thief = lab.refreshed(&first).await;
    assert_eq!(lab.ask_bound(&thief).await.status, 200);
    says(&lab.refresh_with(&first.refresh, &[&lab.dpop(&first.key, "token", None)]).await, 400, ROTATED);
    assert_eq!(lab.refused(&thief).await, (400, "invalid_grant".to_owned()), "the thief's ended with it");
}

#[tokio::test]
async fn rt_03_no_more_than_a_days_share_is_refreshed() {
    let lab = lab_of(Faults::none(), json!({"batches_a_day": 2})).await;
    let mut held = lab.bound().await;
    assert_eq!(lab.ask_bound(&held).await.status, 200, "the first batch is the offer's");
    held = lab.refreshed(&held).await;
    // Asked again after a lost answer: each counts.
    assert_eq!(lab.ask_bound(&held).await.status, 200);
    assert_eq!(lab.ask_bound(&held).await.status, 200);
    let third = lab.ask_bound(&held).await;
    says(&third, 400, SHARE);
    assert_eq!(third.refusal().1, "credential_request_denied");
    let refused = lab.refresh_with(&held.refresh, &[&lab.dpop(&held.key, "token", None)]).await;
    assert_eq!(refused.refusal(), (429, "slow_down".to_owned()));
    assert_eq!(refused.headers["retry-after"], "86400");
    lab.clock.advance(Seconds(DAY));
    let held = lab.refreshed(&held).await;
    assert_eq!(lab.ask_bound(&held).await.status, 200);
}

/// One that comes back every day: what is kept of it stays bounded, and its person can be found and revoked all the time.
#[tokio::test]
async fn what_is_kept_of_a_grant_that_is_refreshed_stays_bounded_until_it_ends() {
    let lab = lab().await;
    let mut held = lab.bound().await;
    for _ in 0..60 {
        lab.sweep_after(2 * DAY).await;
        held = lab.refreshed(&held).await;
        assert_eq!(copies(&lab.ask_bound(&held).await).len(), 1);
        assert!(lab.kept("issuance").await <= 19, "passes live 35 days at most");
    }
    assert_eq!((lab.kept("refresh").await, lab.kept("code").await), (1, 0));
    assert!(lab.kept("subject").await > 0);
    lab.sweep_after(62 * DAY).await;
    assert_eq!((lab.kept("refresh").await, lab.kept("subject").await), (0, 0));
    lab.sweep_after(40 * DAY).await;
    assert_eq!((lab.kept("offer").await, lab.kept("issuance").await, lab.kept("ending").await), (0, 0, 0));
}

#[tokio::test]
async fn a_refresh_whose_commit_is_unknown_is_sent_again_with_the_same_token() {
    // An offer, its redemption and then the refresh: what comes after the keys of one tenant.
    for fault in [Fault::UnknownCommitted, Fault::UnknownNotCommitted, Fault::Unavailable] {
        let lab = lab_of(Faults::at([(COMMITS_AT_START / 2 + 3, fault)]), json!({})).await;
        let held = lab.bound().await;
        assert_eq!(lab.refused(&held).await, (503, "temporarily_unavailable".to_owned()), "{fault:?}");
        let next = lab.refreshed(&held).await;
        assert_eq!(lab.ask_bound(&next).await.status, 200);
    }
}

#[tokio::test]
async fn a_proof_is_not_used_up_by_a_commit_that_did_not_happen() {
    for fault in [Fault::UnknownCommitted, Fault::UnknownNotCommitted, Fault::Conflict] {
        let lab = lab_of(Faults::at([(COMMITS_AT_START / 2 + 2, fault)]), json!({})).await;
        let held = lab.bound().await;
        let held = lab.refreshed(&held).await;
        assert_eq!(lab.ask_bound(&held).await.status, 200, "{fault:?}");
    }
}

#[tokio::test]
async fn a_configuration_that_is_not_there_is_not_refreshed() {
    let lab = lab().await;
    let mut config = serde_json::json!({"tenants": {"hanbit": {
        "name": {"ko": "한빛대학교", "en": "Hanbit University"}, "types": ["student-id"],
        "mechanism": "did", "key_type": "Ed25519",
        "refresh": {"configurations": ["passport"]},
    }}});
    let open = async |config: &Value| {
        let config: IssuerConfig = serde_json::from_value(config.clone()).unwrap();
        assembly::open(&config, &Url::parse(BASE).unwrap(), &lab.vault, lab.world.clone()).await.err()
    };
    let refused = open(&config).await.unwrap().to_string();
    assert!(refused.contains("refresh.configurations names none of its configurations"), "{refused}");
    config["tenants"]["hanbit"]["refresh"] = json!({"configurations": ["student-id"]});
    assert!(open(&config).await.is_none());
    for wrong in [json!({"days": 0}), json!({"batches_a_day": 0}), json!({"weeks": 1})] {
        config["tenants"]["hanbit"]["refresh"] = wrong;
        assert!(serde_json::from_value::<IssuerConfig>(config.clone()).is_err());
    }
}
