//! What a document keeps of one judgement never changes the next: kept or read anew, the verdict is the same.

use super::*;
use crate::documents::KeptDocument;
use crate::trust::PinnedKeys;

const LATER: Timestamp = NOW.plus(Seconds(400));

fn url() -> Url {
    Url::parse(STATUS_URI).unwrap()
}

fn kept(documents: &Documents) -> KeptDocument {
    documents.kept(&url()).unwrap().clone()
}

/// The same documents, nothing verified in them yet.
fn anew(documents: &Documents) -> Documents {
    let mut fresh = Documents::new();
    fresh.insert(url(), documents.get(&url()).unwrap().clone());
    fresh
}

/// The verdict on a credential at `now`: by `scene`'s documents, and by the same read anew.
fn both(scene: &Scene, credential: &str, now: Timestamp) -> [Verdict; 2] {
    let judge = Judge::new(&scene.trust, now, scene.policy);
    [&scene.documents, &anew(&scene.documents)]
        .map(|documents| judge.read(credential).judge_credential(documents))
}

/// A scene whose status list was verified once, and its credential.
fn judged_once() -> (Scene, String) {
    let scene = Scene::new();
    let credential = scene.issue_with(
        |claims| drop(claims.insert("exp".to_owned(), json!(NOW.plus(Seconds(100_000))))),
        scene.header("dc+sd-jwt"),
        &scene.issuer,
    );
    assert!(kept(&scene.documents).verified_status_list().is_none());
    assert!(both(&scene, &credential, NOW)[0].accepted());
    assert!(kept(&scene.documents).verified_status_list().is_some(), "the list is kept");
    (scene, credential)
}

#[test]
fn a_kept_list_gives_the_verdict_of_one_read_anew() {
    let (scene, credential) = judged_once();
    for now in [NOW, LATER, NOW.plus(Seconds(1000)), NOW.minus(Seconds(161)), NOW.minus(Seconds(5000))] {
        let [kept, anew] = both(&scene, &credential, now);
        assert_eq!(kept, anew, "at {now}");
    }
    assert!(!both(&scene, &credential, NOW.plus(Seconds(1000)))[0].accepted(), "an expired list is refused");
    assert!(!both(&scene, &credential, NOW.minus(Seconds(161)))[0].accepted(), "and one from the future");
}

#[test]
fn a_kept_list_opens_nothing_once_its_key_is_not_trusted_any_more() {
    let (mut scene, credential) = judged_once();
    let other = key(8, KeyType::P256).public().thumbprint();
    let keys = PinnedKeys::both(vec![scene.issuer.public().thumbprint()], vec![other]);
    scene.trust = trust(TrustEntry { keys: Some(keys), ..entry(&scene.issuer_did) }, NOW);
    let [kept, anew] = both(&scene, &credential, NOW);
    assert_eq!(kept, anew);
    assert!(!kept.accepted());
}

#[test]
fn a_kept_list_speaks_for_no_other_uri_and_no_place_outside() {
    let (mut scene, _) = judged_once();
    let list = kept(&scene.documents);
    let elsewhere = "https://uni.example/status/2";
    scene.documents.insert(Url::parse(elsewhere).unwrap(), list);
    for (uri, idx, id) in [(elsewhere, 7, "ST-04"), (STATUS_URI, 5000, "ST-11")] {
        let status = StatusReference::new(uri, idx).unwrap().to_claim();
        let change = |claims: &mut Map<String, Value>| drop(claims.insert("status".to_owned(), status));
        let credential = scene.issue_with(change, scene.header("dc+sd-jwt"), &scene.issuer);
        let verdict = scene.bench().read(&credential).judge_credential(&scene.documents);
        let ids: Vec<_> = verdict.refusals().map(|refusal| refusal.check.id).collect();
        assert_eq!(ids, [id]);
    }
}

#[test]
fn what_was_verified_stays_with_the_same_bytes_alone() {
    let (mut scene, credential) = judged_once();
    let first = kept(&scene.documents);
    let mut document = first.document().clone();
    document.fetched_at = LATER;
    let again = first.fetched_again(document.clone());
    assert!(again.verified_status_list().is_some() && again.document().fetched_at == LATER);
    assert_eq!(again.weight(), document.bytes.len() + 250);

    scene.publish_status(StatusValue::SUSPENDED, LATER);
    let changed = first.fetched_again(scene.documents.get(&url()).unwrap().clone());
    assert!(changed.verified_status_list().is_none());
    scene.documents.insert(url(), changed);
    assert!(!both(&scene, &credential, LATER)[0].accepted(), "the suspension is seen");
}

#[test]
fn a_list_that_does_not_verify_is_not_kept() {
    let mut scene = Scene::new();
    let credential = scene.issue();
    let stranger = key(9, KeyType::P256);
    let token = scene.status_token(StatusValue::VALID).sign(scene.header(TYP), &stranger).unwrap();
    scene.put_status(&token, NOW);
    assert!(!both(&scene, &credential, NOW)[0].accepted());
    assert!(kept(&scene.documents).verified_status_list().is_none());
}
