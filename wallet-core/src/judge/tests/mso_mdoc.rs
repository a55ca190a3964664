//! The attack table of `mso_mdoc`: an honest driver licence from an honest device, and everything that can be wrong with it.

use jigap_keys::{PublicKey, base64url};
use rcgen::{
    BasicConstraints, CertificateParams, DnType, ExtendedKeyUsagePurpose, IsCa, KeyUsagePurpose,
    date_time_ymd,
};

use super::*;
use crate::cose;
use crate::mdoc::tests::{MDL, NAMESPACE, licence, paths};
use crate::mdoc::{IssuerSigned, MdocBuilder, Session, SessionTranscript};
use crate::x509::tests::{Authority, printable};

const RESPONSE_URI: &str = "https://gate.example/response";
const ISSUER: &str = "https://dmv.example";

/// A licensing authority below the root of its country, a device, the session with the gate.
pub(super) struct Gate {
    pub(super) scene: Scene,
    pub(super) iaca: Authority,
    pub(super) chain: Vec<Vec<u8>>,
    pub(super) signer: PrivateKey,
    pub(super) transcript: SessionTranscript,
    /// The gate's own key, where devices prove themselves to it by a MAC.
    pub(super) reader: Option<PrivateKey>,
}

fn licensing(scene: &Scene, iaca: &Authority) -> TrustEntry {
    TrustEntry {
        issuer: ISSUER.into(),
        mechanism: Mechanism::X5c { anchors: iaca.anchors(), san: Vec::new() },
        types: vec![MDL.to_owned()],
        status_issuers: vec![scene.issuer_did.clone()],
        ..entry(&scene.issuer_did)
    }
}

pub(super) fn transcript(audience: &str, nonce: &str) -> SessionTranscript {
    SessionTranscript::openid4vp(audience, nonce, None, RESPONSE_URI)
}

impl Gate {
    pub(super) fn new() -> Self {
        Self::below(Authority::iaca("KR"))
    }

    fn below(iaca: Authority) -> Self {
        let mut scene = Scene::new();
        let (der, pkcs8) = iaca.document_signer(|_| {});
        let status = entry(&scene.issuer_did);
        scene.trust = trust_of(vec![licensing(&scene, &iaca), status], NOW);
        let signer = PrivateKey::from_pkcs8_der(&pkcs8).unwrap();
        Self { scene, iaca, chain: vec![der], signer, transcript: transcript(AUDIENCE, NONCE), reader: None }
    }

    fn header(&self) -> cose::Header {
        cose::Header::for_key(KeyType::P256).unwrap().x5chain(self.chain.clone())
    }

    pub(super) fn licence(&self) -> MdocBuilder {
        let status = StatusReference::new(STATUS_URI, 7).unwrap();
        licence(self.scene.holder.public(), NOW.minus(Seconds(1000))).status(status)
    }

    pub(super) fn issue(&self, builder: MdocBuilder) -> Vec<u8> {
        builder.build(self.header(), &Repeatable::new(9)).sign(&self.signer).unwrap()
    }

    /// What a device presents in the session with `transcript`.
    pub(super) fn present(&self, credential: &[u8], transcript: &SessionTranscript) -> String {
        let parsed = IssuerSigned::parse(credential).unwrap();
        let held = parsed.verify(self.signer.public()).unwrap();
        let presentation = held.present(&paths(&["family_name", "age_over_18"])).unwrap();
        let device = &self.scene.holder;
        base64url::encode(match &self.reader {
            None => presentation.sign(transcript, device).unwrap(),
            Some(reader) => presentation.authenticate(transcript, device, reader.public()).unwrap(),
        })
    }

    pub(super) fn honest(&self) -> String {
        self.present(&self.issue(self.licence()), &self.transcript)
    }

    fn judge_with(&self, text: &str, reader_key: Option<&PrivateKey>) -> Verdict {
        let session = Session { transcript: &self.transcript, reader_key };
        self.scene.bench().in_session(session).read(text).judge_presentation(&ASKED, &self.scene.documents)
    }

    pub(super) fn judge(&self, text: &str) -> Verdict {
        self.judge_with(text, self.reader.as_ref())
    }

    fn refused(&self, text: &str) -> Vec<&'static str> {
        let verdict = self.judge(text);
        assert!(!verdict.accepted() && verdict.claims(0).is_none());
        verdict.refusals().map(|refusal| refusal.check.id).collect()
    }

    pub(super) fn trusts(&mut self, change: impl FnOnce(&mut TrustEntry)) {
        let mut listed = licensing(&self.scene, &self.iaca);
        change(&mut listed);
        self.scene.trust = trust_of(vec![listed, entry(&self.scene.issuer_did)], NOW);
    }
}

#[test]
fn an_honest_licence_is_accepted_and_says_why() {
    let gate = Gate::new();
    let verdict = gate.judge(&gate.honest());
    assert_eq!(verdict.refusals().collect::<Vec<_>>(), []);
    assert!(verdict.accepted());
    assert_eq!(verdict.claims(0).unwrap(), &json!({NAMESPACE: {"family_name": "김", "age_over_18": true}}));
    let judged = &verdict.credentials()[0];
    assert_eq!((judged.format(), judged.types()), (Format::MsoMdoc, &[MDL.to_owned()][..]));
    assert_eq!(judged.issuer(), Some(ISSUER));
    assert_eq!(judged.holder(), Some(gate.scene.holder.public().thumbprint().as_str()));
    assert_eq!(judged.freshness(), Some(Freshness::Fresh(NOW)));
    let checks: Vec<_> = judged.findings().iter().map(|finding| finding.check.id).collect();
    assert_eq!(
        checks,
        [
            "V-01", "V-02", "V-06", "V-05", "V-04", "V-03", "V-07", "V-08", "V-09", "V-10", "V-16", "V-11",
            "V-15", "V-13", "V-12", "V-14"
        ]
    );
    assert!(matches!(judged.findings()[15].outcome, Outcome::Implied(_)), "a device does not say when");
}

#[test]
fn a_device_mac_is_accepted_by_the_verifier_it_is_for() {
    let mut gate = Gate { reader: Some(key(30, KeyType::P256)), ..Gate::new() };
    let response = gate.honest();
    assert!(gate.judge(&response).accepted());
    assert!(!gate.judge_with(&response, Some(&key(31, KeyType::P256))).accepted());
    gate.reader = None;
    assert_eq!(gate.refused(&response), ["V-11"]);
}

#[test]
fn a_licence_as_it_was_issued_is_judged_alone() {
    let gate = Gate::new();
    let text = base64url::encode(gate.issue(gate.licence()));
    let verdict = gate.scene.bench().read(&text).judge_credential(&gate.scene.documents);
    assert_eq!(verdict.refusals().collect::<Vec<_>>(), []);
    assert_eq!(verdict.claims(0).unwrap()[NAMESPACE]["birth_date"], "2004-05-06");
    assert!(!is_presentation(&text) && is_presentation(&gate.honest()));
    let proof = judge_proof(&text, Contexts::built_in(), &gate.scene.documents, NOW);
    assert!(proof.proof_holds() && !proof.accepted());
}

#[test]
fn what_a_licence_needs_is_named_once_its_issuer_signed_it() {
    let mut gate = Gate::new();
    gate.scene.documents = Documents::new();
    assert_eq!(gate.scene.needs(&gate.honest()), [Url::parse(STATUS_URI).unwrap()]);
    let honest = gate.honest();
    gate.trusts(|entry| entry.types = vec!["org.iso.23220.photoid.1".into()]);
    assert_eq!(gate.scene.needs(&honest), []);
}

#[test]
fn v_01_mdoc_of_another_type_than_it_says_is_refused() {
    let gate = Gate::new();
    let honest = base64url::decode(&gate.honest()).unwrap();
    // The response's own docType, the first one in it.
    let at = honest.windows(MDL.len()).position(|window| window == MDL.as_bytes()).unwrap();
    let mut other = honest;
    other[at + MDL.len() - 1] = b'X';
    assert_eq!(gate.refused(&base64url::encode(other)), ["V-01"]);
    for text in ["oWFh", "oWFhYQ", "v_____8", "oA==", "omp"] {
        assert!(!gate.judge(text).accepted(), "{text}");
    }
}

#[test]
fn v_02_mdoc_by_another_algorithm_is_refused() {
    let gate = Gate::new();
    let honest = base64url::decode(&gate.honest()).unwrap();
    // The protected headers of issuer and device: `{1: -7}`. No key of P-256 fits EdDSA, and -6 is nothing accepted.
    let is_header = |window: &[u8]| window == [0x43, 0xa1, 0x01, 0x26];
    let headers: Vec<usize> =
        honest.windows(4).enumerate().filter(|(_, window)| is_header(window)).map(|(at, _)| at).collect();
    let [issuer, device] = headers[..] else { panic!("{headers:?}") };
    for (at, alg, refused) in
        [(issuer, 0x25, "V-02"), (issuer, 0x27, "V-02"), (device, 0x25, "V-02"), (device, 0x27, "V-11")]
    {
        let mut other = honest.clone();
        other[at + 3] = alg;
        assert_eq!(gate.refused(&base64url::encode(other)), [refused]);
    }
}

#[test]
fn v_03_mdoc_with_a_forged_signature_is_refused() {
    let mut gate = Gate::new();
    let credential = gate.issue(gate.licence());
    let honest = gate.present(&credential, &gate.transcript);
    assert!(gate.judge(&honest).accepted());
    // Somebody else signs under the signer's certificate.
    gate.signer = key(4, KeyType::P256);
    let forged = gate.issue(gate.licence());
    assert_eq!(gate.refused(&gate.present(&forged, &gate.transcript)), ["V-03"]);
}

#[test]
fn v_04_mdoc_of_a_signer_without_the_listed_name_is_refused() {
    let mut gate = Gate::new();
    let honest = gate.honest();
    let names = |names: &[&str]| names.iter().map(|name| (*name).to_owned()).collect::<Vec<_>>();
    let anchors = gate.iaca.anchors();
    gate.trusts(|entry| entry.mechanism = Mechanism::X5c { anchors, san: names(&["dmv.example"]) });
    assert_eq!(gate.refused(&honest), ["V-04"]);
}

#[test]
fn v_05_mdoc_of_another_authority_is_refused() {
    let mut gate = Gate::new();
    // A namesake of the root, so that only the signature tells.
    let namesake = Authority::iaca("KR");
    let (der, pkcs8) = namesake.document_signer(|_| {});
    (gate.chain, gate.signer) = (vec![der], PrivateKey::from_pkcs8_der(&pkcs8).unwrap());
    assert_eq!(gate.refused(&gate.honest()), ["V-05"]);
}

#[test]
fn v_06_mdoc_of_an_issuer_or_type_nobody_trusts_is_refused() {
    let mut gate = Gate::new();
    let honest = gate.honest();
    gate.trusts(|entry| entry.types = vec!["org.iso.23220.photoid.1".into()]);
    assert_eq!(gate.refused(&honest), ["V-06"]);
    gate.trusts(|entry| entry.withdrawn_since = Some(NOW.minus(Seconds(1))));
    assert_eq!(gate.refused(&honest), ["V-06"]);
    gate.trusts(|entry| {
        entry.mechanism = Mechanism::X5c { anchors: Authority::root("other").anchors(), san: Vec::new() };
    });
    assert_eq!(gate.refused(&honest), ["V-06"]);
    gate.chain = Vec::new();
    let unsigned = gate.honest();
    assert!(gate.refused(&unsigned).contains(&"V-06"), "no certificate");
}

#[test]
fn two_issuers_of_one_name_are_told_apart_by_who_signed() {
    let mut gate = Gate::new();
    let namesake = Authority::iaca("KR");
    let other = TrustEntry { issuer: "https://other.example".into(), ..licensing(&gate.scene, &namesake) };
    let entries = vec![other.clone(), licensing(&gate.scene, &gate.iaca), entry(&gate.scene.issuer_did)];
    gate.scene.trust = trust_of(entries, NOW);
    assert_eq!(gate.judge(&gate.honest()).credentials()[0].issuer(), Some(ISSUER));
    let same = TrustEntry { issuer: "https://same.example".into(), ..licensing(&gate.scene, &gate.iaca) };
    let entries = vec![same, licensing(&gate.scene, &gate.iaca), entry(&gate.scene.issuer_did)];
    gate.scene.trust = trust_of(entries, NOW);
    assert_eq!(gate.refused(&gate.honest()), ["V-06"], "ambiguous");
}

#[test]
fn v_07_mdoc_outside_its_period_is_refused() {
    let gate = Gate::new();
    let skew = gate.scene.policy.clock_skew;
    let issued = |signed: Timestamp| {
        gate.present(&gate.issue(licence(gate.scene.holder.public(), signed)), &gate.transcript)
    };
    assert_eq!(gate.refused(&issued(NOW.minus(Seconds(2000)).minus(skew))), ["V-07"]);
    assert!(gate.judge(&issued(NOW.minus(Seconds(1999)).minus(skew))).accepted());
    assert_eq!(gate.refused(&issued(NOW.plus(Seconds(skew.0 + 1)))), ["V-07"]);
}

#[test]
fn v_08_mdoc_that_is_suspended_or_revoked_is_refused() {
    let mut gate = Gate::new();
    let honest = gate.honest();
    for value in [StatusValue::SUSPENDED, StatusValue::INVALID] {
        gate.scene.publish_status(value, NOW);
        assert_eq!(gate.refused(&honest), ["V-08"]);
    }
    gate.scene.publish_status(StatusValue::VALID, NOW);
    assert!(gate.judge(&honest).accepted());
}

#[test]
fn v_09_mdoc_whose_status_is_not_known_is_refused() {
    let mut gate = Gate::new();
    let honest = gate.honest();
    gate.scene.documents = Documents::new();
    assert_eq!(gate.refused(&honest), ["V-09"]);
    let without = gate.present(&gate.issue(licence(gate.scene.holder.public(), NOW)), &gate.transcript);
    assert!(gate.judge(&without).accepted(), "it refers to none");
}

/// What is CBOR itself asks for its list as CWT, and the list is believed by the same rules.
#[test]
fn the_status_list_of_an_mdoc_is_asked_for_as_cwt() {
    let mut gate = Gate::new();
    let honest = gate.honest();
    let needs = gate.scene.bench().read(&honest).needs(&Documents::new());
    assert_eq!(
        needs.iter().map(|need| (need.url.as_str(), need.accept)).collect::<Vec<_>>(),
        [(STATUS_URI, crate::status::MEDIA_TYPE_CWT)]
    );
    let header = cose::Header::for_key(KeyType::P256).unwrap().kid(format!("{}#0", gate.scene.issuer_did));
    for (value, signer, refused) in [
        (StatusValue::VALID, key(1, KeyType::P256), None),
        (StatusValue::SUSPENDED, key(1, KeyType::P256), Some("V-08")),
        (StatusValue::VALID, key(8, KeyType::P256), Some("ST-03")),
    ] {
        let list = gate.scene.status_token(value).unsigned_cwt(header.clone()).sign(&signer).unwrap();
        let document = Document { bytes: list, fetched_at: NOW, max_age: None };
        gate.scene.documents.insert(Url::parse(STATUS_URI).unwrap(), document);
        let verdict = gate.judge(&honest);
        assert_eq!(verdict.refusals().map(|it| it.check.id).collect::<Vec<_>>(), Vec::from_iter(refused));
    }
}

#[test]
fn v_10_mdoc_without_its_devices_proof_is_refused() {
    let gate = Gate::new();
    assert_eq!(gate.refused(&base64url::encode(gate.issue(gate.licence()))), ["V-10"]);
}

#[test]
fn v_11_mdoc_from_a_strangers_device_is_refused() {
    let mut gate = Gate::new();
    let credential = gate.issue(gate.licence());
    let honest = base64url::decode(&gate.present(&credential, &gate.transcript)).unwrap();
    gate.scene.holder = key(7, KeyType::P256);
    let theirs = base64url::decode(&gate.present(&gate.issue(gate.licence()), &gate.transcript)).unwrap();
    // The stranger's device signature under the honest document: both are the last 64 bytes before the status.
    let tail = "fstatus0".len() + 64;
    let mut stolen = honest[..honest.len() - tail].to_vec();
    stolen.extend_from_slice(&theirs[theirs.len() - tail..]);
    assert_eq!(gate.refused(&base64url::encode(stolen)), ["V-11"]);
}

/// A replay, and a response for another verifier: the transcript is another, and nobody can say in what.
#[test]
fn v_11_mdoc_from_another_session_is_refused() {
    let gate = Gate::new();
    let credential = gate.issue(gate.licence());
    let key: &PublicKey = gate.signer.public();
    for other in [
        transcript(AUDIENCE, "another"),
        transcript("x509_san_dns:other.example", NONCE),
        SessionTranscript::openid4vp(AUDIENCE, NONCE, Some(key), RESPONSE_URI),
        SessionTranscript::openid4vp(AUDIENCE, NONCE, None, "https://other.example/response"),
        SessionTranscript::digital_credentials(AUDIENCE, NONCE, None),
    ] {
        assert_eq!(gate.refused(&gate.present(&credential, &other)), ["V-11"]);
    }
}

#[test]
fn v_12_mdoc_judged_outside_any_session_is_refused() {
    let gate = Gate::new();
    assert_eq!(gate.scene.refused(&gate.honest()), ["V-12"]);
}

#[test]
fn an_mdoc_with_another_element_or_digest_is_refused() {
    let gate = Gate::new();
    let honest = base64url::decode(&gate.honest()).unwrap();
    let name = "김".as_bytes();
    let at = honest.windows(name.len()).position(|window| window == name).unwrap();
    let mut tampered = honest;
    tampered[at + 2] ^= 1;
    assert_eq!(gate.refused(&base64url::encode(tampered)), ["MD-03"]);
}

#[test]
fn md_06_a_certificate_without_the_profile_of_a_document_signer_is_refused() {
    let changes: [(fn(&mut CertificateParams), &str); 5] = [
        (|it| it.extended_key_usages = vec![ExtendedKeyUsagePurpose::ServerAuth], "signer-purpose"),
        (|it| it.extended_key_usages.clear(), "signer-purpose"),
        (|it| it.key_usages.push(KeyUsagePurpose::KeyAgreement), "signer-key-usage"),
        (|it| it.distinguished_name.push(DnType::CountryName, printable("JP")), "signer-country"),
        (|it| it.not_after = date_time_ymd(2040, 1, 2), "signer-validity"),
    ];
    for (change, code) in changes {
        assert_eq!(by_signer(change), [("MD-06", code)]);
    }
}

/// Why a licence is refused whose signer's certificate was changed so.
fn by_signer(change: fn(&mut CertificateParams)) -> Vec<(&'static str, &'static str)> {
    let mut gate = Gate::new();
    let (der, pkcs8) = gate.iaca.document_signer(change);
    (gate.chain, gate.signer) = (vec![der], PrivateKey::from_pkcs8_der(&pkcs8).unwrap());
    codes(&gate)
}

fn codes(gate: &Gate) -> Vec<(&'static str, &'static str)> {
    let verdict = gate.judge(&gate.honest());
    verdict.refusals().map(|it| (it.check.id, it.reason.code)).collect()
}

/// Nothing of the device's proof is judged without its session, and that is what is said of it.
#[test]
fn without_its_session_a_devices_proof_is_said_to_be_unjudged() {
    let gate = Gate::new();
    let issued = gate.issue(gate.licence());
    let shown = gate.present(&issued, &gate.transcript);
    let mut forged = base64url::decode(&shown).unwrap();
    let at = forged.windows(15).position(|it| it == b"deviceSignature").unwrap();
    forged[at + 40] ^= 1;
    for text in [shown, base64url::encode(forged)] {
        let verdict = judge_proof(&text, Contexts::built_in(), &gate.scene.documents, NOW);
        let findings = verdict.credentials()[0].findings();
        for id in ["V-10", "V-11", "V-12", "V-13"] {
            let said = findings.iter().find(|finding| finding.check.id == id).unwrap();
            assert!(
                matches!(said.outcome, Outcome::NotJudged(reason) if reason.code == "holder-proof-session"),
                "{id}: {:?}",
                said.outcome
            );
        }
        assert!(verdict.proof_holds() && !verdict.accepted());
    }
}

#[test]
fn md_14_a_signers_certificate_against_the_rest_of_the_profile_is_refused() {
    let changes: [(fn(&mut CertificateParams), &str); 8] = [
        (|it| it.serial_number = Some(vec![0].into()), "certificate-form"),
        (|it| it.not_after = date_time_ymd(2027, 9, 2), "certificate-lifetime"),
        (|it| it.distinguished_name.push(DnType::CommonName, " "), "certificate-subject"),
        (|it| it.is_ca = IsCa::ExplicitNoCa, "certificate-extensions"),
        (|it| it.use_authority_key_identifier_extension = false, "certificate-key-identifier"),
        (|it| drop(it.custom_extensions.remove(1)), "certificate-contact"),
        (|it| drop(it.custom_extensions.remove(2)), "certificate-revocation"),
        (|it| it.extended_key_usages.push(ExtendedKeyUsagePurpose::ServerAuth), "certificate-purposes"),
    ];
    for (change, code) in changes {
        assert_eq!(by_signer(change), [("MD-14", code)]);
    }
}

#[test]
fn md_15_a_root_against_the_rest_of_the_profile_is_refused() {
    let changes: [(fn(&mut CertificateParams), &str); 4] = [
        (|it| it.is_ca = IsCa::Ca(BasicConstraints::Unconstrained), "certificate-root"),
        (|it| it.not_after = date_time_ymd(2041, 1, 1), "certificate-lifetime"),
        (|it| it.custom_extensions.clear(), "certificate-contact"),
        (|it| it.distinguished_name.push(DnType::CommonName, " "), "certificate-subject"),
    ];
    for (change, code) in changes {
        assert_eq!(codes(&Gate::below(Authority::iaca_with("KR", change))), [("MD-15", code)]);
    }
}

#[test]
fn v_18_an_mdoc_answers_by_its_type_and_elements() {
    let gate = Gate::new();
    let session = Session { transcript: &gate.transcript, reader_key: None };
    let answer = |doctype: &str, claims: Value| {
        let query = Query::parse(&json!({"credentials": [{
            "id": "mdl", "format": "mso_mdoc", "meta": {"doctype_value": doctype}, "claims": claims,
            "trusted_authorities": [{"type": "aki", "values": [base64url::encode(gate.iaca.key_identifier())]}],
        }]}))
        .unwrap();
        let token = BTreeMap::from([("mdl".to_owned(), vec![json!(gate.honest())])]);
        let response = gate.scene.bench().in_session(session).read_response(&token, &query).unwrap();
        let verdict = response.judge(&ASKED, &gate.scene.documents);
        verdict.refusals().map(|refusal| (refusal.check.id, refusal.reason.code)).collect::<Vec<_>>()
    };
    let name = json!({"path": [NAMESPACE, "family_name"], "values": ["김"]});
    assert_eq!(answer(MDL, json!([name, {"path": [NAMESPACE, "age_over_18"]}])), []);
    // ISO 18013-5 §7.2.5: who is over 18 is over 16.
    assert_eq!(answer(MDL, json!([{"path": [NAMESPACE, "age_over_16"], "values": [true]}])), []);
    let differs = answer(MDL, json!([{"path": [NAMESPACE, "family_name"], "values": ["박"]}]));
    assert_eq!(differs, [("V-18", "claim-differs")]);
    assert_eq!(answer(MDL, json!([{"path": [NAMESPACE, "sex"]}])), [("V-18", "claim-not-presented")]);
    assert_eq!(answer(MDL, json!([{"path": ["kr", "family_name"]}])), [("V-18", "claim-not-presented")]);
    assert_eq!(answer("org.iso.23220.photoid.1", json!([name])), [("V-18", "other-type")]);
}
