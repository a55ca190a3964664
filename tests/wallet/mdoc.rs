//! Accepting mdocs: what an issuer may do wrong, and that nothing of it is kept.

use jigap_wallet_core::claims::ClaimPath;
use jigap_wallet_core::dcql::Format;
use jigap_wallet_core::mdoc::checks::DIGEST;
use jigap_wallet_core::wallet::WalletError;
use serde_json::json;

use super::world::{DOC_TYPE, Trick, World, accept, fresh};

#[tokio::test]
async fn an_mdoc_is_held_by_its_document_type() {
    let world = World::of_mdocs(Trick::Honest);
    let wallet = fresh(&world).await;
    let held = accept(&wallet, &world).await.unwrap();
    assert_eq!((held.format, held.copies, held.vct.as_str()), (Format::MsoMdoc, 5, ""));
    assert_eq!((held.types.as_slice(), held.credential_type()), (&[DOC_TYPE.to_owned()][..], DOC_TYPE));
    assert!(held.expires.is_some());
    let (_, claims) = wallet.claims(&held.id).await.unwrap();
    assert_eq!(claims, json!({"example.ns": {"name": "KIM", "enrolled": "yes", "age_over_21": true}}));
    let listed = serde_json::to_value(&held).unwrap();
    assert_eq!((&listed["format"], listed.get("vct")), (&json!("mso_mdoc"), None));
}

/// OpenID4VP 1.0 B.2.4: who is asked is told what the verifier says it keeps.
#[tokio::test]
async fn what_the_verifier_will_keep_is_told_before() {
    let world = World::of_mdocs(Trick::Honest);
    let wallet = fresh(&world).await;
    accept(&wallet, &world).await.unwrap();
    let claim = |name: &str, kept: bool| json!({"path": ["example.ns", name], "intent_to_retain": kept});
    let query = json!({"credentials": [{
        "id": "a", "format": "mso_mdoc", "meta": {"doctype_value": DOC_TYPE},
        "claims": [claim("name", true), claim("enrolled", false)],
    }]});
    let asking = wallet.look_at_request(&world.request_for(&query), None).await.unwrap();
    let disclosed = &asking.would_disclose().unwrap()[0];
    assert_eq!(disclosed.claims.len(), 2);
    assert_eq!(disclosed.kept, [ClaimPath::from_json(&json!(["example.ns", "name"])).unwrap()]);
}

/// ISO 18013-5 §7.2.5: who asks for an age that is not attested is told the nearest one, and keeps that.
#[tokio::test]
async fn an_age_that_tells_the_one_asked_for_is_kept_as_that_is() {
    let world = World::of_mdocs(Trick::Honest);
    let wallet = fresh(&world).await;
    accept(&wallet, &world).await.unwrap();
    let told = ClaimPath::from_json(&json!(["example.ns", "age_over_21"])).unwrap();
    for (age, kept) in [("age_over_19", true), ("age_over_21", true), ("age_over_19", false)] {
        let query = json!({"credentials": [{
            "id": "a", "format": "mso_mdoc", "meta": {"doctype_value": DOC_TYPE},
            "claims": [
                {"path": ["example.ns", age], "intent_to_retain": kept},
                {"path": ["example.ns", "enrolled"], "intent_to_retain": false},
            ],
        }]});
        let asking = wallet.look_at_request(&world.request_for(&query), None).await.unwrap();
        let disclosed = &asking.would_disclose().unwrap()[0];
        assert!(disclosed.claims.contains(&told) && disclosed.claims.len() == 2, "{age}");
        let expected = if kept { vec![told.clone()] } else { Vec::new() };
        assert_eq!(disclosed.kept, expected, "{age}");
    }
}

#[tokio::test]
async fn mdocs_other_than_asked_for_are_not_kept() {
    for trick in [
        Trick::OtherType,
        Trick::OtherKey,
        Trick::OneKeyTwice,
        Trick::OneTooMany,
        Trick::NotACredential,
        Trick::OneStatus,
        Trick::Tampered,
    ] {
        let world = World::of_mdocs(trick);
        let wallet = fresh(&world).await;
        let error = accept(&wallet, &world).await.unwrap_err();
        let expected = match &error {
            WalletError::Message(_) => trick == Trick::OneTooMany,
            WalletError::Refused(refusal) => trick == Trick::Tampered && refusal.check == DIGEST,
            error => *error == WalletError::OtherCredential && trick != Trick::Tampered,
        };
        assert!(expected, "{trick:?}: {error:?}");
        assert!(wallet.credentials().await.unwrap().is_empty(), "{trick:?}");
        assert_eq!(world.told(), ["credential_failure"], "{trick:?}");
        world.repent();
        let resumed = wallet.resume().await.unwrap();
        assert!(matches!(&resumed[..], [Ok(held)] if held.unused == 5), "{trick:?}");
    }
}
