//! The attack table of `jwt_vc_json`: an honest credential in an honest presentation, in both data models, and everything
//! that can be wrong with them.

use super::proof_only::proof_refusals;
use super::*;
use crate::did::key_did;
use crate::vcjwt;

pub(super) const STUDENT: &str = "https://jigap.example/types/student-id/1#StudentId";
const LICENCE: &str = "https://jigap.example/types/driver-licence/1#DriverLicence";
const CONTEXT: &str = "https://jigap.example/types/student-id/1/context.jsonld";
const V1: &str = "https://www.w3.org/2018/credentials/v1";
const V2: &str = "https://www.w3.org/ns/credentials/v2";

impl Scene {
    /// A scene whose issuer may issue student IDs as W3C credentials.
    pub(super) fn w3c() -> Self {
        let mut scene = Self::new();
        scene.trust = trust(TrustEntry { types: vec![STUDENT.to_owned()], ..entry(&scene.issuer_did) }, NOW);
        scene
    }

    pub(super) fn holder_did(&self) -> String {
        did::jwk_did(self.holder.public())
    }

    pub(super) fn vc(&self, changes: Value) -> String {
        self.vc_with(changes, self.header("vc+jwt"), &self.issuer)
    }

    /// A credential of VCDM 2.0 with these members changed, `null` standing for removed.
    pub(super) fn vc_with(&self, changes: Value, header: Header, key: &PrivateKey) -> String {
        let status = StatusReference::new(STATUS_URI, 7).unwrap().to_claim();
        let credential = json!({
            "@context": [V2, CONTEXT],
            "type": ["VerifiableCredential", "StudentId"],
            "issuer": self.issuer_did,
            "validFrom": NOW.minus(Seconds(1000)).to_rfc3339(),
            "validUntil": NOW.plus(Seconds(1000)).to_rfc3339(),
            "credentialSubject": {"id": self.holder_did(), "name": "김지갑", "enrolment_status": "enrolled"},
            "status": status,
        });
        sign(&header, &merged(credential, changes), key).unwrap()
    }

    /// The same in VCDM 1.1.
    fn older(&self) -> String {
        self.older_with(json!({}), self.header("JWT"), &self.issuer)
    }

    /// The same with these claims changed.
    pub(super) fn older_with(&self, changes: Value, header: Header, key: &PrivateKey) -> String {
        let claims = json!({
            "iss": self.issuer_did, "sub": self.holder_did(), "nbf": NOW.minus(Seconds(1000)), "exp": NOW.plus(Seconds(1000)),
            "status": StatusReference::new(STATUS_URI, 7).unwrap().to_claim(),
            "vc": {
                "@context": [V1, CONTEXT],
                "type": ["VerifiableCredential", "StudentId"],
                "credentialSubject": {"enrolment_status": "enrolled"}
            }
        });
        sign(&header, &merged(claims, changes), key).unwrap()
    }

    /// As the wallet presents it.
    pub(super) fn vp(&self, credential: &str) -> String {
        let (header, holder) = (self.holder_header(), self.holder_did());
        let unsigned = vcjwt::present(header, &holder, credential, AUDIENCE, NONCE, NOW).unwrap();
        unsigned.sign(&self.holder).unwrap()
    }

    pub(super) fn holder_header(&self) -> Header {
        Header::for_key(self.holder.public()).unwrap().kid(format!("{}#0", self.holder_did()))
    }

    /// A presentation of VCDM 2.0 with these claims changed.
    pub(super) fn vp_with(&self, credential: &str, changes: Value) -> String {
        self.vp_by(credential, changes, self.holder_header(), &self.holder)
    }

    pub(super) fn vp_by(&self, credential: &str, changes: Value, header: Header, key: &PrivateKey) -> String {
        let claims = json!({
            "@context": [V2], "type": "VerifiablePresentation", "holder": self.holder_did(),
            "verifiableCredential": [enveloped(credential)], "aud": AUDIENCE, "nonce": NONCE, "iat": NOW
        });
        sign(&header.typ("vp+jwt"), &merged(claims, changes), key).unwrap()
    }

    /// A presentation of VCDM 1.1 with these claims changed.
    pub(super) fn older_vp_by(
        &self,
        credential: &str,
        changes: Value,
        header: Header,
        key: &PrivateKey,
    ) -> String {
        let claims = json!({
            "iss": self.holder_did(), "aud": AUDIENCE, "nonce": NONCE, "iat": NOW,
            "vp": {
                "@context": [V1], "type": "VerifiablePresentation", "verifiableCredential": [credential],
            },
        });
        sign(&header.typ("JWT"), &merged(claims, changes), key).unwrap()
    }
}

fn enveloped(credential: &str) -> Value {
    json!({"@context": V2, "type": "EnvelopedVerifiableCredential", "id": format!("data:application/vc+jwt,{credential}")})
}

fn merged(mut claims: Value, changes: Value) -> Value {
    for (name, value) in changes.as_object().unwrap() {
        if value.is_null() {
            claims.as_object_mut().unwrap().remove(name);
        } else {
            claims[name] = value.clone();
        }
    }
    claims
}

fn ids(verdict: &Verdict) -> Vec<&'static str> {
    verdict.refusals().map(|refusal| refusal.check.id).collect()
}

#[test]
fn an_honest_jwt_vc_is_accepted_in_both_data_models() {
    let scene = Scene::w3c();
    for credential in [scene.vc(json!({})), scene.older()] {
        let verdict = scene.judge(&scene.vp(&credential));
        assert_eq!(ids(&verdict), [""; 0]);
        assert!(verdict.accepted());
        assert_eq!(verdict.claims(0).unwrap()["credentialSubject"]["enrolment_status"], "enrolled");
        let judged = &verdict.credentials()[0];
        assert_eq!(judged.types(), [crate::contexts::VERIFIABLE_CREDENTIAL, STUDENT]);
        assert_eq!(judged.holder(), Some(scene.holder.public().thumbprint().as_str()));
        assert_eq!(judged.freshness(), Some(Freshness::Fresh(NOW)));
        let checks: Vec<_> = judged.findings().iter().map(|finding| finding.check.id).collect();
        assert_eq!(
            checks,
            [
                "V-01", "V-02", "V-06", "V-05", "V-04", "V-03", "V-07", "V-08", "V-09", "V-10", "V-16",
                "V-11", "V-15", "V-13", "V-12", "V-14"
            ]
        );
    }
}

#[test]
fn a_holder_may_be_bound_by_cnf_instead_of_a_did() {
    let scene = Scene::w3c();
    let bound = json!({"cnf": {"jwk": scene.holder.public().to_jwk()}, "credentialSubject": {"enrolment_status": "enrolled"}});
    let credential = scene.vc(bound);
    let header = Header::for_key(scene.holder.public()).unwrap();
    let honest = scene.vp_by(&credential, json!({"holder": null}), header, &scene.holder);
    assert_eq!(ids(&scene.judge(&honest)), [""; 0]);
    let thief = key(7, KeyType::P256);
    let header = Header::for_key(thief.public()).unwrap();
    assert_eq!(scene.refused(&scene.vp_by(&credential, json!({}), header, &thief)), ["V-11"]);
}

#[test]
fn what_a_jwt_vc_needs_is_named_once_its_issuer_signed_it() {
    let mut scene = Scene::w3c();
    scene.documents = Documents::new();
    let wanted = [Url::parse(STATUS_URI).unwrap()];
    assert_eq!(scene.needs(&scene.vp(&scene.vc(json!({})))), wanted);
    let web = scene.vc(json!({"credentialSubject": {"id": "did:web:holder.example"}}));
    let both = [Url::parse("https://holder.example/.well-known/did.json").unwrap(), wanted[0].clone()];
    assert_eq!(scene.needs(&scene.vp(&web)), both);
    let forged = scene.vc_with(json!({}), scene.header("vc+jwt"), &key(4, KeyType::P256));
    assert_eq!(scene.needs(&scene.vp(&forged)), []);
}

#[test]
fn v_01_jwt_vc_another_token_type_is_refused() {
    let scene = Scene::w3c();
    for typ in ["at+jwt", "openid4vci-proof+jwt"] {
        let credential = scene.vc_with(json!({}), scene.header(typ), &scene.issuer);
        assert_eq!(scene.refused(&credential), ["V-01"], "{typ}");
        assert_eq!(
            scene.refused(&scene.vp_with(&credential, json!({}))),
            ["V-01"],
            "{typ} in a presentation"
        );
    }
}

#[test]
fn v_02_jwt_vc_without_a_signature_is_refused() {
    let scene = Scene::w3c();
    let unsigned = |text: &str, typ: &str| {
        let header = jigap_keys::base64url::encode(json!({"alg": "none", "typ": typ}).to_string());
        format!("{header}.{}", text.split_once('.').unwrap().1)
    };
    let credential = scene.vc(json!({}));
    assert_eq!(scene.refused(&scene.vp_with(&unsigned(&credential, "vc+jwt"), json!({}))), ["V-02"]);
    assert!(!scene.judge(&unsigned(&scene.vp(&credential), "vp+jwt")).accepted());
}

#[test]
fn v_03_jwt_vc_with_a_forged_signature_is_refused() {
    let scene = Scene::w3c();
    let forged = scene.vc_with(json!({}), scene.header("vc+jwt"), &key(4, KeyType::P256));
    assert_eq!(scene.refused(&scene.vp(&forged)), ["V-03"]);
}

#[test]
fn v_04_jwt_vc_with_the_key_of_another_did_is_refused() {
    let scene = Scene::w3c();
    let thief = key(4, KeyType::P256);
    let header = scene.header("vc+jwt").kid(format!("{}#0", did::jwk_did(thief.public())));
    assert_eq!(scene.refused(&scene.vp(&scene.vc_with(json!({}), header, &thief))), ["V-04"]);
}

#[test]
fn v_05_jwt_vc_by_another_mechanism_than_the_lists_is_refused() {
    let scene = Scene::w3c();
    let header = Header::for_key(scene.issuer.public()).unwrap().typ("vc+jwt").x5c(vec![vec![0x30, 0x00]]);
    assert_eq!(scene.refused(&scene.vp(&scene.vc_with(json!({}), header, &scene.issuer))), ["V-05"]);
}

#[test]
fn v_06_jwt_vc_of_a_type_nobody_trusts_its_issuer_with_is_refused() {
    let scene = Scene::w3c();
    for changes in [
        json!({"type": ["VerifiableCredential"]}),
        json!({"type": ["VerifiableCredential", "DriverLicence"]}),
        json!({"@context": [V2, "https://unknown.example/c"]}),
        json!({"@context": [V2, {"StudentId": "https://evil.example/StudentId"}]}),
        json!({"@context": [V2, {"VerifiableCredential": "https://evil.example/"}]}),
        json!({"issuer": "https://stranger.example"}),
    ] {
        assert_eq!(scene.refused(&scene.vp(&scene.vc(changes.clone()))), ["V-06"], "{changes}");
    }
}

#[test]
fn v_07_jwt_vc_outside_its_period_is_refused() {
    let scene = Scene::w3c();
    let skew = scene.policy.clock_skew;
    let (over, not_yet) = (NOW.minus(skew), NOW.plus(Seconds(skew.0 + 1)));
    for changes in [
        json!({"validUntil": over.to_rfc3339()}),
        json!({"validFrom": not_yet.to_rfc3339()}),
        json!({"exp": over}),
        json!({"nbf": not_yet}),
    ] {
        assert_eq!(scene.refused(&scene.vp(&scene.vc(changes.clone()))), ["V-07"], "{changes}");
    }
    let edge = json!({"validUntil": over.plus(Seconds(1)).to_rfc3339()});
    assert!(scene.judge(&scene.vp(&scene.vc(edge))).accepted(), "within the clock's skew");
}

#[test]
fn v_08_jwt_vc_that_is_suspended_or_revoked_is_refused() {
    let mut scene = Scene::w3c();
    for credential in [scene.vc(json!({})), scene.older()] {
        let presentation = scene.vp(&credential);
        for value in [StatusValue::SUSPENDED, StatusValue::INVALID] {
            scene.publish_status(value, NOW);
            assert_eq!(scene.refused(&presentation), ["V-08"]);
        }
        scene.publish_status(StatusValue::VALID, NOW);
        assert!(scene.judge(&presentation).accepted());
    }
}

#[test]
fn v_09_jwt_vc_whose_status_is_not_known_is_refused() {
    let mut scene = Scene::w3c();
    let older = json!({"id": "https://uni.example/status/1#7", "type": "StatusList2021Entry"});
    let untold = json!({"type": "Seal", "status_list": {"uri": STATUS_URI, "idx": 7}});
    for status in [json!(older), json!([older]), untold] {
        for changes in
            [json!({"credentialStatus": status}), json!({"credentialStatus": status, "status": null})]
        {
            let refusals: Vec<_> = scene.judge(&scene.vp(&scene.vc(changes))).refusals().collect();
            assert_eq!(refusals.len(), 1);
            assert_eq!((refusals[0].check.id, refusals[0].reason.code), ("V-09", "status-mechanism-unknown"));
        }
    }
    scene.documents = Documents::new();
    assert_eq!(scene.refused(&scene.vp(&scene.vc(json!({})))), ["V-09"]);
}

#[test]
fn v_10_jwt_vc_without_a_presentation_or_a_holder_is_refused() {
    let scene = Scene::w3c();
    assert_eq!(scene.refused(&scene.vc(json!({}))), ["V-10"]);
    for subject in [
        json!({"enrolment_status": "enrolled"}),
        json!({"id": "urn:uuid:1", "enrolment_status": "enrolled"}),
        json!([{"id": scene.holder_did()}, {"id": "did:web:other.example"}]),
    ] {
        let credential = scene.vc(json!({"credentialSubject": subject}));
        assert_eq!(scene.refused(&scene.vp(&credential)), ["V-10"], "{subject}");
    }
    let bad_key = scene.vc(json!({"cnf": {"jwk": {"kty": "oct", "k": "AA"}}}));
    assert_eq!(scene.refused(&scene.vp(&bad_key)), ["V-10"]);
}

#[test]
fn v_11_jwt_vc_presented_by_a_stranger_is_refused() {
    let scene = Scene::w3c();
    let thief = key(7, KeyType::P256);
    let credential = scene.vc(json!({}));
    let as_holder = Header::for_key(thief.public()).unwrap().kid(format!("{}#0", scene.holder_did()));
    let as_thief =
        Header::for_key(thief.public()).unwrap().kid(format!("{}#0", did::jwk_did(thief.public())));
    let unnamed = Header::for_key(thief.public()).unwrap();
    let by_jwk = Header::for_key(thief.public()).unwrap().jwk(thief.public().clone());
    for header in [as_holder, as_thief, unnamed, by_jwk] {
        assert_eq!(scene.refused(&scene.vp_by(&credential, json!({}), header, &thief)), ["V-11"]);
    }
    let unresolved = scene.vc(json!({"credentialSubject": {"id": "did:web:holder.example"}}));
    let header = Header::for_key(scene.holder.public()).unwrap().kid("did:web:holder.example#1");
    assert_eq!(scene.refused(&scene.vp_by(&unresolved, json!({}), header, &scene.holder)), ["V-11"]);
}

#[test]
fn v_12_jwt_vc_presented_to_another_verifier_is_refused() {
    let scene = Scene::w3c();
    let credential = scene.vc(json!({}));
    for aud in [json!("x509_san_dns:other.example"), json!([AUDIENCE, "other"]), json!([]), json!(null)] {
        assert_eq!(scene.refused(&scene.vp_with(&credential, json!({"aud": aud}))), ["V-12"], "{aud}");
    }
}

#[test]
fn v_13_jwt_vc_presented_for_another_request_is_refused() {
    let scene = Scene::w3c();
    let credential = scene.vc(json!({}));
    for nonce in [json!("another"), json!(""), json!(null)] {
        assert_eq!(scene.refused(&scene.vp_with(&credential, json!({"nonce": nonce}))), ["V-13"], "{nonce}");
    }
}

#[test]
fn v_14_jwt_vc_presented_at_another_time_is_refused() {
    let scene = Scene::w3c();
    let credential = scene.vc(json!({}));
    let skew = scene.policy.clock_skew.0;
    let window = scene.policy.max_presentation_age.0 + skew;
    for changes in [
        json!({"iat": NOW.minus(Seconds(window + 1))}),
        json!({"iat": NOW.plus(Seconds(skew + 1))}),
        json!({"nbf": NOW.plus(Seconds(skew + 1))}),
        json!({"exp": NOW.minus(Seconds(skew))}),
        json!({"iat": "now"}),
    ] {
        assert_eq!(scene.refused(&scene.vp_with(&credential, changes.clone())), ["V-14"], "{changes}");
    }
    assert!(scene.judge(&scene.vp_with(&credential, json!({"iat": NOW.minus(Seconds(window))}))).accepted());
}

#[test]
fn v_14_a_presentation_that_names_no_moment_is_as_new_as_its_request_and_says_so() {
    let scene = Scene::w3c();
    let credential = scene.vc(json!({}));
    let undated = |changes| scene.judge(&scene.vp_with(&credential, merged(json!({"iat": null}), changes)));
    let outcome = |verdict: &Verdict| {
        let findings = verdict.credentials()[0].findings();
        findings.iter().find(|finding| finding.check.id == "V-14").map(|finding| finding.outcome)
    };
    for changes in [json!({}), json!({"nbf": NOW.minus(Seconds(100_000)), "exp": NOW.plus(Seconds(60))})] {
        let verdict = undated(changes);
        assert!(verdict.accepted());
        assert!(
            matches!(outcome(&verdict), Some(Outcome::Implied(reason)) if reason.code == "moment-not-named")
        );
        assert!(serde_json::to_string(&verdict).unwrap().contains(r#""reason":"moment-not-named""#));
    }
    let dated = scene.judge(&scene.vp_with(&credential, json!({})));
    assert_eq!(outcome(&dated), Some(Outcome::Passed));
    for (changes, refused) in
        [(json!({"exp": NOW.minus(Seconds(1000))}), "V-14"), (json!({"nonce": "another"}), "V-13")]
    {
        let verdict = undated(changes);
        let ids: Vec<_> = verdict.refusals().map(|refusal| refusal.check.id).collect();
        assert_eq!(ids, [refused]);
        assert!(!matches!(outcome(&verdict), Some(Outcome::Implied(_))), "{refused}");
    }
}

#[test]
fn v_16_jwt_vc_presented_with_a_key_for_something_else_is_refused() {
    let mut scene = Scene::w3c();
    let holder = "did:web:holder.example";
    let credential = scene.vc(json!({"credentialSubject": {"id": holder}}));
    let header = Header::for_key(scene.holder.public()).unwrap().kid(format!("{holder}#1"));
    let presentation = scene.vp_by(&credential, json!({"holder": holder}), header, &scene.holder);
    for (purpose, refused) in [("assertionMethod", &["V-16"][..]), ("authentication", &[])] {
        let document = json!({
            "@context": "https://www.w3.org/ns/did/v1", "id": holder, purpose: [format!("{holder}#1")],
            "verificationMethod": [{
                "id": format!("{holder}#1"), "type": "JsonWebKey", "controller": holder,
                "publicKeyJwk": scene.holder.public().to_jwk()
            }]
        });
        let document = Document { bytes: document.to_string().into_bytes(), fetched_at: NOW, max_age: None };
        scene.documents.insert(Url::parse("https://holder.example/.well-known/did.json").unwrap(), document);
        assert_eq!(ids(&scene.judge(&presentation)), refused, "{purpose}");
    }
}

#[test]
fn v_18_jwt_vc_answers_by_its_expanded_types_and_its_own_claims() {
    let mut scene = Scene::w3c();
    let entry = TrustEntry { types: vec![STUDENT.to_owned()], ..entry(&scene.issuer_did) };
    scene.trust = trust(entry, NOW);
    let licence = "https://jigap.example/types/driver-licence/1/context.jsonld";
    let both = json!({"@context": [V2, CONTEXT, licence], "type": ["VerifiableCredential", "StudentId", "DriverLicence"]});
    let presentation = json!(scene.vp(&scene.vc(both)));
    for (types, path, value, refused) in [
        (json!([[STUDENT]]), json!(["credentialSubject", "enrolment_status"]), json!("enrolled"), &[][..]),
        (
            json!([[crate::contexts::VERIFIABLE_CREDENTIAL, STUDENT]]),
            json!(["issuer"]),
            json!(scene.issuer_did),
            &[],
        ),
        (json!([["StudentId"]]), json!(["issuer"]), json!(scene.issuer_did), &["V-18"]),
        (json!([[LICENCE], [STUDENT, LICENCE]]), json!(["issuer"]), json!(scene.issuer_did), &["V-18"]),
        (json!([[STUDENT]]), json!(["enrolment_status"]), json!("enrolled"), &["V-18"]),
        (json!([[STUDENT]]), json!(["credentialSubject", "enrolment_status"]), json!("graduated"), &["V-18"]),
    ] {
        let query = Query::parse(&json!({"credentials": [{
            "id": "student", "format": "jwt_vc_json", "meta": {"type_values": types},
            "claims": [{"path": path, "values": [value]}]
        }]}))
        .unwrap();
        let verdict = scene.answer("student", std::slice::from_ref(&presentation), &query).unwrap();
        assert_eq!(ids(&verdict), refused, "{types} {path}");
    }
}

#[test]
fn v_18_a_jwt_vc_answers_no_query_for_another_format() {
    let scene = Scene::w3c();
    let query = Query::parse(&json!({"credentials": [
        {"id": "student", "format": "dc+sd-jwt", "meta": {"vct_values": [STUDENT]}}
    ]}))
    .unwrap();
    let presentation = json!(scene.vp(&scene.vc(json!({}))));
    assert_eq!(ids(&scene.answer("student", &[presentation], &query).unwrap()), ["V-18"]);
}

#[test]
fn vj_rules_of_the_credential_are_judged_once_its_signature_holds() {
    let scene = Scene::w3c();
    for (changes, id) in [
        (json!({"iss": "did:web:other.example"}), "VJ-05"),
        (json!({"credentialSubject": {}}), "VJ-06"),
        (json!({"validFrom": "yesterday"}), "DM-12"),
        (json!({"validFrom": "2026-02-30T00:00:00Z"}), "VJ-07"),
        (json!({"sub": "did:web:other.example"}), "VJ-08"),
    ] {
        let verdict = scene.judge(&scene.vp(&scene.vc(changes.clone())));
        assert_eq!(ids(&verdict), [id], "{changes}");
        let proof = verdict.credentials()[0].findings().iter().find(|finding| finding.check.id == "V-03");
        assert_eq!(proof.unwrap().outcome, Outcome::Passed);
    }
}

#[test]
fn vj_13_a_presentation_of_none_or_several_credentials_is_refused() {
    let scene = Scene::w3c();
    let credential = scene.vc(json!({}));
    for credentials in
        [json!([]), json!(null), json!([enveloped(&credential), enveloped(&credential)]), json!([{}])]
    {
        let presentation = scene.vp_with(&credential, json!({"verifiableCredential": credentials}));
        assert_eq!(scene.refused(&presentation), ["VJ-13"], "{credentials}");
    }
}

#[test]
fn vj_14_a_presentation_by_a_holder_of_another_name_is_refused() {
    let scene = Scene::w3c();
    let credential = scene.vc(json!({}));
    let other = key_did(key(8, KeyType::Ed25519).public());
    for changes in [json!({"holder": other}), json!({"iss": other}), json!({"holder": null})] {
        assert_eq!(scene.refused(&scene.vp_with(&credential, changes.clone())), ["VJ-14"], "{changes}");
    }
}

#[test]
fn a_credential_changed_after_it_was_signed_is_refused() {
    let scene = Scene::w3c();
    let credential = scene.vc(json!({}));
    let mut parts: Vec<&str> = credential.split('.').collect();
    let other =
        scene.vc(json!({"credentialSubject": {"id": scene.holder_did(), "enrolment_status": "graduated"}}));
    let payload = other.split('.').nth(1).unwrap();
    parts[1] = payload;
    assert_eq!(scene.refused(&scene.vp(&parts.join("."))), ["V-03"]);
}

#[test]
fn proof_only_judges_a_jwt_vc_alone_and_presented() {
    let scene = Scene::w3c();
    let credential = scene.vc(json!({}));
    for text in [credential.clone(), scene.vp(&credential), scene.older()] {
        let verdict = judge_proof(&text, Contexts::built_in(), &scene.documents, NOW);
        assert!(verdict.proof_holds() && !verdict.accepted() && verdict.claims(0).is_none());
    }
    let forged = scene.vc_with(json!({}), scene.header("vc+jwt"), &key(4, KeyType::P256));
    assert!(!judge_proof(&forged, Contexts::built_in(), &scene.documents, NOW).proof_holds());
    assert!(is_presentation(&scene.vp(&credential)) && !is_presentation(&credential));
    let by_stranger = scene.vp_by(&credential, json!({}), scene.holder_header(), &key(9, KeyType::P256));
    let for_another =
        scene.vp_with(&credential, json!({"aud": "https://elsewhere.example", "nonce": "other"}));
    assert_eq!(proof_refusals(&by_stranger), ["V-11"]);
    assert_eq!(proof_refusals(&for_another), [""; 0]);
}

#[test]
fn jwt_vc_garbage_is_refused_without_a_panic() {
    let scene = Scene::w3c();
    let presentation = scene.vp(&scene.vc(json!({})));
    for cut in 0..presentation.len() {
        assert!(!scene.judge(&presentation[..cut]).accepted(), "{cut}");
    }
}
