//! Hostile credentials and presentations for each VJ check, and both data models there and back.

use jigap_keys::{KeyType, PrivateKey};
use proptest::prelude::*;
use serde_json::json;

use super::*;
use crate::jose::{self, Algorithm, Header};
use crate::sdjwt::KeyBindingRequest;
use crate::testing::Repeatable;
use crate::time::{Seconds, Timestamp};
use crate::vcdm::envelope::{Enclosed, Envelope, Securing};
use crate::vcdm::{CONTEXT_V1, CONTEXT_V2};
use crate::verdict::Refusal;

const ISSUER_ID: &str = "did:web:university.example";
const HOLDER_ID: &str = "did:example:ebfeb1f712ebc6f1c276e12ec21";
const NOW: Timestamp = Timestamp::from_unix(1_700_000_000);

fn issuer() -> PrivateKey {
    PrivateKey::generate(KeyType::Ed25519, &Repeatable::new(1))
}

fn holder_key() -> PrivateKey {
    PrivateKey::generate(KeyType::P256, &Repeatable::new(2))
}

fn student() -> Value {
    json!({
        "@context": [CONTEXT_V2, "https://schemas.example/student"],
        "id": "urn:uuid:1",
        "type": ["VerifiableCredential", "StudentId"],
        "issuer": {"id": ISSUER_ID, "name": "한국대학교"},
        "validFrom": "2023-01-01T00:00:00Z",
        "validUntil": "2027-01-01T00:00:00+09:00",
        "credentialSubject": {"id": HOLDER_ID, "name": "김민수"},
        "credentialStatus": {"id": "https://status.example/1#0", "type": "BitstringStatusListEntry"}
    })
}

/// The example of OpenID4VP 1.0, appendix B.1.3.1, shortened.
fn older() -> Value {
    json!({
        "iss": "https://example.gov/issuers/565049",
        "nbf": 1_262_304_000,
        "jti": "http://example.gov/credentials/3732",
        "sub": HOLDER_ID,
        "vc": {
            "@context": [CONTEXT_V1, "https://www.w3.org/2018/credentials/examples/v1"],
            "type": ["VerifiableCredential", "IDCredential"],
            "credentialSubject": {"given_name": "Max", "family_name": "Mustermann"}
        }
    })
}

fn signed(typ: &str, claims: &Value) -> String {
    jose::sign(&Header::new(Algorithm::EdDsa).typ(typ), claims, &issuer()).unwrap()
}

fn verify(typ: &str, claims: &Value) -> Result<VerifiedVc, Refusal> {
    VcJwt::parse(&signed(typ, claims))?.verify(issuer().public())
}

/// What comes of the student's credential with these members changed, `null` standing for removed.
fn changed(changes: &Value) -> Result<VerifiedVc, Refusal> {
    verify("vc+jwt", &merged(student(), changes))
}

fn merged(mut claims: Value, changes: &Value) -> Value {
    for (name, value) in changes.as_object().unwrap() {
        if value.is_null() {
            claims.as_object_mut().unwrap().remove(name);
        } else {
            claims[name] = value.clone();
        }
    }
    claims
}

fn code(result: Result<impl Sized, Refusal>) -> (&'static str, &'static str) {
    let refusal = result.err().expect("it was accepted");
    (refusal.check.id, refusal.reason.code)
}

fn request() -> KeyBindingRequest<'static> {
    KeyBindingRequest {
        audience: "verifier",
        nonce: "n-0S6",
        now: NOW,
        max_age: Seconds(300),
        skew: Seconds(60),
    }
}

fn issued() -> String {
    let Value::Object(members) = student() else { panic!() };
    issue(Header::new(Algorithm::EdDsa), members).unwrap().sign(&issuer()).unwrap()
}

/// The claims of an honest presentation of [`issued`].
fn presentation() -> Value {
    json!({
        "@context": [CONTEXT_V2], "type": "VerifiablePresentation", "holder": HOLDER_ID,
        "verifiableCredential": [{"@context": CONTEXT_V2, "type": "EnvelopedVerifiableCredential", "id": format!("data:application/vc+jwt,{}", issued())}],
        "aud": "verifier", "nonce": "n-0S6", "iat": NOW
    })
}

fn presented(typ: &str, changes: &Value) -> Result<VerifiedVp, Refusal> {
    let claims = merged(presentation(), changes);
    let text = jose::sign(&Header::new(Algorithm::Es256).typ(typ), &claims, &holder_key()).unwrap();
    VpJwt::parse(&text)?.verify(holder_key().public(), &request())
}

#[test]
fn a_credential_of_the_model_2_0_goes_there_and_back() {
    let parsed = VcJwt::parse(&issued()).unwrap();
    assert_eq!(
        (parsed.header().typ.as_deref(), parsed.header().cty.as_deref()),
        (Some("vc+jwt"), Some("vc"))
    );
    assert_eq!((parsed.model(), parsed.unverified_issuer()), (Model::V2, Some(ISSUER_ID)));
    let vc = parsed.verify(issuer().public()).unwrap();
    assert_eq!(
        (vc.credential(), vc.issuer(), vc.types()),
        (&student(), ISSUER_ID, vec!["VerifiableCredential", "StudentId"])
    );
    assert_eq!(vc.subjects().collect::<Vec<_>>(), [HOLDER_ID]);
    assert_eq!(vc.status(), Some(&student()["credentialStatus"]));
    assert_eq!(vc.not_before(), Timestamp::parse_rfc3339("2023-01-01T00:00:00Z"));
    assert_eq!(vc.expires_at(), Timestamp::parse_rfc3339("2026-12-31T15:00:00Z"));
    let kept = VcJwt::parse(&issued()).unwrap().dangerous_assume_verified().unwrap();
    assert_eq!(kept, vc);
}

#[test]
fn the_period_is_where_credential_and_signature_both_hold() {
    let vc = changed(&json!({"nbf": 1_680_000_000, "exp": 1_690_000_000, "iat": 1})).unwrap();
    assert_eq!(
        (vc.not_before().unwrap().unix(), vc.expires_at().unwrap().unix()),
        (1_680_000_000, 1_690_000_000)
    );
    let vc = changed(&json!({"nbf": 1, "exp": 9_000_000_000_u64})).unwrap();
    assert_eq!(vc.not_before(), Timestamp::parse_rfc3339("2023-01-01T00:00:00Z"));
    assert_eq!(vc.expires_at(), Timestamp::parse_rfc3339("2026-12-31T15:00:00Z"));
    let vc = changed(&json!({"validFrom": null, "validUntil": null})).unwrap();
    assert_eq!((vc.not_before(), vc.expires_at()), (None, None));
}

#[test]
fn the_older_model_says_the_same_by_its_jwt_claims() {
    let parsed = VcJwt::parse(&signed("JWT", &older())).unwrap();
    assert_eq!(
        (parsed.model(), parsed.unverified_issuer()),
        (Model::V1, Some("https://example.gov/issuers/565049"))
    );
    let vc = parsed.verify(issuer().public()).unwrap();
    assert_eq!(vc.issuer(), "https://example.gov/issuers/565049");
    let credential = vc.credential();
    assert_eq!(credential["id"], "http://example.gov/credentials/3732");
    assert_eq!(credential["issuanceDate"], "2010-01-01T00:00:00Z");
    assert_eq!(credential["credentialSubject"]["id"], HOLDER_ID);
    assert_eq!(vc.not_before().unwrap().unix(), 1_262_304_000);
    assert_eq!(vc.expires_at(), None);
    let vc = verify("JWT", &merged(older(), &json!({"exp": 1_900_000_000}))).unwrap();
    assert_eq!(vc.expires_at().unwrap().unix(), 1_900_000_000);
}

#[test]
fn vj_01_another_typ_is_refused() {
    for typ in ["vc+ld+jwt", "vc-ld+jwt", "vp+jwt", "dc+sd-jwt", "at+jwt", ""] {
        assert_eq!(code(verify(typ, &student())), ("VJ-01", "vc-typ-mismatch"), "{typ}");
    }
    let untyped = jose::sign(&Header::new(Algorithm::EdDsa), &student(), &issuer()).unwrap();
    assert_eq!(code(VcJwt::parse(&untyped)), ("VJ-01", "vc-typ-mismatch"));
    verify("application/vc+jwt", &student()).unwrap();
}

#[test]
fn vj_02_a_credential_in_the_wrong_place_is_refused() {
    for member in ["vc", "vp"] {
        assert_eq!(code(changed(&json!({member: {}}))), ("VJ-02", "vc-misplaced"));
    }
    assert_eq!(code(verify("JWT", &student())), ("VJ-02", "vc-misplaced"));
    assert_eq!(code(verify("JWT", &merged(older(), &json!({"vc": "text"})))), ("VJ-02", "vc-misplaced"));
    assert_eq!(code(verify("vc+jwt", &older())), ("VJ-02", "vc-misplaced"));
}

#[test]
fn vj_03_another_first_context_is_refused() {
    for contexts in [
        json!([]),
        json!(null),
        json!(CONTEXT_V2),
        json!([CONTEXT_V1]),
        json!(["https://schemas.example/student", CONTEXT_V2]),
        json!([{"@vocab": CONTEXT_V2}]),
        json!({"0": CONTEXT_V2}),
    ] {
        assert_eq!(code(changed(&json!({"@context": contexts}))), ("VJ-03", "vc-context"), "{contexts}");
    }
    let mut claims = older();
    claims["vc"]["@context"] = json!([CONTEXT_V2]);
    assert_eq!(code(verify("JWT", &claims)), ("VJ-03", "vc-context"));
}

#[test]
fn vj_04_another_type_is_refused() {
    for types in [
        json!(null),
        json!([]),
        json!("StudentId"),
        json!(["StudentId"]),
        json!(["VerifiableCredential", 1]),
        json!({}),
    ] {
        assert_eq!(code(changed(&json!({"type": types}))), ("VJ-04", "vc-type"), "{types}");
    }
    changed(&json!({"type": "VerifiableCredential"})).unwrap();
}

#[test]
fn vj_05_no_issuer_or_two_are_refused() {
    for issuer in
        [json!(null), json!(""), json!("university"), json!({}), json!({"id": 1}), json!([ISSUER_ID])]
    {
        assert_eq!(code(changed(&json!({"issuer": issuer}))), ("VJ-05", "vc-issuer-missing"), "{issuer}");
    }
    for iss in [json!("did:web:other.example"), json!(1), json!([ISSUER_ID])] {
        assert_eq!(code(changed(&json!({"iss": iss}))), ("VJ-05", "vc-issuer-contradiction"), "{iss}");
    }
    changed(&json!({"iss": ISSUER_ID})).unwrap();
    let mut claims = older();
    claims["vc"]["issuer"] = json!("did:web:other.example");
    assert_eq!(code(verify("JWT", &claims)), ("VJ-05", "vc-issuer-contradiction"));
    assert_eq!(code(verify("JWT", &merged(older(), &json!({"iss": null})))), ("VJ-05", "vc-issuer-missing"));
}

#[test]
fn vj_06_a_credential_about_nothing_is_refused() {
    for subject in [
        json!(null),
        json!({}),
        json!([]),
        json!("did:example:1"),
        json!([{"id": "did:example:1"}, {}]),
        json!([[]]),
    ] {
        assert_eq!(
            code(changed(&json!({"credentialSubject": subject}))),
            ("VJ-06", "vc-subject-missing"),
            "{subject}"
        );
    }
    let two = changed(&json!({"credentialSubject": [{"id": "did:example:1"}, {"name": "x"}]})).unwrap();
    assert_eq!(two.subjects().collect::<Vec<_>>(), ["did:example:1"]);
}

#[test]
fn vj_07_a_malformed_period_is_refused() {
    for period in [
        json!({"validFrom": "2023-02-29T00:00:00Z"}),
        json!({"validUntil": "2022-12-31T23:59:59Z"}),
        json!({"nbf": "1"}),
        json!({"exp": "never"}),
        json!({"iat": {}}),
    ] {
        assert_eq!(code(changed(&period)), ("VJ-07", "vc-period-malformed"), "{period}");
    }
    for period in [
        json!({"validFrom": "2023-01-01"}),
        json!({"validFrom": "2023-01-01T00:00:00"}),
        json!({"validFrom": "2023-01-01t00:00:00z"}),
        json!({"validFrom": ["2023-01-01T00:00:00Z"]}),
        json!({"validUntil": 1}),
    ] {
        assert_eq!(code(changed(&period)), ("DM-12", "vc-moment-malformed"), "{period}");
    }
    let undated = merged(older(), &json!({"nbf": null}));
    assert_eq!(code(verify("JWT", &undated)), ("VJ-07", "vc-period-malformed"));
    assert_eq!(code(verify("JWT", &merged(older(), &json!({"nbf": "x"})))), ("VJ-07", "vc-period-malformed"));
}

#[test]
fn vj_08_jwt_claims_that_contradict_the_credential_are_refused() {
    for claim in [json!({"jti": "urn:uuid:2"}), json!({"sub": "did:example:other"}), json!({"jti": 1})] {
        assert_eq!(code(changed(&claim)), ("VJ-08", "vc-claims-contradiction"), "{claim}");
    }
    changed(&json!({"jti": "urn:uuid:1", "sub": HOLDER_ID})).unwrap();
    let mut claims = older();
    claims["vc"]["credentialSubject"]["id"] = json!("did:example:other");
    assert_eq!(code(verify("JWT", &claims)), ("VJ-08", "vc-claims-contradiction"));
}

#[test]
fn what_a_verifier_would_refuse_cannot_be_issued() {
    let refused = |changes: Value| {
        let Value::Object(members) = merged(student(), &changes) else { panic!() };
        issue(Header::new(Algorithm::EdDsa), members).unwrap_err()
    };
    assert_eq!(refused(json!({"vc": {}})), IssueError::Misplaced);
    let IssueError::Refused(refusal) = refused(json!({"issuer": null})) else { panic!() };
    assert_eq!(refusal.check, ISSUER);
}

#[test]
fn a_presentation_of_either_model_goes_there_and_back() {
    for (credential, typ) in [(issued(), "vp+jwt"), (signed("JWT", &older()), "JWT")] {
        let unsigned =
            present(Header::new(Algorithm::Es256), HOLDER_ID, &credential, "verifier", "n-0S6", NOW).unwrap();
        let parsed = VpJwt::parse(&unsigned.sign(&holder_key()).unwrap()).unwrap();
        assert_eq!(
            (parsed.header().typ.as_deref(), parsed.unverified_holder()),
            (Some(typ), Some(HOLDER_ID))
        );
        let vp = parsed.verify(holder_key().public(), &request()).unwrap();
        let held: Vec<_> = vp.credentials().collect();
        let [Enclosed::Jwt(text) | Enclosed::Enveloped(Envelope { securing: Securing::Jwt, text, .. })] =
            held[..]
        else {
            panic!("{held:?}")
        };
        assert_eq!((text, vp.holder()), (credential.as_str(), Some(HOLDER_ID)));
        assert_eq!(matches!(held[0], Enclosed::Jwt(_)), typ == "JWT");
        let vc = VcJwt::parse(text).unwrap().verify(issuer().public()).unwrap();
        vp.require_holder(&vc).unwrap();
    }
    assert!(present(Header::new(Algorithm::Es256), HOLDER_ID, "no credential", "a", "n", NOW).is_err());
}

#[test]
fn vj_09_a_token_that_is_not_a_presentation_is_refused() {
    for (typ, changes) in [
        ("vc+jwt", json!({})),
        ("JWT", json!({})),
        ("kb+jwt", json!({})),
        ("vp+jwt", json!({"vp": {}})),
        ("vp+jwt", json!({"type": "VerifiableCredential"})),
        ("vp+jwt", json!({"type": null})),
        ("vp+jwt", json!({"@context": [CONTEXT_V1]})),
        ("vp+jwt", json!({"@context": null})),
    ] {
        assert_eq!(code(presented(typ, &changes)), ("VJ-09", "vp-shape"), "{typ} {changes}");
    }
}

#[test]
fn vj_10_another_nonce_is_refused() {
    for nonce in [json!("n-0S7"), json!(""), json!(null), json!(["n-0S6"])] {
        assert_eq!(code(presented("vp+jwt", &json!({"nonce": nonce}))), ("VJ-10", "nonce-mismatch"));
    }
}

#[test]
fn vj_11_another_audience_is_refused() {
    for aud in [
        json!("other"),
        json!("Verifier"),
        json!(null),
        json!([]),
        json!(["verifier", "other"]),
        json!({"a": "verifier"}),
    ] {
        assert_eq!(code(presented("vp+jwt", &json!({"aud": aud}))), ("VJ-11", "aud-mismatch"), "{aud}");
    }
    presented("vp+jwt", &json!({"aud": ["verifier"]})).unwrap();
}

#[test]
fn vj_12_a_presentation_of_another_time_is_refused() {
    let now = NOW.unix();
    for (changes, reason) in [
        (json!({"iat": now + 61}), "iat-in-future"),
        (json!({"nbf": now + 61}), "kb-not-yet"),
        (json!({"iat": now - 361}), "iat-too-old"),
        (json!({"exp": now - 60}), "kb-expired"),
        (json!({"iat": "now"}), "vp-time-malformed"),
        (json!({"exp": []}), "vp-time-malformed"),
    ] {
        assert_eq!(code(presented("vp+jwt", &changes)), ("VJ-12", reason), "{changes}");
    }
    presented("vp+jwt", &json!({"iat": now - 360, "exp": now - 59, "nbf": now + 60})).unwrap();
    presented("vp+jwt", &json!({"iat": null})).unwrap();
}

#[test]
fn vj_13_a_presentation_without_jwt_credentials_is_refused() {
    for credentials in [
        json!(null),
        json!([]),
        json!([student()]),
        json!([1]),
        json!([{"type": "EnvelopedVerifiableCredential", "id": "data:application/dc+sd-jwt,x"}]),
        json!([{"type": "EnvelopedVerifiableCredential"}]),
        json!(vec!["a.b.c"; 33]),
    ] {
        let refused = presented("vp+jwt", &json!({"verifiableCredential": credentials}));
        assert_eq!(code(refused), ("VJ-13", "vp-credentials"), "{credentials}");
    }
}

#[test]
fn vj_14_a_credential_about_somebody_else_is_refused() {
    for changes in [json!({"iss": "did:example:other"}), json!({"iss": 1}), json!({"holder": 1})] {
        assert_eq!(code(presented("vp+jwt", &changes)), ("VJ-14", "vp-holder-contradiction"), "{changes}");
    }
    let vc = VcJwt::parse(&issued()).unwrap().verify(issuer().public()).unwrap();
    presented("vp+jwt", &json!({})).unwrap().require_holder(&vc).unwrap();
    presented("vp+jwt", &json!({"holder": null, "iss": HOLDER_ID})).unwrap().require_holder(&vc).unwrap();
    for changes in [json!({"holder": "did:example:other"}), json!({"holder": null})] {
        let vp = presented("vp+jwt", &changes).unwrap();
        assert_eq!(code(vp.require_holder(&vc)), ("VJ-14", "vp-holder-mismatch"), "{changes}");
    }
    let vp = presented("vp+jwt", &json!({})).unwrap();
    for subject in [
        json!({"name": "nobody"}),
        json!([{"id": HOLDER_ID}, {"id": "did:example:other"}]),
        json!([{"id": HOLDER_ID}, {"name": "x"}]),
    ] {
        let vc = changed(&json!({"credentialSubject": subject})).unwrap();
        assert_eq!(code(vp.require_holder(&vc)), ("VJ-14", "vp-holder-mismatch"));
    }
}

#[test]
fn a_strangers_signature_is_refused() {
    let stranger = PrivateKey::generate(KeyType::Ed25519, &Repeatable::new(9));
    assert_eq!(code(VcJwt::parse(&issued()).unwrap().verify(stranger.public())).0, "JW-07");
    let text = jose::sign(&Header::new(Algorithm::EdDsa).typ("vp+jwt"), &presentation(), &stranger).unwrap();
    assert_eq!(code(VpJwt::parse(&text).unwrap().verify(issuer().public(), &request())).0, "JW-07");
}

proptest! {
    #[test]
    fn no_claims_make_the_parser_panic(name in "@context|type|issuer|credentialSubject|validFrom|iss|sub|jti|vc|nbf|aud", text in "\\PC{0,12}") {
        for value in [json!(text), json!([text]), json!({"id": text}), json!([[text]])] {
            for typ in ["vc+jwt", "JWT"] {
                let _ = verify(typ, &merged(student(), &json!({&name: value})));
                let _ = verify(typ, &merged(older(), &json!({&name: value})));
            }
            let _ = presented("vp+jwt", &json!({&name: value}));
        }
    }
}
