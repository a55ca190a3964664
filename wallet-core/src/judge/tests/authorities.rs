//! `trusted_authorities` (OpenID4VP 1.0 §6.1.1): who certifies an issuer says the verified path or its trust entry, and
//! nothing beside them.

use super::*;
use crate::x509::tests::Authority;

#[test]
fn v_18_an_issuer_whom_none_of_the_named_authorities_certifies_is_refused() {
    let at = crate::x509::tests::NOW;
    let (root, stranger) = (Authority::root("root"), Authority::root("stranger"));
    let beside = stranger.below("beside", |_| {});
    let issuer = "https://univ.example";
    let (leaf, pkcs8) = root.leaf(&[issuer]);
    let mut scene = Scene::new();
    let by_chain = Mechanism::X5c { anchors: root.anchors(), san: Vec::new() };
    let (valid_from, valid_until) = (at, at.plus(Seconds(1000)));
    let known = entry(&scene.issuer_did);
    scene.trust = trust(
        TrustEntry { issuer: issuer.into(), mechanism: by_chain, valid_from, valid_until, ..known },
        at,
    );
    scene.issuer = PrivateKey::from_pkcs8_der(&pkcs8).unwrap();
    let header = Header::for_key(scene.issuer.public()).unwrap().typ("dc+sd-jwt");
    let change = |claims: &mut Map<String, Value>| {
        claims.extend([("iss".to_owned(), json!(issuer)), ("iat".to_owned(), json!(at))]);
        claims.remove("status");
    };
    // The issuer puts a certificate beside its path that somebody else signed.
    let credential = scene.issue_with(change, header.x5c(vec![leaf, beside.der()]), &scene.issuer);
    let presentation = json!(scene.present_to(&credential, AUDIENCE, NONCE, at));
    let refused = |authorities: Value| {
        let query = Query::parse(&json!({"credentials": [{
            "id": "student", "format": "dc+sd-jwt", "meta": {"vct_values": [VCT]},
            "trusted_authorities": authorities,
        }]}))
        .unwrap();
        let token = BTreeMap::from([("student".to_owned(), vec![presentation.clone()])]);
        let judge = Judge::new(&scene.trust, at, scene.policy);
        let verdict = judge.read_response(&token, &query).unwrap().judge(&ASKED, &scene.documents);
        verdict.refusals().map(|refusal| (refusal.check.id, refusal.reason.code)).collect::<Vec<_>>()
    };
    let aki = |authority: &Authority| jigap_keys::base64url::encode(authority.key_identifier());
    assert_eq!(refused(json!([{"type": "aki", "values": [aki(&stranger), aki(&root)]}])), []);
    for others in [
        json!([{"type": "aki", "values": [aki(&stranger)]}]),
        json!([{"type": "aki", "values": [aki(&beside)]}]),
        json!([{"type": "etsi_tl", "values": [aki(&root)]}]),
    ] {
        assert_eq!(refused(others), [("V-18", "other-authority")]);
    }
}

const LIST: &str = "https://lists.example/kr.xml";
const FEDERATION: &str = "https://federation.example";

/// What the trust list says of an issuer whose key is found by a DID, and so by no certificate.
#[test]
fn v_18_an_issuer_that_its_trust_entry_puts_under_no_named_authority_is_refused() {
    let refused = |listed: Authorities, asked: Value| {
        let mut scene = Scene::new();
        scene.trust = trust(TrustEntry { authorities: listed, ..entry(&scene.issuer_did) }, NOW);
        let query = Query::parse(&json!({"credentials": [{
            "id": "student", "format": "dc+sd-jwt", "meta": {"vct_values": [VCT]}, "trusted_authorities": asked,
        }]}))
        .unwrap();
        let presentation = json!(scene.present_to(&scene.issue(), AUDIENCE, NONCE, NOW));
        let token = BTreeMap::from([("student".to_owned(), vec![presentation])]);
        let response = Judge::new(&scene.trust, NOW, scene.policy).read_response(&token, &query).unwrap();
        let verdict = response.judge(&ASKED, &scene.documents);
        verdict.refusals().map(|refusal| (refusal.check.id, refusal.reason.code)).collect::<Vec<_>>()
    };
    let named = |name: &str| vec![name.to_owned()];
    let both = Authorities { etsi_tl: named(LIST), openid_federation: named(FEDERATION) };
    for met in [
        json!([{"type": "etsi_tl", "values": [LIST]}]),
        json!([{"type": "openid_federation", "values": ["https://other.example", FEDERATION]}]),
        json!([{"type": "aki", "values": ["AQ"]}, {"type": "etsi_tl", "values": [LIST]}]),
    ] {
        assert_eq!(refused(both.clone(), met.clone()), [], "{met}");
        assert_eq!(refused(Authorities::default(), met), [("V-18", "other-authority")]);
    }
    for other in [
        json!([{"type": "etsi_tl", "values": [FEDERATION]}]),
        json!([{"type": "openid_federation", "values": [LIST]}]),
        json!([{"type": "aki", "values": [LIST]}]),
        json!([{"type": "trust_marks", "values": [LIST]}]),
    ] {
        assert_eq!(refused(both.clone(), other), [("V-18", "other-authority")]);
    }
}
