//! Our wallet against a foreign issuer (`peers/issuer.mjs`, OpenID4VCI 1.0) and a foreign verifier
//! (`peers/verifier.mjs`, OpenID4VP 1.0).

use std::sync::Arc;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use jigap_keys::PrivateKey;
use jigap_platform::authority::{AltName, Authority, Profile};
use jigap_platform::clock::SystemClock;
use jigap_platform::entropy::OsEntropy;
use jigap_platform::fetch::{FetchSettings, GuardedFetch};
use jigap_platform::store::{Faults, in_memory};
use jigap_wallet_core::vci::TokenErrorCode;
use jigap_wallet_core::vp::CLIENT_KEY;
use jigap_wallet_core::wallet::{Wallet, WalletError};
use jigap_wallet_core::wallet_box::{Unlock, WalletBox};
use jigap_wallet_core::x509::Anchors;
use serde_json::{Value, json};

use crate::certificates::{certify, root};
use crate::peers::Peer;
use crate::scene::{VCT, judge_foreign, private_jwk};
use crate::world::World;

const ISSUER: &str = "issuer.mjs";
const VERIFIER: &str = "verifier.mjs";
const TX_CODE: &str = "271828";

/// An empty wallet, with the fetch guard of a development machine.
async fn new_wallet() -> Wallet {
    let store = in_memory(Faults::none()).unwrap();
    let made = WalletBox::create(store, &Unlock::KeyFile(&[9; 32]), Arc::new(OsEntropy)).await;
    let fetch = GuardedFetch::new(&FetchSettings::dev()).unwrap();
    Wallet::new(made.unwrap(), Arc::new(fetch), Arc::new(SystemClock), Arc::new(OsEntropy))
}

/// An offer of the foreign issuer: link, did and identifier.
fn offer(issuer: &mut Peer, by_reference: bool) -> Value {
    let claims = json!({"name": "김하늘", "degrees": ["bachelor", "master"], "enrolment_status": "enrolled"});
    let offer = json!({
        "op": "offer", "vct": VCT, "claims": claims, "txCode": TX_CODE, "byReference": by_reference,
    });
    issuer.ask(&offer).unwrap()
}

/// A wallet with a credential of the foreign issuer.
async fn issued(issuer: &mut Peer) -> (Wallet, Value) {
    let (wallet, offer) = (new_wallet().await, offer(issuer, false));
    let offered = wallet.look_at_offer(offer["link"].as_str().unwrap()).await.unwrap();
    wallet.accept(&offered, Some(TX_CODE)).await.unwrap();
    (wallet, offer)
}

/// Asks for enrolment status, and by which way: `reference` is `get` or `post`, or none.
fn question(vct: &str, encrypted: bool, reference: Option<&str>) -> Value {
    json!({
        "op": "ask", "vct": vct, "claims": [["enrolment_status"]], "encrypted": encrypted, "reference": reference,
    })
}

/// Answers the question and returns what the verifier found.
async fn answer(wallet: &Wallet, verifier: &mut Peer, asked: &Value, anchors: Option<&Anchors>) -> Value {
    let asking = wallet.look_at_request(asked["link"].as_str().unwrap(), anchors).await.unwrap();
    wallet.present(asking).await.unwrap();
    verifier.ask(&json!({"op": "result", "id": asked["id"]})).unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_foreign_issuer_issues_to_our_wallet() {
    let Some(mut issuer) = Peer::start(ISSUER) else { return };
    for by_reference in [false, true] {
        let (wallet, offer) = (new_wallet().await, offer(&mut issuer, by_reference));
        let offered = wallet.look_at_offer(offer["link"].as_str().unwrap()).await.unwrap();
        assert_eq!(offered.issuer(), offer["issuer"].as_str().unwrap());
        let held = wallet.accept(&offered, Some(TX_CODE)).await.unwrap();
        assert_eq!((held.copies, held.vct.as_str()), (3, VCT), "as many as the issuer gives at once");
        let (_, claims) = wallet.claims(&held.id).await.unwrap();
        assert_eq!((&claims["name"], &claims["degrees"][1]), (&json!("김하늘"), &json!("master")));
    }
    assert_eq!(issuer.ask(&json!({"op": "bound"})), Ok(json!(true)), "by DPoP, which it announces");
    let notified = issuer.ask(&json!({"op": "notified"})).unwrap();
    let events: Vec<_> = notified.as_array().unwrap().iter().map(|notice| &notice["event"]).collect();
    assert_eq!(events, ["credential_accepted", "credential_accepted"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_foreign_issuer_refuses_a_wrong_code_and_a_used_offer() {
    let Some(mut issuer) = Peer::start(ISSUER) else { return };
    let (wallet, offer) = (new_wallet().await, offer(&mut issuer, true));
    let offered = wallet.look_at_offer(offer["link"].as_str().unwrap()).await.unwrap();
    let refused = Some(WalletError::Token(TokenErrorCode::InvalidGrant));
    assert_eq!(wallet.accept(&offered, Some("000000")).await.err(), refused);
    wallet.accept(&offered, Some(TX_CODE)).await.unwrap();
    assert_eq!(wallet.accept(&offered, Some(TX_CODE)).await.err(), refused);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_foreign_verifier_accepts_what_our_wallet_presents() {
    let Some(mut verifier) = Peer::start(VERIFIER) else { return };
    let (world, wallet) = (World::start().await, new_wallet().await);
    let (link, tx_code) = world.offer("hb-1").await;
    let offered = wallet.look_at_offer(&link).await.unwrap();
    let held = wallet.accept(&offered, Some(&tx_code)).await.unwrap();
    for (encrypted, reference) in [(false, None), (true, None), (true, Some("get")), (false, Some("post"))] {
        let asked = verifier.ask(&question(&held.vct, encrypted, reference)).unwrap();
        let found = answer(&wallet, &mut verifier, &asked, None).await;
        assert_eq!(found["encrypted"], encrypted, "{found}");
        assert_eq!(found["claims"]["enrolment_status"], "enrolled");
        assert_eq!(found["claims"].get("name"), None, "what was not asked for stays with the wallet");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_foreign_verifier_known_by_its_certificate_is_answered_if_its_authority_is_trusted() {
    let (Some(mut issuer), Some(mut verifier)) = (Peer::start(ISSUER), Peer::start(VERIFIER)) else { return };
    let (wallet, _) = issued(&mut issuer).await;
    let (authority, other) = (root(), root());
    let (certificate, key) = certified(&authority);
    let mut ask = question(VCT, true, Some("post"));
    ask["x5c"] = json!([STANDARD.encode(certificate)]);
    ask["key"] = private_jwk(&key);
    let asked = verifier.ask(&ask).unwrap();
    let link = asked["link"].as_str().unwrap();
    match wallet.look_at_request(link, Some(&anchors(&other))).await.err() {
        Some(WalletError::Refused(refusal)) => assert_eq!(refusal.check, CLIENT_KEY),
        otherwise => panic!("{otherwise:?}"),
    }
    let found = answer(&wallet, &mut verifier, &asked, Some(&anchors(&authority))).await;
    assert_eq!(found["claims"]["enrolment_status"], "enrolled", "{found}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_foreign_issuer_and_a_foreign_verifier_meet_in_our_wallet_and_we_judge_alike() {
    let (Some(mut issuer), Some(mut verifier)) = (Peer::start(ISSUER), Peer::start(VERIFIER)) else { return };
    let (wallet, offer) = issued(&mut issuer).await;
    let asked = verifier.ask(&question(VCT, true, Some("post"))).unwrap();
    let found = answer(&wallet, &mut verifier, &asked, None).await;
    let (presentation, did) = (found["presentation"].as_str().unwrap(), offer["did"].as_str().unwrap());
    let text = |member: &str| asked[member].as_str().unwrap();
    let verdict = judge_foreign(presentation, did, text("client_id"), text("nonce"));
    assert_eq!(verdict.refusals().collect::<Vec<_>>(), []);
    assert_eq!(verdict.claims(0), Some(&found["claims"]));
}

#[tokio::test(flavor = "multi_thread")]
async fn our_wallet_declines_and_the_foreign_verifier_is_told() {
    let (Some(mut issuer), Some(mut verifier)) = (Peer::start(ISSUER), Peer::start(VERIFIER)) else { return };
    let (wallet, _) = issued(&mut issuer).await;
    let asked = verifier.ask(&question(VCT, false, Some("get"))).unwrap();
    let asking = wallet.look_at_request(asked["link"].as_str().unwrap(), None).await.unwrap();
    wallet.decline(asking).await.unwrap();
    let found = verifier.ask(&json!({"op": "result", "id": asked["id"]})).unwrap();
    assert_eq!(found, json!({"error": "access_denied"}));
    assert_eq!(wallet.credentials().await.unwrap()[0].unused, 3);
}

/// A certificate for a new key.
fn certified(authority: &Authority) -> (Vec<u8>, PrivateKey) {
    certify(authority, Profile::Reader, &[AltName::Dns("verifier.example")])
}

fn anchors(authority: &Authority) -> Anchors {
    Anchors::new(vec![authority.certificate().to_vec()]).unwrap()
}
