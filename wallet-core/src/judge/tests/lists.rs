//! Status lists: who may sign them, who makes them be fetched, and how long one is believed.

use super::*;
use crate::cose;

#[test]
fn a_strangers_token_makes_nobody_fetch_a_status_list() {
    let mut scene = Scene::new();
    let forged = scene.issue_with(|_| {}, scene.header("dc+sd-jwt"), &key(4, KeyType::P256));
    scene.documents = Documents::new();
    assert_eq!(scene.needs(&forged), []);
}

#[test]
fn a_delegated_status_issuer_signs_for_the_issuer_and_a_stranger_does_not() {
    let mut scene = Scene::new();
    let presentation = scene.present(&scene.issue());
    let delegate = key(8, KeyType::P256);
    let did = did::jwk_did(delegate.public());
    let header = Header::for_key(delegate.public()).unwrap().typ(TYP).kid(format!("{did}#0"));
    let token = scene.status_token(StatusValue::VALID).sign(header, &delegate).unwrap();
    scene.put_status(&token, NOW);
    assert_eq!(scene.refused(&presentation), ["ST-03"], "not named by the list");
    let own = TrustEntry { status_issuers: vec![did.clone()], ..entry(&scene.issuer_did) };
    let signer = TrustEntry { types: vec!["https://types.example/none".into()], ..entry(&did) };
    scene.trust = trust_of(vec![own, signer], NOW);
    let presentation = scene.present(&scene.issue());
    assert!(scene.judge(&presentation).accepted());
}

/// A host or cache that hands out an old list until its `exp`, however freshly fetched.
#[test]
fn v_09_a_list_that_its_issuer_should_have_signed_again_is_refused() {
    let mut scene = Scene::new();
    let presentation = scene.present(&scene.issue());
    let old = StatusListToken {
        issued_at: NOW.minus(Seconds(1000)),
        expires: Some(NOW.plus(Seconds(86_400))),
        ..scene.status_token(StatusValue::VALID)
    };
    let token = old.sign(scene.header(TYP), &scene.issuer).unwrap();
    scene.put_status(&token, NOW);
    assert!(
        scene.judge(&presentation).accepted(),
        "without a policy the issuer's `ttl` counts from the fetch"
    );
    for age in [0, 60, 699] {
        scene.policy.max_status_age = Some(Seconds(age));
        assert_eq!(scene.refused(&presentation), ["V-09"], "{age}");
    }
    scene.policy.max_status_age = Some(Seconds(700));
    assert!(scene.judge(&presentation).accepted());
}

/// Whichever form was fetched: the list is believed by the same rules.
#[test]
fn a_list_as_cwt_is_judged_as_one_as_jwt() {
    let mut scene = Scene::new();
    let presentation = scene.present(&scene.issue());
    let header = || cose::Header::for_key(KeyType::P256).unwrap().kid(format!("{}#0", scene.issuer_did));
    let signed =
        |value, key: &PrivateKey| scene.status_token(value).unsigned_cwt(header()).sign(key).unwrap();
    let (valid, suspended) =
        (signed(StatusValue::VALID, &scene.issuer), signed(StatusValue::SUSPENDED, &scene.issuer));
    let forged = signed(StatusValue::VALID, &key(8, KeyType::P256));
    let mut put = |bytes: Vec<u8>| {
        let document = Document { bytes, fetched_at: NOW, max_age: None };
        scene.documents.insert(Url::parse(STATUS_URI).unwrap(), document);
        let kept = scene.judge(&presentation);
        assert_eq!(kept, scene.judge(&presentation), "by the kept list");
        kept.refusals().map(|refusal| refusal.check.id).collect::<Vec<_>>()
    };
    assert_eq!(put(valid.clone()), [""; 0]);
    assert_eq!(put(suspended), ["V-08"]);
    assert_eq!(put(forged), ["ST-03"]);
    assert_eq!(put(valid[..valid.len() - 1].to_vec()), ["ST-02"]);
}

#[test]
fn v_09_a_status_of_which_only_a_part_is_known_is_refused() {
    let mut scene = Scene::new();
    let beside = |claims: &mut Map<String, Value>| claims["status"]["other"] = json!({"id": "1"});
    let presentation = scene.present(&scene.issue_with(beside, scene.header("dc+sd-jwt"), &scene.issuer));
    let verdict = scene.judge(&presentation);
    let refusals: Vec<_> = verdict.refusals().map(|it| (it.check.id, it.reason.code)).collect();
    assert_eq!(refusals, [("V-09", "status-mechanism-unknown")]);
    assert_eq!(verdict.credentials()[0].freshness(), Some(Freshness::Unknown));
    scene.publish_status(StatusValue::INVALID, NOW);
    assert_eq!(scene.refused(&presentation), ["V-08", "V-09"], "the list still says what it says");
}
