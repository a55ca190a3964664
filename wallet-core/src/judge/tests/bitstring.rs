//! Bitstring Status Lists: what a list says of a credential, of both formats that can refer to one; who may sign it, who
//! makes it be fetched, and how long it is believed.

use super::*;
#[cfg(feature = "ldp")]
use crate::contexts::Contexts;
use crate::status::bitstring::{self, Bitstring, ListCredential, StatusEntry, StatusPurpose, StatusSize};
use crate::trust::PinnedKeys;

const ONE: StatusSize = StatusSize::ONE;
const STUDENT: &str = "https://jigap.example/types/student-id/1#StudentId";
const CONTEXT: &str = "https://jigap.example/types/student-id/1/context.jsonld";

/// The format of a credential, and how a list is secured.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Way {
    Jwt,
    #[cfg(feature = "ldp")]
    Document,
}

#[cfg(feature = "ldp")]
const WAYS: [Way; 2] = [Way::Jwt, Way::Document];
#[cfg(not(feature = "ldp"))]
const WAYS: [Way; 1] = [Way::Jwt];

/// A university whose credentials refer to bitstring lists.
struct School {
    issuer: PrivateKey,
    trust: TrustList,
    documents: Documents,
    policy: Policy,
}

fn list_at(purpose: &str) -> String {
    format!("https://uni.example/status/{purpose}")
}

fn entry_of(purpose: &str) -> StatusEntry {
    StatusEntry::new(StatusPurpose::of(purpose), 94567, &list_at(purpose)).unwrap()
}

fn both_entries() -> Value {
    json!([entry_of("revocation").to_json(), entry_of("suspension").to_json()])
}

fn own_entry(did: &str) -> TrustEntry {
    TrustEntry { types: vec![STUDENT.to_owned()], ..entry(did) }
}

impl School {
    /// With lists in which nothing is set.
    fn new() -> Self {
        let issuer = key(1, KeyType::Ed25519);
        let trust = trust(own_entry(&did::jwk_did(issuer.public())), NOW);
        let mut school = Self { issuer, trust, documents: Documents::new(), policy: Policy::default() };
        for purpose in ["revocation", "suspension"] {
            school.publish(purpose, 0);
        }
        school
    }

    fn did(&self) -> String {
        did::jwk_did(self.issuer.public())
    }

    /// A list in which the credential's place has `value`.
    fn list(&self, purpose: &str, value: u64) -> ListCredential {
        let mut list = Bitstring::new(0, ONE);
        list.set(94567, ONE, value).unwrap();
        ListCredential {
            uri: list_at(purpose),
            issuer: self.did(),
            purposes: vec![StatusPurpose::of(purpose)],
            issued_at: NOW.minus(Seconds(100)),
            expires: Some(NOW.plus(Seconds(1000))),
            ttl: Some(Seconds(300)),
            list,
        }
    }

    fn publish(&mut self, purpose: &str, value: u64) {
        self.put(&self.list(purpose, value), WAYS[WAYS.len() - 1], NOW);
    }

    fn put(&mut self, list: &ListCredential, way: Way, fetched_at: Timestamp) {
        let text = secured(list.document(), &self.issuer, way);
        self.put_text(&list.uri, &text, fetched_at);
    }

    fn put_text(&mut self, uri: &str, text: &str, fetched_at: Timestamp) {
        let document = Document { bytes: text.as_bytes().to_vec(), fetched_at, max_age: None };
        self.documents.insert(Url::parse(uri).unwrap(), document);
    }

    fn credential(&self, status: Value, way: Way) -> String {
        let credential = json!({
            "@context": ["https://www.w3.org/ns/credentials/v2", CONTEXT],
            "type": ["VerifiableCredential", "StudentId"],
            "issuer": self.did(),
            "validUntil": NOW.plus(Seconds(100_000)).to_rfc3339(),
            "credentialStatus": status,
            "credentialSubject": {"enrolment_status": "enrolled"},
        });
        secured(credential.as_object().unwrap().clone(), &self.issuer, way)
    }

    fn judge(&self, credential: &str) -> Verdict {
        let judge = Judge::new(&self.trust, NOW, self.policy);
        judge.read(credential).judge_credential(&self.documents)
    }

    fn refusals(&self, credential: &str) -> Vec<(&'static str, &'static str)> {
        let verdict = self.judge(credential);
        assert_eq!(verdict.accepted(), verdict.refusals().next().is_none());
        verdict.refusals().map(|refusal| (refusal.check.id, refusal.reason.code)).collect()
    }

    fn needs(&self, credential: &str) -> Vec<Need> {
        Judge::new(&self.trust, NOW, self.policy).read(credential).needs(&self.documents)
    }
}

fn secured(credential: Map<String, Value>, key: &PrivateKey, way: Way) -> String {
    let method = format!("{}#0", did::jwk_did(key.public()));
    match way {
        Way::Jwt => {
            let header = Header::for_key(key.public()).unwrap().typ("vc+jwt").kid(method);
            sign(&header, &Value::Object(credential), key).unwrap()
        }
        #[cfg(feature = "ldp")]
        Way::Document => {
            let contexts = Contexts::built_in().for_data_integrity();
            let by = (key.public().key_type(), contexts);
            crate::ldp::issue(credential, &method, NOW.minus(Seconds(100)), by)
                .unwrap()
                .sign(key)
                .unwrap()
                .to_string()
        }
    }
}

#[test]
fn a_credential_whose_statuses_are_unset_is_accepted() {
    for way in WAYS {
        let mut school = School::new();
        let credential = school.credential(both_entries(), way);
        for list_way in WAYS {
            for purpose in ["revocation", "suspension"] {
                school.put(&school.list(purpose, 0), list_way, NOW.minus(Seconds(50)));
            }
            let verdict = school.judge(&credential);
            assert_eq!(verdict.refusals().next(), None, "{way:?} {list_way:?}");
            assert_eq!(verdict.credentials()[0].freshness(), Some(Freshness::Fresh(NOW.minus(Seconds(50)))));
        }
    }
}

#[test]
fn v_08_a_credential_with_a_bit_set_is_refused_and_a_reinstated_one_passes() {
    for way in WAYS {
        let mut school = School::new();
        let credential = school.credential(both_entries(), way);
        for (purpose, code) in [("suspension", "suspended"), ("revocation", "revoked")] {
            for list_way in WAYS {
                school.put(&school.list(purpose, 1), list_way, NOW);
                assert_eq!(school.refusals(&credential), [("V-08", code)]);
            }
            school.publish(purpose, 0);
            assert_eq!(school.refusals(&credential), []);
        }
        // A purpose that nobody here knows, set and unset.
        let odd = school.credential(entry_of("activation").to_json(), way);
        school.publish("activation", 0);
        assert_eq!(school.refusals(&odd), []);
        school.publish("activation", 1);
        assert_eq!(school.refusals(&odd), [("V-08", "status-not-valid")]);
    }
}

#[test]
fn v_09_each_status_must_be_known_whatever_the_others_say() {
    for way in WAYS {
        let mut school = School::new();
        school.documents = Documents::new();
        let credential = school.credential(both_entries(), way);
        assert_eq!(school.refusals(&credential), [("V-09", "status-unknown")]);
        school.publish("revocation", 0);
        assert_eq!(school.refusals(&credential), [("V-09", "status-unknown")]);
        school.publish("revocation", 1);
        assert_eq!(school.refusals(&credential), [("V-08", "revoked"), ("V-09", "status-unknown")]);
        assert_eq!(school.judge(&credential).credentials()[0].freshness(), Some(Freshness::Unknown));
    }
    // Of a type that nobody here knows, beside one that is.
    let school = School::new();
    let old = json!({"id": "urn:uuid:1", "type": "StatusList2021Entry"});
    for status in [old.clone(), json!([old, entry_of("revocation").to_json()])] {
        let credential = school.credential(status, Way::Jwt);
        assert_eq!(school.refusals(&credential), [("V-09", "status-mechanism-unknown")]);
    }
    let malformed = school.credential(json!({"type": "BitstringStatusListEntry"}), Way::Jwt);
    assert_eq!(school.refusals(&malformed), [("BS-01", "status-entry-malformed")]);
    assert_eq!(school.refusals(&school.credential(json!([]), Way::Jwt)), [("BS-01", "status-entries-none")]);
}

#[test]
fn v_09_an_old_list_is_refused_by_a_policy_that_wants_a_new_one() {
    let mut school = School::new();
    let credential = school.credential(both_entries(), Way::Jwt);
    school.put(&school.list("suspension", 0), Way::Jwt, NOW.minus(Seconds(200)));
    assert_eq!(school.refusals(&credential), [], "within the issuer's ttl");
    for (age, accepted) in [(199, false), (200, true), (0, false)] {
        school.policy.max_status_age = Some(Seconds(age));
        assert_eq!(school.judge(&credential).accepted(), accepted, "{age}");
    }
    assert_eq!(
        school.judge(&credential).credentials()[0].freshness(),
        Some(Freshness::Stale(NOW.minus(Seconds(200))))
    );
    // Freshly fetched, but signed longer ago than its issuer promised.
    let old = ListCredential { issued_at: NOW.minus(Seconds(1000)), ..school.list("suspension", 0) };
    school.put(&old, Way::Jwt, NOW);
    school.policy.max_status_age = Some(Seconds(60));
    assert_eq!(school.refusals(&credential), [("V-09", "status-stale")]);
}

#[test]
fn messages_are_told_and_refuse_only_where_the_policy_says_so() {
    let words = ["pending", "accepted", "rejected", "undefined"].map(str::to_owned).to_vec();
    let two = StatusSize::new(2).unwrap();
    for way in WAYS {
        let mut school = School::new();
        let message = entry_of("message").with_messages(two, words.clone()).unwrap().to_json();
        let status = json!([message, entry_of("refresh").to_json()]);
        let credential = school.credential(status, way);
        let mut list = Bitstring::new(0, two);
        list.set(94567, two, 2).unwrap();
        school.put(&ListCredential { list, ..school.list("message", 0) }, way, NOW);
        school.publish("refresh", 1);
        let verdict = school.judge(&credential);
        assert!(verdict.accepted());
        let said = &verdict.to_json()["credentials"][0]["status"]["messages"];
        let expected = json!([
            {"message": "rejected", "purpose": "message", "status": "0x2"},
            {"message": "set", "purpose": "refresh", "status": "0x1"},
        ]);
        let sorted = |value: &Value| {
            let mut all = value.as_array().unwrap().clone();
            all.sort_by_key(Value::to_string);
            all
        };
        assert_eq!(sorted(said), sorted(&expected));
        assert_eq!(verdict.credentials()[0].status_messages().len(), 2);
        school.policy.refuse_status_messages = true;
        assert_eq!(school.refusals(&credential), [("V-08", "status-message")]);
        school.put(&ListCredential { list: Bitstring::new(0, two), ..school.list("message", 0) }, way, NOW);
        assert_eq!(school.refusals(&credential), []);
    }
}

#[test]
fn a_list_is_asked_for_only_when_its_issuers_signature_holds() {
    for way in WAYS {
        let mut school = School::new();
        school.documents = Documents::new();
        let credential = school.credential(both_entries(), way);
        let mut urls: Vec<String> =
            school.needs(&credential).iter().map(|need| need.url.to_string()).collect();
        urls.sort();
        assert_eq!(urls, [list_at("revocation"), list_at("suspension")]);
        assert!(
            school
                .needs(&credential)
                .iter()
                .all(|need| need.is_status_list() && need.accept == bitstring::ACCEPT)
        );
        let stranger = School { issuer: key(4, KeyType::Ed25519), ..School::new() };
        assert_eq!(school.needs(&stranger.credential(both_entries(), way)), []);
        // In the issuer's name, and not by it.
        let forged = match way {
            Way::Jwt => {
                let (_, signature) = stranger
                    .credential(both_entries(), way)
                    .rsplit_once('.')
                    .map(|(a, b)| (a.to_owned(), b.to_owned()))
                    .unwrap();
                format!("{}.{signature}", credential.rsplit_once('.').unwrap().0)
            }
            #[cfg(feature = "ldp")]
            Way::Document => credential.replace("enrolled", "graduated"),
        };
        assert_eq!(school.needs(&forged), []);
        school.documents.insert_missing(Url::parse(&list_at("revocation")).unwrap());
        assert_eq!(school.needs(&credential).len(), 1, "what could not be had is not asked for again");
    }
}

#[test]
fn only_the_issuer_or_one_whom_the_trust_list_names_signs_a_list() {
    for way in WAYS {
        let mut school = School::new();
        let credential = school.credential(entry_of("revocation").to_json(), way);
        let signer = key(8, KeyType::Ed25519);
        let signer_did = did::jwk_did(signer.public());
        let delegated = ListCredential { issuer: signer_did.clone(), ..school.list("revocation", 0) };
        let text = secured(delegated.document(), &signer, way);
        school.put_text(&list_at("revocation"), &text, NOW);
        assert_eq!(school.refusals(&credential), [("BS-03", "status-list-stranger")]);
        let own = TrustEntry { status_issuers: vec![signer_did.clone()], ..own_entry(&school.did()) };
        let named = TrustEntry { types: vec!["https://types.example/none".into()], ..entry(&signer_did) };
        school.trust = trust_of(vec![own, named], NOW);
        assert_eq!(school.refusals(&credential), []);
        // In another's name, with a key of its own.
        let lying = secured(school.list("revocation", 0).document(), &signer, way);
        school.put_text(&list_at("revocation"), &lying, NOW);
        assert_eq!(school.refusals(&credential)[0].0, "BS-03");
        // The issuer's own key, where the trust list has it for credentials alone.
        let pinned = PinnedKeys::both(vec![school.issuer.public().thumbprint()], Vec::new());
        school.trust = trust(TrustEntry { keys: Some(pinned), ..own_entry(&school.did()) }, NOW);
        school.publish("revocation", 0);
        assert_eq!(school.refusals(&credential), [("BS-03", "key-other-purpose")]);
    }
}

#[test]
fn a_kept_list_gives_the_verdict_of_one_read_anew_and_only_while_its_key_is_trusted() {
    let mut school = School::new();
    let credential = school.credential(both_entries(), Way::Jwt);
    let kept = |school: &School| {
        school.documents.kept(&Url::parse(&list_at("revocation")).unwrap()).unwrap().clone()
    };
    let bytes = kept(&school).weight();
    assert_eq!(school.refusals(&credential), []);
    assert!(kept(&school).verified_status_list().is_some());
    assert_eq!(kept(&school).weight(), bytes + 16 * 1024);
    assert_eq!(school.refusals(&credential), [], "by the kept list");
    for now in [NOW.plus(Seconds(301)), NOW.plus(Seconds(1000)), NOW.minus(Seconds(200))] {
        let verdict = Judge::new(&school.trust, now, school.policy)
            .read(&credential)
            .judge_credential(&school.documents);
        assert!(!verdict.accepted(), "{now}");
    }
    let pinned = PinnedKeys::both(vec![school.issuer.public().thumbprint()], Vec::new());
    school.trust = trust(TrustEntry { keys: Some(pinned), ..own_entry(&school.did()) }, NOW);
    assert_eq!(school.refusals(&credential), [("BS-03", "key-other-purpose")]);
}

/// A credential may refer to lists of both kinds.
#[test]
fn a_token_status_list_beside_a_bitstring_counts_too() {
    let mut school = School::new();
    let status = StatusReference::new(STATUS_URI, 7).unwrap().to_claim();
    let credential = json!({
        "@context": ["https://www.w3.org/ns/credentials/v2", CONTEXT],
        "type": ["VerifiableCredential", "StudentId"], "issuer": school.did(),
        "credentialStatus": entry_of("revocation").to_json(), "status": status,
        "credentialSubject": {"enrolment_status": "enrolled"},
    });
    let credential = secured(credential.as_object().unwrap().clone(), &school.issuer, Way::Jwt);
    assert_eq!(school.refusals(&credential), [("V-09", "status-unknown")]);
    for (value, refusals) in [(StatusValue::VALID, vec![]), (StatusValue::INVALID, vec![("V-08", "revoked")])]
    {
        let mut list = StatusList::new(StatusBits::Two, 1000);
        list.set(7, value).unwrap();
        let token = StatusListToken {
            uri: STATUS_URI.to_owned(),
            issued_at: NOW,
            expires: None,
            ttl: None,
            aggregation_uri: None,
            list,
        };
        let header = Header::for_key(school.issuer.public()).unwrap().kid(format!("{}#0", school.did()));
        school.put_text(STATUS_URI, &token.sign(header, &school.issuer).unwrap(), NOW);
        assert_eq!(school.refusals(&credential), refusals);
    }
    school.publish("revocation", 1);
    assert_eq!(school.refusals(&credential), [("V-08", "revoked")]);
}
