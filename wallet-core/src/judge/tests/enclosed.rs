//! The attack table of `vc+cose` and `vc+sd-jwt`: an honest student ID, and everything that can be wrong with it, refused by the
//! ids of all formats.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

use super::proof_only::proof_refusals;
use super::*;
use crate::cose;
use crate::vccose;
use crate::vcdm::envelope::{Envelope, Held, Securing};
use crate::vcsdjwt::{VcSdJwt, VcSdJwtBuilder};

const STUDENT: &str = "https://jigap.example/types/student-id/1#StudentId";
const CONTEXT: &str = "https://jigap.example/types/student-id/1/context.jsonld";
const V2: &str = "https://www.w3.org/ns/credentials/v2";

pub(super) fn scene() -> Scene {
    let mut scene = Scene::new();
    scene.trust = trust(TrustEntry { types: vec![STUDENT.to_owned()], ..entry(&scene.issuer_did) }, NOW);
    scene
}

impl Scene {
    pub(super) fn document(&self, changes: &Value) -> Map<String, Value> {
        let status = StatusReference::new(STATUS_URI, 7).unwrap().to_claim();
        let mut document = json!({
            "@context": [V2, CONTEXT], "type": ["VerifiableCredential", "StudentId"], "issuer": self.issuer_did,
            "validFrom": NOW.minus(Seconds(1000)).to_rfc3339(), "validUntil": NOW.plus(Seconds(1000)).to_rfc3339(),
            "credentialSubject": {"id": did::jwk_did(self.holder.public()), "name": "김지갑", "enrolment_status": "enrolled"},
            "status": status,
        });
        for (name, value) in changes.as_object().unwrap() {
            document[name] = value.clone();
        }
        document.as_object().cloned().unwrap()
    }

    pub(super) fn cose_header(&self) -> cose::Header {
        cose::Header::for_key(KeyType::P256).unwrap().kid(format!("{}#0", self.issuer_did))
    }

    pub(super) fn cose(&self, changes: Value) -> String {
        self.cose_by(changes, self.cose_header(), &self.issuer)
    }

    pub(super) fn cose_by(&self, changes: Value, header: cose::Header, key: &PrivateKey) -> String {
        let message = vccose::issue(header, self.document(&changes)).unwrap().sign(key).unwrap();
        STANDARD.encode(message)
    }

    pub(super) fn sd_jwt(&self, changes: Value) -> String {
        self.sd_jwt_by(changes, self.header(""), &self.issuer)
    }

    pub(super) fn sd_jwt_by(&self, changes: Value, header: Header, key: &PrivateKey) -> String {
        let conceal = ["name", "enrolment_status"].map(|name| path(&json!(["credentialSubject", name])));
        let builder = VcSdJwtBuilder::new(self.document(&changes)).conceal(conceal);
        let unsigned = builder.holder(self.holder.public()).build(header, &Repeatable::new(3)).unwrap();
        unsigned.sign(key).unwrap()
    }

    /// A `vc+sd-jwt` as its holder shows it.
    pub(super) fn shown(&self, credential: &str, audience: &str, nonce: &str) -> String {
        let held = VcSdJwt::parse(credential).unwrap().verify(self.issuer.public()).unwrap();
        let selected = held.present(&[path(&json!(["credentialSubject", "enrolment_status"]))]).unwrap();
        selected.bind(audience, nonce, NOW, self.holder.public()).unwrap().sign(&self.holder).unwrap()
    }

    pub(super) fn alone(&self, text: &str) -> Verdict {
        self.bench().read(text).judge_credential(&self.documents)
    }

    pub(super) fn refusals_alone(&self, text: &str) -> Vec<&'static str> {
        let verdict = self.alone(text);
        assert!(!verdict.accepted() && verdict.claims(0).is_none());
        verdict.refusals().map(|refusal| refusal.check.id).collect()
    }
}

#[test]
fn honest_ones_are_accepted_alone_in_an_envelope_and_by_their_proof() {
    let scene = scene();
    let ways = [
        (scene.cose(json!({})), Format::VcCose, Securing::Cose),
        (scene.sd_jwt(json!({})), Format::VcSdJwt, Securing::SdJwt),
    ];
    for (text, format, by) in ways {
        let enveloped = Envelope::object(Held::Credential, by, &text).to_string();
        for read in [&text, &enveloped] {
            let verdict = scene.alone(read);
            assert!(verdict.accepted(), "{:?}", verdict.refusals().collect::<Vec<_>>());
            let judged = &verdict.credentials()[0];
            assert_eq!(judged.format, format);
            assert_eq!(judged.types(), [crate::contexts::VERIFIABLE_CREDENTIAL, STUDENT]);
            assert_eq!(verdict.claims(0).unwrap()["credentialSubject"]["name"], "김지갑");
            let checks: Vec<_> = judged.findings().iter().map(|finding| finding.check.id).collect();
            assert_eq!(checks, ["V-01", "V-02", "V-06", "V-05", "V-04", "V-03", "V-07", "V-08", "V-09"]);
        }
        assert_eq!(proof_refusals(&text), [""; 0]);
        let needed = scene.bench().read(&text).needs(&Documents::new());
        assert_eq!(needed.first().map(|need| need.url.as_str()), Some(STATUS_URI));
    }
    let shown = scene.shown(&scene.sd_jwt(json!({})), AUDIENCE, NONCE);
    let verdict = scene.judge(&shown);
    assert!(verdict.accepted());
    let subject = &verdict.claims(0).unwrap()["credentialSubject"];
    assert_eq!((subject.get("name"), &subject["enrolment_status"]), (None, &json!("enrolled")));
    assert_eq!(proof_refusals(&shown), [""; 0]);
}

/// The same attacks as on every format, under the same ids.
#[test]
fn attacks_on_enclosed_credentials_are_refused_under_the_ids_of_all_formats() {
    let honest = scene();
    let stranger = key(9, KeyType::P256);
    let past = json!({"validUntil": NOW.minus(Seconds(500)).to_rfc3339()});
    let other = json!({"issuer": did::jwk_did(stranger.public())});
    let plain = json!({"type": ["VerifiableCredential"]});
    let attacks =
        [("V-03", json!({}), true), ("V-07", past, false), ("V-06", other, false), ("V-06", plain, false)];
    for (id, changes, forged) in attacks {
        let by = if forged { &stranger } else { &honest.issuer };
        let cose = honest.cose_by(changes.clone(), honest.cose_header(), by);
        assert_eq!(honest.refusals_alone(&cose), [id], "{changes}");
        let sd_jwt = honest.sd_jwt_by(changes.clone(), honest.header(""), by);
        assert_eq!(honest.refusals_alone(&sd_jwt), [id], "{changes}");
    }
    let kid = format!("{}#0", did::jwk_did(stranger.public()));
    let cose = honest.cose_by(json!({}), honest.cose_header().kid(kid.clone()), &stranger);
    assert_eq!(honest.refusals_alone(&cose), ["V-04"]);
    let sd_jwt = honest.sd_jwt_by(json!({}), honest.header("").kid(kid), &stranger);
    assert_eq!(honest.refusals_alone(&sd_jwt), ["V-04"]);
    let mut revoked = scene();
    revoked.publish_status(StatusValue::INVALID, NOW);
    for text in [revoked.cose(json!({})), revoked.sd_jwt(json!({}))] {
        assert_eq!(revoked.refusals_alone(&text), ["V-08"]);
    }
    let nobody = Scene { trust: trust(entry("did:web:elsewhere.example"), NOW), ..scene() };
    for text in [nobody.cose(json!({})), nobody.sd_jwt(json!({}))] {
        assert_eq!(nobody.refusals_alone(&text), ["V-06"]);
    }
}

#[test]
fn v_01_an_enclosed_credential_of_another_type_is_refused() {
    let scene = scene();
    let document = Value::Object(scene.document(&json!({}))).to_string().into_bytes();
    for (header, id) in [
        (scene.cose_header(), "V-01"),
        (scene.cose_header().typ("very/bad"), "V-01"),
        // It is read as what it says that it is, and is no presentation.
        (scene.cose_header().typ("application/vp+cose"), "VJ-09"),
    ] {
        let message = cose::UnsignedSign1::new(header, b"", document.clone()).sign(&scene.issuer).unwrap();
        assert_eq!(scene.refusals_alone(&STANDARD.encode(message)), [id]);
    }
    let content = scene.cose_header().typ("application/vc+cose").content_type("very/bad");
    let message = cose::UnsignedSign1::new(content, b"", document).sign(&scene.issuer).unwrap();
    assert_eq!(scene.refusals_alone(&STANDARD.encode(message)), ["V-01"]);
    for text in ["0", "0oRD", "hEOhASag", "h\n", "0oRD$"] {
        assert!(!scene.alone(text).accepted(), "{text}");
    }
    // What is signed as one type is not read as another.
    let vp = scene.sd_jwt(json!({})).replacen('~', "~~", 1);
    assert!(!scene.alone(&vp).accepted());
    let jwt =
        sign(&scene.header("vp+sd-jwt"), &Value::Object(scene.document(&json!({}))), &scene.issuer).unwrap();
    assert_eq!(scene.refusals_alone(&format!("{jwt}~")), ["VJ-09"]);
}

#[test]
fn v_10_an_enclosed_credential_without_its_holders_proof_is_refused() {
    let scene = scene();
    for text in [scene.cose(json!({})), scene.sd_jwt(json!({}))] {
        assert_eq!(scene.refused(&text), ["V-10"]);
    }
    let shown = |audience, nonce| scene.shown(&scene.sd_jwt(json!({})), audience, nonce);
    assert_eq!(scene.refused(&shown("x509_san_dns:other.example", NONCE)), ["V-12"]);
    assert_eq!(scene.refused(&shown(AUDIENCE, "another-nonce-0123456789")), ["V-13"]);
    let bound = shown(AUDIENCE, NONCE);
    let verdict = scene.alone(&bound);
    assert_eq!(verdict.refusals().map(|refusal| refusal.check.id).collect::<Vec<_>>(), ["SD-11"]);
}

/// No query can ask for them, so none is answered by them.
#[test]
fn v_18_an_enclosed_credential_answers_no_query() {
    let scene = scene();
    let query =
        json!({"credentials": [{"id": "a", "format": "jwt_vc_json", "meta": {"type_values": [[STUDENT]]}}]});
    let query = Query::parse(&query).unwrap();
    let shown = json!(scene.shown(&scene.sd_jwt(json!({})), AUDIENCE, NONCE));
    let verdict = scene.answer("a", &[shown], &query).unwrap();
    assert_eq!(verdict.refusals().map(|refusal| refusal.check.id).collect::<Vec<_>>(), ["V-18"]);
    for format in ["vc+cose", "vc+sd-jwt"] {
        assert_eq!(Format::from_identifier(format), None);
        let asked = json!({"credentials": [{"id": "a", "format": format, "meta": {}}]});
        let query = Query::parse(&asked);
        assert!(
            query.is_err()
                || !scene.answer("a", &[json!(scene.cose(json!({})))], &query.unwrap()).unwrap().accepted()
        );
    }
}
