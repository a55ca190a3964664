//! The attack table of `ldp_vc`: W3C's vectors as they are and with each value changed, and an honest credential with
//! everything that can be wrong with it.

use jigap_data_integrity::{Contexts, ProofOptions, sign as secure};

use super::proof_only::proof_refusals;
use super::*;
use crate::did::key_did;

mod retold;

pub(super) const STUDENT: &str = "https://jigap.example/types/student-id/1#StudentId";
pub(super) const CONTEXT: &str = "https://jigap.example/types/student-id/1/context.jsonld";
pub(super) const V2: &str = "https://www.w3.org/ns/credentials/v2";
pub(super) const V1: &str = "https://www.w3.org/2018/credentials/v1";

fn examples() -> &'static crate::contexts::Contexts {
    static ALL: std::sync::LazyLock<crate::contexts::Contexts> =
        std::sync::LazyLock::new(|| crate::contexts::Contexts::built_in().clone().with_examples());
    &ALL
}

fn ids(verdict: &Verdict) -> Vec<&'static str> {
    verdict.refusals().map(|refusal| refusal.check.id).collect()
}

/// A step of W3C's recipe for a chain: the second proof, without the first ones that it says it builds on.
const HALF_A_CHAIN: &str = "proofChainTempDoc2.json";

/// Every document of W3C's vectors that `eddsa-rdfc-2022` proofs secure, with its file's name.
fn signed_vectors() -> Vec<(String, Value)> {
    let Some(folder) = jigap_tests::vectors("w3c-vc-di-eddsa") else { return Vec::new() };
    let mut found = Vec::new();
    for part in ["eddsa-rdfc-2022", "eddsa-rdfc-2022/employ", "proof-set-chain"] {
        for entry in std::fs::read_dir(folder.join("TestVectors").join(part)).unwrap() {
            let path = entry.unwrap().path();
            let name = path.file_name().unwrap().to_str().unwrap().to_owned();
            #[expect(clippy::disallowed_methods, reason = "a test reads its vectors")]
            let Ok(text) = std::fs::read_to_string(&path) else { continue };
            let document = serde_json::from_str::<Value>(&text).unwrap_or_default();
            if document["proof"].to_string().contains("eddsa-rdfc-2022") && name != HALF_A_CHAIN {
                found.push((name, document));
            }
        }
    }
    assert_eq!(found.len(), 7, "the vectors changed: see that all of them are judged");
    found
}

#[test]
fn half_a_proof_chain_of_w3c_is_refused() {
    let Some(folder) = jigap_tests::vectors("w3c-vc-di-eddsa") else { return };
    #[expect(clippy::disallowed_methods, reason = "a test reads its vectors")]
    let text =
        std::fs::read_to_string(folder.join("TestVectors/proof-set-chain").join(HALF_A_CHAIN)).unwrap();
    assert_eq!(proof_refusals(&text), ["V-03"]);
}

/// Every scalar of `value`, changed one at a time.
fn changed(value: &Value) -> Vec<Value> {
    match value {
        Value::String(text) => vec![json!(format!("{text}x")), json!(format!("x{text}"))],
        Value::Array(items) => {
            let with = |at: usize, item: Value| {
                let mut items = items.clone();
                items[at] = item;
                Value::Array(items)
            };
            let one =
                |(at, item)| changed(item).into_iter().map(move |item| with(at, item)).collect::<Vec<_>>();
            items.iter().enumerate().flat_map(one).collect()
        }
        Value::Object(members) => {
            let with = |name: &String, value: Value| {
                let mut members = members.clone();
                members.insert(name.clone(), value);
                Value::Object(members)
            };
            let one = |(name, value)| {
                changed(value).into_iter().map(move |value| with(name, value)).collect::<Vec<_>>()
            };
            members.iter().flat_map(one).collect()
        }
        Value::Bool(value) => vec![json!(!value)],
        Value::Number(_) => vec![json!(17)],
        Value::Null => Vec::new(),
    }
}

#[test]
fn the_proof_of_every_signed_vector_holds() {
    for (name, document) in signed_vectors() {
        let verdict = judge_proof(&document.to_string(), examples(), &Documents::new(), NOW);
        assert_eq!(ids(&verdict), [""; 0], "{name}");
        assert!(verdict.proof_holds() && !verdict.accepted(), "{name}");
    }
}

#[test]
fn v_03_each_value_of_a_signed_vector_changed_alone_fails_the_proof_and_nothing_else() {
    for (name, document) in signed_vectors() {
        for other in changed(&document) {
            let verdict = judge_proof(&other.to_string(), examples(), &Documents::new(), NOW);
            assert_eq!(ids(&verdict), ["V-03"], "{name}: {other}");
        }
    }
}

#[test]
fn v_04_the_signed_vectors_are_refused_for_their_issuers_alone() {
    let scene = Scene::new();
    for (name, document) in signed_vectors() {
        let judge = Judge::new(&scene.trust, NOW, scene.policy).with_contexts(examples());
        let presented = judge.read(&document.to_string());
        let mut refused = ids(&presented.judge_credential(&scene.documents));
        refused.sort_unstable();
        assert_eq!(refused, ["V-04", "V-06"], "{name}");
    }
}

/// A university with an Ed25519 did:key that may issue student IDs, and a student with one.
struct School {
    issuer: PrivateKey,
    holder: PrivateKey,
    trust: TrustList,
}

fn method(key: &PrivateKey) -> String {
    let did = key_did(key.public());
    format!("{did}#{}", did.trim_start_matches("did:key:"))
}

fn options(key: &PrivateKey, purpose: &str) -> ProofOptions {
    ProofOptions { created: Some(NOW.to_rfc3339()), ..ProofOptions::new(method(key), purpose) }
}

impl School {
    fn new() -> Self {
        let issuer = key(1, KeyType::Ed25519);
        let did = key_did(issuer.public());
        let trust = trust(TrustEntry { types: vec![STUDENT.to_owned()], ..entry(&did) }, NOW);
        Self { issuer, holder: key(2, KeyType::Ed25519), trust }
    }

    fn credential(&self) -> Value {
        json!({
            "@context": [V2, CONTEXT],
            "type": ["VerifiableCredential", "StudentId"],
            "issuer": key_did(self.issuer.public()),
            "validUntil": NOW.plus(Seconds(1000)).to_rfc3339(),
            "credentialSubject": {"id": key_did(self.holder.public()), "enrolment_status": "enrolled"},
        })
    }

    fn issue(&self, credential: Value) -> Value {
        self.issue_by(credential, crate::contexts::Contexts::built_in())
    }

    fn issue_by(&self, credential: Value, contexts: &crate::contexts::Contexts) -> Value {
        let options = options(&self.issuer, "assertionMethod");
        secure(credential, &options, &self.issuer, contexts.for_data_integrity()).unwrap()
    }

    fn present(&self, credential: Value) -> Value {
        self.present_by(credential, crate::contexts::Contexts::built_in())
    }

    fn present_by(&self, credential: Value, contexts: &crate::contexts::Contexts) -> Value {
        let presentation = json!({
            "@context": [V2], "type": "VerifiablePresentation", "verifiableCredential": [credential],
            "holder": key_did(self.holder.public()),
        });
        let options = ProofOptions {
            challenge: Some(NONCE.to_owned()),
            domain: Some(AUDIENCE.to_owned()),
            ..options(&self.holder, "authentication")
        };
        secure(presentation, &options, &self.holder, contexts.for_data_integrity()).unwrap()
    }

    fn judge(&self, document: &Value) -> Verdict {
        let asked = Asked { audience: AUDIENCE, nonce: NONCE };
        let presented = Judge::new(&self.trust, NOW, Policy::default()).read(&document.to_string());
        presented.judge_presentation(&asked, &Documents::new())
    }
}

#[test]
fn proof_only_judges_the_proof_of_the_holder_of_an_ldp_vc() {
    let school = School::new();
    let document = school.present(school.issue(school.credential()));
    assert_eq!(proof_refusals(&document.to_string()), [""; 0]);
    let mut forged = document.clone();
    forged["proof"]["challenge"] = json!("another");
    assert_eq!(proof_refusals(&forged.to_string()), ["V-11"]);
    let mut unproven = document;
    unproven.as_object_mut().unwrap().remove("proof");
    assert!(is_presentation(&unproven.to_string()), "without a proof it is a presentation all the same");
    assert_eq!(proof_refusals(&unproven.to_string()), [""; 0]);
    assert_eq!(ids(&school.judge(&unproven)), ["V-10"]);
}

#[test]
fn an_honest_ldp_vc_is_accepted() {
    let school = School::new();
    let document = school.present(school.issue(school.credential()));
    assert!(is_presentation(&document.to_string()));
    let verdict = school.judge(&document);
    assert_eq!(ids(&verdict), [""; 0]);
    assert!(verdict.accepted());
    assert_eq!(verdict.claims(0).unwrap()["credentialSubject"]["enrolment_status"], "enrolled");
    let judged = &verdict.credentials()[0];
    assert_eq!(judged.types(), [STUDENT, crate::contexts::VERIFIABLE_CREDENTIAL]);
    assert_eq!(judged.holder(), Some(school.holder.public().thumbprint().as_str()));
}

#[test]
fn an_ldp_vc_that_breaks_a_rule_is_refused_by_it() {
    let school = School::new();
    let shown = |credential: Value| ids(&school.judge(&school.present(school.issue(credential))));
    let with = |name: &str, value: Value| {
        let mut credential = school.credential();
        credential[name] = value;
        credential
    };
    assert_eq!(shown(with("validUntil", json!(NOW.minus(Seconds(1000)).to_rfc3339()))), ["V-07"]);
    assert_eq!(shown(with("validFrom", json!(NOW.plus(Seconds(500)).to_rfc3339()))), ["V-07"]);
    let status = json!({"type": "BitstringStatusListEntry", "statusPurpose": "revocation", "statusListIndex": "7",
        "statusListCredential": "https://uni.example/status/1"});
    assert_eq!(shown(with("credentialStatus", status.clone())), ["V-09"], "its list is not at hand");
    assert_eq!(shown(with("credentialStatus", json!([status]))), ["V-09"]);
    assert_eq!(shown(with("issuer", json!(key_did(school.holder.public())))), ["V-06", "V-04"]);
    assert_eq!(shown(with("credentialSubject", json!({"enrolment_status": "enrolled"}))), ["V-11"]);
    // Without its holder's proof, and as no document at all.
    assert_eq!(ids(&school.judge(&school.issue(school.credential()))), ["V-10"]);
    let twice = r#"{"type": "x", "type": "y"}"#;
    let presented = Judge::new(&school.trust, NOW, Policy::default()).read(twice);
    assert_eq!(ids(&presented.judge_credential(&Documents::new())), ["V-01"]);
    // A claim nobody signed.
    let mut added = school.present(school.issue(school.credential()));
    added["verifiableCredential"][0]["credentialSubject"]["degree_level"] = json!("doctor");
    assert_eq!(ids(&school.judge(&added)), ["V-03"]);
    // A context that is known, but not to this judge.
    let handed = Contexts::known();
    assert!(!handed.contains(CONTEXT));
}

/// A proof may end before its credential does, the issuer's or that of whoever signed beside it; then the credential is over.
#[test]
fn v_07_an_ldp_vc_with_a_proof_that_has_ended_is_refused() {
    let school = School::new();
    let skew = Policy::default().clock_skew;
    let witness = key(7, KeyType::Ed25519);
    let until = |key: &PrivateKey, credential: Value, end: Timestamp| {
        let begun = NOW.minus(Seconds(900)).to_rfc3339();
        let made = ProofOptions { created: Some(begun), ..options(key, "assertionMethod") };
        let made = ProofOptions { expires: Some(end.to_rfc3339()), ..made };
        secure(credential, &made, key, crate::contexts::Contexts::built_in().for_data_integrity()).unwrap()
    };
    let by_issuer = |end| school.judge(&school.present(until(&school.issuer, school.credential(), end)));
    let beside = |end| school.judge(&school.present(until(&witness, school.issue(school.credential()), end)));
    for judged in [&by_issuer as &dyn Fn(Timestamp) -> Verdict, &beside] {
        assert_eq!(ids(&judged(NOW.minus(Seconds(500)))), ["V-07"]);
        assert_eq!(ids(&judged(NOW.minus(skew))), ["V-07"]);
        assert_eq!(ids(&judged(NOW.minus(Seconds(skew.0 - 1)))), [""; 0], "within the clock's skew");
        assert_eq!(ids(&judged(NOW.plus(Seconds(500)))), [""; 0]);
    }
}

/// The signature covers statements, the judge reads names: a document that says the same statements in other words could
/// hide them from the judge, and is refused.
#[test]
fn v_03_what_is_signed_said_in_other_words_is_refused() {
    let school = School::new();
    let ended = NOW.minus(Seconds(1000)).to_rfc3339();
    let mut credential = school.credential();
    credential["validUntil"] = json!(ended);
    credential["credentialSubject"]["degree_level"] = json!("bachelor");
    let signed = school.issue(credential);
    let proof =
        |document: &Value| ids(&judge_proof(&document.to_string(), examples(), &Documents::new(), NOW));
    assert_eq!(proof(&signed), [""; 0]);

    let moment = json!({"@value": ended, "@type": "http://www.w3.org/2001/XMLSchema#dateTime"});
    let mut hidden_end = signed.clone();
    hidden_end.as_object_mut().unwrap().remove("validUntil");
    hidden_end["https://www.w3.org/2018/credentials#validUntil"] = moment;
    assert_eq!(proof(&hidden_end), ["V-03"]);

    let mut hidden_subject = signed.clone();
    let subject = hidden_subject["credentialSubject"].take();
    hidden_subject["credentialSubject"] = json!({"id": "did:example:me", "degree_level": "doctor"});
    hidden_subject["https://www.w3.org/2018/credentials#credentialSubject"] = subject;
    assert_eq!(proof(&hidden_subject), ["V-03"]);

    let mut in_two = signed.clone();
    let holder = &signed["credentialSubject"]["id"];
    in_two["credentialSubject"] =
        json!([{"id": holder, "enrolment_status": "enrolled"}, {"id": holder, "degree_level": "bachelor"}]);
    assert_eq!(proof(&in_two), ["V-03"]);

    let mut many_contexts = signed.clone();
    many_contexts["@context"] = json!(vec![V2; 20]);
    assert_eq!(proof(&many_contexts), ["V-03"]);
}

/// A holder and a second signer with DIDs of the web: their documents are wanted once the issuer's proof holds, and then
/// they are judged by them.
#[test]
fn holders_and_second_signers_of_the_web_are_judged_by_their_documents() {
    let school = School::new();
    let (holder, witness) = ("did:web:holder.example", "did:web:witness.example");
    let keys = key(7, KeyType::Ed25519);
    let document = |did: &str, key: &PrivateKey, relation: &str| {
        let method = json!({"id": format!("{did}#1"), "type": "Multikey", "controller": did,
            "publicKeyMultibase": key.public().to_multikey()});
        json!({"@context": ["https://www.w3.org/ns/did/v1"], "id": did, "verificationMethod": [method],
            relation: [format!("{did}#1")]})
    };
    let contexts = crate::contexts::Contexts::built_in().for_data_integrity();
    let mut credential = school.credential();
    credential["credentialSubject"]["id"] = json!(holder);
    let by = |did: &str, purpose: &str| ProofOptions {
        created: Some(NOW.to_rfc3339()),
        ..ProofOptions::new(format!("{did}#1"), purpose)
    };
    let signed = school.issue(credential);
    let signed = secure(signed, &by(witness, "assertionMethod"), &keys, contexts).unwrap();
    let presentation =
        json!({"@context": [V2], "type": "VerifiablePresentation", "verifiableCredential": [signed]});
    let shown = ProofOptions {
        challenge: Some(NONCE.to_owned()),
        domain: Some(AUDIENCE.to_owned()),
        ..by(holder, "authentication")
    };
    let shown = secure(presentation, &shown, &school.holder, contexts).unwrap();

    let wanted = |documents: &Documents, shown: &Value| -> Vec<String> {
        let mut presented = Judge::new(&school.trust, NOW, Policy::default()).read(&shown.to_string());
        presented.needs(documents).iter().map(|need| need.url.to_string()).collect()
    };
    let mut documents = Documents::new();
    let mut bring = |url: &str, body: Value| {
        let bytes = body.to_string().into_bytes();
        documents.insert(Url::parse(url).unwrap(), Document { bytes, fetched_at: NOW, max_age: None });
        documents.clone()
    };
    let asked = Asked { audience: AUDIENCE, nonce: NONCE };
    let judged = |documents: &Documents| {
        let presented = Judge::new(&school.trust, NOW, Policy::default()).read(&shown.to_string());
        presented.judge_presentation(&asked, documents)
    };
    let (of_witness, of_holder) =
        ("https://witness.example/.well-known/did.json", "https://holder.example/.well-known/did.json");
    assert_eq!(wanted(&Documents::new(), &shown), [of_witness]);
    assert_eq!(ids(&judged(&Documents::new())), ["V-03"]);
    // Nobody else makes us fetch: neither who adds a proof to another's credential that was changed, nor a stranger.
    let mut forged = shown.clone();
    forged["verifiableCredential"][0]["credentialSubject"]["enrolment_status"] = json!("graduated");
    assert!(wanted(&Documents::new(), &forged).is_empty());

    let first = bring(of_witness, document(witness, &keys, "assertionMethod"));
    assert_eq!(wanted(&first, &shown), [of_holder]);
    assert_eq!(ids(&judged(&first)), ["V-11"]);
    let both = bring(of_holder, document(holder, &school.holder, "authentication"));
    assert!(wanted(&both, &shown).is_empty());
    let verdict = judged(&both);
    assert_eq!(ids(&verdict), [""; 0]);
    assert_eq!(verdict.credentials()[0].holder(), Some(school.holder.public().thumbprint().as_str()));
    let other = bring(of_holder, document(holder, &keys, "authentication"));
    assert_eq!(ids(&judged(&other)), ["V-11"]);
}

/// Data model 1.1 as its context defines it: `validUntil` is a word of it too, and the end that counts is the earliest.
#[test]
fn an_end_in_the_words_of_the_other_model_counts() {
    let school = School::new();
    let shown = |members: Value| {
        let mut credential = school.credential();
        let own = credential.as_object_mut().unwrap();
        own.remove("validUntil");
        own.extend(members.as_object().unwrap().clone());
        credential["@context"] = json!([V1, "https://w3id.org/security/data-integrity/v2", CONTEXT]);
        ids(&school.judge(&school.present(school.issue(credential))))
    };
    let (began, ends, ended) = (NOW.minus(Seconds(9000)), NOW.plus(Seconds(9000)), NOW.minus(Seconds(1000)));
    let (began, ends, ended) = (began.to_rfc3339(), ends.to_rfc3339(), ended.to_rfc3339());
    assert_eq!(shown(json!({"issuanceDate": began, "expirationDate": ends})), [""; 0]);
    assert_eq!(shown(json!({"issuanceDate": began, "validUntil": ended})), ["V-07"]);
    assert_eq!(shown(json!({"issuanceDate": began, "expirationDate": ends, "validUntil": ended})), ["V-07"]);
    assert_eq!(shown(json!({"issuanceDate": began, "validFrom": ends})), ["V-07"]);
    assert_eq!(shown(json!({"validFrom": began})), ["LD-05"]);
}

#[test]
fn v_18_an_ldp_vc_that_meets_no_query_is_refused() {
    let school = School::new();
    let document = school.present(school.issue(school.credential()));
    let judge = |members: Value| {
        let mut asked = json!({"id": "c", "format": "ldp_vc", "meta": {"type_values": [[STUDENT]]}});
        asked.as_object_mut().unwrap().extend(members.as_object().unwrap().clone());
        let query = Query::parse(&json!({"credentials": [asked]})).unwrap();
        let token = BTreeMap::from([("c".to_owned(), vec![document.clone()])]);
        let judge = Judge::new(&school.trust, NOW, Policy::default());
        let verdict = judge.read_response(&token, &query).unwrap().judge(&ASKED, &Documents::new());
        assert_eq!(verdict.accepted(), verdict.refusals().next().is_none());
        verdict.refusals().map(|refusal| (refusal.check.id, refusal.reason.code)).collect::<Vec<_>>()
    };
    let status = |value: &str| json!({"path": ["credentialSubject", "enrolment_status"], "values": [value]});
    assert_eq!(judge(json!({"claims": [status("enrolled")]})), []);
    for (members, code) in [
        (json!({"claims": [status("on-leave")]}), "claim-differs"),
        (json!({"claims": [{"path": ["credentialSubject", "name"]}]}), "claim-not-presented"),
        (json!({"meta": {"type_values": [["https://jigap.example/types/other/1#Other"]]}}), "other-type"),
        (json!({"format": "jwt_vc_json"}), "other-format"),
        (json!({"trusted_authorities": [{"type": "aki", "values": ["AQ"]}]}), "other-authority"),
    ] {
        assert_eq!(judge(members), [("V-18", code)]);
    }
}
