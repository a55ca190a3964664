//! An issuer with a did:webvh that rotates its keys, and whoever stole one of them.

use super::*;
use crate::did::webvh::{self, Change, Log, create, placeholder_did};
use crate::trust::PinnedKeys;

const PLACE: &str = "uni.example";
/// When the key `#0` was replaced by `#1`, after the credentials of the scene were issued.
const ROTATED: Timestamp = Timestamp::from_unix(1_800_000_000 - 500);

/// The university of the scene with a did:webvh whose key `#0` is the scene's issuer key, and its log.
struct School {
    scene: Scene,
    log: String,
}

fn next() -> PrivateKey {
    key(21, KeyType::P256)
}

fn document(did: &str, methods: &[(&str, &PrivateKey, bool)]) -> Value {
    let method = |(fragment, key, revoked): &(&str, &PrivateKey, bool)| {
        let mut method = json!({"id": format!("{did}#{fragment}"), "type": "JsonWebKey", "controller": did,
            "publicKeyJwk": key.public().to_jwk()});
        if *revoked {
            method["revoked"] = json!(ROTATED.to_rfc3339());
        }
        method
    };
    let listed = methods.iter().filter(|(_, _, revoked)| !revoked);
    json!({"@context": ["https://www.w3.org/ns/did/v1"], "id": did,
        "verificationMethod": methods.iter().map(method).collect::<Vec<_>>(),
        "assertionMethod": listed.map(|(fragment, ..)| format!("{did}#{fragment}")).collect::<Vec<_>>()})
}

impl School {
    fn new() -> Self {
        let mut scene = Scene::new();
        let controller = key(20, KeyType::Ed25519);
        let first = document(&placeholder_did(PLACE), &[("0", &scene.issuer, false)]);
        let change = Change { update_keys: Some(vec![controller.public().clone()]), ..Change::default() };
        let at = NOW.minus(Seconds(50_000));
        let draft = create(PLACE, &first, &change, controller.public(), at).unwrap();
        scene.issuer_did = draft.did().to_owned();
        scene.trust = trust(entry(&scene.issuer_did), NOW);
        let signature = draft.signature(&controller).unwrap();
        let mut school = Self { scene, log: draft.into_line(&signature) };
        school.publish();
        school.scene.publish_status(StatusValue::VALID, NOW);
        school
    }

    /// Puts the log where it is looked for.
    fn publish(&mut self) {
        let did = did::Did::parse(&self.scene.issuer_did).unwrap();
        let document = Document { bytes: self.log.clone().into(), fetched_at: NOW, max_age: None };
        self.scene.documents.insert(webvh::log_url(&did).unwrap(), document);
    }

    fn update(&mut self, document: &Value, at: Timestamp) {
        let controller = key(20, KeyType::Ed25519);
        let log = Log::read(self.log.as_bytes(), NOW).unwrap();
        let draft = log.update(Some(document), &Change::default(), controller.public(), at).unwrap();
        let signature = draft.signature(&controller).unwrap();
        self.log += &draft.into_line(&signature);
        self.publish();
    }

    /// Replaces the key `#0` by `#1`, which signs the status list from now on.
    fn rotate(&mut self, revoking: bool) {
        let (old, new) = (key(1, KeyType::P256), next());
        let mut methods = vec![("1", &new, false)];
        if revoking {
            methods.push(("0", &old, true));
        }
        let document = document(&self.scene.issuer_did, &methods);
        self.update(&document, ROTATED);
        let token = self.scene.status_token(StatusValue::VALID);
        let token = token.sign(self.header("1", TYP), &new).unwrap();
        self.scene.put_status(&token, NOW);
    }

    fn header(&self, fragment: &str, typ: &str) -> Header {
        let kid = format!("{}#{fragment}", self.scene.issuer_did);
        Header::for_key(next().public()).unwrap().typ(typ).kid(kid)
    }

    /// Signed by the old key with this time.
    fn signed_by_the_old_key(&self, issued_at: Option<Timestamp>) -> String {
        let change = |claims: &mut Map<String, Value>| match issued_at {
            Some(at) => *claims.get_mut("iat").unwrap() = json!(at),
            None => drop(claims.remove("iat")),
        };
        self.scene.issue_with(change, self.scene.header("dc+sd-jwt"), &self.scene.issuer)
    }

    fn refusals(&self, credential: &str) -> Vec<(&'static str, &'static str)> {
        let verdict = self.scene.judge(&self.scene.present(credential));
        verdict.refusals().map(|refusal| (refusal.check.id, refusal.reason.code)).collect()
    }
}

#[test]
fn what_an_issuer_signed_before_it_rotated_its_key_is_accepted() {
    let mut school = School::new();
    let before = school.scene.issue();
    assert_eq!(school.refusals(&before), []);
    school.rotate(false);
    assert_eq!(school.refusals(&before), []);
    let after = school.scene.issue_with(|_| {}, school.header("1", "dc+sd-jwt"), &next());
    assert_eq!(school.refusals(&after), []);
}

#[test]
fn v_04_a_retired_key_signs_nothing_new_and_nothing_undated() {
    let mut school = School::new();
    school.rotate(false);
    for issued_at in [Some(ROTATED), Some(NOW), None] {
        let credential = school.signed_by_the_old_key(issued_at);
        assert_eq!(school.refusals(&credential), [("V-04", "webvh-key-retired")], "{issued_at:?}");
    }
}

#[test]
fn v_04_a_stolen_key_that_was_revoked_signs_nothing_whatever_it_claims() {
    let mut school = School::new();
    let honest = school.scene.issue();
    school.rotate(true);
    for credential in [honest, school.signed_by_the_old_key(Some(NOW.minus(Seconds(40_000))))] {
        assert_eq!(school.refusals(&credential), [("V-04", "webvh-key-revoked")]);
    }
}

/// Status lists are signed anew all the time: no claim of old times helps there.
#[test]
fn st_03_a_retired_key_signs_no_status_list() {
    let mut school = School::new();
    let before = school.scene.issue();
    school.rotate(false);
    school.scene.publish_status(StatusValue::VALID, NOW);
    assert_eq!(school.refusals(&before), [("ST-03", "webvh-key-retired")]);
}

/// A trust list that pins keys decides about retired ones too.
#[test]
fn tl_08_a_retired_key_that_the_trust_list_does_not_pin_signs_nothing() {
    let mut school = School::new();
    let before = school.scene.issue();
    school.rotate(false);
    for (pinned, refused) in [(vec![next()], true), (vec![next(), key(1, KeyType::P256)], false)] {
        let thumbprints = |keys: &[PrivateKey]| keys.iter().map(|key| key.public().thumbprint()).collect();
        let mut of_school = entry(&school.scene.issuer_did);
        of_school.keys = Some(PinnedKeys::both(thumbprints(&pinned), Vec::new()));
        school.scene.trust = trust(of_school, NOW);
        let refusals = school.refusals(&before);
        assert_eq!(refusals.iter().any(|(id, _)| *id == "TL-08"), refused, "{refusals:?}");
    }
}

#[test]
fn v_05_an_issuer_whose_log_is_refused_has_no_key() {
    let mut school = School::new();
    let before = school.scene.issue();
    let whole = std::mem::take(&mut school.log);
    for (log, code) in [
        (whole.replace("JsonWebKey", "JsonWebKez"), "webvh-scid"),
        (
            whole.replace("assertionMethod\",\"proofValue", "authentication\",\"proofValue"),
            "webvh-proof-form",
        ),
        (String::new(), "webvh-log-malformed"),
    ] {
        school.log = log;
        school.publish();
        assert_eq!(school.refusals(&before).first(), Some(&("V-05", code)));
    }
}

#[test]
fn the_log_of_an_issuer_is_named_before_anything_else_is_fetched() {
    let mut school = School::new();
    school.scene.documents = Documents::new();
    let credential = school.scene.issue();
    let log = Url::parse("https://uni.example/.well-known/did.jsonl").unwrap();
    assert_eq!(school.scene.needs(&credential), [log]);
    school.publish();
    assert_eq!(school.scene.needs(&credential), [Url::parse(STATUS_URI).unwrap()]);
}
