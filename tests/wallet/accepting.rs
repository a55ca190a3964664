//! Accepting offers: what an issuer may do wrong, and that nothing of it is kept.

use jigap_platform::store::Faults;
use jigap_wallet_core::ports::FetchError;
use jigap_wallet_core::vci::{CredentialErrorCode, MessageError, TokenErrorCode};
use jigap_wallet_core::wallet::WalletError;

use super::world::{Trick, World, accept, answer, create, fresh, metadata_of_another, reopen, store};

const JSON: &str = "application/json";
const PATHS: [&str; 5] = [
    "/.well-known/openid-credential-issuer",
    "/.well-known/oauth-authorization-server",
    "/token",
    "/nonce",
    "/credential",
];

#[tokio::test]
async fn an_offer_becomes_copies_and_the_issuer_is_told() {
    let world = World::new();
    let wallet = fresh(&world).await;
    let held = accept(&wallet, &world).await.unwrap();
    assert_eq!((held.copies, held.unused), (5, 5));
    assert_eq!(wallet.credentials().await.unwrap(), std::slice::from_ref(&held));
    assert_eq!(world.told(), ["credential_accepted"]);
    let (_, claims) = wallet.claims(&held.id).await.unwrap();
    assert_eq!(claims["name"], "김지갑");
    assert!(wallet.resume().await.unwrap().is_empty(), "nothing is left to do");
}

#[tokio::test]
async fn credentials_other_than_asked_for_are_not_kept_and_the_issuer_is_told() {
    for trick in [
        Trick::OtherType,
        Trick::OtherKey,
        Trick::NoKey,
        Trick::OneKeyTwice,
        Trick::OneTooMany,
        Trick::WithKeyBinding,
        Trick::NotACredential,
        Trick::Deferred,
    ] {
        let world = World::with(trick);
        let wallet = fresh(&world).await;
        let error = accept(&wallet, &world).await.unwrap_err();
        let expected = match trick {
            Trick::Deferred => error == WalletError::Deferred,
            Trick::OneTooMany => {
                matches!(error, WalletError::Message(MessageError::Invalid { member: "credentials", .. }))
            }
            Trick::WithKeyBinding => {
                matches!(&error, WalletError::Refused(refusal) if refusal.check.id == "SD-11")
            }
            _ => error == WalletError::OtherCredential,
        };
        assert!(expected, "{trick:?}: {error:?}");
        assert!(wallet.credentials().await.unwrap().is_empty(), "{trick:?}");
        let told: &[&str] = if trick == Trick::Deferred { &[] } else { &["credential_failure"] };
        assert_eq!(world.told(), told, "{trick:?}");
        // Once the issuer does right, the same acceptance goes on.
        world.repent();
        let resumed = wallet.resume().await.unwrap();
        assert!(matches!(&resumed[..], [Ok(held)] if held.unused == 5), "{trick:?}");
        assert_eq!(world.told(), [told, &["credential_accepted"]].concat(), "{trick:?}");
    }
}

#[tokio::test]
async fn an_issuer_that_cannot_be_told_of_a_failure_is_told_later_of_each() {
    let world = World::with(Trick::OtherKey);
    let store = store(Faults::none());
    let wallet = create(&store, &world).await.unwrap();
    world.instead("/notification", Err(FetchError::Unreachable));
    accept(&wallet, &world).await.unwrap_err();
    wallet.resume().await.unwrap();
    assert!(world.told().is_empty());
    drop(wallet);
    world.repent();
    let wallet = reopen(&store, &world).await.unwrap();
    for _ in 0..2 {
        wallet.resume().await.unwrap();
        let mut told = world.told();
        told.sort_unstable();
        assert_eq!(told, ["credential_accepted", "credential_failure", "credential_failure"]);
    }
}

#[tokio::test]
async fn metadata_of_another_issuer_is_refused() {
    let world = World::new();
    world.instead(PATHS[0], Ok(answer(200, JSON, metadata_of_another())));
    let error = accept(&fresh(&world).await, &world).await.unwrap_err();
    assert!(matches!(error, WalletError::Message(MessageError::Invalid { member: "credential_issuer", .. })));
    assert_eq!(world.times_asked("/token"), 0);
}

#[tokio::test]
async fn answers_that_are_none_are_refused_wherever_they_come() {
    for path in PATHS {
        for (status, content_type, body) in [
            (500, JSON, b"{}".to_vec()),
            (302, "", Vec::new()),
            (404, JSON, Vec::new()),
            (200, "text/html", b"{}".to_vec()),
            (200, "", b"{}".to_vec()),
            (200, JSON, Vec::new()),
            (200, JSON, br#"{"a":1,"a":2}"#.to_vec()),
            (200, JSON, b"[]".to_vec()),
            (200, JSON, [b"[".repeat(100), b"]".repeat(100)].concat()),
            (200, JSON, b"{\"a\":\"\xff\"}".to_vec()),
        ] {
            let world = World::new();
            world.instead(path, Ok(answer(status, content_type, body.clone())));
            let wallet = fresh(&world).await;
            let error = accept(&wallet, &world).await.unwrap_err();
            let fits = match (status, content_type) {
                (200, JSON) => matches!(error, WalletError::Message(_)),
                (200, _) => matches!(error, WalletError::ContentType(_)),
                _ => matches!(error, WalletError::Status(_, found) if found == status),
            };
            assert!(fits, "{path} {status} {content_type} {body:?}: {error:?}");
            assert!(wallet.credentials().await.unwrap().is_empty());
        }
    }
}

#[tokio::test]
async fn broken_connections_and_huge_bodies_are_the_networks_fault() {
    for path in PATHS {
        for (outcome, expected) in [
            (Err(FetchError::Unreachable), FetchError::Unreachable),
            (Err(FetchError::TimedOut), FetchError::TimedOut),
            (Err(FetchError::Forbidden("x")), FetchError::Forbidden("x")),
            (Ok(answer(200, JSON, vec![b' '; 5 * 1024 * 1024])), FetchError::TooLarge),
        ] {
            let world = World::new();
            world.instead(path, outcome);
            let error = accept(&fresh(&world).await, &world).await.unwrap_err();
            assert_eq!(error, WalletError::Fetch(expected), "{path}");
        }
    }
}

#[tokio::test]
async fn refusals_by_name_are_told_by_name() {
    let world = World::new();
    world.instead("/token", Ok(answer(400, JSON, r#"{"error":"invalid_grant"}"#)));
    let error = accept(&fresh(&world).await, &world).await.unwrap_err();
    assert_eq!(error, WalletError::Token(TokenErrorCode::InvalidGrant));
    let world = World::new();
    world.instead("/credential", Ok(answer(400, JSON, r#"{"error":"credential_request_denied"}"#)));
    let error = accept(&fresh(&world).await, &world).await.unwrap_err();
    assert_eq!(error, WalletError::Credential(CredentialErrorCode::CredentialRequestDenied));
}

#[tokio::test]
async fn an_acceptance_the_issuer_will_never_finish_is_given_up() {
    let world = World::new();
    let wallet = fresh(&world).await;
    world.instead("/credential", Err(FetchError::TimedOut));
    accept(&wallet, &world).await.unwrap_err();
    world.instead("/credential", Ok(answer(401, "", "")));
    assert!(matches!(&wallet.resume().await.unwrap()[..], [Err(WalletError::TokenEnded)]));
    assert!(wallet.resume().await.unwrap().is_empty(), "an ended token is not tried again");
    accept(&wallet, &world).await.unwrap_err();
    world.instead("/credential", Ok(answer(400, JSON, r#"{"error":"credential_request_denied"}"#)));
    accept(&wallet, &world).await.unwrap_err();
    wallet.resume().await.unwrap();
    assert!(wallet.resume().await.unwrap().is_empty(), "a denied request is not tried again");
}

#[tokio::test]
async fn an_issuer_that_cannot_be_told_is_told_later() {
    let world = World::new();
    let wallet = fresh(&world).await;
    world.instead("/notification", Err(FetchError::Unreachable));
    accept(&wallet, &world).await.unwrap();
    world.repent();
    wallet.resume().await.unwrap();
    wallet.resume().await.unwrap();
    assert_eq!(world.times_asked("/notification"), 2, "once in vain, once heard");
}

#[tokio::test]
async fn a_notice_is_kept_while_the_issuer_says_not_now_and_dropped_when_it_says_never() {
    for (status, times) in [(408, 2), (429, 2), (503, 2), (400, 1), (401, 1)] {
        let world = World::new();
        let wallet = fresh(&world).await;
        world.instead("/notification", Ok(answer(status, "application/json", "{}")));
        accept(&wallet, &world).await.unwrap();
        world.repent();
        wallet.resume().await.unwrap();
        wallet.resume().await.unwrap();
        assert_eq!(world.times_asked("/notification"), times, "{status}");
    }
}

#[tokio::test]
async fn an_issuers_own_documents_are_taken_from_where_they_lie_and_nowhere_else() {
    let world = World::new();
    let wallet = fresh(&world).await;
    accept(&wallet, &world).await.unwrap();
    assert_eq!(world.times_asked("/.well-known/openid-credential-issuer"), 1);
    assert_eq!(world.script.lock().unwrap().movable, Vec::<String>::new());
}
