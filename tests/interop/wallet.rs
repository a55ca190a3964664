//! A foreign wallet (`peers/wallet.mjs`) against our issuer (OpenID4VCI 1.0) and our verifier (OpenID4VP 1.0).

use serde_json::{Value, json};

use crate::peers::{Peer, Refused};
use crate::world::World;

const WALLET: &str = "wallet.mjs";

/// Our services, and a foreign wallet; `None` if there is none.
async fn meet() -> Option<(World, Peer)> {
    let peer = Peer::start(WALLET)?;
    Some((World::start().await, peer))
}

/// Offers a student ID to the wallet, by reference or by `value`; it takes two copies.
async fn accept(world: &World, wallet: &mut Peer, value: bool) -> Value {
    let (offer, tx_code) = world.offer_by("hb-1", value).await;
    take(wallet, &offer, &tx_code).unwrap()
}

fn take(wallet: &mut Peer, offer: &str, tx_code: &str) -> Result<Value, Refused> {
    wallet.ask(&json!({"op": "accept", "offer": offer, "txCode": tx_code, "curves": ["P-256", "Ed25519"]}))
}

#[tokio::test(flavor = "multi_thread")]
async fn our_issuer_issues_to_it() {
    let Some((world, mut wallet)) = meet().await else { return };
    for value in [false, true] {
        let taken = accept(&world, &mut wallet, value).await;
        assert_eq!(taken["version"], "V1");
        let copies = taken["claims"].as_array().unwrap();
        assert_eq!(copies.len(), 2, "one copy for each proof");
        for (copy, key_type) in copies.iter().zip(["EC", "OKP"]) {
            assert_eq!((&copy["name"], &copy["cnf"]["jwk"]["kty"]), (&json!("김하늘"), &json!(key_type)));
        }
    }
}

/// A W3C credential as JWT: asked for by its configuration, verified, and presented to our verifier.
#[tokio::test(flavor = "multi_thread")]
async fn our_issuer_issues_jwt_vcs_to_it_and_our_verifier_accepts_them() {
    let Some(mut wallet) = Peer::start(WALLET) else { return };
    let formats = json!({"mechanism": "jwt_vc_issuer", "formats": {"student-id": ["jwt_vc_json"]}});
    let world = World::start_with(|_, _| formats).await;
    let (offer, tx_code) = world.offer_as("student-id_jwt_vc_json", "hb-1").await;
    let taken = take(&mut wallet, &offer, &tx_code).unwrap();
    let copies = taken["claims"].as_array().unwrap();
    assert_eq!((copies.len(), &copies[0]["type"][1]), (2, &json!("StudentId")));
    for index in [0, 1] {
        let question = world.ask_by("enrolled-jwt", index == 1).await;
        let sent = wallet.ask(&json!({"op": "answer", "link": question.link, "index": index})).unwrap();
        assert_eq!(sent["status"], 200);
        let (_, result) = world.result(&question).await;
        assert_eq!(result["verdict"]["accepted"], true, "{result}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn our_issuer_refuses_its_wrong_code_its_second_try_and_its_invented_nonce() {
    let Some((world, mut wallet)) = meet().await else { return };
    let (offer, tx_code) = world.offer("hb-1").await;
    let wrong = if tx_code == "000000" { "000001" } else { "000000" };
    take(&mut wallet, &offer, wrong).unwrap_err().assert_says("invalid_grant");
    take(&mut wallet, &offer, &tx_code).unwrap();
    take(&mut wallet, &offer, &tx_code).unwrap_err().assert_says("404");

    let (offer, tx_code) = world.offer("hb-2").await;
    let invented =
        json!({"op": "accept", "offer": offer, "txCode": tx_code, "curves": ["P-256"], "nonce": "invented"});
    wallet.ask(&invented).unwrap_err().assert_says("invalid_nonce");
}

/// A student ID whose grant is refreshed: tokens of type DPoP, and a fresh copy for each refresh token.
#[tokio::test(flavor = "multi_thread")]
async fn our_issuer_binds_its_tokens_to_its_key_and_refreshes_its_grant() {
    let Some(mut wallet) = Peer::start(WALLET) else { return };
    let refreshed = json!({"mechanism": "jwt_vc_issuer", "refresh": {"configurations": ["student-id"]}});
    let world = World::start_with(|_, _| refreshed).await;
    let (offer, tx_code) = world.offer("hb-1").await;
    let taken =
        wallet.ask(&json!({"op": "refresh", "offer": offer, "txCode": tx_code, "rounds": 2})).unwrap();
    let taken = taken.as_array().unwrap();
    assert_eq!(taken.len(), 3);
    let mut tokens: Vec<&Value> = taken.iter().map(|one| &one["refreshToken"]).collect();
    assert!(tokens.iter().all(|token| token.is_string()), "{taken:?}");
    tokens.dedup();
    assert_eq!(tokens.len(), 3, "each is another");
    for one in taken {
        assert_eq!((&one["tokenType"], &one["claims"]["name"]), (&json!("DPoP"), &json!("김하늘")));
    }
    let (offer, tx_code) = world.offer("hb-2").await;
    let stolen = json!({"op": "refresh", "offer": offer, "txCode": tx_code, "rounds": 1, "thief": true});
    wallet.ask(&stolen).unwrap_err().assert_says("invalid_dpop_proof");
    let (offer, tx_code) = world.offer("hb-3").await;
    world.change("revoke", "hb-2").await;
    let taken =
        wallet.ask(&json!({"op": "refresh", "offer": offer, "txCode": tx_code, "rounds": 1})).unwrap();
    assert_eq!(taken.as_array().unwrap().len(), 2, "another's grant stands");
}

#[tokio::test(flavor = "multi_thread")]
async fn our_verifier_accepts_its_presentations() {
    let Some((world, mut wallet)) = meet().await else { return };
    accept(&world, &mut wallet, false).await;
    for (index, encrypted, mode) in [(0, false, "direct_post"), (1, true, "direct_post.jwt")] {
        let question = world.ask_for(encrypted).await;
        let answer = json!({"op": "answer", "link": question.link, "index": index, "disclose": {"enrolment_status": true}});
        let sent = wallet.ask(&answer).unwrap();
        assert_eq!(
            (&sent["version"], &sent["mode"], &sent["status"]),
            (&json!(100), &json!(mode), &json!(200))
        );
        let (_, result) = world.result(&question).await;
        assert_eq!(result["verdict"]["accepted"], true, "{result}");
        assert_eq!(result["claims"]["student"][0]["enrolment_status"], "enrolled", "{result}");
        wallet.ask(&answer).unwrap_err().assert_says("status code '400'");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn our_verifier_refuses_what_it_presents_for_another_question_or_to_somebody_else() {
    let Some((world, mut wallet)) = meet().await else { return };
    accept(&world, &mut wallet, false).await;
    for (member, value, check) in
        [("nonce", "another-nonce-0123456789", "V-13"), ("audience", "x509_san_dns:other.example", "V-12")]
    {
        let question = world.ask_for(true).await;
        let mut answer = json!({"op": "answer", "link": question.link, "index": 0, "disclose": {"enrolment_status": true}});
        answer[member] = value.into();
        wallet.ask(&answer).unwrap();
        let (_, result) = world.result(&question).await;
        assert_eq!(result["verdict"]["accepted"], false);
        let checks = result["verdict"]["credentials"][0]["checks"].as_array().unwrap();
        let broken: Vec<_> = checks.iter().filter(|check| check["result"] == "refused").collect();
        assert_eq!((broken.len(), &broken[0]["id"]), (1, &json!(check)), "{result}");
    }
}
