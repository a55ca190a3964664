//! Verifiers that say by certificate who they are, and results told as they come.

use jigap_keys::{base64url, hash, json as strict};
use jigap_wallet_core::jose::{Header, UnsignedJws};
use jigap_wallet_core::vp::CLIENT_KEY;
use serde_json::{Value, json};
use url::Url;

use crate::certificates::{self, CertifiedVerifier};
use crate::world::{Question, World};
use crate::{assert_refused, student};

async fn world_of(prefix: &str) -> (World, CertifiedVerifier, tempfile::TempDir) {
    let folder = tempfile::tempdir().unwrap();
    let certified = certificates::verifier(folder.path(), prefix, "localhost");
    let world = World::start_asking_as(certified.identity.clone()).await;
    (world, certified, folder)
}

/// The verifier's own request for another client, signed with the certificate it has.
async fn lie(world: &World, question: &Question, certified: &CertifiedVerifier, client_id: &str) -> String {
    let object = world.request_object(question).await;
    let payload = base64url::decode(object.split('.').nth(1).unwrap()).unwrap();
    let mut payload: Value = strict::parse(&payload, strict::Limits::MESSAGE).unwrap();
    payload["client_id"] = json!(client_id);
    let header = Header::for_key(certified.key.public()).unwrap().typ("oauth-authz-req+jwt");
    let header = header.x5c(vec![certified.certificate.clone()]);
    let request = UnsignedJws::new(&header, &payload).sign(&certified.key).unwrap();
    let parameters = [("client_id", client_id), ("request", &request)];
    Url::parse_with_params("openid4vp://", parameters).unwrap().into()
}

#[tokio::test]
async fn a_verifier_known_by_its_certificate_is_answered_by_who_trusts_its_authority_and_nobody_else() {
    let elsewhere = tempfile::tempdir().unwrap();
    let stranger = certificates::verifier(elsewhere.path(), "x509_hash", "localhost");
    for prefix in ["x509_hash", "x509_san_dns"] {
        let (world, certified, _folder) = world_of(prefix).await;
        let (wallet, question) = (student(&world).await, world.ask().await);
        for anchors in [None, Some(&stranger.anchors)] {
            assert_refused(wallet.look_at_request(&question.link, anchors).await, CLIENT_KEY);
        }
        let other_hash = format!("x509_hash:{}", base64url::encode(hash::sha256(b"another")));
        for client_id in ["x509_san_dns:other.example", &other_hash] {
            let link = lie(&world, &question, &certified, client_id).await;
            assert_refused(wallet.look_at_request(&link, Some(&certified.anchors)).await, CLIENT_KEY);
        }
        assert_eq!(world.result(&question).await.1["state"], "waiting");
        let asking = wallet.look_at_request(&question.link, Some(&certified.anchors)).await.unwrap();
        assert!(asking.verifier().starts_with(prefix), "{}", asking.verifier());
        assert_eq!(asking.certified_names(), ["localhost"]);
        wallet.present(asking).await.unwrap();
        let (_, result) = world.result(&question).await;
        assert_eq!(result["verdict"]["accepted"], true, "{}", result["verdict"]);
    }
}

#[tokio::test]
async fn a_verifier_that_does_not_sign_is_answered_where_it_asks() {
    let world = World::start_asking_as(json!({"prefix": "redirect_uri"})).await;
    let (wallet, question) = (student(&world).await, world.ask().await);
    let asking = wallet.look_at_request(&question.link, None).await.unwrap();
    assert!(asking.verifier().starts_with("redirect_uri:http"), "{}", asking.verifier());
    wallet.present(asking).await.unwrap();
    assert_eq!(world.result(&question).await.1["verdict"]["accepted"], true);
}

#[tokio::test]
async fn who_listens_is_told_the_result_when_it_comes() {
    let world = World::start().await;
    let (wallet, question) = (student(&world).await, world.ask().await);
    let answered = async {
        // Some time for the listeners; if they came later they would be told the same.
        tokio::time::sleep(std::time::Duration::from_millis(300)).await;
        let asking = wallet.look_at_request(&question.link, None).await.unwrap();
        wallet.present(asking).await.unwrap();
    };
    let listeners = async {
        let listen = || world.events(&question);
        tokio::join!(listen(), listen(), listen(), listen(), listen())
    };
    let ((one, two, three, four, five), ()) = tokio::join!(listeners, answered);
    let (mut told, mut turned_away) = (Vec::new(), 0);
    for (status, text) in [one, two, three, four, five] {
        if status == 200 { told.push(text) } else { turned_away += 1 }
    }
    assert_eq!((told.len(), turned_away), (4, 1), "{told:?}");
    let polled = world.result(&question).await.1;
    for text in told {
        assert!(text.starts_with("event: state\ndata: {\"state\":\"waiting\"}\n\n"), "{text}");
        let last = text.trim_end().rsplit("data: ").next().unwrap();
        let last = strict::parse(last.as_bytes(), strict::Limits::MESSAGE).unwrap();
        assert_eq!(last, polled);
    }
}

#[tokio::test]
async fn a_stream_lives_until_its_session_or_the_server_ends() {
    let world = World::start().await;
    let question = world.ask().await;
    let turned = async {
        tokio::time::sleep(std::time::Duration::from_millis(5500)).await;
        world.clock.turn(301);
    };
    let ((status, text), ()) = tokio::join!(world.events(&question), turned);
    assert_eq!(status, 200);
    let (first, rest) = text.split_once("\n\n").unwrap();
    assert_eq!(first, "event: state\ndata: {\"state\":\"waiting\"}");
    let (life, last) = rest.split_once("event").unwrap();
    assert!(life.starts_with(":\n\n"), "a sign of life: {text}");
    assert_eq!(last, ": state\ndata: {\"state\":\"expired\"}\n\n");

    world.clock.turn(0);
    let question = world.ask().await;
    let ended = async {
        tokio::time::sleep(std::time::Duration::from_millis(300)).await;
        world.end();
    };
    let ((status, text), ()) = tokio::join!(world.events(&question), ended);
    assert_eq!((status, text.matches("data:").count()), (200, 1), "{text}");
}
