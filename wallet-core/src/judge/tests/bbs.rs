//! The attack table of `bbs-2023`: W3C's derived vectors, and an honest show of a student ID with everything that can be
//! wrong with it.

use jigap_data_integrity::{ProofOptions, sign as secure};
use jigap_keys::bbs::SecretKey;

use super::*;
use crate::contexts::Contexts;
use crate::did::{bbs_key_did, key_did};
use crate::ldp::{self, Presenting};
use crate::status::bitstring::{Bitstring, ListCredential, StatusEntry, StatusPurpose, StatusSize};
use crate::trust::PinnedKeys;

const STUDENT: &str = "https://jigap.example/types/student-id/1#StudentId";
const CONTEXT: &str = "https://jigap.example/types/student-id/1/context.jsonld";
const V2: &str = "https://www.w3.org/ns/credentials/v2";
const LIST: &str = "https://uni.example/status/revocation";

/// A university with a BBS key as its DID, a student with a student ID of which claims are chosen, and a list of who was
/// expelled.
struct School {
    issuer: SecretKey,
    lists: PrivateKey,
    holder: PrivateKey,
    trust: TrustList,
    documents: Documents,
}

fn method(did: &str) -> String {
    format!("{did}#{}", did.trim_start_matches("did:key:"))
}

fn contexts() -> &'static std::sync::Arc<jigap_data_integrity::Contexts> {
    Contexts::built_in().for_data_integrity()
}

impl School {
    fn new() -> Self {
        Self::pinning(None)
    }

    /// With a trust list that pins these keys of the university.
    fn pinning(keys: Option<PinnedKeys>) -> Self {
        let (issuer, lists) = (SecretKey::generate(&Repeatable::new(1)), key(4, KeyType::Ed25519));
        let (did, signer) = (bbs_key_did(issuer.public()), key_did(lists.public()));
        let own = TrustEntry {
            types: vec![STUDENT.to_owned()],
            keys,
            status_issuers: vec![signer.clone()],
            ..entry(&did)
        };
        let of_lists = TrustEntry { types: Vec::new(), ..entry(&signer) };
        let trust = trust_of(vec![own, of_lists], NOW);
        let mut school =
            Self { issuer, lists, holder: key(2, KeyType::Ed25519), trust, documents: Documents::new() };
        school.publish(0);
        school
    }

    fn did(&self) -> String {
        bbs_key_did(self.issuer.public())
    }

    fn publish(&mut self, value: u64) {
        let mut list = Bitstring::new(0, StatusSize::ONE);
        list.set(7, StatusSize::ONE, value).unwrap();
        let signer = key_did(self.lists.public());
        let said = ListCredential {
            uri: LIST.to_owned(),
            issuer: signer.clone(),
            purposes: vec![StatusPurpose::Revocation],
            issued_at: NOW.minus(Seconds(100)),
            expires: Some(NOW.plus(Seconds(1000))),
            ttl: Some(Seconds(300)),
            list,
        };
        let by = (KeyType::Ed25519, Contexts::built_in());
        let signed = said.unsigned_document(&method(&signer), by).unwrap().sign(&self.lists).unwrap();
        let document = Document { bytes: signed.to_string().into_bytes(), fetched_at: NOW, max_age: None };
        self.documents.insert(Url::parse(LIST).unwrap(), document);
    }

    fn credential(&self) -> Value {
        let status = StatusEntry::new(StatusPurpose::Revocation, 7, LIST).unwrap().to_json();
        json!({
            "@context": [V2, CONTEXT],
            "type": ["VerifiableCredential", "StudentId"],
            "issuer": self.did(),
            "validFrom": NOW.minus(Seconds(1000)).to_rfc3339(),
            "validUntil": NOW.plus(Seconds(1000)).to_rfc3339(),
            "credentialStatus": status,
            "credentialSubject": {
                "id": key_did(self.holder.public()), "enrolment_status": "enrolled", "name": "김하늘",
                "family_name": "김", "student_number": "20260417",
            },
        })
    }

    /// What the holder keeps.
    fn issue(&self, credential: &Value) -> Value {
        self.issue_as(credential, &method(&self.did()), &self.issuer)
    }

    fn issue_as(&self, credential: &Value, method: &str, key: &SecretKey) -> Value {
        let said = credential.as_object().unwrap().clone();
        let by = (contexts(), &Repeatable::new(5) as &dyn jigap_keys::Entropy);
        ldp::issue_by_bbs(said, &[], (method, key), NOW, by).unwrap()
    }

    /// What the holder derives for who asks for the enrolment.
    fn derive(&self, base: Value, seed: u64) -> Value {
        let claims = [ClaimPath::from_json(&json!(["credentialSubject", "enrolment_status"])).unwrap()];
        ldp::disclose(base, &claims, (contexts(), &Repeatable::new(seed))).unwrap()
    }

    fn shown(&self) -> Value {
        self.derive(self.issue(&self.credential()), 6)
    }

    fn present(&self, credential: Value) -> Value {
        self.present_by(credential, &self.holder, NONCE)
    }

    fn present_by(&self, credential: Value, key: &PrivateKey, nonce: &str) -> Value {
        let holder = key_did(key.public());
        let verification_method = &method(&holder);
        let presenting =
            Presenting { holder: &holder, verification_method, audience: AUDIENCE, nonce, now: NOW };
        ldp::present(credential, presenting, contexts()).unwrap().sign(key).unwrap()
    }

    fn verdict(&self, presentation: &Value) -> Verdict {
        let presented = Judge::new(&self.trust, NOW, Policy::default()).read(&presentation.to_string());
        presented.judge_presentation(&ASKED, &self.documents)
    }

    fn judge(&self, presentation: &Value) -> Vec<&'static str> {
        let verdict = self.verdict(presentation);
        assert_eq!(verdict.accepted(), verdict.refusals().next().is_none());
        verdict.refusals().map(|refusal| refusal.check.id).collect()
    }

    /// What refuses a show, changed after it was derived and before its holder signs the presentation.
    fn judge_changed(&self, change: impl FnOnce(&mut Value)) -> Vec<&'static str> {
        let mut shown = self.shown();
        change(&mut shown);
        self.judge(&self.present(shown))
    }

    /// What refuses a credential that was issued with something else in it.
    fn judge_issued(&self, change: impl FnOnce(&mut Value)) -> Vec<&'static str> {
        let mut credential = self.credential();
        change(&mut credential);
        self.judge(&self.present(self.derive(self.issue(&credential), 6)))
    }
}

#[test]
fn an_honest_show_is_accepted_and_says_what_was_chosen() {
    let school = School::new();
    let verdict = school.verdict(&school.present(school.shown()));
    assert_eq!(verdict.refusals().count(), 0, "{:?}", verdict.refusals().collect::<Vec<_>>());
    assert!(verdict.accepted());
    let subject = &verdict.claims(0).unwrap()["credentialSubject"];
    assert_eq!((&subject["enrolment_status"], subject.get("name")), (&json!("enrolled"), None));
    let holder = school.holder.public().thumbprint();
    assert_eq!(verdict.credentials()[0].holder(), Some(holder.as_str()));
    // Two shows of one credential share what its holder says, and no byte of proof.
    let base = school.issue(&school.credential());
    let (one, other) = (school.derive(base.clone(), 6), school.derive(base.clone(), 7));
    let value = |shown: &Value| shown["proof"]["proofValue"].as_str().unwrap().to_owned();
    assert_ne!(value(&one), value(&other));
    assert!(ldp::is_selective(&base));
    let always: Vec<String> = ldp::always_shown(&base).iter().map(ToString::to_string).collect();
    assert_eq!(always, ["issuer", "validFrom", "validUntil", "credentialStatus", "credentialSubject.id"]);
}

#[test]
fn a_show_that_was_forged_or_tampered_with_is_refused() {
    let school = School::new();
    let stranger = SecretKey::generate(&Repeatable::new(9));
    // Signed by a stranger in the university's name, and naming the stranger's own key.
    let forged = school.issue_as(&school.credential(), &method(&school.did()), &stranger);
    assert_eq!(school.judge(&school.present(school.derive(forged, 6))), ["V-03"]);
    let own = method(&bbs_key_did(stranger.public()));
    let foreign = school.issue_as(&school.credential(), &own, &stranger);
    assert_eq!(school.judge(&school.present(school.derive(foreign, 6))), ["V-04"]);
    let mut others = school.credential();
    others["issuer"] = json!(bbs_key_did(stranger.public()));
    let others = school.derive(school.issue_as(&others, &own, &stranger), 6);
    assert_eq!(school.judge(&school.present(others))[0], "V-06");

    let subject = |shown: &mut Value, name: &str, value: Value| shown["credentialSubject"][name] = value;
    assert_eq!(school.judge_changed(|it| subject(it, "enrolment_status", json!("graduated"))), ["V-03"]);
    assert_eq!(school.judge_changed(|it| subject(it, "name", json!("김하늘"))), ["V-03"]);
    assert_eq!(school.judge_changed(|it| subject(it, "id", json!("did:example:me"))), ["V-03"]);
    assert_eq!(school.judge_changed(|it| it["validUntil"] = json!("2100-01-01T00:00:00Z")), ["V-03"]);
    assert_eq!(school.judge_changed(|it| it["credentialStatus"]["statusListIndex"] = json!("8")), ["V-03"]);
    assert_eq!(school.judge_changed(|it| it["proof"]["created"] = json!("2026-01-01T00:00:00Z")), ["V-03"]);
    assert_eq!(school.judge_changed(|it| it["proof"]["proofValue"] = json!("u2V0D")), ["V-03"]);
    // The proof of another show, and the base proof, which is for the holder alone.
    let mut less = school.issue(&school.credential());
    let nothing = ldp::disclose(less.clone(), &[], (contexts(), &Repeatable::new(8))).unwrap();
    assert_eq!(school.judge_changed(|it| it["proof"] = nothing["proof"].clone()), ["V-03"]);
    assert_eq!(school.judge(&school.present(less.take())), ["V-03"]);
}

#[test]
fn a_show_without_what_every_verifier_must_see_is_refused() {
    let school = School::new();
    for name in ["validFrom", "validUntil", "credentialStatus"] {
        let refused = school.judge_changed(|it| drop(it.as_object_mut().unwrap().remove(name)));
        assert_eq!(refused, ["V-03"], "{name}");
    }
    let nobody =
        school.judge_changed(|it| drop(it["credentialSubject"].as_object_mut().unwrap().remove("id")));
    assert_eq!(nobody, ["V-03"]);
}

#[test]
fn a_show_of_what_ended_or_was_revoked_is_refused() {
    let mut school = School::new();
    let (past, future) = (NOW.minus(Seconds(900)).to_rfc3339(), NOW.plus(Seconds(900)).to_rfc3339());
    assert_eq!(school.judge_issued(|it| it["validUntil"] = json!(past)), ["V-07"]);
    assert_eq!(school.judge_issued(|it| it["validFrom"] = json!(future)), ["V-07"]);
    school.publish(1);
    assert_eq!(school.judge_issued(|_| {}), ["V-08"]);
    school.documents = Documents::new();
    assert_eq!(school.judge_issued(|_| {}), ["V-09"]);
}

#[test]
fn a_show_is_its_holders_alone_and_for_one_request() {
    let school = School::new();
    let thief = key(7, KeyType::Ed25519);
    assert_eq!(school.judge(&school.shown()), ["V-10"], "without a presentation");
    assert_eq!(school.judge(&school.present_by(school.shown(), &thief, NONCE)), ["V-11"]);
    assert_eq!(school.judge(&school.present_by(school.shown(), &school.holder, "another")), ["V-13"]);
    // A key that signs no bytes binds nobody.
    let by_bbs = method(&bbs_key_did(SecretKey::generate(&Repeatable::new(3)).public()));
    let mut presented = school.present(school.shown());
    presented["proof"]["verificationMethod"] = json!(by_bbs);
    assert_eq!(school.judge(&presented), ["V-11"]);
}

#[test]
fn a_key_of_another_kind_than_the_proofs_is_refused() {
    let school = School::new();
    // A proof of another suite that names the university's BBS key.
    let options = ProofOptions {
        created: Some(NOW.to_rfc3339()),
        ..ProofOptions::new(method(&school.did()), "assertionMethod")
    };
    let signed = secure(school.credential(), &options, &key(1, KeyType::Ed25519), contexts()).unwrap();
    assert_eq!(school.judge(&school.present(signed)), ["V-02"]);
    // A BBS proof that names an Ed25519 key of a university that has one.
    let issuer = key(1, KeyType::Ed25519);
    let did = key_did(issuer.public());
    let trust = trust(TrustEntry { types: vec![STUDENT.to_owned()], ..entry(&did) }, NOW);
    let school = School { trust, ..school };
    let mut credential = school.credential();
    credential["issuer"] = json!(did);
    let base = school.issue_as(&credential, &method(&did), &school.issuer);
    assert_eq!(school.judge(&school.present(school.derive(base, 6)))[0], "V-02");
}

#[test]
fn a_pinned_bbs_key_is_pinned_by_its_multikey() {
    let own =
        crate::did::ProofKey::from(SecretKey::generate(&Repeatable::new(1)).public().clone()).thumbprint();
    let other = key(9, KeyType::P256).public().thumbprint();
    for (credentials, lists, refused) in [
        (own.clone(), other.clone(), None),
        (other.clone(), own.clone(), Some("TL-08")),
        (other, String::new(), Some("TL-08")),
    ] {
        let lists = if lists.is_empty() { Vec::new() } else { vec![lists] };
        let school = School::pinning(Some(PinnedKeys::both(vec![credentials], lists)));
        assert_eq!(school.judge(&school.present(school.shown())).first().copied(), refused);
    }
}

/// A university of the web that lists its BBS key as a Multikey, for credentials or for something else.
#[test]
fn a_bbs_key_in_a_did_document_is_used_for_what_it_is_listed_for() {
    let did = "did:web:uni.example";
    let mut school = School::new();
    let own = TrustEntry {
        types: vec![STUDENT.to_owned()],
        status_issuers: vec![key_did(school.lists.public())],
        ..entry(did)
    };
    let of_lists = TrustEntry { types: Vec::new(), ..entry(&key_did(school.lists.public())) };
    school.trust = trust_of(vec![own, of_lists], NOW);
    let mut credential = school.credential();
    credential["issuer"] = json!(did);
    let base = school.issue_as(&credential, &format!("{did}#bbs"), &school.issuer);
    let shown = school.present(school.derive(base, 6));
    for (listed, method, refused) in [
        ("assertionMethod", json!({}), None),
        ("authentication", json!({}), Some("V-04")),
        ("assertionMethod", json!({"revoked": "2026-01-01T00:00:00Z"}), Some("V-04")),
        ("assertionMethod", json!({"publicKeyMultibase": "zUC7broken"}), Some("V-05")),
        ("assertionMethod", json!({"controller": "did:web:other.example"}), Some("V-04")),
    ] {
        let mut own = json!({"id": format!("{did}#bbs"), "type": "Multikey", "controller": did,
            "publicKeyMultibase": school.issuer.public().to_multikey()});
        own.as_object_mut().unwrap().extend(method.as_object().unwrap().clone());
        let document = json!({"@context": ["https://www.w3.org/ns/did/v1"], "id": did, "verificationMethod": [own],
            listed: [format!("{did}#bbs")]});
        let url = Url::parse("https://uni.example/.well-known/did.json").unwrap();
        let bytes = document.to_string().into_bytes();
        school.documents.insert(url, Document { bytes, fetched_at: NOW, max_age: None });
        assert_eq!(school.judge(&shown).first().copied(), refused, "{listed} {method}");
    }
}

/// W3C's derived documents, by the did:key that they name. The proof of one holds whose moments are none; those with a
/// pseudonym are for whoever asks for one.
#[test]
fn the_derived_vectors_of_w3c_hold_by_the_keys_they_name() {
    let Some(folder) = jigap_tests::vectors("w3c-vc-di-bbs") else { return };
    let examples = Contexts::built_in().clone().with_examples();
    let refused = |text: &str| {
        let verdict = judge_proof(text, &examples, &Documents::new(), NOW);
        verdict.refusals().map(|refusal| refusal.check.id).collect::<Vec<_>>()
    };
    let expected: [(&str, &[&str]); 5] = [
        ("", &[]),
        ("prc", &[]),
        ("HolderBinding", &["LD-05"]),
        ("Pseudonym", &["V-03"]),
        ("PseudonymHB", &["V-03"]),
    ];
    for (part, checks) in expected {
        let path = folder.join("TestVectors").join(part).join("derivedRevealDocument.json");
        #[expect(clippy::disallowed_methods, reason = "a test reads its vectors")]
        let text = std::fs::read_to_string(&path).unwrap();
        assert_eq!(refused(&text), checks, "{part}");
        let tampered = text.replacen("\"issuer\"", "\"evidence\"", 1);
        assert_eq!(refused(&tampered), ["V-03"], "{part}");
    }
}
