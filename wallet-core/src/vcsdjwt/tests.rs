//! Issued with paths, disclosed, bound, verified; forged, and broken one rule at a time.

use jigap_keys::{KeyType, PrivateKey, base64url};
use serde_json::{Map, Value, json};

use super::*;
use crate::claims::ClaimPath;
use crate::jose::{self, Header};
use crate::sdjwt::{self, KeyBindingRequest};
use crate::testing::Repeatable;
use crate::time::{Seconds, Timestamp};
use crate::vcdm::CONTEXT_V2;
use crate::vcdm::envelope::{Envelope, Held, Securing};
use crate::verdict::Refusal;

const ISSUER: &str = "did:web:university.example";
const HOLDER: &str = "did:example:holder";
const NOW: Timestamp = Timestamp::from_unix(1_795_305_600);

fn key(key_type: KeyType, seed: u64) -> PrivateKey {
    PrivateKey::generate(key_type, &Repeatable::new(seed))
}

fn issuer() -> PrivateKey {
    key(KeyType::P384, 5)
}

fn holder() -> PrivateKey {
    key(KeyType::P256, 6)
}

fn header() -> Header {
    Header::for_key(issuer().public()).unwrap().kid("did:web:university.example#1")
}

fn student() -> Map<String, Value> {
    let document = json!({
        "@context": [CONTEXT_V2], "type": ["VerifiableCredential", "StudentId"], "issuer": {"id": ISSUER, "name": "한빛대학교"},
        "validFrom": "2023-01-01T00:00:00Z", "validUntil": "2030-01-01T00:00:00Z",
        "credentialStatus": {"type": "BitstringStatusListEntry", "id": "https://s.example/1#2"},
        "credentialSubject": {"id": HOLDER, "name": "학생", "address": {"city": "서울"}, "degrees": ["BA", "MA"]},
    });
    document.as_object().cloned().unwrap()
}

fn shown() -> Map<String, Value> {
    let document = json!({
        "@context": [CONTEXT_V2], "type": ["VerifiablePresentation"], "holder": HOLDER,
        "verifiableCredential": [Envelope::object(Held::Credential, Securing::SdJwt, &issued())],
        "nonce": "n-0S6", "aud": "verifier", "iat": NOW,
    });
    document.as_object().cloned().unwrap()
}

fn path(json: Value) -> ClaimPath {
    ClaimPath::from_json(&json).unwrap()
}

fn paths() -> [ClaimPath; 3] {
    [
        path(json!(["credentialSubject", "name"])),
        path(json!(["credentialSubject", "address", "city"])),
        path(json!(["credentialSubject", "degrees", 1])),
    ]
}

fn issued() -> String {
    let builder = VcSdJwtBuilder::new(student()).conceal(paths()).holder(holder().public());
    builder.build(header(), &Repeatable::new(1)).unwrap().sign(&issuer()).unwrap()
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

/// An SD-JWT that says anything, with the issuer's good signature and these disclosures.
fn signed(header: &Header, payload: &Value, disclosures: &[Value]) -> String {
    let after: String =
        disclosures.iter().map(|one| format!("{}~", base64url::encode(one.to_string()))).collect();
    format!("{}~{after}", jose::sign(header, payload, &issuer()).unwrap())
}

fn digest(disclosure: &Value) -> String {
    base64url::encode(jigap_keys::hash::sha256(base64url::encode(disclosure.to_string()).as_bytes()))
}

fn verify(header: &Header, payload: &Value, disclosures: &[Value]) -> Result<VerifiedVcSdJwt, Refusal> {
    VcSdJwt::parse(&signed(header, payload, disclosures))?.verify(issuer().public())
}

fn changed(changes: &Value) -> Value {
    let mut document = student();
    for (name, value) in changes.as_object().unwrap() {
        if value.is_null() {
            document.remove(name);
        } else {
            document.insert(name.clone(), value.clone());
        }
    }
    Value::Object(document)
}

fn check<T>(result: Result<T, Refusal>) -> Option<&'static str> {
    result.err().map(|refusal| refusal.check.id)
}

#[test]
fn issued_disclosed_bound_and_verified() {
    for key_type in [KeyType::P256, KeyType::P384, KeyType::P521, KeyType::Ed25519] {
        let issuer = key(key_type, 5);
        let builder = VcSdJwtBuilder::new(student()).conceal(paths()).holder(holder().public()).decoys(3);
        let header = Header::for_key(issuer.public()).unwrap();
        let text = builder.build(header, &Repeatable::new(1)).unwrap().sign(&issuer).unwrap();
        let parsed = VcSdJwt::parse(&text).unwrap();
        assert_eq!(parsed.unverified_issuer(), Some(ISSUER));
        let said = parsed.header();
        assert_eq!((said.typ.as_deref(), said.cty.as_deref()), (Some("vc+sd-jwt"), Some("vc")));
        assert_eq!(parsed.unverified_credential()["credentialSubject"].get("name"), None);
        let all = parsed.verify(issuer.public()).unwrap();
        let mut whole = student();
        whole.insert("cnf".to_owned(), json!({"jwk": holder().public().to_jwk()}));
        assert_eq!((all.credential(), all.issuer()), (&Value::Object(whole), ISSUER));
        assert_eq!(all.disclosed().len(), 3);
        let one = all.present(&[path(json!(["credentialSubject", "name"]))]).unwrap();
        let bound = one.bind("verifier", "n-0S6", NOW, holder().public()).unwrap().sign(&holder()).unwrap();
        let shown = VcSdJwt::parse(&bound).unwrap().verify(issuer.public()).unwrap();
        shown.verify_key_binding(&request()).unwrap();
        let subject = &shown.credential()["credentialSubject"];
        assert_eq!((&subject["name"], &subject["degrees"]), (&json!("학생"), &json!(["BA"])));
        assert_eq!(subject["address"], json!({}));
        assert_eq!(shown.expires_at(), Timestamp::parse_rfc3339("2030-01-01T00:00:00Z"));
    }
}

#[test]
fn a_forged_token_is_refused() {
    let good = issued();
    let stranger = key(KeyType::P384, 9);
    assert_eq!(check(VcSdJwt::parse(&good).unwrap().verify(stranger.public())), Some("JW-07"));
    let forged = json!(["salt", "name", "다른 학생"]);
    let mut text = good.clone();
    text.push_str(&base64url::encode(forged.to_string()));
    text.push('~');
    assert_eq!(check(VcSdJwt::parse(&text).unwrap().verify(issuer().public())), Some("SD-05"));
    let all = VcSdJwt::parse(&good).unwrap().verify(issuer().public()).unwrap();
    let bound = all.present(&paths()).unwrap();
    let bound = bound.bind("verifier", "n-0S6", NOW, holder().public()).unwrap().sign(&holder()).unwrap();
    let parts: Vec<&str> = bound.split('~').collect();
    let fewer = [&parts[..1], &parts[2..]].concat().join("~");
    let shown = VcSdJwt::parse(&fewer).unwrap().verify(issuer().public()).unwrap();
    assert_eq!(
        check(shown.verify_key_binding(&request())),
        Some("KB-06"),
        "the holder signed another selection"
    );
    assert_eq!(check(all.verify_key_binding(&request())), Some("KB-01"));
}

#[test]
fn ve_01_another_typ_is_refused_in_sd_jwt() {
    for typ in ["dc+sd-jwt", "vp+sd-jwt", "vc+jwt", "vc+ld+json+sd-jwt", "bad+typ", ""] {
        assert_eq!(check(verify(&header().typ(typ), &Value::Object(student()), &[])), Some("VE-01"), "{typ}");
    }
    assert_eq!(check(verify(&header(), &Value::Object(student()), &[])), Some("VE-01"));
    assert_eq!(check(VpSdJwt::parse(&issued())), Some("VE-01"));
    assert_eq!(check(verify(&header().typ("application/vc+sd-jwt"), &Value::Object(student()), &[])), None);
    let other = Header { cty: Some("vp".to_owned()), ..header().typ("vc+sd-jwt") };
    assert_eq!(check(verify(&other, &Value::Object(student()), &[])), Some("VE-02"));
}

/// Who conceals the status or the end lets the holder leave them out.
#[test]
fn sd_14_what_decides_about_a_w3c_credential_is_not_concealed() {
    let header = header().typ("vc+sd-jwt");
    for name in ["credentialStatus", "validUntil", "validFrom"] {
        let disclosure = json!(["salt", name, student()[name]]);
        let payload = changed(&json!({name: null, "_sd": [digest(&disclosure)]}));
        assert_eq!(check(verify(&header, &payload, &[disclosure])), Some(sdjwt::STAYS_OPEN.id), "{name}");
        let refused = VcSdJwtBuilder::new(student()).conceal([path(json!([name]))]);
        let refused = refused.build(header.clone(), &Repeatable::new(1)).unwrap_err();
        assert_eq!(refused, IssueError::Concealing(sdjwt::IssueError::StaysOpen(name)));
    }
    let inside = json!(["salt", "id", "https://s.example/1#2"]);
    let status = json!({"type": "BitstringStatusListEntry", "_sd": [digest(&inside)]});
    let payload = changed(&json!({"credentialStatus": status}));
    assert_eq!(check(verify(&header, &payload, &[inside])), Some("SD-14"));
    for open in [json!(["@context"]), json!(["type"]), json!(["issuer", "name"])] {
        let refused =
            VcSdJwtBuilder::new(student()).conceal([path(open)]).build(header.clone(), &Repeatable::new(1));
        assert!(matches!(refused, Err(IssueError::Concealing(sdjwt::IssueError::StaysOpen(_)))));
    }
    let nothing = VcSdJwtBuilder::new(student()).conceal([path(json!(["credentialSubject", "age"]))]);
    let refused = nothing.build(header, &Repeatable::new(1)).unwrap_err();
    assert!(matches!(refused, IssueError::Concealing(sdjwt::IssueError::NoSuchClaim(_))));
}

#[test]
fn the_data_model_is_enforced_on_what_was_disclosed() {
    let header = header().typ("vc+sd-jwt");
    for (changes, id) in [
        (json!({"vc": {}}), "VJ-02"),
        (json!({"@context": [CONTEXT_V2, 1]}), "DM-07"),
        (json!({"@context": ["https://www.w3.org/2018/credentials/v1"]}), "VJ-03"),
        (json!({"type": null}), "VJ-04"),
        (json!({"issuer": "nobody"}), "VJ-05"),
        (json!({"iss": "did:web:other.example"}), "VJ-05"),
        (json!({"credentialSubject": null}), "VJ-06"),
        (json!({"exp": "never"}), "VJ-07"),
        (json!({"iat": "never"}), "VJ-07"),
        (json!({"sub": "did:example:other"}), "VJ-08"),
        (json!({"id": "no url"}), "DM-01"),
    ] {
        assert_eq!(check(verify(&header, &changed(&changes), &[])), Some(id), "{changes}");
    }
    // A disclosed member counts as one that was always there.
    let disclosure = json!(["salt", "id", "no url"]);
    let payload = changed(&json!({"_sd": [digest(&disclosure)]}));
    assert_eq!(check(verify(&header, &payload, &[disclosure])), Some("DM-01"));
    let kind = json!(["salt", "type", "VerifiableCredential"]);
    let payload = changed(&json!({"type": null, "_sd": [digest(&kind)], "iat": "2024-01-01T00:00:00Z"}));
    assert_eq!(check(verify(&header, &payload, &[kind])), None);
    let mut bad = student();
    bad.remove("credentialSubject");
    assert!(matches!(
        VcSdJwtBuilder::new(bad).build(header, &Repeatable::new(1)),
        Err(IssueError::Document(_))
    ));
}

#[test]
fn a_presentation_goes_there_and_back_and_answers_its_request_alone() {
    let sign = |document: Map<String, Value>, conceal: &[ClaimPath]| {
        let unsigned = present_document(
            Header::for_key(holder().public()).unwrap(),
            document,
            conceal,
            &Repeatable::new(2),
        );
        unsigned.map(|unsigned| unsigned.sign(&holder()).unwrap())
    };
    let conceal = [path(json!(["holder"])), path(json!(["verifiableCredential", 0]))];
    let document = shown();
    let text = sign(document.clone(), &conceal).unwrap();
    let vp = VpSdJwt::parse(&text).unwrap();
    assert_eq!((vp.header().typ.as_deref(), vp.header().cty.as_deref()), (Some("vp+sd-jwt"), Some("vp")));
    assert_eq!(vp.clone().verify(holder().public(), &request()), Ok(Value::Object(document.clone())));
    assert_eq!(vp.clone().verify_form(holder().public()), Ok(Value::Object(document)));
    assert_eq!(check(vp.verify(issuer().public(), &request())), Some("JW-05"));
    for (changes, id) in [
        (json!({"nonce": "n-0S7"}), "VJ-10"),
        (json!({"aud": "other"}), "VJ-11"),
        (json!({"exp": 1}), "VJ-12"),
    ] {
        let mut document = shown();
        document.extend(changes.as_object().cloned().unwrap());
        let vp = VpSdJwt::parse(&sign(document, &[]).unwrap()).unwrap();
        assert_eq!(check(vp.verify(holder().public(), &request())), Some(id), "{changes}");
    }
    for changes in [
        json!({"verifiableCredential": []}),
        json!({"vp": {}}),
        json!({"type": "Other"}),
        json!({"id": "no url"}),
    ] {
        let mut document = shown();
        document.extend(changes.as_object().cloned().unwrap());
        assert!(sign(document, &[]).is_err(), "{changes}");
    }
    assert!(sign(shown(), &[path(json!(["nonce"]))]).is_err());
    let withheld = VpSdJwt::parse(&text.split('~').take(2).collect::<Vec<_>>().join("~")).map(drop);
    assert_eq!(check(withheld), Some("SD-01"), "without its last tilde");
    let without = format!("{}~", text.split('~').next().unwrap());
    let refused = VpSdJwt::parse(&without).unwrap().verify_form(holder().public());
    assert_eq!(check(refused), Some("VJ-13"), "the credential was withheld");
}
