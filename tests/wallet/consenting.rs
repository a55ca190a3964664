//! Agreeing that facts are told on: for one's own persona alone, never without a record, and taken back.

use jigap_wallet_core::vp::{FeedConsent, OWN_PERSONA, Purpose};
use jigap_wallet_core::wallet::WalletError;
use serde_json::{Value, json};

use super::world::{World, accept, answer, fresh, student};

const PERSONA: &str = "AQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQE";

/// A request that wants a consent.
fn request(world: &World) -> String {
    let consent = FeedConsent {
        consumer: "https://people.example".to_owned(),
        purpose: Purpose { en: "Listing".to_owned(), ko: "등록".to_owned() },
        bound_to: PERSONA.to_owned(),
        facts: [(
            "student".to_owned(),
            vec![jigap_wallet_core::facts::Sought { path: None, one_of: Vec::new() }],
        )]
        .into(),
    };
    world.request_wanting(&json!({"credentials": [student("student", json!({}))]}), Some(consent.encode()))
}

fn said(uri: &str) -> Value {
    json!({"feed_consent": {"uri": uri, "token": "withdrawal-token"}})
}

#[tokio::test]
async fn vp_29_a_request_for_another_persona_is_not_answered_and_spends_nothing() {
    let world = World::new();
    let wallet = fresh(&world).await;
    accept(&wallet, &world).await.unwrap();
    for persona in [None, Some("AgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgI")] {
        let mut asking = wallet.look_at_request(&request(&world), None).await.unwrap();
        if let Some(persona) = persona {
            asking.for_persona(persona);
        }
        let refused = wallet.present(asking).await.unwrap_err();
        assert!(
            matches!(refused, WalletError::Refused(refusal) if refusal.check == OWN_PERSONA),
            "{refused}"
        );
    }
    assert_eq!((world.shown().len(), wallet.credentials().await.unwrap()[0].unused), (0, 5));
    assert!(wallet.consents().await.unwrap().is_empty());
}

#[tokio::test]
async fn a_consent_is_kept_with_its_answer_and_taken_back_where_it_was_given() {
    let world = World::new();
    let wallet = fresh(&world).await;
    accept(&wallet, &world).await.unwrap();
    let uri = "https://gate.example/v1/feed/consents/1";
    world.instead("/response", Ok(answer(200, "application/json", said(uri).to_string())));
    let mut asking = wallet.look_at_request(&request(&world), None).await.unwrap();
    assert_eq!(asking.consent().unwrap().consumer, "https://people.example");
    asking.for_persona(PERSONA);
    wallet.present(asking).await.unwrap();
    let consents = wallet.consents().await.unwrap();
    assert_eq!((consents.len(), consents[0].told.len(), consents[0].withdrawn), (1, 1, None));
    assert!(consents[0].can_be_withdrawn());
    assert!(!format!("{:?}", consents[0]).contains("withdrawal-token"));
    world.instead("/v1/feed/consents/1", Ok(answer(503, "", "")));
    assert!(wallet.withdraw(&consents[0].id).await.is_err());
    assert_eq!(wallet.consents().await.unwrap()[0].withdrawn, None, "the verifier does not know");
    world.repent();
    world.instead("/v1/feed/consents/1", Ok(answer(204, "", "")));
    let withdrawn = wallet.withdraw(&consents[0].id).await.unwrap();
    assert!(withdrawn.withdrawn.is_some());
    assert_eq!(wallet.consents().await.unwrap(), [withdrawn]);
    assert_eq!(wallet.withdraw("other").await, Err(WalletError::NoSuchConsent));
}

#[tokio::test]
async fn a_consent_is_kept_even_if_the_answer_is_lost_or_leads_elsewhere() {
    for body in
        [said("https://elsewhere.example/v1"), said("javascript:x"), json!({"feed_consent": 1}), json!({})]
    {
        let world = World::new();
        let wallet = fresh(&world).await;
        accept(&wallet, &world).await.unwrap();
        world.instead("/response", Ok(answer(200, "application/json", body.to_string())));
        let mut asking = wallet.look_at_request(&request(&world), None).await.unwrap();
        asking.for_persona(PERSONA);
        wallet.present(asking).await.unwrap();
        let consents = wallet.consents().await.unwrap();
        assert!(consents.len() == 1 && !consents[0].can_be_withdrawn(), "{body}");
        assert_eq!(wallet.withdraw(&consents[0].id).await, Err(WalletError::NoWithdrawal));
    }
    let world = World::new();
    let wallet = fresh(&world).await;
    accept(&wallet, &world).await.unwrap();
    world.instead("/response", Ok(answer(500, "", "")));
    let mut asking = wallet.look_at_request(&request(&world), None).await.unwrap();
    asking.for_persona(PERSONA);
    wallet.present(asking).await.unwrap_err();
    assert_eq!(wallet.consents().await.unwrap().len(), 1, "it may have arrived");
}
