//! What a holder authorizes, and what a judged credential rests on.

use super::*;
use crate::trust::PinnedKeys;
use crate::vp::Authorization;

fn query() -> Query {
    let query = json!({"credentials": [{
        "id": "student", "format": "dc+sd-jwt", "meta": {"vct_values": [VCT]}, "claims": [{"path": ["enrolment_status"]}],
    }]});
    Query::parse(&query).unwrap()
}

fn wanted(persona: u8) -> Authorization {
    let consent = json!({
        "type": "urn:jigap:feed-consent:1", "credential_ids": ["student"], "consumer": "https://people.example",
        "purpose": {"en": "Listing", "ko": "등록"}, "bound_to": jigap_keys::base64url::encode([persona; 32]),
        "facts": [{"path": null}],
    });
    Authorization::read(&json!([jigap_keys::base64url::encode(consent.to_string())]), &query()).unwrap()
}

impl Scene {
    fn authorizing(&self, authorized: Option<&Authorization>) -> Value {
        let credential = self.issue();
        let held = SdJwtVc::parse(&credential).unwrap().dangerous_assume_verified().unwrap();
        let shown = held.present(&[path(&json!(["enrolment_status"]))]).unwrap();
        let shown = shown.authorizing(authorized.and_then(|wanted| wanted.authorized_by("student")));
        json!(shown.bind(AUDIENCE, NONCE, NOW, self.holder.public()).unwrap().sign(&self.holder).unwrap())
    }

    fn judged(&self, shown: Value, wanted: Option<&Authorization>) -> Verdict {
        let token = BTreeMap::from([("student".to_owned(), vec![shown])]);
        let judge = self.bench().authorizing(wanted);
        judge.read_response(&token, &query()).unwrap().judge(&ASKED, &self.documents)
    }

    fn backing(&self) -> Backing {
        let verdict = self.judged(self.authorizing(None), None);
        assert!(verdict.accepted(), "{verdict:?}");
        verdict.credentials()[0].backing().unwrap().clone()
    }
}

#[test]
fn v_19_a_proof_that_does_not_authorize_what_was_asked_is_refused() {
    let scene = Scene::new();
    let (mine, other) = (wanted(1), wanted(2));
    assert!(scene.judged(scene.authorizing(Some(&mine)), Some(&mine)).accepted());
    for (authorized, code) in [(None, "not-authorized"), (Some(&other), "other-authorized")] {
        let verdict = scene.judged(scene.authorizing(authorized), Some(&mine));
        let refusals: Vec<_> = verdict.refusals().map(|it| (it.check.id, it.reason.code)).collect();
        assert!(refusals.contains(&("V-19", code)), "{refusals:?}");
    }
    // Unasked it is not judged, and says nothing.
    let unasked = scene.judged(scene.authorizing(Some(&mine)), None);
    assert!(unasked.accepted());
    assert!(unasked.credentials()[0].findings().iter().all(|it| it.check != checks::AUTHORIZED));
}

#[test]
fn a_backing_is_of_credentials_whose_issuer_is_trusted_and_tells_nobody_its_place() {
    let scene = Scene::new();
    let backing = scene.backing();
    assert_eq!((backing.signer.issuer.as_str(), backing.signer.kind.as_str()), (&*scene.issuer_did, VCT));
    let place = backing.place.as_ref().unwrap();
    assert_eq!((place.list.uri.as_str(), place.index), (STATUS_URI, 7));
    assert_eq!(backing.ends, Some(NOW.plus(Seconds(1000))));
    assert!(!format!("{backing:?}").contains("index") && !format!("{place:?}").contains('7'));
    let kept = serde_json::to_string(&backing).unwrap();
    assert_eq!(serde_json::from_str::<Backing>(&kept).unwrap(), backing);
    let stranger = Scene { trust: trust(entry("did:jwk:eyJhbGciOiJFUzI1NiJ9"), NOW), ..Scene::new() };
    let verdict = stranger.judged(stranger.authorizing(None), None);
    assert!(verdict.credentials()[0].backing().is_none());
}

#[test]
fn a_signer_stands_as_long_as_it_is_trusted_and_its_key_is_its_own() {
    let scene = Scene::new();
    let signer = scene.backing().signer;
    let standing = |trust: &TrustList, now| signer.standing(trust, &scene.documents, now);
    assert_eq!(standing(&scene.trust, NOW), SignerStanding::Sound);
    assert_eq!(
        standing(&scene.trust, NOW.plus(Seconds(20_000))),
        SignerStanding::Unknown,
        "the list has ended"
    );
    let with = |change: fn(&mut TrustEntry)| {
        let mut entry = entry(&scene.issuer_did);
        change(&mut entry);
        standing(&trust(entry, NOW), NOW)
    };
    assert_eq!(
        with(|entry| entry.types = vec!["https://types.example/x/1".to_owned()]),
        SignerStanding::TrustWithdrawn
    );
    assert_eq!(with(|entry| entry.withdrawn_since = Some(NOW)), SignerStanding::TrustWithdrawn);
    let other = |entry: &mut TrustEntry| {
        let key = jigap_keys::base64url::encode([9; 32]);
        entry.keys = Some(PinnedKeys::both(vec![key], Vec::new()));
    };
    assert_eq!(with(other), SignerStanding::KeyGone);
}

#[test]
fn a_list_is_read_by_who_may_sign_it_and_by_nobody_else() {
    let mut scene = Scene::new();
    let list = scene.backing().place.unwrap().list;
    let read = |scene: &Scene| list.read(&scene.trust, &scene.documents, NOW);
    assert_eq!(read(&scene).unwrap().token().list.get(7), Some(StatusValue::VALID));
    scene.publish_status(StatusValue::INVALID, NOW);
    assert_eq!(read(&scene).unwrap().token().list.get(7), Some(StatusValue::INVALID));
    let stranger = key(7, KeyType::P256);
    let token = scene.status_token(StatusValue::VALID).sign(scene.header(TYP), &stranger).unwrap();
    scene.put_status(&token, NOW);
    assert_eq!(read(&scene).unwrap_err().check, crate::status::SIGNATURE);
    assert_eq!(list.read(&scene.trust, &Documents::new(), NOW).unwrap_err().check, checks::STATUS_FRESHNESS);
}
